//! `omnis merge`: one event file from many.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::answer::Answer;
use super::failure::Failure;
use super::program::Context;
use super::replace_args::ReplaceArgs;
use super::running::{counted, tell_notes};
use crate::jobs::merge_as;
use crate::numbers::with_error;

const AFTER_HELP: &str = "\
Examples:
  omnis merge tt_1.lhe.gz tt_2.lhe.gz -o tt.lhe.gz
  omnis merge part_*.lhe -o all.lhe

The files must come from the same physics (process, parameters, beams, scales
and cuts). Files of one pack may have the same seed if their ranges do not
overlap; adjacent ranges make one, and the result is what one job would have
written. Weights are kept. One event is held in memory at a time. With {process} in the
name of the output, each process number '@n' gets a file of its own.

Files of other programs follow each other as they are named, if beams,
processes and weights are the same; that they are independent is up to you.";

/// Arguments of `omnis merge`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct MergeArgs {
    /// Event files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// The merged file; compressed if its name ends in .gz
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// What the output may replace.
    #[command(flatten)]
    pub replace: ReplaceArgs,
}

impl MergeArgs {
    /// Merges and prints what was found.
    ///
    /// # Errors
    /// [`Failure::Usage`] for files that are no sample together,
    /// [`Failure::Run`] if the output cannot be written.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let merged = counted(context, self.replace.replace(), |how| {
            merge_as(&self.files, &self.output, how)
        })?;
        tell_notes(&merged.notes, context);
        let output = self.output.display().to_string();
        let text = format!(
            "{} events of {} files in {output}\ncross section {} pb",
            merged.n_events,
            self.files.len(),
            with_error(merged.xsec_pb, merged.xsec_err_pb)
        );
        let json = json!({
            "events": merged.n_events,
            "files": self.files.len(),
            "output": output,
            "xsec_pb": merged.xsec_pb,
            "xsec_err_pb": merged.xsec_err_pb,
            "provenance": merged.provenance.as_ref().map(|p| p.lines()),
            "origin": merged.provenance,
            "notes": merged.notes,
        });
        context.print(Answer::Merge, &text, &json)
    }
}
