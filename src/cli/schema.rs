//! `omnis schema`: what cards may hold, and what commands print with `--json`, as JSON Schema or
//! as tables.
//!
//! Knows how schemas are written; knows not what they describe.

use clap::Args;
use serde_json::{Value, json};

use super::answer::Answer;
use super::card_tables::card_tables;
use super::failure::Failure;
use super::program::Context;
use crate::card::Card;
use crate::suggest::nearest;

const AFTER_HELP: &str = "\
Examples:
  omnis schema                          names of all schemas
  omnis schema card > card.schema.json  of cards, for editors: a card that begins with
                                        #:schema ./card.schema.json is checked and
                                        completed while it is written
  omnis schema card --markdown          keys of cards with types and defaults
  omnis schema generate                 of the answer of 'omnis generate --json'
  omnis schema --markdown               those of all answers as tables

Every object that a command prints with --json has a key 'schema', such as
omnis/generate/1: the name of its schema and the version. New keys may come within a
version; keys that go, or mean another thing, raise it.";

/// Name of the schema of cards.
const CARD: &str = "card";
/// The same with its version.
const CARD_ID: &str = "omnis/card/1";

/// Arguments of `omnis schema`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SchemaArgs {
    /// Name of a schema: 'card', or as in the key 'schema' of an answer
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    /// Tables of keys, types and units
    #[arg(long)]
    pub markdown: bool,
}

impl SchemaArgs {
    /// Prints a schema, tables or the names.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a name that is none.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        if matches!(self.name.as_deref(), Some(CARD | CARD_ID)) {
            return match self.markdown {
                true => context.print_text(&card_tables(&Card::schema())),
                false => context.print_raw(&format!("{:#}", Card::schema())),
            };
        }
        let chosen = self.name.as_deref().map(answer_of).transpose()?;
        if self.markdown {
            let all: Vec<Answer> = match chosen {
                Some(answer) => vec![answer],
                None => Answer::ALL.to_vec(),
            };
            let tables: Vec<String> = all.iter().map(|a| markdown(&a.schema())).collect();
            return context.print_text(&tables.join("\n"));
        }
        if let Some(answer) = chosen {
            return context.print_raw(&format!("{:#}", answer.schema()));
        }
        let title = |a: &Answer| {
            let schema = a.schema();
            schema["title"].as_str().unwrap_or_default().to_owned()
        };
        let card = Card::schema()["title"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let answers = Answer::ALL.iter().map(|a| (a.name(), a.id(), title(a)));
        let all: Vec<_> = [(CARD, CARD_ID, card)].into_iter().chain(answers).collect();
        let lines = all
            .iter()
            .map(|(name, _, title)| format!("{name:<18}{title}"));
        let lines: Vec<String> = lines.collect();
        let list =
            (all.iter()).map(|(name, id, title)| json!({ "name": name, "id": id, "title": title }));
        let json = json!({ "schemas": list.collect::<Vec<_>>() });
        context.print(Answer::Schemas, &lines.join("\n"), &json)
    }
}

/// By its name, or by the whole text of the key.
fn answer_of(name: &str) -> Result<Answer, Failure> {
    let found = (Answer::ALL.iter()).find(|a| a.name() == name || a.id() == name);
    found.copied().ok_or_else(|| {
        let answers = Answer::ALL.iter().map(|a| a.name());
        let names: Vec<&str> = [CARD].into_iter().chain(answers).collect();
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("expected one of {}", names.join(", ")),
        };
        Failure::Usage(anyhow::anyhow!("no schema has the name '{name}'; {hint}"))
    })
}

/// A section with a table of all keys, nested ones by their path.
fn markdown(schema: &Value) -> String {
    let text = |key: &str| schema[key].as_str().unwrap_or_default();
    let id = schema["properties"]["schema"]["const"].as_str();
    let mut lines = vec![
        format!("## `{}`", id.unwrap_or_default()),
        String::new(),
        format!("{}.", text("title")),
    ];
    if !text("description").is_empty() {
        lines.push(text("description").to_owned());
    }
    lines.push("\n| key | type | meaning |\n|---|---|---|".to_owned());
    add_rows(schema, schema, "", &mut lines);
    lines.join("\n") + "\n"
}

fn add_rows(root: &Value, schema: &Value, path: &str, lines: &mut Vec<String>) {
    let required = schema["required"].as_array();
    let is_required = |key: &str| required.is_some_and(|r| r.iter().any(|k| k == key));
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{key}");
        let resolved = resolved(root, value);
        let mut meaning = value["description"].as_str().unwrap_or_default().to_owned();
        if meaning.is_empty() {
            meaning = resolved["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
        }
        if let Some(constant) = value["const"].as_str() {
            meaning = format!("`{constant}`");
        }
        if !is_required(key) {
            meaning = format!("{meaning} (not always there)");
        }
        let meaning = meaning.replace('|', "\\|");
        lines.push(format!(
            "| `{path}` | {} | {meaning} |",
            type_text(root, value)
        ));
        add_inner(root, resolved, &path, lines);
    }
    let any = &schema["additionalProperties"];
    if any.is_object() {
        add_inner(root, resolved(root, any), &format!("{path}NAME"), lines);
    }
}

/// Rows of what an object or the items of an array hold.
fn add_inner(root: &Value, schema: &Value, path: &str, lines: &mut Vec<String>) {
    for branch in schema["anyOf"].as_array().into_iter().flatten() {
        add_inner(root, resolved(root, branch), path, lines);
    }
    if schema["properties"].is_object() || schema["additionalProperties"].is_object() {
        add_rows(root, schema, &format!("{path}."), lines);
    } else if schema["items"].is_object() {
        let items = resolved(root, &schema["items"]);
        add_inner(root, items, &format!("{path}[]"), lines);
    }
}

fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"]
        .as_str()
        .and_then(|r| r.strip_prefix("#/$defs/"));
    name.map_or(schema, |name| &root["$defs"][name])
}

fn type_text(root: &Value, schema: &Value) -> String {
    let schema = resolved(root, schema);
    if let Some(branches) = schema["anyOf"].as_array() {
        let all: Vec<String> = branches.iter().map(|b| type_text(root, b)).collect();
        return all.join(" or ");
    }
    let one = |name: &str| match name {
        "array" if schema["items"].is_object() => {
            format!("array of {}", type_text(root, &schema["items"]))
        }
        other => other.to_owned(),
    };
    match &schema["type"] {
        Value::String(name) => one(name),
        Value::Array(names) => {
            let names: Vec<String> = names.iter().filter_map(Value::as_str).map(one).collect();
            names.join(" or ")
        }
        _ if schema["const"].is_string() => "string".to_owned(),
        _ => "any".to_owned(),
    }
}
