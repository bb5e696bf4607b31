//! `omnis integrate`: a process card in, its cross section out; a decay in, its width out.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::answer::Answer;
use super::card_args::CardArgs;
use super::dry_run::{DryRun, DryRunArgs};
use super::failure::Failure;
use super::generate::finish;
use super::interrupt::either_requested;
use super::program::Context;
use super::replace_args::ReplaceArgs;
use super::running::{failure, in_pool, inputs, prepare, summary, with_control};
use super::sampler_args::SamplerArgs;
use super::team::{check_built, threads};
use super::values;
use super::width::{card_of, print_width};
use crate::card::Card;
use crate::integrate::Adaptation;
use crate::run::{PartialWidth, sampler_counts, samplers_text, write_history};
use crate::weights::WeightRequest;

const AFTER_HELP: &str = "\
Examples:
  omnis integrate processes/pp_epem.toml
  omnis integrate processes/pp_tt.toml --accuracy 0.001
  omnis integrate processes/pp_jj.toml --json
  omnis integrate \"t > b w+\"
  mpirun -n 4 omnis integrate processes/pp_jj.toml --mpi

The accuracy is relative: 0.002 stops when the statistical error of the total
is 0.2 % of it. Decays, in a card or as a process line in quotes, give partial
widths in GeV.";

/// Arguments of `omnis integrate`; what is given here wins over the card.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct IntegrateArgs {
    /// Process card, a decay in quotes, or cards of MadGraph: a proc_card or its folder
    #[arg(value_name = "CARD")]
    pub card: PathBuf,

    /// Relative statistical error to reach, instead of the card's
    #[arg(long, alias = "precision", value_name = "A", value_parser = values::accuracy, allow_hyphen_values = true)]
    pub accuracy: Option<f64>,

    /// Seed of the random numbers, instead of the card's
    #[arg(long, value_name = "S", value_parser = values::whole, allow_negative_numbers = true)]
    pub seed: Option<u64>,

    /// How the card is read.
    #[command(flatten)]
    pub reading: CardArgs,

    /// How points are drawn.
    #[command(flatten)]
    pub sampler: SamplerArgs,

    /// Number of threads [default: all cores]
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    pub threads: Option<NonZeroUsize>,

    /// Share the work among the processes that mpirun started (feature mpi)
    #[arg(long)]
    pub mpi: bool,

    /// What the output may replace.
    #[command(flatten)]
    pub replace: ReplaceArgs,

    /// Whether it is only tried.
    #[command(flatten)]
    pub dry: DryRunArgs,
}

impl IntegrateArgs {
    /// Tries the integration.
    fn try_run(&self, card: Card, begin: Instant, context: &Context) -> Result<(), Failure> {
        self.dry.refuse_mpi(self.mpi)?;
        if self.decay().is_some() || PartialWidth::is_of(&card) {
            return Err(Failure::Usage(anyhow::anyhow!(
                "--dry-run is for collisions: the width of a decay takes no time"
            )));
        }
        in_pool(card.run.threads, || {
            let run = prepare(card, &mut None, context)?;
            let dry = DryRun {
                command: "integrate",
                output: None,
                planned: 0,
                job: None,
                program: None,
                n_jobs: None,
                begin,
            };
            dry.run(&run, None, context)
        })
    }

    /// The process line that stands in place of a card.
    fn decay(&self) -> Option<&str> {
        let text = self.card.to_str().filter(|text| text.contains('>'));
        text.filter(|_| !self.card.exists())
    }

    /// Integrates and prints the summary.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a card that cannot be used, [`Failure::Run`] if
    /// integration failed, [`Failure::Interrupted`] after Ctrl-C.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        check_built(self.mpi)?;
        let mut card = match self.decay() {
            Some(line) => {
                self.reading.refuse(&self.card, "a process line")?;
                card_of(line)
            }
            None => (self.reading).read(&self.card, self.threads, context)?,
        };
        card.run.threads = self.threads.map_or(card.run.threads, NonZeroUsize::get);
        card.run.seed = self.seed.unwrap_or(card.run.seed);
        card.run.accuracy = self.accuracy.unwrap_or(card.run.accuracy);
        // A cross section has no alternative weights, nor needs their parton densities.
        card.weights = WeightRequest::default();
        self.sampler.apply(&mut card.run);
        self.sampler
            .check_history(inputs(&self.card, &card), self.replace.replace())?;
        let begin = Instant::now();
        if self.dry.dry_run {
            return self.try_run(card, begin, context);
        }
        if self.decay().is_some() || PartialWidth::is_of(&card) {
            return print_width(&card, &self.sampler, begin, context);
        }
        let summary = in_pool(threads(card.run.threads, &*context.team), || {
            let run = prepare(card, &mut None, context)?;
            let adapted = with_control(&context.progress, either_requested(), 0, |c| {
                let shared = Adaptation {
                    team: &*context.team,
                    begin: None,
                    keep: &mut |_, _| Ok(()),
                };
                run.integrate_with(0, c, shared)
            })?;
            let mut out = summary(&run, run.subtotals(&adapted.parts()));
            out.add_total(&adapted.total, run.card.run.accuracy);
            out.n_points = adapted.n_points();
            out.n_non_finite = adapted.n_non_finite();
            out.warnings = run.warnings(&adapted, &adapted.total);
            out.samplers = samplers_text(&adapted);
            out.sampler_counts = sampler_counts(&adapted);
            out.add_accuracy(run.accuracy(&adapted));
            if let Some(path) = &self.sampler.history
                && context.team.rank() == 0
            {
                write_history(&adapted, path).map_err(failure)?;
            }
            Ok(out)
        })?;
        finish(Answer::Integrate, summary, begin, context)
    }
}
