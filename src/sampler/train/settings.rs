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
pub enum Engine {
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
    pub share: f64,
    /// Share of points that come from the grid from then on.
    pub final_share: f64,
    /// Calls of the integrand, the survey included.
    pub n_points: u64,
    /// Part of the calls that is spent on points of the grid first.
    pub survey_part: f64,
    /// Rounds in which the other calls are spent.
    pub n_rounds: usize,
    /// Each round takes this many times the points of the last.
    pub growth: f64,
    /// Every point is used in this many steps, on average.
    pub replays: f64,
    /// Rounds whose points are used.
    pub window: usize,
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
    pub change_from: f64,
    /// Part of the rounds in which it changes over.
    pub change_over: f64,
    /// Part of the points that must effectively make up the loss; with fewer,
    /// large weights count less in it.
    pub support: f64,
    /// Agreement asked of survey and flow, in standard deviations.
    pub agreement: f64,
    /// The device of the training.
    pub device: DeviceChoice,
    /// What computes gradients on it.
    pub engine: Engine,
    /// Seed of all points and of the first weights.
    pub seed: u64,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            flow: FlowSettings::default(),
            share: 0.05,
            final_share: 0.01,
            n_points: 1_000_000,
            survey_part: 0.1,
            n_rounds: 20,
            growth: 1.1,
            replays: 16.0,
            window: 6,
            batch_size: 1024,
            rate: 0.02,
            warm_up: 100,
            clip: 3.0,
            loss: Loss::FourthMoment,
            change_from: 0.5,
            change_over: 0.3,
            support: 0.02,
            agreement: 4.0,
            device: DeviceChoice::Cpu,
            engine: Engine::Auto,
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
        let fitting = (self.replays * n as f64 / ENOUGH_STEPS) as usize;
        self.batch_size = self.batch_size.min(fitting.max(LEAST_STEP));
    }

    /// Checks all numbers but those of the flow.
    ///
    /// # Errors
    /// [`TrainError::Setting`].
    pub fn validate(&self) -> Result<(), TrainError> {
        for (name, value, least, most) in [
            ("share", self.share, 1e-3, 1.0),
            ("final_share", self.final_share, 1e-3, 1.0),
            ("n_points", self.n_points as f64, 1000.0, 1e15),
            ("survey_part", self.survey_part, 0.01, 0.9),
            ("n_rounds", self.n_rounds as f64, 1.0, 1e4),
            ("growth", self.growth, 1.0, 10.0),
            ("replays", self.replays, 0.1, 1e4),
            ("window", self.window as f64, 1.0, 1e4),
            ("batch_size", self.batch_size as f64, 16.0, 1e6),
            ("rate", self.rate, 1e-8, 1.0),
            ("warm_up", self.warm_up as f64, 0.0, 1e6),
            ("clip", self.clip, 1e-3, 1e9),
            ("change_from", self.change_from, 0.0, 1.0),
            ("change_over", self.change_over, 0.0, 1.0),
            ("support", self.support, 0.0, 1.0),
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
