//! Matrix elements per second, one thread, batches of 1024 points, as a table at the
//! end. On Linux the time is the CPU time of the thread, so that other work on the
//! machine counts less.

#[path = "../tests/common/clock.rs"]
mod clock;
#[path = "../tests/common/models.rs"]
mod models;
#[path = "../tests/common/points.rs"]
mod points;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use clock::now;
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use omnis::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, Precision, TChannelWidth};
use omnis::compute::SimdLevel;
use omnis::diagram::{DiagramFilter, OrderLimits, Subprocess};
use omnis::model::Model;

const N_BATCH: usize = 1024;
/// Samples of each row.
const N_SAMPLES: usize = 10;

/// Process and upper limit on the power of the electroweak coupling.
const PROCESSES: [(&str, u32); 12] = [
    ("e+ e- > mu+ mu-", 2),
    ("g g > t t~", 0),
    ("g g > t t~ g", 0),
    ("g g > t t~ g g", 0),
    ("u u~ > z g g", 1),
    ("u u~ > e+ e- g g", 2),
    ("u d~ > w+ g g g", 1),
    ("g g > g g g g", 0),
    ("g g > t t~ g g g", 0),
    ("u u~ > e+ e- g g g g", 2),
    ("g g > e+ ve b mu- vm~ b~", 4),
    ("g g > g g g g g", 0),
];

/// Processes of [`extended`]: Majorana fermions and contact terms of four fermions.
const EXTENDED: [(&str, u32); 4] = [
    ("g g > go go", 0),
    ("g g > go go g", 0),
    ("e- mu- > e- mu-", 2),
    ("e+ e- > mu+ mu- a", 3),
];

/// The Standard Model with a Majorana octet, and with a contact term of electrons and muons
/// that has no operation of its own.
fn extended() -> Model {
    let mut model = models::sm();
    models::with_order(&mut model, "NP");
    models::add_neutral(&mut model, "go", 2, 400.0);
    model.particles.last_mut().expect("just added").colour = 8;
    let g = model
        .couplings
        .iter()
        .find(|c| c.orders == [1, 0, 0] && c.value.0 != 0.0);
    let g = g.expect("the coupling of three gluons").value;
    models::add_vertex(&mut model, &["go", "go", "g"], g, &[("Gamma(3,2,1)", 1.0)]);
    let terms = [
        ("Gamma(-1,2,-2)*ProjM(-2,1)*Gamma(-1,4,-3)*ProjP(-3,3)", 1.0),
        ("ProjM(2,3)*ProjM(4,1)", 0.5),
    ];
    models::add_vertex(&mut model, &["e+", "e-", "mu+", "mu-"], (0.0, 1e-5), &terms);
    model
}

/// A process with its model and the upper limit on the power of the electroweak coupling.
type Row<'m> = (&'m Model, &'static str, u32);

fn subprocess(model: &Model, process: &str, qed: u32) -> Subprocess {
    let words = || process.split_whitespace();
    let id = |name| model.by_name(name).expect("a particle of the model");
    let mut max = vec![None; model.orders.len()];
    max[model.order_index("QED").expect("an order of the model")] = Some(qed);
    Subprocess {
        legs: words().filter(|w| *w != ">").map(id).collect(),
        n_in: words().position(|w| w == ">").expect("an arrow"),
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
    }
}

/// Medians in matrix elements per second: process and column.
type Rates = BTreeMap<(usize, String), f64>;

fn throughput(c: &mut Criterion, rows: &[Row]) -> Rates {
    let mut rates = Rates::new();
    for (number, &(model, process, qed)) in rows.iter().enumerate() {
        let sub = subprocess(model, process, qed);
        let me = MatrixElement::compile(model, &sub, Frame::CentreOfMass).expect("a process");
        let size = me.size();
        eprintln!("{process}: {} operations per point", size.flops);
        let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
        let momenta = points::points(&masses, sub.n_in, 1000.0, N_BATCH, 7);
        let alpha_s = vec![0.1; N_BATCH];
        let mut group = c.benchmark_group(process);
        group
            .throughput(Throughput::Elements(N_BATCH as u64))
            .sampling_mode(SamplingMode::Flat)
            .sample_size(N_SAMPLES)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(1));
        for level in SimdLevel::available() {
            let me = me.clone().with_simd(level);
            let mut work = MatrixElementWorkspace::default();
            let mut out = vec![0.0; N_BATCH];
            let single = me.clone().with_precision(Precision::Single);
            let mut run = |me: &MatrixElement, name: String, alpha_s: Option<&[f64]>| {
                let mut times = vec![];
                group.bench_function(BenchmarkId::from_parameter(&name), |b| {
                    b.iter_custom(|n| {
                        let begin = now();
                        for _ in 0..n {
                            let p = black_box(&momenta);
                            me.me2(p, alpha_s, TChannelWidth::Off, &mut work, &mut out);
                            black_box(&out);
                        }
                        let time = now() - begin;
                        times.push(time.as_secs_f64() / n as f64);
                        time
                    });
                });
                // The first ones are those of the warm-up.
                if times.len() > N_SAMPLES {
                    let last = times.len() - N_SAMPLES;
                    let samples = &mut times[last..];
                    samples.sort_by(f64::total_cmp);
                    rates.insert((number, name), N_BATCH as f64 / samples[N_SAMPLES / 2]);
                }
            };
            run(&me, format!("{level:?}"), None);
            run(&single, format!("{level:?}, f32"), None);
            if level == SimdLevel::best() && me.qcd_powers() != [0] {
                run(&me, format!("{level:?}, alpha_s by point"), Some(&alpha_s));
            }
        }
        group.finish();
    }
    rates
}

/// One row for each process that was measured, one column for each level.
fn print(rates: &Rates, rows: &[Row]) {
    let levels = SimdLevel::available().into_iter();
    let columns: Vec<String> = levels
        .flat_map(|level| [format!("{level:?}"), format!("{level:?}, f32")])
        .collect();
    let row = |first: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|c| format!(" {c:>11} |")).collect();
        eprintln!("| {first:<26} |{cells}");
    };
    row("matrix elements per second", columns.clone());
    row("---", vec!["---".to_owned(); columns.len()]);
    for (number, &(_, process, _)) in rows.iter().enumerate() {
        let cell = |column: &String| rates.get(&(number, column.clone()));
        let found: Vec<Option<&f64>> = columns.iter().map(cell).collect();
        if found.iter().any(Option::is_some) {
            let show = |x: Option<&f64>| x.map_or(String::new(), |x| format!("{x:.2e}"));
            row(process, found.into_iter().map(show).collect());
        }
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let (sm, extended) = (models::sm(), extended());
    let sm_rows = PROCESSES.map(|(process, qed)| (&sm, process, qed));
    let rows = EXTENDED.map(|(process, qed)| (&extended, process, qed));
    let rows = [sm_rows.as_slice(), &rows].concat();
    let rates = throughput(&mut criterion, &rows);
    criterion.final_summary();
    if !rates.is_empty() {
        print(&rates, &rows);
    }
}
