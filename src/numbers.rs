//! Numbers as a person reads and pastes them: with the digits of their errors.
//!
//! Knows digits; knows neither units nor what is counted. Programs get all digits elsewhere.

use crate::elementary::Elementary;

/// `668.05 ± 0.30`: the error with two significant digits, the value with as
/// many decimals; from 1e7 and below 1e-3 as `(1.9880 ± 0.0016)e7`. A value without an
/// error, or with one below its first seven digits, stands alone as in [`seven_digits`].
pub fn with_error(value: f64, error: f64) -> String {
    if !value.is_finite() || !error.is_finite() {
        return format!("{value} ± {error}");
    }
    if error <= 5e-8 * value.abs() {
        return seven_digits(value);
    }
    let (unit, power) = unit_of(value.abs().max(error));
    let (value, error) = (value / unit, error / unit);
    let decimals = decimals_of(error);
    match power {
        None => format!("{value:.decimals$} ± {error:.decimals$}"),
        Some(power) => format!("({value:.decimals$} ± {error:.decimals$})e{power}"),
    }
}

/// `431 +12 -10`: a value with an error upwards and one downwards, of which the smaller one has
/// two significant digits; without a value `+12 -10`.
pub fn with_errors(value: Option<f64>, plus: f64, minus: f64) -> String {
    let all = [value.unwrap_or(0.0), plus, minus];
    if all.iter().any(|x| !x.is_finite()) {
        return format!("{} +{plus} -{minus}", value.unwrap_or(0.0));
    }
    let (unit, power) = unit_of(all.into_iter().fold(0.0, |a, b| a.max(b.abs())));
    let errors = [plus, minus].map(|x| x.abs() / unit);
    let least = errors.into_iter().filter(|x| *x > 0.0);
    let decimals = decimals_of(least.fold(f64::INFINITY, f64::min)).min(7);
    let value = value.map_or(String::new(), |x| format!("{:.decimals$} ", x / unit));
    let text = format!(
        "{value}{:+.decimals$} -{:.decimals$}",
        plus / unit,
        minus / unit
    );
    match power {
        None => text,
        Some(power) => format!("({text})e{power}"),
    }
}

/// `1.491472`, `0.005390779`, `2.587480e-4`: a number without an error.
pub fn seven_digits(x: f64) -> String {
    if !x.is_finite() || x == 0.0 {
        return format!("{x}");
    }
    match unit_of(x.abs()).1 {
        None => {
            let decimals = (6.0 - x.abs().log10_same().floor()).max(0.0) as usize;
            format!("{x:.decimals$}")
        }
        Some(_) => format!("{x:.6e}"),
    }
}

/// A number in few letters: three digits, as a power of ten where it is large or small.
pub fn short_number(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 || !x.is_finite() {
        return format!("{x}");
    }
    if !(1e-3..1e5).contains(&size) {
        return format!("{x:.2e}");
    }
    let digits = (2 - size.log10_same().floor() as i32).clamp(0, 6) as usize;
    without_zeros(&format!("{x:.digits$}"))
}

/// A lower limit with five digits, rounded upwards: `73.852` of 73.85165.
pub fn rounded_up(x: f64) -> String {
    if !x.is_finite() || x <= 0.0 {
        return format!("{x}");
    }
    let digits = (4 - x.log10_same().floor() as i32).clamp(0, 12) as usize;
    let scale = 10f64.powi(digits as i32);
    // What is round already stays as it is, whatever its last bit says.
    let up = (x * scale * (1.0 - 1e-12)).ceil() / scale;
    without_zeros(&format!("{up:.digits$}"))
}

/// A part in per cent.
pub fn per_cent(part: f64) -> String {
    let percent = 100.0 * part;
    match percent.abs() {
        x if x >= 10.0 => format!("{percent:.1} %"),
        x if x >= 0.1 || x == 0.0 => format!("{percent:.2} %"),
        _ => format!("{percent:.1e} %"),
    }
}

/// `1 234 567`.
pub fn grouped(n: u64) -> String {
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

/// The power of ten in which a positive number is shown, and its exponent unless it is 0.
fn unit_of(size: f64) -> (f64, Option<i32>) {
    let power = size.log10_same().floor();
    match size > 0.0 && !(-3.0..7.0).contains(&power) {
        false => (1.0, None),
        true => (10f64.powi(power as i32), Some(power as i32)),
    }
}

/// Decimals that show two significant digits of a positive number.
fn decimals_of(error: f64) -> usize {
    (1.0 - error.log10_same().floor()).clamp(0.0, 17.0) as usize
}

fn without_zeros(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_shown_with_two_digits() {
        assert_eq!(with_error(668.045, 0.304), "668.04 ± 0.30");
        assert_eq!(with_error(0.10638, 0.00005), "0.106380 ± 0.000050");
        assert_eq!(with_error(1234.5, 120.0), "1234 ± 120");
        assert_eq!(with_error(19_880_152.0, 15_773.0), "(1.9880 ± 0.0016)e7");
        assert_eq!(with_error(2.5e-6, 1.0e-8), "(2.500 ± 0.010)e-6");
        assert_eq!(with_error(0.0, 0.5), "0.00 ± 0.50");
    }

    #[test]
    fn without_an_error_there_are_seven_digits() {
        assert_eq!(with_error(1.491_472_249, 0.0), "1.491472");
        assert_eq!(with_error(2.441_755_807_98, 6.1e-10), "2.441756");
        assert_eq!(seven_digits(0.005_390_779_3), "0.005390779");
        assert_eq!(seven_digits(2.587_48e-4), "2.587480e-4");
        assert_eq!(seven_digits(123_456_789.0), "1.234568e8");
        assert_eq!(seven_digits(0.0), "0");
    }

    #[test]
    fn errors_upwards_and_downwards_share_their_decimals() {
        assert_eq!(with_errors(None, 58.012, 45.546), "+58 -46");
        assert_eq!(with_errors(Some(431.4), 12.3, 9.87), "431.4 +12.3 -9.9");
        assert_eq!(with_errors(Some(0.5), 0.01, 0.0), "0.500 +0.010 -0.000");
        assert_eq!(with_errors(Some(2e8), 3e6, 1e7), "(2.000 +0.030 -0.100)e8");
        assert_eq!(with_errors(None, 0.0, 0.0), "+0 -0");
    }

    #[test]
    fn limits_are_rounded_towards_what_is_allowed() {
        assert_eq!(rounded_up(73.851_648_071_345_04), "73.852");
        assert_eq!(rounded_up(346.0), "346");
        assert_eq!(rounded_up(346.000_000_000_01), "346");
        assert_eq!(rounded_up(123_456.2), "123457");
    }

    #[test]
    fn numbers_are_short() {
        let all = [0.0, 1.0, 12.5, 0.12345, 123456.0, 1e-7, -3.0, 1000.0].map(short_number);
        assert_eq!(
            all,
            ["0", "1", "12.5", "0.123", "1.23e5", "1.00e-7", "-3", "1000"]
        );
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(per_cent(0.5), "50.0 %");
        assert_eq!(per_cent(0.00001), "1.0e-3 %");
    }
}
