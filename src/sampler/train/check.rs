//! Whether a trained flow can be trusted, and whether it pays.
//!
//! Knows weights and densities; knows no network.

use serde::{Deserialize, Serialize};

/// A mixture whose weights spread this many times as much as those of the grid
/// leaves something out.
const FAR_WORSE: f64 = 2.0;

/// A weight this many times the mean is extreme.
const EXTREME: f64 = 20.0;

/// The part of an integral that may lie in extreme weights of any mixture.
const FEW: f64 = 0.01;

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
    /// Relative deviation of a weight of the grid, as the same points see it.
    pub deviation_of_all_of_grid: f64,
    /// Relative deviation of a weight of the grid in the survey.
    pub deviation_of_grid: f64,
}

impl FlowCheck {
    /// What points of the training see: their values, the densities they were
    /// drawn with and those of the mixture, all relative to the grid, and the mean
    /// weight.
    pub(super) fn stored(points: impl Iterator<Item = [f64; 3]>, scale: f64) -> Self {
        let mut total = 0.0;
        // Of the weights of mixture and grid: sums of squares, and parts of the
        // integral where they are extreme.
        let (mut squares, mut extremes) = ([0.0; 2], [0.0; 2]);
        for [value, drawn, mixed] in points {
            let part = value / drawn;
            total += part;
            for (k, weight) in [value / mixed / scale, value / scale]
                .into_iter()
                .enumerate()
            {
                squares[k] += part * weight;
                extremes[k] += if weight > EXTREME { part } else { 0.0 };
            }
        }
        let share = |part: f64| if total > 0.0 { part / total } else { 0.0 };
        let [deviation_of_all, deviation_of_all_of_grid] =
            squares.map(|square| (share(square) - 1.0).max(0.0).sqrt());
        let [extreme, extreme_of_grid] = extremes.map(share);
        Self {
            extreme,
            extreme_of_grid,
            deviation_of_all,
            deviation_of_all_of_grid,
            ..Self::default()
        }
    }

    /// Whether survey and flow agree, no more of the integral than 1 % (or than
    /// for the grid) has extreme weights, and no points stand out that make the
    /// mixture far worse than the grid. Where more than 1 % has extreme weights, as
    /// it may for a grid that knows little, the mixture must be better than the grid
    /// for all points of the training.
    pub fn passed(&self) -> bool {
        let worse = self.deviation_of_all > FAR_WORSE * self.deviation_of_grid.max(self.deviation);
        let bare = self.extreme > FEW && self.deviation_of_all >= self.deviation_of_all_of_grid;
        self.pull.abs() <= self.agreement
            && self.extreme <= self.extreme_of_grid.max(FEW)
            && !worse
            && !bare
    }

    /// Whether the weights of the mixture spread less than those of the grid.
    pub(crate) fn gains(&self) -> bool {
        self.deviation < self.deviation_of_grid
    }
}
