//! Trains a flow on a function of your own and integrates with it.

use std::error::Error;
use std::io::Write;

use omnis::integrand::SampleBatch;
use omnis::rng::{Purpose, Stream};
use omnis::sampler::train::{TrainSettings, Trainer, WeightSummary, survey_grid};
use omnis::sampler::{Sampler, VegasSettings};

/// A thin ridge along the diagonal of the unit square.
fn ridge(batch: &SampleBatch) -> Vec<f64> {
    let points = batch.coordinate(0).iter().zip(batch.coordinate(1));
    points
        .map(|(x, y)| (-(x - y).powi(2) / 2e-3).exp())
        .collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let grid = survey_grid(&ridge, 2, &VegasSettings::default(), 10_000, 5, 1, 0);
    let settings = TrainSettings {
        n_points: 100_000,
        ..Default::default()
    };
    let (sampler, report) = Trainer::new(&grid, settings, 0)?.run(&ridge);

    let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
    let mut stream = Stream::new(1, Purpose::Test, 0, 0);
    sampler.sample(&mut stream, 100_000, &mut batch, &mut q);
    let mut weights: Vec<f64> = ridge(&batch).iter().zip(&q).map(|(f, q)| f / q).collect();
    let flow = WeightSummary::of(&mut weights);

    let mut out = std::io::stdout();
    writeln!(out, "integral {:.6} +- {:.6}", flow.mean, flow.error)?;
    writeln!(
        out,
        "deviation {:.3} with the flow, {:.3} with the grid ({:?})",
        flow.deviation, report.survey.deviation, report.verdict
    )?;
    Ok(())
}
