//! Laws that need a look inside the graph: Ward identities, and the general
//! kernel against the hand-written ones.

use super::colour_sum::ColourSum;
use super::dag;
use super::graph::{Dag, Kind, Op, Source};
use super::kernel::{Request, Workspace, run};
use super::lorentz::{MAX_SLOTS, Tensor};
use super::program::lay_out;
use super::recursion::{self, ColourGraph};
use super::vertex::{Shape, VertexPart, analyse, tensors};
use super::{Frame, MatrixElement, MatrixElementWorkspace, Precision, TChannelWidth, probe};
use crate::colour::colour_matrix;
use crate::compute::SimdLevel;
use crate::diagram::{DiagramFilter, OrderLimits, Subprocess};
use crate::kinematics::MomentumView;
use crate::model::{Coupling, LorentzStructure, Model, ModelSpec, Vertex, VertexTerm};

const N_BATCH: usize = 9;

/// No widths: they are not gauge invariant.
fn model() -> Model {
    Model::load(&ModelSpec {
        restrict: vec!["no_widths".to_owned()],
        ..ModelSpec::default()
    })
    .unwrap()
}

fn subprocess(model: &Model, process: &str) -> Subprocess {
    let ids = process.split_whitespace().filter(|w| *w != ">");
    Subprocess {
        legs: ids.map(|w| model.by_name(w).unwrap()).collect(),
        n_in: process.split_whitespace().position(|w| w == ">").unwrap(),
        filter: DiagramFilter {
            orders: OrderLimits::default(),
            ..DiagramFilter::default()
        },
        decays: vec![],
        overall: OrderLimits::default(),
        polarisation: vec![],
        tag: None,
    }
}

/// Colour-summed `|M|^2` over helicities at points in no special frame.
fn evaluate(
    model: &Model,
    sub: &Subprocess,
    coloured: &ColourGraph,
    graph: Dag,
    level: SimdLevel,
) -> Vec<f64> {
    let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
    let momenta = probe::points(&masses, sub.n_in, N_BATCH, true);
    let powers = vec![0; coloured.orders.len()];
    let colour = colour_matrix(&coloured.flows);
    let colour = ColourSum::plain(&colour, coloured.flows.len());
    let program = lay_out(&graph, masses, sub.n_in, powers, colour.into());
    let mut total = vec![0.0; N_BATCH];
    let mut request = Request {
        program: &program,
        momenta: (&momenta).into(),
        order_scale: None,
        t_channel_width: false,
        total: &mut total,
        by_helicity: None,
        amplitudes: None,
        risk: None,
        products: None,
    };
    run(level, &mut request, &mut Workspace::default());
    total
}

/// Keeps the configurations where a massless vector has positive helicity.
fn polarise(graph: &mut Dag, leg: usize) {
    graph.configurations.retain(|c| c.helicities[leg] == 1);
    for (row, c) in graph.configurations.iter_mut().enumerate() {
        (c.row, c.mirror) = (row, None);
    }
    graph.drop_unused();
}

/// Replaces the polarisation vector of positive helicity by the momentum: a
/// "vertex" whose tensor is `P^mu` of a scalar "leg".
fn polarise_along_momentum(graph: &mut Dag, leg: usize) {
    let wave = |h: i8| move |s: &Source| matches!(*s, Source::Wave { leg: l, helicity } if l == leg && helicity == h);
    let node = |h: i8| graph.nodes.iter().position(|n| wave(h)(&n.source)).unwrap();
    // The node of negative helicity, which nothing needs any more, is the scalar.
    let (scalar, vector) = (node(-1), node(1));
    assert!(scalar < vector && graph.nodes[vector].kind == Kind::Vector);
    graph.nodes[scalar].kind = Kind::Scalar;
    let mut tensor = Tensor {
        spins: vec![1, 3],
        ..Tensor::default()
    };
    for mu in 0..4 {
        let mut components = [0; MAX_SLOTS];
        components[1] = mu;
        tensor.terms.insert((components, vec![(0, mu)]), 1.0.into());
    }
    graph.generic.push(tensor);
    graph.nodes[vector].source = Source::Vertex(Op::tensor(
        graph.generic.len() - 1,
        1,
        &[(0, scalar as u32)],
    ));
}

/// Largest ratio of `|M(eps -> p)|^2` to `E^2 |M(eps)|^2`.
fn gauge_dependence(model: &Model, process: &str, leg: usize, level: SimdLevel) -> f64 {
    let sub = subprocess(model, process);
    let coloured = recursion::build(model, &sub).unwrap();
    let mut physical = dag::build(model, &sub, &coloured);
    let mut unphysical = physical.clone();
    polarise_along_momentum(&mut unphysical, leg);
    polarise(&mut unphysical, leg);
    polarise(&mut physical, leg);
    let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
    let momenta = probe::points(&masses, sub.n_in, N_BATCH, true);
    let a = evaluate(model, &sub, &coloured, unphysical, level);
    let b = evaluate(model, &sub, &coloured, physical, level);
    (0..N_BATCH)
        .map(|k| a[k] / (b[k] * momenta.get(leg, k)[0].powi(2)))
        .fold(0.0, f64::max)
}

const GAUGE_PROCESSES: [(&str, usize); 13] = [
    ("u u~ > g g", 3),
    ("u g > u g", 1),
    ("g g > t t~", 0),
    ("g g > g g", 2),
    ("g g > g g g", 4),
    ("g g > t t~ g", 1),
    ("u u~ > e+ e- g", 4),
    ("u u~ > e+ e- a", 4),
    ("u d~ > w+ a", 3),
    ("a a > w+ w-", 0),
    ("e+ e- > w+ w- a", 4),
    ("a w+ > w+ z", 0),
    ("g g > t t~ h", 0),
];

#[test]
fn amplitudes_vanish_for_polarisations_along_the_momentum() {
    let model = model();
    for (process, leg) in GAUGE_PROCESSES {
        for level in SimdLevel::available() {
            let ratio = gauge_dependence(&model, process, leg, level);
            assert!(ratio < 1e-22, "{process} at leg {leg}, {level:?}: {ratio}");
        }
    }
}

#[test]
fn a_coupling_that_is_one_per_mille_off_breaks_the_ward_identity() {
    for (name, process, leg) in [
        ("ggg", "u u~ > g g", 3),
        ("ggg", "g g > g g", 2),
        ("gggg", "g g > g g g", 4),
        ("qqg", "g g > t t~", 0),
        ("wwa", "u d~ > w+ a", 3),
        ("wwaa", "a a > w+ w-", 0),
        ("wwaz", "a w+ > w+ z", 0),
        ("a_up", "u d~ > w+ a", 3),
    ] {
        let mut model = model();
        let coupling = model.couplings.iter_mut().find(|c| c.name == name).unwrap();
        let (re, im) = coupling.value;
        coupling.value = (1.001 * re, 1.001 * im);
        let ratio = gauge_dependence(&model, process, leg, SimdLevel::Scalar);
        assert!(ratio > 1e-12, "{name} in {process}: {ratio}");
    }
}

/// Why cross sections keep widths out of space-like propagators, and why the
/// tests here have none: an on-shell top that radiates has a width on one side only.
#[test]
fn widths_of_coloured_lines_break_the_ward_identity() {
    let with_widths = Model::load(&ModelSpec::default()).unwrap();
    let ratio = gauge_dependence(&with_widths, "g g > t t~ g", 4, SimdLevel::Scalar);
    assert!(ratio > 1e-12, "{ratio}");
    // A W between massless fermions has the same complex mass everywhere.
    let ratio = gauge_dependence(&with_widths, "u d~ > e+ ve a", 4, SimdLevel::Scalar);
    assert!(ratio < 1e-22, "{ratio}");
}

/// With widths what a photon meets is not conserved, and only the current of the two legs,
/// which is, makes its gauge no matter: a photon with a small mass, and with the numerator that
/// such a vector has, does the same but for the square of the mass.
#[test]
fn a_photon_between_unstable_particles_is_the_limit_of_one_with_a_mass() {
    let massless = Model::load(&ModelSpec::default()).unwrap();
    let with_mass = |mass: f64| {
        let mut massive = massless.clone();
        let photon = massive.by_name("a").unwrap();
        massive.particles[usize::from(photon.0)].mass = mass;
        massive
    };
    let [one, two] = [0.01, 0.02].map(with_mass);
    for process in [
        "w+ w- > w- u d~",
        "w- u > w- d w+",
        "w+ w+ > w+ w+ z",
        "ta- w+ > ta- vt ta+",
    ] {
        let squares = |model: &Model, width| {
            let sub = subprocess(model, process);
            let element = MatrixElement::compile(model, &sub, Frame::CentreOfMass).unwrap();
            let masses: Vec<f64> = sub
                .legs
                .iter()
                .map(|&p| massless.particle(p).mass)
                .collect();
            let momenta = probe::points(&masses, sub.n_in, N_BATCH, false);
            let mut out = vec![0.0; N_BATCH];
            let mut work = MatrixElementWorkspace::default();
            element.me2(&momenta, None, width, &mut work, &mut out);
            out
        };
        for width in [TChannelWidth::On, TChannelWidth::Off] {
            let [a, b, c] = [&massless, &one, &two].map(|model| squares(model, width));
            for k in 0..N_BATCH {
                let limit = (4.0 * b[k] - c[k]) / 3.0;
                let off = (a[k] / limit - 1.0).abs();
                assert!(off < 1e-7, "{process}, {width:?}: {} {limit} {off}", a[k]);
            }
        }
    }
}

#[test]
fn points_by_point_and_coordinate_by_coordinate_give_the_same_bits() {
    let model = model();
    for process in ["e+ e- > mu+ mu-", "g g > t t~ g"] {
        let sub = subprocess(&model, process);
        let masses: Vec<f64> = (sub.legs.iter()).map(|&p| model.particle(p).mass).collect();
        let element = MatrixElement::compile(&model, &sub, Frame::Any).unwrap();
        for n in [1, 3, 4, 7, 8, 19, 40] {
            let batch = probe::points(&masses, sub.n_in, n, true);
            let each = (0..n).flat_map(|k| (0..masses.len()).flat_map(move |leg| [(leg, k)]));
            let rows: Vec<f64> = each.flat_map(|(leg, k)| batch.get(leg, k)).collect();
            let view = MomentumView::by_point(&rows, masses.len());
            assert_eq!((view.n_ext(), view.n_batch()), (masses.len(), n));
            for level in SimdLevel::available() {
                for precision in [Precision::Double, Precision::Single] {
                    let me = element.clone().with_simd(level).with_precision(precision);
                    let mut work = MatrixElementWorkspace::default();
                    let mut out = [vec![0.0; n], vec![0.0; n]];
                    let width = TChannelWidth::Off;
                    me.me2(&batch, None, width, &mut work, &mut out[0]);
                    me.me2(view, None, width, &mut work, &mut out[1]);
                    assert!(out[0].iter().all(|x| *x > 0.0));
                    assert_eq!(out[0], out[1], "{process}, {n} points, {level:?}");
                    let of_batch = me.details(&batch, None, width, &mut work);
                    let of_view = me.details(view, None, width, &mut work);
                    assert_eq!(of_batch.by_helicity, of_view.by_helicity);
                    assert_eq!(of_batch.by_flow, of_view.by_flow);
                }
            }
        }
    }
}

#[test]
fn the_general_kernel_agrees_with_those_written_by_hand() {
    let model = model();
    // Shapes of all vertices with the tensors that they stand for.
    let shapes: Vec<(VertexPart, Tensor)> = (model.vertices.iter())
        .flat_map(|v| {
            let tensors = tensors(&model, v).unwrap().into_iter().map(|t| t.tensor);
            analyse(&model, v).unwrap().into_iter().zip(tensors)
        })
        .collect();
    for process in [
        "g g > t t~ g",
        "g g > g g g",
        "u d~ > w+ a h",
        "e+ e- > w+ w- z",
        "e+ e- > ta+ ta- h",
        "w+ w- > h h h",
        "b b~ > z h h",
        "u d > u d h",
    ] {
        let sub = subprocess(&model, process);
        let coloured = recursion::build(&model, &sub).unwrap();
        let mut general = coloured.clone();
        assert!(!general.parts.is_empty());
        for part in &mut general.parts {
            let same = |p: &VertexPart| (&p.shape, &p.orders) == (&part.shape, &part.orders);
            let (_, tensor) = shapes.iter().find(|s| same(&s.0)).unwrap();
            assert!(!matches!(part.shape, Shape::Generic { .. }));
            let tensor = tensor.clone();
            part.shape = Shape::Generic { tensor };
        }
        let level = SimdLevel::best();
        let one = |s: &ColourGraph| {
            let graph = dag::build(&model, &sub, s);
            evaluate(&model, &sub, s, graph, level)
        };
        for (a, b) in one(&general).iter().zip(one(&coloured)) {
            assert!((a / b - 1.0).abs() < 1e-9, "{process}: {a} against {b}");
        }
    }
}

/// Configurations and flows that are dropped add nothing anywhere.
#[test]
fn what_is_dropped_does_not_contribute() {
    let model = model();
    for process in ["g g > t t~ g", "g g > g g g", "u u~ > w+ w-", "u d > u d h"] {
        let sub = subprocess(&model, process);
        let coloured = recursion::build(&model, &sub).unwrap();
        let graph = dag::build(&model, &sub, &coloured);
        let n_all = graph.configurations.len();
        let all = evaluate(&model, &sub, &coloured, graph, SimdLevel::Scalar);
        let me = MatrixElement::compile(&model, &sub, Frame::Any).unwrap();
        assert!(me.helicities().len() <= n_all, "{process}");
        let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
        let momenta = probe::points(&masses, sub.n_in, N_BATCH, true);
        let details = me.details(&momenta, None, Default::default(), &mut Default::default());
        for (a, b) in all.iter().zip(details.me2) {
            let b = b * sub.denominator(&model);
            assert!((a / b - 1.0).abs() < 1e-11, "{process}: {a} against {b}");
        }
    }
}

/// A Higgs boson that couples to the whole Yang-Mills Lagrangian: `(1 + a h) L`, and
/// `factor` times that for the vertex of four gluons.
fn higgs_of_gluons(factor: f64) -> Model {
    let mut model = model();
    let (g, h) = (model.by_name("g").unwrap(), model.by_name("h").unwrap());
    let a = 0.1;
    let qcd = model.order_index("QCD").unwrap();
    let coupling = |model: &mut Model, value: (f64, f64), power: u8| {
        let mut orders = vec![0; model.orders.len()];
        orders[qcd] = power;
        model.couplings.push(Coupling {
            name: format!("h{}", model.couplings.len()),
            value,
            orders,
        });
        model.couplings.len() - 1
    };
    let structure = |model: &mut Model, structure: &str, n: usize| {
        model.lorentz.push(LorentzStructure {
            name: format!("H{}", model.lorentz.len()),
            spins: [vec![3; n], vec![1]].concat(),
            structure: structure.to_owned(),
        });
        model.lorentz.len() - 1
    };
    for n in [3, 4] {
        let is_pure = |v: &&Vertex| v.particles == vec![g; n];
        let mut vertex = model.vertices.iter().find(is_pure).unwrap().clone();
        vertex.particles.push(h);
        vertex.name += "h";
        for term in &mut vertex.terms {
            let text = model.lorentz[term.lorentz].structure.clone();
            term.lorentz = structure(&mut model, &text, n);
            let (re, im) = model.couplings[term.coupling].value;
            let a = if n == 4 { a * factor } else { a };
            term.coupling = coupling(&mut model, (a * re, a * im), n as u8 - 2);
        }
        model.vertices.push(vertex);
    }
    let term = VertexTerm {
        colour: 0,
        lorentz: structure(&mut model, "Metric(1,2)*P(-1,1)*P(-1,2) - P(2,1)*P(1,2)", 2),
        coupling: coupling(&mut model, (0.0, a), 0),
    };
    model.vertices.push(Vertex {
        name: "ggh".to_owned(),
        particles: vec![g, g, h],
        colour: vec!["Identity(1,2)".to_owned()],
        terms: vec![term],
    });
    model
}

#[test]
fn vertices_of_gluons_and_a_scalar_obey_ward_identities() {
    let model = higgs_of_gluons(1.0);
    for (process, leg) in [("g g > h g", 3), ("g g > h g g", 4), ("u g > u h g", 1)] {
        for level in SimdLevel::available() {
            let ratio = gauge_dependence(&model, process, leg, level);
            assert!(ratio < 1e-22, "{process} at leg {leg}, {level:?}: {ratio}");
        }
    }
    // Five legs matter.
    for factor in [0.0, 1.001] {
        let model = higgs_of_gluons(factor);
        let ratio = gauge_dependence(&model, "g g > h g g", 4, SimdLevel::Scalar);
        assert!(ratio > 1e-12, "{factor}: {ratio}");
    }
}
