//! A trial of a run: a short adaptation and some events, measured and written nowhere, and what
//! the whole run will take if it goes on like that.
//!
//! Knows times, counts and bytes; knows no formula.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::job::{EventMaker, Job};
use crate::cross_section::EventBuilder;
use crate::error::Error;
use crate::event::{EventFormat, LheText, is_compressed_name};
use crate::gridpack::Gridpack;
use crate::integrate::{
    AdaptState, Adaptation, Adapted, CheckpointEvent, Control, GenerateSettings, GenerateState,
    IntegrateError, Stage, Status, generate_blocks, interim,
};
use crate::run::{Provenance, Run, run_info};

/// An adaptation that was given a certain time.
#[derive(Clone, Debug)]
pub struct AdaptTrial {
    /// The channels as they were then; `None` if not even the survey was complete.
    pub adapted: Option<Adapted>,
    /// Whether the adaptation came to its end: then it is that of the run.
    pub is_complete: bool,
    /// Time that it took, in s.
    pub wall_s: f64,
    /// Points that were evaluated.
    pub n_points: u64,
    /// Points that were still expected, trainings aside; 0 if it came to its end.
    pub points_left: u64,
}

impl AdaptTrial {
    /// Time of the whole adaptation at this pace, in s; `None` if nothing was measured.
    pub fn expected_s(&self) -> Option<f64> {
        if self.is_complete {
            return Some(self.wall_s);
        }
        self.adapted.as_ref()?;
        let pace = self.wall_s / self.n_points.max(1) as f64;
        Some(self.wall_s + pace * self.points_left as f64)
    }
}

/// Events that were made and measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventTrial {
    /// Events.
    pub n_events: u64,
    /// Trials for them.
    pub n_trials: u64,
    /// Accepted per trial.
    pub efficiency: f64,
    /// Time that they took, in s.
    pub wall_s: f64,
    /// Bytes of the head and the end of a file, and of these events, as text is written.
    pub n_bytes: [u64; 2],
}

impl EventTrial {
    /// Time of `n` events at this pace, in s.
    pub fn expected_s(&self, n: u64) -> f64 {
        self.wall_s * n as f64 / self.n_events as f64
    }

    /// Bytes of a file with `n` events.
    pub fn expected_bytes(&self, n: u64) -> f64 {
        self.n_bytes[0] as f64 + self.n_bytes[1] as f64 * n as f64 / self.n_events as f64
    }
}

impl Run {
    /// Adapts as for the events of the card, for this time at most and at least until the first
    /// look at the channels is complete, or three times as long.
    ///
    /// # Errors
    /// As [`Run::integrate`].
    pub fn try_adaptation(
        &self,
        planned_events: u64,
        time: Duration,
        control: &Control,
    ) -> Result<AdaptTrial, Error> {
        let begin = Instant::now();
        let over = AtomicBool::new(false);
        let seen = std::cell::Cell::new(0);
        let look = |status: &Status| {
            control.progress.update(status);
            seen.set(status.n_points);
            let most = match status.stage {
                Stage::Survey => 3 * time,
                _ => time,
            };
            if begin.elapsed() > most || control.cancel.load(Ordering::Relaxed) {
                over.store(true, Ordering::Relaxed);
            }
        };
        let mut last: Option<Vec<u8>> = None;
        let mut keep = |state: &AdaptState, moment: CheckpointEvent| {
            if moment == CheckpointEvent::Last {
                last = Some(state.to_bytes());
            }
            Ok(())
        };
        let own = Control {
            progress: &look,
            cancel: &over,
        };
        let made = self.integrate_with(planned_events, &own, Adaptation::alone(&mut keep));
        let wall_s = begin.elapsed().as_secs_f64();
        match made {
            Ok(adapted) => Ok(AdaptTrial {
                is_complete: true,
                wall_s,
                n_points: adapted.n_points(),
                points_left: 0,
                adapted: Some(adapted),
            }),
            Err(e) if e.is_interruption() && !control.cancel.load(Ordering::Relaxed) => {
                let state = last.and_then(|bytes| AdaptState::from_bytes(&bytes).ok());
                let settings = self.settings(planned_events);
                let found = state.map(|s| interim(&self.cross_section, &settings, s));
                Ok(AdaptTrial {
                    is_complete: false,
                    wall_s,
                    n_points: seen.get(),
                    points_left: found.as_ref().map_or(0, |f| f.points_left),
                    adapted: found.map(|f| f.adapted),
                })
            }
            Err(e) => Err(e),
        }
    }

    /// Makes events of a job for this time, block by block, and writes them nowhere; `None` if
    /// three times as long was not enough for the first ones.
    ///
    /// # Errors
    /// As for events that are written.
    pub fn try_events(
        &self,
        pack: &Gridpack,
        job: &Job,
        time: Duration,
        control: &Control,
    ) -> Result<Option<EventTrial>, Error> {
        let provenance = Provenance::new(
            &pack.facts.physics,
            &pack.state,
            job.seed,
            job.events.clone(),
        );
        let info = run_info(self, &pack.adapted, &pack.facts.helicities, &provenance);
        let format = EventFormat::of_name(&job.output)?;
        let compressed = is_compressed_name(&job.output) || format != EventFormat::Lhe;
        let text = LheText::new(&info, compressed, "the events of a trial")?;
        let n_events = job.events.end - job.events.start;
        let settings = GenerateSettings {
            n_events,
            first: job.events.start,
            seed: job.seed,
            ..GenerateSettings::default()
        };
        let maker = EventMaker {
            run: self,
            builder: EventBuilder::new(&self.cross_section, job.seed)
                .with_lifetimes(self.card.run.time_of_flight, &self.model)
                .with_weights(self.weights()),
            text: &text,
            first: job.events.start,
            n_events,
        };
        let begin = Instant::now();
        let over = AtomicBool::new(false);
        let look = |status: &Status| {
            control.progress.update(status);
            // Between groups of blocks, so that all that was made counts.
            if begin.elapsed() > time || control.cancel.load(Ordering::Relaxed) {
                over.store(true, Ordering::Relaxed);
            }
        };
        let own = Control {
            progress: &look,
            cancel: &over,
        };
        let (mut n_bytes, mut wall_s, mut latest) = (0, 0.0, None);
        let mut deliver = |block: Result<super::job::Block, _>, state: &GenerateState| {
            n_bytes += block?.text.len() as u64;
            wall_s = begin.elapsed().as_secs_f64();
            latest = Some(state.clone());
            Ok(ControlFlow::Continue(()))
        };
        let made = std::thread::scope(|scope| {
            let (done, is_done) = std::sync::mpsc::channel::<()>();
            let over = &over;
            scope.spawn(move || {
                if is_done.recv_timeout(3 * time).is_err() {
                    over.store(true, Ordering::Relaxed);
                }
            });
            let made = generate_blocks(
                &self.cross_section,
                &pack.adapted,
                &settings,
                GenerateState::default(),
                &own,
                &|points| maker.block(&points),
                &mut deliver,
            );
            let _ = done.send(());
            made
        });
        match made {
            Err(IntegrateError::Cancelled { .. }) if !control.cancel.load(Ordering::Relaxed) => {}
            Err(e) => return Err(e.into()),
            Ok(_) => {}
        }
        let head = text.head()?.len() as u64 + text.tail()?.len() as u64;
        Ok(latest.map(|state| {
            let report = state.summary(&pack.adapted).report;
            EventTrial {
                n_events: state.n_done(),
                n_trials: report.n_trials,
                efficiency: report.efficiency,
                wall_s,
                n_bytes: [head, n_bytes],
            }
        }))
    }
}
