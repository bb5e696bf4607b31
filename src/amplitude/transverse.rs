//! Massive vectors whose propagator needs no `k^mu k^nu / m^2`.
//!
//! The current of two massless external fermions is conserved: `k.J = 0`. Where a
//! propagator begins or ends at such a current the term vanishes, while rounding
//! errors of it would grow like E^2 / m^2. Knows the graph; knows no momenta.

use super::graph::{Dag, LOWER, Source, UPPER};
use super::operations::Operation;

/// For every node whether its propagator, if it has one, needs no such term.
pub(crate) fn transverse(dag: &Dag) -> Vec<bool> {
    let nodes = &dag.nodes;
    let massless = |k: u32| {
        let node = &nodes[k as usize];
        matches!(node.source, Source::Wave { .. }) && node.parts != UPPER | LOWER
    };
    let of_fermions = |source: &Source| match source {
        Source::Vertex(op) if op.operation == Operation::FFV => {
            op.nodes.as_slice().iter().all(|n| massless(*n))
        }
        _ => false,
    };
    let conserved: Vec<bool> = nodes
        .iter()
        .map(|node| match &node.source {
            Source::Current { terms, .. } => {
                let mut sources = terms.iter().map(|t| &nodes[t.0 as usize].source);
                sources.all(of_fermions)
            }
            source => of_fermions(source),
        })
        .collect();
    // Nodes that meet anything else than a conserved current.
    let mut meets_others = vec![false; nodes.len()];
    for node in nodes {
        node.source
            .for_each_child(&mut |c| meets_others[c as usize] = true);
    }
    for &(a, b) in dag.configurations.iter().flat_map(|c| &c.pairs) {
        meets_others[a as usize] |= !conserved[b as usize];
        meets_others[b as usize] |= !conserved[a as usize];
    }
    let either = conserved.iter().zip(meets_others);
    either.map(|(c, others)| *c || !others).collect()
}
