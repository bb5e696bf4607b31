//! The graph of shared numeric nodes: its parts, and removing what nothing needs.
//!
//! Knows components and operations; knows no model, no momenta and no
//! instruction set.

use crate::diagram::LegSet;
use num_complex::Complex64;

/// Upper (left-handed, for an unbarred spinor) two components.
pub(crate) const UPPER: u8 = 1;
/// Lower two components.
pub(crate) const LOWER: u8 = 2;

/// What the components of a node mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Scalar,
    /// Spinor (column).
    Spinor,
    /// Barred spinor (row).
    Barred,
    Vector,
}

/// A reference to a node, times a constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scaled {
    pub(crate) node: u32,
    pub(crate) factor: Complex64,
}

/// A vertex with its couplings reduced to ratios; children are node numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    /// `row gamma^mu (P_L + r P_R) column`; `parts` says which chiralities.
    FermionsToVector {
        row: u32,
        column: u32,
        parts: u8,
        r: Complex64,
    },
    /// `Vslash (P_L + r P_R) psi`.
    SpinorVector {
        spinor: u32,
        vector: u32,
        parts: u8,
        r: Complex64,
    },
    /// `psibar Vslash (P_L + r P_R)`.
    BarredVector {
        barred: u32,
        vector: u32,
        parts: u8,
        r: Complex64,
    },
    /// `row (P_L + r P_R) column`.
    FermionsToScalar {
        row: u32,
        column: u32,
        parts: u8,
        r: Complex64,
    },
    /// `(P_L + r P_R) psi phi`, spinor or barred.
    FermionScalar {
        fermion: u32,
        scalar: u32,
        parts: u8,
        r: Complex64,
    },
    /// Yang-Mills vertex of two vectors, the third slot open.
    VectorsToVector { a: u32, b: u32 },
    /// `w0 (b.c) a + w1 (a.c) b + w2 (a.b) c` of vectors a, b, c; the scalar
    /// products are nodes, in this order.
    ThreeVectors {
        vectors: [u32; 3],
        dots: [u32; 3],
        weights: [Complex64; 3],
    },
    /// Product of two vectors, times up to two scalars.
    VectorsToScalar { a: u32, b: u32, scalar: Option<u32> },
    /// A vector times one or two scalars.
    VectorScalar {
        vector: u32,
        scalars: [Option<u32>; 2],
    },
    /// Product of two or three scalars.
    Scalars { list: [Option<u32>; 3] },
    /// Any other structure: index into [`Dag::generic`].
    Generic {
        part: usize,
        out_slot: u8,
        children: Vec<(u8, u32)>,
    },
}

/// Numerator and denominator of a propagator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pole {
    pub(crate) set: LegSet,
    pub(crate) mass: f64,
    pub(crate) width: f64,
    pub(crate) t_channel: bool,
    /// The incoming and the outgoing leg of a photon exchange, if it is one: what
    /// such legs exchange without a mass, where one of them has mass, and both
    /// have no colour. Its square and its current would lose all digits
    /// close to the beam.
    pub(crate) photon: Option<[usize; 2]>,
}

/// How a node is computed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// External wave function: leg and index of its helicity.
    Wave { leg: usize, helicity: i8 },
    /// A vertex.
    Vertex(Op),
    /// A sum of vertices, times a propagator unless amputated.
    Current {
        terms: Vec<(u32, Complex64)>,
        pole: Option<Pole>,
    },
}

/// One node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Which halves of a spinor can be non-zero.
    pub(crate) parts: u8,
    /// Legs whose momentum the node carries.
    pub(crate) set: LegSet,
    pub(crate) source: Source,
}

/// A product of two nodes (currents against amputated currents).
pub(crate) type Pair = (u32, u32);

/// One helicity configuration and its amplitudes.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    /// Helicities leg by leg: twice the spin projection for fermions, else -1, 0, 1.
    pub(crate) helicities: Vec<i8>,
    /// Products needed.
    pub(crate) pairs: Vec<Pair>,
    /// For every flow and order: product number and factor, `[n_flow * n_order]`.
    pub(crate) sums: Vec<Vec<(u32, Complex64)>>,
    /// Row of the results.
    pub(crate) row: usize,
    /// Row of the configuration with all helicities reversed, where it has the
    /// same value and is not computed.
    pub(crate) mirror: Option<usize>,
}

/// The graph of one matrix element.
#[derive(Clone, Debug)]
pub(crate) struct Dag {
    pub(crate) nodes: Vec<Node>,
    pub(crate) configurations: Vec<Configuration>,
    pub(crate) generic: Vec<super::lorentz::Tensor>,
}

impl Dag {
    /// What one configuration needs, in rows of its own.
    pub(crate) fn restricted_to(&self, configuration: usize) -> Self {
        let mut only = self.configurations[configuration].clone();
        only.row = 0;
        only.mirror = only.mirror.map(|_| 1);
        only.drop_unused_products();
        let needed = self.needed([&only]);
        let kept = |(node, needed): (&Node, &bool)| needed.then(|| node.clone());
        let mut graph = Self {
            nodes: self.nodes.iter().zip(&needed).filter_map(kept).collect(),
            configurations: vec![only],
            generic: self.generic.clone(),
        };
        graph.renumber(&needed);
        graph
    }

    /// Which nodes some configurations need, all their products counted.
    pub(crate) fn needed<'c>(
        &self,
        configurations: impl IntoIterator<Item = &'c Configuration>,
    ) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        for &(a, b) in configurations.into_iter().flat_map(|c| &c.pairs) {
            needed[a as usize] = true;
            needed[b as usize] = true;
        }
        for k in (0..self.nodes.len()).rev() {
            if needed[k] {
                self.nodes[k]
                    .source
                    .for_each_child(&mut |n| needed[n as usize] = true);
            }
        }
        needed
    }

    /// Removes nodes that no configuration needs.
    pub(crate) fn drop_unused(&mut self) {
        for c in &mut self.configurations {
            c.drop_unused_products();
        }
        let needed = self.needed(&self.configurations);
        let mut keep = needed.iter();
        self.nodes.retain(|_| *keep.next().expect("same length"));
        self.renumber(&needed);
    }

    /// Numbers of nodes after only some of the old ones were kept.
    fn renumber(&mut self, kept: &[bool]) {
        let mut next = 0;
        let place: Vec<u32> = kept
            .iter()
            .map(|&kept| {
                let at = next;
                next += u32::from(kept);
                at
            })
            .collect();
        for node in &mut self.nodes {
            node.source.children(&mut |n| *n = place[*n as usize]);
        }
        for pair in self.configurations.iter_mut().flat_map(|c| &mut c.pairs) {
            *pair = (place[pair.0 as usize], place[pair.1 as usize]);
        }
    }
}

impl Configuration {
    /// Removes products that no sum uses.
    fn drop_unused_products(&mut self) {
        let mut used = vec![false; self.pairs.len()];
        let terms = self.sums.iter().flatten();
        terms.for_each(|t| used[t.0 as usize] = true);
        let mut place = vec![0; used.len()];
        let mut pairs = Vec::with_capacity(used.len());
        for (k, &u) in used.iter().enumerate() {
            place[k] = pairs.len() as u32;
            if u {
                pairs.push(self.pairs[k]);
            }
        }
        self.pairs = pairs;
        let terms = self.sums.iter_mut().flatten();
        terms.for_each(|t| t.0 = place[t.0 as usize]);
    }
}

impl Source {
    /// Visits the nodes that this one is computed from.
    pub(crate) fn for_each_child(&self, f: &mut dyn FnMut(u32)) {
        match self {
            Self::Wave { .. } => {}
            Self::Current { terms, .. } => terms.iter().for_each(|t| f(t.0)),
            Self::Vertex(op) => op.clone().children(&mut |c| f(*c)),
        }
    }

    /// The same, to change them.
    pub(crate) fn children(&mut self, f: &mut dyn FnMut(&mut u32)) {
        match self {
            Self::Wave { .. } => {}
            Self::Current { terms, .. } => terms.iter_mut().for_each(|t| f(&mut t.0)),
            Self::Vertex(op) => op.children(f),
        }
    }
}

impl Op {
    fn children(&mut self, f: &mut dyn FnMut(&mut u32)) {
        match self {
            Self::FermionsToVector {
                row: a, column: b, ..
            }
            | Self::SpinorVector {
                spinor: a,
                vector: b,
                ..
            }
            | Self::BarredVector {
                barred: a,
                vector: b,
                ..
            }
            | Self::FermionsToScalar {
                row: a, column: b, ..
            }
            | Self::FermionScalar {
                fermion: a,
                scalar: b,
                ..
            }
            | Self::VectorsToVector { a, b } => {
                f(a);
                f(b);
            }
            Self::ThreeVectors { vectors, dots, .. } => {
                vectors.iter_mut().for_each(&mut *f);
                dots.iter_mut().for_each(f);
            }
            Self::VectorsToScalar { a, b, scalar } => {
                f(a);
                f(b);
                scalar.iter_mut().for_each(f);
            }
            Self::VectorScalar { vector, scalars } => {
                f(vector);
                scalars.iter_mut().flatten().for_each(f);
            }
            Self::Scalars { list } => list.iter_mut().flatten().for_each(f),
            Self::Generic { children, .. } => children.iter_mut().for_each(|c| f(&mut c.1)),
        }
    }
}

/// Writes an operation as words for the table of known nodes.
pub(crate) fn encode(op: &Op, key: &mut Vec<u64>) {
    let none = u64::MAX;
    let opt = |o: &Option<u32>| o.map_or(none, u64::from);
    let (tag, words): (u64, Vec<u64>) = match op {
        Op::FermionsToVector {
            row: a,
            column: b,
            parts,
            r,
        }
        | Op::SpinorVector {
            spinor: a,
            vector: b,
            parts,
            r,
        }
        | Op::BarredVector {
            barred: a,
            vector: b,
            parts,
            r,
        }
        | Op::FermionsToScalar {
            row: a,
            column: b,
            parts,
            r,
        }
        | Op::FermionScalar {
            fermion: a,
            scalar: b,
            parts,
            r,
        } => {
            let tag = match op {
                Op::FermionsToVector { .. } => 0,
                Op::SpinorVector { .. } => 1,
                Op::BarredVector { .. } => 2,
                Op::FermionsToScalar { .. } => 3,
                _ => 4,
            };
            let [re, im] = bits(*r);
            (tag, vec![(*a).into(), (*b).into(), (*parts).into(), re, im])
        }
        Op::VectorsToVector { a, b } => (5, vec![(*a).into(), (*b).into()]),
        Op::ThreeVectors {
            vectors, weights, ..
        } => {
            let mut words: Vec<u64> = vectors.iter().map(|&n| n.into()).collect();
            words.extend(weights.iter().flat_map(|w| bits(*w)));
            (6, words)
        }
        Op::VectorsToScalar { a, b, scalar } => (7, vec![(*a).into(), (*b).into(), opt(scalar)]),
        Op::VectorScalar { vector, scalars } => (
            8,
            vec![(*vector).into(), opt(&scalars[0]), opt(&scalars[1])],
        ),
        Op::Scalars { list } => (9, list.iter().map(opt).collect()),
        Op::Generic {
            part,
            out_slot,
            children,
        } => {
            let mut words = vec![*part as u64, (*out_slot).into()];
            words.extend(
                children
                    .iter()
                    .flat_map(|c| [u64::from(c.0), u64::from(c.1)]),
            );
            (10, words)
        }
    };
    key.push(tag);
    key.extend(words);
}

/// A complex number as two words that compare exactly.
pub(crate) fn bits(z: Complex64) -> [u64; 2] {
    [z.re.to_bits(), z.im.to_bits()]
}
