//! The propagators of tree diagrams, for phase-space channels.
//!
//! Knows particles and masses of propagators; knows no momentum.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::currents::{Currents, Mode};
use super::diagrams::Diagrams;
use super::graph::{DiagramGraph, Way};
use super::{DiagramError, LegSet, Subprocess};
use crate::model::{Model, ParticleId};

/// One propagator of a diagram topology.
#[derive(Clone, Debug, PartialEq)]
pub struct Propagator {
    /// Legs on one side, normalised: never the last incoming leg (bit 1 of a
    /// collision, bit 0 of a decay); for an s-channel propagator final-state
    /// legs only, for a t-channel one leg 0 and some final-state legs.
    pub set: LegSet,
    /// The particle, as it flows towards `set` (from the incoming side for an
    /// s-channel propagator).
    pub particle: ParticleId,
    /// Mass in GeV.
    pub mass: f64,
    /// Width in GeV.
    pub width: f64,
}

/// A cubic tree diagram, as the set of its propagators (laminar: it fixes the tree).
#[derive(Clone, Debug, PartialEq)]
pub struct Topology {
    /// Propagators, `n_ext - 3` of them or fewer, ordered by `set`.
    pub propagators: Vec<Propagator>,
}

/// Diagram topologies of a subprocess that differ in kinematics.
///
/// Diagrams with cubic vertices only; each set of (legs, mass, width) of the
/// propagators comes once, with the particles of the first diagram that has
/// it. A particle that does not propagate is no propagator. If no diagram is
/// cubic, diagrams with larger vertices give topologies. With fewer than `n_ext - 3`
/// propagators those that are contained in another are left out. At most `limit` are
/// returned, those with more propagators of finite width first when some must go.
///
/// # Errors
/// [`DiagramError`].
pub fn topologies(
    model: &Model,
    sub: &Subprocess,
    limit: usize,
) -> Result<Vec<Topology>, DiagramError> {
    Ok(Diagrams::new(model)?.topologies(sub, limit))
}

/// Time-like propagators, each set of legs and particle once: what records may show.
pub(crate) fn time_like(topologies: &[Topology], n_in: usize) -> Vec<&Propagator> {
    let incoming: LegSet = (1 << n_in) - 1;
    let mut list: Vec<&Propagator> = Vec::new();
    for p in topologies.iter().flat_map(|t| &t.propagators) {
        let is_there = |q: &&Propagator| (q.set, q.particle) == (p.set, p.particle);
        if p.set & incoming == 0 && !list.iter().any(is_there) {
            list.push(p);
        }
    }
    list
}

/// A propagator in normal form, by kinematics first.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    set: LegSet,
    /// Index of (mass, width).
    kind: u16,
    particle: ParticleId,
}

type Tree = Rc<[Line]>;

pub(crate) fn enumerate(diagrams: &Diagrams, sub: &Subprocess, limit: usize) -> Vec<Topology> {
    let kinds = Kinds::new(diagrams.model);
    let full = diagrams.rules.max_inputs;
    for max_inputs in [2, full] {
        let mode = Mode::Count { max_inputs };
        let currents = Currents::build(diagrams.model, &diagrams.rules, sub, mode);
        if !currents.any() {
            continue;
        }
        let graph = DiagramGraph::new(&currents);
        let mut trees: Vec<Vec<Tree>> = Vec::with_capacity(graph.lines.len());
        for line in &graph.lines {
            if line.set.count_ones() == 1 {
                trees.push(vec![Tree::from([])]);
                continue;
            }
            let (set, particle) = currents.normalised(line.set, line.particle);
            let own = (!kinds.model.particle(particle).is_instant).then(|| Line {
                set,
                kind: kinds.of_particle[usize::from(particle.0)],
                particle,
            });
            trees.push(joined(own, &line.ways, &trees, limit, &kinds));
        }
        let mut list = joined(None, &graph.closing, &trees, limit, &kinds);
        if max_inputs > 2 || kinds.model.particles.iter().any(|p| p.is_instant) {
            keep_maximal(&mut list);
        }
        return list
            .iter()
            .map(|tree| Topology {
                propagators: tree.iter().map(|l| kinds.propagator(*l)).collect(),
            })
            .collect();
    }
    Vec::new()
}

/// Drops trees whose propagators are a part of another tree's.
fn keep_maximal(list: &mut Vec<Tree>) {
    let same = |a: &Line, b: &Line| (a.set, a.kind) == (b.set, b.kind);
    let all = list.clone();
    list.retain(|tree| {
        !all.iter().any(|other| {
            other.len() > tree.len() && tree.iter().all(|l| other.iter().any(|o| same(l, o)))
        })
    });
}

/// Masses and widths, numbered by distinct value.
struct Kinds<'m> {
    model: &'m Model,
    of_particle: Vec<u16>,
    resonant: Vec<bool>,
}

impl<'m> Kinds<'m> {
    fn new(model: &'m Model) -> Self {
        let mut seen: Vec<(u64, u64)> = Vec::new();
        let mut resonant = Vec::new();
        let mut of_particle = Vec::new();
        for p in &model.particles {
            let value = (p.mass.to_bits(), p.width.to_bits());
            let kind = seen.iter().position(|&v| v == value).unwrap_or(seen.len());
            if kind == seen.len() {
                seen.push(value);
                resonant.push(p.width > 0.0);
            }
            of_particle.push(kind as u16);
        }
        Self {
            model,
            of_particle,
            resonant,
        }
    }

    fn propagator(&self, line: Line) -> Propagator {
        let p = self.model.particle(line.particle);
        Propagator {
            set: line.set,
            particle: line.particle,
            mass: p.mass,
            width: p.width,
        }
    }

    fn n_resonant(&self, tree: &[Line]) -> usize {
        tree.iter()
            .filter(|l| self.resonant[usize::from(l.kind)])
            .count()
    }
}

/// Trees that differ in kinematics, in the order met.
struct Unique<'k> {
    limit: usize,
    kinds: &'k Kinds<'k>,
    seen: FxHashSet<Box<[(LegSet, u16)]>>,
    trees: Vec<Tree>,
}

impl<'k> Unique<'k> {
    fn new(limit: usize, kinds: &'k Kinds<'k>) -> Self {
        Self {
            limit,
            kinds,
            seen: FxHashSet::default(),
            trees: Vec::new(),
        }
    }

    fn insert(&mut self, tree: Tree) {
        let key = tree.iter().map(|l| (l.set, l.kind)).collect();
        if self.seen.insert(key) {
            self.trees.push(tree);
        }
    }

    fn finish(mut self) -> Vec<Tree> {
        if self.trees.len() > self.limit {
            let kinds = self.kinds;
            self.trees
                .sort_by_key(|tree| std::cmp::Reverse(kinds.n_resonant(tree)));
            self.trees.truncate(self.limit);
        }
        self.trees
    }
}

/// The trees of a line: its own propagator, joined with those of the lines that make it.
fn joined(
    own: Option<Line>,
    ways: &[Way],
    trees: &[Vec<Tree>],
    limit: usize,
    kinds: &Kinds,
) -> Vec<Tree> {
    let mut unique = Unique::new(limit, kinds);
    let mut lines: Vec<Line> = own.into_iter().collect();
    for way in ways {
        products(&way.lines, trees, &mut lines, &mut unique);
    }
    unique.finish()
}

/// All choices of one tree of each part, joined.
fn products(parts: &[usize], trees: &[Vec<Tree>], lines: &mut Vec<Line>, unique: &mut Unique) {
    let Some((&first, rest)) = parts.split_first() else {
        let mut tree = lines.clone();
        tree.sort_unstable_by_key(|l| (l.set, l.kind));
        unique.insert(tree.into());
        return;
    };
    let length = lines.len();
    for tree in &trees[first] {
        lines.extend_from_slice(tree);
        products(rest, trees, lines, unique);
        lines.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::test_model::{standard_model, subprocess};

    fn found(line: &str) -> Vec<Topology> {
        let model = standard_model();
        topologies(&model, &subprocess(&model, line), 1_000_000).unwrap()
    }

    #[test]
    fn cubic_gluon_trees_are_all_binary_trees() {
        // (2 n - 5)!! cubic trees with n labelled leaves.
        for (line, expected) in [
            ("g g > g g", 3),
            ("g g > g g g", 15),
            ("g g > g g g g", 105),
            ("g g > g g g g g", 945),
            ("g g > g g g g g g", 10395),
        ] {
            assert_eq!(found(line).len(), expected, "{line}");
        }
    }

    #[test]
    fn propagators_are_laminar_and_normalised() {
        for line in ["u u~ > e+ e- g g", "u d > u d w+ w- QCD=0", "t > b e+ ve"] {
            let model = standard_model();
            let sub = subprocess(&model, line);
            for topology in found(line) {
                let sets: Vec<_> = topology.propagators.iter().map(|p| p.set).collect();
                assert_eq!(sets.len(), sub.legs.len() - 3, "{line}");
                assert!(sets.is_sorted());
                for &a in &sets {
                    assert!(a.count_ones() >= 2);
                    if sub.n_in == 2 {
                        assert_eq!(a & 2, 0, "leg 1 is never inside");
                    }
                    if !sub.is_t_channel(a) {
                        assert_eq!(a & ((1 << sub.n_in) - 1), 0, "final-state legs only");
                    }
                    for &b in &sets {
                        let laminar = a & b == 0 || a & b == a || a & b == b;
                        assert!(laminar, "{line}: {a:b} {b:b}");
                    }
                }
            }
        }
    }

    #[test]
    fn equal_kinematics_give_one_topology() {
        // The photon and the gluon are both massless, the Z is not.
        assert_eq!(found("u u~ > t t~ QED<=2 QCD<=2").len(), 2);
        assert_eq!(found("u u~ > e+ e- g").len(), 4);
        assert_eq!(found("b b~ > h").len(), 1);
        assert!(found("b b~ > h")[0].propagators.is_empty());
    }

    #[test]
    fn propagators_name_the_particle_that_flows_towards_their_legs() {
        let model = standard_model();
        let name = |p: &Propagator| model.particle(p.particle).name.clone();
        assert_eq!(name(&found("u d~ > e+ ve")[0].propagators[0]), "w+");
        assert_eq!(name(&found("t > b e+ ve")[0].propagators[0]), "w+");
        // u(0) and d(2) exchange a W with b(1) and t(3): the u flows in, the
        // d flows out, a W- flows towards them.
        let exchange = &found("u b > d t")[0].propagators[0];
        assert_eq!((name(exchange).as_str(), exchange.set), ("w-", 0b101));
    }

    #[test]
    fn a_limit_keeps_resonances_first() {
        let model = standard_model();
        let sub = subprocess(&model, "e+ e- > mu+ mu- ta+ ta-");
        let all = topologies(&model, &sub, 1000).unwrap();
        let few = topologies(&model, &sub, 3).unwrap();
        assert!(all.len() > 3);
        assert_eq!(few.len(), 3);
        let resonances = |t: &Topology| t.propagators.iter().filter(|p| p.width > 0.0).count();
        let most = all.iter().map(resonances).max().unwrap();
        assert_eq!(resonances(&few[0]), most);
    }

    #[test]
    fn what_does_not_propagate_is_no_propagator() {
        let mut model = standard_model();
        let h = model.by_name("h").unwrap();
        let of = |model: &Model, line: &str| {
            let all = topologies(model, &subprocess(model, line), 1000).unwrap();
            let names = |t: &Topology| -> Vec<String> {
                let name = |p: &Propagator| model.particle(p.particle).name.clone();
                t.propagators.iter().map(name).collect()
            };
            all.iter().map(names).collect::<Vec<_>>()
        };
        let [both, alone] = ["b b~ > ta+ ta- / z", "b b~ > ta+ ta- / a z"];
        assert_eq!(of(&model, both), [["a"], ["h"]]);
        assert_eq!(of(&model, alone), [["h"]]);
        model.particles[usize::from(h.0)].is_instant = true;
        assert_eq!(of(&model, both), [["a"]]);
        assert_eq!(of(&model, alone), [Vec::<String>::new()]);
    }

    #[test]
    fn contact_diagrams_count_only_without_cubic_ones() {
        let found = found("h h > h h QED==2 / h w+ z t b ta-");
        assert_eq!(found.len(), 1);
        assert!(found[0].propagators.is_empty());
    }
}
