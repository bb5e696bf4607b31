//! Production: from a card or a pack to events, and from event files to others.
//!
//! Knows the order of the steps and what a user may ask for; knows no formula.

mod accuracy;
mod adapting;
mod card;
mod card_error;
mod card_mistaken;
mod card_values;
mod convert;
mod evaluate;
mod header;
mod inputs;
mod inspect;
mod job;
mod library;
mod library_error;
mod library_take;
mod listing;
mod merge;
mod merge_others;
#[cfg(feature = "mpi")]
mod mpi;
mod outputs;
mod pack;
mod pack_flows;
mod provenance;
mod run;
mod samplers;
mod self_contained;
mod submit;
mod verify;

#[cfg(feature = "mpi")]
pub use self::mpi::MpiTeam;
pub use crate::compute::{Alone as OneProcess, Crew, DeviceChoice, Team, Watch};
pub use crate::cross_section::OutsideGrid;
pub use crate::integrate::{
    AdaptProgress as RunPlace, Adaptation as RunAdaptation, Control as RunControl,
    Estimate as RunEstimate, LONGEST_TRAINING, MOST_EVENTS, Stage as RunStage, Status as RunStatus,
};
pub use crate::sampler::SamplerKind as RunSampler;
pub use accuracy::Accuracy;
pub use adapting::{AdaptPlan, Origin};
pub use card::{
    AlphaSChoice, AmplitudeCard, BeamsCard, Card, CutsCard, ModelCard, ProcessCard, RunCard,
    RunningCoupling, ScalesCard,
};
pub use card_error::CardError;
pub use card_values::MOST_THREADS;
pub use convert::{Converted, convert};
pub use evaluate::{Evaluator, PointDetails};
pub use inspect::{FileKind, Inspection, inspect, provenance_in};
pub use job::{EventReport, Job, Outcome, Output};
pub use library::{Library, LibrarySample, LibrarySpec, SampleSpec, Taken, sample_size};
pub use library_error::LibraryError;
pub use library_take::Wish;
pub use listing::ProcessListing;
pub use merge::{MergeError, Merged, merge};
pub use outputs::{check_event_output, check_pack_output, check_tarball_output, check_text_output};
pub use pack::{Pack, PackFacts, PackPdf};
pub use pack_flows::PackFlow;
pub use provenance::{Provenance, Sample};
pub use run::{Run, Subtotal};
pub use samplers::{samplers_text, write_history};
pub use self_contained::{is_tarball_name, write_self_contained};
pub use submit::{Engine, MOST_JOBS, SubmitPlan, part_of_sample, shell_word};
pub use verify::{Check, Verdict, Verification, verify};
