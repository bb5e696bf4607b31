//! `|M|^2` by squared coupling order: the parts add up, for every value of the strong
//! coupling, and the pure ones are those of the diagrams of one order alone.

#[path = "common/points.rs"]
mod points;

use omnis::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, Precision, TChannelWidth};
use omnis::diagram::{DiagramFilter, OrderLimits, Subprocess};
use omnis::kinematics::MomentumBatch;
use omnis::model::{Model, ModelSpec};
use points::points;

const N: usize = 37;
/// Processes with the highest power of the electroweak coupling that is let in, and
/// the number of squared orders.
const PROCESSES: [(&str, u8, usize); 6] = [
    ("g g > t t~", 0, 1),
    ("u u~ > d d~", 2, 3),
    ("u u~ > u u~", 2, 3),
    ("u u~ > e+ e- d d~", 4, 3),
    ("u u > e+ e- u u", 4, 3),
    ("u g > e+ e- u g", 4, 1),
];

fn compile(model: &Model, process: &str, most: &[(&str, u8)]) -> MatrixElement {
    let words = || process.split_whitespace();
    let mut max = vec![None; model.orders.len()];
    for (name, power) in most {
        max[model.order_index(name).unwrap()] = Some(u32::from(*power));
    }
    let legs = words().filter(|w| *w != ">");
    let sub = Subprocess {
        legs: legs.map(|w| model.by_name(w).unwrap()).collect(),
        n_in: 2,
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
    };
    MatrixElement::compile(model, &sub, Frame::CentreOfMass).unwrap()
}

fn batch(model: &Model, process: &str) -> MomentumBatch {
    let legs = process.split_whitespace().filter(|w| *w != ">");
    let mass = |w: &str| model.particle(model.by_name(w).unwrap()).mass;
    let masses: Vec<f64> = legs.map(mass).collect();
    points(&masses, 2, 700.0, N, 5)
}

/// Values of `alpha_s`, another one at each point.
fn couplings() -> Vec<f64> {
    (0..N).map(|k| 0.05 + 0.01 * k as f64).collect()
}

fn me2(me: &MatrixElement, p: &MomentumBatch, alpha_s: Option<&[f64]>) -> Vec<f64> {
    let mut out = vec![0.0; N];
    let mut work = MatrixElementWorkspace::default();
    me.me2(p, alpha_s, TChannelWidth::Off, &mut work, &mut out);
    out
}

fn by_order(me: &MatrixElement, p: &MomentumBatch) -> Vec<f64> {
    let mut out = vec![0.0; me.squared_orders().len() * N];
    let mut work = MatrixElementWorkspace::default();
    me.me2_by_order(p, TChannelWidth::Off, &mut work, &mut out);
    out
}

/// The rows with their powers of the strong coupling, added up.
fn sum(me: &MatrixElement, rows: &[f64], alpha_s: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; N];
    for (order, row) in me.squared_orders().iter().zip(rows.chunks(N)) {
        for k in 0..N {
            sum[k] += row[k] * order.factor(alpha_s[k] / me.alpha_s());
        }
    }
    sum
}

fn agree(a: &[f64], b: &[f64], what: &str) {
    for (k, (a, b)) in a.iter().zip(b).enumerate() {
        assert!(
            (a / b - 1.0).abs() < 1e-12,
            "{what}, point {k}: {a} and {b}"
        );
    }
}

#[test]
fn the_squared_orders_add_up_whatever_the_strong_coupling_is() {
    let model = Model::load(&ModelSpec::default()).unwrap();
    for (process, qed, n_orders) in PROCESSES {
        let (me, p) = (
            compile(&model, process, &[("QED", qed)]),
            batch(&model, process),
        );
        assert_eq!(me.squared_orders().len(), n_orders, "{process}");
        let (alpha_s, rows) = (couplings(), by_order(&me, &p));
        let direct = me2(&me, &p, Some(&alpha_s));
        agree(&sum(&me, &rows, &alpha_s), &direct, process);
        agree(
            &sum(&me, &rows, &[me.alpha_s(); N]),
            &me2(&me, &p, None),
            process,
        );
        // The split is in f64, whatever the precision of the currents is.
        let single = me.clone().with_precision(Precision::Single);
        assert_eq!(by_order(&single, &p), rows, "{process}");
    }
}

#[test]
fn pure_parts_are_those_of_one_order_and_the_rest_interferes() {
    let model = Model::load(&ModelSpec::default()).unwrap();
    let (qcd, qed) = (
        model.order_index("QCD").unwrap(),
        model.order_index("QED").unwrap(),
    );
    for process in ["u u~ > d d~", "u u~ > u u~", "u u > u u"] {
        let (me, p) = (
            compile(&model, process, &[("QED", 2)]),
            batch(&model, process),
        );
        let rows = by_order(&me, &p);
        let row = |strong: u16| {
            let at = me
                .squared_orders()
                .iter()
                .position(|o| o.powers[qcd] == strong);
            let at = at.unwrap();
            assert_eq!(me.squared_orders()[at].powers[qed], 4 - strong);
            assert_eq!(me.squared_orders()[at].strong, u32::from(strong));
            rows[at * N..(at + 1) * N].to_vec()
        };
        let strong = compile(&model, process, &[("QED", 0)]);
        let weak = compile(&model, process, &[("QED", 2), ("QCD", 0)]);
        agree(&row(4), &me2(&strong, &p, None), process);
        agree(&row(0), &me2(&weak, &p, None), process);
        // Gluon and photon in the same channel do not interfere, in different ones they do.
        let (mixed, pure) = (row(2), row(4));
        let largest = mixed.iter().zip(&pure).map(|(i, s)| (i / s).abs());
        assert!(largest.fold(0.0, f64::max) > 1e-4, "{process}");
    }
}

#[test]
fn drawn_helicities_have_the_same_parts() {
    let model = Model::load(&ModelSpec::default()).unwrap();
    for (process, qed, _) in PROCESSES {
        let (me, p) = (
            compile(&model, process, &[("QED", qed)]),
            batch(&model, process),
        );
        let drawn = me.helicity_sampling();
        let (alpha_s, width) = (couplings(), TChannelWidth::Off);
        let u: Vec<f64> = (0..N).map(|k| (k as f64 + 0.5) / N as f64).collect();
        let mut work = MatrixElementWorkspace::default();
        let mut rows = vec![0.0; me.squared_orders().len() * N];
        drawn.me2_by_order(&p, &u, width, &mut work, &mut rows);
        let mut direct = vec![0.0; N];
        drawn.me2(&p, &u, Some(&alpha_s), width, &mut work, &mut direct);
        let scale = me2(&me, &p, Some(&alpha_s));
        for (k, x) in sum(&me, &rows, &alpha_s).into_iter().enumerate() {
            // A single configuration can be small where the sum is not.
            assert!(
                (x - direct[k]).abs() < 1e-12 * scale[k].max(direct[k]),
                "{process}"
            );
        }
    }
}
