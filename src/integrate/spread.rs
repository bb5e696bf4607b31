//! What is known of the weights of a channel before more of them are drawn: their
//! size and their spread, which decide how many points it receives.
//!
//! Knows means and standard deviations; knows no sampler.
//!
//! Sources: J. Neyman, J. R. Stat. Soc. 97 (1934) 558: the least variance of a sum
//! of means takes points in proportion to the standard deviations. The deviation of a
//! steep distribution is found too small as long as its largest weights have not been
//! met, so every channel is also given points in proportion to its size: as if a
//! part of the deviation that channels of its size have on average were its own.

use serde::{Deserialize, Serialize};

use super::accumulator::Accumulator;

/// Points that channels receive for their size, as a part of those that they receive
/// for their deviation: the error of a known distribution grows by less than half of
/// this part.
const FOR_SIZE: f64 = 0.2;

/// Size and spread of the weights of one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spread {
    /// Mean of |w|.
    pub size: f64,
    /// Standard deviation of a weight.
    pub deviation: f64,
}

impl Spread {
    /// That of the points of an accumulator.
    pub fn of(points: &Accumulator) -> Self {
        Self {
            size: points.mean_abs(),
            deviation: points.variance().sqrt(),
        }
    }
}

/// Needs of channels, in proportion to which they receive points; `[n_channel]`.
pub(crate) fn needs(spreads: &[Spread]) -> Vec<f64> {
    let size: f64 = spreads.iter().map(|s| s.size).sum();
    let deviation: f64 = spreads.iter().map(|s| s.deviation).sum();
    // Where all is flat, sizes decide.
    let typical = (deviation / size.max(f64::MIN_POSITIVE)).max(1e-3);
    let need = |s: &Spread| s.deviation + FOR_SIZE * typical * s.size;
    spreads.iter().map(need).collect()
}

/// Variance of the sum of means, times the number of points, if points are shared in
/// proportion to `needs`.
pub(crate) fn variance_per_point(spreads: &[Spread], needs: &[f64]) -> f64 {
    let sum: f64 = needs.iter().sum();
    let channels = spreads.iter().zip(needs).filter(|(_, need)| **need > 0.0);
    channels
        .map(|(s, need)| s.deviation.powi(2) * sum / need)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(size: f64, deviation: f64) -> Spread {
        Spread { size, deviation }
    }

    #[test]
    fn size_costs_little_where_deviations_are_known() {
        let spreads = [spread(1.0, 3.0), spread(1.0, 0.01), spread(1e-3, 2.0)];
        let needs = needs(&spreads);
        let best = spreads.iter().map(|s| s.deviation).sum::<f64>().powi(2);
        let with_size = variance_per_point(&spreads, &needs);
        assert!(with_size > best && with_size < (1.0 + FOR_SIZE) * best);
    }

    #[test]
    fn a_channel_that_has_not_met_its_large_weights_is_not_starved() {
        // Alike, but the second one has met small weights only.
        let needs = needs(&[spread(1.0, 20.0), spread(0.5, 0.1)]);
        assert!(needs[1] > 0.04 * needs[0], "{needs:?}");
    }

    #[test]
    fn constant_channels_share_by_size() {
        let needs = needs(&[spread(3.0, 0.0), spread(1.0, 0.0), spread(0.0, 0.0)]);
        assert!((needs[0] / needs[1] - 3.0).abs() < 1e-12 && needs[2] == 0.0);
    }
}
