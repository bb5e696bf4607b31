//! Sums of weights in the bins of histograms.
//!
//! Knows bins by number and weights by column; knows no quantity. Sums are exact, so that
//! parts of a sample add up to the same bits in any order.

use super::exact::ExactSum;

/// Sums of one weight in one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moments {
    /// Of weights.
    w: ExactSum,
    /// Of squares of what an event adds to the bin.
    w2: ExactSum,
    /// Of weights times the value, and times its square.
    wx: ExactSum,
    wx2: ExactSum,
}

/// The same as numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BinSums {
    /// Sum of weights.
    pub w: f64,
    /// Sum over events of the square of what each adds.
    pub w2: f64,
    /// Sum of weights times values.
    pub wx: f64,
    /// Sum of weights times squares of values.
    pub wx2: f64,
}

/// One bin: nothing is kept of a bin without entries.
#[derive(Clone, Debug, Default, PartialEq)]
struct Bin {
    n_entries: u64,
    /// Of the weight of the events, then of each alternative one.
    columns: Box<[Moments]>,
}

/// The sums of one histogram.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Underflow, bins, overflow.
    bins: Vec<Bin>,
    /// Values that were no numbers.
    pub n_not_numbers: u64,
}

/// The values of one event in one bin.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub bin: usize,
    /// Number of values, their sum and that of their squares.
    pub n: u64,
    pub x: f64,
    pub x2: f64,
}

impl Tally {
    /// Empty, of `n_bins` besides underflow and overflow.
    pub(super) fn new(n_bins: usize) -> Self {
        Self {
            bins: vec![Bin::default(); n_bins + 2],
            n_not_numbers: 0,
        }
    }

    /// Adds the values that an event has in a bin.
    pub(super) fn add(&mut self, entry: &Entry, weight: f64, others: &[f64]) {
        let n_columns = 1 + others.len();
        let bin = &mut self.bins[entry.bin];
        bin.n_entries += entry.n;
        bin.grow(n_columns);
        let weights = std::iter::once(&weight).chain(others);
        for (sums, w) in bin.columns.iter_mut().zip(weights) {
            let all = entry.n as f64 * w;
            sums.w.add(all);
            sums.w2.add(all * all);
            sums.wx.add(w * entry.x);
            sums.wx2.add(w * entry.x2);
        }
    }

    /// Adds the sums of other events.
    pub(super) fn merge(&mut self, other: &Self) {
        self.n_not_numbers += other.n_not_numbers;
        for (a, b) in self.bins.iter_mut().zip(&other.bins) {
            a.n_entries += b.n_entries;
            a.grow(b.columns.len());
            for (a, b) in a.columns.iter_mut().zip(&b.columns) {
                a.w.merge(&b.w);
                a.w2.merge(&b.w2);
                a.wx.merge(&b.wx);
                a.wx2.merge(&b.wx2);
            }
        }
    }

    /// Bins, without underflow and overflow.
    pub fn n_bins(&self) -> usize {
        self.bins.len() - 2
    }

    /// Values in a bin, 0 for the underflow.
    pub fn entries(&self, bin: usize) -> u64 {
        self.bins[bin].n_entries
    }

    /// Sums of a bin: column 0 is the weight of the events, column `1 + k` alternative
    /// weight `k`.
    pub fn sums(&self, bin: usize, column: usize) -> BinSums {
        let found = self.bins[bin].columns.get(column);
        found.map_or(BinSums::default(), |m| BinSums {
            w: m.w.value(),
            w2: m.w2.value(),
            wx: m.wx.value(),
            wx2: m.wx2.value(),
        })
    }
}

impl Bin {
    fn grow(&mut self, n_columns: usize) {
        if self.columns.len() < n_columns {
            let mut columns = std::mem::take(&mut self.columns).into_vec();
            columns.resize(n_columns, Moments::default());
            self.columns = columns.into();
        }
    }
}

/// Sums of all histograms and of the weights of all events.
#[derive(Clone, Debug, PartialEq)]
pub struct Tallies {
    /// Events.
    pub n_events: u64,
    /// Events whose weight was no number, which are in no histogram.
    pub n_not_finite: u64,
    /// Events with too many particles, which are in no histogram.
    pub n_too_large: u64,
    weight: [ExactSum; 2],
    /// In the order of the set.
    pub each: Vec<Tally>,
}

impl Tallies {
    pub(super) fn new(n_bins: impl Iterator<Item = usize>) -> Self {
        Self {
            n_events: 0,
            n_not_finite: 0,
            n_too_large: 0,
            weight: Default::default(),
            each: n_bins.map(Tally::new).collect(),
        }
    }

    /// Counts an event.
    pub(super) fn count(&mut self, weight: f64) {
        self.n_events += 1;
        self.n_not_finite += u64::from(!weight.is_finite());
        self.weight[0].add(weight);
        self.weight[1].add(weight * weight);
    }

    /// Adds the sums of other events, of the same histograms.
    pub fn merge(&mut self, other: &Self) {
        self.n_events += other.n_events;
        self.n_not_finite += other.n_not_finite;
        self.n_too_large += other.n_too_large;
        for (a, b) in self.weight.iter_mut().zip(&other.weight) {
            a.merge(b);
        }
        for (a, b) in self.each.iter_mut().zip(&other.each) {
            a.merge(b);
        }
    }

    /// Sum of the weights of the events, and of their squares.
    pub fn weight(&self) -> [f64; 2] {
        self.weight.map(|sum| sum.value())
    }
}
