//! Training of the flow of one channel: rounds of new points, steps on stored
//! ones, and the checks that nothing was lost.
//!
//! Knows a function on the hypercube through its values; knows no physics.
//! The survey's points come from the grid and are trained on first, with the
//! Kullback-Leibler divergence, so that the flow starts out covering all that
//! the survey has found.

use serde::{Deserialize, Serialize, Serializer};

use super::check::FlowCheck;
use super::engine::learner;
use super::learner::Learner;
use super::plan::{TrainingPhase, TrainingPlan};
use super::report::{RoundKind, RoundSummary, TrainReport, TrainingOutcome, WeightSummary};
use super::schedule::{LAST_RATE, Schedule, shares};
use super::settings::{TrainError, TrainSettings};
use super::trainer_state::{StepState, TrainerState};
use crate::compute::Crew;
use crate::elementary::Elementary;
use crate::integrand::SampleBatch;
use crate::rng::{Purpose, Stream};
use crate::sampler::density::resize;
use crate::sampler::flow::{Flow, Mixture};
use crate::sampler::vegas::Vegas;

/// Values of a function at the points of a batch, `[n_batch]`; what is not
/// finite counts as 0.
pub type Target<'a> = &'a (dyn Fn(&SampleBatch) -> Vec<f64> + Sync);

/// Points drawn and evaluated together.
const DRAW: u64 = 2048;
/// Points that are kept; of more, the oldest but those of the survey are
/// forgotten.
const MOST_KEPT: usize = 1 << 23;
/// A round of fewer points teaches nothing.
const LEAST_ROUND: u64 = 100;

/// Points that were drawn and evaluated together.
#[derive(Serialize, Deserialize)]
struct Drawn {
    /// Coordinates before the grid, `[n_dim, n]`.
    y: Vec<f64>,
    /// |integrand| over density of the grid.
    value: Vec<f64>,
    /// Density relative to the grid.
    q: Vec<f64>,
    /// Weights, with sign.
    signed: Vec<f64>,
}

/// Trains the flow of one channel, round by round. Between two rounds it can be
/// stored, and goes on from there with the same result.
#[derive(Deserialize)]
#[serde(try_from = "TrainerState")]
pub struct Trainer {
    pub(super) state: TrainerState,
    /// Works on `state.steps.learner`, which is up to date between rounds.
    pub(super) learner: Box<dyn Learner>,
}

impl Serialize for Trainer {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.state.serialize(to)
    }
}

impl TryFrom<TrainerState> for Trainer {
    type Error = TrainError;

    fn try_from(state: TrainerState) -> Result<Self, TrainError> {
        let device = state.settings.device.find()?;
        let mut learner = learner(state.mixture.flow(), &device, state.settings.engine)?;
        learner.restore(state.steps.learner.clone())?;
        Ok(Self { state, learner })
    }
}

impl Trainer {
    /// Begins with the density of a trained grid; `channel` tells the random
    /// streams of channels apart.
    ///
    /// # Errors
    /// [`TrainError`] if a setting is out of range or the device is not there.
    pub fn new(grid: &Vegas, settings: TrainSettings, channel: u32) -> Result<Self, TrainError> {
        settings.validate()?;
        let seed = TrainerState::flow_seed(&settings, channel, 0);
        let flow = Flow::new(grid, settings.flow.clone(), seed)?;
        Self::from_flow(flow, settings, channel)
    }

    /// Begins with what a flow has learned before, and with its grid; the settings
    /// of the flow are its own ones.
    ///
    /// # Errors
    /// [`TrainError`] if a setting is out of range or the device is not there.
    pub fn from_flow(
        flow: Flow,
        mut settings: TrainSettings,
        channel: u32,
    ) -> Result<Self, TrainError> {
        settings.validate()?;
        settings.flow = flow.settings().clone();
        let device = settings.device.find()?;
        let learner = learner(&flow, &device, settings.engine)?;
        let state = TrainerState::new(flow, settings, channel, device.to_string());
        Ok(Self { state, learner })
    }

    /// Trains on a function with `settings.n_points` calls of it: those of the
    /// survey, rounds of new points, and a check against the survey. If the check
    /// fails, another flow is trained with as many calls again, and with what the
    /// survey has found. Returns the sampler and what happened.
    pub fn train(mut self, target: Target<'_>) -> (Mixture, TrainReport) {
        let n = self.state.settings.n_points;
        let n_survey = (n as f64 * self.state.settings.survey_part) as u64;
        let crew = Crew::alone();
        let begun = self.begin(target, n_survey, n - n_survey, crew);
        begun.expect("nothing stops it");
        while self.round(target, crew) {}
        self.finish()
    }

    /// Evaluates `n_survey` points of the grid and plans to train with `n` more.
    /// `None` if the crew was stopped, which changes nothing.
    pub(crate) fn begin(
        &mut self,
        target: Target<'_>,
        n_survey: u64,
        n: u64,
        crew: Crew<'_>,
    ) -> Option<()> {
        self.state.report.survey = self.draw(target, n_survey.max(1), RoundKind::Survey, crew)?;
        self.plan(n);
        Some(())
    }

    /// Divides `n` calls of the integrand among rounds, if they are worth it.
    fn plan(&mut self, n: u64) {
        let survey = self.state.report.survey;
        self.state.settings.shrink_steps(survey.n + n);
        self.state.report.batch_size = self.state.settings.batch_size;
        let s = &self.state.settings;
        let rounds = shares(n, s.n_rounds + 1, s.growth);
        let outcome = if survey.size <= 0.0 {
            TrainingOutcome::Empty
        } else if survey.deviation <= 0.0 {
            TrainingOutcome::NoGain
        } else if rounds[0] < LEAST_ROUND {
            TrainingOutcome::TooFewPoints
        } else {
            let steps = rounds[..s.n_rounds].iter().map(|&n| self.steps_of(n));
            let schedule = Schedule {
                peak: s.rate,
                warm_up: s.warm_up,
                n_steps: self.steps_of(survey.n) + steps.sum::<usize>(),
                last: LAST_RATE,
            };
            self.state.plan = Some(TrainingPlan::new(rounds, schedule));
            return;
        };
        self.state.report.outcome = outcome;
    }

    pub(super) fn steps_of(&self, n: u64) -> usize {
        let s = &self.state.settings;
        (s.epochs_per_point * n as f64 / s.batch_size as f64).ceil() as usize
    }

    /// The next round of a training that nothing stops: points and steps, or a
    /// check. False if there is none left.
    pub(super) fn round(&mut self, target: Target<'_>, crew: Crew<'_>) -> bool {
        self.draw_round(target, crew).expect("nothing stops it");
        self.learn();
        self.share(0, crew)
    }

    /// The points of the next round, or the check that ends the training. `None`
    /// if the crew was stopped, which changes nothing.
    pub(crate) fn draw_round(&mut self, target: Target<'_>, crew: Crew<'_>) -> Option<()> {
        let (phase, n, second) = match &self.state.plan {
            Some(c) if !c.drawn => (c.phase(), c.n_points(), c.attempt() == 1),
            _ => return Some(()),
        };
        let late = |k| self.progress(k) >= self.state.settings.loss_switch_start;
        let share = match phase {
            TrainingPhase::Survey => self.state.settings.grid_fraction,
            TrainingPhase::Round(k) if !late(k) => self.state.settings.grid_fraction,
            TrainingPhase::Round(_) | TrainingPhase::Check => {
                self.state.settings.grid_fraction_final
            }
        };
        self.state.mixture.set_grid_fraction(share);
        match phase {
            TrainingPhase::Survey => {}
            TrainingPhase::Round(_) => {
                self.draw(target, n, RoundKind::Training, crew)?;
            }
            TrainingPhase::Check => match (self.check(target, n, crew)?.passed(), second) {
                (true, false) => self.conclude(TrainingOutcome::Agreed),
                (true, true) => self.conclude(TrainingOutcome::AgreedAfterRetraining),
                (false, true) => self.conclude(TrainingOutcome::FallbackToGrid),
                (false, false) => self.reinitialise(),
            },
        }
        if let Some(plan) = &mut self.state.plan {
            plan.drawn = true;
        }
        Some(())
    }

    /// Part of the rounds before round `k`, counted from 1.
    fn progress(&self, k: usize) -> f64 {
        k.saturating_sub(1) as f64 / self.state.settings.n_rounds as f64
    }

    /// The steps of the round whose points were drawn; one process does them.
    pub(crate) fn learn(&mut self) {
        let Some(plan) = self.state.plan.clone().filter(|c| c.drawn) else {
            return;
        };
        let schedule = plan.schedule();
        match plan.phase() {
            TrainingPhase::Survey => {
                self.steps(0, self.steps_of(self.state.report.survey.n), 0.0, &schedule)
            }
            TrainingPhase::Round(k) => {
                let s = &self.state.settings;
                let changed =
                    (self.progress(k) - s.loss_switch_start) / s.loss_switch_width.max(1e-9);
                let n = plan.n_points();
                let power = self.supported_power(n, s.loss.power() * changed.clamp(0.0, 1.0));
                self.steps(k, self.steps_of(n), power, &schedule);
            }
            TrainingPhase::Check => {}
        }
    }

    /// Forgets what was learned, but no points: a flow that has left a region is
    /// harder to lead back than one that knows nothing.
    fn reinitialise(&mut self) {
        let seed = TrainerState::flow_seed(&self.state.settings, self.state.channel, 1);
        self.state.mixture.flow_mut().reinitialise(seed);
        let flow = self.state.mixture.flow();
        self.state.steps = StepState::new(flow, Some(&self.state.steps));
        let restored = self.learner.restore(self.state.steps.learner.clone());
        restored.expect("the flow is the same");
    }

    /// Ends a round: all processes take over what process `rank` has learned.
    /// False if there is no other round.
    pub(crate) fn share(&mut self, rank: usize, crew: Crew<'_>) -> bool {
        if crew.team.size() > 1 && self.state.plan.is_some() {
            let state = &self.state;
            let mine = (crew.team.rank() == rank)
                .then(|| (state.steps.clone(), state.report.rounds.last().copied()));
            let (steps, round) = crew.told_by(rank, mine);
            let restored = self.learner.restore(steps.learner.clone());
            restored.expect("all processes train the same flow");
            self.state.steps = steps;
            if let (Some(mine), Some(round)) = (self.state.report.rounds.last_mut(), round) {
                *mine = round;
            }
            self.take_parameters();
        }
        match &mut self.state.plan {
            Some(plan) => {
                plan.proceed();
                true
            }
            None => false,
        }
    }

    /// The sampler draws with what was learned from here on.
    pub(super) fn take_parameters(&mut self) {
        self.state
            .mixture
            .flow_mut()
            .set_parameters(&self.state.steps.learner.parameters)
            .expect("a learner keeps its parameters finite");
        self.state.report.n_rollbacks = self.state.steps.n_rollbacks;
    }

    /// Ends the training.
    fn conclude(&mut self, outcome: TrainingOutcome) {
        let gains = self
            .state
            .report
            .checks
            .last()
            .is_some_and(FlowCheck::gains);
        self.state.report.outcome = match outcome {
            TrainingOutcome::FallbackToGrid => outcome,
            _ if gains => outcome,
            _ => TrainingOutcome::NoGain,
        };
        self.state.plan = None;
    }

    /// The sampler and what happened.
    pub(crate) fn finish(mut self) -> (Mixture, TrainReport) {
        let share = match self.state.report.outcome {
            TrainingOutcome::Agreed | TrainingOutcome::AgreedAfterRetraining => {
                self.state.settings.grid_fraction_final
            }
            _ => 1.0,
        };
        self.state.mixture.set_grid_fraction(share);
        (self.state.mixture, self.state.report)
    }

    /// What has happened so far.
    pub fn report(&self) -> &TrainReport {
        &self.state.report
    }

    /// Compares survey and flow, and looks for points that the flow leaves out.
    fn check(&mut self, target: Target<'_>, n: u64, crew: Crew<'_>) -> Option<FlowCheck> {
        let fresh = self.draw(target, n, RoundKind::Check, crew)?;
        let survey = self.state.report.survey;
        let error = survey.error.hypot_same(fresh.error);
        let pull = if error > 0.0 {
            (survey.mean - fresh.mean) / error
        } else {
            0.0
        };
        let densities = self.state.buffer.densities(self.state.mixture.flow());
        let (value, q) = (self.state.buffer.value(), self.state.buffer.q());
        let mixed = densities.iter().map(|&q| self.state.mixture.mixed(q));
        let points = value
            .iter()
            .zip(q)
            .zip(mixed)
            .map(|((&v, &q), m)| [v, q, m]);
        let check = crew.agree(FlowCheck {
            pull,
            agreement: self.state.settings.agreement,
            deviation: fresh.deviation,
            deviation_of_grid: survey.deviation,
            ..FlowCheck::stored(points, self.state.report.scale())
        });
        self.state.report.checks.push(check);
        Some(check)
    }

    /// Draws and evaluates points, from the grid alone for a survey; `None` if
    /// the crew was stopped.
    pub(super) fn draw(
        &mut self,
        target: Target<'_>,
        n: u64,
        kind: RoundKind,
        crew: Crew<'_>,
    ) -> Option<WeightSummary> {
        let n_batches = n.div_ceil(DRAW);
        let first = self.state.next_batch;
        let (mixture, seed, channel) = (
            &self.state.mixture,
            self.state.settings.seed,
            self.state.channel,
        );
        let drawn: Vec<Drawn> = crew.map(n_batches as usize, |b| {
            let b = b as u64;
            let here = DRAW.min(n - b * DRAW) as usize;
            let mut stream = Stream::new(seed, Purpose::Train, channel, first + b);
            let (y, q) = if kind == RoundKind::Survey {
                let mut y = vec![0.0; mixture.flow().base().len() * here];
                stream.fill(&mut y);
                (y, vec![1.0; here])
            } else {
                mixture.draw(&mut stream, here)
            };
            let mut batch = SampleBatch::default();
            resize(&mut batch, mixture.flow().base().len(), here);
            batch.u.copy_from_slice(&y);
            let mut q_grid = vec![1.0; here];
            mixture.flow().apply_grid(&mut batch.u, &mut q_grid);
            let mut f = target(&batch);
            for f in &mut f {
                if !f.is_finite() {
                    *f = 0.0;
                }
            }
            let value: Vec<f64> = f.iter().zip(&q_grid).map(|(f, q)| f.abs() / q).collect();
            let signed: Vec<f64> = (0..here).map(|k| f[k] / (q_grid[k] * q[k])).collect();
            Drawn {
                y,
                value,
                q,
                signed,
            }
        })?;
        self.state.next_batch += n_batches;
        self.state.buffer.begin_round(MOST_KEPT);
        let mut weights = Vec::with_capacity(n as usize);
        for part in &drawn {
            self.state.buffer.extend(&part.y, &part.value, &part.q);
            weights.extend_from_slice(&part.signed);
        }
        let summary = WeightSummary::of(&mut weights);
        self.state.report.n_points += n;
        self.state.report.rounds.push(RoundSummary {
            kind,
            weights: summary,
            ..Default::default()
        });
        Some(summary)
    }
}

#[cfg(test)]
mod tests;
