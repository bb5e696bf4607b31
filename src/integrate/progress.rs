//! What a caller sees of a running integration, and how it stops one.
//!
//! Knows stages and numbers; draws nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use super::error::IntegrateError;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// First look at every channel.
    Survey,
    /// The grids are being adapted.
    Adapt,
    /// Flows are being trained.
    Train,
    /// The grids are fixed; the integral is made precise.
    Integrate,
    /// Events are produced.
    Generate,
}

impl Stage {
    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Survey => "survey",
            Self::Adapt => "adapt",
            Self::Train => "train",
            Self::Integrate => "integrate",
            Self::Generate => "generate",
        }
    }
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Status {
    /// What is being done.
    pub stage: Stage,
    /// Part of the stage that is done, in [0, 1], by numbers of points or events.
    pub done: f64,
    /// Points that the stage still lacks, as far as is known: a rule may end it sooner, or
    /// ask for more. `None` for `Generate`, which counts events.
    pub points_left: Option<u64>,
    /// Points evaluated since the start.
    pub n_points: u64,
    /// Events delivered.
    pub n_events: u64,
    /// Current estimate, in pb; 0 before there is one.
    pub xsec_pb: f64,
    /// Its error, in pb.
    pub xsec_err_pb: f64,
}

/// Receives the state of a run, from the calling thread.
pub trait Progress {
    /// Called after every group of batches.
    fn update(&self, status: &Status);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn update(&self, _status: &Status) {}
}

impl<F: Fn(&Status)> Progress for F {
    fn update(&self, status: &Status) {
        self(status);
    }
}

/// A caller's view of a run and its hand on the brake.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Receives the state.
    pub progress: &'a dyn Progress,
    /// Raised by the caller (from any thread) to stop between batches.
    pub cancel: &'a AtomicBool,
}

static NEVER: AtomicBool = AtomicBool::new(false);

impl Control<'static> {
    /// Shows nothing and never stops.
    pub fn silent() -> Self {
        Self {
            progress: &Silent,
            cancel: &NEVER,
        }
    }
}

impl Control<'_> {
    pub(crate) fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    pub(crate) fn check(&self, n_points: u64) -> Result<(), IntegrateError> {
        if self.cancelled() {
            Err(IntegrateError::Cancelled { n_points })
        } else {
            Ok(())
        }
    }
}
