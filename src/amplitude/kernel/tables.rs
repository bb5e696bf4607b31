//! Momenta, propagators and directions of the legs of a block, always in f64:
//! differences of large momenta must not be rounded early.
//!
//! Knows momenta; knows no currents.

use super::run::Block;
use super::waves::{ROWS, SIZE, direction};
use crate::amplitude::program::{AmplitudeProgram, MomentumEntry};
use crate::compute::simd::{Lanes, Real};

/// The tables in f64, in rows of `N` numbers.
pub(super) struct Wide {
    pub(super) momenta: *mut f64,
    pub(super) poles: *mut f64,
    pub(super) directions: *mut f64,
    pub(super) input: *mut f64,
}

/// Rows of the tables: momenta, poles, directions, input.
pub(super) fn rows(p: &AmplitudeProgram) -> [usize; 4] {
    [
        4 * p.momenta.len(),
        2 * p.poles.len(),
        ROWS * p.n_ext,
        4 * p.n_ext,
    ]
}

/// Computes all tables from the input.
#[inline(always)]
pub(super) unsafe fn fill<S: Lanes>(p: &AmplitudeProgram, table: &Wide, t_channel_width: bool) {
    let mut from = 0;
    while from < S::N {
        // SAFETY: a group of wide lanes lies within each row.
        unsafe { part::<S::Wide>(p, table, S::N, from, t_channel_width) };
        from += S::Wide::N;
    }
}

#[inline(always)]
unsafe fn row4<W: Lanes<Real = f64>>(at: *const f64, n: usize) -> [W; 4] {
    // SAFETY: the caller promises four rows.
    unsafe {
        [
            W::load(at),
            W::load(at.add(n)),
            W::load(at.add(2 * n)),
            W::load(at.add(3 * n)),
        ]
    }
}

#[inline(always)]
unsafe fn part<W: Lanes<Real = f64>>(
    p: &AmplitudeProgram,
    table: &Wide,
    n: usize,
    from: usize,
    t_channel_width: bool,
) {
    // SAFETY: legs and entries are within the tables.
    unsafe {
        for leg in 0..p.n_ext {
            let q = row4::<W>(table.input.add(leg * 4 * n + from), n);
            let rows = direction(q);
            let at = table.directions.add(leg * ROWS * n + from);
            for k in 0..ROWS {
                rows[k].store(at.add(k * n));
            }
        }
        for (entry, m) in p.momenta.iter().enumerate() {
            let mut value = match *m {
                MomentumEntry::Leg(leg) => row4::<W>(table.input.add(leg * 4 * n + from), n),
                MomentumEntry::WithoutWidths(_) if t_channel_width => [W::constant(0.0); 4],
                MomentumEntry::Sum(a, _) | MomentumEntry::WithoutWidths(a) => {
                    row4(table.momenta.add(a.0 as usize * 4 * n + from), n)
                }
            };
            match *m {
                MomentumEntry::Leg(leg) if leg < p.n_in => {}
                MomentumEntry::WithoutWidths(_) => {}
                MomentumEntry::Leg(_) => {
                    value = [-value[0], -value[1], -value[2], -value[3]];
                }
                MomentumEntry::Sum(_, b) => {
                    let b = row4::<W>(table.momenta.add(b.0 as usize * 4 * n + from), n);
                    for k in 0..4 {
                        value[k] = value[k] + b[k];
                    }
                }
            }
            let at = table.momenta.add(entry * 4 * n + from);
            for k in 0..4 {
                value[k].store(at.add(k * n));
            }
        }
        // 1 / (p^2 - m^2 + i m Gamma)
        for (k, (entry, pole)) in p.poles.iter().enumerate() {
            let q = row4::<W>(table.momenta.add(entry.0 as usize * 4 * n + from), n);
            let space = q[1].mul_add(q[1], q[2].mul_add(q[2], q[3] * q[3]));
            let real = q[0].mul_sub(q[0], space) - W::constant(pole.mass * pole.mass);
            let width = if pole.t_channel && !t_channel_width {
                0.0
            } else {
                pole.width
            };
            let imaginary = W::constant(pole.mass.abs() * width);
            let norm = real.mul_add(real, imaginary * imaginary);
            let inverse = W::constant(1.0).over(norm);
            let at = table.poles.add(2 * k * n + from);
            (real * inverse).store(at);
            (-(imaginary * inverse)).store(at.add(n));
        }
        for (k, (_, pole)) in p.poles.iter().enumerate() {
            let Some(photon) = pole.photon else {
                continue;
            };
            let [a, b] = photon.legs.map(|leg| Leg {
                p: row4::<W>(table.input.add(leg * 4 * n + from), n),
                size: W::load(table.directions.add((leg * ROWS + SIZE) * n + from)),
                m2: p.masses[leg] * p.masses[leg],
            });
            let inverse = W::constant(1.0).over(transfer(&a, &b));
            let at = table.poles.add(2 * k * n + from);
            inverse.store(at);
            W::constant(0.0).store(at.add(n));
        }
    }
}

/// A leg of [`transfer`]: momentum, its size, squared mass.
struct Leg<W> {
    p: [W; 4],
    size: W,
    m2: f64,
}

/// [`crate::kinematics::transfer`] in lanes.
#[inline(always)]
fn transfer<W: Lanes<Real = f64>>(a: &Leg<W>, b: &Leg<W>) -> W {
    let (plus_a, plus_b) = (a.p[0] + a.size, b.p[0] + b.size);
    let masses = W::constant(a.m2).mul_sub(plus_b, W::constant(b.m2) * plus_a);
    let collinear = ((plus_a - plus_b) * masses).over(plus_a * plus_b);
    let (p, q) = (&a.p, &b.p);
    let x = p[2].mul_sub(q[3], p[3] * q[2]);
    let y = p[3].mul_sub(q[1], p[1] * q[3]);
    let z = p[1].mul_sub(q[2], p[2] * q[1]);
    let along = p[1].mul_add(q[1], p[2].mul_add(q[2], p[3] * q[3]));
    let sizes = a.size * b.size;
    let cross = x.mul_add(x, y.mul_add(y, z * z));
    // Where the two are opposite the sum may vanish, and is not looked at.
    let sum = along.if_positive(sizes + along, W::constant(1.0));
    let angle = along.if_positive(cross.over(sum), sizes - along);
    collinear - (angle + angle)
}

/// How much may cancel, in rounding errors, point by point: the largest
/// - `E^2 / |p^2|` of a massless propagator,
/// - product of `E / m` of the longitudinal vectors, which a gauge theory does not
///   let an amplitude grow with,
/// - `1 / (theta_0 theta_1)`, times a factor, of massless legs close to the beams:
///   where no propagator grows there, amplitudes can vanish with the angles.
#[inline(always)]
pub(super) unsafe fn risk(p: &AmplitudeProgram, table: &Wide, n: usize, out: &mut [f64]) {
    for (j, x) in out.iter_mut().enumerate() {
        // SAFETY: the input has four rows for each leg, j is below n.
        *x = unsafe { longitudinal(p, table, n, j).max(forward(p, table, n, j)) };
    }
    for (k, (entry, pole)) in p.poles.iter().enumerate() {
        if pole.mass != 0.0 {
            continue;
        }
        for (j, x) in out.iter_mut().enumerate() {
            // SAFETY: entries and poles are within the tables, j is below n.
            let (energy, inverse) = unsafe {
                let energy = *table.momenta.add(entry.0 as usize * 4 * n + j);
                (energy, *table.poles.add(2 * k * n + j))
            };
            let ratio = (energy * energy * inverse).abs();
            if ratio.is_nan() || ratio > *x {
                *x = ratio;
            }
        }
    }
}

/// Errors of these cancellations against those of a massless propagator, as found
/// with the cards that are shipped.
const LONGITUDINAL_FACTOR: f64 = 31.25;
const FORWARD_FACTOR: f64 = 8.0;

/// Product of `E / m`, times a factor.
#[inline(always)]
unsafe fn longitudinal(p: &AmplitudeProgram, table: &Wide, n: usize, j: usize) -> f64 {
    let mut product = LONGITUDINAL_FACTOR;
    for &leg in &p.longitudinal {
        // SAFETY: the caller promises a row of the input for each leg.
        let energy = unsafe { *table.input.add(leg * 4 * n + j) };
        product *= energy / p.masses[leg];
    }
    product
}

/// Root of the product, over the incoming legs, of the largest `1 / (1 - cos theta)`
/// of a massless leg that shares no propagator with them, times a factor.
#[inline(always)]
unsafe fn forward(p: &AmplitudeProgram, table: &Wide, n: usize, j: usize) -> f64 {
    let mut largest = [1.0; 2];
    for &(incoming, outgoing) in &p.unshared {
        // SAFETY: the caller promises rows of the input for each leg.
        let (a, b) = unsafe {
            let a = table.input.add(incoming * 4 * n + j);
            let b = table.input.add(outgoing * 4 * n + j);
            (
                [*a, *a.add(n), *a.add(2 * n), *a.add(3 * n)],
                [*b, *b.add(n), *b.add(2 * n), *b.add(3 * n)],
            )
        };
        let energies = a[0] * b[0];
        let ratio = energies / (energies - a[1] * b[1] - a[2] * b[2] - a[3] * b[3]).abs();
        if ratio > largest[incoming] {
            largest[incoming] = ratio;
        }
    }
    FORWARD_FACTOR * (largest[0] * largest[1]).sqrt()
}

/// Rounds the tables to the precision of the lanes.
#[inline(always)]
pub(super) unsafe fn narrow<S: Lanes>(p: &AmplitudeProgram, block: &Block<S>) {
    let rows = rows(p);
    let pairs = [
        (block.wide.momenta, block.momenta, rows[0]),
        (block.wide.poles, block.poles, rows[1]),
        (block.wide.directions, block.directions, rows[2]),
    ];
    for (from, to, rows) in pairs {
        for k in 0..rows * S::N {
            // SAFETY: both tables have this many numbers.
            unsafe { *to.add(k) = S::Real::from_f64(*from.add(k)) };
        }
    }
}
