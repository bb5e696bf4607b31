//! Process syntax, expansion into subprocesses, crossing, diagram topologies, symmetry factors.
//!
//! Knows the model's particles and vertices; knows no momentum and no PDF.

mod combinations;
mod conserved;
mod currents;
mod describe;
mod diagrams;
mod error;
mod expand;
mod explain;
mod graph;
mod labels;
mod powers;
mod rules;
mod signature;
mod symmetry;
mod syntax;
mod topology;
mod types;

#[cfg(test)]
mod test_model;

pub use describe::{ElementDescription, OrderCount};
pub use diagrams::Diagrams;
pub use error::ProcessError;
pub use expand::{Flavours, Group, MatrixElement, ProcessSet};
pub use graph::{DiagramGraph, GraphLine, Way};
pub use labels::{LegLabel, ProcessLine, named_groups};
pub(crate) use rules::Interaction;
pub use symmetry::Automorphisms;
pub use topology::topologies;
pub use types::*;
