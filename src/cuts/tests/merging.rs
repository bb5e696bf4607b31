//! Merging scales against formulas written out for single points, and MadGraph's events.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// Records with incoming partons along the beams: as many light-like momenta as there are
/// masses, the last of which balances the others; lab frames move.
fn records(masses: &[f64], n: usize) -> Vec<Vec<FourVector>> {
    let mut rng = ChaCha8Rng::seed_from_u64(23);
    let record = |_| {
        let mut legs: Vec<FourVector> = Vec::new();
        for (k, &m) in masses.iter().enumerate() {
            let so_far = sum(&legs);
            let mut q = momentum(m, &mut rng);
            if k + 1 == masses.len() {
                let (x, y) = (-so_far[1], -so_far[2]);
                let mt = (m * m + x * x + y * y).sqrt();
                let rap: f64 = rng.random_range(-2.5..2.5);
                q = [mt * rap.cosh(), x, y, mt * rap.sinh()];
            }
            legs.push(q);
        }
        let total = sum(&legs);
        let (plus, minus) = (total[0] + total[3], total[0] - total[3]);
        let incoming = [
            [0.5 * plus, 0.0, 0.0, 0.5 * plus],
            [0.5 * minus, 0.0, 0.0, -0.5 * minus],
        ];
        [&incoming[..], &legs].concat()
    };
    (0..n).map(record).collect()
}

fn of_records(pdgs: &[i32], masses: &[f64], from_decays: u32) -> Points {
    Points {
        pdgs: pdgs.to_vec(),
        from_decays,
        points: records(masses, 4000),
    }
}

/// Distance in rapidity and azimuth.
fn delta_r(a: FourVector, b: FourVector) -> f64 {
    let mut dphi = (a[2].atan2(a[1]) - b[2].atan2(b[1])).abs();
    dphi = dphi.min(2.0 * std::f64::consts::PI - dphi);
    (y(a) - y(b)).hypot(dphi)
}

fn dot(a: FourVector, b: FourVector) -> f64 {
    a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3]
}

fn kt_durham(jets: &[FourVector], d: f64) -> f64 {
    let mut least = f64::INFINITY;
    for (k, a) in jets.iter().enumerate() {
        least = least.min(pt(*a));
        for b in &jets[k + 1..] {
            least = least.min(pt(*a).min(pt(*b)) * delta_r(*a, *b) / d);
        }
    }
    least
}

#[test]
fn kt_durham_is_that_of_the_softest_parton() {
    let p = mixed();
    p.check("kt_durham(j, 0.4) > 20", |q| kt_durham(&q[6..], 0.4) > 20.0);
    p.check("kt_durham(j, 2) < 10", |q| kt_durham(&q[6..], 2.0) < 10.0);
    p.check("kt_durham(core j, 0.4) > 20", |q| {
        kt_durham(&q[6..8], 0.4) > 20.0
    });
    p.check("kt_durham(g, l, 0.7) > 8", |q| {
        let set = [q[2], q[3], q[4], q[6]];
        kt_durham(&set, 0.7) > 8.0
    });
    p.check("kt_durham(j, 0.4) / pt(j[1]) > 0.3", |q| {
        kt_durham(&q[6..], 0.4) / pt(sorted_pt(&q[6..])[0]) > 0.3
    });
    // Without a light parton there is no emission.
    p.always("kt_durham(l, 0.4) > 1e6", true);
    p.always("kt_durham(t, 0.4) > 1e6 or pt(e+) > 0", true);
}

#[test]
fn beams_of_leptons_have_their_own_kt_durham() {
    let p = of_records(&[1, -1, 21, 21], &[0.0; 4], 0);
    let cuts = CutSet::parse(&["kt_durham(j, 0.4) > 40"], &groups()).unwrap();
    let bound = cuts.bind(&p.pdgs, 2, 0).unwrap();
    let batch = MomentumBatch::from_points(&p.points);
    let mut hadronic = vec![false; batch.n_batch];
    bound.mask(&batch, &mut hadronic);
    let mut mask = vec![false; batch.n_batch];
    bound.with_beams([false; 2]).mask(&batch, &mut mask);
    let (mut n, mut n_other) = (0, 0);
    for (k, q) in p.points.iter().enumerate() {
        let mut least = f64::INFINITY;
        for a in 2..6 {
            for b in a + 1..6 {
                let cos = (q[a][0] * q[b][0] - dot(q[a], q[b])) / (q[a][0] * q[b][0]);
                least = least.min(2.0 * q[a][0].min(q[b][0]).powi(2) * (1.0 - cos));
            }
        }
        assert_eq!(mask[k], least.sqrt() > 40.0, "{q:?}");
        n += usize::from(mask[k]);
        n_other += usize::from(mask[k] != hadronic[k]);
    }
    assert!(n > 20 && n_other > 20, "{n}, {n_other}");
}

/// `(1 - z) Q^2` of a massless emission, with `1 - z = 2 E / sqrt(s)` and
/// `Q^2 = sqrt(s) (E - |p_z|)` in the partonic frame, at the nearer beam.
fn off_beams(q: &[FourVector], k: FourVector) -> f64 {
    let s = 4.0 * q[0][0] * q[1][0];
    let boost = 0.5 * (q[0][0] / q[1][0]).ln();
    let rap = y(k) - boost;
    let (e, z) = (pt(k) * rap.cosh(), pt(k) * rap.sinh().abs());
    2.0 * e / s.sqrt() * s.sqrt() * (e - z)
}

/// `z (1 - z) Q^2` of a massless pair with a massless recoiler: `z` is the share of
/// `x_i = 2 p_i (p_i + p_j + p_k)`.
fn off_final(i: FourVector, j: FourVector, k: FourVector) -> f64 {
    let all = sum(&[i, j, k]);
    let (xi, xj) = (dot(i, all), dot(j, all));
    let z = xi / (xi + xj);
    z * (1.0 - z) * 2.0 * dot(i, j)
}

/// The same with an incoming recoiler, which gives the pair its mass: where the pair is
/// heavier than `p (p_i + p_j)` there is no such emission.
fn off_final_to_beam(i: FourVector, j: FourVector, beam: FourVector) -> Option<f64> {
    let q2 = 2.0 * dot(i, j);
    let (bi, bj) = (dot(beam, i), dot(beam, j));
    let left = 1.0 - q2 / (bi + bj);
    let z = (0.5 * q2 + left * bi) / (bi + bj);
    (left >= 0.0).then_some(z * (1.0 - z) * q2)
}

fn pt_lund(q: &[FourVector], jets: &[FourVector]) -> f64 {
    let mut least = f64::INFINITY;
    for (i, a) in jets.iter().enumerate() {
        least = least.min(off_beams(q, *a));
        for (j, b) in jets.iter().enumerate() {
            if i == j {
                continue;
            }
            for beam in &q[..2] {
                least = least.min(off_final_to_beam(*a, *b, *beam).unwrap_or(f64::INFINITY));
            }
            for (k, c) in jets.iter().enumerate() {
                if k != i && k != j {
                    least = least.min(off_final(*a, *b, *c));
                }
            }
        }
    }
    least.sqrt()
}

#[test]
fn pt_lund_is_the_smallest_evolution_pt_of_all_emissions() {
    let p = of_records(&[11, 21, 2, 1], &[0.0; 4], 0);
    p.check("pt_lund(j) > 15", |q| pt_lund(q, &q[3..]) > 15.0);
    p.check("pt_lund(j) < 8", |q| pt_lund(q, &q[3..]) < 8.0);
    let p = of_records(&[11, 21, 2, 1], &[0.0; 4], 0b100000);
    p.check("pt_lund(core j) > 15", |q| pt_lund(q, &q[3..5]) > 15.0);
    let p = of_records(&[11, 12, 21], &[0.0; 3], 0);
    p.check("pt_lund(j) > 20", |q| {
        off_beams(q, q[4]).sqrt() > 20.0 && pt(q[4]) > 20.0 / 2f64.sqrt()
    });
    // Two light legs and nothing else share no energy.
    let p = of_records(&[21, 2], &[0.0; 2], 0);
    p.check("pt_lund(j) > 20", |q| pt(q[2]) > 20.0);
    p.always("pt_lund(t) > 1e6", true);
}

/// A top quark radiates with its mass, and is no light parton.
#[test]
fn heavy_quarks_radiate_and_are_no_light_partons() {
    let p = of_records(&[6, -6], &[173.0; 2], 0);
    p.always("pt_lund(t, t~) > 1e6", true);
    p.always("kt_durham(t, t~, 0.4) > 1e6", true);
    let p = of_records(&[6, 12, 21], &[173.0, 0.0, 0.0], 0);
    p.check("kt_durham(t, g, 0.4) > 20", |q| {
        kt_durham(&[q[2], q[4]], 0.4) > 20.0
    });
    // Off the top quark, next to the beams: Q^2 - m^2 = 2 p_t p_g in the place of Q^2.
    p.check("pt_lund(t, g) > 20", |q| {
        let (t, g) = (q[2], q[4]);
        let m2 = 173.0f64.powi(2);
        let mut least = off_beams(q, g);
        for (beam, other) in [(q[0], q[1]), (q[1], q[0])] {
            // The top quark off a beam, as if it were emitted.
            let s = 2.0 * dot(beam, other);
            let q2 = 2.0 * dot(beam, t) - m2;
            if q2 >= 0.0 {
                least = least.min(q2 * (2.0 * dot(t, sum(&[beam, other])) - m2) / s);
            }
            for (rad, emt, before) in [(t, g, m2), (g, t, 0.0)] {
                let pair = sum(&[rad, emt]);
                let q2 = dot(pair, pair);
                let b = dot(beam, pair);
                let left = 1.0 - (q2 - before) / b;
                let recoiler = beam.map(|x| left * x);
                let all = sum(&[pair, recoiler]);
                let (x1, x2) = (
                    2.0 * dot(all, rad) / dot(all, all),
                    2.0 * dot(all, recoiler) / dot(all, all),
                );
                let mass = |p: FourVector| if p == t { m2 } else { 0.0 };
                // One of the two is massless: k1 and k3 are 0 and m^2 / Q^2, in this order
                // if the radiator has the mass.
                let lambda = q2 - m2;
                let k1 = (q2 - lambda + mass(emt) - mass(rad)) / (2.0 * q2);
                let k3 = (q2 - lambda - mass(emt) + mass(rad)) / (2.0 * q2);
                let z = (x1 / (2.0 - x2) - k3) / (1.0 - k1 - k3);
                let inside = |x: f64| (0.0..=1.0).contains(&x);
                if left >= 0.0 && inside(x1) && inside(x2) && inside(z) {
                    least = least.min(z * (1.0 - z) * (q2 - before));
                }
            }
        }
        least.sqrt() > 20.0
    });
}

#[test]
fn events_of_madgraph_pass_the_cut_that_they_were_made_with() {
    let golden = include_str!("../../../tests/golden/ckkwl_partons.txt");
    let mut finals: Vec<(Vec<i32>, Vec<FourVector>)> = Vec::new();
    for line in golden.lines().filter(|l| !l.starts_with('#')) {
        let x: Vec<f64> = line.split(' ').map(|w| w.parse().unwrap()).collect();
        let mut point: Vec<FourVector> =
            (x[..4].chunks(2)).map(|b| [b[0], 0.0, 0.0, b[1]]).collect();
        let mut pdgs = Vec::new();
        for leg in x[4..].chunks(4) {
            let q = [leg[1], leg[2], leg[3]];
            let e = q.iter().map(|c| c * c).sum::<f64>().sqrt();
            pdgs.push(leg[0] as i32);
            point.push([e, q[0], q[1], q[2]]);
        }
        finals.push((pdgs, point));
    }
    let passed = |n: usize, text: &str| -> Vec<bool> {
        let cuts = CutSet::parse(&[text], &groups()).unwrap();
        let of_n = finals.iter().filter(|(pdgs, _)| pdgs.len() == n);
        let masks = of_n.map(|(pdgs, point)| {
            let mut mask = [false];
            let p = MomentumBatch::from_points(std::slice::from_ref(point));
            cuts.bind(pdgs, 2, 0).unwrap().mask(&p, &mut mask);
            mask[0]
        });
        masks.collect()
    };
    for n in [1, 2] {
        let at_the_cut = passed(n, "kt_durham(j, 0.4) >= 20");
        assert_eq!(at_the_cut, [true; 200]);
        assert!(passed(n, "kt_durham(j, 0.4) > 20.1").contains(&false));
    }
}
