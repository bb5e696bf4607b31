//! A lock of a folder that several processes, on one machine or on many, change
//! in turn.
//!
//! Knows files; knows not what is guarded.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::StorageError;
use super::safe_file::plain_or_missing;

/// Held until it is dropped; the operating system releases it when the process
/// ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Waits until no other process holds the lock `name` in `folder`. The file
    /// of that name stays: to remove it would let two processes in.
    ///
    /// # Errors
    /// [`StorageError::Lock`] where there is no writing or no locking.
    pub fn wait(folder: &Path, name: &str) -> Result<Self, StorageError> {
        let path = folder.join(name);
        let locked = open(&path).and_then(|file| {
            file.lock()?;
            Ok(Self { _file: file })
        });
        locked.map_err(|source| StorageError::Lock {
            path: path.display().to_string(),
            source,
        })
    }
}

fn open(path: &Path) -> io::Result<File> {
    plain_or_missing(path).map_err(|found| {
        io::Error::other(format!("found {found} there, expected a regular file"))
    })?;
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(false);
    match options.open(path) {
        // It belongs to another user of the group; most systems lock it all the same.
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied && path.exists() => File::open(path),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn one_at_a_time_is_inside() {
        let folder = tempfile::tempdir().unwrap();
        let inside = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let lock = FolderLock::wait(folder.path(), "lock").unwrap();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        std::thread::yield_now();
                        assert_eq!(inside.fetch_sub(1, Ordering::SeqCst), 1);
                        drop(lock);
                    }
                });
            }
        });
    }

    #[test]
    fn a_place_without_locks_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = FolderLock::wait(&folder.path().join("none"), "lock").unwrap_err();
        assert!(error.to_string().contains("none/lock"), "{error}");
        std::fs::create_dir(folder.path().join("lock")).unwrap();
        let error = FolderLock::wait(folder.path(), "lock").unwrap_err();
        assert!(error.to_string().contains("found a directory"), "{error}");
    }
}
