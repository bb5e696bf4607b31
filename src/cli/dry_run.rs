//! `--dry-run`: what a command would do and about what it would take, from a short trial.
//!
//! Knows times, counts and sizes; computes no physics. Nothing is written.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use super::answer::Answer;
use super::failure::Failure;
use super::interrupt::either_requested;
use super::program::Context;
use super::running::{failure, with_control};
use crate::error::Error;
use crate::gridpack::Gridpack;
use crate::integrate::IntegrateError;
use crate::jobs::{AdaptTrial, EventTrial, Job, ProgramFile, self_contained_size};
use crate::numbers::grouped;
use crate::run::Run;
use crate::sampler::FlowUse;

/// Time for a trial of the adaptation, and of the events.
const ADAPT: Duration = Duration::from_secs(3);
const EVENTS: Duration = Duration::from_secs(1);

/// The flag.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct DryRunArgs {
    /// Check everything, measure a few seconds of it and say what all of it would take; no
    /// file is written
    #[arg(long)]
    pub dry_run: bool,
}

impl DryRunArgs {
    /// Refuses to try what several processes share.
    pub(super) fn refuse_mpi(self, mpi: bool) -> Result<(), Failure> {
        match self.dry_run && mpi {
            false => Ok(()),
            true => Err(Failure::Usage(anyhow::anyhow!(
                "found --dry-run and --mpi, expected one of them: a trial is made by one process"
            ))),
        }
    }

    /// What a look at the place of an output found. A trial, which writes nothing, only tells of
    /// what is there and may not be replaced.
    pub(super) fn looked<T: Default>(
        self,
        found: Result<T, Error>,
        context: &Context,
    ) -> Result<T, Failure> {
        match found {
            Err(e) if self.dry_run && e.is_taken() => {
                let note = format!("note: without --dry-run this is refused: {e}");
                context.progress.log(0, &note);
                Ok(T::default())
            }
            other => other.map_err(failure),
        }
    }
}

/// A command that is tried.
pub(super) struct DryRun {
    /// Name of the command.
    pub command: &'static str,
    /// What would be written.
    pub output: Option<PathBuf>,
    /// The events that would be made.
    pub job: Option<Job>,
    /// Events that are planned, which says how long adapting pays.
    pub planned: u64,
    /// The program that a tarball would hold beside its gridpack.
    pub program: Option<ProgramFile>,
    /// Jobs that share the events.
    pub n_jobs: Option<u64>,
    /// Time at which the setup began.
    pub begin: Instant,
}

/// What was found.
struct Tried<'a> {
    dry: &'a DryRun,
    run: &'a Run,
    setup_s: f64,
    /// Of a card.
    adapt: Option<AdaptTrial>,
    events: Option<EventTrial>,
    n_channels: Option<usize>,
    /// As far as the maximum weights tell.
    efficiency: Option<f64>,
    /// Size of a gridpack with the channels as they were, or of the tarball with it.
    pack_bytes: Option<u64>,
    /// On the disk of the output.
    free_bytes: Option<u64>,
}

impl DryRun {
    /// Tries a run that was set up, from a card or from a gridpack, and prints what was found.
    ///
    /// # Errors
    /// As for the run itself.
    pub(super) fn run(
        &self,
        run: &Run,
        pack: Option<Gridpack>,
        context: &Context,
    ) -> Result<(), Failure> {
        let setup_s = self.begin.elapsed().as_secs_f64();
        let (adapt, pack) = match pack {
            Some(pack) => (None, Some(pack)),
            None => {
                let trial = with_control(&context.progress, either_requested(), 0, |c| {
                    run.try_adaptation(self.planned, ADAPT, c)
                })?;
                let pack = trial
                    .adapted
                    .clone()
                    .map(|a| Gridpack::new(run, a))
                    .transpose();
                (Some(trial), pack.map_err(failure)?)
            }
        };
        let is_cut = adapt.as_ref().is_some_and(|t| !t.is_complete);
        let tried = pack.as_ref().zip(self.job.as_ref()).map(|(pack, job)| {
            let n = job.events.end - job.events.start;
            with_control(&context.progress, either_requested(), n, |c| {
                match run.try_events(pack, job, EVENTS, c) {
                    // A trial that ended before it had maximum weights says nothing of them.
                    Err(Error::Integrate(IntegrateError::NoCrossSection { .. })) if is_cut => {
                        Ok(None)
                    }
                    other => other,
                }
            })
        });
        let found = Tried {
            dry: self,
            run,
            setup_s,
            adapt,
            events: tried.transpose()?.flatten(),
            n_channels: pack.as_ref().map(|p| p.facts.n_channels),
            efficiency: (pack.as_ref().map(|p| p.facts.efficiency)).filter(|e| *e > 0.0),
            pack_bytes: match (self.command, &pack) {
                ("gridpack", Some(pack)) => Some(self.pack_size(pack)?),
                _ => None,
            },
            free_bytes: self.output.as_deref().and_then(free_bytes),
        };
        for note in found.notes() {
            context.progress.log(0, &format!("note: {note}"));
        }
        context.print(Answer::DryRun, &found.text(), &found.json())
    }

    fn pack_size(&self, pack: &Gridpack) -> Result<u64, Failure> {
        match self.program.clone() {
            Some(program) => self_contained_size(pack, program).map_err(failure),
            None => Ok(pack.bytes().map_err(failure)?.len() as u64),
        }
    }
}

impl Tried<'_> {
    fn n_events(&self) -> Option<u64> {
        self.dry.job.as_ref().map(|j| j.events.end - j.events.start)
    }

    fn efficiency(&self) -> Option<f64> {
        let wanted = self.dry.planned > 0 || self.dry.job.is_some();
        let measured = self.events.map(|e| e.efficiency);
        measured.or(self.efficiency.filter(|_| wanted))
    }

    fn adapt_s(&self) -> Option<f64> {
        match &self.adapt {
            None => Some(0.0),
            Some(trial) => trial.expected_s(),
        }
    }

    /// Time of `n` events.
    fn events_s(&self, n: u64) -> Option<f64> {
        if let Some(events) = &self.events {
            return Some(events.expected_s(n));
        }
        let pace = |t: &AdaptTrial| t.wall_s / t.n_points.max(1) as f64;
        let pace = self.adapt.as_ref().map(pace)?;
        Some(n as f64 / self.efficiency.filter(|e| *e > 0.0)? * pace)
    }

    fn generate_s(&self) -> Option<f64> {
        self.n_events().map_or(Some(0.0), |n| self.events_s(n))
    }

    fn total_s(&self) -> Option<f64> {
        Some(self.setup_s + self.adapt_s()? + self.generate_s()?)
    }

    fn file_bytes(&self) -> Option<u64> {
        let of_events = || Some(self.events?.expected_bytes(self.n_events()?) as u64);
        self.pack_bytes.or_else(of_events)
    }

    fn jobs(&self) -> Option<(u64, u64)> {
        let (n, jobs) = (self.n_events()?, self.dry.n_jobs?);
        Some((jobs, n.div_ceil(jobs)))
    }

    /// What the numbers do not say themselves.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let cut = self.adapt.as_ref().filter(|t| !t.is_complete);
        if let Some(trial) = cut {
            let n = grouped(trial.n_points);
            notes.push(match trial.adapted.is_some() {
                false => format!(
                    "the first look at the channels was not complete after {:.1} s and {n} points: \
                     nothing can be said of the time",
                    trial.wall_s
                ),
                true => format!(
                    "the trial of the adaptation ended after {n} points; the run's own may take about {} of \
                     them: with channels that are adapted further the efficiency is higher, and \
                     events take less time",
                    grouped(trial.n_points + trial.points_left)
                ),
            });
            if self.run.card.run.sampler.flows() != FlowUse::Nowhere {
                notes.push(
                    "trainings of flows, and what they gain, are not in the estimate".to_owned(),
                );
            }
        }
        if self.n_events().is_some() && self.events.is_none() {
            notes.push(match self.efficiency {
                Some(_) => format!(
                    "no block of events was complete after {} s: the efficiency is that of the \
                     maximum weights",
                    3 * EVENTS.as_secs()
                ),
                None => {
                    "the trial ended before there were maximum weights: nothing can be said of \
                         the events"
                        .to_owned()
                }
            });
        }
        let output = self.dry.output.as_deref().unwrap_or(Path::new(""));
        let ending = output.extension().unwrap_or_default();
        if ending == "h5" || ending == "hdf5" {
            notes.push("the size is that of compressed text, which HDF5 is made of".to_owned());
        }
        if let (Some(size), Some(free)) = (self.file_bytes(), self.free_bytes)
            && size > free
        {
            notes.push(format!(
                "the file would not fit on its disk, which has {} left",
                bytes_text(free)
            ));
        }
        notes
    }

    fn text(&self) -> String {
        let card = &self.run.card;
        let mut lines = vec![
            format!(
                "{}   {} at {} + {} GeV   (dry run: nothing is written)",
                card.process.generate.join("; "),
                card.beams.particles.join(" "),
                card.beams.energies[0],
                card.beams.energies[1]
            ),
            String::new(),
        ];
        let mut add = |name: &str, text: String| lines.push(format!("{name:<24}{text}"));
        let subprocesses = self.run.cross_section.subprocesses();
        add("subprocesses", subprocesses.len().to_string());
        for info in subprocesses {
            add("", info.name.clone());
        }
        if let Some(n) = self.n_channels {
            add("channels", n.to_string());
        }
        let time = |s: Option<f64>| s.map_or("not known".to_owned(), time_text);
        let mut parts = vec![format!("setup {}", time_text(self.setup_s))];
        if self.adapt.is_some() {
            parts.push(format!("adaptation {}", time(self.adapt_s())));
        }
        if self.dry.job.is_some() {
            parts.push(format!("events {}", time(self.generate_s())));
        }
        let total = time(self.total_s());
        add("expected time", format!("{total}: {}", parts.join(", ")));
        if let Some(efficiency) = self.efficiency() {
            let text = format!("{:.2} %", 100.0 * efficiency);
            add("unweighting efficiency", text);
        }
        if let (Some(size), Some(output)) = (self.file_bytes(), &self.dry.output) {
            let n = self
                .n_events()
                .map(|n| format!(" for {} events", grouped(n)));
            let text = format!("{}{}", bytes_text(size), n.unwrap_or_default());
            add("expected size", format!("{text} in {}", output.display()));
        }
        if let Some(free) = self.free_bytes {
            add("free there", bytes_text(free));
        }
        if let Some((jobs, each)) = self.jobs() {
            let time = time(self.events_s(each).map(|s| s + self.setup_s));
            let text = format!("{jobs} with {} events, {time} each", grouped(each));
            add("jobs", text);
        }
        add("measured", self.measured_text());
        let threads = rayon::current_num_threads();
        add(
            "",
            format!("with {threads} threads of this machine; an estimate"),
        );
        lines.join("\n")
    }

    fn measured_text(&self) -> String {
        let mut parts = Vec::new();
        if let Some(t) = &self.adapt {
            let end = match t.is_complete {
                true => "to its end",
                false => "not to its end",
            };
            let n = grouped(t.n_points);
            parts.push(format!(
                "{n} points of the adaptation in {:.2} s, {end}",
                t.wall_s
            ));
        }
        if let Some(e) = &self.events {
            parts.push(format!(
                "{} events in {:.2} s",
                grouped(e.n_events),
                e.wall_s
            ));
        }
        parts.join("; ")
    }

    fn json(&self) -> Value {
        let card = &self.run.card;
        let subprocesses = self.run.cross_section.subprocesses().iter();
        let names: Vec<&str> = subprocesses.map(|s| s.name.as_str()).collect();
        let (adapt, events) = (self.adapt.as_ref(), self.events.as_ref());
        json!({
            "command": self.dry.command,
            "process": card.process.generate,
            "beams": card.beams.particles,
            "energies_gev": card.beams.energies,
            "subprocesses": names,
            "channels": self.n_channels,
            "threads": rayon::current_num_threads(),
            "output": self.dry.output.as_ref().map(|o| o.display().to_string()),
            "free_bytes": self.free_bytes,
            "events": self.n_events(),
            "expected": {
                "setup_s": self.setup_s,
                "adapt_s": self.adapt_s(),
                "adapt_points": adapt.map(|t| t.n_points + t.points_left),
                "generate_s": self.generate_s(),
                "total_s": self.total_s(),
                "unweighting_efficiency": self.efficiency(),
                "file_bytes": self.file_bytes(),
            },
            "measured": {
                "adapt_s": adapt.map(|t| t.wall_s),
                "adapt_points": adapt.map(|t| t.n_points),
                "adapt_complete": adapt.map(|t| t.is_complete),
                "events": events.map(|e| e.n_events),
                "events_s": events.map(|e| e.wall_s),
                "event_trials": events.map(|e| e.n_trials),
                "event_bytes": events.map(|e| e.n_bytes[1]),
            },
            "jobs": self.jobs().map(|(jobs, each)| json!({
                "jobs": jobs,
                "events_each": each,
                "time_each_s": self.events_s(each).map(|s| s + self.setup_s),
                "file_bytes_each": events.map(|e| e.expected_bytes(each) as u64),
            })),
            "notes": self.notes(),
        })
    }
}

/// Free bytes on the disk of a file, as `df` says.
fn free_bytes(output: &Path) -> Option<u64> {
    let folder = output.parent().filter(|p| *p != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    let answer = Command::new("df").args(["-P", "-k"]).arg(folder).output();
    free_of(&String::from_utf8_lossy(&answer.ok()?.stdout))
}

/// From the table of POSIX: the fourth column of its second line, in KiB.
fn free_of(table: &str) -> Option<u64> {
    let free = table.lines().nth(1)?.split_whitespace().nth(3)?;
    free.parse::<u64>().ok()?.checked_mul(1024)
}

/// A time to two digits or so.
fn time_text(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    match seconds {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 119.5 => format!("{s:.0} s"),
        s if s < 7170.0 => format!("{minutes} min"),
        _ => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

fn bytes_text(bytes: u64) -> String {
    let bytes = bytes as f64;
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    let unit = units.iter().find(|u| bytes >= u.1);
    unit.map_or(format!("{bytes} bytes"), |(name, size)| {
        format!("{:.1} {name}", bytes / size)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_no_finer_than_an_estimate() {
        for (seconds, text) in [
            (0.31, "0.3 s"),
            (42.4, "42 s"),
            (300.0, "5 min"),
            (7260.0, "2 h 01 min"),
        ] {
            assert_eq!(time_text(seconds), text);
        }
        assert_eq!(bytes_text(1_234_567), "1.2 MB");
        assert_eq!(bytes_text(12), "12 bytes");
    }

    #[test]
    fn free_space_is_read_from_the_table() {
        let table = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 60 40 60% /\n";
        assert_eq!(free_of(table), Some(40 * 1024));
        assert_eq!(free_of("df: nothing\n"), None);
    }
}
