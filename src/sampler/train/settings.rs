//! How a flow is trained.
//!
//! Knows numbers and their bounds.

use serde::{Deserialize, Serialize};

use super::loss::Loss;
use crate::compute::DeviceChoice;
use crate::sampler::flow::{FlowError, FlowSettings};

/// What computes gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GradientEngine {
    /// The fused loop on the processor, burn on other devices.
    #[default]
    Auto,
    /// burn on every device.
    Burn,
}

/// Steps of a training, unless they would have fewer points than `LEAST_STEP`.
const ENOUGH_STEPS: f64 = 2000.0;
const LEAST_STEP: usize = 256;

/// Settings of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainSettings {
    /// Size of the networks.
    pub flow: FlowSettings,
    /// Share of points that come from the grid until the loss changes.
    pub grid_fraction: f64,
    /// Share of points that come from the grid from then on.
    pub grid_fraction_final: f64,
    /// Calls of the integrand, the survey included.
    pub n_points: u64,
    /// Part of the calls that is spent on points of the grid first.
    pub survey_part: f64,
    /// Rounds in which the other calls are spent.
    pub n_rounds: usize,
    /// Each round takes this many times the points of the last.
    pub growth: f64,
    /// Every point is used in this many steps, on average.
    pub epochs_per_point: f64,
    /// Rounds whose points are used.
    pub replay_window: usize,
    /// Points of a step, at most: with few points steps are smaller, but have at
    /// least 256, so that there are 2000 of them.
    pub batch_size: usize,
    /// Largest learning rate.
    pub rate: f64,
    /// Steps over which the rate rises.
    pub warm_up: usize,
    /// A gradient is shortened to this many times its usual length.
    pub clip: f64,
    /// What is made small in the end; training begins with the
    /// Kullback-Leibler divergence in any case.
    pub loss: Loss,
    /// Part of the rounds before the loss changes.
    pub loss_switch_start: f64,
    /// Part of the rounds in which it changes over.
    pub loss_switch_width: f64,
    /// Part of the points that must effectively make up the loss; with fewer,
    /// large weights count less in it.
    pub min_ess: f64,
    /// Agreement asked of survey and flow, in standard deviations.
    pub agreement: f64,
    /// The device of the training.
    pub device: DeviceChoice,
    /// What computes gradients on it.
    pub engine: GradientEngine,
    /// Seed of all points and of the first weights.
    pub seed: u64,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            flow: FlowSettings::default(),
            grid_fraction: 0.05,
            grid_fraction_final: 0.01,
            n_points: 1_000_000,
            survey_part: 0.1,
            n_rounds: 20,
            growth: 1.1,
            epochs_per_point: 16.0,
            replay_window: 6,
            batch_size: 1024,
            rate: 0.02,
            warm_up: 100,
            clip: 3.0,
            loss: Loss::FourthMoment,
            loss_switch_start: 0.5,
            loss_switch_width: 0.3,
            min_ess: 0.02,
            agreement: 4.0,
            device: DeviceChoice::Cpu,
            engine: GradientEngine::Auto,
            seed: 0,
        }
    }
}

/// Why a training cannot start.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A number of the settings is out of its range.
    #[error("training setting {name} = {value} is outside {least} to {most}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// As it was given.
        value: f64,
        /// Smallest allowed.
        least: f64,
        /// Largest allowed.
        most: f64,
    },
    /// Points that a flow cannot be fitted to.
    #[error("no flow can be fitted to these points: {reason}")]
    Points {
        /// What is wrong.
        reason: String,
    },
    /// The flow cannot be built.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] crate::compute::ComputeError),
}

impl TrainSettings {
    /// Takes smaller steps if `n` points are too few for steps of the usual size.
    pub(super) fn shrink_steps(&mut self, n: u64) {
        let fitting = (self.epochs_per_point * n as f64 / ENOUGH_STEPS) as usize;
        self.batch_size = self.batch_size.min(fitting.max(LEAST_STEP));
    }

    /// Checks all numbers but those of the flow.
    ///
    /// # Errors
    /// [`TrainError::Setting`].
    pub(crate) fn validate(&self) -> Result<(), TrainError> {
        for (name, value, least, most) in [
            ("grid_fraction", self.grid_fraction, 1e-3, 1.0),
            ("grid_fraction_final", self.grid_fraction_final, 1e-3, 1.0),
            ("n_points", self.n_points as f64, 1000.0, 1e15),
            ("survey_part", self.survey_part, 0.01, 0.9),
            ("n_rounds", self.n_rounds as f64, 1.0, 1e4),
            ("growth", self.growth, 1.0, 10.0),
            ("epochs_per_point", self.epochs_per_point, 0.1, 1e4),
            ("replay_window", self.replay_window as f64, 1.0, 1e4),
            ("batch_size", self.batch_size as f64, 16.0, 1e6),
            ("rate", self.rate, 1e-8, 1.0),
            ("warm_up", self.warm_up as f64, 0.0, 1e6),
            ("clip", self.clip, 1e-3, 1e9),
            ("loss_switch_start", self.loss_switch_start, 0.0, 1.0),
            ("loss_switch_width", self.loss_switch_width, 0.0, 1.0),
            ("min_ess", self.min_ess, 0.0, 1.0),
            ("agreement", self.agreement, 1.0, 100.0),
        ] {
            if !(least..=most).contains(&value) {
                return Err(TrainError::Setting {
                    name,
                    value,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_refused() {
        let settings = TrainSettings {
            rate: f64::NAN,
            ..Default::default()
        };
        let error = settings.validate().unwrap_err();
        assert!(error.to_string().contains("rate = NaN"), "{error}");
    }

    #[test]
    fn few_points_are_taken_in_smaller_steps() {
        let size = |n| {
            let mut settings = TrainSettings::default();
            settings.shrink_steps(n);
            settings.batch_size
        };
        assert_eq!([size(1000), size(50_000), size(1 << 20)], [256, 400, 1024]);
    }
}
