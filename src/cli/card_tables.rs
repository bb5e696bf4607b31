//! The schema of a card as tables of the guide: key, type, default, meaning.
//!
//! Knows JSON Schema as cards have it; knows no key.

use serde_json::Value;

use crate::card::toml_literal;

/// A section with a table for each table of a card.
pub(super) fn card_tables(schema: &Value) -> String {
    let mut sections = vec![];
    for name in keys(schema) {
        let table = &schema["properties"][name];
        match table.get("additionalProperties").filter(|p| p.is_object()) {
            Some(one) => add_section(&format!("## `[{name}]`"), "NAME.", one, &mut sections),
            None => add_section(&format!("## `[{name}]`"), "", table, &mut sections),
        }
        for key in keys(table) {
            let branches = table["properties"][key]["anyOf"].as_array();
            let tables = branches.into_iter().flatten();
            for inner in tables.filter(|b| b["x-keys"].is_array()) {
                add_section(&format!("### `{name}.{key}`"), "", inner, &mut sections);
            }
        }
    }
    sections.join("\n")
}

/// Keys of a table in the order of the guide.
fn keys(table: &Value) -> impl Iterator<Item = &str> {
    let order = table["x-keys"].as_array();
    order.into_iter().flatten().filter_map(Value::as_str)
}

fn add_section(heading: &str, prefix: &str, table: &Value, sections: &mut Vec<String>) {
    let required = table["required"].as_array();
    let is_required = |key: &str| required.is_some_and(|r| r.iter().any(|k| k == key));
    let mut lines = vec![
        heading.to_owned(),
        String::new(),
        "| key | type | default | meaning |".to_owned(),
        "|---|---|---|---|".to_owned(),
    ];
    for key in keys(table) {
        let schema = &table["properties"][key];
        let default = match is_required(key) {
            true => "required".to_owned(),
            false => default(schema),
        };
        let (kind, meaning) = (type_text(schema, true), meaning(schema));
        let cells = [format!("`{prefix}{key}`"), kind, default, meaning];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        lines.push(format!("| {} |", cells.join(" | ")));
    }
    sections.push(lines.join("\n") + "\n");
}

fn default(schema: &Value) -> String {
    match (schema.get("default"), schema["x-default"].as_str()) {
        (_, Some(words)) => words.to_owned(),
        (Some(value), None) if *value != Value::Array(vec![]) => {
            format!("`{}`", toml_literal(value))
        }
        _ => "none".to_owned(),
    }
}

/// What it means, word by word where there is a choice of words.
fn meaning(schema: &Value) -> String {
    let mut text = schema["description"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let words = schema["oneOf"].as_array().into_iter().flatten();
    for word in words {
        let description = word["description"].as_str().unwrap_or_default();
        for name in names(word) {
            text += &format!(" `{name}`: {description}");
        }
    }
    match schema["x-page"].as_str() {
        Some(page) => format!("{text} ([more]({page}))"),
        None => text,
    }
}

/// Words that a branch allows.
fn names(branch: &Value) -> Vec<&str> {
    let list = branch["enum"].as_array().into_iter().flatten();
    let all = list.chain(branch.get("const"));
    all.filter_map(Value::as_str).collect()
}

/// The type in words; of several of them unless `one`.
fn type_text(schema: &Value, one: bool) -> String {
    let branches = |key: &str| schema[key].as_array();
    if let Some(all) = branches("anyOf") {
        let mut texts: Vec<String> = all.iter().map(|b| type_text(b, one)).collect();
        texts.retain(|text| !text.is_empty());
        if !texts.is_empty() {
            return texts.join(" or ");
        }
    }
    let words: Vec<&str> = match branches("oneOf") {
        Some(all) => all.iter().flat_map(names).collect(),
        None => names(schema),
    };
    if !words.is_empty() {
        let words: Vec<String> = words.iter().map(|w| format!("`\"{w}\"`")).collect();
        return words.join(", ");
    }
    let plural = if one { "" } else { "s" };
    let range = range(schema);
    match schema["type"].as_str().unwrap_or_default() {
        "integer" => format!("whole number{plural}{range}"),
        "number" => format!("number{plural}{range}"),
        "boolean" => "`true`, `false`".to_owned(),
        "object" => match schema.get("additionalProperties").filter(|p| p.is_object()) {
            Some(values) if schema["properties"].is_null() => {
                format!("table{plural} of {}", type_text(values, false))
            }
            _ => format!("table{plural}"),
        },
        "array" => {
            let (least, most) = (schema["minItems"].as_u64(), schema["maxItems"].as_u64());
            let number = match (least, most) {
                (Some(a), Some(b)) if a == b => format!("{a} "),
                (_, Some(most)) => format!("at most {most} "),
                (Some(least), None) if least > 0 => format!("at least {least} "),
                _ => String::new(),
            };
            format!(
                "list{plural} of {number}{}",
                type_text(&schema["items"], false)
            )
        }
        "" => String::new(),
        name => format!("{name}{plural}"),
    }
}

fn range(schema: &Value) -> String {
    let bound = |key: &str, word: &str| {
        let value = schema.get(key)?;
        let largest = f64::from(u32::MAX);
        let x = value
            .as_f64()
            .filter(|x| key != "maximum" || *x != largest)?;
        Some(match x != 0.0 && !(1e-4..1e5).contains(&x.abs()) {
            true => format!(" {word} {x:e}"),
            false => format!(" {word} {x}"),
        })
    };
    let lower = bound("minimum", "from").or_else(|| bound("exclusiveMinimum", "above"));
    let is_closed = schema.get("minimum").is_some() && schema.get("maximum").is_some();
    let upper = bound("maximum", if is_closed { "to" } else { "up to" });
    let upper = upper.or_else(|| bound("exclusiveMaximum", "below"));
    let both = lower.is_some() && upper.is_some() && !is_closed;
    let comma = if both { "," } else { "" };
    format!(
        "{}{comma}{}",
        lower.unwrap_or_default(),
        upper.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_are_told_in_words() {
        for (schema, text) in [
            (
                json!({ "type": "integer", "minimum": 3, "maximum": 6 }),
                "whole number from 3 to 6",
            ),
            (
                json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }),
                "number above 0, below 1",
            ),
            (
                json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1000.0 }),
                "number above 0, up to 1000",
            ),
            (
                json!({ "type": "number", "minimum": 0.001, "maximum": 1e9 }),
                "number from 0.001 to 1e9",
            ),
            (json!({ "enum": ["a", "b"] }), "`\"a\"`, `\"b\"`"),
            (
                json!({ "oneOf": [{ "const": "a" }, { "enum": ["b"] }] }),
                "`\"a\"`, `\"b\"`",
            ),
            (
                json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }] }),
                "string or list of at least 1 strings",
            ),
            (
                json!({ "type": "object", "additionalProperties": { "type": "array", "items": { "type": "integer" } } }),
                "table of lists of whole numbers",
            ),
            (
                json!({ "type": "array", "items": { "type": "number", "minimum": -1, "maximum": 1 }, "minItems": 2, "maxItems": 2 }),
                "list of 2 numbers from -1 to 1",
            ),
        ] {
            assert_eq!(type_text(&schema, true), text);
        }
    }
}
