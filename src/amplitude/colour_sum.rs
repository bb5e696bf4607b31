//! The colour sum `A^dagger C A` in its cheapest form.
//!
//! Exchanges of two gluons permute the flows and leave the colour matrix as it
//! is. Sums and differences of flows over such exchanges make it block diagonal:
//! two disjoint exchanges give four blocks and a quarter of the work. Knows the
//! matrix; knows no kinematics.

use crate::colour::{ColourTensor, Index};
use rustc_hash::FxHashMap;

/// Exchanges that are used at most.
const MOST_EXCHANGES: usize = 3;

/// A real symmetric matrix as blocks after sums and differences.
#[derive(Clone, Debug)]
pub(crate) struct ColourSum {
    /// Where the amplitude of each flow is put: element `e` of orbit `o` at `e m + o`.
    pub(crate) place: Vec<u32>,
    /// Number of exchanges: flows `m 2^l` apart are added and subtracted.
    pub(crate) levels: u32,
    /// Orbits, the size of a block.
    pub(crate) m: usize,
    /// `2^levels` blocks `[m, m]`: the upper triangle is used, the diagonal is halved.
    pub(crate) blocks: Vec<Vec<f64>>,
}

impl ColourSum {
    /// The sum of the squares of all flows.
    pub(crate) fn squares(n: usize) -> Self {
        Self {
            place: (0..n as u32).collect(),
            levels: 0,
            m: 1,
            blocks: vec![vec![0.5]; n],
        }
    }

    /// A matrix as it is.
    #[cfg(test)]
    pub(crate) fn plain(matrix: &[f64], n: usize) -> Self {
        let identity: Vec<usize> = (0..n).collect();
        Self::with_group(matrix, &[identity])
    }

    /// Uses exchanges of the gluons `legs` that permute the flows.
    pub(crate) fn with_exchanges(matrix: &[f64], flows: &[&ColourTensor], legs: &[usize]) -> Self {
        let n = flows.len();
        let number: FxHashMap<&ColourTensor, usize> =
            flows.iter().enumerate().map(|(k, &f)| (f, k)).collect();
        let mut group = vec![(0..n).collect::<Vec<usize>>()];
        let mut used: Vec<usize> = vec![];
        for (k, &a) in legs.iter().enumerate() {
            for &b in &legs[k + 1..] {
                let full = group.len() >> MOST_EXCHANGES == 1;
                if full || used.contains(&a) || used.contains(&b) {
                    continue;
                }
                let image = |f: &&ColourTensor| {
                    let (sign, flow) = exchanged(f, a, b);
                    (sign > 0).then(|| number.get(&flow).copied())?
                };
                let Some(swap) = flows.iter().map(image).collect::<Option<Vec<usize>>>() else {
                    continue;
                };
                if !leaves_invariant(matrix, &swap) {
                    continue;
                }
                let more = group.iter().map(|g| g.iter().map(|&f| swap[f]).collect());
                let larger: Vec<Vec<usize>> = group.iter().cloned().chain(more).collect();
                // No element but the first may leave a flow where it is.
                let free = |g: &Vec<usize>| g.iter().enumerate().all(|(f, &image)| f != image);
                if larger[1..].iter().all(free) {
                    group = larger;
                    used.extend([a, b]);
                }
            }
        }
        Self::with_group(matrix, &group)
    }

    /// `group` holds the images of the flows under all products of exchanges, in
    /// the order of the bits that say which exchanges.
    fn with_group(matrix: &[f64], group: &[Vec<usize>]) -> Self {
        let n = group[0].len();
        let size = group.len();
        let m = n / size;
        let mut place = vec![u32::MAX; n];
        let mut first = Vec::with_capacity(m);
        for f in 0..n {
            if place[f] == u32::MAX {
                for (e, images) in group.iter().enumerate() {
                    place[images[f]] = (e * m + first.len()) as u32;
                }
                first.push(f);
            }
        }
        let sign = |e: usize, chi: usize| {
            if (e & chi).count_ones().is_multiple_of(2) {
                1.0
            } else {
                -1.0
            }
        };
        let block = |chi: usize| {
            let mut block = vec![0.0; m * m];
            for (o, &f) in first.iter().enumerate() {
                for (q, &g) in first.iter().enumerate() {
                    let sum: f64 = (0..size)
                        .map(|e| sign(e, chi) * matrix[f * n + group[e][g]])
                        .sum();
                    let half = if o == q { 0.5 } else { 1.0 };
                    block[o * m + q] = half * sum / size as f64;
                }
            }
            block
        };
        Self {
            place,
            levels: size.ilog2(),
            m,
            blocks: (0..size).map(block).collect(),
        }
    }
}

/// A flow with two gluons exchanged, and its sign.
fn exchanged(flow: &ColourTensor, a: usize, b: usize) -> (i8, ColourTensor) {
    /// No leg has this number.
    const ASIDE: Index = 400;
    let (a, b) = (a as Index, b as Index);
    flow.renamed(a, ASIDE)
        .renamed(b, a)
        .renamed(ASIDE, b)
        .canonical()
}

fn leaves_invariant(matrix: &[f64], swap: &[usize]) -> bool {
    let n = swap.len();
    let scale = matrix.iter().fold(0.0_f64, |s, x| s.max(x.abs()));
    (0..n).all(|f| {
        (f..n).all(|g| {
            let image = matrix[swap[f] * n + swap[g]];
            (matrix[f * n + g] - image).abs() <= 1e-12 * scale
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::{Chain, colour_matrix};

    /// `A^T C A` by blocks.
    fn square(sum: &ColourSum, a: &[f64]) -> f64 {
        let mut b = vec![0.0; a.len()];
        for (x, &place) in a.iter().zip(&sum.place) {
            b[place as usize] = *x;
        }
        for level in 0..sum.levels {
            let stride = sum.m << level;
            for k in (0..b.len()).filter(|k| (k / stride).is_multiple_of(2)) {
                (b[k], b[k + stride]) = (b[k] + b[k + stride], b[k] - b[k + stride]);
            }
        }
        let mut total = 0.0;
        for (block, x) in sum.blocks.iter().zip(b.chunks(sum.m)) {
            for f in 0..sum.m {
                for g in f..sum.m {
                    total += 2.0 * block[f * sum.m + g] * x[f] * x[g];
                }
            }
        }
        total
    }

    #[test]
    fn blocks_give_the_same_sum() {
        let mut orders = vec![vec![]];
        for g in 2..6 {
            let insert = |o: &Vec<Index>| -> Vec<Vec<Index>> {
                (0..=o.len())
                    .map(|k| [&o[..k], &[g], &o[k..]].concat())
                    .collect()
            };
            orders = orders.iter().flat_map(insert).collect();
        }
        let flow = |gluons: &Vec<Index>| {
            ColourTensor::of_chains(vec![Chain {
                ends: Some((0, 1)),
                gluons: gluons.clone(),
            }])
        };
        let flows: Vec<ColourTensor> = orders.iter().map(flow).collect();
        let matrix = colour_matrix(&flows);
        let refs: Vec<&ColourTensor> = flows.iter().collect();
        let plain = ColourSum::plain(&matrix, flows.len());
        let blocks = ColourSum::with_exchanges(&matrix, &refs, &[2, 3, 4, 5]);
        assert_eq!((blocks.levels, blocks.m), (2, 6));
        let a: Vec<f64> = (0..24).map(|k| f64::from(k * k % 17) - 7.3).collect();
        let want: f64 = (0..24)
            .flat_map(|f| (0..24).map(move |g| (f, g)))
            .map(|(f, g)| a[f] * matrix[f * 24 + g] * a[g])
            .sum();
        for sum in [plain, blocks] {
            assert!((square(&sum, &a) / want - 1.0).abs() < 1e-12);
        }
    }
}
