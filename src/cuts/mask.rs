//! Evaluation of bound cuts on a batch.

use crate::elementary::Elementary;
use crate::kinematics::MomentumBatch;
use crate::observable::{Incoming, Observable};

use super::bind::{BoundCondition, BoundCuts, Combination, Slot};
use super::cut::{Comparison, Condition, CutSet, Isolation};

/// How many points each cut removed, other cuts aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CutStatistics {
    /// Points tested.
    pub n_tested: u64,
    /// Points that passed all cuts.
    pub n_passed: u64,
    /// Points that failed each cut of the [`CutSet`], in its order.
    pub n_failed: Vec<u64>,
}

impl CutStatistics {
    /// Adds the counts of another.
    #[cfg(test)]
    pub fn merge(&mut self, other: &Self) {
        self.n_tested += other.n_tested;
        self.n_passed += other.n_passed;
        let n = self.n_failed.len().max(other.n_failed.len());
        self.n_failed.resize(n, 0);
        for (a, b) in self.n_failed.iter_mut().zip(&other.n_failed) {
            *a += b;
        }
    }

    /// One line per cut that removed points, the most effective one first.
    pub(crate) fn explain(&self, cuts: &CutSet) -> Vec<String> {
        let mut failed: Vec<_> = (self.n_failed.iter().zip(cuts.cuts()))
            .filter(|(n, _)| **n > 0)
            .collect();
        failed.sort_by_key(|(n, _)| std::cmp::Reverse(**n));
        let percent = |n: u64| 100.0 * n as f64 / self.n_tested.max(1) as f64;
        (failed.into_iter())
            .map(|(&n, cut)| {
                format!(
                    "cut '{}' removes {:.1} % of the points ({n} of {})",
                    cut.text(),
                    percent(n),
                    self.n_tested
                )
            })
            .collect()
    }
}

impl BoundCuts {
    /// Sets `mask[k]` to whether point `k` passes; `mask` is `[n_batch]`.
    ///
    /// `p` holds all legs in the laboratory frame, incoming first.
    pub(crate) fn mask(&self, p: &MomentumBatch, mask: &mut [bool]) {
        self.evaluate(p, mask, None);
    }

    /// As [`Self::mask`], and adds to the counts.
    pub(crate) fn mask_counted(
        &self,
        p: &MomentumBatch,
        mask: &mut [bool],
        statistics: &mut CutStatistics,
    ) {
        self.evaluate(p, mask, Some(statistics));
    }

    fn evaluate(
        &self,
        p: &MomentumBatch,
        mask: &mut [bool],
        mut statistics: Option<&mut CutStatistics>,
    ) {
        let n = p.n_batch;
        mask.fill(true);
        let mut work = Work::new(n, self.incoming);
        let mut pass = vec![true; n];
        for b in &self.bound {
            match b.conditions.as_slice() {
                [only] => self.condition(b.cut, only, p, &mut work, &mut pass),
                several => {
                    let mut one = vec![false; n];
                    pass.fill(false);
                    for condition in several {
                        self.condition(b.cut, condition, p, &mut work, &mut one);
                        pass.iter_mut().zip(&one).for_each(|(a, b)| *a |= b);
                    }
                }
            }
            for (m, ok) in mask.iter_mut().zip(&pass) {
                *m &= ok;
            }
            if let Some(s) = statistics.as_deref_mut() {
                s.n_failed.resize(self.cuts.len(), 0);
                s.n_failed[b.cut] += pass.iter().filter(|ok| !**ok).count() as u64;
            }
        }
        for window in &self.windows {
            let test = Test {
                lo: Observable::Mass.key_of(window.lo),
                hi: Observable::Mass.key_of(window.hi),
                lo_strict: false,
                hi_strict: false,
                abs: false,
                outside: false,
            };
            Observable::Mass.key(p, &window.members(), &mut work.key);
            test.apply(&work.key, |k, ok| mask[k] &= ok);
        }
        if let Some(s) = statistics {
            s.n_failed.resize(self.cuts.len(), 0);
            s.n_tested += n as u64;
            s.n_passed += mask.iter().filter(|ok| **ok).count() as u64;
        }
    }

    /// Which points fulfil a condition.
    fn condition(
        &self,
        cut: usize,
        bound: &BoundCondition,
        p: &MomentumBatch,
        work: &mut Work,
        pass: &mut [bool],
    ) {
        match bound {
            BoundCondition::Compare {
                condition,
                any,
                combinations,
            } => {
                let compared = self.comparison(cut, *condition);
                let ranked = |s: &Slot| s.leg().is_none();
                if combinations.iter().flatten().flatten().any(ranked) {
                    ranked_pass(compared, *any, combinations, p, work, pass);
                } else {
                    definite_pass(compared, *any, combinations, p, work, pass);
                }
            }
            BoundCondition::Isolated {
                condition,
                who,
                others,
            } => {
                if let Condition::Isolated(isolation) = &self.cuts[cut].conditions[*condition] {
                    isolated_pass(isolation, who, others, p, pass);
                }
            }
        }
    }
}

/// Buffers of `[n_batch]`.
pub(super) struct Work {
    key: Vec<f64>,
    values: Vec<Vec<f64>>,
    legs: Vec<usize>,
    incoming: Incoming,
}

impl Work {
    pub fn new(n: usize, incoming: Incoming) -> Self {
        Self {
            key: vec![0.0; n],
            values: Vec::new(),
            legs: Vec::new(),
            incoming,
        }
    }

    /// Sets `key` to what is compared, for the legs of each observable and the batch that
    /// they are in.
    fn compute<'a, L>(&mut self, compared: &Comparison, legs_of: L)
    where
        L: Fn(usize) -> (&'a MomentumBatch, &'a [Slot]),
    {
        if let Some(single) = compared.single() {
            let (p, slots) = legs_of(0);
            self.take(slots);
            let observable = single.observable;
            observable.key_in(self.incoming, p, &self.legs, &mut self.key);
            return;
        }
        self.values(compared, legs_of);
    }

    /// What was computed last.
    pub fn key(&self) -> &[f64] {
        &self.key
    }

    /// Sets `key` to the values of the expression, likewise.
    pub fn values<'a, L>(&mut self, compared: &Comparison, legs_of: L)
    where
        L: Fn(usize) -> (&'a MomentumBatch, &'a [Slot]),
    {
        self.values.resize(compared.measured.len(), Vec::new());
        for (k, measured) in compared.measured.iter().enumerate() {
            let (p, slots) = legs_of(k);
            self.take(slots);
            let values = &mut self.values[k];
            values.resize(p.n_batch, 0.0);
            let observable = measured.observable;
            observable.compute_in(self.incoming, p, &self.legs, values);
        }
        compared.expression.evaluate(&self.values, &mut self.key);
    }

    /// Sets `key` for a combination whose legs are ordered in each point: to what is
    /// compared, or to the values of the expression. Tells where legs that must differ do.
    pub fn gathered(
        &mut self,
        compared: &Comparison,
        combination: &Combination,
        p: &MomentumBatch,
        as_compared: bool,
    ) -> Vec<bool> {
        let (gathered, distinct) = gather(compared, combination, p);
        // The legs of each observable in the gathered batch.
        let mut at = 0;
        let places: Vec<Vec<Slot>> = (combination.iter())
            .map(|slots| {
                let here = (at..at + slots.len()).map(Slot::Leg).collect();
                at += slots.len();
                here
            })
            .collect();
        let legs_of = |k: usize| match compared.measured[k].observable {
            o if o.is_of_record() => (p, combination[k].as_slice()),
            _ => (&gathered, places[k].as_slice()),
        };
        match as_compared {
            true => self.compute(compared, legs_of),
            false => self.values(compared, legs_of),
        }
        distinct
    }

    fn take(&mut self, slots: &[Slot]) {
        self.legs.clear();
        self.legs.extend(slots.iter().filter_map(Slot::leg));
    }
}

/// The interval of a cut in terms of keys; NaN never passes.
struct Test {
    lo: f64,
    hi: f64,
    lo_strict: bool,
    hi_strict: bool,
    abs: bool,
    outside: bool,
}

impl Test {
    fn new(compared: &Comparison) -> Self {
        let (lo, hi) = (compared.interval.lo, compared.interval.hi);
        let key = |value: f64| match compared.single() {
            Some(single) => single.observable.key_of(value),
            None => value,
        };
        Self {
            lo: lo.map_or(f64::NEG_INFINITY, |l| key(l.value)),
            hi: hi.map_or(f64::INFINITY, |l| key(l.value)),
            lo_strict: lo.is_some_and(|l| l.strict),
            hi_strict: hi.is_some_and(|l| l.strict),
            abs: compared.abs,
            outside: compared.outside,
        }
    }

    fn apply(&self, key: &[f64], mut use_it: impl FnMut(usize, bool)) {
        let sign_mask = if self.abs { i64::MAX as u64 } else { u64::MAX };
        let absolute = |x: f64| f64::from_bits(x.to_bits() & sign_mask);
        if self.outside {
            for (k, &x) in key.iter().enumerate() {
                let x = absolute(x);
                use_it(k, (x <= self.lo) | (x >= self.hi));
            }
            return;
        }
        for (k, &x) in key.iter().enumerate() {
            let x = absolute(x);
            let above = (x > self.lo) | (!self.lo_strict & (x == self.lo));
            let below = (x < self.hi) | (!self.hi_strict & (x == self.hi));
            use_it(k, above & below);
        }
    }
}

/// A comparison of the same legs in each point.
fn definite_pass(
    compared: &Comparison,
    any: bool,
    combinations: &[Combination],
    p: &MomentumBatch,
    work: &mut Work,
    pass: &mut [bool],
) {
    pass.fill(!any);
    let test = Test::new(compared);
    for combination in combinations {
        work.compute(compared, |k| (p, &combination[k]));
        if any {
            test.apply(&work.key, |k, ok| pass[k] |= ok);
        } else {
            test.apply(&work.key, |k, ok| pass[k] &= ok);
        }
    }
}

/// A comparison that needs the legs ordered in each point.
fn ranked_pass(
    compared: &Comparison,
    any: bool,
    combinations: &[Combination],
    p: &MomentumBatch,
    work: &mut Work,
    pass: &mut [bool],
) {
    let n = p.n_batch;
    let test = Test::new(compared);
    let mut formed = vec![false; n];
    pass.fill(!any);
    for combination in combinations {
        let distinct = work.gathered(compared, combination, p, true);
        test.apply(&work.key, |k, ok| {
            formed[k] |= distinct[k];
            if any {
                pass[k] |= ok & distinct[k];
            } else {
                pass[k] &= ok | !distinct[k];
            }
        });
    }
    for k in 0..n {
        pass[k] |= !formed[k];
    }
}

/// The legs of a combination, and one more that makes their sum that of all legs if that
/// matters; and where the legs that must differ do.
fn gather(
    compared: &Comparison,
    combination: &Combination,
    p: &MomentumBatch,
) -> (MomentumBatch, Vec<bool>) {
    let n = p.n_batch;
    let slots: Vec<(usize, &Slot)> = (combination.iter().enumerate())
        .flat_map(|(k, slots)| slots.iter().map(move |s| (k, s)))
        .collect();
    // chosen[slot * n + k]: the leg of point k.
    let mut chosen = Vec::with_capacity(slots.len() * n);
    for (_, slot) in &slots {
        match slot {
            Slot::Leg(leg) | Slot::Summed(leg) => chosen.resize(chosen.len() + n, *leg),
            Slot::Ranked { legs, rank } => {
                let mut order = legs.clone();
                for k in 0..n {
                    let pt2 = |leg: usize| {
                        let q = p.get(leg, k);
                        q[1] * q[1] + q[2] * q[2]
                    };
                    order.copy_from_slice(legs);
                    order.sort_by(|&a, &b| pt2(b).total_cmp(&pt2(a)));
                    chosen.push(order[*rank]);
                }
            }
        }
    }
    // In one observable all legs differ; among several, one that is chosen freely is
    // none that a rank stands for.
    let must_differ = |a: usize, b: usize| {
        let ((of_a, a), (of_b, b)) = (slots[a], slots[b]);
        let mixed = matches!(
            (a, b),
            (Slot::Leg(_), Slot::Ranked { .. }) | (Slot::Ranked { .. }, Slot::Leg(_))
        );
        of_a == of_b || mixed
    };
    let mut gathered = MomentumBatch::zeros(slots.len() + 1, n);
    let mut distinct = vec![true; n];
    for slot in 0..slots.len() {
        let rivals: Vec<usize> = (0..slot)
            .filter(|&other| must_differ(slot, other))
            .collect();
        for k in 0..n {
            let leg = chosen[slot * n + k];
            gathered.set(slot, k, p.get(leg, k));
            distinct[k] &= rivals.iter().all(|other| chosen[other * n + k] != leg);
        }
    }
    let mut observables = compared.measured.iter().map(|m| m.observable);
    if observables.any(|o| o == Observable::CentreOfMassEnergy) {
        for k in 0..n {
            let mut rest = [0.0; 4];
            for leg in 0..p.n_ext {
                let q = p.get(leg, k);
                (0..4).for_each(|mu| rest[mu] += q[mu]);
            }
            for slot in 0..slots.len() {
                let q = gathered.get(slot, k);
                (0..4).for_each(|mu| rest[mu] -= q[mu]);
            }
            gathered.set(slots.len(), k, rest);
        }
    }
    (gathered, distinct)
}

/// Smooth isolation: tested where the sum of the others grows, at the distance of each
/// of them inside the cone, as the limit itself grows with the distance.
fn isolated_pass(
    isolation: &Isolation,
    who: &[usize],
    others: &[usize],
    p: &MomentumBatch,
    pass: &mut [bool],
) {
    let n = p.n_batch;
    let pt_of = |leg: usize| {
        let mut pt = vec![0.0; n];
        Observable::Pt.compute(p, &[leg], &mut pt);
        pt
    };
    let whole = 1.0 - isolation.radius.cos_same();
    pass.fill(!isolation.any);
    for &a in who {
        let around: Vec<usize> = others.iter().copied().filter(|&b| b != a).collect();
        if around.is_empty() {
            continue;
        }
        let pt = pt_of(a);
        let pts: Vec<Vec<f64>> = around.iter().map(|&b| pt_of(b)).collect();
        let distances: Vec<Vec<f64>> = (around.iter())
            .map(|&b| {
                let (mut deta, mut dphi) = (vec![0.0; n], vec![0.0; n]);
                Observable::DeltaEta.compute(p, &[a, b], &mut deta);
                Observable::DeltaPhi.compute(p, &[a, b], &mut dphi);
                deta.iter()
                    .zip(&dphi)
                    .map(|(x, y)| x.hypot_same(*y))
                    .collect()
            })
            .collect();
        for k in 0..n {
            let is_below = |b: usize| {
                let d = distances[b][k];
                // Not a number: the momenta are none.
                if d > isolation.radius {
                    return true;
                }
                let inside = (0..around.len()).filter(|&c| distances[c][k] <= d);
                let sum: f64 = inside.map(|c| pts[c][k]).sum();
                let shape = ((1.0 - d.cos_same()) / whole).powf_same(isolation.power);
                sum <= isolation.epsilon * pt[k] * shape
            };
            let is_isolated = (0..around.len()).all(is_below);
            if isolation.any {
                pass[k] |= is_isolated;
            } else {
                pass[k] &= is_isolated;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::tests::groups;
    use super::*;
    use crate::kinematics::FourVector;

    const BEAMS: [FourVector; 2] = [[500.0, 0.0, 0.0, 500.0], [500.0, 0.0, 0.0, -500.0]];

    /// A massless momentum.
    fn light(pt: f64, eta: f64, phi: f64) -> FourVector {
        [
            pt * eta.cosh(),
            pt * phi.cos(),
            pt * phi.sin(),
            pt * eta.sinh(),
        ]
    }

    fn passes(text: &str, pdgs: &[i32], points: &[&[FourVector]]) -> Vec<bool> {
        let cuts = CutSet::parse(&[text], &groups()).unwrap();
        let points: Vec<_> = points.iter().map(|p| [&BEAMS, *p].concat()).collect();
        let p = MomentumBatch::from_points(&points);
        let mut mask = vec![false; p.n_batch];
        cuts.bind(pdgs, 2, 0).unwrap().mask(&p, &mut mask);
        mask
    }

    #[test]
    fn all_any_and_rank_differ_as_they_read() {
        let soft_hard = [light(10.0, 0.0, 0.0), light(40.0, 1.0, 2.0)];
        let hard_soft = [soft_hard[1], soft_hard[0]];
        let hard = [light(30.0, 0.0, 0.0), light(40.0, 1.0, 2.0)];
        let points: [&[FourVector]; 3] = [&soft_hard, &hard_soft, &hard];
        let of = |text: &str| passes(text, &[21, 21], &points);
        assert_eq!(of("pt(j) > 20"), [false, false, true]);
        assert_eq!(of("any pt(j) > 20"), [true, true, true]);
        assert_eq!(of("any pt(j) > 35"), [true, true, true]);
        assert_eq!(of("any pt(j) > 45"), [false, false, false]);
        assert_eq!(of("pt(j[1]) > 35"), [true, true, true]);
        assert_eq!(of("pt(j[2]) > 20"), [false, false, true]);
        assert_eq!(of("|eta(j[1])| > 0.5"), [true, true, true]);
        assert_eq!(of("|eta(j[2])| > 0.5"), [false, false, false]);
        assert_eq!(of("m(j[1], j[2]) > 0"), of("m(j, j) > 0"));
        assert_eq!(of("ht > 60"), [false, false, true]);
    }

    #[test]
    fn a_ranked_particle_is_combined_with_the_others_only() {
        let point = [
            light(50.0, 0.0, 0.0),
            light(40.0, 0.0, 1.0),
            light(30.0, 0.0, 3.0),
        ];
        let of = |text: &str| passes(text, &[21, 21, 21], &[&point])[0];
        // With itself the distance would be 0.
        assert!(of("dR(j[1], j) > 0.9"));
        assert!(!of("dR(j[1], j) > 1.1"));
        assert!(of("any dR(j[1], j) > 2.9"));
        assert!(!of("any dR(j[2], j) > 2.9"));
        assert!(of("1.9 < dphi(j[2], j[3]) < 2.1"));
    }

    #[test]
    fn a_particle_along_the_beam_fails_upper_limits_of_rapidity() {
        let beam = [[10.0, 0.0, 0.0, 10.0], light(20.0, 1.0, 0.0)];
        for text in ["|eta(j)| < 5", "|y(j)| < 5", "pt(j) > 1", "eta(j) < 5"] {
            assert_eq!(passes(text, &[21, 11], &[&beam]), [false], "{text}");
        }
        assert_eq!(passes("|eta(j)| > 5", &[21, 11], &[&beam]), [true]);
    }

    #[test]
    fn points_that_are_not_numbers_fail() {
        let bad = [[f64::NAN; 4], light(20.0, 1.0, 0.0)];
        for text in ["pt(j) > 1", "|eta(j)| < 5", "m(j, e-) < 1000", "ht > 1"] {
            assert_eq!(passes(text, &[21, 11], &[&bad]), [false], "{text}");
        }
    }

    #[test]
    fn pt_of_several_is_that_of_the_sum() {
        let pair = [light(30.0, 0.0, 0.0), light(30.0, 1.0, 3.0)];
        assert_eq!(passes("pt(e+, e-) > 20", &[11, -11], &[&pair]), [false]);
        assert_eq!(passes("pt(e+, e-) < 5", &[11, -11], &[&pair]), [true]);
    }

    #[test]
    fn event_cuts_act_without_particles_too() {
        let pair = [light(30.0, 0.0, 0.0), light(30.0, 1.0, 3.0)];
        assert_eq!(passes("ht > 20", &[11, -11], &[&pair]), [false]);
        assert_eq!(passes("met < 20", &[11, -11], &[&pair]), [true]);
        assert_eq!(passes("sqrt_s > 60", &[11, -11], &[&pair]), [true]);
    }

    #[test]
    fn failures_are_counted_for_each_cut() {
        let cuts = CutSet::parse(&["pt(j) > 20", "|eta(j)| < 2", "pt(l) > 1"], &groups()).unwrap();
        let points = [(10.0, 3.0), (30.0, 3.0), (30.0, 1.0), (30.0, 2.5)];
        let points: Vec<_> = (points.iter())
            .map(|&(pt, eta)| [&BEAMS[..], &[light(pt, eta, 0.0)]].concat())
            .collect();
        let p = MomentumBatch::from_points(&points);
        let mut statistics = CutStatistics::default();
        let mut mask = vec![true; 4];
        let bound = cuts.bind(&[21], 2, 0).unwrap();
        bound.mask_counted(&p, &mut mask, &mut statistics);
        assert_eq!(mask, [false, false, true, false]);
        let mut twice = CutStatistics::default();
        twice.merge(&statistics);
        twice.merge(&statistics);
        assert_eq!((twice.n_tested, twice.n_passed), (8, 2));
        assert_eq!(twice.n_failed, [2, 6, 0]);
        assert_eq!(
            twice.explain(&cuts),
            [
                "cut '|eta(j)| < 2' removes 75.0 % of the points (6 of 8)",
                "cut 'pt(j) > 20' removes 25.0 % of the points (2 of 8)",
            ]
        );
    }
}
