//! `omnis cite`: the references of a run.
//!
//! Knows arguments; knows no publication.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::answer::Answer;
use super::card_args::CardArgs;
use super::failure::Failure;
use super::program::Context;
use super::replace_args::ReplaceArgs;
use super::running::failure;
use crate::card::is_madgraph;
use crate::jobs::{TextKind, check_text_output};
use crate::report::Citations;
use crate::storage::write_whole;

const AFTER_HELP: &str = "\
Examples:
  omnis cite pp_epem.lhe.gz
  omnis cite pp_tt.omnis -o references.bib
  omnis cite processes/pp_epem.toml --json

Reads a card, a gridpack or an event file of omnis and prints what it used as BibTeX:
methods, formats, parton densities with their errors, merging, flows where they were
trained. Each entry says what it is cited for. Keys are those of INSPIRE, or
arXiv:NUMBER.";

/// Arguments of `omnis cite`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CiteArgs {
    /// Card, gridpack or event file, or cards of MadGraph: a proc_card or its folder
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Write the entries into this file instead
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// How cards are read.
    #[command(flatten)]
    pub reading: CardArgs,

    /// What the output may replace.
    #[command(flatten)]
    pub replace: ReplaceArgs,
}

impl CiteArgs {
    /// Prints or writes the entries.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a file that cannot be read, [`Failure::Run`] if the output
    /// cannot be written.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let all = if is_madgraph(&self.file) {
            Citations::of_card(&self.reading.read(&self.file, None, context)?)
        } else {
            self.reading.refuse(&self.file, "no card of MadGraph")?;
            Citations::of_file(&self.file).map_err(failure)?
        };
        let mut text = all.bibtex();
        if let Some(output) = &self.output {
            let (kind, replace) = (TextKind::References, self.replace.replace());
            let input = [(self.file.as_path(), "the input")];
            check_text_output(output, input, kind, replace).map_err(failure)?;
            write_whole(output, text.as_bytes()).map_err(|e| failure(e.into()))?;
            let n = all.references.len();
            text = format!("{n} references in {}", output.display());
        }
        let json = json!({
            "file": self.file, "references": all.references, "notes": all.notes,
        });
        context.print(Answer::Cite, &text, &json)
    }
}
