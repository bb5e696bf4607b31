//! How a command fails: the exit code, and the message with its chain of causes.

use std::fmt::Display;
use std::io::{self, Write};

use serde_json::json;

use super::answer::Answer;
use super::progress::Progress;
use super::shown::{shortened, shown};

/// Why a command did not finish.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments were refused by the parser: exit code 2.
    Arguments(clap::Error),
    /// An argument or an input file is wrong, nothing was run: exit code 2.
    Usage(anyhow::Error),
    /// What is asked for is infinite, nothing was run: exit code 2.
    Divergent {
        /// That it is.
        message: String,
        /// One line for each reason.
        singularities: Vec<String>,
        /// Cuts that make it finite.
        cuts: Vec<String>,
    },
    /// The run itself failed: exit code 1.
    Run(anyhow::Error),
    /// All was done and told, but the accuracy that was asked for was not reached:
    /// exit code 3.
    Inaccurate(String),
    /// All was done and told, but not all of the physics of foreign cards was taken over,
    /// or not all events of a file are the card's: exit code 2.
    NotTaken(String),
    /// Ctrl-C: exit code 130. Says what is left behind.
    Interrupted(String),
    /// A request to stop: exit code 85. Says what is kept.
    Stopped(String),
}

/// Turns the error of a result into a [`Failure`] with a line of context.
pub(crate) trait OrFail<T> {
    /// The user can mend it: exit code 2.
    ///
    /// # Errors
    /// [`Failure::Usage`] if `self` is an error.
    fn or_usage(self, context: impl Display + Send + Sync + 'static) -> Result<T, Failure>;

    /// The run failed: exit code 1.
    ///
    /// # Errors
    /// [`Failure::Run`] if `self` is an error.
    fn or_run(self, context: impl Display + Send + Sync + 'static) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> OrFail<T> for Result<T, E> {
    fn or_usage(self, context: impl Display + Send + Sync + 'static) -> Result<T, Failure> {
        self.map_err(|e| Failure::Usage(e.into().context(context)))
    }

    fn or_run(self, context: impl Display + Send + Sync + 'static) -> Result<T, Failure> {
        self.map_err(|e| Failure::Run(e.into().context(context)))
    }
}

impl Failure {
    /// 1 the run failed, 2 bad arguments or input, 3 the accuracy was not reached, 85
    /// stopped on request, 130 interrupted.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Arguments(_) | Self::Usage(_) | Self::Divergent { .. } | Self::NotTaken(_) => 2,
            Self::Run(_) => 1,
            Self::Inaccurate(_) => 3,
            Self::Interrupted(_) => 130,
            Self::Stopped(_) => 85,
        }
    }

    /// Whether all processes that share the work end with it.
    pub(super) fn is_common(&self) -> bool {
        matches!(self, Self::Interrupted(_) | Self::Stopped(_))
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Arguments(_) | Self::Usage(_) => "usage",
            Self::Divergent { .. } => "divergent",
            Self::Run(_) => "run",
            Self::Inaccurate(_) => "inaccurate",
            Self::NotTaken(_) => "not_taken",
            Self::Interrupted(_) => "interrupted",
            Self::Stopped(_) => "stopped",
        }
    }

    /// The message and its causes, outermost first, each said once and fit to be
    /// shown.
    pub(crate) fn messages(&self) -> Vec<String> {
        let fit = |text: String| shown(&shortened(&text));
        self.raw_messages().into_iter().map(fit).collect()
    }

    fn raw_messages(&self) -> Vec<String> {
        match self {
            Self::Arguments(e) => {
                let text = e.to_string();
                let text = text.strip_prefix("error: ").unwrap_or(&text);
                vec![text.trim_end().to_owned()]
            }
            Self::Usage(e) | Self::Run(e) => {
                let mut said: Vec<String> = Vec::new();
                for cause in e.chain() {
                    let text = cause.to_string();
                    // Errors that show their source say the same twice.
                    if !said.last().is_some_and(|last| last.contains(&text)) {
                        said.push(text);
                    }
                }
                said
            }
            Self::Divergent {
                message,
                singularities,
                ..
            } => [std::slice::from_ref(message), singularities].concat(),
            Self::Inaccurate(note) | Self::NotTaken(note) => vec![note.clone()],
            Self::Interrupted(note) => vec![format!("interrupted: {note}")],
            Self::Stopped(note) => vec![format!("stopped on request: {note}")],
        }
    }

    /// What is printed to standard error.
    pub(crate) fn text(&self) -> String {
        let messages = self.messages();
        let kind = match self {
            Self::Inaccurate(_) | Self::NotTaken(_) => "warning",
            _ => "error",
        };
        let mut text = format!("{kind}: {}", messages[0]);
        for cause in &messages[1..] {
            text.push_str("\n  because: ");
            text.push_str(cause);
        }
        text
    }

    /// What is printed to standard output under `--json`.
    pub(crate) fn json(&self) -> serde_json::Value {
        let messages = self.messages();
        let mut json = json!({
            "error": {
                "kind": self.kind(),
                "message": messages[0],
                "causes": messages[1..],
                "exit_code": self.exit_code(),
            }
        });
        if let Self::Divergent { cuts, .. } = self {
            json["error"]["cuts"] = json!(cuts);
        }
        json
    }

    /// Prints the failure: to standard error, as text or where all is JSON there as one line of
    /// it, to the log, and if asked for as JSON to standard output.
    ///
    /// # Errors
    /// If a stream cannot be written.
    pub(crate) fn report(&self, as_json: bool, progress: &Progress) -> io::Result<()> {
        let text = self.text();
        progress.to_log(&text);
        progress.to_log(&format!("exit code {}", self.exit_code()));
        let json = || Answer::Error.labelled(&self.json());
        let written = match self {
            _ if progress.is_json() => writeln!(io::stderr(), "{}", json()),
            // In colour on a terminal, unless the arguments bring colours of their own.
            Self::Arguments(e) if self.raw_messages() == self.messages() => e.print(),
            _ => writeln!(io::stderr(), "{text}"),
        };
        // The result of such a command stands on standard output already.
        if as_json && !matches!(self, Self::Inaccurate(_) | Self::NotTaken(_)) {
            writeln!(io::stdout(), "{:#}", json())?;
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("no such particle 'x'")]
    struct Inner;

    #[derive(Debug, thiserror::Error)]
    #[error("process 'p p > x': {0}")]
    struct Telling(#[source] Inner);

    #[test]
    fn causes_are_listed_outermost_first_and_once() {
        let failure = Err::<(), _>(Inner).or_usage("cannot use a.toml");
        let failure = failure.unwrap_err();
        assert_eq!(
            failure.text(),
            "error: cannot use a.toml\n  because: no such particle 'x'"
        );
        let failure = Err::<(), _>(Telling(Inner))
            .or_run("no events")
            .unwrap_err();
        assert_eq!(
            failure.text(),
            "error: no events\n  because: process 'p p > x': no such particle 'x'"
        );
    }

    #[test]
    fn json_carries_kind_message_causes_and_exit_code() {
        let failure = Err::<(), _>(Inner).or_usage("cannot use a.toml");
        let json = failure.unwrap_err().json();
        assert_eq!(json["error"]["kind"], "usage");
        assert_eq!(json["error"]["message"], "cannot use a.toml");
        assert_eq!(json["error"]["causes"][0], "no such particle 'x'");
        assert_eq!(json["error"]["exit_code"], 2);
    }

    #[test]
    fn exit_codes_tell_input_from_run_from_interruption() {
        assert_eq!(Failure::Usage(anyhow::anyhow!("a")).exit_code(), 2);
        assert_eq!(Failure::Run(anyhow::anyhow!("a")).exit_code(), 1);
        assert_eq!(Failure::Inaccurate("a".to_owned()).exit_code(), 3);
        assert_eq!(Failure::Interrupted("a".to_owned()).exit_code(), 130);
        assert_eq!(Failure::Stopped("a".to_owned()).exit_code(), 85);
    }
}
