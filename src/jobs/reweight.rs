//! Alternative weights for the events of a file.
//!
//! Holds one event at a time. Knows records and cards; knows no format.

use std::path::Path;

use super::outputs::check_event_output;
use crate::card::Card;
use crate::error::Error;
use crate::event::{EventReader, EventWriter, RunInfo};
use crate::run::{EventEvaluator, declare_weights};

/// Why the events of a file cannot get weights.
#[derive(Debug, thiserror::Error)]
#[error("cannot give weights to the events of '{path}': {what}")]
pub struct ReweightError {
    /// The file.
    pub path: String,
    /// What is wrong with it.
    pub what: String,
}

/// One alternative weight of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightSum {
    /// Its name, such as `MUR=0.5_MUF=1_PDF=247000`.
    pub name: String,
    /// Sum of the weights of all events over that of their own weights.
    pub ratio: f64,
    /// Its standard deviation.
    pub ratio_err: f64,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reweighted {
    /// Events in the file.
    pub n_events: u64,
    /// In the order of the file.
    pub weights: Vec<WeightSum>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Copies events with the alternative weights that a card asks for.
///
/// # Errors
/// [`Error::Event`] for files that cannot be read or written, [`Error::Reweight`] for an
/// event that is none of the card's or without any weight asked for, anything in the card
/// that cannot be used; no file appears then.
pub fn reweight(input: &Path, output: &Path, card: &Card) -> Result<Reweighted, Error> {
    check_event_output(output, [(input, "the input")])?;
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
    if let Some(what) = other_run(&run, &evaluator) {
        return Err(misfit(what).into());
    }
    let mut notes = Vec::new();
    if !run.weights.is_empty() {
        let n = run.weights.len();
        notes.push(format!("its {n} alternative weights are replaced"));
    }
    declare_weights(&mut run, evaluator.weights());
    let mut writer = EventWriter::create(output, &run)?;
    let mut sums = Sums::new(evaluator.weights().n_weights());
    let mut n_events = 0;
    while let Some(mut event) = reader.next_event()? {
        n_events += 1;
        let found = evaluator.event(&event, energies);
        let found = found.map_err(|what| misfit(format!("event {n_events}: {what}")))?;
        sums.add(event.weight, &found.weights);
        event.weights = found.weights.iter().map(|r| r * event.weight).collect();
        writer.write(&event)?;
    }
    if !reader.further().is_empty() {
        let what = "several files behind one another: 'omnis convert' makes one of them";
        return Err(misfit(what.to_owned()).into());
    }
    notes.extend(writer.notes());
    notes.extend(evaluator.weights().warning());
    writer.finish()?;
    Ok(Reweighted {
        n_events,
        weights: sums.finish(evaluator.weights().names()),
        notes,
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

/// Sums over events.
struct Sums {
    n: f64,
    weight: f64,
    /// Of the ratio times the weight, and of its square.
    each: Vec<[f64; 2]>,
}

impl Sums {
    fn new(n_weights: usize) -> Self {
        Self {
            n: 0.0,
            weight: 0.0,
            each: vec![[0.0; 2]; n_weights],
        }
    }

    fn add(&mut self, weight: f64, ratios: &[f64]) {
        self.n += 1.0;
        self.weight += weight;
        for (sum, ratio) in self.each.iter_mut().zip(ratios) {
            sum[0] += weight * ratio;
            sum[1] += (weight * ratio).powi(2);
        }
    }

    fn finish(self, names: Vec<String>) -> Vec<WeightSum> {
        let n = self.n.max(1.0);
        let row = |(name, [sum, square]): (String, [f64; 2])| {
            let variance = (square / n - (sum / n).powi(2)).max(0.0) / n;
            WeightSum {
                name,
                ratio: sum / self.weight,
                ratio_err: variance.sqrt() * n / self.weight.abs(),
            }
        };
        names.into_iter().zip(self.each).map(row).collect()
    }
}
