//! Histograms of events: what is filled, bins, and sums of weights that do not depend on
//! the order of events.
//!
//! Knows quantities as cuts have them and event records; knows no file, no cross section
//! and no picture.

mod axis;
mod exact;
mod request;
mod set;
mod tally;
mod usual;

pub use axis::Axis;
pub use request::{HistogramRequest, HistogramRequests, LogAxes};
pub use set::{Histogram, HistogramError, HistogramSet};
pub use tally::{BinSums, Tallies, Tally};
pub use usual::usual_histograms;
