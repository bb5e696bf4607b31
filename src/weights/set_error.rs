//! The error that the members of a set of parton densities give a quantity.
//!
//! As LHAPDF's `PDFSet::uncertainty` has it: asymmetric and symmetric Hessian sets,
//! replicas, pairs of members with other parameters such as `alpha_s`. Knows numbers by
//! member; knows no density. Sources: arXiv:1106.5788, eqs. (2.1) to (2.6); arXiv:1412.7420,
//! section 2.2; arXiv:1510.03865.

use crate::elementary::Elementary;
use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::erf::erf;

/// Errors of one standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SetError {
    /// Member 0; the mean of the replicas where there are some.
    pub central: f64,
    /// Upwards, from densities alone.
    pub plus: f64,
    /// Downwards, from densities alone.
    pub minus: f64,
    /// The symmetric one, from densities alone.
    pub symmetric: f64,
    /// From pairs of members with other parameters, `alpha_s` mostly; 0 without.
    pub parameters: f64,
}

impl SetError {
    /// Combines values of all members, member 0 first. `error_type` is LHAPDF's
    /// `ErrorType`; `confidence_level` in per cent is its `ErrorConfLevel`, one standard
    /// deviation where it is not given.
    ///
    /// # Errors
    /// In words: a type that is not known, or too few members for it.
    pub fn combine(
        error_type: &str,
        confidence_level: Option<f64>,
        values: &[f64],
    ) -> Result<Self, String> {
        let (core, parameters) = error_type.split_once('+').unwrap_or((error_type, ""));
        let n_pairs = error_type.matches('+').count();
        let n_core = values.len().saturating_sub(1 + 2 * n_pairs);
        let one_sigma = erf(std::f64::consts::FRAC_1_SQRT_2);
        let level = match core {
            // The spread of replicas is a standard deviation, whatever is stated.
            "replicas" => one_sigma,
            _ => confidence_level.map_or(one_sigma, |percent| percent / 100.0),
        };
        if !(level > 0.0 && level < 1.0) {
            return Err(format!("found a confidence level of {} %", 100.0 * level));
        }
        if parameters.contains([':', '|']) || error_type.contains(':') {
            return Err(format!("found the error type '{error_type}': {KNOWN}"));
        }
        let least = if core == "replicas" || core == "hessian" {
            2
        } else {
            1
        };
        let is_known = matches!(core, "replicas" | "hessian" | "symmhessian");
        if is_known && n_core < least {
            return Err(format!(
                "found {} members, too few for '{error_type}'",
                values.len()
            ));
        }
        let (own, pairs) = values.split_at((1 + n_core).min(values.len()));
        let mut found = match core {
            "replicas" => replicas(&own[1..]),
            "hessian" => hessian(own[0], &own[1..]),
            "symmhessian" => symmetric_hessian(own[0], &own[1..]),
            _ => return Err(format!("found the error type '{error_type}': {KNOWN}")),
        };
        let scale = quantile(one_sigma) / quantile(level);
        let squares = pairs.chunks_exact(2).map(|p| (p[0] - p[1]).powi(2));
        found.parameters = 0.5 * squares.sum::<f64>().sqrt();
        for error in [
            &mut found.plus,
            &mut found.minus,
            &mut found.symmetric,
            &mut found.parameters,
        ] {
            *error *= scale;
        }
        Ok(found)
    }

    /// Upwards, parameters included.
    pub fn total_plus(&self) -> f64 {
        self.plus.hypot_same(self.parameters)
    }

    /// Downwards, parameters included.
    pub fn total_minus(&self) -> f64 {
        self.minus.hypot_same(self.parameters)
    }
}

const KNOWN: &str = "expected hessian, symmhessian or replicas, each perhaps with +as";

/// Standard deviations within which a normal variable lies with a probability.
fn quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 * (1.0 + probability))
}

fn replicas(values: &[f64]) -> SetError {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    let deviation = (squares / (n - 1.0)).sqrt();
    SetError {
        central: mean,
        plus: deviation,
        minus: deviation,
        symmetric: deviation,
        parameters: 0.0,
    }
}

fn hessian(central: f64, values: &[f64]) -> SetError {
    let (mut plus, mut minus, mut symmetric) = (0.0, 0.0, 0.0);
    for pair in values.chunks_exact(2) {
        let (a, b) = (pair[0] - central, pair[1] - central);
        plus += a.max(b).max(0.0).powi(2);
        minus += (-a).max(-b).max(0.0).powi(2);
        symmetric += (a - b).powi(2);
    }
    SetError {
        central,
        plus: plus.sqrt(),
        minus: minus.sqrt(),
        symmetric: 0.5 * symmetric.sqrt(),
        parameters: 0.0,
    }
}

fn symmetric_hessian(central: f64, values: &[f64]) -> SetError {
    let squares = values.iter().map(|v| (v - central).powi(2));
    let error = squares.sum::<f64>().sqrt();
    SetError {
        central,
        plus: error,
        minus: error,
        symmetric: error,
        parameters: 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }

    #[test]
    fn asymmetric_hessian_sets_follow_the_master_formula() {
        // Eigenvectors: both sides, both upwards, both downwards.
        let values = [100.0, 103.0, 98.0, 101.0, 104.0, 99.0, 97.0];
        let found = SetError::combine("hessian", None, &values).unwrap();
        near(found.central, 100.0);
        near(found.plus, (9.0_f64 + 16.0 + 0.0).sqrt());
        near(found.minus, (4.0_f64 + 0.0 + 9.0).sqrt());
        near(found.symmetric, 0.5 * (25.0_f64 + 9.0 + 4.0).sqrt());
        // 90 % are 1.6448536 standard deviations.
        let at_90 = SetError::combine("hessian", Some(90.0), &values).unwrap();
        assert!((found.plus / at_90.plus - 1.644_853_627).abs() < 1e-8);
    }

    #[test]
    fn pairs_of_alpha_s_are_added_in_quadrature() {
        let values = [10.0, 11.0, 9.5, 10.25, 12.0, 6.0];
        let found = SetError::combine("symmhessian+as", Some(68.0), &values).unwrap();
        // 68 % are 0.9944579 standard deviations.
        let scale = 1.0 / 0.994_457_883;
        assert!((found.symmetric - scale * (1.0_f64 + 0.25 + 0.0625).sqrt()).abs() < 1e-8);
        assert!((found.parameters - scale * 3.0).abs() < 1e-7);
        let total = (1.3125_f64 + 9.0).sqrt() * scale;
        assert!((found.total_plus() - total).abs() < 1e-7);
        assert_eq!(found.total_plus(), found.total_minus());
        let two = SetError::combine("hessian+as+mc", None, &[1.0, 2.0, 0.0, 3.0, 5.0, 4.0, 8.0]);
        near(two.unwrap().parameters, 0.5 * (4.0_f64 + 16.0).sqrt());
    }

    #[test]
    fn replicas_have_mean_and_standard_deviation() {
        // Member 0 is no replica; a stated level does not matter.
        let values = [7.0, 1.0, 2.0, 3.0, 6.0];
        let found = SetError::combine("replicas", Some(90.0), &values).unwrap();
        near(found.central, 3.0);
        near(found.plus, ((4.0_f64 + 1.0 + 0.0 + 9.0) / 3.0).sqrt());
        let with_as = SetError::combine("replicas+as", None, &[0.0, 1.0, 3.0, 5.0, 9.0]).unwrap();
        near(with_as.central, 2.0);
        near(with_as.parameters, 2.0);
    }

    #[test]
    fn what_cannot_be_combined_is_said() {
        for (kind, level, n, part) in [
            ("unknown", None, 5, "expected hessian"),
            ("hessian", None, 2, "too few"),
            ("replicas+as", None, 4, "too few"),
            ("hessian", Some(0.0), 5, "confidence level of 0 %"),
            ("hessian+as:4", None, 9, "'hessian+as:4'"),
            ("", None, 0, "expected hessian"),
        ] {
            let message = SetError::combine(kind, level, &vec![1.0; n]).unwrap_err();
            assert!(message.contains(part), "{kind}: {message}");
        }
    }
}
