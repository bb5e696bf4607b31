//! From the tables of a model and the values of its parameters to numbers.
//!
//! Knows rows and values; knows no file and no model by name.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::parameters::Values;
use super::source::{ModelSource, ParticleRow};
use super::{
    Coupling, Gauge, LorentzStructure, Model, ModelError, PartialWidth, Particle, ParticleId,
    Vertex, VertexTerm,
};
use crate::suggest::did_you_mean;

/// Name of the mass and width of what is massless or stable by construction.
const ZERO: &str = "ZERO";

/// Most particles of a model.
const MAX_PARTICLES: usize = 60_000;

/// The model at these values.
///
/// Terms whose coupling is exactly 0 are dropped, and vertices without terms.
///
/// # Errors
/// [`ModelError`]: names that the tables do not have, values that a particle cannot have.
pub(super) fn build(
    source: ModelSource,
    restrictions: Vec<String>,
    scheme: String,
    gauge: Gauge,
    values: Values<'_>,
) -> Result<Model, ModelError> {
    let mut particles = Vec::new();
    // By PDG number: sums of currents, and with them last digits, follow the numbers of
    // particles, and are not to depend on the order in which a model lists them.
    let mut rows: Vec<&ParticleRow> = source.particles.iter().collect();
    rows.sort_by_key(|row| row.pdg.unsigned_abs());
    for row in rows {
        add_particle(&mut particles, row, &values, source.signed_masses)?;
    }
    if particles.len() > MAX_PARTICLES {
        return Err(ModelError::Data {
            file: source.name,
            problem: format!("more than {MAX_PARTICLES} particles"),
        });
    }
    let names = Names::of(&particles, &source.name);
    let couplings = couplings_of(&source, &values)?;
    let vertices = vertices_of(&source, &names, &couplings)?;
    let multiparticles = labels_of(&source, &names, &particles)?;
    let partial_widths = partial_widths(&source, &names, &values)?;
    let lorentz = lorentz_of(&source, &values);
    Ok(Model {
        name: source.name,
        restrictions,
        scheme,
        orders: source.orders,
        particles,
        parameters: values.into_parameters(),
        couplings,
        lorentz,
        vertices,
        multiparticles,
        gauge,
        partial_widths,
        notes: source.notes,
    })
}

/// Particles by name.
struct Names<'a> {
    by_name: FxHashMap<&'a str, ParticleId>,
    model: &'a str,
}

impl<'a> Names<'a> {
    fn of(particles: &'a [Particle], model: &'a str) -> Self {
        let mut by_name = FxHashMap::default();
        for (k, particle) in particles.iter().enumerate().rev() {
            by_name.insert(&*particle.name, ParticleId(k as u16));
        }
        Self { by_name, model }
    }

    fn id(&self, name: &str, table: &str) -> Result<ParticleId, ModelError> {
        self.by_name.get(name).copied().ok_or_else(|| {
            let hint = did_you_mean(name, self.by_name.keys().copied());
            ModelError::Data {
                file: format!("{}/{table}", self.model),
                problem: format!("unknown particle '{name}'{hint}"),
            }
        })
    }
}

/// Values and orders of the couplings.
fn couplings_of(source: &ModelSource, values: &Values<'_>) -> Result<Vec<Coupling>, ModelError> {
    let order_names = || source.orders.iter().map(|o| &*o.name);
    let mut couplings = Vec::with_capacity(source.couplings.len());
    for row in &source.couplings {
        let value = values.evaluate_text(&row.name, &row.value)?;
        if let Some(name) = row.order.keys().find(|o| order_names().all(|n| n != **o)) {
            let hint = did_you_mean(name, order_names());
            return Err(ModelError::Data {
                file: format!("{}/couplings", source.name),
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

fn vertices_of(
    source: &ModelSource,
    names: &Names<'_>,
    couplings: &[Coupling],
) -> Result<Vec<Vertex>, ModelError> {
    let mut vertices = Vec::with_capacity(source.vertices.len());
    for row in &source.vertices {
        let not_zero = |term: &&(usize, usize, usize)| couplings[term.2].value != (0.0, 0.0);
        let terms = row.terms.iter().filter(not_zero);
        let terms: Vec<VertexTerm> = terms
            .map(|&(colour, lorentz, coupling)| VertexTerm {
                colour,
                lorentz,
                coupling,
            })
            .collect();
        if terms.is_empty() {
            continue;
        }
        let legs = row.particles.iter().map(|name| names.id(name, "vertices"));
        vertices.push(Vertex {
            name: row.name.clone(),
            particles: legs.collect::<Result<_, _>>()?,
            colour: row.colour.clone(),
            terms,
        });
    }
    Ok(vertices)
}

fn labels_of(
    source: &ModelSource,
    names: &Names<'_>,
    particles: &[Particle],
) -> Result<BTreeMap<String, Vec<ParticleId>>, ModelError> {
    let mut labels = source.labels.clone();
    for (particle, extension) in &source.if_massless {
        let particle = names.id(particle, "multiparticles")?;
        if particles[usize::from(particle.0)].mass == 0.0 {
            for label in &extension.labels {
                let members = labels.entry(label.clone()).or_default();
                members.extend(extension.add.iter().cloned());
            }
        }
    }
    let ids = |(label, members): (String, Vec<String>)| {
        let ids = members.iter().map(|name| names.id(name, "multiparticles"));
        Ok((label, ids.collect::<Result<Vec<_>, _>>()?))
    };
    labels.into_iter().map(ids).collect()
}

/// Formulas for partial widths at these values; those without a value have none.
fn partial_widths(
    source: &ModelSource,
    names: &Names<'_>,
    values: &Values<'_>,
) -> Result<Vec<PartialWidth>, ModelError> {
    let mut found = Vec::new();
    for row in &source.decays {
        let particle = names.id(&row.particle, "decays")?;
        for (products, text) in &row.widths {
            let ids = products.iter().map(|name| names.id(name, "decays"));
            let value = values.evaluate_text(&row.particle, text).ok();
            found.push(PartialWidth {
                particle,
                products: ids.collect::<Result<_, _>>()?,
                width: value.map(|z| z.re),
            });
        }
    }
    Ok(found)
}

/// Structures with numbers in place of the parameters that form factors name.
fn lorentz_of(source: &ModelSource, values: &Values<'_>) -> Vec<LorentzStructure> {
    let with_numbers = |l: &LorentzStructure| LorentzStructure {
        structure: numbers_for_names(&l.structure, values),
        ..l.clone()
    };
    source.lorentz.iter().map(with_numbers).collect()
}

fn numbers_for_names(structure: &str, values: &Values<'_>) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let mut text = String::with_capacity(structure.len());
    let mut rest = structure;
    while let Some(start) = rest.find(is_part) {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let is_name = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let is_call = after.trim_start().starts_with('(');
        match values.complex(word).filter(|_| is_name && !is_call) {
            Some(z) if z.im == 0.0 => text.push_str(&format!("({:?})", z.re)),
            Some(z) => text.push_str(&format!("complex({:?},{:?})", z.re, z.im)),
            None => text.push_str(word),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Adds a particle and, if it has one, its antiparticle behind it.
fn add_particle(
    particles: &mut Vec<Particle>,
    row: &ParticleRow,
    values: &Values<'_>,
    signed_masses: bool,
) -> Result<(), ModelError> {
    let number = |name: &Option<String>, signed: bool| match name {
        None => Ok(0.0),
        Some(name) => match values.real(name) {
            Some(value) if value >= 0.0 || signed => Ok(value),
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
    let mass = number(&row.mass, signed_masses)?;
    let particle = Particle {
        name: row.name.clone(),
        pdg: row.pdg,
        anti: ParticleId(first.wrapping_add(u16::from(row.anti.is_some()))),
        spin: row.spin,
        colour: row.colour,
        charge_thirds: row.charge,
        mass: mass.abs(),
        width: number(&row.width, false)?,
        mass_name: row.mass.clone().unwrap_or_else(|| ZERO.to_owned()),
        width_name: row.width.clone().unwrap_or_else(|| ZERO.to_owned()),
        propagator: row.propagator.clone(),
        is_goldstone: row.is_goldstone,
        is_instant: row.is_instant,
    };
    let anti = row.anti.clone().map(|name| Particle {
        name,
        pdg: -row.pdg,
        anti: ParticleId(first),
        // The octet and the singlet are real representations.
        colour: match row.colour.abs() {
            3 | 6 => -row.colour,
            _ => row.colour,
        },
        charge_thirds: -row.charge,
        ..particle.clone()
    });
    particles.push(particle);
    particles.extend(anti);
    Ok(())
}
