//! Work of which nothing is kept: a signal ends it within a second, wherever it is.
//!
//! Knows the flags that signals raise; knows not what the work is.

use std::process;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::failure::Failure;
use super::interrupt::{either_requested, is_stopping};
use super::program::Context;
use crate::jobs::Output;

/// Between two looks at the flags.
const LOOK: Duration = Duration::from_millis(100);
/// Time in which the work may end by itself.
const GRACE: Duration = Duration::from_millis(400);

/// The failure of work that a signal ended; `kept` says what is left of it.
pub(super) fn ended(kept: &str) -> Failure {
    if is_stopping() {
        Failure::Stopped(kept.to_owned())
    } else {
        Failure::Interrupted(kept.to_owned())
    }
}

/// What to say of work that was ended before it had anything to keep.
pub(super) fn nothing_new(output: Option<&Output>) -> &'static str {
    if output.is_some_and(Output::is_worth_keeping) {
        "what an earlier run kept is still there; the same command goes on from it"
    } else {
        "nothing is kept; the same command begins from the start"
    }
}

/// Does `work`. If a signal asks for the end and the work does not end by itself,
/// this process does; the place of `output` is left as it would be after an error.
pub(super) fn at_once<T>(
    output: &mut Option<Output>,
    context: &Context,
    work: impl FnOnce() -> T,
) -> T {
    let place = Mutex::new(output.take());
    let (done, is_done) = mpsc::channel::<()>();
    let held = &place;
    let result = thread::scope(|scope| {
        scope.spawn(move || {
            let goes_on = |time| is_done.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
            while goes_on(LOOK) {
                if either_requested().load(Ordering::Relaxed) && goes_on(GRACE) {
                    end_process(held, context);
                }
            }
        });
        let result = work();
        drop(done);
        result
    });
    *output = place.into_inner().unwrap_or_else(PoisonError::into_inner);
    result
}

fn end_process(place: &Mutex<Option<Output>>, context: &Context) -> ! {
    let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
    let failure = ended(nothing_new(place.as_ref()));
    if let Some(output) = place.take() {
        output.leave();
    }
    context.progress.end();
    if context.team.rank() == 0 {
        // Nothing is left to be done if even the message cannot be written.
        let _ = failure.report(context.json, &context.progress);
    }
    process::exit(failure.exit_code().into());
}
