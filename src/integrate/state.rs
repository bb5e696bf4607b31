//! Where an adaptation stands: all that a later process needs to go on with it
//! and come to the same result, bit by bit.
//!
//! Knows phases and numbers; decides nothing.

use serde::{Deserialize, Serialize};

use super::accumulator::Accumulator;
use super::adapted::{ChannelState, IterationSummary};
use super::parts::PartSums;
use super::progress::Stage;
use super::spread::Spread;
use super::stopping::StoppingRule;
use super::training::{ChannelTraining, Trainings};
use crate::unweight::WeightTail;

/// An adaptation between two of its steps.
#[derive(Serialize, Deserialize)]
pub struct AdaptState {
    pub(super) channels: Vec<ChannelState>,
    pub(super) next_batch: Vec<u64>,
    pub(super) iterations: Vec<IterationSummary>,
    pub(super) n_spent: u64,
    /// Points with the present grids, and those of the last iterations before these.
    pub(super) latest: Vec<Accumulator>,
    pub(super) before: Vec<Accumulator>,
    /// What is known of the weights of every channel, for the shares of points.
    pub(super) spreads: Vec<Spread>,
    /// Weights of the points drawn with the present grids.
    pub(super) tails: Vec<WeightTail>,
    /// Channels whose weights are too few to be followed as they are.
    pub(super) tempered: Vec<bool>,
    pub(super) training: Vec<ChannelTraining>,
    pub(super) phase: Phase,
}

/// What comes next.
#[derive(Serialize, Deserialize)]
pub(super) enum Phase {
    /// Nothing has been done.
    Survey,
    /// The next iteration that refines the grids.
    Adapt(Adapting),
    /// The next step of the trainings.
    Train(Trainings),
    /// The next points with fixed grids.
    Integrate(Integrating),
}

/// Between two iterations that refine the grids.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Adapting {
    /// Number of the next one; the survey was number 0.
    pub iteration: usize,
    /// Its points.
    pub wanted: f64,
    /// The lowest cost so far.
    pub best: f64,
    /// Iterations in a row that were no better.
    pub n_idle: u32,
}

/// Between two groups of points with fixed grids.
#[derive(Serialize, Deserialize)]
pub(super) struct Integrating {
    pub rule: StoppingRule,
    /// Points with these grids.
    pub fixed: Vec<Accumulator>,
    /// Points of every channel in the passes that are decided upon, the next one last.
    pub planned: Vec<Vec<u64>>,
    /// The pass that is being made.
    pub pass: Option<OpenPass>,
}

/// A pass with fixed grids that is being made.
#[derive(Serialize, Deserialize)]
pub(super) struct OpenPass {
    /// Points of every channel.
    pub n_points: Vec<u64>,
    /// Batches that are done, and points in them.
    pub n_batches_done: usize,
    pub n_done: u64,
    pub sums: Vec<Accumulator>,
    pub parts: Vec<PartSums>,
}

/// A place in an adaptation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdaptProgress {
    /// The stage.
    pub stage: Stage,
    /// Steps of the stage that are done: iterations, or rounds of training in
    /// all channels.
    pub n_steps: usize,
    /// Points evaluated since the start.
    pub n_points: u64,
}

impl AdaptState {
    /// Where it stands.
    pub fn place(&self) -> AdaptProgress {
        let (stage, n_steps, more) = match &self.phase {
            Phase::Survey => (Stage::Survey, 0, 0),
            Phase::Adapt(a) => (Stage::Adapt, a.iteration - 1, 0),
            Phase::Train(t) => (Stage::Train, t.n_rounds(), t.n_points()),
            Phase::Integrate(i) => (
                Stage::Integrate,
                self.iterations.iter().filter(|it| it.kept).count(),
                i.pass.as_ref().map_or(0, |p| p.n_done),
            ),
        };
        AdaptProgress {
            stage,
            n_steps,
            n_points: self.n_spent + more,
        }
    }

    /// The bytes of the state; see [`AdaptState::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        rmp_serde::to_vec(self).expect("a state is plain data")
    }

    /// The state that [`AdaptState::to_bytes`] wrote.
    ///
    /// # Errors
    /// What is wrong with bytes that are no state of this version, or with the
    /// device of a training that is going on.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        rmp_serde::from_slice(bytes).map_err(|e| e.to_string())
    }
}
