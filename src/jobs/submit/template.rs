//! Templates of submission files: text of the user with names between `@` that are filled in.
//!
//! Knows the names of each template; knows not what a batch system makes of the rest.

use super::plan::Engine;
use crate::storage::StorageError;
use crate::suggest::did_you_mean;

const SLURM_PARTS: &str = include_str!("parts.sbatch.template");
const SLURM_MERGE: &str = include_str!("merge.sbatch.template");
const CONDOR_PARTS: &str = include_str!("parts.sub.template");
const CONDOR_MERGE: &str = include_str!("merge.sub.template");
const CONDOR_SHARED: &str = include_str!("parts.shared.sub.template");
const CONDOR_SHARED_MERGE: &str = include_str!("merge.shared.sub.template");

/// A template: its file, the text that it begins with, and the names without which it cannot
/// work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template {
    /// Name of the file in the folder of the jobs.
    pub file: &'static str,
    /// What is written where there is none yet.
    pub first: &'static str,
    /// Names that must stand in it.
    pub needs: &'static [&'static str],
}

/// The templates of parts and merge.
pub(super) fn templates(engine: Engine, transfer: bool) -> [Template; 2] {
    let of = |file, first, needs| Template { file, first, needs };
    match (engine, transfer) {
        (Engine::Slurm, _) => [
            of("parts.sbatch.template", SLURM_PARTS, &["array", "offset"]),
            of("merge.sbatch.template", SLURM_MERGE, &[]),
        ],
        (Engine::HtCondor, true) => [
            of("parts.sub.template", CONDOR_PARTS, &[]),
            of("merge.sub.template", CONDOR_MERGE, &[]),
        ],
        (Engine::HtCondor, false) => [
            of("parts.sub.template", CONDOR_SHARED, &[]),
            of("merge.sub.template", CONDOR_SHARED_MERGE, &[]),
        ],
    }
}

impl Template {
    /// Name of the file that is made of it.
    pub fn product(&self) -> &'static str {
        self.file.strip_suffix(".template").unwrap_or(self.file)
    }

    /// The text with every `@name@` replaced by its value, but for comments, lines that begin
    /// with `# `. Values are not looked into.
    ///
    /// # Errors
    /// [`StorageError::Unusable`] for a name that is not known, with its line, and where a
    /// name that is needed is missing.
    pub fn fill(
        &self,
        label: &str,
        text: &str,
        values: &[(&str, String)],
    ) -> Result<String, StorageError> {
        let unusable = |found: String, expected: String| StorageError::Unusable {
            path: label.to_owned(),
            found,
            expected,
        };
        let mut out = String::new();
        let mut used: Vec<&str> = Vec::new();
        for (k, line) in text.lines().enumerate() {
            let (begin, mut rest) = (out.len(), line);
            let is_comment = line.starts_with("# ");
            while let Some((before, name, after)) = next_name(rest).filter(|_| !is_comment) {
                out.push_str(before);
                let Some((known, value)) = values.iter().find(|v| v.0 == name) else {
                    let names: Vec<String> = values.iter().map(|v| format!("@{}@", v.0)).collect();
                    let hint = did_you_mean(name, values.iter().map(|v| v.0));
                    return Err(unusable(
                        format!("'@{name}@' in line {}", k + 1),
                        format!("one of {}{hint}", names.join(", ")),
                    ));
                };
                out.push_str(value);
                used.push(known);
                rest = after;
            }
            out.push_str(rest);
            if out.len() > begin || line.is_empty() {
                out.push('\n');
            }
        }
        let directives = values.iter().find(|v| v.0 == "directives");
        let asked = directives.filter(|v| !v.1.is_empty()).map(|v| v.0);
        for name in self.needs.iter().copied().chain(asked) {
            if !used.contains(&name) {
                return Err(unusable(
                    format!("no '@{name}@'"),
                    "it to stand somewhere; where the file is missing, omnis submit writes one that works"
                        .to_owned(),
                ));
            }
        }
        Ok(out)
    }
}

/// Splits at the first `@name@`, a name of lower-case letters.
fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    for (start, _) in text.match_indices('@') {
        let rest = &text[start + 1..];
        let n = rest.bytes().take_while(u8::is_ascii_lowercase).count();
        if n > 0 && rest[n..].starts_with('@') {
            return Some((&text[..start], &rest[..n], &rest[n + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Vec<(&'static str, String)> {
        vec![
            ("array", "0-3%2".to_owned()),
            ("offset", "10".to_owned()),
            ("directives", String::new()),
        ]
    }

    #[test]
    fn names_are_filled_in_once_and_other_signs_stay() {
        let [parts, _] = templates(Engine::Slurm, false);
        let text = "# @array@\n@directives@\nme@site.org @@ @array@ a@offset@b @ @Array@\n";
        let mut with = values();
        with[0].1 = "@offset@".to_owned();
        let filled = parts.fill("t", text, &with).unwrap();
        assert_eq!(
            filled,
            "# @array@\nme@site.org @@ @offset@ a10b @ @Array@\n"
        );
    }

    #[test]
    fn unknown_and_missing_names_are_told_with_line_and_choice() {
        let [parts, _] = templates(Engine::Slurm, false);
        let said = |text: &str, values: &[(&str, String)]| {
            parts.fill("t", text, values).unwrap_err().to_string()
        };
        let text = said("@array@\n@ofset@\n", &values());
        assert!(text.contains("'@ofset@' in line 2"), "{text}");
        assert!(text.contains("did you mean 'offset'?"), "{text}");
        let text = said("@array@\n", &values());
        assert!(text.contains("found no '@offset@'"), "{text}");
        let mut with = values();
        with[2].1 = "#SBATCH --qos=low".to_owned();
        let text = said("@array@ @offset@\n", &with);
        assert!(text.contains("found no '@directives@'"), "{text}");
    }
}
