//! Whether the Lagrangian of a model is hermitian.
//!
//! Every vertex needs its hermitian conjugate among the vertices. Whether their couplings
//! belong together is seen at decays: with a hermitian Lagrangian, CPT makes the first order
//! of a decay and of the decay of the antiparticle with all helicities reversed equally
//! probable, at the same momenta (Weinberg, The Quantum Theory of Fields I, section 3.3).
//!
//! Knows vertices and amplitudes; knows no file.

use rustc_hash::{FxHashMap, FxHashSet};

use super::vertex_decay::{as_decay, made_heavy, title};
use crate::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use crate::diagram::Subprocess;
use crate::kinematics::{FourVector, MomentumBatch, boost_from_rest, sqrt_kallen};
use crate::model::{Model, ModelNote, NoteKind, ParticleId, Vertex};

/// Real part of the coupling of scalars that is rounding, of its size.
const REAL_PART: f64 = 1e-9;
/// Decays that agree to this part of the largest by helicity are the same.
const SAME: f64 = 1e-6;
/// Most pairs of vertices that are compared.
const MOST_PAIRS: usize = 400;
/// Directions of products in the frame of what they come from.
const DIRECTIONS: [[f64; 3]; 2] = [
    [2.0 / 7.0, 6.0 / 7.0, 3.0 / 7.0],
    [-6.0 / 11.0, 2.0 / 11.0, 9.0 / 11.0],
];

type Legs = Vec<ParticleId>;

/// Vertices without their hermitian conjugate, pairs whose couplings do not belong
/// together, and real couplings of the scalars of a vertex that is its own.
pub(super) fn hermiticity(model: &Model) -> Vec<ModelNote> {
    let mut by_legs: FxHashMap<Legs, Vec<&Vertex>> = FxHashMap::default();
    for vertex in &model.vertices {
        let legs = sorted(vertex.particles.iter().copied());
        by_legs.entry(legs).or_default().push(vertex);
    }
    let mut compared = FxHashSet::default();
    let mut alone = model.clone();
    let mut found = Vec::new();
    for vertex in &model.vertices {
        let own = sorted(vertex.particles.iter().copied());
        let conjugate = sorted(vertex.particles.iter().map(|&id| model.anti(id)));
        let note = |text: String| {
            let text = format!("{} {text}", title(model, vertex));
            ModelNote::new(NoteKind::NotHermitian, &vertex.name, text)
        };
        let Some(partners) = by_legs.get(&conjugate) else {
            found.push(note("has no hermitian conjugate".to_owned()));
            continue;
        };
        if own == conjugate {
            found.extend(real_coupling(model, vertex).map(note));
        }
        let is_new = compared.len() < MOST_PAIRS && !compared.contains(&conjugate);
        if is_new && compared.insert(own.clone()) {
            let others = partners.iter().filter(|_| own != conjugate);
            let both = by_legs[&own].iter().chain(others);
            alone.vertices = both.map(|v| (*v).clone()).collect();
            found.extend(unequal(&mut alone, vertex).map(note));
        }
    }
    found
}

fn sorted(ids: impl Iterator<Item = ParticleId>) -> Legs {
    let mut ids: Legs = ids.collect();
    ids.sort_unstable();
    ids
}

/// A coupling with a real part of a vertex of scalars without colour that is its own
/// conjugate.
fn real_coupling(model: &Model, vertex: &Vertex) -> Option<String> {
    let is_scalar = |id: &ParticleId| model.particle(*id).spin == 1;
    if !vertex.particles.iter().all(is_scalar) {
        return None;
    }
    vertex.terms.iter().find_map(|term| {
        let coupling = &model.couplings[term.coupling];
        let (re, im) = coupling.value;
        let is_real = vertex.colour[term.colour] == "1" && re.abs() > REAL_PART * im.abs();
        is_real.then(|| {
            format!(
                "has {} = ({re}, {im}), which is not imaginary",
                coupling.name
            )
        })
    })
}

/// How a decay by this vertex differs from that of the antiparticle. `alone` has the vertices
/// of both and no others; `None` also where there is no such decay or none can be computed.
fn unequal(alone: &mut Model, vertex: &Vertex) -> Option<String> {
    let decay = as_decay(alone, vertex).filter(|d| d.legs.len() <= 4)?;
    let mut reverse = decay.clone();
    for id in &mut reverse.legs {
        *id = alone.anti(*id);
    }
    let both = made_heavy(alone, &decay, |model| {
        let masses: Vec<f64> = (decay.legs.iter())
            .map(|&id| model.particle(id).mass)
            .collect();
        let momenta = decay_at_rest(masses[0], &masses[1..]);
        [&decay, &reverse].map(|sub| by_helicity(model, sub, &momenta))
    });
    let [Some(straight), Some(reversed)] = both else {
        return None;
    };
    let [one, other] = most_distant(&straight, &reversed)?;
    let name = |id: &ParticleId| alone.particle(*id).name.as_str();
    let products: Vec<&str> = decay.legs[1..].iter().map(name).collect();
    Some(format!(
        "and its hermitian conjugate have couplings that do not belong together: for some \
         helicities |M|^2 of {} > {} is {one:e}, and for antiparticles with the opposite \
         helicities {other:e}",
        name(&decay.legs[0]),
        products.join(" "),
    ))
}

/// |M|^2 at a point by twice the helicities of the legs.
type ByHelicity = FxHashMap<Vec<i8>, f64>;

fn by_helicity(model: &Model, sub: &Subprocess, momenta: &MomentumBatch) -> Option<ByHelicity> {
    let element = MatrixElement::compile(model, sub, Frame::CentreOfMass).ok()?;
    let mut work = MatrixElementWorkspace::default();
    let me2 = element.by_helicity(momenta, None, TChannelWidth::Off, &mut work);
    let helicities = element.helicities().into_iter().map(<[i8]>::to_vec);
    Some(helicities.zip(me2).collect())
}

/// Where one differs most from the other with all helicities reversed; `None` where that
/// is rounding.
fn most_distant(straight: &ByHelicity, reversed: &ByHelicity) -> Option<[f64; 2]> {
    let flipped = |h: &Vec<i8>| h.iter().map(|x| -x).collect::<Vec<i8>>();
    let of = |map: &ByHelicity, h: &Vec<i8>| map.get(h).copied().unwrap_or(0.0);
    let all = straight.keys().cloned().chain(reversed.keys().map(flipped));
    let pairs = all.map(|h| [of(straight, &h), of(reversed, &flipped(&h))]);
    let pairs: Vec<[f64; 2]> = pairs.collect();
    let largest = pairs.iter().flatten().copied().fold(0.0, f64::max);
    let distance = |p: &[f64; 2]| (p[0] - p[1]).abs();
    let farthest = |a: &[f64; 2], b: &[f64; 2]| distance(a).total_cmp(&distance(b));
    let found = pairs.into_iter().max_by(farthest)?;
    (distance(&found) > SAME * largest).then_some(found)
}

/// Momenta of a decay to two or three particles, in general directions.
fn decay_at_rest(mass: f64, masses: &[f64]) -> MomentumBatch {
    let mut legs: Vec<FourVector> = vec![[mass, 0.0, 0.0, 0.0]];
    let (mut rest, mut rest_mass) = (legs[0], mass);
    for (k, &m) in masses.iter().enumerate().take(masses.len() - 1) {
        // What is released is shared among the steps.
        let others: f64 = masses[k + 1..].iter().sum();
        let last = k + 2 == masses.len();
        let spare = if last {
            0.0
        } else {
            0.6 * (rest_mass - m - others)
        };
        let next = others + spare;
        let square = rest_mass * rest_mass;
        let energy = (square + m * m - next * next) / (2.0 * rest_mass);
        let p = 0.5 * sqrt_kallen(square, m * m, next * next) / rest_mass;
        let n = DIRECTIONS[k];
        let own = [energy, p * n[0], p * n[1], p * n[2]];
        let opposite = [rest_mass - energy, -own[1], -own[2], -own[3]];
        legs.push(boost_from_rest(own, rest, rest_mass));
        (rest, rest_mass) = (boost_from_rest(opposite, rest, rest_mass), next);
    }
    legs.push(rest);
    MomentumBatch::from_points(&[legs])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelSpec;

    /// The Standard Model with the coupling of one term multiplied by a complex number.
    fn changed(legs: [&str; 3], term: usize, by: (f64, f64)) -> Model {
        let mut model = Model::load(&ModelSpec::default()).unwrap();
        let wanted = sorted(legs.into_iter().map(|name| model.by_name(name).unwrap()));
        let is_wanted = |v: &Vertex| sorted(v.particles.iter().copied()) == wanted;
        let at = model.vertices.iter().position(is_wanted).unwrap();
        let old = model.vertices[at].terms[term].coupling;
        let mut coupling = model.couplings[old].clone();
        let (re, im) = coupling.value;
        coupling.value = (re * by.0 - im * by.1, re * by.1 + im * by.0);
        model.couplings.push(coupling);
        model.vertices[at].terms[term].coupling = model.couplings.len() - 1;
        model
    }

    fn found(model: &Model) -> Vec<String> {
        hermiticity(model).into_iter().map(|n| n.text).collect()
    }

    #[test]
    fn couplings_of_vertices_and_their_conjugates_are_compared() {
        assert_eq!(found(&changed(["t", "b~", "w-"], 0, (1.0, 0.0))), [""; 0]);
        // Twice as large as that of the conjugate.
        let said = found(&changed(["t", "b~", "w-"], 0, (2.0, 0.0)));
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("do not belong together"), "{said:?}");
        assert!(said[0].contains("w"), "{said:?}");
        // A factor of a vertex that is its own conjugate is no fault, a phase among scalars is.
        assert_eq!(found(&changed(["t", "t~", "z"], 0, (2.0, 0.0))), [""; 0]);
        let said = found(&changed(["h", "h", "h"], 0, (0.6, 0.8)));
        assert!(
            said.len() == 1 && said[0].contains("not imaginary"),
            "{said:?}"
        );
    }

    #[test]
    fn momenta_of_decays_are_conserved_and_on_shell() {
        for masses in [
            &[0.0, 0.0][..],
            &[1.0, 2.0],
            &[0.0, 0.0, 0.0],
            &[3.0, 0.0, 4.0],
        ] {
            let mass = masses.iter().sum::<f64>() + 100.0;
            let batch = decay_at_rest(mass, masses);
            let p = |leg: usize| batch.get(leg, 0);
            for mu in 0..4 {
                let out: f64 = (1..=masses.len()).map(|leg| p(leg)[mu]).sum();
                assert!((out - p(0)[mu]).abs() < 1e-12 * mass);
            }
            for (k, m) in masses.iter().enumerate() {
                let [e, x, y, z] = p(k + 1);
                let square = e * e - x * x - y * y - z * z;
                assert!((square - m * m).abs() < 1e-10 * mass * mass);
            }
        }
    }
}
