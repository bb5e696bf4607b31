//! The contract between physics and Monte Carlo: a batch of points of the unit
//! hypercube and a channel in, values and prior channel weights out.
//!
//! Knows batches; knows no physics and no sampler.

mod channel_key;

pub use channel_key::ChannelKey;
use serde::{Deserialize, Serialize};

/// Points of the unit hypercube in structure-of-arrays layout.
///
/// Coordinate `j` of point `k` is `u[j * n_batch + k]`; shape `[n_dim, n_batch]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SampleBatch {
    /// Coordinates, each in [0, 1).
    pub u: Vec<f64>,
    /// Number of points.
    pub n_batch: usize,
    /// Number of dimensions.
    pub n_dim: usize,
}

impl SampleBatch {
    /// An all-zero batch.
    pub fn zeros(n_dim: usize, n_batch: usize) -> Self {
        Self {
            u: vec![0.0; n_dim * n_batch],
            n_batch,
            n_dim,
        }
    }

    /// Coordinate `j` of all points, `[n_batch]`.
    pub fn coordinate(&self, j: usize) -> &[f64] {
        &self.u[j * self.n_batch..(j + 1) * self.n_batch]
    }

    /// Coordinate `j` of all points, to be written.
    pub fn coordinate_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.u[j * self.n_batch..(j + 1) * self.n_batch]
    }

    /// All coordinates of point `k`.
    pub fn point(&self, k: usize) -> Vec<f64> {
        (0..self.n_dim)
            .map(|j| self.u[j * self.n_batch + k])
            .collect()
    }
}

/// What an integrand says of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Integrand times the Jacobian of the channel's map, without channel
    /// weight, `[n_batch]`; 0 where cut or non-finite.
    pub value: Vec<f64>,
    /// Prior weight of the channel the batch was drawn in, `[n_batch]`; over
    /// all channels of one group the weights of a point add up to 1.
    pub alpha: Vec<f64>,
    /// How the value divides into parts that are reported apart: part number
    /// and its share of the value at each point, `[n_batch]`. Empty if the
    /// integrand has no parts.
    pub parts: Vec<(usize, Vec<f64>)>,
    /// Points whose value was NaN or infinite (they count as 0).
    pub n_non_finite: u64,
    /// Points that the cuts removed before anything expensive was computed.
    pub n_cut: u64,
}

/// A sum of integrals over unit hypercubes, one per channel.
///
/// The integral is `sum_i ∫ d^n_dim(i) u alpha_i(u) value_i(u)`. Evaluation is
/// deterministic: the same batch gives the same numbers on every thread.
pub trait Integrand: Sync {
    /// Number of channels, over all groups.
    fn n_channels(&self) -> usize;

    /// Dimensions of a channel's hypercube.
    fn n_dim(&self, channel: usize) -> usize;

    /// Group of a channel: channels of one group share the same integral.
    fn group(&self, channel: usize) -> usize;

    /// What tells the map of a channel from others, whatever its number is: two
    /// channels with the same key have the same map.
    fn channel_key(&self, channel: usize) -> ChannelKey {
        ChannelKey::of_number(channel)
    }

    /// Number of parts that are reported apart.
    fn n_parts(&self) -> usize {
        0
    }

    /// Time of one point of `channel` in ns, about: to weigh samplers against
    /// each other. An estimate that is the same on every machine.
    fn cost_ns(&self, _channel: usize) -> f64 {
        1000.0
    }

    /// Dimensions of `channel` that stand for a choice, with the number of equal
    /// cells: the value depends on the cell of the coordinate alone.
    fn cells(&self, _channel: usize) -> Vec<(usize, usize)> {
        vec![]
    }

    /// Evaluates a batch drawn in `channel`.
    fn evaluate(&self, channel: usize, batch: &SampleBatch) -> Evaluation;
}
