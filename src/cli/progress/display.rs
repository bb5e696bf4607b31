//! Where progress is shown: bars on a terminal, lines elsewhere.
//!
//! Knows how bars look; knows not what they count.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressState};

use super::lines::{Form, Lines};
use super::stages::{Said, Scale, Stage};
use super::time_left::{TimeLeft, left_text};

/// Time between two lines of one stage.
pub(super) const LINE_INTERVAL: Duration = Duration::from_secs(5);
/// The same for programs.
const JSON_INTERVAL: Duration = Duration::from_secs(1);
/// Redraws of a bar between counts, so that its clock runs.
const TICK: Duration = Duration::from_millis(200);
/// Positions of a bar that counts no events.
const WHOLE: u64 = 1000;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ProgressStyle {
    /// Bars on a terminal, elsewhere lines if -v is given
    Auto,
    /// Bars; lines where standard error is no terminal
    Bars,
    /// A line every few seconds
    Lines,
    /// One JSON object a line, messages and errors too
    Json,
    /// Nothing
    None,
}

/// Where progress is shown.
pub(super) enum Display {
    Bars(MultiProgress, Option<ProgressBar>),
    Lines(Lines),
    /// Messages alone.
    Nowhere,
    /// Not even these: another process says it.
    Mute,
}

impl Display {
    /// On standard error.
    pub(super) fn on_stderr(style: ProgressStyle, verbosity: u8) -> Self {
        let lines =
            |interval, form| Self::Lines(Lines::new(Box::new(io::stderr()), interval, form));
        match style {
            ProgressStyle::Auto | ProgressStyle::Bars if io::stderr().is_terminal() => {
                Self::Bars(MultiProgress::new(), None)
            }
            ProgressStyle::Auto if verbosity == 0 => Self::Nowhere,
            ProgressStyle::None => Self::Nowhere,
            ProgressStyle::Json => lines(JSON_INTERVAL, Form::Json),
            ProgressStyle::Auto | ProgressStyle::Bars | ProgressStyle::Lines => {
                lines(LINE_INTERVAL, Form::Text)
            }
        }
    }

    /// Shows what was said; what cannot be shown is no reason to stop.
    pub(super) fn show(&mut self, said: &Said) {
        match (self, said) {
            (Self::Lines(lines), said) => lines.write(said),
            (Self::Bars(bars, current), Said::Begin(stage)) => {
                *current = Some(bars.add(new_bar(stage)));
            }
            (Self::Bars(_, Some(bar)), Said::Count(stage)) => {
                bar.set_position(stage.position(WHOLE));
                bar.set_message(stage.bar_note());
            }
            (Self::Bars(bars, current), Said::End(stage)) => {
                if let Some(bar) = current.take() {
                    bar.finish_and_clear();
                    bars.remove(&bar);
                    let (name, note) = (&stage.name, &stage.note);
                    let line = format!("{name:12} {:8.1} s  {note}", stage.elapsed_s());
                    let _ = bars.println(line.trim_end());
                }
            }
            (Self::Bars(bars, _), Said::Message(text)) => {
                let _ = bars.suspend(|| writeln!(io::stderr(), "{text}"));
            }
            (Self::Nowhere, Said::Message(text)) => {
                let _ = writeln!(io::stderr(), "{text}");
            }
            (Self::Nowhere | Self::Mute | Self::Bars(..), _) => {}
        }
    }
}

fn new_bar(stage: &Stage) -> ProgressBar {
    let (template, length) = match stage.scale {
        Scale::Open => ("{prefix:12} {spinner} {elapsed} {msg}", None),
        Scale::Fraction => (
            "{prefix:12} {bar:30} {percent} % {elapsed}{left} {msg}",
            Some(WHOLE),
        ),
        Scale::Events(None) => (
            "{prefix:12} {spinner} {human_pos} events {elapsed} {msg}",
            None,
        ),
        Scale::Events(total) => (
            "{prefix:12} {bar:30} {human_pos}/{human_len} events {elapsed}{left} {msg}",
            total,
        ),
    };
    let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let style = indicatif::ProgressStyle::with_template(template);
    let style = style.expect("all templates are literals");
    let style = style.with_key("left", countdown(stage.begin, &stage.left));
    let bar = bar.with_style(style).with_prefix(stage.name.clone());
    bar.enable_steady_tick(TICK);
    bar
}

/// Writes the time left, anew at each redraw.
fn countdown(
    begin: Instant,
    left: &Arc<Mutex<TimeLeft>>,
) -> impl Fn(&ProgressState, &mut dyn fmt::Write) + Clone + Send + Sync + 'static {
    let left = Arc::clone(left);
    move |_, to| {
        let left = *left.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seconds) = left.seconds(begin.elapsed()) {
            let _ = write!(to, ", {}", left_text(seconds));
        }
    }
}
