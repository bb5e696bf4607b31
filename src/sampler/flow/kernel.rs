//! The fused loop of a flow: blocks of points through networks and splines.
//!
//! Knows parameters and points of the unit hypercube before the base grid is
//! applied. Networks are evaluated in single precision from the coordinates
//! rounded once; knots are normalised, and splines evaluated, in double
//! precision, so that the density is that of the point to rounding.

use super::dense::{Finish, GRANULE, matrix, product};
use super::layout::{Conditioner, Coupling, DiscreteFlow, Layout, n_spline};
use super::spline::{LEAST_BIN, LEAST_CELL, LEAST_SLOPE};
use crate::compute::simd::{Kernel, Lanes, LanesF32, LanesF64, Level};
use crate::compute::{SimdLevel, exp};

/// Points that go through the loop together.
pub(crate) const POINTS: usize = GRANULE;
/// A coordinate enters a network as `(x - 1/2) * SCALE`: variance 1 if flat.
pub(crate) const SCALE: f64 = 3.464_101_615_137_754_6;
/// The largest coordinate.
const BELOW_ONE: f64 = 1.0 - f64::EPSILON / 2.0;

/// Working space for one block of points.
pub(crate) struct FlowScratch {
    /// Coordinates, `[n_dim, POINTS]`.
    pub(crate) x: Vec<f64>,
    /// Density, `[POINTS]`.
    pub(crate) q: Vec<f64>,
    a: Vec<f32>,
    b: Vec<f32>,
    /// What the choices see, `[n_seen, POINTS]`.
    seen: Vec<f32>,
}

impl FlowScratch {
    pub fn new(layout: &Layout) -> Self {
        let n = layout.widest() * POINTS;
        let n_cells: usize = layout.choices.iter().map(|c| c.n_cells).sum();
        Self {
            x: vec![0.5; layout.n_dim * POINTS],
            q: vec![1.0; POINTS],
            a: vec![0.0; n],
            b: vec![0.0; n],
            seen: vec![0.0; (layout.n_dim + n_cells) * POINTS],
        }
    }
}

/// A flow as the loop sees it.
#[derive(Clone, Copy)]
pub(crate) struct FusedFlow<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) parameters: &'a [f32],
    /// Base probability below each cell, per choice, `[n_cells + 1]`.
    pub(crate) cells: &'a [Vec<f64>],
}

impl FusedFlow<'_> {
    /// Turns uniform numbers in `space.x` into points of the flow (`DRAW`), or
    /// points into uniform numbers; multiplies `space.q` by the density.
    pub(crate) fn run<const DRAW: bool>(&self, level: SimdLevel, space: &mut FlowScratch) {
        assert_eq!(self.parameters.len(), self.layout.n_parameters);
        assert_eq!(self.cells.len(), self.layout.choices.len());
        assert!(space.x.len() == self.layout.n_dim * POINTS && space.q.len() == POINTS);
        assert!(space.a.len() >= self.layout.widest() * POINTS);
        // SAFETY: sizes were checked.
        level.dispatch(unsafe { Run::<DRAW>::new(*self, space) });
    }
}

/// [`run`] on a level; its arguments have the right sizes.
struct Run<'a, const DRAW: bool> {
    program: FusedFlow<'a>,
    space: &'a mut FlowScratch,
}

impl<'a, const DRAW: bool> Run<'a, DRAW> {
    /// # Safety
    /// Sizes are those of the layout.
    unsafe fn new(program: FusedFlow<'a>, space: &'a mut FlowScratch) -> Self {
        Self { program, space }
    }
}

impl<const DRAW: bool> Kernel for Run<'_, DRAW> {
    type Output = ();
    #[inline(always)]
    fn run<L: Level>(self) {
        // SAFETY: the promise of `new`.
        unsafe { run::<L, DRAW>(self.program, self.space) }
    }
}

#[inline(always)]
unsafe fn run<L: Level, const DRAW: bool>(program: FusedFlow, space: &mut FlowScratch) {
    // SAFETY: `FusedFlow::run` has checked the sizes.
    unsafe {
        let n = program.layout.couplings.len();
        if DRAW {
            for coupling in &program.layout.couplings {
                couple::<L, DRAW>(program, coupling, space);
            }
        }
        choose::<L, DRAW>(program, space);
        if !DRAW {
            for k in (0..n).rev() {
                couple::<L, DRAW>(program, &program.layout.couplings[k], space);
            }
        }
    }
}

/// Runs a network on the rows in `a`; returns where its output is.
#[inline(always)]
unsafe fn network<L: Level>(
    parameters: *const f32,
    network: &Conditioner,
    a: *mut f32,
    b: *mut f32,
) -> *mut f32 {
    // SAFETY: both buffers hold the widest layer, the parameters all layers.
    unsafe {
        let (mut from, mut to) = (a, b);
        let n = network.layers.len();
        for (k, layer) in network.layers.iter().enumerate() {
            let finish = if k + 1 == n {
                Finish::Plain
            } else {
                Finish::Rectify
            };
            let m = matrix(parameters, layer, false);
            product::<L>(m, parameters.add(layer.b), from, POINTS, to, finish);
            std::mem::swap(&mut from, &mut to);
        }
        from
    }
}

/// Writes what a network sees of one coordinate.
#[inline(always)]
unsafe fn feature<L: Level>(x: *const f64, to: *mut f32) {
    // SAFETY: both hold a block of points.
    unsafe {
        let mut p = 0;
        while p < POINTS {
            let x = L::F64::load(x.add(p)) - L::F64::splat(0.5);
            (x * L::F64::splat(SCALE)).store_single(to.add(p));
            p += L::F64::N;
        }
    }
}

#[inline(always)]
unsafe fn couple<L: Level, const DRAW: bool>(
    program: FusedFlow,
    coupling: &Coupling,
    space: &mut FlowScratch,
) {
    // SAFETY: `FusedFlow::run` has checked the sizes.
    unsafe {
        let x = space.x.as_mut_ptr();
        let a = space.a.as_mut_ptr();
        for (k, &j) in coupling.conditioning.iter().enumerate() {
            feature::<L>(x.add(j * POINTS), a.add(k * POINTS));
        }
        let parameters = program.parameters.as_ptr();
        let raw = network::<L>(parameters, &coupling.network, a, space.b.as_mut_ptr());
        let n_bins = program.layout.n_bins;
        for (k, &j) in coupling.transformed.iter().enumerate() {
            let raw = raw.add(k * n_spline(n_bins) * POINTS);
            let q = space.q.as_mut_ptr();
            spline::<L, DRAW>(raw, n_bins, x.add(j * POINTS), q);
        }
    }
}

/// Replaces `n_rows` of logarithms by their exponentials, the largest being 1.
#[inline(always)]
pub(crate) unsafe fn exponentiate<S: LanesF32>(raw: *mut f32, n_rows: usize, n_points: usize) {
    // SAFETY: the caller promises `[n_rows, n_points]` numbers.
    unsafe {
        let mut p = 0;
        while p < n_points {
            let mut top = S::load(raw.add(p));
            for k in 1..n_rows {
                top = S::load(raw.add(k * n_points + p)).max(top);
            }
            for k in 0..n_rows {
                let at = raw.add(k * n_points + p);
                exp(S::load(at) - top).store(at);
            }
            p += S::N;
        }
    }
}

/// One spline of one coordinate for a block of points; `raw` is overwritten.
#[inline(always)]
unsafe fn spline<L: Level, const DRAW: bool>(
    raw: *mut f32,
    n_bins: usize,
    coordinate: *mut f64,
    q: *mut f64,
) {
    // SAFETY: `raw` is `[3 n_bins + 1, POINTS]`, the others `[POINTS]`.
    unsafe {
        exponentiate::<L::F32>(raw, n_bins, POINTS);
        exponentiate::<L::F32>(raw.add(n_bins * POINTS), n_bins, POINTS);
        let free = L::F64::splat(1.0 - n_bins as f64 * LEAST_BIN);
        let least = L::F64::splat(LEAST_BIN);
        let mut p = 0;
        while p < POINTS {
            let at_p = raw.add(p);
            let (mut sum_w, mut sum_h) = (row::<L::F64>(at_p, 0), row::<L::F64>(at_p, n_bins));
            for k in 1..n_bins {
                sum_w = sum_w + row::<L::F64>(at_p, k);
                sum_h = sum_h + row::<L::F64>(at_p, n_bins + k);
            }
            let (scale_w, scale_h) = (free.over(sum_w), free.over(sum_h));
            let at = L::F64::load(coordinate.add(p));
            let zero = L::F64::splat(0.0);
            let (mut x0, mut z0) = (zero, zero);
            let mut w = row::<L::F64>(at_p, 0).mul_add(scale_w, least);
            let mut h = row::<L::F64>(at_p, n_bins).mul_add(scale_h, least);
            let (mut r0, mut r1) = (
                row::<L::F64>(at_p, 2 * n_bins),
                row::<L::F64>(at_p, 2 * n_bins + 1),
            );
            let (mut x_end, mut z_end, mut r_end) = (w, h, r1);
            for k in 1..n_bins {
                let wk = row::<L::F64>(at_p, k).mul_add(scale_w, least);
                let hk = row::<L::F64>(at_p, n_bins + k).mul_add(scale_h, least);
                let r_next = row::<L::F64>(at_p, 2 * n_bins + k + 1);
                let here = if DRAW { at.ge(z_end) } else { at.ge(x_end) };
                x0 = L::F64::select(here, x_end, x0);
                z0 = L::F64::select(here, z_end, z0);
                w = L::F64::select(here, wk, w);
                h = L::F64::select(here, hk, h);
                r0 = L::F64::select(here, r_end, r0);
                r1 = L::F64::select(here, r_next, r1);
                x_end = x_end + wk;
                z_end = z_end + hk;
                r_end = r_next;
            }
            let (d0, d1) = (slope::<L::F64>(r0), slope::<L::F64>(r1));
            let s = h.over(w);
            let bend = d0 + d1 - s - s;
            let one = L::F64::splat(1.0);
            let t = if DRAW {
                let eta = (at - z0).over(h);
                let e = eta * bend;
                let (a, b, c) = (s - d0 + e, d0 - e, s * eta);
                let root = (b * b + L::F64::splat(4.0) * (a * c)).max(zero).sqrt();
                (c + c).over(b + root)
            } else {
                (at - x0).over(w)
            };
            let t = t.max(zero).min(one);
            let u = t * (one - t);
            let denominator = bend.mul_add(u, s);
            let to = if DRAW {
                t.mul_add(w, x0)
            } else {
                let numerator = s * t * t + d0 * u;
                (h * numerator).over(denominator) + z0
            };
            let to = to.max(zero).min(L::F64::splat(BELOW_ONE));
            let v = one - t;
            let numerator = d1 * t * t + (s + s) * u + d0 * v * v;
            let ratio = s.over(denominator);
            let q = q.add(p);
            (L::F64::load(q) * ratio * ratio * numerator).store(q);
            to.store(coordinate.add(p));
            p += L::F64::N;
        }
    }
}

/// Row `k` of the outputs of a network, at the point `raw` stands at.
#[inline(always)]
unsafe fn row<D: LanesF64>(raw: *const f32, k: usize) -> D {
    // SAFETY: the caller promises the row.
    unsafe { D::load_single(raw.add(k * POINTS)) }
}

#[inline(always)]
fn slope<D: LanesF64>(raw: D) -> D {
    let root = raw.mul_add(raw, D::splat(4.0)).sqrt();
    (raw + root).mul_add(D::splat(0.5 * (1.0 - LEAST_SLOPE)), D::splat(LEAST_SLOPE))
}

/// All choices, in order.
#[inline(always)]
unsafe fn choose<L: Level, const DRAW: bool>(program: FusedFlow, space: &mut FlowScratch) {
    if program.layout.choices.is_empty() {
        return;
    }
    // SAFETY: `FusedFlow::run` has checked the sizes.
    unsafe {
        let seen = space.seen.as_mut_ptr();
        for (k, &j) in program.layout.continuous.iter().enumerate() {
            feature::<L>(space.x.as_ptr().add(j * POINTS), seen.add(k * POINTS));
        }
        let mut n_seen = program.layout.continuous.len();
        for (choice, cells) in program.layout.choices.iter().zip(program.cells) {
            let a = space.a.as_mut_ptr();
            std::ptr::copy_nonoverlapping(seen, a, n_seen * POINTS);
            let parameters = program.parameters.as_ptr();
            let raw = network::<L>(parameters, &choice.network, a, space.b.as_mut_ptr());
            exponentiate::<L::F32>(raw, choice.n_cells, POINTS);
            let raw = std::slice::from_raw_parts(raw, choice.n_cells * POINTS);
            let taken =
                std::slice::from_raw_parts_mut(seen.add(n_seen * POINTS), choice.n_cells * POINTS);
            let x = &mut space.x[choice.dimension * POINTS..][..POINTS];
            cell::<DRAW>(choice, cells, raw, x, &mut space.q, taken);
            n_seen += choice.n_cells;
        }
    }
}

/// Cells of one dimension: `raw` holds relative probabilities, `[n_cells,
/// POINTS]`, of the cell given everything before it, times the base
/// probability; `taken` becomes 1 for the cell of the point.
#[inline(always)]
fn cell<const DRAW: bool>(
    choice: &DiscreteFlow,
    cells: &[f64],
    raw: &[f32],
    x: &mut [f64],
    q: &mut [f64],
    taken: &mut [f32],
) {
    let n = choice.n_cells;
    taken.fill(0.0);
    for p in 0..POINTS {
        let mut sum = 0.0;
        for k in 0..n {
            sum += (cells[k + 1] - cells[k]) * f64::from(raw[k * POINTS + p]);
        }
        // Density in the cell relative to the base; its mean over the base is 1.
        let density =
            |k: usize| LEAST_CELL + (1.0 - LEAST_CELL) * f64::from(raw[k * POINTS + p]) / sum;
        let (mut k, mut below) = (0, 0.0);
        loop {
            let share = density(k) * (cells[k + 1] - cells[k]);
            let beyond = if DRAW {
                x[p] >= below + share
            } else {
                x[p] >= cells[k + 1]
            };
            if k + 1 == n || !beyond {
                break;
            }
            below += share;
            k += 1;
        }
        let here = density(k);
        x[p] = if DRAW {
            let y = cells[k] + (x[p] - below) / here;
            y.clamp(cells[k], cells[k + 1].next_down())
        } else {
            (below + (x[p] - cells[k]) * here).clamp(0.0, BELOW_ONE)
        };
        q[p] *= here;
        taken[k * POINTS + p] = 1.0;
    }
}
