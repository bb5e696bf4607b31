//! The closing summary of a run, as a table and as JSON.
//!
//! Knows how numbers are shown; computes none of them.

use std::path::Path;

use serde::Serialize;

use super::progress::StageTime;
use crate::cross_section::{HelicityChoice, OutsideGrid};
use crate::integrate::Estimate;
use crate::jobs::{Distributions, WeightTotals, is_split};
use crate::numbers::{grouped, with_error};
use crate::run::{Accuracy, SamplerCounts};
use crate::storage::version_line;

/// Subprocesses that get a line of their own.
const MAX_ROWS: usize = 12;
/// With fewer degrees of freedom chi^2 says nothing: it is no line.
const LEAST_DOF: u32 = 3;
/// A share outside the grid of parton densities that is not above this by its error is
/// not worth a line.
const LEAST_OUTSIDE: f64 = 1e-4;

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// What was run, e.g. the process lines and the beams.
    pub title: String,
    /// Process lines.
    pub process: Vec<String>,
    /// Names of the beams.
    pub beams: [String; 2],
    /// Their energies in GeV.
    pub energies_gev: [f64; 2],
    /// The card with all of its defaults, in TOML.
    pub effective_card: String,
    /// Scales, parton densities, coupling, cuts: name and value.
    pub conditions: Vec<(String, String)>,
    /// The strong coupling at the mass of the Z.
    pub alpha_s_mz: f64,
    /// Seed of the events, or of the integral.
    pub seed: u64,
    /// Seed of the adaptation.
    pub adaptation_seed: u64,
    /// A subprocess that has another name with the beams exchanged, and that name.
    pub exchanged: Option<[String; 2]>,
    /// Cross sections of the subprocesses, in any order.
    pub subprocesses: Vec<SubprocessSummary>,
    /// Total cross section in pb; for events that of the adaptation, which their file
    /// states.
    pub xsec_pb: f64,
    /// Statistical error of the total, one standard deviation, in pb.
    pub xsec_err_pb: f64,
    /// The relative error that was asked for; 0 if none was.
    pub accuracy_asked: f64,
    /// Agreement of the iterations: chi^2 and its degrees of freedom, 0 of these if
    /// there was one iteration.
    pub chi2: f64,
    /// Degrees of freedom of `chi2`.
    pub chi2_dof: u32,
    /// Number of equal weights whose mean would be as skewed; few of them are a warning.
    pub n_carriers: f64,
    /// Evaluated phase-space points.
    pub n_points: u64,
    /// Points whose weight was NaN or infinite and counted as 0.
    pub n_non_finite: u64,
    /// Whether helicities are summed or drawn, and why.
    pub helicities: Option<String>,
    /// The same group by group.
    pub helicity_groups: Vec<HelicityChoice>,
    /// Digits of the weights at test points.
    pub accuracy: Option<Accuracy>,
    /// What lies outside the grid of parton densities, for hadron beams.
    pub outside_grid: Option<OutsideGrid>,
    /// How the channels draw their points, if flows were considered.
    pub samplers: Option<String>,
    /// The same in numbers.
    pub sampler_counts: Option<SamplerCounts>,
    /// Where the adaptation went on, if an earlier process had begun it.
    pub resumed: Option<AdaptationResumed>,
    /// The events, if any were generated.
    pub events: Option<EventSummary>,
    /// What their alternative weights say, if they have some.
    pub weights: Option<WeightTotals>,
    /// The histograms of the card, if it has some.
    pub histograms: Option<Distributions>,
    /// Other files that were written.
    pub files: Vec<String>,
    /// Wall time of the whole command, in seconds.
    pub seconds: f64,
    /// CPU time of all threads in seconds, where the system says it.
    pub cpu_s: Option<f64>,
    /// Largest memory in use in bytes, where the system says it.
    pub peak_memory_bytes: Option<u64>,
    /// Wall time by stage.
    pub stages: Vec<StageTime>,
    /// What the user should know before using the numbers.
    pub warnings: Vec<String>,
}

/// Cross section of one subprocess.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct SubprocessSummary {
    /// E.g. `u u~ > e+ e-`.
    pub name: String,
    /// Cross section in pb.
    pub xsec_pb: f64,
    /// One standard deviation in pb.
    pub xsec_err_pb: f64,
}

/// Where an adaptation went on.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct AdaptationResumed {
    /// Name of the stage, or `complete`.
    pub stage: String,
    /// Steps of the stage that were done: iterations, or rounds of training.
    pub steps: usize,
    /// Points that were evaluated.
    pub points: u64,
}

/// Quality of an unweighted sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct EventSummary {
    /// Number of events in the file.
    pub n_events: u64,
    /// Of these, events that an earlier process had made.
    pub n_resumed: u64,
    /// Name of the file.
    pub output: String,
    /// Accepted share of the generated points: mean weight over maximum weight.
    pub unweighting_efficiency: f64,
    /// Share of the cross section carried by weights above 1, from 0 to 1.
    pub overweight_share: f64,
    /// Largest weight in the file, 1 for a sample without overweights.
    pub largest_weight: f64,
    /// Share of events with a negative weight, from 0 to 1.
    pub negative_weights: f64,
    /// `(sum w)^2 / sum w^2`.
    pub kish_size: f64,
    /// Total cross section in pb from the points of the adaptation and those that
    /// were tried for the events.
    pub xsec_with_events_pb: f64,
    /// Its statistical error, one standard deviation, in pb.
    pub xsec_err_with_events_pb: f64,
    /// Events written per second of the generation stage.
    pub events_per_s: f64,
}

impl Summary {
    /// Enters digits, with a warning where they are too few.
    pub(crate) fn add_accuracy(&mut self, accuracy: Option<Accuracy>) {
        if let Some(a) = accuracy.filter(|a| a.n_failed > 0) {
            self.warnings.push(format!(
                "{} of {} test points have fewer than three digits: the weights there are not known",
                a.n_failed, a.n_points
            ));
        }
        self.accuracy = accuracy;
    }

    /// Enters the cross section with what is known of its error.
    pub(crate) fn add_total(&mut self, total: &Estimate, asked: f64) {
        self.xsec_pb = total.xsec_pb;
        self.xsec_err_pb = total.xsec_err_pb;
        self.accuracy_asked = asked;
        self.chi2 = total.chi2;
        self.chi2_dof = total.n_dof;
        self.n_carriers = total.n_carriers;
    }

    /// Whether the relative error is as small as was asked for.
    pub(crate) fn accuracy_reached(&self) -> bool {
        self.accuracy_asked == 0.0 || self.xsec_err_pb <= self.accuracy_asked * self.xsec_pb.abs()
    }

    /// The summary as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let mut json = serde_json::json!({
            "title": self.title,
            "process": self.process,
            "beams": self.beams,
            "energies_gev": self.energies_gev,
            "effective_card": self.effective_card,
            "alpha_s_mz": self.alpha_s_mz,
            "seed": self.seed,
            "version": version_line(),
            "xsec_pb": self.xsec_pb,
            "xsec_err_pb": self.xsec_err_pb,
            "subprocesses": self.subprocesses,
            "accuracy_reached": self.accuracy_reached(),
            "chi2": (self.chi2_dof > 0).then_some(self.chi2),
            "chi2_per_dof": (self.chi2_dof > 0).then(|| self.chi2 / f64::from(self.chi2_dof)),
            "chi2_dof": self.chi2_dof,
            "weights_carrying_error": (self.n_carriers < f64::MAX).then_some(self.n_carriers),
            "points_evaluated": self.n_points,
            "non_finite": self.n_non_finite,
            "seconds": self.seconds,
            "cpu_s": self.cpu_s,
            "peak_memory_bytes": self.peak_memory_bytes,
            "seconds_by_stage": self.seconds_by_stage(),
            "warnings": self.warnings,
        });
        if !self.files.is_empty() {
            json["files"] = self.files.clone().into();
        }
        if let Some(helicities) = &self.helicities {
            json["helicities"] = helicities.as_str().into();
            json["helicity_groups"] = serde_json::json!(self.helicity_groups);
        }
        if let Some(accuracy) = &self.accuracy {
            json["accuracy"] = serde_json::json!(accuracy);
        }
        if let Some(outside) = &self.outside_grid {
            json["outside_pdf_grid"] = serde_json::json!(outside);
        }
        if let Some(samplers) = &self.samplers {
            json["samplers"] = samplers.as_str().into();
            json["sampler_counts"] = serde_json::json!(self.sampler_counts);
        }
        if let Some(resumed) = &self.resumed {
            json["adaptation_resumed"] = serde_json::json!(resumed);
        }
        if let Some(e) = &self.events {
            json["events"] = e.n_events.into();
            json["events_resumed"] = e.n_resumed.into();
            json["output"] = e.output.clone().into();
            json["unweighting_efficiency"] = e.unweighting_efficiency.into();
            json["overweight_fraction"] = e.overweight_share.into();
            json["largest_weight"] = e.largest_weight.into();
            json["negative_weights"] = e.negative_weights.into();
            json["xsec_with_events_pb"] = e.xsec_with_events_pb.into();
            json["xsec_err_with_events_pb"] = e.xsec_err_with_events_pb.into();
            json["kish_size"] = e.kish_size.into();
            json["kish_efficiency"] = (e.kish_size / e.n_events.max(1) as f64).into();
            json["events_per_s"] = e.events_per_s.into();
        }
        if let Some(weights) = &self.weights {
            json["weight_totals"] = serde_json::json!(weights);
        }
        if let Some(histograms) = &self.histograms {
            json["histograms"] = serde_json::json!(histograms);
        }
        json
    }

    fn seed_text(&self) -> String {
        match self.seed == self.adaptation_seed {
            true => self.seed.to_string(),
            false => format!("{}, of the adaptation {}", self.seed, self.adaptation_seed),
        }
    }

    fn seconds_by_stage(&self) -> serde_json::Map<String, serde_json::Value> {
        self.stages
            .iter()
            .map(|s| (s.stage.clone(), s.wall_s.into()))
            .collect()
    }

    /// The summary as a table of text, without a final line break.
    pub(crate) fn text(&self) -> String {
        let fact = |name: &str, value: &str| format!("{name:<24}{value}");
        let mut lines = vec![self.title.clone()];
        lines.extend(
            self.conditions
                .iter()
                .map(|(name, value)| fact(name, value)),
        );
        lines.push(fact("seed", &self.seed_text()));
        lines.push(fact("version", version_line()));
        lines.push(String::new());
        lines.extend(self.cross_sections());
        if let Some([one, other]) = &self.exchanged {
            lines.push(format!(
                "(a row has both orders of the beams: {one} has {other})"
            ));
        }
        let mut facts: Vec<(&str, String)> = Vec::new();
        if self.chi2_dof >= LEAST_DOF {
            facts.push((
                "chi2 / d.o.f.",
                format!("{:.1} / {}", self.chi2, self.chi2_dof),
            ));
        }
        if self.n_points > 0 {
            facts.push(("phase-space points", grouped(self.n_points)));
        }
        if self.n_non_finite > 0 {
            facts.push(("not finite", grouped(self.n_non_finite)));
        }
        if let Some(a) = &self.accuracy {
            let mut text = format!(
                "{:.1} digits (median), {:.1} (least) of {} test points",
                a.digits_median,
                a.digits_least,
                grouped(a.n_points as u64)
            );
            if a.n_failed > 0 {
                text += &format!(", {} failed", grouped(a.n_failed as u64));
            }
            facts.push(("numerical accuracy", text));
        }
        if let Some(o) = self
            .outside_grid
            .filter(|o| o.share - o.share_err > LEAST_OUTSIDE)
        {
            facts.push(("outside the PDF grid", outside_text(&o)));
        }
        if let Some(helicities) = &self.helicities {
            facts.push(("helicities", helicities.clone()));
        }
        if let Some(samplers) = &self.samplers {
            facts.push(("samplers", samplers.clone()));
        }
        if let Some(r) = &self.resumed {
            let stage = match r.steps {
                0 => r.stage.clone(),
                n => format!("{}, {n} steps", r.stage),
            };
            let points = grouped(r.points);
            facts.push(("adaptation went on", format!("{stage}, {points} points")));
        }
        if let Some(events) = &self.events {
            facts.extend(events.facts());
            facts.push(("card with its defaults", effective_text(&events.output)));
        }
        let of_weights = self.weights.as_ref().map_or(vec![], |w| w.facts(false));
        facts.extend(
            of_weights
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone())),
        );
        facts.extend((self.histograms.iter()).map(|h| ("histograms", h.text())));
        facts.extend(self.files.iter().map(|f| ("written", f.clone())));
        if !self.stages.is_empty() {
            facts.push(("time", self.time()));
        }
        if let Some(cpu_s) = self.cpu_s {
            facts.push(("CPU time", duration_text(cpu_s)));
        }
        if let Some(bytes) = self.peak_memory_bytes {
            facts.push(("memory", format!("{} at most", bytes_text(bytes))));
        }
        if !facts.is_empty() {
            lines.push(String::new());
        }
        lines.extend(facts.iter().map(|(name, value)| fact(name, value)));
        lines.extend(self.warnings.iter().map(|w| format!("warning: {w}")));
        lines.join("\n")
    }

    /// Largest subprocesses first, the rest in one line, the total last.
    fn cross_sections(&self) -> Vec<String> {
        let mut rows = self.subprocesses.clone();
        rows.sort_by(|a, b| b.xsec_pb.total_cmp(&a.xsec_pb));
        if rows.len() > MAX_ROWS {
            let rest = rows.split_off(MAX_ROWS - 1);
            rows.push(SubprocessSummary {
                name: format!("{} others", rest.len()),
                xsec_pb: rest.iter().map(|r| r.xsec_pb).sum(),
                xsec_err_pb: rest
                    .iter()
                    .map(|r| r.xsec_err_pb.powi(2))
                    .sum::<f64>()
                    .sqrt(),
            });
        }
        if rows.len() == 1 {
            rows.clear();
        }
        rows.push(SubprocessSummary {
            name: "total".to_owned(),
            xsec_pb: self.xsec_pb,
            xsec_err_pb: self.xsec_err_pb,
        });
        let width = rows.iter().map(|r| r.name.len()).max().unwrap_or(0).max(22);
        let mut lines = vec![format!("{:<width$}  cross section [pb]", "subprocess")];
        for row in rows {
            let value = with_error(row.xsec_pb, row.xsec_err_pb);
            let share = 100.0 * row.xsec_pb / self.xsec_pb;
            let share = if row.name == "total" || !share.is_finite() {
                String::new()
            } else {
                format!("{share:6.2} %")
            };
            let line = format!("{:<width$}  {value:<26}{share}", row.name);
            lines.push(line.trim_end().to_owned());
        }
        lines
    }

    fn time(&self) -> String {
        let total: f64 = self.stages.iter().map(|s| s.wall_s).sum();
        let parts: Vec<String> = self
            .stages
            .iter()
            .map(|s| format!("{} {:.1} s", s.stage, s.wall_s))
            .collect();
        format!("{total:.1} s: {}", parts.join(", "))
    }
}

impl EventSummary {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let negative = (self.negative_weights > 0.0).then(|| {
            let share = format!("{:.2} % of the events", 100.0 * self.negative_weights);
            ("negative weights", share)
        });
        let mut facts = vec![
            (
                "events",
                format!("{} in {}", grouped(self.n_events), self.output),
            ),
            (
                "unweighting efficiency",
                format!("{:.3} %", 100.0 * self.unweighting_efficiency),
            ),
            (
                "overweights",
                format!(
                    "{:.3} % of the cross section, largest weight {:.2}",
                    100.0 * self.overweight_share,
                    self.largest_weight
                ),
            ),
            ("Kish effective size", format!("{:.1}", self.kish_size)),
            (
                "total with events",
                format!(
                    "{} pb: the one to quote, from all points of this run; the file and its \
                     weights have the total above",
                    with_error(self.xsec_with_events_pb, self.xsec_err_with_events_pb)
                ),
            ),
            ("events per second", format!("{:.0}", self.events_per_s)),
        ];
        facts.splice(3..3, negative);
        facts
    }
}

/// Where the card with all of its defaults is.
fn effective_text(output: &str) -> String {
    match is_split(Path::new(output)) {
        true => "in the headers: omnis inspect FILE --effective".to_owned(),
        false => format!("in the header: omnis inspect {output} --effective"),
    }
}

/// A time in a unit that fits.
pub(super) fn duration_text(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 3599.5 => format!(
            "{:.0} min {:02.0} s",
            (s / 60.0).floor(),
            s.rem_euclid(60.0).floor()
        ),
        s => format!(
            "{:.0} h {:02.0} min",
            (s / 3600.0).floor(),
            (s.rem_euclid(3600.0) / 60.0).floor()
        ),
    }
}

/// A size in a unit that fits.
pub(super) fn bytes_text(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        b if b < 1e6 => format!("{:.1} kB", b / 1e3),
        b if b < 1e9 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.2} GB", b / 1e9),
    }
}

/// Share of the cross section outside the grid, and on which sides.
fn outside_text(outside: &OutsideGrid) -> String {
    let sides: Vec<String> = (outside.sides().iter())
        .map(|(side, share)| format!("{side}: {:.3} %", 100.0 * share))
        .collect();
    format!(
        "{:.3} ± {:.3} % of the cross section ({})",
        100.0 * outside.share,
        100.0 * outside.share_err,
        sides.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drell_yan() -> Summary {
        let row = |name: &str, xsec_pb: f64| SubprocessSummary {
            name: name.to_owned(),
            xsec_pb,
            xsec_err_pb: 0.01 * xsec_pb,
        };
        Summary {
            title: "p p > e+ e-, p p at 13 TeV".to_owned(),
            conditions: vec![("cuts".to_owned(), "none".to_owned())],
            seed: 2,
            adaptation_seed: 1,
            exchanged: Some(["u u~ > e+ e-", "u~ u > e+ e-"].map(str::to_owned)),
            subprocesses: vec![row("d d~ > e+ e-", 250.0), row("u u~ > e+ e-", 418.0)],
            xsec_pb: 668.0,
            xsec_err_pb: 0.304,
            accuracy_asked: 0.005,
            chi2: 3.6,
            chi2_dof: 4,
            n_carriers: 1e4,
            n_points: 1_234_567,
            accuracy: Some(Accuracy {
                n_points: 1024,
                digits_median: 14.52,
                digits_least: 9.98,
                n_failed: 0,
            }),
            events: Some(EventSummary {
                n_resumed: 0,
                n_events: 10_000,
                output: "pp_epem.lhe.gz".to_owned(),
                unweighting_efficiency: 0.5,
                overweight_share: 0.0005,
                negative_weights: 0.0,
                largest_weight: 1.5,
                kish_size: 9_990.0,
                xsec_with_events_pb: 667.5,
                xsec_err_with_events_pb: 0.25,
                events_per_s: 50_000.0,
            }),
            cpu_s: Some(3.25),
            peak_memory_bytes: Some(52_400_000),
            stages: vec![
                StageTime {
                    stage: "setup".to_owned(),
                    wall_s: 0.25,
                },
                StageTime {
                    stage: "survey".to_owned(),
                    wall_s: 1.5,
                },
            ],
            ..Summary::default()
        }
    }

    #[test]
    fn the_text_is_this() {
        let expected = "\
p p > e+ e-, p p at 13 TeV
cuts                    none
seed                    2, of the adaptation 1
version                 VERSION

subprocess              cross section [pb]
u u~ > e+ e-            418.0 ± 4.2                62.57 %
d d~ > e+ e-            250.0 ± 2.5                37.43 %
total                   668.00 ± 0.30
(a row has both orders of the beams: u u~ > e+ e- has u~ u > e+ e-)

chi2 / d.o.f.           3.6 / 4
phase-space points      1 234 567
numerical accuracy      14.5 digits (median), 10.0 (least) of 1 024 test points
events                  10 000 in pp_epem.lhe.gz
unweighting efficiency  50.000 %
overweights             0.050 % of the cross section, largest weight 1.50
Kish effective size     9990.0
total with events       667.50 ± 0.25 pb: the one to quote, from all points of this run; the file and its weights have the total above
events per second       50000
card with its defaults  in the header: omnis inspect pp_epem.lhe.gz --effective
time                    1.8 s: setup 0.2 s, survey 1.5 s
CPU time                3.2 s
memory                  52.4 MB at most";
        let expected = expected.replace("VERSION", version_line());
        assert_eq!(drell_yan().text(), expected);
        let mut split = drell_yan();
        split.events.as_mut().unwrap().output = "w_{process}.lhe".to_owned();
        let line = "\ncard with its defaults  in the headers: omnis inspect FILE --effective\n";
        assert!(split.text().contains(line), "{}", split.text());
    }

    #[test]
    fn chi2_has_a_line_from_three_degrees_of_freedom_on() {
        let mut summary = drell_yan();
        (summary.chi2, summary.chi2_dof) = (2.4, 3);
        let line = "\nchi2 / d.o.f.           2.4 / 3\n";
        assert!(summary.text().contains(line), "{}", summary.text());
        summary.chi2_dof = 2;
        assert!(!summary.text().contains("chi2"), "{}", summary.text());
        assert_eq!(
            (&summary.json()["chi2"], &summary.json()["chi2_dof"]),
            (&2.4.into(), &2.into())
        );
    }

    #[test]
    fn times_and_sizes_have_units_that_fit() {
        let times = [0.04, 59.9, 61.0, 3599.4, 3600.0, 86_399.0];
        let wanted = [
            "0.0 s",
            "59.9 s",
            "1 min 01 s",
            "59 min 59 s",
            "1 h 00 min",
            "23 h 59 min",
        ];
        assert_eq!(times.map(duration_text), wanted);
        assert_eq!(
            [1_500, 2_000_000, 3_210_000_000].map(bytes_text),
            ["1.5 kB", "2.0 MB", "3.21 GB"]
        );
    }

    #[test]
    fn a_resumed_adaptation_says_where_it_went_on() {
        let mut summary = drell_yan();
        assert!(summary.json().get("adaptation_resumed").is_none());
        summary.resumed = Some(AdaptationResumed {
            stage: "train".to_owned(),
            steps: 7,
            points: 12_345,
        });
        let line = "\nadaptation went on      train, 7 steps, 12 345 points\n";
        assert!(summary.text().contains(line), "{}", summary.text());
        assert_eq!(summary.json()["adaptation_resumed"]["steps"], 7);
    }

    #[test]
    fn what_is_outside_the_grid_has_a_line_where_it_counts() {
        let mut summary = drell_yan();
        let outside = |share| OutsideGrid {
            share,
            share_err: 0.1 * share,
            x_above: share,
            ..OutsideGrid::default()
        };
        summary.outside_grid = Some(outside(1e-5));
        assert!(!summary.text().contains("PDF grid"), "{}", summary.text());
        assert_eq!(summary.json()["outside_pdf_grid"]["share"], 1e-5);
        summary.outside_grid = Some(outside(0.005));
        let line =
            "\noutside the PDF grid    0.500 ± 0.050 % of the cross section (x above: 0.500 %)\n";
        assert!(summary.text().contains(line), "{}", summary.text());
        assert_eq!(summary.json()["outside_pdf_grid"]["x_above"], 0.005);
    }

    #[test]
    fn many_subprocesses_are_summed_up_but_none_is_lost() {
        let mut summary = drell_yan();
        summary.subprocesses = (0..40)
            .map(|k| SubprocessSummary {
                name: format!("s{k}"),
                xsec_pb: 1.0,
                xsec_err_pb: 0.1,
            })
            .collect();
        summary.xsec_pb = 40.0;
        let text = summary.text();
        assert!(
            text.contains("29 others               29.00 ± 0.54"),
            "{text}"
        );
        assert!(!text.contains("s39 "), "{text}");
    }

    #[test]
    fn json_has_the_numbers_by_name() {
        let json = drell_yan().json();
        assert_eq!(json["xsec_pb"], 668.0);
        assert_eq!(json["accuracy_reached"], true);
        assert_eq!(
            (&json["chi2_per_dof"], &json["chi2_dof"]),
            (&0.9.into(), &4.into())
        );
        assert_eq!(json["events"], 10_000);
        assert_eq!(json["overweight_fraction"], 0.0005);
        assert_eq!(json["kish_efficiency"], 0.999);
        assert_eq!(json["seconds_by_stage"]["survey"], 1.5);
        assert_eq!(json["accuracy"]["digits_median"], 14.52);
        assert_eq!(json["accuracy"]["n_failed"], 0);
    }
}
