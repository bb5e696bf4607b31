//! Products of the amplitudes of two coupling orders, summed over helicities and colours.
//!
//! The currents of all orders are computed once; only the sums of flow amplitudes are
//! kept apart. Knows amplitudes; knows no vertices.

use super::close::{copy, exchange, order_amplitude, shared_products};
use super::complex::Complex;
use super::run::{Block, OrderProducts, ProductsOf};
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
    let weight = (c.weights[0] + mirrored) * products.scale;
    // SAFETY: places, products, flows and rows are within the block's memory.
    unsafe {
        flows_by_order(p, c, block, scaled);
        add_products(p, &products.of[at], weight, block);
    }
}

/// Writes the rows of a block to the results; returns 0, or NaN where one is not finite.
#[inline(always)]
pub(super) unsafe fn finish<S: Lanes>(
    products: &mut OrderProducts,
    block: &Block<S>,
    (first, here, n_batch): (usize, usize, usize),
) -> S {
    let zero = S::constant(0.0);
    let mut lost = zero;
    for row in 0..products.n_rows {
        let to = &mut products.out[row * n_batch..];
        // SAFETY: there are so many rows, and at most N numbers are asked for.
        unsafe {
            let from = block.rows.add(row * S::N);
            lost = S::load(from).mul_add(zero, lost);
            copy::<S>(from, &mut to[first..first + here]);
        }
    }
    lost
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

/// Adds `weight Re A_a^dagger C A_b` to the rows, twice where a and b differ.
#[inline(always)]
unsafe fn add_products<S: Lanes>(
    p: &AmplitudeProgram,
    products: &[ProductsOf],
    weight: f64,
    block: &Block<S>,
) {
    let (n_flow, m) = (p.n_flow, p.colour.m);
    let (flows, rows) = (block.order_flows, block.rows);
    let (weight, twice) = (S::constant(weight), S::constant(2.0 * weight));
    for of_one in products {
        for (k, matrix) in p.colour.blocks.iter().enumerate() {
            for f in 0..m {
                // SAFETY: flows, orders and rows are below their numbers.
                unsafe {
                    let of = |order: u32| flows.add(2 * (order as usize * n_flow + k * m) * S::N);
                    let x = contracted::<S>(matrix, (f, m), of(of_one.order));
                    let row = |row: u32| rows.add(row as usize * S::N);
                    if let Some(own) = of_one.square {
                        let y = of(of_one.order).add(2 * f * S::N);
                        add_real(x.scale(weight), y, row(own));
                    }
                    let x = x.scale(twice);
                    for &[order, other] in &of_one.others {
                        add_real(x, of(order).add(2 * f * S::N), row(other));
                    }
                }
            }
        }
    }
}

/// Adds `Re x^* y` to a row.
#[inline(always)]
unsafe fn add_real<S: Lanes>(x: Complex<S>, y: *const S::Real, row: *mut S::Real) {
    // SAFETY: there are N complex numbers and N numbers.
    unsafe {
        let y: Complex<S> = Complex::load(y);
        let sum = x.im.mul_add(y.im, S::load(row));
        x.re.mul_add(y.re, sum).store(row);
    }
}

/// Row `f` of a block `[m, m]` of the colour matrix times flow amplitudes.
#[inline(always)]
unsafe fn contracted<S: Lanes>(
    matrix: &[f64],
    (f, m): (usize, usize),
    flows: *const S::Real,
) -> Complex<S> {
    let mut sum = Complex::<S>::zero();
    for g in 0..m {
        // The upper triangle, with half of the diagonal.
        let c = match f == g {
            true => 2.0 * matrix[f * m + f],
            false => matrix[f.min(g) * m + f.max(g)],
        };
        // SAFETY: flows are within the block's memory.
        let x: Complex<S> = unsafe { Complex::load(flows.add(2 * g * S::N)) };
        sum = x.scale_add(S::constant(c), sum);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amplitude::kernel::tables::Wide;
    use crate::compute::SimdLevel;
    use crate::compute::simd::{Kernel, Level};
    use std::ptr::null_mut;

    /// Finishes three rows of a batch that ends with the first `here` numbers of a block.
    struct Finish<'a> {
        rows: &'a [[f64; 8]; 3],
        here: usize,
    }

    impl Kernel for Finish<'_> {
        /// The results after one number that is not of the block, and the marks.
        type Output = ([Vec<f64>; 3], Vec<f64>);
        #[inline(always)]
        fn run<L: Level>(self) -> Self::Output {
            let n = L::F64::N;
            let mut rows: Vec<f64> = self.rows.iter().flat_map(|r| &r[..n]).copied().collect();
            let here = self.here.min(n);
            let mut out = vec![7.0; 3 * (1 + here)];
            let mut marks = vec![7.0; n];
            let none = null_mut();
            let block = Block::<L::F64> {
                nodes: none,
                momenta: none,
                poles: none,
                directions: none,
                products: none,
                flows: none,
                scales: none,
                output: none,
                temporaries: none,
                order_flows: none,
                rows: rows.as_mut_ptr(),
                wide: Wide {
                    momenta: none,
                    poles: none,
                    directions: none,
                    input: none,
                },
            };
            let mut products = OrderProducts {
                of: &[],
                n_rows: 3,
                scale: 1.0,
                out: &mut out,
            };
            // SAFETY: there are three rows and a row of marks.
            unsafe {
                let lost = finish(&mut products, &block, (1, here, 1 + here));
                lost.store(marks.as_mut_ptr());
            }
            let of = |row: usize| out[row * (1 + here)..(row + 1) * (1 + here)].to_vec();
            ([of(0), of(1), of(2)], marks)
        }
    }

    #[test]
    fn points_are_marked_where_any_row_is_not_finite() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let rows = [
            [1.0, nan, 0.0, inf, -0.0, inf, f64::MAX, 0.0],
            [1.0, 3.0, 0.0, -inf, 5e-324, 0.0, f64::MAX, nan],
            [-inf, 3.0, 0.0, 1.0, -1.0, -2.0, f64::MIN, nan],
        ];
        let finite = [false, false, true, false, true, false, true, false];
        let levels = SimdLevel::vectors();
        for level in levels.into_iter().chain([SimdLevel::Scalar]) {
            for here in 1..=8 {
                let (found, marks) = level.dispatch(Finish { rows: &rows, here });
                for (found, row) in found.iter().zip(&rows) {
                    let bits = |x: &[f64]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    assert_eq!(
                        bits(&found[1..]),
                        bits(&row[..found.len() - 1]),
                        "{level:?}"
                    );
                    assert_eq!(found[0], 7.0);
                }
                for (k, mark) in marks.iter().enumerate() {
                    assert_eq!(*mark == 0.0, finite[k], "{level:?} {k}");
                }
            }
        }
    }
}
