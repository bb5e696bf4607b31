//! Alternative weights of events: other scales, other parton densities.
//!
//! Which ones a run has, what they are called in event files, and the ratio of each to
//! the weight of an event. Knows scales, parton densities and the strong coupling; knows
//! no matrix element and no file.

mod asked_set;
mod expanded;
mod names;
mod plan;
mod point;
mod ratio;
mod request;
mod set_error;

pub use asked_set::AskedSet;
pub use expanded::ExpandedWeights;
pub use plan::{WeightError, WeightPlan};
pub use point::ParameterPoint;
pub use ratio::{BeamLine, Emitted, HardPoint};
pub use request::WeightRequest;
pub use set_error::SetError;
