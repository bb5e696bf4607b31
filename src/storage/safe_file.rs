//! Files that appear under their name only when they are complete.
//!
//! Bytes go to a hidden file beside the final one, which is synchronised and
//! renamed at the end, and removed otherwise. It is locked as long as it is
//! written, so that the next writer can tell it from what a killed one left, and
//! removes the latter. Knows files; knows no content.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::StorageError;
use super::input::kind_of;

/// Temporary names that are tried.
const MAX_ATTEMPTS: u32 = 10_000;
/// Links that are followed, one to the next.
const MAX_LINKS: u32 = 40;

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
    /// [`StorageError::Create`], [`StorageError::NotAFile`].
    pub fn create(path: &Path) -> Result<Self, StorageError> {
        let label = path.display().to_string();
        let target = target_of(path)?;
        let hidden = temporary_beside(&target);
        let (file, temporary) = hidden.map_err(|source| StorageError::Create {
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

    /// Where the bytes are until the end; for writers that need a path, and take
    /// a lock of their own.
    pub fn temporary(&self) -> &Path {
        self.file.unlock().ok();
        &self.temporary
    }

    /// Waits until the bytes are on disk and gives the file its name.
    ///
    /// # Errors
    /// [`StorageError::Write`]; no file appears then.
    pub fn finish(self) -> Result<(), StorageError> {
        self.sync()?;
        let persisted = self.temporary.persist(&self.target);
        persisted.map_err(|e| StorageError::Write {
            path: self.label.clone(),
            source: e.error,
        })?;
        // The lock is given up under the final name, which nobody sweeps away.
        drop(self.file);
        sync_folder(&self.target);
        Ok(())
    }

    /// Waits until the bytes are on disk, which [`SafeFile::finish`] does, too.
    ///
    /// # Errors
    /// [`StorageError::Write`].
    pub fn sync(&self) -> Result<(), StorageError> {
        self.file.sync_all().map_err(|source| StorageError::Write {
            path: self.label.clone(),
            source,
        })
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
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StorageError> {
    let mut file = SafeFile::create(path)?;
    file.write_all(bytes)
        .map_err(|source| StorageError::Write {
            path: path.display().to_string(),
            source,
        })?;
    file.finish()
}

/// The file that a path names: a link is followed, so that it stays one, also
/// to a file that is not there yet.
///
/// # Errors
/// [`StorageError::NotAFile`] for what is there and no regular file,
/// [`StorageError::Create`].
pub(crate) fn target_of(path: &Path) -> Result<PathBuf, StorageError> {
    let not_a_file = |found| StorageError::NotAFile {
        path: path.display().to_string(),
        found,
    };
    let failed = |source| StorageError::Create {
        path: path.display().to_string(),
        source,
    };
    let ends_in_separator = (path.as_os_str().to_string_lossy()).ends_with(std::path::is_separator);
    if ends_in_separator && !path.is_dir() {
        return Err(not_a_file("the name of a folder"));
    }
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::symlink_metadata(&target) {
            Ok(m) if m.is_symlink() => {
                let to = fs::read_link(&target).map_err(failed)?;
                target = folder_of(&target).join(to);
            }
            Ok(m) if m.is_file() => return Ok(target),
            Ok(m) => return Err(not_a_file(kind_of(&m))),
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
            Err(_) if target.file_name().is_none() => return Err(not_a_file("no name")),
            Err(_) => return Ok(target),
        }
    }
    Err(not_a_file("links in a circle"))
}

/// Makes sure that a file can be begun in the place of `path`; none appears there.
///
/// # Errors
/// [`StorageError::Create`], [`StorageError::NotAFile`].
pub(crate) fn check_writable(path: &Path) -> Result<(), StorageError> {
    let target = target_of(path)?;
    check_folder_of(&target, path)
}

/// The same for a folder, which may be there or not, as those that it lies in.
///
/// # Errors
/// [`StorageError::Create`].
#[cfg(any(feature = "cli", test))]
pub(crate) fn check_creatable(folder: &Path) -> Result<(), StorageError> {
    let mut there = folder;
    while !there.as_os_str().is_empty() && fs::symlink_metadata(there).is_err() {
        match there.parent() {
            Some(parent) => there = parent,
            None => break,
        }
    }
    check_folder_of(&there.join("file"), folder)
}

/// Tries to write in the folder of `target`, with a file that has no name; errors are about
/// `named`.
fn check_folder_of(target: &Path, named: &Path) -> Result<(), StorageError> {
    match tempfile::tempfile_in(folder_of(target)) {
        Ok(_) => Ok(()),
        Err(e) => Err(StorageError::Create {
            path: named.display().to_string(),
            source: own_words(e),
        }),
    }
}

/// What the operating system said, without the name of the file that was tried.
fn own_words(error: io::Error) -> io::Error {
    let within = error.get_ref().and_then(|e| e.source());
    let within = within.and_then(|e| e.downcast_ref::<io::Error>());
    let code = within.and_then(io::Error::raw_os_error);
    match code.or(error.raw_os_error()) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error.kind().into(),
    }
}

/// What stands at a path where nothing but a regular file, and no link, may.
pub(super) fn plain_or_missing(path: &Path) -> Result<(), &'static str> {
    match fs::symlink_metadata(path) {
        Ok(m) if !m.is_file() => Err(kind_of(&m)),
        _ => Ok(()),
    }
}

/// The directory of a file; `.` for a bare name.
pub(crate) fn folder_of(target: &Path) -> &Path {
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

/// Whether an open file is still the one of that name.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
pub(super) fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

/// A hidden file in the directory of the final one, so that a rename suffices;
/// removed when the path is dropped.
fn temporary_beside(target: &Path) -> io::Result<(File, tempfile::TempPath)> {
    sweep(target);
    let process = std::process::id();
    for attempt in 0..MAX_ATTEMPTS {
        let path = folder_of(target).join(temporary_name(target, process, attempt));
        match File::create_new(&path) {
            Ok(file) => {
                // A file system without locks: what is left there stays there.
                file.try_lock().ok();
                if is_at(&file, &path) {
                    return Ok((file, tempfile::TempPath::try_from_path(path)?));
                }
                // Another process took it for a leftover before it was locked.
            }
            // Another writer's.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    let what = "no name is free for a temporary file";
    Err(io::Error::new(io::ErrorKind::AlreadyExists, what))
}

fn temporary_name(target: &Path, process: u32, attempt: u32) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    format!(".{name}.{process}-{attempt}.part")
}

/// Removes what killed writers of the same file left: nobody holds its lock,
/// and no process of this machine has its number.
fn sweep(target: &Path) {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let Ok(entries) = fs::read_dir(folder_of(target)) else {
        return;
    };
    for entry in entries.flatten() {
        let file_name = entry.file_name();
        let process = file_name.to_str().and_then(|f| {
            let numbers = f.strip_prefix(&format!(".{name}."))?;
            let (process, attempt) = numbers.strip_suffix(".part")?.split_once('-')?;
            attempt.parse::<u32>().ok()?;
            process.parse::<u32>().ok()
        });
        let path = entry.path();
        if process.is_none_or(is_running) || plain_or_missing(&path).is_err() {
            continue;
        }
        // On network file systems a file is locked by those who may write to it.
        let Ok(file) = OpenOptions::new().write(true).open(&path) else {
            continue;
        };
        if file.try_lock().is_ok() && is_at(&file, &path) {
            fs::remove_file(&path).ok();
        }
    }
}

/// Whether this machine has a process of that number, as far as can be told.
fn is_running(process: u32) -> bool {
    Path::new("/proc").join(process.to_string()).exists()
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
        let expected = "found a directory, expected a regular file or none";
        assert!(error.to_string().contains(expected), "{error}");
        let error = SafeFile::create(&folder.path().join("no/a.txt")).unwrap_err();
        assert!(matches!(error, StorageError::Create { .. }));
    }

    #[test]
    fn a_place_is_tried_and_nothing_is_left_there() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        check_writable(&at("a.txt")).unwrap();
        check_creatable(&at("d")).unwrap();
        check_creatable(&at("d/e/f")).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(at("file"), b"").unwrap();
        for refused in [
            check_writable(&at("no/a.txt")),
            check_writable(&at("file/a.txt")),
            check_creatable(&at("file/d")),
            check_writable(folder.path()),
        ] {
            let text = refused.unwrap_err().to_string();
            assert!(text.starts_with("cannot create '"), "{text}");
            assert!(!text.contains("at path"), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_also_to_what_is_not_there_yet() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("far")).unwrap();
        symlink("far/a.txt", at("a.txt")).unwrap();
        symlink("a.txt", at("b.txt")).unwrap();
        for text in ["one", "two"] {
            write_whole(&at("b.txt"), text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(at("far/a.txt")).unwrap(), text);
            assert!(fs::symlink_metadata(at("b.txt")).unwrap().is_symlink());
        }
        symlink("loop", at("loop")).unwrap();
        let error = write_whole(&at("loop"), b"").unwrap_err().to_string();
        assert!(error.contains("links in a circle"), "{error}");
    }

    #[test]
    fn what_a_killed_writer_left_is_removed_and_nothing_else() {
        // No process has this number: it is beyond the largest that systems give.
        const NOBODY: u32 = 4_000_000_000;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.txt");
        let at = |name: &str| folder.path().join(name);
        let mut kept = vec!["a.txt", ".a.txt.1-x.part", ".b.txt.4000000000-0.part"];
        for name in &kept {
            fs::write(at(name), b"").unwrap();
        }
        let left = temporary_name(&target, NOBODY, 0);
        fs::write(at(&left), b"half").unwrap();
        // Of a writer on another machine, which shares the folder.
        let alive = temporary_name(&target, NOBODY, 1);
        let elsewhere = File::create(at(&alive)).unwrap();
        elsewhere.lock().unwrap();
        kept.push(&alive);
        write_whole(&target, b"whole").unwrap();
        assert!(!at(&left).exists());
        for name in kept {
            assert!(at(name).exists(), "{name}");
        }
        drop(elsewhere);
        let ours = SafeFile::create(&target).unwrap();
        assert!(!at(&alive).exists());
        // One writer does not remove what another is writing.
        write_whole(&target, b"other").unwrap();
        ours.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"");
    }
}
