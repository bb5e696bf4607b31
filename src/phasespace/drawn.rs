//! Limits of invariant masses of several systems, while their rapidities are drawn.
//!
//! Transverse momenta are known by then. Of a set of systems with transverse
//! masses `m_T`, `W^2 = sum(m_T e^y) sum(m_T e^-y)` is their squared invariant mass plus the square
//! of their transverse momentum, and of two parts at a distance `d` in rapidity
//!
//! `W^2 = (W_1 + W_2)^2 + 4 W_1 W_2 sinh^2(d/2)`,
//!
//! so limits of a mass are limits of the distance of the system drawn last to those
//! before it. An upper limit holds before that: those to come have at least their
//! `m_T`. Knows no tree and no cut.

use crate::elementary::Elementary;
use serde::Serialize;

use super::bounds::{INSIDE, Limits, MAX_OUT};
use super::rapidity::Room;

/// Systems of a collision as far as they are drawn, by their places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    /// Transverse momentum, GeV.
    pub px: [f64; MAX_OUT],
    pub py: [f64; MAX_OUT],
    /// Transverse mass, GeV.
    pub m_t: [f64; MAX_OUT],
    /// Rapidity, if it is drawn, in whatever frame along the beams they all share.
    pub y: [Option<f64>; MAX_OUT],
    /// Exponential of the rapidity.
    pub e_y: [f64; MAX_OUT],
}

impl Drawn {
    /// Nothing is known.
    pub fn new() -> Self {
        Self {
            px: [0.0; MAX_OUT],
            py: [0.0; MAX_OUT],
            m_t: [0.0; MAX_OUT],
            y: [None; MAX_OUT],
            e_y: [0.0; MAX_OUT],
        }
    }

    /// Azimuth of a system.
    #[inline(always)]
    pub fn phi(&self, k: usize) -> f64 {
        self.py[k].atan2_same(self.px[k])
    }

    /// Keeps the rapidity of a system.
    #[inline(always)]
    pub(crate) fn set_y(&mut self, k: usize, y: f64) {
        self.y[k] = Some(y);
        self.e_y[k] = y.exp_same();
    }
}

/// Limits of the squared mass of all systems.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Whole {
    /// Lower limit; 0 if transverse masses imply it.
    pub lo: f64,
    /// Upper limit.
    pub hi: f64,
    /// What the beams have.
    pub beams: f64,
}

/// Limits of the invariant mass of some systems, as one of them sees them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct MassWall {
    /// Systems drawn before it, by their places; not empty.
    before: Vec<usize>,
    /// Systems drawn after it.
    after: Vec<usize>,
    /// Smallest squared mass; 0 as long as something is drawn after it.
    lo: f64,
    /// Largest squared mass.
    hi: f64,
}

impl MassWall {
    /// The walls of every system, by its place; none if only beams and transverse
    /// masses limit masses. `sets` are the legs of the systems by their places, `order`
    /// the order in which rapidities are drawn, `s_hat` the limits of the whole.
    ///
    /// A limit of legs that do not make up whole systems is none. So is a lower one
    /// beyond what a room can be divided by: that is left to the cut.
    pub fn of(limits: &Limits, s_hat: &Whole, sets: &[u32], order: &[usize]) -> Vec<Vec<Self>> {
        let members = |legs: u32| -> Vec<usize> {
            let all = order.iter().copied();
            all.filter(|&k| sets[k] & !legs == 0).collect()
        };
        let full = limits.full();
        let mut all: Vec<(u32, f64, f64)> = limits.walls.clone();
        all.retain(|&(legs, ..)| {
            let members = members(legs);
            let covered = members.iter().fold(0, |sum, &k| sum | sets[k]);
            legs != full && members.len() > 1 && covered == legs
        });
        let mut walls = vec![Vec::new(); sets.len()];
        if all.is_empty() && s_hat.lo == 0.0 && s_hat.hi == s_hat.beams {
            return walls;
        }
        all.push((full, s_hat.lo, s_hat.hi));
        for (legs, lo, hi) in all {
            let members = members(legs);
            for at in 1..members.len() {
                let own: &mut Vec<Self> = &mut walls[members[at]];
                let last = at + 1 == members.len();
                let holes = own.iter().filter(|w| w.lo > 0.0).count() + sets.len();
                let lo = if last && holes < MAX_OUT { lo } else { 0.0 };
                if lo > 0.0 || hi.is_finite() {
                    own.push(Self {
                        before: members[..at].to_vec(),
                        after: members[at + 1..].to_vec(),
                        lo,
                        hi,
                    });
                }
            }
        }
        walls
    }

    /// Takes away from the room of system `k` what the limits exclude.
    #[inline(always)]
    pub fn limit(&self, k: usize, drawn: &Drawn, room: &mut Room) {
        let (mut plus, mut minus) = (0.0, 0.0);
        let (mut px, mut py) = (drawn.px[k], drawn.py[k]);
        for &j in &self.before {
            plus += drawn.m_t[j] * drawn.e_y[j];
            minus += drawn.m_t[j] / drawn.e_y[j];
            px += drawn.px[j];
            py += drawn.py[j];
        }
        let mut later = 0.0;
        for &j in &self.after {
            later += drawn.m_t[j];
            px += drawn.px[j];
            py += drawn.py[j];
        }
        let pt2 = px * px + py * py;
        let (before, own) = ((plus * minus).sqrt(), drawn.m_t[k]);
        let centre = 0.5 * (plus / minus).ln_same();
        let distance = |w2: f64| {
            let nearest = before + own;
            let sinh2 = (w2 - nearest * nearest) / (4.0 * before * own);
            // asinh, precise for small arguments, too.
            let x = sinh2.max(0.0).sqrt();
            2.0 * (x + x * x / (1.0 + (1.0 + x * x).sqrt())).ln_1p_same()
        };
        if self.hi.is_finite() {
            let most = ((self.hi + pt2).sqrt() - later).max(0.0);
            room.keep_within(centre, distance(most * most));
        }
        if self.lo > 0.0 {
            room.keep_away(centre, INSIDE * distance(self.lo + pt2));
        }
    }
}
