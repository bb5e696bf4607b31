//! Parameter cards in the SUSY Les Houches Accord format.
//!
//! Knows blocks, codes and values, of which only those that are inputs of the
//! model are used. Source: hep-ph/0311123, section 3 and appendix A.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::note::{ModelNote, NoteKind};
use super::parameters::{ParameterTable, Stated};
use super::{AUTO, Contradiction, Model, ModelError, ParameterOrigin};
use crate::elementary::Elementary;
use crate::storage::{MAX_TEXT, read_text};

/// Relative difference up to which a card agrees with a derived value; or else it
/// agrees with the digits that it has, if they are not too few.
const CARD_PRECISION: f64 = 1e-4;
const FEW_DIGITS: f64 = 1e-3;

/// The values of a card in blocks that the model knows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ParamCard {
    path: PathBuf,
    /// By block in upper case and codes.
    entries: BTreeMap<(String, Vec<i32>), Entry>,
    ignored_blocks: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    /// `None` for a width that is to be computed.
    value: Option<f64>,
    /// Half a unit of the last digit.
    rounding: f64,
    line: usize,
}

impl Entry {
    /// Whether a number may have been rounded to this entry.
    fn agrees(&self, value: f64) -> bool {
        let digits = self.rounding.min(FEW_DIGITS * value.abs());
        let allowed = digits.max(CARD_PRECISION * value.abs());
        self.value.is_none_or(|own| (own - value).abs() <= allowed)
    }

    /// As the card writes it, about.
    fn text(&self) -> String {
        self.value
            .map_or_else(|| AUTO.to_owned(), |x| x.to_string())
    }
}

/// What of a parameter card was not used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardNotes {
    /// Values that differ from those that the model computes with.
    pub warnings: Vec<ModelNote>,
    /// Blocks that the model does not know.
    pub ignored: Vec<ModelNote>,
}

/// What the lines below a header are.
enum Section {
    None,
    Known(String),
    /// Branching ratios of a DECAY, or a block that the model does not use.
    Skipped,
}

impl ParamCard {
    /// Reads a card for the model of this table.
    ///
    /// # Errors
    /// [`ModelError::CardUnreadable`], [`ModelError::CardLine`].
    pub(crate) fn read(path: &Path, table: &ParameterTable) -> Result<Self, ModelError> {
        let text = read_text(path, MAX_TEXT).map_err(|error| ModelError::CardUnreadable {
            path: path.to_owned(),
            problem: error.to_string(),
        })?;
        Self::parse(&text, path, table)
    }

    fn parse(text: &str, path: &Path, table: &ParameterTable) -> Result<Self, ModelError> {
        // No line of SLHA begins so.
        if text.trim_start().starts_with('{') {
            return Self::parse_json(text, path, table);
        }
        let mut card = Self {
            path: path.to_owned(),
            entries: BTreeMap::new(),
            ignored_blocks: Vec::new(),
        };
        let mut section = Section::None;
        for (index, raw) in text.lines().enumerate() {
            let content = raw.split('#').next().unwrap_or_default();
            let words: Vec<&str> = content.split_whitespace().collect();
            card.take_line(&words, index + 1, &mut section, table)
                .map_err(|problem| ModelError::CardLine {
                    path: path.to_owned(),
                    line: index + 1,
                    text: raw.trim().to_owned(),
                    problem,
                })?;
        }
        Ok(card)
    }

    /// A card that ufo-model-loader writes: an object of `[value, 0.0]` by names of inputs.
    fn parse_json(text: &str, path: &Path, table: &ParameterTable) -> Result<Self, ModelError> {
        let unreadable = |problem: String| ModelError::CardUnreadable {
            path: path.to_owned(),
            problem,
        };
        let values: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(text).map_err(|e| unreadable(format!("no JSON: {e}")))?;
        let mut entries = BTreeMap::new();
        for (name, value) in &values {
            let index = table.find_external(name);
            let index = index.map_err(|e| unreadable(e.to_string()))?;
            let number = match value.as_array().map(Vec::as_slice) {
                Some([re, im]) if im.as_f64() == Some(0.0) => re.as_f64(),
                Some(_) => None,
                None => value.as_f64(),
            };
            let number = number.ok_or_else(|| {
                let found: String = value.to_string().chars().take(60).collect();
                unreadable(format!("found {name} = {found}, expected [a number, 0.0]"))
            })?;
            let row = &table.external()[index];
            let key = format!("\"{name}\"");
            let entry = Entry {
                value: Some(number),
                rounding: 0.0,
                line: text
                    .lines()
                    .position(|l| l.contains(&key))
                    .map_or(0, |k| k + 1),
            };
            entries.insert((row.block.to_uppercase(), row.code.clone()), entry);
        }
        Ok(Self {
            path: path.to_owned(),
            entries,
            ignored_blocks: Vec::new(),
        })
    }

    fn take_line(
        &mut self,
        words: &[&str],
        line: usize,
        section: &mut Section,
        table: &ParameterTable,
    ) -> Result<(), String> {
        let Some(&first) = words.first() else {
            return Ok(());
        };
        if first.eq_ignore_ascii_case("BLOCK") {
            let name = words.get(1).ok_or("a block without a name")?.to_uppercase();
            let known = (table.external().iter()).any(|p| p.block.eq_ignore_ascii_case(&name))
                || (table.stated().iter()).any(|p| p.block.eq_ignore_ascii_case(&name))
                || (table.fixed_codes()).any(|(block, _)| block.eq_ignore_ascii_case(&name));
            *section = if known {
                Section::Known(name)
            } else {
                self.ignored_blocks.push(name);
                Section::Skipped
            };
            return Ok(());
        }
        if first.eq_ignore_ascii_case("DECAY") {
            *section = Section::Skipped;
            let &[_, pdg, width] = words else {
                return Err("expected 'DECAY', a PDG number and a width".into());
            };
            return self.insert("DECAY".into(), &[pdg], width, line);
        }
        match section {
            Section::Skipped => Ok(()),
            Section::None => Err("expected 'BLOCK' or 'DECAY' before values".into()),
            Section::Known(block) => {
                let lengths = code_lengths(table, block);
                match words.split_last() {
                    Some((value, codes)) if lengths.contains(&codes.len()) => {
                        self.insert(block.clone(), codes, value, line)
                    }
                    _ if lengths == [2] => Err("expected two codes and a value".into()),
                    _ => Err("expected a code and a value".into()),
                }
            }
        }
    }

    fn insert(
        &mut self,
        block: String,
        codes: &[&str],
        word: &str,
        line: usize,
    ) -> Result<(), String> {
        let code = codes
            .iter()
            .map(|c| parse_code(c))
            .collect::<Result<_, _>>()?;
        let is_auto = block == "DECAY" && word.eq_ignore_ascii_case(AUTO);
        let value = match is_auto {
            true => None,
            false => Some(parse_value(word)?),
        };
        let entry = Entry {
            value,
            rounding: half_a_unit(word),
            line,
        };
        match self.entries.insert((block, code), entry) {
            Some(earlier) if earlier.value != value => Err(format!(
                "line {} gives this parameter another value",
                earlier.line
            )),
            _ => Ok(()),
        }
    }

    /// Overrides the inputs that the card gives.
    ///
    /// # Errors
    /// [`ModelError::CardLine`] for a value that the parameter cannot have.
    pub(crate) fn apply(&self, table: &mut ParameterTable) -> Result<(), ModelError> {
        for ((block, code), entry) in &self.entries {
            let index = (table.external().iter())
                .position(|p| p.block.eq_ignore_ascii_case(block) && p.code == *code);
            if let Some(index) = index {
                let set = match entry.value {
                    Some(value) => table.set(index, value),
                    None => table.set_auto(index),
                };
                set.map_err(|error| ModelError::CardLine {
                    path: self.path.clone(),
                    line: entry.line,
                    text: format!("{block} {} {}", codes_text(code), entry.text()),
                    problem: error.to_string(),
                })?;
            }
        }
        Ok(())
    }

    /// Compares what the card says of derived parameters with what they are, in a
    /// table with the inputs of the card.
    ///
    /// # Errors
    /// [`ModelError::Contradiction`], and those of [`ParameterTable::evaluate`].
    pub(crate) fn check(&self, table: &ParameterTable) -> Result<(), ModelError> {
        let entry_of = |p: &Stated| (self.entries).get(&(p.block.to_uppercase(), p.code.clone()));
        let stated = table.stated();
        if stated.iter().all(|p| entry_of(p).is_none()) {
            return Ok(());
        }
        let values = table.evaluate()?;
        for parameter in stated {
            let value = values.real(&parameter.name);
            if let (Some(entry), Some(value)) = (entry_of(&parameter), value)
                && !entry.agrees(value)
            {
                let contradiction = Contradiction {
                    path: self.path.clone(),
                    line: entry.line,
                    entry: format!(
                        "{} {} = {}",
                        parameter.block,
                        codes_text(&parameter.code),
                        entry.text()
                    ),
                    name: parameter.name,
                    value,
                    inputs: parameter.inputs,
                    scheme: parameter.scheme,
                };
                return Err(ModelError::Contradiction(Box::new(contradiction)));
            }
        }
        Ok(())
    }

    /// Refuses a restriction of another model: one that has blocks which the model does not
    /// have, and lacks blocks of its inputs.
    ///
    /// # Errors
    /// [`ModelError::ForeignRestriction`].
    pub(crate) fn check_restriction(
        &self,
        table: &ParameterTable,
        model: &str,
    ) -> Result<(), ModelError> {
        let has = |block: &str| self.entries.keys().any(|(own, _)| own == block);
        let rows = table.external().iter();
        let blocks: BTreeSet<String> = rows.map(|row| row.block.to_uppercase()).collect();
        let lacks = |block: &&String| *block != "DECAY" && !has(block);
        let missing: Vec<&str> = blocks.iter().filter(lacks).map(String::as_str).collect();
        if missing.is_empty() || self.ignored_blocks.is_empty() {
            return Ok(());
        }
        Err(ModelError::ForeignRestriction {
            path: self.path.clone(),
            model: model.to_owned(),
            unknown: self.ignored_blocks.join(", "),
            missing: missing.join(", "),
        })
    }

    /// What the model did not use.
    pub(crate) fn notes(&self, model: &Model) -> CardNotes {
        let path = self.path.display();
        let mut notes = CardNotes::default();
        for ((block, code), entry) in &self.entries {
            // Inputs were used, and what is said of derived ones was compared.
            let is_known = model.parameters.iter().any(|p| match &p.origin {
                ParameterOrigin::External { block: b, code: c } => {
                    b.eq_ignore_ascii_case(block) && c == code
                }
                ParameterOrigin::Internal { .. } => false,
            });
            let stated = model.parameters.iter().find(|p| match &p.origin {
                ParameterOrigin::Internal {
                    slha: Some((b, c)), ..
                } => b.eq_ignore_ascii_case(block) && c == code,
                _ => false,
            });
            let particle = code.first().and_then(|pdg| model.by_pdg(*pdg));
            let particle = particle.map(|id| model.particle(id));
            let (name, used) = match (stated, block.as_str(), particle) {
                (Some(p), _, _) => (&*p.name, p.value.0),
                (None, "MASS", Some(p)) => (&*p.mass_name, p.mass),
                (None, "DECAY", Some(p)) => (&*p.width_name, p.width),
                _ => ("no parameter", f64::NAN),
            };
            if !is_known && (entry.value.is_none() || !entry.agrees(used)) {
                let model_value = if used.is_nan() {
                    "the model has no such input".to_owned()
                } else {
                    format!("the model has {name} = {used}")
                };
                let (kind, line) = (NoteKind::CardValueUnused, entry.line);
                let name = format!("{block} {}", codes_text(code));
                let given = entry.text();
                let text = format!("{path}:{line}: {name} = {given} is not used: {model_value}");
                let note = ModelNote::new(kind, name, text).at(path.to_string(), line);
                notes.warnings.push(note);
            }
        }
        if !self.ignored_blocks.is_empty() {
            let (n, names) = (self.ignored_blocks.len(), self.ignored_blocks.join(", "));
            let text =
                format!("{path}: {n} block(s) that the model does not use were ignored: {names}");
            let note = ModelNote::new(NoteKind::CardBlocksIgnored, names, text);
            notes.ignored.push(note.at(path.to_string(), 0));
        }
        notes
    }
}

/// How many codes the entries of a block may have.
fn code_lengths(table: &ParameterTable, block: &str) -> Vec<usize> {
    let of_block = |b: &str| b.eq_ignore_ascii_case(block);
    let external = table.external().iter().filter(|p| of_block(&p.block));
    let stated = table.stated().into_iter().filter(|p| of_block(&p.block));
    let fixed = table.fixed_codes().filter(|(b, _)| of_block(b));
    let mut lengths: Vec<usize> = external.map(|p| p.code.len()).collect();
    lengths.extend(stated.map(|p| p.code.len()));
    lengths.extend(fixed.map(|(_, code)| code.len()));
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// `3 6`.
fn codes_text(codes: &[i32]) -> String {
    let codes: Vec<String> = codes.iter().map(i32::to_string).collect();
    codes.join(" ")
}

fn parse_code(word: &str) -> Result<i32, String> {
    word.parse()
        .map_err(|_| format!("'{word}' is not an integer code"))
}

/// A number, also with Fortran's exponent letter.
fn parse_value(word: &str) -> Result<f64, String> {
    match word.replace(['d', 'D'], "e").parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("'{word}' is not finite")),
        Err(_) => Err(format!("'{word}' is not a number")),
    }
}

/// Half a unit of the last digit of a number that [`parse_value`] reads.
fn half_a_unit(word: &str) -> f64 {
    let word = word.replace(['d', 'D', 'E'], "e");
    let (mantissa, exponent) = word.split_once('e').unwrap_or((&word, "0"));
    let decimals = mantissa.split_once('.').map_or(0, |(_, d)| d.len());
    let exponent = exponent.parse().unwrap_or(0.0);
    0.5 * 10f64.powf_same(exponent - decimals as f64)
}

impl Model {
    /// The parameters as an SLHA card: every input, and derived parameters that cards
    /// state, for information.
    ///
    /// Reading the card gives the same parameters, bit by bit.
    pub fn param_card(&self) -> String {
        let mut rows = Vec::new();
        for parameter in &self.parameters {
            if let ParameterOrigin::External { block, code } = &parameter.origin {
                rows.push(Row {
                    block,
                    code: codes_text(code),
                    value: parameter.value.0,
                    comment: parameter.name.clone(),
                });
            }
        }
        for parameter in &self.parameters {
            if let ParameterOrigin::Internal {
                slha: Some((block, code)),
                ..
            } = &parameter.origin
            {
                rows.push(Row {
                    block,
                    code: codes_text(code),
                    value: parameter.value.0,
                    comment: format!("{} (derived)", parameter.name),
                });
            }
        }
        let mut blocks: Vec<&str> = Vec::new();
        for row in &rows {
            if !blocks.contains(&row.block) {
                blocks.push(row.block);
            }
        }

        let mut card = format!(
            "# Parameters of the model {} ({})\n",
            self.name,
            self.restrictions.join(", ")
        );
        if !self.scheme.is_empty() {
            let _ = writeln!(card, "# Electroweak inputs: {}", self.scheme);
        }
        for block in blocks {
            if block != "DECAY" {
                let _ = writeln!(card, "BLOCK {block}");
            }
            for row in rows.iter().filter(|row| row.block == block) {
                let keyword = if block == "DECAY" { "DECAY " } else { "" };
                let (code, value) = (&row.code, slha_number(row.value));
                let _ = writeln!(card, "{keyword}{code:>5} {value} # {}", row.comment);
            }
        }
        card
    }
}

/// A line of a card to be written.
struct Row<'a> {
    block: &'a str,
    /// Codes with blanks between them.
    code: String,
    value: f64,
    comment: String,
}

/// Nine digits where they are exact, else all.
fn slha_number(value: f64) -> String {
    let short = format!("{value:.8e}");
    let text = if short.parse() == Ok(value) {
        short
    } else {
        format!("{value:.16e}")
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelSpec;
    use crate::model::builtin;

    fn table(scheme: Option<&str>) -> ParameterTable {
        let mut source = builtin::source("sm").unwrap();
        ParameterTable::in_scheme(&mut source, scheme).unwrap()
    }

    fn parse(text: &str) -> Result<ParamCard, ModelError> {
        ParamCard::parse(text, Path::new("card.dat"), &table(None))
    }

    fn checked(text: &str, scheme: Option<&str>) -> Result<(), String> {
        let mut table = table(scheme);
        let card = ParamCard::parse(text, Path::new("card.dat"), &table).unwrap();
        card.apply(&mut table).unwrap();
        card.check(&table).map_err(|e| e.to_string())
    }

    #[test]
    fn widths_may_be_left_to_be_computed() {
        let mut table = table(None);
        let card = parse("DECAY 6 Auto # a comment\n 1.0 2 5 24\nDECAY 22 auto\n").unwrap();
        card.apply(&mut table).unwrap();
        assert!(table.auto().eq(["WT"]));
        // A number that comes later wins.
        table.set(table.find_external("WT").unwrap(), 1.4).unwrap();
        assert_eq!(table.auto().count(), 0);
        let model = Model::load(&ModelSpec::default()).unwrap();
        let notes = card.notes(&model).warnings;
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(
            notes[0].text.contains("DECAY 22 = auto is not used"),
            "{notes:?}"
        );
    }

    #[test]
    fn derived_values_agree_with_the_card_or_are_named() {
        // MW = 80.41900 GeV from the inputs of the model.
        for value in ["80.419", "8.0419E+01", "80.4", "8.04D1", "80.4189"] {
            assert_eq!(checked(&format!("BLOCK MASS\n 24 {value}\n"), None), Ok(()));
        }
        for value in ["80.377", "80.40", "80.5", "80.", "0.0"] {
            let error = checked(&format!("BLOCK MASS\n 24 {value}\n"), None).unwrap_err();
            let value: f64 = value.parse().unwrap();
            let start = format!("card.dat:2: MASS 24 = {value} contradicts MW = 80.41900");
            assert!(error.starts_with(&start), "{error}");
            let end = "which follows from aEWM1, Gf, MZ in the scheme 'alpha'; with scheme = \
                       \"MW\" in [model] it is an input; expected that value, or no such line";
            assert!(error.ends_with(end), "{error}");
        }
        // The other inputs of the card count.
        let other = "BLOCK SMINPUTS\n 1 128.0\nBLOCK MASS\n 24 ";
        assert_eq!(checked(&format!("{other} 79.839\n"), None), Ok(()));
        assert!(checked(&format!("{other} 80.419\n"), None).is_err());
        // In the other scheme it is the electromagnetic coupling.
        let card = "BLOCK MASS\n 24 80.419\nBLOCK SMINPUTS\n 1 132.507\n";
        assert_eq!(checked(card, Some("MW")), Ok(()));
        let error = checked("BLOCK SMINPUTS\n 1 127.9\n", Some("MW")).unwrap_err();
        assert!(
            error.starts_with("card.dat:2: SMINPUTS 1 = 127.9 contradicts aEWM1 = 13"),
            "{error}"
        );
        assert!(
            error.contains("Gf, MZ, MW in the scheme 'MW'; with scheme = \"alpha\""),
            "{error}"
        );
    }

    #[test]
    fn numbers_keep_every_bit() {
        for x in [
            0.0,
            91.188,
            1.16639e-5,
            2.0 / 3.0,
            -1e300,
            5e-324,
            0.1 + 0.2,
        ] {
            assert_eq!(slha_number(x).parse(), Ok(x), "{x}");
        }
        assert_eq!(slha_number(91.188), "9.11880000e+01");
        assert_eq!(slha_number(1.16639e-5), "1.16639000e-05");
    }

    #[test]
    fn lines_that_writers_differ_in_are_all_read() {
        let card = parse(
            "# comment\r\nBlock mass # masses\n  6 1.725D+02 # MT\n\t23\t91.2\n\
             BLOCK QNUMBERS 9000001 # x\n 1 0 # charge\n anything at all\n\
             DECAY 6 1.5E+00 # WT\n   1.0 2 5 24\n",
        )
        .unwrap();
        let value = |block: &str, code: i32| card.entries[&(block.to_owned(), vec![code])].value;
        assert_eq!(value("MASS", 6), Some(172.5));
        assert_eq!(value("MASS", 23), Some(91.2));
        assert_eq!(value("DECAY", 6), Some(1.5));
        assert_eq!((card.entries.len(), card.ignored_blocks.len()), (3, 1));
    }

    #[test]
    fn a_malformed_line_is_named() {
        let message = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(
            message("BLOCK MASS\n 6 heavy # MT\n"),
            "card.dat:2: 'heavy' is not a number: '6 heavy # MT'"
        );
        assert_eq!(
            message("\nBLOCK MASS\n\n 6 1 2\n"),
            "card.dat:4: expected a code and a value: '6 1 2'"
        );
        assert!(message("6 173.0\n").contains("card.dat:1: expected 'BLOCK' or 'DECAY'"));
        assert!(message("DECAY 6 automatic\n").contains("'automatic' is not a number"));
        assert!(message("BLOCK MASS\n 6 auto\n").contains("'auto' is not a number"));
        assert!(message("DECAY 6 auto\nDECAY 6 1.5\n").contains("line 1 gives"));
        assert!(message("BLOCK\n").contains("a block without a name"));
        assert!(message("BLOCK MASS\n 5.5 1\n").contains("'5.5' is not an integer code"));
        assert!(message("BLOCK MASS\n 5 nan\n").contains("'nan' is not finite"));
        assert!(message("BLOCK MASS\n 5 4\n 5 4.7\n").contains("line 2 gives this parameter"));
    }

    #[test]
    fn what_the_model_does_not_use_is_said() {
        let model = Model::load(&ModelSpec::default()).unwrap();
        let card = parse(
            "BLOCK MASS\n 24 80.419 # agrees\n 12 0.0\n 23 91.0\n 25 125\n\
             BLOCK ALPHA\n 0.1\nDECAY 11 0.0\n",
        );
        let notes = card.unwrap().notes(&model);
        assert_eq!(
            ModelNote::texts(&notes.ignored),
            ["card.dat: 1 block(s) that the model does not use were ignored: ALPHA"]
        );
        assert!(notes.warnings.is_empty(), "{notes:?}");
        let notes = parse("BLOCK MASS\n 12 0.1\n 99 5.0\n")
            .unwrap()
            .notes(&model)
            .warnings;
        assert_eq!(notes.len(), 2);
        assert!(
            notes[0]
                .text
                .ends_with("MASS 12 = 0.1 is not used: the model has ZERO = 0")
        );
        let place = (notes[1].name.as_str(), notes[1].line);
        assert_eq!(place, ("MASS 99", Some(3)));
        assert!(
            notes[1]
                .text
                .ends_with("MASS 99 = 5 is not used: the model has no such input")
        );
    }
}
