//! Every sampler a channel can have, as one type that can be stored.
//!
//! Knows the list of samplers; a new one is a new variant.

use serde::{Deserialize, Serialize};

use super::density::Sampler;
use super::flow::Mixture;
use super::uniform::Uniform;
use super::vegas::{Vegas, VegasHistogram, VegasSettings};
use crate::integrand::SampleBatch;
use crate::rng::Stream;

/// The samplers a card can ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SamplerKind {
    /// Flat in the hypercube; never adapted.
    Uniform,
    /// One adaptive grid per dimension.
    #[default]
    Vegas,
    /// A flow on top of the grid in every channel that matters.
    Flow,
    /// A flow where it is expected to save time for the events asked for.
    Auto,
}

/// The sampler of one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChannelSampler {
    /// Flat in the hypercube.
    Uniform(Uniform),
    /// One adaptive grid per dimension.
    Vegas(Vegas),
    /// A trained flow, mixed with the grid it started from.
    Flow(Mixture),
}

impl ChannelSampler {
    /// An untrained sampler; every kind starts flat.
    pub fn new(kind: SamplerKind, n_dim: usize, settings: &VegasSettings) -> Self {
        match kind {
            SamplerKind::Uniform => Self::Uniform(Uniform::new(n_dim)),
            // Flows are trained from adapted grids.
            SamplerKind::Vegas | SamplerKind::Flow | SamplerKind::Auto => {
                Self::Vegas(Vegas::new(n_dim, settings.clone()))
            }
        }
    }

    /// An empty histogram of the given powers of the weights, for samplers that
    /// learn from one.
    pub fn histogram(&self, moments: &[f64]) -> Option<VegasHistogram> {
        match self {
            Self::Uniform(_) | Self::Flow(_) => None,
            Self::Vegas(vegas) => Some(vegas.histogram(moments)),
        }
    }

    /// Enters weighted points of this sampler; `w` is `[n_batch]`.
    pub fn accumulate(&self, batch: &SampleBatch, w: &[f64], histogram: &mut VegasHistogram) {
        match self {
            Self::Uniform(_) | Self::Flow(_) => {}
            Self::Vegas(vegas) => vegas.accumulate(batch, w, histogram),
        }
    }

    /// Learns from a histogram; see [`Vegas::refine`].
    pub fn refine(&mut self, histogram: &VegasHistogram, step: f64) {
        match self {
            Self::Uniform(_) | Self::Flow(_) => {}
            Self::Vegas(vegas) => vegas.refine(histogram, step),
        }
    }

    fn inner(&self) -> &dyn Sampler {
        match self {
            Self::Uniform(s) => s,
            Self::Vegas(s) => s,
            Self::Flow(s) => s,
        }
    }
}

impl Sampler for ChannelSampler {
    fn n_dim(&self) -> usize {
        self.inner().n_dim()
    }

    fn sample(&self, stream: &mut Stream, n: usize, batch: &mut SampleBatch, q: &mut Vec<f64>) {
        self.inner().sample(stream, n, batch, q);
    }

    fn density(&self, batch: &SampleBatch, q: &mut Vec<f64>) {
        self.inner().density(batch, q);
    }
}
