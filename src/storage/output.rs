//! Outputs that must not be inputs.
//!
//! Knows files, whatever their names; knows no content.

use std::fs::{self, Metadata};
use std::path::Path;

use super::StorageError;
#[cfg(any(feature = "cli", test))]
use super::safe_file::{folder_of, target_of};

/// Refuses an output that is one of the inputs, under this name or another:
/// through links and whatever the spelling. An input comes with what it is, e.g.
/// `the card`.
///
/// # Errors
/// [`StorageError::OutputIsInput`].
pub(crate) fn refuse_overwriting<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = (&'a Path, &'a str)>,
) -> Result<(), StorageError> {
    let Ok(there) = fs::metadata(output) else {
        // What does not exist is nobody's input.
        return Ok(());
    };
    for (path, what) in inputs {
        let Ok(here) = fs::metadata(path) else {
            continue;
        };
        if is_same((path, &here), (output, &there)) {
            return Err(StorageError::OutputIsInput {
                path: output.display().to_string(),
                input: format!("{what} '{}'", path.display()),
            });
        }
    }
    Ok(())
}

/// Whether two outputs would be one file, whether it is there or not.
#[cfg(any(feature = "cli", test))]
pub(crate) fn is_one_output(a: &Path, b: &Path) -> bool {
    if let (Ok(here), Ok(there)) = (fs::metadata(a), fs::metadata(b)) {
        return is_same((a, &here), (b, &there));
    }
    let place = |path: &Path| {
        let target = target_of(path).unwrap_or_else(|_| path.to_owned());
        let folder = folder_of(&target).to_owned();
        let folder = folder.canonicalize().unwrap_or(folder);
        folder.join(target.file_name().unwrap_or_default())
    };
    place(a) == place(b)
}

#[cfg(unix)]
fn is_same((_, a): (&Path, &Metadata), (_, b): (&Path, &Metadata)) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same((a, _): (&Path, &Metadata), (b, _): (&Path, &Metadata)) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_output_has_many_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("d")).unwrap();
        let same = |a: &str, b: &str| is_one_output(&at(a), &at(b));
        assert!(same("a", "a") && same("a", "./a") && same("d/../a", "a"));
        assert!(!same("a", "b") && !same("a", "d/a"));
        fs::write(at("a"), b"").unwrap();
        assert!(same("a", "d/../a") && !same("a", "d/a"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../x", at("d/soft")).unwrap();
            assert!(same("x", "d/soft"));
        }
    }

    #[test]
    fn one_file_has_many_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), b"").unwrap();
        fs::write(at("b"), b"").unwrap();
        fs::create_dir(at("d")).unwrap();
        let refused = |output: &str| {
            refuse_overwriting(&at(output), [(at("a").as_path(), "the card")]).is_err()
        };
        assert!(!refused("b") && !refused("none") && !refused("d/a"));
        for same in ["a", "./a", "d/../a"] {
            assert!(refused(same), "{same}");
        }
        fs::hard_link(at("a"), at("hard")).unwrap();
        assert!(refused("hard") || cfg!(not(unix)));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a", at("soft")).unwrap();
            assert!(refused("soft"));
        }
        let error = refuse_overwriting(&at("a"), [(at("a").as_path(), "the card")]).unwrap_err();
        assert!(error.to_string().contains("it is the card '"), "{error}");
    }
}
