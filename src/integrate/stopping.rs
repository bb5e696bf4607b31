//! When an integration has enough points, and how many it takes next.
//!
//! Knows estimates and budgets.

use serde::{Deserialize, Serialize};

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
    /// Decides from the estimate over the `n_kept` points that enter it.
    ///
    /// `n_fixed` of them have the final grids, `n_spent` points were taken in
    /// all. The next step reaches the target if the variance stays as it is,
    /// but never takes more than four times the points known so far: an early
    /// estimate of the variance is not to be trusted with the whole budget.
    pub fn next(&self, value: f64, error2: f64, n_kept: u64, n_fixed: u64, n_spent: u64) -> Next {
        let left = self.max_points.saturating_sub(n_spent);
        let missing = self.least_points.saturating_sub(n_fixed);
        let target2 = (self.precision * value).powi(2);
        let reached = self.precision > 0.0 && error2 <= target2;
        if reached && missing == 0 {
            return Next::Stop(StopReason::Precision);
        }
        if left == 0 {
            return Next::Stop(if reached {
                StopReason::Precision
            } else {
                StopReason::MaxPoints
            });
        }
        let wanted = if reached {
            missing
        } else {
            let known = n_kept.max(self.least_points).max(1);
            let more = if target2 > 0.0 {
                (n_kept as f64 * (1.05 * error2 / target2 - 1.0)).max(0.05 * known as f64)
            } else {
                f64::INFINITY
            };
            (more.min(4.0 * known as f64) as u64).max(missing)
        };
        Next::Points(wanted.clamp(1, left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: StoppingRule = StoppingRule {
        precision: 0.01,
        max_points: 1_000_000,
        least_points: 1000,
    };

    #[test]
    fn stops_at_the_precision_but_not_before_the_least_points() {
        assert_eq!(
            RULE.next(1.0, 1e-4, 5000, 2000, 8000),
            Next::Stop(StopReason::Precision)
        );
        assert_eq!(RULE.next(1.0, 1e-4, 5000, 400, 8000), Next::Points(600));
    }

    #[test]
    fn the_next_step_would_reach_the_target() {
        let Next::Points(n) = RULE.next(1.0, 2e-4, 10_000, 2000, 20_000) else {
            panic!("must go on");
        };
        assert!((10_000..13_000).contains(&n), "{n}");
    }

    #[test]
    fn the_budget_is_never_exceeded() {
        assert_eq!(RULE.next(1.0, 1.0, 10_000, 2000, 999_990), Next::Points(10));
        assert_eq!(
            RULE.next(1.0, 1.0, 10_000, 2000, 1_000_000),
            Next::Stop(StopReason::MaxPoints)
        );
    }
}
