//! Trains the flows of a real process.
//!
//!     cargo run --release --example train_on_a_matrix_element -- [CARD] [TRAINING]
//!
//! Builds the process of a card (`processes/pp_epem_j.toml` if none is given), adapts
//! grids to all channels and trains a flow in every channel that matters, TRAINING
//! times as long as suits the events of the card (1). Prints for each channel its part
//! of the trials, the unweighting efficiency with the grid and with the flow, and which
//! of them draws its points; then the cross section in pb.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use omnis::card::Card;
use omnis::integrate::Control;
use omnis::run::Run;
use omnis::sampler::SamplerKind;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let card = arguments.next();
    let card = card.as_deref().unwrap_or("processes/pp_epem_j.toml");
    let training = arguments.next().map_or(Ok(1.0), |n| n.parse())?;

    let mut run = Run::prepare(Card::from_path(Path::new(card))?)?;
    run.card.run.sampler = SamplerKind::Flow;
    run.card.run.training = training;
    run.card.run.accuracy = 0.01;
    let adapted = run.integrate(run.card.run.events, &Control::silent())?;

    let mut out = std::io::stdout();
    for training in &adapted.training {
        let percent = |x: f64| format!("{:.2} %", 100.0 * x);
        writeln!(
            out,
            "{}\n    {} of the trials, efficiency {} with the grid, {} with the flow: {:?}",
            run.cross_section.channel_description(training.channel),
            percent(training.share),
            percent(training.efficiency_of_grid),
            training.efficiency_of_flow.map_or("-".to_owned(), percent),
            training.reason
        )?;
    }
    let total = &adapted.total;
    writeln!(out, "{:.5} +- {:.5} pb", total.xsec_pb, total.xsec_err_pb)?;
    Ok(())
}
