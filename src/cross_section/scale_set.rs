//! Scales that matrix elements of a group share, with the partons they are needed for.
//!
//! Where scales are functions of momenta alone there is one set for all; with the scale
//! from clustering one for each way to cluster. Knows matrix elements and their flavours;
//! evaluates nothing.

use super::build::Setup;
use super::error::CrossSectionError;
use super::group::MatrixElementSlot;
use crate::clustering::{Clustering, Measure, ResonanceWindow};
use crate::diagram::{Diagrams, Subprocess};

/// Scales of some matrix elements of a group.
pub(super) struct ScaleSet {
    /// How events are clustered; `None` if no scale needs it.
    pub(super) clustering: Option<Clustering>,
    /// Partons of leg 0 and leg 1; empty for a decay.
    pub(super) partons: [Vec<i32>; 2],
}

/// The clustering of a subprocess, if a scale needs it.
pub(super) fn clustering(
    setup: &Setup,
    diagrams: &Diagrams,
    sub: &Subprocess,
) -> Result<Option<Clustering>, CrossSectionError> {
    let [a, b] = setup.mu_f;
    if ![setup.mu_r, a, b].iter().any(|scale| scale.is_clustering()) {
        return Ok(None);
    }
    let hadrons = setup
        .beams
        .map_or([false; 2], |b| b.particles.map(|p| p.is_hadron()));
    let measure = match hadrons {
        [false, false] => Measure::Lepton,
        _ => Measure::Hadron,
    };
    let rules = setup.resonances;
    let window = ResonanceWindow {
        widths: rules.bw_cutoff,
        least_width: rules.small_width,
    };
    Ok(Some(Clustering::new(diagrams, sub, measure, window)?))
}

/// Sets of scales, equal ones once; slots and their flavours learn their places.
pub(super) fn shared(
    slots: &mut [MatrixElementSlot],
    clusterings: Vec<Option<Clustering>>,
    has_beams: bool,
) -> Vec<ScaleSet> {
    let mut sets: Vec<ScaleSet> = vec![];
    for (slot, clustering) in slots.iter_mut().zip(clusterings) {
        let known = sets.iter().position(|set| set.clustering == clustering);
        slot.scale_set = known.unwrap_or(sets.len());
        if known.is_none() {
            sets.push(ScaleSet {
                clustering,
                partons: [vec![], vec![]],
            });
        }
        if has_beams {
            let partons = &mut sets[slot.scale_set].partons;
            for flavour in &mut slot.flavours {
                for (leg, list) in partons.iter_mut().enumerate() {
                    flavour.rows[leg] = place(list, flavour.pdg[leg]);
                }
            }
        }
    }
    // Rows of the sets follow each other.
    for slot in slots {
        for leg in [0, 1] {
            let before = sets[..slot.scale_set]
                .iter()
                .map(|set| set.partons[leg].len());
            let before: usize = before.sum();
            slot.flavours.iter_mut().for_each(|f| f.rows[leg] += before);
        }
    }
    sets
}

/// Where a parton stands in a list, which it joins if need be.
fn place(list: &mut Vec<i32>, parton: i32) -> usize {
    list.iter().position(|p| *p == parton).unwrap_or_else(|| {
        list.push(parton);
        list.len() - 1
    })
}
