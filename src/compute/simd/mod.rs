//! Vector instructions: one list of instruction sets, one trait of lanes, one dispatch.
//!
//! Knows arithmetic and the processor; knows no physics. Why these are not a crate's:
//! `docs/src/decisions`, "Instruction sets".

mod dispatch;
mod lanes;
mod level;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use dispatch::Kernel;
pub(crate) use lanes::{Lanes, LanesF32, LanesF64, Level, Real};
pub use level::{SimdError, SimdLevel};
