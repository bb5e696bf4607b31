//! What the phase space hands out: momenta, momentum fractions, measure.

use crate::kinematics::MomentumBatch;

/// A batch of phase-space points.
///
/// Momenta are given in the partonic centre-of-mass frame, leg 0 along +z (at
/// rest for a decay). Where `det` is 0 the point does not exist and its
/// momenta are zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// Momenta, `[n_ext, 4, n_batch]`, GeV.
    pub momenta: MomentumBatch,
    /// Momentum fraction of beam 1, `[n_batch]`; 1 for a beam that is not hadronic.
    pub x1: Vec<f64>,
    /// Momentum fraction of beam 2, `[n_batch]`.
    pub x2: Vec<f64>,
    /// Partonic energy squared, `[n_batch]`, GeV^2.
    pub s_hat: Vec<f64>,
    /// Measure `dx1 dx2 dPhi_n / du`, `[n_batch]`, GeV^(2 n - 4); never NaN.
    pub det: Vec<f64>,
}

impl Points {
    /// Number of points.
    pub fn n_batch(&self) -> usize {
        self.det.len()
    }

    /// Sets the shape; the numbers are to be overwritten.
    pub(crate) fn resize(&mut self, n_ext: usize, n_batch: usize) {
        self.momenta.n_ext = n_ext;
        self.momenta.n_batch = n_batch;
        self.momenta.data.resize(4 * n_ext * n_batch, 0.0);
        for row in [&mut self.x1, &mut self.x2, &mut self.s_hat, &mut self.det] {
            row.resize(n_batch, 0.0);
        }
    }
}
