//! Squared matrix elements of numpy arrays of momenta.

use std::collections::BTreeMap;
use std::ops::Range;

use numpy::ndarray::{Array2, ArrayView3, Ix3};
use numpy::{AllowTypeChange, IntoPyArray, PyArray1, PyArray2, PyArrayLikeDyn};
use omnis::amplitude::{Frame, MatrixElementWorkspace, TChannelWidth};
use omnis::card::ModelCard;
use omnis::kinematics::{MomentumView, PhysicalPoints};
use omnis::model::ModelSpec;
use omnis::run::Evaluator;
use pyo3::prelude::*;
use rayon::prelude::*;

use crate::error::{bad, raised};

/// Points that are evaluated together: what a call costs is spread over them, and their
/// momenta fit into the second cache.
const BLOCK: usize = 1024;
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
    physical: PhysicalPoints,
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
            let masses: Vec<f64> = particles().map(|p| p.mass).collect();
            Ok(Self {
                physical: PhysicalPoints::new(&masses, sub.n_in, TOLERANCE),
                element: compiled.map_err(raised)?,
                name: found.name.clone(),
                n_in: sub.n_in,
                pdg: particles().map(|p| p.pdg).collect(),
                masses,
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
    ///     the energy, or have a negative energy, are refused.
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
        let rows = momenta.as_standard_layout();
        let rows = rows.as_slice().unwrap_or_default();
        let mut out = vec![0.0; n];
        py.detach(|| {
            let blocks = out.par_chunks_mut(BLOCK).enumerate();
            blocks.try_for_each_init(MatrixElementWorkspace::default, |work, (b, out)| {
                let range = b * BLOCK..b * BLOCK + out.len();
                let points = self.block(rows, range.clone(), check)?;
                let alpha_s = alpha_s.as_ref().map(|a| &a[range]);
                self.element.me2(points, alpha_s, self.width, work, out);
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

/// The invariant square of a momentum.
fn square([e, x, y, z]: &[f64; 4]) -> f64 {
    e * e - x * x - y * y - z * z
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

    /// Points of an array `[n, n_legs, 4]`, checked if they are to be.
    fn block<'a>(
        &self,
        rows: &'a [f64],
        range: Range<usize>,
        check: bool,
    ) -> PyResult<MomentumView<'a>> {
        let n_legs = self.masses.len();
        let here = &rows[4 * n_legs * range.start..4 * n_legs * range.end];
        let points = MomentumView::by_point(here, n_legs);
        let off = check.then(|| self.physical.first_violation(points));
        match off.flatten() {
            Some(k) => Err(self.refuse(points, k, range.start + k)),
            None => Ok(points),
        }
    }

    /// What is wrong with point `k` of a batch, which has the number `number` in all.
    fn refuse(&self, p: MomentumView<'_>, k: usize, number: usize) -> PyErr {
        let of = |leg: usize, mu: usize| p.get(leg, k)[mu];
        let energy: f64 = (0..self.n_in).map(|leg| of(leg, 0)).sum();
        let sum = |mu: usize| {
            let sign = |leg: usize| if leg < self.n_in { 1.0 } else { -1.0 };
            (0..p.n_ext())
                .map(|leg| sign(leg) * of(leg, mu))
                .sum::<f64>()
        };
        let conserved = |mu: &usize| sum(*mu).abs() <= TOLERANCE * energy;
        let what = match (0..4).find(|mu| !conserved(mu)) {
            Some(mu) => format!(
                "a sum of {} that differs by {:.3e} GeV between incoming and outgoing legs",
                ["E", "px", "py", "pz"][mu],
                sum(mu).abs()
            ),
            None => {
                let m2 = |leg: usize| square(&p.get(leg, k));
                let off = |leg: usize| (m2(leg) - self.masses[leg] * self.masses[leg]).abs();
                let holds =
                    |leg: usize| of(leg, 0) >= 0.0 && off(leg) <= TOLERANCE * energy * energy;
                let leg = (0..p.n_ext()).find(|&leg| !holds(leg)).unwrap_or_default();
                match of(leg, 0) {
                    e if e < 0.0 => format!("an energy of {e} GeV of leg {}", leg + 1),
                    _ => format!(
                        "a mass of {:.6} GeV of leg {} instead of {} GeV",
                        m2(leg).abs().sqrt(),
                        leg + 1,
                        self.masses[leg]
                    ),
                }
            }
        };
        let expected = format!("a point of '{}'", self.name);
        bad(&format!("momenta[{number}]"), what, &expected)
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
        let rows = momenta.as_standard_layout();
        let rows = rows.as_slice().unwrap_or_default();
        let mut out = vec![0.0; n * n_part];
        py.detach(|| {
            let blocks = out.par_chunks_mut(BLOCK * n_part.max(1)).enumerate();
            blocks.try_for_each_init(MatrixElementWorkspace::default, |work, (b, out)| {
                let range = b * BLOCK..n.min((b + 1) * BLOCK);
                let here = range.len();
                let points = self.block(rows, range, check)?;
                let found = self.element.details(points, None, self.width, work);
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
