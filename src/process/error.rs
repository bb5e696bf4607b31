//! Why a process line was refused.
//!
//! Knows the text of the line and the position in it; knows no diagram.

use crate::diagram::DiagramError;

/// Why a process line, a label or a set of lines was refused.
///
/// Columns count characters from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// The card lists no process.
    #[error("no process given; write for example 'p p > e+ e- j'")]
    NoLines,
    /// The line does not follow the grammar.
    #[error("process '{}', column {column}: {reason}", excerpt(line))]
    Syntax {
        /// The process line.
        line: String,
        /// Position of the offending token.
        column: usize,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// Syntax that other generators have and omnis has not.
    #[error(
        "process '{}', column {column}: {what} not supported; {instead}",
        excerpt(line)
    )]
    Unsupported {
        /// The process line.
        line: String,
        /// Position of the offending token.
        column: usize,
        /// The feature, with its verb.
        what: String,
        /// What to do instead.
        instead: String,
    },
    /// A token is neither a particle nor a label.
    #[error(
        "process '{}', column {column}: unknown particle '{}'{hint}",
        excerpt(line),
        excerpt(name)
    )]
    UnknownParticle {
        /// The process line.
        line: String,
        /// Position of the token.
        column: usize,
        /// The token.
        name: String,
        /// A suggestion, or nothing.
        hint: String,
    },
    /// A coupling order that the model does not have.
    #[error(
        "process '{}', column {column}: unknown coupling order '{}'{hint} (known: {known})",
        excerpt(line),
        excerpt(name)
    )]
    UnknownOrder {
        /// The process line.
        line: String,
        /// Position of the token.
        column: usize,
        /// The token.
        name: String,
        /// A suggestion, or nothing.
        hint: String,
        /// The orders of the model, comma separated.
        known: String,
    },
    /// A multiparticle label cannot be expanded.
    #[error("label '{}': {reason}", excerpt(label))]
    Label {
        /// The label.
        label: String,
        /// What is wrong.
        reason: String,
    },
    /// A line has no diagram for any of its flavours.
    #[error("process '{}' has no diagram: {reason}", excerpt(line))]
    NoDiagrams {
        /// The process line.
        line: String,
        /// Which rule forbids it.
        reason: String,
    },
    /// A decay of a particle that the process around it does not make.
    #[error(
        "decay '{}': there is no '{mother}' in '{}'; decays of products stand in brackets with \
         what they come from, as in 'p p > t t~, (t > w+ b, w+ > e+ ve)'",
        excerpt(decay),
        excerpt(process)
    )]
    Decay {
        /// The decay.
        decay: String,
        /// What it is a decay of.
        process: String,
        /// What decays.
        mother: String,
    },
    /// The labels of a line stand for more combinations than can be looked at.
    #[error(
        "process '{line}': its labels stand for {n} {what}, at most {limit} can be looked at; \
         name fewer particles, or split the line"
    )]
    TooMany {
        /// The process line.
        line: String,
        /// What is counted.
        what: &'static str,
        /// How many there are, or at most are.
        n: u64,
        /// The limit.
        limit: u64,
    },
    /// The expansion was called off.
    #[error("the expansion of the processes was interrupted")]
    Cancelled,
    /// The diagrams of the model cannot be tabulated.
    #[error(transparent)]
    Diagrams(#[from] DiagramError),
}

/// The beginning of a text that is too long to be quoted whole.
fn excerpt(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} [... {} bytes]", &text[..end], text.len()),
    }
}
