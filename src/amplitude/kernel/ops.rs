//! The vertices and propagators on explicit components.
//!
//! Every vertex adds `x` times itself to what is there, so that a current is
//! summed in registers. Spinor halves: components 0, 1 upper (left-handed), 2, 3
//! lower. Vectors are contravariant. All formulas are in the chiral representation.

use super::complex::{Complex, Dirac, Four, Two};
use crate::compute::simd::Lanes;

type C<S> = Complex<S>;

/// `a . b` with metric (+, -, -, -).
#[inline(always)]
pub(super) fn minkowski<S: Lanes>(a: Four<S>, b: Four<S>) -> C<S> {
    let s = a[0] * b[0];
    let s = a[1].neg_mul_add(b[1], s);
    let s = a[2].neg_mul_add(b[2], s);
    a[3].neg_mul_add(b[3], s)
}

/// `p . v` for a real momentum.
#[inline(always)]
pub(super) fn momentum_dot<S: Lanes>(p: [S; 4], v: Four<S>) -> C<S> {
    let mut s = v[0].scale(p[0]);
    for k in 1..4 {
        s.re = p[k].neg_mul_add(v[k].re, s.re);
        s.im = p[k].neg_mul_add(v[k].im, s.im);
    }
    s
}

/// `sum + x v`.
#[inline(always)]
pub(super) fn scaled<S: Lanes>(x: S, v: Four<S>, mut sum: Four<S>) -> Four<S> {
    for k in 0..4 {
        sum[k] = v[k].scale_add(x, sum[k]);
    }
    sum
}

/// `sum + z v`.
#[inline(always)]
pub(super) fn turned<S: Lanes>(z: C<S>, v: Four<S>, mut sum: Four<S>) -> Four<S> {
    for k in 0..4 {
        sum[k] = z.mul_add(v[k], sum[k]);
    }
    sum
}

/// `sum + x v` for the upper half of a spinor.
#[inline(always)]
pub(super) fn scaled_upper<S: Lanes>(x: S, v: Two<S>, sum: Four<S>) -> Four<S> {
    [
        v[0].scale_add(x, sum[0]),
        v[1].scale_add(x, sum[1]),
        sum[2],
        sum[3],
    ]
}

/// `sum + x v` for the lower half of a spinor.
#[inline(always)]
pub(super) fn scaled_lower<S: Lanes>(x: S, v: Two<S>, sum: Four<S>) -> Four<S> {
    [
        sum[0],
        sum[1],
        v[0].scale_add(x, sum[2]),
        v[1].scale_add(x, sum[3]),
    ]
}

/// `sum + x s` for a scalar.
#[inline(always)]
pub(super) fn add_scalar_times<S: Lanes>(x: S, s: C<S>, mut sum: Four<S>) -> Four<S> {
    sum[0] = s.scale_add(x, sum[0]);
    sum
}

/// `sum + z v` for the upper half of a spinor.
#[inline(always)]
pub(super) fn turned_upper<S: Lanes>(z: C<S>, v: Two<S>, sum: Four<S>) -> Four<S> {
    [
        z.mul_add(v[0], sum[0]),
        z.mul_add(v[1], sum[1]),
        sum[2],
        sum[3],
    ]
}

/// `sum + z v` for the lower half of a spinor.
#[inline(always)]
pub(super) fn turned_lower<S: Lanes>(z: C<S>, v: Two<S>, sum: Four<S>) -> Four<S> {
    [
        sum[0],
        sum[1],
        z.mul_add(v[0], sum[2]),
        z.mul_add(v[1], sum[3]),
    ]
}

/// `sum + z s` for a scalar.
#[inline(always)]
pub(super) fn turned_scalar<S: Lanes>(z: C<S>, s: C<S>, mut sum: Four<S>) -> Four<S> {
    sum[0] = z.mul_add(s, sum[0]);
    sum
}

/// `sum + x C v` for the upper half of a spinor.
#[inline(always)]
pub(super) fn conjugated_upper<S: Lanes>(x: S, v: Two<S>, sum: Four<S>) -> Four<S> {
    [
        v[1].scale_add(-x, sum[0]),
        v[0].scale_add(x, sum[1]),
        sum[2],
        sum[3],
    ]
}

/// `sum + x C v` for the lower half of a spinor.
#[inline(always)]
pub(super) fn conjugated_lower<S: Lanes>(x: S, v: Two<S>, sum: Four<S>) -> Four<S> {
    [
        sum[0],
        sum[1],
        v[1].scale_add(x, sum[2]),
        v[0].scale_add(-x, sum[3]),
    ]
}

/// `sum + x C v` for a spinor.
#[inline(always)]
pub(super) fn conjugated<S: Lanes>(x: S, v: Four<S>, sum: Four<S>) -> Four<S> {
    let sum = conjugated_upper(x, [v[0], v[1]], sum);
    conjugated_lower(x, [v[2], v[3]], sum)
}

#[inline(always)]
pub(super) fn scaled_two<S: Lanes>(x: S, v: Two<S>) -> Two<S> {
    [v[0].scale(x), v[1].scale(x)]
}

#[inline(always)]
pub(super) fn turned_two<S: Lanes>(z: C<S>, v: Two<S>) -> Two<S> {
    [z * v[0], z * v[1]]
}

/// `sum + row gamma^mu P column` for one chirality: `LEFT` joins the lower half
/// of the row with the upper half of the column by `sigmabar^mu`, else the other
/// halves by `sigma^mu`.
#[inline(always)]
pub(super) fn fermions_to_vector<S: Lanes, const LEFT: bool>(
    d: Two<S>,
    a: Two<S>,
    mut sum: Four<S>,
) -> Four<S> {
    let (x00, x01) = (d[0] * a[0], d[0] * a[1]);
    let (x10, x11) = (d[1] * a[0], d[1] * a[1]);
    sum[0] = sum[0] + (x00 + x11);
    if LEFT {
        sum[1] = sum[1] - (x01 + x10);
        sum[2] = sum[2].plus_i(x01 - x10);
        sum[3] = sum[3] - (x00 - x11);
    } else {
        sum[1] = sum[1] + (x01 + x10);
        sum[2] = sum[2].minus_i(x01 - x10);
        sum[3] = sum[3] + (x00 - x11);
    }
    sum
}

/// `sum + Vslash f` (or `f Vslash` where `ROW`) from one half of a spinor to the
/// other; `BAR` stands for the block `V.sigmabar`, else `V.sigma`.
#[inline(always)]
pub(super) fn slash<S: Lanes, const BAR: bool, const ROW: bool>(
    f: Two<S>,
    v: Four<S>,
    sum: Two<S>,
) -> Two<S> {
    let (plus, minus) = (v[0] + v[3], v[0] - v[3]);
    let (a, b) = (v[1].minus_i(v[2]), v[1].plus_i(v[2]));
    let (m01, m10) = if ROW { (b, a) } else { (a, b) };
    if BAR {
        [
            m01.mul_add(f[1], plus.mul_add(f[0], sum[0])),
            m10.mul_add(f[0], minus.mul_add(f[1], sum[1])),
        ]
    } else {
        [
            m01.neg_mul_add(f[1], minus.mul_add(f[0], sum[0])),
            m10.neg_mul_add(f[0], plus.mul_add(f[1], sum[1])),
        ]
    }
}

/// Both chiralities of [`fermions_to_vector`], with the same coupling.
#[inline(always)]
pub(super) fn ffv<S: Lanes>(x: S, row: Dirac<S>, column: Dirac<S>, sum: Four<S>) -> Four<S> {
    let (lower, upper) = (scaled_two(x, row.lower()), scaled_two(x, row.upper()));
    let sum = fermions_to_vector::<S, true>(lower, column.upper(), sum);
    fermions_to_vector::<S, false>(upper, column.lower(), sum)
}

/// The same with `r` times the left-handed coupling on the right.
#[inline(always)]
pub(super) fn ffv_both<S: Lanes>(
    x: S,
    row: Dirac<S>,
    column: Dirac<S>,
    r: C<S>,
    sum: Four<S>,
) -> Four<S> {
    let (lower, upper) = (scaled_two(x, row.lower()), scaled_two(x, row.upper()));
    let upper = turned_two(r, upper);
    let sum = fermions_to_vector::<S, true>(lower, column.upper(), sum);
    fermions_to_vector::<S, false>(upper, column.lower(), sum)
}

/// `Vslash P_L psi` added to the lower half.
#[inline(always)]
pub(super) fn fvi_left<S: Lanes>(f: Two<S>, v: Four<S>, mut sum: Four<S>) -> Four<S> {
    [sum[2], sum[3]] = slash::<S, true, false>(f, v, [sum[2], sum[3]]);
    sum
}

/// `Vslash P_R psi` added to the upper half.
#[inline(always)]
pub(super) fn fvi_right<S: Lanes>(f: Two<S>, v: Four<S>, mut sum: Four<S>) -> Four<S> {
    [sum[0], sum[1]] = slash::<S, false, false>(f, v, [sum[0], sum[1]]);
    sum
}

/// `Vslash psi`.
#[inline(always)]
pub(super) fn fvi<S: Lanes>(x: S, psi: Dirac<S>, v: Four<S>, sum: Four<S>) -> Four<S> {
    let (upper, lower) = (scaled_two(x, psi.upper()), scaled_two(x, psi.lower()));
    fvi_right(lower, v, fvi_left(upper, v, sum))
}

/// `Vslash (P_L + r P_R) psi`.
#[inline(always)]
pub(super) fn fvi_both<S: Lanes>(
    x: S,
    psi: Dirac<S>,
    v: Four<S>,
    r: C<S>,
    sum: Four<S>,
) -> Four<S> {
    let (upper, lower) = (scaled_two(x, psi.upper()), scaled_two(x, psi.lower()));
    let lower = turned_two(r, lower);
    fvi_right(lower, v, fvi_left(upper, v, sum))
}

/// `psibar Vslash P_L` added to the upper half.
#[inline(always)]
pub(super) fn fvo_left<S: Lanes>(f: Two<S>, v: Four<S>, mut sum: Four<S>) -> Four<S> {
    [sum[0], sum[1]] = slash::<S, true, true>(f, v, [sum[0], sum[1]]);
    sum
}

/// `psibar Vslash P_R` added to the lower half.
#[inline(always)]
pub(super) fn fvo_right<S: Lanes>(f: Two<S>, v: Four<S>, mut sum: Four<S>) -> Four<S> {
    [sum[2], sum[3]] = slash::<S, false, true>(f, v, [sum[2], sum[3]]);
    sum
}

/// `psibar Vslash`.
#[inline(always)]
pub(super) fn fvo<S: Lanes>(x: S, bar: Dirac<S>, v: Four<S>, sum: Four<S>) -> Four<S> {
    let (upper, lower) = (scaled_two(x, bar.upper()), scaled_two(x, bar.lower()));
    fvo_right(upper, v, fvo_left(lower, v, sum))
}

/// `psibar Vslash (P_L + r P_R)`.
#[inline(always)]
pub(super) fn fvo_both<S: Lanes>(
    x: S,
    bar: Dirac<S>,
    v: Four<S>,
    r: C<S>,
    sum: Four<S>,
) -> Four<S> {
    let (upper, lower) = (scaled_two(x, bar.upper()), scaled_two(x, bar.lower()));
    let upper = turned_two(r, upper);
    fvo_right(upper, v, fvo_left(lower, v, sum))
}

/// `row column`.
#[inline(always)]
pub(super) fn ffs<S: Lanes>(x: S, row: Dirac<S>, column: Dirac<S>, sum: Four<S>) -> Four<S> {
    let a = half_product(row.upper(), column.upper());
    let b = half_product(row.lower(), column.lower());
    add_scalar_times(x, a + b, sum)
}

/// `row (P_L + r P_R) column`.
#[inline(always)]
pub(super) fn ffs_both<S: Lanes>(
    x: S,
    row: Dirac<S>,
    column: Dirac<S>,
    r: C<S>,
    sum: Four<S>,
) -> Four<S> {
    let a = half_product(row.upper(), column.upper());
    let b = half_product(row.lower(), column.lower());
    add_scalar_times(x, a + r * b, sum)
}

/// A scalar times the upper half of a spinor.
#[inline(always)]
pub(super) fn fs_upper<S: Lanes>(phi: C<S>, f: Two<S>, mut sum: Four<S>) -> Four<S> {
    sum[0] = f[0].mul_add(phi, sum[0]);
    sum[1] = f[1].mul_add(phi, sum[1]);
    sum
}

/// A scalar times the lower half of a spinor.
#[inline(always)]
pub(super) fn fs_lower<S: Lanes>(phi: C<S>, f: Two<S>, mut sum: Four<S>) -> Four<S> {
    sum[2] = f[0].mul_add(phi, sum[2]);
    sum[3] = f[1].mul_add(phi, sum[3]);
    sum
}

/// A scalar times a spinor.
#[inline(always)]
pub(super) fn fs<S: Lanes>(phi: C<S>, psi: Dirac<S>, sum: Four<S>) -> Four<S> {
    fs_lower(phi, psi.lower(), fs_upper(phi, psi.upper(), sum))
}

/// A scalar times `(P_L + r P_R) psi`.
#[inline(always)]
pub(super) fn fs_both<S: Lanes>(phi: C<S>, psi: Dirac<S>, r: C<S>, sum: Four<S>) -> Four<S> {
    fs_lower(r * phi, psi.lower(), fs_upper(phi, psi.upper(), sum))
}

/// The same for a real momentum, nothing added.
#[inline(always)]
fn slash_real<S: Lanes, const BAR: bool, const ROW: bool>(f: Two<S>, p: [S; 4]) -> Two<S> {
    let (plus, minus) = (p[0] + p[3], p[0] - p[3]);
    // Row times matrix exchanges the off-diagonal entries p1 -+ i p2.
    let p2 = if ROW { -p[2] } else { p[2] };
    let (d0, d1) = if BAR { (plus, minus) } else { (minus, plus) };
    let p1 = if BAR { p[1] } else { -p[1] };
    let p2 = if BAR { p2 } else { -p2 };
    [
        C {
            re: d0.mul_add(f[0].re, p1.mul_add(f[1].re, p2 * f[1].im)),
            im: d0.mul_add(f[0].im, p1.mul_sub(f[1].im, p2 * f[1].re)),
        },
        C {
            re: d1.mul_add(f[1].re, p1.mul_sub(f[0].re, p2 * f[0].im)),
            im: d1.mul_add(f[1].im, p1.mul_add(f[0].im, p2 * f[0].re)),
        },
    ]
}

/// `row . column` of one half.
#[inline(always)]
pub(super) fn half_product<S: Lanes>(d: Two<S>, a: Two<S>) -> C<S> {
    d[1].mul_add(a[1], d[0] * a[0])
}

/// Yang-Mills vertex: `x` times `(a.b)(p - q) + ((2q + p).a) b - ((2p + q).b) a`,
/// with momenta `p` of `a` and `q` of `b` flowing in.
#[inline(always)]
pub(super) fn yang_mills<S: Lanes>(
    x: S,
    a: Four<S>,
    b: Four<S>,
    p: [S; 4],
    q: [S; 4],
    mut sum: Four<S>,
) -> Four<S> {
    let two = S::constant(2.0);
    let mut u = p;
    let mut v = p;
    for k in 0..4 {
        u[k] = two.mul_add(q[k], p[k]);
        v[k] = two.mul_add(p[k], q[k]);
    }
    let ab = minkowski(a, b).scale(x);
    let qa = momentum_dot(u, a).scale(x);
    let pb = momentum_dot(v, b).scale(x);
    for k in 0..4 {
        let s = ab.scale_add(p[k] - q[k], sum[k]);
        sum[k] = pb.neg_mul_add(a[k], qa.mul_add(b[k], s));
    }
    sum
}

/// Four-vector vertex from its scalar products: `sum + u a + v b + w c`.
#[inline(always)]
pub(super) fn three_vectors<S: Lanes>(
    factors: [C<S>; 3],
    vectors: [Four<S>; 3],
    mut sum: Four<S>,
) -> Four<S> {
    for k in 0..4 {
        let s = factors[0].mul_add(vectors[0][k], sum[k]);
        let s = factors[1].mul_add(vectors[1][k], s);
        sum[k] = factors[2].mul_add(vectors[2][k], s);
    }
    sum
}

/// `i` and the denominator left out: `(pslash + m) psi`, or `psibar (-pslash + m)`
/// where `ROW`, with `p` flowing in along the current. `PARTS` says which halves
/// of the spinor are there.
#[inline(always)]
pub(super) fn fermion_numerator<S: Lanes, const PARTS: u8, const ROW: bool>(
    f: Four<S>,
    mut p: [S; 4],
    mass: f64,
) -> Four<S> {
    if ROW {
        p = [-p[0], -p[1], -p[2], -p[3]];
    }
    let mut out = [C::zero(); 4];
    if PARTS & 1 != 0 {
        let half = [f[0], f[1]];
        [out[2], out[3]] = if ROW {
            slash_real::<S, false, ROW>(half, p)
        } else {
            slash_real::<S, true, ROW>(half, p)
        };
    }
    if PARTS & 2 != 0 {
        let half = [f[2], f[3]];
        [out[0], out[1]] = if ROW {
            slash_real::<S, true, ROW>(half, p)
        } else {
            slash_real::<S, false, ROW>(half, p)
        };
    }
    if mass != 0.0 {
        let m = S::constant(mass);
        for k in 0..4 {
            if PARTS >> (k / 2) & 1 == 1 {
                out[k] = f[k].scale_add(m, out[k]);
            }
        }
    }
    out
}

/// `J - p (p.J) / m^2`: the unitary-gauge numerator up to its sign.
#[inline(always)]
pub(super) fn massive_vector_numerator<S: Lanes>(mut j: Four<S>, p: [S; 4], mass: f64) -> Four<S> {
    let pj = momentum_dot(p, j).scale(S::constant(-1.0 / (mass * mass)));
    for k in 0..4 {
        j[k] = pj.scale_add(p[k], j[k]);
    }
    j
}

/// The direction of a momentum, and its size. What is at rest looks along z, as far as
/// rounding can tell: the axis of spins at rest.
#[inline(always)]
fn direction<S: Lanes>(p: [S; 4]) -> ([S; 3], S) {
    let rest = if size_of::<S::Real>() == 4 {
        1e-6
    } else {
        1e-12
    };
    let z = p[0].mul_add(S::constant(rest), p[3]);
    let size = z.mul_add(z, p[1].mul_add(p[1], p[2] * p[2])).sqrt();
    ([p[1].over(size), p[2].over(size), z.over(size)], size)
}

/// The three-vector of a current along a direction.
#[inline(always)]
fn along<S: Lanes>(j: &Four<S>, n: [S; 3]) -> C<S> {
    j[3].scale_add(n[2], j[2].scale_add(n[1], j[1].scale(n[0])))
}

/// `-eps (eps.J)` of the longitudinal helicity, `eps = (|p|, E p/|p|) / sqrt(p^2)`: that
/// part of the numerator up to its sign (arXiv:1912.01725).
#[inline(always)]
pub(super) fn longitudinal_numerator<S: Lanes>(j: Four<S>, p: [S; 4]) -> Four<S> {
    let (n, size) = direction(p);
    let part = along(&j, n).scale(-p[0]);
    let square = (p[0] - size) * (p[0] + size);
    let z = j[0]
        .scale_add(size, part)
        .scale(S::constant(-1.0).over(square));
    let space = z.scale(p[0]);
    [
        z.scale(size),
        space.scale(n[0]),
        space.scale(n[1]),
        space.scale(n[2]),
    ]
}

/// The same for both transverse helicities: the three-vector of a current across its
/// momentum.
#[inline(always)]
pub(super) fn transverse_numerator<S: Lanes>(j: Four<S>, p: [S; 4]) -> Four<S> {
    let (n, _) = direction(p);
    let part = along(&j, n);
    let across = |k: usize| part.scale_add(-n[k - 1], j[k]);
    [C::zero(), across(1), across(2), across(3)]
}

/// The same for one of them, of a particle with this helicity: half of the sum, and half
/// of the difference, which is a vector product. The sign of the momentum and that of the
/// direction of the line go together.
#[inline(always)]
pub(super) fn circular_numerator<S: Lanes>(j: Four<S>, p: [S; 4], helicity: f64) -> Four<S> {
    let (n, _) = direction(p);
    let both = transverse_numerator(j, p);
    let half = S::constant(0.5);
    let signed = S::constant(0.5 * helicity);
    let mut out = [C::zero(); 4];
    for k in 0..3 {
        let (a, b) = ((k + 1) % 3, (k + 2) % 3);
        // (J x n)_k
        let product = j[b + 1].scale_add(-n[a], j[a + 1].scale(n[b]));
        out[k + 1] = both[k + 1].scale(half).minus_i(product.scale(signed));
    }
    out
}

/// A current less that multiple of its momentum which leaves it smallest.
///
/// The photon that a fast particle emits has a current of `2 p`, nearly along the
/// photon's momentum: what it couples to is conserved, so the multiple does not
/// matter, and what is left is transverse. Without this the small result comes out as a
/// difference of terms that are larger by `E / m`, once for each such photon. A momentum
/// of zero leaves the current as it is.
#[inline(always)]
pub(super) fn without_large_part<S: Lanes>(mut j: Four<S>, p: [S; 4]) -> Four<S> {
    let size = p[0].mul_add(p[0], p[1].mul_add(p[1], p[2].mul_add(p[2], p[3] * p[3])));
    let mut along = j[0].scale(p[0]);
    for k in 1..4 {
        along = j[k].scale_add(p[k], along);
    }
    let part = along.scale(S::constant(-1.0).over(size.if_positive(size, S::constant(1.0))));
    for k in 0..4 {
        j[k] = part.scale_add(p[k], j[k]);
    }
    j
}

/// What [`without_large_part`] is for the current that meets the one of the fast
/// particle: the product with that current is the same as if the part had been
/// taken away there.
#[inline(always)]
pub(super) fn blind_to_momentum<S: Lanes>(mut j: Four<S>, p: [S; 4]) -> Four<S> {
    let size = p[0].mul_add(p[0], p[1].mul_add(p[1], p[2].mul_add(p[2], p[3] * p[3])));
    let part =
        momentum_dot(p, j).scale(S::constant(-1.0).over(size.if_positive(size, S::constant(1.0))));
    let turned = [p[0], -p[1], -p[2], -p[3]];
    for k in 0..4 {
        j[k] = part.scale_add(turned[k], j[k]);
    }
    j
}
