//! What trains the parameters of a flow, one batch at a time.
//!
//! Knows batches and learning rates; knows no buffer and no schedule.

use serde::{Deserialize, Serialize};

use crate::sampler::flow::FlowError;

/// Parameters and what Adam remembers of their gradients, all `[n_parameters]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LearnerState {
    pub(crate) parameters: Vec<f32>,
    pub(crate) first: Vec<f32>,
    pub(crate) second: Vec<f32>,
    pub(crate) n_steps: i32,
}

impl LearnerState {
    /// Refuses what does not belong to `n` parameters.
    pub(crate) fn check(&self, n: usize) -> Result<(), FlowError> {
        for (name, values) in [("first", &self.first), ("second", &self.second)] {
            if values.len() != n {
                return Err(FlowError::Shape {
                    name: format!("moments of gradients, {name}"),
                    found: values.len(),
                    expected: n,
                });
            }
        }
        Ok(())
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
pub(crate) struct Step {
    /// Sum of the loss over the points.
    pub(crate) loss: f64,
    /// Length of the gradient before clipping.
    pub(crate) norm: f64,
}

impl Step {
    /// Whether parameters have been changed by it.
    pub(crate) fn is_finite(&self) -> bool {
        self.loss.is_finite() && self.norm.is_finite()
    }
}

/// Gradient descent on the parameters of one flow.
pub(crate) trait Learner {
    /// One step down the gradient of the sum of the loss; if loss or gradient
    /// is not finite, nothing changes. A gradient longer than `clip` is
    /// shortened to it.
    fn step(&mut self, batch: Batch<'_>, loss: PointLoss<'_>, rate: f64, clip: f64) -> Step;

    /// Remembers the present state.
    fn save(&mut self);

    /// Goes back to the state that was remembered last.
    fn roll_back(&mut self);

    /// All parameters, as the flow orders them.
    fn parameters(&self) -> Vec<f32>;

    /// All that the next steps depend on.
    fn state(&self) -> LearnerState;

    /// Goes on from a state of a learner of the same flow.
    ///
    /// # Errors
    /// [`FlowError`] if it is that of another flow, or not finite.
    fn restore(&mut self, state: LearnerState) -> Result<(), FlowError>;
}
