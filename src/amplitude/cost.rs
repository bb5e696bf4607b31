//! Size and floating-point operations of a program, for reports: additions and
//! multiplications count one each, a fused pair two.
//!
//! Knows instructions; knows no lanes.

use super::MatrixElement;
use super::operations::{DOT, MULTIPLY, MULTIPLY_ADD, Opcode, Role, SCALE_ADD};
use super::program::{AmplitudeProgram, Instruction, Product, ProductKind};

/// Size of a compiled graph, for reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphSize {
    /// Instructions of the interpreter per block of points.
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
        let count = |role: Role| {
            let opcodes = p.instructions.iter().map(|i| i.opcode);
            opcodes.filter(|o| o.role() == role).count()
        };
        // Scalar products are parts of four-vector vertices, or vertices with scalars.
        let is_dot = |i: &&Instruction| i.opcode == Opcode::Vvs;
        let dots = p.instructions.iter().filter(is_dot).count();
        let sums = p.configurations.iter().flat_map(|c| {
            let from = c.shared[1];
            let ends = &p.offsets[c.offsets..][..p.n_flow * p.n_order];
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
        let own = |i: &&Product| i.kind != ProductKind::Shared;
        GraphSize {
            instructions: p.instructions.len(),
            currents: count(Role::Propagator),
            vertices: count(Role::Vertex) - dots,
            helicities: p.helicities.len(),
            computed_helicities: p.configurations.len(),
            flows: self.flows().len(),
            computed_flows: p.n_flow,
            amplitudes,
            products: p.products.iter().filter(own).count(),
            flops: flops(p),
            workspace: p.n_places,
            workspace_bytes: workspace_bytes(p),
        }
    }
}

/// Momentum, direction and denominators of a table entry.
const SUM: u64 = 4;
const DIRECTION: u64 = 40;
const POLE: u64 = 15;

/// Operations per phase-space point.
fn flops(p: &AmplitudeProgram) -> u64 {
    let legs = p.n_ext as u64 * DIRECTION;
    let tables = legs + p.momenta.len() as u64 * SUM + p.poles.len() as u64 * POLE;
    let instructions: u64 = p.instructions.iter().map(|i| instruction(p, i)).sum();
    let products: u64 = p.products.iter().map(product).sum();
    // Sums and differences, half of symmetric blocks on complex numbers, squares.
    let (n, m) = (p.n_flow as u64, p.colour.m as u64);
    let colour = 2 * n * u64::from(p.colour.levels) + 2 * n * (m + 1) + 4 * n;
    tables + instructions + products + p.configurations.len() as u64 * colour
}

fn product(product: &Product) -> u64 {
    let of_nodes = match product.kind {
        ProductKind::Vectors | ProductKind::Spinors => DOT,
        ProductKind::Tensors | ProductKind::VectorSpinors => 4 * DOT,
        ProductKind::Halves => MULTIPLY + MULTIPLY_ADD,
        ProductKind::Scalars => MULTIPLY,
        ProductKind::Shared => 0,
    };
    of_nodes
        + if product.factor.im == 0.0 {
            SCALE_ADD
        } else {
            MULTIPLY_ADD
        }
}

/// The table's figure, with the code of a tensor or the denominator of a propagator.
fn instruction(p: &AmplitudeProgram, i: &Instruction) -> u64 {
    let more = match (i.opcode.role(), i.opcode.stored()) {
        (Role::Propagator, Some(stored)) => {
            let real = i.real_pole && i.opcode != Opcode::PropagateScalar;
            u64::from(stored.count()) * if real { 2 } else { MULTIPLY }
        }
        _ if i.opcode == Opcode::Function => {
            let call = &p.function_calls[i.operands[0] as usize];
            p.functions[call.function].flops()
        }
        _ if i.opcode == Opcode::TensorVertex => {
            let call = &p.tensor_calls[i.operands[0] as usize];
            p.tensor_codes[call.code].flops()
        }
        _ => 0,
    };
    i.opcode.flops() + more
}

/// Bytes of workspace per phase-space point, in f64.
fn workspace_bytes(p: &AmplitudeProgram) -> usize {
    let complex = p.n_places + p.poles.len() + p.n_products + p.n_flow + p.n_temporaries;
    let real = 4 * p.momenta.len() + 12 * p.n_ext + p.n_order + 1;
    (2 * complex + real) * size_of::<f64>()
}
