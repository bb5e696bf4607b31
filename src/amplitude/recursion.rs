//! Colour: the currents of a subprocess, each with every colour tensor that it can have.
//!
//! A pass over the graph of its diagrams, which knows legs, particles, coupling orders
//! and filters. Coloured currents are built from smaller ones by contracting the colour
//! structures of vertices; amplitudes join the last leg with the currents that meet it.
//! Knows the model, the diagrams and colour; knows no helicity and no momenta.
//! Sources: Berends-Giele, Nucl. Phys. B306 (1988) 759; hep-ph/0002082; 0808.3674.

use super::AmplitudeError;
use super::lorentz::LineDirection;
use super::propagator::{Propagators, special};
use super::vertex::{VertexPart, analyse};
use crate::colour::{
    ColourError, ColourSum, ColourTensor, Gaussian, OPEN, contract, is_known, parse_structure,
    slot_index,
};
use crate::diagram::{DiagramGraph, Diagrams, Interaction, LegSet, Subprocess, VetoedLine, Way};
use crate::model::{Model, ParticleId, Vertex};
use num_complex::Complex64;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Most propagators by which diagrams are told apart.
const MOST_VETOED: usize = 64;

/// A child of a vertex: the slot it fills and its current.
pub(crate) type Child = (u8, u32);

/// What a particle is as it flows into a vertex; one that is its own antiparticle is a
/// column, wherever it comes from.
fn direction(model: &Model, particle: ParticleId) -> LineDirection {
    let p = model.particle(particle);
    match (p.is_fermion(), p.pdg < 0 && p.anti != particle) {
        (true, true) => LineDirection::Against,
        (true, false) => LineDirection::Along,
        _ => LineDirection::None,
    }
}

/// One vertex that contributes to a current.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    /// Index into [`ColourGraph::parts`].
    pub(crate) part: usize,
    /// Slot of the resulting line.
    pub(crate) out_slot: u8,
    /// What fills the other slots.
    pub(crate) children: Vec<Child>,
    /// Colour coefficient times the sign of Fermi statistics.
    pub(crate) factor: Complex64,
}

/// An off-shell current (or an external leg, without terms).
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub(crate) set: LegSet,
    /// The particle as it flows into the rest of the diagram.
    pub(crate) particle: ParticleId,
    pub(crate) direction: LineDirection,
    pub(crate) terms: Vec<Term>,
    colour: u32,
    leading: bool,
}

/// A contribution to an amplitude: a vertex with the last leg and all children
/// but one, contracted with the remaining current.
#[derive(Clone, Debug)]
pub(crate) struct Contraction {
    pub(crate) term: Term,
    /// The current that fills the term's open slot.
    pub(crate) current: u32,
    /// Index into [`ColourGraph::flows`].
    pub(crate) flow: usize,
    /// Index into [`ColourGraph::orders`].
    pub(crate) order: usize,
}

/// Everything about an amplitude but helicities and numbers.
#[derive(Clone, Debug)]
pub(crate) struct ColourGraph {
    /// Lorentz parts of the vertices that occur.
    pub(crate) parts: Vec<VertexPart>,
    /// Currents in order of evaluation; the first `n_ext` are the external legs.
    pub(crate) currents: Vec<Current>,
    /// Contributions to the amplitudes.
    pub(crate) contractions: Vec<Contraction>,
    /// Colour basis.
    pub(crate) flows: Vec<ColourTensor>,
    /// Whether a flow receives anything without a factor 1/N.
    pub(crate) flow_leading: Vec<bool>,
    /// Coupling orders (powers in the model's order) that occur; diagrams that have
    /// different ones of the vetoed propagators are apart as well.
    pub(crate) orders: Vec<Vec<u8>>,
    /// Propagators that must not be on shell.
    pub(crate) vetoed: Vec<VetoedLine>,
    /// Which of them the diagrams of each order have.
    pub(crate) orders_vetoed: Vec<u64>,
    /// Propagators that are no instructions of their own.
    pub(crate) propagators: Propagators,
}

/// A part of a vertex, entered from all slots but one.
#[derive(Clone, Debug)]
struct Entry {
    part: usize,
    /// Index of the expanded colour structure.
    structure: usize,
    /// Slots of the children, in the order of the particles that flow in, sorted.
    slots: Vec<u8>,
    out_slot: u8,
    /// Slots of the fermions in the order of their fields.
    fermions: Rc<[u8]>,
    /// Direction of the resulting current.
    direction: LineDirection,
}

/// Entries of an interaction for a particle that leaves.
type Entries = Rc<[Entry]>;

/// A vertex of the model, taken apart.
struct Analysed {
    /// First of its expanded colour structures.
    first_structure: usize,
    /// First of its parts and their number.
    parts: std::ops::Range<usize>,
}

struct Builder<'a> {
    model: &'a Model,
    sub: &'a Subprocess,
    diagrams: &'a Diagrams<'a>,
    parts: Vec<VertexPart>,
    structures: Vec<Structure>,
    vertices: FxHashMap<usize, Analysed>,
    entries: FxHashMap<(u32, ParticleId), Entries>,
    tensors: Vec<ColourTensor>,
    tensor_ids: FxHashMap<ColourTensor, u32>,
    contractions: FxHashMap<ContractionKey, Rc<Vec<Product>>>,
    currents: Vec<Current>,
    /// Coloured currents of every line of the diagrams.
    of_line: Vec<Vec<u32>>,
    fermions: LegSet,
}

/// Coefficient, tensor and whether it is of leading colour.
type Product = (Complex64, u32, bool);
type ContractionKey = (usize, Option<u8>, Vec<(u8, u32)>);

/// Gives colour to the diagrams of one subprocess.
///
/// # Errors
/// [`AmplitudeError`]: no diagrams, or a vertex of them that is not supported.
pub(crate) fn build(model: &Model, sub: &Subprocess) -> Result<ColourGraph, AmplitudeError> {
    let diagrams = Diagrams::new(model)?;
    let vetoed = diagrams.vetoed_lines(sub);
    if vetoed.len() > MOST_VETOED {
        return Err(AmplitudeError::Vetoes {
            process: sub.name(model),
            found: vetoed.len(),
            most: MOST_VETOED,
        });
    }
    let graph = diagrams.graph_by(sub, &vetoed);
    let mut b = Builder::new(model, sub, &diagrams)?;
    b.external_legs();
    for line in &graph.lines {
        let own = match line.set.count_ones() {
            1 => vec![line.set.trailing_zeros()],
            _ => b.line(line.set, line.particle, &line.ways)?,
        };
        b.of_line.push(own);
    }
    b.close(&graph, vetoed)
}

/// A colour structure: numbers times tensors, to be added up.
type Structure = Vec<(Gaussian, ColourTensor)>;

/// The colour structures of a vertex.
fn colours(model: &Model, vertex: &Vertex) -> Result<Vec<Structure>, AmplitudeError> {
    let of = |p: &ParticleId| model.particle(*p).colour;
    let representations: Vec<i8> = vertex.particles.iter().map(of).collect();
    let texts = vertex.colour.iter();
    let structures = texts.map(|text| parse_structure(text, &representations));
    let all: Result<_, ColourError> = structures.collect();
    all.map_err(|error| AmplitudeError::Vertex {
        vertex: vertex.name.clone(),
        source: Box::new(error.into()),
    })
}

/// Why a colour structure of a vertex cannot be used, if it cannot.
pub(crate) fn colour_fault(model: &Model, vertex: &Vertex) -> Option<AmplitudeError> {
    colours(model, vertex).err()
}

impl<'a> Builder<'a> {
    fn new(
        model: &'a Model,
        sub: &'a Subprocess,
        diagrams: &'a Diagrams<'a>,
    ) -> Result<Self, AmplitudeError> {
        let mut fermions = 0;
        for (k, &leg) in sub.legs.iter().enumerate() {
            let p = model.particle(leg);
            if !is_known(p.colour) {
                let name = p.name.clone();
                return Err(ColourError::Representation {
                    name,
                    representation: p.colour,
                }
                .into());
            }
            fermions |= LegSet::from(p.is_fermion()) << k;
        }
        Ok(Self {
            model,
            sub,
            diagrams,
            parts: vec![],
            structures: vec![],
            vertices: FxHashMap::default(),
            entries: FxHashMap::default(),
            tensors: vec![],
            tensor_ids: FxHashMap::default(),
            contractions: FxHashMap::default(),
            currents: vec![],
            of_line: vec![],
            fermions,
        })
    }

    /// Takes a vertex of the model apart, once.
    fn analyse(&mut self, vertex: usize) -> Result<&Analysed, AmplitudeError> {
        if !self.vertices.contains_key(&vertex) {
            let v = &self.model.vertices[vertex];
            let unsupported = |source| AmplitudeError::Vertex {
                vertex: v.name.clone(),
                source: Box::new(source),
            };
            let first_structure = self.structures.len();
            self.structures.extend(colours(self.model, v)?);
            let first = self.parts.len();
            self.parts
                .extend(analyse(self.model, v).map_err(unsupported)?);
            let found = Analysed {
                first_structure,
                parts: first..self.parts.len(),
            };
            self.vertices.insert(vertex, found);
        }
        Ok(&self.vertices[&vertex])
    }

    /// The parts of an interaction that make `out` of all others.
    fn entries(&mut self, number: u32, out: ParticleId) -> Result<Entries, AmplitudeError> {
        if let Some(found) = self.entries.get(&(number, out)) {
            return Ok(Rc::clone(found));
        }
        let diagrams = self.diagrams;
        let interaction: &Interaction = diagrams.interaction(number as usize);
        let (model, n_orders) = (self.model, self.model.orders.len());
        let mut list = vec![];
        for &vertex in &interaction.vertices {
            let particles = &model.vertices[vertex].particles;
            let Some(out_slot) = particles.iter().position(|&p| p == out) else {
                continue;
            };
            let mut children: Vec<(ParticleId, u8)> = (0..particles.len())
                .filter(|&s| s != out_slot)
                .map(|s| (model.anti(particles[s]), s as u8))
                .collect();
            children.sort_unstable();
            let slots: Vec<u8> = children.into_iter().map(|c| c.1).collect();
            let analysed = self.analyse(vertex)?;
            let (first, parts) = (analysed.first_structure, analysed.parts.clone());
            for part in parts {
                if self.parts[part].orders != interaction.powers.bytes(n_orders) {
                    continue;
                }
                list.push(Entry {
                    part,
                    structure: first + self.parts[part].colour,
                    slots: slots.clone(),
                    out_slot: out_slot as u8,
                    fermions: Rc::clone(&self.parts[part].fermions),
                    direction: direction(model, out),
                });
            }
        }
        let list: Entries = list.into();
        self.entries.insert((number, out), Rc::clone(&list));
        Ok(list)
    }

    fn external_legs(&mut self) {
        for leg in 0..self.sub.legs.len() {
            let particle = self.sub.incoming(self.model, leg);
            let (factor, tensor) =
                ColourTensor::external(leg, self.model.particle(particle).colour);
            let colour = self.intern(tensor);
            // The coefficient of an external octet is kept with its tensor.
            debug_assert!(factor.to_f64().0 == 1.0 || factor.to_f64().0 == 2.0);
            self.currents.push(Current {
                set: 1 << leg,
                particle,
                direction: direction(self.model, particle),
                terms: vec![],
                colour,
                leading: true,
            });
        }
    }

    fn intern(&mut self, tensor: ColourTensor) -> u32 {
        if let Some(&id) = self.tensor_ids.get(&tensor) {
            return id;
        }
        let id = self.tensors.len() as u32;
        self.tensors.push(tensor.clone());
        self.tensor_ids.insert(tensor, id);
        id
    }

    /// Contracts a colour structure with the colours of its children.
    fn colour(
        &mut self,
        structure: usize,
        out_slot: Option<u8>,
        children: &[(u8, u32)],
    ) -> Rc<Vec<Product>> {
        let key = (structure, out_slot, children.to_vec());
        if let Some(found) = self.contractions.get(&key) {
            return Rc::clone(found);
        }
        let slot = |s: u8| slot_index(usize::from(s));
        let mut total: ColourSum = vec![];
        for (factor, tensor) in &self.structures[structure] {
            let mut product = tensor.clone();
            let mut factor = *factor;
            for &(s, id) in children {
                let child = &self.tensors[id as usize];
                // A single octet leg is delta^{ab} = 2 tr(T^a T^b).
                if child.is_octet_line() {
                    factor = factor * Gaussian::ratio(2, 1);
                }
                product.multiply(&child.renamed(OPEN, slot(s)));
            }
            for (c, t, leading) in contract(factor, product) {
                let (sign, t) = match out_slot {
                    Some(s) => t.renamed(slot(s), OPEN).canonical(),
                    None => (1, t),
                };
                let c = if sign < 0 { -c } else { c };
                match total.iter_mut().find(|(_, known, _)| *known == t) {
                    Some(found) => {
                        found.0 = found.0 + c;
                        found.2 |= leading;
                    }
                    None => total.push((c, t, leading)),
                }
            }
        }
        let mut result = vec![];
        for (c, t, leading) in total {
            if c.is_zero() {
                continue;
            }
            // An octet current of a single generator pair keeps the convention above.
            let pair = t.is_octet_line();
            let (re, im) = c.to_f64();
            let value = Complex64::new(re, im) * if pair { 0.5 } else { 1.0 };
            result.push((value, self.intern(t), leading));
        }
        let result = Rc::new(result);
        self.contractions.insert(key, Rc::clone(&result));
        result
    }

    /// Sign of the permutation that brings the external fermions of some currents, taken
    /// in this order, into the order of the legs.
    fn fermi_sign(&self, sets: impl Iterator<Item = LegSet>) -> f64 {
        let (mut before, mut inversions): (LegSet, u32) = (0, 0);
        for set in sets {
            let mut own = set & self.fermions;
            before |= own;
            while own != 0 {
                inversions += (before >> own.trailing_zeros() >> 1).count_ones();
                // Within a current they are in order.
                inversions -= own.count_ones() - 1;
                own &= own - 1;
            }
        }
        if inversions % 2 == 0 { 1.0 } else { -1.0 }
    }

    /// The same for what fills the slots of a vertex, in the order of its fermions: line by
    /// line, the row before the column. Pairs stand anywhere: bosons hold such, and what
    /// else a vertex has beside the line of an open slot.
    fn vertex_sign(&self, entry: &Entry, children: &[Child]) -> f64 {
        let at = |slot: &u8| children.iter().find(|c| c.0 == *slot);
        let in_lines = entry.fermions.iter().filter_map(at);
        let bosons = children.iter().filter(|c| !entry.fermions.contains(&c.0));
        let all = in_lines.chain(bosons);
        self.fermi_sign(all.map(|c| self.currents[c.1 as usize].set))
    }

    /// Calls `f` with every choice of one coloured current for each of some lines.
    fn for_each_choice(
        &mut self,
        lines: &[usize],
        chosen: &mut Vec<u32>,
        f: &mut impl FnMut(&mut Self, &[u32]),
    ) {
        let Some((&line, rest)) = lines.split_first() else {
            return f(self, chosen);
        };
        for k in 0..self.of_line[line].len() {
            chosen.push(self.of_line[line][k]);
            self.for_each_choice(rest, chosen, f);
            chosen.pop();
        }
    }

    /// Some currents in the order that entries want: by particle.
    fn fill(&self, entry: &Entry, currents: &[u32]) -> Vec<Child> {
        let mut order = currents.to_vec();
        order.sort_unstable_by_key(|&c| (self.currents[c as usize].particle, c));
        entry.slots.iter().copied().zip(order).collect()
    }

    fn colours(&self, children: &[Child]) -> Vec<(u8, u32)> {
        let colour = |&(s, c): &Child| (s, self.currents[c as usize].colour);
        children.iter().map(colour).collect()
    }

    fn all_leading(&self, currents: &[u32]) -> bool {
        currents.iter().all(|&c| self.currents[c as usize].leading)
    }

    /// The coloured currents of one line.
    fn line(
        &mut self,
        set: LegSet,
        particle: ParticleId,
        ways: &[Way],
    ) -> Result<Vec<u32>, AmplitudeError> {
        let mut own: Vec<u32> = vec![];
        let mut found: FxHashMap<u32, u32> = FxHashMap::default();
        for way in ways {
            let entries = self.entries(way.interaction, particle)?;
            self.for_each_choice(&way.lines, &mut vec![], &mut |b, currents| {
                for entry in entries.iter() {
                    b.join(set, particle, entry, currents, &mut found, &mut own);
                }
            });
        }
        Ok(own)
    }

    /// Adds what a vertex makes of given currents to those of a line.
    fn join(
        &mut self,
        set: LegSet,
        particle: ParticleId,
        entry: &Entry,
        currents: &[u32],
        found: &mut FxHashMap<u32, u32>,
        own: &mut Vec<u32>,
    ) {
        let children = self.fill(entry, currents);
        let sign = self.vertex_sign(entry, &children);
        let colours = self.colours(&children);
        let leading_children = self.all_leading(currents);
        let products = self.colour(entry.structure, Some(entry.out_slot), &colours);
        for &(factor, colour, leading) in products.iter() {
            let next = self.currents.len() as u32;
            let at = *found.entry(colour).or_insert(next);
            if at == next {
                own.push(next);
                self.currents.push(Current {
                    set,
                    particle,
                    direction: entry.direction,
                    terms: vec![],
                    colour,
                    leading: false,
                });
            }
            let current = &mut self.currents[at as usize];
            current.leading |= leading && leading_children;
            current.terms.push(Term {
                part: entry.part,
                out_slot: entry.out_slot,
                children: children.clone(),
                factor: factor * sign,
            });
        }
    }

    /// Joins everything to the last leg.
    fn close(
        mut self,
        graph: &DiagramGraph,
        vetoed: Vec<VetoedLine>,
    ) -> Result<ColourGraph, AmplitudeError> {
        let n_orders = self.model.orders.len();
        let mut closed = Closed::default();
        for way in &graph.closing {
            let interaction = self.diagrams.interaction(way.interaction as usize);
            let powers = way.lines.iter().map(|&k| graph.lines[k].powers);
            let powers = powers.fold(interaction.powers, |sum, p| sum + p);
            let marks = way.lines.iter().map(|&k| graph.lines[k].marked);
            let marks = marks.fold(0, |all, m| all | m);
            let order = closed.order(powers.bytes(n_orders), marks);
            // The current that is contracted last has the most legs.
            let legs = |&k: &usize| graph.lines[k].set.count_ones();
            let at = (0..way.lines.len()).max_by_key(|&k| legs(&way.lines[k]));
            let at = at.expect("a vertex has lines");
            let out = self.model.anti(graph.lines[way.lines[at]].particle);
            let entries = self.entries(way.interaction, out)?;
            self.for_each_choice(&way.lines, &mut vec![], &mut |b, currents| {
                for entry in entries.iter() {
                    b.contract(entry, currents, at, order, &mut closed);
                }
            });
        }
        if closed.contractions.is_empty() {
            return Err(AmplitudeError::NoDiagrams {
                process: self.sub.name(self.model),
            });
        }
        let mut graph = ColourGraph {
            flows: (closed.flows.iter())
                .map(|&colour| self.tensors[colour as usize].clone())
                .collect(),
            parts: self.parts,
            currents: self.currents,
            contractions: closed.contractions,
            flow_leading: closed.leading,
            orders: closed.orders,
            vetoed,
            orders_vetoed: closed.orders_vetoed,
            propagators: Propagators::default(),
        };
        graph.sort_flows();
        graph.prune(self.sub.legs.len());
        for current in &graph.currents[self.sub.legs.len()..] {
            if let Some(own) = special(self.model, current.particle)? {
                graph.propagators.insert(current.particle, own);
            }
        }
        Ok(graph)
    }

    /// Contracts the current at `at` with what a vertex makes of the others and
    /// the last leg.
    fn contract(
        &mut self,
        entry: &Entry,
        currents: &[u32],
        at: usize,
        order: usize,
        closed: &mut Closed,
    ) {
        let last = self.sub.legs.len() as u32 - 1;
        let mut small = currents.to_vec();
        let big = small.remove(at);
        small.push(last);
        let children = self.fill(entry, &small);
        let all = [children.as_slice(), &[(entry.out_slot, big)]].concat();
        let sign = self.vertex_sign(entry, &all);
        let leading_children = self.all_leading(currents);
        let products = self.colour(entry.structure, None, &self.colours(&all));
        for &(factor, colour, leading) in products.iter() {
            let flow = closed.flow(colour);
            closed.leading[flow] |= leading && leading_children;
            closed.contractions.push(Contraction {
                term: Term {
                    part: entry.part,
                    out_slot: entry.out_slot,
                    children: children.clone(),
                    factor: factor * sign,
                },
                current: big,
                flow,
                order,
            });
        }
    }
}

/// What the amplitudes are made of so far.
#[derive(Default)]
struct Closed {
    contractions: Vec<Contraction>,
    /// Colour tensors of the flows, and the numbers of those.
    flows: Vec<u32>,
    flow_of: FxHashMap<u32, usize>,
    leading: Vec<bool>,
    orders: Vec<Vec<u8>>,
    orders_vetoed: Vec<u64>,
}

impl Closed {
    fn flow(&mut self, colour: u32) -> usize {
        let next = self.flows.len();
        let flow = *self.flow_of.entry(colour).or_insert(next);
        if flow == next {
            self.flows.push(colour);
            self.leading.push(false);
        }
        flow
    }

    fn order(&mut self, powers: Vec<u8>, vetoed: u64) -> usize {
        let mut all = self.orders.iter().zip(&self.orders_vetoed);
        let known = all.position(|(o, v)| (o, *v) == (&powers, vetoed));
        known.unwrap_or_else(|| {
            self.orders.push(powers);
            self.orders_vetoed.push(vetoed);
            self.orders.len() - 1
        })
    }
}

impl ColourGraph {
    /// Puts the colour basis into a fixed order.
    fn sort_flows(&mut self) {
        let mut order: Vec<usize> = (0..self.flows.len()).collect();
        order.sort_by(|&a, &b| self.flows[a].cmp(&self.flows[b]));
        let mut new_place = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            new_place[old] = new;
        }
        self.flows = order.iter().map(|&k| self.flows[k].clone()).collect();
        self.flow_leading = order.iter().map(|&k| self.flow_leading[k]).collect();
        for contraction in &mut self.contractions {
            contraction.flow = new_place[contraction.flow];
        }
    }

    /// Removes currents that no amplitude needs.
    fn prune(&mut self, n_ext: usize) {
        let mut needed = vec![false; self.currents.len()];
        needed[..n_ext].fill(true);
        for contraction in &self.contractions {
            needed[contraction.current as usize] = true;
            contraction
                .term
                .children
                .iter()
                .for_each(|c| needed[c.1 as usize] = true);
        }
        for k in (0..self.currents.len()).rev().filter(|&k| k >= n_ext) {
            if needed[k] {
                for term in &self.currents[k].terms {
                    term.children
                        .iter()
                        .for_each(|c| needed[c.1 as usize] = true);
                }
            }
        }
        let mut place = vec![0_u32; needed.len()];
        let mut next = 0;
        for (k, &n) in needed.iter().enumerate() {
            place[k] = next;
            next += u32::from(n);
        }
        let mut keep = needed.iter();
        self.currents.retain(|_| *keep.next().expect("same length"));
        let terms = self.currents.iter_mut().flat_map(|c| &mut c.terms);
        for term in terms.chain(self.contractions.iter_mut().map(|c| &mut c.term)) {
            term.children
                .iter_mut()
                .for_each(|c| c.1 = place[c.1 as usize]);
        }
        self.contractions
            .iter_mut()
            .for_each(|c| c.current = place[c.current as usize]);
    }
}
