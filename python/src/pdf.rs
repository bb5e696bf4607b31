//! Parton densities and the strong coupling of a set.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use omnis::beam::{AlphaS, PdfSet, available_sets};
use pyo3::prelude::*;

use crate::error::{bad, raised};

/// A member of a set of parton densities, as LHAPDF has it.
///
/// Parameters
/// ----------
/// name : str
///     Name of the set, or the path of its folder. Sets are looked for along
///     `LHAPDF_DATA_PATH`; `NNPDF23_lo_as_0130_qed` is built in.
/// member : int
///     Number of the member, 0 for the central one.
#[pyclass(frozen, module = "omnis")]
pub struct Pdf {
    set: PdfSet,
    alpha_s: AlphaS,
}

#[pymethods]
impl Pdf {
    #[new]
    #[pyo3(signature = (name = "NNPDF23_lo_as_0130_qed", member = 0))]
    fn new(name: &str, member: usize) -> PyResult<Self> {
        let set = PdfSet::load(name, member).map_err(raised)?;
        let alpha_s = set.alpha_s().map_err(raised)?;
        Ok(Self { set, alpha_s })
    }

    /// Name of the set.
    #[getter]
    fn name(&self) -> &str {
        self.set.name()
    }

    /// Number of the member.
    #[getter]
    fn member(&self) -> usize {
        self.set.member()
    }

    /// LHAPDF id; 0 if the set has none.
    #[getter]
    fn lhapdf_id(&self) -> i32 {
        self.set.lhapdf_id()
    }

    /// PDG ids of its partons.
    #[getter]
    fn flavours(&self) -> Vec<i32> {
        self.set.flavours().to_vec()
    }

    /// x f(x, q), shape (n,), of a parton: momentum fractions `x` and scales `q` in GeV,
    /// shape (n,) each.
    fn xf<'py>(
        &self,
        py: Python<'py>,
        pdg: i32,
        x: PyReadonlyArray1<'py, f64>,
        q: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (x, q) = (x.as_array(), q.as_array());
        if x.len() != q.len() {
            return Err(bad(
                "q",
                format!("{} scales", q.len()),
                &format!("{}, as x", x.len()),
            ));
        }
        if let Some(x) = x.iter().find(|x| !(**x > 0.0 && **x <= 1.0)) {
            return Err(bad("x", x, "a momentum fraction above 0 and up to 1"));
        }
        if let Some(q) = q.iter().find(|q| !(**q > 0.0 && q.is_finite())) {
            return Err(bad("q", q, "a scale in GeV above 0"));
        }
        let found = x
            .iter()
            .zip(q)
            .map(|(x, q)| self.set.xf_point(pdg, *x, q * q));
        Ok(found.collect::<Vec<f64>>().into_pyarray(py))
    }

    /// The strong coupling, shape (n,), at scales `q` in GeV, shape (n,).
    fn alpha_s<'py>(
        &self,
        py: Python<'py>,
        q: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let q = q.as_array();
        if let Some(q) = q.iter().find(|q| !(**q > 0.0 && q.is_finite())) {
            return Err(bad("q", q, "a scale in GeV above 0"));
        }
        let found = q.iter().map(|q| self.alpha_s.at(*q));
        Ok(found.collect::<Vec<f64>>().into_pyarray(py))
    }

    fn __repr__(&self) -> String {
        format!("Pdf('{}', member={})", self.set.name(), self.set.member())
    }
}

/// Names of the sets of parton densities that are found.
#[pyfunction]
pub fn pdf_sets() -> Vec<String> {
    available_sets()
}
