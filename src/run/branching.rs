//! Whether the widths of declared resonances have room for their decays.
//!
//! Knows partial widths of decays to two particles; knows no cross section.

use std::collections::BTreeSet;

use super::total_width::two_body;
use crate::diagram::Subprocess;
use crate::error::Error;
use crate::model::{Model, ParticleId};
use crate::process::ProcessSet;

/// Branching ratios are of leading order and widths often not: they may add up to a bit more
/// than 1.
const MOST: f64 = 1.01;

/// One line for each particle whose width is smaller than the partial widths, at leading
/// order, of the decays that process lines declare; of decays to two particles.
///
/// # Errors
/// [`Error::Amplitude`] for vertices that cannot be used.
pub(super) fn too_narrow(model: &Model, processes: &ProcessSet) -> Result<Vec<String>, Error> {
    let mut states: BTreeSet<(ParticleId, Vec<ParticleId>)> = BTreeSet::new();
    for element in &processes.elements {
        for flavours in element.flavours.iter().filter(|f| !f.resonances.is_empty()) {
            declared(&flavours.subprocess(&element.subprocess), &mut states);
        }
    }
    let mothers: BTreeSet<ParticleId> = states.iter().map(|s| s.0).collect();
    let mut lines = Vec::new();
    for mother in mothers {
        let p = model.particle(mother);
        let mut sum = 0.0;
        for (_, state) in states.iter().filter(|s| s.0 == mother) {
            let heavier = state.iter().map(|&p| model.particle(p).mass).sum::<f64>() >= p.mass;
            if !heavier {
                let legs = std::iter::once(mother).chain(state.iter().copied());
                sum += two_body(model, &Subprocess::new(legs.collect(), 1))?.width_gev;
            }
        }
        if p.width > 0.0 && sum > MOST * p.width {
            lines.push(format!(
                "the width of '{}' is {:.4e} GeV, and its decays in the process have partial widths of \
                 {sum:.4e} GeV in all: branching ratios add up to {:.3}; give it another width, or \
                 'auto'",
                p.name,
                p.width,
                sum / p.width
            ));
        }
    }
    Ok(lines)
}

/// Adds the decays of a subprocess to two particles, products sorted.
fn declared(sub: &Subprocess, states: &mut BTreeSet<(ParticleId, Vec<ParticleId>)>) {
    let (core, decays) = sub.apart();
    if let [mother, products @ ..] = core.legs.as_slice()
        && core.n_in == 1
        && products.len() == 2
    {
        let mut products = products.to_vec();
        products.sort_unstable();
        states.insert((*mother, products));
    }
    for (_, decay) in decays {
        declared(&decay, states);
    }
}
