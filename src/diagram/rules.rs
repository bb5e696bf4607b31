//! Which currents meet at a vertex, and at what cost in coupling orders.
//!
//! Knows the vertices of the model; knows no process.

use rustc_hash::{FxHashMap, FxHashSet};

use super::DiagramError;
use super::powers::Powers;
use crate::model::{Model, ParticleId};

/// Most legs of a vertex: its inputs fit into a [`Key`].
const MAX_ARITY: usize = 8;

/// Sorted particles that flow into a vertex, sixteen bits each.
pub(crate) type Key = u128;

/// Vertices with the same particles and the same powers: one diagram vertex.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    /// Powers of the coupling orders.
    pub powers: Powers,
    /// Sum of hierarchy times power.
    pub weight: u32,
    /// Indices into [`Model::vertices`].
    pub vertices: Vec<usize>,
}

/// The particle that leaves, and the interaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub particle: ParticleId,
    pub interaction: usize,
}

/// Look-up tables of a model's vertices.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub interactions: Vec<Interaction>,
    /// Weight of each order in WEIGHTED.
    pub hierarchy: Vec<u32>,
    /// Most inputs of any vertex.
    pub max_inputs: usize,
    /// Every leg beyond the first adds at least this much WEIGHTED.
    pub weight_per_leg: u32,
    outcomes: FxHashMap<Key, Vec<Outcome>>,
    /// Proper parts of the inputs of vertices with four legs or more.
    beginnings: FxHashSet<Key>,
}

impl Rules {
    /// Tables of all vertices with three legs or more.
    ///
    /// # Errors
    /// [`DiagramError::TooManyOrders`], [`DiagramError::LargePower`] and
    /// [`DiagramError::VertexLegs`]: what the recursion can not keep apart.
    pub fn new(model: &Model) -> Result<Self, DiagramError> {
        check(model)?;
        let mut rules = Self {
            interactions: Vec::new(),
            hierarchy: model.orders.iter().map(|o| o.hierarchy).collect(),
            max_inputs: 2,
            weight_per_leg: u32::MAX,
            outcomes: FxHashMap::default(),
            beginnings: FxHashSet::default(),
        };
        let mut index: FxHashMap<(Vec<ParticleId>, Powers), usize> = FxHashMap::default();
        for (v, vertex) in model.vertices.iter().enumerate() {
            let arity = vertex.particles.len();
            if arity < 3 {
                continue;
            }
            let mut particles = vertex.particles.clone();
            particles.sort_unstable();
            for term in &vertex.terms {
                let powers = Powers::new(&model.couplings[term.coupling].orders);
                let next = rules.interactions.len();
                let i = *index.entry((particles.clone(), powers)).or_insert(next);
                if i == next {
                    rules.add(model, &particles, powers);
                }
                let vertices = &mut rules.interactions[i].vertices;
                if vertices.last() != Some(&v) {
                    vertices.push(v);
                }
            }
        }
        if rules.interactions.is_empty() {
            rules.weight_per_leg = 0;
        }
        Ok(rules)
    }

    fn add(&mut self, model: &Model, particles: &[ParticleId], powers: Powers) {
        let interaction = self.interactions.len();
        let weight = self.weight(powers);
        let inputs = particles.len() - 1;
        self.max_inputs = self.max_inputs.max(inputs);
        self.weight_per_leg = self.weight_per_leg.min(weight / (inputs as u32 - 1));
        self.interactions.push(Interaction {
            powers,
            weight,
            vertices: Vec::new(),
        });
        for k in 0..particles.len() {
            if k > 0 && particles[k] == particles[k - 1] {
                continue;
            }
            // What flows in is the antiparticle of what the vertex emits.
            let mut flowing: Vec<ParticleId> = particles
                .iter()
                .enumerate()
                .filter(|&(j, _)| j != k)
                .map(|(_, &p)| model.anti(p))
                .collect();
            flowing.sort_unstable();
            self.outcomes
                .entry(key(&flowing))
                .or_default()
                .push(Outcome {
                    particle: particles[k],
                    interaction,
                });
            if inputs > 2 {
                for part in 1_u32..(1 << inputs) - 1 {
                    let chosen: Vec<ParticleId> = (0..inputs)
                        .filter(|&j| part >> j & 1 == 1)
                        .map(|j| flowing[j])
                        .collect();
                    self.beginnings.insert(key(&chosen));
                }
            }
        }
    }

    /// What can leave a vertex that these particles (any order) flow into.
    pub(crate) fn outcomes(&self, inputs: &[ParticleId]) -> &[Outcome] {
        self.outcomes
            .get(&sorted_key(inputs))
            .map_or(&[], Vec::as_slice)
    }

    /// Whether a vertex with more inputs contains these.
    pub(crate) fn can_continue(&self, inputs: &[ParticleId]) -> bool {
        self.beginnings.contains(&sorted_key(inputs))
    }

    /// The least hierarchy at which each particle takes part in a vertex: that of a vertex is
    /// the highest of the orders that it has.
    pub(crate) fn levels(&self, model: &Model) -> FxHashMap<ParticleId, u32> {
        let lowest = self.hierarchy.iter().copied().min().unwrap_or(0);
        let mut levels = FxHashMap::default();
        for interaction in &self.interactions {
            for &vertex in &interaction.vertices {
                let n_legs = model.vertices[vertex].particles.len();
                let counted =
                    |k: &usize| interaction.powers.of(*k) != model.orders[*k].offset_of(n_legs);
                let own = (0..self.hierarchy.len()).filter(counted);
                let level = own.map(|k| self.hierarchy[k]).max().unwrap_or(lowest);
                for &p in &model.vertices[vertex].particles {
                    for id in [p, model.anti(p)] {
                        let least = levels.entry(id).or_insert(level);
                        *least = level.min(*least);
                    }
                }
            }
        }
        levels
    }

    /// Sum of hierarchy times power.
    pub fn weight(&self, powers: Powers) -> u32 {
        (0..self.hierarchy.len())
            .map(|k| self.hierarchy[k] * powers.of(k))
            .sum()
    }

    /// One number per order of the model.
    pub(crate) fn unpack(&self, powers: Powers) -> Vec<u32> {
        powers.list(self.hierarchy.len())
    }
}

/// Refuses a model that the tables cannot hold.
fn check(model: &Model) -> Result<(), DiagramError> {
    if model.orders.len() > Powers::MOST_ORDERS {
        return Err(DiagramError::TooManyOrders {
            found: model.orders.len(),
            limit: Powers::MOST_ORDERS,
        });
    }
    // Powers of coefficients are bits of one number, which has room for their sums.
    let n_counted = model.orders.iter().filter(|o| !o.is_code()).count();
    for vertex in &model.vertices {
        let beyond = vertex.particles.len().clamp(3, MAX_ARITY) as u8 - 2;
        let limit = Powers::MOST_POWER.saturating_mul(beyond);
        for term in &vertex.terms {
            let coupling = &model.couplings[term.coupling];
            let mut powers = coupling.orders.iter().take(n_counted);
            if let Some(&found) = powers.find(|n| **n > limit) {
                return Err(DiagramError::LargePower {
                    coupling: coupling.name.clone(),
                    vertex: vertex.name.clone(),
                    found,
                    limit,
                });
            }
        }
    }
    match model
        .vertices
        .iter()
        .find(|v| v.particles.len() > MAX_ARITY)
    {
        Some(vertex) => Err(DiagramError::VertexLegs {
            vertex: vertex.name.clone(),
            found: vertex.particles.len(),
            limit: MAX_ARITY,
        }),
        None => Ok(()),
    }
}

fn key(sorted: &[ParticleId]) -> Key {
    sorted
        .iter()
        .fold(0, |key, p| key << 16 | (Key::from(p.0) + 1))
}

fn sorted_key(inputs: &[ParticleId]) -> Key {
    match *inputs {
        [a, b] => key(&[a.min(b), a.max(b)]),
        _ => {
            let mut sorted = [ParticleId(0); MAX_ARITY];
            let sorted = &mut sorted[..inputs.len()];
            sorted.copy_from_slice(inputs);
            sorted.sort_unstable();
            key(sorted)
        }
    }
}
