//! The frame in which a beam that has lost a leg meets the other one.
//!
//! Knows boosts and rotations; knows no distance.

use crate::kinematics::{FourVector, boost_from_rest, boost_to_rest, dot};

/// A boost to the rest frame of `centre`, then a rotation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    centre: FourVector,
    mass: f64,
    /// 1 over `mass`, and over its sum with the energy of `centre`.
    inverse: [f64; 2],
    /// Rows of the rotation.
    turn: [[f64; 3]; 3],
}

impl Frame {
    /// The rest frame of `centre`, whose invariant mass squared is `m2`, in which
    /// `ahead` flies along +z.
    pub(super) fn new(centre: FourVector, m2: f64, ahead: FourVector) -> Self {
        let mass = m2.sqrt();
        let [_, x, y, z] = boost_to_rest(ahead, centre, mass);
        Self {
            centre,
            mass,
            inverse: [1.0 / mass, 1.0 / (mass + centre[0])],
            turn: onto_z([x, y, z]),
        }
    }

    /// A momentum in this frame.
    #[inline(always)]
    pub(super) fn enter(&self, p: FourVector) -> FourVector {
        let c = &self.centre;
        let e = dot(p, *c) * self.inverse[0];
        let f = (e + p[0]) * self.inverse[1];
        let [x, y, z] = [1, 2, 3].map(|mu| p[mu] - f * c[mu]);
        let row = |r: &[f64; 3]| r[0] * x + r[1] * y + r[2] * z;
        let t = &self.turn;
        [e, row(&t[0]), row(&t[1]), row(&t[2])]
    }

    /// A momentum of this frame, in the one before.
    pub(super) fn leave(&self, p: FourVector) -> FourVector {
        let t = &self.turn;
        let column = |k: usize| t[0][k] * p[1] + t[1][k] * p[2] + t[2][k] * p[3];
        let back = [p[0], column(0), column(1), column(2)];
        boost_from_rest(back, self.centre, self.mass)
    }

    /// Squared invariant mass.
    #[inline(always)]
    pub(super) fn mass2(p: FourVector) -> f64 {
        dot(p, p)
    }
}

/// The rotation about an axis across z that takes a direction to +z; nothing is
/// turned if it is along z already.
#[inline(always)]
fn onto_z([x, y, z]: [f64; 3]) -> [[f64; 3]; 3] {
    let across2 = x * x + y * y;
    if across2 <= 1e-34 {
        return [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    }
    let size = (across2 + z * z).sqrt();
    let (c, s) = (z / size, across2.sqrt() / size);
    // The axis (y, -x, 0) / |..|, and the rotation by the angle of cosine c about it.
    let across = across2.sqrt();
    let (a, b) = (y / across, -x / across);
    [
        [c + (1.0 - c) * a * a, (1.0 - c) * a * b, s * b],
        [(1.0 - c) * a * b, c + (1.0 - c) * b * b, -s * a],
        [-s * b, s * a, c],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_ahead_flies_along_z_and_comes_back() {
        let centre = [500.0, 30.0, -40.0, 200.0];
        let ahead = [180.0, 50.0, 20.0, -150.0];
        let frame = Frame::new(centre, dot(centre, centre), ahead);
        let there = frame.enter(ahead);
        assert!(there[1].abs() < 1e-10 && there[2].abs() < 1e-10 && there[3] > 0.0);
        assert!((dot(there, there) - dot(ahead, ahead)).abs() < 1e-8);
        let other = [60.0, -10.0, 25.0, 40.0];
        let product = dot(frame.enter(other), there);
        assert!((product - dot(other, ahead)).abs() < 1e-8);
        for (a, b) in frame.leave(frame.enter(other)).iter().zip(&other) {
            assert!((a - b).abs() < 1e-10);
        }
        let rest = frame.enter(centre);
        assert!(rest[1..].iter().all(|x| x.abs() < 1e-10));
    }
}
