//! What a report knows of each of its files.
//!
//! Knows which parts of a file answer which question; computes no formula.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::spread::WeightSpread;
use crate::card::Card;
use crate::error::Error;
use crate::event::{Event, EventReader, RunInfo};
use crate::gridpack::Gridpack;
use crate::histogram::{HistogramSet, usual_histograms};
use crate::jobs::{
    Distribution, Distributions, FileKind, WeightSums, WeightTotals, fill_parts, gridpack_of,
    inspect_head,
};
use crate::run::{
    AdaptationSummary, adaptation_of, card_of, names_for_histograms, process_of, provenance_of,
    subprocesses_of, summary_for_people,
};
use crate::storage::{StorageError, sha256_of_parts};

/// Events that tell which histograms a sample gets.
const FIRST_EVENTS: usize = 2000;
/// Events that are in memory at a time.
const AT_ONCE: usize = 8192;

/// Cross section of one subprocess.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// E.g. `u u~ > e+ e-`.
    pub name: String,
    /// In pb.
    pub xsec_pb: f64,
    /// One standard deviation in pb.
    pub xsec_err_pb: f64,
}

/// One file of a report.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    /// What it is called in pictures: the name of the file, made unique.
    pub name: String,
    /// The file.
    pub file: String,
    /// `Les Houches event file`, `pack` and so on.
    pub kind: &'static str,
    /// Process lines, or empty.
    pub process: String,
    /// Beams in words.
    pub beams: String,
    /// Energy of the collision in GeV; 0 if it is not known.
    pub collision_gev: f64,
    /// Cross section in pb.
    pub xsec_pb: f64,
    /// One standard deviation in pb.
    pub xsec_err_pb: f64,
    /// By subprocess.
    pub subprocesses: Vec<Part>,
    /// What the adaptation did, where the file says so.
    pub adaptation: Option<AdaptationSummary>,
    /// Of event files.
    pub histograms: Option<Distributions>,
    /// Weights of its events.
    pub weights: Option<WeightSpread>,
    /// What its alternative weights say.
    pub weight_totals: Option<WeightTotals>,
    /// Name and value, as `omnis inspect` shows them.
    pub facts: Vec<(String, String)>,
    /// The card as written; empty if the file has none.
    pub card: String,
    /// The card with all of its defaults, and what each `auto` became; empty if the file has none.
    pub effective_card: String,
    /// What to know before the numbers are used.
    pub notes: Vec<String>,
    /// Those of the notes that say which histograms of a card stay empty, and why.
    #[serde(skip)]
    pub unfilled: Vec<String>,
    /// Checksum of process, model, beams, scales and cuts; of what the head says of them for
    /// files of other programs.
    pub physics: String,
}

/// Reads all files; the histograms are those of `card`, or of the first file with some in
/// its card, or those that particles suggest, and the same for all.
///
/// # Errors
/// Of a file that cannot be read, [`Error::Histogram`].
pub fn read_samples(files: &[PathBuf], card: Option<&Card>) -> Result<Vec<Sample>, Error> {
    let kinds: Vec<FileKind> = (files.iter().map(|f| FileKind::of(f))).collect::<Result<_, _>>()?;
    if let Some(k) = kinds.iter().position(|k| *k == FileKind::Card) {
        return Err(StorageError::Unusable {
            path: files[k].display().to_string(),
            found: "a card, or another text".to_owned(),
            expected: "an event file or a gridpack (events are made by 'omnis generate')"
                .to_owned(),
        }
        .into());
    }
    let events: Vec<&Path> = (files.iter().zip(&kinds))
        .filter(|(_, kind)| is_events(**kind))
        .map(|(path, _)| path.as_path())
        .collect();
    let (set, asked) = match events.is_empty() {
        true => (HistogramSet::default(), None),
        false => histograms(&events, card)?,
    };
    let mut names = HashMap::new();
    let mut samples = Vec::new();
    for (path, kind) in files.iter().zip(&kinds) {
        let name = unique(&stem(path), &mut names);
        samples.push(match is_events(*kind) {
            true => of_events(path, name, *kind, &set, asked.as_ref())?,
            false => of_pack(path, name, *kind)?,
        });
    }
    Ok(samples)
}

/// Whether a beam has partons.
fn is_hadron(pdg: i32) -> bool {
    // Composite particles have a number for their spin and those of their quarks.
    (100..1_000_000).contains(&pdg.unsigned_abs())
}

fn is_events(kind: FileKind) -> bool {
    matches!(kind, FileKind::Lhe | FileKind::Hdf5)
}

/// The name of a file without its endings.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut name = name.as_ref();
    for ending in [".gz", ".lhe", ".lhef", ".hdf5", ".h5", ".omnis"] {
        name = name.strip_suffix(ending).unwrap_or(name);
    }
    name.to_owned()
}

fn unique(name: &str, names: &mut HashMap<String, usize>) -> String {
    let n = names.entry(name.to_owned()).or_default();
    *n += 1;
    match *n {
        1 => name.to_owned(),
        n => format!("{name} ({n})"),
    }
}

/// The histograms that all event files get, and the card that asks for them, if one does.
fn histograms(files: &[&Path], card: Option<&Card>) -> Result<(HistogramSet, Option<Card>), Error> {
    let mut first = Vec::new();
    let mut own: Option<Card> = None;
    let mut hadronic = [false; 2];
    for path in files {
        let mut reader = EventReader::open(path)?;
        hadronic = reader.run().beam_pdg.map(is_hadron);
        if own.as_ref().is_none_or(|c| c.histograms.is_empty()) {
            own = card_of(reader.run()).or(own);
        }
        for _ in 0..FIRST_EVENTS {
            let Some(event) = reader.next_event()? else {
                break;
            };
            first.push(event);
        }
    }
    let card = card.or(own.as_ref());
    // Histograms alone are of the particles of the file.
    let names = card
        .filter(|c| !c.process.generate.is_empty())
        .or(own.as_ref());
    let groups = match names_for_histograms(names) {
        // What the card in a file names may be elsewhere.
        Err(_) if own.as_ref().is_some_and(|own| names == Some(own)) => names_for_histograms(None)?,
        other => other?,
    };
    let asked = card.filter(|c| !c.histograms.is_empty());
    let requests = match asked {
        Some(card) => card.histograms.0.clone(),
        None => usual_histograms(&first, &groups, hadronic)?,
    };
    let set = HistogramSet::new(&requests, &groups, hadronic)?;
    Ok((set, asked.cloned()))
}

/// Histograms of `card` that the events of a file leave empty, and why, one sentence for each.
fn unfilled(found: &Distributions, card: &Card, sample: &str, process: &str) -> Vec<String> {
    let of_card = card.process.generate.join("; ");
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let other = match of_card.is_empty() || process.is_empty() || words(&of_card) == words(process)
    {
        true => String::new(),
        false => format!("; the card is of '{of_card}', the events are of '{process}'"),
    };
    let reason = |d: &Distribution| {
        let beside = d.underflow.entries + d.overflow.entries;
        let (first, last) = (d.edges.first()?, d.edges.last()?);
        match d.entries.iter().sum::<u64>() {
            _ if found.events == 0 => None,
            0 if d.not_numbers > 0 && beside == 0 => Some("no value is a number".to_owned()),
            0 if beside > 0 => Some(format!(
                "all of its {beside} values lie outside of its bins, {first} to {last}"
            )),
            0 => Some(format!("no event has the particles of '{}'{other}", d.of)),
            _ => None,
        }
    };
    let empty = found.distributions.iter();
    let sentence = |d: &Distribution| {
        let reason = reason(d)?;
        Some(format!(
            "{sample}: histogram '{}' is empty: {reason}",
            d.name
        ))
    };
    empty.filter_map(sentence).collect()
}

fn of_events(
    path: &Path,
    name: String,
    kind: FileKind,
    set: &HistogramSet,
    asked: Option<&Card>,
) -> Result<Sample, Error> {
    let mut reader = EventReader::open(path)?;
    let run = reader.run().clone();
    let (mut tallies, mut sums) = (set.tallies(), WeightSums::default());
    let mut spread = WeightSpread::default();
    let mut events: Vec<Event> = Vec::new();
    loop {
        let next = reader.next_event()?;
        let is_last = next.is_none();
        events.extend(next);
        if is_last || events.len() == AT_ONCE {
            for event in &events {
                sums.add(event);
                spread.add(event.weight);
            }
            fill_parts(set, &events, &mut tallies);
            events.clear();
        }
        if is_last {
            break;
        }
    }
    spread.finish();
    let histograms = Distributions::new(&run, set, &tallies);
    let process = process_of(&run);
    let unfilled = asked.map_or(vec![], |card| unfilled(&histograms, card, &name, &process));
    let mut notes = histograms.notes.clone();
    notes.extend(unfilled.iter().cloned());
    notes.extend(reader.notes());
    let has_weights = !run.weights.is_empty();
    let head = described(path, name, kind)?;
    Ok(Sample {
        xsec_pb: histograms.xsec_pb,
        xsec_err_pb: histograms.xsec_err_pb,
        subprocesses: parts(&run),
        adaptation: adaptation_of(&run),
        histograms: Some(histograms),
        weights: Some(spread),
        weight_totals: has_weights.then(|| WeightTotals::new(&run, &sums)),
        card: run.header_text("OmnisCard").unwrap_or_default().to_owned(),
        process,
        unfilled,
        facts: [head.facts.clone(), summary_for_people(&run)].concat(),
        collision_gev: collision(run.beam_energy),
        notes,
        physics: physics_of(&run),
        ..head
    })
}

/// What tells whether two files have the same physics.
fn physics_of(run: &RunInfo) -> String {
    provenance_of(run).map_or_else(
        || {
            let ids: Vec<i32> = run.processes.iter().map(|p| p.id).collect();
            let head = (
                run.beam_pdg,
                run.beam_energy,
                run.pdf_set,
                ids,
                process_of(run),
            );
            sha256_of_parts([format!("{head:?}").as_bytes()])
        },
        |p| p.physics,
    )
}

/// Energy in the centre of mass of two beams of these energies, whose masses do not matter.
fn collision([a, b]: [f64; 2]) -> f64 {
    2.0 * (a * b).sqrt()
}

/// Cross sections by subprocess, or by number of process where there are no names.
fn parts(run: &RunInfo) -> Vec<Part> {
    let named = subprocesses_of(run);
    if !named.is_empty() {
        let part = |(name, xsec_pb, xsec_err_pb)| Part {
            name,
            xsec_pb,
            xsec_err_pb,
        };
        return named.into_iter().map(part).collect();
    }
    let part = |p: &crate::event::ProcessInfo| Part {
        name: format!("process {}", p.id),
        xsec_pb: p.xsec_pb,
        xsec_err_pb: p.xsec_err_pb,
    };
    run.processes.iter().map(part).collect()
}

fn of_pack(path: &Path, name: String, kind: FileKind) -> Result<Sample, Error> {
    let pack: Gridpack = gridpack_of(path, kind)?;
    let names = pack.facts.subprocesses.iter().cloned();
    let part = |(name, (xsec_pb, xsec_err_pb))| Part {
        name,
        xsec_pb,
        xsec_err_pb,
    };
    Ok(Sample {
        xsec_pb: pack.facts.xsec_pb,
        xsec_err_pb: pack.facts.xsec_err_pb,
        subprocesses: names.zip(pack.adapted.parts()).map(part).collect(),
        adaptation: Some(AdaptationSummary::new(
            &pack.adapted,
            &pack.facts.helicities,
        )),
        card: pack.card.text.clone(),
        process: pack.facts.process.join("; "),
        collision_gev: collision(pack.facts.energies),
        physics: pack.facts.physics.clone(),
        ..described(path, name, kind)?
    })
}

/// What `omnis inspect` knows as well.
fn described(path: &Path, name: String, kind: FileKind) -> Result<Sample, Error> {
    // Totals of weights are known already, and events are not read again.
    let head = inspect_head(path)?;
    let (facts, effective) = (head.facts, head.effective);
    let beams = facts.iter().find(|f| f.0 == "beams");
    Ok(Sample {
        name,
        file: path.display().to_string(),
        kind: kind.name(),
        process: String::new(),
        beams: beams.map(|f| f.1.clone()).unwrap_or_default(),
        collision_gev: 0.0,
        xsec_pb: 0.0,
        xsec_err_pb: 0.0,
        subprocesses: Vec::new(),
        adaptation: None,
        histograms: None,
        weights: None,
        weight_totals: None,
        facts,
        card: String::new(),
        effective_card: effective.map_or(String::new(), |e| e.text_with_choices()),
        notes: Vec::new(),
        unfilled: Vec::new(),
        physics: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files_and_unique() {
        let mut names = HashMap::new();
        let name = |path: &str, names: &mut _| unique(&stem(Path::new(path)), names);
        assert_eq!(name("a/tt.lhe.gz", &mut names), "tt");
        assert_eq!(name("b/tt.lhe", &mut names), "tt (2)");
        assert_eq!(name("pp_tt.omnis", &mut names), "pp_tt");
        assert_eq!(name("x.h5", &mut names), "x");
    }
}
