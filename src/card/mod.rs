//! Run cards: from TOML text to the settings of a run.
//!
//! Knows keys, units and what a user may ask for; knows nothing that computes.

#[expect(
    clippy::module_inception,
    reason = "the card is the main type of the room"
)]
mod card;
mod count;
mod effective;
mod error;
mod histograms_alone;
mod literal;
mod madgraph;
mod merging;
mod mistaken;
mod place;
mod placeholder;
mod schema;
mod shapes;
mod values;

pub use crate::model::{AUTO, Gauge};
pub use card::{
    AlphaSChoice, AmplitudeCard, BeamsCard, Card, CutsCard, ModelCard, ProcessCard, RunCard,
    RunningCoupling, ScalesCard,
};
#[cfg(feature = "cli")]
pub(crate) use count::count_up_to;
pub use error::CardError;
#[cfg(feature = "cli")]
pub(crate) use literal::toml_literal;
pub use madgraph::is_madgraph;
pub use madgraph::{CardSection, MadGraphImport, MadGraphOptions, NotTaken, run_card_dictionary};
pub use merging::MergingCard;
pub use place::CardFiles;
pub(crate) use placeholder::{EACH_PROCESS, StrayBraces, stray_braces};
pub use values::MOST_THREADS;
