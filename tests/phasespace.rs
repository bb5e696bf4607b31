//! Laws of the phase space: volumes, inverses, conservation, agreement of channels.

#[path = "common/spaces.rs"]
mod spaces;

use std::f64::consts::PI;

use omnis::diagram::Topology;
use omnis::kinematics::{FourVector, dot};
use omnis::phasespace::{BeamSetup, Bounds, PhaseSpace, PhaseSpaceError, Points};
use spaces::{LHC, Lines, integrate, space, topology, uniform};

fn fixed(sqrt_s: f64) -> BeamSetup {
    BeamSetup {
        e1: 0.5 * sqrt_s,
        e2: 0.5 * sqrt_s,
        hadronic: [false; 2],
    }
}

#[track_caller]
fn agrees(what: &str, (mean, err): (f64, f64), want: f64, precision: f64) {
    let rel = err / want;
    let pull = (mean - want) / err.max(1e-9 * want);
    assert!(pull.abs() < 4.0, "{what}: {mean} +- {err}, want {want}");
    assert!(rel < precision, "{what}: relative error {rel}");
}

fn massless_volume(n: u32, s: f64) -> f64 {
    let factorial = |k: u32| (1..=k).map(f64::from).product::<f64>();
    let n_f = f64::from(n);
    (0.5 * PI).powf(n_f - 1.0) * s.powf(n_f - 2.0) / (factorial(n - 1) * factorial(n - 2))
        * (2.0 * PI).powf(4.0 - 3.0 * n_f)
}

fn every_point_is_physical(space: &PhaseSpace, masses_in: &[f64], masses_out: &[f64]) {
    let n = 3000;
    let n_in = masses_in.len();
    let mut points = Points::default();
    let (mut back, mut det_inv) = (Vec::new(), Vec::new());
    for channel in 0..space.n_channels() {
        let name = space.description(channel);
        let u = uniform(space.n_dim(), n, 5 + channel as u64);
        space.forward(channel, &u, n, &mut points);
        space.inverse(channel, &points, &mut back, &mut det_inv);
        let (mut alive, mut lossy) = (0, 0);
        for k in 0..n {
            if points.det[k] == 0.0 {
                continue;
            }
            alive += 1;
            let p: Vec<FourVector> = (0..points.momenta.n_ext)
                .map(|leg| points.momenta.get(leg, k))
                .collect();
            let scale = points.s_hat[k].sqrt();
            for mu in 0..4 {
                let incoming: f64 = p[..n_in].iter().map(|p| p[mu]).sum();
                let outgoing: f64 = p[n_in..].iter().map(|p| p[mu]).sum();
                assert!((incoming - outgoing).abs() < 1e-12 * scale, "{name}: {p:?}");
            }
            for (p, m) in p.iter().zip(masses_in.iter().chain(masses_out)) {
                assert!(
                    (dot(*p, *p) - m * m).abs() < 1e-10 * scale * scale,
                    "{name}"
                );
                assert!(p[0] >= 0.0, "{name}");
            }
            let mut worst = (points.det[k] * det_inv[k] - 1.0).abs();
            for j in 0..space.n_dim() {
                let d = (back[j * n + k] - u[j * n + k]).abs();
                worst = worst.max(d.min(1.0 - d));
            }
            // Systems that are light for their energy lose digits.
            lossy += usize::from(worst > 1e-7);
            assert!(worst < 1e-2, "{name}: off by {worst} at {p:?}");
        }
        assert!(points.momenta.data.iter().all(|p| p.is_finite()));
        assert!(
            lossy <= n / 100,
            "{name}: {lossy} of {n} points invert badly"
        );
        assert!(alive > n / 2, "{name}: only {alive} of {n} points exist");
    }
}

#[test]
fn massless_volumes_agree_with_the_closed_form_in_every_channel() {
    let s: f64 = 200.0 * 200.0;
    let cases: &[(usize, &[&Lines])] = &[
        (
            2,
            &[
                &[(0b1100, 0.0, 0.0)],
                &[(0b0101, 0.0, 0.0)],
                &[(0b0101, 80.0, 0.0)],
            ],
        ),
        (
            3,
            &[
                &[(0b11000, 0.0, 0.0), (0b11100, 0.0, 0.0)],
                &[(0b11000, 91.0, 20.0), (0b00101, 0.0, 0.0)],
                &[(0b00101, 80.0, 2.0), (0b01101, 80.0, 2.0)],
                &[],
            ],
        ),
        (
            4,
            &[
                &[
                    (0b001100, 91.0, 20.0),
                    (0b110000, 80.0, 20.0),
                    (0b111100, 0.0, 0.0),
                ],
                &[
                    (0b000101, 80.0, 2.0),
                    (0b001101, 80.0, 2.0),
                    (0b110000, 90.0, 20.0),
                ],
                &[(0b000101, 80.0, 0.0), (0b011101, 80.0, 0.0)],
            ],
        ),
        (
            5,
            &[&[
                (0b0000101, 80.0, 0.0),
                (0b0110000, 80.0, 30.0),
                (0b1110000, 100.0, 60.0),
            ]],
        ),
        (6, &[&[(0b0000_1100, 60.0, 60.0)]]),
    ];
    for (n, topologies) in cases {
        let space = space(
            &vec![0.0; *n],
            topologies,
            &fixed(200.0),
            &Bounds::default(),
        );
        assert!(space.n_channels() > topologies.len());
        assert_eq!(space.n_dim(), 3 * n - 4);
        let want = massless_volume(*n as u32, s);
        for channel in 0..space.n_channels() {
            let got = integrate(&space, channel, 1_000_000, |_, _| 1.0);
            let what = format!("{n}: {}", space.description(channel));
            agrees(&what, got, want, 5e-3);
            if space.description(channel) == "flat" {
                assert!((got.0 / want - 1.0).abs() < 1e-9, "{what}: not flat");
            }
        }
    }
}

#[test]
fn massive_volumes_agree_with_quadrature() {
    let sqrt_s: f64 = 500.0;
    let m = [173.0, 80.0, 91.0];
    let s = sqrt_s * sqrt_s;
    let lambda = |a: f64, b: f64, c: f64| ((a - b - c).powi(2) - 4.0 * b * c).max(0.0).sqrt();
    let two = |s: f64, a: f64, b: f64| lambda(s, a * a, b * b) / (8.0 * PI * s);
    let lines: &[&Lines] = &[&[(0b1100, 0.0, 0.0)], &[(0b0101, 173.0, 0.0)]];
    let pair = space(&m[..2], lines, &fixed(sqrt_s), &Bounds::default());
    for channel in 0..pair.n_channels() {
        let got = integrate(&pair, channel, 100_000, |_, _| 1.0);
        agrees(pair.description(channel), got, two(s, m[0], m[1]), 5e-3);
    }
    let (lo, hi) = ((m[1] + m[2]).powi(2), (sqrt_s - m[0]).powi(2));
    let steps = 200_000;
    let want: f64 = (0..steps)
        .map(|k| lo + (f64::from(k) + 0.5) / f64::from(steps) * (hi - lo))
        .map(|x| two(x, m[1], m[2]) * two(s, m[0], x.sqrt()))
        .sum::<f64>()
        * (hi - lo)
        / f64::from(steps)
        / (2.0 * PI);
    let lines: &[&Lines] = &[
        &[(0b11000, 200.0, 10.0), (0b11100, 0.0, 0.0)],
        &[(0b01101, 0.0, 0.0), (0b01100, 173.0, 1.5)],
        &[(0b00101, 80.0, 2.0), (0b01101, 173.0, 2.0)],
    ];
    let triple = space(&m, lines, &fixed(sqrt_s), &Bounds::default());
    for channel in 0..triple.n_channels() {
        let got = integrate(&triple, channel, 400_000, |_, _| 1.0);
        agrees(triple.description(channel), got, want, 5e-3);
    }
}

/// Photons from both beams, and from beam 2 alone; what they make splits by exchange.
const TWO_PHOTON: &Lines = &[
    (0b000101, 0.0, 0.0),
    (0b001101, 0.10566, 0.0),
    (0b011101, 0.0, 0.0),
];
const ONE_PHOTON: &Lines = &[
    (0b001100, 0.0, 0.0),
    (0b001101, 0.000511, 0.0),
    (0b011101, 0.0, 0.0),
];

#[test]
fn volumes_with_beams_that_go_on_agree_with_quadrature() {
    let m = [50.0, 40.0, 60.0, 45.0];
    let list = [TWO_PHOTON, ONE_PHOTON].map(topology);
    let (ends, beams) = ([m[0], m[3]], fixed(260.0));
    let space = PhaseSpace::new(&ends, &m, &list, Some(&beams), &Bounds::default(), 10).unwrap();
    let s = space.s_hat_range().0;
    let sqrt_s = s.sqrt();
    let lambda = |a: f64, b: f64, c: f64| ((a - b - c).powi(2) - 4.0 * b * c).max(0.0).sqrt();
    let two = |s: f64, a: f64, b: f64| lambda(s, a, b) / (8.0 * PI * s);
    let steps = 1500;
    let pair = |a: f64, b: f64, rest: f64| {
        let (lo, hi) = ((a + b).powi(2), (sqrt_s - rest).powi(2));
        let width = (hi - lo) / f64::from(steps);
        (0..steps).map(move |k| (lo + (f64::from(k) + 0.5) * width, width))
    };
    let mut want = 0.0;
    for (x, dx) in pair(m[0], m[1], m[2] + m[3]) {
        let inner: f64 = pair(m[2], m[3], m[0] + m[1])
            .filter(|(y, _)| x.sqrt() + y.sqrt() < sqrt_s)
            .map(|(y, dy)| two(s, x, y) * two(y, m[2] * m[2], m[3] * m[3]) * dy)
            .sum();
        want += inner * two(x, m[0] * m[0], m[1] * m[1]) * dx / (4.0 * PI * PI);
    }
    for channel in 0..space.n_channels() {
        // The density has a root at its edge, where the beam particles are equally fast.
        let got = integrate(&space, channel, 500_000, |_, _| 1.0);
        agrees(space.description(channel), got, want, 3e-2);
    }
}

const W: (f64, f64) = (80.4, 2.1);
const TOP: (f64, f64) = (173.0, 1.5);

/// Phase spaces of all kinds, with their incoming and outgoing masses.
fn zoo() -> Vec<(PhaseSpace, Vec<f64>, Vec<f64>)> {
    let ttbar: &Lines = &[
        (0b0001_1100, TOP.0, TOP.1),
        (0b0001_1000, W.0, W.1),
        (0b1110_0000, TOP.0, TOP.1),
        (0b1100_0000, W.0, W.1),
        (0b1111_1100, 0.0, 0.0),
    ];
    let ttbar_t: &Lines = &[
        (0b0001_1100, TOP.0, TOP.1),
        (0b0001_1000, W.0, W.1),
        (0b1110_0000, TOP.0, TOP.1),
        (0b1100_0000, W.0, W.1),
        (0b0001_1101, TOP.0, TOP.1),
    ];
    let higgs: &Lines = &[
        (0b111100, 125.0, 0.004),
        (0b001100, W.0, W.1),
        (0b110000, W.0, W.1),
    ];
    let vbf: &Lines = &[
        (0b000101, W.0, W.1),
        (0b110101, W.0, W.1),
        (0b110000, 125.0, 0.004),
    ];
    let multi: &Lines = &[
        (0b000101, 0.0, 0.0),
        (0b001101, 0.0, 0.0),
        (0b110000, 0.0, 0.0),
    ];
    let ladder: &Lines = &[
        (0b000101, 0.0, 0.0),
        (0b001101, 0.0, 0.0),
        (0b011101, 0.0, 0.0),
    ];
    let cuts = |n: usize| Bounds {
        pt_min: vec![20.0; n + 2],
        ..Bounds::default()
    };
    let none = Bounds::default();
    let ep = BeamSetup {
        e1: 27.5,
        e2: 920.0,
        hadronic: [false, true],
    };
    let build = |m_in: &[f64], m_out: &[f64], lines: &Lines, beams: Option<&BeamSetup>| {
        let list = [topology(lines)];
        let space = PhaseSpace::new(m_in, m_out, &list, beams, &none, 10).unwrap();
        (space, m_in.to_vec(), m_out.to_vec())
    };
    let (e, mu) = (0.000511, 0.10566);
    let (ends_first, pair_first) = ([e, mu, mu, e], [mu, mu, e, e]);
    let massless = |space: PhaseSpace, m_out: &[f64]| (space, vec![0.0; 2], m_out.to_vec());
    let six = [4.7, 0.0, 0.0, 4.7, 0.0, 0.0];
    vec![
        massless(space(&six, &[ttbar, ttbar_t], &LHC, &cuts(6)), &six),
        massless(space(&[0.0; 4], &[higgs], &LHC, &none), &[0.0; 4]),
        massless(
            space(&[0.0; 4], &[vbf, multi, ladder], &LHC, &cuts(4)),
            &[0.0; 4],
        ),
        massless(space(&[80.4], &[], &LHC, &none), &[80.4]),
        build(
            &[0.0; 2],
            &[0.0; 3],
            &[(0b00101, 0.0, 0.0), (0b01101, 91.0, 2.4)],
            Some(&ep),
        ),
        build(
            &[1.0, 2.0],
            &[1.0, 2.0, 30.0],
            &[(0b00101, 0.0, 0.0), (0b01101, 0.0, 0.0)],
            Some(&fixed(200.0)),
        ),
        build(&[e; 2], &ends_first, TWO_PHOTON, Some(&fixed(10.0))),
        build(&[e; 2], &ends_first, TWO_PHOTON, Some(&fixed(500.0))),
        build(&[e; 2], &pair_first, ONE_PHOTON, Some(&fixed(10.0))),
        build(
            &[0.000511; 2],
            &[172.0; 2],
            &[(0b0101, 0.0, 0.0)],
            Some(&fixed(500.0)),
        ),
        build(
            &[125.0],
            &[0.0, 0.1, 1.7, 0.0],
            &[(0b00110, 91.2, 2.5), (0b11000, 91.2, 2.5)],
            None,
        ),
    ]
}

#[test]
fn points_conserve_momentum_are_on_shell_and_invert() {
    for (space, masses_in, masses_out) in zoo() {
        every_point_is_physical(&space, &masses_in, &masses_out);
    }
}

/// `p_i p_j` of all pairs of legs of one point, and the side of the plane through the
/// beams and the last leg but one on which the last one is.
fn products_and_side(points: &Points, k: usize) -> (Vec<f64>, f64) {
    let n_ext = points.momenta.n_ext;
    let p: Vec<FourVector> = (0..n_ext).map(|leg| points.momenta.get(leg, k)).collect();
    let products = (0..n_ext).flat_map(|i| (0..i).map(move |j| (i, j)));
    let products = products.map(|(i, j)| dot(p[i], p[j])).collect();
    let [a, b] = [p[n_ext - 2], p[n_ext - 1]];
    (products, a[1] * b[2] - a[2] * b[1])
}

#[test]
fn one_coordinate_turns_and_reflects_events() {
    for (space, ..) in zoo().into_iter().filter(|z| z.2.len() > 2) {
        let n = 200;
        let (mut first, mut second) = (Points::default(), Points::default());
        for channel in 0..space.n_channels() {
            let name = space.description(channel);
            let u = uniform(space.n_dim(), n, 7);
            space.forward(channel, &u, n, &mut first);
            let turning = (0..space.n_dim()).filter(|&j| {
                let mut other = u.clone();
                let row = &mut other[j * n..(j + 1) * n];
                row.iter_mut().for_each(|r| *r = (*r + 0.5) % 1.0);
                space.forward(channel, &other, n, &mut second);
                (0..n).all(|k| {
                    let [one, two] = [&first, &second].map(|p| products_and_side(p, k));
                    let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9 * first.s_hat[k];
                    first.det[k] == second.det[k]
                        && one.0.iter().zip(&two.0).all(close)
                        && one.1 * two.1 <= 0.0
                })
            });
            assert_eq!(turning.count(), 1, "{name}");
        }
    }
}

#[test]
fn prior_weights_add_up_to_one() {
    for (space, ..) in zoo() {
        let n = 300;
        let mut points = Points::default();
        let (mut all, mut one) = (Vec::new(), Vec::new());
        for channel in 0..space.n_channels() {
            let u = uniform(space.n_dim(), n, 3);
            space.forward(channel, &u, n, &mut points);
            space.alpha(&points, &mut all);
            space.alpha_of(channel, &points, &mut one);
            assert_eq!(all.len(), n * space.n_channels());
            assert_eq!(&all[channel * n..(channel + 1) * n], &one[..]);
            for k in 0..n {
                let sum: f64 = (0..space.n_channels()).map(|i| all[i * n + k]).sum();
                assert!((sum - 1.0).abs() < 1e-12, "{sum}");
            }
        }
    }
}

#[test]
fn resonances_that_exclude_each_other_share_the_integral() {
    // h > W W* at 125 GeV: either W may be on shell.
    let (m, g) = W;
    let bw = |s: f64| m * m * g * g / ((s - m * m).powi(2) + m * m * g * g);
    let lines: &Lines = &[(0b111100, 125.0, 0.5), (0b001100, m, g), (0b110000, m, g)];
    let space = space(&[0.0; 4], &[lines], &fixed(125.0), &Bounds::default());
    assert_eq!(space.n_channels(), 3);
    assert_eq!(
        space.description(0),
        "s2345[125.00,0.50]* s23[80.40,2.10] s45[80.40,2.10]*"
    );
    let pair = |p: &Points, k: usize, a: usize, b: usize| {
        2.0 * dot(p.momenta.get(a, k), p.momenta.get(b, k))
    };
    let f = |p: &Points, k: usize| bw(pair(p, k, 2, 3)) * bw(pair(p, k, 4, 5));
    let (mut total, mut err2) = (0.0, 0.0);
    let mut alpha = Vec::new();
    for channel in 0..space.n_channels() {
        let mut points = Points::default();
        let n = 200_000;
        space.forward(channel, &uniform(space.n_dim(), n, 8), n, &mut points);
        space.alpha_of(channel, &points, &mut alpha);
        let w: Vec<f64> = (0..n)
            .map(|k| alpha[k] * f(&points, k) * points.det[k])
            .collect();
        let mean = w.iter().sum::<f64>() / n as f64;
        let square = w.iter().map(|w| w * w).sum::<f64>() / n as f64;
        total += mean;
        err2 += (square - mean * mean) / n as f64;
    }
    let flat = integrate(&space, 2, 1_000_000, f);
    let pull = (total - flat.0) / (err2 + flat.1 * flat.1).sqrt();
    assert!(pull.abs() < 4.0, "{total} {flat:?}");
    assert!(
        err2.sqrt() / total < 5e-3,
        "relative error {}",
        err2.sqrt() / total
    );
}

#[test]
fn every_channel_gives_the_same_integral_of_a_smooth_function() {
    let lines: &[&Lines] = &[
        &[(0b11000, 91.0, 30.0), (0b11100, 0.0, 0.0)],
        &[(0b00101, 80.0, 0.0), (0b01101, 80.0, 0.0)],
        &[(0b10001, 80.0, 0.0), (0b01100, 0.0, 0.0)],
    ];
    let masses = [5.0, 0.0, 20.0];
    let space = space(&masses, lines, &LHC, &Bounds::default());
    // Falls with s_hat as a luminosity would.
    let f = |p: &Points, k: usize| {
        let z = p.momenta.get(3, k);
        let cos = z[3] / z[0];
        (-p.s_hat[k] / 4e4).exp() * (1.0 + cos * cos) * (2.0 + p.x1[k])
    };
    let reference = integrate(&space, space.n_channels() - 1, 1_000_000, f);
    for channel in 0..space.n_channels() - 1 {
        let got = integrate(&space, channel, 1_000_000, f);
        let err = got.1.hypot(reference.1);
        let pull = (got.0 - reference.0) / err;
        let what = space.description(channel);
        assert!(pull.abs() < 4.0, "{what}: {got:?} {reference:?}");
        assert!(err / got.0 < 0.01, "{what}: {}", err / got.0);
    }
}

#[test]
fn bounds_are_respected_and_do_not_change_the_cut_integral() {
    let lines: &[&Lines] = &[
        &[(0b00101, 0.0, 0.0), (0b11000, 0.0, 0.0)],
        &[(0b00101, 0.0, 0.0), (0b01101, 0.0, 0.0)],
    ];
    let mut bounds = Bounds {
        pt_min: vec![0.0, 0.0, 30.0, 20.0, 20.0],
        ..Bounds::default()
    };
    bounds.s_min.insert(0b11000, 2500.0);
    bounds.s_max.insert(0b11000, 2e4);
    let beams = fixed(300.0);
    let with = space(&[0.0; 3], lines, &beams, &bounds);
    let without = space(&[0.0; 3], lines, &beams, &Bounds::default());
    let passes = |p: &Points, k: usize| {
        let leg = |i: usize| p.momenta.get(i, k);
        let s = 2.0 * dot(leg(3), leg(4));
        let pt = |i: usize| leg(i)[1].hypot(leg(i)[2]);
        let ok = (2500.0..2e4).contains(&s) && pt(2) > 30.0 && pt(3) > 20.0 && pt(4) > 20.0;
        f64::from(u8::from(ok))
    };
    let want = integrate(&without, 2, 2_000_000, passes);
    for channel in 0..3 {
        let got = integrate(&with, channel, 600_000, passes);
        let err = got.1.hypot(want.1);
        assert!(
            (got.0 - want.0).abs() < 4.0 * err,
            "{channel}: {got:?} {want:?}"
        );
        assert!(got.1 / got.0 < 5e-3);
    }
    let mut points = Points::default();
    let u = uniform(with.n_dim(), 2000, 1);
    with.forward(0, &u, 2000, &mut points);
    for k in (0..2000).filter(|&k| points.det[k] > 0.0) {
        let leg = |i: usize| points.momenta.get(i, k);
        let s = 2.0 * dot(leg(3), leg(4));
        assert!(s > 2500.0 - 1e-6 && s < 2e4 + 1e-6);
        assert!(leg(2)[1].hypot(leg(2)[2]) > 30.0 - 1e-9);
    }
}

#[test]
fn without_cuts_massless_partons_have_any_energy() {
    // Two massless legs below x1 x2 = c: dPhi_2 = 1/(8 pi), the area is c (1 - ln c).
    let lines: &[&Lines] = &[&[(0b1100, 0.0, 0.0)]];
    let two = space(&[0.0; 2], lines, &LHC, &Bounds::default());
    assert_eq!(two.s_hat_range().0, 0.0);
    let c: f64 = 1e-12;
    let want = c * (1.0 - c.ln()) / (8.0 * PI);
    for channel in 0..two.n_channels() {
        let f = |p: &Points, k: usize| f64::from(u8::from(p.x1[k] * p.x2[k] < c));
        let got = integrate(&two, channel, 200_000, f);
        agrees(two.description(channel), got, want, 1e-2);
    }
}

#[test]
fn beams_integrate_momentum_fractions() {
    // Two massless legs: dPhi_2 = 1/(8 pi); 1/x2 over x1 x2 > c.
    let mut bounds = Bounds::default();
    let s = 13000.0_f64 * 13000.0;
    let cut: f64 = 0.01;
    bounds.s_min.insert(0b1100, cut * s);
    let lines: &[&Lines] = &[&[(0b1100, 0.0, 0.0)], &[(0b0101, 0.0, 0.0)]];
    let two = space(&[0.0; 2], lines, &LHC, &bounds);
    let want = (cut - 1.0 - cut.ln()) / (8.0 * PI);
    assert_eq!(two.n_dim(), 4);
    for channel in 0..two.n_channels() {
        let f = |p: &Points, k: usize| 1.0 / p.x2[k];
        let got = integrate(&two, channel, 1_000_000, f);
        agrees(two.description(channel), got, want, 5e-3);
    }
    // One hadron: ∫ dx / x over x > c.
    let beams = BeamSetup {
        hadronic: [false, true],
        ..LHC
    };
    let one = space(&[0.0; 2], lines, &beams, &bounds);
    let want = -cut.ln() / (8.0 * PI);
    let got = integrate(&one, 0, 1_000_000, |p, k| 1.0 / p.x2[k]);
    agrees("one hadron", got, want, 5e-3);
    // 2 -> 1: 2 pi delta(x1 x2 s - M^2), so ∫ dx1 dx2 x1 -> 2 pi / s (1 - tau).
    let single = space(&[1000.0], &[], &LHC, &Bounds::default());
    assert_eq!((single.n_channels(), single.n_dim()), (1, 1));
    let tau = 1e6 / s;
    let got = integrate(&single, 0, 200_000, |p, k| p.x1[k]);
    agrees("2 -> 1", got, 2.0 * PI / s * (1.0 - tau), 5e-3);
}

#[test]
fn the_laboratory_frame_has_the_beams_along_z() {
    let ep = BeamSetup {
        e1: 27.5,
        e2: 920.0,
        hadronic: [false, true],
    };
    let space = space(&[0.0; 2], &[&[(0b0101, 0.0, 0.0)]], &ep, &Bounds::default());
    let mut points = Points::default();
    space.forward(0, &uniform(space.n_dim(), 100, 2), 100, &mut points);
    let lab = space.to_lab(&points);
    for k in 0..100 {
        assert!((lab.get(0, k)[3] - 27.5).abs() < 1e-9);
        let want = 920.0 * points.x2[k];
        assert!((lab.get(1, k)[3] + want).abs() < 1e-9 * want);
    }
}

#[test]
fn what_leaves_no_phase_space_is_refused_with_its_numbers() {
    let build = |masses: &[f64], sqrt_s: f64, bounds: &Bounds| {
        PhaseSpace::new(&[0.0; 2], masses, &[], Some(&fixed(sqrt_s)), bounds, 10).err()
    };
    let none = Bounds::default();
    let Some(PhaseSpaceError::BelowThreshold { sqrt_s, threshold }) =
        build(&[173.0, 173.0], 200.0, &none)
    else {
        panic!("two tops at 200 GeV");
    };
    assert!((sqrt_s - 200.0).abs() < 1e-9 && (threshold - 346.0).abs() < 1e-9);
    assert_eq!(
        build(&[80.0], 200.0, &none),
        Some(PhaseSpaceError::NoFreedom)
    );
    let mut bounds = Bounds::default();
    bounds.s_min.insert(0b1100, 500.0);
    bounds.s_max.insert(0b1100, 400.0);
    assert!(matches!(
        build(&[0.0; 2], 200.0, &bounds),
        Some(PhaseSpaceError::EmptyRange { .. })
    ));
    let crossed = [topology(&[(0b01100, 0.0, 0.0), (0b11000, 0.0, 0.0)])];
    let crossed = PhaseSpace::new(&[0.0; 2], &[0.0; 3], &crossed, Some(&LHC), &none, 10);
    assert!(matches!(crossed, Err(PhaseSpaceError::NotATree { .. })));
    let beamless = PhaseSpace::new(&[0.0; 2], &[0.0; 3], &[], None, &none, 10);
    assert!(matches!(beamless, Err(PhaseSpaceError::NoBeams)));
}

#[test]
fn equal_topologies_count_once_and_the_highest_peaks_are_kept() {
    let z: &Lines = &[(0b00101, 0.0, 0.0), (0b11000, 91.2, 2.5)];
    let photon: &Lines = &[(0b00101, 0.0, 0.0), (0b11000, 0.0, 0.0)];
    let list: Vec<Topology> = [photon, z, photon, z].map(topology).to_vec();
    let build = |max: usize, s_min: f64| {
        let mut bounds = Bounds::default();
        bounds.s_min.insert(0b11000, s_min);
        PhaseSpace::new(&[0.0; 2], &[0.0; 3], &list, Some(&LHC), &bounds, max).unwrap()
    };
    let all = build(100, 100.0);
    assert_eq!(all.n_channels(), 3);
    assert_eq!(all.resonances(1).len(), 1);
    // Far from the photon's pole the Z boson's map serves both.
    let shared = build(100, 2500.0);
    assert_eq!(shared.n_channels(), 2);
    assert_eq!(shared.resonances(0).len(), 1);
    let few = build(2, 2500.0);
    assert_eq!(few.n_channels(), 2);
    assert_eq!(few.description(0), "2+34 s34[91.20,2.50]");
    assert_eq!(few.notes(), ["1 of 2 channels kept"]);
}

#[test]
fn channels_that_stay_are_those_of_a_group_without_the_others() {
    let vbf: &Lines = &[
        (0b000101, W.0, W.1),
        (0b110101, W.0, W.1),
        (0b110000, 125.0, 0.004),
    ];
    let higgs: &Lines = &[
        (0b111100, 125.0, 0.004),
        (0b001100, W.0, W.1),
        (0b110000, W.0, W.1),
    ];
    let ladder: &Lines = &[
        (0b000101, 0.0, 0.0),
        (0b001101, 0.0, 0.0),
        (0b011101, 0.0, 0.0),
    ];
    let build = |list: &[&Lines]| space(&[0.0; 4], list, &LHC, &Bounds::default());
    let mut some = build(&[vbf, higgs, ladder]);
    let alone = build(&[vbf, ladder]);
    let stays = |c: usize| {
        let description = some.description(c);
        (0..alone.n_channels() - 1).any(|k| alone.description(k) == description)
    };
    // The flat channel stays unasked.
    let keep: Vec<bool> = (0..some.n_channels()).map(stays).collect();
    some.retain(&keep);
    let (mut a, mut b) = (Points::default(), Points::default());
    let (mut alpha_a, mut alpha_b) = (vec![], vec![]);
    assert_eq!(some.n_channels(), alone.n_channels());
    for channel in 0..alone.n_channels() {
        assert_eq!(some.description(channel), alone.description(channel));
        let u = uniform(alone.n_dim(), 100, 5);
        some.forward(channel, &u, 100, &mut a);
        alone.forward(channel, &u, 100, &mut b);
        assert_eq!(a, b);
        some.alpha(&a, &mut alpha_a);
        alone.alpha(&b, &mut alpha_b);
        assert_eq!(alpha_a, alpha_b);
    }
}
