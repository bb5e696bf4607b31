//! The new card as text: keys with comments, in sections.
//!
//! Knows TOML; knows no physics.

use std::fmt::Write as _;

use super::report::{CardSection, NotTaken};

/// Sections in the order of a card.
const ORDER: [(CardSection, &str); 8] = [
    (CardSection::Process, "process"),
    (CardSection::Model, "model"),
    (CardSection::Beams, "beams"),
    (CardSection::Scales, "scales"),
    (CardSection::Cuts, "cuts"),
    (CardSection::Merging, "merging"),
    (CardSection::Run, "run"),
    (CardSection::Weights, "weights"),
];

/// Keys of each section.
#[derive(Clone, Debug, Default)]
pub(super) struct Sections {
    keys: Vec<(CardSection, String)>,
}

impl Sections {
    /// Adds a line, with a comment unless that is empty.
    pub fn key(&mut self, section: CardSection, text: &str, comment: &str) {
        let text = match comment {
            "" => text.to_owned(),
            comment => format!("{text}  # {}", plain(comment)),
        };
        self.keys.push((section, text));
    }

    /// A list with an element on each line; empty comments are left out, and elements that
    /// are empty leave a comment alone.
    pub fn list(&mut self, section: CardSection, name: &str, elements: &[(String, String)]) {
        let mut text = format!("{name} = [\n");
        for (element, comment) in elements {
            let comment = plain(comment);
            let _ = match (element.as_str(), comment.as_str()) {
                ("", comment) => writeln!(text, "    # {comment}"),
                (element, "") => writeln!(text, "    {},", quoted(element)),
                (element, comment) => writeln!(text, "    {},  # {comment}", quoted(element)),
            };
        }
        text.push(']');
        self.keys.push((section, text));
    }

    /// What a key of one line was given.
    pub fn value(&self, section: CardSection, name: &str) -> Option<String> {
        let mut keys = self.keys.iter().filter(|(s, _)| *s == section);
        keys.find_map(|(_, text)| {
            let (key, value) = text.split_once(" = ")?;
            let value = value.split("  # ").next()?;
            (key == name).then(|| value.to_owned())
        })
    }

    /// The whole card.
    pub fn text(&self, origin: &str, not_taken: &[NotTaken]) -> String {
        let mut text = format!("# From {}.\n", plain(origin));
        let changed = not_taken.iter().filter(|n| n.changes_physics).count();
        if changed > 0 {
            let _ = writeln!(
                text,
                "# Not all of it could be taken over: see the lines that begin with 'not taken'."
            );
        }
        for (section, name) in ORDER {
            let keys: Vec<&String> = (self.keys.iter())
                .filter(|(s, _)| *s == section)
                .map(|(_, key)| key)
                .collect();
            let missing: Vec<&NotTaken> =
                not_taken.iter().filter(|n| n.section == section).collect();
            if keys.is_empty() && missing.is_empty() {
                continue;
            }
            let _ = writeln!(text, "\n[{name}]");
            for key in keys {
                let _ = writeln!(text, "{key}");
            }
            for entry in missing {
                let word = match entry.changes_physics {
                    true => "not taken",
                    false => "not taken, the physics is the same",
                };
                let _ = writeln!(text, "# {word}: {}", plain(&entry.sentence()));
            }
        }
        text
    }
}

/// A string of TOML.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A text for a comment: on one line, without control characters.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
