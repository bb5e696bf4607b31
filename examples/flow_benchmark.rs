//! Quality of trained flows on known integrands, at a fixed number of calls.
//!
//!     cargo run --release --example flow_benchmark -- [NAME|all] [SEEDS] [CALLS] [FIRST SEED]
//!
//! Integrates as a run with `sampler = "flow"` does: survey, grids, and a training with
//! CALLS calls of the integrand (a million if not given). One line per seed, then the
//! median over seeds: relative standard deviation of the weights of fresh points,
//! unweighting efficiency with 1e-3 and 1e-2 of the sum above the maximum, the integral
//! and its pull, calls of survey, grids and training together, and seconds of all.

#[path = "common/integrands.rs"]
mod integrands;

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use integrands::{ALL, Known, OneChannel};
use omnis::integrand::SampleBatch;
use omnis::integrate::{AdaptSettings, Control, SamplerReason, adapt};
use omnis::rng::{Purpose, Stream};
use omnis::sampler::train::WeightSummary;
use omnis::sampler::{Sampler, SamplerKind};
use rayon::prelude::*;

/// Calls of a training of length 1, if few events are planned.
const UNIT: f64 = 300_000.0;
/// Fresh points.
const FRESH: u64 = 500 * 2048;

struct Row {
    weights: WeightSummary,
    pull: f64,
    calls: u64,
    seconds: f64,
    reason: SamplerReason,
}

fn run(known: &Known, seed: u64, calls: f64) -> Result<Row, Box<dyn Error>> {
    let start = Instant::now();
    let integrand = OneChannel {
        n_dim: known.n_dim,
        cells: vec![],
        f: |batch: &SampleBatch| known.values(batch),
    };
    let settings = AdaptSettings {
        seed,
        sampler: SamplerKind::Flow,
        training: calls / UNIT,
        precision: 0.01,
        ..AdaptSettings::default()
    };
    let adapted = adapt(&integrand, &settings, &Control::silent())?;
    let seconds = start.elapsed().as_secs_f64();
    let sampler = &adapted.channels[0].sampler;
    let mut weights: Vec<f64> = (0..FRESH / 2048)
        .into_par_iter()
        .flat_map_iter(|b| {
            let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
            let mut stream = Stream::new(seed, Purpose::Test, 0, b);
            sampler.sample(&mut stream, 2048, &mut batch, &mut q);
            let f = known.values(&batch);
            f.into_iter().zip(q).map(|(f, q)| f / q).collect::<Vec<_>>()
        })
        .collect();
    let weights = WeightSummary::of(&mut weights);
    let training = adapted.training.first().ok_or("no training")?;
    Ok(Row {
        pull: (weights.mean - known.integral) / weights.error,
        weights,
        calls: adapted.n_points() - adapted.total.n_points,
        seconds,
        reason: training.reason,
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
    let calls: f64 = arguments.get(2).map_or(Ok(1e6), |s| s.parse())?;
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
                "{:8} seed {seed:2}  RSD {:.3}  eff {:.3} {:.3}  I {:.6} +- {:.6}  pull {:+.2}  {} calls  {:.0} s  {:?}",
                known.name,
                w.deviation,
                w.efficiency,
                w.efficiency_1e2,
                w.mean,
                w.error,
                row.pull,
                row.calls,
                row.seconds,
                row.reason,
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
