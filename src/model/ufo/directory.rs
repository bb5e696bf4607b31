//! The files of a model directory, read within bounds and never outside of it.
//!
//! Knows paths and bytes; knows no Python. A directory may also be one that travels
//! inside a gridpack.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::storage::read_bytes;

/// Most bytes of a file of a model, and of all that are read.
const MAX_FILE: u64 = 32 << 20;
const MAX_ALL: u64 = 128 << 20;

/// Where the files of a model are.
#[derive(Clone, Debug)]
pub(crate) enum Directory {
    /// On disk: as given, and without links.
    Disk { given: PathBuf, real: PathBuf },
    /// Texts by name.
    Memory(BTreeMap<String, String>),
}

/// Files of a directory that were read.
#[derive(Debug)]
pub(crate) struct Files {
    directory: Directory,
    read: u64,
    /// What was read, for those who carry the model elsewhere.
    pub(crate) texts: BTreeMap<String, String>,
}

impl Files {
    /// A directory on disk.
    ///
    /// # Errors
    /// What is there instead of a directory.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let real = path.canonicalize().map_err(|e| e.to_string())?;
        if !real.is_dir() {
            return Err("found a file, expected the directory of a UFO model".to_owned());
        }
        let given = path.to_owned();
        Ok(Self::of(Directory::Disk { given, real }))
    }

    /// Files of any directory.
    pub(crate) fn of(directory: Directory) -> Self {
        Self {
            directory,
            read: 0,
            texts: BTreeMap::new(),
        }
    }

    /// Whether there is a file of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        match &self.directory {
            Directory::Disk { given, .. } => given.join(name).is_file(),
            Directory::Memory(texts) => texts.contains_key(name),
        }
    }

    /// The text of a file; `None` if there is none of this name. Bytes that are not
    /// UTF-8 are Latin-1, as in comments of old models.
    ///
    /// # Errors
    /// Why it is not read: a link out of the directory, its size, the system.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        if let Some(text) = self.texts.get(name) {
            return Ok(Some(text.clone()));
        }
        let text = match &self.directory {
            Directory::Memory(texts) => match texts.get(name) {
                Some(text) => text.clone(),
                None => return Ok(None),
            },
            Directory::Disk { given, real } => {
                let path = match given.join(name).canonicalize() {
                    Ok(path) => path,
                    Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
                    Err(e) => return Err(e.to_string()),
                };
                if !path.starts_with(real) {
                    return Err(format!(
                        "a link to {}, which is outside of the model",
                        path.display()
                    ));
                }
                let bytes = read_bytes(&path, MAX_FILE).map_err(|e| e.to_string())?;
                String::from_utf8(bytes)
                    .unwrap_or_else(|e| e.into_bytes().iter().map(|b| char::from(*b)).collect())
            }
        };
        self.read += text.len() as u64;
        if self.read > MAX_ALL {
            return Err(format!("more than {MAX_ALL} bytes in one model"));
        }
        self.texts.insert(name.to_owned(), text.clone());
        Ok(Some(text))
    }

    /// Names of the files that begin and end so, without these ends, sorted.
    pub(crate) fn names(&self, start: &str, end: &str) -> Vec<String> {
        let between = |name: &str| {
            let middle = name.strip_prefix(start)?.strip_suffix(end)?;
            Some(middle.to_owned())
        };
        let mut names: Vec<String> = match &self.directory {
            Directory::Memory(texts) => texts.keys().filter_map(|n| between(n)).collect(),
            Directory::Disk { real, .. } => {
                let entries = std::fs::read_dir(real).into_iter().flatten().flatten();
                entries
                    .filter_map(|e| between(e.file_name().to_str()?))
                    .collect()
            }
        };
        names.sort();
        names
    }
}
