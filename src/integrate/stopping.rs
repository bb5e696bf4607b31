//! When an integration has enough points, and how many it takes next.
//!
//! Knows estimates and budgets.
//!
//! Value and error of a sample of steep weights are low together, until it has met the
//! large ones. A rule that looks again and again and stops at the first error that is
//! small enough stops where both are low: its results are biased. The number of points
//! is therefore decided beforehand, from points that do not enter the result, so that a
//! first pass nearly always suffices; if it does not, much more is taken before the next
//! look. Whatever the error, enough weights must carry it.

use serde::{Deserialize, Serialize};

use super::adapted::FEW_CARRIERS;

/// Points beyond those that the variance asks for: it is not known exactly, and a
/// first pass that falls short costs more.
const MARGIN: f64 = 1.1;
/// The first pass takes at most this many times the points spent before it: the
/// variance that they gave is not to be trusted with the whole budget.
const MOST_FIRST: u64 = 8;
/// A later pass takes at least and at most these parts of the points so far.
const LATER: [f64; 2] = [0.25, 4.0];
/// Where few weights carry the error, points beyond those for the accuracy are taken up
/// to this many times as many.
const PATIENCE: u64 = 8;

/// Why an integration stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// The relative error was reached.
    Precision,
    /// The budget of points was spent.
    MaxPoints,
    /// Every channel was zero at every point.
    Zero,
}

/// Target precision within a budget.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct StoppingRule {
    /// Relative error; 0 to spend the budget.
    pub precision: f64,
    /// Points of all stages.
    pub max_points: u64,
    /// Points with fixed grids below which the maximum weights are not known.
    pub least_points: u64,
    /// Points of the result when the relative error was first found to be reached.
    pub reached_at: Option<u64>,
}

/// What is known of the result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub value: f64,
    pub error2: f64,
    /// Weights that carry the error.
    pub n_carriers: f64,
    /// Points that enter it.
    pub n_kept: u64,
    /// Points taken in all.
    pub n_spent: u64,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Next {
    /// Take this many more points.
    Points(u64),
    /// Done.
    Stop(StopReason),
}

impl StoppingRule {
    /// The first points of the result; `variance` is that of a point, relative to the
    /// square of the value, as known from points that do not enter it.
    pub fn first(&self, variance: f64, n_spent: u64) -> Next {
        let left = self.max_points.saturating_sub(n_spent);
        if left == 0 {
            return Next::Stop(StopReason::MaxPoints);
        }
        let wanted = MARGIN * variance / (self.precision * self.precision);
        let most = MOST_FIRST.saturating_mul(n_spent).max(self.least_points);
        let wanted = (wanted as u64).clamp(self.least_points, most);
        Next::Points(wanted.clamp(1, left))
    }

    /// Decides from the points that enter the result.
    pub fn next(&mut self, known: Known) -> Next {
        let left = self.max_points.saturating_sub(known.n_spent);
        let missing = self.least_points.saturating_sub(known.n_kept);
        let target2 = (self.precision * known.value).powi(2);
        let reached = self.precision > 0.0 && known.error2 <= target2;
        let n_kept = known.n_kept as f64;
        let mut wanted = missing;
        if reached {
            let at = *self.reached_at.get_or_insert(known.n_kept);
            let trusted = known.error2 == 0.0 || known.n_carriers >= FEW_CARRIERS;
            if !trusted && known.n_kept < PATIENCE.saturating_mul(at) {
                wanted = wanted.max(known.n_kept);
            }
            if wanted == 0 {
                return Next::Stop(StopReason::Precision);
            }
        } else {
            let missing = MARGIN * known.error2 / target2 - 1.0;
            let part = if missing.is_nan() {
                LATER[1]
            } else {
                missing.clamp(LATER[0], LATER[1])
            };
            wanted = wanted.max((part * n_kept) as u64);
        }
        match (left, reached) {
            (0, true) => Next::Stop(StopReason::Precision),
            (0, false) => Next::Stop(StopReason::MaxPoints),
            _ => Next::Points(wanted.clamp(1, left)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: StoppingRule = StoppingRule {
        precision: 0.01,
        max_points: 1_000_000,
        least_points: 1000,
        reached_at: None,
    };

    fn known(error2: f64, n_kept: u64, n_spent: u64) -> Known {
        Known {
            value: 1.0,
            error2,
            n_carriers: 1e3,
            n_kept,
            n_spent,
        }
    }

    #[test]
    fn stops_at_the_precision_but_not_before_the_least_points() {
        let mut rule = RULE;
        let stop = Next::Stop(StopReason::Precision);
        assert_eq!(rule.next(known(1e-4, 2000, 8000)), stop);
        assert_eq!(rule.next(known(1e-4, 400, 8000)), Next::Points(600));
    }

    #[test]
    fn the_first_pass_reaches_the_target_if_the_variance_was_right() {
        assert_eq!(RULE.first(2.0, 20_000), Next::Points(22_000));
        assert_eq!(RULE.first(0.01, 20_000), Next::Points(1000));
        assert_eq!(RULE.first(1e3, 20_000), Next::Points(160_000));
        assert_eq!(RULE.first(f64::INFINITY, 999_990), Next::Points(10));
    }

    #[test]
    fn a_later_pass_is_no_small_step() {
        let mut rule = RULE;
        assert_eq!(
            rule.next(known(1.01e-4, 10_000, 20_000)),
            Next::Points(2500)
        );
        let Next::Points(n) = rule.next(known(2e-4, 10_000, 20_000)) else {
            panic!("must go on");
        };
        assert!((11_900..12_100).contains(&n), "{n}");
        assert_eq!(rule.next(known(1.0, 10_000, 20_000)), Next::Points(40_000));
    }

    #[test]
    fn few_weights_are_not_trusted_with_the_error_until_patience_ends() {
        let mut rule = RULE;
        let few = |n_kept| Known {
            n_carriers: 3.0,
            ..known(0.5e-4, n_kept, 2 * n_kept)
        };
        assert_eq!(rule.next(few(10_000)), Next::Points(10_000));
        assert_eq!(rule.next(few(20_000)), Next::Points(20_000));
        assert_eq!(rule.next(few(80_000)), Next::Stop(StopReason::Precision));
    }

    #[test]
    fn the_budget_is_never_exceeded() {
        let mut rule = RULE;
        assert_eq!(rule.next(known(1.0, 10_000, 999_990)), Next::Points(10));
        let stop = Next::Stop(StopReason::MaxPoints);
        assert_eq!(rule.next(known(1.0, 10_000, 1_000_000)), stop);
    }
}
