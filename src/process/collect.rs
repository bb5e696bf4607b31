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

/// Subprocesses up to exchange of the beams, duplicates dropped.
#[derive(Default)]
pub(super) struct Collected {
    pub entries: Vec<Entry>,
    seen: FxHashMap<Identity, usize>,
}

impl Collected {
    /// Adds the subprocesses of a line; returns how many were there already.
    pub fn add(&mut self, line: usize, subprocesses: Vec<LabelledSubprocess>) -> usize {
        let mut dropped = 0;
        for LabelledSubprocess { subprocess, labels } in subprocesses {
            let n_in = subprocess.n_in;
            let final_state = subprocess.final_state();
            let identity = |sub: &Subprocess| -> Identity {
                let leg = |k: usize| (sub.legs[k], sub.polarisation_of(k));
                (sub.tag, (0..n_in).map(leg).collect(), final_state.clone())
            };
            let own = identity(&subprocess);
            if self.seen.contains_key(&own) {
                dropped += 1;
                continue;
            }
            if n_in == 2
                && let Some(&k) = self.seen.get(&identity(&subprocess.exchanged()))
            {
                let other = &mut self.entries[k];
                if subprocess.exchanged() == other.subprocess {
                    other.flavours.mirrored = true;
                    self.seen.insert(own, k);
                    continue;
                }
            }
            self.seen.insert(own, self.entries.len());
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
        dropped
    }
}
