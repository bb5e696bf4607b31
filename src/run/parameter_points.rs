//! Weights of events for other parameters of the model.
//!
//! The momenta of an event stay as they are, so that the weight is that of the event times
//! the ratio of the squared matrix elements; masses of external particles cannot change.
//! Knows models and events; knows no formula.

use std::sync::{Arc, Mutex, RwLock};

use super::load_model::load_model;
use super::locate::Locator;
use crate::amplitude::{Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use crate::card::Card;
use crate::compute::Watch;
use crate::diagram::Subprocess;
use crate::error::Error;
use crate::event::Event;
use crate::kinematics::MomentumBatch;
use crate::model::{Model, ParameterOrigin, ParticleId};
use crate::process::ProcessSet;
use crate::suggest::did_you_mean;
use crate::weights::{ParameterPoint, WeightError, WeightPlan};

/// The strong coupling of an event comes from its parton densities or the card.
const STRONG_COUPLING: &str = "aS";

/// The matrix elements of a subprocess: that of the card, then those of the points.
type Elements = Arc<Vec<MatrixElement>>;

/// The points of a card, with matrix elements for the subprocesses seen so far.
pub struct ParameterPoints {
    locator: Locator,
    /// That of the card, then those of the points.
    models: Vec<Model>,
    compiled: RwLock<Vec<(Subprocess, Elements)>>,
    memory: Mutex<Vec<MatrixElementWorkspace>>,
}

impl ParameterPoints {
    /// Loads the model at the points that a card asks for; `None` if it asks for none.
    ///
    /// # Errors
    /// [`Error::Weight`] for parameters that the model does not have, and for those that
    /// change the mass of an external particle.
    pub(crate) fn load(
        card: &Card,
        model: &Model,
        processes: &ProcessSet,
        watch: Watch,
    ) -> Result<Option<Self>, Error> {
        if card.weights.reweight.is_empty() {
            return Ok(None);
        }
        if processes.elements.iter().any(|e| e.subprocess.n_in != 2) {
            let what = "weights of other parameters need two incoming particles".to_owned();
            let point = card.weights.reweight[0].to_string();
            return Err(WeightError::Point { point, what }.into());
        }
        let mut models = vec![model.clone()];
        for point in &card.weights.reweight {
            check_names(point, model)?;
            let mut spec = card.model.spec();
            for (name, value) in &point.set {
                spec.set.set_value(name, *value);
            }
            let wrong = |what: String| WeightError::Point {
                point: point.to_string(),
                what,
            };
            let loaded = load_model(&spec, watch);
            let loaded = loaded.map_err(|e| match e.is_interruption() {
                true => e,
                false => wrong(e.to_string()).into(),
            })?;
            check_masses(&loaded.model, model, processes).map_err(wrong)?;
            check_widths(&loaded.model, model).map_err(wrong)?;
            models.push(loaded.model);
        }
        let locator = Locator::new(model.clone(), processes.clone());
        if let Some(name) = locator.ambiguous() {
            let what = format!(
                "'{name}' comes from several process lines with different diagrams, which the \
                 record of an event does not tell apart; expected one line for it"
            );
            let point = card.weights.reweight[0].to_string();
            return Err(WeightError::Point { point, what }.into());
        }
        Ok(Some(Self {
            locator,
            models,
            compiled: RwLock::default(),
            memory: Mutex::default(),
        }))
    }

    /// Ratios of the squared matrix elements of all points to that of the card, for an
    /// event with its own strong coupling.
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
        let mut me2 = |element: &MatrixElement| {
            let (mut out, alpha_s) = ([0.0], [event.alpha_s]);
            element.me2(
                &lab,
                Some(&alpha_s),
                TChannelWidth::Off,
                &mut memory,
                &mut out,
            );
            out[0]
        };
        let own = me2(&elements[0]);
        let ratios = elements[1..].iter().map(|e| plan.finite(me2(e) / own));
        let ratios = ratios.collect();
        if let Ok(mut list) = self.memory.lock() {
            list.push(memory);
        }
        Ok(ratios)
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

    fn elements(&self, sub: Subprocess) -> Result<Elements, String> {
        let find = |list: &[(Subprocess, Elements)]| {
            let found = list.iter().find(|known| known.0 == sub);
            found.map(|known| Arc::clone(&known.1))
        };
        let known = self.compiled.read().ok().and_then(|list| find(&list));
        if let Some(known) = known {
            return Ok(known);
        }
        let compile = |model| MatrixElement::compile(model, &sub, Frame::Any);
        let made: Result<Vec<_>, _> = self.models.iter().map(compile).collect();
        let made = Arc::new(made.map_err(|e| e.to_string())?);
        if let Ok(mut list) = self.compiled.write()
            && find(&list).is_none()
        {
            list.push((sub, Arc::clone(&made)));
        }
        Ok(made)
    }
}

/// Whether parameters are inputs of the model that a weight may change.
fn check_names(point: &ParameterPoint, model: &Model) -> Result<(), WeightError> {
    let is_input = |o: &ParameterOrigin| matches!(o, ParameterOrigin::External { .. });
    let inputs = || model.parameters.iter().filter(|p| is_input(&p.origin));
    for name in point.set.keys() {
        let what = if name == STRONG_COUPLING {
            "the strong coupling of an event is that of its parton densities; expected \
             another parameter, or weights.pdf"
                .to_owned()
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

/// Whether every resonance has a width: without one its pole is no weight.
fn check_widths(point: &Model, own: &Model) -> Result<(), String> {
    let widths = own
        .ids()
        .map(|id| [own, point].map(|m| m.particle(id).width));
    match (own.ids().zip(widths)).find(|(_, [before, after])| *before > 0.0 && *after <= 0.0) {
        None => Ok(()),
        Some((id, [before, after])) => Err(format!(
            "found a width of {after} GeV of '{}', expected a positive one ({before} GeV in the \
             card): events at its mass would have no finite weight",
            own.particle(id).name
        )),
    }
}

/// Whether external particles have the masses that the momenta of events have.
fn check_masses(point: &Model, own: &Model, processes: &ProcessSet) -> Result<(), String> {
    let flavours = processes.elements.iter().flat_map(|e| &e.flavours);
    let mut legs: Vec<ParticleId> = flavours.flat_map(|f| f.legs.iter().copied()).collect();
    legs.sort_unstable();
    legs.dedup();
    for id in legs {
        let [before, after] = [own, point].map(|model| model.particle(id).mass);
        if before != after {
            return Err(format!(
                "found a mass of {after} GeV of the external particle '{}', expected {before} GeV: \
                 the momenta of events are on shell. Where the particle decays in the process \
                 line (p p > t t~, t > w+ b, ...) its mass may change",
                own.particle(id).name
            ));
        }
    }
    Ok(())
}
