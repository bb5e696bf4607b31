//! Steps of a training: which stored points they take, and how long they are.
//!
//! Knows stored points and a learner; draws no points and judges no flow.

use super::buffer::Shuffler;
use super::learner::{Batch, StepParams};
use super::loss::{LossPoint, max_moment, point_loss};
use super::schedule::Schedule;
use super::training_loop::Trainer;
use crate::sampler::effective_number;

/// Steps between two states that can be gone back to.
const SAVE_EVERY: usize = 100;
/// Steps are shorter where less than this part of the points makes up a gradient.
const CALM: f64 = 0.3;
/// With less than this, steps do not follow the directions of gradients.
pub(super) const TRUSTED: f64 = 0.05;
/// After this many bad steps in a row a round of steps ends.
const MOST_FAILED: usize = 20;
/// Derivatives below this are taken as 0; the usual size is 1.
const NEGLIGIBLE: f64 = 1e-12;
/// The steps of a round are at most this many times as long as those of the one
/// before: that one's points are still among those that are used.
const GROWTH: f64 = 3.0;

/// What steps make small, and how long they are.
pub(super) struct Objective {
    /// Power of the weights; see [`point_loss`].
    pub power: f64,
    /// How far the loss is balanced by the norm of the density.
    pub normalisation_weight: f64,
    /// Mean value of a point.
    pub unit: f64,
    /// Length of steps in units of the usual one.
    pub damping: f64,
    /// Whether steps follow the directions of gradients.
    pub precondition: bool,
}

impl Trainer {
    /// The largest power that the points of the last round support.
    pub(super) fn supported_power(&self, n: u64, most: f64) -> f64 {
        max_moment(&self.weights_of(1), n, most, self.state.settings.min_ess)
    }

    /// Weights of the points of the last round, or of the survey for `k = 0`.
    fn weights_of(&self, k: usize) -> Vec<f64> {
        let (value, q) = (self.state.buffer.value(), self.state.buffer.q());
        let points = if k == 0 {
            self.state.buffer.first()
        } else {
            self.state.buffer.latest(1)
        };
        points.map(|k| value[k] / q[k]).collect()
    }

    /// How far the loss is balanced after `k` rounds: by the effective part of all
    /// points of the last one. While few of them matter, what is added is noise.
    pub(super) fn normalisation_weight(&self, k: usize) -> f64 {
        let rounds = &self.state.report.rounds;
        let round = if k == 0 {
            rounds.first()
        } else {
            rounds.last()
        };
        let n = round.map_or(1, |r| r.weights.n.max(1));
        effective_number(self.weights_of(k)) / n as f64
    }

    /// How long steps are after `k` rounds, in units of the usual length.
    fn step_damping(&self, k: usize) -> f64 {
        let rounds = &self.state.report.rounds;
        let since = &rounds[rounds.len() - k..];
        let before = rounds.first().into_iter().chain(since).take(k);
        let most = before.fold(1.0, |step_damping: f64, round| {
            let longest = (round.weights.effective_part() / CALM).sqrt();
            GROWTH * step_damping.min(longest)
        });
        (self.normalisation_weight(k) / CALM)
            .sqrt()
            .min(1.0)
            .min(most)
    }

    /// The stored points that are used after `k` rounds: those of the last ones, and
    /// of the survey where there are not enough of them.
    fn shuffler(&self, k: usize) -> Shuffler {
        let window = self.state.settings.replay_window;
        let survey = self.state.buffer.first();
        let latest = self.state.buffer.latest(k.min(window));
        let latest = latest.start.max(survey.end)..latest.end;
        let survey = Some(survey).filter(|_| k < window);
        Shuffler::new(survey.into_iter().flatten().chain(latest))
    }

    /// Steps on stored points after `k` rounds, or on those of the survey for `k = 0`.
    pub(super) fn steps(&mut self, k: usize, n_steps: usize, power: f64, schedule: &Schedule) {
        let mut shuffler = self.shuffler(k);
        if shuffler.len() == 0 {
            return;
        }
        let normalisation_weight = self.normalisation_weight(k);
        let objective = Objective {
            power,
            normalisation_weight,
            unit: self.state.report.scale(),
            damping: self.step_damping(k),
            precondition: normalisation_weight >= TRUSTED,
        };
        let (loss, n_done) = self.descend(&mut shuffler, n_steps, &objective, schedule);
        if let Some(round) = self.state.report.rounds.last_mut() {
            round.loss = loss;
            round.power = power;
            round.n_steps = n_done;
        }
    }

    /// Steps down the gradient of a loss; returns its mean, and the number of steps
    /// that changed the parameters.
    pub(super) fn descend(
        &mut self,
        shuffler: &mut Shuffler,
        n_steps: usize,
        objective: &Objective,
        schedule: &Schedule,
    ) -> (f64, usize) {
        let (mut indices, mut y) = (Vec::new(), Vec::new());
        let n = self.state.settings.batch_size;
        let fraction = self.state.mixture.grid_fraction();
        let (power, weight) = (objective.power, objective.normalisation_weight);
        let (mut sum, mut n_done, mut n_failed) = (0.0, 0, 0);
        let mut shuffles = self.state.shuffles();
        self.learner.save();
        for step in 0..n_steps {
            shuffler.next_batch(n, &mut shuffles, &mut indices);
            self.state.buffer.gather(&indices, &mut y);
            let (value, q) = (self.state.buffer.value(), self.state.buffer.q());
            let scale = 1.0 / n as f64;
            let loss = |k: usize, log_q: f32| {
                let at = indices[k] as usize;
                let point = LossPoint {
                    value: value[at] / objective.unit,
                    q_drawn: q[at],
                };
                let (loss, slope) = point_loss(power, weight, fraction, point, f64::from(log_q));
                // What does not count must not slow the loop by denormal numbers.
                let slope = if slope.abs() < NEGLIGIBLE { 0.0 } else { slope };
                (scale * loss, (scale * slope) as f32)
            };
            let steps = &mut self.state.steps;
            let usual = steps.usual_norm;
            let params = StepParams {
                learning_rate: schedule.rate(steps.n_steps) * steps.slowdown * objective.damping,
                max_norm: if usual > 0.0 {
                    self.state.settings.clip * usual
                } else {
                    f64::INFINITY
                },
                precondition: objective.precondition,
            };
            steps.n_steps += 1;
            let out = self.learner.step(Batch { y: &y, n }, &loss, params);
            if out.is_finite() {
                let clipped = out.norm.min(params.max_norm);
                let part = if usual > 0.0 { 0.02 } else { 1.0 };
                steps.usual_norm = (1.0 - part) * usual + part * clipped;
                sum += out.loss;
                n_done += 1;
                n_failed = 0;
                if step % SAVE_EVERY == SAVE_EVERY - 1 {
                    self.learner.save();
                }
            } else {
                self.learner.roll_back();
                steps.slowdown *= 0.5;
                steps.n_rollbacks += 1;
                n_failed += 1;
                if n_failed == MOST_FAILED {
                    break;
                }
            }
        }
        self.state.steps.shuffles = shuffles.position();
        self.state.steps.learner = self.learner.state();
        self.take_parameters();
        (sum / n_done.max(1) as f64, n_done)
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::RoundKind;
    use super::super::settings::TrainSettings;
    use super::*;
    use crate::compute::Crew;
    use crate::integrand::SampleBatch;
    use crate::sampler::vegas::{Vegas, VegasSettings};

    #[test]
    fn steps_grow_by_and_by_after_a_wild_survey() {
        let grid = Vegas::new(1, VegasSettings::default());
        let mut trainer = Trainer::new(&grid, TrainSettings::default(), 0).unwrap();
        // A hundredth of the points makes up the sum of the survey, all of them
        // those of the rounds.
        let wild = |batch: &SampleBatch| {
            let x = batch.coordinate(0).iter();
            x.map(|&x| f64::from(u8::from(x < 0.01))).collect()
        };
        let tame = |batch: &SampleBatch| vec![1.0; batch.n_batch];
        trainer.begin(&wild, 20_000, 0, Crew::alone());
        let first = trainer.step_damping(0);
        assert!((first - (0.01 / CALM).sqrt()).abs() < 0.02, "{first}");
        for (k, step_damping) in [(1, 3.0 * first), (2, 1.0), (3, 1.0)] {
            trainer.draw(&tame, 1000, RoundKind::Training, Crew::alone());
            assert!(
                (trainer.step_damping(k) - step_damping).abs() < 1e-6,
                "round {k}"
            );
        }
        // A second training follows the survey again.
        trainer.draw(&tame, 1000, RoundKind::Check, Crew::alone());
        assert!((trainer.step_damping(0) - first).abs() < 1e-12);
        trainer.draw(&tame, 1000, RoundKind::Training, Crew::alone());
        assert!((trainer.step_damping(1) - 3.0 * first).abs() < 1e-6);
    }
}
