//! The cross section as an integrand.

use super::block::SCRATCH;
use super::build::CrossSection;
use crate::integrand::{ChannelKey, Evaluation, Integrand, SampleBatch};

impl Integrand for CrossSection {
    fn n_channels(&self) -> usize {
        self.channels.len()
    }

    fn n_dim(&self, channel: usize) -> usize {
        self.blocks[self.channels[channel].0].n_dim()
    }

    fn group(&self, channel: usize) -> usize {
        self.channels[channel].0
    }

    fn channel_key(&self, channel: usize) -> ChannelKey {
        let (b, c) = self.channels[channel];
        self.blocks[b].channel_key(c)
    }

    fn cost_ns(&self, channel: usize) -> f64 {
        self.blocks[self.channels[channel].0].cost_ns
    }

    fn cells(&self, channel: usize) -> Vec<(usize, usize)> {
        let block = &self.blocks[self.channels[channel].0];
        // The last coordinate chooses the beam of leg 0.
        let mirror = block.mirror.then(|| (block.space.n_dim(), 2));
        mirror.into_iter().collect()
    }

    fn n_parts(&self) -> usize {
        self.subprocesses().len()
    }

    fn evaluate(&self, channel: usize, batch: &SampleBatch) -> Evaluation {
        let (b, c) = self.channels[channel];
        let block = &self.blocks[b];
        let n = batch.n_batch;
        SCRATCH.with_borrow_mut(|scratch| {
            let found = block.survivors(self, c, &batch.u, n, scratch);
            let m = found.index.len();
            let mut out = Evaluation {
                value: vec![0.0; n],
                alpha: vec![],
                n_cut: found.n_cut,
                ..Evaluation::default()
            };
            block.space.alpha_of(c, &scratch.points, &mut out.alpha);
            let flavours = || block.elements.iter().flat_map(|e| &e.flavours);
            let mut sums = vec![0.0; m];
            for row in found.parts.chunks(m.max(1)) {
                sums.iter_mut().zip(row).for_each(|(s, x)| *s += x);
            }
            let usable = |x: f64| x.is_finite();
            for (k, &at) in found.index.iter().enumerate() {
                if usable(sums[k]) && usable(out.alpha[at]) {
                    out.value[at] = sums[k];
                } else {
                    out.alpha[at] = 0.0;
                    out.n_non_finite += 1;
                }
            }
            for (flavour, row) in flavours().zip(found.parts.chunks(m.max(1))) {
                let mut values = vec![0.0; n];
                for (k, &at) in found.index.iter().enumerate() {
                    if usable(sums[k]) {
                        values[at] = row[k];
                    }
                }
                out.parts.push((flavour.part, values));
            }
            out
        })
    }
}
