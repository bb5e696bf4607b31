//! What the alternative weights of a sample say of its cross section: each one, the
//! envelope of the scales, the errors of sets of parton densities.
//!
//! Knows groups of weights and their sums; knows no event.

use serde::Serialize;

use super::weight_errors::{Combination, PdfError, ScaleEnvelope};
use super::weight_sums::WeightSums;
use crate::elementary::Elementary;
use crate::event::RunInfo;
use crate::numbers::{per_cent, short_number, with_error, with_errors};

/// Sum of one weight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightSum {
    /// Id in the file.
    pub id: String,
    /// Its name, such as `MUR=0.5_MUF=1_PDF=247000`.
    pub name: String,
    /// Sum over events, in the unit of the weights of the file.
    pub sum: f64,
    /// Its standard deviation.
    pub sum_err: f64,
    /// The sum over that of the weights of the events.
    pub ratio: f64,
    /// Its standard deviation.
    pub ratio_err: f64,
    /// The cross section of the file times the ratio, pb.
    pub xsec_pb: f64,
    /// One standard deviation in pb: of the cross section of the file and of the ratio.
    pub xsec_err_pb: f64,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct WeightTotals {
    /// In the order of the file.
    pub sums: Vec<WeightSum>,
    /// All combinations of factors, and those where both scales differ by no more than the
    /// largest factor.
    pub scale_envelopes: Vec<ScaleEnvelope>,
    /// Set by set.
    pub pdf_errors: Vec<PdfError>,
    /// Sets without errors, and why.
    pub notes: Vec<String>,
    /// The cross section of the file in pb.
    #[serde(skip)]
    pub xsec_pb: f64,
}

/// Errors upwards and downwards as parts of a value.
fn parts(plus: f64, minus: f64, value: f64) -> String {
    let part = |x: f64| per_cent(x / value.abs());
    format!("+{} -{}", part(plus), part(minus))
}

impl WeightTotals {
    /// From sums over all events of a file.
    pub fn new(run: &RunInfo, sums: &WeightSums) -> Self {
        let groups = run.weight_groups();
        let (xsec, error) = run.xsec_pb();
        let mut totals = Self::default();
        for keys in groups.iter().flat_map(|g| &g.weights) {
            let ((sum, sum_err), (ratio, ratio_err)) = (sums.sum(keys.at), sums.ratio(keys.at));
            totals.sums.push(WeightSum {
                id: run.weights[keys.at].id.clone(),
                name: keys.name.clone(),
                sum,
                sum_err,
                ratio,
                ratio_err,
                xsec_pb: ratio * xsec,
                xsec_err_pb: (ratio * error).hypot_same(ratio_err * xsec),
            });
        }
        let errors = Combination::new(run).errors(xsec, &|at| sums.ratio(at).0 * xsec);
        Self {
            scale_envelopes: errors.scale_envelopes,
            pdf_errors: errors.pdf_errors,
            notes: errors.notes,
            xsec_pb: xsec,
            ..totals
        }
    }

    /// What to show of them, name and value: errors, and the sums if `all`.
    pub fn facts(&self, all: bool) -> Vec<(String, String)> {
        let mut facts = Vec::new();
        for e in &self.scale_envelopes {
            let name = format!("scales, {} points", e.n_points);
            let errors = with_errors(None, e.plus_pb, e.minus_pb);
            let parts = parts(e.plus_pb, e.minus_pb, self.xsec_pb);
            facts.push((name, format!("{errors} pb ({parts})")));
        }
        for e in &self.pdf_errors {
            let errors = with_errors(Some(e.central_pb), e.plus_pb, e.minus_pb);
            let parts = parts(e.plus_pb, e.minus_pb, e.central_pb);
            let mut what = format!(
                "{}: {errors} pb ({parts}), {} members, {}",
                e.set, e.n_members, e.error_type
            );
            if e.parameters_pb > 0.0 {
                what += &format!(", of it alpha_s {} pb", short_number(e.parameters_pb));
            }
            if e.confidence_level.is_none() && !e.error_type.starts_with("replicas") {
                what += ", taken as one standard deviation";
            }
            facts.push(("PDF error".to_owned(), what));
        }
        let note = |text: &String| ("weights".to_owned(), text.clone());
        facts.extend(self.notes.iter().map(note));
        let sums = self.sums.iter().filter(|_| all);
        facts.extend(sums.map(|w| {
            let value = with_error(w.xsec_pb, w.xsec_err_pb);
            let ratio = with_error(w.ratio, w.ratio_err);
            let text = format!("{}: {value} pb, {ratio} of the sum of weights", w.name);
            (format!("weight {}", w.id), text)
        }));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, ProcessInfo, WeightInfo};

    /// A file with nine scales and a set of three members, and weights of one event.
    fn sample() -> (RunInfo, WeightSums) {
        let mut run = RunInfo {
            processes: vec![ProcessInfo {
                xsec_pb: 10.0,
                xsec_err_pb: 0.1,
                ..ProcessInfo::default()
            }],
            ..RunInfo::default()
        };
        let mut text =
            "<weightgroup name=\"Central scale variation\" combine=\"envelope\">\n".to_owned();
        let mut weights = Vec::new();
        for (k, mu_f) in [1.0, 2.0, 0.5].into_iter().enumerate() {
            for (l, mu_r) in [1.0, 2.0, 0.5].into_iter().enumerate() {
                let id = 1001 + 3 * k + l;
                text += &format!(
                    "<weight id=\"{id}\" MUR=\"{mu_r:?}\" MUF=\"{mu_f:?}\"> x </weight>\n"
                );
                weights.push(1.0 + 0.1 * (mu_f / mu_r - 1.0));
            }
        }
        text += "</weightgroup>\n<weightgroup name=\"S\" combine=\"hessian\"> # confidence level 90 %\n";
        for (k, ratio) in [1.1, 1.2, 1.05].into_iter().enumerate() {
            let id = 1010 + k;
            text += &format!(
                "<weight id=\"{id}\" MUR=\"1.0\" MUF=\"1.0\" PDF=\"9\"> PDF=9 </weight>\n"
            );
            weights.push(ratio);
        }
        run.spelling.weights = text + "</weightgroup>\n";
        let info = |id: usize| WeightInfo {
            id: id.to_string(),
            text: String::new(),
        };
        run.weights = (1001..1013).map(info).collect();
        let mut sums = WeightSums::default();
        let weights = weights.iter().map(|w| 3.0 * w).collect();
        sums.add(&Event {
            weight: 3.0,
            weights,
            ..Event::default()
        });
        (run, sums)
    }

    #[test]
    fn envelopes_and_errors_are_those_by_hand() {
        let (run, sums) = sample();
        let totals = WeightTotals::new(&run, &sums);
        assert_eq!(totals.sums.len(), 12);
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        // Ratios 0.925 to 1.3 with nine points, 0.95 to 1.1 with seven.
        let [seven, nine] = &totals.scale_envelopes[..] else {
            panic!("{:?}", totals.scale_envelopes);
        };
        assert_eq!((seven.n_points, nine.n_points), (7, 9));
        near(seven.plus_pb, 1.0);
        near(seven.minus_pb, 0.5);
        near(nine.plus_pb, 3.0);
        near(nine.minus_pb, 0.75);
        let error = &totals.pdf_errors[0];
        near(error.central_pb, 11.0);
        assert!((error.plus_pb - 1.0 / 1.644_853_627).abs() < 1e-8);
        assert!((error.minus_pb - 0.5 / 1.644_853_627).abs() < 1e-8);
        near(totals.sums[9].xsec_err_pb, 0.11);
        let facts = totals.facts(false);
        assert_eq!(facts.len(), 3);
        assert_eq!(facts[0].1, "+1.00 -0.50 pb (+10.0 % -5.00 %)");
        let set = "S: 11.00 +0.61 -0.30 pb (+5.53 % -2.76 %), ";
        assert!(facts[2].1.starts_with(set), "{}", facts[2].1);
        assert_eq!(totals.facts(true).len(), 15);
    }

    #[test]
    fn polynomials_and_scores_are_no_sets() {
        let (mut run, _) = sample();
        let begin = run
            .spelling
            .weights
            .find("<weightgroup name=\"S\"")
            .unwrap();
        run.spelling.weights.truncate(begin);
        run.spelling.weights += "<weightgroup name=\"polynomial\" combine=\"none\">\n\
            <weight id=\"1010\"> 1 </weight>\n<weight id=\"1011\"> a </weight>\n</weightgroup>\n\
            <weightgroup name=\"score\" combine=\"none\">\n<weight id=\"1012\"> d(weight)/d(MZ) \
            </weight>\n</weightgroup>\n";
        let sums = sample().1;
        let totals = WeightTotals::new(&run, &sums);
        assert_eq!(totals.sums.len(), 12);
        assert_eq!(totals.notes, Vec::<String>::new());
        assert!(totals.pdf_errors.is_empty());
        // Members of a set that says so are still worth a note.
        let set = run.spelling.weights.replace("> 1 <", " PDF=\"9\"> 1 <");
        run.spelling.weights = set;
        assert_eq!(WeightTotals::new(&run, &sums).notes.len(), 1);
    }
}
