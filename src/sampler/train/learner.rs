//! What trains the parameters of a flow, one batch at a time.
//!
//! Knows batches and learning rates; knows no buffer and no schedule.

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
}
