//! Cubic Hermite interpolation on one axis of knots, as four weights.
//!
//! Slopes at the knots are the mean of the neighbouring difference quotients,
//! one-sided at the ends. The interpolant is linear in the tabulated values, so
//! a point needs four weights per axis whatever is tabulated there.
//!
//! Knows numbers only. Source: arXiv:1412.7420, section 4.3.

/// Knots of one axis, with what the weights need per interval.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    knots: Vec<f64>,
    intervals: Vec<Interval>,
    /// Interval in which each of the equal buckets begins.
    bucket: Vec<u32>,
    buckets_per_unit: f64,
}

/// Slopes at both ends of an interval `[1, 2]` with outer knots 0 and 3, scaled
/// by its width: `a1 (f2 - f1) + b1 (f1 - f0)` and `a2 (f2 - f1) + b2 (f3 - f2)`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Interval {
    inv_width: f64,
    a1: f64,
    b1: f64,
    a2: f64,
    b2: f64,
}

impl Axis {
    /// An axis with strictly increasing finite `knots`, at least two.
    pub fn new(knots: Vec<f64>) -> Self {
        let last = knots.len() - 1;
        let width = |i: usize| knots[i + 1] - knots[i];
        let intervals = (0..last)
            .map(|i| {
                let outer = |neighbour: Option<usize>| match neighbour {
                    Some(j) => (0.5, 0.5 * width(i) / width(j)),
                    None => (1.0, 0.0),
                };
                let (a1, b1) = outer(i.checked_sub(1));
                let (a2, b2) = outer(Some(i + 1).filter(|&j| j < last));
                Interval {
                    inv_width: 1.0 / width(i),
                    a1,
                    b1,
                    a2,
                    b2,
                }
            })
            .collect();
        let n_bucket = 8 * knots.len();
        let buckets_per_unit = n_bucket as f64 / (knots[last] - knots[0]);
        let bucket = (0..n_bucket)
            .map(|b| {
                let start = knots[0] + b as f64 / buckets_per_unit;
                let above = knots.partition_point(|&k| k <= start);
                above.clamp(1, last) as u32 - 1
            })
            .collect();
        Self {
            knots,
            intervals,
            bucket,
            buckets_per_unit,
        }
    }

    /// Number of knots.
    pub(crate) fn len(&self) -> usize {
        self.knots.len()
    }

    /// Interval that holds `v`; the nearest one where `v` is outside.
    #[inline]
    pub(crate) fn interval(&self, v: f64) -> usize {
        // The cast saturates, and takes NaN to 0.
        let b = ((v - self.knots[0]) * self.buckets_per_unit) as usize;
        let mut i = self.bucket[b.min(self.bucket.len() - 1)] as usize;
        while i + 2 < self.knots.len() && v >= self.knots[i + 1] {
            i += 1;
        }
        while i > 0 && v < self.knots[i] {
            i -= 1;
        }
        i
    }

    /// The four knots around interval `i`, repeated beyond the ends (where the
    /// weight is zero).
    #[inline]
    pub(crate) fn stencil(&self, i: usize) -> [usize; 4] {
        [
            i.saturating_sub(1),
            i,
            i + 1,
            (i + 2).min(self.knots.len() - 1),
        ]
    }

    /// Weights of the four knots of [`Axis::stencil`] at `v`.
    #[inline]
    pub(crate) fn weights(&self, i: usize, v: f64) -> [f64; 4] {
        let c = &self.intervals[i];
        let t = (v - self.knots[i]) * c.inv_width;
        let (t2, t3) = (t * t, t * t * t);
        let value_2 = 3.0 * t2 - 2.0 * t3;
        let value_1 = 1.0 - value_2;
        let slope_1 = t3 - 2.0 * t2 + t;
        let slope_2 = t3 - t2;
        [
            -slope_1 * c.b1,
            value_1 + slope_1 * (c.b1 - c.a1) - slope_2 * c.a2,
            value_2 + slope_1 * c.a1 + slope_2 * (c.a2 - c.b2),
            slope_2 * c.b2,
        ]
    }

    /// Weights of linear interpolation on the same stencil.
    #[inline]
    pub(crate) fn linear_weights(&self, i: usize, v: f64) -> [f64; 4] {
        let t = (v - self.knots[i]) * self.intervals[i].inv_width;
        [0.0, 1.0 - t, t, 0.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOTS: [f64; 6] = [-2.0, -1.5, 0.0, 0.1, 2.0, 5.0];

    fn value(axis: &Axis, f: &[f64], v: f64) -> f64 {
        let i = axis.interval(v);
        let (w, k) = (axis.weights(i, v), axis.stencil(i));
        (0..4).map(|j| w[j] * f[k[j]]).sum()
    }

    #[test]
    fn knots_are_reproduced_and_straight_lines_are_exact() {
        let axis = Axis::new(KNOTS.to_vec());
        let f: Vec<f64> = KNOTS.iter().map(|k| 3.0 - 0.7 * k).collect();
        for n in 0..=700 {
            let v = -2.0 + f64::from(n) * 0.01;
            assert!((value(&axis, &f, v) - (3.0 - 0.7 * v)).abs() < 1e-13, "{v}");
        }
        let g = [1.0, -2.0, 7.0, 0.5, 0.25, 9.0];
        for (k, expected) in KNOTS.iter().zip(g) {
            assert!((value(&axis, &g, *k) - expected).abs() < 1e-13);
        }
    }

    #[test]
    fn the_interval_found_holds_the_point() {
        let axis = Axis::new(KNOTS.to_vec());
        for n in -10..=810 {
            let v = -2.0 + f64::from(n) * 0.01;
            let i = axis.interval(v);
            assert!(i + 1 < axis.len());
            assert!(v >= KNOTS[i] || i == 0);
            assert!(v < KNOTS[i + 1] || i + 2 == axis.len());
        }
        for knot in 0..KNOTS.len() - 1 {
            assert_eq!(axis.interval(KNOTS[knot]), knot);
        }
    }

    #[test]
    fn the_slope_is_continuous_at_inner_knots() {
        let axis = Axis::new(KNOTS.to_vec());
        let f = [1.0, -2.0, 7.0, 0.5, 0.25, 9.0];
        let h = 1e-6;
        for k in &KNOTS[1..5] {
            let left = (value(&axis, &f, *k) - value(&axis, &f, k - h)) / h;
            let right = (value(&axis, &f, k + h) - value(&axis, &f, *k)) / h;
            assert!((left - right).abs() < 2e-3, "{left} {right}");
        }
    }
}
