//! Singularities of a request, known before any point is drawn: where squared
//! matrix elements grow so fast that the cross section is infinite.
//!
//! Diagrams and masses say which regions are singular, by counting powers; the
//! cuts say which of them can be reached. Nothing is integrated and no matrix
//! element is evaluated. Knows diagrams, masses, beam energies and cuts; knows no
//! parton density and no phase-space map.
//! Sources: G. Sterman, Phys. Rev. D17 (1978) 2773 (powers in collinear and soft
//! regions); I. F. Ginzburg, Nucl. Phys. B Proc. Suppl. 51A (1996) 85
//! (incoming particles that decay).

mod find;
mod finding;
mod lines;
mod points;
mod power;
mod region;
mod selection;

pub use find::{Candidate, Request, find};
pub use finding::{Cause, Proposal, SingularError, Singularity};
pub use points::Collision;
pub use selection::{Further, Selection};
