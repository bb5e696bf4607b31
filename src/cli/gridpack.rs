//! `omnis gridpack` and `omnis train`: a process card in, a gridpack out.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use super::answer::Answer;
use super::card_args::CardArgs;
use super::dry_run::{DryRun, DryRunArgs};
use super::failure::Failure;
use super::generate::finish;
use super::library::CHECKPOINT_EVERY;
use super::program::Context;
use super::replace_args::ReplaceArgs;
use super::running::{
    adapted_pack, failure, first_output, in_pool, inputs, prepare, resumed, summary,
};
use super::sampler_args::SamplerArgs;
use super::source::is_pack;
use super::summary::Summary;
use super::team::{check_built, threads};
use super::values;
use crate::card::Card;
use crate::gridpack::Gridpack;
use crate::jobs::{
    Output, Physics, ProgramFile, check_pack_output, check_pack_there, check_tarball_output,
    is_tarball_name, write_self_contained,
};
use crate::run::{sampler_counts, samplers_text};

const AFTER_HELP: &str = "\
Examples:
  omnis gridpack processes/pp_tt.toml -o pp_tt.omnis
  omnis train processes/pp_tt.toml -n 1e7 -o pp_tt.omnis
  omnis generate pp_tt.omnis -n 1e6 --seed 7 -o tt.lhe.gz
  mpirun -n 4 omnis gridpack processes/pp_tt.toml -n 1e7 --mpi -o pp_tt.omnis
  omnis gridpack pp_tt.omnis --self-contained -o pp_tt.tar.gz

A pack holds the card, the parameters, the adapted channels and their maximum
weights, with checksums. Events are then generated without adaptation, anywhere,
split by seed or by range. The number of events that are planned (-n, or the
card's) says how long adapting pays.

A run that was killed goes on where it was when the same command is given
again, and ends with the same pack; what it needs is in the hidden folder
.FILE.partial until then. SIGTERM, SIGHUP and SIGUSR1 end it with exit code 85.
The pack does not depend on threads, processes (--mpi) and interruptions.

A self-contained pack is a tarball with a program, the pack, run.sh and
runcmsgrid.sh, and with the parton densities if they are not built in. It needs
no network and no home, and may be read-only. The program is --program, or
omnis-static in the folder of this program, or this program itself, which needs
the libraries that it was built for; the others are started with --version, and
must have the version and the sources of this one.";

/// Arguments of `omnis gridpack`; what is given here wins over the card.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct GridpackArgs {
    /// Process card, or cards of MadGraph: a proc_card or its folder; or a gridpack, to be
    /// made self-contained
    #[arg(value_name = "CARD")]
    pub card: PathBuf,

    /// The gridpack
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// A tarball that also holds a program and scripts to run it
    #[arg(long)]
    pub self_contained: bool,

    /// The program for the tarball, such as the static one of the same version
    #[arg(long, value_name = "FILE", requires = "self_contained")]
    pub program: Option<PathBuf>,

    /// Number of events that are planned, instead of the card's
    #[arg(short = 'n', long, value_name = "N", value_parser = values::events, allow_negative_numbers = true)]
    pub events: Option<u64>,

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

    /// Seconds between checkpoints [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, allow_hyphen_values = true)]
    pub checkpoint_every: Option<Duration>,

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

impl GridpackArgs {
    /// Adapts, writes the gridpack and prints the summary.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a card that cannot be used, [`Failure::Run`] if
    /// the adaptation or the writing failed, [`Failure::Interrupted`] after
    /// Ctrl-C, [`Failure::Stopped`] after a request to stop.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let begin = Instant::now();
        if is_pack(&self.card) {
            if self.dry.dry_run {
                return Err(Failure::Usage(anyhow::anyhow!(
                    "--dry-run is for cards: '{}' is a gridpack, which is only put into a tarball",
                    self.card.display()
                )));
            }
            return self.wrap(context);
        }
        if self.dry.dry_run {
            return self.try_run(begin, context);
        }
        finish(Answer::Gridpack, self.make(context)?, begin, context)
    }

    /// The card with what was given here, after all checks that need no setup.
    fn checked_card(&self, context: &Context) -> Result<Card, Failure> {
        if self.self_contained != is_tarball_name(&self.output) {
            let (found, expected) = if self.self_contained {
                ("--self-contained", "a name that ends in .tar.gz")
            } else {
                ("a name that ends like a tarball", "--self-contained")
            };
            return Err(Failure::Usage(anyhow::anyhow!(
                "cannot write '{}': found {found}, expected {expected} as well",
                self.output.display()
            )));
        }
        check_built(self.mpi)?;
        let mut card = (self.reading).read(&self.card, self.threads, context)?;
        card.run.seed = self.seed.unwrap_or(card.run.seed);
        card.run.accuracy = self.accuracy.unwrap_or(card.run.accuracy);
        card.run.events = self.events.unwrap_or(card.run.events);
        self.sampler.apply(&mut card.run);
        let read = || inputs(&self.card, &card);
        let replace = self.replace.replace();
        if self.self_contained {
            check_tarball_output(&self.output, read()).map_err(failure)?;
        } else {
            let found = check_pack_output(&self.output, read(), replace);
            self.dry.looked(found, context)?;
        }
        self.sampler.check_history(read(), replace)?;
        Ok(card)
    }

    /// Tries the adaptation.
    fn try_run(&self, begin: Instant, context: &Context) -> Result<(), Failure> {
        self.dry.refuse_mpi(self.mpi)?;
        let card = self.checked_card(context)?;
        let program = self.tarball_program()?;
        Output::check(&self.output).map_err(failure)?;
        in_pool(card.run.threads, || {
            let run = prepare(card, &mut None, context)?;
            let physics = Physics::of_run(&run).map_err(failure)?;
            let found = check_pack_there(&self.output, &physics, self.replace.replace());
            self.dry.looked(found, context)?;
            let dry = DryRun {
                command: "gridpack",
                output: Some(self.output.clone()),
                planned: run.card.run.events,
                job: None,
                program,
                n_jobs: None,
                begin,
            };
            dry.run(&run, None, context)
        })
    }

    /// Adapts and writes the pack.
    pub(super) fn make(&self, context: &Context) -> Result<Summary, Failure> {
        let card = self.checked_card(context)?;
        let program = self.tarball_program()?;
        let replace = self.replace.replace();
        in_pool(threads(card.run.threads, &*context.team), || {
            // Refuses a place that cannot be written before any work is done.
            let mut output = first_output(&self.output, context)?;
            let made = prepare(card, &mut output, context).and_then(|run| {
                if output.is_some() {
                    let physics = Physics::of_run(&run).map_err(failure)?;
                    check_pack_there(&self.output, &physics, replace).map_err(failure)?;
                }
                let every = self.checkpoint_every.unwrap_or(CHECKPOINT_EVERY);
                let (pack, origin) = adapted_pack(&run, output.as_ref(), every, context)?;
                Ok((run, pack, origin))
            });
            let (run, pack, origin) = match made {
                Ok(made) => made,
                Err(e) => {
                    if let Some(output) = output {
                        output.leave();
                    }
                    return Err(e);
                }
            };
            let adapted = &pack.adapted;
            let mut out = summary(&run, run.subtotals(&adapted.parts()));
            out.add_total(&adapted.total, run.card.run.accuracy);
            out.n_points = adapted.n_points();
            out.resumed = resumed(origin, adapted.n_points());
            out.n_non_finite = adapted.n_non_finite();
            out.warnings = run.warnings(adapted, &adapted.total);
            out.samplers = samplers_text(adapted);
            out.sampler_counts = sampler_counts(adapted);
            out.add_accuracy(run.accuracy(adapted));
            out.files = vec![self.output.display().to_string()];
            let Some(output) = output else {
                return Ok(out);
            };
            self.sampler.keep_history(&pack)?;
            if let Some(program) = program {
                out.warnings.extend(warning(&program));
                write_self_contained(&pack, program, &self.output).map_err(failure)?;
                output.discard();
            } else {
                output.complete_with(&pack).map_err(failure)?;
            }
            Ok(out)
        })
    }

    /// The program that goes into the tarball, if there is to be one.
    fn tarball_program(&self) -> Result<Option<ProgramFile>, Failure> {
        if !self.self_contained {
            return Ok(None);
        }
        let found = ProgramFile::find(self.program.as_deref());
        found.map(Some).map_err(|e| failure(e.into()))
    }

    /// Refuses what says how to adapt, or how to share the work, for a gridpack that is adapted.
    fn refuse_for_pack(&self) -> Result<(), Failure> {
        let given = [
            ("-n", self.events.is_some()),
            ("--seed", self.seed.is_some()),
            ("--history", self.sampler.history.is_some()),
            ("--checkpoint-every", self.checkpoint_every.is_some()),
            ("--threads", self.threads.is_some()),
            ("--mpi", self.mpi),
        ];
        if let Some((flag, _)) = given.iter().find(|g| g.1) {
            return Err(Failure::Usage(anyhow::anyhow!(
                "{flag} has no effect here: '{}' is a gridpack, adapted already, and is only put into \
                 a tarball; give {flag} with a card",
                self.card.display()
            )));
        }
        self.sampler
            .refuse_for_pack(&self.card, self.accuracy.is_some())
    }

    /// Puts a gridpack that exists into a tarball.
    fn wrap(&self, context: &Context) -> Result<(), Failure> {
        self.reading.refuse(&self.card, "a gridpack")?;
        self.refuse_for_pack()?;
        let pack = Gridpack::read(&self.card).map_err(failure)?;
        if !self.self_contained || !is_tarball_name(&self.output) {
            return Err(Failure::Usage(anyhow::anyhow!(
                "'{}' is a gridpack already; expected a card, or --self-contained and a name that ends in .tar.gz",
                self.card.display()
            )));
        }
        check_tarball_output(&self.output, inputs(&self.card, &pack.card)).map_err(failure)?;
        let physics = Physics::of_pack(&pack);
        check_pack_there(&self.output, &physics, self.replace.replace()).map_err(failure)?;
        let Some(program) = self.tarball_program()? else {
            return Ok(());
        };
        let warnings: Vec<String> = warning(&program).into_iter().collect();
        let from = program.path.display().to_string();
        write_self_contained(&pack, program, &self.output).map_err(failure)?;
        let output = self.output.display().to_string();
        let mut lines = vec![format!("written {output}"), format!("program {from}")];
        lines.extend(warnings.iter().map(|w| format!("warning: {w}")));
        context.print(
            Answer::Tarball,
            &lines.join("\n"),
            &json!({ "files": [output], "program": from, "warnings": warnings }),
        )
    }
}

/// What is to be said of a program that does not run anywhere.
fn warning(program: &ProgramFile) -> Option<String> {
    (program.loads_libraries == Some(true)).then(|| {
        format!(
            "the program '{}' in the tarball loads libraries of the machine that it runs on, which must not be older than those that it was built for; the static program of this version, given with --program or named omnis-static and laid beside this one, runs on any Linux",
            program.path.display()
        )
    })
}
