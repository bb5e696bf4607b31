//! Invariants of sums of momenta, for a batch, and the transfer between two
//! momenta without cancellation.
//!
//! Knows momenta and masses; knows no particle.

use super::{FourVector, MomentumBatch};

/// `(a - b)^2` in GeV^2 of two momenta of the given masses, both in GeV.
///
/// Precise where the two are close to each other: a photon that an electron of
/// 250 GeV emits has a transfer of `-1e-13` GeV^2, of which a difference of components
/// leaves nothing. With `A = E_a + |a|`, and `B` alike, it is
///
/// ```text
/// (A - B) (m_a^2 B - m_b^2 A) / (A B) - 2 |a| |b| (1 - cos(theta))
/// ```
///
/// and the angle comes from the vector product, which loses nothing where one of the
/// momenta lies on an axis. The small light-cone components `m_a^2 / A` and `m_b^2 / B`
/// come from the masses, not from the momenta, in which they are rounded off.
pub(crate) fn transfer(a: FourVector, m_a: f64, b: FourVector, m_b: f64) -> f64 {
    let norm = |p: FourVector| (p[1] * p[1] + p[2] * p[2] + p[3] * p[3]).sqrt();
    let (size_a, size_b) = (norm(a), norm(b));
    let (plus_a, plus_b) = (a[0] + size_a, b[0] + size_b);
    let collinear = (plus_a - plus_b) * (m_a * m_a * plus_b - m_b * m_b * plus_a);
    let x = a[2] * b[3] - a[3] * b[2];
    let y = a[3] * b[1] - a[1] * b[3];
    let z = a[1] * b[2] - a[2] * b[1];
    let along = a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
    let angle = if along > 0.0 {
        (x * x + y * y + z * z) / (size_a * size_b + along)
    } else {
        size_a * size_b - along
    };
    collinear / (plus_a * plus_b) - 2.0 * angle
}

/// Sum of momenta with signs, squared, for points `start..start + out.len()`.
///
/// `plus` and `minus` are sets of legs as bit masks: the momentum is the sum
/// over `plus` less the sum over `minus`; GeV^2.
#[inline(always)]
pub(crate) fn invariant_of_sets(
    batch: &MomentumBatch,
    plus: u32,
    minus: u32,
    start: usize,
    out: &mut [f64],
) {
    out.fill(0.0);
    let mut sum = [0.0_f64; 64];
    for (c, chunk) in out.chunks_mut(64).enumerate() {
        let at = start + 64 * c;
        let n = chunk.len();
        for mu in 0..4 {
            sum[..n].fill(0.0);
            for leg in 0..batch.n_ext {
                let sign = match (plus >> leg & 1, minus >> leg & 1) {
                    (1, 0) => 1.0,
                    (0, 1) => -1.0,
                    _ => continue,
                };
                let row = &batch.component(leg, mu)[at..at + n];
                for (s, x) in sum[..n].iter_mut().zip(row) {
                    *s += sign * x;
                }
            }
            let metric = if mu == 0 { 1.0 } else { -1.0 };
            for (o, s) in chunk.iter_mut().zip(&sum[..n]) {
                *o += metric * s * s;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinematics::dot;

    /// A leg along the beam and one that has lost a part `xi` of its light-cone
    /// momentum: `-(pt^2 + m^2 xi^2) / (1 - xi)` where both have the mass `m`.
    fn emission(energy: f64, m: f64, xi: f64, pt: f64) -> ([FourVector; 2], f64) {
        let p = (energy * energy - m * m).sqrt();
        let plus = (1.0 - xi) * (energy + p);
        let minus = (m * m + pt * pt) / plus;
        let after = [0.5 * (plus + minus), pt, 0.0, 0.5 * (plus - minus)];
        let t = -(pt * pt + m * m * xi * xi) / (1.0 - xi);
        ([[energy, 0.0, 0.0, p], after], t)
    }

    #[test]
    fn transfers_far_below_the_rounding_of_momenta_keep_their_digits() {
        let m = 0.000511;
        let mut naive_is_off: f64 = 0.0;
        for (energy, xi, pt) in [
            (5.0, 1e-3, 0.0),
            (5.0, 0.3, 1e-5),
            (250.0, 4e-4, 1e-7),
            (250.0, 1e-6, 1e-9),
            (250.0, 1e-9, 1e-6),
        ] {
            let ([a, b], t) = emission(energy, m, xi, pt);
            // The energy rounds to 1e-16: that much of xi is lost.
            let lost = 4e-16 / xi * (m * xi / pt.max(m * xi)).powi(2);
            let mirror = |p: FourVector| [p[0], p[2], p[1], -p[3]];
            for (a, b) in [(a, b), (b, a), (mirror(a), mirror(b))] {
                let got = transfer(a, m, b, m);
                assert!((got / t - 1.0).abs() < 1e-14 + lost, "{xi} {pt}: {got} {t}");
            }
            let naive = std::array::from_fn(|mu| a[mu] - b[mu]);
            naive_is_off = naive_is_off.max((dot(naive, naive) / t - 1.0).abs());
        }
        assert!(naive_is_off > 1e-3, "nothing to lose: {naive_is_off}");
    }

    #[test]
    fn transfers_of_any_masses_and_directions_are_squared_differences() {
        let leg =
            |m: f64, x: f64, y: f64, z: f64| [(m * m + x * x + y * y + z * z).sqrt(), x, y, z];
        let masses = [0.0, 0.3, 2.0];
        let directions = [
            [1.0, 2.0, 2.5],
            [-0.5, 0.1, 2.0],
            [0.0, 0.0, -3.0],
            [0.0; 3],
        ];
        for m_a in masses {
            for m_b in masses {
                for [x, y, z] in directions {
                    let a = leg(m_a, 0.7, -0.2, 1.5);
                    let b = leg(m_b, x, y, z);
                    if b[0] == 0.0 {
                        continue;
                    }
                    let q = std::array::from_fn(|mu| a[mu] - b[mu]);
                    let (got, want) = (transfer(a, m_a, b, m_b), dot(q, q));
                    assert!((got - want).abs() < 1e-13, "{m_a} {m_b}: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn invariants_of_sums_and_differences() {
        let point = vec![
            [5.0, 0.0, 0.0, 5.0],
            [5.0, 0.0, 0.0, -5.0],
            [5.0, 3.0, 4.0, 0.0],
        ];
        let batch = MomentumBatch::from_points(&vec![point; 70]);
        let mut out = vec![0.0; 69];
        invariant_of_sets(&batch, 0b11, 0, 1, &mut out);
        assert!(out.iter().all(|s| (s - 100.0).abs() < 1e-12));
        invariant_of_sets(&batch, 0b001, 0b100, 1, &mut out);
        assert!(out.iter().all(|t| (t + 50.0).abs() < 1e-12));
    }
}
