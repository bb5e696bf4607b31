//! Points per second through the C interface beside those of direct calls, on one thread.
//!
//!     cargo bench --bench speed
//!
//! Batches of 100,000 points; the two are called alternately. Prints medians of points per second
//! of CPU time, and of their ratio in each round, with half of the range between quartiles.

#[expect(dead_code, reason = "a measurement needs less than the tests")]
#[path = "../tests/library/common.rs"]
mod common;

use std::collections::BTreeMap;

use common::{Points, Provider, input, key, output};
use omnis::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use omnis::card::ModelCard;
use omnis::kinematics::MomentumBatch;
use omnis::model::Model;
use omnis::run::Evaluator;

const N: usize = 100_000;
/// Points of a direct call.
const BLOCK: usize = 1024;
const REPETITIONS: usize = 12;

/// CPU time of this thread in seconds.
fn cpu_s() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: there is room for the answer.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// Median and half of the range between quartiles.
fn summary(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[(share * (values.len() - 1) as f64).round() as usize];
    (at(0.5), 0.5 * (at(0.75) - at(0.25)))
}

fn measure(line: &str) {
    let model = Model::load(&ModelCard::default().spec()).unwrap();
    let sub = Evaluator::new(&model, line, &BTreeMap::new())
        .unwrap()
        .subprocess;
    let masses: Vec<f64> = sub.legs.iter().map(|&p| model.particle(p).mass).collect();
    let matrix = MatrixElement::compile(&model, &sub, Frame::Any).unwrap();
    let points = Points::new(&masses, 1000.0, N);
    let rows = points.rows(N, 0);
    let blocks = points.all.chunks(BLOCK).map(MomentumBatch::from_points);
    let blocks: Vec<MomentumBatch> = blocks.collect();
    let provider = Provider::of_line(line);
    let handle = provider.initialize(None).unwrap();
    let (mut here, mut there) = (vec![0.0; N], vec![0.0; N]);
    let mut work = MatrixElementWorkspace::default();
    let (mut direct, mut umami) = (vec![], vec![]);
    let mut directly = || {
        let start = cpu_s();
        for (block, out) in blocks.iter().zip(here.chunks_mut(BLOCK)) {
            matrix.me2(block, None, TChannelWidth::Off, &mut work, out);
        }
        N as f64 / (cpu_s() - start)
    };
    let inputs = [input(key::MOMENTA, &rows)];
    let outputs = [output(key::MATRIX_ELEMENT, &mut there)];
    let through_c = || {
        let start = cpu_s();
        let status = provider.call(handle, [N, N, 0], &inputs, &outputs);
        assert_eq!(status, 0);
        N as f64 / (cpu_s() - start)
    };
    // The first round warms up; each of the two comes first in every other one.
    for round in 0..=REPETITIONS {
        let (d, u) = match round % 2 {
            0 => {
                let d = directly();
                (d, through_c())
            }
            _ => {
                let u = through_c();
                (directly(), u)
            }
        };
        if round > 0 {
            direct.push(d);
            umami.push(u);
        }
    }
    assert_eq!(here, there);
    provider.free(handle);
    let ratios = umami.iter().zip(&direct).map(|(u, d)| u / d).collect();
    let ((d, dd), (u, du), (r, dr)) = (summary(direct), summary(umami), summary(ratios));
    println!(
        "{line:24} direct {d:.3e} +- {dd:.1e}  umami {u:.3e} +- {du:.1e}  ratio {r:.3} +- {dr:.3}"
    );
}

fn main() {
    for line in [
        "e+ e- > mu+ mu-",
        "g g > t t~",
        "g g > t t~ g",
        "g g > t t~ g g",
    ] {
        measure(line);
    }
}
