//! Rewriting an event file in another format.
//!
//! Holds one event at a time. Knows records; knows no format.

use std::iter;
use std::path::Path;

use super::merge::MergeError;
use super::outputs::check_event_output;
use super::split::{is_split, split_away, whole_beside};
use super::writing::{EventCount, Writing};
use crate::error::Error;
use crate::event::{EventReader, EventWriter, RunInfo};
use crate::run::{GENERATION_INFO, is_own, provenance_of, restate, stated_events, with_count};

/// What a conversion wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Converted {
    /// Events in the file.
    pub n_events: u64,
    /// What the user should know: what is not kept, what does not fit.
    pub notes: Vec<String>,
}

/// Copies events into a file of the format that its name asks for.
///
/// Files behind one another in `input` become one. A name with `{process}` stands for one
/// file for each process.
///
/// # Errors
/// [`Error::Event`] for files that cannot be read or written, [`Error::Merge`]
/// if the number of events in a file of omnis is not the stated one,
/// [`Error::Storage`] for an output that would replace the input or no events;
/// no file appears then.
pub fn convert(input: &Path, output: &Path) -> Result<Converted, Error> {
    convert_as(input, output, Writing::default())
}

/// As [`convert`], in a certain way.
///
/// # Errors
/// As [`convert`].
pub fn convert_as(input: &Path, output: &Path, how: Writing) -> Result<Converted, Error> {
    check_event_output(output, [(input, "the input")], how.replace)?;
    if is_split(output) {
        let whole = whole_beside(output);
        let converted = convert_as(input, &whole, how)?;
        split_away(&whole, output, how)?;
        return Ok(converted);
    }
    let run = EventReader::open(input)?.run().clone();
    how.check_there(output, &run)?;
    let (first, further) = copy(input, output, &run, 0, how)?;
    if let Some(converted) = first {
        return Ok(converted);
    }
    // Only now is known what the head has to say.
    let run = joined(&run, &further).map_err(|what| MergeError::Misfit {
        path: input.display().to_string(),
        what,
    })?;
    let (second, _) = copy(input, output, &run, further.len(), how)?;
    second.ok_or_else(|| {
        MergeError::Misfit {
            path: input.display().to_string(),
            what: "it changed while it was read".to_owned(),
        }
        .into()
    })
}

/// Copies all events under the head `run`, which holds for the first of the
/// files in `input` and `n_further` more. Writes nothing and returns all
/// further heads if they are not that many.
fn copy(
    input: &Path,
    output: &Path,
    run: &RunInfo,
    n_further: usize,
    how: Writing,
) -> Result<(Option<Converted>, Vec<RunInfo>), Error> {
    let mut reader = EventReader::open(input)?;
    let mut writer = EventWriter::create(output, run)?;
    let mut found = 0;
    let mut count = EventCount::begin(how.told, "convert", stated_events(run));
    while let Some(event) = reader.next_event()? {
        found += 1;
        count.add();
        if reader.further().len() <= n_further {
            writer.write(&event)?;
        }
    }
    let further = reader.further().to_vec();
    if further.len() != n_further {
        return Ok((None, further));
    }
    let left_out = reader.left_out().into_iter();
    let mut notes: Vec<String> = left_out.map(|n| format!("not kept: {n}")).collect();
    if n_further > 0 {
        notes.push(format!(
            "{} files behind one another are one now",
            n_further + 1
        ));
    }
    if let Some(expected) = stated_events(run).filter(|n| *n != found) {
        if is_own(run) {
            return Err(MergeError::Count {
                path: input.display().to_string(),
                found,
                expected,
            }
            .into());
        }
        notes.push(format!(
            "found {found} events, expected {expected} as the header says, which is kept"
        ));
    }
    notes.extend(writer.notes());
    let n_events = writer.finish()?;
    Ok((Some(Converted { n_events, notes }), further))
}

/// The head of all files: that of the first, with the numbers of events added.
fn joined(run: &RunInfo, further: &[RunInfo]) -> Result<RunInfo, String> {
    let mut all = provenance_of(run);
    for other in further {
        match (&mut all, provenance_of(other)) {
            (Some(all), Some(other)) => all.add(&other)?,
            (None, None) => {}
            _ => return Err("found files with and without a list of samples".to_owned()),
        }
    }
    let stated: Option<u64> = iter::once(run).chain(further).map(stated_events).sum();
    let mut run = run.clone();
    for block in &mut run.header {
        if let (GENERATION_INFO, Some(n)) = (block.name.as_str(), stated) {
            block.text = with_count(&block.text, n);
        }
    }
    if let Some(all) = &all {
        restate(&mut run.header, all);
    }
    Ok(run)
}
