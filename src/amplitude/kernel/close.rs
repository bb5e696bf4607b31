//! From currents to numbers: flow amplitudes and the colour sum.
//!
//! Knows amplitudes; knows no vertices.

use super::complex::Complex;
use super::ops::{half_product, minkowski};
use super::products;
use super::run::{Block, Request, instructions, load1, load2, load4};
use crate::amplitude::program::{
    AmplitudeProgram, Place, Product, ProductKind, ProgramConfiguration,
};
use crate::compute::simd::{Lanes, Real};

/// All configurations of a block: their instructions, flow amplitudes and colour sums.
#[inline(always)]
pub(super) unsafe fn amplitudes<S: Lanes>(
    request: &mut Request,
    block: &Block<S>,
    first: usize,
    here: usize,
) {
    let p = request.program;
    let n_batch = request.momenta.n_batch();
    let mut total = S::constant(0.0);
    let mut done = 0;
    // SAFETY: places, products and flows are within the block's memory.
    unsafe {
        order_factors(request, block, first, here);
        if let Some(products) = &request.products {
            products::clear(products, block);
        }
        for (at, c) in p.configurations.iter().enumerate() {
            instructions(p, &p.instructions[done..c.instructions_end], block);
            done = c.instructions_end;
            if let Some(products) = &request.products {
                let scaled = request.order_scale.is_some();
                products::add(p, (at, c), products, block, scaled);
                continue;
            }
            flow_amplitudes(p, c, block, request.order_scale.is_some());
            let rows = [Some(c.row), c.mirror];
            let weights = c.weights.map(|w| S::constant(w));
            if let Some(amplitudes) = &mut request.amplitudes {
                for f in 0..2 * p.n_flow {
                    let place = 2 * p.colour.place[f / 2] as usize + f % 2;
                    let from = block.flows.add(place * S::N);
                    for row in rows.into_iter().flatten() {
                        let to = &mut amplitudes[(row * 2 * p.n_flow + f) * n_batch..];
                        copy::<S>(from, &mut to[first..first + here]);
                    }
                }
            }
            let sum = colour_sum(p, block);
            if let Some(by_helicity) = &mut request.by_helicity {
                for (row, weight) in rows.into_iter().zip(weights) {
                    let Some(row) = row else {
                        continue;
                    };
                    (sum * weight).store(block.output);
                    let to = &mut by_helicity[row * n_batch..];
                    copy::<S>(block.output, &mut to[first..first + here]);
                }
            }
            total = total + sum * weights[0];
            if c.mirror.is_some() {
                total = total + sum * weights[1];
            }
        }
        if let Some(products) = &mut request.products {
            total = products::finish(products, block, (first, here, n_batch));
        }
        total.store(block.output);
        copy::<S>(block.output, &mut request.total[first..first + here]);
    }
}

#[inline(always)]
pub(super) unsafe fn copy<S: Lanes>(from: *const S::Real, to: &mut [f64]) {
    // SAFETY: there are N numbers.
    let from = unsafe { std::slice::from_raw_parts(from, S::N) };
    match to.len() == S::N {
        // The length is known: one move.
        true => S::Real::widen(from, to),
        false => S::Real::widen(&from[..to.len()], to),
    }
}

/// Factors of all coupling orders at the points of a block.
#[inline(always)]
unsafe fn order_factors<S: Lanes>(request: &Request, block: &Block<S>, first: usize, here: usize) {
    let Some(scale) = request.order_scale else {
        return;
    };
    let n_batch = request.momenta.n_batch();
    for o in 0..request.program.n_order {
        for k in 0..S::N {
            let factor = S::Real::from_f64(scale[o * n_batch + first + k.min(here - 1)]);
            // SAFETY: there is one row for each order.
            unsafe { *block.scales.add(o * S::N + k) = factor };
        }
    }
}

#[inline(always)]
unsafe fn product<S: Lanes>(item: &Product, block: &Block<S>) -> Complex<S> {
    // SAFETY: places and products are within the block's memory.
    unsafe {
        match item.kind {
            ProductKind::Vectors => minkowski(load4(block, item.a), load4(block, item.b)),
            ProductKind::Halves => half_product(load2(block, item.a), load2(block, item.b)),
            ProductKind::Spinors => {
                half_product(load2(block, item.a), load2(block, item.b))
                    + half_product(
                        load2(block, Place(item.a.0 + 2)),
                        load2(block, Place(item.b.0 + 2)),
                    )
            }
            ProductKind::Scalars => load1(block, item.a) * load1(block, item.b),
            ProductKind::Tensors | ProductKind::VectorSpinors => wide_product(item, block),
            ProductKind::Shared => Complex::load(block.products.add(2 * item.a.0 as usize * S::N)),
        }
    }
}

/// The product of two nodes of sixteen components, with the metric of the first index.
#[inline(always)]
unsafe fn wide_product<S: Lanes>(item: &Product, block: &Block<S>) -> Complex<S> {
    let mut sum = Complex::<S>::zero();
    for slice in 0..4 {
        // SAFETY: the nodes have sixteen places each.
        let (a, b) = unsafe {
            (
                load4(block, Place(item.a.0 + 4 * slice)),
                load4(block, Place(item.b.0 + 4 * slice)),
            )
        };
        let own = match item.kind {
            ProductKind::Tensors => minkowski(a, b),
            _ => {
                half_product([a[0], a[1]], [b[0], b[1]]) + half_product([a[2], a[3]], [b[2], b[3]])
            }
        };
        sum = if slice == 0 { own } else { sum - own };
    }
    sum
}

/// Evaluates the products that flows share; returns where those of the first flow begin.
#[inline(always)]
pub(super) unsafe fn shared_products<S: Lanes>(
    p: &AmplitudeProgram,
    c: &ProgramConfiguration,
    block: &Block<S>,
) -> usize {
    let [from, to] = c.shared.map(|k| k as usize);
    for (k, item) in p.products[from..to].iter().enumerate() {
        // SAFETY: places and products are within the block's memory.
        unsafe { product(item, block).store(block.products.add(2 * k * S::N)) };
    }
    to
}

/// Amplitude of coupling order `o` in flow `f`, whose products begin at `from`, which is
/// moved behind them.
#[inline(always)]
pub(super) unsafe fn order_amplitude<S: Lanes>(
    p: &AmplitudeProgram,
    c: &ProgramConfiguration,
    block: &Block<S>,
    scaled: bool,
    (f, o, from): (usize, usize, &mut usize),
) -> Complex<S> {
    let mut sum = Complex::<S>::zero();
    let to = p.offsets[c.offsets + f * p.n_order + o] as usize;
    // SAFETY: places, products and scales are within the block's memory.
    unsafe {
        for item in &p.products[*from..to] {
            let z = product(item, block);
            if item.factor.im == 0.0 {
                sum = z.scale_add(S::constant(item.factor.re), sum);
            } else {
                sum = Complex::splat(item.factor).mul_add(z, sum);
            }
        }
        *from = to;
        match scaled {
            true => sum.scale(S::load(block.scales.add(o * S::N))),
            false => sum,
        }
    }
}

#[inline(always)]
unsafe fn flow_amplitudes<S: Lanes>(
    p: &AmplitudeProgram,
    c: &ProgramConfiguration,
    block: &Block<S>,
    scaled: bool,
) {
    // SAFETY: flows are within the block's memory.
    unsafe {
        let mut from = shared_products(p, c, block);
        for f in 0..p.n_flow {
            let mut amplitude = Complex::<S>::zero();
            for o in 0..p.n_order {
                amplitude = amplitude + order_amplitude(p, c, block, scaled, (f, o, &mut from));
            }
            let place = p.colour.place[f] as usize;
            amplitude.store(block.flows.add(2 * place * S::N));
        }
    }
}

/// Sums and differences of flows in whose terms the colour matrix has blocks.
#[inline(always)]
pub(super) unsafe fn exchange<S: Lanes>(p: &AmplitudeProgram, flows: *mut S::Real) {
    let m = p.colour.m;
    // SAFETY: flows are within the block's memory.
    unsafe {
        for level in 0..p.colour.levels {
            let stride = m << level;
            let mut from = 0;
            while from < p.n_flow {
                for k in from..from + stride {
                    let one = flows.add(2 * k * S::N);
                    let two = flows.add(2 * (k + stride) * S::N);
                    let (a, b): (Complex<S>, Complex<S>) = (Complex::load(one), Complex::load(two));
                    (a + b).store(one);
                    (a - b).store(two);
                }
                from += 2 * stride;
            }
        }
    }
}

/// `A^dagger C A` with a real symmetric matrix.
#[inline(always)]
unsafe fn colour_sum<S: Lanes>(p: &AmplitudeProgram, block: &Block<S>) -> S {
    let m = p.colour.m;
    let mut total = S::constant(0.0);
    // SAFETY: flows are within the block's memory.
    unsafe {
        exchange::<S>(p, block.flows);
        for (k, matrix) in p.colour.blocks.iter().enumerate() {
            total = symmetric(matrix, m, block.flows.add(2 * k * m * S::N), total);
        }
    }
    total + total
}

/// Rows of a matrix that are summed together.
const ROWS: usize = 4;

/// `total` plus the product with the upper triangle of a matrix.
#[inline(always)]
unsafe fn symmetric<S: Lanes>(matrix: &[f64], n: usize, flows: *const S::Real, mut total: S) -> S {
    let zero = S::constant(0.0);
    let mut f = 0;
    // SAFETY: there are n flows.
    unsafe {
        while f + ROWS <= n {
            let (mut re, mut im) = ([zero; ROWS], [zero; ROWS]);
            // The triangle on the diagonal, then the rest of these rows.
            for k in 0..ROWS {
                let a: Complex<S> = Complex::load(flows.add(2 * (f + k) * S::N));
                for j in 0..=k {
                    let c = S::constant(matrix[(f + j) * n + f + k]);
                    re[j] = a.re.mul_add(c, re[j]);
                    im[j] = a.im.mul_add(c, im[j]);
                }
            }
            for g in f + ROWS..n {
                let a: Complex<S> = Complex::load(flows.add(2 * g * S::N));
                for j in 0..ROWS {
                    let c = S::constant(matrix[(f + j) * n + g]);
                    re[j] = a.re.mul_add(c, re[j]);
                    im[j] = a.im.mul_add(c, im[j]);
                }
            }
            for j in 0..ROWS {
                let a: Complex<S> = Complex::load(flows.add(2 * (f + j) * S::N));
                total = a.re.mul_add(re[j], a.im.mul_add(im[j], total));
            }
            f += ROWS;
        }
        while f < n {
            let a: Complex<S> = Complex::load(flows.add(2 * f * S::N));
            let (mut re, mut im) = (zero, zero);
            for g in f..n {
                let b: Complex<S> = Complex::load(flows.add(2 * g * S::N));
                let c = S::constant(matrix[f * n + g]);
                re = b.re.mul_add(c, re);
                im = b.im.mul_add(c, im);
            }
            total = a.re.mul_add(re, a.im.mul_add(im, total));
            f += 1;
        }
    }
    total
}
