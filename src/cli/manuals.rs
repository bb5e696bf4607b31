//! `omnis completions` and `omnis man`: what shells and `man` read about the commands.
//!
//! Knows the definition of the arguments; knows no command.

use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;
use serde_json::json;

use super::answer::Answer;
use super::failure::{Failure, OrFail};
use super::program::{Context, Program};
use super::running::failure;
use crate::storage::write_whole;
use crate::suggest::did_you_mean;

const COMPLETIONS_HELP: &str = "\
Examples:
  mkdir -p ~/.local/share/bash-completion/completions
  omnis completions bash > ~/.local/share/bash-completion/completions/omnis
  omnis completions zsh > \"${fpath[1]}/_omnis\"
  omnis completions fish > ~/.config/fish/completions/omnis.fish

The tab key then completes commands, flags and their values in the next shell.";

const MAN_HELP: &str = "\
Examples:
  omnis man generate | man -l -                      one page, to read at once
  omnis man --output-dir ~/.local/share/man/man1     all pages, for man omnis-generate

The pages say what --help says.";

/// Arguments of `omnis completions`.
#[derive(Args, Debug)]
#[command(after_help = COMPLETIONS_HELP)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}

impl CompletionsArgs {
    /// Prints the completions.
    ///
    /// # Errors
    /// [`Failure::Run`] if standard output cannot be written.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Program::command(), "omnis", &mut text);
        context.print_text(String::from_utf8_lossy(&text).trim_end())
    }
}

/// Arguments of `omnis man`.
#[derive(Args, Debug)]
#[command(after_help = MAN_HELP)]
pub(crate) struct ManArgs {
    /// A command; without it the page of omnis itself
    #[arg(value_name = "COMMAND", conflicts_with = "output_dir")]
    pub command: Option<String>,

    /// Write the pages of all commands into this folder instead
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
}

impl ManArgs {
    /// Prints a page, or writes all of them.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a command that is none, [`Failure::Run`] if a page cannot be
    /// written.
    pub fn run(&self, context: &Context) -> Result<(), Failure> {
        let mut program = Program::command().disable_help_subcommand(true);
        program.build();
        if let Some(folder) = &self.output_dir {
            return write_pages(&program, folder, context);
        }
        let chosen = match &self.command {
            Some(name) => subcommand(&program, name)?,
            None => &program,
        };
        context.print_text(page(chosen)?.trim_end())
    }
}

fn subcommand<'a>(program: &'a Command, name: &str) -> Result<&'a Command, Failure> {
    program.find_subcommand(name).ok_or_else(|| {
        let names = program.get_subcommands().map(Command::get_name);
        Failure::Usage(anyhow::anyhow!(
            "omnis has no command '{name}'{}; 'omnis --help' lists them",
            did_you_mean(name, names)
        ))
    })
}

/// The page of a command in the language of `man`.
fn page(command: &Command) -> Result<String, Failure> {
    let mut text = Vec::new();
    let man = clap_mangen::Man::new(command.clone());
    man.render(&mut text).or_run("cannot write the page")?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The command and all below it.
fn pages<'a>(command: &'a Command, all: &mut Vec<&'a Command>) {
    all.push(command);
    for inner in command.get_subcommands() {
        pages(inner, all);
    }
}

fn write_pages(program: &Command, folder: &Path, context: &Context) -> Result<(), Failure> {
    let cannot = || format!("cannot make the folder '{}'", folder.display());
    std::fs::create_dir_all(folder).or_run(cannot())?;
    let mut commands = Vec::new();
    pages(program, &mut commands);
    let mut files = Vec::new();
    for command in commands {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let file = folder.join(format!("{name}.1"));
        write_whole(&file, page(command)?.as_bytes()).map_err(|e| failure(e.into()))?;
        files.push(file.display().to_string());
    }
    let text = format!("{} pages in '{}'", files.len(), folder.display());
    context.print(Answer::Man, &text, &json!({ "files": files }))
}
