//! Which alternative weights are asked for: `[weights]` of a card, or the options of
//! MadGraph's `systematics`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::point::{ParameterPoint, points};
use crate::scale::ScaleKind;
use crate::suggest::did_you_mean;

/// Alternative weights of every event. Nothing given: none.
///
/// Factors of both scales and other choices of the scale are combined; factors of the
/// scales of merged partons and parton densities stand for themselves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WeightRequest {
    /// Factors of the renormalisation scale; 1 is always among them.
    #[serde(deserialize_with = "factors")]
    #[schemars(schema_with = "factors_shape")]
    pub mu_r: Vec<f64>,
    /// Factors of the factorisation scales; 1 is always among them.
    #[serde(deserialize_with = "factors")]
    #[schemars(schema_with = "factors_shape")]
    pub mu_f: Vec<f64>,
    /// Quantities in the place of both scales.
    #[serde(deserialize_with = "kinds", serialize_with = "write_kinds")]
    #[schemars(schema_with = "kinds_shape")]
    pub scales: Vec<ScaleKind>,
    /// Factors of the scales at which merged partons couple.
    #[serde(deserialize_with = "factors")]
    #[schemars(schema_with = "factors_shape")]
    pub alpha_s_factor: Vec<f64>,
    /// Sets of parton densities by name or LHAPDF id: all members, or one as in `NAME@2`.
    #[serde(deserialize_with = "sets")]
    #[schemars(schema_with = "sets_shape")]
    pub pdf: Vec<String>,
    /// Points of the parameters of the model, such as
    /// `[{ MZ = 91.2 }, { WT = 1.4, name = "narrow" }]`.
    #[serde(deserialize_with = "points")]
    #[schemars(schema_with = "points_shape")]
    pub reweight: Vec<ParameterPoint>,
    /// Inputs of the model in which the weight is a polynomial, by name or as `BLOCK CODE`: all
    /// of its terms are weights.
    pub polynomial: Vec<String>,
    /// Inputs of the model: derivatives of the weight with respect to them.
    pub scores: Vec<String>,
}

/// Factors that scales may have: beyond, densities and couplings mean nothing.
const FACTORS: std::ops::RangeInclusive<f64> = 1e-3..=1e3;

/// Scales by MadGraph's numbers for them.
const NUMBERED: [ScaleKind; 4] = [
    ScaleKind::TransverseEnergy,
    ScaleKind::TransverseMass,
    ScaleKind::HalfTransverseMass,
    ScaleKind::PartonicEnergy,
];

/// The options of `systematics` that have a meaning here.
const OPTIONS: [&str; 7] = ["mur", "muf", "dyn", "alps", "pdf", "together", "start_id"];

impl WeightRequest {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// MadGraph's number of a choice of the scale; `None` if it has none.
    pub(super) fn number(kind: ScaleKind) -> Option<usize> {
        NUMBERED.iter().position(|k| *k == kind).map(|at| at + 1)
    }

    /// Reads `--mur=0.5,1,2 --muf=0.5,1,2 --dyn=-1,1,2,3,4 --alps=0.5,1,2 --pdf=247000,315200`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut request = Self::default();
        for word in text.split_whitespace() {
            let (name, value) = (word.strip_prefix("--"))
                .and_then(|rest| rest.split_once('='))
                .ok_or_else(|| format!("found '{word}', expected options such as --mur=0.5,1,2"))?;
            let values = || value.split(',').filter(|v| !v.is_empty());
            let numbers = || -> Result<Vec<f64>, String> {
                values()
                    .map(|v| {
                        let number = v.parse().ok().filter(|x| is_factor(*x));
                        number.ok_or_else(|| {
                            format!("--{name}: found '{v}', expected a number from 0.001 to 1000")
                        })
                    })
                    .collect()
            };
            match name {
                "mur" => request.mu_r = numbers()?,
                "muf" => request.mu_f = numbers()?,
                "alps" => request.alpha_s_factor = numbers()?,
                "dyn" => {
                    for v in values().filter(|v| *v != "-1") {
                        let at = v.parse::<usize>().ok().filter(|n| (1..=4).contains(n));
                        let at = at.ok_or_else(|| {
                            format!("--dyn: found '{v}', expected -1, 1, 2, 3 or 4")
                        })?;
                        request.scales.push(NUMBERED[at - 1]);
                    }
                }
                "pdf" => request.pdf = values().map(str::to_owned).collect(),
                // The order and the numbers are those that CMS has in any case.
                "together" | "start_id" => {}
                other => {
                    let hint = did_you_mean(other, OPTIONS);
                    return Err(format!("'--{other}' is no option of weights{hint}"));
                }
            }
        }
        Ok(request)
    }
}

fn factors_shape(_: &mut SchemaGenerator) -> Schema {
    let item = json_schema!({
        "type": "number", "minimum": FACTORS.start(), "maximum": FACTORS.end()
    });
    json_schema!({ "type": "array", "items": item })
}

fn kinds_shape(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "enum": NUMBERED.map(ScaleKind::title) } })
}

fn sets_shape(_: &mut SchemaGenerator) -> Schema {
    let id = json_schema!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
    json_schema!({ "type": "array", "items": { "anyOf": [{ "type": "string" }, id] } })
}

fn points_shape(_: &mut SchemaGenerator) -> Schema {
    let item = json_schema!({
        "type": "object",
        "properties": {
            "name": {
                "type": "string",
                "pattern": "^[A-Za-z0-9_.-]*[A-Za-z_.-][A-Za-z0-9_.-]*$",
                "description": "Id of the weight in event files.",
            },
        },
        "additionalProperties": { "type": "number" },
        "anyOf": [
            { "minProperties": 2 },
            { "minProperties": 1, "not": { "required": ["name"] } },
        ],
    });
    json_schema!({ "type": "array", "items": item })
}

fn is_factor(x: f64) -> bool {
    FACTORS.contains(&x)
}

fn factors<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<f64>, D::Error> {
    let found = Vec::<f64>::deserialize(d)?;
    match found.iter().find(|x| !is_factor(**x)) {
        None => Ok(found),
        Some(x) => Err(de::Error::custom(format!(
            "factors must be from 0.001 to 1000, but one is {x}"
        ))),
    }
}

fn kinds<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<ScaleKind>, D::Error> {
    let names = Vec::<String>::deserialize(d)?;
    let kind = |name: &String| {
        let known = NUMBERED.iter().map(|k| k.title());
        (NUMBERED.iter().find(|k| k.title() == name))
            .copied()
            .ok_or_else(|| {
                let hint = did_you_mean(name, known);
                de::Error::custom(format!("'{name}' is no choice of the scale{hint}"))
            })
    };
    names.iter().map(kind).collect()
}

fn write_kinds<S: serde::Serializer>(kinds: &[ScaleKind], s: S) -> Result<S::Ok, S::Error> {
    s.collect_seq(kinds.iter().map(|k| k.title()))
}

/// Names, or numbers without quotes.
fn sets<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Set {
        Id(u32),
        Name(String),
    }
    let found = Vec::<Set>::deserialize(d)?;
    let name = |set| match set {
        Set::Id(id) => id.to_string(),
        Set::Name(name) => name,
    };
    Ok(found.into_iter().map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_systematics_are_those_of_the_card() {
        let text = "--mur=0.5,1,2 --muf=1,2 --dyn=-1,1,4 --alps=0.5 --pdf=247000,315200@0 \
                    --together=muf,mur,dyn --start_id=1001";
        let of_card: WeightRequest = toml::from_str(
            "mu_r = [0.5, 1, 2]\nmu_f = [1, 2]\nscales = [\"transverse_energy\", \
             \"partonic_energy\"]\nalpha_s_factor = [0.5]\npdf = [247000, \"315200@0\"]\n",
        )
        .unwrap();
        assert_eq!(WeightRequest::parse(text).unwrap(), of_card);
        let json = serde_json::to_string(&of_card).unwrap();
        assert_eq!(
            serde_json::from_str::<WeightRequest>(&json).unwrap(),
            of_card
        );
        assert!(WeightRequest::parse("").unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            ("mur=1", "expected options"),
            ("--mur=0", "a number from 0.001"),
            ("--mur=1e300", "a number from 0.001"),
            ("--mur=nan", "a number from 0.001"),
            ("--dyn=7", "expected -1, 1, 2, 3 or 4"),
            ("--muR=1", "did you mean 'mur'"),
        ] {
            let message = WeightRequest::parse(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
        let bad = toml::from_str::<WeightRequest>("scales = [\"transverse_mas\"]").unwrap_err();
        assert!(bad.to_string().contains("transverse_mass"), "{bad}");
    }
}
