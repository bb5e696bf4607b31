//! The recursion over sets of external legs, before helicities are assigned.
//!
//! Off-shell currents are labelled by (set of legs, particle, coupling orders,
//! satisfied s-channel requirements, colour tensor) and built from smaller ones
//! through the vertices of the model; amplitudes join the last leg with two or
//! three currents. Knows the model, the process and colour; knows no momenta.
//! Sources: Berends-Giele, Nucl. Phys. B306 (1988) 759; hep-ph/0002082; 0808.3674.

use super::AmplitudeError;
use super::vertex::{VertexPart, analyse};
use crate::colour::{
    ColourError, ColourSum, ColourTensor, Gaussian, Index, OPEN, contract, parse_structure,
};
use crate::model::{Model, ParticleId};
use crate::process::{LegSet, OrderLimits, Subprocess};
use num_complex::Complex64;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Which sets of required s-channel entries the propagators so far can meet,
/// each entry by a propagator of its own: bit A for the set A (a bit mask itself).
type Met = u32;

/// Only the empty set of entries is met.
const NOTHING_MET: Met = 1;

/// Most entries whose sets fit into [`Met`].
const MAX_REQUIRED: usize = Met::BITS.ilog2() as usize;

/// A child of a vertex: the slot it fills and its current.
pub(crate) type Child = (u8, u32);

/// One vertex that contributes to a current.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    /// Index into [`Skeleton::parts`].
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
    pub(crate) terms: Vec<Term>,
    orders: u32,
    met: Met,
    colour: u32,
    leading: bool,
}

/// A contribution to an amplitude: a vertex with the last leg and all children
/// but one, contracted with the remaining current.
#[derive(Clone, Debug)]
pub(crate) struct Closing {
    pub(crate) term: Term,
    /// The current that fills the term's open slot.
    pub(crate) current: u32,
    /// Index into [`Skeleton::flows`].
    pub(crate) flow: usize,
    /// Index into [`Skeleton::orders`].
    pub(crate) order: usize,
}

/// Everything about an amplitude but helicities and numbers.
#[derive(Clone, Debug)]
pub(crate) struct Skeleton {
    /// Lorentz parts of all vertices that occur.
    pub(crate) parts: Vec<VertexPart>,
    /// Currents in order of evaluation; the first `n_ext` are the external legs.
    pub(crate) currents: Vec<Current>,
    /// Contributions to the amplitudes.
    pub(crate) closings: Vec<Closing>,
    /// Colour basis.
    pub(crate) flows: Vec<ColourTensor>,
    /// Whether a flow receives anything without a factor 1/N.
    pub(crate) flow_leading: Vec<bool>,
    /// Coupling orders (powers in the model's order) that occur.
    pub(crate) orders: Vec<Vec<u8>>,
}

/// Where a vertex part can be entered, keyed by the particles that flow in.
struct Entry {
    part: usize,
    /// Index of the expanded colour structure.
    structure: usize,
    /// Slots of the children, in the order of the sorted key.
    slots: Vec<u8>,
    out_slot: u8,
    /// The particle of the resulting current.
    out: ParticleId,
}

struct Builder<'a> {
    model: &'a Model,
    sub: &'a Subprocess,
    parts: Vec<VertexPart>,
    structures: Vec<Vec<(Gaussian, ColourTensor)>>,
    entries: FxHashMap<Vec<ParticleId>, Vec<Entry>>,
    tensors: Vec<ColourTensor>,
    tensor_ids: FxHashMap<ColourTensor, u32>,
    contractions: FxHashMap<ContractionKey, Rc<Vec<Product>>>,
    currents: Vec<Current>,
    by_set: Vec<Vec<u32>>,
    fermions: LegSet,
}

/// Coefficient, tensor and whether it is of leading colour.
type Product = (Complex64, u32, bool);
type ContractionKey = (usize, Option<u8>, Vec<(u8, u32)>);

/// Compiles the recursion of one subprocess.
pub(crate) fn build(model: &Model, sub: &Subprocess) -> Result<Skeleton, AmplitudeError> {
    let mut b = Builder::new(model, sub)?;
    b.external_legs();
    let n = sub.legs.len();
    let inner: LegSet = (1 << (n - 1)) - 1;
    let mut sets: Vec<LegSet> = (1..=inner)
        .filter(|s| (2..n as u32 - 1).contains(&s.count_ones()))
        .collect();
    sets.sort_by_key(|s| (s.count_ones(), *s));
    for set in sets {
        b.currents_of(set);
    }
    b.close(inner)
}

impl<'a> Builder<'a> {
    fn new(model: &'a Model, sub: &'a Subprocess) -> Result<Self, AmplitudeError> {
        let n_required = sub.filter.required_s_channel.len();
        if n_required > MAX_REQUIRED {
            return Err(AmplitudeError::TooManyRequired {
                process: sub.name(model),
                n: n_required,
                most: MAX_REQUIRED,
            });
        }
        let mut fermions = 0;
        for (k, &leg) in sub.legs.iter().enumerate() {
            let p = model.particle(leg);
            if !matches!(p.colour, 1 | 3 | -3 | 8) {
                let name = p.name.clone();
                return Err(ColourError::Representation {
                    name,
                    representation: p.colour,
                }
                .into());
            }
            fermions |= LegSet::from(p.is_fermion()) << k;
        }
        let mut b = Self {
            model,
            sub,
            parts: vec![],
            structures: vec![],
            entries: FxHashMap::default(),
            tensors: vec![],
            tensor_ids: FxHashMap::default(),
            contractions: FxHashMap::default(),
            currents: vec![],
            by_set: vec![vec![]; 1 << sub.legs.len()],
            fermions,
        };
        b.collect_vertices()?;
        Ok(b)
    }

    /// Tabulates every way to enter every vertex part.
    fn collect_vertices(&mut self) -> Result<(), AmplitudeError> {
        let model = self.model;
        for vertex in &model.vertices {
            let n = vertex.particles.len();
            if !(3..=4).contains(&n) {
                continue;
            }
            let reps: Vec<i8> = vertex
                .particles
                .iter()
                .map(|&p| model.particle(p).colour)
                .collect();
            let first = self.structures.len();
            for text in &vertex.colour {
                self.structures.push(parse_structure(text, &reps)?);
            }
            for part in analyse(model, vertex)? {
                let structure = first + part.colour;
                for out_slot in 0..n {
                    let out = vertex.particles[out_slot];
                    if vertex.particles[..out_slot].contains(&out) {
                        continue;
                    }
                    let mut children: Vec<(ParticleId, u8)> = (0..n)
                        .filter(|&s| s != out_slot)
                        .map(|s| (model.anti(vertex.particles[s]), s as u8))
                        .collect();
                    children.sort();
                    let (key, slots) = children.into_iter().unzip();
                    self.entries.entry(key).or_default().push(Entry {
                        part: self.parts.len(),
                        structure,
                        slots,
                        out_slot: out_slot as u8,
                        out,
                    });
                }
                self.parts.push(part);
            }
        }
        Ok(())
    }

    fn external_legs(&mut self) {
        for leg in 0..self.sub.legs.len() {
            let particle = self.sub.incoming(self.model, leg);
            let (factor, tensor) =
                ColourTensor::external(leg, self.model.particle(particle).colour);
            let colour = self.intern(tensor);
            // The coefficient of an external octet is kept with its tensor.
            debug_assert!(factor.to_f64().0 == 1.0 || factor.to_f64().0 == 2.0);
            self.by_set[1 << leg].push(leg as u32);
            self.currents.push(Current {
                set: 1 << leg,
                particle,
                terms: vec![],
                orders: 0,
                met: NOTHING_MET,
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
        let slot = |s: u8| -> Index { -10 - Index::from(s) };
        let mut total: ColourSum = vec![];
        for (factor, tensor) in &self.structures[structure] {
            let mut chains = tensor.chains.clone();
            let mut factor = *factor;
            for &(s, id) in children {
                let child = &self.tensors[id as usize];
                // A single octet leg is delta^{ab} = 2 tr(T^a T^b).
                if child.chains.len() == 1
                    && child.chains[0].ends.is_none()
                    && child.chains[0].gluons.len() == 2
                    && child.chains[0].gluons.contains(&OPEN)
                {
                    factor = factor * Gaussian::ratio(2, 1);
                }
                chains.extend(child.renamed(OPEN, slot(s)).chains);
            }
            for (c, t, leading) in contract(factor, chains) {
                let t = match out_slot {
                    Some(s) => t.renamed(slot(s), OPEN).canonical(),
                    None => t,
                };
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
            let pair = t.chains.len() == 1
                && t.chains[0].ends.is_none()
                && t.chains[0].gluons.len() == 2
                && t.chains[0].gluons.contains(&OPEN);
            let (re, im) = c.to_f64();
            let value = Complex64::new(re, im) * if pair { 0.5 } else { 1.0 };
            result.push((value, self.intern(t), leading));
        }
        let result = Rc::new(result);
        self.contractions.insert(key, Rc::clone(&result));
        result
    }

    /// Sign from ordering the fermions of the children: row, column, the rest.
    fn fermi_sign(&self, sets: &[LegSet]) -> f64 {
        let mut inversions = 0;
        for (k, &a) in sets.iter().enumerate() {
            for &b in &sets[k + 1..] {
                let (a, mut b) = (a & self.fermions, b & self.fermions);
                while b != 0 {
                    let low = b.trailing_zeros();
                    inversions += (a >> low).count_ones();
                    b &= b - 1;
                }
            }
        }
        if inversions % 2 == 0 { 1.0 } else { -1.0 }
    }

    /// Children's sets in the order of their fermion lines: barred, unbarred, bosons.
    fn ordered_sets(&self, children: &[u32]) -> Vec<LegSet> {
        let rank = |c: u32| {
            let p = self.model.particle(self.currents[c as usize].particle);
            match (p.is_fermion(), p.pdg < 0) {
                (true, true) => 0,
                (true, false) => 1,
                _ => 2,
            }
        };
        let mut list: Vec<u32> = children.to_vec();
        list.sort_by_key(|&c| rank(c));
        list.iter()
            .map(|&c| self.currents[c as usize].set)
            .collect()
    }

    /// Builds all currents of one set of legs.
    fn currents_of(&mut self, set: LegSet) {
        let mut found: FxHashMap<(ParticleId, u32, Met, u32), u32> = FxHashMap::default();
        for sets in partitions(set) {
            for children in self.combinations(&sets) {
                self.join(set, &children, &mut found);
            }
        }
    }

    /// All tuples of currents, one from each set.
    fn combinations(&self, sets: &[LegSet]) -> Vec<Vec<u32>> {
        let mut all = vec![vec![]];
        for &s in sets {
            let list = &self.by_set[s as usize];
            all = all
                .iter()
                .flat_map(|head: &Vec<u32>| {
                    list.iter().map(move |&c| [head.as_slice(), &[c]].concat())
                })
                .collect();
        }
        all
    }

    /// Children sorted by particle, as the entry table wants them.
    fn sorted_key(&self, children: &[u32]) -> (Vec<ParticleId>, Vec<u32>) {
        let mut order = children.to_vec();
        order.sort_by_key(|&c| (self.currents[c as usize].particle, c));
        (
            order
                .iter()
                .map(|&c| self.currents[c as usize].particle)
                .collect(),
            order,
        )
    }

    /// Adds what the vertices make of given children to the currents of a set.
    fn join(
        &mut self,
        set: LegSet,
        children: &[u32],
        found: &mut FxHashMap<(ParticleId, u32, Met, u32), u32>,
    ) {
        let (key, order) = self.sorted_key(children);
        let Some(entries) = self.entries.remove(&key) else {
            return;
        };
        let sign = self.fermi_sign(&self.ordered_sets(children));
        for entry in &entries {
            let Some(orders) = self.add_orders(entry.part, &order) else {
                continue;
            };
            let Some(met) = self.propagator_allowed(set, entry.out, &order) else {
                continue;
            };
            let slots: Vec<Child> = entry
                .slots
                .iter()
                .zip(&order)
                .map(|(&s, &c)| (s, c))
                .collect();
            let colours: Vec<(u8, u32)> = slots
                .iter()
                .map(|&(s, c)| (s, self.currents[c as usize].colour))
                .collect();
            let leading_children = order.iter().all(|&c| self.currents[c as usize].leading);
            let products = self.colour(entry.structure, Some(entry.out_slot), &colours);
            for &(factor, colour, leading) in products.iter() {
                let label = (entry.out, orders, met, colour);
                let next = self.currents.len() as u32;
                let at = *found.entry(label).or_insert(next);
                if at == next {
                    self.by_set[set as usize].push(next);
                    self.currents.push(Current {
                        set,
                        particle: entry.out,
                        terms: vec![],
                        orders,
                        met,
                        colour,
                        leading: false,
                    });
                }
                let current = &mut self.currents[at as usize];
                current.leading |= leading && leading_children;
                current.terms.push(Term {
                    part: entry.part,
                    out_slot: entry.out_slot,
                    children: slots.clone(),
                    factor: factor * sign,
                });
            }
        }
        self.entries.insert(key, entries);
    }

    /// Orders of the children and a vertex added up, unless over a limit.
    fn add_orders(&self, part: usize, children: &[u32]) -> Option<u32> {
        let mut sum = pack(&self.parts[part].orders);
        for &c in children {
            sum += self.currents[c as usize].orders;
        }
        within(
            &self.sub.filter.orders,
            self.model,
            &unpack(sum, self.model.orders.len()),
        )
        .then_some(sum)
    }

    /// The requirements that children meet together.
    fn met(&self, children: &[u32]) -> Met {
        children.iter().fold(NOTHING_MET, |m, &c| {
            meet_both(m, self.currents[c as usize].met)
        })
    }

    /// Applies the propagator filters; the requirements met so far, or `None`.
    fn propagator_allowed(&self, set: LegSet, out: ParticleId, children: &[u32]) -> Option<Met> {
        let filter = &self.sub.filter;
        if filter.forbidden.contains(&out) {
            return None;
        }
        let met = self.met(children);
        if self.sub.is_t_channel(set) {
            return Some(met);
        }
        if filter.forbidden_s_channel.contains(&out) {
            return None;
        }
        // The particle on its way from the initial to the final state.
        let incoming = (1 << self.sub.n_in) - 1;
        let forward = if set & incoming == 0 {
            self.model.anti(out)
        } else {
            out
        };
        let entries = filter.required_s_channel.iter().enumerate();
        let own = entries
            .filter(|(_, wanted)| wanted.contains(&forward))
            .fold(NOTHING_MET, |m, (k, _)| m | 1 << (1 << k));
        Some(meet_both(met, own))
    }

    /// Joins everything to the last leg.
    fn close(mut self, inner: LegSet) -> Result<Skeleton, AmplitudeError> {
        let last = self.sub.legs.len() as u32 - 1;
        let all_required = (1_u32 << self.sub.filter.required_s_channel.len()) - 1;
        let n_orders = self.model.orders.len();
        let mut flows: FxHashMap<u32, usize> = FxHashMap::default();
        let mut skeleton = Skeleton {
            parts: vec![],
            currents: vec![],
            closings: vec![],
            flows: vec![],
            flow_leading: vec![],
            orders: vec![],
        };
        for sets in partitions(inner) {
            for mut children in self.combinations(&sets) {
                children.push(last);
                if self.met(&children) >> all_required & 1 == 0 {
                    continue;
                }
                // The current that is contracted last has the most legs.
                let big = *children[..children.len() - 1]
                    .iter()
                    .max_by_key(|&&c| self.currents[c as usize].set.count_ones())
                    .expect("a partition has parts");
                let small: Vec<u32> = children.iter().copied().filter(|&c| c != big).collect();
                let (key, order) = self.sorted_key(&small);
                let Some(entries) = self.entries.remove(&key) else {
                    continue;
                };
                let sign = self.fermi_sign(&self.ordered_sets(&children));
                let want = self.model.anti(self.currents[big as usize].particle);
                for entry in entries.iter().filter(|e| e.out == want) {
                    let mut everything = order.clone();
                    everything.push(big);
                    let Some(orders) = self.add_orders(entry.part, &everything) else {
                        continue;
                    };
                    let orders = unpack(orders, n_orders);
                    if !exact(&self.sub.filter.orders, &orders) {
                        continue;
                    }
                    let slots: Vec<Child> = entry
                        .slots
                        .iter()
                        .zip(&order)
                        .map(|(&s, &c)| (s, c))
                        .collect();
                    let mut colours: Vec<(u8, u32)> = slots
                        .iter()
                        .map(|&(s, c)| (s, self.currents[c as usize].colour))
                        .collect();
                    colours.push((entry.out_slot, self.currents[big as usize].colour));
                    let leading_children =
                        children.iter().all(|&c| self.currents[c as usize].leading);
                    let products = self.colour(entry.structure, None, &colours);
                    let order_at = skeleton
                        .orders
                        .iter()
                        .position(|o| *o == orders)
                        .unwrap_or_else(|| {
                            skeleton.orders.push(orders.clone());
                            skeleton.orders.len() - 1
                        });
                    for &(factor, colour, leading) in products.iter() {
                        let flow = *flows.entry(colour).or_insert_with(|| {
                            skeleton.flows.push(self.tensors[colour as usize].clone());
                            skeleton.flow_leading.push(false);
                            skeleton.flows.len() - 1
                        });
                        skeleton.flow_leading[flow] |= leading && leading_children;
                        skeleton.closings.push(Closing {
                            term: Term {
                                part: entry.part,
                                out_slot: entry.out_slot,
                                children: slots.clone(),
                                factor: factor * sign,
                            },
                            current: big,
                            flow,
                            order: order_at,
                        });
                    }
                }
                self.entries.insert(key, entries);
            }
        }
        if skeleton.closings.is_empty() {
            return Err(AmplitudeError::NoDiagrams {
                process: self.sub.name(self.model),
            });
        }
        skeleton.parts = self.parts;
        skeleton.currents = self.currents;
        skeleton.sort_flows();
        skeleton.prune(self.sub.legs.len());
        Ok(skeleton)
    }
}

impl Skeleton {
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
        for closing in &mut self.closings {
            closing.flow = new_place[closing.flow];
        }
    }

    /// Removes currents that no amplitude needs.
    fn prune(&mut self, n_ext: usize) {
        let mut needed = vec![false; self.currents.len()];
        needed[..n_ext].fill(true);
        for closing in &self.closings {
            needed[closing.current as usize] = true;
            closing
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
        for term in terms.chain(self.closings.iter_mut().map(|c| &mut c.term)) {
            term.children
                .iter_mut()
                .for_each(|c| c.1 = place[c.1 as usize]);
        }
        self.closings
            .iter_mut()
            .for_each(|c| c.current = place[c.current as usize]);
    }
}

/// Partitions of a set into two or three non-empty parts, each once.
fn partitions(set: LegSet) -> Vec<Vec<LegSet>> {
    let mut all = vec![];
    let lowest = |s: LegSet| s & s.wrapping_neg();
    let mut first = set;
    while first != 0 {
        let rest = set & !first;
        if first & lowest(set) != 0 && rest != 0 {
            all.push(vec![first, rest]);
            let mut second = rest;
            while second != 0 {
                if second & lowest(rest) != 0 && second != rest {
                    all.push(vec![first, second, rest & !second]);
                }
                second = (second - 1) & rest;
            }
        }
        first = (first - 1) & set;
    }
    all
}

/// What two groups of propagators meet together.
fn meet_both(a: Met, b: Met) -> Met {
    if a == NOTHING_MET {
        return b;
    }
    let sets = |m: Met| (0..Met::BITS).filter(move |x| m >> x & 1 == 1);
    let mut both = 0;
    for x in sets(a) {
        for y in sets(b).filter(|y| x & y == 0) {
            both |= 1 << (x | y);
        }
    }
    both
}

/// Order vector in one word, eight bits each.
fn pack(orders: &[u8]) -> u32 {
    orders
        .iter()
        .enumerate()
        .fold(0, |s, (k, &o)| s | u32::from(o) << (8 * k))
}

fn unpack(orders: u32, n: usize) -> Vec<u8> {
    (0..n).map(|k| (orders >> (8 * k)) as u8).collect()
}

/// Whether a partial order vector can still respect the limits.
fn within(limits: &OrderLimits, model: &Model, orders: &[u8]) -> bool {
    let below = |list: &[Option<u32>]| {
        orders
            .iter()
            .zip(list)
            .all(|(&o, l)| l.is_none_or(|l| u32::from(o) <= l))
    };
    let weighted: u32 = orders
        .iter()
        .zip(&model.orders)
        .map(|(&o, m)| u32::from(o) * m.hierarchy)
        .sum();
    below(&limits.max) && below(&limits.exact) && limits.max_weighted.is_none_or(|w| weighted <= w)
}

/// Whether a complete order vector meets the exact values.
fn exact(limits: &OrderLimits, orders: &[u8]) -> bool {
    orders
        .iter()
        .zip(&limits.exact)
        .all(|(&o, e)| e.is_none_or(|e| u32::from(o) == e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_complete_and_distinct() {
        // Stirling numbers of the second kind: S(4,2) + S(4,3) = 7 + 6
        let all = partitions(0b11011);
        assert_eq!(all.len(), 13);
        for parts in &all {
            assert_eq!(parts.iter().sum::<u32>(), 0b11011);
        }
    }

    #[test]
    fn every_requirement_needs_a_propagator_of_its_own() {
        // Entries 0 and 1; one propagator that suits both meets one of them.
        let suits_both = 0b0111;
        assert_eq!(meet_both(NOTHING_MET, suits_both), suits_both);
        assert_eq!(meet_both(suits_both, suits_both), 0b1111);
        let suits_first = 0b0011;
        assert_eq!(meet_both(suits_first, suits_first), suits_first);
        assert_eq!(meet_both(suits_both, suits_first), 0b1111);
        assert_eq!(meet_both(suits_first, suits_both), 0b1111);
    }
}
