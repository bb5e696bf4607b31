//! The Feynman diagrams of process lines.
//!
//! Knows how lines become subprocesses; draws nothing itself.

use std::collections::BTreeMap;

use super::load_model::load_model;
use crate::card::ModelCard;
use crate::compute::Watch;
use crate::error::Error;
use crate::feynman::Sheet;
use crate::process::ProcessSet;

/// Draws the diagrams of process lines, `most` drawings of them: matrix element by matrix
/// element, with the subprocesses that share it.
///
/// # Errors
/// [`Error::Model`], [`Error::Process`] or [`Error::Diagram`]; an
/// [interruption](Error::is_interruption) if it was called off.
pub fn draw_diagrams(
    model: &ModelCard,
    lines: &[String],
    defines: &BTreeMap<String, Vec<String>>,
    most: usize,
    watch: Watch,
) -> Result<Sheet, Error> {
    let model = load_model(&model.spec(), lines, watch)?.model;
    let set = ProcessSet::watched(&model, lines, defines, watch)?;
    let mut sheet = Sheet::new(&lines.join("; "), most);
    for (element, described) in set.elements.iter().zip(set.describe(&model)?) {
        let names = described.subprocesses.iter().map(|(name, _)| name.clone());
        let others: Vec<String> = names.filter(|name| *name != described.name).collect();
        sheet.add(&model, &element.subprocess, &described.name, &others)?;
    }
    Ok(sheet)
}
