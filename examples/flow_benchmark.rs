//! Quality of trained flows on known integrands, at a fixed number of calls.
//!
//!     cargo run --release --example flow_benchmark -- [NAME|all] [SEEDS] [CALLS] [FIRST SEED]
//!
//! One line per seed, then the median over seeds: relative standard deviation
//! of the weights of fresh points, unweighting efficiency with 1e-3 and 1e-2 of
//! the sum above the maximum, the integral and its pull, and seconds of training.

#[path = "common/integrands.rs"]
mod integrands;

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use integrands::{ALL, Known};
use omnis::integrand::SampleBatch;
use omnis::rng::{Purpose, Stream};
use omnis::sampler::train::{TrainSettings, Trainer, Verdict, WeightSummary, survey_grid};
use omnis::sampler::{Sampler, VegasSettings};
use rayon::prelude::*;

/// Part of the calls that adapts the grid.
const SURVEY: f64 = 0.1;
/// Fresh points, as many as the training takes by default.
const FRESH: u64 = 500 * 2048;

struct Row {
    weights: WeightSummary,
    pull: f64,
    seconds: f64,
    verdict: Verdict,
}

fn run(known: &Known, seed: u64, calls: u64) -> Result<Row, Box<dyn Error>> {
    let start = Instant::now();
    let target = |batch: &SampleBatch| known.values(batch);
    let n_survey = (SURVEY * calls as f64) as u64;
    let vegas = VegasSettings::default();
    let grid = survey_grid(&target, known.n_dim, &vegas, n_survey, 8, seed, 0);
    let settings = TrainSettings {
        n_points: calls - n_survey,
        seed,
        ..Default::default()
    };
    let (mixture, report) = Trainer::new(&grid, settings, 0)?.run(&target);
    let seconds = start.elapsed().as_secs_f64();
    let mut weights: Vec<f64> = (0..FRESH / 2048)
        .into_par_iter()
        .flat_map_iter(|b| {
            let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
            let mut stream = Stream::new(seed, Purpose::Test, 0, b);
            mixture.sample(&mut stream, 2048, &mut batch, &mut q);
            let f = known.values(&batch);
            f.into_iter().zip(q).map(|(f, q)| f / q).collect::<Vec<_>>()
        })
        .collect();
    let weights = WeightSummary::of(&mut weights);
    Ok(Row {
        pull: (weights.mean - known.integral) / weights.error,
        weights,
        seconds,
        verdict: report.verdict,
    })
}

fn median(rows: &[Row], of: impl Fn(&Row) -> f64) -> f64 {
    let mut values: Vec<f64> = rows.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    0.5 * (values[(n - 1) / 2] + values[n / 2])
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = arguments.first().map_or("all", String::as_str);
    let n_seeds: u64 = arguments.get(1).map_or(Ok(1), |s| s.parse())?;
    let calls: u64 = arguments.get(2).map_or(Ok(1_020_000), |s| s.parse())?;
    let first: u64 = arguments.get(3).map_or(Ok(1), |s| s.parse())?;
    let chosen: Vec<&Known> = ALL
        .iter()
        .filter(|k| name == "all" || name == k.name)
        .collect();
    if chosen.is_empty() {
        return Err(format!("unknown integrand '{name}'").into());
    }
    let mut out = std::io::stdout();
    for known in chosen {
        let mut rows = Vec::new();
        for seed in first..first + n_seeds {
            let row = run(known, seed, calls)?;
            let w = &row.weights;
            writeln!(
                out,
                "{:8} seed {seed:2}  RSD {:.3}  eff {:.3} {:.3}  I {:.6} +- {:.6}  pull {:+.2}  {:.0} s  {:?}",
                known.name,
                w.deviation,
                w.efficiency,
                w.efficiency_1e2,
                w.mean,
                w.error,
                row.pull,
                row.seconds,
                row.verdict,
            )?;
            rows.push(row);
        }
        let pulls: Vec<f64> = rows.iter().map(|r| r.pull).collect();
        let n = pulls.len() as f64;
        let mean = pulls.iter().sum::<f64>() / n;
        let width = (pulls.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / n).sqrt();
        writeln!(
            out,
            "{:8} median   RSD {:.3}  eff {:.3} {:.3}  pulls {mean:+.2} +- {width:.2}, largest {:.2}  {:.0} s",
            known.name,
            median(&rows, |r| r.weights.deviation),
            median(&rows, |r| r.weights.efficiency),
            median(&rows, |r| r.weights.efficiency_1e2),
            pulls.iter().map(|p| p.abs()).fold(0.0, f64::max),
            median(&rows, |r| r.seconds),
        )?;
    }
    Ok(())
}
