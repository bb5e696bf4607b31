//! Källén function, boosts between a frame and a rest frame, orthonormal axes.
//!
//! Knows special relativity; knows no particle.
//! Source: Byckling and Kajantie, Particle Kinematics (1973), chapter II; the
//! axes follow Duff et al., JCGT 6 (2017) 1.

use super::{FourVector, MomentumBatch};
use crate::elementary::Elementary;

/// Källén function `(a - b - c)^2 - 4 b c`, in the square of the arguments' unit.
#[inline(always)]
pub(crate) fn kallen(a: f64, b: f64, c: f64) -> f64 {
    let d = a - b - c;
    d * d - 4.0 * b * c
}

/// Square root of [`kallen`], 0 where the function is negative.
#[inline(always)]
pub(crate) fn sqrt_kallen(a: f64, b: f64, c: f64) -> f64 {
    kallen(a, b, c).max(0.0).sqrt()
}

/// Takes `p` from the rest frame of `frame` to the frame in which `frame` is given.
///
/// `mass` is the invariant mass of `frame`, in GeV; the axes of the two frames
/// are parallel (pure boost).
#[inline(always)]
pub(crate) fn boost_from_rest(p: FourVector, frame: FourVector, mass: f64) -> FourVector {
    let along = frame[1] * p[1] + frame[2] * p[2] + frame[3] * p[3];
    let e = (frame[0] * p[0] + along) / mass;
    let f = (e + p[0]) / (frame[0] + mass);
    [
        e,
        p[1] + f * frame[1],
        p[2] + f * frame[2],
        p[3] + f * frame[3],
    ]
}

/// Takes a momentum `p` to the frame in which the momentum `frame`, of positive mass `mass`, is
/// at rest, without a rotation. Undoes `boost_from_rest`.
#[inline(always)]
pub fn boost_to_rest(p: FourVector, frame: FourVector, mass: f64) -> FourVector {
    let e = (frame[0] * p[0] - frame[1] * p[1] - frame[2] * p[2] - frame[3] * p[3]) / mass;
    let f = (e + p[0]) / (frame[0] + mass);
    [
        e,
        p[1] - f * frame[1],
        p[2] - f * frame[2],
        p[3] - f * frame[3],
    ]
}

/// `ln(x + sqrt(x^2 + 1))`: to about 1e-16 absolutely, not relative to the value,
/// and faster than one that is; a rapidity is `asinh(p_z / m_T)`.
#[inline(always)]
pub(crate) fn asinh(x: f64) -> f64 {
    let a = x.abs();
    (a + (a * a + 1.0).sqrt()).ln_same().copysign(x)
}

/// `(e^x - e^-x) / 2`, in the same sense.
#[inline(always)]
pub(crate) fn sinh(x: f64) -> f64 {
    let e = x.exp_same();
    0.5 * (e - 1.0 / e)
}

/// Two unit vectors that form a right-handed triple with the unit vector `n`.
///
/// A continuous function of `n` except at the equator `n_z = 0`.
#[inline(always)]
pub(crate) fn transverse_axes(n: [f64; 3]) -> ([f64; 3], [f64; 3]) {
    let sign = 1.0_f64.copysign(n[2]);
    let a = -1.0 / (sign + n[2]);
    let b = n[0] * n[1] * a;
    (
        [1.0 + sign * n[0] * n[0] * a, sign * b, -sign * n[0]],
        [b, sign + n[1] * n[1] * a, -n[1]],
    )
}

/// Boosts every point along z by its own rapidity; adds `y` to all rapidities.
///
/// `y` is `[n_batch]`. Light-cone components are scaled, so that masses survive
/// large boosts.
///
/// # Panics
/// If `y` has another length than the batch.
pub(crate) fn boost_z(batch: &mut MomentumBatch, y: &[f64]) {
    assert_eq!(y.len(), batch.n_batch, "one rapidity per point");
    let scale: Vec<f64> = y.iter().map(|y| y.exp_same()).collect();
    for leg in 0..batch.n_ext {
        for (k, up) in scale.iter().enumerate() {
            let p = batch.get(leg, k);
            let plus = (p[0] + p[3]) * up;
            let minus = (p[0] - p[3]) / up;
            batch.set(
                leg,
                k,
                [0.5 * (plus + minus), p[1], p[2], 0.5 * (plus - minus)],
            );
        }
    }
}

/// Every point in the rest frame of legs 0 and 1, which move along z; components that are
/// not finite where they have none.
pub(crate) fn incoming_rest_frame(batch: &MomentumBatch) -> MomentumBatch {
    let rapidity = |k: usize| {
        let [a, b] = [batch.get(0, k), batch.get(1, k)];
        let [e, z] = [a[0] + b[0], a[3] + b[3]];
        0.5 * ((e - z) / (e + z)).ln_same()
    };
    let y: Vec<f64> = (0..batch.n_batch).map(rapidity).collect();
    let mut boosted = batch.clone();
    boost_z(&mut boosted, &y);
    boosted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinematics::dot;

    const P: FourVector = [12.0, 3.0, -4.0, 5.0];
    const Q: FourVector = [50.0, -20.0, 10.0, 30.0];

    #[test]
    fn boost_and_its_inverse_cancel() {
        let m = dot(Q, Q).sqrt();
        let there = boost_to_rest(P, Q, m);
        let back = boost_from_rest(there, Q, m);
        for mu in 0..4 {
            assert!((back[mu] - P[mu]).abs() < 1e-12);
        }
        assert!((dot(there, there) - dot(P, P)).abs() < 1e-10);
        let rest = boost_to_rest(Q, Q, m);
        assert!((rest[0] - m).abs() < 1e-12 && rest[3].abs() < 1e-12);
    }

    #[test]
    fn kallen_is_symmetric_and_factorises() {
        let (s, a, b): (f64, f64, f64) = (100.0, 9.0, 4.0);
        let product = (s - (a.sqrt() + b.sqrt()).powi(2)) * (s - (a.sqrt() - b.sqrt()).powi(2));
        assert!((kallen(s, a, b) - product).abs() < 1e-9);
        assert!((kallen(s, a, b) - kallen(b, s, a)).abs() < 1e-9);
        assert_eq!(sqrt_kallen(1.0, 1.0, 1.0), 0.0);
    }

    #[test]
    fn axes_are_orthonormal_and_right_handed() {
        for n in [
            [0.0, 0.0, 1.0],
            [0.0, 0.0, -1.0],
            [0.6, 0.0, -0.8],
            [0.48, 0.64, 0.6],
        ] {
            let (a, b) = transverse_axes(n);
            let dot3 = |x: [f64; 3], y: [f64; 3]| x[0] * y[0] + x[1] * y[1] + x[2] * y[2];
            for (x, y, want) in [
                (a, a, 1.0),
                (b, b, 1.0),
                (a, b, 0.0),
                (a, n, 0.0),
                (b, n, 0.0),
            ] {
                assert!((dot3(x, y) - want).abs() < 1e-14);
            }
            let cross = a[0] * b[1] - a[1] * b[0];
            assert!((cross - n[2]).abs() < 1e-14);
        }
    }

    #[test]
    fn boost_along_z_keeps_masses_and_adds_rapidity() {
        let mut batch = MomentumBatch::from_points(&[vec![P]]);
        boost_z(&mut batch, &[1.5]);
        let p = batch.get(0, 0);
        assert!((dot(p, p) - dot(P, P)).abs() < 1e-10);
        let rap = |p: FourVector| ((p[0] + p[3]) / (p[0] - p[3])).ln() / 2.0;
        assert!((rap(p) - rap(P) - 1.5).abs() < 1e-12);
    }
}
