//! The exported functions.
//!
//! Knows pointers of C and turns them into values; every body is guarded against panics.
//! A handle is a box with a lock around its instance: to share one between threads is slow, not
//! wrong.

use std::ffi::{CStr, OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Mutex;

use libc::c_int;

use crate::columns::Window;
use crate::fault::{Fault, guarded};
use crate::instance::Instance;
use crate::keys::{
    DEVICE_CPU, FLAVOUR, Meta, REQUIRED_INPUTS, SUPPORTED_INPUTS, SUPPORTED_OUTPUTS, Status,
};
use crate::request::{Given, Request};
use crate::shared::{latest, locked};

/// A handle, `UmamiHandle` of C.
type Handle = *mut c_void;

/// The instance of a handle.
///
/// # Safety
/// The handle is null, or comes from [`umami_initialize`] and was not freed.
unsafe fn instance<'a>(handle: Handle) -> Result<&'a Mutex<Instance>, Fault> {
    // SAFETY: the caller vouches for the handle.
    let found = unsafe { handle.cast::<Mutex<Instance>>().as_ref() };
    found.ok_or_else(|| Fault::found("the handle", "a null pointer", "one of umami_initialize"))
}

/// A text of C.
///
/// # Safety
/// The pointer is null or a text that ends with 0.
unsafe fn text<'a>(pointer: *const c_char, what: &str) -> Result<&'a CStr, Fault> {
    if pointer.is_null() {
        return Err(Fault::found(what, "a null pointer", "a text"));
    }
    // SAFETY: the caller vouches for the text.
    Ok(unsafe { CStr::from_ptr(pointer) })
}

/// Writes a result of a function.
///
/// # Safety
/// The pointer is null, or there is room for a value.
unsafe fn give<T>(to: *mut T, value: T, what: &str) -> Result<(), Fault> {
    if to.is_null() {
        return Err(Fault::found(
            what,
            "a null pointer",
            "a place for the result",
        ));
    }
    // SAFETY: the caller vouches for the room.
    unsafe { to.write(value) };
    Ok(())
}

/// A number that C reads as `int`.
fn whole(number: impl TryInto<c_int>) -> c_int {
    number.try_into().unwrap_or(c_int::MAX)
}

/// Writes the masses of all legs.
///
/// # Safety
/// The pointer is null, or there is room for a number for each leg.
unsafe fn give_masses(to: *mut f64) -> Result<(), Fault> {
    let compiled = latest()?;
    for (k, &mass) in compiled.masses.iter().enumerate() {
        let place = match to.is_null() {
            true => to,
            // SAFETY: the caller vouches for a place for each leg.
            false => unsafe { to.add(k) },
        };
        // SAFETY: as above.
        unsafe { give(place, mass, "result")? };
    }
    Ok(())
}

/// Writes a property of the process to `result`, an `int`, or `double[particle count]` for the
/// masses.
///
/// # Safety
/// `result` is null or has room for the property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umami_get_meta(key: c_int, result: *mut c_void) -> Status {
    guarded("umami_get_meta", || {
        let Some(meta) = Meta::from_key(key) else {
            let text = format!("found the key {key}, expected one of 0 to 5");
            return Err(Fault::new(Status::UnsupportedMeta, text));
        };
        let number = match meta {
            Meta::Device => DEVICE_CPU,
            Meta::ParticleCount => whole(latest()?.n_legs()),
            Meta::DiagramCount => whole(latest()?.n_diagrams),
            Meta::HelicityCount => whole(latest()?.n_helicities()),
            Meta::ColourCount => whole(latest()?.n_flows()),
            Meta::Masses => {
                // SAFETY: the caller vouches for a number for each leg.
                return unsafe { give_masses(result.cast()) };
            }
        };
        // SAFETY: the caller vouches for an `int`.
        unsafe { give(result.cast(), number, "result") }
    })
}

/// Makes a handle, at the parameters of a card in SLHA format if the path is not null or empty.
///
/// # Safety
/// `handle` is null or has room for a handle; the path is null or a text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umami_initialize(
    handle: *mut Handle,
    param_card_path: *const c_char,
) -> Status {
    guarded("umami_initialize", || {
        // SAFETY: the caller vouches for the room. A handle that is not made is null.
        unsafe { give(handle, std::ptr::null_mut(), "handle")? };
        let path = match param_card_path.is_null() {
            true => &[],
            // SAFETY: the caller vouches for the text.
            false => unsafe { text(param_card_path, "param_card_path")? }.to_bytes(),
        };
        let path = (!path.is_empty()).then(|| Path::new(OsStr::from_bytes(path)));
        let made = Box::new(Mutex::new(Instance::new(path)?));
        // SAFETY: as above.
        unsafe { give(handle, Box::into_raw(made).cast(), "handle") }
    })
}

/// Gives an input of the model a value. Inputs are real: the imaginary part is not looked at.
///
/// # Safety
/// As for a handle and a text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umami_set_parameter(
    handle: Handle,
    name: *const c_char,
    parameter_real: f64,
    _parameter_imag: f64,
) -> Status {
    guarded("umami_set_parameter", || {
        // SAFETY: the caller vouches for handle and text.
        let (instance, name) = unsafe { (instance(handle)?, text(name, "name")?) };
        locked(instance).set(&name.to_string_lossy(), parameter_real)
    })
}

/// Reads a parameter of the model, also one that is computed from others.
///
/// # Safety
/// As for a handle and a text; both places are null or have room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umami_get_parameter(
    handle: Handle,
    name: *const c_char,
    parameter_real: *mut f64,
    parameter_imag: *mut f64,
) -> Status {
    guarded("umami_get_parameter", || {
        // SAFETY: the caller vouches for handle and text.
        let (instance, name) = unsafe { (instance(handle)?, text(name, "name")?) };
        let (re, im) = locked(instance).get(&name.to_string_lossy())?;
        // SAFETY: the caller vouches for the room.
        unsafe {
            give(parameter_real, re, "parameter_real")?;
            match parameter_imag.is_null() {
                true => Ok(()),
                false => give(parameter_imag, im, "parameter_imag"),
            }
        }
    })
}

/// Evaluates `count` points from `offset` on in arrays of `stride`.
///
/// # Safety
/// As for a handle; lists hold as many entries as they say, and each array numbers of the type
/// of its key for these points; nobody else writes inputs or touches outputs meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umami_matrix_element(
    handle: Handle,
    count: usize,
    stride: usize,
    offset: usize,
    input_count: usize,
    input_keys: *const c_int,
    inputs: *const *const c_void,
    output_count: usize,
    output_keys: *const c_int,
    outputs: *const *mut c_void,
) -> Status {
    guarded("umami_matrix_element", || {
        // SAFETY: the caller vouches for the handle.
        let mut instance = locked(unsafe { instance(handle)? });
        let window = Window::new(count, stride, offset)?;
        let inputs = Given {
            count: input_count,
            keys: input_keys,
            arrays: inputs,
        };
        let outputs = Given {
            count: output_count,
            keys: output_keys,
            arrays: outputs,
        };
        // SAFETY: the caller vouches for lists and arrays.
        let request = unsafe { Request::new(window, instance.n_legs(), inputs, outputs)? };
        instance.evaluate(&request)
    })
}

/// Frees a handle; a null one is no error.
///
/// # Safety
/// As for a handle, which nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umami_free(handle: Handle) -> Status {
    guarded("umami_free", || {
        if !handle.is_null() {
            // SAFETY: the handle was made by `Box::into_raw` in `umami_initialize`.
            drop(unsafe { Box::from_raw(handle.cast::<Mutex<Instance>>()) });
        }
        Ok(())
    })
}

/// Gives a list of the library.
///
/// # Safety
/// Both pointers are null or have room.
unsafe fn give_list(
    list: &'static [bool],
    to: *mut *const bool,
    count: *mut c_int,
) -> Result<(), Fault> {
    // SAFETY: the caller vouches for the room.
    unsafe {
        give(to, list.as_ptr(), "the list")?;
        give(count, whole(list.len()), "count")
    }
}

/// Which input keys are supported, a list by key.
///
/// # Safety
/// Both pointers are null or have room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umami_supported_inputs(
    supported: *mut *const bool,
    count: *mut c_int,
) -> Status {
    // SAFETY: the caller vouches for the room.
    let give = || unsafe { give_list(&SUPPORTED_INPUTS, supported, count) };
    guarded("umami_supported_inputs", give)
}

/// Which input keys no call can do without, a list by key: momenta, and the flavour index where
/// flavours have different matrix elements.
///
/// # Safety
/// Both pointers are null or have room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umami_required_inputs(
    required: *mut *const bool,
    count: *mut c_int,
) -> Status {
    static WITH_FLAVOUR: [bool; REQUIRED_INPUTS.len()] = {
        let mut list = REQUIRED_INPUTS;
        list[FLAVOUR] = true;
        list
    };
    static WITHOUT: [bool; REQUIRED_INPUTS.len()] = REQUIRED_INPUTS;
    guarded("umami_required_inputs", || {
        let list = match latest()?.elements.len() {
            0 | 1 => &WITHOUT,
            _ => &WITH_FLAVOUR,
        };
        // SAFETY: the caller vouches for the room.
        unsafe { give_list(list, required, count) }
    })
}

/// Which output keys are supported, a list by key.
///
/// # Safety
/// Both pointers are null or have room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn umami_supported_outputs(
    supported: *mut *const bool,
    count: *mut c_int,
) -> Status {
    // SAFETY: the caller vouches for the room.
    let give = || unsafe { give_list(&SUPPORTED_OUTPUTS, supported, count) };
    guarded("umami_supported_outputs", give)
}
