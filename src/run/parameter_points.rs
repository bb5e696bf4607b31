//! Weights of events for other parameters of the model, terms of the polynomial in
//! coefficients, and derivatives.
//!
//! The momenta of an event stay as they are, so that the weight is that of the event times
//! the ratio of the squared matrix elements; masses of external particles cannot change.
//! Knows models and events; knows no formula.

use std::sync::{Arc, Mutex, RwLock};

use super::expansion::{Expansion, POLYNOMIAL, subprocesses};
use super::load_model::load_model;
use super::locate::Locator;
use super::score::{
    STRONG_COUPLING, Score, StencilElements, check_masses, check_widths, scores_of, strong_coupling,
};
use crate::amplitude::{
    AmplitudeError, Frame, MatrixElement, MatrixElementWorkspace, PolynomialMatrixElement,
    TChannelWidth,
};
use crate::card::Card;
use crate::compute::Watch;
use crate::diagram::Subprocess;
use crate::error::Error;
use crate::event::Event;
use crate::kinematics::MomentumBatch;
use crate::model::{Model, ParameterOrigin, ParticleId};
use crate::process::ProcessSet;
use crate::suggest::did_you_mean;
use crate::weights::{ExpandedWeights, ParameterPoint, WeightError, WeightPlan};

/// The key of a card that asks for derivatives.
const SCORES: &str = "weights.scores";

/// The matrix elements of a subprocess.
struct Elements {
    own: MatrixElement,
    points: Vec<MatrixElement>,
    polynomial: Option<PolynomialMatrixElement>,
    scores: Vec<Option<StencilElements>>,
}

/// The other parameters of a card, with matrix elements for the subprocesses seen so far.
pub struct ParameterPoints {
    locator: Locator,
    points: Vec<Model>,
    expansion: Option<Expansion>,
    /// With the names of the parameters.
    scores: Vec<(String, Score)>,
    compiled: RwLock<Vec<(Subprocess, Arc<Elements>)>>,
    memory: Mutex<Vec<MatrixElementWorkspace>>,
    warnings: Vec<String>,
}

impl ParameterPoints {
    /// Loads the model at the points that a card asks for, and as its polynomial and its
    /// derivatives need it; `None` if it asks for none.
    ///
    /// # Errors
    /// [`Error::Weight`] for parameters that the model does not have, and for those that
    /// change the mass of an external particle; those of [`Expansion::load`].
    pub(crate) fn load(
        card: &Card,
        model: &Model,
        processes: &ProcessSet,
        watch: Watch,
    ) -> Result<Option<Self>, Error> {
        let request = &card.weights;
        let Some(refused) = first_of(card) else {
            return Ok(None);
        };
        if processes.elements.iter().any(|e| e.subprocess.n_in != 2) {
            let what = "weights of other parameters need two incoming particles".to_owned();
            return Err(refused(what).into());
        }
        let mut points = Vec::new();
        for point in &request.reweight {
            points.push(point_of(point, card, model, processes, watch)?);
        }
        let locator = Locator::new(model.clone(), processes.clone());
        if let Some(name) = locator.ambiguous() {
            return Err(refused(format!(
                "'{name}' comes from several process lines with different diagrams, which the \
                 record of an event does not tell apart; expected one line for it"
            ))
            .into());
        }
        let (spec, lines) = (card.model.spec(), &card.process.generate);
        let mut warnings = Vec::new();
        let expansion = match request.polynomial.is_empty() {
            true => None,
            false => {
                let names = (POLYNOMIAL, request.polynomial.as_slice());
                let all: Vec<Subprocess> = subprocesses(processes).collect();
                let found = Expansion::load(names, &spec, lines, model, &all)?;
                warnings.extend(found.missing(card, processes, watch)?);
                Some(found)
            }
        };
        let legs = external(processes);
        let names = expansion.as_ref().map_or(&[][..], Expansion::names);
        let scores = scores_of(
            (SCORES, &request.scores),
            names,
            &spec,
            lines,
            |changed| {
                check_masses(changed, model, &legs)?;
                check_widths(changed, model)
            },
            model,
        )?;
        Ok(Some(Self {
            locator,
            points,
            expansion,
            scores,
            compiled: RwLock::default(),
            memory: Mutex::default(),
            warnings,
        }))
    }

    /// What the user should know.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What the weights behind those of the points are.
    pub(crate) fn expanded(&self) -> ExpandedWeights {
        let own = self.expansion.as_ref();
        ExpandedWeights {
            coefficients: own.map_or_else(Vec::new, |e| e.names().to_vec()),
            terms: own.map_or_else(Vec::new, Expansion::monomials),
            scores: self.scores.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    /// Ratios of the squared matrix elements of all points, of the terms of the polynomial
    /// and of the derivatives to that of the card, for an event with its own strong coupling.
    ///
    /// # Errors
    /// In words, if the event is none of the card's.
    pub(crate) fn ratios(&self, event: &Event, plan: &WeightPlan) -> Result<Vec<f64>, String> {
        let external = self.locator.external(event)?;
        let elements = self.elements(self.locator.subprocess(&external)?)?;
        let points = external.places.iter().map(|&k| event.particles[k].p);
        let lab = MomentumBatch::from_points(&[points.collect()]);
        let taken = self.memory.lock().map(|mut list| list.pop());
        let mut memory = taken.ok().flatten().unwrap_or_default();
        let alpha_s = [event.alpha_s];
        let terms = match (&self.expansion, &elements.polynomial) {
            (Some(expansion), Some(element)) => {
                let point = (&lab, Some(&alpha_s[..]));
                expansion.evaluate(element, point, TChannelWidth::Off, &mut memory)
            }
            _ => Vec::new(),
        };
        let mut me2 = |element: &MatrixElement| {
            let mut out = [0.0];
            element.me2(
                &lab,
                Some(&alpha_s),
                TChannelWidth::Off,
                &mut memory,
                &mut out,
            );
            out[0]
        };
        let own = me2(&elements.own);
        let mut all: Vec<f64> = elements.points.iter().map(&mut me2).collect();
        all.extend(&terms);
        for ((_, score), element) in self.scores.iter().zip(&elements.scores) {
            all.push(match (score, element, &self.expansion) {
                (Score::Differences(stencil), Some(e), _) => stencil.derivative(e, &mut me2),
                (Score::Coefficient(k), _, Some(expansion)) => expansion.derivative(*k, &terms),
                _ => 0.0,
            });
        }
        all.iter_mut().for_each(|x| *x = plan.finite(*x / own));
        if let Ok(mut list) = self.memory.lock() {
            list.push(memory);
        }
        Ok(all)
    }

    /// Gives an event the weights of all points, behind those that it has.
    ///
    /// # Panics
    /// If the event is none of the card's.
    pub(crate) fn add_weights(&self, event: &mut Event, plan: &WeightPlan) {
        let ratios = self.ratios(event, plan);
        let ratios = ratios.expect("the event was made with the card");
        let own = event.weight;
        let weight = |r: &f64| WeightPlan::weight(own, *r);
        event.weights.extend(ratios.iter().map(weight));
    }

    fn elements(&self, sub: Subprocess) -> Result<Arc<Elements>, String> {
        let find = |list: &[(Subprocess, Arc<Elements>)]| {
            let found = list.iter().find(|known| known.0 == sub);
            found.map(|known| Arc::clone(&known.1))
        };
        let known = self.compiled.read().ok().and_then(|list| find(&list));
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Arc::new(self.compile(&sub).map_err(|e| e.to_string())?);
        if let Ok(mut list) = self.compiled.write()
            && find(&list).is_none()
        {
            list.push((sub, Arc::clone(&made)));
        }
        Ok(made)
    }

    fn compile(&self, sub: &Subprocess) -> Result<Elements, AmplitudeError> {
        let compile = |model: &Model| MatrixElement::compile(model, sub, Frame::Any);
        let points: Result<Vec<_>, _> = self.points.iter().map(compile).collect();
        let polynomial = self.expansion.as_ref().map(|e| e.compile(sub));
        let score = |(_, score): &(String, Score)| match score {
            Score::Coefficient(_) => Ok(None),
            Score::Differences(stencil) => stencil.compile(sub).map(Some),
        };
        let scores: Result<Vec<_>, _> = self.scores.iter().map(score).collect();
        Ok(Elements {
            own: compile(&self.locator.model)?,
            points: points?,
            polynomial: polynomial.transpose()?,
            scores: scores?,
        })
    }
}

/// All particles that come in or go out, each once.
fn external(processes: &ProcessSet) -> Vec<ParticleId> {
    let flavours = processes.elements.iter().flat_map(|e| &e.flavours);
    let mut legs: Vec<ParticleId> = flavours.flat_map(|f| f.legs.iter().copied()).collect();
    legs.sort_unstable();
    legs.dedup();
    legs
}

/// How the first thing that a card asks for is refused; `None` if it asks for nothing.
fn first_of(card: &Card) -> Option<impl Fn(String) -> WeightError> {
    let request = &card.weights;
    let point = request.reweight.first().map(ToString::to_string);
    let key = match request.polynomial.is_empty() {
        true => SCORES,
        false => POLYNOMIAL,
    };
    let name = request
        .polynomial
        .first()
        .or(request.scores.first())
        .cloned();
    if point.is_none() && name.is_none() {
        return None;
    }
    Some(move |what: String| match (&point, &name) {
        (Some(point), _) => WeightError::Point {
            point: point.clone(),
            what,
        },
        (None, name) => WeightError::Coefficient {
            key,
            name: name.clone().unwrap_or_default(),
            what,
        },
    })
}

/// The model at a point.
fn point_of(
    point: &ParameterPoint,
    card: &Card,
    model: &Model,
    processes: &ProcessSet,
    watch: Watch,
) -> Result<Model, Error> {
    check_names(point, model)?;
    let mut spec = card.model.spec();
    for (name, value) in &point.set {
        spec.set.set_value(name, *value);
    }
    let wrong = |what: String| WeightError::Point {
        point: point.to_string(),
        what,
    };
    let loaded = load_model(&spec, &card.process.generate, watch);
    let loaded = loaded.map_err(|e| match e.is_interruption() {
        true => e,
        false => wrong(e.to_string()).into(),
    })?;
    check_masses(&loaded.model, model, &external(processes)).map_err(wrong)?;
    check_widths(&loaded.model, model).map_err(wrong)?;
    Ok(loaded.model)
}

/// Whether parameters are inputs of the model that a weight may change.
fn check_names(point: &ParameterPoint, model: &Model) -> Result<(), WeightError> {
    let is_input = |o: &ParameterOrigin| matches!(o, ParameterOrigin::External { .. });
    let inputs = || model.parameters.iter().filter(|p| is_input(&p.origin));
    for name in point.set.keys() {
        let what = if name == STRONG_COUPLING {
            strong_coupling()
        } else if inputs().any(|p| p.name == *name) {
            continue;
        } else {
            let hint = did_you_mean(name, inputs().map(|p| p.name.as_str()));
            format!("'{name}' is no input of the model '{}'{hint}", model.name)
        };
        return Err(WeightError::Point {
            point: point.to_string(),
            what,
        });
    }
    Ok(())
}
