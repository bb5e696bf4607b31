//! Phase spaces from lines of propagators, and integrals over one channel.

use omnis::diagram::{Propagator, Topology};
use omnis::model::ParticleId;
use omnis::phasespace::{BeamSetup, Bounds, PhaseSpace, Points};
use rand::{RngExt, SeedableRng};

pub type Lines = [(u32, f64, f64)];

pub fn topology(lines: &Lines) -> Topology {
    let propagators = lines
        .iter()
        .map(|&(set, mass, width)| Propagator {
            set,
            particle: ParticleId(0),
            mass,
            width,
        })
        .collect();
    Topology { propagators }
}

pub fn space(
    masses: &[f64],
    topologies: &[&Lines],
    beams: &BeamSetup,
    bounds: &Bounds,
) -> PhaseSpace {
    let list: Vec<Topology> = topologies.iter().map(|l| topology(l)).collect();
    PhaseSpace::new(&[0.0, 0.0], masses, &list, Some(beams), bounds, 1000).unwrap()
}

pub const LHC: BeamSetup = BeamSetup {
    e1: 6500.0,
    e2: 6500.0,
    hadronic: [true; 2],
};

pub fn uniform(n_dim: usize, n: usize, seed: u64) -> Vec<f64> {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..n_dim * n).map(|_| rng.random::<f64>()).collect()
}

/// Mean and standard deviation of the mean of `f det`.
pub fn integrate(
    space: &PhaseSpace,
    channel: usize,
    n: usize,
    f: impl Fn(&Points, usize) -> f64,
) -> (f64, f64) {
    let mut points = Points::default();
    let (mut sum, mut sum2, mut count) = (0.0, 0.0, 0);
    for batch in 0..n.div_ceil(10_000) {
        let u = uniform(space.n_dim(), 10_000, 17 * batch as u64 + channel as u64);
        space.forward(channel, &u, 10_000, &mut points);
        for k in 0..10_000 {
            if points.det[k] > 0.0 {
                let w = f(&points, k) * points.det[k];
                assert!(w.is_finite(), "channel {}", space.description(channel));
                sum += w;
                sum2 += w * w;
            }
            count += 1;
        }
    }
    let n = f64::from(count);
    let mean = sum / n;
    (mean, ((sum2 / n - mean * mean).max(0.0) / n).sqrt())
}
