//! Complex numbers in lanes, and groups of them in memory.
//!
//! Knows arithmetic; knows no physics.

use crate::compute::simd::Lanes;
use num_complex::Complex64;
use std::ops::{Add, Mul, Neg, Sub};

/// A complex number in every lane.
#[derive(Clone, Copy)]
pub(crate) struct Complex<S> {
    pub(crate) re: S,
    pub(crate) im: S,
}

/// Two components: half a Dirac spinor.
pub(super) type Two<S> = [Complex<S>; 2];
/// Four components: a vector or a Dirac spinor.
pub(crate) type Four<S> = [Complex<S>; 4];

/// A Dirac spinor in memory, whose halves are loaded where they are used: two of them at
/// once would fill all registers.
#[derive(Clone, Copy)]
pub(super) struct Dirac<S: Lanes>(*const S::Real);

impl<S: Lanes> Dirac<S> {
    /// # Safety
    /// `at` points to `8 N` numbers that can be read as long as this is used.
    #[inline(always)]
    pub(super) unsafe fn new(at: *const S::Real) -> Self {
        Self(at)
    }

    /// The first two components.
    #[inline(always)]
    pub(super) fn upper(self) -> Two<S> {
        // SAFETY: the promise of `new`.
        unsafe { [Complex::load(self.0), Complex::load(self.0.add(2 * S::N))] }
    }

    /// The last two components.
    #[inline(always)]
    pub(super) fn lower(self) -> Two<S> {
        // SAFETY: the promise of `new`.
        unsafe {
            [
                Complex::load(self.0.add(4 * S::N)),
                Complex::load(self.0.add(6 * S::N)),
            ]
        }
    }
}

impl<S: Lanes> Complex<S> {
    #[inline(always)]
    pub(crate) fn splat(z: Complex64) -> Self {
        Self {
            re: S::constant(z.re),
            im: S::constant(z.im),
        }
    }
    #[inline(always)]
    pub(crate) fn zero() -> Self {
        Self {
            re: S::constant(0.0),
            im: S::constant(0.0),
        }
    }
    /// Reads the real parts of all lanes, then the imaginary parts.
    ///
    /// # Safety
    /// `at` points to `2 N` readable numbers.
    #[inline(always)]
    pub(super) unsafe fn load(at: *const S::Real) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            Self {
                re: S::load(at),
                im: S::load(at.add(S::N)),
            }
        }
    }
    /// Writes what [`Self::load`] reads.
    ///
    /// # Safety
    /// `at` points to `2 N` writable numbers.
    #[inline(always)]
    pub(super) unsafe fn store(self, at: *mut S::Real) {
        // SAFETY: the caller's promise.
        unsafe {
            self.re.store(at);
            self.im.store(at.add(S::N));
        }
    }
    /// `self * b + c`.
    #[inline(always)]
    pub(crate) fn mul_add(self, b: Self, c: Self) -> Self {
        Self {
            re: self.re.mul_add(b.re, self.im.neg_mul_add(b.im, c.re)),
            im: self.re.mul_add(b.im, self.im.mul_add(b.re, c.im)),
        }
    }
    /// `c - self * b`.
    #[inline(always)]
    pub(crate) fn neg_mul_add(self, b: Self, c: Self) -> Self {
        Self {
            re: self.re.neg_mul_add(b.re, self.im.mul_add(b.im, c.re)),
            im: self.re.neg_mul_add(b.im, self.im.neg_mul_add(b.re, c.im)),
        }
    }
    /// `self * x + c` with real `x`.
    #[inline(always)]
    pub(super) fn scale_add(self, x: S, c: Self) -> Self {
        Self {
            re: self.re.mul_add(x, c.re),
            im: self.im.mul_add(x, c.im),
        }
    }
    #[inline(always)]
    pub(crate) fn scale(self, x: S) -> Self {
        Self {
            re: self.re * x,
            im: self.im * x,
        }
    }
    /// `self + i o`.
    #[inline(always)]
    pub(super) fn plus_i(self, o: Self) -> Self {
        Self {
            re: self.re - o.im,
            im: self.im + o.re,
        }
    }
    /// `self - i o`.
    #[inline(always)]
    pub(super) fn minus_i(self, o: Self) -> Self {
        Self {
            re: self.re + o.im,
            im: self.im - o.re,
        }
    }
}

impl<S: Lanes> Add for Complex<S> {
    type Output = Self;
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        Self {
            re: self.re + o.re,
            im: self.im + o.im,
        }
    }
}

impl<S: Lanes> Sub for Complex<S> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        Self {
            re: self.re - o.re,
            im: self.im - o.im,
        }
    }
}

impl<S: Lanes> Mul for Complex<S> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        Self {
            re: self.re.mul_sub(o.re, self.im * o.im),
            im: self.re.mul_add(o.im, self.im * o.re),
        }
    }
}

impl<S: Lanes> Neg for Complex<S> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self {
            re: -self.re,
            im: -self.im,
        }
    }
}
