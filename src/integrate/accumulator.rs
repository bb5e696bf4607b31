//! Sums over the weights of a channel, filled in batch order.
//!
//! Knows weights; sums are compensated (Neumaier, Z. Angew. Math. Mech. 54
//! (1974) 39), so that adding a small batch to a large sum loses nothing.

use serde::{Deserialize, Serialize};

/// A compensated sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, x: f64) {
        let t = self.sum + x;
        self.lost += if self.sum.abs() >= x.abs() {
            (self.sum - t) + x
        } else {
            (x - t) + self.sum
        };
        self.sum = t;
    }

    fn merge(&mut self, other: &Self) {
        self.add(other.sum);
        self.lost += other.lost;
    }

    fn value(&self) -> f64 {
        self.sum + self.lost
    }
}

/// Number, sums and extremes of weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Accumulator {
    n: u64,
    n_nonzero: u64,
    n_cut: u64,
    n_non_finite: u64,
    sum_w: Sum,
    sum_w2: Sum,
    sum_w3: Sum,
    sum_abs: Sum,
    max_abs: f64,
}

impl Accumulator {
    /// Enters weights; non-finite ones count as points of weight 0.
    pub fn extend(&mut self, weights: &[f64]) {
        for &w in weights {
            self.n += 1;
            if !w.is_finite() {
                self.n_non_finite += 1;
            } else if w != 0.0 {
                self.n_nonzero += 1;
                self.sum_w.add(w);
                self.sum_w2.add(w * w);
                self.sum_w3.add(w * w * w);
                self.sum_abs.add(w.abs());
                self.max_abs = self.max_abs.max(w.abs());
            }
        }
    }

    /// Counts points that were cut, and points that came as 0 because they
    /// were not finite; both are among the weights already.
    pub fn count(&mut self, n_cut: u64, n_non_finite: u64) {
        self.n_cut += n_cut;
        self.n_non_finite += n_non_finite;
    }

    /// Adds the points of another accumulator.
    pub fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.n_nonzero += other.n_nonzero;
        self.n_cut += other.n_cut;
        self.n_non_finite += other.n_non_finite;
        self.sum_w.merge(&other.sum_w);
        self.sum_w2.merge(&other.sum_w2);
        self.sum_w3.merge(&other.sum_w3);
        self.sum_abs.merge(&other.sum_abs);
        self.max_abs = self.max_abs.max(other.max_abs);
    }

    /// The points of both.
    pub(crate) fn joined(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.merge(other);
        both
    }

    /// Points, zeros included.
    pub fn n_points(&self) -> u64 {
        self.n
    }

    /// Points with a weight other than 0.
    pub(crate) fn n_nonzero(&self) -> u64 {
        self.n_nonzero
    }

    /// Points removed by cuts.
    pub fn n_cut(&self) -> u64 {
        self.n_cut
    }

    /// Points that were NaN or infinite.
    pub fn n_non_finite(&self) -> u64 {
        self.n_non_finite
    }

    /// Largest |w|.
    pub fn max_abs(&self) -> f64 {
        self.max_abs
    }

    /// Mean weight; 0 without points.
    pub fn mean(&self) -> f64 {
        self.per_point(self.sum_w.value())
    }

    /// Mean |w|; 0 without points.
    pub fn mean_abs(&self) -> f64 {
        self.per_point(self.sum_abs.value())
    }

    /// Variance of a single weight; 0 with fewer than two points.
    pub fn variance(&self) -> f64 {
        if self.n < 2 {
            return 0.0;
        }
        let spread = self.per_point(self.sum_w2.value()) - self.mean() * self.mean();
        spread.max(0.0) * self.n as f64 / (self.n - 1) as f64
    }

    /// Variance of the mean.
    pub fn error2(&self) -> f64 {
        self.per_point(self.variance())
    }

    /// Third central moment of the mean; 0 without points.
    pub(crate) fn third_moment(&self) -> f64 {
        let mean = self.mean();
        let (second, third) = (
            self.per_point(self.sum_w2.value()),
            self.per_point(self.sum_w3.value()),
        );
        let of_one = third - 3.0 * mean * second + 2.0 * mean.powi(3);
        self.per_point(self.per_point(of_one))
    }

    fn per_point(&self, x: f64) -> f64 {
        if self.n == 0 { 0.0 } else { x / self.n as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(weights: &[f64]) -> Accumulator {
        let mut a = Accumulator::default();
        a.extend(weights);
        a
    }

    #[test]
    fn mean_and_error_are_those_of_the_textbook() {
        let a = of(&[1.0, 2.0, 3.0, -2.0]);
        assert_eq!((a.mean(), a.mean_abs(), a.max_abs()), (1.0, 2.0, 3.0));
        let variance = (0.0 + 1.0 + 4.0 + 9.0) / 3.0;
        assert!((a.variance() - variance).abs() < 1e-14);
        assert!((a.error2() - variance / 4.0).abs() < 1e-14);
    }

    #[test]
    fn the_third_moment_of_a_mean_is_that_of_its_points_over_their_number_squared() {
        let a = of(&[1.0, 2.0, 6.0, -1.0]);
        let third = [-1.0, 0.0, 4.0, -3.0f64].map(|d| d.powi(3));
        let expected = third.iter().sum::<f64>() / 4.0 / 16.0;
        assert!((a.third_moment() - expected).abs() < 1e-13);
    }

    #[test]
    fn non_finite_weights_are_counted_as_points_of_weight_zero() {
        let a = of(&[f64::NAN, 2.0, f64::INFINITY, 0.0]);
        assert_eq!((a.n_points(), a.n_nonzero(), a.n_non_finite()), (4, 1, 2));
        assert_eq!(a.mean(), 0.5);
    }

    #[test]
    fn small_terms_survive_large_sums() {
        let mut a = of(&[1e16]);
        for _ in 0..1000 {
            a.merge(&of(&[1.0]));
        }
        a.merge(&of(&[-1e16]));
        assert_eq!(a.mean() * a.n_points() as f64, 1000.0);
    }

    #[test]
    fn an_empty_accumulator_is_zero() {
        let a = Accumulator::default();
        assert_eq!((a.mean(), a.variance(), a.error2()), (0.0, 0.0, 0.0));
    }
}
