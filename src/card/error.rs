//! Why a card was refused, said with file, line, column and key.

use super::schema::sections;
use crate::suggest::{did_you_mean, nearest};

/// Why a card was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// The file cannot be read.
    #[error("cannot read card '{source_name}': {reason}")]
    Unreadable {
        /// The file.
        source_name: String,
        /// What the system says.
        reason: String,
    },
    /// The file is something else.
    #[error("'{source_name}' is no process card: found {found}; {instead}")]
    OtherKind {
        /// The file.
        source_name: String,
        /// What it is.
        found: &'static str,
        /// What to do with it.
        instead: &'static str,
    },
    /// Not TOML, an unknown key, a wrong type or a value out of range.
    #[error("{source_name}, line {line}, column {column}: {what}")]
    Invalid {
        /// The file.
        source_name: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        what: String,
    },
}

impl CardError {
    /// Adds the position in `text` and the names of keys to what TOML says.
    pub(super) fn locate(mut error: toml::de::Error, text: &str, source_name: &str) -> Self {
        let start = error.span().map_or(0, |s| s.start);
        // A position in the middle of a character would be a mistake of the parser.
        let before = text.get(..start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self::Invalid {
            source_name: source_name.into(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            what: match (error.message().trim(), error.span()) {
                ("duplicate key", Some(span)) => {
                    let name = text.get(span).unwrap_or_default().trim();
                    format!("'{name}' stands twice, expected each section and key once")
                }
                (message, _)
                    if message.starts_with("string values must be quoted")
                        && text.get(start..).is_some_and(is_no_value) =>
                {
                    "no value, expected one behind the sign '='".to_owned()
                }
                _ => describe(&mut error),
            },
        }
    }
}

/// Whether a line ends where a value should begin.
fn is_no_value(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or_default().trim_start();
    line.is_empty() || line.starts_with('#')
}

/// The message of TOML in the words of a card.
fn describe(error: &mut toml::de::Error) -> String {
    // Without its input the error ends in the path of the key.
    error.set_input(None);
    let whole = error.to_string();
    let message = error.message();
    let path = (whole.strip_prefix(message))
        .and_then(|rest| rest.trim().strip_prefix("in `")?.strip_suffix('`'))
        .unwrap_or("");
    let mut names = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field `") {
        let name = names.next().unwrap_or_default();
        let known: Vec<&str> = names.collect();
        let home = sections().find(|(_, keys)| keys.contains(&name));
        let hint = match (nearest(name, known.iter().copied()), home) {
            (Some(_), _) => did_you_mean(name, known),
            (None, Some((section, _))) => format!("; it is a key of [{section}]"),
            (None, None) => format!("; known here: {}", known.join(", ")),
        };
        return match path {
            "" => format!("unknown section or key '{name}'{hint}"),
            _ => format!("unknown key '{name}' in [{path}]{hint}"),
        };
    }
    if message.starts_with("missing field `") {
        let name = names.next().unwrap_or_default();
        return match path {
            "" => format!("section [{name}] is missing"),
            _ => format!("key '{name}' is missing in [{path}]"),
        };
    }
    // Messages of several lines end in what was expected.
    let mut message = plain(&message.trim().replace('\n', ", ").replace('`', "'"));
    if message.starts_with("missing comma between array elements") {
        message.push_str(", or ']' at the end of a list that begins before");
    }
    // The names of types are not the reader's.
    if let Some(at) = message.find("expected struct ") {
        message.truncate(at);
        message.push_str(&section_wanted(path));
    }
    match path {
        "" => message,
        _ => format!("{path}: {message}"),
    }
}

/// A message of types in the words of those who write cards.
fn plain(message: &str) -> String {
    let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.rsplit_once(", expected "))
    else {
        return message.to_owned();
    };
    let found = TYPES.iter().find_map(|(name, words)| {
        let value = found.strip_prefix(name)?;
        Some(format!("{words}{}", value.replace('\'', "")))
    });
    let expected = match expected {
        "a sequence" => "a list, as in [1, 2]",
        "a map" => "keys with values, as in { key = value }",
        other => other,
    };
    match found {
        Some(found) => format!("found {found}, expected {expected}"),
        None => message.to_owned(),
    }
}

/// How serde begins what it found, and how it is said here.
const TYPES: [(&str, &str); 6] = [
    ("string ", "the text "),
    ("integer ", "the number "),
    ("floating point ", "the number "),
    ("boolean ", ""),
    ("sequence", "a list"),
    ("map", "keys with values"),
];

/// What is expected where a section stands: its line, and the keys below it.
fn section_wanted(path: &str) -> String {
    match sections().find(|(section, _)| *section == path) {
        Some((_, keys)) => format!(
            "expected the line [{path}] and below it its keys, which are {}",
            keys.join(", ")
        ),
        None => "expected keys with values, as in { key = value }".into(),
    }
}
