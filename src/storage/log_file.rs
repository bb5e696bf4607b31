//! A text file that several runs add lines to, one after the other or at the same time.
//!
//! Knows files; knows not what lines say.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::StorageError;
use super::safe_file::target_of;

/// Most bytes of a first line that are looked at.
const LOOK: u64 = 200;

/// Opens a file to add lines to its end. What is written in one call stays together, also if
/// other processes write.
///
/// `is_own` says whether the first line of a file that is there is one of a log; a file
/// without any is taken.
///
/// # Errors
/// [`StorageError::NotAFile`], [`StorageError::Create`] for a place that cannot be written,
/// [`StorageError::Unusable`] for a file that is no log.
pub fn open_log(path: &Path, is_own: fn(&str) -> bool) -> Result<File, StorageError> {
    let target = target_of(path)?;
    let failed = |source| StorageError::Create {
        path: path.display().to_string(),
        source,
    };
    let mut options = OpenOptions::new();
    let options = options.read(true).append(true).create(true);
    let mut file = options.open(target).map_err(failed)?;
    let mut first = Vec::new();
    let mut reader = BufReader::new((&file).take(LOOK));
    reader.read_until(b'\n', &mut first).map_err(failed)?;
    if first.is_empty() {
        return Ok(file);
    }
    if !is_own(&String::from_utf8_lossy(&first)) {
        return Err(StorageError::Unusable {
            path: path.display().to_string(),
            found: "a file of another kind".to_owned(),
            expected: "a log of omnis or no file".to_owned(),
        });
    }
    // A run that was killed may have left half a line.
    let mut last = [b'\n'];
    let read = file.seek(SeekFrom::End(-1));
    read.and_then(|_| file.read_exact(&mut last))
        .map_err(failed)?;
    if last != *b"\n" {
        file.write_all(b"\n").map_err(failed)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn is_own(line: &str) -> bool {
        line.starts_with("log")
    }

    #[test]
    fn lines_are_added_behind_those_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        open_log(&path, is_own)
            .unwrap()
            .write_all(b"log 1\nhal")
            .unwrap();
        let mut one = open_log(&path, is_own).unwrap();
        let mut two = open_log(&path, is_own).unwrap();
        one.write_all(b"log 2\n").unwrap();
        two.write_all(b"log 3\n").unwrap();
        one.write_all(b"log 4\n").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "log 1\nhal\nlog 2\nlog 3\nlog 4\n");
    }

    #[test]
    fn nothing_is_added_to_other_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "my notes\n").unwrap();
        let refused = open_log(&path, is_own).unwrap_err().to_string();
        assert!(
            refused.contains("notes.txt") && refused.contains("a log of omnis"),
            "{refused}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "my notes\n");
        assert!(open_log(folder.path(), is_own).is_err());
        assert!(open_log(&folder.path().join("no/such/a.log"), is_own).is_err());
    }
}
