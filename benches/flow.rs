//! Throughput of flows: points per second drawn with their density, densities
//! of given points, and the grid alone as the row that must not change; then
//! whole trainings, in points per second through the steps.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use omnis::integrand::{ChannelBatch, Evaluation, Integrand, SampleBatch, Want};
use omnis::integrate::{AdaptSettings, Control, adapt};
use omnis::rng::{Purpose, Stream};
use omnis::sampler::{Flow, FlowSettings, Sampler, SamplerKind, Vegas, VegasSettings};

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

/// A ridge in the first two dimensions.
struct Ridge {
    n_dim: usize,
}

impl Integrand for Ridge {
    fn n_channels(&self) -> usize {
        1
    }
    fn n_dim(&self, _channel: usize) -> usize {
        self.n_dim
    }
    fn group(&self, _channel: usize) -> usize {
        0
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        let [x, y] = [0, 1].map(|j| batch.points.coordinate(j).iter());
        out.set_values(x.zip(y).map(|(x, y)| (-(x - y).powi(2) / 0.1).exp()));
    }
}

/// Whole integrations with a short training each, as runs do them: nearly all of the
/// time goes into its steps, whose points are counted.
fn training(c: &mut Criterion) {
    let mut group = c.benchmark_group("train");
    group.sample_size(10);
    for n_dim in [4, 8, 16] {
        let settings = AdaptSettings {
            sampler: SamplerKind::Flow,
            training: 0.2,
            precision: 0.05,
            ..AdaptSettings::default()
        };
        let ridge = Ridge { n_dim };
        let run = || adapt(&ridge, &settings, &Control::silent()).expect("an integral");
        let adapted = run();
        let report = adapted.training[0].report.as_ref().expect("a training");
        let n_steps: usize = report.rounds.iter().map(|r| r.n_steps).sum();
        let batch_size = report.batch_size;
        group.throughput(Throughput::Elements((batch_size * n_steps) as u64));
        group.bench_function(BenchmarkId::new("fused", format!("d{n_dim}")), |b| {
            b.iter(run);
        });
    }
    group.finish();
}

criterion_group!(benches, throughput, training);
criterion_main!(benches);
