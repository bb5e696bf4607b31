//! The PDF sets that runs find, as text and as JSON.
//!
//! Knows how they are shown; reads none of their grids.

use serde_json::{Value, json};

use crate::beam::{BeamError, PdfSetFacts, SearchPath};

/// PDF sets by name.
pub struct PdfListing {
    /// Whether all are listed.
    whole: bool,
    sets: Vec<(String, Result<PdfSetFacts, BeamError>)>,
}

impl PdfListing {
    /// The sets that are found and whose name has `part` in it, in any case.
    pub fn new(part: &str) -> Self {
        let part = part.to_lowercase();
        let mut sets = SearchPath::of_environment().sets();
        sets.retain(|(name, _)| name.to_lowercase().contains(&part));
        Self {
            whole: part.is_empty(),
            sets,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// A table for people; of a single set that was asked for all that it says.
    pub fn text(&self) -> String {
        if let (false, [(_, Ok(set))]) = (self.whole, &self.sets[..]) {
            return details(set);
        }
        let names = self.sets.iter().map(|(name, _)| name.len());
        let width = names.max().unwrap_or(0).max(4);
        let head = format!("{:<width$}  LHAPDF id  members  alpha_s(MZ)  place", "name");
        let mut lines = vec![head];
        lines.extend(self.sets.iter().map(|(name, set)| match set {
            Ok(set) => format!(
                "{name:<width$}  {:>9}  {:>7}  {:>11}  {}",
                or_dash(set.lhapdf_id.as_ref()),
                set.n_members,
                or_dash(set.alpha_s_mz.as_ref()),
                place(set)
            ),
            Err(e) => format!("{name:<width$}  cannot be read: {e}"),
        }));
        lines.join("\n")
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let sets = self.sets.iter().map(|(name, set)| match set {
            Ok(set) => json!({
                "name": name,
                "built_in": set.directory.is_none(),
                "directory": set.directory,
                "lhapdf_id": set.lhapdf_id,
                "members": set.n_members,
                "error_type": set.error_type,
                "alpha_s_mz": set.alpha_s_mz,
                "description": set.description,
                "reference": set.reference,
            }),
            Err(e) => json!({ "name": name, "built_in": false, "error": e.to_string() }),
        });
        json!({ "sets": sets.collect::<Vec<Value>>() })
    }
}

fn or_dash(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}

fn place(set: &PdfSetFacts) -> String {
    match &set.directory {
        Some(directory) => directory.display().to_string(),
        None => "built in".to_owned(),
    }
}

fn details(set: &PdfSetFacts) -> String {
    let ids = set.lhapdf_id.map(|first| match set.n_members {
        0 | 1 => first.to_string(),
        n => format!("{first} to {}", first.saturating_add(n - 1)),
    });
    let lines = [
        ("name", Some(set.name.clone())),
        ("place", Some(place(set))),
        ("LHAPDF id", ids),
        ("members", Some(set.n_members.to_string())),
        ("errors", set.error_type.clone()),
        ("alpha_s(MZ)", set.alpha_s_mz.map(|a| a.to_string())),
        ("description", set.description.clone()),
        ("reference", set.reference.clone()),
    ];
    let shown = lines.iter().filter_map(|(name, value)| {
        let value = value.as_ref()?;
        Some(format!("{name:<22}{value}"))
    });
    shown.collect::<Vec<String>>().join("\n")
}
