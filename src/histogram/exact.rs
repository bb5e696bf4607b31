//! Sums of numbers that do not depend on the order of the terms.
//!
//! A sum is a whole number of units of 2^-240, so that adding is exact: parts of a sample
//! add up to the same bits, however it was divided. Knows numbers alone.

/// 64-bit words of a sum.
const N_WORDS: usize = 6;
/// Binary digits behind the point.
const N_BEHIND: i32 = 240;
/// Terms from this size on are refused: 2^43 of them cannot overflow a sum.
const TOO_LARGE: f64 = 1_267_650_600_228_229_401_496_703_205_376.0; // 2^100

/// A sum, in two's complement, the lowest word first.
///
/// What a term has below 2^-240 (6e-73) is cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExactSum([u64; N_WORDS]);

impl ExactSum {
    /// Adds a term; a number that is not finite, or not below 2^100, is left out.
    pub fn add(&mut self, x: f64) {
        if x.is_nan() || x.abs() >= TOO_LARGE || x == 0.0 {
            return;
        }
        let bits = x.abs().to_bits();
        let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
        // x = mantissa * 2^(at - N_BEHIND)
        let (mantissa, at) = match exponent {
            0 => (fraction, N_BEHIND - 1074),
            _ => (fraction | 1 << 52, exponent - 1075 + N_BEHIND),
        };
        if at <= -64 {
            return;
        }
        let (mantissa, at) = match at {
            0.. => (mantissa, at as usize),
            _ => (mantissa >> -at, 0),
        };
        let wide = u128::from(mantissa) << (at % 64);
        let mut term = [0; N_WORDS];
        term[at / 64] = wide as u64;
        term[at / 64 + 1] = (wide >> 64) as u64;
        let term = Self(term);
        self.merge(&if x < 0.0 { term.negated() } else { term });
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        let mut carry = false;
        for (a, b) in self.0.iter_mut().zip(other.0) {
            let (sum, over) = a.overflowing_add(b);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            *a = sum;
            carry = over | again;
        }
    }

    fn negated(self) -> Self {
        let mut one = [0; N_WORDS];
        one[0] = 1;
        let mut out = Self(self.0.map(|word| !word));
        out.merge(&Self(one));
        out
    }

    /// The nearest number.
    pub fn value(&self) -> f64 {
        let is_negative = self.0[N_WORDS - 1] >> 63 == 1;
        let size = if is_negative { self.negated() } else { *self };
        let Some(top) = size.0.iter().rposition(|word| *word != 0) else {
            return 0.0;
        };
        let below = top.saturating_sub(1);
        let mut wide = u128::from(size.0[top]) << 64;
        if top > 0 {
            wide |= u128::from(size.0[below]);
        }
        // What lies lower only says to which side of the middle the rest is.
        if size.0[..below].iter().any(|word| *word != 0) {
            wide |= 1;
        }
        let unit = f64::from(64 * (top as i32 - 1) - N_BEHIND).exp2();
        let value = wide as f64 * unit;
        if is_negative { -value } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn sum(terms: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        terms.iter().for_each(|x| sum.add(*x));
        sum
    }

    #[test]
    fn one_term_is_itself() {
        for x in [1.0, -2.5, 1e-50, 3.7e29, -1.1e-30, 0.1, 6.6e-34] {
            assert_eq!(sum(&[x]).value(), x);
        }
        assert_eq!(sum(&[]).value(), 0.0);
        assert_eq!(sum(&[f64::NAN, f64::INFINITY, 1e31, 1e-80]).value(), 0.0);
    }

    #[test]
    fn nothing_is_lost_where_large_terms_cancel() {
        assert_eq!(sum(&[1e25, 1.0, -1e25]).value(), 1.0);
        assert_eq!(sum(&[0.1; 10]).value(), 1.0);
        assert_eq!(sum(&[1e-20, -1.0]).value(), -1.0 + 1e-20);
        assert_eq!(sum(&[3.0, -3.0]), ExactSum::default());
    }

    #[test]
    fn any_order_and_any_parts_give_the_same_bits() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let terms: Vec<f64> = (0..1000)
            .map(|_| (rng.random::<f64>() - 0.5) * 10_f64.powi(rng.random_range(-20..20)))
            .collect();
        let all = sum(&terms);
        let backwards: Vec<f64> = terms.iter().rev().copied().collect();
        assert_eq!(sum(&backwards), all);
        let mut parts = ExactSum::default();
        terms.chunks(7).for_each(|part| parts.merge(&sum(part)));
        assert_eq!(parts, all);
    }
}
