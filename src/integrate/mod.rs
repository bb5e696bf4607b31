//! Iterations, per-channel accumulators, point allocation, stopping rule, and
//! the trials that become events.
//!
//! Knows channels, weights and samplers; knows nothing of what is integrated.

mod accumulator;
mod adapted;
mod allocation;
mod batch;
mod block;
mod driver;
mod error;
mod fixed_grids;
mod generate;
mod interim;
mod parts;
mod probe;
mod progress;
mod settings;
mod spread;
mod state;
mod stopping;
mod tempering;
mod training;

pub use accumulator::Accumulator;
pub use adapted::{Adapted, ChannelState, Estimate, GroupEstimate, IterationSummary};
pub use batch::channel_values;
pub use block::AcceptedPoint;
pub(crate) use block::{BLOCK_EVENTS, MOST_EVENTS};
pub use driver::{Adaptation, CheckpointEvent, adapt, adapt_with};
pub use error::IntegrateError;
pub use generate::{GenerateSettings, GenerateState, Generated, generate, generate_blocks};
pub use interim::Interim;
pub(crate) use interim::interim;
pub use parts::PartSums;
pub use progress::{Control, Progress, Silent, Stage, Status};
pub use settings::AdaptSettings;
pub(crate) use settings::LONGEST_TRAINING;
pub use state::{AdaptProgress, AdaptState};
pub use stopping::StopReason;
pub use training::{ChannelTraining, SamplerReason};
