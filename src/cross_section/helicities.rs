//! Helicities drawn instead of summed, where that makes events cheaper.
//!
//! A further coordinate of the hypercube chooses one configuration (or pair that
//! parity relates) of every matrix element of a group. A point then costs less, and
//! more of them are needed: weights spread over configurations as well. Both are
//! estimated from points of a pilot, costs in operations, so that a run makes the
//! same choice every time. Knows groups of
//! subprocesses; knows no sampler.

use rayon::prelude::*;

use super::build::CrossSection;
use super::cost;
use super::group::{MatrixElementSlot, SubprocessGroup};
use super::point_batch::{PointBatch, SquaredOrders};
use crate::amplitude::{HelicityMode, HelicitySampling, TChannelWidth};
use crate::rng::{Purpose, Stream};

/// Points inside the cuts that the pilot evaluates, and most points that it tries.
const N_TARGET: usize = 256;
const MAX_TRIALS: usize = 1 << 16;
/// Points that are tried at once.
const BATCH_SIZE: usize = 64;
/// A point of the pilot counts as at most this many average ones: grids will draw
/// such points more often, with smaller weights.
const MOST: f64 = 4.0;
/// Values of the coordinate that are looked at for each point.
const N_VALUES: usize = 128;
/// Points that a batch has inside the cuts, and lanes that evaluate together:
/// a configuration with few points leaves lanes empty.
const BATCH: f64 = 512.0;
const LANES: f64 = 8.0;
/// Drawing must promise to be faster by this factor: estimates are rough.
const LEAST_GAIN: f64 = 1.5;
/// Matrix elements that take less than this many times the rest are summed without a
/// pilot: drawing was never found to need less than two and a half times the points.
const WORTH_A_PILOT: f64 = 7.0;
/// A configuration is drawn with at least this part of the average probability.
const LEAST_SHARE: f64 = 1e-2;

/// Operations that a pilot may spend on one group. What would take more is
/// estimated from single configurations, or from fewer points of each channel.
const PILOT_FLOPS: f64 = 2e11;
/// Least points of a channel.
const MIN_BATCH_SIZE: usize = 4;

/// Why the helicities of a group are treated as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum HelicityReason {
    /// The card says so.
    #[default]
    Asked,
    /// An earlier run has chosen.
    Kept,
    /// There is one configuration only.
    Single,
    /// The matrix elements take too small a part of the time.
    Cheap,
    /// Estimated time per event, summed over drawn.
    Gain(f64),
}

/// How the helicities of a group of subprocesses are treated, for machines.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct HelicityChoice {
    /// Whether they are drawn; else they are summed.
    pub drawn: bool,
    /// `asked` in the card, as in the `gridpack`, a `single` configuration, the sum is
    /// `cheap`, or the estimated `time` per event.
    pub reason: &'static str,
    /// Time per event, summed over drawn; with the reason `time`.
    pub summed_over_drawn: Option<f64>,
}

/// How the helicities of a group are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Helicities {
    /// Whether the last coordinate chooses them.
    pub(super) sampled: bool,
    /// Why.
    pub(super) reason: HelicityReason,
}

/// A point of the pilot.
struct PilotPoint {
    /// Its share in the mean over the pilot.
    share: f64,
    /// For every matrix element its part of the weight, and the part of each choice
    /// in the sum over helicities.
    elements: Vec<(f64, Vec<f64>)>,
}

impl CrossSection {
    /// Whether helicities are drawn, group by group.
    pub fn drawn_helicities(&self) -> Vec<bool> {
        self.groups.iter().map(|g| g.helicities.sampled).collect()
    }

    /// What was chosen, and why, group by group.
    pub fn helicity_choices(&self) -> Vec<HelicityChoice> {
        let choice = |h: Helicities| {
            let (reason, gain) = match h.reason {
                HelicityReason::Asked => ("asked", None),
                HelicityReason::Kept => ("gridpack", None),
                HelicityReason::Single => ("single", None),
                HelicityReason::Cheap => ("cheap", None),
                HelicityReason::Gain(gain) => ("time", Some(gain)),
            };
            HelicityChoice {
                drawn: h.sampled,
                reason,
                summed_over_drawn: gain.filter(|g| g.is_finite()),
            }
        };
        self.groups.iter().map(|g| choice(g.helicities)).collect()
    }

    /// One line for a summary: what was chosen, and why.
    pub fn helicities_text(&self) -> String {
        let all = || self.groups.iter().map(|g| g.helicities);
        let n_drawn = all().filter(|h| h.sampled).count();
        let n = self.groups.len();
        let groups = if n == 1 { "group" } else { "groups" };
        let text = match n_drawn {
            0 => format!("summed in {n} {groups} of subprocesses"),
            _ => format!("drawn in {n_drawn} of {n} {groups} of subprocesses"),
        };
        let count = |f: &dyn Fn(HelicityReason) -> bool| all().filter(|h| f(h.reason)).count();
        let mut reasons: Vec<(usize, String)> = Vec::new();
        let mut add = |n: usize, words: &str| {
            if n > 0 {
                reasons.push((n, words.to_owned()));
            }
        };
        add(count(&|r| r == HelicityReason::Asked), "as asked for");
        add(count(&|r| r == HelicityReason::Kept), "as in the gridpack");
        add(
            count(&|r| r == HelicityReason::Single),
            "there is one configuration",
        );
        add(count(&|r| r == HelicityReason::Cheap), "the sum is cheap");
        for (sampled, words) in [
            (true, "drawing saves time"),
            (false, "drawing would save no time"),
        ] {
            let mut n = 0;
            let mut factors = vec![];
            for h in all().filter(|h| h.sampled == sampled) {
                if let HelicityReason::Gain(gain) = h.reason {
                    n += 1;
                    factors.push(gain);
                }
            }
            let least = factors.iter().copied().fold(f64::INFINITY, f64::min);
            let most = factors.iter().copied().fold(0.0, f64::max);
            let range = if format!("{least:.1}") == format!("{most:.1}") {
                format!("{least:.1}")
            } else {
                format!("{least:.1} to {most:.1}")
            };
            add(
                n,
                &format!("{words} (time per event, summed over drawn: {range})"),
            );
        }
        let reasons = match &reasons[..] {
            [(_, one)] => one.clone(),
            all => {
                let each = all.iter().map(|(n, words)| format!("{words} in {n}"));
                each.collect::<Vec<_>>().join(", ")
            }
        };
        format!("{text}: {reasons}")
    }

    /// Has the helicities of the last group drawn for now, all configurations alike,
    /// where sums at so many points would take too long.
    pub(super) fn sample_where_sums_are_slow(&mut self, n_points: usize) {
        let group = self.groups.last_mut().expect("a group is being built");
        if group.summed_flops() * n_points as f64 <= PILOT_FLOPS {
            return;
        }
        for slot in &mut group.slots {
            slot.sampled = Some(slot.me.helicity_sampling());
        }
        group.helicities.sampled = true;
    }

    /// Decides for the last group; `earlier` is the choice of an earlier run.
    pub(super) fn choose_helicities(&mut self, mode: HelicityMode, earlier: Option<bool>) {
        let g = self.groups.len() - 1;
        let group = &self.groups[g];
        let n_choices = |s: &MatrixElementSlot| s.me.size().computed_helicities;
        let n_legs = group.masses.len();
        let summed_ns = cost::summed_ns(n_legs, group.summed_flops());
        let reason = match (mode, earlier) {
            (_, Some(_)) => HelicityReason::Kept,
            (HelicityMode::Sum, _) => HelicityReason::Asked,
            _ if group.slots.iter().all(|s| n_choices(s) < 2) => HelicityReason::Single,
            (HelicityMode::Sample, _) => HelicityReason::Asked,
            _ if summed_ns < (1.0 + WORTH_A_PILOT) * cost::rest_ns(n_legs) => HelicityReason::Cheap,
            _ => HelicityReason::Gain(1.0),
        };
        let wanted = match reason {
            HelicityReason::Kept => earlier == Some(true),
            HelicityReason::Asked => mode == HelicityMode::Sample,
            HelicityReason::Gain(_) => true,
            _ => false,
        };
        self.groups[g].helicities = Helicities {
            sampled: false,
            reason,
        };
        self.groups[g].cost_ns = summed_ns;
        let slots = self.groups[g].slots.iter_mut();
        let sampled: Vec<_> = slots.map(|s| (&s.me, s.sampled.take())).collect();
        if !wanted {
            return;
        }
        let mut samplings: Vec<HelicitySampling> = (sampled.into_iter())
            .map(|(me, sampled)| sampled.unwrap_or_else(|| me.helicity_sampling()))
            .collect();
        let pilot_points = self.pilot_of_helicities(g, &samplings);
        for (e, sampling) in samplings.iter_mut().enumerate() {
            sampling.set_weights(&weights(&pilot_points, e, sampling.len()));
        }
        let lanes = |s: &HelicitySampling| 1.0 + s.len() as f64 * (LANES - 1.0) / 2.0 / BATCH;
        let flops: f64 = samplings.iter().map(|s| s.mean_flops() * lanes(s)).sum();
        let drawn_ns = cost::drawn_ns(n_legs, flops);
        let group = &mut self.groups[g];
        if let HelicityReason::Gain(gain) = &mut group.helicities.reason {
            *gain = summed_ns / (drawn_ns * more_points(&pilot_points, &samplings));
            if pilot_points.is_empty() || *gain < LEAST_GAIN {
                return;
            }
        }
        group.cost_ns = drawn_ns;
        group.helicities.sampled = true;
        for (slot, sampling) in group.slots.iter_mut().zip(samplings) {
            slot.sampled = Some(sampling);
        }
    }

    /// Points of all channels of a group, with the parts of all choices.
    fn pilot_of_helicities(&self, g: usize, samplings: &[HelicitySampling]) -> Vec<PilotPoint> {
        let group = &self.groups[g];
        let n_channels = group.space.n_channels();
        let affordable = PILOT_FLOPS / (2.0 * n_channels as f64 * group.summed_flops());
        let size = (affordable as usize).clamp(MIN_BATCH_SIZE, BATCH_SIZE);
        let evaluate = |batch: &mut PointBatch, k: usize| {
            let channel = k % n_channels;
            let mut u = vec![0.0; size * group.n_dim()];
            let (seed, purpose) = (g as u64, Purpose::PilotHelicities);
            Stream::new(seed, purpose, channel as u32, k as u64).fill(&mut u);
            group.evaluate_points(self, channel, &u, SquaredOrders::Summed, batch);
            group.pilot_points(channel, samplings, batch)
        };
        // Every channel once, then until there are enough.
        let n_batches = MAX_TRIALS / size;
        let every: Vec<Vec<PilotPoint>> = (0..n_channels.min(n_batches))
            .into_par_iter()
            .map_init(PointBatch::default, &evaluate)
            .collect();
        let mut pilot_points: Vec<PilotPoint> = every.into_iter().flatten().collect();
        let mut batch = PointBatch::default();
        for k in n_channels..n_batches {
            if pilot_points.len() >= N_TARGET {
                break;
            }
            pilot_points.extend(evaluate(&mut batch, k));
        }
        let n = pilot_points.len().max(1) as f64;
        let mean = pilot_points.iter().map(|l| l.share).sum::<f64>() / n;
        pilot_points
            .iter_mut()
            .for_each(|l| l.share = l.share.min(MOST * mean));
        let total: f64 = pilot_points.iter().map(|l| l.share).sum();
        pilot_points.iter_mut().for_each(|l| l.share /= total);
        pilot_points
    }
}

impl SubprocessGroup {
    /// Operations per point of all matrix elements, helicities summed.
    fn summed_flops(&self) -> f64 {
        let flops: u64 = self.slots.iter().map(|s| s.me.size().flops).sum();
        flops as f64
    }

    /// The points of a batch that have a weight; shares are their weights.
    fn pilot_points(
        &self,
        channel: usize,
        samplings: &[HelicitySampling],
        batch: &mut PointBatch,
    ) -> Vec<PilotPoint> {
        let n = batch.len();
        let mut alpha = vec![];
        self.space.alpha_of(channel, &batch.points, &mut alpha);
        let mut pilot_points: Vec<PilotPoint> = (0..n)
            .map(|_| PilotPoint {
                share: 0.0,
                elements: vec![],
            })
            .collect();
        let mut rows = batch.contributions.chunks(n.max(1));
        for (slot, sampling) in self.slots.iter().zip(samplings) {
            let width = TChannelWidth::Off;
            let mut work = std::mem::take(&mut batch.work);
            let momenta = batch.element_momenta();
            let squares = slot.me.by_helicity(momenta, None, width, &mut work);
            batch.work = work;
            let names = slot.me.helicities();
            let place = |h: &&[i8]| names.iter().position(|n| n == h);
            // Rows of the results that belong to each choice.
            let of_choice: Vec<Vec<usize>> = (0..sampling.len())
                .map(|c| sampling.helicities(c).iter().filter_map(place).collect())
                .collect();
            let mut part = vec![0.0; n];
            for row in rows.by_ref().take(slot.flavours.len()) {
                part.iter_mut().zip(row).for_each(|(p, x)| *p += x);
            }
            for (k, point) in pilot_points.iter_mut().enumerate() {
                let size = |row: &usize| squares[row * n + k];
                let sums: Vec<f64> = of_choice.iter().map(|r| r.iter().map(size).sum()).collect();
                let total: f64 = sums.iter().sum();
                point.share += part[k] * alpha[k];
                point
                    .elements
                    .push((part[k], sums.iter().map(|s| s / total).collect()));
            }
        }
        pilot_points.retain_mut(|point| {
            let total: f64 = point.elements.iter().map(|e| e.0).sum();
            point.elements.iter_mut().for_each(|e| e.0 /= total);
            let finite = |e: &(f64, Vec<f64>)| e.0 == 0.0 || e.1.iter().all(|x| x.is_finite());
            point.share > 0.0 && point.share.is_finite() && point.elements.iter().all(finite)
        });
        pilot_points
    }
}

/// Probabilities of the choices of a matrix element, up to a factor: the root mean
/// square of their parts, which gives the least variance.
fn weights(pilot_points: &[PilotPoint], element: usize, n: usize) -> Vec<f64> {
    let mut squares = vec![0.0; n];
    for point in pilot_points {
        let (part, choices) = &point.elements[element];
        for (sum, x) in squares.iter_mut().zip(choices) {
            if *part > 0.0 {
                *sum += point.share * (part * x).powi(2);
            }
        }
    }
    let rms: Vec<f64> = squares.iter().map(|s| s.sqrt()).collect();
    let mean = rms.iter().sum::<f64>() / n as f64;
    let least = if mean > 0.0 { LEAST_SHARE * mean } else { 1.0 };
    rms.iter().map(|r| r.max(least)).collect()
}

/// How many times more points are needed when helicities are drawn: the mean square of
/// what a draw multiplies a weight with. This is exact for the variance of the integral
/// where draws and weights are independent, and what was found for unweighting where
/// weights have a tail.
fn more_points(pilot_points: &[PilotPoint], samplings: &[HelicitySampling]) -> f64 {
    let probabilities: Vec<Vec<f64>> = samplings.iter().map(|s| s.probabilities()).collect();
    let values = (0..N_VALUES).map(|k| (k as f64 + 0.5) / N_VALUES as f64);
    let mut mean_square = 0.0;
    for u in values {
        let choices: Vec<usize> = samplings.iter().map(|s| s.choose(u)).collect();
        for point in pilot_points {
            let parts = point.elements.iter().zip(&choices).zip(&probabilities);
            let ratio: f64 = parts
                .filter(|((e, _), _)| e.0 > 0.0)
                .map(|((e, &c), p)| e.0 * e.1[c] / p[c])
                .sum();
            mean_square += point.share / N_VALUES as f64 * ratio * ratio;
        }
    }
    mean_square
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_follow_the_root_mean_square_and_none_vanishes() {
        let point = |x: f64| PilotPoint {
            share: 0.5,
            elements: vec![(1.0, vec![x, 1.0 - x, 0.0])],
        };
        let w = weights(&[point(1.0), point(0.0)], 0, 3);
        assert_eq!(w[0], w[1]);
        assert!((w[0] - 0.5_f64.sqrt()).abs() < 1e-15);
        assert!(w[2] > 0.0 && w[2] < 0.01 * w[0]);
        assert!(weights(&[], 0, 2).iter().all(|x| *x == 1.0));
    }
}
