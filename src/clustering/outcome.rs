//! What the clustering of one event says, in full.
//!
//! Knows vertices and their scales; knows no distance.

use super::emissions::Emissions;
use super::follow::Followed;
use super::join::Joined;
use super::table::MOST_LEGS;
use crate::diagram::LegSet;

/// Where a vertex stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VertexKind {
    /// A line leaves the beam of leg 0 or 1.
    Beam(usize),
    /// Two outgoing lines are joined.
    Outgoing,
    /// What is left of both beams makes one line.
    Core,
}

/// Two lines that are joined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vertex {
    /// Legs of both lines, the incoming one first; in the core of both incoming ones.
    pub lines: [LegSet; 2],
    /// Where it stands.
    pub kind: VertexKind,
    /// Scale at which they were joined, GeV; for the core the transverse mass of
    /// what it makes.
    pub distance: f64,
    /// Scale as it enters `mu_r` and `mu_f`, GeV.
    pub scale: f64,
    /// Whether merged samples take `alpha_s` at this scale.
    pub has_alpha_s: bool,
}

/// The clustering of one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Clustered {
    /// In the order in which they were joined; the core is the last one.
    pub vertices: Vec<Vertex>,
    /// Outgoing legs that are radiated partons.
    pub jets: LegSet,
    /// Renormalisation scale in GeV.
    pub mu_r: f64,
    /// Factorisation scales of leg 0 and leg 1 in GeV.
    pub mu_f: [f64; 2],
    /// What a merged sample takes from the vertices.
    pub emissions: Emissions,
    /// Scale of each outgoing leg in GeV; the energy of the collision for those that are
    /// no radiated partons is written in its place (`None`).
    pub pt_clust: Vec<Option<f64>>,
}

impl Clustered {
    /// Which legs were joined in which order, as `3+5 1+(3+5)`: legs counted from 1
    /// through `number`, the core left out.
    pub fn class(&self, number: impl Fn(usize) -> usize) -> String {
        let mut names: Vec<(LegSet, String)> = vec![];
        let mut class: Vec<String> = vec![];
        let mut done = self.vertices.clone();
        done.pop();
        for vertex in &done {
            let name = |set: LegSet| match names.iter().find(|n| n.0 == set) {
                Some((_, name)) => format!("({name})"),
                None => number(set.trailing_zeros() as usize).to_string(),
            };
            let text = format!("{}+{}", name(vertex.lines[0]), name(vertex.lines[1]));
            names.push((vertex.lines[0] | vertex.lines[1], text.clone()));
            class.push(text);
        }
        class.join(" ")
    }
}

impl Followed {
    /// Everything for the record.
    pub(super) fn outcome(&self, joined: &Joined, n_legs: usize) -> Clustered {
        let vertex = |at: usize| {
            let pair = &joined.pairs[at];
            Vertex {
                lines: pair.lines.map(|line| joined.sets[line]),
                kind: match self.carriers[pair.lines[0]][0] {
                    _ if at + 1 == joined.n => VertexKind::Core,
                    beam @ (0 | 1) => VertexKind::Beam(beam),
                    _ => VertexKind::Outgoing,
                },
                distance: pair.scale2.sqrt(),
                scale: self.scale2[at].sqrt(),
                has_alpha_s: false,
            }
        };
        let mut vertices: Vec<Vertex> = (0..joined.n).map(vertex).collect();
        for (vertex, has) in vertices.iter_mut().zip(self.has_alpha_s(joined, n_legs)) {
            vertex.has_alpha_s = has;
        }
        let jets = (2..n_legs).filter(|&leg| self.jets[leg] > 0);
        Clustered {
            vertices,
            jets: jets.map(|leg| 1 << leg).sum(),
            mu_r: self.mu_r,
            mu_f: self.mu_f,
            emissions: self.emissions(joined, n_legs),
            pt_clust: self.leg_scales(joined, n_legs),
        }
    }

    /// The largest scale of the vertices that make a jet of each outgoing leg; `None` for
    /// one that takes part in another vertex, or that is no jet.
    fn leg_scales(&self, joined: &Joined, n_legs: usize) -> Vec<Option<f64>> {
        let mut good = self.good;
        let mut scales: Vec<Option<f64>> = vec![None; n_legs];
        let mut is_set = [false; MOST_LEGS];
        for at in 0..joined.n {
            let pair = &joined.pairs[at];
            let is_core = at + 1 == joined.n;
            let second = if is_core { pair.into } else { pair.lines[1] };
            for line in [pair.lines[0], second] {
                for leg in self.carriers[line]
                    .into_iter()
                    .filter(|l| (2..n_legs).contains(l))
                {
                    good[line] &= self.jets[leg] > 0;
                    if self.makes_jets(joined, at) && good[line] {
                        let scale = self.scale2[at].sqrt();
                        if !is_set[leg] || scales[leg].is_some_and(|s| s < scale) {
                            scales[leg] = Some(scale);
                        }
                    }
                    is_set[leg] = true;
                }
            }
        }
        scales.split_off(2)
    }
}
