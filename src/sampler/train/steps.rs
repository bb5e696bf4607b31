//! Steps of a training: which stored points they take, and how long they are.
//!
//! Knows stored points and a learner; draws no points and judges no flow.

use super::buffer::Deck;
use super::learner::{Batch, Pace};
use super::loss::{LossPoint, point_loss, supported_power};
use super::schedule::Schedule;
use super::training_loop::Trainer;
use crate::sampler::effective_number;

/// Steps between two states that can be gone back to.
const SAVE_EVERY: usize = 100;
/// Steps are shorter where less than this part of the points makes up a gradient.
const CALM: f64 = 0.3;
/// With less than this, steps do not follow the directions of gradients.
const TRUSTED: f64 = 0.05;
/// After this many bad steps in a row a round of steps ends.
const MOST_FAILED: usize = 20;
/// Derivatives below this are taken as 0; the usual size is 1.
const NEGLIGIBLE: f64 = 1e-12;
/// The steps of a round are at most this many times as long as those of the one
/// before: that one's points are still among those that are used.
const GROWTH: f64 = 3.0;

impl Trainer {
    /// The largest power that the points of the last round support.
    pub(super) fn supported(&self, n: u64, most: f64) -> f64 {
        supported_power(&self.weights_of(1), n, most, self.settings.support)
    }

    /// Weights of the points of the last round, or of the survey for `k = 0`.
    fn weights_of(&self, k: usize) -> Vec<f64> {
        let (value, q) = (self.buffer.value(), self.buffer.q());
        let points = if k == 0 {
            self.buffer.first()
        } else {
            self.buffer.latest(1)
        };
        points.map(|k| value[k] / q[k]).collect()
    }

    /// How far the loss is balanced after `k` rounds: by the effective part of all
    /// points of the last one. While few of them matter, what is added is noise.
    pub(super) fn balance(&self, k: usize) -> f64 {
        let rounds = &self.report.rounds;
        let round = if k == 0 {
            rounds.first()
        } else {
            rounds.last()
        };
        let n = round.map_or(1, |r| r.weights.n.max(1));
        effective_number(self.weights_of(k)) / n as f64
    }

    /// How long steps are after `k` rounds, in units of the usual length.
    fn calm(&self, k: usize) -> f64 {
        let rounds = &self.report.rounds;
        let since = &rounds[rounds.len() - k..];
        let before = rounds.first().into_iter().chain(since).take(k);
        let most = before.fold(1.0, |calm: f64, round| {
            let longest = (round.weights.effective_part() / CALM).sqrt();
            GROWTH * calm.min(longest)
        });
        (self.balance(k) / CALM).sqrt().min(1.0).min(most)
    }

    /// The stored points that are used after `k` rounds: those of the last ones, and
    /// of the survey where there are not enough of them.
    fn deck(&self, k: usize) -> Deck {
        let window = self.settings.window;
        let survey = self.buffer.first();
        let latest = self.buffer.latest(k.min(window));
        let latest = latest.start.max(survey.end)..latest.end;
        let survey = Some(survey).filter(|_| k < window);
        Deck::new(survey.into_iter().flatten().chain(latest))
    }

    /// Steps on stored points after `k` rounds, or on those of the survey for `k = 0`.
    pub(super) fn steps(&mut self, k: usize, n_steps: usize, power: f64, schedule: &Schedule) {
        let mean = self.report.scale();
        let mut deck = self.deck(k);
        if deck.len() == 0 {
            return;
        }
        let (mut hand, mut y) = (Vec::new(), Vec::new());
        let n = self.settings.batch_size;
        let share = self.mixture.share();
        let (balance, calm) = (self.balance(k), self.calm(k));
        let mut losses = (0.0, 0usize);
        let mut n_failed = 0;
        self.learner.save();
        for step in 0..n_steps {
            deck.deal(n, &mut self.shuffles, &mut hand);
            self.buffer.gather(&hand, &mut y);
            let (value, q) = (self.buffer.value(), self.buffer.q());
            let scale = 1.0 / n as f64;
            let loss = |k: usize, log_q: f32| {
                let at = hand[k] as usize;
                let point = LossPoint {
                    value: value[at] / mean,
                    q_drawn: q[at],
                };
                let (loss, slope) = point_loss(power, balance, share, point, f64::from(log_q));
                // What does not count must not slow the loop by denormal numbers.
                let slope = if slope.abs() < NEGLIGIBLE { 0.0 } else { slope };
                (scale * loss, (scale * slope) as f32)
            };
            let usual = self.usual_norm;
            let pace = Pace {
                rate: schedule.rate(self.n_steps) * self.slowdown * calm,
                clip: if usual > 0.0 {
                    self.settings.clip * usual
                } else {
                    f64::INFINITY
                },
                turn: balance >= TRUSTED,
            };
            self.n_steps += 1;
            let out = self.learner.step(Batch { y: &y, n }, &loss, pace);
            if out.is_finite() {
                let clipped = out.norm.min(pace.clip);
                let part = if usual > 0.0 { 0.02 } else { 1.0 };
                self.usual_norm = (1.0 - part) * usual + part * clipped;
                losses.0 += out.loss;
                losses.1 += 1;
                n_failed = 0;
                if step % SAVE_EVERY == SAVE_EVERY - 1 {
                    self.learner.save();
                }
            } else {
                self.learner.roll_back();
                self.slowdown *= 0.5;
                self.report.n_rollbacks += 1;
                n_failed += 1;
                if n_failed == MOST_FAILED {
                    break;
                }
            }
        }
        if let Some(round) = self.report.rounds.last_mut() {
            round.loss = losses.0 / losses.1.max(1) as f64;
            round.power = power;
            round.n_steps = losses.1;
        }
        self.take_parameters();
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
        trainer.survey(&wild, 20_000);
        let first = trainer.calm(0);
        assert!((first - (0.01 / CALM).sqrt()).abs() < 0.02, "{first}");
        for (k, calm) in [(1, 3.0 * first), (2, 1.0), (3, 1.0)] {
            trainer.draw(&tame, 1000, RoundKind::Training, Crew::alone());
            assert!((trainer.calm(k) - calm).abs() < 1e-6, "round {k}");
        }
        // A second training follows the survey again.
        trainer.draw(&tame, 1000, RoundKind::Check, Crew::alone());
        assert!((trainer.calm(0) - first).abs() < 1e-12);
        trainer.draw(&tame, 1000, RoundKind::Training, Crew::alone());
        assert!((trainer.calm(1) - 3.0 * first).abs() < 1e-6);
    }
}
