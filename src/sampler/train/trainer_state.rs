//! Where a training stands: all that the next rounds depend on, as plain data.
//!
//! Knows points, parameters and numbers; decides nothing.

use serde::{Deserialize, Serialize};

use super::buffer::Buffer;
use super::learner::LearnerState;
use super::plan::TrainingPlan;
use super::report::TrainReport;
use super::settings::TrainSettings;
use crate::rng::{Purpose, Stream};
use crate::sampler::flow::{Flow, Mixture};

/// A training between two rounds.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct TrainerState {
    pub settings: TrainSettings,
    /// Tells random streams apart.
    pub channel: u32,
    pub mixture: Mixture,
    pub buffer: Buffer,
    /// Address of the next batch of points.
    pub next_batch: u64,
    pub steps: StepState,
    pub report: TrainReport,
    pub plan: Option<TrainingPlan>,
}

/// What steps change, and what the next ones depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StepState {
    pub learner: LearnerState,
    /// Numbers of the stream of shuffles that are used.
    pub shuffles: u64,
    pub n_steps: usize,
    /// Mean length of gradients.
    pub usual_norm: f64,
    /// The rate is multiplied by this; halved after every bad step.
    pub slowdown: f64,
    /// Steps that were taken back.
    pub n_rollbacks: usize,
}

impl StepState {
    /// Before the first step; `n_rollbacks` and shuffles of `before` are kept.
    pub fn new(flow: &Flow, before: Option<&Self>) -> Self {
        Self {
            learner: LearnerState::new(flow),
            shuffles: before.map_or(0, |b| b.shuffles),
            n_steps: 0,
            usual_norm: 0.0,
            slowdown: 1.0,
            n_rollbacks: before.map_or(0, |b| b.n_rollbacks),
        }
    }
}

impl TrainerState {
    /// Before the first point.
    pub fn new(flow: Flow, settings: TrainSettings, channel: u32, device: String) -> Self {
        Self {
            channel,
            buffer: Buffer::new(flow.base().len()),
            next_batch: 0,
            steps: StepState::new(&flow, None),
            mixture: Mixture::new(flow, settings.grid_fraction),
            report: TrainReport {
                device,
                ..Default::default()
            },
            plan: None,
            settings,
        }
    }

    /// The stream of shuffles where it stands.
    pub(crate) fn shuffles(&self) -> Stream {
        let seed = self.settings.seed;
        let mut stream = Stream::new(seed, Purpose::Minibatch, self.channel, 0);
        stream.seek(self.steps.shuffles);
        stream
    }

    /// Seed of the first weights of an attempt, 0 or 1.
    pub(crate) fn flow_seed(settings: &TrainSettings, channel: u32, attempt: usize) -> u64 {
        let seed = settings.seed ^ u64::from(channel) << 32;
        if attempt == 0 { seed } else { !seed }
    }
}
