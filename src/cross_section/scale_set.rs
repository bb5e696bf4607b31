//! Scales that matrix elements of a group share.
//!
//! Where scales are functions of momenta alone there is one set for all; with the scale
//! from clustering one for each way to cluster. Knows matrix elements; evaluates nothing.

use super::build::Setup;
use super::error::CrossSectionError;
use super::group::MatrixElementSlot;
use crate::clustering::{Clustering, Measure};
use crate::diagram::{Diagrams, Subprocess};

/// Scales of some matrix elements of a group.
pub(super) struct ScaleSet {
    /// How events are clustered; `None` if no scale needs it.
    pub(super) clustering: Option<Clustering>,
}

/// The clustering of a subprocess, if a scale needs it.
pub(super) fn clustering(
    setup: &Setup,
    diagrams: &Diagrams,
    sub: &Subprocess,
) -> Result<Option<Clustering>, CrossSectionError> {
    let [a, b] = setup.mu_f;
    let is_asked = [setup.mu_r, a, b].iter().any(|scale| scale.is_clustering());
    if !is_asked && setup.merging.is_none() {
        return Ok(None);
    }
    let hadrons = setup
        .beams
        .map_or([false; 2], |b| b.particles.map(|p| p.is_hadron()));
    let measure = match hadrons {
        [false, false] => Measure::Lepton,
        _ => Measure::Hadron,
    };
    let window = setup.resonances.window();
    let quarks = setup.merging.map(|rules| rules.quarks).unwrap_or_default();
    Ok(Some(Clustering::new(
        diagrams, sub, measure, window, quarks,
    )?))
}

/// Sets of scales, equal ones once; slots learn their places.
pub(super) fn shared(
    slots: &mut [MatrixElementSlot],
    clusterings: Vec<Option<Clustering>>,
) -> Vec<ScaleSet> {
    let mut sets: Vec<ScaleSet> = vec![];
    for (slot, clustering) in slots.iter_mut().zip(clusterings) {
        let known = sets.iter().position(|set| set.clustering == clustering);
        slot.scale_set = known.unwrap_or(sets.len());
        if known.is_none() {
            sets.push(ScaleSet { clustering });
        }
    }
    sets
}
