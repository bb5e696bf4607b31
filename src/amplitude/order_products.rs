//! `|M|^2` as a polynomial in coefficients of the model, from one evaluation of currents
//! that all its terms share.
//!
//! The amplitudes of a model whose couplings are apart by powers of coefficients are
//! polynomials by coupling order; `|M|^2` is made of the products of any two of them.
//! Knows coupling orders; knows no value of a coefficient.

use super::kernel::{OrderProducts, ProductsOf, run};
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
    /// The products of orders in each configuration, each with its term.
    products: Vec<Vec<ProductsOf>>,
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
        let mut products = Vec::new();
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
            let here: Vec<[u32; 3]> = all.iter().filter(is_present).copied().collect();
            let of_one = |pairs: &[[u32; 3]]| {
                let (square, others) = match pairs {
                    [[a, b, row], others @ ..] if a == b => (Some(*row), others),
                    others => (None, others),
                };
                ProductsOf {
                    order: pairs[0][0],
                    square,
                    others: others.iter().map(|p| [p[1], p[2]]).collect(),
                }
            };
            products.push(here.chunk_by(|x, y| x[0] == y[0]).map(of_one).collect());
        }
        Ok(Self {
            element,
            terms,
            products,
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
        let lost = self.evaluate(momenta, alpha_s, width, work, out);
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

    /// The terms; returns the points at which one of them is not finite.
    fn evaluate(
        &self,
        momenta: &MomentumBatch,
        alpha_s: Option<&[f64]>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) -> Vec<usize> {
        let element = &self.element;
        element.scale_orders(alpha_s, momenta.n_batch, work);
        let mut marks = vec![0.0; momenta.n_batch];
        let mut request = element.request(momenta, width, &work.order_scale, &mut marks);
        request.products = Some(OrderProducts {
            of: &self.products,
            n_rows: self.terms.len(),
            scale: 1.0 / element.denominator,
            out,
        });
        run(element.level, &mut request, &mut work.memory);
        (0..marks.len()).filter(|&k| marks[k] != 0.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::probe;
    use super::*;
    use crate::model::ModelSpec;

    #[test]
    fn points_whose_terms_are_not_finite_are_evaluated_again_and_alone() {
        let (spec, lines) = (ModelSpec::default(), ["t t~ > h h".to_owned()]);
        let own = Model::load(&spec).unwrap();
        let model = PolynomialModel::load(&spec, &["ymt".to_owned()], 2).unwrap();
        let model = model.joined(&lines, &own).unwrap();
        let legs = ["t", "t~", "h", "h"].map(|name| model.model.by_name(name).unwrap());
        let sub = Subprocess::new(legs.to_vec(), 2);
        let element = PolynomialMatrixElement::compile(&model, &sub).unwrap();
        let masses: Vec<f64> = (sub.legs.iter().map(|&p| model.model.particle(p).mass)).collect();
        let (n, n_terms) = (19, element.terms().len());
        let mut momenta = probe::points(&masses, 2, n, true);
        let mut work = MatrixElementWorkspace::default();
        let mut of = |momenta: &MomentumBatch| {
            let mut out = vec![0.0; n_terms * n];
            element.me2(momenta, None, TChannelWidth::Off, &mut work, &mut out);
            (out, work.repeated())
        };
        let (want, repeated) = of(&momenta);
        assert_eq!((repeated, n_terms), (0, 3));
        for k in [4, 18] {
            momenta.set(2, k, [f64::NAN; 4]);
        }
        let (found, repeated) = of(&momenta);
        assert_eq!(repeated, 2);
        for (at, (found, want)) in found.iter().zip(want).enumerate() {
            match at % n {
                4 | 18 => assert!(found.is_nan(), "{at}"),
                _ => assert_eq!(*found, want, "{at}"),
            }
        }
    }
}
