//! Isotropic two-body decay: angles in the rest frame, measure, momenta.
//!
//! Knows squared masses; knows no particle.
//! Source: Byckling and Kajantie, Particle Kinematics (1973), section IV.2.

use std::f64::consts::PI;

use crate::elementary::Elementary;
use crate::kinematics::{FourVector, sqrt_kallen};

/// Kinematics of a system of squared mass `s` that splits in two.
#[derive(Clone, Copy, Debug)]
pub(super) struct TwoBody {
    /// Mass of the system.
    pub mass: f64,
    /// Energy of the first part in the rest frame.
    pub e_a: f64,
    /// Energy of the second part in the rest frame.
    pub e_b: f64,
    /// Momentum of either part in the rest frame.
    pub p: f64,
}

impl TwoBody {
    /// Energies and momentum, GeV, from squared masses; momentum 0 below threshold.
    #[inline(always)]
    pub fn new(s: f64, s_a: f64, s_b: f64) -> Self {
        let mass = s.sqrt();
        let half = 0.5 / mass;
        Self {
            mass,
            e_a: (s + s_a - s_b) * half,
            e_b: (s + s_b - s_a) * half,
            p: sqrt_kallen(s, s_a, s_b) * half,
        }
    }

    /// `dPhi_2 / (d cos(theta)/2 dphi/(2 pi)) = p / (4 pi sqrt(s))`.
    #[inline(always)]
    pub fn measure(&self) -> f64 {
        self.p / (4.0 * PI * self.mass)
    }

    /// Largest `|cos(theta)|` at which the transverse momentum squared is
    /// at least `pt2`; negative if there is none.
    #[inline(always)]
    pub(crate) fn cos_max(&self, pt2: f64) -> f64 {
        let left = 1.0 - pt2 / (self.p * self.p);
        if left >= 0.0 { left.sqrt() } else { -1.0 }
    }

    /// `1 - cos_max`, without cancellation; 1 if no angle is allowed.
    #[inline(always)]
    pub(crate) fn drop_min(&self, pt2: f64) -> f64 {
        let part = pt2 / (self.p * self.p);
        if part < 1.0 {
            part / (1.0 + (1.0 - part).sqrt())
        } else {
            1.0
        }
    }

    /// Smallest `1 - |cos(theta)|` of a part with energy `e` and squared mass `m2` whose
    /// absolute rapidity is at most `y`; not positive if there is none.
    #[inline(always)]
    pub(crate) fn drop_of_rapidity(&self, e: f64, m2: f64, y: f64) -> f64 {
        // 1 - e tanh(y) / p, where both terms may be close to 1.
        (2.0 * e / ((2.0 * y).exp_same() + 1.0) - m2 / (e + self.p)) / self.p
    }

    /// Rest-frame momentum of the first part from a direction.
    ///
    /// `drop` is `1 - cos(theta)`; `axes` are the x, y and z directions.
    #[inline(always)]
    pub fn momentum(&self, drop: f64, phi: f64, axes: [[f64; 3]; 3]) -> FourVector {
        let cos = 1.0 - drop;
        let sin = (drop * (2.0 - drop)).max(0.0).sqrt();
        let (sin_phi, cos_phi) = phi.sin_cos_same();
        let (x, y, z) = (self.p * sin * cos_phi, self.p * sin * sin_phi, self.p * cos);
        let [ax, ay, az] = axes;
        [
            self.e_a,
            x * ax[0] + y * ay[0] + z * az[0],
            x * ax[1] + y * ay[1] + z * az[1],
            x * ax[2] + y * ay[2] + z * az[2],
        ]
    }
}

/// The coordinate axes.
pub(super) const AXES: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// Azimuth in units of a turn, in [0, 1), of a vector in the plane of two axes.
#[inline(always)]
pub(super) fn turn(p: FourVector, ax: [f64; 3], ay: [f64; 3]) -> f64 {
    let x = p[1] * ax[0] + p[2] * ax[1] + p[3] * ax[2];
    let y = p[1] * ay[0] + p[2] * ay[1] + p[3] * ay[2];
    let turn = y.atan2_same(x) / (2.0 * PI);
    if turn < 0.0 { turn + 1.0 } else { turn }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinematics::dot;

    #[test]
    fn parts_are_on_shell_and_add_up() {
        let t = TwoBody::new(100.0, 9.0, 16.0);
        let a = t.momentum(0.7, 1.3, AXES);
        assert!((dot(a, a) - 9.0).abs() < 1e-12);
        assert!((t.e_a + t.e_b - 10.0).abs() < 1e-12);
        assert!((t.e_b * t.e_b - t.p * t.p - 16.0).abs() < 1e-12);
        assert!((turn(a, AXES[0], AXES[1]) * 2.0 * PI - 1.3).abs() < 1e-12);
    }

    #[test]
    fn massless_volume_is_one_over_eight_pi() {
        assert!((TwoBody::new(50.0, 0.0, 0.0).measure() - 0.125 / PI).abs() < 1e-15);
    }
}
