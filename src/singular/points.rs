//! Points close to a singular region, anything else about them drawn at random.
//!
//! They need no density: whether any of them passes the cuts is all that is
//! asked. Energy and momentum are conserved up to the distance from the region.
//! Knows masses, beams and windows of invariant masses; knows no diagram.

use std::f64::consts::TAU;

use super::lines::members;
use super::region::Region;
use crate::cuts::Bounds;
use crate::diagram::LegSet;
use crate::elementary::Elementary;
use crate::kinematics::{FourVector, boost_from_rest, boost_to_rest, sqrt_kallen, transverse_axes};
use crate::rng::{Purpose, Stream};

/// Angles of collinear legs to each other or to a beam, about.
const ANGLE: f64 = 1e-6;
/// Energies of soft legs in units of the partonic energy, about.
const SOFT: f64 = 1e-14;
/// A vanishing partonic energy in units of that of the beams.
const TOTAL: f64 = 1e-6;

/// What comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Collision {
    /// Two beams along z.
    Beams {
        /// Energies in GeV.
        energies: [f64; 2],
        /// Which beams have partons; those of the others are the beam.
        hadronic: [bool; 2],
    },
    /// One particle at rest, which decays.
    Decay,
}

impl Collision {
    /// Squared energy in GeV^2 of incoming particles that have these masses.
    pub fn s(&self, masses: &[f64]) -> f64 {
        match (self, masses) {
            (Self::Beams { .. }, &[a, b, ..]) => {
                let [a, b] = self.beams([a, b]);
                (a[0] + b[0]).powi(2) - (a[3] + b[3]).powi(2)
            }
            (_, masses) => masses[0] * masses[0],
        }
    }

    /// Number of incoming legs.
    pub(super) fn n_in(&self) -> usize {
        match self {
            Self::Beams { .. } => 2,
            Self::Decay => 1,
        }
    }

    /// Which incoming particles are partons of a beam.
    fn hadronic(&self) -> [bool; 2] {
        match self {
            Self::Beams { hadronic, .. } => *hadronic,
            Self::Decay => [false; 2],
        }
    }

    /// Whether the partonic energy varies.
    pub(crate) fn any_hadron(&self) -> bool {
        self.hadronic().contains(&true)
    }

    /// A particle at rest is the first of two, the other one is nothing.
    fn beams(&self, masses: [f64; 2]) -> [FourVector; 2] {
        let Self::Beams { energies, hadronic } = self else {
            return [[masses[0], 0.0, 0.0, 0.0], [0.0; 4]];
        };
        [0, 1].map(|k| {
            let mass = if hadronic[k] { 0.0 } else { masses[k] };
            let e = energies[k].max(mass);
            let z = (e * e - mass * mass).sqrt();
            [e, 0.0, 0.0, if k == 0 { z } else { -z }]
        })
    }
}

/// A system of legs on its way to momenta.
#[derive(Clone, Debug)]
enum Part {
    /// Ends up at this place.
    One { mass: f64, at: usize },
    /// Has a mass of its own between two limits.
    Group { lo: f64, hi: f64, parts: Vec<Part> },
}

impl Part {
    fn least(&self) -> f64 {
        match self {
            Self::One { mass, .. } => *mass,
            Self::Group { lo, parts, .. } => lo.max(parts.iter().map(Self::least).sum()),
        }
    }
}

/// Draws points close to a region.
pub(super) struct Approach<'a> {
    region: Region,
    /// Of the line that is on its mass shell.
    mass: f64,
    masses: &'a [f64],
    collision: Collision,
    /// The legs that are not in the region, with what stands for those that are.
    hard: Vec<Part>,
    /// The legs of a region that share an invariant mass.
    inside: Vec<Part>,
    /// Range of the partonic energy squared.
    s_hat: (f64, f64),
    stream: Stream,
}

impl<'a> Approach<'a> {
    /// `None` where the region has no point.
    pub fn new(
        region: Region,
        mass: f64,
        masses: &'a [f64],
        bounds: &Bounds,
        collision: &Collision,
    ) -> Option<Self> {
        let n_in = collision.n_in();
        let finals: LegSet = ((1 << masses.len()) - 1) & !((1 << n_in) - 1);
        let windows = windows(bounds, finals);
        let (inner, merged) = match region {
            Region::Collinear(legs) => (legs, Some(0.0)),
            Region::Pole { legs, .. } => (legs, Some(mass)),
            Region::Beam { legs, .. } | Region::Soft(legs) | Region::Decay { legs, .. } => {
                (legs, None)
            }
            Region::Forward | Region::Total => (0, None),
        };
        let leaf = |leg: usize| (1 << leg, masses[leg], leg);
        let mut outer: Vec<Leaf> = members(finals & !inner).map(leaf).collect();
        outer.extend(merged.map(|mass| (inner, mass, masses.len())));
        let inside: Vec<_> = members(inner).map(leaf).collect();
        let hard = arrange(&outer, &windows, finals);
        let least: f64 = hard.iter().map(Part::least).sum();
        let incoming = &masses[..n_in];
        let s = collision.s(incoming);
        let top = bounds.sqrt_s_max.map_or(s, |m| s.min(m * m));
        let floor = least.max(bounds.sqrt_s_min).max(incoming.iter().sum());
        let s_hat = ((floor * floor).max(1e-14 * s), top);
        (s_hat.0 <= s_hat.1).then(|| Self {
            region,
            mass,
            masses,
            collision: *collision,
            inside: arrange(&inside, &windows, inner),
            hard,
            s_hat,
            stream: Stream::new(0, Purpose::Singular, 0, 0),
        })
    }

    /// Momenta in the laboratory, incoming legs first; `None` where the numbers
    /// drawn allow no point.
    pub fn point(&mut self) -> Option<Vec<FourVector>> {
        let n = self.masses.len();
        // What stands for the legs of a region comes last.
        let mut p = vec![[0.0; 4]; n + 1];
        let pole = matches!(self.region, Region::Pole { .. }) && self.hard.len() == 1;
        let s_hat = match (self.region, self.hard.as_slice()) {
            (Region::Total, _) => Some(TOTAL * TOTAL * self.s_hat.1),
            (Region::Beam { .. } | Region::Decay { .. }, _) => None,
            (_, [Part::One { mass, .. }]) if *mass > 0.0 || pole => Some(mass * mass),
            // A massless system at rest is no final state.
            (_, [Part::One { .. }]) => return None,
            _ => None,
        };
        let [a, b] = self.incoming(s_hat)?;
        p[0] = a;
        if self.collision.n_in() == 2 {
            p[1] = b;
        }
        let total = add(a, b);
        let hard = std::mem::take(&mut self.hard);
        let made = self.fill(&hard, total, &mut p);
        self.hard = hard;
        made.then(|| {
            p.truncate(n);
            p
        })
    }

    fn fill(&mut self, hard: &[Part], total: FourVector, p: &mut [FourVector]) -> bool {
        let sqrt_s = mass_of(total);
        let n = self.masses.len();
        match self.region {
            Region::Collinear(legs) => {
                self.split(total, sqrt_s, hard, p) && {
                    let shares = self.shares(legs.count_ones() as usize);
                    for (leg, share) in members(legs).zip(shares) {
                        p[leg] = self.beside(p[n].map(|x| share * x));
                    }
                    true
                }
            }
            Region::Pole { .. } => {
                let inside = std::mem::take(&mut self.inside);
                let made =
                    self.split(total, sqrt_s, hard, p) && self.split(p[n], self.mass, &inside, p);
                self.inside = inside;
                made
            }
            Region::Soft(legs) => {
                for leg in members(legs) {
                    let energy = SOFT * sqrt_s * (0.1 + 0.9 * self.stream.uniform());
                    let direction = self.direction();
                    let rest = light(energy, direction);
                    p[leg] = boost_from_rest(rest, total, sqrt_s);
                }
                self.split(total, sqrt_s, hard, p)
            }
            Region::Total => match hard {
                [Part::One { at: a, .. }, Part::One { at: b, .. }] => {
                    let (one, two) = self.any_rapidity(total, sqrt_s);
                    (p[*a], p[*b]) = (one, two);
                    true
                }
                _ => self.split(total, sqrt_s, hard, p),
            },
            Region::Beam { beam, legs } => self.along(beam, legs, hard, p),
            Region::Decay { beam, .. } => self.decayed(beam, hard, p),
            Region::Forward => self.forward(total, p),
        }
    }

    /// Legs along a beam take a part of its momentum, the others get the rest.
    fn along(&mut self, beam: usize, legs: LegSet, hard: &[Part], p: &mut [FourVector]) -> bool {
        let (from, other) = (p[beam], p[1 - beam]);
        let s = square(add(from, other));
        let m2 = self.masses[1 - beam].powi(2);
        let least: f64 = hard.iter().map(Part::least).sum();
        let s_rest = match hard {
            [Part::One { mass, .. }] => mass * mass,
            _ => log_uniform((least * least).max(1e-14 * s), s, self.stream.uniform()),
        };
        // (x from + other)^2
        let x = (s_rest - m2) / (s - m2);
        if !(0.0..1.0).contains(&x) {
            return false;
        }
        // What is left recoils, as small as it is: distances of clusterings are about it.
        let mut rest = add(from, other);
        let shares = self.shares(legs.count_ones() as usize);
        for (leg, share) in members(legs).zip(shares) {
            p[leg] = self.beside(from.map(|c| (1.0 - x) * share * c));
            rest = add(rest, p[leg].map(|c| -c));
        }
        match hard {
            [Part::One { mass, at }] => {
                let size2 = rest[1] * rest[1] + rest[2] * rest[2] + rest[3] * rest[3];
                p[*at] = [mass.hypot_same(size2.sqrt()), rest[1], rest[2], rest[3]];
                true
            }
            _ => self.split(rest, mass_of(rest), hard, p),
        }
    }

    /// An incoming particle decays, and what scatters meets the other one.
    fn decayed(&mut self, beam: usize, hard: &[Part], p: &mut [FourVector]) -> bool {
        let mut inside = std::mem::take(&mut self.inside);
        inside.push(Part::One {
            mass: self.mass,
            at: self.masses.len(),
        });
        // Partons of hadrons are massless elsewhere; one that decays is not.
        let (mut from, mass) = (p[beam], self.masses[beam]);
        from[0] = from[3].hypot_same(mass);
        let made = self.split(from, mass, &inside, p);
        inside.pop();
        self.inside = inside;
        let total = add(p[self.masses.len()], p[1 - beam]);
        made && self.split(total, mass_of(total), hard, p)
    }

    /// Both final legs go on as the incoming ones came.
    fn forward(&mut self, total: FourVector, p: &mut [FourVector]) -> bool {
        let sqrt_s = mass_of(total);
        let rest = boost_to_rest(p[0], total, sqrt_s);
        let size = (rest[0] * rest[0] - self.masses[0].powi(2)).max(0.0).sqrt();
        let phi = TAU * self.stream.uniform();
        let (x, y) = (ANGLE * phi.cos_same() * size, ANGLE * phi.sin_same() * size);
        let z = size.copysign(rest[3]);
        let one = [rest[0], x, y, z];
        let two = [sqrt_s - rest[0], -x, -y, -z];
        // Either leg may be the one that goes on.
        let near = usize::from(self.masses[2] != self.masses[0]);
        p[2 + near] = boost_from_rest(one, total, sqrt_s);
        p[3 - near] = boost_from_rest(two, total, sqrt_s);
        true
    }

    /// Momenta of the incoming legs; all partons of hadrons are massless here.
    fn incoming(&mut self, s_hat: Option<f64>) -> Option<[FourVector; 2]> {
        let masses = [self.masses[0], self.masses[1]];
        let beams = self.collision.beams(masses);
        let s = self.collision.s(&masses);
        let (lo, hi) = self.s_hat;
        let r = self.stream.uniform();
        let drawn = s_hat.unwrap_or_else(|| log_uniform(lo, hi, r));
        let fraction = |k: usize, x: f64| beams[k].map(|c| x * c);
        match self.collision.hadronic() {
            [false, false] => {
                let fits = s_hat.is_none_or(|wanted| (wanted - s).abs() < 1e-9 * s);
                fits.then_some(beams)
            }
            [true, true] => {
                let tau = drawn / s;
                let range = -0.5 * tau.ln_same();
                // Half of the points are central, where most cuts want them.
                let (side, u) = (self.stream.uniform() < 0.5, self.stream.uniform());
                let y = (2.0 * u - 1.0) * if side { range.min(2.0) } else { range };
                let x = [y.exp_same(), (-y).exp_same()].map(|e| (tau.sqrt() * e).min(1.0));
                (tau <= 1.0).then(|| [fraction(0, x[0]), fraction(1, x[1])])
            }
            [first, _] => {
                let (hadron, other) = if first { (0, 1) } else { (1, 0) };
                let m2 = masses[other].powi(2);
                let x = (drawn - m2) / (s - m2);
                let mut legs = beams;
                legs[hadron] = fraction(hadron, x);
                (x > 0.0 && x <= 1.0).then_some(legs)
            }
        }
    }

    /// Splits a system at random into its parts; false where it is too light.
    fn split(&mut self, p: FourVector, mass: f64, parts: &[Part], out: &mut [FourVector]) -> bool {
        if let [Part::One { at, .. }] = parts {
            out[*at] = p;
            return true;
        }
        let mut budget = mass - parts.iter().map(Part::least).sum::<f64>();
        if budget.is_nan() || budget <= 0.0 {
            return false;
        }
        let mut order: Vec<(&Part, f64)> = parts.iter().map(|part| (part, part.least())).collect();
        self.stream.shuffle(&mut order);
        for (part, m) in &mut order {
            if let Part::Group { hi, .. } = part {
                let most = (*hi - *m).clamp(0.0, budget);
                let grown = most * self.stream.uniform();
                budget -= grown;
                *m += grown;
            }
        }
        let (mut left, mut m_left) = (p, mass);
        for k in 0..order.len() {
            let (part, m) = order[k];
            let later: f64 = order[k + 1..].iter().map(|(_, m)| m).sum();
            let own = match order.len() - k {
                1 => left,
                n => {
                    let room = m_left - m - later;
                    let r = if n == 2 { 0.0 } else { self.stream.uniform() };
                    let m_next = later + r * room.max(0.0);
                    let (own, next) = self.two_body(left, m_left, m, m_next);
                    (left, m_left) = (next, m_next);
                    own
                }
            };
            let made = match part {
                Part::One { at, .. } => {
                    out[*at] = own;
                    true
                }
                Part::Group { parts, .. } => self.split(own, m, parts, out),
            };
            if !made {
                return false;
            }
        }
        true
    }

    fn two_body(&mut self, p: FourVector, m: f64, a: f64, b: f64) -> (FourVector, FourVector) {
        let size = 0.5 * sqrt_kallen(m * m, a * a, b * b) / m;
        let q = self.direction().map(|x| size * x);
        let of = |mass: f64, sign: f64| {
            let e = (size * size + mass * mass).sqrt();
            boost_from_rest([e, sign * q[0], sign * q[1], sign * q[2]], p, m)
        };
        (of(a, 1.0), of(b, -1.0))
    }

    /// Two massless legs at any angle, half of the time at any rapidity: against a
    /// single hadron, what is central in the laboratory goes backward here.
    fn any_rapidity(&mut self, total: FourVector, sqrt_s: f64) -> (FourVector, FourVector) {
        if self.stream.uniform() < 0.5 {
            return self.two_body(total, sqrt_s, 0.0, 0.0);
        }
        let y = 40.0 * (self.stream.uniform() - 0.5);
        let phi = TAU * self.stream.uniform();
        let (r, z) = (1.0 / y.cosh_same(), y.tanh_same());
        let n = [r * phi.cos_same(), r * phi.sin_same(), z];
        let one = light(0.5 * sqrt_s, n);
        let two = light(0.5 * sqrt_s, n.map(|x| -x));
        let lab = |p| boost_from_rest(p, total, sqrt_s);
        (lab(one), lab(two))
    }

    fn direction(&mut self) -> [f64; 3] {
        let z = 2.0 * self.stream.uniform() - 1.0;
        let phi = TAU * self.stream.uniform();
        let r = (1.0 - z * z).sqrt();
        [r * phi.cos_same(), r * phi.sin_same(), z]
    }

    /// Positive shares that add up to 1.
    fn shares(&mut self, n: usize) -> Vec<f64> {
        let drawn: Vec<f64> = (0..n).map(|_| 0.05 + self.stream.uniform()).collect();
        let sum: f64 = drawn.iter().sum();
        drawn.iter().map(|x| x / sum).collect()
    }

    /// A massless momentum at a small angle to another.
    fn beside(&mut self, p: FourVector) -> FourVector {
        let size = (p[1] * p[1] + p[2] * p[2] + p[3] * p[3]).sqrt();
        let n = [p[1], p[2], p[3]].map(|x| x / size);
        let (u, v) = transverse_axes(n);
        let phi = TAU * self.stream.uniform();
        let kick = ANGLE * size * (0.5 + self.stream.uniform());
        let (c, s) = (kick * phi.cos_same(), kick * phi.sin_same());
        let q: [f64; 3] = std::array::from_fn(|k| p[k + 1] + c * u[k] + s * v[k]);
        let e = (q[0] * q[0] + q[1] * q[1] + q[2] * q[2]).sqrt();
        [e, q[0], q[1], q[2]]
    }
}

/// Windows of invariant masses that fit into one another, the narrowest first.
fn windows(bounds: &Bounds, finals: LegSet) -> Vec<(LegSet, f64, f64)> {
    let mut all: Vec<(LegSet, f64)> = (bounds.s_max.iter())
        .filter(|(set, _)| *set != finals)
        .map(|&(set, s)| (set, s))
        .collect();
    all.sort_by(|a, b| {
        let size = b.0.count_ones().cmp(&a.0.count_ones());
        a.1.total_cmp(&b.1).then(size).then(a.0.cmp(&b.0))
    });
    let mut kept: Vec<(LegSet, f64, f64)> = Vec::new();
    for (set, max) in all {
        let fits = |other: LegSet| {
            let common = set & other;
            common == 0 || common == set || common == other
        };
        // What a window leaves to its parts is no window of its own.
        let implied = |&(other, _, hi): &(LegSet, f64, f64)| {
            set & other == set && max >= hi * hi * (1.0 - 1e-9)
        };
        if kept.iter().all(|w| fits(w.0)) && !kept.iter().any(implied) {
            let lo = bounds.s_min(set).unwrap_or(0.0).sqrt();
            kept.push((set, lo, max.sqrt()));
        }
    }
    kept
}

/// What ends up at one place: its legs, its mass, the place.
type Leaf = (LegSet, f64, usize);

/// Parts of a system of leaves: windows become groups.
fn arrange(leaves: &[Leaf], windows: &[(LegSet, f64, f64)], whole: LegSet) -> Vec<Part> {
    // Windows by the leaves that they hold whole, of equal ones the narrowest.
    let mut groups: Vec<(Vec<Leaf>, LegSet, f64, f64)> = Vec::new();
    for &(set, lo, hi) in windows {
        let held: Vec<Leaf> = leaves.iter().filter(|l| l.0 & !set == 0).copied().collect();
        let inside = set != whole && held.len() > 1 && held.len() < leaves.len();
        if inside && groups.iter().all(|g| g.0 != held) {
            let all = held.iter().fold(0, |all, l| all | l.0);
            // Without some of its legs a window has no lower end.
            groups.push((held, set, if all == set { lo } else { 0.0 }, hi));
        }
    }
    let mut parts = Vec::new();
    let mut taken = 0;
    for (held, set, lo, hi) in &groups {
        let within = |other: &(Vec<Leaf>, LegSet, f64, f64)| {
            other.0.len() > held.len() && held.iter().all(|l| other.0.contains(l))
        };
        if !groups.iter().any(within) {
            taken |= held.iter().fold(0, |all, l| all | l.0);
            parts.push(Part::Group {
                lo: *lo,
                hi: *hi,
                parts: arrange(held, windows, *set),
            });
        }
    }
    let left = leaves.iter().filter(|l| l.0 & taken == 0);
    parts.extend(left.map(|&(_, mass, at)| Part::One { mass, at }));
    parts
}

fn add(a: FourVector, b: FourVector) -> FourVector {
    std::array::from_fn(|mu| a[mu] + b[mu])
}

fn square(p: FourVector) -> f64 {
    (p[0] - p[3]) * (p[0] + p[3]) - p[1] * p[1] - p[2] * p[2]
}

fn mass_of(p: FourVector) -> f64 {
    square(p).max(0.0).sqrt()
}

fn light(energy: f64, n: [f64; 3]) -> FourVector {
    [energy, energy * n[0], energy * n[1], energy * n[2]]
}

fn log_uniform(lo: f64, hi: f64, r: f64) -> f64 {
    lo * (hi / lo).powf_same(r)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinematics::dot;
    use crate::model::ParticleId;

    const PP: Collision = Collision::Beams {
        energies: [6500.0; 2],
        hadronic: [true; 2],
    };
    const EE: Collision = Collision::Beams {
        energies: [250.0; 2],
        hadronic: [false; 2],
    };
    const W: ParticleId = ParticleId(0);

    /// Points of a region, checked: on shell, momentum conserved up to the distance.
    fn points(
        region: Region,
        masses: &[f64],
        bounds: &Bounds,
        c: Collision,
    ) -> Vec<Vec<FourVector>> {
        let mut approach = Approach::new(region, 80.4, masses, bounds, &c).unwrap();
        let points: Vec<_> = (0..400).filter_map(|_| approach.point()).collect();
        assert!(points.len() > 100, "{region:?}: {}", points.len());
        for p in &points {
            let mut sum = add(p[0], p[1]);
            let energy = sum[0];
            for (q, m) in p.iter().zip(masses).skip(2) {
                sum = std::array::from_fn(|mu| sum[mu] - q[mu]);
                let off = (dot(*q, *q) - m * m).abs();
                assert!(off < 1e-9 * q[0] * q[0] + 1e-9, "{region:?}: {q:?} {m}");
            }
            let off = sum.iter().fold(0.0, |x: f64, y| x.max(y.abs()));
            assert!(off < 1e-4 * energy, "{region:?}: {sum:?}");
        }
        points
    }

    fn pair(p: &[FourVector], a: usize, b: usize) -> f64 {
        dot(p[a], p[b]).abs() / (p[a][0] * p[b][0])
    }

    #[test]
    fn points_are_close_to_their_region() {
        let free = Bounds::default();
        let light = [0.0; 5];
        for c in [PP, EE] {
            for p in points(Region::Collinear(0b01100), &light, &free, c) {
                assert!(pair(&p, 2, 3) < 1e-9);
                // Boosts along the beam bring all legs together.
                assert!(c == PP || pair(&p, 2, 4) > 0.1);
            }
            for legs in [0b00100, 0b01100] {
                for p in points(Region::Beam { beam: 1, legs }, &light, &free, c) {
                    assert!(pair(&p, 1, 2) < 1e-9);
                }
            }
            for p in points(Region::Soft(0b10000), &[0.0, 0.0, 5.0, 5.0, 0.0], &free, c) {
                assert!(p[4][0] < 1e-6);
            }
            let pole = Region::Pole {
                legs: 0b01100,
                particle: W,
            };
            for p in points(pole, &light, &free, c) {
                let sum = add(p[2], p[3]);
                assert!((mass_of(sum) - 80.4).abs() < 1e-3);
            }
        }
        for p in points(Region::Total, &light, &free, PP) {
            assert!(mass_of(add(p[0], p[1])) < 0.02);
        }
        let electron = [0.000511; 4];
        for p in points(Region::Forward, &electron, &free, EE) {
            assert!((p[2][3] - p[0][3]).abs() < 1e-6 && (p[3][3] - p[1][3]).abs() < 1e-6);
        }
    }

    #[test]
    fn points_of_a_decay_are_close_to_their_region() {
        let masses = [173.0, 4.7, 80.4, 0.0, 0.0];
        for region in [Region::Soft(0b01000), Region::Collinear(0b11000)] {
            let mut approach =
                Approach::new(region, 0.0, &masses, &Bounds::default(), &Collision::Decay).unwrap();
            let points: Vec<_> = (0..400).filter_map(|_| approach.point()).collect();
            assert!(points.len() > 100, "{region:?}: {}", points.len());
            for p in &points {
                assert_eq!(p[0], [173.0, 0.0, 0.0, 0.0]);
                let sum = p[1..].iter().fold([0.0; 4], |sum, q| add(sum, *q));
                let off = add(sum, p[0].map(|x| -x));
                assert!(off.iter().all(|x| x.abs() < 1e-3), "{region:?}: {off:?}");
                match region {
                    Region::Soft(_) => assert!(p[3][0] < 1e-9),
                    _ => assert!(pair(p, 3, 4) < 1e-9),
                }
            }
        }
    }

    #[test]
    fn what_the_cuts_ask_of_invariant_masses_is_kept() {
        let bounds = Bounds {
            s_min: vec![(0b001100, 3600.0), (0b011100, 10_000.0)],
            s_max: vec![(0b001100, 14_400.0), (0b011100, 40_000.0)],
            ..Bounds::default()
        };
        for p in points(Region::Soft(0b100000), &[0.0; 6], &bounds, PP) {
            let two = add(p[2], p[3]);
            let (m2, m3) = (mass_of(two), mass_of(add(two, p[4])));
            assert!((59.9..120.1).contains(&m2), "{m2}");
            // All that is hard is the window itself.
            assert!(m3 > 60.0, "{m3}");
        }
        for p in points(Region::Collinear(0b110000), &[0.0; 6], &bounds, PP) {
            let m2 = mass_of(add(p[2], p[3]));
            assert!((59.9..120.1).contains(&m2), "{m2}");
        }
    }

    #[test]
    fn regions_without_room_have_no_points() {
        // A photon cannot be soft next to a single particle at a fixed energy.
        let mut approach = Approach::new(
            Region::Soft(0b1000),
            0.0,
            &[0.0, 0.0, 91.2, 0.0],
            &Bounds::default(),
            &EE,
        )
        .unwrap();
        assert_eq!(approach.point(), None);
        let heavy = [0.0, 0.0, 400.0, 200.0, 0.0];
        let approach = Approach::new(Region::Soft(0b10000), 0.0, &heavy, &Bounds::default(), &EE);
        assert!(approach.is_none());
    }
}
