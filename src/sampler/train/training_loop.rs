//! Training of the flow of one channel: rounds of new points, steps on stored
//! ones, and the checks that nothing was lost.
//!
//! Knows a function on the hypercube through its values; knows no physics.
//! The survey's points come from the grid and are trained on first, with the
//! Kullback-Leibler divergence, so that the flow starts out covering all that
//! the survey has found.

use rayon::prelude::*;

use super::buffer::{Buffer, Deck};
use super::engine::learner;
use super::learner::{Batch, Learner};
use super::loss::{LossPoint, point_loss};
use super::report::{RoundSummary, TrainReport, Verdict, WeightSummary};
use super::schedule::Schedule;
use super::settings::{TrainError, TrainSettings};
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

/// Trains the flow of one channel.
pub struct Trainer {
    settings: TrainSettings,
    channel: u32,
    mixture: Mixture,
    learner: Box<dyn Learner>,
    buffer: Buffer,
    next_batch: u64,
    shuffles: Stream,
    n_steps: usize,
    usual_norm: f64,
    slowdown: f64,
    report: TrainReport,
}

impl Trainer {
    /// Begins with the density of a trained grid; `channel` tells the random
    /// streams of channels apart.
    ///
    /// # Errors
    /// [`TrainError`] if a setting is out of range or the device is not there.
    pub fn new(grid: &Vegas, settings: TrainSettings, channel: u32) -> Result<Self, TrainError> {
        settings.validate()?;
        let seed = settings.seed ^ u64::from(channel) << 32;
        let flow = Flow::new(grid, settings.flow.clone(), seed)?;
        let device = settings.device.find()?;
        let learner = learner(&flow, &device, settings.engine)?;
        Ok(Self {
            buffer: Buffer::new(grid.axes().len()),
            mixture: Mixture::new(flow, settings.share),
            learner,
            next_batch: 0,
            shuffles: Stream::new(settings.seed, Purpose::Train, channel, u64::MAX - 1),
            n_steps: 0,
            usual_norm: 0.0,
            slowdown: 1.0,
            report: TrainReport {
                device: device.to_string(),
                ..Default::default()
            },
            channel,
            settings,
        })
    }

    /// Spends the budget on training; returns the sampler and what happened.
    pub fn run(mut self, target: Target<'_>) -> (Mixture, TrainReport) {
        let s = self.settings.clone();
        let n_survey = ((s.n_points as f64 * s.survey_part) as u64).max(1);
        let per_round = (s.n_points - n_survey) / s.n_rounds as u64;
        let survey = self.draw(target, n_survey, true);
        self.report.survey = survey;
        let mean = survey.mean;
        if !(mean.is_finite() && mean > 0.0) {
            self.report.verdict = Verdict::Empty;
            return (self.mixture, self.report);
        }
        let steps_of = |n: u64| (s.replays * n as f64 / s.batch_size as f64).ceil() as usize;
        let survey_steps = steps_of(n_survey);
        let n_steps = survey_steps + s.n_rounds * steps_of(per_round);
        let schedule = Schedule {
            peak: s.rate,
            warm_up: s.warm_up,
            n_steps,
            last: 0.01,
        };
        self.train(survey_steps, 1, 0.0, mean, &schedule);
        for round in 0..s.n_rounds {
            let weights = self.draw(target, per_round, false);
            let progress = round as f64 / s.n_rounds as f64;
            let power = s.loss.power() * (progress / s.change_over.max(1e-9)).min(1.0);
            let mean = self.report.best_mean();
            self.train(steps_of(per_round), s.window, power, mean, &schedule);
            let _ = weights;
        }
        self.mixture = Mixture::new(self.mixture.flow().clone(), s.final_share);
        (self.mixture, self.report)
    }

    /// Draws and evaluates points, from the grid alone if `survey`.
    fn draw(&mut self, target: Target<'_>, n: u64, survey: bool) -> WeightSummary {
        let n_batches = n.div_ceil(DRAW);
        let first = self.next_batch;
        self.next_batch += n_batches;
        let (mixture, seed, channel) = (&self.mixture, self.settings.seed, self.channel);
        let drawn: Vec<(Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>)> = (0..n_batches)
            .into_par_iter()
            .map(|b| {
                let here = DRAW.min(n - b * DRAW) as usize;
                let mut stream = Stream::new(seed, Purpose::Train, channel, first + b);
                let (y, q) = if survey {
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
                (y, value, q, signed)
            })
            .collect();
        self.buffer.begin_round();
        let mut weights = Vec::with_capacity(n as usize);
        for (y, value, q, signed) in &drawn {
            self.buffer.extend(y, value, q);
            weights.extend_from_slice(signed);
        }
        let summary = WeightSummary::of(&mut weights);
        self.report.n_points += n;
        self.report.rounds.push(RoundSummary {
            weights: summary,
            survey,
            ..Default::default()
        });
        summary
    }

    /// Steps on the points of the last rounds.
    fn train(&mut self, n_steps: usize, window: usize, power: f64, mean: f64, schedule: &Schedule) {
        let (range, _) = self.buffer.latest(window);
        let mut deck = Deck::new(range);
        if deck.len() == 0 {
            return;
        }
        let (mut hand, mut y) = (Vec::new(), Vec::new());
        let n = self.settings.batch_size;
        let share = self.settings.share;
        let mut losses = (0.0, 0usize);
        self.learner.save();
        for step in 0..n_steps {
            deck.deal(n, &mut self.shuffles, &mut hand);
            self.buffer.gather(&hand, &mut y);
            let rate = schedule.rate(self.n_steps) * self.slowdown;
            self.n_steps += 1;
            let (value, q) = (self.buffer.value(), self.buffer.q());
            let scale = 1.0 / n as f64;
            let loss = |k: usize, log_q: f32| {
                let at = hand[k] as usize;
                let point = LossPoint {
                    value: value[at] / mean,
                    q_drawn: q[at],
                };
                let (loss, slope) = point_loss(power, share, point, f64::from(log_q));
                (scale * loss, (scale * slope) as f32)
            };
            let clip = if self.usual_norm > 0.0 {
                self.settings.clip * self.usual_norm
            } else {
                f64::INFINITY
            };
            let out = self.learner.step(Batch { y: &y, n }, &loss, rate, clip);
            if out.is_finite() {
                let clipped = out.norm.min(clip);
                self.usual_norm = if self.usual_norm > 0.0 {
                    0.98 * self.usual_norm + 0.02 * clipped
                } else {
                    clipped
                };
                losses.0 += out.loss;
                losses.1 += 1;
                if step % 100 == 99 {
                    self.learner.save();
                }
            } else {
                self.learner.roll_back();
                self.slowdown *= 0.5;
                self.report.n_rollbacks += 1;
            }
        }
        if let Some(round) = self.report.rounds.last_mut() {
            round.loss = losses.0 / losses.1.max(1) as f64;
            round.power = power;
            round.n_steps = losses.1;
        }
        let parameters = self.learner.parameters();
        self.mixture
            .flow_mut()
            .set_parameters(&parameters)
            .expect("a learner keeps its parameters finite");
    }
}
