//! `omnis generate`: a process card in, events and a summary out.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::failure::Failure;
use super::program::Context;
use super::running::{failure, in_pool, prepare, read_card, summary, with_control};
use super::summary::{EventSummary, Summary};
use super::values;
use crate::production::check_output;

const AFTER_HELP: &str = "\
Examples:
  omnis generate processes/pp_epem.toml
  omnis generate processes/pp_tt.toml -n 1e5 -o tt.lhe.gz --seed 42
  omnis generate processes/pp_epem_j.toml --json > summary.json

The same card, seed and number of events give the same file, with any number
of threads. The file is compressed if its name ends in .gz. It appears under
its name when it is complete.";

/// Arguments of `omnis generate`; what is given here wins over the card.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct GenerateArgs {
    /// Process card
    #[arg(value_name = "CARD")]
    pub card: PathBuf,

    /// Number of unweighted events, instead of the card's
    #[arg(short = 'n', long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub events: Option<u64>,

    /// Event file, instead of the card's
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Seed of the random numbers, instead of the card's
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,

    /// Number of threads [default: all cores]
    #[arg(long, value_name = "T", value_parser = values::threads)]
    pub threads: Option<NonZeroUsize>,
}

impl GenerateArgs {
    /// Generates and prints the summary.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a card that cannot be used, [`Failure::Run`] if
    /// generation failed, [`Failure::Interrupted`] after Ctrl-C.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let mut card = read_card(&self.card, self.threads)?;
        card.run.seed = self.seed.unwrap_or(card.run.seed);
        card.run.events = self.events.unwrap_or(card.run.events);
        if let Some(output) = &self.output {
            card.run.output.clone_from(output);
        }
        let begin = Instant::now();
        let summary = in_pool(&card.clone(), || {
            let output = card.run.output.clone();
            check_output(&output).map_err(|e| failure(e.into()))?;
            let run = prepare(card, context)?;
            let n_events = run.card.run.events;
            let adapted = with_control(&context.progress, |c| run.integrate(n_events, c))?;
            let report = with_control(&context.progress, |c| run.generate(&adapted, &output, c))?;
            let found = &report.generated;
            let mut out = summary(&run, run.subtotals(&found.parts));
            out.xsec_pb = found.total.xsec_pb;
            out.xsec_err_pb = found.total.xsec_err_pb;
            out.chi2_per_dof = found.total.chi2_per_dof();
            out.n_points = adapted.n_points() + found.report.n_trials;
            out.n_non_finite = adapted.n_non_finite() + found.n_non_finite;
            out.warnings = run.warnings(&adapted);
            out.events = Some(EventSummary {
                n_events: report.n_written,
                output: output.display().to_string(),
                unweighting_efficiency: found.report.efficiency,
                overweight_share: found.report.overweight_share,
                largest_weight: found.report.largest_weight,
                kish_size: found.report.kish_size,
                events_per_s: 0.0,
            });
            Ok(out)
        })?;
        finish(summary, begin, context)
    }
}

/// Adds the times and prints.
pub(super) fn finish(
    mut summary: Summary,
    begin: Instant,
    context: &Context,
) -> Result<(), Failure> {
    summary.stages = context.progress.times();
    summary.seconds = begin.elapsed().as_secs_f64();
    let generation = summary.stages.iter().find(|s| s.stage == "generate");
    if let (Some(events), Some(stage)) = (&mut summary.events, generation) {
        events.events_per_s = events.n_events as f64 / stage.wall_s.max(1e-9);
    }
    context.print(&summary.text(), &summary.json())
}
