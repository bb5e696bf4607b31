//! Squared matrix elements as polynomials in coefficients of the model.
//!
//! Which terms the subprocesses of a run have, and whether all of them are polynomials.
//! Knows models and diagrams; knows no event and no formula.

use std::collections::BTreeSet;

use crate::amplitude::{
    AmplitudeError, MatrixElementWorkspace, PolynomialMatrixElement, TChannelWidth,
};
use crate::card::Card;
use crate::compute::Watch;
use crate::diagram::{Diagrams, Subprocess};
use crate::error::Error;
use crate::event::Monomial;
use crate::kinematics::MomentumBatch;
use crate::model::{Model, ModelError, ModelSpec, ParameterOrigin, ParticleId, PolynomialModel};
use crate::process::ProcessSet;
use crate::weights::WeightError;

/// The key of a card that asks for a polynomial.
pub(super) const POLYNOMIAL: &str = "weights.polynomial";
/// Most terms of a polynomial: each is a number of every event.
const MOST_TERMS: usize = 1000;

/// The settings of a model with every input a number, so that nothing follows when one of
/// them changes: widths that were `auto` stay.
pub(super) fn explicit(spec: &ModelSpec, own: &Model) -> ModelSpec {
    let is_input = |o: &ParameterOrigin| matches!(o, ParameterOrigin::External { .. });
    let inputs = own.parameters.iter().filter(|p| is_input(&p.origin));
    ModelSpec {
        set: inputs.map(|p| (p.name.clone(), p.value.0)).collect(),
        param_card: None,
        ..spec.clone()
    }
}

/// A model by powers of coefficients, and the terms of its squared matrix elements.
#[derive(Clone, Debug)]
pub(crate) struct Expansion {
    model: PolynomialModel,
    /// Powers of the coefficients, by degree, then those of the first coefficients first.
    terms: Vec<Vec<u8>>,
}

impl Expansion {
    /// Takes the couplings of a model apart and finds the terms of the subprocesses; `key`
    /// is what asks for the coefficients.
    ///
    /// # Errors
    /// [`Error::Weight`] for names that are no inputs, that no subprocess depends on, or in
    /// which one is no polynomial, and for too many terms.
    pub(super) fn load(
        (key, names): (&'static str, &[String]),
        spec: &ModelSpec,
        lines: &[String],
        own: &Model,
        subprocesses: &[Subprocess],
    ) -> Result<Self, Error> {
        let refused = |name: &str, what: String| WeightError::Coefficient {
            key,
            name: name.to_owned(),
            what,
        };
        let of_model = |e: ModelError| match e {
            ModelError::Coefficient { name, problem } => refused(&name, problem),
            other => refused(&names.join(", "), other.to_string()),
        };
        let legs = subprocesses.iter().map(|sub| sub.legs.len()).max();
        let n_vertices = legs.map_or(1, |n| n.saturating_sub(2));
        let loaded = PolynomialModel::load(&explicit(spec, own), names, n_vertices);
        let model = loaded
            .and_then(|model| model.joined(lines, own))
            .map_err(of_model)?;
        let diagrams = Diagrams::new(&model.model)?;
        let mut terms = BTreeSet::new();
        for sub in subprocesses {
            let content = diagrams.content(sub);
            let object = |what: &str| {
                let process = sub.name(own);
                refused(&names.join(", "), format!("in '{process}' {what}"))
            };
            let inside = content.particles.iter().chain(&sub.legs);
            let mut objections = inside.filter_map(|&p| model.objection_to_particle(p));
            if let Some(what) = objections.next() {
                return Err(object(what).into());
            }
            for &at in &content.interactions {
                let interaction = diagrams.interaction(at);
                for &vertex in &interaction.vertices {
                    for term in &model.model.vertices[vertex].terms {
                        let orders = &model.model.couplings[term.coupling].orders;
                        let what = model
                            .objection_to_term(term.coupling, term.lorentz)
                            .filter(|_| interaction.powers.bytes(orders.len()) == *orders);
                        if let Some(what) = what {
                            return Err(object(what).into());
                        }
                    }
                }
            }
            terms.extend(products(&model, sub, &content.powers));
            if terms.len() > MOST_TERMS {
                return Err(refused(
                    &names.join(", "),
                    format!(
                        "found more than {MOST_TERMS} terms in {} coefficients, expected at most \
                         {MOST_TERMS}: fewer coefficients, or a limit on the coupling orders in \
                         the process line (NP=1)",
                        names.len()
                    ),
                )
                .into());
            }
        }
        let idle = |k: &usize| terms.iter().all(|t: &Vec<u8>| t[*k] == 0);
        if let Some(k) = (0..model.names.len()).find(idle) {
            let text = "no subprocess of the process lines depends on it".to_owned();
            return Err(refused(&model.names[k], text).into());
        }
        let mut terms: Vec<Vec<u8>> = terms.into_iter().collect();
        let degree = |t: &[u8]| t.iter().map(|p| u32::from(*p)).sum::<u32>();
        terms.sort_by(|a, b| degree(a).cmp(&degree(b)).then(b.cmp(a)));
        Ok(Self { model, terms })
    }

    /// A sentence on subprocesses that the model at the parameters of the card lacks, if
    /// other coefficients give rise to any.
    ///
    /// # Errors
    /// Those of [`ProcessSet::new`].
    pub(super) fn missing(
        &self,
        card: &Card,
        own: &ProcessSet,
        watch: Watch,
    ) -> Result<Option<String>, Error> {
        let (lines, defines) = (&card.process.generate, &card.process.define);
        let all = ProcessSet::watched(&self.model.model, lines, defines, watch)?;
        let identity = |sub: &Subprocess| {
            let (mut a, mut b) = (sub.legs.clone(), sub.legs[sub.n_in..].to_vec());
            a.truncate(sub.n_in);
            a.sort_unstable();
            b.sort_unstable();
            (a, b)
        };
        let known: BTreeSet<(Vec<ParticleId>, Vec<ParticleId>)> =
            subprocesses(own).map(|sub| identity(&sub)).collect();
        let new = subprocesses(&all).filter(|sub| !known.contains(&identity(sub)));
        let names: Vec<String> = new.map(|sub| sub.name(&self.model.model)).collect();
        let Some(first) = names.first() else {
            return Ok(None);
        };
        Ok(Some(format!(
            "{POLYNOMIAL}: {} subprocess(es), such as '{first}', vanish at the parameters of the \
             card and not with other coefficients: events have no part of them; give coefficients \
             values other than 0 in [model] set to have them",
            names.len()
        )))
    }

    /// Exact names of the coefficients.
    pub(super) fn names(&self) -> &[String] {
        &self.model.names
    }

    /// The terms as products of coefficients.
    pub(super) fn monomials(&self) -> Vec<Monomial> {
        let monomial = |powers: &Vec<u8>| Monomial {
            powers: powers.clone(),
        };
        self.terms.iter().map(monomial).collect()
    }

    pub(super) fn compile(
        &self,
        sub: &Subprocess,
    ) -> Result<PolynomialMatrixElement, AmplitudeError> {
        PolynomialMatrixElement::compile(&self.model, sub)
    }

    /// The factors of all terms, `[n_term, n_batch]`; 0 for those that a subprocess has not.
    pub(super) fn evaluate(
        &self,
        element: &PolynomialMatrixElement,
        (momenta, alpha_s): (&MomentumBatch, Option<&[f64]>),
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
    ) -> Vec<f64> {
        let n = momenta.n_batch;
        let mut own = vec![0.0; element.terms().len() * n];
        element.me2(momenta, alpha_s, width, work, &mut own);
        let mut all = vec![0.0; self.terms.len() * n];
        for (powers, row) in element.terms().iter().zip(own.chunks(n)) {
            let at = self.terms.iter().position(|t| t == powers);
            let at = at.expect("the terms of all subprocesses are known");
            all[at * n..(at + 1) * n].copy_from_slice(row);
        }
        all
    }

    /// The derivative with respect to coefficient `k` at its value in the model, from the
    /// factors of all terms at one point.
    pub(super) fn derivative(&self, k: usize, factors: &[f64]) -> f64 {
        let terms = self.terms.iter().zip(factors);
        terms
            .filter(|(powers, _)| powers[k] > 0)
            .map(|(powers, factor)| {
                let mut less = powers.clone();
                less[k] -= 1;
                f64::from(powers[k]) * factor * self.model.monomial(&less)
            })
            .sum()
    }
}

/// All subprocesses of a run.
pub(super) fn subprocesses(processes: &ProcessSet) -> impl Iterator<Item = Subprocess> + '_ {
    processes.elements.iter().flat_map(|e| {
        let flavours = e.flavours.iter();
        flavours.map(|f| f.subprocess(&e.subprocess).with_vetoes(|_| false))
    })
}

/// Powers of the coefficients in products of two amplitudes that count.
fn products(model: &PolynomialModel, sub: &Subprocess, powers: &[Vec<u8>]) -> BTreeSet<Vec<u8>> {
    let limits = &sub.filter.orders;
    let own: Vec<Vec<u8>> = powers.iter().map(|p| model.exponents.decode(p)).collect();
    let mut found = BTreeSet::new();
    for (k, (a, x)) in powers.iter().zip(&own).enumerate() {
        for (b, y) in powers[..=k].iter().zip(&own) {
            if limits.keeps_product(a, b) {
                found.insert(x.iter().zip(y).map(|(p, q)| p + q).collect());
            }
        }
    }
    found
}
