//! What comes out of the subprocesses of a run, for expressions of observables.
//!
//! Knows PDG numbers and declared resonances; knows no momenta.

use crate::cuts::FinalState;
use crate::diagram::{Decay, LegSet, Subprocess};
use crate::model::{Model, ParticleId};
use crate::process::{Flavours, ProcessSet};

/// PDG numbers of the outgoing particles of each subprocess, and declared resonances with
/// their legs, counted from 0 without the incoming ones.
pub(crate) fn final_states(model: &Model, set: &ProcessSet) -> Vec<FinalState> {
    let mut found = Vec::new();
    for element in &set.elements {
        let n_in = element.subprocess.n_in;
        let state = |f: &Flavours| {
            let resonances = declared(model, &f.subprocess(&element.subprocess));
            let shifted = resonances
                .into_iter()
                .map(|(legs, pdg)| (legs >> n_in, pdg));
            (pdgs(model, &f.legs[n_in..]), shifted.collect())
        };
        found.extend(element.flavours.iter().map(state));
    }
    found
}

/// Legs and PDG numbers of the resonances that a process line declares.
pub(super) fn declared(model: &Model, sub: &Subprocess) -> Vec<(LegSet, i32)> {
    let resonance = |d: &Decay| (d.legs, model.particle(d.particle).pdg);
    sub.decays.iter().map(resonance).collect()
}

/// PDG numbers of legs.
pub(super) fn pdgs(model: &Model, legs: &[ParticleId]) -> Vec<i32> {
    legs.iter().map(|&p| model.particle(p).pdg).collect()
}
