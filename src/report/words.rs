//! Numbers and names of a report in words.
//!
//! Knows how things are called; knows no file.

/// `668.05 ± 0.30`: the error with two significant digits, the value with as
/// many decimals; from 1e7 and below 1e-3 as `(1.9880 ± 0.0016)e7`.
pub(crate) fn with_error(value: f64, error: f64) -> String {
    if !value.is_finite() || !error.is_finite() || error <= 0.0 {
        return format!("{value:.6e} ± {error:.1e}");
    }
    let largest = value.abs().max(error);
    let exponent = largest.log10().floor();
    if (-3.0..7.0).contains(&exponent) {
        let decimals = decimals_of(error);
        format!("{value:.decimals$} ± {error:.decimals$}")
    } else {
        let unit = 10f64.powf(exponent);
        let decimals = decimals_of(error / unit);
        let (value, error) = (value / unit, error / unit);
        format!("({value:.decimals$} ± {error:.decimals$})e{exponent}")
    }
}

/// Decimals that show two significant digits of a positive number.
fn decimals_of(error: f64) -> usize {
    (1.0 - error.log10().floor()).clamp(0.0, 17.0) as usize
}

/// `1 234 567`.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// A part in per cent.
pub(super) fn per_cent(part: f64) -> String {
    let percent = 100.0 * part;
    match percent.abs() {
        x if x >= 10.0 => format!("{percent:.1} %"),
        x if x >= 0.1 || x == 0.0 => format!("{percent:.2} %"),
        _ => format!("{percent:.1e} %"),
    }
}

/// What the reason of a sampler means.
pub(super) fn reason(name: &str) -> &str {
    match name {
        "flow_pays" => "the flow needs fewer points",
        "too_small" => "too small a part of the trials",
        "not_worth_training" => "training would cost more than it saves",
        "no_gain" => "the trained flow was no better than the grid",
        "disagreement" => "flow and survey disagree: back to the grid",
        other => other,
    }
}

/// How a training ended.
pub(super) fn outcome(name: &str) -> &str {
    match name {
        "agreed" => "survey and flow agree",
        "agreed_after_retraining" => "survey and flow agree after training again",
        "fallback_to_grid" => "survey and flow disagree: back to the grid",
        "no_gain" => "no better than the grid",
        "empty" => "zero everywhere",
        "too_few_points" => "too few points to train with",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_of_their_errors() {
        assert_eq!(with_error(219.2344, 0.8146), "219.23 ± 0.81");
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(per_cent(0.5), "50.0 %");
        assert_eq!(per_cent(0.00001), "1.0e-3 %");
    }
}
