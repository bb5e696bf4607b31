//! Where the lines of diagrams stand between the incoming and outgoing legs.
//!
//! Knows sets of legs, masses, widths and spins; knows no momentum.

use crate::diagram::{DiagramGraph, LegSet, Subprocess};
use crate::model::{Model, ParticleId};

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An external leg.
    Leg(usize),
    /// Time-like: it becomes these final legs.
    Final(LegSet),
    /// Space-like: final legs on the side of leg 0 and of leg 1.
    Exchange([LegSet; 2]),
}

/// A line with what the counting of powers needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub place: Place,
    pub particle: ParticleId,
    /// Infinite for what does not propagate: it has no pole.
    pub mass: f64,
    /// 0 for space-like lines, whose widths are left out; infinite as the mass is.
    pub width: f64,
    /// `2 s + 1`.
    pub spin: u8,
}

/// The diagrams of a subprocess.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    pub graph: &'a DiagramGraph,
    /// In the order of the graph, then the last leg.
    pub list: Vec<Line>,
    /// Masses of the legs in GeV.
    pub masses: Vec<f64>,
    /// `2 s + 1` of the legs.
    pub spins: Vec<u8>,
    /// Final legs that are fermions without colour.
    pub leptons: LegSet,
    /// Number of incoming legs: 1 for a decay, else 2.
    pub n_in: usize,
}

impl<'a> Lines<'a> {
    pub fn new(model: &Model, sub: &Subprocess, graph: &'a DiagramGraph) -> Self {
        let n = sub.legs.len();
        let of = |k: &ParticleId| model.particle(*k);
        let line = |set: LegSet, particle: ParticleId| {
            let p = model.particle(particle);
            let place = place(set, n, sub.n_in);
            let [mass, width] = match place {
                Place::Leg(_) => [p.mass, 0.0],
                _ if p.is_instant => [f64::INFINITY; 2],
                Place::Final(_) => [p.mass, p.width],
                Place::Exchange(_) => [p.mass, 0.0],
            };
            Line {
                place,
                particle,
                mass,
                width,
                spin: p.spin,
            }
        };
        let last = line(1 << (n - 1), sub.legs[n - 1]);
        Self {
            list: (graph.lines.iter())
                .map(|l| line(l.set, l.particle))
                .chain([last])
                .collect(),
            masses: sub.legs.iter().map(|k| of(k).mass).collect(),
            spins: sub.legs.iter().map(|k| of(k).spin).collect(),
            n_in: sub.n_in,
            leptons: (sub.n_in..n)
                .filter(|&k| of(&sub.legs[k]).is_fermion() && of(&sub.legs[k]).colour == 1)
                .fold(0, |set, k| set | 1 << k),
            graph,
        }
    }

    /// All final legs.
    pub(crate) fn finals(&self) -> LegSet {
        all(self.masses.len()) & !all(self.n_in)
    }

    /// Sum of the masses of some legs in GeV.
    pub fn threshold(&self, set: LegSet) -> f64 {
        members(set).map(|k| self.masses[k]).sum()
    }

    /// Whether all of some legs are massless.
    pub fn massless(&self, set: LegSet) -> bool {
        members(set).all(|k| self.masses[k] == 0.0)
    }

    /// Least sum over the lines and vertices of a diagram; the lines of a vertex
    /// are handed to `vertex`.
    pub fn least(
        &self,
        line: impl Fn(&Line) -> i32,
        vertex: impl Fn(&[&Line]) -> i32,
    ) -> Option<i32> {
        let last = self.list.len() - 1;
        let found = self.graph.least(
            |k| line(&self.list[k]),
            |way, out| {
                let ends = way.iter().copied().chain([out.unwrap_or(last)]);
                let meeting: Vec<&Line> = ends.map(|k| &self.list[k]).collect();
                vertex(&meeting)
            },
        );
        found.map(|sum| sum + line(&self.list[last]))
    }
}

/// Legs of a set, in ascending order.
pub(super) fn members(set: LegSet) -> impl Iterator<Item = usize> {
    (0..LegSet::BITS as usize).filter(move |k| set >> k & 1 == 1)
}

fn all(n: usize) -> LegSet {
    (1 << n) - 1
}

/// The place of a line with these legs on one side, of `n` legs in all.
fn place(set: LegSet, n: usize, n_in: usize) -> Place {
    let finals = all(n) & !all(n_in);
    if set.count_ones() == 1 {
        return Place::Leg(set.trailing_zeros() as usize);
    }
    if n_in == 1 {
        let others = finals & !set;
        return Place::Final(if set & 1 == 0 { set } else { others });
    }
    match set & 3 {
        0 => Place::Final(set),
        1 => Place::Exchange([set & finals, finals & !set]),
        2 => Place::Exchange([finals & !set, set & finals]),
        _ => Place::Final(finals & !set),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagram::Diagrams;
    use crate::process::test_model::{standard_model, subprocess};

    #[test]
    fn a_line_is_placed_by_the_incoming_legs_on_its_side() {
        assert_eq!(place(0b00010, 5, 2), Place::Leg(1));
        assert_eq!(place(0b01100, 5, 2), Place::Final(0b01100));
        assert_eq!(place(0b00011, 5, 2), Place::Final(0b11100));
        assert_eq!(place(0b00111, 5, 2), Place::Final(0b11000));
        assert_eq!(place(0b00101, 5, 2), Place::Exchange([0b00100, 0b11000]));
        assert_eq!(place(0b00110, 5, 2), Place::Exchange([0b11000, 0b00100]));
        // A decay.
        assert_eq!(place(0b0110, 4, 1), Place::Final(0b0110));
        assert_eq!(place(0b0011, 4, 1), Place::Final(0b1100));
    }

    #[test]
    fn what_does_not_propagate_has_no_pole() {
        let mut model = standard_model();
        let h = usize::from(model.by_name("h").unwrap().0);
        model.particles[h].width = 0.0;
        let regions = |model: &Model, line: &str| {
            let sub = subprocess(model, line);
            let graph = Diagrams::new(model).unwrap().graph(&sub);
            Lines::new(model, &sub, &graph).regions(false)
        };
        let [time_like, space_like] = ["b b~ > ta+ ta- / a z", "ta- b > ta- b / a z"];
        assert_eq!(regions(&model, time_like).len(), 1);
        model.particles[h].is_instant = true;
        assert_eq!(regions(&model, time_like).len(), 0);
        model.particles[h].mass = 0.0;
        assert_eq!(regions(&model, space_like).len(), 0);
        model.particles[h].is_instant = false;
        assert_eq!(regions(&model, space_like).len(), 1);
    }
}
