//! Phase-space points for looking at a graph once: which helicities vanish.
//!
//! Sequential two-body decays with fixed, irrational-looking fractions; nothing
//! is integrated. Knows kinematics only.

use crate::elementary::Elementary;
use crate::kinematics::{FourVector, MomentumBatch};

/// Fractional parts of multiples of square roots: spread, reproducible, no lattice.
fn number(k: usize) -> f64 {
    ((k + 1) as f64 * 0.618_033_988_749_894_9 + (k * k) as f64 * 0.414_213_562_373_095).fract()
}

/// A mass below this times the energy leaves no digits to amplitudes that are small with
/// the masses of several legs.
const LIGHT: f64 = 1e-3;

/// `n_batch` physical points with masses as given; the energy is well above
/// every threshold, but that of one particle to many, which has its mass if it can. Where there are light legs every second point has an energy that is near
/// the masses instead: what flips a helicity there is not yet lost. In the centre-of-mass frame with leg 0 along +z, or (where
/// `anywhere`) in a frame that moves and looks in no particular direction.
pub(crate) fn points(masses: &[f64], n_in: usize, n_batch: usize, anywhere: bool) -> MomentumBatch {
    let masses: Vec<f64> = masses.iter().map(|m| m.abs()).collect();
    let (initial, last) = masses.split_at(n_in);
    let sum_in: f64 = initial.iter().sum();
    let sum_out: f64 = last.iter().sum();
    let heavier = sum_in.max(sum_out);
    let light = masses
        .iter()
        .any(|&m| m > 0.0 && m < LIGHT * (2.0 * heavier + 300.0));
    let mut batch = MomentumBatch::zeros(masses.len(), n_batch);
    for k in 0..n_batch {
        let energy = if n_in == 1 || last.len() == 1 {
            // Below its threshold a decay has helicities all the same.
            let (one, all) = if n_in == 1 {
                (sum_in, sum_out)
            } else {
                (sum_out, sum_in)
            };
            if one > all { one } else { 1.3 * all }
        } else if light && k % 2 == 1 {
            heavier * (3.0 + 1.5 * number(97 * k))
        } else {
            2.0 * heavier + 300.0 + 150.0 * number(97 * k)
        };
        if n_in == 1 {
            batch.set(0, k, [energy, 0.0, 0.0, 0.0]);
        } else {
            let p = breakup(energy, initial[0], initial[1]);
            for (leg, sign) in [(0, 1.0), (1, -1.0)] {
                let e = (p * p + initial[leg] * initial[leg]).sqrt();
                batch.set(leg, k, [e, 0.0, 0.0, sign * p]);
            }
        }
        decay(&mut batch, k, n_in, last, energy);
    }
    if anywhere {
        let frame = [1.3, 0.5, -0.55, 0.37];
        let m = (frame[0] * frame[0] - 0.25 - 0.3025 - 0.1369_f64).sqrt();
        for k in 0..n_batch {
            for leg in 0..masses.len() {
                let [e, x, y, z] = batch.get(leg, k);
                batch.set(leg, k, boost(frame, m, [e, y, z, x]));
            }
        }
    }
    batch
}

/// Momentum of two bodies in their rest frame.
fn breakup(energy: f64, m1: f64, m2: f64) -> f64 {
    let (s, d) = (m1 + m2, m1 - m2);
    let x = (energy * energy - s * s) * (energy * energy - d * d);
    x.max(0.0).sqrt() / (2.0 * energy)
}

/// Splits off one particle after the other.
fn decay(batch: &mut MomentumBatch, k: usize, first: usize, masses: &[f64], energy: f64) {
    let mut rest: FourVector = [energy, 0.0, 0.0, 0.0];
    let mut m_rest = energy;
    for (i, &m) in masses.iter().enumerate() {
        let leg = first + i;
        let others: f64 = masses[i + 1..].iter().sum();
        if i + 1 == masses.len() {
            batch.set(leg, k, rest);
            break;
        }
        let draw = |j: usize| number(31 * k + 7 * i + j + 1);
        let m_next = if i + 2 == masses.len() {
            others
        } else {
            others + (m_rest - m - others) * (0.3 + 0.5 * draw(0))
        };
        let p = breakup(m_rest, m, m_next);
        let cos = 1.6 * draw(1) - 0.8;
        let phi = std::f64::consts::TAU * draw(2);
        let sin = (1.0 - cos * cos).sqrt();
        let n = [p * sin * phi.cos_same(), p * sin * phi.sin_same(), p * cos];
        let own = boost(rest, m_rest, [(p * p + m * m).sqrt(), n[0], n[1], n[2]]);
        batch.set(leg, k, own);
        rest = std::array::from_fn(|mu| rest[mu] - own[mu]);
        m_rest = m_next;
    }
}

/// Takes `q` from the rest frame of `frame` (mass `m`) to the frame of `frame`.
fn boost(frame: FourVector, m: f64, q: FourVector) -> FourVector {
    let dot: f64 = (1..4).map(|i| frame[i] * q[i]).sum();
    let e = (frame[0] * q[0] + dot) / m;
    let f = (e + q[0]) / (frame[0] + m);
    [
        e,
        q[1] + f * frame[1],
        q[2] + f * frame[2],
        q[3] + f * frame[3],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinematics::dot;

    #[test]
    fn points_are_physical() {
        let masses = [0.0, 4.7, 173.0, 0.0, 80.4, 0.0];
        let frames = [false, true].map(|anywhere| points(&masses, 2, 5, anywhere));
        for (batch, k) in frames.iter().flat_map(|b| (0..5).map(move |k| (b, k))) {
            for mu in 0..4 {
                let sum: f64 = (0..6)
                    .map(|l| batch.get(l, k)[mu] * if l < 2 { 1.0 } else { -1.0 })
                    .sum();
                assert!(sum.abs() < 1e-10, "{sum}");
            }
            for (l, m) in masses.iter().enumerate() {
                let p = batch.get(l, k);
                assert!((dot(p, p) - m * m).abs() < 1e-8 * p[0] * p[0]);
            }
        }
    }
}
