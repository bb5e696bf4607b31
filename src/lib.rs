//! omnis: On-the-fly Monte Carlo with Neural Importance Sampling.
//!
//! A parton-level event generator. Two columns meet at one trait: the physics
//! column turns a point of the unit hypercube into a differential cross
//! section, the Monte Carlo column chooses the points and adds up the weights.
//! They meet in [`integrand::Integrand`].

pub mod amplitude;
pub mod beam;
pub mod card;
#[cfg(feature = "cli")]
pub mod cli;
pub mod colour;
pub mod compute;
pub mod cross_section;
pub mod cuts;
pub mod error;
pub mod event;
pub mod gridpack;
pub mod integrand;
pub mod integrate;
pub mod jobs;
pub mod kinematics;
pub mod model;
pub mod observable;
pub mod phasespace;
pub mod process;
pub mod rng;
pub mod run;
pub mod sampler;
pub mod scale;
pub mod singular;
pub mod storage;
pub mod suggest;
pub mod units;
pub mod unweight;
