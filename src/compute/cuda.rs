//! What CUDA needs at run time: the driver with a GPU, the compiler of the toolkit
//! (NVRTC), and its headers.
//!
//! Knows names of libraries and places of the toolkit; asks for them before burn does,
//! which would panic. Source: CUDA driver API; cudarc and cubecl-cuda for the places.

use std::path::{Path, PathBuf};

use super::device::{ComputeError, Device};

/// A header that every kernel includes.
const HEADER: &str = "cuda_fp16.h";

/// The first CUDA device, if everything that a training needs is there.
///
/// # Errors
/// [`ComputeError::Unavailable`] says what is missing.
pub(super) fn find() -> Result<Device, ComputeError> {
    let named = std::env::var_os("CUDA_PATH").map(PathBuf::from);
    devices()
        .and_then(|_| compiler())
        .and_then(|()| headers(named, &Path::exists))
        .map(|()| Device::Cuda { index: 0 })
        .map_err(|reason| ComputeError::Unavailable {
            device: "cuda",
            reason,
        })
}

/// The first library of these names that can be loaded.
fn library(names: &[&str]) -> Option<libloading::Library> {
    // SAFETY: loading a library of the vendor runs its initialisation only.
    let load = |name: &&str| unsafe { libloading::Library::new(*name) }.ok();
    names.iter().find_map(load)
}

/// The number of devices, at least 1.
fn devices() -> Result<i32, String> {
    let names: &[&str] = if cfg!(windows) {
        &["nvcuda.dll"]
    } else {
        &["libcuda.so.1", "libcuda.so"]
    };
    let driver = library(names)
        .ok_or_else(|| format!("the NVIDIA driver was not found (library {})", names[0]))?;
    let mut count: i32 = 0;
    // SAFETY: names and signatures are those of the CUDA driver interface.
    let status = unsafe {
        let init = driver.get::<unsafe extern "C" fn(u32) -> i32>(b"cuInit\0");
        let get = driver.get::<unsafe extern "C" fn(*mut i32) -> i32>(b"cuDeviceGetCount\0");
        match (init, get) {
            (Ok(init), Ok(get)) => match init(0) {
                0 => get(&mut count),
                status => status,
            },
            _ => -1,
        }
    };
    if status != 0 || count < 1 {
        return Err(format!(
            "the NVIDIA driver reports {count} GPUs (status {status})"
        ));
    }
    Ok(count)
}

fn compiler() -> Result<(), String> {
    let names: &[&str] = if cfg!(windows) {
        &[
            "nvrtc64_130_0.dll",
            "nvrtc64_120_0.dll",
            "nvrtc64_112_0.dll",
        ]
    } else {
        &[
            "libnvrtc.so",
            "libnvrtc.so.13",
            "libnvrtc.so.12",
            "libnvrtc.so.11",
        ]
    };
    match library(names) {
        Some(_) => Ok(()),
        None => Err(format!(
            "the compiler of the CUDA toolkit was not found (library {})",
            names[0]
        )),
    }
}

/// Looks for the headers where burn will: in `named`, or in the first usual place
/// that exists.
fn headers(named: Option<PathBuf>, exists: &dyn Fn(&Path) -> bool) -> Result<(), String> {
    let usual = || {
        let places = if cfg!(windows) {
            [["C:/Program Files/NVIDIA GPU Computing Toolkit/CUDA/"; 2]; 3]
        } else {
            [
                ["/usr/local/cuda"; 2],
                ["/opt/cuda"; 2],
                ["/usr/bin/nvcc", "/usr"],
            ]
        };
        let found = places.iter().find(|[sign, _]| exists(Path::new(sign)));
        found.map(|[_, root]| PathBuf::from(root))
    };
    let root = named.or_else(usual).ok_or(
        "the CUDA toolkit was not found; the environment variable CUDA_PATH names its folder",
    )?;
    let header = root.join("include").join(HEADER);
    if exists(&header) {
        return Ok(());
    }
    Err(format!(
        "the CUDA toolkit has no '{}'; the environment variable CUDA_PATH names its folder",
        header.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_looked_for_where_the_toolkit_is() {
        let only = |paths: &'static [&'static str]| {
            move |p: &Path| paths.iter().any(|known| Path::new(known) == p)
        };
        let at = |path: &str| Some(PathBuf::from(path));
        let whole = only(&["/a/include/cuda_fp16.h"]);
        assert_eq!(headers(at("/a"), &whole), Ok(()));
        let error = headers(at("/b"), &whole).unwrap_err();
        assert!(error.contains("/b/include/cuda_fp16.h"), "{error}");
        assert!(error.contains("CUDA_PATH"), "{error}");
        let error = headers(None, &only(&[])).unwrap_err();
        assert!(error.contains("CUDA_PATH"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn the_toolkit_of_the_distribution_is_found_by_its_compiler() {
        let debian = |p: &Path| {
            p == Path::new("/usr/bin/nvcc") || p == Path::new("/usr/include/cuda_fp16.h")
        };
        assert_eq!(headers(None, &debian), Ok(()));
    }

    #[test]
    fn what_is_missing_is_said_in_one_line() {
        if let Err(error) = find() {
            let text = error.to_string();
            assert!(
                text.starts_with("no usable device for 'cuda': the "),
                "{text}"
            );
            assert!(!text.contains('\n'), "{text}");
        }
    }
}
