//! The flat density: the sampler that knows nothing.
//!
//! Knows its number of dimensions; the control row of every comparison.

use serde::{Deserialize, Serialize};

use super::channel_sampler::ChannelDensity;
use super::density::{Sampler, resize};
use crate::integrand::SampleBatch;
use crate::rng::Stream;

/// Density 1 everywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Uniform {
    n_dim: usize,
}

impl Uniform {
    /// The name under which it is stored.
    pub(super) const NAME: &str = "uniform";

    /// The flat density in `n_dim` dimensions.
    pub fn new(n_dim: usize) -> Self {
        Self { n_dim }
    }
}

impl ChannelDensity for Uniform {
    fn kind(&self) -> &'static str {
        Self::NAME
    }

    fn state(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a number")
    }

    fn boxed_clone(&self) -> Box<dyn ChannelDensity> {
        Box::new(self.clone())
    }
}

impl Sampler for Uniform {
    fn n_dim(&self) -> usize {
        self.n_dim
    }

    fn sample(&self, stream: &mut Stream, n: usize, batch: &mut SampleBatch, q: &mut Vec<f64>) {
        resize(batch, self.n_dim, n);
        stream.fill(&mut batch.u);
        q.clear();
        q.resize(n, 1.0);
    }

    fn density(&self, batch: &SampleBatch, q: &mut Vec<f64>) {
        q.clear();
        q.resize(batch.n_batch, 1.0);
    }
}
