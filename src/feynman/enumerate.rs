//! Diagrams of a subprocess one by one, put together where they look alike.
//!
//! Two diagrams look alike if their lines divide the legs in the same way and are drawn in
//! the same way: a photon and a Z boson are one drawing of two diagrams. Knows lines and
//! vertices; knows no place.

use std::collections::HashMap;

use crate::diagram::{DiagramGraph, Diagrams, Subprocess, Way};
use crate::model::{Model, Particle, ParticleId};

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineStyle {
    /// Fermions, with an arrow unless they are their own antiparticles.
    Solid,
    /// Vector bosons.
    Wavy,
    /// Gluons and other coloured bosons with spin.
    Curly,
    /// Scalars.
    Dashed,
}

impl LineStyle {
    /// Of a particle.
    pub fn of(particle: &Particle) -> Self {
        match particle.spin {
            1 => Self::Dashed,
            spin if spin % 2 == 0 => Self::Solid,
            _ if particle.colour.abs() == 8 => Self::Curly,
            _ => Self::Wavy,
        }
    }
}

/// A line of a drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Legs on its side away from the last one, bit k for leg k.
    pub legs: u32,
    /// How it is drawn.
    pub style: LineStyle,
    /// What flows out of these legs in each of the diagrams, each once.
    pub particles: Vec<ParticleId>,
}

/// Diagrams that look alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Propagators, those with many legs behind those with few.
    pub lines: Vec<Line>,
    /// Number of diagrams.
    pub n_diagrams: u64,
}

/// What two diagrams have in common that look alike: legs, style and direction of each line.
type Look = Vec<(u32, LineStyle, bool)>;

/// Drawings of a subprocess in the order of their diagrams, at most `limit`, and whether
/// all diagrams were looked at: no more than `most` are.
pub fn drawings(
    diagrams: &Diagrams,
    sub: &Subprocess,
    limit: usize,
    most: u64,
) -> (Vec<Drawing>, bool) {
    let graph = diagrams.graph(sub);
    let mut found = Collector {
        model: diagrams.model,
        graph: &graph,
        places: HashMap::new(),
        drawings: Vec::new(),
        limit,
        left: most,
    };
    let mut lines = Vec::new();
    let is_complete = graph
        .closing
        .iter()
        .all(|way| found.expand(way, &[], &mut lines));
    (found.drawings, is_complete)
}

struct Collector<'a> {
    model: &'a Model,
    graph: &'a DiagramGraph,
    places: HashMap<Look, usize>,
    drawings: Vec<Drawing>,
    limit: usize,
    left: u64,
}

impl Collector<'_> {
    /// Goes through all ways to make the lines of a vertex and those that are `open`;
    /// `lines` are propagators that are there already. False once there were enough.
    fn expand(&mut self, way: &Way, open: &[usize], lines: &mut Vec<usize>) -> bool {
        let mut open = open.to_vec();
        let before = lines.len();
        for &k in &way.lines {
            if self.graph.lines[k].set.count_ones() > 1 {
                lines.push(k);
                open.push(k);
            }
        }
        let goes_on = match open.pop() {
            None => self.add(lines),
            Some(next) => {
                let graph = self.graph;
                let mut ways = graph.lines[next].ways.iter();
                ways.all(|way| self.expand(way, &open, lines))
            }
        };
        lines.truncate(before);
        goes_on
    }

    /// Adds a diagram with these propagators.
    fn add(&mut self, lines: &[usize]) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        let mut lines: Vec<(u32, ParticleId)> = (lines.iter())
            .map(|&k| (self.graph.lines[k].set, self.graph.lines[k].particle))
            .collect();
        lines.sort_by_key(|(legs, _)| (legs.count_ones(), *legs));
        let style = |id: ParticleId| LineStyle::of(self.model.particle(id));
        let is_forward =
            |id: ParticleId| style(id) != LineStyle::Solid || self.model.particle(id).pdg > 0;
        let look: Look = lines
            .iter()
            .map(|&(legs, id)| (legs, style(id), is_forward(id)))
            .collect();
        if let Some(&at) = self.places.get(&look) {
            let drawing = &mut self.drawings[at];
            drawing.n_diagrams += 1;
            for (line, (_, id)) in drawing.lines.iter_mut().zip(lines) {
                if !line.particles.contains(&id) {
                    line.particles.push(id);
                }
            }
            return true;
        }
        if self.drawings.len() == self.limit {
            return false;
        }
        let line = |&(legs, id): &(u32, ParticleId)| Line {
            legs,
            style: style(id),
            particles: vec![id],
        };
        let drawing = Drawing {
            lines: lines.iter().map(line).collect(),
            n_diagrams: 1,
        };
        self.places.insert(look, self.drawings.len());
        self.drawings.push(drawing);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::test_model::{standard_model, subprocess};

    fn found(line: &str) -> (Vec<(usize, u64)>, u64) {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        let sub = subprocess(&model, line);
        let (all, is_complete) = drawings(&diagrams, &sub, 10_000, 1_000_000);
        assert!(is_complete, "{line}");
        let list = all.iter().map(|d| (d.lines.len(), d.n_diagrams)).collect();
        (list, diagrams.count(&sub))
    }

    #[test]
    fn drawings_account_for_every_diagram() {
        for line in [
            "u u~ > e+ e- g",
            "g g > t t~ g",
            "g g > g g g",
            "t > b e+ ve",
            "u d > u d w+ w- QCD=0",
            "b b~ > h",
        ] {
            let (list, count) = found(line);
            assert_eq!(list.iter().map(|d| d.1).sum::<u64>(), count, "{line}");
        }
    }

    #[test]
    fn a_photon_and_a_z_are_one_drawing() {
        assert_eq!(found("u u~ > e+ e-").0, [(1, 2)]);
        assert_eq!(found("u u~ > e+ e- g").0, [(2, 2), (2, 2)]);
        // s, t and u channel, and the vertex of four.
        let (mut gluons, _) = found("g g > g g");
        gluons.sort_unstable();
        assert_eq!(gluons, [(0, 1), (1, 1), (1, 1), (1, 1)]);
    }

    #[test]
    fn there_are_no_more_than_asked_for() {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        let sub = subprocess(&model, "g g > g g g");
        let (few, is_complete) = drawings(&diagrams, &sub, 4, 1_000_000);
        assert!(few.len() == 4 && !is_complete);
        let (few, is_complete) = drawings(&diagrams, &sub, 100, 3);
        assert!(few.iter().map(|d| d.n_diagrams).sum::<u64>() == 3 && !is_complete);
    }
}
