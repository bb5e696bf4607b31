//! Python interface of omnis: cards and events, matrix elements, parton densities,
//! phase-space maps, and its samplers for any function.
//!
//! Knows Python and numpy; every number comes from the library. Whatever takes long runs
//! without the global interpreter lock; runs and integrals listen to Ctrl-C, and may report
//! their progress.

mod arrays;
mod card;
mod error;
mod events;
mod integrator;
mod matrix_element;
mod pdf;
mod progress;
mod run;
mod sampler;

use pyo3::prelude::*;

/// The compiled part of the package `omnis`.
#[pymodule]
fn _omnis(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add("OmnisError", m.py().get_type::<error::OmnisError>())?;
    m.add_class::<run::Run>()?;
    m.add_class::<run::Estimate>()?;
    m.add_class::<events::Events>()?;
    m.add_class::<matrix_element::MatrixElement>()?;
    m.add_class::<pdf::Pdf>()?;
    m.add_class::<sampler::Sampler>()?;
    m.add_class::<integrator::Integral>()?;
    m.add_function(wrap_pyfunction!(events::read_events, m)?)?;
    m.add_function(wrap_pyfunction!(pdf::pdf_sets, m)?)?;
    m.add_function(wrap_pyfunction!(sampler::fit_flow, m)?)?;
    m.add_function(wrap_pyfunction!(integrator::integrate, m)?)?;
    Ok(())
}
