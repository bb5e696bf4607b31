//! Whether a file is whole and holds what it says.
//!
//! Event files are read to the end, every event is checked; packs are compared
//! with this program. Knows kinds of files; knows no formula.

use std::collections::BTreeMap;
use std::path::Path;

use super::card::Card;
use super::header::{provenance_of, stated_events};
use super::inspect::FileKind;
use super::pack::Pack;
use super::provenance::Provenance;
use super::run::Run;
use crate::error::Error;
use crate::event::{Event, EventReader, RunInfo, Tolerance, check_event};
use crate::registry::short_checksum;

/// Standard deviations by which the mean weight may be off.
const MOST_SIGMAS: f64 = 5.0;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found, and what was expected if it differs.
    pub what: String,
}

/// All checks of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// What the file is.
    pub kind: FileKind,
    /// In the order they were made.
    pub checks: Vec<Check>,
}

impl Verification {
    /// Whether nothing is wrong.
    pub fn ok(&self) -> bool {
        self.checks.iter().all(|c| c.ok)
    }

    fn add(&mut self, name: &'static str, ok: bool, what: impl Into<String>) {
        let what = what.into();
        self.checks.push(Check { name, ok, what });
    }
}

/// Checks a file; events also against the `pack` they are said to come from.
///
/// # Errors
/// If the file cannot be read, which is worse than a failed check.
pub fn verify(path: &Path, pack: Option<&Path>) -> Result<Verification, Error> {
    let kind = FileKind::of(path)?;
    let mut found = Verification {
        kind,
        checks: Vec::new(),
    };
    match kind {
        FileKind::Card => {
            let run = Run::prepare(Card::from_path(path)?)?;
            let n = run.cross_section.subprocesses().len();
            found.add("card", true, format!("{n} subprocesses, all names known"));
            let what = match run.cut_offs() {
                [] => "the cuts keep away from all of them".to_owned(),
                permitted => permitted.join("; "),
            };
            found.add("singularities", true, what);
        }
        FileKind::Pack => {
            let pack = Pack::read(path)?;
            found.add("checksums", true, "all sections as listed");
            match pack.open(path) {
                Ok(_) => found.add(
                    "this program",
                    true,
                    "parton densities, parameters and integrand as stored",
                ),
                Err(e) => found.add("this program", false, e.to_string()),
            }
        }
        FileKind::Lhe | FileKind::Hdf5 => {
            let mut reader = EventReader::open(path)?;
            let run = reader.run().clone();
            let mut tally = Tally::default();
            while let Some(event) = reader.next_event()? {
                tally.add(&event, &run);
            }
            tally.judge(&run, &mut found);
            let provenance = provenance_of(&run);
            judge_origin(&provenance, tally.n, &mut found);
            if let Some(path) = pack {
                judge_pack(&Pack::read(path)?, &provenance, &run, &mut found);
            }
        }
    }
    Ok(found)
}

/// What all events add up to.
#[derive(Default)]
struct Tally {
    n: u64,
    sum: f64,
    sum2: f64,
    /// Defects by their wording without numbers: how many, and the first.
    defects: BTreeMap<String, (u64, String)>,
}

impl Tally {
    fn add(&mut self, event: &Event, run: &RunInfo) {
        self.n += 1;
        self.sum += event.weight;
        self.sum2 += event.weight * event.weight;
        let mut note = |what: String| {
            let kind: String = what
                .chars()
                .filter(|c| c.is_alphabetic() || *c == ' ')
                .collect();
            let first = format!("event {}: {what}", self.n);
            self.defects.entry(kind).or_insert((0, first)).0 += 1;
        };
        for violation in check_event(event, &Tolerance::default()) {
            note(violation.to_string());
        }
        if run.processes.iter().all(|p| p.id != event.process_id) {
            note(format!("process {} is not declared", event.process_id));
        }
    }

    fn judge(&self, run: &RunInfo, found: &mut Verification) {
        match stated_events(run) {
            Some(n) => found.add(
                "number of events",
                n == self.n,
                format!("found {}, expected {n} as the header says", self.n),
            ),
            None => found.add(
                "number of events",
                self.n > 0,
                format!("found {}, the header does not state it", self.n),
            ),
        }
        if self.defects.is_empty() {
            let what = "momenta conserved, masses on shell, colours closed, processes declared";
            found.add("events", true, what);
        }
        for (count, first) in self.defects.values() {
            found.add("events", false, format!("{count} times, first in {first}"));
        }
        let (xsec, error) = run.xsec_pb();
        found.add(
            "cross section",
            xsec > 0.0 && xsec.is_finite() && error >= 0.0,
            format!("{xsec:e} +- {error:e} pb"),
        );
        let expected = match run.weight_strategy.abs() {
            4 => Some((xsec, error)),
            3 => Some((1.0, 0.0)),
            _ => None,
        };
        if let Some((expected, error)) = expected.filter(|_| self.n > 1) {
            let n = self.n as f64;
            let mean = self.sum / n;
            let variance = (self.sum2 / n - mean * mean).max(0.0) / n;
            let sigma = variance.sqrt().hypot(error).max(1e-9 * expected.abs());
            let pull = (mean - expected) / sigma;
            found.add(
                "mean weight",
                pull.abs() < MOST_SIGMAS,
                format!("found {mean:e}, expected {expected:e} ({pull:+.1} sigma)"),
            );
        }
    }
}

fn judge_origin(provenance: &Option<Provenance>, n: u64, found: &mut Verification) {
    if let Some(provenance) = provenance {
        let expected = provenance.n_events();
        found.add(
            "list of samples",
            expected == n,
            format!("found {n} events, expected {expected} as listed"),
        );
    }
}

fn judge_pack(
    pack: &Pack,
    provenance: &Option<Provenance>,
    run: &RunInfo,
    found: &mut Verification,
) {
    let Some(provenance) = provenance else {
        found.add(
            "pack",
            false,
            "found no list of samples, expected one written by omnis",
        );
        return;
    };
    let other = provenance.samples.iter().find(|s| s.state != pack.state);
    match other {
        None => found.add("pack", true, "all events are of this pack"),
        Some(s) => found.add(
            "pack",
            false,
            format!(
                "found events of state {}, expected {} as in the pack",
                short_checksum(&s.state),
                short_checksum(&pack.state)
            ),
        ),
    }
    let (xsec, _) = run.xsec_pb();
    let expected = pack.facts.xsec_pb;
    let sigma = pack.facts.xsec_err_pb.max(1e-9 * expected.abs());
    found.add(
        "cross section of the pack",
        ((xsec - expected) / sigma).abs() < MOST_SIGMAS,
        format!("found {xsec:e} pb, expected {expected:e} pb"),
    );
}
