//! Work that is divided among threads, and among the processes of a parallel
//! program, with results in an order that neither changes.
//!
//! Knows numbered pieces of work and bytes; knows nothing of what is computed.
//! Every process calls the same functions in the same order. Each evaluates its
//! share of the pieces, and all of them receive all results, in the order of the
//! pieces: what is added up from them has the same bits for any number of
//! processes and threads.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The processes of a parallel program.
pub trait Team: Sync {
    /// Number of this process, from 0.
    fn rank(&self) -> usize;

    /// How many processes there are.
    fn size(&self) -> usize;

    /// Hands the bytes of every process to all, in the order of their numbers.
    /// Returns when all have called it.
    fn exchange(&self, mine: Vec<u8>) -> Vec<Vec<u8>>;

    /// How many of the processes share this machine.
    fn neighbours(&self) -> usize {
        self.size()
    }

    /// Ends all processes with this exit code, for an error that the others do
    /// not know of and would wait for ever.
    fn abort(&self, code: u8) -> ! {
        std::process::exit(i32::from(code))
    }
}

/// A process on its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Team for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn exchange(&self, mine: Vec<u8>) -> Vec<Vec<u8>> {
        vec![mine]
    }
}

/// All threads of all processes, and the flag that stops them.
#[derive(Clone, Copy)]
pub struct Crew<'a> {
    /// The processes.
    pub team: &'a dyn Team,
    /// Raised to stop between two pieces of work; a process that stops stops
    /// all of them.
    pub cancel: &'a AtomicBool,
}

static NEVER: AtomicBool = AtomicBool::new(false);

impl Crew<'static> {
    /// The threads of this process, which are never stopped.
    pub fn alone() -> Self {
        Self {
            team: &Alone,
            cancel: &NEVER,
        }
    }
}

impl Crew<'_> {
    /// The results of `work` on the pieces `0..n`, in their order; `None` if
    /// any process was stopped before all were done.
    ///
    /// Process `r` of `s` takes the pieces `r`, `r + s`, and so on.
    pub fn map<R>(&self, n: usize, work: impl Fn(usize) -> R + Sync) -> Option<Vec<R>>
    where
        R: Send + Serialize + DeserializeOwned,
    {
        let (rank, size) = (self.team.rank(), self.team.size());
        let n_mine = n.saturating_sub(rank).div_ceil(size);
        let mine: Option<Vec<R>> = (0..n_mine)
            .into_par_iter()
            .map(|k| {
                let go_on = !self.cancel.load(Ordering::Relaxed);
                go_on.then(|| work(rank + k * size))
            })
            .collect();
        // A crew without work must hear of the flag as well.
        let mine = mine.filter(|_| n > 0 || !self.cancel.load(Ordering::Relaxed));
        if size == 1 {
            return mine;
        }
        let mut all: Vec<std::vec::IntoIter<R>> = Vec::with_capacity(size);
        let mut stopped = false;
        for bytes in self.team.exchange(encode(&mine)) {
            match decode::<Option<Vec<R>>>(&bytes) {
                Some(results) => all.push(results.into_iter()),
                None => stopped = true,
            }
        }
        if stopped {
            return None;
        }
        let next = |k: usize| all[k % size].next().expect("every rank does its share");
        Some((0..n).map(next).collect())
    }

    /// What the first process found: processors of another kind may round
    /// otherwise, and all must decide alike.
    pub fn agree<T: Serialize + DeserializeOwned>(&self, mine: T) -> T {
        let mine = (self.team.rank() == 0).then_some(mine);
        self.told_by(0, mine)
    }

    /// What process `rank` found; the others have nothing to say.
    pub(crate) fn told_by<T: Serialize + DeserializeOwned>(
        &self,
        rank: usize,
        mine: Option<T>,
    ) -> T {
        if self.team.size() == 1 {
            return mine.expect("the only process has found it");
        }
        let mine = mine.filter(|_| self.team.rank() == rank);
        let bytes = mine.as_ref().map_or_else(Vec::new, encode);
        let all = self.team.exchange(bytes);
        mine.unwrap_or_else(|| decode(&all[rank]))
    }
}

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    rmp_serde::to_vec(value).expect("results are plain data")
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> T {
    rmp_serde::from_slice(bytes).expect("all processes run the same program")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_pieces() {
        let squares = Crew::alone().map(1000, |k| k * k);
        assert_eq!(squares, Some((0..1000).map(|k| k * k).collect()));
    }

    #[test]
    fn a_raised_flag_stops_the_work() {
        let cancel = AtomicBool::new(false);
        let crew = Crew {
            team: &Alone,
            cancel: &cancel,
        };
        let work = |k: usize| cancel.store(k == 3, Ordering::Relaxed);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        assert_eq!(pool.unwrap().install(|| crew.map(10, work)), None);
        assert_eq!(crew.map(0, |_| ()), None);
    }
}
