//! The colour matrix: sums over external colours of products of basis tensors.

use super::contract::contract;
use super::number::Gaussian;
use super::tensor::{ColourTensor, Index};
use rustc_hash::FxHashMap;

/// `C_fg = sum over colours of basis_f times the conjugate of basis_g`, row by
/// row, `[n_flow, n_flow]`. Real and symmetric, exact before rounding.
///
/// Entries that differ only by the numbering of legs are computed once.
pub(crate) fn colour_matrix(basis: &[ColourTensor]) -> Vec<f64> {
    let n = basis.len();
    let conjugates: Vec<_> = basis.iter().map(ColourTensor::conjugate).collect();
    let mut known: FxHashMap<ColourTensor, f64> = FxHashMap::default();
    let mut matrix = vec![0.0; n * n];
    for f in 0..n {
        // A tensor stands for its part that is symmetric in both indices of a sextet.
        let sextets = basis[f].sextets();
        let n_orders = 1_u32 << sextets.len();
        for g in f..n {
            let mut sum = 0.0;
            for which in 0..n_orders {
                let mut product = match which {
                    0 => basis[f].clone(),
                    _ => basis[f].exchanged(&sextets, which),
                };
                product.multiply(&conjugates[g]);
                renumber(&mut product);
                sum += *known.entry(product).or_insert_with_key(|product| {
                    let sum = contract(Gaussian::one(), product.clone());
                    sum.iter().map(|(c, _, _)| c.to_f64().0).sum()
                });
            }
            let value = sum / f64::from(n_orders);
            matrix[f * n + g] = value;
            matrix[g * n + f] = value;
        }
    }
    matrix
}

/// Renames indices by first appearance, so that relabelled products compare equal.
fn renumber(product: &mut ColourTensor) {
    let mut names: FxHashMap<Index, Index> = FxHashMap::default();
    let mut rename = |x: &mut Index| {
        let next = names.len() as Index;
        *x = *names.entry(*x).or_insert(next);
    };
    for chain in &mut product.chains {
        if let Some((row, column)) = &mut chain.ends {
            rename(row);
            rename(column);
        }
        chain.gluons.iter_mut().for_each(&mut rename);
    }
    for junction in &mut product.junctions {
        junction.indices.iter_mut().for_each(&mut rename);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::tensor::{Chain, line};

    fn trace(g: &[Index]) -> ColourTensor {
        ColourTensor::of_chains(vec![Chain {
            ends: None,
            gluons: g.to_vec(),
        }])
    }

    #[test]
    fn two_gluon_quark_pair_matrix_is_the_textbook_one() {
        // (T^a T^b)_ij: diagonal C_F^2 N = 16/3, off-diagonal -(N^2-1)/(4N) = -2/3
        let string = |g: &[Index]| ColourTensor::of_chains(vec![line(3, g, 4)]);
        let c = colour_matrix(&[string(&[1, 2]), string(&[2, 1])]);
        for (got, want) in c
            .iter()
            .zip([16.0 / 3.0, -2.0 / 3.0, -2.0 / 3.0, 16.0 / 3.0])
        {
            assert!((got - want).abs() < 1e-14, "{c:?}");
        }
    }

    #[test]
    fn colour_completeness_for_four_gluons() {
        // sum over colours of |f^{abe} f^{cde}|^2 = N^2 (N^2 - 1), through traces:
        // f f = -2 (tr([a,b][c,d])) * ... expanded in the six traces.
        let basis: Vec<_> = [
            [1, 2, 3, 4],
            [1, 2, 4, 3],
            [1, 3, 2, 4],
            [1, 3, 4, 2],
            [1, 4, 2, 3],
            [1, 4, 3, 2],
        ]
        .iter()
        .map(|g| trace(g))
        .collect();
        let c = colour_matrix(&basis);
        // f^{abe} f^{cde} = -2 tr([T^a,T^b][T^c,T^d])
        let v = [-2.0, 2.0, 0.0, 2.0, 0.0, -2.0];
        let mut sum = 0.0;
        for f in 0..6 {
            for g in 0..6 {
                sum += v[f] * c[f * 6 + g] * v[g];
            }
        }
        assert!((sum - 72.0).abs() < 1e-12, "{sum}");
    }
}
