//! Training of flows: losses, stored points, steps and their schedule.
//!
//! Knows points, values and densities; knows no physics and no file.

mod buffer;
mod check;
mod engine;
mod fit;
mod fused;
mod learner;
mod loss;
mod plan;
mod report;
mod schedule;
mod settings;
mod soap;
mod steps;
#[cfg(feature = "burn")]
mod tensor_learner;
#[cfg(feature = "burn")]
mod tensor_spline;
mod trainer_state;
mod training_loop;

pub use check::FlowCheck;
pub use fit::FitReport;
pub use loss::Loss;
pub use report::{RoundKind, RoundSummary, TrainReport, TrainingOutcome, WeightSummary};
pub use settings::{GradientEngine, TrainError, TrainSettings};
pub use training_loop::{Target, Trainer};
