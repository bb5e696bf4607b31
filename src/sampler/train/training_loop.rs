//! Training of the flow of one channel: rounds of new points, steps on stored
//! ones, and the checks that nothing was lost.
//!
//! Knows a function on the hypercube through its values; knows no physics.
//! The survey's points come from the grid and are trained on first, with the
//! Kullback-Leibler divergence, so that the flow starts out covering all that
//! the survey has found.

use serde::{Deserialize, Serialize, Serializer};

use super::buffer::Buffer;
use super::check::Check;
use super::course::{Course, Stage};
use super::engine::learner;
use super::learner::{Learner, LearnerState};
use super::report::{RoundKind, RoundSummary, TrainReport, Verdict, WeightSummary};
use super::schedule::{Schedule, shares};
use super::settings::{TrainError, TrainSettings};
use crate::compute::Crew;
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
/// Points that are kept; of more, the oldest but those of the survey are
/// forgotten.
const MOST_KEPT: usize = 1 << 23;
/// A round of fewer points teaches nothing.
const LEAST_ROUND: u64 = 100;
/// The last learning rate as a part of the largest.
const LAST_RATE: f64 = 0.01;

/// Points that were drawn and evaluated together.
#[derive(Serialize, Deserialize)]
struct Drawn {
    /// Coordinates before the grid, `[n_dim, n]`.
    y: Vec<f64>,
    /// |integrand| over density of the grid.
    value: Vec<f64>,
    /// Density relative to the grid.
    q: Vec<f64>,
    /// Weights, with sign.
    signed: Vec<f64>,
}

/// What the steps of a round change.
#[derive(Serialize, Deserialize)]
struct Learned {
    learner: LearnerState,
    shuffles: u64,
    n_steps: usize,
    usual_norm: f64,
    slowdown: f64,
    n_rollbacks: usize,
    round: Option<RoundSummary>,
}

/// Trains the flow of one channel, round by round. Between two rounds it can be
/// stored, and goes on from there with the same result.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Trainer {
    pub(super) settings: TrainSettings,
    channel: u32,
    pub(super) mixture: Mixture,
    #[serde(serialize_with = "learner_state")]
    pub(super) learner: Box<dyn Learner>,
    pub(super) buffer: Buffer,
    next_batch: u64,
    #[serde(serialize_with = "position")]
    pub(super) shuffles: Stream,
    pub(super) n_steps: usize,
    pub(super) usual_norm: f64,
    pub(super) slowdown: f64,
    pub(super) report: TrainReport,
    course: Option<Course>,
}

/// What is stored of a trainer.
#[derive(Deserialize)]
struct Stored {
    settings: TrainSettings,
    channel: u32,
    mixture: Mixture,
    learner: LearnerState,
    buffer: Buffer,
    next_batch: u64,
    shuffles: u64,
    n_steps: usize,
    usual_norm: f64,
    slowdown: f64,
    report: TrainReport,
    course: Option<Course>,
}

fn learner_state<S: Serializer>(
    learner: &impl AsRef<dyn Learner>,
    to: S,
) -> Result<S::Ok, S::Error> {
    learner.as_ref().state().serialize(to)
}

fn position<S: Serializer>(stream: &Stream, to: S) -> Result<S::Ok, S::Error> {
    stream.position().serialize(to)
}

fn shuffles(seed: u64, channel: u32) -> Stream {
    Stream::new(seed, Purpose::Minibatch, channel, 0)
}

/// Seed of the first weights.
fn flow_seed(settings: &TrainSettings, channel: u32) -> u64 {
    settings.seed ^ u64::from(channel) << 32
}

impl TryFrom<Stored> for Trainer {
    type Error = TrainError;

    fn try_from(stored: Stored) -> Result<Self, TrainError> {
        let device = stored.settings.device.find()?;
        let mut learner = learner(stored.mixture.flow(), &device, stored.settings.engine)?;
        learner.restore(stored.learner)?;
        let mut shuffles = shuffles(stored.settings.seed, stored.channel);
        shuffles.seek(stored.shuffles);
        Ok(Self {
            settings: stored.settings,
            channel: stored.channel,
            mixture: stored.mixture,
            learner,
            buffer: stored.buffer,
            next_batch: stored.next_batch,
            shuffles,
            n_steps: stored.n_steps,
            usual_norm: stored.usual_norm,
            slowdown: stored.slowdown,
            report: stored.report,
            course: stored.course,
        })
    }
}

impl Trainer {
    /// Begins with the density of a trained grid; `channel` tells the random
    /// streams of channels apart.
    ///
    /// # Errors
    /// [`TrainError`] if a setting is out of range or the device is not there.
    pub fn new(grid: &Vegas, settings: TrainSettings, channel: u32) -> Result<Self, TrainError> {
        settings.validate()?;
        let seed = flow_seed(&settings, channel);
        let flow = Flow::new(grid, settings.flow.clone(), seed)?;
        let device = settings.device.find()?;
        let learner = learner(&flow, &device, settings.engine)?;
        Ok(Self {
            buffer: Buffer::new(grid.axes().len()),
            mixture: Mixture::new(flow, settings.share),
            learner,
            next_batch: 0,
            shuffles: shuffles(settings.seed, channel),
            course: None,
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

    /// Spends the budget of the settings; returns the sampler and what happened.
    pub fn run(mut self, target: Target<'_>) -> (Mixture, TrainReport) {
        let n = self.settings.n_points;
        let n_survey = (n as f64 * self.settings.survey_part) as u64;
        self.survey(target, n_survey);
        self.train(target, n - n_survey)
    }

    /// Evaluates points of the grid, to be trained on first.
    pub fn survey(&mut self, target: Target<'_>, n: u64) -> WeightSummary {
        let survey = self.draw(target, n.max(1), RoundKind::Survey, Crew::alone());
        self.report.survey = survey.expect("nothing stops it");
        self.report.survey
    }

    /// Trains with `n` more calls of the integrand, and checks the result
    /// against the survey. If the check fails, another flow is trained with as many
    /// calls again, more carefully, and with what the survey has found.
    pub fn train(mut self, target: Target<'_>, n: u64) -> (Mixture, TrainReport) {
        self.plan(n);
        while self.advance(target) {}
        self.finish()
    }

    /// Evaluates `n_survey` points of the grid and plans to train with `n` more.
    /// `None` if the crew was stopped, which changes nothing.
    pub(crate) fn begin(
        &mut self,
        target: Target<'_>,
        n_survey: u64,
        n: u64,
        crew: Crew<'_>,
    ) -> Option<()> {
        self.report.survey = self.draw(target, n_survey.max(1), RoundKind::Survey, crew)?;
        self.plan(n);
        Some(())
    }

    /// Divides `n` calls of the integrand among rounds, if they are worth it.
    fn plan(&mut self, n: u64) {
        let survey = self.report.survey;
        self.settings.shrink_steps(survey.n + n);
        let s = &self.settings;
        let rounds = shares(n, s.n_rounds + 1, s.growth);
        let verdict = if survey.size <= 0.0 {
            Verdict::Empty
        } else if survey.deviation <= 0.0 {
            Verdict::NoGain
        } else if rounds[0] < LEAST_ROUND {
            Verdict::TooFewPoints
        } else {
            let steps = rounds[..s.n_rounds].iter().map(|&n| self.steps_of(n));
            let schedule = Schedule {
                peak: s.rate,
                warm_up: s.warm_up,
                n_steps: self.steps_of(survey.n) + steps.sum::<usize>(),
                last: LAST_RATE,
            };
            self.course = Some(Course::new(rounds, schedule));
            return;
        };
        self.report.verdict = verdict;
    }

    fn steps_of(&self, n: u64) -> usize {
        let s = &self.settings;
        (s.replays * n as f64 / s.batch_size as f64).ceil() as usize
    }

    /// The next round: points and steps, or a check. False if there is none left.
    fn advance(&mut self, target: Target<'_>) -> bool {
        let drawn = self.draw_round(target, Crew::alone());
        drawn.expect("nothing stops it");
        self.learn();
        self.share(0, Crew::alone())
    }

    /// The points of the next round, or the check that ends the training. `None`
    /// if the crew was stopped, which changes nothing.
    pub(crate) fn draw_round(&mut self, target: Target<'_>, crew: Crew<'_>) -> Option<()> {
        let (stage, n, second) = match &self.course {
            Some(c) if !c.drawn => (c.stage(), c.n_points(), c.is_second()),
            _ => return Some(()),
        };
        let late = |k| self.progress(k) >= self.settings.change_from;
        let share = match stage {
            Stage::Survey => self.settings.share,
            Stage::Round(k) if !late(k) => self.settings.share,
            Stage::Round(_) | Stage::Check => self.settings.final_share,
        };
        self.mixture.set_share(share);
        match stage {
            Stage::Survey => {}
            Stage::Round(_) => {
                self.draw(target, n, RoundKind::Training, crew)?;
            }
            Stage::Check => match (self.check(target, n, crew)?.passed(), second) {
                (true, false) => self.conclude(Verdict::Agreed),
                (true, true) => self.conclude(Verdict::AgreedAfterRetraining),
                (false, true) => self.conclude(Verdict::FellBack),
                (false, false) => self.start_over(),
            },
        }
        if let Some(course) = &mut self.course {
            course.drawn = true;
        }
        Some(())
    }

    /// Part of the rounds before round `k`, counted from 1.
    fn progress(&self, k: usize) -> f64 {
        k.saturating_sub(1) as f64 / self.settings.n_rounds as f64
    }

    /// The steps of the round whose points were drawn; one process does them.
    pub(crate) fn learn(&mut self) {
        let Some(course) = self.course.clone().filter(|c| c.drawn) else {
            return;
        };
        let schedule = course.schedule();
        match course.stage() {
            Stage::Survey => self.steps(0, self.steps_of(self.report.survey.n), 0.0, &schedule),
            Stage::Round(k) => {
                let s = &self.settings;
                let changed = (self.progress(k) - s.change_from) / s.change_over.max(1e-9);
                let n = course.n_points();
                let power = self.supported(n, s.loss.power() * changed.clamp(0.0, 1.0));
                self.steps(k, self.steps_of(n), power, &schedule);
            }
            Stage::Check => {}
        }
    }

    /// Forgets what was learned, but no points: a flow that has left a region is
    /// harder to lead back than one that knows nothing.
    fn start_over(&mut self) {
        let flow = self.mixture.flow_mut();
        flow.start_over(!flow_seed(&self.settings, self.channel));
        let restored = self.learner.restore(LearnerState::new(flow));
        restored.expect("the flow is the same");
        (self.n_steps, self.usual_norm, self.slowdown) = (0, 0.0, 1.0);
    }

    /// Ends a round: all processes take over what process `rank` has learned.
    /// False if there is no other round.
    pub(crate) fn share(&mut self, rank: usize, crew: Crew<'_>) -> bool {
        if crew.team.size() > 1 && self.course.is_some() {
            let mine = (crew.team.rank() == rank).then(|| Learned {
                learner: self.learner.state(),
                shuffles: self.shuffles.position(),
                n_steps: self.n_steps,
                usual_norm: self.usual_norm,
                slowdown: self.slowdown,
                n_rollbacks: self.report.n_rollbacks,
                round: self.report.rounds.last().cloned(),
            });
            let learned = crew.told_by(rank, mine);
            let restored = self.learner.restore(learned.learner);
            restored.expect("all processes train the same flow");
            self.shuffles.seek(learned.shuffles);
            self.n_steps = learned.n_steps;
            self.usual_norm = learned.usual_norm;
            self.slowdown = learned.slowdown;
            self.report.n_rollbacks = learned.n_rollbacks;
            if let (Some(mine), Some(round)) = (self.report.rounds.last_mut(), learned.round) {
                *mine = round;
            }
            self.take_parameters();
        }
        match &mut self.course {
            Some(course) => {
                course.proceed();
                true
            }
            None => false,
        }
    }

    /// The sampler draws with what was learned from here on.
    pub(super) fn take_parameters(&mut self) {
        let parameters = self.learner.parameters();
        self.mixture
            .flow_mut()
            .set_parameters(&parameters)
            .expect("a learner keeps its parameters finite");
    }

    /// Ends the training.
    fn conclude(&mut self, verdict: Verdict) {
        let gains = self.report.checks.last().is_some_and(Check::gains);
        self.report.verdict = match verdict {
            Verdict::FellBack => verdict,
            _ if gains => verdict,
            _ => Verdict::NoGain,
        };
        self.course = None;
    }

    /// The sampler and what happened.
    pub(crate) fn finish(mut self) -> (Mixture, TrainReport) {
        let share = match self.report.verdict {
            Verdict::Agreed | Verdict::AgreedAfterRetraining => self.settings.final_share,
            _ => 1.0,
        };
        self.mixture.set_share(share);
        (self.mixture, self.report)
    }

    /// What has happened so far.
    pub fn report(&self) -> &TrainReport {
        &self.report
    }

    /// Compares survey and flow, and looks for points that the flow leaves out.
    fn check(&mut self, target: Target<'_>, n: u64, crew: Crew<'_>) -> Option<Check> {
        let fresh = self.draw(target, n, RoundKind::Check, crew)?;
        let survey = self.report.survey;
        let error = survey.error.hypot(fresh.error);
        let pull = if error > 0.0 {
            (survey.mean - fresh.mean) / error
        } else {
            0.0
        };
        let densities = self.buffer.densities(self.mixture.flow());
        let (value, q) = (self.buffer.value(), self.buffer.q());
        let mixed = densities.iter().map(|&q| self.mixture.mixed(q));
        let points = value
            .iter()
            .zip(q)
            .zip(mixed)
            .map(|((&v, &q), m)| [v, q, m]);
        let check = crew.agree(Check {
            pull,
            agreement: self.settings.agreement,
            deviation: fresh.deviation,
            deviation_of_grid: survey.deviation,
            ..Check::stored(points, self.report.scale())
        });
        self.report.checks.push(check);
        Some(check)
    }

    /// Draws and evaluates points, from the grid alone for a survey; `None` if
    /// the crew was stopped.
    pub(super) fn draw(
        &mut self,
        target: Target<'_>,
        n: u64,
        kind: RoundKind,
        crew: Crew<'_>,
    ) -> Option<WeightSummary> {
        let n_batches = n.div_ceil(DRAW);
        let first = self.next_batch;
        let (mixture, seed, channel) = (&self.mixture, self.settings.seed, self.channel);
        let drawn: Vec<Drawn> = crew.map(n_batches as usize, |b| {
            let b = b as u64;
            let here = DRAW.min(n - b * DRAW) as usize;
            let mut stream = Stream::new(seed, Purpose::Train, channel, first + b);
            let (y, q) = if kind == RoundKind::Survey {
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
            Drawn {
                y,
                value,
                q,
                signed,
            }
        })?;
        self.next_batch += n_batches;
        self.buffer.begin_round(MOST_KEPT);
        let mut weights = Vec::with_capacity(n as usize);
        for part in &drawn {
            self.buffer.extend(&part.y, &part.value, &part.q);
            weights.extend_from_slice(&part.signed);
        }
        let summary = WeightSummary::of(&mut weights);
        self.report.n_points += n;
        self.report.rounds.push(RoundSummary {
            kind,
            weights: summary,
            ..Default::default()
        });
        Some(summary)
    }
}

#[cfg(test)]
mod tests {
    use super::super::learner::{Batch, Pace, PointLoss, Step};
    use super::*;
    use crate::sampler::density::Sampler;
    use crate::sampler::flow::FlowError;
    use crate::sampler::vegas::VegasSettings;

    fn grid(n_dim: usize) -> Vegas {
        Vegas::new(n_dim, VegasSettings::default())
    }

    fn small() -> TrainSettings {
        TrainSettings {
            n_points: 12_000,
            n_rounds: 4,
            replays: 4.0,
            batch_size: 256,
            warm_up: 20,
            ..Default::default()
        }
    }

    /// A ridge along the diagonal.
    fn ridge(batch: &SampleBatch) -> Vec<f64> {
        let both = batch.coordinate(0).iter().zip(batch.coordinate(1));
        both.map(|(x, y)| (-(x - y).powi(2) / 0.02).exp()).collect()
    }

    /// Fails at some steps, leaving broken parameters behind.
    struct Sabotaged {
        inner: Box<dyn Learner>,
        n_steps: usize,
        broken: bool,
    }

    impl Learner for Sabotaged {
        fn step(&mut self, batch: Batch<'_>, loss: PointLoss<'_>, pace: Pace) -> Step {
            self.n_steps += 1;
            if self.n_steps.is_multiple_of(50) || self.broken {
                self.broken = true;
                return Step {
                    loss: f64::NAN,
                    norm: 1.0,
                };
            }
            self.inner.step(batch, loss, pace)
        }
        fn save(&mut self) {
            self.inner.save();
        }
        fn roll_back(&mut self) {
            self.broken = false;
            self.inner.roll_back();
        }
        fn parameters(&self) -> Vec<f32> {
            self.inner.parameters()
        }
        fn state(&self) -> LearnerState {
            self.inner.state()
        }
        fn restore(&mut self, state: LearnerState) -> Result<(), FlowError> {
            self.inner.restore(state)
        }
    }

    #[test]
    fn bad_steps_are_taken_back_and_counted() {
        let mut trainer = Trainer::new(&grid(2), small(), 0).unwrap();
        let flow = trainer.mixture.flow().clone();
        let inner = learner(&flow, &crate::compute::Device::Cpu, Default::default()).unwrap();
        trainer.learner = Box::new(Sabotaged {
            inner,
            n_steps: 0,
            broken: false,
        });
        let (_, report) = trainer.run(&ridge);
        assert!(report.n_rollbacks >= 2, "{}", report.n_rollbacks);
        assert_eq!(report.verdict, Verdict::Agreed);
        let check = report.checks[0];
        assert!(check.deviation < 0.7 * check.deviation_of_grid, "{check:?}");
    }

    #[test]
    fn a_step_is_quiet_where_the_density_is_right() {
        let norm = |value: fn(f64) -> f64| {
            let mut trainer = Trainer::new(&grid(2), small(), 0).unwrap();
            let f = |batch: &SampleBatch| batch.coordinate(0).iter().map(|&x| value(x)).collect();
            trainer.survey(&f, 4000);
            let schedule = Schedule {
                peak: 1e-12,
                warm_up: 0,
                n_steps: 20,
                last: 1.0,
            };
            trainer.steps(0, 20, 2.0, &schedule);
            trainer.usual_norm
        };
        let (right, wrong) = (norm(|_| 1.0), norm(|x| 0.5 + x));
        assert!(right < 1e-4 && wrong > 0.03, "{right} {wrong}");
    }

    #[test]
    fn the_loss_is_balanced_as_far_as_points_matter() {
        let mut trainer = Trainer::new(&grid(2), small(), 0).unwrap();
        let quarter = |batch: &SampleBatch| {
            let x = batch.coordinate(0).iter();
            x.map(|&x| f64::from(u8::from(x < 0.25))).collect()
        };
        trainer.survey(&quarter, 10_000);
        assert!((trainer.balance(0) - 0.25).abs() < 0.02);
    }

    #[test]
    fn points_come_in_the_final_share_once_the_loss_changes() {
        let mut trainer = Trainer::new(&grid(2), small(), 0).unwrap();
        let (n_rounds, share) = (trainer.settings.n_rounds, trainer.settings.share);
        let last = trainer.settings.final_share;
        assert!(share > last);
        trainer.survey(&ridge, 2000);
        trainer.plan(10_000);
        let mut shares = vec![];
        while trainer.advance(&ridge) {
            shares.push(trainer.mixture.share());
        }
        // The survey, half of the rounds, and the other half; the check ends it.
        let mut expected = vec![share; 1 + n_rounds / 2];
        expected.resize(1 + n_rounds, last);
        assert_eq!(shares, expected);
        assert_eq!(trainer.finish().0.share(), last);
    }

    #[test]
    fn training_does_not_depend_on_threads() {
        let trained = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .unwrap();
            pool.install(|| Trainer::new(&grid(2), small(), 3).unwrap().run(&ridge))
        };
        assert_eq!(trained(1), trained(3));
    }

    #[test]
    fn a_flow_that_contradicts_the_survey_is_given_up() {
        // The function loses half of its region after the survey.
        let mut trainer = Trainer::new(&grid(2), small(), 0).unwrap();
        trainer.survey(&ridge, 5000);
        let half = |batch: &SampleBatch| {
            let values = ridge(batch).into_iter();
            let kept = values.zip(batch.coordinate(0));
            kept.map(|(f, &x)| if x < 0.5 { f } else { 0.0 }).collect()
        };
        let (mixture, report) = trainer.train(&half, 10_000);
        assert_eq!(report.verdict, Verdict::FellBack);
        assert_eq!(report.checks.len(), 2);
        assert!(report.checks[1].pull > 4.0, "{:?}", report.checks);
        assert_eq!(mixture.share(), 1.0);
        // What is left is the grid.
        let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
        let mut stream = Stream::new(1, Purpose::Test, 0, 0);
        mixture.sample(&mut stream, 100, &mut batch, &mut q);
        assert!(q.iter().all(|q| (q - 1.0).abs() < 1e-12));
    }

    /// A narrow peak on the diagonal.
    fn near(batch: &SampleBatch, at: f64) -> Vec<f64> {
        let both = batch.coordinate(0).iter().zip(batch.coordinate(1));
        let square = both.map(|(x, y)| (x - at).powi(2) + (y - at).powi(2));
        square.map(|r| (-r / 2e-4).exp()).collect()
    }

    fn one_peak(batch: &SampleBatch) -> Vec<f64> {
        near(batch, 0.25)
    }

    fn two_peaks(batch: &SampleBatch) -> Vec<f64> {
        let both = near(batch, 0.25).into_iter().zip(near(batch, 0.75));
        both.map(|(a, b)| a + b).collect()
    }

    #[test]
    fn a_peak_that_no_fresh_point_meets_is_missed() {
        let mut left = Trainer::new(&grid(2), small(), 0).unwrap();
        left.survey(&one_peak, 20_000);
        let mut trainer = Trainer::new(&grid(2), small(), 0).unwrap();
        trainer.survey(&two_peaks, 10_000);
        trainer.mixture = left.train(&one_peak, 100_000).0;
        trainer.mixture.set_share(0.01);
        let check = trainer.check(&two_peaks, 1000, Crew::alone()).unwrap();
        let unseen = check.gains() && check.pull.abs() < 4.0 && check.extreme_of_grid > 0.9;
        assert!(unseen && !check.passed(), "{check:?}");
    }

    #[test]
    fn a_flow_that_has_left_a_peak_is_trained_again() {
        let settings = TrainSettings {
            window: 1,
            ..small()
        };
        let mut trainer = Trainer::new(&grid(2), settings, 0).unwrap();
        trainer.survey(&two_peaks, 20_000);
        trainer.plan(100_000);
        let is_check = |t: &Trainer| t.course.as_ref().unwrap().stage() == Stage::Check;
        while !is_check(&trainer) {
            trainer.advance(&one_peak);
        }
        let n_before = trainer.report.n_points;
        trainer.advance(&two_peaks);
        // What was learned is forgotten, by flow and learner.
        let flow = trainer.mixture.flow();
        let densities = trainer.buffer.densities(flow);
        assert!(densities.iter().all(|q| (q - 1.0).abs() < 1e-4));
        assert_eq!(trainer.learner.parameters(), flow.parameters());
        while trainer.advance(&two_peaks) {}
        let (_, report) = trainer.finish();
        assert_eq!(report.verdict, Verdict::AgreedAfterRetraining);
        // The check and all rounds.
        assert!(report.n_points - n_before > 100_000);
        let [first, second] = report.checks[..] else {
            panic!("{:?}", report.checks);
        };
        assert!(!first.passed(), "{first:?}");
        assert!(
            second.deviation < 0.1 * second.deviation_of_grid,
            "{second:?}"
        );
        let last = report.rounds.last().unwrap().weights;
        let exact = 2.0 * std::f64::consts::PI * 2e-4;
        assert!((last.mean - exact).abs() < 4.0 * last.error && last.error < 0.02 * exact);
    }

    #[test]
    fn nothing_to_learn_leaves_the_grid() {
        let trainer = Trainer::new(&grid(2), small(), 0).unwrap();
        let zero = |batch: &SampleBatch| vec![0.0; batch.n_batch];
        let (mixture, report) = trainer.run(&zero);
        assert_eq!((mixture.share(), report.verdict), (1.0, Verdict::Empty));
        let trainer = Trainer::new(&grid(2), small(), 0).unwrap();
        let nan = |batch: &SampleBatch| vec![f64::NAN; batch.n_batch];
        assert_eq!(trainer.run(&nan).1.verdict, Verdict::Empty);
        let mut trainer = Trainer::new(&grid(2), small(), 0).unwrap();
        trainer.survey(&ridge, 1000);
        assert_eq!(trainer.train(&ridge, 50).1.verdict, Verdict::TooFewPoints);
    }
}
