//! `omnis integrate` of decays: partial widths instead of a cross section.
//!
//! Knows how they are shown; computes nothing.

use std::time::Instant;

use serde_json::json;

use super::failure::Failure;
use super::interrupt::either_requested;
use super::program::Context;
use super::running::{in_pool, set_up, with_unit};
use super::summary::with_error;
use super::team::threads;
use crate::card::{Card, ProcessCard};
use crate::run::{DecayWidth, PartialWidth};

/// The card that a process line on the command line stands for.
pub(super) fn card_of(line: &str) -> Card {
    Card {
        process: ProcessCard {
            generate: vec![line.to_owned()],
            define: Default::default(),
        },
        amplitude: Default::default(),
        model: Default::default(),
        beams: Default::default(),
        scales: Default::default(),
        cuts: Default::default(),
        run: Default::default(),
        weights: Default::default(),
        text: String::new(),
    }
}

/// Integrates the decays of a card and prints their widths.
///
/// # Errors
/// [`Failure::Usage`] for decays that cannot be used, [`Failure::Inaccurate`] where the
/// accuracy that was asked for was not reached.
pub(super) fn print_width(card: &Card, begin: Instant, context: &Context) -> Result<(), Failure> {
    let found = in_pool(threads(card.run.threads, &*context.team), || {
        with_unit(&context.progress, either_requested(), " GeV", |control| {
            set_up(&mut None, context, |watch| {
                PartialWidth::of_card(card, control, watch)
            })
        })
    })?;
    let title = card.process.generate.join("; ");
    let seconds = begin.elapsed().as_secs_f64();
    context.print(&text(&title, &found), &in_json(&title, &found, seconds))?;
    if found.accuracy_reached() {
        return Ok(());
    }
    Err(Failure::Inaccurate(format!(
        "the relative error is {:.2} %, {:.2} % was asked for",
        100.0 * found.total.relative_error(),
        100.0 * found.accuracy_asked
    )))
}

fn in_json(title: &str, found: &PartialWidth, seconds: f64) -> serde_json::Value {
    json!({
        "title": title,
        "pdg": found.pdg,
        "width_gev": found.total.xsec_pb,
        "width_err_gev": found.total.xsec_err_pb,
        "decays": found.decays,
        "accuracy_reached": found.accuracy_reached(),
        "points_evaluated": found.n_points,
        "non_finite": found.n_non_finite,
        "seconds": seconds,
        "warnings": found.notes,
    })
}

/// Largest widths first, the total last.
fn text(title: &str, found: &PartialWidth) -> String {
    let mut rows: Vec<&DecayWidth> = found.decays.iter().collect();
    rows.sort_by(|a, b| b.width_gev.total_cmp(&a.width_gev));
    let total = DecayWidth {
        name: "total".to_owned(),
        pdg: vec![],
        width_gev: found.total.xsec_pb,
        width_err_gev: found.total.xsec_err_pb,
    };
    if rows.len() == 1 {
        rows.clear();
    }
    rows.push(&total);
    let width = rows.iter().map(|r| r.name.len()).max().unwrap_or(0).max(22);
    let head = format!("{:<width$}  partial width [GeV]", "decay");
    let mut lines = vec![title.to_owned(), String::new(), head];
    for row in rows {
        let share = 100.0 * row.width_gev / total.width_gev;
        let share = match row.pdg.is_empty() {
            true => String::new(),
            false => format!("{share:6.2} %"),
        };
        let value = with_error(row.width_gev, row.width_err_gev);
        let line = format!("{:<width$}  {value:<26}{share}", row.name);
        lines.push(line.trim_end().to_owned());
    }
    lines.push(String::new());
    lines.push(format!("{:<24}{}", "phase-space points", found.n_points));
    lines.extend(found.notes.iter().map(|w| format!("warning: {w}")));
    lines.join("\n")
}
