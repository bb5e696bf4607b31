//! The files of a model directory, read within bounds and never outside of it.
//!
//! Knows paths and bytes; knows no Python.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::storage::read_bytes;

/// Most bytes of a file of a model, and of all that are read.
const MAX_FILE: u64 = 32 << 20;
const MAX_ALL: u64 = 128 << 20;

/// Files of a directory that were read.
#[derive(Debug)]
pub(crate) struct Files {
    /// The directory as it was given, and without links.
    given: PathBuf,
    real: PathBuf,
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
        Ok(Self {
            given: path.to_owned(),
            real,
            read: 0,
            texts: BTreeMap::new(),
        })
    }

    /// Whether there is a file of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.join(name).is_file()
    }

    /// Where a file is.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub(crate) fn path(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.given.join(name);
        let path = path.canonicalize().map_err(|e| e.to_string())?;
        match path.starts_with(&self.real) {
            true => Ok(path),
            false => Err(format!(
                "a link to {}, which is outside of the model",
                path.display()
            )),
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
        match self.given.join(name).canonicalize() {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            _ => {}
        }
        let bytes = read_bytes(&self.path(name)?, MAX_FILE).map_err(|e| e.to_string())?;
        let latin = |bytes: Vec<u8>| bytes.iter().map(|b| char::from(*b)).collect();
        let text = String::from_utf8(bytes).unwrap_or_else(|e| latin(e.into_bytes()));
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
        let entries = std::fs::read_dir(&self.real)
            .into_iter()
            .flatten()
            .flatten();
        let mut names: Vec<String> = entries
            .filter_map(|e| between(e.file_name().to_str()?))
            .collect();
        names.sort();
        names
    }
}
