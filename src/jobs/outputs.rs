//! What an output may replace: nothing that is read, and no file of another kind.
//!
//! Knows kinds of files; writes none.

use std::path::Path;

use super::inspect::FileKind;
use crate::error::Error;
use crate::event::EventFormat;
use crate::storage::{StorageError, refuse_overwriting};

/// Names of event files: what bears one is replaced also if it is damaged.
const EVENT_NAMES: [&str; 6] = [".lhe", ".lhe.gz", ".lhef", ".lhef.gz", ".h5", ".hdf5"];

/// Refuses an event file in the place of an input or of anything but events, and
/// under a name that stands for no format of this build. Inputs come with what
/// they are, e.g. `the card`.
///
/// # Errors
/// [`Error::Storage`], [`Error::Event`] for the name.
pub fn check_event_output<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = (&'a Path, &'a str)>,
) -> Result<(), Error> {
    let name = output.to_string_lossy().to_ascii_lowercase();
    let named = EVENT_NAMES.iter().any(|end| name.ends_with(end));
    check(output, inputs, "an event file", |kind| match kind {
        FileKind::Lhe | FileKind::Hdf5 => true,
        FileKind::Card => named,
        FileKind::Gridpack => false,
    })?;
    EventFormat::of_name(output)?;
    Ok(())
}

/// The same for a pack.
///
/// # Errors
/// [`Error::Storage`].
pub fn check_pack_output<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = (&'a Path, &'a str)>,
) -> Result<(), Error> {
    check(output, inputs, "a gridpack", |kind| {
        kind == FileKind::Gridpack
    })
}

/// The same for a table or a report, which are text as cards are.
///
/// # Errors
/// [`Error::Storage`].
pub fn check_text_output<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = (&'a Path, &'a str)>,
) -> Result<(), Error> {
    check(output, inputs, "text", |kind| kind == FileKind::Card)
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

fn check<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = (&'a Path, &'a str)>,
    expected: &'static str,
    fits: impl Fn(FileKind) -> bool,
) -> Result<(), Error> {
    refuse_overwriting(output, inputs)?;
    let there = std::fs::metadata(output).is_ok_and(|m| m.is_file() && m.len() > 0);
    if !there {
        return Ok(());
    }
    let kind = FileKind::of(output)?;
    if fits(kind) {
        return Ok(());
    }
    let found = match kind {
        // Whatever is nothing else is taken for a card.
        FileKind::Card => "a file that is none",
        other => other.name(),
    };
    Err(StorageError::OtherKind {
        path: output.display().to_string(),
        found: found.to_owned(),
        expected,
    }
    .into())
}
