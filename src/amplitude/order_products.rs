//! `|M|^2` as a polynomial in coefficients of the model, from one evaluation of currents
//! that all its terms share.
//!
//! The amplitudes of a model whose couplings are apart by powers of coefficients are
//! polynomials by coupling order; `|M|^2` is made of the products of any two of them.
//! Knows coupling orders; knows no value of a coefficient.

use super::kernel::{OrderProducts, run};
use super::recursion::ColourGraph;
use super::{AmplitudeError, Frame, MatrixElement, MatrixElementWorkspace, TChannelWidth};
use crate::diagram::{OrderLimits, Subprocess};
use crate::kinematics::{MomentumBatch, turn_z};
use crate::model::{Model, PolynomialModel};

/// Angle in radians by which momenta are turned where a result is not finite.
const ANGLE: f64 = 1.0;

/// A squared matrix element as a polynomial.
#[derive(Clone, Debug)]
pub struct PolynomialMatrixElement {
    element: MatrixElement,
    /// Powers of the coefficients, ascending.
    terms: Vec<Vec<u8>>,
    /// For each configuration two orders and the term that their product belongs to.
    pairs: Vec<Vec<[u32; 3]>>,
}

impl ColourGraph {
    /// Joins coupling orders of the same powers of coefficients and of the strong coupling;
    /// where products of orders are limited, only those of all the same powers.
    pub(super) fn join_orders(&mut self, model: &Model, limits: &OrderLimits) {
        let strong = model.strong_order();
        let counts =
            |k: usize| !limits.squared.is_empty() || Some(k) == strong || model.orders[k].is_code();
        let key = |k: usize| -> Vec<u8> {
            let powers = self.orders[k].iter().enumerate();
            powers.filter(|(k, _)| counts(*k)).map(|p| *p.1).collect()
        };
        let mut keys: Vec<(Vec<u8>, u64)> = Vec::new();
        let mut kept = Vec::new();
        let mut place = Vec::new();
        for k in 0..self.orders.len() {
            let own = (key(k), self.orders_vetoed[k]);
            let at = keys.iter().position(|known| *known == own);
            place.push(at.unwrap_or(keys.len()));
            if at.is_none() {
                keys.push(own);
                kept.push(k);
            }
        }
        for contraction in &mut self.contractions {
            contraction.order = place[contraction.order];
        }
        self.orders = kept.iter().map(|&k| self.orders[k].clone()).collect();
        self.orders_vetoed = kept.iter().map(|&k| self.orders_vetoed[k]).collect();
    }
}

impl PolynomialMatrixElement {
    /// Compiles a subprocess of a model whose couplings are apart by powers of coefficients.
    ///
    /// # Errors
    /// As for [`MatrixElement::compile`].
    pub fn compile(model: &PolynomialModel, sub: &Subprocess) -> Result<Self, AmplitudeError> {
        let mut element = MatrixElement::compile(&model.model, sub, Frame::Any)?;
        element.forget_graph();
        let powers: Vec<Vec<u8>> = (element.coupling_orders.iter())
            .map(|orders| model.exponents.decode(orders))
            .collect();
        let kept = element.pairs();
        let product = |&(a, b): &(usize, usize)| -> Vec<u8> {
            powers[a]
                .iter()
                .zip(&powers[b])
                .map(|(x, y)| x + y)
                .collect()
        };
        let mut terms: Vec<Vec<u8>> = kept.iter().map(product).collect();
        terms.sort_unstable();
        terms.dedup();
        let row = |pair: &(usize, usize)| {
            let own = terms.binary_search(&product(pair));
            own.expect("terms are those of the pairs") as u32
        };
        let all: Vec<[u32; 3]> = (kept.iter())
            .map(|pair| [pair.0 as u32, pair.1 as u32, row(pair)])
            .collect();
        let program = &element.program;
        let mut pairs = Vec::new();
        for c in &program.configurations {
            // Orders without a product vanish in the configuration.
            let mut present = vec![false; program.n_order];
            let mut end = c.shared[1];
            for k in 0..program.n_flow * program.n_order {
                let to = program.offsets[c.offsets + k];
                present[k % program.n_order] |= to > end;
                end = to;
            }
            let is_present = |pair: &&[u32; 3]| {
                let [a, b, _] = **pair;
                present[a as usize] && present[b as usize]
            };
            pairs.push(all.iter().filter(is_present).copied().collect());
        }
        Ok(Self {
            element,
            terms,
            pairs,
        })
    }

    /// Powers of the coefficients in each term, in ascending order.
    pub fn terms(&self) -> &[Vec<u8>] {
        &self.terms
    }

    /// The factor of each term of `me2`, `[n_term, n_batch]`, in GeV^(8 - 2 n_ext): with
    /// products of powers of the coefficients they add up to [`MatrixElement::me2`] of the
    /// model with these coefficients.
    ///
    /// `alpha_s`, if given, replaces the model's value point by point.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn me2(
        &self,
        momenta: &MomentumBatch,
        alpha_s: Option<&[f64]>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let n = momenta.n_batch;
        assert_eq!(out.len(), self.terms.len() * n, "[n_term, n_batch]");
        self.evaluate(momenta, alpha_s, width, work, out);
        let lost = not_finite(out, n);
        if lost.is_empty() {
            return;
        }
        work.repeated += lost.len() as u64;
        let some = turn_z(&momenta.select(&lost), ANGLE);
        let alpha_s: Option<Vec<f64>> = alpha_s.map(|a| lost.iter().map(|&k| a[k]).collect());
        let mut again = vec![0.0; self.terms.len() * lost.len()];
        self.evaluate(&some, alpha_s.as_deref(), width, work, &mut again);
        for (row, again) in out.chunks_mut(n).zip(again.chunks(lost.len())) {
            lost.iter().zip(again).for_each(|(&k, x)| row[k] = *x);
        }
    }

    fn evaluate(
        &self,
        momenta: &MomentumBatch,
        alpha_s: Option<&[f64]>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        let element = &self.element;
        element.scale_orders(alpha_s, momenta.n_batch, work);
        let mut total = vec![0.0; momenta.n_batch];
        let mut request = element.request(momenta, width, &work.order_scale, &mut total);
        request.products = Some(OrderProducts {
            pairs: &self.pairs,
            n_rows: self.terms.len(),
            out,
        });
        run(element.level, &mut request, &mut work.memory);
        element.average(out);
    }
}

/// Points for which any of the terms, `[n_term, n]`, is not finite. Row by row, as they lie in
/// memory: zero times a number that is not finite is not zero.
fn not_finite(terms: &[f64], n: usize) -> Vec<usize> {
    let mut marks = vec![0.0; n];
    for row in terms.chunks(n) {
        marks.iter_mut().zip(row).for_each(|(m, x)| *m += 0.0 * x);
    }
    (0..n).filter(|&k| marks[k] != 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_lost_with_any_term_that_is_not_finite() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let finite = [1.0, -0.0, f64::MAX, -f64::MIN_POSITIVE, 5e-324, 0.0];
        assert_eq!(not_finite(&finite.repeat(3), 6), [0; 0]);
        let terms = [
            [1.0, nan, 0.0, inf, 2.0],
            [1.0, 3.0, 0.0, -inf, f64::MAX],
            [-inf, 3.0, 0.0, 1.0, -1.0],
        ];
        assert_eq!(not_finite(terms.as_flattened(), 5), [0, 1, 3]);
    }
}
