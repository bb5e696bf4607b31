//! Gridpacks: an adapted run in one file, checked against the machine that opens it.
//!
//! Knows what a run needs to go on elsewhere; knows neither events nor jobs.

#[expect(
    clippy::module_inception,
    reason = "the gridpack is the main type of the room"
)]
mod gridpack;
mod samplers;

pub use gridpack::{Gridpack, GridpackFacts, GridpackPdf};
pub use samplers::SamplerFile;
