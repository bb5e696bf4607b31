//! Flows that were trained on known integrands: closure, quality, both peaks.
//!
//! Pull and error are both bounded: a wide error must not pass.

#[path = "../examples/common/integrands.rs"]
mod integrands;

use integrands::{ALL, Known};
use omnis::integrand::{ChannelBatch, Evaluation, Integrand, SampleBatch, Want};
use omnis::rng::{Purpose, Stream};
use omnis::sampler::train::{
    ChannelTask, TrainReport, TrainSettings, Trainer, Verdict, WeightSummary, survey_grid,
    train_channels,
};
use omnis::sampler::{FlowSettings, Mixture, Sampler, Vegas, VegasSettings};

/// A survey and a short training.
fn trained(known: &Known, n_survey: u64, settings: TrainSettings) -> (Mixture, TrainReport) {
    let target = |batch: &SampleBatch| known.values(batch);
    let grid = survey_grid(
        &target,
        known.n_dim,
        &VegasSettings::default(),
        n_survey,
        8,
        settings.seed,
        0,
    );
    Trainer::new(&grid, settings, 0).unwrap().run(&target)
}

/// Weights of fresh points.
fn fresh(
    sampler: &impl Sampler,
    f: impl Fn(&SampleBatch) -> Vec<f64>,
    n: usize,
) -> (SampleBatch, Vec<f64>) {
    let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
    let mut stream = Stream::new(17, Purpose::Test, 0, 0);
    sampler.sample(&mut stream, n, &mut batch, &mut q);
    let weights = f(&batch).iter().zip(&q).map(|(f, q)| f / q).collect();
    (batch, weights)
}

#[test]
fn both_peaks_are_kept_in_eight_dimensions() {
    let known = ALL.iter().find(|k| k.name == "camel8").unwrap();
    let settings = TrainSettings {
        n_points: 250_000,
        survey_part: 0.25,
        n_rounds: 10,
        seed: 3,
        ..Default::default()
    };
    let (mixture, report) = trained(known, 150_000, settings);
    assert_eq!(report.verdict, Verdict::Agreed, "{:?}", report.checks);
    let (batch, weights) = fresh(&mixture, |b| known.values(b), 100_000);
    let n = weights.len() as f64;
    let below = |k: usize| (0..8).filter(|&j| batch.coordinate(j)[k] < 0.5).count() > 4;
    let near = |low: bool| -> (f64, f64) {
        let part: Vec<f64> = (0..weights.len())
            .map(|k| if below(k) == low { weights[k] } else { 0.0 })
            .collect();
        let mean = part.iter().sum::<f64>() / n;
        let variance = part.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / n;
        (mean, (variance / n).sqrt())
    };
    for low in [true, false] {
        let (integral, error) = near(low);
        assert!(error < 0.01, "{error}");
        assert!(
            (integral - 0.5).abs() < 4.0 * error,
            "{integral} +- {error}"
        );
    }
}

#[test]
fn known_integrals_close() {
    for known in ALL.iter().filter(|k| k.name != "camel8") {
        let settings = TrainSettings {
            n_points: 60_000,
            n_rounds: 6,
            seed: 5,
            ..Default::default()
        };
        let (mixture, report) = trained(known, 40_000, settings);
        assert_ne!(report.verdict, Verdict::FellBack, "{report:?}");
        let (_, mut weights) = fresh(&mixture, |b| known.values(b), 50_000);
        let summary = WeightSummary::of(&mut weights);
        let pull = (summary.mean - known.integral) / summary.error;
        assert!(pull.abs() < 4.0, "{}: pull {pull}", known.name);
        let relative = summary.error / summary.mean;
        assert!(relative < 0.02, "{}: {relative}", known.name);
        assert!(
            summary.deviation < 0.7 * report.survey.deviation || known.name == "sep8",
            "{}: {} after {}",
            known.name,
            summary.deviation,
            report.survey.deviation
        );
    }
}

/// A peak whose place depends on a discrete dimension of three cells.
fn with_cells(batch: &SampleBatch) -> Vec<f64> {
    let points = batch.coordinate(0).iter().zip(batch.coordinate(1));
    points
        .map(|(x, c)| {
            let (at, height) = [(0.2, 1.0), (0.5, 5.0), (0.9, 2.0)][(c * 3.0) as usize];
            height * (-((x - at) / 0.05).powi(2)).exp()
        })
        .collect()
}

#[test]
fn cells_of_a_discrete_dimension_are_learned() {
    let grid = survey_grid(&with_cells, 2, &VegasSettings::default(), 20_000, 6, 1, 0);
    let settings = TrainSettings {
        flow: FlowSettings {
            cells: vec![(1, 3)],
            ..Default::default()
        },
        n_points: 100_000,
        n_rounds: 8,
        seed: 1,
        ..Default::default()
    };
    let (mixture, report) = Trainer::new(&grid, settings, 0).unwrap().run(&with_cells);
    assert_eq!(report.verdict, Verdict::Agreed);
    let (_, mut weights) = fresh(&mixture, with_cells, 20_000);
    let summary = WeightSummary::of(&mut weights);
    let exact = 0.05 * std::f64::consts::PI.sqrt() * (1.0 + 5.0 + 2.0) / 3.0;
    // The last peak is cut off at 1 a little: erfc(2) / 2 of it.
    let exact = exact - 0.05 * std::f64::consts::PI.sqrt() * 2.0 / 3.0 * 0.002_338_867;
    let pull = (summary.mean - exact) / summary.error;
    assert!(pull.abs() < 4.0, "pull {pull}");
    assert!(
        summary.deviation < 0.35 && report.survey.deviation > 0.9,
        "{} after {}",
        summary.deviation,
        report.survey.deviation
    );
}

/// Two channels of one integral, the second a hundred times smaller.
struct TwoChannels;

impl Integrand for TwoChannels {
    fn n_channels(&self) -> usize {
        2
    }
    fn n_dim(&self, _channel: usize) -> usize {
        2
    }
    fn group(&self, _channel: usize) -> usize {
        0
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        let points = batch.points;
        let points = points.coordinate(0).iter().zip(points.coordinate(1));
        let size = if batch.channel == 0 { 1.0 } else { 0.01 };
        out.set_values(points.map(|(x, y)| size * (-(x - y).powi(2) / 0.01).exp()));
        out.alpha.fill(0.5);
    }
}

#[test]
fn channels_share_a_budget_by_what_they_add_to_the_error() {
    let grid = Vegas::new(2, VegasSettings::default());
    let tasks: Vec<ChannelTask> = (0..2)
        .map(|channel| ChannelTask {
            channel,
            grid: &grid,
            cells: Vec::new(),
        })
        .collect();
    let settings = TrainSettings {
        n_points: 40_000,
        n_rounds: 4,
        ..Default::default()
    };
    let trained = train_channels(&TwoChannels, &tasks, &settings).unwrap();
    assert_eq!(trained[0].report.verdict, Verdict::Agreed);
    assert_eq!(trained[1].report.verdict, Verdict::TooFewPoints);
    let spent: u64 = trained.iter().map(|t| t.report.n_points).sum();
    assert!(spent <= 40_000 && spent > 38_000, "{spent}");
    assert!(trained[0].report.checks[0].deviation < 0.5);
}

/// The same training through burn.
#[cfg(feature = "burn")]
#[test]
fn burn_trains_as_the_fused_loop_does() {
    use omnis::sampler::train::Engine;
    let ring = Known {
        name: "ring2",
        n_dim: 2,
        integral: 0.141_746_5,
        f: |x| {
            let r = x.iter().map(|x| (x - 0.5).powi(2)).sum::<f64>().sqrt();
            (-((r - 0.3) / 0.03).powi(2) / 2.0).exp()
        },
    };
    let deviation = |engine: Engine| {
        let settings = TrainSettings {
            n_points: 30_000,
            n_rounds: 5,
            engine,
            ..Default::default()
        };
        let (mixture, report) = trained(&ring, 10_000, settings);
        assert_eq!(report.verdict, Verdict::Agreed);
        let (_, mut weights) = fresh(&mixture, |b| ring.values(b), 20_000);
        let summary = WeightSummary::of(&mut weights);
        let pull = (summary.mean - ring.integral) / summary.error;
        assert!(pull.abs() < 4.0, "pull {pull}");
        (summary.deviation, report.survey.deviation)
    };
    let (burn, before) = deviation(Engine::Burn);
    let (fused, _) = deviation(Engine::Auto);
    assert!(burn < 0.6 * before, "{burn} after {before}");
    assert!((burn / fused - 1.0).abs() < 0.5, "{burn} and {fused}");
}
