//! Helicity amplitudes of any tree-level process from off-shell currents.
//!
//! The recursion is compiled to one shared graph and run in batches by a scalar
//! or SIMD kernel; returns `me2`. Knows the model, the process and colour;
//! knows no PDF, cut, flux or sampler.

mod choose;
mod colour_sum;
mod cost;
mod dag;
mod encode;
mod estimate;
mod graph;
mod helicity;
#[cfg(test)]
mod higher_spin_laws;
mod kernel;
#[cfg(test)]
mod laws;
mod level;
mod lorentz;
mod matrix_element;
mod momentum_function;
mod off_shell;
mod operations;
mod order_products;
mod probe;
mod program;
mod propagate;
mod propagator;
mod recursion;
mod reduce;
mod safety;
mod schedule;
mod squared_orders;
mod structure;
mod tensor_code;
mod transverse;
mod turned;
mod verify;
mod vertex;

pub use cost::GraphSize;
pub(crate) use estimate::MemoryNeeds;
pub use helicity::{HelicityMode, HelicitySampling};
pub use matrix_element::{
    AmplitudeError, ColourMode, Details, FlowInfo, Frame, MatrixElement, MatrixElementWorkspace,
    Precision, TChannelWidth,
};
pub use order_products::PolynomialMatrixElement;
pub(crate) use recursion::colour_fault;
pub use squared_orders::SquaredOrder;
pub(crate) use squared_orders::strong_factor;
