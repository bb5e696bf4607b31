//! `omnis generate`: a process card or a gridpack in, events and a summary out.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use super::answer::Answer;
use super::card_args::CardArgs;
use super::dry_run::{DryRun, DryRunArgs};
use super::failure::Failure;
use super::interrupt::{interrupt_requested, stop_requested};
use super::outputs::{of_report_flag, refuse_same};
use super::program::Context;
use super::ranks::Ranks;
use super::replace_args::ReplaceArgs;
use super::report::{names, write_report};
use super::resources::{cpu_s, peak_memory_bytes};
use super::running::{
    adapted_pack, failure, first_output, in_pool, inputs, open_pack, prepare, resumed, summary,
    with_control,
};
use super::sampler_args::SamplerArgs;
use super::source::is_pack;
use super::summary::{EventSummary, Summary};
use super::team::{check_built, threads};
use super::values;
use crate::card::Card;
use crate::gridpack::Gridpack;
use crate::integrate::Estimate;
use crate::jobs::{
    Job, Origin, Outcome, Output, Physics, Replace, TextKind, check_event_output,
    check_events_there, check_generation_there, check_text_output, is_split,
};
use crate::report::{Report, ReportFiles, check_page_there};
use crate::run::{Provenance, Run, sampler_counts, samplers_text};

const AFTER_HELP: &str = "\
Examples:
  omnis generate processes/pp_epem.toml
  omnis generate processes/pp_tt.toml -n 1e5 -o tt.lhe.gz --seed 42
  omnis generate processes/pp_epem_j.toml --json > summary.json
  omnis generate processes/pp_epem_j.toml --report epem_j.html
  omnis generate processes/pp_ttj.toml -n 1e6 --dry-run
  omnis generate pp_tt.omnis -n 1e6 --seed 7 -o tt_7.lhe.gz
  omnis generate WJets_proc_card.dat --pdf NNPDF31_lo_as_0130 -o w.lhe.gz
  omnis generate pp_tt.omnis --seed 7 --range 1e6..2e6 -o tt_7b.lhe.gz
  mpirun -n 4 omnis generate pp_tt.omnis -n 1e6 --mpi -o tt.lhe.gz

The same card, seed and number of events give the same file, with any number
of threads. Event k of a pack and a seed is the same whatever else is asked
for, so a sample can be split by seed or by range, and merged (omnis merge).
The file is compressed if its name ends in .gz. It appears under its name when
it is complete, with exactly the number of events asked for. It replaces events of
the same card; those of another card, and what omnis did not write, with --force.

A run that was killed goes on where it was when the same command is given
again, and ends with the same bytes; what it needs is in the hidden folder
.FILE.partial until then. SIGTERM, SIGHUP and SIGUSR1 let it finish the block
(or end the adaptation at once) and exit with code 85.

With --mpi each process makes a range of the events in FILE.ranks, and the
first one merges them; the file does not depend on their number. Built with
the feature mpi, they find each other by MPI and share the adaptation of a card
as well; otherwise by the environment of mpirun or srun, and a pack is needed.";

/// Arguments of `omnis generate`; what is given here wins over the card.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct GenerateArgs {
    /// Process card, gridpack, or cards of MadGraph: a proc_card or its folder
    #[arg(value_name = "CARD")]
    pub card: PathBuf,

    /// Number of unweighted events (10000, 1e4 or 10k), instead of the card's
    #[arg(short = 'n', long, value_name = "N", value_parser = values::events, allow_negative_numbers = true)]
    pub events: Option<u64>,

    /// Event file, instead of the card's (or of one named after the card or gridpack); one for each process number if the name holds {process}
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Relative statistical error to reach, instead of the card's
    #[arg(long, alias = "precision", value_name = "A", value_parser = values::accuracy, allow_hyphen_values = true)]
    pub accuracy: Option<f64>,

    /// Seed of the random numbers, instead of the card's
    #[arg(long, value_name = "S", value_parser = values::whole, allow_negative_numbers = true)]
    pub seed: Option<u64>,

    /// Draw the events as well: a page as 'omnis report' writes it
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,

    /// Only the events A to B-1 of the sample, counted from 0
    #[arg(long, value_name = "A..B", value_parser = values::range, allow_hyphen_values = true)]
    pub range: Option<Range<u64>>,

    /// How the card is read.
    #[command(flatten)]
    pub reading: CardArgs,

    /// How points are drawn.
    #[command(flatten)]
    pub sampler: SamplerArgs,

    /// Number of threads [default: all cores]
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    pub threads: Option<NonZeroUsize>,

    /// Share the events among the processes that mpirun or srun started
    #[arg(long)]
    pub mpi: bool,

    /// Seconds between checkpoints
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = values::seconds, allow_hyphen_values = true)]
    pub checkpoint_every: Duration,

    /// What the output may replace.
    #[command(flatten)]
    pub replace: ReplaceArgs,

    /// Whether it is only tried.
    #[command(flatten)]
    pub dry: DryRunArgs,
}

impl GenerateArgs {
    /// Generates and prints the summary.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a card or gridpack that cannot be used,
    /// [`Failure::Run`] if generation failed, [`Failure::Interrupted`] after
    /// Ctrl-C, [`Failure::Stopped`] after a request to stop.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let begin = Instant::now();
        self.dry.refuse_mpi(self.mpi)?;
        if self.dry.dry_run {
            return self.try_run(begin, context);
        }
        if self.mpi {
            return self.run_ranks(context);
        }
        let mut summary = self.make(context)?;
        if let (Some(page), Some(events)) = (&self.report, &summary.events) {
            let output = PathBuf::from(&events.output);
            let written = self.draw(page, &output, self.threads.map_or(0, NonZeroUsize::get))?;
            summary.files.extend(names(&written.1));
        }
        finish(Answer::Generate, summary, begin, context)
    }

    /// Writes the report of a complete file.
    fn draw(
        &self,
        page: &Path,
        output: &Path,
        n_threads: usize,
    ) -> Result<(Report, ReportFiles), Failure> {
        let inputs = [
            (self.card.as_path(), "the input"),
            (output, "the event file"),
        ];
        in_pool(n_threads, || {
            // What stands there was looked at before the events were made.
            write_report(&[output.to_owned()], None, page, &inputs, Replace::Anything)
        })
    }

    /// One of several processes: makes its part; the first one merges.
    fn run_ranks(&self, context: &Context) -> Result<(), Failure> {
        let ranks = Ranks::of(context)?;
        let (pack, whole) = if is_pack(&self.card) {
            self.refuse_for_pack()?;
            let pack = Gridpack::read(&self.card).map_err(failure)?;
            let whole = self.job(&pack.card, true, context)?;
            if ranks.rank == 0 {
                self.check_pack(&pack, &whole, context)?;
            }
            (pack, whole)
        } else {
            check_built(true)?;
            let (card, whole) = self.card_and_job(context)?;
            (self.adapt_ranks(card, &whole, context)?, whole)
        };
        let (mine, complete) = ranks.job(&whole, &pack)?;
        let begin = Instant::now();
        if !complete && !mine.events.is_empty() {
            let each = ranks.threads(self.threads);
            in_pool(each, || {
                let output = Output::open(&mine.output).map_err(failure)?;
                self.produce(
                    pack.card.clone(),
                    Some(pack.clone()),
                    output,
                    &mine,
                    context,
                )
            })?;
        }
        let replace = self.replace.replace();
        ranks.merge(&whole, &pack, begin.elapsed(), replace, context)?;
        if ranks.rank > 0 {
            return Ok(());
        }
        // An adapted state may have been kept there.
        Output::open(&whole.output).map_err(failure)?.discard();
        let (n, output) = (
            whole.events.end - whole.events.start,
            whole.output.display().to_string(),
        );
        let text = format!("{n} events of {} ranks in {output}", ranks.size);
        let mut json = json!({
            "events": n,
            "ranks": ranks.size,
            "output": output,
            "xsec_pb": pack.facts.xsec_pb,
            "xsec_err_pb": pack.facts.xsec_err_pb,
        });
        let n_threads = ranks.threads(self.threads);
        if let Some(page) = &self.report {
            let written = self.draw(page, &whole.output, n_threads)?;
            json["files"] = names(&written.1).into();
        }
        if !pack.card.histograms.is_empty() && !is_split(&whole.output) {
            let files = [whole.output.clone()];
            let read = || Report::read(&files, Some(&pack.card)).map_err(failure);
            let report = in_pool(n_threads, read)?;
            json["histograms"] = serde_json::json!(report.samples[0].histograms);
        }
        context.print(Answer::GenerateRanks, &text, &json)
    }

    /// Refuses flags that a gridpack has no use for.
    fn refuse_for_pack(&self) -> Result<(), Failure> {
        self.sampler
            .refuse_for_pack(&self.card, self.accuracy.is_some())?;
        self.reading.refuse(&self.card, "a gridpack")
    }

    /// Adapts with all processes; the first one keeps the state beside the output.
    fn adapt_ranks(&self, card: Card, job: &Job, context: &Context) -> Result<Gridpack, Failure> {
        in_pool(threads(card.run.threads, &*context.team), || {
            let mut output = first_output(&job.output, context)?;
            let run = prepare(card, &mut output, context)?;
            let made = match output.is_some() {
                true => self.check_there(&run, job, context),
                false => Ok(()),
            };
            let made = made
                .and_then(|()| adapted_pack(&run, output.as_ref(), self.checkpoint_every, context));
            if made.is_err()
                && let Some(output) = output
            {
                output.leave();
            }
            Ok(made?.0)
        })
    }

    /// The card with what was given here, and what is to be made of it.
    fn card_and_job(&self, context: &Context) -> Result<(Card, Job), Failure> {
        let mut card = self.reading.read(&self.card, self.threads, context)?;
        let job = self.job(&card, false, context)?;
        card.run.seed = job.seed;
        card.run.events = self.events.unwrap_or(card.run.events);
        card.run.accuracy = self.accuracy.unwrap_or(card.run.accuracy);
        self.sampler.apply(&mut card.run);
        Ok((card, job))
    }

    /// Card or gridpack, and what is to be made of it.
    fn sources(&self, context: &Context) -> Result<(Card, Option<Gridpack>, Job), Failure> {
        if !is_pack(&self.card) {
            let (card, job) = self.card_and_job(context)?;
            return Ok((card, None, job));
        }
        self.refuse_for_pack()?;
        let pack = Gridpack::read(&self.card).map_err(failure)?;
        let mut card = pack.card.clone();
        if let Some(threads) = self.threads {
            card.run.threads = threads.get();
        }
        let job = self.job(&card, true, context)?;
        Ok((card, Some(pack), job))
    }

    /// Tries the run.
    fn try_run(&self, begin: Instant, context: &Context) -> Result<(), Failure> {
        let (card, pack, job) = self.sources(context)?;
        Output::check(&job.output).map_err(failure)?;
        in_pool(card.run.threads, || {
            let run = match &pack {
                Some(pack) => open_pack(pack, &self.card, &mut None, context)?,
                None => prepare(card, &mut None, context)?,
            };
            self.check_there(&run, &job, context)?;
            let dry = DryRun {
                command: "generate",
                output: Some(job.output.clone()),
                planned: run.card.run.events,
                job: Some(job),
                program: None,
                n_jobs: None,
                begin,
            };
            dry.run(&run, pack, context)
        })
    }

    /// Generates.
    pub(super) fn make(&self, context: &Context) -> Result<Summary, Failure> {
        let (card, pack, job) = self.sources(context)?;
        in_pool(card.run.threads, || {
            let output = Output::open(&job.output).map_err(failure)?;
            self.produce(card, pack, output, &job, context)
        })
    }

    fn produce(
        &self,
        card: Card,
        pack: Option<Gridpack>,
        output: Output,
        job: &Job,
        context: &Context,
    ) -> Result<Summary, Failure> {
        let mut place = Some(output);
        let made = match pack {
            Some(pack) => {
                let run = open_pack(&pack, &self.card, &mut place, context);
                run.and_then(|run| {
                    self.check_there(&run, job, context)?;
                    Ok((run, pack, Origin::Anew))
                })
            }
            None => prepare(card, &mut place, context).and_then(|run| {
                self.check_there(&run, job, context)?;
                let every = self.checkpoint_every;
                let (pack, origin) = adapted_pack(&run, place.as_ref(), every, context)?;
                Ok((run, pack, origin))
            }),
        };
        let output = place.expect("handed back after the setup");
        let (run, pack, origin) = match made {
            Ok(made) => made,
            Err(e) => {
                output.leave();
                return Err(e);
            }
        };
        // Nothing is left to be done once the file is complete.
        let accuracy = run.accuracy(&pack.adapted);
        let n_events = job.events.end - job.events.start;
        let outcome = with_control(&context.progress, interrupt_requested(), n_events, |c| {
            let note = |text: &str| context.progress.log(0, text);
            output.produce(&run, &pack, job, c, stop_requested(), &note)
        });
        let outcome = outcome.map_err(|e| match e {
            Failure::Interrupted(_) => Failure::Interrupted(
                "the complete blocks of events are kept; the same command goes on from there"
                    .to_owned(),
            ),
            other => other,
        })?;
        let report = match outcome {
            Outcome::Complete(report) => report,
            Outcome::Stopped { n_done } => {
                return Err(Failure::Stopped(format!(
                    "{n_done} of {n_events} events are kept; the same command goes on from there"
                )));
            }
        };
        self.sampler.keep_history(&pack)?;
        let (found, adapted) = (&report.generated, &pack.adapted);
        // What the file states, and its weights have as their mean; the comparison of
        // iterations counts the trials as well.
        let stated = Estimate {
            chi2: found.total.chi2,
            n_dof: found.total.n_dof,
            ..adapted.total.clone()
        };
        let mut out = summary(&run, run.subtotals(&adapted.parts()));
        out.seed = job.seed;
        let made = Provenance::new(&pack.facts.physics, "", job.seed, job.events.clone());
        out.effective_card = run.effective_card_of(&made);
        out.add_total(&stated, run.card.run.accuracy);
        out.n_points = adapted.n_points() + found.report.n_trials;
        out.n_non_finite = adapted.n_non_finite() + found.n_non_finite;
        out.resumed = resumed(origin, adapted.n_points());
        out.warnings = run.warnings(adapted, &stated);
        if let Some(text) = run.unweighting_warnings(&found.report) {
            // Who has not asked for a share has nothing to mend.
            match run.card.has_key("run.max_overweight") {
                true => out.warnings.push(text),
                false => context.progress.log(0, &format!("note: {text}")),
            }
        }
        out.warnings.extend(run.weights().warning());
        out.samplers = samplers_text(adapted);
        out.sampler_counts = sampler_counts(adapted);
        out.add_accuracy(accuracy);
        out.weights = report.weights;
        out.histograms = report.distributions;
        out.events = Some(EventSummary {
            n_events: report.n_written,
            n_resumed: report.n_resumed,
            output: job.output.display().to_string(),
            unweighting_efficiency: found.report.efficiency,
            overweight_share: found.report.overweight_share,
            largest_weight: found.report.largest_weight,
            negative_weights: found.report.n_negative as f64 / found.report.n_events.max(1) as f64,
            kish_size: found.report.kish_size,
            xsec_with_events_pb: found.total.xsec_pb,
            xsec_err_with_events_pb: found.total.xsec_err_pb,
            events_per_s: 0.0,
        });
        Ok(out)
    }

    /// The same with a gridpack that is not set up; what stands in place of each of several
    /// files is looked at when they are made.
    fn check_pack(&self, pack: &Gridpack, job: &Job, context: &Context) -> Result<(), Failure> {
        let replace = self.replace.replace();
        let (physics, checksum) = (Physics::of_pack(pack), &pack.facts.physics);
        let events = Provenance::new(checksum, "", job.seed, job.events.clone());
        if !is_split(&job.output) {
            let lost = check_events_there(&job.output, &physics, Some(&events), replace);
            if let Some(text) = lost.map_err(failure)? {
                context.progress.log(0, &format!("note: {text}"));
            }
        }
        if let Some(page) = &self.report {
            check_page_there(page, std::slice::from_ref(checksum), replace).map_err(failure)?;
        }
        Ok(())
    }

    /// Refuses to replace files of another card, now that the physics is known, and says what
    /// is lost of this one.
    fn check_there(&self, run: &Run, job: &Job, context: &Context) -> Result<(), Failure> {
        let replace = self.replace.replace();
        let physics = Physics::of_run(run).map_err(failure)?;
        let checksum = physics.checksum().unwrap_or_default();
        let events = Provenance::new(checksum, "", job.seed, job.events.clone());
        let lost = check_generation_there(&job.output, run, &events, replace);
        if let Some(text) = self.dry.looked(lost, context)? {
            context.progress.log(0, &format!("note: {text}"));
        }
        if let Some(page) = &self.report {
            let found = check_page_there(page, &[checksum.to_owned()], replace);
            self.dry.looked(found, context)?;
        }
        Ok(())
    }

    /// Refuses to write one file twice, now that the name of the events is known.
    fn refuse_same(&self, output: &Path, context: &Context) -> Result<(), Failure> {
        let name = match self.output {
            Some(_) => "-o",
            None => "the events",
        };
        let report = self.report.iter().flat_map(|page| of_report_flag(page));
        let history = (self.sampler.history.iter()).map(|file| ("--history", file.clone()));
        let events = std::iter::once((name, output.to_owned()));
        let all = events.chain(report).chain(history);
        refuse_same(&all.chain(context.log_file.clone()).collect::<Vec<_>>())
    }

    /// What is to be made: flags first, then the card.
    fn job(&self, card: &Card, from_pack: bool, context: &Context) -> Result<Job, Failure> {
        let n_events = self.events.unwrap_or(card.run.events);
        let events = match &self.range {
            None => 0..n_events,
            Some(range) if from_pack && self.events.is_none() => range.clone(),
            Some(range) if range.end <= n_events => range.clone(),
            Some(range) => {
                return Err(Failure::Usage(anyhow::anyhow!(
                    "--range {}..{} ends beyond the sample of {n_events} events; expected an end of at most {n_events}, or a larger -n",
                    range.start,
                    range.end
                )));
            }
        };
        let output = match &self.output {
            Some(output) => output.clone(),
            // Each gridpack has events of its own, whatever its card was called.
            None if from_pack => {
                let name = self.card.file_stem().unwrap_or_default();
                card.run.output_named(Path::new(name))
            }
            None => card.run.output.clone(),
        };
        self.refuse_same(&output, context)?;
        let replace = self.replace.replace();
        let found = check_event_output(&output, inputs(&self.card, card), replace);
        self.dry.looked(found, context)?;
        self.sampler
            .check_history(inputs(&self.card, card), replace)?;
        if let Some(page) = &self.report {
            if is_split(&output) {
                return Err(Failure::Usage(anyhow::anyhow!(
                    "--report {}: found an output of several files, expected one; 'omnis report' shows them side by side",
                    page.display()
                )));
            }
            let all: Vec<_> = inputs(&self.card, card)
                .chain([(output.as_path(), "the event file")])
                .collect();
            for (kind, file) in [
                (TextKind::Page, page.clone()),
                (TextKind::Numbers, page.with_extension("json")),
                (TextKind::Yoda, page.with_extension("yoda")),
            ] {
                let found = check_text_output(&file, all.clone(), kind, replace);
                self.dry.looked(found, context)?;
            }
        }
        Ok(Job {
            output,
            seed: self.seed.unwrap_or(card.run.seed),
            events,
            checkpoint_every: self.checkpoint_every,
        })
    }
}

/// Adds the times and prints.
///
/// # Errors
/// [`Failure::Inaccurate`] if the accuracy that was asked for was not reached.
pub(super) fn finish(
    answer: Answer,
    mut summary: Summary,
    begin: Instant,
    context: &Context,
) -> Result<(), Failure> {
    summary.stages = context.progress.times();
    summary.seconds = begin.elapsed().as_secs_f64();
    (summary.cpu_s, summary.peak_memory_bytes) = (cpu_s(), peak_memory_bytes());
    let generation = summary.stages.iter().find(|s| s.stage == "generate");
    if let (Some(events), Some(stage)) = (&mut summary.events, generation) {
        let n_made = events.n_events - events.n_resumed;
        events.events_per_s = n_made as f64 / stage.wall_s.max(1e-9);
    }
    context.print(answer, &summary.text(), &summary.json())?;
    if summary.accuracy_reached() {
        return Ok(());
    }
    Err(Failure::Inaccurate(format!(
        "the relative error is {:.2} %, {:.2} % was asked for",
        100.0 * summary.xsec_err_pb / summary.xsec_pb.abs(),
        100.0 * summary.accuracy_asked
    )))
}
