//! Currents with propagators that are no instructions of their own.
//!
//! Knows the graph; knows no momenta.

use super::dag::{Builder, Sum};
use super::graph::{Kind, LOWER, Node, Op, Pole, Scaled, Source, UPPER};
use super::propagator::SpecialPropagator;
use crate::diagram::LegSet;
use num_complex::Complex64;

impl Builder<'_> {
    /// A current with its propagator, whose numerator is the tensor at `generic`.
    pub(super) fn special_current(
        &mut self,
        sum: Sum,
        (kind, set): (Kind, LegSet),
        pole: Pole,
        (propagator, generic): (&SpecialPropagator, usize),
    ) -> Option<Scaled> {
        let current = self.combine(sum, kind, set, None)?;
        let mut node = current.node;
        if propagator.numerator.is_some() {
            // A current is a column at the second leg, or a row at the first.
            let (open, filled) = match kind {
                Kind::Barred | Kind::VectorBarred => (1, 0),
                _ => (0, 1),
            };
            let op = Op::tensor(generic, open, &[(filled, node)]);
            node = self.node(op, UPPER | LOWER, kind, set);
        }
        for &[mass, width] in &propagator.poles {
            let parts = self.nodes[node as usize].parts;
            let key = vec![
                3,
                u64::from(set),
                kind as u64,
                mass.to_bits(),
                width.to_bits(),
                u64::from(node),
            ];
            let pole = Pole {
                mass,
                width,
                bare: true,
                photon: None,
                ..pole
            };
            let source = Source::Current {
                terms: vec![(node, 1.0.into())],
                pole: Some(pole),
            };
            let next = Node {
                kind,
                parts,
                set,
                source,
            };
            node = self.share(key, next);
        }
        let factor = Complex64::i() * propagator.factor * current.factor;
        Some(Scaled { node, factor })
    }
}
