//! What stops the reading of a model file, with its place.
//!
//! Knows kinds of faults as Python names them, so that `except` finds them; knows no
//! object of a model.

use std::fmt;
use std::rc::Rc;

/// What `except` may catch, and what it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// What is not Python, or not of the part of it that is read; limits that are passed.
    Fatal,
    /// A module that is not there.
    Import,
    /// A name without a value.
    Name,
    /// An attribute that an object does not have.
    Attribute,
    /// A key that a dictionary does not have, or an index out of range.
    Lookup,
    /// Anything else that Python would raise, `raise` itself included.
    Other,
}

impl FaultKind {
    /// Whether `except NAME` catches it.
    pub(crate) fn is_caught_by(self, name: &str) -> bool {
        match self {
            Self::Fatal => false,
            _ if matches!(name, "Exception" | "BaseException") => true,
            Self::Import => matches!(name, "ImportError" | "ModuleNotFoundError"),
            Self::Name => name == "NameError",
            Self::Attribute => name == "AttributeError",
            Self::Lookup => matches!(name, "KeyError" | "IndexError" | "LookupError"),
            Self::Other => !matches!(
                name,
                "ImportError"
                    | "ModuleNotFoundError"
                    | "NameError"
                    | "AttributeError"
                    | "KeyError"
                    | "IndexError"
                    | "LookupError"
            ),
        }
    }
}

/// Something in a file that cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub kind: FaultKind,
    /// The file, relative to the model.
    pub file: Rc<str>,
    /// Line number, from 1; 0 where the file as a whole is meant.
    pub line: u32,
    /// What was found and what was expected.
    pub problem: String,
}

impl Fault {
    /// A fault at a line.
    pub(crate) fn new(kind: FaultKind, file: &Rc<str>, line: u32, problem: String) -> Self {
        Self {
            kind,
            file: file.clone(),
            line,
            problem,
        }
    }

    /// A fault that nothing catches.
    pub(crate) fn fatal(file: &Rc<str>, line: u32, problem: impl Into<String>) -> Self {
        Self::new(FaultKind::Fatal, file, line, problem.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.problem)
    }
}
