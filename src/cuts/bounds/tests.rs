//! No passing point violates a bound.

use super::super::parse::tests::groups;
use super::*;
use crate::cuts::CutSet;
use crate::kinematics::MomentumBatch;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn bounds(texts: &[&str], pdgs: &[i32], masses: &[f64]) -> Bounds {
    let cuts = CutSet::parse(texts, &groups()).unwrap();
    let masses = [&[0.0, 0.0], masses].concat();
    cuts.bind(pdgs, 2, 0).unwrap().bounds(&masses)
}

/// Points without total transverse momentum; energies range over decades.
fn points(masses: &[f64], n: usize, rng: &mut impl Rng) -> MomentumBatch {
    let mut p = MomentumBatch::zeros(2 + masses.len(), n);
    for k in 0..n {
        let mut rest = [0.0; 2];
        let size = 10f64.powf(rng.random_range(0.5..2.7));
        for (i, m) in masses.iter().enumerate() {
            let last = i + 1 == masses.len();
            let mut q: [f64; 2] = std::array::from_fn(|_| size * rng.random_range(-1.0..1.0));
            if last {
                q = rest.map(|x: f64| -x);
            }
            rest = [rest[0] + q[0], rest[1] + q[1]];
            let y: f64 = rng.random_range(-2.0..2.0);
            let mt = (m * m + q[0] * q[0] + q[1] * q[1]).sqrt();
            p.set(2 + i, k, [mt * y.cosh(), q[0], q[1], mt * y.sinh()]);
        }
        // What comes in has the same sum.
        let total = |mu: usize| (0..masses.len()).map(|i| p.get(2 + i, k)[mu]).sum::<f64>();
        let (e, z) = (total(0), total(3));
        let (plus, minus) = (0.5 * (e + z), 0.5 * (e - z));
        p.set(0, k, [plus, 0.0, 0.0, plus]);
        p.set(1, k, [minus, 0.0, 0.0, -minus]);
    }
    p
}

/// Smallest ratio of a quantity to its lower bound over passing points.
fn check(texts: &[&str], pdgs: &[i32], masses: &[f64]) -> f64 {
    let cuts = CutSet::parse(texts, &groups()).unwrap();
    let bound = cuts.bind(pdgs, 2, 0).unwrap();
    let b = bound.bounds(&[&[0.0, 0.0], masses].concat());
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let p = points(masses, 60_000, &mut rng);
    let mut mask = vec![false; p.n_batch];
    bound.mask(&p, &mut mask);
    let passed: Vec<usize> = (0..p.n_batch).filter(|&k| mask[k]).collect();
    assert!(passed.len() > 20, "{texts:?}: {} points", passed.len());
    let p = p.select(&passed);
    let values = |o: Observable, set: u32| {
        let legs: Vec<usize> = (0..32).filter(|i| set >> i & 1 == 1).collect();
        let mut out = vec![0.0; p.n_batch];
        o.compute(&p, &legs, &mut out);
        out
    };
    let mut tightest = f64::INFINITY;
    let mut at_least = |o: Observable, set: u32, min: f64| {
        let smallest = values(o, set).into_iter().fold(f64::INFINITY, f64::min);
        assert!(
            smallest >= min * (1.0 - 1e-9),
            "{texts:?}: {o:?} {set:b} {smallest} < {min}"
        );
        tightest = tightest.min(smallest / min);
    };
    let all = ((1u32 << masses.len()) - 1) << 2;
    at_least(Observable::Mass, all, b.sqrt_s_min);
    for &(set, s) in &b.s_min {
        at_least(Observable::Mass, set, s.sqrt());
    }
    for (leg, &pt) in b.pt_min.iter().enumerate() {
        if pt > 0.0 {
            at_least(Observable::Pt, 1 << leg, pt);
        }
    }
    for &(pair, [delta_r, delta_y]) in &b.apart {
        at_least(Observable::DeltaR, pair, delta_r);
        at_least(Observable::DeltaY, pair, delta_y);
    }
    let at_most = |o: Observable, set: u32, max: f64| {
        let largest = (values(o, set).into_iter()).fold(0.0, |a: f64, x| a.max(x.abs()));
        assert!(
            largest <= max * (1.0 + 1e-9),
            "{texts:?}: {o:?} {set:b} {largest} > {max}"
        );
    };
    for &(set, s) in &b.s_max {
        at_most(Observable::Mass, set, s.sqrt());
    }
    if let Some(max) = b.sqrt_s_max {
        at_most(Observable::Mass, all, max);
    }
    for leg in 2..2 + masses.len() {
        b.eta_max[leg].inspect(|&max| at_most(Observable::Eta, 1 << leg, max));
        b.y_max[leg].inspect(|&max| at_most(Observable::Rapidity, 1 << leg, max));
    }
    tightest
}

#[test]
fn no_passing_point_violates_a_bound() {
    let jets: &[i32] = &[21, 21, 21];
    let wz: &[i32] = &[-11, 12, 21, 21];
    for (texts, pdgs, masses) in [
        (
            &["pt(j) > 20", "|eta(j)| < 2.5", "dR(j, j) > 0.4"][..],
            jets,
            &[0.0; 3][..],
        ),
        (&["pt(j) > 20", "dR(j, j) > 2"], jets, &[0.0; 3]),
        (&["pt(j) > 20", "dR(j, j) > 2"], jets, &[10.0, 0.0, 5.0]),
        (&["pt(j[1]) > 50", "pt(j[3]) > 30"], jets, &[0.0; 3]),
        (&["pt(j[2]) > 50", "m(j[1], j[2]) < 200"], jets, &[0.0; 3]),
        (&["any pt(j) > 80", "any m(j, j) > 50"], jets, &[0.0; 3]),
        (&["ht > 200", "dphi(j, j) > 1"], jets, &[0.0; 3]),
        (&["dy(j, j) > 1", "pt(j) > 10"], jets, &[3.0; 3]),
        (&["deta(j, j) > 1", "pt(j) > 10"], jets, &[3.0; 3]),
        (&["met > 60", "pt(l+) > 25", "pt(j) > 10"], wz, &[0.0; 4]),
        (
            &["mt(l+, ve) > 60", "m(j, j) > 100", "m(l+, ve) < 150"],
            wz,
            &[0.0; 4],
        ),
        (&["pt(j, j) > 100", "ht > 150"], wz, &[0.0; 4]),
        (&["m(l+, ve, j) > 150", "sqrt_s < 900"], wz, &[0.0; 4]),
        (
            &["pt(t) > 50", "|y(t)| < 1", "|eta(t~)| < 2"],
            &[6, -6],
            &[173.0; 2],
        ),
        (
            &["mt(t) > 300", "et(g) > 30"],
            &[6, -6, 21],
            &[173.0, 173.0, 0.0],
        ),
        (&["kt_durham(j, 0.4) > 20"], jets, &[0.0; 3]),
        (&["kt_durham(j, 5) > 4"], jets, &[5.0, 0.0, 1.0]),
        (&["pt_lund(j) > 20"], jets, &[0.0; 3]),
        (&["pt_lund(j) > 20"], wz, &[0.0; 4]),
        (&["pt_lund(j) > 20"], jets, &[30.0, 0.0, 0.0]),
        (&["ht(j[1..2]) > 120"], jets, &[0.0; 3]),
        (&["ht(j[2..3]) > 60", "n(j) >= 3"], jets, &[0.0; 3]),
        (&["E_cm(j) > 40", "pt(j) > 5"], jets, &[0.0; 3]),
        (&["E_cm(t) > 400"], &[6, -6], &[173.0; 2]),
        (&["E_cm(j[1], j[2]) > 100"], jets, &[3.0; 3]),
        (
            &["pt(j[1]) > 80 or pt(j[2]) > 60", "m(j, j) > 5"],
            jets,
            &[0.0; 3],
        ),
        (
            &["m(l+, ve) outside 60 .. 100", "pt(all j) > 30"],
            wz,
            &[0.0; 4],
        ),
        (
            &["y(j[1]) * y(j[2]) <= 0", "dy(j[1], j[2]) > 2"],
            jets,
            &[0.0; 3],
        ),
        (
            &["isolated(j, l; 0.4)", "m(all l, all ve) > 80"],
            wz,
            &[0.0; 4],
        ),
        (
            &["sqrt_s > 600", "m(t, t~) < 500"],
            &[6, -6, 21],
            &[173.0, 173.0, 0.0],
        ),
    ] {
        check(texts, pdgs, masses);
    }
}

#[test]
fn distances_are_told_of_each_pair_they_are_asked_of() {
    let texts = ["dR(j, j) > 0.4", "deta(j, j) > 2", "dR(j, l) > 0.3"];
    let b = bounds(&texts, &[-11, 12, 21, 21], &[0.0; 4]);
    assert_eq!(b.apart(0b110000), [0.4, 2.0]);
    assert_eq!(b.apart(0b010100), [0.3, 0.0]);
    assert_eq!(b.apart(0b100100), [0.3, 0.0]);
    assert_eq!(b.apart.len(), 3);
    // Massive legs are as close in rapidity as they like.
    let b = bounds(&["deta(t, t~) > 2"], &[6, -6], &[173.0; 2]);
    assert!(b.apart.is_empty());
}

#[test]
fn bounds_that_can_be_reached_are_nearly_reached() {
    let pair: &[i32] = &[-11, 11];
    assert!(check(&["pt(l) > 20"], pair, &[0.0; 2]) < 1.01);
    assert!(check(&["m(l+, l-) > 50"], pair, &[0.0; 2]) < 1.01);
    let jets = check(&["pt(j) > 20", "dR(j, j) > 2"], &[21; 3], &[0.0; 3]);
    assert!(jets < 1.1, "{jets}");
}

#[test]
fn the_smallest_distance_on_a_circle_is_the_closed_form() {
    for r in [0.1, 0.4, 1.0, 3.0, 3.5, 5.0] {
        let scanned = (0..=10_000)
            .map(|i| r * f64::from(i) / 10_000.0)
            .map(|dy| (dy, (r * r - dy * dy).max(0.0).sqrt()))
            .filter(|(_, dphi)| *dphi <= PI)
            .map(|(dy, dphi)| dy.cosh() - dphi.cos())
            .fold(f64::INFINITY, f64::min);
        let closed = smallest_distance(r);
        assert!(closed <= scanned * (1.0 + 1e-12), "{r}: {closed} {scanned}");
        assert!(
            (closed - scanned).abs() < 5e-3 * scanned,
            "{r}: {closed} {scanned}"
        );
    }
}

#[test]
fn invariants_are_bounded_by_their_cuts() {
    let b = bounds(&["60 < m(e+, e-) < 120"], &[-11, 11], &[0.0; 2]);
    assert_eq!(b.s_min, [(0b1100, 3600.0)]);
    assert_eq!(b.s_max, [(0b1100, 14400.0)]);
    assert_eq!((b.sqrt_s_min, b.sqrt_s_max), (60.0, Some(120.0)));
    let b = bounds(
        &["m(e+, e-) > 60", "sqrt_s < 500"],
        &[-11, 11, 21],
        &[0.0; 3],
    );
    assert_eq!(b.s_min(0b01100), Some(3600.0));
    assert_eq!(b.s_max(0b11100), Some(250_000.0));
    assert_eq!(b.s_max(0b10100), Some(250_000.0));
    assert_eq!(b.s_min(0b10100), None);
}

#[test]
fn transverse_momenta_bound_the_energy() {
    let b = bounds(&["pt(e+) > 30"], &[-11, 11], &[0.0; 2]);
    assert_eq!(b.pt_min, [0.0, 0.0, 30.0, 30.0]);
    assert_eq!(b.sqrt_s_min, 60.0);
    let b = bounds(&["pt(j[1]) > 50"], &[21; 3], &[0.0; 3]);
    assert_eq!(b.sqrt_s_min, 50.0);
    let b = bounds(&["pt(e+, e-) > 50"], &[-11, 11, 21], &[0.0; 3]);
    assert_eq!((b.pt_min[4], b.sqrt_s_min), (50.0, 100.0));
    let b = bounds(&["pt(t) > 100"], &[6, -6], &[173.0; 2]);
    assert_eq!(b.sqrt_s_min, 2.0 * 173f64.hypot(100.0));
}

#[test]
fn without_cuts_only_masses_bound() {
    let b = bounds(&[], &[6, -6], &[173.0; 2]);
    assert_eq!(b.sqrt_s_min, 346.0);
    assert!(b.s_min.is_empty() && b.s_max.is_empty() && b.sqrt_s_max.is_none());
    assert_eq!(b.y_max, [None; 4]);
}

#[test]
fn energies_of_the_centre_of_mass_frame_bound_that_of_the_partons() {
    let b = bounds(&["E_cm(e+) > 30"], &[-11, 11], &[0.0; 2]);
    assert_eq!(b.sqrt_s_min, 60.0);
    let b = bounds(&["ht(j[1..2]) > 50"], &[21; 3], &[0.0; 3]);
    assert_eq!(b.sqrt_s_min, 50.0);
}

#[test]
fn too_few_legs_leave_no_room() {
    assert!(bounds(&["n(j) >= 2"], &[-11, 11, 21], &[0.0; 3]).exclude_all());
    assert!(bounds(&["ht(j) > 20"], &[-11, 11], &[0.0; 2]).exclude_all());
    assert!(bounds(&["met > 20 or n(j) > 3"], &[-11, 11], &[0.0; 2]).exclude_all());
    assert!(!bounds(&["met > 20 or n(ve) < 1"], &[-11, 11], &[0.0; 2]).exclude_all());
    assert!(!bounds(&["ht(j[1..2]) > 20"], &[-11, 11], &[0.0; 2]).exclude_all());
}

#[test]
fn cuts_without_room_between_them_are_noticed() {
    assert!(bounds(&["pt(e+) > 50", "sqrt_s < 90"], &[-11, 11], &[0.0; 2]).exclude_all());
    assert!(!bounds(&["pt(e+) > 50", "sqrt_s < 110"], &[-11, 11], &[0.0; 2]).exclude_all());
    assert!(bounds(&["m(t, t~) < 300"], &[6, -6], &[173.0; 2]).exclude_all());
}
