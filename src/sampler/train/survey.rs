//! A grid for a function of which nothing is known.
//!
//! Knows a function through its values; knows no network. Where peaks are
//! narrow, the first flat points see little: a grid that follows the few large
//! weights closes in on the peak that happened to be hit first, and the others
//! are lost for good. Here the grid follows `f^beta` with the largest `beta` for
//! which enough points effectively make up the sum; the flatter function shows
//! all peaks, and `beta` rises to 1 as the grid improves. Weights are always
//! `f^beta / q` to the first power: only then does a peak that the grid
//! neglects weigh more, so that its neglect is corrected.
//! Source: R. M. Neal, Stat. Comput. 11 (2001) 125 for the sequence of powers.

use rayon::prelude::*;

use super::training_loop::Target;
use crate::integrand::SampleBatch;
use crate::rng::{Purpose, Stream};
use crate::sampler::density::Sampler;
use crate::sampler::effective_number;
use crate::sampler::vegas::{Vegas, VegasSettings};

/// Points that must effectively make up the sum of `f^beta / q`.
const EFFECTIVE: f64 = 50.0;
/// `beta` is lowered by this factor until they do.
const COOLING: f64 = 0.8;
/// `beta` is never lower.
const LEAST_BETA: f64 = 0.02;
/// Points drawn together.
const DRAW: u64 = 2048;

/// A grid adapted to `target` with `n_points` calls in `n_iterations` rounds.
///
/// The result depends on the seed and the channel, not on threads. Where the
/// function is zero at all points the grid stays flat.
pub fn survey_grid(
    target: Target<'_>,
    n_dim: usize,
    settings: &VegasSettings,
    n_points: u64,
    n_iterations: u64,
    seed: u64,
    channel: u32,
) -> Vegas {
    let mut grid = Vegas::new(n_dim, settings.clone());
    let per_iteration = (n_points / n_iterations.max(1)).max(1);
    let n_batches = per_iteration.div_ceil(DRAW);
    for iteration in 0..n_iterations {
        let drawn: Vec<(SampleBatch, Vec<f64>, Vec<f64>)> = (0..n_batches)
            .into_par_iter()
            .map(|b| {
                let n = DRAW.min(per_iteration - b * DRAW) as usize;
                let batch = iteration * n_batches + b;
                let mut stream = Stream::new(seed, Purpose::TrainSurvey, channel, batch);
                let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
                grid.sample(&mut stream, n, &mut batch, &mut q);
                let mut f = target(&batch);
                for f in &mut f {
                    *f = if f.is_finite() { f.abs() } else { 0.0 };
                }
                (batch, f, q)
            })
            .collect();
        let beta = largest_power(&drawn);
        let mut histogram = grid.histogram(&[1.0]);
        for (batch, f, q) in &drawn {
            let w: Vec<f64> = f.iter().zip(q).map(|(f, q)| f.powf(beta) / q).collect();
            grid.accumulate(batch, &w, &mut histogram);
        }
        grid.refine(&histogram, 1.0);
    }
    grid
}

fn largest_power(drawn: &[(SampleBatch, Vec<f64>, Vec<f64>)]) -> f64 {
    let effective = |beta: f64| {
        let points = drawn.iter().flat_map(|(_, f, q)| f.iter().zip(q));
        effective_number(
            points
                .filter(|(f, _)| **f > 0.0)
                .map(|(f, q)| f.powf(beta) / q),
        )
    };
    let mut beta = 1.0;
    while beta > LEAST_BETA && effective(beta) < EFFECTIVE {
        beta *= COOLING;
    }
    beta
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_peak_is_lost() {
        // Two peaks on the diagonal of five dimensions: of 1e5 flat points a
        // handful effectively make up either of them.
        let f = |batch: &SampleBatch| -> Vec<f64> {
            (0..batch.n_batch)
                .map(|k| {
                    let x = batch.point(k);
                    let peak = |c: f64| {
                        let r2: f64 = x.iter().map(|x| (x - c).powi(2)).sum();
                        (-r2 / 0.0025).exp()
                    };
                    peak(0.3) + peak(0.7)
                })
                .collect()
        };
        for seed in 0..4 {
            let grid = survey_grid(&f, 5, &VegasSettings::default(), 40_000, 8, seed, 0);
            for axis in grid.axes() {
                let below = axis.probability_below(0.5);
                assert!((0.25..0.75).contains(&below), "seed {seed}: {below}");
            }
        }
    }

    #[test]
    fn a_function_without_values_leaves_the_grid_flat() {
        let f = |batch: &SampleBatch| vec![f64::NAN; batch.n_batch];
        let grid = survey_grid(&f, 2, &VegasSettings::default(), 1000, 3, 0, 0);
        assert_eq!(grid, Vegas::new(2, VegasSettings::default()));
    }
}
