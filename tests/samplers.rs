//! The choice between grids and flows in an integration: what is asked for is
//! done, what does not pay is left alone, and the integral stays the same.

use omnis::integrand::{ChannelBatch, Evaluation, Integrand, Want};
use omnis::integrate::{
    AdaptSettings, Adapted, Control, GenerateSettings, SamplerReason, adapt, generate,
};
use omnis::sampler::SamplerKind;

/// Two channels: a narrow ridge along the diagonal, on which a grid is poor, and
/// a product, on which it is nearly perfect; a coordinate of the first is a choice.
struct Ridge {
    cost_ns: f64,
}

const WIDTH: f64 = 0.03;

fn ridge(x: &[f64]) -> f64 {
    let choice = if x[3] < 0.5 { 0.4 } else { 1.6 };
    choice * (-0.5 * ((x[0] - x[1]) / WIDTH).powi(2)).exp() * (0.5 + x[2])
}

impl Integrand for Ridge {
    fn n_channels(&self) -> usize {
        2
    }
    fn n_dim(&self, channel: usize) -> usize {
        if channel == 0 { 4 } else { 2 }
    }
    fn group(&self, channel: usize) -> usize {
        channel
    }
    fn cost_ns(&self, _channel: usize) -> f64 {
        self.cost_ns
    }
    fn cells(&self, channel: usize) -> Vec<(usize, usize)> {
        if channel == 0 { vec![(3, 2)] } else { vec![] }
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        let f = |x: Vec<f64>| match batch.channel {
            0 => ridge(&x),
            _ => 0.4 * x[0] * x[1],
        };
        let points = batch.points;
        out.set_values((0..points.n_batch).map(|k| f(points.point(k))));
    }
}

/// The ridge has the integral of a Gaussian band of the unit square.
fn exact() -> f64 {
    let s = WIDTH;
    // ∫∫ exp(-(x-y)^2/2s^2) = s sqrt(2 pi) erf(1/(s sqrt 2)) - 2 s^2 (1 - exp(-1/2s^2))
    s * (2.0 * std::f64::consts::PI).sqrt() - 2.0 * s * s + 0.1
}

fn adapted(kind: SamplerKind, planned_events: u64, cost_ns: f64) -> Adapted {
    let settings = AdaptSettings {
        sampler: kind,
        planned_events,
        precision: 2e-3,
        seed: 11,
        ..AdaptSettings::default()
    };
    adapt(&Ridge { cost_ns }, &settings, &Control::silent()).expect("an integral")
}

fn closes(adapted: &Adapted) {
    let pull = (adapted.total.xsec_pb - exact()) / adapted.total.xsec_err_pb;
    assert!(pull.abs() < 4.0, "{pull}: {:?}", adapted.total);
    assert!(adapted.total.relative_error() < 2.2e-3);
    assert!(adapted.total.p_value() > 1e-4, "{:?}", adapted.total);
}

#[test]
fn flows_replace_grids_where_they_are_better_and_nowhere_else() {
    let grids = adapted(SamplerKind::Vegas, 100_000, 1000.0);
    let flows = adapted(SamplerKind::Flow, 100_000, 1000.0);
    closes(&grids);
    closes(&flows);
    assert!(grids.training.is_empty());
    assert_eq!(flows.training.len(), 2, "{:?}", flows.training);
    assert_eq!(flows.training[0].reason, SamplerReason::FlowPays);
    let kinds: Vec<&str> = (flows.channels.iter())
        .map(|c| c.sampler.density_of().kind())
        .collect();
    assert_eq!(kinds, ["flow", "vegas"]);
    let (before, after) = (grids.max_weights.efficiency, flows.max_weights.efficiency);
    assert!(after > 2.0 * before, "{before} -> {after}");
    let training = flows.training[0].report.as_ref().expect("a training");
    assert!(training.rounds.len() > 3);
    assert!(flows.n_points() > training.n_points);

    // What is stored draws the same events.
    let settings = GenerateSettings {
        n_events: 3000,
        ..GenerateSettings::default()
    };
    let events = |state: &Adapted| {
        let mut points = vec![];
        let integrand = Ridge { cost_ns: 1000.0 };
        generate(&integrand, state, &settings, &Control::silent(), &mut |p| {
            points.extend_from_slice(p);
            Ok(())
        })
        .expect("events");
        points
    };
    let text = serde_json::to_string(&flows).expect("JSON");
    let stored: Adapted = serde_json::from_str(&text).expect("the same type");
    assert_eq!(events(&flows), events(&stored));
}

#[test]
fn a_training_is_as_long_as_it_was_asked_to_be() {
    let points = |training: f64| {
        let settings = AdaptSettings {
            sampler: SamplerKind::Flow,
            planned_events: 1000,
            training,
            ..AdaptSettings::default()
        };
        let adapted = adapt(&Ridge { cost_ns: 10.0 }, &settings, &Control::silent());
        let adapted = adapted.expect("an integral");
        let report = adapted.training[0].report.as_ref().expect("a training");
        report.n_points as f64
    };
    let (long, short) = (points(0.2), points(0.1));
    assert!((short / long - 0.5).abs() < 1e-3, "{short} {long}");
}

#[test]
fn auto_trains_if_there_is_enough_to_save() {
    let few = adapted(SamplerKind::Auto, 2000, 10.0);
    assert!(
        few.training.iter().all(|t| t.report.is_none()),
        "{:?}",
        few.training
    );
    closes(&few);
    let many = adapted(SamplerKind::Auto, 400_000, 100_000.0);
    assert_eq!(many.training[0].reason, SamplerReason::FlowPays);
    closes(&many);
}

#[test]
fn trainings_leave_points_for_the_integration() {
    let settings = AdaptSettings {
        sampler: SamplerKind::Flow,
        precision: 0.02,
        max_points: 20_000,
        planned_events: 10_000,
        ..Default::default()
    };
    let total = adapt(&Ridge { cost_ns: 1000.0 }, &settings, &Control::silent())
        .expect("an integral")
        .total;
    assert!((total.xsec_pb - exact()).abs() < 4.0 * total.xsec_err_pb);
    assert!(total.relative_error() < 0.03, "{total:?}");
}

#[test]
fn training_does_not_depend_on_threads() {
    let on = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .expect("threads");
        pool.install(|| adapted(SamplerKind::Flow, 10_000, 1000.0))
    };
    assert_eq!(on(1), on(3));
}
