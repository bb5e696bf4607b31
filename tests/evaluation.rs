//! The contract between physics and Monte Carlo: what is asked for is there, and asking
//! for more, in other groups or with used memory, changes no number.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use omnis::card::Card;
use omnis::integrand::{ChannelBatch, Evaluation, Integrand, SampleBatch, Want};
use omnis::integrate::{AdaptSettings, Adapted, Control, GenerateSettings, adapt, generate};
use omnis::rng::{Purpose, Stream};
use omnis::run::Run;

const EVERYTHING: Want = Want {
    contributions: true,
    alpha_row: true,
    features: true,
    momenta: true,
};

fn prepared(card: &str) -> Run {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("processes")
        .join(card);
    Run::prepare(Card::from_path(&path).unwrap()).unwrap()
}

fn points(integrand: &dyn Integrand, channel: usize, n: usize) -> SampleBatch {
    let mut batch = SampleBatch::zeros(integrand.n_dim(channel), n);
    Stream::new(1, Purpose::Test, channel as u32, 0).fill(&mut batch.u);
    batch
}

#[test]
fn columns_fit_together() {
    for card in ["pp_epem_j.toml", "ee_wwz.toml"] {
        let run = prepared(card);
        let integrand = &run.cross_section;
        let mut n_seen = 0;
        for channel in 0..integrand.n_channels() {
            let points = points(integrand, channel, 500);
            let batch = ChannelBatch {
                channel,
                points: &points,
            };
            let mut out = Evaluation::default();
            integrand.evaluate(batch, EVERYTHING, &mut out);
            let n = out.n_pass();
            n_seen += n;
            assert_eq!(out.n_cut() as usize + n, 500);
            let group = integrand.group(channel);
            let members = (0..integrand.n_channels()).filter(|&c| integrand.group(c) == group);
            let members: Vec<usize> = members.collect();
            let own = members.iter().position(|&c| c == channel).unwrap();
            assert_eq!(out.alpha_row.len(), members.len() * n);
            assert_eq!(out.features.len(), integrand.n_features(channel) * n);
            assert!(out.features.iter().all(|x| x.is_finite()));
            assert_eq!(out.momenta.len() % (4 * n.max(1)), 0);
            let n_legs = out.momenta.len() / (4 * n.max(1));
            for k in 0..n {
                let of = |j: usize| out.alpha_row[j * n + k];
                let sum: f64 = (0..members.len()).map(of).sum();
                assert!((sum - 1.0).abs() < 1e-9, "{sum}");
                assert!((of(own) - out.alpha[k]).abs() < 1e-12);
                let parts: f64 = out.contributions().map(|(_, row)| row[k]).sum();
                assert!((parts - out.value[k]).abs() <= 1e-12 * out.value[k].abs());
                for mu in 0..4 {
                    let p = |leg: usize| out.momenta[(leg * 4 + mu) * n + k];
                    let (initial, last) = (p(0) + p(1), (2..n_legs).map(p).sum::<f64>());
                    assert!((initial - last).abs() < 1e-7 * (p(0).abs() + p(1).abs() + 1.0));
                }
            }
        }
        assert!(n_seen > 100, "{card}: {n_seen}");
    }
}

#[test]
fn asking_for_more_and_used_memory_change_no_number() {
    let run = prepared("pp_epem_j.toml");
    let integrand = &run.cross_section;
    let mut used = Evaluation::default();
    for channel in (0..integrand.n_channels()).rev() {
        for n in [300, 7, 0, 100] {
            let points = points(integrand, channel, n);
            let batch = ChannelBatch {
                channel,
                points: &points,
            };
            let mut fresh = Evaluation::default();
            integrand.evaluate(batch, Want::default(), &mut fresh);
            integrand.evaluate(batch, EVERYTHING, &mut used);
            assert_eq!(fresh.index, used.index);
            assert_eq!(fresh.value, used.value);
            assert_eq!(fresh.alpha, used.alpha);
            assert!(fresh.contributions.is_empty() && fresh.alpha_row.is_empty());
            assert!(fresh.features.is_empty() && fresh.momenta.is_empty());
        }
    }
}

/// A function of two channels that is evaluated in groups of this many batches.
struct Grouped {
    per_launch: usize,
    largest: AtomicUsize,
}

impl Grouped {
    fn of(per_launch: usize) -> Self {
        Self {
            per_launch,
            largest: AtomicUsize::new(0),
        }
    }
}

impl Integrand for Grouped {
    fn n_channels(&self) -> usize {
        2
    }
    fn n_dim(&self, channel: usize) -> usize {
        2 + channel
    }
    fn group(&self, channel: usize) -> usize {
        channel
    }
    fn n_contributions(&self) -> usize {
        2
    }
    fn batches_per_launch(&self) -> usize {
        self.per_launch
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, want: Want, out: &mut Evaluation) {
        let points = batch.points;
        let both = points.coordinate(0).iter().zip(points.coordinate(1));
        out.set_values(both.map(|(x, y)| (-(x - y).powi(2) / 0.01).exp()));
        if want.contributions {
            out.contribution_ids.push(batch.channel);
            out.contributions.extend_from_slice(&out.value);
        }
    }
    fn evaluate_group(&self, group: &[ChannelBatch<'_>], want: Want, out: &mut [Evaluation]) {
        assert_eq!(group.len(), out.len());
        self.largest.fetch_max(group.len(), Ordering::Relaxed);
        // In another order: batches do not know of each other.
        for (batch, out) in group.iter().zip(out).rev() {
            self.evaluate(*batch, want, out);
        }
    }
}

#[test]
fn results_do_not_depend_on_how_batches_are_grouped() {
    let made = |integrand: &Grouped| -> (Adapted, Vec<Vec<f64>>) {
        let settings = AdaptSettings {
            max_points: 100_000,
            batch_size: 256,
            ..AdaptSettings::default()
        };
        let adapted = adapt(integrand, &settings, &Control::silent()).unwrap();
        let wanted = GenerateSettings {
            n_events: 2000,
            ..GenerateSettings::default()
        };
        let mut events = vec![];
        generate(
            integrand,
            &adapted,
            &wanted,
            &Control::silent(),
            &mut |some| {
                events.extend(some.iter().map(|e| e.u.clone()));
                Ok(())
            },
        )
        .unwrap();
        (adapted, events)
    };
    let (one, seven) = (Grouped::of(1), Grouped::of(7));
    let (a, b) = (made(&one), made(&seven));
    assert_eq!(a.1, b.1);
    assert_eq!(a.0.total, b.0.total);
    assert_eq!(a.0.parts(), b.0.parts());
    assert_eq!(one.largest.load(Ordering::Relaxed), 1);
    assert_eq!(seven.largest.load(Ordering::Relaxed), 7);
}
