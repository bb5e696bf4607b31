//! The names that most programs with omnis need: `use omnis::prelude::*;`.

pub use crate::card::Card;
pub use crate::error::Error;
pub use crate::gridpack::Gridpack;
pub use crate::integrand::Integrand;
pub use crate::integrate::{AdaptSettings, Adapted, Control, Estimate, adapt};
pub use crate::jobs::{Job, Output};
pub use crate::run::Run;
pub use crate::sampler::{Sampler, SamplerKind};
