//! Subprocesses with equal matrix elements, joined.
//!
//! Knows signatures of amplitudes and groups; knows no line and no momentum.

use rustc_hash::FxHashMap;

use super::collect::Entry;
use super::expand::{Expander, Group, MatrixElement, ProcessSet, Resonance};
use super::labels::LegLabel;
use crate::diagram::{Classifier, Decay, OrderLimits, Polarisation, SquaredLimit, Subprocess};
use crate::model::ParticleId;

/// What is numbered besides amplitudes that are taken whole.
#[derive(PartialEq, Eq, Hash)]
enum Composed {
    /// An amplitude of whose products with itself some orders are selected.
    Selected(u32, Vec<SquaredLimit>),
    /// The amplitude of a process; leg, mass and width, and amplitude of each decay.
    Chain(u32, Vec<(usize, (u64, u64), u32)>),
}

/// Group, amplitude, identical-particle factor and helicities.
type ElementKey = (usize, u32, u64, Vec<Polarisation>);

/// Joins subprocesses with equal matrix elements.
pub(super) struct Joiner<'a> {
    expander: &'a Expander<'a>,
    classifier: Classifier<'a>,
    /// Signatures of subprocesses without their tags.
    numbers: FxHashMap<Subprocess, u32>,
    composed: FxHashMap<Composed, u32>,
    elements: FxHashMap<ElementKey, usize>,
}

/// A subprocess without decays, with its outgoing legs in the order of those of another one
/// that has the same.
fn in_order_of(order: &Subprocess, sub: &Subprocess) -> Subprocess {
    let mut left: Vec<usize> = (sub.n_in..sub.legs.len()).collect();
    let mut legs: Vec<usize> = (0..sub.n_in).collect();
    for leg in order.n_in..order.legs.len() {
        let wanted = (order.legs[leg], order.polarisation_of(leg));
        let fits = |&k: &usize| (sub.legs[k], sub.polarisation_of(k)) == wanted;
        if let Some(at) = left.iter().position(fits) {
            legs.push(left.remove(at));
        }
    }
    legs.extend(left);
    let polarisation = match sub.polarisation.is_empty() {
        true => Vec::new(),
        false => legs.iter().map(|&k| sub.polarisation_of(k)).collect(),
    };
    Subprocess {
        legs: legs.iter().map(|&k| sub.legs[k]).collect(),
        polarisation,
        ..sub.clone()
    }
}

impl<'a> Joiner<'a> {
    /// Nothing joined yet.
    pub fn new(expander: &'a Expander<'a>) -> Self {
        Self {
            expander,
            classifier: Classifier::new(expander.diagrams),
            numbers: FxHashMap::default(),
            composed: FxHashMap::default(),
            elements: FxHashMap::default(),
        }
    }

    /// Number of what a squared amplitude is; that of a chain follows from those of its
    /// parts.
    fn signature(&mut self, sub: &Subprocess) -> u32 {
        if sub.decays.is_empty() || sub.overall != OrderLimits::default() {
            let number = self.number(sub);
            let selected = &sub.filter.orders.squared;
            return match selected.is_empty() {
                true => number,
                false => self.compose(Composed::Selected(number, selected.clone())),
            };
        }
        let (core, decays) = sub.apart();
        let core = self.number(&core);
        let decays = decays.iter().map(|(leg, decay)| {
            let p = self.expander.model.particle(decay.legs[0]);
            let pole = (p.mass.to_bits(), p.width.to_bits());
            (*leg, pole, self.signature(decay))
        });
        let chain = Composed::Chain(core, decays.collect());
        self.compose(chain)
    }

    fn compose(&mut self, what: Composed) -> u32 {
        let next = self.composed.len() as u32;
        // Apart from the numbers of amplitudes that are taken whole.
        (1 << 31) | *self.composed.entry(what).or_insert(next)
    }

    fn number(&mut self, sub: &Subprocess) -> u32 {
        let mut canonical = self.expander.symmetries.canonical(sub);
        canonical.tag = None;
        if let Some(&number) = self.numbers.get(&canonical) {
            return number;
        }
        let number = self.classifier.signature(&canonical);
        self.numbers.insert(canonical, number);
        number
    }

    /// Whether two subprocesses with the same incoming particles and the same final state
    /// are the same; their outgoing legs may stand in another order.
    pub fn has_same_amplitude(&mut self, a: &Subprocess, b: &Subprocess) -> bool {
        if a.decays.is_empty() {
            return self.signature(a) == self.signature(&in_order_of(a, b));
        }
        let [(core_a, of_a), (core_b, of_b)] = [a, b].map(|sub| {
            let (core, mut decays) = sub.apart();
            decays.sort_by_cached_key(|(_, decay)| (decay.legs[0], decay.final_state()));
            (core, decays)
        });
        a.overall == b.overall
            && self.has_same_amplitude(&core_a, &core_b)
            && of_a.len() == of_b.len()
            && (of_a.iter().zip(&of_b)).all(|(a, b)| self.has_same_amplitude(&a.1, &b.1))
    }

    /// Adds a subprocess to the matrix element that it has, or to a new one.
    pub fn add(&mut self, set: &mut ProcessSet, entry: Entry) {
        let Entry {
            subprocess,
            labels,
            mut flavours,
        } = entry;
        let factor = subprocess.identical_factor().to_bits();
        let group = self.group(set, &subprocess, &labels);
        let helicities = subprocess.all_polarisations();
        let own = (group, self.signature(&subprocess), factor, helicities);
        if let Some(&k) = self.elements.get(&own) {
            set.elements[k].flavours.push(flavours);
            return;
        }
        let [a, b] = [subprocess.legs[0], subprocess.legs[1]];
        let [p, q] = [0, 1].map(|leg| subprocess.polarisation_of(leg));
        if subprocess.n_in == 2 && (a, p) != (b, q) {
            let other = subprocess.exchanged();
            // Without a group of this kind there is nothing to join.
            if let Some(group) = self.find_group(set, &other, &labels) {
                let key = (
                    group,
                    self.signature(&other),
                    factor,
                    other.all_polarisations(),
                );
                if let Some(&k) = self.elements.get(&key) {
                    flavours.legs = other.legs;
                    std::mem::swap(&mut flavours.direct, &mut flavours.mirrored);
                    set.elements[k].flavours.push(flavours);
                    return;
                }
            }
        }
        let k = set.elements.len();
        self.elements.insert(own, k);
        set.groups[group].elements.push(k);
        set.elements.push(MatrixElement {
            subprocess,
            flavours: vec![flavours],
            group,
        });
    }

    fn find_group(&self, set: &ProcessSet, sub: &Subprocess, labels: &[LegLabel]) -> Option<usize> {
        let model = self.expander.model;
        let masses = sub.legs.iter().map(|&p| model.particle(p).mass);
        let resonances = self.resonances(sub);
        let outgoing = |labels: &[LegLabel]| -> Vec<Vec<ParticleId>> {
            (labels[sub.n_in..].iter())
                .map(|l| l.particles.clone())
                .collect()
        };
        let own = outgoing(labels);
        set.groups.iter().position(|group| {
            group.tag == sub.tag
                && group.n_in == sub.n_in
                && masses.clone().eq(group.masses.iter().copied())
                && group.resonances == resonances
                && own == outgoing(&group.labels)
        })
    }

    fn resonances(&self, sub: &Subprocess) -> Vec<Resonance> {
        let resonance = |d: &Decay| {
            let particle = self.expander.model.particle(d.particle);
            Resonance {
                legs: d.legs,
                mass: particle.mass,
                width: particle.width,
            }
        };
        sub.decays.iter().map(resonance).collect()
    }

    fn group(&self, set: &mut ProcessSet, sub: &Subprocess, labels: &[LegLabel]) -> usize {
        if let Some(k) = self.find_group(set, sub, labels) {
            return k;
        }
        let model = self.expander.model;
        set.groups.push(Group {
            tag: sub.tag,
            n_in: sub.n_in,
            masses: sub.legs.iter().map(|&p| model.particle(p).mass).collect(),
            resonances: self.resonances(sub),
            labels: labels.to_vec(),
            elements: Vec::new(),
        });
        set.groups.len() - 1
    }
}
