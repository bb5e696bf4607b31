//! Models that are not the Standard Model: many coupling orders, vertices of many legs,
//! contact interactions of four fermions.

use omnis::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use omnis::diagram::{DiagramFilter, Diagrams, OrderLimits, Subprocess};
use omnis::kinematics::MomentumBatch;
use omnis::model::{
    Coupling, CouplingOrder, LorentzStructure, Model, ModelSpec, Particle, ParticleId, Vertex,
    VertexTerm,
};

#[path = "common/points.rs"]
mod points;
use points::points;

fn sm() -> Model {
    Model::load(&ModelSpec::default()).expect("the built-in model")
}

fn subprocess(model: &Model, process: &str, orders: OrderLimits) -> Subprocess {
    let id = |n: &str| model.by_name(n).unwrap_or_else(|| panic!("{n}"));
    let words: Vec<&str> = process.split_whitespace().collect();
    Subprocess {
        legs: words.iter().filter(|w| **w != ">").map(|w| id(w)).collect(),
        n_in: words.iter().position(|w| *w == ">").expect("an arrow"),
        filter: DiagramFilter {
            orders,
            ..DiagramFilter::default()
        },
        decays: vec![],
        overall: OrderLimits::default(),
        polarisation: vec![],
        tag: None,
    }
}

fn momenta(model: &Model, process: &str, energy: f64) -> MomentumBatch {
    let sub = subprocess(model, process, OrderLimits::default());
    let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
    points(&masses, sub.n_in, energy, 5, 7)
}

fn me2(model: &Model, process: &str, orders: OrderLimits, momenta: &MomentumBatch) -> Vec<f64> {
    let sub = subprocess(model, process, orders);
    let me = MatrixElement::compile(model, &sub, Frame::Any).expect(process);
    let mut out = vec![0.0; momenta.n_batch];
    let mut work = MatrixElementWorkspace::default();
    me.me2(momenta, None, TChannelWidth::Off, &mut work, &mut out);
    out
}

fn assert_close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    for (a, b) in got.iter().zip(want) {
        assert!((a / b - 1.0).abs() < tolerance, "{what}: {a} against {b}");
    }
}

fn with_order(model: &mut Model, name: &str) {
    model.orders.push(CouplingOrder {
        name: name.into(),
        hierarchy: 1,
    });
    for coupling in &mut model.couplings {
        coupling.orders.push(0);
    }
}

/// Adds a vertex with one coupling of the last order; each term is a Lorentz structure
/// with the factor that multiplies the coupling.
fn add_vertex(model: &mut Model, particles: &[&str], value: (f64, f64), terms: &[(&str, f64)]) {
    let ids: Vec<ParticleId> = particles
        .iter()
        .map(|n| model.by_name(n).unwrap_or_else(|| panic!("{n}")))
        .collect();
    let mut orders = vec![0; model.orders.len()];
    *orders.last_mut().expect("an order") = 1;
    let mut list = vec![];
    for (structure, factor) in terms {
        model.lorentz.push(LorentzStructure {
            name: format!("NEW{}", model.lorentz.len()),
            spins: ids.iter().map(|&p| model.particle(p).spin).collect(),
            structure: (*structure).into(),
        });
        model.couplings.push(Coupling {
            name: format!("NEW{}", model.couplings.len()),
            value: (value.0 * factor, value.1 * factor),
            orders: orders.clone(),
        });
        list.push(VertexTerm {
            colour: 0,
            lorentz: model.lorentz.len() - 1,
            coupling: model.couplings.len() - 1,
        });
    }
    let name = format!("NEW{}", model.vertices.len());
    model.vertices.push(Vertex {
        name,
        // Two quarks and nothing else with colour, or nothing.
        colour: vec![match model.particle(ids[0]).colour {
            1 => "1".into(),
            _ => "Identity(1,2)".into(),
        }],
        particles: ids,
        terms: list,
    });
}

fn limits(model: &Model, max: &[(&str, u32)], exact: &[(&str, u32)]) -> OrderLimits {
    let list = |given: &[(&str, u32)]| {
        let mut list = vec![None; model.orders.len()];
        for &(name, n) in given {
            list[model.order_index(name).expect("an order")] = Some(n);
        }
        list
    };
    OrderLimits {
        max: list(max),
        exact: list(exact),
        ..OrderLimits::default()
    }
}

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
        six.orders.insert(0, CouplingOrder { name, hierarchy: 1 });
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

/// What couplings are called does not change their sum.
#[test]
fn couplings_may_be_spread_over_six_orders() {
    let sm = sm();
    let mut spread = sm.clone();
    spread.orders = (0..6)
        .map(|k| CouplingOrder {
            name: format!("O{k}"),
            hierarchy: 1,
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

/// A particle that is heavier than anything else leaves a contact interaction.
fn add_heavy(model: &mut Model, name: &str, spin: u8, mass: f64) {
    let id = ParticleId(model.particles.len() as u16);
    model.particles.push(Particle {
        name: name.into(),
        pdg: 9_000_000 + i32::from(id.0),
        anti: id,
        spin,
        colour: 1,
        charge_thirds: 0,
        mass,
        width: 0.0,
        mass_name: name.into(),
        width_name: "ZERO".into(),
        propagator: None,
        is_goldstone: false,
        is_instant: false,
    });
}

const HEAVY: f64 = 1e6;

/// `i g` times the current of every charged lepton, with a vector of mass [`HEAVY`], and
/// the contact interactions that stay of it.
fn heavy_vector_and_contact(g: f64) -> [Model; 2] {
    let mut exchange = sm();
    with_order(&mut exchange, "NP");
    let mut contact = exchange.clone();
    add_heavy(&mut exchange, "x", 3, HEAVY);
    for [anti, lepton] in [["e+", "e-"], ["mu+", "mu-"]] {
        let vertex = [anti, lepton, "x"];
        add_vertex(&mut exchange, &vertex, (0.0, g), &[("Gamma(3,2,1)", 1.0)]);
    }
    let c = (0.0, -g * g / (HEAVY * HEAVY));
    let direct = ("Gamma(-1,2,1)*Gamma(-1,4,3)", 1.0);
    let crossed = ("Gamma(-1,2,3)*Gamma(-1,4,1)", -1.0);
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
    add_heavy(&mut exchange, "x", 1, HEAVY);
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
