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
//! Knows blocks; knows no sampler.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::block::{Block, SCRATCH};
use super::build::CrossSection;
use super::error::CrossSectionError;
use crate::integrand::{ChannelKey, Integrand};
use crate::phasespace::fingerprint;
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

/// What the pilot of a group of subprocesses has chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PilotChoice {
    /// Whether helicities are drawn.
    pub helicities_drawn: bool,
    /// The channels that are kept, in their order.
    pub channels: Vec<ChannelKey>,
}

impl Block {
    /// What tells the map of a channel from others: the tables of its phase space,
    /// the spins of the legs, and whether the beams may be exchanged.
    pub(super) fn channel_key(&self, channel: usize) -> ChannelKey {
        let map = self.space.fingerprint(channel);
        let all = (map, &self.masses, &self.spins, self.mirror);
        ChannelKey::of_hash(fingerprint(&all))
    }
}

impl CrossSection {
    /// What the pilots have chosen, group by group: with [`Setup::pilots`] another
    /// cross section is set up in the same way.
    ///
    /// [`Setup::pilots`]: super::Setup::pilots
    pub fn pilot_choices(&self) -> Vec<PilotChoice> {
        let mut choices: Vec<PilotChoice> = (self.blocks.iter())
            .map(|block| PilotChoice {
                helicities_drawn: block.helicities.drawn,
                channels: vec![],
            })
            .collect();
        for channel in 0..self.n_channels() {
            let list = &mut choices[self.group(channel)].channels;
            list.push(self.channel_key(channel));
        }
        choices
    }

    /// Keeps the channels of block `b` with these keys, in this order.
    ///
    /// # Errors
    /// [`CrossSectionError::StoredChannel`] for a key that no channel has, or one
    /// of a flat channel that is not the last.
    pub(super) fn take_channels(
        &mut self,
        b: usize,
        stored: &[ChannelKey],
    ) -> Result<(), CrossSectionError> {
        let block = &mut self.blocks[b];
        let n = block.space.n_channels();
        let mut left: Vec<Option<ChannelKey>> =
            (0..n).map(|c| Some(block.channel_key(c))).collect();
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
                        process: block.name.clone(),
                        key: *key,
                        n_channels: n,
                    });
                }
            }
        }
        if chosen.is_empty() {
            return Err(CrossSectionError::StoredChannels {
                process: block.name.clone(),
            });
        }
        block.space.select(&chosen);
        self.note_kept(b, n);
        Ok(())
    }

    /// Drops the channels of the last block that contribute next to nothing.
    pub(super) fn drop_idle_channels(&mut self) {
        let b = self.blocks.len() - 1;
        let n = self.blocks[b].space.n_channels();
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
        self.note_kept(b, n);
    }

    fn note_kept(&mut self, b: usize, n: usize) {
        let block = &self.blocks[b];
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
