//! Which process the library is: a card beside it, or what the environment says.
//!
//! Knows where a choice is looked for; compiles nothing.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use omnis::amplitude::{ColourMode, Precision};
use omnis::card::{Card, ModelCard};
use omnis::model::ModelSpec;

use crate::fault::Fault;
use crate::place::own_file;

/// The path of a card.
const CARD: &str = "OMNIS_UMAMI_CARD";
/// A process line.
const PROCESS: &str = "OMNIS_UMAMI_PROCESS";
/// The model of the process line.
const MODEL: &str = "OMNIS_UMAMI_MODEL";

/// A process with the model that it is computed in.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Process lines, whose subprocesses are the flavours.
    pub lines: Vec<String>,
    /// Labels of their own.
    pub defines: BTreeMap<String, Vec<String>>,
    /// The model.
    pub spec: ModelSpec,
    /// What is kept of the colour sum.
    pub colour: ColourMode,
    /// Precision of the currents.
    pub precision: Precision,
    /// Where the process was found, for messages.
    pub source: String,
}

impl Choice {
    /// Looks for the process of this library.
    ///
    /// # Errors
    /// No process, or two, or a card that cannot be used.
    pub fn find() -> Result<Self, Fault> {
        let own = own_file();
        let beside = own.as_deref().and_then(card_beside);
        if let Some(card) = beside.as_deref().filter(|card| card.exists()) {
            return Self::of_card(card);
        }
        let [card, process, model] = [CARD, PROCESS, MODEL].map(value);
        let both = |one: &str, other: &str| {
            Fault::found(
                "the environment",
                format!("{one} and {other}"),
                "one of them",
            )
        };
        match (card, process, model) {
            (Some(_), Some(_), _) => Err(both(CARD, PROCESS)),
            (Some(_), None, Some(_)) => Err(both(CARD, MODEL)),
            (Some(card), None, None) => Self::of_card(Path::new(&card)),
            (None, Some(line), model) => Ok(Self::of_line(line, model)),
            (None, None, _) => Err(nothing(beside.as_deref())),
        }
    }

    /// The process and the model of a card. Beams, cuts and scales are a matter of the caller.
    fn of_card(path: &Path) -> Result<Self, Fault> {
        let source = path.display().to_string();
        let card = Card::from_path(path).map_err(|e| Fault::of(&e))?;
        if card.beams.polarisation != [0.0; 2] {
            let [one, other] = card.beams.polarisation;
            let found = format!("beams.polarisation = [{one}, {other}]");
            let expected = "beams without polarisation, over which a matrix element is averaged";
            return Err(Fault::found(&source, found, expected));
        }
        Ok(Self {
            lines: card.process.generate.clone(),
            defines: card.process.define.clone(),
            spec: card.model.spec(),
            colour: card.amplitude.colour,
            precision: card.amplitude.precision,
            source,
        })
    }

    /// A process line in a model, by default the Standard Model.
    fn of_line(line: String, model: Option<String>) -> Self {
        let mut spec = ModelCard::default().spec();
        spec.name = model.unwrap_or(spec.name);
        Self {
            source: format!("{PROCESS} = '{line}'"),
            lines: vec![line],
            defines: BTreeMap::new(),
            spec,
            colour: ColourMode::default(),
            precision: Precision::default(),
        }
    }
}

/// A variable of the environment that is not empty.
fn value(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.trim().is_empty())
}

/// The card `NAME.toml` beside a library `libNAME.so`, if it has such a name.
fn card_beside(library: &Path) -> Option<PathBuf> {
    let stem = library.file_stem()?.to_str()?;
    let name = stem.strip_prefix("lib").filter(|name| !name.is_empty())?;
    Some(library.with_file_name(format!("{name}.toml")))
}

fn nothing(beside: Option<&Path>) -> Fault {
    let card = beside.map_or_else(
        || "a card NAME.toml beside a library libNAME.so".to_owned(),
        |path| format!("a card '{}'", path.display()),
    );
    let expected = format!("{card}, or {CARD} (the path of one), or {PROCESS} ('g g > t t~')");
    Fault::found("the process of this library", "none", expected)
}
