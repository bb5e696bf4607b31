//! The last phase of an adaptation: points with fixed grids, which make up the
//! result, until the stopping rule is content.
//!
//! Knows accumulators and budgets; knows nothing of what is integrated. Passes
//! are long here, so a state between two groups of their batches can be gone on
//! from as well.

use super::accumulator::Accumulator;
use super::allocation::{LEAST_POINTS, allocate};
use super::batch::{Task, Weighted, evaluate, evaluate_group, group_size, tasks};
use super::driver::{Driver, Moment, add_up, between, n_points, summary};
use super::error::IntegrateError;
use super::parts::PartSums;
use super::progress::Stage;
use super::state::{Integrating, OpenPass, Phase};
use super::stopping::{Next, StopReason, StoppingRule};
use super::training::{ChannelTraining, Reason};
use crate::rng::Purpose;
use crate::unweight::{MaxWeights, choose_max_weights};

impl Driver<'_, '_> {
    /// When the integration will stop.
    pub(super) fn rule(&self) -> StoppingRule {
        let all = self.settings.max_points;
        let mut rule = StoppingRule {
            precision: self.settings.precision,
            // Whatever the trainings took, there is a result.
            max_points: all.max(self.state.n_spent + all / 4),
            least_points: self.least_points(),
        };
        let flows = |t: &ChannelTraining| t.reason == Reason::FlowPays;
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
        let n = self.state.channels.len();
        loop {
            let mut pass = match self.integrating().pass.take() {
                Some(pass) => pass,
                None => match self.next_points() {
                    Next::Stop(reason) => {
                        let share = self.settings.overweight_share;
                        return Ok((choose_max_weights(&self.state.tails, share), reason));
                    }
                    Next::Points(wanted) => OpenPass {
                        n_points: self.crew.agree(allocate(
                            wanted,
                            &self.needs(),
                            &self.live(),
                            LEAST_POINTS,
                        )),
                        n_batches_done: 0,
                        n_done: 0,
                        done: self.progress(wanted),
                        sums: vec![Accumulator::default(); n],
                        parts: vec![PartSums::default(); n],
                    },
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
                let part = pass.n_done as f64 / pass.n_points.iter().sum::<u64>() as f64;
                self.report(Stage::Integrate, between(pass.done, part), pass.n_done);
                if pass.n_batches_done < tasks.len() {
                    self.integrating().pass = Some(pass);
                    self.offer(Moment::Between)?;
                    let open = self.integrating().pass.take();
                    pass = open.expect("it was put there");
                }
            }
            self.close(&pass, next_batch);
            self.offer(Moment::Between)?;
        }
    }

    fn integrating(&mut self) -> &mut Integrating {
        match &mut self.state.phase {
            Phase::Integrate(integrating) => integrating,
            _ => unreachable!("the integration is the last phase"),
        }
    }

    fn next_points(&mut self) -> Next {
        let kept = self.state.channels.iter().map(|c| &c.kept);
        let n_kept = kept.clone().map(Accumulator::n_points).sum();
        let (value, error2) = add_up(kept);
        let n_spent = self.state.n_spent;
        let at = self.integrating();
        let next = at
            .rule
            .next(value, error2, n_kept, n_points(&at.fixed), n_spent);
        self.crew.agree(next)
    }

    /// Evaluates batches whose points no grid will learn from.
    fn evaluate_fixed(&self, group: &[Task], n_done: u64) -> Result<Vec<Weighted>, IntegrateError> {
        let (integrand, seed) = (self.integrand, self.settings.seed);
        let channels = &self.state.channels;
        evaluate_group(self.crew, group, self.state.n_spent + n_done, |task| {
            let sampler = &channels[task.channel].sampler;
            let mut out = evaluate(integrand, sampler, seed, Purpose::Integrate, task);
            out.forget_points();
            out
        })
    }

    fn enter(&mut self, found: Vec<Weighted>, pass: &mut OpenPass) {
        for out in found {
            let i = out.task.channel;
            pass.n_batches_done += 1;
            pass.n_done += out.task.n as u64;
            pass.sums[i].merge(&out.sums);
            pass.parts[i].merge(&out.parts);
            self.state.tails[i].extend(&out.weights);
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
        self.state.latest = fixed.clone();
        // Only now are the weights of trained flows known.
        let trials = (0.05 * self.planned_trials()) as u64;
        let most = trials.min(20 * self.least_points());
        let rule = &mut self.integrating().rule;
        rule.least_points = rule.least_points.max(most);
    }

    /// Part of the integration that is done before and after `n` more points.
    fn progress(&self, n: u64) -> (f64, f64) {
        let (value, error2) = self.current();
        let n_spent = self.state.n_spent;
        let after = n_spent + n;
        if self.settings.precision > 0.0 && error2 > 0.0 {
            let part = (self.settings.precision * value).powi(2) / error2;
            let before = part.min(1.0);
            (before, (before * after as f64 / n_spent as f64).min(1.0))
        } else {
            let all = self.settings.max_points as f64;
            (n_spent as f64 / all, after as f64 / all)
        }
    }
}
