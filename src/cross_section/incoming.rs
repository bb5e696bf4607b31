//! What comes in: one particle that decays or two beams, and their helicities; the frame
//! of polarised legs.
//!
//! Knows beams, subprocesses and legs; knows no amplitude.

use super::build::Setup;
use super::error::CrossSectionError;
use super::final_states::pdgs;
use super::group::FlavourAssignment;
use crate::beam::{BeamParticle, BeamSetup};
use crate::diagram::{LegSet, Subprocess};
use crate::model::Model;
use crate::process::Flavours;

/// PDG numbers of what sets of parton densities may have or lack.
const PARTONS: [i32; 8] = [1, 2, 3, 4, 5, 6, 21, 22];

/// Polarisations of leg 0 and leg 1: those of the beams that they come from.
pub(super) fn leg_polarisation(setup: &Setup, flavours: &[FlavourAssignment]) -> [f64; 2] {
    let [a, b] = setup.beam_polarisation;
    match flavours.first() {
        Some(f) if f.orientation[0] == 0.0 => [b, a],
        _ => [a, b],
    }
}

/// Refuses polarised beams that cannot be, or whose particles have helicities of their own
/// in the process.
pub(super) fn check_beam_polarisation(setup: &Setup) -> Result<(), CrossSectionError> {
    let Some(beams) = &setup.beams else {
        return Ok(());
    };
    let polarised = |beam: &usize| setup.beam_polarisation[*beam] != 0.0;
    for beam in (0..2).filter(polarised) {
        let particle = beams.particles[beam];
        let refused = |reason: &'static str| CrossSectionError::BeamPolarisation {
            beam: beam + 1,
            particle: name_of(setup.model, particle),
            reason,
        };
        if particle.is_hadron() {
            return Err(refused("a hadron is not polarised here; expected 0"));
        }
        let mut elements = setup.processes.elements.iter();
        if elements.any(|e| (0..2).any(|leg| !e.subprocess.polarisation_of(leg).is_any())) {
            return Err(refused(
                "the process fixes helicities of incoming particles, too; leave out one of them",
            ));
        }
    }
    Ok(())
}

/// The legs whose rest frame helicities refer to, where that is not the frame in which
/// matrix elements are evaluated anyway.
pub(super) fn helicity_frame(
    setup: &Setup,
    kept: &[(usize, Vec<FlavourAssignment>)],
) -> Result<Option<LegSet>, CrossSectionError> {
    let subs = || {
        kept.iter()
            .map(|(k, _)| &setup.processes.elements[*k].subprocess)
    };
    let Some(sub) = subs().find(|s| s.is_polarised()) else {
        return Ok(None);
    };
    let (asked, core) = (setup.helicity_frame, sub.core_legs());
    if asked == 0b11 || asked == (1 << sub.n_in) - 1 {
        return Ok(None);
    }
    if asked >> core.len() != 0 {
        return Err(CrossSectionError::HelicityFrame {
            process: sub.name(setup.model),
            leg: asked.ilog2() + 1,
            n_legs: core.len(),
        });
    }
    let named = (0..core.len()).filter(|leg| asked >> leg & 1 == 1);
    let legs = named.fold(0, |set, leg| set | core[leg]);
    let massless = (0..sub.legs.len()).filter(|leg| legs >> leg & 1 == 1);
    let masses = massless.map(|leg| setup.model.particle(sub.legs[leg]).mass);
    if legs.count_ones() == 1 && masses.sum::<f64>() == 0.0 {
        return Err(CrossSectionError::NoRestFrame {
            process: sub.name(setup.model),
            leg: legs.ilog2() + 1,
        });
    }
    Ok(Some(legs))
}

/// Decays have no beams and one particle that decays, everything else has beams.
pub(super) fn check_incoming(setup: &Setup) -> Result<(), CrossSectionError> {
    let mut decays: Option<&Subprocess> = None;
    for element in &setup.processes.elements {
        let sub = &element.subprocess;
        let process = || sub.name(setup.model);
        match (sub.n_in, &setup.beams) {
            (2, Some(_)) => {}
            (2, None) => return Err(CrossSectionError::NoBeams { process: process() }),
            (_, Some(_)) => return Err(CrossSectionError::Decay { process: process() }),
            (_, None) => {
                let first = decays.get_or_insert(sub);
                let flavours = element.flavours.iter().map(|f| f.legs[0]);
                if let Some(other) = flavours.into_iter().find(|p| *p != first.legs[0]) {
                    let name = |p| setup.model.particle(p).name.clone();
                    return Err(CrossSectionError::SeveralDecay {
                        one: name(first.legs[0]),
                        other: name(other),
                    });
                }
            }
        }
    }
    Ok(())
}

/// Refuses a line of which no subprocess can happen in the beams, also beside lines of which
/// some can. Where nothing but a parton is missing from a set of densities, a photon or a heavy
/// quark, the line adds nothing, and a sentence says so.
pub(super) fn check_lines(setup: &Setup) -> Result<Vec<String>, CrossSectionError> {
    let n_lines = setup.processes.lines.len();
    let mut refused: Vec<Option<(CrossSectionError, bool)>> = Vec::new();
    refused.resize_with(n_lines, || None);
    let mut possible = vec![false; n_lines];
    for element in &setup.processes.elements {
        for f in &element.flavours {
            let pdg = pdgs(setup.model, &f.legs);
            match orientation(setup, f, &pdg) {
                Ok(_) => possible[f.line] = true,
                Err(found) => {
                    let is_parton = found.0.particles[found.1].is_hadron()
                        && PARTONS.contains(&pdg[found.2].abs());
                    let sub = || f.subprocess(&element.subprocess);
                    let error = || (not_in_beams(setup, &sub(), found), is_parton);
                    refused[f.line].get_or_insert_with(error);
                }
            }
        }
    }
    let mut notes = Vec::new();
    let is_some_possible = possible.contains(&true);
    let impossible = refused
        .into_iter()
        .zip(possible)
        .filter(|(_, possible)| !possible);
    for (error, is_parton) in impossible.filter_map(|(refused, _)| refused) {
        match is_parton && is_some_possible {
            true => notes.push(format!("a process line is left out: {error}")),
            false => return Err(error),
        }
    }
    Ok(notes)
}

/// That a beam does not hold a leg of a subprocess.
pub(super) fn not_in_beams(
    setup: &Setup,
    sub: &Subprocess,
    (beams, beam, leg): (BeamSetup, usize, usize),
) -> CrossSectionError {
    CrossSectionError::NotInBeams {
        process: sub.name(setup.model),
        beams: beams.particles.map(|p| name_of(setup.model, p)).join(" "),
        beam: beam + 1,
        found: format!("'{}'", setup.model.particle(sub.legs[leg]).name),
        expected: holds(setup, &beams, beam),
    }
}

/// Weight of a flavour assignment with leg 0 from beam 1, and with leg 0 from beam 2; or
/// a beam that does not hold its leg.
pub(super) fn orientation(
    setup: &Setup,
    f: &Flavours,
    pdg: &[i32],
) -> Result<[f64; 2], (BeamSetup, usize, usize)> {
    let Some(beams) = setup.beams else {
        return Ok([1.0, 0.0]);
    };
    let leg_of = |beam: usize, swap: bool| if swap { 1 - beam } else { beam };
    let refuses =
        |swap: bool| (0..2).find(|&beam| !can_hold(setup, &beams, beam, pdg[leg_of(beam, swap)]));
    let direct = f.direct && refuses(false).is_none();
    let swapped = f.mirrored && refuses(true).is_none();
    if !direct
        && !swapped
        && let Some(beam) = refuses(!f.direct)
    {
        return Err((beams, beam, leg_of(beam, !f.direct)));
    }
    // Equal partons are the same either way round: half of each.
    Ok(match (direct, swapped) {
        (true, false) if pdg[0] == pdg[1] && symmetric(&beams) => [0.5, 0.5],
        (d, s) => [f64::from(u8::from(d)), f64::from(u8::from(s))],
    })
}

/// Name of a beam particle in a model.
pub(super) fn name_of(model: &Model, particle: BeamParticle) -> String {
    let id = model.by_pdg(particle.pdg());
    let in_model = id.map(|id| model.particle(id).name.clone());
    in_model.unwrap_or_else(|| particle.to_string())
}

/// Both beams of the same kind of hadron: exchanging equal partons is a symmetry.
fn symmetric(beams: &BeamSetup) -> bool {
    let [a, b] = beams.particles;
    a == b && a.is_hadron()
}

/// Whether a beam contains a parton.
pub(super) fn can_hold(setup: &Setup, beams: &BeamSetup, beam: usize, pdg: i32) -> bool {
    let particle = beams.particles[beam];
    match (&setup.pdf, particle.is_hadron()) {
        (Some(pdf), true) => {
            pdf.flavours().contains(&pdg) || (pdg == 21 && pdf.flavours().contains(&0))
        }
        _ => particle.pdg() == pdg,
    }
}

/// What a beam contains, in words.
pub(super) fn holds(setup: &Setup, beams: &BeamSetup, beam: usize) -> String {
    let particle = beams.particles[beam];
    match (&setup.pdf, particle.is_hadron()) {
        (Some(pdf), true) => format!("a parton of {} (PDG {:?})", pdf.name(), pdf.flavours()),
        _ => format!("'{}'", name_of(setup.model, particle)),
    }
}
