//! Decay of a system into a leg that must be seen and something else: rapidity
//! and azimuth of the leg in the laboratory.
//!
//! Flat in the solid angle of the rest frame, as an isotropic decay is, but the
//! cuts on the leg's transverse momentum and rapidity and on the rapidity of its
//! partner are the walls of the hypercube. Knows one system with its momentum;
//! knows neither how it came about nor what the partner does next.
//!
//! With the system's transverse mass `m_T`, transverse momentum `q`, mass `m` and
//! the leg's distances `delta` in rapidity and `phi` in azimuth from it, a massless
//! leg has `p_T = K / (2 D)`, `D = m_T cosh(delta) - q cos(phi)`, `K = m^2 - m_2^2`,
//! and the solid angle is `m^2 / D^2 ddelta dphi`. Its integral over `phi` is flat in
//! `sinh(delta) m_T / sqrt(m_T^2 sinh^2(delta) + m^2)`; the one in `phi` at fixed
//! `delta` is Kepler's equation for the anomaly `E`, `E + e sin(E)`, with
//! `e = q / (m_T cosh(delta))`. The map is our own.

use std::f64::consts::PI;

use serde::Serialize;

use super::bounds::Limits;
use super::tree::{Node, Tree};
use crate::elementary::Elementary;
use crate::kinematics::{FourVector, asinh, sinh};

/// What must be seen of a decay.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Seen {
    /// The leg is the second part of the decay.
    pub swapped: bool,
    /// Smallest transverse momentum of the leg, GeV.
    pt: f64,
    /// Largest absolute rapidity of the leg in the frame where both hadrons have
    /// the same energy.
    y_max: f64,
    /// The same for its partner.
    y_other: f64,
}

/// The system that decays, in a frame that moves along the beams.
#[derive(Clone, Copy, Debug)]
pub(super) struct System {
    q: FourVector,
    /// Squared mass.
    m2: f64,
    /// `m^2 - m_2^2`, twice the leg's energy in the rest frame times `m`.
    k: f64,
    m_t: f64,
    q_t: f64,
    y: f64,
    /// What rapidities in this frame lack to those the cuts are for.
    boost: f64,
}

impl System {
    /// From momentum, squared mass, squared mass of the partner and boost.
    #[inline(always)]
    pub fn new(q: FourVector, m2: f64, m2_other: f64, boost: f64) -> Self {
        let q_t2 = q[1] * q[1] + q[2] * q[2];
        let m_t = (m2 + q_t2).sqrt();
        Self {
            q,
            m2,
            k: m2 - m2_other,
            m_t,
            q_t: q_t2.sqrt(),
            y: asinh(q[3] / m_t),
            boost,
        }
    }

    /// The flat variable of the rapidity, in [-1, 1].
    #[inline(always)]
    fn flat(&self, delta: f64) -> f64 {
        if delta.is_infinite() {
            return delta.signum();
        }
        let s = self.m_t * sinh(delta);
        s / (s * s + self.m2).sqrt()
    }
}

/// One distance in rapidity.
#[derive(Clone, Copy, Debug)]
struct Slice {
    /// `m_T cosh(delta)`.
    a: f64,
    /// The system's transverse momentum.
    b: f64,
    /// `a^2 - b^2`.
    n: f64,
    /// Limits of the anomaly, in [0, pi].
    lo: f64,
    hi: f64,
}

impl Slice {
    #[inline(always)]
    fn mean(&self, e: f64) -> f64 {
        e + self.b / self.a * e.sin_same()
    }

    /// Solves Kepler's equation; Newton's steps come from below.
    #[inline(always)]
    fn anomaly(&self, mean: f64) -> f64 {
        let ecc = self.b / self.a;
        let mut e = mean;
        for _ in 0..60 {
            let step = (e + ecc * e.sin_same() - mean) / (1.0 + ecc * e.cos_same()).max(1e-12);
            e = (e - step).clamp(self.lo, self.hi);
            if step.abs() < 1e-15 * (1.0 + e) {
                break;
            }
        }
        e
    }

    /// `D` of an anomaly.
    #[inline(always)]
    fn d(&self, e: f64) -> f64 {
        self.n / (self.a + self.b * e.cos_same())
    }

    /// The anomaly is this many times further than the azimuth, in tangents of
    /// the halves.
    #[inline(always)]
    fn stretch(&self) -> f64 {
        (self.a + self.b) / self.n.sqrt()
    }
}

impl Seen {
    /// For a split into two parts of a tree; `None` unless one of them is a
    /// massless leg with limits.
    pub fn of(tree: &Tree, parts: [usize; 2], limits: &Limits, boost: f64) -> Option<Self> {
        let leg = |node: &Node| node.split.is_none().then(|| node.set.trailing_zeros());
        let [one, two] = parts.map(|at| leg(&tree.nodes[at]).map(|k| k as usize));
        let limited = |k: Option<usize>| {
            k.filter(|&k| limits.masses[k] == 0.0)
                .map(|k| (limits.pt_min[k], limits.y_max[k]))
                .filter(|(pt, y)| *pt > 0.0 || y.is_finite())
        };
        let (found, other, swapped) = match (limited(one), limited(two)) {
            (Some(found), _) => (found, two, false),
            (None, Some(found)) => (found, one, true),
            (None, None) => return None,
        };
        let (pt, y_max) = found;
        Some(Self {
            swapped,
            pt,
            y_max: y_max + boost.abs(),
            y_other: other.map_or(f64::INFINITY, |k| limits.y_max[k]) + boost.abs(),
        })
    }

    /// Smallest distance at which the partner can keep to its largest rapidity,
    /// `w` above that of the system.
    #[inline(always)]
    fn nearest(f: &System, w: f64) -> f64 {
        if w <= 0.0 || w.is_infinite() {
            return f64::NEG_INFINITY;
        }
        let sh = sinh(w);
        let mt2 = 2.0 * f.m_t * f.m_t * sh;
        let c = mt2 - f.k * w.exp_same();
        if c >= 0.0 {
            return f64::NEG_INFINITY;
        }
        let a = mt2 + f.k * (-w).exp_same();
        let b = 4.0 * f.m_t * f.q_t * sh;
        // Positive root of a z^2 + b z + c, without cancellation.
        (-2.0 * c / (b + (b * b - 4.0 * a * c).sqrt())).ln_same()
    }

    /// Limits of the flat variable of the rapidity.
    #[inline(always)]
    fn limits(&self, f: &System) -> Option<(f64, f64)> {
        let y = f.y + f.boost;
        let (mut lo, mut hi) = (-self.y_max - y, self.y_max - y);
        if self.pt > 0.0 {
            let c = (0.5 * f.k / self.pt + f.q_t) / f.m_t;
            if c.partial_cmp(&1.0) != Some(std::cmp::Ordering::Greater) {
                return None;
            }
            let d = c.acosh_same();
            (lo, hi) = (lo.max(-d), hi.min(d));
        }
        lo = lo.max(Self::nearest(f, self.y_other - y));
        hi = hi.min(-Self::nearest(f, self.y_other + y));
        let (lo, hi) = (f.flat(lo), f.flat(hi));
        (lo < hi).then_some((lo, hi))
    }

    /// Limits of the azimuth at one distance in rapidity.
    #[inline(always)]
    fn slice(&self, f: &System, s: f64, delta: f64) -> Option<Slice> {
        let mut slice = Slice {
            a: (f.m_t * f.m_t + s * s).sqrt(),
            b: f.q_t,
            n: f.m2 + s * s,
            lo: 0.0,
            hi: PI,
        };
        // Limits of the leg's transverse momentum.
        let (mut least, mut most) = (self.pt, f64::INFINITY);
        if self.y_other.is_finite() {
            for side in [1.0, -1.0] {
                let w = self.y_other - side * (f.y + f.boost);
                let a = sinh(w - side * delta);
                let b = f.m_t * sinh(w);
                match (a > 0.0, b > 0.0) {
                    (true, true) => most = most.min(b / a),
                    (true, false) => return None,
                    (false, true) => {}
                    (false, false) => least = least.max(b / a),
                }
            }
        }
        // Those of D, between a - b and a + b.
        let nearest = slice.n / (slice.a + slice.b);
        let (d_lo, d_hi) = (0.5 * f.k / most, 0.5 * f.k / least);
        let at = |d: f64| {
            let cos = (slice.n / d - slice.a) / slice.b;
            cos.clamp(-1.0, 1.0).acos_same()
        };
        let (mut lo, mut hi) = (0.0, PI);
        if d_lo > nearest {
            if d_lo >= slice.a + slice.b {
                return None;
            }
            lo = at(d_lo);
        }
        if d_hi < slice.a + slice.b {
            if d_hi <= nearest {
                return None;
            }
            hi = at(d_hi);
        }
        (slice.lo, slice.hi) = (lo, hi);
        (lo < hi).then_some(slice)
    }

    /// Momentum of the leg, and the volume of the coordinates in units of that of
    /// all directions; `None` where there is no such point.
    #[inline(always)]
    pub fn forward(&self, f: &System, r: [f64; 2]) -> Option<(FourVector, f64)> {
        let (lo, hi) = self.limits(f)?;
        let t = lo + r[0] * (hi - lo);
        let s = f.m2.sqrt() * t / ((1.0 - t) * (1.0 + t)).sqrt();
        let delta = asinh(s / f.m_t);
        let slice = self.slice(f, s, delta)?;
        let (first, last) = (slice.mean(slice.lo), slice.mean(slice.hi));
        let v = 2.0 * r[1] - 1.0;
        let e = slice.anomaly(first + v.abs() * (last - first));
        let half = (0.5 * e).sin_cos_same();
        let away = 2.0 * half.0.atan2_same(slice.stretch() * half.1);
        let phi = f.q[2].atan2_same(f.q[1]) + away.copysign(v);
        let pt = 0.5 * f.k / slice.d(e);
        let (sin, cos) = phi.sin_cos_same();
        let e_y = (f.y + delta).exp_same();
        let p = [
            0.5 * pt * (e_y + 1.0 / e_y),
            pt * cos,
            pt * sin,
            0.5 * pt * (e_y - 1.0 / e_y),
        ];
        Some((p, 0.5 * (hi - lo) * (last - first) / PI))
    }

    /// Coordinates of the leg's momentum, and the inverse of the volume; `None`
    /// where the map cannot make the point.
    pub fn inverse(&self, f: &System, p: FourVector) -> Option<([f64; 2], f64)> {
        let inside =
            |x: f64, lo: f64, hi: f64| (x > lo - 1e-9 && x < hi + 1e-9).then(|| x.clamp(lo, hi));
        let (lo, hi) = self.limits(f)?;
        let delta = asinh(p[3] / p[1].hypot_same(p[2])) - f.y;
        let t = inside(f.flat(delta), lo, hi)?;
        let slice = self.slice(f, f.m_t * sinh(delta), delta)?;
        let (first, last) = (slice.mean(slice.lo), slice.mean(slice.hi));
        let away = p[2].atan2_same(p[1]) - f.q[2].atan2_same(f.q[1]);
        let half = (0.5 * away).sin_cos_same();
        // Between -pi and pi: the sign of the half's cosine does not matter.
        let side = half.0 * half.1;
        let e = 2.0 * (slice.stretch() * half.0.abs()).atan2_same(half.1.abs());
        let m = inside(slice.mean(e), first, last)?;
        let v = ((m - first) / (last - first)).copysign(side);
        let r = [(t - lo) / (hi - lo), 0.5 * (v + 1.0)];
        Some((r, PI / (0.5 * (hi - lo) * (last - first))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinematics::{boost_from_rest, dot};
    use crate::phasespace::two_body::{AXES, TwoBody};
    use crate::rng::{Purpose, Stream};

    fn momentum(m: f64, pt: f64, phi: f64, y: f64) -> FourVector {
        let m_t = m.hypot(pt);
        [
            m_t * y.cosh(),
            pt * phi.cos(),
            pt * phi.sin(),
            m_t * y.sinh(),
        ]
    }

    fn rapidity(p: FourVector) -> f64 {
        (p[3] / (dot(p, p).max(0.0) + p[1] * p[1] + p[2] * p[2]).sqrt()).asinh()
    }

    const SEEN: [Seen; 3] = [
        Seen {
            swapped: false,
            pt: 20.0,
            y_max: 2.5,
            y_other: 2.4,
        },
        Seen {
            swapped: false,
            pt: 25.0,
            y_max: 2.5,
            y_other: f64::INFINITY,
        },
        Seen {
            swapped: false,
            pt: 0.0,
            y_max: f64::INFINITY,
            y_other: 1.0,
        },
    ];

    /// Momenta, mass of the partner, boost of the frame.
    fn systems() -> Vec<(FourVector, f64, f64)> {
        let mut all = vec![];
        for pt in [0.0, 3.0, 80.0, 900.0] {
            for y in [-1.7, 0.3, 2.2] {
                for m in [0.0, 50.0] {
                    all.push((momentum(91.0, pt, 2.5, y), m, 0.4));
                }
            }
        }
        all
    }

    #[test]
    fn inverse_finds_the_coordinates() {
        for seen in SEEN {
            for (q, m, boost) in systems() {
                let f = System::new(q, 91.0 * 91.0, m * m, boost);
                let mut stream = Stream::new(1, Purpose::Test, 0, 0);
                for _ in 0..100 {
                    let r = [stream.uniform(), stream.uniform()];
                    let Some((p, det)) = seen.forward(&f, r) else {
                        continue;
                    };
                    let rest: FourVector = std::array::from_fn(|mu| q[mu] - p[mu]);
                    assert!(dot(p, p).abs() < 1e-8 * p[0] * p[0]);
                    assert!((dot(rest, rest) - m * m).abs() < 1e-10 * q[0] * q[0]);
                    assert!(p[1].hypot(p[2]) > seen.pt * (1.0 - 1e-9));
                    assert!((rapidity(p) + boost).abs() < seen.y_max + 1e-9);
                    assert!((rapidity(rest) + boost).abs() < seen.y_other + 1e-6);
                    let (back, det_inv) = seen.inverse(&f, p).unwrap();
                    assert!((back[0] - r[0]).abs() < 1e-6, "{back:?} {r:?}");
                    assert!((back[1] - r[1]).abs() < 1e-6, "{back:?} {r:?}");
                    assert!((det * det_inv - 1.0).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn volume_is_the_part_of_all_directions_inside_the_walls() {
        let n = 20_000;
        for seen in SEEN {
            for (q, m, boost) in systems() {
                let f = System::new(q, 91.0 * 91.0, m * m, boost);
                let mut stream = Stream::new(2, Purpose::Test, 0, 0);
                let out = TwoBody::new(91.0 * 91.0, 0.0, m * m);
                let (mut flat, mut ours, mut square) = (0.0, 0.0, 0.0);
                for _ in 0..n {
                    let r = [stream.uniform(), stream.uniform()];
                    let p = out.momentum(2.0 * r[0], 2.0 * PI * r[1], AXES);
                    let p = boost_from_rest(p, q, out.mass);
                    let rest: FourVector = std::array::from_fn(|mu| q[mu] - p[mu]);
                    let inside = p[1].hypot(p[2]) > seen.pt
                        && (rapidity(p) + boost).abs() < seen.y_max
                        && (rapidity(rest) + boost).abs() < seen.y_other;
                    flat += f64::from(u8::from(inside)) / f64::from(n);
                    assert_eq!(inside, seen.inverse(&f, p).is_some());
                    let det = seen.forward(&f, r).map_or(0.0, |(_, det)| det);
                    ours += det / f64::from(n);
                    square += det * det / f64::from(n);
                }
                let err = (flat * (1.0 - flat) + square - ours * ours) / f64::from(n);
                let err = err.sqrt() + 1e-9;
                assert!((flat - ours).abs() < 4.5 * err, "{flat} {ours} {err}");
            }
        }
    }
}
