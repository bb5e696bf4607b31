//! A sample divided into jobs: their ranges of events, the folder that keeps them, and which
//! parts are missing.
//!
//! Knows ranges and files; knows no language of a batch system, and runs nothing.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::requests::Requests;
use super::scripts::Scripts;
use crate::error::Error;
use crate::gridpack::Gridpack;
use crate::integrate::BLOCK_EVENTS;
use crate::jobs::{ProgramFile, write_self_contained};
use crate::storage::{
    MAX_TEXT, StorageError, read_bytes, sealed, sha256_of_file, short_checksum, unsealed,
    write_whole,
};

/// Name of the plan in the folder of the jobs.
const PLAN: &str = "plan.json";

/// Name of the folder of logs in it.
pub(super) const LOGS: &str = "log";
/// Name of the self-contained gridpack in it.
pub(super) const TARBALL: &str = "gridpack.tar.gz";

/// Most jobs of one sample: the parts are words of one command of the merge, and
/// each has a line in the scripts.
pub const MOST_JOBS: u64 = 50_000;

/// A batch system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Engine {
    /// Slurm: a job array and a merge that depends on it.
    Slurm,
    /// HTCondor: a DAG of the parts and a merge.
    HtCondor,
}

/// A sample divided into jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmitPlan {
    /// The batch system.
    pub engine: Engine,
    /// The program.
    pub program: PathBuf,
    /// The pack.
    pub pack: PathBuf,
    /// SHA-256 of the pack.
    pub pack_sha256: String,
    /// Seed of the events.
    pub seed: u64,
    /// Events in all.
    pub n_events: u64,
    /// Jobs.
    pub n_jobs: u64,
    /// Threads of each job.
    pub threads: usize,
    /// The merged file.
    pub output: PathBuf,
    /// Whether files travel to the jobs and back (HTCondor); otherwise all nodes see the
    /// folder.
    #[serde(default)]
    pub transfer: bool,
    /// What the jobs ask for.
    #[serde(default)]
    pub requests: Requests,
}

impl SubmitPlan {
    /// Events of a job. Jobs of less than a block share blocks: each makes all of its events up to
    /// the last one that it keeps.
    pub fn range(&self, job: u64) -> Range<u64> {
        if self.n_events / self.n_jobs.max(1) >= BLOCK_EVENTS {
            return part_of_sample(&(0..self.n_events), job, self.n_jobs);
        }
        let all = u128::from(self.n_events);
        let edge = |k: u64| (all * u128::from(k) / u128::from(self.n_jobs.max(1))) as u64;
        edge(job)..edge(job + 1)
    }

    /// Jobs that have something to do.
    pub fn jobs(&self) -> Vec<u64> {
        (0..self.n_jobs)
            .filter(|k| !self.range(*k).is_empty())
            .collect()
    }

    /// Name of a job, from which its files have theirs.
    pub fn part_name(job: u64) -> String {
        format!("part_{job:05}")
    }

    /// File of a job, within the folder of the jobs.
    pub fn part(job: u64) -> String {
        format!("{}.lhe.gz", Self::part_name(job))
    }

    /// Jobs whose file is not there.
    pub fn missing(&self, folder: &Path) -> Vec<u64> {
        let mut jobs = self.jobs();
        jobs.retain(|k| !folder.join(Self::part(*k)).is_file());
        jobs
    }

    /// Whether a folder has a plan, whole or not.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(PLAN).exists()
    }

    /// Reads the plan of a folder, and checks that the gridpack is the same.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(PLAN);
        let label = path.display().to_string();
        if folder.is_dir() && !path.exists() {
            return Err(StorageError::Unusable {
                path: folder.display().to_string(),
                found: format!("no '{PLAN}' in it"),
                expected: "a folder of 'omnis submit', whose name ends in .jobs".to_owned(),
            }
            .into());
        }
        let text = read_bytes(&path, MAX_TEXT).map_err(|source| StorageError::Read {
            path: label.clone(),
            source,
        })?;
        let plan: Self = unsealed(&text)
            .and_then(|plan| serde_json::from_value(plan).map_err(|e| e.to_string()))
            .map_err(|found| StorageError::Unusable {
                path: label.clone(),
                found,
                expected: "a plan written by omnis submit".to_owned(),
            })?;
        if !(1..=MOST_JOBS).contains(&plan.n_jobs) {
            return Err(StorageError::Unusable {
                path: label,
                found: format!("{} jobs", plan.n_jobs),
                expected: format!("1 to {MOST_JOBS}"),
            }
            .into());
        }
        let found = sha256_of_file(&plan.pack)?;
        if found != plan.pack_sha256 {
            return Err(StorageError::Unusable {
                path: plan.pack.display().to_string(),
                found: format!("SHA-256 {}", short_checksum(&found)),
                expected: format!("{} as in the plan", short_checksum(&plan.pack_sha256)),
            }
            .into());
        }
        Ok(plan)
    }

    /// Whether another plan makes the same events in the same parts, whatever its jobs ask for.
    pub fn is_same_sample(&self, other: &Self) -> bool {
        let other = Self {
            requests: self.requests.clone(),
            threads: self.threads,
            ..other.clone()
        };
        *self == other
    }

    /// Writes plan and scripts for these jobs into a folder, and templates that are not there.
    /// An array of Slurm gets at most `max_array` elements.
    ///
    /// # Errors
    /// [`Error::Storage`], also for paths and requests that a submission file cannot hold, and
    /// for templates that cannot be filled in.
    pub fn write(&self, folder: &Path, jobs: &[u64], max_array: u64) -> Result<(), Error> {
        for path in [folder, &self.program, &self.pack, &self.output] {
            check_path(path)?;
        }
        self.requests.check(self.engine)?;
        let logs = folder.join(LOGS);
        std::fs::create_dir_all(&logs).map_err(|source| StorageError::Create {
            path: logs.display().to_string(),
            source,
        })?;
        for (name, text) in Scripts::new(self, folder, jobs, max_array).files()? {
            write_whole(&folder.join(name), text.as_bytes())?;
        }
        for job in jobs {
            let name = Self::part_name(*job);
            // Failures of an earlier submission do not count in this one.
            let _ = std::fs::remove_file(logs.join(format!("{name}.failures")));
            let state = folder.join(format!("{name}.state"));
            if self.transfer && !state.is_file() {
                write_whole(&state, b"")?;
            }
        }
        if self.transfer && !folder.join(TARBALL).is_file() {
            let (pack, program) = (Gridpack::read(&self.pack)?, ProgramFile::find(None)?);
            write_self_contained(&pack, program, &folder.join(TARBALL))?;
        }
        // The plan comes last: a folder that has one is whole.
        let plan = sealed(self).expect("plain data");
        Ok(write_whole(&folder.join(PLAN), &plan)?)
    }

    /// The command that hands the jobs to the batch system, to be run by `sh`
    /// in the folder.
    pub fn command(&self) -> &'static str {
        "sh submit.sh"
    }
}

/// Part `k` of `n` of a range of events, split between blocks of events, so that
/// no block is made twice.
pub fn part_of_sample(events: &Range<u64>, k: u64, n: u64) -> Range<u64> {
    let edge = |k: u64| {
        if k == 0 {
            return events.start;
        }
        if k >= n {
            return events.end;
        }
        let length = u128::from(events.end - events.start);
        let at = events.start + (length * u128::from(k) / u128::from(n)) as u64;
        (at / BLOCK_EVENTS * BLOCK_EVENTS).max(events.start)
    };
    edge(k)..edge(k + 1)
}

/// Refuses a path that would not mean itself in a submission file: a line break
/// ends the line there, and `$` begins a macro. Spaces at its ends are lost.
fn check_path(path: &Path) -> Result<(), StorageError> {
    let odd = |c: char| c.is_control() || "$\"\\".contains(c);
    let plain = |text: &&str| !text.contains(odd) && *text == text.trim();
    if path.to_str().filter(plain).is_some() {
        return Ok(());
    }
    Err(StorageError::Unusable {
        path: path.to_string_lossy().escape_debug().to_string(),
        found: "a path that a batch system would not take as it is".to_owned(),
        expected:
            "UTF-8 without line breaks, control characters, '$', '\"', '\\' and spaces at its ends"
                .to_owned(),
    })
}

/// A path as one word of a shell.
pub fn shell_word(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A sample for Slurm.
    pub fn plan(n_events: u64, n_jobs: u64) -> SubmitPlan {
        SubmitPlan {
            engine: Engine::Slurm,
            program: "/bin/omnis".into(),
            pack: "/a b/it's.omnis".into(),
            pack_sha256: String::new(),
            seed: 3,
            n_events,
            n_jobs,
            threads: 2,
            output: "/out.lhe.gz".into(),
            transfer: false,
            requests: Requests::default(),
        }
    }

    #[test]
    fn ranges_cover_the_sample_once_and_end_at_blocks() {
        for (n_events, n_jobs) in [(10_000, 3), (1, 1), (102_400, 100), (1_000_000, 7)] {
            let plan = plan(n_events, n_jobs);
            let mut next = 0;
            for job in plan.jobs() {
                let range = plan.range(job);
                assert_eq!(range.start, next);
                assert!(range.end == n_events || range.end.is_multiple_of(BLOCK_EVENTS));
                next = range.end;
            }
            assert_eq!((next, plan.jobs().len() as u64), (n_events, n_jobs));
        }
    }

    #[test]
    fn there_are_as_many_jobs_as_asked_for_if_there_are_events_for_them() {
        for (n_events, n_jobs) in [
            (1000, 4),
            (5000, 100),
            (4095, 4),
            (4096, 4),
            (7, 7),
            (3, 10),
        ] {
            let plan = plan(n_events, n_jobs);
            let jobs = plan.jobs();
            assert_eq!(jobs.len() as u64, n_jobs.min(n_events), "{n_events}");
            let mut next = 0;
            for job in jobs {
                assert_eq!(plan.range(job).start, next);
                next = plan.range(job).end;
            }
            assert_eq!(next, n_events);
        }
    }

    #[test]
    fn parts_of_a_range_begin_and_end_where_it_does() {
        for n in [1, 2, 3, 50] {
            let mut next = 700;
            for k in 0..n {
                let part = part_of_sample(&(700..9000), k, n);
                assert_eq!(part.start, next);
                next = part.end;
            }
            assert_eq!(next, 9000);
        }
    }

    #[test]
    fn paths_that_add_lines_or_macros_to_a_submission_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let write = |change: &dyn Fn(&mut SubmitPlan)| {
            let mut plan = plan(5000, 2);
            plan.engine = Engine::HtCondor;
            change(&mut plan);
            plan.write(&folder.path().join("jobs"), &[0], 1000)
        };
        for odd in [
            "/a\nqueue 1000",
            "/a\rb",
            "/$(HOME)/a",
            "/a\\",
            "/a\u{1b}[0m",
            "/a ",
        ] {
            for error in [
                write(&|p| p.output = odd.into()).unwrap_err(),
                write(&|p| p.pack = odd.into()).unwrap_err(),
            ] {
                let text = error.to_string();
                assert!(text.contains("a batch system would not take"), "{text}");
                assert!(!text.contains(char::is_control), "{text}");
            }
        }
        assert!(!folder.path().join("jobs").exists());
        // In a shell these are quoted; elsewhere they mean themselves.
        write(&|p| p.output = "/it's = a, b; c (d)".into()).unwrap();
    }

    #[test]
    fn a_plan_that_was_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut whole = plan(5000, 2);
        whole.pack = folder.path().join("a.omnis");
        std::fs::write(&whole.pack, b"pack").unwrap();
        whole.pack_sha256 = sha256_of_file(&whole.pack).unwrap();
        whole.write(folder.path(), &[0], 1000).unwrap();
        assert_eq!(SubmitPlan::read(folder.path()).unwrap(), whole);
        let path = folder.path().join(PLAN);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("5000", "5001")).unwrap();
        let error = SubmitPlan::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("plan.json' cannot be used"), "{error}");
    }
}
