//! Products of matrices with blocks of points, the points in the lanes.
//!
//! Knows layers and numbers; knows no spline. Arrays of points are
//! `[n_rows, n_points]`, the points contiguous; `n_points` is a multiple of
//! [`GRANULE`]. Everything here is inlined into functions that are compiled for
//! an instruction set.

use super::layout::Layer;
use crate::compute::simd::{Lanes, LanesF32, Level};

/// Numbers of points are multiples of this: four vectors of 16.
pub(crate) const GRANULE: usize = 64;
/// Slope of the rectifier below zero.
pub(crate) const LEAK: f32 = 0.01;

/// A matrix inside a list of parameters: element (r, c) is at
/// `start + r * row + c * column`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix {
    pub(crate) at: *const f32,
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) n_rows: usize,
    pub(crate) n_columns: usize,
}

/// What happens to the rows of a product.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finish {
    /// Nothing.
    Plain,
    /// The leaky rectifier.
    Rectify,
}

#[inline(always)]
unsafe fn tile<S: LanesF32, const R: usize, const V: usize>(
    m: Matrix,
    bias: *const f32,
    x: *const f32,
    n_points: usize,
    y: *mut f32,
    finish: Finish,
) {
    // SAFETY: the caller of `product` promises arrays of the stated sizes.
    unsafe {
        let mut sum = [[S::splat(0.0); V]; R];
        if !bias.is_null() {
            for r in 0..R {
                sum[r] = [S::splat(*bias.add(r)); V];
            }
        }
        for c in 0..m.n_columns {
            let mut row = [S::splat(0.0); V];
            for v in 0..V {
                row[v] = S::load(x.add(c * n_points + v * S::N));
            }
            for r in 0..R {
                let w = S::splat(*m.at.add(r * m.row + c * m.column));
                for v in 0..V {
                    sum[r][v] = w.mul_add(row[v], sum[r][v]);
                }
            }
        }
        for r in 0..R {
            for v in 0..V {
                let mut out = sum[r][v];
                if finish == Finish::Rectify {
                    out = out.max(out * S::splat(LEAK));
                }
                out.store(y.add(r * n_points + v * S::N));
            }
        }
    }
}

#[inline(always)]
unsafe fn rows<S: LanesF32, const V: usize>(
    m: Matrix,
    bias: *const f32,
    x: *const f32,
    n_points: usize,
    y: *mut f32,
    finish: Finish,
) {
    // SAFETY: the caller of `product` promises arrays of the stated sizes.
    unsafe {
        let step = V * S::N;
        let part = |r: usize| Matrix {
            at: m.at.add(r * m.row),
            ..m
        };
        let bias_at = |r: usize| if bias.is_null() { bias } else { bias.add(r) };
        let mut p = 0;
        while p < n_points {
            let mut r = 0;
            while r + 4 <= m.n_rows {
                let out = y.add(r * n_points + p);
                tile::<S, 4, V>(part(r), bias_at(r), x.add(p), n_points, out, finish);
                r += 4;
            }
            while r < m.n_rows {
                let out = y.add(r * n_points + p);
                tile::<S, 1, V>(part(r), bias_at(r), x.add(p), n_points, out, finish);
                r += 1;
            }
            p += step;
        }
    }
}

/// `y = M x + b`; a null `bias` is zero.
///
/// # Safety
/// `m` addresses readable numbers, `bias` is null or `[n_rows]`, `x` is
/// `[n_columns, n_points]`, `y` `[n_rows, n_points]` and apart from `x`.
#[inline(always)]
pub(crate) unsafe fn product<L: Level>(
    m: Matrix,
    bias: *const f32,
    x: *const f32,
    n_points: usize,
    y: *mut f32,
    finish: Finish,
) {
    // SAFETY: as promised by the caller; GRANULE is a multiple of both steps.
    unsafe {
        if <L::F32 as Lanes>::N == 8 {
            rows::<L::F32, 2>(m, bias, x, n_points, y, finish);
        } else {
            rows::<L::F32, 4>(m, bias, x, n_points, y, finish);
        }
    }
}

/// The matrix of a layer, or its transpose.
///
/// # Safety
/// `parameters` holds the layer.
#[inline(always)]
pub(crate) unsafe fn matrix(parameters: *const f32, layer: &Layer, transposed: bool) -> Matrix {
    // SAFETY: the layer lies within the parameters.
    let at = unsafe { parameters.add(layer.w) };
    if transposed {
        Matrix {
            at,
            row: 1,
            column: layer.n_in,
            n_rows: layer.n_in,
            n_columns: layer.n_out,
        }
    } else {
        Matrix {
            at,
            row: layer.n_in,
            column: 1,
            n_rows: layer.n_out,
            n_columns: layer.n_in,
        }
    }
}

#[inline(always)]
unsafe fn outer_tile<S: LanesF32, const R: usize, const C: usize>(
    g: *const f32,
    x: *const f32,
    n_points: usize,
    out: *mut f32,
    row: usize,
) {
    // SAFETY: the caller of `add_outer` promises arrays of the stated sizes.
    unsafe {
        let mut sum = [[S::splat(0.0); C]; R];
        let mut p = 0;
        while p < n_points {
            let mut right = [S::splat(0.0); C];
            for c in 0..C {
                right[c] = S::load(x.add(c * n_points + p));
            }
            for r in 0..R {
                let left = S::load(g.add(r * n_points + p));
                for c in 0..C {
                    sum[r][c] = left.mul_add(right[c], sum[r][c]);
                }
            }
            p += S::N;
        }
        for r in 0..R {
            for c in 0..C {
                *out.add(r * row + c) += sum[r][c].sum();
            }
        }
    }
}

/// Adds `sum_p g[r, p] x[c, p]` to `out[r, c]`.
///
/// # Safety
/// `g` is `[n_rows, n_points]`, `x` `[n_columns, n_points]`, `out`
/// `[n_rows, n_columns]`.
#[inline(always)]
pub(crate) unsafe fn add_outer<L: Level>(
    g: *const f32,
    n_rows: usize,
    x: *const f32,
    n_columns: usize,
    n_points: usize,
    out: *mut f32,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        let mut r = 0;
        while r < n_rows {
            let many = r + 4 <= n_rows;
            let left = g.add(r * n_points);
            let mut c = 0;
            while c < n_columns {
                let right = x.add(c * n_points);
                let to = out.add(r * n_columns + c);
                if many && c + 4 <= n_columns {
                    outer_tile::<L::F32, 4, 4>(left, right, n_points, to, n_columns);
                    c += 4;
                } else if many {
                    outer_tile::<L::F32, 4, 1>(left, right, n_points, to, n_columns);
                    c += 1;
                } else if c + 4 <= n_columns {
                    outer_tile::<L::F32, 1, 4>(left, right, n_points, to, n_columns);
                    c += 4;
                } else {
                    outer_tile::<L::F32, 1, 1>(left, right, n_points, to, n_columns);
                    c += 1;
                }
            }
            r += if many { 4 } else { 1 };
        }
    }
}

/// Adds `sum_p g[r, p]` to `out[r]`.
///
/// # Safety
/// `g` is `[n_rows, n_points]`, `out` `[n_rows]`.
#[inline(always)]
pub(crate) unsafe fn add_rows<L: Level>(
    g: *const f32,
    n_rows: usize,
    n_points: usize,
    out: *mut f32,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        for r in 0..n_rows {
            let mut sum = <L::F32 as Lanes>::splat(0.0);
            let mut p = 0;
            while p < n_points {
                sum = sum + <L::F32 as Lanes>::load(g.add(r * n_points + p));
                p += <L::F32 as Lanes>::N;
            }
            *out.add(r) += sum.sum();
        }
    }
}
