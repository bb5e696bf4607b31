//! A normalizing flow on the unit hypercube, on top of a grid.
//!
//! Knows points and weights of networks; knows no integrand and no training.
//! A uniform point `z` becomes `y = flow(z)` and `x = grid(y)`, dimension by
//! dimension; the density is the product of both. With the parameters it
//! starts from, the flow is the identity and the sampler is the grid.

use serde::{Deserialize, Serialize};

use super::kernel::{FlowScratch, FusedFlow, POINTS};
use super::layout::Layout;
use super::settings::{FlowError, FlowSettings};
use crate::compute::SimdLevel;
use crate::integrand::SampleBatch;
use crate::rng::{Purpose, Stream};
use crate::sampler::axis::Axis;
use crate::sampler::density::{Sampler, resize};
use crate::sampler::vegas::Vegas;

/// A grid with a flow before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Flow {
    settings: FlowSettings,
    layout: Layout,
    /// The grid, `[n_dim]`; discrete dimensions have one bin per cell.
    base: Vec<Axis>,
    /// Base probability below each cell, per choice.
    cells: Vec<Vec<f64>>,
    parameters: Vec<f32>,
    level: SimdLevel,
}

/// What is stored of a flow.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    settings: FlowSettings,
    base: Vec<Axis>,
    parameters: Vec<f32>,
}

impl From<Flow> for Stored {
    fn from(flow: Flow) -> Self {
        Self {
            settings: flow.settings,
            base: flow.base,
            parameters: flow.parameters,
        }
    }
}

impl TryFrom<Stored> for Flow {
    type Error = FlowError;

    fn try_from(stored: Stored) -> Result<Self, FlowError> {
        let mut flow = Self::on(&stored.base, stored.settings)?;
        flow.set_parameters(&stored.parameters)?;
        Ok(flow)
    }
}

impl Flow {
    /// The flow that draws what `grid` draws, except that the density is flat
    /// within the cells of discrete dimensions; hidden layers are random.
    ///
    /// # Errors
    /// [`FlowError`] if a setting is out of range.
    pub fn new(grid: &Vegas, settings: FlowSettings, seed: u64) -> Result<Self, FlowError> {
        let mut flow = Self::on(grid.axes(), settings)?;
        flow.reinitialise(seed);
        Ok(flow)
    }

    /// Forgets what was learned: the density is that of the grid again.
    pub(crate) fn reinitialise(&mut self, seed: u64) {
        let mut stream = Stream::new(seed, Purpose::Network, 0, 0);
        self.parameters = self.layout.initial(&mut stream);
    }

    pub(crate) fn on(axes: &[Axis], settings: FlowSettings) -> Result<Self, FlowError> {
        settings.validate(axes.len())?;
        let mut base = axes.to_vec();
        let mut cells = Vec::new();
        for &(j, n_cells) in &settings.cells {
            base[j] = axes[j].in_cells(n_cells);
            cells.push(base[j].cdf().to_vec());
        }
        let layout = Layout::new(axes.len(), &settings);
        Ok(Self {
            parameters: vec![0.0; layout.n_parameters],
            level: SimdLevel::preferred()?,
            settings,
            layout,
            base,
            cells,
        })
    }

    /// The same flow, evaluated with another instruction set than the widest one or that
    /// which `OMNIS_SIMD` asks for.
    #[must_use]
    pub fn with_level(mut self, level: SimdLevel) -> Self {
        self.level = level;
        self
    }

    /// The settings it was built with.
    pub fn settings(&self) -> &FlowSettings {
        &self.settings
    }

    /// The grid behind the flow, `[n_dim]`.
    pub fn base(&self) -> &[Axis] {
        &self.base
    }

    /// All weights of all networks, one behind the other.
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// Replaces all weights.
    ///
    /// # Errors
    /// [`FlowError::Shape`] for a wrong number of them,
    /// [`FlowError::NotFinite`] if one is NaN or infinite.
    pub fn set_parameters(&mut self, parameters: &[f32]) -> Result<(), FlowError> {
        if parameters.len() != self.layout.n_parameters {
            return Err(FlowError::Shape {
                name: "parameters".to_owned(),
                found: parameters.len(),
                expected: self.layout.n_parameters,
            });
        }
        if !parameters.iter().all(|p| p.is_finite()) {
            return Err(FlowError::NotFinite {
                name: "parameters".to_owned(),
            });
        }
        self.parameters.copy_from_slice(parameters);
        Ok(())
    }

    /// Cells of a discrete dimension that points before the grid lie in.
    #[cfg(feature = "burn")]
    pub(crate) fn cells_of(&self, dimension: usize, y: &[f32]) -> Vec<usize> {
        let cdf = self.base[dimension].cdf();
        y.iter()
            .map(|&y| cdf[1..cdf.len() - 1].partition_point(|&c| c <= f64::from(y)))
            .collect()
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn program(&self) -> FusedFlow<'_> {
        FusedFlow {
            layout: &self.layout,
            parameters: &self.parameters,
            cells: &self.cells,
        }
    }

    pub(crate) fn level(&self) -> SimdLevel {
        self.level
    }

    /// Before the grid: uniform numbers become points (`DRAW`), or points the
    /// uniform numbers they come from; `x` is `[n_dim, n]`, in place, and `q`,
    /// `[n]`, becomes the density.
    pub(crate) fn transform<const DRAW: bool>(&self, x: &mut [f64], q: &mut [f64]) {
        let n = q.len();
        let mut space = FlowScratch::new(&self.layout);
        for first in (0..n).step_by(POINTS) {
            let here = POINTS.min(n - first);
            for j in 0..self.layout.n_dim {
                space.x[j * POINTS..j * POINTS + here]
                    .copy_from_slice(&x[j * n + first..j * n + first + here]);
            }
            space.q.fill(1.0);
            self.program().run::<DRAW>(self.level, &mut space);
            for j in 0..self.layout.n_dim {
                x[j * n + first..j * n + first + here]
                    .copy_from_slice(&space.x[j * POINTS..j * POINTS + here]);
            }
            q[first..first + here].copy_from_slice(&space.q[..here]);
        }
    }

    /// Points before the grid, `[n_dim, n]`, and the density `q` of the grid.
    pub(crate) fn before_grid(&self, batch: &SampleBatch, q: &mut Vec<f64>) -> Vec<f64> {
        q.clear();
        q.resize(batch.n_batch, 1.0);
        let mut y = Vec::with_capacity(batch.u.len());
        for (j, axis) in self.base.iter().enumerate() {
            for (&x, q) in batch.coordinate(j).iter().zip(q.iter_mut()) {
                let (below, density) = axis.below_and_density(x);
                y.push(below);
                *q *= density;
            }
        }
        y
    }

    /// Applies the grid to `[n_dim, n]` points in place and multiplies `q`.
    pub(crate) fn apply_grid(&self, y: &mut [f64], q: &mut [f64]) {
        let n = q.len();
        if n == 0 {
            return;
        }
        for (axis, y) in self.base.iter().zip(y.chunks_mut(n)) {
            for (y, q) in y.iter_mut().zip(q.iter_mut()) {
                let (x, density) = axis.quantile(*y);
                *y = x;
                *q *= density;
            }
        }
    }
}

impl Sampler for Flow {
    fn n_dim(&self) -> usize {
        self.layout.n_dim
    }

    fn sample(&self, stream: &mut Stream, n: usize, batch: &mut SampleBatch, q: &mut Vec<f64>) {
        resize(batch, self.layout.n_dim, n);
        stream.fill(&mut batch.u);
        q.clear();
        q.resize(n, 1.0);
        self.transform::<true>(&mut batch.u, q);
        self.apply_grid(&mut batch.u, q);
    }

    fn density(&self, batch: &SampleBatch, q: &mut Vec<f64>) {
        let mut y = self.before_grid(batch, q);
        let mut q_flow = vec![1.0; batch.n_batch];
        self.transform::<false>(&mut y, &mut q_flow);
        q.iter_mut().zip(&q_flow).for_each(|(q, f)| *q *= f);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::vegas::VegasSettings;
    use std::process::Command;

    fn flow() -> Result<Flow, FlowError> {
        Flow::new(
            &Vegas::new(2, VegasSettings::default()),
            FlowSettings::default(),
            1,
        )
    }

    /// Runs itself with the variable set, and with what is to come of it.
    #[test]
    fn new_flows_obey_the_variable_of_instruction_sets() {
        const WANTED: &str = "OMNIS_TEST_WANTED";
        if let Ok(wanted) = std::env::var(WANTED) {
            let found = flow().map_or_else(|e| e.to_string(), |f| f.level().name().to_owned());
            assert!(found.starts_with(&wanted), "{found}");
            return;
        }
        let check = |value: &str, wanted: &str| {
            let path =
                "sampler::flow::flow::tests::new_flows_obey_the_variable_of_instruction_sets";
            let output = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", path])
                .env("OMNIS_SIMD", value)
                .env(WANTED, wanted)
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains("1 passed"), "{value}: {text}");
        };
        for level in SimdLevel::available() {
            check(level.name(), level.name());
        }
        check("auto", SimdLevel::best().name());
        check("avx3", "OMNIS_SIMD = 'avx3': expected auto");
    }
}
