//! Evaluation of bound cuts on a batch.

use crate::kinematics::MomentumBatch;
use crate::observable::Observable;

use super::bind::{BoundCuts, Slot};
use super::cut::{Cut, CutSet};

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
        let mut key = vec![0.0; n];
        let mut pass = vec![true; n];
        let mut legs = Vec::new();
        for b in &self.bound {
            let cut = &self.cuts[b.cut];
            let ranked = |s: &Slot| matches!(s, Slot::Ranked { .. });
            if b.combinations.iter().flatten().any(ranked) {
                ranked_pass(cut, b.any, &b.combinations, p, &mut key, &mut pass);
            } else {
                pass.fill(!b.any);
                let test = Test::new(cut);
                for combination in &b.combinations {
                    legs.clear();
                    legs.extend(combination.iter().filter_map(|s| match s {
                        Slot::Leg(leg) => Some(*leg),
                        Slot::Ranked { .. } => None,
                    }));
                    cut.observable.key(p, &legs, &mut key);
                    if b.any {
                        test.apply(&key, |k, ok| pass[k] |= ok);
                    } else {
                        test.apply(&key, |k, ok| pass[k] &= ok);
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
            };
            Observable::Mass.key(p, &window.members(), &mut key);
            test.apply(&key, |k, ok| mask[k] &= ok);
        }
        if let Some(s) = statistics {
            s.n_failed.resize(self.cuts.len(), 0);
            s.n_tested += n as u64;
            s.n_passed += mask.iter().filter(|ok| **ok).count() as u64;
        }
    }
}

/// The interval of a cut in terms of keys; NaN never passes.
struct Test {
    lo: f64,
    hi: f64,
    lo_strict: bool,
    hi_strict: bool,
    abs: bool,
}

impl Test {
    fn new(cut: &Cut) -> Self {
        let (lo, hi) = (cut.interval.lo, cut.interval.hi);
        let key = |value: f64| cut.observable.key_of(value);
        Self {
            lo: lo.map_or(f64::NEG_INFINITY, |l| key(l.value)),
            hi: hi.map_or(f64::INFINITY, |l| key(l.value)),
            lo_strict: lo.is_some_and(|l| l.strict),
            hi_strict: hi.is_some_and(|l| l.strict),
            abs: cut.abs,
        }
    }

    fn apply(&self, key: &[f64], mut use_it: impl FnMut(usize, bool)) {
        let sign_mask = if self.abs { i64::MAX as u64 } else { u64::MAX };
        for (k, &x) in key.iter().enumerate() {
            let x = f64::from_bits(x.to_bits() & sign_mask);
            let above = (x > self.lo) | (!self.lo_strict & (x == self.lo));
            let below = (x < self.hi) | (!self.hi_strict & (x == self.hi));
            use_it(k, above & below);
        }
    }
}

/// The part of a cut that needs the legs ordered in each point.
fn ranked_pass(
    cut: &Cut,
    any: bool,
    combinations: &[Vec<Slot>],
    p: &MomentumBatch,
    key: &mut [f64],
    pass: &mut [bool],
) {
    let n = p.n_batch;
    let test = Test::new(cut);
    let mut formed = vec![false; n];
    pass.fill(!any);
    for combination in combinations {
        let n_slots = combination.len();
        // chosen[slot * n + k]: the leg of point k.
        let mut chosen = Vec::with_capacity(n_slots * n);
        for slot in combination {
            match slot {
                Slot::Leg(leg) => chosen.resize(chosen.len() + n, *leg),
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
        let mut gathered = MomentumBatch::zeros(n_slots, n);
        let mut distinct = vec![true; n];
        for slot in 0..n_slots {
            for k in 0..n {
                let leg = chosen[slot * n + k];
                gathered.set(slot, k, p.get(leg, k));
                distinct[k] &= (0..slot).all(|other| chosen[other * n + k] != leg);
            }
        }
        let all: Vec<usize> = (0..n_slots).collect();
        cut.observable.key(&gathered, &all, key);
        test.apply(key, |k, ok| {
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
        cuts.bind(pdgs, 2).unwrap().mask(&p, &mut mask);
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
        let bound = cuts.bind(&[21], 2).unwrap();
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
