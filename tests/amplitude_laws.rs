//! Laws that matrix elements obey, whatever any other program says: textbook
//! formulas, symmetries, limits, scaling with the coupling.

#[path = "common/points.rs"]
mod points;

use std::f64::consts::PI;

use omnis::amplitude::{
    AmplitudeError, Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth,
};
use omnis::compute::SimdLevel;
use omnis::diagram::{DiagramFilter, OrderLimits, Subprocess};
use omnis::kinematics::{FourVector, MomentumBatch, dot};
use omnis::model::{Model, ModelSpec};
use points::{Random, boost, points, rambo};

const ALPHA_S: f64 = 0.118;
const C_F: f64 = 4.0 / 3.0;

fn sm_with(restrict: &[&str], set: &[(&str, f64)]) -> Model {
    Model::load(&ModelSpec {
        restrict: restrict.iter().map(|s| (*s).to_owned()).collect(),
        set: set.iter().map(|&(k, v)| (k.to_owned(), v)).collect(),
        ..ModelSpec::default()
    })
    .unwrap()
}

fn sm() -> Model {
    sm_with(&[], &[])
}

/// `u u~ > e+ e-` with limits such as `("QED", 2)`.
fn subprocess(model: &Model, process: &str, limits: &[(&str, u32)]) -> Subprocess {
    let (initial, last) = process.split_once('>').unwrap();
    let ids = |names: &str| {
        let id = |n| model.by_name(n).unwrap_or_else(|| panic!("{n}"));
        names.split_whitespace().map(id).collect::<Vec<_>>()
    };
    let mut max = vec![None; model.orders.len()];
    for &(name, limit) in limits {
        max[model.order_index(name).unwrap()] = Some(limit);
    }
    Subprocess {
        legs: [ids(initial), ids(last)].concat(),
        n_in: ids(initial).len(),
        filter: DiagramFilter {
            orders: OrderLimits {
                max,
                ..OrderLimits::default()
            },
            ..DiagramFilter::default()
        },
        decays: vec![],
        overall: OrderLimits::default(),
        polarisation: vec![],
        tag: None,
    }
}

fn compile(model: &Model, process: &str, limits: &[(&str, u32)]) -> MatrixElement {
    let sub = subprocess(model, process, limits);
    MatrixElement::compile(model, &sub, Frame::Any).unwrap()
}

fn masses(model: &Model, sub: &Subprocess) -> Vec<f64> {
    sub.legs.iter().map(|&p| model.particle(p).mass).collect()
}

fn points_of(model: &Model, process: &str, energy: f64, n: usize) -> MomentumBatch {
    let sub = subprocess(model, process, &[]);
    points(&masses(model, &sub), sub.n_in, energy, n, 42)
}

fn me2(me: &MatrixElement, momenta: &MomentumBatch) -> Vec<f64> {
    let mut out = vec![0.0; momenta.n_batch];
    me.me2(
        momenta,
        None,
        TChannelWidth::Off,
        &mut MatrixElementWorkspace::default(),
        &mut out,
    );
    out
}

fn me2_at(me: &MatrixElement, point: &[FourVector]) -> f64 {
    me2(me, &MomentumBatch::from_points(&[point.to_vec()]))[0]
}

fn mapped(batch: &MomentumBatch, f: impl Fn(&[FourVector]) -> Vec<FourVector>) -> MomentumBatch {
    let list: Vec<_> = (0..batch.n_batch)
        .map(|k| {
            f(&(0..batch.n_ext)
                .map(|l| batch.get(l, k))
                .collect::<Vec<_>>())
        })
        .collect();
    MomentumBatch::from_points(&list)
}

fn assert_close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len());
    for (k, (a, b)) in got.iter().zip(want).enumerate() {
        assert!(
            (a / b - 1.0).abs() < tolerance,
            "{what} at point {k}: {a} against {b}"
        );
    }
}

/// The largest relative difference.
fn largest_change(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a / b - 1.0).abs())
        .fold(0.0, f64::max)
}

/// Sums and averages over spins and colours in units of `g_s^4`, no factor for
/// identical particles: B. L. Combridge, J. Kripfganz, J. Ranft, Phys. Lett.
/// B70 (1977) 234; Ellis, Stirling, Webber, "QCD and Collider Physics", table 7.1.
#[test]
fn two_body_qcd_agrees_with_closed_forms() {
    type Form = fn(f64, f64, f64) -> f64;
    let list: [(&str, f64, Form); 13] = [
        ("u d > u d", 1.0, |s, t, u| {
            4.0 / 9.0 * (s * s + u * u) / (t * t)
        }),
        ("u d~ > u d~", 1.0, |s, t, u| {
            4.0 / 9.0 * (s * s + u * u) / (t * t)
        }),
        ("u~ d > u~ d", 1.0, |s, t, u| {
            4.0 / 9.0 * (s * s + u * u) / (t * t)
        }),
        ("u u > u u", 2.0, identical_quarks),
        ("u~ u~ > u~ u~", 2.0, identical_quarks),
        ("u u~ > d d~", 1.0, |s, t, u| {
            4.0 / 9.0 * (t * t + u * u) / (s * s)
        }),
        ("u u~ > u u~", 1.0, |s, t, u| identical_quarks(u, t, s)),
        ("u u~ > g g", 2.0, quarks_to_gluons),
        ("g g > u u~", 1.0, |s, t, u| {
            9.0 / 64.0 * quarks_to_gluons(s, t, u)
        }),
        ("u g > u g", 1.0, quark_gluon),
        ("g u > g u", 1.0, quark_gluon),
        ("g u~ > u~ g", 1.0, |s, t, u| quark_gluon(s, u, t)),
        ("g g > g g", 2.0, |s, t, u| {
            4.5 * (3.0 - t * u / (s * s) - s * u / (t * t) - s * t / (u * u))
        }),
    ];
    fn identical_quarks(s: f64, t: f64, u: f64) -> f64 {
        4.0 / 9.0 * ((s * s + u * u) / (t * t) + (s * s + t * t) / (u * u))
            - 8.0 / 27.0 * s * s / (u * t)
    }
    fn quarks_to_gluons(s: f64, t: f64, u: f64) -> f64 {
        (t * t + u * u) * (32.0 / 27.0 / (t * u) - 8.0 / 3.0 / (s * s))
    }
    fn quark_gluon(s: f64, t: f64, u: f64) -> f64 {
        (s * s + u * u) * (1.0 / (t * t) - 4.0 / 9.0 / (s * u))
    }
    let model = sm();
    let g4 = (4.0 * PI * ALPHA_S).powi(2);
    for (process, identical, form) in list {
        let me = compile(&model, process, &[("QED", 0)]);
        let batch = points_of(&model, process, 500.0, 20);
        let want: Vec<f64> = (0..20)
            .map(|k| {
                let [a, b, c, d] = std::array::from_fn(|l| batch.get(l, k));
                let (s, t, u) = (2.0 * dot(a, b), -2.0 * dot(a, c), -2.0 * dot(a, d));
                g4 * form(s, t, u) / identical
            })
            .collect();
        assert_close(&me2(&me, &batch), &want, 1e-11, process);
    }
}

/// P. Nason, S. Dawson, R. K. Ellis, Nucl. Phys. B303 (1988) 607: `tau_i = 2
/// p_1.p_i / s`, `rho = 4 m^2 / s`.
#[test]
fn top_pairs_agree_with_closed_forms() {
    let model = sm();
    let g4 = (4.0 * PI * ALPHA_S).powi(2);
    let m2 = model.parameter("MT").unwrap().powi(2);
    type Form = fn(f64, f64, f64) -> f64;
    let list: [(&str, Form); 2] = [
        ("g g > t t~", |x, y, rho| {
            (1.0 / (6.0 * x * y) - 0.375) * (x * x + y * y + rho - rho * rho / (4.0 * x * y))
        }),
        ("u u~ > t t~", |x, y, rho| {
            4.0 / 9.0 * (x * x + y * y + rho / 2.0)
        }),
    ];
    for (process, form) in list {
        let me = compile(&model, process, &[("QED", 0)]);
        for energy in [346.1, 500.0, 5000.0] {
            let batch = points_of(&model, process, energy, 10);
            let want: Vec<f64> = (0..10)
                .map(|k| {
                    let [a, b, c, d] = std::array::from_fn(|l| batch.get(l, k));
                    let s = 2.0 * dot(a, b);
                    g4 * form(2.0 * dot(a, c) / s, 2.0 * dot(a, d) / s, 4.0 * m2 / s)
                })
                .collect();
            assert_close(&me2(&me, &batch), &want, 1e-10, process);
        }
    }
}

/// Photon exchange only, so that `/ z` is tested too: `2 e^4 (t^2 + u^2) / s^2`
/// (Peskin, Schroeder, eq. 5.10), and `e+ e- > a a`, eq. 5.105 without mass.
#[test]
fn quantum_electrodynamics_agrees_with_closed_forms() {
    let model = sm();
    let e4 = (4.0 * PI * model.alpha_em()).powi(2);
    type Form = fn(f64, f64, f64) -> f64;
    let list: [(&str, Form); 3] = [
        ("e+ e- > mu+ mu-", |s, t, u| 2.0 * (t * t + u * u) / (s * s)),
        ("e- mu- > e- mu-", |s, t, u| 2.0 * (s * s + u * u) / (t * t)),
        ("e+ e- > a a", |_, t, u| (t * t + u * u) / (t * u)),
    ];
    for (process, form) in list {
        let mut sub = subprocess(&model, process, &[]);
        sub.filter.forbidden = vec![model.by_name("z").unwrap()];
        let me = MatrixElement::compile(&model, &sub, Frame::Any).unwrap();
        let batch = points_of(&model, process, 91.188, 20);
        let want: Vec<f64> = (0..20)
            .map(|k| {
                let [a, b, c, d] = std::array::from_fn(|l| batch.get(l, k));
                e4 * form(2.0 * dot(a, b), -2.0 * dot(a, c), -2.0 * dot(a, d))
            })
            .collect();
        assert_close(&me2(&me, &batch), &want, 1e-11, process);
    }
}

/// Off all poles a width is a small correction, also where an electron goes straight on:
/// there diagrams cancel to `m/E`, and the width of the W bosons breaks what makes them cancel.
#[test]
fn widths_do_not_upset_photons_from_electrons_that_go_straight_on() {
    let process = "e+ e- > e- ve~ u d~";
    let (m, energy) = (0.000511_f64, 100.0_f64);
    let leg = |e: f64, pt: f64, sign: f64| {
        let z = (e * e - m * m - pt * pt).sqrt();
        [e, pt, 0.0, sign * z]
    };
    let mut random = Random(7);
    let mut points_at = |pt: f64| -> Vec<Vec<FourVector>> {
        let one = |_| {
            let electron = leg(40.0, pt, -1.0);
            let rest = [2.0 * energy - electron[0], -pt, 0.0, -electron[3]];
            let mass = dot(rest, rest).sqrt();
            // A pair of 60 GeV, and the neutrino close to the electron.
            let k = (mass * mass - 3600.0) / (2.0 * mass);
            let neutrino = [k, 0.6 * k, 0.0, -0.8 * k];
            let pair = boost(rest, [mass - k, -0.6 * k, 0.0, 0.8 * k]);
            let neutrino = boost(rest, neutrino);
            let with_electron = std::array::from_fn(|mu| neutrino[mu] + electron[mu]);
            let off = dot(with_electron, with_electron).sqrt() - 80.0;
            assert!(off.abs() > 15.0, "on the pole: {off}");
            let quarks = rambo(&mut random, 60.0, &[0.0; 2]).into_iter();
            let quarks = quarks.map(|q| boost(pair, q));
            let beams = [leg(energy, 0.0, 1.0), leg(energy, 0.0, -1.0)];
            let before = beams.into_iter().chain([electron, neutrino]);
            before.chain(quarks).collect()
        };
        (0..20).map(one).collect()
    };
    let compiled = [2.0476, 0.0].map(|width| {
        let model = sm_with(&["lepton_masses"], &[("WW", width)]);
        compile(&model, process, &[])
    });
    // Single points may lie where everything else cancels, too.
    for pt in [1e-6, 1e-4, 1e-2, 1.0] {
        let batch = MomentumBatch::from_points(&points_at(pt));
        let [with, without] = compiled
            .each_ref()
            .map(|me| me2(me, &batch).iter().sum::<f64>());
        let change = with / without - 1.0;
        assert!(change.abs() < 0.05, "{pt} GeV: {with} {without}");
    }
}

#[test]
fn filters_of_propagators_select_diagrams() {
    let model = sm();
    let id = |name| model.by_name(name).unwrap();
    let batch = points_of(&model, "e+ e- > mu+ mu-", 120.0, 5);
    let with = |change: &dyn Fn(&mut DiagramFilter)| {
        let mut sub = subprocess(&model, "e+ e- > mu+ mu-", &[]);
        change(&mut sub.filter);
        me2(
            &MatrixElement::compile(&model, &sub, Frame::Any).unwrap(),
            &batch,
        )
    };
    let all = with(&|_| ());
    let no_photon = with(&|f| f.forbidden = vec![id("a")]);
    let through_z = with(&|f| f.required_s_channel = vec![vec![vec![id("z")]]]);
    let not_s_photon = with(&|f| f.forbidden_s_channel = vec![id("a")]);
    let either = with(&|f| f.required_s_channel = vec![vec![vec![id("z"), id("a")]]]);
    assert_close(&no_photon, &through_z, 1e-13, "z only");
    assert_close(&no_photon, &not_s_photon, 1e-13, "no photon");
    assert_close(&all, &either, 1e-13, "z or photon");
    assert!(largest_change(&all, &no_photon) > 0.1);

    // A t-channel propagator is no s-channel propagator.
    let bhabha = |f: &dyn Fn(&mut DiagramFilter)| {
        let mut sub = subprocess(&model, "e+ e- > e+ e-", &[]);
        f(&mut sub.filter);
        MatrixElement::compile(&model, &sub, Frame::Any).unwrap()
    };
    let t_only = bhabha(&|f| f.forbidden_s_channel = vec![id("a"), id("z")]);
    let different = compile(&model, "e+ mu- > e+ mu-", &[]);
    let batch = points_of(&model, "e+ e- > e+ e-", 120.0, 5);
    assert_close(
        &me2(&t_only, &batch),
        &me2(&different, &batch),
        1e-12,
        "t channel",
    );
}

#[test]
fn required_resonances_are_met_by_different_propagators() {
    let model = sm();
    let z = vec![model.by_name("z").unwrap()];
    let a = vec![model.by_name("a").unwrap()];
    let process = "u u~ > e+ e- mu+ mu-";
    let batch = points_of(&model, process, 400.0, 4);
    let with = |required: &[&Vec<_>]| {
        let mut sub = subprocess(&model, process, &[("QED", 4)]);
        sub.filter.required_s_channel = vec![required.iter().map(|r| (*r).clone()).collect()];
        MatrixElement::compile(&model, &sub, Frame::Any).map(|me| me2(&me, &batch))
    };
    let both = with(&[&z, &z]).unwrap();
    let one = with(&[&z]).unwrap();
    assert!(largest_change(&both, &one) > 0.01);
    // Without photons every diagram has two Z bosons, side by side or in a row.
    let mut sub = subprocess(&model, process, &[("QED", 4)]);
    sub.filter.forbidden = a.clone();
    let no_photon = MatrixElement::compile(&model, &sub, Frame::Any).unwrap();
    assert_close(&both, &me2(&no_photon, &batch), 1e-11, "two Z bosons");
    // Which entry is which does not matter, also where one is more general.
    let either = [z.clone(), a.clone()].concat();
    let mixed = with(&[&either, &z]).unwrap();
    assert_close(&mixed, &with(&[&z, &either]).unwrap(), 1e-12, "order");
    assert_close(
        &with(&[&z, &a]).unwrap(),
        &with(&[&a, &z]).unwrap(),
        1e-12,
        "order",
    );
    assert!(largest_change(&mixed, &both) > 1e-3);
    // Four lepton pairs' worth of propagators do not exist.
    assert!(matches!(
        with(&[&z, &z, &z, &z]),
        Err(AmplitudeError::NoDiagrams { .. })
    ));
}

/// Without widths: a width in a charged or coloured line breaks gauge invariance,
/// and with it (at 1e-6) the equivalence of polarisation vectors between frames.
#[test]
fn me2_does_not_depend_on_the_frame() {
    let model = sm_with(&["no_widths"], &[]);
    for (process, limits) in [
        ("g g > t t~ g", [("QED", 0)]),
        ("u u~ > w+ w-", [("QED", 2)]),
        ("g g > g g g", [("QED", 0)]),
        ("e+ e- > mu+ mu- ta+ ta-", [("QED", 4)]),
        ("u b > d t", [("QED", 2)]),
        ("u d~ > w+ z", [("QED", 2)]),
        ("t > b w+", [("QED", 1)]),
    ] {
        let me = compile(&model, process, &limits);
        let energy = if process.starts_with("t ") {
            173.0
        } else {
            700.0
        };
        let batch = points_of(&model, process, energy, 8);
        let frame = [1.5, 0.4, -0.7, 0.3];
        let (sin, cos) = 0.7_f64.sin_cos();
        let moved = mapped(&batch, |point| {
            point
                .iter()
                .map(|&[e, x, y, z]| {
                    // A rotation that mixes all axes, then a boost.
                    boost(frame, [e, z * cos - x * sin, x * cos + z * sin, y])
                })
                .collect()
        });
        let want = me2(&me, &batch);
        assert_close(&me2(&me, &moved), &want, 1e-9, process);
        // Massive helicities do change: the sum alone is invariant.
        if process == "g g > t t~ g" {
            let by_helicity = |b| {
                let d = me.details(b, None, TChannelWidth::Off, &mut Default::default());
                d.by_helicity
            };
            let (a, b) = (by_helicity(&batch), by_helicity(&moved));
            assert!(largest_change(&a, &b) > 1e-3);
        }
    }
}

/// The last leg and the order of fermions are special in the recursion.
#[test]
fn me2_does_not_depend_on_the_order_of_legs() {
    let model = sm();
    for (process, permutation) in [
        ("u u~ > e+ e- g", &[1, 0, 4, 2, 3][..]),
        ("g u > t t~ u", &[0, 1, 4, 3, 2]),
        ("g u > t t~ u", &[1, 0, 3, 2, 4]),
        ("e+ e- > u u~ d d~", &[0, 1, 5, 2, 4, 3]),
        ("g g > w+ w- b b~", &[0, 1, 4, 2, 5, 3]),
        ("u u~ > u u~ g", &[1, 0, 4, 3, 2]),
        ("u d~ > w+ g g", &[1, 0, 3, 2, 4]),
        ("g g > t t~ h", &[0, 1, 4, 2, 3]),
    ] {
        let batch = points_of(&model, process, 900.0, 6);
        let sub = subprocess(&model, process, &[]);
        let mut other = sub.clone();
        other.legs = permutation.iter().map(|&l| sub.legs[l]).collect();
        let moved = mapped(&batch, |p| permutation.iter().map(|&l| p[l]).collect());
        let compile = |s| MatrixElement::compile(&model, s, Frame::Any).unwrap();
        assert_close(
            &me2(&compile(&other), &moved),
            &me2(&compile(&sub), &batch),
            1e-9,
            process,
        );
    }
}

#[test]
fn identical_legs_may_be_exchanged() {
    let model = sm();
    for (process, exchange) in [
        ("g g > g g g", [2, 4]),
        ("g g > g g g", [0, 1]),
        ("u u > u u", [2, 3]),
        ("e+ e- > z z", [2, 3]),
        ("u d~ > w+ g g g", [3, 5]),
        ("g g > t t~ g g", [4, 5]),
    ] {
        let me = compile(&model, process, &[]);
        let batch = points_of(&model, process, 900.0, 6);
        let moved = mapped(&batch, |p| {
            let mut p = p.to_vec();
            p.swap(exchange[0], exchange[1]);
            p
        });
        assert_close(&me2(&me, &moved), &me2(&me, &batch), 1e-9, process);
    }
}

/// Without CKM phases: antiparticles with mirrored momenta behave as particles.
#[test]
fn charge_conjugation_with_parity_is_a_symmetry() {
    let model = sm();
    for process in [
        "u d~ > e+ ve g",
        "u d~ > w+ a g",
        "g b > t w-",
        "u c > d c w+ h",
    ] {
        let sub = subprocess(&model, process, &[]);
        let mut conjugate = sub.clone();
        conjugate.legs = sub.legs.iter().map(|&p| model.anti(p)).collect();
        let batch = points_of(&model, process, 600.0, 6);
        let mirrored = mapped(&batch, |point| {
            point.iter().map(|&[e, x, y, z]| [e, -x, -y, -z]).collect()
        });
        let compile = |s| MatrixElement::compile(&model, s, Frame::Any).unwrap();
        let want = me2(&compile(&sub), &batch);
        assert_close(&me2(&compile(&conjugate), &mirrored), &want, 1e-9, process);
        // Charge conjugation alone is broken by the W.
        if process == "u d~ > e+ ve g" {
            let unmirrored = mapped(&batch, |p| [&[p[1], p[0]], &p[2..]].concat());
            assert!(largest_change(&me2(&compile(&conjugate), &unmirrored), &want) > 0.01);
        }
    }
}

/// `u u~ > e+ e-` plus a gluon of momentum `k`: the leptons have the
/// directions of `random` in their own rest frame.
fn drell_yan_with_gluon(random: &mut Random, energy: f64, k: FourVector) -> [Vec<FourVector>; 2] {
    let half = energy / 2.0;
    let beams = [[half, 0.0, 0.0, half], [half, 0.0, 0.0, -half]];
    let leptons: FourVector = std::array::from_fn(|mu| beams[0][mu] + beams[1][mu] - k[mu]);
    let m = dot(leptons, leptons).sqrt();
    let rest = rambo(random, 1.0, &[0.0, 0.0]);
    let at = |q: FourVector, size: f64| q.map(|x| x * size);
    let born = [&beams[..], &[at(rest[0], energy), at(rest[1], energy)]].concat();
    let pair = [0, 1].map(|j| boost(leptons, at(rest[j], m)));
    [born, [&beams[..], &pair, &[k]].concat()]
}

/// S. Catani, M. H. Seymour, Nucl. Phys. B485 (1997) 291, eq. (4.5): `g_s^2
/// C_F 2 p1.p2 / (p1.k p2.k)`.
#[test]
fn soft_gluons_factorise() {
    let model = sm();
    let born = compile(&model, "u u~ > e+ e-", &[]);
    let real = compile(&model, "u u~ > e+ e- g", &[]);
    let mut random = Random(7);
    for _ in 0..10 {
        let size = 3e-5 * 300.0;
        let k = rambo(&mut random, 2.0 * size, &[0.0, 0.0])[0];
        let [at_born, at_real] = drell_yan_with_gluon(&mut random, 300.0, k);
        let [a, b] = [at_born[0], at_born[1]];
        let eikonal = 2.0 * dot(a, b) / (dot(a, k) * dot(b, k));
        let want = 4.0 * PI * ALPHA_S * C_F * eikonal * me2_at(&born, &at_born);
        assert_close(&[me2_at(&real, &at_real)], &[want], 1e-3, "soft gluon");
    }
}

/// Catani and Seymour, eqs. (4.22) and (4.7): `4 pi alpha_s / (x p1.k) P(x)`
/// with `P = C_F (1 + x^2) / (1 - x)`, the quark left with `x p1`.
#[test]
fn collinear_gluons_factorise() {
    let model = sm();
    let born = compile(&model, "u u~ > e+ e-", &[]);
    let real = compile(&model, "u u~ > e+ e- g", &[]);
    let mut random = Random(8);
    for x in [0.2, 0.5, 0.8] {
        let energy = 300.0;
        let (e, angle) = ((1.0 - x) * energy / 2.0, 1e-5_f64);
        let k = [e, e * angle.sin(), 0.0, e * angle.cos()];
        let [_, at_real] = drell_yan_with_gluon(&mut random, energy, k);
        let mut at_born = at_real[..4].to_vec();
        at_born[0] = at_born[0].map(|q| q * x);
        // p1.k without cancellation.
        let p1k = energy / 2.0 * e * 2.0 * (angle / 2.0).sin().powi(2);
        let splitting = C_F * (1.0 + x * x) / (1.0 - x);
        let want = 4.0 * PI * ALPHA_S / (x * p1k) * splitting * me2_at(&born, &at_born);
        assert_close(&[me2_at(&real, &at_real)], &[want], 1e-3, "collinear gluon");
    }
}

/// Gauge cancellations: single diagrams of longitudinal W pairs grow with the
/// energy, their sum does not (J. M. Cornwall, D. N. Levin, G. Tiktopoulos,
/// Phys. Rev. D10 (1974) 1145).
#[test]
fn longitudinal_w_pairs_do_not_grow_with_energy() {
    let growth = |model: &Model| {
        let me = compile(model, "e+ e- > w+ w-", &[]);
        let at = |energy: f64| -> f64 {
            let batch = points_of(model, "e+ e- > w+ w-", energy, 5);
            let d = me.details(&batch, None, TChannelWidth::On, &mut Default::default());
            let longitudinal = me
                .helicities()
                .iter()
                .map(|h| h[2] == 0 && h[3] == 0)
                .collect::<Vec<_>>();
            (0..longitudinal.len() * 5)
                .filter(|&k| longitudinal[k / 5])
                .map(|k| d.by_helicity[k])
                .sum()
        };
        at(20_000.0) / at(2_000.0)
    };
    let mut model = sm_with(&["no_widths"], &[]);
    assert!(growth(&model) < 1.2, "{}", growth(&model));
    let wwz = model
        .couplings
        .iter_mut()
        .find(|c| c.name == "wwz")
        .unwrap();
    wwz.value.1 *= 1.01;
    assert!(growth(&model) > 10.0, "{}", growth(&model));
}

#[test]
fn alpha_s_point_by_point_equals_a_recompiled_model() {
    let model = sm();
    let couplings = [0.05, 0.118, 0.13, 0.3, 0.09, 0.2, 0.118, 0.11, 0.1];
    for (process, limits, powers) in [
        ("u u~ > t t~", &[("QCD", 2), ("QED", 2)][..], 2),
        ("u u > u u", &[("QCD", 2), ("QED", 2)], 2),
        ("e+ e- > u u~ d d~", &[("QCD", 2), ("QED", 4)], 2),
        ("g g > t t~ g", &[("QED", 0)], 1),
        ("u d~ > e+ ve", &[], 1),
    ] {
        let me = compile(&model, process, limits);
        assert_eq!(me.qcd_powers().len(), powers, "{process}");
        let batch = points_of(&model, process, 600.0, couplings.len());
        let want: Vec<f64> = couplings
            .iter()
            .enumerate()
            .map(|(k, &a)| {
                let other = compile(&sm_with(&[], &[("aS", a)]), process, limits);
                me2(&other, &batch.select(&[k]))[0]
            })
            .collect();
        for level in SimdLevel::available() {
            let me = me.clone().with_simd(level);
            let mut got = vec![0.0; couplings.len()];
            let mut work = MatrixElementWorkspace::default();
            me.me2(
                &batch,
                Some(&couplings),
                TChannelWidth::Off,
                &mut work,
                &mut got,
            );
            assert_close(&got, &want, 1e-12, process);
        }
        if powers == 2 {
            // Interference: no single power of alpha_s describes the change.
            let plain = me2(&me, &batch);
            let exponent = |k: usize| (want[k] / plain[k]).ln() / (couplings[k] / ALPHA_S).ln();
            assert!((exponent(0) - exponent(3)).abs() > 1e-4, "{process}");
        }
    }
}

#[test]
fn every_batch_size_agrees_with_the_scalar_reference() {
    let model = sm();
    for process in ["g g > t t~ g", "u d~ > e+ ve g", "e+ e- > z h"] {
        let me = compile(&model, process, &[]);
        let all = points_of(&model, process, 800.0, 19);
        let reference = me2(&me.clone().with_simd(SimdLevel::Scalar), &all);
        for level in SimdLevel::available() {
            let me = me.clone().with_simd(level);
            for n in 0..=19 {
                let index: Vec<usize> = (0..n).collect();
                let mut got = vec![0.0; n];
                let batch = if n == 0 {
                    MomentumBatch::zeros(all.n_ext, 0)
                } else {
                    all.select(&index)
                };
                me.me2(
                    &batch,
                    None,
                    TChannelWidth::Off,
                    &mut Default::default(),
                    &mut got,
                );
                assert_close(&got, &reference[..n], 1e-11, process);
            }
        }
    }
}

#[test]
fn impossible_processes_say_so() {
    let model = sm();
    let error = |process, limits: &[(&str, u32)]| {
        let sub = subprocess(&model, process, limits);
        MatrixElement::compile(&model, &sub, Frame::Any).unwrap_err()
    };
    for (process, limits) in [
        ("u d > g g", &[][..]),
        ("u u~ > e+ e-", &[("QED", 1)]),
        ("e+ e- > ve", &[]),
        ("e- > e-", &[]),
    ] {
        let text = error(process, limits).to_string();
        assert!(text.contains(&format!("'{process}'")), "{text}");
    }
}
