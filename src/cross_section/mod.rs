//! The only place where flux, PDFs, `me2`, Jacobian and pb meet.
//!
//! Implements [`crate::integrand::Integrand`] and builds event records. Knows
//! physics; does not know which sampler drew a point.

mod accuracy;
mod bias;
mod build;
mod common_bounds;
mod cost;
mod densities;
mod divergence;
mod error;
mod event_builder;
mod explain;
mod final_states;
mod group;
mod helicities;
mod incoming;
mod integrand;
mod merging;
mod on_shell_veto;
mod outside;
mod pilot;
mod point_batch;
mod resonance;
mod resonance_colours;
mod scale_set;

pub use build::{CrossSection, Setup, SubprocessInfo};
pub(crate) use divergence::singularities;
pub use divergence::{cut_offs, refuse};
pub use error::{BeyondGrid, CrossSectionError};
pub use event_builder::{Draw, EventBuilder};
pub(crate) use final_states::final_states;
pub use helicities::HelicityChoice;
pub use merging::MergingRules;
pub(crate) use merging::check_merging;
pub use outside::OutsideGrid;
pub use pilot::PilotChoice;
pub use resonance::ResonanceRules;
