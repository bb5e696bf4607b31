//! Which files belong to a process card of MadGraph: those with its prefix.
//!
//! Knows names of files; reads none of them.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::source::short_name;
use crate::card::error::CardError;
use crate::card::mistaken::is_proc_card;
use crate::storage::{is_gzip, open_input};

/// A process card and what lies beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Companions {
    pub proc_card: PathBuf,
    pub run_card: Option<PathBuf>,
    pub param_card: Option<PathBuf>,
    pub customize: Option<PathBuf>,
    pub madspin: Option<PathBuf>,
    pub reweight: Option<PathBuf>,
    /// Other files with the prefix.
    pub others: Vec<PathBuf>,
}

/// Endings of the names of process cards, and that of an output folder of MadGraph.
const PROC_CARDS: [&str; 2] = ["proc_card.dat", "proc_card_mg5.dat"];
/// Bytes of a file that are looked at.
const HEAD: u64 = 4096;
/// Most files of a folder that are looked at.
const MAX_FILES: usize = 20_000;

/// Whether a path is taken for cards of MadGraph: a folder, or a process card by its name
/// or content.
pub fn is_madgraph(path: &Path) -> bool {
    let by_content = || {
        let mut head = Vec::new();
        let read = open_input(path).and_then(|f| f.take(HEAD).read_to_end(&mut head));
        read.is_ok() && !is_gzip(&head) && is_proc_card(&head)
    };
    path.is_dir() || prefix(path).is_some() || by_content()
}

/// What stands before `proc_card.dat`.
fn prefix(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    PROC_CARDS
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .map(str::to_owned)
}

/// What cards are called: `WJets` of `WJets_proc_card.dat`, of `WJets/proc_card.dat` and of
/// `WJets/Cards/proc_card_mg5.dat`; other process cards have the name of their file.
pub(super) fn name_of(proc_card: &Path) -> PathBuf {
    let whole = std::path::absolute(proc_card).unwrap_or_else(|_| proc_card.to_owned());
    let Some(prefix) = prefix(&whole) else {
        return whole.file_stem().unwrap_or_default().into();
    };
    let own = prefix.trim_end_matches(['_', '-', '.']);
    if !own.is_empty() {
        return own.into();
    }
    let folders = whole.ancestors().skip(1).filter_map(Path::file_name);
    let own = folders.into_iter().find(|name| *name != "Cards");
    own.unwrap_or_default().into()
}

/// Finds the process card in `path`, a folder or the card itself, and its companions.
///
/// # Errors
/// [`CardError::Unreadable`] for a folder that cannot be listed, or that has no process
/// card, or several.
pub(super) fn companions(path: &Path) -> Result<Companions, CardError> {
    let proc_card = if path.is_dir() {
        proc_card_in(path)?
    } else {
        path.to_owned()
    };
    let mut found = Companions {
        proc_card: proc_card.clone(),
        ..Companions::default()
    };
    let Some(prefix) = prefix(&proc_card) else {
        return Ok(found);
    };
    let folder = match proc_card.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let shown = |file: PathBuf| match file.strip_prefix(".") {
        Ok(plain) if folder == Path::new(".") => plain.to_owned(),
        _ => file,
    };
    for file in files(folder)? {
        let name = short_name(&file);
        let Some(rest) = name.strip_prefix(&prefix) else {
            continue;
        };
        let place = match rest {
            "run_card.dat" => &mut found.run_card,
            "param_card.dat" => &mut found.param_card,
            "customizecards.dat" => &mut found.customize,
            "madspin_card.dat" => &mut found.madspin,
            "reweight_card.dat" => &mut found.reweight,
            _ => {
                // Without a prefix every file of the folder would be one.
                if !prefix.is_empty() && !PROC_CARDS.contains(&rest) {
                    found.others.push(shown(file));
                }
                continue;
            }
        };
        *place = Some(shown(file));
    }
    Ok(found)
}

fn proc_card_in(folder: &Path) -> Result<PathBuf, CardError> {
    let refused = |reason: String| CardError::Unreadable {
        source_name: folder.display().to_string(),
        reason,
    };
    let mut cards: Vec<PathBuf> = files(folder)?;
    cards.retain(|f| prefix(f).is_some());
    let inner = folder.join("Cards");
    if cards.is_empty() && inner.is_dir() {
        cards = files(&inner)?;
        cards.retain(|f| prefix(f).is_some());
    }
    match cards.as_slice() {
        [card] => Ok(card.clone()),
        [] => {
            let names: Vec<String> = files(folder)?.iter().map(|f| short_name(f)).collect();
            let found = match names.as_slice() {
                [] => "no file".to_owned(),
                names => names.iter().take(5).cloned().collect::<Vec<_>>().join(", "),
            };
            Err(refused(format!(
                "found {found}, expected a process card of MadGraph: a file whose name ends in \
                 'proc_card.dat'"
            )))
        }
        several => {
            let names: Vec<String> = several.iter().take(5).map(|f| short_name(f)).collect();
            Err(refused(format!(
                "found {} process cards ({}), expected one: name the one that is meant",
                several.len(),
                names.join(", ")
            )))
        }
    }
}

/// Plain files of a folder by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, CardError> {
    let unreadable = |e: std::io::Error| CardError::Unreadable {
        source_name: folder.display().to_string(),
        reason: e.to_string(),
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)?.take(MAX_FILES) {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_called_after_their_prefix_or_their_folder() {
        for (path, name) in [
            ("a/WJets_13.6TeV_proc_card.dat", "WJets_13.6TeV"),
            ("a/WJets/proc_card.dat", "WJets"),
            ("a/WJets/Cards/proc_card_mg5.dat", "WJets"),
            ("a/ttbar.mg5", "ttbar"),
        ] {
            assert_eq!(name_of(Path::new(path)), Path::new(name), "{path}");
        }
    }
}
