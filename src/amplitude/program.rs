//! A graph laid out for evaluation: instructions with places in memory.
//!
//! Plain arrays without pointers, so that a program can be written, read and carried to a
//! device as it is. Knows the graph and its schedule; knows no lanes.

use super::colour_sum::ColourSum;
use super::encode::Encoder;
use super::graph::{Dag, Kind, Pole};
use super::momentum_function::MomentumFunction;
use super::operations::Opcode;
use super::schedule::{Action, schedule};
use super::tensor_code::TensorCode;
use super::verify::{ProgramError, verify};
use crate::diagram::LegSet;
use num_complex::Complex64;
use std::ops::Deref;
use std::sync::Arc;

/// A place in the workspace of a block: so many complex lanes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Place(pub(crate) u32);

/// An entry of the table of momenta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct MomentumIndex(pub(crate) u32);

/// A momentum that is needed: a leg or the sum of two that come before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum MomentumEntry {
    /// Leg number; `-1` times its momentum where outgoing.
    Leg(usize),
    /// Entries of the momentum table.
    Sum(MomentumIndex, MomentumIndex),
    /// One that comes before; zero where propagators between the incoming legs have widths.
    WithoutWidths(MomentumIndex),
}

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub(crate) struct Instruction {
    pub(crate) opcode: Opcode,
    /// Whether the denominator of a propagator is real.
    pub(crate) real_pole: bool,
    /// Operands in the order of [`Opcode::operands`]: places and entries of tables.
    /// A result has its place and, if it is a propagator, its pole before them. A wave has
    /// the entry of [`ProgramArrays::waves`].
    pub(crate) operands: [u32; 4],
    /// The factor of a load or a vertex; the mass of a propagator.
    pub(crate) x: f64,
}

/// An external wave function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExternalWave {
    pub(crate) leg: usize,
    pub(crate) helicity: i8,
    pub(crate) kind: Kind,
    /// Halves of a spinor that are stored.
    pub(crate) parts: u8,
    pub(crate) out: Place,
}

/// Three vectors with weighted scalar products of the other two.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct ContactVVVV {
    pub(crate) vectors: [Place; 3],
    /// Places of the scalar products (b.c, a.c, a.b).
    pub(crate) dots: [Place; 3],
    pub(crate) weights: [Complex64; 3],
}

/// A vertex given by its tensor.
#[derive(Clone, Debug)]
pub(crate) struct TensorCall {
    /// Entry of [`ProgramArrays::tensor_codes`].
    pub(crate) code: usize,
    /// Places of the nodes.
    pub(crate) children: Vec<Place>,
    /// Momenta of the nodes, then their sum.
    pub(crate) momenta: Vec<MomentumIndex>,
}

/// A function of momenta.
#[derive(Clone, Debug)]
pub(crate) struct FunctionCall {
    /// Entry of [`ProgramArrays::functions`].
    pub(crate) function: usize,
    /// Momenta of the slots, and whether they flow out.
    pub(crate) momenta: Vec<(MomentumIndex, bool)>,
    pub(crate) out: Place,
}

/// A product of two nodes that goes into an amplitude.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Product {
    pub(crate) kind: ProductKind,
    pub(crate) a: Place,
    pub(crate) b: Place,
    pub(crate) factor: Complex64,
}

/// How a [`Product`] is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ProductKind {
    /// Two vectors.
    Vectors,
    /// Two halves of spinors.
    Halves,
    /// Two Dirac spinors.
    Spinors,
    /// Two scalars.
    Scalars,
    /// Two tensors of spin 2.
    Tensors,
    /// Two of spin 3/2.
    VectorSpinors,
    /// A product of [`ProgramConfiguration::shared`]: its number is in place of a.
    Shared,
}

/// A helicity configuration.
#[derive(Clone, Debug)]
pub(crate) struct ProgramConfiguration {
    /// Row of the results.
    pub(crate) row: usize,
    /// Row with the same values, related by parity.
    pub(crate) mirror: Option<usize>,
    /// Factors of the two rows.
    pub(crate) weights: [f64; 2],
    /// Instructions to run before it: up to this one.
    pub(crate) instructions_end: usize,
    /// Products that several sums use: range of [`ProgramArrays::products`].
    pub(crate) shared: [u32; 2],
    /// First entry of [`ProgramArrays::offsets`], one for each flow and order.
    pub(crate) offsets: usize,
}

/// The arrays of a program.
#[derive(Clone, Debug)]
pub(crate) struct ProgramArrays {
    pub(crate) n_ext: usize,
    pub(crate) n_in: usize,
    /// Of the legs; negative where spinors have them so.
    pub(crate) masses: Vec<f64>,
    pub(crate) momenta: Vec<MomentumEntry>,
    pub(crate) poles: Vec<(MomentumIndex, Pole)>,
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) waves: Vec<ExternalWave>,
    /// Legs with longitudinal polarisations, which grow like E / m.
    pub(crate) longitudinal: Vec<usize>,
    /// Massless incoming and outgoing legs without a propagator of just the two.
    pub(crate) unshared: Vec<(usize, usize)>,
    pub(crate) contacts: Vec<ContactVVVV>,
    pub(crate) constants: Vec<Complex64>,
    pub(crate) tensor_calls: Vec<TensorCall>,
    pub(crate) tensor_codes: Vec<TensorCode>,
    pub(crate) function_calls: Vec<FunctionCall>,
    pub(crate) functions: Vec<MomentumFunction>,
    pub(crate) configurations: Vec<ProgramConfiguration>,
    pub(crate) products: Vec<Product>,
    /// Ends of the product ranges of all sums; each starts where the one before ends.
    pub(crate) offsets: Vec<u32>,
    /// Helicities of every row of the results.
    pub(crate) helicities: Vec<Vec<i8>>,
    /// Flows that are computed.
    pub(crate) n_flow: usize,
    pub(crate) n_order: usize,
    /// Powers of the strong coupling, order by order.
    pub(crate) qcd_powers: Vec<u32>,
    /// Colour matrix of the flows that are computed.
    pub(crate) colour: Arc<ColourSum>,
    /// Size of the workspace in complex lanes.
    pub(crate) n_places: usize,
    /// Most shared products in one configuration.
    pub(crate) n_products: usize,
    /// Most sums of one tensor vertex.
    pub(crate) n_temporaries: usize,
}

/// Everything the kernels need: arrays whose entries all lie where they must. Kernels
/// read and write without further checks.
#[derive(Clone, Debug)]
pub(crate) struct AmplitudeProgram(ProgramArrays);

impl AmplitudeProgram {
    /// Checks the arrays, once and for all: they cannot be changed afterwards.
    ///
    /// # Errors
    /// [`ProgramError`] with the first entry that is out of place.
    pub fn new(arrays: ProgramArrays) -> Result<Self, ProgramError> {
        verify(&arrays)?;
        Ok(Self(arrays))
    }
}

impl Deref for AmplitudeProgram {
    type Target = ProgramArrays;

    fn deref(&self) -> &ProgramArrays {
        &self.0
    }
}

/// Tables that instructions refer to while they are made.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) momenta: Vec<MomentumEntry>,
    momentum_of: Vec<(LegSet, MomentumIndex)>,
    /// Incoming legs, and all of them.
    legs: [LegSet; 2],
    pub(crate) poles: Vec<(MomentumIndex, Pole)>,
}

impl Tables {
    /// Tables of a program with so many incoming legs and legs.
    pub fn new(n_in: usize, n_ext: usize) -> Self {
        Self {
            legs: [(1 << n_in) - 1, (1 << n_ext) - 1],
            ..Self::default()
        }
    }

    /// Table entry of the momentum of a set.
    pub(crate) fn momentum(&mut self, set: LegSet) -> MomentumIndex {
        if let Some(found) = self.momentum_of.iter().find(|m| m.0 == set) {
            return found.1;
        }
        let entry = if set.count_ones() == 1 {
            MomentumEntry::Leg(set.trailing_zeros() as usize)
        } else {
            let low = set & set.wrapping_neg();
            MomentumEntry::Sum(self.momentum(low), self.momentum(set & !low))
        };
        self.momenta.push(entry);
        let at = MomentumIndex(self.momenta.len() as u32 - 1);
        self.momentum_of.push((set, at));
        at
    }

    /// Table entry of a momentum that is zero where propagators between the incoming legs
    /// have widths.
    pub(crate) fn without_widths(&mut self, of: MomentumIndex) -> MomentumIndex {
        let entry = MomentumEntry::WithoutWidths(of);
        let at = self.momenta.iter().position(|m| *m == entry);
        let at = at.unwrap_or_else(|| {
            self.momenta.push(entry);
            self.momenta.len() - 1
        });
        MomentumIndex(at as u32)
    }

    /// Table entries of the momentum and of the denominator.
    ///
    /// The denominator of a resonance is that of its products: what the momenta lack to
    /// their conservation would count in widths, and those may be narrow.
    pub(crate) fn pole(&mut self, pole: Pole) -> (MomentumIndex, u32) {
        let momentum = self.momentum(pole.set);
        let [incoming, all] = self.legs;
        let is_resonance = pole.width > 0.0 && pole.set & incoming == incoming;
        let squared = match is_resonance {
            true => self.momentum(all & !pole.set),
            false => momentum,
        };
        let at = self
            .poles
            .iter()
            .position(|p| p.1 == pole)
            .unwrap_or_else(|| {
                self.poles.push((squared, pole));
                self.poles.len() - 1
            });
        (momentum, at as u32)
    }
}

/// Lays a graph out. `colour` is the matrix of the flows.
pub(crate) fn lay_out(
    dag: &Dag,
    masses: Vec<f64>,
    n_in: usize,
    qcd_powers: Vec<u32>,
    colour: Arc<ColourSum>,
) -> AmplitudeProgram {
    let order = schedule(dag);
    let n_order = qcd_powers.len();
    let mut encoder = Encoder::new(dag, &order, Tables::new(n_in, masses.len()));
    for &action in &order.actions {
        match action {
            Action::Node(k) => encoder.node(k),
            Action::Configuration(c) => encoder.configuration(c),
        }
    }
    let Encoder {
        tables,
        instructions,
        waves,
        contacts,
        constants,
        tensor_calls,
        tensor_codes,
        function_calls,
        configurations,
        products,
        offsets,
        n_products,
        ..
    } = encoder;
    // Every row is either computed or the mirror of one.
    let mut helicities = vec![vec![]; 2 * dag.configurations.len()];
    for c in &dag.configurations {
        helicities[c.row].clone_from(&c.helicities);
        if let Some(m) = c.mirror {
            helicities[m] = c.helicities.iter().map(|h| -h).collect();
        }
    }
    helicities.retain(|h| !h.is_empty());
    let grows = |w: &&ExternalWave| {
        (w.kind == Kind::Vector && w.helicity == 0 || w.kind.is_wide()) && masses[w.leg] != 0.0
    };
    let mut longitudinal: Vec<usize> = waves.iter().filter(grows).map(|w| w.leg).collect();
    longitudinal.sort_unstable();
    longitudinal.dedup();
    let unshared = unshared(&masses, n_in, &tables.poles);
    let n_flow = dag
        .configurations
        .first()
        .map_or(0, |a| a.sums.len() / n_order.max(1));
    let n_temporaries = tensor_codes.iter().map(|c| c.ends.len()).max().unwrap_or(0);
    let arrays = ProgramArrays {
        n_ext: masses.len(),
        n_in,
        masses,
        momenta: tables.momenta,
        poles: tables.poles,
        instructions,
        waves,
        longitudinal,
        unshared,
        contacts,
        constants,
        tensor_calls,
        tensor_codes,
        function_calls,
        functions: dag.functions.clone(),
        configurations,
        products,
        offsets,
        helicities,
        n_flow,
        n_order,
        qcd_powers,
        colour,
        n_places: order.n_places as usize,
        n_products,
        n_temporaries,
    };
    AmplitudeProgram::new(arrays).expect("the encoder keeps to the schedule")
}

/// Pairs of a massless incoming and a massless outgoing leg that are no propagator.
fn unshared(masses: &[f64], n_in: usize, poles: &[(MomentumIndex, Pole)]) -> Vec<(usize, usize)> {
    let everything: LegSet = (1 << masses.len()) - 1;
    let massless = |leg: &usize| masses[*leg] == 0.0;
    let outgoing = || (n_in..masses.len()).filter(massless);
    let pairs = (0..n_in)
        .filter(massless)
        .flat_map(|a| outgoing().map(move |b| (a, b)));
    let no_pole = |&(a, b): &(usize, usize)| {
        let set: LegSet = 1 << a | 1 << b;
        poles
            .iter()
            .all(|(_, p)| p.set != set && p.set != everything & !set)
    };
    pairs.filter(no_pole).collect()
}
