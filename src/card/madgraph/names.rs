//! Names of particles and labels as MadGraph has them at one line of a process card.
//!
//! Knows a model's particles; knows no process.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Model, ModelSpec};
use crate::suggest::did_you_mean;

/// Most particles that all definitions may hold together.
const MAX_MEMBERS: usize = 100_000;

/// MadGraph's names of particles with their PDG numbers: `import model` without
/// `--modelname` renames the particles of a model so.
const USUAL_NAMES: [(&str, i32); 46] = [
    ("d", 1),
    ("u", 2),
    ("s", 3),
    ("c", 4),
    ("b", 5),
    ("t", 6),
    ("e-", 11),
    ("ve", 12),
    ("mu-", 13),
    ("vm", 14),
    ("ta-", 15),
    ("vt", 16),
    ("g", 21),
    ("a", 22),
    ("z", 23),
    ("w+", 24),
    ("h", 25),
    ("h1", 25),
    ("h2", 35),
    ("h3", 36),
    ("h+", 37),
    ("y", 39),
    ("dl", 1_000_001),
    ("ul", 1_000_002),
    ("sl", 1_000_003),
    ("cl", 1_000_004),
    ("b1", 1_000_005),
    ("t1", 1_000_006),
    ("el-", 1_000_011),
    ("sve", 1_000_012),
    ("mul-", 1_000_013),
    ("svm", 1_000_014),
    ("ta1-", 1_000_015),
    ("svt", 1_000_016),
    ("go", 1_000_021),
    ("n1", 1_000_022),
    ("n2", 1_000_023),
    ("x1+", 1_000_024),
    ("n3", 1_000_025),
    ("n4", 1_000_035),
    ("x2+", 1_000_037),
    ("dr", 2_000_001),
    ("ur", 2_000_002),
    ("b2", 2_000_005),
    ("t2", 2_000_006),
    ("er-", 2_000_011),
];

/// The PDG number of a particle or antiparticle by MadGraph's name.
fn usual_number(name: &str) -> Option<i32> {
    let find = |name: &str| USUAL_NAMES.iter().find(|n| n.0 == name).map(|n| n.1);
    if let Some(pdg) = find(name) {
        return Some(pdg);
    }
    let stem = name.get(..name.len().checked_sub(1)?)?;
    let anti = match name.as_bytes().last()? {
        b'~' => find(stem),
        b'+' => find(&format!("{stem}-")),
        b'-' => find(&format!("{stem}+")),
        _ => None,
    };
    anti.map(|pdg| -pdg)
}

/// Particles of a model, and labels as they are defined so far.
pub(super) struct Names {
    model: Model,
    /// Whether the model is the one that the card names; else it is the Standard Model,
    /// and unknown names are left as they are.
    pub is_model: bool,
    labels: BTreeMap<String, Vec<String>>,
    n_members: usize,
}

impl Names {
    /// The names of a model; of the Standard Model if omnis has no such model.
    pub fn new(found: Option<Model>) -> Self {
        let is_model = found.is_some();
        let model = found.unwrap_or_else(|| {
            Model::load(&ModelSpec::default()).expect("the built-in model is right")
        });
        let mut names = Self {
            model,
            is_model,
            labels: BTreeMap::new(),
            n_members: 0,
        };
        for (label, ids) in &names.model.multiparticles {
            let members = ids.iter().map(|&id| names.model.particle(id).name.clone());
            names.labels.insert(label.clone(), members.collect());
        }
        let all = names.model.particles.iter().map(|p| p.name.clone());
        names.labels.insert("all".to_owned(), all.collect());
        names
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The name of a particle: as written, in other letters, by its PDG number, or by the name
    /// that MadGraph gives to the particle of a number, whatever the model calls it.
    pub fn particle(&self, word: &str) -> Option<&str> {
        let lower = word.to_lowercase();
        let by_name = self
            .model
            .by_name(word)
            .or_else(|| self.model.by_name(&lower))
            .or_else(|| self.model.by_folded_name(word));
        let number = || word.parse().ok().or_else(|| usual_number(&lower));
        let id = by_name.or_else(|| self.model.by_pdg(number()?))?;
        Some(&self.model.particle(id).name)
    }

    /// PDG number of a particle.
    pub fn pdg(&self, name: &str) -> Option<i32> {
        Some(self.model.particle(self.model.by_name(name)?).pdg)
    }

    /// Name of the particle with this number.
    pub fn by_pdg(&self, pdg: i32) -> Option<&str> {
        self.particle(&pdg.to_string())
    }

    /// A word as omnis is to read it: with the letters of the particle or label.
    pub fn spelling(&self, word: &str) -> String {
        let lower = word.to_lowercase();
        if self.labels.contains_key(word) || word.parse::<i32>().is_ok() {
            return word.to_owned();
        }
        match self.particle(word) {
            Some(name) => name.to_owned(),
            None if self.labels.contains_key(&lower) => lower,
            None => word.to_owned(),
        }
    }

    /// The particles of a word.
    ///
    /// # Errors
    /// The word, with the nearest known one, if it is none in a known model.
    pub(crate) fn resolve(&self, word: &str) -> Result<Vec<String>, String> {
        if let Some(name) = self.particle(word) {
            return Ok(vec![name.to_owned()]);
        }
        let lower = word.to_lowercase();
        let label = self.labels.get(word).or_else(|| self.labels.get(&lower));
        if let Some(members) = label {
            return Ok(members.clone());
        }
        if !self.is_model {
            return Ok(vec![word.to_owned()]);
        }
        let particles = self.model.particles.iter().map(|p| p.name.as_str());
        let labels = self.labels.keys().map(String::as_str);
        let hint = did_you_mean(word, particles.chain(labels));
        Err(format!("found no particle or label '{word}'{hint}"))
    }

    /// Whether a word is a particle of the model or a label.
    pub fn is_known(&self, word: &str) -> bool {
        let label =
            self.labels.contains_key(word) || self.labels.contains_key(&word.to_lowercase());
        label || self.particle(word).is_some()
    }

    /// PDG numbers of a word; none if it is unknown.
    pub fn pdgs(&self, word: &str) -> Vec<i32> {
        let members = self.resolve(word).unwrap_or_default();
        members.iter().filter_map(|name| self.pdg(name)).collect()
    }

    /// `3j` as `j` three times; other words once.
    pub fn repeated<'a>(&self, word: &'a str) -> (usize, &'a str) {
        let digit = word.chars().next().and_then(|c| c.to_digit(10));
        match digit {
            Some(n) if n > 0 && self.resolve(word).is_err() && word.len() > 1 => {
                (n as usize, &word[1..])
            }
            _ => (1, word),
        }
    }

    /// `define label = a b / c`: takes the words behind the label.
    ///
    /// # Errors
    /// What is wrong with the definition.
    pub fn define(&mut self, label: &str, words: &[&str]) -> Result<(), String> {
        let words = words.strip_prefix(&["="]).unwrap_or(words);
        let mut parts = words.split(|w| *w == "/");
        let collect = |words: &[&str]| -> Result<Vec<String>, String> {
            let mut members: Vec<String> = Vec::new();
            let mut seen = BTreeSet::new();
            for word in words {
                for name in self.resolve(word)? {
                    if seen.insert(name.clone()) {
                        members.push(name);
                    }
                }
            }
            Ok(members)
        };
        let mut members = collect(parts.next().unwrap_or_default())?;
        for without in parts {
            let without = collect(without)?;
            members.retain(|m| !without.contains(m));
        }
        if members.is_empty() {
            return Err(format!("'{label}' holds no particle"));
        }
        if self.particle(label).is_some() && label.parse::<i32>().is_err() {
            return Err(format!("'{label}' is the name of a particle"));
        }
        self.n_members += members.len();
        if self.n_members > MAX_MEMBERS {
            return Err(format!(
                "the definitions hold more than {MAX_MEMBERS} names"
            ));
        }
        self.labels.insert(label.to_lowercase(), members);
        Ok(())
    }

    /// The members of a label that the model itself does not have, or has otherwise.
    pub(crate) fn own_definition(&self, label: &str) -> Option<Vec<String>> {
        let members = self.labels.get(label)?;
        let of_model = self.model.multiparticles.get(label);
        let same = of_model.is_some_and(|ids| {
            let names: BTreeSet<&str> = (ids.iter())
                .map(|&id| self.model.particle(id).name.as_str())
                .collect();
            names == members.iter().map(String::as_str).collect()
        });
        (!same).then(|| members.clone())
    }

    /// A label or particle for those of `pdgs` that occur: `wish` if it fits, another
    /// one, or a new label.
    pub(crate) fn label_for(
        &mut self,
        wish: &str,
        pdgs: &[i32],
        occurring: &BTreeSet<i32>,
    ) -> String {
        let target: BTreeSet<i32> = (pdgs.iter().copied())
            .filter(|p| occurring.contains(p))
            .collect();
        if let (1, Some(name)) = (
            target.len(),
            target.first().and_then(|&pdg| self.by_pdg(pdg)),
        ) {
            return name.to_owned();
        }
        let fits = |label: &str| {
            let found = self.pdgs(label).into_iter();
            found
                .filter(|p| occurring.contains(p))
                .collect::<BTreeSet<_>>()
                == target
        };
        if self.labels.contains_key(wish) && fits(wish) {
            return wish.to_owned();
        }
        let others = (self.labels.keys()).filter(|l| !["all", "p", "p~"].contains(&l.as_str()));
        if let Some(other) = others.into_iter().find(|l| fits(l)) {
            return other.clone();
        }
        let stem = match wish {
            "j" => "jet",
            "b" => "bquark",
            "l" => "lepton",
            "" => "group",
            other => other,
        };
        let mut name = stem.to_owned();
        while self.labels.contains_key(&name) || self.particle(&name).is_some() {
            name.push_str("_cut");
        }
        let members = pdgs.iter().filter_map(|&pdg| self.by_pdg(pdg));
        let members = members.map(str::to_owned).collect();
        self.labels.insert(name.clone(), members);
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn antiparticles_have_the_name_of_their_particle() {
        let all = [
            "mu-", "mu+", "w-", "t~", "go", "x1-", "ta1+", "g~x", "~", "",
        ];
        let numbers = all.map(usual_number);
        let expected = [
            Some(13),
            Some(-13),
            Some(-24),
            Some(-6),
            Some(1_000_021),
            Some(-1_000_024),
            Some(-1_000_015),
            None,
            None,
            None,
        ];
        assert_eq!(numbers, expected);
    }
}
