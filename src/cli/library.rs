//! `omnis library`: samples for others, built once and taken from in disjoint
//! parts.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::answer::Answer;
use super::card_args::CardArgs;
use super::dry_run::DryRunArgs;
use super::failure::Failure;
use super::generate::GenerateArgs;
use super::gridpack::GridpackArgs;
use super::program::Context;
use super::replace_args::ReplaceArgs;
use super::running::{counted, failure};
use super::sampler_args::SamplerArgs;
use super::submit::first_entry;
use super::values;
use crate::jobs::{Library, LibrarySpec, Wish, sample_size};
use crate::numbers::with_error;

/// Time between checkpoints.
pub(super) const CHECKPOINT_EVERY: Duration = Duration::from_secs(30);

const AFTER_HELP: &str = "\
Examples:
  omnis library build z_jets.toml -o z_jets
  omnis library verify z_jets
  omnis library list z_jets
  omnis library take z_jets z1 -n 1e5 -o mine.lhe.gz
  omnis library take z_jets z1 -n 1e5 --skip 2e5 -o yours.lhe.gz

A specification:

  name = \"z_jets\"
  citation = \"arXiv:...\"
  format = \"lhe.gz\"
  [[sample]]
  name = \"z0\"
  card = \"pp_epem.toml\"
  events = 100000

A build that was interrupted goes on when the same command is given again.
Every take is recorded, and no event is given out twice: takes follow each other
under a lock, and the record is made with the file.";

/// Arguments of `omnis library`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct LibraryArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: LibraryCommand,
}

/// What can be done with a library.
#[derive(Debug, Subcommand)]
pub(crate) enum LibraryCommand {
    /// Make the samples that are missing
    Build {
        /// Specification
        #[arg(value_name = "SPEC")]
        spec: PathBuf,
        /// Folder of the library
        #[arg(short, long, value_name = "FOLDER")]
        output: PathBuf,
        /// Number of threads [default: all cores]
        #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
        threads: Option<NonZeroUsize>,
        /// What the library may replace.
        #[command(flatten)]
        replace: ReplaceArgs,
    },
    /// Check all files and events
    Verify {
        /// Folder of the library
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Show the samples and what was taken
    List {
        /// Folder of the library
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Write events that nobody has taken into a file
    Take {
        /// Folder of the library
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// Sample
        #[arg(value_name = "NAME")]
        name: String,
        /// Number of events
        #[arg(short = 'n', long, value_name = "N", value_parser = values::events, allow_negative_numbers = true)]
        events: u64,
        /// Position of the first event [default: the first row that is free]
        #[arg(long, value_name = "K", value_parser = values::whole, allow_negative_numbers = true)]
        skip: Option<u64>,
        /// Event file
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// What the output may replace.
        #[command(flatten)]
        replace: ReplaceArgs,
    },
}

impl LibraryArgs {
    /// Whether the command makes events and looks at the flags of signals.
    pub(super) fn builds(&self) -> bool {
        matches!(self.command, LibraryCommand::Build { .. })
    }

    /// Does what was asked and prints it.
    ///
    /// # Errors
    /// [`Failure::Usage`] for files that cannot be used, [`Failure::Run`] if
    /// events cannot be made, or a check fails.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        match &self.command {
            LibraryCommand::Build {
                spec,
                output,
                threads,
                replace,
            } => build(spec, output, *threads, *replace, context),
            LibraryCommand::Verify { folder } => check(folder, context),
            LibraryCommand::List { folder } => list(folder, context),
            LibraryCommand::Take {
                folder,
                name,
                events,
                skip,
                output,
                replace,
            } => {
                let wish = Wish {
                    sample: name,
                    n_events: *events,
                    first: *skip,
                };
                let (library, range) = counted(context, replace.replace(), |how| {
                    Library::take(folder, wish, output, how)
                })?;
                let text = format!(
                    "{events} events of {name}, {}..{}, in {}\nplease cite: {}",
                    range.start,
                    range.end,
                    output.display(),
                    library.citation
                );
                let json = json!({
                    "sample": name,
                    "events": [range.start, range.end],
                    "output": output,
                    "citation": library.citation,
                });
                context.print(Answer::LibraryTake, &text, &json)
            }
        }
    }
}

fn build(
    path: &Path,
    folder: &Path,
    threads: Option<NonZeroUsize>,
    replace: ReplaceArgs,
    context: &Context,
) -> Result<(), Failure> {
    let spec = LibrarySpec::read(path).map_err(failure)?;
    check_folder(folder, &spec, replace)?;
    let mut library = Library::open_or_new(folder, &spec).map_err(failure)?;
    for sample in &spec.sample {
        let card = path.parent().unwrap_or(Path::new("")).join(&sample.card);
        let (n_events, seed) = sample_size(&card, sample).map_err(failure)?;
        let other = library
            .other_card(folder, &sample.name, &card)
            .map_err(failure)?;
        if let (Some(text), false) = (&other, replace.force) {
            return Err(Failure::Usage(anyhow::anyhow!(
                "{text}; give the sample another name, or replace it with --force"
            )));
        }
        let lacks = library.lacks(folder, &sample.name, n_events, seed);
        let Some(why) = other.or(lacks) else {
            let text = format!("{} is complete", sample.name);
            context.progress.log(1, &text);
            continue;
        };
        let is_new = library.samples.iter().all(|s| s.name != sample.name);
        let text = format!("{} is made: {why}", sample.name);
        context.progress.log(u8::from(is_new), &text);
        let pack = format!("{}.omnis", sample.name);
        let file = format!("{}.{}", sample.name, spec.format);
        make(
            &card,
            (n_events, seed),
            &folder.join(&pack),
            &folder.join(&file),
            threads,
            replace,
            context,
        )?;
        library = Library::enter(folder, &spec, &sample.name, &pack, &file).map_err(failure)?;
    }
    list(folder, context)
}

/// Refuses a folder that is there and is no library, nor one that was begun.
fn check_folder(folder: &Path, spec: &LibrarySpec, replace: ReplaceArgs) -> Result<(), Failure> {
    let is_begun = |name: &str| {
        let mut names = spec.sample.iter().map(|s| format!("{}.", s.name));
        name.starts_with('.') || names.any(|own| name.starts_with(&own))
    };
    if replace.force || Library::is_in(folder) {
        return Ok(());
    }
    match first_entry(folder, |name| !is_begun(name)) {
        None => Ok(()),
        Some(name) => Err(Failure::Usage(anyhow::anyhow!(
            "cannot use '{}': found '{name}' in it and no library, expected a library or an empty \
             folder; choose another output, or add to it with --force",
            folder.display()
        ))),
    }
}

/// A gridpack and its events. Both commands go on where they were interrupted.
fn make(
    card: &Path,
    (n_events, seed): (u64, u64),
    pack: &Path,
    file: &Path,
    threads: Option<NonZeroUsize>,
    replace: ReplaceArgs,
    context: &Context,
) -> Result<(), Failure> {
    GridpackArgs {
        card: card.to_owned(),
        output: pack.to_owned(),
        self_contained: false,
        program: None,
        events: Some(n_events),
        accuracy: None,
        reading: CardArgs::default(),
        sampler: SamplerArgs::default(),
        seed: Some(seed),
        checkpoint_every: None,
        threads,
        mpi: false,
        replace,
        dry: DryRunArgs::default(),
    }
    .make(context)?;
    GenerateArgs {
        card: pack.to_owned(),
        events: Some(n_events),
        output: Some(file.to_owned()),
        accuracy: None,
        seed: Some(seed),
        report: None,
        range: None,
        reading: CardArgs::default(),
        sampler: SamplerArgs::default(),
        mpi: false,
        threads,
        checkpoint_every: CHECKPOINT_EVERY,
        replace,
        dry: DryRunArgs::default(),
    }
    .make(context)?;
    Ok(())
}

fn check(folder: &Path, context: &Context) -> Result<(), Failure> {
    let library = Library::open(folder).map_err(failure)?;
    let checks = library.verify(folder).map_err(failure)?;
    let line = |(name, c): &(String, crate::jobs::Check)| {
        let word = c.verdict.name();
        format!("{word:<5} {name}: {}: {}", c.name, c.what)
    };
    let wrong: Vec<String> = checks.iter().filter(|c| !c.1.ok()).map(line).collect();
    if !wrong.is_empty() {
        let error = anyhow::anyhow!(wrong.join("; "));
        return Err(Failure::Run(error.context(format!(
            "the library '{}' is not as it should be",
            folder.display()
        ))));
    }
    let lines: Vec<String> = checks.iter().map(line).collect();
    let result = |(file, c): &(String, crate::jobs::Check)| {
        let verdict = c.verdict.name();
        json!({ "file": file, "name": c.name, "ok": c.ok(), "verdict": verdict, "what": c.what })
    };
    let results: Vec<serde_json::Value> = checks.iter().map(result).collect();
    context.print(
        Answer::LibraryVerify,
        &lines.join("\n"),
        &json!({ "ok": true, "checks": lines, "results": results }),
    )
}

fn list(folder: &Path, context: &Context) -> Result<(), Failure> {
    let library = Library::open(folder).map_err(failure)?;
    let mut lines = vec![
        format!("{}   {}", library.name, library.citation)
            .trim_end()
            .to_owned(),
    ];
    for s in &library.samples {
        let taken = library.taken.iter().filter(|t| t.sample == s.name);
        let n_taken: u64 = taken.map(|t| t.events.end - t.events.start).sum();
        lines.push(format!(
            "{:<12} {} pb   {} events, {n_taken} taken   {}   {}",
            s.name,
            with_error(s.xsec_pb, s.xsec_err_pb),
            s.n_events,
            s.file,
            s.process.join("; ")
        ));
    }
    let json = serde_json::to_value(&library).unwrap_or_default();
    context.print(Answer::LibraryList, &lines.join("\n"), &json)
}
