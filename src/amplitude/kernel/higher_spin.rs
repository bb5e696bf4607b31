//! External wave functions of spin 3/2 and 2, composed of those of lower spins.
//!
//! Sixteen components: four for each value of the first vector index. Helicities along the
//! momentum in the frame given. Clebsch-Gordan coefficients: PDG, Review of Particle
//! Physics; HELAS has the same (1010.4255, 0805.2554).

use super::complex::{Complex, Four};
use super::waves::{ROWS, wave};
use crate::amplitude::graph::Kind;
use crate::compute::simd::Lanes;

/// Components of a wave function from [`super::waves::direction`]. `helicity` is twice the
/// spin projection for spin 3/2, the spin projection for spin 2; `mass` is the pole mass.
#[cold]
#[inline(never)]
pub(crate) fn higher_wave<S: Lanes>(
    rows: [S; ROWS],
    mass: f64,
    helicity: i8,
    kind: Kind,
    outgoing: bool,
) -> [Four<S>; 4] {
    let vector = |h: i8| wave(rows, mass, h, Kind::Vector, outgoing);
    let sign = helicity.signum();
    if kind == Kind::Tensor {
        return match helicity.abs() {
            2 => product(vector(sign), vector(sign)),
            1 => {
                let (a, b) = (vector(sign), vector(0));
                let root = 0.5_f64.sqrt();
                add(scaled(product(a, b), root), scaled(product(b, a), root))
            }
            _ => {
                let (a, b, c) = (vector(1), vector(-1), vector(0));
                let root = (1.0 / 6.0_f64).sqrt();
                let transverse = add(product(a, b), product(b, a));
                add(scaled(transverse, root), scaled(product(c, c), 2.0 * root))
            }
        };
    }
    let of_spinor = match kind {
        Kind::VectorBarred => Kind::Barred,
        _ => Kind::Spinor,
    };
    let spinor = |h: i8| wave(rows, mass, h, of_spinor, outgoing);
    if helicity.abs() == 3 {
        return product(vector(sign), spinor(sign));
    }
    // Spinors are rotated by (phi, theta, -phi), vectors by (phi, theta, 0).
    let [.., cos_phi, sin_phi, _, _] = rows;
    let turn = Complex {
        re: cos_phi,
        im: if (sign > 0) == outgoing {
            -sin_phi
        } else {
            sin_phi
        },
    };
    let transverse = vector(sign).map(|z| z * turn);
    add(
        scaled(product(vector(0), spinor(sign)), (2.0 / 3.0_f64).sqrt()),
        scaled(product(transverse, spinor(-sign)), (1.0 / 3.0_f64).sqrt()),
    )
}

#[inline(always)]
fn product<S: Lanes>(first: Four<S>, second: Four<S>) -> [Four<S>; 4] {
    first.map(|a| second.map(|b| a * b))
}

#[inline(always)]
fn scaled<S: Lanes>(z: [Four<S>; 4], x: f64) -> [Four<S>; 4] {
    z.map(|row| row.map(|c| c.scale(S::constant(x))))
}

#[inline(always)]
fn add<S: Lanes>(a: [Four<S>; 4], b: [Four<S>; 4]) -> [Four<S>; 4] {
    std::array::from_fn(|k| std::array::from_fn(|j| a[k][j] + b[k][j]))
}
