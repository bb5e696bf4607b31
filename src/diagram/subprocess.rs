//! A subprocess: definite external particles and the diagrams that count.

use crate::model::{Model, ParticleId};

/// Set of external legs, bit k = leg k counted from 0 in process order (incoming first).
pub(crate) type LegSet = u32;

/// Limits on the coupling orders of an amplitude.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrderLimits {
    /// Upper limit for each order of the model, `None` for unlimited.
    pub max: Vec<Option<u32>>,
    /// Exact value for each order of the model, `None` for free.
    pub exact: Vec<Option<u32>>,
    /// Upper limit on the sum of hierarchy times power.
    pub max_weighted: Option<u32>,
}

/// Which diagrams of a subprocess are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DiagramFilter {
    /// Coupling orders.
    pub orders: OrderLimits,
    /// `/ x`: never inside a diagram (both signs are listed).
    pub forbidden: Vec<ParticleId>,
    /// `$$ x`: never as an s-channel propagator (both signs are listed).
    pub forbidden_s_channel: Vec<ParticleId>,
    /// `> x >`: for each entry one of these must be an s-channel propagator;
    /// entries that repeat must be met by different propagators.
    pub required_s_channel: Vec<Vec<ParticleId>>,
}

/// A resonance that decays into some of the outgoing legs.
///
/// Decays of one subprocess are nested or have no leg in common: they are a tree. Two
/// equal resonances are told apart by their legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decay {
    /// Two outgoing legs or more, and not all of them where one leg comes in.
    pub legs: LegSet,
    /// What decays, as it flows towards its legs.
    pub particle: ParticleId,
}

/// Definite external particles with a diagram filter.
///
/// Legs are in process order: incoming first, as incoming particles, then
/// outgoing as outgoing particles.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subprocess {
    /// External particles.
    pub legs: Vec<ParticleId>,
    /// Number of incoming legs: 1 (decay) or 2.
    pub n_in: usize,
    /// Which diagrams are kept.
    pub filter: DiagramFilter,
    /// Resonances that every diagram has, each with its own legs.
    pub decays: Vec<Decay>,
    /// `@n` of the line.
    pub tag: Option<u32>,
}

impl Subprocess {
    /// The leg as a particle that flows into the diagram: outgoing legs become antiparticles.
    pub fn incoming(&self, model: &Model, leg: usize) -> ParticleId {
        if leg < self.n_in {
            self.legs[leg]
        } else {
            model.anti(self.legs[leg])
        }
    }

    /// A subprocess all of whose diagrams are kept.
    pub fn new(legs: Vec<ParticleId>, n_in: usize) -> Self {
        Self {
            legs,
            n_in,
            filter: DiagramFilter::default(),
            decays: vec![],
            tag: None,
        }
    }

    /// The same filter and decays with other external particles.
    pub(crate) fn with_legs(&self, legs: &[ParticleId]) -> Self {
        Self {
            legs: legs.to_vec(),
            ..self.clone()
        }
    }

    /// The outgoing legs that declared decays make.
    pub fn decay_products(&self) -> LegSet {
        self.decays.iter().fold(0, |set, decay| set | decay.legs)
    }

    /// Whether a set of legs separates the two incoming legs, so that its
    /// momentum is space-like (a t-channel propagator).
    pub(crate) fn is_t_channel(&self, set: LegSet) -> bool {
        self.n_in == 2 && (set & 3).count_ones() == 1
    }

    /// `u u~ > e+ e-`, in the names of the model.
    pub fn name(&self, model: &Model) -> String {
        let names = |ids: &[ParticleId]| {
            ids.iter()
                .map(|&i| model.particle(i).name.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        format!(
            "{} > {}",
            names(&self.legs[..self.n_in]),
            names(&self.legs[self.n_in..])
        )
    }

    /// Product of the identical-particle factors n! of the final state.
    pub fn identical_factor(&self) -> f64 {
        let out = &self.legs[self.n_in..];
        let mut factor = 1.0;
        for k in 0..out.len() {
            factor *= out[..=k].iter().filter(|&&p| p == out[k]).count() as f64;
        }
        factor
    }

    /// What the sum over helicities and colours is divided by: initial
    /// helicities and colours, and the identical-particle factor.
    pub fn denominator(&self, model: &Model) -> f64 {
        let initial: f64 = self.legs[..self.n_in]
            .iter()
            .map(|&p| {
                let p = model.particle(p);
                (p.n_helicities() * p.n_colours()) as f64
            })
            .product();
        initial * self.identical_factor()
    }
}
