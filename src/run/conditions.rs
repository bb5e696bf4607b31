//! Under which conditions a cross section holds, in the lines that a paper states: scales, parton
//! densities, coupling, cuts.
//!
//! Knows cards and header blocks; computes no formula.

use super::file_facts::summary_of;
use super::header::{ALPHA_S_MZ, EFFECTIVE_CARD};
use super::run::Run;
use crate::card::{AlphaSChoice, Card};
use crate::event::RunInfo;
use crate::scale::ScaleChoice;
use crate::units::Z_MASS_GEV;

/// Name and value.
type Line = (String, String);

fn line(name: &str, value: String) -> Line {
    (name.to_owned(), value)
}

/// Scales of a card.
pub(crate) fn scales_text(card: &Card) -> String {
    let one = |scale: &ScaleChoice| match scale.is_fixed() {
        true => format!("{scale} GeV"),
        false => scale.to_string(),
    };
    let mu_f = match card.scales.mu_f.0 {
        [a, b] if a == b => one(&a),
        [a, b] => format!("{} and {}", one(&a), one(&b)),
    };
    format!("mu_r = {}, mu_f = {mu_f}", one(&card.scales.mu_r))
}

/// Cuts of a card.
pub(crate) fn cuts_text(card: &Card) -> String {
    match card.cuts.require.is_empty() {
        true => "none".to_owned(),
        false => card.cuts.require.join("; "),
    }
}

fn lines(card: &Card, pdf: Option<String>, alpha_s: Option<f64>) -> Vec<Line> {
    let is_fixed = match &card.scales.alpha_s {
        Some(choice) => matches!(choice, AlphaSChoice::Fixed(_)),
        None => pdf.is_none(),
    };
    let at = if is_fixed { ", at every scale" } else { "" };
    let alpha_s = alpha_s.map(|value| line("alpha_s(MZ)", format!("{value:.4}{at}")));
    let mut found = vec![line("scales", scales_text(card))];
    found.extend(pdf.map(|text| line("parton densities", text)));
    found.extend(alpha_s);
    found.push(line("cuts", cuts_text(card)));
    found
}

impl Run {
    /// The strong coupling of the run at the mass of the Z, 91.1876 GeV.
    pub fn alpha_s_mz(&self) -> f64 {
        self.cross_section.alpha_s_at(Z_MASS_GEV)
    }

    /// The lines of a run, name and value.
    pub fn conditions(&self) -> Vec<(String, String)> {
        let pdf = self.pdf.as_ref();
        let pdf = pdf.map(|pdf| format!("{}, member {}", pdf.name(), pdf.member()));
        lines(&self.card, pdf, Some(self.alpha_s_mz()))
    }
}

/// The lines of an event file, as far as it states them.
pub(crate) fn conditions_of(run: &RunInfo) -> Vec<Line> {
    let card = run.header_text(EFFECTIVE_CARD);
    let card = card.and_then(|text| Card::from_str(text, EFFECTIVE_CARD).ok());
    let summary = summary_of(run);
    let stated = |key: &str| Some(summary.iter().find(|(name, _)| name == key)?.1.clone());
    let ids = run.pdf_set.iter().filter(|id| **id > 0);
    let by_number = ids.map(|id| format!("LHAPDF {id}")).next();
    let Some(card) = card else {
        let lines = by_number.map(|text| line("parton densities", text));
        return lines.into_iter().collect();
    };
    let pdf = stated("pdf").map(|text| match &by_number {
        Some(number) => format!("{} ({number})", text.replace(" member", ", member")),
        None => text,
    });
    let alpha_s = stated(&ALPHA_S_MZ.replace('_', " "));
    lines(&card, pdf, alpha_s.and_then(|text| text.parse().ok()))
}
