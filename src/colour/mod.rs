//! SU(3) colour at tree level: strings of generators and epsilon tensors, their contraction,
//! the colour matrix and Les Houches colour flows.
//!
//! Knows colour representations; knows no Lorentz structure and no momentum.
//! Sources: hep-ph/9910563, hep-ph/0209271 (colour decompositions); the Fierz
//! identity of SU(N) with `tr(T^a T^b) = delta^ab / 2`.

mod contract;
mod flow;
#[cfg(test)]
mod laws;
mod matrix;
mod number;
mod structure;
mod tensor;

pub(crate) use contract::ColourSum;
pub use contract::contract;
pub(crate) use flow::colour_flow;
pub(crate) use matrix::colour_matrix;
pub use number::Gaussian;
pub use structure::ColourError;
pub(crate) use structure::{is_known, parse_structure, slot_index};
pub(crate) use tensor::Index;
pub use tensor::{Chain, ColourTensor, Junction, OPEN};
