//! Values of a card that are checked while they are read, so that an error
//! has a line and a column.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

use serde::Serializer;
use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};

use super::count::count_up_to;
use super::placeholder::{StrayBraces, stray_braces};
use crate::integrate::{LONGEST_TRAINING, MOST_EVENTS};

/// Reads a number, whole or not; holds what is expected.
struct NumberVisitor(&'static str);

impl Visitor<'_> for NumberVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> Result<f64, E> {
        Ok(x)
    }

    fn visit_i64<E: de::Error>(self, x: i64) -> Result<f64, E> {
        Ok(x as f64)
    }

    fn visit_u64<E: de::Error>(self, x: u64) -> Result<f64, E> {
        Ok(x as f64)
    }
}

/// A number, whole or not.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = deserializer.deserialize_any(NumberVisitor("a number"));
        read.map(Number)
    }
}

/// An energy, as a number.
struct Energy(f64);

impl<'de> Deserialize<'de> for Energy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a number, the energy in GeV";
        let read = deserializer.deserialize_any(NumberVisitor(expected));
        read.map(Energy)
    }
}

/// A number.
pub(super) fn number<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    Number::deserialize(d).map(|Number(x)| x)
}

/// Reads a whole number that is not negative; `1e6` is one too.
struct WholeVisitor {
    /// Whether it may be a text such as `10k`, and the largest number of one.
    texts_up_to: Option<u64>,
}

impl Visitor<'_> for WholeVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_u64<E: de::Error>(self, x: u64) -> Result<u64, E> {
        Ok(x)
    }

    fn visit_i64<E: de::Error>(self, x: i64) -> Result<u64, E> {
        whole_of(&x.to_string())
    }

    fn visit_i128<E: de::Error>(self, x: i128) -> Result<u64, E> {
        whole_of(&x.to_string())
    }

    fn visit_u128<E: de::Error>(self, x: u128) -> Result<u64, E> {
        whole_of(&x.to_string())
    }

    fn visit_f64<E: de::Error>(self, x: f64) -> Result<u64, E> {
        // Not with all digits, of which not all are those of the text.
        match x.abs() < 1e15 {
            true => whole_of(&x.to_string()),
            false => whole_of(&format!("{x:e}")),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        match self.texts_up_to {
            Some(most) => count_up_to(text, most)
                .map_err(|what| E::custom(format!("found the text \"{text}\": {what}"))),
            None => Err(E::invalid_type(Unexpected::Str(text), &self)),
        }
    }
}

/// A number, in the range and with the messages of the command line.
fn whole_of<E: de::Error>(text: &str) -> Result<u64, E> {
    count_up_to(text, u64::MAX).map_err(|what| E::custom(format!("found {text}: {what}")))
}

/// A whole number that is not negative.
struct Whole(u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = deserializer.deserialize_any(WholeVisitor { texts_up_to: None });
        read.map(Whole)
    }
}

/// One string or a list of strings.
pub(super) fn strings<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    struct StringsVisitor;
    impl<'de> Visitor<'de> for StringsVisitor {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string or a list of strings")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<String>, E> {
            Ok(vec![text.into()])
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<String>, A::Error> {
            let mut list = Vec::new();
            while let Some(text) = seq.next_element()? {
                list.push(text);
            }
            Ok(list)
        }
    }
    d.deserialize_any(StringsVisitor)
}

/// The lines of `generate`: at least one, none empty.
pub(super) fn process_lines<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    let lines = strings(d)?;
    if lines.is_empty() || lines.iter().any(|l| l.trim().is_empty()) {
        return Err(de::Error::custom(
            "expected at least one process, as in [\"p p > e+ e-\"]",
        ));
    }
    Ok(lines)
}

/// Beam energies in GeV that can be computed with: beyond 1e9 GeV nothing is left of
/// `E^2 - p^2` of a GeV in double precision, and far beyond products of invariants
/// are not finite. Below 1e-9 GeV they vanish.
pub(super) const ENERGIES: std::ops::RangeInclusive<f64> = 1e-9..=1e9;

/// Polarisations of two beams.
pub(super) fn polarisations<'de, D: Deserializer<'de>>(d: D) -> Result<[f64; 2], D::Error> {
    let values = two::<Number, D>(d, "two polarisations, as in [-0.8, 0.3]")?;
    let values = values.map(|Number(x)| x);
    match values.iter().find(|x| !(-1.0..=1.0).contains(*x)) {
        None => Ok(values),
        Some(x) => Err(de::Error::custom(format!(
            "must lie between -1 and 1, as a fraction, but one is {x}"
        ))),
    }
}

/// Most legs that a process can have.
pub(super) const MOST_LEGS: u64 = 14;

/// Legs of a process, counted from 1, each once.
pub(super) fn legs<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u32>, D::Error> {
    let list = Vec::<Whole>::deserialize(d)?;
    let mut legs: Vec<u32> = Vec::new();
    for Whole(leg) in list {
        if !(1..=MOST_LEGS).contains(&leg) {
            return Err(de::Error::custom(format!(
                "must name legs from 1 to {MOST_LEGS}, but one is {leg}"
            )));
        }
        if legs.contains(&(leg as u32)) {
            return Err(de::Error::custom(format!("names leg {leg} twice")));
        }
        legs.push(leg as u32);
    }
    match legs.is_empty() {
        true => Err(de::Error::custom("expected at least one leg, as in [1, 2]")),
        false => Ok(legs),
    }
}

/// Beam energies in GeV.
pub(super) fn energies<'de, D: Deserializer<'de>>(d: D) -> Result<[f64; 2], D::Error> {
    let values = two::<Energy, D>(d, "two energies in GeV, as in [6500.0, 6500.0]")?;
    let values = values.map(|Energy(x)| x);
    if let Some(x) = values.iter().find(|x| !(**x > 0.0 && x.is_finite())) {
        return Err(de::Error::custom(format!(
            "must be positive energies in GeV, but one is {x}"
        )));
    }
    if let Some(x) = values.iter().find(|x| !ENERGIES.contains(*x)) {
        return Err(de::Error::custom(format!(
            "must lie between {:e} and {:e} GeV, where double precision can tell E and p \
             apart, but one is {x:e}",
            ENERGIES.start(),
            ENERGIES.end()
        )));
    }
    Ok(values)
}

/// A PDF set by its name, or by its LHAPDF id.
pub(super) fn pdf<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    struct PdfVisitor;
    impl<'de> Visitor<'de> for PdfVisitor {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the name of a PDF set, a path to it or its LHAPDF id")
        }

        fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
            Ok(Some(name.to_owned()))
        }

        fn visit_u64<E: de::Error>(self, id: u64) -> Result<Self::Value, E> {
            Ok(Some(id.to_string()))
        }

        fn visit_i64<E: de::Error>(self, id: i64) -> Result<Self::Value, E> {
            match id >= 0 {
                true => Ok(Some(id.to_string())),
                false => Err(E::custom(format!(
                    "must be an LHAPDF id from 0, a name or a path, but is {id}"
                ))),
            }
        }

        fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D2: Deserializer<'de>>(self, d: D2) -> Result<Self::Value, D2::Error> {
            d.deserialize_any(self)
        }
    }
    d.deserialize_any(PdfVisitor)
}

/// Names of two beam particles.
pub(super) fn particles<'de, D: Deserializer<'de>>(d: D) -> Result<[String; 2], D::Error> {
    two(d, "two particles, as in [\"p\", \"p\"]")
}

/// Reads a list; holds what is expected.
struct ListVisitor<T>(&'static str, PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = seq.next_element()? {
            list.push(item);
        }
        Ok(list)
    }
}

fn two<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    d: D,
    expected: &'static str,
) -> Result<[T; 2], D::Error> {
    let list = d.deserialize_any(ListVisitor::<T>(expected, PhantomData))?;
    let n = list.len();
    <[T; 2]>::try_from(list)
        .map_err(|_| de::Error::custom(format!("found a list of {n}, expected {expected}")))
}

/// A whole number from 0 to 2^32 - 1.
pub(super) fn member<'de, D: Deserializer<'de>>(d: D) -> Result<u32, D::Error> {
    let Whole(x) = Whole::deserialize(d)?;
    u32::try_from(x).map_err(|_| de::Error::custom(format!("is too large: {x}")))
}

/// A whole number from 0.
pub(super) fn whole<'de, D: Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
    Whole::deserialize(d).map(|Whole(x)| x)
}

/// The name of an event file.
pub(super) fn output<'de, D: Deserializer<'de>>(d: D) -> Result<PathBuf, D::Error> {
    let path = PathBuf::deserialize(d)?;
    match stray_braces(&path) {
        None => Ok(path),
        Some(StrayBraces { found, expected }) => Err(de::Error::custom(format!(
            "found {found} in the name, expected {expected}"
        ))),
    }
}

/// Most threads that can be asked for.
pub const MOST_THREADS: u64 = 1024;

/// A number of threads.
pub(super) fn threads<'de, D: Deserializer<'de>>(d: D) -> Result<usize, D::Error> {
    match whole(d)? {
        x if x > MOST_THREADS => Err(de::Error::custom(format!(
            "must be at most {MOST_THREADS}, but is {x}"
        ))),
        x => Ok(x as usize),
    }
}

/// A number of events, or its text as on the command line, such as `"10k"`.
pub(super) fn events<'de, D: Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
    let texts_up_to = Some(MOST_EVENTS);
    match d.deserialize_any(WholeVisitor { texts_up_to })? {
        0 => Err(de::Error::custom("must be at least 1, but is 0")),
        x if x > MOST_EVENTS => Err(de::Error::custom(format!(
            "must be at most {MOST_EVENTS:e}, but is {x}"
        ))),
        x => Ok(x),
    }
}

/// A number above 0 and below 1.
pub(super) fn fraction<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let Number(x) = Number::deserialize(d)?;
    if x > 0.0 && x < 1.0 {
        Ok(x)
    } else {
        Err(de::Error::custom(format!(
            "must be above 0 and below 1, but is {x}"
        )))
    }
}

/// A number of widths: a number above 0, or `inf` with or without quotes.
pub(super) fn bw_cutoff<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Text(String),
    }
    let x = match Written::deserialize(d) {
        Ok(Written::Number(x)) => Some(x),
        Ok(Written::Text(text)) => text.parse().ok(),
        Err(_) => None,
    };
    x.filter(|x| *x > 0.0)
        .ok_or_else(|| de::Error::custom("must be a number of widths above 0, or inf for no limit"))
}

/// Writes it so that it can be read again; JSON has no infinite numbers.
pub(super) fn write_bw_cutoff<S: Serializer>(x: &f64, s: S) -> Result<S::Ok, S::Error> {
    if x.is_finite() {
        s.serialize_f64(*x)
    } else {
        s.serialize_str("inf")
    }
}

/// A training in units of the usual one.
pub(super) fn training<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let Number(x) = Number::deserialize(d)?;
    if x > 0.0 && x <= LONGEST_TRAINING {
        Ok(x)
    } else {
        Err(de::Error::custom(format!(
            "must be above 0 and at most {LONGEST_TRAINING}, but is {x}"
        )))
    }
}

/// A number from 0, below 1.
pub(super) fn share<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let Number(x) = Number::deserialize(d)?;
    if (0.0..1.0).contains(&x) {
        Ok(x)
    } else {
        Err(de::Error::custom(format!(
            "must be at least 0 and below 1, but is {x}"
        )))
    }
}

/// A length in mm.
pub(super) fn lifetime<'de, D: Deserializer<'de>>(d: D) -> Result<Option<f64>, D::Error> {
    let Number(x) = Number::deserialize(d)?;
    if x >= 0.0 && x.is_finite() {
        Ok(Some(x))
    } else {
        Err(de::Error::custom(format!(
            "must be a length in mm, at least 0, but is {x}"
        )))
    }
}

/// The scale of a cut in GeV.
pub(super) fn cut<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let x = number(d)?;
    match x >= 0.0 && x.is_finite() {
        true => Ok(x),
        false => Err(de::Error::custom(format!(
            "must be a scale in GeV from 0, but is {x}"
        ))),
    }
}

/// A scale in GeV.
pub(super) fn energy<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let Number(x) = Number::deserialize(d)?;
    if x > 0.0 && x.is_finite() {
        Ok(x)
    } else {
        Err(de::Error::custom(format!(
            "must be a positive energy in GeV, but is {x}"
        )))
    }
}

/// Loops of the running coupling.
pub(super) fn loops<'de, D: Deserializer<'de>>(d: D) -> Result<u32, D::Error> {
    match whole(d)? {
        x @ 1..=4 => Ok(x as u32),
        x => Err(de::Error::custom(format!(
            "must be 1, 2, 3 or 4, but is {x}"
        ))),
    }
}

/// Flavour thresholds in GeV.
pub(super) fn thresholds<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<f64>, D::Error> {
    let list: Vec<f64> = (Vec::<Number>::deserialize(d)?.into_iter())
        .map(|Number(x)| x)
        .collect();
    let increasing = list.windows(2).all(|w| w[0] < w[1]);
    let positive = list.iter().all(|x| *x > 0.0 && x.is_finite());
    if list.len() <= 3 && increasing && positive {
        Ok(list)
    } else {
        Err(de::Error::custom(format!(
            "must be at most three increasing energies in GeV (charm, bottom, top), but is {list:?}"
        )))
    }
}
