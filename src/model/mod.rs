//! Particles, parameters, couplings and vertices of one Lagrangian at tree level.
//!
//! Knows the structure of UFO models (arXiv:1108.2040, 2304.09883): the built-in
//! Standard Model is data in that structure. Knows no process and no momentum.

mod build;
mod builtin;
mod coefficients;
mod error;
mod expression;
mod load;
mod note;
mod orders;
mod parameters;
mod polynomial;
mod quantum_numbers;
mod restriction;
mod settings;
mod slha;
mod source;
mod strong;
mod types;
mod ufo;

pub use coefficients::{Exponents, PolynomialModel};
pub use error::{Contradiction, ModelError};
pub use load::{ModelSpec, OpenWidth};
pub use note::{ModelNote, NoteKind};
pub use settings::{AUTO, ParameterValues};
pub use slha::CardNotes;
pub use types::*;
pub(crate) use ufo::{beside, model_files};
