//! How many digits the weights of a batch have.
//!
//! Every matrix element is evaluated again at momenta turned about the beam: the
//! rounding errors are others, the result must be the same. Knows blocks; knows no
//! sampler.

use super::block::SCRATCH;
use super::build::CrossSection;
use crate::integrand::SampleBatch;

impl CrossSection {
    /// Relative change of the integrand, with helicities summed, when the partonic
    /// momenta turn about the beam, for the points of a batch of `channel` that pass the cuts and have a
    /// weight; NaN or infinite where it is not finite.
    pub fn numerical_error(&self, channel: usize, batch: &SampleBatch) -> Vec<f64> {
        let (b, c) = self.channels[channel];
        let block = &self.blocks[b];
        SCRATCH.with_borrow_mut(|scratch| {
            let found = block.survivors(self, c, &batch.u, batch.n_batch, scratch);
            let m = found.index.len();
            let (mut change, mut sum) = (vec![0.0; m], vec![0.0; m]);
            let mut rows = found.parts.chunks(m.max(1));
            for element in &block.elements {
                let relative = element.relative_error(&found, &mut scratch.work);
                for _ in &element.flavours {
                    let parts = rows.next().unwrap_or_default();
                    for (k, part) in parts.iter().enumerate().filter(|(_, x)| **x != 0.0) {
                        change[k] += part.abs() * relative[k];
                        sum[k] += part.abs();
                    }
                }
            }
            let weighted = change.iter().zip(&sum).filter(|(_, s)| **s != 0.0);
            weighted.map(|(c, s)| c / s).collect()
        })
    }
}
