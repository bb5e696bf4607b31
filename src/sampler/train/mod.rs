//! Training of flows: losses, stored points, steps and their schedule.
//!
//! Knows points, values and densities; knows no physics and no file.

mod buffer;
mod channels;
mod check;
mod course;
mod engine;
mod fused;
mod learner;
mod loss;
mod optimizer;
mod report;
mod schedule;
mod settings;
mod steps;
mod survey;
#[cfg(feature = "burn")]
mod tensor_learner;
#[cfg(feature = "burn")]
mod tensor_spline;
mod training_loop;

pub use channels::{ChannelTask, TrainedChannel, channel_values, train_channels};
pub use check::Check;
pub use loss::{Loss, LossPoint, MOST_RATIO, point_loss};
pub use report::{RoundKind, RoundSummary, TrainReport, Verdict, WeightSummary};
pub use schedule::Schedule;
pub use settings::{Engine, TrainError, TrainSettings};
pub use survey::survey_grid;
pub use training_loop::{Target, Trainer};
