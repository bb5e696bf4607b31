//! Values of arguments: counts, precisions, `name=value` and `label=names`.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::time::Duration;

use crate::production::LONGEST_TRAINING;

/// A parameter and its value: `aS=0.118`.
pub type Assignment = (String, f64);

/// A label and the particles it stands for: `ell+=e+ mu+`.
pub type Definition = (String, Names);

/// Names separated by white space.
pub type Names = Vec<String>;

/// A whole number from 1: `10000`, `10_000` or `1e4`.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    match whole(text)? {
        0 => Err("must be at least 1".to_owned()),
        number => Ok(number),
    }
}

/// `A..B`, with whole numbers as in [`count`]; from `A`, up to but without `B`.
pub(crate) fn range(text: &str) -> Result<Range<u64>, String> {
    let form = "not of the form A..B, as in 1000..2000";
    let (start, end) = text.split_once("..").ok_or(form)?;
    let range = whole(start.trim())?..whole(end.trim())?;
    if range.is_empty() {
        return Err("B must be above A".to_owned());
    }
    Ok(range)
}

/// A name that a card knows as well.
pub(crate) fn named<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|e| e.to_string())
}

/// A time in seconds, not negative.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a time in seconds".to_owned())
}

/// A whole number from 0.
pub(crate) fn whole(text: &str) -> Result<u64, String> {
    let plain = text.replace('_', "");
    let number = match plain.parse::<u64>() {
        Ok(n) => n,
        Err(_) => {
            // Whole numbers are exact in f64 up to 2^53.
            let x: f64 = plain.parse().map_err(|_| "not a number".to_owned())?;
            if x.fract() != 0.0 || !(0.0..=9.0e15).contains(&x) {
                return Err("not a whole number".to_owned());
            }
            x as u64
        }
    };
    Ok(number)
}

/// A number of threads, from 1.
pub(crate) fn threads(text: &str) -> Result<NonZeroUsize, String> {
    text.parse()
        .map_err(|_| "not a number of threads (1, 2, ...)".to_owned())
}

/// A relative precision: above 0, below 1.
pub(crate) fn precision(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x < 1.0 => Ok(x),
        Ok(_) => Err("a relative precision lies between 0 and 1".to_owned()),
        Err(_) => Err("not a number".to_owned()),
    }
}

/// A training in units of the usual one.
pub(crate) fn training(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x <= LONGEST_TRAINING => Ok(x),
        Ok(_) => Err(format!("above 0, at most {LONGEST_TRAINING}")),
        Err(_) => Err("not a number".to_owned()),
    }
}

/// `name=value`.
pub(crate) fn assignment(text: &str) -> Result<Assignment, String> {
    let (name, value) = halves(text, "name=value, as in aS=0.118")?;
    let value: f64 = value
        .parse()
        .map_err(|_| format!("'{value}' is not a number"))?;
    if !value.is_finite() {
        return Err(format!("{name} must be finite"));
    }
    Ok((name.to_owned(), value))
}

/// `label=name name ...`.
pub(crate) fn definition(text: &str) -> Result<Definition, String> {
    let (label, names) = halves(text, "label=particles, as in \"ell+=e+ mu+\"")?;
    let names = names.split_whitespace().map(str::to_owned).collect();
    Ok((label.to_owned(), names))
}

fn halves<'a>(text: &'a str, form: &str) -> Result<(&'a str, &'a str), String> {
    match text.split_once('=') {
        Some((left, right)) if !left.trim().is_empty() && !right.trim().is_empty() => {
            Ok((left.trim(), right.trim()))
        }
        _ => Err(format!("not of the form {form}")),
    }
}

/// A process line; a missing `>` is what an unquoted line leaves behind.
pub(crate) fn process_line(text: &str) -> Result<String, String> {
    if text.contains('>') {
        Ok(text.to_owned())
    } else {
        Err("no '>' in it: put the process in quotes, the shell takes > for itself".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_may_be_written_with_exponents_and_underscores() {
        assert_eq!(count("10000"), Ok(10_000));
        assert_eq!(count("10_000"), Ok(10_000));
        assert_eq!(count("1e4"), Ok(10_000));
        assert_eq!(count("2.5e3"), Ok(2_500));
        for bad in ["0", "0.5", "-3", "1e30", "many", "", "nan"] {
            assert!(count(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ranges_go_from_a_number_to_a_larger_one() {
        assert_eq!(range("0..10"), Ok(0..10));
        assert_eq!(range("1e6..2_000_000"), Ok(1_000_000..2_000_000));
        for bad in ["", "5", "5..", "..5", "5..5", "7..5", "-1..5", "a..b"] {
            assert!(range(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_not_negative() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for bad in ["", "-1", "nan", "inf", "soon"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn precisions_lie_between_zero_and_one() {
        assert_eq!(precision("0.01"), Ok(0.01));
        for bad in ["0", "1", "-0.1", "nan", "1%"] {
            assert!(precision(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn trainings_are_positive_and_end_somewhere() {
        assert_eq!(training("0.5"), Ok(0.5));
        for bad in ["0", "-1", "nan", "1e9", "long"] {
            assert!(training(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn assignments_need_a_name_and_a_finite_number() {
        assert_eq!(assignment("aS = 0.118"), Ok(("aS".to_owned(), 0.118)));
        for bad in ["aS", "=1", "aS=", "aS=x", "aS=inf"] {
            assert!(assignment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn definitions_split_their_particles() {
        let (label, names) = definition("ell+=e+ mu+").unwrap();
        assert_eq!(label, "ell+");
        assert_eq!(names, ["e+", "mu+"]);
        assert!(definition("ell+=").is_err());
    }

    #[test]
    fn a_process_needs_an_arrow() {
        assert!(process_line("p p > t t~").is_ok());
        assert!(process_line("p").unwrap_err().contains("quotes"));
    }
}
