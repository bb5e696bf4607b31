//! Output that grows over hours and survives a kill at any moment.
//!
//! The bytes of `FILE` go to a hidden folder beside it, `.FILE.partial`, which
//! holds a lock, the bytes so far, and the last checkpoint: how many of the
//! bytes count, and what the writer needs to go on. A checkpoint is written
//! aside and renamed after the bytes it speaks of are on disk, so there is
//! always a valid one. The folder goes away when the file is complete.
//!
//! Knows bytes and files; knows not what a checkpoint says.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::RegistryError;
use super::checksum::sha256_of_parts;
use super::safe_file::{folder_of, sync_folder, target_of, write_whole};

const DATA: &str = "data";
const LOCK: &str = "lock";
const CHECKPOINT: &str = "checkpoint.json";

/// An output file in the making, locked against other processes.
#[derive(Debug)]
pub struct PartialFile {
    label: String,
    target: PathBuf,
    folder: PathBuf,
    data: File,
    n_bytes: u64,
    /// Released by the operating system however the process ends.
    lock: File,
}

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    n_bytes: u64,
    state: serde_json::Value,
}

impl PartialFile {
    /// Takes the place aside `path`, with whatever an earlier process left.
    ///
    /// # Errors
    /// [`RegistryError::Busy`] while another process has it,
    /// [`RegistryError::Create`], [`RegistryError::NotAFile`].
    pub fn open(path: &Path) -> Result<Self, RegistryError> {
        let label = path.display().to_string();
        let target = target_of(path)?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let folder = folder_of(&target).join(format!(".{name}.partial"));
        let failed = |source| RegistryError::Create {
            path: label.clone(),
            source,
        };
        let lock = loop {
            match fs::create_dir(&folder) {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(failed(e)),
                _ => {}
            }
            let path = folder.join(LOCK);
            let mut options = OpenOptions::new();
            options.create(true).write(true).truncate(false);
            let file = match options.open(&path) {
                // The process that held it has just finished and cleaned up.
                Err(e) if e.kind() == io::ErrorKind::NotFound && !folder.exists() => continue,
                other => other.map_err(failed)?,
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(RegistryError::Busy {
                        path: label,
                        lock: path.display().to_string(),
                    });
                }
                // A file system without locks: better unguarded than unusable.
                Err(TryLockError::Error(_)) => {}
            }
            if is_at(&file, &path) {
                break file;
            }
        };
        let data = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(folder.join(DATA))
            .map_err(failed)?;
        Ok(Self {
            label,
            target,
            folder,
            data,
            n_bytes: 0,
            lock,
        })
    }

    /// The state of the last checkpoint, if there is a valid one; writing goes
    /// on where it was made.
    ///
    /// # Errors
    /// [`RegistryError::Write`] if the bytes behind it cannot be cut off.
    pub fn resume(&mut self) -> Result<Option<serde_json::Value>, RegistryError> {
        let text = fs::read(self.folder.join(CHECKPOINT)).ok();
        let found = text.and_then(|t| serde_json::from_slice::<Checkpoint>(&t).ok());
        let length = self.data.metadata().map_or(0, |m| m.len());
        match found.filter(|c| c.n_bytes <= length) {
            Some(checkpoint) => {
                self.cut(checkpoint.n_bytes)?;
                Ok(Some(checkpoint.state))
            }
            None => self.restart().map(|()| None),
        }
    }

    /// Forgets all bytes and the checkpoint.
    ///
    /// # Errors
    /// [`RegistryError::Write`].
    pub fn restart(&mut self) -> Result<(), RegistryError> {
        match fs::remove_file(self.folder.join(CHECKPOINT)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(self.failed(e)),
            _ => self.cut(0),
        }
    }

    fn cut(&mut self, n_bytes: u64) -> Result<(), RegistryError> {
        let cut = self.data.set_len(n_bytes);
        let cut = cut.and_then(|()| self.data.seek(SeekFrom::Start(n_bytes)));
        cut.map_err(|e| self.failed(e))?;
        self.n_bytes = n_bytes;
        Ok(())
    }

    fn failed(&self, source: io::Error) -> RegistryError {
        RegistryError::Write {
            path: self.label.clone(),
            source,
        }
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// [`RegistryError::Write`].
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), RegistryError> {
        self.data.write_all(bytes).map_err(|e| self.failed(e))?;
        self.n_bytes += bytes.len() as u64;
        Ok(())
    }

    /// Bytes so far.
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Makes sure that a later process can go on from here with `state`.
    ///
    /// # Errors
    /// [`RegistryError::Write`]; the checkpoint before stays valid.
    pub fn checkpoint(&mut self, state: serde_json::Value) -> Result<(), RegistryError> {
        self.data.sync_data().map_err(|e| self.failed(e))?;
        let n_bytes = self.n_bytes;
        let checkpoint = Checkpoint { n_bytes, state };
        let text = serde_json::to_vec(&checkpoint).map_err(|e| self.failed(e.into()))?;
        self.named(write_whole(&self.folder.join(CHECKPOINT), &text))
    }

    /// Keeps a small file beside the bytes until the output is complete.
    ///
    /// # Errors
    /// [`RegistryError::Write`].
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), RegistryError> {
        self.named(write_whole(&self.folder.join(name), bytes))
    }

    /// As [`PartialFile::keep`], with a label of what the bytes belong to and a
    /// checksum.
    ///
    /// # Errors
    /// [`RegistryError::Write`].
    pub fn keep_sealed(&self, name: &str, key: &str, bytes: &[u8]) -> Result<(), RegistryError> {
        let sum = sha256_of_parts([key.as_bytes(), bytes]);
        self.keep(name, &[format!("{sum} {key}\n").as_bytes(), bytes].concat())
    }

    /// The bytes that [`PartialFile::keep_sealed`] kept, if there are any with
    /// this label.
    ///
    /// # Errors
    /// [`RegistryError::Read`]; [`RegistryError::Unusable`] if the checksum is
    /// another one.
    pub fn kept_sealed(&self, name: &str, key: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        let path = self.kept(name);
        let label = path.display().to_string();
        let file = match fs::read(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(RegistryError::Read {
                    path: label,
                    source,
                });
            }
        };
        let end = file.iter().position(|b| *b == b'\n').unwrap_or(0);
        let head = String::from_utf8_lossy(&file[..end]).into_owned();
        let bytes = &file[(end + 1).min(file.len())..];
        match head.split_once(' ') {
            Some((_, other)) if other != key => Ok(None),
            Some((sum, _)) if sum == sha256_of_parts([key.as_bytes(), bytes]) => {
                Ok(Some(bytes.to_vec()))
            }
            _ => Err(RegistryError::Unusable {
                path: label,
                found: "bytes with another checksum".to_owned(),
                expected: "a checkpoint as it was written".to_owned(),
            }),
        }
    }

    /// Removes a file that was kept.
    pub fn forget(&self, name: &str) {
        fs::remove_file(self.kept(name)).ok();
    }

    /// Where a file kept under that name is.
    pub fn kept(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Errors about files within the folder name the output.
    fn named(&self, result: Result<(), RegistryError>) -> Result<(), RegistryError> {
        result.map_err(|e| match e {
            RegistryError::Create { source, .. } | RegistryError::Write { source, .. } => {
                self.failed(source)
            }
            other => other,
        })
    }

    /// The bytes so far, as a file of their own.
    pub fn data_path(&self) -> PathBuf {
        self.folder.join(DATA)
    }

    /// Waits until all bytes are on disk, gives the file its name and removes
    /// the folder.
    ///
    /// # Errors
    /// [`RegistryError::Write`]; no file appears then.
    pub fn finish(self) -> Result<(), RegistryError> {
        self.data.sync_all().map_err(|e| self.failed(e))?;
        fs::rename(self.folder.join(DATA), &self.target).map_err(|e| self.failed(e))?;
        // The name must be on disk before anything to go on from is not.
        sync_folder(&self.target);
        self.discard();
        Ok(())
    }

    /// Removes the folder and all that is in it.
    pub fn discard(self) {
        // The lock goes last: the file has its name whatever happens here.
        fs::remove_dir_all(&self.folder).ok();
        sync_folder(&self.target);
        drop(self.lock);
    }

    /// Whether something is in the folder that a later process can go on from.
    pub fn is_worth_keeping(&self) -> bool {
        fs::read_dir(&self.folder).is_ok_and(|entries| {
            entries.flatten().any(|e| {
                let empty = e.metadata().is_ok_and(|m| m.len() == 0);
                e.file_name() != LOCK && !empty
            })
        })
    }

    /// Leaves no folder behind if nothing worth keeping is in it.
    pub fn leave(self) {
        if !self.is_worth_keeping() {
            self.discard();
        }
    }
}

/// Whether an open file is still the one of that name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn writing_goes_on_at_the_last_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let mut file = PartialFile::open(&path).unwrap();
        assert_eq!(file.resume().unwrap(), None);
        file.append(b"one ").unwrap();
        file.checkpoint(json!({ "n": 1 })).unwrap();
        file.append(b"lost").unwrap();
        drop(file);
        assert!(!path.exists());
        let mut file = PartialFile::open(&path).unwrap();
        assert_eq!(file.resume().unwrap(), Some(json!({ "n": 1 })));
        assert_eq!(file.n_bytes(), 4);
        file.append(b"two").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_checkpoint_or_missing_bytes_mean_a_new_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        for damage in ["checkpoint.json", "data"] {
            let mut file = PartialFile::open(&path).unwrap();
            file.restart().unwrap();
            file.append(b"one ").unwrap();
            file.checkpoint(json!(1)).unwrap();
            drop(file);
            fs::write(folder.path().join(".a.txt.partial").join(damage), b"{").unwrap();
            let mut file = PartialFile::open(&path).unwrap();
            assert_eq!(file.resume().unwrap(), None, "{damage}");
            assert_eq!(file.n_bytes(), 0);
        }
    }

    #[test]
    fn sealed_bytes_come_back_whole_with_their_label_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let file = PartialFile::open(&folder.path().join("a.txt")).unwrap();
        assert_eq!(file.kept_sealed("s", "one").unwrap(), None);
        file.keep_sealed("s", "one", b"a\nb").unwrap();
        assert_eq!(file.kept_sealed("s", "one").unwrap().unwrap(), b"a\nb");
        assert_eq!(file.kept_sealed("s", "two").unwrap(), None);
        let whole = fs::read(file.kept("s")).unwrap();
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for damaged in [&whole[..whole.len() - 1], &flipped, b"", b"\n"] {
            fs::write(file.kept("s"), damaged).unwrap();
            let error = file.kept_sealed("s", "one").unwrap_err();
            assert!(matches!(error, RegistryError::Unusable { .. }), "{error}");
        }
        file.forget("s");
        assert_eq!(file.kept_sealed("s", "one").unwrap(), None);
        file.leave();
    }

    #[test]
    fn a_second_writer_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let first = PartialFile::open(&path).unwrap();
        let error = PartialFile::open(&path).unwrap_err();
        assert!(matches!(error, RegistryError::Busy { .. }), "{error}");
        first.leave();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        PartialFile::open(&path).unwrap().discard();
    }
}
