//! Decays of the particles of a process, put together with it.
//!
//! Knows lines with their decays and the flavours of each; knows no diagram. Which decay
//! belongs to which particle follows MadGraph 5 (arXiv:1405.0301, section 2.1).

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::ProcessError;
use super::collect::LabelledSubprocess;
use super::expand::{Expander, subprocess};
use super::labels::{LegLabel, MAX_LEGS, ProcessLine, too_many_legs};
use crate::diagram::{Decay, DiagramFilter, LegSet, OrderLimits, Subprocess};
use crate::model::ParticleId;

/// A particle that a process makes, and what becomes of it.
#[derive(Clone)]
struct Leaf {
    particle: ParticleId,
    label: LegLabel,
    decay: Option<Rc<Channel>>,
}

/// A decay to definite particles, which may decay in turn.
struct Channel {
    filter: DiagramFilter,
    products: Vec<Leaf>,
}

/// The channels of one decay of a line, each with what decays.
type Channels = Vec<(ParticleId, Rc<Channel>)>;

/// All subprocesses of a line with the decays of its particles.
///
/// Decays go to particles by position where there are as many of them as particles
/// that decay, and the k-th fits the k-th (or each kind of particle occurs once); else
/// each particle decays in each way that the line has for it. Equal final states come
/// once.
///
/// # Errors
/// [`ProcessError`] of the line or of a decay.
pub(super) fn subprocesses(
    expander: &Expander,
    line: &mut ProcessLine,
) -> Result<Vec<LabelledSubprocess>, ProcessError> {
    let flavours = expander.line(line, false)?;
    let mut decays = Vec::new();
    for decay in &mut line.decays {
        decays.push(channels(expander, decay)?);
    }
    check_mothers(line, &flavours, &decays)?;
    let n_in = line.initial.len();
    let initial: Vec<LegLabel> = line.initial.clone();
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    for legs in flavours {
        if decays.is_empty() {
            found.push(LabelledSubprocess {
                subprocess: subprocess(line, legs),
                labels: [initial.as_slice(), &line.outgoing].concat().into(),
            });
            continue;
        }
        for leaves in dressed(&legs[n_in..], &line.outgoing, &decays) {
            check_polarisation(expander, line, &leaves)?;
            let mut sub = Subprocess {
                overall: line.overall.clone(),
                ..subprocess(line, legs[..n_in].to_vec())
            };
            let mut labels = initial.clone();
            flatten(&leaves, &mut sub, &mut labels);
            sub.polarisation = labels.iter().map(|l| l.polarisation).collect();
            if sub.polarisation.iter().all(|p| p.is_any()) {
                sub.polarisation.clear();
            }
            if sub.legs.len() > MAX_LEGS {
                return Err(too_many_legs(line.text.clone(), 1));
            }
            // Outer decays before those inside, and in the order of their legs.
            sub.decays
                .sort_by_key(|d| (d.legs.trailing_zeros(), std::cmp::Reverse(d.legs)));
            // Each part has diagrams; together they may break the limits on all of them.
            if (line.overall == OrderLimits::default() || expander.diagrams.exist(&sub))
                && seen.insert((sub.legs[..n_in].to_vec(), sub.final_state()))
            {
                found.push(LabelledSubprocess {
                    subprocess: sub,
                    labels: labels.into(),
                });
            }
        }
    }
    if found.is_empty() {
        return Err(ProcessError::NoDiagrams {
            line: line.text.clone(),
            reason: "no diagram of the process fits together with the decays".into(),
        });
    }
    Ok(found)
}

/// The channels of a decay, with the decays of its products.
fn channels(expander: &Expander, line: &mut ProcessLine) -> Result<Channels, ProcessError> {
    let flavours = expander.line(line, true)?;
    let mut decays = Vec::new();
    for decay in &mut line.decays {
        decays.push(channels(expander, decay)?);
    }
    check_mothers(line, &flavours, &decays)?;
    let mut found = Vec::new();
    for legs in flavours {
        for products in dressed(&legs[1..], &line.outgoing, &decays) {
            let channel = Channel {
                filter: line.filter.clone(),
                products,
            };
            found.push((legs[0], Rc::new(channel)));
        }
    }
    Ok(found)
}

/// Refuses a decay of something that is never made.
fn check_mothers(
    line: &ProcessLine,
    flavours: &[Vec<ParticleId>],
    decays: &[Channels],
) -> Result<(), ProcessError> {
    let n_in = line.initial.len();
    let made: FxHashSet<ParticleId> = (flavours.iter())
        .flat_map(|legs| legs[n_in..].iter().copied())
        .collect();
    for (decay, channels) in line.decays.iter().zip(decays) {
        if !channels.iter().any(|(mother, _)| made.contains(mother)) {
            return Err(ProcessError::Decay {
                decay: decay.text.clone(),
                process: line.text.clone(),
                mother: decay.initial[0].text.clone(),
            });
        }
    }
    Ok(())
}

/// Refuses particles that decay with helicities that their propagator cannot be reduced to.
fn check_polarisation(
    expander: &Expander,
    line: &ProcessLine,
    leaves: &[Leaf],
) -> Result<(), ProcessError> {
    for leaf in leaves {
        let Some(channel) = &leaf.decay else {
            continue;
        };
        let (p, polarisation) = (
            expander.model.particle(leaf.particle),
            leaf.label.polarisation,
        );
        let reason = match (p.spin, polarisation.to_string().as_str()) {
            (_, "") | (3, "{0}" | "{T}" | "{L}" | "{R}") => None,
            (3, _) => Some("ask for '{0}', '{T}', '{L}' or '{R}'"),
            _ => Some("leave out '{...}': of what decays, vectors alone are polarised"),
        };
        if let Some(instead) = reason {
            return Err(ProcessError::Unsupported {
                line: line.text.clone(),
                column: 1,
                what: format!("'{}{polarisation}' that decays is", leaf.label.text),
                instead: instead.into(),
            });
        }
        check_polarisation(expander, line, &channel.products)?;
    }
    Ok(())
}

/// All ways in which outgoing particles decay.
fn dressed(outgoing: &[ParticleId], labels: &[LegLabel], decays: &[Channels]) -> Vec<Vec<Leaf>> {
    let decays_of = |p: ParticleId, channels: &Channels| channels.iter().any(|c| c.0 == p);
    let decaying: Vec<usize> = (0..outgoing.len())
        .filter(|&k| decays.iter().any(|c| decays_of(outgoing[k], c)))
        .collect();
    let open: Vec<&Channels> = (decays.iter())
        .filter(|c| outgoing.iter().any(|&p| decays_of(p, c)))
        .collect();
    let by_position = open.len() == decaying.len()
        && (decaying.iter().zip(&open)).all(|(&k, c)| decays_of(outgoing[k], c));
    let mut lists: Vec<Vec<Leaf>> = vec![Vec::new()];
    for (k, &particle) in outgoing.iter().enumerate() {
        let options: Vec<Option<Rc<Channel>>> = match decaying.iter().position(|&d| d == k) {
            None => vec![None],
            Some(position) => {
                let of: &[&Channels] = match by_position {
                    true => &open[position..=position],
                    false => &open,
                };
                (of.iter().flat_map(|c| c.iter()))
                    .filter(|(mother, _)| *mother == particle)
                    .map(|(_, channel)| Some(channel.clone()))
                    .collect()
            }
        };
        lists = (lists.iter())
            .flat_map(|list| {
                options.iter().map(move |decay| {
                    let leaf = Leaf {
                        particle,
                        label: labels[k].clone(),
                        decay: decay.clone(),
                    };
                    [list.as_slice(), &[leaf]].concat()
                })
            })
            .collect();
    }
    lists
}

/// Adds what becomes of some particles to the legs: what decays is replaced by its
/// products.
fn flatten(leaves: &[Leaf], sub: &mut Subprocess, labels: &mut Vec<LegLabel>) {
    for leaf in leaves {
        let first = sub.legs.len();
        let Some(channel) = &leaf.decay else {
            sub.legs.push(leaf.particle);
            labels.push(leaf.label.clone());
            continue;
        };
        flatten(&channel.products, sub, labels);
        let set = |n: usize| -> LegSet { LegSet::MAX.unbounded_shl(n as u32) };
        sub.decays.push(Decay {
            legs: set(first) & !set(sub.legs.len()),
            particle: leaf.particle,
            filter: channel.filter.clone(),
            polarisation: leaf.label.polarisation,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_model::{process_set, standard_model, try_process_set};

    /// Names, identical-particle factors and numbers of diagrams of all matrix elements.
    fn found(lines: &[&str]) -> Vec<(String, f64, u64)> {
        let model = standard_model();
        let set = process_set(lines);
        let described = set.describe(&model).unwrap();
        let elements = set.elements.iter().zip(described);
        elements
            .map(|(e, d)| {
                let sub = &e.subprocess;
                (sub.name(&model), sub.identical_factor(), d.n_diagrams)
            })
            .collect()
    }

    fn names(lines: &[&str]) -> Vec<String> {
        found(lines).into_iter().map(|f| f.0).collect()
    }

    #[test]
    fn products_stand_in_the_place_of_what_decays() {
        let line = "g g > t t~, (t > w+ b, w+ > e+ ve), (t~ > w- b~, w- > mu- vm~)";
        assert_eq!(found(&[line]), [(line.to_owned(), 1.0, 3)]);
        let model = standard_model();
        let set = process_set(&[line]);
        let sub = &set.elements[0].subprocess;
        let legs: Vec<_> = sub.legs.iter().map(|&p| model.particle(p).pdg).collect();
        assert_eq!(legs, [21, 21, -11, 12, 5, 13, -14, -5]);
        let decays = sub.decays.iter();
        let decays: Vec<_> = decays
            .map(|d| (d.legs, model.particle(d.particle).pdg))
            .collect();
        assert_eq!(
            decays,
            [
                (0b0001_1100, 6),
                (0b0000_1100, 24),
                (0b1110_0000, -6),
                (0b0110_0000, -24)
            ]
        );
        assert_eq!(set.groups[0].labels[4].text, "b");
    }

    #[test]
    fn decays_go_by_position_or_in_all_combinations() {
        let both = "u u~ > z z, z > e+ e-, z > mu+ mu-";
        assert_eq!(found(&[both]), [(both.to_owned(), 1.0, 2)]);
        let same = "u u~ > z z, z > e+ e-";
        let name = "u u~ > z z, z > e+ e-, z > e+ e-";
        assert_eq!(found(&[same]), [(name.to_owned(), 2.0, 2)]);
        // 4 e and 4 mu with a factor of a half each, and 2 e 2 mu once.
        let all = process_set(&["u u~ > z z, z > l+ l-"]);
        let factors: Vec<f64> = (all.elements.iter())
            .map(|e| e.subprocess.identical_factor())
            .collect();
        assert_eq!(factors, [2.0, 1.0]);
        assert_eq!(all.n_subprocesses(), 3);
        // The first decay belongs to the first of two equal particles.
        let line = "u d~ > w+ w+ w-, w+ > e+ ve, w+ > c s~, w- > mu- vm~";
        assert_eq!(names(&[line]), [line]);
        // Another order than that of the particles.
        assert_eq!(
            names(&["u d~ > w+ z, z > mu+ mu-, w+ > e+ ve"]),
            ["u d~ > w+ z, w+ > e+ ve, z > mu+ mu-"]
        );
    }

    #[test]
    fn orders_and_filters_belong_to_their_process() {
        assert_eq!(found(&["e+ e- > z z, z > mu+ mu-"])[0].2, 2);
        // The production through a Higgs boson or photon is refused, the decay is not.
        let few = found(&["e+ e- > t t~ / z, t > b w+, t~ > b~ w-"]);
        assert_eq!(few[0].2, 1);
        assert_eq!(found(&["e+ e- > t t~, t > b w+ / z, t~ > b~ w-"])[0].2, 2);
        // Photons from the decay alone, and from production alone.
        let inside = found(&["u u~ > t t~, t > b w+ a, t~ > b~ w-"]);
        let outside = found(&["u u~ > t t~ a, t > b w+, t~ > b~ w-"]);
        assert_eq!((inside[0].2, outside[0].2), (3, 4));
        let whole = |limit: &str| {
            let line = format!("u u~ > t t~ QED<=2, t > b w+, t~ > b~ w- @1 {limit}");
            try_process_set(&[&line])
                .map(|set| set.describe(&standard_model()).unwrap()[0].n_diagrams)
        };
        assert_eq!(whole("QED<=4").unwrap(), 3);
        assert_eq!(whole("QED<=2").unwrap(), 1);
        assert!(whole("QED<=1").is_err());
    }

    #[test]
    fn a_process_of_one_particle_decays() {
        let set = process_set(&["p p > w+, w+ > l+ vl"]);
        assert_eq!(set.elements.len(), 1);
        assert_eq!(set.n_subprocesses(), 8);
        assert_eq!(names(&["t > w+ b, w+ > e+ ve"]), ["t > w+ b, w+ > e+ ve"]);
    }

    #[test]
    fn decays_of_what_is_not_there_are_refused() {
        let error = try_process_set(&["p p > t t~, t > w+ b, w+ > e+ ve"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "decay 'w+ > e+ ve': there is no 'w+' in 'p p > t t~, t > w+ b, w+ > e+ ve'; decays \
             of products stand in brackets with what they come from, as in \
             'p p > t t~, (t > w+ b, w+ > e+ ve)'"
        );
    }

    #[test]
    fn squared_orders_have_no_meaning_in_a_chain() {
        for line in [
            "u u > w+ u d QCD^2==2, w+ > e+ ve",
            "u u > w+ u d, w+ > e+ ve QED^2<=2",
            "u u > w+ u d QED=3, w+ > e+ ve @1 QCD^2==2",
            "u u > w+ u d QED=3, w+ > e+ ve @1 aS=1",
        ] {
            let message = try_process_set(&[line]).expect_err("refused").to_string();
            let reason = "squared orders in a decay chain are not supported; MadGraph refuses";
            assert!(message.contains(reason), "{line}: {message}");
        }
        let exact = found(&["u u > w+ u d QED=3, w+ > e+ ve @1 QCD==2"]);
        assert_eq!(exact.len(), 1);
    }
}
