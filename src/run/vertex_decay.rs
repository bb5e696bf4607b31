//! A vertex alone, as a decay of one of its particles that is made heavy enough.
//!
//! Knows vertices; knows no amplitude.

use crate::diagram::Subprocess;
use crate::model::{Model, ParticleId, Vertex};

/// GeV that such a decay releases at least.
const RELEASED: f64 = 100.0;

/// Name and legs of a vertex.
pub(super) fn title(model: &Model, vertex: &Vertex) -> String {
    let names = vertex.particles.iter().map(|&id| &*model.particle(id).name);
    let names: Vec<&str> = names.collect();
    format!("vertex {} ({})", vertex.name, names.join(" "))
}

/// The vertex as a decay of its first particle that occurs once; the legs, what decays first.
/// `None` where all occur more often, and for vertices of two legs.
pub(super) fn as_decay(model: &Model, vertex: &Vertex) -> Option<Subprocess> {
    let n = vertex.particles.len();
    let single = |k: &usize| {
        let own = vertex.particles[*k];
        let same = |id: &&ParticleId| **id == own || **id == model.anti(own);
        vertex.particles.iter().filter(same).count() == 1
    };
    let mother = (0..n).filter(|_| n > 2).find(single)?;
    let rest = (0..n).filter(|&k| k != mother);
    let products = rest.map(|k| vertex.particles[k]);
    let legs = std::iter::once(model.anti(vertex.particles[mother])).chain(products);
    Some(Subprocess::new(legs.collect(), 1))
}

/// What is found while the particle that decays, and its antiparticle, are heavy enough to.
pub(super) fn made_heavy<T>(
    model: &mut Model,
    decay: &Subprocess,
    find: impl FnOnce(&Model) -> T,
) -> T {
    let masses = decay.legs[1..].iter().map(|&id| model.particle(id).mass);
    let least = masses.sum::<f64>() + RELEASED;
    let id = decay.legs[0];
    let old = model.particle(id).mass;
    let set = |model: &mut Model, mass: f64| {
        for id in [id, model.anti(id)] {
            model.particles[usize::from(id.0)].mass = mass;
        }
    };
    set(model, old.max(least));
    let found = find(model);
    set(model, old);
    found
}
