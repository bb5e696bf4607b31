//! Runs the straight-line code of vertices that have no operation of their own.
//!
//! Knows code of tensors; knows no particle.

use super::complex::{Complex, Four};
use super::run::{Block, load1};
use crate::amplitude::program::{AmplitudeProgram, Place, TensorCall};
use crate::amplitude::tensor_code::{Factor, TensorTerm};
use crate::compute::simd::Lanes;

/// Components of the open leg; a scalar is the first.
///
/// # Safety
/// The call is one of the program's, and the block is laid out for it.
#[inline(always)]
pub(super) unsafe fn tensor_vertex<S: Lanes>(
    p: &AmplitudeProgram,
    call: &TensorCall,
    block: &Block<S>,
) -> Four<S> {
    let code = &p.tensor_codes[call.code];
    let mut from = 0;
    for (number, &end) in code.ends.iter().enumerate() {
        let mut sum = Complex::<S>::zero();
        for term in &code.terms[from..end as usize] {
            // SAFETY: a program has passed `verify`: children, momenta and sums are there.
            sum = unsafe { add(term, call, block, sum) };
        }
        // SAFETY: the block has a temporary for each sum of the largest code.
        unsafe { sum.store(block.temporaries.add(2 * number * S::N)) };
        from = end as usize;
    }
    let mut result = [Complex::<S>::zero(); 4];
    for &(component, number) in &code.results {
        // SAFETY: as above.
        let at = unsafe { block.temporaries.add(2 * usize::from(number) * S::N) };
        // SAFETY: as above.
        result[usize::from(component)] = unsafe { Complex::load(at) };
    }
    result
}

/// One component of a momentum.
#[inline(always)]
unsafe fn momentum<S: Lanes>(block: &Block<S>, call: &TensorCall, k: u8, mu: u8) -> S {
    let entry = call.momenta[usize::from(k)].0 as usize;
    // SAFETY: entries are below the size of the momentum table.
    unsafe { S::load(block.momenta.add((4 * entry + usize::from(mu)) * S::N)) }
}

/// `sum` with one term added.
#[inline(always)]
unsafe fn add<S: Lanes>(
    term: &TensorTerm,
    call: &TensorCall,
    block: &Block<S>,
    sum: Complex<S>,
) -> Complex<S> {
    let x = S::constant(term.x);
    // SAFETY: as promised by the caller.
    unsafe {
        let child = |k: u8, c: u8| Place(call.children[usize::from(k)].0 + u32::from(c));
        let second = match term.second {
            Factor::One => None,
            Factor::Child(k, c) => Some(load1(block, child(k, c))),
            Factor::Momentum(k, mu) => {
                let mut z = Complex::zero();
                z.re = momentum(block, call, k, mu);
                Some(z)
            }
            Factor::Sum(s) => {
                let at = block.temporaries.add(2 * usize::from(s) * S::N);
                Some(Complex::load(at))
            }
        };
        let zero = Complex::zero();
        match (term.first, second) {
            (Factor::Child(k, c), None) => {
                let z = load1(block, child(k, c));
                let z = if term.imaginary { zero.plus_i(z) } else { z };
                z.scale_add(x, sum)
            }
            (Factor::Child(k, c), Some(second)) => {
                let z = load1(block, child(k, c)).scale(x);
                let z = if term.imaginary { zero.plus_i(z) } else { z };
                z.mul_add(second, sum)
            }
            (Factor::Momentum(k, mu), second) => {
                let p = momentum(block, call, k, mu) * x;
                let mut one = zero;
                one.re = S::constant(1.0);
                let z = match second {
                    Some(second) => second,
                    None => one,
                };
                let z = if term.imaginary { zero.plus_i(z) } else { z };
                z.scale_add(p, sum)
            }
            // Terms begin with a child or a momentum.
            _ => sum,
        }
    }
}
