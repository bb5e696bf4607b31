//! `omnis submit`: one sample as many jobs of a batch system.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::answer::Answer;
use super::card_args::CardArgs;
use super::dry_run::{DryRun, DryRunArgs};
use super::failure::{Failure, OrFail};
use super::gridpack::GridpackArgs;
use super::library::CHECKPOINT_EVERY;
use super::program::Context;
use super::replace_args::ReplaceArgs;
use super::running::{failure, in_pool, open_pack, prepare};
use super::sampler_args::SamplerArgs;
use super::source::is_pack;
use super::submit_status::show_status;
use super::values;
use crate::gridpack::Gridpack;
use crate::jobs::{
    Engine, Job, Physics, Requests, SubmitPlan, check_event_output, check_events_there, is_split,
    shell_word,
};
use crate::run::Provenance;
use crate::storage::{check_creatable, sha256_of_file};

const AFTER_HELP: &str = "\
Examples:
  omnis submit pp_tt.omnis -n 1e8 --jobs 200 -o tt.lhe.gz --time 4h --memory 2G
  omnis submit processes/pp_tt.toml -n 1e8 --jobs 200 -o tt.lhe.gz --engine htcondor --go
  omnis submit pp_tt.omnis -n 1e9 --jobs 5000 -o tt.lhe.gz --partition long \\
      --account hep --throttle 300 --directive=--qos=low --go
  omnis submit --status tt.lhe.gz.jobs
  omnis submit --resume tt.lhe.gz.jobs --memory 4G --go

Writes a folder FILE.jobs with a plan, scripts for each part and for the merge,
and submission files; --go hands them to the batch system. Each job makes a
range of the events; the merge waits for all. Of a card a gridpack is made
first, here, in that folder.

The submission files are made of templates, *.template in the folder, and each
job reads setup.sh: these are yours to change, and are kept. --resume looks for
parts that are missing and writes submission files for these alone; options that
are given with it replace those from before.

Slurm needs a folder that is seen by all nodes. With HTCondor a self-contained
gridpack and the events travel with the jobs, unless --no-transfer is given.";

/// Elements of an array of Slurm where the site does not say how many it takes.
const USUAL_ARRAY: u64 = 1000;

/// Batch systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineName {
    /// Slurm job array.
    Slurm,
    /// HTCondor DAG.
    Htcondor,
}

/// Arguments of `omnis submit`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SubmitArgs {
    /// Gridpack, or a card of which one is made first
    #[arg(value_name = "GRIDPACK", required_unless_present_any = ["resume", "status"])]
    pub pack: Option<PathBuf>,

    /// Number of events in all
    #[arg(short = 'n', long, value_name = "N", value_parser = values::events, allow_negative_numbers = true, required_unless_present_any = ["resume", "status"])]
    pub events: Option<u64>,

    /// Number of jobs, at most 50000
    #[arg(long, value_name = "J", value_parser = values::jobs, default_value = "10", allow_negative_numbers = true)]
    pub jobs: u64,

    /// The merged file
    #[arg(short, long, value_name = "FILE", required_unless_present_any = ["resume", "status"])]
    pub output: Option<PathBuf>,

    /// Batch system
    #[arg(long, value_name = "ENGINE", value_enum, default_value = "slurm")]
    pub engine: EngineName,

    /// Seed of the random numbers, instead of the gridpack's or the card's
    #[arg(long, value_name = "S", value_parser = values::whole, allow_negative_numbers = true)]
    pub seed: Option<u64>,

    /// Threads of each job [default: 1]
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    pub threads: Option<NonZeroUsize>,

    /// HTCondor: the folder is seen by all nodes, nothing is transferred
    #[arg(long)]
    pub no_transfer: bool,

    /// What the jobs ask for.
    #[command(flatten)]
    pub asked: AskedArgs,

    /// How a card is read.
    #[command(flatten)]
    pub reading: CardArgs,

    /// Go on with a folder written before: only parts that are missing
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["pack", "events", "output", "jobs", "engine", "seed", "no_transfer"])]
    pub resume: Option<PathBuf>,

    /// Say which parts of a folder are done, running, waiting, failed or missing
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["pack", "events", "output", "jobs", "engine", "seed", "no_transfer", "resume", "go"])]
    pub status: Option<PathBuf>,

    /// Hand the jobs to the batch system
    #[arg(long)]
    pub go: bool,

    /// What the output may replace.
    #[command(flatten)]
    pub replace: ReplaceArgs,

    /// Whether it is only tried.
    #[command(flatten)]
    pub dry: DryRunArgs,
}

/// What jobs ask of the batch system.
#[derive(Args, Debug)]
pub(crate) struct AskedArgs {
    /// Longest time of a job: 90m, 12h, 2d or 1-12:00:00
    #[arg(long, value_name = "TIME", value_parser = values::job_time, allow_hyphen_values = true)]
    pub time: Option<u64>,

    /// Memory of a job: 500M or 2G
    #[arg(long, value_name = "SIZE", value_parser = values::megabytes, allow_hyphen_values = true)]
    pub memory: Option<u64>,

    /// Local disk of a job: 500M or 2G
    #[arg(long, value_name = "SIZE", value_parser = values::megabytes, allow_hyphen_values = true)]
    pub disk: Option<u64>,

    /// Partition of Slurm
    #[arg(long, value_name = "NAME")]
    pub partition: Option<String>,

    /// Account of Slurm, accounting group of HTCondor
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,

    /// Most jobs that run at once
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub throttle: Option<u64>,

    /// A further line of the submission files, as the batch system has it; may be repeated
    #[arg(long, value_name = "LINE", allow_hyphen_values = true)]
    pub directive: Vec<String>,

    /// Times that a job that failed is tried again [default: 3]
    #[arg(long, value_name = "N", value_parser = values::retries, allow_negative_numbers = true)]
    pub retries: Option<u64>,

    /// Most elements of an array of Slurm [default: MaxArraySize of the site, or 1000]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub max_array: Option<u64>,
}

impl AskedArgs {
    /// The first of these flags that is given.
    fn given(&self) -> Option<&'static str> {
        let given = [
            ("--time", self.time.is_some()),
            ("--memory", self.memory.is_some()),
            ("--disk", self.disk.is_some()),
            ("--partition", self.partition.is_some()),
            ("--account", self.account.is_some()),
            ("--throttle", self.throttle.is_some()),
            ("--directive", !self.directive.is_empty()),
            ("--retries", self.retries.is_some()),
            ("--max-array", self.max_array.is_some()),
        ];
        given.iter().find(|g| g.1).map(|g| g.0)
    }

    /// What is given replaces what was asked for before.
    fn over(&self, before: Requests) -> Requests {
        let lines = match self.directive.is_empty() {
            true => before.directives,
            false => self.directive.clone(),
        };
        Requests {
            time_s: self.time.or(before.time_s),
            memory_mb: self.memory.or(before.memory_mb),
            disk_mb: self.disk.or(before.disk_mb),
            partition: self.partition.clone().or(before.partition),
            account: self.account.clone().or(before.account),
            throttle: self.throttle.or(before.throttle),
            directives: lines,
            retries: self.retries.unwrap_or(before.retries),
            max_array: self.max_array.or(before.max_array),
        }
    }
}

impl SubmitArgs {
    /// Whether the command makes a gridpack and looks at the flags of signals.
    pub(super) fn packs(&self) -> bool {
        self.pack.as_deref().is_some_and(|path| !is_pack(path))
    }

    /// Writes the folder, submits if asked to, and prints what is to be done.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a card, gridpack or folder that cannot be used,
    /// [`Failure::Run`] if the batch system refuses.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        if self.dry.dry_run {
            return self.try_run(context);
        }
        if let Some((flag, folder)) = self.folder() {
            self.reading.refuse_beside(flag, folder)?;
        }
        if let Some(folder) = &self.status {
            if let Some(asked) = self.asked.given().or(self.threads.map(|_| "--threads")) {
                return Err(Failure::Usage(anyhow::anyhow!(
                    "{asked} belongs to jobs that are to be submitted, and --status submits none; \
                     'omnis submit' and 'omnis submit --resume' take it"
                )));
            }
            return show_status(folder, context);
        }
        let (mut plan, folder) = match &self.resume {
            Some(folder) => (
                SubmitPlan::read(folder).map_err(failure)?,
                absolute(folder)?,
            ),
            None => self.plan(context)?,
        };
        plan.requests = self.asked.over(plan.requests);
        plan.threads = self.threads.map_or(plan.threads, NonZeroUsize::get);
        let jobs = plan.missing(&folder);
        let max_array = match (plan.engine, plan.requests.max_array) {
            (_, Some(most)) => most,
            (Engine::Slurm, None) => array_of_site().unwrap_or(USUAL_ARRAY),
            _ => USUAL_ARRAY,
        };
        plan.write(&folder, &jobs, max_array).map_err(failure)?;
        let command = plan.command();
        let mut lines = vec![
            format!("{} of {} parts to be made", jobs.len(), plan.jobs().len()),
            format!("folder {}", folder.display()),
        ];
        let mut answer = None;
        if self.go {
            let mut shell = Command::new("sh");
            let output = shell.args(["-c", command]).current_dir(&folder).output();
            let output = output.or_run("cannot start the batch system")?;
            let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            if !output.status.success() {
                let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                let error = anyhow::anyhow!(why).context(format!("'{command}' failed"));
                return Err(Failure::Run(error));
            }
            lines.push(format!("submitted: {said}"));
            answer = Some(said);
        } else {
            lines.push(format!(
                "submit with: cd {} && {command}",
                shell_word(&folder)
            ));
        }
        let json = json!({
            "folder": folder,
            "jobs": jobs,
            "command": command,
            "submitted": answer,
        });
        context.print(Answer::Submit, &lines.join("\n"), &json)
    }

    /// The folder that is gone on with or looked at, and the flag that says so.
    fn folder(&self) -> Option<(&'static str, &Path)> {
        let resume = self.resume.as_deref().map(|f| ("--resume", f));
        resume.or(self.status.as_deref().map(|f| ("--status", f)))
    }

    /// Tries a part of one job.
    fn try_run(&self, context: &Context) -> Result<(), Failure> {
        let begin = Instant::now();
        let missing = || {
            Failure::Usage(anyhow::anyhow!(
                "--dry-run needs a gridpack or a card, -n and -o; it has nothing to say of --resume and --status"
            ))
        };
        let input = self.pack.as_deref().ok_or_else(missing)?;
        let output = self.output.clone().ok_or_else(missing)?;
        let n_events = self.events.ok_or_else(missing)?;
        let replace = self.replace.replace();
        let found = check_event_output(&output, [(input, "the input")], replace);
        self.dry.looked(found, context)?;
        self.check_folder(&jobs_beside(&output))?;
        check_creatable(&jobs_beside(&output)).map_err(|e| failure(e.into()))?;
        in_pool(self.threads.map_or(1, NonZeroUsize::get), || {
            let (run, pack) = if self.packs() {
                let mut card = self.reading.read(input, None, context)?;
                card.run.events = n_events;
                card.run.seed = self.seed.unwrap_or(card.run.seed);
                (prepare(card, &mut None, context)?, None)
            } else {
                self.reading.refuse(input, "a gridpack")?;
                let pack = Gridpack::read(input).map_err(failure)?;
                (open_pack(&pack, input, &mut None, context)?, Some(pack))
            };
            if !is_split(&output) {
                let physics = Physics::of_run(&run).map_err(failure)?;
                let found = check_events_there(&output, &physics, None, replace);
                self.dry.looked(found, context)?;
            }
            let dry = DryRun {
                command: "submit",
                output: Some(output.clone()),
                planned: n_events,
                job: Some(Job {
                    output,
                    seed: self.seed.unwrap_or(run.card.run.seed),
                    events: 0..n_events,
                    checkpoint_every: CHECKPOINT_EVERY,
                }),
                program: None,
                n_jobs: Some(self.jobs.min(n_events)),
                begin,
            };
            dry.run(&run, pack, context)
        })
    }

    fn plan(&self, context: &Context) -> Result<(SubmitPlan, PathBuf), Failure> {
        let missing = || Failure::Usage(anyhow::anyhow!("a gridpack, -n and -o are needed"));
        let input = absolute(self.pack.as_deref().ok_or_else(missing)?)?;
        let output = absolute(self.output.as_deref().ok_or_else(missing)?)?;
        let n_events = self.events.ok_or_else(missing)?;
        let replace = self.replace.replace();
        check_event_output(&output, [(input.as_path(), "the input")], replace).map_err(failure)?;
        let folder = jobs_beside(&output);
        self.check_folder(&folder)?;
        let pack = match self.packs() {
            true => self.made_pack(&input, n_events, &folder, context)?,
            false => {
                self.reading.refuse(&input, "a gridpack")?;
                input
            }
        };
        let found = Gridpack::read(&pack).map_err(failure)?;
        if !is_split(&output) {
            let physics = Physics::of_pack(&found);
            let seed = self.seed.unwrap_or(found.card.run.seed);
            let events = Provenance::new(&found.facts.physics, "", seed, 0..n_events);
            check_events_there(&output, &physics, Some(&events), replace).map_err(failure)?;
        }
        let engine = match self.engine {
            EngineName::Slurm => Engine::Slurm,
            EngineName::Htcondor => Engine::HtCondor,
        };
        let mut plan = SubmitPlan {
            engine,
            program: std::env::current_exe().or_run("cannot find this program")?,
            pack_sha256: sha256_of_file(&pack).map_err(|e| failure(e.into()))?,
            pack,
            seed: self.seed.unwrap_or(found.card.run.seed),
            n_events,
            n_jobs: self.jobs,
            threads: 1,
            output,
            transfer: engine == Engine::HtCondor && !self.no_transfer,
            requests: Requests::default(),
        };
        if SubmitPlan::is_in(&folder) {
            let there = SubmitPlan::read(&folder).map_err(failure)?;
            if !there.is_same_sample(&plan) {
                return Err(Failure::Usage(anyhow::anyhow!(
                    "'{}' has the jobs of another sample; expected the same arguments, --resume, or another output",
                    folder.display()
                )));
            }
            (plan.requests, plan.threads) = (there.requests, there.threads);
        }
        Ok((plan, folder))
    }

    /// Refuses a folder that is there and holds something else than jobs.
    fn check_folder(&self, folder: &Path) -> Result<(), Failure> {
        let is_other = |name: &str| !name.starts_with('.') && name != "pack.omnis";
        let found = first_entry(folder, is_other).filter(|_| !SubmitPlan::is_in(folder));
        match found.filter(|_| !self.replace.force) {
            None => Ok(()),
            Some(name) => Err(Failure::Usage(anyhow::anyhow!(
                "cannot use '{}': found '{name}' in it and no plan of jobs, expected a folder of \
                 'omnis submit' or none; choose another output, or add to it with --force",
                folder.display()
            ))),
        }
    }

    /// The gridpack of a card, made in the folder of the jobs unless it is there.
    fn made_pack(
        &self,
        card: &Path,
        n_events: u64,
        folder: &Path,
        context: &Context,
    ) -> Result<PathBuf, Failure> {
        let mut read = (self.reading).read(card, None, context)?;
        let seed = self.seed.unwrap_or(read.run.seed);
        let pack = folder.join("pack.omnis");
        if pack.exists() {
            let mut there = Gridpack::read(&pack).map_err(failure)?.card;
            read.run.seed = seed;
            read.run.events = n_events;
            there.run.threads = read.run.threads;
            if there != read {
                return Err(Failure::Usage(anyhow::anyhow!(
                    "'{}' is the gridpack of another card, seed or number of events; expected the same arguments, --resume, or another output",
                    pack.display()
                )));
            }
            return Ok(pack);
        }
        std::fs::create_dir_all(folder)
            .or_usage(format!("cannot create '{}'", folder.display()))?;
        GridpackArgs {
            card: card.to_owned(),
            output: pack.clone(),
            self_contained: false,
            program: None,
            events: Some(n_events),
            accuracy: None,
            seed: Some(seed),
            reading: self.reading.clone(),
            sampler: SamplerArgs::default(),
            checkpoint_every: None,
            threads: None,
            mpi: false,
            replace: ReplaceArgs::default(),
            dry: DryRunArgs::default(),
        }
        .make(context)?;
        Ok(pack)
    }
}

/// The folder of the jobs that make a file.
fn jobs_beside(output: &Path) -> PathBuf {
    let mut folder = output.as_os_str().to_owned();
    folder.push(".jobs");
    PathBuf::from(folder)
}

/// The first entry of a folder, by name, that is like this.
pub(super) fn first_entry(folder: &Path, like: impl Fn(&str) -> bool) -> Option<String> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let names = entries.map(|e| e.file_name().to_string_lossy().into_owned());
    names.filter(|name| like(name)).min()
}

/// Most elements of an array, if Slurm is here and says so.
fn array_of_site() -> Option<u64> {
    let text = answer("scontrol", &["show", "config"])?;
    let line = text.lines().find(|l| l.starts_with("MaxArraySize"))?;
    let most = line.split('=').nth(1)?.trim().parse().ok()?;
    (most > 0).then_some(most)
}

/// What a program of the batch system answers within ten seconds.
pub(super) fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("timeout");
    let output = command
        .arg("10")
        .arg(program)
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

pub(super) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).or_usage(format!("cannot use '{}'", path.display()))
}
