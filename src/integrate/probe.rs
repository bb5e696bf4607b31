//! Test points: those that tell an integrand from another by its weights, and
//! others that are distributed like the trials of a generation.
//!
//! Knows samplers and weights; knows nothing of what is integrated.

use super::adapted::Adapted;
use super::batch::{BatchEvaluator, Task};
use super::error::IntegrateError;
use crate::integrand::{Integrand, SampleBatch};
use crate::rng::{Purpose, Stream};
use crate::sampler::Sampler;

/// Channels that are tried, evenly spread over all.
const MOST_CHANNELS: usize = 24;
/// Points of each.
const N_POINTS: usize = 64;
/// Points that are distributed like trials: at most, at least, and so many that they
/// take about this time in ns.
const MOST_TEST_POINTS: usize = 1024;
const LEAST_TEST_POINTS: usize = 64;
const BUDGET_NS: f64 = 2e8;
/// Seed of the points: they are always the same.
const SEED: u64 = 0;
/// Relative difference that is taken for another way of rounding.
const ROUNDING: f64 = 1e-7;

impl Adapted {
    /// Up to 1024 points distributed like the trials of a generation, by channel:
    /// always the same ones, and fewer where a point takes long.
    pub(crate) fn test_points(&self, integrand: &dyn Integrand) -> Vec<(usize, SampleBatch)> {
        let live = (0..self.channels.len()).filter(|&c| self.channels[c].live);
        let most_ns = live.map(|c| integrand.cost_ns(c)).fold(1.0, f64::max);
        let n = ((BUDGET_NS / most_ns) as usize).clamp(LEAST_TEST_POINTS, MOST_TEST_POINTS);
        let maxima = self.max_weights.channels.iter().map(|c| c.w_max);
        let total: f64 = maxima.clone().sum();
        let mut batches = vec![];
        // Rounding the sums leaves as many points as asked for.
        let (mut sum, mut n_before) = (0.0, 0);
        for (channel, w_max) in maxima.enumerate() {
            sum += w_max / total.max(f64::MIN_POSITIVE);
            let n_here = (sum * n as f64).round() as usize - n_before;
            n_before += n_here;
            if n_here > 0 {
                let mut stream = Stream::new(SEED, Purpose::TestPoints, channel as u32, 0);
                let (mut points, mut q) = (SampleBatch::default(), vec![]);
                let sampler = &self.channels[channel].sampler;
                sampler.sample(&mut stream, n_here, &mut points, &mut q);
                batches.push((channel, points));
            }
        }
        batches
    }

    /// Mean weights in pb at fixed points of up to 24 channels, in order.
    ///
    /// # Errors
    /// [`IntegrateError::Mismatch`] for an integrand of another shape.
    pub fn probe(&self, integrand: &dyn Integrand) -> Result<Vec<(usize, f64)>, IntegrateError> {
        self.check_fits(integrand)?;
        let n = self.channels.len();
        let step = n.div_ceil(MOST_CHANNELS).max(1);
        let evaluator =
            BatchEvaluator::new(integrand, SEED, Purpose::Probe).without_contributions();
        Ok((0..n)
            .step_by(step)
            .map(|channel| {
                let sampler = &self.channels[channel].sampler;
                let task = Task {
                    channel,
                    batch: 0,
                    n: N_POINTS,
                };
                let out = evaluator.batch(task, sampler);
                (channel, out.weights.iter().sum::<f64>() / N_POINTS as f64)
            })
            .collect())
    }

    /// Compares an integrand with what [`Adapted::probe`] found before.
    ///
    /// # Errors
    /// [`IntegrateError::Changed`], [`IntegrateError::Mismatch`].
    pub(crate) fn check_probe(
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
