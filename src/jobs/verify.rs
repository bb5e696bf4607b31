//! Whether a file is whole and holds what it says.
//!
//! Event files are read to the end, every event is checked, with a tolerance
//! that follows from the digits in the file; gridpacks are compared with this
//! program. Habits of other programs are noted, not called wrong. Knows kinds of files; knows no formula.

use std::collections::BTreeMap;
use std::iter;
use std::path::Path;

use super::inspect::{FileKind, gridpack_of};
use super::weight_sums::WeightSums;
use super::weight_totals::WeightTotals;
use crate::card::Card;
use crate::elementary::Elementary;
use crate::error::Error;
use crate::event::{Event, EventNorm, EventReader, Rounding, RunInfo, Tolerance, check_event};
use crate::gridpack::Gridpack;
use crate::numbers::{seven_digits, with_error};
use crate::run::Provenance;
use crate::run::Run;
use crate::run::{event_norm, is_own, provenance_of, stated_events};
use crate::storage::short_checksum;

/// Why a gridpack in a tarball is not compared with this program, and what to do.
const UNPACK: &str = "not compared, as the parton densities are in the tarball: unpack it with \
                      'tar xf' and verify its pack.omnis with LHAPDF_DATA_PATH=pdf";

/// Standard deviations by which the mean weight may be off.
const MOST_SIGMAS: f64 = 5.0;

/// What came of a look at one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// A habit of another program that does no harm, but that one should know.
    Note,
    /// Not as it should be.
    Wrong,
}

impl Verdict {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// What came of it.
    pub verdict: Verdict,
    /// What was found, and what was expected if it differs.
    pub what: String,
}

impl Check {
    /// That something is as it should be, or wrong.
    pub(super) fn new(name: &'static str, ok: bool, what: impl Into<String>) -> Self {
        Self {
            name,
            verdict: if ok { Verdict::Ok } else { Verdict::Wrong },
            what: what.into(),
        }
    }

    /// Whether it is not wrong.
    pub fn ok(&self) -> bool {
        self.verdict != Verdict::Wrong
    }
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
        self.checks.iter().all(Check::ok)
    }

    fn add(&mut self, name: &'static str, ok: bool, what: impl Into<String>) {
        self.checks.push(Check::new(name, ok, what));
    }

    fn judge(&mut self, name: &'static str, verdict: Verdict, what: impl Into<String>) {
        let what = what.into();
        self.checks.push(Check {
            name,
            verdict,
            what,
        });
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
        FileKind::Tarball => {
            let pack = gridpack_of(path, kind)?;
            let what = "a self-contained gridpack: all sections of its pack.omnis as listed";
            found.add("checksums", true, what);
            // Parton densities that it brings are found once it is unpacked.
            match pack.facts.pdf.as_ref().is_none_or(|pdf| pdf.built_in) {
                true => judge_program(&pack, path, &mut found),
                false => found.judge("this program", Verdict::Note, UNPACK),
            }
        }
        FileKind::Gridpack => {
            let pack = Gridpack::read(path)?;
            found.add("checksums", true, "all sections as listed");
            judge_program(&pack, path, &mut found);
        }
        FileKind::Lhe | FileKind::Hdf5 => {
            let mut reader = EventReader::open(path)?;
            let run = reader.run().clone();
            let mut tally = Tally::default();
            while let Some(event) = reader.next_event()? {
                tally.add(&event, &run, reader.rounding());
            }
            tally.judge(&run, reader.further(), &mut found);
            let provenance = judge_origin(&run, reader.further(), tally.n, &mut found);
            for note in reader.notes() {
                found.judge("further text", Verdict::Note, format!("found {note}"));
            }
            if let Some(path) = pack {
                judge_pack(&Gridpack::read(path)?, &provenance, &run, &mut found);
            }
        }
    }
    Ok(found)
}

/// Compares a gridpack with this program.
fn judge_program(pack: &Gridpack, path: &Path, found: &mut Verification) {
    match pack.open(path) {
        Ok(_) => found.add(
            "this program",
            true,
            "parton densities, parameters and integrand as stored",
        ),
        Err(e) => found.add("this program", false, e.to_string()),
    }
}

/// What all events add up to.
#[derive(Default)]
struct Tally {
    n: u64,
    sum: f64,
    sum2: f64,
    /// Events whose weight is 1 or -1.
    n_unit: u64,
    /// Events whose weight is nearer to 0 than that.
    n_below: u64,
    /// Events without the alternative weights that the header declares.
    n_bare: u64,
    /// Of the alternative weights.
    weights: WeightSums,
    /// Defects by their wording without numbers: how many, and the first.
    defects: BTreeMap<String, (u64, String)>,
}

impl Tally {
    fn add(&mut self, event: &Event, run: &RunInfo, rounding: Rounding) {
        self.n += 1;
        self.sum += event.weight;
        self.sum2 += event.weight * event.weight;
        self.n_unit += u64::from(event.weight.abs() == 1.0);
        self.n_below += u64::from(event.weight.abs() < 1.0);
        self.n_bare += u64::from(event.weights.len() != run.weights.len());
        if !run.weights.is_empty() {
            self.weights.add(event);
        }
        let mut note = |what: String| {
            let kind: String = what
                .chars()
                .filter(|c| c.is_alphabetic() || *c == ' ')
                .collect();
            let first = format!("event {}: {what}", self.n);
            self.defects.entry(kind).or_insert((0, first)).0 += 1;
        };
        let tolerance = Tolerance {
            rounding,
            ..Tolerance::default()
        };
        for violation in check_event(event, &tolerance) {
            note(violation.to_string());
        }
        if run.processes.iter().all(|p| p.id != event.process_id) {
            note(format!("process {} is not declared", event.process_id));
        }
    }

    fn judge(&self, run: &RunInfo, further: &[RunInfo], found: &mut Verification) {
        // What would break a shower is wrong in any file; numbers that do not
        // fit each other are a habit in a file of another program.
        let own = is_own(run);
        let or_note = |ok: bool| match (ok, own) {
            (true, _) => Verdict::Ok,
            (false, true) => Verdict::Wrong,
            (false, false) => Verdict::Note,
        };
        let stated: Option<u64> = iter::once(run).chain(further).map(stated_events).sum();
        match stated {
            Some(n) => found.judge(
                "number of events",
                or_note(n == self.n),
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
        if self.n_bare > 0 {
            found.judge(
                "further weights",
                or_note(false),
                format!(
                    "{} of {} events do not list the {} weights that the header declares",
                    self.n_bare,
                    self.n,
                    run.weights.len()
                ),
            );
        }
        if !run.weights.is_empty() && self.n > 0 {
            self.judge_further_weights(run, own, found);
        }
        let (xsec, error) = run.xsec_pb();
        // Where weights have either sign, so has their sum; other programs write numbers
        // such as -1 for what they do not say.
        let has_sign = xsec > 0.0 || (is_own(run) && run.weight_strategy < 0 && xsec != 0.0);
        let fits = has_sign && xsec.is_finite() && error >= 0.0;
        let hint = if fits { "" } else { ", which says nothing" };
        found.judge(
            "cross section",
            or_note(fits),
            format!("{} pb{hint}", with_error(xsec, error)),
        );
        if own {
            self.judge_own_weights(run, found);
        } else {
            self.judge_weights(run, found);
        }
    }

    /// What the alternative weights add up to.
    fn judge_further_weights(&self, run: &RunInfo, own: bool, found: &mut Verification) {
        let totals = WeightTotals::new(run, &self.weights);
        for (name, value) in totals.facts(false) {
            found.judge(
                "errors from weights",
                Verdict::Ok,
                format!("{name}: {value}"),
            );
        }
        for weight in &totals.sums {
            let ok = weight.sum.is_finite() && weight.ratio.is_finite();
            let what = format!(
                "{} {}: {}, {} of the sum of weights",
                weight.id,
                weight.name,
                with_error(weight.sum, weight.sum_err),
                with_error(weight.ratio, weight.ratio_err)
            );
            let verdict = match (ok, own) {
                (true, _) => Verdict::Ok,
                (false, true) => Verdict::Wrong,
                (false, false) => Verdict::Note,
            };
            found.judge("sum of weights", verdict, what);
        }
    }

    fn mean(&self) -> f64 {
        self.sum / self.n as f64
    }

    /// Standard deviations between the mean weight and what it should be.
    fn pull(&self, expected: f64, error: f64) -> f64 {
        let (n, mean) = (self.n as f64, self.mean());
        let variance = (self.sum2 / n - mean * mean).max(0.0) / n;
        let sigma = variance.sqrt().hypot_same(error).max(1e-9 * expected.abs());
        (mean - expected) / sigma
    }

    fn judge_own_weights(&self, run: &RunInfo, found: &mut Verification) {
        let (xsec, error) = run.xsec_pb();
        let n = self.n as f64;
        let expected = match event_norm(run) {
            EventNorm::Average => Some((xsec, error)),
            EventNorm::Sum => Some((xsec / n, error / n)),
            // Above 1 by what is above the maximum weight.
            EventNorm::Unity => None,
        };
        if expected.is_none() {
            let what = format!(
                "{} of {} weights are 1, no one is below",
                self.n_unit, self.n
            );
            found.add("weights", self.n_below == 0, what);
        }
        if let Some((expected, error)) = expected.filter(|_| self.n > 1) {
            let pull = self.pull(expected, error);
            found.add(
                "mean weight",
                pull.abs() < MOST_SIGMAS,
                format!(
                    "found {}, expected {} ({pull:+.1} sigma)",
                    seven_digits(self.mean()),
                    with_error(expected, error)
                ),
            );
        }
    }

    /// Programs differ in what their weights mean, whatever they declare.
    fn judge_weights(&self, run: &RunInfo, found: &mut Verification) {
        if self.n == 0 {
            return;
        }
        let (xsec, error) = run.xsec_pb();
        let n = self.n as f64;
        let fits = |expected: f64, error: f64| {
            expected > 0.0 && self.pull(expected, error).abs() < MOST_SIGMAS
        };
        let mean = self.mean();
        let (verdict, what) = if self.n_unit == self.n {
            (Verdict::Ok, "all weights are 1 or -1".to_owned())
        } else if fits(xsec, error) {
            let what = format!(
                "found {}, expected the cross section {}",
                seven_digits(mean),
                with_error(xsec, error)
            );
            (Verdict::Ok, what)
        } else if fits(xsec / n, error / n) {
            let sum = seven_digits(self.sum);
            let what = format!("the sum of weights {sum} is the cross section");
            (Verdict::Ok, what)
        } else {
            let what = format!(
                "found {}, which is neither 1, nor the cross section {}, nor that \
                 divided by the number of events; strategy (IDWTUP) {}",
                seven_digits(mean),
                with_error(xsec, error),
                run.weight_strategy
            );
            (Verdict::Note, what)
        };
        found.judge("mean weight", verdict, what);
    }
}

/// Compares with the list of samples, if there is one, and returns it.
fn judge_origin(
    run: &RunInfo,
    further: &[RunInfo],
    n: u64,
    found: &mut Verification,
) -> Option<Provenance> {
    let mut provenance = provenance_of(run)?;
    for other in further.iter().filter_map(provenance_of) {
        if let Err(what) = provenance.add(&other) {
            found.add("list of samples", false, what);
            return Some(provenance);
        }
    }
    let expected = provenance.n_events();
    found.add(
        "list of samples",
        expected == n,
        format!("found {n} events, expected {expected} as listed"),
    );
    Some(provenance)
}

fn judge_pack(
    pack: &Gridpack,
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
        None => found.add("pack", true, "all events are of this gridpack"),
        Some(s) => found.add(
            "pack",
            false,
            format!(
                "found events of state {}, expected {} as in the gridpack",
                short_checksum(&s.state),
                short_checksum(&pack.state)
            ),
        ),
    }
    let (xsec, _) = run.xsec_pb();
    let expected = pack.facts.xsec_pb;
    let sigma = pack.facts.xsec_err_pb.max(1e-9 * expected.abs());
    found.add(
        "cross section of the gridpack",
        ((xsec - expected) / sigma).abs() < MOST_SIGMAS,
        format!(
            "found {} pb, expected {} pb",
            seven_digits(xsec),
            with_error(expected, pack.facts.xsec_err_pb)
        ),
    );
}
