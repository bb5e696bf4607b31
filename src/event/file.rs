//! Event files of any format, told apart by their first bytes when read and by
//! their names when written.
//!
//! Knows formats; must not know how an event was made.

use std::io::Read;
use std::path::Path;

use super::EventError;
#[cfg(feature = "hdf5")]
use super::hdf5::{Hdf5Reader, Hdf5Writer};
use super::lhe::LheWriter;
use super::lhe_read::LheReader;
use super::record::{Event, RunInfo};
use crate::registry::{SafeFile, open_input};

/// First bytes of an HDF5 file.
const HDF5_MAGIC: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// Formats of event files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventFormat {
    /// Les Houches Event File, plain or compressed.
    Lhe,
    /// HDF5 in the layout LHEH5.
    Hdf5,
}

impl EventFormat {
    /// The format that a name asks for: HDF5 if it ends in `.h5` or `.hdf5`.
    pub fn of_name(path: &Path) -> Self {
        let is = |e: &str| path.extension().is_some_and(|x| x.eq_ignore_ascii_case(e));
        if is("h5") || is("hdf5") {
            Self::Hdf5
        } else {
            Self::Lhe
        }
    }

    /// The format of a file, from its first bytes; not HDF5 is `Lhe`.
    ///
    /// # Errors
    /// [`EventError::Open`].
    pub fn of_file(path: &Path) -> Result<Self, EventError> {
        let mut head = Vec::new();
        let read = open_input(path).and_then(|f| f.take(8).read_to_end(&mut head));
        read.map_err(|source| EventError::Open {
            path: path.display().to_string(),
            source,
        })?;
        Ok(if head == HDF5_MAGIC {
            Self::Hdf5
        } else {
            Self::Lhe
        })
    }

    /// Refuses a format that this build does not know.
    ///
    /// # Errors
    /// [`EventError::NoHdf5`].
    pub fn check(self, path: &Path) -> Result<(), EventError> {
        if self == Self::Hdf5 && !cfg!(feature = "hdf5") {
            return Err(EventError::NoHdf5 {
                path: path.display().to_string(),
            });
        }
        Ok(())
    }
}

/// Reads events one by one.
pub enum EventReader {
    /// Les Houches Event File.
    Lhe(Box<LheReader>),
    /// HDF5.
    #[cfg(feature = "hdf5")]
    Hdf5(Box<Hdf5Reader>),
}

impl EventReader {
    /// Opens a file and reads its run information.
    ///
    /// # Errors
    /// [`EventError::Open`], [`EventError::Parse`], [`EventError::NoHdf5`].
    pub fn open(path: &Path) -> Result<Self, EventError> {
        let format = EventFormat::of_file(path)?;
        format.check(path)?;
        match format {
            EventFormat::Lhe => Ok(Self::Lhe(Box::new(LheReader::open(path)?))),
            #[cfg(feature = "hdf5")]
            EventFormat::Hdf5 => Ok(Self::Hdf5(Box::new(Hdf5Reader::open(path)?))),
            #[cfg(not(feature = "hdf5"))]
            EventFormat::Hdf5 => unreachable!("refused above"),
        }
    }

    /// What holds for all events.
    pub fn run(&self) -> &RunInfo {
        match self {
            Self::Lhe(reader) => reader.run(),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(reader) => reader.run(),
        }
    }

    /// The next event; `None` at the end of a complete file.
    ///
    /// # Errors
    /// [`EventError::Parse`], also for a file that ends early.
    pub fn next_event(&mut self) -> Result<Option<Event>, EventError> {
        match self {
            Self::Lhe(reader) => reader.next_event(),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(reader) => reader.next_event(),
        }
    }
}

/// Writes an event file under its final name in one stroke.
pub enum EventWriter {
    /// Les Houches Event File.
    Lhe(Box<LheWriter>),
    /// HDF5.
    #[cfg(feature = "hdf5")]
    Hdf5(Box<Hdf5Writer>),
}

impl EventWriter {
    /// Begins a file in the format that its name asks for.
    ///
    /// # Errors
    /// As [`LheWriter::create`], and [`EventError::NoHdf5`].
    pub fn create(path: &Path, run: &RunInfo) -> Result<Self, EventError> {
        let format = EventFormat::of_name(path);
        format.check(path)?;
        match format {
            EventFormat::Lhe => Ok(Self::Lhe(Box::new(LheWriter::create(path, run)?))),
            #[cfg(feature = "hdf5")]
            EventFormat::Hdf5 => Ok(Self::Hdf5(Box::new(Hdf5Writer::create(path, run)?))),
            #[cfg(not(feature = "hdf5"))]
            EventFormat::Hdf5 => unreachable!("refused above"),
        }
    }

    /// Adds an event.
    ///
    /// # Errors
    /// [`EventError::BadEvent`], [`EventError::Write`].
    pub fn write(&mut self, event: &Event) -> Result<(), EventError> {
        match self {
            Self::Lhe(writer) => writer.write(event),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(writer) => writer.write(event),
        }
    }

    /// Completes the file and gives it its name. Returns the number of events.
    ///
    /// # Errors
    /// As [`LheWriter::finish`]; no file appears then.
    pub fn finish(self) -> Result<u64, EventError> {
        match self {
            Self::Lhe(writer) => writer.finish(),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(writer) => writer.finish(),
        }
    }

    /// Completes the file, which gets its name when the caller finishes it.
    ///
    /// # Errors
    /// As [`LheWriter::finish`]; no file appears then.
    pub fn complete(self) -> Result<SafeFile, EventError> {
        match self {
            Self::Lhe(writer) => writer.complete(),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(writer) => writer.complete(),
        }
    }
}
