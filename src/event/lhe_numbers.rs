//! Numbers of event files: Fortran spellings, and with how many digits they
//! were written.
//!
//! Knows text; knows no records.

use std::str::{FromStr, SplitAsciiWhitespace};

use super::check::Rounding;

/// More processes or particles than any program writes.
const MAX_COUNT: i64 = 100_000;

/// The words of a line, taken one by one.
pub(super) struct Words<'a> {
    words: SplitAsciiWhitespace<'a>,
}

impl<'a> Words<'a> {
    /// Of a line.
    pub(super) fn of(line: &'a str) -> Self {
        Self {
            words: line.split_ascii_whitespace(),
        }
    }

    fn word(&mut self, name: &str) -> Result<&'a str, String> {
        self.words
            .next()
            .ok_or_else(|| format!("{name} is missing"))
    }

    /// A whole number.
    pub(super) fn int<T: FromStr>(&mut self, name: &str) -> Result<T, String> {
        let word = self.word(name)?;
        word.parse()
            .map_err(|_| format!("found '{}', expected the whole number {name}", short(word)))
    }

    /// A number of things that are listed below.
    pub(super) fn count(&mut self, name: &str) -> Result<usize, String> {
        let n: i64 = self.int(name)?;
        match usize::try_from(n) {
            Ok(count) if n <= MAX_COUNT => Ok(count),
            _ => Err(format!(
                "found {name} = {n}, expected a number from 0 to {MAX_COUNT}"
            )),
        }
    }

    /// A number.
    pub(super) fn float(&mut self, name: &str) -> Result<f64, String> {
        let word = self.word(name)?;
        number(word).ok_or_else(|| format!("found '{}', expected the number {name}", short(word)))
    }

    /// A number whose digits count.
    pub(super) fn measured(&mut self, name: &str, digits: &mut Digits) -> Result<f64, String> {
        let word = self.word(name)?;
        digits.add(word.as_bytes());
        number(word).ok_or_else(|| format!("found '{}', expected the number {name}", short(word)))
    }
}

fn short(word: &str) -> String {
    super::lhe_lines::shown(word)
}

/// A number as C, or Fortran (`1.0D+00`, `-.5`, `0.1-100`), spells it.
pub(super) fn number(word: &str) -> Option<f64> {
    if let Ok(value) = word.parse() {
        return Some(value);
    }
    // Longer ones are no numbers.
    if word.len() > 64 {
        return None;
    }
    let spelt = word.replace(['D', 'd'], "E");
    if let Ok(value) = spelt.parse() {
        return Some(value);
    }
    // Fortran leaves out the letter before an exponent of three digits.
    let sign = word.rfind(['+', '-']).filter(|at| *at > 0)?;
    let digit = |c: &u8| c.is_ascii_digit() || *c == b'.';
    word.as_bytes().get(sign - 1).filter(|c| digit(c))?;
    format!("{}E{}", &word[..sign], &word[sign..]).parse().ok()
}

/// With how many digits the numbers of a file were written: the most that were
/// seen, as zeros at the end may have been left out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Digits {
    /// Significant digits of numbers with an exponent.
    significant: u32,
    /// Decimals of numbers without one.
    decimals: u32,
    /// Whether there were numbers of the second kind but zero.
    fixed: bool,
}

impl Digits {
    fn add(&mut self, word: &[u8]) {
        let (mut significant, mut decimals) = (0, 0);
        let (mut point, mut exponent) = (false, false);
        for c in word {
            match c {
                b'0'..=b'9' => {
                    decimals += u32::from(point);
                    significant += u32::from(significant > 0 || *c != b'0');
                }
                b'.' => point = true,
                b'-' | b'+' if significant == 0 && decimals == 0 => {}
                _ => {
                    exponent = true;
                    break;
                }
            }
        }
        if significant == 0 {
            return;
        }
        if exponent {
            self.significant = self.significant.max(significant);
        } else {
            self.fixed = true;
            self.decimals = self.decimals.max(decimals);
        }
    }

    /// How far numbers may be off because they were rounded.
    pub(super) fn rounding(self) -> Rounding {
        let unit = |digits: u32| 10_f64.powi(-i32::try_from(digits).unwrap_or(300).min(300));
        Rounding {
            relative: match self.significant {
                0 => 0.0,
                n => unit(n - 1),
            },
            absolute: if self.fixed { unit(self.decimals) } else { 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_fortran_are_read() {
        for (word, value) in [
            ("1.5D+02", 150.0),
            ("-.5d0", -0.5),
            ("+2.", 2.0),
            ("0.12-100", 0.12e-100),
            ("1.+2", 100.0),
            ("1e3", 1000.0),
        ] {
            assert_eq!(number(word), Some(value), "{word}");
        }
        for word in ["zero", "*****", "-", "1.0D", "1-", "", "--1", "1.0E+1E+1"] {
            assert_eq!(number(word), None, "{word}");
        }
    }

    #[test]
    fn digits_are_those_of_the_longest_number() {
        let rounding = |words: &[&str]| {
            let mut digits = Digits::default();
            for word in words {
                digits.add(word.as_bytes());
            }
            digits.rounding()
        };
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-12;
        // POWHEG, MadGraph 2 and Pythia, in this order.
        let found = rounding(&["0.000000000E+00", "4.018783720E+02", "-1.0E+00"]);
        assert!(near(found.relative, 1e-9) && found.absolute == 0.0);
        assert!(near(rounding(&["-.93544317E+03", "0.1E+1"]).relative, 1e-7));
        assert!(near(rounding(&["1.0838163607E+02"]).relative, 1e-10));
        let found = rounding(&["0.0", "12.3400", "5."]);
        assert!(near(found.absolute, 1e-4) && found.relative == 0.0);
        assert_eq!(rounding(&["0.", "-0.0E+00"]), Rounding::default());
    }

    #[test]
    fn counts_are_bounded() {
        let count = |text| Words::of(text).count("NUP");
        assert_eq!(count("12"), Ok(12));
        for text in ["-1", "1000000000", "99999999999999999999", "1.5", ""] {
            assert!(count(text).unwrap_err().contains("NUP"), "{text}");
        }
    }
}
