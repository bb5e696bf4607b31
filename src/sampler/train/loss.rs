//! What training makes small.
//!
//! Knows weights and densities of points; knows no network.
//! Sources: 2001.05486 and 2001.10028 for both divergences estimated with
//! points of any known density; `docs/src/theory/flows.md`.

use serde::{Deserialize, Serialize};

use crate::elementary::Elementary;
use crate::sampler::effective_number;

/// A divergence between integrand and density.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Kullback-Leibler divergence from the integrand to the density: it
    /// punishes regions that the density leaves out.
    KullbackLeibler,
    /// Variance of the weights.
    Variance,
    /// Third moment of the weights: it lowers the large weights that decide the
    /// unweighting efficiency, and the variance with them.
    ThirdMoment,
    /// Fourth moment of the weights, which lowers them more.
    #[default]
    FourthMoment,
}

impl Loss {
    /// The power of the weight `f/q` in the derivative.
    pub fn power(self) -> f64 {
        match self {
            Self::KullbackLeibler => 0.0,
            Self::Variance => 1.0,
            Self::ThirdMoment => 2.0,
            Self::FourthMoment => 3.0,
        }
    }
}

/// Largest ratio of a density to that of the drawing that is balanced in full.
pub(crate) const MOST_RATIO: f64 = 4.0;

/// A point as the loss sees it; densities are relative to the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LossPoint {
    /// Integrand over density of the grid, in units of its mean; not negative.
    pub value: f64,
    /// The density the point was drawn with.
    pub q_drawn: f64,
}

/// The loss of one point, and its derivative by the log density of the flow.
///
/// With `v` the value, `q` the mixture with a share `share` of grid points and
/// `w = v/q`, the loss is `v/q_drawn (phi(w) - normalisation_weight) + normalisation_weight q/q_drawn`, where
/// `phi(w) = (w^power - 1) / power`, or `log w` for a power of 0. Powers between and
/// above those of [`Loss`] are allowed.
///
/// What `normalisation_weight` multiplies has the mean 0 over points. If it is 1 the derivative
/// of every point vanishes where the mixture is the integrand, and with it the
/// noise of a step; if it is 0 each is of size 1 there, and only their mean
/// vanishes. A `q/q_drawn` above [`MOST_RATIO`] comes from a point drawn before
/// the density moved to it: the derivative is cut off there, so that a few such
/// points do not make up for all that were not drawn. Points of value 0 may be left
/// out: where they are the density falls to 0 for any `normalisation_weight` below 1.
pub(crate) fn point_loss(
    power: f64,
    normalisation_weight: f64,
    share: f64,
    point: LossPoint,
    log_q_flow: f64,
) -> (f64, f64) {
    let q_flow = log_q_flow.exp_same();
    let q = share + (1.0 - share) * q_flow;
    // Part of the mixture's density that the flow can change.
    let part = if share > 0.0 { 1.0 - share / q } else { 1.0 };
    let v = point.value;
    let (term, phi) = if v == 0.0 {
        (0.0, 0.0)
    } else if power == 0.0 {
        let log_q = if share > 0.0 { q.ln_same() } else { log_q_flow };
        (v, v.ln_same() - log_q)
    } else {
        let term = (v / q).powf_same(power);
        (v * term, (term - 1.0) / power)
    };
    let ratio = q / point.q_drawn;
    let cut = ratio.min(MOST_RATIO);
    let balanced = cut * (1.0 + (ratio / cut).ln_same()) - v / point.q_drawn;
    (
        v * phi / point.q_drawn + normalisation_weight * balanced,
        -(term / point.q_drawn - normalisation_weight * cut) * part,
    )
}

/// The largest power up to `most` for which the terms of the loss are made up
/// by enough points: a part `least` of them, counted as `(sum t)^2 / sum t^2`
/// over `n` points with the given weights `f/q`, of which those that are 0 may be
/// left out.
///
/// With fewer the derivative is that of a few points, and training chases them.
pub(crate) fn max_moment(weights: &[f64], n: u64, most: f64, least: f64) -> f64 {
    const STEP: f64 = 0.1;
    let supported = |power: f64| {
        let terms = weights.iter().map(|w| w.powf_same(1.0 + power));
        effective_number(terms) >= (least * n as f64).max(f64::MIN_POSITIVE)
    };
    let mut power = most;
    while power > 0.0 && !supported(power) {
        power -= STEP;
    }
    power.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_limits_of_differences() {
        let point = LossPoint {
            value: 2.5,
            q_drawn: 0.7,
        };
        for power in [0.0, 0.5, 1.0, 2.0, 3.0] {
            for share in [0.0, 0.05] {
                for log_q in [-3.0, 0.0, 1.5] {
                    let at = |x: f64| point_loss(power, 0.3, share, point, x);
                    let difference = (at(log_q + 1e-5).0 - at(log_q - 1e-5).0) / 2e-5;
                    let slope = at(log_q).1;
                    assert!((difference / slope - 1.0).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn the_integrand_itself_is_the_minimum_of_every_point() {
        for value in [0.0, 0.1, 1.0, 7.0] {
            let point = LossPoint {
                value,
                q_drawn: 60.0,
            };
            for power in [0.0, 0.5, 1.0, 2.0, 3.0] {
                if value > 0.0 {
                    let (loss, slope) = point_loss(power, 1.0, 0.0, point, value.ln());
                    assert!(loss.abs() < 1e-12 && slope.abs() < 1e-12, "{power} {value}");
                }
                for log_q in [-2.5, -0.2, 0.3, 4.0] {
                    let (loss, slope) = point_loss(power, 1.0, 0.0, point, log_q);
                    let rises = f64::exp(log_q) > value;
                    assert!(loss > 0.0 && (slope > 0.0) == rises, "{power} {value}");
                }
            }
        }
    }

    #[test]
    fn in_the_mean_the_integrand_is_the_minimum_for_any_balance() {
        // Two cells of equal size with values 0.5 and 1.5, density p and 2 - p.
        for power in [0.0, 1.0, 2.0, 3.0] {
            for normalisation_weight in [0.0, 0.4, 1.0] {
                let at = |p: f64| {
                    let one = |value, q: f64| {
                        let point = LossPoint {
                            value,
                            q_drawn: 1.0,
                        };
                        point_loss(power, normalisation_weight, 0.0, point, q.ln()).0
                    };
                    one(0.5, p) + one(1.5, 2.0 - p)
                };
                assert!(at(0.5) < at(0.45) && at(0.5) < at(0.55), "{power}");
            }
        }
    }

    #[test]
    fn a_power_of_zero_is_the_limit_of_small_ones() {
        let point = LossPoint {
            value: 1.7,
            q_drawn: 0.4,
        };
        let (loss, slope) = point_loss(0.0, 0.7, 0.05, point, -0.6);
        let (near, near_slope) = point_loss(1e-7, 0.7, 0.05, point, -0.6);
        assert!((loss - near).abs() < 1e-6 && (slope - near_slope).abs() < 1e-6);
    }

    #[test]
    fn wild_weights_lower_the_power() {
        let flat = [1.0; 100];
        assert_eq!(max_moment(&flat, 100, 2.0, 0.1), 2.0);
        let mut wild = [1.0; 100];
        wild[0] = 50.0;
        assert_eq!(max_moment(&wild, 100, 2.0, 0.1), 0.0);
        let mut tame = [1.0; 100];
        tame[0] = 6.0;
        let power = max_moment(&tame, 100, 2.0, 0.1);
        assert!(power > 0.2 && power < 1.8, "{power}");
    }
}
