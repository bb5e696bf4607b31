//! Throughput of flows: points per second drawn with their density, densities
//! of given points, and the grid alone as the row that must not change.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use omnis::integrand::SampleBatch;
use omnis::rng::{Purpose, Stream};
use omnis::sampler::{Flow, FlowSettings, Sampler, Vegas, VegasSettings};

fn throughput(c: &mut Criterion) {
    let n_batch = 2048;
    for (n_dim, n_units) in [(4, 32), (8, 32), (16, 64)] {
        let grid = Vegas::new(n_dim, VegasSettings::default());
        let settings = FlowSettings {
            n_units,
            ..Default::default()
        };
        let flow = Flow::new(&grid, settings, 1).expect("the settings are valid");
        let mut group = c.benchmark_group(format!("d{n_dim} u{n_units}"));
        group.throughput(Throughput::Elements(n_batch as u64));
        let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
        let samplers: [(&str, &dyn Sampler); 2] = [("grid", &grid), ("flow", &flow)];
        for (name, sampler) in samplers {
            group.bench_function(BenchmarkId::new("sample", name), |b| {
                let mut stream = Stream::new(1, Purpose::Test, 0, 0);
                b.iter(|| sampler.sample(&mut stream, n_batch, &mut batch, black_box(&mut q)));
            });
            group.bench_function(BenchmarkId::new("density", name), |b| {
                b.iter(|| sampler.density(black_box(&batch), &mut q));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, throughput);
criterion_main!(benches);
