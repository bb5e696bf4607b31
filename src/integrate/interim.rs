//! How many points an adaptation still wants, and what one that was called off is good for: its
//! grids as they are.
//!
//! Knows channels and budgets; the result has no integral of its own.

use super::accumulator::Accumulator;
use super::adapted::Adapted;
use super::driver::{ADAPT_PART, CheckpointEvent, Driver, GROWTH, WARM_UP, add_up};
use super::progress::Control;
use super::settings::AdaptSettings;
use super::spread::variance_per_point;
use super::state::{AdaptState, Adapting, Phase};
use super::stopping::{Next, StopReason};
use crate::compute::{Alone, Crew};
use crate::integrand::Integrand;
use crate::unweight::choose_max_weights;

/// An adaptation that was not done to its end.
#[derive(Clone, Debug)]
pub struct Interim {
    /// Channels as they are, with the maximum weights and the estimate of their last points.
    pub adapted: Adapted,
    /// Points that were still expected, trainings aside: as far as the variance of these points
    /// can tell.
    pub points_left: u64,
}

/// What a state is good for; it must come from the same integrand and settings.
pub(crate) fn interim(
    integrand: &dyn Integrand,
    settings: &AdaptSettings,
    state: AdaptState,
) -> Interim {
    let control = Control::silent();
    let crew = Crew {
        team: &Alone,
        cancel: control.cancel,
    };
    let mut keep = |_: &AdaptState, _: CheckpointEvent| Ok(());
    let mut driver = Driver::at(integrand, settings, &control, crew, state, &mut keep);
    driver.enough = driver.worthwhile();
    let points_left = adapting_left(&driver) + integrating_left(&driver);
    let max_weights = choose_max_weights(&driver.state.tails, settings.overweight_share);
    let kept = driver.state.channels.iter().map(|c| c.kept.n_points());
    if kept.sum::<u64>() == 0 {
        // The last points with these grids, or nearly these, stand for those to come.
        let latest = std::mem::take(&mut driver.state.latest);
        for (channel, sums) in driver.state.channels.iter_mut().zip(latest) {
            channel.kept = sums;
        }
    }
    Interim {
        adapted: driver.finish(max_weights, StopReason::MaxPoints),
        points_left,
    }
}

/// Points of further iterations.
fn adapting_left(driver: &Driver) -> u64 {
    match driver.state.phase {
        Phase::Adapt(at) => {
            let now = at.wanted as u64;
            now + driver.adapting_around(at, now).1
        }
        _ => 0,
    }
}

/// Points with fixed grids.
fn integrating_left(driver: &Driver) -> u64 {
    if let Phase::Integrate(at) = &driver.state.phase {
        let of = |n: &Vec<u64>| n.iter().sum::<u64>();
        let open = at.pass.as_ref().map_or(0, |p| of(&p.n_points) - p.n_done);
        return open + at.planned.iter().map(of).sum::<u64>();
    }
    let found = add_up(&driver.state.latest).0;
    let variance = variance_per_point(&driver.state.spreads, &driver.needs()) / (found * found);
    match driver.rule().first(variance, driver.state.n_spent) {
        Next::Points(n) => n,
        Next::Stop(_) => 0,
    }
}

impl Driver<'_, '_> {
    /// Points of the adaptation before and after an iteration of `now`, as far as they can
    /// be foreseen: idle iterations end it sooner.
    pub(super) fn adapting_around(&self, at: Adapting, now: u64) -> (u64, u64) {
        let survey = self.state.iterations.first().map_or(0, |it| it.n_points);
        let budget = (ADAPT_PART * self.settings.max_points as f64) as u64;
        let (mut spent, mut after, mut wanted) = (self.state.n_spent + now, 0, at.wanted);
        for t in at.iteration + 1..self.settings.n_adapt {
            wanted *= GROWTH;
            let is_enough = t > WARM_UP && spent as f64 > self.enough;
            if is_enough || spent + wanted as u64 > budget {
                break;
            }
            spent += wanted as u64;
            after += wanted as u64;
        }
        (self.state.n_spent.saturating_sub(survey), after)
    }
}

impl Interim {
    /// Points that were evaluated.
    pub fn n_points(&self) -> u64 {
        let all = self.adapted.channels.iter().map(|c| &c.all);
        all.map(Accumulator::n_points).sum()
    }
}
