//! What of MadGraph's cards could not be taken over, and why.

use serde::Serialize;

use super::source::SourceLine;

/// Where in the new card something belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CardSection {
    /// `[process]`
    Process,
    /// `[model]`
    Model,
    /// `[beams]`
    Beams,
    /// `[scales]`
    Scales,
    /// `[cuts]`
    Cuts,
    /// `[merging]`
    Merging,
    /// `[run]`
    Run,
    /// `[weights]`
    Weights,
}

/// A piece of a card of MadGraph that the new card lacks, or has with another meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotTaken {
    /// Name of the file.
    pub file: String,
    /// Line in it, from 1; 0 if it is about the whole file or a default.
    pub line: usize,
    /// As written, or the default.
    pub text: String,
    /// A word for its kind, the same in all versions.
    pub what: String,
    /// Why it was not taken over.
    pub reason: String,
    /// Whether cross section, events or their weights differ for it.
    pub changes_physics: bool,
    /// Where it would stand.
    pub section: CardSection,
}

impl NotTaken {
    /// One line for a person.
    pub fn sentence(&self) -> String {
        let place = match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}", self.file),
        };
        match self.text.as_str() {
            "" => format!("{place}: {}", self.reason),
            text => format!("{place}: {text}: {}", self.reason),
        }
    }
}

/// Collects what is not taken over.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub entries: Vec<NotTaken>,
}

impl Report {
    /// Something that changes the physics.
    pub fn physics(&mut self, what: &str, reason: &str, section: CardSection, at: &SourceLine) {
        self.add(what, reason, true, section, at);
    }

    /// Something that does not.
    pub fn note(&mut self, what: &str, reason: &str, section: CardSection, at: &SourceLine) {
        self.add(what, reason, false, section, at);
    }

    fn add(
        &mut self,
        what: &str,
        reason: &str,
        changes_physics: bool,
        section: CardSection,
        at: &SourceLine,
    ) {
        let entry = NotTaken {
            file: at.file.clone(),
            line: at.number,
            text: at.text.clone(),
            what: what.to_owned(),
            reason: reason.to_owned(),
            changes_physics,
            section,
        };
        if !self.entries.contains(&entry) {
            self.entries.push(entry);
        }
    }
}
