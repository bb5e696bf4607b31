//! Progress of a run on standard error and in a log: stages, their counts and times, and what
//! is said meanwhile.
//!
//! Knows names, counts and clocks; knows not what is counted.

mod display;
mod lines;
mod stages;
mod stamp;
mod time_left;

pub(crate) use display::ProgressStyle;
pub(crate) use stages::{Count, Progress, Scale, StageTime};
pub(crate) use stamp::is_stamped;
