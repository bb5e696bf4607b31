//! How many digits the weights of a batch have.
//!
//! Every matrix element is evaluated again at momenta turned about the beam: the
//! rounding errors are others, the result must be the same. Knows groups of
//! subprocesses; knows no sampler.

use super::build::CrossSection;
use super::point_batch::{PointBatch, SquaredOrders};
use crate::integrand::SampleBatch;

impl CrossSection {
    /// Relative change of the integrand, with helicities summed, when the partonic
    /// momenta turn about the beam, for the points of a batch of `channel` that pass the cuts and have a
    /// weight; NaN or infinite where it is not finite.
    pub(crate) fn numerical_error(&self, channel: usize, points: &SampleBatch) -> Vec<f64> {
        let (g, c) = self.channels[channel];
        let group = &self.groups[g];
        let mut batch = PointBatch::default();
        group.evaluate_points(self, c, &points.u, SquaredOrders::Summed, &mut batch);
        let n = batch.len();
        let (mut change, mut sum) = (vec![0.0; n], vec![0.0; n]);
        let mut row = 0;
        for slot in &group.slots {
            let relative = slot.relative_error(&mut batch);
            for _ in &slot.flavours {
                let parts = &batch.contributions[row * n..(row + 1) * n];
                for (k, part) in parts.iter().enumerate().filter(|(_, x)| **x != 0.0) {
                    change[k] += part.abs() * relative[k];
                    sum[k] += part.abs();
                }
                row += 1;
            }
        }
        let weighted = change.iter().zip(&sum).filter(|(_, s)| **s != 0.0);
        weighted.map(|(c, s)| c / s).collect()
    }
}
