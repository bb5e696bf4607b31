//! Provenance of a run: which program made it.
//!
//! Knows version, commit and features; knows none of the numbers of a run.

mod version;

pub use version::{COMMIT, FEATURES, VERSION, VERSION_LINE};
