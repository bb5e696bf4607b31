//! From numbers to places on an axis, and the ticks of it.
//!
//! Knows ranges and places; knows no data.

use super::label::{Label, Script};
use crate::numbers::short_number;

/// One axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
    from: f64,
    to: f64,
}

/// Marks of an axis: place, and label for the larger ones.
pub(super) struct Tick {
    pub at: f64,
    pub label: Option<Label>,
}

/// Decades of a logarithmic axis that all get a label.
const FEW_DECADES: i32 = 7;

impl Scale {
    /// Maps `[low, high]` to `[from, to]`. A range that is empty or no range becomes one
    /// around its lower end; a logarithmic one must be above 0.
    pub fn new([low, high]: [f64; 2], is_log: bool, [from, to]: [f64; 2]) -> Self {
        let is_log = is_log && low > 0.0;
        let low = if low.is_finite() { low } else { 0.0 };
        let high = match high > low && high.is_finite() {
            true => high,
            false if is_log => 10.0 * low,
            false => low + low.abs().max(1.0),
        };
        Self {
            low,
            high,
            is_log,
            from,
            to,
        }
    }

    /// The place of a number; one outside the range is put at its end.
    pub fn place(&self, x: f64) -> f64 {
        let part = if self.is_log {
            (x.max(1e-300) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (x - self.low) / (self.high - self.low)
        };
        let part = if part.is_nan() { 0.0 } else { part };
        self.from + (self.to - self.from) * part.clamp(0.0, 1.0)
    }

    /// Whether a number lies in the range.
    pub fn holds(&self, x: f64) -> bool {
        (self.low..=self.high).contains(&x)
    }

    /// Marks, about `n` of them with labels.
    pub(super) fn ticks(&self, n: usize) -> Vec<Tick> {
        match self.is_log {
            true => self.log_ticks(n),
            false => self.even_ticks(n),
        }
    }

    fn even_ticks(&self, n: usize) -> Vec<Tick> {
        let step = nice_step((self.high - self.low) / n as f64);
        let parts = match leading_digit(step) {
            2 => 4,
            _ => 5,
        };
        let minor = step / f64::from(parts);
        let first = (self.low / minor - 1e-6).ceil() as i64;
        let last = (self.high / minor + 1e-6).floor() as i64;
        let largest = self.low.abs().max(self.high.abs());
        let tick = |k: i64| {
            let x = k as f64 * minor;
            let is_major = k.rem_euclid(i64::from(parts)) == 0;
            Tick {
                at: self.place(x),
                label: is_major.then(|| number_label(x, step, largest)),
            }
        };
        (first..=last).map(tick).collect()
    }

    fn log_ticks(&self, n: usize) -> Vec<Tick> {
        let first = self.low.log10().floor() as i32;
        let last = self.high.log10().ceil() as i32;
        let decades = last - first;
        let every = (decades as usize).div_ceil(n.max(1)).max(1) as i32;
        let inside = |x: f64| x >= self.low * (1.0 - 1e-9) && x <= self.high * (1.0 + 1e-9);
        // Within a decade or two powers of ten alone would say too little.
        let whole = (first..=last).filter(|&k| inside(10_f64.powi(k))).count();
        let digits: &[i32] = match (whole, self.high / self.low) {
            (..=1, ratio) if ratio < 4.0 => &[1, 2, 3, 4, 5, 6, 7, 8],
            (..=1, _) => &[1, 2, 5],
            (2, _) => &[1, 3],
            _ => &[1],
        };
        let is_plain = first >= -2 && last <= 4;
        let mut ticks = Vec::new();
        for k in first..=last {
            for digit in 1..10 {
                let x = f64::from(digit) * 10_f64.powi(k);
                if !inside(x) || (digit > 1 && decades > 3 * FEW_DECADES) {
                    continue;
                }
                let wanted = digits.contains(&digit) && (k - first).rem_euclid(every) == 0;
                let label = match is_plain {
                    true => Label::from(short_number(x).as_str()),
                    false => power_label(digit, k),
                };
                ticks.push(Tick {
                    at: self.place(x),
                    label: wanted.then_some(label),
                });
            }
        }
        ticks
    }
}

/// `10^k`, or `3 10^k`.
fn power_label(digit: i32, k: i32) -> Label {
    let mut label = Label::default();
    if digit != 1 {
        label = label.plain(&format!("{digit}·"));
    }
    let power = k.to_string().replace('-', "−");
    label.plain("10").with(Script::Sup, &power)
}

/// The next of 1, 2, 5 times a power of ten that is not below `x`.
pub(crate) fn nice_step(x: f64) -> f64 {
    let power = 10_f64.powf(x.log10().floor());
    let ratio = x / power;
    let factor = [1.0, 2.0, 5.0, 10.0];
    factor
        .into_iter()
        .find(|f| ratio <= f * 1.000_001)
        .unwrap_or(10.0)
        * power
}

fn leading_digit(x: f64) -> i32 {
    (x / 10_f64.powf((x.log10() + 1e-9).floor())).round() as i32
}

/// A number on an axis with steps of this size, whose largest is this.
fn number_label(x: f64, step: f64, largest: f64) -> Label {
    if !(1e-2..1e5).contains(&largest) {
        if x == 0.0 {
            return "0".into();
        }
        let power = (largest.log10() + 1e-9).floor() as i32;
        let digits = (f64::from(power) - (step.log10() + 1e-9).floor()).max(0.0) as usize;
        let mantissa = format!("{:.digits$}", x / 10_f64.powi(power)).replace('-', "−");
        let exponent = power.to_string().replace('-', "−");
        return Label::default()
            .plain(&format!("{mantissa}·10"))
            .with(Script::Sup, &exponent);
    }
    let digits = (-(step.log10() + 1e-9).floor()).max(0.0) as usize;
    let text = format!("{x:.digits$}");
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.' | '-'));
    let text = if is_zero { text.replace('-', "") } else { text };
    text.replace('-', "−").as_str().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(range: [f64; 2], is_log: bool) -> Vec<String> {
        let scale = Scale::new(range, is_log, [0.0, 100.0]);
        let ticks = scale.ticks(5).into_iter();
        ticks.filter_map(|t| t.label).map(|l| l.text()).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(
            labels([0.0, 500.0], false),
            ["0", "100", "200", "300", "400", "500"]
        );
        assert_eq!(labels([-2.5, 2.5], false), ["−2", "−1", "0", "1", "2"]);
        assert_eq!(
            labels([0.0, 0.4], false),
            ["0.0", "0.1", "0.2", "0.3", "0.4"]
        );
        assert_eq!(labels([20.0, 1000.0], true), ["30", "100", "300", "1000"]);
        assert_eq!(
            labels([1e-8, 1e-3], true),
            ["10−8", "10−7", "10−6", "10−5", "10−4", "10−3"]
        );
        assert_eq!(labels([60.0, 120.0], true), ["60", "70", "80", "100"]);
        assert_eq!(
            labels([0.0, 2e6], false),
            ["0", "0.5·106", "1.0·106", "1.5·106", "2.0·106"]
        );
    }

    #[test]
    fn places_are_linear_in_the_number_or_its_logarithm() {
        let even = Scale::new([0.0, 10.0], false, [100.0, 0.0]);
        assert_eq!(
            (even.place(2.5), even.place(-5.0), even.place(1e9)),
            (75.0, 100.0, 0.0)
        );
        let log = Scale::new([1.0, 100.0], true, [0.0, 100.0]);
        assert!((log.place(10.0) - 50.0).abs() < 1e-9 && log.place(0.0) == 0.0);
        // Ranges that are none.
        for range in [[1.0, 1.0], [f64::NAN, 2.0], [0.0, f64::INFINITY]] {
            let scale = Scale::new(range, false, [0.0, 1.0]);
            assert!(scale.place(1.0).is_finite() && !scale.ticks(5).is_empty());
        }
    }
}
