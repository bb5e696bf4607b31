//! A positive function of the event, in proportion to which more events are made.
//!
//! It is an expression of observables as in cuts. Knows legs and momenta; knows no weight.

use super::cut::{FinalState, Groups};
use super::error::CutError;
use super::quantity::{BoundQuantity, Quantity};
use crate::kinematics::MomentumBatch;

/// An expression of observables with one value in each event.
#[derive(Clone, Debug, PartialEq)]
pub struct Bias(Quantity);

/// The same on the legs of one flavour assignment; 1 where the observables cannot be formed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BoundBias(BoundQuantity);

impl Bias {
    /// Reads an expression such as `(ht / 100)^2` or `pt(j[1])^4`.
    ///
    /// # Errors
    /// [`CutError::Bias`] with what is wrong.
    pub fn parse(text: &str, groups: &Groups) -> Result<Self, CutError> {
        let refused = |error: CutError| match error {
            CutError::Quantity(what) => {
                let example = "write for example '(ht / 100)^2'";
                CutError::Bias(what.replace(" such as 'pt(j[1])'", &format!("; {example}")))
            }
            other => other,
        };
        Quantity::parse(text, groups).map(Self).map_err(refused)
    }

    /// As written, without spaces around it.
    pub fn text(&self) -> &str {
        self.0.text()
    }

    /// Makes sure that it means something for one of these final states: PDG numbers of
    /// the outgoing particles, and declared resonances with legs from 0.
    ///
    /// # Errors
    /// [`CutError::Bias`].
    pub(crate) fn check(&self, final_states: &[FinalState]) -> Result<(), CutError> {
        for (pdgs, resonances) in final_states {
            self.bind(pdgs, 0, resonances)?;
        }
        if self.0.is_formed(final_states) {
            return Ok(());
        }
        let reason = "no subprocess has the particles that it names";
        Err(CutError::Bias(format!("'{}': {reason}", self.text())))
    }

    /// Finds the legs, as [`super::CutSet::bind_decays`] does.
    ///
    /// # Errors
    /// [`CutError::Bias`] where it has several values, or one that is not positive in all
    /// events.
    pub(crate) fn bind(
        &self,
        final_pdgs: &[i32],
        n_in: usize,
        resonances: &[(u32, i32)],
    ) -> Result<BoundBias, CutError> {
        let found = self.0.bind(final_pdgs, n_in, resonances);
        let refused = |reason: String| Err(CutError::Bias(format!("'{}': {reason}", self.text())));
        if found.n_values() > 1 {
            let n = found.n_values();
            return refused(format!(
                "found {n} values in one event, expected one: name particles by their rank, as in \
                 'pt(j[1])', or add them up, as in 'ht(j)'"
            ));
        }
        if let Some(value) = found.constant().filter(|x| !is_usable(*x)) {
            return refused(format!(
                "it is {value} in all events of some subprocess, expected a positive number"
            ));
        }
        Ok(BoundBias(found))
    }
}

/// Whether events can be made in proportion to this.
pub(crate) fn is_usable(bias: f64) -> bool {
    bias > 0.0 && bias.is_finite()
}

impl BoundBias {
    /// The value of each point, `[n_batch]`; `p` holds all legs in the laboratory frame.
    pub(crate) fn evaluate(&self, p: &MomentumBatch, out: &mut Vec<f64>) {
        out.clear();
        out.resize(p.n_batch, 1.0);
        self.0.evaluate(p, |values, formed| {
            for ((out, value), formed) in out.iter_mut().zip(values).zip(formed) {
                if *formed {
                    *out = *value;
                }
            }
        });
    }
}
