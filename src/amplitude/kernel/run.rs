//! The interpreter: runs a program over a batch, one block of lanes at a time.
//!
//! An instruction costs one dispatch per block. Knows instructions; knows no physics.

use super::close::amplitudes;
use super::complex::{Complex, Dirac, Four, Two};
use super::higher_spin::higher_wave;
use super::ops::*;
use super::tables;
use super::tensor::tensor_vertex;
use super::waves::wave;
use crate::amplitude::graph::{BOTH, Kind, LOWER, UPPER};
use crate::amplitude::operations::{Opcode, amplitude_operations};
use crate::amplitude::program::{AmplitudeProgram, ContactVVVV, Instruction, MomentumIndex, Place};
use crate::compute::SimdLevel;
use crate::compute::simd::{Kernel, Lanes, Level, Real};
use crate::kinematics::MomentumView;

/// Memory that evaluations reuse; grows to what the largest program needs.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    memory: Vec<Line>,
}

#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
struct Line([f64; 8]);

/// Numbers of f64 in a line.
const LINE: usize = 8;

/// What is evaluated and where the results go; all slices are `[.., n_batch]`.
pub(crate) struct Request<'a> {
    pub(crate) program: &'a AmplitudeProgram,
    pub(crate) momenta: MomentumView<'a>,
    /// Factor of the amplitude of each coupling order, `[n_order, n_batch]`; 1 without.
    pub(crate) order_scale: Option<&'a [f64]>,
    pub(crate) t_channel_width: bool,
    /// Sum over helicities and colours, not averaged.
    pub(crate) total: &'a mut [f64],
    /// The same by helicity configuration, `[n_hel, n_batch]`.
    pub(crate) by_helicity: Option<&'a mut [f64]>,
    /// Amplitudes of the flows that are computed, `[n_hel, n_flow, 2, n_batch]`.
    pub(crate) amplitudes: Option<&'a mut [f64]>,
    /// Largest `E^2 / |p^2|` of a massless propagator: how much can cancel.
    pub(crate) risk: Option<&'a mut [f64]>,
    /// Products of the amplitudes of coupling orders, in place of all results above; the
    /// total is then 0, or NaN at points where one of them is not finite.
    pub(crate) products: Option<OrderProducts<'a>>,
}

/// Sums over helicities and colours of products of amplitudes of two coupling orders.
pub(crate) struct OrderProducts<'a> {
    /// For every configuration of the program.
    pub(crate) of: &'a [Vec<ProductsOf>],
    pub(crate) n_rows: usize,
    /// What all of them are multiplied by.
    pub(crate) scale: f64,
    /// `|A_a|^2` or `2 Re A_a A_b^*` times the scale, `[n_rows, n_batch]`.
    pub(crate) out: &'a mut [f64],
}

/// Products of the amplitude of a coupling order, each with the row that it is added to.
#[derive(Clone, Debug)]
pub(crate) struct ProductsOf {
    pub(crate) order: u32,
    /// The row of `|A|^2`, if it counts.
    pub(crate) square: Option<u32>,
    /// Other orders, and the rows of the products with them.
    pub(crate) others: Vec<[u32; 2]>,
}

/// Evaluates a batch with the given instruction set in f64.
///
/// # Panics
/// If the processor lacks the instruction set.
pub(crate) fn run(level: SimdLevel, request: &mut Request, work: &mut Workspace) {
    level.dispatch(InF64(request, work));
}

/// The same with currents in f32; momenta and propagators stay in f64.
///
/// # Panics
/// If the processor lacks the instruction set.
pub(crate) fn run_single(level: SimdLevel, request: &mut Request, work: &mut Workspace) {
    level.dispatch(InF32(request, work));
}

struct InF64<'a, 'r>(&'a mut Request<'r>, &'a mut Workspace);
struct InF32<'a, 'r>(&'a mut Request<'r>, &'a mut Workspace);

impl Kernel for InF64<'_, '_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Level>(self) {
        blocks::<L::F64>(self.0, self.1);
    }
}

impl Kernel for InF32<'_, '_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Level>(self) {
        blocks::<L::F32>(self.0, self.1);
    }
}

/// The workspace of one block, as raw lanes.
pub(super) struct Block<S: Lanes> {
    pub(super) nodes: *mut S::Real,
    /// Results of [`tables::fill`] in the precision of the lanes.
    pub(super) momenta: *mut S::Real,
    pub(super) poles: *mut S::Real,
    pub(super) directions: *mut S::Real,
    pub(super) products: *mut S::Real,
    pub(super) flows: *mut S::Real,
    /// Factors of the coupling orders, `[n_order]`.
    pub(super) scales: *mut S::Real,
    pub(super) output: *mut S::Real,
    /// Sums of tensor vertices.
    pub(super) temporaries: *mut S::Real,
    /// Flow amplitudes of each coupling order, `[n_order, n_flow]`, where their products
    /// are asked for.
    pub(super) order_flows: *mut S::Real,
    /// Sums of products, one for each row of the result.
    pub(super) rows: *mut S::Real,
    /// Tables in f64: where the lanes are f64 the same memory.
    pub(super) wide: tables::Wide,
}

#[inline(always)]
fn blocks<S: Lanes>(request: &mut Request, work: &mut Workspace) {
    let p = request.program;
    assert_eq!(request.momenta.n_ext(), p.n_ext, "number of legs");
    let n = S::N;
    let narrow = size_of::<S::Real>() < size_of::<f64>();
    // Rows of N numbers.
    let tables = tables::rows(p);
    let own = [
        2 * p.n_places,
        tables[0],
        tables[1],
        tables[2],
        2 * p.n_products,
        2 * p.n_flow,
        p.n_order,
        1,
        2 * p.n_temporaries,
        2 * p.n_flow * p.n_order * usize::from(request.products.is_some()),
        request
            .products
            .as_ref()
            .map_or(0, |products| products.n_rows),
    ];
    let lines = |rows: usize, bytes: usize| (rows * n * bytes).div_ceil(size_of::<Line>());
    let own_lines = own.map(|rows| lines(rows, size_of::<S::Real>()));
    let wide_rows = [tables[0], tables[1], tables[2], tables[3]];
    let wide_lines = wide_rows.map(|rows| lines(rows, size_of::<f64>()));
    let total = own_lines.iter().sum::<usize>() + wide_lines.iter().sum::<usize>();
    if work.memory.len() < total {
        work.memory.resize(total, Line::default());
    }
    let mut at = work.memory.as_mut_ptr().cast::<f64>();
    let mut next = |lines: usize| {
        let here = at;
        // SAFETY: the sizes add up to the length of the memory.
        at = unsafe { at.add(lines * LINE) };
        here
    };
    let nodes = next(own_lines[0]).cast();
    let narrow_tables = [
        next(own_lines[1]).cast::<S::Real>(),
        next(own_lines[2]).cast(),
        next(own_lines[3]).cast(),
    ];
    let products = next(own_lines[4]).cast();
    let flows = next(own_lines[5]).cast();
    let scales = next(own_lines[6]).cast();
    let output = next(own_lines[7]).cast();
    let temporaries = next(own_lines[8]).cast();
    let order_flows = next(own_lines[9]).cast();
    let rows = next(own_lines[10]).cast();
    let wide = tables::Wide {
        momenta: next(wide_lines[0]),
        poles: next(wide_lines[1]),
        directions: next(wide_lines[2]),
        input: next(wide_lines[3]),
    };
    let same: [*mut S::Real; 3] = [
        wide.momenta.cast(),
        wide.poles.cast(),
        wide.directions.cast(),
    ];
    let [momenta, poles, directions] = if narrow { narrow_tables } else { same };
    let block = Block::<S> {
        nodes,
        momenta,
        poles,
        directions,
        products,
        flows,
        scales,
        output,
        temporaries,
        order_flows,
        rows,
        wide,
    };
    let n_batch = request.momenta.n_batch();
    let mut first = 0;
    while first < n_batch {
        let here = n.min(n_batch - first);
        // SAFETY: every pointer of the block covers what its size says, and a program,
        // which has passed `verify`, holds places and entries below those sizes.
        unsafe {
            let momenta = request.momenta;
            momenta.rows_into::<S::Wide>([first, here, n], block.wide.input);
            tables::fill::<S>(p, &block.wide, request.t_channel_width);
            if let Some(risk) = &mut request.risk {
                let risk = &mut risk[first..first + here];
                tables::risk(p, &block.wide, n, risk);
            }
            if narrow {
                tables::narrow::<S>(p, &block);
            }
            amplitudes::<S>(request, &block, first, here);
        }
        first += here;
    }
}

#[inline(always)]
pub(super) unsafe fn momentum<S: Lanes>(block: &Block<S>, entry: MomentumIndex) -> [S; 4] {
    // SAFETY: entries are below the size of the momentum table.
    unsafe {
        let at = block.momenta.add(entry.0 as usize * 4 * S::N);
        [
            S::load(at),
            S::load(at.add(S::N)),
            S::load(at.add(2 * S::N)),
            S::load(at.add(3 * S::N)),
        ]
    }
}

#[inline(always)]
pub(super) unsafe fn load1<S: Lanes>(block: &Block<S>, place: Place) -> Complex<S> {
    // SAFETY: places are below the size of the node memory.
    unsafe { Complex::load(block.nodes.add(place.0 as usize * 2 * S::N)) }
}

#[inline(always)]
pub(super) unsafe fn load2<S: Lanes>(block: &Block<S>, place: Place) -> Two<S> {
    // SAFETY: a half spinor owns two places.
    unsafe {
        let at = block.nodes.add(place.0 as usize * 2 * S::N);
        [Complex::load(at), Complex::load(at.add(2 * S::N))]
    }
}

#[inline(always)]
pub(super) unsafe fn load4<S: Lanes>(block: &Block<S>, place: Place) -> Four<S> {
    // SAFETY: a node of four components owns four places.
    unsafe {
        let at = block.nodes.add(place.0 as usize * 2 * S::N);
        [
            Complex::load(at),
            Complex::load(at.add(2 * S::N)),
            Complex::load(at.add(4 * S::N)),
            Complex::load(at.add(6 * S::N)),
        ]
    }
}

#[inline(always)]
unsafe fn store1<S: Lanes>(block: &Block<S>, place: Place, z: Complex<S>) {
    // SAFETY: places are below the size of the node memory.
    unsafe { z.store(block.nodes.add(place.0 as usize * 2 * S::N)) }
}

#[inline(always)]
unsafe fn store2<S: Lanes>(block: &Block<S>, place: Place, z: Two<S>) {
    // SAFETY: a half spinor owns two places.
    unsafe {
        let at = block.nodes.add(place.0 as usize * 2 * S::N);
        z[0].store(at);
        z[1].store(at.add(2 * S::N));
    }
}

#[inline(always)]
unsafe fn store4<S: Lanes>(block: &Block<S>, place: Place, z: Four<S>) {
    // SAFETY: a node of four components owns four places.
    unsafe {
        let at = block.nodes.add(place.0 as usize * 2 * S::N);
        z[0].store(at);
        z[1].store(at.add(2 * S::N));
        z[2].store(at.add(4 * S::N));
        z[3].store(at.add(6 * S::N));
    }
}

/// Multiplies by the denominator of a propagator: by its real part where that is all.
#[inline(always)]
unsafe fn over_denominator<S: Lanes>(
    block: &Block<S>,
    pole: u32,
    is_real: bool,
    mut z: Four<S>,
) -> Four<S> {
    // SAFETY: poles are below the size of their table.
    let inverse: Complex<S> = unsafe { Complex::load(block.poles.add(pole as usize * 2 * S::N)) };
    if is_real {
        for k in 0..4 {
            z[k] = z[k].scale(inverse.re);
        }
    } else {
        for k in 0..4 {
            z[k] = z[k] * inverse;
        }
    }
    z
}

/// Loads an operand of [`instructions`] by its kind.
macro_rules! load {
    (scalar, $p:ident, $block:ident, $at:ident) => {
        load1($block, Place($at))
    };
    (upper, $p:ident, $block:ident, $at:ident) => {
        load2($block, Place($at))
    };
    (lower, $p:ident, $block:ident, $at:ident) => {
        load2($block, Place($at))
    };
    (dirac, $p:ident, $block:ident, $at:ident) => {
        Dirac::new($block.nodes.add($at as usize * 2 * S::N))
    };
    (vector, $p:ident, $block:ident, $at:ident) => {
        load4($block, Place($at))
    };
    (momentum, $p:ident, $block:ident, $at:ident) => {
        momentum($block, MomentumIndex($at))
    };
    (constant, $p:ident, $block:ident, $at:ident) => {
        Complex::splat(*$p.constants.get_unchecked($at as usize))
    };
    (contact, $p:ident, $block:ident, $at:ident) => {
        contact_real($block, $p.contacts.get_unchecked($at as usize))
    };
    (contact_complex, $p:ident, $block:ident, $at:ident) => {
        contact_complex($block, $p.contacts.get_unchecked($at as usize))
    };
    (tensor, $p:ident, $block:ident, $at:ident) => {
        tensor_vertex($p, $p.tensor_calls.get_unchecked($at as usize), $block)
    };
}

/// Stores what a sum has become.
macro_rules! store {
    (scalar, $block:ident, $at:ident, $z:ident) => {
        store1($block, Place($at), $z[0])
    };
    (upper, $block:ident, $at:ident, $z:ident) => {
        store2($block, Place($at), [$z[0], $z[1]])
    };
    (lower, $block:ident, $at:ident, $z:ident) => {
        store2($block, Place($at), [$z[2], $z[3]])
    };
    (four, $block:ident, $at:ident, $z:ident) => {
        store4($block, Place($at), $z)
    };
}

/// The interpreter, from the table of operations.
macro_rules! interpreter {
    (
        loads { $($(#[$load_doc:meta])* $load:ident($($load_name:ident: $load_kind:ident),*) -> $load_to:ident, $load_flops:expr, |$load_x:ident, $load_sum:ident| $load_body:expr;)* }
        vertices { $($(#[$operation_doc:meta])* $operation:ident {
            $($vertex:ident($($vertex_name:ident: $vertex_kind:ident),*) -> $vertex_to:ident, $vertex_flops:expr, |$vertex_x:ident, $vertex_sum:ident| $vertex_body:expr;)*
        })* }
        stores { $($(#[$store_doc:meta])* $store:ident(): $store_from:ident -> $store_to:ident, $store_flops:expr, |$store_x:ident, $store_sum:ident| $store_body:expr;)* }
        propagators { $($(#[$end_doc:meta])* $end:ident($($end_name:ident: $end_kind:ident),*): $end_from:ident -> $end_to:ident, $end_flops:expr, |$end_x:ident, $end_sum:ident| $end_body:expr;)* }
    ) => {
        /// Runs instructions in their order.
        ///
        /// # Safety
        /// The instructions are some of the program's, and the block is laid out for it.
        #[inline(always)]
        pub(super) unsafe fn instructions<S: Lanes>(
            p: &AmplitudeProgram,
            list: &[Instruction],
            block: &Block<S>,
        ) {
            let zero = [Complex::<S>::zero(); 4];
            let mut total = zero;
            for instruction in list {
                // SAFETY: a program has passed `verify`: operands are within its tables,
                // places below its number of places.
                unsafe {
                    match instruction.opcode {
                        // No sum is open here: none need be kept across a call.
                        Opcode::Wave => {
                            external(p, instruction, block);
                            total = zero;
                        }
                        Opcode::Function => {
                            function(p, instruction, block);
                            total = zero;
                        }
                        $(Opcode::$load => {
                            let [$($load_name,)* ..] = instruction.operands;
                            $(let $load_name = load!($load_kind, p, block, $load_name);)*
                            let ($load_x, $load_sum) = (S::constant(instruction.x), total);
                            total = $load_body;
                        })*
                        $($(Opcode::$vertex => {
                            let [$($vertex_name,)* ..] = instruction.operands;
                            $(let $vertex_name = load!($vertex_kind, p, block, $vertex_name);)*
                            let ($vertex_x, $vertex_sum) = (S::constant(instruction.x), total);
                            total = $vertex_body;
                        })*)*
                        $(Opcode::$store => {
                            let [out, ..] = instruction.operands;
                            store!($store_to, block, out, total);
                            total = zero;
                        })*
                        $(Opcode::$end => {
                            let [out, pole, $($end_name,)* ..] = instruction.operands;
                            $(let $end_name = load!($end_kind, p, block, $end_name);)*
                            let ($end_x, $end_sum) = (instruction.x, total);
                            let z = over_denominator(block, pole, instruction.real_pole, $end_body);
                            store!($end_to, block, out, z);
                            total = zero;
                        })*
                    }
                }
            }
        }
    };
}
amplitude_operations!(interpreter);

/// Vectors of a contact vertex and their factors.
#[inline(always)]
unsafe fn contact_vectors<S: Lanes>(block: &Block<S>, contact: &ContactVVVV) -> [Four<S>; 3] {
    // SAFETY: a program has passed `verify`.
    unsafe {
        [
            load4(block, contact.vectors[0]),
            load4(block, contact.vectors[1]),
            load4(block, contact.vectors[2]),
        ]
    }
}

#[inline(always)]
unsafe fn contact_real<S: Lanes>(
    block: &Block<S>,
    contact: &ContactVVVV,
) -> ([Complex<S>; 3], [Four<S>; 3]) {
    let (dots, weights) = (contact.dots, contact.weights);
    // SAFETY: a program has passed `verify`.
    unsafe {
        let factors = [
            load1(block, dots[0]).scale(S::constant(weights[0].re)),
            load1(block, dots[1]).scale(S::constant(weights[1].re)),
            load1(block, dots[2]).scale(S::constant(weights[2].re)),
        ];
        (factors, contact_vectors(block, contact))
    }
}

#[inline(always)]
unsafe fn contact_complex<S: Lanes>(
    block: &Block<S>,
    contact: &ContactVVVV,
) -> ([Complex<S>; 3], [Four<S>; 3]) {
    let (dots, weights) = (contact.dots, contact.weights);
    // SAFETY: a program has passed `verify`.
    unsafe {
        let factors = [
            load1(block, dots[0]) * Complex::splat(weights[0]),
            load1(block, dots[1]) * Complex::splat(weights[1]),
            load1(block, dots[2]) * Complex::splat(weights[2]),
        ];
        (factors, contact_vectors(block, contact))
    }
}

#[inline(always)]
unsafe fn external<S: Lanes>(p: &AmplitudeProgram, instruction: &Instruction, block: &Block<S>) {
    let w = &p.waves[instruction.operands[0] as usize];
    // SAFETY: legs and places are within the block's memory.
    unsafe {
        let at = block.directions.add(w.leg * super::waves::ROWS * S::N);
        let mut rows = [S::constant(0.0); super::waves::ROWS];
        for (k, row) in rows.iter_mut().enumerate() {
            *row = S::load(at.add(k * S::N));
        }
        let outgoing = w.leg >= p.n_in;
        if w.kind.is_wide() {
            let all = higher_wave(rows, p.masses[w.leg], w.helicity, w.kind, outgoing);
            for (k, z) in all.into_iter().enumerate() {
                store4(block, Place(w.out.0 + 4 * k as u32), z);
            }
            return;
        }
        let z = wave(rows, p.masses[w.leg], w.helicity, w.kind, outgoing);
        match (w.kind, w.parts) {
            (Kind::Scalar, _) => store1(block, w.out, z[0]),
            (Kind::Spinor | Kind::Barred, UPPER) => store2(block, w.out, [z[0], z[1]]),
            (Kind::Spinor | Kind::Barred, LOWER) => store2(block, w.out, [z[2], z[3]]),
            _ => store4(block, w.out, z),
        }
    }
}

/// A function of momenta, point by point in f64.
#[cold]
#[inline(never)]
unsafe fn function<S: Lanes>(p: &AmplitudeProgram, instruction: &Instruction, block: &Block<S>) {
    let call = &p.function_calls[instruction.operands[0] as usize];
    for k in 0..S::N {
        let component = |slot: u8, mu: u8| {
            let (entry, reversed) = call.momenta[usize::from(slot)];
            let row = 4 * entry.0 as usize + usize::from(mu);
            // SAFETY: entries are below the size of the momentum table, k is below N.
            let x = unsafe { *block.wide.momenta.add(row * S::N + k) };
            if reversed { -x } else { x }
        };
        let z = p.functions[call.function].value(&component);
        // SAFETY: the place is within the node memory.
        unsafe {
            let at = block.nodes.add(call.out.0 as usize * 2 * S::N + k);
            *at = S::Real::from_f64(z.re);
            *at.add(S::N) = S::Real::from_f64(z.im);
        }
    }
}
