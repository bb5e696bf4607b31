//! Distributions of unweighted events against those of weighted points that
//! were drawn independently: acceptance, overweights, the shares of channels and
//! the choice of flavours must not bend them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use omnis::card::Card;
use omnis::cross_section::{Draw, EventBuilder};
use omnis::event::{Event, read_lhe};
use omnis::gridpack::Gridpack;
use omnis::integrand::SampleBatch;
use omnis::integrate::channel_values;
use omnis::integrate::{Adapted, Control};
use omnis::jobs::{Job, Output};
use omnis::kinematics::FourVector;
use omnis::rng::{Purpose, Stream};
use omnis::run::Run;
use omnis::sampler::Sampler;
use statrs::distribution::{ChiSquared, ContinuousCDF};

const N_EVENTS: u64 = 20_000;
/// Weighted points, shared by the channels in proportion to their contribution.
const N_POINTS: f64 = 400_000.0;
const N_BINS: usize = 24;

fn momenta(event: &Event) -> Vec<FourVector> {
    let last = event.particles.iter().filter(|p| p.status == 1);
    last.map(|p| p.p).collect()
}

fn p_t(p: FourVector) -> f64 {
    p[1].hypot(p[2])
}

fn rapidity(p: FourVector) -> f64 {
    0.5 * ((p[0] + p[3]) / (p[0] - p[3])).ln()
}

fn sum(a: FourVector, b: FourVector) -> FourVector {
    std::array::from_fn(|mu| a[mu] + b[mu])
}

fn mass2(p: FourVector) -> f64 {
    p[0] * p[0] - p[1] * p[1] - p[2] * p[2] - p[3] * p[3]
}

type Observable = fn(&Event) -> f64;

/// What is histogrammed of an event.
const OBSERVABLES: [(&str, Observable); 6] = [
    ("pt of the first leg", |e| p_t(momenta(e)[0])),
    ("rapidity of the first leg", |e| rapidity(momenta(e)[0])),
    ("rapidity of the last leg", |e| {
        rapidity(*momenta(e).last().expect("legs"))
    }),
    ("m2 of the first pair", |e| {
        mass2(sum(momenta(e)[0], momenta(e)[1]))
    }),
    ("rapidity of the first pair", |e| {
        rapidity(sum(momenta(e)[0], momenta(e)[1]))
    }),
    ("azimuth between the first two legs", |e| {
        let p = momenta(e);
        let turn = p[0][1].atan2(p[0][2]) - p[1][1].atan2(p[1][2]);
        turn.sin().atan2(turn.cos())
    }),
];

/// Flavours as one number.
fn flavours(event: &Event) -> i64 {
    let legs = event.particles.iter().filter(|p| p.status.abs() == 1);
    legs.fold(0, |code, p| code * 64 + i64::from(p.pdg) + 32)
}

/// Weighted events of all channels with a weight per event: the sum over
/// events is the cross section in pb.
fn weighted(run: &Run, adapted: &Adapted) -> Vec<(f64, Event)> {
    let integrand = &run.cross_section;
    let builder = EventBuilder::new(integrand, 99);
    let mut found = vec![];
    for (c, channel) in adapted.channels.iter().enumerate().filter(|c| c.1.live) {
        let share = channel.kept.mean() / adapted.total.xsec_pb;
        let n = (N_POINTS * share) as usize + 500;
        let mut stream = Stream::new(4242, Purpose::Test, c as u32, 0);
        let (mut batch, mut q) = (SampleBatch::default(), vec![]);
        channel.sampler.sample(&mut stream, n, &mut batch, &mut q);
        let values = channel_values(integrand, c, &batch);
        let weights: Vec<(usize, f64)> = (0..n)
            .map(|k| (k, values[k] / q[k] / n as f64))
            .filter(|w| w.1 > 0.0)
            .collect();
        let points: Vec<Vec<f64>> = weights.iter().map(|w| batch.point(w.0)).collect();
        let draws: Vec<Draw> = points
            .iter()
            .zip(&weights)
            .map(|(u, &(k, weight_pb))| Draw {
                index: (k as u64) << 16 | c as u64,
                channel: c,
                u,
                weight: weight_pb,
            })
            .collect();
        let events = builder.build(&draws);
        found.extend(weights.iter().map(|w| w.1).zip(events));
    }
    found
}

/// Sums of weights and of their squares by bin.
fn histogram(entries: impl Iterator<Item = (usize, f64)>, n_bins: usize) -> Vec<(f64, f64)> {
    let mut bins = vec![(0.0, 0.0); n_bins];
    for (bin, w) in entries {
        bins[bin].0 += w;
        bins[bin].1 += w * w;
    }
    bins
}

/// Probability of a histogram of events that differs this much from one of
/// weighted points. Errors of the events are those expected from the points: where
/// none is expected but few, their own would be far too small. Bins with fewer than
/// five count as one.
fn p_value(events: &[(f64, f64)], points: &[(f64, f64)]) -> f64 {
    let total = |h: &[(f64, f64)]| h.iter().fold((0.0, 0.0), |t, x| (t.0 + x.0, t.1 + x.1));
    let (all, of_points) = (total(events), total(points));
    let one = all.1 / (all.0 * all.0);
    let (mut chi2, mut n_used) = (0.0, 0.0);
    let mut add = |x: (f64, f64), y: (f64, f64)| {
        let share = y.0 / of_points.0;
        let error2 = share * one + y.1 / (of_points.0 * of_points.0);
        if error2 > 0.0 {
            chi2 += (x.0 / all.0 - share).powi(2) / error2;
            n_used += 1.0;
        }
    };
    let mut few = [(0.0, 0.0); 2];
    for (x, y) in events.iter().zip(points) {
        if y.0 / of_points.0 >= 5.0 * one {
            add(*x, *y);
        } else {
            few = [total(&[few[0], *x]), total(&[few[1], *y])];
        }
    }
    add(few[0], few[1]);
    let distribution = ChiSquared::new(n_used - 1.0).expect("several bins");
    distribution.sf(chi2)
}

fn unweighted_events_follow_weighted_ones(card: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("processes");
    let mut card = Card::from_path(&path.join(card)).expect("a shipped card");
    card.run.events = N_EVENTS;
    let run = Run::prepare(card).expect("a run");
    let adapted = run.integrate(N_EVENTS, &Control::silent()).expect("grids");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.lhe");
    let pack = Gridpack::new(&run, adapted).expect("a gridpack");
    let job = Job {
        output: path.clone(),
        seed: run.card.run.seed,
        events: 0..N_EVENTS,
        checkpoint_every: Duration::from_secs(1000),
    };
    let output = Output::open(&path).expect("a place for events");
    let never = AtomicBool::new(false);
    output
        .produce(&run, &pack, &job, &Control::silent(), &never, &|_| {})
        .expect("events");
    let adapted = pack.adapted;
    let (_, events) = read_lhe(&path).expect("a readable file");
    assert_eq!(events.len() as u64, N_EVENTS);
    let points = weighted(&run, &adapted);

    for (name, of) in OBSERVABLES {
        let mut values: Vec<f64> = events.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let edges: Vec<f64> = (1..N_BINS)
            .map(|k| values[k * values.len() / N_BINS])
            .collect();
        let bin = |e: &Event| edges.partition_point(|edge| *edge <= of(e));
        let a = histogram(events.iter().map(|e| (bin(e), e.weight)), N_BINS);
        let b = histogram(points.iter().map(|(w, e)| (bin(e), *w)), N_BINS);
        let p = p_value(&a, &b);
        assert!(p > 1e-4, "{name}: p-value {p:.1e}\n{a:?}\n{b:?}");
    }
    let mut codes: BTreeMap<i64, usize> = BTreeMap::new();
    for e in events.iter().chain(points.iter().map(|p| &p.1)) {
        let next = codes.len();
        codes.entry(flavours(e)).or_insert(next);
    }
    let code = |e: &Event| codes[&flavours(e)];
    let a = histogram(events.iter().map(|e| (code(e), e.weight)), codes.len());
    let b = histogram(points.iter().map(|(w, e)| (code(e), *w)), codes.len());
    let p = p_value(&a, &b);
    assert!(p > 1e-4, "flavours: p-value {p:.1e}\n{a:?}\n{b:?}");
}

#[test]
fn of_drell_yan() {
    unweighted_events_follow_weighted_ones("pp_epem.toml");
}

#[test]
fn of_top_pairs() {
    unweighted_events_follow_weighted_ones("pp_tt.toml");
}

#[test]
fn of_drell_yan_with_two_jets() {
    unweighted_events_follow_weighted_ones("pp_epem_jj.toml");
}

#[test]
fn of_a_decay_chain() {
    unweighted_events_follow_weighted_ones("pp_tt_emu.toml");
}

#[test]
fn a_bend_of_fifteen_per_cent_would_be_seen() {
    let mut stream = Stream::new(1, Purpose::Test, 0, 0);
    let mut sample = |n: usize, bend: f64| {
        // From one end to the other: half of the bend on either side of the mean.
        let entries = (0..n).map(|_| {
            let x = stream.uniform();
            ((x * N_BINS as f64) as usize, 1.0 + bend * x)
        });
        histogram(entries.collect::<Vec<_>>().into_iter(), N_BINS)
    };
    let reference = sample(400_000, 0.0);
    assert!(p_value(&sample(20_000, 0.0), &reference) > 1e-3);
    assert!(p_value(&sample(20_000, 0.3), &reference) < 1e-4);
}
