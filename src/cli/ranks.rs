//! One generation by many processes that `mpirun` or `srun` started together.
//!
//! Ranks share nothing but the file system: each makes a range of the events in
//! a file of its own, and the first one merges them. So no MPI library is
//! needed, and the events do not depend on the number of ranks.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::at_once::ended;
use super::failure::{Failure, OrFail};
use super::interrupt::either_requested;
use super::program::Context;
use super::running::failure;
use crate::production::{Job, Pack, Provenance, merge, part_of_sample, provenance_in};

/// Names under which launchers tell a process its rank and their number: Open
/// MPI, MPICH and its relatives, PMIx, Slurm.
const VARIABLES: [(&str, &str); 4] = [
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("PMI_RANK", "PMI_SIZE"),
    ("PMIX_RANK", "PMIX_SIZE"),
    ("SLURM_PROCID", "SLURM_NTASKS"),
];
/// Between two looks for the files of the others.
const WAIT: Duration = Duration::from_millis(100);

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
        let number = |name: &str| std::env::var(name).ok()?.trim().parse::<u64>().ok();
        for (rank, size) in VARIABLES {
            if let (Some(rank), Some(size)) = (number(rank), number(size))
                && rank < size
            {
                return Ok(Self {
                    rank,
                    size,
                    neighbours: size,
                });
            }
        }
        let names: Vec<&str> = VARIABLES.iter().map(|v| v.0).collect();
        Err(Failure::Usage(anyhow::anyhow!(
            "--mpi: found none of the variables {}; expected to be started by mpirun or srun",
            names.join(", ")
        )))
    }

    /// The job of this rank, and whether its file is complete already.
    pub(super) fn job(self, job: &Job, pack: &Pack) -> Result<(Job, bool), Failure> {
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
    pub(super) fn merge(self, job: &Job, pack: &Pack) -> Result<(), Failure> {
        if self.rank != 0 {
            return Ok(());
        }
        let folder = folder_of(&job.output);
        let mut parts = Vec::new();
        for rank in 0..self.size {
            let other = Job {
                output: part(&folder, rank),
                events: part_of_sample(&job.events, rank, self.size),
                ..job.clone()
            };
            if other.events.is_empty() {
                continue;
            }
            while !is_complete(&other, pack) {
                if either_requested().load(std::sync::atomic::Ordering::Relaxed) {
                    return Err(ended("the parts are kept; the same command goes on"));
                }
                std::thread::sleep(WAIT);
            }
            parts.push(other.output);
        }
        merge(&parts, &job.output).map_err(failure)?;
        fs::remove_dir_all(&folder).ok();
        Ok(())
    }
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
fn is_complete(job: &Job, pack: &Pack) -> bool {
    let wanted = Provenance::new(
        &pack.facts.physics,
        &pack.state,
        job.seed,
        job.events.clone(),
    );
    job.output.is_file() && provenance_in(&job.output).is_ok_and(|p| p == Some(wanted))
}
