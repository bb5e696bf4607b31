//! Generation into a file, with checkpoints: a killed job goes on where it was
//! and ends with the same bytes.
//!
//! Events are built, written as text and compressed block by block in
//! parallel; the bytes are put together in order. Knows the order of the
//! steps; knows no formula.

use std::cell::Cell;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::distributions::Distributions;
use super::filling::fill_from;
use super::replacing::Replace;
use super::split::{is_split, split};
use super::weight_sums::WeightSums;
use super::weight_totals::WeightTotals;
use super::writing::Writing;
use crate::cross_section::{Draw, EventBuilder};
use crate::error::Error;
use crate::event::{
    EventError, EventFormat, EventNorm, EventReader, EventWriter, LheText, is_compressed_name,
};
use crate::gridpack::Gridpack;
use crate::histogram::Tallies;
use crate::integrate::{
    AcceptedPoint, AdaptProgress, AdaptState, Control, GenerateSettings, GenerateState, Generated,
    IntegrateError, generate_blocks,
};
use crate::run::{Provenance, RESULTS_VERSION, Run, run_info};
use crate::storage::{PartialFile, StorageError, sha256_of_parts};

/// Name of the adapted state beside an unfinished output.
const ADAPTED: &str = "adapted.omnis";
/// Name of the state of an adaptation that is going on.
const ADAPTING: &str = "adapting.state";

/// Which events go where.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The event file; compressed if its name ends in `.gz`, one for each process if it
    /// holds `{process}`.
    pub output: PathBuf,
    /// Seed of the events.
    pub seed: u64,
    /// Positions of the events in the sample of that seed.
    pub events: Range<u64>,
    /// Time between checkpoints.
    pub checkpoint_every: Duration,
}

/// What a generation wrote and found.
#[derive(Clone, Debug, PartialEq)]
pub struct EventReport {
    /// Sampling, weights, cross section of the whole run.
    pub generated: Generated,
    /// Events in the file.
    pub n_written: u64,
    /// Events that an earlier process had made.
    pub n_resumed: u64,
    /// What the alternative weights say; `None` without any.
    pub weights: Option<WeightTotals>,
    /// The histograms of the card; `None` without any.
    pub distributions: Option<Distributions>,
}

/// How a generation ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The file is complete.
    Complete(Box<EventReport>),
    /// It was asked to stop, and a later process can go on.
    Stopped {
        /// Events that are safe.
        n_done: u64,
    },
}

/// The place of an output file, locked against other processes.
pub struct Output {
    file: PartialFile,
    path: PathBuf,
    /// Where the adaptation stands whose state is kept here.
    adapting: Cell<Option<AdaptProgress>>,
}

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    /// What the bytes belong to.
    job: String,
    generation: GenerateState,
    /// Of the alternative weights.
    sums: WeightSums,
}

impl Output {
    /// Takes the place of an output file, before any work is done.
    ///
    /// # Errors
    /// [`Error::Storage`]: another process has it, or it cannot be written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self {
            file: PartialFile::open(path)?,
            path: path.to_owned(),
            adapting: Cell::default(),
        })
    }

    /// Whether [`Output::open`] would take the place now; nothing is written.
    ///
    /// # Errors
    /// As [`Output::open`].
    pub fn check(path: &Path) -> Result<(), Error> {
        Ok(PartialFile::check(path)?)
    }

    /// The adapted state that an earlier process left here, if it was made
    /// with the same `key`.
    ///
    /// # Errors
    /// [`Error::Storage`] if it is damaged.
    pub fn adapted(&self, key: &str) -> Result<Option<Gridpack>, Error> {
        let path = self.file.kept(ADAPTED);
        if !path.exists() {
            return Ok(None);
        }
        let pack = Gridpack::read(&path)?;
        Ok((pack.facts.key == key).then_some(pack))
    }

    /// Keeps an adapted state until the output is complete, in place of those
    /// that led to it.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn keep(&self, pack: &Gridpack) -> Result<(), Error> {
        self.file.keep(ADAPTED, &pack.bytes()?)?;
        self.file.forget(ADAPTING);
        Ok(())
    }

    /// The bytes that were kept by `keep_state` with the same `key`.
    ///
    /// # Errors
    /// [`StorageError`] if they are damaged.
    pub fn state(&self, key: &str) -> Result<Option<Vec<u8>>, StorageError> {
        self.file.kept_sealed(ADAPTING, key)
    }

    /// Keeps the state of an adaptation that is going on.
    ///
    /// # Errors
    /// [`StorageError::Write`]; what was kept before stays.
    pub(super) fn keep_state(&self, key: &str, state: &AdaptState) -> Result<(), StorageError> {
        self.file.keep_sealed(ADAPTING, key, &state.to_bytes())?;
        self.adapting.set(Some(state.place()));
        Ok(())
    }

    /// Notes that an earlier process kept a state here.
    pub(super) fn found_state(&self, place: AdaptProgress) {
        self.adapting.set(Some(place));
    }

    /// Where a later process can go on with the adaptation of this run.
    pub fn adaptation_kept(&self) -> Option<AdaptProgress> {
        self.adapting.get()
    }

    /// Whether a later process can go on with something that is kept here.
    pub fn is_worth_keeping(&self) -> bool {
        self.file.is_worth_keeping()
    }

    /// Completes the output with the gridpack itself as its content.
    ///
    /// # Errors
    /// [`Error::Storage`]; no file appears then.
    pub fn complete_with(mut self, pack: &Gridpack) -> Result<(), Error> {
        self.file.restart()?;
        self.file.append(&pack.bytes()?)?;
        Ok(self.file.finish()?)
    }

    /// Leaves nothing behind.
    pub fn discard(self) {
        self.file.discard();
    }

    /// Leaves nothing behind unless it is worth going on from.
    pub fn leave(self) {
        self.file.leave();
    }

    /// Where an earlier process was with the same job.
    fn generated(
        &mut self,
        job: &str,
        note: &dyn Fn(&str),
    ) -> Result<(GenerateState, WeightSums), Error> {
        let found = match self.file.resume() {
            Ok(found) => found,
            Err(e) if e.is_input() => {
                note(&format!(
                    "warning: the events are made again from the first: {e}"
                ));
                None
            }
            Err(e) => return Err(e.into()),
        };
        Ok(match found.map(serde_json::from_value) {
            Some(Ok(Checkpoint {
                job: of,
                generation,
                sums,
            })) if of == job => (generation, sums),
            _ => (GenerateState::default(), WeightSums::default()),
        })
    }

    /// Makes the events of a job, or those that are missing.
    ///
    /// `stop`, once raised, ends the generation at the next block, with a
    /// checkpoint; the cancel flag of `control` does so at once and is an
    /// error. The same job goes on from there, with the same result. `note`
    /// hears of what was found damaged, and is made again.
    ///
    /// # Errors
    /// [`Error::Integrate`], [`Error::Event`] or [`Error::Storage`]; no file
    /// appears then.
    pub fn produce(
        mut self,
        run: &Run,
        pack: &Gridpack,
        job: &Job,
        control: &Control,
        stop: &AtomicBool,
        note: &dyn Fn(&str),
    ) -> Result<Outcome, Error> {
        let label = self.path.display().to_string();
        let provenance = Provenance::new(
            &pack.facts.physics,
            &pack.state,
            job.seed,
            job.events.clone(),
        );
        let info = run_info(run, &pack.adapted, &pack.facts.helicities, &provenance);
        // What HDF5 is made of in the end need not be large until then.
        let format = EventFormat::of_name(&self.path)?;
        let compressed = is_compressed_name(&self.path) || format != EventFormat::Lhe;
        let text = LheText::new(&info, compressed, &label)?;
        let head = text.head()?;
        let n_events = job.events.end - job.events.start;
        let name = job_name(&head, job);
        let (mut state, mut sums) = self.generated(&name, note)?;
        let n_resumed = state.n_done();
        if n_resumed == 0 {
            self.file.restart()?;
            self.file.append(&head)?;
        }
        let settings = GenerateSettings {
            n_events,
            first: job.events.start,
            seed: job.seed,
            ..GenerateSettings::default()
        };
        let set = run.histograms();
        let mut tallies = set.tallies();
        if !set.is_empty() && n_resumed > 0 {
            // What was made before is in the file, digit by digit.
            let mut made = EventReader::open(&self.file.data_path())?;
            fill_from(&mut made, set, Some(n_resumed), &mut tallies)?;
        }
        let maker = EventMaker {
            run,
            builder: EventBuilder::new(&run.cross_section, job.seed)
                .with_lifetimes(run.card.run.time_of_flight, &run.model)
                .with_weights(run.weights()),
            text: &text,
            first: job.events.start,
            n_events,
        };
        let build = |points: Vec<AcceptedPoint>| maker.block(&points);
        let mut last = Instant::now();
        let mut latest = state.clone();
        let file = &mut self.file;
        let mut deliver = |block: Result<Block, EventError>, state: &GenerateState| {
            let block = block?;
            file.append(&block.text)?;
            sums.merge(&block.sums);
            if let Some(of_block) = &block.tallies {
                tallies.merge(of_block);
            }
            latest.clone_from(state);
            let stopping = stop.load(Ordering::Relaxed);
            if stopping || last.elapsed() >= job.checkpoint_every {
                file.checkpoint(checkpoint(&name, state, &sums))?;
                last = Instant::now();
            }
            Ok(if stopping {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        };
        let made = generate_blocks(
            &run.cross_section,
            &pack.adapted,
            &settings,
            state,
            control,
            &build,
            &mut deliver,
        );
        state = match made {
            Ok(state) => state,
            Err(e) => {
                if matches!(e, IntegrateError::Cancelled { .. }) {
                    self.file.checkpoint(checkpoint(&name, &latest, &sums))?;
                }
                return Err(e.into());
            }
        };
        if state.n_done() < n_events {
            return Ok(Outcome::Stopped {
                n_done: state.n_done(),
            });
        }
        self.file.append(&text.tail()?)?;
        self.complete(format)?;
        Ok(Outcome::Complete(Box::new(EventReport {
            generated: state.summary(&pack.adapted),
            n_written: n_events,
            n_resumed,
            weights: (!info.weights.is_empty()).then(|| WeightTotals::new(&info, &sums)),
            distributions: (!set.is_empty()).then(|| Distributions::new(&info, set, &tallies)),
        })))
    }

    /// Gives the file its name: or what is made of its text in one go, as text can be cut
    /// and continued at any place.
    fn complete(self, format: EventFormat) -> Result<(), Error> {
        match format {
            _ if is_split(&self.path) => {
                // What stands there was looked at before the events were made.
                let how = Writing {
                    replace: Replace::Anything,
                    ..Writing::default()
                };
                split(&self.file.data_path(), &self.path, how)?;
            }
            EventFormat::Lhe => return Ok(self.file.finish()?),
            EventFormat::Hdf5 => {
                let mut reader = EventReader::open(&self.file.data_path())?;
                let mut writer = EventWriter::create(&self.path, reader.run())?;
                while let Some(event) = reader.next_event()? {
                    writer.write(&event)?;
                }
                writer.finish()?;
            }
        }
        self.file.discard();
        Ok(())
    }
}

/// Events as they are written, and what they add to the sums.
pub(super) struct Block {
    pub(super) text: Vec<u8>,
    sums: WeightSums,
    tallies: Option<Tallies>,
}

/// What turns points into events.
pub(super) struct EventMaker<'a> {
    pub(super) run: &'a Run,
    pub(super) builder: EventBuilder<'a>,
    pub(super) text: &'a LheText,
    /// Position of the first event of the job, and their number.
    pub(super) first: u64,
    pub(super) n_events: u64,
}

impl EventMaker<'_> {
    /// The events of points.
    pub(super) fn block(&self, points: &[AcceptedPoint]) -> Result<Block, EventError> {
        let norm = self.run.card.run.event_norm;
        let draws: Vec<Draw> = (points.iter())
            .map(|p| draw(p, norm, self.n_events))
            .collect();
        let first = draws.first().map_or(0, |d| d.index - self.first);
        let mut events = self.builder.build(&draws);
        self.run.add_points(&mut events);
        let mut sums = WeightSums::default();
        events.iter().for_each(|event| sums.add(event));
        let set = self.run.histograms();
        let tallies = (!set.is_empty()).then(|| {
            let mut tallies = set.tallies();
            set.fill(&events, &mut tallies);
            tallies
        });
        Ok(Block {
            text: self.text.events(&events, first)?,
            sums,
            tallies,
        })
    }
}

/// What an event is made of, with its weight among `n_events`.
fn draw(point: &AcceptedPoint, norm: EventNorm, n_events: u64) -> Draw<'_> {
    Draw {
        index: point.index,
        channel: point.channel,
        u: &point.u,
        weight: norm.weight(point.weight_pb, point.relative_weight, n_events),
    }
}

fn checkpoint(job: &str, generation: &GenerateState, sums: &WeightSums) -> serde_json::Value {
    let checkpoint = Checkpoint {
        job: job.to_owned(),
        generation: generation.clone(),
        sums: sums.clone(),
    };
    serde_json::to_value(checkpoint).expect("plain data, which JSON can hold")
}

/// Checksum of what the bytes of the file depend on.
fn job_name(head: &[u8], job: &Job) -> String {
    let range = format!("{} {} {}", job.seed, job.events.start, job.events.end);
    sha256_of_parts([RESULTS_VERSION.as_bytes(), head, range.as_bytes()])
}
