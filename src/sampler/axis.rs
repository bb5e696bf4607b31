//! A piecewise constant density on [0, 1): one dimension of a VEGAS grid.
//!
//! Knows edges and the probability below each; knows no weight. Bins need not
//! have equal probability: wide tails keep bins of their own.

use serde::{Deserialize, Serialize};

/// Bins are never narrower than this.
const MIN_WIDTH: f64 = 1e-9;

/// A normalised piecewise constant density on [0, 1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Knots", into = "Knots")]
pub struct Axis {
    /// Bin edges, increasing from 0 to 1, `[n_bins + 1]`.
    edges: Vec<f64>,
    /// Probability below each edge, increasing from 0 to 1, `[n_bins + 1]`.
    cdf: Vec<f64>,
    /// Density in each bin, `[n_bins]`.
    pdf: Vec<f64>,
    /// First bin to look at for `y` in the k-th of equal intervals.
    guide: Vec<u32>,
}

/// What is stored of an axis.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Knots {
    edges: Vec<f64>,
    cdf: Vec<f64>,
}

impl From<Axis> for Knots {
    fn from(axis: Axis) -> Self {
        Self {
            edges: axis.edges,
            cdf: axis.cdf,
        }
    }
}

impl TryFrom<Knots> for Axis {
    type Error = &'static str;

    fn try_from(knots: Knots) -> Result<Self, Self::Error> {
        Self::from_parts(knots.edges, knots.cdf)
    }
}

impl Axis {
    /// From edges and the probability below each.
    pub(crate) fn from_parts(edges: Vec<f64>, cdf: Vec<f64>) -> Result<Self, &'static str> {
        let rises = |v: &[f64]| {
            v.len() >= 2
                && v[0] == 0.0
                && v[v.len() - 1] == 1.0
                && v.windows(2).all(|pair| pair[0] < pair[1])
        };
        if edges.len() != cdf.len() || !rises(&edges) || !rises(&cdf) {
            return Err("grid edges and probabilities must rise from 0 to 1, one for one");
        }
        Ok(Self::from_knots(edges, cdf))
    }

    /// Flat density in `n_bins` equal bins (at least one).
    pub fn flat(n_bins: usize) -> Self {
        let n = n_bins.max(1);
        let edges: Vec<f64> = (0..=n).map(|k| k as f64 / n as f64).collect();
        Self::from_knots(edges.clone(), edges)
    }

    fn from_knots(edges: Vec<f64>, cdf: Vec<f64>) -> Self {
        let n = edges.len() - 1;
        let pdf = (0..n)
            .map(|k| (cdf[k + 1] - cdf[k]) / (edges[k + 1] - edges[k]))
            .collect();
        let n_guide = 2 * n;
        let mut guide = Vec::with_capacity(n_guide);
        let mut bin = 0;
        for g in 0..n_guide {
            let y = g as f64 / n_guide as f64;
            while cdf[bin + 1] <= y {
                bin += 1;
            }
            guide.push(bin as u32);
        }
        Self {
            edges,
            cdf,
            pdf,
            guide,
        }
    }

    /// Number of bins.
    pub fn n_bins(&self) -> usize {
        self.pdf.len()
    }

    /// Bin edges, `[n_bins + 1]`.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Probability below each edge, `[n_bins + 1]`.
    pub(crate) fn cdf(&self) -> &[f64] {
        &self.cdf
    }

    /// Density in each bin, `[n_bins]`.
    pub fn pdf(&self) -> &[f64] {
        &self.pdf
    }

    /// The point below which lies the probability `y`, and its density.
    ///
    /// `y` is in [0, 1); the point lies in the bin whose density is returned,
    /// also after rounding.
    #[inline]
    pub fn quantile(&self, y: f64) -> (f64, f64) {
        let mut bin = self.guide[(y * self.guide.len() as f64) as usize] as usize;
        while self.cdf[bin + 1] <= y {
            bin += 1;
        }
        while self.cdf[bin] > y {
            bin -= 1; // the guide rounded up
        }
        let (low, high) = (self.edges[bin], self.edges[bin + 1]);
        let x = low + (y - self.cdf[bin]) / self.pdf[bin];
        (x.clamp(low, high.next_down()), self.pdf[bin])
    }

    /// The bin that holds `x` in [0, 1).
    #[inline]
    pub fn bin(&self, x: f64) -> usize {
        self.edges[1..self.n_bins()].partition_point(|&edge| edge <= x)
    }

    /// Density at `x` in [0, 1).
    #[inline]
    pub fn density(&self, x: f64) -> f64 {
        self.pdf[self.bin(x)]
    }

    /// Probability below `x` in [0, 1), less than 1, and density at `x`.
    pub(crate) fn below_and_density(&self, x: f64) -> (f64, f64) {
        let bin = self.bin(x);
        let below = self.cdf[bin] + (x - self.edges[bin]) * self.pdf[bin];
        let high = self.cdf[bin + 1].next_down();
        (below.clamp(self.cdf[bin], high), self.pdf[bin])
    }

    /// The density averaged over `n_cells` equal cells, one bin each.
    pub(crate) fn in_cells(&self, n_cells: usize) -> Self {
        if self.n_bins() == n_cells && Self::flat(n_cells).edges == self.edges {
            return self.clone();
        }
        let edges = Self::flat(n_cells).edges;
        let mut cdf: Vec<f64> = edges.iter().map(|&x| self.probability_below(x)).collect();
        cdf[n_cells] = 1.0;
        keep_rising(&mut cdf);
        Self::from_knots(edges, cdf)
    }

    /// Probability below `x`.
    pub(crate) fn probability_below(&self, x: f64) -> f64 {
        let bin = self.bin(x);
        (self.cdf[bin] + (x - self.edges[bin]) * self.pdf[bin]).clamp(0.0, 1.0)
    }

    /// The axis whose density is this one times a factor per bin.
    ///
    /// `factor` is `[n_bins]`, not negative, not all zero. A share `floor` of
    /// the new density is flat, so that no region is ever lost. A share
    /// `edge_flatness` of the new bins is spread evenly, the others follow
    /// the density.
    pub(crate) fn reweighted(&self, factor: &[f64], floor: f64, edge_flatness: f64) -> Self {
        let n = self.n_bins();
        let width = |k: usize| self.edges[k + 1] - self.edges[k];
        let mut mass: Vec<f64> = (0..n)
            .map(|k| factor[k] * (self.cdf[k + 1] - self.cdf[k]))
            .collect();
        let total: f64 = mass.iter().sum();
        if !(total.is_finite() && total > 0.0) {
            return self.clone();
        }
        for k in 0..n {
            mass[k] = (1.0 - floor) * mass[k] / total + floor * width(k);
        }
        // New edges: equal shares of a mixture of the density and the flat one.
        let edge_mass: Vec<f64> = (0..n)
            .map(|k| (1.0 - edge_flatness) * mass[k] + edge_flatness * width(k))
            .collect();
        let sum: f64 = edge_mass.iter().sum();
        let mut edges = vec![0.0; n + 1];
        let (mut bin, mut below) = (0, 0.0);
        for k in 1..n {
            let wanted = sum * k as f64 / n as f64;
            while bin + 1 < n && below + edge_mass[bin] < wanted {
                below += edge_mass[bin];
                bin += 1;
            }
            let t = ((wanted - below) / edge_mass[bin]).clamp(0.0, 1.0);
            edges[k] = self.edges[bin] + t * width(bin);
        }
        edges[n] = 1.0;
        keep_apart(&mut edges);
        // Probability below the new edges.
        let mut cdf = vec![0.0; n + 1];
        let (mut bin, mut below) = (0, 0.0);
        for k in 1..n {
            while bin + 1 < n && self.edges[bin + 1] <= edges[k] {
                below += mass[bin];
                bin += 1;
            }
            cdf[k] = below + mass[bin] * (edges[k] - self.edges[bin]) / width(bin);
        }
        cdf[n] = 1.0;
        keep_rising(&mut cdf);
        Self::from_knots(edges, cdf)
    }
}

/// Pushes edges apart to the least width; first and last stay.
fn keep_apart(edges: &mut [f64]) {
    let n = edges.len() - 1;
    for k in 1..n {
        edges[k] = edges[k].max(edges[k - 1] + MIN_WIDTH);
    }
    for k in (1..n).rev() {
        edges[k] = edges[k].min(edges[k + 1] - MIN_WIDTH);
    }
}

/// Makes rounding unable to produce a bin without probability.
fn keep_rising(cdf: &mut [f64]) {
    const LEAST: f64 = 1e-14;
    let n = cdf.len() - 1;
    for k in 1..n {
        cdf[k] = cdf[k].max(cdf[k - 1] + LEAST);
    }
    for k in (1..n).rev() {
        cdf[k] = cdf[k].min(cdf[k + 1] - LEAST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn integral(axis: &Axis) -> f64 {
        (0..axis.n_bins())
            .map(|k| axis.pdf()[k] * (axis.edges()[k + 1] - axis.edges()[k]))
            .sum()
    }

    proptest! {
        #[test]
        fn any_reweighting_stays_normalised_and_invertible(
            factors in prop::collection::vec(prop_oneof![Just(0.0), 1e-12..1e12f64], 3 * 16),
            ys in prop::collection::vec(0.0..1.0f64, 20),
        ) {
            let mut axis = Axis::flat(16);
            for step in factors.chunks(16) {
                axis = axis.reweighted(step, 1e-3, 0.25);
            }
            prop_assert!((integral(&axis) - 1.0).abs() < 1e-9);
            for y in ys {
                let (x, q) = axis.quantile(y);
                prop_assert!((0.0..1.0).contains(&x));
                prop_assert_eq!(q, axis.density(x));
                prop_assert!((axis.probability_below(x) - y).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn reweighting_multiplies_the_density() {
        let axis = Axis::flat(4).reweighted(&[1.0, 3.0, 0.0, 4.0], 0.0, 1.0);
        assert!((axis.probability_below(0.25) - 0.125).abs() < 1e-12);
        assert!((axis.probability_below(0.5) - 0.5).abs() < 1e-12);
        assert!((axis.probability_below(0.75) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn factors_without_a_sum_leave_the_axis_alone() {
        let axis = Axis::flat(8);
        assert_eq!(axis.reweighted(&[0.0; 8], 1e-3, 0.25), axis);
        assert_eq!(axis.reweighted(&[f64::NAN; 8], 1e-3, 0.25), axis);
    }

    #[test]
    fn a_stored_axis_comes_back_and_a_broken_one_is_refused() {
        let axis = Axis::flat(7).reweighted(&[0.1, 5.0, 2.0, 0.0, 1.0, 1e-5, 0.3], 1e-3, 0.25);
        let text = serde_json::to_string(&axis).unwrap();
        assert_eq!(serde_json::from_str::<Axis>(&text).unwrap(), axis);
        let broken = r#"{"edges":[0.0,0.5,0.4,1.0],"cdf":[0.0,0.2,0.6,1.0]}"#;
        assert!(serde_json::from_str::<Axis>(broken).is_err());
    }

    #[test]
    fn rounding_at_the_last_edge_stays_below_one() {
        let axis = Axis::flat(3);
        let (x, q) = axis.quantile(1.0f64.next_down());
        assert!(x < 1.0);
        assert!((q - 1.0).abs() < 1e-12);
    }
}
