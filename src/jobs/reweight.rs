//! Alternative weights for the events of a file.
//!
//! Holds one event at a time. Knows records and cards; knows no format.

use std::path::Path;

use super::outputs::check_event_output;
use super::weight_sums::WeightSums;
use super::weight_totals::WeightTotals;
use super::writing::{EventCount, Writing};
use crate::card::{Card, MergingCard};
use crate::error::Error;
use crate::event::{EventReader, EventWriter, RunInfo};
use crate::run::{EventEvaluator, card_of, declare_weights, stated_events};
use crate::weights::WeightPlan;

/// Why the events of a file cannot get weights.
#[derive(Debug, thiserror::Error)]
#[error("cannot give weights to the events of '{path}': {what}")]
pub struct ReweightError {
    /// The file.
    pub path: String,
    /// What is wrong with it.
    pub what: String,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reweighted {
    /// Events in the file.
    pub n_events: u64,
    /// What the weights say.
    pub weights: WeightTotals,
    /// What the user should know.
    pub notes: Vec<String>,
    /// Why the weights may not be what they seem.
    pub warning: Option<String>,
}

/// Copies events with the alternative weights that a card asks for.
///
/// # Errors
/// [`Error::Event`] for files that cannot be read or written, [`Error::Reweight`] for an
/// event that is none of the card's or without any weight asked for, anything in the card
/// that cannot be used; no file appears then.
pub fn reweight_as(
    input: &Path,
    output: &Path,
    card: &Card,
    how: Writing,
) -> Result<Reweighted, Error> {
    check_event_output(output, [(input, "the input")], how.replace)?;
    let misfit = |what: String| ReweightError {
        path: input.display().to_string(),
        what,
    };
    let mut evaluator = EventEvaluator::load(card)?.with_recorded_scales();
    if evaluator.weights().n_weights() == 0 {
        let what = "the card asks for no weights: expected [weights], or --weights";
        return Err(misfit(what.to_owned()).into());
    }
    let mut reader = EventReader::open(input)?;
    let mut run = reader.run().clone();
    let energies = run.beam_energy;
    if let Some(what) = other_run(&run, &evaluator).or_else(|| other_merging(&run, card)) {
        return Err(misfit(what).into());
    }
    let mut notes = Vec::new();
    if !run.weights.is_empty() {
        let n = run.weights.len();
        notes.push(format!("its {n} alternative weights are replaced"));
    }
    declare_weights(&mut run, evaluator.weights());
    how.check_there(output, &run)?;
    let mut writer = EventWriter::create(output, &run)?;
    let mut sums = WeightSums::default();
    let mut n_events = 0;
    let mut count = EventCount::begin(how.told, "reweight", stated_events(&run));
    while let Some(mut event) = reader.next_event()? {
        n_events += 1;
        let found = evaluator.event(&event, energies);
        let found = found.map_err(|what| misfit(format!("event {n_events}: {what}")))?;
        let weight = |r: &f64| WeightPlan::weight(event.weight, *r);
        event.weights = found.weights.iter().map(weight).collect();
        sums.add(&event);
        writer.write(&event)?;
        count.add();
    }
    if !reader.further().is_empty() {
        let what = "several files behind one another: 'omnis convert' makes one of them";
        return Err(misfit(what.to_owned()).into());
    }
    notes.extend(writer.notes());
    let warning = evaluator.weights().warning();
    writer.finish()?;
    Ok(Reweighted {
        n_events,
        weights: WeightTotals::new(&run, &sums),
        notes,
        warning,
    })
}

/// What of a file is not as the card has it, if anything: beams and parton densities.
fn other_run(run: &RunInfo, evaluator: &EventEvaluator) -> Option<String> {
    let (beams, pdf) = evaluator.beams();
    if run.beam_energy != beams.energies {
        return Some(format!(
            "found beams of {:?} GeV, expected {:?} as the card has them",
            run.beam_energy, beams.energies
        ));
    }
    let expected = beams.particles.map(|p| if p.is_hadron() { pdf } else { 0 });
    (run.pdf_set != expected).then(|| {
        format!(
            "found parton densities with the LHAPDF ids {:?}, expected {expected:?} as the card has them",
            run.pdf_set
        )
    })
}

/// Which settings of merging the file was made with, if they are not those of the card.
fn other_merging(run: &RunInfo, card: &Card) -> Option<String> {
    let found = card_of(run)?.merging;
    let text = |merging: &Option<MergingCard>| match merging {
        None => "no [merging]".to_owned(),
        Some(m) => {
            let jets = m.maxjetflavor.map(|n| format!(", maxjetflavor = {n}"));
            format!(
                "[merging] with xqcut = {}, reweight = {}, pdfwgt = {}, alpsfact = {}{}, \
                 asrwgtflavor = {}",
                m.xqcut,
                m.reweight,
                m.pdfwgt,
                m.alpsfact,
                jets.unwrap_or_default(),
                m.asrwgtflavor
            )
        }
    };
    (found != card.merging).then(|| {
        let (found, expected) = (text(&found), text(&card.merging));
        format!("found events made with {found}, expected {expected} as the card has it")
    })
}
