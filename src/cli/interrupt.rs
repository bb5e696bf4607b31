//! Signals: Ctrl-C ends a run at the next batch, the second at once; a request
//! to stop (SIGTERM, SIGHUP, SIGUSR1, as batch systems send before time is up)
//! lets it finish the block and leave a checkpoint.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

static INTERRUPT: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
static STOP: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
static EITHER: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Exit code of a program that was interrupted: 128 + SIGINT.
const EXIT_CODE: i32 = 130;

/// Starts to listen.
///
/// # Errors
/// If the system refuses a handler.
pub(crate) fn on_interrupt() -> std::io::Result<()> {
    // The second Ctrl-C finds the flag up and exits.
    flag::register_conditional_shutdown(SIGINT, EXIT_CODE, Arc::clone(&INTERRUPT))?;
    for signal in [&[SIGINT][..], stop_signals()].concat() {
        let own = if signal == SIGINT { &INTERRUPT } else { &STOP };
        flag::register(signal, Arc::clone(own))?;
        flag::register(signal, Arc::clone(&EITHER))?;
    }
    Ok(())
}

#[cfg(unix)]
fn stop_signals() -> &'static [i32] {
    use signal_hook::consts::{SIGHUP, SIGUSR1};
    &[SIGTERM, SIGHUP, SIGUSR1]
}

#[cfg(not(unix))]
fn stop_signals() -> &'static [i32] {
    &[SIGTERM]
}

/// Raised by Ctrl-C: a run looks at it between batches.
pub(crate) fn interrupt_requested() -> &'static AtomicBool {
    &INTERRUPT
}

/// Raised by a request to stop: a run looks at it between blocks of events.
pub(crate) fn stop_requested() -> &'static AtomicBool {
    &STOP
}

/// Raised by either.
pub(crate) fn either_requested() -> &'static AtomicBool {
    &EITHER
}

/// Whether the run ends because of a request to stop rather than Ctrl-C.
pub(crate) fn is_stopping() -> bool {
    STOP.load(Ordering::Relaxed) && !INTERRUPT.load(Ordering::Relaxed)
}
