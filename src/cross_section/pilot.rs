//! A first look at a group with many channels: which of them are worth having.
//!
//! Every channel is tried with a few flat points of its hypercube. What counts
//! is the root mean square of its weights, which is large where a channel is
//! large or peaked; the channels below a small share of the sum are dropped,
//! and those that are left take over. Of few channels, those are dropped whose
//! points are all cut away: later, a channel without a single point would be given
//! up, and its part of the cross section lost. Knows groups of subprocesses; knows no
//! sampler.

use rayon::prelude::*;

use super::build::CrossSection;
use super::point_batch::{PointBatch, SquaredOrders};
use crate::rng::{Purpose, Stream};

/// Groups with at most this many channels keep all that have points inside the cuts.
const FEW_CHANNELS: usize = 32;
/// Most channels of a group.
const MAX_CHANNELS: usize = 192;
/// Channels below this share of the summed root mean squares are dropped.
const MIN_FRACTION: f64 = 1e-4;
/// Points that pass the cuts which a channel's estimate needs.
const N_TARGET: usize = 100;
/// Points that are evaluated at once.
const BATCH: usize = 64;
/// Most points for one channel.
const MAX_TRIALS: usize = 2048;
/// Points of a channel, none of which passes the cuts, after which it is dropped.
const MAX_BLIND_TRIALS: usize = 20_480;
/// Instructions of matrix elements times points spent on one group, about.
const BUDGET: f64 = 1e9;

impl CrossSection {
    /// Drops the channels of the last group that contribute next to nothing.
    pub(super) fn drop_idle_channels(&mut self) {
        let g = self.groups.len() - 1;
        let n = self.groups[g].space.n_channels();
        if n <= FEW_CHANNELS {
            let keep: Vec<bool> = (0..n)
                .into_par_iter()
                .map_init(PointBatch::default, |batch, c| self.sees(g, c, batch))
                .collect();
            self.keep_channels(g, &keep);
            return;
        }
        let steps = self.groups[g].slots.iter().map(|s| s.me.n_steps());
        let cost = steps.sum::<usize>().max(1);
        let affordable = (BUDGET / (cost * n) as f64) as usize;
        let most = affordable.clamp(BATCH, MAX_TRIALS);
        let rms: Vec<f64> = (0..n)
            .into_par_iter()
            .map_init(PointBatch::default, |batch, c| {
                self.root_mean_square(g, c, most, batch)
            })
            .collect();
        let total: f64 = rms.iter().sum();
        let mut order: Vec<usize> = (0..n - 1).collect();
        order.sort_by(|&i, &j| rms[j].total_cmp(&rms[i]));
        let mut keep = vec![false; n];
        for &c in order.iter().take(MAX_CHANNELS - 1) {
            keep[c] = rms[c] >= MIN_FRACTION * total;
        }
        if !keep.contains(&true) {
            // Nothing was seen: the order of the topologies decides.
            keep[..MAX_CHANNELS.min(n)].fill(true);
        }
        self.keep_channels(g, &keep);
    }

    fn keep_channels(&mut self, g: usize, keep: &[bool]) {
        let group = &mut self.groups[g];
        let n = group.space.n_channels();
        group.space.retain(keep);
        let n_kept = group.space.n_channels();
        if n_kept < n {
            self.notes.push(format!(
                "{}: {n_kept} of {n} channels kept after a first look",
                group.name
            ));
        }
    }

    /// Whether any point of channel `c` of group `g` passes the cuts.
    fn sees(&self, g: usize, c: usize, batch: &mut PointBatch) -> bool {
        let group = &self.groups[g];
        let mut u = vec![0.0; BATCH * group.n_dim()];
        let mut stream = Stream::new(0, Purpose::Pilot, c as u32, g as u64);
        (0..MAX_BLIND_TRIALS / BATCH).any(|_| {
            stream.fill(&mut u);
            group.map(c, &u, batch);
            group.select(&u, batch);
            batch.len() > 0
        })
    }

    /// Root mean square of the weights of channel `c` of group `g` at up to `most`
    /// points, in pb; the same on any number of threads.
    fn root_mean_square(&self, g: usize, c: usize, most: usize, batch: &mut PointBatch) -> f64 {
        let group = &self.groups[g];
        let (mut n_points, mut n_passed, mut sum2) = (0, 0, 0.0);
        let mut u = vec![0.0; BATCH * group.n_dim()];
        let (mut alpha, mut values) = (vec![], vec![]);
        let mut stream = Stream::new(0, Purpose::Pilot, c as u32, g as u64);
        while n_points + BATCH <= most && n_passed < N_TARGET {
            stream.fill(&mut u);
            group.evaluate_points(self, c, &u, SquaredOrders::Summed, batch);
            group.space.alpha_of(c, &batch.points, &mut alpha);
            batch.sum(&mut values);
            n_points += BATCH;
            n_passed += batch.len();
            let weights = values.iter().zip(&alpha).map(|(f, a)| f * a);
            sum2 += weights
                .filter(|w| w.is_finite())
                .map(|w| w * w)
                .sum::<f64>();
        }
        (sum2 / n_points as f64).sqrt()
    }
}
