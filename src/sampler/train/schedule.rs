//! Learning rate over the steps of a training.
//!
//! Knows step numbers. Source: 1608.03983 (cosine decay).

use crate::elementary::Elementary;
use serde::{Deserialize, Serialize};

/// The last learning rate of a training as a part of the largest.
pub(super) const LAST_RATE: f64 = 0.01;

/// Linear warm-up, then half a cosine down to a small part of the peak.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    /// Largest rate.
    pub peak: f64,
    /// Steps of the warm-up.
    pub warm_up: usize,
    /// All steps.
    pub n_steps: usize,
    /// The last rate as a part of the largest.
    pub last: f64,
}

impl Schedule {
    /// The rate of a step; steps beyond the last keep its rate.
    pub(crate) fn rate(&self, step: usize) -> f64 {
        if step < self.warm_up {
            return self.peak * (step + 1) as f64 / self.warm_up as f64;
        }
        let n = self.n_steps.saturating_sub(self.warm_up).max(1) as f64;
        let t = ((step - self.warm_up) as f64 / n).min(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * t).cos_same());
        self.peak * (self.last + (1.0 - self.last) * cosine)
    }
}

/// `n` points in rounds, each `growth` times the one before.
pub(super) fn shares(n: u64, n_rounds: usize, growth: f64) -> Vec<u64> {
    let sizes: Vec<f64> = (0..n_rounds).map(|k| growth.powi(k as i32)).collect();
    let total: f64 = sizes.iter().sum();
    sizes
        .iter()
        .map(|size| (n as f64 * size / total) as u64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        let schedule = Schedule {
            peak: 2.0,
            warm_up: 10,
            n_steps: 110,
            last: 0.01,
        };
        assert!((schedule.rate(0) - 0.2).abs() < 1e-12);
        assert!((schedule.rate(10) - 2.0).abs() < 1e-12);
        assert!((schedule.rate(60) - 1.01).abs() < 1e-12);
        assert!((schedule.rate(500) - 0.02).abs() < 1e-12);
    }
}
