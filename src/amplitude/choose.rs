//! Which operation computes a vertex, from its shape and from what can be non-zero.
//!
//! Knows shapes and components; knows no process and no helicity. `None` where the vertex
//! vanishes by chirality.

use super::graph::{BOTH, Detail, LOWER, Nodes, Op, UPPER};
use super::operations::Operation;
use super::vertex::Shape;
use num_complex::Complex64;

/// An operation, the number its couplings were divided by, and the halves of the result
/// that can be non-zero.
pub(crate) type Choice = (Op, Complex64, u8);

/// The operation of a shape with `slot[k]` in slot k and `out` open; `parts` are the halves
/// of a node that can be non-zero.
///
/// # Panics
/// For a tensor, which has no operation of its own.
pub(crate) fn operation(
    shape: &Shape,
    out: usize,
    slot: &[Option<u32>],
    parts: &dyn Fn(u32) -> u8,
) -> Option<Choice> {
    let at = |s: usize| slot[s].expect("every slot but the open one is filled");
    match *shape {
        Shape::FermionVector {
            row,
            column,
            left,
            right,
        } => {
            let vector = 3 - row - column;
            if out == vector {
                let (r, c) = (at(row), at(column));
                // L joins barred lower with upper, R barred upper with lower.
                let can = swapped(parts(r)) & parts(c);
                chiral(Operation::FFV, [r, c], can, [left, right]).map(|(o, s, _)| (o, s, BOTH))
            } else if out == row {
                let nodes = [at(column), at(vector)];
                let can = parts(nodes[0]);
                chiral(Operation::FVI, nodes, can, [left, right])
                    .map(|(o, s, p)| (o, s, swapped(p)))
            } else {
                let nodes = [at(row), at(vector)];
                // Columns of P_L are the upper ones: fed by the lower half.
                let can = swapped(parts(nodes[0]));
                chiral(Operation::FVO, nodes, can, [left, right])
            }
        }
        Shape::FermionScalar {
            row,
            column,
            left,
            right,
        } => {
            let scalar = 3 - row - column;
            if out == scalar {
                let (r, c) = (at(row), at(column));
                let can = parts(r) & parts(c);
                chiral(Operation::FFS, [r, c], can, [left, right]).map(|(o, s, _)| (o, s, BOTH))
            } else {
                let f = at(if out == row { column } else { row });
                chiral(Operation::FS, [f, at(scalar)], parts(f), [left, right])
            }
        }
        Shape::ThreeVector { g } => {
            let (a, b) = (at((out + 1) % 3), at((out + 2) % 3));
            // Antisymmetric: one order of the children stands for both.
            let (a, b, sign) = if a <= b { (a, b, 1.0) } else { (b, a, -1.0) };
            Some((Op::plain(Operation::VVV, &[a, b]), g * sign, BOTH))
        }
        Shape::FourVector { c } => Some((contact(out, slot, c), 1.0.into(), BOTH)),
        Shape::VectorPair { vectors, g } => {
            let is_scalar = |s: &usize| !vectors.contains(s) && *s != out;
            let scalars = (0..slot.len()).filter(is_scalar).filter_map(|s| slot[s]);
            let (operation, mut nodes) = if vectors.contains(&out) {
                let vector = at(vectors[usize::from(vectors[0] == out)]);
                ([Operation::VSV, Operation::VSSV], vec![vector])
            } else {
                let (a, b) = (at(vectors[0]), at(vectors[1]));
                ([Operation::VVS, Operation::VVSS], vec![a.min(b), a.max(b)])
            };
            nodes.extend(scalars);
            // A vertex has three legs or four.
            let operation = operation[nodes.len() - 2];
            Some((Op::plain(operation, &nodes), g, BOTH))
        }
        Shape::Scalars { g } => {
            let mut nodes: Vec<u32> = slot.iter().flatten().copied().collect();
            nodes.sort_unstable();
            let operation = [Operation::SSS, Operation::SSSS][nodes.len() - 2];
            Some((Op::plain(operation, &nodes), g, BOTH))
        }
        Shape::Generic { .. } => unreachable!("tensors are kept with the graph"),
    }
}

/// The vertex of four vectors; its scalar products get their nodes when all weights
/// are known.
fn contact(out: usize, slot: &[Option<u32>], c: [Complex64; 3]) -> Op {
    // The coefficient of g_{out,x} g_{yz} belongs to x.
    let pairing = |x: usize| match (out.min(x), out.max(x)) {
        (0, 1) | (2, 3) => c[0],
        (0, 2) | (1, 3) => c[1],
        _ => c[2],
    };
    let filled = (0..slot.len()).filter_map(|s| slot[s].map(|n| (n, pairing(s))));
    let mut list: Vec<(u32, Complex64)> = filled.collect();
    list.sort_by_key(|x| x.0);
    let vectors: [u32; 3] = std::array::from_fn(|k| list[k].0);
    Op {
        operation: Operation::VVVV,
        nodes: Nodes::new(&vectors),
        detail: Detail::Weights(Box::new(std::array::from_fn(|k| list[k].1))),
    }
}

/// Halves with upper and lower exchanged.
fn swapped(parts: u8) -> u8 {
    (parts & UPPER) << 1 | parts >> 1
}

/// An operation with those chiralities that can contribute and do; its scale is the
/// coupling of the first.
fn chiral(
    operation: Operation,
    nodes: [u32; 2],
    can: u8,
    [left, right]: [Complex64; 2],
) -> Option<Choice> {
    let l = can & UPPER != 0 && left.norm() > 0.0;
    let r = can & LOWER != 0 && right.norm() > 0.0;
    let (parts, scale, ratio) = match (l, r) {
        (false, false) => return None,
        (true, false) => (UPPER, left, 0.0.into()),
        (false, true) => (LOWER, right, 1.0.into()),
        (true, true) => (BOTH, left, tidy(right / left)),
    };
    Some((Op::chiral(operation, nodes, parts, ratio), scale, parts))
}

/// Rounds away the last bits, so that equal ratios compare equal.
pub(crate) fn tidy(z: Complex64) -> Complex64 {
    let snap = |x: f64| {
        let rounded = x.round();
        if (x - rounded).abs() < 1e-14 {
            rounded + 0.0
        } else {
            x
        }
    };
    Complex64::new(snap(z.re), snap(z.im))
}
