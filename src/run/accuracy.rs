//! How many digits the weights of a run have.
//!
//! Knows relative changes of weights under a turn of the momenta; knows no formula.

use rayon::prelude::*;
use serde::Serialize;

use super::run::Run;
use crate::elementary::Elementary;
use crate::integrate::Adapted;

/// Fewer digits than this are a failure.
const LEAST_DIGITS: f64 = 3.0;
/// Digits of f64.
const ALL_DIGITS: f64 = 16.0;

/// Digits of the weights at test points, from two evaluations with different
/// rounding errors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Accuracy {
    /// Points inside the cuts that were looked at.
    pub n_points: usize,
    /// Half of the points have at least as many.
    pub digits_median: f64,
    /// The point with the fewest.
    pub digits_least: f64,
    /// Points with fewer than three digits, or whose weight is not finite.
    pub n_failed: usize,
}

impl Accuracy {
    /// From relative changes of weights; `None` without any.
    fn from_changes(changes: &[f64]) -> Option<Self> {
        let digits = |change: &f64| {
            if change.is_finite() {
                (-change.log10_same()).clamp(0.0, ALL_DIGITS)
            } else {
                0.0
            }
        };
        let mut all: Vec<f64> = changes.iter().map(digits).collect();
        all.sort_by(f64::total_cmp);
        Some(Self {
            n_points: all.len(),
            digits_median: *all.get(all.len() / 2)?,
            digits_least: *all.first()?,
            n_failed: all.partition_point(|d| *d < LEAST_DIGITS),
        })
    }
}

impl Run {
    /// Digits of the weights at points distributed like the trials; `None` if none
    /// of them passes the cuts.
    pub fn accuracy(&self, adapted: &Adapted) -> Option<Accuracy> {
        let changes: Vec<Vec<f64>> = adapted
            .test_points(&self.cross_section)
            .par_iter()
            .map(|(channel, points)| self.cross_section.numerical_error(*channel, points))
            .collect();
        Accuracy::from_changes(&changes.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_and_failures_too() {
        let changes = [1e-12, 0.0, 1e-2, f64::NAN, 1e-9, f64::INFINITY];
        let found = Accuracy::from_changes(&changes).unwrap();
        assert_eq!((found.n_points, found.n_failed), (6, 3));
        assert_eq!(found.digits_least, 0.0);
        assert!((found.digits_median - 9.0).abs() < 1e-12);
        assert_eq!(Accuracy::from_changes(&[]), None);
    }
}
