//! The device that training runs on: the processor, or a GPU through wgpu or
//! CUDA where the program has the feature and the machine the driver.
//!
//! Knows features and drivers; knows nothing of what is computed.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "cuda")]
use super::cuda::find as find_cuda;

/// What a card or a flag asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// A GPU if the program and the machine have one, else the processor.
    Auto,
    /// The processor.
    #[default]
    Cpu,
    /// A GPU through wgpu (Vulkan, Metal, DirectX 12); needs a program with the feature `wgpu`.
    Wgpu,
    /// Any adapter of wgpu: a GPU, or else a software renderer (slow, to try things out).
    #[serde(rename = "wgpu:any")]
    WgpuAny,
    /// A software renderer alone.
    WgpuSoftware,
    /// An NVIDIA GPU through CUDA; needs a program with the feature `cuda`.
    Cuda,
}

/// A device that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// The processor.
    Cpu,
    /// The adapter of this name, kind and number.
    Wgpu {
        /// What the driver calls it.
        name: String,
        /// What it is.
        kind: AdapterKind,
        /// Position in the list of all adapters of its kind.
        index: usize,
    },
    /// The CUDA device of this number.
    Cuda {
        /// As CUDA counts.
        index: usize,
    },
}

/// Kinds of adapters that wgpu tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdapterKind {
    /// A GPU with its own memory.
    Discrete,
    /// A GPU that shares the memory of the processor.
    Integrated,
    /// A GPU of a virtual machine.
    Virtual,
    /// A program that plays a GPU.
    Software,
}

/// Why a device cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComputeError {
    /// No such device.
    #[error("unknown device '{name}'; known: auto, cpu, wgpu, wgpu:any, wgpu-software, cuda")]
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
            "wgpu:any" => Ok(Self::WgpuAny),
            "wgpu-software" => Ok(Self::WgpuSoftware),
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
            Self::Wgpu => find_wgpu(false),
            Self::WgpuAny => find_wgpu(false).or_else(|_| find_wgpu(true)),
            Self::WgpuSoftware => find_wgpu(true),
            Self::Auto => Ok(find_cuda()
                .or_else(|_| find_wgpu(false))
                .unwrap_or(Device::Cpu)),
        }
    }
}

#[cfg(not(feature = "cuda"))]
fn find_cuda() -> Result<Device, ComputeError> {
    Err(ComputeError::NotBuilt { feature: "cuda" })
}

#[cfg(not(feature = "wgpu"))]
fn find_wgpu(_software: bool) -> Result<Device, ComputeError> {
    Err(ComputeError::NotBuilt { feature: "wgpu" })
}

/// The best adapter of the right sort; software is taken only if asked for.
#[cfg(feature = "wgpu")]
fn find_wgpu(software: bool) -> Result<Device, ComputeError> {
    use std::future::Future;
    use std::task::{Context, Poll, Waker};
    let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let mut search = std::pin::pin!(instance.enumerate_adapters(backends));
    let mut context = Context::from_waker(Waker::noop());
    let adapters = loop {
        match search.as_mut().poll(&mut context) {
            Poll::Ready(adapters) => break adapters,
            Poll::Pending => std::thread::yield_now(),
        }
    };
    let mut found: Vec<(AdapterKind, String)> = adapters
        .iter()
        .map(|a| a.get_info())
        .filter_map(|info| {
            let kind = match info.device_type {
                wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
                wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
                wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
                wgpu::DeviceType::Cpu => AdapterKind::Software,
                wgpu::DeviceType::Other => return None,
            };
            Some((kind, info.name))
        })
        .filter(|(kind, _)| (*kind == AdapterKind::Software) == software)
        .collect();
    found.sort_by_key(|(kind, _)| *kind as u8);
    match found.into_iter().next() {
        // The first of its kind has number 0: the sort is stable.
        Some((kind, name)) => Ok(Device::Wgpu {
            name,
            kind,
            index: 0,
        }),
        None => Err(ComputeError::Unavailable {
            device: if software { "wgpu-software" } else { "wgpu" },
            reason: format!(
                "none of {} adapters is a {}",
                adapters.len(),
                if software { "software renderer" } else { "GPU" }
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "wgpu")]
    use crate::compute::skipped;

    #[test]
    fn names_are_read_and_unknown_ones_refused() {
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda));
        let error = "gpu".parse::<DeviceChoice>().unwrap_err();
        assert!(
            error
                .to_string()
                .contains("auto, cpu, wgpu, wgpu:any, wgpu-software, cuda")
        );
    }

    #[test]
    fn the_processor_is_always_there() {
        assert_eq!(DeviceChoice::Cpu.find(), Ok(Device::Cpu));
        assert!(DeviceChoice::Auto.find().is_ok());
    }

    /// Where a software renderer is the only adapter, `wgpu:any` takes it and neither
    /// `auto` nor `wgpu` does.
    #[test]
    #[cfg(feature = "wgpu")]
    fn a_software_renderer_is_taken_only_if_asked_for() {
        let software = |choice: DeviceChoice| {
            matches!(
                choice.find(),
                Ok(Device::Wgpu {
                    kind: AdapterKind::Software,
                    ..
                })
            )
        };
        if DeviceChoice::WgpuSoftware.find().is_err() {
            return skipped("this machine has no software renderer");
        }
        assert!(software(DeviceChoice::WgpuSoftware));
        assert!(!software(DeviceChoice::Auto) && !software(DeviceChoice::Wgpu));
        let has_gpu = DeviceChoice::Wgpu.find().is_ok();
        assert_eq!(software(DeviceChoice::WgpuAny), !has_gpu);
    }

    #[test]
    fn names_in_cards_are_those_of_the_flag() {
        for choice in [
            DeviceChoice::Auto,
            DeviceChoice::Cpu,
            DeviceChoice::Wgpu,
            DeviceChoice::WgpuAny,
            DeviceChoice::WgpuSoftware,
            DeviceChoice::Cuda,
        ] {
            let name = serde_json::to_value(choice).unwrap();
            assert_eq!(name.as_str().unwrap().parse(), Ok(choice));
        }
    }

    #[test]
    fn missing_features_are_named() {
        let missing = |choice: DeviceChoice, feature: &'static str| {
            let error = choice.find().unwrap_err();
            assert_eq!(error, ComputeError::NotBuilt { feature });
            let way = format!("build it with --features {feature}");
            assert!(error.to_string().ends_with(&way), "{error}");
        };
        if cfg!(not(feature = "cuda")) {
            missing(DeviceChoice::Cuda, "cuda");
        }
        if cfg!(not(feature = "wgpu")) {
            missing(DeviceChoice::Wgpu, "wgpu");
            missing(DeviceChoice::WgpuAny, "wgpu");
            missing(DeviceChoice::WgpuSoftware, "wgpu");
        }
    }
}
