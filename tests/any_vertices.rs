//! Models that are not the Standard Model: many coupling orders, vertices of many legs,
//! contact interactions of four fermions.

use std::collections::BTreeMap;

use omnis::amplitude::{Frame, MatrixElement};
use omnis::diagram::{Diagrams, OrderLimits};
use omnis::model::{CouplingOrder, Model, ParticleId, Vertex};
use omnis::process::ProcessSet;

#[path = "common/models.rs"]
mod models;
#[path = "common/points.rs"]
mod points;
use models::{
    add_neutral, add_vertex, assert_close, limits, me2, momenta, sm, subprocess, with_order,
};

const PROCESSES: [(&str, &[(&str, u32)]); 5] = [
    ("u u~ > t t~", &[("QED", 2), ("QCD", 0)]),
    ("u u~ > t t~", &[("QCD", 2)]),
    ("u d > u d g", &[("QED", 2), ("QCD", 1)]),
    ("u u~ > e+ e- g g", &[("QED", 2)]),
    ("g g > t t~ h", &[("QCD", 2)]),
];

/// Four new orders before those of the Standard Model, so that these are the fifth and
/// the sixth.
#[test]
fn six_coupling_orders_are_kept_apart() {
    let sm = sm();
    let mut six = sm.clone();
    for k in 0..4 {
        let name = format!("NP{k}");
        let order = CouplingOrder {
            name,
            hierarchy: 1,
            expansion: None,
            offset: 0,
        };
        six.orders.insert(0, order);
        for coupling in &mut six.couplings {
            coupling.orders.insert(0, 0);
        }
    }
    for (process, max) in PROCESSES {
        let momenta = momenta(&sm, process, 900.0);
        for exact in [&[][..], max] {
            let [a, b] = [&six, &sm].map(|m| me2(m, process, limits(m, max, exact), &momenta));
            assert_close(&a, &b, 1e-13, process);
        }
        let sub = subprocess(&six, process, limits(&six, max, &[]));
        let diagrams = Diagrams::new(&six).expect("six orders");
        for count in diagrams.orders(&sub) {
            assert_eq!(count.powers[..4], [0; 4], "{process}");
        }
    }
}

/// A vertex of more legs is in a diagram less often.
#[test]
fn powers_are_limited_by_the_legs_of_their_vertex() {
    let sm = sm();
    let with_power = |n_legs: usize, power: u8| {
        let mut model = sm.clone();
        let gluons = |v: &&Vertex| {
            let is_gluon = |&id: &ParticleId| sm.particle(id).pdg == 21;
            v.particles.len() == n_legs && v.particles.iter().all(is_gluon)
        };
        let vertex = model.vertices.iter().find(gluons).expect("gluons").clone();
        let qcd = model.order_index("QCD").expect("QCD");
        for term in &vertex.terms {
            model.couplings[term.coupling].orders[qcd] = power;
        }
        let sub = subprocess(&model, "g g > g g", OrderLimits::default());
        let found = Diagrams::new(&model).map(|diagrams| diagrams.orders(&sub));
        found
            .map(|counts| counts.iter().map(|c| c.powers[qcd]).collect::<Vec<_>>())
            .map_err(|e| e.to_string())
    };
    assert_eq!(with_power(4, 34).expect("34 in four legs"), [2, 34]);
    assert_eq!(with_power(3, 17).expect("17 in three legs"), [2, 34]);
    for (n_legs, power) in [(4, 35), (3, 18)] {
        let message = with_power(n_legs, power).expect_err("too high");
        let limit = power - 1;
        let wanted =
            format!("has power {power} of a coupling order; at most {limit} can be tracked");
        assert!(message.contains(&wanted), "{message}");
    }
}

/// What couplings are called does not change their sum.
#[test]
fn couplings_may_be_spread_over_six_orders() {
    let sm = sm();
    let mut spread = sm.clone();
    spread.orders = (0..6)
        .map(|k| CouplingOrder {
            name: format!("O{k}"),
            hierarchy: 1,
            expansion: None,
            offset: 0,
        })
        .collect();
    for (k, coupling) in spread.couplings.iter_mut().enumerate() {
        let power: u8 = coupling.orders.iter().sum();
        coupling.orders = vec![0; 6];
        coupling.orders[k % 6] = power;
    }
    for process in ["u u~ > t t~", "u d > u d g", "w+ w- > z h", "g g > t t~ h"] {
        let momenta = momenta(&sm, process, 900.0);
        let [a, b] = [&spread, &sm].map(|m| me2(m, process, OrderLimits::default(), &momenta));
        assert_close(&a, &b, 1e-11, process);
    }
}

#[test]
fn a_vertex_of_five_scalars_is_its_coupling() {
    let mut model = sm();
    with_order(&mut model, "NP");
    let c = 3e-4;
    add_vertex(&mut model, &["h"; 5], (0.0, c), &[("1", 1.0)]);
    let only = limits(&model, &[("QED", 0)], &[("NP", 1)]);
    let process = "h h > h h h";
    let momenta = momenta(&model, process, 900.0);
    // Three equal particles.
    let want = [c * c / 6.0; 5];
    assert_close(&me2(&model, process, only, &momenta), &want, 1e-13, process);
    // Alone it has one diagram; with others, they interfere.
    let diagrams = Diagrams::new(&model).expect("a model");
    let sub = subprocess(&model, process, limits(&model, &[("QED", 0)], &[]));
    assert_eq!(diagrams.count(&sub), 1);
    let [all, without] =
        [&[][..], &[("NP", 0)]].map(|max| me2(&model, process, limits(&model, max, &[]), &momenta));
    for (a, b) in all.iter().zip(&without) {
        let interference = a - b - c * c / 6.0;
        assert!(interference.abs() > 1e-12 * a, "{a} {b}");
        assert!(interference.abs() <= 2.0 * (b * c * c / 6.0).sqrt() * (1.0 + 1e-9));
    }
}

const HEAVY: f64 = 1e6;

/// `i g` times the current of every charged lepton, with a vector of mass [`HEAVY`], and
/// the contact interactions that stay of it.
fn heavy_vector_and_contact(g: f64) -> [Model; 2] {
    let mut exchange = sm();
    with_order(&mut exchange, "NP");
    let mut contact = exchange.clone();
    add_neutral(&mut exchange, "x", 3, HEAVY);
    for [anti, lepton] in [["e+", "e-"], ["mu+", "mu-"]] {
        let vertex = [anti, lepton, "x"];
        add_vertex(&mut exchange, &vertex, (0.0, g), &[("Gamma(3,2,1)", 1.0)]);
    }
    let c = (0.0, -g * g / (HEAVY * HEAVY));
    let direct = ("Gamma(-1,2,1)*Gamma(-1,4,3)", 1.0);
    // The sign of the exchange is that of the lines, not of the coupling.
    let crossed = ("Gamma(-1,2,3)*Gamma(-1,4,1)", 1.0);
    add_vertex(&mut contact, &["e+", "e-", "mu+", "mu-"], c, &[direct]);
    add_vertex(
        &mut contact,
        &["e+", "e-", "e+", "e-"],
        c,
        &[direct, crossed],
    );
    [exchange, contact]
}

#[test]
fn contact_interactions_of_four_fermions_are_exchanges_of_something_heavy() {
    // As large as electrodynamics at these energies.
    let models = heavy_vector_and_contact(600.0);
    for process in [
        "e+ e- > mu+ mu-",
        "e- mu- > e- mu-",
        "mu+ e- > e- mu+",
        "e- e- > e- e-",
        "e+ e- > e- e+",
        "e+ e- > e+ e- a",
        "e- e- > e- e- a",
        "e- mu+ > e- mu+ e+ e-",
    ] {
        let momenta = momenta(&models[0], process, 500.0);
        let [a, b] = models
            .each_ref()
            .map(|m| me2(m, process, OrderLimits::default(), &momenta));
        assert_close(&a, &b, 1e-5, process);
        let without = me2(
            &models[1],
            process,
            limits(&models[1], &[("NP", 0)], &[]),
            &momenta,
        );
        assert!(
            b.iter()
                .zip(&without)
                .all(|(b, w)| (b / w - 1.0).abs() > 1e-2),
            "{process}"
        );
    }
}

/// Two heavy scalars in a row leave a vertex of five legs with two fermions, one of six
/// legs without.
#[test]
fn vertices_of_five_and_six_legs_are_exchanges_of_something_heavy() {
    let mut exchange = sm();
    with_order(&mut exchange, "NP");
    let mut contact = exchange.clone();
    add_neutral(&mut exchange, "x", 1, HEAVY);
    let (y, k) = (2e3, 3e3);
    // x (t t~), x h h h, x z z h
    add_vertex(
        &mut exchange,
        &["t~", "t", "x"],
        (0.0, y),
        &[("ProjM(2,1)", 1.0), ("ProjP(2,1)", 0.3)],
    );
    add_vertex(
        &mut exchange,
        &["h", "h", "h", "x"],
        (0.0, k),
        &[("1", 1.0)],
    );
    add_vertex(
        &mut exchange,
        &["z", "z", "h", "x"],
        (0.0, k),
        &[("Metric(1,2)", 0.4)],
    );
    // (i a)(i b) i / (0 - M^2) = i a b / M^2
    let c = |a: f64, b: f64| (0.0, a * b / (HEAVY * HEAVY));
    let chiral = [("ProjM(2,1)", 1.0), ("ProjP(2,1)", 0.3)];
    add_vertex(&mut contact, &["t~", "t", "h", "h", "h"], c(y, k), &chiral);
    let vectors = chiral.map(|(text, f)| (format!("{text}*Metric(3,4)"), 0.4 * f));
    let vectors = vectors.each_ref().map(|(text, f)| (text.as_str(), *f));
    add_vertex(&mut contact, &["t~", "t", "z", "z", "h"], c(y, k), &vectors);
    // Ten ways to part six, each once for x on either side: twenty halves.
    add_vertex(&mut contact, &["h"; 6], c(k, k), &[("1", 10.0)]);
    for (process, np) in [
        ("t t~ > h h h", 1),
        ("h t > t h h", 1),
        ("t t~ > z z h", 1),
        ("z t > t z h", 1),
        ("h h > h h h h", 1),
    ] {
        let momenta = momenta(&exchange, process, 1500.0);
        // The exchange has two couplings where the contact has one.
        let a = me2(
            &exchange,
            process,
            limits(&exchange, &[("QED", 0)], &[("NP", 2 * np)]),
            &momenta,
        );
        let b = me2(
            &contact,
            process,
            limits(&contact, &[("QED", 0)], &[("NP", np)]),
            &momenta,
        );
        assert_close(&a, &b, 1e-4, process);
    }
}

/// A contact vertex of one power of a new order counts less than an exchange; the default
/// limit has room for both, as MadGraph's has.
#[test]
fn default_orders_have_room_for_exchanges_beside_contact_vertices() {
    let mut model = sm();
    with_order(&mut model, "NP");
    let structure = "Identity(2,1)";
    add_vertex(
        &mut model,
        &["ve~", "ve", "h", "h", "h"],
        (0.0, 1.0),
        &[(structure, 1.0)],
    );
    add_vertex(
        &mut model,
        &["ve~", "ve", "h"],
        (0.0, 1.0),
        &[(structure, 1.0)],
    );
    let lines = ["ve ve~ > h h h".to_owned()];
    let set = ProcessSet::new(&model, &lines, &BTreeMap::new()).expect("diagrams");
    assert_eq!(set.lines[0].filter.orders.max_weighted, Some(3));
    let diagrams = Diagrams::new(&model).expect("a model");
    // The contact vertex, and three emissions in any order.
    assert_eq!(diagrams.count(&set.elements[0].subprocess), 1 + 6);
}

#[test]
fn what_is_not_supported_is_named() {
    let refused = |particles: &[&str], structure: &str, process: &str| {
        let mut model = sm();
        with_order(&mut model, "NP");
        add_vertex(&mut model, particles, (0.0, 1.0), &[(structure, 1.0)]);
        let name = model.vertices.last().expect("added").name.clone();
        let sub = subprocess(&model, process, OrderLimits::default());
        let text = match MatrixElement::compile(&model, &sub, Frame::Any) {
            Ok(_) => panic!("{structure} is not supported"),
            Err(error) => error.to_string(),
        };
        assert!(text.contains(&format!("'{name}'")), "{text}");
        // A process that has no such vertex does not mind.
        let other = subprocess(&model, "u u~ > g g", OrderLimits::default());
        MatrixElement::compile(&model, &other, Frame::Any).is_ok()
    };
    assert!(refused(&["h"; 5], "Sigma(1,2,3)", "h h > h h h"));
    assert!(!refused(&["h"; 9], "1", "h h > h h h h h h h"));
}
