//! What keeps points away from a singular region.
//!
//! Bounds that the cuts imply settle most cases; the others are settled by points
//! that come close to the region and are put to the cuts as they are, so that
//! every cut that can be written is understood, and every further condition. Knows cuts and
//! regions; knows no diagram.

use super::lines::members;
use super::points::{Approach, Collision};
use super::region::Region;
use crate::cuts::{BoundCuts, Bounds};
use crate::diagram::LegSet;
use crate::kinematics::MomentumBatch;

/// Points of a batch, and batches that are tried before a region counts as closed.
const BATCH: usize = 512;
const BATCHES: usize = 16;

/// Part of the points close to a region that a further condition may leave where it closes
/// the region: those whose other particles happen to be closer to one another than the
/// region is near, where the cross section is small.
const STRAY: f64 = 0.01;

/// The conditions on points of one flavour assignment, with what they imply.
///
/// A further condition (the cut on emissions of merged samples) acts like the cuts.
#[derive(Clone)]
pub struct Selection<'a> {
    cuts: &'a BoundCuts,
    bounds: Bounds,
    masses: &'a [f64],
    finals: LegSet,
    further: Option<Further<'a>>,
}

/// A further condition: clears the marks of points that it does not leave, given momenta of
/// all legs in the laboratory.
pub type Further<'a> = &'a (dyn Fn(&MomentumBatch, &mut [bool]) + Sync);

impl<'a> Selection<'a> {
    /// `masses` are those of all legs in GeV, of which `n_in` come in.
    pub fn new(cuts: &'a BoundCuts, masses: &'a [f64], n_in: usize) -> Self {
        let bounds = cuts.bounds(masses);
        Self {
            cuts,
            bounds,
            masses,
            finals: ((1 << masses.len()) - 1) & !((1 << n_in) - 1),
            further: None,
        }
    }

    /// The same with a further condition.
    #[must_use]
    pub fn with(self, further: Option<Further<'a>>) -> Self {
        Self { further, ..self }
    }

    /// Whether points close to a region pass, of those that are tried; `mass` is
    /// that of the line on its shell, in GeV.
    pub(super) fn is_reached(&self, region: Region, mass: f64, collision: &Collision) -> bool {
        let Some(mut approach) = Approach::new(region, mass, self.masses, &self.bounds, collision)
        else {
            return false;
        };
        let mut pass = [false; BATCH];
        let [mut n_inside, mut n_left] = [0, 0];
        for _ in 0..BATCHES {
            let points: Vec<_> = (0..BATCH).filter_map(|_| approach.point()).collect();
            let pass = &mut pass[..points.len()];
            let points = MomentumBatch::from_points(&points);
            let count = |pass: &[bool]| pass.iter().filter(|p| **p).count();
            self.cuts.mask(&points, pass);
            n_inside += count(pass);
            match self.further {
                Some(further) if n_inside > 0 => further(&points, pass),
                None if n_inside > 0 => return true,
                _ => {}
            }
            n_left += count(pass);
        }
        n_left as f64 > STRAY * n_inside as f64
    }

    /// Whether bounds alone keep away from a region.
    pub(super) fn is_bounded(&self, region: Region, mass: f64) -> bool {
        if self.bounds.exclude_all() {
            return true;
        }
        let b = &self.bounds;
        let hard = |set: LegSet| members(set).any(|k| b.pt_min[k] > 0.0);
        let central = |set: LegSet| members(set).any(|k| b.eta_max[k].is_some());
        let heavy = |set: LegSet| {
            let mut sets = b.s_min.iter();
            sets.any(|&(s, min)| s & !set == 0 && min > 0.0)
        };
        let apart = |set: LegSet| {
            let mut pairs = b.apart.iter();
            pairs.any(|&(pair, least)| pair & !set == 0 && least != [0.0; 2])
        };
        let finals = self.finals;
        match region {
            Region::Collinear(legs) => heavy(legs) || apart(legs),
            Region::Beam { legs, .. } => hard(legs) || central(legs) || heavy(legs),
            Region::Soft(legs) => hard(legs) || heavy(legs),
            Region::Forward => hard(finals) || central(finals),
            Region::Total => b.sqrt_s_min > 0.0,
            Region::Pole { legs, .. } => {
                let m2 = mass * mass;
                let (lo, hi) = self.range(legs);
                m2 < lo || m2 > hi
            }
            Region::Decay { .. } => false,
        }
    }

    /// Bounds on the squared invariant mass of some legs, GeV^2.
    pub(super) fn range(&self, legs: LegSet) -> (f64, f64) {
        let b = &self.bounds;
        let threshold: f64 = members(legs).map(|k| self.masses[k]).sum();
        let lo = b.s_min(legs).unwrap_or(0.0).max(threshold * threshold);
        let hi = b.s_max(legs).unwrap_or(f64::INFINITY);
        if legs == self.finals {
            let most = b.sqrt_s_max.unwrap_or(f64::INFINITY);
            return (lo.max(b.sqrt_s_min * b.sqrt_s_min), hi.min(most * most));
        }
        (lo, hi)
    }
}
