//! Adaptation with checkpoints: it goes on where a killed process was, and comes
//! to the same result. The processes of a team share it; the first one keeps its
//! states.
//!
//! Knows files and the order of the steps; knows no formula.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::job::Output;
use crate::compute::{Crew, Team};
use crate::error::Error;
use crate::gridpack::Gridpack;
use crate::integrate::{AdaptProgress, AdaptState, Adaptation, Adapted, CheckpointEvent, Control};
use crate::run::Run;

/// How an adaptation is shared and kept.
#[derive(Clone, Copy)]
pub struct AdaptPlan<'a> {
    /// The processes that share it.
    pub team: &'a dyn Team,
    /// Time between checkpoints.
    pub checkpoint_every: Duration,
    /// Hears what the user should know.
    pub note: &'a dyn Fn(&str),
}

/// Where an adaptation began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// At the beginning.
    Anew,
    /// Where an earlier process was.
    Resumed(AdaptProgress),
    /// An earlier process had completed it.
    Complete,
}

/// What the first process found beside the output.
#[derive(Serialize, Deserialize)]
enum Found {
    Nothing,
    State(Vec<u8>),
    Complete(Box<Adapted>),
}

impl Run {
    /// Adapts for the number of events of the card, with checkpoints beside
    /// `output`, which the first process of a team has.
    ///
    /// # Errors
    /// As [`Run::integrate`]; [`Error::Storage`] if a checkpoint cannot be
    /// written.
    pub fn adapt(
        &self,
        output: Option<&Output>,
        plan: AdaptPlan<'_>,
        control: &Control,
    ) -> Result<(Gridpack, Origin), Error> {
        let planned = self.card.run.events;
        let key = Gridpack::key(self, &self.settings(planned))?;
        let crew = Crew {
            team: plan.team,
            cancel: control.cancel,
        };
        let found = crew.agree(output.map_or(Found::Nothing, |o| o.found(&key, plan.note)));
        let (begin, origin) = match found {
            Found::Complete(adapted) => {
                return Ok((Gridpack::new(self, *adapted)?, Origin::Complete));
            }
            Found::Nothing => (None, Origin::Anew),
            Found::State(bytes) => match AdaptState::from_bytes(&bytes) {
                Ok(state) => {
                    let place = state.place();
                    if let Some(output) = output {
                        output.found_state(place);
                    }
                    (Some(state), Origin::Resumed(place))
                }
                Err(e) => {
                    (plan.note)(&format!(
                        "warning: the checkpoint of the adaptation cannot be used, it begins again: {e}"
                    ));
                    (None, Origin::Anew)
                }
            },
        };
        let mut last = Instant::now();
        let mut keep = |state: &AdaptState, moment: CheckpointEvent| {
            if let Some(output) = output
                && (moment == CheckpointEvent::Last || last.elapsed() >= plan.checkpoint_every)
            {
                output.keep_state(&key, state)?;
                last = Instant::now();
            }
            Ok(())
        };
        let adaptation = Adaptation {
            team: plan.team,
            begin,
            keep: &mut keep,
        };
        let adapted = self.integrate_with(planned, control, adaptation)?;
        let pack = Gridpack::new(self, adapted)?;
        if let Some(output) = output {
            output.keep(&pack)?;
        }
        Ok((pack, origin))
    }
}

impl Output {
    /// What an earlier process left of the adaptation with this `key`.
    fn found(&self, key: &str, note: &dyn Fn(&str)) -> Found {
        match self.adapted(key) {
            Ok(Some(pack)) => return Found::Complete(Box::new(pack.adapted)),
            Ok(None) => {}
            Err(e) => note(&format!("warning: the adaptation is made again: {e}")),
        }
        match self.state(key) {
            Ok(Some(bytes)) => Found::State(bytes),
            Ok(None) => Found::Nothing,
            Err(e) => {
                note(&format!("warning: the adaptation begins again: {e}"));
                Found::Nothing
            }
        }
    }
}
