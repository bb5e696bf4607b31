//! PDF lookups per second: one point is all eleven partons at one `(x, Q^2)`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use omnis::beam::{AlphaS, PdfSet, RunningAlphaS};

const PARTONS: [i32; 11] = [21, 1, 2, 3, 4, 5, -1, -2, -3, -4, -5];

/// Points in a golden-ratio sequence: no seed, no order in the grid.
fn points(n: usize) -> (Vec<f64>, Vec<f64>) {
    let u = |k: usize, step: f64| (k as f64 * step).fract();
    let x = (0..n)
        .map(|k| 1e-6_f64.powf(u(k, 0.618_033_988_75)))
        .collect();
    let q2 = (0..n)
        .map(|k| 10.0 * 1e5_f64.powf(u(k, 0.414_213_562_37)))
        .collect();
    (x, q2)
}

fn pdf(c: &mut Criterion) {
    let set = PdfSet::embedded();
    let mut group = c.benchmark_group("xf");
    for n_batch in [1, 256, 16_384] {
        let (x, q2) = points(n_batch);
        group.throughput(Throughput::Elements(n_batch as u64));
        for (name, partons) in [("11 partons", &PARTONS[..]), ("gluon", &PARTONS[..1])] {
            let mut out = vec![0.0; partons.len() * n_batch];
            group.bench_function(BenchmarkId::new(name, n_batch), |b| {
                b.iter(|| set.xf(black_box(&x), black_box(&q2), partons, &mut out));
            });
        }
    }
    group.finish();
}

fn alpha_s(c: &mut Criterion) {
    let running = AlphaS::running(&RunningAlphaS {
        value: 0.118,
        at: 91.188,
        loops: 2,
        thresholds: vec![1.42, 4.7],
    })
    .expect("valid parameters");
    let table = PdfSet::embedded().alpha_s().expect("the set has a table");
    let n_batch = 16_384;
    let mu: Vec<f64> = points(n_batch).1.iter().map(|q2| q2.sqrt()).collect();
    let mut out = vec![0.0; n_batch];
    let mut group = c.benchmark_group("alpha_s");
    group.throughput(Throughput::Elements(n_batch as u64));
    for (name, alpha_s) in [("running", running), ("table", table)] {
        group.bench_function(name, |b| {
            b.iter(|| alpha_s.at_batch(black_box(&mu), &mut out))
        });
    }
    group.finish();
}

criterion_group!(benches, pdf, alpha_s);
criterion_main!(benches);
