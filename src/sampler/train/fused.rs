//! Training by the fused loop on the processor.
//!
//! Knows the gradient of a flow; knows no integrand. Chunks of a batch are
//! shared among threads and added in their order: the result does not depend on
//! the number of threads.

use rayon::prelude::*;

use super::learner::{Batch, Learner, LearnerState, PointLoss, StepOutcome, StepParams};
use crate::sampler::flow::gradient::{BackwardScratch, CHUNK};
use crate::sampler::flow::{Flow, FlowError};

/// Gradient descent on the parameters of one flow.
pub(crate) struct FusedLearner {
    flow: Flow,
    state: LearnerState,
    saved: LearnerState,
    workers: Vec<Worker>,
}

struct Worker {
    tape: BackwardScratch,
    gradient: Vec<f32>,
    loss: f64,
}

impl FusedLearner {
    pub fn new(flow: &Flow) -> Self {
        let state = LearnerState::new(flow);
        Self {
            flow: flow.clone(),
            saved: state.clone(),
            state,
            workers: Vec::new(),
        }
    }

    /// Loss and gradient, summed over the points of a batch.
    pub(crate) fn gradient(&mut self, batch: Batch<'_>, loss: PointLoss<'_>) -> (f64, Vec<f32>) {
        let n_chunks = batch.n.div_ceil(CHUNK).max(1);
        let layout = self.flow.layout();
        while self.workers.len() < n_chunks {
            self.workers.push(Worker {
                tape: BackwardScratch::new(layout),
                gradient: vec![0.0; layout.n_parameters],
                loss: 0.0,
            });
        }
        let (flow, n_dim, level) = (&self.flow, layout.n_dim, self.flow.level());
        let workers = &mut self.workers[..n_chunks];
        workers.par_iter_mut().enumerate().for_each(|(c, worker)| {
            let first = c * CHUNK;
            let here = CHUNK.min(batch.n - first.min(batch.n));
            for j in 0..n_dim {
                let row = &mut worker.tape.x[j * CHUNK..(j + 1) * CHUNK];
                row[..here].copy_from_slice(&batch.y[j * batch.n + first..][..here]);
                row[here..].fill(0.5);
            }
            flow.program().log_density(level, &mut worker.tape);
            worker.loss = 0.0;
            worker.tape.cotangent.fill(0.0);
            for p in 0..here {
                let (value, slope) = loss(first + p, worker.tape.log_q[p]);
                worker.loss += value;
                worker.tape.cotangent[p] = slope;
            }
            worker.gradient.fill(0.0);
            let gradient = &mut worker.gradient;
            flow.program()
                .add_gradient(level, &mut worker.tape, gradient);
        });
        let mut total = vec![0.0f32; self.state.parameters.len()];
        let mut sum = 0.0;
        for worker in workers {
            sum += worker.loss;
            for (t, g) in total.iter_mut().zip(&worker.gradient) {
                *t += g;
            }
        }
        (sum, total)
    }
}

impl Learner for FusedLearner {
    fn step(&mut self, batch: Batch<'_>, loss: PointLoss<'_>, params: StepParams) -> StepOutcome {
        let (loss, gradient) = self.gradient(batch, loss);
        if !loss.is_finite() {
            return StepOutcome::FAILED;
        }
        let norm = self.state.step(gradient, params);
        if self.flow.set_parameters(&self.state.parameters).is_err() {
            return StepOutcome::FAILED;
        }
        StepOutcome { loss, norm }
    }

    fn save(&mut self) {
        self.saved = self.state.clone();
    }

    fn roll_back(&mut self) {
        self.state = self.saved.clone();
        self.flow
            .set_parameters(&self.state.parameters)
            .expect("what was saved was finite");
    }

    fn state(&self) -> LearnerState {
        self.state.clone()
    }

    fn restore(&mut self, state: LearnerState) -> Result<(), FlowError> {
        state.check(&self.flow)?;
        self.flow.set_parameters(&state.parameters)?;
        self.state = state;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::SimdLevel;
    use crate::rng::{Purpose, Stream};
    use crate::sampler::flow::FlowSettings;
    use crate::sampler::vegas::{Vegas, VegasSettings};

    fn random(n_dim: usize, cells: Vec<(usize, usize)>) -> (Flow, Vec<f32>) {
        let settings = FlowSettings {
            cells,
            n_bins: 6,
            n_units: 13,
            ..Default::default()
        };
        let grid = Vegas::new(n_dim, VegasSettings::default());
        let mut flow = Flow::new(&grid, settings, 1).unwrap();
        let mut stream = Stream::new(2, Purpose::Test, 0, 0);
        let parameters: Vec<f32> = flow
            .parameters()
            .iter()
            .map(|p| p + 0.3 * (stream.uniform() - 0.5) as f32)
            .collect();
        flow.set_parameters(&parameters).unwrap();
        let y = (0..n_dim * 200).map(|_| stream.uniform() as f32).collect();
        (flow, y)
    }

    fn cotangent(k: usize) -> f64 {
        ((k * 37) % 11) as f64 / 11.0 - 0.4
    }

    /// `sum_k cotangent(k) log q(k)` with the exact density.
    fn objective(flow: &Flow, y: &[f32]) -> f64 {
        let mut x: Vec<f64> = y.iter().map(|&y| f64::from(y)).collect();
        let mut q = vec![1.0; 200];
        flow.transform::<false>(&mut x, &mut q);
        q.iter()
            .enumerate()
            .map(|(k, q)| cotangent(k) * q.ln())
            .sum()
    }

    #[test]
    fn gradient_is_the_limit_of_differences() {
        for level in SimdLevel::available() {
            for (n_dim, cells) in [(1, vec![]), (5, vec![]), (4, vec![(1, 3), (2, 5)])] {
                let (flow, y) = random(n_dim, cells);
                let flow = flow.with_level(level);
                let mut learner = FusedLearner::new(&flow);
                let loss =
                    |k: usize, log_q: f32| (cotangent(k) * f64::from(log_q), cotangent(k) as f32);
                let (sum, gradient) = learner.gradient(Batch { y: &y, n: 200 }, &loss);
                let exact = objective(&flow, &y);
                assert!((sum - exact).abs() < 1e-3, "{sum} {exact}");
                for id in 0..6 {
                    let mut stream = Stream::new(3, Purpose::Test, 0, id);
                    let direction: Vec<f32> = gradient
                        .iter()
                        .map(|_| (stream.uniform() - 0.5) as f32)
                        .collect();
                    let at = |step: f32| {
                        let moved: Vec<f32> = flow
                            .parameters()
                            .iter()
                            .zip(&direction)
                            .map(|(p, d)| p + step * d)
                            .collect();
                        let mut other = flow.clone();
                        other.set_parameters(&moved).unwrap();
                        objective(&other, &y)
                    };
                    let difference = (at(1e-4) - at(-1e-4)) / 2e-4;
                    let slope: f64 = gradient
                        .iter()
                        .zip(&direction)
                        .map(|(g, d)| f64::from(g * d))
                        .sum();
                    let size: f64 = gradient
                        .iter()
                        .map(|g| f64::from(g * g))
                        .sum::<f64>()
                        .sqrt();
                    // Kinks of the rectifier and of the bins leave a little.
                    assert!(
                        (difference - slope).abs() < 2e-2 * size,
                        "{level:?} d = {n_dim}: {difference} {slope} of {size}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_step_that_is_not_finite_changes_nothing() {
        let (flow, y) = random(3, vec![]);
        let mut learner = FusedLearner::new(&flow);
        let loss = |k: usize, _: f32| (0.0, if k == 7 { f32::NAN } else { 1.0 });
        let step = learner.step(
            Batch { y: &y, n: 200 },
            &loss,
            StepParams::preconditioned(1e-3, 1.0),
        );
        assert!(!step.is_finite());
        assert_eq!(learner.state().parameters, flow.parameters());
    }

    #[test]
    fn a_step_does_not_depend_on_threads() {
        let (flow, y) = random(4, vec![]);
        let loss = |k: usize, _: f32| (1.0, cotangent(k) as f32);
        let after = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .unwrap();
            pool.install(|| {
                let mut learner = FusedLearner::new(&flow);
                for _ in 0..3 {
                    learner.step(
                        Batch { y: &y, n: 200 },
                        &loss,
                        StepParams::preconditioned(1e-2, 1.0),
                    );
                }
                learner.state().parameters
            })
        };
        assert_eq!(after(1), after(3));
    }
}
