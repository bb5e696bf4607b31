//! Characters of a cut, with errors that say where.
//!
//! Knows numbers, words and comparison signs; knows no observable.

use super::cut::{Groups, Interval, Limit};
use super::error::CutError;

/// A comparison sign.
pub(super) struct Comparator {
    pub less: bool,
    strict: bool,
}

impl Comparator {
    /// Sets the limit that `value op observable` (number first) or
    /// `observable op value` describes.
    pub fn limit(&self, value: f64, number_first: bool, interval: &mut Interval) {
        let limit = Some(Limit {
            value,
            strict: self.strict,
        });
        if self.less == number_first {
            interval.lo = limit;
        } else {
            interval.hi = limit;
        }
    }
}

/// A place in the text of a cut.
pub(super) struct Scanner<'a> {
    pub text: &'a str,
    chars: Vec<char>,
    pub at: usize,
    pub groups: &'a Groups,
}

/// Characters of words.
pub(super) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str, groups: &'a Groups) -> Self {
        Self {
            text,
            chars: text.chars().collect(),
            at: 0,
            groups,
        }
    }

    fn skip(&mut self) {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
    }

    /// The next character that is no space.
    pub fn peek(&mut self) -> Option<char> {
        self.skip();
        self.chars.get(self.at).copied()
    }

    pub fn at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Takes this character if it is the next one.
    pub fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    /// Takes `..` if it is next.
    pub fn eat_dots(&mut self) -> bool {
        let found = self.peek() == Some('.') && self.chars.get(self.at + 1) == Some(&'.');
        self.at += 2 * usize::from(found);
        found
    }

    /// The characters from here that satisfy `keep`.
    pub fn run(&mut self, keep: fn(char) -> bool) -> String {
        self.skip();
        let word: String = self.chars[self.at..]
            .iter()
            .take_while(|c| keep(**c))
            .collect();
        self.at += word.chars().count();
        word
    }

    /// Takes this word if it is the next one.
    pub fn keyword(&mut self, word: &str) -> bool {
        let start = self.at;
        let found = self.run(in_word) == word;
        if !found {
            self.at = start;
        }
        found
    }

    /// The word that comes next.
    pub fn word_ahead(&mut self) -> String {
        let start = self.at;
        let word = self.run(in_word);
        self.at = start;
        word
    }

    /// Column of the next character, from 1.
    pub fn column(&mut self) -> usize {
        self.skip();
        self.at + 1
    }

    /// The text from a place to here.
    pub fn since(&self, start: usize) -> String {
        let text: String = self.chars[start..self.at].iter().collect();
        text.trim().to_owned()
    }

    /// That something else was expected here.
    pub fn syntax(&mut self, expected: &str) -> CutError {
        let column = self.column();
        let found = match self.peek() {
            None => "the end of the cut".to_string(),
            Some(c) if in_word(c) => format!("'{}'", self.run(in_word)),
            Some(c) => format!("'{c}'"),
        };
        CutError::Syntax {
            cut: self.text.to_string(),
            column,
            found,
            expected: expected.to_string(),
        }
    }

    /// Whether a number comes next.
    pub fn number_ahead(&mut self) -> bool {
        let starts = |c: char| c.is_ascii_digit() || c == '.';
        match self.peek() {
            Some('+' | '-') => self.chars.get(self.at + 1).copied().is_some_and(starts),
            Some(c) => starts(c),
            None => false,
        }
    }

    /// Takes a number.
    pub fn number(&mut self) -> Result<f64, CutError> {
        self.skip();
        let start = self.at;
        let mut word = String::new();
        while let Some(&c) = self.chars.get(self.at) {
            let sign = matches!(c, '+' | '-') && (word.is_empty() || word.ends_with(['e', 'E']));
            let dots = c == '.' && self.chars.get(self.at + 1) == Some(&'.');
            if !(in_word(c) || c == '.' || sign) || dots {
                break;
            }
            word.push(c);
            self.at += 1;
        }
        match word.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => {
                self.at = start;
                let column = self.column();
                if word.is_empty() {
                    return Err(self.syntax("a number"));
                }
                Err(CutError::Syntax {
                    cut: self.text.to_string(),
                    column,
                    found: format!("'{word}'"),
                    expected: "a number".into(),
                })
            }
        }
    }

    /// Takes a comparison sign.
    pub fn comparator(&mut self) -> Result<Comparator, CutError> {
        let less = match self.peek() {
            Some('<') => true,
            Some('>') => false,
            _ => return Err(self.syntax("'<', '<=', '>' or '>='")),
        };
        self.at += 1;
        // No space between the two signs.
        let strict = self.chars.get(self.at) != Some(&'=');
        self.at += usize::from(!strict);
        Ok(Comparator { less, strict })
    }
}
