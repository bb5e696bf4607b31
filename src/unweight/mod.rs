//! Maximum weights, acceptance of points as events, and what came of it.
//!
//! Knows weights; knows no event content, no sampler and no integrand.

mod accept;
mod efficiency;
mod max_weight;

pub(crate) use accept::accept;
pub use efficiency::UnweightReport;
pub(crate) use efficiency::UnweightTally;
pub use max_weight::{ChannelMax, MaxWeights};
pub(crate) use max_weight::{WeightTail, choose_max_weights};
