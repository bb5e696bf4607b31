//! Files that are read: regular ones, and no more of them than can be meant.
//!
//! Opening a named pipe waits for whoever writes to it, and a device may never
//! end, so both are refused before they are opened. Small files are read whole
//! up to a limit, and lines of large ones have one, so that neither a sparse
//! file nor a compressed one takes memory that nobody planned for.
//!
//! Knows files and bytes; knows no content.

use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, Read};
use std::path::Path;

use super::safe_file::folder_of;
use crate::suggest::nearest;

/// Most bytes of a card, a list of parameters or the like.
pub(crate) const MAX_TEXT: u64 = 16 << 20;

/// Why an input was refused. It travels as the source of an [`io::Error`], to
/// which the caller adds the name of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum InputError {
    /// A directory, a named pipe, a device.
    #[error("found {found}, expected a regular file")]
    NotRegular {
        /// What it is.
        found: &'static str,
    },
    /// Larger than such a file can be.
    #[error("found {found} bytes or more, expected at most {limit}")]
    TooLarge {
        /// Bytes seen.
        found: u64,
        /// Most bytes of such a file.
        limit: u64,
    },
    /// Not text.
    #[error("found {found}, expected text")]
    NotText {
        /// What it seems to be.
        found: String,
    },
    /// A line without end.
    #[error("found a line of more than {limit} bytes")]
    LongLine {
        /// Most bytes of a line.
        limit: u64,
    },
}

impl From<InputError> for io::Error {
    fn from(error: InputError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// What something that is no regular file is.
pub(super) fn kind_of(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_dir() {
        return "a directory";
    }
    if kind.is_file() {
        return "a file";
    }
    if kind.is_symlink() {
        return "a link";
    }
    special(kind)
}

#[cfg(unix)]
fn special(kind: fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special(_kind: fs::FileType) -> &'static str {
    "a device"
}

/// Opens a regular file for reading; links are followed.
///
/// # Errors
/// Of the system; [`InputError::NotRegular`].
pub(crate) fn open_input(path: &Path) -> io::Result<File> {
    let metadata = fs::metadata(path).map_err(|e| with_nearest(path, e))?;
    if !metadata.is_file() {
        let found = kind_of(&metadata);
        return Err(InputError::NotRegular { found }.into());
    }
    File::open(path)
}

/// Most files of a folder that a missing name is compared with.
const MAX_COMPARED: usize = 10_000;

/// An error with the file of its folder that may be meant, or with the folder that is not
/// there.
fn with_nearest(path: &Path, error: io::Error) -> io::Error {
    if error.kind() != io::ErrorKind::NotFound {
        return error;
    }
    let text = format!("{error}{}", meant_instead(path));
    io::Error::new(error.kind(), text)
}

/// A clause for a file that is not there: `; did you mean 'x'?` with the nearest one of its
/// folder, or that there is no such folder; or nothing.
pub(crate) fn meant_instead(path: &Path) -> String {
    let folder = folder_of(path);
    let Ok(files) = fs::read_dir(folder) else {
        return format!("; there is no folder '{}'", folder.display());
    };
    let names = files.take(MAX_COMPARED).filter_map(|file| {
        let is_hidden = |name: &String| name.starts_with('.');
        let name = file.ok()?.file_name().into_string().ok();
        name.filter(|name| !is_hidden(name))
    });
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    let meant = nearest(&wanted, names.iter().map(String::as_str));
    meant.map_or_else(String::new, |name| {
        format!("; did you mean '{}'?", path.with_file_name(name).display())
    })
}

/// The bytes of a file that has at most `limit` of them.
///
/// # Errors
/// As [`open_input`]; `InputError::TooLarge` before memory is taken.
pub(crate) fn read_bytes(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open_input(path)?;
    let found = file.metadata()?.len();
    if found > limit {
        return Err(InputError::TooLarge { found, limit }.into());
    }
    read_up_to(file, limit)
}

/// The text of a file that has at most `limit` bytes.
///
/// # Errors
/// As [`read_bytes`]; `InputError::NotText` says what was found instead.
pub(crate) fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    text_of(read_bytes(path, limit)?)
}

/// The text of a stream that has at most `limit` bytes.
///
/// # Errors
/// Of the stream; `InputError::TooLarge`, `InputError::NotText`.
pub fn read_text_from(stream: impl Read, limit: u64) -> io::Result<String> {
    text_of(read_up_to(stream, limit)?)
}

fn read_up_to(stream: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    let found = bytes.len() as u64;
    if found > limit {
        return Err(InputError::TooLarge { found, limit }.into());
    }
    Ok(bytes)
}

fn text_of(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let bytes = e.as_bytes();
        let found = known_kind(bytes).map_or_else(
            || {
                let line = bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
                format!("the byte 0x{:02x} in line {line}", bytes[at])
            },
            str::to_owned,
        );
        InputError::NotText { found }.into()
    })
}

/// Whether the first bytes of a file are those of gzip.
pub(crate) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

/// What a file is whose kind can be told from its first bytes.
fn known_kind(head: &[u8]) -> Option<&'static str> {
    let is = |magic: &[u8]| head.starts_with(magic);
    if head.is_empty() {
        Some("an empty file")
    } else if is_gzip(head) {
        Some("a compressed file (a gridpack, or events)")
    } else if is(b"<LesHouchesEvents") || is(b"<?xml") {
        Some("an event file")
    } else if is(b"\x89HDF") {
        Some("an HDF5 file")
    } else if is(b"\x7fELF") {
        Some("a program")
    } else {
        None
    }
}

/// What a file seems to be, from its first bytes.
pub(super) fn describe(head: &[u8]) -> &'static str {
    let printable = |b: &u8| b.is_ascii_graphic() || b.is_ascii_whitespace();
    known_kind(head).unwrap_or_else(|| {
        if head.iter().take(256).all(printable) {
            "a text file"
        } else {
            "a file of another kind"
        }
    })
}

/// A stream of lines, none of which is longer than a limit: reading one that is
/// ends with [`InputError::LongLine`] before more of it is held.
#[derive(Debug)]
pub(crate) struct LimitedLines<R> {
    inner: R,
    limit: u64,
    /// Bytes of the line that is being read.
    n_bytes: u64,
}

impl<R: BufRead> LimitedLines<R> {
    /// The lines of `inner`, of at most `limit` bytes each.
    pub fn new(inner: R, limit: u64) -> Self {
        Self {
            inner,
            limit,
            n_bytes: 0,
        }
    }
}

impl<R: BufRead> BufRead for LimitedLines<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.n_bytes > self.limit {
            return Err(InputError::LongLine { limit: self.limit }.into());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        // What is consumed lies in the buffer: this reads nothing.
        let taken = self.inner.fill_buf().map_or(&[][..], |b| &b[..n]);
        match taken.iter().rposition(|b| *b == b'\n') {
            Some(last) => self.n_bytes = (taken.len() - 1 - last) as u64,
            None => self.n_bytes += taken.len() as u64,
        }
        self.inner.consume(n);
    }
}

impl<R: BufRead> Read for LimitedLines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(out)?;
        self.consume(n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Write, repeat};

    fn refusal(error: &io::Error) -> InputError {
        let inner = error.get_ref().and_then(|e| e.downcast_ref());
        InputError::clone(inner.expect("an error of this module"))
    }

    #[test]
    fn what_is_no_regular_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = read_bytes(folder.path(), 10).unwrap_err();
        assert_eq!(
            error.to_string(),
            "found a directory, expected a regular file"
        );
        if cfg!(unix) {
            let error = read_bytes(Path::new("/dev/zero"), 10).unwrap_err();
            assert_eq!(
                refusal(&error),
                InputError::NotRegular { found: "a device" }
            );
        }
    }

    #[test]
    fn missing_files_come_with_the_nearest_of_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        for name in ["pp_tt.toml", "pp_epem.toml", ".pp_ttt.toml"] {
            File::create(at.join(name)).unwrap();
        }
        let missing = |name: &str| {
            let error = read_bytes(&at.join(name), 10).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
            error.to_string()
        };
        let meant = format!("did you mean '{}'?", at.join("pp_tt.toml").display());
        assert!(missing("pp_ttt.toml").ends_with(&meant));
        assert!(missing("other.dat").ends_with("(os error 2)"));
        let lacking = format!("; there is no folder '{}'", at.join("no").display());
        assert!(missing("no/pp_tt.toml").ends_with(&lacking));
    }

    #[test]
    fn sizes_are_looked_at_before_memory_is_taken() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(1 << 40).unwrap();
        let error = read_text(file.path(), MAX_TEXT).unwrap_err();
        let (found, limit) = (1 << 40, MAX_TEXT);
        assert_eq!(refusal(&error), InputError::TooLarge { found, limit });
        let error = read_text_from(repeat(b'x'), 100).unwrap_err();
        let (found, limit) = (101, 100);
        assert_eq!(refusal(&error), InputError::TooLarge { found, limit });
        assert_eq!(read_text_from(&b"four"[..], 4).unwrap(), "four");
    }

    #[test]
    fn binary_files_are_named_and_odd_bytes_have_a_line() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"\x1f\x8b\x08 and so on").unwrap();
        let error = read_text(file.path(), MAX_TEXT).unwrap_err().to_string();
        assert!(error.contains("found a compressed file"), "{error}");
        let error = read_text_from(&b"a\nb\xe9\n"[..], 99)
            .unwrap_err()
            .to_string();
        assert_eq!(error, "found the byte 0xe9 in line 2, expected text");
    }

    #[test]
    fn lines_up_to_the_limit_pass_and_longer_ones_end() {
        for capacity in [1, 3, 64] {
            let text = b"0123456789\nabcdefghij\n\nend";
            let lines = LimitedLines::new(BufReader::with_capacity(capacity, &text[..]), 11);
            let found: Vec<String> = lines.lines().map(Result::unwrap).collect();
            assert_eq!(found, ["0123456789", "abcdefghij", "", "end"]);
            let endless = BufReader::with_capacity(capacity, repeat(b'x'));
            let mut lines = LimitedLines::new(endless, 1000);
            let mut line = Vec::new();
            let error = lines.read_until(b'\n', &mut line).unwrap_err();
            assert_eq!(refusal(&error), InputError::LongLine { limit: 1000 });
            assert!(line.len() <= 1000 + capacity);
        }
    }
}
