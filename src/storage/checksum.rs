//! SHA-256 of bytes and files, as hexadecimal text.
//!
//! Knows bytes. Source: FIPS 180-4.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::StorageError;
use super::input::open_input;

/// Checksum of bytes: 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Checksum of several pieces; their lengths count, so that moving a boundary
/// changes it.
pub(crate) fn sha256_of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

/// Checksum of the content of a file.
///
/// # Errors
/// [`StorageError::Read`].
pub(crate) fn sha256_of_file(path: &Path) -> Result<String, StorageError> {
    let failed = |source| StorageError::Read {
        path: path.display().to_string(),
        source,
    };
    let mut file = open_input(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(hex(&hasher.finalize())),
            n => hasher.update(&buffer[..n]),
        }
    }
}

/// The first digits of a checksum, enough to tell two apart.
pub(crate) fn short_checksum(checksum: &str) -> &str {
    checksum.get(..12).unwrap_or(checksum)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standard() {
        // FIPS 180-4, example of one block.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), abc);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"abc").unwrap();
        assert_eq!(sha256_of_file(file.path()).unwrap(), abc);
        assert!(sha256_of_file(Path::new("no/such/file")).is_err());
    }

    #[test]
    fn boundaries_between_parts_count() {
        let a = sha256_of_parts([&b"ab"[..], b"c"]);
        assert_ne!(a, sha256_of_parts([&b"a"[..], b"bc"]));
        assert_eq!(a, sha256_of_parts([&b"ab"[..], b"c"]));
    }
}
