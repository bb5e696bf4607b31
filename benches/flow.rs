//! Throughput of flows: points per second drawn with their density, densities
//! of given points, and the grid alone as the row that must not change; then
//! whole trainings, in points per second through the steps.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use omnis::integrand::SampleBatch;
use omnis::rng::{Purpose, Stream};
use omnis::sampler::train::{Engine, TrainSettings, Trainer};
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

/// Trainings of about two thousand steps, fewer would be of less than 1024 points;
/// drawing the points is a few percent.
fn training(c: &mut Criterion) {
    let ridge = |batch: &SampleBatch| -> Vec<f64> {
        let points = batch.coordinate(0).iter().zip(batch.coordinate(1));
        points
            .map(|(x, y)| (-(x - y).powi(2) / 0.1).exp())
            .collect()
    };
    let mut group = c.benchmark_group("train");
    group.sample_size(10);
    for (n_dim, n_units) in [(4, 32), (8, 32), (16, 64)] {
        let grid = Vegas::new(n_dim, VegasSettings::default());
        let engines: &[(&str, Engine)] = &[
            ("fused", Engine::Auto),
            #[cfg(feature = "burn")]
            ("burn", Engine::Burn),
        ];
        for &(name, engine) in engines {
            // One size is enough for what takes minutes.
            if engine == Engine::Burn && n_dim != 8 {
                continue;
            }
            let settings = TrainSettings {
                flow: FlowSettings {
                    n_units,
                    ..Default::default()
                },
                n_points: 6400,
                n_rounds: 1,
                survey_part: 0.5,
                replays: 330.0,
                batch_size: 1024,
                engine,
                ..Default::default()
            };
            let run = || {
                let trainer = Trainer::new(&grid, settings.clone(), 0);
                trainer.expect("the settings are valid").run(&ridge)
            };
            let (_, report) = run();
            let n_steps: usize = report.rounds.iter().map(|r| r.n_steps).sum();
            group.throughput(Throughput::Elements(1024 * n_steps as u64));
            let id = BenchmarkId::new(name, format!("d{n_dim} u{n_units}"));
            group.bench_function(id, |b| b.iter(run));
        }
    }
    group.finish();
}

criterion_group!(benches, throughput, training);
criterion_main!(benches);
