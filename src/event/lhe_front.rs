//! Makes files of other programs readable: a line filter in front of the parser.
//!
//! Drops what carries no event (XML declaration, blank lines, comments and
//! event groups between events), sets the header aside, evens out spelling
//! (quotes, indentation, Fortran exponents) and refuses absurd counts before
//! memory is asked for.
//!
//! Knows lines; knows no records.

use std::io::{self, BufRead, Read};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// More processes or particles than any program writes.
const MAX_COUNT: i64 = 100_000;

/// What the filter tells while the parser owns it.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    line: AtomicU64,
    header: Mutex<String>,
}

impl Shared {
    /// Number of the current line, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line.load(Ordering::Relaxed)
    }

    /// What stood inside `<header>`; empty when taken again.
    pub(crate) fn take_header(&self) -> String {
        mem::take(&mut self.header.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add_to_header(&self, line: &[u8]) {
        self.header
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_str(&String::from_utf8_lossy(line));
    }
}

/// A filtered stream.
pub(crate) struct Front<R> {
    inner: R,
    line: Vec<u8>,
    at: usize,
    place: Place,
    shared: Arc<Shared>,
}

/// Where in the file the next line is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Start,
    Outside,
    Header,
    Comment,
    InitFirst,
    Init(i64),
    Between,
    CommentBetween,
    EventFirst,
    Event(i64),
}

impl<R: BufRead> Front<R> {
    /// A filter of `inner`, and what it shares.
    pub(crate) fn new(inner: R) -> (Self, Arc<Shared>) {
        let shared = Arc::new(Shared::default());
        let front = Self {
            inner,
            line: Vec::new(),
            at: 0,
            place: Place::Start,
            shared: Arc::clone(&shared),
        };
        (front, shared)
    }

    /// Judges the line just read; `false` drops it.
    fn keep(&mut self) -> io::Result<bool> {
        let text = String::from_utf8_lossy(&self.line).trim().to_owned();
        let opens = |name: &str| {
            text.strip_prefix('<')
                .and_then(|t| t.strip_prefix(name))
                .is_some_and(|t| t.starts_with(|c: char| c == '>' || c.is_whitespace()))
        };
        let idle = text.is_empty()
            || text.starts_with('#')
            || (text.starts_with("<!--") && text.ends_with("-->"));
        match self.place {
            Place::Start => {
                if idle || text.starts_with("<?xml") {
                    return Ok(false);
                }
                if opens("LesHouchesEvents") {
                    self.line = first_line(&text).into_bytes();
                }
                self.place = Place::Outside;
            }
            Place::Outside => {
                if idle {
                    return Ok(false);
                }
                if opens("header") {
                    self.place = Place::Header;
                    return Ok(false);
                } else if text.starts_with("<!--") {
                    self.place = Place::Comment;
                } else if opens("init") {
                    self.place = Place::InitFirst;
                }
            }
            Place::Header => {
                if text == "</header>" {
                    self.place = Place::Outside;
                } else {
                    self.shared.add_to_header(&self.line);
                }
                return Ok(false);
            }
            Place::Comment if text == "-->" => self.place = Place::Outside,
            Place::InitFirst => {
                fortran_exponents(&mut self.line);
                self.place = Place::Init(count(&text, 9, "processes")?);
            }
            Place::Init(left) if left > 0 => {
                fortran_exponents(&mut self.line);
                self.place = Place::Init(left - 1);
            }
            Place::Init(_) if text == "</init>" => {
                self.line = b"</init>\n".to_vec();
                self.place = Place::Between;
            }
            Place::Between => {
                if idle || opens("eventgroup") || text == "</eventgroup>" {
                    return Ok(false);
                }
                if text.starts_with("<!--") {
                    self.place = Place::CommentBetween;
                    return Ok(false);
                }
                if opens("event") {
                    self.place = Place::EventFirst;
                }
                self.line = format!("{text}\n").into_bytes();
            }
            Place::CommentBetween => {
                if text.ends_with("-->") {
                    self.place = Place::Between;
                }
                return Ok(false);
            }
            Place::EventFirst => {
                fortran_exponents(&mut self.line);
                self.place = Place::Event(count(&text, 0, "particles")?);
            }
            Place::Event(left) if left > 0 => {
                fortran_exponents(&mut self.line);
                self.place = Place::Event(left - 1);
            }
            Place::Event(_) if text == "</event>" => self.place = Place::Between,
            Place::Comment | Place::Init(_) | Place::Event(_) => {}
        }
        Ok(true)
    }
}

impl<R: BufRead> BufRead for Front<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.line.len() {
            self.line.clear();
            self.at = 0;
            if self.inner.read_until(b'\n', &mut self.line)? == 0 {
                break;
            }
            self.shared.line.fetch_add(1, Ordering::Relaxed);
            if !self.keep()? {
                self.line.clear();
            }
        }
        Ok(&self.line[self.at..])
    }

    fn consume(&mut self, n: usize) {
        self.at += n;
    }
}

impl<R: BufRead> Read for Front<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(out)?;
        self.consume(n);
        Ok(n)
    }
}

/// The opening line with nothing but the version, in double quotes.
fn first_line(text: &str) -> String {
    let version = text
        .split_once("version")
        .and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    match version {
        Some(version) => format!("<LesHouchesEvents version=\"{version}\">\n"),
        None => format!("{text}\n"),
    }
}

/// `1.0D+00` is `1.0E+00`.
fn fortran_exponents(line: &mut [u8]) {
    for byte in line {
        if matches!(byte, b'D' | b'd') {
            *byte = b'E';
        }
    }
}

/// The count in column `column` of a line.
fn count(text: &str, column: usize, of_what: &str) -> io::Result<i64> {
    let word = text.split_whitespace().nth(column).unwrap_or("");
    match word.parse::<i64>() {
        Ok(n) if (0..=MAX_COUNT).contains(&n) => Ok(n),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("'{word}' is no possible number of {of_what}"),
        )),
    }
}
