//! The page of a report: one HTML file with its pictures, which needs nothing else.
//!
//! Knows what is worth showing in which order; computes nothing.

use super::figures;
use super::sample::Sample;
use super::words::{outcome, reason};
use crate::numbers::{grouped, per_cent, with_error, with_errors};
use crate::picture::{PALETTE, STYLE, Svg, escaped, process_label};
use crate::storage::VERSION;

const PAGE_STYLE: &str = "\
html { color-scheme: light dark; }
body { margin: 0 auto; max-width: 1640px; padding: 0 1rem 3rem; background: var(--paper); color: var(--ink);
  font: 16px/1.45 Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif; }
h1 { font-size: 1.6rem; margin: 1.2rem 0 0.2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2rem 0 0.6rem; border-bottom: 1px solid var(--grid); padding-bottom: 0.2rem; }
p { margin: 0.3rem 0; } .quiet { color: var(--faint); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 1rem 1.5rem; }
figure { margin: 0; max-width: 560px; } figure svg { display: block; width: 100%; height: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; }
th, td { text-align: left; padding: 0.2rem 1.2rem 0.2rem 0; vertical-align: top; border-bottom: 1px solid var(--grid); }
th { font-weight: 600; } td.fact { overflow-wrap: anywhere; min-width: 12rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.8rem; border: 1px solid var(--grid); padding: 0.6rem; margin: 0.4rem 0; }
.key { display: inline-block; width: 1.6em; height: 0; border-top: 3px solid; vertical-align: middle; margin-right: 0.5em; }
.note { border-left: 3px solid var(--c1); padding-left: 0.6rem; margin: 0.3rem 0; }
@media print { body { max-width: none; font-size: 11pt; } figure, tr { break-inside: avoid; }
  .figures { grid-template-columns: 1fr 1fr; } h2 { break-after: avoid; } }
";

/// Name under which a page has the checksums of the physics that it shows.
pub(super) const PHYSICS: &str = "omnis-physics";

/// The page.
pub(super) fn page(samples: &[Sample]) -> String {
    let title = title(samples);
    let mut body = format!("<h1>{title}</h1>\n");
    let beams: Vec<&str> = unique(samples.iter().map(|s| s.beams.as_str()));
    body += &format!("<p class=\"quiet\">{}</p>\n", escaped(&beams.join("; ")));
    for note in samples.iter().flat_map(|s| &s.notes) {
        body += &format!("<p class=\"note\">{}</p>\n", escaped(note));
    }
    body += &overview(samples);
    body += &figures_of("Distributions", distributions(samples));
    let each = || samples.iter().enumerate();
    let parts = each().filter_map(|(k, s)| figures::subprocesses(s, k));
    body += &figures_of("Subprocesses", parts.collect());
    let mut adaptation = figures::weights(samples).into_iter().collect::<Vec<_>>();
    adaptation.extend(each().filter_map(|(k, s)| figures::channels(s, k)));
    adaptation.extend(each().filter_map(|(k, s)| figures::iterations(s, k)));
    body += &figures_of("Weights, channels, iterations", adaptation);
    body += &figures_of(
        "Training",
        each().flat_map(|(k, s)| figures::trainings(s, k)).collect(),
    );
    body += &decisions(samples);
    body += &provenance(samples);
    let plain = text_of(&title);
    let physics = unique(samples.iter().map(|s| s.physics.as_str())).join(" ");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"omnis {VERSION}\">\n\
         <meta name=\"{PHYSICS}\" content=\"{physics}\">\n\
         <title>{plain}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{STYLE}{PAGE_STYLE}</style>\n</head>\n\
         <body>\n{body}<p class=\"quiet\">omnis {VERSION}</p>\n</body>\n</html>\n"
    )
}

/// Markup without its tags.
fn text_of(markup: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in markup.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

fn unique<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for one in all.filter(|s| !s.is_empty()) {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

fn title(samples: &[Sample]) -> String {
    let lines = unique(samples.iter().map(|s| s.process.as_str()));
    match lines.is_empty() {
        true => escaped(&unique(samples.iter().map(|s| s.name.as_str())).join(", ")),
        false => lines
            .iter()
            .map(|l| process_label(l).html())
            .collect::<Vec<_>>()
            .join("; "),
    }
}

fn figures_of(heading: &str, all: Vec<Svg>) -> String {
    if all.is_empty() {
        return String::new();
    }
    let figure = |svg: &Svg| format!("<figure>{}</figure>\n", svg.inline());
    let inside: String = all.iter().map(figure).collect();
    format!("<h2>{heading}</h2>\n<div class=\"figures\">\n{inside}</div>\n")
}

fn distributions(samples: &[Sample]) -> Vec<Svg> {
    let number = |s: &Sample| s.histograms.as_ref().map_or(0, |h| h.distributions.len());
    let n = samples.iter().map(number).max().unwrap_or(0);
    (0..n)
        .filter_map(|k| figures::distribution(k, samples))
        .collect()
}

/// Rows of names with a cell for each sample; rows without any value are left out.
fn table(samples: &[Sample], rows: &[(&str, Vec<Option<String>>)]) -> String {
    let head: String = samples
        .iter()
        .enumerate()
        .map(|(k, s)| {
            let key = format!(
                "<span class=\"key\" style=\"border-color: var(--c{})\"></span>",
                k % PALETTE
            );
            format!("<th>{key}{}</th>", escaped(&s.name))
        })
        .collect();
    let mut out = format!("<div class=\"scroll\"><table>\n<tr><th></th>{head}</tr>\n");
    for (name, cells) in rows.iter().filter(|r| r.1.iter().any(Option::is_some)) {
        let cell = |c: &Option<String>| format!("<td>{}</td>", escaped(c.as_deref().unwrap_or("")));
        let cells: String = cells.iter().map(cell).collect();
        out += &format!("<tr><th>{}</th>{cells}</tr>\n", escaped(name));
    }
    out + "</table></div>\n"
}

fn overview(samples: &[Sample]) -> String {
    let row = |of: &dyn Fn(&Sample) -> Option<String>| samples.iter().map(of).collect::<Vec<_>>();
    let mut rows: Vec<(&str, Vec<Option<String>>)> = vec![
        ("file", row(&|s| Some(s.file.clone()))),
        ("kind", row(&|s| Some(s.kind.to_owned()))),
        (
            "cross section",
            row(&|s| Some(format!("{} pb", with_error(s.xsec_pb, s.xsec_err_pb)))),
        ),
    ];
    let n_envelopes = |s: &Sample| {
        s.weight_totals
            .as_ref()
            .map_or(0, |w| w.scale_envelopes.len())
    };
    for k in 0..samples.iter().map(n_envelopes).max().unwrap_or(0) {
        let of = |s: &Sample| {
            let e = s.weight_totals.as_ref()?.scale_envelopes.get(k)?;
            let part = |x: f64| per_cent(x / s.xsec_pb);
            Some(format!(
                "+{} −{} ({} points)",
                part(e.plus_pb),
                part(e.minus_pb),
                e.n_points
            ))
        };
        rows.push(("scales", row(&of)));
    }
    let n_sets = |s: &Sample| s.weight_totals.as_ref().map_or(0, |w| w.pdf_errors.len());
    for k in 0..samples.iter().map(n_sets).max().unwrap_or(0) {
        let of = |s: &Sample| {
            let e = s.weight_totals.as_ref()?.pdf_errors.get(k)?;
            let part = |x: f64| per_cent(x / e.central_pb);
            let (plus, minus) = (part(e.plus_pb), part(e.minus_pb));
            let errors = with_errors(Some(e.central_pb), e.plus_pb, e.minus_pb);
            let errors = errors.replace(" -", " −");
            Some(format!(
                "{errors} pb (+{plus} −{minus}; {}, {} members)",
                e.set, e.n_members
            ))
        };
        rows.push(("parton densities", row(&of)));
    }
    let weights =
        |of: &dyn Fn(&super::WeightSpread) -> Option<String>| row(&|s| of(s.weights.as_ref()?));
    rows.extend([
        ("events", weights(&|w| Some(grouped(w.events)))),
        (
            "Kish effective size",
            weights(&|w| Some(format!("{:.1}", w.kish_size))),
        ),
        (
            "negative weights",
            weights(&|w| (w.negative > 0).then(|| per_cent(w.negative as f64 / w.events as f64))),
        ),
        (
            "largest weight over mean",
            weights(&|w| (w.largest > 0.0).then(|| format!("{:.2}", w.largest))),
        ),
        (
            "points of the adaptation",
            row(&|s| Some(grouped(s.adaptation.as_ref()?.points))),
        ),
        (
            "efficiency expected",
            row(&|s| {
                let channels = &s.adaptation.as_ref()?.channels;
                let trials: f64 = channels.iter().map(|c| c.trials).sum();
                let accepted: f64 = channels.iter().map(|c| c.trials * c.efficiency).sum();
                (trials > 0.0).then(|| per_cent(accepted / trials))
            }),
        ),
    ]);
    table(samples, &rows)
}

/// What `auto` chose, and why.
fn decisions(samples: &[Sample]) -> String {
    let mut out = String::new();
    for sample in samples {
        let Some(a) = &sample.adaptation else {
            continue;
        };
        let mut rows = Vec::new();
        if !a.helicities.is_empty() {
            rows.push(("helicities".to_owned(), a.helicities.clone()));
        }
        rows.extend(
            a.samplers
                .iter()
                .map(|s| ("samplers".to_owned(), s.clone())),
        );
        for c in &a.channels {
            let training = a.trainings.iter().find(|t| t.channel == c.channel);
            let Some(why) = c.reason.as_deref() else {
                continue;
            };
            if why == "too_small" {
                continue;
            }
            let mut text = format!("{}: {}", c.sampler, reason(why));
            if let Some(t) = training {
                text += &format!(
                    " ({}, {} calls of the integrand)",
                    outcome(&t.outcome),
                    grouped(t.points)
                );
            }
            rows.push((format!("channel {}", c.channel), text));
        }
        if rows.is_empty() {
            continue;
        }
        out += &heading_of(sample, samples);
        out += &facts(&rows);
    }
    match out.is_empty() {
        true => out,
        false => format!("<h2>Decisions</h2>\n{out}"),
    }
}

fn heading_of(sample: &Sample, samples: &[Sample]) -> String {
    match samples.len() {
        1 => String::new(),
        _ => format!("<p><b>{}</b></p>\n", escaped(&sample.name)),
    }
}

fn facts(rows: &[(String, String)]) -> String {
    let row = |(name, value): &(String, String)| {
        format!(
            "<tr><th>{}</th><td class=\"fact\">{}</td></tr>\n",
            escaped(name),
            escaped(value)
        )
    };
    let rows: String = rows.iter().map(row).collect();
    format!("<div class=\"scroll\"><table>\n{rows}</table></div>\n")
}

fn provenance(samples: &[Sample]) -> String {
    let mut out = "<h2>Provenance</h2>\n".to_owned();
    for sample in samples {
        out += &heading_of(sample, samples);
        out += &facts(&sample.facts);
        for (name, is_open, card) in [
            ("Card", " open", &sample.card),
            ("Card with all of its defaults", "", &sample.effective_card),
        ] {
            if !card.trim().is_empty() {
                out += &format!(
                    "<details{is_open}><summary>{name}</summary><pre>{}</pre></details>\n",
                    escaped(card.trim_end())
                );
            }
        }
    }
    out
}
