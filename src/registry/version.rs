//! Version, commit and features of this build, as one line.
//!
//! The same line stands in `omnis --version` and in the header of every event file.

/// Version of the package.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// `git describe` of the sources, `-dirty` with changes, `unknown` without git.
pub const COMMIT: &str = env!("OMNIS_COMMIT");

/// Features of this build, joined by commas, or `none`.
pub const FEATURES: &str = env!("OMNIS_FEATURES");

/// Version, commit and features: `0.1.0 (commit 1a2b3c4, features cli)`.
pub const VERSION_LINE: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (commit ",
    env!("OMNIS_COMMIT"),
    ", features ",
    env!("OMNIS_FEATURES"),
    ")"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_version_commit_and_features() {
        let line = VERSION_LINE;
        assert!(line.starts_with(VERSION), "{line}");
        assert!(!COMMIT.is_empty() && line.contains(COMMIT), "{line}");
        assert_eq!(cfg!(feature = "cli"), FEATURES.contains("cli"), "{line}");
    }
}
