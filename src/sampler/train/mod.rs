//! Training of flows: losses, stored points, steps and their schedule.
//!
//! Knows points, values and densities; knows no physics and no file.

mod fused;
mod learner;
mod loss;
mod schedule;

pub use loss::{Loss, LossPoint, point_loss};
pub use schedule::Schedule;
