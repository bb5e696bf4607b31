//! Histograms for events that are there: of a card, or of a file that has nothing else.
//!
//! Knows sections; knows no expression.

use std::path::Path;

use serde::Deserialize;

use super::card::Card;
use super::error::CardError;
use super::place::CardFiles;
use crate::histogram::HistogramRequests;
use crate::storage::{MAX_TEXT, read_text};

/// A file with histograms alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alone {
    histograms: HistogramRequests,
}

impl Card {
    /// Reads a card for its histograms: it may consist of `[histograms]` alone, and has no
    /// process line then.
    ///
    /// # Errors
    /// Those of [`Self::from_path`].
    pub fn with_histograms(path: &Path) -> Result<Self, CardError> {
        // A stream could not be read twice.
        let text = match path.is_file() {
            true => read_text(path, MAX_TEXT).unwrap_or_default(),
            false => String::new(),
        };
        let sections = text.parse::<toml::Table>().unwrap_or_default();
        if sections.keys().eq(["histograms"]) {
            let alone: Alone = toml::from_str(&text)
                .map_err(|e| CardError::locate(e, &text, &path.display().to_string()))?;
            return Ok(Self {
                histograms: alone.histograms,
                text,
                files: CardFiles::one(&path.display().to_string()),
                ..Self::of_lines(Vec::new())
            });
        }
        Self::from_path(path)
    }
}
