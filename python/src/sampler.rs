//! Densities on the unit hypercube: grids and flows, adapted or fitted.

use std::sync::Arc;

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2};
use omnis::gridpack::Gridpack;
use omnis::integrand::SampleBatch;
use omnis::integrate::Adapted;
use omnis::rng::{Purpose, Stream};
use omnis::sampler::train::{TrainSettings, Trainer};
use omnis::sampler::{Mixture, Sampler as Density, Vegas, VegasSettings};
use pyo3::prelude::*;

use crate::arrays::{PointsAndValues, batch, outside, points};
use crate::error::{Whole, bad, raised, whole};

/// Where a density lives.
enum Held {
    /// In an adapted state: the number of its channel.
    Channel(Arc<Adapted>, usize),
    /// Likewise, in the gridpack of a run.
    Packed(Arc<Gridpack>, usize),
    /// On its own.
    Flow(Box<Mixture>),
}

/// A normalised density on the unit hypercube that can be drawn from.
#[pyclass(frozen, module = "omnis")]
pub struct Sampler {
    held: Held,
}

impl Sampler {
    /// That of a channel.
    pub fn of_channel(adapted: Arc<Adapted>, channel: usize) -> Self {
        Self {
            held: Held::Channel(adapted, channel),
        }
    }

    /// That of a channel of a run.
    pub fn of_run(pack: Arc<Gridpack>, channel: usize) -> Self {
        Self {
            held: Held::Packed(pack, channel),
        }
    }

    fn density(&self) -> &dyn Density {
        match &self.held {
            Held::Channel(adapted, channel) => &adapted.channels[*channel].sampler,
            Held::Packed(pack, channel) => &pack.adapted.channels[*channel].sampler,
            Held::Flow(mixture) => &**mixture,
        }
    }
}

#[pymethods]
impl Sampler {
    /// Dimensions of the hypercube.
    #[getter]
    fn n_dim(&self) -> usize {
        self.density().n_dim()
    }

    /// Draws `n` points: coordinates in [0, 1), shape (n, n_dim), and the logarithm of the
    /// density there, shape (n,). Another `seed` or `stream` gives other points.
    #[pyo3(signature = (n, seed = 1, stream = 0))]
    fn sample<'py>(
        &self,
        py: Python<'py>,
        n: Whole,
        seed: Whole,
        stream: Whole,
    ) -> PyResult<PointsAndValues<'py>> {
        let (n, seed) = (whole("n", n)?, whole("seed", seed)?);
        let (n, stream) = (n as usize, whole("stream", stream)?);
        let (drawn, log_q) = py.detach(|| {
            let (mut drawn, mut q) = (SampleBatch::default(), vec![]);
            let mut stream = Stream::new(seed, Purpose::Draw, 0, stream);
            self.density().sample(&mut stream, n, &mut drawn, &mut q);
            q.iter_mut().for_each(|q| *q = q.ln());
            (points(&drawn), q)
        });
        Ok((drawn.into_pyarray(py), log_q.into_pyarray(py)))
    }

    /// Logarithm of the density, shape (n,), at points of the hypercube, shape (n, n_dim).
    fn log_prob<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let x = x.as_array();
        check(&x, self.density().n_dim())?;
        let log_q = py.detach(|| {
            let mut q = vec![];
            self.density().density(&batch(x), &mut q);
            q.iter_mut().for_each(|q| *q = q.ln());
            q
        });
        Ok(log_q.into_pyarray(py))
    }
}

/// Points as a function of so many dimensions takes them.
fn check(x: &numpy::ndarray::ArrayView2<'_, f64>, n_dim: usize) -> PyResult<()> {
    if x.dim().1 != n_dim {
        return Err(bad(
            "x",
            format!("shape {:?}", x.shape()),
            &format!("(n, {n_dim})"),
        ));
    }
    match outside(x.view()) {
        Some(found) => Err(bad("x", found, "coordinates from 0 to 1")),
        None => Ok(()),
    }
}

/// Fits a normalizing flow to weighted points of the unit hypercube.
///
/// Parameters
/// ----------
/// x : array, shape (n, n_dim)
///     Points, coordinates from 0 to 1 (1 excluded).
/// weights : array, shape (n,), optional
///     None negative: the more weight a region has, the larger becomes the density.
/// epochs : float
///     How often every point is used.
/// seed : int
///     Seed of the first parameters and of the order of the points.
///
/// Returns
/// -------
/// Sampler
///     The flow, with a share of 1 % of a flat density.
#[pyfunction]
#[pyo3(signature = (x, weights = None, epochs = 16.0, seed = 1))]
pub fn fit_flow(
    py: Python<'_>,
    x: PyReadonlyArray2<'_, f64>,
    weights: Option<PyReadonlyArray1<'_, f64>>,
    epochs: f64,
    seed: Whole,
) -> PyResult<Sampler> {
    let seed = whole("seed", seed)?;
    let x = x.as_array();
    check(&x, x.dim().1)?;
    let weights = weights.map_or_else(|| vec![1.0; x.dim().0], |w| w.as_array().to_vec());
    let fitted = py.detach(|| {
        let settings = TrainSettings {
            epochs_per_point: epochs,
            seed,
            ..TrainSettings::default()
        };
        let grid = Vegas::new(x.dim().1, VegasSettings::default());
        let trainer = Trainer::new(&grid, settings, 0).map_err(raised)?;
        trainer.fit(&batch(x), &weights).map_err(raised)
    })?;
    Ok(Sampler {
        held: Held::Flow(Box::new(fitted.0)),
    })
}
