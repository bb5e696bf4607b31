//! From the tables of a model and the user's settings to numbers.
//!
//! Knows in which order settings override each other; knows no model by name.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::build::build;
use super::builtin::{self, BASE_RESTRICTION};
use super::note::{ModelNote, NoteKind};
use super::parameters::ParameterTable;
use super::slha::{CardNotes, ParamCard};
use super::source::ModelSource;
use super::ufo::{self, Place};
use super::{Gauge, Model, ModelError, ParameterValues, ParticleId};

/// Which model, at which parameters.
///
/// Later settings override earlier ones: the model's values, the restriction
/// `default`, the restrictions named, the parameter card, `set`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSpec {
    /// Name of a built-in model, or the directory of a UFO model or a JSON file of
    /// ufo-model-loader, a path or a name that is looked for along `OMNIS_MODEL_PATH`; a
    /// restriction may stand behind a hyphen.
    pub name: String,
    /// Which electroweak parameters are inputs: `alpha` (`aEWM1`, `Gf`, `MZ`), the
    /// default, or `MW` (`Gf`, `MW`, `MZ`).
    pub scheme: Option<String>,
    /// Restrictions, applied in this order on top of `default`; of a UFO model instead of
    /// it, and `full` for none.
    pub restrict: Vec<String>,
    /// The gauge of massive vectors; Goldstone bosons are particles in Feynman gauge alone.
    pub gauge: Gauge,
    /// Values of inputs by name, masses and widths in GeV; widths may be `auto`.
    pub set: ParameterValues,
    /// An SLHA file with values of inputs.
    pub param_card: Option<PathBuf>,
}

impl Default for ModelSpec {
    /// The Standard Model as it is.
    fn default() -> Self {
        Self {
            name: "sm".to_owned(),
            scheme: None,
            restrict: Vec::new(),
            gauge: Gauge::default(),
            set: ParameterValues::default(),
            param_card: None,
        }
    }
}

/// A width that is to be computed.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenWidth {
    /// The input that it is the value of.
    pub parameter: String,
    /// The particles that have it, without their antiparticles; at least one.
    pub particles: Vec<ParticleId>,
}

impl OpenWidth {
    fn of(model: &Model, parameter: String) -> Result<Self, ModelError> {
        let has_it = |&id: &ParticleId| {
            let p = model.particle(id);
            // A Goldstone boson has the width of its vector.
            p.width_name == parameter && (p.pdg > 0 || p.anti == id) && !p.is_goldstone
        };
        let particles: Vec<ParticleId> = model.ids().filter(has_it).collect();
        match particles.is_empty() {
            true => Err(ModelError::NoWidth { name: parameter }),
            false => Ok(Self {
                parameter,
                particles,
            }),
        }
    }
}

impl Model {
    /// Loads a model at the parameters of `spec`.
    ///
    /// Terms whose coupling is exactly 0 are dropped, and vertices without terms.
    /// A mass of exactly 0 makes a particle massless; a massless b quark joins `p`
    /// and `j` (five-flavour scheme).
    ///
    /// # Errors
    /// [`ModelError`]: unknown names, values that a parameter cannot have, a card
    /// that cannot be read or that contradicts a derived parameter; widths that are
    /// `auto`, which [`Model::load_without_widths`] leaves to be computed.
    pub fn load(spec: &ModelSpec) -> Result<Self, ModelError> {
        Self::load_with_notes(spec).map(|(model, _)| model)
    }

    /// As [`Model::load`]; also says what of the parameter card was not used.
    ///
    /// # Errors
    /// Those of [`Model::load`].
    pub fn load_with_notes(spec: &ModelSpec) -> Result<(Self, CardNotes), ModelError> {
        let (model, notes, open) = Self::load_without_widths(spec)?;
        if open.is_empty() {
            return Ok((model, notes));
        }
        let names: Vec<String> = open.into_iter().map(|w| w.parameter).collect();
        Err(ModelError::OpenWidths {
            names: names.join(", "),
        })
    }

    /// As [`Model::load_with_notes`], with widths of 0 where they are `auto`: what they
    /// are computed with. The last list is of those.
    ///
    /// # Errors
    /// Those of [`Model::load`].
    pub fn load_without_widths(
        spec: &ModelSpec,
    ) -> Result<(Self, CardNotes, Vec<OpenWidth>), ModelError> {
        let Tables {
            mut source,
            table,
            restrictions,
            card,
            without_effect,
        } = Tables::load(spec)?;
        let scheme = table.scheme();
        let auto = table.auto().map(str::to_owned).collect::<Vec<_>>();
        let values = table.evaluate()?;
        if source.is_ufo {
            super::strong::count_powers(&mut source, &table, &values)?;
        }
        let model = build(source, restrictions, scheme, spec.gauge, values)?;
        let mut notes = card.map_or_else(CardNotes::default, |card| card.notes(&model));
        notes.warnings.extend(without_effect);
        let open = auto.into_iter().map(|name| OpenWidth::of(&model, name));
        let open = open.collect::<Result<_, _>>()?;
        Ok((model, notes, open))
    }

    /// Strong coupling at the scale of the input (MZ); 0 in a model without it.
    pub fn alpha_s(&self) -> f64 {
        self.parameter("aS").unwrap_or(0.0)
    }

    /// Electromagnetic coupling; 0 in a model without it.
    pub fn alpha_em(&self) -> f64 {
        self.parameter("aEWM1").map_or(0.0, f64::recip)
    }
}

/// What a model is made from, with all settings applied.
pub(super) struct Tables {
    pub source: ModelSource,
    pub table: ParameterTable,
    /// Restrictions applied.
    pub restrictions: Vec<String>,
    card: Option<ParamCard>,
    /// Settings that change nothing.
    without_effect: Vec<ModelNote>,
}

impl Tables {
    /// Reads what `spec` names and sets the parameters.
    ///
    /// # Errors
    /// Those of [`Model::load`].
    pub fn load(spec: &ModelSpec) -> Result<Self, ModelError> {
        let (source, mut table, restrictions) = match ufo::locate(&spec.name)? {
            Some(place) => ufo_model(&place, spec)?,
            None => built_in(spec)?,
        };
        let card = match &spec.param_card {
            Some(path) => {
                let card = ParamCard::read(path, &table)?;
                card.apply(&mut table)?;
                card.check(&table)?;
                Some(card)
            }
            None => None,
        };
        let without_effect = set(&mut table, &spec.set)?;
        Ok(Self {
            source,
            table,
            restrictions,
            card,
            without_effect,
        })
    }
}

/// Tables of a built-in model, with its restrictions applied, and the list of these.
fn built_in(spec: &ModelSpec) -> Result<(ModelSource, ParameterTable, Vec<String>), ModelError> {
    let (name, mut names) = builtin::split_name(&spec.name)?;
    for joined in &spec.restrict {
        names.extend(builtin::split_restrictions(name, joined)?);
    }
    if spec.gauge == Gauge::Feynman {
        return Err(ModelError::Gauge {
            model: name.to_owned(),
        });
    }
    let mut source = builtin::source(name)?;
    let mut table = ParameterTable::in_scheme(&mut source, spec.scheme.as_deref())?;
    let applied = restrict(&mut table, &source.name, &names)?;
    Ok((source, table, applied))
}

/// The same of a UFO model.
fn ufo_model(
    place: &Place,
    spec: &ModelSpec,
) -> Result<(ModelSource, ParameterTable, Vec<String>), ModelError> {
    let mut source = ufo::source(place, spec.gauge)?;
    let mut table = ParameterTable::in_scheme(&mut source, spec.scheme.as_deref())?;
    let named = place.restriction.iter().chain(&spec.restrict).cloned();
    let cards = ufo::restrictions(place, &named.collect::<Vec<_>>())?;
    for (_, card) in &cards {
        let card = ParamCard::read(card, &table)?;
        card.check_restriction(&table, &source.name)?;
        card.apply(&mut table)?;
    }
    let names: Vec<String> = cards.into_iter().map(|c| c.0).collect();
    if !names.is_empty() {
        super::restriction::simplify(&mut table, &mut source, &names.join(", "))?;
    }
    Ok((source, table, names))
}

/// Applies the base restriction and those named; returns the list of them.
fn restrict(
    table: &mut ParameterTable,
    model: &str,
    names: &[String],
) -> Result<Vec<String>, ModelError> {
    let mut applied = vec![BASE_RESTRICTION.to_owned()];
    applied.extend(names.iter().filter(|n| *n != BASE_RESTRICTION).cloned());
    for name in &applied {
        for (parameter, value) in builtin::restriction(model, name)?.set {
            table.set(table.find_external(&parameter)?, value)?;
        }
    }
    Ok(applied)
}

/// Gives inputs their values; returns what has no effect.
fn set(table: &mut ParameterTable, values: &ParameterValues) -> Result<Vec<ModelNote>, ModelError> {
    let mut done = Vec::new();
    let mut without_effect = Vec::new();
    let given = values.iter().map(|(name, value)| (&**name, Some(*value)));
    for (name, value) in given.chain(values.auto().map(|name| (name, None))) {
        if let Some(text) = table.fixed(name)? {
            let kind = NoteKind::SettingWithoutEffect;
            without_effect.push(ModelNote::new(kind, name, text));
            continue;
        }
        let index = table.find_external(name)?;
        if done.contains(&index) {
            return Err(ModelError::SetTwice {
                name: name.to_owned(),
            });
        }
        done.push(index);
        match value {
            Some(value) => table.set(index, value)?,
            None => table.set_auto(index)?,
        }
    }
    Ok(without_effect)
}
