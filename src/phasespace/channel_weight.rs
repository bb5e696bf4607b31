//! Prior channel weights from propagator denominators.
//!
//! The weight of a channel is proportional to the product over its propagators
//! of `s_hat^2 / ((q^2 - m^2)^2 + m^2 width^2)`, the square of what a diagram
//! contributes (single-diagram enhancement): it is large where the diagram
//! peaks, and `f alpha_i` has no other peaks than the channel maps. Channels of
//! one topology that differ in which resonances are on shell share its weight
//! in proportion to the Breit-Wigner factors of those resonances. Knows
//! denominators; knows no matrix element.
//! Sources: hep-ph/0208156; 2102.00773 (weights from denominators).

use crate::kinematics::invariant_of_sets;

use super::points::Points;

/// Points per block.
const LANES: usize = 64;
type Lanes = [f64; LANES];

/// Weight of the flat channel in units in which a propagator at `q^2 = s_hat`
/// weighs 1: it serves where no propagator is enhanced.
const FLAT: f64 = 0.05;

/// Smallest denominator in units of `s_hat`.
const FLOOR: f64 = 1e-10;

/// A distinct denominator.
#[derive(Clone, Debug, PartialEq)]
struct Denominator {
    invariant: usize,
    m2: f64,
    m_width: f64,
}

/// A topology: its denominators and its channels' on-shell denominators.
#[derive(Clone, Debug, PartialEq)]
struct Member {
    denominators: Vec<usize>,
    variants: Vec<Vec<usize>>,
    flat: bool,
}

/// Weights of all channels of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct ChannelWeights {
    /// Distinct invariants, as legs to add and legs to subtract.
    invariants: Vec<(u32, u32)>,
    denominators: Vec<Denominator>,
    members: Vec<Member>,
    n_channels: usize,
}

/// A propagator as the weights see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peak {
    /// Legs whose momenta are added and subtracted.
    pub legs: (u32, u32),
    pub mass: f64,
    pub width: f64,
}

impl ChannelWeights {
    /// Adds a topology; its channels follow those already there.
    ///
    /// Each entry of `variants` lists the positions in `peaks` of the
    /// resonances that are on shell in one channel.
    pub fn add(&mut self, peaks: &[Peak], variants: &[Vec<usize>]) {
        let denominators: Vec<usize> = peaks.iter().map(|p| self.denominator(p)).collect();
        let variants: Vec<Vec<usize>> = variants
            .iter()
            .map(|v| v.iter().map(|&k| denominators[k]).collect())
            .collect();
        self.n_channels += variants.len();
        self.members.push(Member {
            denominators,
            variants,
            flat: false,
        });
    }

    /// Adds the flat channel.
    pub fn add_flat(&mut self) {
        self.n_channels += 1;
        self.members.push(Member {
            denominators: Vec::new(),
            variants: vec![Vec::new()],
            flat: true,
        });
    }

    /// Drops the channels that are not kept; the weights of the others add up
    /// to 1 again. `keep` is `[n_channels]`.
    pub fn retain(&mut self, keep: &[bool]) {
        let mut keep = keep.iter();
        for member in &mut self.members {
            member
                .variants
                .retain(|_| *keep.next().expect("one entry per channel"));
        }
        self.members.retain(|m| !m.variants.is_empty());
        self.n_channels = self.members.iter().map(|m| m.variants.len()).sum();
        let mut denominators = Vec::new();
        for member in &mut self.members {
            for d in member
                .denominators
                .iter_mut()
                .chain(member.variants.iter_mut().flatten())
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
        let invariant = position_or_push(&mut self.invariants, peak.legs);
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
    fn visit(
        &self,
        points: &Points,
        mut sink: impl FnMut(usize, usize, &[f64]),
        mut done: impl FnMut(usize, &[f64]),
    ) {
        let n_batch = points.n_batch();
        let mut q2 = vec![[0.0; LANES]; self.invariants.len()];
        let mut peak = vec![[0.0; LANES]; self.denominators.len()];
        let mut shape = vec![[0.0; LANES]; self.denominators.len()];
        let mut parts: Vec<Lanes> = Vec::new();
        for start in (0..n_batch).step_by(LANES) {
            let n = LANES.min(n_batch - start);
            let s_hat = &points.s_hat[start..start + n];
            for (values, &(plus, minus)) in q2.iter_mut().zip(&self.invariants) {
                invariant_of_sets(&points.momenta, plus, minus, start, &mut values[..n]);
            }
            for (d, den) in self.denominators.iter().enumerate() {
                let values = &q2[den.invariant];
                let mw2 = den.m_width * den.m_width;
                for k in 0..n {
                    let off = values[k] - den.m2;
                    let floor = FLOOR * s_hat[k] + f64::MIN_POSITIVE;
                    let square = (off * off + mw2).max(floor * floor);
                    peak[d][k] = s_hat[k] * s_hat[k] / square.max(f64::MIN_POSITIVE);
                    shape[d][k] = mw2 / square.max(f64::MIN_POSITIVE);
                }
            }
            let mut sum = [0.0; LANES];
            let mut channel = 0;
            for member in &self.members {
                let mut product = [if member.flat { FLAT } else { 1.0 }; LANES];
                for &d in &member.denominators {
                    for k in 0..n {
                        product[k] *= peak[d][k];
                    }
                }
                for k in 0..n {
                    sum[k] += product[k];
                }
                if member.variants.len() == 1 {
                    sink(channel, start, &product[..n]);
                    channel += 1;
                    continue;
                }
                parts.clear();
                let mut total = [f64::MIN_POSITIVE; LANES];
                for variant in &member.variants {
                    let mut part = [1.0; LANES];
                    for &d in variant {
                        for k in 0..n {
                            part[k] *= shape[d][k];
                        }
                    }
                    for k in 0..n {
                        total[k] += part[k];
                    }
                    parts.push(part);
                }
                for part in &mut parts {
                    for k in 0..n {
                        part[k] *= product[k] / total[k];
                    }
                    sink(channel, start, &part[..n]);
                    channel += 1;
                }
            }
            done(start, &sum[..n]);
        }
    }

    /// Normalised weights of all channels, `[n_channels, n_batch]`.
    pub fn all(&self, points: &Points, out: &mut Vec<f64>) {
        let n_batch = points.n_batch();
        out.clear();
        out.resize(self.n_channels * n_batch, 0.0);
        let mut sums = vec![0.0; n_batch];
        self.visit(
            points,
            |channel, start, w| {
                let at = channel * n_batch + start;
                out[at..at + w.len()].copy_from_slice(w);
            },
            |start, sum| sums[start..start + sum.len()].copy_from_slice(sum),
        );
        let even = 1.0 / self.n_channels as f64;
        for row in out.chunks_mut(n_batch.max(1)) {
            for (w, sum) in row.iter_mut().zip(&sums) {
                let share = *w / sum;
                *w = if share.is_finite() { share } else { even };
            }
        }
    }

    /// Normalised weight of one channel, `[n_batch]`.
    pub fn one(&self, wanted: usize, points: &Points, out: &mut Vec<f64>) {
        let n_batch = points.n_batch();
        out.clear();
        out.resize(n_batch, 0.0);
        let mut sums = vec![0.0; n_batch];
        self.visit(
            points,
            |channel, start, w| {
                if channel == wanted {
                    out[start..start + w.len()].copy_from_slice(w);
                }
            },
            |start, sum| sums[start..start + sum.len()].copy_from_slice(sum),
        );
        let even = 1.0 / self.n_channels as f64;
        for (w, sum) in out.iter_mut().zip(&sums) {
            let share = *w / sum;
            *w = if share.is_finite() { share } else { even };
        }
    }
}

fn position_or_push<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    if let Some(at) = list.iter().position(|x| *x == item) {
        return at;
    }
    list.push(item);
    list.len() - 1
}
