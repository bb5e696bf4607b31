//! One generation by many processes that `mpirun` or `srun` started together.
//!
//! Ranks share nothing but the file system: each makes a range of the events in
//! a file of its own, and the first one merges them. So no MPI library is
//! needed, and the events do not depend on the number of ranks.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::at_once::ended;
use super::failure::{Failure, OrFail};
use super::interrupt::either_requested;
use super::program::Context;
use super::running::counted;
use crate::gridpack::Gridpack;
use crate::jobs::{Job, MOST_JOBS, Replace, is_split, merge_as, part_of_sample, provenance_in};
use crate::run::Provenance;

/// Names under which launchers tell a process its rank and their number: Open
/// MPI, MPICH and its relatives, PMIx, Slurm.
const VARIABLES: [(&str, &str); 4] = [
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("PMIX_RANK", "PMIX_SIZE"),
    SLURM,
];
/// Those of Slurm, which has them in the script of a job as well, where one process runs for all
/// tasks.
const SLURM: (&str, &str) = ("SLURM_PROCID", "SLURM_NTASKS");
/// What Slurm sets for the processes that `srun` started, and nowhere else.
const SLURM_STEP: &str = "SLURM_STEP_NUM_TASKS";
/// What to do where one process stands for many.
const TO_DO: &str = "start the command with the launcher, as in 'srun -n 4 omnis ... --mpi' or \
                     'mpirun -n 4 omnis ... --mpi', or leave out --mpi";
/// Most processes that share a sample: each leaves a file for the first one.
const MOST_RANKS: u64 = MOST_JOBS;
/// Between two looks for the files of the others.
const WAIT: Duration = Duration::from_millis(100);
/// Between two words on whom the first process waits for.
const WORD: Duration = Duration::from_secs(10);
/// A part that did not come in this time, or in ten times what the first process
/// needed for its own if that is longer, is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// This process among those that were started together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ranks {
    pub(super) rank: u64,
    pub(super) size: u64,
    /// Processes on this machine.
    neighbours: u64,
}

impl Ranks {
    /// As MPI says, or the environment in a build without it.
    pub(super) fn of(context: &Context) -> Result<Self, Failure> {
        if cfg!(feature = "mpi") {
            return Ok(Self {
                rank: context.team.rank() as u64,
                size: context.team.size() as u64,
                neighbours: context.team.neighbours() as u64,
            });
        }
        Self::from_environment()
    }

    /// Threads of this process: as asked for, or its share of the cores.
    pub(super) fn threads(self, asked: Option<NonZeroUsize>) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let each = (cores / self.neighbours as usize).max(1);
        asked.map_or(each, NonZeroUsize::get)
    }

    /// From the environment.
    fn from_environment() -> Result<Self, Failure> {
        Self::from_variables(&environment)
    }

    fn from_variables(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let refuse = |found: String, expected: &str| {
            Err(Failure::Usage(anyhow::anyhow!(
                "--mpi: found {found}, expected {expected}"
            )))
        };
        for names in VARIABLES {
            let (rank_name, size_name) = names;
            let (Some(rank), Some(size)) = (variable(rank_name), variable(size_name)) else {
                continue;
            };
            let found = format!("{rank_name}={rank} and {size_name}={size}");
            if names == SLURM && variable(SLURM_STEP).is_none() && size.trim() != "1" {
                return refuse(
                    format!("{found} without {SLURM_STEP}, as in the script of a job of Slurm"),
                    &format!("a process that srun started: {TO_DO}"),
                );
            }
            return match (rank.trim().parse(), size.trim().parse()) {
                (Ok(rank), Ok(size)) if rank < size && size <= MOST_RANKS => Ok(Self {
                    rank,
                    size,
                    neighbours: size,
                }),
                (Ok::<u64, _>(_), Ok(size)) if size > MOST_RANKS => {
                    refuse(found, &format!("at most {MOST_RANKS} processes"))
                }
                _ => refuse(
                    found,
                    "a rank from 0 on that is below the number of processes",
                ),
            };
        }
        let names: Vec<&str> = VARIABLES.iter().map(|v| v.0).collect();
        refuse(
            format!(
                "none of the variables {}, which launchers set",
                names.join(", ")
            ),
            &format!("one of several processes of mpirun or srun: {TO_DO}"),
        )
    }

    /// The job of this rank, and whether its file is complete already.
    pub(super) fn job(self, job: &Job, pack: &Gridpack) -> Result<(Job, bool), Failure> {
        let folder = folder_of(&job.output);
        fs::create_dir_all(&folder).or_usage(format!("cannot create '{}'", folder.display()))?;
        let mine = Job {
            output: part(&folder, self.rank),
            events: part_of_sample(&job.events, self.rank, self.size),
            ..job.clone()
        };
        let complete = is_complete(&mine, pack);
        if !complete {
            // Of another job: not to be taken for this one by the first rank.
            fs::remove_file(&mine.output).ok();
        }
        Ok((mine, complete))
    }

    /// On the first rank, waits for all and merges.
    /// `own` is the time that it needed for its part.
    pub(super) fn merge(
        self,
        job: &Job,
        pack: &Gridpack,
        own: Duration,
        replace: Replace,
        context: &Context,
    ) -> Result<(), Failure> {
        if self.rank != 0 {
            return Ok(());
        }
        let folder = folder_of(&job.output);
        let mut parts = Vec::new();
        let patience = PATIENCE.max(10 * own);
        for rank in 0..self.size {
            let other = Job {
                output: part(&folder, rank),
                events: part_of_sample(&job.events, rank, self.size),
                ..job.clone()
            };
            if other.events.is_empty() {
                continue;
            }
            let done = wait_until(patience, &|| is_complete(&other, pack), &|waited| {
                context.progress.log(
                    0,
                    &format!(
                        "waiting for process {rank} of {} to make '{}': {} s of at most {} s",
                        self.size,
                        other.output.display(),
                        waited.as_secs(),
                        patience.as_secs()
                    ),
                );
            })?;
            if !done {
                return Err(Failure::Run(anyhow::anyhow!(
                    "--mpi: process {rank} of {} did not make '{}' within {} s; expected all {} \
                     to be started. The parts are kept; the same command goes on",
                    self.size,
                    other.output.display(),
                    patience.as_secs(),
                    self.size
                )));
            }
            parts.push(other.output);
        }
        // What stands there was looked at before the events were made, unless it is several files.
        let replace = match is_split(&job.output) {
            true => replace,
            false => Replace::Anything,
        };
        counted(context, replace, |how| merge_as(&parts, &job.output, how))?;
        fs::remove_dir_all(&folder).ok();
        Ok(())
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Refuses an MPI library that knows of one process where the launcher started several: each
/// would take itself for the only one, and write the same file.
///
/// # Errors
/// [`Failure::Usage`].
pub(super) fn check_team(context: &Context) -> Result<(), Failure> {
    check_size(context.team.size() as u64, &environment)
}

fn check_size(size: u64, variable: &dyn Fn(&str) -> Option<String>) -> Result<(), Failure> {
    if size != 1 {
        return Ok(());
    }
    let is_in_step = variable(SLURM_STEP).is_some();
    let mut launchers = VARIABLES.iter().filter(|v| **v != SLURM || is_in_step);
    // The first one that is there is the innermost.
    let started = launchers.find_map(|(rank, size)| {
        variable(rank)?;
        Some((*size, variable(size)?.trim().parse::<u64>().ok()?))
    });
    match started {
        None | Some((_, 0 | 1)) => Ok(()),
        Some((name, n)) => Err(Failure::Usage(anyhow::anyhow!(
            "--mpi: found one process by the MPI library of this omnis and {name}={n} of the \
             launcher, expected the same number: {TO_DO}; a launcher of another MPI library \
             (srun may need --mpi=pmix or --mpi=pmi2) starts processes that do not find each other"
        ))),
    }
}

/// Waits for something, saying so now and then; false if it did not come in time.
///
/// # Errors
/// [`Failure::Stopped`] or [`Failure::Interrupted`] after a signal.
fn wait_until(
    patience: Duration,
    is_there: &dyn Fn() -> bool,
    say: &dyn Fn(Duration),
) -> Result<bool, Failure> {
    let begin = Instant::now();
    let mut next_word = WORD;
    while !is_there() {
        if either_requested().load(std::sync::atomic::Ordering::Relaxed) {
            return Err(ended("the parts are kept; the same command goes on"));
        }
        let waited = begin.elapsed();
        if waited >= patience {
            return Ok(false);
        }
        if waited >= next_word {
            say(waited);
            next_word += WORD;
        }
        std::thread::sleep(WAIT);
    }
    Ok(true)
}

/// Files of the ranks, beside the output.
fn folder_of(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".ranks");
    PathBuf::from(name)
}

fn part(folder: &Path, rank: u64) -> PathBuf {
    folder.join(format!("part_{rank:05}.lhe.gz"))
}

/// Whether the file of a job is there, with the events that it should have.
fn is_complete(job: &Job, pack: &Gridpack) -> bool {
    let wanted = Provenance::new(
        &pack.facts.physics,
        &pack.state,
        job.seed,
        job.events.clone(),
    );
    job.output.is_file() && provenance_in(&job.output).is_ok_and(|p| p == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_waited_for_for_ever() {
        let silent = |_: Duration| {};
        assert!(!wait_until(Duration::ZERO, &|| false, &silent).unwrap());
        assert!(wait_until(Duration::ZERO, &|| true, &silent).unwrap());
    }

    #[test]
    fn a_rank_and_a_number_that_do_not_fit_are_told() {
        let of = |rank: &'static str, size: &'static str| {
            Ranks::from_variables(&move |name| match name {
                "OMPI_COMM_WORLD_RANK" => Some(rank.to_owned()),
                "OMPI_COMM_WORLD_SIZE" => Some(size.to_owned()),
                _ => None,
            })
        };
        let found = of("2", "3").unwrap();
        assert_eq!((found.rank, found.size), (2, 3));
        for (rank, size) in [("5", "3"), ("-1", "3"), ("0", "three")] {
            let text = of(rank, size).unwrap_err().text();
            let found = format!(
                "found OMPI_COMM_WORLD_RANK={rank} and OMPI_COMM_WORLD_SIZE={size}, expected a \
                 rank from 0 on that is below the number of processes"
            );
            assert!(text.contains(&found), "{text}");
        }
        assert!(of("0", "100000000").unwrap_err().text().contains("at most"));
        let nobody = Ranks::from_variables(&|_| None).unwrap_err().text();
        for part in ["SLURM_PROCID", "mpirun -n 4 omnis", "leave out --mpi"] {
            assert!(nobody.contains(part), "{nobody}");
        }
    }

    fn slurm(step: bool) -> impl Fn(&str) -> Option<String> {
        move |name| match name {
            "SLURM_PROCID" => Some("0".to_owned()),
            "SLURM_NTASKS" => Some("4".to_owned()),
            "SLURM_STEP_NUM_TASKS" if step => Some("4".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn the_script_of_a_job_is_no_task_of_it() {
        let found = Ranks::from_variables(&slurm(true)).unwrap();
        assert_eq!((found.rank, found.size), (0, 4));
        let text = Ranks::from_variables(&slurm(false)).unwrap_err().text();
        for part in [
            "SLURM_PROCID=0 and SLURM_NTASKS=4",
            "expected",
            "srun -n 4 omnis",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn one_process_of_mpi_among_several_of_the_launcher_is_refused() {
        let text = check_size(1, &slurm(true)).unwrap_err().text();
        assert!(text.contains("SLURM_NTASKS=4 of the launcher"), "{text}");
        assert!(check_size(4, &slurm(true)).is_ok());
        assert!(check_size(1, &|_| None).is_ok() && check_size(1, &slurm(false)).is_ok());
        // One process of mpirun within a larger job.
        let inner = |name: &str| match name {
            "OMPI_COMM_WORLD_RANK" => Some("0".to_owned()),
            "OMPI_COMM_WORLD_SIZE" => Some("1".to_owned()),
            other => slurm(true)(other),
        };
        assert!(check_size(1, &inner).is_ok());
    }
}
