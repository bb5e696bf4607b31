//! Where a UFO model is, and which restriction cards it has.
//!
//! Knows paths and names of files; reads none.

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
    Err(ModelError::UnknownModel {
        name: name.to_owned(),
        known: known.join(", "),
        hint: did_you_mean(name, known.iter().copied()),
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
/// named and the model has it; none for `full`. A name may also be a file.
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
    let card = |name: &str| directory.join(format!("restrict_{name}.dat"));
    let known = files.names("restrict_", ".dat");
    let has = |name: &str| known.iter().any(|k| k == name);
    if names.is_empty() {
        let default = has(DEFAULT).then(|| (DEFAULT.to_owned(), card(DEFAULT)));
        return Ok(default.into_iter().collect());
    }
    let mut cards = Vec::new();
    for name in names.iter().filter(|n| *n != FULL) {
        let path = Path::new(name);
        if has(name) {
            cards.push((name.clone(), card(name)));
        } else if path.is_file() {
            cards.push((name.clone(), path.to_owned()));
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
