//! Numbers that stand for several phase-space points at once, in f64 or f32.
//!
//! The scalar is the reference; AVX2 and AVX-512 are chosen at run time. Knows
//! arithmetic; knows no physics.
//!
//! Closures (also those inside `array::map` and `from_fn`) are compiled without
//! the instruction set of the function that calls them, so that an intrinsic in one
//! becomes a call through memory. Code that handles lanes is written without them.

use std::ops::{Add, Mul, Neg, Sub};

/// Which instruction set evaluates matrix elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SimdLevel {
    /// One point at a time: the reference.
    Scalar,
    /// Registers of 256 bits.
    Avx2,
    /// Registers of 512 bits.
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

    /// The name in the variable `OMNIS_SIMD`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Points per block in f64; twice that in f32 on the vector levels.
    pub fn lanes(self) -> usize {
        match self {
            Self::Scalar => 1,
            Self::Avx2 => 4,
            Self::Avx512 => 8,
        }
    }
}

/// A floating-point type.
pub(crate) trait Real: Copy + Default {
    /// Rounds to this type.
    fn from_f64(x: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
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
}

/// A group of `N` numbers that are computed together.
pub(crate) trait Lanes:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// The number in a lane.
    type Real: Real;
    /// Lanes in f64 for what must not be rounded early: momenta and propagators.
    type Wide: Lanes<Real = f64>;
    /// Numbers in a group.
    const N: usize;
    /// The same number everywhere.
    fn splat(x: f64) -> Self;
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
    /// Where `self > 0` the first, elsewhere the second.
    fn if_positive(self, yes: Self, no: Self) -> Self;
}

/// Implements [`Lanes`] for a single number.
macro_rules! scalar_lane {
    ($real:ident) => {
        impl Lanes for $real {
            type Real = $real;
            type Wide = f64;
            const N: usize = 1;
            #[inline(always)]
            fn splat(x: f64) -> Self {
                x as $real
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
                // Not fused: without a hardware guarantee that would be a library call.
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
            fn if_positive(self, yes: Self, no: Self) -> Self {
                if self > 0.0 { yes } else { no }
            }
        }
    };
}

scalar_lane!(f64);
scalar_lane!(f32);

/// Implements [`Lanes`] for a wrapper around a vector register.
///
/// The intrinsics are only reached from functions compiled for the instruction
/// set, into which everything here is inlined.
#[cfg(target_arch = "x86_64")]
macro_rules! vector_lanes {
    ($name:ident, $register:ty, $real:ident, $wide:ident, $n:literal, $set1:ident,
     $loadu:ident, $storeu:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $sqrt:ident,
     $fmadd:ident, $fmsub:ident, $fnmadd:ident, $positive:expr) => {
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
            type Real = $real;
            type Wide = $wide;
            const N: usize = $n;
            #[inline(always)]
            fn splat(x: f64) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $set1(x as $real) })
            }
            #[inline(always)]
            unsafe fn load(at: *const $real) -> Self {
                // SAFETY: the caller promises N readable numbers.
                Self(unsafe { $loadu(at) })
            }
            #[inline(always)]
            unsafe fn store(self, at: *mut $real) {
                // SAFETY: the caller promises N writable numbers.
                unsafe { $storeu(at, self.0) }
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $fmadd(self.0, b.0, c.0) })
            }
            #[inline(always)]
            fn mul_sub(self, b: Self, c: Self) -> Self {
                // SAFETY: only used where the instruction set was detected.
                Self(unsafe { $fmsub(self.0, b.0, c.0) })
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
            let mask = _mm512_cmp_pd_mask::<_CMP_GT_OQ>(x, _mm512_setzero_pd());
            _mm512_mask_blend_pd(mask, no, yes)
        }
    }

    #[inline(always)]
    unsafe fn positive8s(x: __m256, yes: __m256, no: __m256) -> __m256 {
        // SAFETY: the caller runs where AVX2 was detected.
        unsafe { _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_GT_OQ>(x, _mm256_setzero_ps())) }
    }

    #[inline(always)]
    unsafe fn positive16(x: __m512, yes: __m512, no: __m512) -> __m512 {
        // SAFETY: the caller runs where AVX-512 was detected.
        unsafe {
            let mask = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, _mm512_setzero_ps());
            _mm512_mask_blend_ps(mask, no, yes)
        }
    }

    vector_lanes!(
        Double4,
        __m256d,
        f64,
        Double4,
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
        _mm256_fmsub_pd,
        _mm256_fnmadd_pd,
        positive4
    );
    vector_lanes!(
        Double8,
        __m512d,
        f64,
        Double8,
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
        _mm512_fmsub_pd,
        _mm512_fnmadd_pd,
        positive8
    );
    vector_lanes!(
        Single8,
        __m256,
        f32,
        Double4,
        8,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_mul_ps,
        _mm256_div_ps,
        _mm256_sqrt_ps,
        _mm256_fmadd_ps,
        _mm256_fmsub_ps,
        _mm256_fnmadd_ps,
        positive8s
    );
    vector_lanes!(
        Single16,
        __m512,
        f32,
        Double8,
        16,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_sub_ps,
        _mm512_mul_ps,
        _mm512_div_ps,
        _mm512_sqrt_ps,
        _mm512_fmadd_ps,
        _mm512_fmsub_ps,
        _mm512_fnmadd_ps,
        positive16
    );
}
