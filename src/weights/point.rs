//! A parameter point of the model for which events get a weight.
//!
//! Knows names and numbers; knows no model.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// The key that gives a point a name instead of a parameter a value.
const NAME: &str = "name";

/// Values of parameters of the model, by their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParameterPoint {
    /// Id of the weight in event files; `rwgt_1` and so on without one.
    pub name: Option<String>,
    /// Values in the units of the model.
    pub set: BTreeMap<String, f64>,
}

impl Display for ParameterPoint {
    /// `MT=171.5_WT=1.3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self
            .set
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        f.write_str(&all.collect::<Vec<_>>().join("_"))
    }
}

impl Serialize for ParameterPoint {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = s.serialize_map(None)?;
        if let Some(name) = &self.name {
            map.serialize_entry(NAME, name)?;
        }
        for (name, value) in &self.set {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for ParameterPoint {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_map(PointVisitor)
    }
}

struct PointVisitor;

impl<'de> Visitor<'de> for PointVisitor {
    type Value = ParameterPoint;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parameters with their values, such as { MT = 171.5 }")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ParameterPoint, A::Error> {
        let mut point = ParameterPoint::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == NAME {
                let name: String = map.next_value()?;
                let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
                if name.is_empty() || !name.chars().all(is_word) {
                    return Err(de::Error::custom(format!(
                        "name = '{name}': expected letters, digits, '_', '-' and '.' alone"
                    )));
                }
                // Weights of scales and densities have numbers.
                if name.chars().all(|c| c.is_ascii_digit()) {
                    return Err(de::Error::custom(format!(
                        "name = '{name}': a number is that of another weight, expected a word"
                    )));
                }
                point.name = Some(name);
                continue;
            }
            let value: f64 = map.next_value()?;
            if !value.is_finite() {
                return Err(de::Error::custom(format!(
                    "{key} = {value}: expected a finite number"
                )));
            }
            point.set.insert(key, value);
        }
        if point.set.is_empty() {
            return Err(de::Error::custom(
                "a point without a parameter: expected such as { MT = 171.5 }",
            ));
        }
        Ok(point)
    }
}

/// Points with ids that are all different.
pub(super) fn points<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<ParameterPoint>, D::Error> {
    let found = Vec::<ParameterPoint>::deserialize(d)?;
    let ids = ids(&found);
    match (0..ids.len()).find(|&k| ids[..k].contains(&ids[k])) {
        None => Ok(found),
        Some(k) => Err(de::Error::custom(format!(
            "two points have the name '{}'",
            ids[k]
        ))),
    }
}

/// Ids of points in event files.
pub(super) fn ids(points: &[ParameterPoint]) -> Vec<String> {
    let id = |(k, point): (usize, &ParameterPoint)| {
        let own = point.name.clone();
        own.unwrap_or_else(|| format!("rwgt_{}", k + 1))
    };
    points.iter().enumerate().map(id).collect()
}

#[cfg(test)]
mod tests {
    use crate::weights::WeightRequest;

    fn read(text: &str) -> Result<WeightRequest, String> {
        toml::from_str(&format!("reweight = {text}")).map_err(|e| e.to_string())
    }

    #[test]
    fn points_are_read_and_written() {
        let found = read("[{ MT = 171.5 }, { MZ = 91, WZ = 2.5, name = \"narrow\" }]").unwrap();
        assert_eq!(super::ids(&found.reweight), ["rwgt_1", "narrow"]);
        assert_eq!(found.reweight[1].to_string(), "MZ=91_WZ=2.5");
        let json = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<WeightRequest>(&json).unwrap(), found);
    }

    #[test]
    fn points_without_sense_are_refused() {
        for (text, part) in [
            ("[{}]", "without a parameter"),
            ("[{ name = \"x\" }]", "without a parameter"),
            ("[{ MT = nan }]", "expected a finite number"),
            ("[{ MT = \"a\" }]", "invalid type"),
            ("[{ MT = 1, name = \"a b\" }]", "letters, digits"),
            ("[{ MT = 1, name = \"1001\" }]", "expected a word"),
            ("[{ MT = 1 }, { MT = 2, name = \"rwgt_1\" }]", "two points"),
            ("[171.5]", "such as { MT = 171.5 }"),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
