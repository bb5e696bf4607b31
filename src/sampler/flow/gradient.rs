//! Log density of a flow and its gradient with respect to all parameters, by a
//! fused loop in single precision.
//!
//! Knows parameters and points before the grid; knows no loss: the caller
//! gives the derivative of the loss by the log density of each point.
//! The derivatives of the spline are those of 1906.04032, eqs. (4) and (5),
//! taken by hand; `docs/src/theory/flows.md` writes them out.

use super::dense::{Finish, GRANULE, LEAK, add_outer, add_rows, matrix, product};
use super::kernel::{FusedFlow, SCALE, exponentiate};
use super::layout::{Conditioner, Coupling, DiscreteFlow, Layout, n_spline};
use super::spline::{LEAST_BIN, LEAST_CELL, LEAST_SLOPE};
use crate::compute::SimdLevel;
use crate::compute::simd::{Kernel, Lanes, Level};
use crate::elementary::Elementary;

/// Points that go through the loop together.
pub(crate) const CHUNK: usize = 2 * GRANULE;
/// Rows kept of every spline between the two passes.
const KEPT: usize = 9;

/// Working space for one chunk of points, and what the first pass leaves for
/// the second.
pub(crate) struct BackwardScratch {
    /// Coordinates, `[n_dim, CHUNK]`.
    pub(crate) x: Vec<f32>,
    /// Logarithm of the density, `[CHUNK]`.
    pub(crate) log_q: Vec<f32>,
    /// Derivative of the loss by it, `[CHUNK]`.
    pub(crate) cotangent: Vec<f32>,
    /// Derivative of the loss by the coordinates, `[n_dim, CHUNK]`.
    by_x: Vec<f32>,
    /// Inputs, hidden layers and outputs of each network, `[rows, CHUNK]`.
    layers: Vec<Vec<f32>>,
    /// Per coupling: what is kept of each spline, `[n_changed, KEPT, CHUNK]`.
    kept: Vec<Vec<f32>>,
    /// Cells of the points, per choice, `[CHUNK]`.
    cells: Vec<Vec<u32>>,
    a: Vec<f32>,
    b: Vec<f32>,
}

fn n_rows(network: &Conditioner) -> usize {
    network.layers[0].n_in + network.layers.iter().map(|l| l.n_out).sum::<usize>()
}

impl BackwardScratch {
    pub fn new(layout: &Layout) -> Self {
        let widest = layout.widest() * CHUNK;
        let networks = layout.networks();
        Self {
            x: vec![0.5; layout.n_dim * CHUNK],
            log_q: vec![0.0; CHUNK],
            cotangent: vec![0.0; CHUNK],
            by_x: vec![0.0; layout.n_dim * CHUNK],
            layers: networks
                .iter()
                .map(|(_, n)| vec![0.0; n_rows(n) * CHUNK])
                .collect(),
            kept: layout
                .couplings
                .iter()
                .map(|c| vec![0.0; c.transformed.len() * KEPT * CHUNK])
                .collect(),
            cells: vec![vec![0; CHUNK]; layout.choices.len()],
            a: vec![0.0; widest],
            b: vec![0.0; widest],
        }
    }
}

impl FusedFlow<'_> {
    /// First pass: points in `tape.x` (which is overwritten) to `tape.log_q`.
    pub(crate) fn log_density(&self, level: SimdLevel, tape: &mut BackwardScratch) {
        self.pass(level, tape, None);
    }

    /// Second pass, after the first: adds to `gradient` the derivative of
    /// `sum_p cotangent[p] log_q[p]` by the parameters.
    pub(crate) fn add_gradient(
        &self,
        level: SimdLevel,
        tape: &mut BackwardScratch,
        gradient: &mut [f32],
    ) {
        self.pass(level, tape, Some(gradient));
    }

    fn pass(&self, level: SimdLevel, tape: &mut BackwardScratch, gradient: Option<&mut [f32]>) {
        assert_eq!(self.parameters.len(), self.layout.n_parameters);
        assert_eq!(self.cells.len(), self.layout.choices.len());
        assert!(tape.x.len() == self.layout.n_dim * CHUNK);
        assert!(tape.a.len() >= self.layout.widest() * CHUNK);
        assert!(tape.layers.len() == self.layout.networks().len());
        if let Some(gradient) = &gradient {
            assert_eq!(gradient.len(), self.layout.n_parameters);
        }
        // SAFETY: sizes were checked.
        level.dispatch(unsafe { Pass::new(*self, tape, gradient) });
    }
}

/// [`pass`] on a level; its arguments have the right sizes.
struct Pass<'a> {
    program: FusedFlow<'a>,
    tape: &'a mut BackwardScratch,
    gradient: Option<&'a mut [f32]>,
}

impl<'a> Pass<'a> {
    /// # Safety
    /// Sizes are those of the layout.
    unsafe fn new(
        program: FusedFlow<'a>,
        tape: &'a mut BackwardScratch,
        gradient: Option<&'a mut [f32]>,
    ) -> Self {
        Self {
            program,
            tape,
            gradient,
        }
    }
}

impl Kernel for Pass<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Level>(self) {
        // SAFETY: the promise of `new`.
        unsafe { pass::<L>(self.program, self.tape, self.gradient) }
    }
}

#[inline(always)]
unsafe fn pass<L: Level>(
    program: FusedFlow,
    tape: &mut BackwardScratch,
    gradient: Option<&mut [f32]>,
) {
    let layout = program.layout;
    let n = layout.couplings.len();
    // SAFETY: `FusedFlow::pass` has checked the sizes.
    unsafe {
        match gradient {
            None => {
                tape.log_q.fill(0.0);
                choices_forward::<L>(program, tape);
                for k in (0..n).rev() {
                    coupling_forward::<L>(program, k, &layout.couplings[k], tape);
                }
            }
            Some(gradient) => {
                tape.by_x.fill(0.0);
                for k in 0..n {
                    coupling_backward::<L>(program, k, &layout.couplings[k], tape, gradient);
                }
                choices_backward::<L>(program, tape, gradient);
            }
        }
    }
}

/// Runs a network from its inputs at the head of `rows`; all layers stay there.
/// Returns the first row of the outputs.
#[inline(always)]
unsafe fn network_forward<L: Level>(
    parameters: *const f32,
    network: &Conditioner,
    rows: *mut f32,
) -> *mut f32 {
    // SAFETY: `rows` holds inputs and all layers.
    unsafe {
        let mut from = rows;
        let n = network.layers.len();
        for (k, layer) in network.layers.iter().enumerate() {
            let to = from.add(layer.n_in * CHUNK);
            let finish = if k + 1 == n {
                Finish::Plain
            } else {
                Finish::Rectify
            };
            let m = matrix(parameters, layer, false);
            product::<L>(m, parameters.add(layer.b), from, CHUNK, to, finish);
            from = to;
        }
        from
    }
}

/// Goes back through a network from the derivatives in its output rows; returns
/// the derivatives by its inputs, `[n_in, CHUNK]`, in one of the two buffers.
#[inline(always)]
unsafe fn network_backward<L: Level>(
    parameters: *const f32,
    network: &Conditioner,
    rows: *mut f32,
    a: *mut f32,
    b: *mut f32,
    gradient: *mut f32,
) -> *const f32 {
    // SAFETY: sizes as in the first pass; both buffers hold the widest layer.
    unsafe {
        let n = network.layers.len();
        let mut input = rows;
        for layer in &network.layers[..n - 1] {
            input = input.add(layer.n_in * CHUNK);
        }
        let mut by_out = input.add(network.layers[n - 1].n_in * CHUNK) as *const f32;
        let (mut to, mut spare) = (a, b);
        for k in (0..n).rev() {
            let layer = &network.layers[k];
            let (out, at) = (layer.n_out, input as *const f32);
            add_outer::<L>(by_out, out, at, layer.n_in, CHUNK, gradient.add(layer.w));
            add_rows::<L>(by_out, out, CHUNK, gradient.add(layer.b));
            let m = matrix(parameters, layer, true);
            product::<L>(m, std::ptr::null(), by_out, CHUNK, to, Finish::Plain);
            if k > 0 {
                // The inputs are outputs of a rectifier: their sign is that of its
                // arguments.
                let zero = <L::F32 as Lanes>::splat(0.0);
                let leak = <L::F32 as Lanes>::splat(LEAK);
                let mut p = 0;
                while p < layer.n_in * CHUNK {
                    let g = <L::F32 as Lanes>::load(to.add(p));
                    let h = <L::F32 as Lanes>::load(at.add(p));
                    <L::F32 as Lanes>::select(h.ge(zero), g, g * leak).store(to.add(p));
                    p += <L::F32 as Lanes>::N;
                }
                input = input.sub(network.layers[k - 1].n_in * CHUNK);
            }
            by_out = to;
            std::mem::swap(&mut to, &mut spare);
        }
        by_out
    }
}

#[inline(always)]
unsafe fn feature<L: Level>(x: *const f32, to: *mut f32) {
    // SAFETY: both hold a chunk of points.
    unsafe {
        let mut p = 0;
        while p < CHUNK {
            let x = <L::F32 as Lanes>::load(x.add(p)) - <L::F32 as Lanes>::splat(0.5);
            (x * <L::F32 as Lanes>::splat(SCALE as f32)).store(to.add(p));
            p += <L::F32 as Lanes>::N;
        }
    }
}

#[inline(always)]
unsafe fn coupling_forward<L: Level>(
    program: FusedFlow,
    index: usize,
    coupling: &Coupling,
    tape: &mut BackwardScratch,
) {
    // SAFETY: `FusedFlow::pass` has checked the sizes.
    unsafe {
        let x = tape.x.as_mut_ptr();
        let rows = tape.layers[index].as_mut_ptr();
        for (k, &j) in coupling.conditioning.iter().enumerate() {
            feature::<L>(x.add(j * CHUNK), rows.add(k * CHUNK));
        }
        let raw = network_forward::<L>(program.parameters.as_ptr(), &coupling.network, rows);
        let n_bins = program.layout.n_bins;
        let kept = tape.kept[index].as_mut_ptr();
        let log_q = tape.log_q.as_mut_ptr();
        for (k, &j) in coupling.transformed.iter().enumerate() {
            let raw = raw.add(k * n_spline(n_bins) * CHUNK);
            let kept = kept.add(k * KEPT * CHUNK);
            spline_forward::<L>(raw, n_bins, x.add(j * CHUNK), kept);
        }
        // All slopes of the block at once: one logarithm per point.
        for p in 0..CHUNK {
            let mut product = 1.0f64;
            for k in 0..coupling.transformed.len() {
                product *= f64::from(*kept.add((k * KEPT + KEPT - 1) * CHUNK + p));
            }
            *log_q.add(p) += product.ln_same() as f32;
        }
    }
}

/// Values and slopes of one spline; `raw` keeps the exponentials, `kept` is
/// `[KEPT, CHUNK]`: bin, t, w, h, two slopes before the rectifier, the scales
/// of widths and heights, and the slope of the spline. The knots below the bin
/// are added up again on the way back.
#[inline(always)]
unsafe fn spline_forward<L: Level>(raw: *mut f32, n_bins: usize, x: *mut f32, kept: *mut f32) {
    // SAFETY: arrays as promised by the caller.
    unsafe {
        exponentiate::<L::F32>(raw, n_bins, CHUNK);
        exponentiate::<L::F32>(raw.add(n_bins * CHUNK), n_bins, CHUNK);
        let number = <L::F32 as Lanes>::splat;
        let free = number((1.0 - n_bins as f64 * LEAST_BIN) as f32);
        let least = number(LEAST_BIN as f32);
        let (zero, one) = (number(0.0), number(1.0));
        let mut p = 0;
        while p < CHUNK {
            let at_p = raw.add(p);
            let (mut sum_w, mut sum_h) = (row::<L::F32>(at_p, 0), row::<L::F32>(at_p, n_bins));
            for k in 1..n_bins {
                sum_w = sum_w + row::<L::F32>(at_p, k);
                sum_h = sum_h + row::<L::F32>(at_p, n_bins + k);
            }
            let (scale_w, scale_h) = (free.over(sum_w), free.over(sum_h));
            let at = <L::F32 as Lanes>::load(x.add(p));
            let (mut x0, mut z0, mut bin) = (zero, zero, zero);
            let mut w = row::<L::F32>(at_p, 0).mul_add(scale_w, least);
            let mut h = row::<L::F32>(at_p, n_bins).mul_add(scale_h, least);
            let mut r0 = row::<L::F32>(at_p, 2 * n_bins);
            let mut r1 = row::<L::F32>(at_p, 2 * n_bins + 1);
            let (mut x_end, mut z_end, mut r_end) = (w, h, r1);
            for k in 1..n_bins {
                let wk = row::<L::F32>(at_p, k).mul_add(scale_w, least);
                let hk = row::<L::F32>(at_p, n_bins + k).mul_add(scale_h, least);
                let r_next = row::<L::F32>(at_p, 2 * n_bins + k + 1);
                let here = at.ge(x_end);
                bin = <L::F32 as Lanes>::select(here, number(k as f32), bin);
                x0 = <L::F32 as Lanes>::select(here, x_end, x0);
                z0 = <L::F32 as Lanes>::select(here, z_end, z0);
                w = <L::F32 as Lanes>::select(here, wk, w);
                h = <L::F32 as Lanes>::select(here, hk, h);
                r0 = <L::F32 as Lanes>::select(here, r_end, r0);
                r1 = <L::F32 as Lanes>::select(here, r_next, r1);
                x_end = x_end + wk;
                z_end = z_end + hk;
                r_end = r_next;
            }
            let (d0, d1) = (slope(r0), slope(r1));
            let s = h.over(w);
            let t = (at - x0).over(w).max(zero).min(one);
            let u = t * (one - t);
            let denominator = (d0 + d1 - s - s).mul_add(u, s);
            let z = (h * (s * t * t + d0 * u)).over(denominator) + z0;
            let v = one - t;
            let numerator = d1 * t * t + (s + s) * u + d0 * v * v;
            let ratio = s.over(denominator);
            z.max(zero).min(one).store(x.add(p));
            let values = [
                bin,
                t,
                w,
                h,
                r0,
                r1,
                scale_w,
                scale_h,
                ratio * ratio * numerator,
            ];
            for k in 0..KEPT {
                values[k].store(kept.add(k * CHUNK + p));
            }
            p += <L::F32 as Lanes>::N;
        }
    }
}

#[inline(always)]
unsafe fn row<S: Lanes<Real = f32>>(raw: *const f32, k: usize) -> S {
    // SAFETY: the caller promises the row.
    unsafe { S::load(raw.add(k * CHUNK)) }
}

#[inline(always)]
fn slope<S: Lanes<Real = f32>>(raw: S) -> S {
    let root = raw.mul_add(raw, S::splat(4.0)).sqrt();
    (raw + root).mul_add(
        S::splat((0.5 * (1.0 - LEAST_SLOPE)) as f32),
        S::splat(LEAST_SLOPE as f32),
    )
}

/// Derivative of the slope by what comes before the rectifier.
#[inline(always)]
fn slope_by_raw<S: Lanes<Real = f32>>(raw: S) -> S {
    let root = raw.mul_add(raw, S::splat(4.0)).sqrt();
    (S::splat(1.0) + raw.over(root)) * S::splat((0.5 * (1.0 - LEAST_SLOPE)) as f32)
}

#[inline(always)]
unsafe fn coupling_backward<L: Level>(
    program: FusedFlow,
    index: usize,
    coupling: &Coupling,
    tape: &mut BackwardScratch,
    gradient: &mut [f32],
) {
    // SAFETY: `FusedFlow::pass` has checked the sizes.
    unsafe {
        let network = &coupling.network;
        let rows = tape.layers[index].as_mut_ptr();
        let n_bins = program.layout.n_bins;
        let n_out = coupling.transformed.len() * n_spline(n_bins);
        let raw = rows.add((n_rows(network) - n_out) * CHUNK);
        let by_x = tape.by_x.as_mut_ptr();
        let by_log = tape.cotangent.as_ptr();
        for (k, &j) in coupling.transformed.iter().enumerate() {
            let raw = raw.add(k * n_spline(n_bins) * CHUNK);
            let kept = tape.kept[index].as_ptr().add(k * KEPT * CHUNK);
            spline_backward::<L>(raw, n_bins, kept, by_x.add(j * CHUNK), by_log);
        }
        let by_input = network_backward::<L>(
            program.parameters.as_ptr(),
            network,
            rows,
            tape.a.as_mut_ptr(),
            tape.b.as_mut_ptr(),
            gradient.as_mut_ptr(),
        );
        let scale = <L::F32 as Lanes>::splat(SCALE as f32);
        for (k, &j) in coupling.conditioning.iter().enumerate() {
            let mut p = 0;
            while p < CHUNK {
                let at = by_x.add(j * CHUNK + p);
                let more = <L::F32 as Lanes>::load(by_input.add(k * CHUNK + p));
                more.mul_add(scale, <L::F32 as Lanes>::load(at)).store(at);
                p += <L::F32 as Lanes>::N;
            }
        }
    }
}

/// Derivatives of one spline: `by_x` holds those by its value and receives
/// those by its argument; `raw` receives those by the outputs of the network.
#[inline(always)]
unsafe fn spline_backward<L: Level>(
    raw: *mut f32,
    n_bins: usize,
    kept: *const f32,
    by_x: *mut f32,
    by_log: *const f32,
) {
    // SAFETY: arrays as in the first pass.
    unsafe {
        let number = <L::F32 as Lanes>::splat;
        let (zero, one, two) = (number(0.0), number(1.0), number(2.0));
        let free = (1.0 - n_bins as f64 * LEAST_BIN) as f32;
        let mut p = 0;
        while p < CHUNK {
            let mut value = [zero; KEPT];
            for k in 0..KEPT {
                value[k] = <L::F32 as Lanes>::load(kept.add(k * CHUNK + p));
            }
            let [bin, t, w, h, r0, r1, scale_w, scale_h, _] = value;
            let (d0, d1) = (slope(r0), slope(r1));
            let s = h.over(w);
            let v = one - t;
            let u = t * v;
            let bend = d0 + d1 - s - s;
            let denominator = bend.mul_add(u, s);
            let numerator = s * t * t + d0 * u;
            let m = d1 * t * t + two * s * u + d0 * v * v;
            let share = numerator.over(denominator);
            let by_z = <L::F32 as Lanes>::load(by_x.add(p));
            let by_log = <L::F32 as Lanes>::load(by_log.add(p));
            let by_numerator = by_z * h.over(denominator);
            let by_denominator = -(by_numerator * share) - two * by_log.over(denominator);
            let by_m = by_log.over(m);
            let by_s = by_numerator * t * t
                + by_denominator * (one - two * u)
                + two * (by_m * u + by_log.over(s));
            let by_d0 = (by_numerator + by_denominator) * u + by_m * v * v;
            let by_d1 = by_denominator * u + by_m * t * t;
            let by_u = by_numerator * d0 + by_denominator * bend + two * by_m * s;
            let by_t = two * by_numerator * s * t
                + by_u * (one - two * t)
                + two * by_m * (d1 * t - d0 * v);
            let to_x = by_t.over(w);
            let by_w = -(to_x * t) - by_s * h.over(w * w);
            let by_h = by_s.over(w) + by_z * share;
            to_x.store(by_x.add(p));

            // Through the knots and the normalised exponentials.
            let (by_x0, by_z0) = (-to_x, by_z);
            let at_p = raw.add(p);
            let (mut mean_w, mut mean_h) = (zero, zero);
            for k in 0..n_bins {
                let above = bin.ge(number((k + 1) as f32));
                let here = bin.ge(number(k as f32));
                let gw = <L::F32 as Lanes>::select(here, by_w, zero);
                let gw = <L::F32 as Lanes>::select(above, by_x0, gw);
                let gh = <L::F32 as Lanes>::select(here, by_h, zero);
                let gh = <L::F32 as Lanes>::select(above, by_z0, gh);
                mean_w = gw.mul_add(row::<L::F32>(at_p, k), mean_w);
                mean_h = gh.mul_add(row::<L::F32>(at_p, n_bins + k), mean_h);
            }
            mean_w = mean_w * scale_w * number(1.0 / free);
            mean_h = mean_h * scale_h * number(1.0 / free);
            for k in 0..n_bins {
                let above = bin.ge(number((k + 1) as f32));
                let here = bin.ge(number(k as f32));
                let gw = <L::F32 as Lanes>::select(here, by_w, zero);
                let gw = <L::F32 as Lanes>::select(above, by_x0, gw);
                let gh = <L::F32 as Lanes>::select(here, by_h, zero);
                let gh = <L::F32 as Lanes>::select(above, by_z0, gh);
                let ew = row::<L::F32>(at_p, k) * scale_w;
                let eh = row::<L::F32>(at_p, n_bins + k) * scale_h;
                (ew * (gw - mean_w)).store(at_p.add(k * CHUNK));
                (eh * (gh - mean_h)).store(at_p.add((n_bins + k) * CHUNK));
            }
            let g0 = by_d0 * slope_by_raw(r0);
            let g1 = by_d1 * slope_by_raw(r1);
            for k in 0..=n_bins {
                // Slope k is the left one of bin k and the right one of bin k - 1.
                let not_below = bin.ge(number(k as f32));
                let above = bin.ge(number((k + 1) as f32));
                let before = bin.ge(number(k as f32 - 1.0));
                let g = <L::F32 as Lanes>::select(before, g1, zero);
                let g = <L::F32 as Lanes>::select(not_below, g0, g);
                let g = <L::F32 as Lanes>::select(above, zero, g);
                g.store(at_p.add((2 * n_bins + k) * CHUNK));
            }
            p += <L::F32 as Lanes>::N;
        }
    }
}

/// Which of the increasing probabilities `y` lies between.
fn cell_of(cells: &[f64], y: f64) -> usize {
    cells[1..cells.len() - 1].partition_point(|&c| c <= y)
}

#[inline(always)]
unsafe fn choices_forward<L: Level>(program: FusedFlow, tape: &mut BackwardScratch) {
    let layout = program.layout;
    // SAFETY: `FusedFlow::pass` has checked the sizes.
    unsafe {
        for (i, choice) in layout.choices.iter().enumerate() {
            let cells = &program.cells[i];
            for p in 0..CHUNK {
                let y = f64::from(tape.x[choice.dimension * CHUNK + p]);
                tape.cells[i][p] = cell_of(cells, y) as u32;
            }
            let rows = tape.layers[layout.couplings.len() + i].as_mut_ptr();
            for (k, &j) in layout.continuous.iter().enumerate() {
                feature::<L>(tape.x.as_ptr().add(j * CHUNK), rows.add(k * CHUNK));
            }
            let mut first = layout.continuous.len();
            for (before, taken) in layout.choices[..i].iter().zip(&tape.cells) {
                for k in 0..before.n_cells {
                    for p in 0..CHUNK {
                        let is = taken[p] as usize == k;
                        *rows.add((first + k) * CHUNK + p) = f32::from(u8::from(is));
                    }
                }
                first += before.n_cells;
            }
            let raw = network_forward::<L>(program.parameters.as_ptr(), &choice.network, rows);
            exponentiate::<L::F32>(raw, choice.n_cells, CHUNK);
            for p in 0..CHUNK {
                let (share, _) = relative(choice, cells, raw, p, tape.cells[i][p] as usize);
                let density = LEAST_CELL + (1.0 - LEAST_CELL) * share;
                tape.log_q[p] += density.ln_same() as f32;
            }
        }
    }
}

/// Density of cell `k` relative to the base before the least share is added,
/// and the sum that normalises it.
#[inline(always)]
unsafe fn relative(
    choice: &DiscreteFlow,
    cells: &[f64],
    raw: *const f32,
    p: usize,
    k: usize,
) -> (f64, f64) {
    // SAFETY: `raw` is `[n_cells, CHUNK]`.
    unsafe {
        let mut sum = 0.0;
        for i in 0..choice.n_cells {
            sum += (cells[i + 1] - cells[i]) * f64::from(*raw.add(i * CHUNK + p));
        }
        (f64::from(*raw.add(k * CHUNK + p)) / sum, sum)
    }
}

#[inline(always)]
unsafe fn choices_backward<L: Level>(
    program: FusedFlow,
    tape: &mut BackwardScratch,
    gradient: &mut [f32],
) {
    let layout = program.layout;
    // SAFETY: `FusedFlow::pass` has checked the sizes.
    unsafe {
        for (i, choice) in layout.choices.iter().enumerate() {
            let cells = &program.cells[i];
            let network = &choice.network;
            let rows = tape.layers[layout.couplings.len() + i].as_mut_ptr();
            let raw = rows.add((n_rows(network) - choice.n_cells) * CHUNK);
            for p in 0..CHUNK {
                let taken = tape.cells[i][p] as usize;
                let (share, sum) = relative(choice, cells, raw, p, taken);
                let by_share = f64::from(tape.cotangent[p]) * (1.0 - LEAST_CELL)
                    / (LEAST_CELL + (1.0 - LEAST_CELL) * share);
                for k in 0..choice.n_cells {
                    let at = raw.add(k * CHUNK + p);
                    let part = (cells[k + 1] - cells[k]) * f64::from(*at) / sum;
                    let is = f64::from(u8::from(k == taken));
                    *at = (by_share * share * (is - part)) as f32;
                }
            }
            network_backward::<L>(
                program.parameters.as_ptr(),
                network,
                rows,
                tape.a.as_mut_ptr(),
                tape.b.as_mut_ptr(),
                gradient.as_mut_ptr(),
            );
        }
    }
}
