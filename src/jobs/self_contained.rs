//! A tarball that runs anywhere: program, gridpack, and the scripts that batch
//! systems of experiments call.
//!
//! Knows names and permissions of files; knows nothing of what they do.

use std::path::{Path, PathBuf};

use super::program_file::ProgramFile;
use crate::beam::MAX_PDF_FILE;
use crate::error::Error;
use crate::gridpack::Gridpack;
use crate::storage::{StorageError, read_bytes, tarball_entry, tarball_size, write_tarball};
use crate::weights::AskedSet;

/// Name of the gridpack in the tarball.
const PACK: &str = "pack.omnis";

const README: &str = "\
Parton-level events in one folder: program, pack and scripts.

./runcmsgrid.sh NEVENTS SEED NCPU   leaves cmsgrid_final.lhe
./run.sh NEVENTS SEED [FLAGS]       leaves events.lhe.gz; flags are those of
                                    ./omnis generate, such as --threads 4
./omnis inspect pack.omnis          says what is generated

The folder may be read-only; files appear in the working directory. No network
and no home directory are needed. Parton densities that are not built into the
program are in the folder pdf.
";

/// Whether a name is that of a tarball rather than a pack.
pub fn is_tarball_name(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    name.ends_with(".tar.gz") || name.ends_with(".tgz")
}

/// The gridpack of a tarball; `None` if it has none.
pub(super) fn pack_in(tarball: &Path) -> Result<Option<Result<Gridpack, Error>>, Error> {
    let Some(bytes) = tarball_entry(tarball, PACK) else {
        return Ok(None);
    };
    let copy = tempfile::Builder::new().suffix(".omnis").tempfile();
    let copy = copy.and_then(|mut file| {
        std::io::Write::write_all(&mut file, &bytes)?;
        Ok(file)
    });
    let copy = copy.map_err(|source| StorageError::Create {
        path: "a temporary file for a gridpack".to_owned(),
        source,
    })?;
    Ok(Some(Gridpack::read(copy.path())))
}

/// The same, for those that look into a file that is a tarball.
///
/// # Errors
/// [`Error::Storage`] for one without a gridpack, or with a damaged one.
pub(super) fn pack_within(tarball: &Path) -> Result<Gridpack, Error> {
    let unusable = |found: &str, expected: &str| StorageError::Unusable {
        path: tarball.display().to_string(),
        found: found.to_owned(),
        expected: expected.to_owned(),
    };
    match pack_in(tarball)? {
        Some(Ok(pack)) => Ok(pack),
        Some(Err(_)) => {
            let expected = "a self-contained gridpack that is whole";
            Err(unusable("a tar archive with a damaged 'pack.omnis'", expected).into())
        }
        None => {
            let expected = "a card, an event file, a gridpack, or a self-contained one; \
                            unpack it with 'tar xf' and name a file that was in it";
            Err(unusable("a tar archive without a 'pack.omnis'", expected).into())
        }
    }
}

/// Writes the tarball with a program in it, and with the parton densities
/// if they are not built into it.
///
/// # Errors
/// [`Error::Storage`]: the file cannot be written;
/// [`Error::Beam`] or [`Error::Storage`]: the parton densities are not found or
/// not those of the pack.
pub fn write_self_contained(
    pack: &Gridpack,
    program: ProgramFile,
    path: &Path,
) -> Result<(), Error> {
    Ok(write_tarball(path, &files_of(pack, program)?)?)
}

/// The size of such a tarball in bytes.
///
/// # Errors
/// As [`write_self_contained`].
pub fn self_contained_size(pack: &Gridpack, program: ProgramFile) -> Result<u64, Error> {
    let size = tarball_size(&files_of(pack, program)?);
    Ok(size.map_err(|source| StorageError::Write {
        path: "the tarball".to_owned(),
        source,
    })?)
}

/// Names, permissions and content of what is in it.
fn files_of(pack: &Gridpack, program: ProgramFile) -> Result<Vec<(String, u32, Vec<u8>)>, Error> {
    let text = |t: &str| t.as_bytes().to_vec();
    let mut pack = pack.clone();
    let mut files = vec![
        ("README".to_owned(), 0o644, text(README)),
        ("run.sh".to_owned(), 0o755, text(include_str!("run.sh"))),
        (
            "runcmsgrid.sh".to_owned(),
            0o755,
            text(include_str!("runcmsgrid.sh")),
        ),
        ("omnis".to_owned(), 0o755, program.bytes),
    ];
    let mut pdf_files: Vec<(String, PathBuf)> = Vec::new();
    let of_run = pack.pdf_files()?;
    if let (Some(pdf), false) = (&pack.facts.pdf, of_run.is_empty()) {
        pdf_files.extend(of_run.into_iter().map(|file| (pdf.name.clone(), file)));
        // A path of this machine means nothing on another one.
        pack.card.beams.pdf = Some(pdf.name.clone());
        pack.card.beams.member = u32::try_from(pdf.member).unwrap_or(u32::MAX);
    }
    let of_weights = pack.weight_sets()?;
    for set in &of_weights {
        let all = set.files().into_iter();
        pdf_files.extend(all.map(|file| (set.name().to_owned(), file)));
    }
    pack.card.weights.pdf = of_weights.iter().map(AskedSet::text).collect();
    for (set, from) in pdf_files {
        let name = from.file_name().unwrap_or_default().to_string_lossy();
        let to = format!("pdf/{set}/{name}");
        if files.iter().any(|(known, ..)| *known == to) {
            continue;
        }
        let bytes = read_bytes(&from, MAX_PDF_FILE).map_err(|source| StorageError::Read {
            path: from.display().to_string(),
            source,
        })?;
        files.push((to, 0o644, bytes));
    }
    files.push((PACK.to_owned(), 0o644, pack.bytes()?));
    Ok(files)
}
