//! `omnis report`: event files and gridpacks in, a page with pictures out.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::answer::Answer;
use super::failure::Failure;
use super::program::Context;
use super::replace_args::ReplaceArgs;
use super::running::{failure, in_pool};
use super::values;
use crate::card::Card;
use crate::jobs::Replace;
use crate::numbers::{grouped, with_error};
use crate::report::{Report, ReportFiles, Sample};

const AFTER_HELP: &str = "\
Examples:
  omnis report pp_epem.lhe.gz
  omnis report pp_tt.omnis -o pp_tt.html
  omnis report one.lhe.gz another.lhe.gz -o both.html
  omnis report of_madgraph.lhe.gz --card histograms.toml

The page needs no network and no other file: cross sections by subprocess,
distributions with errors and with bands of alternative weights, weights,
efficiency of channels, training of flows, decisions and provenance. Its numbers
are beside it as JSON (report.json) and, of events, as YODA (report.yoda), which
Rivet's tools read.

Histograms are those of the section [histograms] of --card, else of the card in
the file, else those that the particles suggest. Files of other programs are
fine. The file of --card may have the section [histograms] alone.";

/// Arguments of `omnis report`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ReportArgs {
    /// Event files and gridpacks, side by side
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// The page; its numbers go beside it [default: report.html, in place of an older one]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Card with the histograms, instead of that in the event file; the section [histograms] is enough
    #[arg(long, value_name = "CARD")]
    pub card: Option<PathBuf>,

    /// Number of threads [default: all cores]
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    pub threads: Option<NonZeroUsize>,

    /// What the output may replace.
    #[command(flatten)]
    pub replace: ReplaceArgs,
}

impl ReportArgs {
    /// Writes the page and prints its name.
    ///
    /// # Errors
    /// [`Failure::Usage`] for files or histograms that cannot be used, [`Failure::Run`] if
    /// the page cannot be written.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let card = self.card.as_deref().map(Card::with_histograms).transpose();
        let card = card.map_err(|e| failure(e.into()))?;
        let n_threads = self.threads.map_or(0, NonZeroUsize::get);
        let card_file = self.card.as_deref().map(|c| (c, "the card"));
        let events = self.files.iter().map(|f| (f.as_path(), "an input"));
        let inputs: Vec<(&Path, &str)> = events.chain(card_file).collect();
        let (report, written) = in_pool(n_threads, || {
            let replace = self.replace_there();
            write_report(&self.files, card.as_ref(), self.page(), &inputs, replace)
        })?;
        self.print(&report, &written, context)
    }

    /// Where the page goes.
    pub(super) fn page(&self) -> &Path {
        self.output.as_deref().unwrap_or(Path::new("report.html"))
    }

    /// A page that has a name of its own is kept from those of other cards.
    fn replace_there(&self) -> Replace {
        match (self.replace.replace(), &self.output) {
            (Replace::OfThisCard, None) => Replace::OfThisKind,
            (replace, _) => replace,
        }
    }

    fn print(
        &self,
        report: &Report,
        written: &ReportFiles,
        context: &Context,
    ) -> Result<(), Failure> {
        let mut lines = Vec::new();
        for sample in &report.samples {
            let xsec = with_error(sample.xsec_pb, sample.xsec_err_pb);
            let events = sample
                .weights
                .as_ref()
                .map_or(String::new(), |w| format!(", {} events", grouped(w.events)));
            lines.push(format!("{:<24}{xsec} pb{events}", sample.name));
            for note in &sample.notes {
                match sample.unfilled.contains(note) {
                    true => context.progress.warn(note),
                    false => context.progress.log(0, &format!("note: {note}")),
                }
            }
        }
        let names = names(written);
        lines.extend(names.iter().map(|n| format!("{:<24}{n}", "written")));
        let sample = |s: &Sample| {
            json!({
                "name": s.name,
                "file": s.file,
                "xsec_pb": s.xsec_pb,
                "xsec_err_pb": s.xsec_err_pb,
                "events": s.weights.as_ref().map(|w| w.events),
                "histograms": s.histograms.as_ref().map_or(0, |h| h.distributions.len()),
                "notes": s.notes,
            })
        };
        let samples: Vec<_> = report.samples.iter().map(sample).collect();
        let output = self.page().display().to_string();
        let json = json!({ "output": output, "files": names, "samples": samples });
        context.print(Answer::Report, &lines.join("\n"), &json)
    }
}

/// Names of the files of a report.
pub(super) fn names(written: &ReportFiles) -> Vec<String> {
    written.all().map(|f| f.display().to_string()).collect()
}

/// Reads files and writes their report, which replaces none of the `inputs`.
///
/// # Errors
/// As for [`ReportArgs::run`].
pub(super) fn write_report(
    files: &[PathBuf],
    card: Option<&Card>,
    output: &Path,
    inputs: &[(&Path, &str)],
    replace: Replace,
) -> Result<(Report, ReportFiles), Failure> {
    let report = Report::read(files, card).map_err(failure)?;
    let written = report.write(output, inputs.iter().copied(), replace);
    Ok((report, written.map_err(failure)?))
}
