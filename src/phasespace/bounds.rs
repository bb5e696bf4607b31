//! What cuts say about invariants and transverse momenta, for every set of legs.
//!
//! Knows limits on sets of legs; knows neither observables nor how a cut is
//! written.

use std::collections::BTreeMap;

use serde::Serialize;
use std::f64::consts::PI;

use crate::diagram::LegSet;
use crate::elementary::Elementary;

/// Limits from cuts that every accepted point obeys.
///
/// Limits may be loose (a cut may reject more) but must not be tight: a point
/// that a limit excludes is never produced. Sets contain final legs only, in
/// the numbering of the process (bit k = leg k, incoming first).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Smallest squared invariant mass of a set of final legs, GeV^2.
    pub s_min: BTreeMap<LegSet, f64>,
    /// Largest squared invariant mass of a set of final legs, GeV^2.
    pub s_max: BTreeMap<LegSet, f64>,
    /// Smallest transverse momentum of each external leg, GeV; missing entries
    /// and those of incoming legs count as 0.
    pub pt_min: Vec<f64>,
    /// Largest absolute rapidity in the laboratory of each external leg;
    /// missing entries and those of incoming legs count as no limit.
    pub y_max: Vec<f64>,
    /// How far pairs of final legs are apart at least.
    pub apart: BTreeMap<LegSet, Apart>,
}

/// The edge of a cut is left to the cut itself: rounding must not hide a point.
pub(super) const INSIDE: f64 = 1.0 - 1e-9;

/// How far two legs must be apart; 0 is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Apart {
    /// Smallest `sqrt(dy^2 + dphi^2)`.
    pub delta_r: f64,
    /// Smallest difference of rapidities.
    pub delta_y: f64,
}

impl Apart {
    /// Whether it limits anything.
    pub(crate) fn is_limit(&self) -> bool {
        self.delta_r > 0.0 || self.delta_y > 0.0
    }

    /// What both ask for.
    #[must_use]
    pub(crate) fn at_most(self, other: Self) -> Self {
        Self {
            delta_r: self.delta_r.min(other.delta_r),
            delta_y: self.delta_y.min(other.delta_y),
        }
    }

    /// The smallest difference of rapidities at a difference of azimuths, in any
    /// number of turns.
    #[inline(always)]
    pub(super) fn least_dy(&self, d_phi: f64) -> f64 {
        let turns = d_phi / (2.0 * PI);
        let d_phi = 2.0 * PI * (turns - turns.round());
        let by_r = (self.delta_r * self.delta_r - d_phi * d_phi).max(0.0);
        INSIDE * by_r.sqrt().max(self.delta_y)
    }
}

/// Most outgoing legs: limits are tabulated for every subset of them.
pub(super) const MAX_OUT: usize = 14;

/// Limits of every set of final legs; sets count final legs from bit 0.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub s_min: Vec<f64>,
    pub s_max: Vec<f64>,
    /// Sets with limits, in GeV^2, that those of their parts, of larger sets and of
    /// single legs do not imply; 0 and infinity are none.
    pub walls: Vec<(u32, f64, f64)>,
    pub pt_min: Vec<f64>,
    pub y_max: Vec<f64>,
    pub masses: Vec<f64>,
    /// Distances of pairs of legs, `a * n + b`.
    apart: Vec<Apart>,
    /// A scale of transverse momenta to regulate with, GeV^2; 0 without cuts.
    pub pt2: f64,
}

impl Limits {
    pub fn new(masses: &[f64], n_in: usize, bounds: &Bounds) -> Self {
        let n = masses.len();
        let full = (1usize << n) - 1;
        let explicit = |table: &BTreeMap<LegSet, f64>, set: usize| {
            table.get(&((set << n_in) as LegSet)).copied()
        };
        let pt_min: Vec<f64> = (0..n)
            .map(|k| bounds.pt_min.get(k + n_in).map_or(0.0, |pt| pt.max(0.0)))
            .collect();
        let mut s_min = vec![0.0; full + 1];
        let mut s_max = vec![f64::INFINITY; full + 1];
        for set in 1..=full {
            let lowest = set & set.wrapping_neg();
            let mut m = if set == lowest {
                masses[set.trailing_zeros() as usize]
            } else {
                0.0
            };
            // The best partition into two, each part already at its best.
            let rest = set ^ lowest;
            let mut part = rest;
            while part > 0 {
                m = f64::max(m, f64::sqrt(s_min[part]) + f64::sqrt(s_min[set ^ part]));
                part = (part - 1) & rest;
            }
            s_min[set] = m * m;
            if set != lowest {
                if let Some(s) = explicit(&bounds.s_min, set) {
                    s_min[set] = s_min[set].max(s);
                }
                if let Some(s) = explicit(&bounds.s_max, set) {
                    s_max[set] = s;
                }
            }
        }
        // In the partonic frame E_i >= m_T,i, so sqrt(s_hat) >= sum m_T.
        let m_t: f64 = (0..n)
            .map(|k| (masses[k] * masses[k] + pt_min[k] * pt_min[k]).sqrt())
            .sum();
        s_min[full] = s_min[full].max(m_t * m_t);
        for set in 1..=full {
            if explicit(&bounds.s_max, set).is_none() {
                continue;
            }
            let m = s_max[set].max(0.0).sqrt();
            let mut part = (set - 1) & set;
            while part > 0 {
                let left = (m - s_min[set ^ part].sqrt()).max(0.0);
                s_max[part] = s_max[part].min(left * left);
                part = (part - 1) & set;
            }
        }
        let smallest = pt_min
            .iter()
            .copied()
            .filter(|pt| *pt > 0.0)
            .fold(f64::INFINITY, f64::min);
        let mut limits = Self {
            s_min,
            s_max,
            walls: Vec::new(),
            pt2: if smallest.is_finite() {
                smallest * smallest
            } else {
                0.0
            },
            pt_min,
            y_max: (0..n)
                .map(|k| {
                    bounds
                        .y_max
                        .get(k + n_in)
                        .map_or(f64::INFINITY, |y| y.abs())
                })
                .collect(),
            apart: (0..n * n)
                .map(|at| {
                    let pair = (1 << (at / n) | 1 << (at % n)) << n_in;
                    bounds.apart.get(&pair).copied().unwrap_or_default()
                })
                .collect(),
            masses: masses.to_vec(),
        };
        for set in (1..=full).filter(|set| set.count_ones() > 1) {
            let lo = explicit(&bounds.s_min, set).unwrap_or(0.0);
            let lo = if lo * INSIDE > limits.implied_min(set) {
                lo
            } else {
                0.0
            };
            let hi = explicit(&bounds.s_max, set).unwrap_or(f64::INFINITY);
            let hi = if hi < limits.implied_max(set) * INSIDE {
                hi
            } else {
                f64::INFINITY
            };
            if lo > 0.0 || hi.is_finite() {
                limits.walls.push((set as u32, lo, hi));
            }
        }
        limits
    }

    /// Smallest squared mass of a set that limits of its parts, and distances and
    /// transverse momenta of its legs imply.
    fn implied_min(&self, set: usize) -> f64 {
        let legs: Vec<usize> = (0..self.masses.len())
            .filter(|k| set >> k & 1 == 1)
            .collect();
        if let [a, b] = legs[..] {
            let m = self.masses[a] + self.masses[b];
            let Apart { delta_r, delta_y } = self.apart(a, b);
            // At the given distance closest in rapidity.
            let d_y = (delta_r * delta_r - PI * PI).max(0.0).sqrt();
            let distance =
                (d_y.cosh_same() - delta_r.min(PI).cos_same()).max(delta_y.cosh_same() - 1.0);
            return m * m + 2.0 * self.pt_min[a] * self.pt_min[b] * distance;
        }
        // The sum over pairs counts each leg's mass too often.
        let mut pairs = 0.0;
        for (k, a) in legs.iter().enumerate() {
            let own = self.masses[*a] * self.masses[*a];
            pairs -= (legs.len() - 2) as f64 * own;
            pairs += legs[..k]
                .iter()
                .map(|b| self.s_min[1 << a | 1 << b])
                .sum::<f64>();
        }
        let parts = proper_parts(set).map(|part| {
            let m = self.s_min[part].sqrt() + self.s_min[set ^ part].sqrt();
            m * m
        });
        parts.fold(pairs, f64::max)
    }

    /// Largest squared mass of a set that limits of larger sets imply.
    fn implied_max(&self, set: usize) -> f64 {
        let rest = self.full() as usize ^ set;
        let larger = proper_parts(rest).chain([rest]).filter(|more| *more > 0);
        let limit = |more: usize| {
            let m = (self.s_max[set | more].sqrt() - self.s_min[more].sqrt()).max(0.0);
            m * m
        };
        larger.map(limit).fold(f64::INFINITY, f64::min)
    }

    /// Smallest squared mass that the masses of the legs alone allow.
    pub fn threshold(&self, set: u32) -> f64 {
        let legs = (0..self.masses.len()).filter(|k| set >> k & 1 == 1);
        let sum: f64 = legs.map(|k| self.masses[k]).sum();
        sum * sum
    }

    /// How far two legs are apart at least.
    pub fn apart(&self, a: usize, b: usize) -> Apart {
        self.apart[a * self.masses.len() + b]
    }

    /// The set of all final legs.
    pub fn full(&self) -> u32 {
        (1 << self.masses.len()) - 1
    }

    /// Largest absolute rapidity of a system: that of its legs.
    pub(crate) fn y_max_of(&self, set: u32) -> f64 {
        let legs = (0..self.masses.len()).filter(|k| set >> k & 1 == 1);
        legs.map(|k| self.y_max[k]).fold(0.0, f64::max)
    }

    /// Whether each leg of a set has a least transverse momentum.
    pub(crate) fn all_have_pt(&self, set: u32) -> bool {
        let mut legs = (0..self.masses.len()).filter(|k| set >> k & 1 == 1);
        legs.all(|k| self.pt_min[k] > 0.0)
    }

    /// Square of the transverse momentum that a single leg must have; 0 for more.
    pub(crate) fn pt2_of(&self, set: u32) -> f64 {
        if set.count_ones() == 1 {
            self.pt_min[set.trailing_zeros() as usize].powi(2)
        } else {
            0.0
        }
    }
}

/// Subsets other than the empty and the whole set.
fn proper_parts(set: usize) -> impl Iterator<Item = usize> {
    let next = move |part: &usize| Some(part.wrapping_sub(1) & set).filter(|p| *p != 0);
    std::iter::successors(next(&set), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minima_of_supersets_combine_disjoint_subsets() {
        let mut bounds = Bounds::default();
        bounds.s_min.insert(0b001100, 100.0);
        bounds.s_min.insert(0b110000, 400.0);
        bounds.s_max.insert(0b111100, 2500.0);
        let limits = Limits::new(&[0.0, 0.0, 0.0, 5.0], 2, &bounds);
        assert!((limits.s_min[0b1111] - 900.0).abs() < 1e-9);
        assert!((limits.s_min[0b0111] - 100.0).abs() < 1e-9);
        assert!((limits.s_min[0b1011] - 225.0).abs() < 1e-9);
        assert!((limits.s_max[0b0011] - 900.0).abs() < 1e-9);
    }

    #[test]
    fn transverse_momenta_bound_the_total_energy() {
        let bounds = Bounds {
            pt_min: vec![0.0, 0.0, 30.0, 40.0],
            ..Bounds::default()
        };
        let limits = Limits::new(&[40.0, 0.0], 2, &bounds);
        assert!((limits.s_min[0b11].sqrt() - 90.0).abs() < 1e-9);
        assert_eq!(limits.pt2, 900.0);
    }

    #[test]
    fn only_limits_that_nothing_else_implies_are_walls() {
        // What cuts imply is told, too: pairs at a distance, sums of pairs, subsets.
        // s = 2 pt_i pt_j (cosh(d_eta) - cos(d_phi)) is smallest at d_eta = 0.
        let pair = 2.0 * 20.0 * 20.0 * (1.0 - 0.4_f64.cos());
        let mut bounds = Bounds {
            pt_min: vec![20.0; 5],
            ..Bounds::default()
        };
        let apart = Apart {
            delta_r: 0.4,
            delta_y: 0.0,
        };
        for set in [0b01100, 0b10100, 0b11000] {
            bounds.apart.insert(set, apart);
            bounds.s_min.insert(set, pair);
        }
        bounds.s_min.insert(0b11100, 3.0 * pair);
        let walls = |bounds: &Bounds| Limits::new(&[0.0; 3], 2, bounds).walls;
        assert_eq!(walls(&bounds), []);
        bounds.s_min.insert(0b01100, 900.0);
        bounds.s_max.insert(0b11100, 1e4);
        for set in [0b01100, 0b10100, 0b11000] {
            bounds.s_max.insert(set, 1e4);
        }
        let all = |lo, hi| [(0b011, lo, f64::INFINITY), (0b111, 0.0, hi)];
        assert_eq!(walls(&bounds), all(900.0, 1e4));
        bounds.s_max.insert(0b10100, 1e3);
        assert!(walls(&bounds).contains(&(0b101, 0.0, 1e3)));
    }

    #[test]
    fn distances_count_azimuths_around_the_circle() {
        let apart = Apart {
            delta_r: 0.5,
            delta_y: 0.1,
        };
        for turn in [0.0, 2.0 * PI, -4.0 * PI] {
            for d_phi in [0.3, -0.3] {
                assert!((apart.least_dy(turn + d_phi) - 0.4).abs() < 1e-8);
            }
            assert!((apart.least_dy(turn + 2.0) - 0.1).abs() < 1e-8);
        }
    }
}
