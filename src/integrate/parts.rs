//! Sums of the parts that an integrand reports apart, channel by channel.
//!
//! Knows numbered parts; knows nothing of what they are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::accumulator::Accumulator;

/// Sums of the weights of every part over the points of one channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartSums {
    /// Part number to (sum of weights, sum of their squares), in pb.
    sums: BTreeMap<usize, (f64, f64)>,
}

impl PartSums {
    /// Adds the weights of one part; those that are not finite are left out.
    pub fn add(&mut self, part: usize, weights: impl Iterator<Item = f64>) {
        let entry = self.sums.entry(part).or_default();
        for w in weights.filter(|w| w.is_finite()) {
            entry.0 += w;
            entry.1 += w * w;
        }
    }

    /// Adds the sums of other points of the same channel.
    pub fn merge(&mut self, other: &Self) {
        for (&part, &(sum, squares)) in &other.sums {
            let entry = self.sums.entry(part).or_default();
            entry.0 += sum;
            entry.1 += squares;
        }
    }
}

/// Estimates of all parts with their errors (one standard deviation), in pb,
/// added up over channels; `[n_parts]`.
pub(crate) fn part_estimates<'a>(
    n_parts: usize,
    channels: impl Iterator<Item = (&'a PartSums, &'a Accumulator)>,
) -> Vec<(f64, f64)> {
    let mut totals = vec![(0.0, 0.0); n_parts];
    for (parts, points) in channels {
        let n = points.n_points() as f64;
        for (&part, &(sum, squares)) in parts.sums.iter().filter(|(p, _)| **p < n_parts) {
            let mean = sum / n;
            totals[part].0 += mean;
            totals[part].1 += (squares / n - mean * mean).max(0.0) / (n - 1.0).max(1.0);
        }
    }
    totals
        .into_iter()
        .map(|(mean, error2)| (mean, error2.sqrt()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_channel_add_up_to_it() {
        let weights = [[1.0, 2.0, 4.0], [0.5, 0.0, 1.5]];
        let mut parts = PartSums::default();
        let mut total = Accumulator::default();
        for (p, w) in weights.iter().enumerate() {
            parts.add(p, w.iter().copied());
        }
        total.extend(&[1.5, 2.0, 5.5]);
        let estimates = part_estimates(2, [(&parts, &total)].into_iter());
        assert!((estimates[0].0 + estimates[1].0 - total.mean()).abs() < 1e-15);
        // Variance of 1, 2, 4 is 7/3, of their mean 7/9.
        assert!((estimates[0].1 - (7.0_f64 / 9.0).sqrt()).abs() < 1e-14);
    }
}
