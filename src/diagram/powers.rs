//! Powers of the coupling orders of a partial diagram, in one word.
//!
//! Knows how many orders there can be; knows no model.

use std::ops::{Add, AddAssign};

/// Bits of one order.
const BITS: usize = 8;

/// Powers of up to [`Powers::MOST_ORDERS`] coupling orders; they add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Powers(u128);

impl Powers {
    /// Most coupling orders.
    pub(crate) const MOST_ORDERS: usize = 128 / BITS;
    /// Most legs of a diagram beyond two, to which those of its vertices beyond two add up.
    const MOST_LEGS: u8 = 15;
    /// Largest power of a coupling for each leg beyond two of its vertex: no sum is larger
    /// than what eight bits hold.
    pub(crate) const MOST_POWER: u8 = u8::MAX / Self::MOST_LEGS;

    /// One power per order; at most [`Self::MOST_ORDERS`] of them count.
    pub fn new(orders: &[u8]) -> Self {
        let word = |(k, &n): (usize, &u8)| u128::from(n) << (BITS * k);
        Self(
            orders
                .iter()
                .take(Self::MOST_ORDERS)
                .enumerate()
                .map(word)
                .sum(),
        )
    }

    /// Power of one order.
    pub fn of(self, order: usize) -> u32 {
        (self.0 >> (BITS * order) & 0xff) as u32
    }

    /// The powers of the first `n` orders, each of which fits.
    pub fn bytes(self, n: usize) -> Vec<u8> {
        (0..n).map(|k| self.of(k) as u8).collect()
    }

    /// The powers of the first `n` orders.
    pub fn list(self, n: usize) -> Vec<u32> {
        (0..n).map(|k| self.of(k)).collect()
    }
}

impl Add for Powers {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Powers {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_orders_are_kept_apart_and_add_up() {
        let a: Vec<u8> = (0..16).collect();
        let b: Vec<u8> = (0..16).rev().collect();
        let sum = Powers::new(&a) + Powers::new(&b);
        assert_eq!(sum.list(16), [15; 16]);
        assert_eq!(Powers::new(&a).of(5), 5);
        let most = Powers::new(&[Powers::MOST_POWER; 16]);
        let all = (1..Powers::MOST_LEGS).fold(most, |sum, _| sum + most);
        assert_eq!(all.list(16), [255; 16]);
    }
}
