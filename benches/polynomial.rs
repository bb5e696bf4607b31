//! Squared matrix elements as polynomials in ten coefficients beside the whole ones, one
//! thread, in CPU time per point.
//!
//! `OMNIS_SMEFT` names a directory of SMEFTsim (U(3)^5, MW scheme); without it the
//! coefficient is the Yukawa coupling of the built-in model.

use std::hint::black_box;

use clock::now;
use omnis::amplitude::{
    Frame, MatrixElement, MatrixElementWorkspace, PolynomialMatrixElement, TChannelWidth,
};
use omnis::compute::Watch;
use omnis::model::{ModelSpec, PolynomialModel};
use omnis::process::ProcessSet;
use omnis::run::load_model;

#[path = "../tests/common/clock.rs"]
mod clock;
#[path = "../tests/common/points.rs"]
mod points;

use points::points;

const N_POINTS: usize = 1024;
const N_SAMPLES: usize = 15;
const N_RUNS: usize = 4;

const BOSONS: &[&str] = &[
    "cW", "cHq1", "cHq3", "cHu", "cHd", "cHWB", "cHDD", "cHl3", "cll1", "cHl1",
];
const LEPTONS: &[&str] = &[
    "cHq1", "cHq3", "cHu", "cHWB", "cHDD", "cHl3", "cll1", "cHl1", "cHe", "clq1",
];
const TOP: &[&str] = &[
    "cuHRe", "cuGRe", "cHG", "cG", "cHbox", "cHDD", "cHl3", "cll1",
];

/// Processes with the coefficients that they depend on.
fn cases() -> (ModelSpec, Vec<(String, Vec<String>)>) {
    let Ok(path) = std::env::var("OMNIS_SMEFT") else {
        let names = vec!["ymt".to_owned()];
        let case = ("g g > t t~ h".to_owned(), names);
        return (ModelSpec::default(), vec![case]);
    };
    let spec = ModelSpec {
        name: path,
        restrict: vec!["massless".to_owned()],
        ..ModelSpec::default()
    };
    let limits = "NP=1 NPprop=0 SMHLOOP=0";
    let lines = [
        format!("u u~ > mu+ mu- QCD=0 {limits}"),
        format!("u u~ > w+ w- QCD=0 {limits}"),
        format!("u d~ > mu+ vm mu+ mu- QCD=0 {limits}"),
        format!("u u~ > w+ w- g QCD=1 {limits}"),
        format!("g g > t t~ h QCD=2 {limits}"),
    ];
    let names = |line: &str| -> Vec<String> {
        let list = match line {
            line if line.contains("t t~") => TOP,
            line if line.contains("> mu+ mu-") => LEPTONS,
            _ => BOSONS,
        };
        list.iter().map(|name| (*name).to_owned()).collect()
    };
    let case = |line: String| {
        let names = names(&line);
        (line, names)
    };
    (spec, lines.into_iter().map(case).collect())
}

/// Times of two functions in microseconds per point: medians of alternating runs.
fn alternating(mut one: impl FnMut(), mut other: impl FnMut()) -> [f64; 2] {
    let mut times = [vec![], vec![]];
    for _ in 0..N_SAMPLES {
        for (k, list) in times.iter_mut().enumerate() {
            let start = now();
            for _ in 0..N_RUNS {
                match k {
                    0 => one(),
                    _ => other(),
                }
            }
            let each = (now() - start).as_secs_f64() * 1e6;
            list.push(each / (N_RUNS * N_POINTS) as f64);
        }
    }
    times.map(|mut list| {
        list.sort_by(f64::total_cmp);
        list[list.len() / 2]
    })
}

#[expect(clippy::print_stdout, reason = "the table is what one runs it for")]
fn main() {
    let (spec, cases) = cases();
    println!("| process | coefficients | terms | whole, us | terms, us | ratio |");
    println!("|---|--:|--:|--:|--:|--:|");
    for (line, names) in cases {
        let lines = [line.clone()];
        let own = load_model(&spec, &lines, Watch::nobody())
            .expect("a model")
            .model;
        let set = ProcessSet::new(&own, &lines, &Default::default()).expect("a process");
        let sub = &set.elements[0].subprocess;
        let whole = MatrixElement::compile(&own, sub, Frame::Any).expect("diagrams");
        let loaded = PolynomialModel::load(&spec, &names, sub.legs.len() - 2);
        let model = loaded
            .and_then(|m| m.joined(&lines, &own))
            .expect("polynomials");
        let expanded = PolynomialMatrixElement::compile(&model, sub).expect("diagrams");
        let masses: Vec<f64> = sub.legs.iter().map(|&p| own.particle(p).mass).collect();
        let momenta = points(&masses, sub.n_in, 1500.0, N_POINTS, 7);
        let n_terms = expanded.terms().len();
        let mut work = [0, 1].map(|_| MatrixElementWorkspace::default());
        let [first, second] = &mut work;
        let (mut sum, mut terms) = (vec![0.0; N_POINTS], vec![0.0; n_terms * N_POINTS]);
        let off = TChannelWidth::Off;
        let [a, b] = alternating(
            || whole.me2(black_box(&momenta), None, off, first, &mut sum),
            || expanded.me2(black_box(&momenta), None, off, second, &mut terms),
        );
        let n = names.len();
        println!(
            "| `{line}` | {n} | {n_terms} | {a:.3} | {b:.3} | {:.2} |",
            b / a
        );
    }
}
