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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decay {
    /// Two outgoing legs or more, and not all of them where one leg comes in.
    pub legs: LegSet,
    /// What decays, as it flows towards its legs.
    pub particle: ParticleId,
    /// Which diagrams of the decay are kept, decays of its products apart.
    pub filter: DiagramFilter,
}

/// A particle of a final state and what it decays to, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Product(pub ParticleId, pub Vec<Product>);

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
    /// Which diagrams are kept; with decays, of the process without them.
    pub filter: DiagramFilter,
    /// Resonances that every diagram has, each with its own legs.
    pub decays: Vec<Decay>,
    /// Limits on the orders of process and decays together.
    pub overall: OrderLimits,
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
            overall: OrderLimits::default(),
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

    /// Whether a set of legs separates the two incoming legs, so that its
    /// momentum is space-like (a t-channel propagator).
    pub(crate) fn is_t_channel(&self, set: LegSet) -> bool {
        self.n_in == 2 && (set & 3).count_ones() == 1
    }

    /// `u u~ > e+ e-`, `g g > t t~, t > b w+, t~ > b~ w-`, in the names of the model.
    pub fn name(&self, model: &Model) -> String {
        let all: LegSet = (1 << self.legs.len()) - 1;
        let outgoing = all & !((1 << self.n_in) - 1);
        let initial: Vec<&str> = (self.legs[..self.n_in].iter())
            .map(|&p| model.particle(p).name.as_str())
            .collect();
        self.segment_name(model, &initial.join(" "), outgoing, None)
    }

    /// A process and the decays of what it makes; `within` is the decay that it is.
    fn segment_name(
        &self,
        model: &Model,
        initial: &str,
        legs: LegSet,
        within: Option<LegSet>,
    ) -> String {
        let mut text = format!("{initial} >");
        let mut decays = String::new();
        let mut rest = legs;
        while rest != 0 {
            let leg = rest & rest.wrapping_neg();
            let decay = (self.decays.iter())
                .filter(|d| d.legs & leg != 0 && d.legs & legs == d.legs && within != Some(d.legs))
                .max_by_key(|d| d.legs.count_ones());
            let particle = decay.map_or(self.legs[leg.trailing_zeros() as usize], |d| d.particle);
            let name = &model.particle(particle).name;
            text = text + " " + name;
            if let Some(d) = decay {
                let inner = self.segment_name(model, name, d.legs, Some(d.legs));
                decays += &match inner.contains(',') {
                    true => format!(", ({inner})"),
                    false => format!(", {inner}"),
                };
            }
            rest &= !decay.map_or(leg, |d| d.legs);
        }
        text + &decays
    }

    /// The legs that come from decays.
    pub(crate) fn decay_products(&self) -> LegSet {
        self.decays.iter().fold(0, |legs, d| legs | d.legs)
    }

    /// Product of the identical-particle factors n! of the process and of each decay:
    /// equal particles count as identical if they come from the same vertex of the
    /// chain and decay in the same way.
    pub fn identical_factor(&self) -> f64 {
        self.products().1
    }

    /// The final state up to the order of its particles: of each product of the process
    /// its particle, followed by what it decays to in brackets.
    pub(crate) fn final_state(&self) -> Vec<Product> {
        self.products().0
    }

    fn products(&self) -> (Vec<Product>, f64) {
        let all: LegSet = (1 << self.legs.len()) - 1;
        let mut factor = 1.0;
        let outgoing = all & !((1 << self.n_in) - 1);
        let list = self.products_of(outgoing, &|_| true, &mut factor);
        (list, factor)
    }

    /// Products of a set of legs, sorted, each with its own below it.
    fn products_of(
        &self,
        legs: LegSet,
        is_inside: &dyn Fn(&Decay) -> bool,
        factor: &mut f64,
    ) -> Vec<Product> {
        let mut list = Vec::new();
        let mut rest = legs;
        while rest != 0 {
            let leg = rest & rest.wrapping_neg();
            let decay = (self.decays.iter())
                .filter(|d| d.legs & leg != 0 && is_inside(d))
                .max_by_key(|d| d.legs.count_ones());
            list.push(match decay {
                Some(d) => {
                    let inside = |x: &Decay| x.legs & d.legs == x.legs && x.legs != d.legs;
                    Product(d.particle, self.products_of(d.legs, &inside, factor))
                }
                None => Product(self.legs[leg.trailing_zeros() as usize], Vec::new()),
            });
            rest &= !decay.map_or(leg, |d| d.legs);
        }
        list.sort_unstable();
        for k in 0..list.len() {
            *factor *= list[..=k].iter().filter(|p| **p == list[k]).count() as f64;
        }
        list
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
