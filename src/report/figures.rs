//! The pictures of a report.
//!
//! Knows what is drawn against what; knows no page.

use super::sample::{Part, Sample};
use crate::jobs::Distribution;
use crate::numbers::{per_cent, short_number, with_error};
use crate::picture::{
    Band, Bar, BarChart, Label, Plot, Script, Series, SeriesKind, Svg, expression_label,
    process_label,
};
use crate::run::Iteration;

/// Subprocesses and channels that get a bar of their own.
const MOST_BARS: usize = 16;
/// Trainings that are drawn: those of the channels with the most trials.
const MOST_TRAININGS: usize = 6;

/// From the colour of a sample to a second one in its pictures: the next ones are those of other
/// samples.
const SECOND: usize = 3;

/// One histogram of all samples that have it.
pub(super) fn distribution(index: usize, samples: &[Sample]) -> Option<Svg> {
    let found: Vec<(usize, &Sample, &Distribution)> = (samples.iter())
        .enumerate()
        .filter_map(|(k, s)| Some((k, s, s.histograms.as_ref()?.distributions.get(index)?)))
        .collect();
    let (_, _, first) = found.first()?;
    let several = found.len() > 1;
    let series: Vec<Series> = (found.iter())
        .map(|(k, sample, d)| steps(*k, sample, d, several))
        .collect();
    let has_bands = series.iter().any(|s| !s.bands.is_empty());
    let quantity = expression_label(&first.of);
    let unit = |label: Label, unit: &str| match unit {
        "" => label,
        unit => label.plain(&format!(" [{unit}]")),
    };
    let per = match first.unit {
        "" => "pb".to_owned(),
        unit => format!("pb/{unit}"),
    };
    let plot = Plot {
        title: match first.title == first.of {
            true => process_title(&found),
            false => first.title.as_str().into(),
        },
        corner: energy(&found),
        x_label: unit(quantity.clone(), first.unit),
        y_label: unit(Label::default().plain("dσ/d").join(&quantity), &per),
        log_x: first.log_x,
        log_y: first.log_y,
        ratio: match (several, has_bands) {
            (true, _) => Some(Label::from("ratio")),
            (false, true) => Some(Label::from("relative")),
            (false, false) => None,
        },
        around: None,
        series,
    };
    (!plot.is_empty()).then(|| plot.draw())
}

/// Where all samples have the same value of something, that.
fn common<T: PartialEq>(
    found: &[(usize, &Sample, &Distribution)],
    of: impl Fn(&Sample) -> T,
) -> Option<T> {
    let first = of(found.first()?.1);
    found.iter().all(|f| of(f.1) == first).then_some(first)
}

fn process_title(found: &[(usize, &Sample, &Distribution)]) -> Label {
    let process = common(found, |s| s.process.clone()).unwrap_or_default();
    process_label(&process)
}

/// The energy of the collision, if it is that of all.
fn energy(found: &[(usize, &Sample, &Distribution)]) -> Label {
    let Some(energy) = common(found, |s| s.collision_gev).filter(|e| *e > 0.0) else {
        return Label::default();
    };
    let text = match energy >= 1000.0 {
        true => format!(" = {} TeV", short_number(energy / 1000.0)),
        false => format!(" = {} GeV", short_number(energy)),
    };
    Label::default()
        .plain("√")
        .with(Script::Italic, "s")
        .plain(&text)
}

fn steps(k: usize, sample: &Sample, d: &Distribution, several: bool) -> Series {
    let widths = || d.edges.windows(2).map(|e| e[1] - e[0]);
    let density = |values: &[f64]| values.iter().zip(widths()).map(|(x, w)| x / w).collect();
    // Of envelopes the one with few points, as it is usual.
    let of_kind = |kind: &str| d.bands.iter().find(|b| b.kind == kind);
    let band = |kind: &str| {
        let band = of_kind(kind)?;
        let name = match kind {
            "scales" => format!("scales, {}", band.name),
            _ => format!("PDF, {}", band.name),
        };
        Some(Band {
            name: name.as_str().into(),
            low: density(&band.low_pb),
            high: density(&band.high_pb),
        })
    };
    let bands = [band("pdf"), band("scales")].into_iter().flatten();
    let has_bands = !d.bands.is_empty();
    Series {
        name: match several || has_bands {
            true => sample.name.as_str().into(),
            false => Label::default(),
        },
        kind: SeriesKind::Steps,
        x: d.edges.clone(),
        y: density(&d.xsec_pb),
        errors: density(&d.xsec_err_pb),
        bands: bands.collect(),
        colour: k,
    }
}

/// Cross sections by subprocess, the largest first.
pub(super) fn subprocesses(sample: &Sample, colour: usize) -> Option<Svg> {
    if sample.subprocesses.len() < 2 {
        return None;
    }
    let mut parts: Vec<Part> = sample.subprocesses.clone();
    parts.sort_by(|a, b| b.xsec_pb.abs().total_cmp(&a.xsec_pb.abs()));
    if parts.len() > MOST_BARS {
        let rest = parts.split_off(MOST_BARS - 1);
        parts.push(Part {
            name: format!("{} others", rest.len()),
            xsec_pb: rest.iter().map(|p| p.xsec_pb).sum(),
            xsec_err_pb: rest
                .iter()
                .map(|p| p.xsec_err_pb.powi(2))
                .sum::<f64>()
                .sqrt(),
        });
    }
    let bar = |part: &Part| {
        let share = per_cent(part.xsec_pb / sample.xsec_pb);
        Bar {
            name: process_label(&part.name),
            value: part.xsec_pb,
            error: part.xsec_err_pb,
            text: format!("{} ({share})", with_error(part.xsec_pb, part.xsec_err_pb))
                .as_str()
                .into(),
            colour,
        }
    };
    let chart = BarChart {
        title: format!("Cross section by subprocess [pb]: {}", sample.name)
            .as_str()
            .into(),
        bars: parts.iter().map(bar).collect(),
    };
    Some(chart.draw())
}

/// Sizes of the weights of all samples.
pub(super) fn weights(samples: &[Sample]) -> Option<Svg> {
    let mut series = Vec::new();
    let several = samples.iter().filter(|s| s.weights.is_some()).count() > 1;
    for (k, sample) in samples.iter().enumerate() {
        let Some(spread) = sample.weights.as_ref().filter(|w| !w.edges.is_empty()) else {
            continue;
        };
        let part = |counts: &[u64]| -> Vec<f64> {
            let n = spread.events.max(1) as f64;
            counts.iter().map(|c| *c as f64 / n).collect()
        };
        let errors = |counts: &[u64]| -> Vec<f64> {
            let n = spread.events.max(1) as f64;
            counts.iter().map(|c| (*c as f64).sqrt() / n).collect()
        };
        let mut add = |counts: &[u64], words: &str, colour: usize| {
            let name = match (several, words) {
                (false, "") => String::new(),
                (true, "") => sample.name.clone(),
                (false, words) => words.to_owned(),
                (true, words) => format!("{}, {words}", sample.name),
            };
            series.push(Series {
                name: name.as_str().into(),
                kind: SeriesKind::Steps,
                x: spread.edges.clone(),
                y: part(counts),
                errors: errors(counts),
                bands: vec![],
                colour,
            });
        };
        let is_signed = spread.negative > 0;
        add(
            &spread.positive_counts,
            if is_signed { "positive" } else { "" },
            k,
        );
        if is_signed {
            add(&spread.negative_counts, "negative", k + SECOND);
        }
    }
    let plot = Plot {
        title: "Weights of the events".into(),
        x_label: "size of the weight over the mean of the sizes".into(),
        y_label: "part of the events".into(),
        log_x: true,
        log_y: true,
        series,
        ..Plot::default()
    };
    (!plot.is_empty()).then(|| plot.draw())
}

/// Whether an iteration has an error, and more than a few points: a last step to the accuracy that
/// was asked for may have 64, whose error would be all that is seen.
fn is_drawn(iteration: &Iteration, all: &[Iteration]) -> bool {
    let most = all.iter().map(|i| i.points).max().unwrap_or(0);
    iteration.xsec_err_pb > 0.0 && iteration.points > most / 50
}

/// Estimates of the iterations of an adaptation, with the result.
pub(super) fn iterations(sample: &Sample, colour: usize) -> Option<Svg> {
    let all = &sample.adaptation.as_ref()?.iterations;
    let of = |kept: bool| {
        let chosen = || {
            (1..)
                .zip(all)
                .filter(move |(_, i)| i.kept == kept && is_drawn(i, all))
        };
        Series {
            name: if kept { "kept" } else { "adaptation" }.into(),
            kind: SeriesKind::Points,
            x: chosen().map(|(k, _)| f64::from(k)).collect(),
            y: chosen().map(|(_, i)| i.xsec_pb / sample.xsec_pb).collect(),
            errors: chosen()
                .map(|(_, i)| i.xsec_err_pb / sample.xsec_pb)
                .collect(),
            bands: vec![],
            colour: if kept { colour } else { colour + SECOND },
        }
    };
    let n = all.len() as f64;
    let result = Series {
        name: "result".into(),
        kind: SeriesKind::Line,
        x: vec![1.0, n.max(1.5)],
        y: vec![1.0; 2],
        errors: vec![],
        bands: vec![Band {
            name: Label::default(),
            low: vec![1.0 - sample.xsec_err_pb / sample.xsec_pb; 2],
            high: vec![1.0 + sample.xsec_err_pb / sample.xsec_pb; 2],
        }],
        colour,
    };
    let mut series = vec![result, of(false), of(true)];
    series.retain(|s| !s.y.is_empty());
    let plot = Plot {
        title: format!("Iterations of the integral: {}", sample.name)
            .as_str()
            .into(),
        x_label: "iteration".into(),
        y_label: "estimate over the result".into(),
        // Around 1, not from 0 on.
        around: Some(1.0),
        series,
        ..Plot::default()
    };
    (all.len() > 1 && sample.xsec_pb != 0.0).then(|| plot.draw())
}

/// Efficiency of the channels with the most trials.
pub(super) fn channels(sample: &Sample, colour: usize) -> Option<Svg> {
    let adaptation = sample.adaptation.as_ref()?;
    let bars = adaptation.channels.iter().take(MOST_BARS).map(|c| Bar {
        name: format!("{} ({})", c.channel, c.sampler).as_str().into(),
        value: c.efficiency,
        error: 0.0,
        text: format!(
            "{}, {} of trials",
            per_cent(c.efficiency),
            per_cent(c.trials)
        )
        .as_str()
        .into(),
        colour: if c.sampler == "flow" {
            colour + SECOND
        } else {
            colour
        },
    });
    let chart = BarChart {
        title: format!("Unweighting efficiency by channel: {}", sample.name)
            .as_str()
            .into(),
        bars: bars.collect(),
    };
    (!chart.bars.is_empty()).then(|| chart.draw())
}

/// Curves of the trainings: loss, deviation, efficiency. The first one has the colour of the
/// sample.
pub(super) fn trainings(sample: &Sample, colour: usize) -> Vec<Svg> {
    let Some(adaptation) = &sample.adaptation else {
        return Vec::new();
    };
    let place = |channel: usize| {
        let mut all = adaptation.channels.iter();
        all.position(|c| c.channel == channel).unwrap_or(usize::MAX)
    };
    let mut chosen: Vec<_> = adaptation
        .trainings
        .iter()
        .filter(|t| t.loss.len() > 1)
        .collect();
    chosen.sort_by_key(|t| place(t.channel));
    chosen.truncate(MOST_TRAININGS);
    let figure = |title: &str,
                  y_label: &str,
                  log_y: bool,
                  of: &dyn Fn(&crate::run::TrainingSummary) -> Vec<(f64, f64)>| {
        let series = chosen.iter().enumerate().map(|(k, t)| {
            let (x, y) = of(t).into_iter().unzip();
            Series {
                name: format!("channel {}", t.channel).as_str().into(),
                kind: SeriesKind::Line,
                x,
                y,
                errors: vec![],
                bands: vec![],
                colour: colour + k,
            }
        });
        Plot {
            title: format!("{title}: {}", sample.name).as_str().into(),
            x_label: "round".into(),
            y_label: y_label.into(),
            log_y,
            series: series.filter(|s| !s.y.is_empty()).collect(),
            ..Plot::default()
        }
    };
    let rounds = |values: &[f64]| -> Vec<(f64, f64)> {
        (1..).zip(values).map(|(k, y)| (f64::from(k), *y)).collect()
    };
    // A loss belongs to rounds with steps.
    let losses = |t: &crate::run::TrainingSummary| -> Vec<(f64, f64)> {
        let all = rounds(&t.loss).into_iter().zip(&t.kind);
        all.filter(|(_, kind)| *kind == "training")
            .map(|(p, _)| p)
            .collect()
    };
    let mut loss = figure("Training loss", "mean loss of the round", false, &losses);
    loss.around = loss.series.first().and_then(|s| s.y.first().copied());
    let all = [
        loss,
        figure(
            "Spread of the weights",
            "standard deviation over mean",
            true,
            &|t| rounds(&t.deviation),
        ),
        figure("Unweighting efficiency", "efficiency", false, &|t| {
            rounds(&t.efficiency)
        }),
    ];
    all.iter()
        .filter(|p| !p.is_empty())
        .map(Plot::draw)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_of_a_few_points_are_not_drawn() {
        let of = |points: u64, xsec_err_pb: f64| Iteration {
            points,
            xsec_err_pb,
            ..Iteration::default()
        };
        let all = [of(10_000, 5.0), of(5000, 1.2), of(64, 19.0), of(5000, 0.0)];
        let drawn = all.iter().map(|i| is_drawn(i, &all));
        assert!(drawn.eq([true, true, false, false]));
    }
}
