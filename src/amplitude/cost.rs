//! Size and floating-point operations of a program, for reports: additions and
//! multiplications count one each, a fused pair two.
//!
//! Knows steps; knows no lanes.

use super::MatrixElement;
use super::graph::{LOWER, UPPER};
use super::program::{Code, Item, ItemCode, Program, Step};

/// Size of a compiled graph, for reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphSize {
    /// Steps of the interpreter per block of points.
    pub instructions: usize,
    /// Propagating currents.
    pub currents: usize,
    /// Vertices.
    pub vertices: usize,
    /// Helicity configurations that do not vanish.
    pub helicities: usize,
    /// Configurations that are computed; parity gives the others.
    pub computed_helicities: usize,
    /// Colour flows.
    pub flows: usize,
    /// Flows that are computed; the others are combinations of them.
    pub computed_flows: usize,
    /// Flow amplitudes that are computed, over all configurations.
    pub amplitudes: usize,
    /// Products of two currents in them.
    pub products: usize,
    /// Additions and multiplications per point.
    pub flops: u64,
    /// Complex numbers of workspace per point for currents.
    pub workspace: usize,
    /// Bytes of the whole workspace per point in f64.
    pub workspace_bytes: usize,
}

impl MatrixElement {
    /// Counts for reports.
    pub fn size(&self) -> GraphSize {
        let p = &self.program;
        let count = |range: std::ops::RangeInclusive<u8>| {
            let inside = |s: &&Step| range.contains(&(s.code as u8));
            p.steps.iter().filter(inside).count()
        };
        // Scalar products are parts of four-vector vertices, or vertices with scalars.
        let dots = count(Code::Dot as u8..=Code::Dot as u8);
        let sums = p.configurations.iter().flat_map(|c| {
            let from = c.shared[1];
            let ends = &p.ends[c.ends..][..p.n_flow * p.n_order];
            let begins = std::iter::once(from).chain(ends.iter().copied());
            begins
                .zip(ends)
                .map(|(from, &to)| to > from)
                .collect::<Vec<_>>()
        });
        let amplitudes = sums
            .collect::<Vec<_>>()
            .chunks(p.n_order.max(1))
            .filter(|orders| orders.contains(&true))
            .count();
        let shared = |i: &&Item| i.code != ItemCode::Shared;
        GraphSize {
            instructions: p.steps.len(),
            currents: count(Code::PropagateScalar as u8..=u8::MAX),
            vertices: count(Code::YangMills as u8..=Code::Generic as u8) - dots,
            helicities: p.helicities.len(),
            computed_helicities: p.configurations.len(),
            flows: self.flows().len(),
            computed_flows: p.n_flow,
            amplitudes,
            products: p.items.iter().filter(shared).count(),
            flops: flops(p),
            workspace: p.n_places,
            workspace_bytes: workspace_bytes(p),
        }
    }
}

/// Complex multiplication, and one with an addition.
const MULTIPLY: u64 = 6;
const MULTIPLY_ADD: u64 = 8;
/// A complex number times a real one, added.
const SCALE_ADD: u64 = 4;
/// Scalar product of two complex vectors.
const DOT: u64 = MULTIPLY + 3 * MULTIPLY_ADD;
/// Scalar product with a real momentum.
const MOMENTUM_DOT: u64 = 14;
/// One chirality of a fermion pair to a vector, and of a vector on a spinor.
const CHIRAL: u64 = 44;
/// A momentum on half a spinor.
const NUMERATOR: u64 = 22;
/// Momentum, direction and denominators of a table entry.
const SUM: u64 = 4;
const DIRECTION: u64 = 40;
const POLE: u64 = 15;
const WAVE: u64 = 20;

/// Operations per phase-space point.
fn flops(p: &Program) -> u64 {
    let legs = p.n_ext as u64 * DIRECTION;
    let tables = legs + p.momenta.len() as u64 * SUM + p.poles.len() as u64 * POLE;
    let steps: u64 = p.steps.iter().map(|s| step(p, s)).sum();
    let items: u64 = p.items.iter().map(item).sum();
    // Sums and differences, half of symmetric blocks on complex numbers, squares.
    let (n, m) = (p.n_flow as u64, p.colour.m as u64);
    let colour = 2 * n * u64::from(p.colour.levels) + 2 * n * (m + 1) + 4 * n;
    tables + steps + items + p.configurations.len() as u64 * colour
}

fn item(item: &Item) -> u64 {
    let product = match item.code {
        ItemCode::Vectors | ItemCode::Spinors => DOT,
        ItemCode::Halves => MULTIPLY + MULTIPLY_ADD,
        ItemCode::Scalars => MULTIPLY,
        ItemCode::Shared => 0,
    };
    product
        + if item.factor.im == 0.0 {
            SCALE_ADD
        } else {
            MULTIPLY_ADD
        }
}

fn step(p: &Program, s: &Step) -> u64 {
    let finish = |parts: u8| {
        let components = 2 * u64::from(parts.count_ones());
        components * if s.d == 1 { 2 } else { MULTIPLY }
    };
    let fermion = |parts: u8| {
        let halves = u64::from(parts.count_ones());
        if s.x > 0.0 {
            halves * (NUMERATOR + 2 * SCALE_ADD) + finish(UPPER | LOWER)
        } else {
            halves * NUMERATOR + finish(parts)
        }
    };
    match s.code {
        Code::Wave => WAVE,
        Code::LoadFour => 4 * SCALE_ADD,
        Code::LoadUpper | Code::LoadLower => 2 * SCALE_ADD,
        Code::LoadScalar => SCALE_ADD,
        Code::TurnFour => 4 * MULTIPLY_ADD,
        Code::TurnUpper | Code::TurnLower => 2 * MULTIPLY_ADD,
        Code::TurnScalar => MULTIPLY_ADD,
        Code::YangMills => 22 + DOT + 2 * MOMENTUM_DOT + 4 * (1 + SCALE_ADD + 2 * MULTIPLY_ADD),
        Code::FourVectors => 6 + 12 * MULTIPLY_ADD,
        Code::FourVectorsComplex => 3 * MULTIPLY + 12 * MULTIPLY_ADD,
        Code::FermionsLeft
        | Code::FermionsRight
        | Code::ColumnLeft
        | Code::ColumnRight
        | Code::RowLeft
        | Code::RowRight => CHIRAL,
        Code::FermionsEqual | Code::ColumnEqual | Code::RowEqual => 2 * CHIRAL,
        Code::FermionsBoth | Code::ColumnBoth | Code::RowBoth => 2 * (CHIRAL + MULTIPLY),
        Code::ProductLeft | Code::ProductRight => MULTIPLY + MULTIPLY_ADD + SCALE_ADD,
        Code::ProductEqual => 2 * (MULTIPLY + MULTIPLY_ADD) + 2 + SCALE_ADD,
        Code::ProductBoth => 3 * MULTIPLY + 2 * MULTIPLY_ADD + 2 + SCALE_ADD,
        Code::YukawaLeft | Code::YukawaRight => 2 + 2 * MULTIPLY_ADD,
        Code::YukawaEqual => 2 + 4 * MULTIPLY_ADD,
        Code::YukawaBoth => 2 + MULTIPLY + 4 * MULTIPLY_ADD,
        Code::Dot => DOT + SCALE_ADD,
        Code::DotScalar => DOT + MULTIPLY + SCALE_ADD,
        Code::VectorScalar => 2 + 4 * MULTIPLY_ADD,
        Code::VectorScalars => MULTIPLY + 2 + 4 * MULTIPLY_ADD,
        Code::TwoScalars => 2 + MULTIPLY_ADD,
        Code::ThreeScalars => 2 + MULTIPLY + MULTIPLY_ADD,
        Code::Generic => {
            let call = &p.calls[s.a as usize];
            let terms = p.generic[call.part].terms.iter();
            let momenta: usize = terms.map(|((_, monomial), _)| 2 * monomial.len()).sum();
            let n_terms = p.generic[call.part].terms.len() as u64;
            n_terms * (call.children.len() as u64 * MULTIPLY + 2) + momenta as u64
        }
        Code::StoreFour | Code::StoreUpper | Code::StoreLower | Code::StoreScalar => 0,
        Code::PropagateScalar => MULTIPLY,
        Code::PropagateVector => finish(UPPER | LOWER),
        Code::PropagatePhoton | Code::PropagateToPhoton => {
            MOMENTUM_DOT + 10 + 4 * SCALE_ADD + finish(UPPER | LOWER)
        }
        Code::PropagateMassive => MOMENTUM_DOT + 2 + 4 * SCALE_ADD + finish(UPPER | LOWER),
        Code::PropagateColumnUpper
        | Code::PropagateColumnLower
        | Code::PropagateRowUpper
        | Code::PropagateRowLower => fermion(UPPER),
        Code::PropagateColumn | Code::PropagateRow => fermion(UPPER | LOWER),
    }
}

/// Bytes of workspace per phase-space point, in f64.
fn workspace_bytes(p: &Program) -> usize {
    let complex = p.n_places + p.poles.len() + p.n_products + p.n_flow;
    let real = 4 * p.momenta.len() + 12 * p.n_ext + p.n_order + 1;
    (2 * complex + real) * size_of::<f64>()
}
