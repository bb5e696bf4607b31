//! How the weights of the events of a sample are distributed.
//!
//! Knows numbers; knows no event.

use std::collections::BTreeMap;

use serde::Serialize;

/// Bins of a factor of two.
const PER_OCTAVE: f64 = 16.0;

/// Sizes of weights, counted in bins of their logarithm.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct WeightSpread {
    /// Events.
    pub events: u64,
    /// Events with a negative weight.
    pub negative: u64,
    /// Events without weight.
    pub zero: u64,
    /// `(sum w)^2 / sum w^2`: number of equal weights with the same statistical power.
    pub kish_size: f64,
    /// Largest size over the mean of them.
    pub largest: f64,
    /// Edges of the bins, over the mean size; empty without weights.
    pub edges: Vec<f64>,
    /// Events with positive weights in each bin.
    pub positive_counts: Vec<u64>,
    /// Events with negative weights.
    pub negative_counts: Vec<u64>,
    #[serde(skip)]
    counts: BTreeMap<i32, [u64; 2]>,
    #[serde(skip)]
    sums: [f64; 3],
    #[serde(skip)]
    most: f64,
}

impl WeightSpread {
    /// Adds the weight of an event.
    pub fn add(&mut self, weight: f64) {
        if !weight.is_finite() {
            return;
        }
        self.events += 1;
        let size = weight.abs();
        self.sums[0] += weight;
        self.sums[1] += size;
        self.sums[2] += weight * weight;
        self.most = self.most.max(size);
        if weight == 0.0 {
            self.zero += 1;
            return;
        }
        self.negative += u64::from(weight < 0.0);
        let bin = (size.log2() * PER_OCTAVE).floor() as i32;
        self.counts.entry(bin).or_default()[usize::from(weight < 0.0)] += 1;
    }

    /// Once all weights are known.
    pub fn finish(&mut self) {
        let [sum, size, square] = self.sums;
        self.kish_size = if square > 0.0 {
            sum * sum / square
        } else {
            0.0
        };
        let mean = size / self.events.max(1) as f64;
        self.largest = if mean > 0.0 { self.most / mean } else { 0.0 };
        let (Some((&first, _)), Some((&last, _))) =
            (self.counts.first_key_value(), self.counts.last_key_value())
        else {
            return;
        };
        let edge = |bin: i32| (f64::from(bin) / PER_OCTAVE).exp2() / mean;
        // An empty bin at each end shows where the weights end.
        let bins = first - 1..=last + 1;
        self.edges = bins.clone().chain([last + 2]).map(edge).collect();
        let counts = |sign: usize| {
            let count = |bin| self.counts.get(&bin).map_or(0, |c| c[sign]);
            bins.clone().map(count).collect()
        };
        (self.positive_counts, self.negative_counts) = (counts(0), counts(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_counted_by_their_ratio_to_the_mean() {
        let mut spread = WeightSpread::default();
        [1.0, 1.0, 4.0, -2.0, 0.0]
            .iter()
            .for_each(|w| spread.add(*w));
        spread.finish();
        assert_eq!((spread.events, spread.negative, spread.zero), (5, 1, 1));
        assert!((spread.kish_size - 16.0 / 22.0).abs() < 1e-12);
        assert!((spread.largest - 2.5).abs() < 1e-12);
        assert_eq!(spread.positive_counts.iter().sum::<u64>(), 3);
        let at = spread.positive_counts.iter().position(|n| *n == 2).unwrap();
        assert!((spread.edges[at] - 1.0 / 1.6).abs() < 1e-12);
        assert_eq!(spread.edges.len(), spread.positive_counts.len() + 1);
        let mut none = WeightSpread::default();
        none.finish();
        assert!(none.edges.is_empty());
    }
}
