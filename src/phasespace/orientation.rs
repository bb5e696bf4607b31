//! The orientation of an event about the beams, and which of two mirror images
//! it is: one coordinate for both.
//!
//! Without polarisation nothing depends on the azimuth of the whole event, and next
//! to nothing on its reflection at a plane through the beams. So a channel makes
//! events whose first azimuth is 0 and whose second one is less than half a turn.
//! The coordinate of the first azimuth then reflects and turns them: below
//! 1/2 they stay, above they are reflected, and either half is a full turn. A
//! sampler sees one of two equal peaks, and no azimuth that matters to nothing
//! but differences. Knows coordinates and momenta; knows no map.

use std::f64::consts::PI;

use crate::elementary::Elementary;
use crate::kinematics::FourVector;

/// What one coordinate says about the whole event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Orientation {
    reflected: bool,
    sin: f64,
    cos: f64,
}

impl Orientation {
    /// From the coordinate; `two` says whether there is a second azimuth, without
    /// which every event is its own mirror image.
    #[inline(always)]
    pub(crate) fn from_coordinate(r: f64, two: bool) -> Self {
        let turns = if two { 2.0 * r } else { r };
        let (sin, cos) = (2.0 * PI * turns).sin_cos_same();
        Self {
            reflected: two && turns >= 1.0,
            sin,
            cos,
        }
    }

    /// From the azimuth of the first system.
    #[inline(always)]
    pub fn of(first: FourVector) -> Self {
        let [_, x, y, _] = first;
        let pt = x.hypot_same(y);
        let (sin, cos) = if pt > 0.0 {
            (y / pt, x / pt)
        } else {
            (0.0, 1.0)
        };
        Self {
            reflected: false,
            sin,
            cos,
        }
    }

    /// The mirror image.
    #[inline(always)]
    pub(crate) fn reflected(self) -> Self {
        Self {
            reflected: !self.reflected,
            ..self
        }
    }

    /// The coordinate that it comes from.
    #[inline(always)]
    pub fn coordinate(self, two: bool) -> f64 {
        let turn = (self.sin.atan2_same(self.cos) / (2.0 * PI)).rem_euclid(1.0);
        let side = if self.reflected { 1.0 } else { 0.0 };
        if two { 0.5 * (turn + side) } else { turn }
    }

    /// Puts an event that has its first azimuth at 0 in its place.
    #[inline(always)]
    pub(crate) fn apply(self, [x, y]: [f64; 2]) -> [f64; 2] {
        let y = if self.reflected { -y } else { y };
        [self.cos * x - self.sin * y, self.sin * x + self.cos * y]
    }

    /// Takes it back.
    #[inline(always)]
    pub(crate) fn undo(self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (x, y) = (self.cos * x + self.sin * y, self.cos * y - self.sin * x);
        [x, if self.reflected { -y } else { y }]
    }
}

/// Which coordinates are the first and the second azimuth of a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Azimuths {
    /// Node of the system whose azimuth is the first.
    pub node: usize,
    /// Its coordinate.
    pub first: usize,
    /// Value of the first coordinate where the azimuth is 0.
    pub zero: f64,
    /// The next one, if any.
    pub second: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinate_tells_side_and_azimuth() {
        for two in [false, true] {
            for k in 0..20 {
                let r = (f64::from(k) + 0.3) / 20.0;
                let orientation = Orientation::from_coordinate(r, two);
                let first = orientation.apply([3.0, 0.0]);
                let reflected = two && r >= 0.5;
                let mut found = Orientation::of([5.0, first[0], first[1], 1.0]);
                if reflected {
                    found = found.reflected();
                }
                assert!((found.coordinate(two) - r).abs() < 1e-14);
                let p = [1.0, 2.0];
                let back = found.undo(orientation.apply(p));
                assert!((back[0] - p[0]).abs().max((back[1] - p[1]).abs()) < 1e-14);
                // A vector on the left of the first one changes sides.
                let [x, y] = orientation.apply(p);
                let side = first[0] * y - first[1] * x;
                assert_eq!(side < 0.0, reflected);
            }
        }
    }
}
