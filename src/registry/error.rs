//! Why a file of a run could not be used.

use std::io;

/// Why a file of a run could not be read, written or trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A file could not be read.
    #[error("cannot read '{path}': {source}")]
    Read {
        /// The file.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The directory of an output file is missing or not writable.
    #[error("cannot create '{path}': {source}")]
    Create {
        /// The output file.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The output path names something that is no regular file.
    #[error("cannot create '{path}': it exists and is not a regular file")]
    NotAFile {
        /// The output file.
        path: String,
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
}

impl RegistryError {
    /// Whether the file named is an input that the user can replace.
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Write { .. })
    }
}
