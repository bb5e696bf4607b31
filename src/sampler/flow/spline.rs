//! Monotone rational-quadratic splines on [0, 1]: their limits, and the plain
//! reference that the fused loops are tested against.
//!
//! Knows widths, heights and slopes; knows no network.
//! Sources: J. A. Gregory and R. Delbourgo, IMA J. Numer. Anal. 2 (1982) 123;
//! 1906.04032, eqs. (4)-(8), for inverse and derivative; 2112.11687 for the
//! smooth rectifier `(r + sqrt(r^2 + 4)) / 2`, which is 1 at r = 0, so that
//! zeros give the identity.

/// Share of [0, 1] that every bin has in width and in height.
pub(crate) const LEAST_BIN: f64 = 1e-4;
/// Least slope at a knot.
pub(crate) const LEAST_SLOPE: f64 = 1e-4;
/// Share of the base probability that every cell of a discrete dimension keeps.
pub(crate) const LEAST_CELL: f64 = 1e-3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::SimdLevel;
    use crate::rng::{Purpose, Stream};
    use crate::sampler::flow::gradient::{BackwardScratch, CHUNK};
    use crate::sampler::flow::{Flow, FlowSettings};
    use crate::sampler::vegas::{Vegas, VegasSettings};

    /// One spline.
    #[derive(Clone, Debug, PartialEq)]
    struct Spline {
        /// Knots, increasing from 0 to 1, `[n_bins + 1]`.
        x: Vec<f64>,
        /// Values at the knots, increasing from 0 to 1, `[n_bins + 1]`.
        z: Vec<f64>,
        /// Slopes at the knots, `[n_bins + 1]`.
        slope: Vec<f64>,
    }

    /// `exp(raw)`, normalised to 1.
    fn shares(raw: &[f32]) -> Vec<f64> {
        let top = raw.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let e: Vec<f64> = raw
            .iter()
            .map(|&r| f64::from(crate::compute::exp(r - top)))
            .collect();
        let sum: f64 = e.iter().sum();
        e.iter().map(|e| e / sum).collect()
    }

    fn knots(raw: &[f32]) -> Vec<f64> {
        let n = raw.len() as f64;
        let mut knots = vec![0.0];
        let mut sum = 0.0;
        for share in shares(raw) {
            sum += LEAST_BIN + (1.0 - n * LEAST_BIN) * share;
            knots.push(sum);
        }
        knots[raw.len()] = 1.0;
        knots
    }

    /// Slope of a knot from the output of the network.
    fn slope(raw: f64) -> f64 {
        LEAST_SLOPE + (1.0 - LEAST_SLOPE) * 0.5 * (raw + (raw * raw + 4.0).sqrt())
    }

    impl Spline {
        /// From the outputs of a network, `[3 n_bins + 1]`: logarithms of widths
        /// and of heights up to a constant, then slopes before the rectifier.
        ///
        /// # Panics
        /// If the length is not `3 n_bins + 1` with at least one bin.
        fn new(raw: &[f32]) -> Self {
            let n = raw.len() / 3;
            assert!(n > 0 && raw.len() == 3 * n + 1, "3 n_bins + 1 numbers");
            Self {
                x: knots(&raw[..n]),
                z: knots(&raw[n..2 * n]),
                slope: raw[2 * n..].iter().map(|&r| slope(f64::from(r))).collect(),
            }
        }

        fn bin(knots: &[f64], at: f64) -> usize {
            knots[1..knots.len() - 1].partition_point(|&k| k <= at)
        }

        /// Value and derivative at `x` in [0, 1].
        fn forward(&self, x: f64) -> (f64, f64) {
            let k = Self::bin(&self.x, x);
            let w = self.x[k + 1] - self.x[k];
            let h = self.z[k + 1] - self.z[k];
            let (d0, d1, s) = (self.slope[k], self.slope[k + 1], h / w);
            let t = (x - self.x[k]) / w;
            let u = t * (1.0 - t);
            let denominator = s + (d0 + d1 - 2.0 * s) * u;
            let z = self.z[k] + h * (s * t * t + d0 * u) / denominator;
            (z, derivative(t, s, d0, d1))
        }

        /// The `x` whose value is `z` in [0, 1], and the derivative of the value there.
        fn inverse(&self, z: f64) -> (f64, f64) {
            let k = Self::bin(&self.z, z);
            let w = self.x[k + 1] - self.x[k];
            let h = self.z[k + 1] - self.z[k];
            let (d0, d1, s) = (self.slope[k], self.slope[k + 1], h / w);
            let eta = (z - self.z[k]) / h;
            let e = eta * (d0 + d1 - 2.0 * s);
            let (a, b, c) = (s - d0 + e, d0 - e, -s * eta);
            let t = -2.0 * c / (b + (b * b - 4.0 * a * c).max(0.0).sqrt());
            (self.x[k] + t * w, derivative(t, s, d0, d1))
        }
    }

    fn derivative(t: f64, s: f64, d0: f64, d1: f64) -> f64 {
        let u = t * (1.0 - t);
        let denominator = s + (d0 + d1 - 2.0 * s) * u;
        let numerator = d1 * t * t + 2.0 * s * u + d0 * (1.0 - t) * (1.0 - t);
        s * s * numerator / (denominator * denominator)
    }

    fn random_outputs(n_bins: usize, spread: f64, id: u64) -> Vec<f32> {
        let mut stream = Stream::new(1, Purpose::Test, 0, id);
        (0..3 * n_bins + 1)
            .map(|_| (spread * (2.0 * stream.uniform() - 1.0)) as f32)
            .collect()
    }

    fn random(n_bins: usize, spread: f64, id: u64) -> Spline {
        Spline::new(&random_outputs(n_bins, spread, id))
    }

    /// A flow in one dimension whose only spline has these outputs of a network.
    fn flow_of(raw: &[f32], level: SimdLevel) -> Flow {
        let grid = Vegas::new(1, VegasSettings::default());
        let settings = FlowSettings {
            n_bins: raw.len() / 3,
            n_layers: 1,
            ..Default::default()
        };
        let mut flow = Flow::new(&grid, settings, 1).unwrap();
        flow.set_parameters(raw).unwrap();
        flow.with_level(level)
    }

    fn coordinates() -> Vec<f64> {
        (0..200).map(|k| (f64::from(k) + 0.37) / 200.0).collect()
    }

    #[test]
    fn zeros_give_the_identity() {
        let spline = Spline::new(&[0.0; 31]);
        for k in 0..=100 {
            let x = f64::from(k) / 100.0;
            let (z, slope) = spline.forward(x);
            assert!((z - x).abs() < 1e-14 && (slope - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn inverse_undoes_forward() {
        for id in 0..50 {
            let spline = random(1 + id as usize % 12, 4.0, id);
            for k in 0..=200 {
                let x = f64::from(k) / 200.0;
                let (z, slope) = spline.forward(x);
                let (back, again) = spline.inverse(z);
                assert!((0.0..=1.0 + 1e-12).contains(&z));
                assert!((back - x).abs() < 1e-9 / slope.min(1.0), "{back} for {x}");
                assert!((again / slope - 1.0).abs() < 1e-6, "{again} for {slope}");
            }
        }
    }

    #[test]
    fn derivative_is_the_limit_of_differences() {
        for id in 0..50 {
            let spline = random(8, 2.0, id);
            for k in 1..100 {
                let (x, step) = (f64::from(k) / 100.0 + 1e-4, 1e-7);
                let high = spline.forward(x + step).0;
                let low = spline.forward(x - step).0;
                let slope = spline.forward(x).1;
                let difference = (high - low) / (2.0 * step);
                assert!((difference / slope - 1.0).abs() < 1e-4, "x = {x}");
            }
        }
    }

    #[test]
    fn the_fused_loop_draws_and_evaluates_the_reference() {
        for level in SimdLevel::available() {
            for id in 0..20 {
                let raw = random_outputs(2 + id as usize % 11, 2.0, id);
                let (spline, flow) = (Spline::new(&raw), flow_of(&raw, level));
                let at = coordinates();
                let (mut z, mut slopes) = (at.clone(), vec![1.0; at.len()]);
                flow.transform::<false>(&mut z, &mut slopes);
                let (mut x, mut densities) = (at.clone(), vec![1.0; at.len()]);
                flow.transform::<true>(&mut x, &mut densities);
                for k in 0..at.len() {
                    // Exponentials of levels differ in the last digits of f32, and
                    // so do knots; a steep spline magnifies that.
                    let (value, slope) = spline.forward(at[k]);
                    let near = 1e-6 * (1.0 + slope);
                    assert!((z[k] - value).abs() < near, "{level:?}: {} {value}", z[k]);
                    let apart = (slopes[k] / slope - 1.0).abs();
                    assert!(apart < 100.0 * near, "{level:?}: {} {slope}", slopes[k]);
                    let (value, slope) = spline.inverse(at[k]);
                    let near = 1e-6 * (1.0 + slope.recip());
                    assert!((x[k] - value).abs() < near, "{level:?}: {} {value}", x[k]);
                    let apart = (densities[k] / slope - 1.0).abs();
                    assert!(apart < 100.0 * near, "{level:?}: {} {slope}", densities[k]);
                }
            }
        }
    }

    #[test]
    fn the_loop_of_the_training_has_the_density_of_the_reference() {
        for level in SimdLevel::available() {
            for id in 0..20 {
                let raw = random_outputs(2 + id as usize % 11, 2.0, id);
                let (spline, flow) = (Spline::new(&raw), flow_of(&raw, level));
                let mut tape = BackwardScratch::new(flow.layout());
                let x: Vec<f32> = (0..CHUNK)
                    .map(|k| (k as f32 + 0.37) / CHUNK as f32)
                    .collect();
                tape.x.copy_from_slice(&x);
                flow.program().log_density(level, &mut tape);
                for (x, log_q) in x.iter().zip(&tape.log_q) {
                    let wanted = spline.forward(f64::from(*x)).1.ln();
                    let apart = (f64::from(*log_q) - wanted).abs();
                    assert!(apart < 2e-4, "{level:?} at {x}: {log_q} {wanted}");
                }
            }
        }
    }
}
