//! One subprocess as a polynomial in coefficients, with derivatives.
//!
//! Knows models; knows no momentum and no event.

use super::expansion::Expansion;
use super::score::{Score, StencilElements, check_masses, check_widths, scores_of};
use crate::amplitude::{
    MatrixElement, MatrixElementWorkspace, PolynomialMatrixElement, TChannelWidth,
};
use crate::diagram::Subprocess;
use crate::error::Error;
use crate::event::Monomial;
use crate::kinematics::MomentumBatch;
use crate::model::{Model, ModelSpec};

/// What is known of the expansion at one point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointExpansion {
    /// Terms of the polynomial: the product of coefficients, and its factor.
    pub polynomial: Vec<(String, f64)>,
    /// Parameters, and the derivatives of the logarithm of `me2` with respect to them.
    pub scores: Vec<(String, f64)>,
}

/// A subprocess with all that its expansion needs.
pub(super) struct ExpandedElement {
    polynomial: Option<(Expansion, PolynomialMatrixElement)>,
    names: Vec<String>,
    scores: Vec<(String, Score, Option<StencilElements>)>,
}

impl ExpandedElement {
    /// Compiles what the names of coefficients and of parameters ask for.
    ///
    /// # Errors
    /// As for [`Expansion::load`].
    pub fn new(
        (coefficients, parameters): (&[String], &[String]),
        spec: &ModelSpec,
        lines: &[String],
        own: &Model,
        sub: &Subprocess,
    ) -> Result<Self, Error> {
        let mut polynomial = None;
        let (mut exact, mut names) = (Vec::new(), Vec::new());
        if !coefficients.is_empty() {
            let subs = std::slice::from_ref(sub);
            let asked = ("polynomial", coefficients);
            let found = Expansion::load(asked, spec, lines, own, subs)?;
            exact = found.names().to_vec();
            let name = |m: &Monomial| m.name(&exact);
            names = found.monomials().iter().map(name).collect();
            let element = found.compile(sub)?;
            polynomial = Some((found, element));
        }
        let check = |changed: &Model| {
            check_masses(changed, own, &sub.legs)?;
            check_widths(changed, own)
        };
        let asked = ("scores", parameters);
        let mut scores = Vec::new();
        for (name, score) in scores_of(asked, &exact, spec, lines, check, own)? {
            let elements = match &score {
                Score::Coefficient(_) => None,
                Score::Differences(stencil) => Some(stencil.compile(sub)?),
            };
            scores.push((name, score, elements));
        }
        Ok(Self {
            polynomial,
            names,
            scores,
        })
    }

    /// Terms and derivatives at one point; `own` is the matrix element itself.
    pub fn evaluate(
        &self,
        own: &MatrixElement,
        point: &MomentumBatch,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
    ) -> PointExpansion {
        let polynomial = self.polynomial.as_ref();
        let factors = polynomial.map_or_else(Vec::new, |(expansion, element)| {
            expansion.evaluate(element, (point, None), width, work)
        });
        let mut me2 = |element: &MatrixElement| {
            let mut out = [0.0];
            element.me2(point, None, width, work, &mut out);
            out[0]
        };
        let norm = me2(own);
        let derivative = |(name, score, elements): &(String, Score, Option<StencilElements>)| {
            let value = match (score, elements, polynomial) {
                (Score::Differences(stencil), Some(e), _) => stencil.derivative(e, &mut me2),
                (Score::Coefficient(k), _, Some((expansion, _))) => {
                    expansion.derivative(*k, &factors)
                }
                _ => 0.0,
            };
            (name.clone(), value / norm)
        };
        let scores = self.scores.iter().map(derivative).collect();
        PointExpansion {
            polynomial: self.names.iter().cloned().zip(factors).collect(),
            scores,
        }
    }
}
