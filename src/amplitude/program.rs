//! A graph laid out for evaluation: compact steps with places in memory.
//!
//! Knows the graph and its schedule; knows no lanes.

use super::colour_sum::ColourSum;
use super::encode::Encoder;
use super::graph::{Dag, Kind, Pole};
use super::lorentz::Tensor;
use super::schedule::{Action, schedule};
use crate::diagram::LegSet;
use num_complex::Complex64;
use std::sync::Arc;

/// A momentum that is needed: a leg or the sum of two that come before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Momentum {
    /// Leg number; `-1` times its momentum where outgoing.
    Leg(usize),
    /// Entries of the momentum table.
    Sum(u32, u32),
}

/// What a step does. Vertices add `x` times themselves to the sum that is being
/// built; `Store..` and `Propagate..` end it. Suffixes: `Left` and `Right` for one
/// chirality, `Equal` for a vector coupling, `Both` for any ratio of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Code {
    /// External wave function: entry of [`Program::waves`].
    Wave,
    /// A node: place.
    LoadFour,
    LoadUpper,
    LoadLower,
    LoadScalar,
    /// The same times a complex number: place, -, -, number.
    TurnFour,
    TurnUpper,
    TurnLower,
    TurnScalar,
    /// Vectors and entries of their momenta.
    YangMills,
    /// Entry of [`Program::quads`], real or complex weights.
    FourVectors,
    FourVectorsComplex,
    /// Row and column (the halves needed).
    FermionsLeft,
    FermionsRight,
    FermionsEqual,
    FermionsBoth,
    /// Spinor and vector.
    ColumnLeft,
    ColumnRight,
    ColumnEqual,
    ColumnBoth,
    RowLeft,
    RowRight,
    RowEqual,
    RowBoth,
    /// Row and column.
    ProductLeft,
    ProductRight,
    ProductEqual,
    ProductBoth,
    /// Fermion and scalar.
    YukawaLeft,
    YukawaRight,
    YukawaEqual,
    YukawaBoth,
    /// Two vectors, with a scalar.
    Dot,
    DotScalar,
    /// A vector with one or two scalars.
    VectorScalar,
    VectorScalars,
    /// Two or three scalars.
    TwoScalars,
    ThreeScalars,
    /// Entry of [`Program::calls`].
    Generic,
    /// Place.
    StoreFour,
    StoreUpper,
    StoreLower,
    StoreScalar,
    /// Place, pole, momentum, 1 where the denominator is real; `x` is the mass.
    PropagateScalar,
    PropagateVector,
    /// The current of two legs that exchange a photon, and the current of the
    /// others: less a multiple of the momentum.
    PropagatePhoton,
    PropagateToPhoton,
    PropagateMassive,
    PropagateColumnUpper,
    PropagateColumnLower,
    PropagateColumn,
    PropagateRowUpper,
    PropagateRowLower,
    PropagateRow,
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) code: Code,
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) c: u32,
    pub(crate) d: u32,
    pub(crate) x: f64,
}

/// An external wave function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wave {
    pub(crate) leg: usize,
    pub(crate) helicity: i8,
    pub(crate) kind: Kind,
    pub(crate) parts: u8,
    pub(crate) out: u32,
}

/// Three vectors with weighted scalar products of the other two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quad {
    pub(crate) vectors: [u32; 3],
    /// Places of the scalar products (b.c, a.c, a.b).
    pub(crate) dots: [u32; 3],
    pub(crate) weights: [Complex64; 3],
}

/// A vertex given by its tensor.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) part: usize,
    pub(crate) out_slot: u8,
    /// Slot, place, which halves are stored (3 for anything but a half spinor),
    /// entry of the momentum.
    pub(crate) children: Vec<(u8, u32, u8, u32)>,
}

/// A product of two nodes that goes into an amplitude.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) code: ItemCode,
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) factor: Complex64,
}

/// How an [`Item`] is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ItemCode {
    /// Two vectors.
    Vectors,
    /// Two halves of spinors.
    Halves,
    /// Two Dirac spinors.
    Spinors,
    /// Two scalars.
    Scalars,
    /// A product of [`Configuration::shared`]: its number.
    Shared,
}

/// A helicity configuration.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    /// Row of the results.
    pub(crate) row: usize,
    /// Row with the same values, related by parity.
    pub(crate) mirror: Option<usize>,
    /// Steps to run before it: up to this one.
    pub(crate) steps_end: usize,
    /// Products that several sums use: range of [`Program::items`].
    pub(crate) shared: [u32; 2],
    /// First entry of [`Program::ends`], one for each flow and order.
    pub(crate) ends: usize,
}

/// Everything the kernels need.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) n_ext: usize,
    pub(crate) n_in: usize,
    pub(crate) masses: Vec<f64>,
    pub(crate) momenta: Vec<Momentum>,
    pub(crate) poles: Vec<(u32, Pole)>,
    pub(crate) steps: Vec<Step>,
    pub(crate) waves: Vec<Wave>,
    /// Legs with longitudinal polarisations, which grow like E / m.
    pub(crate) longitudinal: Vec<usize>,
    /// Massless incoming and outgoing legs without a propagator of just the two.
    pub(crate) unshared: Vec<(usize, usize)>,
    pub(crate) quads: Vec<Quad>,
    pub(crate) numbers: Vec<Complex64>,
    pub(crate) calls: Vec<Call>,
    pub(crate) generic: Vec<Tensor>,
    pub(crate) configurations: Vec<Configuration>,
    pub(crate) items: Vec<Item>,
    /// Ends of the item ranges of all sums; each starts where the one before ends.
    pub(crate) ends: Vec<u32>,
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
}

/// Tables that steps refer to while they are made.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) momenta: Vec<Momentum>,
    momentum_of: Vec<(LegSet, u32)>,
    pub(crate) poles: Vec<(u32, Pole)>,
}

impl Tables {
    /// Table entry of the momentum of a set.
    pub(crate) fn momentum(&mut self, set: LegSet) -> u32 {
        if let Some(found) = self.momentum_of.iter().find(|m| m.0 == set) {
            return found.1;
        }
        let entry = if set.count_ones() == 1 {
            Momentum::Leg(set.trailing_zeros() as usize)
        } else {
            let low = set & set.wrapping_neg();
            Momentum::Sum(self.momentum(low), self.momentum(set & !low))
        };
        self.momenta.push(entry);
        let at = self.momenta.len() as u32 - 1;
        self.momentum_of.push((set, at));
        at
    }

    /// Table entries of the momentum and of the denominator.
    pub(crate) fn pole(&mut self, pole: Pole) -> (u32, u32) {
        let momentum = self.momentum(pole.set);
        let at = self
            .poles
            .iter()
            .position(|p| p.1 == pole)
            .unwrap_or_else(|| {
                self.poles.push((momentum, pole));
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
) -> Program {
    let order = schedule(dag);
    let n_order = qcd_powers.len();
    let mut encoder = Encoder::new(dag, &order);
    for &action in &order.actions {
        match action {
            Action::Node(k) => encoder.node(k),
            Action::Configuration(c) => encoder.configuration(c),
        }
    }
    let Encoder {
        tables,
        steps,
        waves,
        quads,
        numbers,
        calls,
        configurations,
        items,
        ends,
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
    let grows = |w: &&Wave| w.kind == Kind::Vector && w.helicity == 0 && masses[w.leg] > 0.0;
    let mut longitudinal: Vec<usize> = waves.iter().filter(grows).map(|w| w.leg).collect();
    longitudinal.sort_unstable();
    longitudinal.dedup();
    let unshared = unshared(&masses, n_in, &tables.poles);
    let n_flow = dag
        .configurations
        .first()
        .map_or(0, |a| a.sums.len() / n_order.max(1));
    Program {
        n_ext: masses.len(),
        n_in,
        masses,
        momenta: tables.momenta,
        poles: tables.poles,
        steps,
        waves,
        longitudinal,
        unshared,
        quads,
        numbers,
        calls,
        generic: dag.generic.clone(),
        configurations,
        items,
        ends,
        helicities,
        n_flow,
        n_order,
        qcd_powers,
        colour,
        n_places: order.n_places as usize,
        n_products,
    }
}

/// Pairs of a massless incoming and a massless outgoing leg that are no propagator.
fn unshared(masses: &[f64], n_in: usize, poles: &[(u32, Pole)]) -> Vec<(usize, usize)> {
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
