//! The device that training runs on: the processor, or a GPU through wgpu or
//! CUDA where the program has the feature and the machine the driver.
//!
//! Knows features and drivers; knows nothing of what is computed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a card or a flag asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceChoice {
    /// A GPU if the program and the machine have one, else the processor.
    Auto,
    /// The processor.
    #[default]
    Cpu,
    /// Any GPU, through wgpu (Vulkan, Metal, DirectX 12).
    Wgpu,
    /// An NVIDIA GPU, through CUDA.
    Cuda,
}

/// A device that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// The processor.
    Cpu,
    /// The adapter of this name and number.
    Wgpu {
        /// What the driver calls it.
        name: String,
        /// Position in the list of all adapters of its kind.
        index: usize,
    },
    /// The CUDA device of this number.
    Cuda {
        /// As CUDA counts.
        index: usize,
    },
}

/// Why a device cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComputeError {
    /// No such device.
    #[error("unknown device '{name}'; known: auto, cpu, wgpu, cuda")]
    UnknownDevice {
        /// As it was given.
        name: String,
    },
    /// The program was built without the feature.
    #[error(
        "this program was built without the feature '{feature}'; build it with --features {feature}"
    )]
    NotBuilt {
        /// Name of the feature.
        feature: &'static str,
    },
    /// The machine lacks the driver or the GPU.
    #[error("no usable device for '{device}': {reason}")]
    Unavailable {
        /// What was asked for.
        device: &'static str,
        /// What is missing.
        reason: String,
    },
}

impl FromStr for DeviceChoice {
    type Err = ComputeError;

    fn from_str(name: &str) -> Result<Self, ComputeError> {
        match name {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "wgpu" => Ok(Self::Wgpu),
            "cuda" => Ok(Self::Cuda),
            _ => Err(ComputeError::UnknownDevice {
                name: name.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Wgpu { name, .. } => write!(f, "wgpu ({name})"),
            Self::Cuda { index } => write!(f, "cuda ({index})"),
        }
    }
}

impl DeviceChoice {
    /// Looks for the device; `auto` tries CUDA, wgpu and the processor in turn.
    ///
    /// # Errors
    /// [`ComputeError::NotBuilt`] or [`ComputeError::Unavailable`] if a device
    /// that was named cannot be used; `auto` and `cpu` never fail.
    pub fn find(self) -> Result<Device, ComputeError> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda => find_cuda(),
            Self::Wgpu => find_wgpu(),
            Self::Auto => Ok(find_cuda().or_else(|_| find_wgpu()).unwrap_or(Device::Cpu)),
        }
    }
}

#[cfg(not(feature = "cuda"))]
fn find_cuda() -> Result<Device, ComputeError> {
    Err(ComputeError::NotBuilt { feature: "cuda" })
}

#[cfg(not(feature = "wgpu"))]
fn find_wgpu() -> Result<Device, ComputeError> {
    Err(ComputeError::NotBuilt { feature: "wgpu" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_unknown_ones_refused() {
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda));
        let error = "gpu".parse::<DeviceChoice>().unwrap_err();
        assert!(error.to_string().contains("auto, cpu, wgpu, cuda"));
    }

    #[test]
    fn the_processor_is_always_there() {
        assert_eq!(DeviceChoice::Cpu.find(), Ok(Device::Cpu));
        assert!(DeviceChoice::Auto.find().is_ok());
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_missing_feature_is_named() {
        let error = DeviceChoice::Cuda.find().unwrap_err();
        assert!(error.to_string().contains("--features cuda"), "{error}");
    }
}
