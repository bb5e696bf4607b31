//! One event file for each process of a sample, as for each multiplicity of a merged one.
//!
//! Holds one event at a time. Knows records; knows no format.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::merge::MergeError;
use super::outputs::check_event_output;
use super::writing::{EventCount, Writing};
use crate::card::EACH_PROCESS;
use crate::error::Error;
use crate::event::{EventNorm, EventReader, EventWriter, RunInfo};
use crate::run::{GENERATION_INFO, Provenance, SUMMARY, event_norm, generation_info};

/// Whether an output is one file for each process.
pub fn is_split(output: &Path) -> bool {
    name_of(output).contains(EACH_PROCESS)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The file of one process.
pub(super) fn file_of(output: &Path, process: i32) -> PathBuf {
    output.with_file_name(name_of(output).replace(EACH_PROCESS, &process.to_string()))
}

/// The events of one process.
struct Part {
    n: u64,
    sum: f64,
    /// Of their weights.
    factor: f64,
}

impl Default for Part {
    fn default() -> Self {
        Self {
            n: 0,
            sum: 0.0,
            factor: 1.0,
        }
    }
}

/// Writes the events of each process of `input` into a file of its own, which bears the
/// number of the process in the place of `{process}`; returns the files. A process without
/// events has one, too.
///
/// Weights whose mean or sum is the cross section are scaled so that it is that of the
/// process, and the sum over the files that of the sample; where weights have either sign, by the
/// share of events that the process has, as the mean is no good estimate there. Other
/// weights are kept. What tells which events of which sample a file holds does not hold for
/// its parts and is left out.
///
/// # Errors
/// [`Error::Event`] for files that cannot be read or written, [`Error::Storage`] for an
/// output that would replace the input or no events, [`Error::Merge`] for several files
/// behind one another.
pub fn split(input: &Path, output: &Path, how: Writing) -> Result<Vec<PathBuf>, Error> {
    let mut reader = EventReader::open(input)?;
    let run = reader.run().clone();
    let declared = run.processes.iter().map(|p| (p.id, Part::default()));
    let mut parts: BTreeMap<i32, Part> = declared.collect();
    while let Some(event) = reader.next_event()? {
        let part = parts.entry(event.process_id).or_default();
        part.n += 1;
        part.sum += event.weight;
    }
    if !reader.further().is_empty() {
        return Err(MergeError::Misfit {
            path: input.display().to_string(),
            what: "found several files behind one another; make it one with 'omnis convert'"
                .to_owned(),
        }
        .into());
    }
    let total: u64 = parts.values().map(|p| p.n).sum();
    let norm = event_norm(&run);
    let is_mean = run.weight_strategy.abs() == 4 && norm == EventNorm::Average;
    let mut writers = BTreeMap::new();
    let mut files = Vec::new();
    for (&process, part) in &mut parts {
        let path = file_of(output, process);
        check_event_output(&path, [(input, "the input")], how.replace)?;
        let head = head_of(&run, process, part.n, total);
        how.check_there(&path, &head)?;
        if is_mean && part.n > 0 {
            part.factor = match run.weight_strategy > 0 && part.sum > 0.0 {
                true => head.xsec_pb().0 * part.n as f64 / part.sum,
                false => part.n as f64 / total as f64,
            };
        } else if norm == EventNorm::Sum && run.weight_strategy > 0 && part.sum > 0.0 {
            part.factor = head.xsec_pb().0 / part.sum;
        }
        writers.insert(process, EventWriter::create(&path, &head)?);
        files.push(path);
    }
    let mut reader = EventReader::open(input)?;
    let mut count = EventCount::begin(how.told, "split", Some(total));
    while let Some(mut event) = reader.next_event()? {
        let Some(writer) = writers.get_mut(&event.process_id) else {
            return Err(MergeError::Misfit {
                path: input.display().to_string(),
                what: "it changed while it was read".to_owned(),
            }
            .into());
        };
        let factor = parts[&event.process_id].factor;
        event.weight *= factor;
        event.weights.iter_mut().for_each(|w| *w *= factor);
        writer.write(&event)?;
        count.add();
    }
    for writer in writers.into_values() {
        writer.finish()?;
    }
    Ok(files)
}

/// The head of the file of one process, which has `n` of `total` events.
fn head_of(run: &RunInfo, process: i32, n: u64, total: u64) -> RunInfo {
    let mut head = run.clone();
    head.processes.retain(|p| p.id == process);
    let xsec_pb = head.xsec_pb().0;
    for p in &mut head.processes {
        p.max_weight = xsec_pb.abs();
    }
    for block in &mut head.header {
        if block.name == GENERATION_INFO {
            block.text = generation_info(n, xsec_pb);
            block.verbatim.clear();
        }
        if block.name == SUMMARY {
            let line = format!("process = {process}, {n} of {total} events of the sample");
            block.text = format!("{}\n{line}", Provenance::without(&block.text));
        }
    }
    head
}

/// A file beside an output of this kind that holds all processes for a while.
pub(super) fn whole_beside(output: &Path) -> PathBuf {
    let name = name_of(output).replace(EACH_PROCESS, "all");
    output.with_file_name(format!(".whole.{name}"))
}

/// Splits a file that was made for it, and removes it.
///
/// # Errors
/// As [`split`].
pub(super) fn split_away(whole: &Path, output: &Path, how: Writing) -> Result<Vec<PathBuf>, Error> {
    let files = split(whole, output, how);
    // What cannot be removed is of no harm.
    let _ = fs::remove_file(whole);
    files
}
