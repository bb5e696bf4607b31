//! Accept or reject a batch of weights.
//!
//! Knows weights and a maximum; the random numbers are a stream of their own,
//! so that points and decisions are independent.

use crate::rng::Stream;

/// A point that became an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Accepted {
    /// Position in the batch.
    pub point: usize,
    /// `sign(w) max(1, |w|/w_max)`: the event weight in units of the common one.
    pub relative_weight: f64,
}

/// The points kept with probability `min(1, |w|/w_max)`, in batch order.
///
/// One random number is used per point, accepted or not. The expected sum of
/// relative weights is `sum(w)/w_max`, whatever `w_max` is. Weights that are
/// not finite are rejected; nothing is accepted unless `w_max` is positive.
pub(crate) fn accept(weights: &[f64], w_max: f64, stream: &mut Stream) -> Vec<Accepted> {
    let mut accepted = Vec::new();
    for (point, &w) in weights.iter().enumerate() {
        let r = stream.uniform();
        let ratio = w.abs() / w_max;
        if w_max > 0.0 && ratio.is_finite() && r < ratio {
            accepted.push(Accepted {
                point,
                relative_weight: w.signum() * ratio.max(1.0),
            });
        }
    }
    accepted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn overweights_keep_the_sum_unbiased() {
        let mut stream = Stream::new(1, Purpose::Test, 0, 0);
        let n = 200_000;
        // A steep spectrum of both signs; the maximum cuts into it.
        let weights: Vec<f64> = (0..n)
            .map(|k| {
                let w = 1.0 / (stream.uniform() + 0.01);
                if k % 5 == 0 { -w } else { w }
            })
            .collect();
        let w_max = 20.0;
        let events = accept(&weights, w_max, &mut Stream::new(1, Purpose::Accept, 0, 0));
        let expected = weights.iter().sum::<f64>() / w_max;
        let sum: f64 = events.iter().map(|e| e.relative_weight).sum();
        let variance: f64 = weights
            .iter()
            .map(|w| w.abs() / w_max)
            .filter(|p| *p < 1.0)
            .map(|p| p * (1.0 - p))
            .sum();
        let pull = (sum - expected) / variance.sqrt();
        assert!(pull.abs() < 4.0, "{sum} vs {expected}: {pull}");
        assert!(variance.sqrt() / expected < 0.01);
        assert!(events.iter().any(|e| e.relative_weight > 1.0));
        assert!(events.iter().all(|e| e.relative_weight.abs() >= 1.0));
    }

    #[test]
    fn zero_and_non_finite_weights_are_never_accepted() {
        let weights = [0.0, -0.0, f64::NAN, f64::INFINITY, 1.0];
        let events = accept(&weights, 1.0, &mut Stream::new(1, Purpose::Accept, 0, 0));
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].point, 4);
        let none = accept(&weights, 0.0, &mut Stream::new(1, Purpose::Accept, 0, 0));
        assert!(none.is_empty());
    }
}
