//! A subprocess: definite external particles and the diagrams that count.

use super::polarisation::Polarisation;
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
    /// Which products of two amplitudes count, by the sum of their powers; all of these
    /// must hold.
    pub squared: Vec<SquaredLimit>,
}

/// A limit on the power of a coupling in the product of two amplitudes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SquaredLimit {
    /// Position of the order in those of the model.
    pub order: usize,
    /// How the power is limited.
    pub relation: SquaredRelation,
    /// By which number.
    pub value: u32,
}

/// How the power of a coupling in a product is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SquaredRelation {
    /// `QCD^2<=4`.
    AtMost,
    /// `QCD^2==2`.
    Exactly,
    /// `QED^2>2`.
    MoreThan,
}

impl OrderLimits {
    /// Whether the product of two amplitudes of these powers counts.
    pub fn keeps_product(&self, one: &[u8], other: &[u8]) -> bool {
        self.squared.iter().all(|limit| {
            let power = u32::from(one[limit.order]) + u32::from(other[limit.order]);
            match limit.relation {
                SquaredRelation::AtMost => power <= limit.value,
                SquaredRelation::Exactly => power == limit.value,
                SquaredRelation::MoreThan => power > limit.value,
            }
        })
    }
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
    /// `> x >`: alternatives, of which one must be met. For each entry of it one of these
    /// particles must be an s-channel propagator; entries that repeat must be met by
    /// different propagators.
    pub required_s_channel: Vec<Vec<Vec<ParticleId>>>,
    /// `$ x`: not on shell as an s-channel propagator (both signs are listed). No diagram
    /// is removed: what counts as on shell is not a property of diagrams.
    pub vetoed_on_shell: Vec<ParticleId>,
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
    /// Helicities that it may have: the sum over spins in its propagator is one over
    /// these.
    pub polarisation: Polarisation,
}

/// An s-channel propagator that must not be on shell, in the normal form of
/// [`super::Propagator`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VetoedLine {
    /// Final-state legs.
    pub legs: LegSet,
    /// The particle, as it flows towards them.
    pub particle: ParticleId,
}

/// A particle of a final state, its helicities, and what it decays to, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Product(pub ParticleId, pub Polarisation, pub Vec<Product>);

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
    /// Helicities that the legs may have; empty if none is polarised.
    pub polarisation: Vec<Polarisation>,
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
            polarisation: vec![],
            tag: None,
        }
    }

    /// Helicities that a leg may have.
    pub fn polarisation_of(&self, leg: usize) -> Polarisation {
        let of_leg = self.polarisation.get(leg).copied();
        of_leg.unwrap_or(Polarisation::ANY)
    }

    /// Whether some particle has a restricted helicity.
    pub fn is_polarised(&self) -> bool {
        !self.polarisation.is_empty() || self.decays.iter().any(|d| !d.polarisation.is_any())
    }

    /// Helicities of all legs and of what decays.
    pub(crate) fn all_polarisations(&self) -> Vec<Polarisation> {
        let legs = (0..self.legs.len()).map(|leg| self.polarisation_of(leg));
        legs.chain(self.decays.iter().map(|d| d.polarisation))
            .collect()
    }

    /// Helicities that the particle with these legs, or all others, may have inside
    /// diagrams.
    pub(crate) fn polarisation_of_line(&self, set: LegSet) -> Polarisation {
        let all: LegSet = (1 << self.legs.len()) - 1;
        let mut decays = self.decays.iter();
        let found = decays.find(|d| d.legs == set || d.legs == all & !set);
        found.map_or(Polarisation::ANY, |d| d.polarisation)
    }

    /// The legs of the process before particles decay, in its order: of a particle that
    /// decays, those of its products.
    pub(crate) fn core_legs(&self) -> Vec<LegSet> {
        let all: LegSet = (1 << self.legs.len()) - 1;
        let mut sets = Vec::new();
        let mut rest = all;
        while rest != 0 {
            let leg = rest & rest.wrapping_neg();
            let own = self.decays.iter().filter(|d| d.legs & leg != 0);
            let set = own.map(|d| d.legs).max_by_key(|legs| legs.count_ones());
            sets.push(set.unwrap_or(leg));
            rest &= !set.unwrap_or(leg);
        }
        sets
    }

    /// The same with the incoming legs exchanged.
    pub(crate) fn exchanged(&self) -> Self {
        let mut other = self.clone();
        other.legs.swap(0, 1);
        if !other.polarisation.is_empty() {
            other.polarisation.swap(0, 1);
        }
        other
    }

    /// Whether some propagator must not be on shell.
    pub(crate) fn has_vetoes(&self) -> bool {
        let filters = std::iter::once(&self.filter);
        let mut filters = filters.chain(self.decays.iter().map(|d| &d.filter));
        filters.any(|f| !f.vetoed_on_shell.is_empty())
    }

    /// The same with those vetoes alone whose particle `keep` accepts.
    pub(crate) fn with_vetoes(&self, keep: impl Fn(ParticleId) -> bool) -> Self {
        let mut other = self.clone();
        let filters = std::iter::once(&mut other.filter);
        for filter in filters.chain(other.decays.iter_mut().map(|d| &mut d.filter)) {
            filter.vetoed_on_shell.retain(|&p| keep(p));
        }
        other
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
        let name = |leg: usize| {
            let name = &model.particle(self.legs[leg]).name;
            format!("{name}{}", self.polarisation_of(leg))
        };
        let initial: Vec<String> = (0..self.n_in).map(name).collect();
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
            let at = leg.trailing_zeros() as usize;
            let particle = decay.map_or(self.legs[at], |d| d.particle);
            let name = &model.particle(particle).name;
            text = text + " " + name;
            let polarisation = decay.map_or(self.polarisation_of(at), |d| d.polarisation);
            text += &polarisation.to_string();
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

    /// The process without its decays, and each decay of a product as a process of its
    /// own, with the leg of the process that it is a decay of.
    pub(crate) fn apart(&self) -> (Self, Vec<(usize, Self)>) {
        let mut core = Self {
            filter: self.filter.clone(),
            ..Self::new(self.legs[..self.n_in].to_vec(), self.n_in)
        };
        let mut decays = Vec::new();
        let mut leg = self.n_in;
        while leg < self.legs.len() {
            let outermost = (self.decays.iter())
                .filter(|d| d.legs >> leg & 1 == 1)
                .max_by_key(|d| d.legs.count_ones());
            let Some(decay) = outermost else {
                core.legs.push(self.legs[leg]);
                leg += 1;
                continue;
            };
            // Products of a decay stand side by side.
            let n = decay.legs.count_ones() as usize;
            let first = decay.legs.trailing_zeros() as usize;
            let inner = |d: &&Decay| d.legs & decay.legs == d.legs && d.legs != decay.legs;
            let moved = |d: &Decay| Decay {
                legs: d.legs >> first << 1,
                ..d.clone()
            };
            let own = Self {
                filter: decay.filter.clone(),
                decays: self.decays.iter().filter(inner).map(moved).collect(),
                ..Self::new(
                    [&[decay.particle], &self.legs[first..first + n]].concat(),
                    1,
                )
            };
            decays.push((core.legs.len(), own));
            core.legs.push(decay.particle);
            leg = first + n;
        }
        (core, decays)
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
                    let products = self.products_of(d.legs, &inside, factor);
                    Product(d.particle, d.polarisation, products)
                }
                None => {
                    let at = leg.trailing_zeros() as usize;
                    Product(self.legs[at], self.polarisation_of(at), Vec::new())
                }
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
        let states = |leg: usize| {
            let p = model.particle(self.legs[leg]);
            let helicities = self.polarisation_of(leg).helicities(p);
            (helicities.len() * p.n_colours()) as f64
        };
        let initial: f64 = (0..self.n_in).map(states).product();
        initial * self.identical_factor()
    }
}
