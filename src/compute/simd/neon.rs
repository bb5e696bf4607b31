//! The registers of ARM: NEON, 128 bits.
//!
//! Knows intrinsics; knows nothing of what they are used for. Compiled for every ARM
//! target and so far run on none: `docs/src/decisions`, "Instruction sets".

use std::arch::aarch64::*;

use super::lanes::{Lanes, LanesF32, LanesF64, Level, vector_lanes};

/// 128-bit registers.
pub(crate) struct Neon;

impl Level for Neon {
    type F32 = Single4;
    type F64 = Double2;
}

/// What the intrinsics have in another order or under another meaning.
macro_rules! adapted {
    ($register:ty, $fma:ident, $fms:ident, $neg:ident, $gt:ident, $select:ident,
     $mul_add:ident, $mul_sub:ident, $neg_mul_add:ident, $max:ident, $min:ident) => {
        #[inline(always)]
        unsafe fn $mul_add(a: $register, b: $register, c: $register) -> $register {
            // SAFETY: the caller runs where NEON was detected.
            unsafe { $fma(c, a, b) }
        }
        #[inline(always)]
        unsafe fn $mul_sub(a: $register, b: $register, c: $register) -> $register {
            // SAFETY: the caller runs where NEON was detected.
            unsafe { $fma($neg(c), a, b) }
        }
        #[inline(always)]
        unsafe fn $neg_mul_add(a: $register, b: $register, c: $register) -> $register {
            // SAFETY: the caller runs where NEON was detected.
            unsafe { $fms(c, a, b) }
        }
        /// The second where one is NaN, as on x86-64.
        #[inline(always)]
        unsafe fn $max(a: $register, b: $register) -> $register {
            // SAFETY: the caller runs where NEON was detected.
            unsafe { $select($gt(a, b), a, b) }
        }
        /// The second where one is NaN, as on x86-64.
        #[inline(always)]
        unsafe fn $min(a: $register, b: $register) -> $register {
            // SAFETY: the caller runs where NEON was detected.
            unsafe { $select($gt(b, a), a, b) }
        }
    };
}

adapted!(
    float64x2_t,
    vfmaq_f64,
    vfmsq_f64,
    vnegq_f64,
    vcgtq_f64,
    vbslq_f64,
    mul_add_2d,
    mul_sub_2d,
    neg_mul_add_2d,
    max_2d,
    min_2d
);
adapted!(
    float32x4_t,
    vfmaq_f32,
    vfmsq_f32,
    vnegq_f32,
    vcgtq_f32,
    vbslq_f32,
    mul_add_4s,
    mul_sub_4s,
    neg_mul_add_4s,
    max_4s,
    min_4s
);

vector_lanes!(
    Double2: 2 f64 in float64x2_t, mask uint64x2_t, wide Double2;
    splat vdupq_n_f64, load vld1q_f64, store vst1q_f64,
    add vaddq_f64, sub vsubq_f64, mul vmulq_f64, div vdivq_f64, sqrt vsqrtq_f64,
    mul_add mul_add_2d, mul_sub mul_sub_2d, neg_mul_add neg_mul_add_2d,
    max max_2d, min min_2d, gt vcgtq_f64, ge vcgeq_f64, select vbslq_f64
);

vector_lanes!(
    Single4: 4 f32 in float32x4_t, mask uint32x4_t, wide Double2;
    splat vdupq_n_f32, load vld1q_f32, store vst1q_f32,
    add vaddq_f32, sub vsubq_f32, mul vmulq_f32, div vdivq_f32, sqrt vsqrtq_f32,
    mul_add mul_add_4s, mul_sub mul_sub_4s, neg_mul_add neg_mul_add_4s,
    max max_4s, min min_4s, gt vcgtq_f32, ge vcgeq_f32, select vbslq_f32
);

impl LanesF32 for Single4 {
    #[inline(always)]
    fn times_power_of_two(self, n: Self) -> Self {
        // SAFETY: only used where NEON was detected.
        unsafe {
            let biased = vaddq_s32(vcvtnq_s32_f32(n.0), vdupq_n_s32(127));
            let power = vreinterpretq_f32_s32(vshlq_n_s32::<23>(biased));
            Self(vmulq_f32(self.0, power))
        }
    }
    #[inline(always)]
    fn sum(self) -> f32 {
        let mut x = [0.0f32; 4];
        // SAFETY: `x` holds four numbers.
        unsafe { self.store(x.as_mut_ptr()) };
        (x[0] + x[2]) + (x[1] + x[3])
    }
}

impl LanesF64 for Double2 {
    #[inline(always)]
    unsafe fn load_single(at: *const f32) -> Self {
        // SAFETY: the caller promises two readable numbers.
        Self(unsafe { vcvt_f64_f32(vld1_f32(at)) })
    }
    #[inline(always)]
    unsafe fn store_single(self, at: *mut f32) {
        // SAFETY: the caller promises two writable numbers.
        unsafe { vst1_f32(at, vcvt_f32_f64(self.0)) }
    }
}
