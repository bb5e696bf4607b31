//! What a process line stands for, as text and as JSON.
//!
//! Knows how the expansion is shown; computes none of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde_json::json;

use super::load_model::{LoadedModel, load_model};
use crate::amplitude::{Frame, GraphSize, MatrixElement, MemoryNeeds};
use crate::card::ModelCard;
use crate::compute::Watch;
use crate::cross_section::CrossSectionError;
use crate::diagram::Diagrams;
use crate::error::Error;
use crate::model::{Model, ModelNote};
use crate::process::{ElementDescription, ProcessSet};

/// Subprocesses, diagrams and matrix elements of a line.
pub struct ProcessListing {
    line: String,
    elements: Vec<(ElementDescription, GraphSize)>,
    n_subprocesses: usize,
    n_groups: usize,
    notes: Vec<String>,
    with_graph: bool,
}

impl ProcessListing {
    /// Expands a line and compiles its matrix elements; `watch` hears how far it
    /// is and may call it off.
    ///
    /// # Errors
    /// [`Error::Model`], [`Error::Process`] or [`Error::Amplitude`]; an
    /// [interruption](Error::is_interruption) if it was called off.
    pub fn new(
        model: &ModelCard,
        line: &str,
        defines: &BTreeMap<String, Vec<String>>,
        watch: Watch,
    ) -> Result<Self, Error> {
        let loaded = load_model(&model.spec(), &[line.to_owned()], watch)?;
        let warnings = ModelNote::texts(&loaded.warnings());
        let LoadedModel { model, widths, .. } = loaded;
        let widths: Vec<String> = widths.iter().map(ToString::to_string).collect();
        let set = ProcessSet::watched(&model, &[line.to_owned()], defines, watch)?;
        check_memory(&model, &set, watch)?;
        let described = set.describe(&model)?;
        let (done, total) = (AtomicU64::new(0), set.elements.len() as u64);
        let sizes: Result<Vec<GraphSize>, Error> = set
            .elements
            .par_iter()
            .map(|element| {
                let n = done.fetch_add(1, Ordering::Relaxed);
                if !watch.goes_on("matrix elements compiled", n, total) {
                    return Err(CrossSectionError::Cancelled.into());
                }
                let sub = &element.subprocess;
                let me = MatrixElement::compile(&model, sub, Frame::CentreOfMass)?;
                Ok(me.size())
            })
            .collect();
        Ok(Self {
            line: line.to_owned(),
            elements: described.into_iter().zip(sizes?).collect(),
            with_graph: false,
            n_subprocesses: set.n_subprocesses(),
            n_groups: set.groups.len(),
            notes: [warnings, widths, set.warnings, set.notes].concat(),
        })
    }

    /// The same listing with what the compiler made of every matrix element.
    #[must_use]
    pub fn with_graph(mut self, with_graph: bool) -> Self {
        self.with_graph = with_graph;
        self
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
            if self.with_graph {
                lines.push(graph_text(size));
            }
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
            let order = |(text, n): &(String, u64)| json!({ "orders": text, "powers": powers(text), "diagrams": n });
            let mut entry = json!({
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
            });
            if self.with_graph {
                entry["graph"] = graph_json(size);
            }
            entry
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

/// Refuses what does not fit into memory; nothing of it is kept.
fn check_memory(model: &Model, set: &ProcessSet, watch: Watch) -> Result<(), Error> {
    let diagrams = Diagrams::new(model)?;
    let total = set.elements.len() as u64;
    for (done, element) in (0..).zip(&set.elements) {
        if !watch.goes_on("matrix elements estimated", done, total) {
            return Err(CrossSectionError::Cancelled.into());
        }
        let mut needs = MemoryNeeds::default();
        needs.add(&diagrams, &element.subprocess);
        needs.check(1)?;
    }
    Ok(())
}

/// `QCD=1 QED=2` as numbers by name.
fn powers(orders: &str) -> BTreeMap<&str, i64> {
    let words = orders.split_whitespace();
    let pairs = words.filter_map(|word| word.split_once('='));
    let powers = pairs.filter_map(|(name, power)| Some((name, power.parse().ok()?)));
    powers.collect()
}

/// Size of a graph in one line.
fn graph_text(size: &GraphSize) -> String {
    format!(
        "    graph: {} currents, {} vertices, {} amplitudes ({} helicities, {} flows) of {} \
         products, {} flops and {} bytes per point",
        size.currents,
        size.vertices,
        size.amplitudes,
        size.computed_helicities,
        size.computed_flows,
        size.products,
        size.flops,
        size.workspace_bytes
    )
}

fn graph_json(size: &GraphSize) -> serde_json::Value {
    json!({
        "currents": size.currents,
        "vertices": size.vertices,
        "amplitudes": size.amplitudes,
        "computed_helicities": size.computed_helicities,
        "computed_flows": size.computed_flows,
        "products": size.products,
        "steps": size.instructions,
        "flops_per_point": size.flops,
        "workspace_bytes_per_point": size.workspace_bytes,
    })
}
