//! Where a UFO model or a JSON file of one is, and which restriction cards it has.
//!
//! Knows paths and names of files; reads none.

use std::collections::BTreeMap;
use std::ffi::OsStr;
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

/// Ends the names of JSON files.
const JSON: &str = ".json";

/// A directory, or a JSON file in one, and the restriction that its name has behind a hyphen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub directory: PathBuf,
    /// The name of the file.
    pub file: Option<String>,
    pub restriction: Option<String>,
}

impl Place {
    /// The path of the directory or file.
    pub(crate) fn path(&self) -> PathBuf {
        match &self.file {
            Some(file) => self.directory.join(file),
            None => self.directory.clone(),
        }
    }
}

/// The directory or file of a model; `None` for a built-in one.
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

/// The directory or file of this name, or of what stands in front of one of its hyphens.
fn below(base: &Path, name: &str) -> Option<Place> {
    if let Some(place) = at(&base.join(name)).filter(|_| !name.is_empty()) {
        return Some(place);
    }
    let file = name.rfind('/').map_or(0, |k| k + 1);
    let hyphens = name[file..].match_indices('-').map(|(k, _)| file + k);
    let mut hyphens: Vec<usize> = hyphens.collect();
    hyphens.reverse();
    hyphens.into_iter().find_map(|k| {
        let place = at(&base.join(&name[..k])).filter(|_| k > file)?;
        let restriction = Some(name[k + 1..].to_owned());
        Some(Place {
            restriction,
            ..place
        })
    })
}

/// A directory, or a JSON file, of this path.
fn at(path: &Path) -> Option<Place> {
    let place = |directory: &Path, file: Option<String>| Place {
        directory: directory.to_owned(),
        file,
        restriction: None,
    };
    if path.is_dir() {
        return Some(place(path, None));
    }
    let is_json = |name: &str| name.to_ascii_lowercase().ends_with(JSON);
    let name = path.file_name().and_then(OsStr::to_str);
    if !name.is_some_and(is_json) || !path.is_file() {
        return None;
    }
    // A link stands for the file, which has its restrictions beside it.
    let real = match path.is_symlink() {
        true => path.canonicalize().ok()?,
        false => path.to_owned(),
    };
    let folder = match real.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let name = real.file_name().and_then(OsStr::to_str)?;
    Some(place(folder, Some(name.to_owned())))
}

/// Names of restrictions with their files. A JSON file also has that of `default` under
/// its own name.
fn cards(place: &Place, files: &Files) -> BTreeMap<String, String> {
    let end = match place.file {
        Some(_) => JSON,
        None => ".dat",
    };
    let names = files.names("restrict_", end);
    let mut cards: BTreeMap<String, String> = names
        .into_iter()
        .map(|name| (name.clone(), format!("restrict_{name}{end}")))
        .collect();
    if let Some(file) = &place.file {
        let stem = &file[..file.len() - JSON.len()];
        for own in [
            format!("{stem}_{DEFAULT}{JSON}"),
            format!("{file}_{DEFAULT}{JSON}"),
        ] {
            if files.has(&own) {
                cards.entry(DEFAULT.to_owned()).or_insert(own);
            }
        }
    }
    cards
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
    let known = cards(place, &files);
    let card = |name: &str, file: &str| {
        let path = files.path(file).map_err(|problem| ModelError::Directory {
            path: directory.join(file),
            problem,
        })?;
        Ok((name.to_owned(), path))
    };
    if names.is_empty() {
        let default = known.get(DEFAULT).map(|file| card(DEFAULT, file));
        return default.into_iter().collect();
    }
    let end = if place.file.is_some() { JSON } else { ".dat" };
    // `restrict_default.dat` is `default`.
    let bare = |name: &str| {
        let of_file = name.strip_prefix("restrict_");
        let stem = of_file.and_then(|n| n.strip_suffix(end));
        stem.unwrap_or(name).to_owned()
    };
    let mut found = Vec::new();
    for name in names.iter().map(|n| bare(n)).filter(|n| n != FULL) {
        match known.get(&name) {
            Some(file) => found.push(card(&name, file)?),
            None => {
                return Err(ModelError::UnknownRestrictionCard {
                    model: place.path().display().to_string(),
                    file: format!("restrict_{name}{end}").into(),
                    hint: did_you_mean(&name, known.keys().map(String::as_str)).into(),
                    known: match known.is_empty() {
                        true => "none".into(),
                        false => known.into_keys().collect::<Vec<_>>().join(", ").into(),
                    },
                    name,
                });
            }
        }
    }
    Ok(found)
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

/// The files of a model, to be carried elsewhere.
#[derive(Debug)]
pub(crate) struct ModelTexts {
    /// The name of the directory, or of a JSON file without its ending.
    pub title: String,
    /// The name of the JSON file, if it is one.
    pub file: Option<String>,
    /// What stands behind the name from the hyphen on.
    pub suffix: String,
    /// By the names of the files.
    pub texts: BTreeMap<String, String>,
}

/// The files of a model; `None` for a built-in one.
///
/// # Errors
/// [`ModelError::UnknownModel`], [`ModelError::Directory`].
pub(crate) fn model_files(name: &str) -> Result<Option<ModelTexts>, ModelError> {
    let Some(place) = locate(name)? else {
        return Ok(None);
    };
    let directory = |problem: String| ModelError::Directory {
        path: place.path(),
        problem,
    };
    let mut files = Files::open(&place.directory).map_err(directory)?;
    let wanted: Vec<String> = match &place.file {
        Some(file) => {
            let cards = cards(&place, &files).into_values();
            cards.chain([file.clone()]).collect()
        }
        None => {
            let ends = [("", ".py"), ("restrict_", ".dat")];
            let named = ends.iter().flat_map(|(start, end)| {
                let middles = files.names(start, end).into_iter();
                middles.map(move |middle| format!("{start}{middle}{end}"))
            });
            let is_loop = |file: &String| file.starts_with("CT_");
            named.filter(|f| !is_loop(f)).collect()
        }
    };
    for file in wanted {
        files.text(&file).map_err(directory)?;
    }
    let title = match &place.file {
        Some(file) => file[..file.len() - JSON.len()].to_owned(),
        None => {
            let real = place.directory.canonicalize();
            let real = real.map_err(|e| directory(e.to_string()))?;
            let title = real.file_name().unwrap_or_default();
            title.to_string_lossy().into_owned()
        }
    };
    let suffix = place.restriction;
    Ok(Some(ModelTexts {
        title,
        suffix: suffix.map_or_else(String::new, |r| format!("-{r}")),
        file: place.file,
        texts: files.texts,
    }))
}
