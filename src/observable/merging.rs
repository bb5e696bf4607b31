//! Scales of the softest emission, as programs for merging cut on them: kT-Durham and
//! the evolution pT of Pythia.
//!
//! Knows momenta of a whole record and which beams have partons; knows no flavour and
//! no threshold. Sources: arXiv:hep-ph/0109231 and arXiv:1109.4829 (kT-Durham),
//! arXiv:hep-ph/0408302 (evolution pT) with the conventions of MadGraph5_aMC@NLO 3.5.7
//! (`ktdurham`, `ptlund`).

use super::Observable;
use crate::kinematics::{FourVector, MomentumBatch};

/// The parameter D of the kT-Durham measure: a positive number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Radius(u64);

impl Radius {
    /// `value` must be finite and positive.
    pub(crate) fn new(value: f64) -> Self {
        debug_assert!(value > 0.0 && value.is_finite());
        // Bits of positive numbers are in the order of the numbers.
        Self(value.to_bits())
    }

    /// The number.
    pub(crate) fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// What comes in, of a record that has the incoming legs first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Incoming {
    /// Number of incoming legs.
    pub n_in: usize,
    /// Which of the two beams have partons.
    pub hadronic: [bool; 2],
}

impl Incoming {
    /// Two partons of hadrons.
    pub const PARTONS: Self = Self {
        n_in: 2,
        hadronic: [true; 2],
    };

    /// Whether some beam has partons.
    pub fn any_hadron(&self) -> bool {
        self.hadronic.contains(&true)
    }
}

/// Heavier legs are no light partons, GeV: between the bottom and the top quark.
const HEAVY: f64 = 20.0;

/// The lower of two; NaN if one is.
fn lower(a: f64, b: f64) -> f64 {
    if b < a || b.is_nan() { b } else { a }
}

/// Square of the smallest kT-Durham measure of some legs in GeV^2, infinite if there is
/// none: with a hadron beam `pt_i^2` and `min(pt_i, pt_j)^2 (dy^2 + dphi^2) / D^2`,
/// otherwise `2 min(E_i, E_j)^2 (1 - cos(theta))`; `out` is `[n_batch]`.
pub(super) fn kt_durham2(
    p: &MomentumBatch,
    legs: &[usize],
    radius: Radius,
    incoming: Incoming,
    out: &mut [f64],
) {
    out.fill(f64::INFINITY);
    let n = out.len();
    if !incoming.any_hadron() {
        for (k, out) in out.iter_mut().enumerate() {
            for (at, &i) in legs.iter().enumerate() {
                for &j in &legs[at + 1..] {
                    *out = lower(*out, durham_of_leptons(p.get(i, k), p.get(j, k)));
                }
            }
        }
        return;
    }
    let pt2: Vec<Vec<f64>> = (legs.iter())
        .map(|&leg| {
            let mut pt2 = vec![0.0; n];
            Observable::Pt.key(p, &[leg], &mut pt2);
            pt2
        })
        .collect();
    let per_area = radius.value().powi(-2);
    let mut distance = vec![0.0; n];
    for (a, &i) in legs.iter().enumerate() {
        for k in 0..n {
            out[k] = lower(out[k], pt2[a][k]);
        }
        for (b, &j) in legs.iter().enumerate().skip(a + 1) {
            Observable::DeltaR.key(p, &[i, j], &mut distance);
            for k in 0..n {
                let pair = pt2[a][k].min(pt2[b][k]) * distance[k] * per_area;
                out[k] = lower(out[k], pair);
            }
        }
    }
}

/// `2 min(E_a, E_b)^2 (1 - cos(theta))`, GeV^2; 0 without momentum.
fn durham_of_leptons(a: FourVector, b: FourVector) -> f64 {
    let size = |p: FourVector| (p[1] * p[1] + p[2] * p[2] + p[3] * p[3]).sqrt();
    let product = size(a) * size(b);
    if product == 0.0 {
        return 0.0;
    }
    let along = a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
    let x = a[2] * b[3] - a[3] * b[2];
    let y = a[3] * b[1] - a[1] * b[3];
    let z = a[1] * b[2] - a[2] * b[1];
    // Without the loss of digits of 1 - cos(theta) at small angles.
    let angle = if along > 0.0 {
        (x * x + y * y + z * z) / (product * (product + along))
    } else {
        1.0 - along / product
    };
    2.0 * a[0].min(b[0]).powi(2) * angle
}

/// Square of the smallest evolution pT of some legs in GeV^2, infinite if there is none:
/// over all radiators, emissions and recoilers among the legs and the incoming partons,
/// whatever their flavours and colours; `out` is `[n_batch]`.
///
/// Where the final state is two light legs, it is the square of their smaller transverse
/// momentum: there is no energy to share.
pub(super) fn pt_lund2(p: &MomentumBatch, legs: &[usize], incoming: Incoming, out: &mut [f64]) {
    for (k, out) in out.iter_mut().enumerate() {
        let jets: Vec<FourVector> = legs.iter().map(|&leg| p.get(leg, k)).collect();
        let light = |q: &FourVector| square(*q) < HEAVY * HEAVY;
        *out = match jets.as_slice() {
            [a, b] if p.n_ext == incoming.n_in + 2 && light(a) && light(b) => {
                let pt2 = |q: &FourVector| q[1] * q[1] + q[2] * q[2];
                match incoming.any_hadron() {
                    true => lower(pt2(a), pt2(b)),
                    false => f64::INFINITY,
                }
            }
            jets => {
                let beams = [0, 1].map(|b| incoming.hadronic[b].then(|| p.get(b, k)));
                let other = |b: usize| (incoming.n_in == 2).then(|| p.get(1 - b, k));
                smallest(jets, beams, other)
            }
        };
    }
}

/// Over emissions off the beams that have partons, and off each other.
fn smallest(
    jets: &[FourVector],
    beams: [Option<FourVector>; 2],
    other: impl Fn(usize) -> Option<FourVector>,
) -> f64 {
    let mut least = f64::INFINITY;
    for (i, &emitted) in jets.iter().enumerate() {
        for (b, beam) in beams.iter().enumerate() {
            if let (Some(radiator), Some(recoiler)) = (*beam, other(b)) {
                least = lower(least, initial(radiator, emitted, recoiler));
            }
        }
        for (j, &radiator) in jets.iter().enumerate().filter(|(j, _)| *j != i) {
            for (l, &recoiler) in jets.iter().enumerate() {
                if l != i && l != j {
                    least = lower(least, last(radiator, emitted, recoiler, false));
                }
            }
            for recoiler in beams.into_iter().flatten() {
                least = lower(least, last(radiator, emitted, recoiler, true));
            }
        }
    }
    least
}

/// What rounding does to ratios of invariants.
const ROUNDING: f64 = 1e-9;

/// Whether a fraction is none, rounding aside.
fn is_outside(x: f64) -> bool {
    !(-ROUNDING..=1.0 + ROUNDING).contains(&x) && !x.is_nan()
}

fn square(p: FourVector) -> f64 {
    p[0] * p[0] - p[1] * p[1] - p[2] * p[2] - p[3] * p[3]
}

fn sum(a: FourVector, b: FourVector) -> FourVector {
    std::array::from_fn(|mu| a[mu] + b[mu])
}

fn product(a: FourVector, b: FourVector) -> f64 {
    a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3]
}

/// `pT^2 = (1 - z) Q^2` of an emission off an incoming parton, with
/// `Q^2 = -(p_rad - p_emt)^2` and `z` the squared energy after over that before;
/// infinite where no such emission exists.
fn initial(radiator: FourVector, emitted: FourVector, recoiler: FourVector) -> f64 {
    let minus = emitted.map(|x| -x);
    let q2 = -square(sum(radiator, minus));
    let before = sum(radiator, recoiler);
    let z = square(sum(before, minus)) / square(before);
    let forbidden = q2 < -ROUNDING * radiator[0] * emitted[0] || is_outside(z);
    match forbidden {
        true => f64::INFINITY,
        false => ((1.0 - z) * q2.abs()).abs(),
    }
}

/// `pT^2 = z (1 - z) (Q^2 - m^2)` of an emission off an outgoing leg, with
/// `Q^2 = (p_rad + p_emt)^2`, `m` the mass before it and `z` from the energies in the
/// rest frame of the three; infinite where no such emission exists.
fn last(radiator: FourVector, emitted: FourVector, recoiler: FourVector, is_beam: bool) -> f64 {
    let pair = sum(radiator, emitted);
    let q2 = square(pair);
    let massless = |m2: f64| if m2 < 1e-4 { 0.0 } else { m2 };
    let (m2_rad, m2_emt) = (massless(square(radiator)), massless(square(emitted)));
    // A pair of equal masses comes from a gluon.
    let from_gluon = (m2_rad - m2_emt).abs() <= 1e-4 * m2_rad;
    let m2_before = if from_gluon { 0.0 } else { m2_rad };
    let mut forbidden = false;
    let mut recoiler = recoiler;
    if is_beam {
        // The incoming parton had less momentum before.
        let left = square(sum(pair, recoiler)) - 2.0 * q2 + m2_before;
        let part = (q2 - m2_before) / left;
        let scale = (1.0 - part) / (1.0 + part);
        forbidden = scale < 0.0;
        recoiler = recoiler.map(|x| scale * x);
    }
    let all = sum(pair, recoiler);
    let m2 = square(all);
    let x1 = 2.0 * product(all, radiator) / m2;
    let x2 = 2.0 * product(all, recoiler) / m2;
    let root = ((q2 - m2_rad - m2_emt).powi(2) - 4.0 * m2_rad * m2_emt)
        .max(0.0)
        .sqrt();
    let k1 = (q2 - root + (m2_emt - m2_rad)) / (2.0 * q2);
    let k3 = (q2 - root - (m2_emt - m2_rad)) / (2.0 * q2);
    let z = (x1 / (2.0 - x2) - k3) / (1.0 - k1 - k3);
    forbidden |= is_outside(x1) || is_outside(x2) || is_outside(z);
    match forbidden {
        true => f64::INFINITY,
        false => (z * (1.0 - z) * (q2 - m2_before)).abs(),
    }
}
