//! Final states of a decay at tree level: two particles, or three where no two two-body
//! decays lead there one after the other.
//!
//! Knows vertices and masses; computes no width.

use std::collections::BTreeSet;

use crate::model::{Model, ParticleId};

/// What one particle can decay to; the particles of a state in the order of the model.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct DecayChannels {
    pub two: Vec<Vec<ParticleId>>,
    pub three: Vec<Vec<ParticleId>>,
    /// States of three that are a two-body decay followed by another, or by the
    /// radiation of a massless particle: parts of the states of two.
    pub cascades: Vec<Vec<ParticleId>>,
}

/// The final states that a particle is heavy enough for.
///
/// Three particles count unless a vertex `P > a X` and another `X > b c` lead to them with
/// `m_P >= m_a + m_X` and `m_X >= m_b + m_c`. Equality is the radiation of a massless
/// particle, which belongs to a higher order of the state without it.
pub(super) fn decay_channels(model: &Model, particle: ParticleId) -> DecayChannels {
    let mass = |id: &ParticleId| model.particle(*id).mass;
    let sum = |state: &[ParticleId]| -> f64 { state.iter().map(mass).sum() };
    let m = mass(&particle);
    let is_light = |state: &Vec<ParticleId>| sum(state) < m;
    let pairs = states(model, particle, 2);
    let mut three: BTreeSet<Vec<ParticleId>> = states(model, particle, 3);
    let mut cascades = BTreeSet::new();
    for pair in &pairs {
        for (kept, intermediate) in [(pair[0], pair[1]), (pair[1], pair[0])] {
            let is_open = m >= sum(pair);
            for products in states(model, intermediate, 2) {
                let goes_on = mass(&intermediate) >= sum(&products);
                let mut state = products;
                state.push(kept);
                state.sort_unstable();
                if is_open && goes_on {
                    cascades.insert(state.clone());
                }
                three.insert(state);
            }
        }
    }
    let counts = |state: &Vec<ParticleId>| !cascades.contains(state);
    DecayChannels {
        two: pairs.into_iter().filter(is_light).collect(),
        three: (three.into_iter().filter(|s| is_light(s) && counts(s))).collect(),
        cascades: cascades.iter().filter(|s| is_light(s)).cloned().collect(),
    }
}

/// What a particle becomes at vertices with `n` other legs, sorted. Goldstone bosons, which
/// Feynman gauge has, are no final states.
fn states(model: &Model, particle: ParticleId, n: usize) -> BTreeSet<Vec<ParticleId>> {
    // The legs of a vertex are outgoing: what comes in is an antiparticle there.
    let comes_in = model.anti(particle);
    let is_goldstone = |id: &ParticleId| model.particle(*id).is_goldstone;
    let vertices = (model.vertices.iter())
        .filter(|v| v.particles.len() == n + 1 && !v.particles.iter().any(is_goldstone));
    let state = |legs: &Vec<ParticleId>| {
        let at = legs.iter().position(|leg| *leg == comes_in)?;
        let mut rest = legs.clone();
        rest.remove(at);
        rest.sort_unstable();
        Some(rest)
    };
    vertices.filter_map(|v| state(&v.particles)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelSpec;

    fn names(model: &Model, states: &[Vec<ParticleId>]) -> Vec<String> {
        let name = |id: &ParticleId| model.particle(*id).name.clone();
        let text = |state: &Vec<ParticleId>| state.iter().map(name).collect::<Vec<_>>().join(" ");
        states.iter().map(text).collect()
    }

    #[test]
    fn a_top_decays_to_two_and_its_cascades_do_not_count() {
        let model = Model::load(&ModelSpec::default()).unwrap();
        let top = decay_channels(&model, model.by_name("t").unwrap());
        assert_eq!(names(&model, &top.two), ["b w+"]);
        assert_eq!(names(&model, &top.three), Vec::<String>::new());
        let cascades = names(&model, &top.cascades);
        // t > b (w+ > u d~), and the radiation of a gluon.
        assert!(cascades.iter().any(|c| c == "d~ u b"), "{cascades:?}");
        assert!(cascades.iter().any(|c| c == "b g w+"), "{cascades:?}");
    }

    #[test]
    fn a_light_higgs_decays_to_one_real_boson_and_a_heavy_one_to_two() {
        let mut spec = ModelSpec::default();
        let model = Model::load(&spec).unwrap();
        let light = decay_channels(&model, model.by_name("h").unwrap());
        assert_eq!(names(&model, &light.two), ["b b~", "ta- ta+"]);
        let three = names(&model, &light.three);
        // W+ and W- with five pairs each, Z with eleven.
        assert_eq!(three.len(), 21, "{three:?}");
        assert!(three.iter().any(|s| s == "b b~ z"), "{three:?}");
        assert!(three.iter().all(|s| !s.contains('g')), "{three:?}");
        spec.set.insert("MH".to_owned(), 200.0);
        let model = Model::load(&spec).unwrap();
        let heavy = decay_channels(&model, model.by_name("h").unwrap());
        let two = names(&model, &heavy.two);
        assert!(
            two.iter().any(|s| s == "w+ w-") && two.iter().any(|s| s == "z z"),
            "{two:?}"
        );
        assert_eq!(heavy.three.len(), 0);
    }

    #[test]
    fn a_muon_decays_to_three_particles_with_every_light_pair() {
        let spec = ModelSpec {
            restrict: vec!["lepton_masses".to_owned()],
            ..ModelSpec::default()
        };
        let model = Model::load(&spec).unwrap();
        let muon = decay_channels(&model, model.by_name("mu-").unwrap());
        assert!(muon.two.is_empty());
        // Light quarks have no mass in the model, and their pairs are open, too.
        let three = names(&model, &muon.three);
        assert_eq!(three, ["d u~ vm", "s c~ vm", "e- ve~ vm"]);
    }
}
