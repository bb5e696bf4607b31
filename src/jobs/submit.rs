//! Many jobs for one sample: ranges of events, scripts for batch systems, and
//! which parts are missing.
//!
//! Knows ranges and the languages of batch systems; runs nothing.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::split::is_split;
use crate::error::Error;
use crate::integrate::BLOCK_EVENTS;
use crate::storage::{
    MAX_TEXT, StorageError, read_bytes, sealed, sha256_of_file, short_checksum, unsealed,
    write_whole,
};

/// Name of the plan in the folder of the jobs.
const PLAN: &str = "plan.json";

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
    /// HTCondor: a cluster of jobs and a merge, as a DAG.
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
}

impl SubmitPlan {
    /// Events of a job.
    pub fn range(&self, job: u64) -> Range<u64> {
        part_of_sample(&(0..self.n_events), job, self.n_jobs)
    }

    /// Jobs that have something to do.
    pub fn jobs(&self) -> Vec<u64> {
        (0..self.n_jobs)
            .filter(|k| !self.range(*k).is_empty())
            .collect()
    }

    /// File of a job, within the folder of the jobs.
    pub fn part(job: u64) -> String {
        format!("part_{job:05}.lhe.gz")
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

    /// Writes plan and scripts for these jobs into a folder.
    ///
    /// # Errors
    /// [`Error::Storage`], also for paths that a submission file cannot hold.
    pub fn write(&self, folder: &Path, jobs: &[u64]) -> Result<(), Error> {
        for path in [folder, &self.program, &self.pack, &self.output] {
            check_path(path)?;
        }
        std::fs::create_dir_all(folder).map_err(|source| StorageError::Create {
            path: folder.display().to_string(),
            source,
        })?;
        let plan = sealed(self).expect("plain data");
        write_whole(&folder.join(PLAN), &plan)?;
        for (name, text) in self.scripts(folder, jobs) {
            write_whole(&folder.join(name), text.as_bytes())?;
        }
        Ok(())
    }

    /// The command that hands the jobs to the batch system, to be run by `sh`
    /// in the folder.
    pub fn command(&self, jobs: &[u64]) -> String {
        match (self.engine, jobs.is_empty()) {
            (Engine::Slurm, true) => "sbatch --parsable merge.sbatch".to_owned(),
            (Engine::Slurm, false) => "id=$(sbatch --parsable parts.sbatch) && \
                 sbatch --parsable --dependency=afterok:${id%%;*} merge.sbatch"
                .to_owned(),
            (Engine::HtCondor, _) => "condor_submit_dag -f jobs.dag".to_owned(),
        }
    }

    fn scripts(&self, folder: &Path, jobs: &[u64]) -> Vec<(&'static str, String)> {
        let mut list = vec![
            ("part.sh", self.part_script(folder)),
            ("merge.sh", self.merge_script(folder)),
        ];
        let indices: Vec<String> = jobs.iter().map(u64::to_string).collect();
        match self.engine {
            Engine::Slurm => {
                let head = "#!/bin/sh\n#SBATCH --requeue\n#SBATCH --open-mode=append\n";
                list.push((
                    "parts.sbatch",
                    format!(
                        "{head}#SBATCH --job-name=omnis\n#SBATCH --array={}\n#SBATCH --cpus-per-task={}\n\
                         #SBATCH --signal=B:USR1@120\n#SBATCH --output=part_%a.log\n\
                         exec sh part.sh \"$SLURM_ARRAY_TASK_ID\"\n",
                        if indices.is_empty() { "0".to_owned() } else { indices.join(",") },
                        self.threads
                    ),
                ));
                list.push((
                    "merge.sbatch",
                    format!(
                        "{head}#SBATCH --job-name=omnis-merge\n#SBATCH --output=merge.log\nexec sh merge.sh\n"
                    ),
                ));
            }
            Engine::HtCondor => {
                // Exit code 85: stopped with a checkpoint, to be started again.
                let common = "universe = vanilla\nexecutable = /bin/sh\ngetenv = False\n\
                     should_transfer_files = NO\non_exit_remove = (ExitBySignal == False) && (ExitCode =!= 85)\n";
                let initial = folder.display();
                list.push((
                    "parts.sub",
                    format!(
                        "{common}initialdir = {initial}\narguments = part.sh $(job)\nrequest_cpus = {}\n\
                         output = part_$(job).log\nerror = part_$(job).log\nlog = condor.log\nqueue job in ({})\n",
                        self.threads,
                        indices.join(" ")
                    ),
                ));
                list.push((
                    "merge.sub",
                    format!(
                        "{common}initialdir = {initial}\narguments = merge.sh\noutput = merge.log\nerror = merge.log\nlog = condor.log\nqueue\n"
                    ),
                ));
                let dag = if jobs.is_empty() {
                    "JOB merge merge.sub\n"
                } else {
                    "JOB parts parts.sub\nJOB merge merge.sub\nPARENT parts CHILD merge\nRETRY parts 3\n"
                };
                list.push(("jobs.dag", dag.to_owned()));
            }
        }
        list
    }

    /// Makes one part: `sh part.sh JOB`.
    fn part_script(&self, folder: &Path) -> String {
        let mut cases = String::new();
        for job in self.jobs() {
            let range = self.range(job);
            let _ = writeln!(cases, "    {job}) range={}..{} ;;", range.start, range.end);
        }
        let again = match self.engine {
            Engine::Slurm => {
                "# Time was nearly up: once more. A job that was cancelled stays so.\n\
                 if [ \"$code\" = 85 ] && [ \"$again\" = yes ]; then\n    \
                 scontrol requeue \"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\" && sleep 60\nfi\n"
            }
            Engine::HtCondor => "",
        };
        format!(
            "# Makes one part of a sample: part.sh JOB. A part that is there is kept; one\n\
             # that was interrupted goes on where it was.\n\
             cd {folder} || exit 1\n\
             case \"$1\" in\n{cases}    *) echo \"no job '$1'\" >&2; exit 2 ;;\nesac\n\
             part=$(printf 'part_%05d.lhe.gz' \"$1\")\n\
             [ -e \"$part\" ] && exit 0\n\
             {program} generate {pack} --seed {seed} --range \"$range\" --threads {threads} -o \"$part\" &\n\
             child=$!\n\
             # The batch system signals this shell; the program is to hear of it.\n\
             again=no\n\
             trap 'again=yes; kill -USR1 $child' USR1\n\
             trap 'kill -USR1 $child' TERM\n\
             wait $child\ncode=$?\n\
             while kill -0 $child 2>/dev/null; do\n    wait $child\n    code=$?\ndone\n\
             {again}exit $code\n",
            folder = shell_word(folder),
            program = shell_word(&self.program),
            pack = shell_word(&self.pack),
            seed = self.seed,
            threads = self.threads,
        )
    }

    /// Merges all parts and checks the number of events.
    fn merge_script(&self, folder: &Path) -> String {
        let parts: Vec<String> = self.jobs().into_iter().map(Self::part).collect();
        let verify = match is_split(&self.output) {
            // Files of one process do not say which events of the sample they have.
            true => String::new(),
            false => format!(
                "{} verify {} --gridpack {}\n",
                shell_word(&self.program),
                shell_word(&self.output),
                shell_word(&self.pack)
            ),
        };
        format!(
            "# Merges the parts and checks the result.\n\
             set -e\ncd {folder}\n\
             {program} merge \\\n    {parts} \\\n    -o {output}\n{verify}",
            folder = shell_word(folder),
            program = shell_word(&self.program),
            output = shell_word(&self.output),
            parts = parts.join(" \\\n    "),
        )
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
mod tests {
    use super::*;

    fn plan(n_events: u64, n_jobs: u64) -> SubmitPlan {
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
        }
    }

    #[test]
    fn ranges_cover_the_sample_once_and_end_at_blocks() {
        for (n_events, n_jobs) in [(10_000, 3), (1, 1), (5000, 100), (1_000_000, 7)] {
            let plan = plan(n_events, n_jobs);
            let mut next = 0;
            for job in plan.jobs() {
                let range = plan.range(job);
                assert_eq!(range.start, next);
                assert!(range.end == n_events || range.end.is_multiple_of(BLOCK_EVENTS));
                next = range.end;
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
            plan.write(&folder.path().join("jobs"), &[0])
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
        whole.write(folder.path(), &[0]).unwrap();
        assert_eq!(SubmitPlan::read(folder.path()).unwrap(), whole);
        let path = folder.path().join(PLAN);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("5000", "5001")).unwrap();
        let error = SubmitPlan::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("plan.json' cannot be used"), "{error}");
    }

    #[test]
    fn scripts_quote_paths_and_name_ranges() {
        let text = plan(5000, 2).part_script(Path::new("/jobs here"));
        assert!(text.contains("cd '/jobs here'"), "{text}");
        assert!(text.contains("'/a b/it'\\''s.omnis' --seed 3"), "{text}");
        assert!(text.contains("0) range=0..2048 ;;"), "{text}");
        assert!(text.contains("1) range=2048..5000 ;;"), "{text}");
    }
}
