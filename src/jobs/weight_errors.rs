//! What the alternative weights say of a number that has a value with each of them: the
//! envelope of the scales, the errors of sets of parton densities.
//!
//! Knows groups of weights; knows no event and no sum.

use serde::Serialize;

use crate::beam::PdfSet;
use crate::elementary::Elementary;
use crate::event::{RunInfo, WeightGroup, WeightKeys};
use crate::weights::SetError;

/// Smallest and largest cross section among variations of the scales.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScaleEnvelope {
    /// Number of variations, the nominal one included.
    pub n_points: usize,
    /// Largest cross section minus that of the file, pb; not negative.
    pub plus_pb: f64,
    /// That of the file minus the smallest, pb; not negative.
    pub minus_pb: f64,
}

/// Error of a set of parton densities: one standard deviation in pb.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PdfError {
    /// Name of the set.
    pub set: String,
    /// LHAPDF's `ErrorType`.
    pub error_type: String,
    /// Confidence level in per cent that the members have; `None` if it is not known and
    /// one standard deviation was taken.
    pub confidence_level: Option<f64>,
    /// Number of members.
    pub n_members: usize,
    /// Cross section with member 0, or the mean of the replicas, pb.
    pub central_pb: f64,
    /// Upwards, parameters included, pb.
    pub plus_pb: f64,
    /// Downwards, parameters included, pb.
    pub minus_pb: f64,
    /// Upwards, downwards and symmetric, of the densities alone, pb.
    pub densities_pb: [f64; 3],
    /// Of `alpha_s` and other parameters, pb; 0 without such members.
    pub parameters_pb: f64,
}

/// What the weights say of one number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct WeightErrors {
    /// All combinations of factors, and those where both scales differ by no more than the
    /// largest factor.
    pub scale_envelopes: Vec<ScaleEnvelope>,
    /// Set by set.
    pub pdf_errors: Vec<PdfError>,
    /// Sets without errors, and why.
    pub notes: Vec<String>,
}

/// How the weights of a file are combined.
#[derive(Clone, Debug)]
pub(super) struct Combination {
    /// Groups of the header, with the confidence levels of sets.
    groups: Vec<(WeightGroup, Option<f64>)>,
}

impl Combination {
    /// As the header of a file has it; confidence levels that it does not state are those of
    /// the set.
    pub fn new(run: &RunInfo) -> Self {
        let level = |group: &WeightGroup| {
            if !is_set(group) {
                return None;
            }
            group.confidence_level.or_else(|| {
                // A name, not a path that the file would choose.
                let name = Some(&group.name).filter(|name| !name.contains(['/', '\\']))?;
                let set = PdfSet::load(name, 0).ok()?;
                set.confidence_level().ok().flatten()
            })
        };
        let groups = run.weight_groups().into_iter();
        Self {
            groups: groups
                .map(|g| (level(&g), g))
                .map(|(l, g)| (g, l))
                .collect(),
        }
    }

    /// Errors of a number that is `central`, and `value` with the weight of each place in
    /// [`RunInfo::weights`], in pb.
    pub fn errors(&self, central: f64, value: &dyn Fn(usize) -> f64) -> WeightErrors {
        let mut errors = WeightErrors::default();
        for (group, level) in &self.groups {
            if group.combine == "envelope" {
                errors.add_envelopes(group, central, value);
            } else if is_set(group) && group.weights.len() > 1 {
                errors.add_error(group, *level, value);
            }
        }
        errors
    }
}

/// Whether a group is a set of parton densities: polynomials in coefficients and scores are
/// not to be combined.
fn is_set(group: &WeightGroup) -> bool {
    let others = group.combine == "none" && group.weights.iter().all(|w| w.is_special);
    !(group.combine.is_empty() || group.combine == "envelope" || others)
}

impl WeightErrors {
    fn add_envelopes(&mut self, group: &WeightGroup, central: f64, value: &dyn Fn(usize) -> f64) {
        let points: Vec<&WeightKeys> = group.weights.iter().filter(|k| !k.is_special).collect();
        let apart = |k: &WeightKeys| (k.mu_r / k.mu_f).ln_same().abs();
        let of_factor = |k: &&WeightKeys| k.mu_r.ln_same().abs().max(k.mu_f.ln_same().abs());
        let largest = points.iter().map(of_factor).fold(0.0, f64::max);
        let all = points.iter();
        let near: Vec<&WeightKeys> = all
            .filter(|k| apart(k) <= largest * 1.000_001)
            .copied()
            .collect();
        let lists = if near.len() < points.len() {
            vec![near, points]
        } else {
            vec![points]
        };
        for list in lists.iter().filter(|list| list.len() > 1) {
            let values = || list.iter().map(|k| value(k.at));
            let high = values().fold(central, f64::max);
            let low = values().fold(central, f64::min);
            self.scale_envelopes.push(ScaleEnvelope {
                n_points: list.len(),
                plus_pb: high - central,
                minus_pb: central - low,
            });
        }
    }

    fn add_error(&mut self, group: &WeightGroup, level: Option<f64>, value: &dyn Fn(usize) -> f64) {
        let values: Vec<f64> = group.weights.iter().map(|k| value(k.at)).collect();
        match SetError::combine(&group.combine, level, &values) {
            Err(what) => {
                let name = &group.name;
                self.notes
                    .push(format!("no error of the set {name}: {what}"));
            }
            Ok(found) => self.pdf_errors.push(PdfError {
                set: group.name.clone(),
                error_type: group.combine.clone(),
                confidence_level: level,
                n_members: values.len(),
                central_pb: found.central,
                plus_pb: found.total_plus(),
                minus_pb: found.total_minus(),
                densities_pb: [found.plus, found.minus, found.symmetric],
                parameters_pb: found.parameters,
            }),
        }
    }
}
