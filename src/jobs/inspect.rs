//! What a file is: card, gridpack or events, in words.
//!
//! Of event files without alternative weights it reads no more than the head. Knows kinds of files; knows
//! no formula.

use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use super::effective::EffectiveCard;
use super::self_contained::pack_within;
use super::weight_sums::WeightSums;
use super::weight_totals::WeightTotals;
use crate::card::Card;
use crate::error::Error;
use crate::event::{EventError, EventReader, RunInfo};
use crate::gridpack::Gridpack;
use crate::numbers::{grouped, with_error};
use crate::run::{
    Provenance, Run, conditions_of, cuts_text, generator_name, process_of, provenance_of,
    scales_text, stated_events,
};
use crate::storage::{StorageError, is_gzip, open_input};

/// What to do with a self-contained gridpack.
const UNPACK: &str =
    "unpack it with 'tar xf', then ./run.sh NEVENTS SEED; what follows is of the pack.omnis in it";

/// Kinds of files that omnis reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// Process card.
    Card,
    /// Gridpack.
    Gridpack,
    /// Tar archive, such as a self-contained gridpack.
    Tarball,
    /// Events in text, plain or compressed.
    Lhe,
    /// Events in HDF5.
    Hdf5,
}

impl FileKind {
    /// What a file is, from its first bytes.
    ///
    /// # Errors
    /// [`Error::Storage`] if it cannot be read, [`Error::Event`] if it is empty.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let mut head = Vec::new();
        let mut inner = Vec::new();
        let read = open_input(path).and_then(|f| {
            f.take(4096).read_to_end(&mut head)?;
            Ok(())
        });
        read.map_err(|source| StorageError::Read {
            path: path.display().to_string(),
            source,
        })?;
        if is_gzip(&head) {
            inner = crate::storage::unpacked_head(&head);
            if inner.starts_with(b"manifest.json") {
                return Ok(Self::Gridpack);
            }
        }
        if is_tar(&head) || is_tar(&inner) {
            return Ok(Self::Tarball);
        }
        let named = |end: &str| {
            path.extension()
                .is_some_and(|e| e.eq_ignore_ascii_case(end))
        };
        if head.is_empty() {
            return Err(EventError::Empty {
                path: path.display().to_string(),
            }
            .into());
        }
        let text = String::from_utf8_lossy(if inner.is_empty() { &head } else { &inner });
        Ok(if head.starts_with(b"\x89HDF") {
            Self::Hdf5
        } else if named("omnis") {
            Self::Gridpack
        } else if is_gzip(&head) || text.contains("<LesHouchesEvents") || named("lhe") {
            Self::Lhe
        } else {
            Self::Card
        })
    }

    /// In one word, for machines.
    pub fn format(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Gridpack | Self::Tarball => "gridpack",
            Self::Lhe => "lhe",
            Self::Hdf5 => "hdf5",
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Card => "process card",
            Self::Gridpack => "pack",
            Self::Tarball => "self-contained gridpack",
            Self::Lhe => "Les Houches event file",
            Self::Hdf5 => "HDF5 event file",
        }
    }
}

/// Whether bytes begin like a tar archive.
fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// The gridpack that a file is or holds.
///
/// # Errors
/// [`Error::Storage`] if it cannot be read, or holds none.
pub(crate) fn gridpack_of(path: &Path, kind: FileKind) -> Result<Gridpack, Error> {
    match kind {
        FileKind::Tarball => pack_within(path),
        _ => Gridpack::read(path),
    }
}

/// What is known of a file.
#[derive(Debug)]
pub struct Inspection {
    /// What it is.
    pub kind: FileKind,
    /// Name and value, in the order to show them.
    pub facts: Vec<(String, String)>,
    /// The same for programs.
    pub json: Value,
    /// The card with all of its defaults, if the file says it.
    pub effective: Option<EffectiveCard>,
    /// Why what a card asks for has no finite answer.
    pub refused: Option<Error>,
}

/// Says what a file is and holds.
///
/// # Errors
/// Of the file's kind, if it cannot be read.
pub fn inspect(path: &Path) -> Result<Inspection, Error> {
    inspected(path, true)
}

/// The same, of event files what their head says.
///
/// # Errors
/// Of the file's kind, if it cannot be read.
pub(crate) fn inspect_head(path: &Path) -> Result<Inspection, Error> {
    inspected(path, false)
}

fn inspected(path: &Path, with_events: bool) -> Result<Inspection, Error> {
    let kind = FileKind::of(path)?;
    let effective;
    let (mut facts, mut json) = match kind {
        FileKind::Card => return Ok(inspect_card(&Card::from_path(path)?)),
        FileKind::Gridpack | FileKind::Tarball => {
            let pack = gridpack_of(path, kind)?;
            effective = Some(EffectiveCard::of_pack(&pack));
            of_pack(&pack)
        }
        FileKind::Lhe | FileKind::Hdf5 => {
            let mut reader = EventReader::open(path)?;
            effective = EffectiveCard::of_events(reader.run());
            let mut found = of_events(reader.run());
            if with_events && !reader.run().weights.is_empty() {
                add_weights(&mut reader, &mut found);
            }
            found
        }
    };
    if kind == FileKind::Tarball {
        facts.insert(0, ("to use it".to_owned(), UNPACK.to_owned()));
    }
    facts.insert(0, ("kind".to_owned(), kind.name().to_owned()));
    json["kind"] = kind.name().into();
    json["format"] = kind.format().into();
    add_effective(effective.as_ref(), &mut json);
    Ok(Inspection {
        kind,
        facts,
        json,
        effective,
        refused: None,
    })
}

/// Adds the effective card, or null.
fn add_effective(effective: Option<&EffectiveCard>, json: &mut Value) {
    json["effective_card"] = effective.map(|e| e.text.clone()).into();
    let choices = effective.map_or(&[][..], |e| &e.choices);
    let choices = choices.iter().map(|(k, c)| (k.clone(), c.clone().into()));
    json["choices"] = Value::Object(choices.collect());
}

/// Adds what the alternative weights of all events say.
fn add_weights(reader: &mut EventReader, (facts, json): &mut (Vec<(String, String)>, Value)) {
    let mut sums = WeightSums::default();
    loop {
        match reader.next_event() {
            Ok(Some(event)) => sums.add(&event),
            Ok(None) => break,
            // The head says what it says; 'verify' tells what is wrong.
            Err(e) => return facts.push(("sums of weights".to_owned(), format!("not known: {e}"))),
        }
    }
    let totals = WeightTotals::new(reader.run(), &sums);
    facts.extend(totals.facts(true));
    json["weight_totals"] = serde_json::to_value(totals).expect("sums are plain data");
}

/// The same of a card that was read.
pub fn inspect_card(card: &Card) -> Inspection {
    let mut refused = None;
    let (mut facts, mut json) = of_card(card);
    let (what, open) = singularities_of(card, &mut refused);
    json["singularities"] = what.clone().into();
    json["open_singularities"] = json!(open);
    facts.push(("singularities".to_owned(), what));
    facts.insert(0, ("kind".to_owned(), FileKind::Card.name().to_owned()));
    json["kind"] = FileKind::Card.name().into();
    json["format"] = FileKind::Card.format().into();
    let effective = Some(EffectiveCard::of_card(card));
    add_effective(effective.as_ref(), &mut json);
    Inspection {
        kind: FileKind::Card,
        facts,
        json,
        effective,
        refused,
    }
}

/// What the cuts of a card leave open, in words and one by one; `None` if that is not known.
fn singularities_of(card: &Card, refused: &mut Option<Error>) -> (String, Option<Vec<String>>) {
    match Run::check(card) {
        Ok(permitted) if permitted.is_empty() => {
            ("none that the cuts leave open".to_owned(), Some(vec![]))
        }
        Ok(permitted) => (permitted.join("; "), Some(permitted)),
        Err(e) => match e.singular() {
            Some(singular) => {
                let lines = singular.lines();
                *refused = Some(e);
                (lines.join("; "), Some(lines))
            }
            None => (format!("not known: {e}"), None),
        },
    }
}

/// Which events an event file holds, if its header says so.
///
/// # Errors
/// [`Error::Event`] if it cannot be read.
pub fn provenance_in(path: &Path) -> Result<Option<Provenance>, Error> {
    Ok(provenance_of(EventReader::open(path)?.run()))
}

fn pairs<const N: usize>(list: [(&str, String); N]) -> Vec<(String, String)> {
    list.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

fn beams_of(names: &[String; 2], energies: [f64; 2]) -> String {
    format!(
        "{} at {} + {} GeV",
        names.join(" "),
        energies[0],
        energies[1]
    )
}

/// Beams of an event file by name and energy.
fn event_beams(run: &RunInfo) -> String {
    let name = |pdg: i32| match pdg {
        2212 => "p".to_owned(),
        -2212 => "p~".to_owned(),
        11 => "e-".to_owned(),
        -11 => "e+".to_owned(),
        13 => "mu-".to_owned(),
        -13 => "mu+".to_owned(),
        22 => "a".to_owned(),
        other => other.to_string(),
    };
    beams_of(&run.beam_pdg.map(name), run.beam_energy)
}

/// What weights mean by IDWTUP (hep-ph/0609017).
fn weights_text(strategy: i32) -> String {
    let sign = if strategy < 0 { ", of either sign" } else { "" };
    let text = match strategy.abs() {
        1 => "in pb, to be unweighted",
        2 => "to be unweighted against the largest ones stated",
        3 => "equal, as 1 or as shares of the cross section",
        4 => "in pb, their mean is the cross section",
        _ => "of unknown meaning",
    };
    format!("{text}{sign} (IDWTUP {strategy})")
}

fn of_card(card: &Card) -> (Vec<(String, String)>, Value) {
    let facts = pairs([
        ("process", card.process.generate.join("; ")),
        ("model", card.model.title()),
        (
            "beams",
            beams_of(&card.beams.particles, card.beams.energies),
        ),
        ("scales", scales_text(card)),
        ("cuts", cuts_text(card)),
        ("events", card.run.events.to_string()),
        ("seed", card.run.seed.to_string()),
        ("accuracy", card.run.accuracy.to_string()),
        ("output", card.run.output.display().to_string()),
    ]);
    let json = serde_json::to_value(card).expect("a card is plain data");
    (facts, json!({ "card": json }))
}

fn of_pack(pack: &Gridpack) -> (Vec<(String, String)>, Value) {
    let f = &pack.facts;
    let pdf = match &f.pdf {
        None => "none".to_owned(),
        Some(p) if p.built_in => format!("{} member {}, built in", p.name, p.member),
        Some(p) => format!("{} member {}, SHA-256 {}", p.name, p.member, p.sha256),
    };
    let flows = match f.flows.len() {
        0 => "none".to_owned(),
        n => format!("{n} of {} channels", f.n_channels),
    };
    let mut facts = pairs([
        ("process", f.process.join("; ")),
        ("model", pack.card.model.title()),
        ("beams", beams_of(&f.beams, f.energies)),
        ("parton densities", pdf),
        ("scales", scales_text(&pack.card)),
        ("cuts", cuts_text(&pack.card)),
        (
            "cross section",
            format!("{} pb", with_error(f.xsec_pb, f.xsec_err_pb)),
        ),
        ("channels", f.n_channels.to_string()),
        ("flows", flows),
        ("points", grouped(pack.adapted.n_points())),
        (
            "efficiency expected",
            format!("{:.3} %", 100.0 * f.efficiency),
        ),
        (
            "overweights expected",
            format!("{:.3} %", 100.0 * f.overweight_share),
        ),
        (
            "planned events",
            grouped(pack.adapted.settings.planned_events),
        ),
        ("seed of adaptation", f.seed.to_string()),
        ("made by", format!("omnis {}", pack.made_by)),
        ("state", pack.state.clone()),
        ("physics", f.physics.clone()),
    ]);
    facts.extend(f.flows.iter().map(|flow| {
        let name = format!("{} of channel {}", flow.kind, flow.channel);
        (name, flow.description.clone())
    }));
    let mut json = serde_json::to_value(f).expect("facts are plain data");
    json["made_by"] = pack.made_by.clone().into();
    json["state"] = pack.state.clone().into();
    json["card"] = serde_json::to_value(&pack.card).expect("a card is plain data");
    (facts, json)
}

fn of_events(run: &RunInfo) -> (Vec<(String, String)>, Value) {
    let (xsec_pb, xsec_err_pb) = run.xsec_pb();
    let provenance = provenance_of(run);
    let generator = generator_name(run).unwrap_or_else(|| "not stated".to_owned());
    let stated = stated_events(run);
    let process = process_of(run);
    let mut facts = pairs([("generator", generator.clone())]);
    if !process.is_empty() {
        facts.push(("process".to_owned(), process));
    }
    let events = stated.map_or("not stated".to_owned(), grouped);
    let xsec = format!("{} pb", with_error(xsec_pb, xsec_err_pb));
    facts.extend(pairs([("beams", event_beams(run))]));
    facts.extend(conditions_of(run));
    facts.extend(pairs([
        ("cross section", xsec),
        ("events stated", events),
        ("process numbers", run.processes.len().to_string()),
        ("weights", weights_text(run.weight_strategy)),
        ("further weights", run.weights.len().to_string()),
    ]));
    let blocks = run.header.iter().map(|b| b.name.as_str());
    let blocks: Vec<&str> = blocks.filter(|name| !name.is_empty()).collect();
    facts.push(("header blocks".to_owned(), blocks.join(", ")));
    let samples = provenance.as_ref().map_or(vec![], Provenance::lines);
    for line in &samples {
        if let Some((name, value)) = line.split_once(" = ") {
            facts.push((name.to_owned(), value.to_owned()));
        }
    }
    let json = json!({
        "generator": generator,
        "events": stated,
        "beams": run.beam_pdg,
        "energies": run.beam_energy,
        "pdf": run.pdf_set,
        "xsec_pb": xsec_pb,
        "xsec_err_pb": xsec_err_pb,
        "weight_strategy": run.weight_strategy,
        "weights": run.weights.iter().map(|w| &w.id).collect::<Vec<_>>(),
        "header": blocks,
        "provenance": samples,
        "origin": provenance,
    });
    (facts, json)
}
