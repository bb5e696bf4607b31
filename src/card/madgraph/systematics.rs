//! Alternative weights from MadGraph's run card and its reweighting card.
//!
//! Knows keys of cards on both sides; knows no weight. What `systematics` takes where it is
//! not told: scales from 1/2 to 2, the four dynamical scales, the members of the run's set.

use super::customize::param;
use super::report::{CardSection, Report};
use super::run_card::RunParameters;
use super::source::SourceLine;
use super::toml_text::{Sections, quoted};
use crate::card::error::CardError;
use crate::model::{Model, ParameterValues};
use crate::weights::WeightRequest;

const SECTION: CardSection = CardSection::Weights;

/// The strong coupling of an event is no input that a weight may change.
const STRONG_COUPLING: &str = "aS";

/// What `systematics` does without arguments.
const USUAL: [(&str, &str); 5] = [
    ("mur", "0.5,1,2"),
    ("muf", "0.5,1,2"),
    ("dyn", "-1,1,2,3,4"),
    ("alps", "1"),
    ("pdf", "errorset"),
];

/// Options that say how a file is written, or how the work is shared.
const IDLE: [&str; 10] = [
    "together",
    "start_id",
    "remove_wgts",
    "keep_wgts",
    "start_event",
    "stop_event",
    "weight_format",
    "weight_info",
    "lhapdf_config",
    "ion_scaling",
];

/// Writes what the run card asks for; `own_pdf` is the set of the run as the new card has
/// it, if a beam is a hadron.
pub(super) fn systematics(
    run: &RunParameters,
    own_pdf: Option<&str>,
    out: &mut Sections,
    report: &mut Report,
) {
    if !run.names("use_syst") || !run.flag("use_syst") {
        return;
    }
    let program = run.text("systematics_program").to_lowercase();
    let mut options: Vec<(String, String)> = match program.as_str() {
        "none" => {
            let reason = "no weights are written: say --weights, or [weights] in the card that \
                          is made, or give them to the events with 'omnis reweight'";
            return report.note(
                "systematics",
                reason,
                SECTION,
                &run.at("systematics_program"),
            );
        }
        "syscalc" => of_syscalc(run),
        _ => of_systematics(run, report),
    };
    for (name, usual) in USUAL {
        let is_open = !options.iter().any(|(n, _)| n == name);
        if is_open && !(program == "syscalc" && matches!(name, "dyn" | "alps")) {
            options.push((name.to_owned(), usual.to_owned()));
        }
    }
    let at = run.at("use_syst");
    let sets = options.iter().filter(|(name, _)| name == "pdf");
    let mut pdf: Vec<String> = Vec::new();
    for word in sets.flat_map(|(_, list)| list.split(',')).map(str::trim) {
        match (word.to_lowercase().as_str(), own_pdf) {
            // The weight of the events.
            ("" | "central", _) | (_, None) => {}
            ("errorset", Some(own)) => pdf.push(own.to_owned()),
            _ => pdf.push(match word.parse::<u32>() {
                Ok(id) => id.to_string(),
                Err(_) => quoted(word),
            }),
        }
    }
    pdf.dedup();
    let others = options.iter().filter(|(name, _)| name != "pdf");
    let text: String = others.map(|(n, v)| format!("--{n}={v} ")).collect();
    match WeightRequest::parse(&text) {
        Ok(request) => write(&request, &pdf, out),
        Err(what) => report.note("systematics", &what, SECTION, &at),
    }
}

/// Writes the keys of `[weights]`.
fn write(request: &WeightRequest, pdf: &[String], out: &mut Sections) {
    let numbers = |list: &[f64]| -> Option<String> {
        let all: Vec<String> = list.iter().map(f64::to_string).collect();
        let is_needed = list.iter().any(|x| *x != 1.0);
        is_needed.then(|| format!("[{}]", all.join(", ")))
    };
    let scales: Vec<String> = request.scales.iter().map(|k| quoted(k.title())).collect();
    let list = |all: &[String]| (!all.is_empty()).then(|| format!("[{}]", all.join(", ")));
    for (key, value) in [
        ("mu_r", numbers(&request.mu_r)),
        ("mu_f", numbers(&request.mu_f)),
        ("scales", list(&scales)),
        ("alpha_s_factor", numbers(&request.alpha_s_factor)),
        ("pdf", list(pdf)),
    ] {
        if let Some(value) = value {
            out.key(SECTION, &format!("{key} = {value}"), "");
        }
    }
}

/// Names and values of `systematics_arguments`.
fn of_systematics(run: &RunParameters, report: &mut Report) -> Vec<(String, String)> {
    let text = run.text("systematics_arguments");
    let inner = text.trim_matches(['[', ']']);
    // A list in quotes, or words.
    let quote = inner.chars().find(|c| matches!(c, '\'' | '"'));
    let words: Vec<&str> = match quote {
        Some(quote) => inner.split(quote).skip(1).step_by(2).collect(),
        None => inner.split_whitespace().collect(),
    };
    let mut options = Vec::new();
    for word in words {
        let stripped = word.trim().trim_start_matches('-');
        let (name, value) = stripped.split_once('=').unwrap_or((stripped, ""));
        if IDLE.contains(&name) {
            continue;
        }
        if USUAL.iter().any(|(known, _)| *known == name) {
            options.push((name.to_owned(), value.to_owned()));
            continue;
        }
        let at = run.at("systematics_arguments");
        let reason = format!("'{word}' has no meaning in omnis");
        report.note("systematics", &reason, SECTION, &at);
    }
    options
}

/// The parameters of the older program.
fn of_syscalc(run: &RunParameters) -> Vec<(String, String)> {
    let list = |name: &str| {
        run.text(name)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(",")
    };
    let set = |part: &str| -> Option<String> {
        let mut words = part.split_whitespace();
        let name = words.next()?.trim_end_matches(".LHgrid");
        // The number of members: one is the central one.
        Some(match words.next() {
            Some("1") => format!("{name}@0"),
            _ => name.to_owned(),
        })
    };
    let sets: Vec<String> = run.text("sys_pdf").split("&&").filter_map(set).collect();
    let mut options = vec![
        ("mur".to_owned(), list("sys_scalefact")),
        ("muf".to_owned(), list("sys_scalefact")),
        ("pdf".to_owned(), sets.join(",")),
    ];
    let emissions = list("sys_alpsfact");
    if !emissions.eq_ignore_ascii_case("none") {
        options.push(("alps".to_owned(), emissions));
    }
    options
}

/// Writes the points of a reweighting card: each `launch` with the `set` lines behind it.
///
/// # Errors
/// [`CardError::Invalid`] for a value that its parameter cannot have.
pub(super) fn reweighting(
    lines: &[SourceLine],
    model: Option<&Model>,
    out: &mut Sections,
    report: &mut Report,
) -> Result<(), CardError> {
    let mut points: Vec<Point> = Vec::new();
    let mut other_physics: Option<&SourceLine> = None;
    for line in lines {
        let words: Vec<&str> = line.text.split(' ').collect();
        match words.as_slice() {
            ["change", "mode" | "rwgt_dir" | "output" | "helicity", ..] => {}
            ["change", ..] => other_physics = Some(line),
            ["launch", options @ ..] => {
                let name = options.iter().find_map(|o| o.strip_prefix("--rwgt_name="));
                points.push(Point {
                    name: name.map_or_else(|| format!("rwgt_{}", points.len() + 1), word),
                    at: line,
                    set: ParameterValues::default(),
                    is_other: other_physics.is_some(),
                });
            }
            ["set", rest @ ..] => {
                let Some(point) = points.last_mut() else {
                    let reason = "a value before the first 'launch'";
                    report.note("reweighting", reason, SECTION, line);
                    continue;
                };
                let rest = rest.strip_prefix(&["param_card"]).unwrap_or(rest);
                param(rest, line, model, &mut point.set, report)?;
            }
            ["done" | "0", ..] => {}
            _ => report.physics("reweighting", "not supported", SECTION, line),
        }
    }
    if let Some(at) = other_physics {
        let reason = "weights of other models and processes are not supported";
        report.physics("reweighting", reason, SECTION, at);
    }
    let mut rows = Vec::new();
    for point in points.iter().filter(|p| !p.is_other) {
        let mut values = point.set.texts();
        let n_set = values.len();
        values.retain(|(name, _)| *name != STRONG_COUPLING);
        if values.len() < n_set {
            let reason = "aS has no effect: events keep the strong coupling that they have, in MadGraph, too";
            report.note("reweighting", reason, SECTION, point.at);
        }
        if point.set.auto().next().is_some() || values.is_empty() {
            let reason = "a point without values of inputs of the model";
            report.physics("reweighting", reason, SECTION, point.at);
            continue;
        }
        let values: Vec<String> = (values.into_iter())
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        rows.push(format!(
            "    {{ name = {}, {} }},\n",
            quoted(&point.name),
            values.join(", ")
        ));
    }
    if !rows.is_empty() {
        out.key(SECTION, &format!("reweight = [\n{}]", rows.concat()), "");
    }
    Ok(())
}

/// A `launch` of a reweighting card.
struct Point<'a> {
    name: String,
    at: &'a SourceLine,
    set: ParameterValues,
    /// Whether it is of another model or process.
    is_other: bool,
}

/// A name that is one word here, too.
fn word(name: &str) -> String {
    let is_kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let name: String = name
        .chars()
        .map(|c| if is_kept(c) { c } else { '_' })
        .collect();
    match name.chars().all(|c| c.is_ascii_digit()) {
        true => format!("rwgt_{name}"),
        false => name,
    }
}
