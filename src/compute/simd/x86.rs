//! The registers of x86-64: AVX2 with FMA, and AVX-512.
//!
//! Knows intrinsics; knows nothing of what they are used for.

use std::arch::x86_64::*;

use super::lanes::{Lanes, LanesF32, LanesF64, Level, vector_lanes};

/// 256-bit registers.
pub(crate) struct Avx2;

impl Level for Avx2 {
    type F32 = Single8;
    type F64 = Double4;
}

/// 512-bit registers.
pub(crate) struct Avx512;

impl Level for Avx512 {
    type F32 = Single16;
    type F64 = Double8;
}

/// Comparisons and selections under one form for all registers.
macro_rules! comparisons {
    ($register:ty, $mask:ty, $gt:ident, $ge:ident, $select:ident, $compare:ident, |$m:ident, $yes:ident, $no:ident| $blend:expr) => {
        #[inline(always)]
        unsafe fn $gt(a: $register, b: $register) -> $mask {
            // SAFETY: the caller runs where the instruction set was detected.
            unsafe { $compare::<_CMP_GT_OQ>(a, b) }
        }
        #[inline(always)]
        unsafe fn $ge(a: $register, b: $register) -> $mask {
            // SAFETY: the caller runs where the instruction set was detected.
            unsafe { $compare::<_CMP_GE_OQ>(a, b) }
        }
        #[inline(always)]
        unsafe fn $select($m: $mask, $yes: $register, $no: $register) -> $register {
            // SAFETY: the caller runs where the instruction set was detected.
            unsafe { $blend }
        }
    };
}

comparisons!(
    __m256d,
    __m256d,
    gt_4d,
    ge_4d,
    select_4d,
    _mm256_cmp_pd,
    |m, yes, no| _mm256_blendv_pd(no, yes, m)
);
comparisons!(
    __m256,
    __m256,
    gt_8s,
    ge_8s,
    select_8s,
    _mm256_cmp_ps,
    |m, yes, no| _mm256_blendv_ps(no, yes, m)
);
comparisons!(
    __m512d,
    __mmask8,
    gt_8d,
    ge_8d,
    select_8d,
    _mm512_cmp_pd_mask,
    |m, yes, no| _mm512_mask_blend_pd(m, no, yes)
);
comparisons!(
    __m512,
    __mmask16,
    gt_16s,
    ge_16s,
    select_16s,
    _mm512_cmp_ps_mask,
    |m, yes, no| _mm512_mask_blend_ps(m, no, yes)
);

vector_lanes!(
    Double4: 4 f64 in __m256d, mask __m256d, wide Double4;
    splat _mm256_set1_pd, load _mm256_loadu_pd, store _mm256_storeu_pd,
    add _mm256_add_pd, sub _mm256_sub_pd, mul _mm256_mul_pd, div _mm256_div_pd, sqrt _mm256_sqrt_pd,
    mul_add _mm256_fmadd_pd, mul_sub _mm256_fmsub_pd, neg_mul_add _mm256_fnmadd_pd,
    max _mm256_max_pd, min _mm256_min_pd, gt gt_4d, ge ge_4d, select select_4d
);

vector_lanes!(
    Single8: 8 f32 in __m256, mask __m256, wide Double4;
    splat _mm256_set1_ps, load _mm256_loadu_ps, store _mm256_storeu_ps,
    add _mm256_add_ps, sub _mm256_sub_ps, mul _mm256_mul_ps, div _mm256_div_ps, sqrt _mm256_sqrt_ps,
    mul_add _mm256_fmadd_ps, mul_sub _mm256_fmsub_ps, neg_mul_add _mm256_fnmadd_ps,
    max _mm256_max_ps, min _mm256_min_ps, gt gt_8s, ge ge_8s, select select_8s
);

vector_lanes!(
    Double8: 8 f64 in __m512d, mask __mmask8, wide Double8;
    splat _mm512_set1_pd, load _mm512_loadu_pd, store _mm512_storeu_pd,
    add _mm512_add_pd, sub _mm512_sub_pd, mul _mm512_mul_pd, div _mm512_div_pd, sqrt _mm512_sqrt_pd,
    mul_add _mm512_fmadd_pd, mul_sub _mm512_fmsub_pd, neg_mul_add _mm512_fnmadd_pd,
    max _mm512_max_pd, min _mm512_min_pd, gt gt_8d, ge ge_8d, select select_8d
);

vector_lanes!(
    Single16: 16 f32 in __m512, mask __mmask16, wide Double8;
    splat _mm512_set1_ps, load _mm512_loadu_ps, store _mm512_storeu_ps,
    add _mm512_add_ps, sub _mm512_sub_ps, mul _mm512_mul_ps, div _mm512_div_ps, sqrt _mm512_sqrt_ps,
    mul_add _mm512_fmadd_ps, mul_sub _mm512_fmsub_ps, neg_mul_add _mm512_fnmadd_ps,
    max _mm512_max_ps, min _mm512_min_ps, gt gt_16s, ge ge_16s, select select_16s
);

impl LanesF32 for Single8 {
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

impl LanesF32 for Single16 {
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

impl LanesF64 for Double4 {
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
    #[inline(always)]
    unsafe fn turn(from: [*const f64; 4], to: *mut f64, n: usize) {
        // SAFETY: the caller promises four readable and four writable numbers at each place.
        unsafe {
            let [a, b, c, d] = [
                _mm256_loadu_pd(from[0]),
                _mm256_loadu_pd(from[1]),
                _mm256_loadu_pd(from[2]),
                _mm256_loadu_pd(from[3]),
            ];
            // Columns 0 and 2, 1 and 3, of the upper and the lower two rows.
            let (ab_even, ab_odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
            let (cd_even, cd_odd) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
            _mm256_storeu_pd(to, _mm256_permute2f128_pd::<0x20>(ab_even, cd_even));
            _mm256_storeu_pd(to.add(n), _mm256_permute2f128_pd::<0x20>(ab_odd, cd_odd));
            _mm256_storeu_pd(
                to.add(2 * n),
                _mm256_permute2f128_pd::<0x31>(ab_even, cd_even),
            );
            _mm256_storeu_pd(
                to.add(3 * n),
                _mm256_permute2f128_pd::<0x31>(ab_odd, cd_odd),
            );
        }
    }
}

impl LanesF64 for Double8 {
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
    #[inline(always)]
    unsafe fn turn(from: [*const f64; 4], to: *mut f64, n: usize) {
        // SAFETY: as the caller promises; AVX-512 is only used where there is AVX2.
        unsafe { Double4::turn(from, to, n) }
    }
}
