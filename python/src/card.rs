//! Cards: a path, or the text of one.

use std::path::PathBuf;

use omnis::card::Card;
use pyo3::prelude::*;

use crate::error::raised;

/// A card as callers give it.
#[derive(FromPyObject)]
pub enum CardSource {
    /// The text of a card where it holds `=` or a line break, else the path of one.
    Text(String),
    /// The path of one.
    Path(PathBuf),
}

impl CardSource {
    /// Reads the card.
    ///
    /// # Errors
    /// `OmnisError` names line and key.
    pub fn read(self) -> PyResult<Card> {
        match self {
            Self::Text(text) if text.contains(['=', '\n']) => Card::from_str(&text, "the card"),
            Self::Text(path) => Card::from_path(path.as_ref()),
            Self::Path(path) => Card::from_path(&path),
        }
        .map_err(raised)
    }
}
