//! Events of a file into histograms.
//!
//! Knows records and how they are shared among threads; knows no formula.

use rayon::prelude::*;

use crate::event::{Event, EventError, EventReader};
use crate::histogram::{HistogramSet, Tallies};

/// Events that one thread fills at a time, and how many such parts are read ahead.
const PART: usize = 512;
const PARTS: usize = 16;

/// Adds the next events of a file, all of them or as many as `most`.
///
/// # Errors
/// [`EventError`] of the reader.
pub fn fill_from(
    reader: &mut EventReader,
    set: &HistogramSet,
    most: Option<u64>,
    tallies: &mut Tallies,
) -> Result<(), EventError> {
    let mut left = most.unwrap_or(u64::MAX);
    while left > 0 {
        let mut events = Vec::new();
        while events.len() < PART * PARTS && left > 0 {
            let Some(event) = reader.next_event()? else {
                left = 0;
                break;
            };
            left -= 1;
            events.push(event);
        }
        fill_parts(set, &events, tallies);
    }
    Ok(())
}

/// Adds events that were read.
pub fn fill_parts(set: &HistogramSet, events: &[Event], tallies: &mut Tallies) {
    let of_part = |part: &[Event]| {
        let mut sums = set.tallies();
        set.fill(part, &mut sums);
        sums
    };
    let parts: Vec<Tallies> = events.par_chunks(PART).map(of_part).collect();
    parts.iter().for_each(|part| tallies.merge(part));
}
