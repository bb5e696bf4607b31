//! Long work that tells how far it is and that can be called off.
//!
//! Knows names and counts; knows not what is counted.

use std::sync::atomic::{AtomicBool, Ordering};

/// Who hears of long work, and may end it.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Hears what is counted, how many are done, and how many there are in all;
    /// from any thread.
    pub tell: &'a (dyn Fn(&str, u64, u64) + Sync),
    /// Ends the work, once raised, at the next count.
    pub cancel: &'a AtomicBool,
}

impl Watch<'_> {
    /// Nobody hears, nobody ends it.
    pub fn nobody() -> Watch<'static> {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Watch {
            tell: &|_, _, _| {},
            cancel: &NEVER,
        }
    }

    /// Tells of a count; whether the work goes on.
    #[must_use]
    pub(crate) fn goes_on(&self, what: &str, done: u64, total: u64) -> bool {
        (self.tell)(what, done, total);
        !self.cancel.load(Ordering::Relaxed)
    }
}
