//! From nodes to steps: which code computes a node, and with which places.
//!
//! Knows the graph and places; knows no lanes.

use super::graph::{Dag, Kind, LOWER, Node, Op, Pole, Source, UPPER};
use super::program::{Call, Code, Configuration, Item, ItemCode, Quad, Step, Tables, Wave};
use super::schedule::Schedule;
use super::transverse::transverse;
use num_complex::Complex64;

/// Collects the steps of a program.
pub(crate) struct Encoder<'a> {
    dag: &'a Dag,
    schedule: &'a Schedule,
    transverse: Vec<bool>,
    pub(crate) tables: Tables,
    pub(crate) steps: Vec<Step>,
    pub(crate) waves: Vec<Wave>,
    pub(crate) quads: Vec<Quad>,
    pub(crate) numbers: Vec<Complex64>,
    pub(crate) calls: Vec<Call>,
    pub(crate) configurations: Vec<Configuration>,
    pub(crate) items: Vec<Item>,
    pub(crate) ends: Vec<u32>,
    pub(crate) n_products: usize,
}

/// Codes of a chiral vertex: left, right, equal, both.
fn chiral(parts: u8, r: Complex64, codes: [Code; 4]) -> Code {
    match parts {
        UPPER => codes[0],
        LOWER => codes[1],
        _ if r == Complex64::new(1.0, 0.0) => codes[2],
        _ => codes[3],
    }
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(dag: &'a Dag, schedule: &'a Schedule) -> Self {
        Self {
            dag,
            schedule,
            transverse: transverse(dag),
            tables: Tables::default(),
            steps: vec![],
            waves: vec![],
            quads: vec![],
            numbers: vec![],
            calls: vec![],
            configurations: vec![],
            items: vec![],
            ends: vec![],
            n_products: 0,
        }
    }

    fn at(&self, node: u32) -> &'a Node {
        &self.dag.nodes[node as usize]
    }

    fn place(&self, node: u32) -> u32 {
        self.schedule.place[node as usize]
    }

    /// Place of one half of a spinor, or of the whole where `half` is both.
    fn half(&self, node: u32, half: u8) -> u32 {
        let stored = self.at(node).parts;
        debug_assert_eq!(stored & half, half, "a half that is not there");
        let skip = half == LOWER && stored == (UPPER | LOWER);
        self.place(node) + if skip { 2 } else { 0 }
    }

    fn push(&mut self, code: Code, args: [u32; 4], x: f64) {
        let [a, b, c, d] = args;
        self.steps.push(Step {
            code,
            a,
            b,
            c,
            d,
            x,
        });
    }

    fn number(&mut self, z: Complex64) -> u32 {
        let found = self.numbers.iter().position(|n| *n == z);
        found.unwrap_or_else(|| {
            self.numbers.push(z);
            self.numbers.len() - 1
        }) as u32
    }

    /// Steps of one node.
    pub(crate) fn node(&mut self, k: u32) {
        let node = self.at(k);
        let out = self.place(k);
        match &node.source {
            &Source::Wave { leg, helicity } => {
                self.tables.momentum(1 << leg);
                self.push(Code::Wave, [self.waves.len() as u32, 0, 0, 0], 0.0);
                self.waves.push(Wave {
                    leg,
                    helicity,
                    kind: node.kind,
                    parts: node.parts,
                    out,
                });
            }
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
        }
    }

    fn load(&mut self, child: u32, factor: Complex64) {
        let node = self.at(child);
        let codes = match (node.kind, node.parts) {
            (Kind::Scalar, _) => [Code::LoadScalar, Code::TurnScalar],
            (Kind::Spinor | Kind::Barred, UPPER) => [Code::LoadUpper, Code::TurnUpper],
            (Kind::Spinor | Kind::Barred, LOWER) => [Code::LoadLower, Code::TurnLower],
            _ => [Code::LoadFour, Code::TurnFour],
        };
        let at = self.place(child);
        if factor.im == 0.0 {
            self.push(codes[0], [at, 0, 0, 0], factor.re);
        } else {
            let number = self.number(factor);
            self.push(codes[1], [at, 0, 0, number], 0.0);
        }
    }

    fn store(&mut self, node: &Node, out: u32) {
        let code = match (node.kind, node.parts) {
            (Kind::Scalar, _) => Code::StoreScalar,
            (Kind::Spinor | Kind::Barred, UPPER) => Code::StoreUpper,
            (Kind::Spinor | Kind::Barred, LOWER) => Code::StoreLower,
            _ => Code::StoreFour,
        };
        self.push(code, [out, 0, 0, 0], 0.0);
    }

    fn propagate(&mut self, node: u32, pole: Pole, parts: u8, out: u32) {
        let (number, node) = (node as usize, self.at(node));
        let (momentum, at) = self.tables.pole(pole);
        let code = match (node.kind, parts) {
            (Kind::Scalar, _) => Code::PropagateScalar,
            (Kind::Vector, _) if pole.mass > 0.0 && !self.transverse[number] => {
                Code::PropagateMassive
            }
            (Kind::Vector, _) if pole.photon.is_some() => {
                if pole.set.count_ones() == 2 {
                    Code::PropagatePhoton
                } else {
                    Code::PropagateToPhoton
                }
            }
            (Kind::Vector, _) => Code::PropagateVector,
            (Kind::Spinor, UPPER) => Code::PropagateColumnUpper,
            (Kind::Spinor, LOWER) => Code::PropagateColumnLower,
            (Kind::Spinor, _) => Code::PropagateColumn,
            (Kind::Barred, UPPER) => Code::PropagateRowUpper,
            (Kind::Barred, LOWER) => Code::PropagateRowLower,
            (Kind::Barred, _) => Code::PropagateRow,
        };
        let real = u32::from(pole.mass * pole.width == 0.0);
        self.push(code, [out, at, momentum, real], pole.mass);
    }

    /// Adds `x` times a vertex.
    fn vertex(&mut self, op: &Op, x: f64) {
        let place = |n: u32| self.place(n);
        match op {
            &Op::FermionsToVector {
                row,
                column,
                parts,
                r,
            } => {
                use Code::{FermionsBoth, FermionsEqual, FermionsLeft, FermionsRight};
                let codes = [FermionsLeft, FermionsRight, FermionsEqual, FermionsBoth];
                // The left current joins the row's lower half with the column's upper.
                let (of_row, of_column) = match parts {
                    UPPER => (LOWER, UPPER),
                    LOWER => (UPPER, LOWER),
                    all => (all, all),
                };
                let args = [self.half(row, of_row), self.half(column, of_column)];
                self.chiral_step(codes, args, parts, r, x);
            }
            &Op::SpinorVector {
                spinor,
                vector,
                parts,
                r,
            } => {
                use Code::{ColumnBoth, ColumnEqual, ColumnLeft, ColumnRight};
                let codes = [ColumnLeft, ColumnRight, ColumnEqual, ColumnBoth];
                let args = [self.half(spinor, parts), place(vector)];
                self.chiral_step(codes, args, parts, r, x);
            }
            &Op::BarredVector {
                barred,
                vector,
                parts,
                r,
            } => {
                use Code::{RowBoth, RowEqual, RowLeft, RowRight};
                let codes = [RowLeft, RowRight, RowEqual, RowBoth];
                // The upper half of the result comes from the lower half.
                let from = (parts & UPPER) << 1 | parts >> 1;
                let args = [self.half(barred, from), place(vector)];
                self.chiral_step(codes, args, parts, r, x);
            }
            &Op::FermionsToScalar {
                row,
                column,
                parts,
                r,
            } => {
                use Code::{ProductBoth, ProductEqual, ProductLeft, ProductRight};
                let codes = [ProductLeft, ProductRight, ProductEqual, ProductBoth];
                let args = [self.half(row, parts), self.half(column, parts)];
                self.chiral_step(codes, args, parts, r, x);
            }
            &Op::FermionScalar {
                fermion,
                scalar,
                parts,
                r,
            } => {
                use Code::{YukawaBoth, YukawaEqual, YukawaLeft, YukawaRight};
                let codes = [YukawaLeft, YukawaRight, YukawaEqual, YukawaBoth];
                let args = [self.half(fermion, parts), place(scalar)];
                self.chiral_step(codes, args, parts, r, x);
            }
            &Op::VectorsToVector { a, b } => {
                let (p, q) = (self.at(a).set, self.at(b).set);
                let args = [
                    place(a),
                    place(b),
                    self.tables.momentum(p),
                    self.tables.momentum(q),
                ];
                self.push(Code::YangMills, args, x);
            }
            Op::ThreeVectors {
                vectors,
                dots,
                weights,
            } => {
                let quad = Quad {
                    vectors: vectors.map(place),
                    dots: dots.map(place),
                    weights: weights.map(|w| w * x),
                };
                let real = weights.iter().all(|w| w.im == 0.0);
                let code = if real {
                    Code::FourVectors
                } else {
                    Code::FourVectorsComplex
                };
                let args = [self.quads.len() as u32, 0, 0, 0];
                self.quads.push(quad);
                self.push(code, args, x);
            }
            &Op::VectorsToScalar { a, b, scalar } => {
                let (a, b) = (place(a), place(b));
                match scalar {
                    None => self.push(Code::Dot, [a, b, 0, 0], x),
                    Some(s) => self.push(Code::DotScalar, [a, b, place(s), 0], x),
                }
            }
            &Op::VectorScalar { vector, scalars } => {
                let v = place(vector);
                match scalars {
                    [Some(s), Some(t)] => {
                        self.push(Code::VectorScalars, [v, place(s), place(t), 0], x);
                    }
                    [Some(s), None] | [None, Some(s)] => {
                        self.push(Code::VectorScalar, [v, place(s), 0, 0], x);
                    }
                    [None, None] => self.push(Code::LoadFour, [v, 0, 0, 0], x),
                }
            }
            Op::Scalars { list } => {
                let s: Vec<u32> = list.iter().flatten().map(|&s| place(s)).collect();
                match *s.as_slice() {
                    [a, b] => self.push(Code::TwoScalars, [a, b, 0, 0], x),
                    [a, b, c] => self.push(Code::ThreeScalars, [a, b, c, 0], x),
                    _ => unreachable!("a vertex has two or three children"),
                }
            }
            Op::Generic {
                part,
                out_slot,
                children,
            } => {
                let child = |&(slot, n): &(u8, u32)| {
                    let node = self.dag.nodes[n as usize].clone();
                    let halves = match node.kind {
                        Kind::Spinor | Kind::Barred => node.parts,
                        _ => UPPER | LOWER,
                    };
                    let at = self.schedule.place[n as usize];
                    (slot, at, halves, self.tables.momentum(node.set))
                };
                let children = children.iter().map(child).collect();
                let args = [self.calls.len() as u32, 0, 0, 0];
                self.calls.push(Call {
                    part: *part,
                    out_slot: *out_slot,
                    children,
                });
                self.push(Code::Generic, args, x);
            }
        }
    }

    fn chiral_step(&mut self, codes: [Code; 4], args: [u32; 2], parts: u8, r: Complex64, x: f64) {
        let code = chiral(parts, r, codes);
        let number = if code == codes[3] { self.number(r) } else { 0 };
        self.push(code, [args[0], args[1], 0, number], x);
    }

    fn item(&self, (a, b): (u32, u32), factor: Complex64) -> Item {
        let (x, y) = (self.at(a), self.at(b));
        let halves = x.parts & y.parts;
        let (code, a, b) = match y.kind {
            Kind::Scalar => (ItemCode::Scalars, self.place(a), self.place(b)),
            Kind::Vector => (ItemCode::Vectors, self.place(a), self.place(b)),
            _ if halves == UPPER | LOWER => (ItemCode::Spinors, self.place(a), self.place(b)),
            _ => {
                let (a, b) = (self.half(a, halves), self.half(b, halves));
                (ItemCode::Halves, a, b)
            }
        };
        Item { code, a, b, factor }
    }

    /// The sums of one configuration.
    pub(crate) fn configuration(&mut self, c: u32) {
        let c = &self.dag.configurations[c as usize];
        let mut uses = vec![0; c.pairs.len()];
        c.sums
            .iter()
            .flatten()
            .for_each(|t| uses[t.0 as usize] += 1);
        let first = self.items.len() as u32;
        let mut number = vec![0; c.pairs.len()];
        let mut n_shared = 0;
        for (k, &pair) in c.pairs.iter().enumerate() {
            if uses[k] > 1 {
                number[k] = n_shared;
                n_shared += 1;
                let item = self.item(pair, 1.0.into());
                self.items.push(item);
            }
        }
        self.n_products = self.n_products.max(n_shared as usize);
        let shared = [first, self.items.len() as u32];
        let ends = self.ends.len();
        for sum in &c.sums {
            for &(k, factor) in sum {
                let item = if uses[k as usize] > 1 {
                    Item {
                        code: ItemCode::Shared,
                        a: number[k as usize],
                        b: 0,
                        factor,
                    }
                } else {
                    self.item(c.pairs[k as usize], factor)
                };
                self.items.push(item);
            }
            self.ends.push(self.items.len() as u32);
        }
        self.configurations.push(Configuration {
            row: c.row,
            mirror: c.mirror,
            steps_end: self.steps.len(),
            shared,
            ends,
        });
    }
}
