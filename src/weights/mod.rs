//! Alternative weights of events: other scales, other parton densities.
//!
//! Which ones a run has, what they are called in event files, and the ratio of each to
//! the weight of an event. Knows scales, parton densities and the strong coupling; knows
//! no matrix element and no file.

mod names;
mod plan;
mod ratio;
mod request;

pub use plan::{WeightError, WeightPlan};
pub use ratio::HardPoint;
pub use request::WeightRequest;
