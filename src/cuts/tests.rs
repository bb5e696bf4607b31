//! Cuts against formulas written out for single points, on random points.

mod merging;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::CutSet;
use super::parse::tests::groups;
use crate::kinematics::{FourVector, MomentumBatch};

/// Final states of one kind, incoming legs first.
struct Points {
    pdgs: Vec<i32>,
    from_decays: u32,
    points: Vec<Vec<FourVector>>,
}

/// A random momentum of this mass.
fn momentum(m: f64, rng: &mut ChaCha8Rng) -> FourVector {
    let pt = 10f64.powf(rng.random_range(0.5..2.3));
    let (y, phi): (f64, f64) = (rng.random_range(-2.5..2.5), rng.random_range(-3.1..3.1));
    let mt = m.hypot(pt);
    [mt * y.cosh(), pt * phi.cos(), pt * phi.sin(), mt * y.sinh()]
}

fn sum(p: &[FourVector]) -> FourVector {
    let mut total = [0.0; 4];
    p.iter().for_each(|q| (0..4).for_each(|k| total[k] += q[k]));
    total
}

fn pt(p: FourVector) -> f64 {
    p[1].hypot(p[2])
}

fn y(p: FourVector) -> f64 {
    0.5 * ((p[0] + p[3]) / (p[0] - p[3])).ln()
}

fn eta(p: FourVector) -> f64 {
    let p3 = (p[1] * p[1] + p[2] * p[2] + p[3] * p[3]).sqrt();
    (p[3] / p3).atanh()
}

fn mass(p: FourVector) -> f64 {
    let m2 = p[0] * p[0] - p[1] * p[1] - p[2] * p[2] - p[3] * p[3];
    m2.max(0.0).sqrt()
}

/// Distance in pseudorapidity and azimuth.
fn distance(a: FourVector, b: FourVector) -> f64 {
    let mut dphi = (a[2].atan2(a[1]) - b[2].atan2(b[1])).abs();
    if dphi > std::f64::consts::PI {
        dphi = 2.0 * std::f64::consts::PI - dphi;
    }
    (eta(a) - eta(b)).hypot(dphi)
}

/// Energy after a boost to where `total` is at rest, step by step.
fn boosted_energy(p: FourVector, total: FourVector) -> f64 {
    let beta: [f64; 3] = std::array::from_fn(|k| total[k + 1] / total[0]);
    let gamma = total[0] / mass(total);
    gamma * (p[0] - beta[0] * p[1] - beta[1] * p[2] - beta[2] * p[3])
}

fn sorted_pt(p: &[FourVector]) -> Vec<FourVector> {
    let mut sorted = p.to_vec();
    sorted.sort_by(|a, b| pt(*b).total_cmp(&pt(*a)));
    sorted
}

impl Points {
    fn new(pdgs: &[i32], from_decays: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(17);
        let point = |_| {
            let legs: Vec<_> = (pdgs.iter())
                .map(|p| {
                    momentum(
                        if *p == 21 {
                            0.0
                        } else {
                            0.1 * f64::from(p.abs())
                        },
                        &mut rng,
                    )
                })
                .collect();
            // Incoming legs with the same sum as the outgoing ones.
            let total = sum(&legs);
            let half = total.map(|x| 0.5 * x);
            [vec![half, half], legs].concat()
        };
        Self {
            pdgs: pdgs.to_vec(),
            from_decays,
            points: (0..4000).map(point).collect(),
        }
    }

    /// The legs with these places among the outgoing ones.
    fn legs(point: &[FourVector], places: &[usize]) -> Vec<FourVector> {
        places.iter().map(|k| point[2 + k]).collect()
    }

    /// Compares the mask with a formula; both outcomes must occur.
    fn check(&self, text: &str, expected: impl Fn(&[FourVector]) -> bool) {
        let cuts = CutSet::parse(&[text], &groups()).unwrap();
        let bound = cuts.bind(&self.pdgs, 2, self.from_decays).unwrap();
        let p = MomentumBatch::from_points(&self.points);
        let mut mask = vec![false; p.n_batch];
        bound.mask(&p, &mut mask);
        for (point, passes) in self.points.iter().zip(&mask) {
            assert_eq!(*passes, expected(point), "{text}: {point:?}");
        }
        let n = mask.iter().filter(|ok| **ok).count();
        assert!(n > 20 && n + 20 < mask.len(), "{text}: {n} pass");
    }

    /// The cut has the same outcome for every point.
    fn always(&self, text: &str, outcome: bool) {
        let cuts = CutSet::parse(&[text], &groups()).unwrap();
        let bound = cuts.bind(&self.pdgs, 2, self.from_decays).unwrap();
        let p = MomentumBatch::from_points(&self.points);
        let mut mask = vec![!outcome; p.n_batch];
        bound.mask(&p, &mut mask);
        assert!(mask.iter().all(|ok| *ok == outcome), "{text}");
    }
}

/// e+ e- mu+ ve g u d, of which mu+, ve and d come from a decay.
fn mixed() -> Points {
    Points::new(&[-11, 11, -13, 12, 21, 2, 1], 0b1_0011_0000)
}

#[test]
fn core_legs_are_those_that_no_decay_makes() {
    let p = mixed();
    p.check("pt(core j) > 20", |q| pt(q[6]) > 20.0 && pt(q[7]) > 20.0);
    p.check("pt(core j[1]) > 50", |q| pt(q[6]).max(pt(q[7])) > 50.0);
    p.check("pt(core l+) > 20", |q| pt(q[2]) > 20.0);
    p.check("ht(core j) > 60", |q| pt(q[6]) + pt(q[7]) > 60.0);
    p.check("m(core l+, l-) > 20", |q| mass(sum(&[q[2], q[3]])) > 20.0);
    // The lepton of the decay is no core leg, the neutrino neither.
    p.always("pt(core mu+) > 2000", true);
    p.always("n(core l) >= 3", false);
    p.always("n(core l) >= 2", true);
    p.always("pt(core ve) > 2000", true);
}

#[test]
fn numbers_of_legs_decide_for_the_whole_final_state() {
    let p = mixed();
    p.always("n(j) >= 3", true);
    p.always("n(j) > 3", false);
    p.always("n(l, ve) <= 4", true);
    p.check("pt(j[1]) > 80 or n(j) > 3", |q| {
        pt(sorted_pt(&Points::legs(q, &[4, 5, 6]))[0]) > 80.0
    });
    p.always("pt(j[1]) > 80 or n(j) > 2", true);
}

#[test]
fn one_of_several_conditions_is_enough() {
    let p = mixed();
    p.check("pt(j[1]) > 100 or pt(j[2]) > 40 or any pt(l) > 150", |q| {
        let jets = sorted_pt(&q[6..]);
        pt(jets[0]) > 100.0 || pt(jets[1]) > 40.0 || q[2..5].iter().any(|l| pt(*l) > 150.0)
    });
    // What cannot be formed counts for nothing.
    p.check("pt(j[1]) > 100 or pt(j[4]) > 0", |q| {
        pt(sorted_pt(&q[6..])[0]) > 100.0
    });
}

#[test]
fn sums_of_the_hardest_are_of_ordered_legs() {
    let p = mixed();
    p.check("ht(j[1..2]) > 100", |q| {
        let jets = sorted_pt(&q[6..]);
        pt(jets[0]) + pt(jets[1]) > 100.0
    });
    p.check("ht(j[2..3]) < 60", |q| {
        let jets = sorted_pt(&q[6..]);
        pt(jets[1]) + pt(jets[2]) < 60.0
    });
    p.check("ht(j[1..3]) > 100", |q| {
        q[6..].iter().map(|j| pt(*j)).sum::<f64>() > 100.0
    });
    p.always("ht(j[1..4]) > 100000", true);
}

#[test]
fn expressions_are_computed_as_they_read() {
    let p = mixed();
    p.check("y(j[1]) * y(j[2]) <= 0", |q| {
        let jets = sorted_pt(&q[6..]);
        y(jets[0]) * y(jets[1]) <= 0.0
    });
    p.check("|y(e-) - 0.5 * (y(j[1]) + y(j[2]))| < 1", |q| {
        let jets = sorted_pt(&q[6..]);
        (y(q[3]) - 0.5 * (y(jets[0]) + y(jets[1]))).abs() < 1.0
    });
    p.check("(ht/100)^2 - 2*met/100 > 1.5", |q| {
        let ht: f64 = q[6..].iter().map(|j| pt(*j)).sum();
        (ht / 100.0).powi(2) - 2.0 * pt(q[5]) / 100.0 > 1.5
    });
    // Names without rank are different particles; a rank and a name, too.
    p.check("any |pt(j) - pt(j)| < 2", |q| {
        let near = |a: usize, b: usize| (pt(q[a]) - pt(q[b])).abs() < 2.0;
        near(6, 7) || near(6, 8) || near(7, 8)
    });
    p.check("pt(j[1]) - pt(j) > 20", |q| {
        let jets = sorted_pt(&q[6..]);
        pt(jets[0]) - pt(jets[1]) > 20.0
    });
    p.check("pt(j[1]) / ht(j) < 0.6", |q| {
        let ht: f64 = q[6..].iter().map(|j| pt(*j)).sum();
        pt(sorted_pt(&q[6..])[0]) / ht < 0.6
    });
}

#[test]
fn sums_over_all_legs_take_any_number_of_them() {
    let p = mixed();
    p.check("m(all l, all ve) > 150", |q| mass(sum(&q[2..6])) > 150.0);
    p.check("pt(all j) > 60", |q| pt(sum(&q[6..])) > 60.0);
    p.check("m(all l, j) > 100", |q| {
        (6..9).all(|j| mass(sum(&[sum(&q[2..5]), q[j]])) > 100.0)
    });
    p.check("m(all core l) > 30", |q| mass(sum(&q[2..4])) > 30.0);
    // Without legs the sum is zero; a direction it has not.
    p.always("m(all t) > 1", false);
    p.always("m(all t) < 1", true);
    p.always("|y(all t)| < 1", true);
}

#[test]
fn equal_flavour_chooses_among_pairs() {
    let p = Points::new(&[-11, 11, -13, 13, 21], 0);
    let pair = |q: &[FourVector], a: usize, b: usize| mass(sum(&[q[a], q[b]]));
    p.check("m(l+, l-) same_flavour > 30", |q| {
        pair(q, 2, 3) > 30.0 && pair(q, 4, 5) > 30.0
    });
    p.check("any dR(l+, l-) same_flavour < 0.8", |q| {
        let close = |a: FourVector, b: FourVector| {
            let mut dphi = (a[2].atan2(a[1]) - b[2].atan2(b[1])).abs();
            dphi = dphi.min(2.0 * std::f64::consts::PI - dphi);
            (y(a) - y(b)).hypot(dphi) < 0.8
        };
        close(q[2], q[3]) || close(q[4], q[5])
    });
    p.check("m(l+, l-) > 30", |q| {
        [(2, 3), (2, 5), (4, 3), (4, 5)]
            .iter()
            .all(|&(a, b)| pair(q, a, b) > 30.0)
    });
    p.check("m(l+, l-) same_flavour outside 20..200", |q| {
        let out = |m: f64| m <= 20.0 || m >= 200.0;
        out(pair(q, 2, 3)) && out(pair(q, 4, 5))
    });
    p.check("|m(l+, l-) same_flavour - 91| > 20", |q| {
        (pair(q, 2, 3) - 91.0).abs() > 20.0 && (pair(q, 4, 5) - 91.0).abs() > 20.0
    });
}

#[test]
fn energies_in_the_partonic_frame_are_boosted_ones() {
    let p = mixed();
    p.check("E_cm(j) > 40", |q| {
        let total = sum(&q[2..]);
        (6..9).all(|j| boosted_energy(q[j], total) > 40.0)
    });
    p.check("E_cm(l, ve) < 300", |q| {
        let total = sum(&q[2..]);
        (2..5).all(|l| boosted_energy(sum(&[q[l], q[5]]), total) < 300.0)
    });
    p.check("E_cm(j[1]) > 200", |q| {
        let total = sum(&q[2..]);
        boosted_energy(sorted_pt(&q[6..])[0], total) > 200.0
    });
}

#[test]
fn isolation_follows_its_definition_at_all_distances() {
    // Photons are not in the groups of these tests: the electrons take their part.
    let p = Points::new(&[11, 21, 2, 1, 11], 0);
    let is_isolated = |e: FourVector, around: &[FourVector], n: f64, epsilon: f64, r: f64| {
        // For every distance up to the radius, on a grid and at each parton.
        let grid = (1..=200).map(|k| r * f64::from(k) / 200.0);
        let at: Vec<f64> = around
            .iter()
            .map(|q| distance(e, *q))
            .filter(|d| *d <= r)
            .collect();
        grid.chain(at).all(|d| {
            let inside = around.iter().filter(|q| distance(e, **q) <= d);
            let sum: f64 = inside.map(|q| pt(*q)).sum();
            let shape = ((1.0 - d.cos()) / (1.0 - r.cos())).powf(n);
            sum <= epsilon * pt(e) * shape
        })
    };
    p.check("isolated(e-, j; 0.9, n = 1, epsilon = 1)", |q| {
        let jets = &q[3..6];
        is_isolated(q[2], jets, 1.0, 1.0, 0.9) && is_isolated(q[6], jets, 1.0, 1.0, 0.9)
    });
    p.check("isolated(e-, j, e-; 1.5, n = 0.5, epsilon = 0.7)", |q| {
        let first = [&q[3..6], &q[6..7]].concat();
        let second = [&q[3..6], &q[2..3]].concat();
        is_isolated(q[2], &first, 0.5, 0.7, 1.5) && is_isolated(q[6], &second, 0.5, 0.7, 1.5)
    });
    p.check("any isolated(e-, j; 1.5, n = 2)", |q| {
        let jets = &q[3..6];
        is_isolated(q[2], jets, 2.0, 1.0, 1.5) || is_isolated(q[6], jets, 2.0, 1.0, 1.5)
    });
    p.always("isolated(e-, t; 0.4)", true);
}
