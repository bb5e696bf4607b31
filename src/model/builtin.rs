//! The built-in models: TOML tables in UFO structure, embedded in the program.
//!
//! Knows the layout of the files in `models/`; evaluates nothing.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::expression::Functions;
use super::source::{
    CouplingRow, ExternalRow, InternalRow, LabelExtension, ModelSource, ParticleRow, SchemeRow,
    VertexRow,
};
use super::{CouplingOrder, LorentzStructure, ModelError};
use crate::suggest::did_you_mean;

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

/// Names of the built-in models.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MODELS.iter().map(|m| m.name)
}

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

/// A vertex by names.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedVertex {
    /// Names of the outgoing particles, separated by blanks; the vertex is called so too.
    of: String,
    colour: Vec<String>,
    /// Colour structure, Lorentz structure, coupling.
    terms: Vec<(usize, String, String)>,
}

impl NamedVertex {
    /// Names become positions in the tables of particles, structures and couplings.
    fn resolve(
        self,
        file: &str,
        (particles, lorentz, couplings): (&[ParticleRow], &[LorentzStructure], &[CouplingRow]),
    ) -> Result<VertexRow, ModelError> {
        let bad = |what: String| ModelError::Data {
            file: file.to_owned(),
            problem: format!("{}: {what}", self.of),
        };
        let legs: Vec<String> = self.of.split_whitespace().map(str::to_owned).collect();
        let spin = |name: &String| {
            let is = |p: &&ParticleRow| p.name == *name || p.anti.as_ref() == Some(name);
            particles.iter().find(is).map_or(0, |p| p.spin)
        };
        let spins: Vec<u8> = legs.iter().map(spin).collect();
        let mut terms = Vec::new();
        for (colour, structure, coupling) in &self.terms {
            if *colour >= self.colour.len() {
                return Err(bad(format!("no colour structure {colour}")));
            }
            let structure = (lorentz.iter())
                .position(|l| l.name == *structure && l.spins == spins)
                .ok_or_else(|| bad(format!("no Lorentz structure '{structure}' of these spins")))?;
            let coupling = (couplings.iter())
                .position(|c| c.name == *coupling)
                .ok_or_else(|| bad(format!("unknown coupling '{coupling}'")))?;
            terms.push((*colour, structure, coupling));
        }
        Ok(VertexRow {
            name: self.of,
            particles: legs,
            colour: self.colour,
            terms,
        })
    }
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
        vertices: Vec<NamedVertex>,
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
    let lorentz: Vec<LorentzStructure> = (lorentz.lorentz.into_iter())
        .map(|l| LorentzStructure {
            name: l.name,
            spins: l.spins,
            structure: l.structure,
        })
        .collect();
    let tables = (
        &particles.particles[..],
        &lorentz[..],
        &couplings.couplings[..],
    );
    let vertices = (vertices.vertices.into_iter())
        .map(|row| row.resolve(&path("vertices"), tables))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ModelSource {
        name: name.to_owned(),
        functions: Functions::default(),
        decays: Vec::new(),
        signed_masses: false,
        is_ufo: false,
        notes: Vec::new(),
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
                expansion: None,
                offset: 0,
            })
            .collect(),
        couplings: couplings.couplings,
        lorentz,
        vertices,
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
