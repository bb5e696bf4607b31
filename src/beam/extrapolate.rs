//! LHAPDF6's "continuation" of a PDF beyond its grid.
//!
//! Below the smallest x and above the largest Q^2: straight in the logarithm of
//! the argument, and in that of xf where xf is positive enough. Below the
//! smallest Q^2: the anomalous dimension at the edge, which turns to 1.
//!
//! Knows columns of values; knows no flavour. Source: arXiv:1412.7420,
//! section 4.4 (the prescription is that of MSTW, arXiv:0901.0002).

use super::pdf_grid::{BLOCK, Grid, Place};
use crate::elementary::Elementary;

/// Smallest xf that is continued in its logarithm.
const POSITIVE: f64 = 1e-3;
/// Smallest |xf| whose anomalous dimension is taken from the grid.
const MEASURABLE: f64 = 1e-5;
/// Relative step in Q^2 for the anomalous dimension.
const STEP: f64 = 0.01;
/// Smallest anomalous dimension.
const STEEPEST: f64 = -2.5;

/// A block of columns at a point with `x` or `q2` outside the grid, `x <= x_max`, where
/// `inside` has the values at points inside.
pub(crate) fn block_outside<F>(grid: &Grid, x: f64, q2: f64, inside: &F) -> [f64; BLOCK]
where
    F: Fn(&Place) -> [f64; BLOCK],
{
    let q2_min = grid.q2_min();
    if q2 >= q2_min {
        return at_x(grid, x, q2, inside);
    }
    let edge = at_x(grid, x, q2_min, inside);
    let above = at_x(grid, x, (1.0 + STEP) * q2_min, inside);
    let ratio = q2 / q2_min;
    std::array::from_fn(|c| {
        let dimension = if edge[c].abs() >= MEASURABLE {
            ((above[c] - edge[c]) / edge[c] / STEP).max(STEEPEST)
        } else {
            1.0
        };
        edge[c] * ratio.powf_same(dimension * ratio + 1.0 - ratio)
    })
}

/// Any `x <= x_max`, `q2 >= q2_min`.
fn at_x<F>(grid: &Grid, x: f64, q2: f64, inside: &F) -> [f64; BLOCK]
where
    F: Fn(&Place) -> [f64; BLOCK],
{
    let (low, next) = grid.x_low(q2);
    if x >= low {
        return at_q2(grid, x, q2, inside);
    }
    let [at_low, at_next] = [low, next].map(|x| at_q2(grid, x, q2, inside));
    std::array::from_fn(|c| straight(x, low, next, at_low[c], at_next[c]))
}

/// Inside in `x`, any `q2 >= q2_min`.
fn at_q2<F>(grid: &Grid, x: f64, q2: f64, inside: &F) -> [f64; BLOCK]
where
    F: Fn(&Place) -> [f64; BLOCK],
{
    let (high, previous) = grid.q2_high();
    if q2 <= high {
        return inside(&grid.place(x, q2));
    }
    let [at_high, at_previous] = [high, previous].map(|q2| inside(&grid.place(x, q2)));
    std::array::from_fn(|c| straight(q2, high, previous, at_high[c], at_previous[c]))
}

/// `xf` at `x`, above the last knot `a` of a grid, from its values `fa` there and `fb`
/// at the knot before, `b`: the power of `1 - x` through both. Only an estimate of
/// what a grid that ends below 1 leaves out; 0 where the values have no sign of a
/// power.
pub(crate) fn toward_one(x: f64, a: f64, b: f64, fa: f64, fb: f64) -> f64 {
    if fa <= 0.0 || fb <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let power = (fa / fb).ln_same() / ((1.0 - a) / (1.0 - b)).ln_same();
    fa * ((1.0 - x) / (1.0 - a)).powf_same(power.max(0.0))
}

/// The straight line in `log v` through the values `fa` at `a`, `fb` at `b`.
fn straight(v: f64, a: f64, b: f64, fa: f64, fb: f64) -> f64 {
    let t = (v / a).ln_same() / (b / a).ln_same();
    if fa > POSITIVE && fb > POSITIVE {
        (fa.ln_same() + t * (fb / fa).ln_same()).exp_same()
    } else {
        fa + t * (fb - fa)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beam::PdfSet;

    #[test]
    fn the_continuation_joins_the_grid_and_vanishes_at_q_zero() {
        let set = PdfSet::embedded();
        let flavours = [21, 2, -1, 22];
        let at = |x: f64, q2: f64| {
            let mut out = [0.0; 4];
            set.xf(&[x], &[q2], &flavours, &mut out);
            out
        };
        for (x, q2) in [
            (1e-9, 50.0),
            (0.01, 1e8),
            (0.01, 1.0),
            (1e-9, 1e8),
            (1e-9, 1.0),
        ] {
            let inside = at(
                x * 1.000_000_1,
                if q2 > 1.0 {
                    q2 / 1.000_000_1
                } else {
                    1.000_000_1
                },
            );
            let outside = at(
                x / 1.000_000_1,
                if q2 > 1.0 {
                    q2 * 1.000_000_1
                } else {
                    0.999_999_9
                },
            );
            for (a, b) in inside.iter().zip(outside) {
                assert!(
                    (a - b).abs() < 1e-5 * a.abs().max(1e-3),
                    "{x} {q2}: {a} {b}"
                );
            }
        }
        assert!(at(0.1, 1e-6)[0].abs() < 1e-4);
        assert!(at(0.1, 1e10).iter().all(|v| v.is_finite()));
        assert!(at(1e-12, 0.3).iter().all(|v| v.is_finite()));
    }

    #[test]
    fn power_laws_are_continued_exactly() {
        for v in [1e-3, 3.0] {
            let f = |v: f64| 2.0 * v.powf(-0.3);
            assert!((straight(v, 0.1, 0.2, f(0.1), f(0.2)) / f(v) - 1.0).abs() < 1e-13);
        }
        let f = |x: f64| 2.0 * (1.0 - x).powf(3.5);
        for x in [0.8, 0.9, 0.99] {
            let found = toward_one(x, 0.8, 0.75, f(0.8), f(0.75));
            assert!((found / f(x) - 1.0).abs() < 1e-12, "{x}: {found}");
        }
        assert_eq!(toward_one(0.9, 0.8, 0.75, -1e-9, 1e-6), 0.0);
        assert_eq!(toward_one(0.9, 0.8, 0.75, 2e-6, 1e-6), 2e-6);
    }
}
