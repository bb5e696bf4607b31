//! What a user can ask of an integration.
//!
//! Knows ranges; the defaults suit a 2 -> 2 process as well as a large one.

use serde::{Deserialize, Serialize};

use super::error::IntegrateError;
use crate::compute::DeviceChoice;
use crate::sampler::{SamplerKind, VegasSettings};

/// Largest [`AdaptSettings::training`].
pub(crate) const LONGEST_TRAINING: f64 = 1000.0;

/// What a user can ask of an integration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdaptSettings {
    /// Seed of all random streams.
    pub seed: u64,
    /// Relative error at which to stop; 0 to use `max_points`.
    pub precision: f64,
    /// Most points to evaluate, adaptation and trainings included; trainings for
    /// planned events may take as many as these need, and come on top then.
    pub max_points: u64,
    /// Points of the survey and of the first iteration, all channels together;
    /// 0 chooses from the number of channels.
    pub points_per_iteration: u64,
    /// Iterations after which the grids are adapted, survey included, at most.
    pub n_adapt: usize,
    /// Events that will be generated: the more, the longer the grids are
    /// adapted. 0 if only the integral is wanted.
    pub planned_events: u64,
    /// Points per call of the integrand.
    pub batch_size: usize,
    /// A channel is given up only if this many points were all exactly zero.
    pub zero_points: u64,
    /// Share of the cross section allowed above the maximum weights.
    pub overweight_share: f64,
    /// How points are drawn.
    pub sampler: SamplerKind,
    /// Calls of the integrand for trainings, in units of those that suit the
    /// planned events.
    pub training: f64,
    /// The device that trains flows.
    pub device: DeviceChoice,
    /// How grids are built and trained.
    pub vegas: VegasSettings,
}

impl Default for AdaptSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            precision: 5e-3,
            max_points: 20_000_000,
            points_per_iteration: 0,
            n_adapt: 15,
            planned_events: 0,
            batch_size: 1024,
            zero_points: 10_000,
            overweight_share: 1e-3,
            sampler: SamplerKind::Vegas,
            training: 1.0,
            device: DeviceChoice::default(),
            vegas: VegasSettings::default(),
        }
    }
}

impl AdaptSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// [`IntegrateError::Setting`] names the first setting outside its range.
    pub(crate) fn validate(&self) -> Result<(), IntegrateError> {
        let check = |ok: bool, name, value, allowed| {
            if ok {
                Ok(())
            } else {
                Err(IntegrateError::Setting {
                    name,
                    value,
                    allowed,
                })
            }
        };
        let v = &self.vegas;
        check(
            (0.0..1.0).contains(&self.precision),
            "precision",
            self.precision,
            "a relative error, at least 0 and below 1",
        )?;
        check(
            self.max_points >= 1000,
            "max_points",
            self.max_points as f64,
            "at least 1000",
        )?;
        check(
            (1..=1 << 20).contains(&self.batch_size),
            "batch_size",
            self.batch_size as f64,
            "1 to 1048576",
        )?;
        check(
            (0.0..=0.5).contains(&self.overweight_share),
            "overweight_share",
            self.overweight_share,
            "a share of the cross section, 0 to 0.5",
        )?;
        check(
            self.training > 0.0 && self.training <= LONGEST_TRAINING,
            "training",
            self.training,
            "above 0, at most 1000",
        )?;
        check(
            (2..=4096).contains(&v.n_bins),
            "vegas.n_bins",
            v.n_bins as f64,
            "2 to 4096",
        )?;
        check(
            (1.0..=16.0).contains(&v.moment),
            "vegas.moment",
            v.moment,
            "1 to 16",
        )?;
        check(
            (1e-6..=0.5).contains(&v.floor),
            "vegas.floor",
            v.floor,
            "1e-6 to 0.5",
        )?;
        check(
            (0.0..=1.0).contains(&v.edge_flatness),
            "vegas.edge_flatness",
            v.edge_flatness,
            "0 to 1",
        )?;
        check(
            v.points_per_bin >= 1.0 && v.points_per_bin.is_finite(),
            "vegas.points_per_bin",
            v.points_per_bin,
            "at least 1",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_a_bad_value_is_named() {
        AdaptSettings::default().validate().unwrap();
        let bad = AdaptSettings {
            precision: -0.1,
            ..Default::default()
        };
        let message = bad.validate().unwrap_err().to_string();
        assert!(message.starts_with("precision = -0.1"), "{message}");
        let bad = AdaptSettings {
            precision: f64::NAN,
            ..Default::default()
        };
        assert!(bad.validate().is_err());
    }
}
