//! Fermions that meet a vertex against its arrows, and functions of momenta as factors.
//!
//! A structure has a row, `psibar`, in one slot and a column, `psi`, in another. A particle
//! that is its own antiparticle, or a vertex that violates fermion number, brings
//! what is the other: it is turned by `psi = C psibar^T`, `psibar = (C^-1 psi)^T`, or the
//! whole vertex is, as `C Gamma^T C^-1`. Signs of anticommuting fields are those of the
//! slots and have been taken. Knows the graph; knows no momenta.
//! Source: Denner, Eck, Hahn, Kueblbeck, Nucl. Phys. B387 (1992) 467.

use super::dag::Builder;
use super::graph::{Detail, Kind, LOWER, Node, Op, Source, UPPER};
use super::lorentz::{LineDirection, MAX_SLOTS};
use super::momentum_function::MomentumFunction;
use super::operations::Operation;
use super::recursion::Term;
use num_complex::Complex64;

/// What a vertex makes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Made {
    /// A current of this kind.
    Current(Kind),
    /// What a current is contracted with; it is of this kind.
    Closed(Kind),
}

impl Made {
    fn kind(self) -> Kind {
        match self {
            Self::Current(kind) | Self::Closed(kind) => kind,
        }
    }
}

/// Whether a spinor is not what a slot with this direction takes.
fn is_against(direction: LineDirection, kind: Kind) -> bool {
    matches!(
        (direction, kind),
        (LineDirection::Against, Kind::Spinor | Kind::VectorSpinor)
            | (LineDirection::Along, Kind::Barred | Kind::VectorBarred)
    )
}

impl Builder<'_> {
    /// Number of fermions of a vertex, with the one that it makes, that stand against its
    /// arrows.
    pub(super) fn against_arrows(
        &self,
        term: &Term,
        slot: &[Option<u32>; MAX_SLOTS],
        made: Made,
    ) -> usize {
        let directions = &self.coloured.parts[term.part].directions;
        let against = |s: &usize| match slot[*s] {
            Some(node) => is_against(directions[*s], self.nodes[node as usize].kind),
            // A row is open where a column is made.
            None if *s == usize::from(term.out_slot) => {
                is_against(directions[*s], made.kind().other_side())
            }
            None => false,
        };
        (0..MAX_SLOTS).filter(against).count()
    }

    /// A vertex with `n` fermions against its arrows: turned as a whole where that is all
    /// of them, else they are turned one by one.
    pub(super) fn turned_vertex(
        &mut self,
        term: &Term,
        slot: &mut [Option<u32>; MAX_SLOTS],
        made: Made,
        n: usize,
    ) -> Option<(Op, Complex64, u8)> {
        let coloured = self.coloured;
        let part = &coloured.parts[term.part];
        let out = usize::from(term.out_slot);
        let is_open = part.directions[out] != LineDirection::None;
        if let (2, Some(shape)) = (n, part.shape.turned()) {
            let (op, scale, parts) = self.operation(term, &shape, slot)?;
            // A number changes its sign: C is antisymmetric.
            let is_current = is_open && matches!(made, Made::Current(_));
            return Some((op, if is_current { scale } else { -scale }, parts));
        }
        let mut sign = 1.0;
        for s in 0..MAX_SLOTS {
            let Some(node) = slot[s] else { continue };
            let Node {
                kind, parts, set, ..
            } = self.nodes[node as usize];
            if is_against(part.directions[s], kind) {
                sign *= sign_of_turn(kind);
                let op = Op::conjugate(node, parts);
                slot[s] = Some(self.node(op, parts, kind.other_side(), set));
            }
        }
        let (op, scale, parts) = self.operation(term, &part.shape, slot)?;
        let kind = made.kind();
        if !is_against(part.directions[out], kind.other_side()) {
            return Some((op, scale * sign, parts));
        }
        let own = kind.other_side();
        sign *= sign_of_turn(own);
        if let Made::Closed(_) = made {
            sign = -sign;
        }
        let set = self.legs(slot);
        let node = self.node(op, parts, own, set);
        Some((Op::conjugate(node, parts), scale * sign, parts))
    }

    /// All legs that flow in.
    fn legs(&self, slot: &[Option<u32>; MAX_SLOTS]) -> crate::diagram::LegSet {
        let sets = slot.iter().flatten().map(|n| self.nodes[*n as usize].set);
        sets.fold(0, |all, set| all | set)
    }

    /// What a vertex makes times a function of the momenta at it.
    pub(super) fn times_function(
        &mut self,
        function: &MomentumFunction,
        out_slot: u8,
        slot: &[Option<u32>; MAX_SLOTS],
        op: Op,
        parts: u8,
        made: Made,
    ) -> Op {
        let all = self.legs(slot);
        let n_slots = (slot.iter().rposition(Option::is_some))
            .map_or(0, |last| last + 1)
            .max(usize::from(out_slot) + 1);
        let momentum = |s: usize| match slot[s] {
            Some(node) => (self.nodes[node as usize].set, false),
            None => (all, true),
        };
        let momenta: Vec<_> = (0..n_slots).map(momentum).collect();
        let known = self.functions.iter().position(|f| f == function);
        let number = known.unwrap_or_else(|| {
            self.functions.push(function.clone());
            self.functions.len() - 1
        });
        let mut key = vec![2, number as u64];
        key.extend(
            momenta
                .iter()
                .flat_map(|m| [u64::from(m.0), u64::from(m.1)]),
        );
        let value = self.share(
            key,
            Node {
                kind: Kind::Scalar,
                parts: UPPER | LOWER,
                set: all,
                source: Source::Function {
                    function: number as u32,
                    momenta,
                },
            },
        );
        let op = match &op.detail {
            Detail::Weights(weights) => {
                let vectors = std::array::from_fn(|k| op.nodes.as_slice()[k]);
                self.three_vectors(vectors, **weights)
            }
            _ => op,
        };
        let kind = made.kind();
        let vertex = self.node(op, parts, kind, all);
        match kind {
            Kind::Scalar => Op::plain(Operation::SSS, &[vertex.min(value), vertex.max(value)]),
            Kind::Vector | Kind::VectorSpinor | Kind::VectorBarred | Kind::Tensor => {
                Op::plain(Operation::VSV, &[vertex, value])
            }
            Kind::Spinor | Kind::Barred => {
                Op::chiral(Operation::FS, [vertex, value], parts, 1.0.into())
            }
        }
    }
}

/// `C` makes a column of a row, `C^-1 = -C` a row of a column.
fn sign_of_turn(kind: Kind) -> f64 {
    match kind {
        Kind::Spinor | Kind::VectorSpinor => -1.0,
        _ => 1.0,
    }
}
