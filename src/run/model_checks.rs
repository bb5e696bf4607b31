//! Checks of a model: conserved charges, hermiticity, widths, gauges, and what can be computed.
//!
//! Knows vertices, and widths of decays to two particles; knows no file.

use rustc_hash::FxHashSet;
use serde_json::{Value, json};

use super::gauge_check::GaugeCheck;
use super::hermiticity::hermiticity;
use super::total_width::two_body;
use super::vertex_decay::{as_decay, made_heavy, title};
use crate::amplitude::{Frame, MatrixElement, colour_fault};
use crate::diagram::Subprocess;
use crate::model::{Model, ModelNote, NoteKind, ParticleId, Vertex};

/// Widths that agree to this part are the same.
const SAME_WIDTH: f64 = 1e-6;
/// Most kinds of vertices that are tried.
const MOST_KINDS: usize = 400;

/// A width that the model states beside the one that follows from its vertices.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WidthCheck {
    pub decay: String,
    /// In GeV, by the formula of the model.
    pub stated: f64,
    /// In GeV, from the vertices.
    pub computed: f64,
}

impl WidthCheck {
    fn agrees(&self) -> bool {
        (self.stated - self.computed).abs() <= SAME_WIDTH * self.stated.abs().max(self.computed)
    }
}

/// What the checks found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ModelChecks {
    /// What cannot be computed, and why.
    pub unsupported: Vec<ModelNote>,
    /// Vertices that do not conserve the electric charge.
    pub charge: Vec<ModelNote>,
    /// Vertices whose colours make no singlet.
    pub colour: Vec<ModelNote>,
    /// Where the Lagrangian is not hermitian.
    pub hermiticity: Vec<ModelNote>,
    /// Partial widths.
    pub widths: Vec<WidthCheck>,
    /// Unitary against Feynman gauge; empty for models without Goldstone bosons.
    pub gauges: Vec<GaugeCheck>,
}

impl ModelChecks {
    /// A line for each check.
    pub fn text(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let named = [
            ("electric charge", &self.charge),
            ("colour", &self.colour),
            ("hermiticity", &self.hermiticity),
        ];
        for (name, found) in named {
            match found.is_empty() {
                true => lines.push(format!("{name}: nothing found")),
                false => lines.extend(found.iter().map(|f| format!("{name}: {f}"))),
            }
        }
        let differ = self.widths_that_differ();
        lines.push(format!(
            "partial widths: {} of {} formulas agree with the vertices",
            self.widths.len() - differ.len(),
            self.widths.len()
        ));
        lines.extend(ModelNote::texts(&differ));
        if !self.gauges.is_empty() {
            lines.push(format!(
                "gauges: {} of {} squared matrix elements are the same in unitary and Feynman gauge",
                self.gauges.iter().filter(|g| g.agrees()).count(),
                self.gauges.len()
            ));
            lines.extend(ModelNote::texts(&self.gauges_that_differ()));
        }
        lines
    }

    /// All that was found, one note each.
    pub fn notes(&self) -> Vec<ModelNote> {
        [
            self.unsupported.clone(),
            self.charge.clone(),
            self.colour.clone(),
            self.hermiticity.clone(),
            self.widths_that_differ(),
            self.gauges_that_differ(),
        ]
        .concat()
    }

    fn gauges_that_differ(&self) -> Vec<ModelNote> {
        self.gauges.iter().filter_map(GaugeCheck::note).collect()
    }

    fn widths_that_differ(&self) -> Vec<ModelNote> {
        let note = |w: &WidthCheck| {
            let text = format!(
                "partial width of {}: {:e} GeV by its formula, {:e} GeV from the vertices",
                w.decay, w.stated, w.computed
            );
            ModelNote::new(NoteKind::PartialWidthDiffers, &w.decay, text)
        };
        self.widths
            .iter()
            .filter(|w| !w.agrees())
            .map(note)
            .collect()
    }

    /// The same for machines.
    pub fn json(&self) -> Value {
        let width = |w: &WidthCheck| {
            json!({
                "decay": w.decay, "stated_gev": w.stated, "computed_gev": w.computed,
                "agrees": w.agrees(),
            })
        };
        json!({
            "charge": ModelNote::texts(&self.charge),
            "colour": ModelNote::texts(&self.colour),
            "hermiticity": ModelNote::texts(&self.hermiticity),
            "widths": self.widths.iter().map(width).collect::<Vec<_>>(),
            "gauges": self.gauges.iter().map(GaugeCheck::json).collect::<Vec<_>>(),
        })
    }
}

/// Looks at all vertices of a model.
pub(super) fn check(model: &Model) -> ModelChecks {
    let mut checks = ModelChecks {
        unsupported: unsupported(model),
        hermiticity: hermiticity(model),
        ..ModelChecks::default()
    };
    for vertex in &model.vertices {
        let legs = || vertex.particles.iter().map(|&id| model.particle(id));
        let charge: i32 = legs().map(|p| p.charge_thirds).sum();
        let triality: i32 = legs().map(|p| triality(p.colour)).sum();
        let title = title(model, vertex);
        if charge != 0 {
            let charge = f64::from(charge) / 3.0;
            let text = format!("{title} changes it by {charge}");
            let note = ModelNote::new(NoteKind::ChargeNotConserved, &vertex.name, text);
            checks.charge.push(note);
        }
        if triality % 3 != 0 {
            let text = format!("{title} is no singlet");
            let note = ModelNote::new(NoteKind::NoColourSinglet, &vertex.name, text);
            checks.colour.push(note);
        }
    }
    checks.widths = widths(model);
    checks
}

/// What a representation is under the centre of SU(3).
fn triality(colour: i8) -> i32 {
    match colour {
        3 | -6 => 1,
        -3 | 6 => 2,
        _ => 0,
    }
}

/// What cannot be computed: colour structures, and each kind of vertex, tried once, alone, as
/// a decay of a particle that is made heavy enough.
fn unsupported(model: &Model) -> Vec<ModelNote> {
    let mut kinds = FxHashSet::default();
    let with_fault = |v: &Vertex| colour_fault(model, v).map(|error| (v.name.clone(), error));
    let faults = model.vertices.iter().filter_map(with_fault);
    let mut found: Vec<ModelNote> = faults
        .map(|(vertex, error)| ModelNote::new(NoteKind::Unsupported, vertex, error.to_string()))
        .collect();
    let mut heavier = model.clone();
    for vertex in &model.vertices {
        let colours = vertex.particles.iter().map(|&id| model.particle(id).colour);
        let terms: Vec<_> = vertex.terms.iter().map(|t| (t.colour, t.lorentz)).collect();
        let kind = (colours.collect::<Vec<_>>(), vertex.colour.clone(), terms);
        let Some(decay) = as_decay(model, vertex) else {
            continue;
        };
        if kinds.len() >= MOST_KINDS || !kinds.insert(kind) {
            continue;
        }
        heavier.vertices = vec![vertex.clone()];
        let compiled = made_heavy(&mut heavier, &decay, |model| {
            MatrixElement::compile(model, &decay, Frame::CentreOfMass)
        });
        if let Err(error) = compiled {
            let text = error.to_string();
            if found.iter().all(|note| note.text != text) {
                found.push(ModelNote::new(NoteKind::Unsupported, &vertex.name, text));
            }
        }
    }
    found
}

/// Widths of decays to two that the model has formulas for.
fn widths(model: &Model) -> Vec<WidthCheck> {
    let mut found = Vec::new();
    for width in &model.partial_widths {
        let (Some(stated), &[a, b]) = (width.width, &width.products[..]) else {
            continue;
        };
        let mass = |id: ParticleId| model.particle(id).mass;
        if mass(width.particle) <= mass(a) + mass(b) {
            continue;
        }
        let sub = Subprocess::new(vec![width.particle, a, b], 1);
        if let Ok(computed) = two_body(model, &sub) {
            found.push(WidthCheck {
                decay: sub.name(model),
                stated,
                computed: computed.width_gev,
            });
        }
    }
    found
}
