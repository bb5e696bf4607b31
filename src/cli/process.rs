//! `omnis process`: what a process line stands for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::answer::Answer;
use super::card_args::CardArgs;
use super::failure::Failure;
use super::program::Context;
use super::replace_args::ReplaceArgs;
use super::running::{failure, set_up};
use super::values::{self, Assignment, Definition};
use crate::card::{Gauge, ModelCard};
use crate::jobs::{TextKind, check_text_output};
use crate::run::{ProcessListing, draw_diagrams};
use crate::storage::write_whole;

const AFTER_HELP: &str = "\
Examples:
  omnis process \"p p > e+ e- j\"
  omnis process \"p p > ell+ ell-\" --define \"ell+=e+ mu+\" --define \"ell-=e- mu-\"
  omnis process \"p p > h j j QCD=0\" --json
  omnis process \"g g > t t~ g g\" --graph
  omnis process \"p p > e+ e- j\" --diagrams diagrams.html
  omnis process processes/pp_tt.toml
  omnis process WJets_proc_card.dat

The process stands in quotes: the shell takes > for itself.";

/// Arguments of `omnis process`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ProcessArgs {
    /// Process line, in quotes; or a card, or cards of MadGraph: a proc_card or its folder
    #[arg(value_name = "PROCESS", value_parser = values::process_or_file)]
    pub process: String,

    /// Run card of MadGraph, instead of the one beside the process card
    #[arg(long, value_name = "FILE")]
    pub run_card: Option<PathBuf>,

    /// PDF set of MadGraph's cards, of no meaning here
    #[arg(long, value_name = "SET")]
    pub pdf: Option<String>,

    /// Refuse cards of MadGraph of which something that changes the physics cannot be taken over
    #[arg(long)]
    pub strict: bool,

    /// Show what each matrix element costs: currents, vertices, operations, memory
    #[arg(long)]
    pub graph: bool,

    /// Draw the Feynman diagrams into this file, a picture (.svg) or a page (.html)
    #[arg(long, value_name = "FILE")]
    pub diagrams: Option<PathBuf>,

    /// Most drawings in that file
    #[arg(long, value_name = "N", default_value = "60", value_parser = values::drawings, allow_negative_numbers = true)]
    pub most_drawings: usize,

    /// The model.
    #[command(flatten)]
    pub model: ModelArgs,

    /// What the output may replace.
    #[command(flatten)]
    pub replace: ReplaceArgs,
}

/// The gauge of massive vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GaugeArg {
    /// Three polarisations in the propagator.
    Unitary,
    /// -g in the propagator, with the Goldstone bosons of the model.
    Feynman,
}

impl From<GaugeArg> for Gauge {
    fn from(gauge: GaugeArg) -> Self {
        match gauge {
            GaugeArg::Unitary => Self::Unitary,
            GaugeArg::Feynman => Self::Feynman,
        }
    }
}

/// The model of a command that reads no card.
#[derive(Args, Clone, Debug)]
pub(crate) struct ModelArgs {
    /// Model: built in, the directory of a UFO model, or a JSON file of ufo-model-loader
    #[arg(long = "model", value_name = "NAME", default_value = "sm")]
    pub name: String,

    /// Electroweak inputs: alpha (aEWM1, Gf, MZ), the default, or MW (Gf, MW, MZ)
    #[arg(long, value_name = "NAME")]
    pub scheme: Option<String>,

    /// Restriction of the model, such as no_b_mass, or 'full' for none of a UFO model; may be
    /// repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub restrict: Vec<String>,

    /// Gauge of massive vectors
    #[arg(long, value_name = "GAUGE", value_enum, default_value = "unitary")]
    pub gauge: GaugeArg,

    /// Parameter card (SLHA) to take values from
    #[arg(long, value_name = "FILE")]
    pub param_card: Option<PathBuf>,

    /// Value of a parameter, such as aS=0.118 or "MASS 6=172.5"; may be repeated
    #[arg(long, value_name = "K=V", value_parser = values::assignment)]
    pub set: Vec<Assignment>,

    /// Label for several particles, such as "ell+=e+ mu+"; may be repeated
    #[arg(long, value_name = "LABEL=NAMES", value_parser = values::definition)]
    pub define: Vec<Definition>,
}

impl ProcessArgs {
    /// Expands the process and prints its subprocesses.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a process or model that cannot be used.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        // Before any work is done.
        self.diagrams.as_deref().map(is_page).transpose()?;
        if !self.process.contains('>') {
            return self.run_card_lines(context);
        }
        let reading = CardArgs {
            param_card: None,
            ..self.reading()
        };
        reading.refuse(Path::new(&self.process), "a process line")?;
        let defines = self.model.defines();
        let listing = set_up(&mut None, context, |watch| {
            ProcessListing::new(&self.model.card(), &self.process, &defines, watch)
        })?;
        let listing = listing.with_graph(self.graph);
        let lines = [self.process.clone()];
        let drawn = self.draw(&self.model.card(), &lines, &defines, context)?;
        let mut json = listing.json();
        let text = drawn.add_to(listing.text(), &mut json);
        context.print(Answer::Process, &text, &json)
    }

    /// Draws the diagrams, if that is asked for.
    fn draw(
        &self,
        model: &ModelCard,
        lines: &[String],
        defines: &BTreeMap<String, Vec<String>>,
        context: &Context,
    ) -> Result<Drawn, Failure> {
        let Some(path) = &self.diagrams else {
            return Ok(Drawn::default());
        };
        let input = (Path::new(&self.process), "the input");
        let replace = self.replace.replace();
        check_text_output(path, [input], TextKind::Diagrams, replace).map_err(failure)?;
        let sheet = set_up(&mut None, context, |watch| {
            draw_diagrams(model, lines, defines, self.most_drawings, watch)
        })?;
        let text = match is_page(path)? {
            true => sheet.html(),
            false => sheet.svg(),
        };
        write_whole(path, text.as_bytes()).map_err(|e| failure(e.into()))?;
        Ok(Drawn {
            file: Some(path.display().to_string()),
            n_drawings: sheet.entries.iter().map(|e| e.n_drawings).sum(),
            notes: sheet.notes(),
        })
    }

    fn reading(&self) -> CardArgs {
        CardArgs {
            run_card: self.run_card.clone(),
            param_card: self.model.param_card.clone(),
            pdf: self.pdf.clone(),
            weights: None,
            strict: self.strict,
        }
    }

    /// The same for each line of a card.
    fn run_card_lines(&self, context: &Context) -> Result<(), Failure> {
        if let Some(flag) = self.model.given_beside_card() {
            return Err(Failure::Usage(anyhow::anyhow!(
                "{flag} belongs to a process line, and '{}' is a card, which says it itself",
                self.process
            )));
        }
        let card = self
            .reading()
            .read(Path::new(&self.process), None, context)?;
        let (mut texts, mut json) = (Vec::new(), Vec::new());
        for line in &card.process.generate {
            let listing = set_up(&mut None, context, |watch| {
                let listing = ProcessListing::new(&card.model, line, &card.process.define, watch);
                listing.map_err(|e| e.in_card(&card))
            })?;
            let listing = listing.with_graph(self.graph);
            texts.push(listing.text());
            json.push(listing.json());
        }
        let lines = &card.process.generate;
        let drawn = self.draw(&card.model, lines, &card.process.define, context)?;
        let mut json = serde_json::json!({ "processes": json });
        let text = drawn.add_to(texts.join("\n\n"), &mut json);
        context.print(Answer::ProcessCard, &text, &json)
    }
}

/// Whether a name is that of a page, and not of a picture.
fn is_page(path: &Path) -> Result<bool, Failure> {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    match ending.to_ascii_lowercase().as_str() {
        "html" => Ok(true),
        "svg" => Ok(false),
        other => Err(Failure::Usage(anyhow::anyhow!(
            "--diagrams {}: found the ending '{other}', expected .svg or .html",
            path.display()
        ))),
    }
}

/// A file with diagrams, if one was written.
#[derive(Default)]
struct Drawn {
    file: Option<String>,
    n_drawings: usize,
    notes: Vec<String>,
}

impl Drawn {
    /// Tells of it.
    fn add_to(&self, text: String, json: &mut serde_json::Value) -> String {
        let Some(file) = &self.file else {
            return text;
        };
        json["diagram_file"] = serde_json::json!({
            "file": file,
            "drawings": self.n_drawings,
            "notes": self.notes,
        });
        let written = format!("{} drawings in {file}", self.n_drawings);
        let mut lines = vec![text, String::new(), written];
        lines.extend(self.notes.iter().map(|n| format!("note: {n}")));
        lines.join("\n")
    }
}

impl ModelArgs {
    /// The arguments as the model section of a card.
    pub(super) fn card(&self) -> ModelCard {
        ModelCard {
            name: self.name.clone(),
            scheme: self.scheme.clone(),
            restrict: self.restrict.clone(),
            gauge: self.gauge.into(),
            set: self.set.iter().cloned().collect(),
            param_card: self.param_card.clone(),
        }
    }

    /// The first flag that is given, other than the parameter card.
    pub(super) fn given_beside_card(&self) -> Option<&'static str> {
        let given = [
            ("--model", self.name != "sm"),
            ("--scheme", self.scheme.is_some()),
            ("--restrict", !self.restrict.is_empty()),
            ("--set", !self.set.is_empty()),
            ("--define", !self.define.is_empty()),
        ];
        given.iter().find(|g| g.1).map(|g| g.0)
    }

    /// Labels that the user defined.
    pub(super) fn defines(&self) -> BTreeMap<String, Vec<String>> {
        self.define.iter().cloned().collect()
    }
}
