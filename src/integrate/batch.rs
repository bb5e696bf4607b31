//! Evaluation of batches in parallel, results in the order of the batches.
//!
//! Knows (channel, batch) addresses; a batch gives the same numbers on every
//! thread, and results are added up by the caller in order.

use rayon::prelude::*;

use super::accumulator::Accumulator;
use super::error::IntegrateError;
use super::parts::PartSums;
use super::progress::Control;
use crate::integrand::{Integrand, SampleBatch};
use crate::rng::{Purpose, Stream};
use crate::sampler::{ChannelSampler, Sampler};

/// Batches between two looks at the cancel flag and two reports of progress.
pub(crate) const BATCHES_PER_GROUP: usize = 128;

/// Address and size of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Runs `work` on all tasks, groups of them in parallel, and hands the results
/// to `reduce` in task order; `report` hears how many points are done.
pub(crate) fn run_in_order<R: Send>(
    tasks: &[Task],
    control: &Control,
    n_points_before: u64,
    work: impl Fn(Task) -> R + Sync,
    mut reduce: impl FnMut(R),
    mut report: impl FnMut(u64),
) -> Result<(), IntegrateError> {
    let mut n_done = 0;
    for group in tasks.chunks(BATCHES_PER_GROUP) {
        control.check(n_points_before + n_done)?;
        let cancel = control.cancel;
        let results: Option<Vec<R>> = group
            .par_iter()
            .map(|task| {
                let go_on = !cancel.load(std::sync::atomic::Ordering::Relaxed);
                go_on.then(|| work(*task))
            })
            .collect();
        let results = results.ok_or(IntegrateError::Cancelled {
            n_points: n_points_before + n_done,
        })?;
        results.into_iter().for_each(&mut reduce);
        n_done += group.iter().map(|t| t.n as u64).sum::<u64>();
        report(n_done);
    }
    Ok(())
}
