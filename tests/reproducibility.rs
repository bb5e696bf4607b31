//! One thread and many, stored and kept in memory: the same numbers.

use omnis::integrand::{ChannelBatch, Evaluation, Integrand, Want};
use omnis::integrate::{
    AcceptedPoint, AdaptSettings, Adapted, Control, GenerateSettings, GenerateState, Generated,
    IntegrateError, Progress, Stage, Status, StopReason, adapt, generate, generate_blocks,
};
use std::ops::{ControlFlow, Range};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Three channels: a peak, its negative shoulder, and one that is always zero;
/// some points are not finite.
struct Mixed;

impl Integrand for Mixed {
    fn n_channels(&self) -> usize {
        3
    }
    fn n_dim(&self, channel: usize) -> usize {
        3 - channel
    }
    fn group(&self, channel: usize) -> usize {
        channel / 2
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        let x = batch.points.coordinate(0);
        match batch.channel {
            0 => out.set_values(x.iter().map(|&x| match x {
                // Where the grid goes, so that trials for events meet it too.
                0.499..0.501 => f64::NAN,
                _ => (-100.0 * (x - 0.5).powi(2)).exp(),
            })),
            1 => out.set_values(x.iter().map(|x| 0.1 * (x - 0.2))),
            _ => out.begin(x.len()),
        }
    }
}

fn settings() -> AdaptSettings {
    AdaptSettings {
        seed: 3,
        batch_size: 100,
        precision: 0.01,
        ..Default::default()
    }
}

fn run(n_threads: usize) -> (Adapted, Generated, Vec<AcceptedPoint>) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build()
        .unwrap();
    pool.install(|| {
        let adapted = adapt(&Mixed, &settings(), &Control::silent()).unwrap();
        let (made, events) = events(&adapted, 3000);
        (adapted, made, events)
    })
}

fn events(adapted: &Adapted, n_events: u64) -> (Generated, Vec<AcceptedPoint>) {
    range(adapted, 0..n_events)
}

fn range(adapted: &Adapted, range: Range<u64>) -> (Generated, Vec<AcceptedPoint>) {
    let settings = GenerateSettings {
        first: range.start,
        n_events: range.end - range.start,
        batch_size: 100,
        seed: 4,
    };
    let mut events = Vec::new();
    let made = generate(&Mixed, adapted, &settings, &Control::silent(), &mut |e| {
        events.extend_from_slice(e);
        Ok(())
    })
    .unwrap();
    (made, events)
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

#[test]
fn a_stored_state_gives_the_same_events() {
    let (adapted, made, events_before) = run(2);
    let text = serde_json::to_string(&adapted).unwrap();
    let back: Adapted = serde_json::from_str(&text).unwrap();
    assert_eq!(back, adapted);
    assert_eq!(events(&back, 3000), (made, events_before));
}

#[test]
fn a_range_is_a_part_of_the_whole() {
    let (adapted, _, whole) = run(2);
    for part in [0..1, 0..1024, 0..1500, 1000..1100, 1024..3000, 2047..2049] {
        let (made, found) = range(&adapted, part.clone());
        assert_eq!(made.report.n_events, part.end - part.start);
        assert_eq!(found, whole[part.start as usize..part.end as usize]);
    }
}

#[test]
fn a_resumed_generation_ends_where_an_undisturbed_one_does() {
    let (adapted, made, whole) = run(2);
    let settings = GenerateSettings {
        n_events: 3000,
        batch_size: 100,
        seed: 4,
        ..Default::default()
    };
    // Stops after every block and goes on from what was stored.
    let mut stored = serde_json::to_string(&GenerateState::default()).unwrap();
    let mut found: Vec<AcceptedPoint> = Vec::new();
    let mut n_runs = 0;
    while (found.len() as u64) < settings.n_events {
        let mut deliver = |points: Vec<AcceptedPoint>, state: &GenerateState| {
            found.extend(points);
            assert_eq!(state.n_done(), found.len() as u64);
            Ok(ControlFlow::Break(()))
        };
        let state = generate_blocks(
            &Mixed,
            &adapted,
            &settings,
            serde_json::from_str(&stored).unwrap(),
            &Control::silent(),
            &|points| points,
            &mut deliver,
        )
        .unwrap();
        stored = serde_json::to_string(&state).unwrap();
        n_runs += 1;
    }
    assert_eq!(n_runs, 3);
    assert_eq!(found, whole);
    let state: GenerateState = serde_json::from_str(&stored).unwrap();
    assert_eq!(state.summary(&adapted), made);
}

#[test]
fn a_stored_state_of_another_run_is_refused() {
    let (adapted, ..) = run(1);
    let settings = GenerateSettings {
        n_events: 2000,
        ..Default::default()
    };
    let go_on = |settings: &GenerateSettings, state| {
        generate_blocks(
            &Mixed,
            &adapted,
            settings,
            state,
            &Control::silent(),
            &|points| points,
            &mut |_, _| Ok(ControlFlow::Continue(())),
        )
    };
    let state = go_on(&settings, GenerateState::default()).unwrap();
    assert_eq!(go_on(&settings, state.clone()).unwrap(), state);
    let more = GenerateSettings {
        n_events: 3000,
        ..Default::default()
    };
    let error = go_on(&more, state).unwrap_err();
    assert!(matches!(error, IntegrateError::Mismatch { .. }), "{error}");
}

#[test]
fn non_finite_points_and_zero_channels_are_counted() {
    let (adapted, made, events) = run(2);
    assert!(adapted.n_non_finite() > 0 && made.n_non_finite > 0);
    assert!(adapted.total.xsec_pb.is_finite());
    assert_eq!(adapted.dead_channels(), vec![2]);
    assert!(adapted.n_cut() >= 10_000);
    assert_eq!(adapted.groups().len(), 2);
    assert_eq!(made.events_per_channel[2], 0);
    // Negative weights keep their sign.
    let negative = events.iter().filter(|e| e.relative_weight < 0.0);
    assert!(negative.clone().count() > 0);
    assert!(negative.clone().all(|e| e.channel == 1 && e.u[0] < 0.2));
    let exact = 0.99 * 0.177_245_385 + 0.03;
    let pull = (made.total.xsec_pb - exact) / made.total.xsec_err_pb;
    assert!(pull.abs() < 4.0, "{:?}", made.total);
}

/// Zero everywhere.
struct Nothing;

impl Integrand for Nothing {
    fn n_channels(&self) -> usize {
        1
    }
    fn n_dim(&self, _channel: usize) -> usize {
        2
    }
    fn group(&self, _channel: usize) -> usize {
        0
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        out.begin(batch.points.n_batch);
    }
}

#[test]
fn a_zero_integral_is_a_result_and_says_how_much_was_cut() {
    let adapted = adapt(&Nothing, &AdaptSettings::default(), &Control::silent()).unwrap();
    assert_eq!(adapted.stopped, StopReason::Zero);
    assert_eq!(adapted.total.xsec_pb, 0.0);
    assert!(adapted.n_points() >= 100_000);
    assert_eq!(adapted.n_cut(), adapted.n_points());
    let error = generate(
        &Nothing,
        &adapted,
        &GenerateSettings::default(),
        &Control::silent(),
        &mut |_| Ok(()),
    )
    .unwrap_err();
    assert!(matches!(error, IntegrateError::NoCrossSection { .. }));
}

#[test]
fn another_integrand_is_refused() {
    let adapted = adapt(&Mixed, &settings(), &Control::silent()).unwrap();
    let error = generate(
        &Nothing,
        &adapted,
        &GenerateSettings::default(),
        &Control::silent(),
        &mut |_| Ok(()),
    )
    .unwrap_err();
    assert!(matches!(error, IntegrateError::Mismatch { .. }), "{error}");
}

#[test]
fn a_raised_flag_cancels_and_a_failing_sink_is_reported() {
    let cancel = AtomicBool::new(false);
    let stop_in_generation = |status: &Status| {
        if status.stage == Stage::Generate {
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let control = Control {
        progress: &stop_in_generation,
        cancel: &cancel,
    };
    let adapted = adapt(&Mixed, &settings(), &control).unwrap();
    let many = GenerateSettings {
        n_events: 1_000_000,
        ..Default::default()
    };
    let error = generate(&Mixed, &adapted, &many, &control, &mut |_| Ok(())).unwrap_err();
    assert!(matches!(error, IntegrateError::Cancelled { .. }));
    let error = adapt(&Mixed, &settings(), &control).unwrap_err();
    assert!(matches!(error, IntegrateError::Cancelled { n_points: 0 }));
    let error = generate(
        &Mixed,
        &adapted,
        &GenerateSettings::default(),
        &Control::silent(),
        &mut |_| Err("disk full".into()),
    )
    .unwrap_err();
    assert!(error.to_string().contains("disk full"));
}

/// Remembers what it was told.
#[derive(Default)]
struct Memory(Mutex<Vec<Status>>);

impl Progress for Memory {
    fn update(&self, status: &Status) {
        self.0.lock().unwrap().push(*status);
    }
}

#[test]
fn progress_grows_within_each_stage() {
    let memory = Memory::default();
    let control = Control {
        progress: &memory,
        ..Control::silent()
    };
    let adapted = adapt(&Mixed, &settings(), &control).unwrap();
    let few = GenerateSettings::default();
    generate(&Mixed, &adapted, &few, &control, &mut |_| Ok(())).unwrap();
    let seen = memory.0.into_inner().unwrap();
    for stage in [
        Stage::Survey,
        Stage::Adapt,
        Stage::Integrate,
        Stage::Generate,
    ] {
        let done: Vec<f64> = seen
            .iter()
            .filter(|s| s.stage == stage)
            .map(|s| s.done)
            .collect();
        assert!(!done.is_empty(), "{stage:?}");
        assert!(done.iter().all(|d| (0.0..=1.0).contains(d)), "{stage:?}");
        if stage != Stage::Integrate {
            assert!(done.windows(2).all(|d| d[0] <= d[1] + 1e-12), "{stage:?}");
        }
    }
}
