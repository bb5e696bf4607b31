//! The card with all of its defaults, as a card.
//!
//! Knows keys, defaults and TOML; knows no meaning.

use std::fmt::Write as _;

use serde_json::Value;

use super::card::Card;
use super::literal::{toml_key, toml_literal};

/// Longer lists have a line for each element.
const WIDTH: usize = 90;

/// Sections that stand there only if the card uses them.
const OPTIONAL: [&str; 2] = ["weights", "histograms"];

impl Card {
    /// The card in TOML with the value of every key: those that it does not name have their
    /// defaults. Keys that have no value are comments. Read again it is the same card, but for
    /// its text.
    pub fn effective(&self) -> String {
        self.effective_without(&[])
    }

    /// The same without these keys, named as `section.key`.
    pub(crate) fn effective_without(&self, left_out: &[&str]) -> String {
        let schema = Self::schema();
        let values = self.values();
        let mut text = String::new();
        for section in ordered(&schema) {
            let value = &values[section];
            let is_unused = match section {
                "weights" => self.weights.is_empty(),
                _ => value.is_null(),
            };
            if is_unused {
                continue;
            }
            let table = &schema["properties"][section];
            match value.as_array() {
                Some(list) if section == OPTIONAL[1] => add_histograms(&mut text, list, table),
                _ => {
                    let keep = |key: &&str| !left_out.contains(&&*format!("{section}.{key}"));
                    let keys = ordered(table).filter(keep);
                    add_section(&mut text, section, keys, value, table);
                }
            }
        }
        text.trim_start().to_owned()
    }

    /// The values of all keys, those of files as the card has them.
    fn values(&self) -> Value {
        let mut values = serde_json::to_value(self).expect("a card is plain data");
        // A directory that was found beside the card is found there again.
        let written = self.text.parse::<toml::Table>().ok();
        let name = written
            .as_ref()
            .and_then(|t| t.get("model")?.get("name")?.as_str());
        if let Some(name) = name {
            values["model"]["name"] = name.into();
        }
        values
    }
}

/// Keys of a table in the order of the types.
fn ordered(schema: &Value) -> impl Iterator<Item = &str> {
    let keys = schema["x-keys"].as_array();
    keys.into_iter().flatten().filter_map(Value::as_str)
}

fn add_section<'a>(
    text: &mut String,
    heading: &str,
    keys: impl Iterator<Item = &'a str>,
    values: &Value,
    table: &Value,
) {
    let _ = writeln!(text, "\n[{heading}]");
    for key in keys {
        let schema = &table["properties"][key];
        // Values that are not written because they are the usual ones.
        let usual = schema.get("default").unwrap_or(&Value::Null);
        let value = values.get(key).filter(|v| !v.is_null()).unwrap_or(usual);
        let _ = match value {
            Value::Null => {
                let words = schema["x-default"].as_str().unwrap_or("none");
                writeln!(text, "# {key}: {words}")
            }
            value => writeln!(text, "{key} = {}", lines_of(value)),
        };
    }
}

/// A value, of a long list each element on its line.
fn lines_of(value: &Value) -> String {
    let text = toml_literal(value);
    match value {
        Value::Array(list) if text.len() > WIDTH => {
            let items = list
                .iter()
                .map(|item| format!("    {},\n", toml_literal(item)));
            format!("[\n{}]", items.collect::<String>())
        }
        _ => text,
    }
}

/// A table for each histogram, in the order of the card.
fn add_histograms(text: &mut String, list: &[Value], schema: &Value) {
    for one in list {
        let name = one["name"].as_str().unwrap_or_default();
        let table = &schema["additionalProperties"];
        let has_edges = one.get("edges").is_some();
        // Edges stand in the place of both.
        let keep = |key: &&str| !(has_edges && matches!(*key, "bins" | "range"));
        let heading = format!("histograms.{}", toml_key(name));
        add_section(text, &heading, ordered(table).filter(keep), one, table);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(text: &str) -> Card {
        Card::from_str(text, "card").unwrap()
    }

    #[test]
    fn a_value_is_there_for_every_key_that_has_one() {
        let text = card("process.generate = \"p p > e+ e-\"\nrun.seed = 3\n").effective();
        for line in [
            "[process]",
            "generate = [\"p p > e+ e-\"]",
            "define = {}",
            "scheme",
            "gauge = \"unitary\"",
            "# pdf: `NNPDF23_lo_as_0130_qed`, which is built in",
            "mu_r = \"half_transverse_mass\"",
            "allow_singular = false",
            "events = 10000",
            "seed = 3",
            "bw_cutoff = 15.0",
            "event_norm = \"average\"",
            "# bias: none",
        ] {
            assert!(text.contains(line), "{line}:\n{text}");
        }
        for absent in ["[merging]", "[weights]", "[histograms"] {
            assert!(!text.contains(absent), "{absent}:\n{text}");
        }
        let without = card("process.generate = \"a\"").effective_without(&["run.threads"]);
        assert!(!without.contains("threads") && without.contains("me_frame"));
    }

    #[test]
    fn the_effective_card_is_the_same_card() {
        for text in [
            "process = { generate = [\"p p > q q\", \"p p > e+ e- | x\"], define = { q = [\"u\", \"d\"], \"l+\" = [\"e+\"] } }\n\
             model = { set = { WT = \"auto\", \"MASS 25\" = 125.1 }, restrict = \"ckm_no_b_mass\", gauge = \"feynman\" }\n\
             run = { bw_cutoff = inf, bias = \"(ht / 100)^2\", time_of_flight = 0, event_norm = \"sum\", events = 1e6 }\n\
             cuts = { require = [\"|eta(j)| < 2.5\", \"pt(j) > 20\", \"m(j, j) > 1234.5\", \"dR(j, j) > 0.4\", \"ht > 1\"], allow_singular = true }",
            "process.generate = \"p p > w+ + 0,1 j\"\nmerging.xqcut = 20\n",
            "process.generate = \"p p > w+ + 0,1 j\"\nmerging.xqcut = 20\nscales = { mu_r = 91.188, mu_f = [\"0.5 * clustering\", 80] }\n",
            "process.generate = \"p p > e+ e-\"\n\
             scales.alpha_s = { value = 0.13, loops = 1 }\nbeams = { pdf = 247000, member = 3 }\n\
             [weights]\nmu_r = [0.5, 2]\nscales = [\"transverse_mass\"]\npdf = [247000, \"x@2\"]\n\
             reweight = [{ MZ = 91, name = \"a\" }]\n\
             [histograms]\nz.of = \"m(e+, e-)\"\nz.range = [60, 120]\n\"a.b\" = { of = \"ht\", edges = [0, 1.5], log = \"xy\" }\n",
        ] {
            let first = card(text);
            let effective = first.effective();
            let second = card(&effective);
            let without_text = |card: Card| Card {
                text: String::new(),
                ..card
            };
            assert_eq!(second.effective(), effective);
            assert_eq!(without_text(second), without_text(first), "{effective}");
        }
    }
}
