//! Prior channel weights from propagator denominators.
//!
//! The weight of a channel is proportional to the product over its propagators
//! of `s_hat^2 / ((q^2 - m^2)^2 + m^2 width^2)`, the square of what a diagram
//! contributes (single-diagram enhancement): it is large where the diagram
//! peaks, and `f alpha_i` has no other peaks than the channel maps. Channels of
//! one topology that differ in which resonances are on shell share its weight
//! in proportion to the Breit-Wigner factors of those resonances. Topologies
//! may share a place, whose weight is the sum of theirs; the channels of a
//! place differ in the system that takes the recoil, and share its weight so
//! that the hardest one does. Knows denominators and transverse masses; knows no
//! matrix element.
//! Sources: hep-ph/0208156; 2102.00773 (weights from denominators).

use crate::compute::SimdLevel;
use crate::compute::simd::{Kernel, Level};
use crate::kinematics::{invariant_of_sets, transfer};

use super::points::Points;
use super::step::{STRIP, Strip};

/// Weight of the flat channel in units in which a propagator at `q^2 = s_hat`
/// weighs 1: it serves where no propagator is enhanced.
const FLAT: f64 = 0.05;

/// Smallest denominator in units of `s_hat`, and where it has digits below that.
const FLOOR: f64 = 1e-10;
const PRECISE_FLOOR: f64 = 1e-40;

/// Hardness of nothing: where no system has any they share evenly.
const TINY: f64 = 1e-200;

/// How the square of a line's momentum is computed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Invariant {
    /// From sums: legs to add and legs to subtract.
    Sets(u32, u32),
    /// From two momenta close to each other.
    Transfer(Pair),
}

/// An incoming and an outgoing leg with their masses in GeV.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    pub legs: [usize; 2],
    pub masses: [f64; 2],
}

/// A distinct denominator.
#[derive(Clone, Debug, PartialEq)]
struct Denominator {
    invariant: usize,
    m2: f64,
    m_width: f64,
}

/// A choice of resonances that are on shell.
#[derive(Clone, Debug, PartialEq)]
struct Variant {
    on_shell: Vec<usize>,
    place: usize,
}

/// A channel and the system that takes the recoil there.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Share {
    channel: usize,
    /// Index into [`ChannelWeights::systems`].
    system: usize,
}

/// A topology: its denominators and the places it contributes to.
#[derive(Clone, Debug, PartialEq)]
struct Member {
    denominators: Vec<usize>,
    variants: Vec<Variant>,
    flat: bool,
}

/// Weights of all channels of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct ChannelWeights {
    /// Distinct invariants.
    invariants: Vec<Invariant>,
    denominators: Vec<Denominator>,
    members: Vec<Member>,
    /// Channels of each place, in the order of channels.
    places: Vec<Vec<Share>>,
    /// Legs of systems that take a recoil.
    systems: Vec<u32>,
    n_channels: usize,
}

/// A propagator as the weights see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peak {
    /// Legs whose momenta are added and subtracted.
    pub legs: (u32, u32),
    /// The two legs of a massless exchange, where one has mass.
    pub pair: Option<Pair>,
    pub mass: f64,
    pub width: f64,
}

impl Invariant {
    /// Values at some points, GeV^2.
    #[inline(always)]
    fn of(self, points: &Points, start: usize, out: &mut [f64]) {
        match self {
            Self::Sets(plus, minus) => {
                invariant_of_sets(&points.momenta, plus, minus, start, out);
            }
            Self::Transfer(pair) => {
                let ([a, b], [m_a, m_b]) = (pair.legs, pair.masses);
                for (k, t) in out.iter_mut().enumerate() {
                    let [p, q] = [a, b].map(|leg| points.momenta.get(leg, start + k));
                    *t = transfer(p, m_a, q, m_b);
                }
            }
        }
    }

    /// Smallest denominator that has digits, in units of `s_hat`.
    fn floor(self) -> f64 {
        match self {
            Self::Sets(..) => FLOOR,
            Self::Transfer(_) => PRECISE_FLOOR,
        }
    }
}

impl ChannelWeights {
    /// Adds a place with a channel for each system that may take the recoil,
    /// given by its legs; a single channel may name none. Returns its number.
    pub(crate) fn add_place(&mut self, recoils: &[u32]) -> usize {
        let mut shares = Vec::with_capacity(recoils.len());
        for &legs in recoils {
            shares.push(Share {
                channel: self.n_channels,
                system: position_or_push(&mut self.systems, legs),
            });
            self.n_channels += 1;
        }
        self.places.push(shares);
        self.places.len() - 1
    }

    /// Adds a topology.
    ///
    /// Each entry of `variants` is a place with the positions in `peaks` of the
    /// resonances that are on shell there.
    pub fn add(&mut self, peaks: &[Peak], variants: &[(usize, Vec<usize>)]) {
        let denominators: Vec<usize> = peaks.iter().map(|p| self.denominator(p)).collect();
        let variants: Vec<Variant> = variants
            .iter()
            .map(|(place, on_shell)| Variant {
                on_shell: on_shell.iter().map(|&k| denominators[k]).collect(),
                place: *place,
            })
            .collect();
        self.members.push(Member {
            denominators,
            variants,
            flat: false,
        });
    }

    /// Adds the flat channel.
    pub(crate) fn add_flat(&mut self) {
        let place = self.add_place(&[0]);
        self.members.push(Member {
            denominators: Vec::new(),
            variants: vec![Variant {
                on_shell: Vec::new(),
                place,
            }],
            flat: true,
        });
    }

    /// Gives the channels these numbers and drops those without one; the weights
    /// of the others add up to 1 again. `numbers` is `[n_channels]`.
    pub(crate) fn renumber(&mut self, numbers: &[Option<usize>]) {
        self.n_channels = numbers.iter().flatten().count();
        let mut systems = Vec::new();
        for place in &mut self.places {
            place.retain_mut(|share| {
                let number = numbers[share.channel];
                share.channel = number.unwrap_or(share.channel);
                number.is_some()
            });
            for share in place {
                share.system = position_or_push(&mut systems, self.systems[share.system]);
            }
        }
        self.systems = systems;
        let mut places = Vec::new();
        for member in &mut self.members {
            member.variants.retain(|v| !self.places[v.place].is_empty());
            for variant in &mut member.variants {
                let place = self.places[variant.place].clone();
                variant.place = position_or_push(&mut places, place);
            }
        }
        self.places = places;
        self.members.retain(|m| !m.variants.is_empty());
        let mut denominators = Vec::new();
        for member in &mut self.members {
            for d in member
                .denominators
                .iter_mut()
                .chain(member.variants.iter_mut().flat_map(|v| &mut v.on_shell))
            {
                *d = position_or_push(&mut denominators, self.denominators[*d].clone());
            }
        }
        let mut invariants = Vec::new();
        for d in &mut denominators {
            d.invariant = position_or_push(&mut invariants, self.invariants[d.invariant]);
        }
        (self.denominators, self.invariants) = (denominators, invariants);
    }

    fn denominator(&mut self, peak: &Peak) -> usize {
        let (plus, minus) = peak.legs;
        let how = peak
            .pair
            .map_or(Invariant::Sets(plus, minus), Invariant::Transfer);
        let invariant = position_or_push(&mut self.invariants, how);
        position_or_push(
            &mut self.denominators,
            Denominator {
                invariant,
                m2: peak.mass * peak.mass,
                m_width: peak.mass * peak.width,
            },
        )
    }

    /// Calls `sink(channel, start, weights)` for blocks of points, unnormalised,
    /// then `done(start, sums)`.
    #[inline(always)]
    fn visit(
        &self,
        points: &Points,
        mut sink: impl FnMut(usize, usize, &[f64]),
        mut done: impl FnMut(usize, &[f64]),
    ) {
        let n_batch = points.n_batch();
        let mut q2 = vec![[0.0; STRIP]; self.invariants.len()];
        let mut peak = vec![[0.0; STRIP]; self.denominators.len()];
        let mut shape = vec![[0.0; STRIP]; self.denominators.len()];
        let mut parts: Vec<Strip> = Vec::new();
        let mut weight = vec![[0.0; STRIP]; self.places.len()];
        let shared = self.places.iter().any(|p| p.len() > 1);
        let mut hardness = vec![[0.0; STRIP]; self.systems.len()];
        for start in (0..n_batch).step_by(STRIP) {
            let n = STRIP.min(n_batch - start);
            let s_hat = &points.s_hat[start..start + n];
            for (values, invariant) in q2.iter_mut().zip(&self.invariants) {
                invariant.of(points, start, &mut values[..n]);
            }
            for (d, den) in self.denominators.iter().enumerate() {
                let values = &q2[den.invariant];
                let mw2 = den.m_width * den.m_width;
                let part = self.invariants[den.invariant].floor();
                for k in 0..n {
                    let off = values[k] - den.m2;
                    let floor = part * s_hat[k] + f64::MIN_POSITIVE;
                    let square = (off * off + mw2).max(floor * floor);
                    peak[d][k] = s_hat[k] * s_hat[k] / square.max(f64::MIN_POSITIVE);
                    shape[d][k] = mw2 / square.max(f64::MIN_POSITIVE);
                }
            }
            weight.fill([0.0; STRIP]);
            let mut sum = [0.0; STRIP];
            for member in &self.members {
                let mut product = [if member.flat { FLAT } else { 1.0 }; STRIP];
                for &d in &member.denominators {
                    for k in 0..n {
                        product[k] *= peak[d][k];
                    }
                }
                for k in 0..n {
                    sum[k] += product[k];
                }
                if let [only] = member.variants.as_slice() {
                    for k in 0..n {
                        weight[only.place][k] += product[k];
                    }
                    continue;
                }
                parts.clear();
                let mut total = [f64::MIN_POSITIVE; STRIP];
                for variant in &member.variants {
                    let mut part = [1.0; STRIP];
                    for &d in &variant.on_shell {
                        for k in 0..n {
                            part[k] *= shape[d][k];
                        }
                    }
                    for k in 0..n {
                        total[k] += part[k];
                    }
                    parts.push(part);
                }
                for (part, variant) in parts.iter().zip(&member.variants) {
                    for k in 0..n {
                        weight[variant.place][k] += part[k] * (product[k] / total[k]);
                    }
                }
            }
            if shared {
                for (hardness, &legs) in hardness.iter_mut().zip(&self.systems) {
                    hardness_of(points, legs, start, &mut hardness[..n]);
                }
            }
            for (weight, shares) in weight.iter().zip(&self.places) {
                if let [only] = shares.as_slice() {
                    sink(only.channel, start, &weight[..n]);
                    continue;
                }
                let mut total = [0.0; STRIP];
                for share in shares {
                    for k in 0..n {
                        total[k] += hardness[share.system][k];
                    }
                }
                for share in shares {
                    let mut part = [0.0; STRIP];
                    for k in 0..n {
                        part[k] = weight[k] * hardness[share.system][k] / total[k];
                    }
                    sink(share.channel, start, &part[..n]);
                }
            }
            done(start, &sum[..n]);
        }
    }

    /// Normalised weights of all channels, `[n_channels, n_batch]`.
    pub fn all(&self, points: &Points, out: &mut Vec<f64>) {
        SimdLevel::for_exact_code().dispatch(All {
            weights: self,
            points,
            out,
        });
    }

    /// Normalised weight of one channel, `[n_batch]`.
    pub fn one(&self, wanted: usize, points: &Points, out: &mut Vec<f64>) {
        SimdLevel::for_exact_code().dispatch(One {
            weights: self,
            wanted,
            points,
            out,
        });
    }
}

/// [`ChannelWeights::all`] on a level. The compiler makes the vectors; nothing is
/// added over lanes and no product fused with a sum, so that all levels give the same.
struct All<'a> {
    weights: &'a ChannelWeights,
    points: &'a Points,
    out: &'a mut Vec<f64>,
}

impl Kernel for All<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Level>(self) {
        let Self {
            weights,
            points,
            out,
        } = self;
        let n_batch = points.n_batch();
        out.clear();
        out.resize(weights.n_channels * n_batch, 0.0);
        let mut sums = vec![0.0; n_batch];
        weights.visit(
            points,
            |channel, start, w| {
                let at = channel * n_batch + start;
                out[at..at + w.len()].copy_from_slice(w);
            },
            |start, sum| sums[start..start + sum.len()].copy_from_slice(sum),
        );
        let even = 1.0 / weights.n_channels as f64;
        for row in out.chunks_mut(n_batch.max(1)) {
            normalise(row, &sums, even);
        }
    }
}

/// [`ChannelWeights::one`] on a level, as [`All`].
struct One<'a> {
    weights: &'a ChannelWeights,
    wanted: usize,
    points: &'a Points,
    out: &'a mut Vec<f64>,
}

impl Kernel for One<'_> {
    type Output = ();
    #[inline(always)]
    fn run<L: Level>(self) {
        let Self {
            weights,
            wanted,
            points,
            out,
        } = self;
        let n_batch = points.n_batch();
        out.clear();
        out.resize(n_batch, 0.0);
        let mut sums = vec![0.0; n_batch];
        weights.visit(
            points,
            |channel, start, w| {
                if channel == wanted {
                    out[start..start + w.len()].copy_from_slice(w);
                }
            },
            |start, sum| sums[start..start + sum.len()].copy_from_slice(sum),
        );
        normalise(out, &sums, 1.0 / weights.n_channels as f64);
    }
}

#[inline(always)]
fn normalise(row: &mut [f64], sums: &[f64], even: f64) {
    for (w, sum) in row.iter_mut().zip(sums) {
        let share = *w / sum;
        *w = if share.is_finite() { share } else { even };
    }
}

/// Fourth power of the transverse mass of a system in units of `s_hat`: what
/// decides who takes the recoil. The more a system has, the less the others'
/// transverse momenta are tied to each other if it does.
#[inline(always)]
fn hardness_of(points: &Points, legs: u32, start: usize, out: &mut [f64]) {
    out.fill(0.0);
    let s_hat = &points.s_hat[start..];
    let mut e = [0.0; STRIP];
    let mut z = [0.0; STRIP];
    for leg in (0..32).filter(|leg| legs >> leg & 1 == 1) {
        let row = |mu: usize| &points.momenta.component(leg, mu)[start..];
        let (from_e, from_z) = (row(0), row(3));
        for k in 0..out.len() {
            e[k] += from_e[k];
            z[k] += from_z[k];
        }
    }
    for k in 0..out.len() {
        let m_t2 = ((e[k] + z[k]) * (e[k] - z[k])).max(0.0) / s_hat[k];
        out[k] = m_t2 * m_t2 + TINY;
    }
}

fn position_or_push<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    if let Some(at) = list.iter().position(|x| *x == item) {
        return at;
    }
    list.push(item);
    list.len() - 1
}
