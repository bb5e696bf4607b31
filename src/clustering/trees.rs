//! The diagrams of a subprocess as sets of propagators, for the clustering.
//!
//! Diagrams with vertices of three legs alone, those with the highest power of the
//! strong coupling; lines that the clustering does not tell apart (a photon and a Z off
//! its mass shell, an up and a down quark) are the same. Knows particles and diagrams;
//! knows no momentum.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::error::ClusteringError;
use crate::diagram::{DiagramGraph, Diagrams, LegSet, Subprocess, Way};
use crate::model::{Model, ParticleId};

/// Most diagrams of one subprocess.
const MOST_DIAGRAMS: u64 = 40_000;

/// Which quarks count as what, by their PDG numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuarkRules {
    /// Flavours that jets are made of; `None` for those without mass.
    pub jets: Option<u32>,
    /// Flavours whose vertices have their own `alpha_s` in merged samples; those of
    /// jets always have.
    pub coupled: u32,
}

/// What the clustering tells apart of lines, as one number.
///
/// From bit 5 on, of lines that are neither light nor without colour, the number of the
/// particle or antiparticle, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct LineKind(u32);

impl LineKind {
    const HEAVY: u32 = !31;
    const IS_COLOURLESS: u32 = 16;
    const IS_LIGHT_QUARK: u32 = 8;
    const IS_QUARK: u32 = 4;
    const IS_COUPLED: u32 = 2;
    /// A light quark or a gluon.
    const IS_PARTON: u32 = 1;

    /// Of a line without colour.
    pub(super) const COLOURLESS: Self = Self(Self::IS_COLOURLESS);

    /// Of a particle; its antiparticle has the same.
    pub(super) fn of(model: &Model, id: ParticleId, rules: QuarkRules) -> Self {
        let p = model.particle(id);
        let is_quark = p.colour.abs() == 3;
        let is_light = match rules.jets {
            None => p.mass == 0.0,
            Some(n) => p.pdg.unsigned_abs() <= n,
        };
        let is_light_quark = is_quark && p.is_fermion() && is_light;
        let is_colourless = p.colour == 1;
        let is_gluon = p.colour == 8 && p.spin == 3 && p.mass == 0.0;
        let is_light = is_light_quark || is_gluon;
        let heavy = match is_light || is_colourless {
            true => 0,
            false => 1 + u32::from(id.0.min(model.anti(id).0)),
        };
        let is_coupled =
            is_light || is_quark && p.is_fermion() && p.pdg.unsigned_abs() <= rules.coupled;
        let is_parton = is_light_quark || !is_colourless && !is_quark && heavy == 0;
        let bits = [
            (is_colourless, Self::IS_COLOURLESS),
            (is_light_quark, Self::IS_LIGHT_QUARK),
            (is_quark, Self::IS_QUARK),
            (is_coupled, Self::IS_COUPLED),
            (is_parton, Self::IS_PARTON),
        ];
        let set = bits.iter().filter(|(is, _)| *is).map(|(_, bit)| bit);
        Self(heavy << 5 | set.sum::<u32>())
    }

    /// Whether it takes part in strong interactions.
    #[inline(always)]
    pub(super) fn is_coloured(self) -> bool {
        self.0 & Self::IS_COLOURLESS == 0
    }

    /// A gluon or a light quark: what jets are made of.
    #[inline(always)]
    pub(super) fn is_parton(self) -> bool {
        self.0 & Self::IS_PARTON != 0
    }

    /// What may have its own `alpha_s` in merged samples: partons, and heavier quarks that
    /// are asked for.
    #[inline(always)]
    pub(super) fn is_coupled(self) -> bool {
        self.0 & Self::IS_COUPLED != 0
    }

    /// A gluon.
    #[inline(always)]
    pub(super) fn is_gluon(self) -> bool {
        self.0 & (Self::HEAVY | Self::IS_COLOURLESS | Self::IS_QUARK) == 0
    }

    /// A colour triplet, light or heavy.
    #[inline(always)]
    pub(super) fn is_quark(self) -> bool {
        self.0 & Self::IS_QUARK != 0
    }
}

/// A propagator; its legs without the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TreeLine {
    pub(super) set: LegSet,
    pub(super) kind: LineKind,
    /// A time-like particle that can be on its mass shell: its number from 1, or 0.
    pub(super) resonance: u16,
}

/// Propagators of a diagram, ordered.
pub(super) type Tree = Rc<[TreeLine]>;

/// All trees of a subprocess, each once, ordered.
pub(super) fn enumerate(
    diagrams: &Diagrams,
    sub: &Subprocess,
    rules: QuarkRules,
) -> Result<Vec<Tree>, ClusteringError> {
    let model = diagrams.model;
    let graph = diagrams.graph(sub);
    let process = || sub.name(model);
    let counts = counts(&graph);
    let strong = model.order_index("QCD");
    let power = |way: &Way| {
        let of = |k: usize| strong.map_or(0, |s| graph.lines[k].powers.of(s));
        let own = diagrams.interaction(way.interaction as usize).powers;
        way.lines.iter().map(|&k| of(k)).sum::<u32>() + strong.map_or(0, |s| own.of(s))
    };
    let n_trees = |way: &Way| product(way, &counts);
    let cubic = graph.closing.iter().filter(|way| n_trees(way) > 0);
    let Some(most) = cubic.clone().map(power).max() else {
        return Err(ClusteringError::NoCubicDiagram { process: process() });
    };
    let closing: Vec<&Way> = cubic.filter(|way| power(way) == most).collect();
    let found = closing
        .iter()
        .fold(0, |n: u64, w| n.saturating_add(n_trees(w)));
    if found > MOST_DIAGRAMS {
        return Err(ClusteringError::Diagrams {
            process: process(),
            found,
            limit: MOST_DIAGRAMS,
        });
    }
    let mut needed = vec![false; graph.lines.len()];
    for way in &closing {
        way.lines.iter().for_each(|&k| needed[k] = true);
    }
    for k in (0..graph.lines.len()).rev().filter(|&k| counts[k] > 0) {
        if needed[k] {
            let ways = graph.lines[k].ways.iter().filter(|w| n_trees(w) > 0);
            ways.flat_map(|w| &w.lines).for_each(|&j| needed[j] = true);
        }
    }
    let mut trees: Vec<Vec<Tree>> = Vec::with_capacity(graph.lines.len());
    for (k, line) in graph.lines.iter().enumerate() {
        trees.push(match (needed[k], line.ways.is_empty()) {
            (false, _) => vec![],
            (true, true) => vec![Tree::from([])],
            (true, false) => {
                let own = tree_line(model, sub, line.set, line.particle, rules);
                joined(Some(own), line.ways.iter(), &trees)
            }
        });
    }
    Ok(joined(None, closing.into_iter(), &trees))
}

/// Number of trees of each line with vertices of three legs.
fn counts(graph: &DiagramGraph) -> Vec<u64> {
    let mut counts = Vec::with_capacity(graph.lines.len());
    for line in &graph.lines {
        let made = line.ways.iter().map(|way| product(way, &counts));
        let n = match line.ways.is_empty() {
            true => 1,
            false => made.fold(0, u64::saturating_add),
        };
        counts.push(n);
    }
    counts
}

/// Trees of one vertex; none if more than two lines meet a third there.
fn product(way: &Way, counts: &[u64]) -> u64 {
    match way.lines.as_slice() {
        [a, b] => counts[*a].saturating_mul(counts[*b]),
        _ => 0,
    }
}

/// The propagator of a set of legs without the last one.
fn tree_line(
    model: &Model,
    sub: &Subprocess,
    set: LegSet,
    out: ParticleId,
    rules: QuarkRules,
) -> TreeLine {
    let id = out.min(model.anti(out));
    let p = model.particle(id);
    let mut inside = outgoing(set, sub.legs.len());
    let is_time_like = !sub.is_t_channel(set);
    // An external particle that radiates is no resonance.
    inside &= LegSet::MAX << sub.n_in;
    let radiates = (0..sub.legs.len())
        .any(|leg| inside >> leg & 1 == 1 && [id, model.anti(id)].contains(&sub.legs[leg]));
    let can_be = is_time_like && p.mass > 0.0 && p.width > 0.0 && !radiates;
    TreeLine {
        set,
        kind: LineKind::of(model, id, rules),
        resonance: if can_be { 1 + id.0 } else { 0 },
    }
}

/// The side of a time-like line that has no incoming leg.
pub(super) fn outgoing(set: LegSet, n_legs: usize) -> LegSet {
    match set & 3 {
        0 => set,
        _ => !set & ((1 << n_legs) - 1),
    }
}

/// The trees of a line: its own propagator, joined with those of both lines that make it.
fn joined<'w>(
    own: Option<TreeLine>,
    ways: impl Iterator<Item = &'w Way>,
    trees: &[Vec<Tree>],
) -> Vec<Tree> {
    let mut unique: BTreeSet<Tree> = BTreeSet::new();
    for way in ways {
        let [a, b] = way.lines[..] else { continue };
        for first in &trees[a] {
            for second in &trees[b] {
                let parts = first.iter().chain(second.iter()).copied();
                let mut tree: Vec<TreeLine> = parts.chain(own).collect();
                tree.sort_unstable();
                unique.insert(tree.into());
            }
        }
    }
    unique.into_iter().collect()
}
