//! Normalizing flows: coupling splines on top of a grid, evaluated by a fused
//! loop, and their mixture with the grid.
//!
//! Knows points and weights of networks; knows no integrand and no training.

pub(crate) mod dense;
#[expect(clippy::module_inception, reason = "the file holds the type Flow")]
mod flow;
pub(crate) mod gradient;
pub(crate) mod kernel;
pub(crate) mod layout;
mod mixture;
mod settings;
pub(crate) mod spline;
mod tensors;

pub use flow::Flow;
pub use mixture::Mixture;
pub use settings::{FlowError, FlowSettings};
