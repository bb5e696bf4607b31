//! The vertices and propagators on explicit components.
//!
//! Spinor halves: components 0, 1 upper (left-handed), 2, 3 lower. Vectors are
//! contravariant. All formulas are in the chiral representation.

use super::lanes::{Complex, Lanes};

type C<S> = Complex<S>;
pub(super) type Four<S> = [Complex<S>; 4];

/// `a . b` with metric (+, -, -, -).
#[inline(always)]
pub(super) fn minkowski<S: Lanes>(a: Four<S>, b: Four<S>) -> C<S> {
    let s = a[1] * b[1];
    let s = a[2].mul_add(b[2], s);
    let s = a[3].mul_add(b[3], s);
    a[0] * b[0] - s
}

/// `p . v` for a real momentum.
#[inline(always)]
pub(super) fn momentum_dot<S: Lanes>(p: [S; 4], v: Four<S>) -> C<S> {
    let part = |x: [S; 4]| {
        let s = p[1] * x[1];
        let s = p[2].mul_add(x[2], s);
        let s = p[3].mul_add(x[3], s);
        p[0].mul_add(x[0], -s)
    };
    C {
        re: part(v.map(|z| z.re)),
        im: part(v.map(|z| z.im)),
    }
}

/// `row gamma^mu (P_L + r P_R) column`.
#[inline(always)]
pub(super) fn fermions_to_vector<S: Lanes>(d: Four<S>, a: Four<S>, parts: u8, r: C<S>) -> Four<S> {
    let mut j = [C::zero(); 4];
    if parts & 1 != 0 {
        // d_lower sigmabar^mu a_upper, sigmabar = (1, -sigma)
        let (x00, x01) = (d[2] * a[0], d[2] * a[1]);
        let (x10, x11) = (d[3] * a[0], d[3] * a[1]);
        j = [x00 + x11, -(x01 + x10), (x01 - x10).times_i(), x11 - x00];
    }
    if parts & 2 != 0 {
        // d_upper sigma^mu a_lower
        let d0 = if parts & 1 != 0 { d[0] * r } else { d[0] };
        let d1 = if parts & 1 != 0 { d[1] * r } else { d[1] };
        let (x00, x01) = (d0 * a[2], d0 * a[3]);
        let (x10, x11) = (d1 * a[2], d1 * a[3]);
        j[0] = j[0] + (x00 + x11);
        j[1] = j[1] + (x01 + x10);
        j[2] = j[2] + (x10 - x01).times_i();
        j[3] = j[3] + (x00 - x11);
    }
    j
}

/// `V.sigma` (`bar = false`) or `V.sigmabar` as a two-by-two matrix, row by row.
#[inline(always)]
fn slash<S: Lanes>(v: Four<S>, bar: bool) -> [[C<S>; 2]; 2] {
    let iv2 = v[2].times_i();
    let (plus, minus) = (v[0] + v[3], v[0] - v[3]);
    if bar {
        [[plus, v[1] - iv2], [v[1] + iv2, minus]]
    } else {
        [[minus, iv2 - v[1]], [-(v[1] + iv2), plus]]
    }
}

/// The same for a real momentum.
#[inline(always)]
fn slash_real<S: Lanes>(p: [S; 4], bar: bool) -> [[C<S>; 2]; 2] {
    let z = S::splat(0.0);
    let (plus, minus) = (p[0] + p[3], p[0] - p[3]);
    if bar {
        [
            [
                C { re: plus, im: z },
                C {
                    re: p[1],
                    im: -p[2],
                },
            ],
            [C { re: p[1], im: p[2] }, C { re: minus, im: z }],
        ]
    } else {
        [
            [
                C { re: minus, im: z },
                C {
                    re: -p[1],
                    im: p[2],
                },
            ],
            [
                C {
                    re: -p[1],
                    im: -p[2],
                },
                C { re: plus, im: z },
            ],
        ]
    }
}

#[inline(always)]
fn times_column<S: Lanes>(m: [[C<S>; 2]; 2], x: C<S>, y: C<S>) -> [C<S>; 2] {
    [
        m[0][1].mul_add(y, m[0][0] * x),
        m[1][1].mul_add(y, m[1][0] * x),
    ]
}

#[inline(always)]
fn times_row<S: Lanes>(m: [[C<S>; 2]; 2], x: C<S>, y: C<S>) -> [C<S>; 2] {
    [
        m[1][0].mul_add(y, m[0][0] * x),
        m[1][1].mul_add(y, m[0][1] * x),
    ]
}

/// `Vslash (P_L + r P_R) psi`.
#[inline(always)]
pub(super) fn spinor_vector<S: Lanes>(f: Four<S>, v: Four<S>, parts: u8, r: C<S>) -> Four<S> {
    let mut out = [C::zero(); 4];
    if parts & 1 != 0 {
        [out[2], out[3]] = times_column(slash(v, true), f[0], f[1]);
    }
    if parts & 2 != 0 {
        let [x, y] = times_column(slash(v, false), f[2], f[3]);
        [out[0], out[1]] = if parts & 1 != 0 {
            [r * x, r * y]
        } else {
            [x, y]
        };
    }
    out
}

/// `psibar Vslash (P_L + r P_R)`.
#[inline(always)]
pub(super) fn barred_vector<S: Lanes>(f: Four<S>, v: Four<S>, parts: u8, r: C<S>) -> Four<S> {
    let mut out = [C::zero(); 4];
    if parts & 1 != 0 {
        [out[0], out[1]] = times_row(slash(v, true), f[2], f[3]);
    }
    if parts & 2 != 0 {
        let [x, y] = times_row(slash(v, false), f[0], f[1]);
        [out[2], out[3]] = if parts & 1 != 0 {
            [r * x, r * y]
        } else {
            [x, y]
        };
    }
    out
}

/// `row (P_L + r P_R) column`.
#[inline(always)]
pub(super) fn fermions_to_scalar<S: Lanes>(d: Four<S>, a: Four<S>, parts: u8, r: C<S>) -> C<S> {
    let mut s = C::zero();
    if parts & 1 != 0 {
        s = d[1].mul_add(a[1], d[0] * a[0]);
    }
    if parts & 2 != 0 {
        let x = d[3].mul_add(a[3], d[2] * a[2]);
        s = if parts & 1 != 0 { r.mul_add(x, s) } else { x };
    }
    s
}

/// `(P_L + r P_R) psi phi`, either side.
#[inline(always)]
pub(super) fn fermion_scalar<S: Lanes>(f: Four<S>, phi: C<S>, parts: u8, r: C<S>) -> Four<S> {
    let mut out = [C::zero(); 4];
    if parts & 1 != 0 {
        out[0] = f[0] * phi;
        out[1] = f[1] * phi;
    }
    if parts & 2 != 0 {
        let phi = if parts & 1 != 0 { phi * r } else { phi };
        out[2] = f[2] * phi;
        out[3] = f[3] * phi;
    }
    out
}

/// Yang-Mills vertex: `(a.b)(p - q) + ((2q + p).a) b - ((2p + q).b) a`, with
/// momenta `p` of `a` and `q` of `b` flowing in.
#[inline(always)]
pub(super) fn yang_mills<S: Lanes>(a: Four<S>, b: Four<S>, p: [S; 4], q: [S; 4]) -> Four<S> {
    let ab = minkowski(a, b);
    let two = S::splat(2.0);
    let qa = momentum_dot(std::array::from_fn(|k| two.mul_add(q[k], p[k])), a);
    let pb = momentum_dot(std::array::from_fn(|k| two.mul_add(p[k], q[k])), b);
    std::array::from_fn(|k| {
        let x = ab.scale(p[k] - q[k]);
        pb.neg_mul_add(a[k], qa.mul_add(b[k], x))
    })
}

/// `i` and the denominator left out: `(pslash + m) psi`, or `psibar (-pslash + m)`
/// with `p` flowing in along the current.
#[inline(always)]
pub(super) fn fermion_numerator<S: Lanes>(
    f: Four<S>,
    p: [S; 4],
    mass: f64,
    parts: u8,
    barred: bool,
) -> Four<S> {
    let mut out = [C::zero(); 4];
    let p = if barred { p.map(|x| -x) } else { p };
    if parts & 1 != 0 {
        let m = slash_real(p, !barred);
        [out[2], out[3]] = if barred {
            times_row(m, f[0], f[1])
        } else {
            times_column(m, f[0], f[1])
        };
    }
    if parts & 2 != 0 {
        let m = slash_real(p, barred);
        [out[0], out[1]] = if barred {
            times_row(m, f[2], f[3])
        } else {
            times_column(m, f[2], f[3])
        };
    }
    if mass > 0.0 {
        let m = S::splat(mass);
        for half in 0..2 {
            if parts >> half & 1 == 1 {
                for k in 2 * half..2 * half + 2 {
                    out[k] = out[k] + f[k].scale(m);
                }
            }
        }
    }
    out
}

/// `J - p (p.J) / m^2`: the unitary-gauge numerator up to its sign.
#[inline(always)]
pub(super) fn massive_vector_numerator<S: Lanes>(j: Four<S>, p: [S; 4], mass: f64) -> Four<S> {
    let pj = momentum_dot(p, j).scale(S::splat(1.0 / (mass * mass)));
    std::array::from_fn(|k| j[k] - pj.scale(p[k]))
}
