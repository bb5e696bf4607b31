//! RAMBO on diet: the flat map of the invariant mass of a group of particles.
//!
//! A chain that splits off one particle after the other, with this map for
//! what is left, is flat for massless particles; for massive ones the chain's
//! two-body factors supply the weight. Knows numbers of particles and limits.
//! Source: S. Plätzer, 1308.2922, eqs. (6) to (12).

use crate::elementary::Elementary;
use serde::Serialize;

use super::mapping::Mapping;

/// Flat map of the mass of a group of `k + 1` particles.
///
/// With `v = ((M - M_lo) / (M_hi - M_lo))^2` in masses `M = sqrt(s)`:
/// `r = (k + 1) v^k - k v^(k + 1)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Diet {
    /// Number of particles in the group less one; at least 1.
    pub k: u32,
}

impl Diet {
    fn solve(self, r: f64) -> f64 {
        let k = f64::from(self.k);
        if self.k == 1 {
            return r / (1.0 + (1.0 - r).max(0.0).sqrt());
        }
        let ki = self.k as i32;
        let turn = (k - 1.0) / k;
        let value = |v: f64| v.powi(ki) * ((k + 1.0) - k * v);
        // Newton's steps are monotone once on the far side of the root; the
        // starts are the leading terms at either end of the range.
        let mut v = if r > value(turn) {
            (1.0 - (2.0 * (1.0 - r).max(0.0) / (k * (k + 1.0))).sqrt()).max(turn)
        } else {
            (r / (k + 1.0)).powf_same(1.0 / k)
        };
        for _ in 0..60 {
            let low = v.powi(ki - 1);
            let slope = k * (k + 1.0) * low * (1.0 - v);
            if slope <= 0.0 {
                break;
            }
            let step = (low * v * ((k + 1.0) - k * v) - r) / slope;
            v = (v - step).clamp(0.0, 1.0);
            if step.abs() <= 1e-15 * v {
                break;
            }
        }
        v
    }
}

impl Mapping for Diet {
    fn forward(&self, r: f64, lo: f64, hi: f64) -> (f64, f64) {
        let (m_lo, m_hi) = (lo.max(0.0).sqrt(), hi.max(0.0).sqrt());
        let v = self.solve(r);
        let mass = m_lo + v.sqrt() * (m_hi - m_lo);
        (
            (mass * mass).clamp(lo, hi.max(lo)),
            1.0 / self.slope(mass, m_lo, m_hi),
        )
    }

    fn inverse(&self, s: f64, lo: f64, hi: f64) -> (f64, f64) {
        let (m_lo, m_hi) = (lo.max(0.0).sqrt(), hi.max(0.0).sqrt());
        let mass = s.max(0.0).sqrt();
        let root = (mass - m_lo) / (m_hi - m_lo);
        let v = root * root;
        let k = f64::from(self.k);
        (
            v.powi(self.k as i32) * ((k + 1.0) - k * v),
            self.slope(mass, m_lo, m_hi),
        )
    }
}

impl Diet {
    /// `dr/ds` at a mass.
    fn slope(self, mass: f64, m_lo: f64, m_hi: f64) -> f64 {
        let k = f64::from(self.k);
        let range = m_hi - m_lo;
        let root = (mass - m_lo) / range;
        let v = root * root;
        // dr/dv dv/dM dM/ds
        k * (k + 1.0) * v.powi(self.k as i32 - 1) * (1.0 - v) * root / (range * mass)
    }
}
