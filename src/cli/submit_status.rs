//! `omnis submit --status`: how far the parts of a sample are.

use std::path::Path;

use serde_json::json;

use super::answer::Answer;
use super::failure::Failure;
use super::program::Context;
use super::running::failure;
use super::submit::{absolute, answer};
use crate::jobs::{Engine, PartState, SubmitPlan, ranges_text, squeue_parts};

/// Parts of which more is said than their number.
const MOST_TOLD: usize = 20;

/// Prints how many parts are done, running, waiting, failed and missing, and of those that need
/// a look why, and the last line of their log.
pub(super) fn show_status(folder: &Path, context: &Context) -> Result<(), Failure> {
    let plan = SubmitPlan::read(folder).map_err(failure)?;
    let folder = absolute(folder)?;
    let queue = match plan.engine {
        Engine::Slurm => answer("squeue", &["-h", "-r", "-o", "%F %K %T"]),
        _ => None,
    };
    let queue = queue.map(|text| squeue_parts(&folder, &text));
    let status = plan.status(&folder, queue.as_deref());
    let mut lines = vec![format!(
        "{} events in {} parts, {}",
        plan.n_events,
        status.parts.len(),
        if status.merged {
            "merged"
        } else {
            "not merged yet"
        }
    )];
    let mut counts = serde_json::Map::new();
    for state in PartState::ALL {
        let jobs: Vec<u64> = status.of(state).map(|p| p.job).collect();
        counts.insert(state.name().to_owned(), jobs.len().into());
        if !jobs.is_empty() {
            let name = state.name();
            lines.push(format!(
                "{name:<8} {:>6}   {}",
                jobs.len(),
                ranges_text(&jobs)
            ));
        }
    }
    let of_interest = [
        PartState::Failed,
        PartState::Held,
        PartState::Stopped,
        PartState::Running,
    ];
    let told: Vec<_> = of_interest.iter().flat_map(|s| status.of(*s)).collect();
    for part in told.iter().take(MOST_TOLD) {
        let [start, end] = part.events;
        let mut line = format!("part {} ({start}..{end}) {}", part.job, part.state.name());
        for more in [&part.reason, &part.last_line].into_iter().flatten() {
            line.push_str(": ");
            line.push_str(more);
        }
        lines.push(line);
    }
    if told.len() > MOST_TOLD {
        lines.push(format!(
            "... and {} more: --json has all",
            told.len() - MOST_TOLD
        ));
    }
    let json = json!({
        "folder": folder,
        "engine": plan.engine,
        "events": plan.n_events,
        "output": plan.output,
        "merged": status.merged,
        "counts": counts,
        "parts": status.parts,
    });
    context.print(Answer::SubmitStatus, &lines.join("\n"), &json)
}
