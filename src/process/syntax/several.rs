//! Lines that stand for several: `p p > w+ + 0,1,2 j`.
//!
//! Knows texts and places; knows no particle.

use std::ops::Range;

use super::{Parser, Parts, Place, ProcessError, RawLine, Token, parse};

/// Most particles that `+ 0,1,2 j` adds.
const MAX_ADDED: u32 = 12;

/// Numbers of particles that a line adds to its process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Multiplicities {
    numbers: Vec<u32>,
    /// What is added.
    label: String,
    /// The characters of all of it, counted from 0.
    pub(super) at: Range<usize>,
}

impl RawLine {
    /// The text with `n` of the particles that are added, and with the number in its tag.
    fn with(&self, several: &Multiplicities, n: u32) -> String {
        let chars: Vec<char> = self.text.chars().collect();
        let part = |range: Range<usize>| chars[range].iter().collect::<String>();
        let added = vec![several.label.as_str(); n as usize].join(" ");
        let before = part(0..several.at.start);
        let (before, end) = (before.trim_end(), chars.len());
        let blank = if n > 0 { " " } else { "" };
        let tag = self.tag.unwrap_or(0).saturating_add(n);
        let behind = match self.tag {
            None => format!("{} @{tag}", part(several.at.end..end).trim_end()),
            Some(_) => {
                let (from, to) = (self.tag_at.start, self.tag_at.end);
                format!("{}{tag}{}", part(several.at.end..from), part(to..end))
            }
        };
        format!("{before}{blank}{added}{behind}")
    }
}

/// Sorts the words of a line by role; a line with `+ 0,1,2 j` stands for one line for each
/// number, with the number added to its tag.
///
/// # Errors
/// [`ProcessError::Syntax`] and [`ProcessError::Unsupported`], with the column.
pub(crate) fn lines(line: &str) -> Result<Vec<RawLine>, ProcessError> {
    let raw = parse(line)?;
    match &raw.several {
        None => Ok(vec![raw]),
        Some(several) => (several.numbers.iter())
            .map(|&n| parse(&raw.with(several, n)))
            .collect(),
    }
}

impl Parser {
    /// `+ 0,1,2 j`, standing on the `+`.
    pub(super) fn several(&mut self, plus: &Token, parts: &mut Parts) -> Result<(), ProcessError> {
        let example = "numbers and what is added, as in '+ 0,1,2 j'";
        if self.line.several.is_some() {
            return self.syntax(plus.column, "a line has one '+'");
        }
        if parts.place != Place::Particles || parts.arrows.is_empty() {
            return self.syntax(plus.column, "'+' stands behind the outgoing particles");
        }
        self.at += 1;
        let mut numbers: Vec<u32> = Vec::new();
        loop {
            let column = self.end_column();
            let found = self.peek(0).map_or("nothing", |t| t.text.as_str());
            let Ok(number) = found.parse::<u32>() else {
                return self.syntax(column, format!("found '{found}', expected {example}"));
            };
            if number > MAX_ADDED {
                return self.syntax(column, format!("more than {MAX_ADDED} particles are added"));
            }
            if numbers.contains(&number) {
                return self.syntax(column, format!("'{number}' stands twice behind '+'"));
            }
            numbers.push(number);
            self.at += 1;
            if !self.is_next(",") {
                break;
            }
            self.at += 1;
        }
        let column = self.end_column();
        let Some(label) = self.peek(0).filter(|t| t.is_word).cloned() else {
            return self.syntax(column, format!("expected {example}"));
        };
        self.at += 1;
        let to = label.column - 1 + label.text.chars().count();
        self.line.several = Some(Multiplicities {
            numbers,
            label: label.text,
            at: plus.column - 1..to,
        });
        parts.place = Place::Closed;
        Ok(())
    }
}
