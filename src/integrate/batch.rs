//! Evaluation of batches in parallel, results in the order of the batches.
//!
//! Knows (channel, batch) addresses; a batch gives the same numbers on every
//! thread, and results are added up by the caller in order.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::accumulator::Accumulator;
use super::error::IntegrateError;
use super::parts::PartSums;
use crate::compute::Crew;
use crate::integrand::{ChannelBatch, Evaluation, EvaluationPool, Integrand, SampleBatch, Want};
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
    /// What events are made in proportion to besides, `[n_batch]`; empty where it is 1.
    pub bias: Vec<f64>,
    /// Density of the sampler, `[n_batch]`.
    pub q: Vec<f64>,
    pub sums: Accumulator,
    pub parts: PartSums,
}

impl Weighted {
    /// Weights times bias, which samplers learn from and events are accepted by, `[n_batch]`.
    pub(crate) fn biased(&self) -> Cow<'_, [f64]> {
        if self.bias.is_empty() {
            return Cow::Borrowed(&self.weights);
        }
        let both = self.weights.iter().zip(&self.bias);
        Cow::Owned(both.map(|(w, b)| w * b).collect())
    }

    /// Drops what only samplers learn from.
    pub(crate) fn forget_points(&mut self) {
        self.points = SampleBatch::default();
        self.q = Vec::new();
    }
}

/// What the points of a batch add to the integral, without the density they were
/// drawn with: channel weight times value, `[n_batch]`.
pub fn channel_values(integrand: &dyn Integrand, channel: usize, batch: &SampleBatch) -> Vec<f64> {
    let batch = ChannelBatch {
        channel,
        points: batch,
    };
    let mut found = Evaluation::default();
    integrand.evaluate(batch, Want::default(), &mut found);
    found.weighted_values()
}

/// Draws and evaluates batches, launch by launch, in memory that it keeps.
pub(crate) struct BatchEvaluator<'a> {
    pub integrand: &'a dyn Integrand,
    pub seed: u64,
    pub purpose: Purpose,
    /// Whether contributions are added up.
    pub contributions: bool,
    pool: EvaluationPool,
}

impl<'a> BatchEvaluator<'a> {
    /// Of points with addresses of this seed and purpose.
    pub fn new(integrand: &'a dyn Integrand, seed: u64, purpose: Purpose) -> Self {
        Self {
            integrand,
            seed,
            purpose,
            contributions: true,
            pool: EvaluationPool::default(),
        }
    }

    /// Does not add up contributions.
    #[must_use]
    pub(crate) fn without_contributions(mut self) -> Self {
        self.contributions = false;
        self
    }

    /// Tasks that are evaluated by one call of the integrand.
    pub(crate) fn launches<'t>(&self, tasks: &'t [Task]) -> std::slice::Chunks<'t, Task> {
        tasks.chunks(self.integrand.batches_per_launch().max(1))
    }

    /// Draws the batches of a launch and evaluates them together.
    pub fn launch<'s>(
        &self,
        tasks: &[Task],
        sampler_of: impl Fn(usize) -> &'s ChannelSampler,
    ) -> Vec<Weighted> {
        let drawn: Vec<(SampleBatch, Vec<f64>)> = tasks
            .iter()
            .map(|task| {
                let (channel, batch) = (task.channel as u32, task.batch);
                let mut stream = Stream::new(self.seed, self.purpose, channel, batch);
                let (mut points, mut q) = (SampleBatch::default(), Vec::new());
                sampler_of(task.channel).sample(&mut stream, task.n, &mut points, &mut q);
                (points, q)
            })
            .collect();
        let want = Want {
            contributions: self.contributions,
            ..Want::default()
        };
        self.pool.with(tasks.len(), |found| {
            let batches = tasks.iter().zip(&drawn);
            let batches: Vec<ChannelBatch> = batches
                .map(|(task, (points, _))| ChannelBatch {
                    channel: task.channel,
                    points,
                })
                .collect();
            self.integrand.evaluate_group(&batches, want, found);
            let all = tasks.iter().zip(drawn).zip(found);
            all.map(|((task, (points, q)), found)| Weighted::new(*task, points, q, found))
                .collect()
        })
    }

    /// Draws and evaluates one batch.
    pub fn batch(&self, task: Task, sampler: &ChannelSampler) -> Weighted {
        let mut launch = self.launch(&[task], |_| sampler);
        launch.pop().expect("as many results as tasks")
    }
}

impl Weighted {
    fn new(task: Task, points: SampleBatch, q: Vec<f64>, found: &Evaluation) -> Self {
        debug_assert_eq!(found.n_batch, task.n, "all points of the batch");
        let mut weights = found.weighted_values();
        // A vanishing value stays zero whatever the density is.
        for (w, q) in weights.iter_mut().zip(&q).filter(|(w, _)| **w != 0.0) {
            *w /= q;
        }
        let mut sums = Accumulator::default();
        sums.extend(&weights);
        sums.count(found.n_cut(), found.n_non_finite);
        for w in &mut weights {
            if !w.is_finite() {
                *w = 0.0;
            }
        }
        let mut parts = PartSums::default();
        for (id, row) in found.contributions() {
            let points = row.iter().zip(&found.index).zip(&found.alpha);
            let weight = |((f, at), alpha): ((&f64, &usize), &f64)| {
                if *f == 0.0 { 0.0 } else { f * (alpha / q[*at]) }
            };
            parts.add(id, points.map(weight));
        }
        Self {
            task,
            points,
            weights,
            bias: found.biases(),
            q,
            sums,
            parts,
        }
    }
}

/// Results of `finish` for a group of tasks, in their order; threads and processes
/// share the work.
///
/// # Errors
/// [`IntegrateError::Cancelled`] if any process was stopped; `n_points` were
/// evaluated before.
pub(crate) fn evaluate_group<'s, R: Send + Serialize + DeserializeOwned>(
    crew: Crew<'_>,
    group: &[Task],
    n_points: u64,
    evaluator: &BatchEvaluator<'_>,
    sampler_of: impl Fn(usize) -> &'s ChannelSampler + Sync,
    finish: impl Fn(Weighted) -> R + Sync,
) -> Result<Vec<R>, IntegrateError> {
    let launches: Vec<&[Task]> = evaluator.launches(group).collect();
    let results = crew.map(launches.len(), |k| -> Vec<R> {
        let found = evaluator.launch(launches[k], &sampler_of);
        found.into_iter().map(&finish).collect()
    });
    let results = results.ok_or(IntegrateError::Cancelled { n_points })?;
    Ok(results.into_iter().flatten().collect())
}

/// Tasks of a group: enough to keep all processes busy.
pub(crate) fn group_size(crew: Crew<'_>) -> usize {
    BATCHES_PER_GROUP * crew.team.size()
}
