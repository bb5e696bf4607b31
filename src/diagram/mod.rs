//! Tree diagrams of subprocesses, as one graph of off-shell currents.
//!
//! The recursion over sets of legs is done once; existence, number and coupling orders
//! of diagrams, the graph that amplitudes give colour and helicities to, topologies for
//! phase space and signatures that find equal amplitudes are passes over its result.
//! Knows the model's particles and vertices; knows no process line, momentum or PDF.

mod currents;
mod diagrams;
mod error;
mod graph;
mod polarisation;
mod powers;
mod rules;
mod segments;
mod signature;
mod subprocess;
mod topology;

pub use diagrams::{Diagrams, OrderCount};
pub use error::DiagramError;
pub use graph::{DiagramGraph, GraphLine, Way};
pub use polarisation::Polarisation;
pub(crate) use rules::Interaction;
pub(crate) use signature::{Classifier, Interner, vertex_content};
pub use subprocess::{
    Decay, DiagramFilter, OrderLimits, SquaredLimit, SquaredRelation, Subprocess,
};
pub(crate) use subprocess::{LegSet, Product, VetoedLine};
pub(crate) use topology::time_like;
pub use topology::{Propagator, Topology, topologies};
