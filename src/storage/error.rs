//! Why a file of a run could not be used.

use std::io;
use std::path::Path;

use super::safe_file::folder_of;

/// Why a file of a run could not be read, written or trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// A file could not be read.
    #[error("cannot read '{path}': {source}")]
    Read {
        /// The file.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The directory of an output file is missing or not writable.
    #[error("cannot create '{path}': {source}{}", folder_lacking(path, source))]
    Create {
        /// The output file.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The output path names something that is no regular file.
    #[error("cannot create '{path}': found {found}, expected a regular file or none")]
    NotAFile {
        /// The output file.
        path: String,
        /// What it is.
        found: &'static str,
    },
    /// Something stands where unfinished output is kept.
    #[error(
        "cannot create '{path}': it is kept in '{place}' until it is complete; found {found} there, expected {expected} or none; move it away"
    )]
    PlaceTaken {
        /// The output file.
        path: String,
        /// Where it is kept until it is complete.
        place: String,
        /// What is there.
        found: &'static str,
        /// What omnis would have put there.
        expected: &'static str,
    },
    /// The output is one of the inputs.
    #[error("cannot write '{path}': it is {input}, which is read; choose another output")]
    OutputIsInput {
        /// The output file.
        path: String,
        /// The input, in words.
        input: String,
    },
    /// The output would replace a file of another kind.
    #[error(
        "cannot write '{path}': found {found}, expected {expected} or no file; choose another output, or replace it with --force"
    )]
    OtherKind {
        /// The output file.
        path: String,
        /// What it is.
        found: String,
        /// What may be replaced.
        expected: &'static str,
    },
    /// The output would replace what another card made.
    #[error(
        "cannot write '{path}': it holds {holds}, made with another card; choose another output, or replace it with --force"
    )]
    OtherCard {
        /// The output.
        path: String,
        /// What it holds.
        holds: String,
    },
    /// The output would replace more events by fewer.
    #[error(
        "cannot write '{path}': it holds {holds}, and would be replaced by {new}, which are fewer; choose another output, or replace it with --force"
    )]
    MoreEvents {
        /// The output.
        path: String,
        /// What it holds.
        holds: String,
        /// What is to be written.
        new: String,
    },
    /// The name of an output ends in nothing that stands for a format.
    #[error("cannot write '{path}': found {found}, expected {expected}; choose another name")]
    Ending {
        /// The output.
        path: String,
        /// What was found.
        found: String,
        /// Endings that are known.
        expected: String,
    },
    /// The name of an output has braces that stand for nothing.
    #[error("cannot write '{path}': found {found} in the name, expected {expected}")]
    Placeholder {
        /// The output.
        path: String,
        /// What was found.
        found: String,
        /// What may stand there.
        expected: String,
    },
    /// A folder that several processes change cannot be locked.
    #[error(
        "cannot lock '{path}': {source}; without a lock two processes could be given the same events"
    )]
    Lock {
        /// The lock.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// Writing failed, for instance on a full disk.
    #[error("cannot write '{path}': {source}")]
    Write {
        /// The output file.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process writes the same file.
    #[error(
        "'{path}' is being written by another process, which holds '{lock}'; wait for it or choose another output"
    )]
    Busy {
        /// The output file.
        path: String,
        /// Its lock.
        lock: String,
    },
    /// A file is not what it should be, or damaged.
    #[error("'{path}' cannot be used: found {found}, expected {expected}")]
    Unusable {
        /// The file.
        path: String,
        /// What was found in it.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A file that could not be downloaded.
    #[error("cannot download {url}: {reason}\n  {instead}")]
    Download {
        /// The file.
        url: String,
        /// What was said.
        reason: String,
        /// What else can be done.
        instead: String,
    },
}

/// What is wrong with the folder of a file that cannot be created, if that is why.
fn folder_lacking(path: &str, source: &io::Error) -> String {
    use io::ErrorKind::{NotADirectory, NotFound};
    let folder = folder_of(Path::new(path));
    let shown = folder.display();
    match source.kind() {
        NotFound if !folder.exists() => format!("; there is no folder '{shown}'"),
        NotADirectory if folder.is_file() => format!("; '{shown}' is a file and no folder"),
        _ => String::new(),
    }
}

impl StorageError {
    /// Whether the place of an output is taken by what may be replaced only on request.
    pub fn is_taken(&self) -> bool {
        matches!(
            self,
            Self::OtherKind { .. } | Self::OtherCard { .. } | Self::MoreEvents { .. }
        )
    }

    /// Whether the file named is an input that the user can replace.
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Write { .. } | Self::Download { .. })
    }
}
