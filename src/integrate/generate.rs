//! Unweighted events from an adapted integration.
//!
//! Knows channels, maxima and trials; knows nothing of what an event contains.
//!
//! A trial picks channel `i` with probability `m_i / sum_j m_j` (`m_i`: maximum
//! weight), draws a point there and accepts it with probability
//! `min(1, w/m_i)`. Accepted points are then independent draws from the sum of
//! all channels: how many come from which channel needs no estimate of its
//! cross section. Trials are made in waves: the numbers of trials per channel
//! are one multinomial draw, and the accepted points of a wave are shuffled, so
//! that cutting the last wave short takes a random part of it.

use rand_distr::{Binomial, Distribution};
use serde::{Deserialize, Serialize};

use super::accumulator::Accumulator;
use super::adapted::{Adapted, Estimate, GroupEstimate, group_estimates};
use super::batch::{Task, evaluate, run_in_order, tasks};
use super::driver::add_up;
use super::error::IntegrateError;
use super::parts::{PartSums, part_estimates};
use super::progress::{Control, Stage, Status};
use crate::integrand::Integrand;
use crate::rng::{Purpose, Stream};
use crate::unweight::{UnweightReport, UnweightTally, accept};

/// More trials than this many times the expected number mean that the integrand
/// is not the one that was adapted.
const PATIENCE: f64 = 1000.0;

/// How events are produced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GenerateSettings {
    /// Events wanted.
    pub n_events: u64,
    /// Seed; independent of that of the adaptation, also if equal.
    pub seed: u64,
    /// Points per call of the integrand.
    pub batch_size: usize,
    /// Events held in memory at once, about.
    pub wave_events: u64,
}

impl Default for GenerateSettings {
    fn default() -> Self {
        Self {
            n_events: 10_000,
            seed: 1,
            batch_size: 1024,
            wave_events: 100_000,
        }
    }
}

/// Takes the points of a wave; an error of its own ends the generation.
pub type Sink<'a> =
    dyn FnMut(&[AcceptedPoint]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> + 'a;

/// A point that became an event.
#[derive(Clone, Debug, PartialEq)]
pub struct AcceptedPoint {
    /// Position in the sample, from 0.
    pub index: u64,
    /// Channel it was drawn in.
    pub channel: usize,
    /// The point, `[n_dim]` of that channel.
    pub u: Vec<f64>,
    /// `sign(w) max(1, |w|/w_max)`.
    pub relative_weight: f64,
    /// Relative weight times the cross section of unit-weight events as known
    /// from the adaptation, in pb: the mean over events is the cross section.
    pub weight_pb: f64,
}

/// What a generation produced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    /// Efficiency, overweights, Kish size.
    pub report: UnweightReport,
    /// Cross section from the adaptation and all trials together.
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

/// Produces `settings.n_events` events, delivered to `sink` wave by wave.
///
/// The same adapted state, seed and number of events give the same events in
/// the same order on any number of threads.
///
/// # Errors
/// [`IntegrateError::NoCrossSection`] for a zero integral,
/// [`IntegrateError::Mismatch`] for another integrand,
/// [`IntegrateError::Sink`] with the error of the sink,
/// [`IntegrateError::Cancelled`], [`IntegrateError::Exhausted`],
/// [`IntegrateError::Setting`].
pub fn generate(
    integrand: &dyn Integrand,
    adapted: &Adapted,
    settings: &GenerateSettings,
    control: &Control,
    sink: &mut Sink,
) -> Result<Generated, IntegrateError> {
    for (name, value) in [
        ("batch_size", settings.batch_size as u64),
        ("wave_events", settings.wave_events),
    ] {
        if value == 0 {
            return Err(IntegrateError::Setting {
                name,
                value: 0.0,
                allowed: "at least 1",
            });
        }
    }
    adapted.check_fits(integrand)?;
    let maxima: Vec<f64> = adapted
        .max_weights
        .channels
        .iter()
        .map(|c| c.w_max)
        .collect();
    let sum_max: f64 = maxima.iter().sum();
    if !(sum_max > 0.0 && sum_max.is_finite()) {
        return Err(IntegrateError::NoCrossSection {
            n_points: adapted.n_points(),
            n_cut: adapted.n_cut(),
        });
    }
    let unit_pb: f64 = adapted
        .max_weights
        .channels
        .iter()
        .map(|c| c.accepted)
        .sum();
    let n = maxima.len();
    let mut trials = vec![Accumulator::default(); n];
    let mut parts = vec![PartSums::default(); n];
    let mut next_batch = vec![0; n];
    let mut events_per_channel = vec![0u64; n];
    let mut tally = UnweightTally::default();
    let mut n_events = 0;
    let mut wave = 0;
    let expected = settings.n_events as f64 / adapted.max_weights.efficiency.max(1e-12);
    while n_events < settings.n_events {
        if tally.n_trials() as f64 > PATIENCE * expected.max(1e4) {
            return Err(IntegrateError::Exhausted {
                n_events,
                n_wanted: settings.n_events,
                n_trials: tally.n_trials(),
            });
        }
        let wanted = (settings.n_events - n_events).min(settings.wave_events);
        let n_trials = trials_for(wanted, adapted.max_weights.efficiency, &tally);
        let mut counts_stream = Stream::new(settings.seed, Purpose::TrialCounts, 0, wave);
        let counts = multinomial(n_trials, &maxima, &mut counts_stream);
        let tasks = tasks(&counts, settings.batch_size, &mut next_batch);
        let mut accepted: Vec<AcceptedPoint> = Vec::new();
        let (value, error2) = pooled(adapted, &trials);
        run_in_order(
            &tasks,
            control,
            tally.n_trials(),
            |task| try_batch(integrand, adapted, settings.seed, &maxima, unit_pb, task),
            |out: Tried| {
                trials[out.channel].merge(&out.sums);
                parts[out.channel].merge(&out.parts);
                accepted.extend(out.accepted);
            },
            |n_done| {
                let part = n_done as f64 / n_trials as f64;
                let done = (n_events as f64 + part * wanted as f64) / settings.n_events as f64;
                control.progress.update(&Status {
                    stage: Stage::Generate,
                    done: done.min(1.0),
                    n_points: tally.n_trials() + n_done,
                    n_events,
                    xsec_pb: value,
                    xsec_err_pb: error2.sqrt(),
                });
            },
        )?;
        tally.add_trials(n_trials, accepted.len() as u64);
        Stream::new(settings.seed, Purpose::Shuffle, 0, wave).shuffle(&mut accepted);
        accepted.truncate((settings.n_events - n_events) as usize);
        for point in &mut accepted {
            point.index = n_events;
            n_events += 1;
            events_per_channel[point.channel] += 1;
            tally.add_event(point.relative_weight);
        }
        if !accepted.is_empty() {
            sink(&accepted).map_err(IntegrateError::Sink)?;
        }
        wave += 1;
    }
    let report = tally.report();
    let (total, groups) = combine(adapted, &trials);
    for (new, channel) in parts.iter_mut().zip(&adapted.channels) {
        new.merge(&channel.parts);
    }
    let points = merged(adapted, &trials);
    let parts = part_estimates(adapted.n_parts, parts.iter().zip(&points));
    Ok(Generated {
        unit_weight_pb: if report.mean_weight == 0.0 {
            0.0
        } else {
            total.xsec_pb / report.mean_weight
        },
        total,
        groups,
        parts,
        report,
        events_per_channel,
        n_non_finite: trials.iter().map(Accumulator::n_non_finite).sum(),
    })
}

/// Trials that give `wanted` events in all but one of a thousand cases.
fn trials_for(wanted: u64, expected_efficiency: f64, tally: &UnweightTally) -> u64 {
    // The first thousand trials' worth of efficiency is the adaptation's.
    let prior = 1000.0;
    let efficiency = (tally.n_accepted() as f64 + prior * expected_efficiency)
        / (tally.n_trials() as f64 + prior);
    let wanted = wanted as f64;
    ((wanted + 3.0 * wanted.sqrt() + 4.0) / efficiency.max(1e-9)).ceil() as u64
}

/// What became of one batch of trials.
struct Tried {
    channel: usize,
    sums: Accumulator,
    parts: PartSums,
    accepted: Vec<AcceptedPoint>,
}

fn try_batch(
    integrand: &dyn Integrand,
    adapted: &Adapted,
    seed: u64,
    maxima: &[f64],
    unit_pb: f64,
    task: Task,
) -> Tried {
    let channel = task.channel;
    let sampler = &adapted.channels[channel].sampler;
    let out = evaluate(integrand, sampler, seed, Purpose::Generate, task);
    let mut stream = Stream::new(seed, Purpose::Accept, channel as u32, task.batch);
    let accepted = accept(&out.weights, maxima[channel], &mut stream)
        .into_iter()
        .map(|a| AcceptedPoint {
            index: 0,
            channel,
            u: out.points.point(a.point),
            relative_weight: a.relative_weight,
            weight_pb: unit_pb * a.relative_weight,
        })
        .collect();
    Tried {
        channel,
        sums: out.sums,
        parts: out.parts,
        accepted,
    }
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

fn pooled(adapted: &Adapted, trials: &[Accumulator]) -> (f64, f64) {
    add_up(&merged(adapted, trials))
}

/// The estimate over kept points and trials; the trials are one more iteration
/// of the comparison.
fn combine(adapted: &Adapted, trials: &[Accumulator]) -> (Estimate, Vec<GroupEstimate>) {
    let channels = merged(adapted, trials);
    let (xsec_pb, error2) = add_up(&channels);
    let (mut chi2, mut n_compared) = (0.0, 0u32);
    let kept = adapted.iterations.iter().filter(|it| it.kept);
    let (new_value, new_error2) = add_up(trials);
    // Only if every channel was tried often enough to have an error.
    let complete = adapted
        .max_weights
        .channels
        .iter()
        .zip(trials)
        .all(|(c, t)| c.w_max == 0.0 || t.n_points() >= 100);
    let new = complete.then_some((new_value, new_error2.sqrt()));
    for (value, error) in kept.map(|it| (it.xsec_pb, it.xsec_err_pb)).chain(new) {
        if error > 0.0 {
            chi2 += ((value - xsec_pb) / error).powi(2);
            n_compared += 1;
        }
    }
    let estimate = Estimate {
        xsec_pb,
        xsec_err_pb: error2.sqrt(),
        chi2,
        n_dof: n_compared.saturating_sub(1),
        n_points: channels.iter().map(Accumulator::n_points).sum(),
    };
    let groups = group_estimates(adapted.channels.iter().map(|c| c.group), channels.iter());
    (estimate, groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multinomial_counts_add_up_and_follow_the_shares() {
        let shares = [1.0, 0.0, 3.0, 6.0, 0.0];
        let mut sums = [0u64; 5];
        for wave in 0..100 {
            let mut stream = Stream::new(1, Purpose::TrialCounts, 0, wave);
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
}
