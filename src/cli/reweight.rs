//! `omnis reweight`: alternative weights for the events of a file.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::answer::Answer;
use super::card_args::CardArgs;
use super::failure::Failure;
use super::program::Context;
use super::replace_args::ReplaceArgs;
use super::running::{counted, tell_notes};
use crate::jobs::reweight_as;

const AFTER_HELP: &str = "\
Examples:
  omnis reweight tt.lhe.gz --card pp_tt.toml -o tt_weights.lhe.gz
  omnis reweight tt.lhe --card pp_tt.toml --weights \"--mur=0.5,1,2 --muf=0.5,1,2\" -o w.lhe

The card is the one that the events were made with; it says which weights there are
in [weights]. Events, their own weights and their order stay as they are.";

/// Arguments of `omnis reweight`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ReweightArgs {
    /// Event file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Card that the events were made with, omnis' own or MadGraph's
    #[arg(long, value_name = "CARD")]
    pub card: PathBuf,

    /// The file with weights; compressed if its name ends in .gz
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// What stands beside the card.
    #[command(flatten)]
    pub reading: CardArgs,

    /// What the output may replace.
    #[command(flatten)]
    pub replace: ReplaceArgs,
}

impl ReweightArgs {
    /// Writes the file and prints the sums of weights.
    ///
    /// # Errors
    /// [`Failure::Usage`] for files and cards that cannot be used, [`Failure::Run`] if
    /// the output cannot be written.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let card = self.reading.read(&self.card, None, context)?;
        let mut found = counted(context, self.replace.replace(), |how| {
            reweight_as(&self.file, &self.output, &card, how)
        })?;
        tell_notes(&found.notes, context);
        if let Some(warning) = found.warning.take() {
            context.progress.warn(&warning);
            found.notes.push(warning);
        }
        let output = self.output.display().to_string();
        let mut lines = vec![format!("{} events in {output}", found.n_events)];
        let facts = found.weights.facts(true).into_iter();
        lines.extend(facts.map(|(name, value)| format!("{name:<40}{value}")));
        let json = json!({
            "events": found.n_events,
            "output": output,
            "weights": found.weights.sums,
            "scale_envelopes": found.weights.scale_envelopes,
            "pdf_errors": found.weights.pdf_errors,
            "notes": found.notes,
        });
        context.print(Answer::Reweight, &lines.join("\n"), &json)
    }
}
