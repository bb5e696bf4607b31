//! Laws that need a look inside the graph: Ward identities, and the general
//! kernel against the hand-written ones.

use super::colour_sum::ColourSum;
use super::dag;
use super::graph::{Dag, Kind, Op, Source};
use super::kernel::{Request, Workspace, run};
use super::lorentz::{MAX_SLOTS, Tensor};
use super::program::lay_out;
use super::recursion::{self, Skeleton};
use super::vertex::{Shape, tensors};
use super::{Frame, MatrixElement, probe};
use crate::colour::colour_matrix;
use crate::compute::SimdLevel;
use crate::model::{Model, ModelSpec};
use crate::process::{DiagramFilter, OrderLimits, Subprocess};

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
        tag: None,
    }
}

/// Colour-summed `|M|^2` over helicities at points in no special frame.
fn evaluate(
    model: &Model,
    sub: &Subprocess,
    skeleton: &Skeleton,
    graph: Dag,
    level: SimdLevel,
) -> Vec<f64> {
    let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
    let momenta = probe::points(&masses, sub.n_in, N_BATCH, true);
    let powers = vec![0; skeleton.orders.len()];
    let colour = colour_matrix(&skeleton.flows);
    let colour = ColourSum::plain(&colour, skeleton.flows.len());
    let program = lay_out(&graph, masses, sub.n_in, powers, colour.into());
    let mut total = vec![0.0; N_BATCH];
    let mut request = Request {
        program: &program,
        momenta: &momenta,
        order_scale: None,
        t_channel_width: false,
        total: &mut total,
        by_helicity: None,
        amplitudes: None,
        risk: None,
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
    let skeleton = recursion::build(model, &sub).unwrap();
    let mut physical = dag::build(model, &sub, &skeleton);
    let mut unphysical = physical.clone();
    polarise_along_momentum(&mut unphysical, leg);
    polarise(&mut unphysical, leg);
    polarise(&mut physical, leg);
    let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
    let momenta = probe::points(&masses, sub.n_in, N_BATCH, true);
    let a = evaluate(model, &sub, &skeleton, unphysical, level);
    let b = evaluate(model, &sub, &skeleton, physical, level);
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

#[test]
fn the_general_kernel_agrees_with_those_written_by_hand() {
    let model = model();
    let parts = || {
        let vertices = model.vertices.iter();
        vertices
            .filter(|v| (3..=4).contains(&v.particles.len()))
            .flat_map(|v| tensors(&model, v).unwrap())
    };
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
        let skeleton = recursion::build(&model, &sub).unwrap();
        let mut general = skeleton.clone();
        assert_eq!(general.parts.len(), parts().count());
        for (part, (colour, orders, tensor)) in general.parts.iter_mut().zip(parts()) {
            assert_eq!((part.colour, &part.orders), (colour, &orders));
            assert!(!matches!(part.shape, Shape::Generic { .. }));
            part.shape = Shape::Generic { tensor };
        }
        let level = SimdLevel::best();
        let one = |s: &Skeleton| {
            let graph = dag::build(&model, &sub, s);
            evaluate(&model, &sub, s, graph, level)
        };
        for (a, b) in one(&general).iter().zip(one(&skeleton)) {
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
        let skeleton = recursion::build(&model, &sub).unwrap();
        let graph = dag::build(&model, &sub, &skeleton);
        let n_all = graph.configurations.len();
        let all = evaluate(&model, &sub, &skeleton, graph, SimdLevel::Scalar);
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
