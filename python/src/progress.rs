//! Long work without the global interpreter lock: the work has a thread of its own, this
//! one listens to Ctrl-C and tells the caller how far it is.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use omnis::integrate::{Control, Status};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::raised;

/// Between two looks at signals.
const LOOK: Duration = Duration::from_millis(100);

/// Does `work` with `threads` threads, all cores by default. `progress` is called with a
/// dictionary about ten times a second; what it raises, and Ctrl-C, end the work.
///
/// # Errors
/// Those of `work`, of `progress`, and `KeyboardInterrupt`.
pub fn supervised<T: Send>(
    py: Python<'_>,
    threads: Option<NonZeroUsize>,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Control) -> PyResult<T> + Send,
) -> PyResult<T> {
    let pool = threads
        .map(|n| rayon::ThreadPoolBuilder::new().num_threads(n.get()).build())
        .transpose()
        .map_err(raised)?;
    let (cancel, latest) = (AtomicBool::new(false), Mutex::new(None::<Status>));
    let update = |status: &Status| {
        *latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(*status);
    };
    let (done, is_done) = mpsc::channel::<()>();
    let is_done = Mutex::new(is_done);
    thread::scope(|scope| {
        let (cancel, update) = (&cancel, &update);
        let worker = scope.spawn(move || {
            let work = || {
                work(&Control {
                    progress: update,
                    cancel,
                })
            };
            let result = match &pool {
                Some(pool) => pool.install(work),
                None => work(),
            };
            drop(done);
            result
        });
        let mut failed = None;
        loop {
            let waited = py.detach(|| {
                let is_done = is_done.lock().unwrap_or_else(PoisonError::into_inner);
                is_done.recv_timeout(LOOK)
            });
            if waited != Err(RecvTimeoutError::Timeout) {
                break;
            }
            let status = latest.lock().unwrap_or_else(PoisonError::into_inner).take();
            let told = py.check_signals().and_then(|()| match (progress, status) {
                (Some(progress), Some(status)) => tell(progress, &status),
                _ => Ok(()),
            });
            if let Err(e) = told {
                cancel.store(true, Ordering::Relaxed);
                failed.get_or_insert(e);
            }
        }
        let result = py.detach(|| worker.join());
        let result = result.unwrap_or_else(|panic| resume_unwind(panic));
        match failed {
            Some(e) => Err(e),
            None => result,
        }
    })
}

/// Calls a callback with what is known.
fn tell(progress: &Bound<'_, PyAny>, status: &Status) -> PyResult<()> {
    let told = PyDict::new(progress.py());
    told.set_item("stage", status.stage.name())?;
    told.set_item("done", status.done)?;
    told.set_item("n_points", status.n_points)?;
    told.set_item("n_events", status.n_events)?;
    told.set_item("integral", status.xsec_pb)?;
    told.set_item("error", status.xsec_err_pb)?;
    progress.call1((told,))?;
    Ok(())
}
