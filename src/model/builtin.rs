//! The built-in models: TOML tables in UFO structure, embedded in the program.
//!
//! Knows the layout of the files in `models/`; evaluates nothing.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{CouplingOrder, LorentzStructure, ModelError};
use crate::suggest::did_you_mean;

/// A model as its files state it: names and expressions, no derived numbers.
#[derive(Clone, Debug)]
pub(crate) struct ModelSource {
    pub name: String,
    pub particles: Vec<ParticleRow>,
    pub external: Vec<ExternalRow>,
    pub internal: Vec<InternalRow>,
    /// Choices of inputs; `external` and `internal` are those of the first.
    pub schemes: Vec<SchemeRow>,
    pub orders: Vec<CouplingOrder>,
    pub couplings: Vec<CouplingRow>,
    pub lorentz: Vec<LorentzStructure>,
    pub vertices: Vec<VertexRow>,
    pub labels: BTreeMap<String, Vec<String>>,
    /// Particles that join labels if the particle of the key is massless.
    pub if_massless: BTreeMap<String, LabelExtension>,
}

/// A particle, and with `anti` its antiparticle too.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParticleRow {
    pub name: String,
    pub anti: Option<String>,
    pub pdg: i32,
    pub spin: u8,
    pub colour: i8,
    pub charge: i32,
    pub mass: Option<String>,
    pub width: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExternalRow {
    pub name: String,
    pub block: String,
    pub code: i32,
    pub value: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InternalRow {
    pub name: String,
    pub value: String,
    #[serde(default)]
    pub complex: bool,
    /// Where parameter cards state the value, though it is no input.
    pub block: Option<String>,
    pub code: Option<i32>,
}

/// A choice of inputs: rows that replace those of their names.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchemeRow {
    pub name: String,
    /// The inputs that tell the scheme from others.
    pub inputs: Vec<String>,
    #[serde(default)]
    pub external: Vec<ExternalRow>,
    #[serde(default)]
    pub internal: Vec<InternalRow>,
}

impl SchemeRow {
    /// `MW (Gf, MW, MZ)`.
    pub(crate) fn title(&self) -> String {
        format!("{} ({})", self.name, self.inputs.join(", "))
    }

    /// Inputs and derived parameters of a model, given those of its first scheme.
    pub(crate) fn apply(
        &self,
        external: &[ExternalRow],
        internal: &[InternalRow],
    ) -> (Vec<ExternalRow>, Vec<InternalRow>) {
        let external_names = self.external.iter().map(|row| &row.name);
        let replaced: Vec<&String> = external_names
            .chain(self.internal.iter().map(|row| &row.name))
            .collect();
        let kept = external.iter().filter(|row| !replaced.contains(&&row.name));
        let external = kept.chain(&self.external).cloned().collect();
        let kept = internal.iter().filter(|row| !replaced.contains(&&row.name));
        let internal = kept.chain(&self.internal).cloned().collect();
        (external, internal)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CouplingRow {
    pub name: String,
    pub value: String,
    pub order: BTreeMap<String, u8>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VertexRow {
    /// Names of the outgoing particles, separated by blanks; the vertex is called so too.
    pub of: String,
    pub colour: Vec<String>,
    /// Colour structure, Lorentz structure, coupling.
    pub terms: Vec<(usize, String, String)>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelExtension {
    pub labels: Vec<String>,
    pub add: Vec<String>,
}

/// The values that a restriction gives to inputs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Restriction {
    /// One sentence for lists of restrictions.
    #[serde(rename = "description")]
    _description: String,
    pub set: BTreeMap<String, f64>,
}

/// The restriction that every model starts from.
pub(crate) const BASE_RESTRICTION: &str = "default";

struct Files {
    name: &'static str,
    particles: &'static str,
    parameters: &'static str,
    couplings: &'static str,
    lorentz: &'static str,
    vertices: &'static str,
    multiparticles: &'static str,
    restrictions: &'static [(&'static str, &'static str)],
}

macro_rules! model_file {
    ($($path:literal),+) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/", $($path),+))
    };
}

macro_rules! restrictions {
    ($model:literal: $($name:literal),+ $(,)?) => {
        &[$(($name, model_file!($model, "/restrictions/", $name, ".toml"))),+]
    };
}

const SM: Files = Files {
    name: "sm",
    particles: model_file!("sm/particles.toml"),
    parameters: model_file!("sm/parameters.toml"),
    couplings: model_file!("sm/couplings.toml"),
    lorentz: model_file!("sm/lorentz.toml"),
    vertices: model_file!("sm/vertices.toml"),
    multiparticles: model_file!("sm/multiparticles.toml"),
    restrictions: restrictions!("sm":
        "default", "no_b_mass", "no_tau_mass", "no_widths", "c_mass", "lepton_masses",
        "no_masses", "ckm", "zeromass_ckm",
    ),
};

const MODELS: [&Files; 1] = [&SM];

fn files(name: &str) -> Result<&'static Files, ModelError> {
    let names = || MODELS.iter().map(|m| m.name);
    MODELS
        .into_iter()
        .find(|m| m.name == name)
        .ok_or_else(|| ModelError::UnknownModel {
            name: name.to_owned(),
            known: names().collect::<Vec<_>>().join(", "),
            hint: did_you_mean(name, names()),
        })
}

/// Takes a name in MadGraph's notation apart: `sm-ckm_no_b_mass` is the model
/// `sm` with the restrictions `ckm` and `no_b_mass`.
///
/// # Errors
/// [`ModelError`]: an unknown model, or a part that is no restriction.
pub(crate) fn split_name(name: &str) -> Result<(&str, Vec<String>), ModelError> {
    let Some((model, rest)) = name.split_once('-') else {
        return Ok((name, vec![]));
    };
    Ok((model, split_restrictions(model, rest)?))
}

/// Takes restrictions apart that are joined as in MadGraph: `ckm_no_b_mass`.
///
/// # Errors
/// [`ModelError`]: an unknown model, or a part that is no restriction.
pub(crate) fn split_restrictions(model: &str, joined: &str) -> Result<Vec<String>, ModelError> {
    let known = files(model)?.restrictions;
    let mut found = vec![];
    let mut left = joined;
    while !left.is_empty() {
        // Of several that fit, the longest: `no_b_mass` before `no`.
        let fits = |r: &&(&str, &str)| {
            left.strip_prefix(r.0)
                .is_some_and(|after| after.is_empty() || after.starts_with('_'))
        };
        match known.iter().filter(fits).max_by_key(|r| r.0.len()) {
            Some((restriction, _)) => {
                found.push((*restriction).to_owned());
                left = left[restriction.len()..].trim_start_matches('_');
            }
            None => {
                // Of a name that is not made of known ones the whole is told.
                restriction(model, if found.is_empty() { joined } else { left })?;
                break;
            }
        }
    }
    Ok(found)
}

fn parse<T: DeserializeOwned>(file: String, text: &str) -> Result<T, ModelError> {
    toml::from_str(text).map_err(|error| ModelError::Data {
        file,
        problem: error.to_string(),
    })
}

/// The tables of a built-in model.
pub(crate) fn source(name: &str) -> Result<ModelSource, ModelError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Particles {
        particles: Vec<ParticleRow>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parameters {
        external: Vec<ExternalRow>,
        internal: Vec<InternalRow>,
        schemes: Vec<SchemeRow>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct OrderRow {
        name: String,
        hierarchy: u32,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Couplings {
        orders: Vec<OrderRow>,
        couplings: Vec<CouplingRow>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct LorentzRow {
        name: String,
        spins: Vec<u8>,
        structure: String,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Lorentz {
        lorentz: Vec<LorentzRow>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Vertices {
        vertices: Vec<VertexRow>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Multiparticles {
        labels: BTreeMap<String, Vec<String>>,
        #[serde(default)]
        if_massless: BTreeMap<String, LabelExtension>,
    }

    let files = files(name)?;
    let path = |file: &str| format!("{name}/{file}.toml");
    let particles: Particles = parse(path("particles"), files.particles)?;
    let parameters: Parameters = parse(path("parameters"), files.parameters)?;
    let couplings: Couplings = parse(path("couplings"), files.couplings)?;
    let lorentz: Lorentz = parse(path("lorentz"), files.lorentz)?;
    let vertices: Vertices = parse(path("vertices"), files.vertices)?;
    let multiparticles: Multiparticles = parse(path("multiparticles"), files.multiparticles)?;
    Ok(ModelSource {
        name: name.to_owned(),
        particles: particles.particles,
        external: parameters.external,
        internal: parameters.internal,
        schemes: parameters.schemes,
        orders: couplings
            .orders
            .into_iter()
            .map(|o| CouplingOrder {
                name: o.name,
                hierarchy: o.hierarchy,
            })
            .collect(),
        couplings: couplings.couplings,
        lorentz: lorentz
            .lorentz
            .into_iter()
            .map(|l| LorentzStructure {
                name: l.name,
                spins: l.spins,
                structure: l.structure,
            })
            .collect(),
        vertices: vertices.vertices,
        labels: multiparticles.labels,
        if_massless: multiparticles.if_massless,
    })
}

/// A restriction of a built-in model.
pub(crate) fn restriction(model: &str, name: &str) -> Result<Restriction, ModelError> {
    let known = files(model)?.restrictions;
    let names = || known.iter().map(|r| r.0);
    let (_, text) =
        known
            .iter()
            .find(|r| r.0 == name)
            .ok_or_else(|| ModelError::UnknownRestriction {
                model: model.to_owned(),
                name: name.to_owned(),
                known: names().collect::<Vec<_>>().join(", "),
                hint: did_you_mean(name, names()),
            })?;
    parse(format!("{model}/restrictions/{name}.toml"), text)
}
