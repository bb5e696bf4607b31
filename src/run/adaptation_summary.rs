//! What an adaptation did and decided, short enough for the header of an event file.
//!
//! Knows outcomes; knows no formula. Numbers are rounded to five digits, which pictures and
//! people need.

use serde::{Deserialize, Serialize};

use super::samplers::samplers_text;
use crate::integrate::{Adapted, ChannelTraining};
use crate::sampler::train::RoundKind;

/// Header block that holds it as JSON.
pub(crate) const ADAPTATION: &str = "OmnisAdaptation";

/// Version of the keys.
const SCHEMA: u32 = 1;

/// Most channels that are listed: those with the largest part of the trials.
const MOST_CHANNELS: usize = 100;

/// One iteration over all channels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Iteration {
    /// Points.
    pub points: u64,
    /// Estimate of this iteration alone in pb.
    pub xsec_pb: f64,
    /// One standard deviation in pb.
    pub xsec_err_pb: f64,
    /// Whether it enters the result.
    pub kept: bool,
}

/// One channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelSummary {
    /// Its number.
    pub channel: usize,
    /// `vegas` or `flow`.
    pub sampler: String,
    /// Part of the trials, from 0 to 1.
    pub trials: f64,
    /// Part of the cross section, from 0 to 1.
    pub share: f64,
    /// Accepted points per trial.
    pub efficiency: f64,
    /// Why it has this sampler, where flows were considered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Rounds of the training of one flow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingSummary {
    /// The channel.
    pub channel: usize,
    /// How it ended.
    pub outcome: String,
    /// Calls of the integrand.
    pub points: u64,
    /// `survey`, `training` or `check` for each round.
    pub kind: Vec<String>,
    /// Mean loss of each round.
    pub loss: Vec<f64>,
    /// Standard deviation of a weight over the mean of its size.
    pub deviation: Vec<f64>,
    /// Unweighting efficiency.
    pub efficiency: Vec<f64>,
}

/// What an adaptation did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdaptationSummary {
    /// Version of these keys.
    pub schema: u32,
    /// Points in all.
    pub points: u64,
    /// Whether helicities are summed or drawn, and why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub helicities: String,
    /// How channels draw their points, where flows were considered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samplers: Option<String>,
    /// In the order they were run.
    pub iterations: Vec<Iteration>,
    /// Those with the largest part of the trials.
    pub channels: Vec<ChannelSummary>,
    /// Channels in all.
    pub n_channels: usize,
    /// Flows that were trained.
    pub trainings: Vec<TrainingSummary>,
}

/// Five digits of a number.
fn rounded(x: f64) -> f64 {
    format!("{x:.4e}").parse().unwrap_or(x)
}

/// The name that a value has in files.
fn name_of(value: &impl Serialize) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}

impl AdaptationSummary {
    /// Of an adapted run; `helicities` says what was decided on them.
    pub fn new(adapted: &Adapted, helicities: &str) -> Self {
        let iteration = |i: &crate::integrate::IterationSummary| Iteration {
            points: i.n_points,
            xsec_pb: rounded(i.xsec_pb),
            xsec_err_pb: rounded(i.xsec_err_pb),
            kept: i.kept,
        };
        let trained = |t: &ChannelTraining| {
            let report = t.report.as_ref()?;
            let of = |value: &dyn Fn(&crate::sampler::train::RoundSummary) -> f64| {
                report.rounds.iter().map(|r| rounded(value(r))).collect()
            };
            Some(TrainingSummary {
                channel: t.channel,
                outcome: name_of(&report.outcome),
                points: report.n_points,
                kind: report.rounds.iter().map(|r| kind_name(r.kind)).collect(),
                loss: of(&|r| r.loss),
                deviation: of(&|r| r.weights.deviation),
                efficiency: of(&|r| r.weights.efficiency),
            })
        };
        Self {
            schema: SCHEMA,
            points: adapted.n_points(),
            helicities: helicities.to_owned(),
            samplers: samplers_text(adapted),
            iterations: adapted.iterations.iter().map(iteration).collect(),
            channels: channels(adapted),
            n_channels: adapted.channels.len(),
            trainings: adapted.training.iter().filter_map(trained).collect(),
        }
    }

    /// As in the header of an event file; `None` for a text that is none.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

fn kind_name(kind: RoundKind) -> String {
    name_of(&kind)
}

fn channels(adapted: &Adapted) -> Vec<ChannelSummary> {
    let maxima = &adapted.max_weights.channels;
    let trials: f64 = maxima.iter().map(|c| c.w_max).sum();
    let accepted: f64 = maxima.iter().map(|c| c.accepted).sum();
    let part = |a: f64, b: f64| if b > 0.0 { rounded(a / b) } else { 0.0 };
    let mut all: Vec<ChannelSummary> = (maxima.iter().zip(&adapted.channels).enumerate())
        .filter(|(_, (max, _))| max.w_max > 0.0)
        .map(|(channel, (max, state))| {
            let training = adapted.training.iter().find(|t| t.channel == channel);
            ChannelSummary {
                channel,
                sampler: state.sampler.density_of().kind().to_owned(),
                trials: part(max.w_max, trials),
                share: part(max.accepted, accepted),
                efficiency: part(max.accepted, max.w_max),
                reason: training.map(|t| name_of(&t.reason)),
            }
        })
        .collect();
    all.sort_by(|a, b| b.trials.total_cmp(&a.trials));
    all.truncate(MOST_CHANNELS);
    all
}
