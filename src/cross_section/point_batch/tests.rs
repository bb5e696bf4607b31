//! Laws of batches of points.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::amplitude::{ColourMode, HelicityMode, Precision};
use crate::beam::{BeamParticle, BeamSetup, PdfSet};
use crate::clustering::OnShell;
use crate::compute::Watch;
use crate::cross_section::{MergingRules, Setup};
use crate::cuts::CutSet;
use crate::model::{Model, ModelSpec};
use crate::process::{ProcessSet, named_groups};
use crate::rng::{Purpose, Stream};
use crate::scale::ScaleChoice;

const N: usize = 200;
/// Coupling orders that interfere, with and without leptons, and one order alone.
const LINES: [&str; 3] = [
    "u u~ > d d~ QED=2",
    "u d > e+ e- u d QED=4",
    "g u > e+ e- g u",
];

fn cross_section(line: &str, helicity: HelicityMode, mu_f: [&str; 2]) -> CrossSection {
    let both = ["transverse_mass", mu_f[0], mu_f[1]];
    with_scales(line, helicity, both)
}

fn with_scales(line: &str, helicity: HelicityMode, scales: [&str; 3]) -> CrossSection {
    merged(line, helicity, scales, None)
}

fn merged(
    line: &str,
    helicity: HelicityMode,
    scales: [&str; 3],
    merging: Option<MergingRules>,
) -> CrossSection {
    let [mu_r, mu_f @ ..] = scales.map(|scale| scale.parse::<ScaleChoice>().unwrap());
    let model = Model::load(&ModelSpec::default()).unwrap();
    let none = BTreeMap::new();
    let processes = ProcessSet::new(&model, &[line.to_owned()], &none).unwrap();
    let groups = named_groups(&model, &none).unwrap();
    let pdf = Arc::new(PdfSet::embedded());
    let n_cuts = if line.contains(" j") { 1 } else { 2 };
    let cuts = &["pt(j) > 20", "dR(j, j) > 0.4"][..n_cuts];
    CrossSection::new(&Setup {
        model: &model,
        processes: &processes,
        beams: Some(BeamSetup::new([BeamParticle::Proton; 2], [6500.0; 2]).unwrap()),
        alpha_s: pdf.alpha_s().unwrap(),
        pdf: Some(pdf),
        mu_r,
        mu_f,
        cuts: &CutSet::parse(cuts, &groups).unwrap(),
        bias: None,
        colour: ColourMode::Full,
        precision: Precision::Double,
        helicity,
        beam_polarisation: [0.0; 2],
        helicity_frame: 3,
        pilots: None,
        resonances: Default::default(),
        merging,
        max_channels: 8,
        watch: Watch::nobody(),
    })
    .unwrap()
}

fn batch(from: &CrossSection, orders: SquaredOrders) -> PointBatch {
    let group = &from.groups[0];
    let mut u = vec![0.0; N * group.n_dim()];
    Stream::new(3, Purpose::Test, 0, 0).fill(&mut u);
    let mut batch = PointBatch::default();
    group.evaluate_points(from, 0, &u, orders, &mut batch);
    assert!(batch.len() > N / 20, "{} points", batch.len());
    batch
}

#[test]
fn squared_orders_with_their_powers_of_alpha_s_add_up_to_the_whole() {
    for line in LINES {
        for mode in [HelicityMode::Sum, HelicityMode::Sample] {
            let from = cross_section(line, mode, ["91.2"; 2]);
            let whole = batch(&from, SquaredOrders::Summed);
            let split = batch(&from, SquaredOrders::Apart);
            let n_orders = from.groups[0].slots[0].squared_orders.len();
            assert_eq!(n_orders, if line.contains("QED") { 3 } else { 1 });
            assert_eq!(split.me2_rows.len(), n_orders);
            // The coupling runs, and what is apart has that of the model.
            let first = split.alpha_s[0];
            assert!(split.alpha_s.iter().any(|a| (a / first - 1.0).abs() > 0.05));
            let largest = whole.contributions.iter().copied().fold(0.0, f64::max);
            assert!(largest > 0.0);
            for (a, b) in whole.contributions.iter().zip(&split.contributions) {
                assert!((a - b).abs() <= 1e-12 * a.abs(), "{line}: {a} and {b}");
            }
        }
    }
}

#[test]
fn memory_of_another_batch_changes_nothing() {
    let [large, small] =
        [LINES[1], LINES[0]].map(|line| cross_section(line, HelicityMode::Sum, ["91.2"; 2]));
    let fresh = batch(&small, SquaredOrders::Apart).contributions;
    let mut used = batch(&large, SquaredOrders::Summed);
    let mut u = vec![0.0; N * small.groups[0].n_dim()];
    Stream::new(3, Purpose::Test, 0, 0).fill(&mut u);
    small.groups[0].evaluate_points(&small, 0, &u, SquaredOrders::Apart, &mut used);
    assert_eq!(used.contributions, fresh);
}

#[test]
fn every_beam_has_its_own_factorisation_scale() {
    let line = "p p > e+ e- j";
    let of = |mu_f| {
        batch(
            &cross_section(line, HelicityMode::Sum, mu_f),
            Default::default(),
        )
    };
    let from = cross_section(line, HelicityMode::Sum, ["50", "50"]);
    let [low, mixed, high] = [["50", "50"], ["50", "200"], ["200", "200"]].map(of);
    let (n, n_direct) = (mixed.len(), mixed.n_direct);
    assert!(n_direct > 0 && n_direct < n, "{n_direct} of {n}");
    for leg in [0, 1] {
        for parton in 0..from.groups[0].partons[leg].len() {
            let row = |batch: &PointBatch| batch.densities[leg].row(parton).to_vec();
            let [low, mixed, high] = [&low, &mixed, &high].map(row);
            for at in 0..n {
                let beam = if at < n_direct { leg } else { 1 - leg };
                assert_eq!(mixed[at], if beam == 0 { low[at] } else { high[at] });
            }
        }
    }
    assert_eq!(mixed.me2, low.me2);
    assert_ne!(mixed.contributions, low.contributions);
}

#[test]
fn every_matrix_element_has_the_coupling_and_densities_at_its_scales() {
    let from = with_scales("u u~ > j j j", HelicityMode::Sum, ["clustering"; 3]);
    let has_several = |group: &SubprocessGroup| group.scale_sets.len() > 1;
    let group = from.groups.iter().find(|g| has_several(g)).unwrap();
    let mut u = vec![0.0; N * group.n_dim()];
    Stream::new(4, Purpose::Test, 0, 0).fill(&mut u);
    let mut batch = PointBatch::default();
    group.evaluate_points(&from, 0, &u, SquaredOrders::Summed, &mut batch);
    let n = batch.len();
    assert!(n > N / 20, "{n} points");
    assert!((0..n).any(|k| batch.mu_r(0, k) != batch.mu_r(1, k)));
    let luminosity = from.luminosity.as_ref().unwrap();
    let model = group.slots[0].me.alpha_s();
    for ((slot, flavour), row) in group.flavours().zip(batch.rows(&batch.contributions)) {
        let set = slot.scale_set;
        let me2 = (batch.me2_rows.iter()).position(|r| std::ptr::eq(&group.slots[r.slot], slot));
        let me2 = &batch.me2[me2.unwrap() * n..][..n];
        assert_eq!(slot.strong_power(), Some(6));
        for (k, found) in row.iter().enumerate() {
            let is_swapped = k >= batch.n_direct;
            let density = |leg: usize| {
                let beam = if is_swapped { 1 - leg } else { leg };
                let mu_f = batch.mu_f(set, k)[beam];
                let (x, mut out) = (batch.x(k)[beam], [0.0]);
                luminosity.xf(beam, &[x], &[mu_f * mu_f], &[flavour.pdg[leg]], &mut out);
                out[0]
            };
            let coupling = from.alpha_s.at(batch.mu_r(set, k)) / model;
            let weight = flavour.orientation[usize::from(is_swapped)];
            let factor = batch.jacobian[k] * GEV2_TO_PB / batch.flux[k];
            let [x1, x2] = batch.x(k);
            let expected =
                weight * density(0) * density(1) / (x1 * x2) * me2[k] * coupling.powi(3) * factor;
            assert!((found - expected).abs() <= 1e-10 * expected.abs());
        }
    }
}

#[test]
fn merged_samples_have_couplings_and_densities_at_the_scales_of_emissions() {
    let line = "p p > e+ ve j j QED=2";
    let rules = |xqcut: f64, alpha_s: bool, densities: bool| MergingRules {
        xqcut,
        alpha_s,
        densities,
        alpha_s_factor: 0.5,
        quarks: Default::default(),
    };
    let of = |rules| {
        let scales = ["clustering"; 3];
        merged(line, HelicityMode::Sum, scales, Some(rules))
    };
    let plain = of(rules(0.0, false, false));
    let full = of(rules(25.0, true, true));
    let luminosity = full.luminosity.as_ref().unwrap();
    let (mut n_cut, mut n_links, mut n_changed) = (0, 0, 0);
    for (g, (group, bare)) in full.groups.iter().zip(&plain.groups).enumerate() {
        let mut u = vec![0.0; N * group.n_dim()];
        Stream::new(5, Purpose::Test, 0, g as u64).fill(&mut u);
        let [mut batch, mut without] = [PointBatch::default(), PointBatch::default()];
        group.evaluate_points(&full, 0, &u, SquaredOrders::Summed, &mut batch);
        bare.evaluate_points(&plain, 0, &u, SquaredOrders::Summed, &mut without);
        let n = batch.len();
        let both = batch
            .rows(&batch.contributions)
            .zip(without.rows(&without.contributions));
        for ((slot, flavour), (row, bare)) in group.flavours().zip(both) {
            let set = slot.scale_set;
            let clustering = group.scale_sets[set].clustering.as_ref().unwrap();
            for k in 0..n {
                let legs = (0..batch.points.momenta.n_ext).map(|l| batch.points.momenta.get(l, k));
                let legs: Vec<_> = legs.collect();
                let found = clustering.cluster(&legs, OnShell::Window, &mut Default::default());
                let emissions = found.emissions;
                if emissions.least_jet < 25.0 {
                    assert_eq!(row[k], 0.0);
                    n_cut += 1;
                    continue;
                }
                let mut expected = bare[k];
                for scale in emissions.strong() {
                    let alpha_s = full.alpha_s.at(0.5 * scale);
                    expected *= alpha_s / full.alpha_s.at(batch.mu_r(set, k));
                }
                for leg in [0, 1] {
                    let beam = if k < batch.n_direct { leg } else { 1 - leg };
                    let xf = |pdg: i32, x: f64, mu: f64| {
                        let mut out = [0.0];
                        luminosity.xf(beam, &[x], &[mu * mu], &[pdg], &mut out);
                        out[0]
                    };
                    let (x, own) = (batch.x(k)[beam], flavour.pdg[leg]);
                    // In place of the density at the factorisation scale.
                    expected /= xf(own, x, batch.mu_f(set, k)[beam]);
                    let mut before = 0.0;
                    for link in emissions.links(leg) {
                        let pdg = link.pdg(leg, &flavour.pdg);
                        n_changed += usize::from(pdg != own);
                        expected *= xf(pdg, x * link.behind, link.scale);
                        if before > 0.0 {
                            n_links += 1;
                            let below = xf(pdg, x * link.behind, before);
                            let vanishes = below <= 1e-10 * x * link.behind;
                            expected = if vanishes { 0.0 } else { expected / below };
                        }
                        before = link.scale;
                    }
                }
                let close = (row[k] - expected).abs() <= 1e-10 * expected.abs();
                assert!(close || bare[k] == 0.0, "{} {expected}", row[k]);
            }
        }
    }
    assert!(
        n_cut > 100 && n_links > 100 && n_changed > 100,
        "{n_cut} {n_links} {n_changed}"
    );
}
