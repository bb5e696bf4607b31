//! Products of the amplitudes of two coupling orders, summed over helicities and colours.
//!
//! The currents of all orders are computed once; only the sums of flow amplitudes are
//! kept apart. Knows amplitudes; knows no vertices.

use super::close::{copy, exchange, order_amplitude, shared_products};
use super::complex::Complex;
use super::run::{Block, OrderProducts};
use crate::amplitude::program::{AmplitudeProgram, ProgramConfiguration};
use crate::compute::simd::Lanes;

/// Sets all rows of a block to zero.
#[inline(always)]
pub(super) unsafe fn clear<S: Lanes>(products: &OrderProducts, block: &Block<S>) {
    for row in 0..products.n_rows {
        // SAFETY: there are so many rows.
        unsafe { S::constant(0.0).store(block.rows.add(row * S::N)) };
    }
}

/// Adds the products of a configuration, number `at`, whose instructions were run.
#[inline(always)]
pub(super) unsafe fn add<S: Lanes>(
    p: &AmplitudeProgram,
    (at, c): (usize, &ProgramConfiguration),
    products: &OrderProducts,
    block: &Block<S>,
    scaled: bool,
) {
    let mirrored = if c.mirror.is_some() {
        c.weights[1]
    } else {
        0.0
    };
    // SAFETY: places, products, flows and rows are within the block's memory.
    unsafe {
        flows_by_order(p, c, block, scaled);
        add_products(p, &products.pairs[at], c.weights[0] + mirrored, block);
    }
}

/// Writes the rows of a block to the results.
#[inline(always)]
pub(super) unsafe fn finish<S: Lanes>(
    products: &mut OrderProducts,
    block: &Block<S>,
    (first, here, n_batch): (usize, usize, usize),
) {
    for row in 0..products.n_rows {
        let to = &mut products.out[row * n_batch..];
        // SAFETY: there are so many rows, and at most N numbers are asked for.
        unsafe { copy::<S>(block.rows.add(row * S::N), &mut to[first..first + here]) };
    }
}

/// Flow amplitudes of every order, in the places of the colour matrix.
#[inline(always)]
unsafe fn flows_by_order<S: Lanes>(
    p: &AmplitudeProgram,
    c: &ProgramConfiguration,
    block: &Block<S>,
    scaled: bool,
) {
    // SAFETY: flows are within the block's memory.
    unsafe {
        let mut from = shared_products(p, c, block);
        for f in 0..p.n_flow {
            let place = p.colour.place[f] as usize;
            for o in 0..p.n_order {
                let sum = order_amplitude(p, c, block, scaled, (f, o, &mut from));
                sum.store(block.order_flows.add(2 * (o * p.n_flow + place) * S::N));
            }
        }
        for o in 0..p.n_order {
            exchange::<S>(p, block.order_flows.add(2 * o * p.n_flow * S::N));
        }
    }
}

/// Adds `weight Re A_a^dagger C A_b` to the rows, twice where a and b differ. Pairs of the
/// same a stand together.
#[inline(always)]
unsafe fn add_products<S: Lanes>(
    p: &AmplitudeProgram,
    pairs: &[[u32; 3]],
    weight: f64,
    block: &Block<S>,
) {
    for of_same in pairs.chunk_by(|x, y| x[0] == y[0]) {
        let a = of_same[0][0];
        // SAFETY: orders and rows are below their numbers.
        unsafe {
            let of = |order: u32| block.order_flows.add(2 * order as usize * p.n_flow * S::N);
            contract::<S>(p, of(a), 2.0 * weight, block.contracted);
            for &[_, b, row] in of_same {
                let to = block.rows.add(row as usize * S::N);
                let from = match a == b {
                    true => S::constant(0.0),
                    false => S::load(to),
                };
                let mut sum = dot(block.contracted, of(b), p.n_flow, from);
                if a == b {
                    sum = sum.mul_add(S::constant(0.5), S::load(to));
                }
                sum.store(to);
            }
        }
    }
}

/// `sum + Re x^dagger y` of `n` complex numbers.
#[inline(always)]
unsafe fn dot<S: Lanes>(x: *const S::Real, y: *const S::Real, n: usize, mut sum: S) -> S {
    for f in 0..n {
        // SAFETY: there are so many numbers.
        let (x, y): (Complex<S>, Complex<S>) = unsafe {
            (
                Complex::load(x.add(2 * f * S::N)),
                Complex::load(y.add(2 * f * S::N)),
            )
        };
        sum = x.re.mul_add(y.re, x.im.mul_add(y.im, sum));
    }
    sum
}

/// `weight` times the colour matrix times the flow amplitudes of one order.
#[inline(always)]
unsafe fn contract<S: Lanes>(
    p: &AmplitudeProgram,
    from: *const S::Real,
    weight: f64,
    to: *mut S::Real,
) {
    let m = p.colour.m;
    for (k, matrix) in p.colour.blocks.iter().enumerate() {
        for f in 0..m {
            let mut sum = Complex::<S>::zero();
            for g in 0..m {
                // The upper triangle, with half of the diagonal.
                let c = match f == g {
                    true => 2.0 * matrix[f * m + f],
                    false => matrix[f.min(g) * m + f.max(g)],
                } * weight;
                // SAFETY: flows are within the block's memory.
                let x: Complex<S> = unsafe { Complex::load(from.add(2 * (k * m + g) * S::N)) };
                sum = x.scale_add(S::constant(c), sum);
            }
            // SAFETY: as before.
            unsafe { sum.store(to.add(2 * (k * m + f) * S::N)) };
        }
    }
}
