//! Four-momenta, boosts, rotations, invariants.
//!
//! Knows special relativity; knows no particle.

mod invariants;
mod lorentz;
mod momenta;

pub use invariants::*;
pub use lorentz::*;
pub use momenta::*;
