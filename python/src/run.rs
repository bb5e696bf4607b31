//! Cards: integrated, turned into events, and opened up to their phase space.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use numpy::ndarray::{Array1, Array3};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArray3, PyReadonlyArray2, PyReadonlyArray3};
use omnis::gridpack::Gridpack;
use omnis::integrand::{ChannelBatch, Evaluation, Integrand, Want};
use omnis::integrate::Control;
use omnis::jobs::{Job, Outcome, Output};
use omnis::kinematics::MomentumBatch;
use omnis::phasespace::Points;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::{PointsAndValues, batch, column, outside, points};
use crate::card::CardSource;
use crate::error::{Whole, bad, n_threads, raised, refused, whole};
use crate::events::Events;
use crate::progress::supervised;
use crate::sampler::Sampler;

/// Time between checkpoints of an event file.
const CHECKPOINT: Duration = Duration::from_secs(30);

/// A cross section with its error.
#[pyclass(frozen, module = "omnis")]
pub struct Estimate {
    /// Cross section in pb.
    #[pyo3(get)]
    xsec_pb: f64,
    /// One standard deviation in pb.
    #[pyo3(get)]
    xsec_err_pb: f64,
    /// Sum of the squared pulls of the iterations against it.
    #[pyo3(get)]
    chi2: f64,
    /// Its degrees of freedom.
    #[pyo3(get)]
    dof: u32,
    /// Evaluated phase-space points, adaptation included.
    #[pyo3(get)]
    n_points: u64,
    /// Points whose weight was NaN or infinite, and counted as 0.
    #[pyo3(get)]
    n_non_finite: u64,
    /// Cross section and error in pb by subprocess.
    #[pyo3(get)]
    subprocesses: Vec<(String, f64, f64)>,
    /// Accepted points per trial that events will have.
    #[pyo3(get)]
    efficiency: f64,
    /// What to know before the numbers are used.
    #[pyo3(get)]
    warnings: Vec<String>,
}

#[pymethods]
impl Estimate {
    fn __repr__(&self) -> String {
        format!("({:.6e} +- {:.1e}) pb", self.xsec_pb, self.xsec_err_pb)
    }
}

/// A card with everything that it names loaded and compiled.
///
/// Parameters
/// ----------
/// card : str or path
///     Path of a card, or its text. `omnis.run` takes dictionaries, too.
/// threads : int, optional
///     Number of threads; all cores by default.
/// seed : int, optional
///     Seed of adaptation and events, instead of the card's.
#[pyclass(frozen, module = "omnis")]
pub struct Run {
    run: omnis::run::Run,
    /// Adapted, once that was done.
    pack: Mutex<Option<Arc<Gridpack>>>,
    threads: Option<NonZeroUsize>,
}

impl Run {
    fn adapted(&self) -> Option<Arc<Gridpack>> {
        self.pack
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The adapted state, made where there is none that suits so many events.
    fn adapt(&self, n_events: u64, again: bool, control: &Control) -> PyResult<Arc<Gridpack>> {
        if let Some(pack) = self.adapted().filter(|_| !again) {
            return Ok(pack);
        }
        let adapted = self.run.integrate(n_events, control).map_err(raised)?;
        let pack = Arc::new(Gridpack::new(&self.run, adapted).map_err(raised)?);
        *self.pack.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&pack));
        Ok(pack)
    }

    fn estimate(&self, pack: &Gridpack) -> Estimate {
        let (adapted, total) = (&pack.adapted, &pack.adapted.total);
        let subtotals = self.run.subtotals(&adapted.parts());
        Estimate {
            xsec_pb: total.xsec_pb,
            xsec_err_pb: total.xsec_err_pb,
            chi2: total.chi2,
            dof: total.n_dof,
            n_points: adapted.n_points(),
            n_non_finite: adapted.n_non_finite(),
            subprocesses: subtotals
                .into_iter()
                .map(|s| (s.name, s.xsec_pb, s.xsec_err_pb))
                .collect(),
            efficiency: adapted.max_weights.efficiency,
            warnings: self.run.warnings(adapted, total),
        }
    }

    fn channel(&self, channel: Whole) -> PyResult<usize> {
        let n = self.run.cross_section.n_channels();
        let found = usize::try_from(channel).ok().filter(|c| *c < n);
        found.ok_or_else(|| bad("channel", channel, &format!("0 to {}", n - 1)))
    }

    fn check_points(&self, u: &PyReadonlyArray2<'_, f64>, n_dim: usize) -> PyResult<()> {
        let u = u.as_array();
        if u.dim().1 != n_dim {
            return Err(bad(
                "u",
                format!("shape {:?}", u.shape()),
                &format!("(n, {n_dim})"),
            ));
        }
        match outside(u) {
            Some(found) => Err(bad("u", found, "coordinates from 0 to 1")),
            None => Ok(()),
        }
    }
}

#[pymethods]
impl Run {
    #[new]
    #[pyo3(signature = (card, threads = None, seed = None))]
    fn new(
        py: Python<'_>,
        card: CardSource,
        threads: Option<Whole>,
        seed: Option<Whole>,
    ) -> PyResult<Self> {
        let threads = n_threads(threads)?;
        let seed = seed.map(|s| whole("seed", s)).transpose()?;
        let mut card = card.read()?;
        card.run.seed = seed.unwrap_or(card.run.seed);
        let run = supervised(py, threads, None, |_| {
            omnis::run::Run::prepare(card).map_err(refused)
        })?;
        Ok(Self {
            run,
            pack: Mutex::default(),
            threads,
        })
    }

    /// Opens a gridpack: adapted, ready for events.
    #[staticmethod]
    #[pyo3(signature = (path, threads = None))]
    fn from_gridpack(py: Python<'_>, path: PathBuf, threads: Option<Whole>) -> PyResult<Self> {
        let threads = n_threads(threads)?;
        let (run, pack) = supervised(py, threads, None, |_| {
            let pack = Gridpack::read(&path).map_err(raised)?;
            Ok((pack.open(&path).map_err(raised)?, pack))
        })?;
        Ok(Self {
            run,
            pack: Mutex::new(Some(Arc::new(pack))),
            threads,
        })
    }

    /// Integrates, and adapts its samplers.
    ///
    /// Parameters
    /// ----------
    /// n_events : int
    ///     Events that will be wanted: the more, the longer it adapts. By default none.
    /// progress : callable, optional
    ///     Called about ten times a second with a dictionary: stage, done (from 0 to 1),
    ///     n_points, n_events, integral, error.
    #[pyo3(signature = (n_events = 0, progress = None))]
    fn integrate(
        &self,
        py: Python<'_>,
        n_events: Whole,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Estimate> {
        let n_events = whole("n_events", n_events)?;
        let pack = supervised(py, self.threads, progress.as_ref(), |control| {
            self.adapt(n_events, true, control)
        })?;
        Ok(self.estimate(&pack))
    }

    /// Unweighted events; adapts first where that was not done.
    ///
    /// Parameters
    /// ----------
    /// n_events : int, optional
    ///     How many; by default as the card has it.
    /// seed : int, optional
    ///     Seed of the events; by default that of the card. The same seed gives the same
    ///     events as the program.
    /// first : int
    ///     Position of the first one in the sample of the seed.
    /// output : path, optional
    ///     Event file, whose name ends in `.lhe`, `.lhe.gz` or `.hdf5`; nothing is kept in
    ///     memory then, and an interrupted call goes on where it was.
    /// progress : callable, optional
    ///     As for `integrate`.
    ///
    /// Returns
    /// -------
    /// Events or None
    ///     The events; `None` with `output`.
    #[pyo3(signature = (n_events = None, seed = None, first = 0, output = None, progress = None))]
    fn generate(
        &self,
        py: Python<'_>,
        n_events: Option<Whole>,
        seed: Option<Whole>,
        first: Whole,
        output: Option<PathBuf>,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Option<Events>> {
        let n_events = n_events.map_or(Ok(self.run.card.run.events), |n| whole("n_events", n))?;
        let seed = seed.map_or(Ok(self.run.card.run.seed), |s| whole("seed", s))?;
        let first = whole("first", first)?;
        if n_events == 0 {
            return Err(bad("n_events", 0, "at least 1"));
        }
        let Some(end) = first.checked_add(n_events) else {
            return Err(bad("first", first, "less than 2^64 events in all"));
        };
        supervised(py, self.threads, progress.as_ref(), |control| {
            let folder = tempfile::tempdir().map_err(raised)?;
            let path = output
                .clone()
                .unwrap_or_else(|| folder.path().join("events.lhe"));
            let place = Output::open(&path).map_err(raised)?;
            let pack = self.adapt(n_events, false, control)?;
            let job = Job {
                output: path.clone(),
                seed,
                events: first..end,
                checkpoint_every: CHECKPOINT,
            };
            let never = AtomicBool::new(false);
            let made = place.produce(&self.run, &pack, &job, control, &never, &|_| ());
            match made.map_err(raised)? {
                Outcome::Complete(_) => {}
                Outcome::Stopped { .. } => unreachable!("nobody asks it to stop"),
            }
            match output {
                Some(_) => Ok(None),
                None => Events::read(&path).map(Some),
            }
        })
    }

    /// Writes a gridpack, as `omnis gridpack` does; adapts first where that was not done.
    fn write_gridpack(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        supervised(py, self.threads, None, |control| {
            let pack = self.adapt(self.run.card.run.events, false, control)?;
            pack.write(&path).map_err(raised)
        })
    }

    /// The cross section as it is known; `None` before `integrate`.
    #[getter]
    fn estimate_so_far(&self) -> Option<Estimate> {
        self.adapted().map(|pack| self.estimate(&pack))
    }

    /// Number of events that the card asks for.
    #[getter]
    fn n_events(&self) -> u64 {
        self.run.card.run.events
    }

    /// What the card left open or asked for in vain.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.run.notes().to_vec()
    }

    /// Names of the subprocesses.
    #[getter]
    fn subprocesses(&self) -> Vec<String> {
        let all = self.run.cross_section.subprocesses().iter();
        all.map(|s| s.name.clone()).collect()
    }

    /// Number of phase-space channels.
    #[getter]
    fn n_channels(&self) -> usize {
        self.run.cross_section.n_channels()
    }

    /// Dimensions of the hypercube of a channel.
    fn n_dim(&self, channel: Whole) -> PyResult<usize> {
        let channel = self.channel(channel)?;
        Ok(self.run.cross_section.n_dim(channel))
    }

    /// What the map of a channel does, in words.
    fn describe(&self, channel: Whole) -> PyResult<String> {
        let channel = self.channel(channel)?;
        Ok(self.run.cross_section.channel_description(channel))
    }

    /// The adapted density of a channel; after `integrate`.
    fn sampler(&self, channel: Whole) -> PyResult<Sampler> {
        let channel = self.channel(channel)?;
        let pack = self.adapted();
        let pack =
            pack.ok_or_else(|| bad("sampler", "a run that is not adapted", "integrate() first"))?;
        Ok(Sampler::of_run(pack, channel))
    }

    /// The differential cross section at points of a channel.
    ///
    /// Parameters
    /// ----------
    /// channel : int
    /// u : array, shape (n, n_dim(channel))
    ///     Coordinates from 0 to 1.
    ///
    /// Returns
    /// -------
    /// dict
    ///     `value` (n,): dsigma/du in pb, 0 where cuts remove the point; `alpha` (n,): the
    ///     prior weight of the channel, so that the cross section is the sum over channels
    ///     of the means of `alpha * value`; `momenta` (n, n_legs, 4): (E, px, py, pz) in
    ///     the laboratory, GeV, 0 where the point is removed.
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        channel: Whole,
        u: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let channel = self.channel(channel)?;
        self.check_points(&u, self.run.cross_section.n_dim(channel))?;
        let u = u.as_array();
        let (value, alpha, momenta) = py.detach(|| {
            let points = batch(u);
            let mut out = Evaluation::default();
            let want = Want {
                momenta: true,
                ..Want::default()
            };
            let points = ChannelBatch {
                channel,
                points: &points,
            };
            self.run.cross_section.evaluate(points, want, &mut out);
            spread(&out)
        });
        let found = PyDict::new(py);
        found.set_item("value", value.into_pyarray(py))?;
        found.set_item("alpha", alpha.into_pyarray(py))?;
        found.set_item("momenta", momenta.into_pyarray(py))?;
        Ok(found)
    }

    /// The map of a channel: coordinates to momenta.
    ///
    /// Parameters
    /// ----------
    /// channel : int
    /// u : array, shape (n, n)
    ///     Coordinates from 0 to 1; their number may be below `n_dim(channel)`, which
    ///     counts discrete choices, too.
    ///
    /// Returns
    /// -------
    /// momenta : array, shape (n, n_legs, 4)
    ///     In the partonic frame, GeV.
    /// x : array, shape (n, 2)
    ///     Momentum fractions.
    /// det : array, shape (n,)
    ///     dx1 dx2 dPhi_n / du in GeV^(2 n - 4); 0 where there is no point.
    #[expect(clippy::type_complexity, reason = "three arrays")]
    fn map<'py>(
        &self,
        py: Python<'py>,
        channel: Whole,
        u: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<(
        Bound<'py, PyArray3<f64>>,
        Bound<'py, PyArray2<f64>>,
        Bound<'py, PyArray1<f64>>,
    )> {
        let channel = self.channel(channel)?;
        let (space, of_group) = self.run.cross_section.phase_space(channel);
        self.check_points(&u, space.n_dim())?;
        let u = batch(u.as_array());
        let mut made = Points::default();
        py.detach(|| space.forward(of_group, &u.u, u.n_batch, &mut made));
        let p = &made.momenta;
        let momenta = Array3::from_shape_fn((p.n_batch, p.n_ext, 4), |(k, leg, mu)| {
            p.component(leg, mu)[k]
        });
        let x = numpy::ndarray::Array2::from_shape_fn((p.n_batch, 2), |(k, beam)| {
            [made.x1[k], made.x2[k]][beam]
        });
        Ok((
            momenta.into_pyarray(py),
            x.into_pyarray(py),
            made.det.into_pyarray(py),
        ))
    }

    /// The inverse of the map of a channel.
    ///
    /// Parameters
    /// ----------
    /// channel : int
    /// momenta : array, shape (n, n_legs, 4)
    ///     In the partonic frame, GeV.
    /// x : array, shape (n, 2)
    ///     Momentum fractions.
    ///
    /// Returns
    /// -------
    /// u : array, shape (n, n_dim)
    /// density : array, shape (n,)
    ///     1/det; 0 where the channel cannot make the point.
    fn inverse_map<'py>(
        &self,
        py: Python<'py>,
        channel: Whole,
        momenta: PyReadonlyArray3<'py, f64>,
        x: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<PointsAndValues<'py>> {
        let channel = self.channel(channel)?;
        let (space, of_group) = self.run.cross_section.phase_space(channel);
        let (momenta, x) = (momenta.as_array(), x.as_array());
        let (n, n_legs, n_mu) = momenta.dim();
        let expected = self.run.cross_section.subprocesses()[0].pdg.len();
        if (n_legs, n_mu) != (expected, 4) {
            let expected = format!("(n, {expected}, 4)");
            return Err(bad(
                "momenta",
                format!("shape {:?}", momenta.shape()),
                &expected,
            ));
        }
        if x.dim() != (n, 2) {
            return Err(bad(
                "x",
                format!("shape {:?}", x.shape()),
                &format!("({n}, 2)"),
            ));
        }
        let mut p = MomentumBatch::zeros(n_legs, n);
        for ((k, leg, mu), value) in momenta.indexed_iter() {
            p.data[(4 * leg + mu) * n + k] = *value;
        }
        let s_hat = |k: usize| {
            let sum = [0, 1, 2, 3].map(|mu| p.component(0, mu)[k] + p.component(1, mu)[k]);
            sum[0] * sum[0] - sum[1] * sum[1] - sum[2] * sum[2] - sum[3] * sum[3]
        };
        let made = Points {
            s_hat: (0..n).map(s_hat).collect(),
            x1: x.column(0).to_vec(),
            x2: x.column(1).to_vec(),
            det: vec![1.0; n],
            momenta: p,
        };
        let (mut u, mut density) = (vec![], vec![]);
        py.detach(|| space.inverse(of_group, &made, &mut u, &mut density));
        let u = omnis::integrand::SampleBatch {
            u,
            n_batch: n,
            n_dim: space.n_dim(),
        };
        Ok((points(&u).into_pyarray(py), density.into_pyarray(py)))
    }

    fn __repr__(&self) -> String {
        format!("Run('{}')", self.run.card.process.generate.join(", "))
    }
}

/// Columns of all points: value, prior weight, momenta; 0 where a point does not pass.
fn spread(found: &Evaluation) -> (Array1<f64>, Array1<f64>, Array3<f64>) {
    let (n, n_pass) = (found.n_batch, found.n_pass());
    let n_legs = found.momenta.len() / (4 * n_pass.max(1));
    let (mut value, mut alpha) = (vec![0.0; n], vec![0.0; n]);
    let mut momenta = Array3::zeros((n, n_legs, 4));
    for (at, &k) in found.index.iter().enumerate() {
        (value[k], alpha[k]) = (found.value[at], found.alpha[at]);
        for leg in 0..n_legs {
            for mu in 0..4 {
                momenta[[k, leg, mu]] = found.momenta[(4 * leg + mu) * n_pass + at];
            }
        }
    }
    (
        column(value.into_iter()),
        column(alpha.into_iter()),
        momenta,
    )
}
