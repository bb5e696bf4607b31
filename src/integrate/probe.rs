//! Numbers that tell an integrand from another: sums of weights at test points.
//!
//! Knows samplers and weights; knows nothing of what is integrated.

use super::adapted::Adapted;
use super::batch::{Task, evaluate};
use super::error::IntegrateError;
use crate::integrand::Integrand;
use crate::rng::Purpose;

/// Channels that are tried, evenly spread over all.
const MOST_CHANNELS: usize = 24;
/// Points of each.
const N_POINTS: usize = 64;
/// Seed of the points.
const SEED: u64 = 0x70_72_6f_62_65;
/// Relative difference that is taken for another way of rounding.
const ROUNDING: f64 = 1e-7;

impl Adapted {
    /// Mean weights in pb at fixed points of up to 24 channels, in order.
    ///
    /// # Errors
    /// [`IntegrateError::Mismatch`] for an integrand of another shape.
    pub fn probe(&self, integrand: &dyn Integrand) -> Result<Vec<(usize, f64)>, IntegrateError> {
        self.check_fits(integrand)?;
        let n = self.channels.len();
        let step = n.div_ceil(MOST_CHANNELS).max(1);
        Ok((0..n)
            .step_by(step)
            .map(|channel| {
                let sampler = &self.channels[channel].sampler;
                let task = Task {
                    channel,
                    batch: 0,
                    n: N_POINTS,
                };
                let out = evaluate(integrand, sampler, SEED, Purpose::Test, task);
                (channel, out.weights.iter().sum::<f64>() / N_POINTS as f64)
            })
            .collect())
    }

    /// Compares an integrand with what [`Adapted::probe`] found before.
    ///
    /// # Errors
    /// [`IntegrateError::Changed`], [`IntegrateError::Mismatch`].
    pub fn check_probe(
        &self,
        integrand: &dyn Integrand,
        stored: &[(usize, f64)],
    ) -> Result<(), IntegrateError> {
        let now = self.probe(integrand)?;
        let scale = stored.iter().map(|(_, w)| w.abs()).fold(0.0, f64::max);
        for (&(channel, found), &(_, stored)) in now.iter().zip(stored) {
            let near = ROUNDING * stored.abs().max(1e-6 * scale);
            if found.is_nan() || (found - stored).abs() > near {
                return Err(IntegrateError::Changed {
                    channel,
                    stored,
                    found,
                });
            }
        }
        Ok(())
    }
}
