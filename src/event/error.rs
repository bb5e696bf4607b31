//! Why an event file could not be written or read.

use crate::storage::StorageError;

/// Why events could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The file itself, whatever it holds: it cannot be created, or not
    /// completed.
    #[error(transparent)]
    File(#[from] StorageError),
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
    /// HDF5 asked for in a build without it.
    #[error(
        "cannot write '{path}': this omnis was built without HDF5; choose a name that ends in .lhe or .lhe.gz, or build it with --features hdf5"
    )]
    NoHdf5Output {
        /// The output file.
        path: String,
    },
    /// A name that stands for no format of events.
    #[error(
        "cannot write '{path}': '.{ending}' is no format of events; choose a name that ends in .lhe or .lhe.gz (text) or in .h5 or .hdf5 (HDF5)"
    )]
    Format {
        /// The output file.
        path: String,
        /// What its name ends in.
        ending: String,
    },
    /// There is nothing in a file.
    #[error("cannot read '{path}': the file is empty")]
    Empty {
        /// The input file.
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
            Self::Open { .. }
            | Self::Parse { .. }
            | Self::NoHdf5 { .. }
            | Self::NoHdf5Output { .. }
            | Self::Format { .. }
            | Self::Empty { .. } => true,
            _ => false,
        }
    }
}
