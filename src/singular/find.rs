//! The open singularities of subprocesses with the same masses.
//!
//! Knows diagrams, cuts and names; knows no message.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::finding::{Cause, Proposal, Singularity};
use super::lines::{Line, Lines, Place, members};
use super::points::Collision;
use super::region::Region;
use super::selection::Selection;
use crate::diagram::{DiagramGraph, LegSet, Subprocess};
use crate::model::{Model, ParticleId};

/// A subprocess whose diagrams are looked at.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Definite particles; one or two of them come in.
    pub subprocess: &'a Subprocess,
    /// Its diagrams.
    pub graph: DiagramGraph,
    /// Assignments of flavours with the same diagrams.
    pub flavours: Vec<Candidate<'a>>,
}

/// One assignment of flavours.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// The particles of its legs, in the order of the subprocess.
    pub legs: &'a [ParticleId],
    /// What cuts call the legs: a particle or a label, `[n_ext]`.
    pub names: Vec<String>,
    /// What its points must pass: position among the selections.
    pub selection: usize,
}

/// Finds what makes the cross section infinite: all singularities that are open to
/// some assignment of flavours, each with the number of subprocesses that have it.
///
/// All subprocesses have the masses of the selections. Those that the cuts proposed
/// for others close are left out.
pub fn find(
    model: &Model,
    collision: &Collision,
    requests: &[Request],
    selections: &[Selection],
) -> Vec<Singularity> {
    let looked_at: Vec<(Lines, Vec<Region>)> = requests
        .par_iter()
        .map(|request| {
            let lines = Lines::new(model, request.subprocess, &request.graph);
            let mut regions = lines.regions(collision.any_hadron());
            // Cheap questions first.
            let is_near = |region: Region| {
                let mass = mass_in(model, region);
                let mut flavours = request.flavours.iter();
                flavours.any(|f| !selections[f.selection].is_bounded(region, mass))
            };
            regions.retain(|&region| is_near(region) && lines.diverges(region));
            (lines, regions.into_iter().collect())
        })
        .collect();
    // Whether a region is reached does not depend on the diagrams.
    let asked: BTreeSet<(usize, Region)> = requests
        .iter()
        .zip(&looked_at)
        .flat_map(|(request, (_, regions))| {
            let selections = request.flavours.iter().map(|f| f.selection);
            selections.flat_map(|s| regions.iter().map(move |&region| (s, region)))
        })
        .collect();
    let open: FxHashMap<(usize, Region), bool> = asked
        .into_par_iter()
        .map(|key| {
            let (selection, mass) = (&selections[key.0], mass_in(model, key.1));
            let open =
                !selection.is_bounded(key.1, mass) && selection.is_reached(key.1, mass, collision);
            (key, open)
        })
        .collect();
    let mut found = Vec::new();
    for (request, (lines, regions)) in requests.iter().zip(&looked_at) {
        for candidate in &request.flavours {
            let naming = Naming {
                model,
                collision,
                lines,
                candidate,
                selection: &selections[candidate.selection],
                process: request.subprocess.with_legs(candidate.legs).name(model),
            };
            let open = regions.iter().filter(|&&r| open[&(candidate.selection, r)]);
            Singularity::join(&mut found, naming.all(open.copied()));
        }
    }
    found
}

/// What a region is called in one subprocess.
struct Naming<'a> {
    model: &'a Model,
    collision: &'a Collision,
    lines: &'a Lines<'a>,
    candidate: &'a Candidate<'a>,
    selection: &'a Selection<'a>,
    process: String,
}

impl Naming<'_> {
    /// The regions in words, those with the same remedy once.
    fn all(&self, regions: impl Iterator<Item = Region>) -> Vec<Singularity> {
        let pair = self.lines.finals().count_ones() == 2;
        let mut list: Vec<Singularity> = Vec::new();
        for new in regions.map(|region| self.name(region)) {
            let is_pt = |s: &Singularity| matches!(s.proposal, Some(Proposal::Pt(_)));
            let mut old = list.iter();
            // Two legs have the same transverse momentum.
            let said = old.any(|o| o.same_remedy(&new) || pair && is_pt(o) && is_pt(&new));
            if !said {
                list.push(new);
            }
        }
        list
    }

    fn name(&self, region: Region) -> Singularity {
        let set = region.legs(self.lines.finals());
        let legs: Vec<String> = members(set)
            .map(|k| self.candidate.names[k].clone())
            .collect();
        let proposal = match region {
            Region::Pole { .. } => None,
            Region::Collinear(set) if self.lines.is_cut_by_distance(set) => {
                Some(Proposal::Distance(legs.clone()))
            }
            Region::Collinear(_) => Some(Proposal::Mass(legs.clone())),
            Region::Total if legs.len() == 2 => Some(Proposal::Mass(legs.clone())),
            Region::Total => Some(Proposal::Energy),
            Region::Beam { .. } | Region::Soft(_) => Some(Proposal::Pt(legs.clone())),
            // One leg is enough, best one that is seen.
            Region::Forward | Region::Decay { .. } => {
                let charged = |k: &usize| self.particle(self.candidate.legs[*k]).charge_thirds != 0;
                let seen = members(set).find(charged);
                let leg = seen.unwrap_or(set.trailing_zeros() as usize);
                Some(Proposal::Pt(vec![self.candidate.names[leg].clone()]))
            }
        };
        Singularity {
            process: self.process.clone(),
            n_processes: 1,
            legs,
            cause: self.cause(region, set),
            proposal,
        }
    }

    fn cause(&self, region: Region, set: LegSet) -> Cause {
        let lines = self.lines;
        let name = |id: ParticleId| self.particle(id).name.clone();
        let peak = lines.line_in(region).map(|l| name(l.particle));
        let line = peak.clone().unwrap_or_default();
        match region {
            Region::Collinear(_) => Cause::Collinear { line },
            Region::Beam { .. } => Cause::Beam { line },
            Region::Forward => Cause::Forward { line },
            Region::Soft(_) => Cause::Soft,
            Region::Total => Cause::Total { line: peak },
            Region::Decay { beam, particle, .. } => Cause::Decay {
                incoming: name(self.candidate.legs[beam]),
                particle: name(particle),
            },
            Region::Pole { particle, .. } => {
                let p = self.particle(particle);
                let s = self.collision.s(&lines.masses[..lines.n_in]);
                let (lo, hi) = self.selection.range(set);
                let most = s.sqrt() - lines.threshold(lines.finals() & !set);
                let is_known = |n: &String| self.model.parameter(n).is_some();
                Cause::Pole {
                    particle: name(particle),
                    mass: p.mass,
                    range: [lo.sqrt(), hi.sqrt().min(most)],
                    width: Some(p.width_name.clone()).filter(is_known),
                }
            }
        }
    }

    fn particle(&self, id: ParticleId) -> &crate::model::Particle {
        self.model.particle(id)
    }
}

impl Lines<'_> {
    /// Whether a distance is proposed for collinear legs, not an invariant mass.
    fn is_cut_by_distance(&self, set: LegSet) -> bool {
        set.count_ones() == 2 && set & !self.leptons != 0
    }

    /// A massless line that peaks in a region.
    fn line_in(&self, region: Region) -> Option<&Line> {
        let finals = self.finals();
        let mut massless = self.list.iter().filter(|l| l.mass == 0.0);
        massless.find(|l| match (l.place, region) {
            (Place::Final(set), Region::Collinear(legs)) => set == legs,
            (Place::Final(set), Region::Total) => set == finals,
            (Place::Exchange(sides), Region::Beam { beam, legs }) => sides[beam] == legs,
            (Place::Exchange(_), Region::Forward) => true,
            _ => false,
        })
    }
}

/// Mass in GeV of the line that is on its shell; 0 where none is.
fn mass_in(model: &Model, region: Region) -> f64 {
    match region {
        Region::Pole { particle, .. } | Region::Decay { particle, .. } => {
            model.particle(particle).mass
        }
        _ => 0.0,
    }
}

impl Region {
    /// The legs that it is about.
    fn legs(self, finals: LegSet) -> LegSet {
        match self {
            Self::Collinear(legs)
            | Self::Soft(legs)
            | Self::Beam { legs, .. }
            | Self::Pole { legs, .. }
            | Self::Decay { legs, .. } => legs,
            Self::Forward | Self::Total => finals,
        }
    }
}
