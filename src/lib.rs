//! omnis: On-the-fly Monte Carlo with Neural Importance Sampling.
//!
//! A parton-level event generator. The main types, in the order in which a run uses
//! them:
//!
//! | type | what it is |
//! |---|---|
//! | [`Card`](card::Card) | what is asked for: process, model, beams, scales, cuts |
//! | [`Run`](run::Run) | the card with everything that it names loaded and compiled |
//! | [`Adapted`](integrate::Adapted) | the integral, and samplers adapted to it |
//! | [`Gridpack`](gridpack::Gridpack) | both in one file, for other machines |
//! | [`Job`](jobs::Job) | events of a gridpack, also a part of them |
//! | [`MatrixElement`](amplitude::MatrixElement) | squared amplitudes of a subprocess, in batches |
//! | [`Integrand`](integrand::Integrand), [`Sampler`](sampler::Sampler) | where functions and samplers of one's own come in |
//!
//! The cross section of a card, with its error:
//!
//! ```
//! use omnis::prelude::*;
//!
//! # fn main() -> Result<(), omnis::error::Error> {
//! let text = r#"
//!     process.generate = ["e+ e- > mu+ mu-"]
//!     beams = { particles = ["e+", "e-"], energies = [45.594, 45.594] }
//!     cuts.require = ["pt(mu-) > 5"]
//! "#;
//! let card = Card::from_str(text, "a card")?;
//! let total = Run::prepare(card)?.integrate(0, &Control::silent())?.total;
//! println!("{:.1} +- {:.1} pb", total.xsec_pb, total.xsec_err_pb);
//! assert!(total.relative_error() < 0.005);
//! # Ok(())
//! # }
//! ```
//!
//! Two columns meet at one trait: the physics column turns a point of the unit
//! hypercube into a differential cross section, the Monte Carlo column chooses the
//! points and adds up the weights. They meet in [`integrand::Integrand`].

pub mod amplitude;
pub mod beam;
pub mod card;
#[cfg(feature = "cli")]
pub mod cli;
pub mod clustering;
pub mod colour;
pub mod compute;
pub mod cross_section;
pub mod cuts;
pub mod diagram;
mod elementary;
pub mod error;
pub mod event;
pub mod feynman;
pub mod gridpack;
pub mod histogram;
pub mod integrand;
pub mod integrate;
pub mod jobs;
pub mod kinematics;
pub mod model;
pub mod numbers;
pub mod observable;
pub mod phasespace;
pub mod picture;
pub mod prelude;
pub mod process;
pub mod report;
pub mod rng;
pub mod run;
pub mod sampler;
pub mod scale;
pub mod singular;
pub mod storage;
pub mod suggest;
pub mod units;
pub mod unweight;
pub mod weights;
