//! Events written per second and core, writing alone: eight particles, to memory
//! as text and gzip, to a file as text, gzip and HDF5.

use std::io;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use omnis::event::{Event, EventScales, EventWriter, LheEncoder, Particle, ProcessInfo, RunInfo};

const N_EVENTS: u32 = 10_000;

fn events() -> Vec<Event> {
    let particle = |k: u32, n: u32| {
        let v = f64::from(k)
            .mul_add(0.754_877_666, f64::from(n) * 0.569_840_29)
            .fract();
        Particle {
            pdg: 21,
            status: if n < 2 { -1 } else { 1 },
            mothers: if n < 2 { [0, 0] } else { [1, 2] },
            colours: [501 + n as i32, 502 + n as i32],
            p: [100.0 * v, 70.0 * v, -20.0 * v.sqrt(), 31.0 / (v + 0.1)],
            spin: 1.0,
            ..Particle::default()
        }
    };
    (0..N_EVENTS)
        .map(|k| Event {
            process_id: 1,
            weight: 1.0,
            scales: EventScales::all(91.188),
            alpha_em: 0.00754,
            alpha_s: 0.118,
            particles: (0..8).map(|n| particle(k, n)).collect(),
            ..Event::default()
        })
        .collect()
}

fn run() -> RunInfo {
    RunInfo {
        processes: vec![ProcessInfo {
            id: 1,
            ..ProcessInfo::default()
        }],
        ..RunInfo::default()
    }
}

fn memory(c: &mut Criterion) {
    let (run, events) = (run(), events());
    let mut group = c.benchmark_group("lhe");
    group.throughput(Throughput::Elements(u64::from(N_EVENTS)));
    for (name, gzip) in [("plain", false), ("gzip", true)] {
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| {
                let mut encoder =
                    LheEncoder::new(io::sink(), gzip, &run, "sink").expect("a valid run");
                for event in &events {
                    encoder.write(event).expect("a sink takes everything");
                }
                encoder.finish().expect("a sink takes everything")
            });
        });
    }
    group.finish();
}

/// Complete files, renamed and synchronised as those of users.
fn files(c: &mut Criterion) {
    let (run, events) = (run(), events());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut group = c.benchmark_group("file");
    group.throughput(Throughput::Elements(u64::from(N_EVENTS)));
    for name in ["a.lhe", "a.lhe.gz", "a.h5"] {
        if name.ends_with("h5") && !cfg!(feature = "hdf5") {
            continue;
        }
        let path = folder.path().join(name);
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| {
                let mut writer = EventWriter::create(&path, &run).expect("a valid run");
                for event in &events {
                    writer.write(event).expect("there is room");
                }
                writer.finish().expect("there is room")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, memory, files);
criterion_main!(benches);
