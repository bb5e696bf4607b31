//! What a header says of its alternative weights: their groups, and what varies.
//!
//! Reads the attributes and words of `<initrwgt>` as MadGraph's files and those of omnis
//! have them. Knows no event and no physics. Source: arXiv:1405.1067.

use super::record::RunInfo;
use super::xml::{Element, find_element};

/// Weights that belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightGroup {
    /// Such as `Central scale variation`, or the name of a set of parton densities; empty for
    /// weights outside groups.
    pub name: String,
    /// How they are combined: `envelope`, or LHAPDF's `ErrorType`.
    pub combine: String,
    /// Confidence level of the errors in per cent, if it is stated.
    pub confidence_level: Option<f64>,
    /// In the order of the file.
    pub weights: Vec<WeightKeys>,
}

/// What varies in a weight.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightKeys {
    /// Place in [`RunInfo::weights`].
    pub at: usize,
    /// `MUR=0.5_MUF=1_PDF=247000` or another name; the id if there is none.
    pub name: String,
    /// Factor of the renormalisation scale.
    pub mu_r: f64,
    /// Factor of the factorisation scales.
    pub mu_f: f64,
    /// Whether something else than factors of the scales and parton densities varies.
    pub is_special: bool,
}

impl RunInfo {
    /// The groups of [`RunInfo::weights`] as the header has them; a single one without name
    /// where it has none.
    pub fn weight_groups(&self) -> Vec<WeightGroup> {
        let mut groups = Vec::new();
        let mut text = self.spelling.weights.as_str();
        while let Some(element) = find_element(text, "weightgroup") {
            self.add_group(&mut groups, element.before, None);
            self.add_group(&mut groups, element.content, Some(&element));
            text = element.rest;
        }
        self.add_group(&mut groups, text, None);
        if groups.is_empty() && !self.weights.is_empty() {
            let plain =
                (self.weights.iter().enumerate()).map(|(at, w)| keys(at, &w.id, "", &w.text));
            groups.push(WeightGroup {
                weights: plain.collect(),
                ..WeightGroup::default()
            });
        }
        groups
    }

    /// Adds the weights of a text.
    fn add_group(&self, groups: &mut Vec<WeightGroup>, text: &str, group: Option<&Element>) {
        let mut weights = Vec::new();
        let mut rest = text;
        while let Some(element) = find_element(rest, "weight") {
            let id = element.attribute("id").unwrap_or_default();
            // Mostly the next one.
            let next = (groups.iter().map(|g| g.weights.len()).sum::<usize>()) + weights.len();
            let is_it = |at: &usize| self.weights.get(*at).is_some_and(|w| w.id == id);
            let at = Some(next)
                .filter(is_it)
                .or_else(|| self.weights.iter().position(|w| w.id == id));
            if let Some(at) = at {
                weights.push(keys(at, &id, element.attributes, element.content));
            }
            rest = element.rest;
        }
        let attribute = |name: &str| group.and_then(|g| g.attribute(name)).unwrap_or_default();
        if !weights.is_empty() {
            groups.push(WeightGroup {
                name: match attribute("name") {
                    name if name.is_empty() => attribute("type"),
                    name => name,
                },
                combine: attribute("combine"),
                confidence_level: number_after(text, "confidence level "),
                weights,
            });
        }
    }
}

/// What attributes and words of a weight say.
fn keys(at: usize, id: &str, attributes: &str, words: &str) -> WeightKeys {
    let value = |names: [&str; 2]| {
        let found = |text| names.iter().find_map(|name| number_after(text, name));
        found(attributes).or_else(|| found(words))
    };
    let named = |text: &str| {
        let (_, after) = text.split_once("name=\"")?;
        Some(after.split_once('"')?.0.to_owned())
    };
    let name = named(attributes).or_else(|| named(words));
    let words_alone = || words.trim().to_owned();
    let name = name.or_else(|| Some(words_alone()).filter(|w| !w.is_empty()));
    let known = value(["MUR=", "muR="]).is_some() || value(["PDF=", "lhapdf="]).is_some();
    let others = ["DYN_SCALE", "dyn_scale_choice", "ALPSFACT"];
    let has = |key: &&str| attributes.contains(*key) || words.contains(*key);
    WeightKeys {
        at,
        name: name.unwrap_or_else(|| id.to_owned()),
        mu_r: value(["MUR=", "muR="]).unwrap_or(1.0),
        mu_f: value(["MUF=", "muF="]).unwrap_or(1.0),
        is_special: !known || others.iter().any(has),
    }
}

/// The number that stands behind a word, perhaps in quotes.
fn number_after(text: &str, word: &str) -> Option<f64> {
    let (_, after) = text.split_once(word)?;
    let after = after.trim_start_matches(['"', '\'']);
    let end = after.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e')));
    after[..end.unwrap_or(after.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::WeightInfo;

    #[test]
    fn groups_of_madgraph_and_our_own_are_read() {
        let text = "<initrwgt>\n<weight id=\"bias\"> what </weight>\n\
            <weightgroup name=\"Central scale variation\" combine=\"envelope\">\n\
            <weight id=\"1\" MUR=\"0.5\"  MUF=\"2.0\"  PDF=\"247000\" > MUR=0.5 MUF=2.0  </weight>\n\
            <weight id=\"2\" MUR=\"0.5\" MUF=\"1.0\" DYN_SCALE=\"1\" PDF=\"247000\" > MUR=0.5 </weight>\n\
            </weightgroup> # scale\n\
            <weightgroup name=\"Set\" combine=\"hessian+as\"> # 900: confidence level 90 %\n\
            <weight id=\"3\" MUR=\"1.0\" MUF=\"1.0\" PDF=\"900\"> PDF=900 MemberID=0 \
            name=\"MUR=1_MUF=1_PDF=900\" </weight>\n</weightgroup>\n</initrwgt>\n";
        let mut run = RunInfo::default();
        run.spelling.weights = text.to_owned();
        let ids = ["bias", "1", "2", "3"].map(|id| WeightInfo {
            id: id.to_owned(),
            text: String::new(),
        });
        run.weights = ids.to_vec();
        let groups = run.weight_groups();
        let names: Vec<&str> = groups.iter().map(|g| g.name.as_str()).collect();
        assert_eq!(names, ["", "Central scale variation", "Set"]);
        let scale = &groups[1].weights;
        assert_eq!(
            (scale[0].mu_r, scale[0].mu_f, scale[0].is_special),
            (0.5, 2.0, false)
        );
        assert_eq!(scale[0].name, "MUR=0.5 MUF=2.0");
        assert!(scale[1].is_special && groups[0].weights[0].is_special);
        assert_eq!(groups[2].confidence_level, Some(90.0));
        assert_eq!(groups[2].combine, "hessian+as");
        assert_eq!(groups[2].weights[0].name, "MUR=1_MUF=1_PDF=900");
        assert_eq!(groups[2].weights[0].at, 3);
        run.spelling.weights.clear();
        assert_eq!(run.weight_groups()[0].weights.len(), 4);
    }
}
