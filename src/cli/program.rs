//! The program: its commands, what they share, and the way from a result to an exit code.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use super::answer::Answer;
use super::at_once::at_once;
use super::cite::CiteArgs;
use super::evaluate::EvaluateArgs;
use super::failure::{Failure, OrFail};
use super::generate::GenerateArgs;
use super::gridpack::GridpackArgs;
use super::init::InitArgs;
use super::inspect::{ConvertArgs, InspectArgs, VerifyArgs};
use super::integrate::IntegrateArgs;
use super::interrupt;
use super::library::LibraryArgs;
use super::manuals::{CompletionsArgs, ManArgs};
use super::merge::MergeArgs;
use super::model::ModelReportArgs;
use super::outputs::{Named, refuse_same};
use super::pdf::PdfArgs;
use super::process::ProcessArgs;
use super::progress::Progress;
use super::ranks::check_team;
use super::report::ReportArgs;
use super::reweight::ReweightArgs;
use super::schema::SchemaArgs;
use super::shown::shown;
use super::submit::SubmitArgs;
use super::team::{end_all, is_told_here, team};
use super::terminal::{OF_ALL, TerminalArgs, style_of};
use super::width::WidthArgs;
use crate::compute::{Alone, Team};
use crate::storage::{set_commit, version_line};

const AFTER_HELP: &str = "\
Examples:
  omnis init \"p p > e+ e- j\"                         a card to start from
  omnis generate processes/pp_epem.toml              events and their cross section
  omnis integrate processes/pp_tt.toml               the cross section alone
  omnis verify pp_epem.lhe.gz                        whether a file is right
  omnis report pp_epem.lhe.gz                        a page with pictures of it
  omnis width t                                      the width of a particle
  omnis process \"p p > e+ e- j\"                      what a process line stands for
  omnis evaluate \"g g > t t~\" --momenta points.txt   squared matrix elements
  omnis model path/to/UFO                            what a model contains

Exit codes: 0 done, 1 the run failed, 2 bad arguments or input, or cards of
MadGraph that were not taken over whole (omnis convert),
3 done but short of the accuracy asked for,
85 stopped on request (the same command goes on), 130 interrupted.";

/// Parton-level Monte Carlo events for collider processes at tree level.
///
/// A process card says what is generated: process, model, beams, scales, cuts
/// and run. The folder processes/ holds cards to start from. Results go to
/// standard output, progress and errors to standard error.
#[derive(Debug, Parser)]
#[command(name = "omnis", version = version_line(), after_help = AFTER_HELP, arg_required_else_help = true)]
pub struct Program {
    /// What is shown beside the result.
    #[command(flatten)]
    pub(crate) terminal: TerminalArgs,

    /// Print results, and errors too, as one JSON object
    #[arg(long, global = true, help_heading = OF_ALL)]
    pub(crate) json: bool,

    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the first card of a process, with comments
    Init(InitArgs),
    /// Generate unweighted events for a process card or a gridpack
    Generate(GenerateArgs),
    /// Integrate the cross section of a process card
    Integrate(IntegrateArgs),
    /// Compute the width of a particle, or of one of its decays
    Width(WidthArgs),
    /// Adapt to a process card and keep the result in a gridpack
    #[command(visible_aliases = ["pack", "train"])]
    Gridpack(GridpackArgs),
    /// Merge event files into one
    Merge(MergeArgs),
    /// Give the events of a file alternative weights
    Reweight(ReweightArgs),
    /// Explain a card, gridpack or event file
    Inspect(InspectArgs),
    /// Check that a card, gridpack or event file is whole and right
    Verify(VerifyArgs),
    /// Draw what event files and gridpacks say: a page with pictures, JSON, YODA
    Report(ReportArgs),
    /// Rewrite an event file in another format, or cards of MadGraph as a card
    Convert(ConvertArgs),
    /// Divide a sample into jobs of a batch system
    Submit(SubmitArgs),
    /// Build, check and use libraries of event samples
    Library(LibraryArgs),
    /// Evaluate squared matrix elements at given momenta
    Evaluate(EvaluateArgs),
    /// Show the subprocesses, diagrams and channels of a process line
    Process(ProcessArgs),
    /// Show what a model contains, what is unusual about it, and check it
    Model(ModelReportArgs),
    /// List the PDF sets that are found, and get others
    Pdf(PdfArgs),
    /// Print the references of all that a run used, as BibTeX
    Cite(CiteArgs),
    /// Show what commands print with --json, as JSON Schema
    Schema(SchemaArgs),
    /// Print what makes the tab key complete commands in a shell
    Completions(CompletionsArgs),
    /// Print or write manual pages
    Man(ManArgs),
}

impl Command {
    /// Whether the command itself looks at the flags that signals raise; any other
    /// ends at once.
    fn can_stop(&self) -> bool {
        match self {
            Self::Library(args) => args.builds(),
            Self::Submit(args) => args.packs(),
            other => matches!(
                other,
                Self::Generate(_)
                    | Self::Integrate(_)
                    | Self::Width(_)
                    | Self::Gridpack(_)
                    | Self::Process(_)
                    | Self::Init(_)
            ),
        }
    }

    /// Whether the processes of a launcher are to share the command.
    fn is_shared(&self) -> bool {
        match self {
            Self::Generate(args) => args.mpi,
            Self::Integrate(args) => args.mpi,
            Self::Width(args) => args.mpi,
            Self::Gridpack(args) => args.mpi,
            _ => false,
        }
    }
}

/// What every command gets.
pub(crate) struct Context {
    /// Whether results are printed as JSON.
    pub json: bool,
    /// Stages and their times, shown on standard error.
    pub progress: Progress,
    /// The processes that share the work.
    pub team: Box<dyn Team>,
    /// The log, if one is kept, with its flag.
    pub log_file: Option<Named>,
}

impl Context {
    /// Prints a result to standard output: `text`, or `json` with the name of its
    /// schema if that was asked for. Of several processes the first one does.
    ///
    /// # Errors
    /// [`Failure::Run`] if standard output cannot be written; a closed pipe
    /// (`omnis ... | head`) is no error.
    pub(crate) fn print(
        &self,
        answer: Answer,
        text: &str,
        json: &serde_json::Value,
    ) -> Result<(), Failure> {
        if self.json {
            self.print_raw(&format!("{:#}", answer.labelled(json)))
        } else {
            self.print_raw(&shown(text.trim_end()))
        }
    }

    /// Prints a text that programs take as it is; with `--json` as the string of an object.
    ///
    /// # Errors
    /// As [`Context::print`].
    pub(crate) fn print_text(&self, text: &str) -> Result<(), Failure> {
        match self.json {
            true => self.print_raw(&text_object(text)),
            false => self.print_raw(text),
        }
    }

    /// Prints what is the same with and without `--json`, and may hold what it likes.
    ///
    /// # Errors
    /// As [`Context::print`].
    pub(crate) fn print_raw(&self, text: &str) -> Result<(), Failure> {
        if self.team.rank() > 0 {
            return Ok(());
        }
        match write_line(text) {
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                Err(e).or_run("cannot write to standard output")
            }
            _ => Ok(()),
        }
    }
}

/// A text as the answer of a command.
fn text_object(text: &str) -> String {
    let json = serde_json::json!({ "text": text });
    format!("{:#}", Answer::Text.labelled(&json))
}

fn write_line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Runs the program with these arguments, the first of which is its name.
///
/// Returns the exit code: 0 done, 1 the run failed, 2 bad arguments or input,
/// 3 done but short of the accuracy asked for, 85 stopped on request, 130
/// interrupted. `commit` is the one that the program was compiled from, if that is
/// known.
pub fn run(arguments: impl IntoIterator<Item = OsString>, commit: Option<&str>) -> ExitCode {
    if let Some(commit) = commit {
        set_commit(commit);
    }
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // The arguments may not parse, so whether errors are JSON is looked up by hand.
    let json = arguments.iter().any(|a| a == "--json");
    let mut context = Context {
        json,
        progress: Progress::mute(style_of(&arguments)),
        team: Box::new(Alone),
        log_file: None,
    };
    let result = parse(&arguments, json).and_then(|program| match program {
        Some(program) => dispatch(program, &arguments, &mut context),
        None => Ok(()),
    });
    match result {
        Ok(()) => {
            context.progress.to_log("exit code 0");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            if is_told_here(&failure, &*context.team) {
                // Nothing is left to be done if even the error cannot be written.
                let _ = failure.report(json, &context.progress);
            }
            end_all(&failure, &*context.team);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// The parsed arguments; `None` if help or version was asked for and printed.
fn parse(arguments: &[OsString], json: bool) -> Result<Option<Program>, Failure> {
    match Program::try_parse_from(arguments) {
        Ok(program) => Ok(Some(program)),
        Err(e) if matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            // A closed pipe (`omnis --help | head`) is no error.
            let _ = match json {
                true => write_line(&text_object(e.to_string().trim_end())),
                false => e.print(),
            };
            Ok(None)
        }
        Err(e) => Err(match unquoted_process(arguments) {
            Some(failure) if e.kind() == ErrorKind::UnknownArgument => failure,
            _ => Failure::Arguments(e),
        }),
    }
}

/// What to say of a process line without quotes, of which the shell took a part.
fn unquoted_process(arguments: &[OsString]) -> Option<Failure> {
    let words: Vec<_> = arguments.iter().map(|a| a.to_string_lossy()).collect();
    let commands = ["process", "init", "evaluate", "width"];
    let at = words.iter().position(|word| commands.contains(&&**word))?;
    let is_name = |word: &&std::borrow::Cow<str>| !word.starts_with('-') && !word.contains('>');
    let n = words[at + 1..].iter().take_while(is_name).count();
    (n > 1).then(|| {
        Failure::Usage(anyhow::anyhow!(
            "found the words '{}', expected one process: put it in quotes, as in omnis {} \"p p > \
             e+ e-\"; without them the shell takes the > and writes to the file that it names",
            words[at + 1..=at + n].join("', '"),
            words[at]
        ))
    })
}

fn dispatch(
    program: Program,
    arguments: &[OsString],
    context: &mut Context,
) -> Result<(), Failure> {
    interrupt::on_interrupt().or_run("cannot listen for signals")?;
    context.team = team(program.command.is_shared())?;
    if cfg!(feature = "mpi") && program.command.is_shared() {
        check_team(context)?;
    }
    let log_file = program.terminal.log_file.clone();
    context.log_file = log_file.map(|file| ("--log-file", file));
    let outputs = program.command.outputs().into_iter();
    refuse_same(&outputs.chain(context.log_file.clone()).collect::<Vec<_>>())?;
    if context.team.rank() == 0 {
        context.progress = program.terminal.open(arguments)?;
    }
    let is_old = |a: &OsString| a.to_string_lossy().split('=').next() == Some("--precision");
    if arguments.iter().any(is_old) {
        let note = "note: --precision is the old name of --accuracy";
        context.progress.log(0, note);
    }
    let context = &*context;
    if program.command.can_stop() {
        return perform(program.command, context);
    }
    at_once(&mut None, context, || perform(program.command, context))
}

fn perform(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Init(args) => args.run(context),
        Command::Generate(args) => args.run(context),
        Command::Integrate(args) => args.run(context),
        Command::Width(args) => args.run(context),
        Command::Gridpack(args) => args.run(context),
        Command::Merge(args) => args.run(context),
        Command::Reweight(args) => args.run(context),
        Command::Inspect(args) => args.run(context),
        Command::Verify(args) => args.run(context),
        Command::Report(args) => args.run(context),
        Command::Convert(args) => args.run(context),
        Command::Submit(args) => args.run(context),
        Command::Library(args) => args.run(context),
        Command::Evaluate(args) => args.run(context),
        Command::Process(args) => args.run(context),
        Command::Model(args) => args.run(context),
        Command::Pdf(args) => args.run(context),
        Command::Cite(args) => args.run(context),
        Command::Schema(args) => args.run(context),
        Command::Completions(args) => args.run(context),
        Command::Man(args) => args.run(context),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parsed(line: &[&str]) -> Program {
        Program::try_parse_from(line).unwrap()
    }

    #[test]
    fn the_definition_of_the_arguments_is_consistent() {
        Program::command().debug_assert();
    }

    #[test]
    fn flags_for_all_commands_stand_before_or_after_the_command() {
        for line in [
            ["omnis", "--json", "-vv", "integrate", "a.toml"],
            ["omnis", "integrate", "a.toml", "-vv", "--json"],
        ] {
            let program = parsed(&line);
            assert!(program.json, "{line:?}");
            assert_eq!(program.terminal.verbose, 2, "{line:?}");
        }
    }

    #[test]
    fn generate_reads_its_flags() {
        let program = parsed(&[
            "omnis", "generate", "a.toml", "-n", "1e5", "-o", "b.lhe", "--seed", "3",
        ]);
        let Command::Generate(args) = program.command else {
            panic!("{program:?}");
        };
        assert_eq!(args.events, Some(100_000));
        assert_eq!(args.seed, Some(3));
        assert_eq!(args.output.unwrap().to_str(), Some("b.lhe"));
        assert_eq!(args.threads, None);
    }

    #[test]
    fn evaluate_collects_repeated_flags() {
        let program = parsed(&[
            "omnis",
            "evaluate",
            "g g > t t~",
            "--momenta",
            "-",
            "--set",
            "aS=0.1",
            "--set",
            "MT=170",
            "--define",
            "ell+=e+ mu+",
            "--tchannel-width",
            "off",
        ]);
        let Command::Evaluate(args) = program.command else {
            panic!("{program:?}");
        };
        let set: Vec<(&str, Option<f64>)> = args.model.set.iter().map(|s| (&*s.0, s.1)).collect();
        assert_eq!(set, [("aS", Some(0.1)), ("MT", Some(170.0))]);
        assert_eq!(args.model.define[0].0, "ell+");
        assert_eq!(args.model.define[0].1, ["e+", "mu+"]);
        assert!(!args.tchannel_width.is_on());
    }
}
