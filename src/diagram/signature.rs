//! Equality of amplitudes: the same vertices with the same numbers in the same places.
//!
//! Two subprocesses have equal squared amplitudes if their graphs of currents
//! agree when each particle is replaced by spin, colour, mass and width, and
//! each vertex by its structures and coupling values. Knows vertices with
//! their values; knows no momentum.

use std::hash::Hash;

use rustc_hash::FxHashMap;

use super::Subprocess;
use super::diagrams::Diagrams;
use super::graph::Way;
use super::powers::Powers;
use crate::elementary::Elementary;
use crate::model::{Model, ParticleId, Vertex};

/// Numbers for values that can be compared: equal values, equal numbers.
#[derive(Clone, Debug)]
pub(crate) struct Interner<T>(FxHashMap<T, u32>);

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<T: Hash + Eq> Interner<T> {
    pub fn id(&mut self, value: T) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(value).or_insert(next)
    }
}

/// Structures and values of a vertex, without its particles.
///
/// With `powers`, of the terms of these coupling orders only.
pub(crate) fn vertex_content(
    model: &Model,
    vertex: &Vertex,
    powers: Option<&[u32]>,
) -> Vec<String> {
    let mut terms: Vec<String> = vertex
        .terms
        .iter()
        .filter(|t| {
            powers.is_none_or(|wanted| {
                let found = model.couplings[t.coupling].orders.iter();
                found.map(|&n| u32::from(n)).eq(wanted.iter().copied())
            })
        })
        .map(|t| {
            let coupling = &model.couplings[t.coupling];
            let lorentz = &model.lorentz[t.lorentz];
            format!(
                "{} * {} {:?} * {} {:?}",
                vertex.colour[t.colour],
                lorentz.structure,
                lorentz.spins,
                value_text(coupling.value),
                coupling.orders,
            )
        })
        .collect();
    terms.sort_unstable();
    terms
}

/// A complex number to ten digits of its magnitude.
fn value_text((re, im): (f64, f64)) -> String {
    let magnitude = re.hypot_same(im);
    if magnitude == 0.0 {
        return "0".into();
    }
    let digits = |x: f64| (x / magnitude * 1e10).round() as i64;
    format!("{magnitude:.9e} ({} {})", digits(re), digits(im))
}

/// Spin, colour, mass with its sign and width, and what is its own of the propagator;
/// external legs have neither.
type Kinematics = (u8, i8, u64, u64, Option<String>, bool);

fn kinematics(model: &Model, id: ParticleId, external: bool) -> Kinematics {
    let p = model.particle(id);
    let width = if external { 0.0 } else { p.width };
    let own = p.propagator.as_ref().filter(|_| !external);
    (
        p.spin,
        p.colour,
        model.signed_mass(id).to_bits(),
        width.to_bits(),
        own.map(|own| own.name.clone()),
        p.is_instant && !external,
    )
}

/// A child of a vertex: its node, and where it may stand in the vertex.
type Slot = (u32, Vec<u8>);

/// A current up to names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Node {
    External(usize, Kinematics),
    /// With what makes it, and whether it must not be on shell.
    Internal(Kinematics, Vec<(u32, Vec<Slot>)>, bool),
}

/// Numbers subprocesses so that equal amplitudes have equal numbers.
pub(crate) struct Classifier<'a> {
    diagrams: &'a Diagrams<'a>,
    contents: Interner<Vec<String>>,
    content_of: FxHashMap<(usize, Powers), u32>,
    nodes: Interner<Node>,
}

impl<'a> Classifier<'a> {
    pub fn new(diagrams: &'a Diagrams<'a>) -> Self {
        Self {
            diagrams,
            contents: Interner::default(),
            content_of: FxHashMap::default(),
            nodes: Interner::default(),
        }
    }

    /// Number of the amplitude of a subprocess.
    pub(crate) fn signature(&mut self, sub: &Subprocess) -> u32 {
        let model = self.diagrams.model;
        let graph = self.diagrams.graph(sub);
        // Of each line its number, and what the vertices that it flows into emit there.
        let mut known: Vec<(u32, ParticleId)> = Vec::with_capacity(graph.lines.len());
        for line in &graph.lines {
            let node = if line.set.count_ones() == 1 {
                let leg = line.set.trailing_zeros() as usize;
                Node::External(leg, kinematics(model, sub.incoming(model, leg), true))
            } else {
                let ways = self.ways(&line.ways, &known);
                Node::Internal(kinematics(model, line.particle, false), ways, line.vetoed)
            };
            known.push((self.nodes.id(node), model.anti(line.particle)));
        }
        let last = sub.incoming(model, sub.legs.len() - 1);
        let all = self.ways(&graph.closing, &known);
        self.nodes
            .id(Node::Internal(kinematics(model, last, true), all, false))
    }

    /// The vertices that make a current, each with its children in their places.
    fn ways(&mut self, ways: &[Way], known: &[(u32, ParticleId)]) -> Vec<(u32, Vec<Slot>)> {
        let diagrams = self.diagrams;
        let mut list = Vec::new();
        for way in ways {
            let interaction = diagrams.interaction(way.interaction as usize);
            for &v in &interaction.vertices {
                let content = self.content(v, interaction.powers);
                let places = |emitted: ParticleId| -> Vec<u8> {
                    let particles = diagrams.model.vertices[v].particles.iter();
                    (0_u8..)
                        .zip(particles)
                        .filter(|&(_, &p)| p == emitted)
                        .map(|(at, _)| at)
                        .collect()
                };
                let children = way.lines.iter().map(|&line| known[line]);
                let slots = children.map(|(id, p)| (id, places(p))).collect();
                list.push((content, slots));
            }
        }
        list.sort_unstable();
        list
    }

    fn content(&mut self, vertex: usize, powers: Powers) -> u32 {
        if let Some(&id) = self.content_of.get(&(vertex, powers)) {
            return id;
        }
        let model = self.diagrams.model;
        let wanted = self.diagrams.rules.unpack(powers);
        let id = self.contents.id(vertex_content(
            model,
            &model.vertices[vertex],
            Some(&wanted),
        ));
        self.content_of.insert((vertex, powers), id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ModelSpec, Parameter, ParameterOrigin, VertexTerm};
    use crate::process::test_model::{standard_model, subprocess};

    /// Two Majorana fermions with the same couplings whose masses differ in sign.
    #[test]
    fn the_sign_of_a_mass_tells_particles_apart() {
        let mut model = Model::load(&ModelSpec::default()).unwrap();
        let pdg = [12, 14];
        for (k, name) in ["ve", "vm"].iter().enumerate() {
            // Neutrinos that are their own antiparticles.
            let id = model.by_name(name).unwrap();
            let p = &mut model.particles[usize::from(id.0)];
            (p.anti, p.mass, p.mass_name) = (id, 100.0, format!("M{}", pdg[k]));
            let vertex = Vertex {
                name: (*name).into(),
                particles: vec![id, id, model.by_name("h").unwrap()],
                colour: vec!["1".into()],
                terms: vec![VertexTerm {
                    colour: 0,
                    lorentz: model
                        .lorentz
                        .iter()
                        .position(|l| l.spins == [2, 2, 1])
                        .unwrap(),
                    coupling: 0,
                }],
            };
            model.vertices.push(vertex);
        }
        let same = |model: &Model| {
            let diagrams = Diagrams::new(model).unwrap();
            let mut classifier = Classifier::new(&diagrams);
            let mut of = |line: &str| classifier.signature(&subprocess(model, line));
            of("ve ve > h h QED<=99") == of("vm vm > h h QED<=99")
        };
        assert!(same(&model));
        model.parameters.push(Parameter {
            name: "M14".into(),
            value: (-100.0, 0.0),
            origin: ParameterOrigin::External {
                block: "MASS".into(),
                code: vec![14],
            },
        });
        assert!(!same(&model));
    }

    #[test]
    fn equal_amplitudes_and_only_those_have_equal_signatures() {
        let model = standard_model();
        let diagrams = Diagrams::new(&model).unwrap();
        let mut classifier = Classifier::new(&diagrams);
        let mut same = |a: &str, b: &str| {
            let a = classifier.signature(&subprocess(&model, a));
            a == classifier.signature(&subprocess(&model, b))
        };
        assert!(same("u u~ > e+ e- g", "c c~ > e+ e- g"));
        assert!(same("u u~ > e+ e- g", "u u~ > mu+ mu- g"));
        assert!(same("u u~ > t t~ QED=0", "d d~ > t t~ QED=0"));
        assert!(same("u d > u d QED=0", "u s > u s QED=0"));
        assert!(same("u d~ > e+ ve", "c s~ > mu+ vm"));
        assert!(!same("u u~ > e+ e- g", "d d~ > e+ e- g"));
        assert!(!same("u u~ > t t~ QCD=2", "d d~ > t t~ QCD=2"));
        assert!(!same("u u~ > e+ e-", "u~ u > e+ e-"));
        assert!(!same("u u~ > g g", "g g > u u~"));
        assert!(!same("u u > u u QED=0", "u d > u d QED=0"));
        assert!(!same("u u~ > t t~ QED=0", "u u~ > b b~ QED=0"));
        assert!(!same("u u~ > ta+ ta-", "u u~ > mu+ mu-"));
        assert!(!same("u d~ > w+ g", "u d~ > w+ g QED=0"));
    }
}
