//! A first look at a group with many channels: which of them are worth having.
//!
//! Every channel is tried with a few flat points of its hypercube. What counts
//! is the root mean square of its weights, which is large where a channel is
//! large or peaked; the channels below a small share of the sum are dropped,
//! and those that are left take over. Of few channels, those are dropped whose
//! points are all cut away: later, a channel without a single point would be given
//! up, and its part of the cross section lost.
//!
//! Another processor may round a channel at the limit to the other side: what was
//! chosen is stored, and a run that goes on with it keeps the same channels.
//! Knows groups of subprocesses; knows no sampler.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::build::CrossSection;
use super::error::CrossSectionError;
use super::group::SubprocessGroup;
use super::point_batch::{PointBatch, SquaredOrders};
use crate::integrand::{ChannelKey, Integrand};
use crate::phasespace::fingerprint;
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

/// What the pilot of a group of subprocesses has chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PilotChoice {
    /// Whether helicities are drawn.
    pub helicities_drawn: bool,
    /// The channels that are kept, in their order.
    pub channels: Vec<ChannelKey>,
}

impl SubprocessGroup {
    /// What tells the map of a channel from others: the tables of its phase space,
    /// the spins of the legs, and whether the beams may be exchanged.
    pub(super) fn channel_key(&self, channel: usize) -> ChannelKey {
        let map = self.space.fingerprint(channel);
        let all = (map, &self.masses, &self.spins, self.beam_swap);
        ChannelKey::of_hash(fingerprint(&all))
    }
}

impl CrossSection {
    /// What the pilots have chosen, group by group: with [`Setup::pilots`] another
    /// cross section is set up in the same way.
    ///
    /// [`Setup::pilots`]: super::Setup::pilots
    pub fn pilot_choices(&self) -> Vec<PilotChoice> {
        let mut choices: Vec<PilotChoice> = (self.groups.iter())
            .map(|group| PilotChoice {
                helicities_drawn: group.helicities.sampled,
                channels: vec![],
            })
            .collect();
        for channel in 0..self.n_channels() {
            let list = &mut choices[self.group(channel)].channels;
            list.push(self.channel_key(channel));
        }
        choices
    }

    /// Keeps the channels of group `g` with these keys, in this order.
    ///
    /// # Errors
    /// [`CrossSectionError::StoredChannel`] for a key that no channel has, or one
    /// of a flat channel that is not the last.
    pub(super) fn take_channels(
        &mut self,
        g: usize,
        stored: &[ChannelKey],
    ) -> Result<(), CrossSectionError> {
        let group = &mut self.groups[g];
        let n = group.space.n_channels();
        let mut left: Vec<Option<ChannelKey>> =
            (0..n).map(|c| Some(group.channel_key(c))).collect();
        let mut chosen = vec![];
        for (k, key) in stored.iter().enumerate() {
            // Of several channels with the same map the first one that is left.
            let found = left.iter().position(|l| l.as_ref() == Some(key));
            let is_last = k + 1 == stored.len();
            match found.filter(|&c| (c + 1 == n) == is_last) {
                Some(c) => {
                    left[c] = None;
                    chosen.push(c);
                }
                None => {
                    return Err(CrossSectionError::StoredChannel {
                        process: group.name.clone(),
                        key: *key,
                        n_channels: n,
                    });
                }
            }
        }
        if chosen.is_empty() {
            return Err(CrossSectionError::StoredChannels {
                process: group.name.clone(),
            });
        }
        group.space.select(&chosen);
        self.note_kept(g, n);
        Ok(())
    }

    /// Drops the channels of the last group that contribute next to nothing.
    pub(super) fn drop_idle_channels(&mut self) {
        let g = self.groups.len() - 1;
        let n = self.groups[g].space.n_channels();
        self.sample_where_sums_are_slow(n * BATCH);
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
        self.note_kept(g, n);
    }

    fn note_kept(&mut self, g: usize, n: usize) {
        let group = &self.groups[g];
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
