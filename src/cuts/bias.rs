//! A positive function of the event, in proportion to which more events are made.
//!
//! It is an expression of observables as in cuts. Knows legs and momenta; knows no weight.

use std::sync::Arc;

use super::bind::{Combination, Legs, combinations, constant_value};
use super::cut::{Comparison, FinalState, Groups, Interval};
use super::error::CutError;
use super::expression::Reader;
use super::mask::Work;
use super::scanner::Scanner;
use crate::kinematics::MomentumBatch;
use crate::observable::Incoming;

/// An expression of observables with one value in each event.
#[derive(Clone, Debug, PartialEq)]
pub struct Bias {
    text: String,
    measured: Arc<Comparison>,
}

/// The same on the legs of one flavour assignment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BoundBias {
    measured: Arc<Comparison>,
    /// None where the observables cannot be formed: the bias is 1.
    combination: Option<Combination>,
    incoming: Incoming,
}

impl Bias {
    /// Reads an expression such as `(ht / 100)^2` or `pt(j[1])^4`.
    ///
    /// # Errors
    /// [`CutError::Bias`] with what is wrong.
    pub fn parse(text: &str, groups: &Groups) -> Result<Self, CutError> {
        let refused = |error: CutError| {
            let message = error.to_string();
            let message = message.strip_prefix("cut ").unwrap_or(&message);
            CutError::Bias(message.replace("the end of the cut", "the end"))
        };
        let text = text.trim();
        let mut s = Scanner::new(text, groups);
        let mut reader = Reader::default();
        let expression = reader.sum(&mut s).map_err(refused)?;
        if !s.at_end() {
            return Err(refused(s.syntax("an operation or the end of the cut")));
        }
        if reader.measured.is_empty() {
            let reason = "it has no observable; write for example '(ht / 100)^2'";
            return Err(CutError::Bias(format!("'{text}': {reason}")));
        }
        Ok(Self {
            text: text.to_owned(),
            measured: Arc::new(Comparison {
                any: false,
                abs: false,
                written: text.to_owned(),
                expression,
                measured: reader.measured,
                interval: Interval::default(),
                outside: false,
            }),
        })
    }

    /// As written, without spaces around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Makes sure that it means something for one of these final states: PDG numbers of
    /// the outgoing particles, and declared resonances with legs from 0.
    ///
    /// # Errors
    /// [`CutError::Bias`].
    pub(crate) fn check(&self, final_states: &[FinalState]) -> Result<(), CutError> {
        let mut any = false;
        for (pdgs, resonances) in final_states {
            any |= self.bind(pdgs, 0, resonances)?.combination.is_some();
        }
        if any {
            return Ok(());
        }
        let reason = "no subprocess has the particles that it names";
        Err(CutError::Bias(format!("'{}': {reason}", self.text)))
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
        let legs = Legs::with_resonances(final_pdgs, n_in, resonances);
        let mut found = combinations(&self.measured, &legs);
        let refused = |reason: String| Err(CutError::Bias(format!("'{}': {reason}", self.text)));
        if found.len() > 1 {
            let n = found.len();
            return refused(format!(
                "found {n} values in one event, expected one: name particles by their rank, as in \
                 'pt(j[1])', or add them up, as in 'ht(j)'"
            ));
        }
        if let Some(value) = constant_value(&self.measured, &found).filter(|x| !is_usable(*x)) {
            return refused(format!(
                "it is {value} in all events of some subprocess, expected a positive number"
            ));
        }
        Ok(BoundBias {
            measured: Arc::clone(&self.measured),
            combination: found.pop(),
            incoming: Incoming {
                n_in,
                hadronic: [n_in == 2; 2],
            },
        })
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
        let Some(combination) = &self.combination else {
            out.resize(p.n_batch, 1.0);
            return;
        };
        let mut work = Work::new(p.n_batch, self.incoming);
        let ranked = combination.iter().flatten().any(|s| s.leg().is_none());
        if !ranked {
            work.values(&self.measured, |k| (p, combination[k].as_slice()));
            out.extend_from_slice(work.key());
            return;
        }
        let distinct = work.gathered(&self.measured, combination, p, false);
        let values = work.key().iter().zip(distinct);
        out.extend(values.map(|(x, formed)| if formed { *x } else { 1.0 }));
    }
}
