//! How event files are read and written: who hears how far it is, and what may be replaced.
//!
//! Knows counts; knows no event.

use std::path::Path;

use super::replacing::{Physics, Replace, check_events_there};
use crate::error::Error;
use crate::event::RunInfo;
use crate::run::provenance_of;

/// Events between two counts that are told.
const EVERY: u64 = 256;

/// Who hears how far work on event files is.
///
/// What is done, in a word; the events so far; and how many there will be, if that is known.
pub type Told<'a> = &'a dyn Fn(&'static str, u64, Option<u64>);

/// How an event file is written.
#[derive(Clone, Copy)]
pub struct Writing<'a> {
    /// Hears how far it is.
    pub told: Told<'a>,
    /// What the file may replace.
    pub replace: Replace,
    /// Hears what is lost of the same card.
    pub note: &'a dyn Fn(&str),
}

impl Default for Writing<'_> {
    /// Nobody hears; files of the same card are replaced.
    fn default() -> Self {
        Self {
            told: &|_, _, _| {},
            replace: Replace::OfThisCard,
            note: &|_| {},
        }
    }
}

impl Writing<'_> {
    /// Looks at what stands where events with this head go.
    ///
    /// # Errors
    /// As [`check_events_there`].
    pub(super) fn check_there(&self, output: &Path, new: &RunInfo) -> Result<(), Error> {
        let events = provenance_of(new);
        let physics = Physics::of_events(new);
        let lost = check_events_there(output, &physics, events.as_ref(), self.replace)?;
        lost.iter().for_each(|text| (self.note)(text));
        Ok(())
    }
}

/// Counts the events of one stage.
pub(super) struct EventCount<'a> {
    told: Told<'a>,
    stage: &'static str,
    total: Option<u64>,
    done: u64,
}

impl<'a> EventCount<'a> {
    /// Begins a stage of `total` events.
    pub(super) fn begin(told: Told<'a>, stage: &'static str, total: Option<u64>) -> Self {
        told(stage, 0, total);
        Self {
            told,
            stage,
            total,
            done: 0,
        }
    }

    /// One more event.
    pub(super) fn add(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(EVERY) {
            (self.told)(self.stage, self.done, self.total);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn events_are_told_now_and_then() {
        let heard = RefCell::new(Vec::new());
        let tell = |stage, done, total| heard.borrow_mut().push((stage, done, total));
        let mut count = EventCount::begin(&tell, "merge", Some(600));
        (0..600).for_each(|_| count.add());
        let wanted = [0, 256, 512].map(|n| ("merge", n, Some(600)));
        assert_eq!(*heard.borrow(), wanted);
    }
}
