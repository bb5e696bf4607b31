//! Renormalisation and factorisation scales: which quantity, times a factor.
//!
//! Knows momenta; knows no PDF, no coupling, no particle and no diagram.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::kinematics::MomentumBatch;
use crate::observable::Observable;
use crate::suggest::{did_you_mean, nearest};

/// The quantity a scale follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScaleKind {
    /// The same in each point: 1 GeV, so that the factor is the scale in GeV.
    Fixed,
    /// Sum of `E sin(theta)` of the final state. It vanishes where everything
    /// is along the beam, as in 2 to 1 processes.
    TransverseEnergy,
    /// Sum of `sqrt(E^2 - p_z^2)` of the final state.
    TransverseMass,
    /// Half of that; the mass-shell energy over two in a 2 to 1 process.
    HalfTransverseMass,
    /// Invariant mass of the final state.
    PartonicEnergy,
    /// From the vertices that join the legs along the diagrams: see
    /// [`crate::clustering`].
    Clustering,
}

impl ScaleKind {
    const NAMED: [(&'static str, Self); 5] = [
        ("transverse_energy", Self::TransverseEnergy),
        ("transverse_mass", Self::TransverseMass),
        ("half_transverse_mass", Self::HalfTransverseMass),
        ("partonic_energy", Self::PartonicEnergy),
        ("clustering", Self::Clustering),
    ];

    /// Its name in cards; of a fixed scale none.
    pub(crate) fn title(self) -> &'static str {
        self.name().unwrap_or_default()
    }

    fn name(self) -> Option<&'static str> {
        Self::NAMED
            .iter()
            .find(|(_, k)| *k == self)
            .map(|(name, _)| *name)
    }
}

/// A scale as it is written in a card: a number in GeV, or a quantity with an
/// optional factor, such as `"0.5 * transverse_mass"`, `"transverse_mass / 2"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleChoice {
    /// What it follows.
    pub kind: ScaleKind,
    /// The factor; for [`ScaleKind::Fixed`] the scale in GeV. Positive.
    pub factor: f64,
}

/// Scales of beam 1 and beam 2: in a card one for both, or a list of two.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BeamScales(pub [ScaleChoice; 2]);

/// Why a scale was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScaleError {
    /// A quantity of that name does not exist.
    #[error("scale '{text}': unknown quantity '{name}'{hint}")]
    Unknown {
        /// The whole text.
        text: String,
        /// The name.
        name: String,
        /// The nearest valid name, or all of them.
        hint: String,
    },
    /// Not a product of numbers and at most one quantity.
    #[error(
        "scale '{text}': found {found}, expected a number in GeV or a quantity with a factor, as in '0.5 * transverse_mass'"
    )]
    Syntax {
        /// The whole text.
        text: String,
        /// What stands there.
        found: String,
    },
    /// Zero, negative, infinite or NaN.
    #[error("scale '{text}' is not a positive number")]
    NotPositive {
        /// The whole text.
        text: String,
    },
}

impl Default for ScaleChoice {
    /// Half the sum of the transverse masses.
    fn default() -> Self {
        Self {
            kind: ScaleKind::HalfTransverseMass,
            factor: 1.0,
        }
    }
}

impl ScaleChoice {
    /// The same scale in each point, in GeV.
    ///
    /// # Errors
    /// [`ScaleError::NotPositive`] unless positive and finite.
    pub fn fixed(gev: f64) -> Result<Self, ScaleError> {
        Self::new(ScaleKind::Fixed, gev, &gev.to_string())
    }

    fn new(kind: ScaleKind, factor: f64, text: &str) -> Result<Self, ScaleError> {
        if factor > 0.0 && factor.is_finite() {
            Ok(Self { kind, factor })
        } else {
            Err(ScaleError::NotPositive { text: text.into() })
        }
    }

    /// Whether it is the same in each point.
    pub(crate) fn is_fixed(&self) -> bool {
        self.kind == ScaleKind::Fixed
    }

    /// Whether it needs more than momenta: the diagrams of the subprocess.
    pub(crate) fn is_clustering(&self) -> bool {
        self.kind == ScaleKind::Clustering
    }

    /// Scale of each point in GeV; `out` is `[n_batch]`.
    ///
    /// `p` holds all legs in the laboratory frame, the `n_in` incoming first.
    ///
    /// # Panics
    /// For [`ScaleKind::Clustering`], which is no function of momenta alone.
    pub fn evaluate(&self, p: &MomentumBatch, n_in: usize, out: &mut [f64]) {
        let legs: Vec<usize> = (n_in..p.n_ext).collect();
        let mut one = vec![0.0; out.len()];
        let (of_each, factor) = match self.kind {
            ScaleKind::Fixed => {
                out.fill(self.factor);
                return;
            }
            ScaleKind::Clustering => {
                unreachable!("scales from clustering are evaluated with the diagrams")
            }
            ScaleKind::PartonicEnergy => {
                Observable::SqrtS.compute(p, &legs, out);
                for x in out {
                    *x *= self.factor;
                }
                return;
            }
            ScaleKind::TransverseEnergy => (Observable::TransverseEnergy, self.factor),
            ScaleKind::TransverseMass => (Observable::TransverseMass, self.factor),
            ScaleKind::HalfTransverseMass => (Observable::TransverseMass, 0.5 * self.factor),
        };
        out.fill(0.0);
        for leg in legs {
            of_each.compute(p, &[leg], &mut one);
            for (sum, x) in out.iter_mut().zip(&one) {
                *sum += factor * x;
            }
        }
    }
}

impl std::str::FromStr for ScaleChoice {
    type Err = ScaleError;

    fn from_str(text: &str) -> Result<Self, ScaleError> {
        let text = text.trim();
        let syntax = |found: &str| ScaleError::Syntax {
            text: text.into(),
            found: if found.is_empty() {
                "nothing".into()
            } else {
                format!("'{found}'")
            },
        };
        let mut kind = None;
        let mut factor = 1.0;
        let mut divide = false;
        let mut rest = text;
        loop {
            let end = rest.find(['*', '/']).unwrap_or(rest.len());
            let term = rest[..end].trim();
            if let Ok(number) = term.parse::<f64>() {
                factor *= if divide { number.recip() } else { number };
            } else {
                let named = ScaleKind::NAMED.iter().find(|(name, _)| *name == term);
                match named {
                    Some((_, k)) if kind.is_none() && !divide => kind = Some(*k),
                    None if is_name(term) => {
                        return Err(ScaleError::Unknown {
                            text: text.into(),
                            name: term.into(),
                            hint: hint(term),
                        });
                    }
                    _ => return Err(syntax(term)),
                }
            }
            let Some(operator) = rest[end..].chars().next() else {
                break;
            };
            divide = operator == '/';
            rest = &rest[end + 1..];
        }
        Self::new(kind.unwrap_or(ScaleKind::Fixed), factor, text)
    }
}

fn is_name(term: &str) -> bool {
    term.starts_with(|c: char| c.is_alphabetic())
        && term.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn hint(name: &str) -> String {
    if name == "clustering_madgraph" {
        return "; scales along the diagram of the integration channel are not supported yet: \
                'clustering' is a function of the event alone"
            .to_owned();
    }
    let known = || ScaleKind::NAMED.iter().map(|(name, _)| *name);
    match nearest(name, known()) {
        Some(_) => did_you_mean(name, known()),
        None => format!("; known: {}", known().collect::<Vec<_>>().join(", ")),
    }
}

impl fmt::Display for ScaleChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind.name() {
            None => write!(f, "{}", self.factor),
            Some(name) if self.factor == 1.0 => f.write_str(name),
            Some(name) => write!(f, "{} * {name}", self.factor),
        }
    }
}

impl Serialize for ScaleChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_fixed() {
            serializer.serialize_f64(self.factor)
        } else {
            serializer.collect_str(self)
        }
    }
}

impl<'de> Deserialize<'de> for ScaleChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = ScaleChoice;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a scale: a number in GeV or a quantity such as 'transverse_mass'")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ScaleChoice, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, gev: f64) -> Result<ScaleChoice, E> {
                ScaleChoice::fixed(gev).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, gev: i64) -> Result<ScaleChoice, E> {
                ScaleChoice::fixed(gev as f64).map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, gev: u64) -> Result<ScaleChoice, E> {
                ScaleChoice::fixed(gev as f64).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Products of numbers and at most one quantity, as [`ScaleChoice::from_str`] reads them.
fn expression_pattern() -> String {
    let number = r"[+]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?";
    let names: Vec<&str> = ScaleKind::NAMED.iter().map(|(name, _)| *name).collect();
    let quantity = format!("({})", names.join("|"));
    let more = format!(r"(\s*[*/]\s*{number})*");
    format!(r"^\s*({number}{more}(\s*\*\s*{quantity}{more})?|{quantity}{more})\s*$")
}

impl JsonSchema for ScaleChoice {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scale".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "number", "exclusiveMinimum": 0 },
            { "type": "string", "pattern": expression_pattern() },
        ] })
    }
}

impl JsonSchema for BeamScales {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BeamScales".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<ScaleChoice>();
        let two = json_schema!({ "type": "array", "items": one, "minItems": 2, "maxItems": 2 });
        json_schema!({ "anyOf": [one, two] })
    }
}

impl fmt::Display for BeamScales {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = self.0;
        match a == b {
            true => a.fmt(f),
            false => write!(f, "[{a}, {b}]"),
        }
    }
}

impl Serialize for BeamScales {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0[0] == self.0[1] {
            true => self.0[0].serialize(serializer),
            false => self.0.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for BeamScales {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        fn both<E: de::Error>(scale: Result<ScaleChoice, ScaleError>) -> Result<BeamScales, E> {
            scale.map(|s| BeamScales([s; 2])).map_err(E::custom)
        }
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = BeamScales;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a scale, a number in GeV or a quantity such as 'transverse_mass', or a list \
                     of one for each beam",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<BeamScales, E> {
                both(text.parse())
            }

            fn visit_f64<E: de::Error>(self, gev: f64) -> Result<BeamScales, E> {
                both(ScaleChoice::fixed(gev))
            }

            fn visit_i64<E: de::Error>(self, gev: i64) -> Result<BeamScales, E> {
                both(ScaleChoice::fixed(gev as f64))
            }

            fn visit_u64<E: de::Error>(self, gev: u64) -> Result<BeamScales, E> {
                both(ScaleChoice::fixed(gev as f64))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<BeamScales, A::Error> {
                let mut found: Vec<ScaleChoice> = vec![];
                while let Some(scale) = list.next_element()? {
                    found.push(scale);
                }
                let n = found.len();
                let pair = found.try_into().map_err(|_| {
                    de::Error::custom(format!(
                        "found {n} scales, expected one for both beams or a list of two"
                    ))
                })?;
                Ok(BeamScales(pair))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ScaleChoice, String> {
        text.parse().map_err(|e: ScaleError| e.to_string())
    }

    fn evaluate(text: &str, legs: &[[f64; 4]], n_in: usize) -> f64 {
        let p = MomentumBatch::from_points(&[legs.to_vec()]);
        let mut out = [0.0];
        parse(text).unwrap().evaluate(&p, n_in, &mut out);
        out[0]
    }

    #[test]
    fn the_default_is_half_the_sum_of_transverse_masses() {
        assert_eq!(parse("half_transverse_mass"), Ok(ScaleChoice::default()));
    }

    #[test]
    fn writing_and_reading_are_inverse() {
        for text in [
            "91.188",
            "partonic_energy",
            "0.5 * transverse_mass",
            "2 * clustering",
        ] {
            let scale = parse(text).unwrap();
            assert_eq!(scale.to_string(), text);
            let json = serde_json::to_string(&scale).unwrap();
            assert_eq!(serde_json::from_str::<ScaleChoice>(&json).unwrap(), scale);
        }
        assert_eq!(
            parse("transverse_mass*3 / 2").unwrap().to_string(),
            "1.5 * transverse_mass"
        );
        assert_eq!(
            serde_json::to_string(&parse("80").unwrap()).unwrap(),
            "80.0"
        );
        assert_eq!(
            serde_json::from_str::<ScaleChoice>("80").unwrap().factor,
            80.0
        );
    }

    #[test]
    fn beams_have_one_scale_or_two() {
        let read = |text: &str| serde_json::from_str::<BeamScales>(text);
        let fixed = |gev| ScaleChoice::fixed(gev).unwrap();
        assert_eq!(read("80").unwrap().0, [fixed(80.0); 2]);
        let two = read("[80, \"2 * clustering\"]").unwrap();
        assert_eq!(two.0, [fixed(80.0), parse("2 * clustering").unwrap()]);
        for scales in [two, BeamScales([fixed(91.188); 2]), BeamScales::default()] {
            let json = serde_json::to_string(&scales).unwrap();
            assert_eq!(read(&json).unwrap(), scales);
        }
        assert_eq!(two.to_string(), "[80, 2 * clustering]");
        let refused = |text: &str| read(text).unwrap_err().to_string();
        assert!(refused("[1, 2, 3]").starts_with("found 3 scales, expected one for both beams"));
        assert!(refused("\"ht\"").contains("unknown quantity 'ht'"));
    }

    #[test]
    fn scales_of_a_two_to_two_process_agree_with_closed_forms() {
        // Two particles of mass 3 back to back with p_T = 4, at rest along z.
        let legs = [
            [5.0, 0.0, 0.0, 5.0],
            [5.0, 0.0, 0.0, -5.0],
            [5.0, 4.0, 0.0, 0.0],
            [5.0, -4.0, 0.0, 0.0],
        ];
        for (text, expected) in [
            ("transverse_energy", 10.0),
            ("transverse_mass", 10.0),
            ("half_transverse_mass", 5.0),
            ("partonic_energy", 10.0),
            ("2 * partonic_energy", 20.0),
            ("91.188", 91.188),
        ] {
            let value = evaluate(text, &legs, 2);
            assert!((value - expected).abs() < 1e-12, "{text}: {value}");
        }
    }

    #[test]
    fn transverse_mass_does_not_change_under_boosts_along_the_beam() {
        let boosted = [10f64.hypot(24.0), 0.0, 0.0, 24.0];
        for (text, expected) in [("half_transverse_mass", 5.0), ("partonic_energy", 10.0)] {
            let value = evaluate(text, &[boosted], 0);
            assert!((value - expected).abs() < 1e-12, "{text}: {value}");
        }
    }

    #[test]
    fn what_is_not_a_scale_is_refused_with_a_reason() {
        let message = |text: &str| parse(text).unwrap_err();
        assert_eq!(
            message("half_transverse_masss"),
            "scale 'half_transverse_masss': unknown quantity 'half_transverse_masss'; did you mean 'half_transverse_mass'?"
        );
        assert_eq!(
            message("ht"),
            "scale 'ht': unknown quantity 'ht'; known: transverse_energy, transverse_mass, half_transverse_mass, partonic_energy, clustering"
        );
        assert!(message("clustering_madgraph").ends_with("a function of the event alone"));
        let expected =
            ", expected a number in GeV or a quantity with a factor, as in '0.5 * transverse_mass'";
        for (text, found) in [
            ("2 *", "nothing"),
            ("", "nothing"),
            ("1 / transverse_mass", "'transverse_mass'"),
            ("transverse_mass + 2", "'transverse_mass + 2'"),
        ] {
            assert_eq!(
                message(text),
                format!("scale '{text}': found {found}{expected}")
            );
        }
        for text in ["-5", "0", "nan", "1 / 0", "inf"] {
            assert_eq!(
                message(text),
                format!("scale '{text}' is not a positive number")
            );
        }
    }
}
