//! What goes wrong: a status for the caller, a line for its user.
//!
//! Knows how errors leave the library; knows no cause. C has no other channel for a text than
//! standard error.

use std::any::Any;
use std::error::Error;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::keys::Status;

/// A status that is not success, and what was found and expected.
#[derive(Debug)]
pub struct Fault {
    status: Status,
    text: String,
}

impl Fault {
    /// A fault with a status of its own.
    pub fn new(status: Status, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
        }
    }

    /// What a caller gave, and what was expected of it.
    pub fn found(what: &str, found: impl Display, expected: impl Display) -> Self {
        let text = format!("{what}: found {found}, expected {expected}");
        Self::new(Status::Error, text)
    }

    /// An error of omnis with its causes, those that it does not say itself.
    pub fn of(error: &dyn Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(next) = cause {
            let said = next.to_string();
            if !text.contains(&said) {
                text = format!("{text}: {said}");
            }
            cause = next.source();
        }
        Self::new(Status::Error, text)
    }

    /// The same fault with what it happened in.
    pub fn within(mut self, what: impl Display) -> Self {
        self.text = format!("{what}: {}", self.text);
        self
    }
}

/// A line for people.
pub fn say(text: &str) {
    let one_line = text.replace('\n', "; ");
    eprintln!("umami (omnis): {one_line}");
}

/// The body of an exported function: its status, with a line for whatever is wrong. No panic
/// leaves it.
pub fn guarded(function: &str, body: impl FnOnce() -> Result<(), Fault>) -> Status {
    let fault = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return Status::Success,
        Ok(Err(fault)) => fault,
        Err(panic) => Fault::new(Status::Error, panic_text(&*panic)),
    };
    // Standard error may be closed, which makes the printing panic.
    let _ = catch_unwind(|| say(&format!("{function}: {}", fault.text)));
    fault.status
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!(
        "a defect of omnis, please report it: {}",
        text.unwrap_or("no message")
    )
}
