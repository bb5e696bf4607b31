//! Cuts on the legs of one flavour assignment.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::observable::{Arity, Incoming, Observable};

use super::cut::{Argument, Comparison, Condition, Cut, CutSet, Interval, Limit, Measured};
use super::error::CutError;
use super::window::Window;

/// What a combination is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Slot {
    /// This leg, chosen among those of its group.
    Leg(usize),
    /// A leg of a sum over a group.
    Summed(usize),
    /// The leg of this rank (from 0) in transverse momentum.
    Ranked {
        /// The legs that are ordered.
        legs: Vec<usize>,
        /// Place in the order.
        rank: usize,
    },
}

impl Slot {
    /// The leg, if it is the same in each point.
    pub fn leg(&self) -> Option<usize> {
        match self {
            Self::Leg(leg) | Self::Summed(leg) => Some(*leg),
            Self::Ranked { .. } => None,
        }
    }
}

/// The legs of each observable of a comparison.
pub(super) type Combination = Vec<Vec<Slot>>;

/// One condition on definite legs; the index is that into the conditions of the cut.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum BoundCondition {
    /// A comparison.
    Compare {
        condition: usize,
        /// At least one combination instead of all.
        any: bool,
        combinations: Vec<Combination>,
    },
    /// Smooth isolation of some legs from others.
    Isolated {
        condition: usize,
        who: Vec<usize>,
        others: Vec<usize>,
    },
}

/// One cut on definite legs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct BoundCut {
    /// Index into the cuts of the set.
    pub cut: usize,
    /// At least one of these holds: without one, no point passes.
    pub conditions: Vec<BoundCondition>,
    /// The value of the only condition, where it is the same in each point and fails.
    value: Option<i64>,
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
    pub(super) incoming: Incoming,
    pub(super) n_in: usize,
    pub(super) n_ext: usize,
}

impl PartialEq for BoundCuts {
    fn eq(&self, other: &Self) -> bool {
        (self.n_in, self.n_ext) == (other.n_in, other.n_ext)
            && self.bound == other.bound
            && self.windows == other.windows
            && self.incoming == other.incoming
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
    /// Finds the legs for final-state particles with these PDG numbers, which follow
    /// `n_in` incoming legs; `from_decays` are the legs that declared decays make, bit k
    /// for leg k counted from 0 with the incoming ones first.
    ///
    /// # Errors
    /// [`CutError::Contradiction`] for two cuts that exclude each other on the
    /// same legs.
    pub fn bind(
        &self,
        final_pdgs: &[i32],
        n_in: usize,
        from_decays: u32,
    ) -> Result<BoundCuts, CutError> {
        let legs = Legs::new(final_pdgs, n_in, from_decays);
        self.bound(&legs)
    }

    /// The same with declared resonances, their legs and PDG numbers, which cuts may name.
    ///
    /// # Errors
    /// As for [`Self::bind`].
    pub(crate) fn bind_decays(
        &self,
        final_pdgs: &[i32],
        n_in: usize,
        resonances: &[(u32, i32)],
    ) -> Result<BoundCuts, CutError> {
        self.bound(&Legs::with_resonances(final_pdgs, n_in, resonances))
    }

    fn bound(&self, legs: &Legs) -> Result<BoundCuts, CutError> {
        let bound: Vec<_> = (self.cuts.iter().enumerate())
            .filter_map(|(i, cut)| {
                let conditions = bound_conditions(cut, legs)?;
                let value = match (cut.conditions.as_slice(), conditions.as_slice()) {
                    ([Condition::Compare(c)], []) => constant_value(c, &combinations(c, legs)),
                    _ => None,
                };
                Some(BoundCut {
                    cut: i,
                    conditions,
                    value: value.map(|x| x as i64),
                })
            })
            .collect();
        let cuts = BoundCuts {
            cuts: self.cuts.clone(),
            bound,
            windows: vec![],
            incoming: Incoming {
                n_in: legs.n_in,
                hadronic: [legs.n_in == 2; 2],
            },
            n_in: legs.n_in,
            n_ext: legs.n_in + legs.pdgs.len(),
        };
        cuts.check_contradictions()?;
        Ok(cuts)
    }
}

impl BoundCuts {
    /// The same cuts, in a collision of which these beams have partons; both have unless
    /// this is said.
    pub(crate) fn with_beams(mut self, hadronic: [bool; 2]) -> Self {
        self.incoming.hadronic = hadronic;
        self
    }

    /// Whether no cut acts on these legs.
    pub fn is_empty(&self) -> bool {
        self.bound.is_empty() && self.windows.is_empty()
    }

    /// A cut that no point passes, whatever its momenta are, and why.
    pub(crate) fn never_passed(&self) -> Option<(String, String)> {
        let bound = self.bound.iter().find(|b| b.conditions.is_empty())?;
        let cut = &self.cuts[bound.cut];
        let why = match (cut.conditions.as_slice(), bound.value) {
            ([Condition::Compare(c)], Some(value)) => format!("{} is {value} there", c.written),
            _ => "it has none, or too few, of the particles".to_owned(),
        };
        Some((cut.text.clone(), why))
    }

    /// The comparison of a bound condition.
    pub(super) fn comparison(&self, cut: usize, condition: usize) -> &Comparison {
        match &self.cuts[cut].conditions[condition] {
            Condition::Compare(compared) => compared,
            Condition::Isolated(_) => unreachable!("bound as a comparison"),
        }
    }

    /// Intersects the intervals of equal observables of equal legs.
    fn check_contradictions(&self) -> Result<(), CutError> {
        type Key<'a> = (Observable, &'a [Slot]);
        let mut seen: BTreeMap<Key, Vec<(usize, &Comparison)>> = BTreeMap::new();
        for b in &self.bound {
            let [
                BoundCondition::Compare {
                    condition,
                    any: false,
                    combinations,
                },
            ] = b.conditions.as_slice()
            else {
                continue;
            };
            let compared = self.comparison(b.cut, *condition);
            let Some(measured) = compared.single() else {
                continue;
            };
            for legs in combinations {
                let earlier = seen.entry((measured.observable, &legs[0])).or_default();
                for &(other, with) in earlier.iter() {
                    if exclude(compared, with) {
                        return Err(CutError::Contradiction {
                            first: self.cuts[other].text.clone(),
                            second: self.cuts[b.cut].text.clone(),
                        });
                    }
                }
                earlier.push((b.cut, compared));
            }
        }
        Ok(())
    }
}

/// Whether no value passes both cuts on the same quantity.
fn exclude(a: &Comparison, b: &Comparison) -> bool {
    let branches = |c: &Comparison| -> Vec<Interval> {
        if !c.abs {
            return c.intervals();
        }
        let zero = Interval {
            lo: Some(Limit {
                value: 0.0,
                strict: false,
            }),
            hi: None,
        };
        let right = c.intervals().into_iter().map(|i| i.and(&zero));
        right.flat_map(|i| [i, i.negated()]).collect()
    };
    let (a, b) = (branches(a), branches(b));
    a.iter().all(|x| b.iter().all(|y| x.and(y).is_empty()))
}

/// The outgoing legs of one flavour assignment.
pub(super) struct Legs<'a> {
    pdgs: &'a [i32],
    n_in: usize,
    from_decays: u32,
    /// Declared resonances: their legs and PDG numbers.
    resonances: &'a [(u32, i32)],
}

impl<'a> Legs<'a> {
    /// As in [`CutSet::bind`].
    pub fn new(pdgs: &'a [i32], n_in: usize, from_decays: u32) -> Self {
        Self {
            pdgs,
            n_in,
            from_decays,
            resonances: &[],
        }
    }

    /// With the resonances that make some of them.
    pub fn with_resonances(pdgs: &'a [i32], n_in: usize, resonances: &'a [(u32, i32)]) -> Self {
        let from_decays = resonances.iter().fold(0, |all, (legs, _)| all | legs);
        Self {
            resonances,
            ..Self::new(pdgs, n_in, from_decays)
        }
    }

    /// The legs of each declared resonance of a group; of `core t` those that come from no
    /// other decay.
    pub fn decayed(&self, argument: &Argument) -> Vec<Vec<usize>> {
        let inside = |a: u32, b: u32| a & b == a && a != b;
        let is_core = |legs: u32| !self.resonances.iter().any(|r| inside(legs, r.0));
        let named = (self.resonances.iter()).filter(|(legs, pdg)| {
            argument.pdgs.contains(pdg) && (!argument.core || is_core(*legs))
        });
        let legs = |set: u32| (0..32).filter(move |leg| set >> leg & 1 == 1).collect();
        named.map(|&(set, _)| legs(set)).collect()
    }

    fn filter(&self, keep: impl Fn(i32) -> bool) -> Vec<usize> {
        let kept = (self.pdgs.iter().enumerate()).filter(|(_, p)| keep(**p));
        kept.map(|(k, _)| self.n_in + k).collect()
    }

    fn is_core(&self, leg: usize) -> bool {
        leg >= 32 || self.from_decays >> leg & 1 == 0
    }

    /// The legs of a group.
    pub fn of(&self, argument: &Argument) -> Vec<usize> {
        let mut legs = self.filter(|p| argument.pdgs.contains(&p));
        legs.retain(|&leg| !argument.core || self.is_core(leg));
        legs
    }

    fn of_any<'b>(&self, arguments: impl IntoIterator<Item = &'b Argument>) -> Vec<usize> {
        let lists = arguments.into_iter().map(|a| self.of(a));
        lists
            .flatten()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// The legs that an observable is made of in any final state; `None` if it has to
    /// choose among legs.
    fn of_event(&self, measured: &Measured) -> Option<Vec<usize>> {
        let arguments = &measured.arguments;
        if !measured.is_of_event() {
            return None;
        }
        Some(match measured.observable {
            Observable::SqrtS => self.filter(|_| true),
            Observable::Met => self.filter(|p| matches!(p.abs(), 12 | 14 | 16)),
            Observable::Ht if arguments.is_empty() => self.filter(is_light),
            _ => self.of_any(arguments),
        })
    }

    fn flavour(&self, slot: &Slot) -> i32 {
        let leg = slot.leg().map(|leg| self.pdgs[leg - self.n_in].abs());
        leg.unwrap_or_default()
    }
}

/// Gluons, and quarks except top.
fn is_light(pdg: i32) -> bool {
    pdg == 21 || (1..=5).contains(&pdg.abs())
}

/// Whether the cut says something about this final state.
pub(super) fn acts(cut: &Cut, legs: &Legs) -> bool {
    cut.conditions.iter().any(|c| match c {
        Condition::Compare(compared) => {
            let events = || compared.measured.iter().filter_map(|m| legs.of_event(m));
            let has_legs = |legs: Vec<usize>| !legs.is_empty();
            !combinations(compared, legs).is_empty()
                && (events().count() < compared.measured.len() || events().any(has_legs))
        }
        Condition::Isolated(i) => isolated(i, legs).is_some(),
    })
}

/// What is left to test of a cut; `None` if it does not act on these legs, or always
/// holds.
fn bound_conditions(cut: &Cut, legs: &Legs) -> Option<Vec<BoundCondition>> {
    let mut is_acting = false;
    let mut bound = Vec::new();
    for (condition, c) in cut.conditions.iter().enumerate() {
        match c {
            Condition::Compare(compared) => {
                let combinations = combinations(compared, legs);
                if combinations.is_empty() {
                    continue;
                }
                is_acting = true;
                match constant(compared, &combinations) {
                    Some(true) => return None,
                    Some(false) => {}
                    None => bound.push(BoundCondition::Compare {
                        condition,
                        any: compared.any && combinations.len() > 1,
                        combinations,
                    }),
                }
            }
            Condition::Isolated(i) => {
                let Some((who, others)) = isolated(i, legs) else {
                    continue;
                };
                is_acting = true;
                bound.push(BoundCondition::Isolated {
                    condition,
                    who,
                    others,
                });
            }
        }
    }
    is_acting.then_some(bound)
}

/// Whether a comparison holds, if that is the same in each point.
fn constant(compared: &Comparison, combinations: &[Combination]) -> Option<bool> {
    constant_value(compared, combinations).map(|value| compared.admits(value))
}

/// The value of an expression, if it is the same in each point: numbers of legs, and
/// sums of none.
pub(super) fn constant_value(compared: &Comparison, combinations: &[Combination]) -> Option<f64> {
    let [legs] = combinations else { return None };
    let values: Option<Vec<Vec<f64>>> = (compared.measured.iter().zip(legs))
        .map(|(m, legs)| match m.observable {
            Observable::Number => Some(vec![legs.len() as f64]),
            _ => legs.is_empty().then(|| vec![0.0]),
        })
        .collect();
    let mut value = [0.0];
    compared.expression.evaluate(&values?, &mut value);
    Some(value[0])
}

/// The legs that are isolated, and from which.
fn isolated(i: &super::cut::Isolation, legs: &Legs) -> Option<(Vec<usize>, Vec<usize>)> {
    let (who, others) = (legs.of(&i.who), legs.of_any(&i.others));
    let is_pair = who.iter().any(|a| others.iter().any(|b| a != b));
    is_pair.then_some((who, others))
}

/// All choices of legs for the observables of a comparison, each once.
pub(super) fn combinations(compared: &Comparison, legs: &Legs) -> Vec<Combination> {
    let mut found = BTreeSet::new();
    choose_each(&compared.measured, legs, &mut Vec::new(), &mut found);
    let is_single = compared.measured.len() == 1;
    let plain = |slot: Slot| match slot {
        Slot::Summed(leg) => Slot::Leg(leg),
        // The leading one of one is that one.
        Slot::Ranked { legs, .. } if legs.len() == 1 => Slot::Leg(legs[0]),
        other => other,
    };
    let found = found.into_iter();
    if !is_single {
        return found.collect();
    }
    let simple = |c: Combination| -> Combination {
        let of_each = |slots: Vec<Slot>| slots.into_iter().map(plain).collect();
        c.into_iter().map(of_each).collect()
    };
    found.map(simple).collect()
}

/// Observables after another; a leg that a group without rank stands for is not taken
/// again.
fn choose_each(
    measured: &[Measured],
    legs: &Legs,
    chosen: &mut Combination,
    found: &mut BTreeSet<Combination>,
) {
    let Some((first, rest)) = measured.split_first() else {
        found.insert(chosen.clone());
        return;
    };
    for slots in of_one(first, legs) {
        let is_free = |s: &Slot| matches!(s, Slot::Leg(_));
        let mut earlier = chosen.iter().flatten();
        if earlier.any(|s| is_free(s) && slots.contains(s)) {
            continue;
        }
        chosen.push(slots);
        choose_each(rest, legs, chosen, found);
        chosen.pop();
    }
}

/// All sets of distinct legs for one observable.
fn of_one(measured: &Measured, legs: &Legs) -> Vec<Vec<Slot>> {
    use Observable as O;
    let ranked = |legs: &[usize], rank: usize| Slot::Ranked {
        legs: legs.to_vec(),
        rank,
    };
    if let Some(of_event) = legs.of_event(measured) {
        // Without legs there is a sum, but no direction.
        let direction = matches!(measured.observable, O::Eta | O::Rapidity | O::Phi);
        if direction && of_event.is_empty() {
            return Vec::new();
        }
        return vec![of_event.into_iter().map(Slot::Summed).collect()];
    }
    if measured.observable.is_of_record() {
        let set = legs.of_any(&measured.arguments);
        let acts = set.iter().any(|leg| is_light(legs.pdgs[leg - legs.n_in]));
        let slots = || set.iter().copied().map(Slot::Summed).collect();
        return acts.then(slots).into_iter().collect();
    }
    if measured.observable == O::Ht {
        let Some((group, (first, last))) =
            (measured.arguments.first()).and_then(|a| Some((legs.of(a), a.ranks?)))
        else {
            return Vec::new();
        };
        return match group.len() {
            n if last > n => Vec::new(),
            n if first == 1 && last == n => vec![group.into_iter().map(Slot::Summed).collect()],
            _ => vec![(first..=last).map(|r| ranked(&group, r - 1)).collect()],
        };
    }
    let summed = legs.of_any(measured.arguments.iter().filter(|a| a.all));
    let one_each = measured.arguments.iter().filter(|a| !a.all);
    // The momentum of a particle that decays is the sum of those of its products.
    let sums_up = measured.observable.arity() == Arity::OneOrMore && !measured.same_flavour;
    let choices: Vec<Vec<Vec<Slot>>> = one_each
        .map(|a| {
            let group = legs.of(a);
            match a.ranks {
                None => {
                    let free = group.into_iter().filter(|leg| !summed.contains(leg));
                    let decayed = if sums_up { legs.decayed(a) } else { Vec::new() };
                    let apart = |l: &Vec<usize>| !l.iter().any(|leg| summed.contains(leg));
                    let decayed = decayed.into_iter().filter(apart);
                    let sums = decayed.map(|l| l.into_iter().map(Slot::Summed).collect());
                    free.map(|leg| vec![Slot::Leg(leg)]).chain(sums).collect()
                }
                Some((rank, _)) if rank > group.len() => Vec::new(),
                Some((rank, _)) => vec![vec![ranked(&group, rank - 1)]],
            }
        })
        .collect();
    let start: Vec<Slot> = summed.into_iter().map(Slot::Summed).collect();
    let mut found = BTreeSet::new();
    choose(&choices, &mut start.clone(), &mut found);
    let agree = |slots: &Vec<Slot>| {
        let mut flavours = slots.iter().map(|s| legs.flavour(s));
        let first = flavours.next();
        flavours.all(|f| Some(f) == first)
    };
    let found = found.into_iter();
    found
        .filter(|slots| !measured.same_flavour || agree(slots))
        .collect()
}

fn choose(choices: &[Vec<Vec<Slot>>], chosen: &mut Vec<Slot>, found: &mut BTreeSet<Vec<Slot>>) {
    let Some((first, rest)) = choices.split_first() else {
        let mut set = chosen.clone();
        set.sort();
        found.insert(set);
        return;
    };
    let one_leg = |slot: &Slot| match slot {
        Slot::Ranked { legs, .. } if legs.len() == 1 => Some(legs[0]),
        other => other.leg(),
    };
    for slots in first {
        let is_taken = |slot: &Slot| {
            let same = |other: &Slot| {
                slot == other || one_leg(slot).is_some_and(|leg| one_leg(other) == Some(leg))
            };
            chosen.iter().any(same)
        };
        if !slots.iter().any(is_taken) {
            let before = chosen.len();
            chosen.extend(slots.iter().cloned());
            choose(rest, chosen, found);
            chosen.truncate(before);
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
        let bound = set(&[text]).bind(pdgs, 2, 0).unwrap();
        let leg = |s: &Slot| match s {
            Slot::Leg(leg) | Slot::Summed(leg) => *leg,
            Slot::Ranked { rank, .. } => 100 + rank,
        };
        (bound.bound.iter())
            .flat_map(|b| match b.conditions.as_slice() {
                [BoundCondition::Compare { combinations, .. }] => combinations.clone(),
                other => panic!("{other:?}"),
            })
            .map(|c| c.iter().flatten().map(leg).collect())
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
        let a = cuts.bind(&[21, 11, -11], 2, 0).unwrap();
        let b = cuts.bind(&[2, 11, -11], 2, 0).unwrap();
        let c = cuts.bind(&[2, -11, 11], 2, 0).unwrap();
        let d = cuts.bind(&[2, 13, -13], 2, 0).unwrap();
        assert!(a == b && b == c && c != d);
        let all: std::collections::HashSet<_> = [a, b, c, d].into();
        assert_eq!(all.len(), 2);
    }

    #[test]
    fn cuts_that_exclude_each_other_are_named() {
        let message = |texts: &[&str]| {
            set(texts)
                .bind(&[11, -11, 2], 2, 0)
                .unwrap_err()
                .to_string()
        };
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
        assert!(fine.bind(&[11, -11, 2], 2, 0).is_ok());
    }

    #[test]
    fn a_cut_must_act_on_some_final_state() {
        let check = |text: &str| {
            let finals = [(vec![11, -11, 21], 0), (vec![6, -6], 0)];
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
