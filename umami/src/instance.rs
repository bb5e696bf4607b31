//! What a handle stands for: parameters, matrix elements at them, and memory to work in.
//!
//! Knows when parameters change; knows no pointer.

use std::path::Path;
use std::sync::Arc;

use omnis::compute::Watch;
use omnis::model::{Model, ModelSpec};
use omnis::run::load_model;

use crate::compiled::Compiled;
use crate::evaluate::{Work, evaluate};
use crate::fault::Fault;
use crate::parameters::find;
use crate::request::Request;
use crate::shared;

/// One set of parameters of the process.
pub struct Instance {
    spec: ModelSpec,
    /// The model where parameters were set since the last compilation.
    changed: Option<Model>,
    compiled: Arc<Compiled>,
    work: Work,
}

impl Instance {
    /// The process at the parameters of a card in SLHA format, which takes the place of all
    /// that the process says of parameters; without one at those of the process.
    ///
    /// # Errors
    /// No process, or one that cannot be used; a card that cannot be read or contradicts the
    /// model.
    pub fn new(param_card: Option<&Path>) -> Result<Self, Fault> {
        let mut spec = shared::choice()?.spec.clone();
        if let Some(path) = param_card {
            spec.param_card = Some(path.to_owned());
            spec.set = Default::default();
        }
        Ok(Self {
            compiled: shared::compiled(&spec)?,
            spec,
            changed: None,
            work: Work::default(),
        })
    }

    /// The model at the present parameters.
    fn model(&self) -> &Model {
        self.changed.as_ref().unwrap_or(&self.compiled.model)
    }

    /// Gives an input of the model a value; nothing changes if it cannot have it.
    ///
    /// # Errors
    /// A name that is no input, a value that is not possible.
    pub fn set(&mut self, name: &str, value: f64) -> Result<(), Fault> {
        let name = find(self.model(), name)?.name.clone();
        if !value.is_finite() {
            return Err(Fault::found(&name, value, "a finite number"));
        }
        let mut spec = self.spec.clone();
        spec.set.set_value(&name, value);
        let lines = &shared::choice()?.lines;
        let loaded = load_model(&spec, lines, Watch::nobody()).map_err(|e| Fault::of(&e))?;
        (self.spec, self.changed) = (spec, Some(loaded.model));
        Ok(())
    }

    /// Real and imaginary part of a parameter, also of one that is computed from others.
    ///
    /// # Errors
    /// A name that the model does not have.
    pub fn get(&self, name: &str) -> Result<(f64, f64), Fault> {
        let found = find(self.model(), name)?;
        Ok((found.value.0, found.value.1))
    }

    /// Fills the outputs of a request.
    ///
    /// # Errors
    /// Those of [`evaluate`], and of compiling after parameters were set.
    pub fn evaluate(&mut self, request: &Request<'_>) -> Result<(), Fault> {
        if self.changed.is_some() {
            self.compiled = shared::compiled(&self.spec)?;
            self.changed = None;
        }
        evaluate(&self.compiled, request, &mut self.work)
    }

    /// Number of legs.
    pub fn n_legs(&self) -> usize {
        self.compiled.n_legs()
    }
}
