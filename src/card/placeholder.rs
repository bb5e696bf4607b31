//! What stands for something else in the name of an output.
//!
//! Knows names; knows no file.

use std::path::Path;

use crate::suggest::nearest;

/// What stands for the number of the process in the name of an output.
pub(crate) const EACH_PROCESS: &str = "{process}";

/// Braces in the name of an output that are no placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StrayBraces {
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub expected: String,
}

/// The first braces in the name of an event file that stand for nothing, or stand in the name of
/// its folder.
pub(crate) fn stray_braces(output: &Path) -> Option<StrayBraces> {
    let folder = output.parent().unwrap_or(Path::new(""));
    if folder.to_string_lossy().contains(EACH_PROCESS) {
        return Some(StrayBraces {
            found: format!("'{EACH_PROCESS}' of the folder"),
            expected:
                "it behind the last '/' alone: the files of all processes stand in one folder"
                    .to_owned(),
        });
    }
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    // Not the empty text, which could join what stands on both sides.
    let rest = name.replace(EACH_PROCESS, "/");
    let begin = rest.find(['{', '}'])?;
    let end = rest[begin..]
        .find('}')
        .map_or(rest.len(), |k| begin + k + 1);
    let found = &rest[begin..end];
    let meaning = "which stands for the number of the process, or a name without braces";
    let expected = match nearest(found, [EACH_PROCESS]) {
        Some(_) => format!("'{EACH_PROCESS}', {meaning}; did you mean '{EACH_PROCESS}'?"),
        None => format!("'{EACH_PROCESS}', {meaning}"),
    };
    Some(StrayBraces {
        found: format!("'{found}'"),
        expected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str) -> Option<String> {
        stray_braces(Path::new(name)).map(|braces| braces.found)
    }

    #[test]
    fn the_number_of_the_process_is_the_only_placeholder() {
        for name in [
            "a.lhe",
            "{process}.lhe",
            "out/tt_{process}_{process}.lhe.gz",
            "{x}/a.lhe",
        ] {
            assert_eq!(found(name), None, "{name}");
        }
        for (name, braces) in [
            ("tt_{proces}.lhe", "'{proces}'"),
            ("{process}_{Process}.lhe", "'{Process}'"),
            ("{}.lhe", "'{}'"),
            ("a{process.lhe", "'{process.lhe'"),
            ("a}.lhe", "'}'"),
            ("{process}/a.lhe", "'{process}' of the folder"),
        ] {
            assert_eq!(found(name).as_deref(), Some(braces), "{name}");
        }
        let near = stray_braces(Path::new("{proces}.lhe")).unwrap().expected;
        assert!(near.contains("did you mean '{process}'?"), "{near}");
        let far = stray_braces(Path::new("{seed}.lhe")).unwrap().expected;
        assert!(!far.contains("did you mean"), "{far}");
    }
}
