//! A model in unitary against the same in Feynman gauge: squared matrix elements of massive
//! vectors, whose propagators differ, and Goldstone bosons make up for it.
//!
//! Knows matrix elements at a point; knows no file.

use serde_json::{Value, json};

use crate::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use crate::diagram::Subprocess;
use crate::kinematics::MomentumBatch;
use crate::model::{Model, ModelNote, NoteKind, ParticleId};

/// Squared matrix elements that agree to this part are the same, where rounding lets one see it.
const SAME: f64 = 1e-6;
/// Rounding of a squared matrix element above which it says nothing.
const ROUNDING: f64 = 1e-4;
/// Most bosons, and most fermions, that are tried.
const MOST: usize = 6;
/// Energy in units of the sum of masses at which processes are compared.
const ENERGY: f64 = 2.7;
/// Direction of the first outgoing particle.
const DIRECTION: [f64; 3] = [2.0 / 7.0, 6.0 / 7.0, 3.0 / 7.0];

/// A squared matrix element in both gauges.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GaugeCheck {
    process: String,
    /// In unitary and in Feynman gauge.
    me2: [f64; 2],
    /// Relative rounding of the worse of them.
    rounding: f64,
}

impl GaugeCheck {
    fn difference(&self) -> f64 {
        let [a, b] = self.me2;
        (a - b).abs() / a.abs().max(b.abs())
    }

    /// Whether they agree as far as they can be known.
    pub fn agrees(&self) -> bool {
        self.difference() <= SAME.max(100.0 * self.rounding)
    }

    /// What does not agree.
    pub fn note(&self) -> Option<ModelNote> {
        let [a, b] = self.me2;
        let text = format!(
            "|M|^2 of {}, without widths: {a:e} in unitary gauge, {b:e} in Feynman gauge",
            self.process
        );
        let note = || ModelNote::new(NoteKind::GaugesDiffer, &self.process, text);
        (!self.agrees()).then(note)
    }

    /// The same for machines.
    pub fn json(&self) -> Value {
        json!({
            "process": self.process, "unitary": self.me2[0], "feynman": self.me2[1],
            "agrees": self.agrees(),
        })
    }
}

/// The process that differs most, of those that do.
pub(super) fn worst(checks: &[GaugeCheck]) -> Option<ModelNote> {
    let differ: Vec<&GaugeCheck> = checks.iter().filter(|c| !c.agrees()).collect();
    let difference = |a: &&&GaugeCheck, b: &&&GaugeCheck| a.difference().total_cmp(&b.difference());
    let worst = differ.iter().max_by(difference)?;
    let [a, b] = worst.me2;
    let text = format!(
        "this model is not the same in Feynman as in unitary gauge: {} of {} squared matrix \
         elements differ, most that of {}, which without widths is {a:e} in unitary and {b:e} in \
         Feynman gauge. Vertices of Goldstone bosons are missing, or inputs break a relation that \
         their couplings rest on",
        differ.len(),
        checks.len(),
        worst.process
    );
    Some(ModelNote::new(NoteKind::GaugesDiffer, &worst.process, text))
}

/// Compares processes with massive vectors in two gauges of the same model. Widths are left
/// out, because only then the results are the same.
pub(super) fn compare(unitary: &Model, feynman: &Model) -> Vec<GaugeCheck> {
    let models = [unitary, feynman].map(without_widths);
    let processes = processes(&models[0]);
    processes.iter().filter_map(|p| at(&models, p)).collect()
}

fn without_widths(model: &Model) -> Model {
    let mut model = model.clone();
    model.particles.iter_mut().for_each(|p| p.width = 0.0);
    model
}

/// Pairs of bosons, one of them massive vectors, that become each other or two photons; fermions
/// that become massive vectors, of one kind and by a charged current.
fn processes(model: &Model) -> Vec<[ParticleId; 4]> {
    let is_heavy = |id: &ParticleId| model.particle(*id).mass > 0.0;
    let is_own = |id: &ParticleId| model.anti(*id) == *id;
    let of_spin = |spin: u8| {
        let own = model.ids().filter(|&id| model.anti(id) >= id);
        let mut all: Vec<ParticleId> = own.filter(|&id| model.particle(id).spin == spin).collect();
        // Goldstone bosons couple to masses.
        all.sort_by(|a, b| model.particle(*b).mass.total_cmp(&model.particle(*a).mass));
        all
    };
    let few = |mut all: Vec<ParticleId>| {
        all.truncate(MOST);
        all
    };
    let vectors = few(of_spin(3).into_iter().filter(is_heavy).collect());
    let scalars = few(of_spin(1).into_iter().filter(is_heavy).collect());
    let is_photon = |id: &ParticleId| {
        let p = model.particle(*id);
        p.mass == 0.0 && p.colour.abs() == 1 && is_own(id)
    };
    let photons = few(of_spin(3).into_iter().filter(is_photon).collect());
    let pair = |id: ParticleId| [id, model.anti(id)];
    let mut found = Vec::new();
    let mut add = |[a, b]: [ParticleId; 2], [c, d]: [ParticleId; 2]| found.push([a, b, c, d]);
    for (k, &v) in vectors.iter().enumerate() {
        for &w in vectors[k..].iter().chain(&scalars) {
            add(pair(v), pair(w));
        }
        for &a in &photons {
            add(pair(v), [a, a]);
        }
        for f in few(of_spin(2)) {
            add(pair(f), pair(v));
            for &s in scalars.iter().filter(|s| is_own(&v) && is_own(s)) {
                add(pair(f), [v, s]);
            }
        }
    }
    let neutral = || vectors.iter().chain(&scalars).chain(&photons);
    for [a, b, v] in charged_currents(model, &vectors) {
        for &other in neutral().filter(|id| is_own(id)) {
            add([a, b], [v, other]);
        }
    }
    found
}

/// Pairs of fermions that become one of these vectors where that is not its own antiparticle,
/// the heaviest first.
fn charged_currents(model: &Model, vectors: &[ParticleId]) -> Vec<[ParticleId; 3]> {
    let is_charged = |id: ParticleId| vectors.contains(&id) && model.anti(id) != id;
    let mass = |id: ParticleId| model.particle(id).mass;
    let mut found: Vec<[ParticleId; 3]> = Vec::new();
    for vertex in model.vertices.iter().filter(|v| v.particles.len() == 3) {
        let at = |k: usize| vertex.particles[k];
        let is_fermion = |k: usize| model.particle(at(k)).spin == 2;
        let Some(k) = (0..3).find(|&k| is_charged(at(k))) else {
            continue;
        };
        let (i, j) = ((k + 1) % 3, (k + 2) % 3);
        // The legs of a vertex are outgoing.
        let current = [model.anti(at(i)), model.anti(at(j)), at(k)];
        if is_fermion(i) && is_fermion(j) && !found.contains(&current) {
            found.push(current);
        }
    }
    let sum = |c: &[ParticleId; 3]| mass(c[0]) + mass(c[1]);
    found.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
    found.truncate(MOST);
    found
}

/// A process in both gauges; `None` where one of them has no diagram, vanishes or cannot be
/// computed, or rounding leaves nothing to compare.
fn at(models: &[Model; 2], legs: &[ParticleId; 4]) -> Option<GaugeCheck> {
    let names = legs.map(|id| &*models[0].particle(id).name);
    let point = point(legs.map(|id| models[0].particle(id).mass));
    let mut me2 = [0.0; 2];
    let mut rounding = 0.0_f64;
    for (model, me2) in models.iter().zip(&mut me2) {
        let legs = names.map(|name| model.by_name(name));
        let legs: Vec<ParticleId> = legs.into_iter().collect::<Option<_>>()?;
        let sub = Subprocess::new(legs, 2);
        let element = MatrixElement::compile(model, &sub, Frame::CentreOfMass).ok()?;
        let (mut work, mut out) = (MatrixElementWorkspace::default(), [0.0]);
        element.me2(&point, None, TChannelWidth::Off, &mut work, &mut out);
        *me2 = out[0];
        let width = TChannelWidth::Off;
        rounding = rounding.max(element.error_estimate(&point, None, width, &mut work)[0]);
    }
    let process = format!("{} {} > {} {}", names[0], names[1], names[2], names[3]);
    let said = me2.iter().all(|x| x.is_finite() && *x > 0.0) && rounding < ROUNDING;
    said.then_some(GaugeCheck {
        process,
        me2,
        rounding,
    })
}

/// Momenta of two to two particles above their thresholds.
fn point(masses: [f64; 4]) -> MomentumBatch {
    let sum = (masses[0] + masses[1]).max(masses[2] + masses[3]);
    let energy = ENERGY * sum;
    // Energies and momentum of a pair in its rest frame.
    let pair = |a: f64, b: f64| {
        let e = (energy * energy + a * a - b * b) / (2.0 * energy);
        (e, energy - e, (e * e - a * a).max(0.0).sqrt())
    };
    let n = DIRECTION;
    let (a, b, p) = pair(masses[0], masses[1]);
    let (c, d, q) = pair(masses[2], masses[3]);
    MomentumBatch::from_points(&[vec![
        [a, 0.0, 0.0, p],
        [b, 0.0, 0.0, -p],
        [c, q * n[0], q * n[1], q * n[2]],
        [d, -q * n[0], -q * n[1], -q * n[2]],
    ]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelSpec;

    #[test]
    fn processes_have_charged_currents_and_photons() {
        let model = Model::load(&ModelSpec::default()).unwrap();
        let name = |id: ParticleId| model.particle(id).name.clone();
        let all = processes(&model);
        let names: Vec<String> = all.iter().map(|p| p.map(name).join(" ")).collect();
        for wanted in [
            "z z w+ w-",
            "w+ w- a a",
            "z z h h",
            "t t~ w+ w-",
            "t b~ w+ z",
            "t b~ w+ a",
            "t b~ w+ h",
            "vt ta+ w+ z",
        ] {
            assert!(names.iter().any(|n| n == wanted), "{wanted}: {names:?}");
        }
        // What is compared conserves charge, and so is no list of zeros.
        for p in &all {
            let [a, b, c, d] = p.map(|id| model.particle(id).charge_thirds);
            assert_eq!(a + b, c + d, "{p:?}");
        }
    }
}
