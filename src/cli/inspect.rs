//! `omnis inspect`, `omnis verify` and `omnis convert`: files explained,
//! checked and rewritten.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::answer::Answer;
use super::card_args::CardArgs;
use super::failure::Failure;
use super::program::Context;
use super::replace_args::ReplaceArgs;
use super::running::{counted, failure, tell_notes};
use super::shown::shown;
use crate::card::is_madgraph;
use crate::jobs::{FileKind, convert_as, inspect, inspect_card, verify};

const INSPECT_HELP: &str = "\
Examples:
  omnis inspect pp_tt.omnis
  omnis inspect pp_epem.lhe.gz --json
  omnis inspect card.toml --effective > whole.toml

Reads cards, packs and event files (text, compressed or not; HDF5 if this
omnis was built with it). Of event files it reads the head alone, and all
events where they have alternative weights: their sums, the envelope of the scales
and the errors of the sets of parton densities. With --effective it prints the card
with all defaults instead, a card itself, and what each 'auto' became. Exit code 2 for a card whose cross
section is infinite.";

const VERIFY_HELP: &str = "\
Examples:
  omnis verify pp_tt.omnis
  omnis verify tt_7.lhe.gz --gridpack pp_tt.omnis

Of a card: all names, and whether the cross section is finite. Of a pack:
checksums, and whether this omnis gives the same parton densities, parameters
and integrand. Of an event file: number of events, momenta, masses, colours,
processes, and the mean weight against the cross section; with --gridpack also
whether the events are of that pack. Files of other programs are checked for
what a shower would stumble over, with a tolerance that follows from the digits
in the file; their habits are notes. Exit code 1 if something is wrong, 2 for a
card that cannot be used.";

const CONVERT_HELP: &str = "\
Examples:
  omnis convert tt.lhe.gz -o tt.lhe
  omnis convert tt.lhe.gz -o tt.h5
  omnis convert WJets_proc_card.dat -o wjets.toml

The format follows the name: .h5 or .hdf5 for HDF5 in the layout LHEH5 (if this
omnis was built with --features hdf5), .lhe or .lhe.gz for text. Tags and
attributes that omnis does not know are kept in text; what is not kept is said.

Cards of MadGraph (a proc_card, or the folder with one) become a card of omnis,
with a comment for each line that could not be taken over. Exit code 0 if all
was, 2 if something that changes the physics was not; --strict writes no card
then.";

/// Arguments of `omnis inspect`.
#[derive(Args, Debug)]
#[command(after_help = INSPECT_HELP)]
pub(crate) struct InspectArgs {
    /// Card, gridpack or event file, or cards of MadGraph: a proc_card or its folder
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The card with all of its defaults, and what 'auto' became
    #[arg(long)]
    pub effective: bool,

    /// How cards are read.
    #[command(flatten)]
    pub reading: CardArgs,
}

impl InspectArgs {
    /// Prints what the file is.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a file that cannot be read, [`Failure::Divergent`]
    /// for a card whose cross section is infinite.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let is_card = is_madgraph(&self.file)
            || FileKind::of(&self.file).is_ok_and(|kind| kind == FileKind::Card);
        let found = if is_card && self.reading.is_given() || is_madgraph(&self.file) {
            inspect_card(&self.reading.read(&self.file, None, context)?)
        } else {
            self.reading.refuse(&self.file, "none")?;
            inspect(&self.file).map_err(failure)?
        };
        if self.effective {
            let card = found.effective.as_ref().ok_or_else(|| {
                Failure::Usage(anyhow::anyhow!(
                    "'{}' does not say with which card it was made; expected a card, a gridpack or an event file of this omnis",
                    self.file.display()
                ))
            })?;
            // The object of the file has the card as well.
            if !context.json {
                return context.print_raw(shown(card.text_with_choices().trim_end()).as_ref());
            }
        }
        let lines: Vec<String> = found
            .facts
            .iter()
            .map(|(name, value)| format!("{name:<22}{value}").trim_end().to_owned())
            .collect();
        let answer = match found.kind {
            FileKind::Card => Answer::InspectCard,
            FileKind::Gridpack | FileKind::Tarball => Answer::InspectGridpack,
            _ => Answer::InspectEvents,
        };
        let refused = found.refused.map(failure);
        // A failure is JSON of its own.
        if refused.is_none() || !context.json {
            context.print(answer, &lines.join("\n"), &found.json)?;
        }
        refused.map_or(Ok(()), Err)
    }
}

/// Arguments of `omnis verify`.
#[derive(Args, Debug)]
#[command(after_help = VERIFY_HELP)]
pub(crate) struct VerifyArgs {
    /// Card, gridpack or event file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The gridpack that the events are said to come from
    #[arg(long = "gridpack", alias = "pack", value_name = "FILE")]
    pub pack: Option<PathBuf>,
}

impl VerifyArgs {
    /// Prints each check.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a file that cannot be read, [`Failure::Run`] if a
    /// check fails.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let found = verify(&self.file, self.pack.as_deref()).map_err(failure)?;
        let lines: Vec<String> = found
            .checks
            .iter()
            .map(|c| format!("{:<5} {}: {}", c.verdict.name(), c.name, c.what))
            .collect();
        let checks: Vec<serde_json::Value> = found
            .checks
            .iter()
            .map(|c| {
                let verdict = c.verdict.name();
                json!({ "name": c.name, "ok": c.ok(), "verdict": verdict, "what": c.what })
            })
            .collect();
        let result = json!({ "kind": found.kind.name(), "format": found.kind.format(), "ok": found.ok(), "checks": checks });
        // A failure is JSON of its own.
        if found.ok() || !context.json {
            context.print(Answer::Verify, &lines.join("\n"), &result)?;
        }
        if found.ok() {
            return Ok(());
        }
        let wrong: Vec<String> = found
            .checks
            .iter()
            .filter(|c| !c.ok())
            .map(|c| format!("{}: {}", c.name, c.what))
            .collect();
        let error = anyhow::anyhow!(wrong.join("; "));
        Err(Failure::Run(error.context(format!(
            "'{}' is not as it should be",
            self.file.display()
        ))))
    }
}

/// Arguments of `omnis convert`.
#[derive(Args, Debug)]
#[command(after_help = CONVERT_HELP)]
pub(crate) struct ConvertArgs {
    /// Event file, or cards of MadGraph: a proc_card or its folder
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The new file
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// How cards are read.
    #[command(flatten)]
    pub reading: CardArgs,

    /// What the output may replace.
    #[command(flatten)]
    pub replace: ReplaceArgs,
}

impl ConvertArgs {
    /// Converts and prints the number of events.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a file that cannot be read, [`Failure::Run`] if
    /// the output cannot be written, [`Failure::NotTaken`] if something that changes the
    /// physics of MadGraph's cards could not be taken over.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let replace = self.replace.replace();
        if is_madgraph(&self.file) {
            return (self.reading).convert(&self.file, &self.output, replace, context);
        }
        self.reading.refuse(&self.file, "no card of MadGraph")?;
        let converted = counted(context, replace, |how| {
            convert_as(&self.file, &self.output, how)
        })?;
        tell_notes(&converted.notes, context);
        let (n, output) = (converted.n_events, self.output.display().to_string());
        let json = json!({ "events": n, "output": output, "notes": converted.notes });
        context.print(Answer::Convert, &format!("{n} events in {output}"), &json)
    }
}
