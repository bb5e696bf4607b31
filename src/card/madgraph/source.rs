//! Text of MadGraph's cards: files read within bounds, comments removed, continued lines
//! joined.
//!
//! Knows no command.

use std::path::Path;

use crate::card::error::CardError;
use crate::storage::{MAX_TEXT, read_bytes};

/// A line of a card, without comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SourceLine {
    /// Name of the file, without folder.
    pub file: String,
    /// Where it begins, from 1; 0 for none.
    pub number: usize,
    /// What it says.
    pub text: String,
}

impl SourceLine {
    /// The whole of a file.
    pub(crate) fn of_file(path: &Path) -> Self {
        Self {
            file: short_name(path),
            ..Self::default()
        }
    }

    /// An error about this line.
    pub fn error(&self, what: impl Into<String>) -> CardError {
        CardError::Invalid {
            source_name: self.file.clone(),
            line: self.number,
            column: 1,
            what: what.into(),
        }
    }
}

/// Name of a file without its folder.
pub(super) fn short_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |n| n.to_string_lossy().into(),
    )
}

/// Reads a card; letters that are no UTF-8 are replaced (they stand in comments).
///
/// # Errors
/// [`CardError::Unreadable`], also for what is no text.
pub(super) fn read(path: &Path) -> Result<String, CardError> {
    let unreadable = |reason: String| CardError::Unreadable {
        source_name: path.display().to_string(),
        reason,
    };
    let bytes = read_bytes(path, MAX_TEXT).map_err(|e| unreadable(e.to_string()))?;
    if bytes.contains(&0) {
        let reason = "found a file that is no text, expected a card of MadGraph";
        return Err(unreadable(reason.to_owned()));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Commands of a card: one for each line or part between `;`, without comments; a line
/// that ends in a backslash goes on in the next one.
pub(super) fn commands(text: &str, file: &str) -> Vec<SourceLine> {
    let mut found = Vec::new();
    let mut whole = String::new();
    let mut number = 0;
    for (k, line) in text.lines().enumerate() {
        if whole.is_empty() {
            number = k + 1;
        }
        let line = line.split('#').next().unwrap_or_default();
        match line.trim_end().strip_suffix('\\') {
            Some(begin) => whole.push_str(begin),
            None => {
                whole.push_str(line);
                split_commands(&whole, number, file, &mut found);
                whole.clear();
            }
        }
    }
    split_commands(&whole, number, file, &mut found);
    found
}

fn split_commands(whole: &str, number: usize, file: &str, found: &mut Vec<SourceLine>) {
    for part in whole.split(';') {
        let words: Vec<&str> = part.split_whitespace().collect();
        if !words.is_empty() {
            found.push(SourceLine {
                file: file.to_owned(),
                number,
                text: words.join(" "),
            });
        }
    }
}

/// A number as MadGraph reads it, with Fortran's exponents too.
pub(super) fn number(text: &str) -> Option<f64> {
    let plain = text.trim().to_lowercase().replace('d', "e");
    plain.parse::<f64>().ok().filter(|x| x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continued_lines_are_one_and_comments_are_none() {
        let text = "generate p p > v\\\nm~ # x\n# y\nset a; set b\n";
        let found = commands(text, "f");
        let shown: Vec<_> = found.iter().map(|l| (l.number, l.text.as_str())).collect();
        assert_eq!(
            shown,
            [(1, "generate p p > vm~"), (4, "set a"), (4, "set b")]
        );
        assert_eq!(number("1d5"), Some(1e5));
        assert_eq!(number("inf"), None);
    }
}
