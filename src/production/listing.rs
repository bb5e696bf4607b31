//! What a process line stands for, as text and as JSON.
//!
//! Knows how the expansion is shown; computes none of it.

use std::collections::BTreeMap;

use serde_json::json;

use super::card::ModelCard;
use crate::amplitude::{Frame, GraphSize, MatrixElement};
use crate::error::Error;
use crate::model::Model;
use crate::process::{ElementDescription, ProcessSet};

/// Subprocesses, diagrams and matrix elements of a line.
pub struct ProcessListing {
    line: String,
    elements: Vec<(ElementDescription, GraphSize)>,
    n_subprocesses: usize,
    n_groups: usize,
    notes: Vec<String>,
}

impl ProcessListing {
    /// Expands a line and compiles its matrix elements.
    ///
    /// # Errors
    /// [`Error::Model`], [`Error::Process`] or [`Error::Amplitude`].
    pub fn new(
        model: &ModelCard,
        line: &str,
        defines: &BTreeMap<String, Vec<String>>,
    ) -> Result<Self, Error> {
        let model = Model::load(&model.spec())?;
        let set = ProcessSet::new(&model, &[line.to_owned()], defines)?;
        let described = set.describe(&model)?;
        let mut elements = Vec::with_capacity(described.len());
        for (description, element) in described.into_iter().zip(&set.elements) {
            let me = MatrixElement::compile(&model, &element.subprocess, Frame::CentreOfMass)?;
            elements.push((description, me.size()));
        }
        Ok(Self {
            line: line.to_owned(),
            elements,
            n_subprocesses: set.n_subprocesses(),
            n_groups: set.groups.len(),
            notes: set.notes.clone(),
        })
    }

    /// A table for people, without a final line break.
    pub fn text(&self) -> String {
        let mut lines = vec![format!(
            "{}: {} subprocesses (beams exchanged counted apart), {} distinct matrix elements",
            self.line,
            self.n_subprocesses,
            self.elements.len()
        )];
        for (d, size) in &self.elements {
            lines.push(String::new());
            let orders: Vec<&str> = d.orders.iter().map(|o| o.0.as_str()).collect();
            lines.push(format!(
                "{}   {} diagrams, {}, {} helicities, {} colour flows",
                d.name,
                d.n_diagrams,
                orders.join(" and "),
                size.helicities,
                size.flows
            ));
            for (name, mirrored) in &d.subprocesses {
                let note = if *mirrored {
                    "   and with the beams exchanged"
                } else {
                    ""
                };
                lines.push(format!("    {name}{note}"));
            }
        }
        lines.extend(self.notes.iter().map(|n| format!("note: {n}")));
        lines.join("\n")
    }

    /// The same for machines.
    pub fn json(&self) -> serde_json::Value {
        let element = |(d, size): &(ElementDescription, GraphSize)| {
            let subprocess =
                |(name, mirrored): &(String, bool)| json!({ "name": name, "mirrored": mirrored });
            let subprocesses: Vec<_> = d.subprocesses.iter().map(subprocess).collect();
            let order = |(text, n): &(String, u64)| json!({ "orders": text, "diagrams": n });
            json!({
                "name": d.name,
                "tag": d.tag,
                "limits": d.limits,
                "diagrams": d.n_diagrams,
                "orders": d.orders.iter().map(order).collect::<Vec<_>>(),
                "subprocesses": subprocesses,
                "group": d.group,
                "helicities": size.helicities,
                "flows": size.flows,
                "currents": size.currents,
                "vertices": size.vertices,
            })
        };
        json!({
            "process": self.line,
            "subprocesses": self.n_subprocesses,
            "groups": self.n_groups,
            "matrix_elements": self.elements.iter().map(element).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}
