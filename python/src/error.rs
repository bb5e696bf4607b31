//! Errors of the library as Python exceptions, with their causes.

use std::error::Error;

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;

create_exception!(
    omnis,
    OmnisError,
    PyException,
    "What omnis cannot do with its input; the message names it and the nearest valid choice."
);

/// What a card or its run cannot do; all singularities, with cuts against them.
pub fn refused(error: omnis::error::Error) -> PyErr {
    match error.singular() {
        None => raised(error),
        Some(found) => {
            let lines = found
                .lines()
                .into_iter()
                .map(|line| format!("\nbecause: {line}"));
            OmnisError::new_err(format!("{found}{}", lines.collect::<String>()))
        }
    }
}

/// An error with the chain of its causes, a line each.
pub fn raised(error: impl Into<Box<dyn Error + Send + Sync>>) -> PyErr {
    let error = error.into();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!("\nbecause: {next}"));
        cause = next.source();
    }
    OmnisError::new_err(text)
}

/// An argument that cannot be used: its name, what was found and what was expected.
pub fn bad(name: &str, found: impl std::fmt::Display, expected: &str) -> PyErr {
    PyValueError::new_err(format!("{name}: found {found}, expected {expected}"))
}
