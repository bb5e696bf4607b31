//! Training through burn, on any device it has a back end for.
//!
//! Knows tensors; knows no integrand. Gradients come from the device as one
//! tensor in the order of the flow; the step itself is that of the fused loop.

use burn::backend::Autodiff;
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData, activation};

use super::learner::{Batch, Learner, LearnerState, PointLoss, StepOutcome, StepParams};
use super::tensor_spline::splines;
use crate::sampler::flow::dense::LEAK;
use crate::sampler::flow::kernel::SCALE;
use crate::sampler::flow::layout::{Conditioner, Layer, n_spline};
use crate::sampler::flow::spline::LEAST_CELL;
use crate::sampler::flow::{Flow, FlowError};

/// Gradient descent on the parameters of one flow, as tensors of a back end.
pub(crate) struct TensorLearner<B: Backend> {
    flow: Flow,
    device: B::Device,
    /// `[n_parameters]`, those of the state.
    parameters: Tensor<B, 1>,
    state: LearnerState,
    saved: LearnerState,
}

/// Weights `[n_out, n_in]` and biases `[n_out, 1]` of a layer, as leaves.
struct Leaf<B: Backend> {
    /// None without inputs.
    w: Option<Tensor<Autodiff<B>, 2>>,
    b: Tensor<Autodiff<B>, 2>,
    /// Parts that the rows were taken from in turn.
    n_parts: usize,
}

/// Rows of `n_parts` parts, one part behind the other, to the first rows of all
/// parts, then the second rows, and so on.
fn exchange<B: Backend>(x: Tensor<B, 2>, n_parts: usize) -> Tensor<B, 2> {
    let [rows, columns] = x.dims();
    if n_parts == 1 || n_parts == rows {
        return x;
    }
    x.reshape([n_parts, rows / n_parts, columns])
        .swap_dims(0, 1)
        .reshape([rows, columns])
}

impl<B: Backend> TensorLearner<B> {
    pub fn new(flow: &Flow, device: B::Device) -> Self {
        let state = LearnerState::new(flow);
        Self {
            flow: flow.clone(),
            parameters: tensor(&state.parameters, &device),
            device,
            saved: state.clone(),
            state,
        }
    }

    /// The layers of a network whose outputs come in `n_parts` parts; here equal
    /// numbers of all parts stand together, as the splines want them.
    fn leaves(&self, network: &Conditioner, n_parts: usize) -> Vec<Leaf<B>> {
        let n_layers = network.layers.len();
        let part = |from: usize, rows: usize, columns: usize, n_parts: usize| {
            let flat = self.parameters.clone();
            let inner = flat
                .slice(from..from + rows * columns)
                .reshape([rows, columns]); // [rows, columns]
            let inner = exchange(inner, n_parts);
            Tensor::<Autodiff<B>, 2>::from_inner(inner).require_grad()
        };
        let leaf = |(k, l): (usize, &Layer)| {
            let n_parts = if k + 1 == n_layers { n_parts } else { 1 };
            Leaf {
                w: (l.n_in > 0).then(|| part(l.w, l.n_out, l.n_in, n_parts)),
                b: part(l.b, l.n_out, 1, n_parts),
                n_parts,
            }
        };
        network.layers.iter().enumerate().map(leaf).collect()
    }

    fn constant<const D: usize>(
        &self,
        values: Vec<f32>,
        shape: [usize; D],
    ) -> Tensor<Autodiff<B>, D> {
        Tensor::from_inner(Tensor::<B, D>::from_data(
            TensorData::new(values, shape),
            &self.device,
        ))
    }

    fn indices(&self, list: &[usize]) -> Tensor<Autodiff<B>, 1, Int> {
        let list: Vec<i32> = list.iter().map(|&i| i as i32).collect();
        Tensor::from_data(TensorData::from(list.as_slice()), &self.device)
    }

    /// Log density of a batch, `[n]`, and the leaves it depends on.
    fn log_density(&self, batch: Batch<'_>) -> (Tensor<Autodiff<B>, 1>, Vec<Vec<Leaf<B>>>) {
        let layout = self.flow.layout();
        let n = batch.n;
        let leaves: Vec<Vec<Leaf<B>>> = layout
            .networks()
            .iter()
            .enumerate()
            .map(|(k, (_, network))| {
                let coupling = layout.couplings.get(k);
                self.leaves(network, coupling.map_or(1, |c| c.transformed.len()))
            })
            .collect();
        let mut log_q = self.constant(vec![0.0; n], [n]); // [n]
        let n_couplings = layout.couplings.len();
        for i in 0..layout.choices.len() {
            log_q = log_q + self.choice(i, batch, &leaves[n_couplings + i]);
        }
        let mut x = self.constant(batch.y.to_vec(), [layout.n_dim, n]); // [n_dim, n]
        for (coupling, leaves) in layout.couplings.iter().zip(&leaves).rev() {
            let m = coupling.transformed.len();
            let seen = (!coupling.conditioning.is_empty())
                .then(|| x.clone().select(0, self.indices(&coupling.conditioning))); // [n_seen, n]
            let changed = x.clone().select(0, self.indices(&coupling.transformed)); // [n_changed, n]
            let centred = |x: Tensor<Autodiff<B>, 2>| x.add_scalar(-0.5).mul_scalar(SCALE);
            let input = seen.clone().map(centred); // [n_seen, n]
            let raw = run(leaves, input, n).reshape([n_spline(layout.n_bins), m, n]); // [3 n_bins + 1, n_changed, n]
            let out = splines::<B>(raw, changed.reshape([1, m, n]), layout.n_bins); // [2, n_changed, n]
            let value = out.clone().slice([0..1, 0..m, 0..n]).reshape([m, n]); // [n_changed, n]
            let slopes = out.slice([1..2, 0..m, 0..n]).reshape([m, n]); // [n_changed, n]
            log_q = log_q + slopes.sum_dim(0).reshape([n]); // [n]
            // Put the rows back where they came from.
            let mut order = coupling.transformed.clone();
            order.extend(&coupling.conditioning);
            order.extend(layout.choices.iter().map(|c| c.dimension));
            let mut rows = vec![value];
            rows.extend(seen);
            if !layout.choices.is_empty() {
                let kept: Vec<usize> = layout.choices.iter().map(|c| c.dimension).collect();
                rows.push(x.select(0, self.indices(&kept)));
            }
            let mut back = vec![0; layout.n_dim];
            for (at, &j) in order.iter().enumerate() {
                back[j] = at;
            }
            x = Tensor::cat(rows, 0).select(0, self.indices(&back)); // [n_dim, n]
        }
        (log_q, leaves)
    }

    /// Log density of the cells of one choice, `[n]`.
    fn choice(&self, i: usize, batch: Batch<'_>, leaves: &[Leaf<B>]) -> Tensor<Autodiff<B>, 1> {
        let layout = self.flow.layout();
        let (n, choice) = (batch.n, &layout.choices[i]);
        let row = |j: usize| &batch.y[j * n..(j + 1) * n];
        let mut input: Vec<f32> = Vec::new();
        for &j in &layout.continuous {
            input.extend(row(j).iter().map(|&y| (y - 0.5) * SCALE as f32));
        }
        let mut n_seen = layout.continuous.len();
        for before in &layout.choices[..i] {
            let taken = self.flow.cells_of(before.dimension, row(before.dimension));
            input.extend(one_hot(&taken, before.n_cells));
            n_seen += before.n_cells;
        }
        let taken = self.flow.cells_of(choice.dimension, row(choice.dimension));
        let base: Vec<f32> = self.flow.base()[choice.dimension]
            .cdf()
            .windows(2)
            .map(|c| (c[1] - c[0]) as f32)
            .collect();
        let input = (n_seen > 0).then(|| self.constant(input, [n_seen, n])); // [n_seen, n]
        let raw = run(leaves, input, n); // [n_cells, n]
        let top = raw.clone().detach().max_dim(0); // [1, n]
        let e = (raw - top).exp(); // [n_cells, n]
        let sum = (e.clone() * self.constant(base, [choice.n_cells, 1])).sum_dim(0); // [1, n]
        let mask = self.constant(one_hot(&taken, choice.n_cells), [choice.n_cells, n]);
        let density = (e * mask).sum_dim(0) / sum; // [1, n]
        density
            .mul_scalar(1.0 - LEAST_CELL)
            .add_scalar(LEAST_CELL)
            .log()
            .reshape([n])
    }

    /// Loss and gradient, `[n_parameters]`.
    fn gradient(&self, batch: Batch<'_>, loss: PointLoss<'_>) -> Option<(f64, Tensor<B, 1>)> {
        let (log_q, leaves) = self.log_density(batch);
        let values: Vec<f32> = log_q.clone().inner().into_data().to_vec().ok()?;
        let mut sum = 0.0;
        let mut slopes = Vec::with_capacity(batch.n);
        for (k, &log_q) in values.iter().enumerate() {
            let (value, slope) = loss(k, log_q);
            sum += value;
            slopes.push(slope);
        }
        if !(sum.is_finite() && slopes.iter().all(|s| s.is_finite())) {
            return None;
        }
        let slopes = self.constant(slopes, [batch.n]); // [n]
        let grads = (log_q * slopes).sum().backward();
        let mut parts = Vec::new();
        for leaf in leaves.iter().flatten() {
            for tensor in leaf.w.iter().chain([&leaf.b]) {
                let n = tensor.dims().iter().product::<usize>();
                let grad = tensor
                    .grad(&grads)
                    .unwrap_or_else(|| tensor.clone().inner().zeros_like());
                let [rows, _] = grad.dims();
                let back = exchange(grad, rows / leaf.n_parts);
                parts.push(back.reshape([n])); // [n_out * n_in]
            }
        }
        Some((sum, Tensor::cat(parts, 0))) // [n_parameters]
    }
}

fn one_hot(taken: &[usize], n_cells: usize) -> Vec<f32> {
    (0..n_cells)
        .flat_map(|k| taken.iter().map(move |&t| f32::from(u8::from(t == k))))
        .collect()
}

/// A network at `[n_in, n]`, to `[n_out, n]`; without inputs only its biases
/// count.
fn run<B: Backend>(
    leaves: &[Leaf<B>],
    input: Option<Tensor<Autodiff<B>, 2>>,
    n: usize,
) -> Tensor<Autodiff<B>, 2> {
    let layer = |leaf: &Leaf<B>, x: Option<Tensor<Autodiff<B>, 2>>| match (&leaf.w, x) {
        (Some(w), Some(x)) => w.clone().matmul(x) + leaf.b.clone(), // [n_out, n]
        _ => leaf.b.clone().expand([leaf.b.dims()[0], n]),          // [n_out, n]
    };
    let mut x = layer(&leaves[0], input);
    for leaf in &leaves[1..] {
        x = layer(leaf, Some(activation::leaky_relu(x, f64::from(LEAK))));
    }
    x
}

impl<B: Backend> Learner for TensorLearner<B> {
    fn step(&mut self, batch: Batch<'_>, loss: PointLoss<'_>, params: StepParams) -> StepOutcome {
        let Some((loss, gradient)) = self.gradient(batch, loss) else {
            return StepOutcome::FAILED;
        };
        let Ok(gradient) = gradient.into_data().to_vec() else {
            return StepOutcome::FAILED;
        };
        let norm = self.state.step(gradient, params);
        if self.flow.set_parameters(&self.state.parameters).is_err() {
            return StepOutcome::FAILED;
        }
        self.parameters = tensor(&self.state.parameters, &self.device);
        StepOutcome { loss, norm }
    }

    fn save(&mut self) {
        self.saved = self.state.clone();
    }

    fn roll_back(&mut self) {
        self.state = self.saved.clone();
        self.parameters = tensor(&self.state.parameters, &self.device);
    }

    fn state(&self) -> LearnerState {
        self.state.clone()
    }

    fn restore(&mut self, state: LearnerState) -> Result<(), FlowError> {
        state.check(&self.flow)?;
        self.flow.set_parameters(&state.parameters)?;
        self.parameters = tensor(&state.parameters, &self.device);
        self.state = state;
        Ok(())
    }
}

/// Numbers on a device, `[n]`.
fn tensor<B: Backend>(numbers: &[f32], device: &B::Device) -> Tensor<B, 1> {
    Tensor::from_data(TensorData::from(numbers), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};
    use crate::sampler::flow::FlowSettings;
    use crate::sampler::train::fused::FusedLearner;
    use crate::sampler::vegas::{Vegas, VegasSettings};

    const N: usize = 150;

    fn random(n_dim: usize, cells: Vec<(usize, usize)>) -> (Flow, Vec<f32>) {
        let settings = FlowSettings {
            cells,
            n_bins: 7,
            n_units: 16,
            ..Default::default()
        };
        let grid = Vegas::new(n_dim, VegasSettings::default());
        let mut flow = Flow::new(&grid, settings, 1).unwrap();
        let mut stream = Stream::new(2, Purpose::Test, n_dim as u32, 0);
        let parameters: Vec<f32> = flow
            .parameters()
            .iter()
            .map(|p| p + 0.3 * (stream.uniform() - 0.5) as f32)
            .collect();
        flow.set_parameters(&parameters).unwrap();
        let y = (0..n_dim * N).map(|_| stream.uniform() as f32).collect();
        (flow, y)
    }

    fn slope(k: usize) -> f32 {
        ((k * 37) % 11) as f32 / 11.0 - 0.4
    }

    fn loss(k: usize, log_q: f32) -> (f64, f32) {
        (f64::from(slope(k) * log_q), slope(k))
    }

    fn shapes() -> Vec<(usize, Vec<(usize, usize)>)> {
        vec![
            (1, vec![]),
            (5, vec![]),
            (8, vec![]),
            (1, vec![(0, 4)]),
            (5, vec![(1, 3), (3, 5)]),
        ]
    }

    fn length(v: &[f32]) -> f64 {
        v.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt()
    }

    fn distance(a: &[f32], b: &[f32]) -> f64 {
        let d: Vec<f32> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        length(&d)
    }

    /// What a back end must do; each is one line below.
    fn densities_are_those_of_the_fused_loop<B: Backend>(device: &B::Device) {
        for (n_dim, cells) in shapes() {
            let (flow, y) = random(n_dim, cells);
            let learner = TensorLearner::<B>::new(&flow, device.clone());
            let (log_q, _) = learner.log_density(Batch { y: &y, n: N });
            let found: Vec<f32> = log_q.inner().into_data().to_vec().unwrap();
            let mut x: Vec<f64> = y.iter().map(|&y| f64::from(y)).collect();
            let mut q = vec![1.0; N];
            flow.transform::<false>(&mut x, &mut q);
            for k in 0..N {
                let difference = f64::from(found[k]) - q[k].ln();
                // A graphics card rounds exp and log less carefully.
                assert!(difference.abs() < 2e-4, "d = {n_dim}, {k}: {difference}");
            }
        }
    }

    fn gradients_are_those_of_the_fused_loop<B: Backend>(device: &B::Device) {
        for (n_dim, cells) in shapes() {
            let (flow, y) = random(n_dim, cells);
            let learner = TensorLearner::<B>::new(&flow, device.clone());
            let batch = Batch { y: &y, n: N };
            let (sum, gradient) = learner.gradient(batch, &loss).unwrap();
            let gradient: Vec<f32> = gradient.into_data().to_vec().unwrap();
            let (other, wanted) = FusedLearner::new(&flow).gradient(batch, &loss);
            assert!((sum - other).abs() < 1e-3, "{sum} {other}");
            let relative = distance(&gradient, &wanted) / length(&wanted);
            assert!(relative < 1e-4, "d = {n_dim}: {relative}");
        }
    }

    fn steps_are_those_of_the_fused_loop<B: Backend>(device: &B::Device) {
        let (flow, y) = random(5, vec![(1, 3)]);
        let mut tensors = TensorLearner::<B>::new(&flow, device.clone());
        let mut fused = FusedLearner::new(&flow);
        for _ in 0..5 {
            let batch = Batch { y: &y, n: N };
            tensors.step(batch, &loss, StepParams::preconditioned(1e-3, 2.0));
            fused.step(batch, &loss, StepParams::preconditioned(1e-3, 2.0));
        }
        // Numbers that do not matter, as a shift of all widths of a spline, may differ.
        let density = |parameters: &[f32]| {
            let mut flow = flow.clone();
            flow.set_parameters(parameters).unwrap();
            let mut x: Vec<f64> = y.iter().map(|&y| f64::from(y)).collect();
            let mut q = vec![1.0; N];
            flow.transform::<false>(&mut x, &mut q);
            q.iter().map(|q| q.ln() as f32).collect::<Vec<f32>>()
        };
        let fused = density(&fused.state().parameters);
        let moved = distance(&fused, &density(flow.parameters()));
        let apart = distance(&fused, &density(&tensors.state().parameters));
        assert!(moved > 0.1 && apart < 2e-2 * moved, "{apart} of {moved}");
    }

    fn a_bad_step_changes_nothing<B: Backend>(device: &B::Device) {
        let (flow, y) = random(3, vec![]);
        let mut learner = TensorLearner::<B>::new(&flow, device.clone());
        let bad = |k: usize, _: f32| (0.0, if k == 7 { f32::NAN } else { 1.0 });
        let batch = Batch { y: &y, n: N };
        assert!(
            !learner
                .step(batch, &bad, StepParams::preconditioned(1e-3, 1.0))
                .is_finite()
        );
        assert_eq!(learner.state().parameters, flow.parameters());
        learner.save();
        learner.step(batch, &loss, StepParams::preconditioned(1e-3, 1.0));
        assert_ne!(learner.state().parameters, flow.parameters());
        learner.roll_back();
        assert_eq!(learner.state().parameters, flow.parameters());
    }

    macro_rules! suite {
        ($name:ident, $backend:ty, $device:expr) => {
            mod $name {
                #[test]
                fn densities_are_those_of_the_fused_loop() {
                    match $device {
                        Some(device) => {
                            super::densities_are_those_of_the_fused_loop::<$backend>(&device)
                        }
                        None => crate::compute::skipped("this machine has no such device"),
                    }
                }
                #[test]
                fn gradients_are_those_of_the_fused_loop() {
                    match $device {
                        Some(device) => {
                            super::gradients_are_those_of_the_fused_loop::<$backend>(&device)
                        }
                        None => crate::compute::skipped("this machine has no such device"),
                    }
                }
                #[test]
                fn steps_are_those_of_the_fused_loop() {
                    match $device {
                        Some(device) => {
                            super::steps_are_those_of_the_fused_loop::<$backend>(&device)
                        }
                        None => crate::compute::skipped("this machine has no such device"),
                    }
                }
                #[test]
                fn a_bad_step_changes_nothing() {
                    match $device {
                        Some(device) => super::a_bad_step_changes_nothing::<$backend>(&device),
                        None => crate::compute::skipped("this machine has no such device"),
                    }
                }
            }
        };
    }

    suite!(
        flex,
        burn::backend::Flex,
        Some(burn::backend::flex::FlexDevice)
    );

    /// A GPU, or the software renderer if `OMNIS_TEST_DEVICE` is
    /// `wgpu-software`; without a device there is nothing to test.
    #[cfg(feature = "wgpu")]
    fn adapter() -> Option<burn::backend::wgpu::WgpuDevice> {
        use crate::compute::{Device, DeviceChoice};
        let named = std::env::var("OMNIS_TEST_DEVICE").ok();
        let choice = match named.as_deref() {
            Some(name) => name.parse().expect("OMNIS_TEST_DEVICE names a device"),
            None => DeviceChoice::Wgpu,
        };
        match choice.find() {
            Ok(Device::Wgpu { kind, index, .. }) => {
                Some(crate::sampler::train::engine::wgpu_device(kind, index))
            }
            Ok(_) => None,
            // A device that was asked for by name must be there.
            Err(error) => named.map(|name| panic!("{name}: {error}")),
        }
    }

    #[cfg(feature = "wgpu")]
    suite!(wgpu, burn::backend::Wgpu, super::adapter());

    #[cfg(feature = "cuda")]
    fn cuda_device() -> Option<burn::backend::cuda::CudaDevice> {
        use crate::compute::{Device, DeviceChoice};
        match DeviceChoice::Cuda.find() {
            Ok(Device::Cuda { index }) => Some(burn::backend::cuda::CudaDevice::new(index)),
            _ => None,
        }
    }

    #[cfg(feature = "cuda")]
    suite!(cuda, burn::backend::Cuda, super::cuda_device());
}
