//! Subprocesses of process lines, each once.
//!
//! Knows particles and lines; knows no diagram.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::expand::Flavours;
use super::labels::LegLabel;
use super::repeated::Repeated;
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

/// Incoming particles in order, outgoing ones without order.
type Identity = (Vec<(ParticleId, Polarisation)>, Vec<Product>);

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
                ((0..n_in).map(leg).collect(), final_state.clone())
            };
            let own = identity(&subprocess);
            let earlier = self.seen.get(&own).map_or(&[][..], Vec::as_slice);
            let mut is_same = |k: usize| {
                let other = &self.entries[k].subprocess;
                match other.legs[..n_in] == subprocess.legs[..n_in] {
                    true => same(other, &subprocess),
                    false => same(&other.exchanged(), &subprocess),
                }
            };
            let has_tag = |&k: &usize| self.entries[k].subprocess.tag == subprocess.tag;
            let (alike, numbered): (Vec<usize>, Vec<usize>) =
                earlier.iter().copied().partition(has_tag);
            let line_of = |k: usize| self.entries[k].flavours.line;
            if let Some(&k) = alike.iter().find(|k| is_same(**k)) {
                // Not those that one line has twice.
                if line_of(k) != line {
                    repeated.total += 1;
                    repeated.dropped.add(line_of(k));
                }
                continue;
            }
            repeated.total += 1;
            if let Some(&k) = alike.iter().find(|k| line_of(**k) != line) {
                repeated.added.add(line_of(k));
            }
            if let Some(&k) = numbered.iter().find(|k| is_same(**k)) {
                repeated.numbered.add(line_of(k));
            }
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
