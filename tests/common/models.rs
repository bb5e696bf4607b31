//! Models built by adding particles and vertices to the Standard Model, and their
//! matrix elements at fixed points.

#![allow(dead_code, reason = "every test program uses a part of it")]

use omnis::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use omnis::diagram::{DiagramFilter, OrderLimits, Subprocess};
use omnis::kinematics::MomentumBatch;
use omnis::model::{
    Coupling, CouplingOrder, LorentzStructure, Model, ModelSpec, Parameter, ParameterOrigin,
    Particle, ParticleId, Vertex, VertexTerm,
};

use num_complex::Complex64;

use super::points::points;

pub fn sm() -> Model {
    Model::load(&ModelSpec::default()).expect("the built-in model")
}

pub fn subprocess(model: &Model, process: &str, orders: OrderLimits) -> Subprocess {
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

pub fn momenta(model: &Model, process: &str, energy: f64) -> MomentumBatch {
    let sub = subprocess(model, process, OrderLimits::default());
    let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
    points(&masses, sub.n_in, energy, 5, 7)
}

pub fn me2(model: &Model, process: &str, orders: OrderLimits, momenta: &MomentumBatch) -> Vec<f64> {
    let sub = subprocess(model, process, orders);
    let me = MatrixElement::compile(model, &sub, Frame::Any).expect(process);
    let mut out = vec![0.0; momenta.n_batch];
    let mut work = MatrixElementWorkspace::default();
    me.me2(momenta, None, TChannelWidth::Off, &mut work, &mut out);
    out
}

pub fn assert_close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    for (a, b) in got.iter().zip(want) {
        assert!((a / b - 1.0).abs() < tolerance, "{what}: {a} against {b}");
    }
}

pub fn with_order(model: &mut Model, name: &str) {
    model.orders.push(CouplingOrder {
        name: name.into(),
        hierarchy: 1,
        expansion: None,
        offset: 0,
    });
    for coupling in &mut model.couplings {
        coupling.orders.push(0);
    }
}

/// Adds a vertex with couplings of the last order; each term is a Lorentz structure with the
/// factor that multiplies the value.
pub fn add_vertex(model: &mut Model, particles: &[&str], value: (f64, f64), terms: &[(&str, f64)]) {
    let value = Complex64::new(value.0, value.1);
    let terms: Vec<(&str, Complex64)> = terms.iter().map(|&(s, f)| (s, value * f)).collect();
    add_terms(model, particles, &terms);
}

/// The same with one coupling for each Lorentz structure.
pub fn add_terms(model: &mut Model, particles: &[&str], terms: &[(&str, Complex64)]) {
    let ids: Vec<ParticleId> = particles
        .iter()
        .map(|n| model.by_name(n).unwrap_or_else(|| panic!("{n}")))
        .collect();
    let mut orders = vec![0; model.orders.len()];
    *orders.last_mut().expect("an order") = 1;
    let mut list = vec![];
    for (structure, value) in terms {
        model.lorentz.push(LorentzStructure {
            name: format!("NEW{}", model.lorentz.len()),
            spins: ids.iter().map(|&p| model.particle(p).spin).collect(),
            structure: (*structure).into(),
        });
        model.couplings.push(Coupling {
            name: format!("NEW{}", model.couplings.len()),
            value: (value.re, value.im),
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
        // Two quarks and nothing else with colour, three octets, or nothing.
        colour: vec![match model.particle(ids[0]).colour {
            1 => "1".into(),
            8 => "f(1,2,3)".into(),
            _ => "Identity(1,2)".into(),
        }],
        particles: ids,
        terms: list,
    });
}

pub fn limits(model: &Model, max: &[(&str, u32)], exact: &[(&str, u32)]) -> OrderLimits {
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

/// Adds a particle that is its own antiparticle; `mass` is the value of its mass
/// parameter.
pub fn add_neutral(model: &mut Model, name: &str, spin: u8, mass: f64) {
    let id = ParticleId(model.particles.len() as u16);
    model.particles.push(Particle {
        name: name.into(),
        pdg: 9_000_000 + i32::from(id.0),
        anti: id,
        spin,
        colour: 1,
        charge_thirds: 0,
        mass: mass.abs(),
        width: 0.0,
        mass_name: format!("M{name}"),
        width_name: "ZERO".into(),
        propagator: None,
        is_goldstone: false,
        is_instant: false,
    });
    model.parameters.push(Parameter {
        name: format!("M{name}"),
        value: (mass, 0.0),
        origin: ParameterOrigin::External {
            block: "MASS".into(),
            code: vec![9_000_000 + i32::from(id.0)],
        },
    });
}

/// Adds a particle and its antiparticle `name~`.
pub fn add_pair(model: &mut Model, name: &str, spin: u8, mass: f64) {
    add_neutral(model, name, spin, mass);
    let mut anti = model.particles.last().expect("just added").clone();
    let id = model.by_name(name).expect("just added");
    anti.name.push('~');
    anti.pdg = -anti.pdg;
    anti.anti = id;
    model.particles[usize::from(id.0)].anti = ParticleId(id.0 + 1);
    model.particles.push(anti);
}
