//! Which channels get a flow, and what became of them.
//!
//! A flow must earn back its training: the calls of the integrand and the steps
//! that it takes are weighed against the trials that it will save. All costs are
//! estimates in operations, not measured times, so that the same run makes the
//! same choice on every machine. Knows channels, costs and trials; knows nothing
//! of what is integrated.

use serde::{Deserialize, Serialize};

use super::adapted::ChannelState;
use super::error::IntegrateError;
use crate::compute::DeviceChoice;
use crate::integrand::Integrand;
use crate::sampler::train::{
    RoundKind, TrainReport, TrainSettings, Trainer, Verdict, channel_values,
};
use crate::sampler::{ChannelSampler, Flow, FlowSettings, SamplerKind, Vegas};
use crate::unweight::ChannelMax;

/// Time that a grid takes for one coordinate of a point, in ns.
const GRID_NS: f64 = 10.0;
/// Time that a flow takes for each of its parameters and point, in ns.
const FLOW_NS: f64 = 0.02;
/// Time of a training step for each parameter and point, in ns.
const STEP_NS: f64 = 0.06;
/// Calls of the integrand for one training: at least, at most, and as a part of
/// the trials that are expected.
const LEAST_TRAINING: u64 = 20_000;
const MOST_TRAINING: u64 = 500_000;
const TRAINING_PART: f64 = 0.25;
/// The least that is spent where flows are asked for, whatever they cost.
const LEAST_IF_ASKED: u64 = 100_000;
/// With `sampler = "flow"` channels below this part of all trials stay with
/// their grids.
const LEAST_SHARE: f64 = 2e-3;
/// The training of a channel must promise to save this part of its time.
const LEAST_GAIN: f64 = 0.15;
/// A trained flow replaces a grid if it is better by this factor: both
/// efficiencies are estimates.
const MARGIN: f64 = 1.05;
/// Largest efficiency that is expected of a flow before it is trained.
const BEST_GUESS: f64 = 0.6;

/// Why a channel has the sampler that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The flow was trained and needs fewer points.
    FlowPays,
    /// Too small a part of the trials for a training to matter.
    TooSmall,
    /// Training would cost more than it could save.
    NotWorthTraining,
    /// The trained flow was no better than the grid.
    NoGain,
    /// Flow and survey disagree, also after training again.
    Disagreement,
}

/// How the sampler of a channel was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelTraining {
    /// The channel.
    pub channel: usize,
    /// The outcome.
    pub reason: Reason,
    /// Part of all trials that the channel takes with its grid.
    pub share: f64,
    /// Unweighting efficiency of the grid; from the training where there was
    /// one, from the adaptation otherwise.
    pub efficiency_of_grid: f64,
    /// That of the flow, if one was trained.
    pub efficiency_of_flow: Option<f64>,
    /// The training, if there was one.
    pub report: Option<TrainReport>,
}

/// What the choice goes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub kind: SamplerKind,
    /// Trials that the run will need with the grids as they are.
    pub trials: f64,
    pub seed: u64,
    pub device: DeviceChoice,
}

/// A channel with what is known before a training.
struct Candidate<'a> {
    channel: usize,
    grid: &'a Vegas,
    cells: Vec<(usize, usize)>,
    /// Part of all trials, and their number.
    share: f64,
    trials: f64,
    efficiency: f64,
    cost_ns: f64,
    n_parameters: f64,
}

impl Candidate<'_> {
    fn grid_ns(&self) -> f64 {
        self.cost_ns + GRID_NS * self.grid.axes().len() as f64
    }

    fn flow_ns(&self) -> f64 {
        self.grid_ns() + FLOW_NS * self.n_parameters
    }

    /// Calls of the integrand for a training.
    fn n_training(&self, kind: SamplerKind) -> u64 {
        let least = match kind {
            SamplerKind::Flow => LEAST_IF_ASKED,
            _ => LEAST_TRAINING,
        };
        ((TRAINING_PART * self.trials) as u64).clamp(least, MOST_TRAINING)
    }

    /// Part of the time of this channel's trials that a training would save,
    /// its own time included, if it reaches the square root of the efficiency:
    /// what trained flows were found to do, about.
    fn expected_gain(&self, replays: f64) -> f64 {
        let reached = self.efficiency.sqrt().min(BEST_GUESS);
        let step = self.flow_ns() + replays * STEP_NS * self.n_parameters;
        let training = self.n_training(SamplerKind::Auto) as f64 * step;
        let before = self.trials * self.grid_ns();
        let after = self.trials * self.efficiency / reached.max(1e-9) * self.flow_ns();
        1.0 - (after + training) / before.max(1e-9)
    }
}

/// Chooses and trains; the samplers of channels that win are replaced.
///
/// `maxima` holds the maximum weights of the grids, channel by channel; `report`
/// hears the part that is done and is asked whether to go on.
pub(super) fn train(
    integrand: &dyn Integrand,
    channels: &mut [ChannelState],
    maxima: &[ChannelMax],
    plan: Plan,
    mut report: impl FnMut(f64) -> Result<(), IntegrateError>,
) -> Result<Vec<ChannelTraining>, IntegrateError> {
    let sum_max: f64 = maxima.iter().map(|m| m.w_max).sum();
    let settings = TrainSettings {
        seed: plan.seed,
        device: plan.device,
        ..TrainSettings::default()
    };
    let mut done = vec![];
    let mut chosen = vec![];
    for (i, channel) in channels.iter().enumerate().filter(|c| c.1.live) {
        let ChannelSampler::Vegas(grid) = &channel.sampler else {
            continue;
        };
        let share = maxima[i].w_max / sum_max.max(f64::MIN_POSITIVE);
        let cells = integrand.cells(i);
        let size = FlowSettings {
            cells: cells.clone(),
            ..settings.flow.clone()
        };
        let candidate = Candidate {
            channel: i,
            grid,
            share,
            trials: share * plan.trials,
            efficiency: maxima[i].accepted / maxima[i].w_max.max(f64::MIN_POSITIVE),
            cost_ns: integrand.cost_ns(i),
            n_parameters: Flow::new(grid, size, 0)
                .map_or(f64::INFINITY, |f| f.parameters().len() as f64),
            cells,
        };
        let reason = match plan.kind {
            SamplerKind::Flow if share >= LEAST_SHARE => None,
            SamplerKind::Auto if candidate.expected_gain(settings.replays) >= LEAST_GAIN => None,
            SamplerKind::Auto if share >= LEAST_SHARE => Some(Reason::NotWorthTraining),
            _ => Some(Reason::TooSmall),
        };
        match reason {
            None => chosen.push(candidate),
            Some(reason) => done.push(ChannelTraining {
                channel: i,
                reason,
                share,
                efficiency_of_grid: candidate.efficiency,
                efficiency_of_flow: None,
                report: None,
            }),
        }
    }
    let n_all: u64 = chosen.iter().map(|c| c.n_training(plan.kind)).sum();
    let mut n_done = 0;
    let mut samplers = vec![];
    for candidate in &chosen {
        report(n_done as f64 / n_all.max(1) as f64)?;
        let (result, sampler) = train_one(integrand, candidate, &settings, plan)?;
        n_done += candidate.n_training(plan.kind);
        done.push(result);
        samplers.extend(sampler.map(|s| (candidate.channel, s)));
    }
    for (i, sampler) in samplers {
        channels[i].sampler = sampler;
    }
    done.sort_by_key(|t| t.channel);
    Ok(done)
}

fn train_one(
    integrand: &dyn Integrand,
    candidate: &Candidate,
    settings: &TrainSettings,
    plan: Plan,
) -> Result<(ChannelTraining, Option<ChannelSampler>), IntegrateError> {
    let channel = candidate.channel;
    let mut own = settings.clone();
    own.flow.cells.clone_from(&candidate.cells);
    let n = candidate.n_training(plan.kind);
    let n_survey = n / 4;
    let mut trainer = Trainer::new(candidate.grid, own, channel as u32)?;
    let target = |batch: &_| channel_values(integrand, channel, batch);
    trainer.survey(&target, n_survey);
    let (mixture, report) = trainer.train(&target, n - n_survey);
    let of = |kind| {
        let rounds = report.rounds.iter().rev();
        let found = rounds.clone().find(|r| r.kind == kind);
        found.map(|r| r.weights.efficiency)
    };
    let of_grid = of(RoundKind::Survey).unwrap_or(candidate.efficiency);
    let of_flow = of(RoundKind::Check);
    let agreed = matches!(
        report.verdict,
        Verdict::Agreed | Verdict::AgreedAfterRetraining
    );
    // Time per event: a flow must be better than the grid by what it costs.
    let cost = if plan.kind == SamplerKind::Auto {
        candidate.flow_ns() / candidate.grid_ns()
    } else {
        1.0
    };
    let reason = match report.verdict {
        Verdict::FellBack if report.checks.iter().any(|c| c.pull.abs() > c.agreement) => {
            Reason::Disagreement
        }
        _ if agreed && of_flow.is_some_and(|e| e > MARGIN * cost * of_grid) => Reason::FlowPays,
        _ => Reason::NoGain,
    };
    let sampler = (reason == Reason::FlowPays).then_some(ChannelSampler::Flow(mixture));
    let result = ChannelTraining {
        channel,
        reason,
        share: candidate.share,
        efficiency_of_grid: of_grid,
        efficiency_of_flow: of_flow,
        report: Some(report),
    };
    Ok((result, sampler))
}
