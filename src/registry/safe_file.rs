//! Files that appear under their name only when they are complete.
//!
//! Bytes go to a hidden file beside the final one, which is synchronised and
//! renamed at the end, and removed otherwise. Knows files; knows no content.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::RegistryError;

/// Temporary names that are tried.
const MAX_ATTEMPTS: u32 = 10_000;

/// A file in the making.
#[derive(Debug)]
pub struct SafeFile {
    file: File,
    temporary: tempfile::TempPath,
    target: PathBuf,
    label: String,
}

impl SafeFile {
    /// Begins a file. An existing regular file of that name is replaced by
    /// [`SafeFile::finish`], not before.
    ///
    /// # Errors
    /// [`RegistryError::Create`], [`RegistryError::NotAFile`].
    pub fn create(path: &Path) -> Result<Self, RegistryError> {
        let label = path.display().to_string();
        let target = target_of(path)?;
        let hidden = temporary_beside(&target);
        let (file, temporary) = hidden.map_err(|source| RegistryError::Create {
            path: label.clone(),
            source,
        })?;
        Ok(Self {
            file,
            temporary,
            target,
            label,
        })
    }

    /// Where the bytes are until the end; for writers that need a path.
    pub fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Waits until the bytes are on disk and gives the file its name.
    ///
    /// # Errors
    /// [`RegistryError::Write`]; no file appears then.
    pub fn finish(self) -> Result<(), RegistryError> {
        let failed = |source| RegistryError::Write {
            path: self.label.clone(),
            source,
        };
        self.file.sync_all().map_err(failed)?;
        drop(self.file);
        let persisted = self.temporary.persist(&self.target);
        persisted.map_err(|e| RegistryError::Write {
            path: self.label.clone(),
            source: e.error,
        })?;
        sync_folder(&self.target);
        Ok(())
    }
}

impl Write for SafeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a small file in one stroke.
///
/// # Errors
/// As [`SafeFile::create`], [`SafeFile::finish`].
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RegistryError> {
    let mut file = SafeFile::create(path)?;
    file.write_all(bytes)
        .map_err(|source| RegistryError::Write {
            path: path.display().to_string(),
            source,
        })?;
    file.finish()
}

/// The file that a path names: a link is followed, so that it stays one.
pub(super) fn target_of(path: &Path) -> Result<PathBuf, RegistryError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let not_a_file = || RegistryError::NotAFile {
        path: path.display().to_string(),
    };
    if (target.exists() && !target.is_file()) || target.file_name().is_none() {
        return Err(not_a_file());
    }
    Ok(target)
}

/// The directory of a file; `.` for a bare name.
pub(super) fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The name of a file is on disk once its directory is; some file systems
/// cannot synchronise a directory, and the bytes are safe without.
pub(super) fn sync_folder(target: &Path) {
    if let Ok(folder) = File::open(folder_of(target)) {
        folder.sync_all().ok();
    }
}

/// A hidden file in the directory of the final one, so that a rename suffices;
/// removed when the path is dropped.
fn temporary_beside(target: &Path) -> io::Result<(File, tempfile::TempPath)> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let process = std::process::id();
    let mut attempt = 0_u32;
    loop {
        let path = folder_of(target).join(format!(".{name}.{process}-{attempt}.part"));
        match File::create_new(&path) {
            Ok(file) => return Ok((file, tempfile::TempPath::try_from_path(path)?)),
            // Another writer, or what a killed one left.
            Err(error)
                if error.kind() == io::ErrorKind::AlreadyExists && attempt < MAX_ATTEMPTS =>
            {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_when_it_is_complete_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let mut file = SafeFile::create(&path).unwrap();
        file.write_all(b"one").unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        write_whole(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = SafeFile::create(folder.path()).unwrap_err();
        assert!(matches!(error, RegistryError::NotAFile { .. }));
        let error = SafeFile::create(&folder.path().join("no/a.txt")).unwrap_err();
        assert!(matches!(error, RegistryError::Create { .. }));
    }
}
