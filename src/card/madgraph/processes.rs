//! Definitions and process lines of a card in omnis' form, with what omnis cannot generate
//! yet reported.
//!
//! Knows the order of a card; knows no cut and no scale.

use std::collections::{BTreeMap, BTreeSet};

use super::final_state::FinalState;
use super::line::{Leg, ProcessText, Segment};
use super::names::Names;
use super::proc_card::Step;
use super::report::{CardSection, Report};
use super::source::SourceLine;
use crate::card::error::CardError;

/// A process line and its final state.
#[derive(Clone, Debug)]
pub(super) struct TakenProcess {
    pub line: ProcessText,
    pub state: FinalState,
}

/// All process lines of a card.
#[derive(Clone, Debug, Default)]
pub(super) struct Processes {
    pub taken: Vec<TakenProcess>,
    /// Labels that they use.
    pub labels: BTreeSet<String>,
}

impl Processes {
    /// Follows the definitions and processes of a card.
    ///
    /// # Errors
    /// [`CardError::Invalid`] for a line that is none, or that names unknown particles.
    pub fn follow(
        steps: &[Step],
        names: &mut Names,
        report: &mut Report,
    ) -> Result<Self, CardError> {
        let mut all = Self::default();
        let mut used: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Define(at) => {
                    let words: Vec<&str> = at.text.split(' ').collect();
                    let [_, label, members @ ..] = words.as_slice() else {
                        continue;
                    };
                    // `define l+= e+ mu+`
                    let (label, members) = match label.split_once('=') {
                        Some((label, first)) => {
                            let first = std::iter::once(first).filter(|f| !f.is_empty());
                            (label, first.chain(members.iter().copied()).collect())
                        }
                        None => (*label, members.to_vec()),
                    };
                    let found = names.define(label, &members);
                    found.map_err(|what| at.error(what))?;
                }
                Step::Process(text, at) => {
                    let mut line = ProcessText::parse(text).map_err(|what| at.error(what))?;
                    spell(&mut line.core, names).map_err(|what| at.error(what))?;
                    drop_orphans(&mut line.core, names, at, report);
                    lacking(&line, at, report);
                    for word in words(&line) {
                        let members = names.resolve(&word).unwrap_or_default();
                        if members == [word.clone()] || names.particle(&word).is_some() {
                            continue;
                        }
                        let before = used.insert(word.clone(), members.clone());
                        if before.is_some_and(|before| before != members) {
                            let reason =
                                format!("'{word}' had another meaning in an earlier process");
                            report.physics("redefined_label", &reason, CardSection::Process, at);
                        }
                        all.labels.insert(word);
                    }
                    let state = FinalState::new(&line, names);
                    all.taken.push(TakenProcess { line, state });
                }
            }
        }
        Ok(all)
    }
}

/// The labels of a line that are no particles.
pub(super) fn labels(line: &ProcessText, names: &Names) -> Vec<String> {
    let is_label = |word: &String| {
        let members = names.resolve(word).unwrap_or_default();
        members != [word.clone()] && names.particle(word).is_none()
    };
    words(line).into_iter().filter(is_label).collect()
}

/// All names of particles and labels in a line.
fn words(line: &ProcessText) -> Vec<String> {
    let mut found = Vec::new();
    for segment in line.core.all() {
        let legs = segment.initial.iter().chain(&segment.outgoing);
        found.extend(legs.map(|leg| leg.name.clone()));
        let lists = segment.required.iter().chain([
            &segment.forbidden,
            &segment.forbidden_s_channel,
            &segment.vetoed,
        ]);
        found.extend(lists.flatten().cloned());
    }
    found
}

/// Puts in known names, and `j j j` for `3j`.
fn spell(segment: &mut Segment, names: &Names) -> Result<(), String> {
    let known = |word: &String| -> Result<String, String> {
        names.resolve(word)?;
        Ok(names.spelling(word))
    };
    let mut outgoing = Vec::new();
    for leg in &segment.outgoing {
        let (n, name) = names.repeated(&leg.name);
        let leg = Leg {
            name: known(&name.to_owned())?,
            polarisation: leg.polarisation.clone(),
        };
        outgoing.extend(std::iter::repeat_n(leg, n));
    }
    segment.outgoing = outgoing;
    for leg in &mut segment.initial {
        leg.name = known(&leg.name)?;
    }
    let lists = segment.required.iter_mut().chain([
        &mut segment.forbidden,
        &mut segment.forbidden_s_channel,
        &mut segment.vetoed,
    ]);
    for word in lists.flatten() {
        *word = known(word)?;
    }
    // MadGraph asks whether a diagram has a line of each kind: one named twice is that one
    // line, where a card of omnis means two.
    for lines in &mut segment.required {
        let mut named = BTreeSet::new();
        lines.retain(|name| named.insert(name.clone()));
    }
    for decay in &mut segment.decays {
        spell(decay, names)?;
    }
    Ok(())
}

/// Leaves out decays of particles that are not there, as MadGraph does.
fn drop_orphans(segment: &mut Segment, names: &Names, at: &SourceLine, report: &mut Report) {
    let made: Vec<i32> = (segment.outgoing.iter())
        .flat_map(|leg| names.pdgs(&leg.name))
        .collect();
    segment.decays.retain(|decay| {
        let Some(mother) = decay.initial.first() else {
            return true;
        };
        let pdgs = names.pdgs(&mother.name);
        let is_orphan = !pdgs.is_empty() && !pdgs.iter().any(|p| made.contains(p));
        if is_orphan {
            let reason = format!(
                "the decay of '{}' is left out, as in MadGraph: it is not in the process \
                 (brackets around the decays that belong together?)",
                mother.name
            );
            report.note("orphan_decay", &reason, CardSection::Process, at);
        }
        !is_orphan
    });
    for decay in &mut segment.decays {
        drop_orphans(decay, names, at, report);
    }
}

/// Reports what omnis cannot do yet in a line.
fn lacking(line: &ProcessText, at: &SourceLine, report: &mut Report) {
    let section = CardSection::Process;
    let is_squared = |o: &super::line::Order| o.squared || ["aS", "aEW"].contains(&o.name.as_str());
    let has_squared = |segment: &Segment| segment.orders.iter().any(is_squared);
    let decays = !line.core.decays.is_empty();
    if line.overall.iter().any(is_squared) || decays && line.core.all().into_iter().any(has_squared)
    {
        let reason = "limits on squared orders have no meaning in decay chains: MadGraph refuses \
                      them as well";
        report.physics("squared_orders", reason, section, at);
    }
    for segment in line.core.all() {
        let mut mothers = segment.decays.iter().flat_map(|d| &d.initial);
        if mothers.any(|leg| leg.polarisation.is_some()) {
            let reason =
                "a polarisation belongs to a particle where it is made, not where it decays";
            report.physics("polarised_legs", reason, section, at);
        }
        if segment.loops.is_some() {
            let reason = "loop corrections are not supported: omnis computes at tree level";
            report.physics("loops", reason, section, at);
        }
        let relation = |o: &super::line::Order| !["=", "<=", "=="].contains(&o.relation.as_str());
        let more = |o: &super::line::Order| o.squared && o.relation == ">";
        if segment.orders.iter().any(|o| relation(o) && !more(o)) {
            let reason = "of relations between orders and numbers '=', '<=' and '==' are \
                          supported, and '>' of squared ones";
            report.physics("order_relation", reason, section, at);
        }
    }
    for option in &line.options {
        if !option.starts_with("--no_warning") && !option.starts_with("--optimize") {
            let reason = format!("the option '{option}' is not supported");
            report.physics("process_option", &reason, section, at);
        }
    }
}
