//! MadGraph's cards as they are: process, run, parameter and MadSpin cards and
//! customisations become one card of omnis, with a list of what could not be taken over.
//!
//! Knows MadGraph's syntax, defaults and meaning; computes nothing. Source:
//! MadGraph5_aMC@NLO 3.5.7 (arXiv:1405.0301).

mod bias;
mod companions;
mod customize;
mod cuts;
mod decays;
mod final_state;
mod import;
mod line;
mod names;
mod ordered_cuts;
mod param_card;
mod parameters;
mod proc_card;
mod processes;
mod report;
mod run_card;
mod settings;
mod source;
mod systematics;
mod toml_text;

pub use companions::is_madgraph;
pub use import::{MadGraphImport, MadGraphOptions};
pub use parameters::run_card_dictionary;
pub use report::{CardSection, NotTaken};
