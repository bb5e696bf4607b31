//! Values of arguments: counts, accuracies, `name=value` and `label=names`.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use crate::card::{AUTO, MOST_THREADS, count_up_to};
use crate::integrate::{LONGEST_TRAINING, MOST_EVENTS};
use crate::jobs::{LARGEST_MB, LONGEST_JOB_S, MOST_JOBS};
use crate::storage::meant_instead;

/// Most drawings of diagrams in a file: a browser shows no more with ease.
const MOST_DRAWINGS: u64 = 5000;

/// A parameter and its value: `aS=0.118`; no value for a width to be computed, `WT=auto`.
pub(crate) type Assignment = (String, Option<f64>);

/// A label and the particles it stands for: `ell+=e+ mu+`.
pub(crate) type Definition = (String, Names);

/// Names separated by white space.
pub(crate) type Names = Vec<String>;

/// `A..B`, with whole numbers as in [`whole`]; from `A`, up to but without `B`.
pub(crate) fn range(text: &str) -> Result<Range<u64>, String> {
    let form = "not of the form A..B, as in 1000..2000";
    let (start, end) = text.split_once("..").ok_or(form)?;
    let place = |text: &str| count_up_to(text, MOST_EVENTS);
    let range = place(start)?..place(end)?;
    if range.is_empty() {
        return Err("B must be above A".to_owned());
    }
    Ok(range)
}

/// A name that a card knows as well.
pub(crate) fn named<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|e| e.to_string())
}

/// Longest time in seconds that is taken: a hundred years.
const LONGEST_S: f64 = 3.2e9;

/// A time in seconds, not negative.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds, as in 30 or 0.5".to_owned())?;
    if seconds > LONGEST_S {
        return Err(format!("too long: at most {LONGEST_S:e} seconds"));
    }
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| "not a time: expected seconds from 0 on".to_owned())
}

/// The wall time of a job in seconds: `90m`, `12h`, `2d`, `12:00:00` or `1-12:00:00`.
pub(crate) fn job_time(text: &str) -> Result<u64, String> {
    let form = "not the time of a job, as in 90m, 12h, 2d, 12:00:00 or 1-12:00:00";
    let whole = |text: &str| text.parse::<u64>().map_err(|_| form.to_owned());
    let units = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
    let unit = units.iter().find(|(letter, _)| text.ends_with(*letter));
    let seconds = if let Some((letter, seconds)) = unit {
        whole(text.trim_end_matches(*letter))?.checked_mul(*seconds)
    } else {
        let (days, clock) = text.split_once('-').unwrap_or(("0", text));
        let places: Vec<u64> = clock.split(':').map(whole).collect::<Result<_, _>>()?;
        let [hours, minutes, seconds] = places[..] else {
            return Err(form.to_owned());
        };
        let days = whole(days)?.checked_mul(86_400);
        let clock = hours.checked_mul(3600);
        let small = minutes.checked_mul(60).and_then(|m| m.checked_add(seconds));
        days.zip(clock)
            .zip(small)
            .and_then(|((d, h), s)| d.checked_add(h)?.checked_add(s))
    };
    match seconds {
        Some(0) => Err("must be longer than nothing".to_owned()),
        Some(s) if s <= LONGEST_JOB_S => Ok(s),
        _ => Err("too long: at most ten years".to_owned()),
    }
}

/// Memory or disk in units of 2^20 bytes: `500M`, `2G`, `2GB`, `1.5GiB`.
pub(crate) fn megabytes(text: &str) -> Result<u64, String> {
    let form = "not a size, as in 500M or 2G";
    let plain = text.trim_end_matches('B').trim_end_matches('i');
    let units = [('M', 1.0), ('G', 1024.0), ('T', 1024.0 * 1024.0)];
    let unit = units.iter().find(|(letter, _)| plain.ends_with(*letter));
    let (letter, unit) = unit.ok_or(form)?;
    let number: f64 = plain
        .trim_end_matches(*letter)
        .trim()
        .parse()
        .map_err(|_| form)?;
    let size = (number * unit).ceil();
    if !(1.0..=LARGEST_MB as f64).contains(&size) {
        return Err("expected 1M to 1024T".to_owned());
    }
    Ok(size as u64)
}

/// A number of jobs or of elements of an array, from 1.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    at_least_one(count_up_to(text, 10_000_000))
}

/// Times that something is tried again.
pub(crate) fn retries(text: &str) -> Result<u64, String> {
    count_up_to(text, 1000)
}

/// A whole number from 0: `10000`, `10_000`, `1e4` or `10k`, with k, M and G for
/// thousands, millions and thousands of millions.
pub(crate) fn whole(text: &str) -> Result<u64, String> {
    count_up_to(text, u64::MAX)
}

/// A number of events, from 1.
pub(crate) fn events(text: &str) -> Result<u64, String> {
    at_least_one(count_up_to(text, MOST_EVENTS))
}

/// A number of jobs, from 1.
pub(crate) fn jobs(text: &str) -> Result<u64, String> {
    at_least_one(count_up_to(text, MOST_JOBS))
}

/// A number of drawings, from 1.
pub(crate) fn drawings(text: &str) -> Result<usize, String> {
    at_least_one(count_up_to(text, MOST_DRAWINGS)).map(|n| n as usize)
}

/// A number of threads, from 1.
pub(crate) fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let number = at_least_one(count_up_to(text, MOST_THREADS))?;
    Ok(NonZeroUsize::MIN.saturating_add(number as usize - 1))
}

fn at_least_one(number: Result<u64, String>) -> Result<u64, String> {
    match number? {
        0 => Err("must be at least 1".to_owned()),
        number => Ok(number),
    }
}

/// A relative accuracy: above 0, below 1.
pub(crate) fn accuracy(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x < 1.0 => Ok(x),
        Ok(_) => Err("a relative accuracy lies between 0 and 1".to_owned()),
        Err(_) => Err("not a number".to_owned()),
    }
}

/// Most legs that a process can have.
const MOST_LEGS: u64 = 14;

/// A leg of a process, counted from 1.
pub(crate) fn leg(text: &str) -> Result<u32, String> {
    at_least_one(count_up_to(text, MOST_LEGS)).map(|n| n as u32)
}

/// The energy of a beam in GeV.
pub(crate) fn energy(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x.is_finite() => Ok(x),
        Ok(_) => Err("an energy is above 0 and finite".to_owned()),
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
    if value.eq_ignore_ascii_case(AUTO) {
        return Ok((name.to_owned(), None));
    }
    let value: f64 = value
        .parse()
        .map_err(|_| format!("'{value}' is not a number, nor 'auto' for a width"))?;
    if !value.is_finite() {
        return Err(format!("{name} must be finite"));
    }
    Ok((name.to_owned(), Some(value)))
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

/// Endings of files that stand in the place of a process line.
const ENDINGS: [&str; 6] = ["toml", "dat", "omnis", "lhe", "gz", "txt"];

/// A process line, or the path of a file.
pub(crate) fn process_or_file(text: &str) -> Result<String, String> {
    let path = Path::new(text);
    if text.contains('>') || !path.exists() && !is_path(text) {
        return process_line(text);
    }
    match path.exists() {
        true => Ok(text.to_owned()),
        false => Err(format!("there is no such file{}", meant_instead(path))),
    }
}

/// Whether a text without `>` is meant as the name of a file.
fn is_path(text: &str) -> bool {
    let ending = Path::new(text).extension().unwrap_or_default();
    let known = |e: &str| ending.eq_ignore_ascii_case(e);
    text.contains(std::path::is_separator) || ENDINGS.into_iter().any(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_of_jobs_have_units() {
        for (text, seconds) in [
            ("90m", 5400),
            ("2d", 172_800),
            ("12:00:30", 43_230),
            ("1-02:00:00", 93_600),
        ] {
            assert_eq!(job_time(text), Ok(seconds), "{text}");
        }
        for text in ["90", "2h30", "1:2", "-5m", "", "h", "99999999999999999999d"] {
            assert!(job_time(text).is_err(), "{text}");
        }
        assert!(job_time("0s").is_err() && job_time("4000d").is_err());
        assert_eq!(megabytes("500M"), Ok(500));
        assert_eq!(megabytes("1.5GiB"), Ok(1536));
        assert_eq!(megabytes("2GB"), Ok(2048));
        for text in ["500", "2X", "G", "-1G", "NaNG", "1e99T", "0M"] {
            assert!(megabytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn counts_may_be_written_with_exponents_letters_and_underscores() {
        assert_eq!(events("10000"), Ok(10_000));
        assert_eq!(events("10_000"), Ok(10_000));
        assert_eq!(events("1e4"), Ok(10_000));
        assert_eq!(events("2.5e3"), Ok(2_500));
        assert_eq!(events("10k"), Ok(10_000));
        assert_eq!(events("1.5M"), Ok(1_500_000));
        assert_eq!(whole("18446744073709551615"), Ok(u64::MAX));
        let form = "not a whole number, as in 10000, 1e4 or 10k";
        for (bad, why) in [
            ("0", "must be at least 1"),
            ("0.5", form),
            ("-3", "must not be negative"),
            ("1e18", "too large: at most 1e15"),
            ("1e19", "too large: at most 1e15"),
            ("1000000000000001", "too large: at most 1e15"),
            ("many", form),
            ("", form),
            ("k", form),
            ("nan", form),
            ("inf", "too large: at most 1e15"),
        ] {
            assert_eq!(events(bad), Err(why.to_owned()), "{bad}");
        }
    }

    #[test]
    fn jobs_and_threads_have_bounds_that_are_named() {
        assert_eq!(jobs("200"), Ok(200));
        assert_eq!(jobs("1e9"), Err("too large: at most 50000".to_owned()));
        assert_eq!(threads("64").map(NonZeroUsize::get), Ok(64));
        assert_eq!(threads("100000"), Err("too large: at most 1024".to_owned()));
        assert!(threads("0").is_err());
    }

    #[test]
    fn ranges_go_from_a_number_to_a_larger_one() {
        assert_eq!(range("0..10"), Ok(0..10));
        assert_eq!(range("1e6..2_000_000"), Ok(1_000_000..2_000_000));
        assert_eq!(
            range("1e15..2e15"),
            Err("too large: at most 1e15".to_owned())
        );
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
        let too_long = "too long: at most 3.2e9 seconds".to_owned();
        assert_eq!(seconds("1e300"), Err(too_long));
    }

    #[test]
    fn accuracies_lie_between_zero_and_one() {
        assert_eq!(accuracy("0.01"), Ok(0.01));
        for bad in ["0", "1", "-0.1", "nan", "1%"] {
            assert!(accuracy(bad).is_err(), "{bad}");
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
        assert_eq!(assignment("aS = 0.118"), Ok(("aS".to_owned(), Some(0.118))));
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
        for name in ["no_such.toml", "no/such", "NO_SUCH_proc_card.DAT"] {
            let error = process_or_file(name).unwrap_err();
            assert!(error.starts_with("there is no such file"), "{error}");
        }
        assert!(process_or_file("p p").unwrap_err().contains("quotes"));
    }
}
