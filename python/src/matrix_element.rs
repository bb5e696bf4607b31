//! Squared matrix elements of numpy arrays of momenta.

use std::collections::BTreeMap;

use numpy::ndarray::{Array2, ArrayView3, Ix3, s};
use numpy::{AllowTypeChange, IntoPyArray, PyArray1, PyArray2, PyArrayLikeDyn};
use omnis::amplitude::{Frame, MatrixElementWorkspace, TChannelWidth};
use omnis::card::ModelCard;
use omnis::kinematics::MomentumBatch;
use omnis::model::ModelSpec;
use omnis::run::Evaluator;
use pyo3::prelude::*;
use rayon::prelude::*;

use crate::error::{bad, raised};

/// Points that are evaluated together: their momenta fit into the first cache.
const BLOCK: usize = 256;
/// Numbers as numpy takes them: arrays of any type, lists, one number.
type Numbers<'py> = PyArrayLikeDyn<'py, f64, AllowTypeChange>;

/// Largest violation of conservation or mass shell, relative to the energy.
const TOLERANCE: f64 = 1e-6;

/// The squared matrix element of one subprocess at tree level, compiled for batches.
///
/// Parameters
/// ----------
/// process : str
///     E.g. `"g g > t t~"`, with coupling orders as in a card.
/// model : str
///     Name of the model.
/// restrict : list of str, optional
///     Restrictions of the model; by default its own.
/// set : dict of str to float, optional
///     Values of inputs of the model, e.g. `{"MT": 172.5}`.
/// t_channel_width : bool
///     Whether propagators that separate the incoming legs keep their widths.
#[pyclass(frozen, module = "omnis")]
pub struct MatrixElement {
    element: omnis::amplitude::MatrixElement,
    name: String,
    n_in: usize,
    pdg: Vec<i32>,
    masses: Vec<f64>,
    width: TChannelWidth,
}

#[pymethods]
impl MatrixElement {
    #[new]
    #[pyo3(signature = (process, model = "sm", restrict = None, set = None, t_channel_width = false))]
    fn new(
        py: Python<'_>,
        process: &str,
        model: &str,
        restrict: Option<Vec<String>>,
        set: Option<BTreeMap<String, f64>>,
        t_channel_width: bool,
    ) -> PyResult<Self> {
        let mut spec = ModelSpec {
            name: model.to_owned(),
            ..ModelCard::default().spec()
        };
        if let Some(restrict) = restrict {
            spec.restrict = restrict;
        }
        for (name, value) in set.unwrap_or_default() {
            spec.set.set_value(&name, value);
        }
        py.detach(|| {
            let watch = omnis::compute::Watch::nobody();
            let lines = [process.to_owned()];
            let loaded = omnis::run::load_model(&spec, &lines, watch);
            let model = loaded.map_err(raised)?.model;
            let found = Evaluator::new(&model, process, &BTreeMap::new()).map_err(raised)?;
            let sub = &found.subprocess;
            let particles = || sub.legs.iter().map(|&p| model.particle(p));
            let compiled = omnis::amplitude::MatrixElement::compile(&model, sub, Frame::Any);
            Ok(Self {
                element: compiled.map_err(raised)?,
                name: found.name.clone(),
                n_in: sub.n_in,
                pdg: particles().map(|p| p.pdg).collect(),
                masses: particles().map(|p| p.mass).collect(),
                width: match t_channel_width {
                    true => TChannelWidth::On,
                    false => TChannelWidth::Off,
                },
            })
        })
    }

    /// The subprocess, e.g. `g g > t t~`.
    #[getter]
    fn process(&self) -> &str {
        &self.name
    }

    /// Number of legs, incoming ones included.
    #[getter]
    fn n_legs(&self) -> usize {
        self.masses.len()
    }

    /// Number of incoming legs.
    #[getter]
    fn n_incoming(&self) -> usize {
        self.n_in
    }

    /// PDG ids of the legs.
    #[getter]
    fn pdg(&self) -> Vec<i32> {
        self.pdg.clone()
    }

    /// Masses of the legs in GeV, shape (n_legs,).
    #[getter]
    fn masses<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.masses.clone().into_pyarray(py)
    }

    /// Helicities of all configurations, shape (n_configurations, n_legs): twice the spin
    /// of fermions, the spin of bosons.
    #[getter]
    fn helicities<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<i8>> {
        let all = self.element.helicities();
        let n = self.masses.len();
        Array2::from_shape_fn((all.len(), n), |(h, leg)| all[h][leg]).into_pyarray(py)
    }

    /// Les Houches colour tags of the flows: for each flow a pair for each leg.
    #[getter]
    fn flows(&self) -> Vec<Vec<[i32; 2]>> {
        self.element
            .flows()
            .iter()
            .map(|f| f.tags.clone())
            .collect()
    }

    /// The squared matrix element, averaged over initial and summed over final helicities
    /// and colours, in GeV^(8 - 2 n_legs), shape (n,).
    ///
    /// Parameters
    /// ----------
    /// momenta : array, shape (n, n_legs, 4)
    ///     (E, px, py, pz) in GeV, incoming legs first, on shell.
    /// alpha_s : float or array, shape (n,), optional
    ///     The strong coupling, of all points or of each; by default that of the model.
    /// check : bool
    ///     Whether points that violate conservation or mass shells by more than 1e-6 of
    ///     the energy are refused.
    #[pyo3(signature = (momenta, alpha_s = None, check = true))]
    fn me2<'py>(
        &self,
        py: Python<'py>,
        momenta: Numbers<'py>,
        alpha_s: Option<Numbers<'py>>,
        check: bool,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let momenta = self.points(&momenta)?;
        let n = momenta.dim().0;
        let of_each = |given: Numbers<'py>| {
            let given = given.as_array();
            match (given.shape(), given.first()) {
                ([], Some(value)) => Ok(vec![*value; n]),
                ([found], _) if *found == n => Ok(given.iter().copied().collect()),
                (found, _) => {
                    let expected = format!("one number, or the shape ({n},)");
                    Err(bad("alpha_s", format!("shape {found:?}"), &expected))
                }
            }
        };
        let alpha_s: Option<Vec<f64>> = alpha_s.map(of_each).transpose()?;
        let mut out = vec![0.0; momenta.dim().0];
        py.detach(|| {
            let blocks = out.par_chunks_mut(BLOCK).enumerate();
            blocks.try_for_each_init(Memory::default, |memory, (b, out)| {
                let range = b * BLOCK..b * BLOCK + out.len();
                memory.take(momenta.slice(s![range.clone(), .., ..]));
                if check {
                    self.check_points(&memory.momenta, range.start)?;
                }
                let alpha_s = alpha_s.as_ref().map(|a| &a[range]);
                let (momenta, work) = (&memory.momenta, &mut memory.work);
                self.element.me2(momenta, alpha_s, self.width, work, out);
                Ok::<(), PyErr>(())
            })
        })?;
        Ok(out.into_pyarray(py))
    }

    /// The squared matrix element of each configuration of helicities, summed over
    /// colours, neither averaged nor divided for identical particles, shape
    /// (n, n_configurations); momenta as in `me2`.
    #[pyo3(signature = (momenta, check = true))]
    fn me2_by_helicity<'py>(
        &self,
        py: Python<'py>,
        momenta: Numbers<'py>,
        check: bool,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let n_hel = self.element.helicities().len();
        self.parts(py, momenta, check, n_hel, |found, n, h, k| {
            found.by_helicity[h * n + k]
        })
    }

    /// The squared amplitude of each colour flow, summed over helicities, shape
    /// (n, n_flows): relative probabilities of the flows at leading colour; momenta as in
    /// `me2`.
    #[pyo3(signature = (momenta, check = true))]
    fn me2_by_flow<'py>(
        &self,
        py: Python<'py>,
        momenta: Numbers<'py>,
        check: bool,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let n_hel = self.element.helicities().len();
        let n_flow = self.element.flows().len();
        self.parts(py, momenta, check, n_flow, |found, n, f, k| {
            (0..n_hel)
                .map(|h| found.by_flow[(h * n_flow + f) * n + k])
                .sum()
        })
    }

    fn __repr__(&self) -> String {
        format!("MatrixElement('{}')", self.name)
    }
}

/// Adds a row with a sign.
fn add(sum: &mut [f64; BLOCK], row: &[f64], sign: f64) {
    sum.iter_mut().zip(row).for_each(|(s, x)| *s += sign * x);
}

/// Memory of one thread.
#[derive(Default)]
struct Memory {
    momenta: MomentumBatch,
    work: MatrixElementWorkspace,
}

impl Memory {
    /// Takes points, which lie row by row, coordinate by coordinate.
    fn take(&mut self, points: ArrayView3<'_, f64>) {
        let (n, n_legs, _) = points.dim();
        (self.momenta.n_ext, self.momenta.n_batch) = (n_legs, n);
        self.momenta.data.resize(4 * n_legs * n, 0.0);
        match points.as_slice() {
            Some(rows) => {
                let width = 4 * n_legs;
                for (at, to) in self.momenta.data.chunks_exact_mut(n).enumerate() {
                    let from = rows[at..].iter().step_by(width);
                    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                }
            }
            None => {
                for ((k, leg, mu), x) in points.indexed_iter() {
                    self.momenta.data[(4 * leg + mu) * n + k] = *x;
                }
            }
        }
    }
}

impl MatrixElement {
    /// Momenta of points of the process, `[n, n_legs, 4]`.
    fn points<'a>(&self, momenta: &'a Numbers<'_>) -> PyResult<ArrayView3<'a, f64>> {
        let momenta = momenta.as_array();
        let shape = format!("shape {:?}", momenta.shape());
        let fits = |m: &ArrayView3<'_, f64>| m.shape()[1..] == [self.masses.len(), 4];
        let points = momenta.into_dimensionality::<Ix3>().ok().filter(fits);
        points.ok_or_else(|| {
            let expected = format!("(n, {}, 4) for '{}'", self.masses.len(), self.name);
            bad("momenta", shape, &expected)
        })
    }

    /// Finite numbers, conservation, mass shells.
    fn check_points(&self, p: &MomentumBatch, first: usize) -> PyResult<()> {
        let (mut energy, mut sum) = ([0.0; BLOCK], [0.0; BLOCK]);
        for leg in 0..self.n_in {
            add(&mut energy, p.component(leg, 0), 1.0);
        }
        // NaN is no point either, so that what holds is asked for.
        let refuse = |k: usize, what: String| {
            let name = format!("momenta[{}]", first + k);
            let expected = format!("a point of '{}'", self.name);
            Err(bad(&name, what, &expected))
        };
        for mu in 0..4 {
            sum.fill(0.0);
            for leg in 0..p.n_ext {
                let sign = if leg < self.n_in { 1.0 } else { -1.0 };
                add(&mut sum, p.component(leg, mu), sign);
            }
            let holds = |k: usize| sum[k].abs() <= TOLERANCE * energy[k];
            if !(0..p.n_batch).fold(true, |all, k| all & holds(k)) {
                let k = (0..p.n_batch).find(|&k| !holds(k)).unwrap_or_default();
                let name = ["E", "px", "py", "pz"][mu];
                return refuse(
                    k,
                    format!(
                        "a sum of {name} that differs by {:.3e} GeV between incoming and outgoing legs",
                        sum[k].abs()
                    ),
                );
            }
        }
        for (leg, mass) in self.masses.iter().enumerate() {
            let [e, x, y, z] = [0, 1, 2, 3].map(|mu| &p.component(leg, mu)[..p.n_batch]);
            let m2 = |k: usize| e[k] * e[k] - x[k] * x[k] - y[k] * y[k] - z[k] * z[k];
            let limit = |k: usize| TOLERANCE * energy[k] * energy[k];
            let holds = |k: usize| (m2(k) - mass * mass).abs() <= limit(k);
            if !(0..p.n_batch).fold(true, |all, k| all & holds(k)) {
                let k = (0..p.n_batch).find(|&k| !holds(k)).unwrap_or_default();
                let found = m2(k).abs().sqrt();
                let what = format!(
                    "a mass of {found:.6} GeV of leg {} instead of {mass} GeV",
                    leg + 1
                );
                return refuse(k, what);
            }
        }
        Ok(())
    }

    /// Parts of the squared matrix element, `[n, n_part]`; `part` gets details of a block,
    /// its size, the number of the part and that of the point.
    fn parts<'py>(
        &self,
        py: Python<'py>,
        momenta: Numbers<'py>,
        check: bool,
        n_part: usize,
        part: impl Fn(&omnis::amplitude::Details, usize, usize, usize) -> f64 + Sync,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let momenta = self.points(&momenta)?;
        let n = momenta.dim().0;
        let mut out = vec![0.0; n * n_part];
        py.detach(|| {
            let blocks = out.par_chunks_mut(BLOCK * n_part.max(1)).enumerate();
            blocks.try_for_each_init(Memory::default, |memory, (b, out)| {
                let range = b * BLOCK..n.min((b + 1) * BLOCK);
                let here = range.len();
                memory.take(momenta.slice(s![range.clone(), .., ..]));
                if check {
                    self.check_points(&memory.momenta, range.start)?;
                }
                let (momenta, work) = (&memory.momenta, &mut memory.work);
                let found = self.element.details(momenta, None, self.width, work);
                for (k, row) in out.chunks_exact_mut(n_part).enumerate() {
                    for (at, to) in row.iter_mut().enumerate() {
                        *to = part(&found, here, at, k);
                    }
                }
                Ok::<(), PyErr>(())
            })
        })?;
        let out = Array2::from_shape_vec((n, n_part), out);
        let out = out.expect("each point has its parts");
        Ok(out.into_pyarray(py))
    }
}
