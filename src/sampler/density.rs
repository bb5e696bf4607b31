//! The contract of a sampler: draw points, and state the density of any point.
//!
//! Knows the hypercube; knows no integrand.

use crate::integrand::SampleBatch;
use crate::rng::Stream;

/// A normalised density on the unit hypercube.
pub trait Sampler: Send + Sync {
    /// Dimensions of the hypercube.
    fn n_dim(&self) -> usize;

    /// Draws `n` points, replacing what `batch` and `q` held.
    ///
    /// Shapes: `batch` becomes `[n_dim, n]`, `q` becomes `[n]`, the density at
    /// the drawn points, equal to what [`Sampler::density`] gives for them.
    ///
    /// From its beginning, number `j n + k` of the stream is that of dimension `j` of point
    /// `k`, and row `n_dim` holds what a sampler chooses once for each point: a device
    /// draws them with [`Stream::at`], in any order.
    fn sample(&self, stream: &mut Stream, n: usize, batch: &mut SampleBatch, q: &mut Vec<f64>);

    /// Density at the points of `batch`, replacing what `q` held; `[n_batch]`.
    fn density(&self, batch: &SampleBatch, q: &mut Vec<f64>);
}

/// Makes room for `n` points of `n_dim` coordinates.
pub(crate) fn resize(batch: &mut SampleBatch, n_dim: usize, n: usize) {
    batch.n_dim = n_dim;
    batch.n_batch = n;
    batch.u.clear();
    batch.u.resize(n_dim * n, 0.0);
}
