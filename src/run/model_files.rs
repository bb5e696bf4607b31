//! The files of a UFO model, which travel with a gridpack.
//!
//! Knows names and bytes; knows no content.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::card::ModelCard;
use crate::error::Error;
use crate::model::model_files;
use crate::storage::sha256_of_parts;

/// Files of a model by name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ModelFiles {
    /// Name of the directory; of a JSON file its name without the ending.
    pub directory: String,
    /// The name of a JSON file, which is in the directory once it is unpacked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The restriction behind its name, with a hyphen; or nothing.
    pub suffix: String,
    /// Texts by name.
    pub files: BTreeMap<String, String>,
}

impl ModelFiles {
    /// Those of a card's model; `None` for a built-in one.
    ///
    /// # Errors
    /// [`Error::Model`].
    pub fn of(card: &ModelCard) -> Result<Option<Self>, Error> {
        let found = model_files(&card.name)?;
        Ok(found.map(|found| Self {
            directory: found.title,
            file: found.file,
            suffix: found.suffix,
            files: found.texts,
        }))
    }

    /// SHA-256 over names and texts.
    pub fn checksum(&self) -> String {
        let parts = self
            .files
            .iter()
            .flat_map(|(n, t)| [n.as_bytes(), t.as_bytes()]);
        sha256_of_parts(parts)
    }

    /// Writes the files into a folder; returns the name under which a model card finds them.
    ///
    /// # Errors
    /// Of the system; names that would lie elsewhere.
    pub fn unpack(&self, folder: &Path) -> std::io::Result<String> {
        let names = self.files.keys().chain([&self.directory]).chain(&self.file);
        let leads_out = |name: &&String| name.contains(['/', '\\']) || name.starts_with('.');
        if let Some(name) = names.chain([&self.suffix]).find(leads_out) {
            let problem = format!("found the name '{name}', expected one without folders");
            return Err(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                problem,
            ));
        }
        let directory = folder.join(&self.directory);
        std::fs::create_dir_all(&directory)?;
        for (name, text) in &self.files {
            std::fs::write(directory.join(name), text)?;
        }
        let model = match &self.file {
            Some(file) => directory.join(file),
            None => directory,
        };
        Ok(format!("{}{}", model.display(), self.suffix))
    }
}
