//! Flags for what is shown beside the result: how much, how, and where it is kept.
//!
//! Knows the flags; shows nothing.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, ValueEnum};

use super::failure::Failure;
use super::progress::{Progress, ProgressStyle, is_stamped};
use super::running::failure;
use crate::storage::{open_log, version_line};

/// Heading of flags that belong to all commands, in the help of each.
pub(super) const OF_ALL: &str = "Flags of all commands";

/// Flags of all commands.
#[derive(Args, Debug)]
pub(crate) struct TerminalArgs {
    /// Say more: -v logs each stage, -vv each iteration
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = OF_ALL)]
    pub verbose: u8,

    /// Say less: no progress and no notes; only errors, and warnings that the result is not
    /// what one would take it for
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = OF_ALL)]
    pub quiet: bool,

    /// How progress is shown on standard error
    #[arg(
        long,
        global = true,
        value_name = "STYLE",
        value_enum,
        default_value = "auto",
        help_heading = OF_ALL
    )]
    pub progress: ProgressStyle,

    /// Add all that -vv shows, with the time of the day, to the end of a log
    #[arg(long, global = true, value_name = "FILE", help_heading = OF_ALL)]
    pub log_file: Option<PathBuf>,
}

impl TerminalArgs {
    /// Progress as asked for; a log begins with the command.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a log that cannot be written, and flags that exclude each other.
    pub(super) fn open(&self, arguments: &[OsString]) -> Result<Progress, Failure> {
        if self.quiet && self.verbose > 0 {
            return Err(Failure::Usage(anyhow::anyhow!(
                "found -q and -v, expected one of them: -q says less, -v more"
            )));
        }
        let log = self.log_file.as_deref().map(open).transpose()?;
        let progress = Progress::on_stderr(self.progress, self.verbose, self.quiet, log);
        let words: Vec<String> = arguments.iter().skip(1).map(quoted).collect();
        progress.to_log(&format!(
            "omnis {}: omnis {}",
            version_line(),
            words.join(" ")
        ));
        Ok(progress)
    }
}

fn open(path: &Path) -> Result<Box<dyn Write + Send>, Failure> {
    let file = open_log(path, is_stamped).map_err(|e| failure(e.into()))?;
    Ok(Box::new(file))
}

/// An argument as it could be typed.
fn quoted(argument: &OsString) -> String {
    let text = argument.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%^~".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.into_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// The style that arguments ask for which may not parse.
pub(super) fn style_of(arguments: &[OsString]) -> ProgressStyle {
    let mut words = arguments.iter().map(|a| a.to_string_lossy());
    let mut style = ProgressStyle::Auto;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--progress") {
            Some("") => words.next().map(|w| w.into_owned()),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        let named = value.and_then(|v| ProgressStyle::from_str(&v, false).ok());
        style = named.unwrap_or(style);
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_is_found_in_arguments_that_do_not_parse() {
        let of = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            style_of(&words)
        };
        assert_eq!(
            of("omnis generate --progress json --no-such"),
            ProgressStyle::Json
        );
        assert_eq!(of("omnis --progress=json generate"), ProgressStyle::Json);
        assert_eq!(of("omnis generate --progress jsonn"), ProgressStyle::Auto);
        assert_eq!(of("omnis generate --progress"), ProgressStyle::Auto);
    }

    #[test]
    fn the_command_in_a_log_can_be_typed_again() {
        let all = ["a.toml", "p p > t t~", "it's", ""].map(OsString::from);
        let words: Vec<String> = all.iter().map(quoted).collect();
        assert_eq!(words, ["a.toml", "'p p > t t~'", r"'it'\''s'", "''"]);
    }
}
