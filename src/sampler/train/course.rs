//! The order of the rounds of a training, and how often it begins anew.
//!
//! Knows numbers of points; knows no flow and no function.

use serde::{Deserialize, Serialize};

use super::schedule::Schedule;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Steps on the points of the survey.
    Survey,
    /// Points and steps of a round, counted from 1.
    Round(usize),
    /// Fresh points that judge the flow.
    Check,
}

/// The rounds of a training, which may be gone through twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Course {
    /// Points of each round; the last are for the check.
    rounds: Vec<u64>,
    schedule: Schedule,
    /// Number of the next stage.
    next: usize,
    /// Whether its points are there.
    pub drawn: bool,
}

impl Course {
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
    pub fn stage(&self) -> Stage {
        match self.next % (self.rounds.len() + 1) {
            0 => Stage::Survey,
            k if k < self.rounds.len() => Stage::Round(k),
            _ => Stage::Check,
        }
    }

    /// Whether this is the second time.
    pub fn is_second(&self) -> bool {
        self.next > self.rounds.len()
    }

    /// Learning rates; the second time half of those of the first.
    pub fn schedule(&self) -> Schedule {
        let part = if self.is_second() { 0.5 } else { 1.0 };
        Schedule {
            peak: part * self.schedule.peak,
            ..self.schedule
        }
    }

    /// Points that the next stage draws.
    pub fn n_points(&self) -> u64 {
        match self.stage() {
            Stage::Survey => 0,
            Stage::Round(k) => self.rounds[k - 1],
            Stage::Check => self.rounds[self.rounds.len() - 1],
        }
    }

    /// Goes on to the next stage.
    pub fn proceed(&mut self) {
        self.next += 1;
        self.drawn = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rounds_come_again_after_the_check() {
        let schedule = Schedule {
            peak: 1.0,
            warm_up: 0,
            n_steps: 1,
            last: 1.0,
        };
        let mut course = Course::new(vec![10, 20, 30], schedule);
        for (second, peak) in [(false, 1.0), (true, 0.5)] {
            for (stage, n) in [
                (Stage::Survey, 0),
                (Stage::Round(1), 10),
                (Stage::Round(2), 20),
                (Stage::Check, 30),
            ] {
                assert_eq!((course.stage(), course.n_points()), (stage, n));
                assert_eq!((course.is_second(), course.schedule().peak), (second, peak));
                course.proceed();
            }
        }
    }
}
