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
use super::adapted::{Adapted, ChannelState, Estimate, IterationSummary, check_keys};
use super::allocation::{LEAST_POINTS, allocate};
use super::batch::{BatchEvaluator, Weighted, evaluate_group, group_size, tasks};
use super::error::IntegrateError;
use super::parts::PartSums;
use super::progress::{Control, Stage, Status};
use super::settings::AdaptSettings;
use super::spread::{Spread, needs};
use super::state::{AdaptState, Adapting, Integrating, Phase};
use super::stopping::StopReason;
use super::tempering::TemperedPoints;
use super::training::{TrainingBudget, Trainings};
use crate::compute::{Alone, Crew, DeviceChoice, Team};
use crate::integrand::Integrand;
use crate::rng::Purpose;
use crate::sampler::train::TrainError;
use crate::sampler::{ChannelSampler, FlowUse, VegasHistogram};
use crate::unweight::{MaxWeights, WeightTail, choose_max_weights};

/// Iterations, the survey included, that train with moment 1, which is stable
/// far from the solution; the later ones train with the moment of the settings.
pub(super) const WARM_UP: usize = 3;
/// Part of the correction that the later iterations make: it averages over
/// iterations and is stable also where dimensions are correlated.
const LATE_STEP: f64 = 0.5;
/// Each adaptation iteration takes this many times the points of the last.
pub(super) const GROWTH: f64 = 1.25;
/// Adaptation takes at most this part of all points.
pub(super) const ADAPT_PART: f64 = 0.4;
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
/// [`IntegrateError::Setting`], [`IntegrateError::NoChannels`],
/// [`IntegrateError::Train`] or [`IntegrateError::Cancelled`].
pub fn adapt(
    integrand: &dyn Integrand,
    settings: &AdaptSettings,
    control: &Control,
) -> Result<Adapted, IntegrateError> {
    adapt_with(
        integrand,
        settings,
        control,
        Adaptation::alone(&mut |_, _| Ok(())),
    )
}

/// When a state is offered to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointEvent {
    /// Between two steps, which go on.
    Between,
    /// The run was cancelled and ends here.
    Last,
}

/// Receives the state between steps, and the last one of a run that was
/// cancelled after its survey.
pub(crate) type CheckpointSink<'a> = dyn FnMut(&AdaptState, CheckpointEvent) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
    + 'a;

/// How an adaptation is shared, where it begins, and where its states go.
pub struct Adaptation<'a> {
    /// The processes that share it; all of them call it alike.
    pub team: &'a dyn Team,
    /// The state to go on from; it must come from the same integrand and
    /// settings. `None` to begin.
    pub begin: Option<AdaptState>,
    /// Receives states on every process.
    pub keep: &'a mut CheckpointSink<'a>,
}

impl<'a> Adaptation<'a> {
    /// From the beginning, by this process.
    pub fn alone(keep: &'a mut CheckpointSink<'a>) -> Self {
        Self {
            team: &Alone,
            begin: None,
            keep,
        }
    }
}

/// As [`adapt`], shared by processes and from any state: the result has the
/// same bits for any number of processes and any interruptions.
///
/// # Errors
/// As [`adapt`]; [`IntegrateError::Keep`] if a state could not be kept,
/// [`IntegrateError::Mismatch`] or [`IntegrateError::OtherChannel`] for a state of
/// another integrand.
pub fn adapt_with(
    integrand: &dyn Integrand,
    settings: &AdaptSettings,
    control: &Control,
    adaptation: Adaptation<'_>,
) -> Result<Adapted, IntegrateError> {
    settings.validate()?;
    // A device that was named must be there, also if no training turns out to pay;
    // looking for it now saves the time of the adaptation.
    if settings.device != DeviceChoice::Auto {
        settings.device.find().map_err(TrainError::from)?;
    }
    let n = integrand.n_channels();
    if n == 0 {
        return Err(IntegrateError::NoChannels);
    }
    let Adaptation { team, begin, keep } = adaptation;
    let state = begin.unwrap_or_else(|| beginning(integrand, settings));
    if state.channels.len() != n {
        return Err(IntegrateError::Mismatch {
            what: "number of channels".to_owned(),
            adapted: state.channels.len(),
            integrand: n,
        });
    }
    check_keys(&state.channels, integrand)?;
    let cancel = control.cancel;
    let crew = Crew { team, cancel };
    let mut driver = Driver::at(integrand, settings, control, crew, state, keep);
    let done = driver.run();
    if matches!(done, Err(IntegrateError::Cancelled { .. }))
        && !matches!(driver.state.phase, Phase::Survey)
    {
        driver.offer(CheckpointEvent::Last)?;
    }
    let (max_weights, stopped) = done?;
    Ok(driver.finish(max_weights, stopped))
}

fn beginning(integrand: &dyn Integrand, settings: &AdaptSettings) -> AdaptState {
    let n = integrand.n_channels();
    let channel = |i| ChannelState {
        key: integrand.channel_key(i),
        sampler: ChannelSampler::new(settings.sampler, integrand.n_dim(i), &settings.vegas),
        group: integrand.group(i),
        live: true,
        kept: Accumulator::default(),
        all: Accumulator::default(),
        parts: PartSums::default(),
    };
    AdaptState {
        channels: (0..n).map(channel).collect(),
        next_batch: vec![0; n],
        iterations: Vec::new(),
        n_spent: 0,
        latest: vec![Accumulator::default(); n],
        before: vec![Accumulator::default(); n],
        spreads: vec![Spread::default(); n],
        tails: new_tails(n),
        tempered: vec![true; n],
        training: vec![],
        phase: Phase::Survey,
    }
}

/// One pass over the channels that the grids learn from.
struct Pass {
    sums: Vec<Accumulator>,
    histograms: Vec<Option<VegasHistogram>>,
    /// All points of the channels that are tempered.
    stored: Vec<TemperedPoints>,
    /// Addresses of the batches that come next.
    next_batch: Vec<u64>,
}

/// What becomes of the points of a pass.
#[derive(Clone, Copy)]
struct Use<'m> {
    stage: Stage,
    /// The powers of the weights to train with.
    moments: &'m [f64],
    /// Points of the stage before the pass, and those expected after it.
    around: (u64, u64),
}

pub(super) struct Driver<'a, 'k> {
    pub(super) integrand: &'a dyn Integrand,
    pub(super) settings: &'a AdaptSettings,
    control: &'a Control<'a>,
    pub(super) crew: Crew<'a>,
    /// Changed between steps only: what a cancelled step has done is lost.
    pub(super) state: AdaptState,
    keep: &'a mut CheckpointSink<'k>,
    /// Points in all after which the adaptation pays no more, as last estimated.
    pub(super) enough: f64,
}

impl<'a, 'k> Driver<'a, 'k> {
    /// A driver at a state.
    pub(super) fn at(
        integrand: &'a dyn Integrand,
        settings: &'a AdaptSettings,
        control: &'a Control<'a>,
        crew: Crew<'a>,
        state: AdaptState,
        keep: &'a mut CheckpointSink<'k>,
    ) -> Self {
        Self {
            integrand,
            settings,
            control,
            crew,
            state,
            keep,
            enough: f64::INFINITY,
        }
    }
}

impl Driver<'_, '_> {
    /// Goes on to the end.
    fn run(&mut self) -> Result<(MaxWeights, StopReason), IntegrateError> {
        loop {
            match self.state.phase {
                Phase::Survey => {
                    if !self.survey()? {
                        return Ok((MaxWeights::default(), StopReason::Zero));
                    }
                }
                Phase::Adapt(at) => self.refine_once(at)?,
                Phase::Train(_) => self.train()?,
                Phase::Integrate(_) => return self.integrate(),
            }
            self.offer(CheckpointEvent::Between)?;
        }
    }

    pub(super) fn offer(&mut self, moment: CheckpointEvent) -> Result<(), IntegrateError> {
        (self.keep)(&self.state, moment).map_err(IntegrateError::Keep)
    }

    pub(super) fn live(&self) -> Vec<bool> {
        self.state.channels.iter().map(|c| c.live).collect()
    }

    pub(super) fn n_live(&self) -> u64 {
        self.state.channels.iter().filter(|c| c.live).count() as u64
    }

    /// Shares of points go by these.
    pub(super) fn needs(&self) -> Vec<f64> {
        needs(&self.state.spreads)
    }

    fn first_points(&self) -> u64 {
        let wanted = match self.settings.points_per_iteration {
            0 => (500 * self.state.channels.len() as u64).max(10_000),
            n => n,
        };
        wanted.min(self.settings.max_points / 20).max(64)
    }

    /// Evaluates `n_points[channel]` points each and enters their weights into
    /// `tails`; the state stays as it is.
    fn pass(
        &self,
        n_points: &[u64],
        next_batch: &[u64],
        what: Use<'_>,
        tails: &mut [WeightTail],
    ) -> Result<Pass, IntegrateError> {
        let n = n_points.len();
        let mut pass = Pass {
            sums: vec![Accumulator::default(); n],
            histograms: vec![None; n],
            stored: (0..n).map(|_| TemperedPoints::default()).collect(),
            next_batch: next_batch.to_vec(),
        };
        let tasks = tasks(n_points, self.settings.batch_size, &mut pass.next_batch);
        let n_total: u64 = n_points.iter().sum();
        let evaluator = BatchEvaluator::new(self.integrand, self.settings.seed, Purpose::Integrate);
        let evaluator = evaluator.without_contributions();
        let (channels, tempered) = (&self.state.channels, &self.state.tempered);
        let sampler_of = |channel: usize| &channels[channel].sampler;
        let finish = |mut out: Weighted| {
            let sampler = sampler_of(out.task.channel);
            let mut histogram = None;
            if !tempered[out.task.channel] {
                let density = sampler.density_of();
                histogram = density.histogram(what.moments);
                if let Some(h) = &mut histogram {
                    density.accumulate(&out.points, &out.biased(), h);
                }
                out.forget_points();
            }
            (out, histogram)
        };
        let mut n_done = 0;
        for group in tasks.chunks(group_size(self.crew)) {
            let before = self.state.n_spent + n_done;
            let found = evaluate_group(self.crew, group, before, &evaluator, sampler_of, finish)?;
            for (out, histogram) in found {
                let i = out.task.channel;
                n_done += out.task.n as u64;
                pass.sums[i].merge(&out.sums);
                tails[i].extend(&out.biased());
                match (&mut pass.histograms[i], histogram) {
                    (Some(sum), Some(h)) => sum.merge(&h),
                    (slot @ None, h) => *slot = h,
                    (Some(_), None) => {}
                }
                if tempered[i] {
                    pass.stored[i].push(out);
                }
            }
            let (before, after) = what.around;
            self.report(
                what.stage,
                (before + n_done, n_total - n_done + after),
                n_done,
            );
        }
        Ok(pass)
    }

    /// Tells of the points that a stage has and lacks, and of `n_done` beyond those that
    /// are booked.
    pub(super) fn report(&self, stage: Stage, (has, lacks): (u64, u64), n_done: u64) {
        let (xsec_pb, error2) = self.current();
        self.control.progress.update(&Status {
            stage,
            done: has as f64 / (has + lacks).max(1) as f64,
            points_left: Some(lacks),
            n_points: self.state.n_spent + n_done,
            n_events: 0,
            xsec_pb,
            xsec_err_pb: error2.sqrt(),
        });
    }

    /// Makes a pass a part of the state, as an iteration that is not kept.
    fn book(&mut self, pass: &Pass, tails: Vec<WeightTail>) {
        let state = &mut self.state;
        for (channel, sums) in state.channels.iter_mut().zip(&pass.sums) {
            channel.all.merge(sums);
        }
        state.n_spent += n_points(&pass.sums);
        state.next_batch.clone_from(&pass.next_batch);
        let before = std::mem::replace(&mut state.latest, pass.sums.clone());
        // The survey and the first grids are too far from what follows.
        if state.iterations.len() > WARM_UP {
            state.before = before;
        }
        let known = state.latest.iter().zip(&state.before);
        state.spreads = known.map(|(a, b)| Spread::of(&a.joined(b))).collect();
        state.tails = tails;
        state.iterations.push(summary(&pass.sums, false));
    }

    /// The kept estimate, or before there is one that of the last iteration.
    pub(super) fn current(&self) -> (f64, f64) {
        let channels = &self.state.channels;
        if channels.iter().any(|c| c.kept.n_points() > 0) {
            add_up(channels.iter().map(|c| &c.kept))
        } else {
            let last = self.state.iterations.last();
            last.map_or((0.0, 0.0), |it| (it.xsec_pb, it.xsec_err_pb.powi(2)))
        }
    }

    /// First look; false if everything is zero.
    ///
    /// A channel without a single non-zero point is looked at again with ever
    /// more points before it is given up.
    fn survey(&mut self) -> Result<bool, IntegrateError> {
        let n = self.state.channels.len();
        let each = (self.first_points() / n as u64).max(LEAST_POINTS);
        let mut what = Use {
            stage: Stage::Survey,
            moments: &[1.0],
            around: (0, 0),
        };
        let mut tails = new_tails(n);
        let mut pass = self.pass(&vec![each; n], &self.state.next_batch, what, &mut tails)?;
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
            let left = (self.settings.max_points / 2).saturating_sub(n_points(&pass.sums));
            if again.iter().sum::<u64>() > left {
                again.iter_mut().for_each(|n| *n = 0);
            }
            if again.iter().all(|n| *n == 0) {
                break;
            }
            what.around.0 = n_points(&pass.sums);
            let more = self.pass(&again, &pass.next_batch, what, &mut tails)?;
            for i in 0..n {
                pass.sums[i].merge(&more.sums[i]);
            }
            for (sum, new) in pass.stored.iter_mut().zip(more.stored) {
                sum.extend(new);
            }
            pass.next_batch = more.next_batch;
        }
        self.book(&pass, tails);
        for (channel, sums) in self.state.channels.iter_mut().zip(&pass.sums) {
            channel.live = !is_zero(sums);
        }
        if self.n_live() == 0 {
            return Ok(false);
        }
        self.refine(&pass, 1.0);
        let learns = |c: &ChannelState| c.sampler.density_of().histogram(&[]).is_some();
        self.state.phase = if self.state.channels.iter().any(learns) {
            Phase::Adapt(Adapting {
                iteration: 1,
                wanted: self.first_points() as f64,
                best: f64::INFINITY,
                n_idle: 0,
            })
        } else {
            Phase::Train(Trainings::default())
        };
        Ok(true)
    }

    /// One more iteration that refines the grids, if it is worth it.
    fn refine_once(&mut self, at: Adapting) -> Result<(), IntegrateError> {
        let budget = (ADAPT_PART * self.settings.max_points as f64) as u64;
        let t = at.iteration;
        let wanted = at.wanted as u64;
        let shares = allocate(wanted, &self.needs(), &self.live(), LEAST_POINTS);
        let shares = self.crew.agree(shares);
        let n_adapt = self.settings.n_adapt;
        if t >= n_adapt || self.state.n_spent + shares.iter().sum::<u64>() > budget {
            self.state.phase = Phase::Train(Trainings::default());
            return Ok(());
        }
        let moments = [1.0, self.settings.vegas.moment];
        let (moments, step) = if t < WARM_UP {
            (&moments[..1], 1.0)
        } else {
            (&moments[..], LATE_STEP)
        };
        let what = Use {
            stage: Stage::Adapt,
            moments,
            around: self.adapting_around(at, shares.iter().sum()),
        };
        let mut tails = new_tails(self.state.channels.len());
        let pass = self.pass(&shares, &self.state.next_batch, what, &mut tails)?;
        self.book(&pass, tails);
        self.refine(&pass, step);
        let mut next = Adapting {
            iteration: t + 1,
            wanted: at.wanted * GROWTH,
            ..at
        };
        self.enough = self.worthwhile();
        let mut settled = false;
        if t >= WARM_UP {
            let cost = self.cost();
            let idle = cost > (1.0 - IDLE) * at.best && self.relative_deviation() < TAMED;
            next.n_idle = if idle { at.n_idle + 1 } else { 0 };
            next.best = at.best.min(cost);
            let spent = self.state.n_spent as f64;
            let enough = next.n_idle >= MOST_IDLE || spent > self.enough;
            settled = enough && self.tempered_share() < UNSETTLED;
        }
        self.state.phase = if self.crew.agree(settled) {
            Phase::Train(Trainings::default())
        } else {
            Phase::Adapt(next)
        };
        Ok(())
    }

    /// Trains flows where the settings ask for them.
    fn train(&mut self) -> Result<(), IntegrateError> {
        let kind = self.settings.sampler;
        if kind.flows() != FlowUse::Nowhere {
            let maxima = choose_max_weights(&self.state.tails, self.settings.overweight_share);
            let precise = if self.settings.precision > 0.0 {
                (self.relative_deviation() / self.settings.precision).powi(2)
            } else {
                self.settings.max_points as f64
            };
            let left = self.settings.max_points.saturating_sub(self.state.n_spent);
            let plan = TrainingBudget {
                flows: kind.flows(),
                trials: precise.max(self.planned_trials()),
                n_events: self.settings.planned_events,
                most_calls: self.settings.training.max(1.0)
                    * (0.5 * left as f64).max(self.planned_trials()),
                training: self.settings.training,
                seed: self.settings.seed,
                device: self.settings.device,
            };
            let choice = plan.choose(self.integrand, &self.state.channels, &maxima.channels);
            let choice = self.crew.agree(choice);
            loop {
                let Phase::Train(trainings) = &mut self.state.phase else {
                    unreachable!("only the end of the trainings changes the phase");
                };
                let n_spent = self.state.n_spent + trainings.n_points();
                let more = trainings.advance(self.integrand, &choice, &plan, self.crew);
                let more = more?.ok_or(IntegrateError::Cancelled { n_points: n_spent })?;
                if !more {
                    break;
                }
                let n_done = trainings.n_points();
                let lacks = choice.n_training().saturating_sub(n_done);
                self.report(Stage::Train, (n_done, lacks), n_done);
                self.offer(CheckpointEvent::Between)?;
            }
            let phase = std::mem::replace(&mut self.state.phase, Phase::Survey);
            if let Phase::Train(trainings) = phase {
                self.state.n_spent += trainings.n_points();
                self.state.training = trainings.finish(choice, &mut self.state.channels);
                // With a bias they are those of other weights.
                let is_biased = self.integrand.is_biased();
                for training in self.state.training.iter().filter(|_| !is_biased) {
                    if let Some(spread) = training.spread_of_flow() {
                        self.state.spreads[training.channel] = spread;
                    }
                }
            }
        }
        let rule = self.rule();
        let adapted = self.state.latest.iter().zip(&self.state.before);
        self.state.before = adapted.map(|(a, b)| a.joined(b)).collect();
        self.state.tails = new_tails(self.state.channels.len());
        self.state.phase = Phase::Integrate(Integrating {
            rule,
            fixed: vec![Accumulator::default(); self.state.channels.len()],
            planned: vec![],
            pass: None,
        });
        Ok(())
    }

    /// What the next stage will spend its points on, per unit of result: points
    /// per event if events are planned, else the relative variance per point.
    fn cost(&self) -> f64 {
        if self.settings.planned_events > 0 {
            1.0 / choose_max_weights(&self.state.tails, self.settings.overweight_share).efficiency
        } else {
            self.relative_deviation().powi(2)
        }
    }

    /// Standard deviation per point with the best shares, relative to the sum.
    fn relative_deviation(&self) -> f64 {
        let sigma: f64 = self.state.latest.iter().map(|a| a.variance().sqrt()).sum();
        sigma / add_up(&self.state.latest).0.abs()
    }

    /// Points to spend on adaptation: a part of what will follow.
    pub(super) fn worthwhile(&self) -> f64 {
        let precise = if self.settings.precision > 0.0 {
            0.5 * (self.relative_deviation() / self.settings.precision).powi(2)
        } else {
            f64::INFINITY
        };
        precise.max(0.3 * self.planned_trials())
    }

    pub(super) fn planned_trials(&self) -> f64 {
        if self.settings.planned_events == 0 {
            return 0.0;
        }
        let chosen = choose_max_weights(&self.state.tails, self.settings.overweight_share);
        if chosen.efficiency > 0.0 {
            self.settings.planned_events as f64 / chosen.efficiency
        } else {
            0.0
        }
    }

    fn refine(&mut self, pass: &Pass, step: f64) {
        for (i, channel) in self
            .state
            .channels
            .iter_mut()
            .enumerate()
            .filter(|c| c.1.live)
        {
            if !pass.stored[i].is_empty() {
                if let Some((h, beta)) = pass.stored[i].histogram(&channel.sampler) {
                    channel.sampler.density_mut().refine(&h, 1.0);
                    self.state.tempered[i] = beta < 1.0;
                }
            } else if let Some(h) = &pass.histograms[i] {
                channel.sampler.density_mut().refine(h, step);
            }
        }
    }

    /// Part of the integral in channels whose grids are still tempered.
    fn tempered_share(&self) -> f64 {
        let size = |i: usize| self.state.latest[i].mean_abs();
        let all: f64 = (0..self.state.latest.len()).map(size).sum();
        let some = (0..self.state.latest.len())
            .filter(|&i| self.state.tempered[i] && self.state.channels[i].live);
        some.map(size).sum::<f64>() / all.max(f64::MIN_POSITIVE)
    }

    pub(super) fn finish(self, mut max_weights: MaxWeights, stopped: StopReason) -> Adapted {
        let state = self.state;
        max_weights
            .channels
            .resize(state.channels.len(), Default::default());
        let kept = state.channels.iter().map(|c| &c.kept);
        let total = Estimate::of(kept, &state.iterations);
        Adapted {
            settings: self.settings.clone(),
            n_parts: self.integrand.n_contributions(),
            channels: state.channels,
            max_weights,
            iterations: state.iterations,
            total,
            stopped,
            training: state.training,
        }
    }
}

pub(super) fn n_points(sums: &[Accumulator]) -> u64 {
    sums.iter().map(Accumulator::n_points).sum()
}

pub(super) fn summary(sums: &[Accumulator], kept: bool) -> IterationSummary {
    let (xsec_pb, error2) = add_up(sums);
    IterationSummary {
        n_points: n_points(sums),
        xsec_pb,
        xsec_err_pb: error2.sqrt(),
        kept,
        channels: sums.iter().map(Accumulator::n_points).collect(),
    }
}

pub(super) fn new_tails(n_channels: usize) -> Vec<WeightTail> {
    let capacity = (TAIL_TOTAL / n_channels).max(TAIL_LEAST);
    vec![WeightTail::new(capacity); n_channels]
}

/// Sum of the channels' means and of the variances of these.
pub(crate) fn add_up<'a>(channels: impl IntoIterator<Item = &'a Accumulator>) -> (f64, f64) {
    channels.into_iter().fold((0.0, 0.0), |(value, error2), a| {
        (value + a.mean(), error2 + a.error2())
    })
}
