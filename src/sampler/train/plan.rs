//! The order of the rounds of a training, and how often it begins anew.
//!
//! Knows numbers of points; knows no flow and no function.

use serde::{Deserialize, Serialize};

use super::schedule::Schedule;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TrainingPhase {
    /// Steps on the points of the survey.
    Survey,
    /// Points and steps of a round, counted from 1.
    Round(usize),
    /// Fresh points that judge the flow.
    Check,
}

/// The rounds of a training, which may be gone through twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TrainingPlan {
    /// Points of each round; the last are for the check.
    rounds: Vec<u64>,
    schedule: Schedule,
    /// Number of the next stage.
    next: usize,
    /// Whether its points are there.
    pub drawn: bool,
}

impl TrainingPlan {
    /// `rounds` holds the points of each round, and those of the check, `[n_rounds + 1]`.
    pub fn new(rounds: Vec<u64>, schedule: Schedule) -> Self {
        Self {
            rounds,
            schedule,
            next: 0,
            drawn: false,
        }
    }

    /// What comes next.
    pub fn phase(&self) -> TrainingPhase {
        match self.next % (self.rounds.len() + 1) {
            0 => TrainingPhase::Survey,
            k if k < self.rounds.len() => TrainingPhase::Round(k),
            _ => TrainingPhase::Check,
        }
    }

    /// How often the rounds have been gone through before: 0 or 1.
    pub(crate) fn attempt(&self) -> usize {
        self.next / (self.rounds.len() + 1)
    }

    /// Learning rates; the second time half of those of the first.
    pub(crate) fn schedule(&self) -> Schedule {
        let part = if self.attempt() > 0 { 0.5 } else { 1.0 };
        Schedule {
            peak: part * self.schedule.peak,
            ..self.schedule
        }
    }

    /// Points that the next stage draws.
    pub fn n_points(&self) -> u64 {
        match self.phase() {
            TrainingPhase::Survey => 0,
            TrainingPhase::Round(k) => self.rounds[k - 1],
            TrainingPhase::Check => self.rounds[self.rounds.len() - 1],
        }
    }

    /// Goes on to the next stage.
    pub(crate) fn proceed(&mut self) {
        self.next += 1;
        self.drawn = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_attempt_has_all_rounds_at_half_the_rate() {
        let schedule = Schedule {
            peak: 1.0,
            warm_up: 0,
            n_steps: 1,
            last: 1.0,
        };
        let mut plan = TrainingPlan::new(vec![10, 20, 30], schedule);
        for (attempt, peak) in [(0, 1.0), (1, 0.5)] {
            for (stage, n) in [
                (TrainingPhase::Survey, 0),
                (TrainingPhase::Round(1), 10),
                (TrainingPhase::Round(2), 20),
                (TrainingPhase::Check, 30),
            ] {
                assert_eq!((plan.phase(), plan.n_points()), (stage, n));
                assert_eq!((plan.attempt(), plan.schedule().peak), (attempt, peak));
                plan.proceed();
            }
        }
    }
}
