//! How the channels of a run draw their points: in words, as a table of the
//! training, and for machines.
//!
//! Knows the outcome of an adaptation; knows no formula.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Error;
use crate::integrate::{Adapted, ChannelTraining, SamplerReason};
use crate::storage::write_whole;

/// How many channels draw their points how, for machines.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SamplerCounts {
    /// Channels for which flows were considered.
    pub channels: usize,
    /// Of these, channels with a flow.
    pub flows: usize,
    /// Channels by the reason of the choice: `flow_pays`, `too_small`,
    /// `not_worth_training`, `no_gain`, `disagreement`.
    pub reasons: BTreeMap<String, usize>,
}

/// The numbers behind [`samplers_text`]; `None` if flows were not considered.
pub fn sampler_counts(adapted: &Adapted) -> Option<SamplerCounts> {
    let all = &adapted.training;
    let mut reasons = BTreeMap::new();
    for training in all {
        let name = serde_json::to_value(training.reason).expect("a name");
        let name = name.as_str().unwrap_or_default().to_owned();
        *reasons.entry(name).or_default() += 1;
    }
    let pays = |t: &&ChannelTraining| t.reason == SamplerReason::FlowPays;
    (!all.is_empty()).then(|| SamplerCounts {
        channels: all.len(),
        flows: all.iter().filter(pays).count(),
        reasons,
    })
}

/// One line for a summary; `None` if flows were not considered.
pub fn samplers_text(adapted: &Adapted) -> Option<String> {
    let all = &adapted.training;
    let total: f64 = all.iter().map(|t| t.share).sum();
    let n = |reason: SamplerReason| all.iter().filter(|t| t.reason == reason).count();
    let n_flow = n(SamplerReason::FlowPays);
    if all.is_empty() {
        return None;
    }
    let mut text = if n_flow == 0 {
        format!("grids in all {} channels", all.len())
    } else {
        let flows = || all.iter().filter(|t| t.reason == SamplerReason::FlowPays);
        let share: f64 = flows().map(|t| t.share).sum();
        // Trials add up, so efficiencies are averaged by their inverse.
        let mean = |of: &dyn Fn(&ChannelTraining) -> f64| {
            // Accepted events of a channel stay the same with another sampler.
            let events = |t: &ChannelTraining| t.share * t.efficiency_of_grid;
            let sum: f64 = flows().map(events).sum();
            sum / flows().map(|t| events(t) / of(t)).sum::<f64>()
        };
        let before = mean(&|t| t.efficiency_of_grid);
        let after = mean(&|t| t.efficiency_of_flow.unwrap_or(t.efficiency_of_grid));
        format!(
            "flows in {n_flow} of {} channels with {:.0} % of the trials; efficiency there {:.2} % -> {:.2} %",
            all.len(),
            100.0 * share / total,
            100.0 * before,
            100.0 * after
        )
    };
    let mut why: Vec<String> = Vec::new();
    for (reason, words) in [
        (SamplerReason::TooSmall, "too few trials for a flow"),
        (SamplerReason::NotWorthTraining, "not worth training"),
        (SamplerReason::NoGain, "trained without gain"),
        (
            SamplerReason::Disagreement,
            "flow against survey, back to the grid",
        ),
    ] {
        if n(reason) > 0 {
            why.push(format!("{words} in {}", n(reason)));
        }
    }
    if !why.is_empty() {
        let others = if n_flow == 0 { "" } else { "; of the others" };
        text += &format!("{others}: {}", why.join(", "));
    }
    Some(text)
}

/// Writes the history of all trainings: JSON, or CSV if the name ends in
/// `.csv`, one line for each round of each channel.
///
/// # Errors
/// [`Error::Storage`] names the file and the reason.
pub fn write_history(adapted: &Adapted, path: &Path) -> Result<(), Error> {
    let is_csv = path.extension().is_some_and(|e| e == "csv");
    let text = if is_csv {
        history_csv(adapted)
    } else {
        let json = serde_json::to_string_pretty(&adapted.training);
        json.expect("numbers and names") + "\n"
    };
    Ok(write_whole(path, text.as_bytes())?)
}

fn history_csv(adapted: &Adapted) -> String {
    let mut lines = vec![
        "channel,round,kind,points,mean_pb,error_pb,relative_deviation,efficiency,loss,power,steps"
            .to_owned(),
    ];
    for training in &adapted.training {
        let rounds = training.report.iter().flat_map(|r| &r.rounds);
        for (k, round) in rounds.enumerate() {
            let w = &round.weights;
            let kind = serde_json::to_value(round.kind).expect("a name");
            lines.push(format!(
                "{},{k},{},{},{:e},{:e},{},{},{},{},{}",
                training.channel,
                kind.as_str().unwrap_or_default(),
                w.n,
                w.mean,
                w.error,
                w.deviation,
                w.efficiency,
                round.loss,
                round.power,
                round.n_steps
            ));
        }
    }
    lines.join("\n") + "\n"
}
