//! What a process set consists of, in words and numbers.
//!
//! Knows the expansion and the diagrams; knows no output format.

use serde::Serialize;

use super::ProcessSet;
use crate::diagram::{DiagramError, Diagrams, OrderLimits};
use crate::model::Model;

/// A matrix element and the subprocesses that it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ElementDescription {
    /// The subprocess that is evaluated, e.g. `u u~ > e+ e-`.
    pub name: String,
    /// Subprocesses that share the matrix element, the first included; the
    /// flag tells that both assignments of the beams occur.
    pub subprocesses: Vec<(String, bool)>,
    /// Index of its group.
    pub group: usize,
    /// `@n` of its line.
    pub tag: Option<u32>,
    /// Number of diagrams.
    pub n_diagrams: u64,
    /// Coupling orders of the amplitude with numbers of diagrams, e.g. `QCD=1 QED=2`.
    pub orders: Vec<(String, u64)>,
    /// Limits on coupling orders, e.g. `WEIGHTED<=5`.
    pub limits: String,
}

/// `QCD=1 QED=2`, of diagrams of so many legs.
pub(crate) fn powers_text(model: &Model, powers: &[u32], n_legs: usize) -> String {
    let parts: Vec<String> = model
        .orders
        .iter()
        .zip(powers)
        .map(|(order, n)| (order, i64::from(*n) - i64::from(order.offset_of(n_legs))))
        .map(|(order, n)| format!("{}={n}", order.name))
        .collect();
    parts.join(" ")
}

/// `QCD<=1 QED==2 WEIGHTED<=5`, of diagrams of so many legs; empty without limits.
pub(crate) fn limits_text(model: &Model, limits: &OrderLimits, n_legs: usize) -> String {
    let mut parts = Vec::new();
    for (relation, values) in [("<=", &limits.max), ("==", &limits.exact)] {
        for (order, limit) in model.orders.iter().zip(values) {
            if let Some(n) = limit {
                let n = i64::from(*n) - i64::from(order.offset_of(n_legs));
                parts.push(format!("{}{relation}{n}", order.name));
            }
        }
    }
    if let Some(n) = limits.max_weighted {
        let n = i64::from(n) - i64::from(model.offset_weight(n_legs));
        parts.push(format!("WEIGHTED<={n}"));
    }
    parts.join(" ")
}

impl ProcessSet {
    /// Names, numbers of diagrams and coupling orders, one entry per matrix element.
    ///
    /// # Errors
    /// [`DiagramError`].
    pub fn describe(&self, model: &Model) -> Result<Vec<ElementDescription>, DiagramError> {
        let diagrams = Diagrams::new(model)?;
        let describe = |element: &super::MatrixElement| {
            let sub = &element.subprocess;
            let orders = diagrams.orders(sub);
            ElementDescription {
                name: sub.name(model),
                subprocesses: element
                    .flavours
                    .iter()
                    .map(|f| (f.subprocess(sub).name(model), f.direct && f.mirrored))
                    .collect(),
                group: element.group,
                tag: sub.tag,
                n_diagrams: orders.iter().map(|o| o.n_diagrams).sum(),
                orders: orders
                    .iter()
                    .map(|o| (powers_text(model, &o.powers, sub.legs.len()), o.n_diagrams))
                    .collect(),
                limits: limits_text(model, &sub.filter.orders, sub.legs.len()),
            }
        };
        Ok(self.elements.iter().map(describe).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_model::{process_set, standard_model};

    #[test]
    fn a_matrix_element_lists_what_it_stands_for() {
        let model = standard_model();
        let described = process_set(&["p p > e+ e-"]).describe(&model).unwrap();
        assert_eq!(described.len(), 2);
        let first = &described[0];
        assert_eq!(first.name, "u u~ > e+ e-");
        assert_eq!(
            first.subprocesses,
            [
                ("u u~ > e+ e-".to_string(), true),
                ("c c~ > e+ e-".to_string(), true)
            ]
        );
        assert_eq!(first.n_diagrams, 2);
        assert_eq!(first.orders, [("QCD=0 QED=2".to_string(), 2)]);
        assert_eq!(first.limits, "WEIGHTED<=4");
    }
}
