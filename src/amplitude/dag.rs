//! The recursion with helicities: a graph of shared numeric nodes.
//!
//! Every distinct wave function, vertex and current is one node, whatever the
//! number of helicity configurations, colour orders and amplitudes that use it;
//! nodes equal up to a constant factor are one node. What vanishes by chirality
//! is never made. Knows components; knows no momenta and no instruction set.

use super::choose::{operation, tidy};
use super::graph::{
    Configuration, Conserved, Dag, Detail, Kind, LOWER, Node, Nodes, Op, Pair, PhotonExchange,
    Pole, Scaled, Source, UPPER, bits, encode,
};
use super::lorentz::{LineDirection, MAX_SLOTS};
use super::momentum_function::MomentumFunction;
use super::operations::Operation;
use super::recursion::{ColourGraph, Term};
use super::turned::Made;
use super::vertex::Shape;
use crate::diagram::{LegSet, Subprocess};
use crate::elementary::ElementaryComplex;
use crate::model::{Gauge, Model, Particle, ParticleId};
use num_complex::Complex64;
use rustc_hash::FxHashMap;

/// Mass of a leg in GeV below which the current of its photon may lose all digits. There an
/// unstable charged particle beyond the photon spoils more by the widths themselves, which
/// `(E / m)^2` multiplies, than by a current that is taken for conserved.
const LIGHT_GEV: f64 = 1.0;

/// What is joined with one current in one sum of an amplitude.
struct Group {
    slot: usize,
    current: u32,
    kind: Kind,
    set: LegSet,
    sum: Sum,
}

/// Vertices with their factors, to be added.
#[derive(Default)]
pub(super) struct Sum {
    terms: Vec<(u32, Complex64)>,
    /// Vectors and weights of [`Operation::VVVV`].
    quads: Vec<([u32; 3], [Complex64; 3])>,
}

pub(super) struct Builder<'a> {
    model: &'a Model,
    sub: &'a Subprocess,
    pub(super) coloured: &'a ColourGraph,
    hel: Vec<Vec<i8>>,
    /// Masses of the particles, with signs.
    masses: Vec<f64>,
    pub(super) nodes: Vec<Node>,
    known: FxHashMap<Vec<u64>, u32>,
    /// For every current of the coloured, its nodes by helicity index.
    table: Vec<Vec<Option<Scaled>>>,
    generic: Vec<super::lorentz::Tensor>,
    generic_of: FxHashMap<usize, usize>,
    /// Entries of `generic` that are numerators.
    numerators: FxHashMap<ParticleId, usize>,
    pub(super) functions: Vec<MomentumFunction>,
}

/// Expands a coloured over helicities.
pub(crate) fn build(model: &Model, sub: &Subprocess, coloured: &ColourGraph) -> Dag {
    // Those that a process excludes are dropped when it is known which of all vanish.
    let hel = (sub.legs.iter())
        .map(|&p| model.particle(p).helicities().to_vec())
        .collect();
    let mut b = Builder {
        model,
        sub,
        coloured,
        hel,
        masses: model.ids().map(|id| model.signed_mass(id)).collect(),
        nodes: vec![],
        known: FxHashMap::default(),
        table: vec![],
        generic: vec![],
        generic_of: FxHashMap::default(),
        numerators: FxHashMap::default(),
        functions: vec![],
    };
    for (&id, propagator) in &coloured.propagators {
        b.numerators.insert(id, b.generic.len());
        b.generic.extend(propagator.numerator.clone());
    }
    for k in 0..coloured.currents.len() {
        let row = if k < sub.legs.len() {
            b.waves(k)
        } else {
            b.current(k)
        };
        b.table.push(row);
    }
    let configurations = b.close();
    let mut dag = Dag {
        nodes: b.nodes,
        configurations,
        generic: b.generic,
        functions: b.functions,
    };
    dag.drop_unused();
    dag
}

impl Builder<'_> {
    fn kind(&self, current: usize) -> Kind {
        let current = &self.coloured.currents[current];
        match (
            self.model.particle(current.particle).spin,
            current.direction,
        ) {
            (1, _) => Kind::Scalar,
            (4, LineDirection::Along) => Kind::VectorSpinor,
            (4, _) => Kind::VectorBarred,
            (5, _) => Kind::Tensor,
            (_, LineDirection::Along) => Kind::Spinor,
            (_, LineDirection::Against) => Kind::Barred,
            (_, LineDirection::None) => Kind::Vector,
        }
    }

    fn waves(&mut self, leg: usize) -> Vec<Option<Scaled>> {
        let kind = self.kind(leg);
        let mass = self.model.particle(self.sub.legs[leg]).mass;
        let outgoing = leg >= self.sub.n_in;
        let list = self.hel[leg].clone();
        let make = |helicity: i8| {
            let parts = match kind {
                Kind::Spinor | Kind::Barred if mass == 0.0 => {
                    // u(-), v(+): left-handed. The bar exchanges the halves.
                    let anti = (kind == Kind::Spinor) == outgoing;
                    let left = (helicity < 0) != anti;
                    if left == (kind == Kind::Spinor) {
                        UPPER
                    } else {
                        LOWER
                    }
                }
                _ => UPPER | LOWER,
            };
            let source = Source::Wave { leg, helicity };
            self.nodes.push(Node {
                kind,
                parts,
                set: 1 << leg,
                source,
            });
            Some(Scaled {
                node: self.nodes.len() as u32 - 1,
                factor: 1.0.into(),
            })
        };
        list.into_iter().map(make).collect()
    }

    /// Strides of a set's helicity index, leg by leg.
    fn strides(&self, set: LegSet) -> Vec<usize> {
        let mut stride = 1;
        let n = self.sub.legs.len();
        let mut strides = vec![0; n];
        for leg in (0..n).filter(|&l| set >> l & 1 == 1) {
            strides[leg] = stride;
            stride *= self.hel[leg].len();
        }
        strides
    }

    /// Calls `f` for every helicity configuration of a set, as leg-wise indices.
    fn configurations(&self, set: LegSet) -> Vec<Vec<usize>> {
        let n = self.sub.legs.len();
        let legs: Vec<usize> = (0..n).filter(|&l| set >> l & 1 == 1).collect();
        let total: usize = legs.iter().map(|&l| self.hel[l].len()).product();
        (0..total)
            .map(|mut k| {
                let mut digits = vec![0; n];
                for &l in &legs {
                    digits[l] = k % self.hel[l].len();
                    k /= self.hel[l].len();
                }
                digits
            })
            .collect()
    }

    /// The node of a current for leg-wise helicity indices.
    fn lookup(&self, current: u32, strides: &[usize], digits: &[usize]) -> Option<Scaled> {
        let index = strides
            .iter()
            .zip(digits)
            .map(|(s, d)| s * d)
            .sum::<usize>();
        self.table[current as usize][index]
    }

    fn current(&mut self, k: usize) -> Vec<Option<Scaled>> {
        let coloured = self.coloured;
        let current = &coloured.currents[k];
        let kind = self.kind(k);
        let strides: Vec<Vec<Vec<usize>>> = current
            .terms
            .iter()
            .map(|t| self.child_strides(t))
            .collect();
        let particle = self.model.particle(current.particle);
        let pole = Pole {
            set: current.set,
            mass: self.masses[usize::from(current.particle.0)],
            width: particle.width,
            unitary: self.model.gauge == Gauge::Unitary,
            t_channel: self.sub.is_t_channel(current.set),
            photon: self.photon(current.set, particle),
            bare: false,
            polarisation: self.sub.polarisation_of_line(current.set),
        };
        let mut row = vec![];
        for digits in self.configurations(current.set) {
            let mut sum = Sum::default();
            for (term, strides) in current.terms.iter().zip(&strides) {
                if let Some((op, factor, parts)) =
                    self.vertex(term, strides, &digits, Made::Current(kind))
                {
                    self.add(&mut sum, op, factor, parts, kind, current.set);
                }
            }
            let special = coloured.propagators.get(&current.particle);
            row.push(match special {
                Some(own) if pole.polarisation.is_any() || kind.is_wide() => {
                    let own = (own, self.numerators[&current.particle]);
                    self.special_current(sum, (kind, current.set), pole, own)
                }
                _ => self.combine(sum, kind, current.set, Some(pole)),
            });
        }
        row
    }

    /// What [`Pole::photon`] is about.
    fn photon(&self, set: LegSet, particle: &Particle) -> Option<PhotonExchange> {
        let n = self.sub.legs.len();
        let bare = particle.spin == 3 && particle.mass == 0.0 && particle.colour == 1;
        let all: LegSet = (1 << n) - 1;
        let pair = [set, all & !set].into_iter().find(|s| s.count_ones() == 2);
        let pair = pair.filter(|&s| bare && self.sub.is_t_channel(s))?;
        let legs = [pair.trailing_zeros() as usize, pair.ilog2() as usize];
        let [a, b] = legs.map(|leg| self.model.particle(self.sub.legs[leg]));
        let mass = a.mass.max(b.mass);
        let plain = a.colour == 1 && b.colour == 1 && mass > 0.0;
        let conserved = match self.unstable_beyond(pair) {
            [false, false] => Conserved::Always,
            [true, _] if mass > LIGHT_GEV => Conserved::Never,
            _ => Conserved::WithoutWidths,
        };
        plain.then_some(PhotonExchange { legs, conserved })
    }

    /// Whether what a photon from two legs meets has propagators of charged particles with
    /// a width: whatever the channel, and between the incoming legs. Such a current is not
    /// conserved.
    fn unstable_beyond(&self, pair: LegSet) -> [bool; 2] {
        let n = self.sub.legs.len() as u32;
        let beyond = |set: LegSet| {
            let inner = 2..=n - 2;
            (set & pair == 0 || set & pair == pair) && inner.contains(&set.count_ones())
        };
        let lines = self.coloured.currents.iter().filter(|c| {
            let other = self.model.anti(c.particle);
            let width = self.model.particle(c.particle).width;
            beyond(c.set) && c.particle != other && width != 0.0
        });
        lines.fold([false; 2], |[s, t], line| {
            let between = self.sub.is_t_channel(line.set);
            [s || !between, t || between]
        })
    }

    fn child_strides(&self, term: &Term) -> Vec<Vec<usize>> {
        let set = |c: u32| self.coloured.currents[c as usize].set;
        term.children
            .iter()
            .map(|&(_, c)| self.strides(set(c)))
            .collect()
    }

    /// Sum of vertices, with a propagator if there is a pole, up to a factor.
    pub(super) fn combine(
        &mut self,
        sum: Sum,
        kind: Kind,
        set: LegSet,
        pole: Option<Pole>,
    ) -> Option<Scaled> {
        let mut terms = sum.terms;
        for (vectors, weights) in sum.quads {
            let scale = weights.iter().map(|w| w.norm()).fold(0.0, f64::max);
            let lead = weights.iter().find(|w| w.norm() > 1e-14 * scale);
            if let Some(&lead) = lead {
                let weights = weights.map(|w| tidy(w / lead));
                let op = self.three_vectors(vectors, weights);
                let node = self.node(op, UPPER | LOWER, kind, set);
                add_term(&mut terms, node, lead);
            }
        }
        terms.retain(|t| t.1.norm() > 0.0);
        terms.sort_by_key(|t| t.0);
        let lead = terms.first()?.1;
        if pole.is_none() && terms.len() == 1 {
            let node = terms[0].0;
            return Some(Scaled { node, factor: lead });
        }
        // Coefficients that differ by rounding only are the same.
        terms.iter_mut().for_each(|t| t.1 = tidy(t.1 / lead));
        let mut parts = terms
            .iter()
            .fold(0, |p, t| p | self.nodes[t.0 as usize].parts);
        let mut key = vec![1, u64::from(set), kind as u64];
        let mut factor = lead;
        if let Some(pole) = pole {
            if matches!(kind, Kind::Spinor | Kind::Barred) {
                parts = if pole.mass != 0.0 {
                    UPPER | LOWER
                } else {
                    (parts & 1) << 1 | parts >> 1
                };
            }
            key.extend([pole.mass.to_bits(), pole.width.to_bits()]);
            key.push(u64::from(!pole.polarisation.is_any()));
            // i (numerator) / (p^2 - m^2 + i m Gamma), vectors with -g^{mu nu}
            let sign = if kind == Kind::Vector { -1.0 } else { 1.0 };
            factor *= Complex64::new(0.0, sign);
        }
        key.push(u64::from(pole.is_some()));
        for (node, c) in &terms {
            key.push(u64::from(*node));
            key.extend(bits(*c));
        }
        let source = Source::Current { terms, pole };
        let node = self.share(
            key,
            Node {
                kind,
                parts,
                set,
                source,
            },
        );
        Some(Scaled { node, factor })
    }

    pub(super) fn share(&mut self, key: Vec<u64>, node: Node) -> u32 {
        let next = self.nodes.len() as u32;
        let at = *self.known.entry(key).or_insert(next);
        if at == next {
            self.nodes.push(node);
        }
        at
    }

    /// The vertex of four vectors, with nodes for the scalar products.
    pub(super) fn three_vectors(&mut self, vectors: [u32; 3], weights: [Complex64; 3]) -> Op {
        let [a, b, c] = vectors;
        let mut dot = |x: u32, y: u32| {
            let (a, b) = (x.min(y), x.max(y));
            let op = Op::plain(Operation::VVS, &[a, b]);
            let set = self.nodes[a as usize].set | self.nodes[b as usize].set;
            self.node(op, UPPER | LOWER, Kind::Scalar, set)
        };
        let nodes = [a, b, c, dot(b, c), dot(a, c), dot(a, b)];
        Op {
            operation: Operation::VVVV,
            nodes: Nodes::new(&nodes),
            detail: Detail::Weights(Box::new(weights)),
        }
    }

    /// One vertex for given helicities with its factor and the halves of the
    /// result that can be non-zero, `None` where it vanishes.
    fn vertex(
        &mut self,
        term: &Term,
        strides: &[Vec<usize>],
        digits: &[usize],
        made: Made,
    ) -> Option<(Op, Complex64, u8)> {
        let mut factor = term.factor;
        let mut slot = [None; MAX_SLOTS];
        for (&(s, c), strides) in term.children.iter().zip(strides) {
            let child = self.lookup(c, strides, digits)?;
            factor *= child.factor;
            slot[usize::from(s)] = Some(child.node);
        }
        let coloured = self.coloured;
        let part = &coloured.parts[term.part];
        let (op, scale, parts) = match self.against_arrows(term, &slot, made) {
            0 => self.operation(term, &part.shape, &slot)?,
            n => self.turned_vertex(term, &mut slot, made, n)?,
        };
        let op = match &part.function {
            None => op,
            Some(function) => self.times_function(function, term.out_slot, &slot, op, parts, made),
        };
        Some((op, factor * scale, parts))
    }

    pub(super) fn node(&mut self, op: Op, parts: u8, kind: Kind, set: LegSet) -> u32 {
        let mut key = vec![0];
        encode(&op, &mut key);
        let source = Source::Vertex(op);
        self.share(
            key,
            Node {
                kind,
                parts,
                set,
                source,
            },
        )
    }

    /// Adds a vertex to a sum. Those of three vectors are collected: a colour
    /// order has several with the same vectors.
    fn add(
        &mut self,
        sum: &mut Sum,
        op: Op,
        factor: Complex64,
        parts: u8,
        kind: Kind,
        set: LegSet,
    ) {
        if let Detail::Weights(weights) = op.detail {
            let vectors = std::array::from_fn(|k| op.nodes.as_slice()[k]);
            let at = sum.quads.iter().position(|q| q.0 == vectors);
            let at = at.unwrap_or_else(|| {
                sum.quads.push((vectors, [0.0.into(); 3]));
                sum.quads.len() - 1
            });
            for (to, w) in sum.quads[at].1.iter_mut().zip(*weights) {
                *to += factor * w;
            }
        } else {
            let node = self.node(op, parts, kind, set);
            add_term(&mut sum.terms, node, factor);
        }
    }

    /// Chooses the operation: with couplings divided by `scale`, and the
    /// halves of the result that can be non-zero.
    pub(super) fn operation(
        &mut self,
        term: &Term,
        shape: &Shape,
        slot: &[Option<u32>],
    ) -> Option<(Op, Complex64, u8)> {
        if let Shape::Generic { tensor } = shape {
            let next = self.generic.len();
            let part = *self.generic_of.entry(term.part).or_insert(next);
            if part == next {
                self.generic.push(tensor.clone());
            }
            let children: Vec<(u8, u32)> = (0..slot.len())
                .filter_map(|s| slot[s].map(|n| (s as u8, n)))
                .collect();
            let op = Op::tensor(part, term.out_slot, &children);
            return Some((op, 1.0.into(), UPPER | LOWER));
        }
        let parts = |n: u32| self.nodes[n as usize].parts;
        operation(shape, usize::from(term.out_slot), slot, &parts)
    }

    /// All helicity configurations with their products and sums.
    fn close(&mut self) -> Vec<Configuration> {
        let n_order = self.coloured.orders.len();
        let n_slots = self.coloured.flows.len() * n_order;
        let everything = (1 << self.sub.legs.len()) - 1;
        let coloured = self.coloured;
        let strides: Vec<(Vec<Vec<usize>>, Vec<usize>)> = coloured
            .contractions
            .iter()
            .map(|c| {
                let big = self.strides(coloured.currents[c.current as usize].set);
                (self.child_strides(&c.term), big)
            })
            .collect();
        let mut list = vec![];
        for digits in self.configurations(everything) {
            let helicities = (0..digits.len()).map(|l| self.hel[l][digits[l]]).collect();
            let mut c = Configuration {
                helicities,
                pairs: vec![],
                sums: vec![vec![]; n_slots],
                row: 0,
                mirror: None,
                weights: [1.0; 2],
            };
            // Vertices that meet the same current in the same sum are one.
            let mut groups: Vec<Group> = vec![];
            let mut group_at: FxHashMap<(usize, u32), usize> = FxHashMap::default();
            for (contraction, (small, big)) in coloured.contractions.iter().zip(&strides) {
                let Some(j) = self.lookup(contraction.current, big, &digits) else {
                    continue;
                };
                let current = &self.nodes[j.node as usize];
                let (kind, current_parts) = (current.kind.other_side(), current.parts);
                let made = Made::Closed(kind);
                let vertex = self.vertex(&contraction.term, small, &digits, made);
                let Some((op, factor, parts)) = vertex else {
                    continue;
                };
                if matches!(kind, Kind::Spinor | Kind::Barred) && parts & current_parts == 0 {
                    continue;
                }
                let set = everything & !coloured.currents[contraction.current as usize].set;
                let slot = contraction.flow * n_order + contraction.order;
                let at = *group_at.entry((slot, j.node)).or_insert(groups.len());
                if at == groups.len() {
                    groups.push(Group {
                        slot,
                        current: j.node,
                        kind,
                        set,
                        sum: Sum::default(),
                    });
                }
                let mut sum = std::mem::take(&mut groups[at].sum);
                self.add(&mut sum, op, factor * j.factor, parts, kind, set);
                groups[at].sum = sum;
            }
            let mut pair_at: FxHashMap<Pair, u32> = FxHashMap::default();
            for group in groups {
                let Some(w) = self.combine(group.sum, group.kind, group.set, None) else {
                    continue;
                };
                let pair = (w.node, group.current);
                let next = c.pairs.len() as u32;
                let at = *pair_at.entry(pair).or_insert(next);
                if at == next {
                    c.pairs.push(pair);
                }
                add_term(&mut c.sums[group.slot], at, w.factor);
            }
            for sum in &mut c.sums {
                let scale = sum.iter().map(|t| t.1.norm()).fold(0.0, f64::max);
                sum.retain(|t| t.1.norm() > 1e-14 * scale);
            }
            make_real(&mut c);
            if c.sums.iter().any(|s| !s.is_empty()) {
                c.row = list.len();
                list.push(c);
            }
        }
        list
    }
}

/// Takes out the phase that the factors of a configuration have in common.
fn make_real(c: &mut Configuration) {
    let Some(&(_, first)) = c.sums.iter().flatten().next() else {
        return;
    };
    let back = first.conj() / first.norm_same();
    for (_, factor) in c.sums.iter_mut().flatten() {
        let z = *factor * back;
        *factor = if z.im.abs() < 1e-14 * z.norm() {
            z.re.into()
        } else {
            z
        };
    }
}

fn add_term(terms: &mut Vec<(u32, Complex64)>, node: u32, factor: Complex64) {
    match terms.iter_mut().find(|t| t.0 == node) {
        Some(t) => {
            let old = t.1;
            t.1 += factor;
            if t.1.norm() < 1e-14 * old.norm() {
                t.1 = 0.0.into();
            }
        }
        None => terms.push((node, factor)),
    }
}
