//! The library as C programs load it.

mod calls;
mod common;
mod values;
