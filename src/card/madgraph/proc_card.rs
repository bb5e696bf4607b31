//! MadGraph's process card: model, definitions, process lines and options, in their order.
//!
//! Knows the commands; takes no process line apart.

use super::report::{CardSection, Report};
use super::source::SourceLine;
use crate::suggest::did_you_mean;

/// A definition or a process, in the order of the card.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// `define label = words`.
    Define(SourceLine),
    /// What follows `generate` (which forgets earlier ones) or `add process`.
    Process(String, SourceLine),
}

/// The commands of a process card.
#[derive(Clone, Debug, Default)]
pub(super) struct ProcCard {
    /// `import model NAME`.
    pub model: Option<(String, SourceLine)>,
    pub steps: Vec<Step>,
    /// What follows `launch`: answers and `set` lines.
    pub after_launch: Vec<SourceLine>,
}

const COMMANDS: [&str; 17] = [
    "import",
    "define",
    "generate",
    "add",
    "set",
    "output",
    "launch",
    "display",
    "check",
    "history",
    "save",
    "exit",
    "quit",
    "customize_model",
    "compute_widths",
    "install",
    "convert",
];

/// Options whose values change nothing in a leading-order sample.
const TECHNICAL: [&str; 24] = [
    "group_subprocesses",
    "low_mem_multicore_nlo_generation",
    "loop_optimized_output",
    "loop_color_flows",
    "max_npoint_for_channel",
    "max_t_for_channel",
    "nlo_mixed_expansion",
    "automatic_html_opening",
    "nb_core",
    "run_mode",
    "include_lepton_initiated_processes",
    "gauge",
    "cluster_type",
    "cluster_queue",
    "cluster_size",
    "cluster_temp_path",
    "timeout",
    "stdout_level",
    "notification_center",
    "lhapdf",
    "lhapdf_py3",
    "fastjet",
    "auto_update",
    "auto_convert_model",
];

/// Options that change the physics, each with the value that omnis works by.
const PHYSICAL: [(&str, &str); 4] = [
    ("ignore_six_quark_processes", "false"),
    ("complex_mass_scheme", "false"),
    ("zerowidth_tchannel", "true"),
    ("default_unset_couplings", "99"),
];

impl ProcCard {
    /// Sorts the commands of a card.
    pub fn parse(commands: &[SourceLine], report: &mut Report) -> Self {
        let mut card = Self::default();
        let mut launched = false;
        for line in commands {
            if launched {
                card.after_launch.push(line.clone());
                continue;
            }
            let words: Vec<&str> = line.text.split(' ').collect();
            match words.as_slice() {
                ["import", "model", name, ..] => {
                    card.model = Some(((*name).to_owned(), line.clone()));
                    // A new model brings its own labels.
                    card.steps.retain(|step| !defines_default(step));
                }
                ["import", ..] => report.physics(
                    "import",
                    "only 'import model' is read",
                    CardSection::Process,
                    line,
                ),
                ["define", _, ..] => card.steps.push(Step::Define(line.clone())),
                ["generate", ..] => {
                    if card.steps.iter().any(|s| matches!(s, Step::Process(..))) {
                        let reason = "forgets the processes before it, as in MadGraph";
                        report.note("generate", reason, CardSection::Process, line);
                    }
                    card.steps.retain(|s| !matches!(s, Step::Process(..)));
                    card.steps.push(process(&words[1..], line));
                }
                ["add", "process", rest @ ..] => card.steps.push(process(rest, line)),
                ["set", rest @ ..] => option(rest, line, report),
                ["launch", ..] => launched = true,
                [
                    "output" | "display" | "check" | "history" | "save" | "exit" | "quit"
                    | "install",
                    ..,
                ] => {}
                ["customize_model" | "compute_widths" | "convert", ..] => report.physics(
                    "command",
                    "this command is not supported",
                    CardSection::Model,
                    line,
                ),
                _ => {
                    let name = words.first().copied().unwrap_or_default();
                    let hint = did_you_mean(name, COMMANDS);
                    let reason = format!("'{name}' is no command of a process card{hint}");
                    report.physics("unknown_command", &reason, CardSection::Process, line);
                }
            }
        }
        card
    }

    /// Name of the model.
    pub(crate) fn model_name(&self) -> &str {
        self.model.as_ref().map_or("sm", |(name, _)| name)
    }
}

fn process(words: &[&str], line: &SourceLine) -> Step {
    Step::Process(words.join(" "), line.clone())
}

/// Whether it defines a label that every model brings.
fn defines_default(step: &Step) -> bool {
    let Step::Define(line) = step else {
        return false;
    };
    let label = line.text.split(' ').nth(1).unwrap_or_default();
    ["p", "j", "l+", "l-", "vl", "vl~", "all"].contains(&label)
}

fn option(words: &[&str], line: &SourceLine, report: &mut Report) {
    let name = words.first().copied().unwrap_or_default();
    let value = words.get(1).copied().unwrap_or_default().to_lowercase();
    if TECHNICAL.contains(&name) {
        return;
    }
    match PHYSICAL.iter().find(|(known, _)| *known == name) {
        Some((_, ours)) if *ours == value => {}
        Some((_, ours)) => {
            let reason = format!("omnis works by {name} = {ours}");
            report.physics("option", &reason, CardSection::Process, line);
        }
        None => {
            let known = TECHNICAL.into_iter().chain(PHYSICAL.iter().map(|p| p.0));
            let hint = did_you_mean(name, known);
            let reason = format!("'{name}' is no option that omnis knows{hint}");
            report.note("unknown_option", &reason, CardSection::Process, line);
        }
    }
}
