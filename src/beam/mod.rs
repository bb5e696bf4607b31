//! Beams: parton distributions `xf(x, mu2_f)`, the running of `alpha_s`, the
//! beam particles and the density of partons in them.
//!
//! Knows partons by PDG id and scales; knows no matrix element, cut or sampler.
//! Sources: arXiv:1412.7420 (LHAPDF6 grids), PDG review "Quantum chromodynamics".

mod alpha_s;
mod alpha_s_table;
mod error;
mod extrapolate;
mod hermite;
mod luminosity;
mod pdf;
mod pdf_grid;
mod pdf_info;
mod pdf_members;
mod pdf_search;
mod rge;
mod setup;

pub use alpha_s::AlphaS;
pub use error::BeamError;
pub use luminosity::Luminosity;
pub(crate) use pdf::MAX_PDF_FILE;
pub use pdf::{DEFAULT_PDF, PdfSet};
pub use pdf_members::{MemberFacts, PdfMembers};
pub use pdf_search::{PdfSetFacts, SearchPath, available_sets};
pub use rge::RunningAlphaS;
pub use setup::{BeamParticle, BeamSetup};
