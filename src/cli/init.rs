//! `omnis init`: the first card of a process.
//!
//! Knows where the card goes; knows not what is in it.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::answer::Answer;
use super::failure::Failure;
use super::program::Context;
use super::running::{failure, set_up};
use super::values;
use crate::card::ModelCard;
use crate::jobs::check_card_output;
use crate::run::StarterCard;
use crate::storage::write_whole;

const AFTER_HELP: &str = "\
Examples:
  omnis init                                  p p > e+ e-, into pp_epem.toml
  omnis init \"p p > e+ e- j\"                  with the cuts that it needs
  omnis init \"p p > t t~\" \"p p > t t~ j\"      two processes in one card
  omnis init \"e+ e- > mu+ mu-\" --energy 125   GeV of each beam
  omnis init \"p p > t t~\" -o -                to standard output

The card has beams that suit the incoming particles, with energies above the threshold,
and the cuts without which the cross section is infinite; comments show other keys with
their defaults. A file that is there already is left alone.";

/// The process of a card that nobody named one for.
const DRELL_YAN: &str = "p p > e+ e-";

/// Arguments of `omnis init`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct InitArgs {
    /// Process line, in quotes; may be repeated
    #[arg(value_name = "PROCESS", value_parser = values::process_line)]
    pub process: Vec<String>,

    /// The card, a name that ends in .toml; '-' for standard output. Default: a name made of the process
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace a card that is there
    #[arg(long)]
    pub force: bool,

    /// Energy of each beam in GeV
    #[arg(long, value_name = "GEV", value_parser = values::energy, allow_hyphen_values = true)]
    pub energy: Option<f64>,

    /// Model: built in, the directory of a UFO model, or a JSON file of ufo-model-loader
    #[arg(long, value_name = "NAME", default_value = "sm")]
    pub model: String,
}

impl InitArgs {
    /// Writes the card and says what comes next.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a process or model that cannot be used, and for a file that is
    /// there already.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let usual = [DRELL_YAN.to_owned()];
        let lines = match &self.process[..] {
            [] => &usual[..],
            lines => lines,
        };
        if let Some(path) = self.output.as_ref().filter(|_| !self.is_for_output()) {
            check_card_output(path).map_err(failure)?;
        }
        let model = ModelCard {
            name: self.model.clone(),
            ..ModelCard::default()
        };
        let card = set_up(&mut None, context, |watch| {
            StarterCard::new(lines, &model, self.energy, watch)
        })?;
        let mut json = json!({
            "card": "-", "process": lines, "beams": card.beams, "cuts": card.cuts,
        });
        if self.is_for_output() {
            json["text"] = card.text.as_str().into();
            return match context.json {
                true => context.print(Answer::Init, "", &json),
                false => context.print_raw(card.text.trim_end()),
            };
        }
        let path = match &self.output {
            Some(path) => path.clone(),
            None => format!("{}.toml", card.name).into(),
        };
        if path.exists() && !self.force {
            return Err(Failure::Usage(anyhow::anyhow!(
                "'{}' is there already and is left alone; -o FILE gives the card another name, --force replaces it",
                path.display()
            )));
        }
        write_whole(&path, card.text.as_bytes()).map_err(|e| failure(e.into()))?;
        let file = path.display().to_string();
        let mut text = vec![format!("{file}: a card for {}", lines.join(", "))];
        if !card.cuts.is_empty() {
            text.push(format!("cuts that it needs: {}", card.cuts.join(", ")));
        }
        text.push(match &card.beams {
            Some(_) => format!("next: omnis generate {file}"),
            None => format!("next: omnis integrate {file}"),
        });
        json["card"] = file.into();
        context.print(Answer::Init, &text.join("\n"), &json)
    }

    /// Whether the card goes to standard output.
    fn is_for_output(&self) -> bool {
        (self.output.as_ref()).is_some_and(|path| path.as_os_str() == "-")
    }
}
