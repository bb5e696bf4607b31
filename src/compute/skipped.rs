//! What a test says that cannot be run on this machine.

use std::io::Write;

/// Writes `skipped: ..` past the capture of test output, so that a run shows and a
/// script counts what was not tested.
pub(crate) fn skipped(why: &str) {
    let name = std::thread::current().name().unwrap_or("test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {name}: {why}");
}
