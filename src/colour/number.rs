//! Gaussian rationals: exact coefficients of colour tensors.
//!
//! Knows arithmetic; knows nothing else.

use num_rational::Ratio;
use std::ops::{Add, Mul, Neg};

/// `re + i im` with rational parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gaussian {
    /// Real part.
    pub re: Ratio<i128>,
    /// Imaginary part.
    pub im: Ratio<i128>,
}

impl Gaussian {
    /// The real number `num / den`.
    pub fn ratio(num: i128, den: i128) -> Self {
        Self {
            re: Ratio::new(num, den),
            im: Ratio::from_integer(0),
        }
    }

    /// The imaginary number `i num / den`.
    pub fn imaginary(num: i128, den: i128) -> Self {
        Self {
            re: Ratio::from_integer(0),
            im: Ratio::new(num, den),
        }
    }

    /// One.
    pub fn one() -> Self {
        Self::ratio(1, 1)
    }

    /// Whether the number is zero.
    pub(crate) fn is_zero(&self) -> bool {
        *self.re.numer() == 0 && *self.im.numer() == 0
    }

    /// Nearest floating-point numbers `(re, im)`.
    pub(crate) fn to_f64(self) -> (f64, f64) {
        let f = |r: Ratio<i128>| *r.numer() as f64 / *r.denom() as f64;
        (f(self.re), f(self.im))
    }
}

impl Add for Gaussian {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self {
            re: self.re + o.re,
            im: self.im + o.im,
        }
    }
}

impl Mul for Gaussian {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Self {
            re: self.re * o.re - self.im * o.im,
            im: self.re * o.im + self.im * o.re,
        }
    }
}

impl Neg for Gaussian {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            re: -self.re,
            im: -self.im,
        }
    }
}
