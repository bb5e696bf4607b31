//! The key-value part of LHAPDF6 files: `NAME.info` and the head of a member.
//!
//! Knows the YAML subset these files use (`Key: value`, quoted strings, flow
//! lists, comments); knows no physics. Source: arXiv:1412.7420, section 3.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use super::BeamError;

/// Keys of one file, or of a file and a more general one.
#[derive(Clone, Debug)]
pub(crate) struct Info {
    path: Arc<str>,
    entries: BTreeMap<String, Entry>,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
struct Entry {
    path: Arc<str>,
    line: usize,
    value: String,
}

impl Info {
    /// Reads `Key: value` lines up to the end of `text` or a `---` line.
    ///
    /// # Errors
    /// [`BeamError::Corrupt`] for a line without a key or an unclosed list.
    pub(crate) fn parse(text: &str, path: &str) -> Result<Self, BeamError> {
        let path: Arc<str> = path.into();
        let mut entries = BTreeMap::new();
        let mut lines = text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let content = strip_comment(line).trim();
            if content == "---" {
                break;
            }
            if content.is_empty() || content.starts_with('%') {
                continue;
            }
            let Some((key, value)) = content.split_once(':') else {
                let what = format!("expected 'Key: value', found '{}'", clip(content));
                return Err(corrupt(&path, index + 1, what));
            };
            let mut value = value.trim().to_owned();
            while let Some(end) = unclosed(&value) {
                let Some((_, more)) = lines.next() else {
                    let what = format!("the value of '{key}' is not closed by {end}");
                    return Err(corrupt(&path, index + 1, what));
                };
                value.push(' ');
                value.push_str(strip_comment(more).trim());
            }
            let entry = Entry {
                path: path.clone(),
                line: index + 1,
                value: unquote(&value).to_owned(),
            };
            entries.insert(key.trim().to_owned(), entry);
        }
        Ok(Self { path, entries })
    }

    /// This file's keys, completed by those of a more general file.
    pub(crate) fn or(mut self, general: &Self) -> Self {
        for (key, entry) in &general.entries {
            self.entries
                .entry(key.clone())
                .or_insert_with(|| entry.clone());
        }
        self
    }

    /// Value of a key as text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.entries.get(key).map(|entry| entry.value.as_str())
    }

    /// Value of a key as a number.
    ///
    /// # Errors
    /// [`BeamError::Corrupt`] if it is there and is no such number.
    pub(crate) fn number<T: FromStr>(&self, key: &str) -> Result<Option<T>, BeamError> {
        let Some(text) = self.text(key) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => {
                let what = format!("'{key}' is no valid number: '{}'", clip(text));
                Err(self.bad(key, what))
            }
        }
    }

    /// Value of a key as a list of numbers.
    ///
    /// # Errors
    /// [`BeamError::Corrupt`] if it is there and is no such list.
    pub(crate) fn list(&self, key: &str) -> Result<Option<Vec<f64>>, BeamError> {
        let Some(text) = self.text(key) else {
            return Ok(None);
        };
        let inner = text.trim_start_matches('[').trim_end_matches(']');
        inner
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| {
                item.parse()
                    .map_err(|_| self.bad(key, format!("'{}' in '{key}' is no number", clip(item))))
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// File and line of `key`; the first line of the file if it is not there.
    pub(crate) fn place(&self, key: &str) -> (&str, usize) {
        match self.entries.get(key) {
            Some(entry) => (&entry.path, entry.line),
            None => (&self.path, 1),
        }
    }

    /// An error that points to the line of `key`.
    pub(crate) fn bad(&self, key: &str, what: impl Into<String>) -> BeamError {
        let (path, line) = self.place(key);
        corrupt(path, line, what.into())
    }
}

fn corrupt(path: &str, line: usize, what: String) -> BeamError {
    BeamError::Corrupt {
        path: path.to_owned(),
        line,
        what,
    }
}

/// What would close a list or quoted text that goes on in the next line.
fn unclosed(value: &str) -> Option<&'static str> {
    if value.starts_with('[') {
        return (!value.contains(']')).then_some("']'");
    }
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    (value.matches(quote).count() == 1).then_some("its quote")
}

/// The beginning of a text, short enough for a message.
pub(crate) fn clip(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain("...".chars()).collect()
}

fn strip_comment(line: &str) -> &str {
    if line.trim_start().starts_with('#') {
        return "";
    }
    // A '#' inside quotes or a word belongs to the value.
    let quoted = line.contains('"') || line.contains('\'');
    match line.find(" #") {
        Some(at) if !quoted => &line[..at],
        _ => line,
    }
}

fn unquote(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value
            .strip_prefix(quote)
            .and_then(|v| v.strip_suffix(quote))
        {
            return inner;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_yaml_subset_of_lhapdf_is_read() {
        let text = "# head\nSetDesc: \"a: b # c\"\nNumMembers: 3 # all\nQs: [1.0, 2e0,\n 3]\n\
                    Empty: \n---\nBehind: 1\n";
        let info = Info::parse(text, "x.info").unwrap();
        assert_eq!(info.text("SetDesc"), Some("a: b # c"));
        assert_eq!(info.number::<usize>("NumMembers").unwrap(), Some(3));
        assert_eq!(info.list("Qs").unwrap(), Some(vec![1.0, 2.0, 3.0]));
        assert_eq!(info.text("Behind"), None);
        assert_eq!(info.number::<usize>("Missing").unwrap(), None);
    }

    #[test]
    fn a_bad_value_names_file_and_line() {
        let info = Info::parse("A: 1\nNumMembers: many\n", "set.info").unwrap();
        let error = info.number::<usize>("NumMembers").unwrap_err();
        assert_eq!(
            error.to_string(),
            "set.info:2: 'NumMembers' is no valid number: 'many'"
        );
        let error = Info::parse("A: 1\nB: [1,\n", "set.info").unwrap_err();
        assert_eq!(
            error.to_string(),
            "set.info:2: the value of 'B' is not closed by ']'"
        );
    }

    #[test]
    fn keys_of_a_member_win_over_those_of_its_set() {
        let member = Info::parse("AlphaS_MZ: 0.117\n---\n", "m").unwrap();
        let set = Info::parse("AlphaS_MZ: 0.118\nMZ: 91.2\n", "s").unwrap();
        let both = member.or(&set);
        assert_eq!(both.number("AlphaS_MZ").unwrap(), Some(0.117));
        assert_eq!(both.number("MZ").unwrap(), Some(91.2));
    }
}
