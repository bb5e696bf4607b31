//! How fast squared matrix elements grow towards a region, against the phase
//! space that is left there.
//!
//! A small number `x` scales the momenta of a region: transverse momenta of
//! collinear legs, all components of soft ones. Every diagram is a power of `x`,
//! from its propagators and from its vertices in a physical gauge, where diagrams
//! do not cancel: a collinear vertex of three lines suppresses by `x`, and so does
//! a soft one of three vectors; a soft fermion brings `sqrt(x)`, and half of that
//! power is in the propagator of one. Powers are those of squared amplitudes.
//! Knows lines; knows no cut.

use super::lines::{Line, Lines, Place};
use super::region::Region;
use crate::diagram::LegSet;

const VECTOR: u8 = 3;
const FERMION: u8 = 2;

impl Lines<'_> {
    /// Whether the integral over a region diverges if nothing keeps points out.
    pub(crate) fn diverges(&self, region: Region) -> bool {
        match region {
            Region::Collinear(legs) => {
                let inside = |l: &Line| self.is_collinear(l, legs, None);
                self.collinear(inside, 2 * legs.count_ones() - 2)
            }
            Region::Beam { beam, legs } => {
                let inside = |l: &Line| self.is_collinear(l, legs, Some(beam));
                self.collinear(inside, 2 * legs.count_ones())
            }
            Region::Soft(legs) => self.soft(legs),
            // One massive line in each diagram, and the rate falls with the energy.
            Region::Total => {
                let massive = |l: &Line| i32::from(l.mass > 0.0);
                self.least(massive, |_| 0) == Some(0)
            }
            // Double poles, of a massless exchange or of a stable particle.
            Region::Forward | Region::Pole { .. } | Region::Decay { .. } => true,
        }
    }

    /// Whether a line is parallel to the others of a region: it becomes some of
    /// its legs, or is what an incoming leg becomes that emits some of them.
    fn is_collinear(&self, line: &Line, legs: LegSet, beam: Option<usize>) -> bool {
        match (line.place, beam) {
            (Place::Leg(leg), _) if leg >= self.n_in => legs >> leg & 1 == 1,
            (Place::Leg(leg), beam) => Some(leg) == beam,
            (Place::Final(set), _) => set & !legs == 0,
            (Place::Exchange(sides), Some(beam)) => sides[beam] & !legs == 0,
            (Place::Exchange(_), None) => false,
        }
    }

    /// `phase_space` is the power of the measure.
    fn collinear(&self, inside: impl Fn(&Line) -> bool, phase_space: u32) -> bool {
        let line = |l: &Line| {
            let singular = !matches!(l.place, Place::Leg(_)) && l.mass == 0.0 && inside(l);
            if singular { -4 } else { 0 }
        };
        let vertex = |meeting: &[&Line]| {
            let all = meeting.len() == 3 && meeting.iter().all(|l| inside(l));
            if all { 2 } else { 0 }
        };
        (self.least(line, vertex)).is_some_and(|power| power + phase_space as i32 <= 0)
    }

    fn soft(&self, legs: LegSet) -> bool {
        let within = |set: LegSet| set & !legs == 0;
        let is_soft = |l: &Line| match l.place {
            Place::Leg(leg) => legs >> leg & 1 == 1,
            Place::Final(set) => within(set),
            Place::Exchange(_) => false,
        };
        let line = |l: &Line| match l.place {
            Place::Leg(leg) => i32::from(is_soft(l) && self.spins[leg] == FERMION),
            Place::Final(set) if within(set) => match (l.mass == 0.0, l.spin) {
                (false, _) => 0,
                (true, FERMION) => -2,
                (true, _) => -4,
            },
            _ if self.emits(l, legs) => -2,
            _ => 0,
        };
        let vertex = |meeting: &[&Line]| {
            let all = |l: &&Line| is_soft(l) && l.spin == VECTOR;
            if meeting.len() == 3 && meeting.iter().all(all) {
                2
            } else {
                0
            }
        };
        let phase_space = 2 * legs.count_ones() as i32;
        (self.least(line, vertex)).is_some_and(|power| power + phase_space <= 0)
    }

    /// Whether a line is an external leg but for soft legs that it emits.
    fn emits(&self, line: &Line, soft: LegSet) -> bool {
        let stays = |mass: f64| line.mass == mass && line.width == 0.0;
        match line.place {
            Place::Leg(_) => false,
            Place::Final(set) => {
                let hard = set & !soft;
                let from_final = hard != set
                    && hard.count_ones() == 1
                    && stays(self.masses[hard.trailing_zeros() as usize]);
                // What decays emits before.
                let lost = self.finals() & !set;
                let from_decaying =
                    self.n_in == 1 && lost != 0 && lost & !soft == 0 && stays(self.masses[0]);
                from_final || from_decaying
            }
            Place::Exchange(sides) => {
                (0..2).any(|beam| sides[beam] & !soft == 0 && stays(self.masses[beam]))
            }
        }
    }
}
