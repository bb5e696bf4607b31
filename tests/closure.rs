//! Sampler integrals of known functions, and unweighted against exact shapes.
//!
//! Pull and error are both bounded: a wide error must not pass.

use std::cell::RefCell;
use std::f64::consts::PI;

use omnis::integrand::{ChannelBatch, Evaluation, Integrand, Want};
use omnis::integrate::{
    AcceptedPoint, AdaptSettings, Adapted, Control, GenerateSettings, Generated, Stage, Status,
    adapt, generate,
};
use omnis::sampler::SamplerKind;
use statrs::distribution::{ChiSquared, ContinuousCDF};
use statrs::function::erf::erf;

/// A function of one channel.
struct Function {
    n_dim: usize,
    f: fn(&[f64]) -> f64,
}

impl Integrand for Function {
    fn n_channels(&self) -> usize {
        1
    }
    fn n_dim(&self, _channel: usize) -> usize {
        self.n_dim
    }
    fn group(&self, _channel: usize) -> usize {
        0
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        let points = batch.points;
        out.set_values((0..points.n_batch).map(|k| (self.f)(&points.point(k))));
    }
}

fn sep8(x: &[f64]) -> f64 {
    x.iter().map(|x| 1.0 / (x + 0.01) / 101f64.ln()).product()
}

fn camel(x: &[f64]) -> f64 {
    let peak = |c: f64| (-x.iter().map(|x| (x - c).powi(2)).sum::<f64>() / 0.01).exp();
    let norm = (0.1 * PI.sqrt()).powi(-(x.len() as i32));
    0.5 * norm * (peak(1.0 / 3.0) + peak(2.0 / 3.0))
}

fn ring4(x: &[f64]) -> f64 {
    let r = x.iter().map(|x| (x - 0.5).powi(2)).sum::<f64>().sqrt();
    (-((r - 0.3) / 0.03).powi(2) / 2.0).exp()
}

fn ridge6(x: &[f64]) -> f64 {
    let a = (x[1] - x[0] * x[0]) / 0.02;
    let b = (x[3] - 0.5 - 0.4 * (2.0 * PI * x[2]).sin() * x[0]) / 0.04;
    (-0.5 * (a * a + b * b)).exp() * (1.0 + x[4] + x[5])
}

fn bwprod5(x: &[f64]) -> f64 {
    let (m, g) = (0.2, 0.004);
    let p = x[0] * x[1];
    let resonance = (m * g / PI) / ((p - m).powi(2) + (m * g).powi(2));
    let rest: f64 = x[2..].iter().map(|x| 1.0 / (x + 0.01)).product();
    resonance / (p + 1e-3) * rest
}

/// Integrates with `n` points and checks pull and relative error.
fn closes(n_dim: usize, f: fn(&[f64]) -> f64, exact: f64, n: u64, precision: f64) -> Adapted {
    closes_with(11, n_dim, f, exact, n, precision)
}

fn closes_with(
    seed: u64,
    n_dim: usize,
    f: fn(&[f64]) -> f64,
    exact: f64,
    n: u64,
    precision: f64,
) -> Adapted {
    let settings = AdaptSettings {
        seed,
        precision: 0.0,
        max_points: n,
        ..Default::default()
    };
    let adapted = adapt(&Function { n_dim, f }, &settings, &Control::silent()).unwrap();
    let total = &adapted.total;
    let pull = (total.xsec_pb - exact) / total.xsec_err_pb;
    assert!(pull.abs() < 4.0, "{total:?}: pull {pull}");
    assert!(total.relative_error() < precision, "{total:?}");
    assert!(total.p_value() > 1e-5, "{total:?}");
    assert!(adapted.n_points() <= n + 1000);
    adapted
}

#[test]
fn a_product_of_eight_peaks_becomes_almost_flat() {
    let adapted = closes(8, sep8, 1.0, 300_000, 1e-3);
    assert!(
        adapted.max_weights.efficiency > 0.7,
        "{}",
        adapted.max_weights.efficiency
    );
}

#[test]
fn two_peaks_in_four_dimensions_are_both_found() {
    let adapted = closes(4, camel, 0.999_995, 300_000, 1e-2);
    assert!(adapted.max_weights.efficiency > 0.05);
}

#[test]
fn two_peaks_in_eight_dimensions_are_both_found() {
    // The first points see one peak or the other, which one is chance.
    for seed in 0..20 {
        closes_with(seed, 8, camel, 0.999_990, 1_000_000, 0.05);
    }
}

#[test]
fn a_ring_in_four_dimensions_closes() {
    let adapted = closes(4, ring4, 0.041_280_2, 300_000, 5e-3);
    assert!(adapted.max_weights.efficiency > 0.1);
}

#[test]
fn curved_ridges_close() {
    closes(6, ridge6, 0.009_428_03, 500_000, 5e-2);
}

#[test]
fn a_resonance_in_a_product_of_variables_closes() {
    closes(5, bwprod5, 803.114, 500_000, 5e-2);
}

#[test]
fn the_flat_sampler_agrees_and_is_worse() {
    let settings = |sampler| AdaptSettings {
        seed: 12,
        precision: 0.0,
        max_points: 100_000,
        sampler,
        ..Default::default()
    };
    let f = Function { n_dim: 4, f: ring4 };
    let flat = adapt(&f, &settings(SamplerKind::Uniform), &Control::silent()).unwrap();
    let grid = adapt(&f, &settings(SamplerKind::Vegas), &Control::silent()).unwrap();
    let error = flat.total.xsec_err_pb.hypot(grid.total.xsec_err_pb);
    assert!(((flat.total.xsec_pb - grid.total.xsec_pb) / error).abs() < 4.0);
    assert!(flat.max_weights.efficiency < 0.5 * grid.max_weights.efficiency);
}

/// Channels alike, of integral 1 each, half of which lies where the sum of the
/// coordinates is just above a half or whole number: in a part `RARE` of the hypercube
/// that no grid can follow.
struct RarePeaks {
    n_channels: usize,
}

const RARE: f64 = 0.005;

impl Integrand for RarePeaks {
    fn n_channels(&self) -> usize {
        self.n_channels
    }
    fn n_dim(&self, _channel: usize) -> usize {
        3
    }
    fn group(&self, _channel: usize) -> usize {
        0
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        let value = |k| {
            let sum: f64 = batch.points.point(k).iter().sum();
            let peak = if (2.0 * sum).fract() < RARE {
                0.5 / RARE
            } else {
                0.0
            };
            0.5 + peak
        };
        out.set_values((0..batch.points.n_batch).map(value));
    }
}

/// Mean, error of the mean and width of the pulls, and the mean of the values relative
/// to the truth with its error.
fn pulls(integrand: &RarePeaks, precision: f64, n_seeds: u64) -> [f64; 5] {
    let truth = integrand.n_channels as f64;
    let results = (0..n_seeds).map(|seed| {
        let settings = AdaptSettings {
            seed,
            precision,
            ..Default::default()
        };
        let total = adapt(integrand, &settings, &Control::silent())
            .unwrap()
            .total;
        assert!(total.relative_error() <= precision, "{total:?}");
        (
            total.xsec_pb / truth - 1.0,
            (total.xsec_pb - truth) / total.xsec_err_pb,
        )
    });
    let (values, pulls): (Vec<f64>, Vec<f64>) = results.unzip();
    let moments = |x: &[f64]| {
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let square = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, (square / n).sqrt(), square.sqrt())
    };
    let ((value, value_error, _), (pull, pull_error, width)) = (moments(&values), moments(&pulls));
    [pull, pull_error, width, value, value_error]
}

#[test]
fn rare_peaks_are_neither_missed_nor_trusted_too_early() {
    for (n_channels, precision) in [(1, 0.05), (1, 0.02), (10, 0.05)] {
        let [pull, pull_error, width, value, value_error] =
            pulls(&RarePeaks { n_channels }, precision, 200);
        let found = format!(
            "{n_channels} channels at {precision}: pull {pull} +- {pull_error}, width {width}, value {value} +- {value_error}"
        );
        assert!(value.abs() < 3.0 * value_error, "{found}");
        assert!(pull.abs() < 0.12 + 2.0 * pull_error, "{found}");
        assert!((0.8..1.2).contains(&width), "{found}");
        assert!(value_error < 0.1 * precision, "{found}");
    }
}

/// `f(x, y) = g(x) + g(y)`, a narrow line in either variable, split into two
/// channels by `alpha_1 = g(x)/(g(x) + g(y))`; channel 1 has an extra dimension
/// that nothing depends on.
struct TwoLines;

const CENTRE: f64 = 0.4;
const WIDTH: f64 = 0.02;

fn line(x: f64) -> f64 {
    (-((x - CENTRE) / WIDTH).powi(2) / 2.0).exp()
}

/// Integral of `line` from `a` to `b`.
fn line_integral(a: f64, b: f64) -> f64 {
    let z = |x: f64| erf((x - CENTRE) / WIDTH / 2f64.sqrt());
    WIDTH * (PI / 2.0).sqrt() * (z(b) - z(a))
}

impl Integrand for TwoLines {
    fn n_channels(&self) -> usize {
        2
    }
    fn n_dim(&self, channel: usize) -> usize {
        2 + channel
    }
    fn group(&self, _channel: usize) -> usize {
        7
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        let points = batch.points;
        let both = points.coordinate(0).iter().zip(points.coordinate(1));
        let lines = |(x, y): (&f64, &f64)| [line(*x), 3.0 * line(*y)];
        out.set_values(both.clone().map(lines).map(|f| f[0] + f[1]));
        out.alpha.clear();
        let alpha = |f: [f64; 2]| f[batch.channel] / (f[0] + f[1]).max(1e-300);
        out.alpha.extend(both.map(lines).map(alpha));
    }
}

fn sample(
    integrand: &dyn Integrand,
    adapted: &Adapted,
    n: u64,
    seed: u64,
) -> (Generated, Vec<AcceptedPoint>) {
    let settings = GenerateSettings {
        n_events: n,
        seed,
        ..Default::default()
    };
    let mut events = Vec::new();
    let made = generate(
        integrand,
        adapted,
        &settings,
        &Control::silent(),
        &mut |e| {
            events.extend_from_slice(e);
            Ok(())
        },
    )
    .unwrap();
    (made, events)
}

#[test]
fn events_of_two_channels_follow_the_exact_distribution() {
    // Overweights on purpose: a fifth of them would be visible as a bias.
    let settings = AdaptSettings {
        seed: 5,
        overweight_share: 0.05,
        planned_events: 20_000,
        ..Default::default()
    };
    let adapted = adapt(&TwoLines, &settings, &Control::silent()).unwrap();
    let exact = 4.0 * line_integral(0.0, 1.0);
    let (made, events) = sample(&TwoLines, &adapted, 20_000, 6);
    assert_eq!(events.len(), 20_000);
    assert!(made.report.n_overweight > 100, "{:?}", made.report);

    // Cross section: from all trials, and as the mean of the event weights.
    let pull = (made.total.xsec_pb - exact) / made.total.xsec_err_pb;
    assert!(pull.abs() < 4.0, "{:?}: pull {pull}", made.total);
    assert!(made.total.relative_error() < 5e-3);
    assert!(made.total.xsec_err_pb < adapted.total.xsec_err_pb);
    let mean = events.iter().map(|e| e.weight_pb).sum::<f64>() / 20_000.0;
    assert!((mean / exact - 1.0).abs() < 0.02, "{mean} vs {exact}");
    assert_eq!((made.groups.len(), made.groups[0].group), (1, 7));
    assert!((made.unit_weight_pb * made.report.mean_weight - made.total.xsec_pb).abs() < 1e-12);

    // Shape in x: flat 3/4 and a line 1/4.
    let n_bins = 40;
    let (mut sum, mut sum2) = (vec![0.0; n_bins], vec![0.0; n_bins]);
    for event in &events {
        let k = (event.u[0] * n_bins as f64) as usize;
        sum[k] += event.relative_weight;
        sum2[k] += event.relative_weight.powi(2);
    }
    let total: f64 = sum.iter().sum();
    let chi2: f64 = (0..n_bins)
        .map(|k| {
            let (a, b) = (k as f64 / n_bins as f64, (k + 1) as f64 / n_bins as f64);
            let share = 0.75 * (b - a) + 0.25 * line_integral(a, b) / line_integral(0.0, 1.0);
            (sum[k] - share * total).powi(2) / sum2[k]
        })
        .sum();
    let p = ChiSquared::new((n_bins - 1) as f64).unwrap().sf(chi2);
    assert!(p > 1e-4, "chi2 = {chi2}, p = {p}");

    // Channels hold 1/4 and 3/4, in random order.
    let first = |events: &[AcceptedPoint]| -> f64 {
        let in_first = events.iter().filter(|e| e.channel == 0);
        in_first.map(|e| e.relative_weight).sum::<f64>()
            / events.iter().map(|e| e.relative_weight).sum::<f64>()
    };
    assert!((first(&events) - 0.25).abs() < 0.016, "{}", first(&events));
    assert!((first(&events[..2000]) - 0.25).abs() < 0.05);
    assert!(events.iter().enumerate().all(|(k, e)| e.index == k as u64));
    assert!(events.iter().all(|e| e.u.len() == 2 + e.channel));
}

#[test]
fn a_simple_integrand_reaches_half_a_percent_cheaply() {
    let adapted = adapt(&TwoLines, &AdaptSettings::default(), &Control::silent()).unwrap();
    assert!(adapted.total.relative_error() <= 5e-3);
    assert!(adapted.n_points() < 60_000, "{}", adapted.n_points());
}

#[test]
fn pulls_of_many_seeds_are_standard_normal() {
    let exact = 4.0 * line_integral(0.0, 1.0);
    let n_seeds = 100;
    let pulls: Vec<f64> = (0..n_seeds)
        .map(|seed| {
            let settings = AdaptSettings {
                seed,
                precision: 0.02,
                max_points: 50_000,
                ..Default::default()
            };
            let adapted = adapt(&TwoLines, &settings, &Control::silent()).unwrap();
            let (made, _) = sample(&TwoLines, &adapted, 500, seed);
            (made.total.xsec_pb - exact) / made.total.xsec_err_pb
        })
        .collect();
    let n = n_seeds as f64;
    let mean = pulls.iter().sum::<f64>() / n;
    assert!(mean.abs() * n.sqrt() < 4.0, "mean pull {mean}");
    let chi2: f64 = pulls.iter().map(|p| p * p).sum();
    let p = ChiSquared::new(n).unwrap().sf(chi2);
    assert!(p > 1e-4 && p < 1.0 - 1e-4, "chi2 = {chi2} for {n_seeds}");
}

/// What is said of the way that is left holds: the points of a stage add up to those that were
/// foreseen, but for the adaptation, which foresees anew with every iteration.
#[test]
fn points_that_are_lacking_are_those_that_come() {
    let seen = RefCell::new(Vec::new());
    let hear = |status: &Status| seen.borrow_mut().push(*status);
    let control = Control {
        progress: &hear,
        ..Control::silent()
    };
    let settings = AdaptSettings {
        precision: 0.002,
        max_points: 2_000_000,
        planned_events: 100_000,
        batch_size: 64,
        ..AdaptSettings::default()
    };
    let camel4 = Function { n_dim: 4, f: camel };
    let adapted = adapt(&camel4, &settings, &control).unwrap();
    let seen = seen.into_inner();
    for stage in [Stage::Survey, Stage::Adapt, Stage::Integrate] {
        let of: Vec<&Status> = seen.iter().filter(|s| s.stage == stage).collect();
        assert!(!of.is_empty(), "{stage:?}");
        let told = |s: &Status| s.n_points + s.points_left.unwrap();
        let end = of[of.len() - 1];
        for two in of.windows(2) {
            assert!((0.0..=1.0).contains(&two[1].done), "{two:?}");
            let same_iteration = two[0].xsec_pb == two[1].xsec_pb;
            if stage != Stage::Adapt || same_iteration {
                assert_eq!(told(two[0]), told(two[1]), "{two:?}");
                assert!(two[0].done < two[1].done, "{two:?}");
            }
        }
        if stage != Stage::Adapt {
            assert_eq!((end.done, end.points_left), (1.0, Some(0)), "{stage:?}");
        }
    }
    assert_eq!(adapted.n_points(), seen[seen.len() - 1].n_points);
}
