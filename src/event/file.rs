//! Event files of any format, told apart by their first bytes when read and by
//! their names when written.
//!
//! Knows formats; must not know how an event was made.

use std::io::Read;
use std::path::Path;

use super::EventError;
use super::check::Rounding;
#[cfg(feature = "hdf5")]
use super::hdf5::{Hdf5Reader, Hdf5Writer};
use super::lhe::LheWriter;
use super::lhe_read::LheReader;
use super::record::{Event, RunInfo};
use crate::storage::{SafeFile, open_input};

/// First bytes of an HDF5 file.
const HDF5_MAGIC: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// Formats of event files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum EventFormat {
    /// Les Houches Event File, plain or compressed.
    Lhe,
    /// HDF5 in the layout LHEH5.
    Hdf5,
}

impl EventFormat {
    /// The format that a name asks for: HDF5 if it ends in `.h5` or `.hdf5`,
    /// text if it ends in `.lhe`, `.lhef` or `.gz`, or in nothing.
    ///
    /// # Errors
    /// [`EventError::Format`] for other endings, [`EventError::NoHdf5Output`]
    /// if this build knows no HDF5.
    pub(crate) fn of_name(path: &Path) -> Result<Self, EventError> {
        let ending_of = |path: &Path| {
            let ending = path.extension().unwrap_or_default();
            ending.to_string_lossy().to_ascii_lowercase()
        };
        let mut ending = ending_of(path);
        if ending == "gz" {
            let inner = ending_of(&path.with_extension(""));
            if !matches!(inner.as_str(), "lhe" | "lhef" | "") {
                ending = inner + ".gz";
            }
        }
        let path = path.display().to_string();
        match ending.as_str() {
            "h5" | "hdf5" if cfg!(feature = "hdf5") => Ok(Self::Hdf5),
            "h5" | "hdf5" => Err(EventError::NoHdf5Output { path }),
            "lhe" | "lhef" | "gz" | "" => Ok(Self::Lhe),
            _ => Err(EventError::Format { path, ending }),
        }
    }

    /// The format of a file, from its first bytes; not HDF5 is `Lhe`.
    ///
    /// # Errors
    /// [`EventError::Open`].
    pub(crate) fn of_file(path: &Path) -> Result<Self, EventError> {
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
        match EventFormat::of_file(path)? {
            EventFormat::Lhe => Ok(Self::Lhe(Box::new(LheReader::open(path)?))),
            #[cfg(feature = "hdf5")]
            EventFormat::Hdf5 => Ok(Self::Hdf5(Box::new(Hdf5Reader::open(path)?))),
            #[cfg(not(feature = "hdf5"))]
            EventFormat::Hdf5 => Err(EventError::NoHdf5 {
                path: path.display().to_string(),
            }),
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

    /// Heads of files that stood behind the first one and were read so far, as
    /// of [`LheReader::further`].
    pub fn further(&self) -> &[RunInfo] {
        match self {
            Self::Lhe(reader) => reader.further(),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(_) => &[],
        }
    }

    /// How far the momenta read so far may be off because they were rounded.
    pub fn rounding(&self) -> Rounding {
        match self {
            Self::Lhe(reader) => reader.rounding(),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(_) => Rounding::default(),
        }
    }

    /// What is unusual about the file so far: several files in one, and what was left out.
    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::Lhe(reader) => reader.notes(),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(_) => Vec::new(),
        }
    }

    /// What was read over so far, as no event holds it.
    pub(crate) fn left_out(&self) -> Vec<String> {
        match self {
            Self::Lhe(reader) => reader.left_out(),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(_) => Vec::new(),
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
    /// As [`LheWriter::create`] and `EventFormat::of_name`.
    pub fn create(path: &Path, run: &RunInfo) -> Result<Self, EventError> {
        match EventFormat::of_name(path)? {
            EventFormat::Lhe => Ok(Self::Lhe(Box::new(LheWriter::create(path, run)?))),
            #[cfg(feature = "hdf5")]
            EventFormat::Hdf5 => Ok(Self::Hdf5(Box::new(Hdf5Writer::create(path, run)?))),
            #[cfg(not(feature = "hdf5"))]
            EventFormat::Hdf5 => Err(EventError::NoHdf5Output {
                path: path.display().to_string(),
            }),
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

    /// What the events written so far had and the format has no place for.
    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::Lhe(_) => Vec::new(),
            #[cfg(feature = "hdf5")]
            Self::Hdf5(writer) => writer.notes(),
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
