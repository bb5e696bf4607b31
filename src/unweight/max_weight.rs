//! Maximum weight of each channel from the distribution of its weights.
//!
//! Knows weights of points per channel; knows no sampler. Weights above the
//! maximum are allowed a stated share of the cross section.
//!
//! With trials shared in proportion to the maxima `m_i`, an event costs
//! `sum_i m_i / sum_i I_i` points. Least cost at a fixed total overshoot
//! `sum_i <(w_i - m_i)+>` means, by a Lagrange multiplier, the same tail
//! probability `P(w_i > m_i)` in every channel: one number is searched for.

use serde::{Deserialize, Serialize};

/// The largest weights of one channel, and the sums of all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WeightTail {
    /// At least this many of the largest weights are kept.
    capacity: usize,
    largest: Vec<f64>,
    n_points: u64,
    sum_abs: f64,
}

impl WeightTail {
    /// Keeps at least the `capacity` largest weights (and at least one).
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            largest: Vec::new(),
            n_points: 0,
            sum_abs: 0.0,
        }
    }

    /// Enters weights of either sign; non-finite ones count as 0.
    pub fn extend(&mut self, weights: &[f64]) {
        self.n_points += weights.len() as u64;
        let mut sum = 0.0;
        for w in weights.iter().map(|w| w.abs()) {
            if w.is_finite() && w > 0.0 {
                sum += w;
                self.largest.push(w);
            }
        }
        self.sum_abs += sum;
        if self.largest.len() > 2 * self.capacity {
            self.largest
                .select_nth_unstable_by(self.capacity - 1, |a, b| b.total_cmp(a));
            self.largest.truncate(self.capacity);
        }
    }

    fn mean(&self) -> f64 {
        self.sum_abs / self.n_points.max(1) as f64
    }
}

/// The maximum weight of one channel and what lies below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelMax {
    /// Maximum weight, in the unit of the weights; 0 for an empty channel.
    pub w_max: f64,
    /// Mean of `min(|w|, w_max)`: the cross section of unit-weight events.
    pub accepted: f64,
    /// Mean of `(|w| - w_max)+`.
    pub overshoot: f64,
}

/// Maximum weights of all channels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MaxWeights {
    /// Per channel.
    pub channels: Vec<ChannelMax>,
    /// Accepted points per trial when trials are shared by `w_max`.
    pub efficiency: f64,
    /// Part of the sum of |w| above the maxima, in the sample they come from.
    pub overweight_share: f64,
}

/// Sorted view of a channel with sums from the top.
struct Ranked<'a> {
    tail: &'a WeightTail,
    /// Descending.
    w: Vec<f64>,
    /// `above[k]`: sum of the `k` largest.
    above: Vec<f64>,
}

impl<'a> Ranked<'a> {
    fn new(tail: &'a WeightTail) -> Self {
        let mut w = tail.largest.clone();
        w.sort_unstable_by(|a, b| b.total_cmp(a));
        let mut above = Vec::with_capacity(w.len() + 1);
        let mut sum = 0.0;
        above.push(0.0);
        for x in &w {
            sum += x;
            above.push(sum);
        }
        Self { tail, w, above }
    }

    /// The maximum that leaves the share `tau` of all points above it.
    fn at(&self, tau: f64) -> ChannelMax {
        if self.w.is_empty() {
            return ChannelMax::default();
        }
        let n = self.tail.n_points as f64;
        let k = ((tau * n) as usize).min(self.w.len() - 1);
        let w_max = self.w[k];
        let overshoot = (self.above[k] - k as f64 * w_max).max(0.0) / n;
        ChannelMax {
            w_max,
            accepted: self.tail.mean() - overshoot,
            overshoot,
        }
    }
}

/// Chooses the maxima such that the weights above carry at most `share` of the
/// total, at the least number of trials per event.
///
/// `tails` holds one entry per channel. A `share` of 0 gives the largest weight
/// seen; shares above 0.5 are taken as 0.5.
pub(crate) fn choose_max_weights(tails: &[WeightTail], share: f64) -> MaxWeights {
    let ranked: Vec<Ranked> = tails.iter().map(Ranked::new).collect();
    let total: f64 = tails.iter().map(WeightTail::mean).sum();
    let overshoot = |tau: f64| -> f64 { ranked.iter().map(|r| r.at(tau).overshoot).sum() };
    let allowed = share.clamp(0.0, 0.5) * total;
    // The overshoot grows with tau; `low` always satisfies the bound.
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if overshoot(middle) <= allowed {
            low = middle;
        } else {
            high = middle;
        }
    }
    let channels: Vec<ChannelMax> = ranked.iter().map(|r| r.at(low)).collect();
    let sum = |f: fn(&ChannelMax) -> f64| channels.iter().map(f).sum::<f64>();
    let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
    MaxWeights {
        efficiency: ratio(sum(|c| c.accepted), sum(|c| c.w_max)),
        overweight_share: ratio(sum(|c| c.overshoot), total),
        channels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};
    use proptest::prelude::*;

    fn tail(weights: &[f64]) -> WeightTail {
        let mut tail = WeightTail::new(usize::MAX / 2);
        tail.extend(weights);
        tail
    }

    /// Exponential weights of the given mean.
    fn exponential(mean: f64, n: usize, id: u32) -> Vec<f64> {
        let mut stream = Stream::new(3, Purpose::Test, id, 0);
        (0..n)
            .map(|_| -mean * (1.0 - stream.uniform()).ln())
            .collect()
    }

    proptest! {
        #[test]
        fn overshoot_stays_within_the_stated_share(
            a in prop::collection::vec(0.0..1e3f64, 1..200),
            b in prop::collection::vec(-1.0..1.0f64, 1..200),
            share in 0.0..0.3f64,
        ) {
            let chosen = choose_max_weights(&[tail(&a), tail(&b)], share);
            prop_assert!(chosen.overweight_share <= share + 1e-12);
            for (weights, c) in [(&a, chosen.channels[0]), (&b, chosen.channels[1])] {
                let n = weights.len() as f64;
                let above: f64 = weights.iter().map(|w| (w.abs() - c.w_max).max(0.0)).sum();
                let below: f64 = weights.iter().map(|w| w.abs().min(c.w_max)).sum();
                prop_assert!((above / n - c.overshoot).abs() < 1e-9);
                prop_assert!((below / n - c.accepted).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn exponential_weights_have_the_analytic_maximum() {
        // <(w - m)+> / <w> = exp(-m) for unit mean.
        let chosen = choose_max_weights(&[tail(&exponential(1.0, 200_000, 0))], 1e-3);
        let expected = -(1e-3f64).ln();
        let w_max = chosen.channels[0].w_max;
        // Two hundred weights lie above: the maximum is known to 2 %.
        assert!((w_max / expected - 1.0).abs() < 0.06, "{w_max}");
        assert!((chosen.efficiency * w_max - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_common_tail_probability_costs_least() {
        // A small channel may overshoot freely: cheaper than channel by channel.
        let tails = [
            tail(&exponential(1.0, 50_000, 1)),
            tail(
                &exponential(0.01, 50_000, 2)
                    .iter()
                    .map(|w| w * w * 200.0)
                    .collect::<Vec<_>>(),
            ),
        ];
        let together = choose_max_weights(&tails, 1e-2);
        let apart: f64 = tails
            .iter()
            .map(|t| choose_max_weights(std::slice::from_ref(t), 1e-2).channels[0].w_max)
            .sum();
        let sum: f64 = together.channels.iter().map(|c| c.w_max).sum();
        assert!(sum < apart, "{sum} vs {apart}");
    }

    #[test]
    fn share_zero_takes_the_largest_weight() {
        let chosen = choose_max_weights(&[tail(&[1.0, 5.0, -7.0, 0.0])], 0.0);
        assert_eq!(chosen.channels[0].w_max, 7.0);
        assert_eq!(chosen.overweight_share, 0.0);
    }

    #[test]
    fn a_bounded_store_gives_the_same_maximum() {
        let weights = exponential(1.0, 100_000, 4);
        let mut bounded = WeightTail::new(2000);
        weights.chunks(777).for_each(|c| bounded.extend(c));
        let a = choose_max_weights(&[tail(&weights)], 1e-3);
        let b = choose_max_weights(&[bounded], 1e-3);
        assert_eq!(a.channels[0].w_max, b.channels[0].w_max);
    }

    #[test]
    fn empty_channels_have_no_maximum() {
        let chosen = choose_max_weights(&[tail(&[0.0, f64::NAN]), tail(&[])], 1e-3);
        assert_eq!(chosen.channels, vec![ChannelMax::default(); 2]);
        assert_eq!(chosen.efficiency, 0.0);
    }
}
