//! Evaluation of a compiled graph: one source of kernels, several lane widths.
//!
//! Knows instructions and lanes; knows no model and no process.

mod close;
mod complex;
mod ops;
mod run;
mod tables;
mod tensor;
mod waves;

pub(crate) use run::{Request, Workspace, run, run_single};
