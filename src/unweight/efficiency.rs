//! What an unweighted sample is worth: efficiency, overweights, Kish size.
//!
//! Knows relative weights of events and the number of trials; nothing else.
//! Source: L. Kish, Survey Sampling (1965), for the effective sample size.

use serde::{Deserialize, Serialize};

/// Of a bias times its inverse.
const ROUNDING: f64 = 1e-14;

/// Summary of an unweighted sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UnweightReport {
    /// Events delivered.
    pub n_events: u64,
    /// Points tried; more than the delivered events needed, as the last round
    /// of a block is completed.
    pub n_trials: u64,
    /// Accepted points per point tried.
    pub efficiency: f64,
    /// Events with relative weight above 1 over their bias (in size).
    pub n_overweight: u64,
    /// Part of the sum of |weight| that lies above that.
    pub overweight_share: f64,
    /// Its standard deviation from sample to sample, as far as these events tell.
    #[serde(default)]
    pub overweight_err: f64,
    /// Largest |relative weight| times bias; 0 without events.
    pub largest_weight: f64,
    /// Events with negative weight.
    pub n_negative: u64,
    /// `(sum w)^2 / sum w^2`: equally weighted events of the same power.
    pub kish_size: f64,
    /// Mean relative weight of the delivered events, with sign.
    pub mean_weight: f64,
}

/// Counts events as they come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct UnweightTally {
    n_events: u64,
    n_trials: u64,
    n_accepted: u64,
    n_overweight: u64,
    n_negative: u64,
    sum: f64,
    sum_abs: f64,
    sum2: f64,
    above: f64,
    #[serde(default)]
    above2: f64,
    largest: f64,
}

/// The maxima come from points of their own, and scatter as well: of shares up to so many times
/// the one that is aimed at nothing is said.
const TOLERANCE: f64 = 1.2;

impl UnweightReport {
    /// Whether more lies above the maxima than the share that is aimed at, by more than two
    /// standard deviations.
    pub fn exceeds(&self, share: f64) -> bool {
        self.overweight_share - 2.0 * self.overweight_err > TOLERANCE * share
    }
}

impl UnweightTally {
    /// Counts points tried and, of these, accepted.
    pub(crate) fn add_trials(&mut self, n_trials: u64, n_accepted: u64) {
        self.n_trials += n_trials;
        self.n_accepted += n_accepted;
    }

    /// Counts a delivered event of the given relative weight, which is at least 1 over its
    /// bias in size.
    pub(crate) fn add_event(&mut self, relative_weight: f64, bias: f64) {
        let size = relative_weight.abs();
        let over = bias * size;
        self.n_events += 1;
        self.n_overweight += u64::from(over > 1.0 + ROUNDING);
        self.n_negative += u64::from(relative_weight < 0.0);
        self.sum += relative_weight;
        self.sum_abs += size;
        self.sum2 += size * size;
        let above = (over - 1.0).max(0.0) / bias;
        self.above += above;
        self.above2 += above * above;
        self.largest = self.largest.max(over);
    }

    /// Points tried so far.
    pub(crate) fn n_trials(&self) -> u64 {
        self.n_trials
    }

    /// The summary; ratios without a denominator are 0.
    pub fn report(&self) -> UnweightReport {
        let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        UnweightReport {
            n_events: self.n_events,
            n_trials: self.n_trials,
            efficiency: ratio(self.n_accepted as f64, self.n_trials as f64),
            n_overweight: self.n_overweight,
            overweight_share: ratio(self.above, self.sum_abs),
            overweight_err: ratio(self.above2.sqrt(), self.sum_abs),
            largest_weight: self.largest,
            n_negative: self.n_negative,
            kish_size: ratio(self.sum * self.sum, self.sum2),
            mean_weight: ratio(self.sum, self.n_events as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_weights_count_fully_and_overweights_cost_size() {
        let mut tally = UnweightTally::default();
        tally.add_trials(400, 100);
        (0..100).for_each(|_| tally.add_event(1.0, 1.0));
        let unit = tally.report();
        assert_eq!((unit.kish_size, unit.efficiency), (100.0, 0.25));
        assert_eq!((unit.n_overweight, unit.overweight_share), (0, 0.0));
        tally.add_event(11.0, 1.0);
        tally.add_event(-1.0, 1.0);
        let report = tally.report();
        assert!((report.overweight_share - 10.0 / 112.0).abs() < 1e-15);
        assert!((report.kish_size - 110.0 * 110.0 / 222.0).abs() < 1e-12);
        assert_eq!((report.n_overweight, report.n_negative), (1, 1));
        assert_eq!(report.largest_weight, 11.0);
    }

    #[test]
    fn few_overweights_are_no_excess_of_what_is_aimed_at() {
        let sample = |n: usize, n_over: usize, weight: f64| {
            let mut tally = UnweightTally::default();
            (0..n - n_over).for_each(|_| tally.add_event(1.0, 1.0));
            (0..n_over).for_each(|_| tally.add_event(weight, 1.0));
            tally.report()
        };
        // One weight of 16 among 10,000: 0.15 %, and any number from 0 to 0.45 %.
        let one = sample(10_000, 1, 16.0);
        assert!((one.overweight_err / one.overweight_share - 1.0).abs() < 1e-12);
        assert!(one.overweight_share > 1.2e-3 && !one.exceeds(1e-3));
        // The same share of many small ones is known to 2 %.
        let many = sample(1_000_000, 3000, 1.5);
        assert!((many.overweight_share / one.overweight_share - 1.0).abs() < 0.01);
        assert!((many.overweight_err / many.overweight_share * 3000f64.sqrt() - 1.0).abs() < 1e-9);
        assert!(many.exceeds(1e-3) && !many.exceeds(1.5e-3));
    }

    #[test]
    fn an_empty_sample_reports_zeros() {
        assert_eq!(UnweightTally::default().report(), UnweightReport::default());
    }
}
