//! Progress of a run on standard error: bars on a terminal, otherwise a line
//! every few seconds if `-v` asks for it. Keeps the time of each stage.
//!
//! Knows names and counts; knows not what is counted.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::shown::shown;

/// Time between two lines of one stage where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Redraws of a bar between counts, so that its clock runs.
const TICK: Duration = Duration::from_millis(200);

/// Wall time of a finished stage.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub(crate) struct StageTime {
    /// Name of the stage.
    pub stage: String,
    /// Seconds from its begin to its end.
    pub wall_s: f64,
}

/// Where progress is shown.
enum Display {
    Bars(MultiProgress),
    Lines {
        sink: Box<dyn Write + Send>,
        interval: Duration,
    },
    Nowhere,
    /// Not even what is for all: another process says it.
    Mute,
}

/// What the counts of a stage are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Nothing is known of the end; notes say how far it is.
    Open,
    /// Parts in a thousand of the stage, shown in per cent.
    Fraction,
    /// Events, of so many.
    Events(u64),
}

/// The count at the end of a [`Scale::Fraction`].
pub(crate) const WHOLE: u64 = 1000;

impl Scale {
    fn total(self) -> Option<u64> {
        match self {
            Self::Open => None,
            Self::Fraction => Some(WHOLE),
            Self::Events(n) => Some(n),
        }
    }

    fn text(self, done: u64) -> String {
        match self {
            Self::Open => String::new(),
            Self::Fraction => format!("{} %", 100 * done / WHOLE),
            Self::Events(n) => format!("{done} of {n} events"),
        }
    }
}

struct Stage {
    name: String,
    scale: Scale,
    begin: Instant,
    last_line: Instant,
    bar: Option<ProgressBar>,
    /// The last note.
    note: String,
}

struct State {
    display: Display,
    current: Option<Stage>,
    times: Vec<StageTime>,
}

/// Shows one stage after the other; may be told of counts from any thread.
pub(crate) struct Progress {
    verbosity: u8,
    state: Mutex<State>,
}

impl Progress {
    /// Bars if standard error is a terminal; otherwise lines with `verbosity`
    /// 1 or more, nothing with 0.
    pub(crate) fn on_stderr(verbosity: u8) -> Self {
        let display = if io::stderr().is_terminal() {
            Display::Bars(MultiProgress::new())
        } else if verbosity > 0 {
            Display::Lines {
                sink: Box::new(io::stderr()),
                interval: LINE_INTERVAL,
            }
        } else {
            Display::Nowhere
        };
        Self::new(verbosity, display)
    }

    /// Keeps times and shows nothing, not even notes.
    pub(crate) fn mute() -> Self {
        Self::new(0, Display::Mute)
    }

    fn new(verbosity: u8, display: Display) -> Self {
        Self {
            verbosity,
            state: Mutex::new(State {
                display,
                current: None,
                times: Vec::new(),
            }),
        }
    }

    /// What is shown matters less than the run: a thread that panicked while
    /// it held the lock is no reason to stop.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a stage, ending the one before.
    pub(crate) fn begin(&self, stage: &str, scale: Scale) {
        let mut state = self.state();
        state.end();
        let now = Instant::now();
        let bar = match &mut state.display {
            Display::Bars(bars) => Some(bars.add(new_bar(stage, scale))),
            Display::Lines { sink, .. } => {
                // Progress that cannot be shown is no reason to stop.
                let _ = writeln!(sink, "{stage} ...");
                None
            }
            Display::Nowhere | Display::Mute => None,
        };
        state.current = Some(Stage {
            name: stage.to_owned(),
            scale,
            begin: now,
            last_line: now,
            bar,
            note: String::new(),
        });
    }

    /// Sets the count of the current stage and a short note, e.g. the estimate so far.
    pub(crate) fn advance(&self, done: u64, note: &str) {
        let mut state = self.state();
        let State {
            display,
            current: Some(stage),
            ..
        } = &mut *state
        else {
            return;
        };
        note.clone_into(&mut stage.note);
        if let Some(bar) = &stage.bar {
            bar.set_position(done);
            bar.set_message(note.to_owned());
        }
        if let Display::Lines { sink, interval } = display
            && stage.last_line.elapsed() >= *interval
        {
            stage.last_line = Instant::now();
            let words = [stage.scale.text(done), note.to_owned()];
            let words: Vec<String> = words.into_iter().filter(|w| !w.is_empty()).collect();
            let _ = writeln!(sink, "{}: {}", stage.name, words.join("  "));
        }
    }

    /// Ends the current stage.
    pub(crate) fn end(&self) {
        self.state().end();
    }

    /// Writes a line for those who gave `-v` at least `level` times; level 0 is for all.
    pub(crate) fn log(&self, level: u8, message: &str) {
        if level > self.verbosity {
            return;
        }
        let mut state = self.state();
        let message = &shown(message);
        let _ = match &mut state.display {
            Display::Bars(bars) => bars.suspend(|| writeln!(io::stderr(), "{message}")),
            Display::Lines { sink, .. } => writeln!(sink, "{message}"),
            Display::Nowhere => writeln!(io::stderr(), "{message}"),
            Display::Mute => Ok(()),
        };
    }

    /// Times of the finished stages, in order.
    pub(crate) fn times(&self) -> Vec<StageTime> {
        self.state().times.clone()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

impl State {
    fn end(&mut self) {
        let Some(stage) = self.current.take() else {
            return;
        };
        let wall_s = stage.begin.elapsed().as_secs_f64();
        match (&mut self.display, stage.bar) {
            (Display::Bars(bars), Some(bar)) => {
                bar.finish_and_clear();
                bars.remove(&bar);
                // Progress that cannot be shown is no reason to stop.
                let line = format!("{:12} {wall_s:8.1} s  {}", stage.name, stage.note);
                let _ = bars.println(line.trim_end());
            }
            (Display::Lines { sink, .. }, _) => {
                let _ = writeln!(sink, "{}: {wall_s:.1} s", stage.name);
            }
            _ => {}
        }
        self.times.push(StageTime {
            stage: stage.name,
            wall_s,
        });
    }
}

fn new_bar(stage: &str, scale: Scale) -> ProgressBar {
    let template = match scale {
        Scale::Open => "{prefix:12} {spinner} {elapsed} {msg}",
        Scale::Fraction => "{prefix:12} {bar:30} {percent} % {elapsed} {msg}",
        Scale::Events(_) => "{prefix:12} {bar:30} {human_pos}/{human_len} events {elapsed} {msg}",
    };
    let bar = match scale.total() {
        Some(total) => ProgressBar::new(total),
        None => ProgressBar::new_spinner(),
    };
    let style = ProgressStyle::with_template(template).expect("all templates are literals");
    let bar = bar.with_style(style).with_prefix(stage.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines(interval: Duration, verbosity: u8) -> (Progress, Sink) {
        let sink = Sink::default();
        let display = Display::Lines {
            sink: Box::new(sink.clone()),
            interval,
        };
        (Progress::new(verbosity, display), sink)
    }

    fn text(sink: &Sink) -> String {
        String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn stages_end_when_the_next_begins_and_keep_their_order() {
        let (progress, _) = lines(LINE_INTERVAL, 1);
        progress.begin("setup", Scale::Open);
        progress.begin("survey", Scale::Fraction);
        progress.end();
        progress.end();
        let names: Vec<String> = progress.times().into_iter().map(|t| t.stage).collect();
        assert_eq!(names, ["setup", "survey"]);
    }

    #[test]
    fn lines_are_written_no_more_often_than_the_interval() {
        let (progress, sink) = lines(Duration::from_secs(3600), 1);
        progress.begin("survey", Scale::Fraction);
        for done in 0..10 {
            progress.advance(done, "");
        }
        assert_eq!(text(&sink), "survey ...\n");

        let (progress, sink) = lines(Duration::ZERO, 1);
        progress.begin("survey", Scale::Fraction);
        progress.advance(860, "1.2 pb");
        progress.begin("generate", Scale::Events(20));
        progress.advance(3, "");
        progress.begin("setup", Scale::Open);
        progress.advance(4, "4 of 9 things");
        let text = text(&sink);
        for line in [
            "survey: 86 %  1.2 pb\n",
            "generate: 3 of 20 events\n",
            "setup: 4 of 9 things\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn log_lines_above_the_verbosity_are_dropped() {
        let (progress, sink) = lines(LINE_INTERVAL, 1);
        progress.log(1, "one");
        progress.log(2, "two");
        assert_eq!(text(&sink), "one\n");
    }

    #[test]
    fn counts_before_the_first_stage_are_harmless() {
        let (progress, sink) = lines(Duration::ZERO, 2);
        progress.advance(1, "");
        assert_eq!(text(&sink), "");
    }
}
