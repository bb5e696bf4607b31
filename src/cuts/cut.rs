//! Cuts as parsed, before legs are known.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::observable::Observable;

use super::bind::Legs;
use super::error::CutError;
use super::expression::Expression;

/// PDG numbers of outgoing particles, and legs and PDG numbers of declared resonances.
pub(crate) type FinalState = (Vec<i32>, Vec<(u32, i32)>);

/// Said of a particle that decays where it has no meaning.
const DECAYS: &str = "; it decays in the process line: cuts on its own momentum such as pt, y and m \
     act on the sum of its products, those on ranks, distances and numbers do not";

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
    /// `core j`: legs that no declared decay makes.
    pub core: bool,
    /// `all l`: the sum over all legs of the group.
    pub all: bool,
    /// `j[2]`, `j[1..3]`: first and last rank in transverse momentum; counted from 1.
    pub ranks: Option<(usize, usize)>,
}

impl Argument {
    /// As written, without ranks.
    pub fn text(&self) -> String {
        let core = if self.core { "core " } else { "" };
        format!("{core}{}", self.name)
    }
}

/// An observable of named particles.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub observable: Observable,
    pub arguments: Vec<Argument>,
    /// All particles have the same absolute PDG number.
    pub same_flavour: bool,
}

impl Measured {
    /// Whether its legs are given by the final state alone, so that it has a value in any.
    pub fn is_of_event(&self) -> bool {
        match self.observable {
            Observable::SqrtS | Observable::Met | Observable::Number => true,
            Observable::Ht => self.arguments.iter().all(|a| a.ranks.is_none()),
            _ => self.arguments.iter().all(|a| a.all),
        }
    }
}

/// A quantity and the values that pass.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    /// At least one combination instead of all.
    pub any: bool,
    /// The absolute value is compared.
    pub abs: bool,
    /// As written, for messages.
    pub written: String,
    pub expression: Expression,
    /// What the expression refers to.
    pub measured: Vec<Measured>,
    pub interval: Interval,
    /// Values inside the interval fail, and others pass.
    pub outside: bool,
}

impl Comparison {
    /// The one observable that is compared, if it is not part of an expression.
    pub fn single(&self) -> Option<&Measured> {
        match (&self.expression, self.measured.as_slice()) {
            (Expression::Observed(0), [only]) => Some(only),
            _ => None,
        }
    }

    /// The interval that values lie in, if it is one.
    pub fn inside(&self) -> Interval {
        match self.outside {
            true => Interval::default(),
            false => self.interval,
        }
    }

    /// The intervals that pass.
    pub fn intervals(&self) -> Vec<Interval> {
        if !self.outside {
            return vec![self.interval];
        }
        let (lo, hi) = (self.interval.hi, self.interval.lo);
        vec![Interval { lo: None, hi }, Interval { lo, hi: None }]
    }

    /// Whether a value passes.
    pub fn admits(&self, value: f64) -> bool {
        let value = if self.abs { value.abs() } else { value };
        let is_in = |i: &Interval| {
            (i.lo).is_none_or(|l| value > l.value || (!l.strict && value == l.value))
                && (i.hi).is_none_or(|l| value < l.value || (!l.strict && value == l.value))
        };
        !value.is_nan() && self.intervals().iter().any(is_in)
    }
}

/// Smooth isolation: within the radius `R` around each particle of the first group,
/// the particles of the other groups up to each distance `d` have together at most
/// `epsilon pt ((1 - cos d) / (1 - cos R))^n` of transverse momentum. Source: S. Frixione,
/// Phys. Lett. B429 (1998) 369, hep-ph/9801442.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Isolation {
    /// At least one is isolated instead of all.
    pub any: bool,
    /// What is isolated.
    pub who: Argument,
    /// From what.
    pub others: Vec<Argument>,
    /// Radius of the cone in pseudorapidity and azimuth.
    pub radius: f64,
    /// The power `n`.
    pub power: f64,
    /// The fraction `epsilon`.
    pub epsilon: f64,
}

/// A lower limit on the scale of the softest emission.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MergingScale {
    /// `ktdurham` or `ptlund`, as MadGraph and Pythia call it.
    pub name: &'static str,
    /// The parameter D.
    pub radius: Option<f64>,
    /// The limit in GeV.
    pub least: f64,
    /// Largest PDG number of the quarks, except top, among the particles.
    pub flavours: i32,
}

impl Condition {
    /// What it is if it stands alone.
    fn merging_scale(&self) -> Option<MergingScale> {
        let Self::Compare(compared) = self else {
            return None;
        };
        let single = compared.single()?;
        let (name, radius) = match single.observable {
            Observable::KtDurham(d) => ("ktdurham", Some(d.value())),
            Observable::PtLund => ("ptlund", None),
            _ => return None,
        };
        let pdgs = single.arguments.iter().flat_map(|a| &a.pdgs);
        Some(MergingScale {
            name,
            radius,
            least: compared.inside().lower()?,
            flavours: pdgs.map(|p| p.abs()).filter(|p| *p <= 5).max().unwrap_or(0),
        })
    }
}

/// One of the conditions that are joined by `or`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    Compare(Comparison),
    Isolated(Isolation),
}

impl Condition {
    /// The groups that it names.
    pub fn arguments(&self) -> Vec<&Argument> {
        match self {
            Self::Compare(c) => c.measured.iter().flat_map(|m| &m.arguments).collect(),
            Self::Isolated(i) => std::iter::once(&i.who).chain(&i.others).collect(),
        }
    }
}

/// One cut: conditions of which at least one holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// As written, without spaces around it.
    pub(super) text: String,
    pub(super) conditions: Vec<Condition>,
}

impl Cut {
    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn arguments(&self) -> Vec<&Argument> {
        let all = self.conditions.iter().map(Condition::arguments);
        all.flatten().collect()
    }

    /// What it is made of that has no name in the cut.
    fn implied(&self) -> Option<&'static str> {
        let measured = self.conditions.iter().flat_map(|c| match c {
            Condition::Compare(c) => c.measured.as_slice(),
            Condition::Isolated(_) => &[],
        });
        measured
            .filter(|m| m.arguments.is_empty())
            .find_map(|m| match m.observable {
                Observable::Met => Some("neutrinos"),
                Observable::Ht => Some("light partons"),
                _ => None,
            })
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

    /// Cuts on merging scales that hold in every event that they act on.
    pub fn merging_scales(&self) -> Vec<MergingScale> {
        let scale = |cut: &Cut| match cut.conditions.as_slice() {
            [only] => only.merging_scale(),
            _ => None,
        };
        self.cuts.iter().filter_map(scale).collect()
    }

    /// Whether a cut names this particle or label.
    pub fn uses_group(&self, name: &str) -> bool {
        self.cuts
            .iter()
            .any(|c| c.arguments().iter().any(|a| a.name == name))
    }

    /// Checks that each cut acts on at least one of the final states: PDG numbers of the
    /// outgoing particles of each subprocess, and which of them (bits, from 0) come from
    /// declared decays.
    ///
    /// # Errors
    /// [`CutError::NoMatch`] for a group without a particle anywhere,
    /// [`CutError::NoCombination`] where particles never suffice.
    pub fn check(&self, final_states: &[(Vec<i32>, u32)]) -> Result<(), CutError> {
        let legs = final_states.iter().map(|(pdgs, d)| Legs::new(pdgs, 0, *d));
        self.check_legs(&legs.collect::<Vec<_>>())
    }

    /// The same with the declared resonances of each final state, as in
    /// [`Self::bind_decays`] with legs from 0.
    ///
    /// # Errors
    /// As for [`Self::check`].
    pub(crate) fn check_decays(&self, final_states: &[FinalState]) -> Result<(), CutError> {
        let legs = (final_states.iter()).map(|(pdgs, r)| Legs::with_resonances(pdgs, 0, r));
        self.check_legs(&legs.collect::<Vec<_>>())
    }

    fn check_legs(&self, final_states: &[Legs]) -> Result<(), CutError> {
        let mut acts = vec![false; self.cuts.len()];
        for legs in final_states {
            for (i, cut) in self.cuts.iter().enumerate() {
                acts[i] = acts[i] || super::bind::acts(cut, legs);
            }
        }
        let Some(cut) = acts.iter().position(|a| !a).map(|i| &self.cuts[i]) else {
            return Ok(());
        };
        let present = |a: &Argument| final_states.iter().any(|legs| !legs.of(a).is_empty());
        let decays = |a: &Argument| final_states.iter().any(|l| !l.decayed(a).is_empty());
        let missing = cut.arguments().into_iter().find(|a| !present(a));
        let text = cut.text.clone();
        let group = missing.map(Argument::text);
        Err(match group.or(cut.implied().map(str::to_owned)) {
            Some(group) => CutError::NoMatch {
                hint: match missing.is_some_and(decays) {
                    true => DECAYS,
                    false => "",
                },
                cut: text,
                group,
            },
            None => CutError::NoCombination { cut: text },
        })
    }
}
