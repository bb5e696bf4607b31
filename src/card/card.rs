//! The card: what is generated, with which model, beams, scales and cuts, and
//! how much of it.
//!
//! Knows TOML and the ranges of numbers; names of particles, parameters, PDF
//! sets and cuts are checked by the modules that know them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::error::CardError;
use super::merging::MergingCard;
use super::mistaken::mistaken;
use super::values;
use crate::amplitude::{ColourMode, HelicityMode, Precision};
use crate::compute::DeviceChoice;
use crate::event::EventNorm;
use crate::histogram::HistogramRequests;
use crate::model::{Gauge, ParameterValues, beside};
use crate::sampler::SamplerKind;
use crate::scale::{BeamScales, ScaleChoice, ScaleKind};
use crate::storage::{MAX_TEXT, read_bytes};
use crate::weights::WeightRequest;

/// Everything a user asks for. Only `[process]` is required.
///
/// ```toml
/// [process]
/// generate = ["p p > e+ e-"]
///
/// [cuts]
/// require = ["m(l+, l-) > 50"]
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// What is generated.
    pub process: ProcessCard,
    /// How matrix elements are evaluated.
    #[serde(default)]
    pub amplitude: AmplitudeCard,
    /// With which particles and interactions.
    #[serde(default)]
    pub model: ModelCard,
    /// What collides.
    #[serde(default)]
    pub beams: BeamsCard,
    /// Scales and the strong coupling.
    #[serde(default)]
    pub scales: ScalesCard,
    /// Which points count.
    #[serde(default)]
    pub cuts: CutsCard,
    /// How many events, how well, and where to.
    #[serde(default)]
    pub run: RunCard,
    /// Merging of multiplicities by a shower.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merging: Option<MergingCard>,
    /// Alternative weights of events.
    #[serde(default)]
    pub weights: WeightRequest,
    /// What is filled while events are made.
    #[serde(default, skip_serializing_if = "HistogramRequests::is_empty")]
    pub histograms: HistogramRequests,
    /// The card as written, comments included, for the headers of event files.
    #[serde(skip)]
    pub text: String,
}

/// `[process]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessCard {
    /// Processes, added up: a string or a list of at least one.
    #[serde(deserialize_with = "values::process_lines")]
    pub generate: Vec<String>,
    /// Multiparticle labels on top of those of the model, or in their place:
    /// label to particles or other labels.
    #[serde(default)]
    pub define: BTreeMap<String, Vec<String>>,
}

/// `[amplitude]`
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AmplitudeCard {
    /// `full`, the default, or `leading`: squares of leading flows alone.
    pub colour: ColourMode,
    /// Precision of the currents: `f64`, the default, or `f32`, up to twice as fast and
    /// within 1e-4 but for single points.
    pub precision: Precision,
    /// `auto`, the default, to draw helicities where events are expected to take
    /// less time, `sum`, or `sample` to draw them everywhere.
    pub helicity: HelicityMode,
}

/// `[model]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelCard {
    /// A built-in model, or the directory of a UFO model: a path, or a name that is looked
    /// for beside the card, in the working directory and along `OMNIS_MODEL_PATH`. Default
    /// `sm`.
    pub name: String,
    /// Which electroweak parameters are inputs: `alpha` (`aEWM1`, `Gf`, `MZ`), the
    /// default, or `MW` (`Gf`, `MW`, `MZ`).
    pub scheme: Option<String>,
    /// Restrictions in the order they act: names or files. Default none. A UFO model has
    /// its `default` unless others are named, and none with `full`. `restrictions` is
    /// another name of the key.
    #[serde(alias = "restrictions", deserialize_with = "values::strings")]
    pub restrict: Vec<String>,
    /// The gauge of massive vectors: `unitary`, the default, or `feynman`, with the Goldstone
    /// bosons of the model.
    #[serde(skip_serializing_if = "is_unitary")]
    pub gauge: Gauge,
    /// Parameters by name, in the units of the model; a width may be `auto`, which
    /// computes it. Default none.
    pub set: ParameterValues,
    /// A file of parameters in SLHA format, read before `set`. Default none.
    pub param_card: Option<PathBuf>,
}

fn is_unitary(gauge: &Gauge) -> bool {
    *gauge == Gauge::Unitary
}

impl Default for ModelCard {
    fn default() -> Self {
        Self {
            name: "sm".into(),
            scheme: None,
            restrict: Vec::new(),
            gauge: Gauge::default(),
            set: ParameterValues::default(),
            param_card: None,
        }
    }
}

/// `[beams]`; of no meaning for decays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BeamsCard {
    /// Names, beam 1 along +z. Default `["p", "p"]`.
    #[serde(deserialize_with = "values::particles")]
    pub particles: [String; 2],
    /// Energies in GeV. Default `[6500.0, 6500.0]`.
    #[serde(deserialize_with = "values::energies")]
    pub energies: [f64; 2],
    /// PDF set of hadron beams: a name, a path or an LHAPDF id; default the built-in
    /// choice.
    #[serde(deserialize_with = "values::pdf")]
    pub pdf: Option<String>,
    /// Member of the set. Default 0, the central one.
    #[serde(deserialize_with = "values::member")]
    pub member: u32,
    /// Polarisations of beams that are no hadrons, from -1 to 1. Default `[0.0, 0.0]`.
    #[serde(deserialize_with = "values::polarisations")]
    pub polarisation: [f64; 2],
}

impl Default for BeamsCard {
    fn default() -> Self {
        Self {
            particles: ["p".into(), "p".into()],
            energies: [6500.0, 6500.0],
            pdf: None,
            member: 0,
            polarisation: [0.0; 2],
        }
    }
}

/// `[scales]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScalesCard {
    /// Renormalisation scale. Default `half_transverse_mass`; with `[merging]`
    /// `clustering`.
    pub mu_r: ScaleChoice,
    /// Factorisation scale, or a list of those of beam 1 and beam 2. Default
    /// `half_transverse_mass`; with `[merging]` `clustering`.
    pub mu_f: BeamScales,
    /// The strong coupling. Default that of the PDF set; without one the
    /// `aS` of the model at every scale.
    pub alpha_s: Option<AlphaSChoice>,
}

impl ScalesCard {
    /// Merged samples have the scales of their emissions where the card has no others.
    fn cluster_by_default(&mut self, text: &str) {
        let table = text.parse::<toml::Table>().unwrap_or_default();
        let own = table.get("scales").and_then(toml::Value::as_table);
        let has = |key: &str| own.is_some_and(|scales| scales.contains_key(key));
        let clustering = ScaleChoice {
            kind: ScaleKind::Clustering,
            factor: 1.0,
        };
        if !has("mu_r") {
            self.mu_r = clustering;
        }
        if !has("mu_f") {
            self.mu_f = BeamScales([clustering; 2]);
        }
    }
}

/// `alpha_s`: a number, the same at every scale, or a running coupling.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AlphaSChoice {
    /// The same at every scale.
    Fixed(f64),
    /// Solution of the renormalisation group equation.
    Running(RunningCoupling),
}

/// `{ value = 0.118, at = 91.1876, loops = 2, thresholds = [1.42, 4.7] }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunningCoupling {
    /// Value at the reference scale, between 0 and 1.
    #[serde(deserialize_with = "values::fraction")]
    pub value: f64,
    /// Reference scale in GeV. Default 91.1876, the Z mass (PDG 2022).
    #[serde(default = "z_mass", deserialize_with = "values::energy")]
    pub at: f64,
    /// Loops of the beta function, 1 to 4. Default 2.
    #[serde(default = "two_loops", deserialize_with = "values::loops")]
    pub loops: u32,
    /// Scales in GeV where charm, bottom and top join, at most three: three
    /// flavours plus one per threshold. Default `[1.42, 4.7]`.
    #[serde(default = "charm_and_bottom", deserialize_with = "values::thresholds")]
    pub thresholds: Vec<f64>,
}

fn z_mass() -> f64 {
    91.1876
}

fn two_loops() -> u32 {
    2
}

fn charm_and_bottom() -> Vec<f64> {
    vec![1.42, 4.7]
}

impl<'de> Deserialize<'de> for AlphaSChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ChoiceVisitor;
        impl<'de> Visitor<'de> for ChoiceVisitor {
            type Value = AlphaSChoice;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or { value = ..., at = ..., loops = ..., thresholds = ... }")
            }

            fn visit_f64<E: de::Error>(self, x: f64) -> Result<AlphaSChoice, E> {
                values::fraction(de::value::F64Deserializer::new(x)).map(AlphaSChoice::Fixed)
            }

            fn visit_i64<E: de::Error>(self, x: i64) -> Result<AlphaSChoice, E> {
                self.visit_f64(x as f64)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<AlphaSChoice, A::Error> {
                let map = de::value::MapAccessDeserializer::new(map);
                RunningCoupling::deserialize(map).map(AlphaSChoice::Running)
            }
        }
        deserializer.deserialize_any(ChoiceVisitor)
    }
}

/// `[cuts]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CutsCard {
    /// Conditions that a point must meet, all of them. Default none.
    #[serde(deserialize_with = "values::strings")]
    pub require: Vec<String>,
    /// Whether a cross section that the cuts leave infinite is computed with a
    /// technical cut-off. Default false: it is refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_singular: bool,
}

/// `[run]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunCard {
    /// Unweighted events, at least 1. Default 10000.
    #[serde(deserialize_with = "values::events")]
    pub events: u64,
    /// Seed of all random numbers. Default 1.
    #[serde(deserialize_with = "values::whole")]
    pub seed: u64,
    /// Relative error of the cross section to reach, between 0 and 1.
    /// Default 0.005. `precision` is its old name.
    #[serde(alias = "precision", deserialize_with = "values::fraction")]
    pub accuracy: f64,
    /// The event file; compressed if its name ends in `.gz`. Default
    /// `events.lhe.gz`.
    pub output: PathBuf,
    /// Share of the cross section that events above the maximum weight may
    /// have; from 0, below 1. Default 0.001.
    #[serde(deserialize_with = "values::share")]
    pub max_overweight: f64,
    /// How points are drawn: `auto`, the default, for flows where they are
    /// expected to save time, `vegas` for grids alone, `flow` for flows in every
    /// channel that matters.
    pub sampler: SamplerKind,
    /// How long flows are trained, in units of what suits the events; above 0, at
    /// most 1000. Default 1. A gridpack that many jobs will use is worth more.
    #[serde(deserialize_with = "values::training")]
    pub training: f64,
    /// The device that trains flows: `auto`, the default, `cpu`, `wgpu`, `wgpu:any`
    /// (a software renderer, too) or `cuda`.
    pub device: DeviceChoice,
    /// Decay chains: how many widths the mass of a declared resonance may be away from
    /// its pole; above 0, `inf` for no limit. Default 15.
    #[serde(
        deserialize_with = "values::bw_cutoff",
        serialize_with = "values::write_bw_cutoff"
    )]
    pub bw_cutoff: f64,
    /// Decay chains: a declared resonance with a smaller ratio of width to mass is
    /// computed with this ratio and rescaled; from 0, below 1. Default 1e-6.
    #[serde(deserialize_with = "values::share")]
    pub small_width_treatment: f64,
    /// The legs whose rest frame helicities (`w+{0}`) refer to. Default `[1, 2]`.
    #[serde(deserialize_with = "values::legs")]
    pub me_frame: Vec<u32>,
    /// Threads; 0, the default, for one per core. Results do not depend on it.
    #[serde(deserialize_with = "values::threads")]
    pub threads: usize,
    /// Unstable particles have a lifetime `c tau` where it is above this one, in mm; from
    /// 0. Default none.
    #[serde(
        deserialize_with = "values::lifetime",
        skip_serializing_if = "Option::is_none"
    )]
    pub time_of_flight: Option<f64>,
    /// What the weights of events are scaled to: `average`, the default, `sum` or
    /// `unity`.
    #[serde(skip_serializing_if = "is_average")]
    pub event_norm: EventNorm,
    /// An expression of observables, `(ht / 100)^2`: events are made in proportion to it, and
    /// their weights to its inverse. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<String>,
}

fn is_average(norm: &EventNorm) -> bool {
    *norm == EventNorm::Average
}

impl Default for RunCard {
    fn default() -> Self {
        Self {
            events: 10_000,
            seed: 1,
            accuracy: 0.005,
            output: "events.lhe.gz".into(),
            max_overweight: 0.001,
            sampler: SamplerKind::Auto,
            training: 1.0,
            device: DeviceChoice::Auto,
            bw_cutoff: 15.0,
            small_width_treatment: 1e-6,
            me_frame: vec![1, 2],
            threads: 0,
            time_of_flight: None,
            event_norm: EventNorm::Average,
            bias: None,
        }
    }
}

impl Card {
    /// Reads a card; `source_name` stands for the file in messages.
    ///
    /// # Errors
    /// [`CardError::Invalid`] with line and column: broken TOML, an unknown
    /// key, a wrong type, a number out of range.
    pub fn from_str(text: &str, source_name: &str) -> Result<Self, CardError> {
        let mut card: Self =
            toml::from_str(text).map_err(|e| CardError::locate(e, text, source_name))?;
        if card.merging.is_some() {
            card.scales.cluster_by_default(text);
        }
        Ok(Self {
            text: text.into(),
            ..card
        })
    }

    /// Old names that the card uses, each with the new one.
    pub fn old_names(&self) -> Vec<String> {
        let has_precision = self.text.parse::<toml::Table>().is_ok_and(|t| {
            let run = t.get("run").and_then(toml::Value::as_table);
            run.is_some_and(|run| run.contains_key("precision"))
        });
        has_precision
            .then(|| "run.precision is the old name of run.accuracy".to_owned())
            .into_iter()
            .collect()
    }

    /// Reads a card from a file. Paths in it are relative to the working
    /// directory.
    ///
    /// # Errors
    /// [`CardError::Unreadable`], [`CardError::OtherKind`], and those of
    /// [`Self::from_str`].
    pub fn from_path(path: &Path) -> Result<Self, CardError> {
        let source_name = path.display().to_string();
        let unreadable = |reason: String| CardError::Unreadable {
            source_name: source_name.clone(),
            reason,
        };
        let bytes = read_bytes(path, MAX_TEXT).map_err(|e| unreadable(e.to_string()))?;
        let card = match std::str::from_utf8(&bytes) {
            Ok(text) => Self::from_str(text, &source_name),
            Err(e) => Err(unreadable(e.to_string())),
        };
        let card = card.map(|mut card| {
            let folder = path.parent().unwrap_or(Path::new(""));
            card.model.name = beside(&card.model.name, folder).unwrap_or(card.model.name);
            card
        });
        match mistaken(&bytes).filter(|_| card.is_err()) {
            None => card,
            Some((found, instead)) => Err(CardError::OtherKind {
                source_name,
                found,
                instead,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
