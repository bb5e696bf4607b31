//! What all handles of the library share: the process, and its matrix elements last compiled.
//!
//! Knows when to compile again; knows no point. Handles with equal parameters have the same
//! matrix elements, which are compiled once.

use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use omnis::model::ModelSpec;

use crate::choice::Choice;
use crate::compiled::Compiled;
use crate::fault::Fault;
use crate::place::stay_loaded;

/// The process of the library, once it is known, and what was compiled last.
struct Shared {
    choice: Option<Arc<Choice>>,
    latest: Option<(Key, Arc<Compiled>)>,
}

/// Parameters, with the content of the parameter card.
#[derive(PartialEq)]
struct Key {
    spec: ModelSpec,
    card: Option<Vec<u8>>,
}

static SHARED: Mutex<Shared> = Mutex::new(Shared {
    choice: None,
    latest: None,
});

/// A lock that a panic does not close for ever.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn choice(&mut self) -> Result<Arc<Choice>, Fault> {
        if self.choice.is_none() {
            stay_loaded();
            self.choice = Some(Arc::new(Choice::find()?));
        }
        Ok(Arc::clone(self.choice.as_ref().expect("it was just found")))
    }

    fn compiled(&mut self, spec: &ModelSpec) -> Result<Arc<Compiled>, Fault> {
        let card = spec.param_card.as_ref();
        let key = Key {
            spec: spec.clone(),
            card: card.and_then(|path| fs::read(path).ok()),
        };
        if let Some((_, compiled)) = self.latest.as_ref().filter(|(known, _)| *known == key) {
            return Ok(Arc::clone(compiled));
        }
        let compiled = Arc::new(Compiled::new(&*self.choice()?, spec)?);
        self.latest = Some((key, Arc::clone(&compiled)));
        Ok(compiled)
    }
}

/// The process of this library.
///
/// # Errors
/// Those of [`Choice::find`]; the next call looks again.
pub fn choice() -> Result<Arc<Choice>, Fault> {
    locked(&SHARED).choice()
}

/// The matrix elements at these parameters.
///
/// # Errors
/// Those of [`Compiled::new`].
pub fn compiled(spec: &ModelSpec) -> Result<Arc<Compiled>, Fault> {
    locked(&SHARED).compiled(spec)
}

/// What was compiled last; the process at its own parameters if nothing was.
///
/// # Errors
/// As for [`compiled`].
pub fn latest() -> Result<Arc<Compiled>, Fault> {
    let mut shared = locked(&SHARED);
    if let Some((_, compiled)) = &shared.latest {
        return Ok(Arc::clone(compiled));
    }
    let spec = shared.choice()?.spec.clone();
    shared.compiled(&spec)
}
