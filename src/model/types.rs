//! What a loaded model is made of: numbers and tables, all expressions evaluated.
//!
//! Conventions are those of UFO: the particles of a vertex are all outgoing, a
//! coupling multiplies a colour structure times a Lorentz structure and
//! contains the factor i of the Feynman rule, so a vertex is `i L`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ModelNote;

/// Index of a particle in [`Model::particles`]; a particle and its antiparticle are two entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParticleId(pub u16);

/// One state of the particle table.
#[derive(Clone, Debug, PartialEq)]
pub struct Particle {
    /// Name in process strings, e.g. `e-`, `u~`, `w+`.
    pub name: String,
    /// PDG Monte Carlo number; negative for antiparticles.
    pub pdg: i32,
    /// The antiparticle; the particle itself when self-conjugate.
    pub anti: ParticleId,
    /// `2 s + 1`: 1 scalar, 2 fermion, 3 vector, 4 spin 3/2, 5 spin 2.
    pub spin: u8,
    /// SU(3) representation: 1, 3, -3, 6, -6 or 8.
    pub colour: i8,
    /// Electric charge times three.
    pub charge_thirds: i32,
    /// Pole mass in GeV, not negative; exactly 0 for massless. See [`Model::signed_mass`].
    pub mass: f64,
    /// Total width in GeV.
    pub width: f64,
    /// Name of the mass parameter (`ZERO` for massless by construction).
    pub mass_name: String,
    /// Name of the width parameter.
    pub width_name: String,
    /// A propagator of its own, in place of that of its spin.
    pub propagator: Option<Propagator>,
    /// Whether it is a Goldstone boson, which only Feynman gauge has.
    pub is_goldstone: bool,
    /// Whether it has no denominator in its propagator (`propagating = False`): what it
    /// stands for is a contact interaction.
    pub is_instant: bool,
}

/// A propagator in UFO's syntax: `Metric(1,2)`, `P('mu',id)`, `Mass(id)`, `Width(id)`.
/// Parameters of the model are left as names.
#[derive(Clone, Debug, PartialEq)]
pub struct Propagator {
    /// Name in the model file.
    pub name: String,
    /// Numerator, without the factor i.
    pub numerator: String,
    /// Denominator; that of a Breit-Wigner line if there is none.
    pub denominator: Option<String>,
}

/// Gauge of the propagators of massive vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gauge {
    /// `-g + p p / m^2`; no Goldstone bosons.
    #[default]
    Unitary,
    /// `-g`, with the Goldstone bosons of a UFO model.
    Feynman,
}

/// A formula of a model for a partial width, with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialWidth {
    /// What decays.
    pub particle: ParticleId,
    /// Into what.
    pub products: Vec<ParticleId>,
    /// Value in GeV; `None` where the formula has none at the loaded parameters.
    pub width: Option<f64>,
}

impl Particle {
    /// Physical helicities as event records have them: twice the spin projection of
    /// fermions, the spin projection of bosons.
    pub(crate) fn helicities(&self) -> &'static [i8] {
        match self.spin {
            1 => &[0],
            2 => &[-1, 1],
            3 if self.mass == 0.0 => &[-1, 1],
            3 => &[-1, 0, 1],
            4 if self.mass == 0.0 => &[-3, 3],
            4 => &[-3, -1, 1, 3],
            _ if self.mass == 0.0 => &[-2, 2],
            _ => &[-2, -1, 0, 1, 2],
        }
    }

    /// Number of physical helicities.
    pub(crate) fn n_helicities(&self) -> usize {
        self.helicities().len()
    }

    /// Dimension of the colour representation.
    pub(crate) fn n_colours(&self) -> usize {
        usize::from(self.colour.unsigned_abs())
    }

    /// Whether the particle obeys Fermi statistics.
    pub fn is_fermion(&self) -> bool {
        self.spin.is_multiple_of(2)
    }
}

/// A coupling order such as QCD or QED.
#[derive(Clone, Debug, PartialEq)]
pub struct CouplingOrder {
    /// Name in process strings.
    pub name: String,
    /// Weight in the WEIGHTED ordering (QCD 1, QED 2 in the Standard Model).
    pub hierarchy: u32,
    /// Highest power in an amplitude, unless the process says another; `None` for no limit.
    pub expansion: Option<u32>,
    /// What a vertex counts in addition for each of its legs beyond two; not 0 where files
    /// state negative powers. All powers and limits inside have it in them.
    pub offset: u32,
}

impl CouplingOrder {
    /// What a vertex, or a diagram, with so many legs counts in addition.
    pub fn offset_of(&self, n_legs: usize) -> u32 {
        self.offset * (n_legs as u32).saturating_sub(2)
    }
}

/// A complex number as (re, im).
pub(crate) type ComplexValue = (f64, f64);

/// A coupling with its value at the loaded parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Coupling {
    /// Name in the model file.
    pub name: String,
    /// Value, the factor i of the Feynman rule included.
    pub value: ComplexValue,
    /// Powers of the coupling orders, in the order of [`Model::orders`].
    pub orders: Vec<u8>,
}

/// A named Lorentz structure.
#[derive(Clone, Debug, PartialEq)]
pub struct LorentzStructure {
    /// Name in the model file, e.g. `FFV2`.
    pub name: String,
    /// `2 s + 1` of each leg.
    pub spins: Vec<u8>,
    /// UFO expression, e.g. `Gamma(3,2,-1)*ProjM(-1,1)`.
    pub structure: String,
}

/// One term of a vertex: colour structure times Lorentz structure times coupling.
#[derive(Clone, Debug, PartialEq)]
pub struct VertexTerm {
    /// Index into [`Vertex::colour`].
    pub colour: usize,
    /// Index into [`Model::lorentz`].
    pub lorentz: usize,
    /// Index into [`Model::couplings`].
    pub coupling: usize,
}

/// An interaction; only terms with a non-zero coupling are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Vertex {
    /// Name in the model file.
    pub name: String,
    /// Outgoing particles, in the order that the structures count from 1.
    pub particles: Vec<ParticleId>,
    /// UFO colour expressions, e.g. `T(3,2,1)`, `f(-1,1,2)*f(3,4,-1)`, `Identity(1,2)`, `1`.
    pub colour: Vec<String>,
    /// The terms that are added up.
    pub terms: Vec<VertexTerm>,
}

/// Where a parameter comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterOrigin {
    /// An input, with its SLHA block and code.
    External {
        /// SLHA block, e.g. `SMINPUTS`.
        block: String,
        /// SLHA code within the block.
        code: Vec<i32>,
    },
    /// Computed from others by this expression.
    Internal {
        /// UFO expression.
        expression: String,
        /// SLHA block and code where cards state it, if they do.
        slha: Option<(String, Vec<i32>)>,
    },
}

/// A named number of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name in expressions and in `set = { ... }`.
    pub name: String,
    /// Value; the imaginary part is zero for real parameters.
    pub value: ComplexValue,
    /// Input or derived.
    pub origin: ParameterOrigin,
}

/// A Lagrangian at tree level, evaluated at one set of parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Name, e.g. `sm`.
    pub name: String,
    /// Restrictions applied, in order.
    pub restrictions: Vec<String>,
    /// Which electroweak parameters are inputs, e.g. `alpha (aEWM1, Gf, MZ)`; empty
    /// in a model without a choice.
    pub scheme: String,
    /// Coupling orders.
    pub orders: Vec<CouplingOrder>,
    /// Particle table.
    pub particles: Vec<Particle>,
    /// Parameters, inputs first, then derived in order of evaluation.
    pub parameters: Vec<Parameter>,
    /// Couplings with their values.
    pub couplings: Vec<Coupling>,
    /// Lorentz structures.
    pub lorentz: Vec<LorentzStructure>,
    /// Vertices with at least one non-zero coupling.
    pub vertices: Vec<Vertex>,
    /// Multiparticle labels that the model predefines (`p`, `j`, `l+`, ...).
    pub multiparticles: BTreeMap<String, Vec<ParticleId>>,
    /// The gauge of massive vectors.
    pub gauge: Gauge,
    /// What the model states of partial widths.
    pub partial_widths: Vec<PartialWidth>,
    /// What is unusual about the model.
    pub notes: Vec<ModelNote>,
}

impl Model {
    /// The particle of an id.
    pub fn particle(&self, id: ParticleId) -> &Particle {
        &self.particles[usize::from(id.0)]
    }

    /// The antiparticle of an id.
    pub fn anti(&self, id: ParticleId) -> ParticleId {
        self.particle(id).anti
    }

    /// Mass in GeV, with the sign of the mass parameter for a fermion: momenta have the
    /// mass, spinors and numerators of propagators the signed one.
    pub fn signed_mass(&self, id: ParticleId) -> f64 {
        let p = self.particle(id);
        let negative = self.parameter(&p.mass_name).is_some_and(|m| m < 0.0);
        if negative && p.is_fermion() {
            -p.mass.abs()
        } else {
            p.mass
        }
    }

    /// Looks a particle up by its name.
    pub fn by_name(&self, name: &str) -> Option<ParticleId> {
        self.ids().find(|&id| self.particle(id).name == name)
    }

    /// Looks a particle up by its name in any case; nothing if several have it.
    pub fn by_folded_name(&self, name: &str) -> Option<ParticleId> {
        let lower = name.to_lowercase();
        let mut found = (self.ids()).filter(|&id| self.particle(id).name.to_lowercase() == lower);
        found.next().filter(|_| found.next().is_none())
    }

    /// Looks a particle up by its PDG number.
    pub fn by_pdg(&self, pdg: i32) -> Option<ParticleId> {
        self.ids().find(|&id| self.particle(id).pdg == pdg)
    }

    /// All particle ids.
    pub fn ids(&self) -> impl Iterator<Item = ParticleId> + '_ {
        (0..self.particles.len()).map(|k| ParticleId(k as u16))
    }

    /// Value of a parameter (real part), if the model has it.
    pub fn parameter(&self, name: &str) -> Option<f64> {
        self.parameters
            .iter()
            .find(|p| p.name == name)
            .map(|p| p.value.0)
    }

    /// Position of a coupling order in order vectors.
    pub fn order_index(&self, name: &str) -> Option<usize> {
        self.orders.iter().position(|o| o.name == name)
    }

    /// What diagrams of so many legs count in addition in the sum of hierarchy times power.
    pub(crate) fn offset_weight(&self, n_legs: usize) -> u32 {
        let orders = self.orders.iter();
        orders.map(|o| o.hierarchy * o.offset_of(n_legs)).sum()
    }
}
