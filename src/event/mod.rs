//! Event records, the Les Houches Event Files they are written to and read
//! from, and checks of what a shower expects of them.
//!
//! Knows particles by PDG id; must not know how an event was made.
//! Sources: hep-ph/0109068, hep-ph/0609017, 1405.1067.

mod check;
mod emissions;
mod error;
mod file;
#[cfg(feature = "hdf5")]
mod hdf5;
#[cfg(feature = "hdf5")]
mod hdf5_extras;
#[cfg(feature = "hdf5")]
mod hdf5_particles;
#[cfg(feature = "hdf5")]
mod hdf5_polynomial;
#[cfg(feature = "hdf5")]
mod hdf5_scales;
mod lhe;
mod lhe_head;
mod lhe_lines;
mod lhe_numbers;
mod lhe_read;
mod lhe_text;
mod norm;
mod record;
mod scales;
mod terms;
mod weight_groups;
mod xml;

pub use check::{Rounding, Tolerance, Violation, check_event};
pub use emissions::RecordedEmissions;
pub use error::EventError;
pub(crate) use file::EventFormat;
pub use file::{EventReader, EventWriter};
#[cfg(feature = "hdf5")]
pub use hdf5::{Hdf5Reader, Hdf5Writer};
pub(crate) use lhe::is_compressed_name;
pub use lhe::{LheEncoder, LheWriter};
pub(crate) use lhe_head::other_sample;
pub use lhe_read::{LheReader, read_lhe};
pub(crate) use lhe_text::LheText;
pub use norm::EventNorm;
pub use record::{
    Event, Generator, HeaderBlock, Particle, ProcessInfo, RunInfo, Spelling, WeightForm,
    WeightInfo, status,
};
pub use scales::EventScales;
pub use terms::Monomial;
pub(crate) use terms::POLYNOMIAL;
pub use weight_groups::{WeightGroup, WeightKeys};
