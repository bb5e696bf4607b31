//! Whether an output may take the place of a file: that of the same card, and of no other.
//!
//! Knows what files say of their origin; writes none.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use super::outputs::check_event_output;
use super::self_contained::{is_tarball_name, pack_in};
use super::split::{file_of, is_split};
use crate::card::{Card, RunCard};
use crate::error::Error;
use crate::event::{EventReader, RunInfo, other_sample};
use crate::gridpack::Gridpack;
use crate::run::{Provenance, Run, card_of, provenance_of, summary_of};
use crate::storage::{StorageError, version_line};

/// Which files an output may replace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replace {
    /// Those of the same kind and the same card.
    #[default]
    OfThisCard,
    /// Those of the same kind, of pages also of other cards.
    OfThisKind,
    /// Any file that is not read.
    Anything,
}

/// What tells the physics of a file: process, model, beams, densities, scales and cuts.
#[derive(Clone, Debug)]
pub struct Physics {
    /// Checksum of all that; none in files of other programs and in parts of a sample.
    checksum: Option<String>,
    /// The program that computed it.
    version: Option<String>,
    card: Option<Card>,
    run: Option<RunInfo>,
}

impl Physics {
    /// That of a run which is set up.
    ///
    /// # Errors
    /// Parton densities that cannot be read.
    pub fn of_run(run: &Run) -> Result<Self, Error> {
        Ok(Self {
            checksum: Some(Gridpack::physics(run)?),
            version: Some(version_line().to_owned()),
            card: Some(run.card.clone()),
            run: None,
        })
    }

    /// That of a gridpack.
    pub fn of_pack(pack: &Gridpack) -> Self {
        Self {
            checksum: Some(pack.facts.physics.clone()),
            version: Some(pack.made_by.clone()),
            card: Some(pack.card.clone()),
            run: None,
        }
    }

    /// What the head of an event file says of it.
    pub(crate) fn of_events(run: &RunInfo) -> Self {
        let version = summary_of(run)
            .into_iter()
            .find(|(name, _)| name == "version");
        Self {
            checksum: provenance_of(run).map(|p| p.physics),
            version: version.map(|(_, value)| value),
            card: card_of(run),
            run: Some(run.clone()),
        }
    }

    /// The checksum, if there is one.
    pub fn checksum(&self) -> Option<&str> {
        self.checksum.as_deref()
    }

    /// Whether two files are of one card, as far as they say. Another version may have
    /// another checksum for the same card.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let cards = self.card.as_ref().zip(other.card.as_ref());
        let same_card = || cards.map(|(a, b)| is_same_card(a, b));
        match (&self.checksum, &other.checksum) {
            (Some(a), Some(b)) if a == b => true,
            (Some(_), Some(_)) => self.version != other.version && same_card() == Some(true),
            _ => same_card().unwrap_or_else(|| {
                let runs = self.run.as_ref().zip(other.run.as_ref());
                runs.is_some_and(|(a, b)| other_sample(a, b).is_none())
            }),
        }
    }
}

/// Whether two cards have the same physics: how much is made of it, and with which random
/// numbers, is no matter.
pub(crate) fn is_same_card(a: &Card, b: &Card) -> bool {
    let physics = |card: &Card| Card {
        run: RunCard {
            bw_cutoff: card.run.bw_cutoff,
            small_width_treatment: card.run.small_width_treatment,
            me_frame: card.run.me_frame.clone(),
            bias: card.run.bias.clone(),
            ..RunCard::default()
        },
        weights: Default::default(),
        histograms: Default::default(),
        text: String::new(),
        ..card.clone()
    };
    physics(a) == physics(b)
}

/// Looks at an event file in the place of `output`; what is to be written is of physics
/// `new`, and of these events if that is known. Returns what to tell of a file of the same card
/// that will be lost.
///
/// # Errors
/// [`StorageError::OtherCard`] for a file of another card or another program,
/// [`StorageError::MoreEvents`] for one of the same card with more events.
pub fn check_events_there(
    output: &Path,
    new: &Physics,
    events: Option<&Provenance>,
    replace: Replace,
) -> Result<Option<String>, Error> {
    if replace == Replace::Anything || !is_there(output) {
        return Ok(None);
    }
    // What cannot be read is lost already.
    let Ok(reader) = EventReader::open(output) else {
        return Ok(None);
    };
    let run = reader.run();
    let there = provenance_of(run);
    let process = card_of(run).map(|card| card.process.generate.join("; "));
    let mut holds = match &there {
        Some(p) => events_text(p),
        None => "events of another program".to_owned(),
    };
    if let Some(process) = process {
        holds = match there {
            Some(_) => format!("{holds} of '{process}'"),
            None => format!("a part of the events of '{process}'"),
        };
    }
    if !Physics::of_events(run).is_same(new) {
        return Err(other_card(output, holds));
    }
    if let Some((old, new)) = there.as_ref().zip(events)
        && new.n_events() < old.n_events()
    {
        return Err(StorageError::MoreEvents {
            path: output.display().to_string(),
            holds,
            new: events_text(new),
        }
        .into());
    }
    let kept = |p: &Provenance| -> Vec<(u64, Range<u64>)> {
        p.samples
            .iter()
            .map(|s| (s.seed, s.events.clone()))
            .collect()
    };
    let lost = there
        .zip(events)
        .filter(|(old, new)| kept(old) != kept(new));
    Ok(lost.map(|(_, new)| {
        let (output, new) = (output.display(), events_text(new));
        format!("'{output}' has {holds}, and is replaced by {new}; another output (-o) keeps both")
    }))
}

/// The same of all files of a generation: of one for each process if the name says so.
///
/// # Errors
/// As [`check_events_there`]; [`StorageError::OtherKind`].
pub fn check_generation_there(
    output: &Path,
    run: &Run,
    events: &Provenance,
    replace: Replace,
) -> Result<Option<String>, Error> {
    let physics = Physics::of_run(run)?;
    if !is_split(output) {
        return check_events_there(output, &physics, Some(events), replace);
    }
    let infos = run.cross_section.subprocesses().iter();
    for process in infos.map(|info| info.process_id).collect::<BTreeSet<_>>() {
        let file = file_of(output, process);
        check_event_output(&file, [], replace)?;
        check_events_there(&file, &physics, None, replace)?;
    }
    Ok(None)
}

/// The same of a gridpack, or of a tarball with one.
///
/// # Errors
/// [`StorageError::OtherCard`] for one of another card, [`StorageError::OtherKind`] for a
/// tarball of another kind.
pub fn check_pack_there(output: &Path, new: &Physics, replace: Replace) -> Result<(), Error> {
    if replace == Replace::Anything || !is_there(output) {
        return Ok(());
    }
    let there = if is_tarball_name(output) {
        let Some(pack) = pack_in(output)? else {
            return Err(StorageError::OtherKind {
                path: output.display().to_string(),
                found: "a file without a gridpack in it".to_owned(),
                expected: "a self-contained gridpack",
            }
            .into());
        };
        pack
    } else {
        Gridpack::read(output)
    };
    // What cannot be read is lost already.
    let Ok(pack) = there else {
        return Ok(());
    };
    if Physics::of_pack(&pack).is_same(new) {
        return Ok(());
    }
    let process = pack.facts.process.join("; ");
    Err(other_card(output, format!("a gridpack of '{process}'")))
}

fn events_text(provenance: &Provenance) -> String {
    let n = provenance.n_events();
    let mut seeds: Vec<u64> = provenance.samples.iter().map(|s| s.seed).collect();
    seeds.dedup();
    match &seeds[..] {
        [seed] => format!("{n} events (seed {seed})"),
        _ => format!("{n} events ({} seeds)", seeds.len()),
    }
}

pub(super) fn is_there(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() > 0)
}

pub(crate) fn other_card(output: &Path, holds: String) -> Error {
    StorageError::OtherCard {
        path: output.display().to_string(),
        holds,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn physics(checksum: Option<&str>, version: &str, card: &str) -> Physics {
        Physics {
            checksum: checksum.map(str::to_owned),
            version: Some(version.to_owned()),
            card: Some(Card::from_str(card, "a card").unwrap()),
            run: None,
        }
    }

    const TT: &str = "process.generate = \"p p > t t~\"\n";
    const JJ: &str = "process.generate = \"p p > j j\"\n";

    #[test]
    fn a_card_is_the_same_whatever_number_and_seed_it_asks_for() {
        let card = |text: &str| Card::from_str(text, "a card").unwrap();
        let more = format!("{TT}run = {{ events = 7, seed = 8, output = \"b.lhe\" }}\n");
        assert!(is_same_card(&card(TT), &card(&more)));
        let biased = format!("{TT}run = {{ bias = \"pt(t)\" }}\n");
        for other in [JJ, &biased, &format!("{TT}scales.mu_r = 100\n")] {
            assert!(!is_same_card(&card(TT), &card(other)), "{other}");
        }
    }

    #[test]
    fn checksums_tell_cards_apart_within_a_version() {
        let one = physics(Some("a"), "1", TT);
        assert!(one.is_same(&physics(Some("a"), "2", JJ)));
        // Of one version: another parameter card, for instance.
        assert!(!one.is_same(&physics(Some("b"), "1", TT)));
        assert!(one.is_same(&physics(Some("b"), "2", TT)));
        assert!(!one.is_same(&physics(Some("b"), "2", JJ)));
        // A part of a sample has a card and no checksum.
        assert!(one.is_same(&physics(None, "1", TT)));
        assert!(!one.is_same(&physics(None, "1", JJ)));
    }
}
