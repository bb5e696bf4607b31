//! Numbers with ten significant decimal digits: rounding to them, and their text.
//!
//! Many numbers that nobody needs to the last bit are written in a third of the time and
//! two thirds of the space. Exact: the text is read back as the same number.

/// Ten to the powers that are exact.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The least number of ten digits.
const LEAST: u64 = 1_000_000_000;

/// `x` with ten significant digits; as it is where it is 0, not finite, or of a size that
/// has no exact power of ten (below 1e-13, above 1e31).
pub(crate) fn ten_digits(x: f64) -> f64 {
    let Some((digits, exponent)) = parts(x.abs()) else {
        return x;
    };
    value(digits, exponent).copysign(x)
}

/// Appends the shortest text that is read back as `x`, in the form `-1.25e3`, if ten
/// digits are enough; whether they were.
pub(crate) fn push_ten_digits(out: &mut String, x: f64) -> bool {
    let Some((mut digits, mut exponent)) = parts(x.abs()) else {
        return false;
    };
    if value(digits, exponent) != x.abs() {
        return false;
    }
    if digits == 10 * LEAST {
        (digits, exponent) = (LEAST, exponent + 1);
    }
    let mut text = [b'0'; 10];
    for place in text.iter_mut().rev() {
        *place = b'0' + (digits % 10) as u8;
        digits /= 10;
    }
    let last = text.iter().rposition(|d| *d != b'0').unwrap_or(0);
    if x < 0.0 {
        out.push('-');
    }
    out.push(char::from(text[0]));
    if last > 0 {
        out.push('.');
        out.extend(text[1..=last].iter().map(|d| char::from(*d)));
    }
    out.push('e');
    let size = exponent.unsigned_abs();
    if exponent < 0 {
        out.push('-');
    }
    if size >= 10 {
        out.push(char::from(b'0' + (size / 10) as u8));
    }
    out.push(char::from(b'0' + (size % 10) as u8));
    true
}

/// Ten digits as a whole number, and the exponent of the first one.
#[inline]
fn parts(x: f64) -> Option<(u64, i32)> {
    if !(x.is_finite() && x > 0.0) {
        return None;
    }
    // From the binary exponent, at most one too low.
    let binary = (x.to_bits() >> 52) as i32 - 1023;
    let mut exponent = (binary * 1233) >> 12;
    if !(-14..=31).contains(&exponent) {
        return None;
    }
    exponent = exponent.max(-13);
    let mut scaled = scaled(x, exponent);
    if scaled >= 10.0 * LEAST as f64 {
        exponent += 1;
        if exponent > 31 {
            return None;
        }
        scaled = self::scaled(x, exponent);
    }
    let digits = scaled.round() as u64;
    (digits >= LEAST).then_some((digits, exponent))
}

/// `x` over the unit of its tenth digit.
#[inline]
fn scaled(x: f64, exponent: i32) -> f64 {
    match 9 - exponent {
        k @ 0.. => x * POWERS[k as usize],
        k => x / POWERS[k.unsigned_abs() as usize],
    }
}

/// The number nearest to ten digits.
#[inline]
fn value(digits: u64, exponent: i32) -> f64 {
    match 9 - exponent {
        k @ 0.. => digits as f64 / POWERS[k as usize],
        k => digits as f64 * POWERS[k.unsigned_abs() as usize],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};

    #[test]
    fn ten_digits_are_those_of_the_formatter_and_are_read_back() {
        let stream = Stream::new(1, Purpose::Event, 0, 0);
        let mut seen = 0;
        for k in 0..200_000 {
            let size = 10f64.powf(50.0 * stream.at(2 * k) - 20.0);
            let x = (1.0 + 9.0 * stream.at(2 * k + 1)) * size * if k % 2 == 0 { 1.0 } else { -1.0 };
            let rounded = ten_digits(x);
            let mut text = String::new();
            if (1e-13..1e31).contains(&x.abs()) {
                let expected: f64 = format!("{x:.9e}").parse().unwrap();
                assert!((rounded / expected - 1.0).abs() < 2e-10, "{x} {rounded}");
                assert!((rounded / x - 1.0).abs() < 5.01e-10, "{x} {rounded}");
                assert!(push_ten_digits(&mut text, rounded), "{rounded:e}");
                assert_eq!(text, format!("{rounded:e}"));
                assert_eq!(text.parse::<f64>().unwrap().to_bits(), rounded.to_bits());
                seen += 1;
            } else if !(1e-14..1e32).contains(&x.abs()) {
                assert_eq!(rounded, x);
                assert!(!push_ten_digits(&mut text, x));
            }
        }
        assert!(seen > 100_000);
    }

    #[test]
    fn round_and_special_numbers_are_as_they_are() {
        for x in [1.0, 10.0, -0.5, 1e-13, 1e22, 9_999_999_999.0, 1e9, 123.0] {
            assert_eq!(ten_digits(x), x);
            let mut text = String::new();
            assert!(push_ten_digits(&mut text, x));
            assert_eq!(text, format!("{x:e}"));
        }
        assert_eq!(ten_digits(9.999_999_999_96), 10.0);
        assert_eq!(ten_digits(f64::INFINITY), f64::INFINITY);
        assert!(ten_digits(f64::NAN).is_nan());
        let mut text = String::new();
        for x in [0.0, f64::NAN, 1.0 / 3.0, 1e-300] {
            assert!(!push_ten_digits(&mut text, x));
        }
        assert_eq!(ten_digits(0.0), 0.0);
        assert!(text.is_empty());
    }
}
