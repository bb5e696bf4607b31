//! The exponential function in single precision, for groups of numbers.
//!
//! Knows arithmetic only. Source: argument reduction by `ln 2` in two parts
//! (W. J. Cody and W. Waite, Software Manual for the Elementary Functions,
//! 1980) and the Taylor polynomial of degree 7 on [-ln 2 / 2, ln 2 / 2], whose
//! remainder is below half a unit in the last place.

use super::simd::LanesF32;

/// `e^x` to about one unit in the last place; arguments are clamped to
/// [-87, 88], so that the result is neither 0 nor infinite.
#[inline(always)]
pub(crate) fn exp<S: LanesF32>(x: S) -> S {
    const LN2_HIGH: f32 = 0.693_359_4; // 11 bits: n * LN2_HIGH is exact
    const LN2_LOW: f32 = -2.121_944_4e-4;
    /// Adding and subtracting it rounds to the nearest integer.
    const ROUNDER: f32 = 12_582_912.0;
    let x = x.max(S::splat(-87.0)).min(S::splat(88.0));
    let n = x * S::splat(std::f32::consts::LOG2_E) + S::splat(ROUNDER) - S::splat(ROUNDER);
    let r = n.mul_add(S::splat(-LN2_HIGH), x);
    let r = n.mul_add(S::splat(-LN2_LOW), r);
    let mut p = S::splat(1.0 / 5040.0);
    for c in [720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0] {
        p = p.mul_add(r, S::splat(1.0 / c));
    }
    p.times_power_of_two(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standard_library() {
        for k in -8600..=8700 {
            let x = k as f32 * 0.01 + 0.003;
            let rel = f64::from(exp(x)) / f64::from(x).exp() - 1.0;
            assert!(rel.abs() < 2e-7, "x = {x}: {rel}");
        }
        assert_eq!(exp(0.0f32), 1.0);
        assert!(exp(-1e30f32) > 0.0 && exp(1e30f32).is_finite());
    }
}
