//! Distributions of unweighted events against those of weighted points that
//! were drawn independently: acceptance, overweights, the shares of channels,
//! the choice of flavours and signs of weights must not bend them.
//!
//! With `OMNIS_DISTRIBUTION_SEEDS=N` each sample is made with N seeds, whose chi2 are added.

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

/// What is histogrammed besides where scales follow from the event.
const SCALES: [(&str, Observable); 2] = [
    ("renormalisation scale", |e| e.scales.mu_r),
    ("start of the shower", |e| e.scales.start),
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
    let seed = run.card.run.seed;
    let builder = EventBuilder::new(integrand, 98 + seed);
    let mut found = vec![];
    let live = || adapted.channels.iter().enumerate().filter(|c| c.1.live);
    let size: f64 = live().map(|c| c.1.kept.mean_abs()).sum();
    for (c, channel) in live() {
        let n = (N_POINTS * channel.kept.mean_abs() / size) as usize + 500;
        let mut stream = Stream::new(4241 + seed, Purpose::Test, c as u32, 0);
        let (mut batch, mut q) = (SampleBatch::default(), vec![]);
        channel.sampler.sample(&mut stream, n, &mut batch, &mut q);
        let values = channel_values(integrand, c, &batch);
        let weights: Vec<(usize, f64)> = (0..n)
            .map(|k| (k, values[k] / q[k] / n as f64))
            .filter(|w| w.1 != 0.0)
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

/// Chi2 of a histogram of events with one of weighted points, and its degrees of freedom.
/// Errors of the events are those expected from the points: where none is expected but few,
/// their own would be far too small. Bins with fewer than five count as one.
fn chi2(events: &[(f64, f64)], points: &[(f64, f64)]) -> (f64, f64) {
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
    (chi2, n_used - 1.0)
}

/// Probability of a larger chi2.
fn p_value((chi2, n_free): (f64, f64)) -> f64 {
    let distribution = ChiSquared::new(n_free).expect("several bins");
    distribution.sf(chi2)
}

/// Events of a card, and weighted points of the same grids.
fn samples(card: &Card, seed: u64) -> (Vec<Event>, Vec<(f64, Event)>) {
    let mut card = card.clone();
    card.run.events = N_EVENTS;
    card.run.seed = seed;
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
    let (_, events) = read_lhe(&path).expect("a readable file");
    assert_eq!(events.len() as u64, N_EVENTS);
    let points = weighted(&run, &pack.adapted);
    (events, points)
}

/// Chi2 and degrees of freedom of the observables and the flavours of one sample, those of
/// positive and of negative weights apart.
fn compared(
    (events, points): &(Vec<Event>, Vec<(f64, Event)>),
    observables: &[(&str, Observable)],
) -> Vec<(f64, f64)> {
    let of_bins = |bin: &dyn Fn(&Event) -> usize, n: usize| {
        let entry = |w: f64, e: &Event| (bin(e) + if w < 0.0 { n } else { 0 }, w.abs());
        let a = histogram(events.iter().map(|e| entry(e.weight, e)), 2 * n);
        let b = histogram(points.iter().map(|(w, e)| entry(*w, e)), 2 * n);
        chi2(&a, &b)
    };
    let mut found = vec![];
    for (_, of) in observables {
        let mut values: Vec<f64> = events.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let edges: Vec<f64> = (1..N_BINS)
            .map(|k| values[k * values.len() / N_BINS])
            .collect();
        let bin = |e: &Event| edges.partition_point(|edge| *edge <= of(e));
        found.push(of_bins(&bin, N_BINS));
    }
    let mut codes: BTreeMap<i64, usize> = BTreeMap::new();
    for e in events.iter().chain(points.iter().map(|p| &p.1)) {
        let next = codes.len();
        codes.entry(flavours(e)).or_insert(next);
    }
    found.push(of_bins(&|e| codes[&flavours(e)], codes.len()));
    found
}

/// Compares samples of seeds from 1 on, `n_seeds` of them unless more are asked for; the
/// share of events with negative weights.
#[expect(
    clippy::print_stdout,
    reason = "the figures are asked for with --nocapture"
)]
fn unweighted_events_follow_weighted_ones(
    card: &Card,
    further: &[(&'static str, Observable)],
    n_seeds: u64,
) -> f64 {
    let asked = std::env::var("OMNIS_DISTRIBUTION_SEEDS").ok();
    let n_seeds = asked.map_or(n_seeds, |n| n.parse().expect("a number of seeds"));
    let observables = [&OBSERVABLES, further].concat();
    let mut sums = vec![(0.0, 0.0); observables.len() + 1];
    let mut n_negative = 0;
    for seed in 1..=n_seeds {
        let sample = samples(card, seed);
        n_negative += sample.0.iter().filter(|e| e.weight < 0.0).count();
        for (sum, one) in sums.iter_mut().zip(compared(&sample, &observables)) {
            *sum = (sum.0 + one.0, sum.1 + one.1);
        }
    }
    let names = observables.iter().map(|o| o.0).chain(["flavours"]);
    let mut bad = vec![];
    for (name, sum) in names.zip(sums).filter(|(_, sum)| sum.1 > 0.0) {
        let p = p_value(sum);
        let text = format!("{name}: chi2 {:.1} of {}, p-value {p:.1e}", sum.0, sum.1);
        println!("{text}");
        if p <= 1e-4 {
            bad.push(text);
        }
    }
    let card = &card.process.generate;
    assert!(bad.is_empty(), "{card:?}, {n_seeds} seeds: {bad:?}");
    n_negative as f64 / (n_seeds * N_EVENTS) as f64
}

fn shipped(name: &str) -> Card {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("processes");
    Card::from_path(&path.join(name)).expect("a shipped card")
}

fn written(text: &str) -> Card {
    Card::from_str(text, "card").expect("a card")
}

#[test]
fn of_drell_yan() {
    unweighted_events_follow_weighted_ones(&shipped("pp_epem.toml"), &[], 1);
}

#[test]
fn of_top_pairs() {
    unweighted_events_follow_weighted_ones(&shipped("pp_tt.toml"), &[], 1);
}

#[test]
fn of_drell_yan_with_two_jets() {
    unweighted_events_follow_weighted_ones(&shipped("pp_epem_jj.toml"), &[], 1);
}

#[test]
fn of_a_decay_chain() {
    unweighted_events_follow_weighted_ones(&shipped("pp_tt_emu.toml"), &[], 1);
}

#[test]
fn of_an_interference() {
    let card = written(
        "process.generate = ['u u~ > u u~ QCD^2==2']\n\
         cuts.require = ['pt(u) > 30', 'pt(u~) > 30']\nrun.accuracy = 0.02\n",
    );
    let negative = unweighted_events_follow_weighted_ones(&card, &[], 2);
    assert!(negative > 0.01 && negative < 0.99, "{negative}");
}

#[test]
fn of_an_interference_with_new_physics() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/toy_misc");
    let card = written(&format!(
        "process.generate = ['f f~ > b1 h FF<=2 NP<=1 NP^2==1']\nmodel.name = '{}'\n\
         cuts.require = ['y(h) > -0.3']\nrun.accuracy = 0.02\n\
         [beams]\nparticles = ['f', 'f~']\nenergies = [300, 300]\n",
        model.display()
    ));
    let negative = unweighted_events_follow_weighted_ones(&card, &[], 1);
    assert!(negative > 0.01 && negative < 0.99, "{negative}");
}

#[test]
fn of_merged_multiplicities() {
    let card = written(
        "process.generate = ['p p > e+ ve', 'p p > e+ ve j', 'p p > e+ ve j j']\n\
         cuts.require = ['pt(j) > 20', '|eta(j)| < 5', 'm(j, j) > 20']\nrun.accuracy = 0.01\nmerging.xqcut = 20\n",
    );
    unweighted_events_follow_weighted_ones(&card, &SCALES, 2);
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
    assert!(p_value(chi2(&sample(20_000, 0.0), &reference)) > 1e-3);
    assert!(p_value(chi2(&sample(20_000, 0.3), &reference)) < 1e-4);
}
