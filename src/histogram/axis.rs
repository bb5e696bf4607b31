//! The bins of a histogram: edges, and the bin of a value.
//!
//! Knows numbers; knows no quantity.

use crate::elementary::Elementary;

/// Most bins of a histogram.
pub(crate) const MOST_BINS: usize = 10_000;

/// Edges of bins; a bin holds its lower edge and not its upper one.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    edges: Vec<f64>,
    is_log: bool,
}

impl Axis {
    /// `n` bins of equal width between two numbers; of equal ratio with `is_log`.
    ///
    /// # Errors
    /// In words, as for [`Axis::of_edges`].
    pub fn new(n: usize, [low, high]: [f64; 2], is_log: bool) -> Result<Self, String> {
        if !(1..=MOST_BINS).contains(&n) {
            return Err(format!("found {n} bins, expected 1 to {MOST_BINS}"));
        }
        if low >= high || !low.is_finite() || !high.is_finite() {
            return Err(format!(
                "found the range [{low}, {high}], expected a smaller number and a larger one"
            ));
        }
        if is_log && low <= 0.0 {
            return Err(format!(
                "found the range [{low}, {high}] with bins in its logarithm, expected one above 0"
            ));
        }
        let at = |k: usize| {
            let part = k as f64 / n as f64;
            match k {
                0 => low,
                _ if k == n => high,
                _ if is_log => low * (high / low).powf_same(part),
                _ => low + (high - low) * part,
            }
        };
        Self::of_edges((0..=n).map(at).collect(), is_log)
    }

    /// Bins between numbers in order.
    ///
    /// # Errors
    /// In words: too few or too many, not finite, not ascending, not positive for a
    /// logarithmic axis.
    pub fn of_edges(edges: Vec<f64>, is_log: bool) -> Result<Self, String> {
        let n = edges.len();
        if !(2..=MOST_BINS + 1).contains(&n) {
            let most = MOST_BINS + 1;
            return Err(format!("found {n} edges, expected 2 to {most}"));
        }
        if let Some(x) = edges.iter().find(|x| !x.is_finite()) {
            return Err(format!("found the edge {x}, expected a number"));
        }
        if let Some(pair) = edges.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(format!(
                "found the edge {} behind {}, expected a larger one",
                pair[1], pair[0]
            ));
        }
        if is_log && edges[0] <= 0.0 {
            return Err(format!(
                "found the edge {} on a logarithmic axis, expected a number above 0",
                edges[0]
            ));
        }
        Ok(Self { edges, is_log })
    }

    /// Edges, `[n_bins + 1]`.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Number of bins, without underflow and overflow.
    pub fn n_bins(&self) -> usize {
        self.edges.len() - 1
    }

    /// Whether it is shown with a logarithmic scale.
    pub fn is_log(&self) -> bool {
        self.is_log
    }

    /// Bin of a value: 0 for the underflow, `n_bins + 1` for the overflow; `None` for what
    /// is no number.
    pub fn bin(&self, x: f64) -> Option<usize> {
        (!x.is_nan()).then(|| self.edges.partition_point(|edge| *edge <= x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_holds_its_lower_edge() {
        let axis = Axis::new(4, [0.0, 2.0], false).unwrap();
        let bin = |x: f64| axis.bin(x).unwrap();
        assert_eq!(axis.edges(), [0.0, 0.5, 1.0, 1.5, 2.0]);
        assert_eq!([-1e-300, 0.0, 0.49, 0.5].map(bin), [0, 1, 1, 2]);
        assert_eq!([1.99, 2.0, 1e300].map(bin), [4, 5, 5]);
        assert_eq!([f64::NEG_INFINITY, f64::INFINITY].map(bin), [0, 5]);
        assert_eq!(axis.bin(f64::NAN), None);
    }

    #[test]
    fn bins_of_a_logarithm_have_equal_ratios() {
        let axis = Axis::new(3, [1.0, 1000.0], true).unwrap();
        for (edge, expected) in axis.edges().iter().zip([1.0, 10.0, 100.0, 1000.0]) {
            assert!((edge / expected - 1.0_f64).abs() < 1e-12);
        }
        assert_eq!(axis.bin(5.0), Some(1));
        assert_eq!(axis.bin(0.0), Some(0));
    }

    #[test]
    fn axes_that_are_none_are_refused() {
        let part = |found: Result<Axis, String>, part: &str| {
            let what = found.unwrap_err();
            assert!(what.contains(part), "{what}");
        };
        part(Axis::new(0, [0.0, 1.0], false), "0 bins");
        part(Axis::new(5, [1.0, 1.0], false), "[1, 1]");
        part(Axis::new(5, [f64::NAN, 1.0], false), "[NaN, 1]");
        part(Axis::new(5, [0.0, 1.0], true), "above 0");
        part(Axis::of_edges(vec![1.0], false), "1 edges");
        part(Axis::of_edges(vec![1.0, 3.0, 2.0], false), "2 behind 3");
        part(Axis::of_edges(vec![-1.0, 3.0], true), "edge -1");
        part(Axis::new(9000, [1.0, 1.0 + 1e-13], false), "behind");
    }
}
