//! The steps of a channel: the invariant of one system, the directions of its
//! parts.
//!
//! Points are processed in blocks that stay in cache. Knows masses and limits
//! of single systems; knows no tree.

use std::f64::consts::PI;

use serde::Serialize;

use super::invariant::InvariantMap;
use super::mapping::Mapping;
use super::seen::{self, Seen};
use super::t_channel::Exchange;
use super::two_body::{AXES, TwoBody};
use crate::elementary::Elementary;
use crate::kinematics::{FourVector, boost_from_rest};

/// The edge of a cut is left to the cut itself.
const INSIDE: f64 = 1.0 - 1e-9;

/// Points that are mapped together.
pub(super) const STRIP: usize = 64;
/// One number for each of them.
pub(super) type Strip = [f64; STRIP];

/// Draws the invariant of one system.
#[derive(Clone, Debug, Serialize)]
pub(super) struct InvariantStep {
    pub node: usize,
    pub parent: usize,
    pub sibling: usize,
    /// The sibling's invariant is known already.
    pub sibling_known: bool,
    /// Smallest mass of the sibling.
    pub sibling_floor: f64,
    pub lo: f64,
    pub hi: f64,
    pub map: InvariantMap,
}

/// What the directions of the parts of a system follow.
#[derive(Clone, Debug, Serialize)]
pub(super) enum Angles {
    /// Nothing: isotropic in the rest frame.
    Flat,
    /// The momentum transfer of an exchange.
    Exchange(Exchange),
    /// Cuts on a leg.
    Seen(Seen),
}

/// Splits one system.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SplitStep {
    pub node: usize,
    pub a: usize,
    pub b: usize,
    pub angles: Angles,
    /// The system whose exchange made this one, if any: its `t` comes in here.
    pub previous: Option<usize>,
    /// The same on the side of beam 2.
    pub beyond: Option<Beyond>,
    /// Smallest transverse momentum squared of the parts; only for the whole
    /// final state, whose axes are those of the beams.
    pub pt2: f64,
    /// Largest absolute rapidities of the parts, if they are exchanged to; as above.
    pub y_max: [f64; 2],
}

/// An exchange on the side of beam 2 of a system.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Beyond {
    /// The place of its `t`.
    pub t: usize,
    /// The node that beam 2 became.
    pub leg: usize,
}

pub(super) struct Scratch {
    pub s: Vec<Strip>,
    pub t: Vec<Strip>,
    pub p: Vec<[Strip; 4]>,
}

impl InvariantStep {
    /// Upper limit from the parent's invariant and the sibling's mass.
    #[inline(always)]
    pub fn top(&self, s_parent: f64, sibling_mass: f64) -> f64 {
        let room = (s_parent.sqrt() - sibling_mass).max(0.0);
        self.hi.min(room * room)
    }

    #[inline(always)]
    pub fn forward(&self, r: &[f64], s: &mut [Strip], det: &mut Strip) {
        match &self.map {
            InvariantMap::Resonance(map) => self.draw(map, r, s, det),
            InvariantMap::Power(map) => self.draw(map, r, s, det),
            InvariantMap::Threshold(map) => self.draw(map, r, s, det),
            InvariantMap::Diet(map) => self.draw(map, r, s, det),
        }
    }

    #[inline(always)]
    fn draw(&self, map: &impl Mapping, r: &[f64], s: &mut [Strip], det: &mut Strip) {
        for k in 0..r.len() {
            let other = if self.sibling_known {
                s[self.sibling][k].sqrt()
            } else {
                self.sibling_floor
            };
            let hi = self.top(s[self.parent][k], other);
            if self.lo < hi {
                let (value, d) = map.forward(r[k], self.lo, hi);
                s[self.node][k] = value;
                det[k] *= d / (2.0 * PI);
            } else {
                s[self.node][k] = self.lo;
                det[k] = 0.0;
            }
        }
    }
}

impl SplitStep {
    #[inline(always)]
    pub(crate) fn cos_max(&self, out: &TwoBody) -> f64 {
        if self.pt2 > 0.0 {
            out.cos_max(self.pt2)
        } else {
            1.0
        }
    }

    /// Smallest `1 - |cos(theta)|` that the walls allow; 1 or more if there is none.
    #[inline(always)]
    pub(crate) fn drop_min(&self, out: &TwoBody, m2: [f64; 2]) -> f64 {
        let mut drop = if self.pt2 > 0.0 {
            out.drop_min(self.pt2)
        } else {
            0.0
        };
        for (k, e) in [out.e_a, out.e_b].into_iter().enumerate() {
            if self.y_max[k].is_finite() {
                let wall = out.drop_of_rapidity(e, m2[k], self.y_max[k]);
                drop = drop.max(wall * INSIDE);
            }
        }
        drop
    }

    #[inline(always)]
    pub fn decay(&self, r: &[f64], phi: &[f64], scratch: &mut Scratch, det: &mut Strip) {
        for k in 0..r.len() {
            let out = TwoBody::new(
                scratch.s[self.node][k],
                scratch.s[self.a][k],
                scratch.s[self.b][k],
            );
            let cos_max = self.cos_max(&out);
            det[k] *= out.measure() * cos_max.max(0.0);
            let drop = 1.0 - cos_max * (2.0 * r[k] - 1.0);
            let p = out.momentum(drop, 2.0 * PI * phi[k], AXES);
            let frame = (self.node != 0).then(|| scratch.vector(self.node, k));
            self.store(p, out.e_b, frame, out.mass, k, scratch);
        }
    }

    /// `x` are the momentum fractions of the incoming legs.
    #[inline(always)]
    pub fn seen(
        &self,
        map: &Seen,
        r: &[f64],
        phi: &[f64],
        x: [&[f64]; 2],
        scratch: &mut Scratch,
        det: &mut Strip,
    ) {
        let [leg, other] = self.legs(map);
        for k in 0..r.len() {
            if det[k] == 0.0 {
                continue;
            }
            let q = scratch.vector(self.node, k);
            let (m2, m2_other) = (scratch.s[self.node][k], scratch.s[other][k]);
            let boost = 0.5 * (x[0][k] / x[1][k]).ln_same();
            let system = seen::System::new(q, m2, m2_other, boost);
            let Some((p, volume)) = map.forward(&system, [r[k], phi[k]]) else {
                det[k] = 0.0;
                continue;
            };
            det[k] *= volume * TwoBody::new(m2, 0.0, m2_other).measure();
            for mu in 0..4 {
                scratch.p[leg][mu][k] = p[mu];
                scratch.p[other][mu][k] = q[mu] - p[mu];
            }
        }
    }

    /// The nodes of a leg that must be seen and of its partner.
    pub fn legs(&self, map: &Seen) -> [usize; 2] {
        if map.swapped {
            [self.b, self.a]
        } else {
            [self.a, self.b]
        }
    }

    /// The part whose azimuth is drawn, and the coordinate of azimuth 0.
    pub(crate) fn first_azimuth(&self) -> (usize, f64) {
        match &self.angles {
            Angles::Seen(map) => (self.legs(map)[0], 0.5),
            Angles::Flat | Angles::Exchange(_) => (self.a, 0.0),
        }
    }

    /// Boosts the two parts to the common frame and keeps them.
    #[inline(always)]
    pub fn store(
        &self,
        p: FourVector,
        e_b: f64,
        frame: Option<FourVector>,
        mass: f64,
        k: usize,
        scratch: &mut Scratch,
    ) {
        let other = [e_b, -p[1], -p[2], -p[3]];
        let (a, b) = match frame {
            None => (p, other),
            Some(frame) => (
                boost_from_rest(p, frame, mass),
                boost_from_rest(other, frame, mass),
            ),
        };
        for mu in 0..4 {
            scratch.p[self.a][mu][k] = a[mu];
            scratch.p[self.b][mu][k] = b[mu];
        }
    }
}

impl Scratch {
    #[inline(always)]
    pub fn vector(&self, at: usize, k: usize) -> FourVector {
        let p = &self.p[at];
        [p[0][k], p[1][k], p[2][k], p[3][k]]
    }
}
