//! The command line: arguments to calls, errors to messages and exit codes.
//!
//! Knows how to read arguments, show progress and print a summary; knows no physics.

mod answer;
mod at_once;
mod card_args;
mod card_tables;
mod cite;
mod dry_run;
mod evaluate;
mod failure;
mod generate;
mod gridpack;
mod init;
mod inspect;
mod integrate;
mod interrupt;
mod library;
mod manuals;
mod merge;
mod model;
mod momenta_file;
mod outputs;
mod pdf;
mod process;
mod program;
mod progress;
mod ranks;
mod replace_args;
mod report;
mod resources;
mod reweight;
mod running;
mod sampler_args;
mod schema;
mod shown;
mod source;
mod submit;
mod submit_status;
mod summary;
mod team;
mod terminal;
mod values;
mod width;

pub use momenta_file::{MomentaFileError, Point, parse_momenta};
pub use program::{Program, run};
