//! Memory that matrix elements will take, before it is taken.
//!
//! Counts what the compiler will make of every partial diagram: colour structures
//! times helicities. Knows colours, spins and measured bytes; compiles nothing.

use super::AmplitudeError;
use crate::compute::available_memory;
use crate::diagram::{Diagrams, LegSet, Subprocess};
use crate::model::{Particle, ParticleId};

/// Bytes while a matrix element is compiled, measured: for every vertex with its
/// helicities and colours, for every pair of colour structures, and for every colour
/// structure with its helicities.
const VERTEX: f64 = 150.0;
const PAIR: f64 = 24.0;
const AMPLITUDE: f64 = 256.0;
/// Bytes that stay for every vertex, most of them for drawing single helicities.
const KEPT: f64 = 120.0;

/// What a matrix element takes, roughly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MemoryEstimate {
    /// Bytes while it is compiled.
    pub(crate) compiling: f64,
    /// Bytes from then on.
    pub(crate) kept: f64,
}

impl MemoryEstimate {
    /// Counts for one subprocess.
    pub fn new(diagrams: &Diagrams, sub: &Subprocess) -> Self {
        let model = diagrams.model;
        let legs: Vec<&Particle> = (0..sub.legs.len())
            .map(|leg| model.particle(sub.incoming(model, leg)))
            .collect();
        let inner: LegSet = (1 << (legs.len() - 1)) - 1;
        let all = inner << 1 | 1;
        let n_hel = helicities(&legs, all);
        let is_octet = |id: &ParticleId| model.particle(*id).colour == 8;
        let (mut vertices, mut products) = (0.0, 0.0);
        diagrams.add_up(sub, &mut |set, out, meeting, sum| match meeting {
            // Gluons that meet do so in every order.
            Some(meeting) if is_octet(&out) && meeting.iter().all(is_octet) => {
                sum * factorial(meeting.len())
            }
            Some(_) => sum,
            None if set == inner => {
                products += sum;
                sum
            }
            None => {
                vertices += sum * helicities(&legs, set);
                sum.min(structures(&legs, set, Some(model.particle(out))))
            }
        });
        let flows = structures(&legs, all, None).min(products);
        let vertices = vertices + products * n_hel;
        Self {
            compiling: VERTEX * vertices + PAIR * flows * flows + AMPLITUDE * n_hel * flows,
            kept: KEPT * vertices,
        }
    }
}

/// Matrix elements that will be compiled, some of them at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryNeeds {
    n: usize,
    kept: f64,
    /// Bytes for the largest and its name.
    most: f64,
    largest: String,
}

impl MemoryNeeds {
    /// Adds a subprocess whose matrix element stays.
    pub fn add(&mut self, diagrams: &Diagrams, sub: &Subprocess) {
        let estimate = MemoryEstimate::new(diagrams, sub);
        self.n += 1;
        self.kept += estimate.kept;
        if estimate.compiling > self.most {
            self.most = estimate.compiling;
            self.largest = sub.name(diagrams.model);
        }
    }

    /// Compares with what the system has, if it says; `at_once` are compiled together.
    ///
    /// # Errors
    /// [`AmplitudeError::Memory`] if that is not enough.
    pub fn check(&self, at_once: usize) -> Result<(), AmplitudeError> {
        match available_memory() {
            Some(available) => self.check_within(at_once, available as f64),
            None => Ok(()),
        }
    }

    fn check_within(&self, at_once: usize, available: f64) -> Result<(), AmplitudeError> {
        let needed = self.kept + self.most * at_once.min(self.n) as f64;
        if needed <= available {
            return Ok(());
        }
        Err(AmplitudeError::Memory {
            n: self.n,
            largest: self.largest.clone(),
            most_gb: self.most / GB,
            needed_gb: needed / GB,
            available_gb: available / GB,
        })
    }
}

/// Bytes of a gigabyte.
const GB: f64 = 1e9;

/// Helicity configurations of some legs; a line of massless fermions has two.
fn helicities(legs: &[&Particle], set: LegSet) -> f64 {
    let (mut product, mut n_chiral) = (1.0, 0);
    for p in members(legs, set) {
        if p.is_fermion() && p.mass == 0.0 {
            n_chiral += 1;
        } else {
            product *= p.n_helicities() as f64;
        }
    }
    product * 2_f64.powi((n_chiral + 1) / 2)
}

/// Colour structures of some legs and the particle that flows out of them: strings
/// of gluons between quarks and antiquarks in any combination, or one trace.
fn structures(legs: &[&Particle], set: LegSet, out: Option<&Particle>) -> f64 {
    let (mut octets, mut triplets, mut antitriplets) = (0, 0, 0);
    let incoming = members(legs, set).map(|p| p.colour);
    for colour in incoming.chain(out.map(|p| -p.colour)) {
        match colour {
            3 => triplets += 1,
            -3 => antitriplets += 1,
            6 => triplets += 2,
            -6 => antitriplets += 2,
            8 | -8 => octets += 1,
            _ => {}
        }
    }
    match triplets.max(antitriplets) {
        0 if octets < 2 => 1.0,
        0 => factorial(octets - 1),
        n => factorial(n) * factorial(octets + n - 1) / factorial(n - 1),
    }
}

fn members<'l>(legs: &'l [&Particle], set: LegSet) -> impl Iterator<Item = &'l Particle> {
    let inside = move |leg: &usize| set >> leg & 1 == 1;
    (0..legs.len()).filter(inside).map(|leg| legs[leg])
}

fn factorial(n: usize) -> f64 {
    (1..=n).map(|k| k as f64).product()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Model, ModelSpec};
    use crate::process::ProcessSet;

    fn needs(process: &str) -> (MemoryNeeds, MemoryEstimate) {
        let model = Model::load(&ModelSpec::default()).unwrap();
        let set = ProcessSet::new(&model, &[process.to_owned()], &BTreeMap::new()).unwrap();
        let diagrams = Diagrams::new(&model).unwrap();
        let sub = &set.elements[0].subprocess;
        let mut needs = MemoryNeeds::default();
        needs.add(&diagrams, sub);
        (needs, MemoryEstimate::new(&diagrams, sub))
    }

    /// Peaks of the resident memory of `omnis process`, less that of `g g > g g`.
    #[test]
    fn estimates_are_within_a_factor_of_three_of_what_was_measured() {
        for (process, megabytes) in [
            ("g g > g g g g", 10.3),
            ("g g > g g g g g", 154.0),
            ("u u~ > e+ e- g g g g", 4.4),
            ("u u~ > e+ e- g g g g g", 48.5),
            ("u u~ > e+ e- u u~ g g g", 21.2),
            ("u u > e+ e- u u u u~ g", 10.8),
            ("e+ e- > a a a a a a a a", 27.1),
            ("g g > t t~ g g g", 30.0),
        ] {
            let ratio = needs(process).1.compiling / (1e6 * megabytes);
            assert!(ratio > 1.0 / 3.0 && ratio < 3.0, "{process}: {ratio}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_both_numbers() {
        let (needs, estimate) = needs("g g > g g g g g");
        let needed = estimate.kept + estimate.compiling;
        assert_eq!(needs.check_within(4, needed), Ok(()));
        let error = needs.check_within(4, 0.9 * needed).unwrap_err();
        let AmplitudeError::Memory {
            needed_gb,
            available_gb,
            ..
        } = &error
        else {
            panic!("{error}");
        };
        assert!((available_gb / needed_gb - 0.9).abs() < 1e-12);
        let text = error.to_string();
        assert!(text.contains("'g g > g g g g g' alone"), "{text}");
    }
}
