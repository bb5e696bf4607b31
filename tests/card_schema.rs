//! The schema of cards and their reader say the same: keys, types, ranges and defaults.

use std::fs;
use std::path::{Path, PathBuf};

use omnis::card::{Card, MadGraphImport, MadGraphOptions};
use serde_json::Value;

#[path = "common/guide.rs"]
mod guide;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A card as a program that checks it against a schema sees it.
fn as_json(text: &str) -> Value {
    let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
    serde_json::to_value(table).unwrap()
}

/// Why a card does not have the schema.
fn faults(validator: &jsonschema::Validator, text: &str) -> Vec<String> {
    let card = as_json(text);
    let errors = validator.iter_errors(&card);
    errors
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect()
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft7::new(&Card::schema()).unwrap()
}

/// The cards that are shipped, with their names.
fn shipped() -> Vec<(String, String)> {
    let mut found = vec![];
    for entry in fs::read_dir(root().join("processes")).unwrap() {
        let path = entry.unwrap().path();
        found.push((
            path.display().to_string(),
            fs::read_to_string(&path).unwrap(),
        ));
    }
    assert!(found.len() > 10);
    found
}

/// Cards that were made of those of MadGraph.
fn converted() -> Vec<(String, String)> {
    let mut open: Vec<PathBuf> = vec![root().join("tests/golden/madgraph_cards")];
    let mut found = vec![];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with("proc_card.dat") {
                let import = MadGraphImport::read(&path, &MadGraphOptions::default());
                if let Ok(import) = import {
                    found.push((path.display().to_string(), import.toml));
                }
            }
        }
    }
    assert!(found.len() >= 5, "{}", found.len());
    found
}

fn without_text(card: Card) -> Card {
    Card {
        text: String::new(),
        ..card
    }
}

#[test]
fn the_effective_card_is_the_card_and_has_the_schema() {
    let validator = validator();
    let all = shipped().into_iter().chain(guide::cards());
    for (name, text) in all.chain(converted()) {
        let card = Card::from_str(&text, &name).unwrap_or_else(|e| panic!("{e}"));
        let effective = card.effective();
        assert_eq!(
            faults(&validator, &effective),
            [""; 0],
            "{name}:\n{effective}"
        );
        let again = Card::from_str(&effective, &name).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(again.effective(), effective, "{name}");
        assert_eq!(without_text(again), without_text(card), "{name}");
    }
}

#[test]
fn cards_that_are_read_have_the_schema() {
    let validator = validator();
    let guide = guide::cards();
    assert!(guide.len() >= 10, "{}", guide.len());
    let all = shipped().into_iter().chain(guide).chain(converted());
    for (name, text) in all {
        Card::from_str(&text, &name).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(faults(&validator, &text), [""; 0], "{name}:\n{text}");
    }
}

/// Keys with a value of their own, as `section.key`, with their schema; keys of histograms are
/// those of one with a name.
fn keys(schema: &Value) -> Vec<(String, Value)> {
    let mut found = vec![];
    for (section, table) in schema["properties"].as_object().unwrap() {
        let (prefix, table) = match table["additionalProperties"].is_object() {
            true => (format!("{section}.h"), &table["additionalProperties"]),
            false => (section.clone(), table),
        };
        let mut open = vec![(prefix, table.clone())];
        while let Some((prefix, table)) = open.pop() {
            for (key, value) in table["properties"].as_object().unwrap() {
                let path = format!("{prefix}.{key}");
                let branches = value["anyOf"].as_array().into_iter().flatten();
                let inner = branches.filter(|b| b["x-keys"].is_array());
                open.extend(inner.map(|b| (path.clone(), b.clone())));
                found.push((path, value.clone()));
            }
        }
    }
    assert!(found.len() > 50, "{}", found.len());
    found
}

/// The smallest card in which a key can be given a value.
fn base(path: &str) -> Value {
    let mut card = as_json("[process]\ngenerate = \"p p > e+ e-\"\n");
    if path.starts_with("merging") {
        card["merging"]["xqcut"] = 20.into();
    }
    if path.starts_with("histograms.h") {
        card["histograms"]["h"]["of"] = "ht".into();
    }
    if path.starts_with("scales.alpha_s.") {
        card["scales"]["alpha_s"]["value"] = 0.118.into();
    }
    card
}

/// The card with a key set, as text.
fn with(path: &str, value: &Value) -> String {
    let mut card = base(path);
    let mut place = &mut card;
    for name in path.split('.') {
        place = &mut place[name];
    }
    *place = value.clone();
    toml::to_string(&card).unwrap()
}

#[test]
fn a_key_that_is_not_given_has_the_default_of_the_schema() {
    let mut n_defaults = 0;
    for (path, schema) in keys(&Card::schema()) {
        let Some(default) = schema.get("default") else {
            continue;
        };
        let read = |text: &str| without_text(Card::from_str(text, &path).unwrap());
        let silent = read(&toml::to_string(&base(&path)).unwrap());
        let given = read(&with(&path, default));
        // With [merging] the scales have another one, as their description says.
        assert_eq!(given, silent, "{path} = {default}");
        n_defaults += 1;
    }
    assert!(n_defaults >= 35, "{n_defaults}");
}

/// Values of all types, and about the bounds that keys have.
fn candidates() -> Vec<Value> {
    let text = r#"[true, false, -1, 0, 1, 2, 3, 4, 7, 20, 2000, 5000000000, -0.5, 0.5, 1.5, 1e-6,
        1e-12, 0.0005, 999.5, 1000.5, "", " ", "x", "auto", "inf", "-1", "0.5 * clustering",
        "transverse_mass / 2", "2 / clustering", "clustering * clustering", "full", "sample", "f32",
        "cuda", "wgpu:any", "flow", "sum", "feynman", "xy", [], [0], [1], [3, 3], [1, 2], [2, 1],
        [0.5, -0.5], [-2, 0], [1, 2, 3], [1, 2, 3, 4], [1e-12, 5], [0.1, 5000], [15, 1], [1.5],
        ["a"], [""], ["a", "b"], ["a", "b", "c"], ["a", 1], ["transverse_mass"],
        ["clustering"], ["clustering", 91.2], {}, {"x": 1}, {"x": 1.5, "y": "auto"}, {"x": "other"},
        {"x": ["a"]}, {"x": ["a", 1]}, {"value": 0.1}, {"value": 0.1, "loops": 5}, {"value": 2},
        {"value": 0.1, "x": 1}, [{}], [{"x": 1}], [{"x": 1, "name": "a"}], [{"name": "a"}],
        [{"x": 1, "name": "12"}], [{"x": 1, "name": "a b"}], [{"x": "a"}], [[1]]]"#;
    serde_json::from_str(text).unwrap()
}

/// What the schema of JSON cannot say and the reader refuses.
fn is_beyond_schemas(path: &str, value: &Value) -> bool {
    let key = path.rsplit('.').next().unwrap();
    // Thresholds increase.
    key == "thresholds" && (*value == serde_json::json!([2, 1]) || value[0] == 3 || value[0] == 15)
}

#[test]
fn the_reader_accepts_what_the_schema_allows_and_nothing_else() {
    let validator = validator();
    let mut wrong = vec![];
    let (mut n_good, mut n_bad) = (0, 0);
    for (path, _) in keys(&Card::schema()) {
        for value in candidates() {
            let text = with(&path, &value);
            let read = Card::from_str(&text, "card.toml");
            let faults = faults(&validator, &text);
            if read.is_ok() {
                n_good += 1;
            } else {
                n_bad += 1;
            }
            if read.is_ok() != faults.is_empty() && !is_beyond_schemas(&path, &value) {
                wrong.push(format!("{path} = {value}: {faults:?}, {:?}", read.err()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_good > 300 && n_bad > 2000, "{n_good} {n_bad}");
}

#[test]
fn keys_that_nobody_knows_fail_in_both() {
    let validator = validator();
    let example = guide::block("docs/src/user/cards.md", 0);
    let whole: toml::Table = example.parse().unwrap();
    let mut n_tables = 0;
    for section in whole.keys() {
        for text in [
            example.replacen(
                &format!("[{section}]\n"),
                &format!("[{section}]\nqqq = 1\n"),
                1,
            ),
            format!("[{section}x]\nqqq = 1\n{example}"),
        ] {
            if text == example {
                continue;
            }
            assert!(Card::from_str(&text, "card").is_err(), "{text}");
            assert!(!faults(&validator, &text).is_empty(), "{text}");
            n_tables += 1;
        }
    }
    assert!(n_tables >= 14, "{n_tables}");
    let first_line = format!("#:schema ./card.schema.json\n{example}");
    assert!(Card::from_str(&first_line, "card").is_ok());
}

/// The page on cards has the tables of the schema, and an example with every key.
mod the_card_reference {
    use super::*;

    #[test]
    #[cfg(feature = "cli")]
    fn has_the_tables_of_the_program() {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_omnis"))
            .args(["schema", "card", "--markdown"])
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let page = fs::read_to_string(root().join("docs/src/user/cards.md")).unwrap();
        let mut n_tables = 0;
        let mut heading = "";
        for part in printed.trim().split("\n\n") {
            match part.starts_with('#') {
                true => heading = part.lines().last().unwrap(),
                false => {
                    let section = page.split_once(&format!("\n{heading}\n"));
                    let section = section.unwrap_or_else(|| panic!("no {heading}")).1;
                    let section = section.split("\n## ").next().unwrap();
                    // To write it anew: omnis schema card --markdown.
                    assert!(section.contains(part), "{heading}:\n{part}\n");
                    n_tables += 1;
                }
            }
        }
        assert_eq!(n_tables, 11);
    }

    #[test]
    fn has_an_example_with_every_key() {
        let example = as_json(&guide::block("docs/src/user/cards.md", 0));
        for (path, schema) in keys(&Card::schema()) {
            let optional = ["merging", "weights", "histograms"];
            let old = schema["deprecated"] == true;
            if old || optional.contains(&path.split('.').next().unwrap()) {
                continue;
            }
            let pointer = format!("/{}", path.replace('.', "/"));
            assert!(example.pointer(&pointer).is_some(), "{path}");
        }
    }
}
