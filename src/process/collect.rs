//! Subprocesses of process lines, each once.
//!
//! Knows particles and lines; knows no diagram.

use rustc_hash::FxHashMap;

use super::combinations::sorted;
use super::expand::{Flavours, subprocess};
use super::labels::ProcessLine;
use crate::diagram::Subprocess;
use crate::model::ParticleId;

/// A subprocess before equal matrix elements are joined.
pub(super) struct Entry {
    pub subprocess: Subprocess,
    pub flavours: Flavours,
}

/// Tag, incoming particles in order, outgoing ones without order.
type Identity = (Option<u32>, Vec<ParticleId>, Vec<ParticleId>);

/// Subprocesses up to exchange of the beams, duplicates dropped.
#[derive(Default)]
pub(super) struct Collected {
    pub entries: Vec<Entry>,
    seen: FxHashMap<Identity, usize>,
}

impl Collected {
    /// Adds the flavours of a line; returns how many were there already.
    pub fn add(
        &mut self,
        line: &ProcessLine,
        index: usize,
        flavours: Vec<Vec<ParticleId>>,
    ) -> usize {
        let n_in = line.initial.len();
        let mut dropped = 0;
        for legs in flavours {
            let identity = |legs: &[ParticleId]| -> Identity {
                (line.tag, legs[..n_in].to_vec(), sorted(&legs[n_in..]))
            };
            let own = identity(&legs);
            if self.seen.contains_key(&own) {
                dropped += 1;
                continue;
            }
            if n_in == 2
                && let Some(&k) = self.seen.get(&identity(&exchanged(&legs)))
            {
                let other = &mut self.entries[k];
                if other.subprocess.filter == line.filter
                    && other.subprocess.legs[n_in..] == legs[n_in..]
                {
                    other.flavours.mirrored = true;
                    self.seen.insert(own, k);
                    continue;
                }
            }
            self.seen.insert(own, self.entries.len());
            self.entries.push(Entry {
                flavours: Flavours {
                    legs: legs.clone(),
                    line: index,
                    direct: true,
                    mirrored: false,
                },
                subprocess: subprocess(line, legs),
            });
        }
        dropped
    }
}

/// The legs with the incoming two exchanged.
pub(super) fn exchanged(legs: &[ParticleId]) -> Vec<ParticleId> {
    let mut legs = legs.to_vec();
    legs.swap(0, 1);
    legs
}
