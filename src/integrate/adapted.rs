//! The state of an adapted integration: what a gridpack stores and what event
//! generation starts from.
//!
//! Knows estimates per channel, per group and in total.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::accumulator::Accumulator;
use super::driver::add_up;
use super::parts::{PartSums, part_estimates};
use super::settings::AdaptSettings;
use super::stopping::StopReason;
use super::training::ChannelTraining;
use crate::integrand::{ChannelKey, Integrand};
use crate::sampler::{ChannelSampler, Sampler};
use crate::unweight::MaxWeights;

use super::error::IntegrateError;

/// An integral with its error, and how well its iterations agree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Estimate, in pb.
    pub xsec_pb: f64,
    /// One standard deviation, in pb.
    pub xsec_err_pb: f64,
    /// Sum over iterations of squared pulls against the estimate.
    pub chi2: f64,
    /// Iterations compared, less one.
    pub n_dof: u32,
    /// Points that enter the estimate.
    pub n_points: u64,
    /// So many equal weights would give a mean whose distribution is as skewed. With few
    /// of them value and error are low together, until a large weight is met.
    pub n_carriers: f64,
}

/// With fewer weights that carry the error it is not known well, and the mean of pulls
/// is below -0.1.
pub(crate) const FEW_CARRIERS: f64 = 25.0;

impl Estimate {
    /// The sum over channels of the means of their points, with iterations of them.
    ///
    /// Iterations are compared with the sum by errors that the variances of all points
    /// give: the error of a few points says nothing where weights are rare.
    pub(crate) fn of<'a>(
        channels: impl Iterator<Item = &'a Accumulator> + Clone,
        iterations: &[IterationSummary],
    ) -> Self {
        let (xsec_pb, error2) = add_up(channels.clone());
        let variances: Vec<f64> = channels.clone().map(Accumulator::variance).collect();
        let (mut chi2, mut n_compared) = (0.0, 0u32);
        for it in iterations.iter().filter(|it| it.kept) {
            let points = it.channels.iter().zip(&variances).filter(|(n, _)| **n > 0);
            let error2: f64 = points.map(|(n, variance)| variance / *n as f64).sum();
            if error2 > 0.0 {
                chi2 += (it.xsec_pb - xsec_pb).powi(2) / error2;
                n_compared += 1;
            }
        }
        Self {
            xsec_pb,
            xsec_err_pb: error2.sqrt(),
            chi2,
            n_dof: n_compared.saturating_sub(1),
            n_points: channels.clone().map(Accumulator::n_points).sum(),
            n_carriers: n_carriers(channels),
        }
    }

    /// Whether few weights carry the error: then it is hardly known.
    pub(crate) fn is_carried_by_few(&self) -> bool {
        self.n_carriers < FEW_CARRIERS && self.xsec_err_pb > 0.0
    }

    /// Relative error; infinite for an estimate of 0.
    pub fn relative_error(&self) -> f64 {
        if self.xsec_pb == 0.0 {
            f64::INFINITY
        } else {
            (self.xsec_err_pb / self.xsec_pb).abs()
        }
    }

    /// Probability of iterations that agree no better; 1 without a comparison.
    pub fn p_value(&self) -> f64 {
        ChiSquared::new(f64::from(self.n_dof)).map_or(1.0, |d| d.sf(self.chi2))
    }
}

/// The sum over the channels of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupEstimate {
    /// Group, as the integrand numbers it.
    pub group: usize,
    /// Estimate, in pb.
    pub xsec_pb: f64,
    /// One standard deviation, in pb.
    pub xsec_err_pb: f64,
}

/// One iteration over all channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IterationSummary {
    /// Points.
    pub n_points: u64,
    /// Estimate of this iteration alone, in pb.
    pub xsec_pb: f64,
    /// Its error, in pb.
    pub xsec_err_pb: f64,
    /// Whether it enters the result.
    pub kept: bool,
    /// Points of every channel.
    pub channels: Vec<u64>,
}

/// Number of equal weights whose mean would be distributed as skewly as the sum of the
/// channels' means: the cube of its variance over the square of its third moment. The
/// mean of pulls is minus half the inverse of its root (N. J. Johnson, J. Am. Stat.
/// Assoc. 73 (1978) 536).
pub(crate) fn n_carriers<'a>(channels: impl Iterator<Item = &'a Accumulator>) -> f64 {
    let (second, third) = channels.fold((0.0, 0.0), |(second, third), a| {
        (second + a.error2(), third + a.third_moment())
    });
    let square = third * third;
    if square > 0.0 {
        second.powi(3) / square
    } else {
        f64::MAX
    }
}

/// One channel after adaptation, with its sampler or, in a file, with what stands
/// for one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelState<S = ChannelSampler> {
    /// What tells its map from others.
    pub key: ChannelKey,
    /// Its density.
    pub sampler: S,
    /// Group, as the integrand numbers it.
    pub group: usize,
    /// False if every point was exactly zero: no points are spent on it.
    pub live: bool,
    /// Points that enter the result.
    pub kept: Accumulator,
    /// All points ever evaluated.
    pub all: Accumulator,
    /// The integrand's parts at the kept points.
    pub parts: PartSums,
}

/// An adapted integration, with its samplers or, in a file, with what stands for
/// them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adapted<S = ChannelSampler> {
    /// The settings it was made with.
    pub settings: AdaptSettings,
    /// Per channel.
    pub channels: Vec<ChannelState<S>>,
    /// Maximum weights, per channel, with the efficiency to expect.
    pub max_weights: MaxWeights,
    /// Number of parts the integrand reports apart.
    pub n_parts: usize,
    /// In the order they were run.
    pub iterations: Vec<IterationSummary>,
    /// The result.
    pub total: Estimate,
    /// Why it stopped.
    pub stopped: StopReason,
    /// How samplers were chosen, where flows were considered.
    #[serde(default)]
    pub training: Vec<ChannelTraining>,
}

impl<S> Adapted<S> {
    /// The same with other samplers; `change` gets the key of the channel and its sampler.
    ///
    /// # Errors
    /// The first of `change`.
    pub(crate) fn with_samplers<T, E>(
        self,
        mut change: impl FnMut(ChannelKey, S) -> Result<T, E>,
    ) -> Result<Adapted<T>, E> {
        let channels = self.channels.into_iter();
        let channels = channels.map(|channel| {
            Ok(ChannelState {
                sampler: change(channel.key, channel.sampler)?,
                key: channel.key,
                group: channel.group,
                live: channel.live,
                kept: channel.kept,
                all: channel.all,
                parts: channel.parts,
            })
        });
        Ok(Adapted {
            channels: channels.collect::<Result<_, E>>()?,
            settings: self.settings,
            max_weights: self.max_weights,
            n_parts: self.n_parts,
            iterations: self.iterations,
            total: self.total,
            stopped: self.stopped,
            training: self.training,
        })
    }
}

impl Adapted {
    /// The result per group, in the order groups first appear.
    pub fn groups(&self) -> Vec<GroupEstimate> {
        group_estimates(
            self.channels.iter().map(|c| c.group),
            self.channels.iter().map(|c| &c.kept),
        )
    }

    /// The result for every part of the integrand with its error, in pb.
    pub fn parts(&self) -> Vec<(f64, f64)> {
        part_estimates(
            self.n_parts,
            self.channels.iter().map(|c| (&c.parts, &c.kept)),
        )
    }

    /// Points evaluated in all, adaptation and training included.
    pub fn n_points(&self) -> u64 {
        let grids: u64 = self.channels.iter().map(|c| c.all.n_points()).sum();
        let reports = self.training.iter().filter_map(|t| t.report.as_ref());
        grids + reports.map(|r| r.n_points).sum::<u64>()
    }

    /// Points removed by cuts, of all that were evaluated.
    pub fn n_cut(&self) -> u64 {
        self.channels.iter().map(|c| c.all.n_cut()).sum()
    }

    /// Part of the sum of the absolute weights that negative ones carry, of all points that
    /// were evaluated: the largest of all channels.
    pub fn negative_share(&self) -> f64 {
        let share = |points: &Accumulator| match points.mean_abs() {
            0.0 => 0.0,
            size => 0.5 * (1.0 - points.mean() / size),
        };
        (self.channels.iter().map(|c| share(&c.all))).fold(0.0, f64::max)
    }

    /// Points that were NaN or infinite, of all that were evaluated.
    pub fn n_non_finite(&self) -> u64 {
        self.channels.iter().map(|c| c.all.n_non_finite()).sum()
    }

    /// Channels that were zero at every point.
    pub fn dead_channels(&self) -> Vec<usize> {
        (0..self.channels.len())
            .filter(|&i| !self.channels[i].live)
            .collect()
    }

    /// Refuses an integrand of another shape.
    ///
    /// # Errors
    /// [`IntegrateError::Mismatch`] or [`IntegrateError::OtherChannel`] names what
    /// differs.
    pub fn check_fits(&self, integrand: &dyn Integrand) -> Result<(), IntegrateError> {
        let same = |what: &dyn Fn() -> String, adapted: usize, integrand: usize| {
            if adapted == integrand {
                Ok(())
            } else {
                Err(IntegrateError::Mismatch {
                    what: what(),
                    adapted,
                    integrand,
                })
            }
        };
        let n = integrand.n_channels();
        same(&|| "number of channels".into(), self.channels.len(), n)?;
        same(
            &|| "number of maximum weights".into(),
            self.max_weights.channels.len(),
            n,
        )?;
        check_keys(&self.channels, integrand)?;
        for (i, channel) in self.channels.iter().enumerate() {
            let (ours, theirs) = (channel.sampler.n_dim(), integrand.n_dim(i));
            same(&|| format!("dimension of channel {i}"), ours, theirs)?;
            let (ours, theirs) = (channel.group, integrand.group(i));
            same(&|| format!("group of channel {i}"), ours, theirs)?;
        }
        Ok(())
    }
}

/// Refuses an integrand whose channels, `[n_channels]`, have other keys.
pub(super) fn check_keys<S>(
    channels: &[ChannelState<S>],
    integrand: &dyn Integrand,
) -> Result<(), IntegrateError> {
    for (channel, state) in channels.iter().enumerate() {
        let found = integrand.channel_key(channel);
        if state.key != found {
            return Err(IntegrateError::OtherChannel {
                channel,
                adapted: state.key,
                found,
            });
        }
    }
    Ok(())
}

/// Sums channels into groups, in the order groups first appear.
pub(crate) fn group_estimates<'a>(
    groups: impl Iterator<Item = usize>,
    channels: impl Iterator<Item = &'a Accumulator>,
) -> Vec<GroupEstimate> {
    let mut sums: Vec<(usize, f64, f64)> = Vec::new();
    for (group, channel) in groups.zip(channels) {
        let k = sums.iter().position(|s| s.0 == group).unwrap_or_else(|| {
            sums.push((group, 0.0, 0.0));
            sums.len() - 1
        });
        sums[k].1 += channel.mean();
        sums[k].2 += channel.error2();
    }
    sums.into_iter()
        .map(|(group, xsec_pb, error2)| GroupEstimate {
            group,
            xsec_pb,
            xsec_err_pb: error2.sqrt(),
        })
        .collect()
}
