//! Evaluation of batches in parallel, results in the order of the batches.
//!
//! Knows (channel, batch) addresses; a batch gives the same numbers on every
//! thread, and results are added up by the caller in order.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::accumulator::Accumulator;
use super::error::IntegrateError;
use super::parts::PartSums;
use crate::compute::Crew;
use crate::integrand::{Integrand, SampleBatch};
use crate::rng::{Purpose, Stream};
use crate::sampler::{ChannelSampler, Sampler};

/// Batches of a process between two reports of progress.
const BATCHES_PER_GROUP: usize = 128;

/// Address and size of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    pub channel: usize,
    pub batch: u64,
    pub n: usize,
}

/// The batches of `n_points[channel]` points each; the counters of
/// `next_batch[channel]` are advanced.
pub(crate) fn tasks(n_points: &[u64], batch_size: usize, next_batch: &mut [u64]) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (channel, &n_channel) in n_points.iter().enumerate() {
        let mut left = n_channel;
        while left > 0 {
            let n = left.min(batch_size as u64);
            tasks.push(Task {
                channel,
                batch: next_batch[channel],
                n: n as usize,
            });
            next_batch[channel] += 1;
            left -= n;
        }
    }
    tasks
}

/// A batch with its weights.
#[derive(Serialize, Deserialize)]
pub(crate) struct Weighted {
    pub task: Task,
    pub points: SampleBatch,
    /// `alpha f / q`, `[n_batch]`; non-finite ones are set to 0 and counted.
    pub weights: Vec<f64>,
    /// Density of the sampler, `[n_batch]`.
    pub q: Vec<f64>,
    pub sums: Accumulator,
    pub parts: PartSums,
}

impl Weighted {
    /// Drops what only samplers learn from.
    pub fn forget_points(&mut self) {
        self.points = SampleBatch::default();
        self.q = Vec::new();
    }
}

/// What the points of a batch add to the integral, without the density they were
/// drawn with: channel weight times value, `[n_batch]`.
pub fn channel_values(integrand: &dyn Integrand, channel: usize, batch: &SampleBatch) -> Vec<f64> {
    let out = integrand.evaluate(channel, batch);
    let both = out.value.iter().zip(&out.alpha);
    both.map(|(f, a)| f * a).collect()
}

/// Draws and evaluates one batch.
pub(crate) fn evaluate(
    integrand: &dyn Integrand,
    sampler: &ChannelSampler,
    seed: u64,
    purpose: Purpose,
    task: Task,
) -> Weighted {
    let mut stream = Stream::new(seed, purpose, task.channel as u32, task.batch);
    let (mut points, mut q) = (SampleBatch::default(), Vec::new());
    sampler.sample(&mut stream, task.n, &mut points, &mut q);
    let evaluation = integrand.evaluate(task.channel, &points);
    let mut weights: Vec<f64> = evaluation
        .value
        .iter()
        .zip(&evaluation.alpha)
        .zip(&q)
        // A vanishing value stays zero whatever the channel weight is.
        .map(|((f, alpha), q)| if *f == 0.0 { 0.0 } else { alpha * f / q })
        .collect();
    debug_assert_eq!(weights.len(), task.n, "one value and one alpha per point");
    let mut sums = Accumulator::default();
    sums.extend(&weights);
    sums.count(evaluation.n_cut, evaluation.n_non_finite);
    for w in &mut weights {
        if !w.is_finite() {
            *w = 0.0;
        }
    }
    let mut parts = PartSums::default();
    for (part, values) in &evaluation.parts {
        let factor = evaluation.alpha.iter().zip(&q).map(|(alpha, q)| alpha / q);
        let weight = |(f, x): (&f64, f64)| if *f == 0.0 { 0.0 } else { f * x };
        parts.add(*part, values.iter().zip(factor).map(weight));
    }
    Weighted {
        task,
        points,
        weights,
        q,
        sums,
        parts,
    }
}

/// Results of `work` for a group of tasks, in their order; threads and processes
/// share the work.
///
/// # Errors
/// [`IntegrateError::Cancelled`] if any process was stopped; `n_points` were
/// evaluated before.
pub(crate) fn evaluate_group<R: Send + Serialize + DeserializeOwned>(
    crew: Crew<'_>,
    group: &[Task],
    n_points: u64,
    work: impl Fn(Task) -> R + Sync,
) -> Result<Vec<R>, IntegrateError> {
    let results = crew.map(group.len(), |k| work(group[k]));
    results.ok_or(IntegrateError::Cancelled { n_points })
}

/// Tasks of a group: enough to keep all processes busy.
pub(crate) fn group_size(crew: Crew<'_>) -> usize {
    BATCHES_PER_GROUP * crew.team.size()
}
