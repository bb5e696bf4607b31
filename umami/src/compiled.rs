//! The matrix elements of a process at one set of parameters.
//!
//! Knows how flavours and helicities are numbered; knows no pointer and no point.

use std::collections::HashMap;

use omnis::amplitude::{Frame, MatrixElement};
use omnis::compute::Watch;
use omnis::diagram::{Polarisation, Subprocess};
use omnis::model::{Model, ModelNote, ModelSpec};
use omnis::process::ProcessSet;
use omnis::run::load_model;

use crate::choice::Choice;
use crate::fault::{Fault, say};

/// A matrix element with what it takes to number its parts.
pub struct Element {
    /// The squared amplitude.
    pub matrix: MatrixElement,
    /// Average over incoming states, and the factor of identical particles.
    pub denominator: f64,
    /// The legs whose rest frame helicities refer to, where legs are polarised.
    pub n_in_rest: Option<usize>,
    /// The number of each configuration of the matrix element among all.
    pub helicities: Vec<usize>,
    /// The configuration of each number, where it does not vanish.
    pub configuration: HashMap<usize, usize>,
    /// Number of configurations, those included that vanish.
    pub n_helicities: usize,
}

/// A process at one set of parameters.
pub struct Compiled {
    /// Different matrix elements.
    pub elements: Vec<Element>,
    /// The matrix element of each flavour index.
    pub flavours: Vec<usize>,
    /// Masses of the legs in GeV.
    pub masses: Vec<f64>,
    /// Most diagrams of a flavour.
    pub n_diagrams: u64,
    /// The model.
    pub model: Model,
}

impl Compiled {
    /// Compiles all matrix elements of a process in the model of `spec`.
    ///
    /// # Errors
    /// What omnis cannot use; flavours that differ in legs or masses; vetoes of events.
    pub fn new(choice: &Choice, spec: &ModelSpec) -> Result<Self, Fault> {
        let within = |fault: Fault| fault.within(&choice.source);
        let loaded = load_model(spec, &choice.lines, Watch::nobody());
        let loaded = loaded.map_err(|e| within(Fault::of(&e)))?;
        let notes = ModelNote::texts(&loaded.warnings()).into_iter();
        for note in notes.chain(loaded.widths.iter().map(ToString::to_string)) {
            say(&format!("{}: {note}", choice.source));
        }
        let model = loaded.model;
        let set = ProcessSet::new(&model, &choice.lines, &choice.defines);
        let set = set.map_err(|e| within(Fault::of(&e)))?;
        let masses = same_masses(&model, &set).map_err(within)?;
        let described = set.describe(&model);
        let described = described.map_err(|e| within(Fault::of(&e)))?;
        let (mut elements, mut flavours) = (Vec::new(), Vec::new());
        for (k, element) in set.elements.iter().enumerate() {
            elements.push(Element::new(&model, &element.subprocess, choice).map_err(within)?);
            flavours.extend(element.flavours.iter().map(|_| k));
        }
        Ok(Self {
            elements,
            flavours,
            masses,
            n_diagrams: described.iter().map(|d| d.n_diagrams).max().unwrap_or(0),
            model,
        })
    }

    /// Number of legs.
    pub fn n_legs(&self) -> usize {
        self.masses.len()
    }

    /// Most configurations of helicities of a flavour.
    pub fn n_helicities(&self) -> usize {
        let all = self.elements.iter().map(|e| e.n_helicities);
        all.max().unwrap_or(0)
    }

    /// Most colour flows of a flavour.
    pub fn n_flows(&self) -> usize {
        let all = self.elements.iter().map(|e| e.matrix.flows().len());
        all.max().unwrap_or(0)
    }
}

impl Element {
    fn new(model: &Model, sub: &Subprocess, choice: &Choice) -> Result<Self, Fault> {
        let filters = sub.decays.iter().map(|d| &d.filter).chain([&sub.filter]);
        if filters.into_iter().any(|f| !f.vetoed_on_shell.is_empty()) {
            let expected = "no '$', which acts on events and not on matrix elements";
            return Err(Fault::found(
                "a process line",
                format!("'{}'", sub.name(model)),
                expected,
            ));
        }
        let compiled = MatrixElement::compile_with(model, sub, Frame::Any, choice.colour);
        let mut matrix = compiled.map_err(|e| Fault::of(&e))?;
        matrix = matrix.with_precision(choice.precision);
        matrix.forget_graph();
        let states = sub.legs.iter().map(|&id| model.particle(id));
        let states: Vec<Vec<i8>> = states.map(|p| Polarisation::ANY.helicities(p)).collect();
        let helicities: Vec<usize> = (matrix.helicities().iter())
            .map(|found| number_of(found, &states))
            .collect();
        let configuration = helicities
            .iter()
            .enumerate()
            .map(|(k, &number)| (number, k));
        Ok(Self {
            configuration: configuration.collect(),
            helicities,
            n_helicities: states.iter().map(Vec::len).product(),
            denominator: sub.denominator(model),
            n_in_rest: sub.is_polarised().then_some(sub.n_in),
            matrix,
        })
    }
}

/// The number of a configuration if helicities of each leg count from the lowest and the last
/// leg counts fastest.
fn number_of(helicities: &[i8], states: &[Vec<i8>]) -> usize {
    let digits = helicities.iter().zip(states).map(|(helicity, states)| {
        let digit = states.iter().position(|state| state == helicity);
        (
            digit.expect("a leg has one of its helicities"),
            states.len(),
        )
    });
    digits.fold(0, |number, (digit, base)| number * base + digit)
}

/// Masses that all flavours have.
fn same_masses(model: &Model, set: &ProcessSet) -> Result<Vec<f64>, Fault> {
    let of = |sub: &Subprocess| -> Vec<f64> {
        (sub.legs.iter().map(|&id| model.particle(id).mass)).collect()
    };
    let mut all = set.elements.iter().map(|e| &e.subprocess);
    let Some(first) = all.next() else {
        return Err(Fault::found("the process", "no subprocess", "at least one"));
    };
    let masses = of(first);
    match all.find(|sub| sub.n_in != first.n_in || of(sub) != masses) {
        None => Ok(masses),
        Some(other) => Err(Fault::found(
            "the process",
            format!("'{}' beside '{}'", other.name(model), first.name(model)),
            "subprocesses with the same number of legs and the same masses leg by leg",
        )),
    }
}
