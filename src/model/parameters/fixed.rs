//! Inputs that a restriction made constants, or made to follow from others.
//!
//! Knows names and expressions; knows not why.

use super::{Found, Internal, ParameterTable, parse};
use crate::model::ModelError;

/// How a restriction fixes a parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fixed {
    pub(crate) name: String,
    /// What it is from now on.
    pub(crate) text: &'static str,
    /// The parameter that it follows from, if it is no number; `text` is its sign.
    pub(crate) of: Option<String>,
}

impl ParameterTable {
    /// Why an input is none any more, if a restriction fixed it.
    ///
    /// # Errors
    /// Those of [`Self::find`].
    pub(crate) fn fixed(&self, name: &str) -> Result<Option<String>, ModelError> {
        let Found::Internal(k) = self.find(name)? else {
            return Ok(None);
        };
        let Internal {
            name,
            text,
            fixed_by,
            ..
        } = &self.internal[k];
        let because = |by: &String| {
            format!(
                "setting {name} has no effect: the restriction '{by}' fixed it at {text}; without \
                 the restriction ('full') it is an input"
            )
        };
        Ok(fixed_by.as_ref().map(because))
    }

    /// Fixes parameters as a restriction does: inputs and derived ones become constants
    /// or follow from another input.
    ///
    /// # Errors
    /// Those of the order of evaluation; none is expected.
    pub(crate) fn fix(&mut self, fixed: Vec<Fixed>, by: &str) -> Result<(), ModelError> {
        let mut moved = vec![false; self.external.len()];
        for Fixed { name, text, of } in fixed {
            let (text, expression) = match of {
                None => (text.to_owned(), parse(&name, text, &self.functions)?),
                Some(of) => {
                    let text = format!("{text}{of}");
                    (text.clone(), parse(&name, &text, &self.functions)?)
                }
            };
            match self.exact(&name) {
                Some(Found::External(k)) => {
                    moved[k] = true;
                    let row = self.external[k].clone();
                    let now = Found::Internal(self.internal.len());
                    self.by_name.insert(name.clone(), now);
                    self.internal.push(Internal {
                        name,
                        text,
                        expression,
                        complex: false,
                        slha: Some((row.block, row.code)),
                        fixed_by: Some(by.to_owned()),
                    });
                }
                Some(Found::Internal(k)) => {
                    self.internal[k].text = text;
                    self.internal[k].expression = expression;
                }
                None => {}
            }
        }
        let mut moved = moved.into_iter();
        self.external.retain(|_| moved.next() != Some(true));
        self.count_names();
        self.auto.clear();
        self.order = self.order_of_evaluation()?;
        Ok(())
    }

    /// Blocks and codes of inputs that restrictions fixed.
    pub(crate) fn fixed_codes(&self) -> impl Iterator<Item = &(String, Vec<i32>)> {
        let fixed = self.internal.iter().filter(|p| p.fixed_by.is_some());
        fixed.filter_map(|p| p.slha.as_ref())
    }
}
