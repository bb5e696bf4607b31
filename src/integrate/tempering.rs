//! Histograms of tempered weights, for grids that do not know their function.
//!
//! Where peaks are narrow, the first points see little: a grid that follows the
//! few large weights closes in on the peak that happened to be hit first, and
//! the others are lost for good. Until enough points effectively make up the
//! sum of its weights, a channel's grid follows `f^beta` instead of `f`, with
//! the largest `beta` for which they do. The flatter function shows all peaks,
//! and `beta` rises to 1 as the grid improves. Knows points and weights.
//! Source: R. M. Neal, Stat. Comput. 11 (2001) 125 for the sequence of powers.

use super::batch::Weighted;
use crate::elementary::Elementary;
use crate::sampler::{ChannelSampler, VegasHistogram, effective_number};

/// Points that must effectively make up the sum of `f^beta / q`.
const EFFECTIVE: f64 = 200.0;
/// `beta` is lowered by this factor until they do.
const COOLING: f64 = 0.8;
/// `beta` is never lower.
const LEAST_BETA: f64 = 0.02;

/// Points of a channel with |weight| and density.
#[derive(Default)]
pub(super) struct TemperedPoints {
    batches: Vec<Weighted>,
}

impl TemperedPoints {
    pub fn push(&mut self, batch: Weighted) {
        self.batches.push(batch);
    }

    pub fn extend(&mut self, other: Self) {
        self.batches.extend(other.batches);
    }

    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// `f^beta / q` of every batch, where `f = |w| q`.
    fn tempered(batch: &Weighted, beta: f64) -> Vec<f64> {
        let biased = batch.biased();
        let weights = biased.iter().zip(&batch.q);
        weights
            .map(|(w, q)| {
                if *w == 0.0 {
                    0.0
                } else {
                    (w.abs() * q).powf_same(beta) / q
                }
            })
            .collect()
    }

    /// Effective number of points (Kish) behind the sum of tempered weights.
    fn effective(&self, beta: f64) -> f64 {
        let batches = self.batches.iter();
        effective_number(batches.flat_map(|batch| Self::tempered(batch, beta)))
    }

    /// The histogram a grid should learn from, and its power `beta`.
    pub fn histogram(&self, sampler: &ChannelSampler) -> Option<(VegasHistogram, f64)> {
        let mut beta = 1.0;
        while beta > LEAST_BETA && self.effective(beta) < EFFECTIVE {
            beta *= COOLING;
        }
        let mut histogram = sampler.density_of().histogram(&[1.0])?;
        for batch in &self.batches {
            let weights = Self::tempered(batch, beta);
            sampler
                .density_of()
                .accumulate(&batch.points, &weights, &mut histogram);
        }
        Some((histogram, beta))
    }
}
