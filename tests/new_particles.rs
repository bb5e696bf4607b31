//! Particles that the Standard Model has not: sextets, lines that end in threes, spins 3/2
//! and 2, propagators that a model states.

use omnis::amplitude::{AmplitudeError, Frame, MatrixElement};
use omnis::diagram::OrderLimits;
use omnis::event::LheReader;
use omnis::kinematics::MomentumBatch;
use omnis::model::{Model, Propagator};

#[path = "common/models.rs"]
mod models;
#[path = "common/points.rs"]
mod points;
use models::{add_neutral, add_pair, assert_close, momenta, sm, subprocess, with_order};
use points::boost;
#[path = "common/program.rs"]
mod program;

/// The Standard Model with one more order of couplings, for vertices that are added.
fn extended() -> Model {
    let mut model = sm();
    with_order(&mut model, "NP");
    model
}

/// Adds a scalar of a representation of colour, and its antiparticle.
fn add_coloured(model: &mut Model, name: &str, colour: i8, mass: f64) {
    add_pair(model, name, 1, mass);
    let first = model.particles.len() - 2;
    model.particles[first].colour = colour;
    model.particles[first + 1].colour = -colour;
}

/// Adds a vertex of one colour and one Lorentz structure with the coupling `i g`.
fn add_vertex(model: &mut Model, particles: &[&str], g: f64, colour: &str, structure: &str) {
    models::add_vertex(model, particles, (0.0, g), &[(structure, 1.0)]);
    model.vertices.last_mut().expect("just added").colour = vec![colour.into()];
}

fn compiled(model: &Model, process: &str) -> Result<MatrixElement, AmplitudeError> {
    let sub = subprocess(model, process, OrderLimits::default());
    MatrixElement::compile(model, &sub, Frame::Any)
}

fn me2(model: &Model, process: &str, momenta: &MomentumBatch) -> Vec<f64> {
    models::me2(model, process, OrderLimits::default(), momenta)
}

/// `|M|^2` of a decay, the same at every point.
fn assert_decay(model: &Model, process: &str, mass: f64, want: f64) {
    let momenta = momenta(model, process, mass);
    let got = me2(model, process, &momenta);
    assert_close(&got, &vec![want; got.len()], 1e-12, process);
}

const M: f64 = 500.0;
const G: f64 = 0.3;

#[test]
fn a_sextet_decays_into_two_triplets() {
    let mut model = extended();
    add_coloured(&mut model, "six", 6, M);
    let chiral = "ProjP(2,1)";
    add_vertex(&mut model, &["u", "c", "six~"], G, "K6Bar(3,1,2)", chiral);
    add_vertex(
        &mut model,
        &["u~", "c~", "six"],
        G,
        "K6(3,1,2)",
        "ProjM(2,1)",
    );
    add_vertex(&mut model, &["s", "s", "six~"], G, "K6Bar(3,1,2)", chiral);
    // Six colours in, six pairs out; spinors give 2 p.p' = M^2.
    let square = (G * M).powi(2);
    assert_decay(&model, "six > u c", M, square);
    assert_decay(&model, "six~ > u~ c~", M, square);
    // A coupling is that of the Feynman rule; equal particles have half of the phase space.
    assert_decay(&model, "six > s s", M, 0.5 * square);
}

#[test]
fn colours_of_a_decay_into_quark_and_lepton_are_read_from_the_vertex() {
    let mut model = extended();
    add_coloured(&mut model, "lq", 3, M);
    add_vertex(
        &mut model,
        &["e+", "u", "lq~"],
        G,
        "Identity(2,3)",
        "ProjP(2,1)",
    );
    assert_decay(&model, "lq > u e+", M, (G * M).powi(2));
    // The row is the bar of the outgoing quark, the column the positron's spinor.
    let me = compiled(&model, "lq > u e+").expect("a vertex");
    assert_eq!(me.helicities(), [[0, -1, -1]]);
    assert_eq!(me.flows()[0].tags, [[501, 0], [501, 0], [0, 0]]);
}

/// Scalars `a`, `b`, `c` of three colours each that an epsilon tensor joins.
fn with_epsilon() -> Model {
    let mut model = extended();
    for name in ["a3", "b3", "c3"] {
        add_coloured(&mut model, name, 3, if name == "c3" { M } else { 50.0 });
    }
    let bars = ["a3~", "b3~", "c3~"];
    add_vertex(&mut model, &["a3", "b3", "c3"], G, "Epsilon(1,2,3)", "1");
    add_vertex(&mut model, &bars, G, "EpsilonBar(1,2,3)", "1");
    model
}

#[test]
fn an_epsilon_tensor_joins_three_colours() {
    let model = with_epsilon();
    // epsilon^2 = 6, over three colours.
    assert_decay(&model, "c3 > a3~ b3~", M, 2.0 * G * G);
    assert_decay(&model, "c3~ > a3 b3", M, 2.0 * G * G);
    let me = compiled(&model, "c3 > a3~ b3~").expect("a vertex");
    assert_eq!(me.flows()[0].tags, [[501, 0], [0, 502], [0, 503]]);
    // epsilon epsilon = delta delta - delta delta: two flows.
    let momenta = momenta(&model, "a3 b3 > a3 b3", 2.0 * M);
    let me = compiled(&model, "a3 b3 > a3 b3").expect("a vertex");
    assert_eq!(me.flows().len(), 2);
    let got = me2(&model, "a3 b3 > a3 b3", &momenta);
    let s_minus = 3.0 * M * M;
    // The s channel alone: (epsilon epsilon)^2 = 12, over nine.
    let s_channel = G.powi(4) / (s_minus * s_minus) * 12.0 / 9.0;
    assert_close(&got, &[s_channel; 5], 1e-12, "a3 b3 > a3 b3");
}

fn text(name: &str, numerator: &str, denominator: Option<&str>) -> Option<Propagator> {
    Some(Propagator {
        name: name.into(),
        numerator: numerator.into(),
        denominator: denominator.map(str::to_owned),
    })
}

const BREIT_WIGNER: &str = "P('mu', id) * P('mu', id) - Mass(id) * Mass(id) \
                            + complex(0,1) * Mass(id) * Width(id)";

#[test]
fn propagators_written_out_are_those_of_the_spin() {
    let plain = extended();
    let mut stated = extended();
    for p in &mut stated.particles {
        p.propagator = match (p.spin, p.mass == 0.0) {
            (1, _) => text("S", "1", Some(BREIT_WIGNER)),
            (2, _) => text(
                "F",
                "(Gamma('mu', 1, 2) * P('mu', id) + Mass(id) * Identity(1, 2))",
                None,
            ),
            (_, false) => text(
                "V",
                "(-1 * Metric(1, 2) + Metric(1,'mu')* P('mu', id) * P(2, id) / Mass(id)**2)",
                Some(BREIT_WIGNER),
            ),
            (_, true) => text("V0", "-1 * Metric(1, 2)", Some("P('mu', id)**2")),
        };
    }
    for process in [
        "e+ e- > mu+ mu-",
        "e+ e- > w+ w-",
        "b b~ > z h",
        "u d~ > w+ z g",
        "t t~ > w+ w-",
    ] {
        let momenta = momenta(&plain, process, 700.0);
        let [a, b] = [&stated, &plain].map(|m| me2(m, process, &momenta));
        assert_close(&a, &b, 1e-10, process);
    }
}

#[test]
fn denominators_may_be_squared_or_left_out() {
    let mut model = extended();
    add_neutral(&mut model, "x", 1, M);
    let x = model.particles.len() - 1;
    model.particles[x].width = 20.0;
    model.parameters[0].name = "dW".into();
    model.parameters[0].value = (1.7, 0.0);
    for leptons in [["e+", "e-"], ["mu+", "mu-"]] {
        let vertex = [leptons[0], leptons[1], "x"];
        add_vertex(&mut model, &vertex, G, "1", "ProjM(2,1)");
    }
    // Without the Standard Model.
    let of_order = model.orders.len() - 1;
    let sub_model = |mut model: Model| {
        let couplings = model.couplings.clone();
        for v in &mut model.vertices {
            v.terms
                .retain(|t| couplings[t.coupling].orders[of_order] == 1);
        }
        model.vertices.retain(|v| !v.terms.is_empty());
        model
    };
    let model = sub_model(model);
    let process = "e+ e- > mu+ mu-";
    let momenta = momenta(&model, process, 460.0);
    let plain = me2(&model, process, &momenta);
    let s = 460.0_f64.powi(2);
    let d2 = (s - M * M).powi(2) + (M * 20.0).powi(2);
    let with = |propagator: Option<Propagator>, instant: bool| {
        let mut other = model.clone();
        other.particles[x].propagator = propagator;
        other.particles[x].is_instant = instant;
        me2(&other, process, &momenta)
    };
    let times = |x: f64| -> Vec<f64> { plain.iter().map(|p| p * x).collect() };
    // The first order in the width: - i M dW / D^2.
    let squared = format!("({BREIT_WIGNER})**2");
    let of_width = text("X1", "- complex(0,1) * Mass(id) * dW", Some(&squared));
    let want = times((M * 1.7).powi(2) / d2);
    assert_close(&with(of_width, false), &want, 1e-12, "squared");
    let product = format!("2*({BREIT_WIGNER})*P('mu', id)*P('mu', id)");
    let massless = text("X2", "1", Some(&product));
    assert_close(
        &with(massless, false),
        &times(0.25 / (s * s)),
        1e-12,
        "two poles",
    );
    assert_close(&with(None, true), &times(d2), 1e-12, "contact");
}

#[test]
fn propagators_that_are_not_understood_are_named() {
    let refused = |numerator: &str, denominator: Option<&str>| {
        let mut model = extended();
        let z = model.by_name("z").expect("z");
        model.particles[usize::from(z.0)].propagator = text("Q7", numerator, denominator);
        let error = compiled(&model, "e+ e- > mu+ mu-")
            .expect_err(numerator)
            .to_string();
        assert!(error.contains("propagator 'Q7' of particle 'z'"), "{error}");
        error
    };
    let metric = "-Metric(1,2)";
    for (numerator, denominator, want) in [
        ("-Metric(1,2)*dQ", None, "'dQ', which is no parameter"),
        ("-Metric(1,nu)", None, "the index nu"),
        ("-Metric(1,2", None, "'Metric(' without ')'"),
        ("-Metric(1,1)", None, "index 1"),
        ("(-Metric(1,2)", None, "')' was expected"),
        (
            metric,
            Some("P('mu',id)*P('mu',id) + Mass(id)**2"),
            "a pole at P^2 = -",
        ),
        (metric, Some("0*Mass(id)"), "a denominator that is zero"),
        (
            metric,
            Some("(P('mu',id)*P('mu',id))**0.5"),
            "no small whole number",
        ),
    ] {
        let error = refused(numerator, denominator);
        assert!(error.contains(want), "{error}");
    }
}

/// All momenta of a batch in another frame.
fn boosted(batch: &MomentumBatch, n_ext: usize) -> MomentumBatch {
    let mut out = MomentumBatch::zeros(n_ext, batch.n_batch);
    for (leg, k) in (0..n_ext).flat_map(|l| (0..batch.n_batch).map(move |k| (l, k))) {
        out.set(leg, k, boost([1.3, 0.5, -0.55, 0.37], batch.get(leg, k)));
    }
    out
}

/// Twice the energy-momentum tensor of a real scalar of mass `m`, of two fields at a
/// vertex: `p q + q p - g (p.q + m^2)` for momenta that leave.
fn energy_momentum(m: f64) -> String {
    format!(
        "P(1003,1)*P(2003,2) + P(2003,1)*P(1003,2) \
         - Metric(1003,2003)*(P(-1,1)*P(-1,2) + {m}**2)"
    )
}

/// The Ward identity of a massless graviton: amplitudes do not depend on the frame.
#[test]
fn massless_gravitons_couple_to_what_is_conserved() {
    let mut model = extended();
    add_neutral(&mut model, "phi", 1, 100.0);
    add_neutral(&mut model, "chi", 1, 30.0);
    add_neutral(&mut model, "grav", 5, 0.0);
    add_vertex(&mut model, &["phi", "phi", "chi"], 50.0, "1", "1");
    for (name, mass) in [("phi", 100.0), ("chi", 30.0)] {
        let vertex = [name, name, "grav"];
        add_vertex(&mut model, &vertex, 1e-3, "1", &energy_momentum(mass));
    }
    let process = "phi phi > chi grav";
    let batch = momenta(&model, process, 900.0);
    let both = |model: &Model| [batch.clone(), boosted(&batch, 4)].map(|p| me2(model, process, &p));
    let [a, b] = both(&model);
    assert_close(&a, &b, 1e-9, process);
    let me = compiled(&model, process).expect("vertices");
    assert_eq!(me.helicities(), [[0, 0, 0, -2], [0, 0, 0, 2]]);
    // What does not fall as everything else does shows.
    model.vertices.pop();
    let [a, b] = both(&model);
    assert!(a.iter().zip(&b).any(|(a, b)| (a / b - 1.0).abs() > 1e-3));
}

/// Between conserved currents the momenta in the numerator vanish.
#[test]
fn massive_gravitons_between_conserved_currents_have_a_short_numerator() {
    let mut model = extended();
    add_neutral(&mut model, "phi", 1, 100.0);
    add_neutral(&mut model, "chi", 1, 30.0);
    add_neutral(&mut model, "grav", 5, 700.0);
    let at = model.particles.len() - 1;
    model.particles[at].width = 12.0;
    for (name, mass) in [("phi", 100.0), ("chi", 30.0)] {
        let vertex = [name, name, "grav"];
        add_vertex(&mut model, &vertex, 1e-3, "1", &energy_momentum(mass));
    }
    let mut short = model.clone();
    short.particles[at].propagator = text(
        "G",
        "1/2*(Metric(1,51)*Metric(2,52) + Metric(1,52)*Metric(2,51)) \
         - 1/3*Metric(1,2)*Metric(51,52)",
        None,
    );
    for process in ["phi phi > chi chi", "phi chi > phi chi"] {
        let momenta = momenta(&model, process, 900.0);
        let [a, b] = [&model, &short].map(|m| me2(m, process, &momenta));
        assert_close(&a, &b, 1e-11, process);
    }
}

/// What vanishes is looked for at points that exist.
#[test]
fn a_decay_below_its_threshold_has_all_its_helicities() {
    let mut model = extended();
    add_neutral(&mut model, "x", 1, 100.0);
    add_vertex(&mut model, &["z", "z", "x"], G, "1", "Metric(1,2)");
    let me = compiled(&model, "x > z z").expect("a vertex");
    assert_eq!(me.helicities().len(), 9);
}

/// Sums over helicities depend on no frame, also of particles of spin 3/2 and 2 at rest.
#[test]
fn decays_of_higher_spins_depend_on_no_frame() {
    let mut model = extended();
    add_pair(&mut model, "gd", 4, 400.0);
    add_neutral(&mut model, "gm", 4, 300.0);
    add_neutral(&mut model, "grav", 5, 600.0);
    let scalar = "P(2,3)*ProjP(2,1)";
    add_vertex(&mut model, &["e+", "gd", "h"], 1e-2, "1", scalar);
    add_vertex(
        &mut model,
        &["gd~", "e-", "h"],
        1e-2,
        "1",
        "P(1,3)*ProjM(2,1)",
    );
    add_vertex(&mut model, &["e+", "gm", "h"], 1e-2, "1", scalar);
    add_vertex(
        &mut model,
        &["gm", "e-", "h"],
        1e-2,
        "1",
        "P(1,3)*ProjM(2,1)",
    );
    let vectors = "Metric(1003,1)*Metric(2003,2) + Metric(2003,1)*Metric(1003,2)";
    add_vertex(&mut model, &["z", "z", "grav"], 1e-1, "1", vectors);
    let cases = [
        ("gd > e- h", 400.0),
        ("gd~ > e+ h", 400.0),
        ("gm > e- h", 300.0),
        ("grav > z z", 600.0),
        ("z z > z z", 900.0),
        ("e- h > e- h", 900.0),
        ("e+ e- > gm gm", 900.0),
    ];
    for (process, energy) in cases {
        let batch = momenta(&model, process, energy);
        let n = subprocess(&model, process, OrderLimits::default())
            .legs
            .len();
        let [a, b] = [batch.clone(), boosted(&batch, n)].map(|p| me2(&model, process, &p));
        assert_close(&a, &b, 1e-10, process);
    }
    // A particle and its antiparticle, or one that is both.
    let decay = |process: &str, mass| me2(&model, process, &momenta(&model, process, mass));
    let (gd, bar) = (decay("gd > e- h", 400.0), decay("gd~ > e+ h", 400.0));
    assert_close(&gd, &bar, 1e-12, "gd~ > e+ h");
    let (gm, bar) = (decay("gm > e- h", 300.0), decay("gm > e+ h", 300.0));
    assert_close(&gm, &bar, 1e-12, "gm > e+ h");
}

/// Card of a model that has every representation.
const COLOURED: &str = r#"
[process]
generate = ["g g > s3 s3~ NEW=0, s3 > q~ r~, s3~ > q r", "g g > six six~ NEW=0"]

[model]
name = "MODEL"

[beams]
particles = ["p", "p"]
energies = [6500.0, 6500.0]

[scales]
mu_r = 500.0
mu_f = 500.0

[cuts]
require = []

[run]
events = 200
seed = 1
accuracy = 0.05
output = "e.lhe"
"#;

#[test]
fn events_have_sextets_of_two_colours_and_junctions_of_three_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let toy = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/models/toy_colour");
    let card = COLOURED.replace("MODEL", toy);
    std::fs::write(folder.path().join("c.toml"), card).expect("a card");
    program::done(folder.path(), "generate c.toml");
    // Each is checked.
    assert_eq!(program::events(folder.path(), "e.lhe"), 200);
    let mut reader = LheReader::open(folder.path().join("e.lhe")).expect("events");
    let (mut sextets, mut junctions) = (0, 0);
    while let Some(event) = reader.next_event().expect("an event") {
        for p in &event.particles {
            let [c, a] = p.colours;
            match p.pdg {
                9_100_021 => assert!(c > 0 && a < 0, "{c} {a}"),
                -9_100_021 => assert!(c < 0 && a > 0, "{c} {a}"),
                9_100_013 => assert!(c > 0 && a == 0, "{c} {a}"),
                -9_100_013 => assert!(c == 0 && a > 0, "{c} {a}"),
                _ => continue,
            }
            sextets += usize::from(p.pdg == 9_100_021);
            junctions += usize::from(p.pdg == 9_100_013 && p.status == 2);
        }
    }
    assert_eq!(sextets + junctions, 200);
    assert!(sextets > 0 && junctions > 0, "{sextets} {junctions}");
}
