//! Weights that are terms of a polynomial in coefficients of the model, and derivatives.
//!
//! The weight of an event at coefficients `c` is the sum of its terms times their monomials
//! at `c`. Knows names and powers; knows no model.

use std::fmt::Write as _;

use crate::event::{Monomial, POLYNOMIAL};

/// What the ids of derivatives begin with.
const SCORE: &str = "score_";

/// Terms of a polynomial and derivatives, in the order of their weights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpandedWeights {
    /// Names of the coefficients.
    pub coefficients: Vec<String>,
    /// The terms.
    pub terms: Vec<Monomial>,
    /// Parameters of the derivatives, behind the terms.
    pub scores: Vec<String>,
}

impl ExpandedWeights {
    /// Number of weights.
    pub(super) fn len(&self) -> usize {
        self.terms.len() + self.scores.len()
    }

    /// Ids of the weights in event files, which are their names as well.
    pub(super) fn ids(&self) -> impl Iterator<Item = String> + '_ {
        let term = |m: &Monomial| m.id(&self.coefficients);
        let scores = self.scores.iter().map(|name| format!("{SCORE}{name}"));
        self.terms.iter().map(term).chain(scores)
    }

    /// What the elements of the weights say.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> + '_ {
        let term = |m: &Monomial| format!(" {} ", m.text(&self.coefficients));
        let score = |name: &String| format!(" d(weight)/d({name}) ");
        let scores = self.scores.iter().map(score);
        self.terms.iter().map(term).chain(scores)
    }

    /// Groups of `<initrwgt>`.
    pub(super) fn add_groups(&self, text: &mut String) {
        let weights: Vec<(String, String)> = self.ids().zip(self.texts()).collect();
        let (terms, scores) = weights.split_at(self.terms.len());
        let names = self.coefficients.join(", ");
        for (name, note, list) in [
            (
                POLYNOMIAL,
                format!(
                    "the weight at other {names} is the sum of these times what they are called"
                ),
                terms,
            ),
            (
                "score",
                "derivatives of the weight; over the weight itself those of its logarithm"
                    .to_owned(),
                scores,
            ),
        ] {
            if list.is_empty() {
                continue;
            }
            let _ = writeln!(
                text,
                "<weightgroup name=\"{name}\" combine=\"none\" \
                 weight_name_strategy=\"includeIdInWeightName\"> # {note}"
            );
            for (id, words) in list {
                let _ = writeln!(text, "<weight id=\"{id}\">{words}</weight>");
            }
            *text += "</weightgroup>\n";
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_in_the_header_by_their_ids() {
        let names = ["cW".to_owned(), "c_H".to_owned()];
        let monomial = |powers: [u8; 2]| Monomial {
            powers: powers.to_vec(),
        };
        let all = ExpandedWeights {
            coefficients: names.to_vec(),
            terms: vec![monomial([0, 0]), monomial([0, 2])],
            scores: vec!["MT".to_owned()],
        };
        let ids: Vec<String> = all.ids().collect();
        assert_eq!(ids, ["poly_1", "poly_c_H.c_H", "score_MT"]);
        let mut text = String::new();
        all.add_groups(&mut text);
        assert_eq!(text.matches("<weightgroup").count(), 2);
        assert!(text.contains("<weight id=\"poly_c_H.c_H\"> c_H^2 </weight>"));
    }
}
