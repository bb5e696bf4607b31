//! The JSON Schema of a card: keys, types, ranges, defaults and what they mean, for editors and
//! for the tables of the guide.
//!
//! Derived from the types that cards are read into. Knows schemas; knows no meaning.

use schemars::generate::SchemaSettings;
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor, value};
use serde_json::{Map, Value, json};

use super::card::{
    AmplitudeCard, BeamsCard, Card, CutsCard, ModelCard, ProcessCard, RunCard, RunningCoupling,
    ScalesCard,
};
use super::merging::MergingCard;
use crate::histogram::HistogramRequest;
use crate::weights::WeightRequest;

/// Keyword with the keys of a table in the order of the guide.
const ORDER: &str = "x-keys";

/// Old names of keys: the table, the old name, the key.
const OLD_NAMES: [(&str, &str, &str); 2] = [
    ("/properties/model", "restrictions", "restrict"),
    ("/properties/run", "precision", "accuracy"),
];

impl Card {
    /// The JSON Schema (draft 7, which editors of TOML read) of a card.
    ///
    /// Besides the keywords of JSON Schema tables have `x-keys`, their keys in order, and keys
    /// may have `x-default`, a default that is no value, and `x-page`, a page of the guide.
    pub fn schema() -> Value {
        let settings = SchemaSettings::draft07().with(|s| {
            s.inline_subschemas = true;
            s.meta_schema = Some("http://json-schema.org/draft-07/schema#".into());
        });
        let root = settings.into_generator().into_root_schema_for::<Self>();
        let mut schema = root.to_value();
        plain(&mut schema);
        for (table, keys) in tables() {
            let place = schema.pointer_mut(table).expect("a table of the card");
            let known = place["properties"].as_object().expect("keys of a table");
            let keys = keys.iter().filter(|key| known.contains_key(**key));
            place[ORDER] = keys.copied().collect();
        }
        for (table, old, new) in OLD_NAMES {
            let place = schema.pointer_mut(table).expect("a table of the card");
            let mut key = place["properties"][new].clone();
            key["description"] = format!("Old name of `{new}`.").into();
            key["deprecated"] = true.into();
            place["properties"][old] = key;
            place["not"] = json!({ "required": [old, new] });
        }
        schema["title"] = "Card of omnis".into();
        schema["description"] = "What is generated, with which model, beams, scales and cuts, and \
                                 how much of it."
            .into();
        schema
    }
}

/// Tables of a card with their keys in the order of the types.
fn tables() -> [(&'static str, &'static [&'static str]); 12] {
    [
        ("", keys_of::<Card>()),
        ("/properties/process", keys_of::<ProcessCard>()),
        ("/properties/amplitude", keys_of::<AmplitudeCard>()),
        ("/properties/model", keys_of::<ModelCard>()),
        ("/properties/beams", keys_of::<BeamsCard>()),
        ("/properties/scales", keys_of::<ScalesCard>()),
        (
            "/properties/scales/properties/alpha_s/anyOf/1",
            keys_of::<RunningCoupling>(),
        ),
        ("/properties/cuts", keys_of::<CutsCard>()),
        ("/properties/run", keys_of::<RunCard>()),
        ("/properties/merging", keys_of::<MergingCard>()),
        ("/properties/weights", keys_of::<WeightRequest>()),
        (
            "/properties/histograms/additionalProperties",
            keys_of::<HistogramRequest>(),
        ),
    ]
}

/// The sections of a card and their keys.
pub(super) fn sections() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let sections = tables().into_iter().map(|(table, keys)| {
        let name = table.strip_prefix("/properties/")?;
        (!name.contains('/')).then_some((name, keys))
    });
    sections.flatten()
}

/// The keys that a type is read from, in their order, other names included.
fn keys_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names = Names(&[]);
    // It ends as soon as the keys are known.
    let _ = T::deserialize(&mut names);
    names.0
}

/// Asks a type for its keys.
struct Names(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut Names {
    type Error = value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        self.0 = fields;
        Err(value::Error::custom("there is no value"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(value::Error::custom("there is no value"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier
        ignored_any
    }
}

/// Takes out what TOML has no word for, and what the library alone can use.
fn plain(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else {
        return;
    };
    // A key that is not given is left out: TOML has no null.
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|t| t != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            map.insert("type".into(), one);
        }
    }
    if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
        branches.retain(|b| *b != json!({ "type": "null" }));
        if let [one] = branches.as_slice() {
            let one = one.as_object().cloned().unwrap_or_default();
            map.remove("anyOf");
            one.into_iter().for_each(|(key, value)| {
                map.entry(key).or_insert(value);
            });
        }
    }
    map.remove("format");
    // A table that is not given has the defaults of its keys.
    if matches!(map.get("default"), Some(Value::Null | Value::Object(_))) {
        map.remove("default");
    }
    if let Some(Value::String(text)) = map.get_mut("description") {
        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    for name in ["items", "additionalProperties", "not"] {
        map.get_mut(name).into_iter().for_each(plain);
    }
    for name in ["anyOf", "oneOf", "allOf"] {
        let branches = map.get_mut(name).and_then(Value::as_array_mut);
        branches.into_iter().flatten().for_each(plain);
    }
    let keys = map.get_mut("properties").and_then(Value::as_object_mut);
    keys.into_iter().flat_map(Map::values_mut).for_each(plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Objects with fixed keys, by their place.
    fn objects(schema: &Value, path: &str, found: &mut Vec<(String, Value)>) {
        if schema["properties"].is_object() {
            found.push((path.to_owned(), schema.clone()));
        }
        for (name, value) in schema["properties"].as_object().into_iter().flatten() {
            objects(value, &format!("{path}.{name}"), found);
        }
        for name in ["anyOf", "oneOf"] {
            for branch in schema[name].as_array().into_iter().flatten() {
                objects(branch, path, found);
            }
        }
        for name in ["items", "additionalProperties"] {
            let inner = schema.get(name).filter(|inner| inner.is_object());
            inner
                .into_iter()
                .for_each(|i| objects(i, &format!("{path}[]"), found));
        }
    }

    #[test]
    fn every_table_has_its_keys_in_order_and_every_key_a_meaning() {
        let mut found = vec![];
        objects(&Card::schema(), "card", &mut found);
        assert_eq!(found.len(), 13, "{found:#?}");
        for (path, table) in found.iter().filter(|f| f.0 != "card.weights.reweight[]") {
            let order: Vec<&str> = (table[ORDER].as_array().expect(path).iter())
                .filter_map(Value::as_str)
                .collect();
            for (key, value) in table["properties"].as_object().unwrap() {
                let old = value["deprecated"] == true;
                assert!(old || order.contains(&key.as_str()), "{path}.{key}");
                let meaning = value["description"].as_str().unwrap_or_default();
                assert!(meaning.ends_with('.'), "{path}.{key}: '{meaning}'");
            }
            assert_eq!(table["additionalProperties"], false, "{path}");
        }
        let run = Card::schema()["properties"]["run"].clone();
        assert_eq!(run[ORDER][0], "events");
        assert_eq!(run["properties"]["events"]["default"], 10_000);
    }
}
