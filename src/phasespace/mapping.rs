//! The contract of a one-dimensional map: `r` in [0, 1] to a variable in a range.
//!
//! Knows numbers; knows no mass, momentum or cut.

/// A monotone, invertible map whose range may differ from point to point.
///
/// Both functions expect `lo < hi`, both finite; the caller checks. Outside
/// that they return numbers without meaning, possibly NaN, and do not panic.
pub(crate) trait Mapping {
    /// Maps `r` in [0, 1] to `x` in [`lo`, `hi`]; returns `(x, dx/dr)`.
    fn forward(&self, r: f64, lo: f64, hi: f64) -> (f64, f64);

    /// Returns `(r, dr/dx)` of an `x` in [`lo`, `hi`].
    fn inverse(&self, x: f64, lo: f64, hi: f64) -> (f64, f64);
}

#[cfg(test)]
pub(crate) mod law {
    use super::Mapping;

    /// The test suite of the trait: inverse, Jacobians, monotony, range.
    pub(crate) fn holds(map: &impl Mapping, lo: f64, hi: f64) {
        let mut last = lo;
        let n = 400;
        for k in 0..n {
            let r = (f64::from(k) + 0.5) / f64::from(n);
            let (x, det) = map.forward(r, lo, hi);
            assert!(
                x >= last && x <= hi,
                "r = {r}: {x} after {last}, up to {hi}"
            );
            last = x;
            let (back, det_inv) = map.inverse(x, lo, hi);
            assert!((back - r).abs() < 1e-8, "r = {r}: {back}");
            assert!(
                (det * det_inv - 1.0).abs() < 1e-8,
                "r = {r}: {det} {det_inv}"
            );
            let h = 1e-6;
            let numeric = (map.forward(r + h, lo, hi).0 - map.forward(r - h, lo, hi).0) / (2.0 * h);
            if (r * f64::from(n)) as u32 % 7 == 3 {
                let rel = (numeric / det - 1.0).abs();
                assert!(rel < 1e-2, "r = {r}: slope {numeric}, det {det}");
            }
        }
        assert!((map.forward(0.0, lo, hi).0 - lo).abs() <= 1e-9 * (hi - lo));
        assert!((map.forward(1.0, lo, hi).0 - hi).abs() <= 1e-9 * hi.abs().max(hi - lo));
    }
}
