//! Values of JSON as TOML writes them.
//!
//! Knows both formats; knows no key.

use serde_json::Value;

/// A value on one line, as behind `key = ` in a card. Null, which TOML does not have, is an
/// empty text.
pub(crate) fn toml_literal(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(_) => value.to_string(),
        Value::Number(n) => match n.as_f64().filter(|_| n.is_f64()) {
            // The shortest text that is the same number again.
            Some(x) => format!("{x:?}"),
            None => n.to_string(),
        },
        Value::String(text) => toml::Value::from(text.as_str()).to_string(),
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(toml_literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let item = |(key, value): (&String, &Value)| {
                format!("{} = {}", toml_key(key), toml_literal(value))
            };
            let items: Vec<String> = map.iter().map(item).collect();
            format!("{{ {} }}", items.join(", "))
        }
    }
}

/// A key, in quotes where it has to be.
pub(crate) fn toml_key(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    match !key.is_empty() && key.chars().all(is_bare) {
        true => key.to_owned(),
        false => toml::Value::from(key).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn literals_are_read_back_as_they_were() {
        let value = json!({
            "a": [1, 2.5, 1e-6, -3, 1e300, 0.1],
            "b c": "say \"x\"\n\\ 'y'",
            "l+": { "x": true, "MASS 24": [] },
            "empty": {},
            "large": u32::MAX,
        });
        let text = format!("value = {}", toml_literal(&value));
        let table: toml::Table = text.parse().unwrap();
        let back = serde_json::to_value(&table["value"]).unwrap();
        assert_eq!(back, value, "{text}");
    }
}
