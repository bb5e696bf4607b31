//! Derivatives of squared matrix elements with respect to a parameter of the model.
//!
//! Central differences of sixth order at fixed momenta, with a step that is small beside
//! the widths of resonances. Knows models; knows no event and no formula.

use super::expansion::explicit;
use crate::amplitude::{AmplitudeError, Frame, MatrixElement};
use crate::diagram::Subprocess;
use crate::error::Error;
use crate::model::{Model, ModelError, ModelSpec, ParameterOrigin, ParticleId};
use crate::suggest::did_you_mean;
use crate::weights::WeightError;

/// Factors of the differences at one, two and three steps: B. Fornberg, Math. Comp. 51
/// (1988) 699, table 1.
const WEIGHTS: [f64; 3] = [0.75, -0.15, 1.0 / 60.0];
/// The step over the parameter, and over what changes the mass of a resonance by its width.
const STEP: f64 = 1e-2;
const STEP_OF_WIDTH: f64 = 5e-3;

/// The strong coupling of an event comes from its parton densities or the card.
pub(super) const STRONG_COUPLING: &str = "aS";

/// The derivative with respect to one parameter.
#[derive(Clone, Debug)]
pub(super) enum Score {
    /// A coefficient of the polynomial.
    Coefficient(usize),
    Differences(Stencil),
}

/// Models at three steps to both sides of the value of a parameter.
#[derive(Clone, Debug)]
pub(super) struct Stencil {
    /// One step up, one step down, two steps up and so on.
    models: Vec<Model>,
    step: f64,
}

/// Their matrix elements for one subprocess.
#[derive(Clone, Debug)]
pub(super) struct StencilElements(Vec<MatrixElement>);

impl Stencil {
    /// Loads the models. `check` says what is wrong with one, in words.
    ///
    /// # Errors
    /// Those of [`Model::load`], and the words of `check`.
    pub fn load(
        name: &str,
        spec: &ModelSpec,
        lines: &[String],
        own: &Model,
        check: impl Fn(&Model) -> Result<(), String>,
    ) -> Result<Self, String> {
        let spec = explicit(spec, own);
        let value = spec.set.get(name).copied().unwrap_or(0.0);
        let at = |x: f64| -> Result<Model, ModelError> {
            let mut spec = spec.clone();
            spec.set.set_value(name, x);
            let mut model = Model::load(&spec)?;
            model.join_orders(lines);
            Ok(model)
        };
        let largest = match value {
            0.0 => STEP,
            value => STEP * value.abs(),
        };
        let text = |e: ModelError| e.to_string();
        let beside = at(value + 1e-3 * largest).map_err(text)?;
        let slope = |id| (beside.particle(id).mass - own.particle(id).mass) / (1e-3 * largest);
        let resonances = own.ids().filter(|&id| own.particle(id).width > 0.0);
        let limits = resonances.map(|id| STEP_OF_WIDTH * own.particle(id).width / slope(id).abs());
        let step = limits.filter(|h| *h > 0.0).fold(largest, f64::min);
        let mut models = Vec::new();
        for k in 1..=WEIGHTS.len() {
            for sign in [1.0, -1.0] {
                let model = at(value + sign * k as f64 * step).map_err(text)?;
                check(&model)?;
                models.push(model);
            }
        }
        Ok(Self { models, step })
    }

    pub fn compile(&self, sub: &Subprocess) -> Result<StencilElements, AmplitudeError> {
        let compile = |model| MatrixElement::compile(model, sub, Frame::Any);
        let elements = self.models.iter().map(compile);
        Ok(StencilElements(elements.collect::<Result<_, _>>()?))
    }

    /// The derivative of `me2` of the elements.
    pub fn derivative(
        &self,
        elements: &StencilElements,
        mut me2: impl FnMut(&MatrixElement) -> f64,
    ) -> f64 {
        let pairs = elements.0.chunks(2).zip(WEIGHTS);
        let sum: f64 = pairs.map(|(e, w)| w * (me2(&e[0]) - me2(&e[1]))).sum();
        sum / self.step
    }
}

/// What derivatives need, by the exact names of the parameters.
pub(super) fn scores_of(
    (key, names): (&'static str, &[String]),
    coefficients: &[String],
    spec: &ModelSpec,
    lines: &[String],
    check: impl Fn(&Model) -> Result<(), String>,
    model: &Model,
) -> Result<Vec<(String, Score)>, Error> {
    let mut list: Vec<(String, Score)> = Vec::new();
    for name in names {
        let wrong = |what: String| WeightError::Coefficient {
            key,
            name: name.clone(),
            what,
        };
        let exact = input(name, model).map_err(wrong)?;
        if list.iter().any(|(known, _)| *known == exact) {
            return Err(wrong(format!("'{exact}' is given twice")).into());
        }
        let known = coefficients.iter().position(|c| *c == exact);
        let score = match known {
            Some(k) => Score::Coefficient(k),
            None => {
                let stencil = Stencil::load(&exact, spec, lines, model, &check);
                Score::Differences(stencil.map_err(wrong)?)
            }
        };
        list.push((exact, score));
    }
    Ok(list)
}

/// The exact name of an input, given in any case or as `BLOCK CODE`.
fn input(name: &str, model: &Model) -> Result<String, String> {
    let inputs = || {
        model.parameters.iter().filter_map(|p| match &p.origin {
            ParameterOrigin::External { block, code } => Some((&p.name, block, code)),
            ParameterOrigin::Internal { .. } => None,
        })
    };
    let is_code = |block: &str, code: &[i32]| {
        let mut words = name.split_whitespace();
        let same = words.next().is_some_and(|w| w.eq_ignore_ascii_case(block));
        same && words
            .map(|w| w.parse().ok())
            .eq(code.iter().map(|c| Some(*c)))
    };
    let exact = inputs().find(|(n, block, code)| *n == name || is_code(block, code));
    let folded = || {
        let mut all = inputs().filter(|(n, ..)| n.eq_ignore_ascii_case(name));
        all.next().filter(|_| all.next().is_none())
    };
    let Some((found, ..)) = exact.or_else(folded) else {
        if let Some(p) = model.parameters.iter().find(|p| p.name == name) {
            let ParameterOrigin::Internal { expression, .. } = &p.origin else {
                return Err("found several inputs, expected its exact case".to_owned());
            };
            return Err(format!(
                "it is derived ({name} = {expression}), expected an input"
            ));
        }
        let hint = did_you_mean(name, inputs().map(|(n, ..)| n.as_str()));
        return Err(format!("no input of the model '{}'{hint}", model.name));
    };
    match found == STRONG_COUPLING {
        true => Err(strong_coupling()),
        false => Ok(found.clone()),
    }
}

pub(super) fn strong_coupling() -> String {
    "the strong coupling of an event is that of its parton densities; expected another \
     parameter, or weights.pdf"
        .to_owned()
}

/// Whether every resonance has a width: without one its pole is no weight.
pub(super) fn check_widths(point: &Model, own: &Model) -> Result<(), String> {
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
pub(super) fn check_masses(point: &Model, own: &Model, legs: &[ParticleId]) -> Result<(), String> {
    for &id in legs {
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
