//! Ctrl-C: the first asks the run to stop at the next batch, the second ends it at once.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Exit code of a program that was interrupted: 128 + SIGINT.
const EXIT_CODE: i32 = 130;

/// Starts to listen for SIGINT, SIGTERM and SIGHUP.
///
/// # Errors
/// If a handler exists already or the system refuses one.
pub fn on_interrupt() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            process::exit(EXIT_CODE);
        }
    })
}

/// The flag that a run looks at between batches.
pub fn interrupt_requested() -> &'static AtomicBool {
    &REQUESTED
}
