//! A run: from a card to a cross section, its integral and its description.
//!
//! Knows the order of the steps; knows no formula and no file but those it reads.

mod accuracy;
mod adaptation_summary;
mod branching;
mod conditions;
mod decay_channels;
mod diagrams;
mod evaluate;
mod events;
mod expanded_element;
mod expansion;
mod file_facts;
mod gauge_check;
mod header;
mod hermiticity;
mod in_card;
mod inputs;
mod listing;
mod load_model;
mod locate;
mod merging_block;
mod model_checks;
mod model_files;
mod model_report;
mod parameter_points;
mod pdf_listing;
mod provenance;
#[expect(
    clippy::module_inception,
    reason = "the run is the main type of the room"
)]
mod run;
mod samplers;
mod score;
mod starter;
mod total_width;
mod vertex_decay;
mod width;

pub use accuracy::Accuracy;
pub use adaptation_summary::{AdaptationSummary, ChannelSummary, Iteration, TrainingSummary};
pub(crate) use conditions::{conditions_of, cuts_text, scales_text};
pub use diagrams::draw_diagrams;
pub use evaluate::{Evaluator, PointDetails};
pub use events::{EventDetails, EventEvaluator};
pub use expanded_element::PointExpansion;
pub(crate) use file_facts::{
    adaptation_of, computed_widths, names_for_histograms, process_of, subprocesses_of,
    summary_for_people, summary_of,
};
pub(crate) use header::{
    EFFECTIVE_CARD, GENERATION_INFO, SUMMARY, adapted_for, card_of, declare_weights, event_norm,
    generation_info, generator_name, is_own, program_of, provenance_of, restate, run_info,
    stated_events, with_count,
};
pub use listing::ProcessListing;
pub use load_model::{ComputedWidth, LoadedModel, load_model};
pub use model_files::ModelFiles;
pub use model_report::ModelReport;
pub use pdf_listing::PdfListing;
pub(crate) use provenance::RESULTS_VERSION;
pub use provenance::{Provenance, Sample};
pub use run::Run;
pub use run::Subtotal;
pub use samplers::{SamplerCounts, sampler_counts, samplers_text, write_history};
pub use starter::StarterCard;
pub use total_width::{TotalWidth, TotalWidthRequest};
pub use width::{DecayWidth, PartialWidth, WidthRequest};
