//! Cuts that are walls of the hypercube: they reject nothing, and change no integral.

#[path = "common/spaces.rs"]
mod spaces;

use std::f64::consts::PI;

use omnis::kinematics::FourVector;
use omnis::phasespace::{Apart, BeamSetup, Bounds, PhaseSpace, Points};
use spaces::{LHC, Lines, integrate, space, uniform};

#[test]
fn cuts_on_the_legs_of_a_single_system_are_walls() {
    let cuts = [(20.0, 2.5), (10.0, 1.5), (0.0, f64::INFINITY)];
    // Two legs, and three of which two come from a resonance.
    let two: (&[f64], &[&Lines]) = (&[0.0; 2], &[&[]]);
    let three: (&[f64], &[&Lines]) = (&[0.0; 3], &[&[(0b01100, 91.2, 2.5)]]);
    for ((masses, lines), e2) in [(two, 4000.0), (three, 4000.0), (two, 1600.0)] {
        let beams = BeamSetup {
            e1: 4000.0,
            e2,
            hadronic: [true; 2],
        };
        let boost = 0.5 * (beams.e1 / beams.e2).ln();
        let n = masses.len();
        let row = |of: fn(&(f64, f64)) -> f64| -> Vec<f64> {
            let legs = cuts[..n].iter().map(of);
            [0.0; 2].into_iter().chain(legs).collect()
        };
        let bounds = Bounds {
            s_min: [(((1 << n) - 1) << 2, 3600.0)].into(),
            pt_min: row(|c| c.0),
            y_max: row(|c| c.1),
            ..Bounds::default()
        };
        let loose = Bounds {
            s_min: bounds.s_min.clone(),
            ..Bounds::default()
        };
        let with = space(masses, lines, &beams, &bounds);
        let without = space(masses, lines, &beams, &loose);
        let passes = |p: &Points, k: usize| {
            let frame = 0.5 * (p.x1[k] / p.x2[k]).ln() + boost;
            cuts[..n].iter().enumerate().all(|(leg, &(pt, y))| {
                let q = p.momenta.get(2 + leg, k);
                let rapidity = 0.5 * ((q[0] + q[3]) / (q[0] - q[3])).ln() + frame;
                q[1].hypot(q[2]) > pt && rapidity.abs() < y
            })
        };
        let f = |p: &Points, k: usize| {
            let value = (-p.s_hat[k] / 2e5).exp() / (p.x1[k] * p.x2[k]);
            if passes(p, k) { value } else { 0.0 }
        };
        let want = integrate(&without, 0, 3_000_000, f);
        let got = integrate(&with, 0, 1_500_000, f);
        let err = got.1.hypot(want.1);
        assert!((got.0 - want.0).abs() < 4.0 * err, "{got:?} {want:?}");
        assert!(err < 0.01 * want.0, "{got:?} {want:?}");

        // Coordinates come back. With equal beams no point of two legs is lost; of a
        // resonance that recoils those where the second leg has too little
        // transverse momentum, and with other beams those that are beyond a wall
        // which must be loose, because either leg may come from either beam.
        let n_batch = 4000;
        let count = |space: &PhaseSpace| {
            let (mut points, mut n_alive, mut n_inside) = (Points::default(), 0, 0);
            let u = uniform(space.n_dim(), n_batch, 3);
            space.forward(0, &u, n_batch, &mut points);
            let (mut back, mut det_inv) = (vec![], vec![]);
            space.inverse(0, &points, &mut back, &mut det_inv);
            for k in (0..n_batch).filter(|&k| points.det[k] > 0.0) {
                n_alive += 1;
                n_inside += usize::from(passes(&points, k));
                assert!((points.det[k] * det_inv[k] - 1.0).abs() < 1e-5);
                for j in 0..space.n_dim() {
                    let at = j * n_batch + k;
                    let off = (back[at] - u[at]).abs();
                    assert!(off.min(1.0 - off) < 1e-5, "{j}: {off}");
                }
            }
            n_inside as f64 / n_alive as f64
        };
        let (ours, flat) = (count(&with), count(&without));
        assert!(ours > 1.3 * flat, "{ours} {flat}");
        let exact = n == 2 && boost == 0.0;
        assert!(ours == 1.0 || !exact, "{ours}");
    }
}

#[test]
fn limits_of_rapidities_do_not_change_the_cut_integral() {
    let lines: &[&Lines] = &[
        &[(0b00101, 0.0, 0.0), (0b11000, 91.2, 2.5)],
        &[(0b00101, 0.0, 0.0), (0b11000, 0.0, 0.0)],
        &[(0b00101, 0.0, 0.0), (0b01101, 0.0, 0.0)],
    ];
    let beams = BeamSetup {
        e1: 4000.0,
        e2: 1600.0,
        hadronic: [true; 2],
    };
    let bounds = Bounds {
        pt_min: vec![0.0, 0.0, 20.0, 10.0, 10.0],
        y_max: vec![0.0, 0.0, 4.0, 2.5, 2.5],
        ..Bounds::default()
    };
    let with = space(&[0.0; 3], lines, &beams, &bounds);
    let without = space(&[0.0; 3], lines, &beams, &Bounds::default());
    let boost = 0.5 * (beams.e1 / beams.e2).ln();
    let f = |p: &Points, k: usize| {
        let frame = 0.5 * (p.x1[k] / p.x2[k]).ln() + boost;
        let passes = [(2, 20.0, 4.0), (3, 10.0, 2.5), (4, 10.0, 2.5)];
        let ok = passes.iter().all(|&(leg, pt, y)| {
            let q = p.momenta.get(leg, k);
            let rapidity = 0.5 * ((q[0] + q[3]) / (q[0] - q[3])).ln() + frame;
            q[1].hypot(q[2]) > pt && rapidity.abs() < y
        });
        if ok {
            (-p.s_hat[k] / 2e5).exp() / (p.x1[k] * p.x2[k])
        } else {
            0.0
        }
    };
    let want = integrate(&without, 0, 4_000_000, f);
    for channel in 0..3 {
        let got = integrate(&with, channel, 1_000_000, f);
        let err = got.1.hypot(want.1);
        let what = with.description(channel);
        assert!(
            (got.0 - want.0).abs() < 4.0 * err,
            "{what}: {got:?} {want:?}"
        );
        assert!(err < 0.01 * want.0, "{what}: {got:?} {want:?}");
    }
}

#[test]
fn legs_that_must_be_apart_are_never_close() {
    // Two and three legs beside a heavy one, all with transverse momentum.
    let two: (&[f64], &[&Lines]) = (
        &[80.0, 0.0, 0.0],
        &[&[(0b00101, 0.0, 0.0), (0b01101, 0.0, 0.0)]],
    );
    let three: (&[f64], &[&Lines]) = (
        &[80.0, 0.0, 0.0, 5.0],
        &[&[
            (0b000101, 0.0, 0.0),
            (0b001101, 0.0, 0.0),
            (0b011101, 0.0, 0.0),
        ]],
    );
    let apart = |delta_r, delta_y| Apart { delta_r, delta_y };
    for ((masses, lines), limits) in [
        (two, &[(3, 4, apart(1.0, 0.0))][..]),
        (two, &[(3, 4, apart(0.7, 0.5))]),
        (
            three,
            &[
                (3, 4, apart(1.2, 0.0)),
                (4, 5, apart(1.5, 0.4)),
                (3, 5, apart(0.8, 0.0)),
            ],
        ),
    ] {
        let loose = Bounds {
            pt_min: [&[0.0; 3][..], &vec![20.0; masses.len() - 1]].concat(),
            y_max: [&[f64::INFINITY; 3][..], &vec![3.0; masses.len() - 1]].concat(),
            ..Bounds::default()
        };
        let bounds = Bounds {
            apart: (limits.iter().map(|&(i, j, a)| (1 << i | 1 << j, a))).collect(),
            ..loose.clone()
        };
        let with = space(masses, lines, &LHC, &bounds);
        let without = space(masses, lines, &LHC, &loose);
        let passes = |p: &Points, k: usize| {
            limits.iter().all(|&(i, j, apart)| {
                let [a, b] = [i, j].map(|leg| p.momenta.get(leg, k));
                let y = |q: FourVector| 0.5 * ((q[0] + q[3]) / (q[0] - q[3])).ln();
                let d_y = (y(a) - y(b)).abs();
                let turn = (a[2].atan2(a[1]) - b[2].atan2(b[1])).rem_euclid(2.0 * PI);
                let d_r = d_y.hypot(turn.min(2.0 * PI - turn));
                // The map leaves the edge itself to the cut.
                d_r > apart.delta_r * (1.0 - 1e-6) && d_y > apart.delta_y * (1.0 - 1e-6)
            })
        };
        let f = |p: &Points, k: usize| {
            let value = (-p.s_hat[k] / 2e5).exp() / (p.x1[k] * p.x2[k]);
            if passes(p, k) { value } else { 0.0 }
        };
        let mut n_alive = 0;
        let named = |&channel: &usize| with.description(channel) != "flat";
        for channel in (0..with.n_channels()).filter(named) {
            let want = integrate(&without, channel, 400_000, f);
            let got = integrate(&with, channel, 200_000, f);
            let err = got.1.hypot(want.1);
            let what = with.description(channel);
            assert!(
                (got.0 - want.0).abs() < 4.0 * err,
                "{what}: {got:?} {want:?}"
            );
            assert!(err < 0.03 * want.0, "{what}: {got:?} {want:?}");
            // Every point passes, and its coordinates come back.
            let n_batch = 4000;
            let (mut points, mut back, mut det_inv) = (Points::default(), vec![], vec![]);
            let u = uniform(with.n_dim(), n_batch, 5);
            with.forward(channel, &u, n_batch, &mut points);
            with.inverse(channel, &points, &mut back, &mut det_inv);
            for k in (0..n_batch).filter(|&k| points.det[k] > 0.0) {
                n_alive += 1;
                assert!(passes(&points, k), "{what}");
                assert!((points.det[k] * det_inv[k] - 1.0).abs() < 1e-5);
                for j in 0..with.n_dim() {
                    let at = j * n_batch + k;
                    let off = (back[at] - u[at]).abs();
                    assert!(off.min(1.0 - off) < 1e-5, "{j}: {off}");
                }
            }
        }
        assert!(n_alive > 1000);
    }
}

/// Legs, the least transverse momentum of those without mass, lines, and sets of
/// legs with limits of their masses.
type Window = (
    &'static [f64],
    f64,
    &'static [&'static Lines],
    &'static [(u32, f64, f64)],
);

const WINDOWS: [Window; 5] = [
    // A pair by exchange, at high energy and just above its threshold.
    (
        &[80.0; 2],
        0.0,
        &[&[(0b0101, 0.0, 0.0)]],
        &[(0b1100, 1000.0, f64::INFINITY)],
    ),
    (
        &[173.0; 2],
        0.0,
        &[&[(0b0101, 173.0, 0.0)]],
        &[(0b1100, 0.0, 346.0001)],
    ),
    // Two pairs that must stay above the pole of what they come from.
    (
        &[0.0; 4],
        0.0,
        &[&[
            (0b001101, 0.0, 0.0),
            (0b001100, 91.2, 2.5),
            (0b110000, 91.2, 2.5),
        ]],
        &[(0b001100, 120.0, f64::INFINITY), (0b110000, 120.0, 130.0)],
    ),
    // Jets that a boson does not come from, two of two and two of three.
    (
        &[91.2, 0.0, 0.0],
        20.0,
        &[&[(0b00101, 0.0, 0.0), (0b01101, 0.0, 0.0)]],
        &[(0b11000, 1000.0, 1500.0)],
    ),
    (
        &[91.2, 0.0, 0.0, 0.0],
        20.0,
        &[&[
            (0b000101, 0.0, 0.0),
            (0b001101, 0.0, 0.0),
            (0b011101, 0.0, 0.0),
        ]],
        &[(0b011000, 300.0, f64::INFINITY), (0b111100, 900.0, 1000.0)],
    ),
];

#[test]
fn limits_of_invariant_masses_are_walls() {
    for (masses, pt, lines, windows) in WINDOWS {
        let n_legs = 2 + masses.len();
        let pt_min = |leg: usize| {
            let massless = leg > 1 && masses[leg - 2] == 0.0;
            if massless { pt } else { 0.0 }
        };
        let loose = Bounds {
            pt_min: (0..n_legs).map(pt_min).collect(),
            ..Bounds::default()
        };
        let low = windows
            .iter()
            .filter(|w| w.1 > 0.0)
            .map(|w| (w.0, w.1 * w.1));
        let high = windows
            .iter()
            .filter(|w| w.2.is_finite())
            .map(|w| (w.0, w.2 * w.2));
        let bounds = Bounds {
            s_min: low.collect(),
            s_max: high.collect(),
            ..loose.clone()
        };
        let with = space(masses, lines, &LHC, &bounds);
        let passes = |p: &Points, k: usize| {
            windows.iter().all(|&(set, lo, hi)| {
                let legs = (0..n_legs).filter(|leg| set >> leg & 1 == 1);
                let sum = legs.fold([0.0; 4], |sum: FourVector, leg| {
                    let q = p.momenta.get(leg, k);
                    std::array::from_fn(|mu| sum[mu] + q[mu])
                });
                let m2 = sum[0] * sum[0] - sum[1..].iter().map(|x| x * x).sum::<f64>();
                // The map leaves the edge itself to the cut.
                m2 > lo * lo * (1.0 - 1e-7) && m2 < hi * hi * (1.0 + 1e-9)
            })
        };
        let f = |p: &Points, k: usize| (-p.s_hat[k] / 1e6).exp() / (p.x1[k] * p.x2[k]);
        let named = |&channel: &usize| with.description(channel) != "flat";
        let channels: Vec<usize> = (0..with.n_channels()).filter(named).collect();
        let mut found: Vec<(f64, f64)> = vec![];
        for channel in channels {
            let what = with.description(channel);
            let n_batch = 4000;
            let (mut points, mut back, mut det_inv) = (Points::default(), vec![], vec![]);
            let u = uniform(with.n_dim(), n_batch, 5);
            with.forward(channel, &u, n_batch, &mut points);
            with.inverse(channel, &points, &mut back, &mut det_inv);
            let alive: Vec<usize> = (0..n_batch).filter(|&k| points.det[k] > 0.0).collect();
            assert!(alive.len() > n_batch / 4, "{what}: {}", alive.len());
            for k in alive {
                assert!(passes(&points, k), "{what}");
                let unit = points.det[k] * det_inv[k];
                assert!((unit - 1.0).abs() < 1e-4, "{what}: {unit}");
                for j in 0..with.n_dim() {
                    let at = j * n_batch + k;
                    let off = (back[at] - u[at]).abs();
                    assert!(off.min(1.0 - off) < 1e-4, "{what}: {j}: {off}");
                }
            }
            found.push(integrate(&with, channel, 200_000, f));
        }
        // The same volume as in the flat channel, which knows few walls.
        let flat = with.n_channels() - 1;
        found.push(integrate(&with, flat, 1_000_000, |p, k| {
            let seen = (2..n_legs).all(|leg| {
                let q = p.momenta.get(leg, k);
                q[1].hypot(q[2]) >= pt_min(leg)
            });
            if seen && passes(p, k) { f(p, k) } else { 0.0 }
        }));
        let want = found[found.len() - 1];
        for got in &found {
            let err = got.1.hypot(want.1);
            assert!((got.0 - want.0).abs() < 4.0 * err, "{windows:?}: {found:?}");
            assert!(got.1 < 0.06 * want.0, "{windows:?}: {found:?}");
        }
        assert!(want.1 < 0.01 * want.0, "{windows:?}: {found:?}");
    }
}
