//! Version, commit, sources and features of this build, as one line.
//!
//! The same line stands in `omnis --version` and in the header of every event file.

use std::sync::OnceLock;

/// Version of the package.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Checksum of the sources of the library, 16 hexadecimal digits.
pub(crate) const SOURCES: &str = env!("OMNIS_SOURCES");

/// Features of this build, joined by commas, or `none`.
pub(crate) const FEATURES: &str = env!("OMNIS_FEATURES");

static COMMIT: OnceLock<String> = OnceLock::new();

/// Tells the commit that the program was made from; the first call counts.
pub fn set_commit(commit: &str) {
    let _first = COMMIT.set(commit.to_owned());
}

/// Version, commit, sources and features:
/// `0.1.0 (commit 1a2b3c4, sources 0f1e2d3c4b5a6978, features cli)`.
///
/// The commit is `unknown` where no program told it.
pub(crate) fn version_line() -> &'static str {
    static LINE: OnceLock<String> = OnceLock::new();
    LINE.get_or_init(|| {
        let commit = COMMIT.get().map_or("unknown", String::as_str);
        format!("{VERSION} (commit {commit}, sources {SOURCES}, features {FEATURES})")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_version_sources_and_features() {
        let line = version_line();
        assert!(line.starts_with(VERSION), "{line}");
        assert!(line.contains("commit unknown"), "{line}");
        assert!(SOURCES.len() == 16 && line.contains(SOURCES), "{line}");
        assert_eq!(cfg!(feature = "cli"), FEATURES.contains("cli"), "{line}");
    }
}
