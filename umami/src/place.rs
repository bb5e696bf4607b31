//! Where this library lies, and keeping it in memory.
//!
//! Knows the loader of the system; knows no card.

use std::ffi::{CStr, OsStr, c_void};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;

/// The file that this library was loaded from, if the system knows it.
pub fn own_file() -> Option<PathBuf> {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    let inside = own_file as *const c_void;
    // SAFETY: `inside` is an address of this library, and `info` has room for the answer.
    let found = unsafe { libc::dladdr(inside, info.as_mut_ptr()) };
    // SAFETY: all its fields are pointers, which may be null.
    let info = unsafe { info.assume_init() };
    if found == 0 || info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: the loader keeps the name, which ends with 0, as long as the library.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())).to_owned())
}

/// Keeps this library in memory when callers unload it: threads of omnis may still wait in it.
pub fn stay_loaded() {
    // SAFETY: the name ends with 0; the library is loaded, so that nothing else happens than
    // that it is marked.
    unsafe {
        let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
        if libc::dladdr(stay_loaded as *const c_void, info.as_mut_ptr()) != 0 {
            let name = info.assume_init().dli_fname;
            let mark = libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
            let handle = match name.is_null() {
                true => null_mut(),
                false => libc::dlopen(name, mark),
            };
            if !handle.is_null() {
                libc::dlclose(handle);
            }
        }
    }
}
