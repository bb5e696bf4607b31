//! Contraction of products of chains and junctions into a sum of canonical tensors.
//!
//! Fundamental indices join chains; adjoint indices go by the Fierz identity
//! `T^a_ij T^a_kl = (delta_il delta_kj - delta_ij delta_kl / N) / 2`; of two epsilon
//! tensors, one of rows and one of columns, six products of deltas are left.

use super::number::Gaussian;
use super::tensor::{Chain, ColourTensor, Index, Junction, line};

/// Number of colours.
const N: i128 = 3;

/// A sum of tensors: coefficient, tensor, and whether some contribution came
/// without a factor 1/N (leading colour).
pub(crate) type ColourSum = Vec<(Gaussian, ColourTensor, bool)>;

struct Work {
    factor: Gaussian,
    leading: bool,
    chains: Vec<Chain>,
    junctions: Vec<Junction>,
}

/// Sums over all repeated indices of a product of chains and junctions.
///
/// Every index appears once (free) or twice (summed). Traces of nothing give
/// N, traces of one generator vanish; the result has like terms collected and
/// zeros removed.
pub fn contract(factor: Gaussian, product: ColourTensor) -> ColourSum {
    let mut result: ColourSum = Vec::new();
    let mut todo = vec![Work {
        factor,
        leading: true,
        chains: product.chains,
        junctions: product.junctions,
    }];
    while let Some(mut work) = todo.pop() {
        if let Some((rows, columns)) = opposite(&work.junctions) {
            deltas(work, rows, columns, &mut todo);
            continue;
        }
        join_fundamental(&mut work);
        if work
            .chains
            .iter()
            .any(|c| c.ends.is_none() && c.gluons.len() == 1)
        {
            continue;
        }
        match repeated_gluon(&work.chains) {
            Some(at) => fierz(work, at, &mut todo),
            None => collect(work, &mut result),
        }
    }
    result.retain(|(c, _, _)| !c.is_zero());
    result
}

/// Adds what cannot be contracted further to the result.
fn collect(work: Work, result: &mut ColourSum) {
    let tensor = ColourTensor {
        chains: work.chains,
        junctions: work.junctions,
    };
    let (sign, tensor) = tensor.canonical();
    let factor = match sign {
        0 => return,
        1 => work.factor,
        _ => -work.factor,
    };
    if let Some(found) = result.iter_mut().find(|(_, t, _)| *t == tensor) {
        found.0 = found.0 + factor;
        found.2 |= work.leading;
    } else {
        result.push((factor, tensor, work.leading));
    }
}

/// A junction of rows and one of columns.
fn opposite(junctions: &[Junction]) -> Option<(usize, usize)> {
    let rows = junctions.iter().position(|j| !j.of_columns)?;
    let columns = junctions.iter().position(|j| j.of_columns)?;
    Some((rows, columns))
}

/// `epsilon_ijk epsilon_lmn`: the antisymmetric product of three deltas.
fn deltas(work: Work, rows: usize, columns: usize, todo: &mut Vec<Work>) {
    let Work {
        factor,
        leading,
        chains,
        mut junctions,
    } = work;
    let (one, other) = (junctions[rows].indices, junctions[columns].indices);
    junctions.swap_remove(rows.max(columns));
    junctions.swap_remove(rows.min(columns));
    for (sign, order) in PERMUTATIONS {
        let mut chains = chains.clone();
        chains.extend((0..3).map(|k| line(one[k], &[], other[order[k]])));
        todo.push(Work {
            factor: factor * Gaussian::ratio(sign, 1),
            leading,
            chains,
            junctions: junctions.clone(),
        });
    }
}

/// Permutations of three with their signs.
const PERMUTATIONS: [(i128, [usize; 3]); 6] = [
    (1, [0, 1, 2]),
    (1, [1, 2, 0]),
    (1, [2, 0, 1]),
    (-1, [0, 2, 1]),
    (-1, [2, 1, 0]),
    (-1, [1, 0, 2]),
];

/// Joins chains at equal fundamental indices, removes empty traces, and empty chains that
/// end in a junction.
fn join_fundamental(work: &mut Work) {
    let chains = &mut work.chains;
    let mut k = 0;
    while k < chains.len() {
        let Some((row, column)) = chains[k].ends else {
            if chains[k].gluons.is_empty() {
                chains.swap_remove(k);
                work.factor = work.factor * Gaussian::ratio(N, 1);
            } else {
                k += 1;
            }
            continue;
        };
        if row == column {
            chains[k].ends = None;
            continue;
        }
        let next =
            (0..chains.len()).find(|&j| j != k && chains[j].ends.is_some_and(|(r, _)| r == column));
        if let Some(j) = next {
            let (_, end) = chains[j].ends.expect("found by its ends");
            let tail = std::mem::take(&mut chains[j].gluons);
            chains[k].gluons.extend(tail);
            chains[k].ends = Some((row, end));
            chains.swap_remove(j);
            k = 0;
        } else {
            k += 1;
        }
    }
    for junction in &mut work.junctions {
        for x in &mut junction.indices {
            let end = |c: &Chain| match (c.ends, junction.of_columns) {
                (Some((row, column)), true) if row == *x => Some(column),
                (Some((row, column)), false) if column == *x => Some(row),
                _ => None,
            };
            let empty = |c: &Chain| c.gluons.is_empty() && end(c).is_some();
            if let Some(at) = chains.iter().position(empty) {
                *x = end(&chains[at]).expect("found by its end");
                chains.swap_remove(at);
            }
        }
    }
}

type Place = (usize, usize);

/// Two places that hold the same adjoint index.
fn repeated_gluon(chains: &[Chain]) -> Option<(Place, Place)> {
    let mut seen: Vec<(Index, Place)> = Vec::new();
    for (c, chain) in chains.iter().enumerate() {
        for (g, &index) in chain.gluons.iter().enumerate() {
            if let Some((_, first)) = seen.iter().find(|(i, _)| *i == index) {
                return Some((*first, (c, g)));
            }
            seen.push((index, (c, g)));
        }
    }
    None
}

/// Replaces one pair of generators by the two terms of the Fierz identity.
fn fierz(work: Work, (first, second): (Place, Place), todo: &mut Vec<Work>) {
    let Work {
        factor,
        leading,
        mut chains,
        junctions,
    } = work;
    let half = factor * Gaussian::ratio(1, 2);
    let suppressed = factor * Gaussian::ratio(-1, 2 * N);
    let (joined, split) = if first.0 == second.0 {
        // X a M a Y  ->  tr(M) X Y  -  (1/N) X M Y
        let chain = chains.swap_remove(first.0);
        let x = &chain.gluons[..first.1];
        let m = &chain.gluons[first.1 + 1..second.1];
        let y = &chain.gluons[second.1 + 1..];
        let make = |parts: &[&[Index]], ends| Chain {
            ends,
            gluons: parts.concat(),
        };
        (
            vec![make(&[m], None), make(&[x, y], chain.ends)],
            vec![make(&[x, m, y], chain.ends)],
        )
    } else {
        // (X a Y)(Z a W)  ->  (X W)(Z Y)  -  (1/N) (X Y)(Z W)
        let (hi, lo) = (first.0.max(second.0), first.0.min(second.0));
        let c_hi = chains.swap_remove(hi);
        let c_lo = chains.swap_remove(lo);
        let (a, b) = if first.0 < second.0 {
            (c_lo, c_hi)
        } else {
            (c_hi, c_lo)
        };
        let (x, y) = (&a.gluons[..first.1], &a.gluons[first.1 + 1..]);
        let (z, w) = (&b.gluons[..second.1], &b.gluons[second.1 + 1..]);
        let cut = vec![
            Chain {
                ends: a.ends,
                gluons: [x, y].concat(),
            },
            Chain {
                ends: b.ends,
                gluons: [z, w].concat(),
            },
        ];
        let exchanged = match (a.ends, b.ends) {
            (Some((i, j)), Some((k, l))) => vec![
                Chain {
                    ends: Some((i, l)),
                    gluons: [x, w].concat(),
                },
                Chain {
                    ends: Some((k, j)),
                    gluons: [z, y].concat(),
                },
            ],
            (Some(ends), None) => {
                vec![Chain {
                    ends: Some(ends),
                    gluons: [x, w, z, y].concat(),
                }]
            }
            (None, ends) => vec![Chain {
                ends,
                gluons: [z, y, x, w].concat(),
            }],
        };
        (exchanged, cut)
    };
    let rest = chains;
    let with = |extra: Vec<Chain>| rest.iter().cloned().chain(extra).collect();
    todo.push(Work {
        factor: half,
        leading,
        chains: with(joined),
        junctions: junctions.clone(),
    });
    todo.push(Work {
        factor: suppressed,
        leading: false,
        chains: with(split),
        junctions,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::structure::parse_structure;

    fn scalar(factor: Gaussian, chains: Vec<Chain>) -> Gaussian {
        let sum = contract(factor, ColourTensor::of_chains(chains));
        assert!(
            sum.iter().all(|(_, t, _)| t.chains.is_empty()),
            "not closed: {sum:?}"
        );
        sum.iter()
            .fold(Gaussian::ratio(0, 1), |s, (c, _, _)| s + *c)
    }

    fn product(a: &str, b: &str, reps: &[i8]) -> Gaussian {
        let mut sum = Gaussian::ratio(0, 1);
        for (ca, ta) in parse_structure(a, reps).unwrap() {
            for (cb, tb) in parse_structure(b, reps).unwrap() {
                let chains = ta.chains.iter().chain(&tb.chains).cloned().collect();
                sum = sum + scalar(ca * cb, chains);
            }
        }
        sum
    }

    #[test]
    fn casimirs_are_those_of_su3() {
        // f^{abc} f^{abc} = N (N^2 - 1); tr(T^a T^a) = (N^2 - 1) / 2
        assert_eq!(
            product("f(1,2,3)", "f(1,2,3)", &[8, 8, 8]),
            Gaussian::ratio(24, 1)
        );
        assert_eq!(
            product("d(1,2,3)", "d(1,2,3)", &[8, 8, 8]),
            Gaussian::ratio(40, 3)
        );
        let trace = Chain {
            ends: None,
            gluons: vec![-20, -20],
        };
        assert_eq!(scalar(Gaussian::one(), vec![trace]), Gaussian::ratio(4, 1));
    }

    #[test]
    fn the_jacobi_identity_holds() {
        // f^{e a b} f^{e c d} + cyclic = 0, contracted with every pairing
        let reps = [8, 8, 8, 8];
        let cyclic = [
            "f(-1,1,2)*f(-1,3,4)",
            "f(-1,2,3)*f(-1,1,4)",
            "f(-1,3,1)*f(-1,2,4)",
        ];
        let mut sum: Vec<(Gaussian, ColourTensor)> = vec![];
        for text in cyclic {
            for (c, t) in parse_structure(text, &reps).unwrap() {
                for (c2, t2, _) in contract(c, t) {
                    match sum.iter_mut().find(|(_, s)| *s == t2) {
                        Some(found) => found.0 = found.0 + c2,
                        None => sum.push((c2, t2)),
                    }
                }
            }
        }
        assert!(
            !sum.is_empty() && sum.iter().all(|(c, _)| c.is_zero()),
            "{sum:?}"
        );
    }

    #[test]
    fn commutator_gives_structure_constants() {
        // tr([T^a, T^b] T^c) = i f^{abc} / 2, contracted with f^{abc}: i 24 / 2
        let reps = [8, 8, 8];
        let mut sum = Gaussian::ratio(0, 1);
        for (order, sign) in [([0, 1, 2], 1), ([1, 0, 2], -1)] {
            let gluons = order
                .iter()
                .map(|&k| crate::colour::structure::slot_index(k))
                .collect();
            for (c, t) in parse_structure("f(1,2,3)", &reps).unwrap() {
                let mut chains = t.chains.clone();
                chains.push(Chain {
                    ends: None,
                    gluons: Vec::clone(&gluons),
                });
                sum = sum + scalar(c * Gaussian::ratio(sign, 1), chains);
            }
        }
        assert_eq!(sum, Gaussian::imaginary(12, 1));
    }
}
