//! Steps down a gradient whose directions are told apart.
//!
//! The gradient of a layer is a matrix, inputs by outputs. Its inputs are far
//! from independent, nor are the numbers that make up one spline. So Adam does
//! not look at single weights but at the gradient turned into the eigenvectors
//! of its covariances, one among inputs (bias included), one among the numbers of a
//! spline; these follow the training. Knows layers and gradients; knows no flow.
//! Sources: 2409.11321 (SOAP), 1802.09568 (Shampoo), 1412.6980 (Adam).

use std::iter::repeat_n;

use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::sampler::flow::layout::{Layer, Layout, n_spline};

/// Memory of gradients and of their covariances, and of their squares in the
/// eigenvectors: they are means over the last `1 / (1 - MEMORY)` steps.
const MEMORY: f32 = 0.95;
/// Memory of squares before: few points make up a gradient then, and a step
/// must not be long because they are not among the last ones.
const LONG_MEMORY: f32 = 0.999;
/// Gradients below this part of the largest are rounding errors: a step does
/// not follow them with all its length.
const NEGLIGIBLE: f32 = 1e-4;
/// Steps between two looks for eigenvectors.
const PERIOD: i32 = 20;
/// Looks at the first gradient.
const FIRST_LOOKS: usize = 20;
/// Part of the largest eigenvalue that is added to all: directions without
/// gradients stay as they are.
const SHIFT: f32 = 1e-6;
/// More inputs are not told apart: the work grows with their third power.
const MOST_INPUTS: usize = 256;

/// What the steps so far have left, for all layers of a flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Soap {
    blocks: Vec<ParameterBlock>,
    /// Whether bases are in use.
    preconditioned: bool,
    /// Since they are, or since the beginning.
    n_steps: i32,
}

/// Outputs of a layer that belong together. Matrices are `[n_in + 1, n_out]`, the
/// biases last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ParameterBlock {
    part: Layer,
    inputs: Option<EigenBasis>,
    outputs: Option<EigenBasis>,
    /// Mean of gradients and of their squares, in the bases.
    mean: DMatrix<f32>,
    square: DMatrix<f32>,
}

/// Directions of one side of a matrix, `[n, n]`, the eigenvectors as columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct EigenBasis {
    covariance: DMatrix<f32>,
    vectors: DMatrix<f32>,
}

impl Soap {
    pub fn new(layout: &Layout) -> Self {
        let of_splines = layout.couplings.iter().flat_map(|c| {
            let (last, hidden) = c.network.layers.split_last().expect("a layer");
            let parts = parts(last, n_spline(layout.n_bins));
            whole(hidden).chain(parts.map(|part| ParameterBlock::new(part, true)))
        });
        let of_cells = layout.choices.iter().flat_map(|c| whole(&c.network.layers));
        Self {
            blocks: of_splines.chain(of_cells).collect(),
            preconditioned: false,
            n_steps: 0,
        }
    }

    /// Whether it belongs to the same layers as another.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        let shapes = |o: &Self| {
            o.blocks
                .iter()
                .map(ParameterBlock::shape)
                .collect::<Vec<_>>()
        };
        shapes(self) == shapes(other)
    }

    /// Changes parameters down their gradient, both `[n_parameters]`. Bases follow
    /// the gradients if `precondition` is set; before that happens for the first time, steps
    /// are those of Adam.
    pub(crate) fn step(
        &mut self,
        parameters: &mut [f32],
        gradient: &[f32],
        rate: f64,
        precondition: bool,
    ) {
        let first = precondition && !self.preconditioned;
        if first {
            self.preconditioned = true;
            self.n_steps = 0;
            self.blocks.iter_mut().for_each(ParameterBlock::forget);
        }
        self.n_steps = self.n_steps.saturating_add(1);
        let n_looks = match self.n_steps {
            _ if first => FIRST_LOOKS,
            n => usize::from(precondition && n % PERIOD == 0),
        };
        let memory = if self.preconditioned {
            MEMORY
        } else {
            LONG_MEMORY
        };
        let unbias = |memory: f32| (1.0 - f64::from(memory).powi(self.n_steps)) as f32;
        let unbias = unbias(MEMORY) / unbias(memory).sqrt();
        let changes: Vec<DMatrix<f32>> = self
            .blocks
            .par_iter_mut()
            .map(|block| block.change(gradient, n_looks, memory, unbias))
            .collect();
        for (block, change) in self.blocks.iter().zip(changes) {
            block.part.subtract(rate as f32, &change, parameters);
        }
    }
}

/// Layers whose outputs are not told apart.
fn whole(layers: &[Layer]) -> impl Iterator<Item = ParameterBlock> {
    layers
        .iter()
        .map(|layer| ParameterBlock::new(*layer, false))
}

/// A layer in parts of `n` outputs.
fn parts(layer: &Layer, n: usize) -> impl Iterator<Item = Layer> {
    let layer = *layer;
    (0..layer.n_out / n).map(move |k| Layer {
        n_out: n,
        w: layer.w + k * n * layer.n_in,
        b: layer.b + k * n,
        ..layer
    })
}

impl Layer {
    /// Its numbers of a list of all, `[n_in + 1, n_out]`.
    fn matrix(&self, all: &[f32]) -> DMatrix<f32> {
        let mut numbers = Vec::with_capacity((self.n_in + 1) * self.n_out);
        for k in 0..self.n_out {
            numbers.extend(&all[self.w + k * self.n_in..][..self.n_in]);
            numbers.push(all[self.b + k]);
        }
        DMatrix::from_vec(self.n_in + 1, self.n_out, numbers)
    }

    /// Subtracts `factor` times a matrix from its numbers of a list of all.
    fn subtract(&self, factor: f32, matrix: &DMatrix<f32>, all: &mut [f32]) {
        for (k, column) in matrix.as_slice().chunks(self.n_in + 1).enumerate() {
            let (bias, weights) = column.split_last().expect("a bias");
            let row = &mut all[self.w + k * self.n_in..][..self.n_in];
            for (x, change) in row.iter_mut().zip(weights) {
                *x -= factor * change;
            }
            all[self.b + k] -= factor * bias;
        }
    }
}

impl ParameterBlock {
    fn new(part: Layer, outputs: bool) -> Self {
        let (n_in, n_out) = (part.n_in + 1, part.n_out);
        Self {
            part,
            inputs: (n_in <= MOST_INPUTS).then(|| EigenBasis::new(n_in)),
            outputs: outputs.then(|| EigenBasis::new(n_out)),
            mean: DMatrix::zeros(n_in, n_out),
            square: DMatrix::zeros(n_in, n_out),
        }
    }

    fn shape(&self) -> impl PartialEq + use<> {
        let of = |basis: &Option<EigenBasis>| {
            let basis = basis.as_ref();
            basis.map(|b| (b.covariance.shape(), b.vectors.shape()))
        };
        let sides = (of(&self.inputs), of(&self.outputs));
        (self.part, sides, self.mean.shape(), self.square.shape())
    }

    /// Begins new means.
    fn forget(&mut self) {
        self.mean.fill(0.0);
        self.square.fill(0.0);
    }

    /// What a unit rate takes from the parameters; `memory` is that of squares,
    /// `unbias` makes up for the short time that means have been taken.
    fn change(
        &mut self,
        gradient: &[f32],
        n_looks: usize,
        memory: f32,
        unbias: f32,
    ) -> DMatrix<f32> {
        let gradient = self.part.matrix(gradient);
        let transposed = gradient.transpose();
        if let Some(inputs) = &mut self.inputs {
            inputs.see(&gradient, &transposed);
        }
        if let Some(outputs) = &mut self.outputs {
            outputs.see(&transposed, &gradient);
        }
        for () in repeat_n((), n_looks) {
            self.look();
        }
        let rotated = self.rotated(gradient, true);
        self.mean = &self.mean * MEMORY + &rotated * (1.0 - MEMORY);
        self.square
            .zip_apply(&rotated, |v, g| *v = memory * *v + (1.0 - memory) * g * g);
        let least = (NEGLIGIBLE * self.square.max().sqrt()).max(f32::MIN_POSITIVE);
        let step = self
            .mean
            .zip_map(&self.square, |m, v| m / (unbias * (v.sqrt() + least)));
        self.rotated(step, false)
    }

    /// A matrix into the bases, or out of them.
    fn rotated(&self, matrix: DMatrix<f32>, into: bool) -> DMatrix<f32> {
        let half = match &self.inputs {
            Some(inputs) if into => inputs.vectors.transpose() * matrix,
            Some(inputs) => &inputs.vectors * matrix,
            None => matrix,
        };
        match &self.outputs {
            Some(outputs) if into => half * &outputs.vectors,
            Some(outputs) => half * outputs.vectors.transpose(),
            None => half,
        }
    }

    /// Looks for the eigenvectors of now.
    fn look(&mut self) {
        if let Some(inputs) = &mut self.inputs
            && let Some((turn, order)) = inputs.look()
        {
            self.mean = turn.transpose() * &self.mean;
            self.square = self.square.select_rows(&order);
        }
        if let Some(outputs) = &mut self.outputs
            && let Some((turn, order)) = outputs.look()
        {
            self.mean = &self.mean * turn;
            self.square = self.square.select_columns(&order);
        }
    }
}

impl EigenBasis {
    fn new(n: usize) -> Self {
        Self {
            covariance: DMatrix::zeros(n, n),
            vectors: DMatrix::identity(n, n),
        }
    }

    /// Adds `matrix * transposed` to the covariance.
    fn see(&mut self, matrix: &DMatrix<f32>, transposed: &DMatrix<f32>) {
        self.covariance
            .gemm(1.0 - MEMORY, matrix, transposed, MEMORY);
    }

    /// One step of the orthogonal iteration towards the eigenvectors, the
    /// largest eigenvalue first. Returns the new vectors in terms of the old
    /// ones, and where each comes from; None without any gradient.
    fn look(&mut self) -> Option<(DMatrix<f32>, Vec<usize>)> {
        let image = &self.covariance * &self.vectors;
        let values: Vec<f32> = (0..image.ncols())
            .map(|k| image.column(k).dot(&self.vectors.column(k)))
            .collect();
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        let largest = values[*order.first()?];
        if largest.is_nan() || largest <= 0.0 {
            return None;
        }
        let shifted = image / largest + &self.vectors * SHIFT;
        let vectors = shifted.select_columns(&order).qr().q();
        let turn = self.vectors.transpose() * &vectors;
        self.vectors = vectors;
        Some((turn, order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};
    use crate::sampler::flow::FlowSettings;

    fn layout() -> Layout {
        let settings = FlowSettings {
            cells: vec![(1, 3)],
            n_bins: 4,
            n_units: 5,
            ..Default::default()
        };
        Layout::new(5, &settings)
    }

    fn random(n: usize, id: u64) -> Vec<f32> {
        let mut stream = Stream::new(1, Purpose::Test, 0, id);
        (0..n).map(|_| stream.uniform() as f32 - 0.5).collect()
    }

    fn largest(matrix: DMatrix<f32>) -> f32 {
        matrix.amax()
    }

    #[test]
    fn blocks_hold_every_parameter_once() {
        let layout = layout();
        let n = layout.n_parameters;
        let all: Vec<f32> = (0..n).map(|k| k as f32).collect();
        let mut rest = all.clone();
        for block in &Soap::new(&layout).blocks {
            let part = block.part;
            part.subtract(1.0, &part.matrix(&all), &mut rest);
        }
        assert_eq!(rest, vec![0.0; n]);
    }

    #[test]
    fn vectors_become_those_of_the_covariance() {
        let n = 7;
        let (values, turn) = (random(n, 1), DMatrix::from_vec(n, n, random(n * n, 2)));
        let turn = turn.qr().q();
        let values = DMatrix::from_fn(n, n, |i, k| if i == k { 0.5 + values[i] } else { 0.0 });
        let mut basis = EigenBasis::new(n);
        basis.covariance = &turn * values * turn.transpose();
        for _ in 0..200 {
            let old = basis.vectors.clone();
            let (turn, _) = basis.look().unwrap();
            assert!(largest(old * turn - &basis.vectors) < 1e-5);
        }
        let v = &basis.vectors;
        assert!(largest(v.transpose() * v - DMatrix::identity(n, n)) < 1e-5);
        let rotated = v.transpose() * &basis.covariance * v;
        for k in 0..n {
            assert!(k == 0 || rotated[(k, k)] <= rotated[(k - 1, k - 1)]);
            for i in (0..n).filter(|&i| i != k) {
                assert!(rotated[(i, k)].abs() < 1e-3, "{rotated}");
            }
        }
    }

    #[test]
    fn without_gradients_nothing_moves() {
        let layout = layout();
        let mut optimizer = Soap::new(&layout);
        let mut parameters = random(layout.n_parameters, 1);
        let before = parameters.clone();
        for step in 0..30 {
            optimizer.step(
                &mut parameters,
                &vec![0.0; layout.n_parameters],
                0.1,
                step > 10,
            );
        }
        assert_eq!(parameters, before);
    }

    #[test]
    fn before_bases_are_in_use_steps_are_those_of_adam() {
        let layout = layout();
        let n = layout.n_parameters;
        let mut optimizer = Soap::new(&layout);
        let mut parameters = vec![0.0; n];
        let (mut wanted, mut mean, mut square) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        for step in 1..=5 {
            let of_size = |g: f32| g + 0.5f32.copysign(g);
            let gradient: Vec<f32> = random(n, step).into_iter().map(of_size).collect();
            optimizer.step(&mut parameters, &gradient, 0.1, false);
            let unbias = |memory: f32| 1.0 - memory.powi(step as i32);
            for k in 0..n {
                mean[k] = MEMORY * mean[k] + (1.0 - MEMORY) * gradient[k];
                square[k] = LONG_MEMORY * square[k] + (1.0 - LONG_MEMORY) * gradient[k].powi(2);
                let root: f32 = (square[k] / unbias(LONG_MEMORY)).sqrt();
                wanted[k] -= 0.1 * mean[k] / (unbias(MEMORY) * root);
            }
        }
        for (found, wanted) in parameters.iter().zip(&wanted) {
            assert!((found - wanted).abs() < 1e-3, "{found} {wanted}");
        }
        optimizer.step(&mut parameters, &random(n, 9), 0.1, true);
        assert!(optimizer.preconditioned && optimizer.n_steps == 1);
    }

    /// A quadratic form whose inputs are nearly the same: Adam on single weights
    /// is slow there.
    #[test]
    fn narrow_valleys_are_no_obstacle() {
        let layer = Layer {
            n_in: 7,
            n_out: 4,
            w: 0,
            b: 28,
        };
        let n = 32;
        let wanted = random(n, 1);
        let points: Vec<Vec<f32>> = (0..100)
            .map(|k| {
                let small = random(7, 10 + k);
                let common = random(1, 1000 + k)[0];
                small.iter().map(|s| common + 0.03 * s).collect()
            })
            .collect();
        let output = |p: &[f32], x: &[f32], k: usize| {
            let w = &p[7 * k..7 * k + 7];
            w.iter().zip(x).map(|(w, x)| w * x).sum::<f32>() + p[28 + k]
        };
        let distance = |turned: bool| {
            let mut block = ParameterBlock::new(layer, turned);
            if !turned {
                block.inputs = None;
            }
            let mut optimizer = Soap {
                blocks: vec![block],
                preconditioned: false,
                n_steps: 0,
            };
            let mut p = vec![0.0; n];
            let mut last = 0.0;
            for step in 0..600 {
                let mut gradient = vec![0.0; n];
                last = 0.0;
                for x in &points {
                    for k in 0..4 {
                        let off = output(&p, x, k) - output(&wanted, x, k);
                        last += off * off;
                        gradient[28 + k] += off;
                        for (g, x) in gradient[7 * k..].iter_mut().zip(x) {
                            *g += off * x;
                        }
                    }
                }
                let rate = 0.02 * (1.0 - f64::from(step) / 600.0);
                optimizer.step(&mut p, &gradient, rate, turned);
            }
            last
        };
        let (turned, single) = (distance(true), distance(false));
        assert!(turned < 0.1 * single, "{turned} {single}");
    }
}
