//! From the tables of a model and the user's settings to numbers.
//!
//! Knows in which order settings override each other; knows no model by name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::builtin::{self, BASE_RESTRICTION, ModelSource, ParticleRow};
use super::parameters::{ParameterTable, Values};
use super::slha::{CardNotes, ParamCard};
use super::{
    Coupling, Model, ModelError, ParameterValues, Particle, ParticleId, Vertex, VertexTerm,
};
use crate::suggest::did_you_mean;

/// Which model, at which parameters.
///
/// Later settings override earlier ones: the model's values, the restriction
/// `default`, the restrictions named, the parameter card, `set`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSpec {
    /// Name of a built-in model.
    pub name: String,
    /// Which electroweak parameters are inputs: `alpha` (`aEWM1`, `Gf`, `MZ`), the
    /// default, or `MW` (`Gf`, `MW`, `MZ`).
    pub scheme: Option<String>,
    /// Restrictions, applied in this order on top of `default`.
    pub restrict: Vec<String>,
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
            p.width_name == parameter && (p.pdg > 0 || p.anti == id)
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
        let (name, mut names) = builtin::split_name(&spec.name)?;
        for joined in &spec.restrict {
            names.extend(builtin::split_restrictions(name, joined)?);
        }
        let mut source = builtin::source(name)?;
        let mut table = ParameterTable::in_scheme(
            name,
            std::mem::take(&mut source.external),
            std::mem::take(&mut source.internal),
            std::mem::take(&mut source.schemes),
            spec.scheme.as_deref(),
        )?;
        let restrictions = restrict(&mut table, &source.name, &names)?;
        let card = match &spec.param_card {
            Some(path) => {
                let card = ParamCard::read(path, &table)?;
                card.apply(&mut table)?;
                card.check(&table)?;
                Some(card)
            }
            None => None,
        };
        set(&mut table, &spec.set)?;

        let scheme = table.scheme();
        let auto = table.auto().map(str::to_owned).collect::<Vec<_>>();
        let model = build(source, restrictions, scheme, table.evaluate()?)?;
        let notes = card.map_or_else(CardNotes::default, |card| card.notes(&model));
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

fn set(table: &mut ParameterTable, values: &ParameterValues) -> Result<(), ModelError> {
    let mut done = Vec::new();
    let given = values.iter().map(|(name, value)| (&**name, Some(*value)));
    for (name, value) in given.chain(values.auto().map(|name| (name, None))) {
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
    Ok(())
}

/// Values and orders of the couplings.
fn couplings_of(source: &ModelSource, values: &Values<'_>) -> Result<Vec<Coupling>, ModelError> {
    let order_names = || source.orders.iter().map(|o| &*o.name);
    let mut couplings = Vec::new();
    for row in &source.couplings {
        let value = values.evaluate_text(&row.name, &row.value)?;
        if let Some(name) = row.order.keys().find(|o| order_names().all(|n| n != **o)) {
            let hint = did_you_mean(name, order_names());
            return Err(ModelError::Data {
                file: format!("{}/couplings.toml", source.name),
                problem: format!("coupling '{}' has unknown order '{name}'{hint}", row.name),
            });
        }
        couplings.push(Coupling {
            name: row.name.clone(),
            value: (value.re, value.im),
            orders: order_names()
                .map(|name| row.order.get(name).copied().unwrap_or(0))
                .collect(),
        });
    }
    Ok(couplings)
}

fn build(
    source: ModelSource,
    restrictions: Vec<String>,
    scheme: String,
    values: Values<'_>,
) -> Result<Model, ModelError> {
    let data_error = |file: &str, problem: String| ModelError::Data {
        file: format!("{}/{file}.toml", source.name),
        problem,
    };

    let mut particles = Vec::new();
    for row in &source.particles {
        add_particle(&mut particles, row, &values)?;
    }

    let couplings = couplings_of(&source, &values)?;
    let id = |name: &str, file: &str| {
        particles
            .iter()
            .position(|p: &Particle| p.name == name)
            .map(|k| ParticleId(k as u16))
            .ok_or_else(|| {
                let hint = did_you_mean(name, particles.iter().map(|p| &*p.name));
                data_error(file, format!("unknown particle '{name}'{hint}"))
            })
    };
    let mut vertices = Vec::new();
    for row in &source.vertices {
        let legs = row
            .of
            .split_whitespace()
            .map(|name| id(name, "vertices"))
            .collect::<Result<Vec<_>, _>>()?;
        let spins: Vec<u8> = legs
            .iter()
            .map(|l| particles[usize::from(l.0)].spin)
            .collect();
        let mut terms = Vec::new();
        for (colour, lorentz, coupling) in &row.terms {
            let bad = |what: String| data_error("vertices", format!("{}: {what}", row.of));
            if *colour >= row.colour.len() {
                return Err(bad(format!("no colour structure {colour}")));
            }
            let lorentz = (source.lorentz.iter())
                .position(|l| l.name == *lorentz && l.spins == spins)
                .ok_or_else(|| bad(format!("no Lorentz structure '{lorentz}' of these spins")))?;
            let coupling = (couplings.iter())
                .position(|c| c.name == *coupling)
                .ok_or_else(|| bad(format!("unknown coupling '{coupling}'")))?;
            if couplings[coupling].value != (0.0, 0.0) {
                terms.push(VertexTerm {
                    colour: *colour,
                    lorentz,
                    coupling,
                });
            }
        }
        if !terms.is_empty() {
            vertices.push(Vertex {
                name: row.of.clone(),
                particles: legs,
                colour: row.colour.clone(),
                terms,
            });
        }
    }

    let mut labels = source.labels.clone();
    for (particle, extension) in &source.if_massless {
        let particle = id(particle, "multiparticles")?;
        if particles[usize::from(particle.0)].mass == 0.0 {
            for label in &extension.labels {
                let members = labels.entry(label.clone()).or_default();
                members.extend(extension.add.iter().cloned());
            }
        }
    }
    let multiparticles = labels
        .into_iter()
        .map(|(label, names)| {
            let ids = names.iter().map(|name| id(name, "multiparticles"));
            Ok((label, ids.collect::<Result<Vec<_>, _>>()?))
        })
        .collect::<Result<BTreeMap<_, _>, ModelError>>()?;

    Ok(Model {
        name: source.name.clone(),
        gauge: super::Gauge::default(),
        restrictions,
        scheme,
        orders: source.orders.clone(),
        particles,
        parameters: values.into_parameters(),
        couplings,
        lorentz: source.lorentz.clone(),
        vertices,
        multiparticles,
    })
}

/// Name of the mass and width of what is massless or stable by construction.
const ZERO: &str = "ZERO";

/// Adds a particle and, if it has one, its antiparticle behind it.
fn add_particle(
    particles: &mut Vec<Particle>,
    row: &ParticleRow,
    values: &Values<'_>,
) -> Result<(), ModelError> {
    let number = |name: &Option<String>| match name {
        None => Ok(0.0),
        Some(name) => match values.real(name) {
            Some(value) if value >= 0.0 => Ok(value),
            Some(value) => Err(ModelError::BadValue {
                name: name.clone(),
                value,
                reason: "masses and widths cannot be negative",
            }),
            None => Err(ModelError::UnknownParameter {
                name: name.clone(),
                hint: format!(", which particle '{}' names", row.name),
            }),
        },
    };
    let first = particles.len() as u16;
    let particle = Particle {
        name: row.name.clone(),
        pdg: row.pdg,
        anti: ParticleId(first + u16::from(row.anti.is_some())),
        spin: row.spin,
        colour: row.colour,
        charge_thirds: row.charge,
        mass: number(&row.mass)?,
        width: number(&row.width)?,
        mass_name: row.mass.clone().unwrap_or_else(|| ZERO.to_owned()),
        width_name: row.width.clone().unwrap_or_else(|| ZERO.to_owned()),
    };
    let anti = row.anti.clone().map(|name| Particle {
        name,
        pdg: -row.pdg,
        anti: ParticleId(first),
        // The octet and the singlet are real representations.
        colour: if row.colour.abs() == 3 {
            -row.colour
        } else {
            row.colour
        },
        charge_thirds: -row.charge,
        ..particle.clone()
    });
    particles.push(particle);
    particles.extend(anti);
    Ok(())
}
