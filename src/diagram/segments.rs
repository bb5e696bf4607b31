//! The core process and the decays of a subprocess, as the recursion meets them.
//!
//! The tree of a diagram is rooted at the last leg. A decay that has the last leg is
//! seen from its other side: what flows into it completes the process around it.
//! Knows sets of legs and particles; knows no vertex.

use super::{LegSet, Subprocess};
use crate::model::{Model, ParticleId};

/// The line between a decay and what it is a decay of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Boundary {
    /// The legs on one side, never the last one.
    pub legs: LegSet,
    /// What flows out of these legs.
    pub particle: ParticleId,
    /// The segment that is complete with these legs: 0 for the core process, k + 1 for
    /// decay k.
    completes: usize,
}

/// Which vertex belongs to the core process, and which to which decay.
#[derive(Clone, Debug)]
pub(super) struct Segments {
    pub boundaries: Vec<Boundary>,
    /// The segment of the last leg.
    last: usize,
    /// All legs but the last one.
    top: LegSet,
}

impl Segments {
    pub fn new(model: &Model, sub: &Subprocess) -> Self {
        let last = sub.legs.len() - 1;
        let all: LegSet = (1 << sub.legs.len()) - 1;
        // The innermost decay with these legs and more.
        let around = |legs: LegSet| {
            (sub.decays.iter().enumerate())
                .filter(|(_, d)| d.legs & legs == legs && d.legs != legs)
                .min_by_key(|(_, d)| d.legs.count_ones())
                .map_or(0, |(k, _)| k + 1)
        };
        let boundaries = (sub.decays.iter().enumerate())
            .map(|(k, d)| match d.legs >> last & 1 {
                0 => Boundary {
                    legs: d.legs,
                    particle: model.anti(d.particle),
                    completes: k + 1,
                },
                _ => Boundary {
                    legs: all & !d.legs,
                    particle: d.particle,
                    completes: around(d.legs),
                },
            })
            .collect();
        Self {
            boundaries,
            last: around(1 << last),
            top: all & !(1 << last),
        }
    }

    /// The segment of the vertex that joins these legs.
    pub fn of(&self, set: LegSet) -> usize {
        self.around(set).map_or(self.last, |b| b.completes)
    }

    /// Whether these legs complete a segment.
    pub fn is_complete(&self, set: LegSet) -> bool {
        set == self.top || self.boundaries.iter().any(|b| b.legs == set)
    }

    /// Whether some legs are a part of a decay together with others that are not.
    pub fn cross(&self, set: LegSet) -> bool {
        self.boundaries.iter().any(|b| {
            let common = set & b.legs;
            common != 0 && common != set && common != b.legs
        })
    }

    /// Number of lines that its segment still joins to these legs.
    pub fn n_outside(&self, set: LegSet) -> u64 {
        if self.boundaries.is_empty() {
            return u64::from((self.top & !set).count_ones());
        }
        let whole = self.around(set).map_or(self.top, |b| b.legs);
        let mut rest = whole & !set;
        let mut n = 0;
        while rest != 0 {
            let leg = rest & rest.wrapping_neg();
            // The largest boundary within the segment that has the leg.
            let line = (self.boundaries.iter())
                .map(|b| b.legs)
                .filter(|legs| legs & leg != 0 && legs & whole == *legs && *legs != whole)
                .max_by_key(|legs| legs.count_ones())
                .unwrap_or(leg);
            rest &= !line;
            n += 1;
        }
        n
    }

    /// The smallest boundary with these legs, and maybe more.
    fn around(&self, set: LegSet) -> Option<&Boundary> {
        (self.boundaries.iter())
            .filter(|b| b.legs & set == set)
            .min_by_key(|b| b.legs.count_ones())
    }
}
