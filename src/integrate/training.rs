//! Which channels get a flow, and what became of them.
//!
//! A flow must earn back its training: the calls of the integrand and the steps
//! that it takes are weighed against the trials that it will save. All costs are
//! estimates in operations, not measured times, so that the same run makes the
//! same choice on every machine. Knows channels, costs and trials; knows nothing
//! of what is integrated.

use serde::{Deserialize, Serialize};

use super::adapted::ChannelState;
use super::spread::Spread;
use crate::compute::{Crew, DeviceChoice};
use crate::integrand::{EvaluationPool, Integrand, SampleBatch};
use crate::sampler::train::{
    RoundKind, TrainError, TrainReport, TrainSettings, Trainer, TrainingOutcome,
};
use crate::sampler::{ChannelSampler, Flow, FlowSettings, FlowUse, Mixture, Vegas};
use crate::unweight::ChannelMax;

/// Time that a grid takes for one coordinate of a point, in ns.
const GRID_NS: f64 = 10.0;
/// Time that a flow takes for each of its parameters and point, in ns.
const FLOW_NS: f64 = 0.02;
/// Time of a training step for each parameter and point, in ns.
const STEP_NS: f64 = 0.075;
/// Steps that use a point, at least and at most: as many as take `STEPS_PER_POINT`
/// times the time of the point itself.
const REPLAYS: [f64; 2] = [6.0, 16.0];
const STEPS_PER_POINT: f64 = 2.5;
/// Rounds whose points are used, more than there are.
const WINDOW: usize = 1000;
/// Bins of a spline: grids have made the coordinates nearly flat before, and few
/// bins are learned faster.
const N_BINS: usize = 6;
/// Calls of the integrand for one training, at least and at most.
const LEAST_TRAINING: f64 = 20_000.0;
const MOST_TRAINING: f64 = 4_000_000.0;
/// Time of a training as a part of that of the trials that are expected.
const TRAINING_PART: f64 = 0.3;
/// Where flows are asked for, whatever they cost: calls for all channels, for one
/// with a part of the trials of at least `LARGE_SHARE` each, and the least for
/// one channel. For more events than `FEW_EVENTS` the former grow with the square
/// root of their number.
const IF_ASKED: f64 = 300_000.0;
const FEW_EVENTS: f64 = 60_000.0;
const LEAST_IF_ASKED: f64 = 60_000.0;
const LARGE_SHARE: f64 = 0.05;
/// With `sampler = "flow"` channels that will take less than this part of all
/// trials stay with their grids.
const LEAST_PART: f64 = 1e-4;
/// Units of hidden layers, in small flows and in those that learn from at least
/// `MANY` points, if drawing from them takes no more than `LIGHT` of the time of a
/// point.
const UNITS: [usize; 2] = [32, 64];
const MANY: u64 = 1_000_000;
const LIGHT: f64 = 0.2;
/// The training of a channel must promise to save this part of its time.
const LEAST_GAIN: f64 = 0.15;
/// A trained flow replaces a grid if it is better by this factor: both
/// efficiencies are estimates.
const MARGIN: f64 = 1.05;
/// Largest efficiency that is expected of a flow before it is trained.
const BEST_GUESS: f64 = 0.8;

/// Why a channel has the sampler that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SamplerReason {
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
    pub reason: SamplerReason,
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

impl ChannelTraining {
    /// Size and spread of the weights of the flow, where it is in use.
    pub(super) fn spread_of_flow(&self) -> Option<Spread> {
        let report = self.report.as_ref()?;
        let rounds = report.rounds.iter().rev();
        let check = rounds.clone().find(|r| r.kind == RoundKind::Check)?;
        (self.reason == SamplerReason::FlowPays).then_some(Spread {
            size: check.weights.size,
            deviation: check.weights.deviation * check.weights.size,
        })
    }
}

/// What the choice goes by.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrainingBudget {
    pub flows: FlowUse,
    /// Trials that the run will need with the grids as they are.
    pub trials: f64,
    /// Most calls of the integrand, for all trainings together.
    pub most_calls: f64,
    /// Calls of the integrand in units of those that suit the events.
    pub training: f64,
    /// Events that will be generated.
    pub n_events: u64,
    pub seed: u64,
    pub device: DeviceChoice,
}

/// A channel with what is known before a training.
#[derive(Serialize, Deserialize)]
struct FlowCandidate {
    channel: usize,
    grid: Vegas,
    cells: Vec<(usize, usize)>,
    /// Part of all trials, and their number.
    share: f64,
    trials: f64,
    efficiency: f64,
    /// Part of all trials, once all channels have flows.
    part: f64,
    cost_ns: f64,
    n_units: usize,
    n_parameters: f64,
    /// Calls of the integrand for the training.
    n_training: u64,
}

impl FlowCandidate {
    fn grid_ns(&self) -> f64 {
        self.cost_ns + GRID_NS * self.grid.axes().len() as f64
    }

    fn flow_ns(&self) -> f64 {
        self.grid_ns() + FLOW_NS * self.n_parameters
    }

    /// Steps in which a point is used.
    fn epochs_per_point(&self) -> f64 {
        let [least, most] = REPLAYS;
        let time = STEPS_PER_POINT * self.cost_ns;
        (time / (STEP_NS * self.n_parameters)).clamp(least, most)
    }

    /// Time of a point in a training, in ns.
    fn training_ns(&self) -> f64 {
        self.flow_ns() + self.epochs_per_point() * STEP_NS * self.n_parameters
    }

    /// The efficiency that trained flows were found to reach, about.
    fn expected_efficiency(&self) -> f64 {
        self.efficiency
            .sqrt()
            .clamp(1e-9, BEST_GUESS.max(self.efficiency))
    }

    /// Trials that the channel needs with such a flow.
    fn expected_trials(&self) -> f64 {
        self.trials * self.efficiency / self.expected_efficiency()
    }

    /// Takes large networks where they pay.
    fn enlarge(&mut self, plan: &TrainingBudget) {
        let small = self.n_units;
        self.resize(UNITS[1], plan);
        if self.n_training < MANY || self.flow_ns() > (1.0 + LIGHT) * self.grid_ns() {
            self.resize(small, plan);
        }
    }

    fn resize(&mut self, n_units: usize, plan: &TrainingBudget) {
        let size = FlowSettings {
            cells: self.cells.clone(),
            n_units,
            ..plan.settings().flow
        };
        self.n_units = n_units;
        self.n_parameters =
            Flow::new(&self.grid, size, 0).map_or(f64::INFINITY, |f| f.parameters().len() as f64);
    }

    /// Part of the time of this channel's trials that a training would save,
    /// its own time included. A training that was asked to be longer is meant for
    /// more events, and its time shared by them.
    fn expected_gain(&self, plan: &TrainingBudget) -> f64 {
        let training = self.n_training as f64 * self.training_ns() / plan.training.max(1.0);
        let before = self.trials * self.grid_ns();
        let after = self.expected_trials() * self.flow_ns();
        1.0 - (after + training) / before.max(1e-9)
    }
}

/// Which channels are trained, and why the others are not.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct ChosenChannels {
    chosen: Vec<FlowCandidate>,
    refused: Vec<ChannelTraining>,
}

impl ChosenChannels {
    /// Calls that are planned for all trainings; those that begin anew take more.
    pub(super) fn n_training(&self) -> u64 {
        self.chosen.iter().map(|c| c.n_training).sum()
    }
}

impl TrainingBudget {
    fn settings(&self) -> TrainSettings {
        TrainSettings {
            seed: self.seed,
            device: self.device,
            replay_window: WINDOW,
            flow: FlowSettings {
                n_bins: N_BINS,
                ..FlowSettings::default()
            },
            ..TrainSettings::default()
        }
    }

    /// Chooses; `maxima` holds the maximum weights of the grids, channel by
    /// channel.
    pub fn choose(
        &self,
        integrand: &dyn Integrand,
        channels: &[ChannelState],
        maxima: &[ChannelMax],
    ) -> ChosenChannels {
        let mut candidates = self.candidates(integrand, channels, maxima);
        self.allocate(&mut candidates);
        let mut choice = ChosenChannels::default();
        for candidate in candidates {
            let gain = candidate.expected_gain(self);
            let large = candidate.part >= LEAST_PART;
            let reason = match self.flows {
                FlowUse::Everywhere if large => None,
                FlowUse::WhereItPays if gain >= LEAST_GAIN => None,
                FlowUse::WhereItPays if large => Some(SamplerReason::NotWorthTraining),
                _ => Some(SamplerReason::TooSmall),
            };
            match reason {
                None => choice.chosen.push(candidate),
                Some(reason) => choice.refused.push(ChannelTraining {
                    channel: candidate.channel,
                    reason,
                    share: candidate.share,
                    efficiency_of_grid: candidate.efficiency,
                    efficiency_of_flow: None,
                    report: None,
                }),
            }
        }
        let wanted: f64 = choice.chosen.iter().map(|c| c.n_training as f64).sum();
        let part = (self.most_calls / wanted.max(1.0)).min(1.0);
        for candidate in &mut choice.chosen {
            candidate.n_training = (part * candidate.n_training as f64) as u64;
            candidate.enlarge(self);
        }
        choice
    }

    /// All channels that have a grid.
    fn candidates(
        &self,
        integrand: &dyn Integrand,
        channels: &[ChannelState],
        maxima: &[ChannelMax],
    ) -> Vec<FlowCandidate> {
        let sum_max: f64 = maxima.iter().map(|m| m.w_max).sum();
        let live = channels.iter().enumerate().filter(|c| c.1.live);
        live.filter_map(|(i, channel)| {
            let grid = channel.sampler.density_of().grid()?;
            let share = maxima[i].w_max / sum_max.max(f64::MIN_POSITIVE);
            let mut candidate = FlowCandidate {
                channel: i,
                grid: grid.clone(),
                cells: integrand.cells(i),
                share,
                trials: share * self.trials,
                efficiency: maxima[i].accepted / maxima[i].w_max.max(f64::MIN_POSITIVE),
                part: 0.0,
                cost_ns: integrand.cost_ns(i),
                n_units: 0,
                n_parameters: 0.0,
                n_training: 0,
            };
            candidate.resize(UNITS[0], self);
            Some(candidate)
        })
        .collect()
    }

    /// Divides the calls of trainings. Where flows are asked for, channels get calls
    /// in proportion to the square roots of the trials that they will need in the
    /// end: then another call saves about as many trials in each.
    fn allocate(&self, candidates: &mut [FlowCandidate]) {
        let sum = |of: &dyn Fn(&FlowCandidate) -> f64| candidates.iter().map(of).sum::<f64>();
        let trials = sum(&FlowCandidate::expected_trials).max(f64::MIN_POSITIVE);
        let part = |c: &FlowCandidate| c.expected_trials() / trials;
        let roots = sum(&|c| part(c).sqrt()).max(f64::MIN_POSITIVE);
        let more = (self.n_events as f64 / FEW_EVENTS).sqrt().max(1.0);
        let asked = more * IF_ASKED * sum(&|c| (c.share / LARGE_SHARE).min(1.0));
        for candidate in candidates {
            candidate.part = part(candidate);
            let least = match self.flows {
                FlowUse::Everywhere => (asked * candidate.part.sqrt() / roots).max(LEAST_IF_ASKED),
                _ => LEAST_TRAINING,
            };
            let time = TRAINING_PART * candidate.trials * candidate.grid_ns();
            let calls = (time / candidate.training_ns())
                .max(least)
                .min(MOST_TRAINING);
            candidate.n_training = (self.training * calls) as u64;
        }
    }
}

/// The trainings of a run between two rounds. As many channels as there are
/// processes are trained at the same time: the points of all are evaluated by
/// all processes, the steps of each are taken by one.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Trainings {
    /// Those that are complete, with the sampler where the flow has won.
    done: Vec<(ChannelTraining, Option<ChannelSampler>)>,
    /// Those that are going on, with their place in the choice.
    current: Vec<(usize, Trainer)>,
    /// AdaptProgress of the next one.
    next: usize,
}

impl Trainings {
    fn reports(&self) -> impl Iterator<Item = &TrainReport> {
        let done = self.done.iter().filter_map(|(t, _)| t.report.as_ref());
        done.chain(self.current.iter().map(|(_, t)| t.report()))
    }

    /// Calls of the integrand so far.
    pub fn n_points(&self) -> u64 {
        self.reports().map(|r| r.n_points).sum()
    }

    /// Rounds so far, in all channels.
    pub(crate) fn n_rounds(&self) -> usize {
        self.reports().map(|r| r.rounds.len()).sum()
    }

    /// The next round of all trainings that are going on; false if there is none
    /// left, `None` if the crew was stopped: points that were drawn are kept.
    pub(crate) fn advance(
        &mut self,
        integrand: &dyn Integrand,
        choice: &ChosenChannels,
        plan: &TrainingBudget,
        crew: Crew<'_>,
    ) -> Result<Option<bool>, TrainError> {
        let pool = EvaluationPool::default();
        let pool = &pool;
        let target_of =
            |channel| move |batch: &SampleBatch| pool.biased_values(integrand, channel, batch);
        let (rank, size) = (crew.team.rank(), crew.team.size());
        if self.current.len() < size
            && let Some(candidate) = choice.chosen.get(self.next)
        {
            let channel = candidate.channel;
            let mut own = plan.settings();
            own.flow.cells.clone_from(&candidate.cells);
            own.flow.n_units = candidate.n_units;
            own.epochs_per_point = candidate.epochs_per_point();
            let mut trainer = Trainer::new(&candidate.grid, own, channel as u32)?;
            let n = candidate.n_training;
            let begun = trainer.begin(&target_of(channel), n / 8, n - n / 8, crew);
            if begun.is_none() {
                return Ok(None);
            }
            self.current.push((self.next, trainer));
            self.next += 1;
            return Ok(Some(true));
        }
        for (at, trainer) in &mut self.current {
            let target = target_of(choice.chosen[*at].channel);
            if trainer.draw_round(&target, crew).is_none() {
                return Ok(None);
            }
        }
        for (_, trainer) in self.current.iter_mut().skip(rank).step_by(size) {
            trainer.learn();
        }
        for (k, (at, mut trainer)) in std::mem::take(&mut self.current).into_iter().enumerate() {
            if trainer.share(k % size, crew) {
                self.current.push((at, trainer));
            } else {
                let (mixture, report) = trainer.finish();
                self.done
                    .push(choice.chosen[at].judge(mixture, report, plan));
            }
        }
        Ok(Some(
            !self.current.is_empty() || self.next < choice.chosen.len(),
        ))
    }

    /// Replaces the samplers of channels whose flow has won.
    pub fn finish(
        self,
        choice: ChosenChannels,
        channels: &mut [ChannelState],
    ) -> Vec<ChannelTraining> {
        let mut all = choice.refused;
        for (training, sampler) in self.done {
            if let Some(sampler) = sampler {
                channels[training.channel].sampler = sampler;
            }
            all.push(training);
        }
        all.sort_by_key(|t| t.channel);
        all
    }
}

impl FlowCandidate {
    /// What becomes of the channel after its training.
    fn judge(
        &self,
        mixture: Mixture,
        report: TrainReport,
        plan: &TrainingBudget,
    ) -> (ChannelTraining, Option<ChannelSampler>) {
        let of = |kind| {
            let rounds = report.rounds.iter().rev();
            let found = rounds.clone().find(|r| r.kind == kind);
            found.map(|r| r.weights.efficiency)
        };
        let of_grid = of(RoundKind::Survey).unwrap_or(self.efficiency);
        let of_flow = of(RoundKind::Check);
        let agreed = matches!(
            report.outcome,
            TrainingOutcome::Agreed | TrainingOutcome::AgreedAfterRetraining
        );
        // Time per event: a flow must be better than the grid by what it costs.
        let cost = if plan.flows == FlowUse::WhereItPays {
            self.flow_ns() / self.grid_ns()
        } else {
            1.0
        };
        let reason = match report.outcome {
            TrainingOutcome::FallbackToGrid
                if report.checks.iter().any(|c| c.pull.abs() > c.agreement) =>
            {
                SamplerReason::Disagreement
            }
            _ if agreed && of_flow.is_some_and(|e| e > MARGIN * cost * of_grid) => {
                SamplerReason::FlowPays
            }
            _ => SamplerReason::NoGain,
        };
        let sampler = (reason == SamplerReason::FlowPays).then_some(ChannelSampler::flow(mixture));
        let result = ChannelTraining {
            channel: self.channel,
            reason,
            share: self.share,
            efficiency_of_grid: of_grid,
            efficiency_of_flow: of_flow,
            report: Some(report),
        };
        (result, sampler)
    }
}
