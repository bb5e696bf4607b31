//! Events that are taken out of a library: never one of them twice.
//!
//! Takes follow each other under a lock. One writes its events into a hidden
//! file, records them as pending, gives the file its name, and makes the record
//! final. A take that is killed before its file has a name has given out nothing:
//! whoever takes next finds the record pending and no such file, and takes it
//! back. Knows files and counts; knows no formula.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::inspect::provenance_in;
use super::library::{Library, LibrarySample, Taken};
use super::library_error::LibraryError;
use super::merge::MergeError;
use super::outputs::check_event_output;
use super::writing::Writing;
use crate::error::Error;
use crate::event::{EventReader, EventWriter, RunInfo};
use crate::run::{GENERATION_INFO, provenance_of, restate, with_count};
use crate::storage::{
    SafeFile, StorageError, folder_of, sha256_of_file, short_checksum, target_of,
};

/// What is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish<'a> {
    /// Name of the sample.
    pub sample: &'a str,
    /// Number of events.
    pub n_events: u64,
    /// Position of the first one; the first row that is free if not given.
    pub first: Option<u64>,
}

impl Library {
    /// Writes events of a sample into a file of their own and records it; two
    /// takes never share an event, whatever processes they are of and however
    /// these end. Returns the library, and which events were given out.
    ///
    /// # Errors
    /// [`Error::Library`] if the events are not there or were taken;
    /// [`Error::Storage`] also for a library that is damaged or cannot be
    /// locked; [`Error::Event`]. Nothing is given out then.
    pub fn take(
        folder: &Path,
        wish: Wish<'_>,
        output: &Path,
        how: Writing,
    ) -> Result<(Self, Range<u64>), Error> {
        refuse_inside(folder, output)?;
        check_event_output(output, [], how.replace)?;
        let place = std::path::absolute(output).map_err(|source| StorageError::Create {
            path: output.display().to_string(),
            source,
        })?;
        let Some(place) = place.to_str() else {
            let output = format!("{:?}", output.display().to_string());
            return Err(LibraryError::Unspeakable { output }.into());
        };
        let lock = Self::lock(folder)?;
        let mut library = Self::open(folder)?;
        library.settle(folder)?;
        let sample = library.sample(folder, wish.sample)?.clone();
        let events = library.choose(&sample, wish)?;
        check_whole(folder, &sample)?;
        let file = copy_part(&folder.join(&sample.file), events.clone(), output, how)?;
        let record = Taken {
            sample: sample.name,
            events: events.clone(),
            output: place.to_owned(),
            pending: true,
        };
        library.taken.push(record);
        library.save(folder)?;
        let named = file.finish();
        if named.is_err() {
            library.taken.pop();
        } else if let Some(record) = library.taken.last_mut() {
            record.pending = false;
        }
        if let Err(e) = library.save(folder) {
            // As the record stands now, the events are given out again.
            std::fs::remove_file(target_of(output)?).ok();
            return Err(e);
        }
        named?;
        drop(lock);
        Ok((library, events))
    }

    /// Rows of events of a sample that nobody took.
    pub fn free(&self, sample: &LibrarySample) -> Vec<Range<u64>> {
        let mut taken: Vec<&Range<u64>> = self
            .taken
            .iter()
            .filter(|t| t.sample == sample.name)
            .map(|t| &t.events)
            .collect();
        taken.sort_by_key(|t| t.start);
        let mut free = Vec::new();
        let mut next = 0;
        for t in taken {
            let end = t.start.min(sample.n_events);
            if next < end {
                free.push(next..end);
            }
            next = next.max(t.end);
        }
        if next < sample.n_events {
            free.push(next..sample.n_events);
        }
        free
    }

    /// The events of a wish, if they are free.
    fn choose(&self, sample: &LibrarySample, wish: Wish<'_>) -> Result<Range<u64>, LibraryError> {
        let free = self.free(sample);
        let length = |r: &Range<u64>| r.end - r.start;
        let left = free.iter().map(length).sum();
        let Some(first) = wish.first else {
            let row = free.iter().find(|r| length(r) >= wish.n_events);
            let row = row.ok_or_else(|| LibraryError::TooFew {
                sample: sample.name.clone(),
                wanted: wish.n_events,
                left,
                in_a_row: free.iter().map(length).max().unwrap_or(0),
                n_events: sample.n_events,
            })?;
            return Ok(row.start..row.start + wish.n_events);
        };
        let events = first..first.saturating_add(wish.n_events);
        if events.end > sample.n_events {
            return Err(LibraryError::Beyond {
                sample: sample.name.clone(),
                events,
                left,
                n_events: sample.n_events,
            });
        }
        let overlaps = |t: &&Taken| {
            t.sample == sample.name
                && t.events.start.max(events.start) < t.events.end.min(events.end)
        };
        match self.taken.iter().find(overlaps) {
            Some(old) => Err(LibraryError::Taken {
                sample: sample.name.clone(),
                events,
                taken: old.events.clone(),
                output: old.output.clone(),
            }),
            None => Ok(events),
        }
    }

    /// Decides about the takes that were killed. Only they are pending while the
    /// lock is held. Their files may lie where this machine sees nothing: such
    /// events count as given out.
    fn settle(&mut self, folder: &Path) -> Result<(), Error> {
        let pending: Vec<Taken> = self.taken.iter().filter(|t| t.pending).cloned().collect();
        for record in pending {
            let path = PathBuf::from(&record.output);
            let sample = self.sample(folder, &record.sample)?;
            let whole = provenance_in(&folder.join(&sample.file))?;
            let wanted = whole.map(|p| p.part(&record.events));
            let given = provenance_in(&path).is_ok_and(|found| found == wanted);
            let seen = path.parent().is_some_and(Path::is_dir);
            if given {
                for t in self.taken.iter_mut().filter(|t| **t == record) {
                    t.pending = false;
                }
            } else if seen {
                self.taken.retain(|t| *t != record);
            }
        }
        Ok(())
    }
}

/// A file of the library must not be replaced, nor one be added.
fn refuse_inside(folder: &Path, output: &Path) -> Result<(), Error> {
    let target = target_of(output)?;
    let beside = folder_of(&target).canonicalize();
    // Where one of them is not there, this is said elsewhere.
    if let (Ok(home), Ok(place)) = (folder.canonicalize(), beside)
        && place.starts_with(home)
    {
        return Err(LibraryError::Inside {
            output: output.display().to_string(),
            folder: folder.display().to_string(),
        }
        .into());
    }
    Ok(())
}

/// Damaged events are not given out.
fn check_whole(folder: &Path, sample: &LibrarySample) -> Result<(), StorageError> {
    let path = folder.join(&sample.file);
    let found = sha256_of_file(&path)?;
    if found == sample.file_sha256 {
        return Ok(());
    }
    Err(StorageError::Unusable {
        path: path.display().to_string(),
        found: format!("SHA-256 {}", short_checksum(&found)),
        expected: format!(
            "{} as the manifest says; 'omnis library build' makes it again",
            short_checksum(&sample.file_sha256)
        ),
    })
}

/// Copies events into a file that is on disk and waits for its name.
fn copy_part(
    input: &Path,
    events: Range<u64>,
    output: &Path,
    how: Writing,
) -> Result<SafeFile, Error> {
    let mut reader = EventReader::open(input)?;
    let run = part_of(reader.run(), events.clone());
    how.check_there(output, &run)?;
    let mut writer = EventWriter::create(output, &run)?;
    let mut at = 0;
    while at < events.end {
        let Some(event) = reader.next_event()? else {
            return Err(MergeError::Count {
                path: input.display().to_string(),
                found: at,
                expected: events.end,
            }
            .into());
        };
        if at >= events.start {
            writer.write(&event)?;
        }
        at += 1;
    }
    let file = writer.complete()?;
    file.sync()?;
    Ok(file)
}

/// The run information of a part of the events.
fn part_of(run: &RunInfo, events: Range<u64>) -> RunInfo {
    let mut run = run.clone();
    let part = provenance_of(&run).map(|p| p.part(&events));
    for block in &mut run.header {
        if block.name == GENERATION_INFO {
            block.text = with_count(&block.text, events.end - events.start);
        }
    }
    if let Some(part) = &part {
        restate(&mut run.header, part);
    }
    run
}
