//! MadSpin's card: decays of the particles of finished events, as decay chains.
//!
//! Knows its commands; knows no particle.

use super::ability::Ability;
use super::line::ProcessText;
use super::names::Names;
use super::report::{CardSection, Report};
use super::source::SourceLine;
use crate::suggest::did_you_mean;

const COMMANDS: [&str; 6] = ["set", "decay", "define", "launch", "import", "import_model"];

/// What a MadSpin card asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct MadSpin {
    /// `t > w+ b, w+ > l+ vl`.
    pub decays: Vec<String>,
}

impl MadSpin {
    /// Reads the commands.
    pub fn parse(lines: &[SourceLine], report: &mut Report) -> Self {
        let section = CardSection::Process;
        let mut card = Self::default();
        for line in lines {
            let (command, rest) = line.text.split_once(' ').unwrap_or((&line.text, ""));
            match command {
                "decay" => match ProcessText::parse(rest) {
                    Ok(_) => {
                        report.lacks(Ability::MadSpin, section, line);
                        card.decays.push(rest.to_owned());
                    }
                    Err(reason) => report.physics("madspin", &reason, section, line),
                },
                "define" | "launch" | "import" | "import_model" => {}
                "set" => setting(rest, line, report),
                other => {
                    let hint = did_you_mean(other, COMMANDS);
                    let reason = format!("'{other}' is no command of a MadSpin card{hint}");
                    report.physics("unknown_command", &reason, section, line);
                }
            }
        }
        card
    }

    /// A process line with those of these decays as a chain whose particle it has;
    /// `None` if there are none.
    pub(crate) fn chained(&self, line: &ProcessText, names: &Names) -> Option<String> {
        let mut made: Vec<i32> = Vec::new();
        for segment in line.core.all() {
            made.extend(
                segment
                    .outgoing
                    .iter()
                    .flat_map(|leg| names.pdgs(&leg.name)),
            );
        }
        let is_made = |decay: &&String| {
            let mother = decay.split('>').next().unwrap_or_default();
            names.pdgs(mother.trim()).iter().any(|p| made.contains(p))
        };
        let text = line.text();
        let (line, tag) = match text.split_once(" @") {
            Some((line, tag)) => (line, format!(" @{tag}")),
            None => (text.as_str(), String::new()),
        };
        let decays: Vec<String> = (self.decays.iter().filter(is_made))
            .map(|decay| match decay.contains(',') {
                true => format!("({decay})"),
                false => decay.clone(),
            })
            .collect();
        (!decays.is_empty()).then(|| format!("{line}, {}{tag}", decays.join(", ")))
    }
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
