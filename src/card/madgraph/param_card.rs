//! Values of a parameter card where they cannot be read as a whole: derived values that
//! MadGraph replaces.
//!
//! Knows blocks and codes; knows no model.

use super::source::{SourceLine, number};
use crate::model::AUTO;

/// One line of a block, or a `DECAY` line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ParamEntry {
    /// In upper case.
    pub block: String,
    pub codes: Vec<i32>,
    /// `None` for `auto`, and for what is no number.
    pub value: Option<f64>,
    /// Whether it is a width that is computed.
    pub is_auto: bool,
    pub line: SourceLine,
}

/// All values of a card.
pub(super) fn entries(text: &str, file: &str) -> Vec<ParamEntry> {
    let mut found = Vec::new();
    let mut block = String::new();
    for (k, raw) in text.lines().enumerate() {
        let words: Vec<&str> = raw
            .split('#')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let Some((first, rest)) = words.split_first() else {
            continue;
        };
        if first.eq_ignore_ascii_case("BLOCK") {
            block = rest.first().map(|b| b.to_uppercase()).unwrap_or_default();
            continue;
        }
        let is_decay = first.eq_ignore_ascii_case("DECAY");
        if is_decay {
            block.clear();
        }
        let numbers = if is_decay { rest } else { words.as_slice() };
        let name = if is_decay { "DECAY" } else { block.as_str() };
        let Some((value, codes)) = numbers.split_last() else {
            continue;
        };
        let codes: Option<Vec<i32>> = codes.iter().map(|c| c.parse().ok()).collect();
        let Some(codes) = codes.filter(|c| !c.is_empty() && !name.is_empty()) else {
            continue;
        };
        found.push(ParamEntry {
            block: name.to_owned(),
            codes,
            value: number(value),
            is_auto: is_decay && value.eq_ignore_ascii_case(AUTO),
            line: SourceLine {
                file: file.to_owned(),
                number: k + 1,
                text: words.join(" "),
            },
        });
    }
    found
}
