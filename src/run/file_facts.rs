//! What the header of an event file says of the run that made it: subprocesses,
//! adaptation; and the names that expressions about its events may use.
//!
//! Knows header blocks; knows no event.

use super::adaptation_summary::{ADAPTATION, AdaptationSummary};
use super::header::SUMMARY;
use super::provenance::Provenance;
use crate::card::Card;
use crate::cuts::Groups;
use crate::error::Error;
use crate::event::RunInfo;
use crate::model::{Model, ModelSpec, ParameterValues};
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
