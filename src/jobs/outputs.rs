//! What an output may replace: nothing that is read, no file of another kind, and nothing that
//! omnis did not write; and which names it may have.
//!
//! Knows kinds of files; writes none.

use std::io::Read;
use std::path::Path;

use super::inspect::FileKind;
use super::replacing::{Replace, is_there};
use crate::card::{StrayBraces, stray_braces};
use crate::error::Error;
use crate::event::EventFormat;
use crate::storage::{
    StorageError, check_writable, is_gzip, open_input, refuse_overwriting, unpacked_head,
};

/// Bytes of a text that tell whose it is.
const LOOK: u64 = 1 << 16;

/// A kind of text that omnis writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextKind {
    /// History of trainings.
    History,
    /// Page of a report.
    Page,
    /// Numbers of a report.
    Numbers,
    /// Histograms of a report.
    Yoda,
    /// Drawings of diagrams.
    Diagrams,
    /// Card made of MadGraph's.
    Card,
    /// References.
    References,
}

impl TextKind {
    fn name(self) -> &'static str {
        match self {
            Self::History => "a history of trainings",
            Self::Page => "a report of omnis",
            Self::Numbers => "the numbers of a report of omnis",
            Self::Yoda => "histograms of omnis",
            Self::Diagrams => "drawings of diagrams",
            Self::Card => "a card that 'omnis convert' made",
            Self::References => "references of omnis",
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::History => &["json", "csv"],
            Self::Page => &["html", "htm"],
            Self::Numbers => &["json"],
            Self::Yoda => &["yoda"],
            Self::Diagrams => &["svg", "html"],
            Self::Card => &["toml"],
            Self::References => &["bib"],
        }
    }

    /// Whether omnis wrote a text that begins like this.
    fn is_own(self, text: &str) -> bool {
        match self {
            Self::History => {
                text.starts_with("channel,round,kind,points,")
                    || text.trim() == "[]"
                    || (text.starts_with('[') && text.contains("\"efficiency_of_grid\""))
            }
            Self::Page => text.starts_with("<!DOCTYPE html>") && text.contains("--paper"),
            Self::Numbers => text.starts_with('{') && text.contains("\"omnis\": \""),
            Self::Yoda => text.starts_with("BEGIN YODA_") && text.contains(" /OMNIS/"),
            Self::Diagrams => {
                (text.starts_with("<svg xmlns=") || text.starts_with("<!DOCTYPE html>"))
                    && text.contains("<title>Feynman diagrams of ")
            }
            Self::Card => text.starts_with("# From "),
            Self::References => text.starts_with("% \\cite{omnis"),
        }
    }
}

/// Refuses an event file in the place of an input or of anything but events, and
/// under a name that stands for no format of this build. Inputs come with what
/// they are, e.g. `the card`.
///
/// # Errors
/// [`Error::Storage`], [`Error::Event`] for the name.
pub fn check_event_output<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = (&'a Path, &'a str)>,
    replace: Replace,
) -> Result<(), Error> {
    check(
        output,
        inputs,
        replace,
        "an event file",
        |kind| match kind {
            FileKind::Lhe => is_text_of_events(output),
            FileKind::Hdf5 => true,
            FileKind::Card | FileKind::Gridpack | FileKind::Tarball => false,
        },
    )?;
    EventFormat::of_name(output)?;
    Ok(check_placeholders(output)?)
}

/// Refuses braces that stand for nothing.
fn check_placeholders(output: &Path) -> Result<(), StorageError> {
    match stray_braces(output) {
        None => Ok(()),
        Some(StrayBraces { found, expected }) => Err(StorageError::Placeholder {
            path: output.display().to_string(),
            found,
            expected,
        }),
    }
}

/// The same for a gridpack.
///
/// # Errors
/// [`Error::Storage`].
pub fn check_pack_output<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = (&'a Path, &'a str)>,
    replace: Replace,
) -> Result<(), Error> {
    check(output, inputs, replace, "a gridpack", |kind| {
        kind == FileKind::Gridpack && is_archive(output)
    })?;
    Ok(check_ending(output, &["omnis"])?)
}

/// The same for a text, in whose folder it must be possible to write.
///
/// # Errors
/// [`Error::Storage`].
pub fn check_text_output<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = (&'a Path, &'a str)>,
    kind: TextKind,
    replace: Replace,
) -> Result<(), Error> {
    let is_own = || {
        let mut bytes = Vec::new();
        let read = open_input(output).and_then(|f| f.take(LOOK).read_to_end(&mut bytes));
        read.is_ok() && kind.is_own(&String::from_utf8_lossy(&bytes))
    };
    check(output, inputs, replace, kind.name(), |found| {
        found == FileKind::Card && is_own()
    })?;
    check_ending(output, kind.endings())?;
    // Texts are written after all other work.
    Ok(check_writable(output)?)
}

/// Refuses a name that later commands would not take for a card, and a folder in which nothing
/// can be written.
///
/// # Errors
/// [`Error::Storage`].
pub fn check_card_output(output: &Path) -> Result<(), Error> {
    check_ending(output, TextKind::Card.endings())?;
    Ok(check_writable(output)?)
}

/// The same for a tarball, which is told by its name.
///
/// # Errors
/// [`Error::Storage`].
pub fn check_tarball_output<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = (&'a Path, &'a str)>,
) -> Result<(), Error> {
    Ok(refuse_overwriting(output, inputs)?)
}

/// Refuses a name with an ending that stands for nothing.
fn check_ending(output: &Path, known: &[&str]) -> Result<(), StorageError> {
    let ending = output.extension().unwrap_or_default().to_string_lossy();
    // What is no regular file is refused for that, wherever it is opened.
    let special = std::fs::metadata(output).is_ok_and(|m| !m.is_file());
    if special || known.iter().any(|k| ending.eq_ignore_ascii_case(k)) {
        return Ok(());
    }
    let known: Vec<String> = known.iter().map(|k| format!(".{k}")).collect();
    Err(StorageError::Ending {
        path: output.display().to_string(),
        found: match ending.is_empty() {
            true => "no ending".to_owned(),
            false => format!("the ending '.{ending}'"),
        },
        expected: known.join(" or "),
    })
}

/// Whether a file with the name of a gridpack begins like one; a damaged one may be one.
fn is_archive(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = open_input(path).and_then(|f| f.take(LOOK).read_to_end(&mut head));
    if read.is_err() || !is_gzip(&head) {
        return false;
    }
    let inner = unpacked_head(&head);
    inner.is_empty() || inner.starts_with(b"manifest.json")
}

/// Whether a file that is taken for events begins like one; a damaged compressed file may be
/// one.
fn is_text_of_events(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = open_input(path).and_then(|f| f.take(LOOK).read_to_end(&mut head));
    if read.is_err() {
        return false;
    }
    let inner = match is_gzip(&head) {
        true => unpacked_head(&head),
        false => head,
    };
    let text = String::from_utf8_lossy(&inner);
    text.is_empty() || text.trim_start().starts_with('<')
}

fn check<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = (&'a Path, &'a str)>,
    replace: Replace,
    expected: &'static str,
    fits: impl Fn(FileKind) -> bool,
) -> Result<(), Error> {
    refuse_overwriting(output, inputs)?;
    if replace == Replace::Anything || !is_there(output) {
        return Ok(());
    }
    let kind = FileKind::of(output)?;
    if fits(kind) {
        return Ok(());
    }
    let found = match kind {
        // Whatever is nothing else is taken for a card.
        FileKind::Card => "a file of another kind",
        FileKind::Lhe if expected == "an event file" => "a file of another kind",
        FileKind::Gridpack if expected == "a gridpack" => "a file of another kind",
        other => other.name(),
    };
    Err(StorageError::OtherKind {
        path: output.display().to_string(),
        found: found.to_owned(),
        expected,
    }
    .into())
}
