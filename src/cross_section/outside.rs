//! How much of a cross section comes from outside the grid of its parton densities.
//!
//! Above the largest x a set is silent and densities are 0; below the smallest x and
//! outside the scales they are continued. Flat points of all channels, with a power
//! of `1 - x` above the largest x, tell what share of the cross section is there.
//! Without such points nothing is computed. Knows groups of subprocesses; knows no
//! sampler.

use rayon::prelude::*;
use serde::Serialize;

use super::build::CrossSection;
use super::error::{BeyondGrid, CrossSectionError};
use super::point_batch::{PointBatch, SquaredOrders};
use crate::beam::{Luminosity, PdfSet};
use crate::rng::{Purpose, Stream};

/// A larger share of the cross section outside the grid is refused.
const MOST: f64 = 0.01;
/// The share must be above that by so many of its own standard deviations: a single
/// point of large weight is no reason to refuse a card.
const N_SIGMA: f64 = 3.0;
/// Points of a group, spread over its channels, that are asked whether any of them
/// is outside.
const N_SEARCHED: usize = 4096;
/// Points that are evaluated at once.
const STEP: usize = 64;
/// The share outside, and that inside, is known well enough with this relative error,
/// or if the one outside is below [`SMALL`] by [`N_SIGMA`].
const ENOUGH: f64 = 0.1;
const SMALL: f64 = 1e-3;
/// Time in ns, about, that may be spent beyond one step of every channel, and most
/// steps of a channel.
const BUDGET_NS: f64 = 1e8;
const MOST_STEPS: usize = 4096;
/// Scales and fractions this close to an edge are on it: they are rounded.
const EDGE: f64 = 1e-9;

/// Shares of the cross section at points outside the grid of the PDF set, from 0 to
/// 1: estimates. A point that is outside in several ways counts where it is first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct OutsideGrid {
    /// Sum of the other shares.
    pub share: f64,
    /// One standard deviation of `share`.
    pub share_err: f64,
    /// An x above the largest one: the density is 0 there, the share what a power of
    /// `1 - x` would add.
    pub x_above: f64,
    /// An x below the smallest one.
    pub x_below: f64,
    /// A factorisation scale above the largest one.
    pub mu_f_above: f64,
    /// A factorisation scale below the smallest one.
    pub mu_f_below: f64,
}

/// The edges of a grid.
struct Edges {
    x: (f64, f64),
    mu_f: (f64, f64),
    /// Beams that have partons.
    distributed: [bool; 2],
}

/// Sums over the points of a channel.
#[derive(Clone, Copy, Default)]
struct Sums {
    n_points: f64,
    /// Absolute weights inside, then outside by [`Edges::side`], and their squares.
    w: [f64; 5],
    w2: [f64; 5],
}

impl Edges {
    fn of(pdf: &PdfSet, distributed: [bool; 2]) -> Self {
        let (q2_min, q2_max) = pdf.q2_range();
        Self {
            x: pdf.x_range(),
            mu_f: (q2_min.sqrt(), q2_max.sqrt()),
            distributed,
        }
    }

    /// 0 inside; 1 to 4 in the order of the fields of [`OutsideGrid`].
    fn side(&self, x: [f64; 2], mu_f: [f64; 2]) -> usize {
        let above = |v: f64, edge: f64| v > edge * (1.0 + EDGE);
        let below = |v: f64, edge: f64| v < edge * (1.0 - EDGE);
        let any = |of_beam: [f64; 2], outside: &dyn Fn(f64) -> bool| {
            (0..2).any(|beam| self.distributed[beam] && outside(of_beam[beam]))
        };
        if any(x, &|x| above(x, self.x.1)) {
            1
        } else if any(x, &|x| below(x, self.x.0)) {
            2
        } else if any(mu_f, &|mu| above(mu, self.mu_f.1)) {
            3
        } else if any(mu_f, &|mu| below(mu, self.mu_f.0)) {
            4
        } else {
            0
        }
    }
}

impl OutsideGrid {
    /// From the sums of all channels, with `(sum w)^2 / sum w^2`; `None` if no point
    /// has a weight.
    fn from_sums(channels: &[Sums]) -> Option<(Self, f64)> {
        let mean = |k: usize| channels.iter().map(|s| s.w[k] / s.n_points).sum::<f64>();
        let means: [f64; 5] = std::array::from_fn(mean);
        let total: f64 = means.iter().sum();
        if total <= 0.0 {
            return None;
        }
        let share = means[1..].iter().sum::<f64>() / total;
        let of_channel = |s: &Sums| {
            let outside: f64 = s.w2[1..].iter().sum();
            let sum = s.w2[0] * share * share + outside * (1.0 - share) * (1.0 - share);
            sum / (s.n_points * s.n_points)
        };
        let variance: f64 = channels.iter().map(of_channel).sum();
        let squares = |s: &Sums| s.w2.iter().sum::<f64>() / (s.n_points * s.n_points);
        let n_effective = total * total / channels.iter().map(squares).sum::<f64>();
        let found = Self {
            share,
            share_err: variance.sqrt() / total,
            x_above: means[1] / total,
            x_below: means[2] / total,
            mu_f_above: means[3] / total,
            mu_f_below: means[4] / total,
        };
        Some((found, n_effective))
    }

    fn is_known(&self, n_effective: f64) -> bool {
        // What was not seen once in n points is below 3/n (95 %).
        let unseen = 3.0 / n_effective;
        if self.share + N_SIGMA * self.share_err + unseen < SMALL {
            return true;
        }
        unseen < SMALL && self.share_err <= ENOUGH * self.share.min(1.0 - self.share)
    }

    /// The sides of the grid that points lie beyond, each with its share.
    pub(crate) fn sides(&self) -> Vec<(&'static str, f64)> {
        let all = [
            ("x above", self.x_above),
            ("x below", self.x_below),
            ("mu_f above", self.mu_f_above),
            ("mu_f below", self.mu_f_below),
        ];
        all.into_iter().filter(|side| side.1 > 0.0).collect()
    }

    fn check(&self, pdf: &PdfSet, edges: &Edges) -> Result<(), CrossSectionError> {
        if self.share - N_SIGMA * self.share_err <= MOST {
            return Ok(());
        }
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        let sides = self.sides();
        let found = sides
            .iter()
            .map(|(side, s)| format!("{side}: {}", percent(*s)));
        let mut keys = String::new();
        if self.x_above + self.x_below > 0.0 {
            keys += ", or cut that region away (cuts.require)";
        }
        if self.mu_f_above + self.mu_f_below > 0.0 {
            keys += ", or another scale (scales.mu_f)";
        }
        Err(CrossSectionError::OutsideGrid(Box::new(BeyondGrid {
            set: pdf.name().to_owned(),
            share: format!("{:.2} ± {}", 100.0 * self.share, percent(self.share_err)),
            found: found.collect::<Vec<_>>().join(", "),
            x_min: edges.x.0,
            x_max: edges.x.1,
            mu_f_min: edges.mu_f.0,
            mu_f_max: edges.mu_f.1,
            keys,
        })))
    }
}

impl CrossSection {
    /// Shares at points outside the grid of the PDF set; `None` without hadrons.
    pub fn outside_grid(&self) -> Option<OutsideGrid> {
        self.outside
    }

    /// Estimates them.
    ///
    /// # Errors
    /// [`CrossSectionError::OutsideGrid`] above one per cent.
    pub(super) fn look_outside(&mut self, pdf: &PdfSet) -> Result<(), CrossSectionError> {
        let Some(luminosity) = &self.luminosity else {
            return Ok(());
        };
        let distributed = [0, 1].map(|beam| luminosity.is_distributed(beam));
        if distributed == [false; 2] {
            return Ok(());
        }
        let edges = Edges::of(pdf, distributed);
        let groups = (0..self.groups.len()).into_par_iter();
        let mut found = OutsideGrid::default();
        if groups
            .map_init(PointBatch::default, |batch, g| {
                self.reaches_outside(g, &edges, batch)
            })
            .any(|reaches| reaches)
        {
            let continued = self.luminosity.as_ref().map(Luminosity::continued);
            let as_it_is = std::mem::replace(&mut self.luminosity, continued);
            found = self.measure_outside(&edges).unwrap_or_default();
            self.luminosity = as_it_is;
        }
        self.outside = Some(found);
        found.check(pdf, &edges)
    }

    /// Whether a point of group `g` inside the cuts is outside the grid.
    fn reaches_outside(&self, g: usize, edges: &Edges, batch: &mut PointBatch) -> bool {
        let group = &self.groups[g];
        let n_channels = group.space.n_channels();
        let n = (N_SEARCHED / n_channels.max(1)).clamp(STEP, 1024);
        let mut u = vec![0.0; n * group.n_dim()];
        (0..n_channels).any(|c| {
            let seed = g as u64;
            Stream::new(seed, Purpose::OutsideSearch, c as u32, 0).fill(&mut u);
            group.map(c, &u, batch);
            group.select(&u, batch);
            group.scales(self, batch);
            let is_outside = |set, k| edges.side(batch.x(k), batch.mu_f(set, k)) > 0;
            (0..group.scale_sets.len()).any(|set| (0..batch.len()).any(|k| is_outside(set, k)))
        })
    }

    /// Evaluates flat points until the shares are known well enough, or the time is up.
    fn measure_outside(&self, edges: &Edges) -> Option<OutsideGrid> {
        let mut sums = vec![Sums::default(); self.channels.len()];
        let costs = self.channels.iter().map(|&(g, _)| self.groups[g].cost_ns);
        let step_ns = STEP as f64 * costs.sum::<f64>();
        let affordable = ((BUDGET_NS / step_ns) as usize).clamp(1, MOST_STEPS);
        let (mut begin, mut end) = (0, 1);
        loop {
            let channels = sums.par_iter_mut().enumerate();
            channels.for_each_init(PointBatch::default, |batch, (channel, sums)| {
                for step in begin..end {
                    self.add_step(channel, step, edges, batch, sums);
                }
            });
            let found = OutsideGrid::from_sums(&sums);
            if end == affordable || found.is_some_and(|(f, n)| f.is_known(n)) {
                return found.map(|f| f.0);
            }
            (begin, end) = (end, affordable.min(2 * end));
        }
    }

    fn add_step(
        &self,
        channel: usize,
        step: usize,
        edges: &Edges,
        batch: &mut PointBatch,
        sums: &mut Sums,
    ) {
        let (g, c) = self.channels[channel];
        let group = &self.groups[g];
        let mut u = vec![0.0; STEP * group.n_dim()];
        let (mut alpha, mut values) = (vec![], Vec::<f64>::new());
        Stream::new(g as u64, Purpose::Outside, c as u32, step as u64).fill(&mut u);
        group.evaluate_points(self, c, &u, SquaredOrders::Summed, batch);
        group.space.alpha_of(c, &batch.points, &mut alpha);
        sums.n_points += STEP as f64;
        for set in 0..group.scale_sets.len() {
            let rows = group.flavours().zip(batch.rows(&batch.contributions));
            values.clear();
            values.resize(batch.len(), 0.0);
            for (_, row) in rows.filter(|((slot, _), _)| slot.scale_set == set) {
                values.iter_mut().zip(row).for_each(|(s, x)| *s += x);
            }
            for (k, (f, alpha)) in values.iter().zip(&alpha).enumerate() {
                let weight = (f * alpha).abs();
                if weight.is_finite() {
                    let side = edges.side(batch.x(k), batch.mu_f(set, k));
                    sums.w[side] += weight;
                    sums.w2[side] += weight * weight;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges() -> Edges {
        Edges {
            x: (1e-6, 0.8),
            mu_f: (1.65, 1e5),
            distributed: [true, false],
        }
    }

    #[test]
    fn a_point_is_outside_where_a_distributed_beam_or_the_scale_is() {
        let edges = edges();
        for (x, mu_f, side) in [
            ([0.8, 1.0], 1.65, 0),
            ([0.81, 1.0], 1.0, 1),
            ([1e-7, 1.0], 50.0, 2),
            ([0.1, 1.0], 1.1e5, 3),
            ([0.1, 1.0], 1.6, 4),
        ] {
            assert_eq!(edges.side(x, [mu_f; 2]), side, "{x:?} {mu_f}");
        }
    }

    #[test]
    fn shares_add_up_and_their_error_is_that_of_a_ratio() {
        // Two channels: weights 1 inside; one with a quarter of weights 1 outside.
        let inside = Sums {
            n_points: 100.0,
            w: [100.0, 0.0, 0.0, 0.0, 0.0],
            w2: [100.0, 0.0, 0.0, 0.0, 0.0],
        };
        let mixed = Sums {
            n_points: 400.0,
            w: [300.0, 60.0, 0.0, 0.0, 40.0],
            w2: [300.0, 60.0, 0.0, 0.0, 40.0],
        };
        let (found, n_effective) = OutsideGrid::from_sums(&[inside, mixed]).unwrap();
        assert!((found.share - 0.125).abs() < 1e-15);
        assert!((found.x_above - 0.075).abs() < 1e-15);
        assert_eq!(found.sides().len(), 2);
        let variance = (100.0 * 0.125f64.powi(2)) / 1e4
            + (300.0 * 0.125f64.powi(2) + 100.0 * 0.875f64.powi(2)) / 1.6e5;
        assert!((found.share_err - variance.sqrt() / 2.0).abs() < 1e-15);
        assert!((n_effective - 4.0 / (100.0 / 1e4 + 400.0 / 1.6e5)).abs() < 1e-9);
        assert_eq!(
            OutsideGrid::from_sums(&[Sums {
                n_points: 1.0,
                ..Sums::default()
            }]),
            None
        );
    }
}
