//! SU(3) colour at tree level: strings of generators, their contraction, the
//! colour matrix and Les Houches colour flows.
//!
//! Knows colour representations; knows no Lorentz structure and no momentum.
//! Sources: hep-ph/9910563, hep-ph/0209271 (colour decompositions); the Fierz
//! identity of SU(N) with `tr(T^a T^b) = delta^ab / 2`.

mod contract;
mod flow;
mod matrix;
mod number;
mod structure;

pub(crate) use contract::ColourSum;
pub use contract::contract;
pub(crate) use flow::colour_flow;
pub(crate) use matrix::colour_matrix;
pub use number::Gaussian;
pub use structure::{Chain, ColourError, ColourTensor, OPEN};
pub(crate) use structure::{Index, parse_structure};
