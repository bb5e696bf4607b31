//! JSON documents as values of the interpreter, within bounds.
//!
//! Knows JSON and counts what it takes; knows no key of a model.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::fault::Fault;
use super::interpreter::Interpreter;
use super::value::{SIZE, Value};

/// The entries of an object with these keys, each once; others are passed over.
///
/// # Errors
/// [`Fault`] with the line: what is no JSON, no object, or takes more than a model may.
pub(super) fn entries(
    interpreter: &mut Interpreter,
    file: &Rc<str>,
    text: &str,
    wanted: &[&str],
) -> Result<BTreeMap<String, Value>, Fault> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let document = Document {
        interpreter,
        wanted,
    };
    let read = reader.deserialize_any(document);
    let read = read.and_then(|entries| reader.end().map(|()| entries));
    read.map_err(|error| {
        let said = error.to_string();
        let problem = match said.split_once(" at line ") {
            Some((problem, _)) if error.is_data() => problem.to_owned(),
            Some((problem, _)) => format!(
                "no JSON: {problem} in column {}, expected a model that ufo-model-loader wrote",
                error.column()
            ),
            None => said,
        };
        Fault::fatal(file, u32::try_from(error.line()).unwrap_or(0), problem)
    })
}

/// The object at the top.
struct Document<'a, 'f> {
    interpreter: &'a mut Interpreter<'f>,
    wanted: &'a [&'a str],
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = BTreeMap<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with the keys of a model that ufo-model-loader wrote")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            if !self.wanted.contains(&&*key) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value_seed(Node(&mut *self.interpreter))?;
            if entries.contains_key(&key) {
                return Err(A::Error::custom(format!("found the key '{key}' twice")));
            }
            entries.insert(key, value);
        }
        Ok(entries)
    }
}

/// A value at any depth.
struct Node<'a, 'f>(&'a mut Interpreter<'f>);

impl Node<'_, '_> {
    /// Counts a value and bytes besides.
    fn take<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        let taken = self.0.take(0, SIZE + bytes);
        taken.map_err(|fault| E::custom(fault.problem))
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(mut self) -> Result<Value, E> {
        self.take(0).map(|()| Value::None)
    }

    fn visit_bool<E: Error>(mut self, b: bool) -> Result<Value, E> {
        self.take(0).map(|()| Value::Bool(b))
    }

    fn visit_i64<E: Error>(mut self, n: i64) -> Result<Value, E> {
        self.take(0).map(|()| Value::Int(n))
    }

    fn visit_u64<E: Error>(mut self, n: u64) -> Result<Value, E> {
        let value = i64::try_from(n).map_or(Value::Float(n as f64), Value::Int);
        self.take(0).map(|()| value)
    }

    fn visit_f64<E: Error>(mut self, x: f64) -> Result<Value, E> {
        self.take(0).map(|()| Value::Float(x))
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<Value, E> {
        self.take(16 + text.len()).map(|()| Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        self.take(32)?;
        while let Some(item) = list.next_element_seed(Node(&mut *self.0))? {
            items.push(item);
        }
        Ok(Value::list(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        self.take(32)?;
        while let Some(key) = map.next_key::<String>()? {
            self.take(16 + key.len())?;
            let value = map.next_value_seed(Node(&mut *self.0))?;
            entries.push((Value::text(&key), value));
        }
        Ok(Value::Dict(Rc::new(entries.into())))
    }
}

/// The lines in which the items of the lists at the top begin, by the keys of the lists,
/// of a text that is JSON.
pub(super) fn lines(text: &str) -> BTreeMap<&str, Vec<u32>> {
    let mut lines = BTreeMap::new();
    let (mut line, mut depth, mut key) = (1, 0, "");
    let (mut in_list, mut begins) = (false, false);
    let mut found: Vec<u32> = Vec::new();
    // Where the string began that is open, and whether a backslash stands before.
    let (mut string, mut escaped) = (None, false);
    for (k, c) in text.bytes().enumerate() {
        if c == b'\n' {
            line += 1;
        }
        if let Some(start) = string {
            match c {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    string = None;
                    if depth == 1 {
                        key = &text[start..k];
                    }
                }
                _ => {}
            }
            continue;
        }
        if begins && depth == 2 && !c.is_ascii_whitespace() && c != b']' {
            found.push(line);
            begins = false;
        }
        match c {
            b'"' => string = Some(k + 1),
            b',' if depth == 2 => begins = in_list,
            b'[' | b'{' => {
                depth += 1;
                if depth == 2 {
                    in_list = c == b'[';
                    begins = in_list;
                }
            }
            b']' | b'}' => {
                if depth == 2 && in_list {
                    lines.insert(key, std::mem::take(&mut found));
                }
                depth -= 1;
            }
            _ => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_have_the_lines_they_begin_in() {
        let text = "{\n\"a\": [\n {\"x\": [1,\n 2]},\n [3, {\"b\": []}], \"]\\\"\",\n 4],\n \
                    \"b\": {\"c\": [1,\n2]},\n \"d\": []\n}";
        let lines = lines(text);
        assert_eq!(lines["a"], vec![3_u32, 5, 5, 6]);
        assert!(lines["d"].is_empty());
        assert_eq!(lines.len(), 2);
    }
}
