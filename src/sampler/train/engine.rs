//! Chooses what computes the gradients of a training.
//!
//! Knows devices and features; knows no integrand.

use super::fused::FusedLearner;
use super::learner::Learner;
use super::settings::GradientEngine;
#[cfg(feature = "burn")]
use super::tensor_learner::TensorLearner;
use crate::compute::{ComputeError, Device};
use crate::sampler::flow::Flow;

/// A learner on a device that was found.
///
/// # Errors
/// [`ComputeError::NotBuilt`] if the program lacks the feature.
pub(crate) fn learner(
    flow: &Flow,
    device: &Device,
    engine: GradientEngine,
) -> Result<Box<dyn Learner>, ComputeError> {
    match (device, engine) {
        (Device::Cpu, GradientEngine::Auto) => Ok(Box::new(FusedLearner::new(flow))),
        (Device::Cpu, GradientEngine::Burn) => cpu(flow),
        (Device::Wgpu { kind, index, .. }, _) => wgpu(flow, *kind, *index),
        (Device::Cuda { index }, _) => cuda(flow, *index),
    }
}

#[cfg(feature = "burn")]
fn cpu(flow: &Flow) -> Result<Box<dyn Learner>, ComputeError> {
    let device = burn::backend::flex::FlexDevice;
    Ok(Box::new(TensorLearner::<burn::backend::Flex>::new(
        flow, device,
    )))
}

#[cfg(not(feature = "burn"))]
fn cpu(_flow: &Flow) -> Result<Box<dyn Learner>, ComputeError> {
    Err(ComputeError::NotBuilt { feature: "burn" })
}

/// The adapter as burn addresses it.
#[cfg(feature = "wgpu")]
pub(super) fn wgpu_device(
    kind: crate::compute::AdapterKind,
    index: usize,
) -> burn::backend::wgpu::WgpuDevice {
    use crate::compute::AdapterKind;
    use burn::backend::wgpu::WgpuDevice;
    match kind {
        AdapterKind::Discrete => WgpuDevice::DiscreteGpu(index),
        AdapterKind::Integrated => WgpuDevice::IntegratedGpu(index),
        AdapterKind::Virtual => WgpuDevice::VirtualGpu(index),
        AdapterKind::Software => WgpuDevice::Cpu,
    }
}

#[cfg(feature = "wgpu")]
fn wgpu(
    flow: &Flow,
    kind: crate::compute::AdapterKind,
    index: usize,
) -> Result<Box<dyn Learner>, ComputeError> {
    let device = wgpu_device(kind, index);
    Ok(Box::new(TensorLearner::<burn::backend::Wgpu>::new(
        flow, device,
    )))
}

#[cfg(not(feature = "wgpu"))]
fn wgpu(
    _flow: &Flow,
    _kind: crate::compute::AdapterKind,
    _index: usize,
) -> Result<Box<dyn Learner>, ComputeError> {
    Err(ComputeError::NotBuilt { feature: "wgpu" })
}

#[cfg(feature = "cuda")]
fn cuda(flow: &Flow, index: usize) -> Result<Box<dyn Learner>, ComputeError> {
    let device = burn::backend::cuda::CudaDevice::new(index);
    Ok(Box::new(TensorLearner::<burn::backend::Cuda>::new(
        flow, device,
    )))
}

#[cfg(not(feature = "cuda"))]
fn cuda(_flow: &Flow, _index: usize) -> Result<Box<dyn Learner>, ComputeError> {
    Err(ComputeError::NotBuilt { feature: "cuda" })
}
