//! The cross section as an integrand.

use std::cell::RefCell;

use super::build::CrossSection;
use super::point_batch::{PointBatch, SquaredOrders};
use crate::integrand::{Evaluation, Integrand, SampleBatch};

thread_local! {
    /// Reused from batch to batch; holds no result.
    static BATCH: RefCell<PointBatch> = RefCell::default();
}

impl Integrand for CrossSection {
    fn n_channels(&self) -> usize {
        self.channels.len()
    }

    fn n_dim(&self, channel: usize) -> usize {
        self.groups[self.channels[channel].0].n_dim()
    }

    fn group(&self, channel: usize) -> usize {
        self.channels[channel].0
    }

    fn cost_ns(&self, channel: usize) -> f64 {
        self.groups[self.channels[channel].0].cost_ns
    }

    fn cells(&self, channel: usize) -> Vec<(usize, usize)> {
        let group = &self.groups[self.channels[channel].0];
        // The last coordinate chooses the beam of leg 0.
        let swap = group.beam_swap.then(|| (group.space.n_dim(), 2));
        swap.into_iter().collect()
    }

    fn n_parts(&self) -> usize {
        self.subprocesses().len()
    }

    fn evaluate(&self, channel: usize, batch: &SampleBatch) -> Evaluation {
        let (g, c) = self.channels[channel];
        let group = &self.groups[g];
        let n = batch.n_batch;
        BATCH.with_borrow_mut(|found| {
            group.evaluate_points(self, c, &batch.u, SquaredOrders::Summed, found);
            let (mut sums, mut alpha) = (vec![], vec![]);
            group.space.alpha_of(c, &found.points, &mut alpha);
            found.sum(&mut sums);
            let mut out = Evaluation {
                value: vec![0.0; n],
                alpha: vec![0.0; n],
                n_cut: found.n_cut,
                ..Evaluation::default()
            };
            let usable = |x: f64| x.is_finite();
            for (k, &at) in found.index.iter().enumerate() {
                if usable(sums[k]) && usable(alpha[k]) {
                    (out.value[at], out.alpha[at]) = (sums[k], alpha[k]);
                } else {
                    out.n_non_finite += 1;
                }
            }
            let rows = found.rows(&found.contributions);
            for ((_, flavour), row) in group.flavours().zip(rows) {
                let mut values = vec![0.0; n];
                for (k, &at) in found.index.iter().enumerate() {
                    if usable(sums[k]) {
                        values[at] = row[k];
                    }
                }
                out.parts.push((flavour.contribution, values));
            }
            out
        })
    }
}
