//! The contract between physics and Monte Carlo: batches of points of the unit
//! hypercube in, columns of values and prior channel weights out, in memory of the caller.
//!
//! Knows batches; knows no physics and no sampler.

mod channel_key;

pub use channel_key::ChannelKey;

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, PoisonError};

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

/// A batch of points that were drawn in one channel.
#[derive(Clone, Copy, Debug)]
pub struct ChannelBatch<'a> {
    /// The channel.
    pub channel: usize,
    /// Points of its hypercube.
    pub points: &'a SampleBatch,
}

/// What an evaluation is wanted to hold besides values and prior weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Want {
    /// How the values divide into contributions that are reported apart.
    pub contributions: bool,
    /// Prior weights of all channels of the group.
    pub alpha_row: bool,
    /// What a network may learn channel weights from.
    pub features: bool,
    /// Momenta of all legs.
    pub momenta: bool,
}

/// What an integrand says of a batch, column by column for the points that pass: the
/// others have the value 0. `n_pass` is their number.
///
/// Belongs to the caller, who hands it in again for the next batch: columns keep their
/// memory. Columns that were not [wanted](Want) are empty.
#[derive(Debug, Default)]
pub struct Evaluation {
    /// Number of points of the batch.
    pub n_batch: usize,
    /// Places in the batch of the points that pass, `[n_pass]`, in any order.
    pub index: Vec<usize>,
    /// Integrand times the Jacobian of the channel's map, without channel
    /// weight, `[n_pass]`; 0 where it was not finite.
    pub value: Vec<f64>,
    /// What events are made in proportion to, besides the value; positive, `[n_pass]`,
    /// and empty where it is 1. Integrals do not depend on it.
    pub bias: Vec<f64>,
    /// Prior weight of the channel the batch was drawn in, `[n_pass]`; over
    /// all channels of one group the weights of a point add up to 1.
    pub alpha: Vec<f64>,
    /// Prior weights of all channels of the group, in their order, `[n_channel, n_pass]`.
    pub alpha_row: Vec<f64>,
    /// Numbers of the contributions in the rows of [`Self::contributions`].
    pub contribution_ids: Vec<usize>,
    /// How the value divides, `[n_contribution, n_pass]`.
    pub contributions: Vec<f64>,
    /// `[n_feature, n_pass]`; see [`Integrand::n_features`].
    pub features: Vec<f64>,
    /// Momenta `(E, px, py, pz)` in the laboratory, `[n_leg, 4, n_pass]`.
    pub momenta: Vec<f64>,
    /// Points whose value was NaN or infinite (they count as 0).
    pub n_non_finite: u64,
    /// Memory of the integrand, which it keeps with its caller.
    pub workspace: IntegrandWorkspace,
}

impl Evaluation {
    /// Empties all columns for a batch of `n_batch` points, none of which passes so far.
    pub fn begin(&mut self, n_batch: usize) {
        self.n_batch = n_batch;
        self.index.clear();
        self.contribution_ids.clear();
        for column in [
            &mut self.value,
            &mut self.bias,
            &mut self.alpha,
            &mut self.alpha_row,
            &mut self.contributions,
            &mut self.features,
            &mut self.momenta,
        ] {
            column.clear();
        }
        self.n_non_finite = 0;
    }

    /// One value for every point, all of which pass, with the prior weight 1: the
    /// integrand is a function of a single channel in each group.
    pub fn set_values(&mut self, values: impl Iterator<Item = f64>) {
        self.begin(0);
        self.value.extend(values);
        self.n_batch = self.value.len();
        self.index.extend(0..self.n_batch);
        self.alpha.resize(self.n_batch, 1.0);
    }

    /// Number of points that pass.
    pub fn n_pass(&self) -> usize {
        self.index.len()
    }

    /// Points that were removed before anything expensive was computed.
    pub fn n_cut(&self) -> u64 {
        (self.n_batch - self.index.len()) as u64
    }

    /// Values times prior weights, `[n_batch]`: 0 where a point does not pass.
    pub(crate) fn weighted_values(&self) -> Vec<f64> {
        let mut all = vec![0.0; self.n_batch];
        for ((&at, f), alpha) in self.index.iter().zip(&self.value).zip(&self.alpha) {
            // A vanishing value stays zero whatever the channel weight is.
            all[at] = if *f == 0.0 { 0.0 } else { alpha * f };
        }
        all
    }

    /// The bias of every point, `[n_batch]`; empty where it is 1.
    pub(crate) fn biases(&self) -> Vec<f64> {
        if self.bias.is_empty() {
            return Vec::new();
        }
        let mut all = vec![1.0; self.n_batch];
        for (&at, bias) in self.index.iter().zip(&self.bias) {
            all[at] = *bias;
        }
        all
    }

    /// What points of events are drawn in proportion to, `[n_batch]`: weighted values times
    /// the bias.
    pub(crate) fn biased_values(&self) -> Vec<f64> {
        let mut all = self.weighted_values();
        all.iter_mut().zip(self.biases()).for_each(|(f, b)| *f *= b);
        all
    }

    /// Contributions with their numbers, each `[n_pass]`.
    pub fn contributions(&self) -> impl Iterator<Item = (usize, &[f64])> {
        let rows = self.contributions.chunks(self.n_pass().max(1));
        self.contribution_ids.iter().copied().zip(rows)
    }
}

/// Memory of an integrand that its caller keeps from call to call.
#[derive(Default)]
pub struct IntegrandWorkspace(Option<Box<dyn Any + Send>>);

impl IntegrandWorkspace {
    /// The memory, empty if there was none or one of another type.
    pub fn get<T: Any + Send + Default>(&mut self) -> &mut T {
        if !self.0.as_ref().is_some_and(|memory| memory.is::<T>()) {
            self.0 = Some(Box::<T>::default());
        }
        let memory = self.0.as_mut().and_then(|memory| memory.downcast_mut());
        memory.expect("it has this type now")
    }
}

impl fmt::Debug for IntegrandWorkspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "in use" } else { "empty" })
    }
}

/// Evaluations that wait for the next batch, shared by threads.
#[derive(Debug, Default)]
pub(crate) struct EvaluationPool {
    free: Mutex<Vec<Evaluation>>,
}

impl EvaluationPool {
    /// Gives `n` evaluations to `work` and keeps them for the next time.
    pub fn with<R>(&self, n: usize, work: impl FnOnce(&mut [Evaluation]) -> R) -> R {
        let mut some = {
            let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            let left = free.len().saturating_sub(n);
            free.split_off(left)
        };
        some.resize_with(n, Evaluation::default);
        let result = work(&mut some);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.append(&mut some);
        result
    }

    /// Values times prior weights and bias of a batch, `[n_batch]`: what samplers learn.
    pub(crate) fn biased_values(
        &self,
        integrand: &dyn Integrand,
        channel: usize,
        points: &SampleBatch,
    ) -> Vec<f64> {
        let batch = ChannelBatch { channel, points };
        self.with(1, |out| {
            integrand.evaluate(batch, Want::default(), &mut out[0]);
            out[0].biased_values()
        })
    }
}

/// A sum of integrals over unit hypercubes, one per channel.
///
/// The integral is `sum_i ∫ d^n_dim(i) u alpha_i(u) value_i(u)`. Evaluation is
/// deterministic: the same batch gives the same numbers on every thread, in any group of
/// batches and whatever [`Want`] says.
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

    /// Number of contributions that are reported apart.
    fn n_contributions(&self) -> usize {
        0
    }

    /// Number of [features](Evaluation::features) of the points of a channel, the same for
    /// all channels of a group.
    fn n_features(&self, _channel: usize) -> usize {
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

    /// Whether points have a [bias](Evaluation::bias).
    fn is_biased(&self) -> bool {
        false
    }

    /// Number of batches that are best evaluated by one call of
    /// [`Self::evaluate_group`]: one where threads share the work, many where a device
    /// is to be filled.
    fn batches_per_launch(&self) -> usize {
        1
    }

    /// Evaluates a batch; `out` may hold anything and holds the result afterwards.
    fn evaluate(&self, batch: ChannelBatch<'_>, want: Want, out: &mut Evaluation);

    /// Evaluates several batches, of any channels, into as many evaluations.
    fn evaluate_group(&self, group: &[ChannelBatch<'_>], want: Want, out: &mut [Evaluation]) {
        for (batch, out) in group.iter().zip(out) {
            self.evaluate(*batch, want, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_another_batch_leave_nothing_behind() {
        let mut out = Evaluation::default();
        out.set_values([1.0, 2.0, 3.0].into_iter());
        out.contribution_ids.push(4);
        out.contributions.extend([1.0; 3]);
        assert_eq!(out.weighted_values(), [1.0, 2.0, 3.0]);
        assert_eq!((out.n_pass(), out.n_cut()), (3, 0));
        out.begin(2);
        assert_eq!((out.n_pass(), out.n_cut()), (0, 2));
        assert_eq!(out.weighted_values(), [0.0; 2]);
        assert_eq!(out.contributions().count(), 0);
    }

    #[test]
    fn a_vanishing_value_has_no_weight_whatever_its_channel_weight_is() {
        let mut out = Evaluation::default();
        out.set_values([0.0, 5.0].into_iter());
        out.alpha = vec![f64::INFINITY, 0.5];
        assert_eq!(out.weighted_values(), [0.0, 2.5]);
    }

    #[test]
    fn a_workspace_keeps_its_memory_until_another_type_is_asked_for() {
        let mut workspace = IntegrandWorkspace::default();
        workspace.get::<Vec<f64>>().push(1.0);
        assert_eq!(workspace.get::<Vec<f64>>().len(), 1);
        assert_eq!(workspace.get::<String>(), "");
        assert_eq!(workspace.get::<Vec<f64>>().len(), 0);
    }

    #[test]
    fn a_pool_hands_out_what_was_used_before() {
        let pool = EvaluationPool::default();
        pool.with(2, |some| {
            some.iter_mut().for_each(|e| e.value.push(7.0));
        });
        pool.with(3, |some| {
            let used = some.iter().filter(|e| !e.value.is_empty());
            assert_eq!((used.count(), some.len()), (2, 3));
        });
    }
}
