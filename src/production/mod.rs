//! Production: from a card to events.
//!
//! Knows the order of the steps and what a user may ask for; knows no formula.

mod card;
mod card_error;
mod card_values;
mod evaluate;
mod header;
mod listing;
mod run;

pub use crate::integrate::{Control as RunControl, Stage as RunStage, Status as RunStatus};
pub use card::{
    AlphaSChoice, BeamsCard, Card, CutsCard, ModelCard, ProcessCard, RunCard, RunningCoupling,
    ScalesCard,
};
pub use card_error::CardError;
pub use evaluate::{Evaluator, PointDetails};
pub use listing::ProcessListing;
pub use run::{EventReport, Run, Subtotal, check_output};
