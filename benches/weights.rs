//! Alternative weights per second: nine scales with five choices, and sets of parton
//! densities with 101 members, which are made from the embedded one.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use omnis::beam::{AlphaS, BeamParticle, BeamSetup, PdfMembers, PdfSet};
use omnis::weights::{HardPoint, WeightPlan, WeightRequest};

#[path = "../tests/common/pdf_set.rs"]
mod pdf_set;

use pdf_set::{MadeSet, spread};

const N_MEMBERS: usize = 101;
const N_POINTS: usize = 1024;

/// Points in a golden-ratio sequence: no seed, no order in the grid.
fn points() -> Vec<HardPoint> {
    let u = |k: usize, step: f64| (k as f64 * step).fract();
    let partons = [[21, 21], [21, 2], [-1, 1], [2, 21], [1, -1]];
    (0..N_POINTS)
        .map(|k| HardPoint {
            x: [0.618_034, 0.754_878].map(|step| 1e-3_f64.powf(u(k, step))),
            partons: partons[k % 5],
            mu_r: 300.0 + 400.0 * u(k, 0.414_214),
            mu_f: [350.0; 2],
            scales: (1..=4).map(|c| 100.0 * f64::from(c)).collect(),
            powers: vec![(3.0, 1.0)],
            emissions: Default::default(),
        })
        .collect()
}

fn weights(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder for the sets");
    let mut places = Vec::new();
    for (name, index, error_type) in [("Hess", 990_000, "hessian"), ("Repl", 991_000, "replicas")] {
        let set = MadeSet {
            name,
            index,
            error_type,
            n_members: N_MEMBERS,
            info: "",
            factor: &spread,
            alpha_s: &|_| 0.118,
        };
        places.push(set.write(folder.path()).display().to_string());
    }
    let central = Arc::new(PdfSet::embedded());
    let beams = BeamSetup::new([BeamParticle::Proton; 2], [6500.0, 6500.0]).expect("protons");
    let alpha_s = AlphaS::fixed(0.118).expect("a value");
    let scales = "--mur=0.5,1,2 --muf=0.5,1,2 --dyn=-1,1,2,3,4";
    let plan = |options: &str, sets: &[String]| {
        let mut request = WeightRequest::parse(options).expect("options");
        request.pdf = sets.to_vec();
        WeightPlan::new(&request, &beams, Some(&central), &alpha_s).expect("the sets are there")
    };
    let points = points();
    let mut group = c.benchmark_group("weights");
    group.throughput(Throughput::Elements(N_POINTS as u64));
    for (name, plan) in [
        ("45 scales", plan(scales, &[])),
        ("202 members", plan("", &places)),
        ("45 scales, 202 members", plan(scales, &places)),
    ] {
        group.bench_function(name, |b| b.iter(|| plan.ratios(black_box(&points))));
    }
    // The same densities member by member.
    let alone: Vec<PdfSet> = (0..N_MEMBERS)
        .map(|k| PdfSet::load(&places[0], k).expect("written above"))
        .collect();
    group.bench_function("101 members, one flavour, one by one", |b| {
        b.iter(|| {
            let at = |p: &HardPoint| -> f64 {
                let value = |set: &PdfSet| set.xf_point(p.partons[0], p.x[0], 1e5);
                alone.iter().map(value).sum()
            };
            points.iter().map(at).sum::<f64>()
        });
    });
    let together = PdfMembers::load(&places[0], 0..N_MEMBERS).expect("written above");
    let mut out = vec![0.0; N_MEMBERS];
    group.bench_function("101 members, one flavour, together", |b| {
        b.iter(|| {
            let mut sum = 0.0;
            for p in &points {
                together.xf(p.x[0], 1e5, p.partons[0], &mut out);
                sum += out.iter().sum::<f64>();
            }
            sum
        });
    });
    group.finish();
}

criterion_group!(benches, weights);
criterion_main!(benches);
