//! The stages of a run, their counts and times, and what is said meanwhile.
//!
//! Knows names and counts; knows not what is counted, nor how it is shown.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::super::shown::shown;
use super::display::{Display, LINE_INTERVAL, ProgressStyle};
use super::lines::{Form, Lines};
use super::time_left::TimeLeft;

/// Wall time of a finished stage.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub(crate) struct StageTime {
    /// Name of the stage.
    pub stage: String,
    /// Seconds from its begin to its end.
    pub wall_s: f64,
}

/// What the counts of a stage are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Nothing is known of the end; notes say how far it is.
    Open,
    /// Parts of the stage, shown in per cent.
    Fraction,
    /// Events, of so many if that is known.
    Events(Option<u64>),
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Count<'a> {
    /// A part, in [0, 1], with points that are done and those that are lacking: the pace is
    /// theirs.
    Part {
        /// Part that is done.
        done: f64,
        /// Points so far.
        points: u64,
        /// Points that are lacking, if that is known.
        lacking: Option<u64>,
    },
    /// Events.
    Events(u64),
    /// So many of so many things.
    Of(&'a str, u64, u64),
}

/// What is told to those who show it.
pub(super) enum Said<'a> {
    Begin(&'a Stage),
    Count(&'a Stage),
    End(&'a Stage),
    Message(&'a str),
}

/// The stage that is going on.
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) scale: Scale,
    pub(super) begin: Instant,
    pub(super) left: Arc<Mutex<TimeLeft>>,
    /// The last note.
    pub(super) note: String,
    done: Option<f64>,
    total: Option<f64>,
    unit: Option<String>,
}

impl Stage {
    fn new(name: &str, scale: Scale) -> Self {
        let (total, unit) = match scale {
            Scale::Open => (None, None),
            Scale::Fraction => (Some(1.0), Some("part")),
            Scale::Events(n) => (n.map(|n| n as f64), Some("events")),
        };
        Self {
            name: name.to_owned(),
            scale,
            begin: Instant::now(),
            left: Arc::default(),
            note: String::new(),
            done: None,
            total,
            unit: unit.map(str::to_owned),
        }
    }

    fn count(&mut self, count: Count, note: &str) {
        note.clone_into(&mut self.note);
        let (done, pace) = match count {
            Count::Part {
                done,
                points,
                lacking,
            } => (done, Some((points, lacking))),
            Count::Events(n) => {
                // A header may have promised fewer.
                let total = self.total.filter(|t| n as f64 <= *t);
                let lacking = total.map(|t| t as u64 - n);
                self.total = total;
                (n as f64, Some((n, lacking)))
            }
            Count::Of(what, done, total) => {
                self.total = Some(total as f64);
                self.unit = Some(what.to_owned());
                (done as f64, None)
            }
        };
        self.done = Some(done);
        if let Some((work, lacking)) = pace {
            let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
            left.count(self.begin.elapsed(), work, lacking);
        }
    }

    /// Count, its end and its unit, as far as they are known.
    pub(super) fn counted(&self) -> (Option<f64>, Option<f64>, Option<&str>) {
        (self.done, self.total, self.unit.as_deref())
    }

    /// The count in words.
    pub(super) fn count_text(&self) -> String {
        match (self.done, self.total, &self.unit) {
            (Some(done), _, _) if self.scale == Scale::Fraction => {
                format!("{} %", (100.0 * done).floor())
            }
            (Some(done), Some(total), Some(unit)) => format!("{done} of {total} {unit}"),
            (Some(done), None, Some(unit)) => format!("{done} {unit}"),
            _ => String::new(),
        }
    }

    /// Place in a bar; `whole` is its end if the stage is counted in parts.
    pub(super) fn position(&self, whole: u64) -> u64 {
        let done = self.done.unwrap_or(0.0);
        match self.scale {
            Scale::Fraction => (done * whole as f64) as u64,
            _ => done as u64,
        }
    }

    /// The note, with the count where the bar has none.
    pub(super) fn bar_note(&self) -> String {
        match self.scale {
            Scale::Open => format!("{} {}", self.count_text(), self.note),
            _ => self.note.clone(),
        }
    }

    /// Seconds since it began.
    pub(super) fn elapsed_s(&self) -> f64 {
        self.begin.elapsed().as_secs_f64()
    }

    /// Seconds that are left, if there is a basis for that.
    pub(super) fn left_s(&self) -> Option<f64> {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.seconds(self.begin.elapsed())
    }
}

struct State {
    display: Display,
    /// Has all that can be shown, whatever is.
    log: Option<Lines>,
    current: Option<Stage>,
    times: Vec<StageTime>,
}

/// Shows one stage after the other; may be told of counts from any thread.
pub(crate) struct Progress {
    verbosity: u8,
    quiet: bool,
    style: ProgressStyle,
    state: Mutex<State>,
}

impl Progress {
    /// On standard error; with `log`, all that `-vv` shows goes there as well, whatever is
    /// shown.
    pub(crate) fn on_stderr(
        style: ProgressStyle,
        verbosity: u8,
        quiet: bool,
        log: Option<Box<dyn Write + Send>>,
    ) -> Self {
        let style = match (quiet, style) {
            (true, ProgressStyle::Auto) => ProgressStyle::None,
            (_, style) => style,
        };
        let mut progress = Self::new(style, verbosity, Display::on_stderr(style, verbosity));
        progress.quiet = quiet;
        progress.state().log = log.map(|sink| Lines::new(sink, LINE_INTERVAL, Form::Stamped));
        progress
    }

    /// Keeps times and shows nothing, not even notes; errors will have this style.
    pub(crate) fn mute(style: ProgressStyle) -> Self {
        Self::new(style, 0, Display::Mute)
    }

    fn new(style: ProgressStyle, verbosity: u8, display: Display) -> Self {
        Self {
            verbosity,
            quiet: false,
            style,
            state: Mutex::new(State {
                display,
                log: None,
                current: None,
                times: Vec::new(),
            }),
        }
    }

    /// Whether every line on standard error is JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.style == ProgressStyle::Json
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
        let stage = Stage::new(stage, scale);
        state.tell(&Said::Begin(&stage));
        state.current = Some(stage);
    }

    /// Sets the count of the current stage and a short note, e.g. the estimate so far.
    pub(crate) fn advance(&self, count: Count, note: &str) {
        let mut state = self.state();
        if let Some(mut stage) = state.current.take() {
            stage.count(count, note);
            state.tell(&Said::Count(&stage));
            state.current = Some(stage);
        }
    }

    /// Ends the current stage.
    pub(crate) fn end(&self) {
        self.state().end();
    }

    /// Writes a line for those who gave `-v` at least `level` times; level 0 is for all
    /// who did not ask for quiet.
    pub(crate) fn log(&self, level: u8, message: &str) {
        self.say(
            level <= self.verbosity && !(self.quiet && level == 0),
            message,
        );
    }

    /// Writes a warning that the result is not what one would take it for; it is for all.
    pub(crate) fn warn(&self, message: &str) {
        self.say(true, &format!("warning: {message}"));
    }

    fn say(&self, is_shown: bool, message: &str) {
        let mut state = self.state();
        let message = shown(message);
        let said = Said::Message(&message);
        if is_shown {
            state.display.show(&said);
        }
        if let Some(log) = &mut state.log {
            log.write(&said);
        }
    }

    /// Writes a line to the log alone.
    pub(crate) fn to_log(&self, message: &str) {
        self.say(false, message);
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
    fn tell(&mut self, said: &Said) {
        self.display.show(said);
        if let Some(log) = &mut self.log {
            log.write(said);
        }
    }

    fn end(&mut self) {
        let Some(stage) = self.current.take() else {
            return;
        };
        self.tell(&Said::End(&stage));
        self.times.push(StageTime {
            wall_s: stage.elapsed_s(),
            stage: stage.name,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use serde_json::Value;

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

    fn lines(interval: Duration, verbosity: u8, form: Form) -> (Progress, Sink) {
        let sink = Sink::default();
        let style = match form {
            Form::Json => ProgressStyle::Json,
            Form::Text | Form::Stamped => ProgressStyle::Lines,
        };
        let display = Display::Lines(Lines::new(Box::new(sink.clone()), interval, form));
        (Progress::new(style, verbosity, display), sink)
    }

    fn text(sink: &Sink) -> String {
        String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
    }

    fn part(done: f64) -> Count<'static> {
        let points = (1e6 * done) as u64;
        Count::Part {
            done,
            points,
            lacking: Some(1_000_000 - points),
        }
    }

    #[test]
    fn stages_end_when_the_next_begins_and_keep_their_order() {
        let (progress, _) = lines(LINE_INTERVAL, 1, Form::Text);
        progress.begin("setup", Scale::Open);
        progress.begin("survey", Scale::Fraction);
        progress.end();
        progress.end();
        let names: Vec<String> = progress.times().into_iter().map(|t| t.stage).collect();
        assert_eq!(names, ["setup", "survey"]);
    }

    #[test]
    fn lines_are_written_no_more_often_than_the_interval() {
        let (progress, sink) = lines(Duration::from_secs(3600), 1, Form::Text);
        progress.begin("survey", Scale::Fraction);
        for done in 0..10 {
            progress.advance(part(0.1 * f64::from(done)), "");
        }
        assert_eq!(text(&sink), "survey ...\n");

        let (progress, sink) = lines(Duration::ZERO, 1, Form::Text);
        progress.begin("survey", Scale::Fraction);
        progress.advance(part(0.86), "1.2 pb");
        progress.begin("generate", Scale::Events(Some(20)));
        progress.advance(Count::Events(3), "");
        progress.begin("setup", Scale::Open);
        progress.advance(Count::Of("things", 4, 9), "");
        progress.begin("convert", Scale::Events(None));
        progress.advance(Count::Events(300), "");
        let text = text(&sink);
        for line in [
            "survey: 86 %  1.2 pb\n",
            "generate: 3 of 20 events\n",
            "setup: 4 of 9 things\n",
            "convert: 300 events\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn a_stage_tells_the_time_that_is_left_once_it_can() {
        let (progress, sink) = lines(Duration::ZERO, 1, Form::Text);
        progress.begin("generate", Scale::Events(Some(1000)));
        progress.advance(Count::Events(0), "");
        progress.advance(Count::Events(400), "");
        std::thread::sleep(Duration::from_millis(1200));
        progress.advance(Count::Events(600), "1.2 pb");
        let text = text(&sink);
        // 600 in 1.2 s, and 400 to come.
        assert!(text.contains("generate: 400 of 1000 events\n"), "{text}");
        assert!(
            text.ends_with("generate: 600 of 1000 events  1 s left  1.2 pb\n"),
            "{text}"
        );
    }

    #[test]
    fn more_events_than_a_header_promised_have_no_end() {
        let (progress, sink) = lines(Duration::ZERO, 1, Form::Text);
        progress.begin("convert", Scale::Events(Some(100)));
        progress.advance(Count::Events(101), "");
        assert!(text(&sink).ends_with("convert: 101 events\n"));
    }

    #[test]
    fn programs_get_one_object_a_line() {
        let (progress, sink) = lines(Duration::ZERO, 1, Form::Json);
        progress.log(0, "note: a note\nof two lines");
        progress.warn("a warning");
        progress.log(1, "a detail");
        progress.begin("survey", Scale::Fraction);
        progress.advance(part(0.25), "1.2 pb");
        progress.begin("generate", Scale::Events(Some(20)));
        progress.advance(Count::Events(3), "");
        progress.end();
        let text = text(&sink);
        let all: Vec<Value> = text
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        let kinds: Vec<&Value> = all[..3].iter().map(|m| &m["kind"]).collect();
        assert_eq!(kinds, ["note", "warning", "log"]);
        assert_eq!(all[0]["text"], "a note\nof two lines");
        let of: Vec<&Value> = all[3..].iter().map(|m| &m["event"]).collect();
        assert_eq!(of, ["begin", "count", "end", "begin", "count", "end"]);
        assert_eq!(
            (&all[4]["done"], &all[4]["unit"]),
            (&0.25.into(), &"part".into())
        );
        let generate = &all[7];
        assert_eq!(generate["done"], 3.0);
        assert_eq!(generate["total"], 20.0);
        assert_eq!(generate["unit"], "events");
        assert_eq!(generate["left_s"], Value::Null);
    }

    #[test]
    fn log_lines_above_the_verbosity_are_dropped() {
        let (progress, sink) = lines(LINE_INTERVAL, 1, Form::Text);
        progress.log(1, "one");
        progress.log(2, "two");
        assert_eq!(text(&sink), "one\n");
    }

    #[test]
    fn a_quiet_run_keeps_warnings_and_its_log_keeps_all() {
        let (mut progress, sink) = lines(LINE_INTERVAL, 0, Form::Text);
        let log = Sink::default();
        progress.quiet = true;
        let of_log = Lines::new(Box::new(log.clone()), LINE_INTERVAL, Form::Stamped);
        progress.state().log = Some(of_log);
        progress.log(0, "note: a note");
        progress.log(2, "an iteration");
        progress.warn("the physics is another");
        progress.to_log("exit code 0");
        assert_eq!(text(&sink), "warning: the physics is another\n");
        let lines = text(&log);
        let said: Vec<&str> = lines.lines().map(|l| &l[25..]).collect();
        assert_eq!(
            said,
            [
                "note: a note",
                "an iteration",
                "warning: the physics is another",
                "exit code 0"
            ]
        );
        assert!(lines.lines().all(super::super::is_stamped), "{lines}");
    }

    #[test]
    fn counts_before_the_first_stage_are_harmless() {
        let (progress, sink) = lines(Duration::ZERO, 2, Form::Text);
        progress.advance(Count::Events(1), "");
        assert_eq!(text(&sink), "");
    }
}
