//! Merging event files of other programs, which do not say which events they
//! have: as far as the files themselves can tell that they belong together.
//!
//! Reads every file twice and holds one event at a time. Knows records; knows
//! no format.

use std::path::{Path, PathBuf};

use super::merge::{MergeError, Merged};
use super::writing::{EventCount, Writing};
use crate::error::Error;
use crate::event::{Event, EventReader, EventWriter, RunInfo, other_sample};
use crate::run::{GENERATION_INFO, generation_info, stated_events};

/// Relative deviation at which a sum of weights counts as the cross section.
const SUM_FITS: f64 = 0.05;

/// One file after it was read once.
struct Other {
    path: PathBuf,
    run: RunInfo,
    n_events: u64,
    sum: f64,
    first: Option<Event>,
}

/// Writes the events of `inputs`, in this order, into `output`.
///
/// Cross sections are averaged with the numbers of events, unless all files
/// state the same.
///
/// # Errors
/// [`Error::Merge`] if the files are no sample together, [`Error::Event`] for
/// files that cannot be read or written; no file appears then.
pub(super) fn merge_others(
    inputs: &[PathBuf],
    output: &Path,
    how: Writing,
) -> Result<Merged, Error> {
    let mut notes = vec![
        "the files do not say which events of which run they have: that they are independent \
         is up to you"
            .to_owned(),
    ];
    let mut files: Vec<Other> = Vec::new();
    let mut count = EventCount::begin(how.told, "read", None);
    for path in inputs {
        let other = Other::read(path, &mut notes, &mut count)?;
        other.fits(&files).map_err(|what| MergeError::Misfit {
            path: path.display().to_string(),
            what,
        })?;
        files.push(other);
    }
    let run = combined(&files);
    how.check_there(output, &run)?;
    let mut writer = EventWriter::create(output, &run)?;
    let total = files.iter().map(|f| f.n_events).sum();
    let mut count = EventCount::begin(how.told, "merge", Some(total));
    for file in &files {
        let mut reader = EventReader::open(&file.path)?;
        while let Some(event) = reader.next_event()? {
            writer.write(&event)?;
            count.add();
        }
    }
    notes.extend(writer.notes());
    let n_events = writer.finish()?;
    let (xsec_pb, xsec_err_pb) = run.xsec_pb();
    Ok(Merged {
        n_events,
        xsec_pb,
        xsec_err_pb,
        provenance: None,
        notes,
    })
}

impl Other {
    fn read(path: &Path, notes: &mut Vec<String>, count: &mut EventCount) -> Result<Self, Error> {
        let mut reader = EventReader::open(path)?;
        let mut other = Self {
            path: path.to_owned(),
            run: reader.run().clone(),
            n_events: 0,
            sum: 0.0,
            first: None,
        };
        while let Some(event) = reader.next_event()? {
            other.n_events += 1;
            count.add();
            other.sum += event.weight;
            other.first.get_or_insert(event);
        }
        let name = path.display();
        let found = other.n_events;
        if reader.further().is_empty()
            && let Some(stated) = stated_events(&other.run).filter(|n| *n != found)
        {
            notes.push(format!(
                "'{name}' has {found} events, while its header says {stated}"
            ));
        }
        let lost = reader.notes();
        notes.extend(
            lost.iter()
                .map(|note| format!("not kept of '{name}': {note}")),
        );
        Ok(other)
    }

    /// Whether the events can stand behind those of the other files.
    fn fits(&self, files: &[Self]) -> Result<(), String> {
        let (xsec, _) = self.run.xsec_pb();
        let is_xsec = |value: f64| (value / xsec - 1.0).abs() < SUM_FITS;
        if self.n_events > 1 && is_xsec(self.sum) && !is_xsec(self.sum / self.n_events as f64) {
            return Err(format!(
                "found weights that add up to the cross section ({:e}), expected weights whose \
                 mean it is, which stay right in a larger file (MadGraph: event_norm = average)",
                self.sum
            ));
        }
        if let Some(one) = files.first()
            && let Some(what) = other_sample(&one.run, &self.run)
        {
            return Err(what);
        }
        let twin = |o: &&Self| o.first.is_some() && o.first == self.first;
        match files.iter().find(twin) {
            Some(twin) => Err(format!(
                "its first event is that of '{}', expected events of another seed",
                twin.path.display()
            )),
            None => Ok(()),
        }
    }
}

/// The run of all files: that of the first, with the cross sections combined.
fn combined(files: &[Other]) -> RunInfo {
    let mut run = files[0].run.clone();
    let total: u64 = files.iter().map(|f| f.n_events).sum();
    if files.iter().any(|f| f.run.processes != run.processes) && total > 0 {
        for (k, process) in run.processes.iter_mut().enumerate() {
            let share = |f: &Other| f.n_events as f64 / total as f64;
            let of = |f: &Other| f.run.processes[k].clone();
            process.xsec_pb = files.iter().map(|f| share(f) * of(f).xsec_pb).sum();
            let errors = files.iter().map(|f| share(f) * of(f).xsec_err_pb);
            process.xsec_err_pb = errors.map(|e| e * e).sum::<f64>().sqrt();
            let largest = files.iter().map(|f| of(f).max_weight);
            process.max_weight = largest.fold(f64::MIN, f64::max);
        }
    }
    let xsec_pb = run.xsec_pb().0;
    for block in &mut run.header {
        if block.name == GENERATION_INFO {
            block.text = generation_info(total, xsec_pb);
        }
    }
    run
}
