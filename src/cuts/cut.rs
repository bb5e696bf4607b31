//! Cuts as parsed, before legs are known.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::observable::Observable;

use super::error::CutError;

/// PDG numbers of each particle name and multiparticle label.
pub type Groups = BTreeMap<String, Vec<i32>>;

/// One end of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limit {
    pub value: f64,
    /// Whether the end itself is excluded.
    pub strict: bool,
}

/// Allowed values, possibly unlimited on a side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Interval {
    pub lo: Option<Limit>,
    pub hi: Option<Limit>,
}

impl Interval {
    pub fn is_empty(&self) -> bool {
        match (self.lo, self.hi) {
            (Some(lo), Some(hi)) => {
                lo.value > hi.value || (lo.value == hi.value && (lo.strict || hi.strict))
            }
            _ => false,
        }
    }

    /// What both allow.
    pub fn and(&self, other: &Self) -> Self {
        let pick = |a: Option<Limit>, b: Option<Limit>, sign: f64| match (a, b) {
            (Some(a), Some(b)) => {
                let d = sign * (a.value - b.value);
                Some(if d > 0.0 || (d == 0.0 && a.strict) {
                    a
                } else {
                    b
                })
            }
            (a, b) => a.or(b),
        };
        Self {
            lo: pick(self.lo, other.lo, 1.0),
            hi: pick(self.hi, other.hi, -1.0),
        }
    }

    /// The interval mirrored at zero.
    pub(crate) fn negated(&self) -> Self {
        let minus = |l: Limit| Limit {
            value: -l.value,
            ..l
        };
        Self {
            lo: self.hi.map(minus),
            hi: self.lo.map(minus),
        }
    }

    pub fn lower(&self) -> Option<f64> {
        self.lo.map(|l| l.value)
    }

    pub fn upper(&self) -> Option<f64> {
        self.hi.map(|l| l.value)
    }
}

/// One argument of an observable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Argument {
    pub name: String,
    pub pdgs: Vec<i32>,
    /// `j[2]`: the second in transverse momentum; counted from 1.
    pub rank: Option<usize>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// As written, without spaces around it.
    pub(super) text: String,
    /// At least one combination instead of all.
    pub(super) any: bool,
    /// The absolute value is compared.
    pub(super) abs: bool,
    pub(super) observable: Observable,
    pub(super) arguments: Vec<Argument>,
    pub(super) interval: Interval,
}

impl Cut {
    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is compared.
    pub fn observable(&self) -> Observable {
        self.observable
    }

    /// `|eta|` or `eta`.
    pub(super) fn compared(&self) -> String {
        let name = self.observable.name();
        if self.abs {
            format!("|{name}|")
        } else {
            name.to_string()
        }
    }
}

/// All cuts of a process, in the order of the card.
#[derive(Clone, Debug, PartialEq)]
pub struct CutSet {
    pub(super) cuts: Arc<[Cut]>,
}

impl Default for CutSet {
    fn default() -> Self {
        Self { cuts: Arc::new([]) }
    }
}

impl CutSet {
    /// Parses cuts; `groups` are the names they may use.
    ///
    /// # Errors
    /// [`CutError`] for the first cut that is not understood, refers to an
    /// unknown observable or group, or can never be fulfilled.
    pub fn parse<S: AsRef<str>>(texts: &[S], groups: &Groups) -> Result<Self, CutError> {
        let cuts: Result<Vec<_>, _> = texts
            .iter()
            .map(|t| super::parse::parse(t.as_ref(), groups))
            .collect();
        Ok(Self { cuts: cuts?.into() })
    }

    /// The cuts.
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
    }

    /// Whether there is no cut.
    pub fn is_empty(&self) -> bool {
        self.cuts.is_empty()
    }

    /// Whether a cut names this particle or label.
    pub fn uses_group(&self, name: &str) -> bool {
        self.cuts
            .iter()
            .any(|c| c.arguments.iter().any(|a| a.name == name))
    }

    /// Checks that each cut acts on at least one of the final states (PDG
    /// numbers of the outgoing particles of each subprocess).
    ///
    /// # Errors
    /// [`CutError::NoMatch`] for a group without a particle anywhere,
    /// [`CutError::NoCombination`] where particles never suffice.
    pub fn check(&self, final_states: &[Vec<i32>]) -> Result<(), CutError> {
        let mut acts = vec![false; self.cuts.len()];
        for pdgs in final_states {
            for (i, cut) in self.cuts.iter().enumerate() {
                acts[i] |= super::bind::acts(cut, pdgs);
            }
        }
        let Some(cut) = acts.iter().position(|a| !a).map(|i| &self.cuts[i]) else {
            return Ok(());
        };
        let present = |pdgs: &[i32]| final_states.iter().flatten().any(|p| pdgs.contains(p));
        let missing = cut.arguments.iter().find(|a| !present(&a.pdgs));
        let text = cut.text.clone();
        Err(match (missing, cut.observable) {
            (Some(a), _) => CutError::NoMatch {
                cut: text,
                group: a.name.clone(),
            },
            (None, Observable::Met) => CutError::NoMatch {
                cut: text,
                group: "neutrinos".into(),
            },
            (None, Observable::Ht) => CutError::NoMatch {
                cut: text,
                group: "light partons".into(),
            },
            _ => CutError::NoCombination { cut: text },
        })
    }
}
