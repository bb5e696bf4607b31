//! Turns nodes of a graph into instructions, as the table of operations says.
//!
//! Knows nodes, places and operations; knows no lanes.

use super::graph::{BOTH, Conserved, Dag, Detail, Kind, LOWER, Node, Op, Pole, Source, UPPER};
use super::operations::{Opcode, OperandKind, Operation};
use super::program::{
    ContactVVVV, ExternalWave, FunctionCall, Instruction, Place, Product, ProductKind,
    ProgramConfiguration, Tables, TensorCall,
};
use super::schedule::Schedule;
use super::tensor_code::{Child, TensorCode};
use super::transverse::transverse;
use crate::diagram::Polarisation;
use num_complex::Complex64;
use rustc_hash::FxHashMap;

/// Tensor, open slot, other legs and which four components of the open one: what the code of a tensor depends on.
type CodeKey = (u32, u8, Vec<Child>, u32);

/// Collects the instructions of a program.
pub(crate) struct Encoder<'a> {
    dag: &'a Dag,
    schedule: &'a Schedule,
    transverse: Vec<bool>,
    /// Which four components of nodes that have sixteen.
    slice: u32,
    pub(crate) tables: Tables,
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) waves: Vec<ExternalWave>,
    pub(crate) contacts: Vec<ContactVVVV>,
    pub(crate) constants: Vec<Complex64>,
    pub(crate) tensor_calls: Vec<TensorCall>,
    pub(crate) tensor_codes: Vec<TensorCode>,
    pub(crate) function_calls: Vec<FunctionCall>,
    code_of: FxHashMap<CodeKey, usize>,
    pub(crate) configurations: Vec<ProgramConfiguration>,
    pub(crate) products: Vec<Product>,
    pub(crate) offsets: Vec<u32>,
    pub(crate) n_products: usize,
}

impl<'a> Encoder<'a> {
    pub fn new(dag: &'a Dag, schedule: &'a Schedule, tables: Tables) -> Self {
        Self {
            dag,
            schedule,
            transverse: transverse(dag),
            slice: 0,
            tables,
            instructions: vec![],
            waves: vec![],
            contacts: vec![],
            constants: vec![],
            tensor_calls: vec![],
            tensor_codes: vec![],
            function_calls: vec![],
            code_of: FxHashMap::default(),
            configurations: vec![],
            products: vec![],
            offsets: vec![],
            n_products: 0,
        }
    }

    fn at(&self, node: u32) -> &'a Node {
        &self.dag.nodes[node as usize]
    }

    fn place(&self, node: u32) -> Place {
        Place(self.schedule.place[node as usize])
    }

    /// Place of a node, or of its four components of the current slice.
    fn part(&self, node: u32) -> Place {
        self.sliced(self.at(node).kind, self.place(node))
    }

    fn sliced(&self, kind: Kind, place: Place) -> Place {
        Place(place.0 + if kind.is_wide() { 4 * self.slice } else { 0 })
    }

    /// Place of one half of a spinor, or of the whole where `half` is both.
    fn half(&self, node: u32, half: u8) -> Place {
        if self.at(node).kind.is_wide() {
            return self.part(node);
        }
        let stored = self.at(node).parts;
        debug_assert_eq!(stored & half, half, "a half that is not there");
        let skip = half == LOWER && stored == (UPPER | LOWER);
        Place(self.place(node).0 + if skip { 2 } else { 0 })
    }

    fn push(&mut self, opcode: Opcode, operands: &[u32], x: f64) {
        let mut list = [0; 4];
        list[..operands.len()].copy_from_slice(operands);
        self.instructions.push(Instruction {
            opcode,
            real_pole: false,
            operands: list,
            x,
        });
    }

    fn constant(&mut self, z: Complex64) -> u32 {
        let found = self.constants.iter().position(|n| *n == z);
        found.unwrap_or_else(|| {
            self.constants.push(z);
            self.constants.len() - 1
        }) as u32
    }

    /// Instructions of one node.
    pub(crate) fn node(&mut self, k: u32) {
        let node = self.at(k);
        let out = self.place(k);
        match &node.source {
            &Source::Wave { leg, helicity } => {
                self.tables.momentum(1 << leg);
                self.push(Opcode::Wave, &[self.waves.len() as u32], 0.0);
                self.waves.push(ExternalWave {
                    leg,
                    helicity,
                    kind: node.kind,
                    parts: node.parts,
                    out,
                });
            }
            Source::Function { function, momenta } => {
                let call = FunctionCall {
                    function: *function as usize,
                    momenta: momenta
                        .iter()
                        .map(|&(set, reversed)| (self.tables.momentum(set), reversed))
                        .collect(),
                    out,
                };
                self.push(Opcode::Function, &[self.function_calls.len() as u32], 0.0);
                self.function_calls.push(call);
            }
            Source::Vertex(_) | Source::Current { .. } => {
                for slice in 0..node.kind.n_slices() {
                    self.slice = slice;
                    self.computed(k);
                }
                self.slice = 0;
            }
        }
    }

    /// Instructions of the current slice of a vertex or a sum.
    fn computed(&mut self, k: u32) {
        let node = self.at(k);
        let out = self.part(k);
        match &node.source {
            Source::Vertex(op) => {
                self.vertex(op, 1.0);
                self.store(node, out);
            }
            Source::Current { terms, pole } => {
                let mut parts = 0;
                for &(c, factor) in terms {
                    parts |= self.at(c).parts;
                    match &self.at(c).source {
                        Source::Vertex(op) if self.schedule.fused[c as usize] => {
                            self.vertex(op, factor.re);
                        }
                        _ => self.load(c, factor),
                    }
                }
                match pole {
                    Some(pole) => self.propagate(k, *pole, parts, out),
                    None => self.store(node, out),
                }
            }
            Source::Wave { .. } | Source::Function { .. } => {
                unreachable!("these have instructions of their own")
            }
        }
    }

    fn load(&mut self, child: u32, factor: Complex64) {
        let node = self.at(child);
        let opcodes = match (node.kind, node.parts) {
            (Kind::Scalar, _) => [Opcode::LoadScalar, Opcode::ScaleScalar],
            (Kind::Spinor | Kind::Barred, UPPER) => [Opcode::LoadUpper, Opcode::ScaleUpper],
            (Kind::Spinor | Kind::Barred, LOWER) => [Opcode::LoadLower, Opcode::ScaleLower],
            _ => [Opcode::LoadFour, Opcode::ScaleFour],
        };
        let at = self.part(child).0;
        if factor.im == 0.0 {
            self.push(opcodes[0], &[at], factor.re);
        } else {
            let constant = self.constant(factor);
            self.push(opcodes[1], &[at, constant], 0.0);
        }
    }

    fn store(&mut self, node: &Node, out: Place) {
        let opcode = match (node.kind, node.parts) {
            (Kind::Scalar, _) => Opcode::StoreScalar,
            (Kind::Spinor | Kind::Barred, UPPER) => Opcode::StoreUpper,
            (Kind::Spinor | Kind::Barred, LOWER) => Opcode::StoreLower,
            _ => Opcode::StoreFour,
        };
        self.push(opcode, &[out.0], 0.0);
    }

    fn propagate(&mut self, node: u32, pole: Pole, parts: u8, out: Place) {
        let (number, node) = (node as usize, self.at(node));
        let (mut momentum, at) = self.tables.pole(pole);
        let massive = pole.mass != 0.0;
        let opcode = match (node.kind, parts, massive) {
            (Kind::Scalar, ..) => Opcode::PropagateScalar,
            _ if pole.bare => Opcode::PropagateVector,
            (Kind::Vector, ..) if !pole.polarisation.is_any() => polarised(pole.polarisation),
            (Kind::Vector, _, true) if pole.unitary && !self.transverse[number] => {
                Opcode::PropagateMassive
            }
            (Kind::Vector, ..) if pole.loses_a_multiple() => {
                if pole
                    .photon
                    .is_some_and(|p| p.conserved == Conserved::WithoutWidths)
                {
                    momentum = self.tables.without_widths(momentum);
                }
                if pole.set.count_ones() == 2 {
                    Opcode::PropagatePhoton
                } else {
                    Opcode::PropagateToPhoton
                }
            }
            (Kind::Vector, ..) => Opcode::PropagateVector,
            (Kind::Spinor, UPPER, false) => Opcode::PropagateInUpper,
            (Kind::Spinor, LOWER, false) => Opcode::PropagateInLower,
            (Kind::Spinor, _, false) => Opcode::PropagateIn,
            (Kind::Spinor, UPPER, true) => Opcode::PropagateInUpperMassive,
            (Kind::Spinor, LOWER, true) => Opcode::PropagateInLowerMassive,
            (Kind::Spinor, _, true) => Opcode::PropagateInMassive,
            (Kind::Barred, UPPER, false) => Opcode::PropagateOutUpper,
            (Kind::Barred, LOWER, false) => Opcode::PropagateOutLower,
            (Kind::Barred, _, false) => Opcode::PropagateOut,
            (Kind::Barred, UPPER, true) => Opcode::PropagateOutUpperMassive,
            (Kind::Barred, LOWER, true) => Opcode::PropagateOutLowerMassive,
            (Kind::Barred, _, true) => Opcode::PropagateOutMassive,
            (Kind::VectorSpinor | Kind::VectorBarred | Kind::Tensor, ..) => {
                unreachable!("numerators of higher spins are vertices")
            }
        };
        let mut operands = [out.0, at, 0, 0];
        if !opcode.operands().is_empty() {
            operands[2] = momentum.0;
        }
        self.instructions.push(Instruction {
            opcode,
            real_pole: pole.mass * pole.width == 0.0,
            operands,
            x: pole.mass,
        });
    }

    /// Adds `x` times a vertex.
    fn vertex(&mut self, op: &Op, x: f64) {
        let opcodes = op.operation.opcodes();
        let (opcode, ratio) = match &op.detail {
            Detail::Chiral { parts, r } => {
                let choice = match *parts {
                    UPPER => 0,
                    LOWER => 1,
                    _ if *r == Complex64::from(1.0) => 2,
                    _ => 3,
                };
                (opcodes[choice], *r)
            }
            Detail::Weights(weights) => {
                let real = weights.iter().all(|w| w.im == 0.0);
                (opcodes[usize::from(!real)], 0.0.into())
            }
            Detail::None | Detail::Slots { .. } => (opcodes[0], 0.0.into()),
        };
        let nodes = op.nodes.as_slice();
        let (mut next, mut next_momentum) = (nodes.iter().copied(), nodes.iter().copied());
        let mut operands = vec![];
        for kind in opcode.operands() {
            let mut node = || next.next().expect("an operation has its operands");
            operands.push(match kind {
                OperandKind::Scalar | OperandKind::Vector => self.part(node()).0,
                OperandKind::Dirac => self.half(node(), BOTH).0,
                OperandKind::Upper => self.half(node(), UPPER).0,
                OperandKind::Lower => self.half(node(), LOWER).0,
                OperandKind::Momentum => {
                    let node = next_momentum.next().expect("one for each node at most");
                    self.tables.momentum(self.at(node).set).0
                }
                OperandKind::Constant => self.constant(ratio),
                OperandKind::Contact | OperandKind::ContactComplex => self.contact(op, x),
                OperandKind::Tensor => self.tensor(op),
            });
        }
        self.push(opcode, &operands, x);
    }

    fn contact(&mut self, op: &Op, x: f64) -> u32 {
        let (Detail::Weights(weights), nodes) = (&op.detail, op.nodes.as_slice()) else {
            unreachable!("{:?} has weights", Operation::VVVV);
        };
        let places = |from: usize| [0, 1, 2].map(|k| self.place(nodes[from + k]));
        self.contacts.push(ContactVVVV {
            vectors: places(0),
            dots: places(3),
            weights: weights.map(|w| w * x),
        });
        self.contacts.len() as u32 - 1
    }

    fn tensor(&mut self, op: &Op) -> u32 {
        let &Detail::Slots {
            part,
            out_slot,
            slots,
        } = &op.detail
        else {
            unreachable!("{:?} has slots", Operation::Tensor);
        };
        let nodes = op.nodes.as_slice();
        let child = |(&slot, &n): (&u8, &u32)| {
            let node = self.at(n);
            let halves = match node.kind {
                Kind::Spinor | Kind::Barred => node.parts,
                _ => BOTH,
            };
            Child { slot, halves }
        };
        let children: Vec<Child> = slots.iter().zip(nodes).map(child).collect();
        let codes = &mut self.tensor_codes;
        let tensor = &self.dag.generic[part as usize];
        let new = |key: &CodeKey| {
            codes.push(TensorCode::new(tensor, out_slot, &key.2, key.3));
            codes.len() - 1
        };
        let key = (part, out_slot, children, self.slice);
        let code = match self.code_of.get(&key) {
            Some(&code) => code,
            None => {
                let code = { new }(&key);
                self.code_of.insert(key, code);
                code
            }
        };
        let sets: Vec<_> = nodes.iter().map(|&n| self.at(n).set).collect();
        let all = sets.iter().fold(0, |all, set| all | set);
        let momenta = sets.into_iter().chain([all]);
        let call = TensorCall {
            code,
            children: nodes.iter().map(|&n| self.place(n)).collect(),
            momenta: momenta.map(|set| self.tables.momentum(set)).collect(),
        };
        self.tensor_calls.push(call);
        self.tensor_calls.len() as u32 - 1
    }

    fn product(&self, (a, b): (u32, u32), factor: Complex64) -> Product {
        let (x, y) = (self.at(a), self.at(b));
        let halves = x.parts & y.parts;
        let (kind, a, b) = match y.kind {
            Kind::Scalar => (ProductKind::Scalars, self.place(a), self.place(b)),
            Kind::Vector => (ProductKind::Vectors, self.place(a), self.place(b)),
            Kind::Tensor => (ProductKind::Tensors, self.place(a), self.place(b)),
            Kind::VectorSpinor | Kind::VectorBarred => {
                (ProductKind::VectorSpinors, self.place(a), self.place(b))
            }
            _ if halves == BOTH => (ProductKind::Spinors, self.place(a), self.place(b)),
            _ => {
                let (a, b) = (self.half(a, halves), self.half(b, halves));
                (ProductKind::Halves, a, b)
            }
        };
        Product { kind, a, b, factor }
    }

    /// The sums of one configuration.
    pub(crate) fn configuration(&mut self, c: u32) {
        let c = &self.dag.configurations[c as usize];
        let mut uses = vec![0; c.pairs.len()];
        c.sums
            .iter()
            .flatten()
            .for_each(|t| uses[t.0 as usize] += 1);
        let first = self.products.len() as u32;
        let mut number = vec![0; c.pairs.len()];
        let mut n_shared = 0;
        for (k, &pair) in c.pairs.iter().enumerate() {
            if uses[k] > 1 {
                number[k] = n_shared;
                n_shared += 1;
                let product = self.product(pair, 1.0.into());
                self.products.push(product);
            }
        }
        self.n_products = self.n_products.max(n_shared as usize);
        let shared = [first, self.products.len() as u32];
        let offsets = self.offsets.len();
        for sum in &c.sums {
            for &(k, factor) in sum {
                let product = if uses[k as usize] > 1 {
                    Product {
                        kind: ProductKind::Shared,
                        a: Place(number[k as usize]),
                        b: Place(0),
                        factor,
                    }
                } else {
                    self.product(c.pairs[k as usize], factor)
                };
                self.products.push(product);
            }
            self.offsets.push(self.products.len() as u32);
        }
        self.configurations.push(ProgramConfiguration {
            row: c.row,
            mirror: c.mirror,
            weights: c.weights,
            instructions_end: self.instructions.len(),
            shared,
            offsets,
        });
    }
}

/// The propagator of a vector with some of its helicities.
///
/// # Panics
/// For a set that the process expansion refuses.
fn polarised(polarisation: Polarisation) -> Opcode {
    let allows = [-1, 0, 1].map(|h| polarisation.allows(h));
    match allows {
        [false, true, false] => Opcode::PropagateLongitudinal,
        [true, false, true] => Opcode::PropagateTransverse,
        [true, false, false] => Opcode::PropagateLeft,
        [false, false, true] => Opcode::PropagateRight,
        _ => unreachable!("a line has one of these helicities, or any"),
    }
}
