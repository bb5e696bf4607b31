//! Lines of an event file, counted and bounded, and the tags they begin with.
//!
//! A line is at most [`MAX_LINE`] bytes long, so that a file without line
//! breaks is refused before it fills the memory. Bytes that are no UTF-8 are
//! replaced. Knows lines and tags; knows no records.

use std::io::{self, BufRead, BufReader};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::storage::{InputError, LimitedLines, is_gzip, open_input};

/// Bytes of the longest line that is read; headers of other programs have those.
pub(super) const MAX_LINE: u64 = 16 << 20;

/// A stream of lines.
pub(super) struct EventLines {
    inner: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    /// What followed a tag on its line and is to be read next.
    pushed: Option<String>,
    number: u64,
}

impl EventLines {
    /// Opens a file; compression is seen from the content, not from the name.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(1 << 18, open_input(path)?);
        let inner: Box<dyn BufRead + Send> = if is_gzip(file.fill_buf()?) {
            let text = BufReader::with_capacity(1 << 18, MultiGzDecoder::new(file));
            Box::new(LimitedLines::new(text, MAX_LINE))
        } else {
            Box::new(LimitedLines::new(file, MAX_LINE))
        };
        Ok(Self {
            inner,
            line: Vec::new(),
            pushed: None,
            number: 0,
        })
    }

    /// Number of the current line, from 1; 0 before the first.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line without its line break; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<&str>, String> {
        if let Some(pushed) = self.pushed.take() {
            self.line = pushed.into_bytes();
        } else if !self.fetch()? {
            return Ok(None);
        }
        // Almost every line is UTF-8; the others are made so, once.
        if std::str::from_utf8(&self.line).is_err() {
            self.line = String::from_utf8_lossy(&self.line)
                .into_owned()
                .into_bytes();
        }
        std::str::from_utf8(&self.line)
            .map(Some)
            .map_err(|e| e.to_string())
    }

    /// Reads a line into `self.line`; `false` at the end.
    fn fetch(&mut self) -> Result<bool, String> {
        self.line.clear();
        let read = self.inner.read_until(b'\n', &mut self.line);
        if matches!(read, Ok(0)) {
            return Ok(false);
        }
        self.number += 1;
        read.map_err(|e| match e.get_ref() {
            Some(refused) if refused.is::<InputError>() => e.to_string(),
            _ => format!("the file cannot be read on: {e}"),
        })?;
        while matches!(self.line.last(), Some(b'\n' | b'\r')) {
            self.line.pop();
        }
        Ok(true)
    }

    /// Puts text that followed a tag back, as a line of the same number.
    pub(super) fn push_back(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.pushed = Some(text.to_owned());
        }
    }
}

/// The opening tag at the beginning of a line.
#[derive(Debug, PartialEq)]
pub(super) struct Tag<'a> {
    /// Name of the element.
    pub(super) name: &'a str,
    /// Attributes, with the space before them.
    pub(super) attributes: &'a str,
    /// What follows on the line.
    pub(super) rest: &'a str,
}

impl<'a> Tag<'a> {
    /// The tag that a line begins with, if it begins with one that is closed.
    pub(super) fn of(line: &'a str) -> Option<Self> {
        let after = line.trim_start().strip_prefix('<')?;
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '>' | '<'))?;
        // A tag ends before the next one begins.
        let close = end + after[end..].find(['>', '<'])?;
        if !after[close..].starts_with('>') {
            return None;
        }
        Some(Self {
            name: &after[..end],
            attributes: after[end..close].trim_end(),
            rest: &after[close + 1..],
        })
    }
}

/// The beginning of a line, for messages.
pub(super) fn shown(line: &str) -> String {
    const MOST: usize = 60;
    let line = line.trim();
    let mut text: String = line.chars().take(MOST).collect();
    if text.len() < line.len() {
        text.push_str("...");
    }
    text.escape_debug()
        .to_string()
        .replace("\\'", "'")
        .replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_taken_apart() {
        let tag = Tag::of("  <event npLO=' 1 '  > 4 1 ").unwrap();
        assert_eq!(tag.name, "event");
        assert_eq!(tag.attributes, " npLO=' 1 '");
        assert_eq!(tag.rest, " 4 1 ");
        assert_eq!(Tag::of("<events>").unwrap().name, "events");
        assert_eq!(Tag::of("</event>").unwrap().name, "/event");
        for line in ["event>", "<event", "<event a='1'", "<event <a>", ""] {
            assert_eq!(Tag::of(line), None, "{line}");
        }
    }

    #[test]
    fn messages_show_a_bounded_line_without_control_characters() {
        assert_eq!(shown(" <a b='1'>\u{1b}[2J "), "<a b='1'>\\u{1b}[2J");
        assert_eq!(shown(&"x".repeat(100)).len(), 63);
    }

    #[test]
    fn a_line_without_end_is_refused_and_line_breaks_of_all_kinds_are_cut() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"a\r\n\xe9\nlast").unwrap();
        let mut lines = EventLines::open(file.path()).unwrap();
        assert_eq!(lines.next().unwrap(), Some("a"));
        lines.push_back(" pushed");
        assert_eq!(lines.next().unwrap(), Some(" pushed"));
        assert_eq!(lines.number(), 1);
        assert_eq!(lines.next().unwrap(), Some("\u{fffd}"));
        assert_eq!(lines.next().unwrap(), Some("last"));
        assert_eq!(lines.next().unwrap(), None);
        std::fs::write(file.path(), vec![b'x'; MAX_LINE as usize + 1]).unwrap();
        let mut lines = EventLines::open(file.path()).unwrap();
        assert!(
            lines
                .next()
                .unwrap_err()
                .contains("more than 16777216 bytes")
        );
    }
}
