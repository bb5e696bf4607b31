//! Which subprocess of a card an event is.
//!
//! Reads particles, mothers and resonances of a record; knows no momentum and no formula.

use std::collections::BTreeMap;

use crate::diagram::{Decay, LegSet, Subprocess};
use crate::event::{Event, status};
use crate::model::{Model, ParticleId};
use crate::process::ProcessSet;

/// Sorted incoming particles, sorted outgoing ones.
type Identity = (Vec<ParticleId>, Vec<ParticleId>);

/// Finds subprocesses.
pub(super) struct Locator {
    pub model: Model,
    pub processes: ProcessSet,
    /// Elements and their flavours, by identity.
    places: BTreeMap<Identity, Vec<(usize, usize)>>,
}

/// The external particles of a record.
pub(super) struct External {
    /// Places in the record, incoming first.
    pub places: Vec<usize>,
    pub legs: Vec<ParticleId>,
    /// Resonances: outgoing legs and the particle.
    pub resonances: Vec<(LegSet, ParticleId)>,
}

impl Locator {
    /// Among the subprocesses of a card.
    pub fn new(model: Model, processes: ProcessSet) -> Self {
        let mut places: BTreeMap<Identity, Vec<(usize, usize)>> = BTreeMap::new();
        for (e, element) in processes.elements.iter().enumerate() {
            for (f, flavours) in element.flavours.iter().enumerate() {
                let key = identity(&flavours.legs, element.subprocess.n_in);
                places.entry(key).or_default().push((e, f));
            }
        }
        Self {
            model,
            processes,
            places,
        }
    }

    /// The external particles of a record, and the resonances that it has.
    ///
    /// # Errors
    /// In words, if it is no collision of particles of the model.
    pub fn external(&self, event: &Event) -> Result<External, String> {
        let all = &event.particles;
        let with = |wanted: i32| (0..all.len()).filter(move |&k| all[k].status == wanted);
        let mut places: Vec<usize> = with(status::INCOMING).collect();
        if places.len() != 2 {
            let n = places.len();
            return Err(format!("it has {n} incoming particles, expected 2"));
        }
        places.extend(with(status::FINAL));
        let id = |pdg: i32| {
            let found = self.model.by_pdg(pdg);
            found.ok_or_else(|| format!("the model has no particle with PDG id {pdg}"))
        };
        let legs = places.iter().map(|&k| id(all[k].pdg));
        let legs = legs.collect::<Result<Vec<_>, String>>()?;
        if legs.len() > LegSet::BITS as usize {
            return Err(format!("it has {} external particles", legs.len()));
        }
        // Whether a particle comes from a line of the record.
        let comes_from = |mut k: usize, line: usize| {
            for _ in 0..all.len() {
                let mother = all[k].mothers[0];
                match usize::try_from(mother) {
                    Ok(m @ 1..) if m - 1 == line => return true,
                    Ok(m @ 1..) if m <= all.len() => k = m - 1,
                    _ => return false,
                }
            }
            false
        };
        let mut resonances = vec![];
        for line in with(status::RESONANCE) {
            let inside = (2..places.len()).filter(|&leg| comes_from(places[leg], line));
            let set: LegSet = inside.map(|leg| 1 << leg).sum();
            if set.count_ones() > 1 {
                resonances.push((set, id(all[line].pdg)?));
            }
        }
        Ok(External {
            places,
            legs,
            resonances,
        })
    }

    /// A process whose records do not say which of several matrix elements made them: of
    /// different lines, with the same particles and resonances.
    pub fn ambiguous(&self) -> Option<String> {
        let resonances = |sub: &Subprocess| {
            let mut all: Vec<ParticleId> = sub.decays.iter().map(|d| d.particle).collect();
            all.sort_unstable();
            all
        };
        for candidates in self.places.values() {
            let subprocess = |&(e, f): &(usize, usize)| {
                let element = &self.processes.elements[e];
                element.flavours[f].subprocess(&element.subprocess)
            };
            let all: Vec<Subprocess> = candidates.iter().map(subprocess).collect();
            let first = &all[0];
            let differs = |other: &&Subprocess| {
                let own = Subprocess {
                    decays: first.decays.clone(),
                    tag: first.tag,
                    ..other.with_legs(&first.legs)
                };
                resonances(first) == resonances(other) && own != *first
            };
            if all[1..].iter().any(|other| differs(&other)) {
                return Some(self.name(&first.legs));
            }
        }
        None
    }

    /// The subprocess of an event, legs in the order of the record.
    ///
    /// # Errors
    /// In words, if it is none of the card's.
    pub fn subprocess(&self, external: &External) -> Result<Subprocess, String> {
        let key = identity(&external.legs, 2);
        let Some(candidates) = self.places.get(&key) else {
            return Err(self.no_process(external));
        };
        let mut found = None;
        for &(e, f) in candidates {
            let element = &self.processes.elements[e];
            let own = element.flavours[f].subprocess(&element.subprocess);
            let own = own.with_vetoes(|_| false);
            found = found.or_else(|| in_order(&own, external));
        }
        found.ok_or_else(|| {
            format!(
                "the resonances that the process line declares for '{}' are not in its record",
                self.name(&external.legs)
            )
        })
    }

    fn name(&self, legs: &[ParticleId]) -> String {
        Subprocess::new(legs.to_vec(), 2).name(&self.model)
    }

    fn no_process(&self, external: &External) -> String {
        let lines = self.processes.lines.iter();
        let lines: Vec<String> = lines.map(|l| format!("'{}'", l.text)).collect();
        let name = self.name(&external.legs);
        let lines = lines.join(", ");
        format!("'{name}' is no subprocess of the card, which has {lines}")
    }
}

fn identity(legs: &[ParticleId], n_in: usize) -> Identity {
    let (mut initial, mut last) = (legs[..n_in].to_vec(), legs[n_in..].to_vec());
    initial.sort_unstable();
    last.sort_unstable();
    (initial, last)
}

/// The subprocess with its legs in the order of the record, declared resonances being
/// those of the record.
fn in_order(own: &Subprocess, external: &External) -> Option<Subprocess> {
    let mut sub = own.with_legs(&external.legs);
    if own.decays.is_empty() {
        return Some(sub);
    }
    let mut place = vec![usize::MAX; own.legs.len()];
    let mut taken: LegSet = 3;
    if !assign(own, external, 2, &mut place, &mut taken) {
        return None;
    }
    for (decay, of_own) in sub.decays.iter_mut().zip(&own.decays) {
        decay.legs = image(of_own, &place);
    }
    Some(sub)
}

/// The legs of a decay in the record.
fn image(decay: &Decay, place: &[usize]) -> LegSet {
    let inside = (2..place.len()).filter(|leg| decay.legs >> leg & 1 == 1);
    inside.map(|leg| 1 << place[leg]).sum()
}

/// Finds a place in the record for each outgoing leg from `leg` on.
fn assign(
    own: &Subprocess,
    external: &External,
    leg: usize,
    place: &mut [usize],
    taken: &mut LegSet,
) -> bool {
    if leg == own.legs.len() {
        return own.decays.iter().all(|decay| {
            let wanted = (image(decay, place), decay.particle);
            external.resonances.contains(&wanted)
        });
    }
    for at in 2..external.legs.len() {
        if *taken >> at & 1 == 0 && external.legs[at] == own.legs[leg] {
            (place[leg], *taken) = (at, *taken | 1 << at);
            if assign(own, external, leg + 1, place, taken) {
                return true;
            }
            *taken &= !(1 << at);
        }
    }
    false
}
