//! Why events of a library were not given out.

use std::ops::Range;

/// Why events of a library were not given out.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// Fewer events are left than were asked for.
    #[error(
        "cannot take {wanted} events of '{sample}': {left} of its {n_events} events are left, {in_a_row} of them in a row"
    )]
    TooFew {
        /// The sample.
        sample: String,
        /// Events that were asked for.
        wanted: u64,
        /// Events that nobody took.
        left: u64,
        /// The longest row of them.
        in_a_row: u64,
        /// Events of the sample.
        n_events: u64,
    },
    /// The events that were asked for end beyond the sample.
    #[error(
        "cannot take events {}..{} of '{sample}': it has {n_events}, of which {left} are left",
        events.start, events.end
    )]
    Beyond {
        /// The sample.
        sample: String,
        /// Events that were asked for.
        events: Range<u64>,
        /// Events that nobody took.
        left: u64,
        /// Events of the sample.
        n_events: u64,
    },
    /// Some of the events were taken before.
    #[error(
        "cannot take events {}..{} of '{sample}': {}..{} were taken before, for '{output}'; without --skip the first free ones are taken",
        events.start, events.end, taken.start, taken.end
    )]
    Taken {
        /// The sample.
        sample: String,
        /// Events that were asked for.
        events: Range<u64>,
        /// Events that were taken.
        taken: Range<u64>,
        /// The file they were written to.
        output: String,
    },
    /// The output lies within the library.
    #[error(
        "cannot write '{output}': it lies in the library '{folder}', whose files it could replace; choose another folder"
    )]
    Inside {
        /// The output.
        output: String,
        /// Folder of the library.
        folder: String,
    },
    /// The name of the output cannot stand in the manifest.
    #[error("cannot write {output}: its path is not UTF-8, and cannot be recorded")]
    Unspeakable {
        /// The output, escaped.
        output: String,
    },
}
