//! Why an event file could not be written or read.

use crate::registry::RegistryError;

/// Why events could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The file itself, whatever it holds: it cannot be created, or not
    /// completed.
    #[error(transparent)]
    File(#[from] RegistryError),
    /// Writing failed, for instance on a full disk.
    #[error("cannot write '{path}' (after {n_events} events): {source}")]
    Write {
        /// The output file.
        path: String,
        /// Events written before.
        n_events: u64,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// An event that no reader would understand.
    #[error("event {event} of '{path}' is refused: {what}")]
    BadEvent {
        /// The output file.
        path: String,
        /// Number of the event, from 1.
        event: u64,
        /// What is wrong.
        what: String,
    },
    /// Run information that cannot be written.
    #[error("run information for '{path}' is refused: {what}")]
    BadRunInfo {
        /// The output file.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// A file could not be opened.
    #[error("cannot read '{path}': {source}")]
    Open {
        /// The input file.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// HDF5 in a build without it.
    #[error(
        "'{path}': found an HDF5 file, expected text: this omnis was built without HDF5; build it with --features hdf5"
    )]
    NoHdf5 {
        /// The file.
        path: String,
    },
    /// A file is not understood.
    #[error("cannot read '{path}', {place}: {what}")]
    Parse {
        /// The input file.
        path: String,
        /// Part of the file: header, or event and its number.
        place: String,
        /// What is wrong.
        what: String,
    },
}

impl EventError {
    /// Whether the file named is an input that the user can replace.
    pub fn is_input(&self) -> bool {
        match self {
            Self::File(e) => e.is_input(),
            Self::Open { .. } | Self::Parse { .. } | Self::NoHdf5 { .. } => true,
            _ => false,
        }
    }
}
