//! The command line: arguments to calls, errors to messages and exit codes.
//!
//! Knows how to read arguments, show progress and print a summary; knows no physics.

mod at_once;
mod card_args;
mod evaluate;
mod failure;
mod generate;
mod gridpack;
mod inspect;
mod integrate;
mod interrupt;
mod library;
mod merge;
mod momenta_file;
mod process;
mod program;
mod progress;
mod ranks;
mod running;
mod sampler_args;
mod shown;
mod source;
mod submit;
mod summary;
mod team;
mod values;
mod width;

pub use card_args::CardArgs;
pub use evaluate::{EvaluateArgs, TChannelWidth};
pub use failure::{Failure, OrFail};
pub use generate::GenerateArgs;
pub use gridpack::GridpackArgs;
pub use inspect::{ConvertArgs, InspectArgs, VerifyArgs};
pub use integrate::IntegrateArgs;
pub use interrupt::{either_requested, interrupt_requested, on_interrupt, stop_requested};
pub use library::{LibraryArgs, LibraryCommand};
pub use merge::MergeArgs;
pub use momenta_file::{MomentaFileError, Point, parse_momenta, read_momenta};
pub use process::{ModelArgs, ProcessArgs};
pub use program::{Context, Program, run};
pub use progress::{Progress, Scale, StageTime};
pub use submit::{EngineName, SubmitArgs};
pub use summary::{AdaptationResumed, EventSummary, SubprocessSummary, Summary, with_error};
