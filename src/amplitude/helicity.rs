//! Helicities drawn instead of summed, exact in expectation.
//!
//! Knows how to evaluate single configurations; who chooses the probabilities, and
//! whether drawing pays, is decided elsewhere.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::program::lay_out;
use super::{MatrixElement, MatrixElementWorkspace, TChannelWidth};
use crate::kinematics::MomentumBatch;
use std::sync::Arc;

/// Whether helicities are summed at every point or drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HelicityMode {
    /// Summed, or drawn where that is expected to save time.
    #[default]
    Auto,
    /// Summed.
    Sum,
    /// Drawn everywhere, one configuration for each point.
    Sample,
}

impl HelicityMode {
    /// The name in cards.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Sum => "sum",
            Self::Sample => "sample",
        }
    }
}

/// One matrix element for each helicity configuration, or for each pair that
/// parity relates, with the probabilities of drawing them.
#[derive(Clone, Debug)]
pub struct HelicitySampling {
    elements: Vec<MatrixElement>,
    /// Sums of the probabilities up to and with each element; the last is 1.
    cumulative: Vec<f64>,
}

impl MatrixElement {
    /// Prepares drawing of helicities, all with the same probability.
    pub fn helicity_sampling(&self) -> HelicitySampling {
        let Some(whole) = &self.graph else {
            return HelicitySampling {
                elements: vec![self.clone()],
                cumulative: vec![1.0],
            };
        };
        let n = whole.configurations.len();
        let one = |k: usize| {
            let graph = whole.restricted_to(k);
            let p = &self.program;
            let (masses, powers) = (p.masses.clone(), p.qcd_powers.clone());
            MatrixElement {
                program: lay_out(&graph, masses, p.n_in, powers, Arc::clone(&p.colour)),
                graph: None,
                flows: Arc::clone(&self.flows),
                combinations: Arc::clone(&self.combinations),
                coupling_orders: Arc::clone(&self.coupling_orders),
                vetoed: Arc::clone(&self.vetoed),
                orders_vetoed: Arc::clone(&self.orders_vetoed),
                limits: Arc::clone(&self.limits),
                selection: Arc::clone(&self.selection),
                ..*self
            }
        };
        HelicitySampling {
            elements: (0..n).into_par_iter().map(one).collect(),
            cumulative: (1..=n).map(|k| k as f64 / n as f64).collect(),
        }
    }
}

impl HelicitySampling {
    /// Number of choices.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// The matrix element of one choice alone, not divided by its probability.
    pub fn element(&self, choice: usize) -> &MatrixElement {
        &self.elements[choice]
    }

    /// Additions and multiplications per point, on average.
    pub(crate) fn mean_flops(&self) -> f64 {
        let pairs = self.elements.iter().zip(self.probabilities());
        pairs.map(|(e, p)| p * e.size().flops as f64).sum()
    }

    /// Whether there is nothing to choose from.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// Helicity configurations that a choice stands for.
    pub fn helicities(&self, choice: usize) -> Vec<&[i8]> {
        self.elements[choice].helicities()
    }

    /// Probability of each choice.
    pub fn probabilities(&self) -> Vec<f64> {
        let before = std::iter::once(0.0).chain(self.cumulative.iter().copied());
        let pairs = self.cumulative.iter().zip(before);
        pairs.map(|(after, before)| after - before).collect()
    }

    /// Changes the probabilities: proportional to `weights`.
    ///
    /// # Panics
    /// Unless there is one finite, positive weight for each choice: a choice that
    /// is never drawn would be missing in the sum.
    pub fn set_weights(&mut self, weights: &[f64]) {
        assert_eq!(weights.len(), self.len(), "one weight for each choice");
        assert!(
            weights.iter().all(|w| w.is_finite() && *w > 0.0),
            "every choice must be possible"
        );
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        for (c, w) in self.cumulative.iter_mut().zip(weights) {
            sum += w / total;
            *c = sum;
        }
        if let Some(last) = self.cumulative.last_mut() {
            *last = 1.0;
        }
    }

    /// The choice that `u` in [0, 1) stands for.
    pub fn choose(&self, u: f64) -> usize {
        let at = self.cumulative.partition_point(|&c| c <= u);
        at.min(self.len() - 1)
    }

    /// `me2` of the configurations that `u` chooses, over their probability: the
    /// mean over `u` is the sum over helicities. All slices are `[n_batch]`.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn me2(
        &self,
        momenta: &MomentumBatch,
        u: &[f64],
        alpha_s: Option<&[f64]>,
        width: TChannelWidth,
        work: &mut MatrixElementWorkspace,
        out: &mut [f64],
    ) {
        assert_eq!(momenta.n_batch, out.len(), "number of points");
        self.by_choice(momenta, u, |element, index, some, p| {
            let alpha_s: Option<Vec<f64>> = alpha_s.map(|a| index.iter().map(|&k| a[k]).collect());
            let mut me2 = vec![0.0; index.len()];
            element.me2(some, alpha_s.as_deref(), width, work, &mut me2);
            for (&k, x) in index.iter().zip(me2) {
                out[k] = x / p;
            }
        });
    }

    /// Calls `evaluate` for every choice that occurs: its matrix element, the places of
    /// its points, their momenta, and its probability.
    pub(super) fn by_choice(
        &self,
        momenta: &MomentumBatch,
        u: &[f64],
        mut evaluate: impl FnMut(&MatrixElement, &[usize], &MomentumBatch, f64),
    ) {
        assert_eq!(u.len(), momenta.n_batch, "number of points");
        let mut points: Vec<Vec<usize>> = vec![vec![]; self.len()];
        for (k, &u) in u.iter().enumerate() {
            points[self.choose(u)].push(k);
        }
        let probabilities = self.probabilities();
        for ((element, index), p) in self.elements.iter().zip(&points).zip(probabilities) {
            if index.is_empty() {
                continue;
            }
            evaluate(element, index, &momenta.select(index), p);
        }
    }
}
