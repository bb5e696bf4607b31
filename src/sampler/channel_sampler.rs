//! What a channel draws its points with, whichever kind it is, and how it is stored.
//!
//! Knows what all samplers can do; knows no kind of them.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::density::Sampler;
use super::flow::Mixture;
use super::registry::{SamplerKind, registered};
use super::vegas::{Vegas, VegasHistogram, VegasSettings};
use crate::integrand::SampleBatch;
use crate::rng::Stream;

/// A density that a channel can have: drawn from, evaluated, stored, and, where it
/// learns from histograms of its points, refined.
///
/// A new one is a file that implements this, and a row of the table in
/// `sampler/registry.rs` if gridpacks are to store it.
pub trait ChannelDensity: Sampler + Debug {
    /// The name under which it is registered.
    fn kind(&self) -> &'static str;

    /// All that is needed to have it again.
    fn state(&self) -> Value;

    /// Where most of the state is a file that other programs read: the rest, and
    /// the file.
    fn state_and_file(&self) -> (Value, Option<Vec<u8>>) {
        (self.state(), None)
    }

    /// In a few words for a person, where there is a file: sizes, fractions.
    fn description(&self) -> String {
        String::new()
    }

    /// The adaptive grid that a flow may be trained on top of.
    fn grid(&self) -> Option<&Vegas> {
        None
    }

    /// An empty histogram of the given powers of the weights, if it learns from one.
    fn histogram(&self, _moments: &[f64]) -> Option<VegasHistogram> {
        None
    }

    /// Enters weighted points of this sampler; `w` is `[n_batch]`.
    fn accumulate(&self, _batch: &SampleBatch, _w: &[f64], _histogram: &mut VegasHistogram) {}

    /// Learns from a histogram; see [`Vegas::refine`].
    fn refine(&mut self, _histogram: &VegasHistogram, _step: f64) {}

    /// The same once more.
    fn boxed_clone(&self) -> Box<dyn ChannelDensity>;
}

/// The sampler of one channel.
#[derive(Debug, Serialize, Deserialize)]
#[serde(try_from = "StoredSampler", into = "StoredSampler")]
pub struct ChannelSampler(Box<dyn ChannelDensity>);

/// A sampler as it is stored, in one piece or with the larger part in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredSampler {
    /// The name under which it is registered.
    pub kind: String,
    /// Its state.
    pub state: Value,
    /// Whether the rest is in a file.
    #[serde(default)]
    pub has_file: bool,
}

impl ChannelSampler {
    /// An untrained sampler; every kind starts flat.
    pub fn new(kind: SamplerKind, n_dim: usize, settings: &VegasSettings) -> Self {
        Self(kind.begin(n_dim, settings))
    }

    /// Of a density.
    pub fn of(density: impl ChannelDensity + 'static) -> Self {
        Self(Box::new(density))
    }

    /// A trained flow, mixed with the grid it started from.
    pub fn flow(mixture: Mixture) -> Self {
        Self::of(mixture)
    }

    /// The density.
    pub fn density_of(&self) -> &dyn ChannelDensity {
        &*self.0
    }

    /// The density, to be refined.
    pub(crate) fn density_mut(&mut self) -> &mut dyn ChannelDensity {
        &mut *self.0
    }

    /// What is stored beside a file, and the file, if there is one.
    pub(crate) fn to_parts(&self) -> (StoredSampler, Option<Vec<u8>>) {
        let (state, file) = self.0.state_and_file();
        let stored = StoredSampler {
            kind: self.0.kind().to_owned(),
            state,
            has_file: file.is_some(),
        };
        (stored, file)
    }

    /// The inverse of [`ChannelSampler::to_parts`].
    ///
    /// # Errors
    /// What is wrong with the state or the file, or the kinds that are known.
    pub(crate) fn from_parts(stored: StoredSampler, file: Option<&[u8]>) -> Result<Self, String> {
        let load = registered(&stored.kind)?.load;
        load(stored.state, file).map(Self)
    }
}

impl Clone for ChannelSampler {
    fn clone(&self) -> Self {
        Self(self.0.boxed_clone())
    }
}

impl PartialEq for ChannelSampler {
    fn eq(&self, other: &Self) -> bool {
        self.0.kind() == other.0.kind() && self.0.state() == other.0.state()
    }
}

impl From<ChannelSampler> for StoredSampler {
    fn from(sampler: ChannelSampler) -> Self {
        Self {
            kind: sampler.0.kind().to_owned(),
            state: sampler.0.state(),
            has_file: false,
        }
    }
}

impl TryFrom<StoredSampler> for ChannelSampler {
    type Error = String;

    fn try_from(stored: StoredSampler) -> Result<Self, String> {
        Self::from_parts(stored, None)
    }
}

impl Sampler for ChannelSampler {
    fn n_dim(&self) -> usize {
        self.0.n_dim()
    }

    fn sample(&self, stream: &mut Stream, n: usize, batch: &mut SampleBatch, q: &mut Vec<f64>) {
        self.0.sample(stream, n, batch, q);
    }

    fn density(&self, batch: &SampleBatch, q: &mut Vec<f64>) {
        self.0.density(batch, q);
    }
}
