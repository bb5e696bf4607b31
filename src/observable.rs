//! Kinematic quantities of groups of legs, for a whole batch at once.
//!
//! Knows four-momenta in the frame it is given (the laboratory frame for cuts
//! and histograms); knows no threshold, no bin and no particle.
//! Source: definitions as in the kinematics review of the Review of Particle
//! Physics, Prog. Theor. Exp. Phys. 2022, 083C01, section 49.

mod merging;

use std::f64::consts::PI;

pub use merging::{Incoming, Radius};

use crate::elementary::Elementary;
use crate::kinematics::{MomentumBatch, asinh};

/// A quantity of one or several legs.
///
/// Where several legs are given, `Pt`, `Eta`, `Rapidity`, `Phi`, `Energy`,
/// `Mass` and `TransverseEnergy` are those of the sum of the momenta.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Observable {
    /// Transverse momentum.
    Pt,
    /// Pseudo-rapidity; infinite without transverse momentum.
    Eta,
    /// Rapidity; infinite for a massless momentum along the beam.
    Rapidity,
    /// Azimuth in (-pi, pi].
    Phi,
    /// Energy.
    Energy,
    /// Invariant mass; 0 where rounding makes its square negative.
    Mass,
    /// Of one leg `sqrt(E^2 - p_z^2)`; of several
    /// `sqrt((sum_i m_T,i)^2 - |sum_i p_T,i|^2)`.
    TransverseMass,
    /// `E sin(theta)`.
    TransverseEnergy,
    /// `sqrt(dy^2 + dphi^2)` of two legs, with rapidities.
    DeltaR,
    /// Distance of two legs in pseudo-rapidity, not negative.
    DeltaEta,
    /// Distance of two legs in rapidity, not negative.
    DeltaY,
    /// Azimuth between two legs, in [0, pi].
    DeltaPhi,
    /// Scalar sum of the transverse momenta of the legs.
    Ht,
    /// Transverse momentum of the sum of invisible legs.
    Met,
    /// Invariant mass of the whole final state.
    SqrtS,
    /// Energy in the rest frame of all legs of the batch: the partonic centre-of-mass
    /// frame, as incoming and outgoing legs have the same sum.
    CentreOfMassEnergy,
    /// Number of legs.
    Number,
    /// Smallest kT-Durham measure of the legs, among each other and with the beams.
    KtDurham(Radius),
    /// Smallest evolution pT of the legs, as Pythia's showers and MadGraph's `ptlund`
    /// define it.
    PtLund,
}

/// How many groups of legs an observable is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arity {
    /// `sqrt_s`, `met`: the legs are implied.
    None,
    /// `ht` or `ht(a, b, ...)`: all legs of all groups at once.
    Any,
    /// `pt(a)` or `pt(a, b, ...)`: one leg of each group.
    OneOrMore,
    /// `dR(a, b)`.
    Two,
}

impl Observable {
    /// Names of those that need the incoming legs.
    pub(crate) const MERGING: [&str; 2] = ["kt_durham", "pt_lund"];

    /// All observables but those with incoming legs, in the order of the documentation.
    pub const ALL: [Self; 17] = [
        Self::Pt,
        Self::Eta,
        Self::Rapidity,
        Self::Phi,
        Self::Energy,
        Self::Mass,
        Self::TransverseMass,
        Self::TransverseEnergy,
        Self::DeltaR,
        Self::DeltaEta,
        Self::DeltaY,
        Self::DeltaPhi,
        Self::Ht,
        Self::Met,
        Self::SqrtS,
        Self::CentreOfMassEnergy,
        Self::Number,
    ];

    /// As it is written in cards.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pt => "pt",
            Self::Eta => "eta",
            Self::Rapidity => "y",
            Self::Phi => "phi",
            Self::Energy => "E",
            Self::Mass => "m",
            Self::TransverseMass => "mt",
            Self::TransverseEnergy => "et",
            Self::DeltaR => "dR",
            Self::DeltaEta => "deta",
            Self::DeltaY => "dy",
            Self::DeltaPhi => "dphi",
            Self::Ht => "ht",
            Self::Met => "met",
            Self::SqrtS => "sqrt_s",
            Self::CentreOfMassEnergy => "E_cm",
            Self::Number => "n",
            Self::KtDurham(_) => Self::MERGING[0],
            Self::PtLund => Self::MERGING[1],
        }
    }

    /// Whether its value needs the incoming legs, which come first in a batch.
    pub(crate) fn is_of_record(self) -> bool {
        matches!(self, Self::KtDurham(_) | Self::PtLund)
    }

    /// The observable of that name; case matters (`E`, `dR`).
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let with_beams = [Self::KtDurham(Radius::new(1.0)), Self::PtLund];
        let mut all = Self::ALL.into_iter().chain(with_beams);
        all.find(|o| o.name() == name)
    }

    /// `GeV`, or nothing for angles, rapidities and numbers.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Eta
            | Self::Rapidity
            | Self::Phi
            | Self::DeltaR
            | Self::DeltaEta
            | Self::DeltaY
            | Self::DeltaPhi
            | Self::Number => "",
            _ => "GeV",
        }
    }

    /// How many groups it is written with.
    pub(crate) fn arity(self) -> Arity {
        match self {
            Self::SqrtS | Self::Met => Arity::None,
            Self::Ht => Arity::Any,
            Self::DeltaR | Self::DeltaEta | Self::DeltaY | Self::DeltaPhi => Arity::Two,
            _ => Arity::OneOrMore,
        }
    }

    /// Smallest and largest possible value.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Eta | Self::Rapidity => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Phi => (-PI, PI),
            Self::DeltaPhi => (0.0, PI),
            _ => (0.0, f64::INFINITY),
        }
    }

    /// Value for each point, in GeV or 1; `out` is `[n_batch]`.
    ///
    /// `legs` are indices into the batch; of no legs the momentum is zero.
    /// Observables of `Arity::Two` take exactly two, the rest any number.
    /// Points with non-finite momenta give non-finite values.
    pub fn compute(self, p: &MomentumBatch, legs: &[usize], out: &mut [f64]) {
        self.compute_in(Incoming::PARTONS, p, legs, out);
    }

    /// As [`Self::compute`]; `incoming` matters to those that need the incoming legs.
    pub(crate) fn compute_in(
        self,
        incoming: Incoming,
        p: &MomentumBatch,
        legs: &[usize],
        out: &mut [f64],
    ) {
        self.key_in(incoming, p, legs, out);
        let from_key: fn(f64) -> f64 = match self.key_kind() {
            Key::Value => return,
            Key::Square => f64::sqrt,
            Key::Sinh => f64::asinh_same,
        };
        for x in out {
            *x = from_key(*x);
        }
    }

    /// An increasing function of the value that is cheaper to compute, for
    /// comparison with `Self::key_of` of a threshold; `out` is `[n_batch]`.
    ///
    /// Keys of signed observables are odd functions, so that an absolute value
    /// may be compared through them too.
    pub fn key(self, p: &MomentumBatch, legs: &[usize], out: &mut [f64]) {
        self.key_in(Incoming::PARTONS, p, legs, out);
    }

    /// As [`Self::key`]; `incoming` matters to those that need the incoming legs.
    pub(crate) fn key_in(
        self,
        incoming: Incoming,
        p: &MomentumBatch,
        legs: &[usize],
        out: &mut [f64],
    ) {
        debug_assert!(self.arity() != Arity::Two || legs.len() == 2);
        match self {
            Self::KtDurham(radius) => merging::kt_durham2(p, legs, radius, incoming, out),
            Self::PtLund => merging::pt_lund2(p, legs, incoming, out),
            Self::Ht => {
                out.fill(0.0);
                for &leg in legs {
                    let (x, y) = (p.component(leg, 1), p.component(leg, 2));
                    for k in 0..out.len() {
                        out[k] += (x[k] * x[k] + y[k] * y[k]).sqrt();
                    }
                }
            }
            Self::Number => out.fill(legs.len() as f64),
            Self::CentreOfMassEnergy => energy_of_frame(p, legs, out),
            Self::DeltaR | Self::DeltaEta | Self::DeltaY | Self::DeltaPhi => {
                self.separation(p, legs[0], legs[1], out);
            }
            Self::TransverseMass if legs.len() > 1 => cluster_mt2(p, legs, out),
            _ => {
                let mut sum = Vec::new();
                self.of_momentum(&summed(p, legs, &mut sum), out);
            }
        }
    }

    /// The key that belongs to a value.
    pub(crate) fn key_of(self, value: f64) -> f64 {
        match self.key_kind() {
            Key::Value => value,
            Key::Square => value * value.abs(),
            Key::Sinh => value.sinh_same(),
        }
    }

    fn key_kind(self) -> Key {
        match self {
            Self::Pt
            | Self::Mass
            | Self::TransverseMass
            | Self::DeltaR
            | Self::Met
            | Self::SqrtS
            | Self::KtDurham(_)
            | Self::PtLund => Key::Square,
            Self::Eta | Self::Rapidity => Key::Sinh,
            _ => Key::Value,
        }
    }

    /// Key of one momentum `[4][n_batch]`.
    fn of_momentum(self, [e, x, y, z]: &[&[f64]; 4], out: &mut [f64]) {
        let n = out.len();
        let (e, x, y, z) = (&e[..n], &x[..n], &y[..n], &z[..n]);
        match self {
            Self::Pt | Self::Met => {
                for k in 0..n {
                    out[k] = x[k] * x[k] + y[k] * y[k];
                }
            }
            Self::Eta => {
                for k in 0..n {
                    out[k] = z[k] / (x[k] * x[k] + y[k] * y[k]).sqrt();
                }
            }
            Self::Rapidity => {
                for k in 0..n {
                    out[k] = sinh_rapidity(e[k], z[k]);
                }
            }
            Self::Phi => {
                for k in 0..n {
                    out[k] = y[k].atan2_same(x[k]);
                }
            }
            Self::Energy => out.copy_from_slice(e),
            Self::Mass | Self::SqrtS => {
                for k in 0..n {
                    let m2 = mt2(e[k], z[k]) - x[k] * x[k] - y[k] * y[k];
                    out[k] = clamp(m2);
                }
            }
            Self::TransverseMass => {
                for k in 0..n {
                    out[k] = clamp(mt2(e[k], z[k]));
                }
            }
            Self::TransverseEnergy => {
                for k in 0..n {
                    let pt2 = x[k] * x[k] + y[k] * y[k];
                    let p2 = pt2 + z[k] * z[k];
                    // Without momentum there is no angle; pt is 0, and so is et.
                    out[k] = if p2 == 0.0 {
                        0.0
                    } else {
                        e[k] * (pt2 / p2).sqrt()
                    };
                }
            }
            Self::DeltaR
            | Self::DeltaEta
            | Self::DeltaY
            | Self::DeltaPhi
            | Self::Ht
            | Self::CentreOfMassEnergy
            | Self::KtDurham(_)
            | Self::PtLund
            | Self::Number => {
                unreachable!("not a quantity of one momentum")
            }
        }
    }

    /// Key of a distance between two legs.
    fn separation(self, p: &MomentumBatch, a: usize, b: usize, out: &mut [f64]) {
        let n = out.len();
        let [ea, xa, ya, za] = leg(p, a);
        let [eb, xb, yb, zb] = leg(p, b);
        let d_phi = |k: usize| {
            let cross = xa[k] * yb[k] - ya[k] * xb[k];
            let dot = xa[k] * xb[k] + ya[k] * yb[k];
            cross.abs().atan2_same(dot)
        };
        let d_y =
            |k: usize| asinh(sinh_rapidity(ea[k], za[k])) - asinh(sinh_rapidity(eb[k], zb[k]));
        match self {
            Self::DeltaPhi => {
                for k in 0..n {
                    out[k] = d_phi(k);
                }
            }
            Self::DeltaY => {
                for k in 0..n {
                    out[k] = d_y(k).abs();
                }
            }
            Self::DeltaEta => {
                for k in 0..n {
                    let pt_a = (xa[k] * xa[k] + ya[k] * ya[k]).sqrt();
                    let pt_b = (xb[k] * xb[k] + yb[k] * yb[k]).sqrt();
                    out[k] = (asinh(za[k] / pt_a) - asinh(zb[k] / pt_b)).abs();
                }
            }
            _ => {
                for k in 0..n {
                    let (dy, dphi) = (d_y(k), d_phi(k));
                    out[k] = dy * dy + dphi * dphi;
                }
            }
        }
    }
}

/// How a key relates to the value.
enum Key {
    /// Is the value.
    Value,
    /// Is its square, sign kept.
    Square,
    /// Is its hyperbolic sine.
    Sinh,
}

/// `E^2 - p_z^2`, without the loss of digits of the difference of squares.
fn mt2(e: f64, z: f64) -> f64 {
    (e - z) * (e + z)
}

/// Zero where rounding made a square negative; NaN stays NaN.
fn clamp(square: f64) -> f64 {
    if square < 0.0 { 0.0 } else { square }
}

/// `sinh(y) = p_z / m_T`; infinite along the beam.
fn sinh_rapidity(e: f64, z: f64) -> f64 {
    z / clamp(mt2(e, z)).sqrt()
}

fn leg(p: &MomentumBatch, leg: usize) -> [&[f64]; 4] {
    std::array::from_fn(|mu| p.component(leg, mu))
}

/// The sum of the legs, `[4][n_batch]`; a single leg is not copied.
fn summed<'a>(p: &'a MomentumBatch, legs: &[usize], storage: &'a mut Vec<f64>) -> [&'a [f64]; 4] {
    if let [only] = legs {
        return leg(p, *only);
    }
    let n = p.n_batch;
    storage.clear();
    storage.resize(4 * n, 0.0);
    for &i in legs {
        // The four components of a leg are contiguous.
        let from = &p.data[i * 4 * n..(i + 1) * 4 * n];
        for (s, x) in storage.iter_mut().zip(from) {
            *s += x;
        }
    }
    let storage: &'a [f64] = storage;
    std::array::from_fn(|mu| &storage[mu * n..(mu + 1) * n])
}

/// Energy of the sum of some legs in the rest frame of all: `P.q / sqrt(P^2)`.
fn energy_of_frame(p: &MomentumBatch, legs: &[usize], out: &mut [f64]) {
    let everything: Vec<usize> = (0..p.n_ext).collect();
    let (mut total, mut sum) = (Vec::new(), Vec::new());
    let [e, x, y, z] = summed(p, &everything, &mut total);
    let q = summed(p, legs, &mut sum);
    for (k, out) in out.iter_mut().enumerate() {
        let m2 = mt2(e[k], z[k]) - x[k] * x[k] - y[k] * y[k];
        let product = e[k] * q[0][k] - x[k] * q[1][k] - y[k] * q[2][k] - z[k] * q[3][k];
        *out = product / m2.sqrt();
    }
}

/// Square of the transverse mass of several legs.
fn cluster_mt2(p: &MomentumBatch, legs: &[usize], out: &mut [f64]) {
    let n = out.len();
    let mut sum = vec![0.0; n];
    for &i in legs {
        let [e, _, _, z] = leg(p, i);
        for k in 0..n {
            sum[k] += clamp(mt2(e[k], z[k])).sqrt();
        }
    }
    Observable::Pt.key(p, legs, out);
    for k in 0..n {
        out[k] = clamp(sum[k] * sum[k] - out[k]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinematics::FourVector;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn value(o: Observable, legs: &[FourVector]) -> f64 {
        let p = MomentumBatch::from_points(&[legs.to_vec()]);
        let mut out = [0.0];
        o.compute(&p, &(0..legs.len()).collect::<Vec<_>>(), &mut out);
        out[0]
    }

    fn momentum(m: f64, pt: f64, y: f64, phi: f64) -> FourVector {
        let mt = (m * m + pt * pt).sqrt();
        [mt * y.cosh(), pt * phi.cos(), pt * phi.sin(), mt * y.sinh()]
    }

    fn boosted(p: FourVector, eta: f64) -> FourVector {
        let (c, s) = (eta.cosh(), eta.sinh());
        [c * p[0] + s * p[3], p[1], p[2], c * p[3] + s * p[0]]
    }

    fn random(rng: &mut ChaCha8Rng) -> FourVector {
        let mut r = |a: f64, b: f64| rng.random_range(a..b);
        momentum(r(0.0, 50.0), r(1.0, 100.0), r(-3.0, 3.0), r(-PI, PI))
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()), "{a} vs {b}");
    }

    #[test]
    fn names_are_unique_and_found() {
        for o in Observable::ALL {
            assert_eq!(Observable::from_name(o.name()), Some(o));
        }
        assert_eq!(Observable::from_name("Pt"), None);
    }

    #[test]
    fn a_boost_along_the_beam_shifts_y_and_leaves_transverse_quantities() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        use Observable as O;
        for _ in 0..200 {
            let (a, b) = (random(&mut rng), random(&mut rng));
            let eta = rng.random_range(-2.0..2.0);
            let (a2, b2) = (boosted(a, eta), boosted(b, eta));
            close(value(O::Rapidity, &[a2]), value(O::Rapidity, &[a]) + eta);
            let same = [
                O::Pt,
                O::Phi,
                O::Mass,
                O::TransverseMass,
                O::DeltaR,
                O::DeltaY,
                O::DeltaPhi,
                O::Ht,
                O::Met,
                O::SqrtS,
            ];
            for o in same {
                close(value(o, &[a, b]), value(o, &[a2, b2]));
            }
        }
    }

    #[test]
    fn distances_are_symmetric() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        use Observable as O;
        for _ in 0..200 {
            let (a, b) = (random(&mut rng), random(&mut rng));
            for o in [O::DeltaR, O::DeltaEta, O::DeltaY, O::DeltaPhi] {
                let d = value(o, &[a, b]);
                close(d, value(o, &[b, a]));
                assert!(d >= 0.0);
            }
            assert!(value(O::DeltaPhi, &[a, b]) <= PI);
        }
    }

    #[test]
    fn rapidity_and_pseudorapidity_agree_without_mass_only() {
        use Observable as O;
        let light = momentum(0.0, 20.0, 1.5, 0.3);
        close(value(O::Eta, &[light]), 1.5);
        close(value(O::Rapidity, &[light]), 1.5);
        let heavy = momentum(173.0, 20.0, 1.5, 0.3);
        close(value(O::Rapidity, &[heavy]), 1.5);
        assert!(value(O::Eta, &[heavy]) > 3.0);
    }

    #[test]
    fn distances_are_those_of_the_coordinates() {
        use Observable as O;
        let a = momentum(0.0, 20.0, 1.5, 3.0);
        let b = momentum(80.0, 70.0, -0.5, -3.0);
        let d_phi = 2.0 * PI - 6.0;
        close(value(O::DeltaPhi, &[a, b]), d_phi);
        close(value(O::DeltaY, &[a, b]), 2.0);
        close(value(O::DeltaR, &[a, b]), 2.0f64.hypot(d_phi));
    }

    #[test]
    fn a_momentum_along_the_beam_has_infinite_rapidity() {
        use Observable as O;
        let p = [10.0, 0.0, 0.0, -10.0];
        assert_eq!(value(O::Eta, &[p]), f64::NEG_INFINITY);
        assert_eq!(value(O::Rapidity, &[p]), f64::NEG_INFINITY);
        assert_eq!(value(O::Pt, &[p]), 0.0);
        assert_eq!(value(O::TransverseEnergy, &[p]), 0.0);
        assert_eq!(value(O::TransverseEnergy, &[[5.0, 0.0, 0.0, 0.0]]), 0.0);
    }

    #[test]
    fn transverse_mass_of_lepton_and_neutrino_is_the_one_of_the_w() {
        use Observable as O;
        let (l, v) = (
            momentum(0.0, 40.0, 1.0, 0.2),
            momentum(0.0, 30.0, -1.0, 2.2),
        );
        let expected = (2.0 * 40.0 * 30.0 * (1.0 - 2.0f64.cos())).sqrt();
        close(value(O::TransverseMass, &[l, v]), expected);
        assert!(expected < value(O::Mass, &[l, v]));
        let top = momentum(173.0, 50.0, 2.0, 0.0);
        close(value(O::TransverseMass, &[top]), 173.0f64.hypot(50.0));
    }

    #[test]
    fn keys_order_as_values_do() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for o in Observable::ALL {
            for _ in 0..50 {
                let p = MomentumBatch::from_points(&[vec![random(&mut rng), random(&mut rng)]]);
                let (mut v, mut key) = ([0.0], [0.0]);
                o.compute(&p, &[0, 1], &mut v);
                o.key(&p, &[0, 1], &mut key);
                close(key[0], o.key_of(v[0]));
            }
        }
    }

    #[test]
    fn of_no_legs_sums_vanish() {
        let p = MomentumBatch::from_points(&[vec![[1.0, 0.5, 0.0, 0.0]]]);
        let mut out = [1.0];
        for o in [Observable::Ht, Observable::Met] {
            o.compute(&p, &[], &mut out);
            assert_eq!(out, [0.0]);
        }
    }
}
