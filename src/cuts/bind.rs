//! Cuts on the legs of one flavour assignment.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::observable::{Arity, Observable};

use super::cut::{Argument, Cut, CutSet, Interval};
use super::error::CutError;
use super::window::Window;

/// What a combination is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Slot {
    /// This leg.
    Leg(usize),
    /// The leg of this rank (from 0) in transverse momentum.
    Ranked {
        /// The legs that are ordered.
        legs: Vec<usize>,
        /// Place in the order.
        rank: usize,
    },
}

/// One cut on definite legs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct BoundCut {
    /// Index into the cuts of the set.
    pub cut: usize,
    /// At least one combination instead of all.
    pub any: bool,
    /// The combinations; legs that are summed over for `ht`, `met`, `sqrt_s`.
    pub combinations: Vec<Vec<Slot>>,
}

/// Cuts on the legs of one flavour assignment.
///
/// Two are equal when they are the same cuts on the same legs, so that flavour
/// assignments with equal cuts need to be evaluated only once.
#[derive(Clone, Debug)]
pub struct BoundCuts {
    pub(super) cuts: Arc<[Cut]>,
    pub(super) bound: Vec<BoundCut>,
    /// Of declared resonances.
    pub(super) windows: Vec<Window>,
    pub(super) n_in: usize,
    pub(super) n_ext: usize,
}

impl PartialEq for BoundCuts {
    fn eq(&self, other: &Self) -> bool {
        (self.n_in, self.n_ext) == (other.n_in, other.n_ext)
            && self.bound == other.bound
            && self.windows == other.windows
            && (Arc::ptr_eq(&self.cuts, &other.cuts)
                || (self.cuts.iter().map(Cut::text)).eq(other.cuts.iter().map(Cut::text)))
    }
}

impl Eq for BoundCuts {}

impl Hash for BoundCuts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.n_in.hash(state);
        self.n_ext.hash(state);
        self.bound.hash(state);
    }
}

impl CutSet {
    /// Finds the legs for final-state particles with these PDG numbers, which
    /// follow `n_in` incoming legs.
    ///
    /// # Errors
    /// [`CutError::Contradiction`] for two cuts that exclude each other on the
    /// same legs.
    pub fn bind(&self, final_pdgs: &[i32], n_in: usize) -> Result<BoundCuts, CutError> {
        let bound: Vec<_> = (self.cuts.iter().enumerate())
            .map(|(i, cut)| BoundCut {
                cut: i,
                any: cut.any,
                combinations: combinations(cut, final_pdgs, n_in),
            })
            .filter(|b| !b.combinations.is_empty())
            .map(|b| BoundCut {
                any: b.any && b.combinations.len() > 1,
                ..b
            })
            .collect();
        let cuts = BoundCuts {
            cuts: self.cuts.clone(),
            bound,
            windows: vec![],
            n_in,
            n_ext: n_in + final_pdgs.len(),
        };
        cuts.check_contradictions()?;
        Ok(cuts)
    }
}

impl BoundCuts {
    /// Whether no cut acts on these legs.
    pub fn is_empty(&self) -> bool {
        self.bound.is_empty() && self.windows.is_empty()
    }

    /// Intersects the intervals of equal observables of equal legs.
    fn check_contradictions(&self) -> Result<(), CutError> {
        type Key<'a> = (Observable, &'a [Slot]);
        let mut seen: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for b in self.bound.iter().filter(|b| !b.any) {
            for legs in &b.combinations {
                let cut = &self.cuts[b.cut];
                let earlier = seen.entry((cut.observable, legs)).or_default();
                for &other in earlier.iter() {
                    if exclude(cut, &self.cuts[other]) {
                        return Err(CutError::Contradiction {
                            first: self.cuts[other].text.clone(),
                            second: cut.text.clone(),
                        });
                    }
                }
                earlier.push(b.cut);
            }
        }
        Ok(())
    }
}

/// Whether no value passes both cuts on the same quantity.
fn exclude(a: &Cut, b: &Cut) -> bool {
    let branches = |c: &Cut| -> Vec<Interval> {
        if c.abs {
            let zero = Interval {
                lo: Some(super::cut::Limit {
                    value: 0.0,
                    strict: false,
                }),
                hi: None,
            };
            let right = c.interval.and(&zero);
            vec![right, right.negated()]
        } else {
            vec![c.interval]
        }
    };
    let (a, b) = (branches(a), branches(b));
    a.iter().all(|x| b.iter().all(|y| x.and(y).is_empty()))
}

/// Whether the cut says something about this final state.
pub(super) fn acts(cut: &Cut, final_pdgs: &[i32]) -> bool {
    match cut.observable.arity() {
        Arity::None | Arity::Any => combinations(cut, final_pdgs, 0)
            .first()
            .is_some_and(|legs| !legs.is_empty()),
        _ => !combinations(cut, final_pdgs, 0).is_empty(),
    }
}

/// All sets of distinct legs, each once.
fn combinations(cut: &Cut, final_pdgs: &[i32], n_in: usize) -> Vec<Vec<Slot>> {
    let legs_where = |keep: &dyn Fn(i32) -> bool| -> Vec<usize> {
        (final_pdgs.iter().enumerate())
            .filter(|(_, p)| keep(**p))
            .map(|(k, _)| n_in + k)
            .collect()
    };
    let event =
        |keep: &dyn Fn(i32) -> bool| vec![legs_where(keep).into_iter().map(Slot::Leg).collect()];
    match cut.observable {
        Observable::SqrtS => event(&|_| true),
        Observable::Met => event(&|p| matches!(p.abs(), 12 | 14 | 16)),
        Observable::Ht if cut.arguments.is_empty() => {
            event(&|p| p == 21 || (1..=5).contains(&p.abs()))
        }
        Observable::Ht => event(&|p| cut.arguments.iter().any(|a| a.pdgs.contains(&p))),
        _ => {
            let choices: Vec<Vec<Slot>> = (cut.arguments.iter())
                .map(|a| slots(a, &legs_where(&|p| a.pdgs.contains(&p))))
                .collect();
            let mut found = BTreeSet::new();
            choose(&choices, &mut Vec::new(), &mut found);
            found.into_iter().collect()
        }
    }
}

/// What may stand for one argument.
fn slots(argument: &Argument, legs: &[usize]) -> Vec<Slot> {
    match argument.rank {
        None => legs.iter().map(|&l| Slot::Leg(l)).collect(),
        Some(rank) if rank > legs.len() => Vec::new(),
        // The leading one of one is that one.
        Some(_) if legs.len() == 1 => vec![Slot::Leg(legs[0])],
        Some(rank) => vec![Slot::Ranked {
            legs: legs.to_vec(),
            rank: rank - 1,
        }],
    }
}

fn choose(choices: &[Vec<Slot>], chosen: &mut Vec<Slot>, found: &mut BTreeSet<Vec<Slot>>) {
    let Some((first, rest)) = choices.split_first() else {
        let mut set = chosen.clone();
        set.sort();
        found.insert(set);
        return;
    };
    for slot in first {
        if !chosen.contains(slot) {
            chosen.push(slot.clone());
            choose(rest, chosen, found);
            chosen.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::tests::groups;
    use super::*;

    fn set(texts: &[&str]) -> CutSet {
        CutSet::parse(texts, &groups()).unwrap()
    }

    fn legs(text: &str, pdgs: &[i32]) -> Vec<Vec<usize>> {
        let bound = set(&[text]).bind(pdgs, 2).unwrap();
        let leg = |s: &Slot| match s {
            Slot::Leg(leg) => *leg,
            Slot::Ranked { rank, .. } => 100 + rank,
        };
        (bound.bound.iter())
            .flat_map(|b| b.combinations.iter().map(|c| c.iter().map(leg).collect()))
            .collect()
    }

    #[test]
    fn combinations_are_unordered_and_distinct() {
        assert_eq!(legs("pt(j) > 1", &[21, 6, 2]), [[2], [4]]);
        let pairs = legs("dR(j, j) > 0.4", &[21, 1, -1]);
        assert_eq!(pairs, [[2, 3], [2, 4], [3, 4]]);
        // A gluon is a jet too.
        let overlap = legs("dR(g, j) > 0.4", &[21, 21, 1]);
        assert_eq!(overlap, [[2, 3], [2, 4], [3, 4]]);
        assert_eq!(legs("m(l+, l-) > 50", &[11, -11]), [[2, 3]]);
        assert!(legs("dR(j, j) > 0.4", &[21, 11, -11]).is_empty());
    }

    #[test]
    fn ranks_beyond_the_particles_do_not_act() {
        assert_eq!(legs("pt(j[2]) > 1", &[21, 21, 21]), [[101]]);
        assert_eq!(legs("pt(j[1]) > 1", &[21, 6, -6]), [[2]]);
        assert!(legs("pt(j[2]) > 1", &[21, 6, -6]).is_empty());
    }

    #[test]
    fn event_observables_find_their_legs() {
        let pdgs = [5, -6, 12, -11, 21];
        assert_eq!(legs("ht > 1", &pdgs), [[2, 6]]);
        assert_eq!(legs("ht(l+, g) > 1", &pdgs), [[5, 6]]);
        assert_eq!(legs("met > 1", &pdgs), [[4]]);
        assert_eq!(legs("sqrt_s > 1", &pdgs), [[2, 3, 4, 5, 6]]);
    }

    #[test]
    fn equal_cuts_on_equal_legs_are_equal() {
        let cuts = set(&["pt(j) > 20", "m(e+, e-) > 50"]);
        let a = cuts.bind(&[21, 11, -11], 2).unwrap();
        let b = cuts.bind(&[2, 11, -11], 2).unwrap();
        let c = cuts.bind(&[2, -11, 11], 2).unwrap();
        let d = cuts.bind(&[2, 13, -13], 2).unwrap();
        assert!(a == b && b == c && c != d);
        let all: std::collections::HashSet<_> = [a, b, c, d].into();
        assert_eq!(all.len(), 2);
    }

    #[test]
    fn cuts_that_exclude_each_other_are_named() {
        let message = |texts: &[&str]| set(texts).bind(&[11, -11, 2], 2).unwrap_err().to_string();
        assert_eq!(
            message(&["m(l+, l-) > 100", "pt(j) > 5", "m(e-, e+) < 50"]),
            "cuts 'm(l+, l-) > 100' and 'm(e-, e+) < 50' exclude each other"
        );
        assert_eq!(
            message(&["|eta(j)| < 2", "eta(j) < -3"]),
            "cuts '|eta(j)| < 2' and 'eta(j) < -3' exclude each other"
        );
        assert_eq!(
            message(&["|eta(j)| > 2", "-1 < eta(j) < 1"]),
            "cuts '|eta(j)| > 2' and '-1 < eta(j) < 1' exclude each other"
        );
        let fine = set(&["|eta(j)| > 2", "-3 < eta(j) < 1", "m(e+, e-) > 100"]);
        assert!(fine.bind(&[11, -11, 2], 2).is_ok());
    }

    #[test]
    fn a_cut_must_act_on_some_final_state() {
        let check = |text: &str| {
            let finals = [vec![11, -11, 21], vec![6, -6]];
            let result = set(&[text]).check(&finals);
            result.map_err(|e| e.to_string())
        };
        assert_eq!(check("pt(j) > 20"), Ok(()));
        assert_eq!(
            check("pt(mu+) > 20").unwrap_err(),
            "cut 'pt(mu+) > 20': 'mu+' matches no final-state particle of the process"
        );
        assert_eq!(
            check("dR(j, j) > 0.4").unwrap_err(),
            "cut 'dR(j, j) > 0.4': no subprocess has enough distinct particles for it"
        );
        assert_eq!(
            check("pt(j[2]) > 20").unwrap_err(),
            "cut 'pt(j[2]) > 20': no subprocess has enough distinct particles for it"
        );
        assert_eq!(
            check("met > 20").unwrap_err(),
            "cut 'met > 20': 'neutrinos' matches no final-state particle of the process"
        );
        assert_eq!(check("sqrt_s > 20"), Ok(()));
    }
}
