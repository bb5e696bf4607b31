//! Existence, number and coupling orders of the tree diagrams of a subprocess.
//!
//! Knows rules and filters; knows no momentum.

use serde::Serialize;

use super::currents::{Currents, Mode};
use super::graph::DiagramGraph;
use super::rules::{Interaction, Rules};
use super::topology::{self, Topology};
use super::{DiagramError, LegSet, Subprocess, VetoedLine};
use crate::model::{Model, ParticleId};

/// Number of diagrams with given powers of the coupling orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderCount {
    /// One power per order of the model.
    pub powers: Vec<u32>,
    /// Number of diagrams.
    pub n_diagrams: u64,
}

/// What the diagrams of a subprocess consist of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DiagramContent {
    /// Powers of the coupling orders of whole diagrams, in the order of the model.
    pub powers: Vec<Vec<u8>>,
    /// What flows along the lines, external legs but the last included.
    pub particles: Vec<ParticleId>,
    /// Their vertices, by [`Diagrams::interaction`].
    pub interactions: Vec<usize>,
}

/// Answers questions about the tree diagrams of a model.
///
/// A diagram vertex is a set of particles with its coupling orders: several
/// Lorentz or colour structures of one vertex are one diagram, a four-gluon
/// vertex counts once.
pub struct Diagrams<'m> {
    pub(crate) model: &'m Model,
    pub(crate) rules: Rules,
}

impl<'m> Diagrams<'m> {
    /// Prepares the vertices of a model.
    ///
    /// # Errors
    /// [`DiagramError`].
    pub fn new(model: &'m Model) -> Result<Self, DiagramError> {
        let rules = Rules::new(model)?;
        Ok(Self { model, rules })
    }

    pub(crate) fn currents<'a>(&'a self, sub: &'a Subprocess) -> Currents<'a> {
        let max_inputs = self.rules.max_inputs;
        Currents::build(self.model, &self.rules, sub, Mode::Count { max_inputs })
    }

    /// An interaction of the model, by its position.
    pub(crate) fn interaction(&self, position: usize) -> &Interaction {
        &self.rules.interactions[position]
    }

    /// Whether the subprocess has a diagram that its filter keeps.
    pub fn exist(&self, sub: &Subprocess) -> bool {
        self.currents(sub).any()
    }

    /// Whether a subprocess has diagrams, and products of two amplitudes within its limits
    /// on squared orders.
    pub(crate) fn contribute(&self, sub: &Subprocess) -> bool {
        let limits = &sub.filter.orders;
        if limits.squared.is_empty() {
            return self.exist(sub);
        }
        let powers = self.content(sub).powers;
        let mut pairs = powers
            .iter()
            .flat_map(|a| powers.iter().map(move |b| (a, b)));
        pairs.any(|(a, b)| limits.keeps_product(a, b))
    }

    /// Powers, particles and vertices of the diagrams that the filter keeps.
    pub(crate) fn content(&self, sub: &Subprocess) -> DiagramContent {
        let graph = self.graph(sub);
        let n_orders = self.model.orders.len();
        let mut content = DiagramContent::default();
        for way in &graph.closing {
            let own = self.interaction(way.interaction as usize).powers;
            let all = way.lines.iter().map(|&k| graph.lines[k].powers);
            let sum = all.fold(own, |sum, p| sum + p).bytes(n_orders);
            if !content.powers.contains(&sum) {
                content.powers.push(sum);
            }
        }
        let inside = graph.lines.iter().flat_map(|line| &line.ways);
        let ways = inside.chain(&graph.closing);
        content.particles = graph.lines.iter().map(|line| line.particle).collect();
        content.interactions = ways.map(|way| way.interaction as usize).collect();
        content.particles.sort_unstable();
        content.particles.dedup();
        content.interactions.sort_unstable();
        content.interactions.dedup();
        content
    }

    /// Adds up, over all partial diagrams, what `weigh` makes of each: it gets the legs
    /// of a current, its particle, the particles that meet in it and what was added
    /// up for those. The legs of one particle alone count 1. The last call for each
    /// set of legs, with `None` in place of the particles that meet, may change the
    /// sum.
    pub(crate) fn add_up(
        &self,
        sub: &Subprocess,
        weigh: &mut impl FnMut(LegSet, ParticleId, Option<&[ParticleId]>, f64) -> f64,
    ) {
        let currents = self.currents(sub);
        let mut sums: Vec<Vec<f64>> = Vec::with_capacity(currents.top() as usize + 1);
        for set in 0..=currents.top() {
            let own = currents.of(set);
            if set.count_ones() < 2 {
                sums.push(vec![1.0; own.len()]);
                continue;
            }
            let mut sum = vec![0.0; own.len()];
            let mut meeting = Vec::new();
            currents.for_each_application(set, &mut |k, _, children| {
                let of = |&(legs, at): &(LegSet, usize)| sums[legs as usize][at];
                let product: f64 = children.iter().map(of).product();
                meeting.clear();
                let particle = |&(legs, at): &(LegSet, usize)| currents.of(legs)[at].particle;
                meeting.extend(children.iter().map(particle));
                sum[k] += weigh(set, own[k].particle, Some(&meeting), product);
            });
            for (sum, current) in sum.iter_mut().zip(own) {
                *sum = weigh(set, current.particle, None, *sum);
            }
            sums.push(sum);
        }
    }

    /// Number of diagrams that the filter keeps.
    pub fn count(&self, sub: &Subprocess) -> u64 {
        self.orders(sub).iter().map(|o| o.n_diagrams).sum()
    }

    /// Diagrams that the filter keeps, by powers of the coupling orders.
    pub fn orders(&self, sub: &Subprocess) -> Vec<OrderCount> {
        let currents = self.currents(sub);
        let mut found: Vec<OrderCount> = Vec::new();
        for current in currents.of(currents.top()) {
            let powers = self.rules.unpack(current.state.total());
            match found.iter_mut().find(|o| o.powers == powers) {
                Some(o) => o.n_diagrams += current.value,
                None => found.push(OrderCount {
                    powers,
                    n_diagrams: current.value,
                }),
            }
        }
        found.sort_by(|a, b| a.powers.cmp(&b.powers));
        found
    }

    /// The least WEIGHTED of any diagram, if it is at most `limit`.
    ///
    /// Particle filters and limits on single orders apply, that on WEIGHTED does not.
    pub(crate) fn least_weighted(&self, sub: &Subprocess, limit: u32) -> Option<u32> {
        let mode = Mode::LeastWeight { limit };
        let currents = Currents::build(self.model, &self.rules, sub, mode);
        let least = currents.of(currents.top()).iter().map(|c| c.value).min();
        let least = least.map(|w| u32::try_from(w).expect("at most the limit"))?;
        let up_to = |weight: u32| {
            let mut within = sub.clone();
            within.filter.orders.max_weighted = Some(weight);
            within
        };
        let limits = &sub.filter.orders;
        let is_free = limits.max.iter().chain(&limits.exact).all(Option::is_none);
        if is_free || self.exist(&up_to(least)) {
            return Some(least);
        }
        let weight = |count: &OrderCount| {
            let powers = count.powers.iter().zip(&self.model.orders);
            powers.map(|(n, order)| n * order.hierarchy).sum()
        };
        self.orders(&up_to(limit)).iter().map(weight).min()
    }

    /// The diagrams that the filter keeps, as one graph.
    pub(crate) fn graph(&self, sub: &Subprocess) -> DiagramGraph {
        DiagramGraph::new(&self.currents(sub))
    }

    /// The propagators that `$ x` of a subprocess is about, in normal form, each once.
    pub(crate) fn vetoed_lines(&self, sub: &Subprocess) -> Vec<VetoedLine> {
        if !sub.has_vetoes() {
            return Vec::new();
        }
        let currents = self.currents(sub);
        let graph = DiagramGraph::new(&currents);
        let mut found: Vec<VetoedLine> = (graph.lines.iter())
            .filter_map(|line| currents.vetoed(line.set, line.particle))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The same graph, diagrams apart by which of at most 64 propagators they have.
    pub(crate) fn graph_by(&self, sub: &Subprocess, marks: &[VetoedLine]) -> DiagramGraph {
        let max_inputs = self.rules.max_inputs;
        let mode = Mode::Count { max_inputs };
        let currents = Currents::with_marks(self.model, &self.rules, sub, mode, marks);
        DiagramGraph::new(&currents)
    }

    /// Diagram topologies that differ in their propagators' legs, masses or widths.
    ///
    /// See [`topologies`](super::topologies).
    pub fn topologies(&self, sub: &Subprocess, limit: usize) -> Vec<Topology> {
        topology::enumerate(self, sub, limit)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Decay, DiagramFilter, Polarisation};
    use super::*;
    use crate::process::test_model::{standard_model, subprocess};

    #[test]
    fn numbers_of_diagrams_agree_with_independent_code() {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        let golden = include_str!("../../tests/golden/process_diagrams.txt");
        let rows = golden.lines().filter(|l| !l.starts_with('#'));
        let mut n = 0;
        for row in rows {
            let (line, number) = row.split_once('|').unwrap();
            let sub = subprocess(&model, line.trim());
            let expected: u64 = number.trim().parse().unwrap();
            assert_eq!(diagrams.count(&sub), expected, "{line}");
            n += 1;
        }
        assert_eq!(n, 61);
    }

    #[test]
    fn gluon_trees_follow_the_known_numbers() {
        // Number of tree diagrams of n gluons, four-gluon vertices counted
        // once: Mangano and Parke, Phys. Rep. 200 (1991) 301, table 1.
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        let mut line = "g g > g".to_string();
        for expected in [4, 25, 220, 2485, 34300] {
            line.push_str(" g");
            assert_eq!(diagrams.count(&subprocess(&model, &line)), expected);
        }
    }

    #[test]
    fn the_number_of_diagrams_does_not_depend_on_the_root_or_on_crossing() {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        for same in [
            [
                "u u~ > e+ e- g g QED=2",
                "g u > g u e+ e- QED=2",
                "e+ e- > u g u~ g QED=2",
            ],
            ["u d > u d w+ w-", "w+ u > w+ d u d~", "u w- > u d w- d~"],
        ] {
            let counts = same.map(|line| diagrams.count(&subprocess(&model, line)));
            assert!(counts[0] > 10);
            assert_eq!(counts, [counts[0]; 3], "{}", same[0]);
        }
    }

    #[test]
    fn filters_remove_what_they_name() {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        for (line, expected) in [
            ("e+ e- > mu+ mu-", 2),
            ("e+ e- > mu+ mu- / z", 1),
            ("e+ e- > mu+ mu- $$ a", 1),
            ("e+ e- > z > mu+ mu-", 1),
            ("e+ e- > z | a > mu+ mu-", 2),
            ("e+ e- > z a > mu+ mu-", 0),
            ("e+ e- > z a | z > mu+ mu-", 1),
            ("e+ e- > z z | z a > mu+ mu-", 0),
            ("e+ e- > w+ w- $$ a z", 1),
            ("e+ e- > w+ w- / ve", 2),
            // Two Z in the t-channel production (2), in Z -> 4 leptons (4), in Z h (1).
            ("e+ e- > z z > mu+ mu- ta+ ta-", 7),
            ("e+ e- > z z > mu+ mu- ta+ ta- $$ h", 6),
            ("e+ e- > z z | h > mu+ mu- ta+ ta- $$ h", 6),
            // Requirements have a direction, and each needs its own propagator.
            ("u d~ > w+ > e+ ve", 1),
            ("u d~ > w- > e+ ve", 0),
            ("t > w+ > b e+ ve", 1),
            ("t > w- > b e+ ve", 0),
            ("e+ e- > z z z > mu+ mu- ta+ ta-", 0),
            ("u u~ > t t~ QED<=2 QCD==0", 2),
            ("u u~ > t t~ QCD<=2", 3),
            ("u u~ > t t~ WEIGHTED<=2", 1),
        ] {
            assert_eq!(
                diagrams.count(&subprocess(&model, line)),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn alternatives_of_requirements_have_either_or_both() {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        let count = |required: &str| {
            let line = format!("e+ e- > {required} > mu+ mu- ta+ ta- a a QED=6");
            diagrams.count(&subprocess(&model, &line))
        };
        for (one, other, both) in [
            ("z a", "z z", "z z a"),
            ("z z z", "a a", "z z z a a"),
            ("z", "a a", "z a a"),
        ] {
            let counts = [one, other, both].map(count);
            let either = count(&format!("{one} | {other}"));
            assert!(either > 0);
            assert_eq!(either, counts[0] + counts[1] - counts[2], "{one} | {other}");
        }
    }

    #[test]
    fn decays_are_told_apart_by_their_legs() {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        let count = |line: &str, decays: &[(LegSet, &str)]| {
            let mut sub = subprocess(&model, line);
            let decay = |&(legs, name): &(LegSet, &str)| Decay {
                legs,
                particle: model.by_name(name).unwrap(),
                filter: DiagramFilter::default(),
                polarisation: Polarisation::ANY,
            };
            sub.decays = decays.iter().map(decay).collect();
            diagrams.count(&sub)
        };
        // Pairs of Z in the t-channel; the other 5 of 7 diagrams with two Z have one of
        // them decay into more legs, or none into the muons.
        let line = "e+ e- > mu+ mu- ta+ ta-";
        assert_eq!(count(line, &[(0b001100, "z"), (0b110000, "z")]), 2);
        assert_eq!(count(line, &[(0b001100, "z"), (0b110000, "a")]), 2);
        assert_eq!(count(line, &[(0b001100, "z"), (0b110000, "h")]), 1);
        assert_eq!(count(line, &[(0b001100, "w+")]), 0);
        // Equal legs: who comes from which Z is part of the question.
        let line = "e+ e- > mu+ mu- mu+ mu-";
        assert_eq!(count(line, &[(0b001100, "z"), (0b110000, "z")]), 2);
        assert_eq!(count(line, &[(0b100100, "z"), (0b011000, "z")]), 2);
        // A tree of decays, one with the last leg; of two decays, a vertex of four joins all.
        let line = "g g > b w+ b~ e- ve~";
        let top = [(0b000_1100, "t"), (0b111_0000, "t~")];
        assert_eq!(count(line, &top), 3);
        assert_eq!(count(line, &[top[0], top[1], (0b110_0000, "w-")]), 3);
        assert_eq!(count("t > b e+ ve", &[(0b1100, "w+")]), 1);
        assert_eq!(count("t > b e+ ve", &[(0b1100, "w-")]), 0);
        assert_eq!(
            count("g g > g g g g", &[(0b001100, "g"), (0b110000, "g")]),
            4
        );
    }

    #[test]
    fn least_weighted_is_the_least_of_the_orders_found() {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        for line in [
            "u u > u u",
            "u u~ > e+ e- g",
            "u d~ > w+ z",
            "e+ e- > u u~ d d~",
        ] {
            let sub = subprocess(&model, &format!("{line} QED<=99"));
            let least = diagrams
                .orders(&sub)
                .iter()
                .map(|o| o.powers[0] + 2 * o.powers[1])
                .min()
                .unwrap();
            assert_eq!(diagrams.least_weighted(&sub, 99), Some(least), "{line}");
            assert_eq!(diagrams.least_weighted(&sub, least - 1), None, "{line}");
        }
    }
}
