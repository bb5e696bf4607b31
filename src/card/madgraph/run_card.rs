//! MadGraph's run card: `value = name ! comment`, with MadGraph's defaults for what it does
//! not say.
//!
//! Knows names and kinds of values; knows no cut and no scale.

use std::collections::BTreeMap;

use super::parameters::{ValueKind, names, parameter};
use super::report::{CardSection, Report};
use super::source::{SourceLine, number};
use crate::card::error::CardError;
use crate::suggest::did_you_mean;

/// Values that a card sets, each with its place.
#[derive(Clone, Debug, Default)]
pub(super) struct RunParameters {
    /// Name of the file.
    file: String,
    set: BTreeMap<&'static str, (String, SourceLine)>,
}

impl RunParameters {
    /// A card in which every parameter has its default.
    pub(crate) fn defaults(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            set: BTreeMap::new(),
        }
    }

    /// Reads a card.
    ///
    /// # Errors
    /// [`CardError::Invalid`] for a value that its parameter cannot have.
    pub fn parse(text: &str, file: &str, report: &mut Report) -> Result<Self, CardError> {
        let mut card = Self::defaults(file);
        for (k, line) in text.lines().enumerate() {
            let line = line.split(['#', '!']).next().unwrap_or_default().trim();
            let at = SourceLine {
                file: file.to_owned(),
                number: k + 1,
                text: line.split_whitespace().collect::<Vec<_>>().join(" "),
            };
            match line.rsplit_once('=') {
                Some((value, name)) => card.set(name, value, &at, report)?,
                None if line.is_empty() => {}
                None => report.note(
                    "no_value",
                    "no 'value = name', which MadGraph skips",
                    CardSection::Run,
                    &at,
                ),
            }
        }
        Ok(card)
    }

    /// Sets one parameter; a later value replaces an earlier one.
    ///
    /// # Errors
    /// [`CardError::Invalid`] for a value that the parameter cannot have.
    pub fn set(
        &mut self,
        name: &str,
        value: &str,
        at: &SourceLine,
        report: &mut Report,
    ) -> Result<(), CardError> {
        let name = name.trim().to_lowercase();
        let value = value.trim().trim_matches(['\'', '"']).trim();
        let Some(&(name, default, kind, physics, _)) = parameter(&name) else {
            let hint = did_you_mean(&name, names());
            let reason = format!("'{name}' is no parameter of MadGraph's run card{hint}");
            report.physics("unknown_parameter", &reason, CardSection::Run, at);
            return Ok(());
        };
        // A value that stands for the default.
        if value.is_empty() || value.eq_ignore_ascii_case("default") {
            self.set.insert(name, (default.to_owned(), at.clone()));
            return Ok(());
        }
        let fits = match kind {
            ValueKind::Flag => flag(value).is_some(),
            ValueKind::Whole => whole(value).is_some(),
            ValueKind::Number => number(value).is_some(),
            ValueKind::Dictionary => dictionary(value).is_some(),
            ValueKind::Text | ValueKind::List => true,
        };
        if !fits && physics {
            return Err(at.error(format!("{name} = {value}: expected {}", expected(kind))));
        }
        if !fits {
            let reason = format!("expected {}", expected(kind));
            report.note("no_value", &reason, CardSection::Run, at);
            return Ok(());
        }
        self.set.insert(name, (value.to_owned(), at.clone()));
        Ok(())
    }

    /// Whether the card names the parameter.
    pub fn names(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    /// Where a value stands; for a default, the file and what it is.
    pub fn at(&self, name: &str) -> SourceLine {
        match self.set.get(name) {
            Some((_, at)) => at.clone(),
            None => SourceLine {
                file: self.file.clone(),
                number: 0,
                text: format!("{} = {name} (the default)", self.text(name)),
            },
        }
    }

    /// The value as text.
    pub fn text(&self, name: &str) -> &str {
        match self.set.get(name) {
            Some((value, _)) => value,
            None => parameter(name).map_or("", |p| p.1),
        }
    }

    /// A number.
    pub fn number(&self, name: &str) -> f64 {
        number(self.text(name)).unwrap_or_default()
    }

    /// A whole number.
    pub fn whole(&self, name: &str) -> i64 {
        whole(self.text(name)).unwrap_or_default()
    }

    /// Yes or no.
    pub fn flag(&self, name: &str) -> bool {
        flag(self.text(name)).unwrap_or_default()
    }

    /// Numbers by PDG number; other keys (`default`) are 0.
    pub fn dictionary(&self, name: &str) -> Vec<(i32, String)> {
        dictionary(self.text(name)).unwrap_or_default()
    }
}

fn expected(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Flag => "T or F",
        ValueKind::Whole => "a whole number",
        ValueKind::Number => "a number",
        ValueKind::Text => "a word",
        ValueKind::List => "a list",
        ValueKind::Dictionary => "numbers by PDG number, as in {6: 100}",
    }
}

fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "t" | "true" | ".true." | "1" | "on" => Some(true),
        "f" | "false" | ".false." | "0" | "off" => Some(false),
        _ => None,
    }
}

/// A whole number, also as `10k`, `1M` or `1e4`.
fn whole(text: &str) -> Option<i64> {
    let (text, factor) = match text.strip_suffix(['k', 'K']) {
        Some(rest) => (rest, 1e3),
        None => match text.strip_suffix('M') {
            Some(rest) => (rest, 1e6),
            None => (text, 1.0),
        },
    };
    let value = number(text)? * factor;
    (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i64)
}

/// `{6: 100, 25: 50}`.
fn dictionary(text: &str) -> Option<Vec<(i32, String)>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut found = Vec::new();
    for item in inner.split(',').filter(|item| !item.trim().is_empty()) {
        let (key, value) = item.split_once(':')?;
        let key = key.trim().trim_matches(['\'', '"']);
        let pdg = match key {
            "default" | "__type__" => 0,
            _ => key.parse().ok()?,
        };
        let value = value.trim();
        if number(value).is_none() && flag(value).is_none() {
            return None;
        }
        found.push((pdg, value.to_owned()));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (RunParameters, Report) {
        let mut report = Report::default();
        let card = RunParameters::parse(text, "run_card.dat", &mut report).unwrap();
        (card, report)
    }

    #[test]
    fn values_come_before_names_and_defaults_fill_the_rest() {
        let (card, report) = parsed(
            "# x\n 'lhapdf' = pdlabel ! y\n 1d5= ptjmax\n10k = nevents\n.true. = cut_decays\n\
             ['--mur=1,2'] = systematics_arguments\n{6: 100, 25: 50.} = pt_min_pdg\n",
        );
        assert_eq!(card.text("pdlabel"), "lhapdf");
        assert_eq!(card.number("ptjmax"), 1e5);
        assert_eq!(card.whole("nevents"), 10_000);
        assert!(card.flag("cut_decays"));
        assert_eq!(card.number("ptj"), 20.0);
        assert_eq!(card.text("systematics_arguments"), "['--mur=1,2']");
        assert_eq!(card.dictionary("pt_min_pdg")[1], (25, "50.".to_owned()));
        assert!(report.entries.is_empty(), "{report:?}");
    }

    #[test]
    fn unknown_names_have_a_nearest_one_and_wrong_values_an_error() {
        let (_, report) = parsed("20 = ptjet_\n20 = etaJ\n 7 = ptjj\n");
        assert_eq!(report.entries.len(), 2);
        assert!(report.entries[1].reason.contains("did you mean 'ptj'"));
        let mut report = Report::default();
        let error = RunParameters::parse("\nmany = ptj", "r.dat", &mut report).unwrap_err();
        assert_eq!(
            error.to_string(),
            "r.dat, line 2, column 1: ptj = many: expected a number"
        );
    }
}
