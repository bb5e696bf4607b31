//! Unpacks one folder of files from a tar archive of another program.
//!
//! Nothing of an archive reaches another place than the folder it is unpacked into: plain
//! files that stand directly in the folder of the expected name, up to a number and a size.
//! Knows archives; knows not what the files mean.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Component, Path};

use flate2::bufread::MultiGzDecoder;

use super::StorageError;
use super::input::{describe, is_gzip, open_input};

/// Most files of a folder.
const MOST_FILES: usize = 5000;

/// Unpacks the folder `name` of the archive `path` (tar, compressed by gzip or not) into
/// `into`/`name`, where nothing may be; files of at most `most` bytes each. Returns their
/// number.
///
/// # Errors
/// [`StorageError::Read`]; [`StorageError::Unusable`] for another archive, a damaged one, one
/// that holds anything else; [`StorageError::Create`], [`StorageError::Write`].
pub(crate) fn unpack_folder(
    path: &Path,
    name: &str,
    into: &Path,
    most: u64,
) -> Result<usize, StorageError> {
    let failed = |source| StorageError::Read {
        path: path.display().to_string(),
        source,
    };
    let mut file = BufReader::new(open_input(path).map_err(failed)?);
    let head = file.fill_buf().map_err(failed)?;
    let compressed = is_gzip(head);
    let what = describe(head).to_owned();
    let mut reader: Box<dyn Read> = match compressed {
        true => Box::new(MultiGzDecoder::new(file)),
        false => Box::new(file),
    };
    let n_files = unpack(&mut reader, name, into, most).and_then(|n| {
        // To the end, where the checksum of all bytes is.
        io::copy(&mut reader, &mut io::sink())?;
        Ok(n)
    });
    let expected = format!("an archive with the folder '{name}' alone (tar or tar.gz)");
    let unusable = |found: String| StorageError::Unusable {
        path: path.display().to_string(),
        found,
        expected: expected.clone(),
    };
    match n_files {
        Ok(0) if compressed => Err(unusable("no file in it".to_owned())),
        Ok(0) => Err(unusable(what)),
        Ok(n) => Ok(n),
        Err(Fault::Found(found)) => Err(unusable(found)),
        Err(Fault::Damaged(e)) => Err(unusable(format!("damaged data ({e})"))),
        Err(Fault::DamagedIn(file, e)) => {
            Err(unusable(format!("damaged data in its file '{file}' ({e})")))
        }
        Err(Fault::Storage(e)) => Err(e),
    }
}

/// Why an archive is not unpacked.
enum Fault {
    /// What was found in it.
    Found(String),
    /// It is not whole, or no archive.
    Damaged(io::Error),
    /// A file of it is not whole.
    DamagedIn(String, io::Error),
    /// The files could not be written.
    Storage(StorageError),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Damaged(error)
    }
}

fn unpack(reader: &mut dyn Read, name: &str, into: &Path, most: u64) -> Result<usize, Fault> {
    let folder = into.join(name);
    std::fs::create_dir(&folder).map_err(|source| {
        Fault::Storage(StorageError::Create {
            path: folder.display().to_string(),
            source,
        })
    })?;
    let mut n_files = 0;
    for entry in tar::Archive::new(reader).entries()? {
        let mut entry = entry?;
        let inner = entry.path()?.into_owned();
        if entry.header().entry_type().is_dir() {
            continue;
        }
        let file = match parts(&inner)[..] {
            [of, file] if of == name && entry.header().entry_type().is_file() => file.to_owned(),
            _ => return Err(Fault::Found(format!("an entry '{}'", inner.display()))),
        };
        n_files += 1;
        let size = entry.size();
        if size > most || n_files > MOST_FILES {
            let found = format!("{n_files} files, the last '{file}' of {size} bytes");
            return Err(Fault::Found(format!(
                "{found} (at most {MOST_FILES} of {most})"
            )));
        }
        let path = folder.join(&file);
        let unwritten = |source| {
            Fault::Storage(StorageError::Write {
                path: path.display().to_string(),
                source,
            })
        };
        let mut bytes = Vec::new();
        (entry.read_to_end(&mut bytes)).map_err(|e| Fault::DamagedIn(file.clone(), e))?;
        let mut out = File::create_new(&path).map_err(unwritten)?;
        out.write_all(&bytes).map_err(unwritten)?;
        out.sync_all().map_err(unwritten)?;
    }
    Ok(n_files)
}

/// The names in a path, without a leading `./`; empty if it leads elsewhere.
fn parts(path: &Path) -> Vec<&str> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => names.extend(name.to_str()),
            _ => return Vec::new(),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::storage::write_tarball;

    /// What becomes of an archive with these files.
    fn unpacked(
        files: &[&str],
        damage: impl Fn(&mut Vec<u8>),
    ) -> (PathBuf, tempfile::TempDir, Result<usize, String>) {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.tar.gz");
        let files: Vec<(String, u32, Vec<u8>)> = files
            .iter()
            .map(|f| ((*f).to_owned(), 0o644, f.as_bytes().to_vec()))
            .collect();
        write_tarball(&archive, &files).unwrap();
        let mut bytes = std::fs::read(&archive).unwrap();
        damage(&mut bytes);
        std::fs::write(&archive, bytes).unwrap();
        let into = folder.path().join("into");
        std::fs::create_dir(&into).unwrap();
        let result = unpack_folder(&archive, "Set", &into, 20).map_err(|e| e.to_string());
        (into, folder, result)
    }

    #[test]
    fn files_of_the_folder_are_unpacked() {
        let (into, _folder, result) = unpacked(&["Set/a.info", "./Set/b.dat"], |_| {});
        assert_eq!(result, Ok(2));
        let text = std::fs::read_to_string(into.join("Set/b.dat")).unwrap();
        assert_eq!(text, "./Set/b.dat");
    }

    #[test]
    fn anything_else_is_refused() {
        for (files, found) in [
            (&["Set/a", "Other/b"][..], "an entry 'Other/b'"),
            (&["Set/a/b"], "an entry 'Set/a/b'"),
            (&["Set/a_name_of_more_than_20_bytes"], "of 32 bytes"),
            (&[], "no file"),
        ] {
            let (.., result) = unpacked(files, |_| {});
            let message = result.unwrap_err();
            assert!(message.contains(found), "{message}");
            assert!(
                message.contains("expected an archive with the folder 'Set'"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_damaged_byte_and_a_missing_end_are_noticed() {
        let files = ["Set/a.info", "Set/b.dat"];
        let (.., result) = unpacked(&files, |bytes| bytes.truncate(bytes.len() - 4));
        assert!(result.unwrap_err().contains("damaged"));
        let (.., result) = unpacked(&files, |bytes| {
            // The checksum at the end.
            let k = bytes.len() - 6;
            bytes[k] ^= 1;
        });
        assert!(result.unwrap_err().contains("damaged"));
        let (.., result) = unpacked(&files, |bytes| *bytes = b"no archive at all".to_vec());
        assert!(result.is_err());
    }
}
