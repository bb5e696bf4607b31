//! A PDF set, downloaded or taken from an archive, and put where it is found.
//!
//! Knows where sets are published and where they are kept; every member is read before the
//! set appears under its name. The connection is that of `curl` or `wget`, which know the
//! proxies and certificates of the machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rayon::prelude::*;

use crate::beam::{BeamError, MAX_PDF_FILE, PdfSet, SearchPath};
use crate::error::Error;
use crate::storage::{StorageError, unpack_folder};

/// Where LHAPDF publishes its sets.
pub(crate) const PUBLISHED: &str = "https://lhapdfsets.web.cern.ch/current";

/// All sets, on machines with CVMFS.
const CVMFS: &str = "/cvmfs/sft.cern.ch/lcg/external/lhapdfsets/current";

/// A set that is where it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledPdfSet {
    /// Its directory; `None` if it is shipped with omnis.
    pub directory: Option<PathBuf>,
    /// Members; 0 if it was there already.
    pub n_members: usize,
    /// Whether it was there already.
    pub present: bool,
}

/// Gets a PDF set: from `from`, an archive `NAME.tar.gz`, the folder or the address that has
/// it, or from where LHAPDF publishes its sets; into the directory `into`, or the first of
/// `LHAPDF_DATA_PATH` that can be written to, or the user's own. A set that is there already
/// is left alone.
///
/// # Errors
/// [`Error::Beam`] for a name that cannot be one, or a set that cannot be read whole;
/// [`Error::Storage`] if it cannot be downloaded, unpacked or written.
pub fn get_pdf_set(
    name: &str,
    from: Option<&str>,
    into: Option<&Path>,
) -> Result<InstalledPdfSet, Error> {
    check_name(name)?;
    let search = SearchPath::of_environment();
    let there = |directory: Option<PathBuf>| InstalledPdfSet {
        directory,
        n_members: 0,
        present: true,
    };
    let found = match into {
        Some(into) => Some(into.join(name)).filter(|set| set.exists()).map(Some),
        None => search.directory_of(name),
    };
    if let Some(directory) = found {
        return Ok(there(directory));
    }
    let place = destination(into, &search)?;
    let folder = place.scratch.path();
    let Fetched { archive, origin } = fetched(name, from, folder)?;
    let new = folder.join(name);
    let checked = unpack_folder(&archive, name, folder, MAX_PDF_FILE)
        .map_err(Error::from)
        .and_then(|n_files| Ok(check_members(&new, n_files)?));
    let n_members = checked.map_err(|e| not_whole(e, name, &origin, folder))?;
    let set = place.into.join(name);
    match fs::rename(&new, &set) {
        // Another process was faster.
        Err(_) if set.is_dir() => Ok(there(Some(set))),
        Err(source) => Err(StorageError::Create {
            path: set.display().to_string(),
            source,
        }
        .into()),
        Ok(()) => Ok(InstalledPdfSet {
            directory: Some(set),
            n_members,
            present: false,
        }),
    }
}

/// Where an error is one of the set, with its file but not the folder that is gone by then.
fn not_whole(error: Error, name: &str, origin: &str, folder: &Path) -> Error {
    let what = match &error {
        Error::Storage(StorageError::Unusable {
            found, expected, ..
        }) => format!("found {found}, expected {expected}"),
        Error::Beam(e) => e.to_string(),
        _ => return error,
    };
    BeamError::NotWhole {
        set: name.to_owned(),
        archive: origin.to_owned(),
        what: what.replace(&format!("{}/", folder.display()), ""),
    }
    .into()
}

/// Names become parts of addresses and paths.
fn check_name(name: &str) -> Result<(), BeamError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-+.".contains(c);
    if !name.is_empty() && !name.starts_with(['.', '-']) && name.chars().all(fits) {
        return Ok(());
    }
    Err(BeamError::NoSetName {
        name: name.to_owned(),
    })
}

/// Where the set goes.
struct Destination {
    into: PathBuf,
    /// A folder there that goes away by itself. Before what it is in.
    scratch: tempfile::TempDir,
    /// Folders that were made for the set.
    _made: MadeFolders,
}

/// Folders that were not there, outer ones first; they go away again if nothing is in them.
struct MadeFolders(Vec<PathBuf>);

impl MadeFolders {
    /// Those that are lacking on the way to `folder`.
    fn lacking(folder: &Path) -> Self {
        let way = folder.ancestors().filter(|f| !f.as_os_str().is_empty());
        let mut lacking: Vec<PathBuf> = (way.take_while(|f| !f.exists()))
            .map(Path::to_owned)
            .collect();
        lacking.reverse();
        Self(lacking)
    }
}

impl Drop for MadeFolders {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // One with a set in it stays.
            fs::remove_dir(folder).ok();
        }
    }
}

fn destination(into: Option<&Path>, search: &SearchPath) -> Result<Destination, StorageError> {
    let scratch = |folder: &Path| {
        tempfile::Builder::new()
            .prefix(".omnis-pdf-")
            .tempdir_in(folder)
    };
    let chosen = match into {
        Some(into) => into.to_owned(),
        None => {
            let named = search.named().iter();
            let mut writable = named.filter_map(|d| Some((d.clone(), scratch(d).ok()?)));
            if let Some((into, scratch)) = writable.next() {
                return Ok(Destination {
                    into,
                    scratch,
                    _made: MadeFolders(Vec::new()),
                });
            }
            SearchPath::own_folder().ok_or_else(|| StorageError::Unusable {
                path: "HOME".to_owned(),
                found: "no home folder".to_owned(),
                expected: "a directory to put the set into (--into DIR)".to_owned(),
            })?
        }
    };
    let lacking = MadeFolders::lacking(&chosen);
    let made = fs::create_dir_all(&chosen).and_then(|()| scratch(&chosen));
    let scratch = made.map_err(|source| StorageError::Create {
        path: chosen.display().to_string(),
        source,
    })?;
    Ok(Destination {
        into: chosen,
        scratch,
        _made: lacking,
    })
}

/// The archive of a set.
struct Fetched {
    archive: PathBuf,
    /// The archive as the user knows it, or its address.
    origin: String,
}

/// The archive of the set: a file that is there, or one that is downloaded into `folder`.
fn fetched(name: &str, from: Option<&str>, folder: &Path) -> Result<Fetched, StorageError> {
    let file = format!("{name}.tar.gz");
    let from = from.unwrap_or(PUBLISHED);
    if !from.contains("://") {
        let path = PathBuf::from(from);
        let archive = if path.is_dir() { path.join(file) } else { path };
        return Ok(Fetched {
            origin: archive.display().to_string(),
            archive,
        });
    }
    let url = match from.ends_with(".tar.gz") || from.ends_with(".tar") {
        true => from.to_owned(),
        false => format!("{}/{file}", from.trim_end_matches('/')),
    };
    let archive = folder.join(&file);
    match download(&url, &archive) {
        Ok(()) => Ok(Fetched {
            archive,
            origin: url,
        }),
        Err(reason) => Err(StorageError::Download {
            instead: format!(
                "on a machine with a network: curl -LO {url}\n  \
                 then here: omnis pdf get {name} --from {file}\n  \
                 with CVMFS: export LHAPDF_DATA_PATH={CVMFS}"
            ),
            url,
            reason,
        }),
    }
}

/// Downloads with `curl`, or with `wget` where there is no `curl`.
fn download(url: &str, to: &Path) -> Result<(), String> {
    let curl: [&str; 6] = [
        "--fail",
        "--silent",
        "--show-error",
        "--location",
        "--connect-timeout",
        "20",
    ];
    let programs: [(&str, &[&str], &str); 2] = [
        ("curl", &curl, "--output"),
        (
            "wget",
            &["--quiet", "--timeout=20", "--tries=2"],
            "--output-document",
        ),
    ];
    for (program, flags, output) in programs {
        let mut command = Command::new(program);
        command.args(flags).arg(output).arg(to).arg("--").arg(url);
        match command.stdin(Stdio::null()).stdout(Stdio::null()).output() {
            Ok(done) if done.status.success() => return Ok(()),
            Ok(done) => {
                let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
                return Err(match said.is_empty() {
                    true => format!("{program} ended with {}", done.status),
                    false => said,
                });
            }
            Err(_) => {}
        }
    }
    Err("neither curl nor wget is there".to_owned())
}

/// Reads all members of a set; their number.
fn check_members(set: &Path, n_files: usize) -> Result<usize, BeamError> {
    let path = set.display().to_string();
    let load = |member: usize| PdfSet::load_from(&path, member, &SearchPath::default());
    let n_members = load(0)?.n_members()?;
    // A wrong number is noticed at the first member that is not there.
    (1..n_members.min(n_files))
        .into_par_iter()
        .try_for_each(|member| load(member).map(|_| ()))?;
    load(n_members - 1)?;
    Ok(n_members)
}
