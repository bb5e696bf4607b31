//! What `generate` and `integrate` share: the card with its overrides, the
//! thread pool, progress, and the summary.
//!
//! Knows the stages of a run; computes nothing.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::failure::Failure;
use super::interrupt::{either_requested, is_stopping};
use super::program::Context;
use super::progress::Progress;
use super::summary::{SubprocessSummary, Summary};
use crate::error::Error;
use crate::production::{Card, Output, Pack, Run, RunControl, RunStage, RunStatus, Subtotal};

/// Reads a card; threads given on the command line win.
pub(super) fn read_card(path: &Path, threads: Option<NonZeroUsize>) -> Result<Card, Failure> {
    let mut card = Card::from_path(path).map_err(|e| failure(e.into()))?;
    if let Some(threads) = threads {
        card.run.threads = threads.get();
    }
    Ok(card)
}

/// An error with the exit code that fits it.
pub(super) fn failure(error: Error) -> Failure {
    if error.is_interruption() && is_stopping() {
        Failure::Stopped("nothing was lost; the same command begins again".to_owned())
    } else if error.is_interruption() {
        Failure::Interrupted(
            "nothing was left under the name of the output; the same command goes on from the last block"
                .to_owned(),
        )
    } else if error.is_input() {
        Failure::Usage(error.into())
    } else {
        Failure::Run(error.into())
    }
}

/// Runs `work` in a pool of this number of threads; 0 for one per core.
pub(super) fn in_pool<T: Send>(
    n_threads: usize,
    work: impl FnOnce() -> Result<T, Failure> + Send,
) -> Result<T, Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build();
    match pool {
        Ok(pool) => pool.install(work),
        Err(e) => Err(Failure::Run(
            anyhow::Error::from(e).context("cannot start threads"),
        )),
    }
}

/// Loads and compiles what a card names.
pub(super) fn prepare(card: Card, context: &Context) -> Result<Run, Failure> {
    context.progress.begin("setup", None);
    let run = Run::prepare(card).map_err(failure)?;
    for note in run.notes() {
        context.progress.log(1, note);
    }
    context.progress.end();
    Ok(run)
}

/// Sets up the run of a pack and compares it with what was stored.
pub(super) fn open_pack(pack: &Pack, path: &Path, context: &Context) -> Result<Run, Failure> {
    context.progress.begin("setup", None);
    let run = pack.open(path).map_err(failure)?;
    context.progress.end();
    Ok(run)
}

/// Adapts, unless an earlier process that was killed has done so for the same
/// output.
pub(super) fn adapted_pack(run: &Run, output: &Output, context: &Context) -> Result<Pack, Failure> {
    let planned = run.card.run.events;
    let key = Pack::key(run, &run.settings(planned)).map_err(failure)?;
    if let Some(pack) = output.adapted(&key) {
        context
            .progress
            .log(1, "the adapted state of an earlier run is used");
        return Ok(pack);
    }
    let adapted = with_control(&context.progress, either_requested(), |c| {
        run.integrate(planned, c)
    })?;
    let pack = Pack::new(run, adapted).map_err(failure)?;
    output.keep(&pack).map_err(failure)?;
    Ok(pack)
}

/// Calls `work` with a control that feeds the progress bars.
pub(super) fn with_control<T>(
    progress: &Progress,
    cancel: &AtomicBool,
    work: impl FnOnce(&RunControl) -> Result<T, Error>,
) -> Result<T, Failure> {
    const STEPS: u64 = 1000;
    let stage = std::cell::Cell::new(None);
    let update = |status: &RunStatus| {
        if stage.get() != Some(status.stage) {
            stage.set(Some(status.stage));
            let name = match status.stage {
                RunStage::Survey => "survey",
                RunStage::Adapt => "adapt",
                RunStage::Train => "train",
                RunStage::Integrate => "integrate",
                _ => "generate",
            };
            progress.begin(name, Some(STEPS));
        }
        let note = if status.xsec_err_pb > 0.0 {
            super::summary::with_error(status.xsec_pb, status.xsec_err_pb) + " pb"
        } else {
            String::new()
        };
        progress.advance((status.done * STEPS as f64) as u64, &note);
    };
    let control = RunControl {
        progress: &update,
        cancel,
    };
    let result = work(&control);
    progress.end();
    result.map_err(failure)
}

/// The head of a summary: what was run, and cross sections by subprocess.
pub(super) fn summary(run: &Run, subtotals: Vec<Subtotal>) -> Summary {
    let card = &run.card;
    Summary {
        title: format!(
            "{}   {} at {} + {} GeV",
            card.process.generate.join("; "),
            card.beams.particles.join(" "),
            card.beams.energies[0],
            card.beams.energies[1]
        ),
        subprocesses: subtotals
            .into_iter()
            .map(|s| SubprocessSummary {
                name: s.name,
                xsec_pb: s.xsec_pb,
                xsec_err_pb: s.xsec_err_pb,
            })
            .collect(),
        helicities: Some(run.cross_section.helicities_text()),
        ..Summary::default()
    }
}
