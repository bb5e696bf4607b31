//! A first look at a group with many channels: which of them are worth having.
//!
//! Every channel is tried with a few flat points of its hypercube. What counts
//! is the root mean square of its weights, which is large where a channel is
//! large or peaked; the channels below a small share of the sum are dropped,
//! and those that are left take over. Of few channels, those are dropped whose
//! points are all cut away: later, a channel without a single point would be given
//! up, and its part of the cross section lost. Knows blocks; knows no sampler.

use rayon::prelude::*;

use super::block::SCRATCH;
use super::build::CrossSection;
use crate::rng::{Purpose, Stream};

/// Groups with at most this many channels keep all that have points inside the cuts.
const FEW: usize = 32;
/// Most channels of a group.
const MOST: usize = 192;
/// Channels below this share of the summed root mean squares are dropped.
const SHARE: f64 = 1e-4;
/// Points that pass the cuts which a channel's estimate needs.
const WANTED: usize = 100;
/// Points that are evaluated at once.
const STEP: usize = 64;
/// Most points for one channel.
const PATIENCE: usize = 2048;
/// Points of a channel, none of which passes the cuts, after which it is dropped.
const BLIND: usize = 20_480;
/// Instructions of matrix elements times points spent on one group, about.
const BUDGET: f64 = 1e9;

impl CrossSection {
    /// Drops the channels of the last block that contribute next to nothing.
    pub(super) fn drop_idle_channels(&mut self) {
        let b = self.blocks.len() - 1;
        let n = self.blocks[b].space.n_channels();
        self.draw_where_sums_are_slow(n * STEP);
        if n <= FEW {
            let keep: Vec<bool> = (0..n).into_par_iter().map(|c| self.sees(b, c)).collect();
            self.keep_channels(b, &keep);
            return;
        }
        let steps = self.blocks[b].elements.iter().map(|e| e.me.n_steps());
        let cost = steps.sum::<usize>().max(1);
        let affordable = (BUDGET / (cost * n) as f64) as usize;
        let most = affordable.clamp(STEP, PATIENCE);
        let rms: Vec<f64> = (0..n)
            .into_par_iter()
            .map(|c| self.look(b, c, most))
            .collect();
        let total: f64 = rms.iter().sum();
        let mut order: Vec<usize> = (0..n - 1).collect();
        order.sort_by(|&i, &j| rms[j].total_cmp(&rms[i]));
        let mut keep = vec![false; n];
        for &c in order.iter().take(MOST - 1) {
            keep[c] = rms[c] >= SHARE * total;
        }
        if !keep.contains(&true) {
            // Nothing was seen: the order of the topologies decides.
            keep[..MOST.min(n)].fill(true);
        }
        self.keep_channels(b, &keep);
    }

    fn keep_channels(&mut self, b: usize, keep: &[bool]) {
        let block = &mut self.blocks[b];
        let n = block.space.n_channels();
        block.space.retain(keep);
        let n_kept = block.space.n_channels();
        if n_kept < n {
            self.notes.push(format!(
                "{}: {n_kept} of {n} channels kept after a first look",
                block.name
            ));
        }
    }

    /// Whether any point of channel `c` of block `b` passes the cuts.
    fn sees(&self, b: usize, c: usize) -> bool {
        let block = &self.blocks[b];
        let mut u = vec![0.0; STEP * block.n_dim()];
        let mut stream = Stream::new(0, Purpose::Pilot, c as u32, b as u64);
        SCRATCH.with_borrow_mut(|scratch| {
            (0..BLIND / STEP).any(|_| {
                stream.fill(&mut u);
                let found = block.survivors(self, c, &u, STEP, scratch);
                !found.index.is_empty()
            })
        })
    }

    /// Root mean square of the weights of channel `c` of block `b` at up to `most`
    /// points, in pb; the same on any number of threads.
    fn look(&self, b: usize, c: usize, most: usize) -> f64 {
        let block = &self.blocks[b];
        let (mut n_points, mut n_passed, mut sum2) = (0, 0, 0.0);
        let mut u = vec![0.0; STEP * block.n_dim()];
        let mut alpha = vec![];
        let mut stream = Stream::new(0, Purpose::Pilot, c as u32, b as u64);
        SCRATCH.with_borrow_mut(|scratch| {
            while n_points + STEP <= most && n_passed < WANTED {
                stream.fill(&mut u);
                let found = block.survivors(self, c, &u, STEP, scratch);
                block.space.alpha_of(c, &scratch.points, &mut alpha);
                n_points += STEP;
                n_passed += found.index.len();
                for (k, &at) in found.index.iter().enumerate() {
                    let rows = found.parts.chunks(found.index.len());
                    let weight = rows.map(|row| row[k]).sum::<f64>() * alpha[at];
                    if weight.is_finite() {
                        sum2 += weight * weight;
                    }
                }
            }
        });
        (sum2 / n_points as f64).sqrt()
    }
}
