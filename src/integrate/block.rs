//! One block of events: rounds of trials until the block is full.
//!
//! A trial picks channel `i` with probability `m_i / sum_j m_j` (`m_i`: maximum
//! weight), draws a point there and accepts it with probability
//! `min(1, w/m_i)`; with a bias `b`, `w` stands for `b w`, and events have the weight
//! `1/b`. Accepted points are then independent draws from the sum of
//! all channels: how many come from which channel needs no estimate of its
//! cross section. A round has a fixed number of trials: the numbers of trials
//! per channel are one multinomial draw, and the accepted points are shuffled,
//! which is the same as going through the trials one by one. The first
//! [`BLOCK_EVENTS`] accepted points are the events of the block.
//!
//! Everything is drawn from streams addressed by seed, block and round, and the
//! size of a round follows from the adapted state: event `k` depends on the
//! adapted state, the seed and `k` alone. Knows channels, maxima and trials;
//! knows nothing of what an event contains.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rand_distr::{Binomial, Distribution};
use rayon::prelude::*;

use super::accumulator::Accumulator;
use super::adapted::Adapted;
use super::batch::{BatchEvaluator, Task, Weighted, tasks};
use super::error::IntegrateError;
use super::parts::PartSums;
use crate::integrand::Integrand;
use crate::rng::{Purpose, Stream};
use crate::unweight::accept;

/// Events of a block.
pub(crate) const BLOCK_EVENTS: u64 = 1024;

/// Most events of one seed.
pub(crate) const MOST_EVENTS: u64 = 1_000_000_000_000_000;

/// Accepted points that the first rounds aim at: two standard deviations short
/// of a block in all, so that little is thrown away.
const FIRST_ROUNDS: [u64; 3] = [256, 256, 448];

/// Accepted points that every later round aims at.
const LATER_ROUND: u64 = 64;

/// More trials than this many times the expected number mean that the integrand
/// is not the one that was adapted.
const PATIENCE: f64 = 1000.0;

/// Bits of a stream address that count batches or rounds within a block.
const WITHIN_BLOCK: u32 = 24;

/// Blocks that have addresses.
const MAX_BLOCKS: u64 = 1 << (64 - WITHIN_BLOCK);
const _: () = assert!(MOST_EVENTS.div_ceil(BLOCK_EVENTS) <= MAX_BLOCKS);

/// Batches between two looks at the cancel flag.
const BATCHES_PER_LOOK: usize = 256;

/// A point that became an event.
#[derive(Clone, Debug, PartialEq)]
pub struct AcceptedPoint {
    /// Position in the sample of its seed, from 0.
    pub index: u64,
    /// Channel it was drawn in.
    pub channel: usize,
    /// The point, `[n_dim]` of that channel.
    pub u: Vec<f64>,
    /// `sign(w) max(1, b |w|/w_max) / b`, where `b` is the bias.
    pub relative_weight: f64,
    /// What it was made in proportion to besides its weight; 1 without a bias.
    pub bias: f64,
    /// Relative weight times the cross section of unit-weight events as known
    /// from the adaptation, in pb: the mean over events is the cross section.
    pub weight_pb: f64,
}

/// Everything that trials need.
pub(crate) struct Trials<'a> {
    evaluator: BatchEvaluator<'a>,
    adapted: &'a Adapted,
    seed: u64,
    batch_size: usize,
    maxima: Vec<f64>,
    unit_pb: f64,
    efficiency: f64,
}

/// A block, or the part of it that was wanted.
#[derive(Debug, Default)]
pub(crate) struct EventBlock {
    pub points: Vec<AcceptedPoint>,
    /// Sums over the rounds whose number does not depend on what they found,
    /// per channel: a mean over all rounds would be biased, as the last round
    /// is the one that found enough.
    pub sums: Vec<Accumulator>,
    pub parts: Vec<PartSums>,
    pub n_trials: u64,
    pub n_accepted: u64,
}

/// What became of one batch of trials.
struct Tried {
    channel: usize,
    sums: Accumulator,
    parts: PartSums,
    accepted: Vec<AcceptedPoint>,
}

impl<'a> Trials<'a> {
    /// # Errors
    /// [`IntegrateError::Mismatch`], [`IntegrateError::NoCrossSection`].
    pub fn new(
        integrand: &'a dyn Integrand,
        adapted: &'a Adapted,
        seed: u64,
        batch_size: usize,
    ) -> Result<Self, IntegrateError> {
        adapted.check_fits(integrand)?;
        let channels = &adapted.max_weights.channels;
        let maxima: Vec<f64> = channels.iter().map(|c| c.w_max).collect();
        let sum_max: f64 = maxima.iter().sum();
        let efficiency = adapted.max_weights.efficiency;
        let usable = |x: f64| x > 0.0 && x.is_finite();
        if !usable(sum_max) || !usable(efficiency) {
            return Err(IntegrateError::NoCrossSection {
                n_points: adapted.n_points(),
                n_cut: adapted.n_cut(),
            });
        }
        Ok(Self {
            evaluator: BatchEvaluator::new(integrand, seed, Purpose::Generate),
            adapted,
            seed,
            batch_size,
            maxima,
            unit_pb: channels.iter().map(|c| c.accepted).sum(),
            efficiency,
        })
    }

    /// Trials of a round that aims at `n` accepted points.
    fn trials_for(&self, n: u64) -> u64 {
        (n as f64 / self.efficiency).ceil() as u64
    }

    /// Trials of a full block, about.
    pub(crate) fn per_block(&self) -> u64 {
        self.trials_for(BLOCK_EVENTS)
    }

    /// The events `wanted` of a block, counted within it; `None` if `cancel`
    /// was raised meanwhile.
    ///
    /// # Errors
    /// [`IntegrateError::Exhausted`].
    pub(crate) fn block(
        &self,
        block: u64,
        wanted: Range<u64>,
        cancel: &AtomicBool,
    ) -> Result<Option<EventBlock>, IntegrateError> {
        let n = self.maxima.len();
        let mut out = EventBlock {
            sums: vec![Accumulator::default(); n],
            parts: vec![PartSums::default(); n],
            ..EventBlock::default()
        };
        let n_certain = certain_rounds(wanted.end);
        let mut next_batch = vec![block << WITHIN_BLOCK; n];
        let patience = PATIENCE * self.per_block() as f64;
        for round in 0.. {
            if round >= n_certain && out.n_accepted >= wanted.end {
                break;
            }
            if out.n_trials as f64 > patience || round >= 1 << WITHIN_BLOCK {
                return Err(IntegrateError::Exhausted {
                    n_events: out.n_accepted,
                    n_wanted: wanted.end,
                    n_trials: out.n_trials,
                });
            }
            let aim = FIRST_ROUNDS.get(round as usize).unwrap_or(&LATER_ROUND);
            let n_trials = self.trials_for(*aim);
            let address = (block << WITHIN_BLOCK) + round;
            let mut stream = Stream::new(self.seed, Purpose::TrialCounts, 0, address);
            let counts = multinomial(n_trials, &self.maxima, &mut stream);
            let mut accepted = Vec::new();
            let tasks = tasks(&counts, self.batch_size, &mut next_batch);
            for some in tasks.chunks(BATCHES_PER_LOOK) {
                let launches: Vec<&[Task]> = self.evaluator.launches(some).collect();
                let tried: Option<Vec<Vec<Tried>>> = launches
                    .par_iter()
                    .map(|tasks| {
                        let go_on = !cancel.load(Ordering::Relaxed);
                        go_on.then(|| self.try_batches(tasks))
                    })
                    .collect();
                let Some(tried) = tried else {
                    return Ok(None);
                };
                for batch in tried.into_iter().flatten() {
                    if round < n_certain {
                        out.sums[batch.channel].merge(&batch.sums);
                        out.parts[batch.channel].merge(&batch.parts);
                    }
                    accepted.extend(batch.accepted);
                }
            }
            Stream::new(self.seed, Purpose::Shuffle, 0, address).shuffle(&mut accepted);
            out.n_trials += n_trials;
            for mut point in accepted {
                if wanted.contains(&out.n_accepted) {
                    point.index = block * BLOCK_EVENTS + out.n_accepted;
                    out.points.push(point);
                }
                out.n_accepted += 1;
            }
        }
        Ok(Some(out))
    }

    fn try_batches(&self, tasks: &[Task]) -> Vec<Tried> {
        let sampler_of = |channel: usize| &self.adapted.channels[channel].sampler;
        let found = self.evaluator.launch(tasks, sampler_of);
        found.into_iter().map(|batch| self.accept(batch)).collect()
    }

    fn accept(&self, out: Weighted) -> Tried {
        let Task { channel, batch, .. } = out.task;
        let mut stream = Stream::new(self.seed, Purpose::Accept, channel as u32, batch);
        let accepted = accept(&out.biased(), self.maxima[channel], &mut stream)
            .into_iter()
            .map(|a| {
                let bias = out.bias.get(a.point).copied().unwrap_or(1.0);
                let relative_weight = a.relative_weight / bias;
                AcceptedPoint {
                    index: 0,
                    channel,
                    u: out.points.point(a.point),
                    relative_weight,
                    bias,
                    weight_pb: self.unit_pb * relative_weight,
                }
            })
            .collect();
        Tried {
            channel,
            sums: out.sums,
            parts: out.parts,
            accepted,
        }
    }
}

/// Rounds that are run in any case for the first `n` events of a block: they
/// aim at two standard deviations less than that. At least one.
fn certain_rounds(n: u64) -> u64 {
    let enough = n as f64 - 2.0 * (n as f64).sqrt();
    let mut sum = 0;
    let mut rounds = 0;
    for aim in FIRST_ROUNDS {
        sum += aim;
        rounds += u64::from(sum as f64 <= enough);
    }
    rounds.max(1)
}

/// Numbers of trials per channel, with probabilities in proportion to `shares`.
fn multinomial(n: u64, shares: &[f64], stream: &mut Stream) -> Vec<u64> {
    let mut left = n;
    let mut sum: f64 = shares.iter().sum();
    let last = shares.iter().rposition(|s| *s > 0.0);
    shares
        .iter()
        .enumerate()
        .map(|(i, &share)| {
            let count = if Some(i) == last {
                left
            } else if share > 0.0 && left > 0 {
                let p = (share / sum).clamp(0.0, 1.0);
                Binomial::new(left, p).map_or(0, |b| b.sample(stream.rng()))
            } else {
                0
            };
            left -= count;
            sum -= share;
            count
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multinomial_counts_add_up_and_follow_the_shares() {
        let shares = [1.0, 0.0, 3.0, 6.0, 0.0];
        let mut sums = [0u64; 5];
        for round in 0..100 {
            let mut stream = Stream::new(1, Purpose::TrialCounts, 0, round);
            let counts = multinomial(1000, &shares, &mut stream);
            assert_eq!(counts.iter().sum::<u64>(), 1000);
            for (sum, n) in sums.iter_mut().zip(counts) {
                *sum += n;
            }
        }
        for (sum, share) in sums.iter().zip(shares) {
            let expected = share * 1e4;
            let sigma = (expected * (1.0 - share / 10.0)).sqrt();
            assert!((*sum as f64 - expected).abs() <= 4.0 * sigma, "{sums:?}");
        }
    }

    #[test]
    fn rounds_that_count_are_known_before_anything_is_drawn() {
        assert_eq!(certain_rounds(BLOCK_EVENTS), FIRST_ROUNDS.len() as u64);
        assert_eq!(certain_rounds(1), 1);
        assert_eq!(certain_rounds(300), 1);
        assert_eq!(certain_rounds(600), 2);
        // A full block is rarely full before they are done.
        let aim: u64 = FIRST_ROUNDS.iter().sum();
        assert_eq!(aim as f64, 1024.0 - 2.0 * 1024f64.sqrt());
    }
}
