//! What the header of an event file says of the run that made it: subprocesses,
//! adaptation; and the names that expressions about its events may use.
//!
//! Knows header blocks; knows no event.

use super::adaptation_summary::{ADAPTATION, AdaptationSummary};
use super::header::{ALPHA_S_MZ, SUMMARY, card_of};
use super::provenance::Provenance;
use crate::card::Card;
use crate::cuts::Groups;
use crate::error::Error;
use crate::event::RunInfo;
use crate::model::{Model, ModelSpec, ParameterValues};
use crate::numbers::{grouped, per_cent, with_error};
use crate::process::named_groups;

/// What the adaptation did, if the file says so.
pub(crate) fn adaptation_of(run: &RunInfo) -> Option<AdaptationSummary> {
    AdaptationSummary::parse(run.header_text(ADAPTATION)?)
}

/// Name, cross section and error in pb of each subprocess, as far as the file says.
pub(crate) fn subprocesses_of(run: &RunInfo) -> Vec<(String, f64, f64)> {
    let lines = run.header_text(SUMMARY).into_iter().flat_map(str::lines);
    let read = |line: &str| {
        let (name, value) = line.strip_prefix("xsec_pb '")?.split_once("' = ")?;
        let (xsec, error) = value.split_once(" +- ")?;
        Some((name.to_owned(), xsec.parse().ok()?, error.parse().ok()?))
    };
    lines.filter_map(read).collect()
}

/// What else a file of omnis says of its run, name and value: version, seeds, densities.
pub(crate) fn summary_of(run: &RunInfo) -> Vec<(String, String)> {
    let text = Provenance::without(run.header_text(SUMMARY).unwrap_or_default());
    let lines = text.lines().filter(|l| !l.starts_with("xsec_"));
    let pairs = lines.filter_map(|l| l.split_once(" = "));
    pairs
        .map(|(name, value)| (name.replace('_', " "), value.to_owned()))
        .collect()
}

/// The same with numbers as a person reads them, without what other lines say.
pub(crate) fn summary_for_people(run: &RunInfo) -> Vec<(String, String)> {
    let said = ["pdf", &ALPHA_S_MZ.replace('_', " ")].map(str::to_owned);
    let mut found = summary_of(run);
    found.retain(|(name, _)| !said.contains(name));
    for (name, value) in &mut found {
        if name.ends_with("efficiency") || name.ends_with("share") {
            *value = value.parse().map_or(value.clone(), per_cent);
        } else if name.ends_with("points") {
            *value = value.parse().map_or(value.clone(), grouped);
        } else if name.starts_with(COMPUTED_WIDTH) {
            *value = computed_width(value);
        }
    }
    found
}

/// What the name of a width that was computed begins with.
const COMPUTED_WIDTH: &str = "computed width ";

/// The widths that were computed before the run, parameter and value.
pub(crate) fn computed_widths(run: &RunInfo) -> Vec<(String, String)> {
    let lines = summary_of(run).into_iter();
    let widths = lines.filter_map(|(name, value)| {
        let parameter = name.strip_prefix(COMPUTED_WIDTH)?;
        Some((parameter.to_owned(), computed_width(&value)))
    });
    widths.collect()
}

fn computed_width(value: &str) -> String {
    let numbers = value.split_once(" +- ");
    let numbers = numbers.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    let text = numbers.map_or(value.to_owned(), |(width, error)| with_error(width, error));
    format!("{text} GeV")
}

/// Process lines of the card that a file has, or those that MadGraph's has; or nothing.
pub(crate) fn process_of(run: &RunInfo) -> String {
    if let Some(card) = card_of(run) {
        return card.process.generate.join("; ");
    }
    let proc_card = run.header_text("MG5ProcCard").unwrap_or_default();
    let lines = proc_card.lines().filter_map(|l| {
        let words = l.trim();
        words
            .strip_prefix("generate ")
            .or_else(|| words.strip_prefix("add process "))
    });
    lines.map(str::trim).collect::<Vec<_>>().join("; ")
}

/// Particles and labels by name: those of a card, or of the built-in model.
///
/// # Errors
/// [`Error::Model`], [`Error::Process`] for a card that defines what is not there.
pub(crate) fn names_for_histograms(card: Option<&Card>) -> Result<Groups, Error> {
    let spec = card.map_or_else(ModelSpec::default, |card| ModelSpec {
        // Values of parameters do not matter, and their files may be elsewhere.
        set: ParameterValues::default(),
        param_card: None,
        ..card.model.spec()
    });
    let (model, _, _) = Model::load_without_widths(&spec)?;
    let none = Default::default();
    let defines = card.map_or(&none, |card| &card.process.define);
    Ok(named_groups(&model, defines)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::HeaderBlock;

    #[test]
    fn subprocesses_are_read_from_the_summary() {
        let text = "version = 1\nxsec_pb = 3e0\nxsec_pb 'u u~ > e+ e-' = 1.5e0 +- 2e-3\n\
                    xsec_pb 'broken' = x +- y\n";
        let run = RunInfo {
            header: vec![HeaderBlock {
                name: SUMMARY.to_owned(),
                text: text.to_owned(),
                ..HeaderBlock::default()
            }],
            ..RunInfo::default()
        };
        assert_eq!(
            subprocesses_of(&run),
            [("u u~ > e+ e-".to_owned(), 1.5, 2e-3)]
        );
        assert_eq!(adaptation_of(&run), None);
        assert_eq!(summary_of(&run), [("version".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn names_need_no_parameters() {
        let card = Card::from_str(
            "process = { generate = \"p p > q q\", define = { q = [\"u\", \"d\"] } }\n\
             model = { param_card = \"/nowhere\", set = { WT = \"auto\" } }\n",
            "a card",
        )
        .unwrap();
        let names = names_for_histograms(Some(&card)).unwrap();
        assert_eq!(names["q"], [2, 1]);
        assert!(names_for_histograms(None).unwrap().contains_key("e+"));
    }
}
