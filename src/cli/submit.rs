//! `omnis submit`: one sample as many jobs of a batch system.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::answer::Answer;
use super::failure::{Failure, OrFail};
use super::program::Context;
use super::running::failure;
use super::values;
use crate::gridpack::Gridpack;
use crate::jobs::{Engine, FileKind, SubmitPlan, check_event_output, shell_word};
use crate::storage::sha256_of_file;

const AFTER_HELP: &str = "\
Examples:
  omnis submit pp_tt.omnis -n 1e8 --jobs 200 -o tt.lhe.gz --engine slurm
  omnis submit pp_tt.omnis -n 1e8 --jobs 200 -o tt.lhe.gz --engine slurm --go
  omnis submit --resume tt.lhe.gz.jobs --go

Writes a folder FILE.jobs with a plan, scripts for each part and for the merge,
and submission files; --go hands them to the batch system. Each job makes a
range of the events; the merge waits for all. --resume looks for parts that are
missing and writes submission files for these alone. The folder must be seen
by all nodes.";

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
    /// Gridpack
    #[arg(value_name = "GRIDPACK", required_unless_present = "resume")]
    pub pack: Option<PathBuf>,

    /// Number of events in all
    #[arg(short = 'n', long, value_name = "N", value_parser = values::events, required_unless_present = "resume")]
    pub events: Option<u64>,

    /// Number of jobs, at most 50000
    #[arg(long, value_name = "J", value_parser = values::jobs, default_value = "10")]
    pub jobs: u64,

    /// The merged file
    #[arg(short, long, value_name = "FILE", required_unless_present = "resume")]
    pub output: Option<PathBuf>,

    /// Batch system
    #[arg(long, value_name = "ENGINE", value_enum, default_value = "slurm")]
    pub engine: EngineName,

    /// Seed of the random numbers, instead of the gridpack's
    #[arg(long, value_name = "S", value_parser = values::whole, allow_negative_numbers = true)]
    pub seed: Option<u64>,

    /// Threads of each job
    #[arg(long, value_name = "T", value_parser = values::threads, default_value = "1")]
    pub threads: NonZeroUsize,

    /// Go on with a folder written before: only parts that are missing
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["pack", "events", "output"])]
    pub resume: Option<PathBuf>,

    /// Hand the jobs to the batch system
    #[arg(long)]
    pub go: bool,
}

impl SubmitArgs {
    /// Writes the folder, submits if asked to, and prints what is to be done.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a gridpack or folder that cannot be used,
    /// [`Failure::Run`] if the batch system refuses.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let (plan, folder) = match &self.resume {
            Some(folder) => (
                SubmitPlan::read(folder).map_err(failure)?,
                absolute(folder)?,
            ),
            None => self.plan()?,
        };
        let jobs = plan.missing(&folder);
        plan.write(&folder, &jobs).map_err(failure)?;
        let command = plan.command(&jobs);
        let mut lines = vec![
            format!("{} of {} parts to be made", jobs.len(), plan.jobs().len()),
            format!("folder {}", folder.display()),
        ];
        let mut answer = None;
        if self.go {
            let mut shell = Command::new("sh");
            let output = shell.args(["-c", &command]).current_dir(&folder).output();
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

    fn plan(&self) -> Result<(SubmitPlan, PathBuf), Failure> {
        let missing = || Failure::Usage(anyhow::anyhow!("a gridpack, -n and -o are needed"));
        let pack = absolute(self.pack.as_deref().ok_or_else(missing)?)?;
        let output = absolute(self.output.as_deref().ok_or_else(missing)?)?;
        if FileKind::of(&pack).map_err(failure)? == FileKind::Card {
            return Err(Failure::Usage(anyhow::anyhow!(
                "'{0}' is no gridpack: found a text file. Of a process card make a gridpack first: \
                 omnis gridpack '{0}' -o NAME.omnis",
                pack.display()
            )));
        }
        let found = Gridpack::read(&pack).map_err(failure)?;
        check_event_output(&output, [(pack.as_path(), "the gridpack")]).map_err(failure)?;
        let mut folder = output.clone().into_os_string();
        folder.push(".jobs");
        let plan = SubmitPlan {
            engine: match self.engine {
                EngineName::Slurm => Engine::Slurm,
                EngineName::Htcondor => Engine::HtCondor,
            },
            program: std::env::current_exe().or_run("cannot find this program")?,
            pack_sha256: sha256_of_file(&pack).map_err(|e| failure(e.into()))?,
            pack,
            seed: self.seed.unwrap_or(found.card.run.seed),
            n_events: self.events.ok_or_else(missing)?,
            n_jobs: self.jobs,
            threads: self.threads.get(),
            output,
        };
        let folder = PathBuf::from(folder);
        let there = SubmitPlan::is_in(&folder);
        if there && SubmitPlan::read(&folder).map_err(failure)? != plan {
            return Err(Failure::Usage(anyhow::anyhow!(
                "'{}' has the jobs of another sample; expected the same arguments, --resume, or another output",
                folder.display()
            )));
        }
        Ok((plan, folder))
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).or_usage(format!("cannot use '{}'", path.display()))
}
