//! What a model contains, what is unusual about it, and what cannot be computed with it.
//!
//! Knows how models are shown; checks are in [`super::model_checks`].

use serde_json::{Value, json};

use super::gauge_check::compare;
use super::load_model::{LoadedModel, in_gauge, load_model};
use super::model_checks::{ModelChecks, check};
use crate::card::ModelCard;
use crate::compute::Watch;
use crate::error::Error;
use crate::model::{
    CouplingOrder, Gauge, Model, ModelError, ModelNote, NoteKind, Parameter, ParameterOrigin,
    Particle, Vertex,
};

/// A model, taken apart.
pub struct ModelReport {
    model: Model,
    /// What is unusual.
    unusual: Vec<ModelNote>,
    /// Values of the parameter card that were not used.
    unused: Vec<ModelNote>,
    checks: ModelChecks,
}

impl ModelReport {
    /// Loads a model and looks at all of it.
    ///
    /// # Errors
    /// [`Error::Model`], and those of widths that are to be computed.
    pub fn new(card: &ModelCard, watch: Watch) -> Result<Self, Error> {
        let LoadedModel {
            model,
            unused,
            widths,
            gauges,
        } = load_model(&card.spec(), &[], watch)?;
        let mut unusual = model.notes.clone();
        unusual.extend(widths.iter().map(|width| {
            ModelNote::new(NoteKind::ComputedWidth, &width.parameter, width.to_string())
        }));
        unusual.extend(
            model
                .ids()
                .flat_map(|id| oddities(&model, model.particle(id))),
        );
        let unused = [unused.warnings, unused.ignored].concat();
        let mut checks = check(&model);
        checks.gauges = gauges;
        match in_feynman_gauge(card, &model) {
            Ok(Some(feynman)) => checks.gauges = compare(&model, &feynman),
            Ok(None) => {}
            Err(error) => {
                let text = format!("Feynman gauge cannot be used: {error}");
                unusual.push(ModelNote::new(NoteKind::NoFeynmanGauge, "feynman", text));
            }
        }
        Ok(Self {
            checks,
            model,
            unusual,
            unused,
        })
    }

    /// A table for people, without a final line break.
    pub fn text(&self) -> String {
        let m = &self.model;
        let gauge = match m.gauge {
            Gauge::Unitary => "unitary",
            Gauge::Feynman => "Feynman",
        };
        let restrictions = match m.restrictions.is_empty() {
            true => "without a restriction".to_owned(),
            false => format!("restricted by {}", m.restrictions.join(", ")),
        };
        let mut lines = vec![format!(
            "{}, {restrictions}, in {gauge} gauge: {} particles, {} vertices, {} couplings, {} \
             parameters",
            m.name,
            m.particles.len(),
            m.vertices.len(),
            m.couplings.len(),
            m.parameters.len()
        )];
        lines.push("\ncoupling orders".to_owned());
        for order in &m.orders {
            let limit = order.expansion.map(|n| format!(", at most {n}"));
            let limit = limit.unwrap_or_default();
            lines.push(format!(
                "  {} (hierarchy {}{limit})",
                order.name, order.hierarchy
            ));
        }
        lines.push("\nparticles".to_owned());
        let ids = m.ids().filter(|&id| m.anti(id) >= id);
        lines.extend(ids.map(|id| particle_text(m, m.particle(id))));
        lines.push("\ninputs".to_owned());
        lines.extend(m.parameters.iter().filter_map(input_text));
        lines.push("\nderived parameters".to_owned());
        lines.extend(m.parameters.iter().filter_map(derived_text));
        lines.push("\nvertices".to_owned());
        lines.extend(m.vertices.iter().map(|v| vertex_text(m, v)));
        let mut list = |title: &str, items: &[ModelNote]| {
            if !items.is_empty() {
                lines.push(format!("\n{title}"));
                lines.extend(items.iter().map(|i| format!("  {i}")));
            }
        };
        list("unusual", &self.unusual);
        list("not used of the parameter card", &self.unused);
        list("not supported", &self.checks.unsupported);
        lines.push("\nchecks".to_owned());
        lines.extend(self.checks.text().iter().map(|line| format!("  {line}")));
        lines.join("\n")
    }

    /// The same for machines.
    pub fn json(&self) -> Value {
        let m = &self.model;
        let orders = m.orders.iter().map(
            |o| json!({ "name": o.name, "hierarchy": o.hierarchy, "expansion_order": o.expansion }),
        );
        let label = |ids: &Vec<crate::model::ParticleId>| -> Vec<&str> {
            ids.iter().map(|&id| &*m.particle(id).name).collect()
        };
        let labels = m.multiparticles.iter().map(|(l, ids)| (l, label(ids)));
        let checks = self.checks.notes();
        let findings = self.unusual.iter().chain(&self.unused).chain(&checks);
        json!({
            "model": m.name,
            "restrictions": m.restrictions,
            "gauge": m.gauge,
            "orders": orders.collect::<Vec<_>>(),
            "particles": m.particles.iter().map(|p| particle_json(m, p)).collect::<Vec<_>>(),
            "parameters": m.parameters.iter().map(parameter_json).collect::<Vec<_>>(),
            "vertices": m.vertices.iter().map(|v| vertex_json(m, v)).collect::<Vec<_>>(),
            "labels": labels.collect::<std::collections::BTreeMap<_, _>>(),
            "unusual": ModelNote::texts(&self.unusual),
            "unused": ModelNote::texts(&self.unused),
            "unsupported": ModelNote::texts(&self.checks.unsupported),
            "checks": self.checks.json(),
            "findings": findings.map(finding_json).collect::<Vec<_>>(),
        })
    }
}

/// The Feynman gauge of a model in unitary gauge; `None` if it has no Goldstone bosons.
fn in_feynman_gauge(card: &ModelCard, model: &Model) -> Result<Option<Model>, Error> {
    if model.gauge == Gauge::Feynman {
        return Ok(None);
    }
    let feynman = match in_gauge(&card.spec(), Gauge::Feynman) {
        // The models of the program, and those that their authors made for one gauge.
        Err(Error::Model(ModelError::Gauge { .. } | ModelError::UnitaryAlone { .. })) => {
            return Ok(None);
        }
        other => other?,
    };
    let has_goldstones = feynman.particles.iter().any(|p| p.is_goldstone);
    Ok(has_goldstones.then_some(feynman))
}

/// A note by its fields.
fn finding_json(note: &ModelNote) -> Value {
    json!({
        "kind": note.kind,
        "name": note.name,
        "file": note.file,
        "line": note.line,
        "text": note.text,
    })
}

/// What a reader may not expect of a particle.
fn oddities(model: &Model, p: &Particle) -> Vec<ModelNote> {
    let is_own = model.particle(p.anti).pdg == p.pdg;
    if p.pdg < 0 && !is_own {
        return Vec::new();
    }
    let is_negative = model.parameter(&p.mass_name).is_some_and(|m| m < 0.0);
    let spin = if p.spin == 4 { "3/2" } else { "2" };
    let propagator = p.propagator.as_ref().map(|q| {
        (NoteKind::OwnPropagator, {
            format!("has a propagator of its own, {}", q.name)
        })
    });
    let others = [
        (
            p.is_instant,
            NoteKind::NotPropagating,
            "does not propagate".to_owned(),
        ),
        (
            is_negative,
            NoteKind::NegativeMass,
            format!("has the negative mass {}", p.mass_name),
        ),
        (p.spin > 3, NoteKind::HigherSpin, format!("has spin {spin}")),
        (
            matches!(p.colour, 6 | -6),
            NoteKind::Sextet,
            "is a colour sextet".to_owned(),
        ),
        (
            p.is_fermion() && is_own,
            NoteKind::Majorana,
            "is a Majorana fermion".to_owned(),
        ),
    ];
    let others = others.into_iter().filter(|(holds, ..)| *holds);
    let found = propagator
        .into_iter()
        .chain(others.map(|(_, kind, text)| (kind, text)));
    let note = |(kind, text)| ModelNote::new(kind, &p.name, format!("'{}' {text}", p.name));
    found.map(note).collect()
}

fn particle_text(model: &Model, p: &Particle) -> String {
    let anti = &model.particle(p.anti).name;
    let names = match *anti == p.name {
        true => p.name.clone(),
        false => format!("{} {anti}", p.name),
    };
    format!(
        "  {names:<16} {:>9}  spin {}  colour {:>2}  charge {:>5}  {} = {} GeV  {} = {} GeV",
        p.pdg,
        spin_text(p.spin),
        p.colour,
        charge_text(p.charge_thirds),
        p.mass_name,
        p.mass,
        p.width_name,
        p.width
    )
}

fn spin_text(spin: u8) -> &'static str {
    ["0", "1/2", "1", "3/2", "2"]
        .get(usize::from(spin).wrapping_sub(1))
        .unwrap_or(&"?")
}

fn charge_text(thirds: i32) -> String {
    match thirds % 3 {
        0 => (thirds / 3).to_string(),
        _ => format!("{thirds}/3"),
    }
}

fn particle_json(model: &Model, p: &Particle) -> Value {
    json!({
        "name": p.name,
        "antiparticle": model.particle(p.anti).name,
        "pdg": p.pdg,
        "spin": p.spin,
        "colour": p.colour,
        "charge": f64::from(p.charge_thirds) / 3.0,
        "mass": { "parameter": p.mass_name, "value": p.mass },
        "width": { "parameter": p.width_name, "value": p.width },
        "goldstone": p.is_goldstone,
        "propagating": !p.is_instant,
        "propagator": p.propagator.as_ref().map(|q| json!({
            "name": q.name, "numerator": q.numerator, "denominator": q.denominator,
        })),
    })
}

fn input_text(p: &Parameter) -> Option<String> {
    match &p.origin {
        ParameterOrigin::External { block, code } => {
            let codes: Vec<String> = code.iter().map(i32::to_string).collect();
            let place = format!("{block} {}", codes.join(" "));
            Some(format!("  {:<12} {:<16} {}", p.name, place, p.value.0))
        }
        ParameterOrigin::Internal { .. } => None,
    }
}

fn derived_text(p: &Parameter) -> Option<String> {
    match &p.origin {
        ParameterOrigin::External { .. } => None,
        ParameterOrigin::Internal { expression, .. } => {
            let value = match p.value {
                (re, 0.0) => re.to_string(),
                (re, im) => format!("({re}, {im})"),
            };
            Some(format!("  {:<12} {value} = {expression}", p.name))
        }
    }
}

fn parameter_json(p: &Parameter) -> Value {
    match &p.origin {
        ParameterOrigin::External { block, code } => json!({
            "name": p.name, "nature": "external", "block": block, "code": code,
            "value": p.value.0,
        }),
        ParameterOrigin::Internal { expression, .. } => json!({
            "name": p.name, "nature": "internal", "expression": expression,
            "value": [p.value.0, p.value.1],
        }),
    }
}

fn leg_names<'a>(model: &'a Model, v: &Vertex) -> Vec<&'a str> {
    let name = |id: &crate::model::ParticleId| &*model.particle(*id).name;
    v.particles.iter().map(name).collect()
}

/// The powers of a coupling of a vertex, those that are not 0.
fn powers<'m>(model: &'m Model, v: &Vertex, orders: &[u8]) -> Vec<(&'m str, i64)> {
    let power = |(order, n): (&'m CouplingOrder, &u8)| {
        let offset = i64::from(order.offset_of(v.particles.len()));
        (&*order.name, i64::from(*n) - offset)
    };
    let powers = model.orders.iter().zip(orders).map(power);
    powers.filter(|(_, n)| *n != 0).collect()
}

/// `QCD 1, NP 2`.
fn powers_text(model: &Model, v: &Vertex, orders: &[u8]) -> String {
    let powers = powers(model, v, orders).into_iter();
    let powers: Vec<String> = powers.map(|(name, n)| format!("{name} {n}")).collect();
    powers.join(", ")
}

fn vertex_text(model: &Model, v: &Vertex) -> String {
    let legs = leg_names(model, v).join(" ");
    let mut terms: Vec<String> = Vec::new();
    for term in &v.terms {
        let coupling = &model.couplings[term.coupling];
        let (structure, colour) = (&model.lorentz[term.lorentz].name, &v.colour[term.colour]);
        let (re, im) = coupling.value;
        terms.push(format!(
            "    {colour} {structure} {} = ({re}, {im}), {}",
            coupling.name,
            powers_text(model, v, &coupling.orders)
        ));
    }
    format!("  {} {legs}\n{}", v.name, terms.join("\n"))
}

fn vertex_json(model: &Model, v: &Vertex) -> Value {
    let term = |t: &crate::model::VertexTerm| {
        let coupling = &model.couplings[t.coupling];
        let orders = powers(model, v, &coupling.orders).into_iter();
        let orders: std::collections::BTreeMap<&str, i64> = orders.collect();
        json!({
            "colour": v.colour[t.colour],
            "lorentz": model.lorentz[t.lorentz].name,
            "structure": model.lorentz[t.lorentz].structure,
            "coupling": coupling.name,
            "value": [coupling.value.0, coupling.value.1],
            "orders": orders,
        })
    };
    json!({
        "name": v.name,
        "particles": leg_names(model, v),
        "terms": v.terms.iter().map(term).collect::<Vec<_>>(),
    })
}
