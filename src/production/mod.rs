//! Production: from a card or a pack to events, and from event files to others.
//!
//! Knows the order of the steps and what a user may ask for; knows no formula.

mod card;
mod card_error;
mod card_values;
mod evaluate;
mod header;
mod job;
mod listing;
mod merge;
mod pack;
mod provenance;
mod run;
mod samplers;

pub use crate::compute::DeviceChoice;
pub use crate::integrate::{Control as RunControl, Stage as RunStage, Status as RunStatus};
pub use crate::sampler::SamplerKind as RunSampler;
pub use card::{
    AlphaSChoice, BeamsCard, Card, CutsCard, ModelCard, ProcessCard, RunCard, RunningCoupling,
    ScalesCard,
};
pub use card_error::CardError;
pub use evaluate::{Evaluator, PointDetails};
pub use job::{EventReport, Job, Outcome, Output};
pub use listing::ProcessListing;
pub use merge::{MergeError, Merged, merge};
pub use pack::{Pack, PackFacts, PackPdf};
pub use provenance::{Provenance, Sample};
pub use run::{Run, Subtotal};
pub use samplers::{samplers_text, write_history};
