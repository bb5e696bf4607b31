//! Many jobs for one sample: ranges of events, scripts for batch systems, and how far the
//! parts are.
//!
//! Knows ranges, files and the languages of batch systems; runs nothing.

mod plan;
mod requests;
mod scripts;
mod status;
mod template;

pub use plan::{Engine, MOST_JOBS, SubmitPlan, part_of_sample, shell_word};
pub use requests::{LARGEST_MB, LONGEST_JOB_S, Requests};
pub use status::{PartState, PartStatus, QueuedPart, SampleStatus, ranges_text, squeue_parts};
