//! Provenance of a run, and the files it lives in: which program made it,
//! checksums, archives of named sections, and output that survives a kill.
//!
//! Knows version, commit and features, files and bytes; knows none of the
//! numbers of a run.

mod archive;
mod checksum;
mod error;
mod folder_lock;
mod input;
mod log_file;
mod output;
mod partial;
mod safe_file;
mod seal;
mod unpack;
mod version;

pub use archive::Archive;
pub(crate) use archive::unpacked_head;
pub use archive::write_tarball;
pub(crate) use archive::{tarball_entry, tarball_size};
pub use checksum::sha256;
pub(crate) use checksum::{sha256_of_file, sha256_of_parts, short_checksum};
pub use error::StorageError;
pub(crate) use folder_lock::FolderLock;
pub use input::read_text_from;
pub(crate) use input::{
    InputError, LimitedLines, MAX_TEXT, is_gzip, open_input, read_bytes, read_text,
};
pub use log_file::open_log;
pub(crate) use output::refuse_overwriting;
pub(crate) use partial::PartialFile;
pub use safe_file::SafeFile;
pub(crate) use safe_file::{check_writable, folder_of, target_of, write_whole};
pub use seal::{sealed, unsealed};
pub(crate) use unpack::unpack_folder;
pub use version::set_commit;
pub(crate) use version::{SOURCES, VERSION, version_line};
// What the program alone asks for.
#[cfg(feature = "cli")]
pub(crate) use {input::meant_instead, output::is_one_output, safe_file::check_creatable};
