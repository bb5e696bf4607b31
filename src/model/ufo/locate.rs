//! Where a UFO model is, and which restriction cards it has.
//!
//! Knows paths and names of files; reads none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::directory::Files;
use crate::model::{ModelError, builtin};
use crate::suggest::did_you_mean;

/// Directories with models, separated as in `PATH`.
const SEARCH_VARIABLE: &str = "OMNIS_MODEL_PATH";
/// No restriction.
const FULL: &str = "full";
/// The restriction of models that are asked for without one.
const DEFAULT: &str = "default";

/// A directory, and the restriction that its name has behind a hyphen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub directory: PathBuf,
    pub restriction: Option<String>,
}

/// The directory of a model; `None` for a built-in one.
///
/// A built-in name stands for itself. Anything else is a path, absolute, in the working
/// directory, or in one of those of `OMNIS_MODEL_PATH`.
///
/// # Errors
/// [`ModelError::UnknownModel`].
pub(crate) fn locate(name: &str) -> Result<Option<Place>, ModelError> {
    let bare = name.split('-').next().unwrap_or_default();
    if builtin::names().any(|known| known == bare) {
        return Ok(None);
    }
    let listed = std::env::var_os(SEARCH_VARIABLE);
    let listed = listed.iter().flat_map(std::env::split_paths);
    let bases: Vec<PathBuf> = std::iter::once(PathBuf::new()).chain(listed).collect();
    for base in &bases {
        if let Some(place) = below(base, name) {
            return Ok(Some(place));
        }
    }
    let known: Vec<&str> = builtin::names().collect();
    let asked = if name.contains('/') { name } else { bare };
    Err(ModelError::UnknownModel {
        name: asked.to_owned(),
        known: known.join(", "),
        hint: did_you_mean(asked, known.iter().copied()),
    })
}

/// The directory of this name, or of what stands in front of one of its hyphens.
fn below(base: &Path, name: &str) -> Option<Place> {
    let whole = base.join(name);
    if !name.is_empty() && whole.is_dir() {
        return Some(Place {
            directory: whole,
            restriction: None,
        });
    }
    let file = name.rfind('/').map_or(0, |k| k + 1);
    let hyphens = name[file..].match_indices('-').map(|(k, _)| file + k);
    let mut hyphens: Vec<usize> = hyphens.collect();
    hyphens.reverse();
    hyphens.into_iter().find_map(|k| {
        let directory = base.join(&name[..k]);
        (k > file && directory.is_dir()).then(|| Place {
            directory,
            restriction: Some(name[k + 1..].to_owned()),
        })
    })
}

/// The restriction cards of these names, each with its path: that of `default` if none is
/// named and the model has it; none for `full`.
///
/// # Errors
/// [`ModelError::UnknownRestrictionCard`], [`ModelError::Directory`].
pub(crate) fn restrictions(
    place: &Place,
    names: &[String],
) -> Result<Vec<(String, PathBuf)>, ModelError> {
    let directory = &place.directory;
    let files = Files::open(directory).map_err(|problem| ModelError::Directory {
        path: directory.clone(),
        problem,
    })?;
    let card = |name: &str| {
        let file = format!("restrict_{name}.dat");
        let path = files.path(&file).map_err(|problem| ModelError::Directory {
            path: directory.join(&file),
            problem,
        })?;
        Ok((name.to_owned(), path))
    };
    let known = files.names("restrict_", ".dat");
    let has = |name: &str| known.iter().any(|k| k == name);
    if names.is_empty() {
        let default = has(DEFAULT).then(|| card(DEFAULT));
        return default.into_iter().collect();
    }
    let mut cards = Vec::new();
    for name in names.iter().filter(|n| *n != FULL) {
        if has(name) {
            cards.push(card(name)?);
        } else {
            return Err(ModelError::UnknownRestrictionCard {
                model: directory.display().to_string(),
                name: name.clone(),
                hint: did_you_mean(name, known.iter().map(String::as_str)),
                known: match known.is_empty() {
                    true => "none".to_owned(),
                    false => known.join(", "),
                },
            });
        }
    }
    Ok(cards)
}

/// The path of a model that lies in a folder beside a card, if it does.
pub(crate) fn beside(name: &str, folder: &Path) -> Option<String> {
    let bare = name.split('-').next().unwrap_or_default();
    let is_built_in = builtin::names().any(|known| known == bare);
    if is_built_in || Path::new(name).is_absolute() || folder.as_os_str().is_empty() {
        return None;
    }
    below(folder, name).map(|_| folder.join(name).display().to_string())
}

/// Name of the directory of a model, what stands behind it from the hyphen on, and the
/// texts of its files; `None` for a built-in one.
///
/// # Errors
/// [`ModelError::UnknownModel`], [`ModelError::Directory`].
pub(crate) fn model_files(name: &str) -> Result<Option<ModelTexts>, ModelError> {
    let Some(place) = locate(name)? else {
        return Ok(None);
    };
    let directory = |problem: String| ModelError::Directory {
        path: place.directory.clone(),
        problem,
    };
    let mut files = Files::open(&place.directory).map_err(directory)?;
    for (start, end) in [("", ".py"), ("restrict_", ".dat")] {
        for middle in files.names(start, end) {
            let file = format!("{start}{middle}{end}");
            let is_loop = file.starts_with("CT_");
            if !is_loop {
                files.text(&file).map_err(directory)?;
            }
        }
    }
    let real = place.directory.canonicalize();
    let real = real.map_err(|e| directory(e.to_string()))?;
    let title = real.file_name().unwrap_or_default().to_string_lossy();
    let suffix = place
        .restriction
        .map_or_else(String::new, |r| format!("-{r}"));
    Ok(Some((title.into_owned(), suffix, files.texts)))
}

/// Directory, restriction with a hyphen, texts by name.
type ModelTexts = (String, String, BTreeMap<String, String>);
