//! `$ x` of process lines: what is left of `|M|^2` where a propagator of `x` is on shell.
//!
//! A point inside the window of a named propagator counts with the share that diagrams
//! without such a propagator have there; outside all windows nothing changes. Knows
//! windows and matrix elements; knows no cut and no channel.
//! Source: MadGraph5_aMC@NLO, whose integration channels stand for single diagrams and
//! refuse such points (arXiv:hep-ph/0208156 for the channels).

use super::resonance::{BROAD, ResonanceRules};
use crate::amplitude::{MatrixElement, MatrixElementWorkspace};
use crate::diagram::{LegSet, Subprocess, VetoedLine};
use crate::kinematics::{MomentumBatch, invariant_of_sets};
use crate::model::{Model, ParticleId};

/// The windows of one matrix element.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OnShellVeto {
    /// Legs and limits on their squared mass in GeV^2, in the order of
    /// [`MatrixElement::vetoed`].
    windows: Vec<(LegSet, f64, f64)>,
}

impl OnShellVeto {
    /// A subprocess without the vetoes on particles that are too broad to be on shell.
    pub(super) fn of_narrow(sub: &Subprocess, model: &Model, rules: ResonanceRules) -> Subprocess {
        let is_narrow = |id: ParticleId| {
            let p = model.particle(id);
            rules.width(p.mass, p.width) < BROAD * p.mass
        };
        sub.with_vetoes(is_narrow)
    }

    /// The windows that `$ x` of a matrix element is about, if it has such propagators.
    pub(super) fn new(me: &MatrixElement, model: &Model, rules: ResonanceRules) -> Option<Self> {
        let window = |line: &VetoedLine| {
            let p = model.particle(line.particle);
            let [lo, hi] = rules.range(p.mass, p.width);
            (line.legs, lo * lo, hi * hi)
        };
        let windows: Vec<_> = me.vetoed().iter().map(window).collect();
        (!windows.is_empty()).then_some(Self { windows })
    }

    /// Which propagators are on shell at each point.
    fn on_shell(&self, momenta: &MomentumBatch) -> Vec<u64> {
        let n = momenta.n_batch;
        let (mut sets, mut m2) = (vec![0; n], vec![0.0; n]);
        for (at, &(legs, lo, hi)) in self.windows.iter().enumerate() {
            invariant_of_sets(momenta, legs, 0, 0, &mut m2);
            for (set, m2) in sets.iter_mut().zip(&m2) {
                *set |= u64::from(lo < *m2 && *m2 < hi) << at;
            }
        }
        sets
    }

    /// Multiplies rows of `|M|^2`, `[n_row, n]`, with what is left at each point.
    pub(super) fn apply(
        &self,
        me: &MatrixElement,
        momenta: &MomentumBatch,
        work: &mut MatrixElementWorkspace,
        rows: &mut [f64],
    ) {
        let n = momenta.n_batch;
        let all = self.on_shell(momenta).into_iter().enumerate();
        let (index, on_shell): (Vec<usize>, Vec<u64>) = all.filter(|(_, set)| *set != 0).unzip();
        if index.is_empty() {
            return;
        }
        let mut share = vec![0.0; index.len()];
        me.off_shell_share(&momenta.select(&index), &on_shell, work, &mut share);
        for row in rows.chunks_mut(n) {
            for (&k, share) in index.iter().zip(&share) {
                row[k] *= share;
            }
        }
    }
}
