//! Values that a user gives to the inputs of a model.
//!
//! Knows names and numbers; knows no parameter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// What stands in place of a width that is to be computed.
pub const AUTO: &str = "auto";

/// Values of inputs by name, in the units of the model, and widths that are computed
/// from the others before they are used.
///
/// It is a map of the values; [`Self::auto`] holds the names of the widths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParameterValues {
    values: BTreeMap<String, f64>,
    auto: BTreeSet<String>,
}

impl ParameterValues {
    /// Names of the widths to be computed.
    pub fn auto(&self) -> impl Iterator<Item = &str> {
        self.auto.iter().map(String::as_str)
    }

    /// Asks for a width to be computed, whatever value it had.
    pub fn set_auto(&mut self, name: &str) {
        self.values.remove(name);
        self.auto.insert(name.to_owned());
    }

    /// Gives an input a value, also one that was to be computed.
    pub fn set_value(&mut self, name: &str, value: f64) {
        self.auto.remove(name);
        self.values.insert(name.to_owned(), value);
    }

    /// Leaves no width to be computed.
    pub fn clear_auto(&mut self) {
        self.auto.clear();
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.auto.is_empty()
    }

    /// Takes over all of `later`, which wins.
    pub fn override_with(&mut self, later: Self) {
        for (name, value) in later.values {
            self.set_value(&name, value);
        }
        for name in &later.auto {
            self.set_auto(name);
        }
    }

    /// Names with their values as cards write them, in order.
    pub fn texts(&self) -> Vec<(&str, String)> {
        let values = self.values.iter().map(|(n, v)| (&**n, format!("{v:?}")));
        let auto = self.auto().map(|n| (n, format!("\"{AUTO}\"")));
        let mut all: Vec<(&str, String)> = values.chain(auto).collect();
        all.sort();
        all
    }
}

impl Deref for ParameterValues {
    type Target = BTreeMap<String, f64>;

    fn deref(&self) -> &Self::Target {
        &self.values
    }
}

impl DerefMut for ParameterValues {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.values
    }
}

/// Names with values, or with `None` where a width is to be computed.
impl FromIterator<(String, Option<f64>)> for ParameterValues {
    fn from_iter<T: IntoIterator<Item = (String, Option<f64>)>>(list: T) -> Self {
        let mut all = Self::default();
        for (name, value) in list {
            match value {
                Some(value) => all.set_value(&name, value),
                None => all.set_auto(&name),
            }
        }
        all
    }
}

impl FromIterator<(String, f64)> for ParameterValues {
    fn from_iter<T: IntoIterator<Item = (String, f64)>>(list: T) -> Self {
        Self::from(BTreeMap::from_iter(list))
    }
}

impl From<BTreeMap<String, f64>> for ParameterValues {
    fn from(values: BTreeMap<String, f64>) -> Self {
        Self {
            values,
            auto: BTreeSet::new(),
        }
    }
}

impl Serialize for ParameterValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len() + self.auto.len()))?;
        for (name, value) in &self.values {
            map.serialize_entry(name, value)?;
        }
        for name in &self.auto {
            map.serialize_entry(name, AUTO)?;
        }
        map.end()
    }
}

/// A number, or `None` for [`AUTO`].
struct Value(Option<f64>);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl Visitor<'_> for ValueVisitor {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or \"auto\" for a width")
            }

            fn visit_f64<E: de::Error>(self, x: f64) -> Result<Value, E> {
                Ok(Value(Some(x)))
            }

            fn visit_i64<E: de::Error>(self, x: i64) -> Result<Value, E> {
                Ok(Value(Some(x as f64)))
            }

            fn visit_u64<E: de::Error>(self, x: u64) -> Result<Value, E> {
                Ok(Value(Some(x as f64)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                match text.eq_ignore_ascii_case(AUTO) {
                    true => Ok(Value(None)),
                    false => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for ParameterValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValuesVisitor;
        impl<'de> Visitor<'de> for ValuesVisitor {
            type Value = ParameterValues;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("parameters with their values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ParameterValues, A::Error> {
                let mut all = ParameterValues::default();
                while let Some((name, Value(value))) = map.next_entry::<String, Value>()? {
                    match value {
                        Some(x) if !x.is_finite() => {
                            let problem = format!("'{name}' must be finite, but is {x}");
                            return Err(de::Error::custom(problem));
                        }
                        Some(x) => all.set_value(&name, x),
                        None => all.set_auto(&name),
                    }
                }
                Ok(all)
            }
        }
        deserializer.deserialize_map(ValuesVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbers_or_auto() {
        let read = |text: &str| serde_json::from_str::<ParameterValues>(text);
        let values = read(r#"{"MT": 171, "WT": "Auto", "WZ": 2.4}"#).unwrap();
        assert_eq!((values["MT"], values["WZ"], values.len()), (171.0, 2.4, 2));
        assert!(values.auto().eq(["WT"]));
        let written = serde_json::to_string(&values).unwrap();
        assert_eq!(read(&written).unwrap(), values);
        let error = read(r#"{"WT": "automatic"}"#).unwrap_err().to_string();
        assert!(
            error.contains("expected a number, or \"auto\" for a width"),
            "{error}"
        );
    }

    #[test]
    fn the_last_word_counts() {
        let mut values = ParameterValues::from_iter([("WT".to_owned(), 1.5)]);
        values.set_auto("WT");
        assert!(values.get("WT").is_none() && !values.is_empty());
        let later = ParameterValues::from_iter([("WT".to_owned(), 1.4)]);
        values.override_with(later);
        assert_eq!((values["WT"], values.auto().count()), (1.4, 0));
    }
}
