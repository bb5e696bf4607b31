//! Subprocesses with equal matrix elements, joined.
//!
//! Knows signatures of amplitudes and groups; knows no line and no momentum.

use rustc_hash::FxHashMap;

use super::collect::Entry;
use super::expand::{Expander, Group, MatrixElement, ProcessSet, Resonance};
use super::labels::LegLabel;
use crate::diagram::{Classifier, Decay, OrderLimits, Polarisation, Subprocess};
use crate::model::ParticleId;

/// The amplitude of a process; leg, mass and width, and amplitude of each decay.
type Chain = (u32, Vec<(usize, (u64, u64), u32)>);

/// Group, amplitude, identical-particle factor and helicities.
type ElementKey = (usize, u32, u64, Vec<Polarisation>);

/// Joins subprocesses with equal matrix elements.
pub(super) struct Joiner<'a> {
    expander: &'a Expander<'a>,
    classifier: Classifier<'a>,
    /// Signatures of subprocesses without their tags.
    numbers: FxHashMap<Subprocess, u32>,
    /// Numbers of decay chains.
    chains: FxHashMap<Chain, u32>,
    elements: FxHashMap<ElementKey, usize>,
}

impl<'a> Joiner<'a> {
    /// Nothing joined yet.
    pub fn new(expander: &'a Expander<'a>) -> Self {
        Self {
            expander,
            classifier: Classifier::new(expander.diagrams),
            numbers: FxHashMap::default(),
            chains: FxHashMap::default(),
            elements: FxHashMap::default(),
        }
    }

    /// Number of an amplitude; that of a chain follows from those of its parts.
    fn signature(&mut self, sub: &Subprocess) -> u32 {
        if sub.decays.is_empty() || sub.overall != OrderLimits::default() {
            return self.number(sub);
        }
        let (core, decays) = sub.apart();
        let core = self.number(&core);
        let decays = decays.iter().map(|(leg, decay)| {
            let p = self.expander.model.particle(decay.legs[0]);
            let pole = (p.mass.to_bits(), p.width.to_bits());
            (*leg, pole, self.signature(decay))
        });
        let chain = (core, decays.collect());
        let next = self.chains.len() as u32;
        // Apart from the numbers of amplitudes that are taken whole.
        (1 << 31) | *self.chains.entry(chain).or_insert(next)
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

    /// Whether two subprocesses with the same particles are the same; their outgoing
    /// legs may stand in another order.
    pub fn has_same_amplitude(&mut self, a: &Subprocess, b: &Subprocess) -> bool {
        let plain = a.decays.is_empty() && b.decays.is_empty() && a.polarisation.is_empty();
        let b = match (a.legs == b.legs, plain) {
            (true, _) => b.clone(),
            (false, true) => b.with_legs(&a.legs),
            // Names of legs mean others there: equal lines are meant.
            (false, false) => return true,
        };
        *a == b
            || (a.filter.orders.squared == b.filter.orders.squared
                && self.signature(a) == self.signature(&b))
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
