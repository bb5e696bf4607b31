//! All tree diagrams of a subprocess as one graph: what is common to diagrams
//! stands there once.
//!
//! Knows rules and filters; knows no momentum.

use rustc_hash::FxHashMap;

use super::LegSet;
use super::currents::{Application, Currents};
use crate::model::ParticleId;

/// A line of diagrams: an external leg or a propagator.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphLine {
    /// The legs on one side, never the last one.
    pub set: LegSet,
    /// What flows out of these legs.
    pub particle: ParticleId,
    /// The vertices that make it: the lines that meet there, by position in
    /// [`DiagramGraph::lines`]. None for an external leg.
    pub ways: Vec<Vec<usize>>,
}

/// The diagrams of a subprocess, rooted at its last leg.
///
/// Every line is part of a complete diagram that the filter keeps; lines with
/// the same legs and particle but other coupling orders are apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiagramGraph {
    /// Lines, those that make others before them.
    pub lines: Vec<GraphLine>,
    /// The vertices at the last leg: the lines that meet it there.
    pub closing: Vec<Vec<usize>>,
}

impl DiagramGraph {
    pub(super) fn new(currents: &Currents) -> Self {
        let mut builder = Builder {
            currents,
            graph: Self::default(),
            places: FxHashMap::default(),
            applications: FxHashMap::default(),
        };
        let top = currents.top();
        for k in 0..currents.of(top).len() {
            let ways = builder.ways(top, k);
            builder.graph.closing.extend(ways);
        }
        builder.graph
    }

    /// The least sum of weights over the lines and vertices of a diagram; `None`
    /// without diagrams.
    ///
    /// `line` weighs each line but the last leg, by position; `vertex` weighs a
    /// vertex by the lines that meet there, the last leg as `None`.
    pub fn least(
        &self,
        line: impl Fn(usize) -> i32,
        vertex: impl Fn(&[usize], Option<usize>) -> i32,
    ) -> Option<i32> {
        let mut best = Vec::with_capacity(self.lines.len());
        let sum = |best: &[i32], way: &[usize], out: Option<usize>| {
            way.iter().map(|&k| best[k]).sum::<i32>() + vertex(way, out)
        };
        for (k, l) in self.lines.iter().enumerate() {
            let inside = l.ways.iter().map(|way| sum(&best, way, Some(k))).min();
            best.push(line(k) + inside.unwrap_or(0));
        }
        self.closing.iter().map(|way| sum(&best, way, None)).min()
    }
}

struct Builder<'a> {
    currents: &'a Currents<'a>,
    graph: DiagramGraph,
    places: FxHashMap<(LegSet, usize), usize>,
    applications: FxHashMap<LegSet, Vec<Vec<Application>>>,
}

impl Builder<'_> {
    fn ways(&mut self, set: LegSet, k: usize) -> Vec<Vec<usize>> {
        if set.count_ones() == 1 {
            return Vec::new();
        }
        let currents = self.currents;
        let all = self
            .applications
            .entry(set)
            .or_insert_with(|| currents.applications(set));
        let made = std::mem::take(&mut all[k]);
        let mut ways: Vec<Vec<usize>> = made
            .iter()
            .map(|application| {
                let children = application.children.iter();
                children.map(|&(legs, k)| self.place(legs, k)).collect()
            })
            .collect();
        ways.sort_unstable();
        ways.dedup();
        ways
    }

    fn place(&mut self, set: LegSet, k: usize) -> usize {
        if let Some(&place) = self.places.get(&(set, k)) {
            return place;
        }
        let ways = self.ways(set, k);
        let place = self.graph.lines.len();
        self.graph.lines.push(GraphLine {
            set,
            particle: self.currents.of(set)[k].particle,
            ways,
        });
        self.places.insert((set, k), place);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_model::{standard_model, subprocess};
    use super::super::{Diagrams, topologies};
    use super::*;

    fn graph(line: &str) -> DiagramGraph {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        diagrams.graph(&subprocess(&model, line))
    }

    #[test]
    fn lines_are_those_of_complete_diagrams() {
        for line in [
            "u u~ > e+ e- g",
            "u d > u d w+ w- QCD=0",
            "g g > g g g",
            "e+ e- > z z > mu+ mu- ta+ ta-",
        ] {
            let model = standard_model();
            let sub = subprocess(&model, line);
            let diagrams = Diagrams::new(&model).unwrap();
            let currents = diagrams.currents(&sub);
            let graph = graph(line);
            let mut found: Vec<LegSet> = (graph.lines.iter())
                .filter(|l| l.set.count_ones() > 1)
                .map(|l| currents.normalised(l.set, l.particle).0)
                .collect();
            let mut expected: Vec<LegSet> = topologies(&model, &sub, 100_000)
                .unwrap()
                .iter()
                .flat_map(|t| t.propagators.iter().map(|p| p.set))
                .collect();
            for list in [&mut found, &mut expected] {
                list.sort_unstable();
                list.dedup();
            }
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn the_least_weight_is_that_of_the_lightest_diagram() {
        let model = standard_model();
        let massive = |graph: &DiagramGraph| {
            let heavy = |k: usize| model.particle(graph.lines[k].particle).mass > 0.0;
            let inside = |k: usize| graph.lines[k].set.count_ones() > 1;
            graph.least(|k| i32::from(heavy(k) && inside(k)), |_, _| 0)
        };
        assert_eq!(massive(&graph("u u~ > e+ e-")), Some(0));
        assert_eq!(massive(&graph("u u~ > e+ e- / a")), Some(1));
        assert_eq!(massive(&graph("u d~ > e+ ve mu+ mu-")), Some(1));
        let vertices = |graph: &DiagramGraph| graph.least(|_| 0, |_, _| 1);
        assert_eq!(vertices(&graph("g g > g g")), Some(1));
        assert_eq!(vertices(&graph("u u~ > g g")), Some(2));
        assert_eq!(vertices(&graph("u u~ > g g g")), Some(2));
        assert_eq!(DiagramGraph::default().least(|_| 0, |_, _| 0), None);
    }
}
