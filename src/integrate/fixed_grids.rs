//! The last phase of an adaptation: points with fixed grids, which make up the
//! result, until the stopping rule is content.
//!
//! Knows accumulators and budgets; knows nothing of what is integrated. Passes
//! are long here, so a state between two groups of their batches can be gone on
//! from as well.

use super::accumulator::Accumulator;
use super::adapted::n_carriers;
use super::allocation::{LEAST_POINTS, allocate};
use super::batch::{BatchEvaluator, Task, Weighted, evaluate_group, group_size, tasks};
use super::driver::{CheckpointEvent, Driver, add_up, summary};
use super::error::IntegrateError;
use super::parts::PartSums;
use super::progress::Stage;
use super::spread::{Spread, variance_per_point};
use super::state::{Integrating, OpenPass, Phase};
use super::stopping::{Known, Next, StopReason, StoppingRule};
use super::training::{ChannelTraining, SamplerReason};
use crate::rng::Purpose;
use crate::unweight::{MaxWeights, choose_max_weights};

/// Points are taken in so many passes, at least and at most, whose results are compared,
/// with about so many points of every channel in each.
const PASSES: [u64; 2] = [2, 5];
const POINTS_PER_PASS: u64 = 2048;

impl Driver<'_, '_> {
    /// When the integration will stop.
    pub(super) fn rule(&self) -> StoppingRule {
        let all = self.settings.max_points;
        let mut rule = StoppingRule {
            precision: self.settings.precision,
            // Whatever the trainings took, there is a result.
            max_points: all.max(self.state.n_spent + all / 4),
            least_points: self.least_points(),
            reached_at: None,
        };
        let flows = |t: &ChannelTraining| t.reason == SamplerReason::FlowPays;
        if !self.state.training.iter().any(flows) {
            let trials = (0.05 * self.planned_trials()) as u64;
            rule.least_points = rule.least_points.max(trials);
        }
        rule
    }

    fn least_points(&self) -> u64 {
        (2 * LEAST_POINTS * self.n_live()).max(10_000)
    }

    /// Iterations with fixed grids until the stopping rule is content.
    pub(super) fn integrate(&mut self) -> Result<(MaxWeights, StopReason), IntegrateError> {
        loop {
            let open = self.integrating().pass.take();
            let mut pass = match open.or_else(|| self.planned()) {
                Some(pass) => pass,
                None => match self.next_points() {
                    Next::Points(wanted) => {
                        self.plan(wanted);
                        continue;
                    }
                    Next::Stop(reason) => {
                        let share = self.settings.overweight_share;
                        return Ok((choose_max_weights(&self.state.tails, share), reason));
                    }
                },
            };
            let mut next_batch = self.state.next_batch.clone();
            let tasks = tasks(&pass.n_points, self.settings.batch_size, &mut next_batch);
            while let Some(left) = tasks.get(pass.n_batches_done..).filter(|l| !l.is_empty()) {
                let group = &left[..left.len().min(group_size(self.crew))];
                match self.evaluate_fixed(group, pass.n_done) {
                    Ok(found) => self.enter(found, &mut pass),
                    Err(e) => {
                        self.integrating().pass = Some(pass);
                        return Err(e);
                    }
                }
                let around = self.integrating_around(&pass);
                self.report(Stage::Integrate, around, pass.n_done);
                if pass.n_batches_done < tasks.len() {
                    self.integrating().pass = Some(pass);
                    self.offer(CheckpointEvent::Between)?;
                    let open = self.integrating().pass.take();
                    pass = open.expect("it was put there");
                }
            }
            self.close(&pass, next_batch);
            self.offer(CheckpointEvent::Between)?;
        }
    }

    fn integrating(&mut self) -> &mut Integrating {
        match &mut self.state.phase {
            Phase::Integrate(integrating) => integrating,
            _ => unreachable!("the integration is the last phase"),
        }
    }

    /// The next of the passes that are decided upon.
    fn planned(&mut self) -> Option<OpenPass> {
        let n_points = self.integrating().planned.pop()?;
        let n = n_points.len();
        Some(OpenPass {
            n_points,
            n_batches_done: 0,
            n_done: 0,
            sums: vec![Accumulator::default(); n],
            parts: vec![PartSums::default(); n],
        })
    }

    /// Decides upon passes with `wanted` points in all.
    fn plan(&mut self, wanted: u64) {
        let shares = allocate(wanted, &self.needs(), &self.live(), LEAST_POINTS);
        let shares = self.crew.agree(shares);
        let [least, most] = PASSES;
        let n = wanted / (POINTS_PER_PASS * self.n_live()).max(1);
        let n = n.clamp(least, most);
        let part = |k: u64, share: &u64| share * (k + 1) / n - share * k / n;
        let pass = |k: u64| shares.iter().map(|s| part(k, s)).collect();
        self.integrating().planned = (0..n).map(pass).collect();
    }

    /// What the result still lacks, with points of every channel decided upon.
    fn next_points(&mut self) -> Next {
        let kept = self.state.channels.iter().map(|c| &c.kept);
        let (value, error2) = add_up(kept.clone());
        let known = Known {
            value,
            error2,
            n_carriers: n_carriers(kept.clone()),
            n_kept: kept.map(Accumulator::n_points).sum(),
            n_spent: self.state.n_spent,
        };
        let found = add_up(&self.state.latest).0;
        let variance = variance_per_point(&self.state.spreads, &self.needs()) / (found * found);
        let rule = &mut self.integrating().rule;
        let next = if known.n_kept == 0 {
            rule.first(variance, known.n_spent)
        } else {
            rule.next(known)
        };
        self.crew.agree(next)
    }

    /// Evaluates batches whose points no grid will learn from.
    fn evaluate_fixed(&self, group: &[Task], n_done: u64) -> Result<Vec<Weighted>, IntegrateError> {
        let evaluator = BatchEvaluator::new(self.integrand, self.settings.seed, Purpose::Integrate);
        let channels = &self.state.channels;
        let sampler_of = |channel: usize| &channels[channel].sampler;
        let before = self.state.n_spent + n_done;
        let finish = |mut out: Weighted| {
            out.forget_points();
            out
        };
        evaluate_group(self.crew, group, before, &evaluator, sampler_of, finish)
    }

    fn enter(&mut self, found: Vec<Weighted>, pass: &mut OpenPass) {
        for out in found {
            let i = out.task.channel;
            pass.n_batches_done += 1;
            pass.n_done += out.task.n as u64;
            pass.sums[i].merge(&out.sums);
            pass.parts[i].merge(&out.parts);
            self.state.tails[i].extend(&out.biased());
        }
    }

    /// Makes a complete pass a part of the result.
    fn close(&mut self, pass: &OpenPass, next_batch: Vec<u64>) {
        let state = &mut self.state;
        state.n_spent += pass.n_done;
        state.next_batch = next_batch;
        for (i, channel) in state.channels.iter_mut().enumerate() {
            channel.all.merge(&pass.sums[i]);
            channel.kept.merge(&pass.sums[i]);
            channel.parts.merge(&pass.parts[i]);
        }
        state.iterations.push(summary(&pass.sums, true));
        let fixed = &mut self.integrating().fixed;
        for (sum, new) in fixed.iter_mut().zip(&pass.sums) {
            sum.merge(new);
        }
        let fixed = fixed.clone();
        self.learn(&fixed);
        self.state.latest = fixed;
        // Only now are the weights of trained flows known.
        let trials = (0.05 * self.planned_trials()) as u64;
        let most = trials.min(20 * self.least_points());
        let rule = &mut self.integrating().rule;
        rule.least_points = rule.least_points.max(most);
    }

    /// Adds what is known from fixed points; adaptations have drawn others with the same
    /// density, or nearly so, where no flow took the place of the grid.
    fn learn(&mut self, fixed: &[Accumulator]) {
        let flows = self.state.training.iter();
        let flows = flows.filter(|t| t.reason == SamplerReason::FlowPays);
        let mut known: Vec<Accumulator> = fixed.to_vec();
        let with_grid = |i: usize| !flows.clone().any(|t| t.channel == i);
        for (i, sums) in known.iter_mut().enumerate().filter(|(i, _)| with_grid(*i)) {
            sums.merge(&self.state.before[i]);
        }
        self.state.spreads = known.iter().map(Spread::of).collect();
    }

    /// Points of the result so far, and those that are decided upon; if they do not suffice
    /// there will be more.
    fn integrating_around(&self, pass: &OpenPass) -> (u64, u64) {
        let Phase::Integrate(integrating) = &self.state.phase else {
            unreachable!("the integration is the last phase");
        };
        let of = |n: &Vec<u64>| n.iter().sum::<u64>();
        let later: u64 = integrating.planned.iter().map(of).sum();
        let kept = self.state.channels.iter().map(|c| c.kept.n_points());
        let has = kept.sum::<u64>() + pass.n_done;
        (has, of(&pass.n_points) - pass.n_done + later)
    }
}
