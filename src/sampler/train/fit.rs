//! A flow fitted to points that somebody else has drawn.
//!
//! Knows weighted points; knows no function. What is made small is the
//! Kullback-Leibler divergence from the points to the mixture, which needs no
//! density of theirs. Every tenth point is held back: the parameters with which
//! these have the largest mean log density are kept, so that more steps do not
//! learn the others by heart.

use serde::{Deserialize, Serialize};

use super::buffer::Shuffler;
use super::schedule::{LAST_RATE, Schedule};
use super::settings::TrainError;
use super::steps::{Objective, TRUSTED};
use super::training_loop::Trainer;
use crate::elementary::Elementary;
use crate::integrand::SampleBatch;
use crate::sampler::density::Sampler;
use crate::sampler::effective_number;
use crate::sampler::flow::Mixture;

/// One of so many points is held back.
const HELD_BACK: usize = 10;
/// Fewer points of weight above 0 teach nothing.
const LEAST_POINTS: usize = 100;

/// What a fit came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FitReport {
    /// Points of weight above 0 that were fitted.
    pub n_fitted: usize,
    /// Points of weight above 0 that were held back.
    pub n_held_back: usize,
    /// So many equal weights would carry as much as those that were fitted (Kish).
    pub n_effective: f64,
    /// Mean log density of the points that were held back, by their weights, before
    /// the fit.
    pub log_density_before: f64,
    /// The same after the fit. The difference is what the Kullback-Leibler
    /// divergence has fallen by.
    pub log_density: f64,
    /// Steps that changed the parameters.
    pub n_steps: usize,
}

impl Trainer {
    /// Fits the flow to points with weights: the more weight a region has, the
    /// larger becomes the density there. Both together stand for a density that need
    /// not be known; points of density `q` stand for `f` with the weights `f / q`.
    ///
    /// `points` is `[n_dim, n]`, each coordinate in [0, 1); `weights` is `[n]`, none
    /// negative. Each point is used `settings.epochs_per_point` times. The mixture
    /// has the share `settings.grid_fraction_final` of the grid.
    ///
    /// # Errors
    /// [`TrainError::Points`] says what is wrong with the points.
    pub fn fit(
        mut self,
        points: &SampleBatch,
        weights: &[f64],
    ) -> Result<(Mixture, FitReport), TrainError> {
        self.check_points(points, weights)?;
        let mut q = vec![];
        let y = self.state.mixture.flow().before_grid(points, &mut q);
        let n = weights.len();
        // A measure of points has the same weights before and after the grid.
        self.state.buffer.begin_round(usize::MAX);
        self.state.buffer.extend(&y, weights, &vec![1.0; n]);
        let kept: Vec<f64> = self.state.buffer.value().to_vec();
        let held_back = |k: usize| k % HELD_BACK == HELD_BACK - 1;
        let fitted: Vec<usize> = (0..kept.len()).filter(|&k| !held_back(k)).collect();
        let n_effective = effective_number(fitted.iter().map(|&k| kept[k]));
        let of_grid: Vec<f64> = (0..n)
            .filter(|&k| weights[k] > 0.0)
            .map(|k| q[k].ln_same())
            .collect();
        let fraction = self.state.settings.grid_fraction_final;
        self.state.mixture.set_grid_fraction(fraction);
        let log_density = |trainer: &Self| {
            let mixture = &trainer.state.mixture;
            let relative = trainer.state.buffer.densities(mixture.flow());
            let (mut sum, mut total) = (0.0, 0.0);
            for k in (0..kept.len()).filter(|&k| held_back(k)) {
                sum += kept[k] * (of_grid[k] + mixture.mixed(relative[k]).ln_same());
                total += kept[k];
            }
            sum / total
        };
        let before = log_density(&self);
        let mut report = FitReport {
            n_fitted: fitted.len(),
            n_held_back: kept.len() - fitted.len(),
            n_effective,
            log_density_before: before,
            log_density: before,
            n_steps: 0,
        };
        self.state.settings.shrink_steps(fitted.len() as u64);
        let objective = Objective {
            power: 0.0,
            normalisation_weight: 0.0,
            unit: kept.iter().sum::<f64>() / kept.len() as f64,
            damping: 1.0,
            precondition: n_effective >= TRUSTED * fitted.len() as f64,
        };
        let n_steps = self.steps_of(fitted.len() as u64);
        let schedule = Schedule {
            peak: self.state.settings.rate,
            warm_up: self.state.settings.warm_up,
            n_steps,
            last: LAST_RATE,
        };
        let mut shuffler = Shuffler::new(fitted.into_iter());
        let mut best = self.state.mixture.flow().parameters().to_vec();
        let n_rounds = self.state.settings.n_rounds;
        for round in 0..n_rounds {
            let here = n_steps * (round + 1) / n_rounds - n_steps * round / n_rounds;
            report.n_steps += self.descend(&mut shuffler, here, &objective, &schedule).1;
            let found = log_density(&self);
            if found > report.log_density {
                report.log_density = found;
                best = self.state.mixture.flow().parameters().to_vec();
            }
        }
        let kept = self.state.mixture.flow_mut().set_parameters(&best);
        kept.expect("they were those of this flow");
        Ok((self.state.mixture, report))
    }

    fn check_points(&self, points: &SampleBatch, weights: &[f64]) -> Result<(), TrainError> {
        let refuse = |reason: String| Err(TrainError::Points { reason });
        let n_dim = self.state.mixture.n_dim();
        if points.n_dim != n_dim {
            return refuse(format!(
                "they have {} dimensions, the flow has {n_dim}",
                points.n_dim
            ));
        }
        if points.n_batch != weights.len() {
            let (n, m) = (points.n_batch, weights.len());
            return refuse(format!("{n} points with {m} weights"));
        }
        if let Some(x) = points.u.iter().find(|x| !(0.0..1.0).contains(*x)) {
            return refuse(format!("a coordinate is {x}, outside [0, 1)"));
        }
        if let Some(w) = weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
            return refuse(format!("a weight is {w}, neither 0 nor positive"));
        }
        let n = weights.iter().filter(|w| **w > 0.0).count();
        if n < LEAST_POINTS {
            return refuse(format!(
                "{n} of them have a weight above 0, at least {LEAST_POINTS} must"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};
    use crate::sampler::flow::FlowSettings;
    use crate::sampler::train::TrainSettings;
    use crate::sampler::vegas::{Vegas, VegasSettings};

    fn settings() -> TrainSettings {
        TrainSettings {
            flow: FlowSettings {
                n_bins: 6,
                ..Default::default()
            },
            ..Default::default()
        }
    }

    fn trainer(n_dim: usize) -> Trainer {
        let grid = Vegas::new(n_dim, VegasSettings::default());
        Trainer::new(&grid, settings(), 0).unwrap()
    }

    fn flat(n_dim: usize, n: usize, id: u64) -> SampleBatch {
        let mut points = SampleBatch::zeros(n_dim, n);
        Stream::new(21, Purpose::Test, 0, id).fill(&mut points.u);
        points
    }

    /// A band about the diagonal, `p(x, y) = g(x - y) / Z`, on the unit square.
    fn band(points: &SampleBatch) -> Vec<f64> {
        let s: f64 = 0.1;
        let root = (2.0 * std::f64::consts::PI).sqrt();
        // erf(1 / (s sqrt 2)) is 1 to double precision.
        let norm = s * root - 2.0 * s * s;
        let both = points.coordinate(0).iter().zip(points.coordinate(1));
        both.map(|(x, y)| (-0.5 * ((x - y) / s).powi(2)).exp() / norm)
            .collect()
    }

    /// `∫ p log p` of the band, by a midpoint rule.
    fn negative_entropy() -> f64 {
        let n = 1000;
        let mut points = SampleBatch::zeros(2, n * n);
        for k in 0..n * n {
            points.u[k] = ((k / n) as f64 + 0.5) / n as f64;
            points.u[n * n + k] = ((k % n) as f64 + 0.5) / n as f64;
        }
        let p = band(&points);
        p.iter().map(|p| p * p.ln()).sum::<f64>() / (n * n) as f64
    }

    /// Kullback-Leibler divergence of the band to a density, and the effective part of
    /// points drawn with the density and weighted to the band.
    fn quality(sampler: &impl Sampler) -> (f64, f64) {
        let (mut points, mut q) = (SampleBatch::default(), vec![]);
        let mut stream = Stream::new(22, Purpose::Test, 0, 0);
        sampler.sample(&mut stream, 100_000, &mut points, &mut q);
        let weights: Vec<f64> = band(&points).iter().zip(&q).map(|(p, q)| p / q).collect();
        let kl = weights
            .iter()
            .map(|w| if *w > 0.0 { w * w.ln() } else { 0.0 });
        let n = weights.len() as f64;
        (kl.sum::<f64>() / n, effective_number(weights) / n)
    }

    #[test]
    fn a_known_density_is_reached_from_weighted_points() {
        let points = flat(2, 100_000, 0);
        let (mixture, report) = trainer(2).fit(&points, &band(&points)).unwrap();
        assert!(report.n_fitted > 9 * report.n_held_back - 9);
        assert!(report.n_effective < 0.5 * report.n_fitted as f64);
        // The grid is flat, so that its log density is 0.
        assert!(report.log_density_before.abs() < 1e-3, "{report:?}");
        let exact = negative_entropy();
        assert!(
            (report.log_density - exact).abs() < 0.03,
            "{report:?} {exact}"
        );
        let (kl, effective) = quality(&mixture);
        assert!(kl < 0.01 && effective > 0.97, "{kl} {effective}");
    }

    #[test]
    fn a_fit_that_goes_on_from_a_flow_begins_where_that_was() {
        let points = flat(2, 100_000, 0);
        let (first, before) = trainer(2).fit(&points, &band(&points)).unwrap();
        let again = Trainer::from_flow(first.flow().clone(), settings(), 1).unwrap();
        let few = flat(2, 4000, 1);
        let (second, after) = again.fit(&few, &band(&few)).unwrap();
        assert!((after.log_density_before - before.log_density).abs() < 0.1);
        assert!(after.log_density >= after.log_density_before);
        let (kl, effective) = quality(&second);
        assert!(kl < 0.02 && effective > 0.95, "{kl} {effective}");
        // So few points teach a flow that knows nothing less.
        let (alone, _) = trainer(2).fit(&few, &band(&few)).unwrap();
        assert!(quality(&alone).0 > 1.5 * kl, "{:?} {kl}", quality(&alone));
    }

    #[test]
    fn points_that_cannot_be_fitted_are_refused() {
        let refused = |n_dim: usize, n: usize, change: &dyn Fn(&mut SampleBatch, &mut Vec<f64>)| {
            let (mut points, mut weights) = (flat(n_dim, n, 2), vec![1.0; n]);
            change(&mut points, &mut weights);
            let error = trainer(2).fit(&points, &weights).unwrap_err();
            error.to_string()
        };
        for (message, phrase) in [
            (refused(3, 200, &|_, _| ()), "3 dimensions, the flow has 2"),
            (
                refused(2, 200, &|_, w| w.truncate(7)),
                "200 points with 7 weights",
            ),
            (refused(2, 200, &|p, _| p.u[3] = 1.0), "a coordinate is 1,"),
            (refused(2, 200, &|_, w| w[4] = -2.0), "a weight is -2,"),
            (refused(2, 200, &|_, w| w[4] = f64::NAN), "a weight is NaN,"),
            (
                refused(2, 99, &|_, _| ()),
                "99 of them have a weight above 0",
            ),
        ] {
            assert!(message.contains(phrase), "{message}");
        }
    }
}
