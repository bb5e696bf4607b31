//! Events of MadGraph whose scales are a function of the event alone, clustered again.

use serde::Deserialize;

use super::{Clustering, Measure, OnShell, Workspace};
use crate::diagram::{Diagrams, LegSet, Subprocess};
use crate::kinematics::{FourVector, MomentumBatch, boost_z};
use crate::model::Model;
use crate::process::test_model::{standard_model, subprocess};

/// A leg that is no radiated parton, in files of MadGraph at 13 TeV.
const NO_JET: f64 = 13000.0;

#[derive(Deserialize)]
struct Reference {
    sample: String,
    index: usize,
    pdg: Vec<i32>,
    momenta: Vec<FourVector>,
    resonances: Vec<(i32, Vec<usize>)>,
    mu_r: f64,
    mu_f: [f64; 2],
    scalup: f64,
    pt_clust: Vec<f64>,
    alpha_s_scales: Vec<f64>,
    jets: Vec<u32>,
}

/// The subprocess with the fewest electroweak couplings.
fn of_flavours(model: &Model, pdg: &[i32]) -> Subprocess {
    let name = |p: &i32| model.particle(model.by_pdg(*p).unwrap()).name.clone();
    let names: Vec<String> = pdg.iter().map(name).collect();
    subprocess(
        model,
        &format!("{} > {}", names[..2].join(" "), names[2..].join(" ")),
    )
}

/// Momenta in the rest frame of both incoming legs.
pub(super) fn partonic(legs: &[FourVector]) -> Vec<FourVector> {
    let mut batch = MomentumBatch::from_points(&[legs.to_vec()]);
    let [e, z] = [0, 3].map(|mu| legs[0][mu] + legs[1][mu]);
    boost_z(&mut batch, &[0.5 * ((e - z) / (e + z)).ln()]);
    (0..legs.len()).map(|leg| batch.get(leg, 0)).collect()
}

#[test]
fn scales_are_those_of_events_of_madgraph() {
    let text = include_str!("../../tests/golden/clustering_madgraph.json");
    let events: Vec<Reference> = serde_json::from_str(text).unwrap();
    let model = standard_model();
    let diagrams = Diagrams::new(&model).unwrap();
    let mut work = Workspace::default();
    let mut wrong = vec![];
    for event in &events {
        let sub = of_flavours(&model, &event.pdg);
        let clustering =
            Clustering::new(&diagrams, &sub, Measure::Hadron, Default::default()).unwrap();
        let set = |legs: &[usize]| legs.iter().map(|leg| 1 << leg).sum::<LegSet>();
        let given: Vec<_> = (event.resonances.iter())
            .map(|(pdg, legs)| (set(legs), model.by_pdg(*pdg).unwrap()))
            .collect();
        assert!(given.iter().all(|g| clustering.has_resonance(g.0, g.1)));
        let legs = partonic(&event.momenta);
        let found = clustering.cluster(&legs, OnShell::Given(&given), &mut work);
        let mut check = |what: &str, found: f64, expected: f64, digits: f64| {
            if (found - expected).abs() > digits {
                let (sample, index) = (&event.sample, event.index);
                wrong.push(format!(
                    "{sample} {index} {:?}: {what} {found}, expected {expected}; {}",
                    event.pdg,
                    found_class(&clustering, &legs, &given)
                ));
            }
        };
        check("mu_r", found.mu_r, event.mu_r, 6e-8 * event.mu_r);
        let scalup = found.mu_f[0].max(found.mu_f[1]);
        check("scalup", scalup, event.scalup, 6e-7 * event.scalup);
        for side in 0..2 {
            check(
                "mu_f",
                found.mu_f[side],
                event.mu_f[side],
                6e-8 * event.mu_f[side],
            );
        }
        for (leg, expected) in event.pt_clust.iter().enumerate() {
            check(
                "pt_clust",
                found.pt_clust[leg].unwrap_or(NO_JET),
                *expected,
                6e-6,
            );
            let is_jet = f64::from(found.jets >> (leg + 2) & 1);
            check("jet", is_jet, f64::from(event.jets[leg]), 0.0);
        }
        let strong = found.vertices.iter().filter(|v| v.has_alpha_s);
        let strong: Vec<f64> = strong.map(|v| v.scale).collect();
        let n = strong.len() as f64;
        check(
            "vertices with alpha_s",
            n,
            event.alpha_s_scales.len() as f64,
            0.0,
        );
        for (a, b) in strong.iter().zip(&event.alpha_s_scales) {
            check("alpha_s scale", *a, *b, 2e-7 * b);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong of {}:\n{}",
        wrong.len(),
        events.len(),
        wrong.join("\n")
    );
}

fn found_class(
    clustering: &Clustering,
    legs: &[FourVector],
    given: &[(LegSet, crate::model::ParticleId)],
) -> String {
    let mut work = Workspace::default();
    let found = clustering.cluster(legs, OnShell::Given(given), &mut work);
    found.class(|leg| leg + 1)
}
