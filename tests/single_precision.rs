//! f32 against f64 on what a run evaluates: points inside the cuts of every shipped
//! card, drawn with its adapted grids.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use omnis::amplitude::Precision;
use omnis::card::Card;
use omnis::integrand::{ChannelBatch, Evaluation, Integrand, SampleBatch, Want};
use omnis::integrate::Control;
use omnis::rng::{Purpose, Stream};
use omnis::run::Run;
use omnis::sampler::Sampler;
use omnis::sampler::SamplerKind;
use rayon::prelude::*;

/// Points of every subprocess: 99.99 % of them means all but two.
const N_POINTS: usize = 20_000;
/// Points that are evaluated at once.
const N_BATCH: usize = 4096;
/// Most batches for one group of subprocesses.
const PATIENCE: usize = 400;
/// Allowed relative difference, and the part of the points that keep to it.
const TOLERANCE: f64 = 1e-4;
const PART: f64 = 0.9999;
/// The same where a cut on a merging scale alone keeps partons apart: those of several TeV
/// may be nearly parallel. The card reference says so.
const PART_OF_MERGING: f64 = 0.9995;
/// Largest part of a cross section that points beyond the tolerance carry.
const SHARE: f64 = 1e-4;

/// Relative differences of one subprocess.
#[derive(Clone, Default)]
struct Differences {
    name: String,
    n: usize,
    n_above: usize,
    /// Sum of the absolute weights, and of those that are off.
    weight: f64,
    weight_above: f64,
}

fn cards() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("processes");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths
}

fn prepare(path: &Path, precision: Precision) -> Run {
    let mut card = Card::from_path(path).unwrap();
    card.amplitude.precision = precision;
    card.run.accuracy = 0.05;
    card.run.sampler = SamplerKind::Vegas;
    Run::prepare(card).unwrap()
}

/// Differences by subprocess, over points of all channels of a card.
fn compare(path: &Path) -> Vec<Differences> {
    let double = prepare(path, Precision::Double);
    let single = prepare(path, Precision::Single);
    let adapted = double.integrate(0, &Control::silent()).unwrap();
    let (one, two) = (&double.cross_section, &single.cross_section);
    let subprocesses = one.subprocesses().iter();
    let mut found: Vec<Differences> = subprocesses
        .map(|s| Differences {
            name: s.name.clone(),
            ..Differences::default()
        })
        .collect();
    for group in adapted.groups() {
        let members: Vec<usize> = (0..one.n_channels())
            .filter(|&c| adapted.channels[c].group == group.group && adapted.channels[c].live)
            .collect();
        let size = |c: usize| adapted.channels[c].kept.mean_abs();
        let total: f64 = members.iter().map(|&c| size(c)).sum();
        let mut parts = BTreeSet::new();
        for batch in 0..PATIENCE as u64 {
            for &channel in &members {
                // Channels in proportion to their cross sections.
                let n = (N_BATCH as f64 * size(channel) / total).ceil() as usize;
                let mut stream = Stream::new(1, Purpose::Test, channel as u32, batch);
                let (mut points, mut q) = (SampleBatch::default(), vec![]);
                let sampler = &adapted.channels[channel].sampler;
                sampler.sample(&mut stream, n, &mut points, &mut q);
                let [a, b] = [one, two].map(|cross_section| {
                    let want = Want {
                        contributions: true,
                        ..Want::default()
                    };
                    let points = &points;
                    let mut out = Evaluation::default();
                    cross_section.evaluate(ChannelBatch { channel, points }, want, &mut out);
                    out
                });
                assert_eq!(a.index, b.index);
                parts.extend(a.contribution_ids.iter().copied());
                for ((part, a), (same, b)) in a.contributions().zip(b.contributions()) {
                    assert_eq!(part, same);
                    enter(&mut found[part], a, b);
                }
            }
            if parts.iter().all(|&p| found[p].n >= N_POINTS) {
                break;
            }
        }
    }
    found
}

/// Points where the subprocess contributes, and how far f32 is off there.
fn enter(found: &mut Differences, double: &[f64], single: &[f64]) {
    for (a, b) in double.iter().zip(single).filter(|(a, _)| **a != 0.0) {
        let rel = (b / a - 1.0).abs();
        found.n += 1;
        found.weight += a.abs();
        if rel.is_nan() || rel > TOLERANCE {
            found.n_above += 1;
            found.weight_above += a.abs();
        }
    }
}

#[test]
fn single_precision_suffices_inside_the_cuts_of_every_card() {
    let paths = cards();
    assert!(paths.len() >= 12, "{} cards", paths.len());
    let all: Vec<Vec<Differences>> = paths.par_iter().map(|p| compare(p)).collect();
    for (path, found) in paths.iter().zip(all) {
        let card = Card::from_path(path).unwrap();
        let is_merging = |cut: &String| cut.contains("kt_durham");
        let part = match card.cuts.require.iter().any(is_merging) {
            true => PART_OF_MERGING,
            false => PART,
        };
        for d in found {
            let name = format!("{}: {}", path.display(), d.name);
            assert!(d.n >= N_POINTS, "{name}: {} points", d.n);
            let allowed = (1.0 - part) * d.n as f64;
            let (n, n_above) = (d.n, d.n_above);
            assert!(n_above as f64 <= allowed, "{name}: {n_above} of {n}");
            let share = d.weight_above / d.weight;
            assert!(share < SHARE, "{name}: {share:.1e} of the cross section");
        }
    }
}
