//! Beams: from the hypercube to `s_hat`, `x1` and `x2`.
//!
//! Knows beam energies and which beams have partons; knows no PDF.

use crate::elementary::Elementary;
use std::f64::consts::PI;

use serde::Serialize;

use super::error::PhaseSpaceError;
use super::invariant::InvariantMap;
use super::mapping::Mapping;

/// Two colliding beams along z.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BeamSetup {
    /// Energy of beam 1, along +z, in GeV.
    pub e1: f64,
    /// Energy of beam 2 in GeV.
    pub e2: f64,
    /// Which beams are hadrons, whose partons carry fractions `x` of the beam.
    /// Partons of hadrons are massless for `x`; beams that are not hadronic
    /// have the mass of their leg.
    pub hadronic: [bool; 2],
}

/// How `s_hat` comes about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) enum Kind {
    /// `s_hat` is given: no hadronic beam, or a decay.
    Fixed,
    /// `s_hat = offset + x slope`; the hadronic beam is 0 or 1.
    One {
        side: usize,
        offset: f64,
        slope: f64,
    },
    /// `s_hat = x1 x2 s`.
    Two,
}

/// Sampling of the initial state.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Initial {
    pub kind: Kind,
    /// Full energy squared.
    pub s: f64,
    /// Lower limit of `s_hat`.
    pub lo: f64,
    /// Upper limit of `s_hat`.
    pub hi: f64,
    /// Squared masses of the incoming legs.
    pub m2: [f64; 2],
    /// `s_hat` is tied to the mass of the only outgoing particle.
    pub pole: bool,
    /// Rapidity in the laboratory of the frame where both beams have the same
    /// energy; massless beams.
    pub boost: f64,
}

impl Initial {
    /// Energies for a collision; limits are those of the beams alone.
    pub(crate) fn collision(beams: &BeamSetup, masses: [f64; 2]) -> Result<Self, PhaseSpaceError> {
        for (k, energy) in [beams.e1, beams.e2].into_iter().enumerate() {
            let mass = if beams.hadronic[k] { 0.0 } else { masses[k] };
            if !(energy.is_finite() && energy > 0.0 && energy >= mass) {
                return Err(PhaseSpaceError::BeamEnergy {
                    beam: k + 1,
                    energy,
                    mass,
                });
            }
        }
        let m2 = masses.map(|m| m * m);
        let light_cone = |e: f64, m2: f64| e + (e * e - m2).max(0.0).sqrt();
        let (kind, s) = match beams.hadronic {
            [true, true] => (Kind::Two, 4.0 * beams.e1 * beams.e2),
            [false, false] => {
                let p1 = (beams.e1 * beams.e1 - m2[0]).max(0.0).sqrt();
                let p2 = (beams.e2 * beams.e2 - m2[1]).max(0.0).sqrt();
                let s = m2[0] + m2[1] + 2.0 * (beams.e1 * beams.e2 + p1 * p2);
                (Kind::Fixed, s)
            }
            [first, _] => {
                let (side, e_hadron, e_other, offset) = if first {
                    (0, beams.e1, beams.e2, m2[1])
                } else {
                    (1, beams.e2, beams.e1, m2[0])
                };
                let slope = 2.0 * e_hadron * light_cone(e_other, offset);
                (
                    Kind::One {
                        side,
                        offset,
                        slope,
                    },
                    offset + slope,
                )
            }
        };
        Ok(Self {
            kind,
            s,
            lo: 0.0,
            hi: s,
            m2,
            pole: false,
            boost: 0.5 * (beams.e1 / beams.e2).ln_same(),
        })
    }

    /// A particle of this mass at rest.
    pub fn decay(mass: f64) -> Self {
        Self {
            kind: Kind::Fixed,
            s: mass * mass,
            lo: mass * mass,
            hi: mass * mass,
            m2: [mass * mass, 0.0],
            pole: false,
            boost: 0.0,
        }
    }

    /// Whether the boost from the partonic frame to the one where both beams have
    /// the same energy follows from `x1 / x2`.
    pub(crate) fn boost_is_known(&self) -> bool {
        match self.kind {
            Kind::Two => true,
            Kind::Fixed => self.m2 == [0.0; 2],
            Kind::One { .. } => false,
        }
    }

    /// Coordinates used up by the initial state.
    pub fn n_dim(&self) -> usize {
        let hadrons = match self.kind {
            Kind::Fixed => 0,
            Kind::One { .. } => 1,
            Kind::Two => 2,
        };
        if self.pole { hadrons - 1 } else { hadrons }
    }

    /// From coordinates to `(s_hat, x1, x2, det)`.
    #[inline(always)]
    pub fn forward(&self, map: &InvariantMap, u: [f64; 2]) -> (f64, f64, f64, f64) {
        let (s_hat, det, u_y) = if self.pole {
            (self.lo, 2.0 * PI, u[0])
        } else if self.kind == Kind::Fixed {
            (self.s, 1.0, 0.0)
        } else {
            let (s, det) = map.forward(u[0], self.lo, self.hi);
            (s, det, u[1])
        };
        match self.kind {
            Kind::Fixed => (s_hat, 1.0, 1.0, det),
            Kind::One {
                side,
                offset,
                slope,
            } => {
                let x = (s_hat - offset) / slope;
                let (x1, x2) = if side == 0 { (x, 1.0) } else { (1.0, x) };
                (s_hat, x1, x2, det / slope)
            }
            Kind::Two => {
                let tau = s_hat / self.s;
                let range = -tau.ln_same();
                let e = ((u_y - 0.5) * range).exp_same();
                let root = tau.sqrt();
                (
                    s_hat,
                    (root * e).min(1.0),
                    (root / e).min(1.0),
                    det * range / self.s,
                )
            }
        }
    }

    /// From `s_hat`, `x1`, `x2` to the coordinates and `1/det`.
    pub fn inverse(&self, map: &InvariantMap, s_hat: f64, x: [f64; 2]) -> ([f64; 2], f64) {
        let (r, mut det_inv) = if self.pole {
            (0.0, 0.5 / PI)
        } else if self.kind == Kind::Fixed {
            (0.0, 1.0)
        } else {
            map.inverse(s_hat, self.lo, self.hi)
        };
        let mut u = [r, 0.0];
        match self.kind {
            Kind::Fixed => {}
            Kind::One { slope, .. } => det_inv *= slope,
            Kind::Two => {
                let range = -(s_hat / self.s).ln_same();
                let u_y = 0.5 + 0.5 * (x[0] / x[1]).ln_same() / range;
                det_inv *= self.s / range;
                u[usize::from(!self.pole)] = u_y;
            }
        }
        (u, det_inv)
    }
}
