//! Two beams of given energy go on, each less something massless that it emits;
//! what the two emit becomes a system of its own.
//!
//! Variables are what two-photon processes are steep in: the transverse momenta of
//! both beam particles, from where their masses end the rise of `1/-t` to where the mass
//! of the system does, and the rapidity of the system. Momenta follow from light-cone
//! components without cancellation, however small the momentum transfers are. Knows
//! the masses of the beams and of the three systems; knows neither photon nor how the system
//! in the middle decays.
//!
//! With `P` the sum of all momenta, `Q` that of the system and `lambda` the root of the
//! triangle function of `(P - Q)^2` in the longitudinal plane and the two transverse masses,
//!
//! ```text
//! dPhi_3 = (2 pi)^-5 / (16 lambda) d(pt_a^2) dphi_a d(pt_b^2) dphi_b dy_Q
//! ```
//!
//! The map is our own.

use std::f64::consts::PI;

use serde::Serialize;

use super::bounds::Limits;
use super::initial::Initial;
use super::mapping::Mapping;
use super::step::{Scratch, Strip};
use super::two_body::TwoBody;
use crate::elementary::Elementary;
use crate::kinematics::{FourVector, asinh, sqrt_kallen, transfer};

/// A beam particle that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Side {
    /// Node of the channel's tree.
    node: usize,
    /// Squared masses before and after.
    m2_in: f64,
    m2: f64,
    /// Smallest transverse momentum squared.
    pt2: f64,
    /// Largest transverse momentum squared.
    top: f64,
}

/// The map; beam 1 is along +z.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Peripheral {
    sides: [Side; 2],
    /// Node of the system in the middle.
    middle: usize,
    /// Energy squared.
    s: f64,
}

/// What a point of the hypercube becomes: momenta in the order of
/// [`Peripheral::nodes`], the two momentum transfers, the measure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Emitted {
    pub p: [FourVector; 3],
    pub t: [f64; 2],
    pub det: f64,
}

/// Density proportional to `1 / ((x + a) (x + a + c))`: logarithmic between `a` and `c`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Between {
    a: f64,
    c: f64,
}

impl Mapping for Between {
    // In v = ln(1 + c / (x + a)), which falls.
    #[inline(always)]
    fn forward(&self, r: f64, lo: f64, hi: f64) -> (f64, f64) {
        let w_lo = self.c / (lo + self.a);
        let v_lo = w_lo.ln_1p_same();
        let range = v_lo - (self.c / (hi + self.a)).ln_1p_same();
        let w = (v_lo - r * range).exp_m1_same();
        let rise = self.c / w * (1.0 + w_lo) / w_lo * -(-r * range).exp_m1_same();
        ((lo + rise).min(hi), range * self.c * (1.0 + w) / (w * w))
    }

    #[inline(always)]
    fn inverse(&self, x: f64, lo: f64, hi: f64) -> (f64, f64) {
        let v_lo = (self.c / (lo + self.a)).ln_1p_same();
        let range = v_lo - (self.c / (hi + self.a)).ln_1p_same();
        let w = self.c / (x + self.a);
        // v_lo - v, as the logarithm of a ratio near 1 where x is near the end.
        let step = (self.c * (x - lo) / ((lo + self.a) * (x + self.a + self.c))).ln_1p_same();
        (step / range, w * w / (self.c * (1.0 + w) * range))
    }
}

/// Part of the first coordinate for events whose beam particles have passed each
/// other: rare, but possible.
const PASSED: f64 = 0.04;

/// Smallest scale of transverse momenta of massless legs, in units of `s`.
const SOFT: f64 = 1e-12;

impl Peripheral {
    /// `nodes` are those of the two beam particles, first that of beam 1, and of the
    /// system; `sets` their legs.
    pub fn new(nodes: [usize; 3], sets: [u32; 3], limits: &Limits, initial: &Initial) -> Self {
        let floor = |k: usize| limits.s_min[sets[k] as usize].sqrt();
        let all = floor(0) + floor(1) + floor(2);
        let sides = [0, 1].map(|k| {
            let m2 = floor(k) * floor(k);
            let others = all - floor(k);
            let p = TwoBody::new(initial.s, m2, others * others).p;
            Side {
                node: nodes[k],
                m2_in: initial.m2[k],
                m2,
                pt2: limits.pt2_of(sets[k]),
                top: p * p,
            }
        });
        Self {
            sides,
            middle: nodes[2],
            s: initial.s,
        }
    }

    /// Coordinates: transverse momentum and azimuth of both beam particles, rapidity of
    /// the system.
    pub(crate) const N_DIM: usize = 5;

    /// Nodes of the beam particles and of the system.
    pub(crate) fn nodes(&self) -> [usize; 3] {
        [self.sides[0].node, self.sides[1].node, self.middle]
    }

    /// Range of the rapidity of a system of this squared mass.
    #[inline(always)]
    fn y_max(&self, m2: f64) -> f64 {
        0.5 * (self.s / m2).ln_same()
    }

    /// The map of a transverse momentum if the system has this squared mass, and the
    /// beam particle loses this part of its momentum.
    #[inline(always)]
    fn map(&self, side: &Side, m2: f64, part: f64) -> Between {
        let a = part * (side.m2 - (1.0 - part) * side.m2_in);
        let regulated = side.m2 > 0.0 || side.pt2 > 0.0;
        Between {
            a: a.max(0.0) + if regulated { 0.0 } else { SOFT * self.s },
            c: m2,
        }
    }

    /// Parts of their momenta that the beam particles lose, about.
    #[inline(always)]
    fn parts(&self, m2: f64, y: f64) -> [f64; 2] {
        let tau = (m2 / self.s).sqrt();
        [tau * y.exp_same(), tau * (-y).exp_same()].map(|part| part.min(1.0))
    }

    /// Draws the momenta of the nodes and the momentum transfers of a block, which are
    /// kept at the nodes of the beam particles; the masses are known.
    #[inline(always)]
    pub(crate) fn draw(&self, r: [&[f64]; Self::N_DIM], scratch: &mut Scratch, det: &mut Strip) {
        for k in 0..r[0].len() {
            scratch.s[0][k] = self.s;
            let Some(emitted) = self.forward(|j| r[j][k], scratch.s[self.middle][k]) else {
                det[k] = 0.0;
                continue;
            };
            for (at, p) in self.nodes().into_iter().zip(emitted.p) {
                for mu in 0..4 {
                    scratch.p[at][mu][k] = p[mu];
                }
            }
            for (side, t) in self.sides.iter().zip(emitted.t) {
                scratch.t[side.node][k] = t;
            }
            det[k] *= emitted.det;
        }
    }

    /// From coordinates and the squared mass of the system; `None` where there is no
    /// such point.
    #[inline(always)]
    pub fn forward(&self, r: impl Fn(usize) -> f64, m2: f64) -> Option<Emitted> {
        let root = self.s.sqrt();
        let y_max = self.y_max(m2);
        if y_max <= 0.0 {
            return None;
        }
        let passed = r(4) < PASSED;
        let (r_y, share) = if passed {
            (r(4) / PASSED, PASSED)
        } else {
            ((r(4) - PASSED) / (1.0 - PASSED), 1.0 - PASSED)
        };
        let y = y_max * (2.0 * r_y - 1.0);
        let mut det = 2.0 * y_max / share / (16.0 * (2.0 * PI).powi(3));
        let parts = self.parts(m2, y);
        let mut p = [[0.0; 4]; 3];
        let (mut pt2, mut m_t2) = ([0.0; 2], [0.0; 2]);
        for (k, side) in self.sides.iter().enumerate() {
            if side.pt2 >= side.top {
                return None;
            }
            let map = self.map(side, m2, parts[k]);
            let (drawn, d) = map.forward(r(2 * k), side.pt2, side.top);
            let (sin, cos) = (2.0 * PI * r(2 * k + 1)).sin_cos_same();
            let pt = drawn.sqrt();
            (p[k][1], p[k][2]) = (pt * cos, pt * sin);
            (pt2[k], m_t2[k]) = (drawn, side.m2 + drawn);
            det *= d;
        }
        let (x, y_t) = (-p[0][1] - p[1][1], -p[0][2] - p[1][2]);
        let m_t = (m2 + x * x + y_t * y_t).sqrt();
        let e = y.exp_same();
        let (plus, minus) = (m_t * e, m_t / e);
        let rest = [root - plus, root - minus];
        let pair = rest[0] * rest[1];
        let sum = m_t2[0].sqrt() + m_t2[1].sqrt();
        if !(rest[0] > 0.0 && rest[1] > 0.0 && pair > sum * sum) {
            return None;
        }
        let lambda = sqrt_kallen(pair, m_t2[0], m_t2[1]);
        // The large light-cone component of each, along its beam.
        let large = |k: usize| {
            let own = pair + m_t2[k] - m_t2[1 - k];
            let along = if own > 0.0 {
                0.5 * (own + lambda)
            } else {
                2.0 * pair * m_t2[k] / (lambda - own)
            };
            let against = m_t2[k] * pair / along;
            rest[k] * if passed { against } else { along } / pair
        };
        let ahead = [large(0), large(1)];
        let back = [m_t2[0] / ahead[0], m_t2[1] / ahead[1]];
        (p[0][0], p[0][3]) = (0.5 * (ahead[0] + back[0]), 0.5 * (ahead[0] - back[0]));
        (p[1][0], p[1][3]) = (0.5 * (ahead[1] + back[1]), 0.5 * (back[1] - ahead[1]));
        p[2] = [0.5 * (plus + minus), x, y_t, 0.5 * (plus - minus)];
        let beams = TwoBody::new(self.s, self.sides[0].m2_in, self.sides[1].m2_in);
        let light_cone = [beams.e_a + beams.p, beams.e_b + beams.p];
        let given = [plus, minus];
        let t = [0, 1].map(|k| {
            let (side, other) = (&self.sides[k], 1 - k);
            // What the beam particle loses is what the others have.
            let lost = given[k] + back[other] - self.sides[other].m2_in / light_cone[other];
            let part = lost / light_cone[k];
            let z = ahead[k] / light_cone[k];
            -(pt2[k] + part * (side.m2 - z * side.m2_in)) / z
        });
        det /= lambda;
        Some(Emitted { p, t, det })
    }

    /// From momenta of the nodes and the squared mass of the system to coordinates;
    /// gives `1/det`, `None` where the map cannot make the point.
    pub fn inverse(&self, p: &[FourVector], m2: f64, u: &mut [f64]) -> Option<f64> {
        let q = p[self.middle];
        let m_t = (m2 + q[1] * q[1] + q[2] * q[2]).sqrt();
        let (y, y_max) = (asinh(q[3] / m_t), self.y_max(m2));
        let slack = 1e-9 * y_max;
        if !(y_max > 0.0 && y.abs() < y_max + slack) {
            return None;
        }
        let r_y = (0.5 * (y / y_max + 1.0)).clamp(0.0, 1.0);
        let parts = self.parts(m2, y);
        let mut det = 16.0 * (2.0 * PI).powi(3) / (2.0 * y_max);
        let mut ahead = [0.0; 2];
        let mut back = [0.0; 2];
        for (k, side) in self.sides.iter().enumerate() {
            let [e, px, py, pz] = p[side.node];
            let pt2 = px * px + py * py;
            if !(pt2 > side.pt2 * (1.0 - 1e-9) && pt2 < side.top * (1.0 + 1e-9)) {
                return None;
            }
            let pt2 = pt2.clamp(side.pt2, side.top);
            let map = self.map(side, m2, parts[k]);
            let (r, d) = map.inverse(pt2, side.pt2, side.top);
            u[2 * k] = r;
            u[2 * k + 1] = (py.atan2_same(px) / (2.0 * PI)).rem_euclid(1.0);
            det *= d;
            let along = if k == 0 { pz } else { -pz };
            let m_t2 = side.m2 + pt2;
            (ahead[k], back[k]) = if along > 0.0 {
                (e + along, m_t2 / (e + along))
            } else {
                (m_t2 / (e - along), e - along)
            };
        }
        // Positive where the particle of beam 1 is ahead in rapidity.
        let lambda = ahead[0] * ahead[1] - back[0] * back[1];
        let passed = lambda < 0.0;
        let share = if passed { PASSED } else { 1.0 - PASSED };
        u[4] = if passed {
            r_y * PASSED
        } else {
            PASSED + r_y * (1.0 - PASSED)
        };
        Some(det * share * lambda.abs())
    }

    /// The momentum transfers from momenta of the nodes in the frame of the beams.
    pub fn transfers(&self, p: &[FourVector]) -> [f64; 2] {
        let beams = TwoBody::new(self.s, self.sides[0].m2_in, self.sides[1].m2_in);
        let incoming = [
            [beams.e_a, 0.0, 0.0, beams.p],
            [beams.e_b, 0.0, 0.0, -beams.p],
        ];
        [0, 1].map(|k| {
            let side = &self.sides[k];
            let (before, after) = (side.m2_in.sqrt(), side.m2.sqrt());
            transfer(incoming[k], before, p[side.node], after)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phasespace::mapping::law;
    use crate::phasespace::{BeamSetup, Bounds};
    use crate::rng::{Purpose, Stream};

    const ELECTRON: f64 = 0.000511;

    /// Legs 0 and 1 are the beam particles, 2 and 3 muons.
    fn electrons(energy: f64) -> Peripheral {
        let masses = [ELECTRON, ELECTRON, 0.10566, 0.10566];
        let limits = Limits::new(&masses, 2, &Bounds::default());
        let beams = BeamSetup {
            e1: energy,
            e2: energy,
            hadronic: [false; 2],
        };
        let initial = Initial::collision(&beams, [ELECTRON; 2]).unwrap();
        Peripheral::new([0, 1, 2], [0b0001, 0b0010, 0b1100], &limits, &initial)
    }

    #[test]
    fn the_map_of_transverse_momenta_is_invertible() {
        for (a, c) in [(1e-6, 1e-2), (1e-3, 1e3), (0.0, 5.0)] {
            law::holds(&Between { a, c }, 1e-4, 1e2);
        }
        law::holds(&Between { a: 1e-3, c: 1.0 }, 0.0, 1e2);
    }

    #[test]
    fn momenta_have_the_transfers_that_were_drawn_and_the_inverse_finds_them() {
        for energy in [5.0, 250.0] {
            let map = electrons(energy);
            let mut stream = Stream::new(1, Purpose::Test, 0, 0);
            let (mut alive, mut smallest, mut passed) = (0, f64::INFINITY, 0);
            for _ in 0..5000 {
                let r: [f64; 5] = std::array::from_fn(|_| stream.uniform());
                let m2 = 0.0447 / (1.0 - 0.9999 * stream.uniform());
                let Some(out) = map.forward(|j| r[j], m2) else {
                    continue;
                };
                alive += 1;
                passed += usize::from(r[4] < PASSED);
                let total: f64 = out.p.iter().map(|p| p[0]).sum();
                assert!((total / (2.0 * energy) - 1.0).abs() < 1e-14);
                for k in 1..4 {
                    let sum: f64 = out.p.iter().map(|p| p[k]).sum();
                    assert!(sum.abs() < 1e-13 * energy, "{sum}");
                }
                for (t, got) in out.t.into_iter().zip(map.transfers(&out.p)) {
                    assert!((got / t - 1.0).abs() < 2e-9, "{got} {t}");
                    smallest = smallest.min(-t);
                }
                let mut u = [0.0; 5];
                let det_inv = map.inverse(&out.p, m2, &mut u).unwrap();
                assert!(
                    (out.det * det_inv - 1.0).abs() < 1e-8,
                    "{}",
                    out.det * det_inv
                );
                for j in 0..5 {
                    let off = (u[j] - r[j]).abs();
                    assert!(off.min(1.0 - off) < 1e-8, "{u:?} {r:?}");
                }
            }
            assert!(alive > 3000 && passed > 50, "{alive} {passed}");
            assert!(
                smallest < if energy < 10.0 { 1e-11 } else { 1e-17 },
                "{smallest}"
            );
        }
    }
}
