//! Whether a trained flow can be trusted, and whether it pays.
//!
//! Knows weights and densities; knows no network.

use serde::{Deserialize, Serialize};

/// A mixture whose weights spread this many times as much as those of the grid
/// leaves something out.
const FAR_WORSE: f64 = 2.0;

/// A weight this many times the mean is extreme.
const EXTREME: f64 = 20.0;

/// Comparison of a trained flow with the survey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowCheck {
    /// Survey minus flow, in standard deviations.
    pub pull: f64,
    /// Its largest allowed size.
    pub agreement: f64,
    /// Part of the integral that lies where the weights of the mixture are
    /// extreme, estimated with all points of the training.
    pub extreme: f64,
    /// The same for the weights of the grid.
    pub extreme_of_grid: f64,
    /// Relative deviation of a weight of the mixture.
    pub deviation: f64,
    /// The same, as all points of the training see it: points drawn before the
    /// flow left them out are among them.
    pub deviation_of_all: f64,
    /// Relative deviation of a weight of the grid.
    pub deviation_of_grid: f64,
}

impl FlowCheck {
    /// What points of the training see: their values, the densities they were
    /// drawn with and those of the mixture, all relative to the grid, and the mean
    /// weight.
    pub(super) fn stored(points: impl Iterator<Item = [f64; 3]>, scale: f64) -> Self {
        let (mut total, mut by_flow, mut by_grid, mut square) = (0.0, 0.0, 0.0, 0.0);
        for [value, drawn, mixed] in points {
            let (part, weight) = (value / drawn, value / mixed / scale);
            total += part;
            square += part * weight;
            by_flow += if weight > EXTREME { part } else { 0.0 };
            by_grid += if value / scale > EXTREME { part } else { 0.0 };
        }
        let share = |part: f64| if total > 0.0 { part / total } else { 0.0 };
        Self {
            extreme: share(by_flow),
            extreme_of_grid: share(by_grid),
            deviation_of_all: (share(square) - 1.0).max(0.0).sqrt(),
            ..Self::default()
        }
    }

    /// Whether survey and flow agree, no more of the integral than 1 % (or than
    /// for the grid) has extreme weights, and no points stand out that make the
    /// mixture far worse than the grid.
    pub fn passed(&self) -> bool {
        let worse = self.deviation_of_all > FAR_WORSE * self.deviation_of_grid.max(self.deviation);
        self.pull.abs() <= self.agreement
            && self.extreme <= self.extreme_of_grid.max(0.01)
            && !worse
    }

    /// Whether the weights of the mixture spread less than those of the grid.
    pub(crate) fn gains(&self) -> bool {
        self.deviation < self.deviation_of_grid
    }
}
