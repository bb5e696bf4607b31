//! The interpreter: runs a program over a batch, one block of lanes at a time.
//!
//! A step costs one dispatch per block. Knows steps; knows no physics.

use super::close::amplitudes;
use super::complex::{Complex, Four, Two};
use super::generic::generic;
use super::lanes::{Lanes, SimdLevel};
use super::ops::*;
use super::tables;
use super::waves::wave;
use crate::amplitude::graph::{Kind, LOWER, UPPER};
use crate::amplitude::program::{Code, Program, Step};
use crate::kinematics::MomentumBatch;

/// Memory that evaluations reuse; grows to what the largest program needs.
#[derive(Debug, Default)]
pub struct Workspace {
    memory: Vec<Line>,
}

#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
struct Line([f64; 8]);

/// Numbers of f64 in a line.
const LINE: usize = 8;

/// What is evaluated and where the results go; all slices are `[.., n_batch]`.
pub(crate) struct Request<'a> {
    pub(crate) program: &'a Program,
    pub(crate) momenta: &'a MomentumBatch,
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
}

/// Evaluates a batch with the given instruction set in f64.
///
/// # Panics
/// If the processor lacks the instruction set.
pub(crate) fn run(level: SimdLevel, request: &mut Request, work: &mut Workspace) {
    check(level);
    match level {
        SimdLevel::Scalar => blocks::<f64>(request, work),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: availability was checked above.
        SimdLevel::Avx2 => unsafe { with_avx2(request, work) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: availability was checked above.
        SimdLevel::Avx512 => unsafe { with_avx512(request, work) },
        #[cfg(not(target_arch = "x86_64"))]
        _ => unreachable!("only the scalar level is available"),
    }
}

/// The same with currents in f32; momenta and propagators stay in f64.
///
/// # Panics
/// If the processor lacks the instruction set.
pub(crate) fn run_single(level: SimdLevel, request: &mut Request, work: &mut Workspace) {
    check(level);
    match level {
        SimdLevel::Scalar => blocks::<f32>(request, work),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: availability was checked above.
        SimdLevel::Avx2 => unsafe { with_avx2_single(request, work) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: availability was checked above.
        SimdLevel::Avx512 => unsafe { with_avx512_single(request, work) },
        #[cfg(not(target_arch = "x86_64"))]
        _ => unreachable!("only the scalar level is available"),
    }
}

fn check(level: SimdLevel) {
    assert!(
        SimdLevel::available().contains(&level),
        "{level:?} is not available here"
    );
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2(request: &mut Request, work: &mut Workspace) {
    blocks::<super::lanes::x86::Double4>(request, work);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn with_avx512(request: &mut Request, work: &mut Workspace) {
    blocks::<super::lanes::x86::Double8>(request, work);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2_single(request: &mut Request, work: &mut Workspace) {
    blocks::<super::lanes::x86::Single8>(request, work);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn with_avx512_single(request: &mut Request, work: &mut Workspace) {
    blocks::<super::lanes::x86::Single16>(request, work);
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
    /// Tables in f64: where the lanes are f64 the same memory.
    pub(super) wide: tables::Wide,
}

#[inline(always)]
fn blocks<S: Lanes>(request: &mut Request, work: &mut Workspace) {
    let p = request.program;
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
        wide,
    };
    let n_batch = request.momenta.n_batch;
    let mut first = 0;
    while first < n_batch {
        let here = n.min(n_batch - first);
        // SAFETY: every pointer of the block covers what its size says, and
        // steps hold places below those sizes.
        unsafe {
            tables::gather(request.momenta, first, here, n, block.wide.input);
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
pub(super) unsafe fn momentum<S: Lanes>(block: &Block<S>, entry: u32) -> [S; 4] {
    // SAFETY: entries are below the size of the momentum table.
    unsafe {
        let at = block.momenta.add(entry as usize * 4 * S::N);
        [
            S::load(at),
            S::load(at.add(S::N)),
            S::load(at.add(2 * S::N)),
            S::load(at.add(3 * S::N)),
        ]
    }
}

#[inline(always)]
pub(super) unsafe fn load1<S: Lanes>(block: &Block<S>, place: u32) -> Complex<S> {
    // SAFETY: places are below the size of the node memory.
    unsafe { Complex::load(block.nodes.add(place as usize * 2 * S::N)) }
}

#[inline(always)]
pub(super) unsafe fn load2<S: Lanes>(block: &Block<S>, place: u32) -> Two<S> {
    // SAFETY: a half spinor owns two places.
    unsafe {
        let at = block.nodes.add(place as usize * 2 * S::N);
        [Complex::load(at), Complex::load(at.add(2 * S::N))]
    }
}

#[inline(always)]
pub(super) unsafe fn load4<S: Lanes>(block: &Block<S>, place: u32) -> Four<S> {
    // SAFETY: a node of four components owns four places.
    unsafe {
        let at = block.nodes.add(place as usize * 2 * S::N);
        [
            Complex::load(at),
            Complex::load(at.add(2 * S::N)),
            Complex::load(at.add(4 * S::N)),
            Complex::load(at.add(6 * S::N)),
        ]
    }
}

#[inline(always)]
unsafe fn store1<S: Lanes>(block: &Block<S>, place: u32, z: Complex<S>) {
    // SAFETY: places are below the size of the node memory.
    unsafe { z.store(block.nodes.add(place as usize * 2 * S::N)) }
}

#[inline(always)]
unsafe fn store2<S: Lanes>(block: &Block<S>, place: u32, z: Two<S>) {
    // SAFETY: a half spinor owns two places.
    unsafe {
        let at = block.nodes.add(place as usize * 2 * S::N);
        z[0].store(at);
        z[1].store(at.add(2 * S::N));
    }
}

#[inline(always)]
unsafe fn store4<S: Lanes>(block: &Block<S>, place: u32, z: Four<S>) {
    // SAFETY: a node of four components owns four places.
    unsafe {
        let at = block.nodes.add(place as usize * 2 * S::N);
        z[0].store(at);
        z[1].store(at.add(2 * S::N));
        z[2].store(at.add(4 * S::N));
        z[3].store(at.add(6 * S::N));
    }
}

/// Multiplies by the denominator of a propagator and stores the halves given.
#[inline(always)]
unsafe fn finish<S: Lanes>(block: &Block<S>, step: &Step, mut z: Four<S>, parts: u8) {
    // SAFETY: poles and places are within the block's memory.
    unsafe {
        let at = block.poles.add(step.b as usize * 2 * S::N);
        let inverse: Complex<S> = Complex::load(at);
        if step.d == 1 {
            for k in 0..4 {
                z[k] = z[k].scale(inverse.re);
            }
        } else {
            for k in 0..4 {
                z[k] = z[k] * inverse;
            }
        }
        match parts {
            UPPER => store2(block, step.a, [z[0], z[1]]),
            LOWER => store2(block, step.a, [z[2], z[3]]),
            _ => store4(block, step.a, z),
        }
    }
}

/// The numerator of a fermion, then [`finish`].
#[inline(always)]
unsafe fn fermion<S: Lanes, const PARTS: u8, const ROW: bool>(
    block: &Block<S>,
    step: &Step,
    sum: Four<S>,
) {
    // SAFETY: entries and places are within the block's memory.
    unsafe {
        let p = momentum(block, step.c);
        let z = fermion_numerator::<S, PARTS, ROW>(sum, p, step.x);
        if PARTS == (UPPER | LOWER) || step.x > 0.0 {
            finish(block, step, z, UPPER | LOWER);
        } else {
            finish(block, step, z, PARTS ^ (UPPER | LOWER));
        }
    }
}

/// Runs steps in their order.
#[inline(always)]
pub(super) unsafe fn steps<S: Lanes>(p: &Program, list: &[Step], block: &Block<S>) {
    let zero = [Complex::<S>::zero(); 4];
    let mut sum = zero;
    for step in list {
        let x = S::splat(step.x);
        // SAFETY: places, legs and entries are within the block's memory.
        unsafe {
            match step.code {
                Code::Wave => external(p, step, block),
                Code::LoadFour => sum = scaled(x, load4(block, step.a), sum),
                Code::LoadUpper => {
                    let v = load2(block, step.a);
                    sum[0] = v[0].scale_add(x, sum[0]);
                    sum[1] = v[1].scale_add(x, sum[1]);
                }
                Code::LoadLower => {
                    let v = load2(block, step.a);
                    sum[2] = v[0].scale_add(x, sum[2]);
                    sum[3] = v[1].scale_add(x, sum[3]);
                }
                Code::LoadScalar => sum[0] = load1(block, step.a).scale_add(x, sum[0]),
                Code::TurnFour => {
                    sum = turned(number(p, step), load4(block, step.a), sum);
                }
                Code::TurnUpper => {
                    let (z, v) = (number(p, step), load2(block, step.a));
                    sum[0] = z.mul_add(v[0], sum[0]);
                    sum[1] = z.mul_add(v[1], sum[1]);
                }
                Code::TurnLower => {
                    let (z, v) = (number(p, step), load2(block, step.a));
                    sum[2] = z.mul_add(v[0], sum[2]);
                    sum[3] = z.mul_add(v[1], sum[3]);
                }
                Code::TurnScalar => {
                    sum[0] = number(p, step).mul_add(load1(block, step.a), sum[0]);
                }
                Code::YangMills => {
                    let (p, q) = (momentum(block, step.c), momentum(block, step.d));
                    let (a, b) = (load4(block, step.a), load4(block, step.b));
                    sum = yang_mills(x, a, b, p, q, sum);
                }
                Code::FourVectors => {
                    let q = &p.quads[step.a as usize];
                    let factors = [
                        load1(block, q.dots[0]).scale(S::splat(q.weights[0].re)),
                        load1(block, q.dots[1]).scale(S::splat(q.weights[1].re)),
                        load1(block, q.dots[2]).scale(S::splat(q.weights[2].re)),
                    ];
                    sum = quad(block, q.vectors, factors, sum);
                }
                Code::FourVectorsComplex => {
                    let q = &p.quads[step.a as usize];
                    let factors = [
                        load1(block, q.dots[0]) * Complex::splat(q.weights[0]),
                        load1(block, q.dots[1]) * Complex::splat(q.weights[1]),
                        load1(block, q.dots[2]) * Complex::splat(q.weights[2]),
                    ];
                    sum = quad(block, q.vectors, factors, sum);
                }
                Code::FermionsLeft => {
                    let d = scaled_two(x, load2(block, step.a));
                    sum = fermions_to_vector::<S, true>(d, load2(block, step.b), sum);
                }
                Code::FermionsRight => {
                    let d = scaled_two(x, load2(block, step.a));
                    sum = fermions_to_vector::<S, false>(d, load2(block, step.b), sum);
                }
                Code::FermionsEqual | Code::FermionsBoth => {
                    let lower = scaled_two(x, load2(block, step.a + 2));
                    let mut upper = scaled_two(x, load2(block, step.a));
                    if step.code == Code::FermionsBoth {
                        upper = turned_two(number(p, step), upper);
                    }
                    sum = fermions_to_vector::<S, true>(lower, load2(block, step.b), sum);
                    sum = fermions_to_vector::<S, false>(upper, load2(block, step.b + 2), sum);
                }
                Code::ColumnLeft => {
                    let f = scaled_two(x, load2(block, step.a));
                    let v = load4(block, step.b);
                    [sum[2], sum[3]] = slash::<S, true, false>(f, v, [sum[2], sum[3]]);
                }
                Code::ColumnRight => {
                    let f = scaled_two(x, load2(block, step.a));
                    let v = load4(block, step.b);
                    [sum[0], sum[1]] = slash::<S, false, false>(f, v, [sum[0], sum[1]]);
                }
                Code::ColumnEqual | Code::ColumnBoth => {
                    let upper = scaled_two(x, load2(block, step.a));
                    let mut lower = scaled_two(x, load2(block, step.a + 2));
                    if step.code == Code::ColumnBoth {
                        lower = turned_two(number(p, step), lower);
                    }
                    let v = load4(block, step.b);
                    [sum[2], sum[3]] = slash::<S, true, false>(upper, v, [sum[2], sum[3]]);
                    [sum[0], sum[1]] = slash::<S, false, false>(lower, v, [sum[0], sum[1]]);
                }
                Code::RowLeft => {
                    let f = scaled_two(x, load2(block, step.a));
                    let v = load4(block, step.b);
                    [sum[0], sum[1]] = slash::<S, true, true>(f, v, [sum[0], sum[1]]);
                }
                Code::RowRight => {
                    let f = scaled_two(x, load2(block, step.a));
                    let v = load4(block, step.b);
                    [sum[2], sum[3]] = slash::<S, false, true>(f, v, [sum[2], sum[3]]);
                }
                Code::RowEqual | Code::RowBoth => {
                    let mut upper = scaled_two(x, load2(block, step.a));
                    let lower = scaled_two(x, load2(block, step.a + 2));
                    if step.code == Code::RowBoth {
                        upper = turned_two(number(p, step), upper);
                    }
                    let v = load4(block, step.b);
                    [sum[0], sum[1]] = slash::<S, true, true>(lower, v, [sum[0], sum[1]]);
                    [sum[2], sum[3]] = slash::<S, false, true>(upper, v, [sum[2], sum[3]]);
                }
                Code::ProductLeft | Code::ProductRight => {
                    let z = half_product(load2(block, step.a), load2(block, step.b));
                    sum[0] = z.scale_add(x, sum[0]);
                }
                Code::ProductEqual | Code::ProductBoth => {
                    let upper = half_product(load2(block, step.a), load2(block, step.b));
                    let mut lower =
                        half_product(load2(block, step.a + 2), load2(block, step.b + 2));
                    if step.code == Code::ProductBoth {
                        lower = number(p, step) * lower;
                    }
                    sum[0] = (upper + lower).scale_add(x, sum[0]);
                }
                Code::YukawaLeft => {
                    let (f, s) = (load2(block, step.a), load1(block, step.b).scale(x));
                    sum[0] = f[0].mul_add(s, sum[0]);
                    sum[1] = f[1].mul_add(s, sum[1]);
                }
                Code::YukawaRight => {
                    let (f, s) = (load2(block, step.a), load1(block, step.b).scale(x));
                    sum[2] = f[0].mul_add(s, sum[2]);
                    sum[3] = f[1].mul_add(s, sum[3]);
                }
                Code::YukawaEqual | Code::YukawaBoth => {
                    let (f, s) = (load4(block, step.a), load1(block, step.b).scale(x));
                    sum[0] = f[0].mul_add(s, sum[0]);
                    sum[1] = f[1].mul_add(s, sum[1]);
                    let mut t = s;
                    if step.code == Code::YukawaBoth {
                        t = number(p, step) * s;
                    }
                    sum[2] = f[2].mul_add(t, sum[2]);
                    sum[3] = f[3].mul_add(t, sum[3]);
                }
                Code::Dot => {
                    let z = minkowski(load4(block, step.a), load4(block, step.b));
                    sum[0] = z.scale_add(x, sum[0]);
                }
                Code::DotScalar => {
                    let z = minkowski(load4(block, step.a), load4(block, step.b));
                    let z = z * load1(block, step.c);
                    sum[0] = z.scale_add(x, sum[0]);
                }
                Code::VectorScalar => {
                    let s = load1(block, step.b).scale(x);
                    sum = turned(s, load4(block, step.a), sum);
                }
                Code::VectorScalars => {
                    let s = load1(block, step.b) * load1(block, step.c);
                    sum = turned(s.scale(x), load4(block, step.a), sum);
                }
                Code::TwoScalars => {
                    let s = load1(block, step.a).scale(x);
                    sum[0] = s.mul_add(load1(block, step.b), sum[0]);
                }
                Code::ThreeScalars => {
                    let s = load1(block, step.a).scale(x) * load1(block, step.b);
                    sum[0] = s.mul_add(load1(block, step.c), sum[0]);
                }
                Code::Generic => {
                    sum = scaled(x, generic(p, &p.calls[step.a as usize], block), sum);
                }
                Code::StoreFour => store4(block, step.a, sum),
                Code::StoreUpper => store2(block, step.a, [sum[0], sum[1]]),
                Code::StoreLower => store2(block, step.a, [sum[2], sum[3]]),
                Code::StoreScalar => store1(block, step.a, sum[0]),
                Code::PropagateScalar => {
                    let at = block.poles.add(step.b as usize * 2 * S::N);
                    store1(block, step.a, sum[0] * Complex::load(at));
                }
                Code::PropagateVector => finish(block, step, sum, UPPER | LOWER),
                Code::PropagatePhoton => {
                    let z = without_large_part(sum, momentum(block, step.c));
                    finish(block, step, z, UPPER | LOWER);
                }
                Code::PropagateToPhoton => {
                    let z = blind_to_momentum(sum, momentum(block, step.c));
                    finish(block, step, z, UPPER | LOWER);
                }
                Code::PropagateMassive => {
                    let q = momentum(block, step.c);
                    let z = massive_vector_numerator(sum, q, step.x);
                    finish(block, step, z, UPPER | LOWER);
                }
                Code::PropagateColumnUpper => fermion::<S, UPPER, false>(block, step, sum),
                Code::PropagateColumnLower => fermion::<S, LOWER, false>(block, step, sum),
                Code::PropagateColumn => fermion::<S, 3, false>(block, step, sum),
                Code::PropagateRowUpper => fermion::<S, UPPER, true>(block, step, sum),
                Code::PropagateRowLower => fermion::<S, LOWER, true>(block, step, sum),
                Code::PropagateRow => fermion::<S, 3, true>(block, step, sum),
            }
        }
        if step.code as u8 >= Code::StoreFour as u8 {
            sum = zero;
        }
    }
}

#[inline(always)]
fn number<S: Lanes>(p: &Program, step: &Step) -> Complex<S> {
    Complex::splat(p.numbers[step.d as usize])
}

#[inline(always)]
unsafe fn quad<S: Lanes>(
    block: &Block<S>,
    vectors: [u32; 3],
    factors: [Complex<S>; 3],
    sum: Four<S>,
) -> Four<S> {
    // SAFETY: places are within the block's memory.
    unsafe {
        let vectors = [
            load4(block, vectors[0]),
            load4(block, vectors[1]),
            load4(block, vectors[2]),
        ];
        three_vectors(factors, vectors, sum)
    }
}

#[inline(always)]
unsafe fn external<S: Lanes>(p: &Program, step: &Step, block: &Block<S>) {
    let w = &p.waves[step.a as usize];
    // SAFETY: legs and places are within the block's memory.
    unsafe {
        let at = block.directions.add(w.leg * super::waves::ROWS * S::N);
        let mut rows = [S::splat(0.0); super::waves::ROWS];
        for (k, row) in rows.iter_mut().enumerate() {
            *row = S::load(at.add(k * S::N));
        }
        let outgoing = w.leg >= p.n_in;
        let z = wave(rows, p.masses[w.leg], w.helicity, w.kind, outgoing);
        match (w.kind, w.parts) {
            (Kind::Scalar, _) => store1(block, w.out, z[0]),
            (Kind::Spinor | Kind::Barred, UPPER) => store2(block, w.out, [z[0], z[1]]),
            (Kind::Spinor | Kind::Barred, LOWER) => store2(block, w.out, [z[2], z[3]]),
            _ => store4(block, w.out, z),
        }
    }
}
