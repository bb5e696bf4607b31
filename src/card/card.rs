//! The card: what is generated, with which model, beams, scales and cuts, and
//! how much of it.
//!
//! Knows TOML and the ranges of numbers; names of particles, parameters, PDF
//! sets and cuts are checked by the modules that know them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::error::CardError;
use super::merging::MergingCard;
use super::mistaken::mistaken;
use super::place::CardFiles;
use super::placeholder::EACH_PROCESS;
use super::values::MOST_THREADS;
use super::{shapes, values};
use crate::amplitude::{ColourMode, HelicityMode, Precision};
use crate::compute::DeviceChoice;
use crate::event::EventNorm;
use crate::histogram::HistogramRequests;
use crate::model::{Gauge, ParameterValues, beside};
use crate::sampler::SamplerKind;
use crate::scale::{BeamScales, ScaleChoice, ScaleKind};
use crate::storage::{MAX_TEXT, read_bytes};
use crate::units::Z_MASS_GEV;
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Where it comes from.
    #[serde(skip)]
    pub files: CardFiles,
}

/// `[process]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessCard {
    /// Process lines; their cross sections are added.
    #[serde(deserialize_with = "values::process_lines")]
    #[schemars(schema_with = "shapes::process_lines", extend("x-page" = "process-syntax.md"))]
    pub generate: Vec<String>,
    /// Labels for several particles, on top of those of the model or in their place: particles
    /// and other labels by label. They may be used in process lines and cuts.
    #[serde(default)]
    pub define: BTreeMap<String, Vec<String>>,
}

/// `[amplitude]`
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AmplitudeCard {
    /// What is kept of the sum over colours.
    #[schemars(extend("x-page" = "../theory/colour.md"))]
    pub colour: ColourMode,
    /// Precision of the currents.
    pub precision: Precision,
    /// Whether helicities are summed at every point or drawn.
    #[schemars(extend("x-page" = "../decisions/0008-drawn-helicities.md"))]
    pub helicity: HelicityMode,
}

/// `[model]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ModelCard {
    /// A built-in model, the directory of a UFO model, or a JSON file of ufo-model-loader: a
    /// path, or a name that is looked for beside the card, in the working directory and along
    /// `OMNIS_MODEL_PATH`. A restriction may stand behind a hyphen, as in `sm-no_b_mass`.
    #[schemars(extend("x-page" = "models.md"))]
    pub name: String,
    /// Which electroweak parameters are inputs: with `alpha` they are `aEWM1`, `Gf`, `MZ`, with
    /// `MW` they are `Gf`, `MW`, `MZ`.
    #[schemars(extend("x-default" = "`alpha` for `sm`"))]
    pub scheme: Option<String>,
    /// Restrictions in the order they act, names or files: for `sm` on top of its `default`. A
    /// UFO model has its `default` unless others are named, and none with `full`.
    #[serde(alias = "restrictions", deserialize_with = "values::strings")]
    #[schemars(schema_with = "shapes::strings")]
    pub restrict: Vec<String>,
    /// The gauge of massive vectors.
    #[serde(skip_serializing_if = "is_unitary")]
    #[schemars(extend("default" = Gauge::default()))]
    pub gauge: Gauge,
    /// Values of input parameters, after the restrictions and the parameter card; masses and
    /// widths in GeV. A width may be `"auto"`, which computes it.
    #[schemars(schema_with = "shapes::parameters", extend("x-page" = "widths.md"))]
    pub set: ParameterValues,
    /// A file of input parameters in SLHA format, such as a parameter card of MadGraph, read
    /// after the restrictions and before `set`.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BeamsCard {
    /// Two of `p`, `p~` and the particles of the model, by name or PDG number, as in
    /// `["e+", "e-"]` or `["g", "g"]`; the first moves along +z. A particle of the model has
    /// the energy of its beam, `p` and `p~` have parton densities.
    #[serde(deserialize_with = "values::particles")]
    pub particles: [String; 2],
    /// Energies of both beams in GeV.
    #[serde(deserialize_with = "values::energies")]
    #[schemars(schema_with = "shapes::energies")]
    pub energies: [f64; 2],
    /// Parton densities of protons and antiprotons: the name of a set, a path to it or its
    /// LHAPDF id; `NAME/3` is member 3.
    #[serde(deserialize_with = "values::pdf")]
    #[schemars(
        schema_with = "shapes::pdf",
        extend("x-default" = "`NNPDF23_lo_as_0130_qed`, which is built in", "x-page" = "pdf-sets.md")
    )]
    pub pdf: Option<String>,
    /// Member of the set, 0 for the central one.
    #[serde(deserialize_with = "values::member")]
    #[schemars(range(max = u32::MAX))]
    pub member: u32,
    /// Polarisations of beams that are no hadrons, as fractions from -1, all left-handed, to 1,
    /// all right-handed; of a beam with `x` the share `(1 + x) / 2` has positive helicity.
    #[serde(deserialize_with = "values::polarisations")]
    #[schemars(schema_with = "shapes::polarisations")]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScalesCard {
    /// Renormalisation scale: a number in GeV, or a quantity with a factor such as
    /// `"0.5 * clustering"`. With `[merging]` the default is `clustering`.
    #[schemars(extend("x-page" = "cuts-and-scales.md#scales"))]
    pub mu_r: ScaleChoice,
    /// Factorisation scale, likewise; or a list of those of beam 1 and beam 2.
    pub mu_f: BeamScales,
    /// The strong coupling: a number for the same value at every scale, or a table for the
    /// solution of the renormalisation group equation.
    #[schemars(
        extend("x-default" = "that of the set of parton densities; without one `aS` of the model at every scale")
    )]
    pub alpha_s: Option<AlphaSChoice>,
}

impl ScalesCard {
    /// Merged samples have the scales of their emissions where the card has no others.
    fn cluster_by_default(&mut self, text: &str) {
        let has = |key: &str| has_key(text, "scales", key);
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

/// Whether the text of a card has a key in a section.
fn has_key(text: &str, section: &str, key: &str) -> bool {
    text.parse::<toml::Table>().is_ok_and(|table| {
        let section = table.get(section).and_then(toml::Value::as_table);
        section.is_some_and(|section| section.contains_key(key))
    })
}

/// `alpha_s`: a number, the same at every scale, or a running coupling.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum AlphaSChoice {
    /// The same at every scale.
    Fixed(#[schemars(schema_with = "shapes::fraction")] f64),
    /// Solution of the renormalisation group equation.
    Running(RunningCoupling),
}

/// `{ value = 0.118, at = 91.1876, loops = 2, thresholds = [1.42, 4.7] }`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunningCoupling {
    /// The coupling at the reference scale.
    #[serde(deserialize_with = "values::fraction")]
    #[schemars(schema_with = "shapes::fraction")]
    pub value: f64,
    /// Reference scale in GeV; the mass of the Z (PDG 2022) unless it is given.
    #[serde(default = "z_mass", deserialize_with = "values::energy")]
    #[schemars(schema_with = "shapes::positive")]
    pub at: f64,
    /// Loops of the beta function.
    #[serde(default = "two_loops", deserialize_with = "values::loops")]
    #[schemars(range(min = 1, max = 4))]
    pub loops: u32,
    /// Scales in GeV where charm, bottom and top join, increasing: three flavours, and one more
    /// for each.
    #[serde(default = "charm_and_bottom", deserialize_with = "values::thresholds")]
    #[schemars(schema_with = "shapes::thresholds")]
    pub thresholds: Vec<f64>,
}

fn z_mass() -> f64 {
    Z_MASS_GEV
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CutsCard {
    /// Conditions that every event fulfils.
    #[serde(deserialize_with = "values::strings")]
    #[schemars(schema_with = "shapes::strings", extend("x-page" = "cuts-and-scales.md"))]
    pub require: Vec<String>,
    /// What becomes of a cross section that the cuts leave infinite: with `false` it is
    /// refused; with `true` technical cut-offs make it finite, and the summary names them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("default" = false, "x-page" = "cuts-and-scales.md#cuts-that-are-needed"))]
    pub allow_singular: bool,
}

/// `[run]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RunCard {
    /// Number of unweighted events; as a text it may have a letter, as in `"10k"` or `"2M"`.
    #[serde(deserialize_with = "values::events")]
    #[schemars(schema_with = "shapes::events")]
    pub events: u64,
    /// Seed of all random numbers.
    #[serde(deserialize_with = "values::whole")]
    pub seed: u64,
    /// Relative statistical error of the cross section to reach.
    #[serde(alias = "precision", deserialize_with = "values::fraction")]
    #[schemars(schema_with = "shapes::fraction")]
    pub accuracy: f64,
    /// The event file; compressed if its name ends in `.gz`, HDF5 if it ends in `.h5`; with
    /// `{process}` in its name one file for each process number `@n`.
    #[serde(deserialize_with = "values::output")]
    #[schemars(extend(
        "default" = null,
        "x-default" = "the name of the card, in the working directory: `pp_tt.lhe.gz` of `pp_tt.toml`",
        "x-page" = "events.md"
    ))]
    pub output: PathBuf,
    /// Share of the cross section that is aimed at above the maximum weights; samples scatter.
    #[serde(deserialize_with = "values::share")]
    #[schemars(schema_with = "shapes::share", extend("x-page" = "../theory/unweighting.md"))]
    pub max_overweight: f64,
    /// How points are drawn.
    #[schemars(extend("x-page" = "training.md"))]
    pub sampler: SamplerKind,
    /// How long flows are trained, in units of what suits the events; a gridpack that many jobs
    /// will use may be worth more.
    #[serde(deserialize_with = "values::training")]
    #[schemars(schema_with = "shapes::training", extend("x-page" = "training.md"))]
    pub training: f64,
    /// What trains flows.
    #[schemars(extend("x-page" = "gpus.md"))]
    pub device: DeviceChoice,
    /// Decay chains: how many widths the mass of a declared resonance may be away from its pole;
    /// `"inf"` for no limit.
    #[serde(
        deserialize_with = "values::bw_cutoff",
        serialize_with = "values::write_bw_cutoff"
    )]
    #[schemars(
        schema_with = "shapes::bw_cutoff",
        extend("x-page" = "process-syntax.md#decay-chains")
    )]
    pub bw_cutoff: f64,
    /// Decay chains: a resonance whose width is a smaller part of its mass is computed with this
    /// part, and the result is multiplied with the ratio of both widths, as the narrow-width
    /// limit has it.
    #[serde(deserialize_with = "values::share")]
    #[schemars(schema_with = "shapes::share")]
    pub small_width_treatment: f64,
    /// The legs in whose rest frame the helicities of polarised particles are defined, counted
    /// from 1 with the incoming ones and before particles decay.
    #[serde(deserialize_with = "values::legs")]
    #[schemars(
        schema_with = "shapes::legs",
        extend("x-page" = "process-syntax.md#helicities")
    )]
    pub me_frame: Vec<u32>,
    /// Threads; 0 for one per core. Results do not depend on it.
    #[serde(deserialize_with = "values::threads")]
    #[schemars(range(max = MOST_THREADS))]
    pub threads: usize,
    /// If it is there, unstable particles have the distance `c tau` they would fly in their rest
    /// frame, drawn from the exponential distribution of their width, where it is above this
    /// number, in mm.
    #[serde(
        deserialize_with = "values::lifetime",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(schema_with = "shapes::not_negative")]
    pub time_of_flight: Option<f64>,
    /// What the weights of events are scaled to.
    #[serde(skip_serializing_if = "is_average")]
    #[schemars(extend("default" = EventNorm::Average))]
    pub event_norm: EventNorm,
    /// If it is there, an expression of observables such as `(ht / 100)^2`: events are made in
    /// proportion to it, and their weights to its inverse.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-page" = "events.md#biased-events"))]
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

impl RunCard {
    /// The event file that is called `name`, in the working directory: in the format of `output`,
    /// and one for each process if that is so.
    pub fn output_named(&self, name: &Path) -> PathBuf {
        let own = self.output.file_name().unwrap_or_default();
        let own = own.to_string_lossy();
        let mut name = name.file_name().unwrap_or("events".as_ref()).to_owned();
        if own.contains(EACH_PROCESS) {
            name.push("_");
            name.push(EACH_PROCESS);
        }
        let endings = [".lhe.gz", ".lhe", ".lhef", ".hdf5", ".h5"];
        let ending = endings.into_iter().find(|end| own.ends_with(end));
        name.push(ending.unwrap_or(".lhe.gz"));
        name.into()
    }
}

impl Card {
    /// Process lines with the defaults of all the rest, of no file.
    pub(crate) fn of_lines(generate: Vec<String>) -> Self {
        Self {
            process: ProcessCard {
                generate,
                define: Default::default(),
            },
            amplitude: Default::default(),
            model: Default::default(),
            beams: Default::default(),
            scales: Default::default(),
            cuts: Default::default(),
            run: Default::default(),
            merging: None,
            weights: Default::default(),
            histograms: Default::default(),
            text: String::new(),
            files: Default::default(),
        }
    }

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
            files: CardFiles::one(source_name),
            ..card
        })
    }

    /// Old names that the card uses, each with the new one.
    pub fn old_names(&self) -> Vec<String> {
        has_key(&self.text, "run", "precision")
            .then(|| "run.precision is the old name of run.accuracy".to_owned())
            .into_iter()
            .collect()
    }

    /// Takes other parton densities than the card names; `[weights]` that ask for the
    /// members of the set of the run, or for one of them, ask for those of the new one.
    pub fn use_pdf(&mut self, set: &str) {
        let Some(old) = self.beams.pdf.replace(set.into()) else {
            return;
        };
        for asked in &mut self.weights.pdf {
            let member = asked.strip_prefix(&old).map(str::to_owned);
            if let Some(member) = member.filter(|m| m.is_empty() || m.starts_with('@')) {
                *asked = format!("{set}{member}");
            }
        }
    }

    /// Reads a card from a file. Paths in it are relative to the working
    /// directory; events that it gives no name are named after it.
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
            if !has_key(&card.text, "run", "output") {
                let name = path.file_stem().unwrap_or_default();
                card.run.output = card.run.output_named(Path::new(name));
            }
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
