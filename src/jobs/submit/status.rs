//! How far the parts of a sample are: from their files, their logs, the events that HTCondor
//! writes, and what squeue of Slurm said.
//!
//! Knows these texts; asks no batch system.
//! Source: manual of HTCondor, section "Job event log codes"; manual page of squeue.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::plan::{Engine, LOGS, SubmitPlan};
use super::scripts::SUBMITTED;

/// Bytes of the end of a log that are looked at.
const TAIL: u64 = 1 << 14;
/// Letters of a line of a log that are shown.
const LONGEST_LINE: usize = 200;
/// What the lines begin with that `part.sh` adds to the log of a part.
const MARK: &str = "-- omnis part ";

/// How far a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PartState {
    /// Its file is there.
    Done,
    /// The batch system, or a log without an end, says that it runs.
    Running,
    /// In the queue of the batch system.
    Waiting,
    /// Held by HTCondor.
    Held,
    /// It stopped with a checkpoint and is not in the queue.
    Stopped,
    /// It ended without its file.
    Failed,
    /// Nothing is known of it.
    Missing,
}

impl PartState {
    /// All states, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Done,
        Self::Running,
        Self::Waiting,
        Self::Held,
        Self::Stopped,
        Self::Failed,
        Self::Missing,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Missing => "missing",
        }
    }
}

/// What is known of a part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartStatus {
    /// Its number.
    pub job: u64,
    /// Its events: the first one, and the one behind the last.
    pub events: [u64; 2],
    /// How far it is.
    pub state: PartState,
    /// Why it is held, has failed or stopped.
    pub reason: Option<String>,
    /// The last line that the program wrote, unless it is done.
    pub last_line: Option<String>,
    /// Its log, if there is one.
    pub log: Option<PathBuf>,
}

/// What is known of a sample.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampleStatus {
    /// All parts that have events.
    pub parts: Vec<PartStatus>,
    /// Whether the merged file is there.
    pub merged: bool,
}

/// A part in the queue of Slurm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedPart {
    /// Number of the job.
    pub job: u64,
    /// Whether it runs.
    pub runs: bool,
}

/// The parts of a folder in the answer to `squeue -h -r -o "%F %K %T"`: number of the array,
/// element, state.
pub fn squeue_parts(folder: &Path, answer: &str) -> Vec<QueuedPart> {
    let text = tail(&folder.join(SUBMITTED)).unwrap_or_default();
    let pair = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.parse::<u64>().ok()?))
    };
    let offsets: BTreeMap<String, u64> = text.lines().filter_map(pair).collect();
    let part = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [array, element, state] = words[..] else {
            return None;
        };
        let job = offsets.get(array)?.checked_add(element.parse().ok()?)?;
        let runs = ["RUNNING", "COMPLETING", "STAGE_OUT"].contains(&state);
        Some(QueuedPart { job, runs })
    };
    answer.lines().filter_map(part).collect()
}

impl SubmitPlan {
    /// How far all parts are. `queue` has the parts that Slurm has in its queue, if it
    /// answered.
    pub fn status(&self, folder: &Path, queue: Option<&[QueuedPart]>) -> SampleStatus {
        let logs = logs_of(folder);
        let queued: Option<BTreeMap<u64, bool>> =
            queue.map(|q| q.iter().map(|p| (p.job, p.runs)).collect());
        let part = |job: u64| {
            let Range { start, end } = self.range(job);
            let mut status = PartStatus {
                job,
                events: [start, end],
                state: PartState::Done,
                reason: None,
                last_line: None,
                log: logs.get(&job).cloned(),
            };
            if folder.join(Self::part(job)).is_file() {
                return status;
            }
            let text = status.log.as_deref().and_then(tail).unwrap_or_default();
            status.last_line = last_line(&text);
            let told = match (&queued, self.engine) {
                (Some(queued), _) => queued.get(&job).map(|runs| match runs {
                    true => (PartState::Running, None),
                    false => (PartState::Waiting, None),
                }),
                (None, Engine::HtCondor) => {
                    let events = folder.join(LOGS).join(Self::part_name(job) + ".events");
                    tail(&events).and_then(|text| condor_state(&text))
                }
                (None, Engine::Slurm) => None,
            };
            (status.state, status.reason) = told.unwrap_or_else(|| of_log(&text, queued.is_some()));
            status
        };
        SampleStatus {
            parts: self.jobs().into_iter().map(part).collect(),
            merged: self.output.is_file(),
        }
    }
}

impl SampleStatus {
    /// The parts in one state.
    pub fn of(&self, state: PartState) -> impl Iterator<Item = &PartStatus> {
        self.parts.iter().filter(move |p| p.state == state)
    }
}

/// Numbers in ascending order as ranges: `0-3,7`.
pub fn ranges_text(numbers: &[u64]) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &k in numbers {
        match ranges.last_mut() {
            Some((_, end)) if *end + 1 == k => *end = k,
            _ => ranges.push((k, k)),
        }
    }
    let text = |&(a, b): &(u64, u64)| match a == b {
        true => a.to_string(),
        false => format!("{a}-{b}"),
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

/// The latest log of each job: `part_00012.log`, or `part_10+2.log` of an array.
fn logs_of(folder: &Path) -> BTreeMap<u64, PathBuf> {
    let mut latest = BTreeMap::new();
    for entry in std::fs::read_dir(folder.join(LOGS))
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name();
        let numbers = name
            .to_str()
            .and_then(|name| name.strip_prefix("part_")?.strip_suffix(".log"));
        let sum = |text: &str| {
            let numbers: Option<Vec<u64>> = text.split('+').map(|k| k.parse().ok()).collect();
            numbers?.into_iter().try_fold(0u64, u64::checked_add)
        };
        let Some(job) = numbers.and_then(sum) else {
            continue;
        };
        let time = entry.metadata().and_then(|m| m.modified()).ok();
        let known = latest.get(&job).is_some_and(|(t, _)| *t > time);
        if !known {
            latest.insert(job, (time, entry.path()));
        }
    }
    latest
        .into_iter()
        .map(|(job, (_, path))| (job, path))
        .collect()
}

/// The end of a file.
fn tail(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let length = file
        .metadata()
        .ok()
        .filter(std::fs::Metadata::is_file)?
        .len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))
        .ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The last line that is not of `part.sh`.
fn last_line(log: &str) -> Option<String> {
    let lines = log.lines().map(str::trim);
    let line = lines
        .rev()
        .find(|l| !l.is_empty() && !l.starts_with(MARK))?;
    Some(
        line.chars()
            .filter(|c| !c.is_control())
            .take(LONGEST_LINE)
            .collect(),
    )
}

/// What the lines of `part.sh` in a log tell. `is_gone`: the part is not in the queue.
fn of_log(log: &str, is_gone: bool) -> (PartState, Option<String>) {
    let mark = log
        .lines()
        .rev()
        .find_map(|l| l.strip_prefix(MARK)?.split_once(": "));
    let Some((_, said)) = mark else {
        return match log.trim().is_empty() {
            true => (PartState::Missing, None),
            false => (PartState::Failed, Some("it did not begin".to_owned())),
        };
    };
    let code = said
        .strip_prefix("exit code ")
        .and_then(|s| s.split(',').next());
    match code {
        Some("85") => (PartState::Stopped, Some("with a checkpoint".to_owned())),
        Some(code) => (PartState::Failed, Some(format!("exit code {code}"))),
        None if said.starts_with("queued again") && !is_gone => (PartState::Waiting, None),
        None if is_gone => {
            let why = "it ended without an exit code: killed from outside";
            (PartState::Failed, Some(why.to_owned()))
        }
        None => (
            PartState::Running,
            Some("its log has no end; the batch system was not asked".to_owned()),
        ),
    }
}

/// What the last event of a job tells that says where it is.
fn condor_state(log: &str) -> Option<(PartState, Option<String>)> {
    let mut state = None;
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        // "005 (12.000.000) 2026-11-30 04:05:06 Job terminated."
        let code = line.split_once(" (").map(|(code, _)| code);
        let mut detail = || lines.peek().map(|l| l.trim().to_owned());
        state = match code {
            Some("000" | "004" | "013") => Some((PartState::Waiting, None)),
            Some("001") => Some((PartState::Running, None)),
            Some("005") => Some((PartState::Failed, detail())),
            Some("009") => Some((PartState::Failed, detail().or(Some("removed".to_owned())))),
            Some("012") => Some((PartState::Held, detail())),
            _ => state,
        };
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_a_row_are_ranges() {
        assert_eq!(ranges_text(&[0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
        assert_eq!(ranges_text(&[]), "");
    }

    #[test]
    fn the_last_event_of_a_job_says_where_it_is() {
        let submitted = "000 (7.000.000) 2026-11-30 04:00:00 Job submitted from host: <a>\n...\n";
        let started = "001 (7.000.000) 2026-11-30 04:00:01 Job executing on host: <b>\n...\n";
        let size = "006 (7.000.000) 2026-11-30 04:00:02 Image size of job updated: 12\n...\n";
        let evicted = "004 (7.000.000) 2026-11-30 04:00:03 Job was evicted.\n\t(0) No\n...\n";
        let held = "012 (7.000.000) 2026-11-30 04:00:03 Job was held.\n\tmemory\n\tCode 34\n...\n";
        let ended = "005 (7.000.000) 2026-11-30 04:00:04 Job terminated.\n\
                     \t(1) Normal termination (return value 2)\n...\n";
        let state = |parts: &[&str]| condor_state(&parts.concat());
        assert_eq!(state(&[submitted]), Some((PartState::Waiting, None)));
        assert_eq!(
            state(&[submitted, started, size]),
            Some((PartState::Running, None))
        );
        assert_eq!(
            state(&[submitted, started, evicted]),
            Some((PartState::Waiting, None))
        );
        let why = |text: &str| Some(text.to_owned());
        assert_eq!(
            state(&[started, held]),
            Some((PartState::Held, why("memory")))
        );
        let code = why("(1) Normal termination (return value 2)");
        assert_eq!(state(&[started, ended]), Some((PartState::Failed, code)));
        assert_eq!(state(&["no events"]), None);
    }

    #[test]
    fn a_log_tells_code_and_last_line() {
        let begin =
            "-- omnis part 3: begins events 0..10 on a, 2026-11-30T04:00:00Z\ngenerate ...\n";
        let of = |end: &str, gone| of_log(&format!("{begin}{end}"), gone);
        assert_eq!(of("", false).0, PartState::Running);
        assert_eq!(of("", true).0, PartState::Failed);
        let end = "error: disk full\n-- omnis part 3: exit code 1, 2026-11-30T04:00:00Z\n";
        assert_eq!(
            of(end, false),
            (PartState::Failed, Some("exit code 1".to_owned()))
        );
        assert_eq!(last_line(end).unwrap(), "error: disk full");
        assert_eq!(
            of(&end.replace("code 1", "code 85"), true).0,
            PartState::Stopped
        );
        assert_eq!(of_log("", true), (PartState::Missing, None));
    }

    #[test]
    fn elements_of_squeue_become_jobs() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(SUBMITTED), "17 0\n18 1000\n").unwrap();
        let answer = "17 4 RUNNING\n18 2 PENDING\n99 1 RUNNING\n20 N/A RUNNING\n";
        let part = |job, runs| QueuedPart { job, runs };
        let found = squeue_parts(folder.path(), answer);
        assert_eq!(found, [part(4, true), part(1002, false)]);
    }
}
