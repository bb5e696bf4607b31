//! Event files: every one that the package has, and what must hold of one that is read.

use omnis::event::{Event, EventReader, LheEncoder, RunInfo, Tolerance, check_event, read_lhe};
use omnis::report::Report;

use super::targets::{Found, Scratch, files};

/// Words that the readers look for.
pub const DICTIONARY: &[&str] = &[
    "<event>",
    "</event>",
    "<events>",
    "<event ",
    ">",
    "<LesHouchesEvents version=\"3.0\">",
    "</LesHouchesEvents>",
    "<init>",
    "</init>",
    "<header>",
    "</header>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<rwgt>",
    "</rwgt>",
    "<wgt id='1001'>",
    "</wgt>",
    "<weights>",
    "</weights>",
    "<initrwgt>",
    "<weight id='0'>",
    "</weight>",
    "<weightgroup name='x'>",
    "<generator name='a'>",
    "</generator>",
    "<eventgroup>",
    "<?xml?>",
    "#",
    "'",
    "\"",
    "=",
    "&lt;",
    "&amp;",
    "1.D+00",
    "1.0-300",
    "\r",
    "\0",
    "\u{feff}",
    "<a/>",
    "<mgrwt>",
];

/// All event files of the package.
pub fn corpus(_: &Scratch) -> Vec<Vec<u8>> {
    [
        files("tests/golden", "lhe"),
        files("tests/golden/others", "lhe"),
    ]
    .concat()
}

/// The same, compressed.
pub fn compressed_corpus(scratch: &Scratch) -> Vec<Vec<u8>> {
    corpus(scratch).iter().map(|f| gzip(f)).collect()
}

/// Bytes, compressed.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let level = flate2::Compression::fast();
    let mut encoder = flate2::GzBuilder::new().mtime(0).write(Vec::new(), level);
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

/// What is read is checked without harm, and comes back from a file of ours.
pub fn read(scratch: &Scratch, name: &str, input: &[u8]) -> Found {
    let path = scratch.file(name, input);
    if let Ok(mut reader) = EventReader::open(&path) {
        while let Ok(Some(event)) = reader.next_event() {
            drop(check_event(&event, &Tolerance::default()));
        }
    }
    let Ok((run, events)) = read_lhe(&path) else {
        return Ok(());
    };
    // A report takes longer than reading.
    if input.len().is_multiple_of(16)
        && let Ok(report) = Report::read(std::slice::from_ref(&path), None)
    {
        drop(report.html());
    }
    // A comment that ends the header has to be spelt otherwise.
    let ends = |text: &String| text.contains("</header>");
    if run
        .header
        .iter()
        .any(|b| ends(&b.text) || ends(&b.verbatim))
        || ends(&run.spelling.weights)
    {
        return Ok(());
    }
    let Some(bytes) = written(&run, &events) else {
        return Ok(());
    };
    let again = read_lhe(scratch.file("b.lhe", &bytes));
    let (run_again, events_again) = again.map_err(|e| format!("what was written: {e}"))?;
    if events_again != events {
        return Err("other events than were written".to_owned());
    }
    match run_again == run {
        true => Ok(()),
        false => Err("another head than was written".to_owned()),
    }
}

/// The bytes of a file; `None` for what may not be written.
fn written(run: &RunInfo, events: &[Event]) -> Option<Vec<u8>> {
    let mut encoder = LheEncoder::new(Vec::new(), false, run, "b").ok()?;
    for event in events {
        encoder.write(event).ok()?;
    }
    encoder.finish().ok()
}
