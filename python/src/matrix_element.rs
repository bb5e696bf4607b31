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

/// Points that are evaluated together: what a call costs is spread over them, and their
/// momenta fit into the second cache. No power of two, so that the rows of a batch do not
/// compete for the same lines of it.
const BLOCK: usize = 992;
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
fn add(sum: &mut [f64], row: &[f64], sign: f64) {
    sum.iter_mut().zip(row).for_each(|(s, x)| *s += sign * x);
}

/// Points that lie one after the other, `[n, n_legs, 4]`, coordinate by coordinate,
/// `[n_legs, 4, n]`, four at a time.
fn transpose(points: &[f64], n_legs: usize, to: &mut [f64]) {
    let (points, _) = points.as_chunks::<4>();
    let n = points.len() / n_legs;
    let whole = points.chunks_exact(4 * n_legs);
    let rest = whole.remainder();
    for (k, four) in whole.enumerate() {
        for (leg, rows) in to.chunks_exact_mut(4 * n).enumerate() {
            let square = [0, 1, 2, 3].map(|i| four[i * n_legs + leg]);
            for (mu, row) in rows.chunks_exact_mut(n).enumerate() {
                row[4 * k..4 * k + 4].copy_from_slice(&square.map(|p| p[mu]));
            }
        }
    }
    let first = n - rest.len() / n_legs;
    for (at, p) in rest.iter().enumerate() {
        let (k, leg) = (first + at / n_legs, at % n_legs);
        (0..4).for_each(|mu| to[(4 * leg + mu) * n + k] = p[mu]);
    }
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
            Some(rows) => transpose(rows, n_legs, &mut self.momenta.data),
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

    /// Whether conservation and mass shells hold for `N` points from `k` on. NaN compares
    /// with nothing.
    fn hold<const N: usize>(&self, p: &MomentumBatch, k: usize) -> bool {
        let row = |leg: usize, mu: usize| -> [f64; N] {
            let row = &p.component(leg, mu)[k..k + N];
            row.try_into().expect("as many as asked for")
        };
        let (mut energy, mut holds) = ([0.0; N], true);
        for leg in 0..self.n_in {
            add(&mut energy, &row(leg, 0), 1.0);
        }
        let mut sums = [[0.0; N]; 4];
        for (leg, mass) in self.masses.iter().enumerate() {
            let rows @ [e, x, y, z] = [0, 1, 2, 3].map(|mu| row(leg, mu));
            let sign = if leg < self.n_in { 1.0 } else { -1.0 };
            sums.iter_mut()
                .zip(&rows)
                .for_each(|(s, x)| add(s, x, sign));
            for i in 0..N {
                let m2 = e[i] * e[i] - x[i] * x[i] - y[i] * y[i] - z[i] * z[i];
                holds &= (m2 - mass * mass).abs() <= TOLERANCE * energy[i] * energy[i];
            }
        }
        for sum in sums {
            for (s, e) in sum.iter().zip(energy) {
                holds &= s.abs() <= TOLERANCE * e;
            }
        }
        holds
    }

    /// Finite numbers, conservation, mass shells; `first` is the number of the first point.
    fn check_points(&self, p: &MomentumBatch, first: usize) -> PyResult<()> {
        const FOUR: usize = 4;
        let n_fours = p.n_batch / FOUR;
        let wrong = (0..n_fours).find(|k| !self.hold::<FOUR>(p, FOUR * k));
        let from = FOUR * wrong.unwrap_or(n_fours);
        match (from..p.n_batch).find(|&k| !self.hold::<1>(p, k)) {
            Some(k) => Err(self.refuse(p, k, first + k)),
            None => Ok(()),
        }
    }

    /// What is wrong with point `k` of a batch, which has the number `number` in all.
    fn refuse(&self, p: &MomentumBatch, k: usize, number: usize) -> PyErr {
        let of = |leg: usize, mu: usize| p.component(leg, mu)[k];
        let energy: f64 = (0..self.n_in).map(|leg| of(leg, 0)).sum();
        let sum = |mu: usize| {
            let sign = |leg: usize| if leg < self.n_in { 1.0 } else { -1.0 };
            (0..p.n_ext).map(|leg| sign(leg) * of(leg, mu)).sum::<f64>()
        };
        let conserved = |mu: &usize| sum(*mu).abs() <= TOLERANCE * energy;
        let what = match (0..4).find(|mu| !conserved(mu)) {
            Some(mu) => format!(
                "a sum of {} that differs by {:.3e} GeV between incoming and outgoing legs",
                ["E", "px", "py", "pz"][mu],
                sum(mu).abs()
            ),
            None => {
                let m2 = |leg: usize| {
                    let [e, x, y, z] = [0, 1, 2, 3].map(|mu| of(leg, mu));
                    e * e - x * x - y * y - z * z
                };
                let off = |leg: usize| (m2(leg) - self.masses[leg] * self.masses[leg]).abs();
                let on_shell = |leg: usize| off(leg) <= TOLERANCE * energy * energy;
                let leg = (0..p.n_ext).find(|&leg| !on_shell(leg)).unwrap_or_default();
                let (found, mass) = (m2(leg).abs().sqrt(), self.masses[leg]);
                let leg = leg + 1;
                format!("a mass of {found:.6} GeV of leg {leg} instead of {mass} GeV")
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
