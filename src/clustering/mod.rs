//! Clustering of an event along the diagrams of its subprocess, and the scales that
//! follow from it.
//!
//! The pair of legs with the smallest distance is joined again and again, as long as
//! some diagram has all propagators made so far; scales are read off the vertices along
//! both beams. What is allowed is compiled once for a subprocess into bit sets of
//! diagrams; points run through them without allocation. The result is a function of
//! momenta and flavours alone. Knows kinematics, diagrams, masses and colours; knows no
//! parton density, no coupling and no integrator.
//!
//! Sources: the distance in kT of Catani, Dokshitzer, Seymour and Webber, Nucl. Phys.
//! B406 (1993) 187; scales along the beams as in the scale choice -1 of
//! MadGraph5_aMC@NLO 3.5.7 (arXiv:1405.0301), and compared with its events.

mod distance;
mod emissions;
mod error;
mod follow;
mod frame;
mod join;
mod outcome;
mod table;
mod trees;

pub use distance::Measure;
pub use emissions::{DensityLink, Emissions, LineFlavour};
pub use error::ClusteringError;
pub use outcome::{Clustered, Vertex, VertexKind};
pub use table::{Clustering, OnShell, Point, ResonanceWindow, Workspace};
pub use trees::QuarkRules;
