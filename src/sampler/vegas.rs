//! VEGAS: a product of adaptive one-dimensional densities.
//!
//! Knows points and weights; knows no integrand and no channel.
//! Sources: G. P. Lepage, J. Comput. Phys. 27 (1978) 192 for the projection
//! that minimises the variance; 2009.05112 for damping. Here the moment of the
//! weights that is made flat is free, because a higher moment serves the
//! maximum weight as well as the variance, and bins need not have equal
//! probability, because the largest weights sit in wide bins.

use serde::{Deserialize, Serialize};

use super::axis::Axis;
use super::channel_sampler::ChannelDensity;
use super::density::{Sampler, resize};
use crate::elementary::Elementary;
use crate::integrand::SampleBatch;
use crate::rng::Stream;

/// How a grid is built and trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VegasSettings {
    /// Bins per dimension.
    pub n_bins: usize,
    /// The power of the weight whose mean is made equal in all bins in the end:
    /// 2 for the least variance, larger values for a smaller maximum.
    pub moment: f64,
    /// Share of every one-dimensional density that stays flat.
    pub floor: f64,
    /// Share of the bins that is spread evenly over [0, 1).
    pub edge_flatness: f64,
    /// Effective number of points a bin's estimate needs; with fewer, its
    /// neighbours are taken in.
    pub points_per_bin: f64,
}

impl Default for VegasSettings {
    fn default() -> Self {
        Self {
            n_bins: 128,
            moment: 2.5,
            floor: 1e-3,
            edge_flatness: 0.25,
            points_per_bin: 25.0,
        }
    }
}

/// A refinement never lowers a bin by more than this factor.
const LEAST_FACTOR: f64 = 0.02;

/// A moment of the weights is used if this many points effectively make it up.
const EFFECTIVE_POINTS: f64 = 10.0;

/// With this many effective points per dimension the new density is half what
/// they say and half the old one: a few lucky points must not close the other
/// regions, and what closes by a factor in each dimension closes by its power.
/// Of four seeds, 3 lost the second of two peaks in eight dimensions in all, 8 in
/// none.
const HALF_TRUST: f64 = 8.0;

/// A product density, one [`Axis`] per dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vegas {
    axes: Vec<Axis>,
    settings: VegasSettings,
}

/// Powers of the weights of a set of points, per dimension and bin.
///
/// Histograms of batches are added in batch order, so that sums do not depend
/// on threads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VegasHistogram {
    n_bins: usize,
    moments: Vec<f64>,
    /// Points, `[n_dim * n_bins]`.
    count: Vec<f64>,
    /// Sum of |w|^moment, `[n_moments][n_dim * n_bins]`.
    power: Vec<Vec<f64>>,
    /// Sum of |w|^(2 moment), `[n_moments][n_dim * n_bins]`.
    power2: Vec<Vec<f64>>,
}

impl VegasHistogram {
    fn zeros(n_dim: usize, n_bins: usize, moments: &[f64]) -> Self {
        let zeros = vec![0.0; n_dim * n_bins];
        Self {
            n_bins,
            moments: moments.to_vec(),
            power: vec![zeros.clone(); moments.len()],
            power2: vec![zeros.clone(); moments.len()],
            count: zeros,
        }
    }

    /// Adds the points of another histogram of the same grid and moments.
    pub fn merge(&mut self, other: &Self) {
        let add = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(x, y)| *x += y);
        add(&mut self.count, &other.count);
        for (mine, theirs) in [
            (&mut self.power, &other.power),
            (&mut self.power2, &other.power2),
        ] {
            for (a, b) in mine.iter_mut().zip(theirs) {
                add(a, b);
            }
        }
    }

    /// Effective number of points for the `m`-th moment: `(sum p)^2 / sum p^2`.
    fn effective_points(&self, m: usize) -> f64 {
        // Every dimension holds all points; one is enough.
        let sum: f64 = self.power[m].iter().take(self.n_bins).sum();
        let sum2: f64 = self.power2[m].iter().take(self.n_bins).sum();
        if sum2 > 0.0 { sum * sum / sum2 } else { 0.0 }
    }

    /// The largest moment that enough points determine; the smallest if none.
    fn chosen(&self) -> Option<usize> {
        let by_size = |a: &usize, b: &usize| self.moments[*a].total_cmp(&self.moments[*b]);
        (0..self.moments.len())
            .filter(|&m| self.effective_points(m) >= EFFECTIVE_POINTS)
            .max_by(by_size)
            .or_else(|| (0..self.moments.len()).min_by(by_size))
    }
}

impl Vegas {
    /// The name under which it is stored.
    pub(super) const NAME: &str = "vegas";

    /// A flat grid.
    pub fn new(n_dim: usize, settings: VegasSettings) -> Self {
        Self {
            axes: vec![Axis::flat(settings.n_bins); n_dim],
            settings,
        }
    }

    /// The one-dimensional densities, `[n_dim]`.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// An empty histogram of this grid, for the given powers of the weights.
    pub fn histogram(&self, moments: &[f64]) -> VegasHistogram {
        VegasHistogram::zeros(self.axes.len(), self.settings.n_bins.max(1), moments)
    }

    /// Enters points drawn from this grid with their weights `w`, `[n_batch]`.
    pub fn accumulate(&self, batch: &SampleBatch, w: &[f64], histogram: &mut VegasHistogram) {
        let n_bins = histogram.n_bins;
        let bins: Vec<usize> = self
            .axes
            .iter()
            .enumerate()
            .flat_map(|(j, axis)| {
                let coordinate = batch.coordinate(j).iter();
                coordinate.map(move |&x| j * n_bins + axis.bin(x))
            })
            .collect();
        for &k in &bins {
            histogram.count[k] += 1.0;
        }
        for (m, &moment) in histogram.moments.iter().enumerate() {
            let power: Vec<f64> = w.iter().map(|w| w.abs().powf_same(moment)).collect();
            let (sums, sums2) = (&mut histogram.power[m], &mut histogram.power2[m]);
            for bins in bins.chunks(batch.n_batch.max(1)) {
                for (&k, &p) in bins.iter().zip(&power) {
                    if p > 0.0 {
                        sums[k] += p;
                        sums2[k] += p * p;
                    }
                }
            }
        }
    }

    /// Moves the grid towards equal mean |w|^moment in all bins, for the largest
    /// moment of the histogram that its points determine.
    ///
    /// The density is multiplied by `<|w|^m>_bin^(step / m)`, mixed with the old
    /// density while the points are few. Moment 1 at `step` = 1 gives the product
    /// density closest to the integrand in Kullback-Leibler divergence, moment 2
    /// leads to the least variance. Both are exact for a product of
    /// one-dimensional functions; where dimensions are correlated, moments above
    /// 1 overshoot with full steps, as every dimension corrects the same excess.
    pub fn refine(&mut self, histogram: &VegasHistogram, step: f64) {
        let n_bins = histogram.n_bins;
        let Some(m) = histogram.chosen() else {
            return;
        };
        let n_effective = histogram.effective_points(m);
        let trust = n_effective / (n_effective + HALF_TRUST * self.axes.len() as f64);
        for (j, axis) in self.axes.iter_mut().enumerate() {
            let range = j * n_bins..(j + 1) * n_bins;
            let mean = smooth_mean(
                &histogram.count[range.clone()],
                &histogram.power[m][range.clone()],
                &histogram.power2[m][range],
                self.settings.points_per_bin,
            );
            let exponent = step / histogram.moments[m];
            let mut factor: Vec<f64> = mean.iter().map(|m| m.powf_same(exponent)).collect();
            let average: f64 = factor
                .iter()
                .zip(axis.cdf().windows(2))
                .map(|(f, c)| f * (c[1] - c[0]))
                .sum();
            if !(average.is_finite() && average > 0.0) {
                continue;
            }
            for f in &mut factor {
                *f = (trust * *f / average + 1.0 - trust).max(LEAST_FACTOR);
            }
            *axis = axis.reweighted(&factor, self.settings.floor, self.settings.edge_flatness);
        }
    }
}

/// Mean of the entries of each bin, over a window of bins just wide enough.
///
/// The window grows until its effective number of entries (Kish:
/// `(sum p)^2 / sum p^2`) reaches `wanted`, at most to an eighth of the axis on
/// either side; its bins weigh less the farther they are.
fn smooth_mean(count: &[f64], power: &[f64], power2: &[f64], wanted: f64) -> Vec<f64> {
    let n = count.len();
    let most = n / 8;
    (0..n)
        .map(|k| {
            let mut radius = 0;
            loop {
                let low = k.saturating_sub(radius);
                let high = (k + radius).min(n - 1);
                let sum: f64 = power[low..=high].iter().sum();
                let sum2: f64 = power2[low..=high].iter().sum();
                if radius >= most || (sum2 > 0.0 && sum * sum >= wanted * sum2) {
                    break;
                }
                radius += 1;
            }
            let (mut entries, mut total) = (0.0, 0.0);
            for i in k.saturating_sub(radius)..=(k + radius).min(n - 1) {
                let share = 1.0 - i.abs_diff(k) as f64 / (radius + 1) as f64;
                entries += share * count[i];
                total += share * power[i];
            }
            if entries > 0.0 { total / entries } else { 0.0 }
        })
        .collect()
}

impl ChannelDensity for Vegas {
    fn kind(&self) -> &'static str {
        Self::NAME
    }

    fn state(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("plain numbers")
    }

    fn grid(&self) -> Option<&Vegas> {
        Some(self)
    }

    fn histogram(&self, moments: &[f64]) -> Option<VegasHistogram> {
        Some(Self::histogram(self, moments))
    }

    fn accumulate(&self, batch: &SampleBatch, w: &[f64], histogram: &mut VegasHistogram) {
        Self::accumulate(self, batch, w, histogram);
    }

    fn refine(&mut self, histogram: &VegasHistogram, step: f64) {
        Self::refine(self, histogram, step);
    }

    fn boxed_clone(&self) -> Box<dyn ChannelDensity> {
        Box::new(self.clone())
    }
}

impl Sampler for Vegas {
    fn n_dim(&self) -> usize {
        self.axes.len()
    }

    fn sample(&self, stream: &mut Stream, n: usize, batch: &mut SampleBatch, q: &mut Vec<f64>) {
        resize(batch, self.axes.len(), n);
        q.clear();
        q.resize(n, 1.0);
        for (j, axis) in self.axes.iter().enumerate() {
            for (x, q) in batch.coordinate_mut(j).iter_mut().zip(q.iter_mut()) {
                let (point, density) = axis.quantile(stream.uniform());
                *x = point;
                *q *= density;
            }
        }
    }

    fn density(&self, batch: &SampleBatch, q: &mut Vec<f64>) {
        q.clear();
        q.resize(batch.n_batch, 1.0);
        for (j, axis) in self.axes.iter().enumerate() {
            for (&x, q) in batch.coordinate(j).iter().zip(q.iter_mut()) {
                *q *= axis.density(x);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    /// Trains on `f` with `n` points per iteration.
    fn trained(n_dim: usize, f: impl Fn(&[f64]) -> f64, n: usize, iterations: u64) -> Vegas {
        let mut vegas = Vegas::new(n_dim, VegasSettings::default());
        for t in 0..iterations {
            let (w, batch) = weights(&vegas, &f, n, t);
            let mut histogram = vegas.histogram(&[1.0]);
            vegas.accumulate(&batch, &w, &mut histogram);
            vegas.refine(&histogram, 1.0);
        }
        vegas
    }

    fn weights(
        vegas: &Vegas,
        f: impl Fn(&[f64]) -> f64,
        n: usize,
        t: u64,
    ) -> (Vec<f64>, SampleBatch) {
        let (mut batch, mut q) = (SampleBatch::default(), Vec::new());
        let mut stream = Stream::new(1, Purpose::Test, 0, t);
        vegas.sample(&mut stream, n, &mut batch, &mut q);
        let w = (0..n).map(|k| f(&batch.point(k)) / q[k]).collect();
        (w, batch)
    }

    fn relative_deviation(w: &[f64]) -> f64 {
        let n = w.len() as f64;
        let mean = w.iter().sum::<f64>() / n;
        (w.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / n).sqrt() / mean
    }

    #[test]
    fn stated_density_is_that_of_the_drawn_points() {
        let vegas = trained(3, |x| 1.0 / (x[0] + 0.01) / (1.01 - x[2]), 5000, 4);
        let (mut batch, mut q, mut again) = (SampleBatch::default(), Vec::new(), Vec::new());
        let mut stream = Stream::new(2, Purpose::Test, 0, 0);
        vegas.sample(&mut stream, 1000, &mut batch, &mut q);
        vegas.density(&batch, &mut again);
        assert_eq!(q, again);
    }

    #[test]
    fn density_integrates_to_one_by_quadrature() {
        let vegas = trained(2, |x| (-50.0 * (x[0] - 0.3).powi(2)).exp() * x[1], 5000, 4);
        let n = 2000;
        let mut batch = SampleBatch::zeros(2, n * n);
        for i in 0..n {
            for j in 0..n {
                batch.u[i * n + j] = (i as f64 + 0.5) / n as f64;
                batch.u[n * n + i * n + j] = (j as f64 + 0.5) / n as f64;
            }
        }
        let mut q = Vec::new();
        vegas.density(&batch, &mut q);
        let integral = q.iter().sum::<f64>() / (n * n) as f64;
        assert!((integral - 1.0).abs() < 5e-3, "{integral}");
    }

    #[test]
    fn training_flattens_a_product() {
        let f = |x: &[f64]| x.iter().map(|x| 1.0 / (x + 0.01)).product::<f64>();
        let flat = trained(4, f, 20_000, 0);
        let grid = trained(4, f, 20_000, 7);
        let before = relative_deviation(&weights(&flat, f, 20_000, 99).0);
        let after = relative_deviation(&weights(&grid, f, 20_000, 99).0);
        assert!(before > 5.0 && after < 0.25, "{before} -> {after}");
    }

    #[test]
    fn sparse_data_leave_every_region_reachable() {
        // Two of three hundred points are not zero.
        let vegas = trained(6, |x| f64::from(u8::from(x[0] * x[1] > 0.9)), 300, 8);
        for axis in vegas.axes() {
            assert!(axis.pdf().iter().all(|&q| q > 5e-4), "{:?}", axis.pdf());
        }
    }

    #[test]
    fn no_weight_no_change() {
        let vegas = trained(2, |_| 0.0, 100, 3);
        assert_eq!(vegas, Vegas::new(2, VegasSettings::default()));
    }
}
