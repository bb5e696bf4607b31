//! External wave functions: spinors and polarisation vectors of definite helicity.
//!
//! Chiral representation; helicities along the momentum in the frame given.
//! Source of the forms: HELAS (KEK-91-11), phases of our own.

use super::complex::Complex;
use crate::amplitude::graph::Kind;
use crate::compute::simd::Lanes;

/// Rows of a leg in the table of directions.
pub(crate) const ROWS: usize = 8;
/// The row with the size of the momentum.
pub(super) const SIZE: usize = 1;

/// Direction and size of a three-momentum, safe on the axes and at rest.
#[derive(Clone, Copy)]
struct Direction<S> {
    energy: S,
    size: S,
    cos_theta: S,
    sin_theta: S,
    cos_phi: S,
    sin_phi: S,
    /// `cos(theta/2)`, `sin(theta/2)`.
    half: [S; 2],
}

/// Energy, size, cosine and sine of the polar angle, of the azimuth, of half the
/// polar angle.
#[inline(always)]
pub(crate) fn direction<S: Lanes>(p: [S; 4]) -> [S; ROWS] {
    let (zero, one) = (S::constant(0.0), S::constant(1.0));
    let [energy, px, py, pz] = p;
    let pt2 = px.mul_add(px, py * py);
    let size2 = pz.mul_add(pz, pt2);
    let size = size2.sqrt();
    let pt = pt2.sqrt();
    let inv_pt = pt2.if_positive(one.over(pt2.if_positive(pt, one)), zero);
    let cos_phi = pt2.if_positive(px * inv_pt, one);
    let sin_phi = pt2.if_positive(py * inv_pt, zero);
    let inv_size = one.over(size2.if_positive(size, one));
    let cos_theta = size2.if_positive(pz * inv_size, one);
    let sin_theta = pt * inv_size;
    // 1 +- cos theta without cancellation: the small one through sin^2.
    let larger = one + cos_theta.if_positive(cos_theta, -cos_theta);
    let smaller = (sin_theta * sin_theta).over(larger);
    let half_of = S::constant(0.5);
    let large = (half_of * larger).sqrt();
    let small = (half_of * smaller).sqrt();
    let cos_half = cos_theta.if_positive(large, small);
    let sin_half = cos_theta.if_positive(small, large);
    [
        energy, size, cos_theta, sin_theta, cos_phi, sin_phi, cos_half, sin_half,
    ]
}

/// Components of a wave function from [`direction`]. `mass` is the pole mass.
#[inline(always)]
pub(super) fn wave<S: Lanes>(
    rows: [S; ROWS],
    mass: f64,
    helicity: i8,
    kind: Kind,
    outgoing: bool,
) -> [Complex<S>; 4] {
    let [energy, size, cos_theta, sin_theta, cos_phi, sin_phi, c, s] = rows;
    let d = Direction {
        energy,
        size,
        cos_theta,
        sin_theta,
        cos_phi,
        sin_phi,
        half: [c, s],
    };
    match kind {
        Kind::Scalar => [
            Complex {
                re: S::constant(1.0),
                im: S::constant(0.0),
            },
            Complex::zero(),
            Complex::zero(),
            Complex::zero(),
        ],
        Kind::Vector | Kind::VectorSpinor | Kind::VectorBarred | Kind::Tensor => {
            vector(d, mass, helicity, outgoing)
        }
        Kind::Spinor => spinor(d, mass, helicity, outgoing),
        Kind::Barred => {
            // The bar is the hermitian conjugate with the halves exchanged.
            let [a, b, c, e] = spinor(d, mass, helicity, !outgoing);
            [conjugate(c), conjugate(e), conjugate(a), conjugate(b)]
        }
    }
}

#[inline(always)]
fn conjugate<S: Lanes>(z: Complex<S>) -> Complex<S> {
    Complex {
        re: z.re,
        im: -z.im,
    }
}

#[inline(always)]
fn real<S: Lanes>(x: S) -> Complex<S> {
    Complex {
        re: x,
        im: S::constant(0.0),
    }
}

/// `u(p, helicity)`, or `v(p, helicity)` for an antiparticle.
#[inline(always)]
fn spinor<S: Lanes>(d: Direction<S>, mass: f64, helicity: i8, anti: bool) -> [Complex<S>; 4] {
    let zero = S::constant(0.0);
    let sum = (d.energy + d.size).sqrt();
    // sqrt(E - |p|) = m / sqrt(E + |p|)
    let difference = if mass == 0.0 {
        zero
    } else {
        S::constant(mass).over(sum)
    };
    let [c, s] = d.half;
    let chi_plus = [
        Complex { re: c, im: zero },
        Complex {
            re: s * d.cos_phi,
            im: s * d.sin_phi,
        },
    ];
    let chi_minus = [
        Complex {
            re: -(s * d.cos_phi),
            im: s * d.sin_phi,
        },
        Complex { re: c, im: zero },
    ];
    let plus = helicity > 0;
    let chi = if plus != anti { chi_plus } else { chi_minus };
    let (upper, lower) = match (plus, anti) {
        (true, false) => (difference, sum),
        (false, false) => (sum, difference),
        (true, true) => (-sum, difference),
        (false, true) => (difference, -sum),
    };
    [
        chi[0].scale(upper),
        chi[1].scale(upper),
        chi[0].scale(lower),
        chi[1].scale(lower),
    ]
}

/// Polarisation vector, complex conjugate for an outgoing leg.
#[inline(always)]
fn vector<S: Lanes>(d: Direction<S>, mass: f64, helicity: i8, outgoing: bool) -> [Complex<S>; 4] {
    if helicity == 0 {
        let inv = S::constant(1.0 / mass);
        let along = d.energy * inv;
        return [
            real(d.size * inv),
            real(along * d.sin_theta * d.cos_phi),
            real(along * d.sin_theta * d.sin_phi),
            real(along * d.cos_theta),
        ];
    }
    let root = S::constant(std::f64::consts::FRAC_1_SQRT_2);
    let sign = S::constant(-f64::from(helicity));
    let bar = S::constant(if outgoing { -1.0 } else { 1.0 });
    [
        Complex::zero(),
        Complex {
            re: root * sign * d.cos_theta * d.cos_phi,
            im: bar * root * d.sin_phi,
        },
        Complex {
            re: root * sign * d.cos_theta * d.sin_phi,
            im: -(bar * root * d.cos_phi),
        },
        real(-(root * sign * d.sin_theta)),
    ]
}
