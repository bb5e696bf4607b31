//! Evaluation of a compiled graph: one source of kernels, several lane widths.
//!
//! Knows instructions and lanes; knows no model and no process.

mod close;
mod complex;
mod higher_spin;
mod ops;
mod products;
mod run;
mod tables;
mod tensor;
mod waves;

#[cfg(test)]
pub(crate) use higher_spin::higher_wave;
pub(crate) use run::{OrderProducts, ProductsOf, Request, Workspace, run, run_single};
#[cfg(test)]
pub(crate) use waves::direction;
