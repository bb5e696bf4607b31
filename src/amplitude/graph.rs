//! The graph of shared numeric nodes: its parts, and removing what nothing needs.
//!
//! Knows components and operations; knows no model, no momenta and no
//! instruction set.

use super::lorentz::MAX_SLOTS;
use super::operations::Operation;
use crate::diagram::{LegSet, Polarisation};
use num_complex::Complex64;

/// Upper (left-handed, for an unbarred spinor) two components.
pub(crate) const UPPER: u8 = 1;
/// Lower two components.
pub(crate) const LOWER: u8 = 2;
/// All four of a Dirac spinor, and all components of anything else.
pub(crate) const BOTH: u8 = UPPER | LOWER;

/// What the components of a node mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Scalar,
    /// Spinor (column).
    Spinor,
    /// Barred spinor (row).
    Barred,
    Vector,
    /// Spin 3/2: four spinors, one for each vector index.
    VectorSpinor,
    /// Four barred spinors.
    VectorBarred,
    /// Spin 2: sixteen components, the second index runs first.
    Tensor,
}

impl Kind {
    /// The kind that a current of this one is contracted with.
    pub(crate) fn other_side(self) -> Self {
        match self {
            Self::Spinor => Self::Barred,
            Self::Barred => Self::Spinor,
            Self::VectorSpinor => Self::VectorBarred,
            Self::VectorBarred => Self::VectorSpinor,
            same => same,
        }
    }

    /// Whether it has sixteen components: four for each value of the first vector index.
    pub(crate) fn is_wide(self) -> bool {
        matches!(self, Self::VectorSpinor | Self::VectorBarred | Self::Tensor)
    }

    /// Number of groups of up to four components that are computed one by one.
    pub(crate) fn n_slices(self) -> u32 {
        if self.is_wide() { 4 } else { 1 }
    }

    /// Components that a node stores, of which `parts` can be non-zero.
    pub(crate) fn n_components(self, parts: u8) -> usize {
        match self {
            Self::Scalar => 1,
            Self::Vector => 4,
            Self::Spinor | Self::Barred => 2 * parts.count_ones() as usize,
            Self::VectorSpinor | Self::VectorBarred | Self::Tensor => 16,
        }
    }
}

/// A reference to a node, times a constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scaled {
    pub(crate) node: u32,
    pub(crate) factor: Complex64,
}

/// A vertex with its couplings reduced to ratios.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Op {
    pub(crate) operation: Operation,
    pub(crate) nodes: Nodes,
    pub(crate) detail: Detail,
}

/// What an operation needs beside its nodes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Detail {
    /// Nothing.
    None,
    /// Which chiralities there are (those of the left-handed coupling are
    /// [`UPPER`]), and the right-handed coupling over the left-handed one.
    Chiral { parts: u8, r: Complex64 },
    /// Weights of the three vectors of [`Operation::VVVV`]. Its nodes are the vectors
    /// a, b, c and the scalar products b.c, a.c and a.b.
    Weights(Box<[Complex64; 3]>),
    /// Entry of [`Dag::generic`], its open slot, and the slots of the nodes.
    Slots {
        part: u32,
        out_slot: u8,
        slots: [u8; MAX_SLOTS],
    },
}

/// Up to [`MAX_SLOTS`] node numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Nodes {
    list: [u32; MAX_SLOTS],
    n: u8,
}

impl Nodes {
    /// # Panics
    /// For more than [`MAX_SLOTS`] nodes.
    pub fn new(nodes: &[u32]) -> Self {
        let mut list = [0; MAX_SLOTS];
        list[..nodes.len()].copy_from_slice(nodes);
        Self {
            list,
            n: nodes.len() as u8,
        }
    }

    pub(crate) fn as_slice(&self) -> &[u32] {
        &self.list[..usize::from(self.n)]
    }

    fn as_mut_slice(&mut self) -> &mut [u32] {
        &mut self.list[..usize::from(self.n)]
    }
}

impl Op {
    /// An operation that needs nothing but its nodes.
    pub(crate) fn plain(operation: Operation, nodes: &[u32]) -> Self {
        Self {
            operation,
            nodes: Nodes::new(nodes),
            detail: Detail::None,
        }
    }

    /// The charge conjugate of a spinor without its sign: `C psi`.
    pub(crate) fn conjugate(node: u32, parts: u8) -> Self {
        let detail = Detail::Chiral {
            parts,
            r: 1.0.into(),
        };
        Self {
            operation: Operation::FC,
            nodes: Nodes::new(&[node]),
            detail,
        }
    }

    /// An operation with left- and right-handed couplings.
    pub(crate) fn chiral(operation: Operation, nodes: [u32; 2], parts: u8, r: Complex64) -> Self {
        Self {
            operation,
            nodes: Nodes::new(&nodes),
            detail: Detail::Chiral { parts, r },
        }
    }

    /// A vertex given by a tensor of [`Dag::generic`]; children are slots and nodes.
    pub(crate) fn tensor(part: usize, out_slot: u8, children: &[(u8, u32)]) -> Self {
        let mut slots = [0; MAX_SLOTS];
        let mut nodes = [0; MAX_SLOTS];
        for (k, &(slot, node)) in children.iter().enumerate() {
            (slots[k], nodes[k]) = (slot, node);
        }
        Self {
            operation: Operation::Tensor,
            nodes: Nodes::new(&nodes[..children.len()]),
            detail: Detail::Slots {
                part: part as u32,
                out_slot,
                slots,
            },
        }
    }
}

/// What two legs without colour, one of which has mass, exchange without a mass. Its square
/// and its current would lose all digits close to the beam.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PhotonExchange {
    /// The incoming and the outgoing leg.
    pub(crate) legs: [usize; 2],
    pub(crate) conserved: Conserved,
}

/// Where the current that a photon meets is conserved, or may be taken for it, so that a
/// multiple of the photon's momentum can be added to the current of the two legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conserved {
    Always,
    /// Where propagators between the incoming legs have no width.
    WithoutWidths,
    Never,
}

/// Numerator and denominator of a propagator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pole {
    pub(crate) set: LegSet,
    /// With its sign, which numerators of fermions have.
    pub(crate) mass: f64,
    pub(crate) width: f64,
    /// Whether a vector with mass has the numerator of unitary gauge.
    pub(crate) unitary: bool,
    pub(crate) t_channel: bool,
    /// Of a photon that an incoming and an outgoing leg exchange with the others.
    pub(crate) photon: Option<PhotonExchange>,
    /// Whether the numerator is a vertex that comes before: only the denominator is left.
    pub(crate) bare: bool,
    /// Helicities in the sum over spins.
    pub(crate) polarisation: Polarisation,
}

impl Pole {
    /// Whether a multiple of the momentum may be taken from its current.
    pub(crate) fn loses_a_multiple(&self) -> bool {
        self.photon.is_some_and(|p| p.conserved != Conserved::Never)
    }
}

/// How a node is computed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// External wave function: leg and index of its helicity.
    Wave { leg: usize, helicity: i8 },
    /// A vertex.
    Vertex(Op),
    /// A function of momenta: entry of [`Dag::functions`], and for each slot the legs
    /// whose momentum flows in, or whose momentum does but for the sign.
    Function {
        function: u32,
        momenta: Vec<(LegSet, bool)>,
    },
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
    /// Factors of the configuration and of its mirror in the sum: those of polarised
    /// beams.
    pub(crate) weights: [f64; 2],
}

/// The graph of one matrix element.
#[derive(Clone, Debug)]
pub(crate) struct Dag {
    pub(crate) nodes: Vec<Node>,
    pub(crate) configurations: Vec<Configuration>,
    pub(crate) generic: Vec<super::lorentz::Tensor>,
    pub(crate) functions: Vec<super::momentum_function::MomentumFunction>,
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
            functions: self.functions.clone(),
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
            Self::Wave { .. } | Self::Function { .. } => {}
            Self::Current { terms, .. } => terms.iter().for_each(|t| f(t.0)),
            Self::Vertex(op) => op.nodes.as_slice().iter().for_each(|&n| f(n)),
        }
    }

    /// The same, to change them.
    pub(crate) fn children(&mut self, f: &mut dyn FnMut(&mut u32)) {
        match self {
            Self::Wave { .. } | Self::Function { .. } => {}
            Self::Current { terms, .. } => terms.iter_mut().for_each(|t| f(&mut t.0)),
            Self::Vertex(op) => op.nodes.as_mut_slice().iter_mut().for_each(f),
        }
    }
}

/// Writes an operation as words for the table of known nodes.
pub(crate) fn encode(op: &Op, key: &mut Vec<u64>) {
    key.push(op.operation as u64);
    key.extend(op.nodes.as_slice().iter().map(|&n| u64::from(n)));
    match &op.detail {
        Detail::None => {}
        Detail::Chiral { parts, r } => {
            key.push(u64::from(*parts));
            key.extend(bits(*r));
        }
        Detail::Weights(weights) => key.extend(weights.iter().flat_map(|w| bits(*w))),
        Detail::Slots {
            part,
            out_slot,
            slots,
        } => {
            key.extend([u64::from(*part), u64::from(*out_slot)]);
            key.push(u64::from_le_bytes(*slots));
        }
    }
}

/// A complex number as two words that compare exactly.
pub(crate) fn bits(z: Complex64) -> [u64; 2] {
    [z.re.to_bits(), z.im.to_bits()]
}
