//! Permutations of particles that leave a model as it is.
//!
//! Knows particles and vertices with their values; knows no diagram.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::diagram::{Interner, Subprocess, vertex_content};
use crate::model::{Model, ParticleId};

/// Most exchanges tried together in one permutation.
const MAX_EXCHANGES: usize = 3;
/// With more candidates than this, permutations of three exchanges are not searched.
const MAX_CANDIDATES: usize = 60;

/// Exchanges of particles with equal properties under which all vertices,
/// couplings, masses and widths are invariant, e.g. (u c)(d s) or (e mu)(ve vm).
#[derive(Clone, Debug)]
pub struct Automorphisms {
    /// For each generator the image of each particle.
    generators: Vec<Vec<ParticleId>>,
}

impl Automorphisms {
    /// Searches products of up to three exchanges of particles of equal spin,
    /// colour, charge, mass and width.
    pub fn new(model: &Model) -> Self {
        let mut contents = Interner::default();
        let vertices: Vec<(&[ParticleId], u32)> = model
            .vertices
            .iter()
            .map(|v| {
                let content = contents.id(vertex_content(model, v, None));
                (v.particles.as_slice(), content)
            })
            .collect();
        let present: FxHashSet<(Vec<ParticleId>, u32)> =
            vertices.iter().map(|&(p, c)| (p.to_vec(), c)).collect();
        let is_symmetry = |image: &[ParticleId]| {
            vertices.iter().all(|&(particles, content)| {
                let mapped = particles.iter().map(|p| image[usize::from(p.0)]).collect();
                present.contains(&(mapped, content))
            })
        };
        let candidates = candidates(model);
        let most = if candidates.len() > MAX_CANDIDATES {
            MAX_EXCHANGES - 1
        } else {
            MAX_EXCHANGES
        };
        let mut found: Vec<Vec<usize>> = Vec::new();
        let mut generators = Vec::new();
        for n in 1..=most {
            let mut accepted = Vec::new();
            for_each_choice(candidates.len(), n, &mut |choice| {
                let contains = |part: &Vec<usize>| part.iter().all(|k| choice.contains(k));
                if found.iter().any(contains) {
                    return;
                }
                let Some(image) = permutation(model, choice.iter().map(|&k| candidates[k])) else {
                    return;
                };
                if is_symmetry(&image) {
                    accepted.push(choice.to_vec());
                    generators.push(image);
                }
            });
            found.append(&mut accepted);
        }
        Self { generators }
    }

    /// The image of a subprocess with the least particle ids, leg by leg.
    ///
    /// It has the same matrix element; only exchanges that do not touch the
    /// particles of the filter and of the decays are used.
    pub(crate) fn canonical(&self, sub: &Subprocess) -> Subprocess {
        let legs = self.least_image(sub, &sub.legs, |legs| legs.to_vec());
        sub.with_legs(&legs)
    }

    /// The least `normal(image)` over all images of a list of particles.
    pub(crate) fn least_image(
        &self,
        sub: &Subprocess,
        particles: &[ParticleId],
        normal: impl Fn(&[ParticleId]) -> Vec<ParticleId>,
    ) -> Vec<ParticleId> {
        let usable: Vec<&Vec<ParticleId>> = self
            .generators
            .iter()
            .filter(|image| {
                let filters = std::iter::once(&sub.filter);
                let filters = filters.chain(sub.decays.iter().map(|d| &d.filter));
                let mut named = filters
                    .flat_map(|filter| {
                        (filter.forbidden.iter())
                            .chain(&filter.forbidden_s_channel)
                            .chain(&filter.vetoed_on_shell)
                            .chain(filter.required_s_channel.iter().flatten().flatten())
                    })
                    .chain(sub.decays.iter().map(|d| &d.particle));
                named.all(|p| image[usize::from(p.0)] == *p)
            })
            .collect();
        let start = normal(particles);
        let mut reached = BTreeSet::from([start.clone()]);
        let mut open = vec![start];
        while let Some(list) = open.pop() {
            for image in &usable {
                let mapped: Vec<ParticleId> =
                    list.iter().map(|p| image[usize::from(p.0)]).collect();
                let mapped = normal(&mapped);
                if reached.insert(mapped.clone()) {
                    open.push(mapped);
                }
            }
        }
        reached.pop_first().expect("holds the start")
    }
}

/// Pairs of particles that no property tells apart.
fn candidates(model: &Model) -> Vec<(ParticleId, ParticleId)> {
    let properties = |id: ParticleId| {
        let p = model.particle(id);
        let own_anti = p.anti == id;
        let numbers = (p.spin, p.colour, p.charge_thirds, own_anti);
        let propagator = (p.propagator.as_ref().map(|own| &own.name), p.is_instant);
        let mass = model.signed_mass(id).to_bits();
        (numbers, mass, p.width.to_bits(), propagator)
    };
    let particles: Vec<ParticleId> = model
        .ids()
        .filter(|&id| model.particle(id).pdg > 0)
        .collect();
    let mut pairs = Vec::new();
    for (k, &a) in particles.iter().enumerate() {
        for &b in &particles[k + 1..] {
            if properties(a) == properties(b) {
                pairs.push((a, b));
            }
        }
    }
    pairs
}

/// The product of exchanges, antiparticles along; `None` if they overlap.
fn permutation(
    model: &Model,
    pairs: impl Iterator<Item = (ParticleId, ParticleId)>,
) -> Option<Vec<ParticleId>> {
    let mut image: Vec<ParticleId> = model.ids().collect();
    for (a, b) in pairs {
        for (from, to) in [(a, b), (model.anti(a), model.anti(b))] {
            let (i, j) = (usize::from(from.0), usize::from(to.0));
            if image[i] == to && image[j] == from {
                continue; // self-conjugate: done with the particle itself
            }
            if image[i] != from || image[j] != to {
                return None;
            }
            image.swap(i, j);
        }
    }
    Some(image)
}

/// Calls `f` with every increasing choice of `n` out of `total`.
fn for_each_choice(total: usize, n: usize, f: &mut impl FnMut(&[usize])) {
    fn extend(total: usize, n: usize, choice: &mut Vec<usize>, f: &mut impl FnMut(&[usize])) {
        if choice.len() == n {
            f(choice);
            return;
        }
        for k in choice.last().map_or(0, |&k| k + 1)..total {
            choice.push(k);
            extend(total, n, choice, f);
            choice.pop();
        }
    }
    extend(total, n, &mut Vec::new(), f);
}

#[cfg(test)]
mod tests {
    use super::super::test_model::{standard_model, subprocess};
    use super::*;

    #[test]
    fn generations_are_exchanged_as_a_whole() {
        let model = standard_model();
        let symmetries = Automorphisms::new(&model);
        // (u c)(d s) and (e mu)(ve vm); b, t and tau have masses of their own.
        assert_eq!(symmetries.generators.len(), 2);
        let canonical = |line: &str| symmetries.canonical(&subprocess(&model, line)).name(&model);
        assert_eq!(canonical("c c~ > e+ e- g"), "u u~ > e+ e- g");
        assert_eq!(canonical("s s~ > mu+ mu- g"), "d d~ > e+ e- g");
        assert_eq!(canonical("c s > u d"), "u d > c s");
        assert_eq!(canonical("s c~ > mu- vm~"), "d u~ > e- ve~");
        assert_eq!(canonical("b b~ > ta+ ta-"), "b b~ > ta+ ta-");
    }

    #[test]
    fn a_filter_on_one_generation_breaks_the_symmetry() {
        let model = standard_model();
        let symmetries = Automorphisms::new(&model);
        let sub = subprocess(&model, "c c~ > mu+ mu- d d~ / u");
        let name = symmetries.canonical(&sub).name(&model);
        assert_eq!(name, "c c~ > e+ e- d d~");
    }
}
