//! What a training did: rounds, weights, outcome.
//!
//! Knows weights; knows no network.

use serde::{Deserialize, Serialize};

use super::check::FlowCheck;

/// Mean, spread and unweighting efficiency of a set of weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WeightSummary {
    /// Number of points.
    pub n: u64,
    /// Mean weight.
    pub mean: f64,
    /// Standard deviation of the mean.
    pub error: f64,
    /// Mean of |w|.
    pub size: f64,
    /// Standard deviation of a weight over the mean of |w|.
    pub deviation: f64,
    /// Unweighting efficiency when 1e-3 of the sum lies above the maximum.
    pub efficiency: f64,
    /// The same for 1e-2.
    pub efficiency_1e2: f64,
    /// Largest |w| over the mean of |w|.
    pub largest: f64,
}

impl WeightSummary {
    /// Of weights, which are sorted by the way.
    pub fn of(weights: &mut [f64]) -> Self {
        let n = weights.len() as f64;
        if weights.is_empty() {
            return Self::default();
        }
        let mean = weights.iter().sum::<f64>() / n;
        let square = weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / n;
        for w in weights.iter_mut() {
            *w = w.abs();
        }
        weights.sort_unstable_by(f64::total_cmp);
        let size = weights.iter().sum::<f64>() / n;
        let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        Self {
            n: weights.len() as u64,
            mean,
            error: (square / n).sqrt(),
            size,
            deviation: ratio(square.sqrt(), size),
            efficiency: efficiency(weights, 1e-3),
            efficiency_1e2: efficiency(weights, 1e-2),
            largest: ratio(weights[weights.len() - 1], size),
        }
    }

    /// Part of the points that effectively make up the sum of |w|.
    pub(super) fn effective_part(&self) -> f64 {
        let of_mean = self.mean / self.size;
        1.0 / (self.deviation.powi(2) + of_mean * of_mean)
    }
}

/// Mean of `min(w, m)` over `m`, where the weights above `m` overshoot by the
/// part `share` of the sum; `sorted` ascends.
fn efficiency(sorted: &[f64], share: f64) -> f64 {
    let sum: f64 = sorted.iter().sum();
    if sum <= 0.0 {
        return 0.0;
    }
    let mut above = 0.0;
    for (k, w) in sorted.iter().enumerate().rev() {
        let n_above = (sorted.len() - 1 - k) as f64;
        if above - n_above * w > share * sum {
            // The maximum lies between this weight and the next larger one.
            let m = (above - share * sum) / n_above;
            return (1.0 - share) * sum / sorted.len() as f64 / m;
        }
        above += w;
    }
    1.0
}

/// What the points of a round are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundKind {
    /// Points of the grid alone.
    Survey,
    /// Points of the mixture, to be trained on.
    #[default]
    Training,
    /// Points of the mixture after the training.
    Check,
}

/// One round of points and the steps after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RoundSummary {
    /// What it is for.
    pub kind: RoundKind,
    /// Weights of the points, drawn with the density before the steps.
    pub weights: WeightSummary,
    /// Power of the weights in the loss: 0 for the Kullback-Leibler divergence,
    /// 1 for the variance.
    pub power: f64,
    /// Mean loss over the steps.
    pub loss: f64,
    /// Steps that changed the parameters.
    pub n_steps: usize,
}

/// What a training came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TrainingOutcome {
    /// Survey and flow agree.
    #[default]
    Agreed,
    /// The first flow did not; the second one, which was trained anew, does.
    AgreedAfterRetraining,
    /// They do not agree; the sampler is the grid.
    FallbackToGrid,
    /// They agree, but the grid is the better density; the sampler is the grid.
    NoGain,
    /// The integrand was zero everywhere; the sampler is the grid.
    Empty,
    /// The budget was too small to train; the sampler is the grid.
    TooFewPoints,
}

/// History and outcome of a training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainReport {
    /// Weights of the survey.
    pub survey: WeightSummary,
    /// Every round, the survey first.
    pub rounds: Vec<RoundSummary>,
    /// Checks after trainings: one, or two if the first failed.
    pub checks: Vec<FlowCheck>,
    /// Calls of the integrand.
    pub n_points: u64,
    /// Steps that were not finite and were taken back.
    pub n_rollbacks: usize,
    /// Points of a step.
    #[serde(default)]
    pub batch_size: usize,
    /// What the training ran on.
    pub device: String,
    /// The outcome.
    pub outcome: TrainingOutcome,
}

impl TrainReport {
    /// Mean |weight| in the round that knows it best: the unit of the loss, not
    /// an estimate.
    pub(crate) fn scale(&self) -> f64 {
        let relative = |r: &RoundSummary| r.weights.deviation / (r.weights.n as f64).sqrt();
        let best = self
            .rounds
            .iter()
            .filter(|r| r.weights.deviation > 0.0)
            .min_by(|a, b| relative(a).total_cmp(&relative(b)));
        best.map_or(1.0, |r| r.weights.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn efficiency_leaves_the_stated_share_above() {
        let w: Vec<f64> = (0..1000).map(|k| f64::from(k) / 1000.0).collect();
        for share in [1e-3, 1e-2, 0.1] {
            let sum: f64 = w.iter().sum();
            let m = (1.0 - share) * sum / 1000.0 / efficiency(&w, share);
            let above: f64 = w.iter().map(|w| (w - m).max(0.0)).sum();
            assert!((above / sum - share).abs() < 1e-9);
        }
        assert_eq!(efficiency(&[2.0; 7], 0.0), 1.0);
    }
}
