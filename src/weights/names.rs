//! What weights are called: by numbers as CMS has them, by MadGraph's attributes, and by
//! the names of the MCnet convention.
//!
//! Sources: arXiv:2203.08230 (names), arXiv:1405.1067 (groups of weights). The order and
//! the spelling of attributes are those that readers of MadGraph's files look for.

use std::fmt::Write as _;

use super::plan::{Variation, WeightPlan};
use super::request::WeightRequest;

/// Number of the first weight.
const FIRST_ID: usize = 1001;

impl WeightPlan {
    /// `MUR=0.5_MUF=1_PDF=247000` and so on, in the order of the event file.
    pub fn names(&self) -> Vec<String> {
        self.variations.iter().map(|v| self.name(v)).collect()
    }

    /// Ids of the weights in event files, in their order.
    pub fn ids(&self) -> Vec<String> {
        let ids = FIRST_ID..FIRST_ID + self.variations.len();
        ids.map(|id| id.to_string()).collect()
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
        if self.variations.is_empty() {
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
            self.add_group(&mut text, name, "envelope", range);
        }
        for group in &self.groups {
            let range = group.variations.clone();
            self.add_group(&mut text, &group.name, &group.error_type, range);
        }
        text + "</initrwgt>\n"
    }

    /// What the elements of the weights say, in the order of the event file.
    pub fn texts(&self) -> Vec<String> {
        let text = |v: &Variation| format!(" {} ", self.words(v).1);
        self.variations.iter().map(text).collect()
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
            let _ = write!(words, " PDF={} MemberID={}", member.id, member.number);
        }
        let _ = write!(attributes, " PDF=\"{}\"", member.id);
        (attributes, words)
    }

    fn add_group(
        &self,
        text: &mut String,
        name: &str,
        combine: &str,
        range: std::ops::Range<usize>,
    ) {
        if range.is_empty() {
            return;
        }
        let _ = writeln!(text, "<weightgroup name=\"{name}\" combine=\"{combine}\">");
        for k in range {
            let v = &self.variations[k];
            let (attributes, words) = self.words(v);
            let _ = writeln!(
                text,
                "<weight id=\"{}\" {attributes} name=\"{}\"> {words} </weight>",
                FIRST_ID + k,
                self.name(v)
            );
        }
        *text += "</weightgroup>\n";
    }
}
