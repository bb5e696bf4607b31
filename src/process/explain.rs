//! Why a process line has no diagram.
//!
//! Knows the steps of the expansion; knows no momentum.

use rustc_hash::FxHashSet;

use super::combinations::{multisets, pairs};
use super::describe::{limits_text, powers_text};
use super::expand::{Expander, subprocess};
use super::{ProcessError, ProcessLine};
use crate::diagram::{DiagramFilter, OrderLimits, Subprocess};
use crate::model::ParticleId;

/// Flavour combinations that are looked at for an explanation.
const MAX_LOOKED_AT: usize = 50;

/// The error of a line all of whose flavours lack diagrams.
///
/// # Errors
/// [`ProcessError::TooMany`], which is no less an answer.
pub(crate) fn no_diagrams(
    expander: &Expander,
    line: &ProcessLine,
) -> Result<ProcessError, ProcessError> {
    let candidates = expander.candidates(line)?;
    Ok(ProcessError::NoDiagrams {
        line: line.text.clone(),
        reason: reason(expander, line, candidates),
    })
}

fn reason(expander: &Expander, line: &ProcessLine, candidates: Vec<Vec<ParticleId>>) -> String {
    if !conserves_charge(expander, line) {
        return "electric charge is not conserved".into();
    }
    let model = expander.model;
    if candidates.is_empty() {
        return format!(
            "it violates a number that every vertex of model '{}' conserves \
             (such as lepton, baryon or quark-flavour numbers)",
            model.name
        );
    }
    let distinct = distinct(expander, line, candidates);
    let free = OrderLimits::default();
    let with = |sub: &Subprocess, filter: DiagramFilter| Subprocess {
        filter,
        ..sub.clone()
    };
    let n_legs = line.initial.len() + line.outgoing.len();
    let mut found: Vec<Vec<u32>> = Vec::new();
    for sub in &distinct {
        let filter = DiagramFilter {
            orders: free.clone(),
            ..sub.filter.clone()
        };
        let orders = expander.diagrams.orders(&with(sub, filter));
        found.extend(orders.into_iter().map(|o| o.powers));
    }
    if !found.is_empty() {
        let least: Vec<String> = minimal(found)
            .iter()
            .map(|powers| powers_text(model, powers, n_legs))
            .collect();
        return format!(
            "the limits {} leave nothing; diagrams start at {}",
            limits_text(model, &line.filter.orders, n_legs),
            least.join(" or ")
        );
    }
    let unfiltered = distinct.iter().any(|sub| {
        expander
            .diagrams
            .exist(&with(sub, DiagramFilter::default()))
    });
    if unfiltered {
        return "all diagrams are removed by '/', '$$' or the required resonances".into();
    }
    format!(
        "no tree diagram of model '{}' connects these particles",
        model.name
    )
}

fn conserves_charge(expander: &Expander, line: &ProcessLine) -> bool {
    let charges = |lists: Vec<Vec<ParticleId>>| -> FxHashSet<i32> {
        let charge = |&p: &ParticleId| expander.model.particle(p).charge_thirds;
        lists
            .iter()
            .map(|list| list.iter().map(charge).sum())
            .collect()
    };
    let initial = charges(pairs(&line.initial));
    let outgoing = charges(multisets(&line.outgoing));
    !initial.is_disjoint(&outgoing)
}

/// Some candidates, of those with the same diagrams one.
fn distinct(
    expander: &Expander,
    line: &ProcessLine,
    candidates: Vec<Vec<ParticleId>>,
) -> Vec<Subprocess> {
    let mut seen = FxHashSet::default();
    let mut list = Vec::new();
    for legs in candidates {
        let sub = subprocess(line, legs);
        if seen.insert(expander.crossing_key(&sub)) {
            list.push(sub);
        }
        if list.len() == MAX_LOOKED_AT {
            break;
        }
    }
    list
}

/// The lists that no other list undercuts in every entry.
fn minimal(mut lists: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    lists.sort();
    lists.dedup();
    let below = |a: &[u32], b: &[u32]| a != b && a.iter().zip(b).all(|(x, y)| x <= y);
    let all = lists.clone();
    lists.retain(|list| !all.iter().any(|other| below(other, list)));
    lists
}

#[cfg(test)]
mod tests {
    use super::super::test_model::try_process_set;

    #[test]
    fn a_line_without_diagrams_says_which_rule_forbids_it() {
        for (line, reason) in [
            ("u u > e+ e-", "electric charge is not conserved"),
            (
                "u u~ > e+ mu-",
                "it violates a number that every vertex of model 'sm_test' conserves (such as \
                 lepton, baryon or quark-flavour numbers)",
            ),
            (
                "u u~ > t t~ QCD<=1 QED<=1",
                "the limits QCD<=1 QED<=1 leave nothing; diagrams start at QCD=0 QED=2 or QCD=2 \
                 QED=0",
            ),
            (
                "u u~ > e+ e- / a z",
                "all diagrams are removed by '/', '$$' or the required resonances",
            ),
            (
                "u d~ > w- > e+ ve",
                "all diagrams are removed by '/', '$$' or the required resonances",
            ),
            (
                "g g > e+ e-",
                "no tree diagram of model 'sm_test' connects these particles",
            ),
        ] {
            let error = try_process_set(&[line]).unwrap_err().to_string();
            assert_eq!(error, format!("process '{line}' has no diagram: {reason}"));
        }
    }
}
