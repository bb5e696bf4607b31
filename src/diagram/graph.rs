//! All tree diagrams of a subprocess as one graph: what is common to diagrams
//! stands there once.
//!
//! Knows rules and filters; knows no momentum.

use super::LegSet;
use super::currents::{Application, Child, Currents};
use super::powers::Powers;
use crate::model::ParticleId;

/// One vertex that makes a line, or that closes a diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Position among the interactions of the model.
    pub(crate) interaction: u32,
    /// The lines that meet there, by position in [`DiagramGraph::lines`]; the one with
    /// the lowest leg first, and so on.
    pub lines: Vec<usize>,
}

/// A line of diagrams: an external leg or a propagator.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphLine {
    /// The legs on one side, never the last one.
    pub set: LegSet,
    /// What flows out of these legs.
    pub particle: ParticleId,
    /// Powers of the couplings of what makes it.
    pub(crate) powers: Powers,
    /// Whether `$ x` of the process is about it.
    pub(crate) vetoed: bool,
    /// Which marked propagators what makes it has, itself included.
    pub(crate) marked: u64,
    /// The vertices that make it. None for an external leg.
    pub ways: Vec<Way>,
}

/// The diagrams of a subprocess, rooted at its last leg.
///
/// Every line is part of a complete diagram that the filter keeps; lines with
/// the same legs and particle but other coupling orders, or other required or marked
/// propagators behind them, are apart. Lines come by number of legs, then by legs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiagramGraph {
    /// Lines, those that make others before them.
    pub lines: Vec<GraphLine>,
    /// The vertices at the last leg.
    pub closing: Vec<Way>,
}

impl DiagramGraph {
    /// What complete diagrams need of the currents.
    pub(super) fn new(currents: &Currents) -> Self {
        let top = currents.top();
        let mut sets: Vec<LegSet> = (1..=top).filter(|&s| !currents.of(s).is_empty()).collect();
        sets.sort_unstable_by_key(|s| (s.count_ones(), *s));
        // From the top down: what complete diagrams need, and how it is made.
        let mut needed: Vec<Vec<bool>> = (0..=top)
            .map(|set| vec![set == top; currents.of(set).len()])
            .collect();
        let mut ways: Vec<Vec<Vec<Application>>> = vec![vec![]; sets.len()];
        for (at, &set) in sets.iter().enumerate().rev() {
            let own = std::mem::take(&mut needed[set as usize]);
            if own.contains(&true) {
                ways[at] = vec![vec![]; own.len()];
                currents.for_each_application(set, &mut |k, interaction, children| {
                    if own[k] {
                        for &(legs, j) in children {
                            needed[legs as usize][j] = true;
                        }
                        ways[at][k].push(Application {
                            interaction,
                            children: children.to_vec(),
                        });
                    }
                });
            }
            needed[set as usize] = own;
        }
        let mut graph = Self::default();
        let mut first: Vec<usize> = vec![0; top as usize + 1];
        for (&set, of_set) in sets.iter().zip(ways) {
            first[set as usize] = graph.lines.len();
            let place = |&(legs, k): &Child| {
                let earlier = &needed[legs as usize][..k];
                first[legs as usize] + earlier.iter().filter(|n| **n).count()
            };
            let mut all = of_set.into_iter();
            for (k, current) in currents.of(set).iter().enumerate() {
                let made = all.next().unwrap_or_default();
                let ways = made.iter().map(|application| Way {
                    interaction: application.interaction as u32,
                    lines: application.children.iter().map(place).collect(),
                });
                if set == top && top.count_ones() > 1 {
                    graph.closing.extend(ways);
                } else if needed[set as usize][k] {
                    graph.lines.push(GraphLine {
                        set,
                        particle: current.particle,
                        powers: current.state.total(),
                        vetoed: currents.vetoed(set, current.particle).is_some(),
                        marked: current.state.marked,
                        ways: ways.collect(),
                    });
                }
            }
        }
        graph
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
        let sum = |best: &[i32], way: &Way, out: Option<usize>| {
            way.lines.iter().map(|&k| best[k]).sum::<i32>() + vertex(&way.lines, out)
        };
        for (k, l) in self.lines.iter().enumerate() {
            let inside = l.ways.iter().map(|way| sum(&best, way, Some(k))).min();
            best.push(line(k) + inside.unwrap_or(0));
        }
        self.closing.iter().map(|way| sum(&best, way, None)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Diagrams, topologies};
    use super::*;
    use crate::process::test_model::{standard_model, subprocess};

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
