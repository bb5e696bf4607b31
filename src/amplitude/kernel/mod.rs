//! Evaluation of a compiled graph: one source of kernels, several lane widths.
//!
//! Knows instructions and lanes; knows no model and no process.

mod lanes;
mod ops;
mod run;
mod waves;

pub use lanes::SimdLevel;
pub(crate) use run::{Request, Workspace, run};
