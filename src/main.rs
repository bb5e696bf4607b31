//! The omnis program: parse, call `cli`, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    omnis::cli::run(std::env::args_os())
}
