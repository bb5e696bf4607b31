//! Hadrons collide: transverse momenta, azimuths and rapidities of the systems
//! that come out; momentum fractions follow.
//!
//! Cuts on transverse momenta and rapidities of single legs and on invariant
//! masses of several systems are the walls of the hypercube, whatever exchanges
//! the systems come from, so that one such map serves all topologies with the
//! same systems. Knows the systems' squared masses and limits; knows neither
//! exchange nor decay.
//! Sources: 2302.10449 (sampling in transverse momenta and rapidities); the
//! map of the rapidities is our own.

use std::f64::consts::PI;

use serde::Serialize;

use super::bounds::{Apart, Limits, MAX_OUT};
use super::drawn::{Drawn, MassWall, Whole};
use super::initial::Initial;
use super::invariant::Power;
use super::mapping::Mapping;
use super::rapidity::{Rapidity, Room};
use super::two_body::TwoBody;
use crate::elementary::Elementary;
use crate::kinematics::{FourVector, asinh};

/// One of the systems.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Part {
    /// Node of the channel's tree.
    node: usize,
    /// Smallest transverse momentum squared.
    pt2: f64,
    /// Largest absolute rapidity in the frame where both hadrons have the same
    /// energy.
    y_max: f64,
    /// Smallest mass of all other systems together.
    others: f64,
    map: Power,
    /// The systems drawn before to keep away from, by their places.
    apart: Vec<(usize, Apart)>,
    /// Limits of invariant masses with systems drawn before.
    masses: Vec<MassWall>,
}

/// The systems of a collision of two hadrons; the last one takes the recoil.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Emission {
    parts: Vec<Part>,
    /// Full energy squared.
    s: f64,
    /// Limits of `s_hat`.
    s_hat: [f64; 2],
    /// Rapidities are relative to the first one until they all are drawn, and the
    /// first one comes last: limits of invariant masses are about differences.
    boost_last: bool,
}

/// A system as the tree tells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct System {
    pub node: usize,
    /// Final legs.
    pub set: u32,
    /// Its mass if its resonances are on shell.
    pub nominal: f64,
}

/// Systems that may take the recoil: the heaviest of those without a cut of
/// their own, and where there are more than two all that have one.
///
/// Transverse momenta fall from the cuts on, or from the masses; a system that
/// only balances the others should be the hardest.
pub(super) fn recoils(systems: &[System], limits: &Limits) -> Vec<usize> {
    let cut = |k: usize| limits.pt2_of(systems[k].set) > 0.0;
    let order = |&a: &usize, &b: &usize| {
        let nominal = systems[a].nominal.total_cmp(&systems[b].nominal);
        cut(b).cmp(&cut(a)).then(nominal)
    };
    let main = (0..systems.len()).max_by(order).into_iter();
    let others = (0..systems.len()).filter(|&k| systems.len() > 2 && cut(k));
    let mut all: Vec<usize> = main.chain(others).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What a point of the hypercube becomes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Emitted {
    pub s_hat: f64,
    pub x: [f64; 2],
    pub det: f64,
    /// Momenta in the partonic frame, in the order of [`Emission::nodes`].
    pub p: [FourVector; MAX_OUT],
}

impl Emission {
    /// The map for two or more systems, of which `recoil` is the one that
    /// balances the others.
    pub fn new(systems: &[System], recoil: usize, limits: &Limits, initial: &Initial) -> Self {
        let (s, s_hat) = (initial.s, [initial.lo, initial.hi]);
        let mut systems = systems.to_vec();
        let last = systems.remove(recoil);
        systems.push(last);
        let floor = |s: &System| limits.s_min[s.set as usize].sqrt();
        let all: f64 = systems.iter().map(floor).sum();
        let soft = if limits.pt2 > 0.0 {
            limits.pt2
        } else {
            1e-6 * s
        };
        let order: Vec<usize> = (0..systems.len()).map(drawn_at(systems.len())).collect();
        let sets: Vec<u32> = systems.iter().map(|s| s.set).collect();
        let mut masses = MassWall::of(limits, &whole(&systems, limits, initial), &sets, &order);
        let leg = |s: &System| (s.set.count_ones() == 1).then(|| s.set.trailing_zeros() as usize);
        let apart = |a: &System| {
            let found = systems.iter().enumerate().filter_map(|(at, b)| {
                let apart = limits.apart(leg(a)?, leg(b)?);
                apart.is_limit().then_some((at, apart))
            });
            found.collect()
        };
        let boost_last = masses.iter().any(|walls| !walls.is_empty());
        let parts = systems
            .iter()
            .zip(&mut masses)
            .map(|(system, masses)| {
                let pt2 = limits.pt2_of(system.set);
                let m2 = system.nominal * system.nominal;
                let map = if m2 > soft {
                    Power {
                        nu: 1.5,
                        shift: -m2,
                    }
                } else {
                    Power {
                        nu: 1.2,
                        shift: if pt2 > 0.0 { 0.0 } else { -soft },
                    }
                };
                // Either incoming leg may come from either beam.
                let y = limits.y_max_of(system.set) + initial.boost.abs();
                Part {
                    node: system.node,
                    pt2,
                    y_max: y,
                    others: all - floor(system),
                    map,
                    apart: apart(system),
                    masses: std::mem::take(masses),
                }
            })
            .collect();
        Self {
            parts,
            s,
            s_hat,
            boost_last,
        }
    }

    /// Coordinates: a transverse momentum and an azimuth of all but one system,
    /// and the rapidities of all.
    pub fn n_dim(&self) -> usize {
        3 * self.parts.len() - 2
    }

    /// Number of systems.
    pub(crate) fn n_parts(&self) -> usize {
        self.parts.len()
    }

    /// Nodes of the systems.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = usize> + '_ {
        self.parts.iter().map(|p| p.node)
    }

    /// Volume of phase space in units of what the maps give.
    fn constant(&self) -> f64 {
        let n = self.parts.len() as i32;
        // (2 pi)^(4 - 3n) * 2/s from the momentum fractions, dy/2 for each
        // system, d(pt^2)/2 dphi for all but one.
        (2.0 * PI).powi(4 - 3 * n) * 2.0 / self.s * 0.5_f64.powi(2 * n - 1)
    }

    /// Limits of the transverse momentum squared of one part, from the squared
    /// masses of the nodes.
    #[inline(always)]
    fn pt2_limits(&self, k: usize, m2: impl Fn(usize) -> f64) -> (f64, f64) {
        let part = &self.parts[k];
        let others = if self.boost_last {
            let others = self.nodes().enumerate().filter(|(j, _)| *j != k);
            others.map(|(_, node)| m2(node).sqrt()).sum()
        } else {
            part.others
        };
        let p = TwoBody::new(self.s_hat[1], m2(part.node), others * others).p;
        (part.pt2, p * p)
    }

    /// Where the rapidity of system `k` may be if `plus` and `minus` of the
    /// hadrons' light-cone momenta are used up by those drawn before it.
    #[inline(always)]
    fn room(&self, k: usize, [plus, minus]: [f64; 2], drawn: &Drawn) -> Room {
        let part = &self.parts[k];
        let mut room = if self.boost_last {
            let mut room = Room::new(f64::MIN, f64::MAX);
            for wall in &part.masses {
                wall.limit(k, drawn, &mut room);
            }
            for (other, y) in drawn.y[..self.parts.len()].iter().enumerate() {
                if let Some(y) = y {
                    room.keep_within(*y, part.y_max + self.parts[other].y_max);
                }
            }
            room
        } else {
            let (root, m_t) = (self.s.sqrt(), drawn.m_t[k]);
            let hi = ((root - plus) / m_t).ln_same();
            let lo = -((root - minus) / m_t).ln_same();
            // Where nothing is left the limits are no numbers.
            Room::new(lo.max(-part.y_max), hi.min(part.y_max))
        };
        for (other, apart) in &part.apart {
            if let Some(y) = drawn.y[*other] {
                room.keep_away(y, apart.least_dy(drawn.phi(k) - drawn.phi(*other)));
            }
        }
        room
    }

    /// What may be added to all rapidities, with light-cone momenta `plus` and `minus`.
    #[inline(always)]
    fn room_of_boost(&self, [plus, minus]: [f64; 2], drawn: &Drawn) -> Room {
        let root = self.s.sqrt();
        let (mut lo, mut hi) = (-(root / minus).ln_same(), (root / plus).ln_same());
        for (part, y) in self.parts.iter().zip(&drawn.y) {
            let y = y.unwrap_or(0.0);
            (lo, hi) = (lo.max(-part.y_max - y), hi.min(part.y_max - y));
        }
        Room::new(lo, hi)
    }

    /// Rapidity of what has been emitted, about which the next is drawn.
    #[inline(always)]
    fn centre(plus: f64, minus: f64) -> Rapidity {
        let centre = if plus > 0.0 {
            0.5 * (plus / minus).ln_same()
        } else {
            0.0
        };
        Rapidity { centre }
    }

    /// From coordinates (those after the systems' own masses) and squared
    /// masses of the nodes to momenta; `None` where there is no such point.
    #[inline(always)]
    pub fn forward(&self, r: impl Fn(usize) -> f64, m2: impl Fn(usize) -> f64) -> Option<Emitted> {
        let n = self.parts.len();
        let mut now = Drawn::new();
        let mut det = self.constant();
        for (k, part) in self.parts[..n - 1].iter().enumerate() {
            let (lo, hi) = self.pt2_limits(k, &m2);
            if lo >= hi {
                return None;
            }
            let (pt2, d) = part.map.forward(r(2 * k), lo, hi);
            let phi = 2.0 * PI * r(2 * k + 1);
            let (sin, cos) = phi.sin_cos_same();
            let pt = pt2.sqrt();
            (now.px[k], now.py[k]) = (pt * cos, pt * sin);
            now.m_t[k] = (m2(part.node) + pt2).sqrt();
            det *= 2.0 * PI * d;
            now.px[n - 1] -= now.px[k];
            now.py[n - 1] -= now.py[k];
        }
        let recoil = now.px[n - 1] * now.px[n - 1] + now.py[n - 1] * now.py[n - 1];
        let last = &self.parts[n - 1];
        if recoil < last.pt2 {
            return None;
        }
        now.m_t[n - 1] = (m2(last.node) + recoil).sqrt();
        let root = self.s.sqrt();
        let (mut plus, mut minus) = (0.0, 0.0);
        for (i, k) in (0..n).map(|i| (i, drawn_at(n)(i))) {
            if i == 0 && self.boost_last {
                now.set_y(k, 0.0);
            } else {
                let room = self.room(k, [plus, minus], &now);
                let map = Self::centre(plus, minus);
                let (y, d) = map.forward(r(2 * n - 2 + i), &room)?;
                det *= d;
                now.set_y(k, y);
            }
            plus += now.m_t[k] * now.e_y[k];
            minus += now.m_t[k] / now.e_y[k];
        }
        if self.boost_last {
            let room = self.room_of_boost([plus, minus], &now);
            let (boost, d) = Self::centre(minus, plus).forward(r(2 * n - 2), &room)?;
            det *= d;
            let e = boost.exp_same();
            now.e_y[..n].iter_mut().for_each(|e_y| *e_y *= e);
            (plus, minus) = (plus * e, minus / e);
        }
        let x = [plus / root, minus / root];
        let s_hat = plus * minus;
        if !(x[0] < 1.0 && x[1] < 1.0 && s_hat > self.s_hat[0] && s_hat < self.s_hat[1]) {
            return None;
        }
        let back = (minus / plus).sqrt();
        let mut p = [[0.0; 4]; MAX_OUT];
        for k in 0..n {
            let e = now.e_y[k] * back;
            let half = 0.5 * now.m_t[k];
            p[k] = [
                half * (e + 1.0 / e),
                now.px[k],
                now.py[k],
                half * (e - 1.0 / e),
            ];
        }
        Some(Emitted { s_hat, x, det, p })
    }

    /// From momenta of the nodes in the partonic frame to coordinates; the
    /// result is `1/det`, `None` where the map cannot make the point.
    pub fn inverse(
        &self,
        p: &[FourVector],
        m2: &[f64],
        s_hat: f64,
        x: [f64; 2],
        u: &mut [f64],
    ) -> Option<f64> {
        if !(s_hat >= self.s_hat[0] && s_hat <= self.s_hat[1]) {
            return None;
        }
        let n = self.parts.len();
        let mut det = 1.0 / self.constant();
        let turn = |q: FourVector| q[2].atan2_same(q[1]) / (2.0 * PI);
        for (k, part) in self.parts[..n - 1].iter().enumerate() {
            let q = p[part.node];
            let (lo, hi) = self.pt2_limits(k, |node| m2[node]);
            let pt2 = q[1] * q[1] + q[2] * q[2];
            let slack = 1e-9 * hi;
            if !(pt2 > lo - slack && pt2 < hi + slack && lo < hi) {
                return None;
            }
            let (r, d) = part.map.inverse(pt2.clamp(lo, hi), lo, hi);
            u[2 * k] = r;
            u[2 * k + 1] = turn(q).rem_euclid(1.0);
            det *= d / (2.0 * PI);
        }
        let boost = 0.5 * (x[0] / x[1]).ln_same();
        let (mut plus, mut minus, mut origin) = (0.0, 0.0, 0.0);
        let mut now = Drawn::new();
        for (k, part) in self.parts.iter().enumerate() {
            let q = p[part.node];
            let pt2 = q[1] * q[1] + q[2] * q[2];
            if k == n - 1 && pt2 < part.pt2 * (1.0 - 1e-9) {
                return None;
            }
            (now.px[k], now.py[k]) = (q[1], q[2]);
            now.m_t[k] = (m2[part.node] + pt2).sqrt();
        }
        for (i, k) in (0..n).map(|i| (i, drawn_at(n)(i))) {
            let m_t = now.m_t[k];
            let y = asinh(p[self.parts[k].node][3] / m_t) + boost - origin;
            if i == 0 && self.boost_last {
                origin = y;
                now.set_y(k, 0.0);
            } else {
                let room = self.room(k, [plus, minus], &now);
                let slack = 1e-9 * (1.0 + y.abs());
                let (r, d) = Self::centre(plus, minus).inverse(y, &room, slack)?;
                u[2 * n - 2 + i] = r;
                det *= d;
                now.set_y(k, y);
            }
            plus += m_t * now.e_y[k];
            minus += m_t / now.e_y[k];
        }
        if self.boost_last {
            let room = self.room_of_boost([plus, minus], &now);
            let slack = 1e-9 * (1.0 + origin.abs());
            let (r, d) = Self::centre(minus, plus).inverse(origin, &room, slack)?;
            u[2 * n - 2] = r;
            det *= d;
        }
        Some(det)
    }
}

/// The place of the system whose rapidity is drawn at a turn: first the one that
/// takes the recoil, which is the last of `n`.
fn drawn_at(n: usize) -> impl Fn(usize) -> usize {
    move |turn| if turn == 0 { n - 1 } else { turn - 1 }
}

/// Limits of `s_hat`; the lower one only where transverse masses do not imply it:
/// those of all systems, or of one and what balances it.
fn whole(systems: &[System], limits: &Limits, initial: &Initial) -> Whole {
    let mass = |s: &System| limits.s_min[s.set as usize].sqrt();
    let pt2 = |s: &System| limits.pt2_of(s.set);
    let m_t = |s: &System| mass(s).hypot_same(pt2(s).sqrt());
    let masses: f64 = systems.iter().map(mass).sum();
    let balanced = |s: &System| m_t(s) + (masses - mass(s)).hypot_same(pt2(s).sqrt());
    let sum: f64 = systems.iter().map(m_t).sum();
    let implied = systems.iter().map(balanced).fold(sum, f64::max);
    let (beams, hi) = (initial.s, initial.hi.min(initial.s));
    let lo = if implied * implied < initial.lo * (1.0 - 1e-9) {
        initial.lo
    } else {
        0.0
    };
    Whole { lo, hi, beams }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phasespace::{BeamSetup, Bounds};

    #[test]
    fn cuts_on_single_legs_are_walls() {
        let bounds = Bounds {
            pt_min: vec![0.0, 0.0, 30.0, 0.0],
            y_max: vec![f64::INFINITY, f64::INFINITY, 2.0, f64::INFINITY],
            ..Bounds::default()
        };
        let limits = Limits::new(&[0.0, 100.0], 2, &bounds);
        let system = |leg: usize, nominal: f64| System {
            node: leg,
            set: 1 << leg,
            nominal,
        };
        let systems = [system(0, 0.0), system(1, 100.0)];
        let beams = BeamSetup {
            e1: 5000.0 * 0.5_f64.exp(),
            e2: 5000.0 * (-0.5_f64).exp(),
            hadronic: [true; 2],
        };
        let initial = Initial::collision(&beams, [0.0; 2]).unwrap();
        let map = Emission::new(&systems, 1, &limits, &initial);
        assert_eq!(recoils(&systems, &limits), [1]);
        assert_eq!(map.nodes().collect::<Vec<_>>(), [0, 1]);
        let m2 = [0.0, 1e4];
        // The smallest transverse momentum, the other system at rest, and both ends
        // of the rapidity: 0.5 further than in the laboratory, since either beam may
        // be the faster one.
        for (end, wanted) in [(0.0, -2.5), (1.0, 2.5)] {
            let r = [0.0, 0.0, 0.5, end];
            let out = map.forward(|j| r[j], |k| m2[k]).unwrap();
            let [e, px, py, pz] = out.p[0];
            assert!((px.hypot(py) - 30.0).abs() < 1e-9);
            let boost = 0.5 * (out.x[0] / out.x[1]).ln();
            let y = 0.5 * ((e + pz) / (e - pz)).ln() + boost;
            assert!((y - wanted).abs() < 1e-9, "{y}");
        }
    }

    #[test]
    fn only_what_transverse_masses_do_not_imply_is_a_wall() {
        // A pair of at least 50 GeV balances a leg of at least 20 GeV.
        let bounds = |s_hat: f64| Bounds {
            pt_min: vec![0.0, 0.0, 0.0, 0.0, 20.0],
            s_min: [(0b01100, 2500.0), (0b11100, s_hat)].into(),
            ..Bounds::default()
        };
        let system = |set: u32| System {
            node: set as usize,
            set,
            nominal: 0.0,
        };
        let beams = BeamSetup {
            e1: 5000.0,
            e2: 5000.0,
            hadronic: [true; 2],
        };
        let implied = (20.0 + 50_f64.hypot(20.0)).powi(2);
        for (s_hat, wall) in [(implied, false), (1.01 * implied, true)] {
            let limits = Limits::new(&[0.0; 3], 2, &bounds(s_hat));
            let mut initial = Initial::collision(&beams, [0.0; 2]).unwrap();
            (initial.lo, initial.hi) = (s_hat, initial.s);
            let map = Emission::new(&[system(0b011), system(0b100)], 0, &limits, &initial);
            assert_eq!(map.boost_last, wall, "{s_hat}");
        }
    }
}
