//! Helicities drawn instead of summed, where that makes events cheaper.
//!
//! A further coordinate of the hypercube chooses one configuration (or pair that
//! parity relates) of every matrix element of a block. A point then costs less, and
//! more of them are needed: weights spread over configurations as well. Both are
//! estimated from points of a pilot, costs in operations, so that a run makes the
//! same choice every time. Knows blocks; knows no sampler.

use rayon::prelude::*;

use super::block::{Block, Element, SCRATCH, Scratch, Survivors};
use super::build::CrossSection;
use crate::amplitude::{HelicityMode, HelicitySampling, TChannelWidth};
use crate::rng::{Purpose, Stream};

/// Points inside the cuts that the pilot looks at, and most points that it tries.
const WANTED: usize = 256;
const PATIENCE: usize = 1 << 16;
/// Points that are tried at once.
const STEP: usize = 64;
/// A point of the pilot counts as at most this many average ones: grids will draw
/// such points more often, with smaller weights.
const MOST: f64 = 4.0;
/// Values of the coordinate that are looked at for each point.
const N_VALUES: usize = 128;
/// What was measured with AVX-512: time in ns that a point takes for each leg besides
/// its matrix elements, and operations per ns of sums and of single configurations.
const LEG_NS: f64 = 250.0;
const SUMMED_PER_NS: f64 = 50.0;
const DRAWN_PER_NS: f64 = 25.0;
/// Points that a batch has inside the cuts, and lanes that evaluate together:
/// a configuration with few points leaves lanes empty.
const BATCH: f64 = 512.0;
const LANES: f64 = 8.0;
/// Drawing must promise to be faster by this factor: estimates are rough.
const LEAST_GAIN: f64 = 1.5;
/// Matrix elements that take less than this many times the rest are summed without a
/// look: drawing was never found to need less than two and a half times the points.
const WORTH_A_LOOK: f64 = 7.0;
/// A configuration is drawn with at least this part of the average probability.
const LEAST_SHARE: f64 = 1e-2;

/// Operations that a pilot may spend on one group. What would take more is
/// estimated from single configurations, or from fewer points of each channel.
const PILOT_FLOPS: f64 = 2e11;
/// Least points of a channel.
const LEAST_STEP: usize = 4;

/// Why the helicities of a group are treated as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Reason {
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

/// How the helicities of a block are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Helicities {
    /// Whether the last coordinate chooses them.
    pub(super) drawn: bool,
    /// Why.
    pub(super) reason: Reason,
}

/// A point of the pilot.
struct Look {
    /// Its share in the mean over the pilot.
    share: f64,
    /// For every matrix element its part of the weight, and the part of each choice
    /// in the sum over helicities.
    elements: Vec<(f64, Vec<f64>)>,
}

impl CrossSection {
    /// Whether helicities are drawn, group by group.
    pub fn drawn_helicities(&self) -> Vec<bool> {
        self.blocks.iter().map(|b| b.helicities.drawn).collect()
    }

    /// One line for a summary: what was chosen, and why.
    pub fn helicities_text(&self) -> String {
        let all = || self.blocks.iter().map(|b| b.helicities);
        let n_drawn = all().filter(|h| h.drawn).count();
        let n = self.blocks.len();
        let groups = if n == 1 { "group" } else { "groups" };
        let mut text = match n_drawn {
            0 => format!("summed in {n} {groups} of subprocesses"),
            _ => format!("drawn in {n_drawn} of {n} {groups} of subprocesses"),
        };
        let count = |f: &dyn Fn(Reason) -> bool| all().filter(|h| f(h.reason)).count();
        let mut add = |n: usize, words: &str| {
            if n > 0 {
                text += &format!("; in {n} of them {words}");
            }
        };
        add(count(&|r| r == Reason::Asked), "as asked for");
        add(count(&|r| r == Reason::Kept), "as in the gridpack");
        add(
            count(&|r| r == Reason::Single),
            "there is one configuration",
        );
        add(count(&|r| r == Reason::Cheap), "the sum is cheap");
        for (drawn, words) in [
            (true, "drawing saves time"),
            (false, "drawing would save no time"),
        ] {
            let mut n = 0;
            let mut factors = vec![];
            for h in all().filter(|h| h.drawn == drawn) {
                if let Reason::Gain(gain) = h.reason {
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
        text
    }

    /// Has the helicities of the last block drawn for now, all configurations alike,
    /// where sums at so many points would take too long.
    pub(super) fn draw_where_sums_are_slow(&mut self, n_points: usize) {
        let block = self.blocks.last_mut().expect("a block is being built");
        if block.summed_flops() * n_points as f64 <= PILOT_FLOPS {
            return;
        }
        for element in &mut block.elements {
            element.drawn = Some(element.me.helicity_sampling());
        }
        block.helicities.drawn = true;
    }

    /// Decides for the last block; `earlier` is the choice of an earlier run.
    pub(super) fn choose_helicities(&mut self, mode: HelicityMode, earlier: Option<bool>) {
        let b = self.blocks.len() - 1;
        let block = &self.blocks[b];
        let n_choices = |e: &Element| e.me.size().computed_helicities;
        let flops = block.summed_flops();
        let rest_ns = LEG_NS * block.masses.len() as f64;
        let summed_ns = rest_ns + flops / SUMMED_PER_NS;
        let reason = match (mode, earlier) {
            (_, Some(_)) => Reason::Kept,
            (HelicityMode::Sum, _) => Reason::Asked,
            _ if block.elements.iter().all(|e| n_choices(e) < 2) => Reason::Single,
            (HelicityMode::Sample, _) => Reason::Asked,
            _ if summed_ns < (1.0 + WORTH_A_LOOK) * rest_ns => Reason::Cheap,
            _ => Reason::Gain(1.0),
        };
        let wanted = match reason {
            Reason::Kept => earlier == Some(true),
            Reason::Asked => mode == HelicityMode::Sample,
            Reason::Gain(_) => true,
            _ => false,
        };
        self.blocks[b].helicities = Helicities {
            drawn: false,
            reason,
        };
        let elements = self.blocks[b].elements.iter_mut();
        let drawn: Vec<_> = elements.map(|e| (&e.me, e.drawn.take())).collect();
        if !wanted {
            return;
        }
        let prepared = drawn.into_iter();
        let mut samplings: Vec<HelicitySampling> = prepared
            .map(|(me, drawn)| drawn.unwrap_or_else(|| me.helicity_sampling()))
            .collect();
        let looks = self.look_at_helicities(b, &samplings);
        for (e, sampling) in samplings.iter_mut().enumerate() {
            sampling.set_weights(&weights(&looks, e, sampling.len()));
        }
        let lanes = |s: &HelicitySampling| 1.0 + s.len() as f64 * (LANES - 1.0) / 2.0 / BATCH;
        let flops: f64 = samplings.iter().map(|s| s.mean_flops() * lanes(s)).sum();
        let drawn_ns = rest_ns + flops / DRAWN_PER_NS;
        let block = &mut self.blocks[b];
        if let Reason::Gain(gain) = &mut block.helicities.reason {
            *gain = summed_ns / (drawn_ns * more_points(&looks, &samplings));
            if looks.is_empty() || *gain < LEAST_GAIN {
                return;
            }
        }
        block.cost_ns *= drawn_ns / summed_ns;
        block.helicities.drawn = true;
        for (element, sampling) in block.elements.iter_mut().zip(samplings) {
            element.drawn = Some(sampling);
        }
    }

    /// Points of all channels of a block, with the parts of all choices.
    fn look_at_helicities(&self, b: usize, samplings: &[HelicitySampling]) -> Vec<Look> {
        let block = &self.blocks[b];
        let n_channels = block.space.n_channels();
        let affordable = PILOT_FLOPS / (2.0 * n_channels as f64 * block.summed_flops());
        let step = (affordable as usize).clamp(LEAST_STEP, STEP);
        let look = |k: usize| {
            let channel = k % n_channels;
            let mut u = vec![0.0; step * block.n_dim()];
            let mut alpha = vec![];
            // Beyond the batches of the first look at channels.
            let address = 1 << 32 | k as u64;
            Stream::new(0, Purpose::Pilot, channel as u32, address).fill(&mut u);
            SCRATCH.with_borrow_mut(|scratch| {
                let found = block.survivors(self, channel, &u, step, scratch);
                block.space.alpha_of(channel, &scratch.points, &mut alpha);
                let alpha: Vec<f64> = found.index.iter().map(|&at| alpha[at]).collect();
                block.looks(&found, &alpha, samplings, scratch)
            })
        };
        // Every channel once, then until there are enough.
        let n_tries = PATIENCE / step;
        let first = 0..n_channels.min(n_tries);
        let mut looks: Vec<Look> = first.into_par_iter().flat_map_iter(look).collect();
        for k in n_channels..n_tries {
            if looks.len() >= WANTED {
                break;
            }
            looks.extend(look(k));
        }
        let n = looks.len().max(1) as f64;
        let mean = looks.iter().map(|l| l.share).sum::<f64>() / n;
        looks
            .iter_mut()
            .for_each(|l| l.share = l.share.min(MOST * mean));
        let total: f64 = looks.iter().map(|l| l.share).sum();
        looks.iter_mut().for_each(|l| l.share /= total);
        looks
    }
}

impl Block {
    /// Operations per point of all matrix elements, helicities summed.
    fn summed_flops(&self) -> f64 {
        let flops: u64 = self.elements.iter().map(|e| e.me.size().flops).sum();
        flops as f64
    }

    /// The points of a batch that have a weight; shares are their weights.
    fn looks(
        &self,
        found: &Survivors,
        alpha: &[f64],
        samplings: &[HelicitySampling],
        scratch: &mut Scratch,
    ) -> Vec<Look> {
        let m = found.index.len();
        let mut looks: Vec<Look> = (0..m)
            .map(|_| Look {
                share: 0.0,
                elements: vec![],
            })
            .collect();
        let mut rows = found.parts.chunks(m.max(1));
        for (element, sampling) in self.elements.iter().zip(samplings) {
            let width = TChannelWidth::Off;
            let squares = element
                .me
                .by_helicity(&found.partonic, None, width, &mut scratch.work);
            let names = element.me.helicities();
            let place = |h: &&[i8]| names.iter().position(|n| n == h);
            // Rows of the results that belong to each choice.
            let of_choice: Vec<Vec<usize>> = (0..sampling.len())
                .map(|c| sampling.helicities(c).iter().filter_map(place).collect())
                .collect();
            let mut part = vec![0.0; m];
            for row in rows.by_ref().take(element.flavours.len()) {
                part.iter_mut().zip(row).for_each(|(p, x)| *p += x);
            }
            for (k, look) in looks.iter_mut().enumerate() {
                let size = |row: &usize| squares[row * m + k];
                let sums: Vec<f64> = of_choice.iter().map(|r| r.iter().map(size).sum()).collect();
                let total: f64 = sums.iter().sum();
                look.share += part[k] * alpha[k];
                look.elements
                    .push((part[k], sums.iter().map(|s| s / total).collect()));
            }
        }
        looks.retain_mut(|look| {
            let total: f64 = look.elements.iter().map(|e| e.0).sum();
            look.elements.iter_mut().for_each(|e| e.0 /= total);
            let finite = |e: &(f64, Vec<f64>)| e.0 == 0.0 || e.1.iter().all(|x| x.is_finite());
            look.share > 0.0 && look.share.is_finite() && look.elements.iter().all(finite)
        });
        looks
    }
}

/// Probabilities of the choices of a matrix element, up to a factor: the root mean
/// square of their parts, which gives the least variance.
fn weights(looks: &[Look], element: usize, n: usize) -> Vec<f64> {
    let mut squares = vec![0.0; n];
    for look in looks {
        let (part, choices) = &look.elements[element];
        for (sum, x) in squares.iter_mut().zip(choices) {
            if *part > 0.0 {
                *sum += look.share * (part * x).powi(2);
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
fn more_points(looks: &[Look], samplings: &[HelicitySampling]) -> f64 {
    let probabilities: Vec<Vec<f64>> = samplings.iter().map(|s| s.probabilities()).collect();
    let values = (0..N_VALUES).map(|k| (k as f64 + 0.5) / N_VALUES as f64);
    let mut mean_square = 0.0;
    for u in values {
        let choices: Vec<usize> = samplings.iter().map(|s| s.choose(u)).collect();
        for look in looks {
            let parts = look.elements.iter().zip(&choices).zip(&probabilities);
            let ratio: f64 = parts
                .filter(|((e, _), _)| e.0 > 0.0)
                .map(|((e, &c), p)| e.0 * e.1[c] / p[c])
                .sum();
            mean_square += look.share / N_VALUES as f64 * ratio * ratio;
        }
    }
    mean_square
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_follow_the_root_mean_square_and_none_vanishes() {
        let look = |x: f64| Look {
            share: 0.5,
            elements: vec![(1.0, vec![x, 1.0 - x, 0.0])],
        };
        let w = weights(&[look(1.0), look(0.0)], 0, 3);
        assert_eq!(w[0], w[1]);
        assert!((w[0] - 0.5_f64.sqrt()).abs() < 1e-15);
        assert!(w[2] > 0.0 && w[2] < 0.01 * w[0]);
        assert!(weights(&[], 0, 2).iter().all(|x| *x == 1.0));
    }
}
