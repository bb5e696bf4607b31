//! One number at a time: the reference for the vector registers.
//!
//! Knows arithmetic only. Products are not fused with additions: without a hardware
//! guarantee that would be a library call for each.

use super::lanes::{Lanes, LanesF32, LanesF64, Level};

/// One number at a time.
pub(crate) struct Scalar;

impl Level for Scalar {
    type F32 = f32;
    type F64 = f64;
}

macro_rules! scalar_lanes {
    ($real:ident) => {
        impl Lanes for $real {
            type Real = $real;
            type Mask = bool;
            type Wide = f64;
            const N: usize = 1;
            #[inline(always)]
            fn splat(x: $real) -> Self {
                x
            }
            #[inline(always)]
            unsafe fn load(at: *const $real) -> Self {
                // SAFETY: the caller promises a readable number.
                unsafe { *at }
            }
            #[inline(always)]
            unsafe fn store(self, at: *mut $real) {
                // SAFETY: the caller promises a writable number.
                unsafe { *at = self }
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                self * b + c
            }
            #[inline(always)]
            fn mul_sub(self, b: Self, c: Self) -> Self {
                self * b - c
            }
            #[inline(always)]
            fn neg_mul_add(self, b: Self, c: Self) -> Self {
                c - self * b
            }
            #[inline(always)]
            fn over(self, b: Self) -> Self {
                self / b
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $real::sqrt(self)
            }
            #[inline(always)]
            fn max(self, b: Self) -> Self {
                if self > b { self } else { b }
            }
            #[inline(always)]
            fn min(self, b: Self) -> Self {
                if self < b { self } else { b }
            }
            #[inline(always)]
            fn gt(self, b: Self) -> bool {
                self > b
            }
            #[inline(always)]
            fn ge(self, b: Self) -> bool {
                self >= b
            }
            #[inline(always)]
            fn select(mask: bool, yes: Self, no: Self) -> Self {
                if mask { yes } else { no }
            }
        }
    };
}

scalar_lanes!(f32);
scalar_lanes!(f64);

impl LanesF32 for f32 {
    #[inline(always)]
    fn times_power_of_two(self, n: Self) -> Self {
        self * f32::from_bits(((n as i32 + 127) as u32) << 23)
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        self
    }
}

impl LanesF64 for f64 {
    #[inline(always)]
    unsafe fn load_single(at: *const f32) -> Self {
        // SAFETY: the caller promises a readable number.
        f64::from(unsafe { *at })
    }
    #[inline(always)]
    unsafe fn store_single(self, at: *mut f32) {
        // SAFETY: the caller promises a writable number.
        unsafe { *at = self as f32 }
    }
}
