//! Feynman diagrams as textbooks draw them: incoming legs on the left, outgoing ones on the
//! right, no line across another.
//!
//! Knows diagrams and particles; knows no momentum and no file.

mod enumerate;
mod layout;
mod lines;
mod sheet;

pub use enumerate::{Drawing, drawings};
pub use sheet::{Sheet, SheetEntry};
