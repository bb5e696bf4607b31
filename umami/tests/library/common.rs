//! A provider as a C program loads it, and points of phase space.
//!
//! Knows the exported functions by their names; knows no expected number.

use std::ffi::{CString, c_char, c_int, c_void};
use std::fs;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;

use libloading::{Library, Symbol};

/// Keys, as the header numbers them.
pub mod key {
    pub const MOMENTA: i32 = 0;
    pub const ALPHA_S: i32 = 1;
    pub const FLAVOUR: i32 = 2;
    pub const RANDOM_COLOUR: i32 = 3;
    pub const RANDOM_HELICITY: i32 = 4;
    pub const HELICITY: i32 = 6;
    pub const MATRIX_ELEMENT: i32 = 0;
    pub const COLOUR_INDEX: i32 = 2;
    pub const HELICITY_INDEX: i32 = 3;
}

/// The library that was built with these tests.
pub fn built() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let built = tests.parent().unwrap().join("libomnis_umami.so");
    assert!(built.exists(), "{}", built.display());
    built
}

/// A copy of the library in a folder of its own, which makes it a process of its own.
pub struct Provider {
    library: Library,
    pub folder: tempfile::TempDir,
}

/// A handle, which a thread may take along.
#[derive(Clone, Copy)]
pub struct Handle(pub *mut c_void);
// SAFETY: handles belong to no thread.
unsafe impl Send for Handle {}

type Keyed<P> = (i32, P);

impl Provider {
    /// The process of a card that lies beside the library.
    pub fn of_card(card: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("process.toml"), card).unwrap();
        let copy = folder.path().join("libprocess.so");
        fs::copy(built(), &copy).unwrap();
        Self {
            library: load(&copy),
            folder,
        }
    }

    /// The process of a line.
    pub fn of_line(line: &str) -> Self {
        Self::of_card(&format!("process.generate = [\"{line}\"]\n"))
    }

    /// An exported function.
    pub fn function<F>(&self, name: &str) -> Symbol<'_, F> {
        // SAFETY: the tests give exported functions their types of the header.
        unsafe { self.library.get(name.as_bytes()) }.unwrap()
    }

    pub fn initialize(&self, param_card: Option<&Path>) -> Result<Handle, c_int> {
        type Function = unsafe extern "C" fn(*mut *mut c_void, *const c_char) -> c_int;
        let path = param_card.map(|p| CString::new(p.to_str().unwrap()).unwrap());
        let path = path.as_ref().map_or(std::ptr::null(), |p| p.as_ptr());
        let mut handle = null_mut();
        // SAFETY: the arguments are those of the header.
        let status = unsafe { self.function::<Function>("umami_initialize")(&mut handle, path) };
        if status == 0 {
            Ok(Handle(handle))
        } else {
            Err(status)
        }
    }

    pub fn free(&self, handle: Handle) {
        type Function = unsafe extern "C" fn(*mut c_void) -> c_int;
        // SAFETY: the handle comes from this library.
        let status = unsafe { self.function::<Function>("umami_free")(handle.0) };
        assert_eq!(status, 0);
    }

    pub fn set(&self, handle: Handle, name: &str, value: f64) -> c_int {
        type Function = unsafe extern "C" fn(*mut c_void, *const c_char, f64, f64) -> c_int;
        let name = CString::new(name).unwrap();
        let function = self.function::<Function>("umami_set_parameter");
        // SAFETY: the handle comes from this library.
        unsafe { function(handle.0, name.as_ptr(), value, 0.0) }
    }

    pub fn get(&self, handle: Handle, name: &str) -> Result<f64, c_int> {
        type Function =
            unsafe extern "C" fn(*mut c_void, *const c_char, *mut f64, *mut f64) -> c_int;
        let name = CString::new(name).unwrap();
        let function = self.function::<Function>("umami_get_parameter");
        let (mut re, mut im) = (f64::NAN, f64::NAN);
        // SAFETY: the handle comes from this library.
        let status = unsafe { function(handle.0, name.as_ptr(), &mut re, &mut im) };
        if status == 0 { Ok(re) } else { Err(status) }
    }

    pub fn meta<T: Copy>(&self, key: c_int, to: &mut [T]) -> c_int {
        type Function = unsafe extern "C" fn(c_int, *mut c_void) -> c_int;
        // SAFETY: the tests give room for the property.
        unsafe { self.function::<Function>("umami_get_meta")(key, to.as_mut_ptr().cast()) }
    }

    /// One of the three lists of keys.
    pub fn list(&self, name: &str) -> Vec<bool> {
        type Function = unsafe extern "C" fn(*mut *const bool, *mut c_int) -> c_int;
        let (mut list, mut count) = (std::ptr::null(), 0);
        // SAFETY: both places have room, and the list holds `count` entries.
        unsafe {
            assert_eq!(self.function::<Function>(name)(&mut list, &mut count), 0);
            std::slice::from_raw_parts(list, count as usize).to_vec()
        }
    }

    /// `umami_matrix_element`; `[count, stride, offset]`.
    pub fn call(
        &self,
        handle: Handle,
        [count, stride, offset]: [usize; 3],
        inputs: &[Keyed<*const c_void>],
        outputs: &[Keyed<*mut c_void>],
    ) -> c_int {
        type Function = unsafe extern "C" fn(
            *mut c_void,
            usize,
            usize,
            usize,
            usize,
            *const c_int,
            *const *const c_void,
            usize,
            *const c_int,
            *const *mut c_void,
        ) -> c_int;
        let (in_keys, ins): (Vec<i32>, Vec<*const c_void>) = inputs.iter().copied().unzip();
        let (out_keys, outs): (Vec<i32>, Vec<*mut c_void>) = outputs.iter().copied().unzip();
        let function = self.function::<Function>("umami_matrix_element");
        // SAFETY: lists have their lengths; tests give arrays of the right size, or null.
        unsafe {
            function(
                handle.0,
                count,
                stride,
                offset,
                ins.len(),
                in_keys.as_ptr(),
                ins.as_ptr(),
                outs.len(),
                out_keys.as_ptr(),
                outs.as_ptr(),
            )
        }
    }

    /// Matrix elements of points in arrays of their size, with further inputs.
    pub fn me2(&self, handle: Handle, p: &Points, more: &[Keyed<*const c_void>]) -> Vec<f64> {
        let rows = p.rows(p.n, 0);
        let mut inputs = vec![input(key::MOMENTA, &rows)];
        inputs.extend(more);
        let mut out = vec![f64::NAN; p.n];
        let outputs = [output(key::MATRIX_ELEMENT, &mut out)];
        assert_eq!(self.call(handle, [p.n, p.n, 0], &inputs, &outputs), 0);
        out
    }
}

/// Loads a file.
pub fn load(path: &Path) -> Library {
    // SAFETY: nothing runs when the library is loaded.
    unsafe { Library::new(path) }.unwrap()
}

/// A key with an array that is read.
pub fn input<T>(key: i32, array: &[T]) -> Keyed<*const c_void> {
    (key, array.as_ptr().cast())
}

/// A key with an array that is written.
pub fn output<T>(key: i32, array: &mut [T]) -> Keyed<*mut c_void> {
    (key, array.as_mut_ptr().cast())
}

/// Points of a process, `[point][leg][E, px, py, pz]`.
#[derive(Clone)]
pub struct Points {
    pub all: Vec<Vec<[f64; 4]>>,
    pub n: usize,
}

/// A random number in [0, 1) for each address.
pub fn uniform(address: u64) -> f64 {
    let mut z = address.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

impl Points {
    /// Points at rest with this energy; both incoming legs along z, outgoing ones anywhere.
    pub fn new(masses: &[f64], energy: f64, n: usize) -> Self {
        let all = (0..n as u64).map(|k| point(masses, energy, 1000 * (k + 1)));
        Self {
            all: all.collect(),
            n,
        }
    }

    /// Rows of an array that holds `stride` points, these from `offset` on; elsewhere no numbers.
    pub fn rows(&self, stride: usize, offset: usize) -> Vec<f64> {
        let n_legs = self.all[0].len();
        let mut rows = vec![f64::NAN; 4 * n_legs * stride];
        for (k, legs) in self.all.iter().enumerate() {
            for (leg, p) in legs.iter().enumerate() {
                for (mu, x) in p.iter().enumerate() {
                    rows[stride * (n_legs * mu + leg) + offset + k] = *x;
                }
            }
        }
        rows
    }
}

fn point(masses: &[f64], energy: f64, seed: u64) -> Vec<[f64; 4]> {
    let out = &masses[2..];
    let mut p: Vec<[f64; 3]> = (0..3 * out.len() as u64)
        .map(|k| uniform(seed + k) - 0.5)
        .collect::<Vec<_>>()
        .chunks_exact(3)
        .map(|c| [c[0], c[1], c[2]])
        .collect();
    for axis in 0..3 {
        let mean = p.iter().map(|p| p[axis]).sum::<f64>() / out.len() as f64;
        p.iter_mut().for_each(|p| p[axis] -= mean);
    }
    let e = |p: &[f64; 3], m: f64, f: f64| {
        (m * m + f * f * p.iter().map(|x| x * x).sum::<f64>()).sqrt()
    };
    let total = |f: f64| p.iter().zip(out).map(|(p, &m)| e(p, m, f)).sum::<f64>();
    let (mut low, mut high) = (0.0, 1e6 * energy);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if total(middle) < energy {
            low = middle
        } else {
            high = middle
        }
    }
    let (m1, m2) = (masses[0], masses[1]);
    let e1 = (energy * energy + m1 * m1 - m2 * m2) / (2.0 * energy);
    let pz = (e1 * e1 - m1 * m1).max(0.0).sqrt();
    let mut legs = vec![[e1, 0.0, 0.0, pz], [energy - e1, 0.0, 0.0, -pz]];
    let outgoing = p
        .iter()
        .zip(out)
        .map(|(p, &m)| [e(p, m, low), low * p[0], low * p[1], low * p[2]]);
    legs.extend(outgoing);
    legs
}
