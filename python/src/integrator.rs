//! Integrals of any numpy function, with grids or flows.

use std::sync::{Arc, Mutex, PoisonError};

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use omnis::integrand::{ChannelBatch, Evaluation, Integrand, Want};
use omnis::integrate::{AdaptSettings, Adapted, Estimate, GenerateSettings, adapt, generate};
use omnis::sampler::SamplerKind;
use pyo3::prelude::*;

use crate::arrays::PointsAndValues;
use crate::error::{Whole, bad, n_threads, raised, whole};
use crate::progress::supervised;
use crate::sampler::Sampler;

/// A function of Python on a box.
struct Function {
    function: Py<PyAny>,
    /// Ends of the box.
    limits: Vec<[f64; 2]>,
    volume: f64,
    /// The first exception that it raised.
    failed: Mutex<Option<PyErr>>,
}

impl Function {
    /// Values at points of the hypercube, `[n]`.
    fn values(&self, py: Python<'_>, batch: ChannelBatch<'_>) -> PyResult<Vec<f64>> {
        let u = batch.points;
        let x = Array2::from_shape_fn((u.n_batch, u.n_dim), |(k, j)| {
            let [low, high] = self.limits[j];
            low + (high - low) * u.u[j * u.n_batch + k]
        });
        let found = self.function.bind(py).call1((x.into_pyarray(py),))?;
        let found: Bound<'_, PyAny> = match found.cast::<PyArray1<f64>>() {
            Ok(array) => array.clone().into_any(),
            Err(_) => py
                .import("numpy")?
                .call_method1("asarray", (found, "float64"))?,
        };
        let found: PyReadonlyArray1<'_, f64> = found.extract().map_err(|_| {
            bad(
                "f(x)",
                "an array of another shape",
                "shape (n,), a value for each point",
            )
        })?;
        let found = found.as_array();
        if found.len() != u.n_batch {
            let expected = format!("{}, one for each point", u.n_batch);
            return Err(bad("f(x)", format!("{} values", found.len()), &expected));
        }
        Ok(found.iter().map(|f| f * self.volume).collect())
    }
}

impl Integrand for Function {
    fn n_channels(&self) -> usize {
        1
    }

    fn n_dim(&self, _channel: usize) -> usize {
        self.limits.len()
    }

    fn group(&self, _channel: usize) -> usize {
        0
    }

    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        let n = batch.points.n_batch;
        let failed = || self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed().is_some() {
            return out.set_values(std::iter::repeat_n(0.0, n));
        }
        match Python::attach(|py| self.values(py, batch)) {
            Ok(mut values) => {
                let bad = values.iter_mut().filter(|f| !f.is_finite());
                let n_bad = bad.map(|f| *f = 0.0).count();
                out.set_values(values.into_iter());
                out.n_non_finite = n_bad as u64;
            }
            Err(e) => {
                failed().get_or_insert(e);
                out.set_values(std::iter::repeat_n(0.0, n));
            }
        }
    }
}

/// The integral of a function, and the density that was adapted to it.
#[pyclass(frozen, module = "omnis")]
pub struct Integral {
    function: Function,
    adapted: Arc<Adapted>,
}

impl Integral {
    fn total(&self) -> &Estimate {
        &self.adapted.total
    }
}

#[pymethods]
impl Integral {
    /// The estimate.
    #[getter]
    fn mean(&self) -> f64 {
        self.total().xsec_pb
    }

    /// One standard deviation of it.
    #[getter]
    fn sdev(&self) -> f64 {
        self.total().xsec_err_pb
    }

    /// Sum of the squared pulls of the iterations against the estimate.
    #[getter]
    fn chi2(&self) -> f64 {
        self.total().chi2
    }

    /// Its degrees of freedom.
    #[getter]
    fn dof(&self) -> u32 {
        self.total().n_dof
    }

    /// Evaluations of the function, adaptation included.
    #[getter]
    fn n_points(&self) -> u64 {
        self.adapted.n_points()
    }

    /// Values that were NaN or infinite, and count as 0.
    #[getter]
    fn n_non_finite(&self) -> u64 {
        self.adapted.n_non_finite()
    }

    /// Accepted points per trial that unweighting will have.
    #[getter]
    fn efficiency(&self) -> f64 {
        self.adapted.max_weights.efficiency
    }

    /// The adapted density on the unit hypercube.
    #[getter]
    fn sampler(&self) -> Sampler {
        Sampler::of_channel(Arc::clone(&self.adapted), 0)
    }

    /// Draws `n` points that are distributed like the function: points, shape (n, n_dim),
    /// and relative weights, shape (n,), which are 1 but for the few above the maximum, and
    /// negative where the function is.
    #[pyo3(signature = (n, seed = 1, threads = None))]
    fn sample<'py>(
        &self,
        py: Python<'py>,
        n: Whole,
        seed: Whole,
        threads: Option<Whole>,
    ) -> PyResult<PointsAndValues<'py>> {
        let (n, seed) = (whole("n", n)?, whole("seed", seed)?);
        let threads = n_threads(threads)?;
        let n_dim = self.function.limits.len();
        let (x, weights) = supervised(py, threads, None, |control| {
            let settings = GenerateSettings {
                n_events: n,
                seed,
                ..GenerateSettings::default()
            };
            let (mut x, mut weights) = (Vec::new(), Vec::new());
            let mut take = |events: &[omnis::integrate::AcceptedPoint]| {
                for event in events {
                    let at = event.u.iter().zip(&self.function.limits);
                    x.extend(at.map(|(u, [low, high])| low + (high - low) * u));
                    weights.push(event.relative_weight);
                }
                Ok(())
            };
            let made = generate(
                &self.function,
                &self.adapted,
                &settings,
                control,
                &mut |e| take(e),
            );
            self.function.raise()?;
            made.map_err(raised)?;
            Ok((x, weights))
        })?;
        let x = Array2::from_shape_vec((weights.len(), n_dim), x);
        let x = x.expect("each point has its coordinates");
        Ok((x.into_pyarray(py), weights.into_pyarray(py)))
    }

    fn __repr__(&self) -> String {
        let t = self.total();
        format!(
            "{:.6e} +- {:.1e} (chi2/dof {:.1}/{}, {} points)",
            t.xsec_pb,
            t.xsec_err_pb,
            t.chi2,
            t.n_dof,
            self.adapted.n_points()
        )
    }
}

impl Function {
    /// What it raised.
    fn raise(&self) -> PyResult<()> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.take().map_or(Ok(()), Err)
    }
}

/// The sampler of a name, as cards have it.
fn kind(name: &str) -> PyResult<SamplerKind> {
    Ok(match name {
        "uniform" => SamplerKind::Uniform,
        "vegas" => SamplerKind::Vegas,
        "flow" => SamplerKind::Flow,
        "auto" => SamplerKind::Auto,
        _ => {
            return Err(bad(
                "sampler",
                format!("'{name}'"),
                "uniform, vegas, flow or auto",
            ));
        }
    })
}

/// Integrates a function over a box.
///
/// Parameters
/// ----------
/// f : callable
///     Takes points, an array of shape (n, n_dim), and returns their values, shape (n,).
/// limits : list of (float, float)
///     Ends of each dimension.
/// accuracy : float
///     Relative error at which to stop.
/// max_points : int
///     Most evaluations.
/// sampler : str
///     `vegas` (grids), `flow` (normalizing flows), `auto` (flows where they save time for
///     `n_events`), or `uniform`.
/// n_events : int
///     Points that will be drawn from the result with `sample`: the more, the longer it
///     adapts.
/// seed : int
///     The same seed gives the same numbers.
/// threads : int, optional
///     Number of threads; all cores by default. Calls of `f` come one at a time.
/// progress : callable, optional
///     Called about ten times a second with a dictionary of what is known.
#[pyfunction]
#[pyo3(signature = (f, limits, accuracy = 1e-3, max_points = 20_000_000, sampler = "vegas", n_events = 0, seed = 1, threads = None, progress = None))]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub fn integrate(
    py: Python<'_>,
    f: Py<PyAny>,
    limits: Vec<[f64; 2]>,
    accuracy: f64,
    max_points: Whole,
    sampler: &str,
    n_events: Whole,
    seed: Whole,
    threads: Option<Whole>,
    progress: Option<Bound<'_, PyAny>>,
) -> PyResult<Integral> {
    let max_points = whole("max_points", max_points)?;
    let n_events = whole("n_events", n_events)?;
    let (seed, threads) = (whole("seed", seed)?, n_threads(threads)?);
    if limits.is_empty() {
        return Err(bad(
            "limits",
            "none",
            "a pair (low, high) for each dimension",
        ));
    }
    let is_finite = |[low, high]: &[f64; 2]| (high - low).is_finite() && high > low;
    if let Some([low, high]) = limits.iter().find(|pair| !is_finite(pair)) {
        return Err(bad(
            "limits",
            format!("({low}, {high})"),
            "finite ends, the lower one first",
        ));
    }
    let settings = AdaptSettings {
        seed,
        precision: accuracy,
        max_points,
        planned_events: n_events,
        sampler: kind(sampler)?,
        ..AdaptSettings::default()
    };
    let function = Function {
        function: f,
        volume: limits.iter().map(|[low, high]| high - low).product(),
        limits,
        failed: Mutex::default(),
    };
    let adapted = supervised(py, threads, progress.as_ref(), |control| {
        let found = adapt(&function, &settings, control);
        function.raise()?;
        found.map_err(raised)
    })?;
    Ok(Integral {
        function,
        adapted: Arc::new(adapted),
    })
}
