//! A graph laid out for evaluation: instructions with workspace places.
//!
//! Places are reused once a node's last reader has run, so that a block stays
//! small in cache. Knows the graph; knows no lanes.

use super::graph::{Configuration, Dag, Kind, Op, Pole, Source};
use super::lorentz::Tensor;
use crate::process::LegSet;
use num_complex::Complex64;

/// A momentum that is needed: a leg or the sum of two that come before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Momentum {
    /// Leg number; `-1` times its momentum where outgoing.
    Leg(usize),
    /// Entries of the momentum table.
    Sum(u32, u32),
}

/// One instruction; places are in units of complex lanes.
#[derive(Clone, Debug)]
pub(crate) enum Instruction {
    /// External wave function.
    Wave {
        leg: usize,
        helicity: i8,
        kind: Kind,
        out: u32,
    },
    /// A vertex whose nodes are replaced by places, with the momenta (table
    /// entries) of the children where the kernel needs them.
    Vertex { op: Op, momenta: [u32; 3], out: u32 },
    /// A sum of vertices with a propagator.
    Current {
        terms: Vec<(u32, Complex64)>,
        kind: Kind,
        /// Halves present in the terms (before the propagator).
        parts: u8,
        momentum: u32,
        pole: u32,
        mass: f64,
        out: u32,
    },
}

/// A helicity configuration with places.
#[derive(Clone, Debug)]
pub(crate) struct Amplitudes {
    pub(crate) helicities: Vec<i8>,
    /// Places, kind, halves common to both.
    pub(crate) products: Vec<(u32, u32, Kind, u8)>,
    /// For flow f and order o at `f * n_order + o`.
    pub(crate) sums: Vec<Vec<(u32, Complex64)>>,
}

/// Everything the kernels need.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) n_ext: usize,
    pub(crate) n_in: usize,
    pub(crate) masses: Vec<f64>,
    pub(crate) momenta: Vec<Momentum>,
    pub(crate) poles: Vec<(u32, Pole)>,
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) amplitudes: Vec<Amplitudes>,
    pub(crate) generic: Vec<Tensor>,
    pub(crate) n_flow: usize,
    pub(crate) n_order: usize,
    /// Powers of the strong coupling, order by order.
    pub(crate) qcd_powers: Vec<u32>,
    /// Colour matrix, upper triangle used.
    pub(crate) colour: Vec<f64>,
    /// Size of the workspace in complex lanes.
    pub(crate) n_places: usize,
    /// Most products in one configuration.
    pub(crate) n_products: usize,
}

struct Layout {
    momenta: Vec<Momentum>,
    momentum_of: Vec<(LegSet, u32)>,
    poles: Vec<(u32, Pole)>,
    free: [Vec<u32>; 2],
    n_places: u32,
}

impl Layout {
    /// Table entry of the momentum of a set.
    fn momentum(&mut self, set: LegSet) -> u32 {
        if let Some(found) = self.momentum_of.iter().find(|m| m.0 == set) {
            return found.1;
        }
        let entry = if set.count_ones() == 1 {
            Momentum::Leg(set.trailing_zeros() as usize)
        } else {
            let low = set & set.wrapping_neg();
            Momentum::Sum(self.momentum(low), self.momentum(set & !low))
        };
        self.momenta.push(entry);
        let at = self.momenta.len() as u32 - 1;
        self.momentum_of.push((set, at));
        at
    }

    fn pole(&mut self, pole: Pole) -> (u32, u32) {
        let momentum = self.momentum(pole.set);
        let at = self
            .poles
            .iter()
            .position(|p| p.1 == pole)
            .unwrap_or_else(|| {
                self.poles.push((momentum, pole));
                self.poles.len() - 1
            });
        (momentum, at as u32)
    }

    fn allocate(&mut self, kind: Kind) -> u32 {
        let class = usize::from(kind != Kind::Scalar);
        self.free[class].pop().unwrap_or_else(|| {
            let at = self.n_places;
            self.n_places += if class == 0 { 1 } else { 4 };
            at
        })
    }
}

/// Lays a graph out. `colour` is the matrix of the flows, row by row.
pub(crate) fn lay_out(
    mut dag: Dag,
    masses: Vec<f64>,
    n_in: usize,
    qcd_powers: Vec<u32>,
    colour: Vec<f64>,
) -> Program {
    let n = dag.nodes.len();
    let mut last_use = vec![0_usize; n];
    for k in 0..n {
        dag.nodes[k]
            .source
            .children(&mut |c| last_use[*c as usize] = k);
    }
    for &(a, b) in dag.configurations.iter().flat_map(|c| &c.pairs) {
        last_use[a as usize] = usize::MAX;
        last_use[b as usize] = usize::MAX;
    }
    let mut layout = Layout {
        momenta: vec![],
        momentum_of: vec![],
        poles: vec![],
        free: [vec![], vec![]],
        n_places: 0,
    };
    let mut place = vec![0_u32; n];
    let mut instructions = Vec::with_capacity(n);
    for k in 0..n {
        let kind = dag.nodes[k].kind;
        let out = layout.allocate(kind);
        place[k] = out;
        let mut source = dag.nodes[k].source.clone();
        let mut children = vec![];
        source.children(&mut |c| children.push(*c as usize));
        let instruction = match &mut source {
            Source::Wave { leg, helicity } => {
                layout.momentum(1 << *leg);
                Instruction::Wave {
                    leg: *leg,
                    helicity: *helicity,
                    kind,
                    out,
                }
            }
            Source::Vertex(op) => {
                let mut momenta = [0; 3];
                if matches!(op, Op::VectorsToVector { .. } | Op::Generic { .. }) {
                    for (m, &c) in momenta.iter_mut().zip(&children) {
                        *m = layout.momentum(dag.nodes[c].set);
                    }
                }
                let mut op = op.clone();
                let mut with_places = Source::Vertex(op.clone());
                with_places.children(&mut |c| *c = place[*c as usize]);
                if let Source::Vertex(placed) = with_places {
                    op = placed;
                }
                Instruction::Vertex { op, momenta, out }
            }
            Source::Current { terms, pole } => {
                let (momentum, at) = layout.pole(*pole);
                let parts = children.iter().fold(0, |p, &c| p | dag.nodes[c].parts);
                let terms = terms.iter().map(|t| (place[t.0 as usize], t.1)).collect();
                let mass = pole.mass;
                Instruction::Current {
                    terms,
                    kind,
                    parts,
                    momentum,
                    pole: at,
                    mass,
                    out,
                }
            }
        };
        instructions.push(instruction);
        children.sort_unstable();
        children.dedup();
        for c in children {
            if last_use[c] == k {
                let class = usize::from(dag.nodes[c].kind != Kind::Scalar);
                layout.free[class].push(place[c]);
            }
        }
    }
    let amplitudes = dag
        .configurations
        .iter()
        .map(|c: &Configuration| Amplitudes {
            helicities: c.helicities.clone(),
            products: c
                .pairs
                .iter()
                .map(|&(a, b)| {
                    let (x, y) = (&dag.nodes[a as usize], &dag.nodes[b as usize]);
                    (
                        place[a as usize],
                        place[b as usize],
                        y.kind,
                        x.parts & y.parts,
                    )
                })
                .collect(),
            sums: c.sums.clone(),
        })
        .collect::<Vec<_>>();
    let n_order = qcd_powers.len();
    Program {
        n_ext: masses.len(),
        n_in,
        masses,
        momenta: layout.momenta,
        poles: layout.poles,
        instructions,
        n_products: amplitudes
            .iter()
            .map(|a| a.products.len())
            .max()
            .unwrap_or(0),
        n_flow: amplitudes
            .first()
            .map_or(0, |a| a.sums.len() / n_order.max(1)),
        amplitudes,
        generic: dag.generic,
        n_order,
        qcd_powers,
        colour,
        n_places: layout.n_places as usize,
    }
}
