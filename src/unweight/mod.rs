//! Maximum weights, acceptance of points as events, and what came of it.
//!
//! Knows weights; knows no event content, no sampler and no integrand.

mod accept;
mod efficiency;
mod max_weight;

pub use accept::{Accepted, accept};
pub use efficiency::{UnweightReport, UnweightTally};
pub use max_weight::{ChannelMax, MaxWeights, WeightTail, choose_max_weights};
