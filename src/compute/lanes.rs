//! Groups of numbers in single and double precision that are computed together.
//!
//! The scalar is the reference; AVX2 and AVX-512 are chosen at run time. Knows
//! arithmetic only. The vector types may only be used in functions compiled for
//! their instruction set, into which everything here is inlined.

use std::ops::{Add, Mul, Neg, Sub};

/// A group of `N` numbers.
pub(crate) trait Lanes:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// `f32` or `f64`.
    type Number: Copy;
    /// The result of a comparison, one bit per number.
    type Mask: Copy;
    /// Numbers in a group.
    const N: usize;
    /// The same number everywhere.
    fn splat(x: Self::Number) -> Self;
    /// Reads `N` numbers.
    ///
    /// # Safety
    /// `at` points to `N` readable numbers.
    unsafe fn load(at: *const Self::Number) -> Self;
    /// Writes `N` numbers.
    ///
    /// # Safety
    /// `at` points to `N` writable numbers.
    unsafe fn store(self, at: *mut Self::Number);
    /// `self * b + c`.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// `self / b`.
    fn over(self, b: Self) -> Self;
    /// Square root.
    fn sqrt(self) -> Self;
    /// The larger one; the second where one is NaN.
    fn max(self, b: Self) -> Self;
    /// The smaller one; the second where one is NaN.
    fn min(self, b: Self) -> Self;
    /// Where `self >= b`.
    fn ge(self, b: Self) -> Self::Mask;
    /// Where the mask is set the first, elsewhere the second.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
}

/// A group in single precision.
pub(crate) trait Single: Lanes<Number = f32> {
    /// `self * 2^n` for integral `n` in [-126, 127].
    fn times_power_of_two(self, n: Self) -> Self;
    /// Sum over the group, always in the same order.
    fn sum(self) -> f32;
}

/// A group in double precision.
pub(crate) trait Double: Lanes<Number = f64> {
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
}

/// The two groups of an instruction set.
pub(crate) trait Level {
    /// Single precision.
    type S: Single;
    /// Double precision.
    type D: Double;
}

/// One number at a time.
pub(crate) struct Scalar;

impl Level for Scalar {
    type S = f32;
    type D = f64;
}

macro_rules! scalar_lanes {
    ($number:ident) => {
        impl Lanes for $number {
            type Number = $number;
            type Mask = bool;
            const N: usize = 1;
            #[inline(always)]
            fn splat(x: $number) -> Self {
                x
            }
            #[inline(always)]
            unsafe fn load(at: *const $number) -> Self {
                // SAFETY: the caller promises a readable number.
                unsafe { *at }
            }
            #[inline(always)]
            unsafe fn store(self, at: *mut $number) {
                // SAFETY: the caller promises a writable number.
                unsafe { *at = self }
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                // Not fused: without a hardware guarantee that would be a library call.
                self * b + c
            }
            #[inline(always)]
            fn over(self, b: Self) -> Self {
                self / b
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $number::sqrt(self)
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

impl Single for f32 {
    #[inline(always)]
    fn times_power_of_two(self, n: Self) -> Self {
        self * f32::from_bits(((n as i32 + 127) as u32) << 23)
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        self
    }
}

impl Double for f64 {
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

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86 {
    //! The register types of x86-64.
    use super::{Add, Double, Lanes, Level, Mul, Neg, Single, Sub};
    use std::arch::x86_64::*;

    /// Implements [`Lanes`] for a wrapper around a vector register.
    macro_rules! vector_lanes {
        ($name:ident, $register:ty, $number:ident, $mask:ty, $n:literal, $set1:ident,
         $loadu:ident, $storeu:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $sqrt:ident,
         $fmadd:ident, $max:ident, $min:ident, $ge:expr, $select:expr) => {
            #[derive(Clone, Copy)]
            pub(crate) struct $name(pub(super) $register);

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
                type Number = $number;
                type Mask = $mask;
                const N: usize = $n;
                #[inline(always)]
                fn splat(x: $number) -> Self {
                    // SAFETY: only used where the instruction set was detected.
                    Self(unsafe { $set1(x) })
                }
                #[inline(always)]
                unsafe fn load(at: *const $number) -> Self {
                    // SAFETY: the caller promises N readable numbers.
                    Self(unsafe { $loadu(at) })
                }
                #[inline(always)]
                unsafe fn store(self, at: *mut $number) {
                    // SAFETY: the caller promises N writable numbers.
                    unsafe { $storeu(at, self.0) }
                }
                #[inline(always)]
                fn mul_add(self, b: Self, c: Self) -> Self {
                    // SAFETY: only used where the instruction set was detected.
                    Self(unsafe { $fmadd(self.0, b.0, c.0) })
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

    #[inline(always)]
    unsafe fn ge8s(a: __m256, b: __m256) -> __m256 {
        // SAFETY: the caller runs where AVX2 was detected.
        unsafe { _mm256_cmp_ps::<_CMP_GE_OQ>(a, b) }
    }
    #[inline(always)]
    unsafe fn select8s(mask: __m256, yes: __m256, no: __m256) -> __m256 {
        // SAFETY: the caller runs where AVX2 was detected.
        unsafe { _mm256_blendv_ps(no, yes, mask) }
    }
    #[inline(always)]
    unsafe fn ge4d(a: __m256d, b: __m256d) -> __m256d {
        // SAFETY: the caller runs where AVX2 was detected.
        unsafe { _mm256_cmp_pd::<_CMP_GE_OQ>(a, b) }
    }
    #[inline(always)]
    unsafe fn select4d(mask: __m256d, yes: __m256d, no: __m256d) -> __m256d {
        // SAFETY: the caller runs where AVX2 was detected.
        unsafe { _mm256_blendv_pd(no, yes, mask) }
    }
    #[inline(always)]
    unsafe fn ge16s(a: __m512, b: __m512) -> __mmask16 {
        // SAFETY: the caller runs where AVX-512 was detected.
        unsafe { _mm512_cmp_ps_mask::<_CMP_GE_OQ>(a, b) }
    }
    #[inline(always)]
    unsafe fn select16s(mask: __mmask16, yes: __m512, no: __m512) -> __m512 {
        // SAFETY: the caller runs where AVX-512 was detected.
        unsafe { _mm512_mask_blend_ps(mask, no, yes) }
    }
    #[inline(always)]
    unsafe fn ge8d(a: __m512d, b: __m512d) -> __mmask8 {
        // SAFETY: the caller runs where AVX-512 was detected.
        unsafe { _mm512_cmp_pd_mask::<_CMP_GE_OQ>(a, b) }
    }
    #[inline(always)]
    unsafe fn select8d(mask: __mmask8, yes: __m512d, no: __m512d) -> __m512d {
        // SAFETY: the caller runs where AVX-512 was detected.
        unsafe { _mm512_mask_blend_pd(mask, no, yes) }
    }

    vector_lanes!(
        Single8,
        __m256,
        f32,
        __m256,
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
        _mm256_max_ps,
        _mm256_min_ps,
        ge8s,
        select8s
    );
    vector_lanes!(
        Double4,
        __m256d,
        f64,
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
        _mm256_max_pd,
        _mm256_min_pd,
        ge4d,
        select4d
    );
    vector_lanes!(
        Single16,
        __m512,
        f32,
        __mmask16,
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
        _mm512_max_ps,
        _mm512_min_ps,
        ge16s,
        select16s
    );
    vector_lanes!(
        Double8,
        __m512d,
        f64,
        __mmask8,
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
        _mm512_max_pd,
        _mm512_min_pd,
        ge8d,
        select8d
    );

    impl Single for Single8 {
        #[inline(always)]
        fn times_power_of_two(self, n: Self) -> Self {
            // SAFETY: only used where AVX2 was detected.
            unsafe {
                let biased = _mm256_add_epi32(_mm256_cvtps_epi32(n.0), _mm256_set1_epi32(127));
                let power = _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased));
                Self(_mm256_mul_ps(self.0, power))
            }
        }
        #[inline(always)]
        fn sum(self) -> f32 {
            let mut x = [0.0f32; 8];
            // SAFETY: `x` holds eight numbers.
            unsafe { self.store(x.as_mut_ptr()) };
            ((x[0] + x[4]) + (x[1] + x[5])) + ((x[2] + x[6]) + (x[3] + x[7]))
        }
    }

    impl Single for Single16 {
        #[inline(always)]
        fn times_power_of_two(self, n: Self) -> Self {
            // SAFETY: only used where AVX-512 was detected.
            Self(unsafe { _mm512_scalef_ps(self.0, n.0) })
        }
        #[inline(always)]
        fn sum(self) -> f32 {
            // SAFETY: only used where AVX-512 was detected.
            unsafe { _mm512_reduce_add_ps(self.0) }
        }
    }

    impl Double for Double4 {
        #[inline(always)]
        unsafe fn load_single(at: *const f32) -> Self {
            // SAFETY: the caller promises four readable numbers.
            Self(unsafe { _mm256_cvtps_pd(_mm_loadu_ps(at)) })
        }
        #[inline(always)]
        unsafe fn store_single(self, at: *mut f32) {
            // SAFETY: the caller promises four writable numbers.
            unsafe { _mm_storeu_ps(at, _mm256_cvtpd_ps(self.0)) }
        }
    }

    impl Double for Double8 {
        #[inline(always)]
        unsafe fn load_single(at: *const f32) -> Self {
            // SAFETY: the caller promises eight readable numbers.
            Self(unsafe { _mm512_cvtps_pd(_mm256_loadu_ps(at)) })
        }
        #[inline(always)]
        unsafe fn store_single(self, at: *mut f32) {
            // SAFETY: the caller promises eight writable numbers.
            unsafe { _mm256_storeu_ps(at, _mm512_cvtpd_ps(self.0)) }
        }
    }

    /// 256-bit registers.
    pub(crate) struct Avx2;

    impl Level for Avx2 {
        type S = Single8;
        type D = Double4;
    }

    /// 512-bit registers.
    pub(crate) struct Avx512;

    impl Level for Avx512 {
        type S = Single16;
        type D = Double8;
    }
}
