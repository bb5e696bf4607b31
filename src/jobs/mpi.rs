//! The processes that an MPI launcher started, as a team.
//!
//! Knows bytes and ranks; knows nothing of what is computed. MPI is used for one
//! operation, by one thread at a time. An error of MPI itself ends all processes,
//! as is its default.

use mpi::datatype::PartitionMut;
use mpi::environment::Universe;
use mpi::traits::{Communicator, CommunicatorCollectives};
use mpi::{Threading, topology::SimpleCommunicator};

use crate::compute::Team;

/// Bytes of all ranks together in one call; MPI counts with 32 bits.
const MOST_AT_ONCE: usize = 1 << 30;

/// All processes of `mpirun`; MPI is finalised when it is dropped.
pub(crate) struct MpiTeam {
    rank: usize,
    size: usize,
    neighbours: usize,
    _universe: Universe,
}

impl MpiTeam {
    /// Starts MPI; `None` if it was started before, or cannot be called by other
    /// threads than the first.
    pub fn start() -> Option<Self> {
        let (universe, threading) = mpi::initialize_with_threading(Threading::Serialized)?;
        let world = universe.world();
        let rank = world.rank();
        let here = world.split_shared(rank);
        (threading >= Threading::Serialized).then(|| Self {
            rank: rank as usize,
            size: world.size() as usize,
            neighbours: here.size() as usize,
            _universe: universe,
        })
    }
}

impl Team for MpiTeam {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.size
    }

    fn neighbours(&self) -> usize {
        self.neighbours
    }

    fn exchange(&self, mine: Vec<u8>) -> Vec<Vec<u8>> {
        let world = SimpleCommunicator::world();
        let mut lengths = vec![0u64; self.size];
        world.all_gather_into(&(mine.len() as u64), &mut lengths[..]);
        let mut all: Vec<Vec<u8>> = lengths
            .iter()
            .map(|&n| Vec::with_capacity(n as usize))
            .collect();
        let piece = MOST_AT_ONCE / self.size;
        let longest = lengths.iter().copied().max().unwrap_or(0) as usize;
        for begin in (0..longest).step_by(piece) {
            let part = |n: usize| n.min(begin + piece).saturating_sub(begin);
            let counts: Vec<i32> = lengths.iter().map(|&n| part(n as usize) as i32).collect();
            let places: Vec<i32> = counts
                .iter()
                .scan(0, |next, &n| Some(std::mem::replace(next, *next + n)))
                .collect();
            let mut bytes = vec![0u8; counts.iter().map(|&n| n as usize).sum()];
            let from = begin.min(mine.len());
            let sent = &mine[from..from + part(mine.len())];
            let mut received = PartitionMut::new(&mut bytes[..], &counts[..], &places[..]);
            world.all_gather_varcount_into(sent, &mut received);
            for (rank, all) in all.iter_mut().enumerate() {
                let at = places[rank] as usize;
                all.extend_from_slice(&bytes[at..at + counts[rank] as usize]);
            }
        }
        all
    }

    fn abort(&self, code: u8) -> ! {
        SimpleCommunicator::world().abort(i32::from(code))
    }
}
