//! Provenance of a run, and the files it lives in: which program made it,
//! checksums, archives of named sections, and output that survives a kill.
//!
//! Knows version, commit and features, files and bytes; knows none of the
//! numbers of a run.

mod archive;
mod checksum;
mod error;
mod partial;
mod safe_file;
mod version;

pub use archive::{Archive, is_gzip, unpacked_head, write_tarball};
pub use checksum::{sha256, sha256_of_file, sha256_of_parts};
pub use error::RegistryError;
pub use partial::PartialFile;
pub use safe_file::{SafeFile, write_whole};
pub use version::{COMMIT, FEATURES, VERSION, VERSION_LINE};
