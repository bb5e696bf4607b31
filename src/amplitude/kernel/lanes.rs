//! Numbers that stand for one, four or eight phase-space points at once.
//!
//! The scalar is the reference; AVX2 and AVX-512 are chosen at run time. Knows
//! arithmetic; knows no physics.

use std::ops::{Add, Mul, Neg, Sub};

/// Which instruction set evaluates matrix elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SimdLevel {
    /// One point at a time, plain f64: the reference.
    Scalar,
    /// Four points at a time.
    Avx2,
    /// Eight points at a time.
    Avx512,
}

impl SimdLevel {
    /// All levels that this processor can run, the widest last.
    pub fn available() -> Vec<Self> {
        let mut levels = vec![Self::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                levels.push(Self::Avx2);
            }
            if is_x86_feature_detected!("avx512f") {
                levels.push(Self::Avx512);
            }
        }
        levels
    }

    /// The widest level of this processor.
    pub fn best() -> Self {
        *Self::available()
            .last()
            .expect("the scalar level is always there")
    }

    /// Points per block.
    pub fn lanes(self) -> usize {
        match self {
            Self::Scalar => 1,
            Self::Avx2 => 4,
            Self::Avx512 => 8,
        }
    }
}

/// A group of `N` numbers that are computed together.
pub(crate) trait Lanes:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// Numbers in a group.
    const N: usize;
    /// The same number everywhere.
    fn splat(x: f64) -> Self;
    /// Reads `N` numbers.
    ///
    /// # Safety
    /// `at` points to `N` readable numbers.
    unsafe fn load(at: *const f64) -> Self;
    /// Writes `N` numbers.
    ///
    /// # Safety
    /// `at` points to `N` writable numbers.
    unsafe fn store(self, at: *mut f64);
    /// `self * b + c`.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// `c - self * b`.
    fn neg_mul_add(self, b: Self, c: Self) -> Self;
    /// `self / b`.
    fn over(self, b: Self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// Where `self > 0` the first, elsewhere the second.
    fn if_positive(self, yes: Self, no: Self) -> Self;
}

impl Lanes for f64 {
    const N: usize = 1;
    #[inline(always)]
    fn splat(x: f64) -> Self {
        x
    }
    #[inline(always)]
    unsafe fn load(at: *const f64) -> Self {
        // SAFETY: the caller promises a readable number.
        unsafe { *at }
    }
    #[inline(always)]
    unsafe fn store(self, at: *mut f64) {
        // SAFETY: the caller promises a writable number.
        unsafe { *at = self }
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        // Not fused: without a hardware guarantee that would be a library call.
        self * b + c
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
        f64::sqrt(self)
    }
    #[inline(always)]
    fn if_positive(self, yes: Self, no: Self) -> Self {
        if self > 0.0 { yes } else { no }
    }
}

/// Implements [`Lanes`] for a wrapper around a vector register.
///
/// The intrinsics are only reached from functions compiled for the instruction
/// set, into which everything here is inlined.
#[cfg(target_arch = "x86_64")]
macro_rules! vector_lanes {
    ($name:ident, $register:ty, $n:literal, $set1:ident, $loadu:ident, $storeu:ident, $add:ident,
     $sub:ident, $mul:ident, $div:ident, $sqrt:ident, $fmadd:ident, $fnmadd:ident, $positive:expr) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name($register);

        impl Add for $name {
            type Output = Self;
            #[inline(always)]
            fn add(self, o: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $add(self.0, o.0) })
            }
        }
        impl Sub for $name {
            type Output = Self;
            #[inline(always)]
            fn sub(self, o: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $sub(self.0, o.0) })
            }
        }
        impl Mul for $name {
            type Output = Self;
            #[inline(always)]
            fn mul(self, o: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $mul(self.0, o.0) })
            }
        }
        impl Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self::splat(-0.0) - self
            }
        }
        impl Lanes for $name {
            const N: usize = $n;
            #[inline(always)]
            fn splat(x: f64) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $set1(x) })
            }
            #[inline(always)]
            unsafe fn load(at: *const f64) -> Self {
                // SAFETY: the caller promises N readable numbers.
                Self(unsafe { $loadu(at) })
            }
            #[inline(always)]
            unsafe fn store(self, at: *mut f64) {
                // SAFETY: the caller promises N writable numbers.
                unsafe { $storeu(at, self.0) }
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $fmadd(self.0, b.0, c.0) })
            }
            #[inline(always)]
            fn neg_mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $fnmadd(self.0, b.0, c.0) })
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
            fn if_positive(self, yes: Self, no: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $positive(self.0, yes.0, no.0) })
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86 {
    //! The register types of x86-64.
    use super::{Add, Lanes, Mul, Neg, Sub};
    use std::arch::x86_64::*;

    #[inline(always)]
    unsafe fn positive4(x: __m256d, yes: __m256d, no: __m256d) -> __m256d {
        // SAFETY: the caller runs where AVX2 was detected.
        unsafe { _mm256_blendv_pd(no, yes, _mm256_cmp_pd::<_CMP_GT_OQ>(x, _mm256_setzero_pd())) }
    }

    #[inline(always)]
    unsafe fn positive8(x: __m512d, yes: __m512d, no: __m512d) -> __m512d {
        // SAFETY: the caller runs where AVX-512 was detected.
        unsafe {
            _mm512_mask_blend_pd(
                _mm512_cmp_pd_mask::<_CMP_GT_OQ>(x, _mm512_setzero_pd()),
                no,
                yes,
            )
        }
    }

    vector_lanes!(
        Four,
        __m256d,
        4,
        _mm256_set1_pd,
        _mm256_loadu_pd,
        _mm256_storeu_pd,
        _mm256_add_pd,
        _mm256_sub_pd,
        _mm256_mul_pd,
        _mm256_div_pd,
        _mm256_sqrt_pd,
        _mm256_fmadd_pd,
        _mm256_fnmadd_pd,
        positive4
    );
    vector_lanes!(
        Eight,
        __m512d,
        8,
        _mm512_set1_pd,
        _mm512_loadu_pd,
        _mm512_storeu_pd,
        _mm512_add_pd,
        _mm512_sub_pd,
        _mm512_mul_pd,
        _mm512_div_pd,
        _mm512_sqrt_pd,
        _mm512_fmadd_pd,
        _mm512_fnmadd_pd,
        positive8
    );
}

/// A complex number in every lane.
#[derive(Clone, Copy)]
pub(crate) struct Complex<S> {
    pub(crate) re: S,
    pub(crate) im: S,
}

impl<S: Lanes> Complex<S> {
    #[inline(always)]
    pub(crate) fn splat(z: num_complex::Complex64) -> Self {
        Self {
            re: S::splat(z.re),
            im: S::splat(z.im),
        }
    }
    #[inline(always)]
    pub(crate) fn zero() -> Self {
        Self {
            re: S::splat(0.0),
            im: S::splat(0.0),
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
    #[inline(always)]
    pub(crate) fn scale(self, x: S) -> Self {
        Self {
            re: self.re * x,
            im: self.im * x,
        }
    }
    #[inline(always)]
    pub(crate) fn times_i(self) -> Self {
        Self {
            re: -self.im,
            im: self.re,
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
            re: self.re.mul_add(o.re, -(self.im * o.im)),
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
