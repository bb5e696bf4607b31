//! Groups of numbers in f64 or f32 that are computed together.
//!
//! The scalar is the reference. Knows arithmetic only. The vector types may only be
//! used in functions compiled for their instruction set, into which everything here is
//! inlined: see [`super::Kernel`].
//!
//! Closures (also those inside `array::map` and `from_fn`) are compiled without
//! the instruction set of the function that calls them, so that an intrinsic in one
//! becomes a call through memory. Code that handles lanes is written without them.

use std::ops::{Add, Mul, Neg, Sub};

/// A floating-point type.
pub(crate) trait Real: Copy + Default {
    /// Rounds to this type.
    fn from_f64(x: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// The same for as many numbers as there are in both.
    fn widen(from: &[Self], to: &mut [f64]);
}

impl Real for f64 {
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn widen(from: &[Self], to: &mut [f64]) {
        to.copy_from_slice(from);
    }
}

impl Real for f32 {
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as Self
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.into()
    }
    #[inline(always)]
    fn widen(from: &[Self], to: &mut [f64]) {
        to.iter_mut().zip(from).for_each(|(x, y)| *x = y.to_f64());
    }
}

/// A group of `N` numbers.
pub(crate) trait Lanes:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// The number in a lane.
    type Real: Real;
    /// The result of a comparison.
    type Mask: Copy;
    /// Lanes in f64 of the same level, at most as many.
    type Wide: LanesF64;
    /// Numbers in a group.
    const N: usize;
    /// The same number everywhere.
    fn splat(x: Self::Real) -> Self;
    /// The same number everywhere, rounded to the type of the lanes.
    #[inline(always)]
    fn constant(x: f64) -> Self {
        Self::splat(Self::Real::from_f64(x))
    }
    /// Reads `N` numbers.
    ///
    /// # Safety
    /// `at` points to `N` readable numbers.
    unsafe fn load(at: *const Self::Real) -> Self;
    /// Writes `N` numbers.
    ///
    /// # Safety
    /// `at` points to `N` writable numbers.
    unsafe fn store(self, at: *mut Self::Real);
    /// `self * b + c`.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// `self * b - c`.
    fn mul_sub(self, b: Self, c: Self) -> Self;
    /// `c - self * b`.
    fn neg_mul_add(self, b: Self, c: Self) -> Self;
    /// `self / b`.
    fn over(self, b: Self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// The larger one; the second where one is NaN.
    fn max(self, b: Self) -> Self;
    /// The smaller one; the second where one is NaN.
    fn min(self, b: Self) -> Self;
    /// Where `self > b`.
    fn gt(self, b: Self) -> Self::Mask;
    /// Where `self >= b`.
    fn ge(self, b: Self) -> Self::Mask;
    /// Where the mask is set the first, elsewhere the second.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// Where `self > 0` the first, elsewhere the second.
    #[inline(always)]
    fn if_positive(self, yes: Self, no: Self) -> Self {
        Self::select(self.gt(Self::constant(0.0)), yes, no)
    }
}

/// What only groups in f32 do.
pub(crate) trait LanesF32: Lanes<Real = f32> {
    /// `self * 2^n` for integral `n` in [-126, 127].
    fn times_power_of_two(self, n: Self) -> Self;
    /// Sum over the group, always in the same order.
    fn sum(self) -> f32;
}

/// What only groups in f64 do.
pub(crate) trait LanesF64: Lanes<Real = f64> {
    /// Reads `N` numbers of single precision.
    ///
    /// # Safety
    /// `at` points to `N` readable numbers.
    unsafe fn load_single(at: *const f32) -> Self;
    /// Rounds to single precision and writes `N` numbers.
    ///
    /// # Safety
    /// `at` points to `N` writable numbers.
    unsafe fn store_single(self, at: *mut f32);
    /// Writes a square of four rows of four numbers turned, its rows `n` apart.
    ///
    /// # Safety
    /// Each of `from` points to four readable numbers, and all four of `to`, `to + n`,
    /// `to + 2 n` and `to + 3 n` to four writable ones.
    #[inline(always)]
    unsafe fn turn(from: [*const f64; 4], to: *mut f64, n: usize) {
        for row in 0..4 {
            for column in 0..4 {
                // SAFETY: the caller promises as much.
                unsafe { *to.add(column * n + row) = *from[row].add(column) };
            }
        }
    }
}

/// The two groups of an instruction set.
pub(crate) trait Level {
    /// Single precision.
    type F32: LanesF32;
    /// Double precision.
    type F64: LanesF64;
}

/// Implements [`Lanes`] and the operators for a wrapper around a vector register, from
/// the intrinsics of its instruction set.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! vector_lanes {
    ($name:ident: $n:literal $real:ident in $register:ty, mask $mask:ty, wide $wide:ident;
     splat $splat:ident, load $load:ident, store $store:ident,
     add $add:ident, sub $sub:ident, mul $mul:ident, div $div:ident, sqrt $sqrt:ident,
     mul_add $mul_add:ident, mul_sub $mul_sub:ident, neg_mul_add $neg_mul_add:ident,
     max $max:ident, min $min:ident, gt $gt:ident, ge $ge:ident, select $select:ident) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name($register);

        impl std::ops::Add for $name {
            type Output = Self;
            #[inline(always)]
            fn add(self, o: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $add(self.0, o.0) })
            }
        }
        impl std::ops::Sub for $name {
            type Output = Self;
            #[inline(always)]
            fn sub(self, o: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $sub(self.0, o.0) })
            }
        }
        impl std::ops::Mul for $name {
            type Output = Self;
            #[inline(always)]
            fn mul(self, o: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $mul(self.0, o.0) })
            }
        }
        impl std::ops::Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self::splat(-0.0) - self
            }
        }
        impl Lanes for $name {
            type Real = $real;
            type Mask = $mask;
            type Wide = $wide;
            const N: usize = $n;
            #[inline(always)]
            fn splat(x: $real) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $splat(x) })
            }
            #[inline(always)]
            unsafe fn load(at: *const $real) -> Self {
                // SAFETY: the caller promises N readable numbers.
                Self(unsafe { $load(at) })
            }
            #[inline(always)]
            unsafe fn store(self, at: *mut $real) {
                // SAFETY: the caller promises N writable numbers.
                unsafe { $store(at, self.0) }
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $mul_add(self.0, b.0, c.0) })
            }
            #[inline(always)]
            fn mul_sub(self, b: Self, c: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $mul_sub(self.0, b.0, c.0) })
            }
            #[inline(always)]
            fn neg_mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $neg_mul_add(self.0, b.0, c.0) })
            }
            #[inline(always)]
            fn over(self, b: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $div(self.0, b.0) })
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $sqrt(self.0) })
            }
            #[inline(always)]
            fn max(self, b: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $max(self.0, b.0) })
            }
            #[inline(always)]
            fn min(self, b: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $min(self.0, b.0) })
            }
            #[inline(always)]
            fn gt(self, b: Self) -> $mask {
                // SAFETY: only used where the instruction set was detected.
                unsafe { $gt(self.0, b.0) }
            }
            #[inline(always)]
            fn ge(self, b: Self) -> $mask {
                // SAFETY: only used where the instruction set was detected.
                unsafe { $ge(self.0, b.0) }
            }
            #[inline(always)]
            fn select(mask: $mask, yes: Self, no: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $select(mask, yes.0, no.0) })
            }
        }
    };
}
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(super) use vector_lanes;
