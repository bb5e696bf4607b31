//! Four-momenta, boosts, rotations, invariants.
//!
//! Knows special relativity; knows no particle.

mod invariants;
mod lorentz;
mod momenta;
mod physical;

pub(crate) use invariants::*;
pub use lorentz::boost_to_rest;
pub(crate) use lorentz::*;
pub use momenta::*;
pub use physical::PhysicalPoints;
