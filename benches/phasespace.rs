//! Throughput of the phase-space maps and of the prior weights, in points per second.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use omnis::diagram::{Propagator, Topology};
use omnis::model::ParticleId;
use omnis::phasespace::{BeamSetup, Bounds, PhaseSpace, Points};
use rand::{RngExt, SeedableRng};

fn ladder(n: usize) -> Topology {
    let line = |set: u32, mass: f64, width: f64| Propagator {
        set,
        particle: ParticleId(0),
        mass,
        width,
    };
    // A resonance in the last two legs, massless exchanges before it.
    let mut propagators: Vec<Propagator> = (1..n - 1)
        .map(|k| line((((1 << k) - 1) << 2) | 1, 0.0, 0.0))
        .collect();
    propagators.push(line(3 << n, 91.19, 2.44));
    Topology { propagators }
}

fn cascade(n: usize) -> Topology {
    let propagators = (2..=n)
        .map(|k| Propagator {
            set: ((1 << k) - 1) << 2,
            particle: ParticleId(0),
            mass: if k == 2 { 91.19 } else { 0.0 },
            width: if k == 2 { 2.44 } else { 0.0 },
        })
        .collect();
    Topology { propagators }
}

fn throughput(c: &mut Criterion) {
    let beams = BeamSetup {
        e1: 6500.0,
        e2: 6500.0,
        hadronic: [true; 2],
    };
    let n_batch = 4096;
    for n in [3_usize, 4, 5] {
        let bounds = Bounds {
            pt_min: vec![20.0; n + 2],
            ..Bounds::default()
        };
        let list = [ladder(n), cascade(n)];
        let space = PhaseSpace::new(&[0.0; 2], &vec![0.0; n], &list, Some(&beams), &bounds, 10)
            .expect("valid phase space");
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let u: Vec<f64> = (0..space.n_dim() * n_batch)
            .map(|_| rng.random::<f64>())
            .collect();
        let mut points = Points::default();
        let mut group = c.benchmark_group(format!("2 -> {n}"));
        group.throughput(Throughput::Elements(n_batch as u64));
        for (channel, name) in ["t-channel", "s-channel", "flat"].into_iter().enumerate() {
            group.bench_function(BenchmarkId::new("forward", name), |b| {
                b.iter(|| space.forward(channel, black_box(&u), n_batch, &mut points));
            });
        }
        let mut alpha = Vec::new();
        group.bench_function("alpha", |b| {
            b.iter(|| space.alpha(black_box(&points), &mut alpha));
        });
        group.finish();
    }
}

criterion_group!(benches, throughput);
criterion_main!(benches);
