//! Any vertex from its tensor, term by term: slow and general.
//!
//! Knows tensors; knows no particle.

use super::complex::{Complex, Four};
use super::run::{Block, load1, momentum};
use crate::amplitude::graph::{LOWER, UPPER};
use crate::amplitude::program::{Call, Program};
use crate::compute::simd::Lanes;

/// Components of the open slot; a scalar is the first.
#[inline(always)]
pub(super) unsafe fn generic<S: Lanes>(p: &Program, call: &Call, block: &Block<S>) -> Four<S> {
    let tensor = &p.generic[call.part];
    let mut result = [Complex::<S>::zero(); 4];
    for ((components, monomial), value) in &tensor.terms {
        let mut product = Complex::<S>::splat(*value);
        let mut present = true;
        for &(slot, place, halves, _) in &call.children {
            let component = components[usize::from(slot)];
            // Half spinors: a component of the missing half is zero.
            let skip = match halves {
                UPPER if component >= 2 => None,
                LOWER if component < 2 => None,
                LOWER => Some(component - 2),
                _ => Some(component),
            };
            let Some(skip) = skip else {
                present = false;
                break;
            };
            // SAFETY: the component of a scalar slot is 0, so the place exists.
            product = product * unsafe { load1(block, place + u32::from(skip)) };
            if tensor.spins[usize::from(slot)] == 3 && component > 0 {
                product = -product;
            }
        }
        if !present {
            continue;
        }
        for &(slot, mu) in monomial {
            let mu = usize::from(mu);
            let mut own = None;
            let mut all = S::constant(0.0);
            for &(s, _, _, entry) in &call.children {
                // SAFETY: entries are within the momentum table.
                let x = unsafe { momentum::<S>(block, entry) }[mu];
                all = all - x;
                if s == slot {
                    own = Some(x);
                }
            }
            // All momenta flow in and add up to zero.
            product = product.scale(own.unwrap_or(all));
        }
        let at = usize::from(components[usize::from(call.out_slot)]);
        result[at] = result[at] + product;
    }
    result
}
