//! Whether a cross section is finite, asked of every subprocess that the beams
//! can provide before anything is compiled.
//!
//! Knows how flavours, labels and cuts belong together; the singularities
//! themselves are known to `singular`.

use rayon::prelude::*;

use super::build::{Setup, known_or_added};
use super::error::CrossSectionError;
use super::final_states::{declared, pdgs};
use super::incoming::can_hold;
use super::scale_set;
use crate::beam::BeamSetup;
use crate::clustering::{Clustering, Workspace};
use crate::cuts::BoundCuts;
use crate::diagram::Diagrams;
use crate::kinematics::{MomentumBatch, incoming_rest_frame};
use crate::model::ParticleId;
use crate::process::{Flavours, Group, LegLabel};
use crate::singular::{
    Candidate, Collision, Further, Request, Selection, SingularError, Singularity, find,
};

/// Least invariant masses and transverse momenta of permitted singularities, in
/// units of the energy of the beams.
const CUT_OFF: f64 = 1e-6;

/// The singularities that the cuts of a setup leave open; an integral over any
/// of them is infinite.
///
/// # Errors
/// [`CrossSectionError`] for cuts that exclude each other.
pub(crate) fn singularities(setup: &Setup) -> Result<Vec<Singularity>, CrossSectionError> {
    let diagrams = Diagrams::new(setup.model)?;
    let mut list = Vec::new();
    let n_in = collision(setup).1;
    for group in setup.processes.groups.iter().filter(|g| g.n_in == n_in) {
        Singularity::join(&mut list, of_group(setup, &diagrams, group)?);
    }
    Singularity::prune(&mut list);
    Ok(list)
}

/// The error that says so, if there are any.
///
/// # Errors
/// [`CrossSectionError::Singular`] with all of them.
pub fn refuse(setup: &Setup, found: Vec<Singularity>) -> Result<(), CrossSectionError> {
    if found.is_empty() {
        return Ok(());
    }
    Err(CrossSectionError::Singular(SingularError {
        found,
        sqrt_s: energy(setup),
        is_decay: setup.beams.is_none(),
    }))
}

/// Cuts that keep just so far away from singularities that the integral is
/// finite, with the reason for each; poles without width are left out.
pub fn cut_offs(setup: &Setup, found: &[Singularity]) -> Vec<(String, String)> {
    let exact = CUT_OFF * energy(setup);
    // Two digits are enough to tell.
    let least = format!("{exact:.1e}").parse().unwrap_or(exact);
    let mut list: Vec<(String, String)> = Vec::new();
    for singularity in found {
        for cut in singularity.cut_offs(least) {
            if list.iter().all(|(other, _)| *other != cut) {
                list.push((cut, singularity.to_string()));
            }
        }
    }
    list
}

/// What comes in, and the number of incoming legs.
fn collision(setup: &Setup) -> (Collision, usize) {
    match &setup.beams {
        None => (Collision::Decay, 1),
        Some(beams) => {
            let collision = Collision::Beams {
                energies: beams.energies,
                hadronic: setup.hadronic(),
            };
            (collision, 2)
        }
    }
}

/// Energy of the beams, or the mass of what decays, in GeV.
fn energy(setup: &Setup) -> f64 {
    let (collision, n_in) = collision(setup);
    let groups = setup.processes.groups.iter().find(|g| g.n_in == n_in);
    let mass = |leg: usize| groups.filter(|_| n_in == 1).map_or(0.0, |g| g.masses[leg]);
    collision.s(&[mass(0), 0.0]).sqrt()
}

fn of_group(
    setup: &Setup,
    diagrams: &Diagrams,
    group: &Group,
) -> Result<Vec<Singularity>, CrossSectionError> {
    let names: Vec<String> = group
        .labels
        .iter()
        .map(|l| name_in_cuts(setup, l))
        .collect();
    let mut selections: Vec<BoundCuts> = Vec::new();
    let mut clusterings: Vec<Option<Clustering>> = Vec::new();
    // Cuts and clustering of each selection.
    let mut conditions: Vec<(usize, usize)> = Vec::new();
    let mut of_elements: Vec<(usize, Vec<Candidate>)> = Vec::new();
    for &k in &group.elements {
        let mut flavours = Vec::new();
        let subprocess = &setup.processes.elements[k].subprocess;
        let merging = match setup.merging {
            Some(rules) if rules.xqcut > 0.0 => scale_set::clustering(setup, diagrams, subprocess)?,
            _ => None,
        };
        let merging = known_or_added(&mut clusterings, merging);
        for f in &setup.processes.elements[k].flavours {
            let pdg = pdgs(setup.model, &f.legs);
            if (setup.beams).is_some_and(|beams| !in_beams(setup, &beams, f, &pdg)) {
                continue;
            }
            let sub = f.subprocess(subprocess);
            let decays = declared(setup.model, &sub);
            let cuts = (setup.cuts).bind_decays(&pdg[group.n_in..], group.n_in, &decays)?;
            let cuts = cuts.with_windows(&setup.resonances.windows(&group.resonances));
            let cuts = cuts.with_beams(setup.hadronic());
            flavours.push(Candidate {
                legs: &f.legs,
                names: named(&names, setup, &f.legs, group),
                selection: known_or_added(
                    &mut conditions,
                    (known_or_added(&mut selections, cuts), merging),
                ),
            });
        }
        if !flavours.is_empty() {
            of_elements.push((k, flavours));
        }
    }
    let xqcut = setup.merging.map_or(0.0, |rules| rules.xqcut);
    type Condition = Box<dyn Fn(&MomentumBatch, &mut [bool]) + Sync>;
    let merged = |clustering: &Option<Clustering>| {
        let clustering = clustering.clone()?;
        let further = move |lab: &MomentumBatch, pass: &mut [bool]| {
            let (frame, mut work) = (incoming_rest_frame(lab), Workspace::default());
            Clustering::for_each_point(&[&clustering], &frame, &mut work, |_, k, point| {
                pass[k] &= point.emissions().least_jet >= xqcut;
            });
        };
        Some(Box::new(further) as Condition)
    };
    let merged: Vec<_> = clusterings.iter().map(merged).collect();
    let of_condition = |&(cuts, merging): &(usize, usize)| {
        let further: Option<Further> = merged[merging].as_deref();
        Selection::new(&selections[cuts], &group.masses, group.n_in).with(further)
    };
    let selections: Vec<Selection> = conditions.iter().map(of_condition).collect();
    let requests: Vec<Request> = of_elements
        .into_par_iter()
        .map(|(k, flavours)| {
            let subprocess = &setup.processes.elements[k].subprocess;
            Request {
                subprocess,
                graph: diagrams.graph(subprocess),
                flavours,
            }
        })
        .collect();
    Ok(find(
        setup.model,
        &collision(setup).0,
        &requests,
        &selections,
    ))
}

/// Whether the beams hold the incoming particles in one order that counts.
fn in_beams(setup: &Setup, beams: &BeamSetup, f: &Flavours, pdg: &[i32]) -> bool {
    let holds = |beam: usize, leg: usize| can_hold(setup, beams, beam, pdg[leg]);
    let held = |a: usize, b: usize| holds(0, a) && holds(1, b);
    (f.direct && held(0, 1)) || (f.mirrored && held(1, 0))
}

/// What cuts call each leg: its label if that stands for several particles.
fn named(names: &[String], setup: &Setup, legs: &[ParticleId], group: &Group) -> Vec<String> {
    let of_leg = |k: usize| match group.labels[k].particles.len() {
        1 => setup.model.particle(legs[k]).name.clone(),
        _ => names[k].clone(),
    };
    (0..legs.len()).map(of_leg).collect()
}

/// A label as cuts know it; process lines may write it in another case.
fn name_in_cuts(setup: &Setup, label: &LegLabel) -> String {
    let known = &setup.model.multiparticles;
    let alike = |name: &&String| name.eq_ignore_ascii_case(&label.text);
    let found = match known.contains_key(&label.text) {
        true => None,
        false => known.keys().find(alike),
    };
    found.unwrap_or(&label.text).clone()
}
