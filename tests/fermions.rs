//! Fermions that are their own antiparticles, that violate fermion number, that meet four
//! in a vertex, or whose mass is negative: laws that the amplitudes keep.

use num_complex::Complex64;
use omnis::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, Precision, TChannelWidth};
use omnis::compute::SimdLevel;
use omnis::diagram::OrderLimits;
use omnis::kinematics::MomentumBatch;
use omnis::model::{Model, ParameterOrigin};

#[path = "common/models.rs"]
mod models;
#[path = "common/points.rs"]
mod points;
use models::{
    add_neutral, add_pair, add_terms, assert_close, me2, momenta, sm, subprocess, with_order,
};

const I: Complex64 = Complex64 { re: 0.0, im: 1.0 };

fn real(x: f64) -> Complex64 {
    x.into()
}

/// Couplings of a neutral Dirac fermion: to the electron and a charged scalar, to the left
/// and the right with Z, to h, and to h with `gamma5`.
#[derive(Clone, Copy)]
struct Neutral {
    y: Complex64,
    z: [f64; 2],
    h: f64,
    h5: f64,
    mass: f64,
}

const NEUTRAL: Neutral = Neutral {
    y: Complex64 { re: 0.4, im: 0.3 },
    z: [0.5, -0.2],
    h: 0.7,
    h5: 0.45,
    mass: 80.0,
};

/// The Standard Model with a scalar `sc`, of the charge of the electron.
fn with_scalar() -> Model {
    let mut model = sm();
    with_order(&mut model, "NP");
    add_pair(&mut model, "sc", 1, 130.0);
    model
}

/// `ebar (y P_R) x s + h.c. + xbar Zslash (z_L P_L + z_R P_R) x + h xbar (h + i h5 gamma5) x`.
fn dirac(c: Neutral) -> Model {
    let mut model = with_scalar();
    add_pair(&mut model, "x", 2, c.mass);
    let m = &mut model;
    add_terms(m, &["x~", "e-", "sc~"], &[("ProjP(2,1)", I * c.y)]);
    add_terms(m, &["e+", "x", "sc"], &[("ProjM(2,1)", I * c.y.conj())]);
    let z = [
        ("Gamma(3,2,-1)*ProjM(-1,1)", I * c.z[0]),
        ("Gamma(3,2,-1)*ProjP(-1,1)", I * c.z[1]),
    ];
    add_terms(m, &["x~", "x", "z"], &z);
    let h = [("Identity(2,1)", I * c.h), ("Gamma5(2,1)", real(-c.h5))];
    add_terms(m, &["x~", "x", "h"], &h);
    model
}

/// The same Lagrangian with `x = (n + i k) / sqrt(2)` of two Majorana fermions.
fn majorana(c: Neutral) -> Model {
    let mut model = with_scalar();
    add_neutral(&mut model, "n", 2, c.mass);
    add_neutral(&mut model, "k", 2, c.mass);
    let m = &mut model;
    let root = 0.5_f64.sqrt();
    for (name, phase) in [("n", real(root)), ("k", I * root)] {
        add_terms(m, &[name, "e-", "sc~"], &[("ProjP(2,1)", I * c.y * phase)]);
        let other = I * (c.y * phase).conj();
        add_terms(m, &["e+", name, "sc"], &[("ProjM(2,1)", other)]);
        // Twice the term of the Lagrangian: once for each of the two fields.
        let axial = I * 0.5 * (c.z[0] - c.z[1]);
        let z = [
            ("Gamma(3,2,-1)*ProjM(-1,1)", axial),
            ("Gamma(3,2,-1)*ProjP(-1,1)", -axial),
        ];
        add_terms(m, &[name, name, "z"], &z);
        let h = [("Identity(2,1)", I * c.h), ("Gamma5(2,1)", real(-c.h5))];
        add_terms(m, &[name, name, "h"], &h);
    }
    let vector = real(0.5 * (c.z[0] + c.z[1]));
    add_terms(m, &["n", "k", "z"], &[("Gamma(3,2,1)", vector)]);
    model
}

/// The same with two masses: fermion number is not conserved.
fn split(c: Neutral) -> Model {
    let mut model = majorana(c);
    let k = model.by_name("k").expect("added");
    model.particles[usize::from(k.0)].mass = 200.0;
    model
}

/// `|M|^2`, summed over helicities and added up over what stands for each `*` in turn.
fn added_up(model: &Model, process: &str, fermions: &[&str], at: &MomentumBatch) -> Vec<f64> {
    let Some((before, after)) = process.split_once('*') else {
        let sub = subprocess(model, process, OrderLimits::default());
        let mut out = match MatrixElement::compile(model, &sub, Frame::Any) {
            Ok(_) => me2(model, process, OrderLimits::default(), at),
            Err(_) => vec![0.0; at.n_batch],
        };
        // No average, no factor of equal particles.
        let factor = sub.denominator(model);
        out.iter_mut().for_each(|x| *x *= factor);
        return out;
    };
    let mut sum = vec![0.0; at.n_batch];
    for name in fermions {
        let part = added_up(model, &format!("{before}{name}{after}"), fermions, at);
        sum.iter_mut().zip(part).for_each(|(s, x)| *s += x);
    }
    sum
}

#[test]
fn a_dirac_fermion_is_two_majorana_fermions() {
    let mut models = [dirac(NEUTRAL), majorana(NEUTRAL)];
    for p in models.iter_mut().flat_map(|m| &mut m.particles) {
        p.mass = if p.name.starts_with("sc") {
            300.0
        } else {
            p.mass
        };
    }
    for process in [
        "e- e+ > * *",
        "e+ e- > sc sc~",
        "e+ e- > sc sc~ h",
        "e+ e- > * * h",
        "z h > * *",
        "* * > z z",
        "* e- > * e-",
        "* sc > e- h",
        "* h > e- sc~",
        "e- sc~ > e- sc~ h",
        "e+ e- > e+ e- * *",
        "sc > * e-",
        "sc > * e- h",
    ] {
        let energy = if process.starts_with("sc >") {
            300.0
        } else {
            700.0
        };
        let at = momenta(&models[0], &process.replace('*', "x"), energy);
        let one = added_up(&models[0], process, &["x", "x~"], &at);
        let two = added_up(&models[1], process, &["n", "k"], &at);
        assert_close(&one, &two, 1e-10, process);
    }
}

/// Each alone would do it; a Dirac fermion keeps its number.
#[test]
fn equal_majorana_masses_conserve_fermion_number() {
    let c = NEUTRAL;
    let model = majorana(c);
    let at = momenta(&model, "e- e- > sc sc", 700.0);
    let both = me2(&model, "e- e- > sc sc", OrderLimits::default(), &at);
    let mut one = model.clone();
    one.vertices
        .retain(|v| v.particles.iter().all(|&p| model.particle(p).name != "k"));
    let one = me2(&one, "e- e- > sc sc", OrderLimits::default(), &at);
    assert!(
        both.iter()
            .zip(&one)
            .all(|(b, o)| *o > 0.0 && b.abs() < 1e-20 * o),
        "{both:?} {one:?}"
    );
    let apart = me2(&split(c), "e- e- > sc sc", OrderLimits::default(), &at);
    assert!(apart.iter().zip(&one).all(|(a, o)| *a > 1e-3 * o));
}

/// A vertex written with its fermions the other way round: `C Gamma^T C^-1`.
#[test]
fn the_direction_of_a_line_is_a_matter_of_writing() {
    let c = NEUTRAL;
    for (model, processes) in [
        (
            dirac(c),
            [
                "e- e+ > x x~",
                "e+ e- > sc sc~ h",
                "x h > z x",
                "x e- > x e-",
            ],
        ),
        (
            split(c),
            ["e- e+ > n k", "e- e- > sc sc h", "n h > z k", "n e- > k e-"],
        ),
    ] {
        let mut turned = model.clone();
        for v in &mut turned.vertices {
            let is_new = v.name.starts_with("NEW");
            if is_new && model.particle(v.particles[0]).spin == 2 {
                v.particles.swap(0, 1);
                for t in &mut v.terms {
                    let old = &model.lorentz[t.lorentz];
                    let vector = old.structure.starts_with("Gamma(");
                    let text = match old.structure.as_str() {
                        "Gamma(3,2,-1)*ProjM(-1,1)" => "Gamma(3,2,-1)*ProjP(-1,1)",
                        "Gamma(3,2,-1)*ProjP(-1,1)" => "Gamma(3,2,-1)*ProjM(-1,1)",
                        same => same,
                    };
                    let mut lorentz = old.clone();
                    lorentz.structure = text.into();
                    turned.lorentz.push(lorentz);
                    t.lorentz = turned.lorentz.len() - 1;
                    if vector {
                        let mut coupling = model.couplings[t.coupling].clone();
                        coupling.value = (-coupling.value.0, -coupling.value.1);
                        turned.couplings.push(coupling);
                        t.coupling = turned.couplings.len() - 1;
                    }
                }
            }
        }
        for process in processes {
            let at = momenta(&model, process, 700.0);
            let [a, b] = [&model, &turned].map(|m| me2(m, process, OrderLimits::default(), &at));
            assert_close(&a, &b, 1e-11, process);
        }
    }
}

/// A process and the reverse have the same amplitudes if the Lagrangian is hermitian.
#[test]
fn amplitudes_of_majorana_fermions_are_hermitian() {
    let mut c = NEUTRAL;
    c.z = [0.5, 0.3];
    let mut model = split(c);
    for p in &mut model.particles {
        p.width = 0.0;
    }
    for [process, reverse] in [
        ["e- e- > sc sc", "sc sc > e- e-"],
        ["n k > z h", "z h > n k"],
        ["n sc > e- h", "e- h > n sc"],
        ["n n > sc sc~", "sc sc~ > n n"],
    ] {
        let there = momenta(&model, process, 700.0);
        let points = (0..there.n_batch).map(|k| {
            let leg = |l: usize| there.get(l, k);
            vec![leg(2), leg(3), leg(0), leg(1)]
        });
        let back = MomentumBatch::from_points(&points.collect::<Vec<_>>());
        let whole = |process: &str, at: &MomentumBatch| added_up(&model, process, &[], at);
        assert_close(
            &whole(process, &there),
            &whole(reverse, &back),
            1e-10,
            process,
        );
    }
}

#[test]
fn equal_majorana_fermions_can_be_exchanged() {
    let model = split(NEUTRAL);
    for (process, legs) in [
        ("e- e+ > n n", [2, 3]),
        ("n n > z h", [0, 1]),
        ("e- e+ > n n h", [2, 3]),
        ("e- n > e- n n k", [3, 4]),
    ] {
        let at = momenta(&model, process, 900.0);
        let exchanged = (0..at.n_batch).map(|k| {
            let mut point: Vec<_> = (0..at.n_ext).map(|l| at.get(l, k)).collect();
            point.swap(legs[0], legs[1]);
            point
        });
        let exchanged = MomentumBatch::from_points(&exchanged.collect::<Vec<_>>());
        let own = |at: &MomentumBatch| me2(&model, process, OrderLimits::default(), at);
        assert_close(&own(&at), &own(&exchanged), 1e-9, process);
    }
}

/// Turned spinors, contact terms and functions of momenta, on every instruction set and
/// with currents in f32.
#[test]
fn all_lanes_give_the_same_amplitudes() {
    let mut model = split(NEUTRAL);
    let text = "Gamma(-1,2,1)*Gamma(-1,4,3)/((P(-1,1)+P(-1,2))**2 - 1e6)";
    let mixed = "Gamma(-1,2,-2)*ProjM(-2,1)*Gamma(-1,3,-3)*ProjM(-3,4)";
    let terms = [(text, I), (mixed, real(1e-6))];
    add_terms(&mut model, &["e+", "e-", "mu+", "mu-"], &terms);
    for process in [
        "e- e- > sc sc h",
        "e- e+ > n k",
        "e+ e- > mu+ mu-",
        "mu- n > mu- k z",
    ] {
        let at = momenta(&model, process, 900.0);
        let sub = subprocess(&model, process, OrderLimits::default());
        let me = MatrixElement::compile(&model, &sub, Frame::Any).expect(process);
        let run = |me: &MatrixElement| {
            let mut out = vec![0.0; at.n_batch];
            let mut work = MatrixElementWorkspace::default();
            me.me2(&at, None, TChannelWidth::Off, &mut work, &mut out);
            out
        };
        let scalar = run(&me.clone().with_simd(SimdLevel::Scalar));
        for level in SimdLevel::available() {
            let me = me.clone().with_simd(level);
            assert_close(&run(&me), &scalar, 1e-12, process);
            let single = run(&me.with_precision(Precision::Single));
            assert_close(&single, &scalar, 1e-3, process);
        }
    }
}

/// Vectors of gluons are transverse in the frame given: other frames are other gauges.
#[test]
fn gluons_and_majorana_octets_are_gauge_invariant() {
    let mut model = sm();
    with_order(&mut model, "NP");
    add_neutral(&mut model, "go", 2, 400.0);
    model.particles.last_mut().expect("added").colour = 8;
    let g = model
        .couplings
        .iter()
        .find(|c| c.orders == [1, 0, 0] && c.value.0 != 0.0);
    let g = g.expect("the coupling of three gluons").value.0;
    let check = |g: f64, tolerance: f64| {
        let mut model = model.clone();
        add_terms(&mut model, &["go", "go", "g"], &[("Gamma(3,2,1)", real(g))]);
        [
            "g g > go go",
            "go go > go go",
            "g g > go go g",
            "u u~ > go go g",
        ]
        .iter()
        .all(|process| {
            let at = momenta(&model, process, 1500.0);
            let points = (0..at.n_batch).map(|k| {
                let leg = |l: usize| points::boost([1.3, 0.4, -0.5, 0.2], at.get(l, k));
                (0..at.n_ext).map(leg).collect::<Vec<_>>()
            });
            let moved = MomentumBatch::from_points(&points.collect::<Vec<_>>());
            let [a, b] = [&at, &moved].map(|p| me2(&model, process, OrderLimits::default(), p));
            a.iter()
                .zip(&b)
                .all(|(a, b)| (a / b - 1.0).abs() < tolerance)
        })
    };
    assert!(check(g, 1e-9));
    assert!(!check(-g, 1e-9) && !check(0.99 * g, 1e-9));
}

/// `psi -> gamma5 psi` turns the sign of a mass; of a Majorana fermion, `i gamma5`.
#[test]
fn the_sign_of_a_mass_is_a_chiral_rotation() {
    let turned = Neutral {
        mass: -NEUTRAL.mass,
        h: -NEUTRAL.h,
        h5: -NEUTRAL.h5,
        ..NEUTRAL
    };
    // i gamma5 is one more phase of what couples to one Majorana fermion.
    let turned_majorana = Neutral {
        y: I * NEUTRAL.y,
        ..turned
    };
    let sign_alone = Neutral {
        mass: -NEUTRAL.mass,
        ..NEUTRAL
    };
    type Case<'a> = (fn(Neutral) -> Model, Neutral, [&'a str; 3]);
    let cases: [Case; 2] = [
        (
            dirac,
            turned,
            ["x h > x h", "e- e+ > x x~", "e+ e- > sc sc~ h"],
        ),
        (
            majorana,
            turned_majorana,
            ["n h > n h", "e- e+ > n k", "e- n > sc h"],
        ),
    ];
    for (make, other, processes) in cases {
        let models = [NEUTRAL, other, sign_alone].map(make);
        for process in processes {
            let at = momenta(&models[0], process, 700.0);
            let own = |m: &Model| me2(m, process, OrderLimits::default(), &at);
            let [a, b, c] = models.each_ref().map(own);
            assert_close(&a, &b, 1e-11, process);
            // Not a matter of names: the sign alone changes amplitudes.
            let far = a.iter().zip(&c).all(|(a, c)| (a / c - 1.0).abs() > 1e-3);
            assert!(far || process != processes[0], "{process}");
        }
    }
}

/// Contact terms of two muons and two electrons that are the same operator.
#[test]
fn contact_terms_obey_fierz_identities() {
    let particles = ["e+", "e-", "mu+", "mu-"];
    let value = |terms: &[(&str, f64)]| {
        let mut model = sm();
        with_order(&mut model, "NP");
        let c = 3e-5 * (I + 0.4);
        let terms: Vec<_> = terms.iter().map(|&(s, f)| (s, c * f)).collect();
        add_terms(&mut model, &particles, &terms);
        ["e+ e- > mu+ mu-", "e- mu- > e- mu-", "e- mu+ > mu+ e- a"].map(|process| {
            let at = momenta(&model, process, 500.0);
            me2(&model, process, OrderLimits::default(), &at)
        })
    };
    let same = |one: &[(&str, f64)], other: &[(&str, f64)]| {
        let (a, b) = (value(one), value(other));
        let none = value(&[("ProjM(2,1)*ProjM(4,3)", 1e-30)]);
        for k in 0..3 {
            assert_close(&a[k], &b[k], 1e-11, other[0].0);
            assert!(
                a[k].iter()
                    .zip(&none[k])
                    .all(|(a, n)| (a / n - 1.0).abs() > 1e-3)
            );
        }
    };
    let left = "Gamma(-1,2,-2)*ProjM(-2,1)*Gamma(-1,4,-3)*ProjM(-3,3)";
    let crossed = "Gamma(-1,2,-2)*ProjM(-2,3)*Gamma(-1,4,-3)*ProjM(-3,1)";
    same(&[(left, 1.0)], &[(crossed, 1.0)]);
    same(
        &[(left, 1.0)],
        &[(&format!("0.3*({left}) + 0.7*({crossed})"), 1.0)],
    );
    let mixed = "Gamma(-1,2,-2)*ProjM(-2,1)*Gamma(-1,4,-3)*ProjP(-3,3)";
    same(&[(mixed, 1.0)], &[("ProjP(2,3)*ProjM(4,1)", -2.0)]);
    // A current of charge conjugates, and what it becomes crossed.
    let conjugate = "Gamma(-1,2,-2)*ProjM(-2,1)*Gamma(-1,3,-3)*ProjM(-3,4)";
    same(&[(mixed, 1.0)], &[(conjugate, -1.0)]);
    same(&[(mixed, 1.0)], &[(mixed, 0.3), (conjugate, -0.7)]);
    same(
        &[(mixed, 1.0)],
        &[(&format!("0.3*({mixed}) - 0.7*({conjugate})"), 1.0)],
    );
    same(
        &[(mixed, 1.0)],
        &[(
            "Gamma(-1,2,-2)*ProjM(-2,4)*Gamma(-1,3,-3)*ProjM(-3,1)",
            -1.0,
        )],
    );
    same(&[(left, 1.0)], &[("ProjP(2,4)*ProjM(3,1)", 2.0)]);
    let tensor = "Sigma(-1,-2,2,-3)*ProjM(-3,3)*Sigma(-1,-2,4,-4)*ProjM(-4,1)";
    same(
        &[("ProjM(2,1)*ProjM(4,3)", 1.0)],
        &[("ProjM(2,3)*ProjM(4,1)", -0.5), (tensor, -0.5)],
    );
}

/// A doubly charged scalar that is heavy leaves a contact term: factors of equal fermions.
#[test]
fn a_heavy_scalar_with_two_leptons_leaves_a_contact_term() {
    let (mass, y) = (1e6, 2000.0);
    let mut base = sm();
    with_order(&mut base, "NP");
    let mut contact = base.clone();
    add_pair(&mut base, "dd", 1, mass);
    // y/2 (e^c)bar P_R e dd~ + h.c.
    add_terms(&mut base, &["e+", "e+", "dd"], &[("ProjP(2,1)", I * y)]);
    add_terms(&mut base, &["e-", "e-", "dd~"], &[("ProjM(2,1)", I * y)]);
    // |y|^2 / (8 M^2) (ebar gamma P_R e)^2, four ways to take the fields.
    let c = I * y * y / (4.0 * mass * mass);
    let direct = "Gamma(-1,2,-2)*ProjP(-2,1)*Gamma(-1,4,-3)*ProjP(-3,3)";
    let crossed = "Gamma(-1,2,-2)*ProjP(-2,3)*Gamma(-1,4,-3)*ProjP(-3,1)";
    add_terms(
        &mut contact,
        &["e+", "e-", "e+", "e-"],
        &[(direct, c), (crossed, c)],
    );
    for process in [
        "e- e- > e- e-",
        "e+ e- > e+ e-",
        "e+ e- > e- e+ a",
        "e- e- > e- e- mu+ mu-",
    ] {
        let at = momenta(&base, process, 500.0);
        let [a, b] = [&base, &contact].map(|m| me2(m, process, OrderLimits::default(), &at));
        assert_close(&a, &b, 1e-5, process);
        let without = me2(&sm(), process, OrderLimits::default(), &at);
        assert!(
            a.iter()
                .zip(&without)
                .all(|(a, w)| (a / w - 1.0).abs() > 1e-3),
            "{process}"
        );
    }
    // dd > e- e-: y^2 tr(P p1 P p2) / 2 = y^2 M^2 / 2.
    let mut light = base.clone();
    for p in &mut light.particles {
        p.mass = if p.name.starts_with("dd") {
            300.0
        } else {
            p.mass
        };
    }
    let at = momenta(&light, "dd > e- e-", 300.0);
    let width = me2(&light, "dd > e- e-", OrderLimits::default(), &at);
    assert_close(&width, &[0.5 * y * y * 9e4; 5], 1e-12, "dd > e- e-");
}

/// A contact term with the denominator of a propagator is the exchange.
#[test]
fn form_factors_can_be_propagators() {
    let (mass, g) = (250.0, 0.6);
    let mut exchange = sm();
    with_order(&mut exchange, "NP");
    let mut contact = exchange.clone();
    add_neutral(&mut exchange, "v", 3, mass);
    for [anti, lepton] in [["e+", "e-"], ["mu+", "mu-"]] {
        add_terms(
            &mut exchange,
            &[anti, lepton, "v"],
            &[("Gamma(3,2,1)", I * g)],
        );
    }
    let product = "Gamma(-1,2,1)*Gamma(-1,4,3)";
    for denominator in [
        format!("{product}/((P(-1,1)+P(-1,2))**2 - {mass}**2)"),
        format!("(P(-1,3)*P(-1,3) + 2*P(-1,3)*P(-1,4) + P(-1,4)**2 - {mass:e}**2)**-1*{product}"),
        format!("-{product}/cmath.sqrt(({mass}**2 - (P(-1,1)+P(-1,2))*(P(-1,1)+P(-1,2)))**2)"),
    ] {
        let mut contact = contact.clone();
        add_terms(
            &mut contact,
            &["e+", "e-", "mu+", "mu-"],
            &[(&denominator, I * g * g)],
        );
        for (process, energy) in [
            ("e+ e- > mu+ mu-", 200.0),
            ("e- mu- > e- mu-", 500.0),
            ("e- mu+ > mu+ e- a", 200.0),
        ] {
            let at = momenta(&exchange, process, energy);
            let [a, b] =
                [&exchange, &contact].map(|m| me2(m, process, OrderLimits::default(), &at));
            assert_close(&a, &b, 1e-11, &format!("{process} {denominator}"));
        }
    }
    contact
        .parameters
        .retain(|p| matches!(p.origin, ParameterOrigin::External { .. }));
    add_terms(
        &mut contact,
        &["e+", "e-", "mu+", "mu-"],
        &[("Gamma(-1,2,1)*Gamma(-1,4,3)/P(-2,1)", I)],
    );
    let sub = subprocess(&contact, "e+ e- > mu+ mu-", OrderLimits::default());
    let error = MatrixElement::compile(&contact, &sub, Frame::Any)
        .map(|_| ())
        .expect_err("no invariant");
    assert!(
        error.to_string().contains("division by a tensor"),
        "{error}"
    );
}
