//! What kind of file an argument names, from its first bytes.

use std::io::Read;
use std::path::Path;

use crate::storage::{is_gzip, open_input};

/// Whether the file is to be read as a gridpack rather than a card: by its name,
/// or because it is compressed, which no card is.
pub(super) fn is_pack(path: &Path) -> bool {
    let named = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("omnis"));
    let mut head = [0; 2];
    let read = open_input(path).and_then(|mut f| f.read_exact(&mut head));
    named || (read.is_ok() && is_gzip(&head))
}
