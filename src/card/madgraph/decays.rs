//! MadSpin's card: decays of the particles of finished events, as decay chains.
//!
//! Knows its commands; knows no diagram.

use super::line::{ProcessText, Segment};
use super::names::Names;
use super::report::{CardSection, Report};
use super::source::SourceLine;
use crate::card::error::CardError;
use crate::suggest::did_you_mean;

const COMMANDS: [&str; 6] = ["set", "decay", "define", "launch", "import", "import_model"];

/// What a MadSpin card asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct MadSpin {
    /// `t > w+ b, w+ > l+ vl`, with the labels that it uses defined.
    decays: Vec<Segment>,
}

impl MadSpin {
    /// Reads the commands. Labels that they define, and labels of products that would
    /// be heavier than what decays, get names of their own.
    ///
    /// # Errors
    /// [`CardError::Invalid`] for a decay that is none, and for unknown names.
    pub fn parse(
        lines: &[SourceLine],
        names: &mut Names,
        report: &mut Report,
    ) -> Result<Self, CardError> {
        let section = CardSection::Process;
        let mut card = Self::default();
        let mut renamed: Vec<(String, String)> = Vec::new();
        for line in lines {
            let (command, rest) = line.text.split_once(' ').unwrap_or((&line.text, ""));
            match command {
                "decay" => {
                    let text = ProcessText::parse(rest).map_err(|what| line.error(what))?;
                    let mut decay = text.core;
                    rename(&mut decay, &renamed);
                    lighter(&mut decay, names).map_err(|what| line.error(what))?;
                    decay.after_cuts = true;
                    card.decays.push(decay);
                }
                "define" => {
                    let words: Vec<&str> =
                        rest.split([' ', '=']).filter(|w| !w.is_empty()).collect();
                    let [label, members @ ..] = words.as_slice() else {
                        continue;
                    };
                    let own = own_label(label, members, names).map_err(|what| line.error(what))?;
                    renamed.retain(|(from, _)| from != label);
                    renamed.push(((*label).to_owned(), own));
                }
                "launch" | "import" | "import_model" => {}
                "set" => setting(rest, line, report),
                other => {
                    let hint = did_you_mean(other, COMMANDS);
                    let reason = format!("'{other}' is no command of a MadSpin card{hint}");
                    report.physics("unknown_command", &reason, section, line);
                }
            }
        }
        Ok(card)
    }

    /// Gives a process those of these decays whose particle it makes.
    ///
    /// # Errors
    /// What MadSpin does with these decays and a decay chain does not.
    pub(crate) fn decay(&self, process: &mut Segment, names: &Names) -> Result<bool, String> {
        let mut any = false;
        for decay in &mut process.decays {
            any |= self.decay(decay, names)?;
        }
        let decaying: Vec<i32> = (process.decays.iter())
            .flat_map(|d| mother(d, names))
            .collect();
        let made: Vec<Vec<i32>> = (process.outgoing.iter())
            .map(|leg| names.pdgs(&leg.name))
            .collect();
        let fits = |decay: &&Segment| {
            let pdgs = mother(decay, names);
            made.iter().flatten().any(|p| pdgs.contains(p))
                && !pdgs.iter().any(|p| decaying.contains(p))
        };
        let own: Vec<&Segment> = self.decays.iter().filter(fits).collect();
        let of_several = |k: usize| {
            let pdgs = mother(own[k], names);
            own[..k].iter().any(|d| mother(d, names) == pdgs)
        };
        let n_decaying = (made.iter())
            .filter(|leg| {
                own.iter()
                    .any(|d| mother(d, names).iter().any(|p| leg.contains(p)))
            })
            .count();
        if (1..own.len()).any(of_several) && n_decaying == own.len() {
            return Err(
                "MadSpin has each particle decay in each of these ways, while in a chain with as \
                 many decays as particles each has its own"
                    .to_owned(),
            );
        }
        process.decays.extend(own.iter().map(|d| (*d).clone()));
        Ok(any || !own.is_empty())
    }
}

fn mother(decay: &Segment, names: &Names) -> Vec<i32> {
    let first = decay.initial.first();
    first.map_or(Vec::new(), |leg| names.pdgs(&leg.name))
}

/// A label with these members: itself, if it has them or is free, or one like it.
fn own_label(label: &str, members: &[&str], names: &mut Names) -> Result<String, String> {
    let mut wanted: Vec<String> = Vec::new();
    for word in members {
        wanted.extend(names.resolve(word)?);
    }
    let mut own = label.to_owned();
    while names.is_known(&own) {
        if names.resolve(&own)? == wanted {
            return Ok(own);
        }
        own.push_str("_decay");
    }
    let members: Vec<&str> = wanted.iter().map(String::as_str).collect();
    names.define(&own, &members)?;
    Ok(own)
}

fn rename(decay: &mut Segment, renamed: &[(String, String)]) {
    for leg in decay.initial.iter_mut().chain(&mut decay.outgoing) {
        if let Some((_, to)) = renamed.iter().find(|(from, _)| *from == leg.name) {
            leg.name.clone_from(to);
        }
    }
    decay.decays.iter_mut().for_each(|d| rename(d, renamed));
}

/// Takes from the labels of products what is not lighter than what decays: MadSpin
/// knows decays on the mass shell alone.
fn lighter(decay: &mut Segment, names: &mut Names) -> Result<(), String> {
    let mass_of = |name: &str, names: &Names| {
        let model = names.model();
        model
            .by_name(name)
            .map_or(0.0, |id| model.particle(id).mass)
    };
    let initial: Vec<String> = match decay.initial.first() {
        Some(leg) => names.resolve(&leg.name)?,
        None => Vec::new(),
    };
    let mass = (initial.iter()).fold(0.0_f64, |m, name| m.max(mass_of(name, names)));
    for leg in &mut decay.outgoing {
        let members = names.resolve(&leg.name)?;
        let open: Vec<&str> = (members.iter().map(String::as_str))
            .filter(|name| mass_of(name, names) < mass)
            .collect();
        if members.len() > 1 && open.len() < members.len() && !open.is_empty() {
            let label = format!("{}_of_{}", leg.name, decay.initial[0].name);
            let open: Vec<String> = open.into_iter().map(str::to_owned).collect();
            let open: Vec<&str> = open.iter().map(String::as_str).collect();
            leg.name = own_label(&label, &open, names)?;
        } else {
            leg.name = names.spelling(&leg.name);
        }
    }
    for leg in &mut decay.initial {
        leg.name = names.spelling(&leg.name);
    }
    decay.decays.iter_mut().try_for_each(|d| lighter(d, names))
}

/// `set spinmode none` changes the events; numbers of trials and folders do not.
fn setting(rest: &str, line: &SourceLine, report: &mut Report) {
    let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
    let section = CardSection::Process;
    match (name.to_lowercase().as_str(), value.to_lowercase().as_str()) {
        ("spinmode", "madspin" | "full") | ("bw_cut", "15" | "15.0" | "-1") => {}
        ("spinmode" | "bw_cut" | "cross_section" | "onlyhelicity", _) => {
            let reason = "this setting of MadSpin is not supported";
            report.physics("madspin_setting", reason, section, line);
        }
        _ => {}
    }
}
