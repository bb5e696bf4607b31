//! Reports: what runs, event files and gridpacks say, as a page with pictures, as JSON and
//! as YODA.
//!
//! Knows what is worth showing and how it is called in papers; computes no event.

mod citations;
mod figures;
mod page;
mod sample;
mod spread;
mod words;
mod write;
mod yoda;

pub use citations::{Citation, Citations};
pub use sample::{Sample, read_samples};
pub use spread::WeightSpread;
pub use write::{Report, ReportFiles, check_page_there};
pub use yoda::yoda_text;
