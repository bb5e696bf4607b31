//! `[merging]`: samples of several multiplicities that a shower merges (MLM).
//!
//! Knows keys and ranges; names are those of MadGraph's run card and of Pythia.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{shapes, values};

/// `[merging]`: MLM in the form of MadGraph with kT clustering. Events are clustered; jets
/// are radiated at `xqcut` or above, emissions have their own scales.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergingCard {
    /// Least scale in GeV at which a jet is radiated. Matching scales of a shower
    /// (`JetMatching:qCut`) are 1.5 times it or more.
    #[serde(deserialize_with = "values::cut")]
    #[schemars(schema_with = "shapes::not_negative")]
    pub xqcut: f64,
    /// Whether emissions couple at their own scales; with `false`, `xqcut` is a cut and nothing
    /// else.
    #[serde(default = "yes")]
    pub reweight: bool,
    /// Whether the lines along the beams have parton densities at the scales of emissions.
    #[serde(default = "yes")]
    pub pdfwgt: bool,
    /// Factor of the scales at which emissions couple.
    #[serde(default = "one", deserialize_with = "factor")]
    #[schemars(range(min = 0.001, max = 1000.0))]
    pub alpsfact: f64,
    /// Flavours of quarks that jets are made of.
    #[serde(
        default,
        deserialize_with = "flavours",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(
        schema_with = "shapes::flavours",
        extend("x-default" = "those without mass")
    )]
    pub maxjetflavor: Option<u32>,
    /// Flavours of quarks that couple at their own scales; those of jets always do.
    #[serde(default = "five", deserialize_with = "flavour")]
    #[schemars(schema_with = "shapes::flavours")]
    pub asrwgtflavor: u32,
}

fn yes() -> bool {
    true
}

fn one() -> f64 {
    1.0
}

fn five() -> u32 {
    5
}

fn factor<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    let x = values::number(d)?;
    match (1e-3..=1e3).contains(&x) {
        true => Ok(x),
        false => Err(de::Error::custom(format!(
            "must be from 0.001 to 1000, but is {x}"
        ))),
    }
}

fn flavour<'de, D: Deserializer<'de>>(d: D) -> Result<u32, D::Error> {
    let n = values::whole(d)?;
    match n {
        3..=6 => Ok(n as u32),
        _ => Err(de::Error::custom(format!(
            "must be from 3 to 6, but is {n}"
        ))),
    }
}

fn flavours<'de, D: Deserializer<'de>>(d: D) -> Result<Option<u32>, D::Error> {
    flavour(d).map(Some)
}
