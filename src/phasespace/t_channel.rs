//! Exchange 2 -> 2: the momentum transfer within exact limits, and its measure.
//!
//! Knows squared masses, also space-like ones; knows no particle.
//! Source: Byckling and Kajantie, Particle Kinematics (1973), section IV.5.

use std::f64::consts::PI;

use serde::Serialize;

use super::invariant::Power;
use super::mapping::Mapping;
use super::two_body::TwoBody;

/// Density of `x = reg + m2 - t`, which is positive: `x^(-nu)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Exchange {
    /// Squared mass of what is exchanged.
    pub m2: f64,
    /// Regulator as a multiple of 1 GeV^2.
    pub reg: f64,
    /// Regulator as a multiple of the invariant that scatters.
    pub reg_s: f64,
    /// Exponent.
    pub nu: f64,
}

/// Limits of `t = (q - p_a)^2` for `q + k -> a + b`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    /// `t` at `cos(theta) = 1`.
    top: f64,
    /// `2 p_in p_out`.
    scale: f64,
    /// Limits within the allowed angles.
    lo: f64,
    hi: f64,
    /// Momentum of the incoming pair times `2 sqrt(s)`.
    sqrt_lambda: f64,
    /// Smallest `1 - cos(theta)`.
    drop_min: f64,
}

impl Range {
    /// Limits, or `None` if no angle is allowed.
    ///
    /// `t_q` and `m2_k` are the squared masses of what comes in (both may be
    /// negative), `s_a` and `s_b` of what comes out, `drop_min` the smallest
    /// `1 - |cos(theta)|`.
    #[inline(always)]
    pub fn new(
        s: f64,
        [t_q, m2_k]: [f64; 2],
        [s_a, s_b]: [f64; 2],
        out: &TwoBody,
        drop_min: f64,
    ) -> Option<Self> {
        let incoming = TwoBody::new(s, t_q, m2_k);
        if drop_min >= 1.0 || incoming.p <= 0.0 || out.p <= 0.0 {
            return None;
        }
        let (e, p) = (incoming.e_a, incoming.p);
        let scale = 2.0 * p * out.p;
        // e e_a - p p_a without cancellation.
        let product = if e > 0.0 {
            (t_q * s_a + t_q * out.p * out.p + s_a * p * p) / (e * out.e_a + p * out.p)
        } else {
            e * out.e_a - p * out.p
        };
        let mut top = t_q + s_a - 2.0 * product;
        let bottom = top - 2.0 * scale;
        if top.abs() < 1e-3 * bottom.abs() {
            // The product of both ends is a polynomial; light legs cancel in `top`.
            let (a, b) = (t_q - s_a, s_b - m2_k);
            top = ((t_q * b + m2_k * a) * (a + b) / s - a * b) / bottom;
        }
        Some(Self {
            top,
            scale,
            lo: top - (2.0 - drop_min) * scale,
            hi: top - drop_min * scale,
            sqrt_lambda: 2.0 * incoming.mass * p,
            drop_min,
        })
    }

    /// `t` from the first part's momentum along z and its transverse momentum
    /// squared, in the rest frame; `None` outside the limits.
    pub(crate) fn transfer(&self, along: f64, pt2: f64) -> Option<f64> {
        let p = (along * along + pt2).sqrt();
        // 1 - cos(theta), without cancellation in the forward direction.
        let drop = if along > 0.0 {
            pt2 / (p * (p + along))
        } else {
            1.0 - along / p
        };
        let t = self.top - drop * self.scale;
        let slack = 1e-9 * self.scale;
        (t > self.lo - slack && t < self.hi + slack).then(|| t.clamp(self.lo, self.hi))
    }
}

impl Exchange {
    #[inline(always)]
    fn map(&self, s: f64, range: &Range) -> Power {
        let pole = -(self.m2 + self.reg + self.reg_s * s);
        // Heavy incoming legs may put the pole inside the range: keep off it.
        let edge = -range.hi - 1e-3 * (range.hi - range.lo);
        Power {
            nu: self.nu,
            shift: if pole < -range.hi { pole } else { edge },
        }
    }

    /// From `r` to `(t, 1 - cos(theta), dPhi_2/(dr dphi/(2 pi)))`.
    #[inline(always)]
    pub fn forward(&self, r: f64, s: f64, range: &Range) -> (f64, f64, f64) {
        let (x, det) = self.map(s, range).forward(r, -range.hi, -range.lo);
        let drop = ((range.top + x) / range.scale).clamp(range.drop_min, 2.0);
        (-x, drop, det / (8.0 * PI * range.sqrt_lambda))
    }

    /// From `t` to `(r, 1/det)`.
    #[inline(always)]
    pub fn inverse(&self, t: f64, s: f64, range: &Range) -> (f64, f64) {
        let (r, slope) = self.map(s, range).inverse(-t, -range.hi, -range.lo);
        (r, slope * 8.0 * PI * range.sqrt_lambda)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHOTON: Exchange = Exchange {
        m2: 0.0,
        reg: 0.0,
        reg_s: 1e-6,
        nu: 1.0,
    };

    #[test]
    fn limits_agree_with_the_closed_form() {
        // e p elastic: t between -lambda / s and 0.
        let (s, m2): (f64, f64) = (100.0, 0.88);
        let out = TwoBody::new(s, 0.0, m2);
        let range = Range::new(s, [0.0, m2], [0.0, m2], &out, 0.0).unwrap();
        assert!(range.hi.abs() < 1e-12);
        assert!((range.lo + (s - m2) * (s - m2) / s).abs() < 1e-9);
        // Space-like incoming leg.
        let out = TwoBody::new(s, 4.0, 9.0);
        let range = Range::new(s, [-30.0, 0.0], [4.0, 9.0], &out, 0.0).unwrap();
        let product = (4.0 + 30.0) * 9.0 + (-30.0 + 9.0 - 4.0) * (-30.0 * 9.0) / s;
        assert!((range.lo * range.hi - product).abs() < 1e-9, "{range:?}");
    }

    /// `t` at either end from 50 digits, for electrons as beams.
    #[test]
    fn limits_of_light_legs_keep_their_digits() {
        let m2 = 0.000511 * 0.000511;
        for (s, [s_a, s_b], top, bottom) in [
            (
                100.0,
                [m2, 0.06],
                -9.405_917_803_530_679e-14,
                -99.939_999_216_636_9,
            ),
            (
                2.5e5,
                [m2, 0.06],
                -1.504_044_229_641_9e-20,
                -249_999.939_999_216_64,
            ),
            (
                2.5e5,
                [m2, 1e4],
                -4.352_016_666_453_598e-10,
                -239_999.999_999_216_2,
            ),
            (
                2.5e5,
                [0.5, m2],
                -1.044_484_998_026_726_8e-18,
                -249_999.499_999_216_64,
            ),
        ] {
            let out = TwoBody::new(s, s_a, s_b);
            let range = Range::new(s, [m2; 2], [s_a, s_b], &out, 0.0).unwrap();
            assert!((range.hi / top - 1.0).abs() < 1e-12, "{range:?}");
            assert!((range.lo / bottom - 1.0).abs() < 1e-14, "{range:?}");
        }
    }

    #[test]
    fn momenta_have_the_transfer_that_was_drawn_however_small() {
        let m2 = 0.000511 * 0.000511;
        let map = Exchange {
            reg_s: 0.0,
            ..PHOTON
        };
        for (s, s_b) in [(100.0, 0.06), (2.5e5, 0.06), (2.5e5, 10.0)] {
            let out = TwoBody::new(s, m2, s_b);
            let range = Range::new(s, [m2; 2], [m2, s_b], &out, 0.0).unwrap();
            let mut smallest = f64::INFINITY;
            for k in 0..2000 {
                let r = (f64::from(k) + 0.5) / 2000.0;
                let (t, drop, det) = map.forward(r, s, &range);
                let (along, pt2) = (out.p * (1.0 - drop), out.p * out.p * drop * (2.0 - drop));
                let again = range.transfer(along, pt2).unwrap();
                assert!((again / t - 1.0).abs() < 1e-10, "{t} {again}");
                let (back, det_inv) = map.inverse(again, s, &range);
                assert!((back - r).abs() < 1e-9 && (det * det_inv - 1.0).abs() < 1e-9);
                smallest = smallest.min(-t);
            }
            assert!(smallest < 1e-13);
        }
    }

    #[test]
    fn inverse_undoes_forward_and_volume_is_two_body() {
        let s = 1e4;
        let out = TwoBody::new(s, 100.0, 400.0);
        for (t_q, pt2) in [(0.0, 0.0), (0.0, 100.0), (-500.0, 0.0), (-2e4, 0.0)] {
            let drop_min = out.drop_min(pt2);
            let range = Range::new(s, [t_q, 0.0], [100.0, 400.0], &out, drop_min).unwrap();
            let n = 4000;
            let mut sum = 0.0;
            for k in 0..n {
                let r = (f64::from(k) + 0.5) / f64::from(n);
                let (t, drop, det) = PHOTON.forward(r, s, &range);
                let (back, det_inv) = PHOTON.inverse(t, s, &range);
                assert!((back - r).abs() < 1e-9 && (det * det_inv - 1.0).abs() < 1e-9);
                let sin2 = drop * (2.0 - drop);
                assert!(sin2 * out.p * out.p >= pt2 * (1.0 - 1e-9));
                sum += det / f64::from(n);
            }
            let cos = out.cos_max(pt2);
            assert!(
                (sum / (out.measure() * cos) - 1.0).abs() < 1e-3,
                "{t_q} {pt2}"
            );
        }
    }
}
