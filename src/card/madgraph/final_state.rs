//! What the final states of process lines can hold: for each leg its particles, and whether
//! it comes from a decay.
//!
//! Knows legs and numbers of particles; knows no cut.

use std::collections::BTreeSet;

use super::line::{ProcessText, Segment};
use super::names::Names;

/// A leg of a final state.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FinalLeg {
    /// What it may be.
    pub pdgs: Vec<i32>,
    /// Whether a decay chain makes it.
    pub from_decay: bool,
    /// Whether a decay of a finished event makes it, which cuts do not see.
    pub after_cuts: bool,
}

/// The legs of one process line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FinalState {
    pub legs: Vec<FinalLeg>,
    /// What decays only after the cuts.
    pub decaying: Vec<Vec<i32>>,
}

/// Most legs that are looked at.
const MAX_LEGS: usize = 64;

impl FinalState {
    /// The final state of a line; decays replace what they decay.
    pub fn new(line: &ProcessText, names: &Names) -> Self {
        let mut state = Self {
            legs: Vec::new(),
            decaying: Vec::new(),
        };
        state.add(&line.core, names, [false; 2]);
        state
    }

    /// The legs that cuts see.
    fn seen(&self) -> impl Iterator<Item = &FinalLeg> {
        self.legs.iter().filter(|l| !l.after_cuts)
    }

    /// Fewest and most legs of these particles.
    pub fn count(&self, pdgs: &[i32]) -> (usize, usize) {
        let is = |p: &i32| pdgs.contains(p);
        let certain = self
            .seen()
            .filter(|l| !l.pdgs.is_empty() && l.pdgs.iter().all(is));
        let possible = self.seen().filter(|l| l.pdgs.iter().any(is));
        (certain.count(), possible.count())
    }

    /// Whether distinct legs can be of these groups; `core` for legs that no decay makes,
    /// or else with at least one that a decay makes.
    pub fn has(&self, groups: &[&[i32]], core: bool) -> bool {
        self.choose(groups, &mut Vec::new(), core)
    }

    /// Whether decays may make any of these particles: those of the process line, those
    /// of finished events.
    pub fn decays_make(&self, pdgs: &[i32]) -> [bool; 2] {
        let makes = |after_cuts: bool| {
            let mut legs = self.legs.iter();
            legs.any(|l| {
                let is_made = l.from_decay && l.after_cuts == after_cuts;
                is_made && l.pdgs.iter().any(|p| pdgs.contains(p))
            })
        };
        [makes(false), makes(true)]
    }

    fn choose(&self, groups: &[&[i32]], taken: &mut Vec<usize>, core: bool) -> bool {
        let Some((group, rest)) = groups.split_first() else {
            return core || taken.iter().any(|&k| self.legs[k].from_decay);
        };
        for (k, leg) in self.legs.iter().enumerate() {
            let fits = leg.pdgs.iter().any(|p| group.contains(p));
            if !fits || taken.contains(&k) || leg.after_cuts || (core && leg.from_decay) {
                continue;
            }
            taken.push(k);
            let found = self.choose(rest, taken, core);
            taken.pop();
            if found {
                return true;
            }
        }
        false
    }

    fn add(&mut self, segment: &Segment, names: &Names, [from_decay, after_cuts]: [bool; 2]) {
        let mothers: Vec<Vec<i32>> = (segment.decays.iter())
            .map(|d| {
                d.initial
                    .first()
                    .map_or(Vec::new(), |m| names.pdgs(&m.name))
            })
            .collect();
        let mut used = vec![false; mothers.len()];
        for leg in &segment.outgoing {
            if self.legs.len() >= MAX_LEGS {
                return;
            }
            let pdgs = names.pdgs(&leg.name);
            let decays = |k: &usize| mothers[*k].iter().any(|p| pdgs.contains(p));
            // By position; what is left over decays as the last one of its kind.
            let fresh = (0..mothers.len()).find(|k| !used[*k] && decays(k));
            match fresh.or_else(|| (0..mothers.len()).rfind(decays)) {
                Some(k) => {
                    used[k] = true;
                    let decay = &segment.decays[k];
                    if decay.after_cuts && !after_cuts {
                        self.decaying.push(pdgs);
                    }
                    self.add(decay, names, [true, after_cuts || decay.after_cuts]);
                }
                None => self.legs.push(FinalLeg {
                    pdgs,
                    from_decay,
                    after_cuts,
                }),
            }
        }
    }
}

/// All particles that occur.
pub(super) fn occurring(finals: &[FinalState]) -> BTreeSet<i32> {
    let legs = finals.iter().flat_map(|f| &f.legs);
    legs.flat_map(|l| l.pdgs.iter().copied()).collect()
}
