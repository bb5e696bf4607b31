//! Unweighted events from an adapted integration, block by block.
//!
//! Blocks are independent of each other: any range of events can be made
//! alone, on any number of threads, now or later. Knows blocks and sums; knows
//! nothing of what an event contains.

use std::ops::{ControlFlow, Range};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::accumulator::Accumulator;
use super::adapted::{Adapted, Estimate, GroupEstimate, group_estimates};
use super::block::{AcceptedPoint, BLOCK_EVENTS, EventBlock, MOST_EVENTS, Trials};
use super::driver::{add_up, summary};
use super::error::IntegrateError;
use super::parts::{PartSums, part_estimates};
use super::progress::{Control, Stage, Status};
use crate::integrand::Integrand;
use crate::unweight::{UnweightReport, UnweightTally};

/// Blocks in the works at once, per thread, if they are cheap.
const BLOCKS_PER_THREAD: u64 = 2;
/// Trials that make a block expensive: fewer are then in the works at once.
const MANY_TRIALS: u64 = 1 << 17;

/// How events are produced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GenerateSettings {
    /// Events wanted.
    pub n_events: u64,
    /// Position of the first of them in the sample of the seed, from 0.
    pub first: u64,
    /// Seed; independent of that of the adaptation, also if equal.
    pub seed: u64,
    /// Points per call of the integrand.
    pub batch_size: usize,
}

impl Default for GenerateSettings {
    fn default() -> Self {
        Self {
            n_events: 10_000,
            first: 0,
            seed: 1,
            batch_size: 1024,
        }
    }
}

/// Any error of a receiver.
type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Takes the points of a block; an error of its own ends the generation.
pub(crate) type Sink<'a> = dyn FnMut(&[AcceptedPoint]) -> Result<(), AnyError> + 'a;

/// Takes what was built of a block, and the state after it, from which the
/// generation can be resumed; may stop it.
pub(crate) type Deliver<'a, T> =
    dyn FnMut(T, &GenerateState) -> Result<ControlFlow<()>, AnyError> + 'a;

/// How far a generation is: the sums over its complete blocks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GenerateState {
    /// Events delivered, from the first on.
    n_done: u64,
    trials: Vec<Accumulator>,
    parts: Vec<PartSums>,
    events_per_channel: Vec<u64>,
    tally: UnweightTally,
}

/// What a generation produced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    /// Efficiency, overweights, Kish size.
    pub report: UnweightReport,
    /// Cross section from the adaptation and trials together.
    pub total: Estimate,
    /// The same per group.
    pub groups: Vec<GroupEstimate>,
    /// Relative weights times this, in pb, have the mean `total.xsec_pb`.
    pub unit_weight_pb: f64,
    /// The same per part of the integrand, with errors, in pb.
    pub parts: Vec<(f64, f64)>,
    /// Events per channel.
    pub events_per_channel: Vec<u64>,
    /// Trials that were NaN or infinite.
    pub n_non_finite: u64,
}

/// Produces `settings.n_events` events, delivered to `sink` block by block.
///
/// Event `k` depends on the adapted state, the seed and `k` alone: neither on
/// the number of events, nor on where the range begins, nor on threads.
///
/// # Errors
/// As [`generate_blocks`].
pub fn generate(
    integrand: &dyn Integrand,
    adapted: &Adapted,
    settings: &GenerateSettings,
    control: &Control,
    sink: &mut Sink,
) -> Result<Generated, IntegrateError> {
    let state = generate_blocks(
        integrand,
        adapted,
        settings,
        GenerateState::default(),
        control,
        &|points| points,
        &mut |points, _| sink(&points).map(ControlFlow::Continue),
    )?;
    Ok(state.summary(adapted))
}

/// Produces the events that `state` lacks: what `build` makes of the points of
/// each block, in parallel, goes to `deliver` in order.
///
/// Returns the state after the last block that was delivered.
///
/// # Errors
/// [`IntegrateError::NoCrossSection`] for a zero integral,
/// [`IntegrateError::Mismatch`] for another integrand or another state,
/// [`IntegrateError::Sink`] with the error of the receiver,
/// [`IntegrateError::Cancelled`], [`IntegrateError::Exhausted`],
/// [`IntegrateError::Setting`].
pub fn generate_blocks<T: Send>(
    integrand: &dyn Integrand,
    adapted: &Adapted,
    settings: &GenerateSettings,
    state: GenerateState,
    control: &Control,
    build: &(dyn Fn(Vec<AcceptedPoint>) -> T + Sync),
    deliver: &mut Deliver<T>,
) -> Result<GenerateState, IntegrateError> {
    settings.validate()?;
    let trials = Trials::new(integrand, adapted, settings.seed, settings.batch_size)?;
    let mut state = state.fitted(adapted, settings)?;
    let (first, end) = (settings.first, settings.first + settings.n_events);
    let n_threads = rayon::current_num_threads() as u64;
    let at_once = (BLOCKS_PER_THREAD * n_threads * MANY_TRIALS / trials.per_block().max(1))
        .clamp(1, BLOCKS_PER_THREAD * n_threads);
    let report = |state: &GenerateState| {
        let (value, error2) = add_up(&merged(adapted, &state.trials));
        control.progress.update(&Status {
            stage: Stage::Generate,
            done: state.n_done as f64 / settings.n_events.max(1) as f64,
            points_left: None,
            n_points: state.tally.n_trials(),
            n_events: state.n_done,
            xsec_pb: value,
            xsec_err_pb: error2.sqrt(),
        });
    };
    report(&state);
    while first + state.n_done < end {
        control.check(state.tally.n_trials())?;
        let begin = first + state.n_done;
        let blocks = begin / BLOCK_EVENTS..end.div_ceil(BLOCK_EVENTS);
        let some: Vec<u64> = blocks.take(at_once as usize).collect();
        let made: Result<Vec<_>, IntegrateError> = some
            .into_par_iter()
            .map(|b| {
                let block = trials.block(b, within(b, begin..end), control.cancel)?;
                Ok(block.map(|mut block| {
                    let points = std::mem::take(&mut block.points);
                    let kept = points
                        .iter()
                        .map(|p| (p.channel, p.relative_weight, p.bias));
                    let kept: Vec<(usize, f64, f64)> = kept.collect();
                    (build(points), kept, block)
                }))
            })
            .collect();
        for block in made? {
            let Some((built, kept, block)) = block else {
                return Err(IntegrateError::Cancelled {
                    n_points: state.tally.n_trials(),
                });
            };
            state.add(&block, &kept);
            let flow = deliver(built, &state).map_err(IntegrateError::Sink)?;
            if flow.is_break() {
                return Ok(state);
            }
        }
        report(&state);
    }
    Ok(state)
}

/// The part of a range of events that lies in block `b`, counted within it.
fn within(b: u64, range: Range<u64>) -> Range<u64> {
    let start = b * BLOCK_EVENTS;
    let place = |k: u64| k.saturating_sub(start).min(BLOCK_EVENTS);
    place(range.start)..place(range.end)
}

impl GenerateSettings {
    fn validate(&self) -> Result<(), IntegrateError> {
        let bad = |name, value, allowed| {
            Err(IntegrateError::Setting {
                name,
                value,
                allowed,
            })
        };
        if self.batch_size == 0 {
            return bad("batch_size", 0.0, "at least 1");
        }
        match self.first.checked_add(self.n_events) {
            Some(end) if end <= MOST_EVENTS => Ok(()),
            _ => bad(
                "the last event",
                self.first as f64 + self.n_events as f64,
                "at most 1e15 events of one seed",
            ),
        }
    }
}

impl GenerateState {
    /// Events delivered so far.
    pub fn n_done(&self) -> u64 {
        self.n_done
    }

    /// The empty state with a slot per channel; any other must belong to the
    /// adapted channels and end where a block or the range ends.
    fn fitted(
        mut self,
        adapted: &Adapted,
        settings: &GenerateSettings,
    ) -> Result<Self, IntegrateError> {
        let n = adapted.channels.len();
        if self == Self::default() {
            self.trials.resize(n, Accumulator::default());
            self.parts.resize(n, PartSums::default());
            self.events_per_channel.resize(n, 0);
        }
        let mismatch = |what: &str, found: usize, expected: usize| {
            Err(IntegrateError::Mismatch {
                what: what.to_owned(),
                adapted: found,
                integrand: expected,
            })
        };
        for len in [
            self.trials.len(),
            self.parts.len(),
            self.events_per_channel.len(),
        ] {
            if len != n {
                return mismatch("number of channels of the stored state", len, n);
            }
        }
        let at = settings.first.saturating_add(self.n_done);
        let complete = self.n_done == 0
            || self.n_done == settings.n_events
            || (self.n_done < settings.n_events && at.is_multiple_of(BLOCK_EVENTS));
        if !complete {
            return mismatch(
                "end of the stored events",
                at as usize,
                settings.n_events as usize,
            );
        }
        Ok(self)
    }

    fn add(&mut self, block: &EventBlock, kept: &[(usize, f64, f64)]) {
        for (sum, new) in self.trials.iter_mut().zip(&block.sums) {
            sum.merge(new);
        }
        for (sum, new) in self.parts.iter_mut().zip(&block.parts) {
            sum.merge(new);
        }
        self.tally.add_trials(block.n_trials, block.n_accepted);
        for &(channel, relative_weight, bias) in kept {
            self.events_per_channel[channel] += 1;
            self.tally.add_event(relative_weight, bias);
        }
        self.n_done += kept.len() as u64;
    }

    /// What is known after these blocks.
    pub fn summary(&self, adapted: &Adapted) -> Generated {
        let report = self.tally.report();
        let (total, groups) = combine(adapted, &self.trials);
        let mut parts = self.parts.clone();
        for (new, channel) in parts.iter_mut().zip(&adapted.channels) {
            new.merge(&channel.parts);
        }
        let points = merged(adapted, &self.trials);
        let parts = part_estimates(adapted.n_parts, parts.iter().zip(&points));
        Generated {
            unit_weight_pb: if report.mean_weight == 0.0 {
                0.0
            } else {
                total.xsec_pb / report.mean_weight
            },
            total,
            groups,
            parts,
            report,
            events_per_channel: self.events_per_channel.clone(),
            n_non_finite: self.trials.iter().map(Accumulator::n_non_finite).sum(),
        }
    }
}

fn merged(adapted: &Adapted, trials: &[Accumulator]) -> Vec<Accumulator> {
    adapted
        .channels
        .iter()
        .zip(trials)
        .map(|(channel, new)| {
            let mut sum = channel.kept.clone();
            sum.merge(new);
            sum
        })
        .collect()
}

/// The estimate over kept points and trials; the trials are one more iteration
/// of the comparison.
fn combine(adapted: &Adapted, trials: &[Accumulator]) -> (Estimate, Vec<GroupEstimate>) {
    let channels = merged(adapted, trials);
    let mut iterations = adapted.iterations.clone();
    // Only if every channel was tried often enough to have an error.
    let maxima = adapted.max_weights.channels.iter().zip(trials);
    if maxima
        .into_iter()
        .all(|(c, t)| c.w_max == 0.0 || t.n_points() >= 100)
    {
        iterations.push(summary(trials, true));
    }
    let estimate = Estimate::of(channels.iter(), &iterations);
    let groups = group_estimates(adapted.channels.iter().map(|c| c.group), channels.iter());
    (estimate, groups)
}
