//! Events as columns of numpy.

use std::path::PathBuf;

use numpy::ndarray::{Array1, Array2, Array3};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArray3};
use omnis::event::{Event, EventReader, Particle, RunInfo};
use pyo3::prelude::*;

use crate::error::{bad, raised};

/// Events in memory, column by column.
///
/// Particles of all events stand behind one another; those of event `k` are
/// `offsets[k]` to `offsets[k + 1] - 1`, incoming ones first. `to_awkward()` and
/// `momenta(...)` are more convenient.
#[pyclass(frozen, module = "omnis")]
pub struct Events {
    run: RunInfo,
    events: Vec<Event>,
}

impl Events {
    /// All events of a file.
    ///
    /// # Errors
    /// `OmnisError` for a file that is not there or damaged.
    pub fn read(path: &std::path::Path) -> PyResult<Self> {
        let mut reader = EventReader::open(path).map_err(raised)?;
        let run = reader.run().clone();
        let mut events = Vec::new();
        while let Some(event) = reader.next_event().map_err(raised)? {
            events.push(event);
        }
        Ok(Self { run, events })
    }

    fn per_event<'py, T: numpy::Element>(
        &self,
        py: Python<'py>,
        of: impl Fn(&Event) -> T,
    ) -> Bound<'py, PyArray1<T>> {
        self.events
            .iter()
            .map(of)
            .collect::<Array1<T>>()
            .into_pyarray(py)
    }

    fn per_particle<'py, T: numpy::Element>(
        &self,
        py: Python<'py>,
        of: impl Fn(&Particle) -> T,
    ) -> Bound<'py, PyArray1<T>> {
        let all = self.events.iter().flat_map(|e| &e.particles);
        all.map(of).collect::<Array1<T>>().into_pyarray(py)
    }

    fn rows<'py, T: numpy::Element + Clone + Default>(
        &self,
        py: Python<'py>,
        n_columns: usize,
        of: impl Fn(&Particle, usize) -> T,
    ) -> Bound<'py, PyArray2<T>> {
        let all = self.events.iter().flat_map(|e| &e.particles);
        let flat: Vec<T> = all
            .flat_map(|p| (0..n_columns).map(|c| of(p, c)).collect::<Vec<T>>())
            .collect();
        let rows = flat.len() / n_columns.max(1);
        let array = Array2::from_shape_vec((rows, n_columns), flat);
        array.expect("rows of equal length").into_pyarray(py)
    }
}

#[pymethods]
impl Events {
    fn __len__(&self) -> usize {
        self.events.len()
    }

    fn __repr__(&self) -> String {
        let n = self.run.weights.len();
        format!("<{} events, {n} alternative weights>", self.events.len())
    }

    /// Sum of the cross sections that the file states, pb.
    #[getter]
    fn xsec_pb(&self) -> f64 {
        self.run.xsec_pb().0
    }

    /// Its standard deviation, pb.
    #[getter]
    fn xsec_err_pb(&self) -> f64 {
        self.run.xsec_pb().1
    }

    /// What the weights mean (IDWTUP).
    #[getter]
    fn weight_strategy(&self) -> i32 {
        self.run.weight_strategy
    }

    /// First particle of each event, shape (n + 1,).
    #[getter]
    fn offsets<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        let mut at = 0;
        let ends = self.events.iter().map(|e| {
            at += e.particles.len() as i64;
            at
        });
        std::iter::once(0)
            .chain(ends)
            .collect::<Array1<i64>>()
            .into_pyarray(py)
    }

    /// Weights (XWGTUP), shape (n,).
    #[getter]
    fn weight<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.per_event(py, |e| e.weight)
    }

    /// Process numbers (IDPRUP), shape (n,).
    #[getter]
    fn process_id<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i32>> {
        self.per_event(py, |e| e.process_id)
    }

    /// Scales in GeV at which a shower starts (SCALUP), shape (n,).
    #[getter]
    fn scale<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.per_event(py, |e| e.scales.start)
    }

    /// Renormalisation scales in GeV, shape (n,).
    #[getter]
    fn mu_r<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.per_event(py, |e| e.scales.mu_r)
    }

    /// Factorisation scales of both beams in GeV, shape (n, 2).
    #[getter]
    fn mu_f<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        let flat: Vec<f64> = self.events.iter().flat_map(|e| e.scales.mu_f).collect();
        let array = Array2::from_shape_vec((self.events.len(), 2), flat);
        array.expect("two scales an event").into_pyarray(py)
    }

    /// The strong coupling (AQCDUP), shape (n,).
    #[getter]
    fn alpha_s<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.per_event(py, |e| e.alpha_s)
    }

    /// The electromagnetic coupling (AQEDUP), shape (n,).
    #[getter]
    fn alpha_em<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.per_event(py, |e| e.alpha_em)
    }

    /// Names of the alternative weights.
    #[getter]
    fn weight_ids(&self) -> Vec<String> {
        self.run.weights.iter().map(|w| w.id.clone()).collect()
    }

    /// What the alternative weights mean, one text for each.
    #[getter]
    fn weight_texts(&self) -> Vec<String> {
        self.run.weights.iter().map(|w| w.text.clone()).collect()
    }

    /// Alternative weights, shape (n, n_weights); NaN where an event lacks one.
    #[getter]
    fn weights<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        let shape = (self.events.len(), self.run.weights.len());
        let weight = |(k, w): (usize, usize)| {
            let of_event = &self.events[k].weights;
            of_event.get(w).copied().unwrap_or(f64::NAN)
        };
        Array2::from_shape_fn(shape, weight).into_pyarray(py)
    }

    /// PDG ids of all particles, shape (n_particles,).
    #[getter]
    fn pdg<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i32>> {
        self.per_particle(py, |p| p.pdg)
    }

    /// Status codes (ISTUP): -1 incoming, 1 final, 2 resonance; shape (n_particles,).
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i32>> {
        self.per_particle(py, |p| p.status)
    }

    /// First and last mother in the event, counted from 1, shape (n_particles, 2).
    #[getter]
    fn mothers<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<i32>> {
        self.rows(py, 2, |p, c| p.mothers[c])
    }

    /// Tags of colour and anticolour lines, shape (n_particles, 2).
    #[getter]
    fn colours<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<i32>> {
        self.rows(py, 2, |p, c| p.colours[c])
    }

    /// (E, px, py, pz) of all particles in GeV, shape (n_particles, 4).
    #[getter]
    fn p<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        self.rows(py, 4, |p, c| p.p[c])
    }

    /// Masses of all particles in GeV, shape (n_particles,).
    #[getter]
    fn mass<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.per_particle(py, |p| p.mass)
    }

    /// Invariant lifetimes in mm, shape (n_particles,).
    #[getter]
    fn lifetime<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.per_particle(py, |p| p.lifetime_mm)
    }

    /// Helicities, or 9 where they are not known, shape (n_particles,).
    #[getter]
    fn spin<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.per_particle(py, |p| p.spin)
    }

    /// (E, px, py, pz) in GeV of the particles of one status, event by event, shape
    /// (n, n_particles, 4); refused where events have different numbers of them.
    #[pyo3(signature = (status = 1))]
    fn momenta<'py>(&self, py: Python<'py>, status: i32) -> PyResult<Bound<'py, PyArray3<f64>>> {
        let of = |e: &Event| -> Vec<[f64; 4]> {
            let all = e.particles.iter().filter(|p| p.status == status);
            all.map(|p| p.p).collect()
        };
        let rows: Vec<Vec<[f64; 4]>> = self.events.iter().map(of).collect();
        let n = rows.first().map_or(0, Vec::len);
        if let Some(k) = rows.iter().position(|row| row.len() != n) {
            let found = format!("{n} of them in event 0 and {} in event {k}", rows[k].len());
            let expected = "the same number in all events; to_awkward() takes any";
            return Err(bad("status", found, expected));
        }
        let flat: Vec<f64> = rows.into_iter().flatten().flatten().collect();
        let array = Array3::from_shape_vec((self.events.len(), n, 4), flat);
        Ok(array.expect("rows of equal length").into_pyarray(py))
    }

    /// The same events as an awkward array, one record an event with a list of particles;
    /// needs the package `awkward`.
    fn to_awkward<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.py().import("omnis._awkward")?;
        module.call_method1("to_awkward", (slf,))
    }

    /// Header blocks of the file by name: the card, parameters (`slha`), the summary.
    #[getter]
    fn header(&self) -> std::collections::BTreeMap<String, String> {
        let blocks = self.run.header.iter();
        blocks.map(|b| (b.name.clone(), b.text.clone())).collect()
    }
}

/// Reads an event file: Les Houches (also compressed) of any generator.
#[pyfunction]
pub fn read_events(py: Python<'_>, path: PathBuf) -> PyResult<Events> {
    py.detach(|| Events::read(&path))
}
