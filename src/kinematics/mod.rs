//! Four-momenta, boosts, rotations, invariants.
//!
//! Knows special relativity; knows no particle.

mod invariants;
mod lorentz;
mod momenta;

pub(crate) use invariants::*;
pub(crate) use lorentz::*;
pub use momenta::*;
