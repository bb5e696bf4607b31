//! A file of named sections with a manifest: checksums, kind, versions.
//!
//! The file is a gzip-compressed tar archive, so that any computer can look
//! into it. Its first entry, `manifest.json`, lists the other entries with
//! their sizes and SHA-256. The checksum of gzip guards every byte. An entry is
//! read if it is the one that the manifest announces, and no further than its
//! size says: a small file cannot take much memory.
//! Knows sections and bytes; knows not what they mean.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Component, Path};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use serde::{Deserialize, Serialize};

use super::StorageError;
use super::checksum::{sha256, short_checksum};
use super::input::{describe, is_gzip, open_input};
use super::safe_file::SafeFile;
use super::version::version_line;

const MANIFEST: &str = "manifest.json";
/// Most bytes of the manifest.
const MAX_MANIFEST: u64 = 64 << 20;
/// Sections of so many bytes in all are read whatever the size of the file.
const ANY_FILE: u64 = 256 << 20;
/// Beyond that, sections are no larger than the file by this factor: grids and
/// weights are compressed by less.
const MOST_COMPRESSED: u64 = 50;
/// Most bytes that end an archive: tar fills up its last record.
const MAX_PADDING: u64 = 64 << 10;

/// Named sections in their order, with what the manifest says about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    /// What the archive is, e.g. `omnis-pack`.
    pub kind: String,
    /// Version of the layout of that kind.
    pub version: u32,
    /// Version line of the program that wrote it.
    pub made_by: String,
    /// Anything to be read without the sections.
    pub about: serde_json::Value,
    /// Name and content.
    pub sections: Vec<(String, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    format: String,
    version: u32,
    made_by: String,
    about: serde_json::Value,
    sections: Vec<Section>,
}

#[derive(Serialize, Deserialize)]
struct Section {
    name: String,
    bytes: u64,
    sha256: String,
}

/// Most bytes of a file in a tarball that is looked for.
const MAX_ENTRY: u64 = 1 << 30;

/// The beginning of what a compressed file holds, from its first bytes; empty
/// if they are damaged.
pub(crate) fn unpacked_head(head: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 512];
    let mut n = 0;
    let mut decoder = GzDecoder::new(head);
    while let Ok(more) = decoder.read(&mut out[n..]) {
        n += more;
        if more == 0 {
            break;
        }
    }
    out.truncate(n);
    out
}

impl Archive {
    /// An empty archive, made by this program.
    pub fn new(kind: &str, version: u32, about: serde_json::Value) -> Self {
        Self {
            kind: kind.to_owned(),
            version,
            made_by: version_line().to_owned(),
            about,
            sections: Vec::new(),
        }
    }

    /// Content of a section.
    pub fn section(&self, name: &str) -> Option<&[u8]> {
        let found = self.sections.iter().find(|(n, _)| n == name);
        found.map(|(_, bytes)| bytes.as_slice())
    }

    /// Writes the archive; it appears under its name when it is complete. The
    /// same content gives the same bytes.
    ///
    /// # Errors
    /// [`StorageError::Create`], [`StorageError::NotAFile`],
    /// [`StorageError::Write`].
    pub fn write(&self, path: &Path) -> Result<(), StorageError> {
        let failed = |source| StorageError::Write {
            path: path.display().to_string(),
            source,
        };
        let mut file = SafeFile::create(path)?;
        let bytes = self.bytes().map_err(failed)?;
        file.write_all(&bytes).map_err(failed)?;
        file.finish()
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// Of the compressor, which has no reason for any.
    pub fn bytes(&self) -> std::io::Result<Vec<u8>> {
        let manifest = Manifest {
            format: self.kind.clone(),
            version: self.version,
            made_by: self.made_by.clone(),
            about: self.about.clone(),
            sections: self
                .sections
                .iter()
                .map(|(name, bytes)| Section {
                    name: name.clone(),
                    bytes: bytes.len() as u64,
                    sha256: sha256(bytes),
                })
                .collect(),
        };
        let encoder = flate2::GzBuilder::new()
            .mtime(0)
            .write(Vec::new(), Compression::new(6));
        let mut tar = tar::Builder::new(encoder);
        let mut text = serde_json::to_vec_pretty(&manifest)?;
        text.push(b'\n');
        append(&mut tar, MANIFEST, &text)?;
        for (name, bytes) in &self.sections {
            append(&mut tar, name, bytes)?;
        }
        tar.into_inner()?.finish()
    }

    /// Reads and checks an archive.
    ///
    /// # Errors
    /// [`StorageError::Read`], or [`StorageError::Unusable`] for a file of
    /// another kind or version, a truncated one, one with wrong bytes, with other
    /// sections than its manifest says, or more than its size allows.
    pub fn read(path: &Path, kind: &str, version: u32) -> Result<Self, StorageError> {
        let failed = |source| StorageError::Read {
            path: path.display().to_string(),
            source,
        };
        let file = open_input(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut file = BufReader::new(file);
        file.fill_buf().map_err(failed)?;
        let wanted = format!("an archive of kind '{kind}', version {version}");
        unpack(file, length, kind, version).map_err(|refusal| {
            let (found, expected) = match refusal {
                Refusal::Foreign(found) => (found, wanted),
                Refusal::Damaged(found) => (found, format!("all of {wanted}")),
                Refusal::Other(found, expected) => (found, expected),
            };
            StorageError::Unusable {
                path: path.display().to_string(),
                found,
                expected,
            }
        })
    }
}

/// Why a file is not read as an archive.
enum Refusal {
    /// It is something else; what was found.
    Foreign(String),
    /// It is not whole; what was found.
    Damaged(String),
    /// What was found, and what was expected.
    Other(String, String),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Damaged(match error.kind() {
            io::ErrorKind::UnexpectedEof => "a file that ends early".to_owned(),
            _ => format!("damaged data ({error})"),
        })
    }
}

/// The archive in a file of `length` bytes, whose first ones are in the buffer.
fn unpack(
    file: BufReader<File>,
    length: u64,
    kind: &str,
    version: u32,
) -> Result<Archive, Refusal> {
    if !is_gzip(file.buffer()) {
        return Err(Refusal::Foreign(describe(file.buffer()).to_owned()));
    }
    let mut decoder = GzDecoder::new(file);
    let mut sections: Vec<(String, Vec<u8>)> = Vec::new();
    let mut manifest: Option<Manifest> = None;
    let mut tar = tar::Archive::new(&mut decoder);
    // Raw: names that go on in further entries are read without a bound.
    for entry in tar.entries()?.raw(true) {
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(_) if manifest.is_none() => {
                // Compressed, but no tar archive; or damaged at once.
                let found = "a compressed file of another kind, or damaged data".to_owned();
                return Err(Refusal::Foreign(found));
            }
            Err(e) => return Err(e.into()),
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        match &manifest {
            None => manifest = Some(read_manifest(&mut entry, &name, length, kind, version)?),
            Some(manifest) => {
                let listed = manifest.sections.get(sections.len());
                let bytes = read_section(&mut entry, &name, listed)?;
                sections.push((name, bytes));
            }
        }
    }
    // To the end, where the checksum of all bytes is.
    let mut padding = (&mut decoder).take(MAX_PADDING + 1);
    if io::copy(&mut padding, &mut io::sink())? > MAX_PADDING {
        return Err(behind());
    }
    let Some(manifest) = manifest else {
        return Err(Refusal::Foreign("an empty archive".to_owned()));
    };
    if !decoder.into_inner().buffer().is_empty() {
        return Err(behind());
    }
    check_sections(&manifest.sections, &sections)?;
    Ok(Archive {
        kind: manifest.format,
        version: manifest.version,
        made_by: manifest.made_by,
        about: manifest.about,
        sections,
    })
}

fn behind() -> Refusal {
    Refusal::Other(
        "more data".to_owned(),
        "nothing behind the archive".to_owned(),
    )
}

/// The first entry.
fn read_manifest(
    entry: &mut tar::Entry<'_, impl Read>,
    name: &str,
    length: u64,
    kind: &str,
    version: u32,
) -> Result<Manifest, Refusal> {
    if name != MANIFEST || !entry.header().entry_type().is_file() {
        let found = format!("an archive that begins with '{name}'");
        return Err(Refusal::Foreign(found));
    }
    let size = entry.size();
    if size > MAX_MANIFEST {
        let found = format!("a manifest of {size} bytes");
        return Err(Refusal::Other(found, format!("at most {MAX_MANIFEST}")));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|e| Refusal::Foreign(format!("a manifest that says: {e}")))?;
    if manifest.format != kind || manifest.version != version {
        return Err(Refusal::Foreign(format!(
            "kind '{}', version {}, written by omnis {}",
            manifest.format, manifest.version, manifest.made_by
        )));
    }
    let most = ANY_FILE.max(length.saturating_mul(MOST_COMPRESSED));
    let mut total: u64 = 0;
    for section in &manifest.sections {
        check_name(&section.name)?;
        total = total.saturating_add(section.bytes);
        if total > most {
            let found = format!(
                "section '{}', with which its sections have {total} bytes, in a file of {length}",
                section.name
            );
            return Err(Refusal::Other(found, format!("at most {most}")));
        }
    }
    Ok(manifest)
}

/// An entry that is the one of the manifest.
fn read_section(
    entry: &mut tar::Entry<'_, impl Read>,
    name: &str,
    listed: Option<&Section>,
) -> Result<Vec<u8>, Refusal> {
    let Some(listed) = listed else {
        let expected = "the sections of its manifest and no more".to_owned();
        return Err(Refusal::Other(format!("a section '{name}'"), expected));
    };
    let size = entry.size();
    if name != listed.name || size != listed.bytes || !entry.header().entry_type().is_file() {
        let found = format!("an entry '{name}' of {size} bytes");
        let expected = format!("the file '{}' of {} bytes", listed.name, listed.bytes);
        return Err(Refusal::Other(found, format!("{expected} of its manifest")));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Compares the sections with the manifest, once all bytes are known to be as
/// they were written.
fn check_sections(listed: &[Section], sections: &[(String, Vec<u8>)]) -> Result<(), Refusal> {
    if let Some(missing) = listed.get(sections.len()) {
        let found = format!("no section '{}'", missing.name);
        let expected = "the sections of its manifest".to_owned();
        return Err(Refusal::Other(found, expected));
    }
    for (listed, (name, bytes)) in listed.iter().zip(sections) {
        let found = sha256(bytes);
        if found != listed.sha256 {
            return Err(Refusal::Other(
                format!("section '{name}' with SHA-256 {}", short_checksum(&found)),
                short_checksum(&listed.sha256).to_owned(),
            ));
        }
    }
    Ok(())
}

/// Names of sections are relative and lead nowhere else, so that an archive may
/// be unpacked by any program.
fn check_name(name: &str) -> Result<(), Refusal> {
    let inside = |c: Component<'_>| matches!(c, Component::Normal(_));
    let mut parts = Path::new(name).components();
    if name.is_empty() || name.contains(['\\', '\0']) || !parts.all(inside) {
        let expected = "a name within the archive, without '..'".to_owned();
        return Err(Refusal::Other(format!("section {name:?}"), expected));
    }
    Ok(())
}

/// Writes a plain tarball of files with their permissions; it appears under
/// its name when it is complete.
///
/// # Errors
/// [`StorageError::Create`], [`StorageError::NotAFile`],
/// [`StorageError::Write`].
pub fn write_tarball(path: &Path, files: &[(String, u32, Vec<u8>)]) -> Result<(), StorageError> {
    let failed = |source| StorageError::Write {
        path: path.display().to_string(),
        source,
    };
    let mut file = SafeFile::create(path)?;
    pack_tarball(&mut file, files).map_err(failed)?;
    file.finish()
}

/// The size of such a tarball in bytes.
///
/// # Errors
/// Of the compressor, which has no reason for any.
pub(crate) fn tarball_size(files: &[(String, u32, Vec<u8>)]) -> io::Result<u64> {
    let mut count = Count(0);
    pack_tarball(&mut count, files)?;
    Ok(count.0)
}

fn pack_tarball(out: impl Write, files: &[(String, u32, Vec<u8>)]) -> io::Result<()> {
    let encoder = flate2::GzBuilder::new()
        .mtime(0)
        .write(out, Compression::new(6));
    let mut tar = tar::Builder::new(encoder);
    for (name, mode, bytes) in files {
        append_mode(&mut tar, name, *mode, bytes)?;
    }
    let finished = tar.into_inner().and_then(flate2::write::GzEncoder::finish);
    finished.map(drop)
}

/// Counts bytes, and keeps none.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bytes of a file in a tarball; `None` if it is not there, or the tarball cannot be read.
pub(crate) fn tarball_entry(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut tar = tar::Archive::new(GzDecoder::new(BufReader::new(open_input(path).ok()?)));
    for entry in tar.entries().ok()? {
        let entry = entry.ok()?;
        if entry.path().is_ok_and(|p| p == Path::new(name)) {
            let mut bytes = Vec::new();
            entry.take(MAX_ENTRY).read_to_end(&mut bytes).ok()?;
            return Some(bytes);
        }
    }
    None
}

fn append<W: Write>(tar: &mut tar::Builder<W>, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    append_mode(tar, name, 0o644, bytes)
}

fn append_mode<W: Write>(
    tar: &mut tar::Builder<W>,
    name: &str,
    mode: u32,
    bytes: &[u8],
) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(mode);
    header.set_mtime(0);
    tar.append_data(&mut header, name, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Archive {
        let mut archive = Archive::new("test", 3, serde_json::json!({ "x": 1.5 }));
        archive
            .sections
            .push(("a.txt".to_owned(), b"text".to_vec()));
        let long: Vec<u8> = (0..40_000u32).map(|k| (k * k % 251) as u8).collect();
        archive.sections.push(("b.bin".to_owned(), long));
        archive
    }

    fn read(bytes: &[u8], version: u32) -> Result<Archive, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Archive::read(file.path(), "test", version).map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_written_is_read_and_the_bytes_are_the_same_each_time() {
        let bytes = archive().bytes().unwrap();
        assert_eq!(bytes, archive().bytes().unwrap());
        assert_eq!(read(&bytes, 3).unwrap(), archive());
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed() {
        let bytes = archive().bytes().unwrap();
        // The first ten bytes are the head of gzip, which says nothing.
        for k in (10..bytes.len())
            .step_by(97)
            .chain(bytes.len() - 8..bytes.len())
        {
            let mut bad = bytes.clone();
            bad[k] ^= 1 << (k % 8);
            let error = read(&bad, 3).unwrap_err();
            assert!(error.contains("cannot be used: found"), "{k}: {error}");
        }
    }

    #[test]
    fn a_truncated_archive_is_noticed_at_any_length() {
        let bytes = archive().bytes().unwrap();
        for n in [
            0,
            5,
            11,
            100,
            bytes.len() / 2,
            bytes.len() - 9,
            bytes.len() - 1,
        ] {
            assert!(read(&bytes[..n], 3).is_err(), "{n}");
        }
        let error = read(&bytes[..bytes.len() - 1], 3).unwrap_err();
        assert!(error.contains("ends early"), "{error}");
        let mut more = bytes;
        more.push(0);
        assert!(read(&more, 3).unwrap_err().contains("more data"));
    }

    #[test]
    fn other_kinds_and_versions_are_named() {
        let bytes = archive().bytes().unwrap();
        let error = read(&bytes, 4).unwrap_err();
        assert!(error.contains("found kind 'test', version 3"), "{error}");
        assert!(error.contains("expected an archive of kind 'test', version 4"));
        let error = read(b"process.generate = 'p p > e+ e-'", 3).unwrap_err();
        assert!(error.contains("found a text file"), "{error}");
        let error = read(b"<LesHouchesEvents version=\"3.0\">", 3).unwrap_err();
        assert!(error.contains("found an event file"), "{error}");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&[b'x'; 5000]).unwrap();
        let error = read(&encoder.finish().unwrap(), 3).unwrap_err();
        assert!(error.contains("another kind"), "{error}");
    }

    /// A compressed archive of these entries, whatever its manifest says of them.
    fn forged(listed: serde_json::Value, entries: &[(&str, tar::EntryType, u64)]) -> Vec<u8> {
        let manifest = serde_json::json!({
            "format": "test", "version": 3, "made_by": "", "about": null, "sections": listed,
        });
        let encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
        let mut tar = tar::Builder::new(encoder);
        append(&mut tar, MANIFEST, manifest.to_string().as_bytes()).unwrap();
        for (name, kind, size) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(*size);
            header.set_cksum();
            tar.append(&header, io::repeat(0).take(*size)).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    fn listed(name: &str, bytes: u64) -> serde_json::Value {
        serde_json::json!([{ "name": name, "bytes": bytes, "sha256": "00" }])
    }

    #[test]
    fn sizes_are_compared_with_the_manifest_before_memory_is_taken() {
        use tar::EntryType::{GNULongName, Regular, Symlink};
        let gib = 1 << 30;
        for (bytes, phrase) in [
            // As large as it says, and larger than such a file may be.
            (
                forged(listed("a", 3 * gib), &[]),
                "have 3221225472 bytes, in a file of",
            ),
            // Larger than it says.
            (
                forged(listed("a", 10), &[("a", Regular, 20 << 20)]),
                "an entry 'a' of 20971520 bytes, expected the file 'a' of 10 bytes",
            ),
            (
                forged(listed("a", 0), &[("a", Symlink, 0)]),
                "an entry 'a' of 0 bytes",
            ),
            (
                forged(listed("a", 5), &[("././@LongLink", GNULongName, 20 << 20)]),
                "an entry '././@LongLink' of 20971520 bytes",
            ),
            (
                forged(serde_json::json!([]), &[("b", Regular, 5)]),
                "found a section 'b', expected the sections of its manifest",
            ),
            (forged(listed("a", 5), &[]), "found no section 'a'"),
        ] {
            assert!(bytes.len() < 1 << 18, "{phrase}: {}", bytes.len());
            let error = read(&bytes, 3).unwrap_err();
            assert!(error.contains(phrase), "{error}");
        }
        // An endless end.
        let mut padded = Vec::new();
        flate2::read::GzDecoder::new(&forged(serde_json::json!([]), &[])[..])
            .read_to_end(&mut padded)
            .unwrap();
        padded.resize(20 << 20, 0);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&padded).unwrap();
        let error = read(&encoder.finish().unwrap(), 3).unwrap_err();
        assert!(error.contains("found more data"), "{error}");
    }

    #[test]
    fn names_that_lead_out_of_the_archive_are_refused() {
        for name in ["../x", "/x", "a/../../x", "", ".", "..", "a\\..\\x", "./a"] {
            let error = read(&forged(listed(name, 0), &[]), 3).unwrap_err();
            assert!(error.contains("expected a name within"), "{name}: {error}");
        }
        assert!(check_name("flows/channel_0001.safetensors").is_ok());
    }
}
