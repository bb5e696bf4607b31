//! A pack: everything that event generation starts from, in one file.
//!
//! Card, evaluated parameters, adapted channels with their maximum weights, weights
//! of flows, and checksums. Reading a gridpack sets the run up again and compares it with
//! what was stored, number by number. Knows what a run consists of; knows no
//! formula.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::samplers::{SamplerFile, put_together, take_apart};
use crate::beam::PdfSet;
use crate::card::Card;
use crate::compute::Watch;
use crate::cross_section::PilotChoice;
use crate::error::Error;
use crate::integrate::{AdaptSettings, Adapted};
use crate::run::{ModelFiles, RESULTS_VERSION, Run};
use crate::sampler::StoredSampler;
use crate::storage::{
    Archive, MAX_TEXT, StorageError, read_bytes, sha256, sha256_of_file, sha256_of_parts,
    short_checksum, version_line,
};
use crate::weights::AskedSet;

/// What the manifest calls a pack.
const KIND: &str = "omnis-pack";
/// Layout of the sections; counts up when an older omnis could not read it.
const LAYOUT: u32 = 3;

const CARD: &str = "card.toml";
const SETTINGS: &str = "card.json";
const PARAMETERS: &str = "parameters.slha";
const PARAM_CARD: &str = "param_card.dat";
const MODEL: &str = "model.json";
const ADAPTED: &str = "adapted.json";

/// Parton densities of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GridpackPdf {
    /// Name of the set.
    pub name: String,
    /// Member.
    pub member: usize,
    /// Whether the set is shipped with omnis; otherwise it must be found.
    pub built_in: bool,
    /// SHA-256 over the files of the set; of the name if it is built in.
    pub sha256: String,
}

/// What the manifest tells without the sections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GridpackFacts {
    /// Process lines.
    pub process: Vec<String>,
    /// Beam particles.
    pub beams: [String; 2],
    /// Beam energies in GeV.
    pub energies: [f64; 2],
    /// Name of the model.
    pub model: String,
    /// Parton densities, for hadron beams.
    pub pdf: Option<GridpackPdf>,
    /// Parton densities of alternative weights: first member of each set, with the
    /// checksum of all that are used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weight_pdf: Vec<GridpackPdf>,
    /// Cross section in pb.
    pub xsec_pb: f64,
    /// One standard deviation in pb.
    pub xsec_err_pb: f64,
    /// Names of the subprocesses, in the order of the parts of the integral.
    #[serde(default)]
    pub subprocesses: Vec<String>,
    /// Whether helicities are summed or drawn, and why.
    #[serde(default)]
    pub helicities: String,
    /// Phase-space channels.
    pub n_channels: usize,
    /// Accepted points per trial, as far as the adaptation can tell.
    pub efficiency: f64,
    /// Share of the cross section above the maximum weights.
    pub overweight_share: f64,
    /// Seed of the adaptation.
    pub seed: u64,
    /// What the pilots have chosen, group by group: drawn helicities, channels.
    pub pilots: Vec<PilotChoice>,
    /// Trained flows, in the order of their channels.
    pub flows: Vec<SamplerFile>,
    /// Checksum of process, model, beams, scales and cuts.
    pub physics: String,
    /// `RESULTS_VERSION` of the program that made it.
    pub results_version: String,
    /// Checksum of all that the adaptation depends on.
    pub key: String,
    /// Sums of weights at test points: channel and value in pb.
    pub probe: Vec<(usize, f64)>,
}

/// A gridpack in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Gridpack {
    /// The card.
    pub card: Card,
    /// Adapted channels.
    pub adapted: Adapted,
    /// What the manifest says.
    pub facts: GridpackFacts,
    /// Version line of the program that made it.
    pub made_by: String,
    /// Checksum of what the events depend on, the seed aside.
    pub state: String,
    parameters: String,
    param_card: Option<Vec<u8>>,
    model: Option<ModelFiles>,
}

impl Gridpack {
    /// A gridpack of a run that was adapted.
    ///
    /// # Errors
    /// A parameter card or PDF file that cannot be read any more.
    pub fn new(run: &Run, adapted: Adapted) -> Result<Self, Error> {
        let pdf = pdf_of(run)?;
        let physics = physics_of(run, pdf.as_ref());
        let facts = GridpackFacts {
            process: run.card.process.generate.clone(),
            beams: run.card.beams.particles.clone(),
            energies: run.card.beams.energies,
            model: run.card.model.name.clone(),
            xsec_pb: adapted.total.xsec_pb,
            xsec_err_pb: adapted.total.xsec_err_pb,
            subprocesses: (run.cross_section.subprocesses().iter())
                .map(|info| info.name.clone())
                .collect(),
            helicities: run.cross_section.helicities_text(),
            n_channels: adapted.channels.len(),
            efficiency: adapted.max_weights.efficiency,
            overweight_share: adapted.max_weights.overweight_share,
            seed: adapted.settings.seed,
            results_version: RESULTS_VERSION.to_owned(),
            key: key_of(&physics, &adapted.settings),
            probe: adapted.probe(&run.cross_section)?,
            pilots: run.cross_section.pilot_choices(),
            flows: take_apart(&adapted).1,
            physics,
            pdf,
            weight_pdf: weight_pdf_of(&run.card)?,
        };
        let param_card = match &run.card.model.param_card {
            Some(path) => {
                let bytes = read_bytes(path, MAX_TEXT);
                Some(bytes.map_err(|source| StorageError::Read {
                    path: path.display().to_string(),
                    source,
                })?)
            }
            None => None,
        };
        let mut card = run.card.clone();
        // Results do not depend on it, and the next machine is another one.
        card.run.threads = 0;
        Ok(Self {
            card,
            state: state_of(&facts.physics, &adapted),
            parameters: run.model.param_card(),
            made_by: version_line().to_owned(),
            facts,
            adapted,
            param_card,
            model: run.model_files.clone(),
        })
    }

    /// Checksum of all that the adaptation of a run depends on: a gridpack with
    /// the same one need not be made again.
    ///
    /// # Errors
    /// A PDF file that cannot be read.
    pub fn key(run: &Run, settings: &AdaptSettings) -> Result<String, Error> {
        Ok(key_of(&Self::physics(run)?, settings))
    }

    /// Checksum of the physics of a run: process, model, beams, scales and cuts.
    ///
    /// # Errors
    /// A PDF file that cannot be read.
    pub(crate) fn physics(run: &Run) -> Result<String, Error> {
        Ok(physics_of(run, pdf_of(run)?.as_ref()))
    }

    fn archive(&self) -> Archive {
        let facts = serde_json::to_value(&self.facts).expect("facts are plain data");
        let mut archive = Archive::new(KIND, LAYOUT, facts);
        archive.made_by.clone_from(&self.made_by);
        let mut add = |name: &str, bytes: Vec<u8>| {
            archive.sections.push((name.to_owned(), bytes));
        };
        add(CARD, self.card.text.clone().into_bytes());
        add(SETTINGS, json(&self.card));
        add(PARAMETERS, self.parameters.clone().into_bytes());
        let (adapted, facts, files) = take_apart(&self.adapted);
        add(ADAPTED, json(&adapted));
        for (fact, bytes) in facts.iter().zip(files) {
            add(&fact.file, bytes);
        }
        if let Some(bytes) = &self.param_card {
            add(PARAM_CARD, bytes.clone());
        }
        if let Some(model) = &self.model {
            add(MODEL, json(model));
        }
        archive
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`StorageError::Write`] of the compressor.
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        let bytes = self.archive().bytes();
        Ok(bytes.map_err(|source| StorageError::Write {
            path: "a gridpack in memory".to_owned(),
            source,
        })?)
    }

    /// Writes the gridpack; it appears under its name when it is complete.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        Ok(self.archive().write(path)?)
    }

    /// Reads a gridpack and checks every checksum in it.
    ///
    /// # Errors
    /// [`Error::Storage`] says what was found and what was expected.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let archive = Archive::read(path, KIND, LAYOUT)?;
        let unusable = |found: String, expected: &str| StorageError::Unusable {
            path: path.display().to_string(),
            found,
            expected: expected.to_owned(),
        };
        let section = |name: &str| {
            let found = archive.section(name);
            found.ok_or_else(|| unusable(format!("no section '{name}'"), "a complete gridpack"))
        };
        let text = |name: &str| {
            let text = String::from_utf8(section(name)?.to_vec());
            text.map_err(|_| unusable(format!("section '{name}' in binary"), "text"))
        };
        let broken = |name: &str, e: serde_json::Error| {
            unusable(
                format!("section '{name}' that says: {e}"),
                "a gridpack of this version",
            )
        };
        let mut card: Card =
            serde_json::from_slice(section(SETTINGS)?).map_err(|e| broken(SETTINGS, e))?;
        card.text = text(CARD)?;
        let adapted: Adapted<StoredSampler> =
            serde_json::from_slice(section(ADAPTED)?).map_err(|e| broken(ADAPTED, e))?;
        let facts: GridpackFacts = serde_json::from_value(archive.about.clone())
            .map_err(|e| broken("manifest.json", e))?;
        let adapted = put_together(adapted, &facts.flows, |name| archive.section(name))
            .map_err(|(found, expected)| unusable(found, &expected))?;
        let model = archive
            .section(MODEL)
            .map(serde_json::from_slice)
            .transpose();
        let pack = Self {
            model: model.map_err(|e| broken(MODEL, e))?,
            state: state_of(&facts.physics, &adapted),
            parameters: text(PARAMETERS)?,
            param_card: archive.section(PARAM_CARD).map(<[u8]>::to_vec),
            made_by: archive.made_by.clone(),
            card,
            adapted,
            facts,
        };
        if pack.facts.key != key_of(&pack.facts.physics, &pack.adapted.settings)
            && pack.facts.results_version == RESULTS_VERSION
        {
            let found = "settings of another adaptation".to_owned();
            return Err(unusable(found, "those of the manifest").into());
        }
        Ok(pack)
    }

    /// Sets the run up again and compares it with the pack: parton densities,
    /// parameters, and the integrand at test points.
    ///
    /// # Errors
    /// As [`Run::prepare`]; [`Error::Storage`] or [`Error::Integrate`] for
    /// what differs. `path` stands for the gridpack in messages.
    pub fn open(&self, path: &Path) -> Result<Run, Error> {
        self.open_watched(path, Watch::nobody())
    }

    /// As [`Gridpack::open`]; `watch` hears how far it is and may call it off.
    ///
    /// # Errors
    /// As [`Gridpack::open`], and as [`Run::prepare_watched`].
    pub(crate) fn open_watched(&self, path: &Path, watch: Watch) -> Result<Run, Error> {
        let mut card = self.card.clone();
        let mut file = None;
        if let Some(bytes) = &self.param_card {
            let copy = tempfile::NamedTempFile::new().and_then(|mut f| {
                f.write_all(bytes)?;
                Ok(f)
            });
            let copy = copy.map_err(|source| StorageError::Create {
                path: "a temporary file for the parameter card".to_owned(),
                source,
            })?;
            card.model.param_card = Some(copy.path().to_owned());
            file = Some(copy);
        }
        let folder = match &self.model {
            Some(model) => {
                let folder = tempfile::tempdir().and_then(|folder| {
                    card.model.name = model.unpack(folder.path())?;
                    Ok(folder)
                });
                Some(folder.map_err(|source| StorageError::Create {
                    path: "a temporary folder for the model".to_owned(),
                    source,
                })?)
            }
            None => None,
        };
        let mut run = Run::prepare_as(card, Some(&self.facts.pilots), watch)?;
        run.card = self.card.clone();
        drop((file, folder));
        let unusable = |found: String, expected: String| StorageError::Unusable {
            path: path.display().to_string(),
            found,
            expected,
        };
        let pdf = pdf_of(&run)?;
        if pdf != self.facts.pdf {
            return Err(unusable(
                GridpackPdf::describe(pdf.as_ref()),
                GridpackPdf::describe(self.facts.pdf.as_ref()),
            )
            .into());
        }
        for (now, then) in weight_pdf_of(&self.card)?
            .iter()
            .zip(&self.facts.weight_pdf)
        {
            if now != then {
                let [now, then] = [now, then].map(|p| GridpackPdf::describe(Some(p)));
                return Err(unusable(now, then).into());
            }
        }
        let now = run.model.param_card();
        if now != self.parameters {
            let differs = now
                .lines()
                .zip(self.parameters.lines())
                .find(|(a, b)| a != b);
            let (a, b) = differs.unwrap_or(("more parameters", "fewer parameters"));
            return Err(unusable(
                format!("the parameter '{}' in this omnis", a.trim()),
                format!("'{}' as in the gridpack", b.trim()),
            )
            .into());
        }
        self.adapted
            .check_probe(&run.cross_section, &self.facts.probe)?;
        Ok(run)
    }
}

impl Gridpack {
    /// The files of parton densities that are not built in, to be taken along;
    /// none otherwise.
    ///
    /// # Errors
    /// [`Error::Beam`] if they are not found, [`Error::Storage`] if they are not
    /// those of the pack.
    pub fn pdf_files(&self) -> Result<Vec<PathBuf>, Error> {
        let (Some(facts), Some(name)) = (&self.facts.pdf, &self.card.beams.pdf) else {
            return Ok(vec![]);
        };
        if facts.built_in {
            return Ok(vec![]);
        }
        let pdf = PdfSet::load(name, facts.member)?;
        let found = GridpackPdf::of(&pdf)?;
        if found != *facts {
            return Err(StorageError::Unusable {
                path: name.clone(),
                found: GridpackPdf::describe(Some(&found)),
                expected: GridpackPdf::describe(Some(facts)),
            }
            .into());
        }
        Ok(pdf.files().to_vec())
    }

    /// The sets of alternative weights as they are found now.
    ///
    /// # Errors
    /// As [`Gridpack::pdf_files`].
    pub fn weight_sets(&self) -> Result<Vec<AskedSet>, Error> {
        let sets = asked_sets(&self.card)?;
        for (set, then) in sets.iter().zip(&self.facts.weight_pdf) {
            let now = GridpackPdf::of_asked(set)?;
            if now != *then {
                return Err(StorageError::Unusable {
                    path: set.name().to_owned(),
                    found: GridpackPdf::describe(Some(&now)),
                    expected: GridpackPdf::describe(Some(then)),
                }
                .into());
            }
        }
        Ok(sets)
    }
}

fn asked_sets(card: &Card) -> Result<Vec<AskedSet>, Error> {
    let sets = card.weights.pdf.iter().map(|name| AskedSet::find(name));
    Ok(sets.collect::<Result<_, _>>()?)
}

fn weight_pdf_of(card: &Card) -> Result<Vec<GridpackPdf>, Error> {
    asked_sets(card)?
        .iter()
        .map(GridpackPdf::of_asked)
        .collect()
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain data, which JSON can hold")
}

fn pdf_of(run: &Run) -> Result<Option<GridpackPdf>, Error> {
    run.pdf.as_deref().map(GridpackPdf::of).transpose()
}

impl GridpackPdf {
    /// Of a set that was loaded.
    fn of(pdf: &PdfSet) -> Result<Self, Error> {
        Self::of_files(pdf.name(), pdf.member(), pdf.files())
    }

    /// Of a set for alternative weights.
    fn of_asked(set: &AskedSet) -> Result<Self, Error> {
        Self::of_files(set.name(), set.first_number(), &set.files())
    }

    fn of_files(name: &str, member: usize, files: &[PathBuf]) -> Result<Self, Error> {
        let mut sums = Vec::new();
        for file in files {
            sums.push(sha256_of_file(file)?);
        }
        let built_in = sums.is_empty();
        Ok(Self {
            name: name.to_owned(),
            member,
            built_in,
            sha256: if built_in {
                sha256(name.as_bytes())
            } else {
                sha256_of_parts(sums.iter().map(String::as_bytes))
            },
        })
    }

    fn describe(facts: Option<&Self>) -> String {
        match facts {
            None => "no parton densities".to_owned(),
            Some(p) => format!(
                "parton densities '{}' member {} with SHA-256 {}",
                p.name,
                p.member,
                short_checksum(&p.sha256)
            ),
        }
    }
}

/// Checksum of everything but the run: what is generated, not how many.
fn physics_of(run: &Run, pdf: Option<&GridpackPdf>) -> String {
    let card = &run.card;
    let mut parts = vec![
        json(&card.process),
        json(&match &run.model_files {
            // Wherever the directory is.
            Some(model) => format!("{}{}", model.directory, model.suffix),
            None => card.model.name.clone(),
        }),
        json(&card.model.restrict),
        run.model.param_card().into_bytes(),
        json(&(&card.beams.particles, card.beams.energies)),
        json(&pdf.map(|p| (&p.name, p.member, &p.sha256))),
        json(&card.scales),
        json(&card.cuts),
        json(&card.amplitude),
        json(&(card.run.bw_cutoff.to_bits(), card.run.small_width_treatment)),
        json(&(card.beams.polarisation, &card.run.me_frame)),
    ];
    parts.extend(card.merging.as_ref().map(json));
    parts.extend(card.run.bias.as_ref().map(json));
    if let Some(model) = &run.model_files {
        parts.push(model.checksum().into_bytes());
        parts.push(json(&card.model.gauge));
    }
    sha256_of_parts(parts.iter().map(Vec::as_slice))
}

fn key_of(physics: &str, settings: &AdaptSettings) -> String {
    let settings = json(settings);
    sha256_of_parts([RESULTS_VERSION.as_bytes(), physics.as_bytes(), &settings])
}

fn state_of(physics: &str, adapted: &Adapted) -> String {
    let adapted = json(adapted);
    sha256_of_parts([physics.as_bytes(), &adapted])
}
