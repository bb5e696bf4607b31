//! Phase-space points for tests and benches: RAMBO with a fixed seed.
//!
//! Source: R. Kleiss, W. J. Stirling, S. D. Ellis, Comput. Phys. Commun. 40 (1986) 359.

#![allow(dead_code, reason = "every test program uses a part of it")]

use omnis::kinematics::{FourVector, MomentumBatch};

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): small, seeded, good enough here.
pub struct Random(pub u64);

impl Random {
    /// Uniform in (0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }
}

/// Takes `q` from the rest frame of `frame` to the frame that `frame` is given in.
pub fn boost(frame: FourVector, q: FourVector) -> FourVector {
    let space: f64 = frame[1..].iter().map(|x| x * x).sum();
    let m = (frame[0] * frame[0] - space).sqrt();
    let along: f64 = (1..4).map(|i| frame[i] * q[i]).sum();
    let energy = (frame[0] * q[0] + along) / m;
    let f = (energy + q[0]) / (frame[0] + m);
    [
        energy,
        q[1] + f * frame[1],
        q[2] + f * frame[2],
        q[3] + f * frame[3],
    ]
}

/// Momenta of given masses, flat in the massless phase space, with total
/// momentum `(energy, 0, 0, 0)`.
pub fn rambo(random: &mut Random, energy: f64, masses: &[f64]) -> Vec<FourVector> {
    let mut list: Vec<FourVector> = masses
        .iter()
        .map(|_| {
            let cos = 2.0 * random.uniform() - 1.0;
            let phi = std::f64::consts::TAU * random.uniform();
            let e = -(random.uniform() * random.uniform()).ln();
            let sin = (1.0 - cos * cos).sqrt();
            [e, e * sin * phi.cos(), e * sin * phi.sin(), e * cos]
        })
        .collect();
    let sum: FourVector = std::array::from_fn(|mu| list.iter().map(|q| q[mu]).sum());
    let back = [sum[0], -sum[1], -sum[2], -sum[3]];
    list.iter_mut().for_each(|q| *q = boost(back, *q));
    // Common factor of the three-momenta so that the energies add up.
    let size2: Vec<f64> = list
        .iter()
        .map(|q| q[1..].iter().map(|x| x * x).sum())
        .collect();
    let mut x = energy / list.iter().map(|q| q[0]).sum::<f64>();
    for _ in 0..100 {
        let energies = || {
            size2
                .iter()
                .zip(masses)
                .map(|(p2, m)| (x * x * p2 + m * m).sqrt())
        };
        let excess = energies().sum::<f64>() - energy;
        let slope: f64 = size2.iter().zip(energies()).map(|(p2, e)| x * p2 / e).sum();
        x -= excess / slope;
        if excess.abs() < 1e-15 * energy {
            break;
        }
    }
    for ((q, m), p2) in list.iter_mut().zip(masses).zip(&size2) {
        let [_, a, b, c] = *q;
        *q = [(x * x * p2 + m * m).sqrt(), x * a, x * b, x * c];
    }
    list
}

/// Points in the rest frame of two incoming legs, leg 0 along +z (or of one
/// decaying leg, then `energy` is its mass).
pub fn points(masses: &[f64], n_in: usize, energy: f64, n: usize, seed: u64) -> MomentumBatch {
    let mut random = Random(seed);
    let (initial, last) = masses.split_at(n_in);
    let mut list = vec![];
    for _ in 0..n {
        let mut point = match *initial {
            [_] => vec![[energy, 0.0, 0.0, 0.0]],
            [a, b] => {
                let e = (energy * energy + a * a - b * b) / (2.0 * energy);
                let p = (e * e - a * a).sqrt();
                vec![[e, 0.0, 0.0, p], [energy - e, 0.0, 0.0, -p]]
            }
            _ => panic!("one or two incoming legs"),
        };
        point.extend(rambo(&mut random, energy, last));
        list.push(point);
    }
    MomentumBatch::from_points(&list)
}
