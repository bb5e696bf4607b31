//! Sums of the alternative weights of a sample.
//!
//! Knows numbers; knows neither names nor files.

use serde::{Deserialize, Serialize};

use crate::event::Event;

/// Sums over events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WeightSums {
    n: f64,
    /// Of the weights of the events and of their squares.
    own: [f64; 2],
    /// Of each weight, of its square and of its product with that of the event.
    each: Vec<[f64; 3]>,
}

impl WeightSums {
    /// Adds an event; weights that it does not have count as 0.
    pub(crate) fn add(&mut self, event: &Event) {
        let own = event.weight;
        self.n += 1.0;
        self.own[0] += own;
        self.own[1] += own * own;
        if self.each.len() < event.weights.len() {
            self.each.resize(event.weights.len(), [0.0; 3]);
        }
        for (sums, weight) in self.each.iter_mut().zip(&event.weights) {
            sums[0] += weight;
            sums[1] += weight * weight;
            sums[2] += weight * own;
        }
    }

    /// Adds those of other events.
    pub(super) fn merge(&mut self, other: &Self) {
        self.n += other.n;
        if self.each.len() < other.each.len() {
            self.each.resize(other.each.len(), [0.0; 3]);
        }
        let own = self.own.iter_mut().zip(other.own);
        own.for_each(|(a, b)| *a += b);
        let each = self.each.iter_mut().flatten();
        each.zip(other.each.iter().flatten())
            .for_each(|(a, b)| *a += b);
    }

    /// Sum of weight `at` and its standard deviation.
    pub(super) fn sum(&self, at: usize) -> (f64, f64) {
        let [sum, square, _] = self.each.get(at).copied().unwrap_or_default();
        (sum, spread(self.n, sum, square))
    }

    /// Sum of weight `at` over that of the weights of the events, and its standard
    /// deviation, which knows that both come from the same events.
    pub(super) fn ratio(&self, at: usize) -> (f64, f64) {
        let [sum, square, product] = self.each.get(at).copied().unwrap_or_default();
        let ratio = sum / self.own[0];
        let rest = square - 2.0 * ratio * product + ratio * ratio * self.own[1];
        (ratio, rest.max(0.0).sqrt() / self.own[0].abs())
    }
}

/// Standard deviation of a sum of `n` independent numbers.
fn spread(n: f64, sum: f64, square: f64) -> f64 {
    (square - sum * sum / n.max(1.0)).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_ratios_know_what_events_have_in_common() {
        let event = |weight: f64, other: f64| Event {
            weight,
            weights: vec![other, 2.0 * weight],
            ..Event::default()
        };
        let events = [event(1.0, 1.0), event(3.0, 2.0), event(-1.0, 0.0)];
        let mut sums = WeightSums::default();
        events.iter().for_each(|e| sums.add(e));
        assert_eq!(sums.sum(0), (3.0, (5.0_f64 - 3.0).sqrt()));
        // Residuals other - ratio * weight: 0, -1, 1.
        assert_eq!(sums.ratio(0), (1.0, 2.0_f64.sqrt() / 3.0));
        assert_eq!(sums.ratio(1), (2.0, 0.0));
        let mut halves = WeightSums::default();
        for part in events.chunks(2) {
            let mut half = WeightSums::default();
            part.iter().for_each(|e| half.add(e));
            halves.merge(&half);
        }
        assert_eq!(halves, sums);
    }
}
