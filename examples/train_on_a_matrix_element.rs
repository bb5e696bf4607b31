//! Trains the flow of one channel on a real matrix element.
//!
//!     cargo run --release --example train_on_a_matrix_element -- [CARD] [CALLS]
//!
//! Builds the process of a card (`processes/pp_epem_j.toml` if none is given), adapts
//! grids to all channels, takes the one with the largest part of the cross section,
//! and trains its flow with so many calls of the integrand (200 000). Prints the
//! channel, then mean weight in pb, relative standard deviation (RSD) of the weights
//! and unweighting efficiency with the grid and with the flow.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use omnis::card::Card;
use omnis::integrand::{Integrand, SampleBatch};
use omnis::integrate::Control;
use omnis::rng::{Purpose, Stream};
use omnis::run::Run;
use omnis::sampler::SamplerKind;
use omnis::sampler::train::{TrainSettings, Trainer, WeightSummary, channel_values};
use omnis::sampler::{ChannelSampler, Sampler};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let card = arguments.next();
    let card = card.as_deref().unwrap_or("processes/pp_epem_j.toml");
    let n_points = arguments.next().map_or(Ok(200_000), |n| n.parse())?;

    let mut run = Run::prepare(Card::from_path(Path::new(card))?)?;
    run.card.run.sampler = SamplerKind::Vegas;
    run.card.run.accuracy = 0.02;
    let adapted = run.integrate(0, &Control::silent())?;
    let means = adapted.channels.iter().map(|c| c.kept.mean()).enumerate();
    let (channel, part) = means
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .ok_or("the process has no channel")?;
    let ChannelSampler::Vegas(grid) = &adapted.channels[channel].sampler else {
        return Err("the channel has no grid".into());
    };
    let mut out = std::io::stdout();
    let n_dim = grid.n_dim();
    let share = 100.0 * part / adapted.total.xsec_pb;
    writeln!(
        out,
        "channel {channel}, {n_dim} dimensions, {share:.1} % of the cross section"
    )?;

    let value = |batch: &SampleBatch| channel_values(&run.cross_section, channel, batch);
    let mut settings = TrainSettings {
        n_points,
        ..Default::default()
    };
    // Dimensions that stand for a choice get a discrete density.
    settings.flow.cells = run.cross_section.cells(channel);
    let (flow, report) = Trainer::new(grid, settings, channel as u32)?.run(&value);

    let samplers: [(&str, &dyn Sampler); 2] = [("grid", grid), ("flow", &flow)];
    for (name, sampler) in samplers {
        let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
        let mut stream = Stream::new(1, Purpose::Test, 0, 0);
        sampler.sample(&mut stream, 100_000, &mut batch, &mut q);
        let mut weights: Vec<f64> = value(&batch).iter().zip(&q).map(|(f, q)| f / q).collect();
        let w = WeightSummary::of(&mut weights);
        let (mean, error) = (w.mean, w.error);
        let (rsd, efficiency) = (w.deviation, 100.0 * w.efficiency);
        writeln!(
            out,
            "{name}  {mean:.4e} +- {error:.1e} pb, RSD {rsd:.3}, efficiency {efficiency:.2} %"
        )?;
    }
    writeln!(out, "verdict of the training: {:?}", report.verdict)?;
    Ok(())
}
