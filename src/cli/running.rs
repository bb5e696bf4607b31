//! What `generate` and `integrate` share: the card with its overrides, the
//! thread pool, progress, and the summary.
//!
//! Knows the stages of a run; computes nothing.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::at_once::{at_once, ended, nothing_new};
use super::failure::Failure;
use super::interrupt::either_requested;
use super::program::Context;
use super::progress::{Count, Progress, Scale};
use super::summary::{AdaptationResumed, SubprocessSummary, Summary};
use crate::card::Card;
use crate::compute::Watch;
use crate::error::Error;
use crate::gridpack::Gridpack;
use crate::integrate::{Control, Stage, Status};
use crate::jobs::{AdaptPlan, Origin, Output, Replace, Writing};
use crate::numbers::with_error;
use crate::run::{Run, Subtotal};

/// The files that a run reads, and must not write: the card or gridpack, and the
/// parameters that it names.
pub(super) fn inputs<'a>(
    path: &'a Path,
    card: &'a Card,
) -> impl Iterator<Item = (&'a Path, &'a str)> {
    let parameters = card.model.param_card.as_deref();
    let parameters = parameters.map(|p| (p, "the parameter card"));
    std::iter::once((path, "the input")).chain(parameters)
}

/// An error with the exit code that fits it.
pub(super) fn failure(error: Error) -> Failure {
    if error.is_interruption() {
        ended(nothing_new(None))
    } else if let Some(singular) = error.singular() {
        Failure::Divergent {
            message: error.to_string(),
            singularities: singular.lines(),
            cuts: singular.cuts(),
        }
    } else if error.is_input() {
        Failure::Usage(error.into())
    } else {
        Failure::Run(error.into())
    }
}

/// Stack of a thread in bytes. The interpreter of amplitudes is one function for each
/// instruction set, with all operations inlined: compiled without optimisation, as by
/// `cargo build` with `opt-level = 0`, it takes 2 MB, all that a thread has by default.
const STACK: usize = 16 << 20;

/// Runs `work` in a pool of this number of threads; 0 for one per core.
pub(super) fn in_pool<T: Send>(
    n_threads: usize,
    work: impl FnOnce() -> Result<T, Failure> + Send,
) -> Result<T, Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .stack_size(STACK)
        .build();
    match pool {
        Ok(pool) => pool.install(work),
        Err(e) => Err(Failure::Run(
            anyhow::Error::from(e).context("cannot start threads"),
        )),
    }
}

/// Takes the place of an output file, on the first of several processes.
pub(super) fn first_output(path: &Path, context: &Context) -> Result<Option<Output>, Failure> {
    if context.team.rank() > 0 {
        return Ok(None);
    }
    Output::open(path).map(Some).map_err(failure)
}

/// Loads and compiles what a card names; `output` is left if that is ended.
pub(super) fn prepare(
    card: Card,
    output: &mut Option<Output>,
    context: &Context,
) -> Result<Run, Failure> {
    for old in card.old_names() {
        context.progress.log(0, &format!("note: {old}"));
    }
    let run = set_up(output, context, |watch| Run::prepare_watched(card, watch))?;
    let cut_away = run.cross_section.cut_away();
    if !cut_away.is_empty() {
        let what = cut_away.join(", ");
        context
            .progress
            .log(0, &format!("note: the cuts leave no event of {what}"));
    }
    for note in run.notes() {
        context.progress.log(1, note);
    }
    Ok(run)
}

/// Sets up the run of a gridpack and compares it with what was stored.
pub(super) fn open_pack(
    pack: &Gridpack,
    path: &Path,
    output: &mut Option<Output>,
    context: &Context,
) -> Result<Run, Failure> {
    set_up(output, context, |watch| pack.open_watched(path, watch))
}

/// Shows how far a setup is, and lets signals end it.
pub(super) fn set_up<T>(
    output: &mut Option<Output>,
    context: &Context,
    work: impl FnOnce(Watch) -> Result<T, Error>,
) -> Result<T, Failure> {
    context.progress.begin("setup", Scale::Open);
    let tell = |what: &str, done: u64, total: u64| {
        context.progress.advance(Count::Of(what, done, total), "");
    };
    let watch = Watch {
        tell: &tell,
        cancel: either_requested(),
    };
    let result = at_once(output, context, || work(watch));
    context.progress.end();
    match result {
        Err(e) if e.is_interruption() => Err(ended(nothing_new(output.as_ref()))),
        other => other.map_err(failure),
    }
}

/// Adapts, or goes on where an earlier process was with the same output, which
/// the first process of a team has.
pub(super) fn adapted_pack(
    run: &Run,
    output: Option<&Output>,
    checkpoint_every: Duration,
    context: &Context,
) -> Result<(Gridpack, Origin), Failure> {
    let plan = AdaptPlan {
        team: &*context.team,
        checkpoint_every,
        note: &|text| context.progress.log(0, text),
    };
    let made = with_control(&context.progress, either_requested(), 0, |c| {
        run.adapt(output, plan, c)
    });
    match made {
        Err(Failure::Stopped(_) | Failure::Interrupted(_)) => {
            let kept = output.and_then(Output::adaptation_kept);
            Err(ended(&match kept {
                Some(place) => format!(
                    "the state of the adaptation is kept ('{}' after {} steps of it, {} points in \
                     all), and no event was made yet; the same command goes on from there",
                    place.stage.name(),
                    place.n_steps,
                    place.n_points
                ),
                None => format!(
                    "the adaptation had not come to its first checkpoint; {}",
                    nothing_new(output)
                ),
            }))
        }
        Ok((_, Origin::Complete)) => {
            let note = "the adapted state of an earlier run is used";
            context.progress.log(1, note);
            made
        }
        Ok((_, Origin::Resumed(place))) => {
            context.progress.log(
                1,
                &format!(
                    "the adaptation went on from '{}' after {} steps of it, {} points in all",
                    place.stage.name(),
                    place.n_steps,
                    place.n_points
                ),
            );
            made
        }
        other => other,
    }
}

/// Calls `work`, which makes `n_events` if any, with a control that feeds the
/// progress bars.
pub(super) fn with_control<T>(
    progress: &Progress,
    cancel: &AtomicBool,
    n_events: u64,
    work: impl FnOnce(&Control) -> Result<T, Error>,
) -> Result<T, Failure> {
    controlled(progress, cancel, n_events, " pb", |c| {
        work(c).map_err(failure)
    })
}

/// The same for an integral in another unit.
pub(super) fn with_unit<T>(
    progress: &Progress,
    cancel: &AtomicBool,
    unit: &str,
    work: impl FnOnce(&Control) -> Result<T, Failure>,
) -> Result<T, Failure> {
    controlled(progress, cancel, 0, unit, work)
}

fn controlled<T>(
    progress: &Progress,
    cancel: &AtomicBool,
    n_events: u64,
    unit: &str,
    work: impl FnOnce(&Control) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let stage = Cell::new(None);
    let last = RefCell::new(String::new());
    let update = |status: &Status| {
        let (scale, count) = match status.stage {
            Stage::Generate => (
                Scale::Events(Some(n_events)),
                Count::Events(status.n_events),
            ),
            _ => (Scale::Fraction, part_of(status)),
        };
        if stage.get() != Some(status.stage) {
            stage.set(Some(status.stage));
            progress.begin(status.stage.name(), scale);
        }
        let note = if status.xsec_err_pb > 0.0 {
            with_error(status.xsec_pb, status.xsec_err_pb) + unit
        } else {
            String::new()
        };
        // Within an iteration the estimate is that of the one before.
        if status.stage != Stage::Generate && !note.is_empty() && note != *last.borrow() {
            let (name, n) = (status.stage.name(), status.n_points);
            progress.log(2, &format!("{name}: {note} after {n} points"));
            last.borrow_mut().clone_from(&note);
        }
        progress.advance(count, &note);
    };
    let control = Control {
        progress: &update,
        cancel,
    };
    let result = work(&control);
    progress.end();
    result
}

fn part_of(status: &Status) -> Count<'static> {
    Count::Part {
        done: status.done,
        points: status.n_points,
        lacking: status.points_left,
    }
}

/// Calls `work` on event files with one who hears of its stages and their events, and of what
/// is lost of the same card.
pub(super) fn counted<T>(
    context: &Context,
    replace: Replace,
    work: impl FnOnce(Writing) -> Result<T, Error>,
) -> Result<T, Failure> {
    let progress = &context.progress;
    let stage = Cell::new("");
    let tell = |name: &'static str, done: u64, total: Option<u64>| {
        if stage.replace(name) != name {
            progress.begin(name, Scale::Events(total));
        }
        progress.advance(Count::Events(done), "");
    };
    let result = work(Writing {
        told: &tell,
        replace,
        note: &|text| progress.log(0, &format!("note: {text}")),
    });
    progress.end();
    result.map_err(failure)
}

/// Says what a user should know of files that were written; what is not kept of events is a
/// warning.
pub(super) fn tell_notes(notes: &[String], context: &Context) {
    for note in notes {
        if note.starts_with("not kept") {
            context.progress.warn(note);
        } else {
            context.progress.log(0, &format!("note: {note}"));
        }
    }
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
        process: card.process.generate.clone(),
        beams: card.beams.particles.clone(),
        energies_gev: card.beams.energies,
        effective_card: run.effective_card(),
        conditions: run.conditions(),
        alpha_s_mz: run.alpha_s_mz(),
        seed: card.run.seed,
        adaptation_seed: card.run.seed,
        exchanged: exchanged(run),
        helicities: Some(run.cross_section.helicities_text()),
        helicity_groups: run.cross_section.helicity_choices(),
        outside_grid: run.cross_section.outside_grid(),
        ..Summary::default()
    }
}

/// The first subprocess that includes another with the beams exchanged.
fn exchanged(run: &Run) -> Option<[String; 2]> {
    let infos = run.cross_section.subprocesses().iter();
    let mut both = infos.filter(|info| info.exchanged && info.pdg[0] != info.pdg[1]);
    let name = &both.next()?.name;
    let (incoming, outgoing) = name.split_once(" > ")?;
    let (a, b) = incoming.split_once(' ')?;
    Some([name.clone(), format!("{b} {a} > {outgoing}")])
}

/// Where an adaptation of `n_points` in all went on, for a summary.
pub(super) fn resumed(origin: Origin, n_points: u64) -> Option<AdaptationResumed> {
    match origin {
        Origin::Anew => None,
        Origin::Resumed(place) => Some(AdaptationResumed {
            stage: place.stage.name().to_owned(),
            steps: place.n_steps,
            points: place.n_points,
        }),
        Origin::Complete => Some(AdaptationResumed {
            stage: "complete".to_owned(),
            steps: 0,
            points: n_points,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    /// Not in the frame of the test, whose thread has less.
    #[inline(never)]
    fn deep() -> Result<u64, Failure> {
        let large = [1_u8; 3 << 20];
        Ok(black_box(&large).iter().map(|x| u64::from(*x)).sum())
    }

    #[test]
    fn threads_have_room_for_code_that_is_not_optimised() {
        assert!(matches!(in_pool(2, deep), Ok(n) if n == 3 << 20));
    }
}
