//! Merging event files: one file from many, event by event.
//!
//! Weights are kept: they are in pb, with the cross section as their mean.
//! Cross sections are combined with the numbers of events as weights, so that
//! this stays true. Knows records; holds one event at a time.

use std::path::{Path, PathBuf};

use super::merge_others::merge_others;
use super::outputs::check_event_output;
use super::split::{is_split, split_away, whole_beside};
use super::writing::{EventCount, Writing};
use crate::error::Error;
use crate::event::{EventNorm, EventReader, EventWriter, RunInfo, other_sample};
use crate::run::Provenance;
use crate::run::{
    GENERATION_INFO, SUMMARY, event_norm, generation_info, program_of, provenance_of, restate,
    stated_events, with_count,
};

/// Why event files cannot be merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// A file does not fit the ones before it.
    #[error("cannot merge '{path}': {what}")]
    Misfit {
        /// The file.
        path: String,
        /// What was found and what was expected.
        what: String,
    },
    /// A file holds another number of events than its header says.
    #[error("cannot use '{path}': found {found} events, expected {expected} as its header says")]
    Count {
        /// The file.
        path: String,
        /// Events in the file.
        found: u64,
        /// Events that the header states.
        expected: u64,
    },
}

/// What a merge found.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// Events in all.
    pub n_events: u64,
    /// Cross section in pb.
    pub xsec_pb: f64,
    /// One standard deviation in pb.
    pub xsec_err_pb: f64,
    /// Where the events come from; `None` for files of other programs.
    pub provenance: Option<Provenance>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// One file, as its header describes it.
struct Input {
    path: PathBuf,
    run: RunInfo,
    provenance: Provenance,
    n_events: u64,
}

/// Writes the events of `inputs`, sorted by seed and position, into `output`.
/// Files of other programs, which do not say which events they have, follow
/// each other as they were named. An output with `{process}` in its name stands for one
/// file for each process.
///
/// # Errors
/// [`Error::Merge`] if the files are no sample together, [`Error::Event`] for
/// files that cannot be read or written, [`Error::Storage`] for an output that
/// would replace one of them or no events; no file appears then.
pub fn merge(inputs: &[PathBuf], output: &Path) -> Result<Merged, Error> {
    merge_as(inputs, output, Writing::default())
}

/// As [`merge`], in a certain way.
///
/// # Errors
/// As [`merge`].
pub fn merge_as(inputs: &[PathBuf], output: &Path, how: Writing) -> Result<Merged, Error> {
    let read = inputs.iter().map(|i| (i.as_path(), "the input"));
    check_event_output(output, read, how.replace)?;
    if is_split(output) {
        let whole = whole_beside(output);
        let merged = merge_whole(inputs, &whole, how)?;
        split_away(&whole, output, how)?;
        return Ok(merged);
    }
    merge_whole(inputs, output, how)
}

fn merge_whole(inputs: &[PathBuf], output: &Path, how: Writing) -> Result<Merged, Error> {
    let mut files = Vec::new();
    let mut others = Vec::new();
    for path in inputs {
        match Input::open(path)? {
            Some(input) => files.push(input),
            None => others.push(path.clone()),
        }
    }
    if files.is_empty() && !others.is_empty() {
        return merge_others(&others, output, how);
    }
    if let Some(path) = others.first() {
        return Err(MergeError::Misfit {
            path: path.display().to_string(),
            what: format!(
                "found no provenance in its header, expected a block <{SUMMARY}> as in the other files"
            ),
        }
        .into());
    }
    let Some(provenance) = provenance_of_all(&files)? else {
        return Err(MergeError::Misfit {
            path: output.display().to_string(),
            what: "found no file to merge, expected at least one".to_owned(),
        }
        .into());
    };
    files.sort_by_key(|f| {
        let first = &f.provenance.samples[0];
        let place = provenance
            .samples
            .iter()
            .position(|s| s.state == first.state);
        (place, first.seed, first.events.start)
    });
    let mut notes = Vec::new();
    let states = |f: &Input| f.provenance.samples[0].state.clone();
    if files.iter().any(|f| states(f) != states(&files[0])) {
        notes.push(
            "the files come from several adaptations: their cross sections are averaged".to_owned(),
        );
    }
    notes.extend(several_programs(&files));
    let run = combined(&files, &provenance);
    how.check_there(output, &run)?;
    let mut writer = EventWriter::create(output, &run)?;
    let mut count = EventCount::begin(how.told, "merge", Some(provenance.n_events()));
    for file in &files {
        let mut reader = EventReader::open(&file.path)?;
        let mut found = 0;
        // Weights that add up to the cross section do so in the file of all, too.
        let share = match event_norm(&file.run) {
            EventNorm::Sum => file.n_events as f64 / provenance.n_events() as f64,
            EventNorm::Average | EventNorm::Unity => 1.0,
        };
        while let Some(mut event) = reader.next_event()? {
            event.weight *= share;
            event.weights.iter_mut().for_each(|w| *w *= share);
            writer.write(&event)?;
            found += 1;
            count.add();
        }
        if !reader.further().is_empty() {
            return Err(MergeError::Misfit {
                path: file.path.display().to_string(),
                what: "found several files behind one another; make it one with 'omnis convert'"
                    .to_owned(),
            }
            .into());
        }
        if found != file.n_events {
            return Err(MergeError::Count {
                path: file.path.display().to_string(),
                found,
                expected: file.n_events,
            }
            .into());
        }
    }
    let n_events = writer.finish()?;
    let (xsec_pb, xsec_err_pb) = run.xsec_pb();
    Ok(Merged {
        n_events,
        xsec_pb,
        xsec_err_pb,
        provenance: Some(provenance),
        notes,
    })
}

/// Which events files have together; `None` without files.
fn provenance_of_all(files: &[Input]) -> Result<Option<Provenance>, MergeError> {
    let mut provenance: Option<Provenance> = None;
    for file in files {
        let misfit = |what| MergeError::Misfit {
            path: file.path.display().to_string(),
            what,
        };
        match &mut provenance {
            None => provenance = Some(file.provenance.clone()),
            Some(all) => {
                all.add(&file.provenance).map_err(misfit)?;
                if let Some(what) = differs(&files[0].run, &file.run) {
                    return Err(misfit(what));
                }
            }
        }
    }
    Ok(provenance)
}

/// Why two files are not of one sample, if they are not.
/// A note on files that programs of different sources made.
fn several_programs(files: &[Input]) -> Option<String> {
    let mut programs: Vec<String> = files.iter().filter_map(|f| program_of(&f.run)).collect();
    programs.sort();
    programs.dedup();
    (programs.len() > 1).then(|| {
        format!(
            "the files were made by different programs ({}): a single job may make other events of the same seed",
            programs.join("; ")
        )
    })
}

fn differs(first: &RunInfo, other: &RunInfo) -> Option<String> {
    let [expected, found] = [first, other].map(|run| event_norm(run).name());
    let norms = || format!("found event_norm = {found}, expected {expected}");
    other_sample(first, other).or_else(|| (found != expected).then(norms))
}

impl Input {
    /// `None` for a file that does not say which events it has.
    fn open(path: &Path) -> Result<Option<Self>, Error> {
        let run = EventReader::open(path)?.run().clone();
        let Some(provenance) = provenance_of(&run) else {
            return Ok(None);
        };
        let n_events = provenance.n_events();
        if let Some(found) = stated_events(&run).filter(|n| *n != n_events) {
            return Err(MergeError::Misfit {
                path: path.display().to_string(),
                what: format!("found {found} events in its header, expected {n_events} as in its list of samples"),
            }
            .into());
        }
        Ok(Some(Self {
            path: path.to_owned(),
            run,
            provenance,
            n_events,
        }))
    }
}

/// The run of all files: that of the first, with the cross sections combined.
///
/// Files of one adaptation share its estimate; those of several are averaged
/// with the numbers of events, their errors in quadrature.
fn combined(files: &[Input], provenance: &Provenance) -> RunInfo {
    let mut run = files[0].run.clone();
    // Per adaptation: events, and a file that has its cross sections.
    let mut states: Vec<(&str, f64, &RunInfo)> = Vec::new();
    for file in files {
        let name = file.provenance.samples[0].state.as_str();
        let n = file.n_events as f64;
        match states.iter_mut().find(|s| s.0 == name) {
            Some(state) => state.1 += n,
            None => states.push((name, n, &file.run)),
        }
    }
    let total: f64 = states.iter().map(|s| s.1).sum();
    if states.len() > 1 && total > 0.0 {
        for (k, process) in run.processes.iter_mut().enumerate() {
            let share = |f: &dyn Fn(f64, &RunInfo) -> f64| -> f64 {
                states.iter().map(|(_, n, r)| f(n / total, r)).sum()
            };
            process.xsec_pb = share(&|w, r| w * r.processes[k].xsec_pb);
            process.xsec_err_pb = share(&|w, r| (w * r.processes[k].xsec_err_pb).powi(2)).sqrt();
            process.max_weight = states
                .iter()
                .map(|s| s.2.processes[k].max_weight)
                .fold(0.0, f64::max);
        }
    }
    let xsec_pb = run.xsec_pb().0;
    for block in &mut run.header {
        if block.name == GENERATION_INFO
            && (states.len() > 1 || stated_differs(&files[0], provenance))
        {
            block.text = if states.len() > 1 {
                generation_info(provenance.n_events(), xsec_pb)
            } else {
                with_count(&block.text, provenance.n_events())
            };
        }
    }
    restate(&mut run.header, provenance);
    run
}

fn stated_differs(first: &Input, provenance: &Provenance) -> bool {
    first.n_events != provenance.n_events()
}
