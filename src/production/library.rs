//! A library of event samples: a folder with packs, event files, and a manifest
//! that says what they are and who took which events.
//!
//! Knows files, counts and checksums; knows no formula.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::card::Card;
use super::header::{GENERATION_INFO, SUMMARY, provenance_of, with_count};
use super::merge::MergeError;
use super::pack::Pack;
use super::provenance::Provenance;
use super::verify::{Check, verify};
use crate::error::Error;
use crate::event::{EventReader, EventWriter, RunInfo};
use crate::registry::{RegistryError, VERSION_LINE, sha256_of_file, write_whole};

const MANIFEST: &str = "library.json";
const FORMAT: &str = "omnis-library";
const LAYOUT: u32 = 1;

/// What a library is to hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibrarySpec {
    /// Name of the library.
    pub name: String,
    /// Whom to cite.
    #[serde(default)]
    pub citation: String,
    /// Extension of the event files: `lhe`, `lhe.gz` or `h5`. Default `lhe.gz`.
    #[serde(default = "lhe_gz")]
    pub format: String,
    /// Samples, at least one.
    pub sample: Vec<SampleSpec>,
}

fn lhe_gz() -> String {
    "lhe.gz".to_owned()
}

/// One sample of a library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleSpec {
    /// Name: letters, digits, `_`, `-`, `+`.
    pub name: String,
    /// Process card, relative to the specification.
    pub card: PathBuf,
    /// Number of events; default the card's.
    pub events: Option<u64>,
    /// Seed; default the card's.
    pub seed: Option<u64>,
}

/// A library as its manifest describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Library {
    format: String,
    version: u32,
    /// Version line of the program that made it.
    pub made_by: String,
    /// Name of the library.
    pub name: String,
    /// Whom to cite.
    pub citation: String,
    /// Samples that are complete.
    pub samples: Vec<LibrarySample>,
    /// Events that users took.
    pub taken: Vec<Taken>,
}

/// A complete sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LibrarySample {
    /// Name.
    pub name: String,
    /// Process lines.
    pub process: Vec<String>,
    /// Cross section in pb.
    pub xsec_pb: f64,
    /// One standard deviation in pb.
    pub xsec_err_pb: f64,
    /// Events in the file.
    pub n_events: u64,
    /// Seed of the events.
    pub seed: u64,
    /// Event file, within the folder.
    pub file: String,
    /// Its SHA-256.
    pub file_sha256: String,
    /// Pack, within the folder.
    pub pack: String,
    /// Its SHA-256.
    pub pack_sha256: String,
    /// Checksum of the adapted state.
    pub state: String,
}

/// Events that were taken out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// Name of the sample.
    pub sample: String,
    /// Positions in the sample.
    pub events: Range<u64>,
    /// File they were written to.
    pub output: String,
}

impl LibrarySpec {
    /// Reads a specification.
    ///
    /// # Errors
    /// [`Error::Registry`] with what was found.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let label = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| RegistryError::Read {
            path: label.clone(),
            source,
        })?;
        let unusable = |found: String, expected: &str| RegistryError::Unusable {
            path: label.clone(),
            found,
            expected: expected.to_owned(),
        };
        let spec: Self = toml::from_str(&text).map_err(|e| {
            unusable(
                e.to_string().trim().to_owned(),
                "a specification of a library",
            )
        })?;
        if spec.sample.is_empty() {
            return Err(unusable("no [[sample]]".to_owned(), "at least one").into());
        }
        if !["lhe", "lhe.gz", "h5"].contains(&spec.format.as_str()) {
            return Err(unusable(format!("format '{}'", spec.format), "lhe, lhe.gz or h5").into());
        }
        for (k, sample) in spec.sample.iter().enumerate() {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-+".contains(c);
            if sample.name.is_empty() || !sample.name.chars().all(plain) {
                let found = format!("sample name '{}'", sample.name);
                return Err(unusable(found, "letters, digits, _, - and +").into());
            }
            if spec.sample[..k].iter().any(|s| s.name == sample.name) {
                let found = format!("two samples '{}'", sample.name);
                return Err(unusable(found, "different names").into());
            }
        }
        Ok(spec)
    }
}

impl Library {
    /// The library in a folder, or an empty one if there is none.
    ///
    /// # Errors
    /// [`Error::Registry`] for a library of another name.
    pub fn open_or_new(folder: &Path, spec: &LibrarySpec) -> Result<Self, Error> {
        if !folder.join(MANIFEST).exists() {
            std::fs::create_dir_all(folder).map_err(|source| RegistryError::Create {
                path: folder.display().to_string(),
                source,
            })?;
            return Ok(Self {
                format: FORMAT.to_owned(),
                version: LAYOUT,
                made_by: VERSION_LINE.to_owned(),
                name: spec.name.clone(),
                citation: spec.citation.clone(),
                samples: Vec::new(),
                taken: Vec::new(),
            });
        }
        let library = Self::open(folder)?;
        if library.name != spec.name {
            return Err(RegistryError::Unusable {
                path: folder.display().to_string(),
                found: format!("the library '{}'", library.name),
                expected: format!("'{}' or an empty folder", spec.name),
            }
            .into());
        }
        Ok(library)
    }

    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// [`Error::Registry`].
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(MANIFEST);
        let label = path.display().to_string();
        let text = std::fs::read(&path).map_err(|source| RegistryError::Read {
            path: label.clone(),
            source,
        })?;
        let unusable = |found: String| RegistryError::Unusable {
            path: label.clone(),
            found,
            expected: format!("a manifest of kind '{FORMAT}', version {LAYOUT}"),
        };
        let library: Self = serde_json::from_slice(&text).map_err(|e| unusable(e.to_string()))?;
        if library.format != FORMAT || library.version != LAYOUT {
            let found = format!("kind '{}', version {}", library.format, library.version);
            return Err(unusable(found).into());
        }
        Ok(library)
    }

    /// Writes the manifest in one stroke.
    ///
    /// # Errors
    /// [`Error::Registry`].
    pub fn save(&self, folder: &Path) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(self).expect("plain data");
        Ok(write_whole(&folder.join(MANIFEST), &text)?)
    }

    /// A sample by name.
    ///
    /// # Errors
    /// [`Error::Registry`] names those that exist.
    pub fn sample(&self, folder: &Path, name: &str) -> Result<&LibrarySample, Error> {
        let found = self.samples.iter().find(|s| s.name == name);
        let names: Vec<&str> = self.samples.iter().map(|s| s.name.as_str()).collect();
        found.ok_or_else(|| {
            RegistryError::Unusable {
                path: folder.display().to_string(),
                found: format!("no sample '{name}'"),
                expected: format!("one of {}", names.join(", ")),
            }
            .into()
        })
    }

    /// Whether a sample is complete as specified.
    pub fn has(&self, folder: &Path, name: &str, n_events: u64, seed: u64) -> bool {
        self.samples.iter().any(|s| {
            (s.name.as_str(), s.n_events, s.seed) == (name, n_events, seed)
                && folder.join(&s.file).is_file()
                && folder.join(&s.pack).is_file()
        })
    }

    /// Enters a sample whose files are complete.
    ///
    /// # Errors
    /// [`Error::Registry`], [`Error::Event`] if they cannot be read.
    pub fn enter(
        &mut self,
        folder: &Path,
        name: &str,
        pack: &str,
        file: &str,
    ) -> Result<(), Error> {
        let found = Pack::read(&folder.join(pack))?;
        let run = EventReader::open(&folder.join(file))?.run().clone();
        let provenance = provenance_of(&run).unwrap_or_default();
        let (xsec_pb, xsec_err_pb) = run.xsec_pb();
        self.samples.retain(|s| s.name != name);
        self.taken.retain(|t| t.sample != name);
        self.samples.push(LibrarySample {
            name: name.to_owned(),
            process: found.facts.process.clone(),
            xsec_pb,
            xsec_err_pb,
            n_events: provenance.n_events(),
            seed: provenance.samples.first().map_or(0, |s| s.seed),
            file_sha256: sha256_of_file(&folder.join(file))?,
            file: file.to_owned(),
            pack_sha256: sha256_of_file(&folder.join(pack))?,
            pack: pack.to_owned(),
            state: found.state,
        });
        Ok(())
    }

    /// Checks all files: checksums, and every event.
    ///
    /// # Errors
    /// [`Error::Registry`], [`Error::Event`] if a file cannot be read.
    pub fn verify(&self, folder: &Path) -> Result<Vec<(String, Check)>, Error> {
        let mut all = Vec::new();
        for sample in &self.samples {
            let mut add = |check: Check| all.push((sample.name.clone(), check));
            let files = [
                (&sample.pack, &sample.pack_sha256),
                (&sample.file, &sample.file_sha256),
            ];
            let mut whole = true;
            for (file, expected) in files {
                let found = sha256_of_file(&folder.join(file))?;
                whole &= found == *expected;
                add(Check::new(
                    "checksum",
                    found == *expected,
                    format!("'{file}': found SHA-256 {found}, expected {expected}"),
                ));
            }
            if whole {
                let pack = folder.join(&sample.pack);
                let found = verify(&folder.join(&sample.file), Some(&pack))?;
                found.checks.into_iter().for_each(&mut add);
            }
        }
        Ok(all)
    }

    /// The first events of a sample that nobody took, `n` in a row.
    pub fn free(&self, sample: &LibrarySample, n: u64) -> Range<u64> {
        let taken = self.taken.iter().filter(|t| t.sample == sample.name);
        let first = taken.map(|t| t.events.end).max().unwrap_or(0);
        first..first.saturating_add(n)
    }

    /// Writes events of a sample into a file of their own and records it; two
    /// takes never share an event.
    ///
    /// # Errors
    /// [`Error::Merge`] if the events are not there or were taken;
    /// [`Error::Event`], [`Error::Registry`].
    pub fn take(
        &mut self,
        folder: &Path,
        name: &str,
        events: Range<u64>,
        output: &Path,
    ) -> Result<u64, Error> {
        let sample = self.sample(folder, name)?.clone();
        let misfit = |what: String| MergeError::Misfit {
            path: sample.file.clone(),
            what,
        };
        if events.end > sample.n_events {
            return Err(misfit(format!(
                "found {} events in the sample, expected {} for this choice",
                sample.n_events, events.end
            ))
            .into());
        }
        let overlaps = |t: &&Taken| {
            t.sample == name && t.events.start.max(events.start) < t.events.end.min(events.end)
        };
        if let Some(old) = self.taken.iter().find(overlaps) {
            return Err(misfit(format!(
                "found events {}..{} taken before (for '{}'), expected others; the first free event is {}",
                old.events.start,
                old.events.end,
                old.output,
                self.free(&sample, 1).start
            ))
            .into());
        }
        let n = copy_part(&folder.join(&sample.file), events.clone(), output)?;
        self.taken.push(Taken {
            sample: name.to_owned(),
            events,
            output: output.display().to_string(),
        });
        self.save(folder)?;
        Ok(n)
    }
}

/// Number of events and seed of a sample, from the specification or its card.
///
/// # Errors
/// [`Error::Card`].
pub fn sample_size(card: &Path, sample: &SampleSpec) -> Result<(u64, u64), Error> {
    let card = Card::from_path(card)?;
    Ok((
        sample.events.unwrap_or(card.run.events),
        sample.seed.unwrap_or(card.run.seed),
    ))
}

fn copy_part(input: &Path, events: Range<u64>, output: &Path) -> Result<u64, Error> {
    let mut reader = EventReader::open(input)?;
    let run = part_of(reader.run(), events.clone());
    let mut writer = EventWriter::create(output, &run)?;
    let mut at = 0;
    while at < events.end {
        let Some(event) = reader.next_event()? else {
            return Err(MergeError::Count {
                path: input.display().to_string(),
                found: at,
                expected: events.end,
            }
            .into());
        };
        if at >= events.start {
            writer.write(&event)?;
        }
        at += 1;
    }
    Ok(writer.finish()?)
}

/// The run information of a part of the events.
fn part_of(run: &RunInfo, events: Range<u64>) -> RunInfo {
    let mut run = run.clone();
    let part = provenance_of(&run).map(|p| p.part(&events));
    for block in &mut run.header {
        if block.name == GENERATION_INFO {
            block.text = with_count(&block.text, events.end - events.start);
        }
        if let (SUMMARY, Some(part)) = (block.name.as_str(), &part) {
            block.text = Provenance::replace(&block.text, part);
        }
    }
    run
}
