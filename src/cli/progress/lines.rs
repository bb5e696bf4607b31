//! Progress as lines: of text, with or without the time of the day, or of JSON.
//!
//! Knows what lines look like; knows not where they go.

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::answer::Answer;
use super::stages::{Said, Stage};
use super::stamp;
use super::time_left::left_text;

/// Where lines go, and how often those of one stage are written.
pub(super) struct Lines {
    sink: Box<dyn Write + Send>,
    interval: Duration,
    last: Instant,
    form: Form,
}

/// What a line looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Text.
    Text,
    /// Text behind the time of the day.
    Stamped,
    /// One object of JSON.
    Json,
}

impl Lines {
    pub(super) fn new(sink: Box<dyn Write + Send>, interval: Duration, form: Form) -> Self {
        Self {
            sink,
            interval,
            last: Instant::now(),
            form,
        }
    }

    /// Writes what was said, unless it is a count and the last line is too near.
    pub(super) fn write(&mut self, said: &Said) {
        if matches!(said, Said::Count(_)) && self.last.elapsed() < self.interval {
            return;
        }
        if matches!(said, Said::Begin(_) | Said::Count(_)) {
            self.last = Instant::now();
        }
        let text = match self.form {
            Form::Json => format!("{}\n", json_of(said)),
            Form::Text => text_of(said) + "\n",
            Form::Stamped => {
                let now = stamp::now();
                let text = text_of(said);
                text.lines().map(|l| format!("{now} {l}\n")).collect()
            }
        };
        // In one piece, so that processes can share a file. Progress that cannot be shown
        // is no reason to stop.
        let _ = self.sink.write_all(text.as_bytes());
        let _ = self.sink.flush();
    }
}

fn text_of(said: &Said) -> String {
    match said {
        Said::Begin(stage) => format!("{} ...", stage.name),
        Said::Count(stage) => {
            let left = stage.left_s().map(left_text).unwrap_or_default();
            let words = [stage.count_text(), left, stage.note.clone()];
            let words: Vec<String> = words.into_iter().filter(|w| !w.is_empty()).collect();
            format!("{}: {}", stage.name, words.join("  "))
        }
        Said::End(stage) => format!("{}: {:.1} s", stage.name, stage.elapsed_s()),
        Said::Message(text) => (*text).to_owned(),
    }
}

fn json_of(said: &Said) -> Value {
    let of = |event: &str, stage: &Stage| {
        let (done, total, unit) = stage.counted();
        Answer::Progress.labelled(&json!({
            "event": event,
            "stage": stage.name,
            "done": done,
            "total": total,
            "unit": unit,
            "elapsed_s": stage.elapsed_s(),
            "left_s": stage.left_s(),
            "note": stage.note,
        }))
    };
    match said {
        Said::Begin(stage) => of("begin", stage),
        Said::Count(stage) => of("count", stage),
        Said::End(stage) => of("end", stage),
        Said::Message(text) => {
            let kinds = ["warning", "note"];
            let told = kinds.iter().find_map(|kind| {
                let rest = text.strip_prefix(kind)?.strip_prefix(": ")?;
                Some((*kind, rest))
            });
            let (kind, text) = told.unwrap_or(("log", text));
            Answer::Message.labelled(&json!({ "kind": kind, "text": text }))
        }
    }
}
