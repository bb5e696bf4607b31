//! A model as its files state it: names and expressions, no derived numbers.
//!
//! Both the built-in models and UFO directories become this, and one loader makes
//! numbers of it. Knows rows; evaluates nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::expression::Functions;
use super::{CouplingOrder, LorentzStructure, ModelNote, Propagator};

/// A model as its files state it.
#[derive(Clone, Debug)]
pub(crate) struct ModelSource {
    pub name: String,
    pub particles: Vec<ParticleRow>,
    pub external: Vec<ExternalRow>,
    pub internal: Vec<InternalRow>,
    /// Functions that the model defines for its expressions.
    pub functions: Functions,
    /// Choices of inputs; `external` and `internal` are those of the first.
    pub schemes: Vec<SchemeRow>,
    pub orders: Vec<CouplingOrder>,
    pub couplings: Vec<CouplingRow>,
    pub lorentz: Vec<LorentzStructure>,
    pub vertices: Vec<VertexRow>,
    pub labels: BTreeMap<String, Vec<String>>,
    /// Particles that join labels if the particle of the key is massless.
    pub if_massless: BTreeMap<String, LabelExtension>,
    /// Formulas for partial widths.
    pub decays: Vec<DecayRow>,
    /// Whether masses may be negative, as in models of supersymmetry.
    pub signed_masses: bool,
    /// Whether it is read from a UFO directory.
    pub is_ufo: bool,
    /// What is unusual about the model.
    pub notes: Vec<ModelNote>,
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
    #[serde(skip)]
    pub propagator: Option<Propagator>,
    #[serde(default, skip)]
    pub is_goldstone: bool,
    #[serde(default, skip)]
    pub is_instant: bool,
}

/// An input.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExternalRow {
    pub name: String,
    pub block: String,
    #[serde(deserialize_with = "one_or_several")]
    pub code: Vec<i32>,
    pub value: f64,
}

fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Code {
        One(i32),
        Several(Vec<i32>),
    }
    Ok(match Code::deserialize(deserializer)? {
        Code::One(code) => vec![code],
        Code::Several(codes) => codes,
    })
}

/// A derived parameter.
#[derive(Clone, Debug, PartialEq, Deserialize)]
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

/// A coupling.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CouplingRow {
    pub name: String,
    pub value: String,
    pub order: BTreeMap<String, u8>,
}

/// An interaction.
#[derive(Clone, Debug)]
pub(crate) struct VertexRow {
    pub name: String,
    /// Names of the outgoing particles.
    pub particles: Vec<String>,
    pub colour: Vec<String>,
    /// Colour structure, index of the Lorentz structure, index of the coupling.
    pub terms: Vec<(usize, usize, usize)>,
}

/// Particles that join labels.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelExtension {
    pub labels: Vec<String>,
    pub add: Vec<String>,
}

/// Partial widths of a particle.
#[derive(Clone, Debug)]
pub(crate) struct DecayRow {
    pub particle: String,
    /// Names of the products, and the formula in GeV.
    pub widths: Vec<(Vec<String>, String)>,
}
