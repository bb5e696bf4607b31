//! Where something of a card stands: its file, and the line.
//!
//! Knows names of files and the text of the card; knows no error.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::card::Card;

/// The files that a card comes from, as they are named in messages. Cards that differ in
/// nothing else are equal.
#[derive(Clone, Debug, Default)]
pub struct CardFiles {
    /// The one with `[process]` and `[model]`.
    pub process: String,
    /// The one with all the rest, which cards of MadGraph have in a file of its own.
    pub run: String,
    /// Whether the text of the card is that of the file, line by line.
    pub has_lines: bool,
}

impl PartialEq for CardFiles {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl CardFiles {
    /// A card of omnis.
    pub(super) fn one(name: &str) -> Self {
        Self {
            process: name.to_owned(),
            run: name.to_owned(),
            has_lines: true,
        }
    }
}

impl Card {
    /// Whether its text has `key`, written as `section.name`.
    pub fn has_key(&self, key: &str) -> bool {
        offset(&self.text, key, None).is_some()
    }

    /// Whether its text has `key`, written as `section.name`, with this value.
    pub(crate) fn has_value(&self, key: &str, value: &str) -> bool {
        offset(&self.text, key, Some(value)).is_some()
    }

    /// The file that has `key`, written as `section.name`, with its line if that is known:
    /// `c.toml, line 3`. Of a list, `value` tells the element. `None` for a card that comes
    /// from no file.
    pub(crate) fn place(&self, key: &str, value: Option<&str>) -> Option<String> {
        let files = &self.files;
        let of_process = ["process", "model"].contains(&key.split('.').next().unwrap_or(key));
        let file = match of_process {
            true => &files.process,
            false => &files.run,
        };
        let at = offset(&self.text, key, value)
            .or_else(|| offset(&self.text, key, None))
            .and_then(|at| self.text.get(..at))
            .filter(|_| files.has_lines);
        match at {
            _ if file.is_empty() => None,
            None => Some(file.clone()),
            Some(before) => Some(format!("{file}, line {}", before.matches('\n').count() + 1)),
        }
    }
}

/// Where the value of a key begins, or the element of its list that is `value`.
fn offset(text: &str, key: &str, value: Option<&str>) -> Option<usize> {
    let whole = DeTable::parse(text).ok()?;
    let mut names = key.split('.');
    let mut found = whole.get_ref().get(names.next()?)?;
    for name in names {
        found = found.get_ref().as_table()?.get(name)?;
    }
    let Some(value) = value else {
        return Some(found.span().start);
    };
    let is_it = |item: &&Spanned<DeValue>| {
        let written = match item.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            _ => return false,
        };
        written.split_whitespace().eq(value.split_whitespace())
    };
    let item = match found.get_ref().as_array() {
        Some(list) => list.iter().find(is_it),
        None => Some(found).filter(is_it),
    };
    item.map(|item| item.span().start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A card\nprocess.generate = [\n  \"p p > e+ e-\",\n  \"p p > mu+  mu-\",\n]\n\
                        [beams]\nparticles = [\"p\", \"pbar\"]\npdf = 247001\n";

    #[test]
    fn keys_and_elements_of_lists_have_their_lines() {
        let card = Card::from_str(TEXT, "c.toml").unwrap();
        let place = |key, value| card.place(key, value).unwrap();
        assert_eq!(place("process.generate", None), "c.toml, line 2");
        let second = Some("p p > mu+ mu-");
        assert_eq!(place("process.generate", second), "c.toml, line 4");
        assert_eq!(place("beams.particles", Some("pbar")), "c.toml, line 7");
        assert_eq!(place("beams.pdf", Some("247001")), "c.toml, line 8");
        // What is not there is not given a line.
        assert_eq!(place("cuts.require", Some("pt(j) > 20")), "c.toml");
        assert_eq!(place("", None), "c.toml");
        assert!(card.has_key("beams.pdf") && !card.has_key("run.max_overweight"));
        assert!(card.has_value("beams.pdf", "247001"));
        assert!(!card.has_value("beams.pdf", "247000"));
    }

    #[test]
    fn cards_of_two_files_name_the_one_and_cards_of_none_nothing() {
        let mut card = Card::from_str(TEXT, "c.toml").unwrap();
        card.files = CardFiles {
            process: "proc_card.dat".into(),
            run: "run_card.dat".into(),
            has_lines: false,
        };
        let place = |key| card.place(key, None).unwrap();
        assert_eq!(place("process.generate"), "proc_card.dat");
        assert_eq!(place("beams.particles"), "run_card.dat");
        card.files = CardFiles::default();
        assert_eq!(card.place("beams.particles", None), None);
    }
}
