//! Process syntax, expansion into subprocesses, crossing, symmetry factors.
//!
//! Knows the model's particles, and which diagrams there are; knows no momentum and no PDF.

mod chain;
mod collect;
mod combinations;
mod conserved;
mod describe;
mod error;
mod expand;
mod expansion;
mod explain;
mod join;
mod labels;
mod repeated;
mod symmetry;
mod syntax;

#[cfg(test)]
pub(crate) mod test_model;

pub use describe::ElementDescription;
pub use error::ProcessError;
pub use expand::{Flavours, Group, MatrixElement, ProcessSet, Resonance};
pub use labels::{LegLabel, ProcessLine, named_groups};
pub use symmetry::Automorphisms;
