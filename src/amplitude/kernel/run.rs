//! The interpreter: runs a program over a batch, one block of lanes at a time.
//!
//! A node costs one dispatch per block, so the interpreter vanishes against the
//! work. Knows instructions; knows no physics.

use super::lanes::{Complex, Lanes, SimdLevel};
use super::ops::*;
use super::waves::wave;
use crate::amplitude::graph::{Kind, Op, UPPER};
use crate::amplitude::lorentz::Tensor;
use crate::amplitude::program::{Amplitudes, Instruction, Momentum, Program};
use crate::kinematics::MomentumBatch;

/// Memory that evaluations reuse; grows to what the largest program needs.
#[derive(Debug, Default)]
pub struct Workspace {
    memory: Vec<Line>,
}

#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
struct Line([f64; 8]);

/// What is evaluated and where the results go; all slices are `[.., n_batch]`.
pub(crate) struct Request<'a> {
    pub(crate) program: &'a Program,
    pub(crate) momenta: &'a MomentumBatch,
    /// `g_s` at each point over `g_s` of the model.
    pub(crate) strong_ratio: Option<&'a [f64]>,
    pub(crate) t_channel_width: bool,
    /// Sum over helicities and colours, not averaged.
    pub(crate) total: &'a mut [f64],
    /// The same by helicity configuration, `[n_hel, n_batch]`.
    pub(crate) by_helicity: Option<&'a mut [f64]>,
    /// `|flow amplitude|^2`, `[n_hel, n_flow, n_batch]`.
    pub(crate) by_flow: Option<&'a mut [f64]>,
}

/// Evaluates a batch with the given instruction set.
///
/// # Panics
/// If the processor lacks the instruction set.
pub(crate) fn run(level: SimdLevel, request: &mut Request, work: &mut Workspace) {
    assert!(
        SimdLevel::available().contains(&level),
        "{level:?} is not available here"
    );
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

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2(request: &mut Request, work: &mut Workspace) {
    blocks::<super::lanes::x86::Four>(request, work);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn with_avx512(request: &mut Request, work: &mut Workspace) {
    blocks::<super::lanes::x86::Eight>(request, work);
}

/// The workspace of one block, as raw lanes.
struct Block {
    nodes: *mut f64,
    momenta: *mut f64,
    poles: *mut f64,
    products: *mut f64,
    flows: *mut f64,
    input: *mut f64,
    output: *mut f64,
}

#[inline(always)]
fn blocks<S: Lanes>(request: &mut Request, work: &mut Workspace) {
    let p = request.program;
    let n = S::N;
    let sizes = [
        p.n_places * 2 * n,
        p.momenta.len() * 4 * n,
        p.poles.len() * 2 * n,
        p.n_products * 2 * n,
        p.n_flow * 2 * n,
        p.n_ext * 4 * n,
        8,
    ]
    .map(|s| s.next_multiple_of(8));
    let total: usize = sizes.iter().sum();
    if work.memory.len() * 8 < total {
        work.memory.resize(total / 8, Line::default());
    }
    let mut at = work.memory.as_mut_ptr().cast::<f64>();
    let mut next = |k: usize| {
        let here = at;
        // SAFETY: the sizes add up to the length of the memory.
        at = unsafe { at.add(sizes[k]) };
        here
    };
    let block = Block {
        nodes: next(0),
        momenta: next(1),
        poles: next(2),
        products: next(3),
        flows: next(4),
        input: next(5),
        output: next(6),
    };
    let n_batch = request.momenta.n_batch;
    let mut first = 0;
    while first < n_batch {
        let here = n.min(n_batch - first);
        // SAFETY: every pointer of the block covers what its size says, and
        // instructions hold places below those sizes.
        unsafe {
            gather(request.momenta, first, here, n, block.input);
            momenta::<S>(p, &block);
            poles::<S>(p, &block, request.t_channel_width);
            for instruction in &p.instructions {
                step::<S>(p, instruction, &block);
            }
            amplitudes::<S>(request, &block, first, here);
        }
        first += here;
    }
}

/// Copies the momenta of a block; missing points repeat the last one.
unsafe fn gather(batch: &MomentumBatch, first: usize, here: usize, n: usize, to: *mut f64) {
    for row in 0..4 * batch.n_ext {
        let from = &batch.data[row * batch.n_batch..][first..first + here];
        for k in 0..n {
            // SAFETY: `to` holds n numbers for each of the 4 n_ext rows.
            unsafe { *to.add(row * n + k) = from[k.min(here - 1)] };
        }
    }
}

#[inline(always)]
unsafe fn momentum<S: Lanes>(block: &Block, entry: u32) -> [S; 4] {
    // SAFETY: entries are below the size of the momentum table.
    std::array::from_fn(|k| unsafe { S::load(block.momenta.add((entry as usize * 4 + k) * S::N)) })
}

#[inline(always)]
unsafe fn momenta<S: Lanes>(p: &Program, block: &Block) {
    for (entry, m) in p.momenta.iter().enumerate() {
        // SAFETY: legs and entries are within the tables.
        unsafe {
            let value: [S; 4] = match *m {
                Momentum::Leg(leg) => {
                    let sign = S::splat(if leg < p.n_in { 1.0 } else { -1.0 });
                    std::array::from_fn(|k| sign * S::load(block.input.add((leg * 4 + k) * S::N)))
                }
                Momentum::Sum(a, b) => {
                    let (a, b) = (momentum::<S>(block, a), momentum::<S>(block, b));
                    std::array::from_fn(|k| a[k] + b[k])
                }
            };
            for (k, x) in value.into_iter().enumerate() {
                x.store(block.momenta.add((entry * 4 + k) * S::N));
            }
        }
    }
}

/// `1 / (p^2 - m^2 + i m Gamma)` for every propagator.
#[inline(always)]
unsafe fn poles<S: Lanes>(p: &Program, block: &Block, t_channel_width: bool) {
    for (k, (entry, pole)) in p.poles.iter().enumerate() {
        // SAFETY: entries are within the tables.
        unsafe {
            let q = momentum::<S>(block, *entry);
            let space = q[1].mul_add(q[1], q[2].mul_add(q[2], q[3] * q[3]));
            let real = q[0].mul_add(q[0], -space) - S::splat(pole.mass * pole.mass);
            let width = if pole.t_channel && !t_channel_width {
                0.0
            } else {
                pole.width
            };
            let imaginary = S::splat(pole.mass * width);
            let norm = real.mul_add(real, imaginary * imaginary);
            let inverse = S::splat(1.0).over(norm);
            (real * inverse).store(block.poles.add(2 * k * S::N));
            (-(imaginary * inverse)).store(block.poles.add((2 * k + 1) * S::N));
        }
    }
}

#[inline(always)]
unsafe fn load1<S: Lanes>(block: &Block, place: u32) -> Complex<S> {
    // SAFETY: places are below the size of the node memory.
    unsafe {
        let at = block.nodes.add(place as usize * 2 * S::N);
        Complex {
            re: S::load(at),
            im: S::load(at.add(S::N)),
        }
    }
}

#[inline(always)]
unsafe fn load4<S: Lanes>(block: &Block, place: u32) -> Four<S> {
    // SAFETY: a node of four components owns four places.
    std::array::from_fn(|k| unsafe { load1(block, place + k as u32) })
}

#[inline(always)]
unsafe fn store1<S: Lanes>(block: &Block, place: u32, z: Complex<S>) {
    // SAFETY: places are below the size of the node memory.
    unsafe {
        let at = block.nodes.add(place as usize * 2 * S::N);
        z.re.store(at);
        z.im.store(at.add(S::N));
    }
}

#[inline(always)]
unsafe fn store4<S: Lanes>(block: &Block, place: u32, z: Four<S>) {
    for (k, z) in z.into_iter().enumerate() {
        // SAFETY: a node of four components owns four places.
        unsafe { store1(block, place + k as u32, z) };
    }
}

#[inline(always)]
unsafe fn step<S: Lanes>(p: &Program, instruction: &Instruction, block: &Block) {
    // SAFETY: places, legs and entries are within the block's memory.
    unsafe {
        match instruction {
            Instruction::Wave {
                leg,
                helicity,
                kind,
                out,
            } => {
                let q = std::array::from_fn(|k| S::load(block.input.add((leg * 4 + k) * S::N)));
                let w = wave::<S>(q, p.masses[*leg], *helicity, *kind, *leg >= p.n_in);
                if *kind == Kind::Scalar {
                    store1(block, *out, w[0]);
                } else {
                    store4(block, *out, w);
                }
            }
            Instruction::Vertex { op, momenta, out } => vertex::<S>(p, op, *momenta, *out, block),
            Instruction::Current {
                terms,
                kind,
                parts,
                momentum: entry,
                pole,
                mass,
                out,
            } => {
                let at = block.poles.add(*pole as usize * 2 * S::N);
                let inverse = Complex {
                    re: S::load(at),
                    im: S::load(at.add(S::N)),
                };
                if *kind == Kind::Scalar {
                    let mut sum = load1::<S>(block, terms[0].0);
                    for (place, c) in &terms[1..] {
                        sum = Complex::splat(*c).mul_add(load1(block, *place), sum);
                    }
                    store1(block, *out, sum * inverse);
                    return;
                }
                let mut sum = load4::<S>(block, terms[0].0);
                for (place, c) in &terms[1..] {
                    let x = load4::<S>(block, *place);
                    if c.im == 0.0 {
                        let c = S::splat(c.re);
                        sum = std::array::from_fn(|k| Complex {
                            re: x[k].re.mul_add(c, sum[k].re),
                            im: x[k].im.mul_add(c, sum[k].im),
                        });
                    } else {
                        let c = Complex::splat(*c);
                        sum = std::array::from_fn(|k| c.mul_add(x[k], sum[k]));
                    }
                }
                let numerator = match kind {
                    Kind::Vector if *mass > 0.0 => {
                        massive_vector_numerator(sum, momentum(block, *entry), *mass)
                    }
                    Kind::Spinor | Kind::Barred => {
                        let barred = *kind == Kind::Barred;
                        fermion_numerator(sum, momentum(block, *entry), *mass, *parts, barred)
                    }
                    _ => sum,
                };
                store4(block, *out, numerator.map(|z| z * inverse));
            }
        }
    }
}

#[inline(always)]
unsafe fn vertex<S: Lanes>(p: &Program, op: &Op, entries: [u32; 3], out: u32, block: &Block) {
    // SAFETY: places and entries are within the block's memory.
    unsafe {
        let one = |place: u32| load1::<S>(block, place);
        let four = |place: u32| load4::<S>(block, place);
        match op {
            Op::FermionsToVector {
                row,
                column,
                parts,
                r,
            } => {
                let r = Complex::splat(*r);
                store4(
                    block,
                    out,
                    fermions_to_vector(four(*row), four(*column), *parts, r),
                );
            }
            Op::SpinorVector {
                spinor,
                vector,
                parts,
                r,
            } => {
                let r = Complex::splat(*r);
                store4(
                    block,
                    out,
                    spinor_vector(four(*spinor), four(*vector), *parts, r),
                );
            }
            Op::BarredVector {
                barred,
                vector,
                parts,
                r,
            } => {
                let r = Complex::splat(*r);
                store4(
                    block,
                    out,
                    barred_vector(four(*barred), four(*vector), *parts, r),
                );
            }
            Op::FermionsToScalar {
                row,
                column,
                parts,
                r,
            } => {
                let r = Complex::splat(*r);
                store1(
                    block,
                    out,
                    fermions_to_scalar(four(*row), four(*column), *parts, r),
                );
            }
            Op::FermionScalar {
                fermion,
                scalar,
                parts,
                r,
            } => {
                let r = Complex::splat(*r);
                store4(
                    block,
                    out,
                    fermion_scalar(four(*fermion), one(*scalar), *parts, r),
                );
            }
            Op::VectorsToVector { a, b } => {
                let (q, k) = (momentum(block, entries[0]), momentum(block, entries[1]));
                store4(block, out, yang_mills(four(*a), four(*b), q, k));
            }
            Op::ThreeVectors { a, b, c, weights } => {
                let (a, b, c) = (four(*a), four(*b), four(*c));
                let w = weights.map(Complex::splat);
                let (bc, ac, ab) = (
                    minkowski(b, c) * w[0],
                    minkowski(a, c) * w[1],
                    minkowski(a, b) * w[2],
                );
                let sum = |k: usize| ab.mul_add(c[k], ac.mul_add(b[k], bc * a[k]));
                store4(block, out, std::array::from_fn(sum));
            }
            Op::VectorsToScalar { a, b, scalar } => {
                let product = minkowski(four(*a), four(*b));
                store1(block, out, scalar.map_or(product, |s| product * one(s)));
            }
            Op::VectorScalar { vector, scalars } => {
                let mut v = four(*vector);
                for s in scalars.iter().flatten() {
                    let s = one(*s);
                    v = v.map(|z| z * s);
                }
                store4(block, out, v);
            }
            Op::Scalars { list } => {
                let mut product = one(list[0].expect("a vertex has at least two children"));
                for s in list[1..].iter().flatten() {
                    product = product * one(*s);
                }
                store1(block, out, product);
            }
            Op::Generic {
                part,
                out_slot,
                children,
            } => {
                let tensor = &p.generic[*part];
                generic::<S>(tensor, *out_slot, children, entries, out, block);
            }
        }
    }
}

/// Any tensor, term by term. Slow and general; entries hold the momenta of the
/// children, in their order.
unsafe fn generic<S: Lanes>(
    tensor: &Tensor,
    out_slot: u8,
    children: &[(u8, u32)],
    entries: [u32; 3],
    out: u32,
    block: &Block,
) {
    let mut result = [Complex::<S>::zero(); 4];
    let scalar_out = tensor
        .terms
        .keys()
        .all(|(c, _)| c[usize::from(out_slot)] == 0);
    for ((components, monomial), value) in &tensor.terms {
        let mut product = Complex::<S>::splat(*value);
        for &(slot, place) in children {
            let component = components[usize::from(slot)];
            // SAFETY: the component of a scalar slot is 0, so the place exists.
            product = product * unsafe { load1(block, place + u32::from(component)) };
            if tensor.is_vector[usize::from(slot)] && component > 0 {
                product = -product;
            }
        }
        for &(slot, mu) in monomial {
            let of_child = |s: u8| children.iter().position(|c| c.0 == s);
            // SAFETY: entries are within the momentum table.
            let p = |k: usize| unsafe { momentum::<S>(block, entries[k])[usize::from(mu)] };
            let x = match of_child(slot) {
                Some(k) => p(k),
                // All momenta flow in and add up to zero.
                None => (1..children.len()).fold(-p(0), |s, k| s - p(k)),
            };
            product = product.scale(x);
        }
        let at = usize::from(components[usize::from(out_slot)]);
        result[at] = result[at] + product;
    }
    // SAFETY: the node owns one place as a scalar, else four.
    unsafe {
        if scalar_out && tensor.is_scalar[usize::from(out_slot)] {
            store1(block, out, result[0]);
        } else {
            store4(block, out, result);
        }
    }
}

/// Products, flow amplitudes, colour sum.
#[inline(always)]
unsafe fn amplitudes<S: Lanes>(request: &mut Request, block: &Block, first: usize, here: usize) {
    let p = request.program;
    let n_batch = request.momenta.n_batch;
    let mut total = S::splat(0.0);
    // SAFETY: places, products and flows are within the block's memory.
    unsafe {
        for (h, configuration) in p.amplitudes.iter().enumerate() {
            flow_amplitudes::<S>(request, configuration, block, first, here);
            if let Some(by_flow) = &mut request.by_flow {
                for f in 0..p.n_flow {
                    let at = block.flows.add(2 * f * S::N);
                    let (re, im) = (S::load(at), S::load(at.add(S::N)));
                    re.mul_add(re, im * im).store(block.output);
                    let row = &mut by_flow[(h * p.n_flow + f) * n_batch..][first..first + here];
                    for (k, x) in row.iter_mut().enumerate() {
                        *x = *block.output.add(k);
                    }
                }
            }
            let sum = colour_sum::<S>(p, block);
            if let Some(by_helicity) = &mut request.by_helicity {
                sum.store(block.output);
                let row = &mut by_helicity[h * n_batch..][first..first + here];
                for (k, x) in row.iter_mut().enumerate() {
                    *x = *block.output.add(k);
                }
            }
            total = total + sum;
        }
        total.store(block.output);
        for (k, x) in request.total[first..first + here].iter_mut().enumerate() {
            *x = *block.output.add(k);
        }
    }
}

#[inline(always)]
unsafe fn flow_amplitudes<S: Lanes>(
    request: &Request,
    configuration: &Amplitudes,
    block: &Block,
    first: usize,
    here: usize,
) {
    let p = request.program;
    // SAFETY: places, products and flows are within the block's memory.
    unsafe {
        for (k, &(a, b, kind, parts)) in configuration.products.iter().enumerate() {
            let z: Complex<S> = match kind {
                Kind::Scalar => load1::<S>(block, a) * load1(block, b),
                Kind::Vector => minkowski(load4::<S>(block, a), load4(block, b)),
                _ => {
                    let mut sum = Complex::zero();
                    for half in 0..2 {
                        if parts & UPPER << half != 0 {
                            for c in 2 * half..2 * half + 2 {
                                sum = load1::<S>(block, a + c).mul_add(load1(block, b + c), sum);
                            }
                        }
                    }
                    sum
                }
            };
            let at = block.products.add(2 * k * S::N);
            z.re.store(at);
            z.im.store(at.add(S::N));
        }
        for f in 0..p.n_flow {
            let mut amplitude = Complex::<S>::zero();
            for o in 0..p.n_order {
                let mut sum = Complex::<S>::zero();
                for (k, c) in &configuration.sums[f * p.n_order + o] {
                    let at = block.products.add(2 * *k as usize * S::N);
                    let z = Complex {
                        re: S::load(at),
                        im: S::load(at.add(S::N)),
                    };
                    sum = Complex::splat(*c).mul_add(z, sum);
                }
                if let Some(ratio) = request.strong_ratio {
                    for k in 0..S::N {
                        let r = ratio[first + k.min(here - 1)];
                        *block.output.add(k) = r.powi(p.qcd_powers[o] as i32);
                    }
                    sum = sum.scale(S::load(block.output));
                }
                amplitude = amplitude + sum;
            }
            let at = block.flows.add(2 * f * S::N);
            amplitude.re.store(at);
            amplitude.im.store(at.add(S::N));
        }
    }
}

/// `A^dagger C A` with a real symmetric matrix.
#[inline(always)]
unsafe fn colour_sum<S: Lanes>(p: &Program, block: &Block) -> S {
    let n = p.n_flow;
    let mut total = S::splat(0.0);
    // SAFETY: flows are within the block's memory.
    unsafe {
        let flow = |f: usize| {
            let at = block.flows.add(2 * f * S::N);
            Complex {
                re: S::load(at),
                im: S::load(at.add(S::N)),
            }
        };
        for f in 0..n {
            let a = flow(f);
            let half = S::splat(0.5 * p.colour[f * n + f]);
            let (mut re, mut im) = (a.re * half, a.im * half);
            for g in f + 1..n {
                let c = S::splat(p.colour[f * n + g]);
                let b = flow(g);
                re = b.re.mul_add(c, re);
                im = b.im.mul_add(c, im);
            }
            total = a.re.mul_add(re, a.im.mul_add(im, total));
        }
    }
    total + total
}
