//! Jobs: events from a gridpack, on one machine or many, and what is done with
//! event files afterwards: merge, verify, convert, inspect, libraries.
//!
//! Knows ranges, checkpoints and files; knows no formula.

mod adapting;
mod convert;
mod distributions;
mod effective;
mod filling;
mod inspect;
mod job;
mod library;
mod library_error;
mod library_take;
mod merge;
mod merge_others;
#[cfg(feature = "mpi")]
mod mpi;
mod outputs;
mod pdf_sets;
mod program_file;
mod replacing;
mod reweight;
mod self_contained;
mod split;
mod submit;
mod trial;
mod verify;
mod weight_errors;
mod weight_sums;
mod weight_totals;
mod writing;

#[cfg(feature = "mpi")]
pub(crate) use self::mpi::MpiTeam;
pub use adapting::{AdaptPlan, Origin};
pub use convert::{Converted, convert, convert_as};
pub use distributions::{Band, Content, Distribution, Distributions, WeightColumn};
pub use effective::EffectiveCard;
pub use filling::{fill_from, fill_parts};
pub use inspect::{FileKind, Inspection, inspect};
pub(crate) use inspect::{gridpack_of, inspect_head};
pub use inspect::{inspect_card, provenance_in};
pub use job::{EventReport, Job, Outcome, Output};
pub use library::{Library, LibrarySample, LibrarySpec, SampleSpec, Taken, sample_size};
pub use library_error::LibraryError;
pub use library_take::Wish;
pub use merge::{MergeError, Merged, merge, merge_as};
pub use outputs::{
    TextKind, check_card_output, check_event_output, check_pack_output, check_tarball_output,
    check_text_output,
};
pub use pdf_sets::{InstalledPdfSet, get_pdf_set};
pub use program_file::ProgramFile;
pub(crate) use replacing::other_card;
pub use replacing::{
    Physics, Replace, check_events_there, check_generation_there, check_pack_there,
};
pub use reweight::{ReweightError, Reweighted, reweight_as};
pub use self_contained::{is_tarball_name, self_contained_size, write_self_contained};
pub use split::{is_split, split};
pub use submit::{
    Engine, LARGEST_MB, LONGEST_JOB_S, MOST_JOBS, PartState, PartStatus, QueuedPart, Requests,
    SampleStatus, SubmitPlan, part_of_sample, ranges_text, shell_word, squeue_parts,
};
pub use trial::{AdaptTrial, EventTrial};
pub use verify::{Check, Verdict, Verification, verify};
pub use weight_errors::{PdfError, ScaleEnvelope};
pub use weight_sums::WeightSums;
pub use weight_totals::{WeightSum, WeightTotals};
pub use writing::{Told, Writing};
