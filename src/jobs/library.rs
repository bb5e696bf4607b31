//! A library of event samples: a folder with gridpacks, event files, and a manifest
//! that says what they are and who took which events.
//!
//! The manifest carries its own checksum, names no file outside the folder, and
//! is changed under a lock. Knows files, counts and checksums; knows no formula.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::replacing::is_same_card;
use super::verify::{Check, verify};
use crate::card::Card;
use crate::error::Error;
use crate::event::EventReader;
use crate::gridpack::Gridpack;
use crate::run::provenance_of;
use crate::storage::{
    FolderLock, MAX_TEXT, StorageError, read_bytes, read_text, sealed, sha256_of_file,
    short_checksum, unsealed, version_line, write_whole,
};

const MANIFEST: &str = "library.json";
const LOCK: &str = ".library.lock";
const FORMAT: &str = "omnis-library";
/// Layout of the manifest; since 2 it carries its checksum.
const LAYOUT: u32 = 2;
/// Most bytes of a manifest: half a million takes.
const MAX_MANIFEST: u64 = 128 << 20;

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
    /// Gridpack, within the folder.
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
    /// Whether the file may not have got its name: the process that wrote it is
    /// still at it, or was killed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
}

impl LibrarySpec {
    /// Reads a specification.
    ///
    /// # Errors
    /// [`Error::Storage`] with what was found.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let label = path.display().to_string();
        let text = read_text(path, MAX_TEXT).map_err(|source| StorageError::Read {
            path: label.clone(),
            source,
        })?;
        let unusable = |found: String, expected: &str| StorageError::Unusable {
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
    /// [`Error::Storage`] for a library of another name.
    pub(crate) fn open_or_new(folder: &Path, spec: &LibrarySpec) -> Result<Self, Error> {
        if !Self::is_in(folder) {
            std::fs::create_dir_all(folder).map_err(|source| StorageError::Create {
                path: folder.display().to_string(),
                source,
            })?;
            return Ok(Self {
                format: FORMAT.to_owned(),
                version: LAYOUT,
                made_by: version_line().to_owned(),
                name: spec.name.clone(),
                citation: spec.citation.clone(),
                samples: Vec::new(),
                taken: Vec::new(),
            });
        }
        let library = Self::open(folder)?;
        if library.name != spec.name {
            return Err(StorageError::Unusable {
                path: folder.display().to_string(),
                found: format!("the library '{}'", library.name),
                expected: format!("'{}' or an empty folder", spec.name),
            }
            .into());
        }
        Ok(library)
    }

    /// Whether a folder has a manifest.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(MANIFEST).exists()
    }

    /// That a sample was made with another card than this one, in words; `None` if it was not,
    /// is not there, or does not say.
    ///
    /// # Errors
    /// [`Error::Card`] for a card that cannot be read.
    pub fn other_card(
        &self,
        folder: &Path,
        name: &str,
        card: &Path,
    ) -> Result<Option<String>, Error> {
        let wanted = Card::from_path(card)?;
        let there = self.samples.iter().find(|s| s.name == name);
        let there = there.and_then(|s| Gridpack::read(&folder.join(&s.pack)).ok());
        let other = there.filter(|pack| !is_same_card(&pack.card, &wanted));
        Ok(other.map(|pack| {
            format!(
                "the sample '{name}' of '{}' was made of '{}' with another card than '{}'",
                folder.display(),
                pack.facts.process.join("; "),
                card.display()
            )
        }))
    }

    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(MANIFEST);
        let label = path.display().to_string();
        let text = read_bytes(&path, MAX_MANIFEST).map_err(|source| StorageError::Read {
            path: label.clone(),
            source,
        })?;
        let wanted = format!("a manifest of kind '{FORMAT}', version {LAYOUT}");
        let unusable = |found: String, expected: &str| StorageError::Unusable {
            path: label.clone(),
            found,
            expected: expected.to_owned(),
        };
        // What it is comes first: another layout may be without a checksum.
        #[derive(Deserialize)]
        struct Kind {
            format: String,
            version: u32,
        }
        let kind: Kind =
            serde_json::from_slice(&text).map_err(|e| unusable(e.to_string(), &wanted))?;
        if kind.format != FORMAT || kind.version != LAYOUT {
            let found = format!("kind '{}', version {}", kind.format, kind.version);
            return Err(unusable(found, &wanted).into());
        }
        let whole = unsealed(&text).map_err(|found| unusable(found, &wanted))?;
        let library: Self =
            serde_json::from_value(whole).map_err(|e| unusable(e.to_string(), &wanted))?;
        for name in library.samples.iter().flat_map(|s| [&s.file, &s.pack]) {
            if !is_file_name(name) {
                let expected = "names of files within the folder of the library";
                return Err(unusable(format!("the file {name:?}"), expected).into());
            }
        }
        Ok(library)
    }

    /// Waits until no other process changes the library.
    pub(super) fn lock(folder: &Path) -> Result<FolderLock, StorageError> {
        FolderLock::wait(folder, LOCK)
    }

    /// Writes the manifest in one stroke, by whoever holds the lock.
    pub(super) fn save(&self, folder: &Path) -> Result<(), Error> {
        let text = sealed(self).expect("plain data");
        Ok(write_whole(&folder.join(MANIFEST), &text)?)
    }

    /// A sample by name.
    ///
    /// # Errors
    /// [`Error::Storage`] names those that exist.
    pub fn sample(&self, folder: &Path, name: &str) -> Result<&LibrarySample, Error> {
        let found = self.samples.iter().find(|s| s.name == name);
        let names: Vec<&str> = self.samples.iter().map(|s| s.name.as_str()).collect();
        found.ok_or_else(|| {
            StorageError::Unusable {
                path: folder.display().to_string(),
                found: format!("no sample '{name}'"),
                expected: format!("one of {}", names.join(", ")),
            }
            .into()
        })
    }

    /// Why a sample has to be made; `None` if it is complete as specified, and
    /// its files are as they were written.
    pub fn lacks(&self, folder: &Path, name: &str, n_events: u64, seed: u64) -> Option<String> {
        let Some(sample) = self.samples.iter().find(|s| s.name == name) else {
            return Some("it is new".to_owned());
        };
        if (sample.n_events, sample.seed) != (n_events, seed) {
            return Some(format!(
                "found {} events of seed {}, expected {n_events} of seed {seed}",
                sample.n_events, sample.seed
            ));
        }
        sample.files().into_iter().find_map(|(file, expected)| {
            let check = checksum(folder, file, expected);
            (!check.ok()).then_some(check.what)
        })
    }

    /// Enters a sample whose files are complete. What others took meanwhile stays
    /// recorded; what was taken of other events of that name does not.
    ///
    /// # Errors
    /// [`Error::Storage`], [`Error::Event`] if they cannot be read.
    pub fn enter(
        folder: &Path,
        spec: &LibrarySpec,
        name: &str,
        pack: &str,
        file: &str,
    ) -> Result<Self, Error> {
        let found = Gridpack::read(&folder.join(pack))?;
        let run = EventReader::open(&folder.join(file))?.run().clone();
        let provenance = provenance_of(&run).unwrap_or_default();
        let (xsec_pb, xsec_err_pb) = run.xsec_pb();
        let sample = LibrarySample {
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
        };
        let _lock = Self::lock(folder)?;
        let mut library = Self::open_or_new(folder, spec)?;
        let same = |s: &LibrarySample| s.state == sample.state && s.seed == sample.seed;
        if !library.samples.iter().any(|s| s.name == name && same(s)) {
            library.taken.retain(|t| t.sample != name);
        }
        library.samples.retain(|s| s.name != name);
        library.samples.push(sample);
        library.save(folder)?;
        Ok(library)
    }

    /// Checks all files: checksums, and every event.
    ///
    /// # Errors
    /// [`Error::Storage`], [`Error::Event`] if events cannot be read.
    pub fn verify(&self, folder: &Path) -> Result<Vec<(String, Check)>, Error> {
        let mut all = Vec::new();
        for sample in &self.samples {
            let mut add = |check: Check| all.push((sample.name.clone(), check));
            let mut whole = true;
            for (file, expected) in sample.files() {
                let check = checksum(folder, file, expected);
                whole &= check.ok();
                add(check);
            }
            if whole {
                let pack = folder.join(&sample.pack);
                let found = verify(&folder.join(&sample.file), Some(&pack))?;
                found.checks.into_iter().for_each(&mut add);
            }
        }
        Ok(all)
    }
}

impl LibrarySample {
    /// Its files and their checksums.
    fn files(&self) -> [(&str, &str); 2] {
        [
            (&self.pack, &self.pack_sha256),
            (&self.file, &self.file_sha256),
        ]
    }
}

/// Whether a file has the checksum that the manifest says.
fn checksum(folder: &Path, file: &str, expected: &str) -> Check {
    let found = sha256_of_file(&folder.join(file));
    let ok = found.as_ref().is_ok_and(|f| f == expected);
    let what = match found {
        Err(e) => e.to_string(),
        Ok(found) if ok => format!("'{file}': SHA-256 {}", short_checksum(&found)),
        Ok(found) => format!(
            "'{file}': found SHA-256 {}, expected {}",
            short_checksum(&found),
            short_checksum(expected)
        ),
    };
    Check::new("checksum", ok, what)
}

/// Whether a name is that of a file within a folder, and no way out of it.
fn is_file_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let one = matches!(parts.next(), Some(Component::Normal(_))) && parts.next().is_none();
    one && !name.contains(['/', '\\', '\0']) && !name.starts_with('.')
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
