//! A Standard Model made by hand, for tests of diagrams and symmetries.
//!
//! Has the particles and the kinds of vertices of the Standard Model; coupling
//! values are distinct labels, not physics.

use std::collections::BTreeMap;

use super::{ProcessError, ProcessLine, ProcessSet};
use crate::diagram::{Diagrams, Subprocess};
use crate::model::{
    Coupling, CouplingOrder, Gauge, LorentzStructure, Model, Particle, ParticleId, Vertex,
    VertexTerm,
};

/// Name, antiparticle, PDG number, spin, colour, charge in thirds, mass, width.
type Row = (&'static str, &'static str, i32, u8, i8, i32, f64, f64);

const PARTICLES: &[Row] = &[
    ("d", "d~", 1, 2, 3, -1, 0.0, 0.0),
    ("u", "u~", 2, 2, 3, 2, 0.0, 0.0),
    ("s", "s~", 3, 2, 3, -1, 0.0, 0.0),
    ("c", "c~", 4, 2, 3, 2, 0.0, 0.0),
    ("b", "b~", 5, 2, 3, -1, 4.7, 0.0),
    ("t", "t~", 6, 2, 3, 2, 173.0, 1.4915),
    ("e-", "e+", 11, 2, 1, -3, 0.0, 0.0),
    ("ve", "ve~", 12, 2, 1, 0, 0.0, 0.0),
    ("mu-", "mu+", 13, 2, 1, -3, 0.0, 0.0),
    ("vm", "vm~", 14, 2, 1, 0, 0.0, 0.0),
    ("ta-", "ta+", 15, 2, 1, -3, 1.777, 0.0),
    ("vt", "vt~", 16, 2, 1, 0, 0.0, 0.0),
    ("g", "g", 21, 3, 8, 0, 0.0, 0.0),
    ("a", "a", 22, 3, 1, 0, 0.0, 0.0),
    ("z", "z", 23, 3, 1, 0, 91.188, 2.4414),
    ("w+", "w-", 24, 3, 1, 3, 80.419, 2.0476),
    ("h", "h", 25, 1, 1, 0, 125.0, 0.00638),
];

const QCD: [u8; 2] = [1, 0];
const QED: [u8; 2] = [0, 1];

/// Boson vertices: particles, orders.
const BOSONS: &[(&str, [u8; 2])] = &[
    ("g g g", QCD),
    ("g g g g", [2, 0]),
    ("w- w+ a", QED),
    ("w- w+ z", QED),
    ("w- w+ a a", [0, 2]),
    ("w- w+ a z", [0, 2]),
    ("w- w+ z z", [0, 2]),
    ("w- w+ w- w+", [0, 2]),
    ("w- w+ h", QED),
    ("z z h", QED),
    ("w- w+ h h", [0, 2]),
    ("z z h h", [0, 2]),
    ("h h h", QED),
    ("h h h h", [0, 2]),
];

/// Fermion, its doublet partner above it, and its kind of charge.
const FERMIONS: &[(&str, &str, &str)] = &[
    ("d", "u", "down"),
    ("s", "c", "down"),
    ("b", "t", "down"),
    ("u", "", "up"),
    ("c", "", "up"),
    ("t", "", "up"),
    ("e-", "ve", "electron"),
    ("mu-", "vm", "electron"),
    ("ta-", "vt", "electron"),
    ("ve", "", "neutrino"),
    ("vm", "", "neutrino"),
    ("vt", "", "neutrino"),
];

fn add(model: &mut Model, particles: &[String], orders: [u8; 2], kind: &str) {
    let ids: Vec<ParticleId> = particles
        .iter()
        .map(|n| model.by_name(n).unwrap())
        .collect();
    let known = model.couplings.iter().position(|c| c.name == kind);
    let coupling = known.unwrap_or(model.couplings.len());
    if coupling == model.couplings.len() {
        model.couplings.push(Coupling {
            name: kind.into(),
            value: (0.0, 0.1 + coupling as f64),
            orders: orders.to_vec(),
        });
    }
    let lorentz = model.lorentz.len();
    model.lorentz.push(LorentzStructure {
        name: format!("L{lorentz}"),
        spins: ids.iter().map(|&p| model.particle(p).spin).collect(),
        structure: "1".into(),
    });
    // Two structures of one vertex are one diagram.
    let term = |colour| VertexTerm {
        colour,
        lorentz,
        coupling,
    };
    model.vertices.push(Vertex {
        name: format!("V_{}", model.vertices.len()),
        particles: ids,
        colour: vec!["1".into(), "2".into()],
        terms: vec![term(0), term(1)],
    });
}

/// No mixing; masses of b, t, tau, W, Z, H; orders QCD (1) and QED (2).
pub(crate) fn standard_model() -> Model {
    let mut particles = Vec::new();
    for &(name, anti, pdg, spin, colour, charge_thirds, mass, width) in PARTICLES {
        let id = particles.len() as u16;
        let own = name == anti;
        let particle = Particle {
            name: name.into(),
            pdg,
            anti: ParticleId(if own { id } else { id + 1 }),
            spin,
            colour,
            charge_thirds,
            mass,
            width,
            mass_name: String::new(),
            width_name: String::new(),
            propagator: None,
            is_goldstone: false,
            is_instant: false,
        };
        if !own {
            let anti = Particle {
                name: anti.into(),
                pdg: -pdg,
                anti: ParticleId(id),
                colour: if colour == 3 { -3 } else { colour },
                charge_thirds: -charge_thirds,
                ..particle.clone()
            };
            particles.extend([particle, anti]);
        } else {
            particles.push(particle);
        }
    }
    let order = |name: &str, hierarchy| CouplingOrder {
        name: name.into(),
        hierarchy,
        expansion: None,
        offset: 0,
    };
    let mut model = Model {
        name: "sm_test".into(),
        restrictions: Vec::new(),
        scheme: String::new(),
        orders: vec![order("QCD", 1), order("QED", 2)],
        particles,
        parameters: Vec::new(),
        couplings: Vec::new(),
        lorentz: Vec::new(),
        vertices: Vec::new(),
        multiparticles: BTreeMap::new(),
        gauge: Gauge::Unitary,
        partial_widths: Vec::new(),
        notes: Vec::new(),
    };
    for (names, orders) in BOSONS {
        let names: Vec<String> = names.split(' ').map(Into::into).collect();
        add(&mut model, &names, *orders, &names.join(" "));
    }
    for &(f, partner, kind) in FERMIONS {
        let id = model.by_name(f).unwrap();
        let anti = |model: &Model, id| model.particle(model.anti(id)).name.clone();
        let bar = anti(&model, id);
        let p = model.particle(id).clone();
        let pair = |boson: &str| [bar.clone(), f.to_string(), boson.to_string()];
        if p.colour == 3 {
            add(&mut model, &pair("g"), QCD, "ffg");
        }
        if p.charge_thirds != 0 {
            add(&mut model, &pair("a"), QED, &format!("{kind} a"));
        }
        add(&mut model, &pair("z"), QED, &format!("{kind} z"));
        if p.mass > 0.0 {
            add(&mut model, &pair("h"), QED, &format!("{f} h"));
        }
        if !partner.is_empty() {
            let upper = model.by_name(partner).unwrap();
            let upper_bar = anti(&model, upper);
            add(&mut model, &[upper_bar, f.into(), "w+".into()], QED, "ffw");
            add(&mut model, &[bar, partner.into(), "w-".into()], QED, "ffw");
        }
    }
    for (label, members) in [
        ("p", "g u c d s u~ c~ d~ s~"),
        ("j", "g u c d s u~ c~ d~ s~"),
        ("l+", "e+ mu+"),
        ("l-", "e- mu-"),
        ("vl", "ve vm vt"),
        ("vl~", "ve~ vm~ vt~"),
    ] {
        let ids = members.split(' ').map(|n| model.by_name(n).unwrap());
        let ids = ids.collect();
        model.multiparticles.insert(label.into(), ids);
    }
    model
}

/// A line whose tokens are particles, with the default limit on WEIGHTED.
pub(crate) fn subprocess(model: &Model, line: &str) -> Subprocess {
    let parsed = ProcessLine::parse(line, model, &BTreeMap::new()).unwrap();
    let [parsed] = parsed.as_slice() else {
        panic!("'{line}' stands for several")
    };
    let labels = parsed.initial.iter().chain(&parsed.outgoing);
    let mut sub = Subprocess {
        legs: labels.map(|l| l.particles[0]).collect(),
        n_in: parsed.initial.len(),
        filter: parsed.filter.clone(),
        decays: vec![],
        overall: Default::default(),
        polarisation: vec![],
        tag: parsed.tag,
    };
    if !parsed.orders_given {
        let diagrams = Diagrams::new(model).unwrap();
        sub.filter.orders.max_weighted = diagrams.least_weighted(&sub, 1000);
    }
    sub
}

pub(crate) fn try_process_set(lines: &[&str]) -> Result<ProcessSet, ProcessError> {
    let lines: Vec<String> = lines.iter().map(|l| l.to_string()).collect();
    ProcessSet::new(&standard_model(), &lines, &BTreeMap::new())
}

pub(crate) fn process_set(lines: &[&str]) -> ProcessSet {
    try_process_set(lines).unwrap()
}
