//! What a call asks for: keys with their arrays, sorted out and checked.
//!
//! Knows which inputs an output needs; knows no number.

use std::ffi::c_void;

use libc::c_int;

use crate::columns::{Input, Output, Window};
use crate::fault::Fault;
use crate::keys::{self, INPUTS, OUTPUTS, Status};

/// The arrays of a call.
pub struct Request<'a> {
    /// The events.
    pub window: Window,
    n_legs: usize,
    /// `4 n_legs` rows: row `n_legs mu + leg`.
    pub momenta: Input<'a, f64>,
    /// The strong coupling.
    pub alpha_s: Option<Input<'a, f64>>,
    /// Flavour indices.
    pub flavour: Option<Input<'a, c_int>>,
    /// What colour flows are drawn with.
    pub random_colour: Option<Input<'a, f64>>,
    /// What helicities are drawn with.
    pub random_helicity: Option<Input<'a, f64>>,
    /// Helicities that alone count.
    pub helicity: Option<Input<'a, c_int>>,
    /// Squared matrix elements.
    pub value: Option<Output<'a, f64>>,
    /// Drawn colour flows.
    pub colour_index: Option<Output<'a, c_int>>,
    /// Drawn helicities.
    pub helicity_index: Option<Output<'a, c_int>>,
}

/// Keys with their pointers, as C has them.
#[derive(Clone, Copy)]
pub struct Given<P> {
    /// How many.
    pub count: usize,
    /// That many keys.
    pub keys: *const c_int,
    /// That many pointers.
    pub arrays: *const P,
}

impl<P: Copy> Given<P> {
    /// The array of each key of a list.
    ///
    /// # Safety
    /// Both pointers are null or hold `count` entries.
    unsafe fn sorted<const N: usize>(
        self,
        what: &str,
        names: &[&str; N],
        supported: &[bool; N],
        unsupported: Status,
    ) -> Result<[Option<P>; N], Fault> {
        let mut found = [None; N];
        if self.count == 0 {
            return Ok(found);
        }
        if self.keys.is_null() || self.arrays.is_null() {
            return Err(Fault::found(what, "a null pointer", "keys and arrays"));
        }
        for k in 0..self.count {
            // SAFETY: the caller vouches for `count` entries.
            let (key, array) = unsafe { (self.keys.add(k).read(), self.arrays.add(k).read()) };
            let at = usize::try_from(key)
                .ok()
                .filter(|&at| at < N && supported[at]);
            let Some(at) = at else {
                let name = usize::try_from(key).ok().and_then(|at| names.get(at));
                let name = name.map_or_else(|| key.to_string(), |name| (*name).to_owned());
                let known = names.iter().zip(supported).filter(|(_, yes)| **yes);
                let known: Vec<&str> = known.map(|(name, _)| *name).collect();
                let text = format!("{what}: found {name}, expected one of {}", known.join(", "));
                return Err(Fault::new(unsupported, text));
            };
            if found[at].replace(array).is_some() {
                return Err(Fault::found(
                    what,
                    format!("{} twice", names[at]),
                    "it once",
                ));
            }
        }
        Ok(found)
    }
}

/// An input that an output cannot do without.
fn missing(output: &str, inputs: &str) -> Fault {
    let text = format!("{output}: found no {inputs}, expected it among the inputs");
    Fault::new(Status::MissingInput, text)
}

impl Request<'_> {
    /// Sorts out the arrays of a call for a process of so many legs.
    ///
    /// # Errors
    /// Keys that are not supported, given twice or missing; null pointers.
    ///
    /// # Safety
    /// The lists hold as many entries as they say. Each array holds numbers of the type of its
    /// key for the events of the window; nobody writes an input or touches an output while the
    /// result lives.
    pub unsafe fn new(
        window: Window,
        n_legs: usize,
        inputs: Given<*const c_void>,
        outputs: Given<*mut c_void>,
    ) -> Result<Self, Fault> {
        // SAFETY: the caller vouches for the lists.
        let (inputs, outputs) = unsafe {
            let (supported, status) = (&keys::SUPPORTED_INPUTS, Status::UnsupportedInput);
            let inputs = inputs.sorted("inputs", &INPUTS, supported, status)?;
            let (supported, status) = (&keys::SUPPORTED_OUTPUTS, Status::UnsupportedOutput);
            (
                inputs,
                outputs.sorted("outputs", &OUTPUTS, supported, status)?,
            )
        };
        let Some(momenta) = inputs[keys::MOMENTA] else {
            return Err(missing("every call", INPUTS[keys::MOMENTA]));
        };
        let (has_in, has_out) = (
            |k: usize| inputs[k].is_some(),
            |k: usize| outputs[k].is_some(),
        );
        if has_in(keys::RANDOM_HELICITY) && has_in(keys::HELICITY) {
            let both = format!(
                "{} and {}",
                INPUTS[keys::RANDOM_HELICITY],
                INPUTS[keys::HELICITY]
            );
            return Err(Fault::found("inputs", both, "one of them"));
        }
        if has_out(keys::COLOUR_INDEX) && !has_in(keys::RANDOM_COLOUR) {
            return Err(missing(
                OUTPUTS[keys::COLOUR_INDEX],
                INPUTS[keys::RANDOM_COLOUR],
            ));
        }
        let of_helicity = [keys::RANDOM_HELICITY, keys::HELICITY];
        if has_out(keys::HELICITY_INDEX) && !of_helicity.into_iter().any(has_in) {
            let needed = INPUTS[keys::RANDOM_HELICITY];
            return Err(missing(OUTPUTS[keys::HELICITY_INDEX], needed));
        }
        // SAFETY: the caller vouches for the arrays, whose types are those of their keys.
        unsafe {
            let real = |k: usize| inputs[k].map(|p| Input::new(p, 1, window, INPUTS[k]));
            let whole = |k: usize| inputs[k].map(|p| Input::new(p, 1, window, INPUTS[k]));
            let index = |k: usize| outputs[k].map(|p| Output::new(p, window, OUTPUTS[k]));
            let value = outputs[keys::MATRIX_ELEMENT];
            let value = value.map(|p| Output::new(p, window, OUTPUTS[keys::MATRIX_ELEMENT]));
            Ok(Self {
                window,
                n_legs,
                momenta: Input::new(momenta, 4 * n_legs, window, INPUTS[keys::MOMENTA])?,
                alpha_s: real(keys::ALPHA_S).transpose()?,
                flavour: whole(keys::FLAVOUR).transpose()?,
                random_colour: real(keys::RANDOM_COLOUR).transpose()?,
                random_helicity: real(keys::RANDOM_HELICITY).transpose()?,
                helicity: whole(keys::HELICITY).transpose()?,
                value: value.transpose()?,
                colour_index: index(keys::COLOUR_INDEX).transpose()?,
                helicity_index: index(keys::HELICITY_INDEX).transpose()?,
            })
        }
    }

    /// Number of legs.
    pub fn n_legs(&self) -> usize {
        self.n_legs
    }

    /// Whether one configuration of helicities is drawn or given.
    pub fn has_helicity(&self) -> bool {
        self.random_helicity.is_some() || self.helicity.is_some()
    }

    /// Whether helicity configurations or colour flows are drawn, or one counts alone.
    pub fn needs_parts(&self) -> bool {
        let drawn = self.colour_index.is_some() || self.helicity_index.is_some();
        drawn || self.helicity.is_some()
    }
}
