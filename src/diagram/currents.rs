//! The recursion over leg subsets: every off-shell current that a subprocess has.
//!
//! A current is (subset of legs, particle that flows out of it, powers of the
//! couplings used, required propagators met); all legs flow in, and the tree
//! is rooted at the last leg, so that each diagram is met exactly once
//! (Berends and Giele, Nucl. Phys. B306 (1988) 759; hep-ph/0002082).
//! Knows rules and filters; knows no momentum.

use rustc_hash::FxHashMap;

use super::powers::Powers;
use super::rules::Rules;
use super::segments::Segments;
use super::{DiagramFilter, LegSet, OrderLimits, Subprocess, VetoedLine};
use crate::model::{Model, ParticleId};

/// Bits that count the propagators of one kind of requirement.
const REQUIRED_BITS: usize = 4;
/// Most propagators of one kind that are counted.
const MOST_COUNTED: usize = (1 << REQUIRED_BITS) - 1;
/// Kinds of requirement that fit.
const REQUIRED_KINDS: usize = 32;

/// What a partial diagram has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct State {
    /// In its own segment, so far.
    pub powers: Powers,
    /// In the segments that are complete.
    pub complete: Powers,
    /// Numbers of s-channel propagators of each required kind, up to those asked for.
    pub required: u128,
    /// Which propagators it has of those that diagrams are told apart by.
    pub marked: u64,
}

impl State {
    /// In all segments.
    pub(crate) fn total(&self) -> Powers {
        self.powers + self.complete
    }
}

/// All partial diagrams with the same legs, particle and state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Current {
    /// Flows out of the legs.
    pub particle: ParticleId,
    pub state: State,
    /// Number of partial diagrams, or the least WEIGHTED.
    pub value: u64,
}

/// A child of a vertex: its legs and its index in the table of these legs.
pub(crate) type Child = (LegSet, usize);

/// One way to make a current.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub interaction: usize,
    pub children: Vec<Child>,
}

/// What the recursion adds up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    /// Number of diagrams, per state; vertices with at most so many inputs.
    Count { max_inputs: usize },
    /// Least WEIGHTED, up to a limit; coupling orders of the filter are ignored.
    LeastWeight { limit: u32 },
}

/// The table of currents of one subprocess.
pub(crate) struct Currents<'a> {
    model: &'a Model,
    rules: &'a Rules,
    sub: &'a Subprocess,
    mode: Mode,
    /// The core process and the decays.
    segments: Segments,
    /// What each of them requires.
    requirements: Vec<Requirement<'a>>,
    /// Propagators that diagrams are told apart by, in normal form.
    marks: &'a [VetoedLine],
    /// Currents of each subset of all legs but the last.
    table: Vec<Vec<Current>>,
}

impl<'a> Currents<'a> {
    /// Fills the table.
    pub fn build(model: &'a Model, rules: &'a Rules, sub: &'a Subprocess, mode: Mode) -> Self {
        Self::with_marks(model, rules, sub, mode, &[])
    }

    /// Fills the table, currents apart by which of these propagators they have.
    pub fn with_marks(
        model: &'a Model,
        rules: &'a Rules,
        sub: &'a Subprocess,
        mode: Mode,
        marks: &'a [VetoedLine],
    ) -> Self {
        let n = sub.legs.len();
        let filters = std::iter::once(&sub.filter).chain(sub.decays.iter().map(|d| &d.filter));
        let mut currents = Self {
            model,
            rules,
            sub,
            mode,
            segments: Segments::new(model, sub),
            requirements: filters.map(Requirement::new).collect(),
            marks,
            table: vec![Vec::new(); 1 << (n - 1)],
        };
        for leg in 0..n - 1 {
            currents.table[1 << leg] = vec![Current {
                particle: sub.incoming(model, leg),
                state: State::default(),
                value: u64::from(matches!(mode, Mode::Count { .. })),
            }];
        }
        if currents.requirements_fit() {
            for set in 3..currents.table.len() as LegSet {
                if set.count_ones() >= 2 && !currents.segments.cross(set) {
                    currents.table[set as usize] = currents.fill(set);
                }
            }
        }
        currents
    }

    /// A diagram of n legs has at most n - 3 propagators, and each entry of a
    /// requirement needs its own.
    fn requirements_fit(&self) -> bool {
        let most = self.sub.legs.len().saturating_sub(3).min(MOST_COUNTED);
        (self.requirements.iter()).all(|r| {
            let alternatives = &r.filter.required_s_channel;
            alternatives.is_empty() || alternatives.iter().any(|entries| entries.len() <= most)
        })
    }

    /// The subset of all legs but the last.
    pub fn top(&self) -> LegSet {
        self.table.len() as LegSet - 1
    }

    /// Currents of a subset.
    pub fn of(&self, set: LegSet) -> &[Current] {
        &self.table[set as usize]
    }

    /// Whether some diagram exists.
    pub fn any(&self) -> bool {
        !self.of(self.top()).is_empty()
    }

    fn fill(&self, set: LegSet) -> Vec<Current> {
        let mut sums: FxHashMap<(ParticleId, State), u64> = FxHashMap::default();
        self.visit(set, &mut |interaction, particle, children| {
            let Some((state, value)) = self.combine(set, interaction, particle, children) else {
                return;
            };
            sums.entry((particle, state))
                .and_modify(|old| {
                    *old = match self.mode {
                        Mode::Count { .. } => old.saturating_add(value),
                        Mode::LeastWeight { .. } => value.min(*old),
                    };
                })
                .or_insert(value);
        });
        let mut currents: Vec<Current> = sums
            .into_iter()
            .map(|((particle, state), value)| Current {
                particle,
                state,
                value,
            })
            .collect();
        currents.sort_unstable_by_key(|c| (c.particle, c.state));
        currents
    }

    /// State and value of a vertex, `None` if a filter or a limit refuses it.
    fn combine(
        &self,
        set: LegSet,
        interaction: usize,
        particle: ParticleId,
        children: &[Child],
    ) -> Option<(State, u64)> {
        let is_top = set == self.top();
        if is_top && particle != self.model.anti(self.sub.incoming(self.model, self.last())) {
            return None;
        }
        if !self.keeps_decays(set, particle, children) {
            return None;
        }
        let segment = self.segments.of(set);
        let requirement = &self.requirements[segment];
        let completes = self.segments.is_complete(set);
        let vertex = &self.rules.interactions[interaction];
        let mut state = State::default();
        let mut value = match self.mode {
            Mode::Count { .. } => {
                state.powers = vertex.powers;
                1_u64
            }
            Mode::LeastWeight { .. } => u64::from(vertex.weight),
        };
        for &(legs, k) in children {
            let child = &self.of(legs)[k];
            state.powers += child.state.powers;
            state.complete += child.state.complete;
            state.required = requirement.add(state.required, child.state.required);
            state.marked |= child.state.marked;
            value = match self.mode {
                Mode::Count { .. } => value.saturating_mul(child.value),
                Mode::LeastWeight { .. } => value + child.value,
            };
        }
        if !completes {
            let own = self.propagator(set, particle, requirement)?;
            state.required = requirement.add(state.required, own);
            state.marked |= self.mark(set, particle);
        }
        let allowed = match self.mode {
            Mode::Count { .. } => {
                let limits = &requirement.filter.orders;
                let to_come = self.segments.n_outside(set);
                self.within(limits, state.powers, to_come, completes)
                    && self.within(&self.sub.overall, state.total(), 0, is_top)
            }
            Mode::LeastWeight { limit } => value + self.weight_to_come(set) <= u64::from(limit),
        };
        if !allowed || (completes && !requirement.is_met(state.required)) {
            return None;
        }
        if completes && !is_top {
            state = State {
                complete: state.total(),
                marked: state.marked,
                ..State::default()
            };
        }
        Some((state, value))
    }

    fn last(&self) -> usize {
        self.sub.legs.len() - 1
    }

    /// Least WEIGHTED that the legs outside `set` still add.
    fn weight_to_come(&self, set: LegSet) -> u64 {
        let outside = self.last() as u64 - u64::from(set.count_ones());
        outside * u64::from(self.rules.weight_per_leg)
    }

    /// Whether a vertex leaves every decay its own propagator, with its particle.
    fn keeps_decays(&self, set: LegSet, particle: ParticleId, children: &[Child]) -> bool {
        self.segments.boundaries.iter().all(|b| {
            let is_part = |&(child, _): &Child| child & b.legs == child && child != b.legs;
            if set == b.legs {
                particle == b.particle
            } else {
                set & b.legs != b.legs || !children.iter().any(is_part)
            }
        })
    }

    /// What a propagator adds to the requirements; `None` if it is forbidden.
    fn propagator(
        &self,
        set: LegSet,
        particle: ParticleId,
        requirement: &Requirement,
    ) -> Option<u128> {
        if requirement.filter.forbidden.contains(&particle) {
            return None;
        }
        if self.sub.is_t_channel(set) {
            return Some(0);
        }
        if requirement.filter.forbidden_s_channel.contains(&particle) {
            return None;
        }
        Some(requirement.met_by(self.normalised(set, particle).1))
    }

    /// The propagator with these legs in normal form, if `$ x` is about it.
    ///
    /// One without mass is never on shell within some widths of its mass.
    pub(crate) fn vetoed(&self, set: LegSet, particle: ParticleId) -> Option<VetoedLine> {
        let is_inside = set.count_ones() > 1 && !self.segments.is_complete(set);
        let filter = self.requirements[self.segments.of(set)].filter;
        let is_named = || filter.vetoed_on_shell.contains(&particle);
        let massive = || self.model.particle(particle).mass > 0.0;
        (is_inside && is_named() && massive() && !self.sub.is_t_channel(set)).then(|| {
            let (legs, particle) = self.normalised(set, particle);
            VetoedLine { legs, particle }
        })
    }

    /// What a propagator adds to the marks of a current.
    fn mark(&self, set: LegSet, particle: ParticleId) -> u64 {
        if self.marks.is_empty() {
            return 0;
        }
        let line = self.vetoed(set, particle);
        let at = line.and_then(|line| self.marks.iter().position(|m| *m == line));
        at.map_or(0, |k| 1 << k)
    }

    /// Whether powers are, or can still be, within limits; `to_come` is the number of
    /// lines that are still to be joined.
    fn within(&self, limits: &OrderLimits, powers: Powers, to_come: u64, is_all: bool) -> bool {
        let below = |limit: &[Option<u32>]| {
            limit
                .iter()
                .enumerate()
                .all(|(k, l)| l.is_none_or(|l| powers.of(k) <= l))
        };
        let weight_ok = limits.max_weighted.is_none_or(|limit| {
            let to_come = to_come * u64::from(self.rules.weight_per_leg);
            u64::from(self.rules.weight(powers)) + to_come <= u64::from(limit)
        });
        let exact_ok = || {
            limits
                .exact
                .iter()
                .enumerate()
                .all(|(k, l)| l.is_none_or(|l| powers.of(k) == l))
        };
        weight_ok && below(&limits.max) && below(&limits.exact) && (!is_all || exact_ok())
    }

    /// The legs of a propagator in the normal form of [`super::Propagator`],
    /// and the particle that flows towards them.
    pub(crate) fn normalised(&self, set: LegSet, particle: ParticleId) -> (LegSet, ParticleId) {
        let flip = set >> (self.sub.n_in - 1) & 1 == 1;
        if flip {
            let all = (1 << self.sub.legs.len()) - 1;
            (all & !set, particle)
        } else {
            (set, self.model.anti(particle))
        }
    }

    /// Calls `f` with the number of a current of `set`, the interaction and the
    /// children of each way to make it.
    pub(crate) fn for_each_application(
        &self,
        set: LegSet,
        f: &mut impl FnMut(usize, usize, &[Child]),
    ) {
        let currents = self.of(set);
        self.visit(set, &mut |interaction, particle, children| {
            if let Some((state, _)) = self.combine(set, interaction, particle, children)
                && let Ok(k) =
                    currents.binary_search_by_key(&(particle, state), |c| (c.particle, c.state))
            {
                f(k, interaction, children);
            }
        });
    }

    /// Calls `f` for each partition of `set` into currents that meet at a vertex.
    fn visit(&self, set: LegSet, f: &mut impl FnMut(usize, ParticleId, &[Child])) {
        let max_inputs = match self.mode {
            Mode::Count { max_inputs } => max_inputs.min(self.rules.max_inputs),
            Mode::LeastWeight { .. } => self.rules.max_inputs,
        };
        let mut walk = Walk {
            currents: self,
            max_inputs,
            particles: Vec::with_capacity(max_inputs),
            children: Vec::with_capacity(max_inputs),
            f,
        };
        walk.split(set);
    }
}

/// The state of [`Currents::visit`]: the parts chosen so far.
struct Walk<'w, 'a, F> {
    currents: &'w Currents<'a>,
    max_inputs: usize,
    particles: Vec<ParticleId>,
    children: Vec<Child>,
    f: &'w mut F,
}

impl<F: FnMut(usize, ParticleId, &[Child])> Walk<'_, '_, F> {
    /// Splits off the part that holds the lowest leg of `rest`: no partition is met twice.
    fn split(&mut self, rest: LegSet) {
        let low = rest & rest.wrapping_neg();
        let others = rest & !low;
        let mut sub = others;
        while sub != 0 {
            sub = (sub - 1) & others;
            let part = low | sub;
            for k in 0..self.currents.of(part).len() {
                self.push(part, k);
                self.finish(rest & !part);
                if self.children.len() + 2 <= self.max_inputs
                    && self.currents.rules.can_continue(&self.particles)
                {
                    self.split(rest & !part);
                }
                self.pop();
            }
        }
    }

    /// Takes all of `rest` as the last part.
    fn finish(&mut self, rest: LegSet) {
        let currents = self.currents;
        for k in 0..currents.of(rest).len() {
            self.push(rest, k);
            for outcome in currents.rules.outcomes(&self.particles) {
                (self.f)(outcome.interaction, outcome.particle, &self.children);
            }
            self.pop();
        }
    }

    fn push(&mut self, part: LegSet, k: usize) {
        self.particles.push(self.currents.of(part)[k].particle);
        self.children.push((part, k));
    }

    fn pop(&mut self) {
        self.particles.pop();
        self.children.pop();
    }
}

/// The s-channel propagators that a segment requires.
struct Requirement<'a> {
    filter: &'a DiagramFilter,
    /// Each particle of the requirement and its slot.
    kinds: Vec<(ParticleId, usize)>,
    /// Which entries, of all alternatives one after another, the particles of a slot meet.
    masks: Vec<u32>,
}

impl<'a> Requirement<'a> {
    /// Groups the particles of the requirement by the entries that they meet.
    fn new(filter: &'a DiagramFilter) -> Self {
        let mut kinds: Vec<(ParticleId, usize)> = Vec::new();
        let mut masks: Vec<u32> = Vec::new();
        let entries = || filter.required_s_channel.iter().flatten();
        for &particle in entries().flatten() {
            if kinds.iter().any(|(p, _)| *p == particle) {
                continue;
            }
            let mask = entries()
                .enumerate()
                .filter(|(_, ids)| ids.contains(&particle))
                .fold(0, |mask, (k, _)| mask | 1 << k);
            let slot = masks.iter().position(|&m| m == mask).unwrap_or(masks.len());
            if slot == masks.len() {
                masks.push(mask);
            }
            kinds.push((particle, slot));
        }
        debug_assert!(masks.len() <= REQUIRED_KINDS, "entries are few");
        Self {
            filter,
            kinds,
            masks,
        }
    }

    /// The number of a propagator with this particle.
    fn met_by(&self, particle: ParticleId) -> u128 {
        let kind = self.kinds.iter().find(|(p, _)| *p == particle);
        kind.map_or(0, |&(_, slot)| 1_u128 << (REQUIRED_BITS * slot))
    }

    /// Adds numbers of required propagators, each up to the number of entries that
    /// they can meet.
    fn add(&self, a: u128, b: u128) -> u128 {
        if a == 0 || b == 0 {
            return a | b;
        }
        let most = MOST_COUNTED as u128;
        (self.masks.iter().enumerate()).fold(0, |sum, (slot, mask)| {
            let at = REQUIRED_BITS * slot;
            let n = (a >> at & most) + (b >> at & most);
            sum | n.min(mask.count_ones().into()) << at
        })
    }

    /// Whether every entry of one of the alternatives has a propagator of its own.
    fn is_met(&self, required: u128) -> bool {
        let alternatives = &self.filter.required_s_channel;
        let mut counts: Vec<u32> = (0..self.masks.len())
            .map(|slot| (required >> (REQUIRED_BITS * slot)) as u32 & MOST_COUNTED as u32)
            .collect();
        let mut first = 0;
        let met = |entries: &Vec<Vec<ParticleId>>| {
            first += entries.len();
            self.assign(first - entries.len()..first, &mut counts)
        };
        alternatives.is_empty() || alternatives.iter().any(met)
    }

    /// Gives each of these entries a propagator of its own, if there are as many.
    fn assign(&self, entries: std::ops::Range<usize>, counts: &mut [u32]) -> bool {
        let entry = entries.start;
        if entries.is_empty() {
            return true;
        }
        for slot in 0..counts.len() {
            if self.masks[slot] >> entry & 1 == 1 && counts[slot] > 0 {
                counts[slot] -= 1;
                let done = self.assign(entry + 1..entries.end, counts);
                counts[slot] += 1;
                if done {
                    return true;
                }
            }
        }
        false
    }
}
