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
use crate::sampler::channel_sampler::ChannelDensity;
use crate::sampler::density::{Sampler, resize};

/// `q = fraction * q_grid + (1 - fraction) * q_flow`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Mixture {
    flow: Flow,
    grid_fraction: f64,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    grid_fraction: f64,
    flow: Flow,
}

impl From<Mixture> for Stored {
    fn from(mixture: Mixture) -> Self {
        Self {
            grid_fraction: mixture.grid_fraction,
            flow: mixture.flow,
        }
    }
}

impl TryFrom<Stored> for Mixture {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        if !(0.0..=1.0).contains(&stored.grid_fraction) {
            return Err("the share of grid points of a mixture lies in [0, 1]");
        }
        Ok(Self::new(stored.flow, stored.grid_fraction))
    }
}

impl Mixture {
    /// The name under which it is stored.
    pub(in crate::sampler) const NAME: &str = "flow";

    /// From the file of the flow and what was stored beside it.
    ///
    /// # Errors
    /// What is wrong with either.
    pub(in crate::sampler) fn from_file(
        rest: serde_json::Value,
        file: &[u8],
    ) -> Result<Self, String> {
        let rest: Rest = serde_json::from_value(rest).map_err(|e| e.to_string())?;
        let flow = Flow::from_safetensors(file).map_err(|e| e.to_string())?;
        let found = (flow.n_dim(), flow.parameters().len());
        if found != (rest.n_dim, rest.n_parameters) {
            return Err(format!(
                "{} where {} are expected",
                size_text(found.0, found.1),
                size_text(rest.n_dim, rest.n_parameters)
            ));
        }
        let stored = Stored {
            grid_fraction: rest.grid_fraction,
            flow,
        };
        Self::try_from(stored).map_err(str::to_owned)
    }

    /// Takes the given share of points, clamped to [0, 1], from the grid.
    pub fn new(flow: Flow, fraction: f64) -> Self {
        let mut mixture = Self {
            flow,
            grid_fraction: fraction,
        };
        mixture.set_grid_fraction(fraction);
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
    pub(crate) fn grid_fraction(&self) -> f64 {
        self.grid_fraction
    }

    /// Changes the share, clamped to [0, 1].
    pub(crate) fn set_grid_fraction(&mut self, fraction: f64) {
        let fraction = if fraction.is_finite() { fraction } else { 1.0 };
        self.grid_fraction = fraction.clamp(0.0, 1.0);
    }

    /// The mixture of relative densities, the grid's being 1.
    pub(crate) fn mixed(&self, q_flow: f64) -> f64 {
        self.grid_fraction + (1.0 - self.grid_fraction) * q_flow
    }

    /// Points before the grid, `[n_dim, n]`, and their density relative to it.
    pub(crate) fn draw(&self, stream: &mut Stream, n: usize) -> (Vec<f64>, Vec<f64>) {
        let n_dim = self.flow.n_dim();
        let mut y = vec![0.0; n_dim * n];
        stream.fill(&mut y);
        let from_grid: Vec<bool> = (0..n)
            .map(|_| stream.uniform() < self.grid_fraction)
            .collect();
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

impl ChannelDensity for Mixture {
    fn kind(&self) -> &'static str {
        Self::NAME
    }

    fn state(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("plain numbers")
    }

    fn state_and_file(&self) -> (serde_json::Value, Option<Vec<u8>>) {
        let rest = Rest {
            grid_fraction: self.grid_fraction,
            n_dim: self.n_dim(),
            n_parameters: self.flow.parameters().len(),
        };
        let rest = serde_json::to_value(rest).expect("plain numbers");
        (rest, Some(self.flow.to_safetensors()))
    }

    fn description(&self) -> String {
        format!(
            "{}, {:.1} % of points from the grid",
            size_text(self.n_dim(), self.flow.parameters().len()),
            100.0 * self.grid_fraction
        )
    }

    fn boxed_clone(&self) -> Box<dyn ChannelDensity> {
        Box::new(self.clone())
    }
}

/// What is stored beside the file of a flow.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rest {
    grid_fraction: f64,
    n_dim: usize,
    n_parameters: usize,
}

fn size_text(n_dim: usize, n_parameters: usize) -> String {
    format!("{n_dim} dimensions, {n_parameters} parameters")
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
