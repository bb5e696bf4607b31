//! Densities on the unit hypercube that can be drawn from and evaluated, and
//! the training that improves them.
//!
//! Knows points, weights and bins; knows no momentum, no particle and no file.

mod axis;
mod channel_sampler;
mod density;
mod effective;
pub mod flow;
mod registry;
pub mod train;
mod uniform;
mod vegas;

pub use axis::Axis;
pub(crate) use channel_sampler::StoredSampler;
pub use channel_sampler::{ChannelDensity, ChannelSampler};
pub use density::Sampler;
pub(crate) use effective::effective_number;
pub use flow::{Flow, FlowError, FlowSettings, Mixture};
pub use registry::{FlowUse, SamplerKind};
pub use uniform::Uniform;
pub use vegas::{Vegas, VegasHistogram, VegasSettings};
