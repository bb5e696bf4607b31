//! Instruction sets, devices, threads and processes that numbers are computed on.
//!
//! Knows arithmetic and hardware; knows no physics and no sampler.

#[cfg(feature = "cuda")]
mod cuda;
mod decimal;
mod device;
mod exponential;
mod memory;
pub(crate) mod simd;
#[cfg(test)]
mod skipped;
mod team;
mod watch;

pub(crate) use decimal::{push_ten_digits, ten_digits};
pub use device::{AdapterKind, ComputeError, Device, DeviceChoice};
pub(crate) use exponential::exp;
pub(crate) use memory::available_memory;
pub use simd::{SimdError, SimdLevel};
#[cfg(test)]
pub(crate) use skipped::skipped;
pub use team::{Alone, Crew, Team};
pub use watch::Watch;
