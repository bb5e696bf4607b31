//! Known integrands on the unit hypercube, with their integrals.

use std::f64::consts::PI;

use omnis::integrand::{ChannelBatch, Evaluation, Integrand, SampleBatch, Want};

/// A function with a known integral.
#[derive(Clone, Copy)]
pub struct Known {
    /// Short name.
    pub name: &'static str,
    /// Dimensions.
    pub n_dim: usize,
    /// Integral over the unit hypercube, to the digits given.
    pub integral: f64,
    /// The function.
    pub f: fn(&[f64]) -> f64,
}

impl Known {
    /// Values at all points of a batch.
    pub fn values(&self, batch: &SampleBatch) -> Vec<f64> {
        let mut x = vec![0.0; self.n_dim];
        (0..batch.n_batch)
            .map(|k| {
                for (j, x) in x.iter_mut().enumerate() {
                    *x = batch.u[j * batch.n_batch + k];
                }
                (self.f)(&x)
            })
            .collect()
    }
}

/// A function as an integrand of one channel.
pub struct OneChannel<F> {
    /// Dimensions.
    pub n_dim: usize,
    /// Discrete dimensions with their numbers of cells.
    pub cells: Vec<(usize, usize)>,
    /// Values at the points of a batch, `[n_batch]`.
    pub f: F,
}

impl<F: Fn(&SampleBatch) -> Vec<f64> + Sync> Integrand for OneChannel<F> {
    fn n_channels(&self) -> usize {
        1
    }
    fn n_dim(&self, _channel: usize) -> usize {
        self.n_dim
    }
    fn group(&self, _channel: usize) -> usize {
        0
    }
    fn cells(&self, _channel: usize) -> Vec<(usize, usize)> {
        self.cells.clone()
    }
    fn evaluate(&self, batch: ChannelBatch<'_>, _want: Want, out: &mut Evaluation) {
        out.set_values((self.f)(batch.points).into_iter());
    }
}

/// All of them.
pub const ALL: [Known; 6] = [
    Known {
        name: "sep8",
        n_dim: 8,
        integral: 1.0,
        f: sep8,
    },
    Known {
        name: "camel4",
        n_dim: 4,
        integral: 0.999_995,
        f: camel,
    },
    Known {
        name: "camel8",
        n_dim: 8,
        integral: 0.999_990,
        f: camel,
    },
    Known {
        name: "ring4",
        n_dim: 4,
        integral: 0.041_280_2,
        f: ring4,
    },
    Known {
        name: "ridge6",
        n_dim: 6,
        integral: 0.009_428_03,
        f: ridge6,
    },
    Known {
        name: "bwprod5",
        n_dim: 5,
        integral: 803.114,
        f: bwprod5,
    },
];

/// A product of one-dimensional peaks.
fn sep8(x: &[f64]) -> f64 {
    x.iter().map(|x| 1.0 / (x + 0.01) / 101f64.ln()).product()
}

/// Two narrow peaks on the diagonal.
fn camel(x: &[f64]) -> f64 {
    let s = 0.1;
    let norm = (s * PI.sqrt()).powi(-(x.len() as i32));
    let peak = |c: f64| (-x.iter().map(|x| (x - c).powi(2)).sum::<f64>() / (s * s)).exp();
    0.5 * norm * (peak(1.0 / 3.0) + peak(2.0 / 3.0))
}

/// A thin shell.
fn ring4(x: &[f64]) -> f64 {
    let r = x.iter().map(|x| (x - 0.5).powi(2)).sum::<f64>().sqrt();
    (-((r - 0.3) / 0.03).powi(2) / 2.0).exp()
}

/// Two curved ridges.
fn ridge6(x: &[f64]) -> f64 {
    let a = (x[1] - x[0] * x[0]) / 0.02;
    let b = (x[3] - 0.5 - 0.4 * (2.0 * PI * x[2]).sin() * x[0]) / 0.04;
    (-0.5 * (a * a + b * b)).exp() * (1.0 + x[4] + x[5])
}

/// A narrow resonance in the product of two variables.
fn bwprod5(x: &[f64]) -> f64 {
    let (m, g) = (0.2, 0.004);
    let tau = x[0] * x[1];
    let line = m * g / PI / ((tau - m).powi(2) + (m * g).powi(2));
    let rest: f64 = x[2..].iter().map(|x| 1.0 / (x + 0.01)).product();
    line / (tau + 1e-3) * rest
}
