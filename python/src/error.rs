//! Errors of the library as Python exceptions, with their causes.

use std::error::Error;
use std::num::NonZeroUsize;

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
        // Errors that show their cause say the same twice.
        let said = next.to_string();
        if !text.contains(&said) {
            text.push_str(&format!("\nbecause: {said}"));
        }
        cause = next.source();
    }
    OmnisError::new_err(text)
}

/// Whole numbers as callers give them, also those that are refused.
pub type Whole = i128;

/// A whole number from 0.
///
/// # Errors
/// `ValueError` with its name, for a negative or too large one.
pub fn whole(name: &str, value: Whole) -> PyResult<u64> {
    u64::try_from(value).map_err(|_| bad(name, value, "a whole number from 0 to 2^64 - 1"))
}

/// A number of threads.
///
/// # Errors
/// `ValueError` for what is none.
pub fn n_threads(value: Option<Whole>) -> PyResult<Option<NonZeroUsize>> {
    let number = |n: Whole| {
        let found = usize::try_from(n).ok().and_then(NonZeroUsize::new);
        found.ok_or_else(|| bad("threads", n, "a number of threads from 1"))
    };
    value.map(number).transpose()
}

/// An argument that cannot be used: its name, what was found and what was expected.
pub fn bad(name: &str, found: impl std::fmt::Display, expected: &str) -> PyErr {
    PyValueError::new_err(format!("{name}: found {found}, expected {expected}"))
}
