//! Points that need another look, and how many digits a result has.
//!
//! Knows how to evaluate; knows no cut and no weight.

use super::kernel::{Request, run};
use super::{MatrixElement, MatrixElementWorkspace, TChannelWidth};
use crate::kinematics::{MomentumBatch, MomentumView, turn_z};

/// Largest cancellation, in rounding errors, that is left to f32.
const LARGEST_RISK: f64 = 5e2;
/// Angle in radians of a turn after which every component is rounded anew.
const ANGLE: f64 = 1.0;

impl MatrixElement {
    /// Relative difference of `me2` from its value at momenta turned about the z
    /// axis, `[n_batch]`: an estimate of the numerical error.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn error_estimate(
        &self,
        momenta: &MomentumBatch,
        alpha_s: Option<&[f64]>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
    ) -> Vec<f64> {
        let [one, two] = [momenta, &turn_z(momenta, ANGLE)].map(|p| {
            let mut out = vec![0.0; p.n_batch];
            self.me2(p, alpha_s, width, work, &mut out);
            out
        });
        let change = |(a, b): (&f64, &f64)| 2.0 * (a - b).abs() / (a.abs() + b.abs());
        one.iter().zip(&two).map(change).collect()
    }

    /// Evaluates in f64 what f32 cannot be trusted with.
    pub(super) fn rescue(
        &self,
        momenta: MomentumView<'_>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let safe = |k: usize| work.risk[k] < LARGEST_RISK && out[k] > 0.0 && out[k].is_finite();
        let index: Vec<usize> = (0..out.len()).filter(|&k| !safe(k)).collect();
        if !index.is_empty() {
            work.rescued += index.len() as u64;
            let some = momenta.select(&index);
            self.replace(&some, &index, width, work, out);
        }
    }

    /// Evaluates points whose result is not finite with momenta turned about the
    /// z axis, on which no helicity amplitude depends.
    pub(super) fn again(
        &self,
        momenta: MomentumView<'_>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let index: Vec<usize> = (0..out.len()).filter(|&k| !out[k].is_finite()).collect();
        work.repeated += index.len() as u64;
        let some = turn_z(&momenta.select(&index), ANGLE);
        self.replace(&some, &index, width, work, out);
    }

    fn replace(
        &self,
        momenta: &MomentumBatch,
        index: &[usize],
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let rows = work.order_scale.chunks(out.len());
        let scale: Vec<f64> = rows.flat_map(|row| index.iter().map(|&k| row[k])).collect();
        let mut total = vec![0.0; index.len()];
        let mut request = Request {
            program: &self.program,
            momenta: momenta.into(),
            order_scale: (!scale.is_empty()).then_some(scale.as_slice()),
            t_channel_width: width == TChannelWidth::On,
            total: &mut total,
            by_helicity: None,
            amplitudes: None,
            risk: None,
            products: None,
        };
        run(self.level, &mut request, &mut work.memory);
        for (&k, x) in index.iter().zip(total) {
            out[k] = x;
        }
    }
}
