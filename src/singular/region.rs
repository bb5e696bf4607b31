//! The regions of phase space where lines of diagrams come to their poles.
//!
//! Knows lines and masses; knows neither powers nor cuts.

use std::collections::BTreeSet;

use super::lines::{Line, Lines, Place, members};
use crate::diagram::LegSet;
use crate::model::ParticleId;

/// A corner of phase space; sets are final legs, numbered as in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Region {
    /// Massless legs become parallel.
    Collinear(LegSet),
    /// Massless legs go along a massless incoming one.
    Beam {
        /// The incoming leg, 0 or 1.
        beam: usize,
        /// The legs.
        legs: LegSet,
    },
    /// Two massive particles scatter by a massless exchange and go straight on.
    Forward,
    /// Massless legs lose their energy.
    Soft(LegSet),
    /// The partonic energy goes to 0.
    Total,
    /// A line without width is on its mass shell.
    Pole {
        /// What it becomes.
        legs: LegSet,
        /// The line.
        particle: ParticleId,
    },
    /// An incoming particle decays before it scatters.
    Decay {
        /// The incoming leg, 0 or 1.
        beam: usize,
        /// What it decays to, with the particle that scatters.
        legs: LegSet,
        /// What scatters, on its mass shell.
        particle: ParticleId,
    },
}

/// Masses that agree to this part are the same.
const SAME: f64 = 1e-9;

impl Lines<'_> {
    /// The regions where some line can come to its pole; `hadronic` says whether
    /// the partonic energy can vary.
    pub(crate) fn regions(&self, hadronic: bool) -> BTreeSet<Region> {
        let mut found = BTreeSet::new();
        let finals = self.finals();
        for line in &self.list {
            match line.place {
                Place::Leg(_) => {}
                Place::Final(legs) => self.time_like(line, legs, &mut found),
                Place::Exchange(sides) => self.exchange(line, sides, &mut found),
            }
        }
        for leg in members(finals) {
            if self.spins[leg] == 3 && self.masses[leg] == 0.0 {
                found.insert(Region::Soft(1 << leg));
            }
        }
        if hadronic && self.massless(finals | 3) {
            found.insert(Region::Total);
        }
        found
    }

    fn time_like(&self, line: &Line, legs: LegSet, found: &mut BTreeSet<Region>) {
        let threshold = self.threshold(legs);
        if line.mass > threshold * (1.0 + SAME) && line.width == 0.0 {
            let particle = line.particle;
            found.insert(Region::Pole { legs, particle });
        } else if line.mass == 0.0 && self.massless(legs) && legs != self.finals() {
            found.insert(Region::Collinear(legs));
            if line.spin == 3 {
                found.insert(Region::Soft(legs));
            }
        }
    }

    fn exchange(&self, line: &Line, sides: [LegSet; 2], found: &mut BTreeSet<Region>) {
        for beam in 0..2 {
            let legs = sides[beam];
            let incoming = self.masses[beam];
            if line.mass == 0.0 && incoming == 0.0 && self.massless(legs) {
                found.insert(Region::Beam { beam, legs });
            }
            let room = incoming - self.threshold(legs);
            if room > 0.0 && line.mass < room * (1.0 - SAME) {
                let particle = line.particle;
                found.insert(Region::Decay {
                    beam,
                    legs,
                    particle,
                });
            }
        }
        let elastic = |beam: usize| {
            sides[beam].count_ones() == 1 && self.threshold(sides[beam]) == self.masses[beam]
        };
        if line.mass == 0.0 && elastic(0) && elastic(1) && !self.massless(3) {
            found.insert(Region::Forward);
        }
    }
}
