//! Subprocesses of process lines, each once.
//!
//! Knows particles and lines; knows no diagram.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::expand::Flavours;
use super::labels::LegLabel;
use crate::diagram::{Polarisation, Product, Subprocess};
use crate::model::ParticleId;

/// A subprocess and the tokens of its legs.
pub(super) struct LabelledSubprocess {
    pub subprocess: Subprocess,
    pub labels: Rc<[LegLabel]>,
}

/// A subprocess before equal matrix elements are joined.
pub(super) struct Entry {
    pub subprocess: Subprocess,
    pub labels: Rc<[LegLabel]>,
    pub flavours: Flavours,
}

/// Tag, incoming particles in order, outgoing ones without order.
type Identity = (Option<u32>, Vec<(ParticleId, Polarisation)>, Vec<Product>);

/// What became of the subprocesses of a line that an earlier one has, too.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Repeated {
    /// Left out: they have the amplitude of the earlier ones.
    pub dropped: usize,
    /// Added up: they have other diagrams.
    pub added: usize,
}

/// Subprocesses up to exchange of the beams, duplicates dropped.
#[derive(Default)]
pub(super) struct Collected {
    pub entries: Vec<Entry>,
    seen: FxHashMap<Identity, Vec<usize>>,
}

impl Collected {
    /// Adds the subprocesses of a line. Those with the particles of an earlier one are
    /// left out if `same` tells that their amplitude is the same.
    pub fn add(
        &mut self,
        line: usize,
        subprocesses: Vec<LabelledSubprocess>,
        same: &mut dyn FnMut(&Subprocess, &Subprocess) -> bool,
    ) -> Repeated {
        let mut repeated = Repeated::default();
        for LabelledSubprocess { subprocess, labels } in subprocesses {
            let n_in = subprocess.n_in;
            let final_state = subprocess.final_state();
            let identity = |sub: &Subprocess| -> Identity {
                let leg = |k: usize| (sub.legs[k], sub.polarisation_of(k));
                (sub.tag, (0..n_in).map(leg).collect(), final_state.clone())
            };
            let own = identity(&subprocess);
            let earlier = self.seen.get(&own).map_or(&[][..], Vec::as_slice);
            let is_there = earlier.iter().any(|&k| {
                let other = &self.entries[k].subprocess;
                match other.legs[..n_in] == subprocess.legs[..n_in] {
                    true => same(other, &subprocess),
                    false => same(&other.exchanged(), &subprocess),
                }
            });
            if is_there {
                repeated.dropped += 1;
                continue;
            }
            repeated.added += usize::from(!earlier.is_empty());
            if n_in == 2 {
                let exchanged = subprocess.exchanged();
                let candidates = self.seen.get(&identity(&exchanged));
                let found = (candidates.into_iter().flatten().copied())
                    .find(|&k| self.entries[k].subprocess == exchanged);
                if let Some(k) = found {
                    self.entries[k].flavours.mirrored = true;
                    self.seen.entry(own).or_default().push(k);
                    continue;
                }
            }
            self.seen.entry(own).or_default().push(self.entries.len());
            self.entries.push(Entry {
                flavours: Flavours {
                    legs: subprocess.legs.clone(),
                    resonances: subprocess.decays.iter().map(|d| d.particle).collect(),
                    line,
                    direct: true,
                    mirrored: false,
                },
                labels,
                subprocess,
            });
        }
        repeated
    }
}
