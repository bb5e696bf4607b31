//! Arrays of numpy, which list points row by row, and the library's batches, which list
//! coordinates.

use numpy::ndarray::{Array1, Array2, ArrayView2};
use numpy::{PyArray1, PyArray2};
use omnis::integrand::SampleBatch;
use pyo3::Bound;

/// Points, `[n, n_dim]`, with a number each, `[n]`.
pub type PointsAndValues<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<f64>>);

/// Points of the unit hypercube as a batch, `[n_dim, n]`.
pub fn batch(points: ArrayView2<'_, f64>) -> SampleBatch {
    let (n, n_dim) = points.dim();
    let mut batch = SampleBatch::zeros(n_dim, n);
    for j in 0..n_dim {
        let row = batch.coordinate_mut(j).iter_mut();
        row.zip(points.column(j)).for_each(|(to, from)| *to = *from);
    }
    batch
}

/// Points of a batch, `[n, n_dim]`.
pub fn points(batch: &SampleBatch) -> Array2<f64> {
    Array2::from_shape_fn((batch.n_batch, batch.n_dim), |(k, j)| {
        batch.u[j * batch.n_batch + k]
    })
}

/// A column of numbers.
pub fn column(values: impl Iterator<Item = f64>) -> Array1<f64> {
    values.collect()
}

/// Whether all coordinates lie in the unit hypercube; the first that does not.
pub fn outside(points: ArrayView2<'_, f64>) -> Option<f64> {
    points.iter().copied().find(|x| !(0.0..=1.0).contains(x))
}
