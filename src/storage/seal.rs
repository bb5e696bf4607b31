//! JSON documents that carry their own checksum, so that a byte that was changed
//! is noticed wherever it stands.
//!
//! The checksum, under the key `sha256`, is of the values, not of the spaces
//! between them. Knows JSON; knows not what it says.

use serde::Serialize;
use serde_json::Value;

use super::checksum::{sha256, short_checksum};

/// The key of the checksum.
const SEAL: &str = "sha256";

/// The text of an object, with its checksum.
///
/// # Errors
/// If `document` is no object, or nothing that JSON can hold.
pub fn sealed(document: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let Value::Object(mut fields) = serde_json::to_value(document)? else {
        let what = "only objects have room for a checksum";
        return Err(serde::ser::Error::custom(what));
    };
    let sum = sum(&fields);
    fields.insert(SEAL.to_owned(), Value::String(sum));
    let mut text = serde_json::to_vec_pretty(&fields)?;
    text.push(b'\n');
    Ok(text)
}

/// The object that was sealed.
///
/// # Errors
/// What was found instead, in words.
pub fn unsealed(text: &[u8]) -> Result<Value, String> {
    let document: Value = serde_json::from_slice(text).map_err(|e| json_fault(&e))?;
    let Value::Object(mut fields) = document else {
        return Err("JSON that is no object".to_owned());
    };
    let Some(Value::String(stated)) = fields.remove(SEAL) else {
        return Err(format!("no checksum '{SEAL}' of its content"));
    };
    let found = sum(&fields);
    if found != stated {
        return Err(format!(
            "content with SHA-256 {}, not {} as it states",
            short_checksum(&found),
            short_checksum(&stated)
        ));
    }
    Ok(Value::Object(fields))
}

/// What a text is that is no JSON, and where that begins.
pub(crate) fn json_fault(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.is_eof() {
        true => format!("no JSON: a text that ends too early, in line {line}"),
        false => format!("no JSON from line {line}, column {column} on"),
    }
}

fn sum(fields: &serde_json::Map<String, Value>) -> String {
    let text = serde_json::to_vec(fields).expect("plain data, which JSON can hold");
    sha256(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn any_changed_byte_is_noticed_or_says_the_same() {
        let document = json!({ "n": 18_446_744_073_709_551_615_u64, "x": 0.1, "z": -0.0,
            "text": "a \"b\" \n", "list": [1, null, true, { "k": 1e-300 }] });
        let text = sealed(&document).unwrap();
        assert_eq!(unsealed(&text).unwrap(), document);
        for k in 0..text.len() {
            for bit in 0..8 {
                let mut other = text.clone();
                other[k] ^= 1 << bit;
                if let Ok(found) = unsealed(&other) {
                    assert_eq!(found, document, "byte {k}, bit {bit}");
                }
            }
        }
        for n in 0..text.len() - 1 {
            assert!(unsealed(&text[..n]).is_err(), "{n}");
        }
    }

    #[test]
    fn what_is_not_sealed_is_refused() {
        assert!(sealed(&[1, 2]).is_err());
        for (text, phrase) in [
            ("{", "no JSON: a text that ends too early, in line 1"),
            ("{\n\"a\": x}", "no JSON from line 2, column 6 on"),
            ("[1]", "no object"),
            ("{\"n\": 1}", "no checksum 'sha256'"),
            ("{\"n\": 1, \"sha256\": \"00\"}", "not 00 as it states"),
        ] {
            let error = unsealed(text.as_bytes()).unwrap_err();
            assert!(error.contains(phrase), "{text}: {error}");
        }
    }
}
