//! The limit on WEIGHTED that a process starts from.
//!
//! As MadGraph has it, this is the sum of the n - 2 largest hierarchies of the n legs, where
//! the hierarchy of a particle is that of its strongest interaction. It matters where one
//! vertex has more legs than its orders suggest, as contact interactions do: other diagrams of
//! the same size belong to the process, too. Knows vertices; knows no diagram. Source:
//! MadGraph 5, arXiv:1106.0522, section 2.4, and MadGraph5_aMC@NLO 3.5.

use super::labels::ProcessLine;
use crate::model::{Model, ParticleId};

/// The least limit on WEIGHTED of a line.
pub(super) fn starting_weight(model: &Model, line: &ProcessLine) -> u32 {
    let own = hierarchies(model);
    let of_label = |particles: &Vec<ParticleId>| -> u32 {
        let all = particles.iter().map(|&id| own[usize::from(id.0)]);
        all.min().unwrap_or(0)
    };
    let labels = line.initial.iter().chain(&line.outgoing);
    let mut weights: Vec<u32> = labels.map(|l| of_label(&l.particles)).collect();
    weights.sort_unstable();
    weights
        .iter()
        .rev()
        .take(weights.len().saturating_sub(2))
        .sum()
}

/// The hierarchy of the strongest interaction of each particle; 0 without one.
fn hierarchies(model: &Model) -> Vec<u32> {
    let mut least = vec![u32::MAX; model.particles.len()];
    for vertex in &model.vertices {
        let of_term = |orders: &[u8]| {
            let used = model.orders.iter().zip(orders).filter(|(_, n)| **n > 0);
            used.map(|(o, _)| o.hierarchy).max().unwrap_or(0)
        };
        let terms = vertex.terms.iter();
        let strongest = terms
            .map(|t| of_term(&model.couplings[t.coupling].orders))
            .min();
        for &id in &vertex.particles {
            for id in [id, model.anti(id)] {
                let own = &mut least[usize::from(id.0)];
                *own = (*own).min(strongest.unwrap_or(u32::MAX));
            }
        }
    }
    least
        .iter()
        .map(|&n| if n == u32::MAX { 0 } else { n })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::ProcessSet;
    use super::super::test_model::standard_model;
    use super::*;
    use crate::model::{CouplingOrder, Vertex, VertexTerm};

    fn start(model: &Model, line: &str) -> u32 {
        let lines = ProcessLine::parse(line, model, &BTreeMap::new()).unwrap();
        starting_weight(model, &lines[0])
    }

    #[test]
    fn legs_count_by_their_strongest_interaction() {
        let model = standard_model();
        assert_eq!(start(&model, "u u~ > g g"), 2);
        assert_eq!(start(&model, "u u~ > e+ e- g"), 5);
        assert_eq!(start(&model, "g g > h t t~"), 4);
        assert_eq!(start(&model, "j j > l+ l- j j"), 6);
    }

    #[test]
    fn a_contact_interaction_does_not_hide_what_it_competes_with() {
        let mut model = standard_model();
        model.orders.push(CouplingOrder {
            name: "NP".into(),
            hierarchy: 1,
            expansion: None,
        });
        model.couplings.iter_mut().for_each(|c| c.orders.push(0));
        let mut coupling = model.couplings[0].clone();
        coupling.orders = vec![0, 0, 1];
        model.couplings.push(coupling);
        let ids = ["e+", "e-", "h", "h", "h"].map(|n| model.by_name(n).unwrap());
        model.vertices.push(Vertex {
            name: "contact".into(),
            particles: ids.to_vec(),
            colour: vec!["1".into()],
            terms: vec![VertexTerm {
                colour: 0,
                lorentz: 0,
                coupling: model.couplings.len() - 1,
            }],
        });
        let line = ["e+ e- > h h h".to_owned()];
        let set = ProcessSet::new(&model, &line, &BTreeMap::new()).unwrap();
        // WEIGHTED of the contact term is 1.
        assert_eq!(set.lines[0].filter.orders.max_weighted, Some(3));
    }
}
