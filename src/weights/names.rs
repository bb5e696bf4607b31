//! What weights are called: by numbers as CMS has them, by MadGraph's attributes, and by
//! the names of the MCnet convention.
//!
//! Sources: arXiv:2203.08230 (names), arXiv:1405.1067 (groups of weights). The order and
//! the spelling of attributes are those that readers of MadGraph's files look for.

use std::fmt::Write as _;
use std::ops::Range;

use super::plan::{Variation, WeightPlan};
use super::point;
use super::request::WeightRequest;

/// The group of points of the parameters, as readers look for it.
const POINTS: &str =
    "<weightgroup name=\"mg_reweighting\" weight_name_strategy=\"includeIdInWeightName\">\n";

/// How a group of weights begins.
struct Title<'a> {
    name: &'a str,
    combine: &'a str,
    /// Behind the tag.
    note: &'a str,
}

/// Number of the first weight.
const FIRST_ID: usize = 1001;

impl WeightPlan {
    /// `MUR=0.5_MUF=1_PDF=247000` and so on, in the order of the event file.
    pub fn names(&self) -> Vec<String> {
        let points = (0..self.points.len()).map(|k| self.point_name(k));
        let names = self.variations.iter().map(|v| self.name(v));
        names.chain(points).chain(self.expanded.ids()).collect()
    }

    /// The central weight with what the point changes.
    fn point_name(&self, at: usize) -> String {
        format!("MUR=1_MUF=1_PDF={}_{}", self.members[0].id, self.points[at])
    }

    /// Ids of the weights in event files, in their order.
    pub fn ids(&self) -> Vec<String> {
        let ids = FIRST_ID..FIRST_ID + self.variations.len();
        let numbers = ids.map(|id| id.to_string());
        let points = point::ids(&self.points);
        numbers.chain(points).chain(self.expanded.ids()).collect()
    }

    fn name(&self, v: &Variation) -> String {
        let mut name = format!(
            "MUR={}_MUF={}_PDF={}",
            v.mu_r, v.mu_f, self.members[v.member].id
        );
        if let Some(number) = self.scale_number(v) {
            let _ = write!(name, "_DYN_SCALE={number}");
        }
        if v.alpha_s_factor != 1.0 {
            let _ = write!(name, "_ALPSFACT={}", v.alpha_s_factor);
        }
        name
    }

    fn scale_number(&self, v: &Variation) -> Option<usize> {
        WeightRequest::number(self.scales[v.scale?].kind)
    }

    /// What `<initrwgt>` holds, with its tags: groups of weights.
    pub fn header(&self) -> String {
        if self.n_weights() == 0 {
            return String::new();
        }
        let mut text = "<initrwgt>\n".to_owned();
        let is_scale = |v: &&Variation| v.alpha_s_factor == 1.0;
        let scales = &self.variations[..self.n_scales];
        let n_central = scales.iter().take_while(is_scale).count();
        for (name, range) in [
            ("Central scale variation", 0..n_central),
            ("Emission scale variation", n_central..self.n_scales),
        ] {
            let title = Title {
                name,
                combine: "envelope",
                note: "",
            };
            self.add_group(&mut text, &title, range);
        }
        for group in &self.groups {
            let range = group.variations.clone();
            let first = &self.members[self.variations[range.start].member];
            let mut note = format!(" # {}: {} members", first.id, range.len());
            if let Some(level) = group.confidence_level {
                let _ = write!(note, ", confidence level {level} %");
            }
            let title = Title {
                name: &group.name,
                combine: &group.error_type,
                note: &note,
            };
            self.add_group(&mut text, &title, range);
        }
        if !self.points.is_empty() {
            text += POINTS;
            for (k, id) in point::ids(&self.points).iter().enumerate() {
                let name = self.point_name(k);
                let _ = writeln!(text, "<weight id=\"{id}\"> {name} </weight>");
            }
            text += "</weightgroup>\n";
        }
        self.expanded.add_groups(&mut text);
        text + "</initrwgt>\n"
    }

    /// What the elements of the weights say, in the order of the event file.
    pub fn texts(&self) -> Vec<String> {
        let text = |v: &Variation| format!(" {} ", self.words(v).1);
        let points = (0..self.points.len()).map(|k| format!(" {} ", self.point_name(k)));
        let all = self.variations.iter().map(text).chain(points);
        all.chain(self.expanded.texts()).collect()
    }

    /// Attributes and words of a weight.
    fn words(&self, v: &Variation) -> (String, String) {
        let member = &self.members[v.member];
        let (mu_r, mu_f) = (v.mu_r, v.mu_f);
        let mut attributes = format!("MUR=\"{mu_r:?}\" MUF=\"{mu_f:?}\"");
        let mut words = format!("MUR={mu_r:?} MUF={mu_f:?}");
        if let Some(number) = self.scale_number(v) {
            let _ = write!(attributes, " DYN_SCALE=\"{number}\"");
            let _ = write!(words, " dyn_scale_choice={number}");
        }
        if v.alpha_s_factor != 1.0 {
            let _ = write!(attributes, " ALPSFACT=\"{:?}\"", v.alpha_s_factor);
            let _ = write!(words, " ALPSFACT={:?}", v.alpha_s_factor);
        }
        if v.member > 0 {
            words = format!(
                "PDF={} MemberID={} {words} name=\"{}\"",
                member.id,
                member.number,
                self.name(v)
            );
        }
        let _ = write!(attributes, " PDF=\"{}\"", member.id);
        (attributes, words)
    }

    fn add_group(&self, text: &mut String, title: &Title, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let Title {
            name,
            combine,
            note,
        } = title;
        let _ = writeln!(
            text,
            "<weightgroup name=\"{name}\" combine=\"{combine}\">{note}"
        );
        for k in range {
            let v = &self.variations[k];
            let (attributes, words) = self.words(v);
            let (id, name) = (FIRST_ID + k, self.name(v));
            // Readers of sets want nothing behind the id of the densities.
            let _ = match v.member {
                0 => writeln!(
                    text,
                    "<weight id=\"{id}\" {attributes} name=\"{name}\"> {words} </weight>"
                ),
                _ => writeln!(text, "<weight id=\"{id}\" {attributes}> {words} </weight>"),
            };
        }
        *text += "</weightgroup>\n";
    }
}
