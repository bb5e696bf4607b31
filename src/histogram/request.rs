//! Which histograms are asked for: `[histograms]` of a card.
//!
//! Knows keys and numbers; what an expression means is known when there are particles.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::axis::Axis;
use crate::cuts::Quantity;
use crate::suggest::did_you_mean;

/// Bins where a card does not say how many.
const USUAL_BINS: u32 = 50;

/// One histogram as it is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistogramRequest {
    /// Its name: the key in the card.
    #[serde(default)]
    #[schemars(skip)]
    pub name: String,
    /// An expression of observables as in cuts, such as `"m(e+, e-)"` or `"pt(j[1])"`; an event
    /// fills it once for each choice of particles that it names.
    #[schemars(extend("x-page" = "cuts-and-scales.md"))]
    pub of: String,
    /// Number of bins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        schema_with = "bins_shape",
        extend("x-default" = "50; 32 for angles, 48 for distances, 10 for numbers of particles")
    )]
    pub bins: Option<u32>,
    /// Lower end of the first bin and upper end of the last one.
    #[serde(
        default,
        deserialize_with = "both_ends",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(extend(
        "x-default" = "that of angles, rapidities, distances and numbers of particles; others need one"
    ))]
    pub range: Option<[f64; 2]>,
    /// Edges of the bins in place of `bins` and `range`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<f64>>,
    /// Axes that are logarithmic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogAxes>,
    /// What is written above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-default" = "the process"))]
    pub title: Option<String>,
}

/// Two numbers; a list of more would otherwise lose the rest.
fn both_ends<'de, D: Deserializer<'de>>(d: D) -> Result<Option<[f64; 2]>, D::Error> {
    let found = Option::<Vec<f64>>::deserialize(d)?;
    let two = |list: Vec<f64>| {
        let n = list.len();
        <[f64; 2]>::try_from(list).map_err(|_| {
            let problem = format!("found a list of {n}, expected both ends, as in [60, 120]");
            de::Error::custom(problem)
        })
    };
    found.map(two).transpose()
}

fn bins_shape(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 0, "maximum": u32::MAX })
}

/// Which axes are logarithmic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogAxes {
    /// That of the quantity, whose bins then have equal ratios.
    X,
    /// That of the cross section.
    Y,
    /// Both.
    Xy,
}

impl<'de> Deserialize<'de> for LogAxes {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let name = String::deserialize(d)?;
        match name.as_str() {
            "x" => Ok(Self::X),
            "y" => Ok(Self::Y),
            "xy" => Ok(Self::Xy),
            other => Err(de::Error::custom(format!(
                "found '{other}', expected \"x\", \"y\" or \"xy\"{}",
                did_you_mean(other, ["xy"])
            ))),
        }
    }
}

impl HistogramRequest {
    /// Of a quantity, with bins in a range.
    pub fn new(name: &str, of: &str, bins: u32, range: [f64; 2]) -> Self {
        Self {
            name: name.to_owned(),
            of: of.to_owned(),
            bins: Some(bins),
            range: Some(range),
            edges: None,
            log: None,
            title: None,
        }
    }

    /// Whether the axis of the quantity is logarithmic.
    pub fn is_log_x(&self) -> bool {
        matches!(self.log, Some(LogAxes::X | LogAxes::Xy))
    }

    /// Whether the axis of the cross section is.
    pub fn is_log_y(&self) -> bool {
        matches!(self.log, Some(LogAxes::Y | LogAxes::Xy))
    }

    /// Its bins for the quantity that `of` has turned out to be.
    ///
    /// # Errors
    /// In words.
    pub fn axis(&self, quantity: &Quantity) -> Result<Axis, String> {
        if let Some(edges) = &self.edges {
            if self.bins.is_some() || self.range.is_some() {
                return Err("found edges and bins or a range, expected one of them".to_owned());
            }
            return Axis::of_edges(edges.clone(), self.is_log_x());
        }
        let (usual_bins, usual_range) = match quantity.usual_range() {
            Some((bins, range)) => (bins, Some(range)),
            None => (USUAL_BINS, None),
        };
        let range = self.range.or(usual_range).ok_or_else(|| {
            format!(
                "'{}' has no range by itself, expected for example range = [0, 500]",
                self.of
            )
        })?;
        let bins = self.bins.unwrap_or(usual_bins);
        Axis::new(bins as usize, range, self.is_log_x())
    }
}

/// The histograms of a card, in its order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct HistogramRequests(pub Vec<HistogramRequest>);

impl HistogramRequests {
    /// Whether none is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a name can be a part of a path and a file name.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && name.len() <= 80 && name.chars().all(fits)
}

impl JsonSchema for HistogramRequests {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "HistogramRequests".into()
    }

    /// The table of cards; the list is for gridpacks.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "additionalProperties": generator.subschema_for::<HistogramRequest>(),
            "propertyNames": { "pattern": "^[A-Za-z0-9_.-]{1,80}$" },
        })
    }
}

/// A table of named histograms as cards have it, or a list with names as gridpacks do.
impl<'de> Deserialize<'de> for HistogramRequests {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Found;
        impl<'de> Visitor<'de> for Found {
            type Value = HistogramRequests;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a table of histograms, as in mass = { of = \"m(e+, e-)\", range = [60, 120] }",
                )
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    let one = map.next_value::<toml::Spanned<HistogramRequest>>()?;
                    let at = one.span().start;
                    let one = one.into_inner();
                    if !is_name(&name) {
                        return Err(de::Error::custom(format!(
                            "'{name}' is no name of a histogram: expected letters, digits, '_', '-' and '.'"
                        )));
                    }
                    if !one.name.is_empty() {
                        return Err(de::Error::custom(format!(
                            "histogram '{name}' has the key 'name': its name is '{name}' already"
                        )));
                    }
                    found.push((at, HistogramRequest { name, ..one }));
                }
                // In the order of the card, which tables do not keep.
                found.sort_by_key(|(at, _)| *at);
                Ok(HistogramRequests(found.into_iter().map(|f| f.1).collect()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut found = Vec::new();
                while let Some(one) = seq.next_element::<HistogramRequest>()? {
                    if !is_name(&one.name) {
                        return Err(de::Error::custom("a histogram of the list has no name"));
                    }
                    found.push(one);
                }
                Ok(HistogramRequests(found))
            }
        }
        d.deserialize_any(Found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Holder {
        #[serde(default)]
        histograms: HistogramRequests,
    }

    fn read(text: &str) -> Result<HistogramRequests, String> {
        toml::from_str::<Holder>(text)
            .map(|h| h.histograms)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn histograms_keep_the_order_of_the_card_and_survive_a_gridpack() {
        let found = read(
            "[histograms]\nz = { of = \"m(e+, e-)\", range = [60, 120] }\n\
             a = { of = \"ht\", bins = 10, range = [1, 1000], log = \"xy\", title = \"HT\" }\n\
             [histograms.k]\nof = \"y(e+)\"\nedges = [-1, 0, 1.5]\n",
        )
        .unwrap();
        let names: Vec<&str> = found.0.iter().map(|h| h.name.as_str()).collect();
        assert_eq!(names, ["z", "a", "k"]);
        assert!(found.0[1].is_log_x() && found.0[1].is_log_y() && !found.0[0].is_log_y());
        let json = serde_json::to_string(&found).unwrap();
        assert_eq!(
            serde_json::from_str::<HistogramRequests>(&json).unwrap(),
            found
        );
        assert!(read("").unwrap().0.is_empty());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            ("a = { of = \"ht\", lgo = \"x\" }", "lgo"),
            ("a = { bins = 3 }", "missing field `of`"),
            ("a = { of = \"ht\", log = \"yx\" }", "found 'yx'"),
            ("\"a b\" = { of = \"ht\" }", "'a b' is no name"),
            ("a = { of = \"ht\", name = \"b\" }", "is 'a' already"),
            ("a = { of = \"ht\", bins = -3 }", "-3"),
            (
                "a = { of = \"ht\", range = [1, 2, 3] }",
                "found a list of 3",
            ),
        ] {
            let message = read(&format!("[histograms]\n{text}\n")).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
