//! Writing Les Houches Event Files, version 3.0, plain or gzip.
//!
//! A file appears under its name only when it is complete. Events are written
//! in pieces of [`PIECE`] events, each a gzip member of its own.
//!
//! Knows records and files; must not know how an event was made.
//! Sources: hep-ph/0609017, 1405.1067.

use std::io::Write;
use std::path::Path;

use super::EventError;
use super::lhe_text::LheText;
use super::record::{Event, RunInfo};
use crate::storage::SafeFile;

/// Events that are compressed together.
const PIECE: usize = 1024;

/// Writes a run and its events, as Les Houches Event File, to any sink.
#[derive(Debug)]
pub struct LheEncoder<W: Write> {
    sink: W,
    text: LheText,
    label: String,
    waiting: Vec<Event>,
    n_events: u64,
}

impl<W: Write> LheEncoder<W> {
    /// Begins a file with the run information; `label` names it in errors.
    ///
    /// # Errors
    /// [`EventError::BadRunInfo`], [`EventError::Write`].
    pub fn new(sink: W, gzip: bool, run: &RunInfo, label: &str) -> Result<Self, EventError> {
        let text = LheText::new(run, gzip, label)?;
        let head = text.head()?;
        let mut encoder = Self {
            sink,
            text,
            label: label.to_owned(),
            waiting: Vec::new(),
            n_events: 0,
        };
        encoder.put(&head)?;
        Ok(encoder)
    }

    /// Adds an event.
    ///
    /// # Errors
    /// [`EventError::BadEvent`] for a number that is not finite, or another
    /// number of weights than declared, which leaves no trace;
    /// [`EventError::Write`].
    pub fn write(&mut self, event: &Event) -> Result<(), EventError> {
        self.text.check(event, self.n_events)?;
        self.waiting.push(event.clone());
        self.n_events += 1;
        if self.waiting.len() >= PIECE {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), EventError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let first = self.n_events - self.waiting.len() as u64;
        let piece = self.text.events(&self.waiting, first);
        self.waiting.clear();
        self.put(&piece?)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), EventError> {
        let written = self.sink.write_all(bytes);
        written.map_err(|source| EventError::Write {
            path: self.label.clone(),
            n_events: self.n_events,
            source,
        })
    }

    /// Number of events written.
    pub fn n_events(&self) -> u64 {
        self.n_events
    }

    /// Ends the file and returns the sink.
    ///
    /// # Errors
    /// As [`LheEncoder::write`], also for what was not written before.
    pub fn finish(mut self) -> Result<W, EventError> {
        self.flush()?;
        let tail = self.text.tail()?;
        self.put(&tail)?;
        let flushed = self.sink.flush();
        flushed.map_err(|source| EventError::Write {
            path: self.label.clone(),
            n_events: self.n_events,
            source,
        })?;
        Ok(self.sink)
    }
}

/// Writes an event file under its final name in one stroke.
///
/// The name ends in `.gz` for a compressed file. Without
/// [`LheWriter::finish`] no file appears.
#[derive(Debug)]
pub struct LheWriter {
    encoder: LheEncoder<SafeFile>,
}

/// Whether a name asks for compression: it ends in `.gz`.
pub(crate) fn is_compressed_name(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gz"))
}

impl LheWriter {
    /// Begins a file. An existing regular file of that name is replaced by
    /// [`LheWriter::finish`], not before.
    ///
    /// # Errors
    /// [`EventError::File`] if the directory is missing or not writable, or
    /// the name is that of a directory; [`EventError::BadRunInfo`],
    /// [`EventError::Write`].
    pub fn create(path: impl AsRef<Path>, run: &RunInfo) -> Result<Self, EventError> {
        let path = path.as_ref();
        let label = path.display().to_string();
        let file = SafeFile::create(path)?;
        Ok(Self {
            encoder: LheEncoder::new(file, is_compressed_name(path), run, &label)?,
        })
    }

    /// Adds an event.
    ///
    /// # Errors
    /// As [`LheEncoder::write`].
    pub fn write(&mut self, event: &Event) -> Result<(), EventError> {
        self.encoder.write(event)
    }

    /// Number of events written.
    pub fn n_events(&self) -> u64 {
        self.encoder.n_events()
    }

    /// Completes the file, waits until it is on disk and gives it its name.
    /// Returns the number of events.
    ///
    /// # Errors
    /// [`EventError::Write`], [`EventError::File`]; no file appears then.
    pub fn finish(self) -> Result<u64, EventError> {
        let n_events = self.encoder.n_events();
        self.complete()?.finish()?;
        Ok(n_events)
    }

    /// Completes the file, which gets its name when the caller finishes it.
    ///
    /// # Errors
    /// As [`LheWriter::finish`].
    pub fn complete(self) -> Result<SafeFile, EventError> {
        self.encoder.finish()
    }
}
