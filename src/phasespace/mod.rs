//! Invertible maps from the hypercube to momenta, and multichannel weights.
//!
//! Knows topologies, masses, widths, beams and the limits that cuts imply;
//! knows no matrix element, PDF, sampler or flow.
//! Sources: Byckling and Kajantie, Nucl. Phys. B9 (1969) 568; hep-ph/0208156;
//! 1308.2922 (flat channel).

mod bounds;
mod channel;
mod channel_weight;
mod choice;
mod compile;
mod describe;
mod drawn;
mod emission;
mod error;
mod fingerprint;
mod group;
mod initial;
mod invariant;
mod mapping;
mod orientation;
mod peripheral;
mod points;
mod rambo;
mod rapidity;
mod seen;
mod step;
mod t_channel;
mod tree;
mod two_body;

pub use bounds::{Apart, Bounds};
pub use error::PhaseSpaceError;
pub(crate) use fingerprint::fingerprint;
pub use group::PhaseSpace;
pub use initial::BeamSetup;
pub use points::Points;
