//! The processes that share a command, and how they end together.

use std::time::Duration;

use super::failure::Failure;
#[cfg(feature = "mpi")]
use crate::compute::Crew;
use crate::compute::{Alone, Team};
#[cfg(feature = "mpi")]
use crate::jobs::MpiTeam;

/// An error that all processes meet is told by the first one; the others wait
/// this long before they tell of their own.
const PATIENCE: Duration = Duration::from_secs(2);

/// The processes of the launcher if `mpi` asks for them, else this one.
///
/// # Errors
/// [`Failure::Usage`] if MPI cannot be used.
#[cfg(feature = "mpi")]
pub(super) fn team(mpi: bool) -> Result<Box<dyn Team>, Failure> {
    use crate::storage::version_line;
    if !mpi {
        return Ok(Box::new(Alone));
    }
    let Some(team) = MpiTeam::start() else {
        return Err(Failure::Usage(anyhow::anyhow!(
            "--mpi: found an MPI library without threads, expected one that allows calls from any thread in turn"
        )));
    };
    let crew = Crew {
        team: &team,
        ..Crew::alone()
    };
    let first = crew.agree(version_line().to_owned());
    if first != version_line() {
        return Err(Failure::Usage(anyhow::anyhow!(
            "--mpi: found omnis {} as process {}, expected {first} as in the first one",
            version_line(),
            team.rank()
        )));
    }
    Ok(Box::new(team))
}

/// This process: others find each other by files, if at all.
///
/// # Errors
/// None in this build.
#[cfg(not(feature = "mpi"))]
pub(super) fn team(_mpi: bool) -> Result<Box<dyn Team>, Failure> {
    Ok(Box::new(Alone))
}

/// Refuses `--mpi` for a command that needs an MPI library, in a build without.
///
/// # Errors
/// [`Failure::Usage`].
pub(super) fn check_built(mpi: bool) -> Result<(), Failure> {
    if mpi && !cfg!(feature = "mpi") {
        return Err(Failure::Usage(anyhow::anyhow!(
            "--mpi: found omnis built without MPI, expected a build with --features mpi ('omnis \
             --version' names the features); without it only the events of a gridpack can be \
             shared: make one with 'omnis gridpack CARD', which uses all cores of a machine, then \
             'srun -n 4 omnis generate GRIDPACK --mpi'"
        )));
    }
    Ok(())
}

/// Whether this process is to tell of a failure; returns on the others too, if
/// they know of it. After an error that they do not know of, call [`end_all`].
pub(super) fn is_told_here(failure: &Failure, team: &dyn Team) -> bool {
    if team.rank() == 0 {
        return true;
    }
    if !failure.is_common() {
        std::thread::sleep(PATIENCE);
    }
    !failure.is_common()
}

/// Ends the other processes, if there are any that may not know of a failure.
pub(super) fn end_all(failure: &Failure, team: &dyn Team) {
    if team.size() > 1 && !failure.is_common() {
        team.abort(failure.exit_code());
    }
}

/// Threads of this process: as asked for, or its share of the cores.
pub(super) fn threads(asked: usize, team: &dyn Team) -> usize {
    if asked > 0 || team.size() == 1 {
        return asked;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (cores / team.neighbours()).max(1)
}
