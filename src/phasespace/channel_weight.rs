//! Prior channel weights from propagator denominators.
//!
//! The weight of a channel is proportional to the product over its propagators
//! of `s_hat^2 / ((q^2 - m^2)^2 + m^2 width^2)`, the square of what a diagram
//! contributes (single-diagram enhancement): it is large where the diagram
//! peaks, and `f alpha_i` has no other peaks than the channel maps. Channels of
//! one topology that differ in which resonances are on shell share its weight
//! in proportion to the Breit-Wigner factors of those resonances. Topologies
//! may share a channel, whose weight is the sum of theirs. Knows denominators;
//! knows no matrix element.
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

/// A choice of resonances that are on shell.
#[derive(Clone, Debug, PartialEq)]
struct Variant {
    on_shell: Vec<usize>,
    channel: usize,
}

/// A topology: its denominators and the channels it contributes to.
#[derive(Clone, Debug, PartialEq)]
struct Member {
    denominators: Vec<usize>,
    variants: Vec<Variant>,
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
    /// Adds a topology.
    ///
    /// Each entry of `variants` is a channel, old or new, with the positions in
    /// `peaks` of the resonances that are on shell there.
    pub fn add(&mut self, peaks: &[Peak], variants: &[(usize, Vec<usize>)]) {
        let denominators: Vec<usize> = peaks.iter().map(|p| self.denominator(p)).collect();
        let variants: Vec<Variant> = variants
            .iter()
            .map(|(channel, on_shell)| Variant {
                on_shell: on_shell.iter().map(|&k| denominators[k]).collect(),
                channel: *channel,
            })
            .collect();
        let last = variants.iter().map(|v| v.channel + 1).max();
        self.n_channels = self.n_channels.max(last.unwrap_or(0));
        self.members.push(Member {
            denominators,
            variants,
            flat: false,
        });
    }

    /// Adds the flat channel.
    pub fn add_flat(&mut self) {
        self.members.push(Member {
            denominators: Vec::new(),
            variants: vec![Variant {
                on_shell: Vec::new(),
                channel: self.n_channels,
            }],
            flat: true,
        });
        self.n_channels += 1;
    }

    /// Drops the channels that are not kept; the weights of the others add up
    /// to 1 again. `keep` is `[n_channels]`.
    pub fn retain(&mut self, keep: &[bool]) {
        let mut place = vec![0; keep.len()];
        self.n_channels = 0;
        for (place, _) in place.iter_mut().zip(keep).filter(|(_, keep)| **keep) {
            *place = self.n_channels;
            self.n_channels += 1;
        }
        for member in &mut self.members {
            member.variants.retain(|v| keep[v.channel]);
            for variant in &mut member.variants {
                variant.channel = place[variant.channel];
            }
        }
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

    /// Calls `sink(channel, start, weights)` for blocks of points, unnormalised
    /// and to be added, then `done(start, sums)`.
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
                if let [only] = member.variants.as_slice() {
                    sink(only.channel, start, &product[..n]);
                    continue;
                }
                parts.clear();
                let mut total = [f64::MIN_POSITIVE; LANES];
                for variant in &member.variants {
                    let mut part = [1.0; LANES];
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
                for (part, variant) in parts.iter_mut().zip(&member.variants) {
                    for k in 0..n {
                        part[k] *= product[k] / total[k];
                    }
                    sink(variant.channel, start, &part[..n]);
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
                out[at..at + w.len()]
                    .iter_mut()
                    .zip(w)
                    .for_each(|(o, w)| *o += w);
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
                    out[start..start + w.len()]
                        .iter_mut()
                        .zip(w)
                        .for_each(|(o, w)| *o += w);
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
