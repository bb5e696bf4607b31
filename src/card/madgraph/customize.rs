//! Lines `set ...` that MadGraph reads when a run is launched: from a file of
//! customisations, or behind `launch`.
//!
//! Knows cards, blocks and names; knows no formula.

use super::parameters::parameter;
use super::report::{CardSection, Report};
use super::run_card::RunParameters;
use super::source::{SourceLine, number};
use crate::card::error::CardError;
use crate::model::{AUTO, Model, ParameterOrigin, ParameterValues};
use crate::suggest::did_you_mean;

/// Commands that stand in such files.
const COMMANDS: [&str; 6] = [
    "set",
    "done",
    "update",
    "compute_widths",
    "decay",
    "asperge",
];

/// Goldstone bosons: in MadGraph's models, but in no diagram of unitary gauge.
const GOLDSTONES: [i32; 4] = [250, 251, -251, 9_000_001];

/// Applies lines to the run card and collects the parameters of the model.
///
/// # Errors
/// [`CardError::Invalid`] for a value that its parameter cannot have.
pub(super) fn customize(
    lines: &[SourceLine],
    model: Option<&Model>,
    run: &mut RunParameters,
    set: &mut ParameterValues,
    report: &mut Report,
) -> Result<(), CardError> {
    for line in lines {
        let words: Vec<&str> = line.text.split(' ').collect();
        match words.as_slice() {
            ["set", "run_card", name, value @ ..] => {
                run.set(name, &value.join(" "), line, report)?;
            }
            ["set", "param_card", rest @ ..] => param(rest, line, model, set, report)?,
            ["set", "no_parton_cut", ..] => report.physics(
                "no_parton_cut",
                "not supported: set the cuts one by one",
                CardSection::Cuts,
                line,
            ),
            ["set", name, value] if shorthand(name, value, line, run, report)? => {}
            ["set", name, value @ ..] if parameter(&name.to_lowercase()).is_some() => {
                run.set(name, &value.join(" "), line, report)?;
            }
            ["set", rest @ ..] => param(rest, line, model, set, report)?,
            ["compute_widths", particles @ ..] => widths(particles, line, model, set, report),
            ["done" | "update" | "0", ..] => {}
            [answer] if answer.contains('=') || answer.ends_with("card.dat") => {}
            _ => {
                let name = words.first().copied().unwrap_or_default();
                let hint = did_you_mean(name, COMMANDS);
                let reason = format!("'{name}' is no command of a file of customisations{hint}");
                report.physics("unknown_command", &reason, CardSection::Run, line);
            }
        }
    }
    Ok(())
}

/// `set ebeam 6500` and the like, for both beams or scales.
fn shorthand(
    name: &str,
    value: &str,
    line: &SourceLine,
    run: &mut RunParameters,
    report: &mut Report,
) -> Result<bool, CardError> {
    let half = |tev: f64| format!("{}", 500.0 * tev);
    let settings: Vec<(&str, String)> = match (name.to_lowercase().as_str(), number(value)) {
        ("ebeam", Some(_)) => vec![("ebeam1", value.into()), ("ebeam2", value.into())],
        ("lpp", Some(_)) => vec![("lpp1", value.into()), ("lpp2", value.into())],
        ("lhc", Some(tev)) => vec![
            ("lpp1", "1".into()),
            ("lpp2", "1".into()),
            ("ebeam1", half(tev)),
            ("ebeam2", half(tev)),
        ],
        ("fixed_scale", Some(_)) => vec![
            ("fixed_ren_scale", "T".into()),
            ("fixed_fac_scale", "T".into()),
            ("scale", value.into()),
            ("dsqrt_q2fact1", value.into()),
            ("dsqrt_q2fact2", value.into()),
        ],
        _ => return Ok(false),
    };
    for (name, value) in settings {
        run.set(name, &value, line, report)?;
    }
    Ok(true)
}

/// `BLOCK code value`, `DECAY pdg value` or `NAME value`.
///
/// # Errors
/// [`CardError::Invalid`] for a value that is no number.
pub(super) fn param(
    words: &[&str],
    line: &SourceLine,
    model: Option<&Model>,
    set: &mut ParameterValues,
    report: &mut Report,
) -> Result<(), CardError> {
    let Some((value, key)) = words.split_last().filter(|(_, key)| !key.is_empty()) else {
        return Err(line.error("expected a parameter and its value"));
    };
    let section = CardSection::Model;
    let is_auto = value.eq_ignore_ascii_case(AUTO);
    if !is_auto && value.to_lowercase().starts_with(AUTO) {
        let reason = "widths are computed at leading order alone ('auto')";
        report.physics("auto_widths", reason, section, line);
        return Ok(());
    }
    if value.starts_with("scan") {
        report.physics("scan", "scans are not supported", section, line);
        return Ok(());
    }
    let value = match number(value) {
        None if !is_auto => {
            return Err(line.error(format!("found '{value}', expected a number")));
        }
        value => value,
    };
    let Some(model) = model else {
        report.physics(
            "parameter",
            "parameters of a model that omnis does not have",
            section,
            line,
        );
        return Ok(());
    };
    match key {
        [name] => match external(model, name) {
            Some(name) => put(set, &name, value),
            None => {
                let names = model.parameters.iter().map(|p| p.name.as_str());
                let hint = did_you_mean(name, names);
                let reason = format!("'{name}' is no input of the model{hint}");
                report.physics("parameter", &reason, section, line);
            }
        },
        [block, codes @ ..] => {
            let codes: Option<Vec<i32>> = codes.iter().map(|c| c.parse().ok()).collect();
            let Some(codes) = codes else {
                return Err(line.error("expected a block, whole numbers and a value"));
            };
            entry(
                &block.to_uppercase(),
                &codes,
                value,
                line,
                model,
                set,
                report,
            );
        }
        [] => {}
    }
    Ok(())
}

fn external(model: &Model, name: &str) -> Option<String> {
    let is_external = |o: &ParameterOrigin| matches!(o, ParameterOrigin::External { .. });
    let found = (model.parameters.iter())
        .find(|p| p.name.eq_ignore_ascii_case(name) && is_external(&p.origin));
    found.map(|p| p.name.clone())
}

/// `compute_widths t h`, `compute_widths all`: as if their widths were `auto`.
fn widths(
    particles: &[&str],
    line: &SourceLine,
    model: Option<&Model>,
    set: &mut ParameterValues,
    report: &mut Report,
) {
    let section = CardSection::Model;
    let Some(model) = model else {
        let reason = "particles of a model that omnis does not have";
        return report.physics("parameter", reason, section, line);
    };
    let is_width = |o: &ParameterOrigin| matches!(o, ParameterOrigin::External { block, .. } if block.eq_ignore_ascii_case("DECAY"));
    for name in particles {
        if name.contains('=') || name.starts_with("--") {
            let reason = "all two- and three-body decays are counted";
            report.note("width_options", reason, section, line);
            continue;
        }
        let is_it = |p: &&crate::model::Particle| {
            p.name.eq_ignore_ascii_case(name) || name.parse() == Ok(p.pdg)
        };
        if name.eq_ignore_ascii_case("all") {
            let widths = model.parameters.iter().filter(|p| is_width(&p.origin));
            widths.for_each(|p| set.set_auto(&p.name));
        } else if let Some(p) = model.particles.iter().find(is_it) {
            let mut inputs = model.parameters.iter();
            match inputs.find(|q| q.name == p.width_name && is_width(&q.origin)) {
                Some(width) => set.set_auto(&width.name),
                None => report.note("parameter", "it has no width", section, line),
            }
        } else {
            let names = model.particles.iter().map(|p| p.name.as_str());
            let reason = format!("no particle '{name}'{}", did_you_mean(name, names));
            report.physics("parameter", &reason, section, line);
        }
    }
}

/// Sets a value; `None` is a width to be computed.
fn put(set: &mut ParameterValues, name: &str, value: Option<f64>) {
    match value {
        Some(value) => set.set_value(name, value),
        None => set.set_auto(name),
    }
}

/// The parameter of a block and its code; no value for a width to be computed.
pub(super) fn entry(
    block: &str,
    codes: &[i32],
    value: Option<f64>,
    line: &SourceLine,
    model: &Model,
    set: &mut ParameterValues,
    report: &mut Report,
) {
    let section = CardSection::Model;
    let block = if block == "WIDTH" { "DECAY" } else { block };
    let found = model.parameters.iter().find(|p| match &p.origin {
        ParameterOrigin::External { block: b, code } => {
            b.eq_ignore_ascii_case(block) && code == codes
        }
        ParameterOrigin::Internal { .. } => false,
    });
    let derived = model.parameters.iter().find(|p| match &p.origin {
        ParameterOrigin::Internal {
            slha: Some((b, c)), ..
        } => b.eq_ignore_ascii_case(block) && codes == c,
        _ => false,
    });
    match (found, derived) {
        (Some(_), _) if value.is_none() && block != "DECAY" => report.physics(
            "parameter",
            "widths alone are computed (auto)",
            section,
            line,
        ),
        // What a restriction sets to 0 is no input any more, as in MadGraph.
        (Some(p), _) if p.value.0 == 0.0 && value != Some(0.0) && block != "DECAY" => report.note(
            "restricted_parameter",
            &format!("the restriction of the model sets {} to 0", p.name),
            section,
            line,
        ),
        (Some(p), _) => put(set, &p.name, value),
        (None, Some(p)) => report.note(
            "derived_parameter",
            &format!(
                "{} follows from other inputs; MadGraph computes it as well",
                p.name
            ),
            section,
            line,
        ),
        (None, None) if codes.iter().any(|c| GOLDSTONES.contains(c)) => report.note(
            "goldstone",
            "Goldstone bosons are in no diagram of unitary gauge",
            section,
            line,
        ),
        (None, None) if value == Some(0.0) => {}
        (None, None) if value.is_none() => report.note(
            "parameter",
            "the model has no such width: the particle is stable",
            section,
            line,
        ),
        (None, None) => report.physics("parameter", "the model has no such input", section, line),
    }
}
