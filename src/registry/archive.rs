//! A file of named sections with a manifest: checksums, kind, versions.
//!
//! The file is a gzip-compressed tar archive, so that any computer can look
//! into it. Its first entry, `manifest.json`, lists the other entries with
//! their sizes and SHA-256. The checksum of gzip guards every byte.
//! Knows sections and bytes; knows not what they mean.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::bufread::GzDecoder;
use serde::{Deserialize, Serialize};

use super::RegistryError;
use super::checksum::sha256;
use super::safe_file::SafeFile;
use super::version::VERSION_LINE;

const MANIFEST: &str = "manifest.json";
/// Sections are read into memory; larger ones are a sign of damage.
const MAX_SECTION: u64 = 1 << 33;

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

/// Whether the first bytes of a file are those of gzip.
pub fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

/// The beginning of what a compressed file holds, from its first bytes; empty
/// if they are damaged.
pub fn unpacked_head(head: &[u8]) -> Vec<u8> {
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
            made_by: VERSION_LINE.to_owned(),
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
    /// [`RegistryError::Create`], [`RegistryError::NotAFile`],
    /// [`RegistryError::Write`].
    pub fn write(&self, path: &Path) -> Result<(), RegistryError> {
        let failed = |source| RegistryError::Write {
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
    /// [`RegistryError::Read`], or [`RegistryError::Unusable`] for a file of
    /// another kind or version, a truncated one, one with wrong bytes.
    pub fn read(path: &Path, kind: &str, version: u32) -> Result<Self, RegistryError> {
        let label = path.display().to_string();
        let failed = |source| RegistryError::Read {
            path: label.clone(),
            source,
        };
        let unusable = |found: String, expected: String| RegistryError::Unusable {
            path: label.clone(),
            found,
            expected,
        };
        let wanted = format!("an archive of kind '{kind}', version {version}");
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        if !is_gzip(file.fill_buf().map_err(failed)?) {
            return Err(unusable(describe(file.buffer()), wanted));
        }
        let damaged = |e: std::io::Error| {
            let what = match e.kind() {
                std::io::ErrorKind::UnexpectedEof => "a file that ends early".to_owned(),
                _ => format!("damaged data ({e})"),
            };
            unusable(what, format!("all of {wanted}"))
        };
        let mut decoder = GzDecoder::new(file);
        let mut sections: Vec<(String, Vec<u8>)> = Vec::new();
        let mut manifest: Option<Manifest> = None;
        let mut tar = tar::Archive::new(&mut decoder);
        for entry in tar.entries().map_err(damaged)? {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(_) if manifest.is_none() => {
                    // Compressed, but no tar archive; or damaged at once.
                    let found = "a compressed file of another kind, or damaged data".to_owned();
                    return Err(unusable(found, wanted));
                }
                Err(e) => return Err(damaged(e)),
            };
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if entry.size() > MAX_SECTION {
                let found = format!("section '{name}' of {} bytes", entry.size());
                return Err(unusable(found, format!("at most {MAX_SECTION}")));
            }
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(damaged)?;
            if manifest.is_some() {
                sections.push((name, bytes));
                continue;
            }
            let parsed = (name == MANIFEST).then(|| serde_json::from_slice::<Manifest>(&bytes));
            let Some(Ok(found)) = parsed else {
                let found = format!("an archive that begins with '{name}'");
                return Err(unusable(found, wanted));
            };
            if found.format != kind || found.version != version {
                let found = format!(
                    "kind '{}', version {}, written by omnis {}",
                    found.format, found.version, found.made_by
                );
                return Err(unusable(found, wanted));
            }
            manifest = Some(found);
        }
        // To the end, where the checksum of all bytes is.
        std::io::copy(&mut decoder, &mut std::io::sink()).map_err(damaged)?;
        let Some(manifest) = manifest else {
            return Err(unusable("an empty archive".to_owned(), wanted));
        };
        let rest = decoder.into_inner();
        if !rest.buffer().is_empty() {
            let expected = format!("nothing behind {wanted}");
            return Err(unusable("more data".to_owned(), expected));
        }
        check_sections(&manifest.sections, &sections)
            .map_err(|(found, expected)| unusable(found, expected))?;
        Ok(Self {
            kind: manifest.format,
            version: manifest.version,
            made_by: manifest.made_by,
            about: manifest.about,
            sections,
        })
    }
}

fn check_sections(
    listed: &[Section],
    sections: &[(String, Vec<u8>)],
) -> Result<(), (String, String)> {
    let names = |list: Vec<&str>| format!("the sections {}", list.join(", "));
    let have: Vec<&str> = sections.iter().map(|(n, _)| n.as_str()).collect();
    let want: Vec<&str> = listed.iter().map(|s| s.name.as_str()).collect();
    if have != want {
        return Err((names(have), names(want)));
    }
    for (listed, (name, bytes)) in listed.iter().zip(sections) {
        let found = sha256(bytes);
        if listed.bytes != bytes.len() as u64 || listed.sha256 != found {
            return Err((
                format!("section '{name}' with SHA-256 {found}"),
                listed.sha256.clone(),
            ));
        }
    }
    Ok(())
}

/// Writes a plain tarball of files with their permissions; it appears under
/// its name when it is complete.
///
/// # Errors
/// [`RegistryError::Create`], [`RegistryError::NotAFile`],
/// [`RegistryError::Write`].
pub fn write_tarball(path: &Path, files: &[(String, u32, Vec<u8>)]) -> Result<(), RegistryError> {
    let failed = |source| RegistryError::Write {
        path: path.display().to_string(),
        source,
    };
    let mut file = SafeFile::create(path)?;
    let encoder = flate2::GzBuilder::new()
        .mtime(0)
        .write(&mut file, Compression::new(6));
    let mut tar = tar::Builder::new(encoder);
    for (name, mode, bytes) in files {
        append_mode(&mut tar, name, *mode, bytes).map_err(failed)?;
    }
    let finished = tar.into_inner().and_then(flate2::write::GzEncoder::finish);
    finished.map_err(failed)?;
    file.finish()
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

/// What a file that is no archive seems to be.
fn describe(head: &[u8]) -> String {
    let is = |magic: &[u8]| head.starts_with(magic);
    if head.is_empty() {
        "an empty file".to_owned()
    } else if is(b"<LesHouchesEvents") || is(b"<?xml") {
        "an event file".to_owned()
    } else if is(b"\x89HDF") {
        "an HDF5 file".to_owned()
    } else if is(b"\x7fELF") {
        "a program".to_owned()
    } else if head
        .iter()
        .take(256)
        .all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace())
    {
        "a text file".to_owned()
    } else {
        "a file of another kind".to_owned()
    }
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
}
