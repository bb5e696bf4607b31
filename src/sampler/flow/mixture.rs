//! A flow with a share of points from the grid behind it.
//!
//! Knows densities; knows no integrand. The share keeps every region that the
//! survey knew reachable, whatever the flow has learned; the density is that
//! of the mixture, so that estimates stay unbiased and weights bounded.
//! Source: T. Hesterberg, Technometrics 37 (1995) 185 (defensive mixtures).

use serde::{Deserialize, Serialize};

use super::flow::Flow;
use crate::integrand::SampleBatch;
use crate::rng::Stream;
use crate::sampler::density::{Sampler, resize};

/// `q = share * q_grid + (1 - share) * q_flow`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Mixture {
    flow: Flow,
    share: f64,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    share: f64,
    flow: Flow,
}

impl From<Mixture> for Stored {
    fn from(mixture: Mixture) -> Self {
        Self {
            share: mixture.share,
            flow: mixture.flow,
        }
    }
}

impl TryFrom<Stored> for Mixture {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        if !(0.0..=1.0).contains(&stored.share) {
            return Err("the share of grid points of a mixture lies in [0, 1]");
        }
        Ok(Self::new(stored.flow, stored.share))
    }
}

impl Mixture {
    /// Takes the given share of points, clamped to [0, 1], from the grid.
    pub fn new(flow: Flow, share: f64) -> Self {
        let mut mixture = Self { flow, share };
        mixture.set_share(share);
        mixture
    }

    /// The flow.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    pub(crate) fn flow_mut(&mut self) -> &mut Flow {
        &mut self.flow
    }

    /// Share of points from the grid.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// Changes the share, clamped to [0, 1].
    pub(crate) fn set_share(&mut self, share: f64) {
        let share = if share.is_finite() { share } else { 1.0 };
        self.share = share.clamp(0.0, 1.0);
    }

    /// The mixture of relative densities, the grid's being 1.
    pub(crate) fn mixed(&self, q_flow: f64) -> f64 {
        self.share + (1.0 - self.share) * q_flow
    }

    /// Points before the grid, `[n_dim, n]`, and their density relative to it.
    pub(crate) fn draw(&self, stream: &mut Stream, n: usize) -> (Vec<f64>, Vec<f64>) {
        let n_dim = self.flow.n_dim();
        let mut y = vec![0.0; n_dim * n];
        stream.fill(&mut y);
        let from_grid: Vec<bool> = (0..n).map(|_| stream.uniform() < self.share).collect();
        let mut q = vec![1.0; n];
        for grid in [false, true] {
            let chosen: Vec<usize> = (0..n).filter(|&k| from_grid[k] == grid).collect();
            let m = chosen.len();
            let mut part: Vec<f64> = (0..n_dim)
                .flat_map(|j| chosen.iter().map(move |&k| j * n + k))
                .map(|at| y[at])
                .collect();
            let mut q_part = vec![1.0; m];
            if grid {
                // The points stay; only their density under the flow is wanted.
                self.flow.transform::<false>(&mut part, &mut q_part);
            } else {
                self.flow.transform::<true>(&mut part, &mut q_part);
                for j in 0..n_dim {
                    for (i, &k) in chosen.iter().enumerate() {
                        y[j * n + k] = part[j * m + i];
                    }
                }
            }
            for (i, &k) in chosen.iter().enumerate() {
                q[k] = self.mixed(q_part[i]);
            }
        }
        (y, q)
    }
}

impl Sampler for Mixture {
    fn n_dim(&self) -> usize {
        self.flow.n_dim()
    }

    fn sample(&self, stream: &mut Stream, n: usize, batch: &mut SampleBatch, q: &mut Vec<f64>) {
        resize(batch, self.n_dim(), n);
        (batch.u, *q) = self.draw(stream, n);
        self.flow.apply_grid(&mut batch.u, q);
    }

    fn density(&self, batch: &SampleBatch, q: &mut Vec<f64>) {
        let mut y = self.flow.before_grid(batch, q);
        let mut q_flow = vec![1.0; batch.n_batch];
        self.flow.transform::<false>(&mut y, &mut q_flow);
        q.iter_mut()
            .zip(&q_flow)
            .for_each(|(q, f)| *q *= self.mixed(*f));
    }
}
