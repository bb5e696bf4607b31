//! Survey, adaptation and integration over all channels.
//!
//! Knows channels, samplers and budgets; knows nothing of what is integrated.
//!
//! The estimate of a channel is the plain mean over all points drawn with its
//! final density. Iterations of the adaptation are left out, whatever they
//! found: combining them by inverse variance favours iterations that happen to
//! miss the peaks and biases the result low (G. P. Lepage, J. Comput. Phys. 27
//! (1978) 192, sec. 5; 2009.05112, sec. II), and combining them by number of
//! points lets the poor first grids dominate the error. Trials for events have
//! the same density and are added to the mean later.

use super::accumulator::Accumulator;
use super::adapted::{Adapted, ChannelState, Estimate, IterationSummary, comparable};
use super::allocation::{LEAST_POINTS, allocate, need};
use super::batch::{Task, Weighted, evaluate, run_in_order, tasks};
use super::error::IntegrateError;
use super::parts::PartSums;
use super::progress::{Control, Stage, Status};
use super::settings::AdaptSettings;
use super::stopping::{Next, StopReason, StoppingRule};
use super::tempering::Stored;
use super::training::{self, ChannelTraining, Plan, Reason};
use crate::integrand::Integrand;
use crate::rng::Purpose;
use crate::sampler::{ChannelSampler, SamplerKind, VegasHistogram};
use crate::unweight::{MaxWeights, WeightTail, choose_max_weights};

/// Iterations, the survey included, that train with moment 1, which is stable
/// far from the solution; the later ones train with the moment of the settings.
const WARM_UP: usize = 3;
/// Part of the correction that the later iterations make: it averages over
/// iterations and is stable also where dimensions are correlated.
const LATE_STEP: f64 = 0.5;
/// Each adaptation iteration takes this many times the points of the last.
const GROWTH: f64 = 1.25;
/// Adaptation takes at most this part of all points.
const ADAPT_PART: f64 = 0.4;
/// An iteration that improves the grids by less than this counts as idle.
const IDLE: f64 = 0.01;
/// Above this relative deviation per point an iteration is too noisy to be
/// called idle.
const TAMED: f64 = 2.0;
/// Adaptation goes on while channels with more than this part of the integral
/// are tempered.
const UNSETTLED: f64 = 0.05;
/// After this many idle iterations in a row the grids are taken as they are.
const MOST_IDLE: u32 = 3;
/// Weights kept to find the maximum, all channels together and per channel.
const TAIL_TOTAL: usize = 1 << 20;
const TAIL_LEAST: usize = 4096;

/// Adapts samplers to the integrand and integrates it.
///
/// The result depends on integrand and settings alone, not on the number of
/// threads of the rayon pool it runs in. An integrand that is zero everywhere
/// gives an estimate of 0 and [`StopReason::Zero`].
///
/// # Errors
/// [`IntegrateError::Setting`], [`IntegrateError::NoChannels`] or
/// [`IntegrateError::Cancelled`].
pub fn adapt(
    integrand: &dyn Integrand,
    settings: &AdaptSettings,
    control: &Control,
) -> Result<Adapted, IntegrateError> {
    settings.validate()?;
    if integrand.n_channels() == 0 {
        return Err(IntegrateError::NoChannels);
    }
    let mut driver = Driver::new(integrand, settings, control);
    if !driver.survey()? {
        return Ok(driver.finish(MaxWeights::default(), StopReason::Zero));
    }
    driver.adapt()?;
    driver.train()?;
    let (max_weights, stopped) = driver.integrate()?;
    Ok(driver.finish(max_weights, stopped))
}

/// One pass over the channels.
struct Pass {
    sums: Vec<Accumulator>,
    histograms: Vec<Option<VegasHistogram>>,
    /// All points of the channels that are tempered.
    stored: Vec<Stored>,
}

/// What becomes of the points of a pass.
#[derive(Clone, Copy)]
struct Use<'m> {
    stage: Stage,
    /// The powers of the weights to train with.
    moments: Option<&'m [f64]>,
    kept: bool,
    /// Progress of the stage at the beginning and at the end of the pass.
    done: (f64, f64),
}

struct Driver<'a> {
    integrand: &'a dyn Integrand,
    settings: &'a AdaptSettings,
    control: &'a Control<'a>,
    channels: Vec<ChannelState>,
    next_batch: Vec<u64>,
    iterations: Vec<IterationSummary>,
    n_spent: u64,
    /// Latest knowledge of each channel's weights, for the shares of points.
    latest: Vec<Accumulator>,
    /// Weights of the points drawn with the present grids.
    tails: Vec<WeightTail>,
    /// Channels whose weights are too few to be followed as they are.
    tempered: Vec<bool>,
    training: Vec<ChannelTraining>,
}

impl<'a> Driver<'a> {
    fn new(
        integrand: &'a dyn Integrand,
        settings: &'a AdaptSettings,
        control: &'a Control<'a>,
    ) -> Self {
        let n = integrand.n_channels();
        let channels = (0..n)
            .map(|i| ChannelState {
                sampler: ChannelSampler::new(settings.sampler, integrand.n_dim(i), &settings.vegas),
                group: integrand.group(i),
                live: true,
                kept: Accumulator::default(),
                all: Accumulator::default(),
                parts: PartSums::default(),
            })
            .collect();
        Self {
            integrand,
            settings,
            control,
            channels,
            next_batch: vec![0; n],
            iterations: Vec::new(),
            n_spent: 0,
            latest: vec![Accumulator::default(); n],
            tails: new_tails(n),
            tempered: vec![true; n],
            training: vec![],
        }
    }

    fn live(&self) -> Vec<bool> {
        self.channels.iter().map(|c| c.live).collect()
    }

    fn n_live(&self) -> u64 {
        self.channels.iter().filter(|c| c.live).count() as u64
    }

    fn needs(&self) -> Vec<f64> {
        self.latest.iter().map(need).collect()
    }

    fn first_points(&self) -> u64 {
        let wanted = match self.settings.points_per_iteration {
            0 => (500 * self.channels.len() as u64).max(10_000),
            n => n,
        };
        wanted.min(self.settings.max_points / 20).max(64)
    }

    /// Evaluates `n_points[channel]` points each and books them.
    fn pass(&mut self, n_points: &[u64], what: Use<'_>) -> Result<Pass, IntegrateError> {
        let n = self.channels.len();
        let tasks = tasks(n_points, self.settings.batch_size, &mut self.next_batch);
        let n_total: u64 = n_points.iter().sum();
        let (value, error2) = self.current();
        let (control, n_spent) = (self.control, self.n_spent);
        let samplers: Vec<&ChannelSampler> = self.channels.iter().map(|c| &c.sampler).collect();
        let (integrand, seed) = (self.integrand, self.settings.seed);
        let mut parts = vec![PartSums::default(); n];
        let mut pass = Pass {
            sums: vec![Accumulator::default(); n],
            histograms: vec![None; n],
            stored: (0..n).map(|_| Stored::default()).collect(),
        };
        let tails = &mut self.tails;
        let tempered = &self.tempered;
        let work = |task: Task| {
            let sampler = samplers[task.channel];
            let out = evaluate(integrand, sampler, seed, Purpose::Integrate, task);
            let moments = what.moments.filter(|_| !tempered[task.channel]);
            let mut histogram = moments.and_then(|m| sampler.histogram(m));
            if let Some(h) = &mut histogram {
                sampler.accumulate(&out.points, &out.weights, h);
            }
            (out, histogram)
        };
        let reduce = |(out, histogram): (Weighted, Option<VegasHistogram>)| {
            let i = out.task.channel;
            pass.sums[i].merge(&out.sums);
            tails[i].extend(&out.weights);
            parts[i].merge(&out.parts);
            match (&mut pass.histograms[i], histogram) {
                (Some(sum), Some(h)) => sum.merge(&h),
                (slot @ None, h) => *slot = h,
                (Some(_), None) => {}
            }
            if what.moments.is_some() && tempered[i] {
                pass.stored[i].push(out);
            }
        };
        let report = |n_done: u64| {
            let part = n_done as f64 / n_total.max(1) as f64;
            control.progress.update(&Status {
                stage: what.stage,
                done: (what.done.0 + part * (what.done.1 - what.done.0)).clamp(0.0, 1.0),
                n_points: n_spent + n_done,
                n_events: 0,
                xsec_pb: value,
                xsec_err_pb: error2.sqrt(),
            });
        };
        run_in_order(&tasks, control, n_spent, work, reduce, report)?;
        self.n_spent += n_total;
        for (i, channel) in self.channels.iter_mut().enumerate() {
            channel.all.merge(&pass.sums[i]);
            if what.kept {
                channel.kept.merge(&pass.sums[i]);
                channel.parts.merge(&parts[i]);
            }
        }
        Ok(pass)
    }

    fn book(&mut self, sums: &[Accumulator], kept: bool) {
        let (xsec_pb, error2) = add_up(sums);
        self.iterations.push(IterationSummary {
            n_points: sums.iter().map(Accumulator::n_points).sum(),
            xsec_pb,
            xsec_err_pb: error2.sqrt(),
            kept,
        });
    }

    /// The kept estimate, or before there is one that of the last iteration.
    fn current(&self) -> (f64, f64) {
        let kept = self.channels.iter().map(|c| c.kept.n_points()).sum::<u64>();
        if kept > 0 {
            add_up(self.channels.iter().map(|c| &c.kept))
        } else {
            self.iterations
                .last()
                .map_or((0.0, 0.0), |it| (it.xsec_pb, it.xsec_err_pb.powi(2)))
        }
    }

    /// First look; false if everything is zero.
    ///
    /// A channel without a single non-zero point is looked at again with ever
    /// more points before it is given up.
    fn survey(&mut self) -> Result<bool, IntegrateError> {
        let n = self.channels.len();
        let each = (self.first_points() / n as u64).max(LEAST_POINTS);
        let mut what = Use {
            stage: Stage::Survey,
            moments: Some(&[1.0]),
            kept: false,
            done: (0.0, 1.0),
        };
        let mut pass = self.pass(&vec![each; n], what)?;
        what.done = (1.0, 1.0);
        let is_zero = |a: &Accumulator| a.n_nonzero() == 0;
        loop {
            // If nothing at all was found, look ten times closer.
            let everything = pass.sums.iter().all(is_zero);
            let enough = self.settings.zero_points * if everything { 10 } else { 1 };
            let mut again: Vec<u64> = pass
                .sums
                .iter()
                .map(|a| {
                    let missing = enough.saturating_sub(a.n_points());
                    let next = (3 * a.n_points()).min(missing);
                    if is_zero(a) { next } else { 0 }
                })
                .collect();
            let left = (self.settings.max_points / 2).saturating_sub(self.n_spent);
            if again.iter().sum::<u64>() > left {
                again.iter_mut().for_each(|n| *n = 0);
            }
            if again.iter().all(|n| *n == 0) {
                break;
            }
            let more = self.pass(&again, what)?;
            for i in 0..n {
                pass.sums[i].merge(&more.sums[i]);
            }
            for (sum, new) in pass.stored.iter_mut().zip(more.stored) {
                sum.extend(new);
            }
        }
        self.book(&pass.sums, false);
        for (channel, sums) in self.channels.iter_mut().zip(&pass.sums) {
            channel.live = !is_zero(sums);
        }
        if self.n_live() == 0 {
            return Ok(false);
        }
        self.latest.clone_from(&pass.sums);
        self.refine(&pass, 1.0);
        Ok(true)
    }

    /// Iterations that refine the grids.
    fn adapt(&mut self) -> Result<(), IntegrateError> {
        if self
            .channels
            .iter()
            .all(|c| c.sampler.histogram(&[]).is_none())
        {
            return Ok(());
        }
        let budget = (ADAPT_PART * self.settings.max_points as f64) as u64;
        let n_adapt = self.settings.n_adapt;
        let moments = [1.0, self.settings.vegas.moment];
        let mut wanted = self.first_points() as f64;
        let (mut best, mut n_idle) = (f64::INFINITY, 0);
        for t in 1..n_adapt {
            let n_points = allocate(wanted as u64, &self.needs(), &self.live(), LEAST_POINTS);
            if self.n_spent + n_points.iter().sum::<u64>() > budget {
                break;
            }
            let (moments, step) = if t < WARM_UP {
                (&moments[..1], 1.0)
            } else {
                (&moments[..], LATE_STEP)
            };
            self.tails = new_tails(self.channels.len());
            let pass = self.pass(
                &n_points,
                Use {
                    stage: Stage::Adapt,
                    moments: Some(moments),
                    kept: false,
                    done: ((t - 1) as f64 / n_adapt as f64, t as f64 / n_adapt as f64),
                },
            )?;
            self.book(&pass.sums, false);
            self.latest.clone_from(&pass.sums);
            self.refine(&pass, step);
            wanted *= GROWTH;
            if t < WARM_UP {
                continue;
            }
            let cost = self.cost();
            let idle = cost > (1.0 - IDLE) * best && self.relative_deviation() < TAMED;
            n_idle = if idle { n_idle + 1 } else { 0 };
            best = best.min(cost);
            let enough = n_idle >= MOST_IDLE || self.n_spent as f64 > self.worthwhile();
            if enough && self.tempered_share() < UNSETTLED {
                break;
            }
        }
        Ok(())
    }

    /// Trains flows where the settings ask for them.
    fn train(&mut self) -> Result<(), IntegrateError> {
        let kind = self.settings.sampler;
        if !matches!(kind, SamplerKind::Flow | SamplerKind::Auto) {
            return Ok(());
        }
        let maxima = choose_max_weights(&self.tails, self.settings.overweight_share);
        let precise = if self.settings.precision > 0.0 {
            (self.relative_deviation() / self.settings.precision).powi(2)
        } else {
            self.settings.max_points as f64
        };
        let plan = Plan {
            kind,
            trials: precise.max(self.planned_trials()),
            seed: self.settings.seed,
            device: self.settings.device,
        };
        let (control, n_spent) = (self.control, self.n_spent);
        let (value, error2) = self.current();
        let report = |done: f64| {
            control.progress.update(&Status {
                stage: Stage::Train,
                done,
                n_points: n_spent,
                n_events: 0,
                xsec_pb: value,
                xsec_err_pb: error2.sqrt(),
            });
            control.check(n_spent)
        };
        let (integrand, channels) = (self.integrand, &mut self.channels);
        self.training = training::train(integrand, channels, &maxima.channels, plan, report)?;
        let reports = self.training.iter().filter_map(|t| t.report.as_ref());
        self.n_spent += reports.map(|r| r.n_points).sum::<u64>();
        Ok(())
    }

    /// What the next stage will spend its points on, per unit of result: points
    /// per event if events are planned, else the relative variance per point.
    fn cost(&self) -> f64 {
        if self.settings.planned_events > 0 {
            1.0 / choose_max_weights(&self.tails, self.settings.overweight_share).efficiency
        } else {
            self.relative_deviation().powi(2)
        }
    }

    /// Standard deviation per point with the best shares, relative to the sum.
    fn relative_deviation(&self) -> f64 {
        let sigma: f64 = self.latest.iter().map(|a| a.variance().sqrt()).sum();
        sigma / add_up(&self.latest).0.abs()
    }

    /// Points to spend on adaptation: a part of what will follow.
    fn worthwhile(&self) -> f64 {
        let precise = if self.settings.precision > 0.0 {
            0.5 * (self.relative_deviation() / self.settings.precision).powi(2)
        } else {
            f64::INFINITY
        };
        precise.max(0.3 * self.planned_trials())
    }

    fn planned_trials(&self) -> f64 {
        if self.settings.planned_events == 0 {
            return 0.0;
        }
        let chosen = choose_max_weights(&self.tails, self.settings.overweight_share);
        if chosen.efficiency > 0.0 {
            self.settings.planned_events as f64 / chosen.efficiency
        } else {
            0.0
        }
    }

    fn refine(&mut self, pass: &Pass, step: f64) {
        for (i, channel) in self.channels.iter_mut().enumerate().filter(|c| c.1.live) {
            if !pass.stored[i].is_empty() {
                if let Some((h, beta)) = pass.stored[i].histogram(&channel.sampler) {
                    channel.sampler.refine(&h, 1.0);
                    self.tempered[i] = beta < 1.0;
                }
            } else if let Some(h) = &pass.histograms[i] {
                channel.sampler.refine(h, step);
            }
        }
    }

    /// Part of the integral in channels whose grids are still tempered.
    fn tempered_share(&self) -> f64 {
        let size = |i: usize| self.latest[i].mean_abs();
        let all: f64 = (0..self.latest.len()).map(size).sum();
        let some = (0..self.latest.len()).filter(|&i| self.tempered[i] && self.channels[i].live);
        some.map(size).sum::<f64>() / all.max(f64::MIN_POSITIVE)
    }

    /// Iterations with fixed grids until the stopping rule is content.
    fn integrate(&mut self) -> Result<(MaxWeights, StopReason), IntegrateError> {
        let least = (2 * LEAST_POINTS * self.n_live()).max(10_000);
        let mut rule = StoppingRule {
            precision: self.settings.precision,
            max_points: self.settings.max_points,
            least_points: least,
        };
        if self.training.iter().all(|t| t.reason != Reason::FlowPays) {
            rule.least_points = least.max((0.05 * self.planned_trials()) as u64);
        }
        self.tails = new_tails(self.channels.len());
        let mut fixed = vec![Accumulator::default(); self.channels.len()];
        let reason = loop {
            let n_kept = self.channels.iter().map(|c| c.kept.n_points()).sum();
            let n_fixed = fixed.iter().map(Accumulator::n_points).sum();
            let (value, error2) = add_up(self.channels.iter().map(|c| &c.kept));
            let n = match rule.next(value, error2, n_kept, n_fixed, self.n_spent) {
                Next::Points(n) => n,
                Next::Stop(reason) => break reason,
            };
            let n_points = allocate(n, &self.needs(), &self.live(), LEAST_POINTS);
            let what = Use {
                stage: Stage::Integrate,
                moments: None,
                kept: true,
                done: self.progress(n),
            };
            let pass = self.pass(&n_points, what)?;
            self.book(&pass.sums, true);
            for (sum, new) in fixed.iter_mut().zip(&pass.sums) {
                sum.merge(new);
            }
            self.latest.clone_from(&fixed);
            // Only now are the weights of trained flows known.
            let trials = (0.05 * self.planned_trials()) as u64;
            rule.least_points = rule.least_points.max(trials.min(20 * least));
        };
        let max_weights = choose_max_weights(&self.tails, self.settings.overweight_share);
        Ok((max_weights, reason))
    }

    /// Part of the integration that is done before and after `n` more points.
    fn progress(&self, n: u64) -> (f64, f64) {
        let (value, error2) = self.current();
        let after = self.n_spent + n;
        if self.settings.precision > 0.0 && error2 > 0.0 {
            let part = (self.settings.precision * value).powi(2) / error2;
            let before = part.min(1.0);
            (
                before,
                (before * after as f64 / self.n_spent as f64).min(1.0),
            )
        } else {
            let all = self.settings.max_points as f64;
            (self.n_spent as f64 / all, after as f64 / all)
        }
    }

    fn finish(self, mut max_weights: MaxWeights, stopped: StopReason) -> Adapted {
        max_weights
            .channels
            .resize(self.channels.len(), Default::default());
        let (xsec_pb, error2) = add_up(self.channels.iter().map(|c| &c.kept));
        let mut total = Estimate {
            xsec_pb,
            xsec_err_pb: error2.sqrt(),
            n_points: self.channels.iter().map(|c| c.kept.n_points()).sum(),
            ..Default::default()
        };
        let mut n_compared = 0u32;
        for it in comparable(&self.iterations) {
            if it.xsec_err_pb > 0.0 {
                total.chi2 += ((it.xsec_pb - xsec_pb) / it.xsec_err_pb).powi(2);
                n_compared += 1;
            }
        }
        total.n_dof = n_compared.saturating_sub(1);
        Adapted {
            settings: self.settings.clone(),
            n_parts: self.integrand.n_parts(),
            channels: self.channels,
            max_weights,
            iterations: self.iterations,
            total,
            stopped,
            training: self.training,
        }
    }
}

fn new_tails(n_channels: usize) -> Vec<WeightTail> {
    let capacity = (TAIL_TOTAL / n_channels).max(TAIL_LEAST);
    vec![WeightTail::new(capacity); n_channels]
}

/// Sum of the channels' means and of the variances of these.
pub(crate) fn add_up<'a>(channels: impl IntoIterator<Item = &'a Accumulator>) -> (f64, f64) {
    channels.into_iter().fold((0.0, 0.0), |(value, error2), a| {
        (value + a.mean(), error2 + a.error2())
    })
}
