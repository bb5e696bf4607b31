//! What trains the parameters of a flow, one batch at a time.
//!
//! Knows batches and learning rates; knows no buffer and no schedule.

use serde::{Deserialize, Serialize};

use super::soap::Soap;
use crate::sampler::flow::{Flow, FlowError};

/// Parameters, `[n_parameters]`, and what the optimizer remembers of their
/// gradients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LearnerState {
    pub(crate) parameters: Vec<f32>,
    optimizer: Soap,
}

/// How a step is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepParams {
    /// Learning rate.
    pub(crate) learning_rate: f64,
    /// A gradient that is longer is shortened to this.
    pub(crate) max_norm: f64,
    /// Whether enough points make up the gradients to follow their directions.
    pub(crate) precondition: bool,
}

#[cfg(test)]
impl StepParams {
    pub(crate) fn preconditioned(learning_rate: f64, max_norm: f64) -> Self {
        Self {
            learning_rate,
            max_norm,
            precondition: true,
        }
    }
}

impl LearnerState {
    /// Before the first step.
    pub fn new(flow: &Flow) -> Self {
        Self {
            parameters: flow.parameters().to_vec(),
            optimizer: Soap::new(flow.layout()),
        }
    }

    /// A step down a gradient, `[n_parameters]`; returns its length. If that is not
    /// finite, nothing changes.
    pub(crate) fn step(&mut self, mut gradient: Vec<f32>, params: StepParams) -> f64 {
        let squares = gradient.iter().map(|&g| f64::from(g) * f64::from(g));
        let norm = squares.sum::<f64>().sqrt();
        if norm > params.max_norm {
            let shorten = (params.max_norm / norm) as f32;
            gradient.iter_mut().for_each(|g| *g *= shorten);
        }
        if norm.is_finite() {
            let (rate, precondition) = (params.learning_rate, params.precondition);
            self.optimizer
                .step(&mut self.parameters, &gradient, rate, precondition);
        }
        norm
    }

    /// Refuses what does not belong to a flow.
    pub(crate) fn check(&self, flow: &Flow) -> Result<(), FlowError> {
        let wanted = Soap::new(flow.layout());
        if self.optimizer.fits(&wanted) {
            Ok(())
        } else {
            Err(FlowError::Optimizer)
        }
    }
}

/// A batch of points before the grid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch<'a> {
    /// Coordinates, `[n_dim, n]`.
    pub(crate) y: &'a [f32],
    /// Number of points.
    pub(crate) n: usize,
}

/// Loss of point `k` of a batch and its derivative by the log density there.
pub(crate) type PointLoss<'a> = &'a (dyn Fn(usize, f32) -> (f64, f32) + Sync);

/// What came out of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StepOutcome {
    /// Sum of the loss over the points.
    pub(crate) loss: f64,
    /// Length of the gradient before clipping.
    pub(crate) norm: f64,
}

impl StepOutcome {
    /// One whose loss or gradient is not finite.
    pub(crate) const FAILED: Self = Self {
        loss: f64::NAN,
        norm: f64::NAN,
    };

    /// Whether parameters have been changed by it.
    pub(crate) fn is_finite(&self) -> bool {
        self.loss.is_finite() && self.norm.is_finite()
    }
}

/// Gradient descent on the parameters of one flow.
pub(crate) trait Learner {
    /// One step down the gradient of the sum of the loss; if loss or gradient
    /// is not finite, nothing changes. A gradient longer than `max_norm` is
    /// shortened to it.
    fn step(&mut self, batch: Batch<'_>, loss: PointLoss<'_>, params: StepParams) -> StepOutcome;

    /// Remembers the present state.
    fn save(&mut self);

    /// Goes back to the state that was remembered last.
    fn roll_back(&mut self);

    /// All that the next steps depend on.
    fn state(&self) -> LearnerState;

    /// Goes on from a state of a learner of the same flow.
    ///
    /// # Errors
    /// [`FlowError`] if it is that of another flow, or not finite.
    fn restore(&mut self, state: LearnerState) -> Result<(), FlowError>;
}
