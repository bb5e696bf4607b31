//! Training of the flows of several channels that share one budget.
//!
//! Knows channels and their weights; knows nothing of what is integrated. Each
//! channel has a flow of its own, so that the variance of the sum,
//! `(sum_i sigma_i)^2 / N` with points shared in proportion to `sigma_i`, falls
//! with every `sigma_i`: the budget goes where they are large.

use super::report::TrainReport;
use super::settings::{TrainError, TrainSettings};
use super::training_loop::Trainer;
use crate::integrand::{EvaluationPool, Integrand, SampleBatch};
use crate::sampler::flow::Mixture;
use crate::sampler::vegas::Vegas;

/// A channel to be trained.
#[derive(Clone, Debug)]
pub struct ChannelTask<'a> {
    /// Number of the channel.
    pub channel: usize,
    /// Its trained grid.
    pub grid: &'a Vegas,
    /// Its discrete dimensions; see
    /// [`FlowSettings::cells`](crate::sampler::FlowSettings).
    pub cells: Vec<(usize, usize)>,
}

/// What became of a channel.
#[derive(Clone, Debug)]
pub struct TrainedChannel {
    /// Number of the channel.
    pub channel: usize,
    /// Its sampler: a flow, or the grid alone where training failed.
    pub sampler: Mixture,
    /// What happened.
    pub report: TrainReport,
}

/// Weight of a channel, without the density: `alpha * value`.
pub fn channel_values(integrand: &dyn Integrand, channel: usize, batch: &SampleBatch) -> Vec<f64> {
    EvaluationPool::default().weighted_values(integrand, channel, batch)
}

/// Trains every channel; `settings.n_points` is the budget of all together.
///
/// A survey with equal shares decides how the rest is shared: in proportion to
/// the standard deviation that each channel adds to the sum.
///
/// # Errors
/// [`TrainError`] if a setting is out of range or the device is not there.
pub fn train_channels(
    integrand: &dyn Integrand,
    tasks: &[ChannelTask<'_>],
    settings: &TrainSettings,
) -> Result<Vec<TrainedChannel>, TrainError> {
    let n_survey = (settings.n_points as f64 * settings.survey_part) as u64;
    let share = n_survey / tasks.len().max(1) as u64;
    let mut trainers = Vec::with_capacity(tasks.len());
    let mut sigmas = Vec::with_capacity(tasks.len());
    for task in tasks {
        let mut own = settings.clone();
        own.flow.cells.clone_from(&task.cells);
        let mut trainer = Trainer::new(task.grid, own, task.channel as u32)?;
        let target = |batch: &SampleBatch| channel_values(integrand, task.channel, batch);
        let survey = trainer.survey(&target, share);
        sigmas.push(survey.deviation * survey.size);
        trainers.push(trainer);
    }
    let total: f64 = sigmas.iter().sum();
    let left = settings.n_points.saturating_sub(share * tasks.len() as u64);
    let trained = tasks.iter().zip(trainers).zip(&sigmas);
    Ok(trained
        .map(|((task, trainer), sigma)| {
            let part = if total > 0.0 { sigma / total } else { 0.0 };
            let target = |batch: &SampleBatch| channel_values(integrand, task.channel, batch);
            let (sampler, report) = trainer.train(&target, (part * left as f64) as u64);
            TrainedChannel {
                channel: task.channel,
                sampler,
                report,
            }
        })
        .collect())
}
