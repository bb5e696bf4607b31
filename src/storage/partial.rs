//! Output that grows over hours and survives a kill at any moment.
//!
//! The bytes of `FILE` go to a hidden folder beside it, `.FILE.partial`, which
//! holds a lock, the bytes so far, and the last checkpoint: how many of the
//! bytes count, their checksum, and what the writer needs to go on. A checkpoint
//! is written aside and renamed after the bytes it speaks of are on disk, so
//! there is always a valid one; it carries a checksum of its own. So a byte that
//! was changed is noticed wherever it stands, before anything is built on it.
//! The folder goes away when the file is complete.
//!
//! Knows bytes and files; knows not what a checkpoint says.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::Crc;
use serde::{Deserialize, Serialize};

use super::StorageError;
use super::checksum::sha256_of_parts;
use super::input::{kind_of, read_bytes};
use super::safe_file::{
    check_writable, is_at, plain_or_missing, sync_folder, target_of, write_whole,
};
use super::seal::{sealed, unsealed};

const DATA: &str = "data";
const LOCK: &str = "lock";
const CHECKPOINT: &str = "checkpoint.json";
/// Most bytes of a state; larger ones are a sign of damage.
const MAX_STATE: u64 = 1 << 33;
/// Times that another process may complete the same output while this one
/// begins.
const MAX_ATTEMPTS: u32 = 1000;

/// An output file in the making, locked against other processes.
#[derive(Debug)]
pub(crate) struct PartialFile {
    label: String,
    target: PathBuf,
    folder: PathBuf,
    data: File,
    /// Length and checksum of the bytes so far.
    bytes: Crc,
    n_bytes: u64,
    /// Released by the operating system however the process ends.
    lock: File,
}

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    n_bytes: u64,
    /// CRC-32 of these bytes, which costs nothing beside writing them.
    crc32: u32,
    state: serde_json::Value,
}

impl PartialFile {
    /// Takes the place aside `path`, with whatever an earlier process left.
    ///
    /// # Errors
    /// [`StorageError::Busy`] while another process has it,
    /// [`StorageError::Create`], [`StorageError::NotAFile`],
    /// [`StorageError::PlaceTaken`].
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let label = path.display().to_string();
        let target = target_of(path)?;
        let folder = place_of(&target);
        let lock = lock_of(&folder, &label)?;
        let path = folder.join(DATA);
        plain_or_missing(&path).map_err(|found| taken(&label, &path, found, "a file"))?;
        let data = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(path);
        let data = data.map_err(|source| StorageError::Create {
            path: label.clone(),
            source,
        })?;
        Ok(Self {
            label,
            target,
            folder,
            data,
            bytes: Crc::new(),
            n_bytes: 0,
            lock,
        })
    }

    /// Whether [`PartialFile::open`] would take the place aside `path` now; nothing is written.
    ///
    /// # Errors
    /// As [`PartialFile::open`].
    pub fn check(path: &Path) -> Result<(), StorageError> {
        let label = path.display().to_string();
        let folder = place_of(&target_of(path)?);
        if is_ours(&folder, &label)? {
            let lock = folder.join(LOCK);
            let held = OpenOptions::new().write(true).open(&lock);
            if held.is_ok_and(|l| matches!(l.try_lock(), Err(TryLockError::WouldBlock))) {
                return Err(busy(&label, &lock));
            }
        }
        check_writable(path)
    }

    /// The state of the last checkpoint, if there is one; writing goes on where
    /// it was made. Begins anew if there is none.
    ///
    /// # Errors
    /// [`StorageError::Unusable`] for a checkpoint or bytes that are not as they
    /// were written, [`StorageError::Read`]: only [`PartialFile::restart`] goes
    /// on from there. [`StorageError::Write`] if the bytes behind the checkpoint
    /// cannot be cut off.
    pub fn resume(&mut self) -> Result<Option<serde_json::Value>, StorageError> {
        let path = self.folder.join(CHECKPOINT);
        let text = match read_bytes(&path, MAX_STATE) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return self.restart().map(|()| None),
            Err(source) => return Err(unreadable(&path, source)),
        };
        let checkpoint: Checkpoint = unsealed(&text)
            .and_then(|c| serde_json::from_value(c).map_err(|e| e.to_string()))
            .map_err(|found| unusable(&path, found, "a checkpoint as it was written"))?;
        let (n_bytes, wanted) = (checkpoint.n_bytes, checkpoint.crc32);
        let bytes = self.checksum(n_bytes)?;
        if bytes.sum() != wanted {
            let found = format!("{n_bytes} bytes with CRC-32 {:08x}", bytes.sum());
            let expected = format!("{wanted:08x} as in the checkpoint");
            return Err(unusable(&self.data_path(), found, &expected));
        }
        self.cut(n_bytes)?;
        self.bytes = bytes;
        Ok(Some(checkpoint.state))
    }

    /// Checksum of the first bytes on disk.
    fn checksum(&mut self, n_bytes: u64) -> Result<Crc, StorageError> {
        let path = self.data_path();
        let failed = |source| unreadable(&path, source);
        let length = self.data.metadata().map_err(failed)?.len();
        if length < n_bytes {
            let expected = format!("{n_bytes} as in the checkpoint");
            return Err(unusable(&path, format!("{length} bytes"), &expected));
        }
        self.data.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut stream = (&self.data).take(n_bytes);
        let (mut bytes, mut buffer) = (Crc::new(), vec![0; 1 << 18]);
        loop {
            match stream.read(&mut buffer).map_err(failed)? {
                0 => return Ok(bytes),
                n => bytes.update(&buffer[..n]),
            }
        }
    }

    /// Forgets all bytes and the checkpoint.
    ///
    /// # Errors
    /// [`StorageError::Write`].
    pub(crate) fn restart(&mut self) -> Result<(), StorageError> {
        match fs::remove_file(self.folder.join(CHECKPOINT)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(self.failed(e)),
            _ => self.cut(0),
        }
    }

    fn cut(&mut self, n_bytes: u64) -> Result<(), StorageError> {
        let cut = self.data.set_len(n_bytes);
        let cut = cut.and_then(|()| self.data.seek(SeekFrom::Start(n_bytes)));
        cut.map_err(|e| self.failed(e))?;
        self.n_bytes = n_bytes;
        self.bytes = Crc::new();
        Ok(())
    }

    fn failed(&self, source: io::Error) -> StorageError {
        StorageError::Write {
            path: self.label.clone(),
            source,
        }
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// [`StorageError::Write`].
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        self.data.write_all(bytes).map_err(|e| self.failed(e))?;
        self.n_bytes += bytes.len() as u64;
        self.bytes.update(bytes);
        Ok(())
    }

    /// Bytes so far.
    #[cfg(test)]
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Makes sure that a later process can go on from here with `state`.
    ///
    /// # Errors
    /// [`StorageError::Write`]; the checkpoint before stays valid.
    pub fn checkpoint(&mut self, state: serde_json::Value) -> Result<(), StorageError> {
        self.data.sync_data().map_err(|e| self.failed(e))?;
        let checkpoint = Checkpoint {
            n_bytes: self.n_bytes,
            crc32: self.bytes.sum(),
            state,
        };
        let text = sealed(&checkpoint).map_err(|e| self.failed(e.into()))?;
        self.named(write_whole(&self.folder.join(CHECKPOINT), &text))
    }

    /// Keeps a small file beside the bytes until the output is complete.
    ///
    /// # Errors
    /// [`StorageError::Write`].
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.named(write_whole(&self.folder.join(name), bytes))
    }

    /// As [`PartialFile::keep`], with a label of what the bytes belong to and a
    /// checksum.
    ///
    /// # Errors
    /// [`StorageError::Write`].
    pub(crate) fn keep_sealed(
        &self,
        name: &str,
        key: &str,
        bytes: &[u8],
    ) -> Result<(), StorageError> {
        let sum = sha256_of_parts([key.as_bytes(), bytes]);
        self.keep(name, &[format!("{sum} {key}\n").as_bytes(), bytes].concat())
    }

    /// The bytes that [`PartialFile::keep_sealed`] kept, if there are any with
    /// this label.
    ///
    /// # Errors
    /// [`StorageError::Read`]; [`StorageError::Unusable`] if the checksum is
    /// another one.
    pub(crate) fn kept_sealed(
        &self,
        name: &str,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let path = self.kept(name);
        let file = match read_bytes(&path, MAX_STATE) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(unreadable(&path, source)),
        };
        let end = file.iter().position(|b| *b == b'\n').unwrap_or(0);
        let head = String::from_utf8_lossy(&file[..end]).into_owned();
        let bytes = &file[(end + 1).min(file.len())..];
        match head.split_once(' ') {
            Some((sum, label)) if sum == sha256_of_parts([label.as_bytes(), bytes]) => {
                Ok((label == key).then(|| bytes.to_vec()))
            }
            _ => {
                let found = "bytes with another checksum".to_owned();
                Err(unusable(&path, found, "a checkpoint as it was written"))
            }
        }
    }

    /// Removes a file that was kept.
    pub(crate) fn forget(&self, name: &str) {
        fs::remove_file(self.kept(name)).ok();
    }

    /// Where a file kept under that name is.
    pub fn kept(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Errors about files within the folder name the output.
    fn named(&self, result: Result<(), StorageError>) -> Result<(), StorageError> {
        result.map_err(|e| match e {
            StorageError::Create { source, .. } | StorageError::Write { source, .. } => {
                self.failed(source)
            }
            other => other,
        })
    }

    /// The bytes so far, as a file of their own.
    pub(crate) fn data_path(&self) -> PathBuf {
        self.folder.join(DATA)
    }

    /// Waits until all bytes are on disk, gives the file its name and removes
    /// the folder.
    ///
    /// # Errors
    /// [`StorageError::Write`]; no file appears then.
    pub fn finish(self) -> Result<(), StorageError> {
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
        clear(&self.folder);
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

/// Where the bytes of a file are until it is complete.
fn place_of(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.partial"))
}

/// The lock of a folder, which is made if it is not there.
fn lock_of(folder: &Path, label: &str) -> Result<File, StorageError> {
    let failed = |source| StorageError::Create {
        path: label.to_owned(),
        source,
    };
    let path = folder.join(LOCK);
    for _ in 0..MAX_ATTEMPTS {
        match fs::create_dir(folder) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(failed(e)),
            _ => {}
        }
        if !is_ours(folder, label)? {
            // The process that held it has just finished and cleaned up.
            continue;
        }
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false);
        let file = match options.open(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound && !folder.exists() => continue,
            other => other.map_err(failed)?,
        };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => break,
            // A file system without locks: better unguarded than unusable.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        if is_at(&file, &path) {
            return Ok(file);
        }
    }
    Err(busy(label, &path))
}

fn busy(label: &str, lock: &Path) -> StorageError {
    StorageError::Busy {
        path: label.to_owned(),
        lock: lock.display().to_string(),
    }
}

/// Whether a folder is there, and is what omnis makes.
fn is_ours(folder: &Path, label: &str) -> Result<bool, StorageError> {
    match fs::symlink_metadata(folder) {
        Ok(m) if m.is_dir() => {}
        Ok(m) => return Err(taken(label, folder, kind_of(&m), "a directory")),
        Err(_) => return Ok(false),
    }
    for path in [folder.join(LOCK), folder.join(DATA)] {
        plain_or_missing(&path).map_err(|found| taken(label, &path, found, "a file"))?;
    }
    // A second look, as another process may have just finished and begun.
    if is_foreign(folder) && is_foreign(folder) {
        let (found, expected) = ("a directory of another kind", "one that omnis made");
        return Err(taken(label, folder, found, expected));
    }
    Ok(true)
}

/// Whether a folder has files, and not the lock that omnis puts there first, takes away last and
/// writes nothing to.
fn is_foreign(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    let all: Vec<fs::DirEntry> = entries.flatten().collect();
    let lock = all.iter().find(|e| e.file_name() == LOCK);
    match lock {
        Some(lock) => lock.metadata().is_ok_and(|m| m.len() > 0),
        None => !all.is_empty(),
    }
}

/// Removes all that is in a folder, its lock last: what is left by a killed process is known by
/// it.
fn clear(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|e| e.file_name() != LOCK) {
        fs::remove_file(entry.path()).ok();
    }
    fs::remove_dir_all(folder).ok();
}

fn taken(label: &str, place: &Path, found: &'static str, expected: &'static str) -> StorageError {
    StorageError::PlaceTaken {
        path: label.to_owned(),
        place: place.display().to_string(),
        found,
        expected,
    }
}

fn unusable(path: &Path, found: String, expected: &str) -> StorageError {
    StorageError::Unusable {
        path: path.display().to_string(),
        found,
        expected: expected.to_owned(),
    }
}

fn unreadable(path: &Path, source: io::Error) -> StorageError {
    StorageError::Read {
        path: path.display().to_string(),
        source,
    }
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

    /// Leaves bytes, a checkpoint, and bytes behind it.
    fn interrupted(path: &Path) {
        let mut file = PartialFile::open(path).unwrap();
        file.restart().unwrap();
        file.append(b"one ").unwrap();
        file.checkpoint(json!({ "n_done": 1024, "x": 0.5 }))
            .unwrap();
        file.append(b"lost").unwrap();
    }

    #[test]
    fn a_byte_that_was_changed_anywhere_is_reported_or_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        interrupted(&path);
        let place = folder.path().join(".a.txt.partial");
        for name in [DATA, CHECKPOINT] {
            let whole = fs::read(place.join(name)).unwrap();
            let mut n_reported = 0;
            for at in 0..whole.len() {
                let mut other = whole.clone();
                other[at] ^= 1 << (at % 8);
                fs::write(place.join(name), other).unwrap();
                let mut file = PartialFile::open(&path).unwrap();
                match file.resume() {
                    Ok(state) => {
                        assert_eq!(state, Some(json!({ "n_done": 1024, "x": 0.5 })));
                        file.append(b"two").unwrap();
                        assert_eq!(fs::read(place.join(DATA)).unwrap(), b"one two");
                        fs::write(place.join(DATA), b"one lost").unwrap();
                    }
                    Err(e) => {
                        n_reported += 1;
                        assert!(e.to_string().contains(name), "{e}");
                        file.restart().unwrap();
                        assert_eq!((file.n_bytes(), file.resume().unwrap()), (0, None));
                        drop(file);
                        interrupted(&path);
                    }
                }
            }
            assert!(n_reported >= 4, "{name}: {n_reported}");
            fs::write(place.join(name), whole).unwrap();
        }
    }

    #[test]
    fn files_that_were_cut_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        for (name, n, phrase) in [
            (DATA, 3, "found 3 bytes, expected 4 as in the checkpoint"),
            (CHECKPOINT, 0, "no JSON"),
            (CHECKPOINT, 20, "no JSON"),
        ] {
            interrupted(&path);
            let damaged = folder.path().join(".a.txt.partial").join(name);
            let whole = fs::read(&damaged).unwrap();
            fs::write(&damaged, &whole[..n]).unwrap();
            let error = PartialFile::open(&path).unwrap().resume().unwrap_err();
            assert!(error.to_string().contains(phrase), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_stands_in_the_place_of_the_folder_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let place = folder.path().join(".a.txt.partial");
        let refused = |found: &str, expected: &str| {
            let error = PartialFile::open(&path).unwrap_err().to_string();
            let phrase = format!("found {found} there, expected {expected} or none");
            assert!(error.contains(&phrase), "{error}");
            // A look at it alone says the same.
            assert_eq!(PartialFile::check(&path).unwrap_err().to_string(), error);
        };
        std::os::unix::fs::symlink("nowhere", &place).unwrap();
        refused("a link", "a directory");
        fs::remove_file(&place).unwrap();
        fs::write(&place, b"mine").unwrap();
        refused("a file", "a directory");
        assert_eq!(fs::read(&place).unwrap(), b"mine");
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        for name in [LOCK, DATA] {
            fs::create_dir(place.join(name)).unwrap();
            refused("a directory", "a file");
            fs::remove_dir(place.join(name)).unwrap();
        }
        // A folder of the user, also one with a file of such a name.
        for (name, text) in [("notes.txt", "mine"), (DATA, "mine"), (LOCK, "mine")] {
            fs::write(place.join(name), text).unwrap();
            refused("a directory of another kind", "one that omnis made");
            assert_eq!(fs::read_dir(&place).unwrap().count(), 1, "{name}");
            assert_eq!(fs::read(place.join(name)).unwrap(), b"mine");
            fs::remove_file(place.join(name)).unwrap();
        }
        // An empty one loses nothing.
        PartialFile::open(&path).unwrap().leave();
        assert!(!place.exists());
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
        let mut other_label = whole.clone();
        other_label[66] ^= 1;
        for damaged in [
            &whole[..whole.len() - 1],
            &flipped,
            &other_label,
            b"",
            b"\n",
        ] {
            fs::write(file.kept("s"), damaged).unwrap();
            let error = file.kept_sealed("s", "one").unwrap_err();
            assert!(matches!(error, StorageError::Unusable { .. }), "{error}");
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
        assert!(matches!(error, StorageError::Busy { .. }), "{error}");
        assert_eq!(
            PartialFile::check(&path).unwrap_err().to_string(),
            error.to_string()
        );
        first.leave();
        PartialFile::check(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        PartialFile::open(&path).unwrap().discard();
    }
}
