//! Whether momenta are points of a process: finite, on shell, conserved, of positive energy.
//!
//! Knows special relativity and masses; knows no particle.

use super::{FourVector, MomentumView};
use crate::compute::simd::{Kernel, Lanes, Level, SimdLevel};

/// Points whose momenta are copied together, a multiple of the numbers of a group of any level.
const STRIP: usize = 32;

/// What momenta of a process fulfil, up to a part of the incoming energy.
#[derive(Clone, Debug, PartialEq)]
pub struct PhysicalPoints {
    n_in: usize,
    /// Squared masses of the legs in GeV^2.
    masses2: Vec<f64>,
    tolerance: f64,
}

impl PhysicalPoints {
    /// Of legs with these masses in GeV, the first `n_in` incoming; sums of momenta may miss
    /// zero by `tolerance` times the incoming energy, squares of masses by `tolerance` times
    /// its square.
    pub fn new(masses: &[f64], n_in: usize, tolerance: f64) -> Self {
        Self {
            n_in,
            masses2: masses.iter().map(|m| m * m).collect(),
            tolerance,
        }
    }

    /// The number of the first point that is none of the process.
    ///
    /// # Panics
    /// If the points have another number of legs.
    pub fn first_violation(&self, points: MomentumView<'_>) -> Option<usize> {
        assert_eq!(points.n_ext(), self.masses2.len(), "legs of a point");
        SimdLevel::for_exact_code().dispatch(Search {
            rules: self,
            points,
        })
    }

    /// Whether point `k` is one of the process. NaN compares with nothing.
    fn holds(&self, points: MomentumView<'_>, k: usize) -> bool {
        let mut sum = [0.0; 4];
        for leg in 0..self.masses2.len() {
            let sign = self.sign(leg);
            let p = points.get(leg, k);
            sum.iter_mut().zip(p).for_each(|(s, x)| *s += sign * x);
        }
        let energy: f64 = (0..self.n_in).map(|leg| points.get(leg, k)[0]).sum();
        let (limit, limit2) = (self.tolerance * energy, self.tolerance * energy * energy);
        let legs = self.masses2.iter().enumerate();
        let mut legs = legs.map(|(leg, mass2)| (points.get(leg, k), mass2));
        let is_on_shell =
            |(p, mass2): (FourVector, &f64)| p[0] >= 0.0 && (square(p) - mass2).abs() <= limit2;
        sum.iter().all(|s| s.abs() <= limit) && legs.all(is_on_shell)
    }

    fn sign(&self, leg: usize) -> f64 {
        if leg < self.n_in { 1.0 } else { -1.0 }
    }
}

/// The invariant square of a momentum.
fn square([e, x, y, z]: FourVector) -> f64 {
    e * e - x * x - y * y - z * z
}

/// [`PhysicalPoints::first_violation`] on a level. A group of points is judged by the sum of
/// all that is missing, which is small if each of it is; only what fails that is looked at
/// one by one, so that all levels find the same.
struct Search<'a> {
    rules: &'a PhysicalPoints,
    points: MomentumView<'a>,
}

impl Kernel for Search<'_> {
    type Output = Option<usize>;
    #[inline(always)]
    fn run<L: Level>(self) -> Option<usize> {
        let n_batch = self.points.n_batch();
        let mut rows = vec![0.0; 4 * self.points.n_ext() * STRIP];
        for first in (0..n_batch).step_by(STRIP) {
            let here = STRIP.min(n_batch - first);
            // SAFETY: the rows of a strip.
            unsafe {
                (self.points).rows_into::<L::F64>([first, here, STRIP], rows.as_mut_ptr());
            }
            for group in (0..here).step_by(L::F64::N) {
                if all_hold::<L::F64>(self.rules, &rows, group) {
                    continue;
                }
                let mut each = first + group..first + here.min(group + L::F64::N);
                if let Some(k) = each.find(|&k| !self.rules.holds(self.points, k)) {
                    return Some(k);
                }
            }
        }
        None
    }
}

/// Whether a whole group of points, which begins at `from` in rows `[n_ext, 4, STRIP]`, surely
/// fulfils all.
#[inline(always)]
fn all_hold<W: Lanes<Real = f64>>(rules: &PhysicalPoints, rows: &[f64], from: usize) -> bool {
    assert!(rows.len() == 4 * rules.masses2.len() * STRIP && from + W::N <= STRIP);
    let zero = W::constant(0.0);
    let (mut sum, mut energy, mut off, mut lowest) = ([zero; 4], zero, zero, zero);
    for (leg, &mass2) in rules.masses2.iter().enumerate() {
        let mut p = [zero; 4];
        for mu in 0..4 {
            // SAFETY: within the rows, as was checked.
            p[mu] = unsafe { W::load(rows.as_ptr().add((4 * leg + mu) * STRIP + from)) };
        }
        let is_incoming = leg < rules.n_in;
        for mu in 0..4 {
            sum[mu] = if is_incoming {
                sum[mu] + p[mu]
            } else {
                sum[mu] - p[mu]
            };
        }
        if is_incoming {
            energy = energy + p[0];
        }
        let mut square = p[0].mul_sub(p[0], W::constant(mass2));
        for mu in 1..4 {
            square = p[mu].neg_mul_add(p[mu], square);
        }
        off = off + magnitude(square);
        lowest = p[0].min(lowest);
    }
    let limit = energy * W::constant(rules.tolerance);
    let missing = magnitude(sum[0]) + magnitude(sum[1]) + magnitude(sum[2]) + magnitude(sum[3]);
    let one = W::constant(1.0);
    let mut holds = W::select(limit.ge(missing), one, zero);
    holds = W::select((limit * energy).ge(off), holds, zero);
    holds = W::select(lowest.ge(zero), holds, zero);
    let mut each = [0.0; STRIP];
    // SAFETY: as many numbers as a group has at most.
    unsafe { holds.store(each.as_mut_ptr()) };
    let mut all = true;
    for k in 0..W::N {
        all &= each[k] == 1.0;
    }
    all
}

#[inline(always)]
fn magnitude<W: Lanes<Real = f64>>(x: W) -> W {
    x.max(-x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinematics::MomentumBatch;

    /// Points of two to two with masses 0, 0, 3, 4 GeV at 10 GeV, turned by their number.
    fn points(n: usize) -> MomentumBatch {
        let (e3, e4) = ((100.0 + 9.0 - 16.0) / 20.0, (100.0 + 16.0 - 9.0) / 20.0);
        let p = f64::sqrt(e3 * e3 - 9.0);
        let point = |k: usize| {
            let c = (k as f64 + 0.5) / n as f64;
            let s = f64::sqrt(1.0 - c * c);
            vec![
                [5.0, 0.0, 0.0, 5.0],
                [5.0, 0.0, 0.0, -5.0],
                [e3, p * s, 0.0, p * c],
                [e4, -p * s, 0.0, -p * c],
            ]
        };
        MomentumBatch::from_points(&(0..n).map(point).collect::<Vec<_>>())
    }

    fn first(batch: &MomentumBatch, tolerance: f64) -> Vec<Option<usize>> {
        let rules = PhysicalPoints::new(&[0.0, 0.0, 3.0, 4.0], 2, tolerance);
        let by_point: Vec<f64> = (0..batch.n_batch)
            .flat_map(|k| (0..4).flat_map(move |leg| batch.get(leg, k)))
            .collect();
        let search = |level: SimdLevel, points| {
            level.dispatch(Search {
                rules: &rules,
                points,
            })
        };
        let levels = SimdLevel::available().into_iter();
        levels
            .flat_map(|level| {
                let own = search(level, MomentumView::by_point(&by_point, 4));
                [own, search(level, batch.into())]
            })
            .collect()
    }

    #[test]
    fn points_of_a_process_are_none_of_the_violations() {
        for n in [0, 1, 7, 8, 21] {
            assert!(first(&points(n), 1e-12).iter().all(Option::is_none), "{n}");
        }
    }

    #[test]
    fn each_violation_is_found_on_each_level() {
        type Spoil = fn(&mut MomentumBatch, usize);
        // An energy is missing; a momentum; a pair has the wrong mass, at a conserved sum;
        // numbers that are not finite.
        let spoils: [Spoil; 5] = [
            |b, k| b.set(0, k, [5.1, 0.0, 0.0, 5.1]),
            |b, k| b.set(1, k, [5.0, 1e-3, 0.0, -5.0]),
            |b, k| {
                let (p, q) = (b.get(2, k), b.get(3, k));
                b.set(2, k, [p[0] + 1e-3, p[1], p[2], p[3]]);
                b.set(3, k, [q[0] - 1e-3, q[1], q[2], q[3]]);
            },
            |b, k| b.set(2, k, [f64::NAN; 4]),
            |b, k| b.set(3, k, [f64::INFINITY, 0.0, 0.0, f64::INFINITY]),
        ];
        for (s, spoil) in spoils.into_iter().enumerate() {
            for k in [0, 5, 12, 16] {
                let mut batch = points(17);
                spoil(&mut batch, k);
                for found in first(&batch, 1e-6) {
                    assert_eq!(found, Some(k), "violation {s}");
                }
            }
        }
    }

    #[test]
    fn a_negative_energy_is_a_violation_though_all_is_conserved_and_on_shell() {
        let x = f64::sqrt(30.0);
        let point = |k: usize| {
            let other = if k == 9 {
                [-1.0, 0.0, 0.0, 1.0]
            } else {
                [1.0, 0.0, 0.0, 1.0]
            };
            let [e, y] = if k == 9 {
                [5.5, x]
            } else {
                [4.5, f64::sqrt(20.0)]
            };
            vec![
                [5.0, 0.0, 0.0, 5.0],
                [5.0, 0.0, 0.0, -5.0],
                other,
                [e, y, 0.0, -0.5],
                [e, -y, 0.0, -0.5],
            ]
        };
        let batch = MomentumBatch::from_points(&(0..17).map(point).collect::<Vec<_>>());
        let rules = PhysicalPoints::new(&[0.0; 5], 2, 1e-6);
        assert_eq!(rules.first_violation((&batch).into()), Some(9));
    }

    #[test]
    fn violations_count_from_the_tolerance_on_each_alone() {
        // Each leg is off its mass by 0.6 of what is allowed, together by more.
        let mut batch = points(8);
        for leg in 0..4 {
            let [e, x, y, z] = batch.get(leg, 3);
            let sign = if leg == 0 || leg == 2 { 1.0 } else { -1.0 };
            let off = sign * 0.6 * 100.0 * 1e-6 / (2.0 * e);
            batch.set(leg, 3, [e + off, x, y, z]);
        }
        assert!(first(&batch, 1e-6).iter().all(Option::is_none));
        assert!(first(&batch, 0.5e-6).iter().all(|k| *k == Some(3)));
    }
}
