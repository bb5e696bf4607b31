//! Matrix elements against MadGraph: every process and point of the golden
//! file, summed, helicity by helicity and colour flow by colour flow.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use omnis::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use omnis::compute::SimdLevel;
use omnis::diagram::{DiagramFilter, OrderLimits, Subprocess};
use omnis::kinematics::{FourVector, MomentumBatch};
use omnis::model::{Model, ModelSpec, ParticleId};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    processes: Vec<GoldenProcess>,
}

#[derive(Deserialize)]
struct GoldenProcess {
    mg_process: String,
    pdg: Vec<i32>,
    ninitial: usize,
    denominator: f64,
    identical_factor: f64,
    icolup: Vec<Vec<[i32; 2]>>,
    points: Vec<GoldenPoint>,
}

#[derive(Deserialize)]
struct GoldenPoint {
    p: Vec<FourVector>,
    me2: f64,
    me2_t0: f64,
    rel_rot: f64,
    hel: Option<Vec<(Vec<i8>, f64)>>,
    jamp2: Option<Vec<f64>>,
}

impl GoldenPoint {
    /// Ten times the change of the reference itself under a rotation.
    fn tolerance(&self) -> f64 {
        (10.0 * self.rel_rot).max(1e-9)
    }
}

impl GoldenProcess {
    fn batch(&self) -> MomentumBatch {
        let points: Vec<_> = self.points.iter().map(|q| q.p.clone()).collect();
        MomentumBatch::from_points(&points)
    }
}

struct Case {
    golden: GoldenProcess,
    sub: Subprocess,
    /// Compiled for any frame and for the centre-of-mass frame.
    compiled: [MatrixElement; 2],
}

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::load(&ModelSpec::default()).unwrap());

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let golden: Golden = serde_json::from_str(include_str!("golden/matrix_elements.json")).unwrap();
    let case = |golden: GoldenProcess| {
        let sub = subprocess(&golden);
        let compiled = [Frame::Any, Frame::CentreOfMass]
            .map(|frame| MatrixElement::compile(&MODEL, &sub, frame).unwrap());
        Case {
            golden,
            sub,
            compiled,
        }
    };
    golden.processes.into_iter().map(case).collect()
});

/// In MadGraph's syntax both `QED=2` and `QED<=2` are upper limits.
fn subprocess(golden: &GoldenProcess) -> Subprocess {
    let mut orders = OrderLimits {
        max: vec![None; MODEL.orders.len()],
        ..OrderLimits::default()
    };
    for word in golden.mg_process.split_whitespace() {
        let Some((name, limit)) = word.split_once('=') else {
            continue;
        };
        let (name, limit) = (name.trim_end_matches('<'), limit.parse().unwrap());
        match name {
            "WEIGHTED" => orders.max_weighted = Some(limit),
            _ => orders.max[MODEL.order_index(name).unwrap()] = Some(limit),
        }
    }
    let leg = |&pdg: &i32| -> ParticleId { MODEL.by_pdg(pdg).unwrap() };
    Subprocess {
        legs: golden.pdg.iter().map(leg).collect(),
        n_in: golden.ninitial,
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

/// The lines of a flow, each as its two ends (leg, column): free of tag numbers.
fn connections(tags: &[[i32; 2]]) -> Vec<Vec<(usize, usize)>> {
    let mut ends: BTreeMap<i32, Vec<(usize, usize)>> = BTreeMap::new();
    for (leg, pair) in tags.iter().enumerate() {
        for (column, &tag) in pair.iter().enumerate().filter(|t| *t.1 != 0) {
            ends.entry(tag).or_default().push((leg, column));
        }
    }
    let mut lines: Vec<_> = ends.into_values().collect();
    lines.sort();
    lines
}

#[test]
fn the_golden_file_is_complete() {
    let n_points: usize = CASES.iter().map(|c| c.golden.points.len()).sum();
    assert_eq!((CASES.len(), n_points), (61, 601));
}

#[test]
fn me2_agrees_at_every_point_frame_width_and_instruction_set() {
    let mut work = MatrixElementWorkspace::default();
    for case in CASES.iter() {
        let batch = case.golden.batch();
        let mut me2 = vec![0.0; batch.n_batch];
        for (me, level) in case
            .compiled
            .iter()
            .flat_map(|me| SimdLevel::available().into_iter().map(move |l| (me, l)))
        {
            let me = me.clone().with_simd(level);
            for width in [TChannelWidth::On, TChannelWidth::Off] {
                me.me2(&batch, None, width, &mut work, &mut me2);
                for (k, point) in case.golden.points.iter().enumerate() {
                    let want = match width {
                        TChannelWidth::On => point.me2,
                        TChannelWidth::Off => point.me2_t0,
                    };
                    assert!(
                        (me2[k] / want - 1.0).abs() <= point.tolerance(),
                        "{} at point {k}, {level:?}, {width:?}: {} against {want}",
                        case.golden.mg_process,
                        me2[k],
                    );
                }
            }
        }
    }
}

/// Photons only, leptons with masses.
fn photons_only(model: &Model, pdg: &[i32]) -> MatrixElement {
    let mut sub = Subprocess {
        legs: pdg.iter().map(|&p| model.by_pdg(p).unwrap()).collect(),
        n_in: 2,
        filter: DiagramFilter::default(),
        decays: vec![],
        overall: OrderLimits::default(),
        polarisation: vec![],
        tag: None,
    };
    sub.filter.orders.max = vec![None; model.orders.len()];
    sub.filter.forbidden = ["z", "h"].map(|n| model.by_name(n).unwrap()).to_vec();
    MatrixElement::compile(model, &sub, Frame::Any).unwrap()
}

fn with_lepton_masses() -> Model {
    Model::load(&ModelSpec {
        restrict: vec!["lepton_masses".into()],
        ..ModelSpec::default()
    })
    .unwrap()
}

fn me2_at(me: &MatrixElement, point: Vec<FourVector>) -> f64 {
    let batch = MomentumBatch::from_points(&[point]);
    let (mut out, mut work) = ([0.0], MatrixElementWorkspace::default());
    me.me2(&batch, None, TChannelWidth::Off, &mut work, &mut out);
    out[0]
}

/// `e- mu- > e- mu-` with masses, in frames in which the energy of the electron changes:
/// `2 e^4 ((s - m^2 - M^2)^2 + (u - m^2 - M^2)^2 + 2 t (m^2 + M^2)) / t^2`
/// (Landau, Lifshitz, volume 4, section 81), down to transfers that a difference of
/// momenta does not have.
#[test]
fn massive_leptons_exchange_photons_of_any_virtuality() {
    let model = with_lepton_masses();
    let e4 = (4.0 * std::f64::consts::PI * model.alpha_em()).powi(2);
    let cases = [
        (1e-7, 0.0_f64),
        (1e-7, 1.0),
        (1e-4, -2.0),
        (0.03, 1.0),
        (1.0, 0.5),
    ];
    for pdg in [[11, 13, 11, 13], [11, 13, 13, 11], [13, 11, 11, 13]] {
        let me = photons_only(&model, &pdg);
        let mass = |k: usize| model.particle(model.by_pdg(pdg[k]).unwrap()).mass;
        let (a, b) = (mass(0).powi(2), mass(1).powi(2));
        for (energy, (pt, y)) in [10.0_f64, 500.0]
            .into_iter()
            .flat_map(|e| cases.map(|c| (e, c)))
        {
            let s = energy * energy;
            let p = ((s - a - b).powi(2) - 4.0 * a * b).sqrt() / (2.0 * energy);
            let z = (p * p - pt * pt).sqrt();
            let t = -2.0 * pt * pt * p / (p + z);
            let square = |x: f64| (x - a - b).powi(2);
            let sum = square(s) + square(2.0 * (a + b) - s - t) + 2.0 * t * (a + b);
            let want = 2.0 * e4 * sum / (t * t);
            // The larger light-cone component is scaled, the other follows.
            let leg = |m2: f64, x: f64, z: f64| {
                let m_t2 = m2 + x * x;
                let up = if z > 0.0 { y.exp() } else { (-y).exp() };
                let large = (z.abs() + (m_t2 + z * z).sqrt()) * up;
                let small = m_t2 / large;
                let along = 0.5 * (large - small) * z.signum();
                [0.5 * (large + small), x, 0.0, along]
            };
            let mut out = [leg(a, pt, z), leg(b, -pt, -z)];
            if pdg[0] != pdg[2] {
                out.swap(0, 1);
            }
            let got = me2_at(&me, vec![leg(a, 0.0, p), leg(b, 0.0, -p), out[0], out[1]]);
            let off = got / want - 1.0;
            assert!(
                off.abs() < 1e-8,
                "{pdg:?} {energy} GeV, {pt} GeV, {y}: {off:e}"
            );
        }
    }
}

/// Photons from both beams, with transfers down to 1e-14 GeV^2: in whatever order the legs
/// are, and with one photon's current closing the amplitude.
#[test]
fn two_photon_processes_agree_at_any_virtuality() {
    #[derive(Deserialize)]
    struct TwoPhoton {
        pdg: Vec<i32>,
        points: Vec<Point>,
    }
    #[derive(Deserialize)]
    struct Point {
        p: Vec<FourVector>,
        t: [f64; 2],
        me2_over_e8: f64,
    }
    let golden: TwoPhoton = serde_json::from_str(include_str!("golden/two_photon.json")).unwrap();
    let model = with_lepton_masses();
    let e8 = (4.0 * std::f64::consts::PI * model.alpha_em()).powi(4);
    for order in [[0, 1, 2, 3, 4, 5], [0, 1, 4, 5, 2, 3], [1, 0, 2, 4, 5, 3]] {
        let me = photons_only(&model, &order.map(|k| golden.pdg[k]));
        for q in &golden.points {
            for level in SimdLevel::available() {
                let me = me.clone().with_simd(level);
                let point = order.iter().map(|&k| q.p[k]).collect();
                let rel = me2_at(&me, point) / (e8 * q.me2_over_e8) - 1.0;
                assert!(
                    rel.abs() < 1e-6,
                    "{order:?} {level:?} at {:?}: {rel:e}",
                    q.t
                );
            }
        }
    }
}

#[test]
fn every_helicity_configuration_agrees() {
    /// MadGraph lists configurations above this share of the sum.
    const LISTED: f64 = 1e-18;
    let mut n_compared = 0;
    for case in CASES.iter() {
        let batch = case.golden.batch();
        for me in &case.compiled {
            let details = me.details(&batch, None, TChannelWidth::On, &mut Default::default());
            for (k, point) in case.golden.points.iter().enumerate() {
                let Some(list) = &point.hel else { continue };
                let mut want: BTreeMap<&[i8], f64> =
                    list.iter().map(|(h, v)| (h.as_slice(), *v)).collect();
                let total: f64 = want.values().sum();
                let mut sum = 0.0;
                for (h, helicities) in me.helicities().into_iter().enumerate() {
                    let got = details.by_helicity[h * batch.n_batch + k];
                    let name = &case.golden.mg_process;
                    sum += got;
                    match want.remove(helicities) {
                        Some(want) => assert!(
                            (got - want).abs() <= point.tolerance() * want + LISTED * total,
                            "{name} at point {k}, {helicities:?}: {got} against {want}"
                        ),
                        None => assert!(
                            got <= LISTED * total,
                            "{name} at point {k}, {helicities:?}: {got} of {total} against 0"
                        ),
                    }
                    n_compared += 1;
                }
                let missing: f64 = want.values().sum();
                assert!(
                    missing <= LISTED * total,
                    "{} at point {k}: {want:?} are not there",
                    case.golden.mg_process
                );
                let me2 = details.me2[k] * case.golden.denominator;
                assert!((sum / me2 - 1.0).abs() < 1e-13, "{sum} against {me2}");
            }
        }
    }
    assert!(n_compared > 1000, "{n_compared}");
}

#[test]
fn every_colour_flow_agrees() {
    for case in CASES.iter() {
        let batch = case.golden.batch();
        let golden: Vec<_> = case.golden.icolup.iter().map(|f| connections(f)).collect();
        let name = &case.golden.mg_process;
        for me in &case.compiled {
            let details = me.details(&batch, None, TChannelWidth::On, &mut Default::default());
            let (n_flow, n_batch) = (me.flows().len(), batch.n_batch);
            for (k, point) in case.golden.points.iter().enumerate() {
                let Some(want) = &point.jamp2 else { continue };
                let mut seen = vec![false; golden.len()];
                let total: f64 = want.iter().sum();
                for (f, flow) in me.flows().iter().enumerate() {
                    let lines = connections(&flow.tags);
                    let at = golden.iter().position(|g| *g == lines);
                    let at = at.unwrap_or_else(|| panic!("{name}: flow {flow:?} is not there"));
                    assert!(!seen[at], "{name}: flow {flow:?} occurs twice");
                    seen[at] = true;
                    let got: f64 = (0..me.helicities().len())
                        .map(|h| details.by_flow[(h * n_flow + f) * n_batch + k])
                        .sum();
                    assert!(
                        (got - want[at]).abs() <= point.tolerance() * want[at] + 1e-18 * total,
                        "{name} at point {k}, {flow:?}: {got} against {}",
                        want[at]
                    );
                }
                for (at, _) in seen.iter().enumerate().filter(|s| !*s.1) {
                    assert!(
                        want[at] <= 1e-18 * total,
                        "{name} at point {k}: flow {at} is missing"
                    );
                }
            }
        }
    }
}

#[test]
fn every_colour_flow_closes() {
    for case in CASES.iter() {
        for flow in case.compiled[0].flows() {
            for (leg, &particle) in case.sub.legs.iter().enumerate() {
                let [c, a] = flow.tags[leg].map(|t| t != 0);
                let incoming = match MODEL.particle(particle).colour {
                    1 => [false, false],
                    3 => [true, false],
                    -3 => [false, true],
                    _ => [true, true],
                };
                assert_eq!([c, a], incoming, "{} {flow:?}", case.golden.mg_process);
            }
            for line in connections(&flow.tags) {
                let [one, two] = line.as_slice() else {
                    panic!("{}: {flow:?}", case.golden.mg_process)
                };
                // A line joins colour to colour through the process, else colour to anticolour.
                let crossed = (one.0 < case.sub.n_in) != (two.0 < case.sub.n_in);
                assert_eq!(one.1 == two.1, crossed, "{}", case.golden.mg_process);
            }
        }
    }
}

#[test]
fn averages_and_identical_factors_agree() {
    for case in CASES.iter() {
        let name = &case.golden.mg_process;
        assert_eq!(
            case.sub.denominator(&MODEL),
            case.golden.denominator,
            "{name}"
        );
        assert_eq!(
            case.sub.identical_factor(),
            case.golden.identical_factor,
            "{name}"
        );
    }
}
